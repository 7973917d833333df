// SPDX-License-Identifier: MIT
//
// Handle and TimerHandle: a callback in the ready ring or in the timer heap. Internal handles name an object in C: a
// Future (made by asyncio.sleep under a foreign driver) gets its result, a Timeout expires.

#include "loop.h"

#include "runtime/tasks/debug.h"
#include "runtime/tasks/group.h"
#include "vm/core/type.h"

Handle *handle_new(VM *vm, EventLoop *loop, const TypeDef *def, Value callback, Value arguments, bool single,
    Value context)
{
    Handle *h = def == &handle_def ? gc_new(vm, sched_of(vm)->handle_shape, sizeof *h) : type_new_of(vm, def);
    if (!h)
        return NULL;
    h->loop = loop;
    h->callback = callback;
    h->arguments = arguments;
    h->single = single;
    h->context = context;
    return likely(!loop->debug) || debug_note_source(vm, &h->base) ? h : NULL;
}

Value loop_call_soon(VM *vm, EventLoop *loop, Value callback, Value arguments, Value context)
{
    bool ok = true;
    if (!context || is_none(context))
        context = context_copy(vm, &ok);
    Handle *h = ok ? handle_new(vm, loop, &handle_def, callback, arguments, false, context) : NULL;
    return h && loop_push(vm, loop, from_object(h), VALUE_EMPTY) ? from_object(h) : VALUE_EMPTY;
}

static Value call(VM *vm, Handle *h)
{
    if (h->single)
        return call1(vm, h->callback, h->arguments);
    Tuple *t = as_tuple(h->arguments);
    return object_call(vm, h->callback, t->items, (int)t->count, NULL);
}

static bool is_callable_kind(Value v) { return kind_of(as_object(v)) != KIND_OTHER; }

bool handle_run(VM *vm, Handle *h)
{
    if (h->cancelled)
        return true;
    if (h->single && unlikely(!is_callable_kind(h->callback))) {
        if (is_type_def(vm, h->callback, &timeout_def))
            return timeout_fire(vm, as_object(h->callback));
        if (is_future(vm, h->callback))
            return future_release(vm, as_future(h->callback), h->arguments);
    }
    Value saved = vm->context;
    vm->context = h->context;
    Value v = call(vm, h);
    vm->context = saved;
    if (likely(v))
        return true;
    if (error_ends_loop(vm))
        return false;
    Value e = error_take(vm), self = from_object(h);
    Value text = report_call(vm, "callback_message", &self, 1);
    Value source = debug_get_source(vm, self);
    return text && source && loop_call_exception_handler(vm, h->loop, text, "exception", e, "handle", self,
        is_none(source) ? NULL : "source_traceback", source, NULL);
}

void handle_cancel(VM *vm, Handle *h)
{
    if (h->cancelled)
        return;
    h->cancelled = true;
    if (h->scheduled)
        timer_was_cancelled(h->loop);
    h->callback = VALUE_NONE;
    h->arguments = vm->empty_tuple;
    h->single = false;
}

// ---------------------------------------------------------------- the types

static Handle *as_handle(Value v) { return (Handle *)as_object(v); }

static Value cancel_method(VM *vm, Value *a, int n)
{
    (void)n;
    handle_cancel(vm, as_handle(a[0]));
    return VALUE_NONE;
}

static Value cancelled_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_bool(as_handle(a[0])->cancelled);
}
static Value get_when(VM *vm, Value self)
{
    (void)vm;
    Handle *h = as_handle(self);
    return h->when_is_int ? from_small((int64_t)h->when) : from_double(h->when);
}
static Value when_method(VM *vm, Value *a, int n) { return (void)n, get_when(vm, a[0]); }
static Value run_method(VM *vm, Value *a, int n)
{
    return (void)n, handle_run(vm, as_handle(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}

static Value get_context_method(VM *vm, Value *a, int n)
{
    (void)n;
    Value c = context_object(vm, &as_handle(a[0])->context);
    gc_barrier(vm, as_object(a[0]));
    return c;
}

static Value get_callback(VM *vm, Value self)
{
    return (void)vm, as_handle(self)->cancelled ? VALUE_NONE : as_handle(self)->callback;
}
static Value get_args(VM *vm, Value self)
{
    Handle *h = as_handle(self);
    if (h->cancelled)
        return VALUE_NONE;
    return h->single ? tuple_pack(vm, 1, h->arguments) : h->arguments;
}
static Value get_cancelled(VM *vm, Value self) { return (void)vm, from_bool(as_handle(self)->cancelled); }
static Value get_scheduled(VM *vm, Value self) { return (void)vm, from_bool(as_handle(self)->scheduled); }
static Value get_loop(VM *vm, Value self)
{
    return (void)vm, as_handle(self)->loop ? from_object(as_handle(self)->loop) : VALUE_NONE;
}

static Value handle_repr(VM *vm, Value self) { return report_call(vm, "handle_repr", &self, 1); }

static bool timer_hash(VM *vm, Value self, int64_t *out)
{
    Value when = from_double(as_handle(self)->when);
    return object_hash(vm, when, out);
}

// 1, 0, -1 error
static int timer_equal(VM *vm, Handle *a, Handle *b)
{
    if (a == b)
        return 1;
    if (a->when != b->when || a->cancelled != b->cancelled || a->single != b->single)
        return 0;
    int same = object_equal(vm, a->callback, b->callback);
    return same > 0 ? object_equal(vm, a->arguments, b->arguments) : same;
}

static Value timer_compare(VM *vm, Value l, Value r, CompareOp op)
{
    if (!is_type_def(vm, r, &timer_handle_def))
        return VALUE_NOT_IMPLEMENTED;
    Handle *a = as_handle(l), *b = as_handle(r);
    int same = op == COMPARE_LT || op == COMPARE_GT ? 0 : timer_equal(vm, a, b);
    if (same < 0)
        return VALUE_EMPTY;
    switch (op) {
    case COMPARE_LT: return from_bool(a->when < b->when);
    case COMPARE_LE: return from_bool(a->when < b->when || same);
    case COMPARE_GT: return from_bool(a->when > b->when);
    case COMPARE_GE: return from_bool(a->when > b->when || same);
    case COMPARE_EQ: return from_bool(same);
    default: return from_bool(!same);
    }
}

static void handle_mark(Gc *gc, Object *o)
{
    Handle *h = (Handle *)o;
    gc_mark_object(gc, (Object *)h->loop);
    gc_mark(gc, h->callback);
    gc_mark(gc, h->arguments);
    gc_mark(gc, h->context);
    gc_mark(gc, h->attributes);
}

static bool fill(VM *vm, Handle *h, Value callback, Value args, Value loop, Value context)
{
    if (!is_type_def(vm, loop, &event_loop_def))
        return (raise_type(vm, "loop must be an event loop, not %T", loop), false);
    Value items = is_tuple(args) ? args : tuple_from_iterable(vm, args);
    bool ok = items != VALUE_EMPTY;
    h->loop = (EventLoop *)as_object(loop);
    h->callback = callback;
    h->arguments = items;
    h->context = ok && is_none(context) ? context_copy(vm, &ok) : context;
    gc_barrier(vm, h);
    return ok;
}

static Value handle_make(VM *vm, Value *a, int n)
{
    (void)n;
    Handle *h = type_alloc(vm, as_type(a[0]), 0);
    return h && fill(vm, h, a[1], a[2], a[3], a[4]) ? from_object(h) : VALUE_EMPTY;
}

static Value timer_make(VM *vm, Value *a, int n)
{
    (void)n;
    Handle *h = type_alloc(vm, as_type(a[0]), 0);
    return h && object_as_double(vm, a[1], &h->when) && fill(vm, h, a[2], a[3], a[4], a[5]) ? from_object(h)
        : VALUE_EMPTY;
}

#define HANDLE_METHODS \
    {"cancel(self, /)", cancel_method, "Cancel the callback.", NATIVE_RAW, 1, 1}, \
    {"cancelled(self, /)", cancelled_method, "Return True if the callback was cancelled.", NATIVE_RAW, 1, 1}, \
    {"get_context(self, /)", get_context_method, NULL, NATIVE_RAW, 1, 1}, \
    {"_run(self, /)", run_method, NULL, NATIVE_RAW, 1, 1}
#define HANDLE_GETSETS \
    {"_callback", get_callback, NULL, NULL}, {"_args", get_args, NULL, NULL}, {"_cancelled", get_cancelled, NULL, \
        NULL}, \
    {"_loop", get_loop, NULL, NULL}, {"_source_traceback", debug_get_source, NULL, NULL}

static const TypeOps handle_ops = {.mark = handle_mark, .repr = handle_repr};
static const NativeDef handle_methods[] = {HANDLE_METHODS, {0}};
static const GetSetDef handle_getsets[] = {HANDLE_GETSETS, {0}};
const TypeDef handle_def = {
    .name = "asyncio.events.Handle", .kind = KIND_OTHER, .size = sizeof(Handle), .ops = &handle_ops,
        .methods = handle_methods,
    .getsets = handle_getsets, .make = {"Handle(cls, callback, args, loop, context=None)", handle_make, NULL, 0, 0, 0},
    .doc = "A callback that was registered to run.", .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};

static const TypeOps timer_ops = {.mark = handle_mark, .repr = handle_repr, .hash = timer_hash,
    .compare = timer_compare, .compare_mask = ALL_COMPARES};
static const NativeDef timer_methods[] = {HANDLE_METHODS, {"when(self, /)", when_method,
    "Return the scheduled time.", NATIVE_RAW, 1, 1}, {0}};
static const GetSetDef timer_getsets[] = {HANDLE_GETSETS, {"_when", get_when, NULL, NULL}, {"_scheduled",
    get_scheduled, NULL, NULL}, {0}};
const TypeDef timer_handle_def = {
    .name = "asyncio.events.TimerHandle", .kind = KIND_OTHER, .size = sizeof(Handle), .ops = &timer_ops,
        .methods = timer_methods,
    .getsets = timer_getsets, .make = {"TimerHandle(cls, when, callback, args, loop, context=None)", timer_make,
        NULL, 0, 0, 0},
    .doc = "A callback that was registered to run at a time.", .flags = TYPE_BASE | TYPE_EXTRA | TYPE_BARE_NAME,
};
