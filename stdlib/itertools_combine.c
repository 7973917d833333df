// SPDX-License-Identifier: MIT
//
// itertools over whole pools: product, permutations, combinations, combinations_with_replacement. Each result is a new
// tuple made from the pool and an array of indices, which then advances to the next arrangement.

#include "itertools.h"

typedef struct Combine {
    Object base;
    Tuple *pool;      // the items; product: a tuple of pools
    int64_t *indices; // GC buffer of `length`
    int64_t length;   // of indices
    int64_t size;     // items of a result
    bool started, stopped;
    Value attributes;
} Combine;

static void combine_mark(Gc *gc, Object *o)
{
    Combine *c = (Combine *)o;
    gc_mark_object(gc, (Object *)c->pool);
    gc_mark_buffer(gc, c->indices);
    gc_mark(gc, c->attributes);
}

#define product_mark combine_mark
#define permutations_mark combine_mark
#define combinations_mark combine_mark
#define combinations_with_replacement_mark combine_mark

static Combine *combine_new(VM *vm, Value cls, Tuple *pool, int64_t length, int64_t size)
{
    size_t bytes;
    if (!size_mul((size_t)length, sizeof(int64_t), &bytes))
        return raise_memory(vm), NULL;
    Combine *c = type_alloc(vm, (Type *)as_object(cls), 0);
    if (!c)
        return NULL;
    c->pool = pool;
    c->length = length;
    c->size = size;
    gc_barrier(vm, c);
    if (bytes && !(c->indices = gc_buffer(vm, bytes)))
        return NULL;
    gc_barrier(vm, c);
    return c;
}

static Value current(VM *vm, Combine *c)
{
    Tuple *t = tuple_new(vm, c->size);
    for (int64_t i = 0; t && i < c->size; i++)
        t->items[i] = c->pool->items[c->indices[i]];
    return from_object(t);
}

// The next result: `advance` moves the indices and answers whether there is another arrangement.
static Value produce(VM *vm, Value self, bool (*advance)(Combine *c), Value (*result)(VM *vm, Combine *c))
{
    Combine *c = (Combine *)as_object(self);
    if (c->stopped)
        return VALUE_EMPTY;
    if (c->started && !advance(c)) {
        c->stopped = true;
        return VALUE_EMPTY;
    }
    c->started = true;
    return result(vm, c);
}

// ---- product

static Tuple *pool_of(Combine *c, int64_t i) { return as_tuple(c->pool->items[i % c->pool->count]); }

static bool product_advance(Combine *c)
{
    for (int64_t i = c->size - 1; i >= 0; i--) {
        if (++c->indices[i] < pool_of(c, i)->count)
            return true;
        c->indices[i] = 0;
    }
    return false;
}

static Value product_result(VM *vm, Combine *c)
{
    Tuple *t = tuple_new(vm, c->size);
    for (int64_t i = 0; t && i < c->size; i++)
        t->items[i] = pool_of(c, i)->items[c->indices[i]];
    return from_object(t);
}

static Value product_next(VM *vm, Value self) { return produce(vm, self, product_advance, product_result); }

static Value product_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *sources = as_tuple(args[1]);
    int64_t repeat, size;
    if (!object_index_i64(vm, args[2], &repeat))
        return VALUE_EMPTY;
    if (repeat < 0)
        return raise_value(vm, "repeat argument cannot be negative");
    if (__builtin_mul_overflow(sources->count, repeat, &size))
        return raise_overflow(vm, "repeat argument too large");
    Tuple *pools = tuple_new(vm, size ? sources->count : 0);
    bool empty = false;
    for (int64_t i = 0; pools && i < pools->count; i++) {
        Value pool = tuple_from_iterable(vm, sources->items[i]);
        if (pool == VALUE_EMPTY)
            return VALUE_EMPTY;
        pools->items[i] = pool;
        gc_barrier(vm, pools);
        empty |= as_tuple(pool)->count == 0;
    }
    Combine *c = pools ? combine_new(vm, args[0], pools, size, size) : NULL;
    if (c)
        c->stopped = empty;
    return from_object(c);
}

ITERTOOL(product, "product", Combine, "product(cls, /, *iterables, repeat=1)",
         "Cartesian product: nested for-loops in one.", NULL);

// ---- permutations: indices holds an arrangement of the pool and, behind it, one countdown per place of the result:
// how many more items that place will see before the places to its left move

static bool permutations_advance(Combine *c)
{
    int64_t n = c->pool->count, *indices = c->indices, *cycles = c->indices + n;
    for (int64_t i = c->size - 1; i >= 0; i--) {
        if (--cycles[i] == 0) {
            int64_t first = indices[i];
            memmove(indices + i, indices + i + 1, (size_t)(n - 1 - i) * sizeof *indices);
            indices[n - 1] = first;
            cycles[i] = n - i;
        } else {
            int64_t other = n - cycles[i], swap = indices[i];
            indices[i] = indices[other];
            indices[other] = swap;
            return true;
        }
    }
    return false;
}

static Value permutations_next(VM *vm, Value self) { return produce(vm, self, permutations_advance, current); }

static Value permutations_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value pool = tuple_from_iterable(vm, args[1]);
    if (pool == VALUE_EMPTY)
        return VALUE_EMPTY;
    int64_t n = as_tuple(pool)->count, r = n;
    if (!is_none(args[2])) {
        if (!is_int_like(args[2]))
            return raise_type(vm, "Expected int as r");
        if (!object_index_i64(vm, args[2], &r))
            return VALUE_EMPTY;
    }
    if (r < 0)
        return raise_value(vm, "r must be non-negative");
    bool none = r > n;
    Combine *c = combine_new(vm, args[0], as_tuple(pool), none ? 0 : n + r, none ? 0 : r);
    if (!c)
        return VALUE_EMPTY;
    c->stopped = none;
    for (int64_t i = 0; !none && i < n; i++)
        c->indices[i] = i;
    for (int64_t i = 0; !none && i < r; i++)
        c->indices[n + i] = n - i;
    return from_object(c);
}

ITERTOOL(permutations, "permutations", Combine, "permutations(cls, iterable, r=None)",
         "All orderings of r items (default: all) of the iterable.", NULL);

// ---- combinations

static bool combinations_advance(Combine *c)
{
    int64_t n = c->pool->count, r = c->size, i = r - 1;
    while (i >= 0 && c->indices[i] == i + n - r)
        i--;
    if (i < 0)
        return false;
    for (int64_t next = c->indices[i] + 1; i < r; i++)
        c->indices[i] = next++;
    return true;
}

static bool replacement_advance(Combine *c)
{
    int64_t n = c->pool->count, i = c->size - 1;
    while (i >= 0 && c->indices[i] == n - 1)
        i--;
    if (i < 0)
        return false;
    for (int64_t next = c->indices[i] + 1; i < c->size; i++)
        c->indices[i] = next;
    return true;
}

static Value combinations_next(VM *vm, Value self) { return produce(vm, self, combinations_advance, current); }
static Value combinations_with_replacement_next(VM *vm,
                                                Value self) { return produce(vm, self, replacement_advance, current); }

static Combine *choose(VM *vm, Value *args, bool again)
{
    Value pool = tuple_from_iterable(vm, args[1]);
    int64_t r;
    if (pool == VALUE_EMPTY || !object_index_i64(vm, args[2], &r))
        return NULL;
    if (r < 0)
        return raise_value(vm, "r must be non-negative"), NULL;
    int64_t n = as_tuple(pool)->count;
    bool none = again ? n == 0 && r > 0 : r > n;
    Combine *c = combine_new(vm, args[0], as_tuple(pool), none ? 0 : r, none ? 0 : r);
    if (c)
        c->stopped = none;
    return c;
}

static Value combinations_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Combine *c = choose(vm, args, false);
    for (int64_t i = 0; c && i < c->length; i++)
        c->indices[i] = i;
    return from_object(c);
}

static Value combinations_with_replacement_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return from_object(choose(vm, args, true));
}

ITERTOOL(combinations, "combinations", Combine, "combinations(cls, iterable, r)", "All r-item subsequences.", NULL);
ITERTOOL(combinations_with_replacement, "combinations_with_replacement", Combine,
         "combinations_with_replacement(cls, iterable, r)", "All r-item subsequences in which an item may repeat.",
             NULL);
