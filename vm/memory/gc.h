// SPDX-License-Identifier: MIT
//
// The collector: tracing, non-moving, incremental mark and lazy sweep over size-class slabs.
//
// Rules for native code:
//  - Values in local variables and parameters are roots (C stacks are scanned conservatively): nothing to push or pop.
//  - New objects and buffers are zero-filled, so a half-built one may be scanned at any time.
//  - After storing a Value or a buffer into a heap object call gc_barrier(vm, object) (one flag test).
//  - A buffer (gc_buffer) belongs to one object, whose mark function marks it. Re-read its pointer after any call that
//    may run a script: that may have replaced it.
//  - NULL means no memory: MemoryError is already pending, return VALUE_EMPTY.
#ifndef AIOLOS_VM_GC_H
#define AIOLOS_VM_GC_H

#include "vm/core/object.h"

// All memory of a VM goes through one of these. realloc(ctx, ptr, old, 0) frees; ptr NULL allocates. NULL: no memory.
typedef struct Allocator {
    void *(*realloc)(void *context, void *ptr, size_t old_size, size_t new_size);
    void *context;
    size_t zeroed_from; // new memory (ptr NULL) of at least this size comes filled with zeros; 0: none does
} Allocator;

#define GC_CLASSES 28
#define GC_PAUSES 12 // up to 20 us, 40 us, ... 20 ms and above
enum { SPACE_OBJECT, SPACE_FINAL, SPACE_BUFFER, SPACE_COUNT };

struct Gc {
    struct GcRun { char *cursor, *limit; } runs[SPACE_COUNT][GC_CLASSES]; // free cells at hand of each size class
    Allocator allocator;
    size_t bytes;          // taken from the allocator now
    size_t cap;            // 0: none
    size_t peak;
    uint64_t allocations;  // requests to the allocator, for fail-at-N
    uint64_t fail_at;      // the request that fails (0: never)
    bool fail_from;        // ... and all after it
    bool fail_cells;       // objects and buffers count as requests too: see gc_fail_cells
    bool marking;          // incremental mark in progress: barriers are on
    bool stress;           // a full collection at every allocation
    bool busy;             // inside the collector
    bool disabled;         // gc.disable()
    bool reserve_open;     // the last part of the cap may be used: the end is near
    struct GcHeap *heap;
    size_t live;           // bytes in objects: marked at the last collection plus allocated since
    size_t threshold;      // start a cycle when live passes it
    char *stack_from;      // lowest address of the C stack to scan; NULL: from where the collector runs
    char *stack_base;      // highest address of the C stack to scan: set where the host enters
    uint64_t collections;
    uint64_t pauses[GC_PAUSES]; // how many steps took so long
    double longest_pause;       // seconds
};

// A zero-filled object of `size` bytes with its shape set.
void *gc_new(VM *vm, Shape *shape, size_t size);
// Same, but only the first `cleared` bytes (a multiple of 16) are sure to be zero: for objects whose rest holds neither
// Values nor buffers, and is filled at once.
void *gc_new_text(VM *vm, Shape *shape, size_t size, size_t cleared);
void *gc_new_final(VM *vm, Shape *shape, size_t size); // for types with TYPE_FINALIZE
// A zero-filled buffer owned by one object.
void *gc_buffer(VM *vm, size_t size);
// Grows or shrinks a buffer (ptr may be NULL). Old contents are kept, new bytes are zero. The old buffer must not be
// used.
void *gc_buffer_resize(VM *vm, void *ptr, size_t old_size, size_t new_size);
// Gives a buffer back early. Optional: an unmarked buffer is collected anyway.
void gc_buffer_free(VM *vm, void *ptr, size_t size);

// Memory outside the GC heap that still counts against the cap (tables of the VM itself).
void *mem_realloc(VM *vm, void *ptr, size_t old_size, size_t new_size);

void gc_barrier_slow(Gc *gc, Object *owner);
#define gc_barrier(vm, owner) \
    do { \
        if (unlikely((vm)->gc.marking)) \
            gc_barrier_slow(&(vm)->gc, (Object *)(owner)); \
    } while (0)

// Same for a value stored into a buffer of owner that may be large: cheaper to repeat. Not for what moves values.
void gc_barrier_value_slow(Gc *gc, Object *owner, const void *buffer, Value v);
#define gc_barrier_value(vm, owner, buffer, v) \
    do { \
        if (unlikely((vm)->gc.marking)) \
            gc_barrier_value_slow(&(vm)->gc, (Object *)(owner), buffer, v); \
    } while (0)

// Same when the one large buffer in which owner moves values was replaced by a new one, and nothing else.
void gc_barrier_replaced_slow(Gc *gc, Object *owner);
#define gc_barrier_replaced(vm, owner) \
    do { \
        if (unlikely((vm)->gc.marking)) \
            gc_barrier_replaced_slow(&(vm)->gc, (Object *)(owner)); \
    } while (0)

// For mark functions.
void gc_mark_object(Gc *gc, Object *o); // NULL is allowed
void gc_mark_again(Gc *gc, Object *o);  // its children too, even if it is marked
void gc_mark_buffer(Gc *gc, void *buffer); // NULL is allowed
static inline void gc_mark(Gc *gc, Value v)
{
    if (is_object(v) && v)
        gc_mark_object(gc, as_object(v));
}
void gc_mark_range(Gc *gc, const Value *values, size_t count);
// Same for values in `buffer`, a GC buffer or an object, of any length: `count` entries of `stride` words that begin
// with `values` values.
void gc_mark_entries(Gc *gc, void *buffer, const Value *first, size_t count, unsigned stride, unsigned values);
// Same in two steps, for a buffer with several parts: whether they are to be marked, then each of them.
bool gc_mark_wanted(Gc *gc, void *buffer);
void gc_mark_part(Gc *gc, void *buffer, const Value *first, size_t count, unsigned stride, unsigned values);
// True when the object survived the mark phase (for weak tables).
bool gc_is_marked(Gc *gc, const void *o);

// Registers an object whose __del__ must run once it is unreachable. False: no memory.
bool gc_add_finalizer(VM *vm, Object *o);
// Runs the __del__ methods that are due; called at safepoints. Errors go to the unraisable hook.
void gc_run_finalizers(VM *vm);

// Weak references: a WeakRef keeps its referent's address without keeping it alive.
typedef struct WeakRef {
    Object base;
    Value referent;        // VALUE_EMPTY once dead
    Value callback;        // or VALUE_NONE
    int64_t hash;          // -1: not computed
    struct WeakRef *next;  // all weak references of the VM
    Value attributes;
} WeakRef;
void gc_add_weakref(VM *vm, WeakRef *ref);
Value gc_weak_referent(VM *vm, WeakRef *ref); // VALUE_EMPTY: dead
bool gc_weak_usable(VM *vm, WeakRef *ref);    // neither it, known only from a weak table, nor its referent is dead

// Before weak tables are shown to a script: what is dead leaves them.
void gc_settle(VM *vm);
// An object found in a weak table lives on.
void gc_keep(VM *vm, Object *o);

// For tests: from now on fail_at counts every object and buffer, not only what the allocator is asked for.
void gc_fail_cells(VM *vm, uint64_t nth, bool from);

// Memory is short: collects everything there is. False: inside the collector.
bool gc_emergency(VM *vm);
// Full collection now. Returns the number of bytes freed.
size_t gc_collect(VM *vm);

// Calls visit for every live object (census, gc.get_objects). visit must not allocate.
void gc_each_object(VM *vm, void (*visit)(void *context, Object *o), void *context);
bool gc_heap_new(VM *vm);
void gc_heap_free(VM *vm);

// Checked size arithmetic: false when the result does not fit or passes the largest object.
#define MAX_OBJECT_SIZE ((size_t)1 << 46)
static inline bool size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out) && *out <= MAX_OBJECT_SIZE;
}
static inline bool size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out) && *out <= MAX_OBJECT_SIZE;
}

#endif
