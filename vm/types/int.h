// SPDX-License-Identifier: MIT
//
// int: small ones are immediate, the others are Int objects on GMP limbs (vm/number/bigint). bool and float helpers
// too. An Int of a script subclass may hold any value; exact ints are always in normal form.
#ifndef AIOLOS_VM_INT_H
#define AIOLOS_VM_INT_H

#include "vm/core/vm.h"

typedef struct Int {
    Object base;
    int64_t count;     // limbs used; negative for a negative number; 0 for zero
    uint64_t limbs[];  // least significant first
} Int;

typedef struct FloatObject { // only instances of script subclasses of float
    Object base;
    double value;
    Value attributes;
} FloatObject;

typedef struct Complex {
    Object base;
    double real, imag;
    Value attributes;
} Complex;

static inline bool is_int(Value v) { return is_small(v) || has_kind(v, KIND_INT); }          // not bool
static inline bool is_int_like(Value v) { return is_int(v) || is_bool(v); }                    // int or bool
static inline bool is_float(Value v) { return is_double(v) || has_kind(v, KIND_FLOAT); }
static inline double float_of(Value v) { return is_double(v) ? as_double(v) : ((FloatObject *)as_object(v))->value; }

Value int_from_i64(VM *vm, int64_t i);
Value int_from_u64(VM *vm, uint64_t u);
Value int_from_double(VM *vm, double d);      // truncates; inf/nan raise as int(float)
// int or bool; OverflowError "Python int too large to convert to C long"
bool int_to_i64(VM *vm, Value v, int64_t *out);
bool int_fits_i64(Value v, int64_t *out);     // no error set
int int_sign(Value v);                        // int or bool: -1 0 1
double int_to_double(VM *vm, Value v, bool *overflow);
// int() of text; ValueError of CPython
Value int_parse(VM *vm, const char *text, size_t size, int base, Value original);
Value int_from_digits(VM *vm, const char *digits, size_t size, int base); // clean digits, from the compiler
Str *int_to_str(VM *vm, Value v, int base);   // no prefix; honours the 4300-digit limit for base 10
Value int_add(VM *vm, Value a, Value b);      // ints of any size; also sub, mul ...
Value int_sub(VM *vm, Value a, Value b);
Value int_mul(VM *vm, Value a, Value b);
Value int_floordiv(VM *vm, Value a, Value b);
Value int_mod(VM *vm, Value a, Value b);
Value int_pow(VM *vm, Value a, Value b);
Value int_pow_mod(VM *vm, Value a, Value b, Value modulus);
Value int_neg(VM *vm, Value a);
int int_compare(Value a, Value b);            // -1 0 1
int64_t int_hash(Value v);
int64_t float_object_hash(VM *vm, Value self, double d); // NaN: by identity of self
Value float_mod(VM *vm, double a, double b);
Value float_floordiv(VM *vm, double a, double b);
Value float_pow(VM *vm, double a, double b);
Value complex_new(VM *vm, double real, double imag);

extern const TypeDef int_def, bool_def, float_def, complex_def;
#endif
