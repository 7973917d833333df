// SPDX-License-Identifier: MIT
//
// The dispatch loop. Operation bodies are in ops_*.inc, by theme; what is long or rare is a function in cache.c,
// suspend.c or the object protocol.
//
// Rules for editing:
//  - `pc` points after the instruction being executed, `in` at it. Before anything that can raise, call a script or
//    look at frames: SAVE() (stores pc in the frame). On failure: goto raised.
//  - `regs` belongs to the frame; a call that may run scripts leaves it valid (frames never move).
//  - Entering or leaving a frame ends with LOAD_FRAME().
//  - Fast paths come first and fall through to one call of a slow function.

#include "interp.h"

#include "cache.h"
#include "vm/core/args.h"
#include "vm/core/limits.h"
#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/generator.h"
#include "vm/types/iterators.h"

#define FRAME ((Frame *)(regs - FRAME_HEADER))
#define CODE (as_function(FRAME->callee)->code)
#define in (pc - 1)
#define SAVE() (FRAME->pc = pc)
#define NEXT() do { pc++; goto *labels[in->op]; } while (0)
#define RA regs[in->a]
#define RB regs[in->b]
#define RC regs[in->c]
#define KC constants[in->c]
#define KB constants[in->b]
#define CACHE(index) ((Cache *)constants - 1 - (index))
#define JUMP_BY(offset) (pc += (offset))
// Before a jump, so that what it raises belongs to the instruction that jumps.
#define TICK() do { if (unlikely(--vm->ticks <= 0)) { SAVE(); if (!vm_tick_slow(vm)) goto raised; } } while (0)
#define LOAD_FRAME() (constants = CODE->constants, vm->frame = FRAME)

static inline bool fast_truth(Value v, bool *out)
{
    if (is_bool(v)) {
        *out = v == VALUE_TRUE;
        return true;
    }
    if (is_small(v)) {
        *out = v != INT_ZERO;
        return true;
    }
    if (is_none(v)) {
        *out = false;
        return true;
    }
    return false;
}

// The exception being handled by the innermost frame that handles one.
Value exception_current(VM *vm)
{
    for (Frame *f = vm->frame; f; f = f->caller) {
        uint16_t r = frame_code(f)->handled_reg;
        if (r != NO_REG && f->regs[r] && !is_none(f->regs[r]))
            return f->regs[r];
    }
    return VALUE_EMPTY;
}

// __context__ of a new exception: what was being handled. Cycles in the chain are cut.
static void set_context(VM *vm)
{
    vm->error_fresh = false;
    Value context = exception_current(vm), error = vm->error;
    if (!context || context == error || !is_exception(error))
        return;
    for (Value o = context; is_exception(o);) {
        Exception *x = as_exception(o);
        if (x->context == error) {
            x->context = VALUE_EMPTY;
            break;
        }
        o = x->context;
        if (!o)
            break;
    }
    as_exception(error)->context = context;
    gc_barrier(vm, as_object(error));
}

static const Handler *find_handler(const Code *code, uint32_t index)
{
    for (uint32_t i = 0; i < code->handler_count; i++) {
        const Handler *h = &code->handlers[i];
        if (index >= h->start && index < h->end)
            return h;
    }
    return NULL;
}

// PEP 479: StopIteration may not leave a generator.
static void convert_stop(VM *vm, const Code *code)
{
    bool async = code->flags & CODE_ASYNC_GENERATOR;
    bool stop = error_is(vm, EXC_StopIteration);
    if (!stop && !(async && error_is(vm, EXC_StopAsyncIteration)))
        return;
    Value cause = error_take(vm);
    const char *what = async ? "async generator" : code->flags & CODE_COROUTINE ? "coroutine" : "generator";
    raise_runtime(vm, "%s raised %s", what, stop ? "StopIteration" : "StopAsyncIteration");
    if (is_exception(vm->error)) {
        Exception *e = as_exception(vm->error);
        e->cause = e->context = cause;
        e->suppress_context = true;
        gc_barrier(vm, e);
    }
    vm->error_fresh = false;
}

// A frame of the register stack for a call from `caller`: in place when the caller is on the stack too, else above it.
static inline Value *call_base(VM *vm, Frame *caller, Value *window)
{
    return caller->flags & FRAME_HEAP ? vm->root->stack_base : window;
}

// Binds a call of any parameter kinds into a frame at `base` (or a new segment). args may lie inside it.
static Frame *push_at(VM *vm, Frame *caller, Function *f, Value *base, const Value *args, int nargs, Tuple *kwnames,
                      Value *made)
{
    Code *code = f->code;
    bool fresh;
    *made = VALUE_EMPTY;
    if (vm->depth >= vm->recursion_limit) {
        raise_exc(vm, EXC_RecursionError, "maximum recursion depth exceeded");
        return NULL;
    }
    base = stack_reserve(vm, base, FRAME_HEADER + code->nregs, &fresh);
    if (!base)
        return NULL;
    Frame *frame = (Frame *)base;
    if (!bind_function(vm, f, frame->regs, args, nargs, kwnames)) {
        if (fresh)
            stack_drop_segment(vm);
        return NULL;
    }
    frame->callee = from_object(f);
    frame->caller = caller;
    frame->flags = fresh ? FRAME_SEGMENT : 0;
    frame->how = RESUME_SEND;
    return frame;
}

// General frame push: any parameter kinds, keywords, generator code. The window holds callee, header space, arguments.
// NULL with *made set: a generator object was made instead of a frame.
static Frame *push_general(VM *vm, Frame *caller, Function *f, Value *window, const Value *args, int nargs,
                           Tuple *kwnames, Value *made)
{
    Code *code = f->code;
    *made = VALUE_EMPTY;
    if (code->flags & CODE_ANY_GENERATOR) {
        Generator *g = generator_new(vm, f);
        if (g && bind_function(vm, f, g->frame.regs, args, nargs, kwnames))
            *made = from_object(g);
        return NULL;
    }
    return push_at(vm, caller, f, call_base(vm, caller, window), args, nargs, kwnames, made);
}

ExecStatus vm_execute(VM *vm, Frame *frame, Value *result)
{ // lint: long: the dispatch loop
    static const void *const labels[] = {
#define OP(name, operands, text) &&op_##name,
#include "opcodes.def"
    };
    Value *regs = frame->regs;
    const Value *constants;
    const Instr *pc = frame->pc;
    Value v, w;
    vm->depth++;
    LOAD_FRAME();
    if (unlikely(vm->closed_to_scripts) && !vm->error)
        limits_refuse(vm);
    if (unlikely(vm->error))
        goto raised;
    NEXT();

#include "ops_load.inc"
#include "ops_arith.inc"
#include "ops_flow.inc"
#include "ops_build.inc"
#include "ops_call.inc"
#include "ops_async.inc"
#include "ops_match.inc"

    // ------------------------------------------------------------ an exception is pending in vm->error
raised:
    if (unlikely(!vm->error))
        raise_exc(vm, EXC_SystemError, "error return without exception set");
    if (vm->error_fresh)
        set_context(vm);
    {
        const Code *code = CODE;
        uint32_t index = pc > code->instrs ? (uint32_t)(pc - code->instrs - 1) : 0;
        traceback_add(vm, FRAME, index);
    }
reraised:
    vm->error_fresh = false;
    {
        const Code *code = CODE;
        uint32_t index = pc > code->instrs ? (uint32_t)(pc - code->instrs - 1) : 0;
        const Handler *h = unlikely(vm->closed_to_scripts) ? NULL : find_handler(code, index);
        if (h) {
            // Temporaries above the handler's two registers are dead; empty, they keep nothing alive.
            if (h->reg + 2u < code->nregs)
                memset(regs + h->reg + 2, 0, (code->nregs - h->reg - 2u) * sizeof(Value));
            regs[h->reg] = vm->error;
            vm->error = VALUE_EMPTY;
            pc = code->instrs + h->target;
            NEXT();
        }
    }
    // Not handled here: leave the frame and go on raising in the caller.
    vm->depth--;
    const Code *left = CODE;
    if (FRAME->flags & FRAME_HEAP) {
        Generator *g = generator_of(FRAME);
        convert_stop(vm, left);
        g->state = GENERATOR_DONE;
        g->async_running = false;
        memset(regs, 0, left->nregs * sizeof(Value));
        if (g->delegated) {
            g->delegated = false;
            if (vm->root->chain)
                vm->root->chain--;
            regs = FRAME->caller->regs;
            generator_of(FRAME)->state = GENERATOR_RUNNING;
            pc = FRAME->pc;
            LOAD_FRAME();
            goto raised;
        }
        vm->root = g->previous_root;
        g->inner = NULL;
    } else {
        memset(regs, 0, left->nregs * sizeof(Value)); // the collector looks a little beyond the running frame
    }
    {
        uint8_t flags = FRAME->flags;
        Frame *caller = FRAME->caller;
        FRAME->flags &= (uint8_t)~FRAME_ENTRY;
        if (flags & FRAME_SEGMENT)
            stack_drop_segment(vm); // the frame is gone now
        if (flags & FRAME_ENTRY) {
            vm->frame = caller;
            return EXEC_RAISED;
        }
        regs = caller->regs;
        pc = FRAME->pc;
        LOAD_FRAME();
        goto raised;
    }
}
