// SPDX-License-Identifier: MIT
//
// asyncio.sleep(): a coroutine in C. Awaited by a task whose own chain runs, it needs no Future and no Handle: the
// timer heap names the Sleep, the Sleep names the task. When the time comes the Sleep goes through the ready ring once
// before the task does, as CPython's timer callback and future do, so that the order of tasks is the same. Under any
// other driver (a generator stepped by hand, a wrapper's send) a real Future stands in for it.

#include "task.h"

#include "vm/core/type.h"
#include "vm/interp/interp.h"
#include "vm/types/container.h"

Value sleep_new(VM *vm, Value delay, Value result)
{
    double seconds;
    if (is_small(delay))
        seconds = (double)as_small(delay);
    else if (is_double(delay))
        seconds = as_double(delay);
    else if (!object_as_double(vm, delay, &seconds)) {
        if (!error_is(vm, EXC_TypeError))
            return VALUE_EMPTY;
        error_clear(vm);
        return raise_type(vm, "'<=' not supported between instances of '%T' and 'int'", delay);
    }
    Sleep *s = gc_new(vm, sched_of(vm)->sleep_shape, sizeof *s);
    if (!s)
        return VALUE_EMPTY;
    s->delay = seconds;
    s->result = result;
    return from_object(s);
}

// ---------------------------------------------------------------- waiting under a task

bool sleep_arm(VM *vm, Sleep *s, Task *task)
{
    double when = loop_time(vm, task->loop) + s->delay;
    if (!timers_push(vm, task->loop, when, &s->base))
        return false;
    s->in_heap = true;
    s->state = SLEEP_ARMED;
    s->target = from_object(task);
    gc_barrier(vm, s);
    return true;
}

bool sleep_fire(VM *vm, Sleep *s)
{
    s->in_heap = false;
    if (s->state != SLEEP_ARMED)
        return true;
    Task *task = as_task(s->target);
    s->state = SLEEP_FIRED;
    return task->waiting != from_object(s) || loop_push(vm, task->loop, from_object(task), VALUE_EMPTY);
}

bool sleep_cancel(VM *vm, Sleep *s, Value message)
{
    if (s->state != SLEEP_ARMED)
        return false;
    Task *task = as_task(s->target);
    s->state = SLEEP_CANCELLED;
    s->result = message;
    s->target = VALUE_EMPTY;
    gc_barrier(vm, s);
    return loop_push(vm, task->loop, from_object(task), VALUE_EMPTY);
}

// The timer of a cancelled sleep counts until its task runs: timers of equal deadlines keep their order by that.
void sleep_leave(VM *vm, Sleep *s)
{
    EventLoop *loop = sched_of(vm)->running;
    if (s->in_heap && loop && (s->state == SLEEP_ARMED || s->state == SLEEP_CANCELLED))
        timer_was_cancelled(loop);
    s->state = SLEEP_DONE;
}

// ---------------------------------------------------------------- awaiting

// Another driver than a task: a future set by a timer.
static Value wait_by_future(VM *vm, Sleep *s, bool *pending)
{
    EventLoop *loop = running_loop(vm);
    Future *f = loop ? future_new(vm, loop) : NULL;
    if (!f)
        return VALUE_EMPTY;
    double when = loop_time(vm, loop) + s->delay;
    Handle *h = handle_new(vm, loop, &timer_handle_def, from_object(f), s->result, true, VALUE_EMPTY);
    if (!h)
        return VALUE_EMPTY;
    h->when = when;
    h->scheduled = true;
    if (!timers_push(vm, loop, when, &h->base))
        return VALUE_EMPTY;
    s->state = SLEEP_FUTURE;
    s->target = from_object(f);
    gc_barrier(vm, s);
    f->flags |= FUTURE_BLOCKING;
    *pending = true;
    return s->target;
}

static Value begin(VM *vm, Sleep *s, bool *pending)
{
    if (s->delay <= 0) {
        s->state = SLEEP_YIELDED;
        s->target = VALUE_EMPTY;
        *pending = true;
        return VALUE_NONE;
    }
    Scheduler *sched = sched_of(vm);
    if (unlikely(!sched->running) || unlikely(!sched->running->current) || unlikely(vm->root != sched->driver))
        return wait_by_future(vm, s, pending);
    *pending = true; // the task arms it
    return from_object(s);
}

static Value sleep_await(VM *vm, Value self, bool *pending)
{
    Sleep *s = as_sleep(self);
    switch (s->state) {
    case SLEEP_NEW: return begin(vm, s, pending);
    case SLEEP_YIELDED:
    case SLEEP_FIRED:
        s->state = SLEEP_DONE;
        s->target = VALUE_EMPTY;
        return s->result;
    case SLEEP_CANCELLED:
        sleep_leave(vm, s);
        return raise_cancelled(vm, s->result);
    case SLEEP_FUTURE: {
        Value v = future_await(vm, s->target, pending);
        if (!*pending)
            s->state = SLEEP_DONE;
        return v;
    }
    case SLEEP_ARMED: // resumed by someone else than its timer
        *pending = true;
        return self;
    default: return raise_runtime(vm, "cannot reuse already awaited coroutine");
    }
}

// ---------------------------------------------------------------- the coroutine protocol by hand

static Value sleep_send(VM *vm, Value *a, int n)
{
    (void)n;
    Value result = VALUE_EMPTY;
    switch (awaitable_resume(vm, a[0], a[1], &result)) {
    case EXEC_RETURNED: return raise_stop_iteration(vm, is_none(result) ? VALUE_EMPTY : result);
    case EXEC_RAISED: return VALUE_EMPTY;
    default: return result;
    }
}

static Value sleep_throw(VM *vm, Value *a, int n)
{
    (void)n;
    Sleep *s = as_sleep(a[0]);
    if (s->state == SLEEP_DONE)
        return raise_runtime(vm, "cannot reuse already awaited coroutine");
    s->state = SLEEP_DONE;
    Value e = is_type(a[1]) ? call0(vm, a[1]) : a[1];
    return !e ? VALUE_EMPTY : is_exception(e) ? raise_value_of(vm, e) : raise_type(vm,
        "exceptions must be classes or instances deriving from BaseException, not %T", a[1]);
}

static Value sleep_close(VM *vm, Value *a, int n)
{
    (void)n;
    (void)vm;
    as_sleep(a[0])->state = SLEEP_DONE;
    return VALUE_NONE;
}

static Value await_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, a[0]; }
static Value iter_self(VM *vm, Value self) { return (void)vm, self; }

static Value sleep_next(VM *vm, Value self)
{
    Value a[2] = {self, VALUE_NONE};
    return sleep_send(vm, a, 2);
}

static Value sleep_repr(VM *vm, Value self)
{
    Str *s = str_format(vm, "<coroutine object sleep at 0x%zx>", (size_t)self);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value name_get(VM *vm, Value self)
{
    (void)self;
    Str *s = str_from(vm, "sleep");
    return s ? from_object(s) : VALUE_EMPTY;
}
static Value running_get(VM *vm, Value self) { return (void)vm, (void)self, VALUE_FALSE; }
static Value none_get(VM *vm, Value self) { return (void)vm, (void)self, VALUE_NONE; }
// The future CPython would show in place of the sleep.
static Value stand_in_get(VM *vm, Value self)
{
    Sleep *s = as_sleep(self);
    Str *text = s->state == SLEEP_CANCELLED ? str_from(vm, "<Future cancelled>")
        : s->state == SLEEP_FIRED           ? str_format(vm, "<Future finished result=%R>", s->result)
                                            : str_from(vm, "<Future pending cb=[Task.task_wakeup()]>");
    return text ? from_object(text) : VALUE_EMPTY;
}

static void sleep_mark(Gc *gc, Object *o)
{
    Sleep *s = (Sleep *)o;
    gc_mark(gc, s->result);
    if (s->state != SLEEP_NEW)
        gc_mark(gc, s->target);
}

static const TypeOps sleep_ops = {.mark = sleep_mark, .repr = sleep_repr, .iter = iter_self, .next = sleep_next,
    .await = sleep_await};
static const NativeDef sleep_methods[] = {
    {"send(self, value, /)", sleep_send, NULL, NATIVE_RAW, 2, 2},
    {"throw(self, typ, val=None, tb=None, /)", sleep_throw, NULL, NATIVE_RAW, 2, 4},
    {"close(self, /)", sleep_close, NULL, NATIVE_RAW, 1, 1},
    {"__await__(self, /)", await_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef sleep_getsets[] = {
    {"__name__", name_get, NULL, NULL}, {"__qualname__", name_get, NULL, NULL}, {"cr_running", running_get, NULL, NULL},
    {"cr_frame", none_get, NULL, NULL}, {"cr_await", none_get, NULL, NULL}, {"cr_code", none_get, NULL, NULL},
    {"_stand_in", stand_in_get, NULL, NULL}, {0},
};
const TypeDef sleep_def = {.name = "coroutine", .kind = KIND_OTHER, .size = sizeof(Sleep), .ops = &sleep_ops,
    .methods = sleep_methods, .getsets = sleep_getsets};
