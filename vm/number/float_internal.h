// SPDX-License-Identifier: MIT
//
// What the float_*.c files share. Nobody else includes it.
#ifndef AIOLOS_VM_NUMBER_FLOAT_INTERNAL_H
#define AIOLOS_VM_NUMBER_FLOAT_INTERNAL_H

#include <gmp.h>
#include <string.h>

#include "vm/number/float_text.h"

__extension__ typedef unsigned __int128 uint128;

// ---- Powers of ten ----

#define FLOAT_POWER_MIN (-342)
#define FLOAT_POWER_MAX 324
extern const uint64_t float_powers[FLOAT_POWER_MAX - FLOAT_POWER_MIN + 1][2];

// floor(log2(10**k)) and floor(log10(2**k)) by fixed-point logarithms; exact for |k| <= 1233.
static inline int float_log2_of_power10(int k)
{
    return (int)((k * INT64_C(1741647)) >> 19);
}

static inline int float_log10_of_power2(int k)
{
    return (int)((k * INT64_C(1262611)) >> 22);
}

// 10**0 .. 10**19
extern const uint64_t float_small_powers[20];

// ---- Doubles taken apart ----

#define FLOAT_FRACTION_BITS 52
#define FLOAT_HIDDEN_BIT ((uint64_t)1 << FLOAT_FRACTION_BITS)
#define FLOAT_MIN_EXPONENT (-1074) // of the last bit of subnormals

// |x| = mantissa * 2**exponent for finite x, the mantissa not reduced.
static inline uint64_t float_split(double x, int *exponent)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t fraction = bits & (FLOAT_HIDDEN_BIT - 1);
    int biased = (int)(bits >> FLOAT_FRACTION_BITS & 0x7FF);
    *exponent = (biased == 0 ? 1 : biased) - 1075;
    return biased == 0 ? fraction : fraction | FLOAT_HIDDEN_BIT;
}

// ---- Characters ----

static inline bool float_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool float_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Reads "inf", "infinity" or "nan" in any case at p. Returns the length, 0 when there is none.
size_t float_parse_special(const char *p, const char *end, double *out);

// Decimal digits of value, no leading zeros, none at all for zero. Returns how many (at most 20).
size_t float_write_digits(uint64_t value, char *out);

// ---- Exact decimal arithmetic ----

// The most digits that |x| * 10**places has when places is what float_exact_places allows.
#define FLOAT_DIGITS_MAX 1400

// Decimal places after which x has only zeros (0 for integral x).
int float_exact_places(double x);

// Decimal digits of |x| * 10**places rounded half to even to an integer, as float_write_digits writes them.
// x is finite, -400 <= places <= float_exact_places(x).
size_t float_scaled_digits(double x, int places, char digits[FLOAT_DIGITS_MAX]);

// The same integer when it is below 2**64 and quickly found; false otherwise.
bool float_scaled_integer(double x, int places, uint64_t *integer);

// Multiplies by base ** power (base is 5 or 10) in place; returns the new count of limbs.
size_t float_multiply_power(mp_limb_t *limbs, size_t count, unsigned base, unsigned power);

// The double nearest to the digits (ASCII, anything else between them is skipped) times 10**exponent. `first` is the
// value of the first 19 significant digits or of all when they are fewer, `first_exponent` the power of ten that
// belongs to it.
typedef struct FloatDecimal {
    const char *digits, *end;
    uint64_t first;
    int64_t first_exponent;
    bool truncated; // digits beyond the 19th exist
} FloatDecimal;

double float_from_decimal(const FloatDecimal *decimal);

#endif
