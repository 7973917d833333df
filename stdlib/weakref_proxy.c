// SPDX-License-Identifier: MIT
//
// Weak proxies: every operation is done on the referent, or is a ReferenceError when that is gone. There are two types
// with the same table but for the call.

#include "weakref_internal.h"
#include "vm/core/type.h"

// The referent. VALUE_EMPTY: ReferenceError pending.
static Value live(VM *vm, Value proxy)
{
    Value o = gc_weak_referent(vm, (WeakRef *)as_object(proxy));
    return o ? o : raise_exc(vm, EXC_ReferenceError, "weakly-referenced object no longer exists");
}

// An operand: proxies are looked through, other values are themselves.
static Value unwrap(VM *vm, Value v)
{
    return is_type_def(vm, v, &weak_proxy_def) || is_type_def(vm, v, &weak_callable_proxy_def) ? live(vm, v) : v;
}

static void proxy_mark(Gc *gc, Object *o) { gc_mark(gc, ((WeakRef *)o)->callback); }

static Value proxy_repr(VM *vm, Value self)
{
    Value o = gc_weak_referent(vm, (WeakRef *)as_object(self));
    Type *t = o ? type_of(vm, o) : vm->types[KIND_NONE];
    return from_object(str_format(vm, "<weakproxy at 0x%zx to %N at 0x%zx>", (size_t)self, t, (size_t)o));
}

static Value proxy_str(VM *vm, Value self)
{
    Value o = live(vm, self);
    return o ? from_object(object_str(vm, o)) : VALUE_EMPTY;
}

static bool proxy_hash(VM *vm, Value self, int64_t *out)
{
    (void)out;
    return raise_type(vm, "unhashable type: '%T'", self), false;
}

static Value proxy_compare(VM *vm, Value self, Value other, CompareOp op)
{
    Value a = unwrap(vm, self), b = a ? unwrap(vm, other) : VALUE_EMPTY;
    return b ? object_compare(vm, a, b, op) : VALUE_EMPTY;
}

static Value proxy_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    Value a = unwrap(vm, l), b = a ? unwrap(vm, r) : VALUE_EMPTY;
    return b ? binary_op(vm, op, a, b) : VALUE_EMPTY;
}

static Value proxy_inplace(VM *vm, BinaryOp op, Value l, Value r)
{
    Value a = unwrap(vm, l), b = a ? unwrap(vm, r) : VALUE_EMPTY;
    return b ? inplace_op(vm, op, a, b) : VALUE_EMPTY;
}

static Value proxy_unary(VM *vm, UnaryOp op, Value v)
{
    Value o = live(vm, v);
    return o ? unary_op(vm, op, o) : VALUE_EMPTY;
}

static int proxy_truth(VM *vm, Value v)
{
    Value o = live(vm, v);
    return o ? object_truth(vm, o) : -1;
}

static int64_t proxy_len(VM *vm, Value v)
{
    Value o = live(vm, v);
    return o ? object_len(vm, o) : -1;
}

static Value proxy_getitem(VM *vm, Value self, Value key)
{
    Value o = live(vm, self);
    return o ? object_getitem(vm, o, key) : VALUE_EMPTY;
}

static bool proxy_setitem(VM *vm, Value self, Value key, Value value)
{
    Value o = live(vm, self);
    return o && (value ? object_setitem(vm, o, key, value) : object_delitem(vm, o, key));
}

static int proxy_contains(VM *vm, Value self, Value item)
{
    Value o = live(vm, self);
    return o ? object_contains(vm, o, item) : -1;
}

static Value proxy_iter(VM *vm, Value self)
{
    Value o = live(vm, self);
    return o ? object_iter(vm, o) : VALUE_EMPTY;
}

static Value proxy_next(VM *vm, Value self)
{
    Value o = live(vm, self);
    if (o && !is_iterator(vm, o))
        return raise_type(vm, "Weakref proxy referenced a non-iterator '%T' object", o);
    return o ? iter_next(vm, o) : VALUE_EMPTY;
}

static Value proxy_getattr(VM *vm, Value self, Str *name)
{
    Value o = live(vm, self);
    return o ? object_getattr(vm, o, name) : VALUE_EMPTY;
}

static bool proxy_setattr(VM *vm, Value self, Str *name, Value value)
{
    Value o = live(vm, self);
    return o && object_setattr(vm, o, name, value);
}

static Value proxy_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    Value o = live(vm, self);
    return o ? object_call(vm, o, args, nargs, kwnames) : VALUE_EMPTY;
}

static Value bytes_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value o = live(vm, args[0]);
    return o ? call1(vm, from_object(vm->types[KIND_BYTES]), o) : VALUE_EMPTY;
}

static Value reversed_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value o = live(vm, args[0]);
    return o ? reversed_new(vm, o) : VALUE_EMPTY;
}

static const NativeDef methods[] = {
    {"__bytes__(self, /)", bytes_method, NULL, NATIVE_RAW, 1, 1},
    {"__reversed__(self, /)", reversed_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

#define PROXY_OPS \
    .mark = proxy_mark, .repr = proxy_repr, .str = proxy_str, .hash = proxy_hash, .compare = proxy_compare, \
    .compare_mask = ALL_COMPARES, .binary = proxy_binary, .binary_mask = BIT(BINARY_COUNT) - 1, \
    .reflected_mask = BIT(BINARY_COUNT) - 1, .inplace = proxy_inplace, .inplace_mask = BIT(BINARY_DIVMOD) - 1, \
    .unary = proxy_unary, .unary_mask = BIT(UNARY_COUNT) - 1 - BIT(UNARY_COMPLEX), .truth = proxy_truth, .len = \
        proxy_len, \
    .getitem = proxy_getitem, .setitem = proxy_setitem, .contains = proxy_contains, .iter = proxy_iter, .next = \
        proxy_next, \
    .getattr = proxy_getattr, .setattr = proxy_setattr

static const TypeOps proxy_ops = {PROXY_OPS};
static const TypeOps callable_proxy_ops = {PROXY_OPS, .call = proxy_call};

const TypeDef weak_proxy_def = {
    .name = "weakref.ProxyType",
    .kind = KIND_OTHER,
    .size = sizeof(WeakRef),
    .ops = &proxy_ops,
    .methods = methods,
    .flags = TYPE_NO_NEW | TYPE_NO_DICT,
};

const TypeDef weak_callable_proxy_def = {
    .name = "weakref.CallableProxyType",
    .kind = KIND_OTHER,
    .size = sizeof(WeakRef),
    .ops = &callable_proxy_ops,
    .methods = methods,
    .flags = TYPE_NO_NEW | TYPE_NO_DICT,
};
