// SPDX-License-Identifier: MIT
//
// Arithmetic on ints of any size. Every function takes ints or bools, instances of subclasses included, and gives an
// exact int in normal form. Two immediates are done in machine words; the rest goes to the limb library, whose bound
// is checked before anything is computed, so that an absurd shift or power is a MemoryError at once.

#include "int.h"

#include "int_big.h"

// ---- memory and errors of the limb library

static void *scratch_realloc(void *context, void *ptr, size_t old_size, size_t new_size)
{
    if (new_size > old_size)
        vm_charge_bytes(context, 8 * (new_size - old_size));
    return mem_realloc(context, ptr, old_size, new_size);
}

static bool scratch_poll(void *context)
{
    VM *vm = context;
    return !vm_work(vm, 256); // one step of a long computation is worth many of a loop
}

NumberAllocator number_allocator(VM *vm) { return (NumberAllocator){scratch_realloc, vm, scratch_poll}; }

Value number_raise(VM *vm, NumberStatus status)
{
    if (status == NUMBER_INTERRUPTED && vm->error)
        return VALUE_EMPTY;
    return vm->error ? VALUE_EMPTY : raise_memory(vm);
}

// ---- numbers of up to 126 bits, in two machine words

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UWide;

static inline bool to_wide(Value v, Wide *out)
{
    if (is_small(v)) {
        *out = as_small(v);
        return true;
    }
    if (is_bool(v)) {
        *out = v == VALUE_TRUE;
        return true;
    }
    const Int *i = (const Int *)as_object(v);
    int64_t count = i->count < 0 ? -i->count : i->count;
    if (count > 2 || (count == 2 && i->limbs[1] >> 62))
        return false;
    Wide w = count == 0 ? 0 : i->limbs[0];
    if (count == 2)
        w |= (Wide)i->limbs[1] << 64;
    *out = i->count < 0 ? -w : w;
    return true;
}

static Value from_wide(VM *vm, Wide w)
{
    if (w >= SMALL_INT_MIN && w <= SMALL_INT_MAX)
        return from_small((int64_t)w);
    bool negative = w < 0;
    UWide u = negative ? -(UWide)w : (UWide)w;
    return int_from_i128(vm, negative, (uint64_t)u, (uint64_t)(u >> 64));
}

// ---- sum and product

Value int_add(VM *vm, Value a, Value b)
{
    if (both_small(a, b))
        return int_from_i64(vm, as_small(a) + as_small(b));
    Wide v, w;
    if (to_wide(a, &v) && to_wide(b, &w))
        return from_wide(vm, v + w);
    mp_limb_t limb_a, limb_b;
    BigView x = int_view(a, &limb_a), y = int_view(b, &limb_b);
    size_t room = big_add_bound(x, y);
    Int *r = int_alloc(vm, room);
    return r ? int_finish(vm, r, room, big_add(x, y, r->limbs)) : VALUE_EMPTY;
}

Value int_sub(VM *vm, Value a, Value b)
{
    if (both_small(a, b))
        return int_from_i64(vm, as_small(a) - as_small(b));
    Wide v, w;
    if (to_wide(a, &v) && to_wide(b, &w))
        return from_wide(vm, v - w);
    mp_limb_t limb_a, limb_b;
    BigView x = int_view(a, &limb_a), y = int_view(b, &limb_b);
    size_t room = big_add_bound(x, y);
    Int *r = int_alloc(vm, room);
    return r ? int_finish(vm, r, room, big_subtract(x, y, r->limbs)) : VALUE_EMPTY;
}

Value int_mul(VM *vm, Value a, Value b)
{
    if (both_small(a, b)) {
        int64_t x = as_small(a), y = as_small(b), product;
        if (likely(!__builtin_mul_overflow(x, y, &product)))
            return int_from_i64(vm, product);
        UWide wide = (UWide)(uint64_t)(x < 0 ? -x : x) * (uint64_t)(y < 0 ? -y : y);
        return int_from_i128(vm, (x < 0) != (y < 0), (uint64_t)wide, (uint64_t)(wide >> 64));
    }
    mp_limb_t limb_a, limb_b;
    BigView x = int_view(a, &limb_a), y = int_view(b, &limb_b);
    if (x.count == 0 || y.count == 0)
        return INT_ZERO;
    if (x.count == 1 && y.count == 1) {
        UWide product = (UWide)x.limbs[0] * y.limbs[0];
        return int_from_i128(vm, x.negative != y.negative, (uint64_t)product, (uint64_t)(product >> 64));
    }
    size_t room = big_multiply_bound(x, y);
    Int *r = int_alloc(vm, room);
    if (!r)
        return VALUE_EMPTY;
    vm_charge(vm, room >> 3);
    return int_finish(vm, r, room, big_multiply(x, y, r->limbs));
}

Value int_neg(VM *vm, Value a)
{
    if (is_small(a))
        return int_from_i64(vm, -as_small(a));
    mp_limb_t limb;
    BigView x = int_view(a, &limb);
    x.negative = !x.negative && x.count;
    return int_from_view(vm, x);
}

Value int_abs(VM *vm, Value a) { return int_sign(a) < 0 ? int_neg(vm, a) : int_plain(vm, a); }

// ---- division

static void small_floor(int64_t x, int64_t y, int64_t *quotient, int64_t *remainder)
{
    int64_t q = x / y, r = x % y;
    if (r && (r ^ y) < 0) {
        q--;
        r += y;
    }
    *quotient = q;
    *remainder = r;
}

bool int_quotient_remainder(VM *vm, Value a, Value b, Value *quotient, Value *remainder)
{
    if (both_small(a, b)) {
        int64_t q, r;
        small_floor(as_small(a), as_small(b), &q, &r);
        if (remainder)
            *remainder = from_small(r);
        return !quotient || (*quotient = int_from_i64(vm, q)) != VALUE_EMPTY;
    }
    mp_limb_t limb_a, limb_b;
    BigView x = int_view(a, &limb_a), y = int_view(b, &limb_b);
    vm_charge(vm, x.count >> 1);
    size_t room_q = big_quotient_bound(x, y), room_r = big_remainder_bound(x, y);
    Int *q = quotient ? int_alloc(vm, room_q) : NULL, *r = remainder ? int_alloc(vm, room_r) : NULL;
    if ((quotient && !q) || (remainder && !r))
        return false;
    BigResult result_q, result_r;
    NumberAllocator allocator = number_allocator(vm);
    NumberStatus status = big_divmod(&allocator, x, y, q ? q->limbs : NULL, &result_q, r ? r->limbs : NULL, &result_r);
    if (status != NUMBER_OK)
        return number_raise(vm, status), false;
    if (q && !(*quotient = int_finish(vm, q, room_q, result_q)))
        return false;
    return !r || (*remainder = int_finish(vm, r, room_r, result_r)) != VALUE_EMPTY;
}

Value int_floordiv(VM *vm, Value a, Value b)
{
    if (int_sign(b) == 0)
        return raise_exc(vm, EXC_ZeroDivisionError, "integer division or modulo by zero");
    Value quotient;
    return int_quotient_remainder(vm, a, b, &quotient, NULL) ? quotient : VALUE_EMPTY;
}

Value int_mod(VM *vm, Value a, Value b)
{
    if (int_sign(b) == 0)
        return raise_exc(vm, EXC_ZeroDivisionError, "integer modulo by zero");
    Value remainder;
    return int_quotient_remainder(vm, a, b, NULL, &remainder) ? remainder : VALUE_EMPTY;
}

Value int_divmod(VM *vm, Value a, Value b)
{
    if (int_sign(b) == 0)
        return raise_exc(vm, EXC_ZeroDivisionError, "integer division or modulo by zero");
    Value quotient, remainder;
    if (!int_quotient_remainder(vm, a, b, &quotient, &remainder))
        return VALUE_EMPTY;
    return tuple_pack(vm, 2, quotient, remainder);
}

Value int_truediv(VM *vm, Value a, Value b)
{
    if (int_sign(b) == 0)
        return raise_exc(vm, EXC_ZeroDivisionError, "division by zero");
    if (both_small(a, b)) // both are exact as doubles
        return from_double((double)as_small(a) / (double)as_small(b));
    mp_limb_t limb_a, limb_b;
    double d = 0;
    NumberAllocator allocator = number_allocator(vm);
    NumberStatus status = big_true_divide(&allocator, int_view(a, &limb_a), int_view(b, &limb_b), &d);
    if (status == NUMBER_OVERFLOW)
        return raise_overflow(vm, "integer division result too large for a float");
    return status == NUMBER_OK ? from_double(d) : number_raise(vm, status);
}

Value int_gcd(VM *vm, Value a, Value b)
{
    if (both_small(a, b)) {
        int64_t x = as_small(a), y = as_small(b);
        while (y) {
            int64_t t = x % y;
            x = y;
            y = t;
        }
        return int_from_i64(vm, x < 0 ? -x : x);
    }
    mp_limb_t limb_a, limb_b;
    BigView x = int_view(a, &limb_a), y = int_view(b, &limb_b);
    size_t room = big_gcd_bound(x, y);
    vm_charge(vm, 4 * (x.count + y.count));
    Int *r = int_alloc(vm, room);
    BigResult result;
    NumberAllocator allocator = number_allocator(vm);
    if (!r)
        return VALUE_EMPTY;
    NumberStatus status = big_gcd(&allocator, x, y, r->limbs, &result);
    return status == NUMBER_OK ? int_finish(vm, r, room, result) : number_raise(vm, status);
}

Value int_isqrt(VM *vm, Value a)
{
    mp_limb_t limb;
    BigView x = int_view(a, &limb);
    size_t room = big_isqrt_bound(x);
    vm_charge(vm, x.count);
    Int *r = int_alloc(vm, room);
    BigResult result;
    if (!r)
        return VALUE_EMPTY;
    NumberStatus status = big_isqrt(x, r->limbs, &result);
    return status == NUMBER_OK ? int_finish(vm, r, room, result) : number_raise(vm, status);
}

// ---- powers

static Value power_negative(VM *vm, Value a, Value b)
{
    bool overflow = false;
    double x = int_to_double(vm, a, &overflow), y = int_to_double(vm, b, &overflow);
    return overflow ? raise_overflow(vm, "int too large to convert to float") : float_pow(vm, x, y);
}

Value int_pow(VM *vm, Value a, Value b)
{
    int64_t n;
    if (int_sign(b) < 0)
        return power_negative(vm, a, b);
    mp_limb_t limb;
    BigView x = int_view(a, &limb);
    if (x.count == 0 || (x.count == 1 && x.limbs[0] == 1)) { // 0, 1, -1: whatever the exponent
        mp_limb_t limb_b;
        BigView y = int_view(b, &limb_b);
        bool odd = y.count && (y.limbs[0] & 1);
        return x.count == 0 ? from_small(y.count == 0) : from_small(x.negative && odd ? -1 : 1);
    }
    if (!int_fits_i64(b, &n))
        return raise_memory(vm);
    size_t room = big_power_bound(x, (uint64_t)n);
    Int *r = int_alloc(vm, room);
    BigResult result;
    NumberAllocator allocator = number_allocator(vm);
    if (!r)
        return VALUE_EMPTY;
    NumberStatus status = big_power(&allocator, x, (uint64_t)n, r->limbs, &result);
    return status == NUMBER_OK ? int_finish(vm, r, room, result) : number_raise(vm, status);
}

Value int_pow_mod(VM *vm, Value a, Value b, Value modulus)
{
    mp_limb_t limb_a, limb_b, limb_m;
    BigView x = int_view(a, &limb_a), y = int_view(b, &limb_b), m = int_view(modulus, &limb_m);
    Int *r = int_alloc(vm, m.count);
    BigResult result;
    NumberAllocator allocator = number_allocator(vm);
    if (!r)
        return VALUE_EMPTY;
    NumberStatus status = big_power_modulo(&allocator, x, y, m, r->limbs, &result);
    if (status == NUMBER_ZERO_DIVISION)
        return raise_value(vm, "pow() 3rd argument cannot be 0");
    if (status == NUMBER_NOT_INVERTIBLE)
        return raise_value(vm, "base is not invertible for the given modulus");
    return status == NUMBER_OK ? int_finish(vm, r, m.count, result) : number_raise(vm, status);
}

// ---- bits

Value int_lshift(VM *vm, Value a, Value b)
{
    int64_t n;
    if (int_sign(b) < 0)
        return raise_value(vm, "negative shift count");
    mp_limb_t limb;
    BigView x = int_view(a, &limb);
    if (x.count == 0)
        return INT_ZERO;
    if (!int_fits_i64(b, &n))
        return raise_overflow(vm, "too many digits in integer");
    if ((uint64_t)n > INT_MAX_LIMBS * 64)
        return raise_memory(vm);
    size_t room = big_shift_left_bound(x, (size_t)n);
    Int *r = int_alloc(vm, room);
    return r ? int_finish(vm, r, room, big_shift_left(x, (size_t)n, r->limbs)) : VALUE_EMPTY;
}

Value int_rshift(VM *vm, Value a, Value b)
{
    int64_t n;
    if (int_sign(b) < 0)
        return raise_value(vm, "negative shift count");
    if (!int_fits_i64(b, &n))
        return from_small(int_sign(a) < 0 ? -1 : 0);
    if (is_small(a))
        return from_small(as_small(a) >> (n > 63 ? 63 : n));
    mp_limb_t limb;
    BigView x = int_view(a, &limb);
    size_t room = big_shift_right_bound(x, (size_t)n);
    Int *r = int_alloc(vm, room);
    return r ? int_finish(vm, r, room, big_shift_right(x, (size_t)n, r->limbs)) : VALUE_EMPTY;
}

Value int_bitwise(VM *vm, BinaryOp op, Value a, Value b)
{
    if (both_small(a, b)) {
        int64_t x = as_small(a), y = as_small(b);
        return from_small(op == BINARY_AND ? (x & y) : op == BINARY_OR ? (x | y) : (x ^ y));
    }
    Wide v, w;
    if (to_wide(a, &v) && to_wide(b, &w))
        return from_wide(vm, op == BINARY_AND ? (v & w) : op == BINARY_OR ? (v | w) : (v ^ w));
    mp_limb_t limb_a, limb_b;
    BigView x = int_view(a, &limb_a), y = int_view(b, &limb_b);
    size_t room = big_bitwise_bound(x, y);
    Int *r = int_alloc(vm, room);
    if (!r)
        return VALUE_EMPTY;
    BigResult (*compute)(BigView, BigView, mp_limb_t *) = big_xor;
    if (op != BINARY_XOR)
        compute = op == BINARY_AND ? big_and : big_or;
    return int_finish(vm, r, room, compute(x, y, r->limbs));
}

Value int_invert(VM *vm, Value a)
{
    if (is_small(a))
        return from_small(~as_small(a));
    mp_limb_t limb;
    BigView x = int_view(a, &limb);
    size_t room = big_invert_bound(x);
    Int *r = int_alloc(vm, room);
    return r ? int_finish(vm, r, room, big_invert(x, r->limbs)) : VALUE_EMPTY;
}

// ---- the tables' entries

Value int_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    if (!is_int_like(l) || !is_int_like(r))
        return VALUE_NOT_IMPLEMENTED;
    switch (op) {
    case BINARY_ADD: return int_add(vm, l, r);
    case BINARY_SUB: return int_sub(vm, l, r);
    case BINARY_MUL: return int_mul(vm, l, r);
    case BINARY_TRUEDIV: return int_truediv(vm, l, r);
    case BINARY_FLOORDIV: return int_floordiv(vm, l, r);
    case BINARY_MOD: return int_mod(vm, l, r);
    case BINARY_POW: return int_pow(vm, l, r);
    case BINARY_DIVMOD: return int_divmod(vm, l, r);
    case BINARY_LSHIFT: return int_lshift(vm, l, r);
    case BINARY_RSHIFT: return int_rshift(vm, l, r);
    case BINARY_AND: case BINARY_OR: case BINARY_XOR: return int_bitwise(vm, op, l, r);
    default: return VALUE_NOT_IMPLEMENTED;
    }
}

Value int_unary(VM *vm, UnaryOp op, Value v)
{
    bool overflow = false;
    double d;
    switch (op) {
    case UNARY_NEG: return int_neg(vm, v);
    case UNARY_ABS: return int_abs(vm, v);
    case UNARY_INVERT: return int_invert(vm, v);
    case UNARY_FLOAT:
        d = int_to_double(vm, v, &overflow);
        return overflow ? raise_overflow(vm, "int too large to convert to float") : from_double(d);
    case UNARY_COMPLEX: return VALUE_NOT_IMPLEMENTED;
    default: return int_plain(vm, v);
    }
}
