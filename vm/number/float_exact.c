// SPDX-License-Identifier: MIT
//
// The exact decimal value of a double, scaled by a power of ten and rounded half to even: the base of formatting with
// a precision and of round(). Common sizes are done in 128 bits, the others in long arithmetic on the stack.
#include "vm/number/float_internal.h"

// Limbs for the largest number met: 53 bits times 10**1074, and what a shift adds.
#define LIMBS 80

const uint64_t float_small_powers[20] = {
    1u,
    10u,
    100u,
    1000u,
    10000u,
    100000u,
    1000000u,
    10000000u,
    100000000u,
    1000000000u,
    10000000000u,
    100000000000u,
    1000000000000u,
    10000000000000u,
    100000000000000u,
    1000000000000000u,
    10000000000000000u,
    100000000000000000u,
    1000000000000000000u,
    10000000000000000000u,
};

int float_exact_places(double x)
{
    uint64_t mantissa;
    int exponent;
    float_decompose(x, &mantissa, &exponent);
    return exponent < 0 ? -exponent : 0;
}

size_t float_multiply_power(mp_limb_t *limbs, size_t count, unsigned base, unsigned power)
{
    // The largest powers below 2**64 are 5**27 and 10**19.
    const unsigned step = base == 5 ? 27 : 19;
    mp_limb_t factor = 1;
    for (unsigned i = 0; i < step; i++) {
        factor *= base;
    }
    while (power > 0) {
        if (power < step) {
            factor = 1;
            for (unsigned i = 0; i < power; i++) {
                factor *= base;
            }
        }
        power -= power < step ? power : step;
        mp_limb_t carry = mpn_mul_1(limbs, limbs, (mp_size_t)count, factor);
        if (carry != 0) {
            limbs[count++] = carry;
        }
    }
    return count;
}

// ---- Rounding ----

// How a value relates to the midpoint between the integer below and the one above.
typedef enum Rest { REST_BELOW_HALF, REST_HALF, REST_ABOVE_HALF } Rest;

static bool rounds_up(Rest rest, mp_limb_t integer)
{
    return rest == REST_ABOVE_HALF || (rest == REST_HALF && (integer & 1));
}

bool float_scaled_integer(double x, int places, uint64_t *integer)
{
    int exponent;
    uint64_t mantissa = float_split(x, &exponent);
    if (exponent >= 0) {
        if (exponent > 11 || places != 0) {
            return false;
        }
        *integer = mantissa << exponent;
        return true;
    }
    // 53 bits and 74 bits of 10**22 fit 128 bits.
    unsigned shift = (unsigned)-exponent;
    if (places < 0 || places > 22 || shift > 127) {
        return false;
    }
    unsigned more = places > 19 ? (unsigned)places - 19 : 0;
    uint128 scaled = (uint128)mantissa * float_small_powers[(unsigned)places - more] * float_small_powers[more];
    uint128 whole = scaled >> shift;
    uint128 lost = scaled - (whole << shift);
    uint128 half = (uint128)1 << (shift - 1);
    if (whole >> 63 != 0) {
        return false;
    }
    Rest rest = lost < half ? REST_BELOW_HALF : lost == half ? REST_HALF : REST_ABOVE_HALF;
    *integer = (uint64_t)whole + rounds_up(rest, (mp_limb_t)whole);
    return true;
}

static size_t add_one(mp_limb_t *limbs, size_t count)
{
    if (count == 0) {
        limbs[0] = 1;
        return 1;
    }
    limbs[count] = mpn_add_1(limbs, limbs, (mp_size_t)count, 1);
    return count + (limbs[count] != 0);
}

static size_t strip(const mp_limb_t *limbs, size_t count)
{
    while (count > 0 && limbs[count - 1] == 0) {
        count--;
    }
    return count;
}

// limbs * 2**exponent rounded to an integer, in place.
static size_t shift_rounded(mp_limb_t *limbs, size_t count, int exponent)
{
    mp_limb_t source[LIMBS];
    unsigned distance = (unsigned)(exponent < 0 ? -exponent : exponent);
    unsigned whole = distance / 64;
    unsigned part = distance % 64;
    mpn_copyi(source, limbs, (mp_size_t)count);
    source[count] = 0;
    if (exponent >= 0) {
        mpn_zero(limbs, whole);
        mpn_copyi(limbs + whole, source, (mp_size_t)count + 1);
        if (part != 0) {
            mpn_lshift(limbs + whole, limbs + whole, (mp_size_t)count + 1, part);
        }
        return strip(limbs, whole + count + 1);
    }
    // The number is not zero, so its lowest one-bit tells half from more than half.
    size_t bits = count * 64 - (size_t)__builtin_clzll(source[count - 1]);
    size_t lowest = mpn_scan1(source, 0);
    Rest rest = REST_BELOW_HALF;
    if (distance <= bits && source[(distance - 1) / 64] >> (distance - 1) % 64 & 1) {
        rest = lowest == distance - 1 ? REST_HALF : REST_ABOVE_HALF;
    }
    size_t left = 0;
    if (distance < bits) {
        left = count - whole;
        mpn_copyi(limbs, source + whole, (mp_size_t)left);
        if (part != 0) {
            mpn_rshift(limbs, limbs, (mp_size_t)left, part);
        }
        left = strip(limbs, left);
    }
    return rounds_up(rest, left == 0 ? 0 : limbs[0]) ? add_one(limbs, left) : left;
}

// mantissa * 2**exponent / 10**power rounded to an integer; power > 0. Returns the count of limbs.
static size_t divide_rounded(uint64_t mantissa, int exponent, unsigned power, mp_limb_t *quotient)
{
    mp_limb_t numerator[LIMBS];
    mp_limb_t denominator[LIMBS];
    numerator[0] = mantissa;
    denominator[0] = 1;
    size_t count = shift_rounded(numerator, 1, exponent > 0 ? exponent : 0);
    size_t below = float_multiply_power(denominator, 1, 10, power);
    below = shift_rounded(denominator, below, exponent < 0 ? -exponent : 0);
    mp_limb_t remainder[LIMBS];
    size_t quotient_count = 0;
    if (count < below) {
        mpn_copyi(remainder, numerator, (mp_size_t)count);
        mpn_zero(remainder + count, (mp_size_t)(below - count));
    } else {
        mpn_tdiv_qr(quotient, remainder, 0, numerator, (mp_size_t)count, denominator, (mp_size_t)below);
        quotient_count = strip(quotient, count - below + 1);
    }
    mp_limb_t carry = mpn_lshift(remainder, remainder, (mp_size_t)below, 1);
    int order = carry != 0 ? 1 : mpn_cmp(remainder, denominator, (mp_size_t)below);
    Rest rest = order < 0 ? REST_BELOW_HALF : order == 0 ? REST_HALF : REST_ABOVE_HALF;
    return rounds_up(rest, quotient_count == 0 ? 0 : quotient[0]) ? add_one(quotient, quotient_count) : quotient_count;
}

// ---- Digits ----

size_t float_write_digits(uint64_t value, char *out)
{
    char digits[20];
    size_t at = sizeof digits;
    while (value >= 100) {
        unsigned pair = (unsigned)(value % 100);
        value /= 100;
        digits[--at] = (char)('0' + pair % 10);
        digits[--at] = (char)('0' + pair / 10);
    }
    for (; value > 0; value /= 10) {
        digits[--at] = (char)('0' + value % 10);
    }
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

size_t float_scaled_digits(double x, int places, char digits[FLOAT_DIGITS_MAX])
{
    uint64_t integer;
    if (float_scaled_integer(x, places, &integer)) {
        return float_write_digits(integer, digits);
    }
    mp_limb_t limbs[LIMBS];
    int exponent;
    size_t count;
    float_decompose(x, &limbs[0], &exponent);
    if (limbs[0] == 0) {
        return 0;
    }
    if (places < 0) {
        count = divide_rounded(limbs[0], exponent, (unsigned)-places, limbs);
    } else {
        count = float_multiply_power(limbs, 1, 5, (unsigned)places);
        count = shift_rounded(limbs, count, exponent + places);
    }
    if (count == 0) {
        return 0;
    }
    size_t length = mpn_get_str((unsigned char *)digits, 10, limbs, (mp_size_t)count);
    size_t zeros = 0;
    while (digits[zeros] == 0) {
        zeros++;
    }
    for (size_t i = zeros; i < length; i++) {
        digits[i - zeros] = (char)(digits[i] + '0');
    }
    return length - zeros;
}
