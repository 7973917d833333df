// SPDX-License-Identifier: MIT
//
// Operation: a coroutine written in C. Its kind's step function is a small state machine: run to the point where it has
// to wait, wait for a future, go on. Awaited by a script it is asked through TypeOps.await; as the whole coroutine of a
// task, or driven by hand, through send and throw.

#include "task.h"

#include "vm/core/type.h"
#include "vm/interp/interp.h"

enum { OPERATION_NEW, OPERATION_WAITING, OPERATION_DONE };

static Operation *as_operation(Value v) { return (Operation *)as_object(v); }

Value operation_new(VM *vm, const OperationKind *kind, Value owner, Value argument)
{
    Operation *op = gc_new(vm, sched_of(vm)->operation_shape, sizeof *op);
    if (!op)
        return VALUE_EMPTY;
    op->kind = kind;
    op->owner = owner;
    op->argument = argument;
    return from_object(op);
}

Future *operation_wait(VM *vm, Operation *op, EventLoop *loop, bool *pending)
{
    Future *f = loop ? future_new(vm, loop) : NULL;
    if (!f)
        return NULL;
    op->waiter = from_object(f);
    gc_barrier(vm, op);
    *pending = true;
    return f;
}

Value operation_outcome(VM *vm, Operation *op, bool thrown)
{
    return thrown ? VALUE_EMPTY : future_result(vm, as_future(op->waiter));
}

// Runs the operation. *pending: it waits for op->waiter, which is returned.
static Value run(VM *vm, Operation *op, bool thrown, bool *pending)
{
    if (op->state == OPERATION_DONE) {
        vm->error = VALUE_EMPTY;
        return raise_runtime(vm, "cannot reuse already awaited coroutine");
    }
    if (thrown && op->state == OPERATION_NEW) {
        op->state = OPERATION_DONE;
        return VALUE_EMPTY;
    }
    if (!thrown && op->state == OPERATION_WAITING && !future_done(as_future(op->waiter))) {
        *pending = true;
    } else {
        Value v = op->kind->step(vm, op, thrown, pending);
        if (!*pending) {
            op->state = OPERATION_DONE;
            return v;
        }
    }
    op->state = OPERATION_WAITING;
    as_future(op->waiter)->flags |= FUTURE_BLOCKING;
    return op->waiter;
}

static Value operation_await(VM *vm, Value self, bool *pending) { return run(vm, as_operation(self), false, pending); }

int awaitable_resume(VM *vm, Value self, Value sent, Value *result)
{
    bool pending = false;
    Value v;
    if (is_operation(vm, self)) {
        v = run(vm, as_operation(self), !sent, &pending);
    } else if (!sent) {
        as_sleep(self)->state = SLEEP_DONE;
        return EXEC_RAISED;
    } else {
        v = sleep_def.ops->await(vm, self, &pending);
    }
    *result = v;
    return pending ? EXEC_SUSPENDED : v ? EXEC_RETURNED : EXEC_RAISED;
}

// ---------------------------------------------------------------- by hand

static Value outcome(VM *vm, Value v, bool pending)
{
    return pending || !v ? v : raise_stop_iteration(vm, is_none(v) ? VALUE_EMPTY : v);
}

static Value send_method(VM *vm, Value *a, int n)
{
    (void)n;
    bool pending = false;
    Value v = run(vm, as_operation(a[0]), false, &pending);
    return outcome(vm, v, pending);
}

static Value throw_method(VM *vm, Value *a, int n)
{
    Value e = n > 2 && is_exception(a[2]) ? a[2] : a[1];
    if (is_type(e) && type_is_subtype(as_type(e), vm->exc[EXC_BaseException]))
        e = call0(vm, e);
    if (!e)
        return VALUE_EMPTY;
    if (!is_exception(e))
        return raise_type(vm, "exceptions must be classes or instances deriving from BaseException, not %T", e);
    raise_value_of(vm, e);
    bool pending = false;
    Value v = run(vm, as_operation(a[0]), true, &pending);
    return outcome(vm, v, pending);
}

static Value close_method(VM *vm, Value *a, int n)
{
    (void)n;
    Operation *op = as_operation(a[0]);
    if (op->state != OPERATION_WAITING) {
        op->state = OPERATION_DONE;
        return VALUE_NONE;
    }
    raise_args(vm, EXC_GeneratorExit, 0, NULL);
    bool pending = false;
    Value v = run(vm, op, true, &pending);
    if (pending)
        return raise_runtime(vm, "coroutine ignored GeneratorExit");
    if (!v && !error_is(vm, EXC_GeneratorExit))
        return VALUE_EMPTY;
    error_clear(vm);
    return VALUE_NONE;
}

static Value await_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, a[0]; }
static Value iter_self(VM *vm, Value self) { return (void)vm, self; }
static Value next_op(VM *vm, Value self)
{
    Value a[2] = {self, VALUE_NONE};
    return send_method(vm, a, 2);
}

static Value operation_repr(VM *vm, Value self)
{
    Str *s = str_format(vm, "<coroutine object %s at 0x%zx>", as_operation(self)->kind->name, (size_t)self);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value qualname_get(VM *vm, Value self)
{
    Str *s = str_from(vm, as_operation(self)->kind->name);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value name_get(VM *vm, Value self)
{
    const char *dot = strrchr(as_operation(self)->kind->name, '.');
    Str *s = str_from(vm, dot ? dot + 1 : as_operation(self)->kind->name);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value running_get(VM *vm, Value self) { return (void)vm, (void)self, VALUE_FALSE; }
static Value none_get(VM *vm, Value self) { return (void)vm, (void)self, VALUE_NONE; }
static Value awaited_get(VM *vm, Value self)
{
    (void)vm;
    return as_operation(self)->state == OPERATION_WAITING ? as_operation(self)->waiter : VALUE_NONE;
}

static void operation_mark(Gc *gc, Object *o)
{
    Operation *op = (Operation *)o;
    gc_mark(gc, op->owner);
    gc_mark(gc, op->argument);
    gc_mark(gc, op->waiter);
}

static const TypeOps operation_ops = {.mark = operation_mark, .repr = operation_repr, .iter = iter_self,
    .next = next_op,
                                      .await = operation_await, .has_send = true};
static const NativeDef operation_methods[] = {
    {"send(self, value, /)", send_method, NULL, NATIVE_RAW, 2, 2},
    {"throw(self, typ, val=None, tb=None, /)", throw_method, NULL, NATIVE_RAW, 2, 4},
    {"close(self, /)", close_method, NULL, NATIVE_RAW, 1, 1},
    {"__await__(self, /)", await_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef operation_getsets[] = {
    {"__name__", name_get, NULL, NULL}, {"__qualname__", qualname_get, NULL, NULL}, {"cr_running", running_get, NULL,
        NULL},
    {"cr_frame", none_get, NULL, NULL}, {"cr_await", awaited_get, NULL, NULL}, {"cr_code", none_get, NULL, NULL}, {0},
};
const TypeDef operation_def = {.name = "coroutine", .kind = KIND_OTHER, .size = sizeof(Operation),
    .ops = &operation_ops,
                               .methods = operation_methods, .getsets = operation_getsets};
