// SPDX-License-Identifier: MIT
//
// The views of a dict (keys, values, items), their set operations, and the iterators over a dict in both directions.
//
// A view holds the dict only. An iterator remembers the number of entries it saw at the start: a dict that changed
// size, or whose keys were exchanged, ends the iteration with RuntimeError, as in CPython.

#include "container.h"
#include "iterators.h"

Value dict_view_new(VM *vm, const TypeDef *def, Dict *d)
{
    DictView *view = type_new_of(vm, def);
    if (view)
        view->dict = d;
    return from_object(view);
}

static Dict *dict_of(Value view) { return ((DictView *)as_object(view))->dict; }

// ---- iterators

void dict_iterator_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((DictIterator *)o)->dict); }

// The next entry's index, -1 at the end or with an error.
static int64_t step(VM *vm, DictIterator *it, bool back)
{
    Dict *d = it->dict;
    if (!d)
        return -1;
    if (unlikely(it->expected != d->count)) {
        it->expected = -1;
        raise_runtime(vm, "dictionary changed size during iteration");
        return -1;
    }
    int64_t index = back ? dict_backward(d, it->position) : dict_forward(d, it->position);
    if (index < 0) {
        it->dict = NULL;
        return -1;
    }
    if (unlikely(it->remaining == 0)) {
        it->dict = NULL;
        raise_runtime(vm, "dictionary keys changed during iteration");
        return -1;
    }
    it->position = back ? index - 1 : index + 1;
    it->remaining--;
    return index;
}

static Value pair_of(VM *vm, const DictEntry *e)
{
    Value key = e->key, value = e->value;
    Tuple *t = tuple_new(vm, 2);
    if (!t)
        return VALUE_EMPTY;
    t->items[0] = key;
    t->items[1] = value;
    return from_object(t);
}

static Value next_key(VM *vm, Value self)
{
    DictIterator *it = (DictIterator *)as_object(self);
    Dict *d = it->dict;
    int64_t i = step(vm, it, false);
    return i < 0 ? VALUE_EMPTY : d->entries[i].key;
}

static Value next_value(VM *vm, Value self)
{
    DictIterator *it = (DictIterator *)as_object(self);
    Dict *d = it->dict;
    int64_t i = step(vm, it, false);
    return i < 0 ? VALUE_EMPTY : d->entries[i].value;
}

static Value next_item(VM *vm, Value self)
{
    DictIterator *it = (DictIterator *)as_object(self);
    Dict *d = it->dict;
    int64_t i = step(vm, it, false);
    return i < 0 ? VALUE_EMPTY : pair_of(vm, &d->entries[i]);
}

bool dict_pair_next(VM *vm, Value it, Value *out)
{
    Dict *d = ((DictIterator *)as_object(it))->dict;
    int64_t i = step(vm, (DictIterator *)as_object(it), false);
    if (i < 0)
        return false;
    out[0] = d->entries[i].key;
    out[1] = d->entries[i].value;
    return true;
}

static Value previous_key(VM *vm, Value self)
{
    DictIterator *it = (DictIterator *)as_object(self);
    Dict *d = it->dict;
    int64_t i = step(vm, it, true);
    return i < 0 ? VALUE_EMPTY : d->entries[i].key;
}

static Value previous_value(VM *vm, Value self)
{
    DictIterator *it = (DictIterator *)as_object(self);
    Dict *d = it->dict;
    int64_t i = step(vm, it, true);
    return i < 0 ? VALUE_EMPTY : d->entries[i].value;
}

static Value previous_item(VM *vm, Value self)
{
    DictIterator *it = (DictIterator *)as_object(self);
    Dict *d = it->dict;
    int64_t i = step(vm, it, true);
    return i < 0 ? VALUE_EMPTY : pair_of(vm, &d->entries[i]);
}

Value dict_iterator_hint(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    DictIterator *it = (DictIterator *)as_object(args[0]);
    return from_small(it->dict && it->expected == it->dict->count ? it->remaining : 0);
}

// (iter, ([what is left],)): walks a copy, the iterator itself stays where it is.
Value dict_iterator_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    DictIterator *it = (DictIterator *)as_object(args[0]);
    DictIterator *copy = type_alloc(vm, type_of(vm, args[0]), 0);
    List *rest = list_new(vm, 0);
    if (!copy || !rest)
        return VALUE_EMPTY;
    Object base = copy->base;
    *copy = *it;
    copy->base = base;
    gc_barrier(vm, copy);
    return list_extend(vm, rest, from_object(copy)) ? iterator_reduce(vm, from_object(rest), VALUE_EMPTY) : VALUE_EMPTY;
}

static const NativeDef iterator_methods[] = {
    {"__length_hint__(self, /)", dict_iterator_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", dict_iterator_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

#define DICT_ITERATOR(id, text, next_function) \
    static const TypeOps id##_ops = {.mark = dict_iterator_mark, .iter = iterator_self, .next = next_function}; \
    const TypeDef id##_def = {.name = text, .kind = KIND_OTHER, .size = sizeof(DictIterator), .ops = &id##_ops, \
                              .methods = iterator_methods, .flags = TYPE_NO_NEW}

DICT_ITERATOR(dict_key_iterator, "dict_keyiterator", next_key);
DICT_ITERATOR(dict_value_iterator, "dict_valueiterator", next_value);
DICT_ITERATOR(dict_item_iterator, "dict_itemiterator", next_item);
DICT_ITERATOR(dict_reverse_key_iterator, "dict_reversekeyiterator", previous_key);
DICT_ITERATOR(dict_reverse_value_iterator, "dict_reversevalueiterator", previous_value);
DICT_ITERATOR(dict_reverse_item_iterator, "dict_reverseitemiterator", previous_item);

static Value iterate(VM *vm, const TypeDef *def, Value view, bool back)
{
    Dict *d = dict_of(view);
    DictIterator *it = type_new_of(vm, def);
    if (it) {
        it->dict = d;
        it->expected = it->remaining = d->count;
        it->position = back ? (int64_t)d->used - 1 : 0;
    }
    return from_object(it);
}

static Value keys_iter(VM *vm, Value self) { return iterate(vm, &dict_key_iterator_def, self, false); }
static Value values_iter(VM *vm, Value self) { return iterate(vm, &dict_value_iterator_def, self, false); }
static Value items_iter(VM *vm, Value self) { return iterate(vm, &dict_item_iterator_def, self, false); }

static Value keys_reversed(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, &dict_reverse_key_iterator_def, args[0], true);
}

static Value values_reversed(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, &dict_reverse_value_iterator_def, args[0], true);
}

static Value items_reversed(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, &dict_reverse_item_iterator_def, args[0], true);
}

// ---- what all views do

void dict_view_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((DictView *)o)->dict); }

int64_t dict_view_len(VM *vm, Value self)
{
    (void)vm;
    return dict_of(self)->count;
}

Value dict_view_repr(VM *vm, Value self)
{
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    if (active)
        return from_object(str_from(vm, "..."));
    List *list = list_new(vm, 0);
    Str *text = NULL;
    if (list && list_extend(vm, list, self))
        text = str_format(vm, "%T(%R)", self, from_object(list));
    repr_leave(vm, self);
    return from_object(text);
}

Value dict_view_mapping(VM *vm, Value self) { return mapping_proxy_new(vm, from_object(dict_of(self))); }

int dict_keys_contains(VM *vm, Value self, Value item) { return dict_contains(vm, dict_of(self), item); }

int dict_items_contains(VM *vm, Value self, Value item)
{
    if (!is_tuple(item) || as_tuple(item)->count != 2)
        return 0;
    Value found = dict_get(vm, dict_of(self), as_tuple(item)->items[0]);
    if (found == VALUE_EMPTY)
        return vm->error ? -1 : 0;
    return value_equal(vm, found, as_tuple(item)->items[1]);
}

// ---- set operations of keys and items views

static bool is_set_view(Value v)
{
    if (!is_object(v) || !v)
        return false;
    const TypeOps *ops = as_object(v)->shape->type->ops;
    return ops->contains == dict_keys_contains || ops->contains == dict_items_contains;
}

// Is every item of a in b? 1, 0, -1 error.
static int all_in(VM *vm, Value a, Value b)
{
    Each each;
    Value item;
    if (!each_begin(&each, vm, a))
        return -1;
    while (each_next(&each, &item)) {
        int in = object_contains(vm, b, item);
        if (in <= 0)
            return in;
    }
    return vm->error ? -1 : 1;
}

Value dict_view_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if (!is_set(other) && !is_set_view(other))
        return VALUE_NOT_IMPLEMENTED;
    int64_t m = dict_of(self)->count, n = object_len(vm, other);
    int result = -1;
    if (n < 0)
        return VALUE_EMPTY;
    switch (op) {
    case COMPARE_EQ:
    case COMPARE_NE: result = m == n ? all_in(vm, self, other) : 0; break;
    case COMPARE_LT: result = m < n ? all_in(vm, self, other) : 0; break;
    case COMPARE_LE: result = m <= n ? all_in(vm, self, other) : 0; break;
    case COMPARE_GT: result = m > n ? all_in(vm, other, self) : 0; break;
    case COMPARE_GE: result = m >= n ? all_in(vm, other, self) : 0; break;
    }
    return result < 0 ? VALUE_EMPTY : from_bool((op == COMPARE_NE) != (result == 1));
}

static bool discard_all(VM *vm, Set *s, Value iterable)
{
    Each each;
    Value item;
    if (!each_begin(&each, vm, iterable))
        return false;
    while (each_next(&each, &item))
        if (set_discard(vm, s, item) < 0)
            return false;
    return !vm->error;
}

static bool toggle_all(VM *vm, Set *s, Value iterable)
{
    Set *other = set_new(vm, false); // once each
    if (!other || !set_update(vm, other, iterable))
        return false;
    uint64_t position = 0;
    for (Value key; set_next(other, &position, &key);) {
        int removed = set_discard(vm, s, key);
        if (removed < 0 || (!removed && !set_add(vm, s, key)))
            return false;
    }
    return true;
}

static bool add_common(VM *vm, Set *s, Value view, Value iterable)
{
    Each each;
    Value item;
    if (is_set_view(iterable) && dict_of(iterable)->count > dict_of(view)->count) {
        Value swap = view;
        view = iterable;
        iterable = swap;
    }
    if (!each_begin(&each, vm, iterable))
        return false;
    while (each_next(&each, &item)) {
        int in = object_contains(vm, view, item);
        if (in < 0 || (in && !set_add(vm, s, item)))
            return false;
    }
    return !vm->error;
}

Value dict_view_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    Set *s = set_new(vm, false);
    if (!s)
        return VALUE_EMPTY;
    bool ok;
    switch (op) {
    case BINARY_AND: ok = is_set_view(l) ? add_common(vm, s, l, r) : add_common(vm, s, r, l); break;
    case BINARY_OR: ok = set_update(vm, s, l) && set_update(vm, s, r); break;
    case BINARY_SUB: ok = set_update(vm, s, l) && discard_all(vm, s, r); break;
    case BINARY_XOR: ok = set_update(vm, s, l) && toggle_all(vm, s, r); break;
    default: return VALUE_NOT_IMPLEMENTED;
    }
    return ok ? from_object(s) : VALUE_EMPTY;
}

Value dict_view_isdisjoint(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value self = args[0], other = args[1], item;
    if (self == other)
        return from_bool(dict_of(self)->count == 0);
    if ((is_set(other) && as_set(other)->count > dict_of(self)->count) ||
        (is_set_view(other) && dict_of(other)->count > dict_of(self)->count)) {
        Value swap = self;
        self = other;
        other = swap;
    }
    Each each;
    if (!each_begin(&each, vm, other))
        return VALUE_EMPTY;
    while (each_next(&each, &item)) {
        int in = object_contains(vm, self, item);
        if (in)
            return in < 0 ? VALUE_EMPTY : VALUE_FALSE;
    }
    return vm->error ? VALUE_EMPTY : VALUE_TRUE;
}

// ---- the types

static const GetSetDef getsets[] = {
    {"mapping", dict_view_mapping, NULL, "A read-only proxy of the dictionary behind this view."},
    {0},
};

static const NativeDef keys_methods[] = {
    {"isdisjoint(self, other, /)", dict_view_isdisjoint, "True if the view and the iterable have nothing in common.",
     NATIVE_RAW, 2, 2},
    {"__reversed__(self, /)", keys_reversed, "Return a reverse iterator over the keys.", NATIVE_RAW, 1, 1},
    {0},
};

static const NativeDef items_methods[] = {
    {"isdisjoint(self, other, /)", dict_view_isdisjoint, "True if the view and the iterable have nothing in common.",
     NATIVE_RAW, 2, 2},
    {"__reversed__(self, /)", items_reversed, "Return a reverse iterator over the items.", NATIVE_RAW, 1, 1},
    {0},
};

static const NativeDef values_methods[] = {
    {"__reversed__(self, /)", values_reversed, "Return a reverse iterator over the values.", NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps keys_ops = {
    .mark = dict_view_mark,
    .repr = dict_view_repr,
    .compare = dict_view_compare,
    .compare_mask = ALL_COMPARES,
    .binary = dict_view_binary,
    .binary_mask = DICT_VIEW_BINARY,
    .reflected_mask = DICT_VIEW_BINARY,
    .len = dict_view_len,
    .contains = dict_keys_contains,
    .iter = keys_iter,
};

static const TypeOps items_ops = {
    .mark = dict_view_mark,
    .repr = dict_view_repr,
    .compare = dict_view_compare,
    .compare_mask = ALL_COMPARES,
    .binary = dict_view_binary,
    .binary_mask = DICT_VIEW_BINARY,
    .reflected_mask = DICT_VIEW_BINARY,
    .len = dict_view_len,
    .contains = dict_items_contains,
    .iter = items_iter,
};

static const TypeOps values_ops = {
    .mark = dict_view_mark,
    .repr = dict_view_repr,
    .len = dict_view_len,
    .iter = values_iter,
};

const TypeDef dict_keys_def = {
    .name = "dict_keys", .kind = KIND_OTHER, .size = sizeof(DictView), .ops = &keys_ops,
    .methods = keys_methods, .getsets = getsets, .flags = TYPE_NO_NEW,
};

const TypeDef dict_values_def = {
    .name = "dict_values", .kind = KIND_OTHER, .size = sizeof(DictView), .ops = &values_ops,
    .methods = values_methods, .getsets = getsets, .flags = TYPE_NO_NEW,
};

const TypeDef dict_items_def = {
    .name = "dict_items", .kind = KIND_OTHER, .size = sizeof(DictView), .ops = &items_ops,
    .methods = items_methods, .getsets = getsets, .flags = TYPE_NO_NEW,
};
