// SPDX-License-Identifier: MIT
//
// list[int] (types.GenericAlias, PEP 585) and int | str (types.UnionType, PEP 604).

#include "vm/core/native.h"
#include "vm/core/type.h"

static GenericAlias *as_alias(Value v) { return (GenericAlias *)as_object(v); }

static void alias_mark(Gc *gc, Object *o)
{
    GenericAlias *a = (GenericAlias *)o;
    gc_mark(gc, a->origin);
    gc_mark(gc, a->args);
    gc_mark(gc, a->parameters);
    gc_mark(gc, a->attributes);
}

// A type variable is recognised by its class name: typing is written in the language.
static bool is_type_variable(VM *vm, Value v)
{
    Str *n = type_of(vm, v)->name;
    return str_is(n, "TypeVar") || str_is(n, "ParamSpec") || str_is(n, "TypeVarTuple");
}

static bool add_once(VM *vm, List *into, Value v)
{
    for (int64_t i = 0; i < into->count; i++)
        if (into->items[i] == v)
            return true;
    return list_append(vm, into, v);
}

static Value collect_parameters(VM *vm, Value args)
{
    List *found = list_new(vm, 0);
    for (int64_t i = 0; found && i < as_tuple(args)->count; i++) {
        Value v = as_tuple(args)->items[i];
        if (is_type_variable(vm, v)) {
            if (!add_once(vm, found, v))
                return VALUE_EMPTY;
            continue;
        }
        if (is_type(v))
            continue;
        Value inner = object_getattr_opt(vm, v, NAME_OF(vm, __parameters__));
        if (!inner && vm->error)
            return VALUE_EMPTY;
        for (int64_t k = 0; inner && is_tuple(inner) && k < as_tuple(inner)->count; k++)
            if (!add_once(vm, found, as_tuple(inner)->items[k]))
                return VALUE_EMPTY;
    }
    return found ? tuple_from(vm, found->items, found->count) : VALUE_EMPTY;
}

static Value alias_new(VM *vm, Type *cls, Value origin, Value args)
{
    if (!is_tuple(args) && !(args = tuple_pack(vm, 1, args)))
        return VALUE_EMPTY;
    Value parameters = collect_parameters(vm, args);
    GenericAlias *a = parameters ? type_alloc(vm, cls, 0) : NULL;
    if (!a)
        return VALUE_EMPTY;
    a->origin = origin;
    a->args = args;
    a->parameters = parameters;
    gc_barrier(vm, a);
    return from_object(a);
}

Value generic_alias_new(VM *vm, Value origin, Value args)
{
    return alias_new(vm, vm->types[KIND_GENERIC_ALIAS], origin, args);
}

static Value alias_make(VM *vm, Value *a, int n) { return (void)n, alias_new(vm, as_type(a[0]), a[1], a[2]); }

// How a type argument is shown: classes by name, `...`, everything else by repr.
static bool add_item(VM *vm, StrBuilder *b, Value v)
{
    if (v == VALUE_ELLIPSIS)
        return builder_add_cstr(b, "...");
    if (is_none(v))
        return builder_add_cstr(b, "None");
    if (is_list(v)) {
        builder_add_char(b, '[');
        for (int64_t i = 0; i < as_list(v)->count; i++) {
            if (i)
                builder_add_cstr(b, ", ");
            if (!add_item(vm, b, as_list(v)->items[i]))
                return false;
        }
        return builder_add_char(b, ']');
    }
    if (is_type(v)) {
        if (as_type(v) == vm->types[KIND_NONE])
            return builder_add_cstr(b, "None");
        Str *name = type_full_name(vm, as_type(v));
        return name && builder_add_str(b, name);
    }
    return builder_add_repr(b, v);
}

static Value alias_repr(VM *vm, Value self)
{
    GenericAlias *a = as_alias(self);
    StrBuilder b;
    builder_init(&b, vm);
    if (a->unpacked)
        builder_add_char(&b, '*');
    if (!add_item(vm, &b, a->origin))
        return VALUE_EMPTY;
    builder_add_char(&b, '[');
    Tuple *args = as_tuple(a->args);
    for (int64_t i = 0; i < args->count; i++) {
        if (i)
            builder_add_cstr(&b, ", ");
        if (!add_item(vm, &b, args->items[i]))
            return VALUE_EMPTY;
    }
    if (!args->count)
        builder_add_cstr(&b, "()");
    builder_add_char(&b, ']');
    Str *s = builder_finish(&b);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value alias_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    Value o = object_call(vm, as_alias(self)->origin, args, nargs, kwnames);
    if (o && object_has_storage(o) && !object_setattr(vm, o, NAME_OF(vm, __orig_class__), self)) {
        if (!error_is(vm, EXC_AttributeError) && !error_is(vm, EXC_TypeError))
            return VALUE_EMPTY;
        error_clear(vm);
    }
    return o;
}

static Value substitute(VM *vm, Value v, Tuple *parameters, Tuple *values)
{
    for (int64_t i = 0; i < parameters->count && i < values->count; i++)
        if (parameters->items[i] == v)
            return values->items[i];
    if (has_kind(v, KIND_GENERIC_ALIAS) && as_tuple(as_alias(v)->parameters)->count) {
        Tuple *inner = as_tuple(as_alias(v)->args);
        Tuple *made = tuple_new(vm, inner->count);
        for (int64_t i = 0; made && i < inner->count; i++)
            if (!(made->items[i] = substitute(vm, inner->items[i], parameters, values)))
                return VALUE_EMPTY;
        return made ? generic_alias_new(vm, as_alias(v)->origin, from_object(made)) : VALUE_EMPTY;
    }
    return v;
}

static Value alias_getitem(VM *vm, Value self, Value key)
{
    GenericAlias *a = as_alias(self);
    Tuple *parameters = as_tuple(a->parameters);
    if (!is_tuple(key) && !(key = tuple_pack(vm, 1, key)))
        return VALUE_EMPTY;
    if (!parameters->count)
        return raise_type(vm, "%R is not a generic class", self);
    if (as_tuple(key)->count != parameters->count)
        return raise_type(vm, "Too %s arguments for %R; actual %d, expected %d",
                          as_tuple(key)->count > parameters->count ? "many" : "few", self, (int)as_tuple(key)->count,
                          (int)parameters->count);
    Tuple *made = tuple_new(vm, as_tuple(a->args)->count);
    for (int64_t i = 0; made && i < made->count; i++)
        if (!(made->items[i] = substitute(vm, as_tuple(a->args)->items[i], parameters, as_tuple(key))))
            return VALUE_EMPTY;
    return made ? generic_alias_new(vm, a->origin, from_object(made)) : VALUE_EMPTY;
}

static bool own_name(Str *name)
{
    static const char *const own[] = {
        "__origin__",  "__args__",      "__parameters__", "__mro_entries__",
        "__class__",   "__reduce_ex__", "__unpacked__",   "__typing_unpacked_tuple_args__",
        "__getitem__", "__call__",      "__or__",         "__ror__"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (str_is(name, own[i]))
            return true;
    return false;
}

static Value alias_getattr(VM *vm, Value self, Str *name)
{
    if (!own_name(name) && !(name->size > 4 && !strncmp(name->data, "__", 2) && !str_is(name, "__name__") &&
                             !str_is(name, "__qualname__") && !str_is(name, "__module__") && !str_is(name, "__doc__") &&
                             !str_is(name, "__dict__")))
        return object_getattr(vm, as_alias(self)->origin, name);
    Value a = type_lookup(vm, type_of(vm, self), name);
    return a ? descriptor_bind(vm, a, self, type_of(vm, self)) : object_getattr(vm, as_alias(self)->origin, name);
}

static Value alias_compare(VM *vm, Value a, Value b, CompareOp op)
{
    if (!has_kind(b, KIND_GENERIC_ALIAS) || (op != COMPARE_EQ && op != COMPARE_NE))
        return VALUE_NOT_IMPLEMENTED;
    int same = object_equal(vm, as_alias(a)->origin, as_alias(b)->origin);
    if (same == 1)
        same = object_equal(vm, as_alias(a)->args, as_alias(b)->args);
    return same < 0 ? VALUE_EMPTY : from_bool((same == 1) == (op == COMPARE_EQ));
}

static bool alias_hash(VM *vm, Value v, int64_t *out)
{
    int64_t origin, args;
    if (!object_hash(vm, as_alias(v)->origin, &origin) || !object_hash(vm, as_alias(v)->args, &args))
        return false;
    *out = origin ^ args;
    return true;
}

static Value alias_mro_entries(VM *vm, Value *a, int n) { return (void)n, tuple_pack(vm, 1, as_alias(a[0])->origin); }
static Value alias_check(VM *vm, Value *a, int n)
{
    (void)a, (void)n;
    return raise_type(vm, "isinstance() argument 2 cannot be a parameterized generic");
}
static Value a_origin(VM *vm, Value s) { return (void)vm, as_alias(s)->origin; }
static Value a_args(VM *vm, Value s) { return (void)vm, as_alias(s)->args; }
static Value a_parameters(VM *vm, Value s) { return (void)vm, as_alias(s)->parameters; }
static Value a_unpacked(VM *vm, Value s) { return (void)vm, from_bool(as_alias(s)->unpacked); }

static Value alias_iter(VM *vm, Value self)
{
    Value copy = generic_alias_new(vm, as_alias(self)->origin, as_alias(self)->args);
    if (!copy)
        return VALUE_EMPTY;
    as_alias(copy)->unpacked = true;
    Value t = tuple_pack(vm, 1, copy);
    return t ? object_iter(vm, t) : VALUE_EMPTY;
}

static Value alias_or(VM *vm, BinaryOp op, Value l, Value r)
{
    (void)op;
    bool ok = (is_type(l) || is_none(l) || has_kind(l, KIND_GENERIC_ALIAS) || has_kind(l, KIND_UNION)) &&
              (is_type(r) || is_none(r) || has_kind(r, KIND_GENERIC_ALIAS) || has_kind(r, KIND_UNION));
    return ok ? union_new(vm, l, r) : VALUE_NOT_IMPLEMENTED;
}

static const TypeOps alias_ops = {
    .mark = alias_mark,
    .repr = alias_repr,
    .call = alias_call,
    .getitem = alias_getitem,
    .getattr = alias_getattr,
    .compare = alias_compare,
    .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE),
    .hash = alias_hash,
    .iter = alias_iter,
    .binary = alias_or,
    .binary_mask = BIT(BINARY_OR),
    .reflected_mask = BIT(BINARY_OR),
};
static const NativeDef alias_methods[] = {
    {"__mro_entries__(self, bases, /)", alias_mro_entries, "The class to derive from.", 0, 0, 0},
    {"__instancecheck__(self, instance, /)", alias_check, "Not supported.", 0, 0, 0},
    {"__subclasscheck__(self, subclass, /)", alias_check, "Not supported.", 0, 0, 0},
    {0},
};
static const GetSetDef alias_getsets[] = {
    {"__origin__", a_origin, NULL, NULL}, {"__args__", a_args, NULL, NULL}, {"__parameters__", a_parameters, NULL, NULL},
    {"__unpacked__", a_unpacked, NULL, NULL}, {0},
};
const TypeDef generic_alias_def = {
    .name = "types.GenericAlias",
    .kind = KIND_GENERIC_ALIAS,
    .size = sizeof(GenericAlias),
    .ops = &alias_ops,
    .methods = alias_methods,
    .getsets = alias_getsets,
    .make = {"GenericAlias(cls, origin, args, /)", alias_make, NULL, 0, 0, 0},
    .flags = TYPE_BASE,
};

// ---------------------------------------------------------------- unions

static bool add_member(VM *vm, List *into, Value v)
{
    if (is_none(v))
        v = from_object(vm->types[KIND_NONE]);
    if (has_kind(v, KIND_UNION)) {
        Tuple *t = as_tuple(as_alias(v)->args);
        for (int64_t i = 0; i < t->count; i++)
            if (!add_member(vm, into, t->items[i]))
                return false;
        return true;
    }
    for (int64_t i = 0; i < into->count; i++) {
        int same = object_equal(vm, into->items[i], v);
        if (same)
            return same > 0;
    }
    return list_append(vm, into, v);
}

Value union_new(VM *vm, Value left, Value right)
{
    List *members = list_new(vm, 4);
    if (!members || !add_member(vm, members, left) || !add_member(vm, members, right))
        return VALUE_EMPTY;
    if (members->count == 1)
        return members->items[0];
    Value args = tuple_from(vm, members->items, members->count);
    Value parameters = args ? collect_parameters(vm, args) : VALUE_EMPTY;
    GenericAlias *u = parameters ? gc_new(vm, vm->types[KIND_UNION]->root, sizeof *u) : NULL;
    if (!u)
        return VALUE_EMPTY;
    u->args = args;
    u->parameters = parameters;
    return from_object(u);
}

static Value union_repr(VM *vm, Value self)
{
    Tuple *args = as_tuple(as_alias(self)->args);
    StrBuilder b;
    builder_init(&b, vm);
    for (int64_t i = 0; i < args->count; i++) {
        if (i)
            builder_add_cstr(&b, " | ");
        if (!add_item(vm, &b, args->items[i]))
            return VALUE_EMPTY;
    }
    Str *s = builder_finish(&b);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value union_compare(VM *vm, Value a, Value b, CompareOp op)
{
    if (!has_kind(b, KIND_UNION) || (op != COMPARE_EQ && op != COMPARE_NE))
        return VALUE_NOT_IMPLEMENTED;
    Set *x = set_new(vm, true), *y = set_new(vm, true);
    if (!x || !y || !set_update(vm, x, as_alias(a)->args) || !set_update(vm, y, as_alias(b)->args))
        return VALUE_EMPTY;
    int same = object_equal(vm, from_object(x), from_object(y));
    return same < 0 ? VALUE_EMPTY : from_bool((same == 1) == (op == COMPARE_EQ));
}

static bool union_hash(VM *vm, Value v, int64_t *out)
{
    Set *s = set_new(vm, true);
    return s && set_update(vm, s, as_alias(v)->args) && object_hash(vm, from_object(s), out);
}

static Value union_getitem(VM *vm, Value self, Value key)
{
    GenericAlias *a = as_alias(self);
    if (!is_tuple(key) && !(key = tuple_pack(vm, 1, key)))
        return VALUE_EMPTY;
    if (!as_tuple(a->parameters)->count)
        return raise_type(vm, "%R is not a generic class", self);
    Value r = VALUE_EMPTY;
    for (int64_t i = 0; i < as_tuple(a->args)->count; i++) {
        Value v = substitute(vm, as_tuple(a->args)->items[i], as_tuple(a->parameters), as_tuple(key));
        r = !v ? VALUE_EMPTY : r ? union_new(vm, r, v) : v;
        if (!r)
            return VALUE_EMPTY;
    }
    return r;
}

static const TypeOps union_ops = {
    .mark = alias_mark,
    .repr = union_repr,
    .compare = union_compare,
    .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE),
    .hash = union_hash,
    .getitem = union_getitem,
    .binary = alias_or,
    .binary_mask = BIT(BINARY_OR),
    .reflected_mask = BIT(BINARY_OR),
};
static Value union_check(VM *vm, Value *a, int n)
{
    (void)n;
    int r = object_isinstance(vm, a[1], as_alias(a[0])->args);
    return r < 0 ? VALUE_EMPTY : from_bool(r);
}
static Value union_subclass(VM *vm, Value *a, int n)
{
    (void)n;
    int r = object_issubclass(vm, a[1], as_alias(a[0])->args);
    return r < 0 ? VALUE_EMPTY : from_bool(r);
}
static const NativeDef union_methods[] = {
    {"__instancecheck__(self, instance, /)", union_check, "isinstance() of any member.", 0, 0, 0},
    {"__subclasscheck__(self, subclass, /)", union_subclass, "issubclass() of any member.", 0, 0, 0},
    {0},
};
static const GetSetDef union_getsets[] = {
    {"__args__", a_args, NULL, NULL}, {"__parameters__", a_parameters, NULL, NULL}, {0}};
const TypeDef union_def = {.name = "types.UnionType",
                           .kind = KIND_UNION,
                           .size = sizeof(GenericAlias),
                           .ops = &union_ops,
                           .methods = union_methods,
                           .getsets = union_getsets};
