// SPDX-License-Identifier: MIT
//
// Operators on any values: dispatch between the two operands' types, Python's rules for reflected and in-place methods.

#include "native.h"
#include "type.h"

static const char *const binary_text[] = {"+", "-",  "*",  "/", "//", "%", "** or pow()",
                                          "@", "<<", ">>", "&", "|",  "^", "divmod()"};

static SpecialId forward_id(BinaryOp op) { return (SpecialId)(SPECIAL___add__ + (int)op); }
static SpecialId reflected_id(BinaryOp op) { return (SpecialId)(SPECIAL___radd__ + (int)op); }
static SpecialId inplace_id(BinaryOp op) { return (SpecialId)(SPECIAL___iadd__ + (int)op); }

// The opinion of the type of `self`, which is the left (or right) operand.
static Value ask(VM *vm, Value self, Value other, BinaryOp op, bool left)
{
    Type *t = type_of(vm, self);
    SpecialId id = left ? forward_id(op) : reflected_id(op);
    if (type_overrides(t, id)) {
        Value f = type_special(vm, t, id);
        if (!f)
            return VALUE_NOT_IMPLEMENTED;
        return call_special(vm, self, id, &other, 1);
    }
    if (!t->ops->binary || !((left ? t->ops->binary_mask : t->ops->binary_mask | t->ops->reflected_mask) & BIT(op)))
        return VALUE_NOT_IMPLEMENTED;
    return left ? t->ops->binary(vm, op, self, other) : t->ops->binary(vm, op, other, self);
}

// A subclass on the right that defines the reflected method goes first.
static bool right_goes_first(VM *vm, Type *tl, Type *tr, BinaryOp op)
{
    if (tl == tr || !type_is_subtype(tr, tl))
        return false;
    if (!type_overrides(tr, reflected_id(op)))
        return tl->native_base != tr->native_base;
    return type_special(vm, tr, reflected_id(op)) != type_special(vm, tl, reflected_id(op));
}

static Value dispatch(VM *vm, BinaryOp op, Value l, Value r)
{
    Type *tl = type_of(vm, l), *tr = type_of(vm, r);
    bool right_first = right_goes_first(vm, tl, tr, op);
    Value v;
    if (right_first && (v = ask(vm, r, l, op, false)) != VALUE_NOT_IMPLEMENTED)
        return v;
    if ((v = ask(vm, l, r, op, true)) != VALUE_NOT_IMPLEMENTED)
        return v;
    bool same_native = tl->ops == tr->ops && !type_overrides(tr, reflected_id(op));
    if (!right_first && tl != tr && !same_native)
        v = ask(vm, r, l, op, false);
    return v;
}

static Value raise_operands(VM *vm, const char *text, Value l, Value r)
{
    if (!strcmp(text, ">>") && has_kind(l, KIND_NATIVE) && str_is(((Native *)as_object(l))->name, "print"))
        return raise_type(vm,
                          "unsupported operand type(s) for >>: '%T' and '%T'. Did you mean \"print(<message>, "
                          "file=<output_stream>)\"?",
                          l, r);
    return raise_type(vm, "unsupported operand type(s) for %s: '%T' and '%T'", text, l, r);
}

static Value union_operand(VM *vm, Value v, bool *ok)
{
    (void)vm;
    *ok = is_type(v) || is_none(v) || has_kind(v, KIND_GENERIC_ALIAS) || has_kind(v, KIND_UNION);
    return v;
}

// int | None makes a union; classes have no other operators.
static Value try_union(VM *vm, Value l, Value r)
{
    bool left, right;
    union_operand(vm, l, &left);
    union_operand(vm, r, &right);
    return left && right && !(is_none(l) && is_none(r)) ? union_new(vm, l, r) : VALUE_NOT_IMPLEMENTED;
}

static bool repeats(VM *vm, Value v)
{
    return type_of(vm, v)->flags & TYPE_SEQUENCE && type_of(vm, v)->ops->binary_mask & BIT(BINARY_MUL);
}

// Sequences that do not know the other operand give CPython's particular messages.
static Value sequence_message(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op == BINARY_ADD && (is_str(l) || is_list(l) || is_tuple(l)))
        return raise_type(vm, "can only concatenate %s (not \"%T\") to %s",
                          is_str(l)    ? "str"
                          : is_list(l) ? "list"
                                       : "tuple",
                          r,
                          is_str(l)    ? "str"
                          : is_list(l) ? "list"
                                       : "tuple");
    if (op == BINARY_ADD && (is_bytes(l) || has_kind(l, KIND_BYTEARRAY)))
        return raise_type(vm, "can't concat %T to %T", r, l);
    if (op == BINARY_MUL) {
        bool left = repeats(vm, l), right = repeats(vm, r);
        if (left || right)
            return raise_type(vm, "can't multiply sequence by non-int of type '%T'", left ? r : l);
    }
    return VALUE_NOT_IMPLEMENTED;
}

static Value finish(VM *vm, BinaryOp op, Value l, Value r, Value v, bool inplace)
{
    if (v != VALUE_NOT_IMPLEMENTED)
        return v;
    if (op == BINARY_OR && (v = try_union(vm, l, r)) != VALUE_NOT_IMPLEMENTED)
        return v;
    if ((v = sequence_message(vm, op, l, r)) != VALUE_NOT_IMPLEMENTED)
        return v;
    static const char *const inplace_text[] = {
        "+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "<<=", ">>=", "&=", "|=", "^="};
    return raise_operands(vm, inplace ? inplace_text[op] : binary_text[op], l, r);
}

Value binary_op(VM *vm, BinaryOp op, Value l, Value r) { return finish(vm, op, l, r, dispatch(vm, op, l, r), false); }

Value inplace_op(VM *vm, BinaryOp op, Value l, Value r)
{
    Type *t = type_of(vm, l);
    Value v = VALUE_NOT_IMPLEMENTED;
    if (type_overrides(t, inplace_id(op)))
        v = call_special(vm, l, inplace_id(op), &r, 1);
    else if (t->ops->inplace && t->ops->inplace_mask & BIT(op))
        v = t->ops->inplace(vm, op, l, r);
    if (v != VALUE_NOT_IMPLEMENTED)
        return v;
    return finish(vm, op, l, r, dispatch(vm, op, l, r), true);
}

// ---------------------------------------------------------------- unary

static const char *const unary_text[] = {"unary -", "unary +", "abs()", "unary ~"};

static bool unary_result_ok(VM *vm, UnaryOp op, Value v, Value r)
{
    switch (op) {
    case UNARY_INDEX:
        if (is_int_like(r))
            return true;
        return (raise_type(vm, "__index__ returned non-int (type %T)", r), false);
    case UNARY_INT:
        if (is_int_like(r))
            return true;
        return (raise_type(vm, "__int__ returned non-int (type %T)", r), false);
    case UNARY_FLOAT:
        if (is_float(r))
            return true;
        return (raise_type(vm, "%T.__float__ returned non-float (type %T)", v, r), false);
    default: return true;
    }
}

// VALUE_NOT_IMPLEMENTED when the type lacks it.
static Value unary_ask(VM *vm, UnaryOp op, Value v)
{
    Type *t = type_of(vm, v);
    SpecialId id = (SpecialId)(SPECIAL___neg__ + (int)op);
    if (type_overrides(t, id)) {
        Value r = call_special(vm, v, id, NULL, 0);
        if (!r)
            return VALUE_EMPTY;
        return unary_result_ok(vm, op, v, r) ? r : VALUE_EMPTY;
    }
    if (t->ops->unary && t->ops->unary_mask & BIT(op))
        return t->ops->unary(vm, op, v);
    return VALUE_NOT_IMPLEMENTED;
}

Value unary_op(VM *vm, UnaryOp op, Value v)
{
    Value r = unary_ask(vm, op, v);
    if (r != VALUE_NOT_IMPLEMENTED)
        return r;
    switch (op) {
    case UNARY_INDEX: return raise_type(vm, "'%T' object cannot be interpreted as an integer", v);
    case UNARY_INT:
        return raise_type(vm, "int() argument must be a string, a bytes-like object or a real number, not '%T'", v);
    case UNARY_FLOAT: return raise_type(vm, "float() argument must be a string or a real number, not '%T'", v);
    case UNARY_COMPLEX: return raise_type(vm, "complex() first argument must be a string or a number, not '%T'", v);
    default:
        return raise_type(vm, op == UNARY_ABS ? "bad operand type for %s: '%T'" : "bad operand type for %s: '%T'",
                          unary_text[op], v);
    }
}

Value object_pow(VM *vm, Value base, Value exponent, Value modulus)
{
    if (is_none(modulus))
        return binary_op(vm, BINARY_POW, base, exponent);
    Type *t = type_of(vm, base);
    if (type_overrides(t, SPECIAL___pow__)) {
        Value args[2] = {exponent, modulus};
        return call_special(vm, base, SPECIAL___pow__, args, 2);
    }
    if (is_int_like(base) && is_int_like(exponent) && is_int_like(modulus))
        return int_pow_mod(vm, base, exponent, modulus);
    Value operands[] = {base, exponent, modulus};
    for (int i = 0; i < 3; i++) {
        if (is_float(operands[i]))
            return raise_type(vm, "pow() 3rd argument not allowed unless all arguments are integers");
        if (has_kind(operands[i], KIND_COMPLEX))
            return raise_value(vm, "complex modulo");
    }
    return raise_type(vm, "unsupported operand type(s) for ** or pow(): '%T', '%T', '%T'", base, exponent, modulus);
}

// ---------------------------------------------------------------- numbers out of objects

bool object_index_i64(VM *vm, Value v, int64_t *out)
{
    if (likely(is_small(v))) {
        *out = as_small(v);
        return true;
    }
    Value i = is_int_like(v) ? v : unary_op(vm, UNARY_INDEX, v);
    if (!i)
        return false;
    if (int_fits_i64(i, out))
        return true;
    return (raise_index(vm, "cannot fit '%T' into an index-sized integer", v), false);
}

bool object_index_clamped(VM *vm, Value v, int64_t *out)
{
    Value i = is_int_like(v) ? v : unary_op(vm, UNARY_INDEX, v);
    if (!i)
        return false;
    if (!int_fits_i64(i, out))
        *out = int_sign(i) < 0 ? INT64_MIN : INT64_MAX;
    return true;
}

bool object_as_double(VM *vm, Value v, double *out)
{
    if (is_float(v)) {
        *out = float_of(v);
        return true;
    }
    if (is_int_like(v)) {
        bool overflow = false;
        *out = int_to_double(vm, v, &overflow);
        return !overflow || (raise_overflow(vm, "int too large to convert to float"), false);
    }
    Value f = unary_ask(vm, UNARY_FLOAT, v);
    if (f == VALUE_NOT_IMPLEMENTED) {
        Value i = unary_ask(vm, UNARY_INDEX, v);
        if (i == VALUE_NOT_IMPLEMENTED)
            return (raise_type(vm, "must be real number, not %T", v), false);
        return i && object_as_double(vm, i, out);
    }
    if (!f)
        return false;
    *out = float_of(f);
    return true;
}
