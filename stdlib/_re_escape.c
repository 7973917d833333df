// SPDX-License-Identifier: MIT
//
// Backslashes in patterns, and single characters on their way to PCRE2.

#include "_re.h"

#include "lexer/unicode.h"
#include "lexer/utf8.h"

static int hex_value(uint32_t c)
{
    if (c - '0' < 10)
        return (int)(c - '0');
    c |= 0x20;
    return c - 'a' < 6 ? (int)(c - 'a' + 10) : -1;
}

static bool next_is_octal(const ReParser *p) { return p->next.length == 1 && p->next.c - '0' < 8; }
static bool next_is_digit(const ReParser *p) { return p->next.length == 1 && p->next.c - '0' < 10; }

// The text of an escape that began `length` before the current place goes into the message.
static bool bad(ReParser *p, size_t length, const char *before, const char *after)
{
    if (p->vm->error)
        return false;
    size_t end = re_tell(p);
    Str *text = re_source_text(p, end - length, end);
    return text && re_error(p, length, "%s%U%s", before, text, after);
}

// Exactly `digits` hexadecimal digits behind \x, \u, \U.
static bool read_hex(ReParser *p, int digits, ReEscape *out)
{
    uint64_t value = 0;
    int n = 0;
    for (; n < digits && p->next.length == 1 && hex_value(p->next.c) >= 0; n++, re_advance(p))
        value = value << 4 | (uint64_t)hex_value(p->next.c);
    if (n < digits)
        return bad(p, (size_t)n + 2, "incomplete escape ", "");
    if (value > UNICODE_MAX)
        return bad(p, (size_t)n + 2, "bad escape ", "");
    out->value = (uint32_t)value;
    return !p->vm->error;
}

static bool read_name(ReParser *p, ReEscape *out)
{
    if (!re_accept(p, '{'))
        return re_error(p, 0, "missing {");
    Str *name = re_until(p, '}', "character name");
    if (!name)
        return false;
    if (unicode_lookup_name(name->data, name->size, &out->value))
        return true;
    return re_error(p, name->length + 4, "undefined character name %R", from_object(name));
}

static bool octal_value(ReParser *p, uint32_t value, size_t length, ReEscape *out)
{
    if (value > 0377)
        return bad(p, length, "octal escape value ", " outside of range 0-0o377");
    out->kind = ESCAPE_CHAR;
    out->value = value;
    return true;
}

// A first octal digit and up to two more.
static bool read_octal(ReParser *p, uint32_t first, ReEscape *out)
{
    uint32_t value = first - '0', length = 2;
    for (; length < 4 && next_is_octal(p); length++, re_advance(p))
        value = value * 8 + (p->next.c - '0');
    return !p->vm->error && octal_value(p, value, length, out);
}

// \1 to \99 is a group, three octal digits are a character.
bool re_octal_or_group(ReParser *p, ReToken token, ReEscape *out)
{
    uint32_t digits[3] = {token.escaped - '0', 0, 0};
    size_t count = 1;
    if (next_is_digit(p)) {
        digits[count++] = p->next.c - '0';
        re_advance(p);
        if (digits[0] < 8 && digits[1] < 8 && next_is_octal(p)) {
            digits[2] = p->next.c - '0';
            re_advance(p);
            return octal_value(p, digits[0] * 64 + digits[1] * 8 + digits[2], 4, out);
        }
    }
    out->kind = ESCAPE_GROUP;
    out->value = count == 2 ? digits[0] * 10 + digits[1] : digits[0];
    return !p->vm->error;
}

static bool read_reference(ReParser *p, ReToken token, ReEscape *out)
{
    size_t start = re_tell(p);
    if (!re_octal_or_group(p, token, out) || out->kind != ESCAPE_GROUP)
        return !p->vm->error;
    size_t length = re_tell(p) - start + 2;
    if (out->value >= p->group_count)
        return re_error(p, length - 1, "invalid group reference %u", out->value);
    return re_check_reference(p, out->value, length);
}

bool re_escape(ReParser *p, ReToken token, bool in_class, ReEscape *out)
{
    uint32_t c = token.escaped;
    static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    const char *at = c && c < 128 ? strchr(names, (int)c) : NULL;
    if (at && (in_class || c != 'b'))
        return *out = (ReEscape){ESCAPE_CHAR, (unsigned char)values[at - names]}, true;
    *out = (ReEscape){ESCAPE_CATEGORY, c};
    if (c && c < 128 && strchr("dDsSwW", (int)c))
        return true;
    out->kind = ESCAPE_PLACE;
    if (!in_class && c && c < 128 && strchr("AbBZ", (int)c))
        return true;
    out->kind = ESCAPE_CHAR;
    if (c == 'x' || (p->text && (c == 'u' || c == 'U')))
        return read_hex(p, c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
    if (p->text && c == 'N')
        return read_name(p, out);
    if (c == '0' || (in_class && c - '0' < 8))
        return read_octal(p, c, out);
    if (!in_class && c - '0' < 10)
        return read_reference(p, token, out);
    if (c - '0' < 10 || (c | 0x20) - 'a' < 26)
        return bad(p, 2, "bad escape ", "");
    return true;
}

// ---- output

bool re_put_char(ReParser *p, uint32_t c)
{
    char text[16];
    bool letter = c - '0' < 10 || (c | 0x20) - 'a' < 26 || c == '_';
    if (letter)
        snprintf(text, sizeof text, "%c", (int)c);
    else if (c < 0x20 || c == 0x7f || (c >= 0x80 && p->narrow))
        snprintf(text, sizeof text, "\\x{%x}", c);
    else if (c < 0x80)
        snprintf(text, sizeof text, "\\%c", (int)c);
    else
        text[utf8_encode(c, text)] = '\0';
    return re_put(p, text);
}

// The ASCII letter that a character beyond ASCII is equal to when case is ignored, 0: none.
static uint32_t ascii_fold(uint32_t c)
{
    return c == 0x130 || c == 0x131 ? 'i' : c == 0x17F ? 's' : c == 0x212A ? 'k' : 0;
}

// Characters that Python takes as equal without regard to case and PCRE2 does not.
static const char *python_fold(uint32_t c)
{
    switch (c) {
    case 'i': case 'I': case 0x130: case 0x131:
        return "[iI\\x{130}\\x{131}]";
    case 0x390: case 0x1FD3:
        return "[\\x{390}\\x{1fd3}]";
    case 0x3B0: case 0x1FE3:
        return "[\\x{3b0}\\x{1fe3}]";
    case 0xFB05: case 0xFB06:
        return "[\\x{fb05}\\x{fb06}]";
    }
    return NULL;
}

static bool put_narrow(ReParser *p, uint32_t c, uint32_t flags)
{
    if (!p->text || c < 0x80)
        return re_put_char(p, c);
    uint32_t same = flags & RE_IGNORECASE && re_unicode(p, flags) ? ascii_fold(c) : 0;
    return same ? re_put_char(p, same) : re_put(p, RE_NEVER);
}

bool re_put_literal(ReParser *p, uint32_t c, uint32_t flags)
{
    if (p->narrow)
        return put_narrow(p, c, flags);
    if (!(flags & RE_IGNORECASE))
        return re_put_char(p, c);
    if (re_unicode(p, flags)) {
        const char *set = python_fold(c);
        return set ? re_put(p, set) : re_put_char(p, c);
    }
    uint32_t lower = c | 0x20;
    if (c < 0x80 && lower != 'k' && lower != 's')
        return re_put_char(p, c);
    re_put(p, "(?-i:["); // only ASCII letters have two cases here
    re_put_char(p, c);
    if (c < 0x80)
        re_put_char(p, c ^ 0x20);
    return re_put(p, "])");
}

#define ASCII_WORD "(?-i:[a-zA-Z0-9_])"
#define UNICODE_WORD "[\\p{L}\\p{N}_]"
#define BORDER(word) "(?:(?<=" word ")(?!" word ")|(?<!" word ")(?=" word "))"
#define INSIDE(word) "(?:(?<=" word ")(?=" word ")|(?<!" word ")(?!" word "))"

bool re_put_boundary(ReParser *p, char letter, uint32_t flags)
{
    bool unicode = re_unicode(p, flags), out = letter == 'B';
    if (out)
        re_put(p, "(?!\\A\\z)"); // an empty subject has no places at all
    if (p->narrow || (unicode && RE_WORD_IS_PYTHONS))
        return re_put(p, out ? "\\B" : "\\b");
    if (unicode)
        return re_put(p, out ? INSIDE(UNICODE_WORD) : BORDER(UNICODE_WORD));
    return re_put(p, out ? INSIDE(ASCII_WORD) : BORDER(ASCII_WORD));
}
