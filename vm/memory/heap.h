// SPDX-License-Identifier: MIT
//
// Inside of the GC heap, shared by heap.c (memory: chunks, blocks, allocation, sweep) and gc.c (marking, cycles).
//
// A chunk is a few hundred KB from the allocator, cut into aligned blocks of 16 KB. A block holds cells of one size and
// one space, or is the start of a large object that spans several blocks. Mark bits are in the block header, one per
// 16 bytes. Invariants: a free cell of an object space has a zero first word; between cycles, a set mark bit means
// "live at the last collection"; before a cycle starts every block is swept and all bits are cleared.
#ifndef AIOLOS_VM_HEAP_H
#define AIOLOS_VM_HEAP_H

#include "vm/core/vm.h"

#define BLOCK_SIZE ((size_t)16384)
#define BLOCK_MASK (~(uintptr_t)(BLOCK_SIZE - 1))
#define GRANULE 16
#define SMALL_MAX 4096
#define CHUNK_BLOCKS 64 // at most: one bit each in Chunk.free_blocks
#define CLASS_LARGE 255

typedef struct Block {
    uint64_t marks[BLOCK_SIZE / GRANULE / 64];
    struct Block *next;    // blocks of the same class and space
    uint32_t cell_size;
    uint32_t cell_count;
    uint32_t cursor;       // next cell index the allocator looks at
    uint8_t size_class;    // or CLASS_LARGE
    uint8_t space;
    bool swept;
    size_t large_size;     // CLASS_LARGE: payload bytes
    size_t span;           // CLASS_LARGE: blocks in a chunk; 0: own region
} Block;

#define BLOCK_HEADER ((sizeof(Block) + GRANULE - 1) / GRANULE * GRANULE)

typedef struct Region { // a chunk, or one very large object
    char *start;           // first block (aligned)
    size_t size;           // bytes from start
    void *raw;             // what the allocator gave
    size_t raw_size;
    uint64_t free_blocks;  // chunk: bit set = free
    uint64_t fresh_blocks; // chunk: bit set = never used, all zeros
    uint8_t block_count;   // 0: very large object
    uint8_t owner[CHUNK_BLOCKS]; // first block of the run this block is in
} Region;

typedef struct GcHeap {
    Region **regions;      // sorted by address
    size_t region_count, region_capacity;
    Block *blocks[SPACE_COUNT][GC_CLASSES];  // all blocks of a class
    Block *cursor[SPACE_COUNT][GC_CLASSES];  // the block that runs are taken from
    bool exhausted[SPACE_COUNT][GC_CLASSES]; // no block of the class has a free run left before the next sweep
    Block *large;          // all large objects
    Object **stack;        // mark stack
    size_t stack_count, stack_capacity;
    Object **again;        // black objects stored into since: for the finish
    size_t again_count, again_capacity;
    bool stack_overflow;
    size_t marked_bytes;
    size_t debt;           // bytes allocated since the last mark step
    Object **finalizers;   // objects with __del__
    size_t finalizer_count, finalizer_capacity;
    Object **due;          // __del__ to run
    size_t due_count, due_capacity;
    bool running_due;      // gc_run_finalizers is at work
    WeakRef *weakrefs;
    WeakRef **dead_refs;   // callbacks to run
    size_t dead_count, dead_capacity;
    bool sweeping;         // some block is unswept
} GcHeap;

static inline Block *block_of(const void *p) { return (Block *)((uintptr_t)p & BLOCK_MASK); }
static inline char *block_cells(Block *b) { return (char *)b + BLOCK_HEADER; }
static inline bool mark_test(const void *p)
{
    const Block *b = block_of(p);
    size_t i = ((uintptr_t)p & ~BLOCK_MASK) / GRANULE;
    return b->marks[i / 64] >> (i % 64) & 1;
}
// Sets the mark bit; true when it was clear.
static inline bool mark_set(const void *p)
{
    Block *b = block_of(p);
    size_t i = ((uintptr_t)p & ~BLOCK_MASK) / GRANULE;
    uint64_t bit = (uint64_t)1 << (i % 64);
    if (b->marks[i / 64] & bit)
        return false;
    b->marks[i / 64] |= bit;
    return true;
}

static inline void mark_clear(const void *p)
{
    size_t i = ((uintptr_t)p & ~BLOCK_MASK) / GRANULE;
    block_of(p)->marks[i / 64] &= ~((uint64_t)1 << (i % 64));
}

// The start of the live cell that contains address p, or NULL (any word may be asked). *is_buffer tells its space.
void *heap_find(GcHeap *heap, uintptr_t p, bool *is_buffer);
// Sweeps everything that is not swept yet.
void heap_sweep_all(VM *vm);
// After marking: every block is to be swept, allocation runs are dropped.
void heap_begin_sweep(VM *vm);
// Before marking: clears all mark bits (all blocks are swept).
void heap_clear_marks(VM *vm);
bool vector_push(VM *vm, void ***items, size_t *count, size_t *capacity, void *item);

// A cycle step driven by allocation; may run a whole stress collection.
void gc_on_allocation(VM *vm, size_t bytes);

#endif
