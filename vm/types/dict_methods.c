// SPDX-License-Identifier: MIT
//
// The type dict: its operations and methods over the table of dict.c. Loops go by entry index and read the table again
// after every call that may run a script.

#include "container.h"
#include "iterators.h"

// ---- update

static bool update_from_mapping(VM *vm, Dict *d, Value mapping)
{
    Value keys = call_method(vm, mapping, NAME_OF(vm, keys), NULL, 0);
    Each each;
    Value key;
    if (keys == VALUE_EMPTY || !each_begin(&each, vm, keys))
        return false;
    while (each_next(&each, &key)) {
        Value value = object_getitem(vm, mapping, key);
        if (value == VALUE_EMPTY || !dict_set(vm, d, key, value))
            return false;
    }
    return !vm->error;
}

static bool update_from_pair(VM *vm, Dict *d, Value pair, int64_t number)
{
    Value fast = sequence_fast(vm, pair, "object is not iterable");
    if (fast == VALUE_EMPTY) {
        if (error_is(vm, EXC_TypeError)) {
            error_clear(vm);
            raise_type(vm, "cannot convert dictionary update sequence element #%lld to a sequence", (long long)number);
        }
        return false;
    }
    int64_t count = sequence_count(fast);
    if (count != 2) {
        raise_value(vm, "dictionary update sequence element #%lld has length %lld; 2 is required", (long long)number,
                    (long long)count);
        return false;
    }
    return dict_set(vm, d, sequence_items(fast)[0], sequence_items(fast)[1]);
}

static bool update_from_pairs(VM *vm, Dict *d, Value iterable)
{
    Each each;
    Value pair;
    if (!each_begin(&each, vm, iterable))
        return false;
    for (int64_t number = 0; each_next(&each, &pair); number++)
        if (!update_from_pair(vm, d, pair, number))
            return false;
    return !vm->error;
}

bool dict_update_with(VM *vm, Dict *d, Value other, Value kwargs)
{
    if (other != VALUE_EMPTY) {
        bool plain = is_exact(vm, other, KIND_DICT) ||
            (is_dict(other) && !type_overrides(type_of(vm, other), SPECIAL___iter__));
        if (plain) {
            if (!dict_merge(vm, d, as_dict(other)))
                return false;
        } else {
            Value keys = object_getattr_opt(vm, other, NAME_OF(vm, keys));
            if (vm->error || !(keys ? update_from_mapping(vm, d, other) : update_from_pairs(vm, d, other)))
                return false;
        }
    }
    return kwargs == VALUE_EMPTY || dict_merge(vm, d, as_dict(kwargs));
}

// ---- operations

static bool repr_entries(StrBuilder *b, Dict *d)
{
    bool first = true;
    for (int64_t i = dict_forward(d, 0); i >= 0; i = dict_forward(d, i + 1)) {
        Value value = d->entries[i].value;
        if (!first && !builder_add_cstr(b, ", "))
            return false;
        first = false;
        if (!builder_add_repr(b, d->entries[i].key) || !builder_add_cstr(b, ": ") || !builder_add_repr(b, value) ||
            !loop_tick(b->vm, i))
            return false;
    }
    return true;
}

Value dict_repr(VM *vm, Value self)
{
    StrBuilder b;
    builder_init(&b, vm);
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    if (active) {
        builder_add_cstr(&b, "{...}");
        return from_object(builder_finish(&b));
    }
    builder_add_char(&b, '{');
    bool ok = repr_entries(&b, as_dict(self));
    repr_leave(vm, self);
    if (!ok)
        return VALUE_EMPTY;
    builder_add_char(&b, '}');
    return from_object(builder_finish(&b));
}

static int equal_entries(VM *vm, Dict *a, Dict *b)
{
    for (int64_t i = dict_forward(a, 0); i >= 0; i = dict_forward(a, i + 1)) {
        DictEntry e = a->entries[i];
        int64_t index = dict_find(vm, b, e.key, e.hash);
        if (index < 0)
            return index == -1 ? 0 : -1;
        int equal = value_equal(vm, e.value, b->entries[index].value);
        if (equal <= 0)
            return equal;
        if (!vm_tick(vm))
            return -1;
    }
    return 1;
}

int dict_equal(VM *vm, Dict *a, Dict *b)
{
    if (a->count != b->count)
        return 0;
    if (!vm_enter(vm, " in comparison"))
        return -1;
    int equal = equal_entries(vm, a, b);
    vm_leave(vm);
    return equal;
}

Value dict_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if ((op != COMPARE_EQ && op != COMPARE_NE) || !is_dict(other))
        return VALUE_NOT_IMPLEMENTED;
    int equal = dict_equal(vm, as_dict(self), as_dict(other));
    return equal < 0 ? VALUE_EMPTY : from_bool(equal == (op == COMPARE_EQ));
}

static Value dict_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op != BINARY_OR || !is_dict(l) || !is_dict(r))
        return VALUE_NOT_IMPLEMENTED;
    Dict *result = dict_copy(vm, as_dict(l));
    return result && dict_update(vm, result, r) ? from_object(result) : VALUE_EMPTY;
}

Value dict_inplace(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op != BINARY_OR)
        return VALUE_NOT_IMPLEMENTED;
    return dict_update(vm, as_dict(l), r) ? l : VALUE_EMPTY;
}

int64_t dict_len(VM *vm, Value self)
{
    (void)vm;
    return as_dict(self)->count;
}

Value dict_getitem(VM *vm, Value self, Value key)
{
    int64_t hash;
    Dict *d = as_dict(self);
    if (!value_hash(vm, key, &hash))
        return VALUE_EMPTY;
    int64_t index = dict_find(vm, d, key, hash);
    if (likely(index >= 0))
        return d->entries[index].value;
    if (index < -1)
        return VALUE_EMPTY;
    if (!is_exact(vm, self, KIND_DICT)) {
        Value found = call_special(vm, self, SPECIAL___missing__, &key, 1);
        if (found != VALUE_EMPTY || vm->error)
            return found;
    }
    return raise_key(vm, key);
}

bool dict_setitem(VM *vm, Value self, Value key, Value value)
{
    if (value != VALUE_EMPTY)
        return dict_set(vm, as_dict(self), key, value);
    int removed = dict_delete(vm, as_dict(self), key, NULL);
    if (removed == 0)
        raise_key(vm, key);
    return removed > 0;
}

int dict_has(VM *vm, Value self, Value key) { return dict_contains(vm, as_dict(self), key); }

static Value iterate(VM *vm, const TypeDef *def, Dict *d, int64_t position)
{
    DictIterator *it = type_new_of(vm, def);
    if (it) {
        it->dict = d;
        it->expected = it->remaining = d->count;
        it->position = position;
    }
    return from_object(it);
}

Value dict_iter(VM *vm, Value self) { return iterate(vm, &dict_key_iterator_def, as_dict(self), 0); }

// ---- methods

static Value get_method(VM *vm, Value *args, int nargs)
{
    Value v = dict_get(vm, as_dict(args[0]), args[1]);
    if (v != VALUE_EMPTY || unlikely(vm->error))
        return v;
    return nargs > 2 ? args[2] : VALUE_NONE;
}

static Value setdefault_method(VM *vm, Value *args, int nargs)
{
    return dict_setdefault(vm, as_dict(args[0]), args[1], nargs > 2 ? args[2] : VALUE_NONE);
}

static Value pop_method(VM *vm, Value *args, int nargs)
{
    Value old;
    Dict *d = as_dict(args[0]);
    int removed = d->count ? dict_delete(vm, d, args[1], &old) : 0; // an empty dict does not hash the key
    if (removed > 0)
        return old;
    if (removed < 0)
        return VALUE_EMPTY;
    return nargs > 2 ? args[2] : raise_key(vm, args[1]);
}

static Value popitem_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    DictEntry e;
    Tuple *pair = tuple_new(vm, 2);
    if (!pair)
        return VALUE_EMPTY;
    if (!dict_pop_last(vm, as_dict(args[0]), &e))
        return raise_exc(vm, EXC_KeyError, "popitem(): dictionary is empty");
    pair->items[0] = e.key;
    pair->items[1] = e.value;
    gc_barrier(vm, pair);
    return from_object(pair);
}

static Value update_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return dict_update_with(vm, as_dict(args[0]), args[1], args[2]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value clear_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    dict_clear(vm, as_dict(args[0]));
    return VALUE_NONE;
}

static Value copy_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return from_object(dict_copy(vm, as_dict(args[0])));
}

static Value keys_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return dict_view_new(vm, &dict_keys_def, as_dict(args[0]));
}

static Value values_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return dict_view_new(vm, &dict_values_def, as_dict(args[0]));
}

static Value items_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return dict_view_new(vm, &dict_items_def, as_dict(args[0]));
}

static Value reversed_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Dict *d = as_dict(args[0]);
    return iterate(vm, &dict_reverse_key_iterator_def, d, (int64_t)d->used - 1);
}

static Value fromkeys_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    bool plain = args[0] == from_object(vm->types[KIND_DICT]);
    Value result = plain ? from_object(dict_new(vm, 0)) : call0(vm, args[0]);
    Each each;
    Value key;
    if (result == VALUE_EMPTY || !each_begin(&each, vm, args[1]))
        return VALUE_EMPTY;
    bool direct = is_exact(vm, result, KIND_DICT);
    while (each_next(&each, &key))
        if (!(direct ? dict_set(vm, as_dict(result), key, args[2]) : object_setitem(vm, result, key, args[2])))
            return VALUE_EMPTY;
    return vm->error ? VALUE_EMPTY : result;
}

Value dict_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return dict_update_with(vm, as_dict(args[0]), args[1], args[2]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value dict_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = (Type *)as_object(args[0]);
    bool plain = cls == vm->types[KIND_DICT];
    if (plain && args[1] == VALUE_EMPTY && args[2] != VALUE_EMPTY)
        return args[2]; // dict(a=1): the dict of keywords is ours already
    Dict *d = plain ? dict_new(vm, 0) : type_alloc(vm, cls, 0);
    return d && dict_update_with(vm, d, args[1], args[2]) ? from_object(d) : VALUE_EMPTY;
}

static const NativeDef methods[] = {
    {"get(self, key, default=None, /)", get_method,
     "Return the value for key if key is in the dictionary, else default.",
     NATIVE_RAW, 2, 3},
    {"setdefault(self, key, default=None, /)", setdefault_method,
     "Insert key with a value of default if key is not in the dictionary. Return the value for key.", NATIVE_RAW, 2, 3},
    {"pop(self, key, default=<unrepresentable>, /)", pop_method,
     "Remove the key and return its value; without the key default, if given, else KeyError.", NATIVE_RAW, 2, 3},
    {"popitem(self, /)", popitem_method, "Remove and return the last inserted (key, value) pair.", NATIVE_RAW, 1, 1},
    {"keys(self, /)", keys_method, "A set-like view of the keys.", NATIVE_RAW, 1, 1},
    {"values(self, /)", values_method, "A view of the values.", NATIVE_RAW, 1, 1},
    {"items(self, /)", items_method, "A set-like view of the (key, value) pairs.", NATIVE_RAW, 1, 1},
    {"update(self, other=<unset>, /, **kwargs)", update_method,
     "Set entries from a mapping or an iterable of pairs, then from the keywords.", 0, 0, 0},
    {"clear(self, /)", clear_method, "Remove all items.", NATIVE_RAW, 1, 1},
    {"copy(self, /)", copy_method, "A shallow copy.", NATIVE_RAW, 1, 1},
    {"fromkeys(cls, iterable, value=None, /)", fromkeys_method,
     "Create a new dictionary with keys from iterable and values set to value.", NATIVE_CLASS, 0, 0},
    {"__reversed__(self, /)", reversed_method, "Return a reverse iterator over the keys.", NATIVE_RAW, 1, 1},
    {"__init__(self, iterable=<unset>, /, **kwargs)", dict_init, NULL, 0, 0, 0},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps ops = {
    .mark = dict_mark,
    .repr = dict_repr,
    .compare = dict_compare,
    .compare_mask = ALL_COMPARES,
    .binary = dict_binary,
    .binary_mask = BIT(BINARY_OR),
    .reflected_mask = BIT(BINARY_OR),
    .inplace = dict_inplace,
    .inplace_mask = BIT(BINARY_OR),
    .len = dict_len,
    .getitem = dict_getitem,
    .setitem = dict_setitem,
    .contains = dict_has,
    .iter = dict_iter,
};

const TypeDef dict_def = {
    .name = "dict",
    .kind = KIND_DICT,
    .size = sizeof(Dict),
    .ops = &ops,
    .methods = methods,
    .make = {"dict(cls, iterable=<unset>, /, **kwargs)", dict_make, NULL, 0, 0, 0},
    .doc = "A mapping that keeps the order of insertion.",
    .flags = TYPE_BASE | TYPE_MAPPING | TYPE_MATCH_SELF,
};
