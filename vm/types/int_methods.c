// SPDX-License-Identifier: MIT
//
// Methods and attributes of int, which bool inherits. Every self may be an immediate int, a bool, an Int object or an
// instance of a subclass; results are exact ints.

#include "int.h"

#include "int_big.h"
#include "vm/core/type.h"

static Value plain_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return int_plain(vm, args[0]);
}

static Value bit_length_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return int_from_i64(vm, (int64_t)int_bit_length(args[0]));
}

static Value bit_count_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    mp_limb_t limb;
    BigView v = int_view(args[0], &limb);
    vm_charge(vm, v.count >> 4);
    return int_from_i64(vm, (int64_t)big_bit_count(v));
}

static Value ratio_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value plain = int_plain(vm, args[0]);
    return plain ? tuple_pack(vm, 2, plain, from_small(1)) : VALUE_EMPTY;
}

static Value is_integer_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return VALUE_TRUE;
}

static Value getnewargs_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value plain = int_plain(vm, args[0]);
    return plain ? tuple_pack(vm, 1, plain) : VALUE_EMPTY;
}

static Value sizeof_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    mp_limb_t limb;
    return from_small(is_object(args[0]) ? (int64_t)(sizeof(Int) + int_view(args[0], &limb).count * sizeof limb) : 8);
}

// Rounded half to even to a multiple of 10 ** -digits, digits < 0.
Value int_round_to(VM *vm, Value self, Value digits)
{
    int64_t n;
    if (!int_fits_i64(digits, &n))
        n = int_sign(digits) < 0 ? INT64_MIN : 0;
    if (n >= 0)
        return int_plain(vm, self);
    // A power of ten with more digits than twice the number is enough to round to zero.
    if (-(n + 1) > (int64_t)(int_bit_length(self) / 3) + 2)
        return INT_ZERO;
    Value unit = int_pow(vm, from_small(10), from_small(-n)), quotient, rest;
    if (!unit || !int_quotient_remainder(vm, self, unit, &quotient, &rest))
        return VALUE_EMPTY;
    Value twice = int_add(vm, rest, rest);
    if (!twice)
        return VALUE_EMPTY;
    int order = int_compare(twice, unit);
    mp_limb_t limb;
    BigView q = int_view(quotient, &limb);
    bool up = order > 0 || (order == 0 && q.count && (q.limbs[0] & 1));
    Value down = int_sub(vm, self, rest);
    return !down || !up ? down : int_add(vm, down, unit);
}

static Value round_method(VM *vm, Value *args, int nargs)
{
    if (nargs < 2)
        return int_plain(vm, args[0]);
    Value digits = index_of(vm, args[1]);
    return digits ? int_round_to(vm, args[0], digits) : VALUE_EMPTY;
}

// ---- bytes

bool byteorder_parse(VM *vm, Value order, bool *little)
{
    if (!is_str(order))
        return raise_type(vm, "byteorder must be str, not %T", order), false;
    *little = str_is(as_str(order), "little");
    if (*little || str_is(as_str(order), "big"))
        return true;
    return raise_value(vm, "byteorder must be either 'little' or 'big'"), false;
}

static Value to_bytes_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t length;
    bool little;
    if (!object_index_i64(vm, args[1], &length))
        return error_is(vm, EXC_IndexError) ? raise_overflow(vm, "Python int too large to convert to C ssize_t")
                                            : VALUE_EMPTY;
    if (!byteorder_parse(vm, args[2], &little))
        return VALUE_EMPTY;
    int is_signed = object_truth(vm, args[3]);
    if (is_signed < 0)
        return VALUE_EMPTY;
    if (length < 0)
        return raise_value(vm, "length argument must be non-negative");
    if ((uint64_t)length > MAX_OBJECT_SIZE)
        return raise_memory(vm);
    Value out = bytes_new(vm, NULL, (size_t)length);
    if (!out)
        return VALUE_EMPTY;
    mp_limb_t limb;
    unsigned char *data = (unsigned char *)as_bytes(out)->data;
    NumberStatus status = big_to_bytes(int_view(args[0], &limb), data, (size_t)length, little, is_signed);
    if (status == NUMBER_NEGATIVE)
        return raise_overflow(vm, "can't convert negative int to unsigned");
    return status == NUMBER_OK ? out : raise_overflow(vm, "int too big to convert");
}

// A bytes-like object from whatever from_bytes accepts: the object itself, its __bytes__, or its items.
static Value bytes_argument(VM *vm, Value v)
{
    const char *data;
    size_t size;
    Str *name = str_intern_text(vm, "__bytes__", 9);
    if (!name)
        return VALUE_EMPTY;
    bool converts = type_lookup(vm, type_of(vm, v), name) != VALUE_EMPTY;
    if (!converts && bytes_view(v, &data, &size))
        return v;
    if (is_str(v) || is_int_like(v))
        return raise_type(vm, "cannot convert '%T' object to bytes", v);
    Value out = call1(vm, from_object(vm->types[KIND_BYTES]), v);
    if (!out && !converts && error_is(vm, EXC_TypeError)) {
        error_clear(vm);
        return raise_type(vm, "cannot convert '%T' object to bytes", v);
    }
    return out;
}

static Value from_bytes_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    bool little;
    if (!byteorder_parse(vm, args[2], &little))
        return VALUE_EMPTY;
    int is_signed = object_truth(vm, args[3]);
    Value bytes = is_signed < 0 ? VALUE_EMPTY : bytes_argument(vm, args[1]);
    if (!bytes || !bytes_view_or_raise(vm, bytes, &data, &size))
        return VALUE_EMPTY;
    size_t room = big_from_bytes_bound(size);
    vm_charge_bytes(vm, 4 * size);
    Int *r = int_alloc(vm, room);
    if (!r)
        return VALUE_EMPTY;
    BigResult result = big_from_bytes((const unsigned char *)data, size, little, is_signed, r->limbs);
    Value v = int_finish(vm, r, room, result);
    if (!v || args[0] == from_object(vm->types[KIND_INT]))
        return v;
    return call1(vm, args[0], v);
}

// ---- attributes

static Value get_plain(VM *vm, Value self) { return int_plain(vm, self); }

static Value get_zero(VM *vm, Value self)
{
    (void)vm, (void)self;
    return INT_ZERO;
}

static Value get_one(VM *vm, Value self)
{
    (void)vm, (void)self;
    return from_small(1);
}

// ---- tables

const NativeDef int_methods[] = {
    {"conjugate(self, /)", plain_method, "Returns self, the complex conjugate of any int.", NATIVE_RAW, 1, 1},
    {"bit_length(self, /)", bit_length_method, "Number of bits necessary to represent self in binary.",
     NATIVE_RAW, 1, 1},
    {"bit_count(self, /)", bit_count_method,
     "Number of ones in the binary representation of the absolute value of self.",
     NATIVE_RAW, 1, 1},
    {"to_bytes(self, /, length=1, byteorder='big', *, signed=False)", to_bytes_method,
     "Return an array of bytes representing an integer.", 0, 0, 0},
    {"from_bytes(cls, /, bytes, byteorder='big', *, signed=False)", from_bytes_method,
     "Return the integer represented by the given array of bytes.", NATIVE_CLASS, 0, 0},
    {"as_integer_ratio(self, /)", ratio_method, "Return a pair of integers whose ratio is equal to the int.",
     NATIVE_RAW, 1, 1},
    {"is_integer(self, /)", is_integer_method, "Returns True: every int is integral.", NATIVE_RAW, 1, 1},
    {"__trunc__(self, /)", plain_method, "Truncating an Integral returns itself.", NATIVE_RAW, 1, 1},
    {"__floor__(self, /)", plain_method, "Flooring an Integral returns itself.", NATIVE_RAW, 1, 1},
    {"__ceil__(self, /)", plain_method, "Ceiling of an Integral returns itself.", NATIVE_RAW, 1, 1},
    {"__round__(self, ndigits=<unset>, /)", round_method, "Rounds to a power of ten, half to even.", NATIVE_RAW, 1, 2},
    {"__getnewargs__(self, /)", getnewargs_method, NULL, NATIVE_RAW, 1, 1},
    {"__sizeof__(self, /)", sizeof_method, "Returns size in memory, in bytes.", NATIVE_RAW, 1, 1},
    {0},
};

const GetSetDef int_getsets[] = {
    {"real", get_plain, NULL, "the real part of a complex number"},
    {"imag", get_zero, NULL, "the imaginary part of a complex number"},
    {"numerator", get_plain, NULL, "the numerator of a rational number in lowest terms"},
    {"denominator", get_one, NULL, "the denominator of a rational number in lowest terms"},
    {0},
};
