// SPDX-License-Identifier: MIT
//
// Big integers: floor division, greatest common divisor, integer square root. mpn divides magnitudes and truncates;
// what Python wants for operands of different sign is one step further down.
#include "vm/number/bigint_internal.h"

#define LOCAL_LIMBS 32 // results nobody asked for go here when they are short

size_t big_quotient_bound(BigView a, BigView b)
{
    return a.count < b.count ? 1 : a.count - b.count + 2;
}

size_t big_remainder_bound(BigView a, BigView b)
{
    return b.count > a.count || b.count == 0 ? b.count + 1 : b.count;
}

// |a| < |b|: the quotient is 0 or -1.
static void divide_shorter(BigView a, BigView b, mp_limb_t *quotient, BigResult *quotient_result, mp_limb_t *remainder,
                           BigResult *remainder_result)
{
    bool down = a.count != 0 && a.negative != b.negative;
    if (quotient != NULL) {
        quotient[0] = 1;
        *quotient_result = (BigResult){down, down};
    }
    if (remainder != NULL) {
        *remainder_result = down ? big_add(a, b, remainder) : big_copy(a, a.negative, remainder);
    }
}

// Divides magnitudes (a.count >= b.count) into buffers that both exist, then rounds down.
static void divide(BigView a, BigView b, mp_limb_t *quotient, BigResult *quotient_result, mp_limb_t *remainder,
                   BigResult *remainder_result)
{
    size_t count = a.count - b.count + 1;
    if (b.count == 1) {
        remainder[0] = mpn_divrem_1(quotient, 0, a.limbs, (mp_size_t)a.count, b.limbs[0]);
    } else {
        mpn_tdiv_qr(quotient, remainder, 0, a.limbs, (mp_size_t)a.count, b.limbs, (mp_size_t)b.count);
    }
    bool down = a.negative != b.negative && !mpn_zero_p(remainder, (mp_size_t)b.count);
    if (down) {
        quotient[count] = mpn_add_1(quotient, quotient, (mp_size_t)count, 1);
        count++;
        mpn_sub_n(remainder, b.limbs, remainder, (mp_size_t)b.count);
    }
    *quotient_result = big_normalise(quotient, count, a.negative != b.negative);
    *remainder_result = big_normalise(remainder, b.count, b.negative);
}

NumberStatus big_divmod(const NumberAllocator *allocator, BigView a, BigView b, mp_limb_t *quotient,
                        BigResult *quotient_result, mp_limb_t *remainder, BigResult *remainder_result)
{
    if (b.count == 0) {
        return NUMBER_ZERO_DIVISION;
    }
    if (a.count < b.count) {
        divide_shorter(a, b, quotient, quotient_result, remainder, remainder_result);
        return NUMBER_OK;
    }
    mp_limb_t local[LOCAL_LIMBS];
    BigResult ignored[2];
    mp_limb_t *scratch = NULL;
    size_t scratch_count = 0;
    if (quotient == NULL || remainder == NULL) {
        scratch_count = quotient == NULL ? big_quotient_bound(a, b) : 0;
        scratch_count += remainder == NULL ? b.count : 0;
        mp_limb_t *place = local;
        if (scratch_count > LOCAL_LIMBS) {
            place = scratch = big_scratch(allocator, scratch_count);
            if (scratch == NULL) {
                return NUMBER_NO_MEMORY;
            }
        }
        if (remainder == NULL) {
            remainder = place;
            remainder_result = &ignored[0];
            place += b.count;
        }
        if (quotient == NULL) {
            quotient = place;
            quotient_result = &ignored[1];
        }
    }
    divide(a, b, quotient, quotient_result, remainder, remainder_result);
    if (scratch != NULL) {
        big_scratch_free(allocator, scratch, scratch_count);
    }
    return NUMBER_OK;
}

// ---- Greatest common divisor ----

size_t big_gcd_bound(BigView a, BigView b)
{
    return a.count > b.count ? a.count : b.count;
}

// Writes the odd part of a into out and returns it.
static BigView odd_part(BigView a, size_t zeros, mp_limb_t *out)
{
    a.negative = false;
    return big_view(out, big_shift_right(a, zeros, out));
}

NumberStatus big_gcd(const NumberAllocator *allocator, BigView a, BigView b, mp_limb_t *out, BigResult *result)
{
    if (a.count == 0 || b.count == 0) {
        *result = big_copy(a.count == 0 ? b : a, false, out);
        return NUMBER_OK;
    }
    size_t zeros_a = big_trailing_zeros(a);
    size_t zeros_b = big_trailing_zeros(b);
    size_t size = 2 * (a.count + b.count) + 4;
    mp_limb_t *scratch = big_scratch(allocator, size);
    if (scratch == NULL) {
        return NUMBER_NO_MEMORY;
    }
    // mpn_gcd destroys both operands and wants the one with more bits first, the second odd.
    mp_limb_t *first = scratch;
    mp_limb_t *second = first + a.count + 1;
    mp_limb_t *common = second + b.count + 1;
    BigView odd_a = odd_part(a, zeros_a, first);
    BigView odd_b = odd_part(b, zeros_b, second);
    if (big_bit_length(odd_a) < big_bit_length(odd_b)) {
        BigView swap = odd_a;
        odd_a = odd_b;
        odd_b = swap;
    }
    mp_size_t count = mpn_gcd(common, (mp_limb_t *)odd_a.limbs, (mp_size_t)odd_a.count, (mp_limb_t *)odd_b.limbs,
                              (mp_size_t)odd_b.count);
    // The common power of two goes back on; the product has no more limbs than the shorter operand.
    size_t zeros = zeros_a < zeros_b ? zeros_a : zeros_b;
    BigView odd = {common, (size_t)count, false};
    BigResult shifted = big_shift_left(odd, zeros, scratch);
    *result = big_copy(big_view(scratch, shifted), false, out);
    big_scratch_free(allocator, scratch, size);
    return NUMBER_OK;
}

// ---- Square root ----

size_t big_isqrt_bound(BigView a)
{
    return (a.count + 1) / 2;
}

NumberStatus big_isqrt(BigView a, mp_limb_t *out, BigResult *result)
{
    if (a.negative) {
        return NUMBER_NEGATIVE;
    }
    *result = (BigResult){0, false};
    if (a.count > 0) {
        mpn_sqrtrem(out, NULL, a.limbs, (mp_size_t)a.count);
        result->count = (a.count + 1) / 2;
    }
    return NUMBER_OK;
}
