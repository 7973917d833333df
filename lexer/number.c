// SPDX-License-Identifier: MIT
//
// Number literals: where they end, what is wrong with them in CPython's words, and what they are worth.
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "lexer/literal.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

static bool is_name_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static NumberScan failed(const char *at, const char *message)
{
    return (NumberScan){.end = at, .message = message};
}

// A keyword may follow a number without a space, though CPython warns of it.
static bool keyword_follows(const char *p)
{
    static const char *const words[] = {"and", "else", "for", "if", "in", "is", "or", "not"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i]);
        if (strncmp(p, words[i], length) == 0) {
            return true;
        }
    }
    return false;
}

static NumberScan finished(const char *p, const char *message)
{
    if (!is_name_char(*p)) {
        return (NumberScan){.end = p};
    }
    if (keyword_follows(p)) {
        return (NumberScan){.end = p, .warning = message};
    }
    return failed(p, message);
}

// Digits with single underscores between them. Returns NULL, with *bad set, when an underscore has no digit after it.
static const char *decimal_tail(const char *p, const char **bad)
{
    for (;;) {
        while (is_digit(*p)) {
            p++;
        }
        if (*p != '_') {
            return p;
        }
        p++;
        if (!is_digit(*p)) {
            *bad = p;
            return NULL;
        }
    }
}

typedef struct Radix {
    int base;
    char largest;  // digit, for bases up to ten
    const char *invalid;
    const char *invalid_digit;
} Radix;

static bool is_radix_digit(const Radix *radix, char c)
{
    return radix->base == 16 ? is_hex(c) : c >= '0' && c <= radix->largest;
}

static NumberScan scan_radix(const char *p, const Radix *radix)
{
    do {
        if (*p == '_') {
            p++;
        }
        if (!is_radix_digit(radix, *p)) {
            if (is_digit(*p)) {
                return (NumberScan){.end = p + 1, .message = radix->invalid_digit, .bad = *p};
            }
            return failed(p, radix->invalid);
        }
        while (is_radix_digit(radix, *p)) {
            p++;
        }
    } while (*p == '_');
    if (is_digit(*p)) {
        return (NumberScan){.end = p + 1, .message = radix->invalid_digit, .bad = *p};
    }
    return finished(p, radix->invalid);
}

static const char invalid_decimal[] = "invalid decimal literal";

static NumberScan scan_imaginary(const char *p)
{
    if (*p == 'j' || *p == 'J') {
        return finished(p + 1, "invalid imaginary literal");
    }
    return finished(p, invalid_decimal);
}

static NumberScan scan_exponent(const char *p)
{
    if (*p != 'e' && *p != 'E') {
        return scan_imaginary(p);
    }
    const char *digits = p + 1;
    const char *bad;
    if (*digits == '+' || *digits == '-') {
        digits++;
        if (!is_digit(*digits)) {
            return failed(digits, invalid_decimal);
        }
    } else if (!is_digit(*digits)) {
        return finished(p, invalid_decimal);
    }
    digits = decimal_tail(digits, &bad);
    return digits == NULL ? failed(bad, invalid_decimal) : scan_imaginary(digits);
}

static NumberScan scan_fraction(const char *p)
{
    const char *bad;
    if (is_digit(*p)) {
        p = decimal_tail(p, &bad);
        if (p == NULL) {
            return failed(bad, invalid_decimal);
        }
    }
    return scan_exponent(p);
}

// A leading zero: either zeros only, or the start of a float such as 007.5.
static NumberScan scan_zeros(const char *text)
{
    const char *p = text;
    const char *bad;
    while (*p == '0' || *p == '_') {
        if (*p == '_' && !is_digit(p[1])) {
            return failed(p + 1, invalid_decimal);
        }
        p++;
    }
    if (p[-1] == '_') {
        p--;
    }
    const char *zeros_end = p;
    const char *end = decimal_tail(p, &bad);
    if (end == NULL) {
        return failed(bad, invalid_decimal);
    }
    if (*end == '.') {
        return scan_fraction(end + 1);
    }
    if (*end == 'e' || *end == 'E' || *end == 'j' || *end == 'J' || end == zeros_end) {
        return scan_exponent(end);
    }
    NumberScan scan = failed(end, "leading zeros in decimal integer literals are not permitted; "
                                  "use an 0o prefix for octal integers");
    scan.mark_from = text;
    scan.mark_to = *zeros_end == '_' ? zeros_end + 1 : zeros_end;
    return scan;
}

NumberScan number_scan(const char *text)
{
    static const Radix hexadecimal = {16, 0, "invalid hexadecimal literal", NULL};
    static const Radix octal = {8, '7', "invalid octal literal", "invalid digit '%c' in octal literal"};
    static const Radix binary = {2, '1', "invalid binary literal", "invalid digit '%c' in binary literal"};
    const char *bad;
    if (text[0] == '.') {
        return scan_fraction(text + 1);
    }
    if (text[0] == '0') {
        switch (text[1]) {
        case 'x': case 'X': return scan_radix(text + 2, &hexadecimal);
        case 'o': case 'O': return scan_radix(text + 2, &octal);
        case 'b': case 'B': return scan_radix(text + 2, &binary);
        default: return scan_zeros(text);
        }
    }
    const char *end = decimal_tail(text, &bad);
    if (end == NULL) {
        return failed(bad, invalid_decimal);
    }
    return *end == '.' ? scan_fraction(end + 1) : scan_exponent(end);
}

static int digit_value(char c)
{
    return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

// strtod obeys the locale of the host's process: give it the decimal point it wants.
static double float_value(Arena *arena, const char *digits, size_t length)
{
    const char *point = localeconv()->decimal_point;
    const char *dot = memchr(digits, '.', length);
    if (dot == NULL || strcmp(point, ".") == 0) {
        return strtod(digits, NULL);
    }
    char *local = arena_printf(arena, "%.*s%s%s", (int)(dot - digits), digits, point, dot + 1);
    return local == NULL ? 0.0 : strtod(local, NULL);
}

static void integer_value(NumberValue *value, const char *digits, size_t length)
{
    uint64_t total = 0;
    bool fits = true;
    for (size_t i = 0; i < length && fits; i++) {
        fits = !__builtin_mul_overflow(total, (uint64_t)value->base, &total) &&
               !__builtin_add_overflow(total, (uint64_t)digit_value(digits[i]), &total);
    }
    value->kind = fits && total <= INT64_MAX ? NUMBER_INT : NUMBER_BIG;
    value->integer = (int64_t)total;
    value->digits = digits;
    value->digit_count = length;
}

bool number_value(Arena *arena, const char *text, size_t length, NumberValue *value)
{
    char small[64];
    *value = (NumberValue){.base = 10};
    if (length > 2 && text[0] == '0' && (text[1] | 0x20) >= 'b' && strchr("xob", text[1] | 0x20) != NULL) {
        value->base = (text[1] | 0x20) == 'x' ? 16 : (text[1] | 0x20) == 'o' ? 8 : 2;
        text += 2;
        length -= 2;
    }
    char *digits = length < sizeof(small) ? small : arena_alloc(arena, length + 1);
    if (digits == NULL) {
        return false;
    }
    size_t count = 0;
    bool integral = true;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '_') {
            digits[count++] = text[i];
            integral = integral && (value->base == 16 || is_digit(text[i]));
        }
    }
    digits[count] = '\0';
    if (!integral) {
        bool imaginary = (digits[count - 1] | 0x20) == 'j';
        value->kind = imaginary ? NUMBER_IMAG : NUMBER_FLOAT;
        value->real = float_value(arena, digits, count);
        return !arena->failed;
    }
    integer_value(value, digits, count);
    if (value->kind == NUMBER_BIG && digits == small) {
        value->digits = arena_copy(arena, small, count);
    }
    return value->kind == NUMBER_INT || value->digits != NULL;
}
