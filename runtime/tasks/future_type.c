// SPDX-License-Identifier: MIT
//
// Future as scripts see it: constructor, methods, attributes. The shared ones are used by Task and gather too.

#include "future.h"

#include "debug.h"
#include "task.h"
#include "vm/core/type.h"
#include "vm/types/container.h"

static bool ready(VM *vm, Future *f)
{
    if (likely(f->loop))
        return true;
    raise_runtime(vm, "Future object is not initialized.");
    return false;
}

// The error of result() and exception() before __init__.
static Value unready(VM *vm)
{
    return raise_class(vm, sched_of(vm)->invalid_state_error, "Future object is not initialized.");
}

// ---------------------------------------------------------------- methods

Value future_result_method(VM *vm, Value *a, int n)
{
    return (void)n, likely(as_future(a[0])->loop) ? future_result(vm, as_future(a[0])) : unready(vm);
}
Value future_exception_method(VM *vm, Value *a, int n)
{
    return (void)n, likely(as_future(a[0])->loop) ? future_exception(vm, as_future(a[0])) : unready(vm);
}
Value future_done_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, from_bool(future_done(as_future(a[0]))); }
Value future_cancelled_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_bool(as_future(a[0])->state == FUTURE_CANCELLED);
}

Value future_add_callback_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!as_future(a[0])->loop)
        return raise_runtime(vm, "uninitialized Future object");
    bool ok = true;
    Value context = a[2] && !is_none(a[2]) ? a[2] : context_copy(vm, &ok);
    return ok && future_add_callback(vm, as_future(a[0]), a[1], context) ? VALUE_NONE : VALUE_EMPTY;
}

Value future_remove_callback_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!ready(vm, as_future(a[0])))
        return VALUE_EMPTY;
    int64_t count = future_remove_callback(vm, as_future(a[0]), a[1]);
    return count < 0 ? VALUE_EMPTY : from_small(count);
}

Value future_get_loop_method(VM *vm, Value *a, int n)
{
    (void)n;
    return ready(vm, as_future(a[0])) ? from_object(as_future(a[0])->loop) : VALUE_EMPTY;
}

Value future_make_cancelled_method(VM *vm, Value *a, int n)
{
    return (void)n, future_cancelled_error(vm, as_future(a[0]));
}
Value future_await_method(VM *vm, Value *a, int n) { return (void)n, future_iter(vm, a[0]); }

static Value set_result_method(VM *vm, Value *a, int n)
{
    (void)n;
    Future *f = as_future(a[0]);
    if (!ready(vm, f))
        return VALUE_EMPTY;
    if (future_done(f))
        return raise_class(vm, sched_of(vm)->invalid_state_error, "invalid state");
    return future_set_result(vm, f, a[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value set_exception_method(VM *vm, Value *a, int n)
{
    (void)n;
    Future *f = as_future(a[0]);
    Value e = a[1];
    if (!ready(vm, f))
        return VALUE_EMPTY;
    if (future_done(f))
        return raise_class(vm, sched_of(vm)->invalid_state_error, "invalid state");
    if (is_type(e) && type_is_subtype(as_type(e), vm->exc[EXC_BaseException]) && !(e = call0(vm, e)))
        return VALUE_EMPTY;
    if (!is_exception(e))
        return raise_type(vm, "invalid exception object");
    if (type_is_subtype(type_of(vm, e), vm->exc[EXC_StopIteration]))
        return raise_type(vm, "StopIteration interacts badly with generators and cannot be raised into a Future");
    return future_set_exception(vm, f, e) ? VALUE_NONE : VALUE_EMPTY;
}

static Value cancel_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!ready(vm, as_future(a[0])))
        return VALUE_EMPTY;
    bool done = future_mark_cancelled(vm, as_future(a[0]), a[1]);
    return vm->error ? VALUE_EMPTY : from_bool(done);
}

// Runs when a failed future, or a pending task whose loop was closed, is collected.
Value future_del_method(VM *vm, Value *a, int n)
{
    (void)n;
    Future *f = as_future(a[0]);
    bool pending = is_task(vm, a[0]) && !future_done(f) && !(f->flags & FUTURE_QUIET) && f->loop;
    if (!(f->flags & FUTURE_LOG) && !pending)
        return VALUE_NONE;
    Value source = debug_get_source(vm, a[0]);
    if (!source)
        return VALUE_EMPTY;
    if (pending) {
        Str *text = str_from(vm, "Task was destroyed but it is pending!");
        if (text)
            loop_call_exception_handler(vm, f->loop, from_object(text), "task", a[0],
                is_none(source) ? NULL : "source_traceback", source, NULL);
        return vm->error ? VALUE_EMPTY : VALUE_NONE;
    }
    f->flags &= (uint8_t)~FUTURE_LOG;
    sched_of(vm)->unretrieved--;
    Str *text = str_format(vm, "%N exception was never retrieved", type_of(vm, a[0]));
    if (text)
        loop_call_exception_handler(vm, f->loop, from_object(text), "exception", f->result, "future", a[0],
            is_none(source) ? NULL : "source_traceback", source, NULL);
    return vm->error ? VALUE_EMPTY : VALUE_NONE;
}

// ---------------------------------------------------------------- attributes

Value future_get_state(VM *vm, Value self)
{
    uint8_t state = as_future(self)->state;
    Str *s = str_from(vm, state == FUTURE_PENDING ? "PENDING" : state == FUTURE_CANCELLED ? "CANCELLED" : "FINISHED");
    return s ? from_object(s) : VALUE_EMPTY;
}

Value future_get_loop(VM *vm, Value self)
{
    return (void)vm, as_future(self)->loop ? from_object(as_future(self)->loop) : VALUE_NONE;
}

// A list of (callback, context) as CPython's, or None. An internal waiter shows as what it stands for.
Value future_get_callbacks(VM *vm, Value self)
{
    Future *f = as_future(self);
    if (future_done(f) || !f->waiter)
        return VALUE_NONE;
    List *list = list_new(vm, 1);
    bool many = is_type_def(vm, f->waiter, &callbacks_def);
    Callbacks *c = many ? (Callbacks *)as_object(f->waiter) : NULL;
    uint32_t count = many ? c->count : 1;
    for (uint32_t i = 0; list && i < count; i++) {
        CallbackEntry e = many ? c->entries[i] : (CallbackEntry){f->waiter, VALUE_EMPTY};
        if (!e.context || is_none(e.context))
            e.context = VALUE_EMPTY;
        Value context = context_object(vm, &e.context);
        Value pair = context ? tuple_pack(vm, 2, e.callback, context) : VALUE_EMPTY;
        if (!pair || !list_append(vm, list, pair))
            return VALUE_EMPTY;
    }
    return !list ? VALUE_EMPTY : list->count ? from_object(list) : VALUE_NONE;
}

Value future_get_result(VM *vm, Value self)
{
    return (void)vm, as_future(self)->state == FUTURE_FINISHED ? as_future(self)->result : VALUE_NONE;
}
Value future_get_exception(VM *vm, Value self)
{
    return (void)vm, as_future(self)->state == FUTURE_FAILED ? as_future(self)->result : VALUE_NONE;
}
Value future_get_blocking(VM *vm, Value self) { return (void)vm, from_bool(as_future(self)->flags & FUTURE_BLOCKING); }

bool future_set_blocking(VM *vm, Value self, Value v)
{
    int truth = v ? object_truth(vm, v) : (raise_exc(vm, EXC_AttributeError, "cannot delete attribute"), -1);
    if (truth < 0)
        return false;
    Future *f = as_future(self);
    f->flags = (uint8_t)(truth ? f->flags | FUTURE_BLOCKING : f->flags & ~FUTURE_BLOCKING);
    return true;
}

Value future_get_cancel_message(VM *vm, Value self)
{
    Value v = future_message(vm, as_future(self));
    return v ? v : VALUE_NONE;
}

bool future_set_cancel_message(VM *vm, Value self, Value v)
{
    Future *f = as_future(self);
    Value message = !v || is_none(v) ? VALUE_EMPTY : v;
    if (f->state == FUTURE_CANCELLED)
        f->waiter = message;
    else if (f->state == FUTURE_PENDING)
        f->result = message;
    gc_barrier(vm, f);
    return true;
}

Value future_get_log(VM *vm, Value self) { return (void)vm, from_bool(as_future(self)->flags & FUTURE_LOG); }

bool future_set_log(VM *vm, Value self, Value v)
{
    int truth = v ? object_truth(vm, v) : (raise_exc(vm, EXC_AttributeError, "cannot delete attribute"), -1);
    if (truth > 0)
        raise_value(vm, "_log_traceback can only be set to False");
    if (truth)
        return false;
    Future *f = as_future(self);
    if (f->flags & FUTURE_LOG)
        sched_of(vm)->unretrieved--;
    f->flags &= (uint8_t)~FUTURE_LOG;
    return true;
}

Value future_repr(VM *vm, Value self) { return report_call(vm, "future_repr", &self, 1); }

// ---------------------------------------------------------------- the type

static bool init_future(VM *vm, Future *f, Value loop)
{
    EventLoop *l = NULL;
    if (!loop || is_none(loop))
        l = default_loop(vm);
    else if (is_type_def(vm, loop, &event_loop_def))
        l = (EventLoop *)as_object(loop);
    else
        raise_type(vm, "loop must be an event loop, not %T", loop);
    f->loop = l;
    gc_barrier(vm, f);
    return l && (likely(!l->debug) || debug_note_source(vm, &f->base));
}

static Value future_make(VM *vm, Value *a, int n)
{
    (void)n;
    Type *cls = as_type(a[0]);
    Future *f = type_alloc(vm, cls, 0);
    if (!f || (!(cls->flags & TYPE_HEAP) && !init_future(vm, f, a[1])))
        return VALUE_EMPTY;
    return from_object(f);
}

static Value future_init(VM *vm, Value *a, int n)
{
    (void)n;
    Future *f = as_future(a[0]);
    if (f->flags & FUTURE_LOG)
        sched_of(vm)->unretrieved--;
    f->state = f->flags = 0;
    f->result = f->waiter = VALUE_EMPTY;
    return init_future(vm, f, a[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static void future_mark(Gc *gc, Object *o)
{
    Future *f = (Future *)o;
    future_mark_fields(gc, f);
    gc_mark(gc, f->attributes);
}

static const TypeOps future_ops = {.mark = future_mark, .repr = future_repr, .iter = future_iter,
    .await = future_await};
static const NativeDef future_methods[] = {
    FUTURE_METHODS,
    {"set_result(self, result, /)", set_result_method, "Mark the future done and set its result.", NATIVE_RAW, 2, 2},
    {"set_exception(self, exception, /)", set_exception_method, "Mark the future done and set an exception.",
        NATIVE_RAW, 2, 2},
    {"cancel(self, msg=None)", cancel_method, "Cancel the future and schedule callbacks.", 0, 0, 0},
    {"__init__(self, *, loop=None)", future_init, NULL, 0, 0, 0},
    {0},
};
static const GetSetDef future_getsets[] = {FUTURE_GETSETS, {0}};
const TypeDef future_def = {
    .name = "_asyncio.Future", .kind = KIND_OTHER, .size = sizeof(Future), .ops = &future_ops,
        .methods = future_methods,
    .getsets = future_getsets, .make = {"Future(cls, *, loop=None)", future_make, NULL, 0, 0, 0},
    .doc = "A result that will be there later.", .flags = TYPE_BASE | TYPE_EXTRA,
};
