// SPDX-License-Identifier: MIT
//
// Task: a coroutine that the loop runs. See task.c for the step and cancel.c for the cancel protocol.
#ifndef AIOLOS_RUNTIME_TASK_H
#define AIOLOS_RUNTIME_TASK_H

#include "future.h"

// Schedules the first step. name: Str, or VALUE_NONE for Task-N; context VALUE_EMPTY: copies the current one.
Task *task_new(VM *vm, EventLoop *loop, Value coro, Value name, Value context);
// loop.create_task(), honouring a subclass that overrides it. Keyword values may be VALUE_EMPTY.
Value loop_create_task(VM *vm, EventLoop *loop, Value coro, Value name, Value context, Value eager_start);
// BaseEventLoop.create_task(): through the task factory when there is one.
Value loop_make_task(VM *vm, EventLoop *loop, Value coro, Value name, Value context, Value eager_start);
// What the ready ring does with a task: goes on after what it waited for, or raises `error` in it (VALUE_EMPTY: none).
// False: an exception that ends the loop is pending.
bool task_run(VM *vm, Task *task, Value error);
bool task_start_eagerly(VM *vm, Task *task);
// cancel(): true when the request was taken. *failed: an error of a script is pending.
bool task_cancel(VM *vm, Task *task, Value message, bool *failed);
// uncancel(): takes one request back; what is left. The last one also takes back a CancelledError that was not raised
// yet.
unsigned task_uncancel(Task *task);
// ensure_future() for any awaitable. loop NULL: the default one. VALUE_EMPTY: error pending.
Value ensure_future(VM *vm, Value awaitable, EventLoop *loop);
bool is_coroutine_like(VM *vm, Value v, bool *failed); // asyncio.iscoroutine
Str *task_name(VM *vm, Task *task);
EventLoop *future_loop_of(VM *vm, Value f); // loop of a future-like object when it is one of ours; NULL: other or error

// ---- sleep (sleep.c) What asyncio.sleep() returns. It is a coroutine to scripts. Waiting directly under a task it
// needs no Future: the timer heap holds the Sleep, the Sleep holds the task.
enum { SLEEP_NEW, SLEEP_YIELDED, SLEEP_ARMED, SLEEP_FIRED, SLEEP_CANCELLED, SLEEP_FUTURE, SLEEP_DONE };
typedef struct Sleep {
    Object base;
    union {
        double delay;  // NEW
        Value target;  // ARMED, FIRED: the Task; FUTURE: the Future that stands in under another driver
    };
    Value result;      // CANCELLED: the message
    uint8_t state;
    bool in_heap;      // a timer entry names it
    bool owned;        // it is the coroutine of a task
} Sleep;
extern const TypeDef sleep_def;
static inline bool is_sleep(VM *vm, Value v) { return is_type_def(vm, v, &sleep_def); }
static inline Sleep *as_sleep(Value v) { return (Sleep *)as_object(v); }
Value sleep_new(VM *vm, Value delay, Value result); // VALUE_EMPTY: TypeError pending
bool sleep_arm(VM *vm, Sleep *s, Task *task);      // the awaiting task is `task`: sets the timer
bool sleep_fire(VM *vm, Sleep *s);                 // its time has come
bool sleep_cancel(VM *vm, Sleep *s, Value message);// true: it was waiting and the task is woken
void sleep_leave(VM *vm, Sleep *s);                // its task goes on by an error: the timer is no longer needed

// ---- operations (operation.c)
// A coroutine in C: Lock.acquire(), Queue.get() ... It runs when awaited: `step` is called at first and again each time
// the future it waits for is done, or with `thrown` when an exception (pending) is raised in it. It returns a value, an
// error, or sets op->waiter and *pending.
typedef struct Operation Operation;
typedef struct OperationKind {
    const char *name; // qualified, for repr
    Value (*step)(VM *vm, Operation *op, bool thrown, bool *pending);
} OperationKind;
struct Operation {
    Object base;
    const OperationKind *kind;
    Value owner, argument;
    Value waiter;     // the Future it waits for
    uint8_t state;    // 0 new, 1 waiting, 2 done
    uint8_t stage;    // for step
};
extern const TypeDef operation_def;
static inline bool is_operation(VM *vm, Value v) { return is_type_def(vm, v, &operation_def); }
Value operation_new(VM *vm, const OperationKind *kind, Value owner, Value argument);
// Waits for a new future of `loop`, kept in op->waiter. NULL: error.
Future *operation_wait(VM *vm, Operation *op, EventLoop *loop, bool *pending);
// What the waiter gave: its value, or VALUE_EMPTY with the error pending (also when thrown).
Value operation_outcome(VM *vm, Operation *op, bool thrown);
// One step of a Sleep or an Operation as a task's whole coroutine. Status as generator_resume.
int awaitable_resume(VM *vm, Value self, Value sent, Value *result);

#endif
