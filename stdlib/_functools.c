// SPDX-License-Identifier: MIT
//
// The module _functools: partial, reduce, cmp_to_key and the cache behind lru_cache.

#include "vm/types/container.h"

static const TypeDef partial_def, key_def, lru_def;

// ---- partial

typedef struct Partial {
    Object base;
    Value function;
    Tuple *args;
    Dict *keywords;
    Tuple *names;         // of the keywords as they were at names_version, for calls without others
    uint32_t names_version;
    Value attributes;
} Partial;

static Partial *as_partial(Value v) { return (Partial *)as_object(v); }

static void partial_mark(Gc *gc, Object *o)
{
    Partial *p = (Partial *)o;
    gc_mark(gc, p->function);
    gc_mark_object(gc, (Object *)p->args);
    gc_mark_object(gc, (Object *)p->keywords);
    gc_mark_object(gc, (Object *)p->names);
    gc_mark(gc, p->attributes);
}

static Tuple *concat(VM *vm, Tuple *a, const Value *more, int64_t count)
{
    if (count == 0)
        return a;
    Tuple *t = tuple_new(vm, a->count + count);
    if (t) {
        memcpy(t->items, a->items, (size_t)a->count * sizeof(Value));
        memcpy(t->items + a->count, more, (size_t)count * sizeof(Value));
        gc_barrier(vm, t);
    }
    return t;
}

static bool fill_partial(VM *vm, Partial *p, Value function, Tuple *args, Value keywords)
{
    Dict *merged = dict_new(vm, 0);
    if (!merged)
        return false;
    if (is_type_def(vm, function, &partial_def) && as_partial(function)->attributes == VALUE_EMPTY) { // flatten
        Partial *inner = as_partial(function);
        function = inner->function;
        args = concat(vm, inner->args, args->items, args->count);
        if (!args || !dict_merge(vm, merged, inner->keywords))
            return false;
    }
    if (keywords != VALUE_EMPTY && !dict_merge(vm, merged, as_dict(keywords)))
        return false;
    p->function = function;
    p->args = args;
    p->keywords = merged;
    p->names = NULL;
    gc_barrier(vm, p);
    return true;
}

static Value partial_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *given = as_tuple(args[1]);
    if (given->count == 0)
        return raise_type(vm, "type 'partial' takes at least one argument");
    if (!is_callable(vm, given->items[0]))
        return raise_type(vm, "the first argument must be callable");
    Tuple *rest = as_tuple(tuple_from(vm, given->items + 1, given->count - 1));
    Partial *p = rest ? type_alloc(vm, (Type *)as_object(args[0]), 0) : NULL;
    return p && fill_partial(vm, p, given->items[0], rest, args[2]) ? from_object(p) : VALUE_EMPTY;
}

#define DIRECT 16 // arguments that are passed from the C stack

// No keywords at the call: those of the partial follow the positional arguments.
static Value call_direct(VM *vm, Partial *p, Value *args, int nargs)
{
    Value all[DIRECT];
    Dict *d = p->keywords;
    int64_t count = 0;
    memcpy(all, p->args->items, (size_t)p->args->count * sizeof(Value));
    count += p->args->count;
    if (nargs)
        memcpy(all + count, args, (size_t)nargs * sizeof(Value));
    count += nargs;
    if (d->count == 0)
        return object_call(vm, p->function, all, (int)count, NULL);
    if (!p->names || p->names_version != d->keys_version) {
        Tuple *names = tuple_new(vm, d->count);
        int64_t n = 0;
        for (int64_t i = dict_forward(d, 0); names && i >= 0; i = dict_forward(d, i + 1))
            names->items[n++] = d->entries[i].key;
        if (!names)
            return VALUE_EMPTY;
        p->names = names;
        p->names_version = d->keys_version;
        gc_barrier(vm, p);
    }
    int64_t positional = count;
    for (int64_t i = dict_forward(d, 0); i >= 0; i = dict_forward(d, i + 1))
        all[count++] = d->entries[i].value;
    return object_call(vm, p->function, all, (int)positional, p->names);
}

static Value partial_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    Partial *p = as_partial(self);
    if (!vm_enter(vm, ""))
        return VALUE_EMPTY;
    Value result = VALUE_EMPTY;
    if ((!kwnames || kwnames->count == 0) && p->args->count + nargs + p->keywords->count <= DIRECT) {
        result = call_direct(vm, p, args, nargs);
    } else {
        Tuple *all = concat(vm, p->args, args, nargs);
        Dict *keywords = all ? dict_copy(vm, p->keywords) : NULL;
        bool ok = keywords != NULL;
        for (int64_t i = 0; ok && kwnames && i < kwnames->count; i++)
            ok = dict_set(vm, keywords, kwnames->items[i], args[nargs + i]);
        if (ok)
            result = object_call_ex(vm, p->function, from_object(all),
                                    keywords->count ? from_object(keywords) : VALUE_EMPTY);
    }
    vm_leave(vm);
    return result;
}

static Value partial_repr(VM *vm, Value self)
{
    Partial *p = as_partial(self);
    StrBuilder b;
    builder_init(&b, vm);
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    if (active)
        return from_object(str_from(vm, "..."));
    bool exact = type_of(vm, self)->def == &partial_def && !(type_of(vm, self)->flags & TYPE_HEAP);
    bool ok = (!exact || builder_add_cstr(&b, "functools.")) && builder_add_str(&b, type_of(vm, self)->name) &&
              builder_add_char(&b, '(') && builder_add_repr(&b, p->function);
    for (int64_t i = 0; ok && i < p->args->count; i++)
        ok = builder_add_cstr(&b, ", ") && builder_add_repr(&b, p->args->items[i]);
    for (int64_t i = dict_forward(p->keywords, 0); ok && i >= 0; i = dict_forward(p->keywords, i + 1)) {
        Value value = p->keywords->entries[i].value;
        Str *key = object_str(vm, p->keywords->entries[i].key);
        ok = key && builder_add_cstr(&b, ", ") && builder_add_str(&b, key) && builder_add_char(&b, '=') &&
            builder_add_repr(&b, value);
    }
    repr_leave(vm, self);
    if (!ok || !builder_add_char(&b, ')'))
        return VALUE_EMPTY;
    return from_object(builder_finish(&b));
}

static Value partial_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Partial *p = as_partial(args[0]);
    Value attributes = p->attributes == VALUE_EMPTY ? VALUE_NONE : p->attributes;
    Value arguments = tuple_pack(vm, 1, p->function);
    Value state = tuple_pack(vm, 4, p->function, from_object(p->args), from_object(p->keywords), attributes);
    if (arguments == VALUE_EMPTY || state == VALUE_EMPTY)
        return VALUE_EMPTY;
    return tuple_pack(vm, 3, from_object(type_of(vm, args[0])), arguments, state);
}

static Value partial_setstate(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Partial *p = as_partial(args[0]);
    Tuple *state = is_tuple(args[1]) ? as_tuple(args[1]) : NULL;
    bool ok = state && state->count == 4 && is_callable(vm, state->items[0]) && is_tuple(state->items[1]) &&
              (is_dict(state->items[2]) || is_none(state->items[2])) &&
                  (is_dict(state->items[3]) || is_none(state->items[3]));
    if (!ok)
        return raise_type(vm, "invalid partial state");
    Value arguments = tuple_from(vm, as_tuple(state->items[1])->items, as_tuple(state->items[1])->count);
    Dict *keywords = is_dict(state->items[2]) ? dict_copy(vm, as_dict(state->items[2])) : dict_new(vm, 0);
    if (arguments == VALUE_EMPTY || !keywords)
        return VALUE_EMPTY;
    p->function = state->items[0];
    p->args = as_tuple(arguments);
    p->keywords = keywords;
    p->names = NULL;
    if (is_dict(state->items[3]))
        p->attributes = state->items[3];
    gc_barrier(vm, p);
    return VALUE_NONE;
}

static Value get_func(VM *vm, Value self)
{
    (void)vm;
    return as_partial(self)->function;
}

static Value get_args(VM *vm, Value self)
{
    (void)vm;
    return from_object(as_partial(self)->args);
}

static Value get_keywords(VM *vm, Value self)
{
    (void)vm;
    return from_object(as_partial(self)->keywords);
}

static const GetSetDef partial_getsets[] = {
    {"func", get_func, readonly_attribute, "function object to use in future partial calls"},
    {"args", get_args, readonly_attribute, "tuple of arguments to future partial calls"},
    {"keywords", get_keywords, readonly_attribute, "dictionary of keyword arguments to future partial calls"},
    INSTANCE_DICT_GETSET,
    {0},
};

static const NativeDef partial_methods[] = {
    {"__reduce__(self, /)", partial_reduce, NULL, NATIVE_RAW, 1, 1},
    {"__setstate__(self, state, /)", partial_setstate, NULL, NATIVE_RAW, 2, 2},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps partial_ops = {.mark = partial_mark, .repr = partial_repr, .call = partial_call};

static const TypeDef partial_def = {
    .name = "functools.partial",
    .kind = KIND_OTHER,
    .size = sizeof(Partial),
    .ops = &partial_ops,
    .methods = partial_methods,
    .getsets = partial_getsets,
    .make = {"partial(cls, /, *args, **kwargs)", partial_make, NULL, 0, 0, 0},
    .doc = "A function with some arguments given already.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};

// ---- reduce

static Value reduce(VM *vm, Value *args, int nargs)
{
    Each each;
    Value total = nargs > 2 ? args[2] : VALUE_EMPTY, item;
    if (!each_begin(&each, vm, args[1])) {
        if (error_is(vm, EXC_TypeError)) {
            error_clear(vm);
            raise_type(vm, "reduce() arg 2 must support iteration");
        }
        return VALUE_EMPTY;
    }
    while (each_next(&each, &item)) {
        total = total == VALUE_EMPTY ? item : call2(vm, args[0], total, item);
        if (total == VALUE_EMPTY)
            return VALUE_EMPTY;
    }
    if (vm->error)
        return VALUE_EMPTY;
    return total != VALUE_EMPTY ? total : raise_type(vm, "reduce() of empty iterable with no initial value");
}

// ---- cmp_to_key

typedef struct Key {
    Object base;
    Value compare;
    Value object; // VALUE_EMPTY: the key function itself
} Key;

static Key *as_key(Value v) { return (Key *)as_object(v); }

static void key_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((Key *)o)->compare);
    gc_mark(gc, ((Key *)o)->object);
}

static Value key_new(VM *vm, Value compare, Value object)
{
    Key *k = type_new_of(vm, &key_def);
    if (k) {
        k->compare = compare;
        k->object = object;
    }
    return from_object(k);
}

static Value cmp_to_key(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return key_new(vm, args[0], VALUE_EMPTY);
}

static Value key_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    int64_t names = kwnames ? kwnames->count : 0;
    if (nargs + names > 1)
        return raise_type(vm, "K() takes at most 1 argument (%lld given)", (long long)(nargs + names));
    if (nargs + names == 0 || (names && !str_is(as_str(kwnames->items[0]), "obj")))
        return raise_type(vm, "K() missing required argument 'obj' (pos 1)");
    return key_new(vm, as_key(self)->compare, args[0]);
}

static Value key_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if (!is_type_def(vm, other, &key_def))
        return raise_type(vm, "other argument must be K instance");
    Value x = as_key(self)->object, y = as_key(other)->object;
    if (x == VALUE_EMPTY || y == VALUE_EMPTY)
        return raise_exc(vm, EXC_AttributeError, "object");
    Value order = call2(vm, as_key(self)->compare, x, y);
    if (order == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (is_small(order))
        return compare_result(order < INT_ZERO ? -1 : order > INT_ZERO, op);
    return object_compare(vm, order, from_small(0), op);
}

static Value get_obj(VM *vm, Value self)
{
    Value object = as_key(self)->object;
    return object != VALUE_EMPTY ? object : raise_exc(vm, EXC_AttributeError, "obj");
}

static const GetSetDef key_getsets[] = {
    {"obj", get_obj, NULL, "Value wrapped by a key function."},
    {0},
};

static const TypeOps key_ops = {.mark = key_mark, .compare = key_compare, .compare_mask = ALL_COMPARES,
                                .call = key_call};

static const TypeDef key_def = {
    .name = "functools.KeyWrapper", .kind = KIND_OTHER, .size = sizeof(Key), .ops = &key_ops, .getsets = key_getsets,
    .flags = TYPE_NO_NEW,
};

// ---- lru_cache: the dict's order is the order of use

typedef struct Lru {
    Object base;
    Value function, info_type;
    Value marker;    // stands between positional and keyword arguments in a key
    Dict *cache;
    int64_t maxsize; // -1: unbounded
    int64_t hits, misses;
    bool typed;
    Value attributes;
} Lru;

static Lru *as_lru(Value v) { return (Lru *)as_object(v); }

static void lru_mark(Gc *gc, Object *o)
{
    Lru *c = (Lru *)o;
    gc_mark(gc, c->function);
    gc_mark(gc, c->info_type);
    gc_mark(gc, c->marker);
    gc_mark_object(gc, (Object *)c->cache);
    gc_mark(gc, c->attributes);
}

// One value that stands for all arguments: a lone int or str itself, else a tuple.
static Value lru_key(VM *vm, Lru *c, Value *args, int nargs, Tuple *kwnames)
{
    int64_t names = kwnames ? kwnames->count : 0;
    if (nargs == 1 && !names && !c->typed && (is_small(args[0]) || is_exact(vm, args[0], KIND_STR)))
        return args[0];
    int64_t count = nargs + (names ? 1 + 2 * names : 0), n = 0;
    Tuple *t = tuple_new(vm, count + (c->typed ? nargs + names : 0));
    if (!t)
        return VALUE_EMPTY;
    for (int i = 0; i < nargs; i++)
        t->items[n++] = args[i];
    if (names)
        t->items[n++] = c->marker;
    for (int64_t i = 0; i < names; i++) {
        t->items[n++] = kwnames->items[i];
        t->items[n++] = args[nargs + i];
    }
    for (int64_t i = 0; c->typed && i < nargs + names; i++)
        t->items[n++] = from_object(type_of(vm, args[i]));
    gc_barrier(vm, t);
    return from_object(t);
}

static Value call_function(VM *vm, Lru *c, Value *args, int nargs, Tuple *kwnames)
{
    c->misses++;
    return object_call(vm, c->function, args, nargs, kwnames);
}

static Value lru_lookup(VM *vm, Lru *c, Value *args, int nargs, Tuple *kwnames)
{
    int64_t hash;
    if (c->maxsize == 0)
        return call_function(vm, c, args, nargs, kwnames);
    Value key = lru_key(vm, c, args, nargs, kwnames);
    if (key == VALUE_EMPTY || !value_hash(vm, key, &hash))
        return VALUE_EMPTY;
    Dict *d = c->cache;
    int64_t i = dict_find(vm, d, key, hash);
    if (i < -1)
        return VALUE_EMPTY;
    if (i >= 0) {
        Value found = d->entries[i].value;
        c->hits++;
        if (c->maxsize > 0 && i + 1 != (int64_t)d->used && dict_move_key(vm, d, d->entries[i].key, true) < 0)
            return VALUE_EMPTY;
        return found;
    }
    Value result = call_function(vm, c, args, nargs, kwnames);
    if (result == VALUE_EMPTY)
        return VALUE_EMPTY;
    d = c->cache; // the call may have filled or cleared it
    i = dict_find(vm, d, key, hash);
    if (i != -1)
        return i >= 0 ? result : VALUE_EMPTY;
    while (c->maxsize > 0 && d->count >= c->maxsize)
        dict_delete_at(d, dict_forward(d, 0));
    return dict_insert_hashed(vm, d, key, hash, result) ? result : VALUE_EMPTY;
}

static Value lru_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    if (!vm_enter(vm, ""))
        return VALUE_EMPTY;
    Value result = lru_lookup(vm, as_lru(self), args, nargs, kwnames);
    vm_leave(vm);
    return result;
}

static Value lru_get(VM *vm, Value self, Value instance, Type *owner)
{
    (void)owner;
    return instance == VALUE_EMPTY || is_none(instance) ? self : bound_method_new(vm, self, instance);
}

static Value lru_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t maxsize = -1;
    if (!is_callable(vm, args[1]))
        return raise_type(vm, "the first argument must be callable");
    if (!is_none(args[2])) {
        if (!has_index(vm, args[2]))
            return raise_type(vm, "maxsize should be integer or None");
        if (!object_index_i64(vm, args[2], &maxsize))
            return VALUE_EMPTY;
        if (maxsize < 0)
            maxsize = 0;
    }
    int typed = object_truth(vm, args[3]);
    Value marker = typed < 0 ? VALUE_EMPTY : call0(vm, from_object(vm->types[KIND_OBJECT]));
    Dict *cache = marker == VALUE_EMPTY ? NULL : dict_new(vm, 0);
    Lru *c = cache ? type_alloc(vm, (Type *)as_object(args[0]), 0) : NULL;
    if (!c)
        return VALUE_EMPTY;
    c->function = args[1];
    c->info_type = args[4];
    c->marker = marker;
    c->cache = cache;
    c->maxsize = maxsize;
    c->typed = typed;
    gc_barrier(vm, c);
    return from_object(c);
}

static Value cache_info(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Lru *c = as_lru(args[0]);
    Value maxsize = c->maxsize < 0 ? VALUE_NONE : int_from_i64(vm, c->maxsize);
    Value given[4] = {int_from_i64(vm, c->hits), int_from_i64(vm, c->misses), maxsize, from_small(c->cache->count)};
    return object_call(vm, c->info_type, given, 4, NULL);
}

static Value cache_clear(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Lru *c = as_lru(args[0]);
    c->hits = c->misses = 0;
    dict_clear(vm, c->cache);
    return VALUE_NONE;
}

static Value cache_parameters(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Lru *c = as_lru(args[0]);
    Dict *d = dict_new(vm, 2);
    Value maxsize = c->maxsize < 0 ? VALUE_NONE : int_from_i64(vm, c->maxsize);
    if (!d || !dict_set_text(vm, d, "maxsize", maxsize) || !dict_set_text(vm, d, "typed", from_bool(c->typed)))
        return VALUE_EMPTY;
    return from_object(d);
}

static Value lru_copy(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    return args[0];
}

static Value lru_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return object_getattr(vm, args[0], NAME_OF(vm, __qualname__));
}

static const NativeDef lru_methods[] = {
    {"cache_info(self, /)", cache_info, "Report cache statistics.", NATIVE_RAW, 1, 1},
    {"cache_clear(self, /)", cache_clear, "Clear the cache and cache statistics.", NATIVE_RAW, 1, 1},
    {"cache_parameters(self, /)", cache_parameters, "maxsize and typed as a dict.", NATIVE_RAW, 1, 1},
    {"__copy__(self, /)", lru_copy, NULL, NATIVE_RAW, 1, 1},
    {"__deepcopy__(self, memo, /)", lru_copy, NULL, NATIVE_RAW, 2, 2},
    {"__reduce__(self, /)", lru_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const GetSetDef lru_getsets[] = {INSTANCE_DICT_GETSET, {0}};

static const TypeOps lru_ops = {.mark = lru_mark, .call = lru_call, .descr_get = lru_get};

static const TypeDef lru_def = {
    .name = "functools._lru_cache_wrapper",
    .kind = KIND_OTHER,
    .size = sizeof(Lru),
    .ops = &lru_ops,
    .methods = lru_methods,
    .getsets = lru_getsets,
    .make = {"_lru_cache_wrapper(cls, user_function, maxsize, typed, cache_info_type)", lru_make, NULL, 0, 0, 0},
    .doc = "A function whose results are remembered.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};

// ---- the module

static const NativeDef functions[] = {
    {"reduce(function, iterable, initial=<unset>, /)", reduce, "function(function(a, b), c) ... over the items.",
     NATIVE_RAW, 2, 3},
    {"cmp_to_key(mycmp)", cmp_to_key, "Convert a cmp= function into a key= function.", 0, 0, 0},
    {0},
};

static const TypeDef *const types[] = {&partial_def, &key_def, &lru_def, NULL};

const ModuleDef _functools_module = {.name = "_functools", .doc = "Kernels of functools.", .functions = functions,
                                     .types = types};
