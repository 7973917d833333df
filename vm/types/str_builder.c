// SPDX-License-Identifier: MIT
//
// StrBuilder: growing texts. Short ones never leave the C stack; the result is one exact allocation and one copy.

#include "str.h"

#include "lexer/utf8.h"
#include "str_internal.h"

void builder_init(StrBuilder *b, VM *vm)
{
    b->vm = vm;
    b->data = b->local;
    b->size = b->length = 0;
    b->capacity = sizeof b->local;
    b->failed = false;
}

bool builder_grow(StrBuilder *b, size_t more)
{
    size_t wanted, doubled = b->capacity * 2;
    if (b->failed)
        return false;
    if (!size_add(b->size, more, &wanted) || wanted > STR_MAX_SIZE) {
        raise_memory(b->vm);
        b->failed = true;
        return false;
    }
    if (wanted < doubled)
        wanted = doubled;
    char *data;
    if (b->data == b->local) {
        if ((data = gc_buffer(b->vm, wanted)))
            memcpy(data, b->local, b->size);
    } else {
        data = gc_buffer_resize(b->vm, b->data, b->capacity, wanted);
    }
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = wanted;
    return true;
}

bool builder_add(StrBuilder *b, const char *text, size_t size)
{
    if (!builder_add_ascii(b, text, size))
        return false;
    size_t ascii = utf8_ascii_prefix(text, size);
    if (ascii != size)
        b->length -= (size - ascii) - utf8_count(text + ascii, size - ascii);
    return true;
}

bool builder_add_cstr(StrBuilder *b, const char *text) { return builder_add(b, text, strlen(text)); }

bool builder_add_str(StrBuilder *b, const Str *s)
{
    if (!builder_add_ascii(b, s->data, s->size))
        return false;
    b->length -= s->size - s->length;
    return true;
}

bool builder_add_codepoint(StrBuilder *b, uint32_t cp)
{
    if (!builder_reserve(b, 4))
        return false;
    if (likely(cp < 0x80))
        b->data[b->size++] = (char)cp;
    else
        b->size += (size_t)utf8_encode(cp, b->data + b->size);
    b->length++;
    return true;
}

bool builder_add_repr(StrBuilder *b, Value v)
{
    if (b->failed)
        return false;
    Str *s = object_repr(b->vm, v);
    b->failed = s == NULL;
    return s && builder_add_str(b, s);
}

bool builder_repeat(StrBuilder *b, uint32_t cp, size_t count)
{
    char text[4];
    if (likely(cp < 0x80 && count <= 64)) {
        if (!builder_reserve(b, count))
            return false;
        memset(b->data + b->size, (int)cp, count);
        b->size += count;
        b->length += count;
        return true;
    }
    size_t width = (size_t)utf8_encode(cp, text), size;
    if (!size_mul(width, count, &size))
        size = MAX_OBJECT_SIZE; // refused by builder_grow
    if (!builder_reserve(b, size) || !text_repeat(b->vm, b->data + b->size, text, width, count)) {
        b->failed = true;
        return false;
    }
    b->size += size;
    b->length += count;
    return true;
}

Str *builder_finish(StrBuilder *b)
{
    if (b->failed)
        return NULL;
    if (b->size == b->length)
        return str_new_ascii(b->vm, b->data, b->size);
    if (b->length == 1)
        return str_new(b->vm, b->data, b->size);
    Str *s = str_alloc(b->vm, b->size, b->length);
    if (s) {
        memcpy(s->data, b->data, b->size);
        if (b->data != b->local)
            gc_buffer_free(b->vm, b->data, b->capacity);
    }
    return s;
}
