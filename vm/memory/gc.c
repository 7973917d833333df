// SPDX-License-Identifier: MIT
//
// The collector: incremental mark, weak references, finalizers.
//
// A cycle: clear marks, grey the roots and the VM stacks, mark in steps paid for by allocation, then one atomic finish
// (scan C stack and VM stacks again, drain, weak tables, finalizers) and lazy sweep. Barrier: a store into a black
// object greys it again (gc_barrier_slow), so fresh objects, which are allocated white, need no barrier. C stacks are
// scanned only in the finish: an object that a native is still filling is then found there and marked with what it
// holds.

#include "heap.h"

#include "vm/core/error.h"
#include "vm/core/protocol.h"
#include "vm/core/type.h"
#include "vm/interp/frame.h"
#include "vm/types/function.h"
#include "vm/types/generator.h"
#include "vm/types/list.h"

#define MARK_RATIO 8            // bytes marked per byte allocated
#define STEP_BYTES (16 * 1024)  // allocation between steps
#define MIN_THRESHOLD ((size_t)8 << 20)

// ---------------------------------------------------------------- marking

static void stack_push(VM *vm, Object *o)
{
    GcHeap *heap = vm->gc.heap;
    if (!vector_push(vm, (void ***)&heap->stack, &heap->stack_count, &heap->stack_capacity, o))
        heap->stack_overflow = true; // the finish walks the heap for objects whose children were not pushed
}

void gc_mark_object(Gc *gc, Object *o)
{
#ifdef AIOLOS_POISON
    if (o && !o->shape)
        __builtin_trap(); // a live object refers to a freed one: a missing mark or barrier
#endif
    if (o && mark_set(o))
        stack_push(vm_of_gc(gc), o);
}

void gc_mark_buffer(Gc *gc, void *buffer)
{
    if (!buffer || !mark_set(buffer))
        return;
    Block *b = block_of(buffer);
    gc->heap->marked_bytes += b->size_class == CLASS_LARGE ? b->large_size : b->cell_size;
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

bool gc_is_marked(Gc *gc, const void *o)
{
    (void)gc;
    return mark_test(o);
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
    Block *b = block_of(o);
    gc->heap->marked_bytes += b->size_class == CLASS_LARGE ? b->large_size : b->cell_size;
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

// Marks from the stack until about `bytes` are done. True when nothing is left.
static bool drain(VM *vm, size_t bytes)
{
    GcHeap *heap = vm->gc.heap;
    size_t start = heap->marked_bytes;
    while (heap->stack_count) {
        if (heap->marked_bytes - start >= bytes)
            return false;
        mark_children(vm, heap->stack[--heap->stack_count]);
    }
    return true;
}

// A black object that was stored into becomes white and waits for the finish, where it is looked at once more. White,
// it passes this test only once however often it is stored into.
void gc_barrier_slow(Gc *gc, Object *owner)
{
    VM *vm = vm_of_gc(gc);
    GcHeap *heap = gc->heap;
    if (!mark_test(owner))
        return;
    if (vector_push(vm, (void ***)&heap->again, &heap->again_count, &heap->again_capacity, owner))
        mark_clear(owner);
    else
        heap->stack_overflow = true; // the finish walks all marked objects
}

static void mark_again(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    while (heap->again_count)
        gc_mark_object(&vm->gc, heap->again[--heap->again_count]);
}

// ---------------------------------------------------------------- roots

static void mark_word(VM *vm, uintptr_t word)
{
    bool is_buffer;
    if (word >> 48)
        return;
    void *p = heap_find(vm->gc.heap, word, &is_buffer);
    if (!p || is_buffer)
        return;
    // Marked or not, it is scanned (again): a native may be filling it without barriers.
    mark_set(p);
    stack_push(vm, p);
}

// A buffer that only the stack still knows: the compiler kept a pointer into it and dropped its owner. What it holds
// may still be read, so it is scanned as the stack is.
static void mark_stray_buffer(VM *vm, uintptr_t word)
{
    bool is_buffer;
    if (word >> 48)
        return;
    uintptr_t *p = heap_find(vm->gc.heap, word, &is_buffer);
    if (!p || !is_buffer || mark_test(p))
        return;
    gc_mark_buffer(&vm->gc, p);
    Block *b = block_of(p);
    size_t words = (b->size_class == CLASS_LARGE ? b->large_size : b->cell_size) / sizeof *p;
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

static void scan_vm_stacks(VM *vm, bool clear_rest)
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

static void mark_roots(VM *vm)
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

// ---------------------------------------------------------------- after marking

static void clear_weakrefs(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    for (WeakRef **p = &heap->weakrefs; *p;) {
        WeakRef *r = *p;
        if (!mark_test(r)) {
            *p = r->next;
            continue;
        }
        if (is_object(r->referent) && r->referent && !mark_test(as_object(r->referent))) {
            r->referent = VALUE_EMPTY;
            *p = r->next;
            if (!is_none(r->callback) && r->callback)
                vector_push(vm, (void ***)&heap->dead_refs, &heap->dead_count, &heap->dead_capacity, r);
            continue;
        }
        p = &r->next;
    }
}

// A coroutine that knows its origin and was never awaited.
static bool is_forgotten(const Generator *g)
{
    return g->state == GENERATOR_CREATED && !g->warned && g->more && g->more->origin;
}

// A generator has something to finish only while it is suspended.
static bool needs_finalizing(Object *o)
{
    Kind k = kind_of(o);
    return k < KIND_GENERATOR || k > KIND_ASYNC_GENERATOR || ((Generator *)o)->state == GENERATOR_SUSPENDED ||
           is_forgotten((Generator *)o);
}

// Objects with __del__ that died are kept alive for it, once.
static bool resurrect_finalizable(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    size_t kept = 0, before = heap->due_count;
    for (size_t i = 0; i < heap->finalizer_count; i++) {
        Object *o = heap->finalizers[i];
        if (!mark_test(o) && !needs_finalizing(o))
            continue;
        if (mark_test(o) || !vector_push(vm, (void ***)&heap->due, &heap->due_count, &heap->due_capacity, o))
            heap->finalizers[kept++] = o;
    }
    heap->finalizer_count = kept;
    for (size_t i = before; i < heap->due_count; i++)
        gc_mark_object(&vm->gc, heap->due[i]);
    return heap->due_count > before;
}

static void remark_after_overflow(void *context, Object *o)
{
    if (mark_test(o))
        mark_children(context, o);
}

static void drain_all(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    drain(vm, SIZE_MAX);
    while (heap->stack_overflow) {
        heap->stack_overflow = false;
        gc_each_object(vm, remark_after_overflow, vm);
        drain(vm, SIZE_MAX);
    }
}

static void cycle_start(VM *vm)
{
    Gc *gc = &vm->gc;
    memset(vm->spares, 0, sizeof vm->spares); // they are garbage like any other
    heap_sweep_all(vm);
    heap_clear_marks(vm);
    gc->marking = true;
    gc->heap->marked_bytes = 0;
    gc->heap->stack_count = gc->heap->again_count = 0;
    gc->heap->debt = 0;
    mark_roots(vm);
    scan_vm_stacks(vm, false);
}

static void cycle_finish(VM *vm)
{
    Gc *gc = &vm->gc;
    mark_roots(vm);
    scan_vm_stacks(vm, true);
    scan_c_stack(vm, mark_word);
    mark_again(vm);
    drain_all(vm);
    scan_c_stack(vm, mark_stray_buffer);
    drain_all(vm);
    if (resurrect_finalizable(vm)) {
        clear_weakrefs(vm);
        drain_all(vm);
    }
    clear_weakrefs(vm);
    vm_sweep_weak_tables(vm);
    gc->marking = false;
    heap_begin_sweep(vm);
    gc->live = gc->heap->marked_bytes;
    gc->threshold = gc->live + gc->live * 2 / 5;
    if (gc->threshold < MIN_THRESHOLD)
        gc->threshold = MIN_THRESHOLD;
    if (gc->cap && gc->threshold > gc->cap)
        gc->threshold = gc->cap;
    gc->collections++;
    if (gc->heap->due_count || gc->heap->dead_count)
        vm_request_attention(vm, ATTENTION_GC);
}

size_t gc_collect(VM *vm)
{
    Gc *gc = &vm->gc;
    if (gc->busy)
        return 0;
    gc->busy = true;
    size_t before = gc->live;
    if (gc->marking) // what that cycle has seen alive may have died since
        cycle_finish(vm);
    cycle_start(vm);
    cycle_finish(vm);
    gc->busy = false;
    vm_charge_bytes(vm, before);
    vm_charge(vm, 64);
    return before > gc->live ? before - gc->live : 0;
}

void gc_on_allocation(VM *vm, size_t bytes)
{
    Gc *gc = &vm->gc;
    if (gc->busy || gc->disabled)
        return;
    if (gc->stress) {
        gc_collect(vm);
        return;
    }
    if (gc->marking) {
        if (gc->heap->debt + bytes < STEP_BYTES)
            return;
        gc->busy = true;
        size_t work = (gc->heap->debt + bytes) * MARK_RATIO;
        gc->heap->debt = 0;
        if (drain(vm, work))
            cycle_finish(vm);
        gc->busy = false;
    } else if (gc->live + bytes > gc->threshold) {
        gc->busy = true;
        cycle_start(vm);
        gc->busy = false;
    }
}

bool gc_emergency(VM *vm)
{
    if (vm->gc.busy)
        return false;
    gc_collect(vm);
    gc_collect(vm);
    heap_sweep_all(vm);
    return true;
}

// ---------------------------------------------------------------- finalizers and weak references

bool gc_add_finalizer(VM *vm, Object *o)
{
    GcHeap *heap = vm->gc.heap;
    if (vector_push(vm, (void ***)&heap->finalizers, &heap->finalizer_count, &heap->finalizer_capacity, o))
        return true;
    raise_memory(vm);
    return false;
}

void gc_add_weakref(VM *vm, WeakRef *ref)
{
    ref->next = vm->gc.heap->weakrefs;
    vm->gc.heap->weakrefs = ref;
}

static void report(VM *vm, Value where)
{
    Value e = error_take(vm);
    if (vm->hooks.unraisable)
        vm->hooks.unraisable(vm, e, where);
    vm->error = VALUE_EMPTY;
}

void gc_run_finalizers(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    if (heap->running_due)
        return;
    Value pending = vm->error;
    vm->error = VALUE_EMPTY;
    heap->running_due = true;
    while (heap->dead_count) {
        WeakRef *r = heap->dead_refs[--heap->dead_count];
        if (!call1(vm, r->callback, from_object(r)))
            report(vm, r->callback);
    }
    for (size_t i = 0; i < heap->due_count; i++) { // oldest first; they stay roots until all are done
        Value o = from_object(heap->due[i]);
        if (is_generator_like(o)) {
            Generator *g = as_generator(o);
            if (is_forgotten(g)) {
                if (vm->hooks.never_awaited)
                    vm->hooks.never_awaited(vm, g);
                g->warned = true;
                continue;
            }
            bool async = has_kind(o, KIND_ASYNC_GENERATOR);
            bool ok = async ? call1(vm, g->more->finalizer, o) != VALUE_EMPTY : g->delegated || generator_close(vm, g);
            if (!ok)
                report(vm, o);
            continue;
        }
        Value del = type_special(vm, type_of(vm, o), SPECIAL___del__);
        if (del && !call1(vm, del, o))
            report(vm, del);
    }
    heap->due_count = 0;
    heap->running_due = false;
    vm->error = pending;
}
