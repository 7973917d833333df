// SPDX-License-Identifier: MIT
//
// Positions in strings: code point numbers to byte offsets and back. In ASCII strings they are the same. Other strings
// of some length get, on the first look-up, an index with the byte offset of every 64th code point, kept behind the
// text; a look-up then walks at most 64 code points. When there is no memory for the index the walk is just longer.

#include "str.h"

#include "lexer/utf8.h"
#include "str_internal.h"

#define STEP 64
#define INDEX_MIN 192 // shorter strings are walked

static uint32_t **index_place(Str *s)
{
    if (s->flags & STR_SHARED)
        return (uint32_t **)(void *)(str_shared_place(s) + 1);
    return (uint32_t **)(void *)(s->data + ((s->size + (size_t)8) & ~(size_t)7));
}

void str_mark(Gc *gc, Object *o)
{
    Str *s = (Str *)o;
    if (!str_is_ascii(s))
        gc_mark_buffer(gc, *index_place(s));
    if (s->flags & STR_SHARED)
        gc_mark_buffer(gc, *str_shared_place(s));
}

static const uint32_t *build_index(VM *vm, Str *s)
{
    size_t count = (s->length - 1) / STEP + 1;
    Value error = vm->error;
    uint32_t *index = gc_buffer(vm, count * sizeof *index);
    if (!index) {
        vm->error = error;
        return NULL;
    }
    size_t offset = 0;
    for (size_t i = 1; i < count; i++) {
        offset += utf8_offset(s->data + offset, s->size - offset, STEP);
        index[i] = (uint32_t)offset;
    }
    *index_place(s) = index;
    gc_barrier(vm, s);
    return index;
}

static const uint32_t *index_of(VM *vm, Str *s)
{
    const uint32_t *index = *index_place(s);
    return index ? index : build_index(vm, s);
}

size_t str_byte_offset(VM *vm, Str *s, int64_t index)
{
    if (str_is_ascii(s) || index == 0)
        return (size_t)index;
    if (index >= s->length)
        return s->size;
    size_t from = 0, rest = (size_t)index;
    if (s->length >= INDEX_MIN && rest >= STEP) {
        const uint32_t *known = index_of(vm, s);
        if (known) {
            from = known[rest / STEP];
            rest %= STEP;
        }
    }
    return from + utf8_offset(s->data + from, s->size - from, rest);
}

uint32_t str_codepoint_at(VM *vm, Str *s, int64_t index)
{
    if (likely(str_is_ascii(s)))
        return (unsigned char)s->data[index];
    const char *p = s->data + str_byte_offset(vm, s, index);
    return utf8_next(&p);
}

int64_t str_index_of_offset(VM *vm, Str *s, size_t offset)
{
    if (str_is_ascii(s))
        return (int64_t)offset;
    if (offset >= s->size)
        return s->length;
    size_t base = 0, from = 0;
    const uint32_t *known = s->length >= INDEX_MIN && offset > 8 * STEP ? index_of(vm, s) : NULL;
    if (known) {
        size_t low = 0, high = (s->length - 1) / STEP + 1; // last entry at or before the offset
        while (high - low > 1) {
            size_t middle = (low + high) / 2;
            if (known[middle] <= offset)
                low = middle;
            else
                high = middle;
        }
        base = low * STEP;
        from = known[low];
    }
    return (int64_t)(base + utf8_count(s->data + from, offset - from));
}
