// SPDX-License-Identifier: MIT
//
// TaskGroup: tasks that end with the block that started them. The group itself is the waiter of each task, so a task
// costs no callback object. When one fails, the others are cancelled, and so is the parent's block; leaving the block
// takes that request back. A cancel from outside may come at any step and any number of times.

#include "group.h"

#include "task.h"
#include "vm/core/type.h"
#include "vm/types/container.h"

typedef struct TaskGroup {
    Object base;
    EventLoop *loop;
    Task *parent;
    Value *tasks;          // GC buffer: those started; the done ones are dropped now and then
    uint32_t count, capacity;
    uint32_t pending;      // not done yet
    List *errors;          // NULL: none
    Value base_error;      // SystemExit or KeyboardInterrupt
    Value cancelled;       // CancelledError to go on with after the tasks are done
    Value all_done;        // the future that __aexit__ waits for
    bool entered, exiting, aborting, parent_cancelled;
    bool cancel_wanted;    // cancel() was called: the block ends without an exception
    Value attributes;
} TaskGroup;

static TaskGroup *as_group(Value v) { return (TaskGroup *)as_object(v); }

Value group_parent(Object *group)
{
    Task *parent = ((TaskGroup *)group)->parent;
    return parent ? from_object(parent) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- the tasks

const Value *group_members(Value group, int64_t *count)
{
    *count = as_group(group)->count;
    return as_group(group)->tasks;
}

static void drop_done(TaskGroup *g)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < g->count; i++)
        if (!is_object(g->tasks[i]) || !future_done(as_future(g->tasks[i])))
            g->tasks[kept++] = g->tasks[i];
    memset(g->tasks + kept, 0, (g->count - kept) * sizeof(Value));
    g->count = kept;
}

static bool add(VM *vm, TaskGroup *g, Value task)
{
    if (g->count == g->capacity && g->pending < g->count / 2)
        drop_done(g);
    if (g->count == g->capacity) {
        uint32_t wanted = g->capacity ? g->capacity * 2 : 8;
        Value *p = wanted > g->capacity ? gc_buffer_resize(vm, g->tasks, g->capacity * sizeof *p, wanted * sizeof *p)
            : NULL;
        if (!p)
            return vm->error ? false : (raise_memory(vm), false);
        g->tasks = p;
        g->capacity = wanted;
        gc_barrier(vm, g);
    }
    g->tasks[g->count++] = task;
    g->pending++;
    gc_shade(vm, task);
    return true;
}

static bool abort_tasks(VM *vm, TaskGroup *g)
{
    g->aborting = true;
    for (uint32_t i = 0; i < g->count; i++) {
        Value t = g->tasks[i];
        if (!future_done(as_future(t)) && future_cancel(vm, t, VALUE_EMPTY) < 0)
            return false;
    }
    return true;
}

// Cancels the tasks, and the parent on the group's behalf.
static bool interrupt(VM *vm, TaskGroup *g)
{
    bool failed = false;
    if (!abort_tasks(vm, g))
        return false;
    g->parent_cancelled = true;
    task_cancel(vm, g->parent, VALUE_EMPTY, &failed);
    return !failed;
}

static bool note_error(VM *vm, TaskGroup *g, Value error)
{
    if (!g->errors && !(g->errors = list_new(vm, 1)))
        return false;
    gc_barrier(vm, g);
    return list_append(vm, g->errors, error);
}

static bool is_base_error(VM *vm, Value e)
{
    Type *t = type_of(vm, e);
    return type_is_subtype(t, vm->exc[EXC_SystemExit]) || type_is_subtype(t, vm->exc[EXC_KeyboardInterrupt]) ||
           type_is_subtype(t, vm->exc[EXC_BudgetError]);
}

bool group_child_done(VM *vm, Object *o, Future *child)
{
    TaskGroup *g = (TaskGroup *)o;
    g->pending--;
    if (!g->pending && g->all_done && !future_release(vm, as_future(g->all_done), VALUE_TRUE))
        return false;
    if (child->state != FUTURE_FAILED)
        return true;
    Value error = future_exception(vm, child);
    if (!note_error(vm, g, error))
        return false;
    if (!g->base_error && is_base_error(vm, error)) {
        g->base_error = error;
        gc_barrier(vm, g);
    }
    if (future_done((Future *)g->parent)) {
        Str *text = str_format(vm, "Task %R has errored out but its parent task %R is already completed",
            from_object(child), from_object(g->parent));
        return text && loop_call_exception_handler(vm, g->loop, from_object(text), "exception", error, "task",
            from_object(child), NULL);
    }
    if (g->aborting || g->parent_cancelled)
        return true;
    return interrupt(vm, g);
}

static Value child_done_method(VM *vm, Value *a, int n)
{
    (void)n;
    return group_child_done(vm, as_object(a[0]), as_future(a[1])) ? VALUE_NONE : VALUE_EMPTY;
}

// A coroutine that will not run is closed, so that nobody is told it was never awaited.
static Value refuse(VM *vm, Value coro, const char *format, Value self)
{
    Value close = object_getattr_opt(vm, coro, NAME_OF(vm, close));
    if (close && !call0(vm, close))
        return VALUE_EMPTY;
    error_clear(vm);
    return raise_runtime(vm, format, self);
}

static Value create_task_method(VM *vm, Value *a, int n)
{
    (void)n;
    TaskGroup *g = as_group(a[0]);
    if (!g->entered)
        return refuse(vm, a[1], "TaskGroup %R has not been entered", a[0]);
    if (g->exiting && !g->pending)
        return refuse(vm, a[1], "TaskGroup %R is finished", a[0]);
    if (g->aborting)
        return refuse(vm, a[1], "TaskGroup %R is shutting down", a[0]);
    Value task = loop_create_task(vm, g->loop, a[1], a[2], a[3], a[4]);
    if (!task)
        return VALUE_EMPTY;
    if (!is_future(vm, task))
        return raise_type(vm, "a task group needs tasks that are futures of asyncio, not %T", task);
    if (future_done(as_future(task))) { // ran eagerly to its end
        g->pending++;
        return group_child_done(vm, &g->base, as_future(task)) ? task : VALUE_EMPTY;
    }
    return add(vm, g, task) && future_add_waiter(vm, as_future(task), a[0]) ? task : VALUE_EMPTY;
}

static Value cancel_method(VM *vm, Value *a, int n)
{
    (void)n;
    TaskGroup *g = as_group(a[0]);
    bool over = g->exiting && !g->pending;
    g->cancel_wanted |= !over;
    return !g->entered || over || g->aborting || interrupt(vm, g) ? VALUE_NONE : VALUE_EMPTY;
}

// ---------------------------------------------------------------- entering and leaving

static Value enter_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    TaskGroup *g = as_group(op->owner);
    (void)pending;
    if (thrown)
        return VALUE_EMPTY;
    if (g->entered)
        return raise_runtime(vm, "TaskGroup %R has been already entered", op->owner);
    g->entered = true;
    if (!(g->loop = running_loop(vm)))
        return VALUE_EMPTY;
    g->parent = g->loop->current;
    gc_barrier(vm, g);
    if (!g->parent)
        return raise_runtime(vm, "TaskGroup %R cannot determine the parent task", op->owner);
    return !g->cancel_wanted || interrupt(vm, g) ? op->owner : VALUE_EMPTY;
}

static bool is_cancelled_error(VM *vm, Value e)
{
    return type_is_subtype(type_of(vm, e), sched_of(vm)->cancelled_error);
}

static bool begin_exit(VM *vm, TaskGroup *g, Value error)
{
    g->exiting = true;
    if (!is_none(error) && !g->base_error && is_base_error(vm, error))
        g->base_error = error;
    g->cancelled = !is_none(error) && is_cancelled_error(vm, error) ? error : VALUE_EMPTY;
    gc_barrier(vm, g);
    return is_none(error) || g->aborting || abort_tasks(vm, g);
}

// What leaving the block ends with once all tasks are done.
static Value end_exit(VM *vm, TaskGroup *g, Value error)
{
    List *errors = g->errors;
    Value base_error = g->base_error, cancelled = g->cancelled;
    g->errors = NULL;
    g->cancelled = VALUE_EMPTY;
    if (base_error)
        return raise_value_of(vm, base_error);
    if (g->parent_cancelled && !task_uncancel(g->parent))
        cancelled = VALUE_EMPTY; // the only request was the group's own
    if (cancelled && !errors)
        return raise_value_of(vm, cancelled);
    if (!is_none(error) && !is_cancelled_error(vm, error)) {
        if ((!errors && !(errors = list_new(vm, 1))) || !list_append(vm, errors, error))
            return VALUE_EMPTY;
    }
    if (!errors)
        return from_bool(g->cancel_wanted && !is_none(error));
    if (g->parent->cancels) { // cancelled from outside too: raised again at the parent's next wait
        bool failed = false;
        task_uncancel(g->parent);
        task_cancel(vm, g->parent, VALUE_EMPTY, &failed);
        if (failed)
            return VALUE_EMPTY;
    }
    Value text = from_object(str_from(vm, "unhandled errors in a TaskGroup"));
    Value group = text ? call2(vm, from_object(vm->exc[EXC_BaseExceptionGroup]), text, from_object(errors))
        : VALUE_EMPTY;
    if (!group || !is_exception(group))
        return VALUE_EMPTY;
    as_exception(group)->suppress_context = true;
    return raise_value_of(vm, group);
}

static Value exit_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    TaskGroup *g = as_group(op->owner);
    if (!op->waiter) {
        if (thrown || !begin_exit(vm, g, op->argument))
            return VALUE_EMPTY;
    } else {
        g->all_done = VALUE_EMPTY;
        if (!operation_outcome(vm, op, thrown)) {
            if (!error_is_class(vm, sched_of(vm)->cancelled_error))
                return VALUE_EMPTY;
            Value e = error_take(vm);
            if (!g->aborting || g->cancel_wanted) { // the parent may be cancelled from outside: end_exit() knows
                g->cancelled = e;
                gc_barrier(vm, g);
            }
            if (!g->aborting && !abort_tasks(vm, g))
                return VALUE_EMPTY;
        }
    }
    if (!g->pending)
        return end_exit(vm, g, op->argument);
    Future *f = operation_wait(vm, op, g->loop, pending);
    g->all_done = f ? op->waiter : VALUE_EMPTY;
    gc_barrier(vm, g);
    return g->all_done;
}

static const OperationKind group_enter = {"TaskGroup.__aenter__", enter_step}, group_exit = {"TaskGroup.__aexit__",
    exit_step};

static Value enter_method(VM *vm, Value *a, int n)
{
    return (void)n, operation_new(vm, &group_enter, a[0], VALUE_NONE);
}
static Value exit_method(VM *vm, Value *a, int n) { return (void)n, operation_new(vm, &group_exit, a[0], a[2]); }

// ---------------------------------------------------------------- looking at it

static Value group_repr(VM *vm, Value self)
{
    TaskGroup *g = as_group(self);
    StrBuilder b;
    builder_init(&b, vm);
    builder_add_cstr(&b, "<TaskGroup");
    Str *s = g->pending ? str_format(vm, " tasks=%d", (int)g->pending) : NULL;
    if (s)
        builder_add_str(&b, s);
    s = g->errors && g->errors->count ? str_format(vm, " errors=%d", (int)g->errors->count) : NULL;
    if (s)
        builder_add_str(&b, s);
    builder_add_cstr(&b, g->aborting ? " cancelling>" : g->entered ? " entered>" : ">");
    Str *text = builder_finish(&b);
    return text && !vm->error ? from_object(text) : VALUE_EMPTY;
}

static Value get_tasks(VM *vm, Value self)
{
    TaskGroup *g = as_group(self);
    Set *set = set_new(vm, false);
    for (uint32_t i = 0; set && i < g->count; i++)
        if (!future_done(as_future(g->tasks[i])) && !set_add(vm, set, g->tasks[i]))
            return VALUE_EMPTY;
    return set ? from_object(set) : VALUE_EMPTY;
}

static Value group_make(VM *vm, Value *a, int n)
{
    (void)n;
    TaskGroup *g = type_alloc(vm, as_type(a[0]), 0);
    return g ? from_object(g) : VALUE_EMPTY;
}

static void group_mark(Gc *gc, Object *o)
{
    TaskGroup *g = (TaskGroup *)o;
    gc_mark_object(gc, (Object *)g->loop);
    gc_mark_object(gc, (Object *)g->parent);
    gc_mark_buffer(gc, g->tasks);
    gc_mark_range(gc, g->tasks, g->count);
    gc_mark_object(gc, (Object *)g->errors);
    gc_mark(gc, g->base_error);
    gc_mark(gc, g->cancelled);
    gc_mark(gc, g->all_done);
    gc_mark(gc, g->attributes);
}

static const TypeOps group_ops = {.mark = group_mark, .repr = group_repr};
static const NativeDef group_methods[] = {
    {"create_task(self, coro, *, name=None, context=None, eager_start=<unset>)", create_task_method,
        "Start a task of the group.", 0, 0, 0},
    {"cancel(self, /)", cancel_method, "End the group early: cancel its tasks and its block.", NATIVE_RAW, 1, 1},
    {"__aenter__(self, /)", enter_method, NULL, NATIVE_RAW | NATIVE_COROUTINE, 1, 1},
    {"__aexit__(self, et, exc, tb, /)", exit_method, NULL, NATIVE_RAW | NATIVE_COROUTINE, 4, 4},
    {"_on_task_done(self, task, /)", child_done_method, NULL, NATIVE_RAW, 2, 2},
    {0},
};
static const GetSetDef group_getsets[] = {{"_tasks", get_tasks, NULL, NULL}, {0}};
const TypeDef task_group_def = {
    .name = "asyncio.taskgroups.TaskGroup", .kind = KIND_OTHER, .size = sizeof(TaskGroup), .ops = &group_ops,
        .methods = group_methods,
    .getsets = group_getsets, .make = {"TaskGroup(cls)", group_make, NULL, 0, 0, 0},
    .doc = "Tasks that end together with the block that started them.",
    .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};
