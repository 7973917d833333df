// SPDX-License-Identifier: MIT
//
// EventLoop: the ready ring, the timer heap, the tasks it owns, and the turn that runs them.
//
// The ring is one FIFO of {target, argument}: a Task to step, a Handle to call, a Sleep whose time has come, or an
// internal callback (a gather whose child is done). One turn runs what was ready at its start, so that the interleaving
// of tasks and callbacks equals that of CPython's pure-Python loop. Timers are a binary heap of {when, target} ordered
// by `when` alone with heapq's algorithm: equal deadlines come out in the same order as there. A cancelled timer stays
// in the heap until it surfaces or until half of a large heap is cancelled.
//
// Everything that is pushed or moved is shaded for the collector (gc_shade), so the loop object itself needs no
// barrier.
#ifndef AIOLOS_RUNTIME_LOOP_H
#define AIOLOS_RUNTIME_LOOP_H

#include "vm/core/native.h"

struct Task;
struct Backend;

typedef struct ReadyEntry {
    Value target;
    Value argument; // Task: exception to raise in it; internal callbacks: the future that is done; else VALUE_EMPTY
} ReadyEntry;

typedef struct TimerEntry {
    double when;    // loop time, seconds
    Object *target; // TimerHandle or Sleep
} TimerEntry;

// What is kept of a task for those who look inside; its place is that of the task in EventLoop.tasks.
typedef struct TaskRecord {
    uint32_t born;           // when it was made, hundredths of a second of the loop's coarse clock
    uint32_t steps;          // how often it was resumed
} TaskRecord;

typedef struct EventLoop {
    Object base;
    ReadyEntry *ready;       // GC buffer, a ring of ready_capacity (a power of two)
    uint32_t ready_head, ready_count, ready_capacity;
    uint32_t timer_count, timer_capacity, timer_cancelled;
    TimerEntry *timers;      // GC buffer
    struct Task **tasks;     // GC buffer: the tasks that are not done; Task.index is the place here
    TaskRecord *records;     // GC buffer beside tasks
    uint32_t task_count, task_capacity;
    struct Task *current;    // running task, NULL none
    Value foreign_task;      // running task of another kind (asyncio._enter_task), VALUE_EMPTY none
    Value exception_handler; // VALUE_NONE: the default one
    Value task_factory;      // VALUE_NONE: none
    struct Backend *backend; // libev, made when the loop has to wait for the first time
    struct Workers *workers; // threads for calls that block, made at the first one
    struct IoHandle *handles; // open I/O handles: runtime/io/io_handle.h
    char *scratch;           // what is received goes here first, outside the GC heap; NULL: not made yet
    Gc *gc;                  // of the VM, for what libev calls back
    uint32_t handle_count;
    bool io_touched;         // something was sent or connected: the next turn looks at the descriptors, as in CPython
    double virtual_now;      // own_time: what it said last
    Value slow_callback_duration; // seconds: debug mode warns about steps that take as long
    uint32_t turns;          // since libev was polled last
    bool running, stopping, closed, debug;
    bool factory_takes_name; // the task factory is given the name: those for eager tasks
    bool tracks_origins;     // coroutines keep their origin on behalf of this loop
    uint32_t origin_depth_before;
    bool own_create_task, own_time; // a subclass has methods of its own
    bool asyncgens_shut;     // shutdown_asyncgens was called
    bool executor_shut;
    bool deadlocked;         // ended with DeadlockError: a cancel that comes back in a ring cuts the wait
    Value descriptors;       // dict: descriptor -> watch of add_reader(); VALUE_EMPTY: none yet
    Value attributes;        // of subclasses and scripts
} EventLoop;

// Handle and TimerHandle: one layout.
typedef struct Handle {
    Object base;
    EventLoop *loop;
    Value callback;          // VALUE_NONE once cancelled
    Value arguments;         // Tuple; or the one argument when `single`
    Value context;           // VALUE_EMPTY: an empty one
    double when;             // TimerHandle
    bool single, cancelled, scheduled;
    bool when_is_int;        // call_at() was given a whole number: when() gives one
    Value attributes;
} Handle;

extern const TypeDef event_loop_def, handle_def, timer_handle_def;

// ---- the loop (loop.c)
EventLoop *loop_new(VM *vm, Type *cls);
// Appends to the ready ring. False: MemoryError pending.
bool loop_push_slow(VM *vm, EventLoop *loop);
static inline void gc_shade(VM *vm, Value v)
{
    if (unlikely(vm->gc.marking))
        gc_mark(&vm->gc, v);
}
static inline bool loop_push(VM *vm, EventLoop *loop, Value target, Value argument)
{
    if (unlikely(loop->ready_count == loop->ready_capacity) && !loop_push_slow(vm, loop))
        return false;
    ReadyEntry *e = &loop->ready[(loop->ready_head + loop->ready_count++) & (loop->ready_capacity - 1)];
    e->target = target;
    e->argument = argument;
    gc_shade(vm, target);
    gc_shade(vm, argument);
    return true;
}
double loop_time(VM *vm, EventLoop *loop); // seconds of the loop's clock
// Runs turns until stop() is called. False: an exception (KeyboardInterrupt, SystemExit, no memory) is pending.
bool loop_run_forever(VM *vm, EventLoop *loop);
// Runs until `future` is done and gives its result. VALUE_EMPTY: error pending.
Value loop_run_until_complete(VM *vm, EventLoop *loop, Value future);
bool loop_close(VM *vm, EventLoop *loop);
// False: "Event loop is closed" is pending.
bool loop_check_open(VM *vm, EventLoop *loop);
bool loop_check_callback(VM *vm, Value callback, const char *method);
// Calls the exception handler with a context made of `message` and pairs (name, value) ending with NULL.
// False: SystemExit or KeyboardInterrupt left it.
bool loop_call_exception_handler(VM *vm, EventLoop *loop, Value message, ...);
Value loop_bound_method(VM *vm, EventLoop *loop, const char *name);
void loop_release(VM *vm, EventLoop *loop);  // closes what is outside the GC heap
// Room of LOOP_SCRATCH bytes to receive into. NULL: MemoryError pending.
#define LOOP_SCRATCH (256 * 1024)
char *loop_scratch(VM *vm, EventLoop *loop);
void loop_wake(EventLoop *loop);             // from any thread: ends a wait

// ---- owned tasks (loop.c)
bool loop_add_task(VM *vm, EventLoop *loop, struct Task *task);
void loop_remove_task(VM *vm, EventLoop *loop, struct Task *task);

// ---- timers (timers.c)
bool timers_push(VM *vm, EventLoop *loop, double when, Object *target);
void timers_drop_cancelled(VM *vm, EventLoop *loop);
// Moves what is due before `end` to the ready ring. False: no memory.
bool timers_take_due(VM *vm, EventLoop *loop, double end);
void timer_was_cancelled(EventLoop *loop); // one entry of the heap is dead now

// ---- handles (handle.c)
Handle *handle_new(VM *vm, EventLoop *loop, const TypeDef *def, Value callback, Value arguments, bool single,
    Value context);
bool handle_run(VM *vm, Handle *handle); // false: an exception that ends the loop is pending
void handle_cancel(VM *vm, Handle *handle);
Value loop_call_soon(VM *vm, EventLoop *loop, Value callback, Value arguments, Value context);

#endif
