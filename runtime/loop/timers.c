// SPDX-License-Identifier: MIT
//
// The loop's timers: a binary heap ordered by deadline, with the sift rules of Python's heapq module, so that equal
// deadlines leave it in the same order as they do there. Cancelled entries are skipped when they surface; when more
// than half of a large heap is cancelled they are dropped and the heap is rebuilt.

#include "loop.h"

#include "runtime/tasks/task.h"
#include "vm/core/limits.h"

#define SMALL_HEAP 100

// A moved entry may come from where the collector did not look yet.
static inline void put(VM *vm, TimerEntry *heap, uint32_t index, TimerEntry e)
{
    heap[index] = e;
    gc_shade(vm, from_object(e.target));
}

// Moves the entry at `index` up to its place, not above `start`.
static void sift_down(VM *vm, TimerEntry *heap, uint32_t start, uint32_t index)
{
    TimerEntry e = heap[index];
    while (index > start) {
        uint32_t parent = (index - 1) >> 1;
        if (!(e.when < heap[parent].when))
            break;
        put(vm, heap, index, heap[parent]);
        index = parent;
    }
    put(vm, heap, index, e);
}

// Moves the smaller child up until a leaf is free, then places the entry from there.
static void sift_up(VM *vm, TimerEntry *heap, uint32_t count, uint32_t index)
{
    TimerEntry e = heap[index];
    uint32_t start = index, child = 2 * index + 1;
    while (child < count) {
        uint32_t right = child + 1;
        if (right < count && !(heap[child].when < heap[right].when))
            child = right;
        put(vm, heap, index, heap[child]);
        index = child;
        child = 2 * index + 1;
    }
    put(vm, heap, index, e);
    sift_down(vm, heap, start, index);
}

bool timers_push(VM *vm, EventLoop *loop, double when, Object *target)
{
    uint32_t limit = host_of(vm)->timer_limit;
    if (unlikely(limit && loop->timer_count - loop->timer_cancelled >= limit))
        return (limits_raise_count(vm, "timers", limit), false);
    if (loop->timer_count == loop->timer_capacity) {
        uint32_t wanted = loop->timer_capacity ? loop->timer_capacity * 2 : 16;
        TimerEntry *p = wanted > loop->timer_capacity ? gc_buffer_resize(vm, loop->timers,
            loop->timer_capacity * sizeof *p, wanted * sizeof *p) : NULL;
        if (!p)
            return vm->error ? false : (raise_memory(vm), false);
        loop->timers = p;
        loop->timer_capacity = wanted;
        gc_barrier_replaced(vm, loop);
    }
    loop->timers[loop->timer_count] = (TimerEntry){when, target};
    gc_shade(vm, from_object(target));
    sift_down(vm, loop->timers, 0, loop->timer_count++);
    return true;
}

static TimerEntry pop(VM *vm, EventLoop *loop)
{
    TimerEntry last = loop->timers[--loop->timer_count];
    if (!loop->timer_count)
        return last;
    TimerEntry first = loop->timers[0];
    put(vm, loop->timers, 0, last);
    sift_up(vm, loop->timers, loop->timer_count, 0);
    return first;
}

static bool is_dead(const Object *target)
{
    if (target->shape->type->def != &sleep_def)
        return ((const Handle *)target)->cancelled;
    uint8_t state = ((const Sleep *)target)->state;
    return state != SLEEP_ARMED && state != SLEEP_CANCELLED;
}

static void left_heap(Object *target)
{
    if (target->shape->type->def == &sleep_def)
        ((Sleep *)target)->in_heap = false;
    else
        ((Handle *)target)->scheduled = false;
}

void timer_was_cancelled(EventLoop *loop) { loop->timer_cancelled++; }

void timers_drop_cancelled(VM *vm, EventLoop *loop)
{
    if (loop->timer_count > SMALL_HEAP && (uint64_t)loop->timer_cancelled * 2 > loop->timer_count) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < loop->timer_count; i++) {
            if (is_dead(loop->timers[i].target))
                left_heap(loop->timers[i].target);
            else
                put(vm, loop->timers, kept++, loop->timers[i]);
        }
        loop->timer_count = kept;
        loop->timer_cancelled = 0;
        for (uint32_t i = kept / 2; i-- > 0;)
            sift_up(vm, loop->timers, kept, i);
        return;
    }
    while (loop->timer_count && is_dead(loop->timers[0].target)) {
        if (loop->timer_cancelled)
            loop->timer_cancelled--;
        left_heap(pop(vm, loop).target);
    }
}

bool timers_take_due(VM *vm, EventLoop *loop, double end)
{
    while (loop->timer_count && loop->timers[0].when < end) {
        Object *target = pop(vm, loop).target;
        left_heap(target);
        if (is_dead(target)) {
            if (loop->timer_cancelled)
                loop->timer_cancelled--;
            continue;
        }
        if (!loop_push(vm, loop, from_object(target), VALUE_EMPTY))
            return false;
    }
    return true;
}
