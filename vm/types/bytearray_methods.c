// SPDX-License-Identifier: MIT
//
// The methods that bytearray has and bytes has not.

#include "bytes_internal.h"
#include "container.h"

Value bytearray_init(VM *vm, Value *args, int nargs); // bytearray.c

static bool append_byte(VM *vm, ByteArray *a, unsigned char c)
{
    if (!bytearray_resize(vm, a, a->size + 1))
        return false;
    bytearray_data(a)[a->size - 1] = (char)c;
    return true;
}

bool bytearray_extend_ints(VM *vm, ByteArray *to, Value iterable, const char *what)
{
    Each each;
    Value item;
    unsigned char c;
    if (!each_begin(&each, vm, iterable))
        return false;
    while (each_next(&each, &item))
        if (!byte_value(vm, item, what, &c) || !append_byte(vm, to, c))
            return false;
    return !vm->error;
}

static Value append_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    unsigned char c;
    return byte_value(vm, args[1], "byte", &c) && append_byte(vm, as_bytearray(args[0]), c) ? VALUE_NONE : VALUE_EMPTY;
}

static Value extend_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    Value source = args[1];
    if (!bytes_view(source, &data, &size)) {
        if (!has_kind(source, KIND_LIST) && !has_kind(source, KIND_TUPLE)) {
            Value it = object_iter(vm, source);
            if (it == VALUE_EMPTY) {
                if (!error_is(vm, EXC_TypeError))
                    return VALUE_EMPTY;
                error_clear(vm);
                return raise_type(vm, "can't extend bytearray with %T", source);
            }
            source = it;
        }
        Value made = bytearray_new(vm, NULL, 0); // all or nothing
        if (made == VALUE_EMPTY || !bytearray_extend_ints(vm, as_bytearray(made), source, "byte"))
            return VALUE_EMPTY;
        source = made;
    }
    return inplace_op(vm, BINARY_ADD, args[0], source) == VALUE_EMPTY ? VALUE_EMPTY : VALUE_NONE;
}

static Value insert_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t at;
    unsigned char c;
    if (!object_index_i64(vm, args[1], &at) || !byte_value(vm, args[2], "byte", &c))
        return VALUE_EMPTY;
    ByteArray *a = as_bytearray(args[0]);
    int64_t size = (int64_t)a->size;
    if (at < 0 && (at += size) < 0)
        at = 0;
    if (at > size)
        at = size;
    if (!bytearray_resize(vm, a, a->size + 1))
        return VALUE_EMPTY;
    char *p = bytearray_data(a);
    memmove(p + at + 1, p + at, (size_t)(size - at));
    p[at] = (char)c;
    return VALUE_NONE;
}

static bool remove_at(VM *vm, ByteArray *a, size_t at)
{
    if (!bytearray_may_resize(vm, a))
        return false;
    char *p = bytearray_data(a);
    if (at == 0) {
        a->offset++;
        a->size--;
        return true;
    }
    memmove(p + at, p + at + 1, a->size - at - 1);
    return bytearray_resize(vm, a, a->size - 1);
}

static Value pop_method(VM *vm, Value *args, int nargs)
{
    int64_t at = -1;
    if (nargs > 1 && !object_index_i64(vm, args[1], &at))
        return VALUE_EMPTY;
    ByteArray *a = as_bytearray(args[0]);
    if (a->size == 0)
        return raise_index(vm, "pop from empty bytearray");
    if (at < 0)
        at += (int64_t)a->size;
    if ((uint64_t)at >= a->size)
        return raise_index(vm, "pop index out of range");
    Value v = from_small((unsigned char)bytearray_data(a)[at]);
    return remove_at(vm, a, (size_t)at) ? v : VALUE_EMPTY;
}

static Value remove_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    unsigned char c;
    if (!byte_value(vm, args[1], "byte", &c))
        return VALUE_EMPTY;
    ByteArray *a = as_bytearray(args[0]);
    const char *p = bytearray_data(a), *at = memchr(p, c, a->size);
    if (!at)
        return raise_value(vm, "value not found in bytearray");
    return remove_at(vm, a, (size_t)(at - p)) ? VALUE_NONE : VALUE_EMPTY;
}

static Value clear_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return bytearray_resize(vm, as_bytearray(args[0]), 0) ? VALUE_NONE : VALUE_EMPTY;
}

static Value copy_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    View v = view_of(args[0]);
    return bytearray_new(vm, v.data, v.size);
}

static Value reverse_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    ByteArray *a = as_bytearray(args[0]);
    char *p = bytearray_data(a);
    vm_charge_bytes(vm, 8 * a->size);
    for (size_t i = 0, j = a->size; i + 1 < j; i++) {
        char c = p[i];
        p[i] = p[--j];
        p[j] = c;
    }
    return VALUE_NONE;
}

static Value alloc_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return from_small((int64_t)as_bytearray(args[0])->capacity);
}

static Value sizeof_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return from_small((int64_t)(sizeof(ByteArray) + as_bytearray(args[0])->capacity));
}

static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    View v = view_of(args[0]);
    Value data = bytes_new(vm, v.data, v.size), made = data == VALUE_EMPTY ? data : tuple_pack(vm, 1, data);
    return made == VALUE_EMPTY ? made : tuple_pack(vm, 2, from_object(type_of(vm, args[0])), made);
}

const NativeDef bytearray_methods[] = {
    BYTES_COMMON_METHODS,
    {"append(self, item, /)", append_method, "Add one byte at the end.", NATIVE_RAW, 2, 2},
    {"clear(self, /)", clear_method, "Remove all bytes.", NATIVE_RAW, 1, 1},
    {"copy(self, /)", copy_method, "A copy.", NATIVE_RAW, 1, 1},
    {"extend(self, iterable_of_ints, /)", extend_method, "Add the bytes of an iterable at the end.", NATIVE_RAW, 2, 2},
    {"insert(self, index, item, /)", insert_method, "Insert one byte before index.", NATIVE_RAW, 3, 3},
    {"pop(self, index=-1, /)", pop_method, "Remove the byte at index and return it.", NATIVE_RAW, 1, 2},
    {"remove(self, value, /)", remove_method, "Remove the first byte of that value.", NATIVE_RAW, 2, 2},
    {"reverse(self, /)", reverse_method, "Reverse in place.", NATIVE_RAW, 1, 1},
    {"__alloc__(self, /)", alloc_method, "Bytes allocated.", NATIVE_RAW, 1, 1},
    {"__sizeof__(self, /)", sizeof_method, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", reduce_method, NULL, NATIVE_RAW, 1, 1},
    {"__init__(self, source=<unset>, encoding=<unset>, errors=<unset>)", bytearray_init, NULL, 0, 0, 0},
    {0},
};
