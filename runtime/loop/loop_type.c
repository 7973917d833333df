// SPDX-License-Identifier: MIT
//
// The event loop as scripts see it. What needs no speed is in the language (asyncio/base_events.aio) and is attached to
// the type when asyncio is imported.

#include "loop.h"

#include "runtime/io/fd_watch.h"
#include "runtime/tasks/debug.h"
#include "runtime/tasks/task.h"
#include "vm/core/type.h"
#include "vm/interp/frame.h"
#include "vm/memory/heap.h"
#include "vm/types/container.h"
#include "workers.h"

static EventLoop *as_loop(Value v) { return (EventLoop *)as_object(v); }

Value loop_bound_method(VM *vm, EventLoop *loop, const char *name)
{
    Str *s = str_intern_text(vm, name, strlen(name));
    return s ? object_getattr(vm, from_object(loop), s) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- callbacks and timers

static Value soon(VM *vm, Value *a, const char *method)
{
    EventLoop *loop = as_loop(a[0]);
    if (!loop_check_open(vm, loop) || (loop->debug && !loop_check_callback(vm, a[1], method)))
        return VALUE_EMPTY;
    return loop_call_soon(vm, loop, a[1], a[2], a[3]);
}

static Value call_soon_method(VM *vm, Value *a, int n) { return (void)n, soon(vm, a, "call_soon"); }

static Value call_soon_threadsafe_method(VM *vm, Value *a, int n)
{
    (void)n;
    Value h = soon(vm, a, "call_soon_threadsafe");
    loop_wake(as_loop(a[0]));
    return h;
}

static Handle *at(VM *vm, EventLoop *loop, double when, Value callback, Value args, Value context)
{
    if (!loop_check_open(vm, loop) || (loop->debug && !loop_check_callback(vm, callback, "call_at")))
        return NULL;
    bool ok = true;
    if (is_none(context))
        context = context_copy(vm, &ok);
    Handle *h = ok ? handle_new(vm, loop, &timer_handle_def, callback, args, false, context) : NULL;
    if (!h)
        return NULL;
    h->when = when;
    h->scheduled = true;
    return timers_push(vm, loop, when, &h->base) ? h : NULL;
}

static Value call_later_method(VM *vm, Value *a, int n)
{
    (void)n;
    double delay;
    if (is_none(a[1]))
        return raise_type(vm, "delay must not be None");
    if (!is_small(a[1]) && !is_double(a[1])) {
        Value now = from_double(loop_time(vm, as_loop(a[0]))), when = binary_op(vm, BINARY_ADD, now, a[1]);
        if (!when || !object_as_double(vm, when, &delay))
            return VALUE_EMPTY;
    } else {
        delay = is_small(a[1]) ? (double)as_small(a[1]) : as_double(a[1]);
        delay += loop_time(vm, as_loop(a[0]));
    }
    Handle *h = at(vm, as_loop(a[0]), delay, a[2], a[3], a[4]);
    return h ? from_object(h) : VALUE_EMPTY;
}

static Value call_at_method(VM *vm, Value *a, int n)
{
    (void)n;
    double when;
    if (is_none(a[1]))
        return raise_type(vm, "when cannot be None");
    Handle *h = object_as_double(vm, a[1], &when) ? at(vm, as_loop(a[0]), when, a[2], a[3], a[4]) : NULL;
    if (!h)
        return VALUE_EMPTY;
    h->when_is_int = is_small(a[1]);
    return from_object(h);
}

static Value time_method(VM *vm, Value *a, int n) { return (void)n, from_double(loop_time(vm, as_loop(a[0]))); }

// ---------------------------------------------------------------- futures and tasks

static Value create_future_method(VM *vm, Value *a, int n)
{
    (void)n;
    Future *f = future_new(vm, as_loop(a[0]));
    return f ? from_object(f) : VALUE_EMPTY;
}

static Value create_task_method(VM *vm, Value *a, int n)
{
    return (void)n, loop_make_task(vm, as_loop(a[0]), a[1], a[2], a[3], a[4]);
}

static Value set_task_factory_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_none(a[1]) && !is_callable(vm, a[1]))
        return raise_type(vm, "task factory must be a callable or None");
    Str *mark = str_intern_text(vm, "_takes_name", 11);
    Value takes_name = mark ? object_getattr_opt(vm, a[1], mark) : VALUE_EMPTY;
    if (vm->error)
        return VALUE_EMPTY;
    as_loop(a[0])->factory_takes_name = takes_name == VALUE_TRUE;
    as_loop(a[0])->task_factory = a[1];
    gc_barrier(vm, as_object(a[0]));
    return VALUE_NONE;
}
static Value get_task_factory_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, as_loop(a[0])->task_factory; }

// ---------------------------------------------------------------- running

static Value run_forever_method(VM *vm, Value *a, int n)
{
    return (void)n, loop_run_forever(vm, as_loop(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}
static Value run_until_complete_method(VM *vm, Value *a, int n)
{
    return (void)n, loop_run_until_complete(vm, as_loop(a[0]), a[1]);
}
static Value close_method(VM *vm, Value *a, int n)
{
    return (void)n, loop_close(vm, as_loop(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}
static Value is_running_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, from_bool(as_loop(a[0])->running); }
static Value is_closed_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, from_bool(as_loop(a[0])->closed); }
static Value check_closed_method(VM *vm, Value *a, int n)
{
    return (void)n, loop_check_open(vm, as_loop(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}

static Value stop_method(VM *vm, Value *a, int n)
{
    (void)vm;
    (void)n;
    as_loop(a[0])->stopping = true;
    return VALUE_NONE;
}

// ---------------------------------------------------------------- debug and errors

static Value get_debug_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, from_bool(as_loop(a[0])->debug); }
static Value set_debug_method(VM *vm, Value *a, int n)
{
    (void)n;
    int truth = object_truth(vm, a[1]);
    if (truth < 0)
        return VALUE_EMPTY;
    as_loop(a[0])->debug = truth;
    if (as_loop(a[0])->running)
        debug_track_origins(vm, as_loop(a[0]));
    return VALUE_NONE;
}

static Value get_exception_handler_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, as_loop(a[0])->exception_handler;
}
static Value set_exception_handler_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_none(a[1]) && !is_callable(vm, a[1]))
        return raise_type(vm, "A callable object or None is expected, got %R", a[1]);
    as_loop(a[0])->exception_handler = a[1];
    gc_barrier(vm, as_object(a[0]));
    return VALUE_NONE;
}
static Value call_exception_handler_method(VM *vm, Value *a, int n)
{
    return (void)n, report_call(vm, "call_exception_handler", a, 2);
}
static Value default_exception_handler_method(VM *vm, Value *a, int n)
{
    return (void)n, report_call(vm, "default_exception_handler", a, 2);
}

// ---------------------------------------------------------------- async generators

static Value firstiter_method(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = as_loop(a[0]);
    if (loop->asyncgens_shut &&
        !warn(vm, EXC_ResourceWarning,
            "asynchronous generator %R was scheduled after loop.shutdown_asyncgens() call", a[1]))
        return VALUE_EMPTY;
    return VALUE_NONE; // its finalizer is there since its first step
}

static Value finalizer_method(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = as_loop(a[0]);
    if (loop->closed)
        return VALUE_NONE;
    Value closing = call_method(vm, a[1], sched_of(vm)->name_aclose, NULL, 0);
    Value create = closing ? loop_bound_method(vm, loop, "create_task") : VALUE_EMPTY;
    Value args = create ? tuple_pack(vm, 1, closing) : VALUE_EMPTY;
    return args && loop_call_soon(vm, loop, create, args, VALUE_EMPTY) ? VALUE_NONE : VALUE_EMPTY;
}

// The object a bound method in C belongs to.
static Value method_owner(Value method)
{
    if (has_kind(method, KIND_BOUND_METHOD) || has_kind(method, KIND_METHOD_WRAPPER))
        return ((BoundMethod *)as_object(method))->self;
    return has_kind(method, KIND_NATIVE) ? ((Native *)as_object(method))->self : VALUE_EMPTY;
}

// Async generators that began to run under the loop and are not over, for shutdown_asyncgens. They are the objects with
// a finalizer whose hook belongs to this loop.
static Value running_asyncgens(VM *vm, Value self)
{
    GcHeap *heap = vm->gc.heap;
    List *list = list_new(vm, 0);
    for (size_t i = 0; list && i < heap->finalizer_count; i++) {
        Object *o = heap->finalizers[i];
        if (kind_of(o) != KIND_ASYNC_GENERATOR)
            continue;
        Generator *g = (Generator *)o;
        Value hook = g->state != GENERATOR_DONE && g->more ? g->more->finalizer : VALUE_EMPTY;
        if (hook && method_owner(hook) == self && !list_append(vm, list, from_object(o)))
            return VALUE_EMPTY;
    }
    return list ? from_object(list) : VALUE_EMPTY;
}

// A coroutine that is over at once.
static Value nothing_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    (void)vm;
    (void)op;
    (void)pending;
    return thrown ? VALUE_EMPTY : VALUE_NONE;
}

static const OperationKind shut_asyncgens = {"BaseEventLoop.shutdown_asyncgens", nothing_step},
                           shut_executor = {"BaseEventLoop.shutdown_default_executor", nothing_step};

// A function of asyncio.base_events with the loop and one more argument.
static Value in_language(VM *vm, const char *function, Value self, Value argument)
{
    Value module = import_by_name(vm, "asyncio.base_events");
    Value f = module ? attribute_named(vm, module, function) : VALUE_EMPTY;
    return f ? call2(vm, f, self, argument) : VALUE_EMPTY;
}

static Value shutdown_asyncgens_method(VM *vm, Value *a, int n)
{
    (void)n;
    as_loop(a[0])->asyncgens_shut = true;
    Value all = running_asyncgens(vm, a[0]);
    if (!all)
        return VALUE_EMPTY;
    return as_list(all)->count ? in_language(vm, "close_asyncgens", a[0], all) : operation_new(vm, &shut_asyncgens,
        a[0], VALUE_NONE);
}

static Value shutdown_executor_method(VM *vm, Value *a, int n)
{
    (void)n;
    as_loop(a[0])->executor_shut = true;
    Str *name = str_intern_text(vm, "_default_executor", 17);
    if (!name)
        return VALUE_EMPTY;
    Value executor = object_own_attribute(vm, a[0], name);
    if (executor && !is_none(executor))
        return in_language(vm, "close_executor", a[0], a[1]);
    return vm->error ? VALUE_EMPTY : operation_new(vm, &shut_executor, a[0], VALUE_NONE);
}

static Value live_wakers_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_small(loop_wakers(as_loop(a[0])));
}

// ---------------------------------------------------------------- the types

static Value loop_repr(VM *vm, Value self)
{
    EventLoop *l = as_loop(self);
    Str *s = str_format(vm, "<%T running=%s closed=%s debug=%s>", self, l->running ? "True" : "False", l->closed
        ? "True" : "False",
                        l->debug ? "True" : "False");
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value get_slow(VM *vm, Value self) { return (void)vm, as_loop(self)->slow_callback_duration; }
static bool set_slow(VM *vm, Value self, Value v)
{
    as_loop(self)->slow_callback_duration = v ? v : from_small(0);
    gc_barrier(vm, as_object(self));
    return true;
}

static Value get_stopping(VM *vm, Value self) { return (void)vm, from_bool(as_loop(self)->stopping); }
static Value get_ready_count(VM *vm, Value self) { return (void)vm, from_small(as_loop(self)->ready_count); }
static Value get_timer_count(VM *vm, Value self) { return (void)vm, from_small(as_loop(self)->timer_count); }
static Value get_executor_shut(VM *vm, Value self) { return (void)vm, from_bool(as_loop(self)->executor_shut); }
static bool set_executor_shut(VM *vm, Value self, Value v)
{
    int truth = v ? object_truth(vm, v) : 0;
    as_loop(self)->executor_shut = truth > 0;
    return truth >= 0;
}

static Value loop_make(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_new(vm, as_type(a[0]));
    return loop ? from_object(loop) : VALUE_EMPTY;
}

static void loop_mark(Gc *gc, Object *o)
{
    EventLoop *l = (EventLoop *)o;
    gc_mark_buffer(gc, l->ready);
    gc_mark_buffer(gc, l->timers);
    gc_mark_buffer(gc, l->tasks);
    gc_mark_buffer(gc, l->records);
    uint32_t to_end = l->ready_capacity - l->ready_head, first = to_end < l->ready_count ? to_end : l->ready_count;
    if (l->ready_count && gc_mark_wanted(gc, l->ready)) {
        gc_mark_part(gc, l->ready, &l->ready[l->ready_head].target, first, 2, 2);
        gc_mark_part(gc, l->ready, &l->ready->target, l->ready_count - first, 2, 2);
    }
    if (l->timers)
        gc_mark_entries(gc, l->timers, (const Value *)&l->timers->target, l->timer_count, 2, 1);
    gc_mark_entries(gc, l->tasks, (const Value *)l->tasks, l->task_count, 1, 1);
    gc_mark_object(gc, (Object *)l->current);
    gc_mark(gc, l->foreign_task);
    gc_mark(gc, l->exception_handler);
    gc_mark(gc, l->task_factory);
    gc_mark(gc, l->slow_callback_duration);
    for (IoHandle *h = l->handles; h; h = h->next)
        gc_mark_object(gc, (Object *)h);
    workers_mark(gc, l->workers);
    gc_mark(gc, l->descriptors);
    gc_mark(gc, l->attributes);
}

static void loop_finalize(VM *vm, Object *o)
{
    io_drop_all((EventLoop *)o);
    loop_release(vm, (EventLoop *)o);
}

static const TypeOps loop_ops = {.mark = loop_mark, .finalize = loop_finalize, .repr = loop_repr};
static const NativeDef loop_methods[] = {
    {"call_soon(self, callback, *args, context=None)", call_soon_method, "Call callback(*args) at the next turn.", 0,
        0, 0},
    {"call_soon_threadsafe(self, callback, *args, context=None)", call_soon_threadsafe_method,
        "call_soon() that wakes a waiting loop.", 0, 0, 0},
    {"call_later(self, delay, callback, *args, context=None)", call_later_method,
        "Call callback(*args) after delay seconds.", 0, 0, 0},
    {"call_at(self, when, callback, *args, context=None)", call_at_method,
        "Call callback(*args) at the loop time when.", 0, 0, 0},
    {"time(self, /)", time_method, "The time of the loop's clock in seconds.", NATIVE_RAW, 1, 1},
    {"create_future(self, /)", create_future_method, "Return a new Future of this loop.", NATIVE_RAW, 1, 1},
    {"create_task(self, coro, *, name=None, context=None, eager_start=<unset>)", create_task_method,
        "Run a coroutine as a Task.", 0, 0, 0},
    {"set_task_factory(self, factory)", set_task_factory_method, "Set what create_task() calls; None: the default.",
        0, 0, 0},
    {"get_task_factory(self, /)", get_task_factory_method, NULL, NATIVE_RAW, 1, 1},
    {"run_forever(self, /)", run_forever_method, "Run until stop() is called.", NATIVE_RAW, 1, 1},
    {"run_until_complete(self, future)", run_until_complete_method,
        "Run until the awaitable is done; return its result.", 0, 0, 0},
    {"stop(self, /)", stop_method, "Stop after the turn that is running.", NATIVE_RAW, 1, 1},
    {"close(self, /)", close_method, "Close the loop; it must not be running.", NATIVE_RAW, 1, 1},
    {"is_running(self, /)", is_running_method, NULL, NATIVE_RAW, 1, 1},
    {"is_closed(self, /)", is_closed_method, NULL, NATIVE_RAW, 1, 1},
    {"get_debug(self, /)", get_debug_method, NULL, NATIVE_RAW, 1, 1},
    {"set_debug(self, enabled)", set_debug_method, NULL, 0, 0, 0},
    {"get_exception_handler(self, /)", get_exception_handler_method, NULL, NATIVE_RAW, 1, 1},
    {"set_exception_handler(self, handler)", set_exception_handler_method,
        "Set handler(loop, context); None: the default.", 0, 0, 0},
    {"call_exception_handler(self, context)", call_exception_handler_method, "Report an error nobody waits for.", 0,
        0, 0},
    {"default_exception_handler(self, context)", default_exception_handler_method, "Print the report of an error.",
        0, 0, 0},
    {"_asyncgen_firstiter_hook(self, agen, /)", firstiter_method, NULL, NATIVE_RAW, 2, 2},
    {"_asyncgen_finalizer_hook(self, agen, /)", finalizer_method, NULL, NATIVE_RAW, 2, 2},
    {"shutdown_asyncgens(self, /)", shutdown_asyncgens_method, "Close all async generators that still run.",
        NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"shutdown_default_executor(self, timeout=None)", shutdown_executor_method,
        "Wait for the default executor to end.", NATIVE_COROUTINE, 0, 0},
    {"add_reader(self, fd, callback, *args)", loop_add_reader, "Call callback(*args) whenever fd can be read.", 0, 0,
        0},
    {"remove_reader(self, fd, /)", loop_remove_reader, "Stop watching fd; True if it was watched.", NATIVE_RAW, 2, 2},
    {"add_writer(self, fd, callback, *args)", loop_add_writer, "Call callback(*args) whenever fd can be written.", 0, 0,
        0},
    {"remove_writer(self, fd, /)", loop_remove_writer, "Stop watching fd; True if it was watched.", NATIVE_RAW, 2, 2},
    {"_add_reader(self, fd, callback, *args)", loop_add_reader_raw, NULL, 0, 0, 0},
    {"_remove_reader(self, fd, /)", loop_remove_reader_raw, NULL, NATIVE_RAW, 2, 2},
    {"_add_writer(self, fd, callback, *args)", loop_add_writer_raw, NULL, 0, 0, 0},
    {"_remove_writer(self, fd, /)", loop_remove_writer_raw, NULL, NATIVE_RAW, 2, 2},
    {"_live_wakers(self, /)", live_wakers_method, "How many descriptors and calls can still wake the loop.", NATIVE_RAW,
        1, 1},
    {"_check_closed(self, /)", check_closed_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef loop_getsets[] = {
    {"slow_callback_duration", get_slow, set_slow, NULL}, {"_stopping", get_stopping, NULL, NULL}, {"_ready_count",
        get_ready_count, NULL, NULL},
    {"_timer_count", get_timer_count, NULL, NULL}, {"_executor_shutdown_called", get_executor_shut,
        set_executor_shut, NULL}, {0},
};

const TypeDef event_loop_def = {
    .name = "asyncio.base_events.BaseEventLoop", .kind = KIND_OTHER, .size = sizeof(EventLoop),
        .ops = &loop_ops, .methods = loop_methods,
    .getsets = loop_getsets, .make = {"BaseEventLoop(cls, *args)", loop_make, NULL, 0, 0, 0},
    .doc = "The event loop: ready ring, timers and libev.",
    .flags = TYPE_BASE | TYPE_EXTRA | TYPE_FINALIZE | TYPE_BARE_NAME,
};
