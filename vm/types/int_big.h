// SPDX-License-Identifier: MIT
//
// Between int objects and the limb library (vm/number/bigint.h): views of operands, storage for results, and the
// translation of its status codes into exceptions. For the int files and modules that compute with large integers.
#ifndef AIOLOS_VM_INT_BIG_H
#define AIOLOS_VM_INT_BIG_H

#include "vm/core/native.h"
#include "vm/number/bigint.h"

// No int has more limbs (1 GB): what would be larger is a MemoryError at once, even without a cap.
#define INT_MAX_LIMBS ((size_t)1 << 27)

// The limbs of an int or bool of any size. *limb holds those of an immediate; the value itself must stay alive.
static inline BigView int_view(Value v, mp_limb_t *limb)
{
    if (is_object(v)) {
        const Int *i = (const Int *)as_object(v);
        bool negative = i->count < 0;
        return (BigView){i->limbs, (size_t)(negative ? -i->count : i->count), negative};
    }
    int64_t n = is_bool(v) ? v == VALUE_TRUE : as_small(v);
    *limb = n < 0 ? -(uint64_t)n : (uint64_t)n;
    return (BigView){limb, n != 0, n < 0};
}

// Room for a result of at most `limbs` limbs. NULL: MemoryError pending.
Int *int_alloc(VM *vm, size_t limbs);
// The value that was computed into the object's limbs: an immediate if it fits one, else the object (or a copy
// without the room that was not needed).
Value int_finish(VM *vm, Int *object, size_t room, BigResult result);
Value int_from_view(VM *vm, BigView a); // a copy
Value int_from_i128(VM *vm, bool negative, uint64_t low, uint64_t high);

// Scratch memory counted against the VM's cap; long operations poll the tick.
NumberAllocator number_allocator(VM *vm);
// Raises what the status stands for (memory, interrupt). Always VALUE_EMPTY.
Value number_raise(VM *vm, NumberStatus status);

Value int_lshift(VM *vm, Value a, Value b);
Value int_rshift(VM *vm, Value a, Value b);
Value int_bitwise(VM *vm, BinaryOp op, Value a, Value b); // AND OR XOR
Value int_truediv(VM *vm, Value a, Value b);
Value int_divmod(VM *vm, Value a, Value b);   // tuple
// Quotient and remainder at once; either pointer may be NULL. b is not zero.
bool int_quotient_remainder(VM *vm, Value a, Value b, Value *quotient, Value *remainder);
Value int_gcd(VM *vm, Value a, Value b);
Value int_isqrt(VM *vm, Value a);             // a is not negative
Value int_abs(VM *vm, Value a);
Value int_invert(VM *vm, Value a);
Value int_plain(VM *vm, Value v);             // the exact int equal to an int, bool or subclass instance
size_t int_bit_length(Value v);
int int_compare_double(Value a, double d);    // exact; d is not NaN
Value int_binary(VM *vm, BinaryOp op, Value l, Value r);
Value int_unary(VM *vm, UnaryOp op, Value v);
Value int_richcompare(VM *vm, Value a, Value b, CompareOp op);
Value int_round_to(VM *vm, Value self, Value digits); // __round__ with digits
bool has_unary(VM *vm, Value v, UnaryOp op);  // the type defines it, natively or in a script
Value object_to_int(VM *vm, Value v);         // int(v) of anything
Value index_of(VM *vm, Value v);              // an exact int by __index__; TypeError otherwise
bool byteorder_parse(VM *vm, Value order, bool *little);

// Text of a str as ASCII for the number parsers: decimal digits of any script become 0-9, white space a blank, other
// characters a '?'. Points into the str when it is ASCII already, else into a buffer. NULL: no memory.
const char *text_to_ascii(VM *vm, const Str *s, size_t *size);

extern const NativeDef int_methods[];
extern const GetSetDef int_getsets[];
extern const NativeDef float_methods[];
extern const GetSetDef float_getsets[];
double float_divmod(double a, double b, double *remainder); // floor quotient; b is not zero
Value complex_pow(VM *vm, double real, double imag, double exponent_real, double exponent_imag);
// The float of a str or bytes-like; VALUE_EMPTY with ValueError. *matched false: another type, nothing raised.
Value float_from_text(VM *vm, Value v, bool *matched);

#endif
