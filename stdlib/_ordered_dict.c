// SPDX-License-Identifier: MIT
//
// collections.OrderedDict: a dict whose order counts. The dict table keeps insertion order anyway; here are
// move_to_end, popitem from both ends, equality that looks at the order, and iterators that notice any change of keys.

#include "_collections.h"
#include "vm/types/container.h"
#include "vm/types/iterators.h"

typedef struct OrderedDict {
    Dict dict;
    Value attributes;
} OrderedDict;

typedef struct OrderedIterator {
    Object base;
    Dict *dict;        // NULL: exhausted
    int64_t position;
    uint32_t version;  // keys_version at the start
    bool keys, values; // both: items
    bool back;
} OrderedIterator;

static bool is_ordered(VM *vm, Value v) { return is_type_def(vm, v, &ordered_dict_def); }

static void ordered_mark(Gc *gc, Object *o)
{
    dict_mark(gc, o);
    gc_mark(gc, ((OrderedDict *)o)->attributes);
}

// ---- the iterator

static void iterator_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((OrderedIterator *)o)->dict); }

static Value iterate(VM *vm, Dict *d, bool keys, bool values, bool back)
{
    OrderedIterator *it = type_new_of(vm, &ordered_iterator_def);
    if (it) {
        it->dict = d;
        it->version = d->keys_version;
        it->position = back ? (int64_t)d->used - 1 : 0;
        it->keys = keys;
        it->values = values;
        it->back = back;
    }
    return from_object(it);
}

static Value iterator_next(VM *vm, Value self)
{
    OrderedIterator *it = (OrderedIterator *)as_object(self);
    Dict *d = it->dict;
    if (!d)
        return VALUE_EMPTY;
    if (it->version != d->keys_version) {
        it->dict = NULL;
        return raise_runtime(vm, "OrderedDict mutated during iteration");
    }
    int64_t i = it->back ? dict_backward(d, it->position) : dict_forward(d, it->position);
    if (i < 0) {
        it->dict = NULL;
        return VALUE_EMPTY;
    }
    it->position = it->back ? i - 1 : i + 1;
    DictEntry *e = &d->entries[i];
    if (it->keys && it->values)
        return tuple_pack(vm, 2, e->key, e->value);
    return it->keys ? e->key : e->value;
}

static Value iterator_reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    OrderedIterator *it = (OrderedIterator *)as_object(args[0]);
    OrderedIterator *copy = type_new_of(vm, &ordered_iterator_def);
    List *rest = list_new(vm, 0);
    if (!copy || !rest)
        return VALUE_EMPTY;
    *copy = *it;
    gc_barrier(vm, copy);
    return list_extend(vm, rest, from_object(copy)) ? iterator_reduce(vm, from_object(rest), VALUE_EMPTY) : VALUE_EMPTY;
}

static const NativeDef iterator_methods[] = {
    {"__reduce__(self, /)", iterator_reduce_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps iterator_ops = {.mark = iterator_mark, .iter = iterator_self, .next = iterator_next};

const TypeDef ordered_iterator_def = {
    .name = "odict_iterator", .kind = KIND_OTHER, .size = sizeof(OrderedIterator), .ops = &iterator_ops,
    .methods = iterator_methods, .flags = TYPE_NO_NEW,
};

// ---- the views: those of dict, with this iterator

static Dict *dict_of(Value view) { return ((DictView *)as_object(view))->dict; }
static Value keys_iter(VM *vm, Value self) { return iterate(vm, dict_of(self), true, false, false); }
static Value values_iter(VM *vm, Value self) { return iterate(vm, dict_of(self), false, true, false); }
static Value items_iter(VM *vm, Value self) { return iterate(vm, dict_of(self), true, true, false); }

static Value keys_reversed(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, dict_of(args[0]), true, false, true);
}

static Value values_reversed(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, dict_of(args[0]), false, true, true);
}

static Value items_reversed(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, dict_of(args[0]), true, true, true);
}

static const GetSetDef view_getsets[] = {
    {"mapping", dict_view_mapping, NULL, "A read-only proxy of the dictionary behind this view."},
    {0},
};

#define VIEW_METHODS(id, reversed) \
    static const NativeDef id[] = { \
        {"isdisjoint(self, other, /)", dict_view_isdisjoint, NULL, NATIVE_RAW, 2, 2}, \
        {"__reversed__(self, /)", reversed, NULL, NATIVE_RAW, 1, 1}, \
        {0}, \
    }

#define SET_VIEW_OPS(id, contains_function, iter_function) \
    static const TypeOps id = { \
        .mark = dict_view_mark, .repr = dict_view_repr, .compare = dict_view_compare, \
        .compare_mask = ALL_COMPARES, .binary = dict_view_binary, .binary_mask = DICT_VIEW_BINARY, \
        .reflected_mask = DICT_VIEW_BINARY, .len = dict_view_len, .contains = contains_function, \
        .iter = iter_function, \
    }

#define VIEW_DEF(id, text, ops_table, method_table) \
    const TypeDef id = { \
        .name = text, .kind = KIND_OTHER, .size = sizeof(DictView), .ops = &ops_table, \
        .methods = method_table, .getsets = view_getsets, .flags = TYPE_NO_NEW, \
    }

VIEW_METHODS(keys_methods, keys_reversed);
VIEW_METHODS(items_methods, items_reversed);
SET_VIEW_OPS(keys_ops, dict_keys_contains, keys_iter);
SET_VIEW_OPS(items_ops, dict_items_contains, items_iter);

static const NativeDef values_methods[] = {
    {"__reversed__(self, /)", values_reversed, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps values_ops = {
    .mark = dict_view_mark, .repr = dict_view_repr, .len = dict_view_len, .iter = values_iter,
};

VIEW_DEF(ordered_keys_def, "odict_keys", keys_ops, keys_methods);
VIEW_DEF(ordered_items_def, "odict_items", items_ops, items_methods);
VIEW_DEF(ordered_values_def, "odict_values", values_ops, values_methods);

// ---- update: honours a subclass's __setitem__, as CPython's does

static bool set_each(VM *vm, Value self, Value items)
{
    Dict *plain = dict_new(vm, 0);
    if (!plain || !dict_update_with(vm, plain, items, VALUE_EMPTY))
        return false;
    for (int64_t i = dict_forward(plain, 0); i >= 0; i = dict_forward(plain, i + 1))
        if (!object_setitem(vm, self, plain->entries[i].key, plain->entries[i].value))
            return false;
    return true;
}

static bool update(VM *vm, Value self, Value other, Value kwargs)
{
    if (!type_overrides(type_of(vm, self), SPECIAL___setitem__))
        return dict_update_with(vm, as_dict(self), other, kwargs);
    return (other == VALUE_EMPTY || set_each(vm, self, other)) && (kwargs == VALUE_EMPTY || set_each(vm, self, kwargs));
}

static Value ordered_update(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *given = as_tuple(args[1]);
    if (given->count > 1)
        return raise_type(vm, "update() takes at most 1 positional argument (%lld given)", (long long)given->count);
    return update(vm, args[0], given->count ? given->items[0] : VALUE_EMPTY, args[2]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value ordered_init(VM *vm, Value *args, int nargs)
{
    if (as_tuple(args[1])->count > 1)
        return raise_type(vm, "expected at most 1 arguments, got %lld", (long long)as_tuple(args[1])->count);
    return ordered_update(vm, args, nargs);
}

static Value ordered_make(VM *vm, Value *args, int nargs)
{
    OrderedDict *d = type_alloc(vm, (Type *)as_object(args[0]), 0);
    Value given[3] = {from_object(d), args[1], args[2]};
    return d && ordered_init(vm, given, nargs) != VALUE_EMPTY ? from_object(d) : VALUE_EMPTY;
}

static Value copy_of(VM *vm, Value self, Type *cls)
{
    Value copy = call0(vm, from_object(cls));
    return copy != VALUE_EMPTY && update(vm, copy, self, VALUE_EMPTY) ? copy : VALUE_EMPTY;
}

// ---- operations

static Value ordered_repr(VM *vm, Value self)
{
    Str *name = type_of(vm, self)->name;
    if (as_dict(self)->count == 0)
        return from_object(str_format(vm, "%U()", name));
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    if (active)
        return from_object(str_from(vm, "..."));
    Value items = call_method(vm, self, NAME_OF(vm, items), NULL, 0);
    List *list = list_new(vm, 0);
    Str *text = NULL;
    if (items != VALUE_EMPTY && list && list_extend(vm, list, items))
        text = str_format(vm, "%U(%R)", name, from_object(list));
    repr_leave(vm, self);
    return from_object(text);
}

// Same keys in the same order (the dicts are equal already).
static int same_order(VM *vm, Dict *a, Dict *b)
{
    int64_t i = dict_forward(a, 0), j = dict_forward(b, 0);
    for (; i >= 0 && j >= 0; i = dict_forward(a, i + 1), j = dict_forward(b, j + 1)) {
        int equal = value_equal(vm, a->entries[i].key, b->entries[j].key);
        if (equal <= 0 || !vm_tick(vm))
            return equal <= 0 ? equal : -1;
    }
    return i < 0 && j < 0;
}

static Value ordered_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if ((op != COMPARE_EQ && op != COMPARE_NE) || !is_dict(other))
        return VALUE_NOT_IMPLEMENTED;
    int equal = dict_equal(vm, as_dict(self), as_dict(other));
    if (equal > 0 && is_ordered(vm, other))
        equal = same_order(vm, as_dict(self), as_dict(other));
    return equal < 0 ? VALUE_EMPTY : from_bool(equal == (op == COMPARE_EQ));
}

static Value ordered_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op != BINARY_OR || !is_dict(l) || !is_dict(r))
        return VALUE_NOT_IMPLEMENTED;
    Value result = copy_of(vm, l, type_of(vm, is_ordered(vm, l) ? l : r));
    return result != VALUE_EMPTY && update(vm, result, r, VALUE_EMPTY) ? result : VALUE_EMPTY;
}

static Value ordered_inplace(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op != BINARY_OR)
        return VALUE_NOT_IMPLEMENTED;
    return update(vm, l, r, VALUE_EMPTY) ? l : VALUE_EMPTY;
}

static Value ordered_iter(VM *vm, Value self) { return iterate(vm, as_dict(self), true, false, false); }

// ---- methods

static Value move_to_end_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int last = object_truth(vm, args[2]);
    int moved = last < 0 ? -1 : dict_move_key(vm, as_dict(args[0]), args[1], last);
    if (moved == 0)
        return raise_key(vm, args[1]);
    return moved < 0 ? VALUE_EMPTY : VALUE_NONE;
}

static Value popitem_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Dict *d = as_dict(args[0]);
    int last = object_truth(vm, args[1]);
    Tuple *pair = last < 0 ? NULL : tuple_new(vm, 2);
    if (!pair)
        return VALUE_EMPTY;
    if (d->count == 0)
        return raise_exc(vm, EXC_KeyError, "dictionary is empty");
    DictEntry e;
    if (last) {
        dict_pop_last(vm, d, &e);
    } else {
        int64_t first = dict_forward(d, 0);
        e = d->entries[first];
        dict_delete_at(d, first);
    }
    pair->items[0] = e.key;
    pair->items[1] = e.value;
    gc_barrier(vm, pair);
    return from_object(pair);
}

static Value pop_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value old;
    int removed = dict_delete(vm, as_dict(args[0]), args[1], &old);
    if (removed > 0)
        return old;
    if (removed < 0)
        return VALUE_EMPTY;
    return args[2] != VALUE_EMPTY ? args[2] : raise_key(vm, args[1]);
}

static Value setdefault_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value self = args[0];
    if (!type_overrides(type_of(vm, self), SPECIAL___setitem__))
        return dict_setdefault(vm, as_dict(self), args[1], args[2]);
    Value found = dict_get(vm, as_dict(self), args[1]);
    if (found != VALUE_EMPTY || vm->error)
        return found;
    return object_setitem(vm, self, args[1], args[2]) ? args[2] : VALUE_EMPTY;
}

static Value copy_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return copy_of(vm, args[0], type_of(vm, args[0]));
}

static Value keys_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return dict_view_new(vm, &ordered_keys_def, as_dict(args[0]));
}

static Value values_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return dict_view_new(vm, &ordered_values_def, as_dict(args[0]));
}

static Value items_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return dict_view_new(vm, &ordered_items_def, as_dict(args[0]));
}

static Value reversed_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, as_dict(args[0]), true, false, true);
}

static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value items = call_method(vm, args[0], NAME_OF(vm, items), NULL, 0);
    Value it = items == VALUE_EMPTY ? items : object_iter(vm, items), empty = from_object(tuple_new(vm, 0));
    Value state = object_getattr_opt(vm, args[0], NAME_OF(vm, __dict__));
    if (it == VALUE_EMPTY || empty == VALUE_EMPTY || vm->error)
        return VALUE_EMPTY;
    if (state == VALUE_EMPTY || (is_dict(state) && as_dict(state)->count == 0))
        state = VALUE_NONE;
    return tuple_pack(vm, 5, from_object(type_of(vm, args[0])), empty, state, VALUE_NONE, it);
}

static const NativeDef methods[] = {
    {"move_to_end(self, /, key, last=True)", move_to_end_method,
     "Move an existing element to the end (or beginning if last is false).", 0, 0, 0},
    {"popitem(self, /, last=True)", popitem_method, "Remove and return the last (or first) (key, value) pair.", 0, 0,
     0},
    {"pop(self, /, key, default=<unset>)", pop_method,
     "Remove the key and return its value, else default or KeyError.", 0, 0, 0},
    {"setdefault(self, /, key, default=None)", setdefault_method,
     "Insert key with a value of default if key is not in the dictionary. Return the value for key.", 0, 0, 0},
    {"update(self, /, *args, **kwargs)", ordered_update,
     "Set entries from a mapping or pairs, then from the keywords.", 0, 0, 0},
    {"copy(self, /)", copy_method, "A shallow copy.", NATIVE_RAW, 1, 1},
    {"keys(self, /)", keys_method, "A set-like view of the keys.", NATIVE_RAW, 1, 1},
    {"values(self, /)", values_method, "A view of the values.", NATIVE_RAW, 1, 1},
    {"items(self, /)", items_method, "A set-like view of the (key, value) pairs.", NATIVE_RAW, 1, 1},
    {"__reversed__(self, /)", reversed_method, "A reverse iterator over the keys.", NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", reduce_method, NULL, NATIVE_RAW, 1, 1},
    {"__init__(self, /, *args, **kwargs)", ordered_init, NULL, 0, 0, 0},
    {0},
};

static const GetSetDef getsets[] = {INSTANCE_DICT_GETSET, {0}};

static const TypeOps ops = {
    .mark = ordered_mark,
    .repr = ordered_repr,
    .compare = ordered_compare,
    .compare_mask = ALL_COMPARES,
    .binary = ordered_binary,
    .binary_mask = BIT(BINARY_OR),
    .reflected_mask = BIT(BINARY_OR),
    .inplace = ordered_inplace,
    .inplace_mask = BIT(BINARY_OR),
    .len = dict_len,
    .getitem = dict_getitem,
    .setitem = dict_setitem,
    .contains = dict_has,
    .iter = ordered_iter,
};

const TypeDef ordered_dict_def = {
    .name = "collections.OrderedDict",
    .kind = KIND_DICT,
    .size = sizeof(OrderedDict),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"OrderedDict(cls, /, *args, **kwargs)", ordered_make, NULL, 0, 0, 0},
    .doc = "A dictionary whose order counts in comparisons.",
    .flags = TYPE_BASE | TYPE_MAPPING | TYPE_EXTRA,
};
