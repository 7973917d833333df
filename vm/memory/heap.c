// SPDX-License-Identifier: MIT
//
// The heap's memory: regions, blocks, size classes, allocation and lazy sweeping. See heap.h for the invariants.
//
// Allocation takes cells from a run of free cells (cursor .. limit) of its class; when the run is used up the next run
// of the current block is found in its mark bits, then the next block of the class is swept, then a new block is taken.
// The collector is driven from that slow path only.

#include "heap.h"

#include <stdlib.h>

#include "vm/core/error.h"
#include "vm/core/limits.h"

#define PAGE ((size_t)4096)
#define SMALL_HEAP ((size_t)4 << 20)
#define RESERVE_MOST ((size_t)1 << 20)

static const uint16_t class_sizes[GC_CLASSES] = {
    16,  32,  48,  64,  80,  96,  112, 128, 144, 160, 176,  192,  208,  224,
    240, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1344, 2000, 2688, 4032,
};

static inline unsigned class_of(size_t size)
{
    if (size <= 256)
        return size ? (unsigned)((size - 1) / 16) : 0;
    unsigned c = 16;
    while (class_sizes[c] < size)
        c++;
    return c;
}

// ---------------------------------------------------------------- the allocator

static bool request_fails(Gc *gc)
{
    gc->allocations++;
    return gc->fail_at && (gc->fail_from ? gc->allocations >= gc->fail_at : gc->allocations == gc->fail_at);
}

void gc_fail_cells(VM *vm, uint64_t nth, bool from)
{
    if (vm->gc.heap)
        heap_blacken(vm);
    vm->gc.fail_cells = nth != 0;
    vm->gc.fail_at = nth ? vm->gc.allocations + nth : 0;
    vm->gc.fail_from = from;
    memset(vm->gc.runs, 0, sizeof vm->gc.runs); // cells at hand would be given out uncounted
}

void *mem_realloc(VM *vm, void *ptr, size_t old_size, size_t new_size)
{
    Gc *gc = &vm->gc;
    if (new_size > old_size) {
        if (request_fails(gc) || new_size > MAX_OBJECT_SIZE)
            return NULL;
        if (gc->cap && gc->bytes + (new_size - old_size) > gc->cap)
            return NULL;
    }
    void *p = gc->allocator.realloc(gc->allocator.context, ptr, old_size, new_size);
    if (!p && new_size)
        return NULL;
    gc->bytes += new_size - old_size;
    if (gc->bytes > gc->peak)
        gc->peak = gc->bytes;
    return p;
}

bool vector_push(VM *vm, void ***items, size_t *count, size_t *capacity, void *item)
{
    if (*count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 64;
        void **p = mem_realloc(vm, *items, *capacity * sizeof *p, wanted * sizeof *p);
        if (!p)
            return false;
        *items = p;
        *capacity = wanted;
    }
    (*items)[(*count)++] = item;
    return true;
}

// ---------------------------------------------------------------- regions

static size_t region_index(GcHeap *heap, uintptr_t p) // first region whose start is above p
{
    size_t low = 0, high = heap->region_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if ((uintptr_t)heap->regions[mid]->start > p)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static Region *region_of(GcHeap *heap, uintptr_t p)
{
    size_t i = region_index(heap, p);
    if (i == 0)
        return NULL;
    Region *r = heap->regions[i - 1];
    return p - (uintptr_t)r->start < r->size ? r : NULL;
}

// What the heap leaves of the cap: for buffers outside it and, once reserve_open, for reporting that memory is short.
static size_t heap_reserve(const Gc *gc)
{
    size_t part = gc->cap / 8;
    return gc->reserve_open ? 0 : part < RESERVE_MOST ? part : RESERVE_MOST;
}

static Region *region_new(VM *vm, size_t size, unsigned block_count)
{
    GcHeap *heap = vm->gc.heap;
    if (heap->region_count == heap->region_capacity) {
        size_t wanted = heap->region_capacity ? heap->region_capacity * 2 : 16;
        Region **p = mem_realloc(vm, heap->regions, heap->region_capacity * sizeof *p, wanted * sizeof *p);
        if (!p)
            return NULL;
        heap->regions = p;
        heap->region_capacity = wanted;
    }
    if (vm->gc.cap && vm->gc.bytes + size + BLOCK_SIZE > vm->gc.cap - heap_reserve(&vm->gc))
        return NULL;
    Region *r = mem_realloc(vm, NULL, 0, sizeof *r);
    if (!r)
        return NULL;
    memset(r, 0, sizeof *r);
    r->raw_size = size + BLOCK_SIZE;
    r->raw = mem_realloc(vm, NULL, 0, r->raw_size);
    if (!r->raw) {
        mem_realloc(vm, r, sizeof *r, 0);
        return NULL;
    }
    r->start = (char *)(((uintptr_t)r->raw + BLOCK_SIZE - 1) & BLOCK_MASK);
    r->size = size;
    r->block_count = (uint8_t)block_count;
    r->free_blocks = block_count == 64 ? ~(uint64_t)0 : ((uint64_t)1 << block_count) - 1;
    size_t at = region_index(heap, (uintptr_t)r->start);
    memmove(heap->regions + at + 1, heap->regions + at, (heap->region_count - at) * sizeof r);
    heap->regions[at] = r;
    heap->region_count++;
    return r;
}

static void region_release(VM *vm, Region *r)
{
    GcHeap *heap = vm->gc.heap;
    size_t at = region_index(heap, (uintptr_t)r->start) - 1;
    memmove(heap->regions + at, heap->regions + at + 1, (heap->region_count - at - 1) * sizeof r);
    heap->region_count--;
    mem_realloc(vm, r->raw, r->raw_size, 0);
    mem_realloc(vm, r, sizeof *r, 0);
}

// A run of `span` free blocks in any chunk; the first block, or NULL. It holds anything.
static Block *blocks_take(VM *vm, unsigned span)
{
    GcHeap *heap = vm->gc.heap;
    for (size_t i = 0; i <= heap->region_count; i++) {
        Region *r;
        if (i < heap->region_count) {
            r = heap->regions[i];
        } else {
            unsigned blocks = vm->gc.bytes < ((size_t)1 << 20) && span <= 15 ? 15 : 63;
            r = region_new(vm, blocks * BLOCK_SIZE, blocks);
            if (!r && blocks > 15 && span <= 15)
                r = region_new(vm, 15 * BLOCK_SIZE, 15);
            if (!r)
                return NULL;
        }
        uint64_t runs = r->free_blocks; // bit i stays set when blocks i .. i+span-1 are free
        for (unsigned have = 1; have < span && runs;) {
            unsigned shift = have < span - have ? have : span - have;
            runs &= runs >> shift;
            have += shift;
        }
        if (!runs)
            continue;
        unsigned first = (unsigned)__builtin_ctzll(runs);
        uint64_t taken = (span == 64 ? ~(uint64_t)0 : (((uint64_t)1 << span) - 1)) << first;
        r->free_blocks &= ~taken;
        memset(r->owner + first, (int)first, span);
        return (Block *)(r->start + first * BLOCK_SIZE);
    }
    return NULL;
}

void region_give(VM *vm, Block *b) { region_release(vm, region_of(vm->gc.heap, (uintptr_t)b)); }

void blocks_give(VM *vm, Block *b, size_t span)
{
    GcHeap *heap = vm->gc.heap;
    Region *r = region_of(heap, (uintptr_t)b);
    size_t first = (size_t)((char *)b - r->start) / BLOCK_SIZE;
    uint64_t bits = (span == 64 ? ~(uint64_t)0 : (((uint64_t)1 << span) - 1)) << first;
    r->free_blocks |= bits;
    uint64_t all = r->block_count == 64 ? ~(uint64_t)0 : ((uint64_t)1 << r->block_count) - 1;
    if (r->free_blocks == all && r->block_count == 63)
        region_release(vm, r);
}

static Block *block_new(VM *vm, unsigned size_class, int space)
{
    GcHeap *heap = vm->gc.heap;
    Block *b = blocks_take(vm, 1);
    if (!b)
        return NULL;
    memset(b, 0, BLOCK_HEADER);
    b->cell_size = class_sizes[size_class];
    b->cell_count = (uint32_t)((BLOCK_SIZE - BLOCK_HEADER) / b->cell_size);
    b->size_class = (uint8_t)size_class;
    b->space = (uint8_t)space;
    b->epoch = heap->epoch;
    b->next = heap->blocks[space][size_class];
    heap->blocks[space][size_class] = b;
    return b;
}

// The first used cell at or after cell i, or top: mark bits are looked at a word at a time.
static uint32_t next_used(const Block *b, uint32_t i, unsigned map)
{
    size_t bit = (BLOCK_HEADER + (size_t)i * b->cell_size) / GRANULE, word = bit / 64;
    uint64_t bits = b->marks[map][word] & ~(uint64_t)0 << (bit % 64);
    while (!bits) {
        if (++word == sizeof b->marks[map] / sizeof b->marks[map][0])
            return b->top;
        bits = b->marks[map][word];
    }
    bit = word * 64 + (size_t)__builtin_ctzll(bits);
    return (uint32_t)((bit * GRANULE - BLOCK_HEADER) / b->cell_size);
}

// Cells that were never given out: in a small heap what is left of the page that the first of them is in, so that no
// page is touched before it is needed.
static uint32_t fresh_run(Gc *gc, Block *b)
{
    uint32_t first = b->top, end = b->cell_count;
    if (gc->bytes < SMALL_HEAP) {
        size_t at = BLOCK_HEADER + (size_t)first * b->cell_size, page = (at / PAGE + 1) * PAGE;
        end = (uint32_t)((page - BLOCK_HEADER) / b->cell_size);
        if (end <= first)
            end = first + 1;
        if (end > b->cell_count)
            end = b->cell_count;
    }
    if (gc->stress || gc->fail_cells)
        end = first + 1;
    if (b->space != SPACE_BUFFER)
        for (uint32_t i = first; i < end; i++)
            *(Value *)(block_cells(b) + (size_t)i * b->cell_size) = 0;
    b->top = end;
    return end;
}

// The next run of unmarked cells of the block from its cursor on. False: none left.
static bool block_next_run(Gc *gc, Block *b, struct GcRun *run)
{
    char *cells = block_cells(b);
    unsigned map = gc->heap->runs_map;
    uint32_t i = b->cursor;
    while (i < b->top && bit_test(cells + (size_t)i * b->cell_size, map))
        i++;
    uint32_t first = i;
    if (first < b->top)
        i = gc->stress || gc->fail_cells ? first + 1 : next_used(b, first, map);
    else if (first < b->cell_count)
        i = fresh_run(gc, b);
    b->cursor = i;
    if (i == first)
        return false;
    run->cursor = cells + (size_t)first * b->cell_size;
    run->limit = cells + (size_t)i * b->cell_size;
    return true;
}

static bool find_run(VM *vm, int space, unsigned size_class, struct GcRun *run)
{
    GcHeap *heap = vm->gc.heap;
    Block *b = heap->cursor[space][size_class];
    if (b && block_next_run(&vm->gc, b, run))
        return true;
    if (!heap->exhausted[space][size_class]) {
        for (b = b ? b->next : heap->blocks[space][size_class]; b; b = b->next) {
            block_sweep(vm, b);
            heap->cursor[space][size_class] = b;
            if (block_next_run(&vm->gc, b, run))
                return true;
        }
        heap->exhausted[space][size_class] = true;
    }
    if (!(b = block_new(vm, size_class, space)))
        return false;
    heap->cursor[space][size_class] = b; // at the front of the list: what comes after it is used up
    return block_next_run(&vm->gc, b, run);
}

// Moves on to the next run of a class, sweeping or taking blocks as needed. False: no memory.
static bool run_refill(VM *vm, int space, unsigned size_class)
{
    GcHeap *heap = vm->gc.heap;
    struct GcRun *run = &vm->gc.runs[space][size_class];
    if (heap->black)
        run_blacken(heap, run, space, size_class);
    bool found = find_run(vm, space, size_class, run);
    if (heap->black)
        heap->black_from[space][size_class] = run->cursor;
    return found;
}

// ---------------------------------------------------------------- allocation

static void *large_new(VM *vm, size_t size, int space)
{
    GcHeap *heap = vm->gc.heap;
    size_t total, blocks;
    if (!size_add(size, BLOCK_HEADER + BLOCK_SIZE - 1, &total))
        return NULL;
    blocks = total / BLOCK_SIZE;
    Block *b;
    bool zero = false;
    if (blocks <= 32) {
        b = blocks_take(vm, (unsigned)blocks);
    } else {
        Region *r = region_new(vm, blocks * BLOCK_SIZE, 0);
        b = r ? (Block *)r->start : NULL;
        zero = r && vm->gc.allocator.zeroed_from && r->raw_size >= vm->gc.allocator.zeroed_from;
    }
    if (!b)
        return NULL;
    if (!zero)
        memset(b, 0, BLOCK_HEADER);
    b->size_class = CLASS_LARGE;
    b->space = (uint8_t)space;
    b->large_size = size;
    b->span = blocks <= 32 ? blocks : 0;
    b->next = heap->large;
    heap->large = b;
    if (!zero)
        memset(block_cells(b), 0, size);
    if (heap->black)
        mark_set(heap, block_cells(b));
    return block_cells(b);
}

static void *small_slow(VM *vm, size_t size, int space)
{
    unsigned c = class_of(size);
    struct GcRun *run = &vm->gc.runs[space][c];
    for (;;) {
        if (run->cursor < run->limit) {
            char *p = run->cursor;
            run->cursor += class_sizes[c];
            memset(p, 0, class_sizes[c]);
            return p;
        }
        gc_on_allocation(vm, 0);
        if (run->cursor < run->limit)
            continue;
        if (!run_refill(vm, space, c))
            return NULL;
        size_t bytes = (size_t)(run->limit - run->cursor);
        vm->gc.live += bytes;
        vm->gc.heap->debt += bytes;
    }
}

// Cells are small multiples of 16: a loop of vector stores beats the call of memset.
static inline __attribute__((always_inline)) void zero_cell(char *p, size_t size)
{
    typedef long long Pair __attribute__((vector_size(16)));
    if (size > 512) {
        memset(p, 0, size);
        return;
    }
    for (char *end = p + size; p < end; p += sizeof(Pair)) {
        *(Pair *)p = (Pair){0, 0};
        __asm__("" : "+r"(p)); // or the compiler makes a memset of it again
    }
}

static void *cell_alloc(VM *vm, size_t size, int space)
{
    if (likely(size <= SMALL_MAX - 64)) {
        unsigned c = class_of(size);
        struct GcRun *run = &vm->gc.runs[space][c];
        char *p = run->cursor;
        if (likely(p < run->limit)) { // never so under stress: runs of one cell are used up when made
            run->cursor = p + class_sizes[c];
            zero_cell(p, class_sizes[c]);
            return p;
        }
        if (unlikely(vm->gc.fail_cells) && request_fails(&vm->gc))
            return NULL;
        p = small_slow(vm, size, space);
        if (p || !gc_emergency(vm))
            return p;
        return small_slow(vm, size, space);
    }
    if (unlikely(vm->gc.fail_cells) && request_fails(&vm->gc))
        return NULL;
    gc_on_allocation(vm, size);
    void *p = large_new(vm, size, space);
    if (!p && gc_emergency(vm))
        p = large_new(vm, size, space);
    if (p) {
        vm->gc.live += size;
        vm->gc.heap->debt += size;
        vm_charge_bytes(vm, size); // most of the long work of natives shows here
    }
    return p;
}

// The next cell of a run at hand, its first `cleared` bytes zero; NULL: for cell_alloc.
static inline __attribute__((always_inline)) char *cell_at_hand(VM *vm, size_t size, int space, size_t cleared)
{
    if (unlikely(size - 1 >= 256)) // a size of 0 too
        return NULL;
    unsigned c = (unsigned)((size - 1) / 16);
    struct GcRun *run = &vm->gc.runs[space][c];
    char *p = run->cursor;
    if (unlikely(p >= run->limit))
        return NULL;
    run->cursor = p + (c + 1) * 16;
    zero_cell(p, cleared < size ? cleared : (c + 1) * 16);
    return p;
}

void *gc_new_text(VM *vm, Shape *shape, size_t size, size_t cleared)
{
    Object *o = (Object *)cell_at_hand(vm, size, SPACE_OBJECT, cleared);
    if (unlikely(!o) && !(o = cell_alloc(vm, size, SPACE_OBJECT)))
        return raise_memory(vm), NULL;
    o->shape = shape;
    return o;
}

void *gc_new(VM *vm, Shape *shape, size_t size)
{
    Object *o = (Object *)cell_at_hand(vm, size, SPACE_OBJECT, size);
    if (likely(o)) {
        o->shape = shape;
        return o;
    }
    o = cell_alloc(vm, size, SPACE_OBJECT);
    if (unlikely(!o))
        return raise_memory(vm), NULL;
    o->shape = shape;
    return o;
}

void *gc_new_final(VM *vm, Shape *shape, size_t size)
{
    Object *o = cell_alloc(vm, size, SPACE_FINAL);
    if (unlikely(!o))
        return raise_memory(vm), NULL;
    o->shape = shape;
    return o;
}

void *gc_buffer(VM *vm, size_t size)
{
    void *p = cell_at_hand(vm, size, SPACE_BUFFER, size);
    if (likely(p))
        return p;
    p = cell_alloc(vm, size, SPACE_BUFFER);
    if (unlikely(!p))
        raise_memory(vm);
    return p;
}

static size_t buffer_room(void *p)
{
    Block *b = block_of(p);
    if (b->size_class != CLASS_LARGE)
        return b->cell_size;
    return b->span ? b->span * BLOCK_SIZE - BLOCK_HEADER : b->large_size;
}

void *gc_buffer_resize(VM *vm, void *ptr, size_t old_size, size_t new_size)
{
    if (!ptr)
        return gc_buffer(vm, new_size);
    if (new_size <= buffer_room(ptr) && new_size >= buffer_room(ptr) / 4) {
        if (new_size > old_size)
            memset((char *)ptr + old_size, 0, new_size - old_size);
        return ptr;
    }
    void *p = gc_buffer(vm, new_size);
    if (!p)
        return NULL;
    memcpy(p, ptr, old_size < new_size ? old_size : new_size);
    gc_buffer_free(vm, ptr, old_size);
    return p;
}

// Only large buffers are worth giving back early; small ones are left to the collector.
void gc_buffer_free(VM *vm, void *ptr, size_t size)
{
    (void)size;
    if (!ptr || vm->gc.busy)
        return;
    Block *b = block_of(ptr);
    if (b->size_class != CLASS_LARGE)
        return;
    if (vm->gc.marking)
        mark_forget(vm, b);
    GcHeap *heap = vm->gc.heap;
    for (Block **p = &heap->large; *p; p = &(*p)->next)
        if (*p == b) {
            if (heap->sweep_at == &b->next)
                heap->sweep_at = p;
            *p = b->next;
            vm->gc.live -= b->large_size < vm->gc.live ? b->large_size : vm->gc.live;
            large_free(vm, b);
            return;
        }
}

// ---------------------------------------------------------------- conservative look-up, census

void *heap_find(GcHeap *heap, uintptr_t p, bool *is_buffer)
{
    Region *r = region_of(heap, p);
    if (!r)
        return NULL;
    Block *b = (Block *)r->start;
    if (r->block_count) {
        size_t i = (p - (uintptr_t)r->start) / BLOCK_SIZE;
        if (r->free_blocks >> i & 1)
            return NULL;
        b = (Block *)(r->start + r->owner[i] * BLOCK_SIZE);
    }
    char *cell = block_cells(b);
    if (p < (uintptr_t)cell)
        return NULL;
    if (b->size_class != CLASS_LARGE) {
        size_t i = (p - (uintptr_t)cell) / b->cell_size;
        if (i >= b->top)
            return NULL;
        cell += i * b->cell_size;
    }
    *is_buffer = b->space == SPACE_BUFFER;
    return *is_buffer || ((Object *)cell)->shape ? cell : NULL;
}

static void block_each_object(Block *b, void (*visit)(void *context, Object *o), void *context)
{
    for (uint32_t i = 0; i < b->top; i++) {
        Object *o = (Object *)(block_cells(b) + (size_t)i * b->cell_size);
        if (o->shape)
            visit(context, o);
    }
}

void heap_each_object(VM *vm, void (*visit)(void *context, Object *o), void *context)
{
    GcHeap *heap = vm->gc.heap;
    for (int s = 0; s < SPACE_BUFFER; s++)
        for (unsigned c = 0; c < GC_CLASSES; c++)
            for (Block *b = heap->blocks[s][c]; b; b = b->next)
                block_each_object(b, visit, context);
    for (Block *b = heap->large; b; b = b->next)
        if (b->space != SPACE_BUFFER)
            visit(context, (Object *)block_cells(b));
}

void gc_each_object(VM *vm, void (*visit)(void *context, Object *o), void *context)
{
    heap_sweep_all(vm);
    heap_each_object(vm, visit, context);
}

bool gc_heap_new(VM *vm)
{
    GcHeap *heap = mem_realloc(vm, NULL, 0, sizeof *heap);
    if (!heap)
        return false;
    memset(heap, 0, sizeof *heap);
    vm->gc.heap = heap;
    heap->epoch = 1;
    vm->gc.threshold = (size_t)8 << 20;
    return true;
}

static void finalize_visit(void *context, Object *o) { object_finalize(context, o); }

// What was not finalized yet, dead or alive.
static void finalize_all(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    for (unsigned c = 0; c < GC_CLASSES; c++)
        for (Block *b = heap->blocks[SPACE_FINAL][c]; b; b = b->next)
            block_each_object(b, finalize_visit, vm);
    for (Block *b = heap->large; b; b = b->next)
        if (b->space == SPACE_FINAL)
            object_finalize(vm, (Object *)block_cells(b));
}

void gc_heap_free(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    if (!heap)
        return;
    finalize_all(vm);
    while (heap->region_count) {
        Region *r = heap->regions[heap->region_count - 1];
        heap->region_count--;
        mem_realloc(vm, r->raw, r->raw_size, 0);
        mem_realloc(vm, r, sizeof *r, 0);
    }
    mem_realloc(vm, heap->regions, heap->region_capacity * sizeof *heap->regions, 0);
    mem_realloc(vm, heap->stack, heap->stack_capacity * sizeof *heap->stack, 0);
    mem_realloc(vm, heap->ranges, heap->range_capacity * sizeof *heap->ranges, 0);
    mem_realloc(vm, heap->pending, heap->pending_capacity * sizeof *heap->pending, 0);
    mem_realloc(vm, heap->again, heap->again_capacity * sizeof *heap->again, 0);
    mem_realloc(vm, heap->finalizers, heap->finalizer_capacity * sizeof *heap->finalizers, 0);
    mem_realloc(vm, heap->due, heap->due_capacity * sizeof *heap->due, 0);
    mem_realloc(vm, heap->dead_refs, heap->dead_capacity * sizeof *heap->dead_refs, 0);
    mem_realloc(vm, heap, sizeof *heap, 0);
    vm->gc.heap = NULL;
}
