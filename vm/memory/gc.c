// SPDX-License-Identifier: MIT
//
// The cycle of the collector, in steps that allocation pays for.
//
// Grey the roots and the VM stacks, mark in steps; when nothing is grey, look at the roots, the stacks and the
// objects stored into since again, until that is little; then one atomic finish does it for the last time. From there
// on it is known what is dead. New objects are black now, while weak references and finalizers are gone through, what
// __del__ may want is marked, and what needs finalizing is swept, all in steps; the rest is swept lazily.
//
// Barrier: a store into a black object greys it again (gc_barrier_slow), so fresh objects, which are white while
// marking, need none.

#include "heap.h"

#include "vm/core/error.h"
#include "vm/core/limits.h"

#define MARK_RATIO 12                      // work of marking per byte allocated
#define STEP_BYTES (16 * 1024)             // allocation between steps
#define STEP_WORK ((size_t)1 << 20)        // most that a step marks
#define STEP_OBJECTS 4096                  // finalizers, weak references looked at by a step
#define STEP_BLOCKS 16                     // blocks swept by a step
#define LITTLE_WORK ((size_t)256 << 10)    // a round that did no more is followed by the finish
#define MOST_ROUNDS 8
#define LEAST_GROWTH ((size_t)8 << 20)     // allocation between the end of a cycle and the start of the next

static void cycle_start(VM *vm)
{
    Gc *gc = &vm->gc;
    GcHeap *heap = gc->heap;
    memset(vm->spares, 0, sizeof vm->spares); // they are garbage like any other
    heap_sweep_all(vm);
    heap->runs_map = heap->map; // all of the other one is clear: the sweep saw to that
    heap->map ^= 1;
    gc->marking = true;
    heap->phase = GC_MARK;
    heap->marked_bytes = heap->work = 0;
    heap->stack_count = heap->again_count = heap->pending_count = heap->range_count = 0;
    heap->rounds = 0;
    heap->round_work = 0;
    heap->natives_seen = true;
    mark_roots(vm);
    mark_vm_stacks(vm, false);
}

static void set_threshold(Gc *gc)
{
    gc->live = gc->heap->marked_bytes;
    size_t more = gc->live * 3 / 10;
    gc->threshold = gc->live + (more > LEAST_GROWTH ? more : LEAST_GROWTH);
    if (gc->cap && gc->threshold > gc->cap)
        gc->threshold = gc->cap;
}

static void mark_finish(VM *vm)
{
    Gc *gc = &vm->gc;
    GcHeap *heap = gc->heap;
    mark_drain_all(vm);
    mark_again(vm);
    mark_roots(vm);
    mark_vm_stacks(vm, true);
    mark_drain_all(vm);
    mark_c_stack(vm);
    mark_drain_all(vm);
    mark_stray_buffers(vm);
    mark_drain_all(vm);
    memset(vm->spares, 0, sizeof vm->spares); // what became one meanwhile is dead
    gc->marking = false;
    set_threshold(gc);
    gc->collections++;
    heap_allocate_black(vm);
    heap->finalizer_at = heap->finalizer_kept = 0;
    heap->phase = GC_DEAD_FINALIZERS;
}

// Everything grey was looked at. Is there little left to look at again? A round is the roots and stacks of the VM and
// what was stored into; then the C stack, where what is not marked by now is known to natives alone.
static bool settled(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    if (!heap->natives_seen) {
        heap->natives_seen = true;
        mark_c_stack(vm);
        return false;
    }
    size_t done = heap->work - heap->round_work;
    if (heap->rounds && (done < LITTLE_WORK || heap->rounds >= MOST_ROUNDS))
        return true;
    heap->rounds++;
    heap->round_work = heap->work;
    heap->natives_seen = false;
    mark_roots(vm);
    mark_vm_stacks(vm, false);
    mark_again(vm);
    return false;
}

static void due_is_ready(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    heap->due_ready = heap->due_count;
    if (heap->due_count || heap->dead_count)
        vm_request_attention(vm, ATTENTION_GC);
}

// One step of the phases that know what is dead.
static void bury_step(VM *vm, size_t work)
{
    GcHeap *heap = vm->gc.heap;
    heap_blacken(vm);
    switch (heap->phase) {
    case GC_DEAD_FINALIZERS:
        if (!finalizers_step(vm, work == SIZE_MAX ? work : STEP_OBJECTS))
            return;
        heap->weakref_at = &heap->weakrefs;
        heap->phase = GC_DEAD_WEAKREFS;
        return;
    case GC_DEAD_WEAKREFS:
        if (weakrefs_step(vm, work == SIZE_MAX ? work : STEP_OBJECTS))
            heap->phase = GC_RESURRECT;
        return;
    case GC_RESURRECT:
        if (!mark_drain(vm, work))
            return;
        mark_drain_all(vm); // after an overflow
        vm_sweep_weak_tables(vm);
        due_is_ready(vm);
        heap_rewind_sweep(vm, SPACE_FINAL);
        heap->phase = GC_SWEEP_FINAL;
        return;
    case GC_SWEEP_FINAL:
        if (!heap_sweep_final_step(vm, work == SIZE_MAX ? work : STEP_BLOCKS))
            return;
        heap->sweep_at = &heap->large;
        heap->phase = GC_SWEEP_LARGE;
        return;
    default:
        if (heap_sweep_large_step(vm, work == SIZE_MAX ? work : STEP_BLOCKS)) {
            heap_begin_sweep(vm);
            heap->phase = GC_SWEEP;
        }
        return;
    }
}

static void cycle_step(VM *vm, size_t allocated)
{
    GcHeap *heap = vm->gc.heap;
    size_t work = allocated < STEP_WORK / MARK_RATIO ? allocated * MARK_RATIO : STEP_WORK;
    switch (heap->phase) {
    case GC_IDLE: return;
    case GC_SWEEP:
        if (heap_sweep_step(vm, vm->gc.live > vm->gc.threshold ? 4 * STEP_BLOCKS : STEP_BLOCKS / 2))
            heap->phase = GC_IDLE;
        return;
    case GC_MARK:
        if (mark_drain(vm, work) && settled(vm))
            mark_finish(vm);
        return;
    default: bury_step(vm, work);
    }
}

void gc_complete(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    bool busy = vm->gc.busy;
    vm->gc.busy = true;
    if (heap->phase == GC_MARK)
        mark_finish(vm);
    while (heap->phase > GC_MARK)
        bury_step(vm, SIZE_MAX);
    vm->gc.busy = busy;
}

void gc_settle(VM *vm)
{
    if (vm->gc.heap->phase > GC_MARK)
        gc_complete(vm);
}

void gc_keep(VM *vm, Object *o)
{
    GcPhase phase = vm->gc.heap->phase;
    if (unlikely(phase >= GC_MARK && phase <= GC_RESURRECT))
        gc_mark_object(&vm->gc, o);
}

size_t gc_collect(VM *vm)
{
    Gc *gc = &vm->gc;
    if (gc->busy)
        return 0;
    gc->busy = true;
    size_t before = gc->live;
    gc_complete(vm); // what that cycle has seen alive may have died since
    cycle_start(vm);
    gc_complete(vm);
    gc->busy = false;
    vm_charge_bytes(vm, before);
    vm_charge(vm, 64);
    return before > gc->live ? before - gc->live : 0;
}

// ---------------------------------------------------------------- driven by allocation

// Processor time: what others on the machine do is no pause of ours.
static double now(VM *vm) { return vm->hooks.clock_thread ? vm->hooks.clock_thread(vm->hooks.context) : 0; }

static void count_pause(VM *vm, double start)
{
    Gc *gc = &vm->gc;
    double seconds = now(vm) - start;
    int bucket = 0;
    for (double limit = 20e-6; seconds > limit && bucket < GC_PAUSES - 1; limit *= 2)
        bucket++;
    gc->pauses[bucket]++;
    if (seconds > gc->longest_pause)
        gc->longest_pause = seconds;
}

void gc_on_allocation(VM *vm, size_t bytes)
{
    Gc *gc = &vm->gc;
    GcHeap *heap = gc->heap;
    if (gc->busy || gc->disabled)
        return;
    if (gc->stress) {
        gc_collect(vm);
        return;
    }
    bool start = heap->phase == GC_IDLE && gc->live + bytes > gc->threshold;
    if (!start && (heap->phase == GC_IDLE || heap->debt + bytes < STEP_BYTES))
        return;
    double since = now(vm);
    gc->busy = true;
    if (start)
        cycle_start(vm);
    else
        cycle_step(vm, heap->debt + bytes);
    heap->debt = 0;
    gc->busy = false;
    count_pause(vm, since);
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
