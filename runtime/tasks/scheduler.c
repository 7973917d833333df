// SPDX-License-Identifier: MIT
//
// The scheduler object of a VM: start-up, exceptions, contexts, the bridge to the modules in the language, interrupts.

#include "scheduler.h"

#include "task.h"
#include "vm/core/type.h"
#include "vm/types/generator.h"

// ---------------------------------------------------------------- start

static void scheduler_mark(Gc *gc, Object *o)
{
    Scheduler *s = (Scheduler *)o;
    Object *const objects[] = {
        (Object *)s->running, (Object *)s->task_shape, (Object *)s->future_shape, (Object *)s->sleep_shape,
            (Object *)s->handle_shape,
        (Object *)s->operation_shape, (Object *)s->task_type, (Object *)s->future_type, (Object *)s->cancelled_error,
        (Object *)s->invalid_state_error, (Object *)s->queue_empty, (Object *)s->queue_full,
            (Object *)s->queue_shut_down,
        (Object *)s->broken_barrier, (Object *)s->deadlock_error, (Object *)s->abstract_loop, (Object *)s->loop_type,
        (Object *)s->main_task,
            (Object *)s->name_cancel, (Object *)s->name_done_callback,
        (Object *)s->name_blocking, (Object *)s->name_loop, (Object *)s->name_get_loop, (Object *)s->name_result,
        (Object *)s->name_exception, (Object *)s->name_set_name, (Object *)s->name_context, (Object *)s->name_name,
        (Object *)s->name_eager_start, (Object *)s->name_aclose,
    };
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        gc_mark_object(gc, objects[i]);
    for (size_t i = 0; i < sizeof s->io_names / sizeof s->io_names[0]; i++)
        gc_mark_object(gc, (Object *)s->io_names[i]);
    Value values[] = {s->current_loop, s->policy, s->registered, s->copy_context, s->report, s->coroutine_class};
    gc_mark_range(gc, values, sizeof values / sizeof values[0]);
}

static const TypeOps scheduler_ops = {.mark = scheduler_mark};
static const TypeDef scheduler_def = {.name = "_asyncio._Scheduler", .kind = KIND_OTHER, .size = sizeof(Scheduler),
    .ops = &scheduler_ops};

static Type *make_class(VM *vm, const char *module, const char *text, Type *base)
{
    Str *name = str_intern_text(vm, text, strlen(text)), *place = str_from(vm, module);
    Dict *d = name && place ? dict_new(vm, 2) : NULL;
    if (!d || !dict_set_str(vm, d, NAME_OF(vm, __module__), from_object(place)))
        return NULL;
    Value bases = tuple_pack(vm, 1, from_object(base));
    Value t = bases ? type_new(vm, vm->types[KIND_TYPE], name, as_tuple(bases), d, NULL) : VALUE_EMPTY;
    return t ? as_type(t) : NULL;
}

static bool make_errors(VM *vm, Scheduler *s)
{
    Type *exception = vm->exc[EXC_Exception], *runtime = vm->exc[EXC_RuntimeError];
    return (s->cancelled_error = make_class(vm, "asyncio.exceptions", "CancelledError", vm->exc[EXC_BaseException])) &&
           (s->invalid_state_error = make_class(vm, "asyncio.exceptions", "InvalidStateError", exception)) &&
           (s->deadlock_error = make_class(vm, "asyncio.exceptions", "DeadlockError", runtime)) &&
           (s->broken_barrier = make_class(vm, "asyncio.exceptions", "BrokenBarrierError", runtime)) &&
           (s->queue_empty = make_class(vm, "asyncio.queues", "QueueEmpty", exception)) &&
           (s->queue_full = make_class(vm, "asyncio.queues", "QueueFull", exception)) &&
           (s->queue_shut_down = make_class(vm, "asyncio.queues", "QueueShutDown", exception));
}

static bool make_names(VM *vm, Scheduler *s)
{
    struct { Str **place; const char *text; } names[] = {
        {&s->name_cancel, "cancel"}, {&s->name_done_callback, "add_done_callback"}, {&s->name_blocking,
            "_asyncio_future_blocking"},
        {&s->name_loop, "_loop"}, {&s->name_get_loop, "get_loop"}, {&s->name_result, "result"}, {&s->name_exception,
            "exception"},
        {&s->name_set_name, "set_name"}, {&s->name_context, "context"}, {&s->name_name, "name"},
            {&s->name_eager_start, "eager_start"},
        {&s->name_aclose, "aclose"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!(*names[i].place = str_intern_text(vm, names[i].text, strlen(names[i].text))))
            return false;
    return true;
}

static Shape *shape_of(VM *vm, const TypeDef *def)
{
    Type *t = type_register(vm, def, NULL);
    return t ? t->root : NULL;
}

static bool make_types(VM *vm, Scheduler *s)
{
    Type *abstract = s->abstract_loop = make_class(vm, "asyncio.events", "AbstractEventLoop", object_type(vm));
    Type *base = abstract ? type_register(vm, &event_loop_def, abstract) : NULL;
    s->loop_type = base ? make_class(vm, "asyncio.unix_events", "_UnixSelectorEventLoop", base) : NULL;
    if (!s->loop_type || !shape_of(vm, &callbacks_def) || !shape_of(vm, &future_iter_def))
        return false;
    if (!(s->future_shape = shape_of(vm, &future_def)) || !(s->handle_shape = shape_of(vm, &handle_def)) ||
        !(s->sleep_shape = shape_of(vm, &sleep_def)) || !(s->operation_shape = shape_of(vm, &operation_def)))
        return false;
    s->future_type = s->future_shape->type;
    Type *handle = s->handle_shape->type;
    if (!(s->task_type = type_register(vm, &task_def, s->future_type)) || !type_register(vm, &gather_def,
        s->future_type) ||
        !type_register(vm, &timer_handle_def, handle))
        return false;
    s->task_shape = s->task_type->root;
    return true;
}

bool scheduler_start(VM *vm)
{
    Host *host = host_of(vm);
    if (host->loop)
        return true;
    Shape *shape = shape_of(vm, &scheduler_def);
    Scheduler *s = shape ? gc_new(vm, shape, sizeof *s) : NULL;
    if (!s)
        return false;
    vm->roots[HOST_ROOT_LOOP] = from_object(s);
    s->current_loop = VALUE_NONE;
    host->loop = s;
    if (make_types(vm, s) && make_errors(vm, s) && make_names(vm, s)) {
        gc_barrier(vm, s);
        return true;
    }
    host->loop = NULL;
    return false;
}

// ---------------------------------------------------------------- exceptions

Value raise_class(VM *vm, Type *cls, const char *text)
{
    Value argument = VALUE_EMPTY;
    if (text && !(argument = from_object(str_from(vm, text))))
        return VALUE_EMPTY;
    Value e = exception_new(vm, cls, &argument, text ? 1 : 0);
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

Value raise_cancelled(VM *vm, Value message)
{
    Value e = exception_new(vm, sched_of(vm)->cancelled_error, &message, message && !is_none(message) ? 1 : 0);
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

bool error_is_class(VM *vm, Type *cls)
{
    Value e = vm->error;
    return e && is_object(e) && type_is_subtype(type_of(vm, e), cls);
}

bool error_ends_loop(VM *vm)
{
    return error_is(vm, EXC_KeyboardInterrupt) || error_is(vm, EXC_SystemExit) || error_is(vm, EXC_BudgetError) ||
           vm->error == vm->memory_error;
}

// ---------------------------------------------------------------- contexts

static Value contextvars_function(VM *vm, const char *name)
{
    Value module = import_by_name(vm, "_contextvars");
    return module ? attribute_named(vm, module, name) : VALUE_EMPTY;
}

Value context_copy(VM *vm, bool *ok)
{
    if (likely(!vm->context))
        return VALUE_EMPTY;
    Scheduler *s = sched_of(vm);
    if (!s->copy_context) {
        s->copy_context = contextvars_function(vm, "copy_context");
        gc_barrier(vm, s);
    }
    Value copy = s->copy_context ? call0(vm, s->copy_context) : VALUE_EMPTY;
    *ok = copy != VALUE_EMPTY;
    return copy;
}

Value context_object(VM *vm, Value *slot)
{
    if (*slot)
        return *slot;
    Value cls = contextvars_function(vm, "Context");
    Value made = cls ? call0(vm, cls) : VALUE_EMPTY;
    if (made && !*slot)
        *slot = made;
    return made ? *slot : VALUE_EMPTY;
}

// ---------------------------------------------------------------- modules in the language

Value import_by_name(VM *vm, const char *text)
{
    Str *name = str_intern_text(vm, text, strlen(text));
    Value loaded = name ? dict_get(vm, vm->modules, from_object(name)) : VALUE_EMPTY;
    if (loaded && is_module(loaded))
        return loaded;
    Value star = name ? tuple_pack(vm, 1, from_object(NAME_OF(vm, __name__))) : VALUE_EMPTY;
    if (!star || !vm->hooks.import)
        return star ? raise_exc(vm, EXC_ImportError, "no import machinery for %s", text) : VALUE_EMPTY;
    return vm->hooks.import(vm, name, VALUE_NONE, star, 0);
}

Value attribute_named(VM *vm, Value o, const char *name)
{
    Str *s = str_intern_text(vm, name, strlen(name));
    return s ? object_getattr(vm, o, s) : VALUE_EMPTY;
}

Value report_call(VM *vm, const char *function, const Value *args, int nargs)
{
    Scheduler *s = sched_of(vm);
    if (!s->report) {
        s->report = import_by_name(vm, "asyncio._report");
        gc_barrier(vm, s);
        if (!s->report)
            return VALUE_EMPTY;
    }
    Value f = attribute_named(vm, s->report, function);
    return f ? object_call(vm, f, args, nargs, NULL) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- running and current loop

EventLoop *running_loop(VM *vm)
{
    Scheduler *s = sched_of(vm);
    if (unlikely(!s->running))
        raise_runtime(vm, "no running event loop");
    return s->running;
}

EventLoop *default_loop(VM *vm)
{
    Scheduler *s = sched_of(vm);
    if (likely(s->running))
        return s->running;
    if (is_none(s->current_loop) && !s->loop_was_set) {
        EventLoop *loop = loop_new(vm, s->loop_type);
        if (!loop)
            return NULL;
        s->current_loop = from_object(loop);
        s->loop_was_set = true;
        gc_barrier(vm, s);
    }
    if (is_none(s->current_loop)) {
        raise_runtime(vm, "There is no current event loop in thread 'MainThread'.");
        return NULL;
    }
    if (!is_type_def(vm, s->current_loop, &event_loop_def)) {
        raise_type(vm, "the current event loop is no event loop but %T", s->current_loop);
        return NULL;
    }
    return (EventLoop *)as_object(s->current_loop);
}

// ---------------------------------------------------------------- interrupts

bool scheduler_takes_interrupt(VM *vm)
{
    Scheduler *s = sched_of(vm);
    return s && s->main_task && !future_done((Future *)s->main_task) && s->interrupts == 0;
}

bool scheduler_interrupt(VM *vm)
{
    if (!scheduler_takes_interrupt(vm)) {
        raise_args(vm, EXC_KeyboardInterrupt, 0, NULL);
        return false;
    }
    Scheduler *s = sched_of(vm);
    bool failed = false;
    s->interrupts++;
    task_cancel(vm, s->main_task, VALUE_EMPTY, &failed);
    return !failed;
}
