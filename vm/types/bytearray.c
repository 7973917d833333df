// SPDX-License-Identifier: MIT
//
// bytearray: storage, operators, assignment to items and slices. Its own methods are in bytearray_methods.c.
//
// The bytes are buffer[offset .. offset+size): taking bytes away at the front only moves the offset, so a queue of
// bytes costs nothing. While memoryviews are alive (exports) the size may not change.

#include "bytes.h"

#include "bytes_internal.h"
#include "container.h"

extern const NativeDef bytearray_methods[]; // bytearray_methods.c

// ---- storage

char *bytearray_data(ByteArray *a) { return a->buffer ? a->buffer + a->offset : (char *)""; }

Value bytearray_new(VM *vm, const void *data, size_t size)
{
    ByteArray *a = gc_new(vm, vm->types[KIND_BYTEARRAY]->root, sizeof *a);
    if (!a || size == 0)
        return from_object(a);
    if (size > MAX_OBJECT_SIZE - 64)
        return raise_memory(vm);
    if (!(a->buffer = gc_buffer(vm, size)))
        return VALUE_EMPTY;
    a->capacity = a->size = size;
    gc_barrier(vm, a);
    if (data)
        memcpy(a->buffer, data, size);
    return from_object(a);
}

// Views that nobody reaches any more still count; a collection drops them.
bool bytearray_may_resize(VM *vm, ByteArray *a)
{
    if (likely(a->exports == 0))
        return true;
    gc_collect(vm);
    if (a->exports == 0)
        return true;
    raise_exc(vm, EXC_BufferError, "Existing exports of data: object cannot be re-sized");
    return false;
}

static bool set_capacity(VM *vm, ByteArray *a, size_t capacity)
{
    if (a->offset) {
        memmove(a->buffer, a->buffer + a->offset, a->size);
        a->offset = 0;
    }
    char *buffer = gc_buffer_resize(vm, a->buffer, a->capacity, capacity);
    if (!buffer)
        return false;
    a->buffer = buffer;
    a->capacity = capacity;
    gc_barrier(vm, a);
    return true;
}

bool bytearray_resize(VM *vm, ByteArray *a, size_t size)
{
    if (size == a->size)
        return true;
    if (!bytearray_may_resize(vm, a))
        return false;
    if (size > MAX_OBJECT_SIZE - 64)
        return raise_memory(vm), false;
    if (size == 0) {
        gc_buffer_free(vm, a->buffer, a->capacity);
        a->buffer = NULL;
        a->size = a->capacity = a->offset = 0;
        return true;
    }
    if (a->offset + size > a->capacity) {
        size_t wanted = size <= a->capacity / 2 ? a->capacity : size + (size >> 3) + (size < 16 ? 8 : 32);
        if (size > a->capacity || a->offset < a->capacity / 2) {
            if (!set_capacity(vm, a, wanted))
                return false;
        } else {
            memmove(a->buffer, a->buffer + a->offset, a->size < size ? a->size : size);
            a->offset = 0;
        }
    } else if (size < a->capacity / 4 && a->capacity > 512) {
        a->size = size;
        if (!set_capacity(vm, a, size + size / 8 + 32))
            error_clear(vm); // a smaller buffer is a wish, not a need
    }
    a->size = size;
    return true;
}

// Replaces the bytes [from, to) by `size` others, which are not in the array itself.
static bool replace_range(VM *vm, ByteArray *a, size_t from, size_t to, const char *data, size_t size)
{
    size_t old = a->size, total;
    if (!size_add(old - (to - from), size, &total))
        return raise_memory(vm), false;
    if (total != old && !bytearray_may_resize(vm, a))
        return false;
    if (total < old && from == 0) {
        a->offset += to - size;
        a->size = total;
        memcpy(bytearray_data(a), data, size);
        return total || bytearray_resize(vm, a, 0);
    }
    if (total > old && !bytearray_resize(vm, a, total))
        return false;
    char *p = bytearray_data(a);
    if (total != old)
        memmove(p + from + size, p + to, old - to);
    memcpy(p + from, data, size);
    return total >= old || bytearray_resize(vm, a, total);
}

// ---- operators

static void bytearray_mark(Gc *gc, Object *o)
{
    ByteArray *a = (ByteArray *)o;
    gc_mark(gc, a->attributes);
    gc_mark_buffer(gc, a->buffer);
}

static Value bytearray_repr(VM *vm, Value self)
{
    View v = view_of(self);
    Str *text = bytearray_text(vm, v.data, v.size);
    return text ? from_object(str_format(vm, "%T(%U)", self, text)) : VALUE_EMPTY;
}

static Value bytearray_compare(VM *vm, Value self, Value other, CompareOp op)
{
    (void)vm;
    View a = view_of(self), b;
    if (!bytes_view(other, &b.data, &b.size))
        return VALUE_NOT_IMPLEMENTED;
    return compare_result(view_compare(a, b), op);
}

static bool append_view(VM *vm, ByteArray *a, Value source, View v)
{
    size_t old = a->size, total;
    size_t inside = v.data >= a->buffer && a->buffer && v.data < a->buffer + a->capacity
                        ? (size_t)(v.data - bytearray_data(a))
                        : SIZE_MAX;
    if (!size_add(old, v.size, &total))
        return raise_memory(vm), false;
    if (!bytearray_resize(vm, a, total))
        return false;
    memcpy(bytearray_data(a) + old, inside != SIZE_MAX ? bytearray_data(a) + inside : v.data, v.size);
    keep_alive(source);
    return true;
}

static Value inplace_repeat(VM *vm, Value self, Value n)
{
    int64_t times;
    bool counted;
    size_t total, size;
    ByteArray *a = as_bytearray(self);
    Value v = sequence_times(vm, n, &times, &counted);
    if (!counted)
        return v;
    size = a->size;
    if (!size_mul(size, (size_t)times, &total))
        return raise_memory(vm);
    if (!bytearray_resize(vm, a, total))
        return VALUE_EMPTY;
    char *p = bytearray_data(a);
    for (size_t done = size; done < total;) { // doubles the part that is done
        size_t part = done < total - done ? done : total - done;
        memcpy(p + done, p, part);
        done += part;
    }
    return self;
}

static Value bytearray_inplace(VM *vm, BinaryOp op, Value l, Value r)
{
    View v;
    if (op == BINARY_MUL)
        return inplace_repeat(vm, l, r);
    if (op != BINARY_ADD)
        return VALUE_NOT_IMPLEMENTED;
    if (!bytes_view(r, &v.data, &v.size))
        return raise_type(vm, "can't concat %T to %T", r, l);
    return append_view(vm, as_bytearray(l), r, v) ? l : VALUE_EMPTY;
}

static bool item_index(VM *vm, Value self, Value key, int64_t *i)
{
    if (!subscript_index(vm, key, "bytearray", i))
        return false;
    int64_t size = (int64_t)as_bytearray(self)->size;
    if (*i < 0)
        *i += size;
    if ((uint64_t)*i < (uint64_t)size)
        return true;
    raise_index(vm, "bytearray index out of range");
    return false;
}

static Value bytearray_getitem(VM *vm, Value self, Value key)
{
    int64_t i;
    if (has_kind(key, KIND_SLICE))
        return bytes_like_slice(vm, self, key);
    if (!item_index(vm, self, key, &i))
        return VALUE_EMPTY;
    return from_small((unsigned char)bytearray_data(as_bytearray(self))[i]);
}

// ---- assignment

static bool delete_stepped(VM *vm, ByteArray *a, int64_t start, int64_t step, int64_t count)
{
    if (!bytearray_may_resize(vm, a))
        return false;
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    char *p = bytearray_data(a);
    int64_t to = start, next = start;
    for (int64_t from = start; from < (int64_t)a->size; from++) {
        if (from == next && count > 0) {
            count--;
            next += step;
        } else {
            p[to++] = p[from];
        }
    }
    return bytearray_resize(vm, a, (size_t)to);
}

// The values of a slice assignment as bytes that are not in the array itself. VALUE_EMPTY: error.
static Value slice_values(VM *vm, Value value)
{
    if (is_bytes(value))
        return value;
    if (is_int_like(value) || is_str(value))
        return raise_type(vm, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
    return bytes_from_object(vm, value, VALUE_EMPTY, VALUE_EMPTY, true);
}

static bool set_slice(VM *vm, Value self, Value key, Value value)
{
    int64_t start, stop, step, count;
    ByteArray *a = as_bytearray(self);
    Value source = value == VALUE_EMPTY ? VALUE_NONE : slice_values(vm, value);
    if (source == VALUE_EMPTY || !slice_indices(vm, key, (int64_t)a->size, &start, &stop, &step, &count))
        return false;
    if (!slice_indices(vm, key, (int64_t)a->size, &start, &stop, &step, &count)) // __index__ may have changed the size
        return false;
    View v = value == VALUE_EMPTY ? (View){"", 0} : view_of(source);
    bool ok;
    if (step == 1) {
        ok = replace_range(vm, a, (size_t)start, (size_t)(start + count), v.data, v.size);
    } else if (v.size == 0) {
        ok = count == 0 || delete_stepped(vm, a, start, step, count);
    } else if ((int64_t)v.size != count) {
        raise_value(vm, "attempt to assign bytes of size %zu to extended slice of size %lld", v.size, (long long)count);
        ok = false;
    } else {
        char *p = bytearray_data(a);
        for (int64_t i = 0; i < count; i++)
            p[start + i * step] = v.data[i];
        ok = true;
    }
    keep_alive(source);
    return ok;
}

static bool bytearray_setitem(VM *vm, Value self, Value key, Value value)
{
    int64_t i;
    unsigned char c = 0;
    if (has_kind(key, KIND_SLICE))
        return set_slice(vm, self, key, value);
    if (!item_index(vm, self, key, &i))
        return false;
    if (value == VALUE_EMPTY)
        return replace_range(vm, as_bytearray(self), (size_t)i, (size_t)i + 1, "", 0);
    if (!byte_value(vm, value, "byte", &c) ||
        !item_index(vm, self, from_small(i), &i)) // the value may have run a script
        return false;
    bytearray_data(as_bytearray(self))[i] = (char)c;
    return true;
}

// ---- constructor

static bool fill(VM *vm, ByteArray *a, Value made)
{
    ByteArray *from = as_bytearray(made); // nobody else knows it: its buffer moves over
    if (!bytearray_may_resize(vm, a))
        return false;
    a->buffer = from->buffer;
    a->size = from->size;
    a->capacity = from->capacity;
    a->offset = from->offset;
    from->buffer = NULL;
    from->size = from->capacity = from->offset = 0;
    gc_barrier(vm, a);
    return true;
}

static Value bytearray_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = (Type *)as_object(args[0]);
    Value made = bytes_from_object(vm, args[1], args[2], args[3], true);
    if (made == VALUE_EMPTY || cls == vm->types[KIND_BYTEARRAY])
        return made;
    ByteArray *a = type_alloc(vm, cls, 0);
    return a && fill(vm, a, made) ? from_object(a) : VALUE_EMPTY;
}

Value bytearray_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value made = bytes_from_object(vm, args[1], args[2], args[3], true);
    return made != VALUE_EMPTY && fill(vm, as_bytearray(args[0]), made) ? VALUE_NONE : VALUE_EMPTY;
}

static const TypeOps bytearray_ops = {
    .mark = bytearray_mark,
    .repr = bytearray_repr,
    .str = bytearray_repr,
    .compare = bytearray_compare,
    .compare_mask = ALL_COMPARES,
    .binary = bytes_like_binary,
    .binary_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL) | BIT(BINARY_MOD),
    .reflected_mask = BIT(BINARY_MUL) | BIT(BINARY_MOD),
    .inplace = bytearray_inplace,
    .inplace_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL),
    .truth = bytes_truth,
    .len = bytes_len,
    .getitem = bytearray_getitem,
    .setitem = bytearray_setitem,
    .contains = bytes_contains,
    .iter = bytes_iter,
};

const TypeDef bytearray_def = {
    .name = "bytearray",
    .kind = KIND_BYTEARRAY,
    .size = sizeof(ByteArray),
    .ops = &bytearray_ops,
    .methods = bytearray_methods,
    .make = {"bytearray(cls, source=<unset>, encoding=<unset>, errors=<unset>)", bytearray_make, NULL, 0, 0, 0},
    .doc = "A mutable sequence of bytes.",
    .flags = TYPE_BASE | TYPE_MATCH_SELF,
};
