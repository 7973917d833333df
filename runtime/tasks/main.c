// SPDX-License-Identifier: MIT
//
// Programs with top-level await: the module's own coroutine runs as the task "main" of a loop made for it. Afterwards
// what is left of it is wound up as asyncio.run() does: tasks are cancelled, async generators closed, the loop closed.

#include "task.h"

#include "vm/core/type.h"

void scheduler_install(Host *host)
{
    host->run_main = scheduler_run_main;
    host->shutdown = scheduler_shutdown;
}

// Cancels what still runs and closes the loop (asyncio/runners.aio). Keeps a pending error.
static bool wind_up(VM *vm, EventLoop *loop)
{
    Value error = vm->error, self = from_object(loop);
    vm->error = VALUE_EMPTY;
    Value module = import_by_name(vm, "asyncio.runners");
    Value f = module ? attribute_named(vm, module, "_wind_up") : VALUE_EMPTY;
    bool ok = f && call1(vm, f, self);
    if (error)
        vm->error = error;
    return ok && !error;
}


bool scheduler_run_main(VM *vm, Value coroutine, Value *result)
{
    if (!scheduler_start(vm))
        return false;
    Scheduler *s = sched_of(vm);
    EventLoop *loop = loop_new(vm, s->loop_type);
    Str *name = loop ? str_from(vm, "main") : NULL;
    Task *task = name ? task_new(vm, loop, coroutine, from_object(name), VALUE_EMPTY) : NULL;
    if (!task)
        return false;
    Value before = s->current_loop;
    Task *outer = s->main_task;
    s->current_loop = from_object(loop);
    s->main_task = task;
    s->interrupts = 0;
    gc_barrier(vm, s);
    Value v = loop_run_until_complete(vm, loop, from_object(task));
    bool interrupted = s->interrupts > 0;
    s->main_task = outer;
    if (!v && interrupted && error_is_class(vm, s->cancelled_error) && task->cancels <= 1) {
        error_clear(vm);
        raise_args(vm, EXC_KeyboardInterrupt, 0, NULL);
    }
    bool ok = wind_up(vm, loop);
    s->current_loop = before;
    *result = v;
    return v && ok;
}

void scheduler_shutdown(VM *vm)
{
    Scheduler *s = sched_of(vm);
    if (!s)
        return;
    s->running = NULL;
    s->main_task = NULL;
    if (s->unretrieved) { // exceptions nobody asked for are told at the end
        gc_collect(vm);
        gc_run_finalizers(vm);
    }
}
