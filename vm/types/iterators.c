// SPDX-License-Identifier: MIT
//
// Iterators over sequences (list, tuple, anything with __getitem__), forwards and backwards, and over a callable with a
// sentinel. A list may change while it is walked: the index is compared with the present length at each step.

#include "iterators.h"

#include "container.h"

static SequenceIterator *as_iterator(Value v) { return (SequenceIterator *)as_object(v); }

static void iterator_mark(Gc *gc, Object *o)
{
    SequenceIterator *it = (SequenceIterator *)o;
    gc_mark(gc, it->sequence);
    gc_mark(gc, it->attributes);
}

// ---- list and tuple

static Value list_next(VM *vm, Value self)
{
    (void)vm;
    SequenceIterator *it = as_iterator(self);
    if (it->sequence == VALUE_EMPTY)
        return VALUE_EMPTY;
    List *list = as_list(it->sequence);
    if (likely(it->index < list->count))
        return list->items[it->index++];
    it->sequence = VALUE_EMPTY;
    return VALUE_EMPTY;
}

static Value tuple_next(VM *vm, Value self)
{
    (void)vm;
    SequenceIterator *it = as_iterator(self);
    if (it->sequence == VALUE_EMPTY)
        return VALUE_EMPTY;
    Tuple *t = as_tuple(it->sequence);
    if (likely(it->index < t->count))
        return t->items[it->index++];
    it->sequence = VALUE_EMPTY;
    return VALUE_EMPTY;
}

static Value list_previous(VM *vm, Value self)
{
    (void)vm;
    SequenceIterator *it = as_iterator(self);
    if (it->sequence == VALUE_EMPTY)
        return VALUE_EMPTY;
    List *list = as_list(it->sequence);
    if (it->index >= 0 && it->index < list->count)
        return list->items[it->index--];
    it->sequence = VALUE_EMPTY;
    it->index = -1;
    return VALUE_EMPTY;
}

static Value forward_hint(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    SequenceIterator *it = as_iterator(args[0]);
    int64_t left = it->sequence == VALUE_EMPTY ? 0 : sequence_count(it->sequence) - it->index;
    return from_small(left < 0 ? 0 : left);
}

static Value backward_hint(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    SequenceIterator *it = as_iterator(args[0]);
    bool gone = it->sequence == VALUE_EMPTY || sequence_count(it->sequence) < it->index + 1;
    return from_small(gone ? 0 : it->index + 1);
}

static Value empty_of(VM *vm, Value self) // what an exhausted iterator pretends to walk
{
    bool list = type_of(vm, self)->def == &list_iterator_def || type_of(vm, self)->def == &list_reverse_iterator_def;
    return list ? from_object(list_new(vm, 0)) : from_object(tuple_new(vm, 0));
}

static Value forward_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    SequenceIterator *it = as_iterator(args[0]);
    if (it->sequence == VALUE_EMPTY)
        return iterator_reduce(vm, empty_of(vm, args[0]), VALUE_EMPTY);
    return iterator_reduce(vm, it->sequence, int_from_i64(vm, it->index));
}

static Value backward_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    SequenceIterator *it = as_iterator(args[0]);
    if (it->sequence == VALUE_EMPTY)
        return iterator_reduce(vm, empty_of(vm, args[0]), VALUE_EMPTY);
    Value reversed = builtin_named(vm, "reversed"), arguments = tuple_pack(vm, 1, it->sequence);
    if (reversed == VALUE_EMPTY || arguments == VALUE_EMPTY)
        return VALUE_EMPTY;
    return tuple_pack(vm, 3, reversed, arguments, int_from_i64(vm, it->index));
}

static Value set_state(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t index;
    if (!object_index_i64(vm, args[1], &index))
        return VALUE_EMPTY;
    SequenceIterator *it = as_iterator(args[0]);
    if (it->sequence != VALUE_EMPTY)
        it->index = index < 0 ? 0 : index;
    return VALUE_NONE;
}

static Value set_state_backward(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t index;
    if (!object_index_i64(vm, args[1], &index))
        return VALUE_EMPTY;
    SequenceIterator *it = as_iterator(args[0]);
    if (it->sequence != VALUE_EMPTY)
        it->index = index < -1 ? -1 : index;
    return VALUE_NONE;
}

static const NativeDef forward_methods[] = {
    {"__length_hint__(self, /)", forward_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", forward_reduce, NULL, NATIVE_RAW, 1, 1},
    {"__setstate__(self, state, /)", set_state, NULL, NATIVE_RAW, 2, 2},
    {0},
};

static const NativeDef backward_methods[] = {
    {"__length_hint__(self, /)", backward_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", backward_reduce, NULL, NATIVE_RAW, 1, 1},
    {"__setstate__(self, state, /)", set_state_backward, NULL, NATIVE_RAW, 2, 2},
    {0},
};

static const TypeOps list_iterator_ops = {.mark = iterator_mark, .iter = iterator_self, .next = list_next};
static const TypeOps tuple_iterator_ops = {.mark = iterator_mark, .iter = iterator_self, .next = tuple_next};
static const TypeOps list_reverse_ops = {.mark = iterator_mark, .iter = iterator_self, .next = list_previous};

const TypeDef list_iterator_def = {
    .name = "list_iterator", .kind = KIND_OTHER, .size = sizeof(SequenceIterator), .ops = &list_iterator_ops,
    .methods = forward_methods, .flags = TYPE_NO_NEW,
};

const TypeDef tuple_iterator_def = {
    .name = "tuple_iterator", .kind = KIND_OTHER, .size = sizeof(SequenceIterator), .ops = &tuple_iterator_ops,
    .methods = forward_methods, .flags = TYPE_NO_NEW,
};

const TypeDef list_reverse_iterator_def = {
    .name = "list_reverseiterator", .kind = KIND_OTHER, .size = sizeof(SequenceIterator), .ops = &list_reverse_ops,
    .methods = backward_methods, .flags = TYPE_NO_NEW,
};

// ---- anything with __getitem__

Value sequence_iterator_new(VM *vm, Value sequence)
{
    SequenceIterator *it = type_new_of(vm, &sequence_iterator_def);
    if (it)
        it->sequence = sequence;
    return from_object(it);
}

static Value sequence_next(VM *vm, Value self)
{
    SequenceIterator *it = as_iterator(self);
    if (it->sequence == VALUE_EMPTY)
        return VALUE_EMPTY;
    Value item = object_getitem(vm, it->sequence, from_small(it->index));
    if (item != VALUE_EMPTY) {
        it->index++;
        return item;
    }
    if (error_is(vm, EXC_IndexError) || error_is(vm, EXC_StopIteration)) {
        error_clear(vm);
        it->sequence = VALUE_EMPTY;
    }
    return VALUE_EMPTY;
}

static Value sequence_hint(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    SequenceIterator *it = as_iterator(args[0]);
    if (it->sequence == VALUE_EMPTY)
        return from_small(0);
    if (type_special(vm, type_of(vm, it->sequence), SPECIAL___len__) == VALUE_EMPTY)
        return VALUE_NOT_IMPLEMENTED;
    int64_t length = object_len(vm, it->sequence);
    return length < 0 ? VALUE_EMPTY : from_small(length < it->index ? 0 : length - it->index);
}

static const NativeDef sequence_methods[] = {
    {"__length_hint__(self, /)", sequence_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", forward_reduce, NULL, NATIVE_RAW, 1, 1},
    {"__setstate__(self, state, /)", set_state, NULL, NATIVE_RAW, 2, 2},
    {0},
};

static const TypeOps sequence_ops = {.mark = iterator_mark, .iter = iterator_self, .next = sequence_next};

const TypeDef sequence_iterator_def = {
    .name = "iterator", .kind = KIND_OTHER, .size = sizeof(SequenceIterator), .ops = &sequence_ops,
    .methods = sequence_methods, .flags = TYPE_NO_NEW,
};

// ---- reversed

static Value reversed_of(VM *vm, Type *cls, Value sequence)
{
    Value method = type_special(vm, type_of(vm, sequence), SPECIAL___reversed__);
    if (is_none(method))
        return raise_type(vm, "'%T' object is not reversible", sequence);
    if (method != VALUE_EMPTY)
        return call_special(vm, sequence, SPECIAL___reversed__, NULL, 0);
    bool indexed = type_special(vm, type_of(vm, sequence), SPECIAL___getitem__) != VALUE_EMPTY && !is_dict(sequence);
    if (!indexed || type_special(vm, type_of(vm, sequence), SPECIAL___len__) == VALUE_EMPTY)
        return raise_type(vm, "'%T' object is not reversible", sequence);
    int64_t length = object_len(vm, sequence);
    SequenceIterator *it = length < 0 ? NULL : type_alloc(vm, cls, 0);
    if (it) {
        it->sequence = sequence;
        it->index = length - 1;
    }
    return from_object(it);
}

Value reversed_new(VM *vm, Value sequence) { return reversed_of(vm, type_of_def(vm, &reversed_def), sequence); }

static Value reversed_make(VM *vm, Value *args, int nargs)
{
    if (nargs != 2)
        return raise_type(vm, "reversed expected 1 argument, got %d", nargs - 1);
    return reversed_of(vm, (Type *)as_object(args[0]), args[1]);
}

static Value reversed_next(VM *vm, Value self)
{
    SequenceIterator *it = as_iterator(self);
    if (it->sequence == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (it->index >= 0) {
        Value item = is_exact(vm, it->sequence, KIND_TUPLE) ? as_tuple(it->sequence)->items[it->index]
                                                            : object_getitem(vm, it->sequence, from_small(it->index));
        if (item != VALUE_EMPTY) {
            it->index--;
            return item;
        }
        if (!error_is(vm, EXC_IndexError) && !error_is(vm, EXC_StopIteration))
            return VALUE_EMPTY;
        error_clear(vm);
    }
    it->index = -1;
    it->sequence = VALUE_EMPTY;
    return VALUE_EMPTY;
}

static Value reversed_hint(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    SequenceIterator *it = as_iterator(args[0]);
    if (it->sequence == VALUE_EMPTY)
        return from_small(0);
    int64_t length = object_len(vm, it->sequence);
    if (length < 0)
        return VALUE_EMPTY;
    return from_small(length < it->index + 1 ? 0 : it->index + 1);
}

static const NativeDef reversed_methods[] = {
    {"__length_hint__(self, /)", reversed_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", backward_reduce, NULL, NATIVE_RAW, 1, 1},
    {"__setstate__(self, state, /)", set_state_backward, NULL, NATIVE_RAW, 2, 2},
    {0},
};

static const TypeOps reversed_ops = {.mark = iterator_mark, .iter = iterator_self, .next = reversed_next};

const TypeDef reversed_def = {
    .name = "reversed",
    .kind = KIND_OTHER,
    .size = sizeof(SequenceIterator),
    .ops = &reversed_ops,
    .methods = reversed_methods,
    .make = {"reversed(cls, sequence, /)", reversed_make, NULL, NATIVE_RAW, 1, -1},
    .doc = "Return a reverse iterator over the values of the given sequence.",
    .flags = TYPE_BASE,
};

// ---- iter(callable, sentinel)

Value callable_iterator_new(VM *vm, Value callable, Value sentinel)
{
    CallableIterator *it = type_new_of(vm, &callable_iterator_def);
    if (it) {
        it->callable = callable;
        it->sentinel = sentinel;
    }
    return from_object(it);
}

static void callable_mark(Gc *gc, Object *o)
{
    CallableIterator *it = (CallableIterator *)o;
    gc_mark(gc, it->callable);
    gc_mark(gc, it->sentinel);
}

static void callable_finish(CallableIterator *it) { it->callable = it->sentinel = VALUE_EMPTY; }

static Value callable_next(VM *vm, Value self)
{
    CallableIterator *it = (CallableIterator *)as_object(self);
    if (it->callable == VALUE_EMPTY)
        return VALUE_EMPTY;
    Value item = call0(vm, it->callable);
    if (it->callable == VALUE_EMPTY) // the call ran the iterator to its end
        return VALUE_EMPTY;
    if (item == VALUE_EMPTY) {
        if (error_is(vm, EXC_StopIteration)) {
            error_clear(vm);
            callable_finish(it);
        }
        return VALUE_EMPTY;
    }
    int equal = value_equal(vm, item, it->sentinel);
    if (equal == 0)
        return item;
    if (equal > 0)
        callable_finish(it);
    return VALUE_EMPTY;
}

static Value callable_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    CallableIterator *it = (CallableIterator *)as_object(args[0]);
    if (it->callable == VALUE_EMPTY)
        return iterator_reduce(vm, from_object(tuple_new(vm, 0)), VALUE_EMPTY);
    Value iter = builtin_named(vm, "iter"), arguments = tuple_pack(vm, 2, it->callable, it->sentinel);
    return iter == VALUE_EMPTY || arguments == VALUE_EMPTY ? VALUE_EMPTY : tuple_pack(vm, 2, iter, arguments);
}

static const NativeDef callable_methods[] = {
    {"__reduce__(self, /)", callable_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps callable_ops = {.mark = callable_mark, .iter = iterator_self, .next = callable_next};

const TypeDef callable_iterator_def = {
    .name = "callable_iterator", .kind = KIND_OTHER, .size = sizeof(CallableIterator), .ops = &callable_ops,
    .methods = callable_methods, .flags = TYPE_NO_NEW,
};
