// SPDX-License-Identifier: MIT
//
// unicode_escape and raw_unicode_escape: text as in the source of a string literal, in Latin-1.

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "str_codec.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Reads `count` hexadecimal digits at *at. False: fewer; *at is then behind the last good one.
static bool read_hex(const Codec *c, size_t *at, int count, uint32_t *value)
{
    *value = 0;
    for (; count; count--, ++*at) {
        int digit = *at < c->size ? hex_value(c->data[*at]) : -1;
        if (digit < 0)
            return false;
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

// \x \u \U behind the letter.
static const char *hex_escape(Codec *c, size_t *at, char letter)
{
    uint32_t cp;
    int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    if (!read_hex(c, at, digits, &cp))
        return letter == 'x'   ? "truncated \\xXX escape"
               : letter == 'u' ? "truncated \\uXXXX escape"
                               : "truncated \\UXXXXXXXX escape";
    if (cp > UNICODE_MAX)
        return c->id == CODEC_RAW_UNICODE_ESCAPE ? "\\Uxxxxxxxx out of range" : "illegal Unicode character";
    builder_add_codepoint(&c->out, cp);
    return NULL;
}

static const char *named_escape(Codec *c, size_t *at)
{
    uint32_t cp;
    if (*at >= c->size || c->data[*at] != '{')
        return "malformed \\N character escape";
    size_t start = ++*at;
    while (*at < c->size && c->data[*at] != '}')
        ++*at;
    if (*at >= c->size || *at == start)
        return "malformed \\N character escape";
    if (!unicode_lookup_name(c->data + start, (*at)++ - start, &cp))
        return "unknown Unicode character name";
    builder_add_codepoint(&c->out, cp);
    return NULL;
}

static void octal_escape(Codec *c, size_t *at, char first)
{
    uint32_t cp = (uint32_t)(first - '0');
    for (int i = 0; i < 2 && *at < c->size && c->data[*at] >= '0' && c->data[*at] <= '7'; i++)
        cp = cp * 8 + (uint32_t)(c->data[(*at)++] - '0');
    builder_add_codepoint(&c->out, cp);
}

// One escape behind the backslash; *at moves past it. NULL: fine, else the reason.
static const char *escape(Codec *c, size_t *at)
{
    static const char simple[] = "\\\\''\"\"b\bf\ft\tn\nr\rv\va\a";
    if (*at >= c->size)
        return "\\ at end of string";
    char letter = c->data[(*at)++];
    if (letter == '\n')
        return NULL;
    for (size_t i = 0; i + 1 < sizeof simple; i += 2)
        if (simple[i] == letter)
            return builder_add_char(&c->out, simple[i + 1]), NULL;
    if (letter >= '0' && letter <= '7')
        return octal_escape(c, at, letter), NULL;
    if (letter == 'x' || letter == 'u' || letter == 'U')
        return hex_escape(c, at, letter);
    if (letter == 'N')
        return named_escape(c, at);
    builder_add_char(&c->out, '\\');
    builder_add_codepoint(&c->out, (unsigned char)letter);
    return NULL;
}

bool decode_unicode_escape(Codec *c)
{
    for (size_t at = 0; at < c->size && !c->out.failed;) {
        size_t start = at;
        char byte = c->data[at++];
        if (byte != '\\') {
            builder_add_codepoint(&c->out, (unsigned char)byte);
            continue;
        }
        const char *reason = escape(c, &at);
        if (reason && !decode_error(c, start, &at, reason))
            return false;
    }
    return !c->out.failed;
}

bool decode_raw_unicode_escape(Codec *c)
{
    for (size_t at = 0; at < c->size && !c->out.failed;) {
        size_t start = at;
        char byte = c->data[at++];
        if (byte != '\\' || at == c->size) {
            builder_add_codepoint(&c->out, (unsigned char)byte);
            continue;
        }
        char letter = c->data[at++];
        if (letter != 'u' && letter != 'U') {
            builder_add_char(&c->out, '\\');
            builder_add_codepoint(&c->out, (unsigned char)letter);
            continue;
        }
        const char *reason = hex_escape(c, &at, letter);
        if (reason && !decode_error(c, start, &at, reason))
            return false;
    }
    return !c->out.failed;
}

static void put_escape(Codec *c, char letter, uint32_t cp, int digits)
{
    char text[12] = {'\\', letter};
    for (int i = 0; i < digits; i++)
        text[2 + i] = "0123456789abcdef"[cp >> 4 * (digits - 1 - i) & 15];
    builder_add_ascii(&c->out, text, (size_t)digits + 2);
}

bool encode_unicode_escape(Codec *c)
{
    const char *p = c->text->data, *end = p + c->text->size;
    while (p < end && !c->out.failed) {
        uint32_t cp = utf8_next(&p);
        if (cp == '\\' || cp == '\t' || cp == '\n' || cp == '\r')
            put_escape(c, cp == '\\' ? '\\' : cp == '\t' ? 't' : cp == '\n' ? 'n' : 'r', 0, 0);
        else if (cp >= 0x20 && cp < 0x7F)
            builder_add_char(&c->out, (char)cp);
        else if (cp < 0x100)
            put_escape(c, 'x', cp, 2);
        else
            put_escape(c, cp < 0x10000 ? 'u' : 'U', cp, cp < 0x10000 ? 4 : 8);
    }
    return !c->out.failed;
}

bool encode_raw_unicode_escape(Codec *c)
{
    const char *p = c->text->data, *end = p + c->text->size;
    while (p < end && !c->out.failed) {
        uint32_t cp = utf8_next(&p);
        if (cp < 0x100)
            builder_add_char(&c->out, (char)cp);
        else
            put_escape(c, cp < 0x10000 ? 'u' : 'U', cp, cp < 0x10000 ? 4 : 8);
    }
    return !c->out.failed;
}
