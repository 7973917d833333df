// SPDX-License-Identifier: MIT
//
// Decimal text to the nearest double, ties to even, in three attempts: an exact product or quotient of small doubles
// (Clinger's fast path); a 128-bit product whose error bound shows that no tie is near; the exact ratio of two long
// integers on the stack.
#include <math.h>

#include "vm/number/bigint_internal.h"
#include "vm/number/float_internal.h"

#define FIRST_DIGITS 19   // always fit 64 bits
#define DIGITS_KEPT 800   // more than the 768 that can decide a tie
#define EXPONENT_CAP INT64_C(1000000000000000000)

// ---- Exact powers of ten ----

static bool from_small(const FloatDecimal *decimal, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int64_t exponent = decimal->first_exponent;
    if (decimal->truncated || decimal->first > (uint64_t)1 << 53 || exponent < -22 || exponent > 22) {
        return false;
    }
    double value = (double)decimal->first;
    *out = exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
    return true;
}

// ---- 128 bits ----

// mantissa * 10**exponent; false when the error of the product might decide.
static bool from_product(uint64_t mantissa, int exponent, double *out)
{
    int left = __builtin_clzll(mantissa);
    const uint64_t *power = float_powers[exponent - FLOAT_POWER_MIN];
    uint128 low = (uint128)(mantissa << left) * power[1];
    uint128 product = (uint128)(mantissa << left) * power[0] + (uint64_t)(low >> 64);
    uint64_t high = (uint64_t)(product >> 64);
    // The exact value is (product + e) * 2**unit with -1 < e < 1: the power was rounded up, the product cut off.
    int unit = float_log2_of_power10(exponent) - 127 + 64 - left;
    int dropped = 128 - __builtin_clzll(high) - 53;
    if (unit + dropped < FLOAT_MIN_EXPONENT) {
        dropped = FLOAT_MIN_EXPONENT - unit;
    }
    if (dropped > 126) {
        return false;
    }
    uint128 half = (uint128)1 << (dropped - 1);
    uint128 rest = product & (half + (half - 1));
    if (rest + 1 >= half && rest <= half + 1) {
        return false;
    }
    if (big_round_to_double(high | ((uint64_t)product != 0), unit + 64, false, out) != NUMBER_OK) {
        *out = INFINITY;
    }
    return true;
}

static bool from_first_digits(const FloatDecimal *decimal, double *out)
{
    if (decimal->first_exponent < FLOAT_POWER_MIN || decimal->first_exponent > FLOAT_POWER_MAX) {
        return false;
    }
    int exponent = (int)decimal->first_exponent;
    if (!from_product(decimal->first, exponent, out)) {
        return false;
    }
    // The digits left out add less than one to the first ones.
    double next;
    return !decimal->truncated || (from_product(decimal->first + 1, exponent, &next) && next == *out);
}

// ---- Exact ----

// Collects the significant digits as values, at most DIGITS_KEPT and one that stands for all the others. *dropped is
// the number of digits after those collected.
static size_t collect(const FloatDecimal *decimal, unsigned char values[DIGITS_KEPT + 1], int64_t *dropped)
{
    size_t count = 0;
    bool sticky = false;
    *dropped = 0;
    for (const char *p = decimal->digits; p < decimal->end; p++) {
        if (!float_is_digit(*p) || (count == 0 && *p == '0')) {
            continue;
        }
        if (count < DIGITS_KEPT) {
            values[count++] = (unsigned char)(*p - '0');
        } else {
            ++*dropped;
            sticky |= *p != '0';
        }
    }
    if (sticky) {
        values[count++] = 1;
        --*dropped;
    }
    return count;
}

// The number of significant digits behind the first ones.
static int64_t digits_behind(const FloatDecimal *decimal)
{
    int64_t significant = 0;
    for (const char *p = decimal->digits; p < decimal->end; p++) {
        significant += float_is_digit(*p) && (significant > 0 || *p != '0');
    }
    return significant > FIRST_DIGITS ? significant - FIRST_DIGITS : 0;
}

static double from_ratio(const FloatDecimal *decimal)
{
    unsigned char values[DIGITS_KEPT + 1];
    int64_t dropped;
    size_t count = collect(decimal, values, &dropped);
    // The caller has excluded exponents outside the range of doubles, so the numbers stay below 1200 digits.
    int exponent = (int)(decimal->first_exponent - digits_behind(decimal) + dropped);
    mp_limb_t numerator[80];
    mp_limb_t denominator[80];
    mp_limb_t scratch[BIG_RATIO_SCRATCH(80, 80)];
    size_t numerator_count = (size_t)mpn_set_str(numerator, values, count, 10);
    size_t denominator_count = 1;
    denominator[0] = 1;
    if (exponent >= 0) {
        numerator_count = float_multiply_power(numerator, numerator_count, 10, (unsigned)exponent);
    } else {
        denominator_count = float_multiply_power(denominator, 1, 10, (unsigned)-exponent);
    }
    long binary;
    uint64_t mantissa = big_ratio_bits((BigView){numerator, numerator_count, false},
                                       (BigView){denominator, denominator_count, false}, scratch, &binary);
    double value;
    return big_round_to_double(mantissa, binary, false, &value) == NUMBER_OK ? value : INFINITY;
}

double float_from_decimal(const FloatDecimal *decimal)
{
    if (decimal->first == 0) {
        return 0.0;
    }
    double value;
    if (from_small(decimal, &value)) {
        return value;
    }
    // first has 1 to 19 digits: below 10**-325 everything rounds to zero, from 10**309 on everything is infinite.
    if (decimal->first_exponent < -325 - FIRST_DIGITS) {
        return 0.0;
    }
    if (decimal->first_exponent > 309) {
        return INFINITY;
    }
    return from_first_digits(decimal, &value) ? value : from_ratio(decimal);
}

// ---- Grammar ----

// Reads digits at p, with single underscores between them if allowed, into the decimal. behind: after the point.
// Returns the end of the run, or NULL when an underscore is misplaced.
static const char *scan_digits(const char *p, const char *end, bool underscores, bool behind, FloatDecimal *decimal)
{
    const char *start = p;
    for (; p < end; p++) {
        if (*p == '_' && underscores) {
            if (p == start || p + 1 == end || !float_is_digit(p[-1]) || !float_is_digit(p[1])) {
                return NULL;
            }
            continue;
        }
        if (!float_is_digit(*p)) {
            break;
        }
        if (decimal->first < float_small_powers[FIRST_DIGITS - 1]) {
            decimal->first = decimal->first * 10 + (unsigned)(*p - '0');
            decimal->first_exponent -= behind;
        } else {
            decimal->truncated = true;
            decimal->first_exponent += !behind;
        }
    }
    return p;
}

// Reads an exponent at p (behind the 'e'). Returns NULL when it has no digit or a misplaced underscore.
static const char *scan_exponent(const char *p, const char *end, bool underscores, int64_t *exponent)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    const char *start = p;
    int64_t value = 0;
    for (; p < end && (float_is_digit(*p) || (*p == '_' && underscores)); p++) {
        if (*p == '_') {
            if (p == start || p + 1 == end || !float_is_digit(p[-1]) || !float_is_digit(p[1])) {
                return NULL;
            }
        } else if (value < EXPONENT_CAP / 10) {
            value = value * 10 + (*p - '0');
        }
    }
    *exponent = negative ? -value : value;
    return p == start ? NULL : p;
}

// Reads digits, point and exponent. Returns the end, or NULL when there is no number or an underscore is misplaced. An
// 'e' that no exponent follows is left unread.
static const char *scan_decimal(const char *p, const char *end, bool underscores, FloatDecimal *decimal)
{
    *decimal = (FloatDecimal){p, NULL, 0, 0, false};
    const char *start = p;
    p = scan_digits(p, end, underscores, false, decimal);
    if (p == NULL) {
        return NULL;
    }
    bool found = p > start;
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        p = scan_digits(fraction, end, underscores, true, decimal);
        if (p == NULL) {
            return NULL;
        }
        found |= p > fraction;
    }
    decimal->end = p;
    if (!found) {
        return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        int64_t exponent;
        const char *behind = scan_exponent(p + 1, end, underscores, &exponent);
        if (behind != NULL) {
            decimal->first_exponent += exponent;
            p = behind;
        }
    }
    return p;
}

size_t float_parse_special(const char *p, const char *end, double *out)
{
    static const struct {
        char word[9];
        unsigned char length;
    } words[] = {{"infinity", 8}, {"inf", 3}, {"nan", 3}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = words[i].length;
        size_t same = 0;
        while (same < length && p + same < end && (p[same] | 0x20) == words[i].word[same]) {
            same++;
        }
        if (same == length) {
            *out = i == 2 ? NAN : INFINITY;
            return length;
        }
    }
    return 0;
}

bool float_parse(const char *text, size_t length, double *out)
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
        if (p + special != end) {
            return false;
        }
    } else {
        FloatDecimal decimal;
        if (scan_decimal(p, end, true, &decimal) != end) {
            return false;
        }
        value = float_from_decimal(&decimal);
    }
    *out = negative ? -value : value;
    return true;
}

size_t float_parse_prefix(const char *text, size_t length, double *out)
{
    FloatDecimal decimal;
    const char *end = scan_decimal(text, text + length, false, &decimal);
    if (end == NULL) {
        return 0;
    }
    *out = float_from_decimal(&decimal);
    return (size_t)(end - text);
}
