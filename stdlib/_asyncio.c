// SPDX-License-Identifier: MIT
//
// _asyncio: the part of asyncio in C, for the package stdlib/asyncio. The types are made by runtime/tasks.

#include "runtime/tasks/gather.h"
#include "runtime/tasks/group.h"
#include "runtime/tasks/sync.h"
#include "runtime/tasks/task.h"
#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/interp/frame.h"

// ---------------------------------------------------------------- tasks

static Value create_task(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = running_loop(vm);
    return loop ? loop_create_task(vm, loop, a[0], a[1], a[2], a[3]) : VALUE_EMPTY;
}

static Value sleep_function(VM *vm, Value *a, int n) { return (void)n, sleep_new(vm, a[0], a[1]); }
static Value gather_function(VM *vm, Value *a, int n)
{
    (void)n;
    int truth = object_truth(vm, a[1]);
    return truth < 0 ? VALUE_EMPTY : gather_new(vm, as_tuple(a[0]), truth);
}

static Value timeout_function(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = running_loop(vm);
    if (!loop)
        return VALUE_EMPTY;
    Value when = is_none(a[0]) ? a[0] : binary_op(vm, BINARY_ADD, from_double(loop_time(vm, loop)), a[0]);
    return when ? timeout_new(vm, when) : VALUE_EMPTY;
}
static Value timeout_at_function(VM *vm, Value *a, int n) { return (void)n, timeout_new(vm, a[0]); }

static EventLoop *loop_argument(VM *vm, Value v)
{
    if (!v || is_none(v))
        return running_loop(vm);
    if (is_type_def(vm, v, &event_loop_def))
        return (EventLoop *)as_object(v);
    raise_type(vm, "an event loop is required, not %T", v);
    return NULL;
}

static Value ensure_future_function(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = a[1] && !is_none(a[1]) ? loop_argument(vm, a[1]) : NULL;
    return vm->error ? VALUE_EMPTY : ensure_future(vm, a[0], loop);
}

// The running task of the loop; one that is not of our kind was entered through _enter_task().
static Value current_of(EventLoop *loop)
{
    return loop->current ? from_object(loop->current) : loop->foreign_task ? loop->foreign_task : VALUE_NONE;
}

static Value current_task(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_argument(vm, a[0]);
    return loop ? current_of(loop) : VALUE_EMPTY;
}

static Value all_tasks(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_argument(vm, a[0]);
    Set *set = loop ? set_new(vm, false) : NULL;
    for (uint32_t i = 0; set && i < loop->task_count; i++)
        if (!set_add(vm, set, from_object(loop->tasks[i])))
            return VALUE_EMPTY;
    Value more = sched_of(vm)->registered, self = from_object(loop);
    if (set && more && (!(more = call1(vm, more, self)) || !set_update(vm, set, more)))
        return VALUE_EMPTY;
    return set ? from_object(set) : VALUE_EMPTY;
}

// (function of a loop) -> None; it gives the tasks of other kinds that all_tasks() has to name.
static Value set_registered(VM *vm, Value *a, int n)
{
    (void)n;
    sched_of(vm)->registered = a[0];
    gc_barrier(vm, sched_of(vm));
    return VALUE_NONE;
}

// All pending tasks in the order they were made: what run() cancels at the end.
static Value pending_tasks(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_argument(vm, a[0]);
    List *list = loop ? list_new(vm, loop->task_count) : NULL;
    for (uint32_t i = 0; list && i < loop->task_count; i++)
        if (!list_append(vm, list, from_object(loop->tasks[i])))
            return VALUE_EMPTY;
    return list ? from_object(list) : VALUE_EMPTY;
}

// Who in C is told when a future is done, in order: tasks, gathers, task groups (as their parent tasks).
static Value waiters_of(VM *vm, Value *a, int n)
{
    (void)n;
    List *list = list_new(vm, 0);
    if (!list || !is_future(vm, a[0]) || future_done(as_future(a[0])) || !as_future(a[0])->waiter)
        return list ? from_object(list) : VALUE_EMPTY;
    Value w = as_future(a[0])->waiter;
    Callbacks *c = is_type_def(vm, w, &callbacks_def) ? (Callbacks *)as_object(w) : NULL;
    for (uint32_t i = 0; i < (c ? c->count : 1); i++) {
        Value v = !c ? w : c->entries[i].context ? VALUE_EMPTY : c->entries[i].callback;
        if (v && is_type_def(vm, v, &task_group_def))
            v = group_parent(as_object(v));
        if (v && !list_append(vm, list, v))
            return VALUE_EMPTY;
    }
    return from_object(list);
}

static Value swap_current_task(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_argument(vm, a[0]);
    if (!loop)
        return VALUE_EMPTY;
    Value before = current_of(loop);
    loop->current = is_task(vm, a[1]) ? as_task(a[1]) : NULL;
    loop->foreign_task = loop->current || is_none(a[1]) ? VALUE_EMPTY : a[1];
    gc_barrier(vm, loop);
    return before;
}

static Value iscoroutine(VM *vm, Value *a, int n)
{
    (void)n;
    bool failed = false;
    bool is = is_coroutine_like(vm, a[0], &failed);
    return failed ? VALUE_EMPTY : from_bool(is);
}

static Value isfuture(VM *vm, Value *a, int n)
{
    (void)n;
    int like = is_future_like(vm, a[0]);
    return like < 0 ? VALUE_EMPTY : from_bool(like);
}

static Value iscoroutinefunction(VM *vm, Value *a, int n)
{
    (void)n;
    Value f = a[0];
    while (has_kind(f, KIND_BOUND_METHOD))
        f = ((BoundMethod *)as_object(f))->function;
    if (is_function(f))
        return from_bool(as_function(f)->code->flags & CODE_COROUTINE);
    return report_call(vm, "is_coroutine_function", a, 1);
}

// ---------------------------------------------------------------- loops

static Value get_running_loop(VM *vm, Value *a, int n)
{
    (void)a;
    (void)n;
    EventLoop *loop = running_loop(vm);
    return loop ? from_object(loop) : VALUE_EMPTY;
}

static Value get_running_loop_or_none(VM *vm, Value *a, int n)
{
    (void)a;
    (void)n;
    return sched_of(vm)->running ? from_object(sched_of(vm)->running) : VALUE_NONE;
}

static Value set_running_loop(VM *vm, Value *a, int n)
{
    (void)n;
    Scheduler *s = sched_of(vm);
    if (!is_none(a[0]) && !is_type_def(vm, a[0], &event_loop_def))
        return raise_type(vm, "an event loop is required, not %T", a[0]);
    s->running = is_none(a[0]) ? NULL : (EventLoop *)as_object(a[0]);
    gc_barrier(vm, s);
    return VALUE_NONE;
}

static Value current_loop(VM *vm, Value *a, int n)
{
    (void)a;
    (void)n;
    Scheduler *s = sched_of(vm);
    if (!s->running && !is_none(s->current_loop))
        return s->current_loop;
    EventLoop *loop = default_loop(vm);
    return loop ? from_object(loop) : VALUE_EMPTY;
}

static Value set_current_loop(VM *vm, Value *a, int n)
{
    (void)n;
    Scheduler *s = sched_of(vm);
    if (!is_none(a[0]) && object_isinstance(vm, a[0], from_object(s->abstract_loop)) != 1)
        return vm->error ? VALUE_EMPTY
                         : raise_type(vm, "loop must be an instance of AbstractEventLoop or None, not '%T'", a[0]);
    s->current_loop = a[0];
    s->loop_was_set = true;
    gc_barrier(vm, s);
    return VALUE_NONE;
}

static Value make_loop(VM *vm, Value *a, int n)
{
    (void)a;
    (void)n;
    EventLoop *loop = loop_new(vm, sched_of(vm)->loop_type);
    return loop ? from_object(loop) : VALUE_EMPTY;
}

// The public functions ask the policy when a script has set one.
static Value ask_policy(VM *vm, const char *method, const Value *args, int nargs)
{
    Str *name = str_intern_text(vm, method, strlen(method));
    return name ? call_method(vm, sched_of(vm)->policy, name, args, nargs) : VALUE_EMPTY;
}

static Value get_event_loop(VM *vm, Value *a, int n)
{
    Scheduler *s = sched_of(vm);
    return s->policy && !s->running ? ask_policy(vm, "get_event_loop", NULL, 0) : current_loop(vm, a, n);
}

static Value set_event_loop(VM *vm, Value *a, int n)
{
    return sched_of(vm)->policy ? ask_policy(vm, "set_event_loop", a, 1) : set_current_loop(vm, a, n);
}

static Value new_event_loop(VM *vm, Value *a, int n)
{
    return sched_of(vm)->policy ? ask_policy(vm, "new_event_loop", NULL, 0) : make_loop(vm, a, n);
}

static Value set_policy(VM *vm, Value *a, int n)
{
    (void)n;
    sched_of(vm)->policy = is_none(a[0]) ? VALUE_EMPTY : a[0];
    gc_barrier(vm, sched_of(vm));
    return VALUE_NONE;
}

// Adds a method written in the language to the loop type.
static Value add_loop_method(VM *vm, Value *a, int n)
{
    (void)n;
    Type *t = type_of_def(vm, &event_loop_def);
    if (!is_str(a[0]) || !type_dict(vm, t) || !dict_set_str(vm, t->dict, as_str(a[0]), a[1]))
        return VALUE_EMPTY;
    type_modified(vm, t, true);
    return VALUE_NONE;
}

// ---------------------------------------------------------------- interrupts of a Runner

// (task) -> the state before; the task is cancelled by the first interrupt.
static Value runner_begin(VM *vm, Value *a, int n)
{
    (void)n;
    Scheduler *s = sched_of(vm);
    Value before = s->main_task ? from_object(s->main_task) : VALUE_NONE;
    s->main_task = is_task(vm, a[0]) ? as_task(a[0]) : NULL;
    s->interrupts = 0;
    gc_barrier(vm, s);
    return before;
}

// (before) -> how many interrupts there were
static Value runner_end(VM *vm, Value *a, int n)
{
    (void)n;
    Scheduler *s = sched_of(vm);
    s->main_task = is_task(vm, a[0]) ? as_task(a[0]) : NULL;
    uint32_t count = s->interrupts;
    s->interrupts = 0;
    gc_barrier(vm, s);
    return from_small(count);
}

// A copy of the current context, the context of a task: None stands for an empty one that does not exist yet.
static Value copy_current_context(VM *vm, Value *a, int n)
{
    (void)a;
    (void)n;
    bool ok = true;
    Value c = context_copy(vm, &ok);
    return !ok ? VALUE_EMPTY : c ? c : VALUE_NONE;
}

static Value context_of(VM *vm, Value *a, int n)
{
    (void)n;
    return is_task(vm, a[0]) && as_task(a[0])->context ? as_task(a[0])->context : VALUE_NONE;
}

// Exceptions of futures that nobody asked for are reported when the futures are collected: collects when there are any.
static Value report_unretrieved(VM *vm, Value *a, int n)
{
    (void)a;
    (void)n;
    if (sched_of(vm)->unretrieved) {
        gc_collect(vm);
        gc_run_finalizers(vm);
    }
    return VALUE_NONE;
}

// ---------------------------------------------------------------- the module

static bool add_type(VM *vm, Module *m, const char *name, Type *t)
{
    return t && module_set(vm, m, name, from_object(t));
}

static bool init(VM *vm, Module *m)
{
    if (!scheduler_start(vm) || !sync_start(vm))
        return false;
    Scheduler *s = sched_of(vm);
    struct { const char *name; Type *type; } types[] = {
        {"Future", s->future_type}, {"Task", s->task_type}, {"CancelledError", s->cancelled_error},
            {"InvalidStateError", s->invalid_state_error},
        {"BrokenBarrierError", s->broken_barrier}, {"DeadlockError", s->deadlock_error},
            {"QueueEmpty", s->queue_empty}, {"QueueFull", s->queue_full},
        {"QueueShutDown", s->queue_shut_down}, {"AbstractEventLoop", s->abstract_loop}, {"BaseEventLoop", type_of_def(vm, &event_loop_def)},
        {"EventLoop", s->loop_type}, {"Handle", type_of_def(vm, &handle_def)},
        {"TimerHandle", type_of_def(vm, &timer_handle_def)}, {"_GatheringFuture", type_of_def(vm, &gather_def)},
        {"_Sleep", type_of_def(vm, &sleep_def)}, {"_Callbacks", type_of_def(vm, &callbacks_def)},
        {"Lock", type_of_def(vm, &lock_def)}, {"Event", type_of_def(vm, &event_def)}, {"Semaphore", type_of_def(vm,
            &semaphore_def)},
        {"BoundedSemaphore", type_of_def(vm, &bounded_semaphore_def)}, {"Queue", type_of_def(vm, &queue_def)},
            {"Timeout", type_of_def(vm, &timeout_def)},
        {"TaskGroup", type_of_def(vm, &task_group_def)},
        {"LifoQueue", type_of_def(vm, &lifo_queue_def)}, {"PriorityQueue", type_of_def(vm, &priority_queue_def)},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (!add_type(vm, m, types[i].name, types[i].type))
            return false;
    return true;
}

static const NativeDef functions[] = {
    {"create_task(coro, *, name=None, context=None, eager_start=<unset>)", create_task,
        "Run a coroutine as a Task of the running loop.", 0, 0, 0},
    {"sleep(delay, result=None)", sleep_function, "Wait for delay seconds; give result.", NATIVE_COROUTINE, 0, 0},
    {"gather(*coros_or_futures, return_exceptions=False)", gather_function,
        "Return a future of the list of all results.", 0, 0, 0},
    {"timeout(delay)", timeout_function, "Limit a block to delay seconds; None: no limit.", 0, 0, 0},
    {"timeout_at(when)", timeout_at_function, "Limit a block by a deadline in loop time; None: no limit.", 0, 0, 0},
    {"ensure_future(coro_or_future, *, loop=None)", ensure_future_function,
        "Wrap a coroutine or an awaitable in a future.", 0, 0, 0},
    {"current_task(loop=None)", current_task, "Return the running task or None.", 0, 0, 0},
    {"all_tasks(loop=None)", all_tasks, "Return a set of the tasks of the loop that are not done.", 0, 0, 0},
    {"_pending_tasks(loop=None)", pending_tasks, NULL, 0, 0, 0},
    {"_waiters_of(future, /)", waiters_of, NULL, NATIVE_RAW, 1, 1},
    {"_swap_current_task(loop, task)", swap_current_task, NULL, 0, 0, 0},
    {"_set_registered(function, /)", set_registered, NULL, NATIVE_RAW, 1, 1},
    {"iscoroutine(obj, /)", iscoroutine, "Return True if obj is a coroutine object.", NATIVE_RAW, 1, 1},
    {"isfuture(obj, /)", isfuture, "Return True if obj is a future or acts as one.", NATIVE_RAW, 1, 1},
    {"iscoroutinefunction(func)", iscoroutinefunction, "Return True if func is a coroutine function.", 0, 0, 0},
    {"get_running_loop()", get_running_loop, "Return the running event loop; RuntimeError if there is none.", 0, 0, 0},
    {"_get_running_loop()", get_running_loop_or_none, NULL, 0, 0, 0},
    {"_set_running_loop(loop, /)", set_running_loop, NULL, 0, 0, 0},
    {"get_event_loop()", get_event_loop, "Return the running loop, else the current one.", 0, 0, 0},
    {"set_event_loop(loop)", set_event_loop, "Make loop the current one.", 0, 0, 0},
    {"new_event_loop()", new_event_loop, "Return a new event loop.", 0, 0, 0},
    {"_current_loop()", current_loop, NULL, 0, 0, 0},
    {"_set_current_loop(loop)", set_current_loop, NULL, 0, 0, 0},
    {"_make_loop()", make_loop, NULL, 0, 0, 0},
    {"_set_policy(policy)", set_policy, NULL, 0, 0, 0},
    {"_add_loop_method(name, function, /)", add_loop_method, NULL, 0, 0, 0},
    {"_runner_begin(task, /)", runner_begin, NULL, 0, 0, 0},
    {"_runner_end(before, /)", runner_end, NULL, 0, 0, 0},
    {"_copy_context()", copy_current_context, NULL, 0, 0, 0},
    {"_context_of(task, /)", context_of, NULL, 0, 0, 0},
    {"_report_unretrieved()", report_unretrieved, NULL, 0, 0, 0},
    {0},
};

const ModuleDef _asyncio_module = {.name = "_asyncio", .doc = "The part of asyncio in C.", .functions = functions,
    .init = init};
