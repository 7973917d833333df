// SPDX-License-Identifier: MIT
//
// Lock, Event, Semaphore and the queues, in C. Each keeps the futures of those who wait in the order they came.
#ifndef AIOLOS_RUNTIME_SYNC_H
#define AIOLOS_RUNTIME_SYNC_H

#include "future.h"

// Futures in order of arrival: a ring in a GC buffer.
typedef struct Waiters {
    Value *items;
    uint32_t head, count, capacity;
} Waiters;

bool waiters_push(VM *vm, Object *owner, Waiters *w, Value future);
bool waiters_remove(Waiters *w, Value future); // false: was not there
Value waiters_pop(Waiters *w);                 // VALUE_EMPTY: none
static inline Value waiters_at(const Waiters *w, uint32_t i) { return w->items[(w->head + i) & (w->capacity - 1)]; }
void waiters_mark(Gc *gc, const Waiters *w);
bool waiters_wake_all(VM *vm, Waiters *w, Value result); // those that still wait
// The loop a primitive is used with: the running one, the same each time. NULL: error pending.
EventLoop *bound_loop(VM *vm, Value self, EventLoop **slot);

extern const TypeDef lock_def, event_def, semaphore_def, bounded_semaphore_def, queue_def, lifo_queue_def,
    priority_queue_def;
// For reports (inspect.h): the task that holds a Lock, NULL: none; a semaphore's value; what a Queue holds.
struct Task *lock_owner(Value lock);
int64_t semaphore_count(Value semaphore);
typedef struct QueueCounts {
    int64_t size, limit /* 0: none */, unfinished;
} QueueCounts;
QueueCounts queue_counts(Value queue);
bool sync_start(VM *vm); // registers the types once
#endif
