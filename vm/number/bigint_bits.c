// SPDX-License-Identifier: MIT
//
// Big integers as bit strings: shifts, and/or/xor/invert, bytes. A negative number stands for its two's complement
// with infinitely many leading ones; it is formed limb by limb on the way (~x + 1), never stored.
#include "vm/number/bigint_internal.h"

// ---- Shifts ----

size_t big_shift_left_bound(BigView a, size_t bits)
{
    if (a.count == 0) {
        return 0;
    }
    if (bits / BIG_LIMB_BITS >= BIG_MAX_LIMBS - a.count) {
        return BIG_TOO_LARGE;
    }
    return a.count + bits / BIG_LIMB_BITS + 1;
}

BigResult big_shift_left(BigView a, size_t bits, mp_limb_t *out)
{
    if (a.count == 0) {
        return (BigResult){0, false};
    }
    size_t whole = bits / BIG_LIMB_BITS;
    unsigned rest = bits % BIG_LIMB_BITS;
    memset(out, 0, whole * sizeof *out);
    if (rest == 0) {
        memcpy(out + whole, a.limbs, a.count * sizeof *out);
        return (BigResult){whole + a.count, a.negative};
    }
    out[whole + a.count] = mpn_lshift(out + whole, a.limbs, (mp_size_t)a.count, rest);
    return big_normalise(out, whole + a.count + 1, a.negative);
}

size_t big_shift_right_bound(BigView a, size_t bits)
{
    size_t whole = bits / BIG_LIMB_BITS;
    return (whole >= a.count ? 0 : a.count - whole) + 1; // one more for the carry of rounding down
}

BigResult big_shift_right(BigView a, size_t bits, mp_limb_t *out)
{
    size_t whole = bits / BIG_LIMB_BITS;
    unsigned rest = bits % BIG_LIMB_BITS;
    // Rounding down moves a negative number away from zero when a one-bit falls off.
    bool away = a.negative && big_trailing_zeros(a) < bits;
    if (whole >= a.count) {
        out[0] = 1;
        return (BigResult){away, away};
    }
    size_t count = a.count - whole;
    if (rest == 0) {
        memcpy(out, a.limbs + whole, count * sizeof *out);
    } else {
        mpn_rshift(out, a.limbs + whole, (mp_size_t)count, rest);
    }
    if (away) {
        out[count] = mpn_add_1(out, out, (mp_size_t)count, 1);
        count++;
    }
    return big_normalise(out, count, a.negative);
}

// ---- And, or, xor, invert ----

// Reads a number as two's complement from the least significant limb on.
typedef struct Complement {
    BigView view;
    mp_limb_t flip;  // all ones when negative
    mp_limb_t carry; // what is still to be added to the flipped limbs
} Complement;

static inline Complement complement_of(BigView view)
{
    return (Complement){view, view.negative ? ~(mp_limb_t)0 : 0, view.negative};
}

static inline mp_limb_t complement_limb(Complement *c, size_t i)
{
    mp_limb_t limb = (i < c->view.count ? c->view.limbs[i] : 0) ^ c->flip;
    limb += c->carry;
    c->carry = c->carry && limb == 0;
    return limb;
}

// Turns the two's complement in out (count limbs) into a magnitude when it is negative.
static BigResult magnitude(mp_limb_t *out, size_t count, bool negative)
{
    if (negative) {
        mpn_neg(out, out, (mp_size_t)count);
    }
    return big_normalise(out, count, negative);
}

size_t big_bitwise_bound(BigView a, BigView b)
{
    return big_add_bound(a, b);
}

// One limb more than the longer operand, so that the sign always has room.
static inline size_t bitwise_count(BigView a, BigView b)
{
    return (a.count > b.count ? a.count : b.count) + 1;
}

BigResult big_and(BigView a, BigView b, mp_limb_t *out)
{
    Complement left = complement_of(a);
    Complement right = complement_of(b);
    size_t count = bitwise_count(a, b);
    for (size_t i = 0; i < count; i++) {
        out[i] = complement_limb(&left, i) & complement_limb(&right, i);
    }
    return magnitude(out, count, a.negative && b.negative);
}

BigResult big_or(BigView a, BigView b, mp_limb_t *out)
{
    Complement left = complement_of(a);
    Complement right = complement_of(b);
    size_t count = bitwise_count(a, b);
    for (size_t i = 0; i < count; i++) {
        out[i] = complement_limb(&left, i) | complement_limb(&right, i);
    }
    return magnitude(out, count, a.negative || b.negative);
}

BigResult big_xor(BigView a, BigView b, mp_limb_t *out)
{
    Complement left = complement_of(a);
    Complement right = complement_of(b);
    size_t count = bitwise_count(a, b);
    for (size_t i = 0; i < count; i++) {
        out[i] = complement_limb(&left, i) ^ complement_limb(&right, i);
    }
    return magnitude(out, count, a.negative != b.negative);
}

size_t big_invert_bound(BigView a)
{
    return a.count >= BIG_MAX_LIMBS ? BIG_TOO_LARGE : a.count + 1;
}

// ~a = -(a + 1)
BigResult big_invert(BigView a, mp_limb_t *out)
{
    mp_limb_t limb;
    BigView one = big_from_int64(1, &limb);
    BigResult result = big_add(a, one, out);
    result.negative = !result.negative && result.count > 0;
    return result;
}

// ---- Bytes ----

// Whether the two's complement of a fits size bytes with its sign bit: a < 2**(8*size-1), or a >= -2**(8*size-1).
static bool fits_signed(BigView a, size_t size)
{
    size_t bits = big_bit_length(a);
    if (bits == 0) {
        return true;
    }
    if (size == 0) {
        return a.negative && bits == 1; // Python writes -1 into no bytes at all
    }
    if (size < bits / 8 + (bits % 8 != 0)) {
        return false;
    }
    if (size > bits / 8) {
        return true;
    }
    return a.negative && big_trailing_zeros(a) == bits - 1; // bits == 8 * size: only the least number fits
}

NumberStatus big_to_bytes(BigView a, unsigned char *out, size_t size, bool little_endian, bool is_signed)
{
    if (a.negative && !is_signed) {
        return NUMBER_NEGATIVE;
    }
    size_t bits = big_bit_length(a);
    if (is_signed ? !fits_signed(a, size) : size < bits / 8 + (bits % 8 != 0)) {
        return NUMBER_OVERFLOW;
    }
    Complement digits = complement_of(a);
    mp_limb_t limb = 0;
    for (size_t i = 0; i < size; i++) {
        limb = i % 8 == 0 ? complement_limb(&digits, i / 8) : limb >> 8;
        out[little_endian ? i : size - 1 - i] = (unsigned char)limb;
    }
    return NUMBER_OK;
}

size_t big_from_bytes_bound(size_t size)
{
    return size / 8 + 1;
}

BigResult big_from_bytes(const unsigned char *bytes, size_t size, bool little_endian, bool is_signed, mp_limb_t *out)
{
    if (size == 0) {
        return (BigResult){0, false};
    }
    bool negative = is_signed && bytes[little_endian ? size - 1 : 0] >= 0x80;
    size_t count = size / 8 + 1;
    memset(out, negative ? 0xFF : 0, count * sizeof *out);
    for (size_t i = 0; i < size; i++) {
        unsigned shift = i % 8 * 8;
        out[i / 8] &= ~((mp_limb_t)0xFF << shift);
        out[i / 8] |= (mp_limb_t)bytes[little_endian ? i : size - 1 - i] << shift;
    }
    return magnitude(out, count, negative);
}
