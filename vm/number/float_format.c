// SPDX-License-Identifier: MIT
//
// Doubles as text with a given precision ('e', 'f', 'g', '%') or the shortest ('r'). Every style is the same two steps:
// get the digits and the place of the point, then lay them out with or without exponent. A precision beyond the last
// digit of the exact value costs only the writing of zeros.
#include <math.h>

#include "vm/number/float_internal.h"

// 0.DIGITS * 10**point, without sign.
typedef struct Decimal {
    char digits[FLOAT_DIGITS_MAX];
    size_t count;
    int point;
} Decimal;

size_t float_format_bound(double x, char type, size_t precision)
{
    if (type == 'r') {
        return FLOAT_REPR_SIZE;
    }
    bool fixed = type == 'f' || type == 'F' || type == '%';
    size_t rest = fixed && !(fabs(x) < 1e12) ? 330 : FLOAT_REPR_SIZE;
    return precision > SIZE_MAX - rest ? SIZE_MAX : precision + rest;
}

// ---- Digits ----

// Rounds x to `places` decimal places.
static void digits_fixed(double x, size_t places, Decimal *decimal)
{
    int exact = float_exact_places(x);
    int wanted = places < (size_t)exact ? (int)places : exact;
    decimal->count = float_scaled_digits(x, wanted, decimal->digits);
    decimal->point = (int)decimal->count - wanted;
}

// Rounds x to `count` significant digits (at least 1).
static void digits_significant(double x, size_t count, Decimal *decimal)
{
    if (x == 0) {
        decimal->digits[0] = '0';
        decimal->count = 1;
        decimal->point = 1;
        return;
    }
    // The estimate of the decimal exponent is right or one too small. If it is too small, or if rounding carries into a
    // new digit, one digit too many comes out; then one decimal place less is the answer.
    int exponent;
    uint64_t mantissa = float_split(x, &exponent);
    int estimate = float_log10_of_power2(exponent + 63 - __builtin_clzll(mantissa));
    int exact = float_exact_places(x);
    size_t places = count > 2000 ? 2000 : count;
    int wanted = (int)places - 1 - estimate;
    for (;;) {
        int used = wanted < exact ? wanted : exact;
        decimal->count = float_scaled_digits(x, used, decimal->digits);
        decimal->point = (int)decimal->count - used;
        if (decimal->count <= count) {
            return;
        }
        wanted = used - 1;
    }
}

static void digits_shortest(double x, Decimal *decimal)
{
    if (x == 0) {
        digits_significant(x, 1, decimal);
        return;
    }
    uint64_t digits;
    int exponent = float_shortest(x, &digits);
    decimal->count = float_write_digits(digits, decimal->digits);
    decimal->point = (int)decimal->count + exponent;
}

static void strip_zeros(Decimal *decimal)
{
    while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0') {
        decimal->count--;
    }
}

// ---- Layout ----

static char *write_zeros(char *out, size_t count)
{
    memset(out, '0', count);
    return out + count;
}

// Digits from..to of the decimal, zeros where it has none.
static char *write_slice(char *out, const Decimal *decimal, size_t from, size_t to)
{
    size_t end = to < decimal->count ? to : decimal->count;
    if (from < end) {
        memcpy(out, decimal->digits + from, end - from);
        out += end - from;
        from = end;
    }
    return write_zeros(out, to - from);
}

static char *write_point(char *out, size_t places, unsigned flags)
{
    if (places > 0) {
        *out++ = '.';
    } else if (flags & FLOAT_ADD_DOT_0) {
        *out++ = '.';
        *out++ = '0';
    } else if (flags & FLOAT_ALTERNATE) {
        *out++ = '.';
    }
    return out;
}

static char *layout_fixed(char *out, const Decimal *decimal, size_t places, unsigned flags)
{
    if (decimal->point <= 0) {
        *out++ = '0';
        out = write_point(out, places, flags);
        size_t zeros = (size_t)-decimal->point < places ? (size_t)-decimal->point : places;
        out = write_zeros(out, zeros);
        return write_slice(out, decimal, 0, places - zeros);
    }
    size_t point = (size_t)decimal->point;
    out = write_slice(out, decimal, 0, point);
    out = write_point(out, places, flags);
    return write_slice(out, decimal, point, point + places);
}

static char *layout_exponent(char *out, const Decimal *decimal, size_t places, unsigned flags, bool upper)
{
    out = write_slice(out, decimal, 0, 1);
    out = write_point(out, places, flags & ~(unsigned)FLOAT_ADD_DOT_0);
    out = write_slice(out, decimal, 1, 1 + places);
    int exponent = decimal->point - 1;
    *out++ = upper ? 'E' : 'e';
    *out++ = exponent < 0 ? '-' : '+';
    unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (magnitude >= 100) {
        *out++ = (char)('0' + magnitude / 100);
    }
    *out++ = (char)('0' + magnitude / 10 % 10);
    *out++ = (char)('0' + magnitude % 10);
    return out;
}

// 'g' and 'r': fixed while the exponent is in [-4, limit), trailing zeros only on demand.
static char *layout_general(char *out, const Decimal *decimal, size_t significant, size_t limit, unsigned flags,
                            bool upper)
{
    int point = decimal->point;
    size_t count = significant > decimal->count ? significant : decimal->count;
    if (point <= -4 || (point > 0 && (size_t)point > limit)) {
        return layout_exponent(out, decimal, count - 1, flags, upper);
    }
    size_t places = point <= 0 ? count + (size_t)-point : count > (size_t)point ? count - (size_t)point : 0;
    return layout_fixed(out, decimal, places, flags);
}

// ---- Styles ----

static char *write_nonfinite(char *out, double x, bool upper)
{
    const char *text = isnan(x) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf");
    memcpy(out, text, 3);
    return out + 3;
}

static bool is_all_zeros(const Decimal *decimal)
{
    for (size_t i = 0; i < decimal->count; i++) {
        if (decimal->digits[i] != '0') {
            return false;
        }
    }
    return true;
}

// Finds the digits that style (e f g r) wants for a finite x.
static void find_digits(double x, char style, size_t precision, unsigned flags, Decimal *decimal)
{
    switch (style) {
    case 'f':
        digits_fixed(x, precision, decimal);
        break;
    case 'e':
        digits_significant(x, precision == SIZE_MAX ? precision : precision + 1, decimal);
        break;
    case 'g':
        digits_significant(x, precision, decimal);
        if (!(flags & FLOAT_ALTERNATE)) {
            strip_zeros(decimal);
        }
        break;
    default:
        digits_shortest(x, decimal);
        break;
    }
}

static char *layout(char *out, const Decimal *decimal, char style, size_t precision, unsigned flags, bool upper)
{
    switch (style) {
    case 'f':
        return layout_fixed(out, decimal, precision, flags);
    case 'e':
        return layout_exponent(out, decimal, precision, flags, upper);
    case 'g': {
        // What will get ".0" counts as one digit longer.
        size_t limit = flags & FLOAT_ADD_DOT_0 ? precision - 1 : precision;
        return layout_general(out, decimal, flags & FLOAT_ALTERNATE ? precision : 0, limit, flags, upper);
    }
    default:
        return layout_general(out, decimal, 0, 16, flags, upper);
    }
}

size_t float_format(double x, char type, size_t precision, unsigned flags, char *out)
{
    char *p = out;
    bool upper = type == 'E' || type == 'F' || type == 'G';
    char style = upper ? (char)(type | 0x20) : type == '%' ? 'f' : type;
    if (type == '%') {
        x *= 100;
    }
    if (style == 'g' && precision == 0) {
        precision = 1;
    }
    if (!isfinite(x)) {
        if (isinf(x) && x < 0) {
            *p++ = '-';
        }
        p = write_nonfinite(p, x, upper);
    } else {
        Decimal decimal;
        find_digits(x, style, precision, flags, &decimal);
        if (signbit(x) && !(flags & FLOAT_NO_NEGATIVE_ZERO && is_all_zeros(&decimal))) {
            *p++ = '-';
        }
        p = layout(p, &decimal, style, precision, flags, upper);
    }
    if (type == '%') {
        *p++ = '%';
    }
    return (size_t)(p - out);
}
