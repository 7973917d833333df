// SPDX-License-Identifier: MIT
//
// String literals: prefixes and escape sequences. The decoded text is never longer than its source, so each literal is
// one allocation. Lone surrogates from \u escapes become three bytes each (WTF-8), as everywhere in a str.
#include <string.h>

#include "lexer/literal.h"
#include "lexer/unicode.h"
#include "lexer/utf8.h"

unsigned string_prefix(const char *text, size_t *prefix, size_t *quotes)
{
    unsigned flags = 0;
    size_t i = 0;
    for (; text[i] != '"' && text[i] != '\''; i++) {
        switch (text[i] | 0x20) {
        case 'b': flags |= STRING_BYTES; break;
        case 'r': flags |= STRING_RAW; break;
        case 'u': flags |= STRING_UNICODE; break;
        case 'f': flags |= STRING_FORMAT; break;
        default: flags |= STRING_TEMPLATE; break;
        }
    }
    *prefix = i;
    *quotes = text[i + 1] == text[i] && text[i + 2] == text[i] ? 3 : 1;
    return flags;
}

typedef struct Decoder {
    Arena *arena;
    const char *start;
    const char *p;
    const char *end;
    char *out;
    unsigned flags;
    StringValue *value;
} Decoder;

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// CPython decodes a copy in which every non-ASCII character is a ten-byte \U escape, and counts its positions there.
static size_t escaped_position(const Decoder *d, const char *place)
{
    size_t position = 0;
    for (const char *p = d->start; p < place; p++) {
        position += (unsigned char)*p < 0x80 ? 1 : utf8_is_continuation(*p) ? 0 : 10;
    }
    return position;
}

static bool unicode_error(Decoder *d, const char *from, const char *to, const char *reason)
{
    size_t first = escaped_position(d, from);
    size_t last = escaped_position(d, to) - 1;
    d->value->error =
        first == last
            ? arena_printf(d->arena, "(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %zu: %s",
                           first, reason)
            : arena_printf(d->arena, "(unicode error) 'unicodeescape' codec can't decode bytes in position %zu-%zu: %s",
                           first, last, reason);
    return false;
}

// \xHH, \uHHHH, \UHHHHHHHH in a str; `p` is past the letter.
static bool decode_hex(Decoder *d, const char *backslash, int digits, const char *truncated)
{
    uint32_t cp = 0;
    for (int i = 0; i < digits; i++, d->p++) {
        int digit = d->p < d->end ? hex_digit(*d->p) : -1;
        if (digit < 0) {
            return unicode_error(d, backslash, d->p, truncated);
        }
        cp = cp << 4 | (uint32_t)digit;
    }
    if (cp > UNICODE_MAX) {
        return unicode_error(d, backslash, d->p, "illegal Unicode character");
    }
    d->out += utf8_encode(cp, d->out);
    return true;
}

static bool decode_named(Decoder *d, const char *backslash)
{
    const char *name = d->p + 1;
    const char *close = d->p < d->end && *d->p == '{' ? memchr(name, '}', (size_t)(d->end - name)) : NULL;
    uint32_t cp;
    if (close == NULL || close == name) {
        const char *to = close != NULL ? close + 1 : d->p < d->end && *d->p == '{' ? d->end : d->p;
        return unicode_error(d, backslash, to, "malformed \\N character escape");
    }
    d->p = close + 1;
    if (!unicode_lookup_name(name, (size_t)(close - name), &cp)) {
        return unicode_error(d, backslash, d->p, "unknown Unicode character name");
    }
    d->out += utf8_encode(cp, d->out);
    return true;
}

static bool decode_byte_hex(Decoder *d, const char *backslash)
{
    int high = d->p < d->end ? hex_digit(d->p[0]) : -1;
    int low = d->end - d->p >= 2 ? hex_digit(d->p[1]) : -1;
    if (high < 0 || low < 0) {
        d->value->error = arena_printf(d->arena, "(value error) invalid \\x escape at position %zu",
                                       (size_t)(backslash - d->start));
        return false;
    }
    *d->out++ = (char)(high << 4 | low);
    d->p += 2;
    return true;
}

static void put_code(Decoder *d, uint32_t code)
{
    if (d->flags & STRING_BYTES) {
        *d->out++ = (char)code;
    } else {
        d->out += utf8_encode(code, d->out);
    }
}

static void decode_octal(Decoder *d, char first)
{
    uint32_t code = (uint32_t)(first - '0');
    for (int i = 0; i < 2 && d->p < d->end && *d->p >= '0' && *d->p <= '7'; i++) {
        code = code << 3 | (uint32_t)(*d->p++ - '0');
    }
    put_code(d, code);
}

static const char *simple_escape(char c)
{
    switch (c) {
    case '\n': return "";
    case '\\': return "\\";
    case '\'': return "'";
    case '"': return "\"";
    case 'a': return "\a";
    case 'b': return "\b";
    case 'f': return "\f";
    case 'n': return "\n";
    case 'r': return "\r";
    case 't': return "\t";
    case 'v': return "\v";
    default: return NULL;
    }
}

// One escape sequence; d->p is at its backslash.
static bool decode_escape(Decoder *d)
{
    const char *backslash = d->p++;
    if (d->p >= d->end) {
        // Only in the literal part of an f-string, before a field: the backslash stands for itself.
        *d->out++ = '\\';
        if (d->value->bad_escape == NULL) {
            d->value->bad_escape = backslash;
        }
        return true;
    }
    char c = *d->p++;
    const char *simple = simple_escape(c);
    if (simple != NULL) {
        if (*simple != '\0') {
            *d->out++ = *simple;
        }
        return true;
    }
    if (c >= '0' && c <= '7') {
        decode_octal(d, c);
        return true;
    }
    if (d->flags & STRING_BYTES) {
        if (c == 'x') {
            return decode_byte_hex(d, backslash);
        }
    } else {
        switch (c) {
        case 'x': return decode_hex(d, backslash, 2, "truncated \\xXX escape");
        case 'u': return decode_hex(d, backslash, 4, "truncated \\uXXXX escape");
        case 'U': return decode_hex(d, backslash, 8, "truncated \\UXXXXXXXX escape");
        case 'N': return decode_named(d, backslash);
        default: break;
        }
    }
    if (d->value->bad_escape == NULL) {
        d->value->bad_escape = backslash;
    }
    *d->out++ = '\\';
    d->p--;  // the character is read again as itself: it may start a multi-byte one or a doubled brace
    if (*d->p != '{' && *d->p != '}') {
        *d->out++ = *d->p++;
    }
    return true;
}

bool string_decode(Arena *arena, const char *body, size_t length, unsigned flags, StringValue *value)
{
    *value = (StringValue){0};
    char *out = arena_grow(arena, NULL, 0, length + 1);
    if (out == NULL) {
        return false;
    }
    Decoder d = {arena, body, body, body + length, out, flags, value};
    while (d.p < d.end) {
        char c = *d.p;
        if (c == '\\' && !(flags & STRING_RAW)) {
            if (!decode_escape(&d)) {
                return false;
            }
            continue;
        }
        if ((unsigned char)c >= 0x80 && (flags & STRING_BYTES)) {
            value->error = "bytes can only contain ASCII literal characters";
            return false;
        }
        d.p += (c == '{' || c == '}') && (flags & STRING_BRACES) ? 2 : 1;
        *d.out++ = c;
    }
    *d.out = '\0';
    value->bytes = out;
    value->length = (size_t)(d.out - out);
    return true;
}
