// SPDX-License-Identifier: MIT
//
// Lock, Event and Semaphore. The waiting rules are those of Python's asyncio: first come, first served; a waiter that
// is cancelled after it was chosen hands its turn on; a release wakes at most one waiter, which takes the lock when it
// runs.

#include "sync.h"

#include "group.h"
#include "task.h"
#include "vm/core/type.h"
#include "vm/types/container.h"

typedef struct Sync {
    Object base;
    EventLoop *loop;  // bound at the first wait
    Waiters waiters;
    bool set;         // lock: taken; event: its flag
    Task *owner;      // lock: the task that took it
    int64_t value, bound; // semaphore; bound < 0: not bounded
    Value attributes;
} Sync;

static Sync *as_sync(Value v) { return (Sync *)as_object(v); }

// ---------------------------------------------------------------- waiters

bool waiters_push(VM *vm, Object *owner, Waiters *w, Value future)
{
    if (w->count == w->capacity) {
        uint32_t wanted = w->capacity ? w->capacity * 2 : 4;
        Value *p = wanted > w->capacity ? gc_buffer(vm, wanted * sizeof *p) : NULL;
        if (!p)
            return vm->error ? false : (raise_memory(vm), false);
        for (uint32_t i = 0; i < w->count; i++)
            p[i] = waiters_at(w, i);
        w->items = p;
        w->head = 0;
        w->capacity = wanted;
    }
    w->items[(w->head + w->count++) & (w->capacity - 1)] = future;
    gc_barrier(vm, owner);
    return true;
}

Value waiters_pop(Waiters *w)
{
    if (!w->count)
        return VALUE_EMPTY;
    Value v = w->items[w->head];
    w->items[w->head] = VALUE_EMPTY;
    w->head = (w->head + 1) & (w->capacity - 1);
    w->count--;
    return v;
}

bool waiters_remove(Waiters *w, Value future)
{
    uint32_t i = 0;
    while (i < w->count && waiters_at(w, i) != future)
        i++;
    if (i == w->count)
        return false;
    if (i == 0) {
        waiters_pop(w);
        return true;
    }
    for (; i + 1 < w->count; i++)
        w->items[(w->head + i) & (w->capacity - 1)] = waiters_at(w, i + 1);
    w->items[(w->head + --w->count) & (w->capacity - 1)] = VALUE_EMPTY;
    return true;
}

void waiters_mark(Gc *gc, const Waiters *w)
{
    gc_mark_buffer(gc, w->items);
    for (uint32_t i = 0; i < w->count; i++)
        gc_mark(gc, waiters_at(w, i));
}

bool waiters_wake_all(VM *vm, Waiters *w, Value result)
{
    for (uint32_t i = 0; i < w->count; i++)
        if (!future_release(vm, as_future(waiters_at(w, i)), result))
            return false;
    return true;
}

EventLoop *bound_loop(VM *vm, Value self, EventLoop **slot)
{
    EventLoop *loop = running_loop(vm);
    if (loop && !*slot) {
        *slot = loop;
        gc_barrier(vm, as_object(self));
    }
    if (loop && *slot != loop) {
        raise_runtime(vm, "%R is bound to a different event loop", self);
        return NULL;
    }
    return loop;
}

static bool anyone_waits(const Waiters *w)
{
    for (uint32_t i = 0; i < w->count; i++)
        if (as_future(waiters_at(w, i))->state != FUTURE_CANCELLED)
            return true;
    return false;
}

// Joins the waiters and suspends the operation.
static Value join(VM *vm, Operation *op, Sync *s, bool *pending)
{
    EventLoop *loop = bound_loop(vm, op->owner, &s->loop);
    Future *f = loop ? operation_wait(vm, op, loop, pending) : NULL;
    if (!f || !waiters_push(vm, &s->base, &s->waiters, from_object(f)))
        return *pending = false, VALUE_EMPTY;
    return op->waiter;
}

static bool was_cancelled(VM *vm) { return error_is_class(vm, sched_of(vm)->cancelled_error); }

// ---------------------------------------------------------------- Lock

static bool lock_wake_first(VM *vm, Sync *s)
{
    return !s->waiters.count || future_release(vm, as_future(waiters_at(&s->waiters, 0)), VALUE_TRUE);
}

static Value lock_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    Sync *s = as_sync(op->owner);
    if (!op->waiter) {
        if (s->set || anyone_waits(&s->waiters))
            return join(vm, op, s, pending);
    } else {
        Value v = operation_outcome(vm, op, thrown);
        waiters_remove(&s->waiters, op->waiter);
        if (!v) {
            Value error = vm->error;
            if (was_cancelled(vm) && !s->set && !lock_wake_first(vm, s))
                return VALUE_EMPTY;
            vm->error = error;
            return VALUE_EMPTY;
        }
    }
    s->set = true;
    s->owner = sched_of(vm)->running ? sched_of(vm)->running->current : NULL;
    gc_barrier(vm, s);
    return op->argument;
}

Task *lock_owner(Value lock) { return as_sync(lock)->set ? as_sync(lock)->owner : NULL; }

static bool lock_free(VM *vm, Sync *s)
{
    if (!s->set)
        return (raise_runtime(vm, "Lock is not acquired."), false);
    s->set = false;
    s->owner = NULL;
    return lock_wake_first(vm, s);
}

static Value lock_exit_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    (void)pending;
    return !thrown && lock_free(vm, as_sync(op->owner)) ? VALUE_NONE : VALUE_EMPTY;
}

static const OperationKind lock_acquire = {"Lock.acquire", lock_step},
    lock_enter = {"_ContextManagerMixin.__aenter__", lock_step},
                           lock_exit = {"_ContextManagerMixin.__aexit__", lock_exit_step};

static bool is_subclass(VM *vm, Value self) { return type_of(vm, self)->flags & TYPE_HEAP; }

static Value lock_acquire_method(VM *vm, Value *a, int n)
{
    return (void)n, operation_new(vm, &lock_acquire, a[0], VALUE_TRUE);
}
static Value lock_release_method(VM *vm, Value *a, int n)
{
    return (void)n, lock_free(vm, as_sync(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}
static Value lock_locked_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, from_bool(as_sync(a[0])->set); }
static Value lock_enter_method(VM *vm, Value *a, int n)
{
    (void)n;
    return is_subclass(vm, a[0]) ? report_call(vm, "enter_by_acquire", a, 1) : operation_new(vm, &lock_enter, a[0],
        VALUE_NONE);
}
static Value lock_exit_method(VM *vm, Value *a, int n)
{
    (void)n;
    return is_subclass(vm, a[0]) ? report_call(vm, "exit_by_release", a, 4) : operation_new(vm, &lock_exit, a[0],
        VALUE_NONE);
}

// "<asyncio.locks.Lock object at 0x... [locked, waiters:1]>"
static Value show(VM *vm, Value self, const char *state)
{
    Sync *s = as_sync(self);
    Str *name = type_full_name(vm, type_of(vm, self));
    if (!name)
        return VALUE_EMPTY;
    Str *text = s->waiters.count ? str_format(vm, "<%U object at 0x%zx [%s, waiters:%d]>", name, (size_t)self, state,
        (int)s->waiters.count)
                                 : str_format(vm, "<%U object at 0x%zx [%s]>", name, (size_t)self, state);
    return text ? from_object(text) : VALUE_EMPTY;
}

static Value lock_repr(VM *vm, Value self) { return show(vm, self, as_sync(self)->set ? "locked" : "unlocked"); }

// ---------------------------------------------------------------- Event

static Value event_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    Sync *s = as_sync(op->owner);
    if (op->waiter) {
        Value v = operation_outcome(vm, op, thrown);
        waiters_remove(&s->waiters, op->waiter);
        return v ? VALUE_TRUE : VALUE_EMPTY;
    }
    return s->set ? VALUE_TRUE : join(vm, op, s, pending);
}

static const OperationKind event_wait = {"Event.wait", event_step};

static Value event_wait_method(VM *vm, Value *a, int n)
{
    return (void)n, operation_new(vm, &event_wait, a[0], VALUE_NONE);
}
static Value event_set_method(VM *vm, Value *a, int n)
{
    (void)n;
    Sync *s = as_sync(a[0]);
    if (s->set)
        return VALUE_NONE;
    s->set = true;
    return waiters_wake_all(vm, &s->waiters, VALUE_TRUE) ? VALUE_NONE : VALUE_EMPTY;
}
static Value event_clear_method(VM *vm, Value *a, int n)
{
    (void)vm;
    (void)n;
    as_sync(a[0])->set = false;
    return VALUE_NONE;
}
static Value event_is_set_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, from_bool(as_sync(a[0])->set); }
static Value event_repr(VM *vm, Value self) { return show(vm, self, as_sync(self)->set ? "set" : "unset"); }

// ---------------------------------------------------------------- Semaphore

int64_t semaphore_count(Value semaphore) { return as_sync(semaphore)->value; }
static bool semaphore_taken(const Sync *s) { return s->value == 0 || anyone_waits(&s->waiters); }

// Gives one unit to the first waiter that still waits. *woken: there was one.
static bool semaphore_wake_next(VM *vm, Sync *s, bool *woken)
{
    for (uint32_t i = 0; i < s->waiters.count; i++) {
        Future *f = as_future(waiters_at(&s->waiters, i));
        if (future_done(f))
            continue;
        s->value--;
        *woken = true;
        return future_set_result(vm, f, VALUE_TRUE);
    }
    *woken = false;
    return true;
}

// Tasks may have joined the waiters although units were free, so as not to overtake others: all that can go on do.
static bool semaphore_wake_free(VM *vm, Sync *s)
{
    bool woken = true;
    while (s->value > 0 && woken)
        if (!semaphore_wake_next(vm, s, &woken))
            return false;
    return true;
}

static Value semaphore_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    Sync *s = as_sync(op->owner);
    if (!op->waiter) {
        if (semaphore_taken(s))
            return join(vm, op, s, pending);
        s->value--;
        return op->argument;
    }
    Value v = operation_outcome(vm, op, thrown);
    waiters_remove(&s->waiters, op->waiter);
    if (v)
        return semaphore_wake_free(vm, s) ? op->argument : VALUE_EMPTY;
    Value error = vm->error;
    if (was_cancelled(vm) && as_future(op->waiter)->state == FUTURE_FINISHED)
        s->value++; // its unit goes to the next
    if (!semaphore_wake_free(vm, s))
        return VALUE_EMPTY;
    vm->error = error;
    return VALUE_EMPTY;
}

static bool semaphore_free(VM *vm, Sync *s)
{
    if (s->bound >= 0 && s->value >= s->bound)
        return (raise_value(vm, "BoundedSemaphore released too many times"), false);
    bool woken;
    s->value++;
    return semaphore_wake_next(vm, s, &woken);
}

static Value semaphore_exit_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    (void)pending;
    return !thrown && semaphore_free(vm, as_sync(op->owner)) ? VALUE_NONE : VALUE_EMPTY;
}

static const OperationKind semaphore_acquire = {"Semaphore.acquire", semaphore_step},
                           semaphore_enter = {"_ContextManagerMixin.__aenter__", semaphore_step},
                           semaphore_exit = {"_ContextManagerMixin.__aexit__", semaphore_exit_step};

static Value semaphore_acquire_method(VM *vm, Value *a, int n)
{
    return (void)n, operation_new(vm, &semaphore_acquire, a[0], VALUE_TRUE);
}
static Value semaphore_release_method(VM *vm, Value *a, int n)
{
    return (void)n, semaphore_free(vm, as_sync(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}
static Value semaphore_locked_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_bool(semaphore_taken(as_sync(a[0])));
}
static Value semaphore_enter_method(VM *vm, Value *a, int n)
{
    (void)n;
    return is_subclass(vm, a[0]) ? report_call(vm, "enter_by_acquire", a, 1) : operation_new(vm, &semaphore_enter,
        a[0], VALUE_NONE);
}
static Value semaphore_exit_method(VM *vm, Value *a, int n)
{
    (void)n;
    return is_subclass(vm, a[0]) ? report_call(vm, "exit_by_release", a, 4) : operation_new(vm, &semaphore_exit,
        a[0], VALUE_NONE);
}

static Value semaphore_repr(VM *vm, Value self)
{
    if (semaphore_taken(as_sync(self)))
        return show(vm, self, "locked");
    Str *state = str_format(vm, "unlocked, value:%lld", (long long)as_sync(self)->value);
    return state ? show(vm, self, state->data) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- making

static bool start_value(VM *vm, Sync *s, Value value)
{
    if (!object_index_i64(vm, value, &s->value))
        return false;
    if (s->value < 0)
        return (raise_value(vm, "Semaphore initial value must be >= 0"), false);
    s->bound = s->base.shape->type->def == &bounded_semaphore_def ? s->value : -1;
    return true;
}

static Value sync_make(VM *vm, Value *a, int n)
{
    (void)n;
    Sync *s = type_alloc(vm, as_type(a[0]), 0);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value semaphore_make(VM *vm, Value *a, int n)
{
    (void)n;
    Sync *s = type_alloc(vm, as_type(a[0]), 0);
    return s && start_value(vm, s, a[1]) ? from_object(s) : VALUE_EMPTY;
}

static Value sync_init(VM *vm, Value *a, int n) { return (void)vm, (void)a, (void)n, VALUE_NONE; }
static Value semaphore_init(VM *vm, Value *a, int n)
{
    return (void)n, start_value(vm, as_sync(a[0]), a[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value get_waiters(VM *vm, Value self)
{
    Waiters *w = &as_sync(self)->waiters;
    List *list = list_new(vm, w->count);
    for (uint32_t i = 0; list && i < w->count; i++)
        if (!list_append(vm, list, waiters_at(w, i)))
            return VALUE_EMPTY;
    return list ? from_object(list) : VALUE_EMPTY;
}
static Value get_value(VM *vm, Value self) { return int_from_i64(vm, as_sync(self)->value); }
static bool set_value(VM *vm, Value self, Value v) { return v && object_index_i64(vm, v, &as_sync(self)->value); }

static void sync_mark(Gc *gc, Object *o)
{
    Sync *s = (Sync *)o;
    gc_mark_object(gc, (Object *)s->loop);
    gc_mark_object(gc, (Object *)s->owner);
    waiters_mark(gc, &s->waiters);
    gc_mark(gc, s->attributes);
}

static const TypeOps lock_ops = {.mark = sync_mark, .repr = lock_repr};
static const NativeDef lock_methods[] = {
    {"acquire(self, /)", lock_acquire_method, "Wait until the lock is free, then take it.", NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"release(self, /)", lock_release_method, "Free the lock; one waiter goes on.", NATIVE_RAW, 1, 1},
    {"locked(self, /)", lock_locked_method, "Return True if the lock is taken.", NATIVE_RAW, 1, 1},
    {"__aenter__(self, /)", lock_enter_method, NULL, NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"__aexit__(self, exc_type, exc, tb, /)", lock_exit_method, NULL, NATIVE_RAW | NATIVE_COROUTINE, 4, 4},
    {"__init__(self)", sync_init, NULL, 0, 0, 0},
    {0},
};
static const GetSetDef sync_getsets[] = {{"_waiters", get_waiters, NULL, NULL}, {0}};
const TypeDef lock_def = {
    .name = "asyncio.locks.Lock", .kind = KIND_OTHER, .size = sizeof(Sync), .ops = &lock_ops,
        .methods = lock_methods, .getsets = sync_getsets,
    .make = {"Lock(cls)", sync_make, NULL, 0, 0, 0}, .doc = "A mutual exclusion lock for tasks.",
        .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};

static const TypeOps event_ops = {.mark = sync_mark, .repr = event_repr};
static const NativeDef event_methods[] = {
    {"wait(self, /)", event_wait_method, "Wait until the flag is set.", NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"set(self, /)", event_set_method, "Set the flag and wake all who wait.", NATIVE_RAW, 1, 1},
    {"clear(self, /)", event_clear_method, "Reset the flag.", NATIVE_RAW, 1, 1},
    {"is_set(self, /)", event_is_set_method, "Return the flag.", NATIVE_RAW, 1, 1},
    {"__init__(self)", sync_init, NULL, 0, 0, 0},
    {0},
};
const TypeDef event_def = {
    .name = "asyncio.locks.Event", .kind = KIND_OTHER, .size = sizeof(Sync), .ops = &event_ops,
        .methods = event_methods, .getsets = sync_getsets,
    .make = {"Event(cls)", sync_make, NULL, 0, 0, 0}, .doc = "A flag that tasks can wait for.",
        .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};

static const TypeOps semaphore_ops = {.mark = sync_mark, .repr = semaphore_repr};
static const NativeDef semaphore_methods[] = {
    {"acquire(self, /)", semaphore_acquire_method, "Wait until the counter is above zero, then decrement it.",
        NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"release(self, /)", semaphore_release_method, "Increment the counter; one waiter goes on.", NATIVE_RAW, 1, 1},
    {"locked(self, /)", semaphore_locked_method, "Return True if acquire() would wait.", NATIVE_RAW, 1, 1},
    {"__aenter__(self, /)", semaphore_enter_method, NULL, NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"__aexit__(self, exc_type, exc, tb, /)", semaphore_exit_method, NULL, NATIVE_RAW | NATIVE_COROUTINE, 4, 4},
    {"__init__(self, value=1)", semaphore_init, NULL, 0, 0, 0},
    {0},
};
static const GetSetDef semaphore_getsets[] = {{"_waiters", get_waiters, NULL, NULL}, {"_value", get_value, set_value,
    NULL}, {0}};
const TypeDef semaphore_def = {
    .name = "asyncio.locks.Semaphore", .kind = KIND_OTHER, .size = sizeof(Sync), .ops = &semaphore_ops,
        .methods = semaphore_methods,
    .getsets = semaphore_getsets, .make = {"Semaphore(cls, value=1)", semaphore_make, NULL, 0, 0, 0},
    .doc = "A counter that tasks can wait for.", .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};
static const NativeDef bounded_methods[] = {
    {"release(self, /)", semaphore_release_method, "Increment the counter; ValueError above its first value.",
        NATIVE_RAW, 1, 1},
    {"__init__(self, value=1)", semaphore_init, NULL, 0, 0, 0},
    {0},
};
const TypeDef bounded_semaphore_def = {
    .name = "asyncio.locks.BoundedSemaphore", .kind = KIND_OTHER, .size = sizeof(Sync), .ops = &semaphore_ops,
        .methods = bounded_methods,
    .make = {"BoundedSemaphore(cls, value=1)", semaphore_make, NULL, 0, 0, 0},
    .doc = "A semaphore that may not be released above its first value.",
    .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};

bool sync_start(VM *vm)
{
    if (type_of_def(vm, &lock_def))
        return true;
    Type *semaphore, *queue;
    return type_register(vm, &lock_def, NULL) && type_register(vm, &event_def, NULL) &&
        (semaphore = type_register(vm, &semaphore_def, NULL)) &&
           type_register(vm, &timeout_def, NULL) && type_register(vm, &task_group_def, NULL) && type_register(vm,
               &bounded_semaphore_def, semaphore) && (queue = type_register(vm, &queue_def, NULL)) &&
           type_register(vm, &lifo_queue_def, queue) && type_register(vm, &priority_queue_def, queue);
}
