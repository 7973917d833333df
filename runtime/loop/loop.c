// SPDX-License-Identifier: MIT
//
// The loop at work: the ready ring, the turn, waiting, running until something is done. See loop.h for the invariants.
//
// A turn takes what the timers have due, then runs exactly what is ready at that moment. libev is asked only when
// nothing is ready, or after a slice of turns when descriptors are watched: a turn that cannot find I/O costs no system
// call.

#include "loop.h"

#include <math.h>
#include <time.h>

#include "ev_adapter.h"
#include "runtime/io/io_handle.h"
#include "runtime/tasks/deadlock.h"
#include "runtime/tasks/debug.h"
#include "runtime/tasks/gather.h"
#include "runtime/tasks/group.h"
#include "runtime/tasks/task.h"
#include "schedule.h"
#include "vm/core/limits.h"
#include "vm/core/type.h"
#include "workers.h"

#define SMALL_RING 1024         // entries of a ring that was shrunk,
#define LARGE_RING 65536        // ... and of one that may be
#define POLL_TURNS 64           // with something always ready, descriptors are looked at every so many turns
#define CLOCK_RESOLUTION 1e-9
#define LONGEST_WAIT 86400.0

// ---------------------------------------------------------------- life

// Whether the class of the loop has another method of this name than BaseEventLoop.
static bool overrides(VM *vm, EventLoop *loop, const char *text)
{
    Type *t = loop->base.shape->type;
    Str *name = t == sched_of(vm)->loop_type ? NULL : str_intern_text(vm, text, strlen(text));
    return name && type_lookup(vm, t, name) != type_lookup(vm, t->native_base, name);
}

EventLoop *loop_new(VM *vm, Type *cls)
{
    EventLoop *loop = type_alloc(vm, cls, 0);
    if (!loop)
        return NULL;
    loop->exception_handler = loop->task_factory = VALUE_NONE;
    loop->slow_callback_duration = from_double(0.1);
    loop->debug = host_of(vm)->flags & (AIOLOS_DEV_MODE | AIOLOS_ASYNC_DEBUG);
    loop->own_create_task = overrides(vm, loop, "create_task");
    loop->own_time = overrides(vm, loop, "time");
    return loop;
}

void loop_release(VM *vm, EventLoop *loop)
{
    workers_close(loop->workers);
    loop->workers = NULL;
    if (loop->scratch)
        mem_realloc(vm, loop->scratch, LOOP_SCRATCH, 0);
    loop->scratch = NULL;
    backend_free(loop->backend);
    loop->backend = NULL;
}

char *loop_scratch(VM *vm, EventLoop *loop)
{
    if (!loop->scratch && !(loop->scratch = mem_realloc(vm, NULL, 0, LOOP_SCRATCH)) && !vm->error)
        raise_memory(vm);
    return loop->scratch;
}

// Pending tasks are let go: their finalizers tell about those that are destroyed.
static bool drop_tasks(VM *vm, EventLoop *loop)
{
    while (loop->task_count) {
        Task *t = loop->tasks[loop->task_count - 1];
        loop_remove_task(vm, loop, t);
        if (!(t->flags & FUTURE_QUIET) && !gc_add_finalizer(vm, &t->base))
            return false;
    }
    return true;
}

bool loop_close(VM *vm, EventLoop *loop)
{
    if (loop->running)
        return (raise_runtime(vm, "Cannot close a running event loop"), false);
    if (loop->closed)
        return true;
    loop->closed = true;
    loop->executor_shut = true;
    loop->ready_head = loop->ready_count = 0;
    loop->timer_count = loop->timer_cancelled = 0;
    io_drop_all(loop);
    loop_release(vm, loop);
    return drop_tasks(vm, loop);
}

bool loop_check_open(VM *vm, EventLoop *loop)
{
    if (likely(!loop->closed))
        return true;
    raise_runtime(vm, "Event loop is closed");
    return false;
}

bool loop_check_callback(VM *vm, Value callback, const char *method)
{
    bool failed = false;
    if (is_coroutine_like(vm, callback, &failed) ||
        (is_function(callback) && as_function(callback)->code->flags & CODE_COROUTINE)) {
        raise_type(vm, "coroutines cannot be used with %s()", method);
        return false;
    }
    if (failed)
        return false;
    if (is_callable(vm, callback))
        return true;
    raise_type(vm, "a callable object was expected by %s(), got %R", method, callback);
    return false;
}

// ---------------------------------------------------------------- ready ring and owned tasks

bool loop_push_slow(VM *vm, EventLoop *loop)
{
    uint32_t old = loop->ready_capacity, wanted = old ? old * 2 : 16;
    ReadyEntry *p = wanted > old ? gc_buffer(vm, wanted * sizeof *p) : NULL;
    if (!p)
        return vm->error ? false : (raise_memory(vm), false);
    for (uint32_t i = 0; i < loop->ready_count; i++)
        p[i] = loop->ready[(loop->ready_head + i) & (old - 1)];
    loop->ready = p;
    loop->ready_capacity = wanted;
    loop->ready_head = 0;
    gc_barrier_replaced(vm, loop);
    return true;
}

static bool grow_tasks(VM *vm, EventLoop *loop)
{
    uint32_t old = loop->task_capacity, wanted = old ? old * 2 : 16;
    if (wanted <= old)
        return (raise_memory(vm), false);
    Task **tasks = gc_buffer_resize(vm, loop->tasks, old * sizeof *tasks, wanted * sizeof *tasks);
    if (!tasks)
        return false;
    loop->tasks = tasks; // the old buffer is gone
    gc_barrier_replaced(vm, loop);
    TaskRecord *records = gc_buffer_resize(vm, loop->records, old * sizeof *records, wanted * sizeof *records);
    if (!records)
        return false;
    loop->records = records;
    loop->task_capacity = wanted;
    gc_barrier_replaced(vm, loop);
    return true;
}

// A ring that a burst needed is given back after it: growing again is little beside what so many entries do.
static void shrink_ring(VM *vm, EventLoop *loop)
{
    uint32_t wanted = SMALL_RING, old = loop->ready_capacity;
    while (wanted < loop->ready_count * 2)
        wanted *= 2;
    ReadyEntry *p = gc_buffer(vm, wanted * sizeof *p);
    if (!p) {
        error_clear(vm);
        return;
    }
    for (uint32_t i = 0; i < loop->ready_count; i++)
        p[i] = loop->ready[(loop->ready_head + i) & (old - 1)];
    gc_buffer_free(vm, loop->ready, old * sizeof *p);
    loop->ready = p;
    loop->ready_capacity = wanted;
    loop->ready_head = 0;
    gc_barrier_replaced(vm, loop);
}

bool loop_add_task(VM *vm, EventLoop *loop, Task *task)
{
    uint32_t limit = host_of(vm)->task_limit;
    if (unlikely(limit && loop->task_count >= limit))
        return (limits_raise_count(vm, "tasks", limit), false);
    if (loop->task_count == loop->task_capacity && !grow_tasks(vm, loop))
        return false;
    loop->records[loop->task_count] = (TaskRecord){.born = clock_coarse(vm)};
    task->index = loop->task_count;
    loop->tasks[loop->task_count++] = task;
    gc_shade(vm, from_object(task));
    return true;
}

void loop_remove_task(VM *vm, EventLoop *loop, Task *task)
{
    uint32_t i = task->index;
    if (i >= loop->task_count || loop->tasks[i] != task)
        return;
    Task *last = loop->tasks[--loop->task_count];
    loop->tasks[i] = last;
    loop->records[i] = loop->records[loop->task_count];
    gc_shade(vm, from_object(last)); // it may have come from where the collector did not look yet
    last->index = i;
}

// ---------------------------------------------------------------- time and waiting

// The clock of a subclass. What it raises is left to the next caller that can tell; meanwhile no time passes.
static double scripted_time(VM *vm, EventLoop *loop)
{
    Value error = vm->error;
    vm->error = VALUE_EMPTY;
    Value method = loop_bound_method(vm, loop, "time"), now = method ? call0(vm, method) : VALUE_EMPTY;
    if (now && object_as_double(vm, now, &loop->virtual_now))
        vm->error = error;
    return loop->virtual_now;
}

double loop_time(VM *vm, EventLoop *loop)
{
    if (unlikely(loop->own_time))
        return scripted_time(vm, loop);
    struct timespec t;
    if (likely(!clock_read(&host_of(vm)->clock, CLOCK_MONOTONIC, &t)))
        return sys_machine_time();
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

Backend *loop_backend(VM *vm, EventLoop *loop)
{
    if (!loop->backend && !(loop->backend = backend_new(sys_wake_fd(vm))))
        raise_exc(vm, EXC_OSError, "cannot make an event loop backend");
    return loop->backend;
}

void loop_wake(EventLoop *loop)
{
    if (loop && loop->backend)
        backend_wake(loop->backend);
}

static bool pending_attention(VM *vm)
{
    return atomic_load(&vm->attention) & (ATTENTION_INTERRUPT | ATTENTION_POLL | ATTENTION_STOP);
}

// Something outside the loop may make it go on.
static bool may_be_woken(VM *vm, EventLoop *loop)
{
    return loop_wakers(loop) > 0 || atomic_load(&host_of(vm)->wakers) > 0;
}

static bool wait_outside(VM *vm, EventLoop *loop, double seconds)
{
    bool is_virtual = host_of(vm)->clock.is_virtual;
    double now = sys_machine_time(), left = limits_wake(vm) - now;
    if (left < seconds || (seconds < 0 && !isinf(left)))
        seconds = left > 0 ? left : 0;
    backend_wait(loop->backend, pending_attention(vm) ? 0 : seconds);
    if (unlikely(is_virtual) && seconds != 0) {
        double passed = sys_machine_time() - now;
        clock_passed(vm, seconds > 0 && passed > seconds ? seconds : passed);
    }
    return !vm->error && (!loop->workers || workers_collect(vm, loop->workers));
}

// Waits for I/O, the next deadline or a wake-up.
static bool wait(VM *vm, EventLoop *loop)
{
    bool timed = loop->timer_count && !clock_never(vm, loop->timers[0].when);
    double seconds = -1;
    if (loop->ready_count || loop->stopping) {
        seconds = 0;
    } else if (timed) {
        seconds = loop->timers[0].when - loop_time(vm, loop);
        bool jumps = !may_be_woken(vm, loop) && !loop->own_time;
        if (seconds <= 0 || (jumps && clock_jump(vm, loop->timers[0].when)))
            return true;
        if (seconds > LONGEST_WAIT)
            seconds = LONGEST_WAIT;
    } else if (!may_be_woken(vm, loop) && !(host_of(vm)->flags & AIOLOS_NO_DEADLOCK_REPORT)) {
        return pending_attention(vm) || deadlock_check(vm, loop);
    }
    if (seconds == 0 && !loop->backend)
        return true;
    return loop_backend(vm, loop) && wait_outside(vm, loop, seconds);
}

// ---------------------------------------------------------------- a turn

static bool run_entry(VM *vm, ReadyEntry e)
{
    Scheduler *s = sched_of(vm);
    Object *o = as_object(e.target);
    if (likely(o->shape == s->task_shape))
        return task_run(vm, (Task *)o, e.argument);
    if (o->shape == s->handle_shape)
        return handle_run(vm, (Handle *)o);
    if (o->shape == s->sleep_shape)
        return sleep_fire(vm, (Sleep *)o);
    const TypeDef *def = o->shape->type->def;
    if (def == &gather_def)
        return gather_child_done(vm, (Future *)o, as_future(e.argument));
    if (def == &task_group_def)
        return group_child_done(vm, o, as_future(e.argument));
    if (def == &task_def)
        return task_run(vm, (Task *)o, e.argument);
    if (def == &handle_def || def == &timer_handle_def)
        return handle_run(vm, (Handle *)o);
    IoHandle *h = (IoHandle *)o;
    return h->kind->run(vm, h, (int)as_small(e.argument));
}

// In debug mode.
static bool run_timed(VM *vm, EventLoop *loop, ReadyEntry e)
{
    double start = loop_time(vm, loop);
    return run_entry(vm, e) && debug_report_slow(vm, loop, e.target, loop_time(vm, loop) - start);
}

// What must happen between turns besides: interrupts, what the collector left.
static bool attend(VM *vm, EventLoop *loop)
{
    (void)loop;
    if (unlikely(atomic_load_explicit(&vm->attention, memory_order_relaxed)))
        return vm_tick_slow(vm);
    return true;
}

static bool turn(VM *vm, EventLoop *loop)
{
    if (loop->timer_count)
        timers_drop_cancelled(vm, loop);
    bool idle = !loop->ready_count && !loop->stopping;
    if (idle || loop->io_touched || (loop->backend && ++loop->turns >= POLL_TURNS && loop_wakers(loop))) {
        loop->turns = 0;
        loop->io_touched = false;
        if (!wait(vm, loop))
            return false;
    }
    if (loop->timer_count && !timers_take_due(vm, loop, loop_time(vm, loop) + CLOCK_RESOLUTION))
        return false;
    if (unlikely(!attend(vm, loop)))
        return false;
    Schedule *order = host_of(vm)->schedule;
    if (unlikely(order) && !schedule_begin(vm, order, loop))
        return false;
    for (uint32_t todo = loop->ready_count; todo > 0 && loop->ready_count; todo--) {
        ReadyEntry *slot = &loop->ready[loop->ready_head & (loop->ready_capacity - 1)], e = *slot;
        *slot = (ReadyEntry){0};
        loop->ready_head = (loop->ready_head + 1) & (loop->ready_capacity - 1);
        loop->ready_count--;
        bool ok = likely(!loop->debug) ? run_entry(vm, e) : run_timed(vm, loop, e);
        if (unlikely(!ok))
            return false;
        if (unlikely(order))
            schedule_ran(vm, order, loop, todo - 1);
    }
    if (unlikely(loop->ready_capacity > LARGE_RING) && loop->ready_count < LARGE_RING / 64)
        shrink_ring(vm, loop);
    return true;
}

// ---------------------------------------------------------------- running

static bool check_running(VM *vm, EventLoop *loop)
{
    if (loop->running)
        return (raise_runtime(vm, "This event loop is already running"), false);
    if (sched_of(vm)->running)
        return (raise_runtime(vm, "Cannot run the event loop while another loop is running"), false);
    return true;
}

bool loop_run_forever(VM *vm, EventLoop *loop)
{
    Scheduler *s = sched_of(vm);
    if (!loop_check_open(vm, loop) || !check_running(vm, loop))
        return false;
    Value first = vm->asyncgen_firstiter, last = vm->asyncgen_finalizer;
    Value hooks[2] = {loop_bound_method(vm, loop, "_asyncgen_firstiter_hook"), loop_bound_method(vm, loop,
        "_asyncgen_finalizer_hook")};
    if (!hooks[0] || !hooks[1] || !vm_enter(vm, ""))
        return false;
    vm->asyncgen_firstiter = hooks[0];
    vm->asyncgen_finalizer = hooks[1];
    s->running = loop;
    gc_shade(vm, from_object(loop));
    loop->running = true;
    debug_track_origins(vm, loop);
    bool ok;
    do
        ok = turn(vm, loop);
    while (ok && !loop->stopping);
    loop->stopping = loop->running = false;
    if (unlikely(loop->tracks_origins)) {
        loop->tracks_origins = false;
        vm->origin_depth = loop->origin_depth_before;
    }
    s->running = NULL;
    vm->asyncgen_firstiter = first;
    vm->asyncgen_finalizer = last;
    vm_leave(vm);
    return ok;
}

// The future that run_until_complete waits for is done: stop, unless it ended by what leaves the loop anyway.
static Value stop_callback(VM *vm, Value *a, int n)
{
    (void)n;
    if (is_future(vm, a[0])) {
        Future *f = as_future(a[0]);
        if (f->state == FUTURE_FAILED) {
            Type *t = type_of(vm, future_exception(vm, f));
            if (type_is_subtype(t, vm->exc[EXC_SystemExit]) || type_is_subtype(t, vm->exc[EXC_KeyboardInterrupt]) ||
                type_is_subtype(t, vm->exc[EXC_BudgetError]))
                return VALUE_NONE;
        }
        f->loop->stopping = true;
        return VALUE_NONE;
    }
    EventLoop *loop = future_loop_of(vm, a[0]);
    if (!loop)
        return vm->error ? VALUE_EMPTY : VALUE_NONE;
    loop->stopping = true;
    return VALUE_NONE;
}

static const NativeDef stop_def = {"_run_until_complete_cb(fut)", stop_callback, NULL, NATIVE_RAW, 1, 1};

Value loop_run_until_complete(VM *vm, EventLoop *loop, Value awaitable)
{
    if (!loop_check_open(vm, loop) || !check_running(vm, loop))
        return VALUE_EMPTY;
    int given = is_future_like(vm, awaitable);
    Value future = given < 0 ? VALUE_EMPTY : ensure_future(vm, awaitable, loop);
    Value stop = future ? native_new(vm, &stop_def, VALUE_EMPTY, NULL) : VALUE_EMPTY;
    if (!stop)
        return VALUE_EMPTY;
    bool ours = is_future(vm, future);
    if (ours && !given)
        as_future(future)->flags |= FUTURE_QUIET;
    if (ours ? !future_add_callback(vm, as_future(future), stop, VALUE_NONE) : !call_method(vm, future,
        sched_of(vm)->name_done_callback, &stop, 1))
        return VALUE_EMPTY;
    bool ok = loop_run_forever(vm, loop);
    Future *f = as_future(future);
    if (!ours)
        return ok ? call_method(vm, future, sched_of(vm)->name_result, NULL, 0) : VALUE_EMPTY;
    if (!ok) {
        if (!given && f->state == FUTURE_FAILED)
            future_exception(vm, f); // nobody else can ask for it
        Value error = vm->error;
        vm->error = VALUE_EMPTY;
        future_remove_callback(vm, f, stop);
        vm->error = error;
        return VALUE_EMPTY;
    }
    if (future_remove_callback(vm, f, stop) < 0)
        return VALUE_EMPTY;
    if (!future_done(f))
        return raise_runtime(vm, "Event loop stopped before Future completed.");
    return future_result(vm, f);
}

// ---------------------------------------------------------------- errors nobody waits for

bool loop_call_exception_handler(VM *vm, EventLoop *loop, Value message, ...)
{
    Dict *context = dict_new(vm, 4);
    bool ok = context && message && dict_set_text(vm, context, "message", message);
    va_list args;
    va_start(args, message);
    for (const char *name; ok && (name = va_arg(args, const char *));)
        ok = dict_set_text(vm, context, name, va_arg(args, Value));
    va_end(args);
    Value all = ok ? from_object(context) : VALUE_EMPTY;
    Value name = ok ? from_object(str_intern_text(vm, "call_exception_handler", 22)) : VALUE_EMPTY;
    return name && call_method(vm, from_object(loop), as_str(name), &all, 1) != VALUE_EMPTY;
}
