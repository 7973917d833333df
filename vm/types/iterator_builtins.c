// SPDX-License-Identifier: MIT
//
// The iterators of the builtins module: enumerate, zip, map and filter.

#include "container.h"
#include "iterators.h"

// The iterators of args[0 .. count), as a tuple.
static Tuple *iterators_of(VM *vm, const Value *args, int64_t count)
{
    Tuple *t = tuple_new(vm, count);
    for (int64_t i = 0; t && i < count; i++) {
        Value it = object_iter(vm, args[i]);
        if (it == VALUE_EMPTY)
            return NULL;
        t->items[i] = it;
        gc_barrier(vm, t);
    }
    return t;
}

static Value pair(VM *vm, Value a, Value b)
{
    Tuple *t = tuple_new(vm, 2);
    if (!t)
        return VALUE_EMPTY;
    t->items[0] = a;
    t->items[1] = b;
    return from_object(t);
}

// ---- enumerate

static void enumerate_mark(Gc *gc, Object *o)
{
    Enumerate *e = (Enumerate *)o;
    gc_mark(gc, e->iterator);
    gc_mark(gc, e->count);
    gc_mark(gc, e->attributes);
}

static bool enumerate_pair(VM *vm, Enumerate *e, Value *out)
{
    Value item = nested_next(vm, e->iterator), count = e->count;
    if (item == VALUE_EMPTY)
        return false;
    Value next = is_small(count) ? int_from_i64(vm, as_small(count) + 1) : int_add(vm, count, from_small(1));
    if (next == VALUE_EMPTY)
        return false;
    e->count = next;
    if (is_object(next))
        gc_barrier(vm, e);
    out[0] = count;
    out[1] = item;
    return true;
}

static Value enumerate_next(VM *vm, Value self)
{
    Value out[2];
    return enumerate_pair(vm, (Enumerate *)as_object(self), out) ? pair(vm, out[0], out[1]) : VALUE_EMPTY;
}

static Value enumerate_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (args[1] == VALUE_EMPTY)
        return raise_type(vm, "enumerate() missing required argument 'iterable'");
    Value start = index_value(vm, args[2]);
    Value iterator = start == VALUE_EMPTY ? VALUE_EMPTY : object_iter(vm, args[1]);
    Enumerate *e = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (e) {
        e->iterator = iterator;
        e->count = start;
        gc_barrier(vm, e);
    }
    return from_object(e);
}

static Value enumerate_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Enumerate *e = (Enumerate *)as_object(args[0]);
    Value arguments = pair(vm, e->iterator, e->count);
    return arguments == VALUE_EMPTY ? arguments : pair(vm, from_object(type_of(vm, args[0])), arguments);
}

static const NativeDef enumerate_methods[] = {
    {"__reduce__(self, /)", enumerate_reduce, NULL, NATIVE_RAW, 1, 1},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps enumerate_ops = {.mark = enumerate_mark, .iter = iterator_self, .next = enumerate_next};

const TypeDef enumerate_def = {
    .name = "enumerate",
    .kind = KIND_OTHER,
    .size = sizeof(Enumerate),
    .ops = &enumerate_ops,
    .methods = enumerate_methods,
    .make = {"enumerate(cls, iterable=<unset>, start=0)", enumerate_make, NULL, 0, 0, 0},
    .doc = "Iterator of (count, item) pairs; count begins with start.",
    .flags = TYPE_BASE,
};

// ---- zip

static void zip_mark(Gc *gc, Object *o)
{
    Zip *z = (Zip *)o;
    gc_mark_object(gc, (Object *)z->iterators);
    gc_mark(gc, z->attributes);
}

static Value zip_mismatch(VM *vm, int64_t number, const char *relation)
{
    const char *plural = number == 1 ? " " : "s 1-";
    return raise_value(vm, "zip() argument %lld is %s than argument%s%lld", (long long)number + 1, relation, plural,
                       (long long)number);
}

// Iterator number `ended` is exhausted: with strict, all must be.
static Value zip_end(VM *vm, Zip *z, int64_t ended)
{
    if (!z->strict || vm->error)
        return VALUE_EMPTY;
    if (ended > 0)
        return zip_mismatch(vm, ended, "shorter");
    for (int64_t i = 1; i < z->iterators->count; i++) {
        if (nested_next(vm, z->iterators->items[i]) != VALUE_EMPTY)
            return zip_mismatch(vm, i, "longer");
        if (vm->error)
            return VALUE_EMPTY;
    }
    return VALUE_EMPTY;
}

static bool zip_pair(VM *vm, Zip *z, Value *out)
{
    Value a = nested_next(vm, z->iterators->items[0]);
    if (a == VALUE_EMPTY)
        return zip_end(vm, z, 0), false;
    Value b = nested_next(vm, z->iterators->items[1]);
    if (b == VALUE_EMPTY)
        return zip_end(vm, z, 1), false;
    out[0] = a;
    out[1] = b;
    return true;
}

static Value zip_next(VM *vm, Value self)
{
    Zip *z = (Zip *)as_object(self);
    int64_t count = z->iterators->count;
    if (count == 0)
        return VALUE_EMPTY;
    if (count == 2) { // the common case: no half-filled tuple
        Value out[2];
        return zip_pair(vm, z, out) ? pair(vm, out[0], out[1]) : VALUE_EMPTY;
    }
    Tuple *t = tuple_new(vm, count);
    for (int64_t i = 0; t && i < count; i++) {
        Value item = nested_next(vm, z->iterators->items[i]);
        if (item == VALUE_EMPTY)
            return zip_end(vm, z, i);
        t->items[i] = item;
        gc_barrier(vm, t);
    }
    return from_object(t);
}

bool pair_next(VM *vm, Value it, Value *out)
{
    Shape *s = as_object(it)->shape;
    if (s == vm->enumerate_shape)
        return enumerate_pair(vm, (Enumerate *)as_object(it), out);
    return s == vm->zip_shape ? zip_pair(vm, (Zip *)as_object(it), out) : dict_pair_next(vm, it, out);
}

static Value zip_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int strict = object_truth(vm, args[2]);
    Tuple *sources = as_tuple(args[1]);
    if (strict < 0)
        return VALUE_EMPTY;
    Tuple *iterators = iterators_of(vm, sources->items, sources->count);
    Zip *z = iterators ? type_alloc(vm, (Type *)as_object(args[0]), 0) : NULL;
    if (z) {
        z->iterators = iterators;
        z->strict = strict;
        gc_barrier(vm, z);
    }
    return from_object(z);
}

static Value zip_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Zip *z = (Zip *)as_object(args[0]);
    Value type = from_object(type_of(vm, args[0])), iterators = from_object(z->iterators);
    return z->strict ? tuple_pack(vm, 3, type, iterators, VALUE_TRUE) : pair(vm, type, iterators);
}

static Value zip_setstate(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int strict = object_truth(vm, args[1]);
    ((Zip *)as_object(args[0]))->strict = strict > 0;
    return strict < 0 ? VALUE_EMPTY : VALUE_NONE;
}

static const NativeDef zip_methods[] = {
    {"__reduce__(self, /)", zip_reduce, NULL, NATIVE_RAW, 1, 1},
    {"__setstate__(self, state, /)", zip_setstate, NULL, NATIVE_RAW, 2, 2},
    {0},
};

static const TypeOps zip_ops = {.mark = zip_mark, .iter = iterator_self, .next = zip_next};

const TypeDef zip_def = {
    .name = "zip",
    .kind = KIND_OTHER,
    .size = sizeof(Zip),
    .ops = &zip_ops,
    .methods = zip_methods,
    .make = {"zip(cls, /, *iterables, strict=False)", zip_make, NULL, 0, 0, 0},
    .doc = "Iterator of tuples with one item of each iterable; ends with the shortest. strict: equal lengths.",
    .flags = TYPE_BASE,
};

// ---- map

static void map_mark(Gc *gc, Object *o)
{
    Map *m = (Map *)o;
    gc_mark(gc, m->function);
    gc_mark_object(gc, (Object *)m->iterators);
    gc_mark(gc, m->attributes);
}

static Value map_next(VM *vm, Value self)
{
    Map *m = (Map *)as_object(self);
    int64_t count = m->iterators->count;
    if (count == 1) {
        Value item = nested_next(vm, m->iterators->items[0]);
        return item == VALUE_EMPTY ? VALUE_EMPTY : call1(vm, m->function, item);
    }
    if (count == 2) {
        Value a = nested_next(vm, m->iterators->items[0]);
        Value b = a == VALUE_EMPTY ? VALUE_EMPTY : nested_next(vm, m->iterators->items[1]);
        return b == VALUE_EMPTY ? VALUE_EMPTY : call2(vm, m->function, a, b);
    }
    Tuple *arguments = tuple_new(vm, count);
    for (int64_t i = 0; arguments && i < count; i++) {
        Value item = nested_next(vm, m->iterators->items[i]);
        if (item == VALUE_EMPTY)
            return VALUE_EMPTY;
        arguments->items[i] = item;
        gc_barrier(vm, arguments);
    }
    return arguments ? object_call(vm, m->function, arguments->items, (int)count, NULL) : VALUE_EMPTY;
}

static Value map_make(VM *vm, Value *args, int nargs)
{
    if (nargs < 3)
        return raise_type(vm, "map() must have at least two arguments.");
    Tuple *iterators = iterators_of(vm, args + 2, nargs - 2);
    Map *m = iterators ? type_alloc(vm, (Type *)as_object(args[0]), 0) : NULL;
    if (m) {
        m->function = args[1];
        m->iterators = iterators;
        gc_barrier(vm, m);
    }
    return from_object(m);
}

static Value map_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Map *m = (Map *)as_object(args[0]);
    Tuple *arguments = tuple_new(vm, m->iterators->count + 1);
    if (!arguments)
        return VALUE_EMPTY;
    arguments->items[0] = m->function;
    memcpy(arguments->items + 1, m->iterators->items, (size_t)m->iterators->count * sizeof(Value));
    return pair(vm, from_object(type_of(vm, args[0])), from_object(arguments));
}

static const NativeDef map_methods[] = {
    {"__reduce__(self, /)", map_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps map_ops = {.mark = map_mark, .iter = iterator_self, .next = map_next};

const TypeDef map_def = {
    .name = "map",
    .kind = KIND_OTHER,
    .size = sizeof(Map),
    .ops = &map_ops,
    .methods = map_methods,
    .make = {"map(cls, function, /, *iterables)", map_make, NULL, NATIVE_RAW, 1, -1},
    .doc = "Iterator of function(items) with one item of each iterable; ends with the shortest.",
    .flags = TYPE_BASE,
};

// ---- filter

static void filter_mark(Gc *gc, Object *o)
{
    Filter *f = (Filter *)o;
    gc_mark(gc, f->function);
    gc_mark(gc, f->iterator);
    gc_mark(gc, f->attributes);
}

static Value filter_next(VM *vm, Value self)
{
    Filter *f = (Filter *)as_object(self);
    bool plain = is_none(f->function) || f->function == from_object(vm->types[KIND_BOOL]);
    for (Value item; (item = nested_next(vm, f->iterator)) != VALUE_EMPTY;) {
        Value verdict = plain ? item : call1(vm, f->function, item);
        int good = verdict == VALUE_EMPTY ? -1 : object_truth(vm, verdict);
        if (good > 0)
            return item;
        if (good < 0 || !vm_tick(vm))
            return VALUE_EMPTY;
    }
    return VALUE_EMPTY;
}

static Value filter_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value iterator = object_iter(vm, args[2]);
    Filter *f = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (f) {
        f->function = args[1];
        f->iterator = iterator;
        gc_barrier(vm, f);
    }
    return from_object(f);
}

static Value filter_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Filter *f = (Filter *)as_object(args[0]);
    Value arguments = pair(vm, f->function, f->iterator);
    return arguments == VALUE_EMPTY ? arguments : pair(vm, from_object(type_of(vm, args[0])), arguments);
}

static const NativeDef filter_methods[] = {
    {"__reduce__(self, /)", filter_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps filter_ops = {.mark = filter_mark, .iter = iterator_self, .next = filter_next};

const TypeDef filter_def = {
    .name = "filter",
    .kind = KIND_OTHER,
    .size = sizeof(Filter),
    .ops = &filter_ops,
    .methods = filter_methods,
    .make = {"filter(cls, function, iterable, /)", filter_make, NULL, NATIVE_RAW, 3, 3},
    .doc = "Iterator of the items for which function(item) is true; None: the items that are true.",
    .flags = TYPE_BASE,
};
