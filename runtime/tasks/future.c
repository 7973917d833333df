// SPDX-License-Identifier: MIT
//
// Futures: outcome, callbacks, and being awaited. The script-visible methods are in future_type.c.
//
// A future is completed once. Completing moves its waiters to the ready ring, so that whoever waits goes on one turn
// later, after what is ready already: that is the order CPython's programs rely on.

#include "future.h"

#include "debug.h"
#include "task.h"
#include "vm/core/type.h"

// ---------------------------------------------------------------- making and marking

Future *future_new(VM *vm, EventLoop *loop)
{
    Future *f = gc_new(vm, sched_of(vm)->future_shape, sizeof *f);
    if (!f)
        return NULL;
    f->loop = loop;
    return likely(!loop->debug) || debug_note_source(vm, &f->base) ? f : NULL;
}

void future_mark_fields(Gc *gc, Future *f)
{
    gc_mark_object(gc, (Object *)f->loop);
    gc_mark(gc, f->result);
    gc_mark(gc, f->waiter);
}

static void callbacks_mark(Gc *gc, Object *o)
{
    Callbacks *c = (Callbacks *)o;
    gc_mark_buffer(gc, c->entries);
    for (uint32_t i = 0; i < c->count; i++) {
        gc_mark(gc, c->entries[i].callback);
        gc_mark(gc, c->entries[i].context);
    }
}

static const TypeOps callbacks_ops = {.mark = callbacks_mark};
const TypeDef callbacks_def = {.name = "_asyncio._Callbacks", .kind = KIND_OTHER, .size = sizeof(Callbacks),
    .ops = &callbacks_ops};

// ---------------------------------------------------------------- callbacks

static bool is_callbacks(VM *vm, Value v) { return is_type_def(vm, v, &callbacks_def); }

static bool append(VM *vm, Callbacks *c, Value callback, Value context)
{
    if (c->count == c->capacity) {
        uint32_t wanted = c->capacity ? c->capacity * 2 : 2;
        CallbackEntry *p = gc_buffer_resize(vm, c->entries, c->capacity * sizeof *p, wanted * sizeof *p);
        if (!p)
            return false;
        c->entries = p;
        c->capacity = wanted;
    }
    c->entries[c->count++] = (CallbackEntry){callback, context};
    gc_barrier(vm, c);
    return true;
}

// The list of a future's callbacks, made when there is none; an inline waiter becomes its first entry.
static Callbacks *callbacks_of(VM *vm, Future *f)
{
    if (f->waiter && is_callbacks(vm, f->waiter))
        return (Callbacks *)as_object(f->waiter);
    Callbacks *c = type_new_of(vm, &callbacks_def);
    if (!c || (f->waiter && !append(vm, c, f->waiter, VALUE_EMPTY)))
        return NULL;
    f->waiter = from_object(c);
    gc_barrier(vm, f);
    return c;
}

bool future_add_waiter(VM *vm, Future *f, Value waiter)
{
    if (future_done(f))
        return loop_push(vm, f->loop, waiter, is_task(vm, waiter) ? VALUE_EMPTY : from_object(f));
    if (!f->waiter) {
        f->waiter = waiter;
        gc_barrier(vm, f);
        return true;
    }
    Callbacks *c = callbacks_of(vm, f);
    return c && append(vm, c, waiter, VALUE_EMPTY);
}

void future_remove_waiter(Future *f, Value waiter)
{
    if (future_done(f))
        return;
    if (f->waiter == waiter) {
        f->waiter = VALUE_EMPTY;
        return;
    }
    if (!f->waiter || as_object(f->waiter)->shape->type->def != &callbacks_def)
        return;
    Callbacks *c = (Callbacks *)as_object(f->waiter);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->entries[i].callback != waiter || c->entries[i].context)
            c->entries[kept++] = c->entries[i];
    c->count = kept;
}

// A script's callback becomes a handle in the ready ring.
static bool schedule_call(VM *vm, Future *f, Value callback, Value context)
{
    Handle *h = handle_new(vm, f->loop, &handle_def, callback, from_object(f), true, is_none(context) ? VALUE_EMPTY
        : context);
    return h && loop_push(vm, f->loop, from_object(h), VALUE_EMPTY);
}

bool future_add_callback(VM *vm, Future *f, Value callback, Value context)
{
    if (!context)
        context = VALUE_NONE;
    if (future_done(f))
        return schedule_call(vm, f, callback, context);
    Callbacks *c = callbacks_of(vm, f);
    return c && append(vm, c, callback, context);
}

int64_t future_remove_callback(VM *vm, Future *f, Value callback)
{
    if (future_done(f) || !f->waiter || !is_callbacks(vm, f->waiter))
        return 0;
    Callbacks *c = (Callbacks *)as_object(f->waiter);
    int64_t removed = 0;
    for (uint32_t i = 0; i < c->count;) {
        int same = c->entries[i].context ? object_equal(vm, c->entries[i].callback, callback) : 0;
        if (same < 0)
            return -1;
        if (!same || i >= c->count) { // the comparison may have changed the list
            i++;
            continue;
        }
        memmove(&c->entries[i], &c->entries[i + 1], (c->count - i - 1) * sizeof(CallbackEntry));
        c->count--;
        removed++;
    }
    return removed;
}

bool future_schedule_callbacks(VM *vm, Future *f)
{
    Value waiter = f->waiter;
    f->waiter = VALUE_EMPTY;
    if (!waiter)
        return true;
    if (likely(!is_callbacks(vm, waiter)))
        return loop_push(vm, f->loop, waiter, is_task(vm, waiter) ? VALUE_EMPTY : from_object(f));
    Callbacks *c = (Callbacks *)as_object(waiter);
    for (uint32_t i = 0; i < c->count; i++) {
        CallbackEntry e = c->entries[i];
        bool ok = e.context ? schedule_call(vm, f, e.callback, e.context)
                            : loop_push(vm, f->loop, e.callback, is_task(vm, e.callback) ? VALUE_EMPTY
                                : from_object(f));
        if (!ok)
            return false;
    }
    return true;
}

// ---------------------------------------------------------------- outcome

bool future_set_result(VM *vm, Future *f, Value v)
{
    f->result = v;
    f->state = FUTURE_FINISHED;
    gc_barrier(vm, f);
    return future_schedule_callbacks(vm, f);
}

bool future_set_exception(VM *vm, Future *f, Value exception)
{
    f->result = exception;
    f->state = FUTURE_FAILED;
    f->flags |= FUTURE_LOG;
    bool ok = future_schedule_callbacks(vm, f);
    f->waiter = as_exception(exception)->traceback;
    gc_barrier(vm, f);
    // The finalizer reports an exception nobody asked for.
    sched_of(vm)->unretrieved++;
    return gc_add_finalizer(vm, &f->base) && ok;
}

bool future_mark_cancelled(VM *vm, Future *f, Value message)
{
    f->flags &= (uint8_t)~FUTURE_LOG;
    if (future_done(f))
        return false;
    f->state = FUTURE_CANCELLED;
    f->result = VALUE_EMPTY;
    bool ok = future_schedule_callbacks(vm, f);
    f->waiter = !message || is_none(message) ? VALUE_EMPTY : message;
    gc_barrier(vm, f);
    return ok || true;
}

Value future_message(VM *vm, Future *f)
{
    switch (f->state) {
    case FUTURE_CANCELLED: return f->waiter;
    case FUTURE_PENDING: return f->result;
    default: return is_task(vm, from_object(f)) ? as_task(from_object(f))->waiting : VALUE_EMPTY;
    }
}

Value future_cancelled_error(VM *vm, Future *f)
{
    if (f->state == FUTURE_CANCELLED && f->result) {
        Value e = f->result;
        f->result = VALUE_EMPTY;
        return e;
    }
    Value message = future_message(vm, f);
    return exception_new(vm, sched_of(vm)->cancelled_error, &message, message && !is_none(message) ? 1 : 0);
}

static void retrieved(VM *vm, Future *f)
{
    if (!(f->flags & FUTURE_LOG))
        return;
    f->flags &= (uint8_t)~FUTURE_LOG;
    sched_of(vm)->unretrieved--;
}

static Value raise_cancelled_of(VM *vm, Future *f)
{
    Value e = future_cancelled_error(vm, f);
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

Value future_result(VM *vm, Future *f)
{
    switch (f->state) {
    case FUTURE_FINISHED: return f->result;
    case FUTURE_CANCELLED: return raise_cancelled_of(vm, f);
    case FUTURE_FAILED:
        retrieved(vm, f);
        as_exception(f->result)->traceback = f->waiter;
        gc_barrier(vm, as_object(f->result));
        return raise_value_of(vm, f->result);
    default: return raise_class(vm, sched_of(vm)->invalid_state_error, "Result is not set.");
    }
}

Value future_exception(VM *vm, Future *f)
{
    switch (f->state) {
    case FUTURE_FINISHED: return VALUE_NONE;
    case FUTURE_CANCELLED: return raise_cancelled_of(vm, f);
    case FUTURE_FAILED: retrieved(vm, f); return f->result;
    default: return raise_class(vm, sched_of(vm)->invalid_state_error, "Exception is not set.");
    }
}

// ---------------------------------------------------------------- awaiting

Value future_await(VM *vm, Value self, bool *pending)
{
    Future *f = as_future(self);
    if (unlikely(!f->loop))
        return raise_runtime(vm, "Future object is not initialized.");
    if (future_done(f))
        return future_result(vm, f);
    f->flags |= FUTURE_BLOCKING;
    *pending = true;
    return self;
}

int future_cancel(VM *vm, Value v, Value message)
{
    Scheduler *s = sched_of(vm);
    Shape *shape = as_object(v)->shape;
    if (shape == s->future_shape)
        return future_mark_cancelled(vm, as_future(v), message);
    if (shape == s->task_shape) {
        bool failed = false;
        bool taken = task_cancel(vm, as_task(v), message, &failed);
        return failed ? -1 : taken;
    }
    // A subclass may override cancel().
    Value method = object_getattr(vm, v, s->name_cancel);
    Value argument = message ? message : VALUE_NONE;
    Tuple *names = method ? tuple_new(vm, 1) : NULL;
    if (!names)
        return -1;
    names->items[0] = from_object(NAME_OF(vm, msg));
    Value r = object_call(vm, method, &argument, 0, names);
    return r ? object_truth(vm, r) : -1;
}

int is_future_like(VM *vm, Value v)
{
    if (is_future(vm, v))
        return 1;
    if (!is_object(v) || !v)
        return 0;
    Str *name = sched_of(vm)->name_blocking;
    if (!type_lookup(vm, type_of(vm, v), name))
        return 0;
    Value flag = object_getattr_opt(vm, v, name);
    return flag ? !is_none(flag) : vm->error ? -1 : 0;
}

EventLoop *future_loop_of(VM *vm, Value f)
{
    if (is_future(vm, f))
        return as_future(f)->loop;
    Value get = object_getattr_opt(vm, f, sched_of(vm)->name_get_loop);
    Value loop = get ? call0(vm, get) : vm->error ? VALUE_EMPTY : object_getattr(vm, f, sched_of(vm)->name_loop);
    return loop && is_type_def(vm, loop, &event_loop_def) ? (EventLoop *)as_object(loop) : NULL;
}

// ---------------------------------------------------------------- the iterator of __await__ and __iter__

typedef struct FutureIter {
    Object base;
    Value future;
} FutureIter;

static void iter_mark(Gc *gc, Object *o) { gc_mark(gc, ((FutureIter *)o)->future); }

Value future_iter(VM *vm, Value self)
{
    if (!as_future(self)->loop)
        return raise_runtime(vm, "Future object is not initialized.");
    FutureIter *it = type_new_of(vm, &future_iter_def);
    if (!it)
        return VALUE_EMPTY;
    it->future = self;
    return from_object(it);
}

// Gives the future itself while it is pending, then ends with its result.
static Value iter_next_op(VM *vm, Value self)
{
    FutureIter *it = (FutureIter *)as_object(self);
    if (!it->future)
        return VALUE_EMPTY;
    Future *f = as_future(it->future);
    if (!future_done(f)) {
        if (f->flags & FUTURE_BLOCKING)
            return raise_runtime(vm, "await wasn't used with future");
        f->flags |= FUTURE_BLOCKING;
        return from_object(f);
    }
    it->future = VALUE_EMPTY;
    Value v = future_result(vm, f);
    return v ? raise_stop_iteration(vm, v) : VALUE_EMPTY;
}

static Value iter_send(VM *vm, Value *a, int n)
{
    (void)n;
    Value v = iter_next_op(vm, a[0]);
    return v || vm->error ? v : raise_stop_iteration(vm, VALUE_EMPTY);
}

static Value iter_throw(VM *vm, Value *a, int n)
{
    (void)n;
    ((FutureIter *)as_object(a[0]))->future = VALUE_EMPTY;
    Value e = a[2] && !is_none(a[2]) && is_exception(a[2]) ? a[2] : a[1];
    if (is_type(e) && type_is_subtype(as_type(e), vm->exc[EXC_BaseException]))
        e = a[2] && !is_none(a[2]) ? call1(vm, e, a[2]) : call0(vm, e);
    if (!e)
        return VALUE_EMPTY;
    if (!is_exception(e))
        return raise_type(vm, "exceptions must be classes deriving BaseException or instances of such a class");
    return raise_value_of(vm, e);
}

static Value iter_close(VM *vm, Value *a, int n)
{
    (void)n;
    (void)vm;
    ((FutureIter *)as_object(a[0]))->future = VALUE_EMPTY;
    return VALUE_NONE;
}

static Value iter_self(VM *vm, Value self) { return (void)vm, self; }

static const TypeOps iter_ops = {.mark = iter_mark, .iter = iter_self, .next = iter_next_op, .has_send = true};
static const NativeDef iter_methods[] = {
    {"send(self, value, /)", iter_send, NULL, 0, 0, 0},
    {"throw(self, type, val=None, tb=None, /)", iter_throw, NULL, 0, 0, 0},
    {"close(self, /)", iter_close, NULL, 0, 0, 0},
    {0},
};
const TypeDef future_iter_def = {.name = "_asyncio.FutureIter", .kind = KIND_OTHER, .size = sizeof(FutureIter),
    .ops = &iter_ops, .methods = iter_methods};
