// SPDX-License-Identifier: MIT
//
// Big integers: conversion from and to machine words, comparison, sum, product, hash. Every result leaves here
// normalised (big_normalise is the one place that knows how). The int type and the numeral reader call it.
#include "vm/number/bigint.h"

#include "vm/number/bigint_internal.h"

_Static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0, "limbs of 64 bits are assumed throughout");

// ---- Machine numbers in and out ----

BigView big_from_uint64(uint64_t value, mp_limb_t *limb)
{
    *limb = value;
    return (BigView){limb, value != 0, false};
}

BigView big_from_int64(int64_t value, mp_limb_t *limb)
{
    BigView view = big_from_uint64(value < 0 ? -(uint64_t)value : (uint64_t)value, limb);
    view.negative = value < 0;
    return view;
}

bool big_to_uint64(BigView a, uint64_t *out)
{
    if (a.count > 1 || a.negative) {
        return false;
    }
    *out = a.count == 0 ? 0 : a.limbs[0];
    return true;
}

bool big_to_int64(BigView a, int64_t *out)
{
    if (a.count > 1) {
        return false;
    }
    uint64_t magnitude = a.count == 0 ? 0 : a.limbs[0];
    if (magnitude > (uint64_t)INT64_MAX + a.negative) {
        return false;
    }
    *out = a.negative ? (int64_t)-magnitude : (int64_t)magnitude;
    return true;
}

// ---- Comparison and size ----

int big_compare_magnitude(BigView a, BigView b)
{
    if (a.count != b.count) {
        return a.count < b.count ? -1 : 1;
    }
    if (a.count == 0) {
        return 0;
    }
    int order = mpn_cmp(a.limbs, b.limbs, (mp_size_t)a.count);
    return order < 0 ? -1 : order > 0;
}

int big_compare(BigView a, BigView b)
{
    if (a.negative != b.negative) {
        return a.negative ? -1 : 1;
    }
    int order = big_compare_magnitude(a, b);
    return a.negative ? -order : order;
}

size_t big_bit_length(BigView a)
{
    if (a.count == 0) {
        return 0;
    }
    return a.count * BIG_LIMB_BITS - (size_t)__builtin_clzll(a.limbs[a.count - 1]);
}

size_t big_bit_count(BigView a)
{
    return a.count == 0 ? 0 : mpn_popcount(a.limbs, (mp_size_t)a.count);
}

size_t big_trailing_zeros(BigView a)
{
    return mpn_scan1(a.limbs, 0);
}

int64_t big_hash(BigView a)
{
    if (a.count == 0) {
        return 0;
    }
    int64_t hash = (int64_t)mpn_mod_1(a.limbs, (mp_size_t)a.count, ((mp_limb_t)1 << 61) - 1);
    if (a.negative) {
        hash = -hash;
    }
    return hash == -1 ? -2 : hash; // -1 is how a failing hash function reports
}

// ---- Sum ----

size_t big_add_bound(BigView a, BigView b)
{
    size_t longer = a.count > b.count ? a.count : b.count;
    return longer >= BIG_MAX_LIMBS ? BIG_TOO_LARGE : longer + 1;
}

static BigResult add_magnitudes(BigView a, BigView b, bool negative, mp_limb_t *out)
{
    if (a.count < b.count) {
        BigView swap = a;
        a = b;
        b = swap;
    }
    if (b.count == 0) {
        return big_copy(a, negative, out);
    }
    mp_limb_t carry = mpn_add(out, a.limbs, (mp_size_t)a.count, b.limbs, (mp_size_t)b.count);
    out[a.count] = carry;
    return (BigResult){a.count + (carry != 0), negative};
}

static BigResult subtract_magnitudes(BigView a, BigView b, bool negative, mp_limb_t *out)
{
    int order = big_compare_magnitude(a, b);
    if (order == 0) {
        return (BigResult){0, false};
    }
    if (order < 0) {
        BigView swap = a;
        a = b;
        b = swap;
        negative = !negative;
    }
    if (b.count == 0) {
        return big_copy(a, negative, out);
    }
    mpn_sub(out, a.limbs, (mp_size_t)a.count, b.limbs, (mp_size_t)b.count);
    return big_normalise(out, a.count, negative);
}

BigResult big_add(BigView a, BigView b, mp_limb_t *out)
{
    if (a.negative == b.negative) {
        return add_magnitudes(a, b, a.negative, out);
    }
    return subtract_magnitudes(a, b, a.negative, out);
}

BigResult big_subtract(BigView a, BigView b, mp_limb_t *out)
{
    if (a.negative != b.negative) {
        return add_magnitudes(a, b, a.count == 0 ? !b.negative : a.negative, out);
    }
    return subtract_magnitudes(a, b, a.negative, out);
}

// ---- Product ----

size_t big_multiply_bound(BigView a, BigView b)
{
    if (a.count > BIG_MAX_LIMBS || b.count > BIG_MAX_LIMBS - a.count) {
        return BIG_TOO_LARGE;
    }
    return a.count + b.count;
}

BigResult big_multiply(BigView a, BigView b, mp_limb_t *out)
{
    if (a.count == 0 || b.count == 0) {
        return (BigResult){0, false};
    }
    if (a.count < b.count) {
        BigView swap = a;
        a = b;
        b = swap;
    }
    if (a.limbs == b.limbs && a.count == b.count) {
        mpn_sqr(out, a.limbs, (mp_size_t)a.count);
    } else if (b.count == 1) {
        out[a.count] = mpn_mul_1(out, a.limbs, (mp_size_t)a.count, b.limbs[0]);
    } else {
        mpn_mul(out, a.limbs, (mp_size_t)a.count, b.limbs, (mp_size_t)b.count);
    }
    return big_normalise(out, a.count + b.count, a.negative != b.negative);
}
