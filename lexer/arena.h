// SPDX-License-Identifier: MIT
//
// The arena: all memory of one parse (names, literals, AST, error text), given back in one call.
//
// Memory comes in chunks from the host's allocator callback. Failure is sticky: the first refused request sets
// `failed` and returns NULL, and the driver turns that into a MemoryError; nothing here aborts. Used by lexer/ and
// parser/; whoever owns a ParseResult owns its arena.
#ifndef AIOLOS_LEXER_ARENA_H
#define AIOLOS_LEXER_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The host's memory. `realloc(ctx, NULL, 0, n)` allocates, `realloc(ctx, p, n, 0)` frees and returns NULL.
// Returning NULL for a new_size > 0 means out of memory; the old block then stays valid.
typedef struct ArenaAllocator {
    void *(*realloc)(void *ctx, void *ptr, size_t old_size, size_t new_size);
    void *ctx;
} ArenaAllocator;

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
    ArenaAllocator allocator;
    ArenaChunk *chunks;  // newest first
    char *next;          // free space of the newest chunk
    char *limit;
    size_t next_size;    // size of the chunk to ask for next
    bool failed;
} Arena;

// An allocator on the C library's realloc and free, for stand-alone programs and tests.
ArenaAllocator arena_default_allocator(void);

// Makes `arena` empty; allocates nothing yet.
void arena_init(Arena *arena, ArenaAllocator allocator);

// Gives all chunks back. The arena may be initialised again afterwards.
void arena_free(Arena *arena);

// `size` zeroed bytes aligned for any object, or NULL (and `failed` set). A size of 0 gives a valid pointer.
void *arena_alloc(Arena *arena, size_t size);

// As arena_alloc(count * size), with the multiplication checked.
void *arena_alloc_array(Arena *arena, size_t count, size_t size);

// Grows the block `ptr` of `old_size` bytes to `new_size`, in place when it is the newest block. The added bytes are
// not zeroed. Returns the block, or NULL with the old one untouched.
void *arena_grow(Arena *arena, void *ptr, size_t old_size, size_t new_size);

// A NUL-terminated copy of `length` bytes, or NULL.
char *arena_copy(Arena *arena, const char *text, size_t length);

// A new NUL-terminated string made as printf does, or NULL.
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
