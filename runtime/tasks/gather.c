// SPDX-License-Identifier: MIT
//
// gather(): a future over many. The outer future itself is the waiter of each child, so a wide gather makes no callback
// objects. Its own cancel() goes to the children.

#include "gather.h"

#include "task.h"
#include "vm/core/type.h"
#include "vm/interp/frame.h"
#include "vm/types/container.h"

typedef struct Gather {
    FUTURE_FIELDS          // index: children that are done
    Value children;        // tuple, in the order of the arguments
    uint32_t distinct;     // different ones among them
    bool return_exceptions, cancel_requested, cancelling;
    Value attributes;
} Gather;

const Value *gather_members(const Future *gather, int64_t *count)
{
    Tuple *t = as_tuple(((const Gather *)gather)->children);
    *count = t->count;
    return t->items;
}

static Value raise_if_cancelled(VM *vm, Future *f)
{
    Value message = future_get_cancel_message(vm, from_object(f));
    Value empty = from_object(vm->empty_str);
    Value argument = is_none(message) ? empty : message;
    return exception_new(vm, sched_of(vm)->cancelled_error, &argument, 1);
}

static Value collect_results(VM *vm, Gather *g)
{
    Tuple *children = as_tuple(g->children);
    List *list = list_new(vm, children->count);
    for (int64_t i = 0; list && i < children->count; i++) {
        Value child = children->items[i], v;
        if (likely(is_future(vm, child))) {
            Future *f = as_future(child);
            v = f->state == FUTURE_FINISHED ? f->result : f->state == FUTURE_CANCELLED ? raise_if_cancelled(vm, f)
                : future_exception(vm, f);
        } else {
            v = report_call(vm, "outcome_of", &child, 1);
        }
        if (!v || !list_append(vm, list, v))
            return VALUE_EMPTY;
    }
    return list ? from_object(list) : VALUE_EMPTY;
}

static bool fail(VM *vm, Gather *g, Value exception)
{
    return exception && future_set_exception(vm, (Future *)g, exception);
}

// A cancelled gather() that kept all outcomes ends with the message of its last child, whichever was done last.
static Value cancelled_error(VM *vm, Gather *g)
{
    Tuple *children = as_tuple(g->children);
    Value last = children->items[children->count - 1];
    if (is_future(vm, last))
        return future_cancelled_error(vm, as_future(last));
    return exception_new(vm, sched_of(vm)->cancelled_error, NULL, 0);
}

bool gather_child_done(VM *vm, Future *outer, Future *child)
{
    Gather *g = (Gather *)outer;
    g->index++;
    if (future_done(outer)) {
        if (child->state == FUTURE_FAILED)
            future_exception(vm, child); // retrieved
        return true;
    }
    if (!g->return_exceptions && child->state != FUTURE_FINISHED)
        return fail(vm, g, child->state == FUTURE_CANCELLED ? future_cancelled_error(vm, child)
            : future_exception(vm, child));
    if (g->index < g->distinct)
        return true;
    Value results = collect_results(vm, g);
    if (!results)
        return false;
    if (g->cancel_requested)
        return fail(vm, g, cancelled_error(vm, g));
    return future_set_result(vm, outer, results);
}

// Called through add_done_callback of children that are not ours.
static Value child_done_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_future(vm, a[1]))
        return raise_type(vm, "gather() of a foreign future: %T", a[1]);
    return gather_child_done(vm, as_future(a[0]), as_future(a[1])) ? VALUE_NONE : VALUE_EMPTY;
}

// Whether this argument may have come before: a future that tells this gather already, a coroutine that belongs to a
// task. Any other is new for sure, so that a wide gather need not look at all arguments for each.
static bool may_be_repeated(VM *vm, Gather *g, Value v)
{
    if (has_kind(v, KIND_COROUTINE))
        return as_generator(v)->warned;
    if (is_sleep(vm, v))
        return as_sleep(v)->owned;
    if (!is_future(vm, v) || future_done(as_future(v)))
        return !is_future(vm, v);
    Value waiter = as_future(v)->waiter;
    return waiter == from_object(g) || (waiter && is_type_def(vm, waiter, &callbacks_def));
}

static bool is_repeated(VM *vm, Gather *g, Tuple *awaitables, int64_t i, int64_t *first)
{
    if (!may_be_repeated(vm, g, awaitables->items[i]))
        return false;
    for (int64_t k = 0; k < i; k++)
        if (awaitables->items[k] == awaitables->items[i]) {
            *first = k;
            return true;
        }
    return false;
}

Value gather_new(VM *vm, Tuple *awaitables, bool return_exceptions)
{
    int64_t count = awaitables->count;
    EventLoop *loop = NULL;
    Gather *g = type_new_of(vm, &gather_def);
    Tuple *children = g ? tuple_new(vm, count) : NULL;
    if (!children)
        return VALUE_EMPTY;
    g->children = from_object(children);
    g->return_exceptions = return_exceptions;
    if (!count) {
        if (!(loop = default_loop(vm)))
            return VALUE_EMPTY;
        Future *f = future_new(vm, loop);
        Value empty = f ? from_object(list_new(vm, 0)) : VALUE_EMPTY;
        return empty && future_set_result(vm, f, empty) ? from_object(f) : VALUE_EMPTY;
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t first;
        if (!vm_tick(vm))
            return VALUE_EMPTY;
        if (is_repeated(vm, g, awaitables, i, &first)) {
            children->items[i] = children->items[first];
            continue;
        }
        Value given = awaitables->items[i], child = ensure_future(vm, given, loop);
        if (!child)
            return VALUE_EMPTY;
        if (!loop && !(loop = future_loop_of(vm, child)))
            return vm->error ? VALUE_EMPTY : raise_type(vm, "gather() needs futures of an event loop");
        g->loop = loop;
        children->items[i] = child;
        gc_barrier(vm, children);
        g->distinct++;
        if (child != given && is_task(vm, child))
            as_task(child)->flags |= FUTURE_QUIET;
        if (likely(is_future(vm, child))) {
            if (!future_add_waiter(vm, as_future(child), from_object(g)))
                return VALUE_EMPTY;
        } else {
            Value done = attribute_named(vm, from_object(g), "_child_done");
            if (!done || !call_method(vm, child, sched_of(vm)->name_done_callback, &done, 1))
                return VALUE_EMPTY;
        }
    }
    return vm->error ? VALUE_EMPTY : from_object(g);
}

static Value cancel_method(VM *vm, Value *a, int n)
{
    (void)n;
    Gather *g = (Gather *)as_object(a[0]);
    if (future_done((Future *)g))
        return VALUE_FALSE;
    bool any = false;
    if (g->cancelling && g->loop->deadlocked)
        return VALUE_FALSE; // a child waits for this very gather
    if (!vm_enter(vm, ""))
        return VALUE_EMPTY;
    g->cancelling = true;
    Tuple *children = as_tuple(g->children);
    for (int64_t i = 0; i < children->count; i++) {
        int taken = future_cancel(vm, children->items[i], a[1]);
        if (taken < 0)
            break;
        any |= taken > 0;
    }
    g->cancelling = false;
    vm_leave(vm);
    if (vm->error)
        return VALUE_EMPTY;
    g->cancel_requested |= any;
    return from_bool(any);
}

static Value get_children(VM *vm, Value self)
{
    Tuple *t = as_tuple(((Gather *)as_object(self))->children);
    return list_from(vm, t->items, t->count);
}

static void gather_mark(Gc *gc, Object *o)
{
    Gather *g = (Gather *)o;
    future_mark_fields(gc, (Future *)g);
    gc_mark(gc, g->children);
    gc_mark(gc, g->attributes);
}

static Value set_result_method(VM *vm, Value *a, int n)
{
    (void)n;
    Future *f = as_future(a[0]);
    if (future_done(f))
        return raise_class(vm, sched_of(vm)->invalid_state_error, "invalid state");
    return future_set_result(vm, f, a[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static const TypeOps gather_ops = {.mark = gather_mark, .repr = future_repr, .iter = future_iter,
    .await = future_await};
static const NativeDef gather_methods[] = {
    FUTURE_METHODS,
    {"set_result(self, result, /)", set_result_method, NULL, NATIVE_RAW, 2, 2},
    {"cancel(self, msg=None)", cancel_method, "Cancel all children.", 0, 0, 0},
    {"_child_done(self, future, /)", child_done_method, NULL, NATIVE_RAW, 2, 2},
    {0},
};
static const GetSetDef gather_getsets[] = {FUTURE_GETSETS, {"_children", get_children, NULL, NULL}, {0}};
const TypeDef gather_def = {
    .name = "asyncio.tasks._GatheringFuture", .kind = KIND_OTHER, .size = sizeof(Gather), .ops = &gather_ops,
        .methods = gather_methods,
    .getsets = gather_getsets, .flags = TYPE_EXTRA | TYPE_NO_NEW | TYPE_BARE_NAME,
};
