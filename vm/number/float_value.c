// SPDX-License-Identifier: MIT
//
// What numbers need from the inside of a double without its text: integer ratio, round(), hash.
#include <math.h>

#include "vm/number/float_internal.h"

void float_decompose(double x, uint64_t *mantissa, int *exponent)
{
    *mantissa = float_split(x, exponent);
    if (*mantissa == 0) {
        *exponent = 0;
        return;
    }
    int zeros = __builtin_ctzll(*mantissa);
    *mantissa >>= zeros;
    *exponent += zeros;
}

// ---- round ----

// The double nearest to integer * 10**-places.
static double from_scaled(uint64_t integer, int places)
{
    char digits[20];
    size_t count = float_write_digits(integer, digits);
    return float_from_decimal(&(FloatDecimal){digits, digits + count, integer, -places, false});
}

// The same for more digits than a machine word holds.
static double from_scaled_digits(const char *digits, size_t count, int places)
{
    FloatDecimal decimal = {digits, digits + count, 0, -places, count > 19};
    for (size_t i = 0; i < count && i < 19; i++) {
        decimal.first = decimal.first * 10 + (unsigned)(digits[i] - '0');
    }
    if (decimal.truncated) {
        decimal.first_exponent += (int64_t)count - 19;
    }
    return float_from_decimal(&decimal);
}

NumberStatus float_round(double x, int64_t digits, double *out)
{
    *out = x;
    if (x == 0 || digits >= float_exact_places(x)) {
        return NUMBER_OK;
    }
    if (digits < -308) { // less than half of 10**309
        *out = copysign(0.0, x);
        return NUMBER_OK;
    }
    // A double has 17 significant digits; Python leaves alone what is smaller than the last place of a subnormal.
    if (digits > 323) {
        return NUMBER_OK;
    }
    int places = (int)digits;
    uint64_t integer;
    double value;
    if (float_scaled_integer(x, places, &integer) && integer < float_small_powers[19]) {
        value = from_scaled(integer, places);
    } else {
        char text[FLOAT_DIGITS_MAX];
        size_t count = float_scaled_digits(x, places, text);
        value = from_scaled_digits(text, count, places);
    }
    if (isinf(value)) {
        return NUMBER_OVERFLOW;
    }
    *out = copysign(value, x);
    return NUMBER_OK;
}

double float_round_even(double x)
{
    double rounded = round(x); // halves go away from zero
    if (fabs(x - rounded) == 0.5) {
        rounded = 2.0 * round(x / 2.0);
    }
    return rounded;
}

// ---- hash ----

#define HASH_BITS 61
#define HASH_MODULUS (((uint64_t)1 << HASH_BITS) - 1)
#define HASH_INFINITY 314159

int64_t float_hash(double x, int64_t nan_hash)
{
    if (isnan(x)) {
        return nan_hash;
    }
    if (isinf(x)) {
        return x > 0 ? HASH_INFINITY : -HASH_INFINITY;
    }
    // Modulo 2**61 - 1 a multiplication by 2**n is a rotation of 61 bits by n, also for negative n.
    uint64_t mantissa;
    int exponent;
    float_decompose(x, &mantissa, &exponent);
    unsigned turn = (unsigned)((exponent % HASH_BITS + HASH_BITS) % HASH_BITS);
    uint64_t turned = (mantissa << turn & HASH_MODULUS) | mantissa >> (HASH_BITS - turn);
    int64_t hash = (int64_t)turned;
    if (x < 0) {
        hash = -hash;
    }
    return hash == -1 ? -2 : hash; // -1 is how a failing hash function reports
}
