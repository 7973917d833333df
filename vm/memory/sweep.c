// SPDX-License-Identifier: MIT
//
// The sweep: lazily, block by block as cells are needed, and in steps ahead of that, which give empty blocks back.
// Finalizers of dead objects run here and look at the types of the dead: cells that need finalizing are swept before
// any others.

#include "heap.h"

#include "vm/core/error.h"

void object_finalize(VM *vm, Object *o)
{
    const TypeOps *ops = o->shape->type->ops;
    if (ops->finalize)
        ops->finalize(vm, o);
}

static bool all_marked(const Block *b, unsigned map)
{
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof b->marks[map] / sizeof b->marks[map][0]; i++)
        count += (uint32_t)__builtin_popcountll(b->marks[map][i]);
    return count == b->top;
}

static void sweep_cells(VM *vm, Block *b)
{
    GcHeap *heap = vm->gc.heap;
    if (all_marked(b, heap->map))
        return;
    char *cell = block_cells(b);
    for (uint32_t i = 0; i < b->top; i++, cell += b->cell_size) {
        Object *o = (Object *)cell;
        if (o->shape && !mark_test(heap, o)) {
            if (b->space == SPACE_FINAL)
                object_finalize(vm, o);
            o->shape = NULL;
#ifdef AIOLOS_POISON
            memset(cell + sizeof(Object), 0xDB, b->cell_size - sizeof(Object));
#endif
        }
    }
}

// Frees what was not marked, unless this sweep was here already.
void block_sweep(VM *vm, Block *b)
{
    GcHeap *heap = vm->gc.heap;
    if (b->epoch == heap->epoch)
        return;
    b->epoch = heap->epoch;
    b->cursor = 0;
    memset(b->marks[heap->map ^ 1], 0, sizeof b->marks[0]); // for the next cycle
    if (b->space != SPACE_BUFFER) // of buffers the mark bits say it all
        sweep_cells(vm, b);
}

static bool block_is_empty(const Block *b, unsigned map)
{
    uint64_t any = 0;
    for (size_t i = 0; i < sizeof b->marks[map] / sizeof b->marks[map][0]; i++)
        any |= b->marks[map][i];
    return any == 0;
}

// ---------------------------------------------------------------- in steps

void heap_rewind_sweep(VM *vm, int space)
{
    GcHeap *heap = vm->gc.heap;
    heap->sweep_space = space;
    heap->sweep_class = 0;
    heap->sweep_at = NULL;
}

// The link to the next block of the space to be swept; NULL: none left.
static Block **next_link(GcHeap *heap)
{
    while (heap->sweep_class < GC_CLASSES) {
        if (!heap->sweep_at)
            heap->sweep_at = &heap->blocks[heap->sweep_space][heap->sweep_class];
        if (*heap->sweep_at)
            return heap->sweep_at;
        heap->sweep_class++;
        heap->sweep_at = NULL;
    }
    return NULL;
}

// Past the block, which goes back to its chunk when it is empty and not the one that is allocated from.
static void pass(VM *vm, Block **link, bool settled)
{
    GcHeap *heap = vm->gc.heap;
    Block *b = *link;
    if (!settled || b == heap->cursor[b->space][b->size_class] || !block_is_empty(b, heap->map)) {
        heap->sweep_at = &b->next;
        return;
    }
    *link = b->next;
    blocks_give(vm, b, 1);
}

bool heap_sweep_step(VM *vm, size_t blocks)
{
    GcHeap *heap = vm->gc.heap;
    for (; blocks; blocks--) {
        Block **link = next_link(heap);
        if (!link) {
            if (heap->sweep_space == SPACE_BUFFER)
                return true;
            heap_rewind_sweep(vm, heap->sweep_space + 1);
            continue;
        }
        bool due = (*link)->epoch != heap->epoch; // otherwise marks are not all of what lives in it
        block_sweep(vm, *link);
        pass(vm, link, due);
    }
    return false;
}

bool heap_sweep_final_step(VM *vm, size_t blocks)
{
    GcHeap *heap = vm->gc.heap;
    for (; blocks; blocks--) {
        Block **link = next_link(heap);
        if (!link)
            return true;
        sweep_cells(vm, *link);
        pass(vm, link, true);
    }
    return false;
}

void large_free(VM *vm, Block *b)
{
    if (b->span)
        blocks_give(vm, b, b->span);
    else
        region_give(vm, b);
}

bool heap_sweep_large_step(VM *vm, size_t count)
{
    GcHeap *heap = vm->gc.heap;
    Block **p = heap->sweep_at;
    for (; *p && count; count--) {
        Block *b = *p;
        if (mark_test(heap, block_cells(b))) {
            memset(b->marks[heap->map ^ 1], 0, sizeof b->marks[0]);
            p = &b->next;
            continue;
        }
        *p = b->next;
        if (b->space == SPACE_FINAL)
            object_finalize(vm, (Object *)block_cells(b));
        large_free(vm, b);
    }
    heap->sweep_at = p;
    return !*p;
}

void heap_begin_sweep(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    heap_blacken(vm);
    heap->black = false;
    memset(vm->gc.runs, 0, sizeof vm->gc.runs);
    memset(heap->cursor, 0, sizeof heap->cursor);
    memset(heap->exhausted, 0, sizeof heap->exhausted);
    heap->epoch++;
    heap->runs_map = heap->map;
    heap_rewind_sweep(vm, SPACE_OBJECT);
}

void heap_sweep_all(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    if (heap->phase > GC_MARK)
        gc_complete(vm);
    if (heap->phase != GC_SWEEP)
        return;
    while (!heap_sweep_step(vm, SIZE_MAX))
        continue;
    heap->phase = GC_IDLE;
}

// ---------------------------------------------------------------- marks

void run_blacken(GcHeap *heap, const struct GcRun *run, int space, unsigned size_class)
{
    char *p = heap->black_from[space][size_class];
    if (!p || p >= run->cursor)
        return;
    size_t size = block_of(p)->cell_size;
    for (; p < run->cursor; p += size)
        mark_set(heap, p);
    heap->black_from[space][size_class] = run->cursor;
}

void heap_blacken(VM *vm)
{
    if (!vm->gc.heap->black)
        return;
    for (int s = 0; s < SPACE_COUNT; s++)
        for (unsigned c = 0; c < GC_CLASSES; c++)
            run_blacken(vm->gc.heap, &vm->gc.runs[s][c], s, c);
}

void heap_allocate_black(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    for (int s = 0; s < SPACE_COUNT; s++)
        for (unsigned c = 0; c < GC_CLASSES; c++)
            heap->black_from[s][c] = vm->gc.runs[s][c].cursor;
    heap->black = true;
}
