// SPDX-License-Identifier: MIT
//
// UTF-8 in and out. Two dialects are read: strict UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing past
// U+10FFFF), which is what files and sockets carry, and "WTF-8", which is strict UTF-8 plus every lone or paired
// surrogate as three bytes, which is how a str holds code points such as U+DC80. Nothing here allocates, keeps state or
// reads outside the range it is given.
#ifndef AIOLOS_LEXER_UTF8_H
#define AIOLOS_LEXER_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Decodes the code point at p into *cp. Returns the bytes consumed (1 to 4), or 0 when the bytes there are not valid or
// p is end; *cp is then left alone.
int utf8_decode(const char *p, const char *end, uint32_t *cp);

// As utf8_decode, but also accepts the surrogates U+D800..U+DFFF.
int wtf8_decode(const char *p, const char *end, uint32_t *cp);

// Writes cp (at most 0x10FFFF; surrogates become three bytes) and returns the number of bytes written.
int utf8_encode(uint32_t cp, char out[4]);

// Bytes that utf8_encode would write.
static inline int utf8_width(uint32_t cp)
{
    return cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
}

// Length of the sequence that a valid lead byte announces. Only for text already known to be valid.
static inline int utf8_sequence(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static inline bool utf8_is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

// Decodes one code point of text already known to be valid (either dialect) and advances *p past it.
static inline uint32_t utf8_next(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    if (s[0] < 0x80) {
        *p += 1;
        return s[0];
    }
    if (s[0] < 0xE0) {
        *p += 2;
        return (uint32_t)(s[0] & 0x1F) << 6 | (s[1] & 0x3F);
    }
    if (s[0] < 0xF0) {
        *p += 3;
        return (uint32_t)(s[0] & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (s[2] & 0x3F);
    }
    *p += 4;
    return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3F) << 12 | (uint32_t)(s[2] & 0x3F) << 6 | (s[3] & 0x3F);
}

// Decodes the code point that ends just before *p and moves *p to its first byte. Valid text only; *p is not its start.
static inline uint32_t utf8_previous(const char **p)
{
    do {
        --*p;
    } while (utf8_is_continuation(**p));
    const char *start = *p;
    return utf8_next(&start);
}

// Number of leading bytes below 0x80. Equal to size when the whole range is ASCII.
size_t utf8_ascii_prefix(const char *p, size_t size);

static inline bool utf8_is_ascii(const char *p, size_t size)
{
    return utf8_ascii_prefix(p, size) == size;
}

// Number of code points in valid text (either dialect): counts the bytes that are not continuation bytes.
size_t utf8_count(const char *p, size_t size);

// Byte offset of code point number `index` of valid text, or size when the text has `index` code points or fewer.
size_t utf8_offset(const char *p, size_t size, size_t index);

// Checks that a range is strict UTF-8. On failure returns false and describes the first offence as Python's
// UnicodeDecodeError does: the offset of the offending sequence, a static string ("invalid start byte",
// "invalid continuation byte" or "unexpected end of data") and the length of its maximal subpart (Unicode, chapter 3,
// D93b), which is what an error handler replaces as one unit. An incremental decoder keeps the tail back when the
// reason is utf8_reason_truncated.
bool utf8_validate(const char *p, size_t size, size_t *error_start, const char **reason, size_t *error_length);

extern const char utf8_reason_start[];        // "invalid start byte"
extern const char utf8_reason_continuation[]; // "invalid continuation byte"
extern const char utf8_reason_truncated[];    // "unexpected end of data"

#endif
