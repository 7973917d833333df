// SPDX-License-Identifier: MIT
//
// The module _collections: defaultdict, the counting loop of Counter, the field getter of namedtuple; deque and
// OrderedDict come from their own files. collections (in the language) builds on it.

#include "_collections.h"
#include "vm/types/container.h"
#include "vm/types/iterators.h"

// ---- defaultdict

typedef struct DefaultDict {
    Dict dict;
    Value factory; // VALUE_EMPTY: None
    Value attributes;
} DefaultDict;

static const TypeDef default_dict_def;

static DefaultDict *as_default(Value v) { return (DefaultDict *)as_object(v); }

static void default_mark(Gc *gc, Object *o)
{
    dict_mark(gc, o);
    gc_mark(gc, ((DefaultDict *)o)->factory);
    gc_mark(gc, ((DefaultDict *)o)->attributes);
}

static Value factory_of(Value self)
{
    Value factory = as_default(self)->factory;
    return factory == VALUE_EMPTY ? VALUE_NONE : factory;
}

static Value make_missing(VM *vm, Value self, Value key)
{
    if (is_none(factory_of(self)))
        return raise_key(vm, key);
    Value value = call0(vm, as_default(self)->factory);
    return value != VALUE_EMPTY && object_setitem(vm, self, key, value) ? value : VALUE_EMPTY;
}

static Value default_missing(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return make_missing(vm, args[0], args[1]);
}

static Value default_getitem(VM *vm, Value self, Value key)
{
    Value value = dict_get(vm, as_dict(self), key);
    if (likely(value != VALUE_EMPTY) || vm->error)
        return value;
    if (type_overrides(type_of(vm, self), SPECIAL___missing__))
        return call_special(vm, self, SPECIAL___missing__, &key, 1);
    return make_missing(vm, self, key);
}

static Value default_repr(VM *vm, Value self)
{
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    if (active)
        return from_object(str_format(vm, "%U(...)", type_of(vm, self)->name));
    Str *factory = object_repr(vm, factory_of(self));
    repr_leave(vm, self);
    Value base = factory ? dict_repr(vm, self) : VALUE_EMPTY;
    if (base == VALUE_EMPTY)
        return VALUE_EMPTY;
    return from_object(str_format(vm, "%U(%U, %U)", type_of(vm, self)->name, factory, as_str(base)));
}

static bool set_factory(VM *vm, Value self, Value factory)
{
    if (factory != VALUE_EMPTY && !is_none(factory) && !is_callable(vm, factory))
        return raise_type(vm, "first argument must be callable or None"), false;
    as_default(self)->factory = factory;
    gc_barrier(vm, as_object(self));
    return true;
}

static Value default_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *rest = as_tuple(args[2]);
    if (rest->count > 1)
        return raise_type(vm, "dict expected at most 1 argument, got %lld", (long long)rest->count);
    if (!set_factory(vm, args[0], args[1]))
        return VALUE_EMPTY;
    Value other = rest->count ? rest->items[0] : VALUE_EMPTY;
    return dict_update_with(vm, as_dict(args[0]), other, args[3]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value default_make(VM *vm, Value *args, int nargs)
{
    DefaultDict *d = type_alloc(vm, (Type *)as_object(args[0]), 0);
    Value given[4] = {from_object(d), args[1], args[2], args[3]};
    return d && default_init(vm, given, nargs) != VALUE_EMPTY ? from_object(d) : VALUE_EMPTY;
}

static Value copy_with(VM *vm, Value self, Value contents)
{
    return call2(vm, from_object(type_of(vm, self)), factory_of(self), contents);
}

static Value default_copy(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return copy_with(vm, args[0], args[0]);
}

static Value default_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op != BINARY_OR || !is_dict(l) || !is_dict(r))
        return VALUE_NOT_IMPLEMENTED;
    Value result = copy_with(vm, is_type_def(vm, l, &default_dict_def) ? l : r, l);
    return result != VALUE_EMPTY && dict_update(vm, as_dict(result), r) ? result : VALUE_EMPTY;
}

static Value default_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value factory = factory_of(args[0]);
    Value arguments = is_none(factory) ? from_object(tuple_new(vm, 0)) : tuple_pack(vm, 1, factory);
    Value items = call_method(vm, args[0], NAME_OF(vm, items), NULL, 0);
    Value it = items == VALUE_EMPTY ? items : object_iter(vm, items);
    if (arguments == VALUE_EMPTY || it == VALUE_EMPTY)
        return VALUE_EMPTY;
    return tuple_pack(vm, 5, from_object(type_of(vm, args[0])), arguments, VALUE_NONE, VALUE_NONE, it);
}

static Value get_factory(VM *vm, Value self)
{
    (void)vm;
    return factory_of(self);
}

static bool assign_factory(VM *vm, Value self, Value value)
{
    as_default(self)->factory = value;
    gc_barrier(vm, as_object(self));
    return true;
}

static const GetSetDef default_getsets[] = {
    {"default_factory", get_factory, assign_factory, "Makes the value of a missing key."},
    {0},
};

static const NativeDef default_methods[] = {
    {"__missing__(self, key, /)", default_missing, "Called for a missing key: stores and returns default_factory().",
     NATIVE_RAW, 2, 2},
    {"copy(self, /)", default_copy, "A shallow copy.", NATIVE_RAW, 1, 1},
    {"__copy__(self, /)", default_copy, "A shallow copy.", NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", default_reduce, NULL, NATIVE_RAW, 1, 1},
    {"__init__(self, default_factory=None, /, *args, **kwargs)", default_init, NULL, 0, 0, 0},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps default_ops = {
    .mark = default_mark,
    .repr = default_repr,
    .compare = dict_compare,
    .compare_mask = ALL_COMPARES,
    .binary = default_binary,
    .binary_mask = BIT(BINARY_OR),
    .reflected_mask = BIT(BINARY_OR),
    .inplace = dict_inplace,
    .inplace_mask = BIT(BINARY_OR),
    .len = dict_len,
    .getitem = default_getitem,
    .setitem = dict_setitem,
    .contains = dict_has,
    .iter = dict_iter,
};

static const TypeDef default_dict_def = {
    .name = "collections.defaultdict",
    .kind = KIND_DICT,
    .size = sizeof(DefaultDict),
    .ops = &default_ops,
    .methods = default_methods,
    .getsets = default_getsets,
    .make = {"defaultdict(cls, default_factory=None, /, *args, **kwargs)", default_make, NULL, 0, 0, 0},
    .doc = "A dict that calls default_factory for the value of a missing key.",
    .flags = TYPE_BASE | TYPE_MAPPING,
};

// ---- _count_elements

static bool count_in_dict(VM *vm, Dict *d, Value item)
{
    int64_t hash;
    if (!value_hash(vm, item, &hash))
        return false;
    int64_t i = dict_find(vm, d, item, hash);
    if (i < -1)
        return false;
    if (i == -1)
        return dict_insert_hashed(vm, d, item, hash, from_small(1));
    Value old = d->entries[i].value;
    if (is_small(old) && old != from_small(SMALL_INT_MAX)) {
        d->entries[i].value = old + 1;
        return true;
    }
    Value sum = binary_op(vm, BINARY_ADD, old, from_small(1));
    return sum != VALUE_EMPTY && dict_set_hashed(vm, d, item, hash, sum);
}

static bool count_in_mapping(VM *vm, Value mapping, Value item)
{
    Value args[2] = {item, from_small(0)};
    Value old = call_method(vm, mapping, NAME_OF(vm, get), args, 2);
    Value sum = old == VALUE_EMPTY ? old : binary_op(vm, BINARY_ADD, old, from_small(1));
    return sum != VALUE_EMPTY && object_setitem(vm, mapping, item, sum);
}

static Value count_elements(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value mapping = args[0], item;
    Type *cls = type_of(vm, mapping);
    Str *get = NAME_OF(vm, get);
    bool direct = is_dict(mapping) && !type_overrides(cls, SPECIAL___setitem__) &&
                  type_lookup(vm, cls, get) == type_lookup(vm, vm->types[KIND_DICT], get);
    Each each;
    if (!each_begin(&each, vm, args[1]))
        return VALUE_EMPTY;
    while (each_next(&each, &item))
        if (!(direct ? count_in_dict(vm, as_dict(mapping), item) : count_in_mapping(vm, mapping, item)))
            return VALUE_EMPTY;
    return vm->error ? VALUE_EMPTY : VALUE_NONE;
}

// ---- _tuplegetter

typedef struct TupleGetter {
    Object base;
    int64_t index;
    Value doc;
} TupleGetter;

static TupleGetter *as_getter(Value v) { return (TupleGetter *)as_object(v); }

static void getter_mark(Gc *gc, Object *o) { gc_mark(gc, ((TupleGetter *)o)->doc); }

static Value getter_get(VM *vm, Value self, Value instance, Type *owner)
{
    (void)owner;
    if (instance == VALUE_EMPTY)
        return self;
    int64_t index = as_getter(self)->index;
    if (!is_tuple(instance)) {
        if (is_none(instance))
            return self;
        return raise_type(vm, "descriptor for index '%lld' for tuple subclasses doesn't apply to '%T' object",
                          (long long)index, instance);
    }
    Tuple *t = as_tuple(instance);
    if ((uint64_t)index >= (uint64_t)t->count)
        return raise_index(vm, "tuple index out of range");
    return t->items[index];
}

static bool getter_set(VM *vm, Value self, Value instance, Value value)
{
    (void)self;
    (void)instance;
    raise_exc(vm, EXC_AttributeError, value == VALUE_EMPTY ? "can't delete attribute" : "can't set attribute");
    return false;
}

static Value getter_repr(VM *vm, Value self)
{
    return from_object(str_format(vm, "%U(%lld, %R)", type_of(vm, self)->name, (long long)as_getter(self)->index,
                                  as_getter(self)->doc));
}

static Value getter_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value index = int_from_i64(vm, as_getter(args[0])->index);
    Value arguments = index == VALUE_EMPTY ? index : tuple_pack(vm, 2, index, as_getter(args[0])->doc);
    return arguments == VALUE_EMPTY ? arguments : tuple_pack(vm, 2, from_object(type_of(vm, args[0])), arguments);
}

static Value getter_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t index;
    if (!object_index_i64(vm, args[1], &index))
        return VALUE_EMPTY;
    TupleGetter *getter = type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (getter) {
        getter->index = index;
        getter->doc = args[2];
        gc_barrier(vm, getter);
    }
    return from_object(getter);
}

static Value get_doc(VM *vm, Value self)
{
    (void)vm;
    return as_getter(self)->doc;
}

static bool set_doc(VM *vm, Value self, Value value)
{
    as_getter(self)->doc = value == VALUE_EMPTY ? VALUE_NONE : value;
    gc_barrier(vm, as_object(self));
    return true;
}

static const GetSetDef getter_getsets[] = {
    {"__doc__", get_doc, set_doc, NULL},
    {0},
};

static const NativeDef getter_methods[] = {
    {"__reduce__(self, /)", getter_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps getter_ops = {
    .mark = getter_mark, .repr = getter_repr, .descr_get = getter_get, .descr_set = getter_set,
};

static const TypeDef tuple_getter_def = {
    .name = "_collections._tuplegetter", .kind = KIND_OTHER, .size = sizeof(TupleGetter), .ops = &getter_ops,
    .methods = getter_methods, .getsets = getter_getsets,
    .make = {"_tuplegetter(cls, index, doc, /)", getter_make, NULL, 0, 0, 0},
};

// ---- the module

static const NativeDef functions[] = {
    {"_count_elements(mapping, iterable, /)", count_elements, "Count the elements of the iterable in the mapping.",
     NATIVE_RAW, 2, 2},
    {0},
};

static const TypeDef *const types[] = {
    &deque_def, &deque_iterator_def, &deque_reverse_iterator_def, &tuple_getter_def, NULL,
};

static const TypeDef *const hidden_types[] = {
    &ordered_keys_def, &ordered_values_def, &ordered_items_def, &ordered_iterator_def, NULL,
};

static bool init(VM *vm, Module *module)
{
    for (int i = 0; hidden_types[i]; i++)
        if (!type_of_def(vm, hidden_types[i]) && !type_register(vm, hidden_types[i], NULL))
            return false;
    Type *defaults = type_register(vm, &default_dict_def, vm->types[KIND_DICT]);
    Type *ordered = defaults ? type_register(vm, &ordered_dict_def, vm->types[KIND_DICT]) : NULL;
    return ordered && module_set(vm, module, "defaultdict", from_object(defaults)) &&
           module_set(vm, module, "OrderedDict", from_object(ordered));
}

const ModuleDef _collections_module = {
    .name = "_collections", .doc = "Kernels of collections.", .functions = functions, .types = types, .init = init,
};
