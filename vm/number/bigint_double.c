// SPDX-License-Identifier: MIT
//
// Big integers and IEEE doubles: conversion both ways, exact comparison, true division. All rounding happens once, in
// big_round_to_double, on 55 to 64 leading bits whose lowest gathers everything below ("sticky").
#include <float.h>
#include <limits.h>
#include <math.h>

#include "vm/number/bigint_internal.h"

_Static_assert(DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "doubles are IEEE binary64");

#define MIN_EXPONENT (DBL_MIN_EXP - DBL_MANT_DIG) // of the last bit of a subnormal: -1074

uint64_t big_leading_bits(BigView a, size_t *dropped)
{
    size_t bits = big_bit_length(a);
    if (bits <= 64) {
        *dropped = 0;
        return a.limbs[0];
    }
    *dropped = bits - 64;
    size_t low = *dropped / BIG_LIMB_BITS;
    unsigned rest = *dropped % BIG_LIMB_BITS;
    uint64_t mantissa = a.limbs[low] >> rest;
    if (rest != 0) {
        mantissa |= a.limbs[low + 1] << (BIG_LIMB_BITS - rest);
    }
    return mantissa | (big_trailing_zeros(a) < *dropped);
}

NumberStatus big_round_to_double(uint64_t mantissa, long exponent, bool negative, double *out)
{
    long bits = 64 - __builtin_clzll(mantissa);
    // How many low bits must go: what does not fit 53 bits, or lies below the smallest subnormal.
    long excess = bits > DBL_MANT_DIG ? bits - DBL_MANT_DIG : 0;
    if (exponent < MIN_EXPONENT - excess) {
        excess = MIN_EXPONENT - exponent;
    }
    if (excess > bits) { // less than half of the smallest subnormal
        *out = negative ? -0.0 : 0.0;
        return NUMBER_OK;
    }
    if (excess > 0) {
        uint64_t kept = excess < 64 ? mantissa >> excess : 0;
        uint64_t half = (uint64_t)1 << (excess - 1);
        uint64_t lost = excess < 64 ? mantissa & ((half << 1) - 1) : mantissa;
        mantissa = kept + (lost > half || (lost == half && (kept & 1)));
        exponent += excess;
    }
    if (exponent + bits - excess > DBL_MAX_EXP + 1) { // ldexp takes an int
        return NUMBER_OVERFLOW;
    }
    double value = ldexp((double)mantissa, (int)exponent); // exact, or infinite
    if (isinf(value)) {
        return NUMBER_OVERFLOW;
    }
    *out = negative ? -value : value;
    return NUMBER_OK;
}

NumberStatus big_to_double(BigView a, double *out)
{
    if (a.count == 0) {
        *out = 0.0;
        return NUMBER_OK;
    }
    if (a.count > 16) { // 2**1024 and more
        return NUMBER_OVERFLOW;
    }
    size_t dropped;
    uint64_t mantissa = big_leading_bits(a, &dropped);
    return big_round_to_double(mantissa, (long)dropped, a.negative, out);
}

BigResult big_from_double(double x, mp_limb_t *out)
{
    int exponent;
    double fraction = frexp(fabs(x), &exponent);
    if (exponent <= 0) {
        return (BigResult){0, false};
    }
    mp_limb_t mantissa = (mp_limb_t)ldexp(fraction, DBL_MANT_DIG);
    exponent -= DBL_MANT_DIG;
    if (exponent <= 0) {
        mantissa >>= -exponent;
        exponent = 0;
    }
    BigView view = {&mantissa, 1, signbit(x) != 0};
    return big_shift_left(view, (size_t)exponent, out);
}

int big_compare_double(BigView a, double b)
{
    if (isinf(b)) {
        return b > 0 ? -1 : 1;
    }
    mp_limb_t limbs[BIG_DOUBLE_LIMBS];
    int order = big_compare(a, big_view(limbs, big_from_double(b, limbs)));
    if (order != 0) {
        return order;
    }
    double fraction = b - trunc(b);
    return fraction > 0 ? -1 : fraction < 0;
}

// Shifts one operand left so that the quotient has 65 to 128 bits, divides, and adds the remainder as a sticky bit.
uint64_t big_ratio_bits(BigView a, BigView b, mp_limb_t *scratch, long *exponent)
{
    long shift = (long)big_bit_length(b) - (long)big_bit_length(a) + 66;
    BigView *shifted = shift >= 0 ? &a : &b;
    size_t distance = shift >= 0 ? (size_t)shift : (size_t)-shift;
    shifted->negative = false;
    BigResult result = big_shift_left(*shifted, distance, scratch);
    *shifted = big_view(scratch, result);
    mp_limb_t *quotient = scratch + result.count + 1;
    size_t quotient_count = a.count - b.count + 1;
    mp_limb_t *remainder = quotient + quotient_count;
    mpn_tdiv_qr(quotient, remainder, 0, a.limbs, (mp_size_t)a.count, b.limbs, (mp_size_t)b.count);
    quotient[0] |= !mpn_zero_p(remainder, (mp_size_t)b.count); // 65 bits at least: bit 0 is far below the rounding
    size_t dropped;
    uint64_t mantissa = big_leading_bits(big_view(quotient, big_normalise(quotient, quotient_count, false)), &dropped);
    *exponent = (long)dropped - shift;
    return mantissa;
}

// Both fit 53 bits: the hardware divides and rounds once.
static bool divide_small(BigView a, BigView b, double *out)
{
    const mp_limb_t limit = (mp_limb_t)1 << DBL_MANT_DIG;
    if (a.count != 1 || b.count != 1 || a.limbs[0] > limit || b.limbs[0] > limit) {
        return false;
    }
    double value = (double)a.limbs[0] / (double)b.limbs[0];
    *out = a.negative != b.negative ? -value : value;
    return true;
}

NumberStatus big_true_divide(const NumberAllocator *allocator, BigView a, BigView b, double *out)
{
    if (b.count == 0) {
        return NUMBER_ZERO_DIVISION;
    }
    if (a.count == 0) {
        *out = b.negative ? -0.0 : 0.0;
        return NUMBER_OK;
    }
    if (divide_small(a, b, out)) {
        return NUMBER_OK;
    }
    bool negative = a.negative != b.negative;
    if (a.count > b.count + 17) {
        return NUMBER_OVERFLOW;
    }
    if (b.count > a.count + 18) {
        *out = negative ? -0.0 : 0.0;
        return NUMBER_OK;
    }
    mp_limb_t local[BIG_RATIO_SCRATCH(24, 24)];
    size_t size = BIG_RATIO_SCRATCH(a.count, b.count);
    bool fits = size <= sizeof local / sizeof *local;
    mp_limb_t *scratch = fits ? local : big_scratch(allocator, size);
    if (scratch == NULL) {
        return NUMBER_NO_MEMORY;
    }
    long exponent;
    uint64_t mantissa = big_ratio_bits(a, b, scratch, &exponent);
    if (!fits) {
        big_scratch_free(allocator, scratch, size);
    }
    return big_round_to_double(mantissa, exponent, negative, out);
}
