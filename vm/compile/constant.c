// SPDX-License-Identifier: MIT
//
// Names and constants. AST names become interned Str objects once per compilation. Equal constants are one object for
// the whole compilation, so that `is` sees what CPython shows; equal means same type and same value, with the sign of
// zeros.
#include "vm/compile/compiler.h"

// After a failure: a name nobody has, so that callers need not look.
static const union {
    AstName name;
    char room[sizeof(AstName) + 1];
} no_name;

const AstName *name_of(Compiler *c, const char *text)
{
    const AstName *name = c->failed ? NULL : name_intern(&c->names, text, strlen(text));
    if (name)
        return name;
    fail(c);
    return &no_name.name;
}

bool name_is(const AstName *name, const char *text)
{
    return strcmp(name->text, text) == 0;
}

bool name_equal(const AstName *a, const AstName *b)
{
    return a == b || (a->hash == b->hash && a->length == b->length && memcmp(a->text, b->text, a->length) == 0);
}

Value keep_value(Compiler *c, Value v)
{
    if (v == VALUE_EMPTY || c->failed)
        return fail(c), VALUE_EMPTY;
    if (is_object(v) && !list_append(c->vm, c->keep, v))
        return fail(c), VALUE_EMPTY;
    return v;
}

Str *name_str(Compiler *c, const AstName *name)
{
    if (c->failed)
        return c->vm->empty_str;
    MapEntry *entry = map_entry(&c->strings, &c->arena, (uintptr_t)name);
    if (!entry)
        return fail(c), c->vm->empty_str;
    if (!entry->value) {
        Str *s = str_intern_text(c->vm, name->text, name->length);
        if (keep_value(c, s ? from_object(s) : VALUE_EMPTY) == VALUE_EMPTY)
            return c->vm->empty_str;
        entry->value = (uintptr_t)s;
    }
    return (Str *)(uintptr_t)entry->value;
}

static bool looks_like_name(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char ch = text[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_';
        if (!letter)
            return false;
    }
    return size > 0 && size < 200;
}

static Value text_value(Compiler *c, const char *text, size_t size)
{
    Str *s = looks_like_name(text, size) ? str_intern_text(c->vm, text, size) : str_new(c->vm, text, size);
    return s ? from_object(s) : VALUE_EMPTY;
}

Value constant_value(Compiler *c, const AstConstant *k)
{
    VM *vm = c->vm;
    switch (k->kind) {
    case CONSTANT_None: return VALUE_NONE;
    case CONSTANT_True: return VALUE_TRUE;
    case CONSTANT_False: return VALUE_FALSE;
    case CONSTANT_Ellipsis: return VALUE_ELLIPSIS;
    case CONSTANT_Int: return constant_intern(c, int_from_i64(vm, k->as.integer));
    case CONSTANT_BigInt:
        return constant_intern(c, int_from_digits(vm, k->as.big.digits, k->as.big.length, k->as.big.base));
    case CONSTANT_Float: return from_double(k->as.real);
    case CONSTANT_Imag: return constant_intern(c, complex_new(vm, 0.0, k->as.real));
    case CONSTANT_Str: return constant_intern(c, text_value(c, k->as.str.bytes, k->as.str.length));
    case CONSTANT_Bytes: return constant_intern(c, bytes_new(vm, k->as.str.bytes, k->as.str.length));
    }
    return VALUE_NONE;
}

// ---- equality by content

static uint64_t hash_bytes(uint64_t h, const void *data, size_t size)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++)
        h = (h ^ p[i]) * 0x100000001B3u;
    return h;
}

static uint64_t content_hash(VM *vm, Value v)
{
    uint64_t h = 0xCBF29CE484222325u;
    if (!is_object(v) || has_kind(v, KIND_CODE))
        return hash_bytes(h, &v, sizeof v);
    if (is_str(v))
        return hash_bytes(h, as_str(v)->data, as_str(v)->size);
    if (is_bytes(v))
        return hash_bytes(h ^ 1, as_bytes(v)->data, as_bytes(v)->size);
    if (is_tuple(v)) {
        for (int64_t i = 0; i < as_tuple(v)->count; i++) {
            uint64_t item = content_hash(vm, as_tuple(v)->items[i]);
            h = hash_bytes(h, &item, sizeof item);
        }
        return h ^ 2;
    }
    if (has_kind(v, KIND_COMPLEX))
        return hash_bytes(h, &((Complex *)as_object(v))->real, 2 * sizeof(double));
    if (is_int(v)) {
        int64_t n = int_hash(v);
        return hash_bytes(h, &n, sizeof n);
    }
    return hash_bytes(h, &v, sizeof v);
}

static bool same_content(Value a, Value b)
{
    if (a == b)
        return true;
    if (!is_object(a) || !is_object(b) || kind_of(as_object(a)) != kind_of(as_object(b)))
        return false;
    if (is_str(a))
        return str_equal(as_str(a), as_str(b));
    if (is_bytes(a))
        return as_bytes(a)->size == as_bytes(b)->size &&
               memcmp(as_bytes(a)->data, as_bytes(b)->data, as_bytes(a)->size) == 0;
    if (is_tuple(a)) {
        bool same = as_tuple(a)->count == as_tuple(b)->count;
        for (int64_t i = 0; same && i < as_tuple(a)->count; i++)
            same = same_content(as_tuple(a)->items[i], as_tuple(b)->items[i]);
        return same;
    }
    if (has_kind(a, KIND_COMPLEX))
        return memcmp(&((Complex *)as_object(a))->real, &((Complex *)as_object(b))->real, 2 * sizeof(double)) == 0;
    return is_int(a) && int_compare(a, b) == 0;
}

static bool grow_interned(Compiler *c)
{
    uint32_t capacity = c->interned_capacity ? c->interned_capacity * 2 : 64;
    Value *table = arena_alloc_array(&c->arena, capacity, sizeof *table);
    if (!table)
        return fail(c), false;
    for (uint32_t i = 0; i < c->interned_capacity; i++) {
        Value v = c->interned[i];
        uint32_t place = v ? (uint32_t)content_hash(c->vm, v) & (capacity - 1) : 0;
        while (v && table[place])
            place = (place + 1) & (capacity - 1);
        if (v)
            table[place] = v;
    }
    c->interned = table;
    c->interned_capacity = capacity;
    return true;
}

Value constant_intern(Compiler *c, Value v)
{
    if (v == VALUE_EMPTY || c->failed)
        return fail(c), VALUE_NONE;
    if (!is_object(v))
        return v;
    if ((c->interned_count + 1) * 4 > c->interned_capacity * 3 && !grow_interned(c))
        return VALUE_NONE;
    uint32_t mask = c->interned_capacity - 1, i = (uint32_t)content_hash(c->vm, v) & mask;
    for (; c->interned[i]; i = (i + 1) & mask) {
        if (same_content(c->interned[i], v))
            return c->interned[i];
    }
    if (keep_value(c, v) == VALUE_EMPTY)
        return VALUE_NONE;
    c->interned[i] = v;
    c->interned_count++;
    return v;
}

uint32_t constant_id(Compiler *c, Value v)
{
    Unit *u = c->unit;
    MapEntry *entry = c->failed ? NULL : map_entry(&u->constant_ids, &c->arena, v);
    if (!entry)
        return fail(c), 0;
    if (entry->value)
        return (uint32_t)entry->value - 1;
    if (!array_reserve(c, &u->constants, u->constant_count, &u->constant_capacity, sizeof *u->constants))
        return 0;
    u->constants[u->constant_count] = (Constant){.value = v};
    entry->value = ++u->constant_count;
    return u->constant_count - 1;
}

bool constant_narrow(Compiler *c, uint32_t id)
{
    Unit *u = c->unit;
    if (c->failed || u->constants[id].narrow)
        return true;
    if (u->narrow_count == MAX_NARROW)
        return false;
    u->constants[id].narrow = true;
    u->narrow_count++;
    return true;
}

uint32_t constant_name(Compiler *c, const AstName *name)
{
    uint32_t id = constant_id(c, from_object(name_str(c, name)));
    if (!constant_narrow(c, id))
        compile_error(c, c->unit->span, "too many names in one code block");
    return id;
}
