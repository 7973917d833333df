// SPDX-License-Identifier: MIT
//
// Task: the step. A task is resumed by the ready ring; what its coroutine then gives decides how it goes on:
//
//   returned, raised     the task is done, its waiters are scheduled
//   a future, pending    the task becomes its waiter
//   a Sleep              the loop's timer heap holds it
//   None                 the task goes to the end of the ready ring (sleep(0), a bare yield)
//   anything else        is an error that is raised in the task one turn later
//
// A task is in the ring at most once. An await of something in C is asked again when the chain is resumed, so no value
// is carried; a coroutine that yielded by hand gets send(None) or throw(). The cancel protocol is at the end.

#include "debug.h"
#include "task.h"

#include "vm/core/type.h"
#include "vm/interp/interp.h"
#include "vm/types/generator.h"

// ---------------------------------------------------------------- making

static bool check_coroutine(VM *vm, Value coro)
{
    if (likely(has_kind(coro, KIND_COROUTINE)))
        return true;
    bool failed = false;
    if (is_coroutine_like(vm, coro, &failed))
        return true;
    if (!failed)
        raise_type(vm, "a coroutine was expected, got %R", coro);
    return false;
}

static bool init_task(VM *vm, Task *t, EventLoop *loop, Value coro, Value name, Value context)
{
    Scheduler *s = sched_of(vm);
    if (unlikely(!check_coroutine(vm, coro)))
        return false;
    t->loop = loop;
    t->coro = coro;
    bool ok = true;
    t->context = context ? context : context_copy(vm, &ok);
    if (is_none(name))
        t->name = from_small((int64_t)++s->task_number);
    else if (is_str(name))
        t->name = name;
    else
        t->name = from_object(object_str(vm, name));
    gc_barrier(vm, t);
    if (has_kind(coro, KIND_COROUTINE))
        as_generator(coro)->warned = true; // it will run, or be cancelled: never "never awaited"
    else if (is_sleep(vm, coro))
        as_sleep(coro)->owned = true;
    if (unlikely(loop->debug) && !debug_note_source(vm, &t->base))
        return false;
    return ok && t->name && loop_add_task(vm, loop, t);
}

Task *task_new(VM *vm, EventLoop *loop, Value coro, Value name, Value context)
{
    Task *t = gc_new(vm, sched_of(vm)->task_shape, sizeof *t);
    if (!t || !init_task(vm, t, loop, coro, name, context) || !loop_push(vm, loop, from_object(t), VALUE_EMPTY))
        return NULL;
    return t;
}

Str *task_name(VM *vm, Task *task)
{
    if (is_small(task->name)) {
        Str *s = str_format(vm, "Task-%lld", (long long)as_small(task->name));
        if (!s)
            return NULL;
        task->name = from_object(s);
        gc_barrier(vm, task);
    }
    return as_str(task->name);
}

// ---------------------------------------------------------------- the end of a task

static void finish(VM *vm, Task *t)
{
    loop_remove_task(vm, t->loop, t);
    t->waiting = t->result; // the message of a request that was not raised stays: gather() shows it
}

static bool finish_cancelled(VM *vm, Task *t, Value exception, Value message)
{
    finish(vm, t);
    bool ok = future_mark_cancelled(vm, (Future *)t, message);
    t->result = exception;
    gc_barrier(vm, t);
    return ok;
}

static bool finish_returned(VM *vm, Task *t, Value v)
{
    if (unlikely(t->flags & FUTURE_MUST_CANCEL)) {
        t->flags &= (uint8_t)~FUTURE_MUST_CANCEL;
        return finish_cancelled(vm, t, VALUE_EMPTY, t->result);
    }
    finish(vm, t);
    return future_set_result(vm, (Future *)t, v);
}

// False: the error goes on through the loop.
static bool finish_raised(VM *vm, Task *t)
{
    bool ends = error_ends_loop(vm);
    bool cancelled = error_is_class(vm, sched_of(vm)->cancelled_error);
    Value e = error_take(vm);
    if (!is_exception(e))
        return false;
    if (cancelled)
        return finish_cancelled(vm, t, e, VALUE_EMPTY);
    finish(vm, t);
    t->result = VALUE_EMPTY;
    if (!future_set_exception(vm, (Future *)t, e))
        return false;
    if (!ends)
        return true;
    vm->error = e;
    vm->error_fresh = false;
    return false;
}

// ---------------------------------------------------------------- what a step gave

// The pending error is raised in the task one turn later.
static bool raise_later(VM *vm, Task *t)
{
    Value e = error_take(vm);
    return e && loop_push(vm, t->loop, from_object(t), e);
}

static bool wait_for_future(VM *vm, Task *t, Future *f)
{
    if (unlikely(f->loop != t->loop)) {
        raise_runtime(vm, "Task %R got Future %R attached to a different loop", from_object(t), from_object(f));
        return raise_later(vm, t);
    }
    if (unlikely(!(f->flags & FUTURE_BLOCKING))) {
        raise_runtime(vm, "yield was used instead of yield from in task %R with %R", from_object(t), from_object(f));
        return raise_later(vm, t);
    }
    if (unlikely((void *)f == (void *)t)) {
        raise_runtime(vm, "Task cannot await on itself: %R", from_object(t));
        return raise_later(vm, t);
    }
    f->flags &= (uint8_t)~FUTURE_BLOCKING;
    if (!future_add_waiter(vm, f, from_object(t)))
        return false;
    t->waiting = from_object(f);
    gc_barrier(vm, t);
    if (likely(!(t->flags & FUTURE_MUST_CANCEL)))
        return true;
    int taken = future_cancel(vm, from_object(f), t->result);
    if (taken > 0)
        t->flags &= (uint8_t)~FUTURE_MUST_CANCEL;
    return taken >= 0;
}

static bool wait_for_sleep(VM *vm, Task *t, Sleep *s)
{
    if (!sleep_arm(vm, s, t))
        return false;
    t->waiting = from_object(s);
    gc_barrier(vm, t);
    if (unlikely(t->flags & FUTURE_MUST_CANCEL) && sleep_cancel(vm, s, t->result))
        t->flags &= (uint8_t)~FUTURE_MUST_CANCEL;
    return true;
}

static Value wakeup_method(VM *vm, Value *a, int n)
{
    (void)n;
    Task *t = as_task(a[0]);
    if (!future_done((Future *)t) && !task_run(vm, t, VALUE_EMPTY))
        return VALUE_EMPTY;
    return VALUE_NONE;
}

// An object that plays a future: told through its own add_done_callback.
static bool wait_for_foreign(VM *vm, Task *t, Value f)
{
    Scheduler *s = sched_of(vm);
    Value blocking = object_getattr(vm, f, s->name_blocking);
    int truth = blocking ? object_truth(vm, blocking) : -1;
    if (truth < 0)
        return raise_later(vm, t);
    if (!truth) {
        raise_runtime(vm, "yield was used instead of yield from in task %R with %R", from_object(t), f);
        return raise_later(vm, t);
    }
    EventLoop *loop = future_loop_of(vm, f);
    if (vm->error)
        return raise_later(vm, t);
    if (loop != t->loop) {
        raise_runtime(vm, "Task %R got Future %R attached to a different loop", from_object(t), f);
        return raise_later(vm, t);
    }
    Value method = object_getattr(vm, f, s->name_done_callback);
    Value wake = method ? attribute_named(vm, from_object(t), "_wakeup") : VALUE_EMPTY;
    Tuple *names = wake ? tuple_new(vm, 1) : NULL;
    if (!names || !object_setattr(vm, f, s->name_blocking, VALUE_FALSE))
        return raise_later(vm, t);
    names->items[0] = from_object(s->name_context);
    Value args[2] = {wake, context_object(vm, &t->context)};
    if (!args[1] || !object_call(vm, method, args, 1, names))
        return raise_later(vm, t);
    t->waiting = f;
    gc_barrier(vm, t);
    if (t->flags & FUTURE_MUST_CANCEL && future_cancel(vm, f, t->result) > 0)
        t->flags &= (uint8_t)~FUTURE_MUST_CANCEL;
    return true;
}

static bool wait_for_other(VM *vm, Task *t, Value v)
{
    int like = is_future_like(vm, v);
    if (like > 0)
        return wait_for_foreign(vm, t, v);
    if (like < 0)
        return raise_later(vm, t);
    if (has_kind(v, KIND_GENERATOR))
        raise_runtime(vm, "yield was used instead of yield from for generator in task %R with %R", from_object(t), v);
    else
        raise_runtime(vm, "Task got bad yield: %R", v);
    return raise_later(vm, t);
}

static bool wait_for(VM *vm, Task *t, Value v)
{
    if (is_none(v))
        return loop_push(vm, t->loop, from_object(t), VALUE_EMPTY);
    if (likely(is_future(vm, v)))
        return wait_for_future(vm, t, as_future(v));
    if (is_sleep(vm, v) && as_sleep(v)->state == SLEEP_NEW)
        return wait_for_sleep(vm, t, as_sleep(v));
    return wait_for_other(vm, t, v);
}

// ---------------------------------------------------------------- the step

// Resumes any object with send() and throw().
static int resume_foreign(VM *vm, Value coro, Value sent, Value *result)
{
    Value error = vm->error;
    vm->error = VALUE_EMPTY;
    if (sent)
        *result = call_method(vm, coro, NAME_OF(vm, send), &sent, 1);
    else
        *result = call_method(vm, coro, NAME_OF(vm, throw), &error, 1);
    if (*result)
        return EXEC_YIELDED;
    if (!error_is(vm, EXC_StopIteration))
        return EXEC_RAISED;
    Value v = exception_get_field(error_take(vm), FIELD_VALUE);
    *result = v ? v : VALUE_NONE;
    return EXEC_RETURNED;
}

static int resume(VM *vm, Task *t, Value sent, Value *result)
{
    Scheduler *s = sched_of(vm);
    struct Generator *outer = s->driver;
    int status;
    if (likely(has_kind(t->coro, KIND_COROUTINE))) {
        s->driver = as_generator(t->coro);
        status = (int)generator_resume(vm, as_generator(t->coro), sent, result);
    } else {
        s->driver = vm->root;
        bool ours = is_sleep(vm, t->coro) || is_operation(vm, t->coro);
        status = (ours ? awaitable_resume : resume_foreign)(vm, t->coro, sent, result);
    }
    s->driver = outer;
    return status;
}

// One step in the task's context. sent VALUE_EMPTY: raises the pending error in it.
static bool step(VM *vm, Task *t, Value sent)
{
    EventLoop *loop = t->loop;
    Value context = vm->context, result = VALUE_EMPTY;
    struct Task *outer = loop->current;
    vm->context = t->context;
    loop->current = t;
    t->waiting = VALUE_EMPTY;
    loop->records[t->index].steps++;
    int status = resume(vm, t, sent, &result);
    loop->current = outer;
    if (unlikely(vm->context != t->context)) { // its first context variable was set
        t->context = vm->context;
        gc_barrier(vm, t);
    }
    vm->context = context;
    switch (status) {
    case EXEC_RETURNED: return finish_returned(vm, t, result);
    case EXEC_RAISED: return finish_raised(vm, t);
    case EXEC_SUSPENDED: t->flags |= FUTURE_NATIVE_WAIT; break;
    default: t->flags &= (uint8_t)~FUTURE_NATIVE_WAIT; break;
    }
    return wait_for(vm, t, result);
}

// Raises the error of the awaited future. False: it has none.
static bool awaited_error(VM *vm, Task *t)
{
    if (!t->waiting)
        return false;
    if (is_future(vm, t->waiting)) {
        Future *f = as_future(t->waiting);
        return (f->state == FUTURE_CANCELLED || f->state == FUTURE_FAILED) && !future_result(vm, f);
    }
    if (is_sleep(vm, t->waiting)) {
        Sleep *s = as_sleep(t->waiting);
        return s->state == SLEEP_CANCELLED && !raise_cancelled(vm, s->result);
    }
    return !call_method(vm, t->waiting, sched_of(vm)->name_result, NULL, 0);
}

bool task_run(VM *vm, Task *t, Value error)
{
    if (unlikely(future_done((Future *)t)))
        return true;
    if (unlikely(t->flags & FUTURE_MUST_CANCEL)) {
        t->flags &= (uint8_t)~FUTURE_MUST_CANCEL;
        Value own = error && type_is_subtype(type_of(vm, error), sched_of(vm)->cancelled_error) ? error : VALUE_EMPTY;
        if (!own && awaited_error(vm, t)) { // a CancelledError of its own comes first
            bool cancelled = error_is_class(vm, sched_of(vm)->cancelled_error);
            Value e = error_take(vm);
            own = cancelled ? e : VALUE_EMPTY;
        }
        error = own ? own : future_cancelled_error(vm, (Future *)t);
        if (!error)
            return false;
    } else if (!error && unlikely(!(t->flags & FUTURE_NATIVE_WAIT)) && awaited_error(vm, t)) { // told by throw()
        return step(vm, t, VALUE_EMPTY);
    }
    if (unlikely(error)) {
        if (t->waiting && is_sleep(vm, t->waiting))
            sleep_leave(vm, as_sleep(t->waiting));
        raise_value_of(vm, error);
        return step(vm, t, VALUE_EMPTY);
    }
    return step(vm, t, VALUE_NONE);
}

// The first step at once, inside whoever creates the task (Python 3.12).
bool task_start_eagerly(VM *vm, Task *t)
{
    return step(vm, t, VALUE_NONE);
}

// ---------------------------------------------------------------- cancelling

// In a loop that ended with DeadlockError tasks may wait for each other in a ring, so that a request would never
// arrive: it is raised where it came back to, and the task no longer waits.
static bool cut_wait(VM *vm, Task *t, Value message)
{
    raise_cancelled(vm, message);
    Value error = error_take(vm);
    if (is_future(vm, t->waiting))
        future_remove_waiter(as_future(t->waiting), from_object(t));
    t->waiting = VALUE_EMPTY;
    return loop_push(vm, t->loop, from_object(t), error);
}

// Edge-triggered: the request goes down to what the task waits for; if nothing there takes it, it is raised at the next
// step. Chains of tasks waiting for tasks are walked in a loop, never by recursion.
bool task_cancel(VM *vm, Task *t, Value message, bool *failed)
{
    if (message && is_none(message))
        message = VALUE_EMPTY;
    uint32_t steps = 0;
    for (Task *x = t;;) {
        if (steps++ > x->loop->task_count) { // tasks that wait for each other in a ring
            if (x->loop->deadlocked)
                return *failed = !cut_wait(vm, x, message), !*failed;
            raise_exc(vm, EXC_RecursionError, "maximum recursion depth exceeded");
            return *failed = true, false;
        }
        if (x->flags & FUTURE_LOG)
            sched_of(vm)->unretrieved--;
        x->flags &= (uint8_t)~FUTURE_LOG;
        if (future_done((Future *)x)) {
            if (x == t)
                return false;
            break; // the future it waits for is done already
        }
        if (x->cancels < UINT16_MAX)
            x->cancels++;
        Value waiting = x->waiting;
        if (waiting && as_object(waiting)->shape == sched_of(vm)->task_shape && !future_done(as_future(waiting))) {
            x = as_task(waiting);
            continue;
        }
        if (waiting && is_sleep(vm, waiting) && sleep_cancel(vm, as_sleep(waiting), message))
            return true;
        if (waiting && !is_sleep(vm, waiting)) {
            int taken = future_cancel(vm, waiting, message);
            if (taken < 0)
                return *failed = true, false;
            if (taken)
                return true;
            if (x->loop->deadlocked && is_future(vm, waiting) && !future_done(as_future(waiting)))
                return *failed = !cut_wait(vm, x, message), !*failed;
        }
        x->flags |= FUTURE_MUST_CANCEL;
        x->result = message;
        gc_barrier(vm, x);
        return true;
    }
    return true;
}

unsigned task_uncancel(Task *t)
{
    if (t->cancels && !--t->cancels)
        t->flags &= (uint8_t)~FUTURE_MUST_CANCEL;
    return t->cancels;
}

// ---------------------------------------------------------------- the type's steps for scripts

Value task_wakeup_method(VM *vm, Value *a, int n) { return wakeup_method(vm, a, n); }

bool task_init(VM *vm, Task *t, EventLoop *loop, Value coro, Value name, Value context, bool eager)
{
    if (!init_task(vm, t, loop, coro, name, context))
        return false;
    if (eager && sched_of(vm)->running == loop)
        return task_start_eagerly(vm, t);
    return loop_push(vm, loop, from_object(t), VALUE_EMPTY);
}
