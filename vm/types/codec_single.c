// SPDX-License-Identifier: MIT
//
// Encodings of one byte per character: ASCII, Latin-1, Windows-1252.

#include "lexer/utf8.h"
#include "str_codec.h"

// Windows-1252 at 0x80 .. 0x9F; 0: undefined.
static const uint16_t cp1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static const char *reason_of(const Codec *c)
{
    return c->id == CODEC_ASCII ? "ordinal not in range(128)" : c->id == CODEC_LATIN1 ? "ordinal not in range(256)"
                                                                                      : "character maps to <undefined>";
}

bool decode_single(Codec *c)
{
    for (size_t at = 0; at < c->size;) {
        size_t run = utf8_ascii_prefix(c->data + at, c->size - at);
        builder_add_ascii(&c->out, c->data + at, run);
        at += run;
        if (at == c->size)
            break;
        unsigned char byte = (unsigned char)c->data[at];
        uint32_t cp = c->id == CODEC_ASCII ? 0 : byte >= 0xA0 ? byte : cp1252[byte - 0x80];
        size_t end = at + 1;
        if (cp ? !builder_add_codepoint(&c->out, cp) : !decode_error(c, at, &end, reason_of(c)))
            return false;
        at = end;
    }
    return !c->out.failed;
}

// The byte for cp, -1 when there is none.
static int byte_of(const Codec *c, uint32_t cp)
{
    if (cp < 0x80)
        return (int)cp;
    if (c->id == CODEC_ASCII)
        return -1;
    if (c->id == CODEC_LATIN1)
        return cp < 0x100 ? (int)cp : -1;
    if (cp >= 0xA0 && cp < 0x100)
        return (int)cp;
    for (int i = 0; i < 32; i++)
        if (cp1252[i] == cp)
            return 0x80 + i;
    return -1;
}

bool encode_single(Codec *c)
{
    const char *p = c->text->data, *end = p + c->text->size;
    size_t index = 0;
    while (p < end && !c->out.failed) {
        const char *here = p, *next = p;
        int byte = byte_of(c, utf8_next(&next));
        if (byte >= 0) {
            builder_add_char(&c->out, (char)byte);
            p = next;
            index++;
            continue;
        }
        size_t count = 1; // errors are handled run by run
        for (p = next; p < end && byte_of(c, utf8_next(&next)) < 0; p = next)
            count++;
        if (!encode_error(c, here, p, index, reason_of(c)) || !vm_tick(c->vm))
            return false;
        index += count;
    }
    return !c->out.failed;
}
