// SPDX-License-Identifier: MIT
//
// Encodings of one byte per character: ASCII, Latin-1, and those of codec_tables.c.

#include "lexer/utf8.h"
#include "str_codec.h"

static const uint16_t *table_of(const Codec *c) { return codec_tables[c->id - CODEC_CP1250]; }

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
        uint32_t cp = c->id == CODEC_ASCII ? 0 : table_of(c)[byte - 0x80];
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
    const uint16_t *table = table_of(c);
    if (cp < 0x100 && table[cp - 0x80] == cp)
        return (int)cp;
    for (int i = 0; i < 128; i++)
        if (table[i] == cp)
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
