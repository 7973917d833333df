// SPDX-License-Identifier: MIT
//
// itertools that pick, cut, group or multiply a stream: compress, dropwhile, takewhile, filterfalse, islice,
// zip_longest, groupby, tee.

#include "itertools.h"

// ---- compress, dropwhile, takewhile, filterfalse: two values and a flag

typedef struct Picker {
    Object base;
    Value first;    // selectors' iterator, or the predicate
    Value iterator;
    bool done;      // dropwhile: dropping is over; takewhile: at the end
    Value attributes;
} Picker;

static void picker_mark(Gc *gc, Object *o)
{
    Picker *p = (Picker *)o;
    gc_mark(gc, p->first);
    gc_mark(gc, p->iterator);
    gc_mark(gc, p->attributes);
}

#define compress_mark picker_mark
#define dropwhile_mark picker_mark
#define takewhile_mark picker_mark
#define filterfalse_mark picker_mark

static Value picker_new(VM *vm, Value cls, Value first, Value iterable)
{
    Value iterator = first == VALUE_EMPTY ? VALUE_EMPTY : object_iter(vm, iterable);
    Picker *p = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(cls), 0);
    if (p) {
        p->first = first;
        p->iterator = iterator;
        gc_barrier(vm, p);
    }
    return from_object(p);
}

static int verdict(VM *vm, Value predicate, Value item)
{
    Value v = call1(vm, predicate, item);
    return v == VALUE_EMPTY ? -1 : object_truth(vm, v);
}

static Value compress_next(VM *vm, Value self)
{
    Picker *p = (Picker *)as_object(self);
    for (;;) {
        Value item = nested_next(vm, p->iterator);
        Value selector = item == VALUE_EMPTY ? VALUE_EMPTY : nested_next(vm, p->first);
        int good = selector == VALUE_EMPTY ? -1 : object_truth(vm, selector);
        if (good > 0)
            return item;
        if (good < 0 || !vm_tick(vm))
            return VALUE_EMPTY;
    }
}

static Value compress_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value data = object_iter(vm, args[1]);
    if (data == VALUE_EMPTY)
        return VALUE_EMPTY;
    Value selectors = object_iter(vm, args[2]);
    return picker_new(vm, args[0], selectors, data);
}

static Value dropwhile_next(VM *vm, Value self)
{
    Picker *p = (Picker *)as_object(self);
    for (;;) {
        Value item = nested_next(vm, p->iterator);
        if (item == VALUE_EMPTY || p->done)
            return item;
        int drop = verdict(vm, p->first, item);
        if (drop < 0 || !vm_tick(vm))
            return VALUE_EMPTY;
        if (!drop) {
            p->done = true;
            return item;
        }
    }
}

static Value takewhile_next(VM *vm, Value self)
{
    Picker *p = (Picker *)as_object(self);
    if (p->done)
        return VALUE_EMPTY;
    Value item = nested_next(vm, p->iterator);
    int take = item == VALUE_EMPTY ? -1 : verdict(vm, p->first, item);
    if (take == 0)
        p->done = true;
    return take > 0 ? item : VALUE_EMPTY;
}

static Value filterfalse_next(VM *vm, Value self)
{
    Picker *p = (Picker *)as_object(self);
    bool plain = is_none(p->first) || p->first == from_object(vm->types[KIND_BOOL]);
    for (;;) {
        Value item = nested_next(vm, p->iterator);
        int bad = item == VALUE_EMPTY ? -1 : plain ? object_truth(vm, item) : verdict(vm, p->first, item);
        if (bad == 0)
            return item;
        if (bad < 0 || !vm_tick(vm))
            return VALUE_EMPTY;
    }
}

static Value predicate_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return picker_new(vm, args[0], args[1], args[2]);
}

#define dropwhile_make predicate_make
#define takewhile_make predicate_make
#define filterfalse_make predicate_make

ITERTOOL(compress, "compress", Picker, "compress(cls, data, selectors)", "The items whose selector is true.", NULL);
ITERTOOL(dropwhile, "dropwhile", Picker, "dropwhile(cls, predicate, iterable, /)",
         "All items from the first one for which the predicate is false.", NULL);
ITERTOOL(takewhile, "takewhile", Picker, "takewhile(cls, predicate, iterable, /)",
         "The items before the first one for which the predicate is false.", NULL);
ITERTOOL(filterfalse, "filterfalse", Picker, "filterfalse(cls, function, iterable, /)",
         "The items for which function(item) is false; None: the items that are false.", NULL);

// ---- islice

typedef struct Islice {
    Object base;
    Value iterator; // VALUE_EMPTY at the end
    int64_t next, stop, step, taken; // positions in the source; stop -1: none
    Value attributes;
} Islice;

static void islice_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((Islice *)o)->iterator);
    gc_mark(gc, ((Islice *)o)->attributes);
}

static Value islice_next(VM *vm, Value self)
{
    Islice *s = (Islice *)as_object(self);
    if (s->iterator == VALUE_EMPTY)
        return VALUE_EMPTY;
    while (s->taken < s->next) {
        if (nested_next(vm, s->iterator) == VALUE_EMPTY || !vm_tick(vm))
            goto end;
        s->taken++;
    }
    if (s->stop >= 0 && s->taken >= s->stop)
        goto end;
    Value item = nested_next(vm, s->iterator);
    if (item == VALUE_EMPTY)
        goto end;
    s->taken++;
    if (__builtin_add_overflow(s->next, s->step, &s->next) || (s->stop >= 0 && s->next > s->stop))
        s->next = s->stop >= 0 ? s->stop : INT64_MAX;
    return item;
end:
    s->iterator = VALUE_EMPTY;
    return VALUE_EMPTY;
}

static bool islice_bound(VM *vm, Value v, int64_t lowest, int64_t *out, const char *message)
{
    if (is_none(v))
        return true;
    if (!has_index(vm, v) || !object_index_i64(vm, v, out) || *out < lowest) {
        error_clear(vm);
        return raise_value(vm, "%s", message), false;
    }
    return true;
}

static Value islice_make(VM *vm, Value *args, int nargs)
{
    static const char stop_message[] = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    static const char index_message[] = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    static const char step_message[] = "Step for islice() must be a positive integer or None.";
    int64_t start = 0, stop = -1, step = 1;
    if (nargs == 3) {
        if (!islice_bound(vm, args[2], 0, &stop, stop_message))
            return VALUE_EMPTY;
    } else if (!islice_bound(vm, args[3], 0, &stop, stop_message) ||
               !islice_bound(vm, args[2], 0, &start, index_message) ||
               (nargs > 4 && !islice_bound(vm, args[4], 1, &step, step_message))) {
        return VALUE_EMPTY;
    }
    Value iterator = object_iter(vm, args[1]);
    Islice *s = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (s) {
        s->iterator = iterator;
        s->next = start;
        s->stop = stop;
        s->step = step;
        gc_barrier(vm, s);
    }
    return from_object(s);
}

static const TypeOps islice_ops = {.mark = islice_mark, .iter = iterator_self, .next = islice_next};

const TypeDef islice_def = {
    .name = "itertools.islice", .kind = KIND_OTHER, .size = sizeof(Islice), .ops = &islice_ops,
    .make = {"islice(cls, iterable, start, stop=<unset>, step=1, /)", islice_make, NULL, NATIVE_RAW, 3, 5},
    .doc = "A slice of the stream of items.", .flags = TYPE_BASE,
};

// ---- zip_longest

typedef struct ZipLongest {
    Object base;
    List *iterators; // VALUE_EMPTY: that one is at its end
    int64_t active;
    Value fill;
    Value attributes;
} ZipLongest;

static void zip_longest_mark(Gc *gc, Object *o)
{
    ZipLongest *z = (ZipLongest *)o;
    gc_mark_object(gc, (Object *)z->iterators);
    gc_mark(gc, z->fill);
    gc_mark(gc, z->attributes);
}

static Value zip_longest_next(VM *vm, Value self)
{
    ZipLongest *z = (ZipLongest *)as_object(self);
    int64_t count = z->iterators->count;
    if (z->active == 0)
        return VALUE_EMPTY;
    Tuple *t = tuple_new(vm, count);
    for (int64_t i = 0; t && i < count; i++) {
        Value iterator = z->iterators->items[i], item = z->fill;
        if (iterator != VALUE_EMPTY) {
            item = nested_next(vm, iterator);
            if (item == VALUE_EMPTY) {
                if (vm->error) {
                    z->active = 0;
                    return VALUE_EMPTY;
                }
                if (z->iterators->items[i] != VALUE_EMPTY && --z->active <= 0)
                    return VALUE_EMPTY;
                z->iterators->items[i] = VALUE_EMPTY;
                item = z->fill;
            }
        }
        t->items[i] = item;
        gc_barrier(vm, t);
    }
    return from_object(t);
}

static Value zip_longest_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *sources = as_tuple(args[1]);
    Value fill = VALUE_NONE;
    if (args[2] != VALUE_EMPTY) { // CPython's message names no argument
        Str *name = str_intern_text(vm, "fillvalue", 9);
        Value given = name ? dict_get_str(vm, as_dict(args[2]), name) : VALUE_EMPTY;
        if (given == VALUE_EMPTY || as_dict(args[2])->count > 1)
            return raise_type(vm, "zip_longest() got an unexpected keyword argument");
        fill = given;
    }
    List *iterators = list_new(vm, sources->count);
    for (int64_t i = 0; iterators && i < sources->count; i++) {
        Value iterator = object_iter(vm, sources->items[i]);
        if (iterator == VALUE_EMPTY || !list_append(vm, iterators, iterator))
            return VALUE_EMPTY;
    }
    ZipLongest *z = iterators ? type_alloc(vm, (Type *)as_object(args[0]), 0) : NULL;
    if (z) {
        z->iterators = iterators;
        z->active = iterators->count;
        z->fill = fill;
        gc_barrier(vm, z);
    }
    return from_object(z);
}

ITERTOOL(zip_longest, "zip_longest", ZipLongest, "zip_longest(cls, /, *iterables, **kwargs)",
         "Like zip, up to the end of the longest; fillvalue stands for what is missing.", NULL);

// ---- groupby

typedef struct GroupBy {
    Object base;
    Value iterator, function;
    Value target;      // key of the group given out last
    Value key, item;   // of the item read last; VALUE_EMPTY: none is waiting
    uint64_t group;    // number of the present group: an older grouper is at its end
    Value attributes;
} GroupBy;

typedef struct Grouper {
    Object base;
    GroupBy *parent;
    Value target;
    uint64_t group;
} Grouper;

static void groupby_mark(Gc *gc, Object *o)
{
    GroupBy *g = (GroupBy *)o;
    gc_mark(gc, g->iterator);
    gc_mark(gc, g->function);
    gc_mark(gc, g->target);
    gc_mark(gc, g->key);
    gc_mark(gc, g->item);
    gc_mark(gc, g->attributes);
}

static bool groupby_step(VM *vm, GroupBy *g)
{
    Value item = nested_next(vm, g->iterator);
    if (item == VALUE_EMPTY)
        return false;
    Value key = is_none(g->function) ? item : call1(vm, g->function, item);
    if (key == VALUE_EMPTY)
        return false;
    g->item = item;
    g->key = key;
    gc_barrier(vm, g);
    return true;
}

static Value groupby_next(VM *vm, Value self)
{
    GroupBy *g = (GroupBy *)as_object(self);
    g->group++;
    for (;;) { // skip what is left of the last group
        if (g->key != VALUE_EMPTY) {
            if (g->target == VALUE_EMPTY)
                break;
            int equal = value_equal(vm, g->target, g->key);
            if (equal < 0)
                return VALUE_EMPTY;
            if (!equal)
                break;
        }
        if (!groupby_step(vm, g) || !vm_tick(vm))
            return VALUE_EMPTY;
    }
    g->target = g->key;
    gc_barrier(vm, g);
    Grouper *group = type_new_of(vm, &grouper_def);
    if (!group)
        return VALUE_EMPTY;
    group->parent = g;
    group->target = g->target;
    group->group = g->group;
    return tuple_pack(vm, 2, g->key, from_object(group));
}

static Value groupby_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value iterator = object_iter(vm, args[1]);
    GroupBy *g = iterator == VALUE_EMPTY ? NULL : type_alloc(vm, (Type *)as_object(args[0]), 0);
    if (g) {
        g->iterator = iterator;
        g->function = args[2];
        gc_barrier(vm, g);
    }
    return from_object(g);
}

ITERTOOL(groupby, "groupby", GroupBy, "groupby(cls, iterable, key=None)",
         "(key, group) of successive items with equal keys.", NULL);

static void grouper_mark(Gc *gc, Object *o)
{
    gc_mark_object(gc, (Object *)((Grouper *)o)->parent);
    gc_mark(gc, ((Grouper *)o)->target);
}

static Value grouper_next(VM *vm, Value self)
{
    Grouper *group = (Grouper *)as_object(self);
    GroupBy *g = group->parent;
    if (g->group != group->group)
        return VALUE_EMPTY;
    if (g->item == VALUE_EMPTY && !groupby_step(vm, g))
        return VALUE_EMPTY;
    int equal = value_equal(vm, group->target, g->key);
    if (equal <= 0)
        return VALUE_EMPTY;
    Value item = g->item;
    g->item = VALUE_EMPTY;
    return item;
}

static const TypeOps grouper_ops = {.mark = grouper_mark, .iter = iterator_self, .next = grouper_next};

const TypeDef grouper_def = {
    .name = "itertools._grouper", .kind = KIND_OTHER, .size = sizeof(Grouper), .ops = &grouper_ops,
        .flags = TYPE_NO_NEW,
};

// ---- tee: readers walk a linked list of blocks, the first to arrive fills it

#define TEE_BLOCK 56

typedef struct TeeData {
    Object base;
    Value iterator;
    struct TeeData *next;
    int32_t count;
    bool running;
    Value items[TEE_BLOCK];
} TeeData;

typedef struct Tee {
    Object base;
    TeeData *data;
    int32_t index;
    Value attributes;
} Tee;

static void tee_data_mark(Gc *gc, Object *o)
{
    TeeData *d = (TeeData *)o;
    gc_mark(gc, d->iterator);
    gc_mark_object(gc, (Object *)d->next);
    gc_mark_range(gc, d->items, (size_t)d->count);
}

static const TypeOps tee_data_ops = {.mark = tee_data_mark};

const TypeDef tee_data_def = {
    .name = "itertools._tee_dataobject", .kind = KIND_OTHER, .size = sizeof(TeeData), .ops = &tee_data_ops,
        .flags = TYPE_NO_NEW,
};

static TeeData *tee_data_new(VM *vm, Value iterator)
{
    TeeData *d = type_new_of(vm, &tee_data_def);
    if (d)
        d->iterator = iterator;
    return d;
}

static void tee_mark(Gc *gc, Object *o)
{
    gc_mark_object(gc, (Object *)((Tee *)o)->data);
    gc_mark(gc, ((Tee *)o)->attributes);
}

static bool tee_read(VM *vm, TeeData *d)
{
    if (d->running)
        return raise_runtime(vm, "cannot re-enter the tee iterator"), false;
    d->running = true;
    Value item = nested_next(vm, d->iterator);
    d->running = false;
    if (item == VALUE_EMPTY)
        return false;
    d->items[d->count++] = item;
    gc_barrier(vm, d);
    return true;
}

static Value tee_next(VM *vm, Value self)
{
    Tee *t = (Tee *)as_object(self);
    if (t->index == TEE_BLOCK) {
        if (!t->data->next && !(t->data->next = tee_data_new(vm, t->data->iterator)))
            return VALUE_EMPTY;
        gc_barrier(vm, t->data);
        t->data = t->data->next;
        t->index = 0;
        gc_barrier(vm, t);
    }
    if (t->index == t->data->count && !tee_read(vm, t->data))
        return VALUE_EMPTY;
    return t->data->items[t->index++];
}

static Value tee_copy(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tee *t = (Tee *)as_object(args[0]), *copy = type_new_of(vm, &tee_def);
    if (copy) {
        copy->data = t->data;
        copy->index = t->index;
    }
    return from_object(copy);
}

static Value tee_from(VM *vm, Value iterable)
{
    Value iterator = object_iter(vm, iterable);
    if (iterator == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (is_type_def(vm, iterator, &tee_def))
        return tee_copy(vm, &iterator, 1);
    TeeData *d = tee_data_new(vm, iterator);
    Tee *t = d ? type_new_of(vm, &tee_def) : NULL;
    if (t)
        t->data = d;
    return from_object(t);
}

static Value tee_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return tee_from(vm, args[1]);
}

static const NativeDef tee_methods[] = {
    {"__copy__(self, /)", tee_copy, "An independent iterator.", NATIVE_RAW, 1, 1},
    {0},
};

ITERTOOL(tee, "_tee", Tee, "_tee(cls, iterable, /)", "An iterator that can be copied.", tee_methods);

Value itertools_tee(VM *vm, Value *args, int nargs)
{
    int64_t n = 2;
    if (nargs > 1 && !object_index_i64(vm, args[1], &n))
        return VALUE_EMPTY;
    if (n < 0)
        return raise_value(vm, "n must be >= 0");
    Tuple *result = tuple_new(vm, n);
    if (!result || n == 0)
        return from_object(result);
    Value iterator = object_iter(vm, args[0]);
    if (iterator == VALUE_EMPTY)
        return VALUE_EMPTY;
    Str *copy_name = NAME_OF(vm, __copy__);
    Value copy = object_getattr_opt(vm, iterator, copy_name);
    if (vm->error)
        return VALUE_EMPTY;
    if (copy == VALUE_EMPTY) {
        if ((iterator = tee_from(vm, iterator)) == VALUE_EMPTY)
            return VALUE_EMPTY;
    }
    result->items[0] = iterator;
    gc_barrier(vm, result);
    for (int64_t i = 1; i < n; i++) {
        Value next = call_method(vm, iterator, copy_name, NULL, 0);
        if (next == VALUE_EMPTY)
            return VALUE_EMPTY;
        result->items[i] = next;
        gc_barrier(vm, result);
    }
    return from_object(result);
}
