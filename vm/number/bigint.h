// SPDX-License-Identifier: MIT
//
// Integers of any size, as pure functions over limb arrays, on GMP's mpn layer. An operand is a view: a sign and a
// normalised array of limbs (the most significant one is not zero; zero has no limbs and is not negative). A result
// goes into limbs that the caller provides, as many as the matching _bound function says, and is described by a
// BigResult (normalised, zero not negative). Unless said otherwise the output may not overlap an operand.
//
// Semantics are Python's: floor division, arithmetic right shift, two's complement of infinite width for bit
// operations.
//
// A _bound function returns BIG_TOO_LARGE when the result could not be addressed. The caller compares the bound with
// its own limit BEFORE it calls the operation: from some thousand limbs on mpn takes scratch space of about the same
// size as its operands from malloc and aborts the process when malloc fails. One mpn call is not interruptible;
// operations that make many of them poll in between.
#ifndef AIOLOS_VM_NUMBER_BIGINT_H
#define AIOLOS_VM_NUMBER_BIGINT_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/number/number.h"

#define BIG_LIMB_BITS 64
#define BIG_TOO_LARGE SIZE_MAX
// More limbs than this are never asked for: their size in bits still fits size_t, with room to add.
#define BIG_MAX_LIMBS (SIZE_MAX / BIG_LIMB_BITS / 4)

typedef struct BigView {
    const mp_limb_t *limbs;
    size_t count; // normalised; 0 = zero
    bool negative;
} BigView;

typedef struct BigResult {
    size_t count;
    bool negative;
} BigResult;

static inline BigView big_view(const mp_limb_t *limbs, BigResult result)
{
    return (BigView){limbs, result.count, result.negative};
}

// ---- Machine numbers in and out ----

// A view of value kept in *limb, which must outlive it.
BigView big_from_int64(int64_t value, mp_limb_t *limb);
BigView big_from_uint64(uint64_t value, mp_limb_t *limb);
bool big_to_int64(BigView a, int64_t *out);   // false when out of range
bool big_to_uint64(BigView a, uint64_t *out); // false when out of range

// ---- Comparison and size ----

int big_compare(BigView a, BigView b);             // -1, 0, 1
int big_compare_double(BigView a, double b);       // exact; b is not NaN
size_t big_bit_length(BigView a);                  // of the magnitude
size_t big_bit_count(BigView a);                   // ones in the magnitude
size_t big_trailing_zeros(BigView a);              // a is not zero
int64_t big_hash(BigView a);                       // Python's hash(int): modulo 2**61 - 1, never -1

// ---- Arithmetic ----

size_t big_add_bound(BigView a, BigView b); // serves add and subtract
BigResult big_add(BigView a, BigView b, mp_limb_t *out);
BigResult big_subtract(BigView a, BigView b, mp_limb_t *out);

size_t big_multiply_bound(BigView a, BigView b);
BigResult big_multiply(BigView a, BigView b, mp_limb_t *out);

// Floor division. Either output may be NULL, then its BigResult is not written. ZERO_DIVISION, NO_MEMORY.
size_t big_quotient_bound(BigView a, BigView b);
size_t big_remainder_bound(BigView a, BigView b);
NumberStatus big_divmod(const NumberAllocator *allocator, BigView a, BigView b, mp_limb_t *quotient,
                        BigResult *quotient_result, mp_limb_t *remainder, BigResult *remainder_result);

// a ** exponent. NO_MEMORY, INTERRUPTED.
size_t big_power_bound(BigView a, uint64_t exponent);
NumberStatus big_power(const NumberAllocator *allocator, BigView a, uint64_t exponent, mp_limb_t *out,
                       BigResult *result);

// pow(base, exponent, modulus), sign of the modulus; a negative exponent inverts the base. The output takes
// modulus.count limbs. ZERO_DIVISION, NOT_INVERTIBLE, NO_MEMORY, INTERRUPTED.
NumberStatus big_power_modulo(const NumberAllocator *allocator, BigView base, BigView exponent, BigView modulus,
                              mp_limb_t *out, BigResult *result);

// Greatest common divisor, not negative.
size_t big_gcd_bound(BigView a, BigView b);
NumberStatus big_gcd(const NumberAllocator *allocator, BigView a, BigView b, mp_limb_t *out, BigResult *result);

// Floor of the square root. NEGATIVE.
size_t big_isqrt_bound(BigView a);
NumberStatus big_isqrt(BigView a, mp_limb_t *out, BigResult *result);

// ---- Bits ----

size_t big_shift_left_bound(BigView a, size_t bits);
BigResult big_shift_left(BigView a, size_t bits, mp_limb_t *out);
size_t big_shift_right_bound(BigView a, size_t bits);
BigResult big_shift_right(BigView a, size_t bits, mp_limb_t *out); // floor

size_t big_bitwise_bound(BigView a, BigView b); // serves and, or, xor
BigResult big_and(BigView a, BigView b, mp_limb_t *out);
BigResult big_or(BigView a, BigView b, mp_limb_t *out);
BigResult big_xor(BigView a, BigView b, mp_limb_t *out);

size_t big_invert_bound(BigView a);
BigResult big_invert(BigView a, mp_limb_t *out);

// ---- Bytes ----

// int.to_bytes: exactly size bytes. NEGATIVE (unsigned wanted), OVERFLOW (does not fit).
NumberStatus big_to_bytes(BigView a, unsigned char *out, size_t size, bool little_endian, bool is_signed);

// int.from_bytes.
size_t big_from_bytes_bound(size_t size);
BigResult big_from_bytes(const unsigned char *bytes, size_t size, bool little_endian, bool is_signed, mp_limb_t *out);

// ---- Doubles ----

// Rounded half to even. OVERFLOW when the magnitude rounds to 2**1024 or more.
NumberStatus big_to_double(BigView a, double *out);

// Truncated towards zero; x is finite. The output takes BIG_DOUBLE_LIMBS.
#define BIG_DOUBLE_LIMBS 17
BigResult big_from_double(double x, mp_limb_t *out);

// a / b rounded once, half to even. ZERO_DIVISION, OVERFLOW, NO_MEMORY. An underflow gives a zero of the right sign.
NumberStatus big_true_divide(const NumberAllocator *allocator, BigView a, BigView b, double *out);

// mantissa * 2**exponent rounded half to even; bit 0 of the mantissa is sticky when the value needed more bits than a
// mantissa has (it then has at least 55 bits). The mantissa is not zero. OVERFLOW. Serves every conversion to double.
NumberStatus big_round_to_double(uint64_t mantissa, long exponent, bool negative, double *out);

// ---- Text ----

typedef struct BigNumeral { // what big_numeral_scan found
    const char *digits;     // first digit, after sign and prefix
    size_t length;          // to the last digit, underscores included
    size_t digit_count;     // underscores not counted
    int base;               // 2..36
    bool negative;
} BigNumeral;

// Checks text (ASCII; the caller has mapped other decimal digits and spaces to ASCII) against the grammar of
// int(text, base): blanks around, a sign, a prefix 0b 0o 0x when base is 0 or agrees, single underscores between
// digits and after a prefix. base is 0 or 2..36. Nothing is converted yet, so the caller may refuse too many digits.
// INVALID.
NumberStatus big_numeral_scan(const char *text, size_t length, int base, BigNumeral *numeral);

size_t big_parse_bound(const BigNumeral *numeral);
NumberStatus big_parse(const NumberAllocator *allocator, const BigNumeral *numeral, mp_limb_t *out, BigResult *result);

// Digits of a in base 2..36, lower case, with '-' and without prefix or NUL. *written is the length. NO_MEMORY,
// INTERRUPTED. The time is subquadratic.
size_t big_format_bound(BigView a, int base);
NumberStatus big_format(const NumberAllocator *allocator, BigView a, int base, char *out, size_t *written);

#endif
