// SPDX-License-Identifier: MIT
//
// Task as scripts see it, create_task() and ensure_future().

#include "task.h"

#include "vm/core/type.h"
#include "vm/types/container.h"
#include "vm/types/generator.h"

Value task_wakeup_method(VM *vm, Value *a, int n);
bool task_init(VM *vm, Task *t, EventLoop *loop, Value coro, Value name, Value context, bool eager);

// ---------------------------------------------------------------- creating

bool is_coroutine_like(VM *vm, Value v, bool *failed)
{
    *failed = false;
    if (has_kind(v, KIND_COROUTINE) || is_sleep(vm, v) || is_operation(vm, v))
        return true;
    if (!is_object(v) || !v || is_generator_like(v) || !type_special(vm, type_of(vm, v), SPECIAL___await__) ||
        is_future(vm, v))
        return false;
    Scheduler *s = sched_of(vm);
    if (!s->coroutine_class) {
        Value module = import_by_name(vm, "collections.abc");
        s->coroutine_class = module ? attribute_named(vm, module, "Coroutine") : VALUE_EMPTY;
        gc_barrier(vm, s);
        if (!s->coroutine_class)
            return *failed = true, false;
    }
    int is = object_isinstance(vm, v, s->coroutine_class);
    *failed = is < 0;
    return is > 0;
}

// callee(*args[:nargs], name=, context=, eager_start=) with those keywords that have a value. args has room for them.
static Value call_with_keywords(VM *vm, Value callee, Value *args, int nargs, Value name, Value context,
    Value eager_start)
{
    Scheduler *s = sched_of(vm);
    struct { Str *name; Value value; } keywords[] = {
        {s->name_name, name}, {s->name_context, context}, {s->name_eager_start, eager_start}};
    Tuple *names = tuple_new(vm, 3);
    int64_t count = 0;
    for (int i = 0; names && i < 3; i++) {
        if (!keywords[i].value || is_none(keywords[i].value))
            continue;
        names->items[count] = from_object(keywords[i].name);
        args[nargs + count++] = keywords[i].value;
    }
    if (!names)
        return VALUE_EMPTY;
    names->count = count;
    return object_call(vm, callee, args, nargs, count ? names : NULL);
}

static Value call_factory(VM *vm, EventLoop *loop, Value coro, Value name, Value context, Value eager_start)
{
    Scheduler *s = sched_of(vm);
    Value args[5] = {from_object(loop), coro};
    Value given = loop->factory_takes_name ? name : VALUE_NONE;
    Value task = call_with_keywords(vm, loop->task_factory, args, 2, given, context, eager_start);
    if (!task || is_none(name) || loop->factory_takes_name)
        return task;
    Value set = object_getattr_opt(vm, task, s->name_set_name);
    if (!set)
        return vm->error ? VALUE_EMPTY : task;
    return call1(vm, set, name) ? task : VALUE_EMPTY;
}

Value loop_create_task(VM *vm, EventLoop *loop, Value coro, Value name, Value context, Value eager_start)
{
    if (likely(!loop->own_create_task))
        return loop_make_task(vm, loop, coro, name, context, eager_start);
    Value args[4] = {coro}, method = attribute_named(vm, from_object(loop), "create_task");
    return method ? call_with_keywords(vm, method, args, 1, name, context, eager_start) : VALUE_EMPTY;
}

Value loop_make_task(VM *vm, EventLoop *loop, Value coro, Value name, Value context, Value eager_start)
{
    if (unlikely(!loop_check_open(vm, loop)))
        return VALUE_EMPTY;
    if (unlikely(!is_none(loop->task_factory)))
        return call_factory(vm, loop, coro, name, context, eager_start);
    if (unlikely(eager_start && !is_none(eager_start) && object_truth(vm, eager_start) > 0)) {
        Task *t = gc_new(vm, sched_of(vm)->task_shape, sizeof *t);
        return t && task_init(vm, t, loop, coro, name, is_none(context) ? VALUE_EMPTY : context, true)
            ? from_object(t) : VALUE_EMPTY;
    }
    Task *t = task_new(vm, loop, coro, name, is_none(context) ? VALUE_EMPTY : context);
    return t ? from_object(t) : VALUE_EMPTY;
}

Value ensure_future(VM *vm, Value awaitable, EventLoop *loop)
{
    int like = is_future_like(vm, awaitable);
    if (like < 0)
        return VALUE_EMPTY;
    if (like) {
        EventLoop *own = loop ? future_loop_of(vm, awaitable) : NULL;
        if (vm->error)
            return VALUE_EMPTY;
        if (loop && own != loop)
            return raise_value(vm,
                "The future belongs to a different loop than the one specified as the loop argument");
        return awaitable;
    }
    bool failed = false;
    if (!is_coroutine_like(vm, awaitable, &failed)) {
        if (failed)
            return VALUE_EMPTY;
        if (!is_object(awaitable) || !type_special(vm, type_of(vm, awaitable), SPECIAL___await__))
            return raise_type(vm, "An asyncio.Future, a coroutine or an awaitable is required");
        awaitable = report_call(vm, "_wrap_awaitable", &awaitable, 1);
        if (!awaitable)
            return VALUE_EMPTY;
    }
    if (!loop && !(loop = default_loop(vm)))
        return VALUE_EMPTY;
    return loop_create_task(vm, loop, awaitable, VALUE_NONE, VALUE_NONE, VALUE_EMPTY);
}

// ---------------------------------------------------------------- methods

static Value cancel_method(VM *vm, Value *a, int n)
{
    (void)n;
    bool failed = false;
    bool taken = task_cancel(vm, as_task(a[0]), a[1], &failed);
    return failed ? VALUE_EMPTY : from_bool(taken);
}

static Value cancelling_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_small(as_task(a[0])->cancels);
}

static Value uncancel_method(VM *vm, Value *a, int n)
{
    (void)vm;
    (void)n;
    return from_small(task_uncancel(as_task(a[0])));
}

static Value get_name_method(VM *vm, Value *a, int n)
{
    (void)n;
    Str *s = task_name(vm, as_task(a[0]));
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value set_name_method(VM *vm, Value *a, int n)
{
    (void)n;
    Str *s = object_str(vm, a[1]);
    if (!s)
        return VALUE_EMPTY;
    as_task(a[0])->name = from_object(s);
    gc_barrier(vm, as_object(a[0]));
    return VALUE_NONE;
}

static Value get_coro_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, as_task(a[0])->coro ? as_task(a[0])->coro : VALUE_NONE;
}

static Value get_context_method(VM *vm, Value *a, int n)
{
    (void)n;
    Task *t = as_task(a[0]);
    if (t->loop && t->loop->current == t) // running: its context is the VM's
        return context_object(vm, &vm->context);
    Value c = context_object(vm, &t->context);
    gc_barrier(vm, t);
    return c;
}

static Value set_result_method(VM *vm, Value *a, int n)
{
    return (void)a, (void)n, raise_runtime(vm, "Task does not support set_result operation");
}
static Value set_exception_method(VM *vm, Value *a, int n)
{
    return (void)a, (void)n, raise_runtime(vm, "Task does not support set_exception operation");
}

static Value get_stack_method(VM *vm, Value *a, int n) { return (void)n, report_call(vm, "task_get_stack", a, 2); }
static Value print_stack_method(VM *vm, Value *a, int n) { return (void)n, report_call(vm, "task_print_stack", a, 3); }

// ---------------------------------------------------------------- attributes

static Value get_coro(VM *vm, Value self) { return get_coro_method(vm, &self, 1); }
static Value get_waiting(VM *vm, Value self)
{
    Task *t = as_task(self);
    return (void)vm, t->waiting && !future_done((Future *)t) ? t->waiting : VALUE_NONE;
}
static Value get_must_cancel(VM *vm, Value self)
{
    return (void)vm, from_bool(as_task(self)->flags & FUTURE_MUST_CANCEL);
}
static Value get_quiet(VM *vm, Value self) { return (void)vm, from_bool(!(as_task(self)->flags & FUTURE_QUIET)); }
static bool set_quiet(VM *vm, Value self, Value v)
{
    int truth = v ? object_truth(vm, v) : (raise_exc(vm, EXC_AttributeError, "cannot delete attribute"), -1);
    if (truth < 0)
        return false;
    Task *t = as_task(self);
    t->flags = (uint8_t)(truth ? t->flags & ~FUTURE_QUIET : t->flags | FUTURE_QUIET);
    return true;
}

static Value task_repr(VM *vm, Value self) { return report_call(vm, "task_repr", &self, 1); }

// ---------------------------------------------------------------- the type

enum { ARG_SELF, ARG_CORO, ARG_LOOP, ARG_NAME, ARG_CONTEXT, ARG_EAGER };

static bool init_from_args(VM *vm, Task *t, Value *a)
{
    if (a[ARG_LOOP] && !is_none(a[ARG_LOOP]) && !is_type_def(vm, a[ARG_LOOP], &event_loop_def))
        return (raise_type(vm, "loop must be an event loop, not %T", a[ARG_LOOP]), false);
    EventLoop *loop = a[ARG_LOOP] && !is_none(a[ARG_LOOP]) ? (EventLoop *)as_object(a[ARG_LOOP]) : default_loop(vm);
    int eager = object_truth(vm, a[ARG_EAGER]);
    if (!loop || eager < 0)
        return false;
    return task_init(vm, t, loop, a[ARG_CORO], a[ARG_NAME], is_none(a[ARG_CONTEXT]) ? VALUE_EMPTY : a[ARG_CONTEXT],
        eager > 0);
}

static Value task_make(VM *vm, Value *a, int n)
{
    (void)n;
    Type *cls = as_type(a[0]);
    Task *t = type_alloc(vm, cls, 0);
    if (!t)
        return VALUE_EMPTY;
    if (cls->flags & TYPE_HEAP) // __init__ follows
        return from_object(t);
    if (!a[ARG_CORO])
        return raise_type(vm, "Task() missing required argument 'coro' (pos 1)");
    return init_from_args(vm, t, a) ? from_object(t) : VALUE_EMPTY;
}

static Value task_init_method(VM *vm, Value *a, int n)
{
    (void)n;
    Task *t = as_task(a[0]);
    if (t->loop && !future_done((Future *)t))
        return raise_runtime(vm, "task is running already");
    return init_from_args(vm, t, a) ? VALUE_NONE : VALUE_EMPTY;
}

static void task_mark(Gc *gc, Object *o)
{
    Task *t = (Task *)o;
    future_mark_fields(gc, (Future *)t);
    gc_mark(gc, t->coro);
    gc_mark(gc, t->waiting);
    gc_mark(gc, t->context);
    gc_mark(gc, t->name);
    gc_mark(gc, t->attributes);
}

static const TypeOps task_ops = {.mark = task_mark, .repr = task_repr, .iter = future_iter, .await = future_await};
static const NativeDef task_methods[] = {
    FUTURE_METHODS,
    {"cancel(self, msg=None)", cancel_method, "Request that this task cancel itself.", 0, 0, 0},
    {"cancelling(self, /)", cancelling_method, "Return the count of the task's cancellation requests.", NATIVE_RAW,
        1, 1},
    {"uncancel(self, /)", uncancel_method, "Decrement the count of cancellation requests; return what is left.",
        NATIVE_RAW, 1, 1},
    {"get_name(self, /)", get_name_method, NULL, NATIVE_RAW, 1, 1},
    {"set_name(self, value, /)", set_name_method, NULL, NATIVE_RAW, 2, 2},
    {"get_coro(self, /)", get_coro_method, NULL, NATIVE_RAW, 1, 1},
    {"get_context(self, /)", get_context_method, NULL, NATIVE_RAW, 1, 1},
    {"get_stack(self, *, limit=None)", get_stack_method, "Return the list of stack frames of the task.", 0, 0, 0},
    {"print_stack(self, *, limit=None, file=None)", print_stack_method, "Print the stack or traceback of the task.",
        0, 0, 0},
    {"set_result(self, result, /)", set_result_method, NULL, NATIVE_RAW, 2, 2},
    {"set_exception(self, exception, /)", set_exception_method, NULL, NATIVE_RAW, 2, 2},
    {"_wakeup(self, future, /)", task_wakeup_method, NULL, NATIVE_RAW, 2, 2},
    {"__init__(self, coro, *, loop=None, name=None, context=None, eager_start=False)", task_init_method, NULL, 0, 0, 0},
    {0},
};
static const GetSetDef task_getsets[] = {
    FUTURE_GETSETS,
    {"_coro", get_coro, NULL, NULL},
    {"_fut_waiter", get_waiting, NULL, NULL},
    {"_must_cancel", get_must_cancel, NULL, NULL},
    {"_log_destroy_pending", get_quiet, set_quiet, NULL},
    {0},
};
const TypeDef task_def = {
    .name = "_asyncio.Task", .kind = KIND_OTHER, .size = sizeof(Task), .ops = &task_ops, .methods = task_methods,
    .getsets = task_getsets,
        .make = {"Task(cls, coro=<unset>, *, loop=None, name=None, context=None, eager_start=False)", task_make,
            NULL, 0, 0, 0},
    .doc = "A coroutine that the event loop runs.", .flags = TYPE_BASE | TYPE_EXTRA,
};
