// SPDX-License-Identifier: MIT
//
// Scheduler: what asyncio keeps for one VM beside its loops: which loop runs, the types and exception classes in C, the
// task that an interrupt cancels. One object, made at first use, reached through host->loop, kept alive by a root.
#ifndef AIOLOS_RUNTIME_SCHEDULER_H
#define AIOLOS_RUNTIME_SCHEDULER_H

#include <stdatomic.h>

#include "runtime/host/host.h"
#include "runtime/loop/loop.h"

struct Generator;

typedef struct Scheduler {
    Object base;
    EventLoop *running;         // the loop inside run_forever, NULL none
    Value current_loop;         // set_event_loop(); VALUE_NONE: none
    Value policy;               // set_event_loop_policy(); VALUE_EMPTY: none
    bool loop_was_set;          // get_event_loop() makes a loop only before the first set_event_loop()
    struct Generator *driver;   // chain root a running task resumes: an await asks whether it is run by its task
    uint64_t task_number;       // of the next default name
    Shape *task_shape, *future_shape, *sleep_shape, *handle_shape, *operation_shape;
    Type *task_type, *future_type;
    Type *cancelled_error, *invalid_state_error, *queue_empty, *queue_full, *queue_shut_down, *broken_barrier,
        *deadlock_error;
    Type *abstract_loop, *loop_type; // AbstractEventLoop, for isinstance(); the class of new loops
    Value registered;           // names tasks that are no Task objects (asyncio._register_task), VALUE_EMPTY: none
    Value copy_context;         // _contextvars.copy_context, VALUE_EMPTY before its first use
    Value report;               // module asyncio._report
    Value coroutine_class;      // collections.abc.Coroutine, for objects that are none of ours
    struct Task *main_task;     // cancelled by the first interrupt while a Runner is active
    uint32_t interrupts;        // taken by that task
    uint32_t unretrieved;       // failed futures whose exception nobody asked for yet
    Str *name_cancel, *name_done_callback, *name_blocking, *name_loop, *name_get_loop, *name_result, *name_exception,
        *name_set_name,
        *name_context, *name_name, *name_eager_start, *name_aclose;
    Str *io_names[32];          // methods of protocols, interned at first use: runtime/io/io_names.h
} Scheduler;

static inline Scheduler *sched_of(VM *vm) { return host_of(vm)->loop; }

// Makes the scheduler and its types once. False: error pending. Called by the module _asyncio and by run_main.
bool scheduler_start(VM *vm);

// ---- exceptions of asyncio
Value raise_class(VM *vm, Type *cls, const char *text /* or NULL */);
Value raise_cancelled(VM *vm, Value message /* VALUE_EMPTY or VALUE_NONE: none */);
bool error_is_class(VM *vm, Type *cls);
bool error_ends_loop(VM *vm); // the pending error is KeyboardInterrupt, SystemExit or BudgetError

// ---- contexts: VALUE_EMPTY stands for an empty context that does not exist yet
Value context_copy(VM *vm, bool *ok);
Value context_object(VM *vm, Value *slot); // the Context of a slot, made when it is VALUE_EMPTY

// ---- modules in the language behind rare paths
Value import_by_name(VM *vm, const char *name);                       // VALUE_EMPTY: error
Value attribute_named(VM *vm, Value o, const char *name);              // object_getattr with a C string
Value report_call(VM *vm, const char *function, const Value *args, int nargs); // function of asyncio._report

// ---- interrupts: the first one cancels a running main task, any other is KeyboardInterrupt
bool scheduler_takes_interrupt(VM *vm); // the next one will cancel the main task
bool scheduler_interrupt(VM *vm);       // hook of the VM, called at safepoints. False: error pending

// Main programs with top-level await, and the end of a VM (main.c). scheduler_install sets the hooks of the host.
void scheduler_install(Host *host);
bool scheduler_run_main(VM *vm, Value coroutine, Value *result);
void scheduler_shutdown(VM *vm);

// The running loop, or an error like get_running_loop(). NULL: error pending.
EventLoop *running_loop(VM *vm);
// get_event_loop(): the running one, else the current one, made on demand as long as none was ever set.
EventLoop *default_loop(VM *vm);

#endif
