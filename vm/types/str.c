// SPDX-License-Identifier: MIT
//
// str: making, comparing, joining and cutting strings. See str.h for the representation. Interning is in str_intern.c,
// positions in str_index.c, the operators and the type's tables in str_type.c, methods in str_*.c by theme.
//
// Invariant: data is valid WTF-8 with a NUL behind it, and no string's size passes STR_MAX_SIZE. Exact one-character
// Latin-1 strings and the empty string exist once.

#include "str.h"

#include "lexer/utf8.h"
#include "str_internal.h"
#include "vm/number/float_text.h"
#include "vm/number/hash.h"

// ---- making

Str *str_alloc(VM *vm, size_t size, size_t length)
{
    if (unlikely(size > STR_MAX_SIZE))
        return raise_memory(vm), NULL;
    size_t payload = str_payload(size, length);
    Str *s = gc_new_text(vm, vm->types[KIND_STR]->root, sizeof(Str) + payload, sizeof(Str));
    if (likely(s != NULL)) {
        memset((char *)(s + 1) + (size & ~(size_t)7), 0, sizeof(uint64_t)); // the NUL
        if (size != length)
            memset((char *)(s + 1) + payload - sizeof(uint32_t *), 0, sizeof(uint32_t *)); // no index yet
        s->size = (uint32_t)size;
        s->length = (uint32_t)length;
        s->data = (char *)(s + 1);
    }
    return s;
}

static Str *copy_text(VM *vm, const char *text, size_t size, size_t length)
{
    Str *s = str_alloc(vm, size, length);
    if (likely(s != NULL))
        memcpy(s->data, text, size);
    return s;
}

Str *str_new_ascii(VM *vm, const char *text, size_t size)
{
    if (size <= 1) {
        if (size == 0 && vm->empty_str)
            return vm->empty_str;
        if (size == 1 && vm->latin1[(unsigned char)*text])
            return as_str(vm->latin1[(unsigned char)*text]);
    }
    return copy_text(vm, text, size, size);
}

Str *str_new(VM *vm, const char *text, size_t size)
{
    size_t ascii = utf8_ascii_prefix(text, size);
    if (ascii == size)
        return str_new_ascii(vm, text, size);
    if (size == 2) {
        const char *p = text;
        uint32_t cp = utf8_next(&p);
        if (cp >= 0x80 && cp < 0x100 && vm->latin1[cp])
            return as_str(vm->latin1[cp]);
    }
    return copy_text(vm, text, size, ascii + utf8_count(text + ascii, size - ascii));
}

Str *str_from(VM *vm, const char *text) { return str_new(vm, text, strlen(text)); }

Str *str_from_codepoint(VM *vm, uint32_t cp)
{
    if (likely(cp < 0x100) && likely(vm->latin1[cp]))
        return as_str(vm->latin1[cp]);
    char text[4];
    return copy_text(vm, text, (size_t)utf8_encode(cp, text), 1);
}

Str *float_repr_str(VM *vm, double d)
{
    char text[FLOAT_REPR_SIZE];
    return str_new_ascii(vm, text, float_repr(d, text));
}

bool str_init(VM *vm)
{
    vm->empty_str = str_alloc(vm, 0, 0);
    if (!vm->empty_str)
        return false;
    for (uint32_t cp = 0; cp < 256; cp++) {
        Str *s = str_from_codepoint(vm, cp);
        if (!s)
            return false;
        vm->latin1[cp] = from_object(s);
    }
    return true;
}

// ---- hash and comparison

uint32_t text_hash(VM *vm, const char *text, size_t size)
{
    uint64_t h = siphash13(vm->hash_key, text, size);
    uint32_t folded = (uint32_t)(h ^ h >> 32);
    return folded ? folded : 1;
}

uint32_t str_hash(VM *vm, Str *s)
{
    if (!s->hash)
        s->hash = text_hash(vm, s->data, s->size);
    return s->hash;
}

bool str_equal(const Str *a, const Str *b)
{
    if (a == b)
        return true;
    if (a->size != b->size || (a->flags & b->flags & STR_INTERNED) || (a->hash && b->hash && a->hash != b->hash))
        return false;
    return memcmp(a->data, b->data, a->size) == 0;
}

bool str_equal_paid(VM *vm, const Str *a, const Str *b)
{
    if (unlikely(a->size > 4096) && a->size == b->size)
        vm_charge_bytes(vm, a->size);
    return str_equal(a, b);
}

// UTF-8 sorts bytewise as its code points do.
int str_compare(const Str *a, const Str *b)
{
    size_t least = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->data, b->data, least);
    if (order == 0)
        return a->size < b->size ? -1 : a->size > b->size;
    return order;
}

// ---- joining and cutting

// s itself when it is exactly a str, else a copy that is.
Str *str_exact(VM *vm, Str *s)
{
    return likely(is_exact(vm, from_object(s), KIND_STR)) ? s : copy_text(vm, s->data, s->size, s->length);
}

#define SLACK 16 // words are read past the end of a text

static StrShared *shared_new(VM *vm, const Str *a, size_t size)
{
    size_t capacity = size + (size < (1 << 20) ? size : size / 2) + SLACK;
    Value error = vm->error;
    StrShared *buffer = gc_buffer(vm, sizeof *buffer + capacity);
    if (!buffer) {
        vm->error = error; // an exact string may fit
        return NULL;
    }
    buffer->capacity = capacity;
    buffer->used = a->size;
    memcpy(buffer->text, a->data, a->size);
    return buffer;
}

// a + b in a buffer with room to grow: in that of a when nobody else has grown a meanwhile. NULL: no memory for it.
static Str *concat_shared(VM *vm, Str *a, Str *b, size_t size)
{
    StrShared *buffer = a->flags & STR_SHARED ? *str_shared_place(a) : NULL;
    if (!buffer || buffer->used != a->size || buffer->capacity - buffer->used < b->size + (size_t)SLACK)
        if (!(buffer = shared_new(vm, a, size)))
            return NULL;
    Str *s = gc_new(vm, vm->types[KIND_STR]->root, sizeof *s + sizeof(StrShared *) + sizeof(uint32_t *));
    if (!s)
        return NULL;
    memcpy(buffer->text + buffer->used, b->data, b->size);
    buffer->used = size;
    s->size = (uint32_t)size;
    s->length = a->length + b->length;
    s->flags = STR_SHARED;
    s->data = buffer->text;
    *str_shared_place(s) = buffer;
    return s;
}

Str *str_concat(VM *vm, Str *a, Str *b)
{
    if (a->size == 0)
        return str_exact(vm, b);
    if (b->size == 0)
        return str_exact(vm, a);
    size_t size = (size_t)a->size + b->size;
    bool large = unlikely(size >= STR_SHARED_MIN) && size <= STR_MAX_SIZE / 2;
    Str *s;
    if (large && a->flags & (STR_SHARED | STR_GROWN)) {
        if ((s = concat_shared(vm, a, b, size)))
            return s;
        error_clear(vm);
    }
    s = str_alloc(vm, size, (size_t)a->length + b->length);
    if (likely(s != NULL)) {
        memcpy(s->data, a->data, a->size);
        memcpy(s->data + a->size, b->data, b->size);
        s->flags = size >= STR_SHARED_MIN / 2 ? STR_GROWN : 0;
    }
    return s;
}

Str *str_slice(VM *vm, Str *s, int64_t start, int64_t stop)
{
    if (start >= stop)
        return vm->empty_str;
    if (str_is_ascii(s)) {
        if (start == 0 && stop == s->length)
            return str_exact(vm, s);
        return str_new_ascii(vm, s->data + start, (size_t)(stop - start));
    }
    if (stop - start == 1)
        return str_from_codepoint(vm, str_codepoint_at(vm, s, start));
    if (start == 0 && stop == s->length)
        return str_exact(vm, s);
    size_t from = str_byte_offset(vm, s, start), to = str_byte_offset(vm, s, stop);
    return copy_text(vm, s->data + from, to - from, (size_t)(stop - start));
}

// The bytes [from, to) of s, which begin and end at code points.
Str *str_cut(VM *vm, Str *s, size_t from, size_t to)
{
    if (from == 0 && to == s->size)
        return str_exact(vm, s);
    return str_is_ascii(s) ? str_new_ascii(vm, s->data + from, to - from) : str_new(vm, s->data + from, to - from);
}

Str *str_repeat(VM *vm, Str *s, int64_t times)
{
    size_t size;
    if (times <= 0 || s->size == 0)
        return vm->empty_str;
    if (times == 1)
        return str_exact(vm, s);
    if (!size_mul(s->size, (size_t)times, &size) || size > STR_MAX_SIZE)
        return raise_memory(vm), NULL;
    Str *result = str_alloc(vm, size, (size_t)s->length * (size_t)times);
    return result && text_repeat(vm, result->data, s->data, s->size, (size_t)times) ? result : NULL;
}

static bool raise_item(VM *vm, int64_t i, Value item)
{
    raise_type(vm, "sequence item %lld: expected str instance, %T found", (long long)i, item);
    return false;
}

static bool join_size(VM *vm, Str *separator, const Value *items, int64_t count, size_t *size, size_t *length)
{
    size_t bytes = (size_t)separator->size * (size_t)(count - 1),
           points = (size_t)separator->length * (size_t)(count - 1);
    for (int64_t i = 0; i < count; i++) {
        if (unlikely(!is_str(items[i])))
            return raise_item(vm, i, items[i]);
        const Str *s = as_str(items[i]);
        bytes += s->size;
        points += s->length;
    }
    if (bytes > STR_MAX_SIZE)
        return raise_memory(vm), false;
    *size = bytes;
    *length = points;
    return true;
}

// Short pieces are copied eight bytes at a time: the text has room behind (see str_payload) until the very end.
static inline char *put(char *out, const char *end, const Str *s)
{
    size_t size = s->size;
    if (size <= 16 && end - out >= 16) {
        memcpy(out, s->data, 8);
        if (size > 8)
            memcpy(out + 8, s->data + 8, 8);
    } else {
        memcpy(out, s->data, size);
    }
    return out + size;
}

Str *str_join(VM *vm, Str *separator, Value sequence)
{
    int64_t count = sequence_fast_count(sequence);
    const Value *items = sequence_fast_items(sequence);
    size_t size, length;
    if (count == 0)
        return vm->empty_str;
    if (count == 1 && is_exact(vm, items[0], KIND_STR))
        return as_str(items[0]);
    if (!join_size(vm, separator, items, count, &size, &length))
        return NULL;
    Str *result = str_alloc(vm, size, length);
    if (!result)
        return NULL;
    char *out = result->data;
    const char *end = out + size;
    for (int64_t i = 0; i < count; i++) {
        if (i && separator->size == 1)
            *out++ = separator->data[0];
        else if (i && separator->size)
            out = put(out, end, separator);
        out = put(out, end, as_str(items[i]));
    }
    return result;
}
