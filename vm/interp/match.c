// SPDX-License-Identifier: MIT
//
// Structural pattern matching (PEP 634): the tests behind the MATCH_ operations.

#include "cache.h"

#include "vm/core/native.h"
#include "vm/core/type.h"

// Which classes count as sequences or mappings: a flag of native types, and what collections.abc registers
// (it sets the attribute __abc_tpflags__ on the class: 32 sequence, 64 mapping, as CPython's bits).
static int has_abc_flag(VM *vm, Value v, uint32_t native_flag, int64_t bit)
{
    Type *t = type_of(vm, v);
    if (t->flags & native_flag)
        return 1;
    if (!(t->flags & TYPE_HEAP))
        return 0;
    Str *name = str_intern_text(vm, "__abc_tpflags__", 15);
    if (!name)
        return -1;
    Value flags = type_lookup(vm, t, name);
    return flags && is_small(flags) && as_small(flags) & bit;
}

int match_sequence(VM *vm, Value v)
{
    if (is_str(v) || is_bytes(v) || has_kind(v, KIND_BYTEARRAY))
        return 0;
    return has_abc_flag(vm, v, TYPE_SEQUENCE, 32);
}

int match_mapping(VM *vm, Value v) { return has_abc_flag(vm, v, TYPE_MAPPING, 64); }

Value match_keys(VM *vm, Value mapping, Value keys)
{
    Tuple *k = as_tuple(keys);
    Tuple *values = tuple_new(vm, k->count);
    Set *seen = set_new(vm, false);
    if (!values || !seen)
        return VALUE_EMPTY;
    Instance *sentinel = instance_new(vm, vm->types[KIND_OBJECT]);
    if (!sentinel)
        return VALUE_EMPTY;
    for (int64_t i = 0; i < k->count; i++) {
        int again = set_contains(vm, seen, k->items[i]);
        if (again < 0)
            return VALUE_EMPTY;
        if (again)
            return raise_value(vm, "mapping pattern checks duplicate key (%R)", k->items[i]);
        if (!set_add(vm, seen, k->items[i]))
            return VALUE_EMPTY;
        Value args[2] = {k->items[i], from_object(sentinel)};
        Value v = call_method(vm, mapping, NAME_OF(vm, get), args, 2);
        if (!v)
            return VALUE_EMPTY;
        if (v == args[1])
            return VALUE_NONE;
        values->items[i] = v;
    }
    return from_object(values);
}

Value match_rest(VM *vm, Value mapping, Value keys)
{
    Dict *d = dict_new(vm, 4);
    if (!d || !dict_update(vm, d, mapping))
        return VALUE_EMPTY;
    for (int64_t i = 0; i < as_tuple(keys)->count; i++)
        if (dict_delete(vm, d, as_tuple(keys)->items[i], NULL) < 0)
            return VALUE_EMPTY;
    return from_object(d);
}

// One attribute of the subject into `out`: 1 there, 0 absent, -1 error or duplicate.
static int take_attribute(VM *vm, Value subject, Type *cls, Value name, Set *seen, List *out)
{
    int again = set_contains(vm, seen, name);
    if (again)
        return again < 0 ? -1
                         : (raise_type(vm, "%U() got multiple sub-patterns for attribute %R", cls->name, name), -1);
    if (!set_add(vm, seen, name))
        return -1;
    Str *key = str_intern(vm, as_str(name));
    Value v = key ? object_getattr_opt(vm, subject, key) : VALUE_EMPTY;
    if (!v)
        return vm->error ? -1 : 0;
    return list_append(vm, out, v) ? 1 : -1;
}

// Built-in types whose single positional pattern is the subject itself.
static bool matches_self(Type *t)
{
    for (; t; t = t->best_base)
        switch (t->kind) {
        case KIND_BOOL:
        case KIND_INT:
        case KIND_FLOAT:
        case KIND_STR:
        case KIND_BYTES:
        case KIND_BYTEARRAY:
        case KIND_LIST:
        case KIND_TUPLE:
        case KIND_DICT: case KIND_SET: case KIND_FROZENSET: return true;
        default: break;
        }
    return false;
}

static int take_positional(VM *vm, Value subject, Type *cls, int count, Set *seen, List *out)
{
    Value names = object_getattr_opt(vm, from_object(cls), NAME_OF(vm, __match_args__));
    if (!names && vm->error)
        return -1;
    if (names && !is_tuple(names))
        return (raise_type(vm, "%U.__match_args__ must be a tuple (got %T)", cls->name, names), -1);
    bool self = !names && matches_self(cls);
    int allowed = names ? (int)as_tuple(names)->count : self;
    if (allowed < count) {
        raise_type(vm, "%U() accepts %d positional sub-pattern%s (%d given)", cls->name, allowed,
                   allowed == 1 ? "" : "s", count);
        return -1;
    }
    if (self)
        return list_append(vm, out, subject) ? 1 : -1;
    for (int i = 0; i < count; i++) {
        Value name = as_tuple(names)->items[i];
        if (!is_str(name))
            return (raise_type(vm, "__match_args__ elements must be strings (got %T)", name), -1);
        int r = take_attribute(vm, subject, cls, name, seen, out);
        if (r <= 0)
            return r;
    }
    return 1;
}

Value match_class(VM *vm, Value subject, Value cls, int count, Value names)
{
    if (!is_type(cls))
        return raise_type(vm, "called match pattern must be a type");
    int r = object_isinstance(vm, subject, cls);
    if (r <= 0)
        return r < 0 ? VALUE_EMPTY : VALUE_NONE;
    List *out = list_new(vm, 4);
    Set *seen = set_new(vm, false);
    if (!out || !seen)
        return VALUE_EMPTY;
    if (count && (r = take_positional(vm, subject, as_type(cls), count, seen, out)) <= 0)
        return r < 0 ? VALUE_EMPTY : VALUE_NONE;
    for (int64_t i = 0; i < as_tuple(names)->count; i++)
        if ((r = take_attribute(vm, subject, as_type(cls), as_tuple(names)->items[i], seen, out)) <= 0)
            return r < 0 ? VALUE_EMPTY : VALUE_NONE;
    return tuple_from(vm, out->items, out->count);
}
