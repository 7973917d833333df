// SPDX-License-Identifier: MIT
//
// bytes: immutable byte strings, and views of anything that holds bytes. Methods are in bytes_*.c, shared with
// bytearray.

#include "bytes.h"

#include "bytes_internal.h"
#include "container.h"
#include "vm/core/type.h"
#include "vm/number/hash.h"

// ---- making and viewing

static size_t payload(size_t size) { return (size + 8) & ~(size_t)7; } // the NUL included

Value bytes_new(VM *vm, const void *data, size_t size)
{
    if (size == 0 && vm->empty_bytes)
        return vm->empty_bytes;
    if (unlikely(size > MAX_OBJECT_SIZE - 64))
        return raise_memory(vm);
    Bytes *b = gc_new(vm, vm->types[KIND_BYTES]->root, sizeof *b + payload(size));
    if (!b)
        return VALUE_EMPTY;
    b->size = size;
    if (data)
        memcpy(b->data, data, size);
    return from_object(b);
}

static bool memory_bytes(Value v, char **data, size_t *size)
{
    const MemoryView *m = (const MemoryView *)as_object(v);
    const char *owner;
    size_t owner_size;
    if (m->owner == VALUE_EMPTY || (m->length > 1 && m->stride != m->itemsize) ||
        !bytes_view(m->owner, &owner, &owner_size))
        return false;
    *data = (char *)owner + m->start;
    *size = (size_t)m->length * m->itemsize;
    return true;
}

bool bytes_view(Value v, const char **data, size_t *size)
{
    if (is_bytes(v)) {
        *data = as_bytes(v)->data;
        *size = as_bytes(v)->size;
        return true;
    }
    if (is_bytearray(v)) {
        *data = bytearray_data(as_bytearray(v));
        *size = as_bytearray(v)->size;
        return true;
    }
    return has_kind(v, KIND_MEMORYVIEW) && memory_bytes(v, (char **)data, size);
}

bool bytes_view_writable(Value v, char **data, size_t *size)
{
    if (is_bytearray(v)) {
        *data = bytearray_data(as_bytearray(v));
        *size = as_bytearray(v)->size;
        return true;
    }
    return has_kind(v, KIND_MEMORYVIEW) && !((MemoryView *)as_object(v))->readonly && memory_bytes(v, data, size);
}

bool bytes_view_or_raise(VM *vm, Value v, const char **data, size_t *size)
{
    if (likely(bytes_view(v, data, size)))
        return true;
    if (!has_kind(v, KIND_MEMORYVIEW))
        raise_type(vm, "a bytes-like object is required, not '%T'", v);
    else if (((MemoryView *)as_object(v))->owner == VALUE_EMPTY)
        raise_value(vm, "operation forbidden on released memoryview object");
    else
        raise_exc(vm, EXC_BufferError, "memoryview: underlying buffer is not C-contiguous");
    return false;
}

Value bytes_like_new(VM *vm, Value self, const char *data, size_t size)
{
    return is_bytearray(self) ? bytearray_new(vm, data, size) : bytes_new(vm, data, size);
}

char *bytes_like_data(Value v) { return is_bytearray(v) ? bytearray_data(as_bytearray(v)) : as_bytes(v)->data; }

Value bytes_like_part(VM *vm, Value self, View whole, size_t from, size_t to)
{
    if (from == 0 && to == whole.size && is_exact(vm, self, KIND_BYTES))
        return self;
    return bytes_like_new(vm, self, whole.data + from, to - from);
}

// ---- operators

int64_t bytes_len(VM *vm, Value self)
{
    (void)vm;
    return (int64_t)view_of(self).size;
}

int bytes_truth(VM *vm, Value self)
{
    (void)vm;
    return view_of(self).size != 0;
}

int view_compare(View a, View b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

static Value bytes_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if (!is_bytes(other))
        return VALUE_NOT_IMPLEMENTED;
    View a = view_of(self), b = view_of(other);
    vm_charge_bytes(vm, a.size < b.size ? a.size : b.size);
    if ((op == COMPARE_EQ || op == COMPARE_NE) && a.size != b.size)
        return from_bool(op == COMPARE_NE);
    return compare_result(view_compare(a, b), op);
}

int64_t bytes_hash_data(VM *vm, const char *data, size_t size)
{
    int64_t h = (int64_t)siphash13(vm->hash_key, data, size);
    return h == 0 || h == -1 ? 1 : h;
}

static bool bytes_hash(VM *vm, Value self, int64_t *out)
{
    Bytes *b = as_bytes(self);
    if (!b->hash)
        b->hash = bytes_hash_data(vm, b->data, b->size);
    *out = b->hash;
    return true;
}

static Value concat(VM *vm, Value l, Value r)
{
    const char *a, *b;
    size_t m, n, size;
    if (!bytes_view(l, &a, &m) || !bytes_view(r, &b, &n))
        return VALUE_NOT_IMPLEMENTED;
    if (is_exact(vm, l, KIND_BYTES) && n == 0)
        return l;
    if (is_exact(vm, l, KIND_BYTES) && is_exact(vm, r, KIND_BYTES) && m == 0)
        return r;
    if (!size_add(m, n, &size))
        return raise_memory(vm);
    Value result = bytes_like_new(vm, l, NULL, size);
    if (result == VALUE_EMPTY || size == 0)
        return result;
    memcpy(bytes_like_data(result), a, m);
    memcpy(bytes_like_data(result) + m, b, n);
    return result;
}

static Value repeat(VM *vm, Value self, int64_t times)
{
    View v = view_of(self);
    size_t size;
    if (times == 1 && is_exact(vm, self, KIND_BYTES))
        return self;
    if (times <= 0 || v.size == 0)
        return bytes_like_new(vm, self, NULL, 0);
    if (!size_mul(v.size, (size_t)times, &size))
        return raise_memory(vm);
    Value result = bytes_like_new(vm, self, NULL, size);
    if (result == VALUE_EMPTY || (v.size == 1 && v.data[0] == 0)) // new ones are all zero
        return result;
    v = view_of(self);
    return text_repeat(vm, bytes_like_data(result), v.data, v.size, (size_t)times) ? result : VALUE_EMPTY;
}

Value bytes_like_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    int64_t times;
    bool counted;
    bool left = is_bytes(l) || is_bytearray(l);
    switch (op) {
    case BINARY_ADD: {
        Value v = left ? concat(vm, l, r) : VALUE_NOT_IMPLEMENTED;
        if (v != VALUE_NOT_IMPLEMENTED || !left || type_of(vm, r)->flags & TYPE_HEAP) // which may have __radd__
            return v;
        return raise_type(vm, "can't concat %T to %T", r, l);
    }
    case BINARY_MUL: {
        Value v = sequence_times(vm, left ? r : l, &times, &counted);
        return counted ? repeat(vm, left ? l : r, times) : v;
    }
    case BINARY_MOD: return left ? bytes_percent(vm, l, r) : VALUE_NOT_IMPLEMENTED;
    default: return VALUE_NOT_IMPLEMENTED;
    }
}

Value bytes_like_slice(VM *vm, Value self, Value slice)
{
    int64_t start, stop, step, count;
    // Bounds may run scripts; clip against the size afterwards.
    if (!slice_indices(vm, slice, (int64_t)view_of(self).size, &start, &stop, &step, &count))
        return VALUE_EMPTY;
    if (!slice_indices(vm, slice, (int64_t)view_of(self).size, &start, &stop, &step, &count))
        return VALUE_EMPTY;
    if (step == 1)
        return bytes_like_part(vm, self, view_of(self), (size_t)start, (size_t)(start + count));
    Value result = bytes_like_new(vm, self, NULL, (size_t)count);
    if (result == VALUE_EMPTY || count == 0)
        return result;
    char *out = bytes_like_data(result);
    View v = view_of(self);
    for (int64_t i = 0; i < count; i++)
        out[i] = v.data[start + i * step];
    return result;
}

static Value bytes_getitem(VM *vm, Value self, Value key)
{
    int64_t i;
    if (has_kind(key, KIND_SLICE)) {
        int64_t start, stop, step, count;
        if (!slice_indices(vm, key, (int64_t)as_bytes(self)->size, &start, &stop, &step, &count))
            return VALUE_EMPTY;
        if (step == 1)
            return bytes_like_part(vm, self, view_of(self), (size_t)start, (size_t)(start + count));
        return bytes_like_slice(vm, self, key);
    }
    if (!subscript_index(vm, key, "byte", &i))
        return VALUE_EMPTY;
    const Bytes *b = as_bytes(self);
    if (i < 0)
        i += (int64_t)b->size;
    if ((uint64_t)i >= b->size)
        return raise_index(vm, "index out of range");
    return from_small((unsigned char)b->data[i]);
}

bool byte_value(VM *vm, Value v, const char *what, unsigned char *out)
{
    int64_t i;
    if (!is_small(v)) {
        Value index = index_value(vm, v);
        if (index == VALUE_EMPTY)
            return false;
        v = index;
    }
    i = is_small(v) ? as_small(v) : -1;
    if (i < 0 || i > 255)
        return raise_value(vm, "%s must be in range(0, 256)", what), false;
    *out = (unsigned char)i;
    return true;
}

int bytes_contains(VM *vm, Value self, Value item)
{
    unsigned char c;
    const char *data;
    size_t size;
    View v;
    if (has_index(vm, item)) {
        if (!byte_value(vm, item, "byte", &c))
            return -1;
        v = view_of(self);
        vm_charge_bytes(vm, v.size);
        return memchr(v.data, c, v.size) != NULL;
    }
    if (!bytes_view_or_raise(vm, item, &data, &size))
        return -1;
    v = view_of(self);
    vm_charge_bytes(vm, v.size);
    return text_find(v.data, v.size, data, size) != TEXT_ABSENT;
}

static Value bytes_repr_op(VM *vm, Value self)
{
    return from_object(bytes_repr(vm, as_bytes(self)->data, as_bytes(self)->size));
}

// ---- constructor

bool bytes_text_argument(VM *vm, const char *function, const char *name, Value v, const char **out)
{
    *out = NULL;
    if (v == VALUE_EMPTY)
        return true;
    if (!is_str(v))
        return raise_type(vm, "%s() argument '%s' must be str, not %s", function, name, argument_type_name(vm, v)),
               false;
    if (strlen(as_str(v)->data) != as_str(v)->size)
        return raise_value(vm, "embedded null character"), false;
    *out = as_str(v)->data;
    return true;
}

static Value from_text(VM *vm, Value source, Value encoding, Value errors, const char *name)
{
    const char *e, *h;
    if (!bytes_text_argument(vm, name, "encoding", encoding, &e) ||
        !bytes_text_argument(vm, name, "errors", errors, &h))
        return VALUE_EMPTY;
    if (source == VALUE_EMPTY || !is_str(source))
        return raise_type(vm, encoding != VALUE_EMPTY ? "encoding without a string argument"
                                                      : "errors without a string argument");
    if (!e)
        return raise_type(vm, "string argument without an encoding");
    return str_encode(vm, as_str(source), e, h);
}

// bytes(n): 1 made, 0 not a number, -1 error.
static int from_count(VM *vm, Value source, bool mutable, Value *out)
{
    if (!has_index(vm, source))
        return 0;
    Value index = index_value(vm, source);
    if (index == VALUE_EMPTY) {
        if (!error_is(vm, EXC_TypeError))
            return -1;
        error_clear(vm);
        return 0;
    }
    int64_t count;
    if (!int_fits_i64(index, &count))
        return raise_overflow(vm, "cannot fit '%T' into an index-sized integer", source), -1;
    if (count < 0)
        return raise_value(vm, "negative count"), -1;
    *out = mutable ? bytearray_new(vm, NULL, (size_t)count) : bytes_new(vm, NULL, (size_t)count);
    return *out == VALUE_EMPTY ? -1 : 1;
}

static Value from_dunder(VM *vm, Value source)
{
    Value made = call_special(vm, source, SPECIAL___bytes__, NULL, 0);
    if (made != VALUE_EMPTY && !is_bytes(made))
        return raise_type(vm, "__bytes__ returned non-bytes (type %T)", made);
    return made;
}

static Value from_items(VM *vm, Value source, bool mutable)
{
    Type *t = type_of(vm, source);
    bool iterable = t->ops->iter || t->ops->next || t->ops->getitem ||
                    type_special(vm, t, SPECIAL___iter__) != VALUE_EMPTY ||
                    type_special(vm, t, SPECIAL___getitem__) != VALUE_EMPTY;
    const char *name = mutable ? "bytearray" : "bytes";
    if (is_str(source))
        return raise_type(vm, "string argument without an encoding");
    if (!iterable)
        return raise_type(vm, "cannot convert '%T' object to %s", source, name);
    Value result = bytearray_new(vm, NULL, 0);
    if (result == VALUE_EMPTY || !bytearray_extend_ints(vm, as_bytearray(result), source, mutable ? "byte" : "bytes"))
        return VALUE_EMPTY;
    if (mutable)
        return result;
    View v = view_of(result);
    return bytes_new(vm, v.data, v.size);
}

Value bytes_from_object(VM *vm, Value source, Value encoding, Value errors, bool mutable)
{
    const char *data;
    size_t size;
    Value made;
    if (encoding != VALUE_EMPTY || errors != VALUE_EMPTY) {
        made = from_text(vm, source, encoding, errors, mutable ? "bytearray" : "bytes");
        return made == VALUE_EMPTY || !mutable ? made : bytearray_new(vm, as_bytes(made)->data, as_bytes(made)->size);
    }
    if (source == VALUE_EMPTY)
        return mutable ? bytearray_new(vm, NULL, 0) : bytes_new(vm, NULL, 0);
    if (is_exact(vm, source, KIND_BYTES) && !mutable)
        return source;
    if (!mutable && type_special(vm, type_of(vm, source), SPECIAL___bytes__) != VALUE_EMPTY)
        return from_dunder(vm, source);
    int counted = is_str(source) ? 0 : from_count(vm, source, mutable, &made);
    if (counted)
        return counted < 0 ? VALUE_EMPTY : made;
    if (has_kind(source, KIND_MEMORYVIEW) && !bytes_view(source, &data, &size)) {
        Str *name = str_intern_text(vm, "tobytes", 7);
        made = name ? call_method(vm, source, name, NULL, 0) : VALUE_EMPTY;
        return made == VALUE_EMPTY || !mutable ? made : bytearray_new(vm, as_bytes(made)->data, as_bytes(made)->size);
    }
    if (bytes_view(source, &data, &size))
        return mutable ? bytearray_new(vm, data, size) : bytes_new(vm, data, size);
    return from_items(vm, source, mutable);
}

static Value make_subclass(VM *vm, Type *cls, Value made)
{
    const Bytes *b = as_bytes(made);
    Bytes *copy = type_alloc(vm, cls, payload(b->size));
    if (!copy)
        return VALUE_EMPTY;
    copy->size = b->size;
    memcpy(copy->data, b->data, b->size);
    return from_object(copy);
}

static Value bytes_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = (Type *)as_object(args[0]);
    Value made = bytes_from_object(vm, args[1], args[2], args[3], false);
    return made == VALUE_EMPTY || cls == vm->types[KIND_BYTES] ? made : make_subclass(vm, cls, made);
}

// ---- the type

static Value dunder_bytes_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return is_exact(vm, args[0], KIND_BYTES) ? args[0]
                                             : bytes_new(vm, as_bytes(args[0])->data, as_bytes(args[0])->size);
}

static Value getnewargs_method(VM *vm, Value *args, int nargs)
{
    Value b = dunder_bytes_method(vm, args, nargs);
    return b == VALUE_EMPTY ? b : tuple_pack(vm, 1, b);
}

static const NativeDef bytes_methods[] = {
    BYTES_COMMON_METHODS,
    {"__bytes__(self, /)", dunder_bytes_method, "Itself, as exact bytes.", NATIVE_RAW, 1, 1},
    {"__getnewargs__(self, /)", getnewargs_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps bytes_ops = {
    .repr = bytes_repr_op,
    .str = bytes_repr_op, // of its own: a __repr__ of a subclass does not change str()
    .hash = bytes_hash,
    .compare = bytes_compare,
    .compare_mask = ALL_COMPARES,
    .binary = bytes_like_binary,
    .binary_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL) | BIT(BINARY_MOD),
    .reflected_mask = BIT(BINARY_MUL) | BIT(BINARY_MOD),
    .truth = bytes_truth,
    .len = bytes_len,
    .getitem = bytes_getitem,
    .contains = bytes_contains,
    .iter = bytes_iter,
};

const TypeDef bytes_def = {
    .name = "bytes",
    .kind = KIND_BYTES,
    .size = sizeof(Bytes),
    .ops = &bytes_ops,
    .methods = bytes_methods,
    .make = {"bytes(cls, source=<unset>, encoding=<unset>, errors=<unset>)", bytes_make, NULL, 0, 0, 0},
    .doc = "An immutable sequence of bytes.",
    .flags = TYPE_BASE | TYPE_MATCH_SELF,
};
