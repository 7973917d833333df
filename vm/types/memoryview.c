// SPDX-License-Identifier: MIT
//
// memoryview: a window of one dimension into bytes or a bytearray. Methods and attributes are in memory_methods.c.
//
// A view of a bytearray counts in its exports until it is released or collected, and the bytearray keeps its size so
// long: start + length never passes the owner's end.

#include "memory_item.h"

#include "container.h"

// ---- making

char *memory_at(const MemoryView *m, int64_t i)
{
    const char *data = "";
    size_t size = 0;
    bytes_view(m->owner, &data, &size);
    return (char *)data + (int64_t)m->start + i * m->stride;
}

bool memory_check(VM *vm, const MemoryView *m)
{
    if (likely(m->owner != VALUE_EMPTY))
        return true;
    raise_value(vm, "operation forbidden on released memoryview object");
    return false;
}

static MemoryView *make_view(VM *vm, Value owner)
{
    MemoryView *m = type_alloc(vm, vm->types[KIND_MEMORYVIEW], 0);
    if (!m)
        return NULL;
    m->owner = owner;
    if (is_bytearray(owner)) {
        as_bytearray(owner)->exports++;
        m->counted = true;
    }
    return m;
}

MemoryView *memory_derive(VM *vm, const MemoryView *from)
{
    MemoryView *m = make_view(vm, from->owner);
    if (!m)
        return NULL;
    m->start = from->start;
    m->length = from->length;
    m->stride = from->stride;
    m->itemsize = from->itemsize;
    m->format = from->format;
    m->readonly = from->readonly;
    return m;
}

Value memoryview_new(VM *vm, Value owner)
{
    if (has_kind(owner, KIND_MEMORYVIEW)) {
        if (!memory_check(vm, as_memory(owner)))
            return VALUE_EMPTY;
        return from_object(memory_derive(vm, as_memory(owner)));
    }
    const char *data;
    size_t size;
    if (!bytes_view(owner, &data, &size))
        return raise_type(vm, "memoryview: a bytes-like object is required, not '%T'", owner);
    MemoryView *m = make_view(vm, owner);
    if (!m)
        return VALUE_EMPTY;
    m->length = (int64_t)size;
    m->stride = m->itemsize = 1;
    m->format = 'B';
    m->readonly = !is_bytearray(owner);
    return from_object(m);
}

static Value memory_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return memoryview_new(vm, args[1]);
}

static void memory_mark(Gc *gc, Object *o) { gc_mark(gc, ((MemoryView *)o)->owner); }

static void memory_finalize(VM *vm, Object *o)
{
    (void)vm;
    MemoryView *m = (MemoryView *)o;
    if (m->owner != VALUE_EMPTY && m->counted)
        ((ByteArray *)as_object(m->owner))->exports--; // views are swept before their owners, so it is still there
    m->owner = VALUE_EMPTY;
}

// ---- items

static bool item_index(VM *vm, const MemoryView *m, Value key, int64_t *i)
{
    if (!has_index(vm, key)) {
        if (!is_tuple(key))
            return raise_type(vm, "memoryview: invalid slice key"), false;
        int64_t n = as_tuple(key)->count;
        if (n == 0)
            return raise_exc(vm, EXC_NotImplementedError, "sub-views are not implemented"), false;
        if (n > 1)
            return raise_type(vm, "cannot index 1-dimension view with %lld-element tuple", (long long)n), false;
        key = as_tuple(key)->items[0];
    }
    if (!object_index_i64(vm, key, i) || !memory_check(vm, m))
        return false;
    if (*i < 0)
        *i += m->length;
    if ((uint64_t)*i < (uint64_t)m->length)
        return true;
    raise_index(vm, "index out of bounds on dimension 1");
    return false;
}

static MemoryView *slice_of(VM *vm, const MemoryView *m, Value key)
{
    int64_t start, stop, step, count;
    if (!slice_indices(vm, key, m->length, &start, &stop, &step, &count) || !memory_check(vm, m))
        return NULL;
    MemoryView *part = memory_derive(vm, m);
    if (!part)
        return NULL;
    part->start = (size_t)((int64_t)m->start + start * m->stride);
    part->stride = m->stride * step;
    part->length = count;
    return part;
}

static Value memory_getitem(VM *vm, Value self, Value key)
{
    int64_t i;
    const MemoryView *m = as_memory(self);
    if (!memory_check(vm, m))
        return VALUE_EMPTY;
    if (has_kind(key, KIND_SLICE))
        return from_object(slice_of(vm, m, key));
    if (!item_index(vm, m, key, &i))
        return VALUE_EMPTY;
    return memory_unpack(vm, m->format, memory_at(m, i));
}

static bool raise_structure(VM *vm)
{
    raise_value(vm, "memoryview assignment: lvalue and rvalue have different structures");
    return false;
}

static void copy_items(const MemoryView *to, const MemoryView *from)
{
    size_t size = to->itemsize;
    if (to->length <= 0)
        return;
    if (to->stride == (int64_t)size && from->stride == (int64_t)size) {
        memmove(memory_at(to, 0), memory_at(from, 0), (size_t)to->length * size);
        return;
    }
    for (int64_t i = 0; i < to->length; i++)
        memmove(memory_at(to, i), memory_at(from, i), size);
}

static bool set_slice(VM *vm, const MemoryView *m, Value key, Value value)
{
    const char *data;
    size_t size;
    Value source;
    if (!has_kind(value, KIND_MEMORYVIEW) && !bytes_view_or_raise(vm, value, &data, &size))
        return false;
    MemoryView *to = slice_of(vm, m, key);
    if (!to || (source = memoryview_new(vm, value)) == VALUE_EMPTY)
        return false;
    MemoryView *from = as_memory(source);
    bool ok = from->format == to->format && from->length == to->length;
    if (ok && (from->stride != from->itemsize || to->stride != to->itemsize) && from->owner == to->owner) {
        Value copy = memory_bytes_of(vm, from); // the ranges may overlap
        if (copy == VALUE_EMPTY || !(from = (MemoryView *)as_object(memoryview_new(vm, copy))))
            return false;
        from->itemsize = to->itemsize;
        from->stride = to->itemsize;
    }
    if (ok)
        copy_items(to, from);
    memory_finalize(vm, &to->base);
    memory_finalize(vm, as_object(source));
    return ok || raise_structure(vm);
}

static bool memory_setitem(VM *vm, Value self, Value key, Value value)
{
    int64_t i;
    char item[8];
    const MemoryView *m = as_memory(self);
    if (!memory_check(vm, m))
        return false;
    if (m->readonly)
        return raise_type(vm, "cannot modify read-only memory"), false;
    if (value == VALUE_EMPTY)
        return raise_type(vm, "cannot delete memory"), false;
    if (has_kind(key, KIND_SLICE))
        return set_slice(vm, m, key, value);
    if (!item_index(vm, m, key, &i) || !memory_pack(vm, m->format, value, item) || !memory_check(vm, m))
        return false;
    memcpy(memory_at(m, i), item, m->itemsize);
    return true;
}

// ---- operators

static Value memory_repr(VM *vm, Value self)
{
    const char *text = as_memory(self)->owner == VALUE_EMPTY ? "<released memory at 0x%zx>" : "<memory at 0x%zx>";
    return from_object(str_format(vm, text, (size_t)self));
}

static bool memory_hash(VM *vm, Value self, int64_t *out)
{
    MemoryView *m = as_memory(self);
    if (!m->hash) {
        if (!memory_check(vm, m))
            return false;
        if (!m->readonly)
            return raise_value(vm, "cannot hash writable memoryview object"), false;
        if (!strchr("Bbc", m->format))
            return raise_value(vm, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'"), false;
        Value data = memory_bytes_of(vm, m);
        if (data == VALUE_EMPTY)
            return false;
        m->hash = bytes_hash_data(vm, as_bytes(data)->data, as_bytes(data)->size);
    }
    *out = m->hash;
    return true;
}

static int items_equal(VM *vm, const MemoryView *a, const MemoryView *b, int64_t i)
{
    if (a->format == b->format && a->format != 'f' && a->format != 'd' && a->format != '?')
        return memcmp(memory_at(a, i), memory_at(b, i), a->itemsize) == 0;
    Value x = memory_unpack(vm, a->format, memory_at(a, i)), y = memory_unpack(vm, b->format, memory_at(b, i));
    if (x == VALUE_EMPTY || y == VALUE_EMPTY)
        return -1;
    return object_compare_bool(vm, x, y, COMPARE_EQ); // not by identity: a NaN is unequal
}

static int views_equal(VM *vm, const MemoryView *a, const MemoryView *b)
{
    if (a->length != b->length)
        return 0;
    for (int64_t i = 0; i < a->length; i++) {
        int equal = items_equal(vm, a, b, i);
        if (equal <= 0 || !loop_tick(vm, i))
            return vm->error ? -1 : equal;
    }
    return 1;
}

static Value memory_compare(VM *vm, Value self, Value other, CompareOp op)
{
    const char *data;
    size_t size;
    if (op != COMPARE_EQ && op != COMPARE_NE)
        return VALUE_NOT_IMPLEMENTED;
    if (!has_kind(other, KIND_MEMORYVIEW) && !bytes_view(other, &data, &size))
        return VALUE_NOT_IMPLEMENTED;
    MemoryView *a = as_memory(self);
    bool released =
        a->owner == VALUE_EMPTY || (has_kind(other, KIND_MEMORYVIEW) && as_memory(other)->owner == VALUE_EMPTY);
    if (released || self == other)
        return from_bool((self == other) == (op == COMPARE_EQ));
    Value view = memoryview_new(vm, other);
    if (view == VALUE_EMPTY)
        return VALUE_EMPTY;
    int equal = views_equal(vm, a, as_memory(view));
    memory_finalize(vm, as_object(view));
    return equal < 0 ? VALUE_EMPTY : from_bool(equal == (op == COMPARE_EQ));
}

static int64_t memory_len(VM *vm, Value self)
{
    return memory_check(vm, as_memory(self)) ? as_memory(self)->length : -1;
}

// ---- iterator

static void iterator_mark(Gc *gc, Object *o) { gc_mark(gc, ((BytesIterator *)o)->sequence); }

static Value memory_iter(VM *vm, Value self)
{
    if (!memory_check(vm, as_memory(self)))
        return VALUE_EMPTY;
    BytesIterator *it = type_new_of(vm, &memory_iterator_def);
    if (it)
        it->sequence = self;
    return from_object(it);
}

static Value iterator_next(VM *vm, Value self)
{
    BytesIterator *it = (BytesIterator *)as_object(self);
    if (it->sequence == VALUE_EMPTY)
        return VALUE_EMPTY;
    const MemoryView *m = as_memory(it->sequence);
    if (!memory_check(vm, m))
        return VALUE_EMPTY;
    if (it->index < m->length)
        return memory_unpack(vm, m->format, memory_at(m, it->index++));
    it->sequence = VALUE_EMPTY;
    return VALUE_EMPTY;
}

static const TypeOps iterator_ops = {.mark = iterator_mark, .iter = iterator_self, .next = iterator_next};

const TypeDef memory_iterator_def = {
    .name = "memory_iterator",
    .kind = KIND_OTHER,
    .size = sizeof(BytesIterator),
    .ops = &iterator_ops,
    .flags = TYPE_NO_DICT | TYPE_NO_NEW,
};

static const TypeOps memory_ops = {
    .mark = memory_mark,
    .finalize = memory_finalize,
    .repr = memory_repr,
    .hash = memory_hash,
    .compare = memory_compare,
    .compare_mask = ALL_COMPARES,
    .len = memory_len,
    .getitem = memory_getitem,
    .setitem = memory_setitem,
    .iter = memory_iter,
};

const TypeDef memoryview_def = {
    .name = "memoryview",
    .kind = KIND_MEMORYVIEW,
    .size = sizeof(MemoryView),
    .ops = &memory_ops,
    .methods = memory_methods,
    .getsets = memory_getsets,
    .make = {"memoryview(cls, object)", memory_make, NULL, 0, 0, 0},
    .doc = "A window into the memory of a bytes-like object.",
    .flags = TYPE_FINALIZE | TYPE_SEQUENCE,
};
