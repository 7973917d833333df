// SPDX-License-Identifier: MIT
//
// Big integers: powers and modular powers. Both walk the exponent from its top bit down. Modular reduction is
// Montgomery's for odd moduli of moderate size (no division in the loop) and mpn_tdiv_qr otherwise, which is faster
// for long ones.
#include "vm/number/bigint_internal.h"

// ---- a ** n ----

// Powers are taken of the odd part of a, which makes powers of two a plain shift.
static size_t odd_bits(BigView a, size_t zeros)
{
    return big_bit_length(a) - zeros;
}

// Limbs for any intermediate of odd ** exponent, or BIG_TOO_LARGE.
static size_t odd_power_limbs(size_t bits, uint64_t exponent)
{
    if (bits == 1) {
        return 1;
    }
    size_t total;
    if (__builtin_mul_overflow(bits, exponent, &total) || total / BIG_LIMB_BITS > BIG_MAX_LIMBS) {
        return BIG_TOO_LARGE;
    }
    return total / BIG_LIMB_BITS + 4;
}

size_t big_power_bound(BigView a, uint64_t exponent)
{
    if (a.count == 0 || exponent == 0) {
        return 1;
    }
    size_t zeros = big_trailing_zeros(a);
    size_t limbs = odd_power_limbs(odd_bits(a, zeros), exponent);
    size_t shift;
    if (limbs == BIG_TOO_LARGE || __builtin_mul_overflow(zeros, exponent, &shift) ||
        shift / BIG_LIMB_BITS > BIG_MAX_LIMBS - limbs) {
        return BIG_TOO_LARGE;
    }
    return limbs + shift / BIG_LIMB_BITS + 2;
}

// odd ** exponent, exponent > 0, by repeated squaring. Products alternate between the two buffers; *power ends in
// either.
static NumberStatus power_of_odd(const NumberAllocator *allocator, BigView odd, uint64_t exponent,
                                 mp_limb_t *buffers[2], BigView *power)
{
    unsigned turn = 0;
    *power = odd;
    for (int bit = 62 - __builtin_clzll(exponent); bit >= 0; bit--) {
        mp_limb_t *out = buffers[turn++ % 2];
        *power = big_view(out, big_multiply(*power, *power, out));
        if (exponent >> bit & 1) {
            out = buffers[turn++ % 2];
            *power = big_view(out, big_multiply(*power, odd, out));
        }
        if (power->count > 64 && number_poll(allocator)) {
            return NUMBER_INTERRUPTED;
        }
    }
    return NUMBER_OK;
}

NumberStatus big_power(const NumberAllocator *allocator, BigView a, uint64_t exponent, mp_limb_t *out,
                       BigResult *result)
{
    if (exponent == 0 || a.count == 0) {
        out[0] = 1;
        *result = (BigResult){exponent == 0, false};
        return NUMBER_OK;
    }
    size_t zeros = big_trailing_zeros(a);
    size_t bits = odd_bits(a, zeros);
    bool negative = a.negative && exponent % 2 == 1;
    mp_limb_t one = 1;
    if (bits == 1) {
        *result = big_shift_left((BigView){&one, 1, negative}, zeros * exponent, out);
        return NUMBER_OK;
    }
    size_t limbs = odd_power_limbs(bits, exponent);
    size_t size = 2 * limbs + a.count + 1;
    mp_limb_t *scratch = big_scratch(allocator, size);
    if (scratch == NULL) {
        return NUMBER_NO_MEMORY;
    }
    mp_limb_t *odd = scratch + 2 * limbs;
    a.negative = false;
    BigView base = big_view(odd, big_shift_right(a, zeros, odd));
    BigView power;
    mp_limb_t *buffers[2] = {scratch, scratch + limbs};
    NumberStatus status = power_of_odd(allocator, base, exponent, buffers, &power);
    if (status == NUMBER_OK) {
        power.negative = negative;
        *result = big_shift_left(power, zeros * exponent, out);
    }
    big_scratch_free(allocator, scratch, size);
    return status;
}

// ---- pow(a, n, m) ----

#define MONTGOMERY_LIMBS 100 // above this subquadratic division wins
#define WINDOW_MAX 5

typedef struct Modulus {
    const mp_limb_t *limbs;
    mp_size_t count;
    bool montgomery;
    mp_limb_t inverse;   // -1 / modulus modulo 2**64, for Montgomery's reduction
    mp_limb_t *product;  // 2 * count limbs
    mp_limb_t *quotient; // count + 2 limbs
} Modulus;

// Newton's iteration doubles the number of correct bits, from the 5 of the start value on.
static mp_limb_t negated_inverse(mp_limb_t odd)
{
    mp_limb_t inverse = (3 * odd) ^ 2;
    for (int i = 0; i < 4; i++) {
        inverse *= 2 - odd * inverse;
    }
    return -inverse;
}

// Reduces m->product into out: modulo m, or divided by 2**(64 * count) modulo m (P. Montgomery, "Modular multiplication
// without trial division").
static void reduce(const Modulus *m, mp_limb_t *out)
{
    mp_limb_t *t = m->product;
    if (!m->montgomery) {
        mpn_tdiv_qr(m->quotient, out, 0, t, 2 * m->count, m->limbs, m->count);
        return;
    }
    for (mp_size_t i = 0; i < m->count; i++) {
        // This clears t[i]; the freed limb keeps the carry, which belongs count limbs higher.
        t[i] = mpn_addmul_1(t + i, m->limbs, m->count, t[i] * m->inverse);
    }
    mp_limb_t carry = mpn_add_n(out, t + m->count, t, m->count);
    if (carry || mpn_cmp(out, m->limbs, m->count) >= 0) {
        mpn_sub_n(out, out, m->limbs, m->count);
    }
}

static void multiply_modulo(const Modulus *m, mp_limb_t *out, const mp_limb_t *a, const mp_limb_t *b)
{
    if (a == b) {
        mpn_sqr(m->product, a, m->count);
    } else {
        mpn_mul_n(m->product, a, b, m->count);
    }
    reduce(m, out);
}

// Into and out of Montgomery's representation (x * 2**(64 * count)); plain copies without it.
static void enter(const Modulus *m, mp_limb_t *x)
{
    if (m->montgomery) {
        mpn_zero(m->product, m->count);
        mpn_copyi(m->product + m->count, x, m->count);
        mpn_tdiv_qr(m->quotient, x, 0, m->product, 2 * m->count, m->limbs, m->count);
    }
}

static void leave(const Modulus *m, mp_limb_t *x)
{
    if (m->montgomery) {
        mpn_copyi(m->product, x, m->count);
        mpn_zero(m->product + m->count, m->count);
        reduce(m, x);
    }
}

static unsigned window_bits(size_t exponent_bits)
{
    return exponent_bits <= 8 ? 1 : exponent_bits <= 32 ? 2 : exponent_bits <= 96 ? 3 : exponent_bits <= 400 ? 4 : 5;
}

// width bits of the exponent from bit position at on.
static unsigned exponent_digit(BigView exponent, size_t at, unsigned width)
{
    size_t limb = at / BIG_LIMB_BITS;
    unsigned shift = at % BIG_LIMB_BITS;
    mp_limb_t bits = limb < exponent.count ? exponent.limbs[limb] >> shift : 0;
    if (shift + width > BIG_LIMB_BITS && limb + 1 < exponent.count) {
        bits |= exponent.limbs[limb + 1] << (BIG_LIMB_BITS - shift);
    }
    return (unsigned)(bits & ((1u << width) - 1));
}

// base (count limbs, reduced) ** exponent (> 0) into out, by fixed windows. table has (1 << WINDOW_MAX) * count limbs.
static NumberStatus power_windows(const NumberAllocator *allocator, const Modulus *m, const mp_limb_t *base,
                                  BigView exponent, mp_limb_t *table, mp_limb_t *out)
{
    size_t bits = big_bit_length(exponent);
    unsigned width = window_bits(bits);
    mp_limb_t *first = table + m->count; // table[i] = base ** i; entry 0 is not used
    mpn_copyi(first, base, m->count);
    enter(m, first);
    for (unsigned i = 2; i < 1u << width; i++) {
        multiply_modulo(m, table + i * m->count, table + (i - 1) * m->count, first);
    }
    bool started = false;
    for (size_t at = (bits + width - 1) / width * width; at > 0;) {
        at -= width;
        for (unsigned i = 0; started && i < width; i++) {
            multiply_modulo(m, out, out, out);
        }
        unsigned digit = exponent_digit(exponent, at, width);
        if (digit != 0 && started) {
            multiply_modulo(m, out, out, table + digit * m->count);
        } else if (digit != 0) {
            mpn_copyi(out, table + digit * m->count, m->count);
            started = true;
        }
        if (number_poll(allocator)) {
            return NUMBER_INTERRUPTED;
        }
    }
    leave(m, out);
    return NUMBER_OK;
}

// Replaces x (0 <= x < m, padded to m.count limbs) by its inverse modulo m. scratch has 5 * (m.count + 2) limbs.
static NumberStatus invert_modulo(BigView m, mp_limb_t *x, mp_limb_t *scratch)
{
    size_t space = m.count + 2;
    mp_limb_t *sum = scratch;
    mp_limb_t *copy = sum + space;
    mp_limb_t *divisor = copy + space;
    mp_limb_t *factor = divisor + space;
    BigResult x_result = big_normalise(x, m.count, false);
    if (x_result.count == 0) {
        return m.count == 1 && m.limbs[0] == 1 ? NUMBER_OK : NUMBER_NOT_INVERTIBLE;
    }
    // mpn_gcdext wants the larger operand first and destroys both; x + m is as good as x.
    BigResult sum_result = big_add(big_view(x, x_result), m, sum);
    mpn_copyi(copy, m.limbs, (mp_size_t)m.count);
    mp_size_t factor_count;
    mp_size_t divisor_count = mpn_gcdext(divisor, factor, &factor_count, sum, (mp_size_t)sum_result.count, copy,
                                         (mp_size_t)m.count);
    if (divisor_count != 1 || divisor[0] != 1) {
        return NUMBER_NOT_INVERTIBLE;
    }
    size_t count = (size_t)(factor_count < 0 ? -factor_count : factor_count);
    mpn_zero(factor + count, (mp_size_t)(m.count - count));
    if (factor_count < 0) {
        mpn_sub_n(x, m.limbs, factor, (mp_size_t)m.count);
    } else {
        mpn_copyi(x, factor, (mp_size_t)m.count);
    }
    return NUMBER_OK;
}

// Everything about magnitudes: out = base ** |exponent| (or its inverse) modulo m, padded to m.count limbs.
static NumberStatus power_magnitude(const NumberAllocator *allocator, BigView base, BigView exponent, BigView m,
                                    mp_limb_t *out)
{
    size_t n = m.count;
    size_t size = 5 * (n + 2) + n + 2 + 2 * n + n + 2 + (n << WINDOW_MAX);
    if (n > BIG_MAX_LIMBS / 64) {
        return NUMBER_NO_MEMORY;
    }
    mp_limb_t *scratch = big_scratch(allocator, size);
    if (scratch == NULL) {
        return NUMBER_NO_MEMORY;
    }
    mp_limb_t *reduced = scratch + 5 * (n + 2);
    Modulus modulus = {m.limbs, (mp_size_t)n, m.limbs[0] % 2 == 1 && n <= MONTGOMERY_LIMBS, 0, reduced + n + 2, NULL};
    modulus.inverse = negated_inverse(m.limbs[0]);
    modulus.quotient = modulus.product + 2 * n;
    BigResult result;
    NumberStatus status = big_divmod(allocator, base, m, NULL, NULL, reduced, &result);
    if (status == NUMBER_OK) {
        mpn_zero(reduced + result.count, (mp_size_t)(n - result.count));
        if (exponent.negative) {
            status = invert_modulo(m, reduced, scratch);
        }
    }
    if (status == NUMBER_OK) {
        status = power_windows(allocator, &modulus, reduced, exponent, modulus.quotient + n + 2, out);
    }
    big_scratch_free(allocator, scratch, size);
    return status;
}

NumberStatus big_power_modulo(const NumberAllocator *allocator, BigView base, BigView exponent, BigView modulus,
                              mp_limb_t *out, BigResult *result)
{
    if (modulus.count == 0) {
        return NUMBER_ZERO_DIVISION;
    }
    BigView m = {modulus.limbs, modulus.count, false};
    *result = (BigResult){0, false};
    if (m.count == 1 && m.limbs[0] == 1) {
        return NUMBER_OK;
    }
    out[0] = 1;
    *result = (BigResult){1, false};
    if (exponent.count > 0) {
        NumberStatus status = power_magnitude(allocator, base, exponent, m, out);
        if (status != NUMBER_OK) {
            return status;
        }
        *result = big_normalise(out, m.count, false);
    }
    if (modulus.negative && result->count > 0) { // the result takes the sign of the modulus
        mpn_sub(out, m.limbs, (mp_size_t)m.count, out, (mp_size_t)result->count);
        *result = big_normalise(out, m.count, true);
    }
    return NUMBER_OK;
}
