// SPDX-License-Identifier: MIT
//
// Bump allocation in chunks. A block is never moved or reused, with one exception: the newest block may grow in place,
// which makes growing lists cheap. Chunks double in size up to a limit, so that small sources stay small.
#include "lexer/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK = 2048, LARGEST_CHUNK = 256 * 1024, ALIGNMENT = 16 };

struct ArenaChunk {
    ArenaChunk *older;
    size_t size;  // of the whole chunk, this header included
};

_Static_assert(sizeof(ArenaChunk) % ALIGNMENT == 0, "blocks after the header must be aligned");

static void *libc_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

ArenaAllocator arena_default_allocator(void)
{
    return (ArenaAllocator){libc_realloc, NULL};
}

void arena_init(Arena *arena, ArenaAllocator allocator)
{
    *arena = (Arena){.allocator = allocator, .next_size = FIRST_CHUNK};
    if (allocator.realloc == NULL) {
        arena->allocator = arena_default_allocator();
    }
}

void arena_free(Arena *arena)
{
    ArenaChunk *chunk = arena->chunks;
    while (chunk != NULL) {
        ArenaChunk *older = chunk->older;
        arena->allocator.realloc(arena->allocator.ctx, chunk, chunk->size, 0);
        chunk = older;
    }
    arena_init(arena, arena->allocator);
}

static bool chunk_add(Arena *arena, size_t block)
{
    if (block > SIZE_MAX / 2) {
        return false;
    }
    size_t size = arena->next_size;
    if (size < block + sizeof(ArenaChunk)) {
        size = block + sizeof(ArenaChunk);
    }
    ArenaChunk *chunk = arena->allocator.realloc(arena->allocator.ctx, NULL, 0, size);
    if (chunk == NULL) {
        return false;
    }
    *chunk = (ArenaChunk){arena->chunks, size};
    arena->chunks = chunk;
    arena->next = (char *)(chunk + 1);
    arena->limit = (char *)chunk + size;
    if (arena->next_size < LARGEST_CHUNK) {
        arena->next_size *= 2;
    }
    return true;
}

// `size` bytes of unknown content.
static void *block_take(Arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4) {
        arena->failed = true;
        return NULL;
    }
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded == 0) {
        rounded = ALIGNMENT;
    }
    if (rounded > (size_t)(arena->limit - arena->next) && !chunk_add(arena, rounded)) {
        arena->failed = true;
        return NULL;
    }
    void *block = arena->next;
    arena->next += rounded;
    return block;
}

void *arena_alloc(Arena *arena, size_t size)
{
    void *block = block_take(arena, size);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *arena_alloc_array(Arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        arena->failed = true;
        return NULL;
    }
    return arena_alloc(arena, total);
}

void *arena_grow(Arena *arena, void *ptr, size_t old_size, size_t new_size)
{
    if (new_size <= old_size && ptr != NULL) {
        return ptr;
    }
    if (ptr != NULL && new_size < SIZE_MAX / 4) {
        char *end = (char *)ptr + (old_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        size_t added = (new_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - (size_t)(end - (char *)ptr);
        if (end == arena->next && old_size > 0 && added <= (size_t)(arena->limit - arena->next)) {
            arena->next += added;
            return ptr;
        }
    }
    void *block = block_take(arena, new_size);
    if (block != NULL && ptr != NULL) {
        memcpy(block, ptr, old_size);
    }
    return block;
}

char *arena_copy(Arena *arena, const char *text, size_t length)
{
    char *copy = length == SIZE_MAX ? NULL : block_take(arena, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *arena_printf(Arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : block_take(arena, (size_t)length + 1);
    if (text != NULL) {
        va_start(args, format);
        vsnprintf(text, (size_t)length + 1, format, args);
        va_end(args);
    }
    return text;
}
