// SPDX-License-Identifier: MIT
//
// Marking: what an object holds, the mark stack, large buffers in pieces, and the roots.
//
// A large buffer is not looked at in one go: what is left of it waits as a MarkRange, so that a step stays short
// however long a list is. Invariant: whoever stores into a black object calls gc_barrier (the object is looked at
// again) or gc_barrier_value (the value is marked); whoever moves values within a large buffer does the former.

#include "heap.h"

#include "vm/core/type.h"
#include "vm/interp/frame.h"

#define AHEAD 12
#define RANGE_PIECE 512 // entries of a range looked at before the stack is emptied again
#define HELD ((uintptr_t)1)  // in an entry of `again`: only a native knows the object
#define WHOLE ((uintptr_t)2) // ... values may have moved within its large buffers

static void stack_push(VM *vm, Object *o)
{
    GcHeap *heap = vm->gc.heap;
    if (!vector_push(vm, (void ***)&heap->stack, &heap->stack_count, &heap->stack_capacity, o))
        heap->stack_overflow = true; // the finish walks the heap for objects whose children were not pushed
}

// False: no memory; then the finish walks all marked objects.
static bool again_push(VM *vm, Object *o, uintptr_t tag)
{
    GcHeap *heap = vm->gc.heap;
    void *entry = (void *)((uintptr_t)o | tag);
    if (vector_push(vm, (void ***)&heap->again, &heap->again_count, &heap->again_capacity, entry))
        return true;
    return !(heap->stack_overflow = true);
}

// ---------------------------------------------------------------- objects and buffers

static bool mark_new(GcHeap *heap, const void *p)
{
    if (!mark_set(heap, p))
        return false;
    heap->marked_bytes += cell_bytes(p);
    return true;
}

void gc_mark_object(Gc *gc, Object *o)
{
#ifdef AIOLOS_POISON
    if (o && !o->shape)
        __builtin_trap(); // a live object refers to a freed one: a missing mark or barrier
#endif
    if (o && mark_new(gc->heap, o))
        stack_push(vm_of_gc(gc), o);
}

void gc_mark_again(Gc *gc, Object *o)
{
    mark_new(gc->heap, o);
    stack_push(vm_of_gc(gc), o);
}

void gc_mark_buffer(Gc *gc, void *buffer)
{
    if (buffer)
        mark_new(gc->heap, buffer);
}

void gc_mark_range(Gc *gc, const Value *values, size_t count)
{
    size_t i = 0;
    for (; i + 8 <= count; i += 8) { // numbers and singletons, eight at a time and without branches
        const Value *v = values + i;
        Value objects = 0; // the sign bit: some word's upper 16 bits are zero
        for (int k = 0; k < 8; k++)
            objects |= (v[k] >> 48) - 1;
        if (!(objects >> 63))
            continue;
        for (int k = 0; k < 8; k++)
            gc_mark(gc, v[k]);
    }
    for (; i < count; i++)
        gc_mark(gc, values[i]);
}

static void mark_piece(Gc *gc, const Value *from, const Value *end, uint32_t stride, uint32_t values)
{
    for (; from < end; from += stride) {
        const Value *ahead = from + AHEAD * stride;
        if (ahead < end && is_object(*ahead) && *ahead) // the mark bits of many objects are on as many pages
            __builtin_prefetch(&block_of((void *)*ahead)->marks[gc->heap->map][(*ahead & ~BLOCK_MASK) / GRANULE / 64]);
        for (uint32_t k = 0; k < values; k++)
            gc_mark(gc, from[k]);
    }
}

// Whether a large buffer is to be looked at: the mark bit after that of its start says if this cycle did so.
static bool range_wanted(GcHeap *heap, Block *b)
{
    return mark_set(heap, block_cells(b) + GRANULE) || heap->rescan;
}

static bool range_push(VM *vm, MarkRange r)
{
    GcHeap *heap = vm->gc.heap;
    if (heap->range_count == heap->range_capacity) {
        size_t wanted = heap->range_capacity ? heap->range_capacity * 2 : 16;
        MarkRange *p = mem_realloc(vm, heap->ranges, heap->range_capacity * sizeof *p, wanted * sizeof *p);
        if (!p)
            return false;
        heap->ranges = p;
        heap->range_capacity = wanted;
    }
    heap->ranges[heap->range_count++] = r;
    return true;
}

bool gc_mark_wanted(Gc *gc, void *buffer)
{
    Block *b = block_of(buffer);
    return b->size_class != CLASS_LARGE || range_wanted(gc->heap, b);
}

void mark_forget(VM *vm, Block *b)
{
    GcHeap *heap = vm->gc.heap;
    const char *start = block_cells(b);
    size_t kept = 0;
    for (size_t i = 0; i < heap->range_count; i++) {
        const char *at = (const char *)heap->ranges[i].next;
        if (at < start || at >= start + b->large_size)
            heap->ranges[kept++] = heap->ranges[i];
    }
    heap->range_count = kept;
    if (mark_test(heap, start))
        heap->marked_bytes -= b->large_size;
}

void gc_mark_part(Gc *gc, void *buffer, const Value *first, size_t count, unsigned stride, unsigned values)
{
    const Value *end = first + count * stride;
    bool large = count && block_of(buffer)->size_class == CLASS_LARGE;
    if (!large || !range_push(vm_of_gc(gc), (MarkRange){first, end, stride, values}))
        mark_piece(gc, first, end, stride, values);
}

void gc_mark_entries(Gc *gc, void *buffer, const Value *first, size_t count, unsigned stride, unsigned values)
{
    if (count && gc_mark_wanted(gc, buffer))
        gc_mark_part(gc, buffer, first, count, stride, values);
}

bool gc_is_marked(Gc *gc, const void *o)
{
    return mark_test(gc->heap, o);
}

static void mark_instance(Gc *gc, Object *o)
{
    Instance *x = (Instance *)o;
    Shape *s = o->shape;
    if (s->dict_mode) {
        gc_mark(gc, x->extra);
        gc_mark_range(gc, x->slots, s->type->slots_declared);
        return;
    }
    uint32_t inline_count = s->slot_count < s->inline_slots ? s->slot_count : s->inline_slots;
    gc_mark_range(gc, x->slots, inline_count);
    if (s->slot_count > s->inline_slots && x->extra) {
        gc_mark_buffer(gc, (void *)x->extra);
        gc_mark_range(gc, (Value *)x->extra, s->slot_count - s->inline_slots);
    }
}

static void mark_children(VM *vm, Object *o)
{
    Gc *gc = &vm->gc;
    Shape *shape = o->shape;
    gc->heap->work += block_of(o)->cell_size + 16;
    gc_mark_object(gc, (Object *)shape);
    if (shape->kind == KIND_OBJECT) {
        mark_instance(gc, o);
        return;
    }
    const TypeOps *ops = shape->type->ops;
    if (ops->mark)
        ops->mark(gc, o);
    if (shape->type->flags & TYPE_EXTRA && shape->type->flags & TYPE_HEAP) {
        Value *extra = object_extra(o);
        if (extra)
            gc_mark(gc, *extra);
    }
    if (shape->type->slots_declared)
        gc_mark_range(gc, member_place(o, 0), shape->type->slots_declared);
}

// ---------------------------------------------------------------- the stack

static void range_piece(Gc *gc)
{
    GcHeap *heap = gc->heap;
    MarkRange *r = &heap->ranges[heap->range_count - 1];
    MarkRange piece = *r;
    if ((size_t)(piece.end - piece.next) > (size_t)RANGE_PIECE * piece.stride) {
        piece.end = piece.next + RANGE_PIECE * piece.stride;
        r->next = piece.end;
    } else {
        heap->range_count--;
    }
    heap->work += (size_t)(piece.end - piece.next) * sizeof(Value);
    mark_piece(gc, piece.next, piece.end, piece.stride, piece.values);
}

// An object that was stored into while it was black, or that only natives know: they fill it without barriers, so it is
// looked at until the end.
static void mark_pending(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    uintptr_t entry = (uintptr_t)heap->pending[--heap->pending_count];
    Object *o = (Object *)(entry & ~(HELD | WHOLE));
    heap->rescan = entry & (HELD | WHOLE);
    mark_new(heap, o);
    mark_children(vm, o);
    heap->rescan = false;
    if (entry & HELD)
        again_push(vm, o, HELD);
}

bool mark_drain(VM *vm, size_t work)
{
    GcHeap *heap = vm->gc.heap;
    size_t start = heap->work;
    while (heap->work - start < work) {
        if (heap->stack_count) {
            size_t top = --heap->stack_count;
            if (top >= 4)
                __builtin_prefetch(heap->stack[top - 4]);
            mark_children(vm, heap->stack[top]);
        } else if (heap->range_count)
            range_piece(&vm->gc);
        else if (heap->pending_count)
            mark_pending(vm);
        else
            return true;
    }
    return false;
}

static void remark_after_overflow(void *context, Object *o)
{
    if (mark_test(((VM *)context)->gc.heap, o))
        mark_children(context, o);
}

void mark_drain_all(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    mark_drain(vm, SIZE_MAX);
    while (heap->stack_overflow) {
        heap->stack_overflow = false;
        heap_each_object(vm, remark_after_overflow, vm);
        mark_drain(vm, SIZE_MAX);
    }
}

// ---------------------------------------------------------------- barriers

// A black object that was stored into becomes white and waits to be looked at once more. White, it passes this test
// only once however often it is stored into.
static void whiten(Gc *gc, Object *owner, uintptr_t tag)
{
    GcHeap *heap = gc->heap;
    if (!mark_test(heap, owner) || !again_push(vm_of_gc(gc), owner, tag))
        return;
    mark_clear(heap, owner);
    heap->marked_bytes -= cell_bytes(owner);
}

void gc_barrier_slow(Gc *gc, Object *owner) { whiten(gc, owner, WHOLE); }
void gc_barrier_replaced_slow(Gc *gc, Object *owner) { whiten(gc, owner, 0); }

void gc_barrier_value_slow(Gc *gc, Object *owner, const void *buffer, Value v)
{
    if (block_of(buffer)->size_class == CLASS_LARGE)
        gc_mark(gc, v);
    else
        gc_barrier_slow(gc, owner);
}

void mark_again(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    Object **objects = heap->pending; // empty by now: the two change places
    size_t capacity = heap->pending_capacity;
    heap->pending = heap->again;
    heap->pending_count = heap->again_count;
    heap->pending_capacity = heap->again_capacity;
    heap->again = objects;
    heap->again_count = 0;
    heap->again_capacity = capacity;
}

// ---------------------------------------------------------------- roots

static void mark_word(VM *vm, uintptr_t word)
{
    bool is_buffer;
    if (word >> 48)
        return;
    void *p = heap_find(vm->gc.heap, word, &is_buffer);
    if (p && !is_buffer)
        gc_mark_again(&vm->gc, p); // marked or not: a native may be filling it
}

static bool waits_in_again(const GcHeap *heap, const void *p)
{
    for (size_t i = 0; i < heap->again_count; i++)
        if (((uintptr_t)heap->again[i] & ~(HELD | WHOLE)) == (uintptr_t)p)
            return true;
    return false;
}

// After all else is marked: what is not, and was not stored into either, is known to natives alone.
static void mark_held_word(VM *vm, uintptr_t word)
{
    bool is_buffer;
    GcHeap *heap = vm->gc.heap;
    void *p = word >> 48 ? NULL : heap_find(heap, word, &is_buffer);
    if (!p || is_buffer)
        return;
    if (!mark_test(heap, p) && !waits_in_again(heap, p))
        again_push(vm, p, HELD);
    gc_mark_again(&vm->gc, p);
}

// A buffer that only the stack still knows: the compiler kept a pointer into it and dropped its owner. What it holds
// may still be read, so it is scanned as the stack is.
static void mark_stray_buffer(VM *vm, uintptr_t word)
{
    bool is_buffer;
    if (word >> 48)
        return;
    uintptr_t *p = heap_find(vm->gc.heap, word, &is_buffer);
    if (!p || !is_buffer || mark_test(vm->gc.heap, p))
        return;
    gc_mark_buffer(&vm->gc, p);
    size_t words = cell_bytes(p) / sizeof *p;
    for (size_t i = 0; i < words; i++)
        mark_word(vm, p[i]);
}

__attribute__((no_sanitize("address"), noinline)) static void
scan_words(VM *vm, const uintptr_t *p, const uintptr_t *end, void (*visit)(VM *, uintptr_t))
{
    for (; p < end; p++)
        visit(vm, *p);
}

__attribute__((noinline, no_sanitize("address"))) static void scan_c_stack(VM *vm, void (*visit)(VM *, uintptr_t))
{
    uintptr_t registers[16] = {0};
    __builtin_unwind_init();
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    registers[0] = here;
    uintptr_t low = (uintptr_t)registers < here ? (uintptr_t)registers : here;
    if (vm->gc.stack_from)
        low = (uintptr_t)vm->gc.stack_from;
    low &= ~(uintptr_t)7;
    if (vm->gc.stack_base)
        scan_words(vm, (uintptr_t *)low, (uintptr_t *)vm->gc.stack_base, visit);
}

void mark_c_stack(VM *vm) { scan_c_stack(vm, mark_held_word); }
void mark_stray_buffers(VM *vm) { scan_c_stack(vm, mark_stray_buffer); }

void mark_vm_stacks(VM *vm, bool clear_rest)
{
    for (StackSegment *s = vm->segment; s; s = s->previous) {
        Value *top = s == vm->segment ? frame_top(vm, vm->frame) : s->used;
        if (!top || top < s->words || top > s->words + s->capacity)
            top = s->words;
        Value *end = s->words + s->capacity, *scan_end = top + 64 < end ? top + 64 : end;
        scan_words(vm, (uintptr_t *)s->words, (uintptr_t *)scan_end, mark_word);
        // What is above is dead; cleared, so that no later frame shows it to a later collection.
        if (clear_rest && s == vm->segment)
            memset(scan_end, 0, (size_t)((char *)end - (char *)scan_end));
    }
}

void mark_roots(VM *vm)
{
    Gc *gc = &vm->gc;
    gc_mark(gc, vm->error);
    for (int i = 0; i < KIND_COUNT; i++)
        gc_mark_object(gc, (Object *)vm->types[i]);
    for (int i = 0; i < EXC_COUNT; i++)
        gc_mark_object(gc, (Object *)vm->exc[i]);
    for (uint32_t i = 0; i < vm->other_count; i++)
        gc_mark_object(gc, (Object *)vm->other_types[i]);
    for (int i = 0; i < NAME_COUNT; i++)
        gc_mark_object(gc, (Object *)vm->names[i]);
    gc_mark_object(gc, (Object *)vm->empty_str);
    gc_mark_range(gc, vm->latin1, 256);
    gc_mark(gc, vm->empty_tuple);
    gc_mark(gc, vm->empty_bytes);
    gc_mark(gc, vm->empty_frozenset);
    gc_mark_object(gc, (Object *)vm->builtins);
    gc_mark_object(gc, (Object *)vm->modules);
    gc_mark(gc, vm->sys_module);
    gc_mark(gc, vm->memory_error);
    gc_mark(gc, vm->asyncgen_firstiter);
    gc_mark(gc, vm->asyncgen_finalizer);
    gc_mark(gc, vm->context);
    gc_mark_range(gc, vm->roots, sizeof vm->roots / sizeof vm->roots[0]);
    for (Pin *p = vm->pins; p; p = p->next)
        gc_mark(gc, p->value);
    for (Frame *f = vm->frame; f; f = f->caller)
        frame_mark_owner(gc, f);
    for (size_t i = 0; i < gc->heap->due_count; i++)
        gc_mark_object(gc, gc->heap->due[i]);
    for (size_t i = 0; i < gc->heap->dead_count; i++)
        gc_mark_object(gc, (Object *)gc->heap->dead_refs[i]);
    if (vm->hooks.mark)
        vm->hooks.mark(vm, gc);
}
