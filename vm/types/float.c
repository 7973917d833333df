// SPDX-License-Identifier: MIT
//
// float: IEEE doubles, immediate; only instances of script subclasses are objects. Arithmetic, comparison (exact
// against ints of any size), conversion and the type table. Methods are in float_methods.c, text in
// vm/number/float_text.

#include "vm/number/float_text.h"

#include "int_big.h"
#include "vm/core/type.h"

// ---- operands

// The double of a float, int or bool. 1 done, 0 another type, -1 OverflowError.
static int operand(VM *vm, Value v, double *out)
{
    if (is_double(v)) {
        *out = as_double(v);
        return 1;
    }
    if (is_int_like(v)) {
        bool overflow = false;
        *out = int_to_double(vm, v, &overflow);
        return overflow ? (raise_overflow(vm, "int too large to convert to float"), -1) : 1;
    }
    if (!is_float(v))
        return 0;
    *out = float_of(v);
    return 1;
}

// ---- arithmetic

double float_divmod(double a, double b, double *remainder)
{
    double mod = fmod(a, b), div = (a - mod) / b;
    if (mod != 0) {
        if ((b < 0) != (mod < 0)) {
            mod += b;
            div -= 1.0;
        }
    } else {
        mod = copysign(0.0, b);
    }
    *remainder = mod;
    if (div == 0)
        return copysign(0.0, a / b);
    double whole = floor(div);
    return div - whole > 0.5 ? whole + 1.0 : whole;
}

Value float_mod(VM *vm, double a, double b)
{
    if (b == 0)
        return raise_exc(vm, EXC_ZeroDivisionError, "float modulo");
    double mod = fmod(a, b);
    if (mod == 0)
        mod = copysign(0.0, b);
    else if ((b < 0) != (mod < 0))
        mod += b;
    return from_double(mod);
}

Value float_floordiv(VM *vm, double a, double b)
{
    if (b == 0)
        return raise_exc(vm, EXC_ZeroDivisionError, "float floor division by zero");
    double mod;
    return from_double(float_divmod(a, b, &mod));
}

static Value divide(VM *vm, double a, double b)
{
    return b == 0 ? raise_exc(vm, EXC_ZeroDivisionError, "float division by zero") : from_double(a / b);
}

static Value divide_both(VM *vm, double a, double b)
{
    if (b == 0)
        return raise_exc(vm, EXC_ZeroDivisionError, "float divmod()");
    double mod, whole = float_divmod(a, b, &mod);
    return tuple_pack(vm, 2, from_double(whole), from_double(mod));
}

// OverflowError with the arguments that C's errno gave in CPython.
static Value raise_range(VM *vm)
{
    Str *text = str_from(vm, "Numerical result out of range");
    Value args[2] = {from_small(34), from_object(text)};
    return text ? raise_args(vm, EXC_OverflowError, 2, args) : VALUE_EMPTY;
}

Value float_pow(VM *vm, double a, double b)
{
    if (a == 0 && b < 0)
        return raise_exc(vm, EXC_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
        return complex_pow(vm, a, 0, b, 0);
    double r = pow(a, b);
    if (isinf(r) && isfinite(a) && isfinite(b))
        return raise_range(vm);
    return from_double(r);
}

static Value float_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    double a, b;
    int known = operand(vm, l, &a);
    if (known == 1)
        known = operand(vm, r, &b);
    if (known != 1)
        return known ? VALUE_EMPTY : VALUE_NOT_IMPLEMENTED;
    switch (op) {
    case BINARY_ADD: return from_double(a + b);
    case BINARY_SUB: return from_double(a - b);
    case BINARY_MUL: return from_double(a * b);
    case BINARY_TRUEDIV: return divide(vm, a, b);
    case BINARY_FLOORDIV: return float_floordiv(vm, a, b);
    case BINARY_MOD: return float_mod(vm, a, b);
    case BINARY_POW: return float_pow(vm, a, b);
    case BINARY_DIVMOD: return divide_both(vm, a, b);
    default: return VALUE_NOT_IMPLEMENTED;
    }
}

static Value float_unary(VM *vm, UnaryOp op, Value v)
{
    double d = float_of(v);
    switch (op) {
    case UNARY_NEG: return from_double(-d);
    case UNARY_ABS: return from_double(fabs(d));
    case UNARY_POS: case UNARY_FLOAT: return from_double(d);
    case UNARY_INT: return int_from_double(vm, d);
    default: return VALUE_NOT_IMPLEMENTED;
    }
}

// ---- comparison, hash, text

static bool order_doubles(double a, double b, CompareOp op)
{
    switch (op) {
    case COMPARE_LT: return a < b;
    case COMPARE_LE: return a <= b;
    case COMPARE_EQ: return a == b;
    case COMPARE_NE: return a != b;
    case COMPARE_GT: return a > b;
    default: return a >= b;
    }
}

static Value float_compare(VM *vm, Value self, Value other, CompareOp op)
{
    (void)vm;
    double a = float_of(self);
    if (is_float(other))
        return from_bool(order_doubles(a, float_of(other), op));
    if (!is_int_like(other))
        return VALUE_NOT_IMPLEMENTED;
    if (is_small(other))
        return from_bool(order_doubles(a, (double)as_small(other), op));
    if (isnan(a))
        return from_bool(op == COMPARE_NE);
    return from_bool(order_doubles(0, int_compare_double(other, a), op));
}

int64_t float_object_hash(VM *vm, Value self, double d)
{
    (void)vm;
    return float_hash(d, (int64_t)(self >> 4 | self << 60));
}

static bool hash_op(VM *vm, Value self, int64_t *out)
{
    *out = float_object_hash(vm, self, float_of(self));
    return true;
}

static Value repr_op(VM *vm, Value self)
{
    Str *s = float_repr_str(vm, float_of(self));
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value format_op(VM *vm, Value self, Str *spec)
{
    if (!spec->size && is_object(self)) // a subclass may have its own __str__
        return from_object(object_str(vm, self));
    return format_float(vm, float_of(self), spec);
}

static int truth_op(VM *vm, Value self)
{
    (void)vm;
    return float_of(self) != 0;
}

// ---- the constructor

// Every NaN that a script makes by name is an object of its own, as in CPython: containers tell them apart. The number
// of it is in the payload, which no arithmetic keeps.
static Value fresh_nan(VM *vm)
{
    vm->nan_count = (vm->nan_count + 1) & 0xFFFFFFFF;
    return from_double(NAN) + vm->nan_count;
}

Value float_from_text(VM *vm, Value v, bool *matched)
{
    const char *text;
    size_t size;
    double d;
    *matched = true;
    if (is_str(v)) {
        if (!(text = text_to_ascii(vm, as_str(v), &size)))
            return VALUE_EMPTY;
    } else if (!bytes_view(v, &text, &size)) {
        *matched = false;
        return VALUE_EMPTY;
    }
    vm_charge_bytes(vm, 8 * size);
    if (float_parse(text, size, &d))
        return isnan(d) ? fresh_nan(vm) : from_double(d);
    return raise_value(vm, "could not convert string to float: %R", v);
}

static Value to_float(VM *vm, Value v)
{
    double d;
    bool matched;
    if (is_double(v))
        return v;
    if (is_float(v) || is_int_like(v) || has_unary(vm, v, UNARY_FLOAT) || has_unary(vm, v, UNARY_INDEX))
        return object_as_double(vm, v, &d) ? from_double(d) : VALUE_EMPTY;
    Value r = float_from_text(vm, v, &matched);
    return matched ? r : raise_type(vm, "float() argument must be a string or a real number, not '%T'", v);
}

static Value float_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = as_type(args[0]);
    bool overridden = is_object(args[1]) && args[1] && has_kind(args[1], KIND_FLOAT) &&
                      type_overrides(type_of(vm, args[1]), SPECIAL___float__);
    Value v = from_double(0.0);
    if (args[1] != VALUE_EMPTY)
        v = overridden ? unary_op(vm, UNARY_FLOAT, args[1]) : to_float(vm, args[1]);
    if (!v)
        return VALUE_EMPTY;
    double d = float_of(v);
    if (cls == vm->types[KIND_FLOAT])
        return is_double(v) ? v : from_double(d);
    FloatObject *f = type_alloc(vm, cls, 0);
    if (f)
        f->value = d;
    return from_object(f);
}

// ---- the type

#define FLOAT_BINARY (BIT(BINARY_ADD) | BIT(BINARY_SUB) | BIT(BINARY_MUL) | BIT(BINARY_TRUEDIV) | \
                      BIT(BINARY_FLOORDIV) | BIT(BINARY_MOD) | BIT(BINARY_POW) | BIT(BINARY_DIVMOD))

static const TypeOps float_ops = {
    .repr = repr_op,
    .format = format_op,
    .hash = hash_op,
    .compare = float_compare,
    .compare_mask = ALL_COMPARES,
    .binary = float_binary,
    .binary_mask = FLOAT_BINARY,
    .reflected_mask = FLOAT_BINARY,
    .unary = float_unary,
    .unary_mask = BIT(UNARY_NEG) | BIT(UNARY_POS) | BIT(UNARY_ABS) | BIT(UNARY_INT) | BIT(UNARY_FLOAT),
    .truth = truth_op,
};

const TypeDef float_def = {
    .name = "float",
    .kind = KIND_FLOAT,
    .size = sizeof(FloatObject),
    .ops = &float_ops,
    .methods = float_methods,
    .getsets = float_getsets,
    .make = {"float(cls, x=<unset>, /)", float_make, NULL, 0, 0, 0},
    .doc = "A floating point number, from a number or from text.",
    .flags = TYPE_BASE | TYPE_MATCH_SELF,
};
