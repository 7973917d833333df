// SPDX-License-Identifier: MIT
//
// Weak references and __del__: what is done about the dead, in steps, between the finish of the mark and the sweep.
//
// Meanwhile scripts run on. What is dead cannot be reached any more except through a weak reference that was not looked
// at yet: so asking for its referent goes through gc_weak_referent.

#include "heap.h"

#include "vm/core/error.h"
#include "vm/core/protocol.h"
#include "vm/core/type.h"
#include "vm/types/generator.h"

// ---------------------------------------------------------------- weak references

void gc_add_weakref(VM *vm, WeakRef *ref)
{
    ref->next = vm->gc.heap->weakrefs;
    vm->gc.heap->weakrefs = ref;
}

static bool known_dead(VM *vm, Value v)
{
    GcHeap *heap = vm->gc.heap;
    if (!is_object(v) || mark_test(heap, as_object(v)))
        return false;
    heap_blacken(vm); // it may be new
    return !mark_test(heap, as_object(v));
}

Value gc_weak_referent(VM *vm, WeakRef *ref)
{
    GcPhase phase = vm->gc.heap->phase;
    if (unlikely(phase == GC_DEAD_FINALIZERS || phase == GC_DEAD_WEAKREFS) && ref->referent &&
        known_dead(vm, ref->referent))
        ref->referent = VALUE_EMPTY; // its turn comes in weakrefs_step
    return ref->referent;
}

bool gc_weak_usable(VM *vm, WeakRef *ref)
{
    GcPhase phase = vm->gc.heap->phase;
    if (likely(phase != GC_DEAD_FINALIZERS && phase != GC_DEAD_WEAKREFS))
        return ref->referent;
    return !known_dead(vm, from_object(ref)) && gc_weak_referent(vm, ref);
}

bool weakrefs_step(VM *vm, size_t count)
{
    GcHeap *heap = vm->gc.heap;
    WeakRef **p = heap->weakref_at;
    for (; *p && count; count--) {
        WeakRef *r = *p;
        if (!mark_test(heap, r)) {
            *p = r->next;
        } else if (!r->referent || (is_object(r->referent) && !mark_test(heap, as_object(r->referent)))) {
            r->referent = VALUE_EMPTY;
            *p = r->next;
            if (!is_none(r->callback) && r->callback)
                vector_push(vm, (void ***)&heap->dead_refs, &heap->dead_count, &heap->dead_capacity, r);
        } else {
            p = &r->next;
        }
    }
    heap->weakref_at = p;
    return !*p;
}

// ---------------------------------------------------------------- __del__

bool gc_add_finalizer(VM *vm, Object *o)
{
    GcHeap *heap = vm->gc.heap;
    if (vector_push(vm, (void ***)&heap->finalizers, &heap->finalizer_count, &heap->finalizer_capacity, o))
        return true;
    raise_memory(vm);
    return false;
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

bool finalizers_step(VM *vm, size_t count)
{
    GcHeap *heap = vm->gc.heap;
    for (; heap->finalizer_at < heap->finalizer_count && count; count--) {
        Object *o = heap->finalizers[heap->finalizer_at++];
        bool alive = mark_test(heap, o);
        if (!alive && !needs_finalizing(o))
            continue;
        if (alive || !vector_push(vm, (void ***)&heap->due, &heap->due_count, &heap->due_capacity, o))
            heap->finalizers[heap->finalizer_kept++] = o;
        gc_mark_object(&vm->gc, o); // what it holds is marked after the weak references were looked at
    }
    if (heap->finalizer_at < heap->finalizer_count)
        return false;
    heap->finalizer_count = heap->finalizer_kept;
    return true;
}

static void report(VM *vm, Value where)
{
    Value e = error_take(vm);
    if (vm->hooks.unraisable)
        vm->hooks.unraisable(vm, e, where);
    vm->error = VALUE_EMPTY;
}

static void finalize(VM *vm, Value o)
{
    if (is_generator_like(o)) {
        Generator *g = as_generator(o);
        if (is_forgotten(g)) {
            if (vm->hooks.never_awaited)
                vm->hooks.never_awaited(vm, g);
            g->warned = true;
            return;
        }
        bool async = has_kind(o, KIND_ASYNC_GENERATOR);
        bool ok = async ? call1(vm, g->more->finalizer, o) != VALUE_EMPTY : g->delegated || generator_close(vm, g);
        if (!ok)
            report(vm, o);
        return;
    }
    Value del = type_special(vm, type_of(vm, o), SPECIAL___del__);
    if (del && !call1(vm, del, o))
        report(vm, del);
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
    size_t done = 0;
    for (; done < heap->due_ready; done++) // oldest first; they stay roots until all are done
        finalize(vm, from_object(heap->due[done]));
    heap->due_count -= done;
    if (heap->due_count)
        memmove(heap->due, heap->due + done, heap->due_count * sizeof *heap->due);
    heap->due_ready -= done;
    heap->running_due = false;
    vm->error = pending;
}
