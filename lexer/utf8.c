// SPDX-License-Identifier: MIT
//
// UTF-8 decoding, encoding, counting and validation. Long runs are read eight bytes at a time through memcpy, which
// compiles to one load on every machine and never depends on alignment. The lexer reads source through it, str and
// bytes decode through it.
#include "lexer/utf8.h"

#include <string.h>

#define ONES 0x0101010101010101u
#define HIGH_BITS 0x8080808080808080u

const char utf8_reason_start[] = "invalid start byte";
const char utf8_reason_continuation[] = "invalid continuation byte";
const char utf8_reason_truncated[] = "unexpected end of data";

static inline uint64_t load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

// The first continuation byte carries the restrictions: no overlong forms (E0, F0), no surrogates (ED, unless allowed),
// nothing past U+10FFFF (F4).
static inline bool second_is_valid(unsigned char lead, unsigned char second, bool surrogates)
{
    unsigned low = 0x80;
    unsigned high = 0xBF;
    switch (lead) {
    case 0xE0: low = 0xA0; break;
    case 0xED: high = surrogates ? 0xBF : 0x9F; break;
    case 0xF0: low = 0x90; break;
    case 0xF4: high = 0x8F; break;
    default: break;
    }
    return second >= low && second <= high;
}

// Length of the sequence at p: positive when complete and valid. Otherwise minus the length of its maximal subpart, and
// *reason says what is wrong.
static inline int check(const char *p, const char *end, bool surrogates, const char **reason)
{
    unsigned char lead = (unsigned char)p[0];
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
        *reason = utf8_reason_start;
        return -1;
    }
    int length = utf8_sequence(lead);
    for (int i = 1; i < length; i++) {
        if (p + i == end) {
            *reason = utf8_reason_truncated;
            return -i;
        }
        bool valid = i == 1 ? second_is_valid(lead, (unsigned char)p[1], surrogates) : utf8_is_continuation(p[i]);
        if (!valid) {
            *reason = utf8_reason_continuation;
            return -i;
        }
    }
    return length;
}

// Length of the sequence at p when it is beyond doubt valid in both dialects, else 0: the leads E0, ED, F0, F4, the
// last bytes of the range and everything wrong are left to check().
static inline int check_common(const char *p, const char *end)
{
    unsigned char lead = (unsigned char)p[0];
    if (end - p < 4 || !utf8_is_continuation(p[1])) {
        return 0;
    }
    if (lead >= 0xE1 && lead <= 0xEF && lead != 0xED) {
        return utf8_is_continuation(p[2]) ? 3 : 0;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xF1 && lead <= 0xF3) {
        return utf8_is_continuation(p[2]) && utf8_is_continuation(p[3]) ? 4 : 0;
    }
    return 0;
}

static int decode(const char *p, const char *end, bool surrogates, uint32_t *cp)
{
    const char *reason;
    int length = p == end ? 0 : check(p, end, surrogates, &reason);
    if (length <= 0) {
        return 0;
    }
    *cp = utf8_next(&p);
    return length;
}

int utf8_decode(const char *p, const char *end, uint32_t *cp)
{
    return decode(p, end, false, cp);
}

int wtf8_decode(const char *p, const char *end, uint32_t *cp)
{
    return decode(p, end, true, cp);
}

int utf8_encode(uint32_t cp, char out[4])
{
    int width = utf8_width(cp);
    switch (width) {
    case 1:
        out[0] = (char)cp;
        break;
    case 2:
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        break;
    case 3:
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        break;
    default:
        out[0] = (char)(0xF0 | cp >> 18);
        out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
        out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[3] = (char)(0x80 | (cp & 0x3F));
        break;
    }
    return width;
}

size_t utf8_ascii_prefix(const char *p, size_t size)
{
    size_t i = 0;
    while (size - i >= 32) {
        if ((load(p + i) | load(p + i + 8) | load(p + i + 16) | load(p + i + 24)) & HIGH_BITS) {
            break;
        }
        i += 32;
    }
    while (size - i >= 8 && !(load(p + i) & HIGH_BITS)) {
        i += 8;
    }
    while (i < size && (signed char)p[i] >= 0) {
        i++;
    }
    return i;
}

// A byte of the result is 1 where the byte of word is a continuation byte (10xxxxxx).
static inline uint64_t continuation_marks(uint64_t word)
{
    return (word >> 7) & (~word >> 6) & ONES;
}

// The sum of the eight bytes, each at most 31.
static inline size_t sum_bytes(uint64_t word)
{
    return (size_t)((word * ONES) >> 56);
}

size_t utf8_count(const char *p, size_t size)
{
    size_t continuations = 0;
    size_t i = 0;
    // Marks of 31 words are added lane by lane before they are summed: a byte lane cannot overflow, nor can their sum.
    while (size - i >= 31 * 8) {
        uint64_t lanes = 0;
        for (const char *stop = p + i + 31 * 8; p + i < stop; i += 8) {
            lanes += continuation_marks(load(p + i));
        }
        continuations += sum_bytes(lanes);
    }
    for (; size - i >= 8; i += 8) {
        continuations += sum_bytes(continuation_marks(load(p + i)));
    }
    for (; i < size; i++) {
        continuations += utf8_is_continuation(p[i]);
    }
    return size - continuations;
}

size_t utf8_offset(const char *p, size_t size, size_t index)
{
    size_t i = 0;
    // Whole words are skipped while they begin fewer code points than are left to pass.
    while (size - i >= 8) {
        size_t begun = 8 - sum_bytes(continuation_marks(load(p + i)));
        if (begun > index) {
            break;
        }
        index -= begun;
        i += 8;
    }
    // The word just passed may have ended inside a sequence.
    while (i < size && (utf8_is_continuation(p[i]) || index > 0)) {
        index -= !utf8_is_continuation(p[i]);
        i++;
    }
    return i;
}

bool utf8_validate(const char *p, size_t size, size_t *error_start, const char **reason, size_t *error_length)
{
    const char *at = p;
    const char *end = p + size;
    while (at < end) {
        if ((signed char)*at >= 0) {
            at += utf8_ascii_prefix(at, (size_t)(end - at));
            continue;
        }
        int length = check_common(at, end);
        if (length == 0) {
            length = check(at, end, false, reason);
        }
        if (length < 0) {
            *error_start = (size_t)(at - p);
            *error_length = (size_t)-length;
            return false;
        }
        at += length;
    }
    return true;
}
