// SPDX-License-Identifier: MIT
//
// IEEE doubles as text and back, exactly: shortest printing, formatting with any precision, parsing, hexadecimal
// floats, rounding to decimal places, hashing. Nothing here allocates, follows the locale or keeps state. The
// algorithms: Raffaello Giulietti, "The Schubfach way to render doubles" (shortest digits); W. Clinger, "How to read
// floating point numbers accurately" (fast path of the parser); long arithmetic on GMP's mpn layer wherever they do
// not decide.
#ifndef AIOLOS_VM_NUMBER_FLOAT_TEXT_H
#define AIOLOS_VM_NUMBER_FLOAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/number/number.h"

// ---- Shortest printing ----

#define FLOAT_REPR_SIZE 32

// repr(x) without NUL: "1.0", "1e+16", "-0.0", "inf", "nan". Returns the length.
size_t float_repr(double x, char out[FLOAT_REPR_SIZE]);

// The shortest decimal that reads back as x (finite, not zero; the sign is ignored), and of those the closest:
// |x| = *digits * 10**returned exponent, without trailing zeros in *digits (at most 17 digits).
int float_shortest(double x, uint64_t *digits);

// ---- Formatting ----

enum {
    FLOAT_ALTERNATE = 1 << 0,    // '#': always a point, and 'g' keeps trailing zeros
    FLOAT_ADD_DOT_0 = 1 << 1,    // ".0" behind an integral value, as str() and format(x, '.5') have it
    FLOAT_NO_NEGATIVE_ZERO = 1 << 2, // 'z': no sign on what rounds to zero
};

// The precision that stands for "shortest"; allowed with type 'r' only.
#define FLOAT_PRECISION_NONE SIZE_MAX

// An upper bound on what float_format writes, SIZE_MAX when that cannot be addressed.
size_t float_format_bound(double x, char type, size_t precision);

// Writes x in the manner of '%.*e' and friends, rounded half to even on the exact binary value, without NUL; returns
// the length. type: one of e E f F g G, '%' (x * 100, 'f', percent sign), 'r' (repr; precision is ignored). The only
// sign ever written is '-'. Upper-case types write INF, NAN and E.
size_t float_format(double x, char type, size_t precision, unsigned flags, char *out);

// ---- Parsing ----

// float(text): blanks around, sign, digits with single underscores between them, point, exponent; inf, infinity, nan
// in any case. text is ASCII (the caller has mapped other decimal digits and spaces). Correctly rounded; overflow
// gives inf as in Python. Returns false when malformed.
bool float_parse(const char *text, size_t length, double *out);

// The longest prefix of text that is a plain decimal number (digits, point, exponent; no sign, blanks, underscores,
// inf or nan). Returns its length, 0 when there is none.
size_t float_parse_prefix(const char *text, size_t length, double *out);

// ---- Hexadecimal ----

// x.hex() without NUL, at most FLOAT_HEX_SIZE characters; returns the length.
#define FLOAT_HEX_SIZE 32
size_t float_hex(double x, char out[FLOAT_HEX_SIZE]);

// float.fromhex(text). INVALID, OVERFLOW.
NumberStatus float_from_hex(const char *text, size_t length, double *out);

// ---- Values ----

// x (finite) = mantissa * 2**exponent with an odd mantissa, or 0 * 2**0; the sign is ignored.
void float_decompose(double x, uint64_t *mantissa, int *exponent);

// round(x, digits) for finite x, through the exact decimal value. OVERFLOW when the result is no longer finite.
NumberStatus float_round(double x, int64_t digits, double *out);

// round(x) as a double: nearest integer, half to even.
double float_round_even(double x);

// hash(x): equal to hash(int(x)) for integral x, never -1. A NaN hashes to nan_hash (Python: from its identity).
int64_t float_hash(double x, int64_t nan_hash);

#endif
