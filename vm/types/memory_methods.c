// SPDX-License-Identifier: MIT
//
// Methods and attributes of memoryview.

#include "memory_item.h"

#include "container.h"

static bool is_contiguous(const MemoryView *m) { return m->length <= 1 || m->stride == m->itemsize; }

Value memory_bytes_of(VM *vm, const MemoryView *m)
{
    size_t size = (size_t)m->length * m->itemsize;
    Value result = bytes_new(vm, NULL, size);
    if (result == VALUE_EMPTY || size == 0)
        return result;
    char *out = as_bytes(result)->data;
    if (is_contiguous(m)) {
        memcpy(out, memory_at(m, 0), size);
        return result;
    }
    for (int64_t i = 0; i < m->length; i++)
        memcpy(out + i * m->itemsize, memory_at(m, i), m->itemsize);
    return result;
}

static Value tobytes_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const MemoryView *m = as_memory(args[0]);
    if (!memory_check(vm, m))
        return VALUE_EMPTY;
    if (!is_none(args[1])) {
        if (!is_str(args[1]))
            return raise_type(vm, "tobytes() argument 'order' must be str or None, not %T", args[1]);
        const Str *order = as_str(args[1]);
        if (!str_is(order, "C") && !str_is(order, "F") && !str_is(order, "A"))
            return raise_value(vm, "order must be 'C', 'F' or 'A'");
    }
    return memory_bytes_of(vm, m);
}

static Value tolist_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const MemoryView *m = as_memory(args[0]);
    if (!memory_check(vm, m))
        return VALUE_EMPTY;
    List *list = list_new(vm, m->length);
    for (int64_t i = 0; list && i < m->length; i++) {
        Value v = memory_unpack(vm, m->format, memory_at(m, i));
        if (v == VALUE_EMPTY || !list_append(vm, list, v) || !loop_tick(vm, i) || !memory_check(vm, m))
            return VALUE_EMPTY;
    }
    return from_object(list);
}

static Value hex_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!memory_check(vm, as_memory(args[0])))
        return VALUE_EMPTY;
    Value data = memory_bytes_of(vm, as_memory(args[0]));
    return data == VALUE_EMPTY ? data : hex_of(vm, as_bytes(data)->data, as_bytes(data)->size, args[1], args[2]);
}

static Value release_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    memoryview_def.ops->finalize(vm, as_object(args[0]));
    return VALUE_NONE;
}

static Value enter_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return memory_check(vm, as_memory(args[0])) ? args[0] : VALUE_EMPTY;
}

static Value toreadonly_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!memory_check(vm, as_memory(args[0])))
        return VALUE_EMPTY;
    MemoryView *m = memory_derive(vm, as_memory(args[0]));
    if (m)
        m->readonly = true;
    return from_object(m);
}

// ---- cast

// The letter of a format such as "B" or "@B". 0: not one of ours, ValueError.
static char format_letter(VM *vm, const Str *s)
{
    const char *p = s->data + (s->data[0] == '@');
    if (p[0] && !p[1] && memory_item_size(p[0]))
        return p[0];
    raise_value(
        vm, "memoryview: destination format must be a native single character format prefixed with an optional '@'");
    return 0;
}

// shape must be (n,) with n elements: views have one dimension.
static bool check_shape(VM *vm, Value shape, int64_t length)
{
    int64_t n;
    if (shape == VALUE_EMPTY)
        return true;
    if (!is_list(shape) && !is_tuple(shape))
        return raise_type(vm, "shape must be a list or a tuple"), false;
    if (sequence_count(shape) != 1)
        return raise_exc(vm, EXC_NotImplementedError, "memoryview: only views of one dimension are supported"), false;
    if (!is_int_like(sequence_items(shape)[0]))
        return raise_type(vm, "memoryview.cast(): elements of shape must be integers"), false;
    if (!object_index_i64(vm, sequence_items(shape)[0], &n))
        return false;
    if (n <= 0)
        return raise_value(vm, "memoryview.cast(): elements of shape must be integers > 0"), false;
    if (n != length)
        return raise_type(vm, "memoryview: product(shape) * itemsize != buffer size"), false;
    return true;
}

static Value cast_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const MemoryView *m = as_memory(args[0]);
    if (!is_str(args[1]))
        return raise_type(vm, "cast() argument 'format' must be str, not %T", args[1]);
    if (!memory_check(vm, m))
        return VALUE_EMPTY;
    if (!is_contiguous(m))
        return raise_type(vm, "memoryview: casts are restricted to C-contiguous views");
    char format = format_letter(vm, as_str(args[1]));
    if (!format)
        return VALUE_EMPTY;
    if (!strchr("Bbc", format) && !strchr("Bbc", m->format))
        return raise_type(vm, "memoryview: cannot cast between two non-byte formats");
    size_t size = (size_t)m->length * m->itemsize;
    uint32_t itemsize = memory_item_size(format);
    if (size % itemsize)
        return raise_type(vm, "memoryview: length is not a multiple of itemsize");
    if (!check_shape(vm, args[2], (int64_t)(size / itemsize)))
        return VALUE_EMPTY;
    MemoryView *result = memory_derive(vm, m);
    if (!result)
        return VALUE_EMPTY;
    result->format = format;
    result->stride = result->itemsize = itemsize;
    result->length = (int64_t)(size / itemsize);
    return from_object(result);
}

const NativeDef memory_methods[] = {
    {"cast(self, /, format, shape=<unset>)", cast_method, "The same memory with other elements.", 0, 0, 0},
    {"hex(self, /, sep=<unset>, bytes_per_sep=1)", hex_method, "Hexadecimal digits.", 0, 0, 0},
    {"release(self, /)", release_method, "Let go of the memory.", NATIVE_RAW, 1, 1},
    {"tobytes(self, /, order='C')", tobytes_method, "The bytes, copied.", 0, 0, 0},
    {"tolist(self, /)", tolist_method, "The elements as a list.", NATIVE_RAW, 1, 1},
    {"toreadonly(self, /)", toreadonly_method, "A view that cannot be written.", NATIVE_RAW, 1, 1},
    {"__enter__(self, /)", enter_method, NULL, NATIVE_RAW, 1, 1},
    {"__exit__(self, /, *args)", release_method, NULL, 0, 0, 0},
    {0},
};

// ---- attributes

static Value get_obj(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? as_memory(self)->owner : VALUE_EMPTY;
}

static Value get_nbytes(VM *vm, Value self)
{
    const MemoryView *m = as_memory(self);
    return memory_check(vm, m) ? from_small(m->length * m->itemsize) : VALUE_EMPTY;
}

static Value get_readonly(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? from_bool(as_memory(self)->readonly) : VALUE_EMPTY;
}

static Value get_format(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? vm->latin1[(unsigned char)as_memory(self)->format] : VALUE_EMPTY;
}

static Value get_itemsize(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? from_small(as_memory(self)->itemsize) : VALUE_EMPTY;
}

static Value get_ndim(VM *vm, Value self) { return memory_check(vm, as_memory(self)) ? from_small(1) : VALUE_EMPTY; }

static Value get_shape(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? tuple_pack(vm, 1, from_small(as_memory(self)->length)) : VALUE_EMPTY;
}

static Value get_strides(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? tuple_pack(vm, 1, from_small(as_memory(self)->stride)) : VALUE_EMPTY;
}

static Value get_suboffsets(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? vm->empty_tuple : VALUE_EMPTY;
}

static Value get_contiguous(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? from_bool(is_contiguous(as_memory(self))) : VALUE_EMPTY;
}

const GetSetDef memory_getsets[] = {
    {"obj", get_obj, NULL, "The object whose memory it is."},
    {"nbytes", get_nbytes, NULL, "Size in bytes."},
    {"readonly", get_readonly, NULL, "Whether the memory cannot be written."},
    {"format", get_format, NULL, "Format of an element as in struct."},
    {"itemsize", get_itemsize, NULL, "Bytes of an element."},
    {"ndim", get_ndim, NULL, "Dimensions."},
    {"shape", get_shape, NULL, "Elements in each dimension."},
    {"strides", get_strides, NULL, "Bytes between elements in each dimension."},
    {"suboffsets", get_suboffsets, NULL, "Always empty."},
    {"c_contiguous", get_contiguous, NULL, "Whether the elements lie side by side."},
    {"f_contiguous", get_contiguous, NULL, "Whether the elements lie side by side."},
    {"contiguous", get_contiguous, NULL, "Whether the elements lie side by side."},
    {0},
};
