// SPDX-License-Identifier: MIT
//
// Awaiting and delegating where the other side is not a script frame the interpreter can link: Python's await protocol
// in full, and resuming chains from native code.
//
// Sources: PEP 342, 380, 479, 492, 525.

#include "interp.h"

#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/generator.h"

// ---------------------------------------------------------------- getting the iterator

static bool is_iterable_coroutine(Value v)
{
    return has_kind(v, KIND_GENERATOR) && frame_code(&as_generator(v)->frame)->flags & CODE_ITERABLE_COROUTINE;
}

static Value checked_await_result(VM *vm, Value it)
{
    if (!it)
        return VALUE_EMPTY;
    if (has_kind(it, KIND_COROUTINE) || is_iterable_coroutine(it))
        return raise_type(vm, "__await__() returned a coroutine");
    if (!is_iterator(vm, it))
        return raise_type(vm, "__await__() returned non-iterator of type '%T'", it);
    return it;
}

Value await_iterator(VM *vm, Value v, int context)
{
    Type *t = type_of(vm, v);
    if (has_kind(v, KIND_COROUTINE)) {
        Generator *g = as_generator(v);
        if (g->delegated || g->state == GENERATOR_SUSPENDED)
            return raise_runtime(vm, "coroutine is being awaited already");
        return v;
    }
    if (is_iterable_coroutine(v))
        return v;
    bool scripted = type_overrides(t, SPECIAL___await__);
    if (!scripted && t->ops->await)
        return v;
    if (scripted || type_special(vm, t, SPECIAL___await__))
        return checked_await_result(vm, call_special(vm, v, SPECIAL___await__, NULL, 0));
    if (context)
        return raise_type(vm, "'async with' received an object from %s that does not implement __await__: %T",
                          context == 1 ? "__aenter__" : "__aexit__", v);
    return raise_type(vm, "object %T can't be used in 'await' expression", v);
}

Value yield_from_iterator(VM *vm, Value v, bool in_coroutine)
{
    if (has_kind(v, KIND_GENERATOR))
        return v;
    if (has_kind(v, KIND_COROUTINE)) {
        if (!in_coroutine)
            return raise_type(vm, "cannot 'yield from' a coroutine object in a non-coroutine generator");
        return v;
    }
    return object_iter(vm, v);
}

Value async_iterator(VM *vm, Value v)
{
    if (has_kind(v, KIND_ASYNC_GENERATOR))
        return v;
    Type *t = type_of(vm, v);
    Value f = type_special(vm, t, SPECIAL___aiter__);
    if (!f)
        return raise_type(vm, "'async for' requires an object with __aiter__ method, got %T", v);
    Value it = call_special(vm, v, SPECIAL___aiter__, NULL, 0);
    if (it && !type_special(vm, type_of(vm, it), SPECIAL___anext__))
        return raise_type(vm, "'async for' received an object from __aiter__ that does not implement __anext__: %T",
                          it);
    return it;
}

Value async_next_awaitable(VM *vm, Value v)
{
    Value f = type_special(vm, type_of(vm, v), SPECIAL___anext__);
    if (!f)
        return raise_type(vm, "'async for' requires an iterator with __anext__ method, got %T", v);
    Value a = call_special(vm, v, SPECIAL___anext__, NULL, 0);
    if (!a)
        return VALUE_EMPTY;
    Value it = await_iterator(vm, a, 0);
    if (it || !error_is(vm, EXC_TypeError))
        return it;
    Value cause = error_take(vm);
    raise_type(vm, "'async for' received an invalid object from __anext__: %T", a);
    if (is_exception(vm->error)) {
        as_exception(vm->error)->cause = cause;
        as_exception(vm->error)->suppress_context = true;
    }
    return VALUE_EMPTY;
}

// ---------------------------------------------------------------- stepping what is not a linked frame

// The value of the pending StopIteration, cleared. False: another error.
static bool stop_value(VM *vm, Value *result)
{
    if (!error_is(vm, EXC_StopIteration))
        return false;
    Value e = error_take(vm);
    Value v = exception_get_field(e, FIELD_VALUE);
    *result = v ? v : VALUE_NONE;
    return true;
}

DelegateStatus delegate_step(VM *vm, Value it, Value sent, Value *result)
{
    Type *t = type_of(vm, it);
    if (is_generator_like(it) && kind_of(as_object(it)) != KIND_ASYNC_GENERATOR) {
        switch (generator_resume(vm, as_generator(it), sent, result)) {
        case EXEC_RETURNED: return DELEGATE_DONE;
        case EXEC_SUSPENDED: return DELEGATE_PENDING;
        case EXEC_RAISED: return DELEGATE_ERROR;
        default: return DELEGATE_SUSPEND;
        }
    }
    if (t->ops->await && !type_overrides(t, SPECIAL___await__)) {
        bool pending = false;
        Value v = t->ops->await(vm, it, &pending);
        if (pending) {
            *result = v ? v : it;
            return DELEGATE_PENDING;
        }
        *result = v;
        return v ? DELEGATE_DONE : DELEGATE_ERROR;
    }
    Value v;
    if (is_none(sent) || !sent) {
        if (type_overrides(t, SPECIAL___next__)) {
            v = call_special(vm, it, SPECIAL___next__, NULL, 0);
        } else if (t->ops->next) {
            v = t->ops->next(vm, it);
            if (!v && !vm->error) {
                *result = VALUE_NONE;
                return DELEGATE_DONE;
            }
        } else {
            raise_type(vm, "'%T' object is not an iterator", it);
            return DELEGATE_ERROR;
        }
    } else {
        v = call_method(vm, it, NAME_OF(vm, send), &sent, 1);
    }
    if (v) {
        *result = v;
        return DELEGATE_SUSPEND;
    }
    return stop_value(vm, result) ? DELEGATE_DONE : DELEGATE_ERROR;
}

// The object the suspended frame waits for when that is not a linked frame; VALUE_EMPTY when it stands at a yield.
static Value foreign_awaited(Generator *g)
{
    if (g->state == GENERATOR_CREATED)
        return VALUE_EMPTY;
    const Instr *at = g->frame.pc - 1;
    if (at->op == OP_DELEGATE)
        return g->frame.regs[at->b];
    if (at->op == OP_ASYNC_NEXT)
        return g->frame.regs[at->c];
    return VALUE_EMPTY;
}

static unsigned result_register(Generator *g) { return (g->frame.pc - 1)->a; }

bool delegate_throw(VM *vm, Generator *g, DelegateStatus *status, Value *result)
{
    Value it = foreign_awaited(g);
    if (!it || is_none(it) || has_kind(it, KIND_ASYNC_GENERATOR))
        return false;
    Value error = vm->error;
    Type *t = type_of(vm, it);
    if (t->ops->await && !t->ops->has_send)
        return false; // futures: the exception is raised where they are awaited
    if (error_is(vm, EXC_GeneratorExit)) {
        vm->error = VALUE_EMPTY;
        Value close = object_getattr_opt(vm, it, NAME_OF(vm, close));
        if (close)
            call0(vm, close);
        if (!vm->error)
            vm->error = error;
        return false;
    }
    vm->error = VALUE_EMPTY;
    Value throw = object_getattr_opt(vm, it, NAME_OF(vm, throw));
    if (!throw) {
        if (!vm->error)
            vm->error = error;
        return false;
    }
    Value v = call1(vm, throw, error);
    if (v) {
        *result = v;
        *status = DELEGATE_SUSPEND;
    } else {
        *status = stop_value(vm, result) ? DELEGATE_DONE : DELEGATE_ERROR;
    }
    return true;
}

// ---------------------------------------------------------------- resuming from native code

static Generator *chain_root(Generator *g)
{
    while (g->delegated)
        g = generator_of(g->frame.caller);
    return g;
}

static const char *kind_text(const Generator *g)
{
    switch (g->base.shape->kind) {
    case KIND_COROUTINE: return "coroutine";
    case KIND_ASYNC_GENERATOR: return "async generator";
    default: return "generator";
    }
}

static ExecStatus enter_chain(VM *vm, Generator *g, Generator *target, Value *result)
{
    if (vm->depth + g->chain >= vm->recursion_limit) {
        raise_exc(vm, EXC_RecursionError, "maximum recursion depth exceeded");
        return EXEC_RAISED;
    }
    if (!vm_enter(vm, ""))
        return EXEC_RAISED;
    g->previous_root = vm->root;
    g->stack_base = frame_top(vm, vm->frame);
    vm->root = g;
    g->frame.caller = vm->frame;
    g->frame.how = RESUME_SEND;
    g->frame.flags = FRAME_HEAP | FRAME_ENTRY;
    g->state = target->state = GENERATOR_RUNNING;
    vm->depth += g->chain;
    gc_barrier(vm, g);
    gc_barrier(vm, target);
    ExecStatus status = frame_run(vm, &target->frame, result);
    vm_leave(vm);
    return status;
}

// A generator that others delegate to, resumed directly: it is cut out of its chain; the delegator will look again.
static bool detach(VM *vm, Generator *g)
{
    Generator *root = chain_root(g);
    if (root->state == GENERATOR_RUNNING) {
        raise_value(vm, "%s already executing", kind_text(g));
        return false;
    }
    Generator *outer = generator_of(g->frame.caller);
    Generator *innermost = root->inner;
    uint16_t below = 0;
    for (Generator *x = innermost; x && x != g; x = generator_of(x->frame.caller))
        below++;
    g->inner = innermost == g ? NULL : innermost;
    g->chain = below;
    g->state = GENERATOR_SUSPENDED;
    g->delegated = false;
    root->chain = (uint16_t)(root->chain - below - 1);
    root->inner = outer == root ? NULL : outer;
    if (outer != root)
        outer->state = GENERATOR_SUSPENDED;
    gc_barrier(vm, root);
    gc_barrier(vm, g);
    return true;
}

// Gives `value` to the suspended frame. True: run it; false: *status says what came instead.
static bool deliver(VM *vm, Generator *g, Generator *target, Value value, ExecStatus *status, Value *result)
{
    const Instr *at = target->frame.pc - 1;
    if (at->op == OP_YIELD) {
        target->frame.regs[at->a] = value;
        gc_barrier(vm, target);
        return true;
    }
    Value it = foreign_awaited(target), got = VALUE_EMPTY;
    g->state = target->state = GENERATOR_RUNNING; // what is stepped may look at us
    DelegateStatus d;
    if (has_kind(it, KIND_ASYNC_GENERATOR)) { // was detached: ask it anew
        Value a = async_next_awaitable(vm, it);
        d = a ? delegate_step(vm, a, VALUE_NONE, &got) : DELEGATE_ERROR;
    } else {
        d = delegate_step(vm, it, value, &got);
    }
    g->state = target->state = GENERATOR_SUSPENDED;
    if (d == DELEGATE_DONE)
        target->frame.regs[result_register(target)] = got;
    gc_barrier(vm, target);
    if (d == DELEGATE_DONE || d == DELEGATE_ERROR)
        return true;
    *result = got;
    *status = d == DELEGATE_PENDING ? EXEC_SUSPENDED : EXEC_YIELDED;
    return false;
}

static bool throw_inside(VM *vm, Generator *g, Generator *target, ExecStatus *status, Value *result)
{
    DelegateStatus d;
    Value got = VALUE_EMPTY;
    g->state = target->state = GENERATOR_RUNNING;
    bool taken = delegate_throw(vm, target, &d, &got);
    g->state = target->state = GENERATOR_SUSPENDED;
    if (!taken || d == DELEGATE_ERROR)
        return true;
    if (d == DELEGATE_DONE) {
        target->frame.regs[result_register(target)] = got;
        gc_barrier(vm, target);
        return true;
    }
    *result = got;
    *status = EXEC_YIELDED;
    return false;
}

ExecStatus generator_resume(VM *vm, Generator *g, Value value, Value *result)
{
    ExecStatus status = EXEC_RAISED;
    if (g->delegated && g->state != GENERATOR_DONE && !detach(vm, g))
        return EXEC_RAISED;
    switch (g->state) {
    case GENERATOR_RUNNING:
    case GENERATOR_DELEGATING:
        if (!value)
            vm->error = VALUE_EMPTY;
        raise_value(vm, "%s already executing", kind_text(g));
        return EXEC_RAISED;
    case GENERATOR_DONE:
        if (!value)
            return EXEC_RAISED;
        if (g->base.shape->kind == KIND_COROUTINE) {
            raise_runtime(vm, "cannot reuse already awaited coroutine");
            return EXEC_RAISED;
        }
        *result = VALUE_NONE;
        return EXEC_RETURNED;
    case GENERATOR_CREATED:
        g->inner = NULL;
        if (!value) { // thrown into before it began: over
            g->state = GENERATOR_DONE;
            vm->error_fresh = false;
            Frame *outer = vm->frame;
            g->frame.caller = outer;
            traceback_add(vm, &g->frame, 0);
            memset(g->frame.regs, 0, frame_code(&g->frame)->nregs * sizeof(Value));
            return EXEC_RAISED;
        }
        if (!is_none(value)) {
            raise_type(vm, "can't send non-None value to a just-started %s", kind_text(g));
            return EXEC_RAISED;
        }
        return enter_chain(vm, g, g, result);
    default: break;
    }
    Generator *target = g->inner ? g->inner : g;
    if (value ? !deliver(vm, g, target, value, &status, result) : !throw_inside(vm, g, target, &status, result))
        return status;
    return enter_chain(vm, g, target, result);
}
