// SPDX-License-Identifier: MIT
//
// The module itertools: count, cycle, repeat, chain, starmap, accumulate, pairwise, batched. See itertools.h for the
// rest.

#include "itertools.h"

// ---- count

typedef struct Count {
    Object base;
    Value current, step;
    Value attributes;
} Count;

static void count_mark(Gc *gc, Object *o)
{
    Count *c = (Count *)o;
    gc_mark(gc, c->current);
    gc_mark(gc, c->step);
    gc_mark(gc, c->attributes);
}

static Value count_next(VM *vm, Value self)
{
    Count *c = (Count *)as_object(self);
    Value current = c->current;
    if (likely(both_small(current, c->step))) {
        int64_t next = as_small(current) + as_small(c->step);
        if (likely(fits_small(next))) {
            c->current = from_small(next);
            return current;
        }
    }
    Value next = binary_op(vm, BINARY_ADD, current, c->step);
    if (next == VALUE_EMPTY)
        return VALUE_EMPTY;
    c->current = next;
    gc_barrier(vm, c);
    return current;
}

static bool is_number(VM *vm, Value v)
{
    Type *t = type_of(vm, v);
    return is_int_like(v) || is_float(v) || has_kind(v, KIND_COMPLEX) || type_special(vm, t, SPECIAL___index__) ||
           type_special(vm, t, SPECIAL___int__) || type_special(vm, t, SPECIAL___float__);
}

static Value count_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_number(vm, args[1]) || !is_number(vm, args[2]))
        return raise_type(vm, "a number is required");
    Count *c = type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (c) {
        c->current = args[1];
        c->step = args[2];
        gc_barrier(vm, c);
    }
    return from_object(c);
}

static Value count_repr(VM *vm, Value self)
{
    Count *c = (Count *)as_object(self);
    Str *name = type_of(vm, self)->name;
    if (c->step == from_small(1))
        return from_object(str_format(vm, "%U(%R)", name, c->current));
    return from_object(str_format(vm, "%U(%R, %R)", name, c->current, c->step));
}

static const TypeOps count_ops = {.mark = count_mark, .repr = count_repr, .iter = iterator_self, .next = count_next};

const TypeDef count_def = {
    .name = "itertools.count", .kind = KIND_OTHER, .size = sizeof(Count), .ops = &count_ops,
    .make = {"count(cls, start=0, step=1)", count_make, NULL, 0, 0, 0},
    .doc = "start, start + step, start + 2 * step, ...", .flags = TYPE_BASE,
};

// ---- cycle

typedef struct Cycle {
    Object base;
    Value iterator; // VALUE_EMPTY: the first round is over
    List *saved;
    int64_t index;
    Value attributes;
} Cycle;

static void cycle_mark(Gc *gc, Object *o)
{
    Cycle *c = (Cycle *)o;
    gc_mark(gc, c->iterator);
    gc_mark_object(gc, (Object *)c->saved);
    gc_mark(gc, c->attributes);
}

static Value cycle_next(VM *vm, Value self)
{
    Cycle *c = (Cycle *)as_object(self);
    if (c->iterator != VALUE_EMPTY) {
        Value item = nested_next(vm, c->iterator);
        if (item != VALUE_EMPTY)
            return list_append(vm, c->saved, item) ? item : VALUE_EMPTY;
        if (vm->error)
            return VALUE_EMPTY;
        c->iterator = VALUE_EMPTY;
    }
    if (c->saved->count == 0)
        return VALUE_EMPTY;
    if (c->index >= c->saved->count)
        c->index = 0;
    return c->saved->items[c->index++];
}

static Value cycle_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value iterator = object_iter(vm, args[1]);
    List *saved = iterator == VALUE_EMPTY ? NULL : list_new(vm, 0);
    Cycle *c = saved ? type_alloc(vm, (Type *)as_object(args[0]), 0) : NULL;
    if (c) {
        c->iterator = iterator;
        c->saved = saved;
        gc_barrier(vm, c);
    }
    return from_object(c);
}

ITERTOOL(cycle, "cycle", Cycle, "cycle(cls, iterable, /)", "The items of the iterable over and over.", NULL);

// ---- repeat

typedef struct Repeat {
    Object base;
    Value item;
    int64_t left; // -1: endless
    Value attributes;
} Repeat;

static void repeat_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((Repeat *)o)->item);
    gc_mark(gc, ((Repeat *)o)->attributes);
}

static Value repeat_next(VM *vm, Value self)
{
    (void)vm;
    Repeat *r = (Repeat *)as_object(self);
    if (r->left == 0)
        return VALUE_EMPTY;
    if (r->left > 0)
        r->left--;
    return r->item;
}

static Value repeat_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t times = -1;
    if (args[2] != VALUE_EMPTY) {
        if (!object_index_i64(vm, args[2], &times))
            return VALUE_EMPTY;
        if (times < 0)
            times = 0;
    }
    Repeat *r = type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (r) {
        r->item = args[1];
        r->left = times;
        gc_barrier(vm, r);
    }
    return from_object(r);
}

static Value repeat_repr(VM *vm, Value self)
{
    Repeat *r = (Repeat *)as_object(self);
    Str *name = type_of(vm, self)->name;
    if (r->left < 0)
        return from_object(str_format(vm, "%U(%R)", name, r->item));
    return from_object(str_format(vm, "%U(%R, %lld)", name, r->item, (long long)r->left));
}

static Value repeat_hint(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Repeat *r = (Repeat *)as_object(args[0]);
    return r->left < 0 ? raise_type(vm, "len() of unsized object") : int_from_i64(vm, r->left);
}

static const NativeDef repeat_methods[] = {
    {"__length_hint__(self, /)", repeat_hint, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps repeat_ops = {.mark = repeat_mark, .repr = repeat_repr, .iter = iterator_self,
                                   .next = repeat_next};

const TypeDef repeat_def = {
    .name = "itertools.repeat", .kind = KIND_OTHER, .size = sizeof(Repeat), .ops = &repeat_ops,
        .methods = repeat_methods,
    .make = {"repeat(cls, object, times=<unset>)", repeat_make, NULL, 0, 0, 0},
    .doc = "The object, endlessly or a number of times.", .flags = TYPE_BASE,
};

// ---- chain

typedef struct Chain {
    Object base;
    Value sources; // iterator over the iterables, VALUE_EMPTY at the end
    Value active;  // iterator of the present one or VALUE_EMPTY
    Value attributes;
} Chain;

static void chain_mark(Gc *gc, Object *o)
{
    Chain *c = (Chain *)o;
    gc_mark(gc, c->sources);
    gc_mark(gc, c->active);
    gc_mark(gc, c->attributes);
}

static Value chain_next(VM *vm, Value self)
{
    Chain *c = (Chain *)as_object(self);
    while (c->sources != VALUE_EMPTY) {
        if (c->active == VALUE_EMPTY) {
            Value next = nested_next(vm, c->sources);
            Value active = next == VALUE_EMPTY ? VALUE_EMPTY : object_iter(vm, next);
            if (active == VALUE_EMPTY) {
                c->sources = VALUE_EMPTY;
                return VALUE_EMPTY;
            }
            c->active = active;
            gc_barrier(vm, c);
        }
        Value item = nested_next(vm, c->active);
        if (item != VALUE_EMPTY)
            return item;
        if (vm->error || !vm_tick(vm))
            return VALUE_EMPTY;
        c->active = VALUE_EMPTY;
    }
    return VALUE_EMPTY;
}

static Value chain_of(VM *vm, Value cls, Value iterable)
{
    Value sources = object_iter(vm, iterable);
    Chain *c = sources == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(cls), 0);
    if (c) {
        c->sources = sources;
        gc_barrier(vm, c);
    }
    return from_object(c);
}

static Value chain_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return chain_of(vm, args[0], args[1]);
}

static const NativeDef chain_methods[] = {
    {"from_iterable(cls, iterable, /)", chain_make, "chain() with its arguments from an iterable.", NATIVE_CLASS, 0, 0},
    CLASS_GETITEM_METHOD,
    {0},
};

ITERTOOL(chain, "chain", Chain, "chain(cls, /, *iterables)", "The items of one iterable after the other.",
         chain_methods);

// ---- starmap

typedef struct Starmap {
    Object base;
    Value function, iterator;
    Value attributes;
} Starmap;

static void starmap_mark(Gc *gc, Object *o)
{
    Starmap *s = (Starmap *)o;
    gc_mark(gc, s->function);
    gc_mark(gc, s->iterator);
    gc_mark(gc, s->attributes);
}

static Value starmap_next(VM *vm, Value self)
{
    Starmap *s = (Starmap *)as_object(self);
    Value item = nested_next(vm, s->iterator);
    if (item == VALUE_EMPTY || (item = tuple_from_iterable(vm, item)) == VALUE_EMPTY)
        return VALUE_EMPTY;
    return object_call(vm, s->function, as_tuple(item)->items, (int)as_tuple(item)->count, NULL);
}

static Value starmap_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value iterator = object_iter(vm, args[2]);
    Starmap *s = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (s) {
        s->function = args[1];
        s->iterator = iterator;
        gc_barrier(vm, s);
    }
    return from_object(s);
}

ITERTOOL(starmap, "starmap", Starmap, "starmap(cls, function, iterable, /)", "function(*item) of each item.", NULL);

// ---- accumulate

typedef struct Accumulate {
    Object base;
    Value iterator, function; // function VALUE_NONE: addition
    Value total;              // VALUE_EMPTY before the first item
    Value initial;            // VALUE_EMPTY: none, or given out already
    Value attributes;
} Accumulate;

static void accumulate_mark(Gc *gc, Object *o)
{
    Accumulate *a = (Accumulate *)o;
    gc_mark(gc, a->iterator);
    gc_mark(gc, a->function);
    gc_mark(gc, a->total);
    gc_mark(gc, a->initial);
    gc_mark(gc, a->attributes);
}

static Value accumulate_next(VM *vm, Value self)
{
    Accumulate *a = (Accumulate *)as_object(self);
    Value total = a->initial;
    if (total != VALUE_EMPTY) {
        a->initial = VALUE_EMPTY;
    } else {
        Value item = nested_next(vm, a->iterator);
        if (item == VALUE_EMPTY)
            return VALUE_EMPTY;
        if (a->total == VALUE_EMPTY)
            total = item;
        else if (is_none(a->function))
            total = binary_op(vm, BINARY_ADD, a->total, item);
        else
            total = call2(vm, a->function, a->total, item);
    }
    if (total != VALUE_EMPTY) {
        a->total = total;
        gc_barrier(vm, a);
    }
    return total;
}

static Value accumulate_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value iterator = object_iter(vm, args[1]);
    Accumulate *a = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (a) {
        a->iterator = iterator;
        a->function = args[2];
        a->initial = is_none(args[3]) ? VALUE_EMPTY : args[3];
        gc_barrier(vm, a);
    }
    return from_object(a);
}

ITERTOOL(accumulate, "accumulate", Accumulate, "accumulate(cls, iterable, func=None, *, initial=None)",
         "Running sums, or running results of a function of two arguments.", NULL);

// ---- pairwise

typedef struct Pairwise {
    Object base;
    Value iterator; // VALUE_EMPTY at the end
    Value old;      // VALUE_EMPTY before the first item
    Value attributes;
} Pairwise;

static void pairwise_mark(Gc *gc, Object *o)
{
    Pairwise *p = (Pairwise *)o;
    gc_mark(gc, p->iterator);
    gc_mark(gc, p->old);
    gc_mark(gc, p->attributes);
}

static Value pairwise_end(Pairwise *p)
{
    p->iterator = p->old = VALUE_EMPTY;
    return VALUE_EMPTY;
}

static Value pairwise_next(VM *vm, Value self)
{
    Pairwise *p = (Pairwise *)as_object(self);
    if (p->iterator == VALUE_EMPTY)
        return VALUE_EMPTY;
    Value old = p->old, item;
    if (old == VALUE_EMPTY) {
        p->old = old = nested_next(vm, p->iterator);
        gc_barrier(vm, p);
        if (old == VALUE_EMPTY || p->iterator == VALUE_EMPTY)
            return pairwise_end(p);
    }
    item = nested_next(vm, p->iterator);
    if (item == VALUE_EMPTY)
        return pairwise_end(p);
    p->old = item;
    gc_barrier(vm, p);
    return tuple_pack(vm, 2, old, item);
}

static Value pairwise_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value iterator = object_iter(vm, args[1]);
    Pairwise *p = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (p) {
        p->iterator = iterator;
        gc_barrier(vm, p);
    }
    return from_object(p);
}

ITERTOOL(pairwise, "pairwise", Pairwise, "pairwise(cls, iterable, /)", "(s0, s1), (s1, s2), (s2, s3), ...", NULL);

// ---- batched

typedef struct Batched {
    Object base;
    Value iterator; // VALUE_EMPTY at the end
    int64_t size;
    bool strict;
    Value attributes;
} Batched;

static void batched_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((Batched *)o)->iterator);
    gc_mark(gc, ((Batched *)o)->attributes);
}

static Value batched_next(VM *vm, Value self)
{
    Batched *b = (Batched *)as_object(self);
    if (b->iterator == VALUE_EMPTY)
        return VALUE_EMPTY;
    List *items = list_new(vm, b->size < 64 ? b->size : 64);
    while (items && items->count < b->size && b->iterator != VALUE_EMPTY) {
        Value item = nested_next(vm, b->iterator);
        if (item != VALUE_EMPTY) {
            if (!list_append(vm, items, item) || !loop_tick(vm, items->count))
                return VALUE_EMPTY;
            continue;
        }
        b->iterator = VALUE_EMPTY;
        if (vm->error || items->count == 0)
            return VALUE_EMPTY;
        if (b->strict)
            return raise_value(vm, "batched(): incomplete batch");
    }
    return items ? tuple_from(vm, items->items, items->count) : VALUE_EMPTY;
}

static Value batched_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t size;
    int strict = object_truth(vm, args[3]);
    if (strict < 0 || !object_index_i64(vm, args[2], &size))
        return VALUE_EMPTY;
    if (size < 1)
        return raise_value(vm, "n must be at least one");
    Value iterator = object_iter(vm, args[1]);
    Batched *b = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (b) {
        b->iterator = iterator;
        b->size = size;
        b->strict = strict;
        gc_barrier(vm, b);
    }
    return from_object(b);
}

ITERTOOL(batched, "batched", Batched, "batched(cls, iterable, n, *, strict=False)",
         "Tuples of n items each; the last may be shorter unless strict.", NULL);

// ---- the module

static const NativeDef functions[] = {
    {"tee(iterable, n=2, /)", itertools_tee, "n independent iterators over one iterable.", NATIVE_RAW, 1, 2},
    {0},
};

static const TypeDef *const types[] = {
    &count_def, &cycle_def, &repeat_def, &chain_def, &starmap_def, &accumulate_def, &pairwise_def, &batched_def,
    &compress_def, &dropwhile_def, &takewhile_def, &filterfalse_def, &islice_def, &zip_longest_def, &groupby_def,
        &grouper_def,
    &tee_def, &tee_data_def, &product_def, &permutations_def, &combinations_def, &combinations_with_replacement_def,
        NULL,
};

const ModuleDef itertools_module = {
    .name = "itertools", .doc = "Iterators for efficient looping.", .functions = functions, .types = types,
};
