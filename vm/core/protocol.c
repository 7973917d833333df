// SPDX-License-Identifier: MIT
//
// The object protocol: repr, str, hash, comparison, truth, length, items, iteration, membership, isinstance.
//
// Every operation has the same three steps: a definition by a script (Type.overrides), the native table (TypeOps), the
// default or CPython's TypeError.

#include "native.h"
#include "type.h"
#include "vm/types/container.h"

// ---------------------------------------------------------------- special methods

Value call_special(VM *vm, Value v, SpecialId id, const Value *args, int nargs)
{
    Type *t = type_of(vm, v);
    Value f = type_special(vm, t, id);
    if (!f)
        return VALUE_EMPTY;
    if (likely(is_function(f) || has_kind(f, KIND_NATIVE_METHOD) || has_kind(f, KIND_SLOT_WRAPPER))) {
        Value buffer[5];
        buffer[0] = v;
        for (int i = 0; i < nargs; i++)
            buffer[i + 1] = args[i];
        return object_call(vm, f, buffer, nargs + 1, NULL);
    }
    f = descriptor_bind(vm, f, v, t);
    return f ? object_call(vm, f, args, nargs, NULL) : VALUE_EMPTY;
}

static Value special0(VM *vm, Value v, SpecialId id) { return call_special(vm, v, id, NULL, 0); }
static Value special1(VM *vm, Value v, SpecialId id, Value a) { return call_special(vm, v, id, &a, 1); }

// ---------------------------------------------------------------- text

Str *type_full_name(VM *vm, Type *type)
{
    Value m = type_own(vm, type, NAME_OF(vm, __module__));
    if (!m || !is_str(m) || str_is(as_str(m), "builtins"))
        return type->qualname;
    return str_format(vm, "%U.%U", as_str(m), type->qualname);
}

static Str *default_repr(VM *vm, Value v)
{
    Str *name = type_full_name(vm, type_of(vm, v));
    return name ? str_format(vm, "<%U object at 0x%zx>", name, (size_t)v) : NULL;
}

static Str *checked_str(VM *vm, Value s, const char *method)
{
    if (!s)
        return NULL;
    if (is_str(s))
        return as_str(s);
    raise_type(vm, "%s returned non-string (type %T)", method, s);
    return NULL;
}

Str *object_repr(VM *vm, Value v)
{
    Type *t = type_of(vm, v);
    if (!vm_enter(vm, " while getting the repr of an object"))
        return NULL;
    Str *s;
    if (type_overrides(t, SPECIAL___repr__))
        s = checked_str(vm, special0(vm, v, SPECIAL___repr__), "__repr__");
    else if (t->ops->repr)
        s = checked_str(vm, t->ops->repr(vm, v), "__repr__");
    else
        s = default_repr(vm, v);
    vm_leave(vm);
    return s;
}

Str *object_str(VM *vm, Value v)
{
    if (is_small(v))
        return int_to_str(vm, v, 10);
    Type *t = type_of(vm, v);
    if (has_kind(v, KIND_STR) && !type_overrides(t, SPECIAL___str__)) {
        if (is_exact(vm, v, KIND_STR))
            return as_str(v);
        return str_new(vm, as_str(v)->data, as_str(v)->size);
    }
    if (!vm_enter(vm, " while getting the str of an object"))
        return NULL;
    Str *s;
    if (type_overrides(t, SPECIAL___str__))
        s = checked_str(vm, special0(vm, v, SPECIAL___str__), "__str__");
    else if (t->ops->str)
        s = checked_str(vm, t->ops->str(vm, v), "__str__");
    else
        s = object_repr(vm, v);
    vm_leave(vm);
    return s;
}

Str *object_ascii(VM *vm, Value v)
{
    Str *s = object_repr(vm, v);
    if (!s || str_is_ascii(s))
        return s;
    Value b = str_encode(vm, s, "ascii", "backslashreplace");
    return b ? str_new(vm, as_bytes(b)->data, as_bytes(b)->size) : NULL;
}

Value object_format(VM *vm, Value v, Str *spec)
{
    Type *t = type_of(vm, v);
    if (type_overrides(t, SPECIAL___format__)) {
        Value s = special1(vm, v, SPECIAL___format__, from_object(spec));
        if (s && !is_str(s))
            return raise_type(vm, "__format__ must return a str, not %T", s);
        return s;
    }
    if (t->ops->format)
        return t->ops->format(vm, v, spec);
    if (spec->size)
        return raise_type(vm, "unsupported format string passed to %N.__format__", t);
    Str *s = object_str(vm, v);
    return s ? from_object(s) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- hash

static bool identity_hash(Value v, int64_t *out)
{
    *out = (int64_t)(v >> 4 | v << 60);
    return true;
}

bool object_hash(VM *vm, Value v, int64_t *out)
{
    Type *t = type_of(vm, v);
    if (unlikely(type_overrides(t, SPECIAL___hash__))) {
        Value f = type_special(vm, t, SPECIAL___hash__);
        if (!f || is_none(f))
            return (raise_type(vm, "unhashable type: '%T'", v), false);
        Value h = special0(vm, v, SPECIAL___hash__);
        if (!h)
            return false;
        if (!is_int_like(h))
            return (raise_type(vm, "__hash__ method should return an integer"), false);
        if (!int_fits_i64(h, out))
            *out = int_hash(h);
        if (*out == -1)
            *out = -2;
        return true;
    }
    if (t->ops->hash)
        return t->ops->hash(vm, v, out);
    if (t->native_base->compare_no_hash)
        return (raise_type(vm, "unhashable type: '%T'", v), false);
    return identity_hash(v, out);
}

// ---------------------------------------------------------------- comparison

static const SpecialId compare_special[] = {SPECIAL___lt__, SPECIAL___le__, SPECIAL___eq__,
                                            SPECIAL___ne__, SPECIAL___gt__, SPECIAL___ge__};
static const CompareOp swapped[] = {COMPARE_GT, COMPARE_GE, COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE};
static const char *const compare_text[] = {"<", "<=", "==", "!=", ">", ">="};

// One side's opinion, VALUE_NOT_IMPLEMENTED when it has none.
static Value compare_one(VM *vm, Value a, Value b, CompareOp op)
{
    Type *t = type_of(vm, a);
    if (type_overrides(t, compare_special[op])) {
        Value f = type_special(vm, t, compare_special[op]);
        return !f || is_none(f) ? VALUE_NOT_IMPLEMENTED : special1(vm, a, compare_special[op], b);
    }
    if (op == COMPARE_NE && type_overrides(t, SPECIAL___eq__)) { // default __ne__: not __eq__
        Value r = compare_one(vm, a, b, COMPARE_EQ);
        if (!r || r == VALUE_NOT_IMPLEMENTED)
            return r;
        int truth = object_truth(vm, r);
        return truth < 0 ? VALUE_EMPTY : from_bool(!truth);
    }
    return t->ops->compare ? t->ops->compare(vm, a, b, op) : VALUE_NOT_IMPLEMENTED;
}

static Value compare_slow(VM *vm, Value a, Value b, CompareOp op)
{
    Type *ta = type_of(vm, a), *tb = type_of(vm, b);
    bool reflected_first = ta != tb && type_is_subtype(tb, ta);
    Value r;
    if (reflected_first) {
        r = compare_one(vm, b, a, swapped[op]);
        if (r != VALUE_NOT_IMPLEMENTED)
            return r;
    }
    r = compare_one(vm, a, b, op);
    if (r != VALUE_NOT_IMPLEMENTED)
        return r;
    if (!reflected_first) {
        r = compare_one(vm, b, a, swapped[op]);
        if (r != VALUE_NOT_IMPLEMENTED)
            return r;
    }
    if (op == COMPARE_EQ)
        return from_bool(a == b);
    if (op == COMPARE_NE)
        return from_bool(a != b);
    return raise_type(vm, "'%s' not supported between instances of '%T' and '%T'", compare_text[op], a, b);
}

Value object_compare(VM *vm, Value a, Value b, CompareOp op)
{
    if (!vm_enter(vm, " in comparison"))
        return VALUE_EMPTY;
    Value r = compare_slow(vm, a, b, op);
    vm_leave(vm);
    return r;
}

int object_compare_bool(VM *vm, Value a, Value b, CompareOp op)
{
    Value r = object_compare(vm, a, b, op);
    return r ? object_truth(vm, r) : -1;
}

int object_equal(VM *vm, Value a, Value b)
{
    if (a == b)
        return 1;
    if (both_small(a, b))
        return 0;
    if (is_str(a) && is_str(b) && !type_overrides(type_of(vm, a), SPECIAL___eq__) &&
        !type_overrides(type_of(vm, b), SPECIAL___eq__))
        return str_equal_paid(vm, as_str(a), as_str(b));
    return object_compare_bool(vm, a, b, COMPARE_EQ);
}

// ---------------------------------------------------------------- truth, length

static int64_t checked_length(VM *vm, Value n)
{
    int64_t i;
    if (!n)
        return -1;
    if (!object_index_i64(vm, n, &i)) {
        if (error_is(vm, EXC_IndexError)) {
            error_clear(vm);
            raise_overflow(vm, "cannot fit '%T' into an index-sized integer", n);
        }
        return -1;
    }
    if (i < 0)
        return (raise_value(vm, "__len__() should return >= 0"), -1);
    return i;
}

int object_truth(VM *vm, Value v)
{
    if (is_bool(v))
        return v == VALUE_TRUE;
    if (is_none(v))
        return 0;
    if (is_small(v))
        return v != INT_ZERO;
    Type *t = type_of(vm, v);
    if (type_overrides(t, SPECIAL___bool__)) {
        Value r = special0(vm, v, SPECIAL___bool__);
        if (r && !is_bool(r))
            return (raise_type(vm, "__bool__ should return bool, returned %T", r), -1);
        return r ? r == VALUE_TRUE : -1;
    }
    if (t->ops->truth)
        return t->ops->truth(vm, v);
    if (type_overrides(t, SPECIAL___len__)) {
        int64_t n = checked_length(vm, special0(vm, v, SPECIAL___len__));
        return n < 0 ? -1 : n > 0;
    }
    if (t->ops->len) {
        int64_t n = t->ops->len(vm, v);
        return n < 0 ? -1 : n > 0;
    }
    return 1;
}

int64_t object_len(VM *vm, Value v)
{
    Type *t = type_of(vm, v);
    if (type_overrides(t, SPECIAL___len__))
        return checked_length(vm, special0(vm, v, SPECIAL___len__));
    if (t->ops->len)
        return t->ops->len(vm, v);
    raise_type(vm, "object of type '%T' has no len()", v);
    return -1;
}

int64_t object_length_hint(VM *vm, Value v, int64_t fallback)
{
    Type *t = type_of(vm, v);
    if (type_overrides(t, SPECIAL___len__) || t->ops->len) {
        int64_t n = object_len(vm, v);
        if (n >= 0 || !error_is(vm, EXC_TypeError))
            return n;
        error_clear(vm);
    }
    Value r = special0(vm, v, SPECIAL___length_hint__);
    if (!r) {
        if (vm->error && !error_is(vm, EXC_TypeError))
            return -1;
        error_clear(vm);
        return fallback;
    }
    if (r == VALUE_NOT_IMPLEMENTED)
        return fallback;
    if (!is_int_like(r))
        return (raise_type(vm, "__length_hint__ must be an integer, not %T", r), -1);
    int64_t n;
    if (!int_to_i64(vm, r, &n))
        return -1;
    return n < 0 ? (raise_value(vm, "__length_hint__() should return >= 0"), -1) : n;
}

// ---------------------------------------------------------------- items

Value object_getitem(VM *vm, Value o, Value key)
{
    Type *t = type_of(vm, o);
    if (type_overrides(t, SPECIAL___getitem__)) {
        return special1(vm, o, SPECIAL___getitem__, key);
    }
    if (t->ops->getitem)
        return t->ops->getitem(vm, o, key);
    if (is_type(o)) {
        Value f = type_lookup(vm, as_type(o), NAME_OF(vm, __class_getitem__));
        if (f && (f = descriptor_bind(vm, f, VALUE_EMPTY, as_type(o))))
            return call1(vm, f, key);
        if (!vm->error && o == from_object(vm->types[KIND_TYPE]))
            return generic_alias_new(vm, o, key);
        return vm->error ? VALUE_EMPTY : raise_type(vm, "type '%U' is not subscriptable", as_type(o)->name);
    }
    return raise_type(vm, "'%T' object is not subscriptable", o);
}

bool object_setitem(VM *vm, Value o, Value key, Value value)
{
    Type *t = type_of(vm, o);
    if (type_overrides(t, SPECIAL___setitem__)) {
        Value args[2] = {key, value};
        return call_special(vm, o, SPECIAL___setitem__, args, 2) != VALUE_EMPTY;
    }
    if (t->ops->setitem)
        return t->ops->setitem(vm, o, key, value);
    return (raise_type(vm, "'%T' object does not support item assignment", o), false);
}

bool object_delitem(VM *vm, Value o, Value key)
{
    Type *t = type_of(vm, o);
    if (type_overrides(t, SPECIAL___delitem__))
        return special1(vm, o, SPECIAL___delitem__, key) != VALUE_EMPTY;
    if (t->ops->setitem)
        return t->ops->setitem(vm, o, key, VALUE_EMPTY);
    // CPython words it by the protocol that is there: sequences and views "doesn't", everything else "does not".
    return (raise_type(vm,
                       (t->ops->len || t->flags & TYPE_HEAP) && has_index(vm, key)
                           ? "'%T' object doesn't support item deletion"
                           : "'%T' object does not support item deletion",
                       o),
            false);
}

// ---------------------------------------------------------------- iteration

Value sequence_iterator_new(VM *vm, Value sequence);

bool is_iterator(VM *vm, Value v)
{
    Type *t = type_of(vm, v);
    if (type_overrides(t, SPECIAL___next__))
        return !is_none(type_special(vm, t, SPECIAL___next__));
    return t->ops->next != NULL;
}

Value object_iter(VM *vm, Value o)
{
    Type *t = type_of(vm, o);
    Value it;
    if (type_overrides(t, SPECIAL___iter__)) {
        Value f = type_special(vm, t, SPECIAL___iter__);
        if (!f || is_none(f))
            return raise_type(vm, "'%T' object is not iterable", o);
        it = special0(vm, o, SPECIAL___iter__);
        if (it && !is_iterator(vm, it))
            return raise_type(vm, "iter() returned non-iterator of type '%T'", it);
        return it;
    }
    if (t->ops->iter)
        return t->ops->iter(vm, o);
    if (t->ops->next)
        return o;
    if (type_overrides(t, SPECIAL___getitem__) || (t->ops->getitem && t->flags & TYPE_SEQUENCE))
        return sequence_iterator_new(vm, o);
    return raise_type(vm, "'%T' object is not iterable", o);
}

Value iter_next(VM *vm, Value it)
{
    Type *t = type_of(vm, it);
    if (type_overrides(t, SPECIAL___next__)) {
        Value v = special0(vm, it, SPECIAL___next__);
        if (!v && error_is(vm, EXC_StopIteration))
            error_clear(vm);
        return v;
    }
    if (likely(t->ops->next)) {
        Value v = t->ops->next(vm, it);
        if (!v && unlikely(vm->error) && error_is(vm, EXC_StopIteration))
            error_clear(vm);
        return v;
    }
    return raise_type(vm, "'%T' object is not an iterator", it);
}

static int contains_by_iteration(VM *vm, Value o, Value item)
{
    Value it = object_iter(vm, o);
    if (!it) {
        if (error_is(vm, EXC_TypeError)) {
            error_clear(vm);
            raise_type(vm, "argument of type '%T' is not iterable", o);
        }
        return -1;
    }
    Value v;
    while ((v = iter_next(vm, it))) {
        int equal = object_equal(vm, v, item);
        if (equal || !vm_tick(vm))
            return vm->error ? -1 : equal;
    }
    return vm->error ? -1 : 0;
}

int object_contains(VM *vm, Value o, Value item)
{
    Type *t = type_of(vm, o);
    if (type_overrides(t, SPECIAL___contains__)) {
        if (is_none(type_special(vm, t, SPECIAL___contains__)))
            return (raise_type(vm, "'%T' object is not a container", o), -1);
        Value r = special1(vm, o, SPECIAL___contains__, item);
        return r ? object_truth(vm, r) : -1;
    }
    if (t->ops->contains && !type_overrides(t, SPECIAL___iter__))
        return t->ops->contains(vm, o, item);
    return contains_by_iteration(vm, o, item);
}

Value sequence_fast(VM *vm, Value iterable, const char *message)
{
    if (is_exact(vm, iterable, KIND_LIST) || is_exact(vm, iterable, KIND_TUPLE))
        return iterable;
    Value it = object_iter(vm, iterable);
    if (!it) {
        if (message && error_is(vm, EXC_TypeError)) {
            error_clear(vm);
            raise_type(vm, "%s", message);
        }
        return VALUE_EMPTY;
    }
    List *list = list_new(vm, 0);
    return list && list_extend(vm, list, it) ? from_object(list) : VALUE_EMPTY;
}

int64_t sequence_fast_count(Value s) { return is_list(s) ? as_list(s)->count : as_tuple(s)->count; }
Value *sequence_fast_items(Value s) { return is_list(s) ? as_list(s)->items : as_tuple(s)->items; }

// ---------------------------------------------------------------- isinstance

static int check_hook(VM *vm, Value cls, SpecialId id, Value arg, bool *done)
{
    Type *meta = type_of(vm, cls);
    *done = true;
    if (type_overrides(meta, id)) {
        if (!vm_enter(vm, " in __instancecheck__"))
            return -1;
        Value r = special1(vm, cls, id, arg);
        vm_leave(vm);
        return r ? object_truth(vm, r) : -1;
    }
    *done = false;
    return 0;
}

// For isinstance(x, (A, B)), int | str, and hooks. `direct` does the plain test.
static int check_classes(VM *vm, Value v, Value cls, SpecialId id, int (*direct)(VM *, Value, Value))
{
    if (is_tuple(cls) || has_kind(cls, KIND_UNION)) {
        Value items = is_tuple(cls) ? cls : ((GenericAlias *)as_object(cls))->args;
        if (!vm_enter(vm, " in __instancecheck__"))
            return -1;
        int r = 0;
        for (int64_t i = 0; r == 0 && i < as_tuple(items)->count; i++) {
            Value item = as_tuple(items)->items[i];
            r = check_classes(vm, v, is_none(item) ? from_object(vm->types[KIND_NONE]) : item, id, direct);
        }
        vm_leave(vm);
        return r;
    }
    bool done;
    int r = check_hook(vm, cls, id, v, &done);
    return done ? r : direct(vm, v, cls);
}

static int instance_direct(VM *vm, Value v, Value cls)
{
    if (!is_type(cls)) {
        if (has_kind(cls, KIND_GENERIC_ALIAS))
            return (raise_type(vm, "isinstance() argument 2 cannot be a parameterized generic"), -1);
        return (raise_type(vm, "isinstance() arg 2 must be a type, a tuple of types, or a union"), -1);
    }
    Type *t = type_of(vm, v);
    if (type_is_subtype(t, as_type(cls)))
        return 1;
    if (!(t->flags & TYPE_HEAP) && !t->ops->getattr)
        return 0;
    Value shown = object_getattr_opt(vm, v, NAME_OF(vm, __class__)); // a __class__ property counts too
    if (!shown)
        return vm->error ? -1 : 0;
    return is_type(shown) && as_type(shown) != t && type_is_subtype(as_type(shown), as_type(cls));
}

int object_isinstance(VM *vm, Value v, Value cls)
{
    if (is_type(cls) && from_object(type_of(vm, v)) == cls)
        return 1;
    return check_classes(vm, v, cls, SPECIAL___instancecheck__, instance_direct);
}

// 1, 0 or -1 (error): whether `cls` is reached from `v` by the tuples its __bases__ attribute shows.
int type_shown_subclass(VM *vm, Value v, Value cls)
{
    if (v == cls)
        return 1;
    Value bases = object_getattr_opt(vm, v, NAME_OF(vm, __bases__));
    if (!bases || !is_tuple(bases))
        return vm->error ? -1 : (raise_type(vm, "issubclass() arg 1 must be a class"), -1);
    int found = 0;
    for (int64_t i = 0; i < as_tuple(bases)->count && !found; i++) {
        Value b = as_tuple(bases)->items[i];
        found =
            is_type(b) && is_type(cls) ? type_is_subtype(as_type(b), as_type(cls)) : type_shown_subclass(vm, b, cls);
    }
    return found;
}

static int subclass_direct(VM *vm, Value c, Value cls)
{
    if (has_kind(cls, KIND_GENERIC_ALIAS))
        return (raise_type(vm, "issubclass() argument 2 cannot be a parameterized generic"), -1);
    if (!is_type(c))
        return type_shown_subclass(vm, c, cls);
    if (!is_type(cls))
        return (raise_type(vm, "issubclass() arg 2 must be a class, a tuple of classes, or a union"), -1);
    return type_is_subtype(as_type(c), as_type(cls));
}

int object_issubclass(VM *vm, Value c, Value cls)
{
    return check_classes(vm, c, cls, SPECIAL___subclasscheck__, subclass_direct);
}
