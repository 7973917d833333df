// SPDX-License-Identifier: MIT
//
// What the bigint_*.c files share. Nobody else includes it.
#ifndef AIOLOS_VM_NUMBER_BIGINT_INTERNAL_H
#define AIOLOS_VM_NUMBER_BIGINT_INTERNAL_H

#include <string.h>

#include "vm/number/bigint.h"

// Drops leading zero limbs; zero is never negative.
static inline BigResult big_normalise(const mp_limb_t *limbs, size_t count, bool negative)
{
    while (count > 0 && limbs[count - 1] == 0) {
        count--;
    }
    return (BigResult){count, negative && count > 0};
}

static inline BigResult big_copy(BigView a, bool negative, mp_limb_t *out)
{
    if (a.count > 0) {
        memcpy(out, a.limbs, a.count * sizeof *out);
    }
    return (BigResult){a.count, negative && a.count > 0};
}

static inline mp_limb_t *big_scratch(const NumberAllocator *allocator, size_t count)
{
    return count > BIG_MAX_LIMBS ? NULL : number_alloc(allocator, count * sizeof(mp_limb_t));
}

static inline void big_scratch_free(const NumberAllocator *allocator, mp_limb_t *limbs, size_t count)
{
    number_free(allocator, limbs, count * sizeof(mp_limb_t));
}

int big_compare_magnitude(BigView a, BigView b);

// The 64 most significant bits of a (a is not zero) with every lower one-bit gathered in bit 0, and how many bits
// were dropped: |a| is about mantissa * 2**dropped.
uint64_t big_leading_bits(BigView a, size_t *dropped);

// |a| / |b| as mantissa * 2**exponent for big_round_to_double. Neither is zero. scratch has
// BIG_RATIO_SCRATCH(a.count, b.count) limbs. It serves true division and the parser of floats.
#define BIG_RATIO_SCRATCH(a_count, b_count) (3 * ((a_count) + (b_count)) + 12)
uint64_t big_ratio_bits(BigView a, BigView b, mp_limb_t *scratch, long *exponent);

#endif
