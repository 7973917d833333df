// SPDX-License-Identifier: MIT
//
// Hexadecimal floats: float.hex writes the mantissa exactly, float.fromhex reads any number of digits and rounds once.
#include <limits.h>
#include <math.h>

#include "vm/number/bigint.h"
#include "vm/number/float_internal.h"

static size_t write_text(char *out, const char *text)
{
    size_t length = strlen(text);
    memcpy(out, text, length);
    return length;
}

size_t float_hex(double x, char out[FLOAT_HEX_SIZE])
{
    if (!isfinite(x)) {
        return float_repr(x, out);
    }
    char *p = out;
    if (signbit(x)) {
        *p++ = '-';
    }
    if (x == 0) {
        p += write_text(p, "0x0.0p+0");
        return (size_t)(p - out);
    }
    int exponent;
    uint64_t mantissa = float_split(x, &exponent);
    exponent += FLOAT_FRACTION_BITS; // of the digit before the point, which is 0 for subnormals
    p += write_text(p, "0x");
    *p++ = (char)('0' + (mantissa >> FLOAT_FRACTION_BITS));
    *p++ = '.';
    for (int shift = FLOAT_FRACTION_BITS - 4; shift >= 0; shift -= 4) {
        *p++ = "0123456789abcdef"[mantissa >> shift & 15];
    }
    *p++ = 'p';
    *p++ = exponent < 0 ? '-' : '+';
    p += exponent == 0 ? write_text(p, "0") : float_write_digits((uint64_t)(exponent < 0 ? -exponent : exponent), p);
    return (size_t)(p - out);
}

// ---- Reading ----

typedef struct HexNumber {
    uint64_t mantissa; // the first 15 or 16 significant digits; bit 0 also stands for all that follow
    long exponent;     // of bit 0
    bool any;          // there was a digit
} HexNumber;

static int hex_value(char c)
{
    if (float_is_digit(c)) {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static const char *scan_hex_digits(const char *p, const char *end, bool behind, HexNumber *number)
{
    for (; p < end && hex_value(*p) >= 0; p++) {
        uint64_t digit = (uint64_t)hex_value(*p);
        number->any = true;
        if (number->mantissa >> 60 == 0) {
            number->mantissa = number->mantissa << 4 | digit;
            number->exponent -= behind ? 4 : 0;
        } else {
            number->mantissa |= digit != 0;
            number->exponent += behind ? 0 : 4;
        }
    }
    return p;
}

// Reads the exponent behind 'p' into *exponent, kept within a fourth of the range of long. NULL when it has no digit.
static const char *scan_binary_exponent(const char *p, const char *end, long *exponent)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    const char *start = p;
    long value = 0;
    for (; p < end && float_is_digit(*p); p++) {
        if (value < LONG_MAX / 64) {
            value = value * 10 + (*p - '0');
        }
    }
    *exponent = negative ? -value : value;
    return p == start ? NULL : p;
}

// Reads [0x] digits [. digits] [p exponent]. NULL when malformed.
static const char *scan_hex(const char *p, const char *end, HexNumber *number)
{
    *number = (HexNumber){0, 0, false};
    if (end - p >= 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
        p += 2;
    }
    p = scan_hex_digits(p, end, false, number);
    if (p < end && *p == '.') {
        p = scan_hex_digits(p + 1, end, true, number);
    }
    if (!number->any) {
        return NULL;
    }
    if (p < end && (*p | 0x20) == 'p') {
        long exponent;
        p = scan_binary_exponent(p + 1, end, &exponent);
        number->exponent += exponent;
    }
    return p;
}

NumberStatus float_from_hex(const char *text, size_t length, double *out)
{
    const char *p = text;
    const char *end = text + length;
    while (p < end && float_is_blank(*p)) {
        p++;
    }
    while (p < end && float_is_blank(end[-1])) {
        end--;
    }
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    double value;
    size_t special = float_parse_special(p, end, &value);
    if (special > 0) {
        *out = negative ? -value : value;
        return p + special == end ? NUMBER_OK : NUMBER_INVALID;
    }
    HexNumber number;
    p = scan_hex(p, end, &number);
    if (p == NULL) {
        return NUMBER_INVALID;
    }
    NumberStatus status = NUMBER_OK;
    *out = negative ? -0.0 : 0.0;
    if (number.mantissa != 0) {
        status = big_round_to_double(number.mantissa, number.exponent, negative, out);
    }
    // As in Python, a number that is too large is reported before what follows it is looked at.
    return status == NUMBER_OK && p != end ? NUMBER_INVALID : status;
}
