// SPDX-License-Identifier: MIT
//
// Iterators of str. They keep a byte offset, so every step is O(1); ASCII strings have a type of their own, whose steps
// only look up the table of one-character strings.

#include "lexer/utf8.h"
#include "str_internal.h"
#include "vm/types/container.h"

static StrIterator *as_iterator(Value v) { return (StrIterator *)as_object(v); }

static void iterator_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((StrIterator *)o)->string); }

Value str_iter(VM *vm, Value self)
{
    StrIterator *it = type_new_of(vm, str_is_ascii(as_str(self)) ? &str_ascii_iterator_def : &str_iterator_def);
    if (it)
        it->string = as_str(self);
    return from_object(it);
}

static Value ascii_next(VM *vm, Value self)
{
    StrIterator *it = as_iterator(self);
    if (!it->string)
        return VALUE_EMPTY;
    if (it->offset < it->string->size)
        return vm->latin1[(unsigned char)it->string->data[it->offset++]];
    it->string = NULL;
    return VALUE_EMPTY;
}

static Value general_next(VM *vm, Value self)
{
    StrIterator *it = as_iterator(self);
    if (!it->string)
        return VALUE_EMPTY;
    if (it->offset >= it->string->size) {
        it->string = NULL;
        return VALUE_EMPTY;
    }
    const char *p = it->string->data + it->offset;
    Str *s = str_from_codepoint(vm, utf8_next(&p));
    if (s)
        it->offset = (uint32_t)(p - it->string->data);
    return str_result(s);
}

static int64_t remaining(const StrIterator *it)
{
    if (!it->string)
        return 0;
    return (int64_t)utf8_count(it->string->data + it->offset, it->string->size - it->offset);
}

static Value length_hint(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return from_small(remaining(as_iterator(args[0])));
}

static Value reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    StrIterator *it = as_iterator(args[0]);
    if (!it->string)
        return iterator_reduce(vm, from_object(vm->empty_str), VALUE_EMPTY);
    return iterator_reduce(vm, from_object(it->string), from_small(it->string->length - remaining(it)));
}

static Value setstate(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t index;
    StrIterator *it = as_iterator(args[0]);
    if (!object_index_i64(vm, args[1], &index))
        return VALUE_EMPTY;
    if (it->string) {
        int64_t length = it->string->length;
        it->offset = (uint32_t)str_byte_offset(vm, it->string, index < 0 ? 0 : index > length ? length : index);
    }
    return VALUE_NONE;
}

static const NativeDef iterator_methods[] = {
    {"__length_hint__(self, /)", length_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", reduce, NULL, NATIVE_RAW, 1, 1},
    {"__setstate__(self, state, /)", setstate, NULL, NATIVE_RAW, 2, 2},
    {0},
};

static const TypeOps ascii_ops = {.mark = iterator_mark, .iter = iterator_self, .next = ascii_next};
static const TypeOps general_ops = {.mark = iterator_mark, .iter = iterator_self, .next = general_next};

const TypeDef str_ascii_iterator_def = {
    .name = "str_ascii_iterator", .kind = KIND_OTHER, .size = sizeof(StrIterator), .ops = &ascii_ops,
    .methods = iterator_methods, .flags = TYPE_NO_DICT | TYPE_NO_NEW,
};

const TypeDef str_iterator_def = {
    .name = "str_iterator", .kind = KIND_OTHER, .size = sizeof(StrIterator), .ops = &general_ops,
    .methods = iterator_methods, .flags = TYPE_NO_DICT | TYPE_NO_NEW,
};
