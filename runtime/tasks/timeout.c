// SPDX-License-Identifier: MIT
//
// asyncio.timeout(): an async context manager that cancels its task at a deadline and turns that cancellation, and no
// other, into TimeoutError. The timer is a Handle whose callback is the Timeout itself (see handle_run).

#include "group.h"
#include "task.h"
#include "vm/core/type.h"
#include "vm/types/container.h"

enum { TIMEOUT_CREATED, TIMEOUT_ENTERED, TIMEOUT_EXPIRING, TIMEOUT_EXPIRED, TIMEOUT_EXITED };
static const char *const state_names[] = {"created", "active", "expiring", "expired", "finished"};

typedef struct Timeout {
    Object base;
    Task *task;
    Handle *timer;      // NULL: none
    Value when;         // loop time, or VALUE_NONE
    uint8_t state;
    uint16_t cancels;   // requests the task had when the block was entered
    Value attributes;
} Timeout;

static Timeout *as_timeout(Value v) { return (Timeout *)as_object(v); }

Value timeout_new(VM *vm, Value when)
{
    Timeout *t = type_new_of(vm, &timeout_def);
    if (!t)
        return VALUE_EMPTY;
    t->when = when;
    return from_object(t);
}

bool timeout_fire(VM *vm, Object *o)
{
    Timeout *t = (Timeout *)o;
    bool failed = false;
    t->state = TIMEOUT_EXPIRING;
    t->timer = NULL;
    task_cancel(vm, t->task, VALUE_EMPTY, &failed);
    return !failed;
}

static void disarm(VM *vm, Timeout *t)
{
    if (t->timer)
        handle_cancel(vm, t->timer);
    t->timer = NULL;
}

static bool arm(VM *vm, Timeout *t, Value when)
{
    t->when = when;
    gc_barrier(vm, t);
    disarm(vm, t);
    if (is_none(when))
        return true;
    EventLoop *loop = running_loop(vm);
    double at;
    if (!loop || !object_as_double(vm, when, &at))
        return false;
    bool due = at <= loop_time(vm, loop);
    Handle *h = handle_new(vm, loop, due ? &handle_def : &timer_handle_def, from_object(t), VALUE_NONE, true,
        VALUE_EMPTY);
    if (!h)
        return false;
    t->timer = h;
    gc_barrier(vm, t);
    if (due)
        return loop_push(vm, loop, from_object(h), VALUE_EMPTY);
    h->when = at;
    h->scheduled = true;
    return timers_push(vm, loop, at, &h->base);
}

// ---------------------------------------------------------------- entering and leaving

static Value enter_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    Timeout *t = as_timeout(op->owner);
    (void)pending;
    if (thrown)
        return VALUE_EMPTY;
    if (t->state != TIMEOUT_CREATED)
        return raise_runtime(vm, "Timeout has already been entered");
    EventLoop *loop = running_loop(vm);
    if (!loop)
        return VALUE_EMPTY;
    if (!loop->current)
        return raise_runtime(vm, "Timeout should be used inside a task");
    t->state = TIMEOUT_ENTERED;
    t->task = loop->current;
    t->cancels = t->task->cancels;
    return arm(vm, t, t->when) ? op->owner : VALUE_EMPTY;
}

static Value exit_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    Timeout *t = as_timeout(op->owner);
    Value error = op->argument;
    (void)pending;
    disarm(vm, t);
    if (thrown)
        return VALUE_EMPTY;
    if (t->state == TIMEOUT_ENTERED)
        t->state = TIMEOUT_EXITED;
    if (t->state != TIMEOUT_EXPIRING)
        return VALUE_NONE;
    t->state = TIMEOUT_EXPIRED;
    // Only when no request of anybody else is left was this cancellation ours.
    if (task_uncancel(t->task) > t->cancels || is_none(error) ||
        !type_is_subtype(type_of(vm, error), sched_of(vm)->cancelled_error))
        return VALUE_NONE;
    raise_args(vm, EXC_TimeoutError, 0, NULL);
    if (vm->error && vm->error != vm->memory_error) {
        as_exception(vm->error)->cause = error;
        as_exception(vm->error)->suppress_context = true;
    }
    return VALUE_EMPTY;
}

static const OperationKind timeout_enter = {"Timeout.__aenter__", enter_step}, timeout_exit = {"Timeout.__aexit__",
    exit_step};

static Value enter_method(VM *vm, Value *a, int n)
{
    return (void)n, operation_new(vm, &timeout_enter, a[0], VALUE_NONE);
}
static Value exit_method(VM *vm, Value *a, int n) { return (void)n, operation_new(vm, &timeout_exit, a[0], a[2]); }

// ---------------------------------------------------------------- methods

static Value when_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, as_timeout(a[0])->when; }

static Value expired_method(VM *vm, Value *a, int n)
{
    (void)vm;
    (void)n;
    return from_bool(as_timeout(a[0])->state == TIMEOUT_EXPIRING || as_timeout(a[0])->state == TIMEOUT_EXPIRED);
}

static Value reschedule_method(VM *vm, Value *a, int n)
{
    (void)n;
    Timeout *t = as_timeout(a[0]);
    if (t->state == TIMEOUT_CREATED)
        return raise_runtime(vm, "Timeout has not been entered");
    if (t->state != TIMEOUT_ENTERED)
        return raise_runtime(vm, "Cannot change state of %s Timeout", state_names[t->state]);
    return arm(vm, t, a[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value timeout_repr(VM *vm, Value self)
{
    Timeout *t = as_timeout(self);
    Str *s;
    if (t->state == TIMEOUT_ENTERED && !is_none(t->when)) {
        double at = 0;
        if (!object_as_double(vm, t->when, &at))
            return VALUE_EMPTY;
        s = str_format(vm, "<Timeout [active] when=%R>", from_double(round(at * 1000) / 1000));
    } else {
        s = str_format(vm, t->state == TIMEOUT_ENTERED ? "<Timeout [%s] when=None>" : "<Timeout [%s]>",
            state_names[t->state]);
    }
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value timeout_make(VM *vm, Value *a, int n)
{
    (void)n;
    Timeout *t = type_alloc(vm, as_type(a[0]), 0);
    if (!t)
        return VALUE_EMPTY;
    t->when = a[1];
    return from_object(t);
}

static void timeout_mark(Gc *gc, Object *o)
{
    Timeout *t = (Timeout *)o;
    gc_mark_object(gc, (Object *)t->task);
    gc_mark_object(gc, (Object *)t->timer);
    gc_mark(gc, t->when);
    gc_mark(gc, t->attributes);
}

static const TypeOps timeout_ops = {.mark = timeout_mark, .repr = timeout_repr};
static const NativeDef timeout_methods[] = {
    {"when(self, /)", when_method, "The deadline as loop time, or None.", NATIVE_RAW, 1, 1},
    {"reschedule(self, when, /)", reschedule_method, "Set another deadline; None: no limit.", NATIVE_RAW, 2, 2},
    {"expired(self, /)", expired_method, "True once the deadline passed inside the block.", NATIVE_RAW, 1, 1},
    {"__aenter__(self, /)", enter_method, NULL, NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"__aexit__(self, exc_type, exc_val, exc_tb, /)", exit_method, NULL, NATIVE_RAW | NATIVE_COROUTINE, 4, 4},
    {0},
};
const TypeDef timeout_def = {
    .name = "asyncio.timeouts.Timeout", .kind = KIND_OTHER, .size = sizeof(Timeout), .ops = &timeout_ops,
        .methods = timeout_methods,
    .make = {"Timeout(cls, when)", timeout_make, NULL, 0, 0, 0}, .doc = "A limit for a block of code.",
        .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};
