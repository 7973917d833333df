// SPDX-License-Identifier: MIT
//
// repr of str and of bytes: quotes, escapes.

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "str_internal.h"

static const char hex[] = "0123456789abcdef";

static void add_hex(StrBuilder *b, char letter, uint32_t value, int digits)
{
    char text[12] = {'\\', letter};
    for (int i = 0; i < digits; i++)
        text[2 + i] = hex[value >> 4 * (digits - 1 - i) & 15];
    builder_add_ascii(b, text, (size_t)digits + 2);
}

// Escapes cp when it cannot stand for itself. False: it can.
static bool add_escape(StrBuilder *b, uint32_t cp, char quote)
{
    char pair[2] = {'\\', (char)cp};
    switch (cp) {
    case '\n': pair[1] = 'n'; break;
    case '\r': pair[1] = 'r'; break;
    case '\t': pair[1] = 't'; break;
    case '\\': break;
    default:
        if (cp == (unsigned char)quote)
            break;
        if (cp < 0x20 || cp == 0x7F) {
            add_hex(b, 'x', cp, 2);
            return true;
        }
        return false;
    }
    builder_add_ascii(b, pair, 2);
    return true;
}

static bool add_unprintable(StrBuilder *b, uint32_t cp)
{
    if (unicode_is_printable(cp))
        return false;
    if (cp < 0x100)
        add_hex(b, 'x', cp, 2);
    else if (cp < 0x10000)
        add_hex(b, 'u', cp, 4);
    else
        add_hex(b, 'U', cp, 8);
    return true;
}

static char choose_quote(const char *data, size_t size)
{
    return memchr(data, '\'', size) && !memchr(data, '"', size) ? '"' : '\'';
}

// Length of the leading part that needs no escape: printable ASCII without quotes and backslashes.
static size_t plain_prefix(const char *data, size_t size)
{
    size_t i = 0;
    while (i < size && (unsigned char)data[i] >= 0x20 && (unsigned char)data[i] < 0x7F && data[i] != '\'' &&
           data[i] != '\\')
        i++;
    return i;
}

Str *str_repr(VM *vm, Str *s)
{
    vm_charge_bytes(vm, 8 * s->size);
    size_t plain = plain_prefix(s->data, s->size);
    if (plain == s->size) {
        Str *r = str_alloc(vm, plain + 2, plain + 2);
        if (r) {
            memcpy(r->data + 1, s->data, plain);
            r->data[0] = r->data[plain + 1] = '\'';
        }
        return r;
    }
    StrBuilder b;
    builder_init(&b, vm);
    char quote = choose_quote(s->data, s->size);
    builder_reserve(&b, (size_t)s->size + 2);
    builder_add_char(&b, quote);
    const char *end = s->data + s->size;
    for (const char *p = s->data; p < end && !b.failed;) {
        size_t run = plain_prefix(p, (size_t)(end - p));
        builder_add_ascii(&b, p, run);
        p += run;
        if (p == end)
            break;
        uint32_t cp = utf8_next(&p);
        bool done = cp < 0x80 ? add_escape(&b, cp, quote) : add_unprintable(&b, cp);
        if (!done)
            builder_add_codepoint(&b, cp);
    }
    builder_add_char(&b, quote);
    return builder_finish(&b);
}

static Str *repr_of_bytes(VM *vm, const char *data, size_t size, bool escape_both)
{
    StrBuilder b;
    builder_init(&b, vm);
    char quote = choose_quote(data, size);
    builder_reserve(&b, size < STR_MAX_SIZE - 3 ? size + 3 : size);
    builder_add_char(&b, 'b');
    builder_add_char(&b, quote);
    for (size_t i = 0; i < size && !b.failed; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c >= 0x80)
            add_hex(&b, 'x', c, 2);
        else if (!add_escape(&b, c, escape_both ? '\'' : quote))
            builder_add_char(&b, (char)c);
    }
    builder_add_char(&b, quote);
    return builder_finish(&b);
}

Str *bytes_repr(VM *vm, const char *data, size_t size) { return repr_of_bytes(vm, data, size, false); }

// A bytearray escapes the apostrophe between quotation marks, too.
Str *bytearray_text(VM *vm, const char *data, size_t size) { return repr_of_bytes(vm, data, size, true); }
