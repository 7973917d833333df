// SPDX-License-Identifier: MIT
//
// Inside of the GC heap, shared by heap.c (memory: chunks, blocks, allocation, sweep) and gc.c (marking, cycles).
//
// A chunk is a few hundred KB from the allocator, cut into aligned blocks of 16 KB. A block holds cells of one size
// and one space, or is the start of a large object that spans several blocks. Mark bits are in the block header, one
// per 16 bytes, twice. Invariants: a free cell of an object space has a zero first word; between cycles, a set mark
// bit means "live at the last collection"; before a cycle starts every block is swept and its bits are clear.
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
    uint64_t marks[2][BLOCK_SIZE / GRANULE / 64]; // one of this cycle, one of the last: see GcHeap.map
    struct Block *next;    // blocks of the same class and space
    uint32_t cell_size;
    uint32_t cell_count;
    uint32_t cursor;       // next cell index the allocator looks at
    uint32_t top;          // cells from here on were never given out, and hold anything
    uint32_t epoch;        // the sweep that was here last
    uint8_t size_class;    // or CLASS_LARGE
    uint8_t space;
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
    uint8_t block_count;   // 0: very large object
    uint8_t owner[CHUNK_BLOCKS]; // first block of the run this block is in
} Region;

// A part of a large buffer that is still to be marked: `values` values at the start of every `stride` words.
typedef struct MarkRange {
    const Value *next, *end;
    uint32_t stride, values;
} MarkRange;

// Idle: nothing to do until the threshold. Sweep: blocks are swept as cells are needed, and ahead of that in steps.
// Mark: barriers are on. The phases after it know what is dead, and allocate black: weak references and finalizers
// are looked through, what __del__ may still want is marked, finalizable cells and large objects are swept.
typedef enum GcPhase { GC_IDLE, GC_SWEEP, GC_MARK, GC_DEAD_FINALIZERS, GC_DEAD_WEAKREFS, GC_RESURRECT, GC_SWEEP_FINAL,
    GC_SWEEP_LARGE } GcPhase;

typedef struct GcHeap {
    Region **regions;      // sorted by address
    size_t region_count, region_capacity;
    Block *blocks[SPACE_COUNT][GC_CLASSES];  // all blocks of a class
    Block *cursor[SPACE_COUNT][GC_CLASSES];  // the block that runs are taken from
    bool exhausted[SPACE_COUNT][GC_CLASSES]; // no block of the class has a free run left before the next sweep
    Block *large;          // all large objects
    GcPhase phase;
    unsigned map;          // which of a block's mark bitmaps this cycle sets
    unsigned runs_map;     // which one says where runs of free cells are: while marking that of the last cycle
    uint32_t epoch;        // number of the last sweep that began
    Object **stack;        // mark stack
    size_t stack_count, stack_capacity;
    MarkRange *ranges;         // parts of large buffers, after the stack
    size_t range_count, range_capacity;
    size_t work;           // bytes looked at: what a step is measured by
    unsigned rounds;       // of looking again before the finish
    size_t round_work;     // when the last round began
    bool natives_seen;     // this round has looked at the C stack
    bool rescan;           // a large buffer is looked at even if this cycle has seen it
    char *black_from[SPACE_COUNT][GC_CLASSES]; // cells of the run from here to its cursor are to be black
    bool black;            // new objects are
    int sweep_space;       // where the sweep in steps is
    unsigned sweep_class;
    Block **sweep_at;      // the link to the block it looks at next; NULL: the first of the class
    size_t finalizer_at, finalizer_kept; // progress of GC_DEAD_FINALIZERS
    WeakRef **weakref_at;  // ... and of GC_DEAD_WEAKREFS
    Object **again;        // black objects stored into since: for the next round
    size_t again_count, again_capacity;
    Object **pending;      // ... those of the round that is under way
    size_t pending_count, pending_capacity;
    bool stack_overflow;
    size_t marked_bytes;
    size_t debt;           // bytes allocated since the last mark step
    Object **finalizers;   // objects with __del__
    size_t finalizer_count, finalizer_capacity;
    Object **due;          // __del__ to run
    size_t due_count, due_capacity, due_ready; // ... the first of them can run now
    bool running_due;      // gc_run_finalizers is at work
    WeakRef *weakrefs;
    WeakRef **dead_refs;   // callbacks to run
    size_t dead_count, dead_capacity;
} GcHeap;

static inline Block *block_of(const void *p) { return (Block *)((uintptr_t)p & BLOCK_MASK); }
static inline char *block_cells(Block *b) { return (char *)b + BLOCK_HEADER; }
static inline bool bit_test(const void *p, unsigned map)
{
    size_t i = ((uintptr_t)p & ~BLOCK_MASK) / GRANULE;
    return block_of(p)->marks[map][i / 64] >> (i % 64) & 1;
}
static inline bool mark_test(const GcHeap *heap, const void *p) { return bit_test(p, heap->map); }
// Sets the mark bit; true when it was clear.
static inline bool mark_set(const GcHeap *heap, const void *p)
{
    Block *b = block_of(p);
    size_t i = ((uintptr_t)p & ~BLOCK_MASK) / GRANULE;
    uint64_t bit = (uint64_t)1 << (i % 64);
    uint64_t *word = &b->marks[heap->map][i / 64];
    if (*word & bit)
        return false;
    *word |= bit;
    return true;
}

static inline void mark_clear(const GcHeap *heap, const void *p)
{
    size_t i = ((uintptr_t)p & ~BLOCK_MASK) / GRANULE;
    block_of(p)->marks[heap->map][i / 64] &= ~((uint64_t)1 << (i % 64));
}

// The start of the live cell that contains address p, or NULL (any word may be asked). *is_buffer tells its space.
void *heap_find(GcHeap *heap, uintptr_t p, bool *is_buffer);
// Sweeps everything that is not swept yet.
void heap_sweep_all(VM *vm);
// Every object, those that are dead and not swept yet too.
void heap_each_object(VM *vm, void (*visit)(void *context, Object *o), void *context);
// Sweeps some blocks; true when none is left. First of the finalizable cells (space SPACE_FINAL), then of the others.
bool heap_sweep_step(VM *vm, size_t blocks);
bool heap_sweep_final_step(VM *vm, size_t blocks);
bool heap_sweep_large_step(VM *vm, size_t count);
void heap_rewind_sweep(VM *vm, int space); // the next step begins at the first block of this space
// What is allocated from now on is marked, until heap_begin_sweep.
void heap_allocate_black(VM *vm);
void heap_blacken(VM *vm); // sets the marks of what was allocated since
// After the last of the marking: all other blocks are to be swept, allocation runs are dropped.
void heap_begin_sweep(VM *vm);
static inline size_t cell_bytes(const void *p)
{
    const Block *b = block_of(p);
    return b->size_class == CLASS_LARGE ? b->large_size : b->cell_size;
}
bool vector_push(VM *vm, void ***items, size_t *count, size_t *capacity, void *item);

// ---- blocks (heap.c, sweep.c)
void blocks_give(VM *vm, Block *b, size_t span);
void region_give(VM *vm, Block *b);      // that of a very large object
void large_free(VM *vm, Block *b);
void block_sweep(VM *vm, Block *b);
void object_finalize(VM *vm, Object *o);
void run_blacken(GcHeap *heap, const struct GcRun *run, int space, unsigned size_class);

// ---- marking (mark.c)
bool mark_drain(VM *vm, size_t work);   // marks from the stack until about so much is done; true when nothing is left
void mark_drain_all(VM *vm);
void mark_roots(VM *vm);
void mark_vm_stacks(VM *vm, bool clear_rest);
void mark_c_stack(VM *vm);
void mark_forget(VM *vm, Block *b);     // a large buffer goes: nothing of it is to be looked at
void mark_stray_buffers(VM *vm);        // buffers that only the C stack knows
void mark_again(VM *vm);                // what was stored into while black is pending now

// ---- weak references and finalizers (weak.c)
bool finalizers_step(VM *vm, size_t count); // objects with __del__ that died are kept for it; true when all were seen
bool weakrefs_step(VM *vm, size_t count);   // true when all were seen

// A cycle step driven by allocation; may run a whole stress collection.
void gc_on_allocation(VM *vm, size_t bytes);
void gc_complete(VM *vm);  // runs a cycle that is under way to where only the lazy sweep is left

#endif
