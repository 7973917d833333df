// SPDX-License-Identifier: MIT
//
// Iterators of bytes and bytearray. A bytearray may change while it is walked: the size is read at each step.

#include "bytes_internal.h"
#include "container.h"

static BytesIterator *as_iterator(Value v) { return (BytesIterator *)as_object(v); }

static void iterator_mark(Gc *gc, Object *o) { gc_mark(gc, ((BytesIterator *)o)->sequence); }

Value bytes_iter(VM *vm, Value self)
{
    BytesIterator *it = type_new_of(vm, is_bytes(self) ? &bytes_iterator_def : &bytearray_iterator_def);
    if (it)
        it->sequence = self;
    return from_object(it);
}

static Value iterator_next(VM *vm, Value self)
{
    (void)vm;
    BytesIterator *it = as_iterator(self);
    if (it->sequence == VALUE_EMPTY)
        return VALUE_EMPTY;
    View v = view_of(it->sequence);
    if ((size_t)it->index < v.size)
        return from_small((unsigned char)v.data[it->index++]);
    it->sequence = VALUE_EMPTY;
    return VALUE_EMPTY;
}

static Value length_hint(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    BytesIterator *it = as_iterator(args[0]);
    int64_t left = it->sequence == VALUE_EMPTY ? 0 : (int64_t)view_of(it->sequence).size - it->index;
    return from_small(left > 0 ? left : 0);
}

static Value reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    BytesIterator *it = as_iterator(args[0]);
    if (it->sequence == VALUE_EMPTY)
        return iterator_reduce(vm, vm->empty_tuple, VALUE_EMPTY);
    return iterator_reduce(vm, it->sequence, from_small(it->index));
}

static Value setstate(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t index;
    BytesIterator *it = as_iterator(args[0]);
    if (!object_index_i64(vm, args[1], &index))
        return VALUE_EMPTY;
    it->index = index < 0 ? 0 : index;
    return VALUE_NONE;
}

static const NativeDef iterator_methods[] = {
    {"__length_hint__(self, /)", length_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", reduce, NULL, NATIVE_RAW, 1, 1},
    {"__setstate__(self, state, /)", setstate, NULL, NATIVE_RAW, 2, 2},
    {0},
};

static const TypeOps iterator_ops = {.mark = iterator_mark, .iter = iterator_self, .next = iterator_next};

const TypeDef bytes_iterator_def = {
    .name = "bytes_iterator", .kind = KIND_OTHER, .size = sizeof(BytesIterator), .ops = &iterator_ops,
    .methods = iterator_methods, .flags = TYPE_NO_DICT | TYPE_NO_NEW,
};

const TypeDef bytearray_iterator_def = {
    .name = "bytearray_iterator", .kind = KIND_OTHER, .size = sizeof(BytesIterator), .ops = &iterator_ops,
    .methods = iterator_methods, .flags = TYPE_NO_DICT | TYPE_NO_NEW,
};
