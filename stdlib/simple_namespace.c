// SPDX-License-Identifier: MIT
//
// types.SimpleNamespace: an object that is nothing but its attributes. It lives beside sys because sys.implementation
// is one; the types module finds the class there.

#include "simple_namespace.h"

#include "vm/core/type.h"

typedef struct Namespace {
    Object base;
    Value attributes; // last word: see TYPE_EXTRA
} Namespace;

static void namespace_mark(Gc *gc, Object *o) { gc_mark(gc, ((Namespace *)o)->attributes); }

Value simple_namespace_new(VM *vm, Dict *d)
{
    if (!type_of_def(vm, &simple_namespace_def) && !type_register(vm, &simple_namespace_def, NULL))
        return VALUE_EMPTY;
    Namespace *n = type_new_of(vm, &simple_namespace_def);
    if (n)
        n->attributes = from_object(d);
    return from_object(n);
}

static bool check_keys(VM *vm, Dict *d)
{
    uint32_t position = 0;
    Value key, value;
    while (dict_next(d, &position, &key, &value))
        if (!is_str(key))
            return raise_type(vm, "keywords must be strings"), false;
    return true;
}

static bool fill(VM *vm, Value self, Value mapping, Value kwargs)
{
    Dict *d = object_dict(vm, self);
    if (!d)
        return false;
    if (mapping != VALUE_EMPTY && !is_none(mapping)) {
        Dict *more = dict_new(vm, 0);
        if (!more || !dict_update(vm, more, mapping) || !check_keys(vm, more) || !dict_merge(vm, d, more))
            return false;
    }
    return kwargs == VALUE_EMPTY || dict_merge(vm, d, as_dict(kwargs));
}

// From (mapping or nothing) and keywords. args: self, the tuple, the dict.
static bool fill_from_call(VM *vm, Value self, const Value *args)
{
    Tuple *given = as_tuple(args[1]);
    if (given->count > 1)
        return raise_type(vm, "no positional arguments expected"), false;
    return fill(vm, self, given->count ? given->items[0] : VALUE_EMPTY, args[2]);
}

static Value namespace_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Namespace *n = type_alloc(vm, as_type(args[0]), 0);
    return n && fill_from_call(vm, from_object(n), args) ? from_object(n) : VALUE_EMPTY;
}

static Value namespace_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return fill_from_call(vm, args[0], args) ? VALUE_NONE : VALUE_EMPTY;
}

static Value namespace_repr(VM *vm, Value self)
{
    Type *t = type_of(vm, self);
    const char *name = t->flags & TYPE_HEAP ? t->name->data : "namespace";
    int entered = repr_enter(vm, self);
    if (entered)
        return entered < 0 ? VALUE_EMPTY : from_object(str_format(vm, "%s(...)", name));
    StrBuilder b;
    builder_init(&b, vm);
    builder_add_cstr(&b, name);
    builder_add_char(&b, '(');
    Dict *d = object_dict(vm, self);
    Value key, value;
    bool first = true;
    for (uint32_t position = 0; d && dict_next(d, &position, &key, &value); first = false) {
        if (!is_str(key))
            continue;
        builder_add_cstr(&b, first ? "" : ", ");
        builder_add_str(&b, as_str(key));
        builder_add_char(&b, '=');
        if (!builder_add_repr(&b, value))
            break;
    }
    repr_leave(vm, self);
    builder_add_char(&b, ')');
    return vm->error ? VALUE_EMPTY : from_object(builder_finish(&b));
}

static Value namespace_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if (!is_instance(vm, other, type_of_def(vm, &simple_namespace_def)))
        return VALUE_NOT_IMPLEMENTED;
    Dict *a = object_dict(vm, self), *b = object_dict(vm, other);
    return a && b ? object_compare(vm, from_object(a), from_object(b), op) : VALUE_EMPTY;
}

static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Dict *d = object_dict(vm, args[0]);
    return d ? tuple_pack(vm, 3, from_object(type_of(vm, args[0])), vm->empty_tuple, from_object(d)) : VALUE_EMPTY;
}

static Value replace_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value copy = call0(vm, from_object(type_of(vm, args[0])));
    Dict *d = copy ? object_dict(vm, args[0]) : NULL;
    return d && fill(vm, copy, from_object(d), args[1]) ? copy : VALUE_EMPTY;
}

static Value get_dict(VM *vm, Value self) { return from_object(object_dict(vm, self)); }

static const NativeDef methods[] = {
    {"__init__(self, /, *args, **kwargs)", namespace_init, NULL, 0, 0, 0},
    {"__reduce__(self, /)", reduce_method, "Return state information for pickling", NATIVE_RAW, 1, 1},
    {"__replace__(self, /, **changes)", replace_method,
     "Return a copy of the namespace object with new values for the specified "
     "attributes.", 0, 0, 0},
    {0},
};

static const GetSetDef getsets[] = {{"__dict__", get_dict, NULL, NULL}, {0}};

static const TypeOps ops = {
    .mark = namespace_mark,
    .repr = namespace_repr,
    .compare = namespace_compare,
    .compare_mask = ALL_COMPARES,
};

const TypeDef simple_namespace_def = {
    .name = "types.SimpleNamespace",
    .kind = KIND_OTHER,
    .size = sizeof(Namespace),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"SimpleNamespace(cls, /, *args, **kwargs)", namespace_make, NULL, 0, 0, 0},
    .doc = "A simple attribute-based namespace.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};
