// SPDX-License-Identifier: MIT
//
// UTF-8, UTF-16 and UTF-32 with errors: the error-free UTF-8 paths are in str_codec.c.

#include "lexer/utf8.h"
#include "str_codec.h"

// ---- UTF-8

static inline bool is_tail(char c) { return (signed char)c < -64; } // 80 .. BF

// Bytes of the sequence of more than one byte at p, 0 when it is not valid.
static inline int sequence_at(const unsigned char *p, size_t left)
{
    if (p[0] < 0xE0)
        return p[0] >= 0xC2 && left >= 2 && is_tail((char)p[1]) ? 2 : 0;
    if (p[0] < 0xF0) {
        if (left < 3 || !is_tail((char)p[1]) || !is_tail((char)p[2]))
            return 0;
        return (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] >= 0xA0) ? 0 : 3;
    }
    if (p[0] > 0xF4 || left < 4 || !is_tail((char)p[1]) || !is_tail((char)p[2]) || !is_tail((char)p[3]))
        return 0;
    return (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] >= 0x90) ? 0 : 4;
}

bool utf8_measure(const char *p, size_t size, size_t *length)
{
    const char *end = p + size;
    size_t tails = 0;
    while (p < end) {
        if (end - p >= 8) {
            uint64_t word;
            memcpy(&word, p, sizeof word);
            word &= 0x8080808080808080u;
            if (word == 0) {
                p += 8;
                continue;
            }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            p += __builtin_ctzll(word) / 8;
#endif
        }
        if ((signed char)*p >= 0) {
            p++;
            continue;
        }
        int n = sequence_at((const unsigned char *)p, (size_t)(end - p));
        if (n == 0)
            return false;
        tails += (size_t)n - 1;
        p += n;
    }
    *length = size - tails;
    return true;
}

bool decode_utf8(Codec *c)
{
    for (size_t at = 0; at < c->size;) {
        size_t start, length;
        const char *reason;
        if (utf8_validate(c->data + at, c->size - at, &start, &reason, &length))
            return builder_add(&c->out, c->data + at, c->size - at);
        if (!builder_add(&c->out, c->data + at, start))
            return false;
        size_t end = at + start + length;
        if (!decode_error(c, at + start, &end, reason) || !vm_tick(c->vm))
            return false;
        at = end;
    }
    return true;
}

static bool is_surrogate_at(const char *p) { return (unsigned char)p[0] == 0xED && (unsigned char)p[1] >= 0xA0; }

bool encode_utf8(Codec *c)
{
    const char *p = c->text->data, *end = p + c->text->size;
    size_t index = 0;
    while (p < end) {
        const char *bad = p;
        while ((bad = memchr(bad, 0xED, (size_t)(end - bad))) && !is_surrogate_at(bad))
            bad += 3;
        if (!bad)
            bad = end;
        builder_add_ascii(&c->out, p, (size_t)(bad - p));
        index += utf8_count(p, (size_t)(bad - p));
        for (p = bad; p < end && is_surrogate_at(p);)
            p += 3;
        if (p > bad && !encode_error(c, bad, p, index, "surrogates not allowed"))
            return false;
        index += (size_t)(p - bad) / 3;
    }
    return !c->out.failed;
}

// ---- UTF-16

static uint32_t unit16(const Codec *c, size_t at)
{
    const unsigned char *p = (const unsigned char *)c->data + at;
    return c->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t unit32(const Codec *c, size_t at)
{
    uint32_t first = unit16(c, at), second = unit16(c, at + 2);
    return c->big ? first << 16 | second : second << 16 | first;
}

// Sets the byte order and, for the names without one, skips the mark. Returns where the text begins.
static size_t begin(Codec *c, CodecId plain, int unit)
{
    c->unit = unit;
    c->big = c->id == plain + 2;
    if (c->id != plain || c->size < (size_t)unit)
        return 0;
    uint32_t mark = unit == 2 ? unit16(c, 0) : unit32(c, 0);
    bool swapped = mark == (unit == 2 ? 0xFFFEu : 0xFFFE0000u);
    c->big = swapped;
    return swapped || mark == 0xFEFF ? (size_t)unit : 0;
}

static const char *name16(const Codec *c) { return c->big ? "utf-16-be" : "utf-16-le"; }
static const char *name32(const Codec *c) { return c->big ? "utf-32-be" : "utf-32-le"; }

// Decodes the code point at `at`. Returns its size; 0: wrong, *end and *reason say what.
static size_t next16(const Codec *c, size_t at, uint32_t *cp, size_t *end, const char **reason)
{
    size_t left = c->size - at;
    *end = c->size;
    if (left < 2)
        return *reason = "truncated data", 0;
    uint32_t first = unit16(c, at);
    *cp = first;
    if (first < 0xD800 || first > 0xDFFF)
        return 2;
    if (first >= 0xDC00)
        return *end = at + 2, *reason = "illegal encoding", 0;
    if (left < 4)
        return *reason = "unexpected end of data", 0;
    uint32_t second = unit16(c, at + 2);
    if (second < 0xDC00 || second > 0xDFFF)
        return *end = at + 2, *reason = "illegal UTF-16 surrogate", 0;
    *cp = 0x10000 + ((first & 0x3FF) << 10 | (second & 0x3FF));
    return 4;
}

static size_t next32(const Codec *c, size_t at, uint32_t *cp, size_t *end, const char **reason)
{
    *end = c->size;
    if (c->size - at < 4)
        return *reason = "truncated data", 0;
    *cp = unit32(c, at);
    *end = at + 4;
    if (*cp > 0x10FFFF)
        return *reason = "code point not in range(0x110000)", 0;
    if (*cp >= 0xD800 && *cp <= 0xDFFF)
        return *reason = "code point in surrogate code point range(0xd800, 0xe000)", 0;
    return 4;
}

typedef size_t (*NextFn)(const Codec *c, size_t at, uint32_t *cp, size_t *end, const char **reason);

static bool decode_units(Codec *c, size_t at, NextFn next)
{
    for (size_t steps = 1; at < c->size; steps++) {
        uint32_t cp;
        size_t end;
        const char *reason;
        size_t size = next(c, at, &cp, &end, &reason);
        if (size) {
            at += size;
            if (!builder_add_codepoint(&c->out, cp))
                return false;
        } else if (decode_error(c, at, &end, reason)) {
            at = end;
        } else {
            return false;
        }
        if (steps % 4096 == 0 && !vm_work(c->vm, 256))
            return false;
    }
    return true;
}

bool decode_utf16(Codec *c)
{
    size_t at = begin(c, CODEC_UTF16, 2);
    c->encoding = name16(c);
    return decode_units(c, at, next16);
}

bool decode_utf32(Codec *c)
{
    size_t at = begin(c, CODEC_UTF32, 4);
    c->encoding = name32(c);
    return decode_units(c, at, next32);
}

static bool encode_units(Codec *c, CodecId plain, int unit)
{
    c->unit = unit;
    c->big = c->id == plain + 2;
    size_t size;
    if (!size_mul(c->text->length, (size_t)unit, &size) || !builder_reserve(&c->out, size))
        return c->vm->error ? false : (raise_memory(c->vm), false);
    if (c->id == plain)
        codec_put(c, 0xFEFF);
    const char *p = c->text->data, *end = p + c->text->size;
    for (size_t index = 0; p < end; index++) {
        const char *here = p;
        uint32_t cp = utf8_next(&p);
        if (unlikely(cp >= 0xD800 && cp <= 0xDFFF)) {
            if (!encode_error(c, here, p, index, "surrogates not allowed"))
                return false;
        } else if (unit == 2 && cp >= 0x10000) {
            codec_put(c, 0xD7C0 + (cp >> 10));
            codec_put(c, 0xDC00 | (cp & 0x3FF));
        } else {
            codec_put(c, cp);
        }
        if (index % 4096 == 4095 && !vm_work(c->vm, 256))
            return false;
    }
    return !c->out.failed;
}

bool encode_utf16(Codec *c) { return encode_units(c, CODEC_UTF16, 2); }
bool encode_utf32(Codec *c) { return encode_units(c, CODEC_UTF32, 4); }
