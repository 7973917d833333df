// SPDX-License-Identifier: MIT
//
// Future: a result to come. Task and the future of gather() begin with the same fields.
//
// `result` holds the value, the exception, or what a cancel left; `waiter` holds who is to be told: nobody, one
// internal waiter (a Task or a gather) inline, or a Callbacks list. Once done, `waiter` is free and keeps the second
// half of the outcome: the traceback of an exception, or the message of a cancel.
#ifndef AIOLOS_RUNTIME_FUTURE_H
#define AIOLOS_RUNTIME_FUTURE_H

#include "scheduler.h"

enum { FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED, FUTURE_FAILED };

#define FUTURE_BLOCKING 1    // was given to the task by an await, not by a bare yield
#define FUTURE_LOG 2         // failed and nobody asked for the exception yet
#define FUTURE_MUST_CANCEL 4 // task: raise CancelledError at the next step
#define FUTURE_QUIET 8       // task: no message when destroyed while pending
#define FUTURE_NATIVE_WAIT 16// task: suspended on an awaitable that is asked again when it is resumed

#define FUTURE_FIELDS \
    Object base; \
    EventLoop *loop; \
    Value result;  /* value; exception; pending task: cancel message; cancelled: CancelledError or VALUE_EMPTY */ \
    Value waiter;  /* pending: VALUE_EMPTY, a Task, a gather, or Callbacks; failed: traceback; cancelled: message */ \
    uint8_t state; \
    uint8_t flags; \
    uint16_t cancels; /* task: cancel() calls minus uncancel() calls */ \
    uint32_t index;   /* task: place in loop->tasks; gather: children that are done */

typedef struct Future {
    FUTURE_FIELDS
    Value attributes;
} Future;

typedef struct Task {
    FUTURE_FIELDS
    Value coro;
    Value waiting;  // a Future, a Sleep; VALUE_EMPTY when ready or running; done: message of a cancel not raised
    Value context;  // VALUE_EMPTY: an empty one
    Value name;     // Str, or the number of a default name
    Value attributes;
} Task;

typedef struct CallbackEntry {
    Value callback; // callable, or an internal waiter when context is VALUE_EMPTY
    Value context;  // VALUE_EMPTY internal; VALUE_NONE an empty context; else a Context
} CallbackEntry;

typedef struct Callbacks {
    Object base;
    uint32_t count, capacity;
    CallbackEntry *entries; // GC buffer
} Callbacks;

extern const TypeDef future_def, task_def, callbacks_def, future_iter_def, gather_def;

static inline bool is_future(VM *vm, Value v)
{
    if (!is_object(v) || !v)
        return false;
    const TypeDef *d = as_object(v)->shape->type->def;
    return d == &future_def || d == &task_def || d == &gather_def;
    (void)vm;
}
static inline bool is_task(VM *vm, Value v) { return is_type_def(vm, v, &task_def); }
static inline Future *as_future(Value v) { return (Future *)as_object(v); }
static inline Task *as_task(Value v) { return (Task *)as_object(v); }
static inline bool future_done(const Future *f) { return f->state != FUTURE_PENDING; }

Future *future_new(VM *vm, EventLoop *loop);
// result(): the value, or the exception raised. The exception counts as retrieved.
Value future_result(VM *vm, Future *f);
// exception(): VALUE_NONE, the exception, or VALUE_EMPTY with CancelledError or InvalidStateError raised.
Value future_exception(VM *vm, Future *f);
bool future_set_result(VM *vm, Future *f, Value v);              // must be pending
bool future_set_exception(VM *vm, Future *f, Value exception);   // an instance
// Cancels a plain future: true when it was pending.
bool future_mark_cancelled(VM *vm, Future *f, Value message);
// cancel() of any future object, overrides of scripts honoured: 1, 0, -1 error.
int future_cancel(VM *vm, Value f, Value message);
// The message of the last request to cancel, VALUE_EMPTY: none.
Value future_message(VM *vm, Future *f);
// A new CancelledError, or the one the cancelled task ended with (once).
Value future_cancelled_error(VM *vm, Future *f);
// Registers a waiter in C (Task, gather, Waiter): told by loop_push(waiter, future) one turn later.
bool future_add_waiter(VM *vm, Future *f, Value waiter);
void future_remove_waiter(Future *f, Value waiter);
// add_done_callback(). context VALUE_EMPTY: an empty one.
bool future_add_callback(VM *vm, Future *f, Value callback, Value context);
int64_t future_remove_callback(VM *vm, Future *f, Value callback); // how many; -1 error
// Moves all callbacks to the ready ring.
bool future_schedule_callbacks(VM *vm, Future *f);
// TypeOps.await of all futures.
Value future_await(VM *vm, Value self, bool *pending);
void future_mark_fields(Gc *gc, Future *f);
Value future_iter(VM *vm, Value self);
Value future_repr(VM *vm, Value self);
// A future-like object (duck typed through _asyncio_future_blocking): 1, 0, -1 error.
int is_future_like(VM *vm, Value v);
// A done future's shortcut for natives.
static inline bool future_release(VM *vm, Future *f, Value v) { return future_done(f) || future_set_result(vm, f, v); }

// Methods and attributes shared by Future, Task and gather (future_type.c).
#define FUTURE_METHODS \
    {"result(self, /)", future_result_method, "Return the result this future represents, or raise its exception.", \
        NATIVE_RAW, 1, 1}, \
    {"exception(self, /)", future_exception_method, "Return the exception that was set, None if there is none.", \
        NATIVE_RAW, 1, 1}, \
    {"done(self, /)", future_done_method, "Return True if the future is done.", NATIVE_RAW, 1, 1}, \
    {"cancelled(self, /)", future_cancelled_method, "Return True if the future was cancelled.", NATIVE_RAW, 1, 1}, \
    {"add_done_callback(self, fn, /, *, context=<unset>)", future_add_callback_method, \
        "Call fn(future) once it is done.", 0, 0, 0}, \
    {"remove_done_callback(self, fn, /)", future_remove_callback_method, \
        "Remove all equal callbacks; return how many.", 0, 0, 0}, \
    {"get_loop(self, /)", future_get_loop_method, "Return the event loop the future is bound to.", NATIVE_RAW, 1, 1}, \
    {"_make_cancelled_error(self, /)", future_make_cancelled_method, NULL, 0, 0, 0}, \
    {"__await__(self, /)", future_await_method, "Return an iterator to be used in await expression.", 0, 0, 0}, \
    {"__del__(self, /)", future_del_method, NULL, 0, 0, 0}, \
    CLASS_GETITEM_METHOD
#define FUTURE_GETSETS \
    {"_state", future_get_state, NULL, NULL}, {"_loop", future_get_loop, NULL, NULL}, {"_callbacks", \
        future_get_callbacks, NULL, NULL}, \
    {"_result", future_get_result, NULL, NULL}, {"_exception", future_get_exception, NULL, NULL}, \
    {"_asyncio_future_blocking", future_get_blocking, future_set_blocking, NULL}, \
    {"_cancel_message", future_get_cancel_message, future_set_cancel_message, NULL}, \
    {"_log_traceback", future_get_log, future_set_log, NULL}, {"_source_traceback", debug_get_source, NULL, NULL}
Value future_result_method(VM *vm, Value *a, int n);
Value future_exception_method(VM *vm, Value *a, int n);
Value future_done_method(VM *vm, Value *a, int n);
Value future_cancelled_method(VM *vm, Value *a, int n);
Value future_add_callback_method(VM *vm, Value *a, int n);
Value future_remove_callback_method(VM *vm, Value *a, int n);
Value future_get_loop_method(VM *vm, Value *a, int n);
Value future_make_cancelled_method(VM *vm, Value *a, int n);
Value future_await_method(VM *vm, Value *a, int n);
Value future_del_method(VM *vm, Value *a, int n);
Value future_get_state(VM *vm, Value self);
Value future_get_loop(VM *vm, Value self);
Value future_get_callbacks(VM *vm, Value self);
Value future_get_result(VM *vm, Value self);
Value future_get_exception(VM *vm, Value self);
Value future_get_blocking(VM *vm, Value self);
bool future_set_blocking(VM *vm, Value self, Value v);
Value future_get_cancel_message(VM *vm, Value self);
bool future_set_cancel_message(VM *vm, Value self, Value v);
Value future_get_log(VM *vm, Value self);
bool future_set_log(VM *vm, Value self, Value v);
Value debug_get_source(VM *vm, Value self); // debug.h

#endif
