// SPDX-License-Identifier: MIT
//
// Methods and attributes of float.

#include "vm/number/float_text.h"

#include "int_big.h"
#include "vm/core/type.h"

static Value plain_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return from_double(float_of(args[0]));
}

static Value trunc_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return int_from_double(vm, float_of(args[0]));
}

static Value floor_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return int_from_double(vm, floor(float_of(args[0])));
}

static Value ceil_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return int_from_double(vm, ceil(float_of(args[0])));
}

static Value round_method(VM *vm, Value *args, int nargs)
{
    double d = float_of(args[0]), rounded;
    if (nargs < 2 || is_none(args[1]))
        return int_from_double(vm, isfinite(d) ? float_round_even(d) : d);
    int64_t digits;
    if (!object_index_clamped(vm, args[1], &digits))
        return VALUE_EMPTY;
    if (!isfinite(d))
        return from_double(d);
    if (float_round(d, digits, &rounded) != NUMBER_OK)
        return raise_overflow(vm, "rounded value too large to represent");
    return from_double(rounded);
}

static Value is_integer_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    double d = float_of(args[0]);
    return from_bool(isfinite(d) && floor(d) == d);
}

static Value ratio_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    double d = float_of(args[0]);
    uint64_t mantissa;
    int exponent;
    if (isinf(d))
        return raise_overflow(vm, "cannot convert Infinity to integer ratio");
    if (isnan(d))
        return raise_value(vm, "cannot convert NaN to integer ratio");
    float_decompose(d, &mantissa, &exponent);
    Value numerator = int_from_i64(vm, d < 0 ? -(int64_t)mantissa : (int64_t)mantissa), denominator = from_small(1);
    if (exponent > 0)
        numerator = int_lshift(vm, numerator, from_small(exponent));
    else if (exponent < 0)
        denominator = int_lshift(vm, denominator, from_small(-exponent));
    return numerator && denominator ? tuple_pack(vm, 2, numerator, denominator) : VALUE_EMPTY;
}

static Value hex_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    char text[FLOAT_HEX_SIZE];
    Str *s = str_new_ascii(vm, text, float_hex(float_of(args[0]), text));
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value of_class(VM *vm, Value cls, double d)
{
    return cls == from_object(vm->types[KIND_FLOAT]) ? from_double(d) : call1(vm, cls, from_double(d));
}

static Value fromhex_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[1]))
        return raise_type(vm, "bad argument type for built-in operation");
    Str *s = as_str(args[1]);
    double d;
    switch (float_from_hex(s->data, s->size, &d)) {
    case NUMBER_OK: return of_class(vm, args[0], d);
    case NUMBER_OVERFLOW: return raise_overflow(vm, "hexadecimal value too large to represent as a float");
    default: return raise_value(vm, "invalid hexadecimal floating-point string");
    }
}

static Value from_number_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    double d;
    return object_as_double(vm, args[1], &d) ? of_class(vm, args[0], d) : VALUE_EMPTY;
}

static Value getnewargs_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return tuple_pack(vm, 1, from_double(float_of(args[0])));
}

static Value get_real(VM *vm, Value self)
{
    (void)vm;
    return from_double(float_of(self));
}

static Value get_imag(VM *vm, Value self)
{
    (void)vm, (void)self;
    return from_double(0.0);
}

const NativeDef float_methods[] = {
    {"conjugate(self, /)", plain_method, "Return self, the complex conjugate of any float.", NATIVE_RAW, 1, 1},
    {"is_integer(self, /)", is_integer_method, "Return True if the float is an integer.", NATIVE_RAW, 1, 1},
    {"as_integer_ratio(self, /)", ratio_method, "Return a pair of integers whose ratio is exactly equal to the float.",
     NATIVE_RAW, 1, 1},
    {"hex(self, /)", hex_method, "Return a hexadecimal representation of a floating-point number.", NATIVE_RAW, 1, 1},
    {"fromhex(cls, string, /)", fromhex_method, "Create a floating-point number from a hexadecimal string.",
     NATIVE_CLASS, 0, 0},
    {"from_number(cls, number, /)", from_number_method, "Convert a real number, but no text, to a float.",
     NATIVE_CLASS, 0, 0},
    {"__round__(self, ndigits=None, /)", round_method,
     "Return the Integral closest to self, half to even; with ndigits, a float.", NATIVE_RAW, 1, 2},
    {"__trunc__(self, /)", trunc_method, "Return the Integral closest to self between 0 and self.", NATIVE_RAW, 1, 1},
    {"__floor__(self, /)", floor_method, "Return the floor as an Integral.", NATIVE_RAW, 1, 1},
    {"__ceil__(self, /)", ceil_method, "Return the ceiling as an Integral.", NATIVE_RAW, 1, 1},
    {"__getnewargs__(self, /)", getnewargs_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

const GetSetDef float_getsets[] = {
    {"real", get_real, NULL, "the real part of a complex number"},
    {"imag", get_imag, NULL, "the imaginary part of a complex number"},
    {0},
};
