// SPDX-License-Identifier: MIT
//
// The types set and frozenset: operations, methods and the iterator, over the table of set.c. Results of operators and
// methods are of the native type of the left operand. Which key goes where follows CPython step by step, because that
// decides the order of iteration.

#include "container.h"
#include "iterators.h"

static bool is_frozen(Value v) { return has_kind(v, KIND_FROZENSET); }

static Set *empty_like(VM *vm, Value like) { return set_new(vm, is_frozen(like)); }

static Set *copy_of(VM *vm, Value like) { return set_copy(vm, as_set(like), is_frozen(like)); }

// Any iterable as a set; sets are taken as they are.
static Set *as_any_set(VM *vm, Value iterable)
{
    if (is_set(iterable))
        return as_set(iterable);
    Set *s = set_new(vm, false);
    return s && set_update(vm, s, iterable) ? s : NULL;
}

// Hash of a key to look for. A set stands for the frozenset of its elements: `{1} in {frozenset({1})}`.
static bool search_hash(VM *vm, Value *key, int64_t *hash)
{
    if (value_hash(vm, *key, hash))
        return true;
    if (!has_kind(*key, KIND_SET) || !error_is(vm, EXC_TypeError))
        return false;
    error_clear(vm);
    *key = from_object(set_copy(vm, as_set(*key), true));
    return *key != VALUE_EMPTY && value_hash(vm, *key, hash);
}

static int contains_key(VM *vm, Set *s, Value key)
{
    int64_t hash;
    if (!search_hash(vm, &key, &hash))
        return -1;
    int64_t index = set_find(vm, s, key, hash);
    return index >= 0 ? 1 : index == -1 ? 0 : -1;
}

static int discard_key(VM *vm, Set *s, Value key)
{
    int64_t hash;
    return search_hash(vm, &key, &hash) ? set_discard_hashed(vm, s, key, hash) : -1;
}

// ---- algebra

static bool discard_all(VM *vm, Set *s, Value iterable)
{
    if (iterable == from_object(s)) {
        set_clear(vm, s);
        return true;
    }
    if (is_set(iterable)) {
        uint64_t position = 0;
        for (SetEntry *e; (e = set_entry_next(as_set(iterable), &position));)
            if (set_discard_hashed(vm, s, e->key, e->hash) < 0 || !vm_tick(vm))
                return false;
        return true;
    }
    Each each;
    Value item;
    if (!each_begin(&each, vm, iterable))
        return false;
    while (each_next(&each, &item))
        if (set_discard(vm, s, item) < 0)
            return false;
    return !vm->error;
}

static Set *copy_and_discard(VM *vm, Value self, Value iterable)
{
    Set *s = copy_of(vm, self);
    return s && discard_all(vm, s, iterable) ? s : NULL;
}

static Set *difference(VM *vm, Value self, Value other)
{
    bool mapping = is_exact(vm, other, KIND_DICT);
    if (!is_set(other) && !mapping)
        return copy_and_discard(vm, self, other);
    int64_t size = mapping ? as_dict(other)->count : as_set(other)->count;
    if (as_set(self)->count >> 2 > size)
        return copy_and_discard(vm, self, other);
    Set *result = empty_like(vm, self), *source = as_set(self);
    if (!result)
        return NULL;
    uint64_t position = 0;
    for (SetEntry *e; (e = set_entry_next(source, &position));) {
        SetEntry entry = *e;
        int64_t found = mapping ? dict_find(vm, as_dict(other), entry.key, entry.hash)
                                : set_find(vm, as_set(other), entry.key, entry.hash);
        if (found < -1 || (found == -1 && !set_add_hashed(vm, result, entry.key, entry.hash)) ||
            !vm_tick(vm))
            return NULL;
    }
    return result;
}

static bool keep_common(VM *vm, Set *result, Set *walked, Set *probed)
{
    uint64_t position = 0;
    for (SetEntry *e; (e = set_entry_next(walked, &position));) {
        SetEntry entry = *e;
        int64_t found = set_find(vm, probed, entry.key, entry.hash);
        if (found < -1 || (found >= 0 && !set_add_hashed(vm, result, entry.key, entry.hash)) ||
            !vm_tick(vm))
            return false;
    }
    return true;
}

static Set *intersection(VM *vm, Value self, Value other)
{
    if (self == other)
        return copy_of(vm, self);
    Set *result = empty_like(vm, self), *s = as_set(self);
    if (!result)
        return NULL;
    if (is_set(other)) {
        Set *o = as_set(other);
        bool ok = o->count > s->count ? keep_common(vm, result, s, o) : keep_common(vm, result, o, s);
        return ok ? result : NULL;
    }
    Each each;
    Value item;
    if (!each_begin(&each, vm, other))
        return NULL;
    while (each_next(&each, &item)) {
        int64_t hash;
        if (!value_hash(vm, item, &hash))
            return NULL;
        int64_t found = set_find(vm, s, item, hash);
        if (found < -1 || (found >= 0 && !set_add_hashed(vm, result, item, hash)))
            return NULL;
    }
    return vm->error ? NULL : result;
}

static bool toggle_all(VM *vm, Set *s, Value iterable)
{
    if (iterable == from_object(s)) {
        set_clear(vm, s);
        return true;
    }
    Set *other = as_any_set(vm, iterable);
    if (!other)
        return false;
    uint64_t position = 0;
    for (SetEntry *e; (e = set_entry_next(other, &position));) {
        SetEntry entry = *e;
        int removed = set_discard_hashed(vm, s, entry.key, entry.hash);
        if (removed < 0 || (!removed && !set_add_hashed(vm, s, entry.key, entry.hash)) ||
            !vm_tick(vm))
            return false;
    }
    return true;
}

static Set *symmetric_difference(VM *vm, Value self, Value other)
{
    Set *result = empty_like(vm, self);
    return result && set_update(vm, result, other) && toggle_all(vm, result, self) ? result : NULL;
}

static Set *union_of(VM *vm, Value self, Value other)
{
    Set *result = copy_of(vm, self);
    return result && set_update(vm, result, other) ? result : NULL;
}

// Takes over the table of another set, which is not used any more.
static void adopt(VM *vm, Set *s, Set *from)
{
    if (from->entries == from->small || s->entries == s->small)
        memcpy(s->small, from->small, sizeof s->small); // all zero when it is not the table
    s->entries = from->entries == from->small ? s->small : from->entries;
    s->objects = from->objects;
    s->mask = from->mask;
    s->count = from->count;
    s->fill = from->fill;
    s->version++;
    gc_barrier(vm, s);
    from->entries = NULL;
    from->count = from->fill = 0;
    from->mask = 0;
}

// 1, 0, -1 error.
static int is_subset(VM *vm, Set *a, Set *b)
{
    if (a->count > b->count)
        return 0;
    uint64_t position = 0;
    for (SetEntry *e; (e = set_entry_next(a, &position));) {
        int64_t found = set_find(vm, b, e->key, e->hash);
        if (found < 0)
            return found == -1 ? 0 : -1;
        if (!vm_tick(vm))
            return -1;
    }
    return 1;
}

// ---- operations

static void set_mark(Gc *gc, Object *o)
{
    Set *s = (Set *)o;
    gc_mark(gc, s->attributes);
    if (s->entries != s->small)
        gc_mark_buffer(gc, s->entries);
    if (s->objects && s->entries)
        gc_mark_entries(gc, s->entries, &s->entries->key, (size_t)s->mask + 1, sizeof(SetEntry) / sizeof(Value), 1);
}

static Value set_repr(VM *vm, Value self)
{
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    if (active)
        return from_object(str_format(vm, "%T(...)", self));
    Value result = VALUE_EMPTY;
    if (as_set(self)->count == 0) {
        result = from_object(str_format(vm, "%T()", self));
    } else {
        List *items = list_new(vm, 0);
        Value text = VALUE_EMPTY;
        if (items && list_extend(vm, items, self))
            text = sequence_repr(vm, from_object(items), "{", "}");
        bool plain = is_exact(vm, self, KIND_SET);
        if (text != VALUE_EMPTY)
            result = plain ? text : from_object(str_format(vm, "%T(%U)", self, as_str(text)));
    }
    repr_leave(vm, self);
    return result;
}

static uint64_t shuffle_bits(uint64_t h) { return ((h ^ 89869747u) ^ (h << 16)) * 3644798167u; }

// Independent of order; every free or deleted entry of the table is left out.
static bool frozenset_hash(VM *vm, Value self, int64_t *out)
{
    (void)vm;
    Set *s = as_set(self);
    if (s->hash == 0) {
        uint64_t hash = 0, position = 0;
        for (SetEntry *e; (e = set_entry_next(s, &position));)
            hash ^= shuffle_bits((uint64_t)e->hash);
        hash ^= ((uint64_t)s->count + 1) * 1927868237u;
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash * 69069u + 907133923u;
        s->hash = hash == UINT64_MAX ? 590923713 : (int64_t)hash;
    }
    *out = s->hash;
    return true;
}

static Value set_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if (!is_set(other))
        return VALUE_NOT_IMPLEMENTED;
    Set *a = as_set(self), *b = as_set(other);
    int result = 0;
    switch (op) {
    case COMPARE_EQ:
    case COMPARE_NE:
        if (a->count == b->count && !(is_frozen(self) && is_frozen(other) && a->hash && b->hash && a->hash != b->hash))
            result = is_subset(vm, a, b);
        break;
    case COMPARE_LE: result = is_subset(vm, a, b); break;
    case COMPARE_GE: result = is_subset(vm, b, a); break;
    case COMPARE_LT: result = a->count < b->count ? is_subset(vm, a, b) : 0; break;
    case COMPARE_GT: result = a->count > b->count ? is_subset(vm, b, a) : 0; break;
    }
    return result < 0 ? VALUE_EMPTY : from_bool((op == COMPARE_NE) != (result == 1));
}

static Value set_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    if (!is_set(l) || !is_set(r))
        return VALUE_NOT_IMPLEMENTED;
    switch (op) {
    case BINARY_OR: return from_object(union_of(vm, l, r));
    case BINARY_AND: return from_object(intersection(vm, l, r));
    case BINARY_SUB: return from_object(difference(vm, l, r));
    case BINARY_XOR: return from_object(symmetric_difference(vm, l, r));
    default: return VALUE_NOT_IMPLEMENTED;
    }
}

static bool intersect_in_place(VM *vm, Value self, Value other)
{
    Set *common = intersection(vm, self, other);
    if (common)
        adopt(vm, as_set(self), common);
    return common != NULL;
}

static Value set_inplace(VM *vm, BinaryOp op, Value l, Value r)
{
    if (!is_set(r))
        return VALUE_NOT_IMPLEMENTED;
    bool ok;
    switch (op) {
    case BINARY_OR: ok = set_update(vm, as_set(l), r); break;
    case BINARY_AND: ok = intersect_in_place(vm, l, r); break;
    case BINARY_SUB: ok = discard_all(vm, as_set(l), r); break;
    case BINARY_XOR: ok = toggle_all(vm, as_set(l), r); break;
    default: return VALUE_NOT_IMPLEMENTED;
    }
    return ok ? l : VALUE_EMPTY;
}

static int64_t set_len(VM *vm, Value self)
{
    (void)vm;
    return as_set(self)->count;
}

static int set_has(VM *vm, Value self, Value key) { return contains_key(vm, as_set(self), key); }

// ---- the iterator

static void iterator_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((SetIterator *)o)->set); }

static Value set_iter(VM *vm, Value self)
{
    SetIterator *it = type_new_of(vm, &set_iterator_def);
    if (it) {
        it->set = as_set(self);
        it->expected = it->remaining = it->set->count;
    }
    return from_object(it);
}

static Value iterator_next(VM *vm, Value self)
{
    SetIterator *it = (SetIterator *)as_object(self);
    Set *s = it->set;
    if (!s)
        return VALUE_EMPTY;
    if (unlikely(it->expected != s->count)) {
        it->expected = -1;
        return raise_runtime(vm, "Set changed size during iteration");
    }
    SetEntry *e = set_entry_next(s, &it->position);
    if (!e) {
        it->set = NULL;
        return VALUE_EMPTY;
    }
    it->remaining--;
    return e->key;
}

static Value iterator_hint(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    SetIterator *it = (SetIterator *)as_object(args[0]);
    return from_small(it->set && it->expected == it->set->count ? it->remaining : 0);
}

static Value iterator_reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    SetIterator *it = (SetIterator *)as_object(args[0]);
    List *rest = list_new(vm, 0);
    uint64_t position = it->position;
    Value key;
    if (!rest)
        return VALUE_EMPTY;
    while (it->set && set_next(it->set, &position, &key))
        if (!list_append(vm, rest, key))
            return VALUE_EMPTY;
    return iterator_reduce(vm, from_object(rest), VALUE_EMPTY);
}

static const NativeDef iterator_methods[] = {
    {"__length_hint__(self, /)", iterator_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", iterator_reduce_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps iterator_ops = {.mark = iterator_mark, .iter = iterator_self, .next = iterator_next};

const TypeDef set_iterator_def = {
    .name = "set_iterator", .kind = KIND_OTHER, .size = sizeof(SetIterator), .ops = &iterator_ops,
    .methods = iterator_methods, .flags = TYPE_NO_NEW,
};

// ---- methods of both

static Value copy_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (is_exact(vm, args[0], KIND_FROZENSET))
        return args[0];
    return from_object(copy_of(vm, args[0]));
}

static Value union_method(VM *vm, Value *args, int nargs)
{
    Set *result = copy_of(vm, args[0]);
    for (int i = 1; result && i < nargs; i++)
        if (!set_update(vm, result, args[i]))
            return VALUE_EMPTY;
    return from_object(result);
}

static Value difference_method(VM *vm, Value *args, int nargs)
{
    if (nargs == 1)
        return copy_method(vm, args, 1);
    Set *result = difference(vm, args[0], args[1]);
    for (int i = 2; result && i < nargs; i++)
        if (!discard_all(vm, result, args[i]))
            return VALUE_EMPTY;
    return from_object(result);
}

static Value intersection_method(VM *vm, Value *args, int nargs)
{
    if (nargs == 1)
        return copy_method(vm, args, 1);
    Value result = args[0];
    for (int i = 1; result != VALUE_EMPTY && i < nargs; i++)
        result = from_object(intersection(vm, result, args[i]));
    return result;
}

static Value symmetric_difference_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return from_object(symmetric_difference(vm, args[0], args[1]));
}

static Value disjoint_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Set *s = as_set(args[0]);
    Value other = args[1], item;
    if (is_set(other)) {
        Set *o = as_set(other), *walked = o->count > s->count ? s : o, *probed = walked == s ? o : s;
        uint64_t position = 0;
        for (SetEntry *e; (e = set_entry_next(walked, &position));) {
            int64_t found = set_find(vm, probed, e->key, e->hash);
            if (found != -1)
                return found < 0 ? VALUE_EMPTY : VALUE_FALSE;
        }
        return VALUE_TRUE;
    }
    Each each;
    if (!each_begin(&each, vm, other))
        return VALUE_EMPTY;
    while (each_next(&each, &item)) {
        int found = set_contains(vm, s, item);
        if (found)
            return found < 0 ? VALUE_EMPTY : VALUE_FALSE;
    }
    return vm->error ? VALUE_EMPTY : VALUE_TRUE;
}

static Value subset_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Set *other = as_any_set(vm, args[1]);
    int result = other ? is_subset(vm, as_set(args[0]), other) : -1;
    return result < 0 ? VALUE_EMPTY : from_bool(result);
}

static Value superset_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (is_set(args[1])) {
        int result = is_subset(vm, as_set(args[1]), as_set(args[0]));
        return result < 0 ? VALUE_EMPTY : from_bool(result);
    }
    Each each;
    Value item;
    if (!each_begin(&each, vm, args[1]))
        return VALUE_EMPTY;
    while (each_next(&each, &item)) {
        int in = set_contains(vm, as_set(args[0]), item);
        if (in <= 0)
            return in ? VALUE_EMPTY : VALUE_FALSE;
    }
    return vm->error ? VALUE_EMPTY : VALUE_TRUE;
}

static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    List *items = list_new(vm, as_set(args[0])->count);
    if (!items || !list_extend(vm, items, args[0]))
        return VALUE_EMPTY;
    Value arguments = tuple_pack(vm, 1, from_object(items));
    Value state = object_getattr_opt(vm, args[0], NAME_OF(vm, __dict__));
    if (arguments == VALUE_EMPTY || vm->error)
        return VALUE_EMPTY;
    return tuple_pack(vm, 3, from_object(type_of(vm, args[0])), arguments, state == VALUE_EMPTY ? VALUE_NONE : state);
}

#define COMMON_METHODS \
    {"copy(self, /)", copy_method, "A shallow copy.", NATIVE_RAW, 1, 1}, \
    {"union(self, /, *others)", union_method, "All elements that are in any of the sets.", NATIVE_RAW, 1, -1}, \
    {"difference(self, /, *others)", difference_method, "All elements the others lack.", NATIVE_RAW, 1, -1}, \
    {"intersection(self, /, *others)", intersection_method, "All elements that are in all sets.", NATIVE_RAW, 1, -1}, \
    {"symmetric_difference(self, other, /)", symmetric_difference_method, "What exactly one of the sets has.", \
     NATIVE_RAW, 2, 2}, \
    {"isdisjoint(self, other, /)", disjoint_method, "True if the sets have nothing in common.", NATIVE_RAW, 2, 2}, \
    {"issubset(self, other, /)", subset_method, "True if the other contains this set.", NATIVE_RAW, 2, 2}, \
    {"issuperset(self, other, /)", superset_method, "True if this set contains the other.", NATIVE_RAW, 2, 2}, \
    {"__reduce__(self, /)", reduce_method, NULL, NATIVE_RAW, 1, 1}, CLASS_GETITEM_METHOD

// ---- methods of set

static Value add_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return set_add(vm, as_set(args[0]), args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value discard_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return discard_key(vm, as_set(args[0]), args[1]) < 0 ? VALUE_EMPTY : VALUE_NONE;
}

static Value remove_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int removed = discard_key(vm, as_set(args[0]), args[1]);
    if (removed == 0)
        return raise_key(vm, args[1]);
    return removed < 0 ? VALUE_EMPTY : VALUE_NONE;
}

static Value pop_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Set *s = as_set(args[0]);
    if (s->count == 0)
        return raise_exc(vm, EXC_KeyError, "pop from an empty set");
    uint64_t position = (uint64_t)s->hash & s->mask; // the field `hash` of a set is where to look next
    SetEntry *e = set_entry_next(s, &position);
    if (!e) {
        position = 0;
        e = set_entry_next(s, &position);
    }
    Value key = e->key;
    *e = (SetEntry){SET_DELETED, -1};
    s->count--;
    s->version++;
    s->hash = (int64_t)position;
    return key;
}

static Value clear_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    set_clear(vm, as_set(args[0]));
    return VALUE_NONE;
}

static Value update_method(VM *vm, Value *args, int nargs)
{
    for (int i = 1; i < nargs; i++)
        if (!set_update(vm, as_set(args[0]), args[i]))
            return VALUE_EMPTY;
    return VALUE_NONE;
}

static Value difference_update_method(VM *vm, Value *args, int nargs)
{
    for (int i = 1; i < nargs; i++)
        if (!discard_all(vm, as_set(args[0]), args[i]))
            return VALUE_EMPTY;
    return VALUE_NONE;
}

static Value intersection_update_method(VM *vm, Value *args, int nargs)
{
    Value common = intersection_method(vm, args, nargs);
    if (common == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (common != args[0])
        adopt(vm, as_set(args[0]), as_set(common));
    return VALUE_NONE;
}

static Value symmetric_difference_update_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return toggle_all(vm, as_set(args[0]), args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value set_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    set_clear(vm, as_set(args[0]));
    if (args[1] != VALUE_EMPTY && !set_update(vm, as_set(args[0]), args[1]))
        return VALUE_EMPTY;
    return VALUE_NONE;
}

static Value set_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = (Type *)as_object(args[0]);
    Set *s = type_alloc(vm, cls, 0);
    return s && (args[1] == VALUE_EMPTY || set_update(vm, s, args[1])) ? from_object(s) : VALUE_EMPTY;
}

static Value frozenset_make(VM *vm, Value *args, int nargs)
{
    Type *cls = (Type *)as_object(args[0]);
    if (cls == vm->types[KIND_FROZENSET]) {
        if (args[1] != VALUE_EMPTY && is_exact(vm, args[1], KIND_FROZENSET))
            return args[1];
        if (args[1] == VALUE_EMPTY) {
            if (vm->empty_frozenset == VALUE_EMPTY)
                vm->empty_frozenset = from_object(set_new(vm, true));
            return vm->empty_frozenset;
        }
    }
    return set_make(vm, args, nargs);
}

static const NativeDef set_methods[] = {
    {"add(self, object, /)", add_method, "Add an element to a set.", NATIVE_RAW, 2, 2},
    {"discard(self, object, /)", discard_method, "Remove an element from a set if it is a member.", NATIVE_RAW, 2, 2},
    {"remove(self, object, /)", remove_method, "Remove an element from a set; it must be a member.", NATIVE_RAW, 2, 2},
    {"pop(self, /)", pop_method, "Remove and return an arbitrary set element.", NATIVE_RAW, 1, 1},
    {"clear(self, /)", clear_method, "Remove all elements.", NATIVE_RAW, 1, 1},
    {"update(self, /, *others)", update_method, "Add the elements of all iterables.", NATIVE_RAW, 1, -1},
    {"difference_update(self, /, *others)", difference_update_method, "Remove the elements of all iterables.",
     NATIVE_RAW, 1, -1},
    {"intersection_update(self, /, *others)", intersection_update_method, "Keep only what is in all iterables too.",
     NATIVE_RAW, 1, -1},
    {"symmetric_difference_update(self, other, /)", symmetric_difference_update_method,
     "Remove what both have, add what only the other has.", NATIVE_RAW, 2, 2},
    {"__init__(self, iterable=<unset>, /)", set_init, NULL, 0, 0, 0},
    COMMON_METHODS,
    {0},
};

static const NativeDef frozenset_methods[] = {COMMON_METHODS, {0}};

#define SET_BINARY (BIT(BINARY_OR) | BIT(BINARY_AND) | BIT(BINARY_SUB) | BIT(BINARY_XOR))

static const TypeOps set_ops = {
    .mark = set_mark,
    .repr = set_repr,
    .compare = set_compare,
    .compare_mask = ALL_COMPARES,
    .binary = set_binary,
    .binary_mask = SET_BINARY,
    .reflected_mask = SET_BINARY,
    .inplace = set_inplace,
    .inplace_mask = SET_BINARY,
    .len = set_len,
    .contains = set_has,
    .iter = set_iter,
};

static const TypeOps frozenset_ops = {
    .mark = set_mark,
    .repr = set_repr,
    .hash = frozenset_hash,
    .compare = set_compare,
    .compare_mask = ALL_COMPARES,
    .binary = set_binary,
    .binary_mask = SET_BINARY,
    .reflected_mask = SET_BINARY,
    .len = set_len,
    .contains = set_has,
    .iter = set_iter,
};

const TypeDef set_def = {
    .name = "set",
    .kind = KIND_SET,
    .size = sizeof(Set),
    .ops = &set_ops,
    .methods = set_methods,
    .make = {"set(cls, iterable=<unset>, /)", set_make, NULL, 0, 0, 0},
    .doc = "An unordered collection of unique elements.",
    .flags = TYPE_BASE | TYPE_MATCH_SELF,
};

const TypeDef frozenset_def = {
    .name = "frozenset",
    .kind = KIND_FROZENSET,
    .size = sizeof(Set),
    .ops = &frozenset_ops,
    .methods = frozenset_methods,
    .make = {"frozenset(cls, iterable=<unset>, /)", frozenset_make, NULL, 0, 0, 0},
    .doc = "An immutable unordered collection of unique elements.",
    .flags = TYPE_BASE | TYPE_MATCH_SELF,
};
