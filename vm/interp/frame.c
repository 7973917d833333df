// SPDX-License-Identifier: MIT
//
// The register stack: segments, frames pushed from native code, running code objects.

#include "interp.h"

#include "vm/core/args.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

#define STACK_SLACK 4 // words above a frame that a call may shift its arguments into
#define FIRST_SEGMENT ((size_t)4096)     // words
#define LARGEST_SEGMENT ((size_t)1 << 17)

static StackSegment *segment_new(VM *vm, size_t words)
{
    StackSegment *s = mem_realloc(vm, NULL, 0, sizeof *s + words * sizeof(Value));
    if (!s) {
        raise_memory(vm);
        return NULL;
    }
    memset(s, 0, sizeof *s + words * sizeof(Value));
    s->capacity = words;
    return s;
}

bool stack_new(VM *vm)
{
    vm->segment = segment_new(vm, FIRST_SEGMENT);
    if (!vm->segment)
        return false;
    vm->stack_limit = vm->segment->words + vm->segment->capacity;
    return true;
}

void stack_drop_segment(VM *vm)
{
    StackSegment *s = vm->segment;
    vm->segment = s->previous;
    vm->stack_limit = vm->segment ? vm->segment->words + vm->segment->capacity : NULL;
    mem_realloc(vm, s, sizeof *s + s->capacity * sizeof(Value), 0);
}

void stack_free(VM *vm)
{
    while (vm->segment)
        stack_drop_segment(vm);
}

Value *stack_reserve(VM *vm, Value *wanted, size_t words, bool *new_segment)
{
    *new_segment = false;
    if (likely(wanted + words + STACK_SLACK <= vm->stack_limit))
        return wanted;
    size_t size = vm->segment->capacity * 2;
    if (size > LARGEST_SEGMENT)
        size = LARGEST_SEGMENT;
    if (size < words * 2)
        size = words * 2;
    StackSegment *s = segment_new(vm, size);
    if (!s)
        return NULL;
    vm->segment->used = wanted;
    s->previous = vm->segment;
    vm->segment = s;
    vm->stack_limit = s->words + s->capacity;
    *new_segment = true;
    return s->words;
}

static void raise_recursion(VM *vm) { raise_exc(vm, EXC_RecursionError, "maximum recursion depth exceeded"); }

// The exact call of plain code on the newest segment: nothing to bind. NULL: push it in general.
static inline Frame *push_exact(VM *vm, Function *f, const Value *args, int nargs)
{
    Code *code = f->code;
    Value *at = frame_top(vm, vm->frame);
    if (nargs != code->simple_params || at + FRAME_HEADER + code->nregs + 8 > vm->stack_limit ||
        at < vm->segment->words || vm->depth >= vm->recursion_limit)
        return NULL;
    Frame *frame = (Frame *)at;
    frame->callee = from_object(f);
    frame->caller = vm->frame;
    frame->pc = code->instrs;
    frame->word = 0;
    for (int i = 0; i < nargs; i++)
        frame->regs[i] = args[i];
    return frame;
}

Frame *frame_push_call(VM *vm, Function *f, const Value *args, int nargs, Tuple *kwnames)
{
    Frame *exact = kwnames ? NULL : push_exact(vm, f, args, nargs);
    if (likely(exact))
        return exact;
    if (vm->depth >= vm->recursion_limit)
        return (raise_recursion(vm), NULL);
    bool fresh;
    Code *code = f->code;
    Value *at = stack_reserve(vm, frame_top(vm, vm->frame), FRAME_HEADER + code->nregs, &fresh);
    if (!at)
        return NULL;
    Frame *frame = (Frame *)at;
    frame->callee = from_object(f);
    frame->caller = vm->frame;
    frame->pc = code->instrs;
    frame->ret = 0;
    frame->flags = fresh ? FRAME_SEGMENT : 0;
    frame->how = RESUME_SEND;
    memset(frame->regs, 0, code->nregs * sizeof(Value));
    if (!bind_function(vm, f, frame->regs, args, nargs, kwnames)) {
        if (fresh)
            stack_drop_segment(vm);
        return NULL;
    }
    return frame;
}

void frame_mark_owner(Gc *gc, Frame *f)
{
    if (f->flags & FRAME_HEAP)
        gc_mark_again(gc, &generator_of(f)->base); // its registers change without a barrier while it runs
}

// Not inlined: the C frame of the interpreter lies below this one's, which holds no value of its own.
__attribute__((noinline)) ExecStatus frame_run(VM *vm, Frame *frame, Value *result)
{
    char *outer = vm->script_c_frame;
    vm->script_c_frame = __builtin_frame_address(0);
    ExecStatus status = vm_execute(vm, frame, result);
    vm->script_c_frame = outer;
    return status;
}

Value frame_run_pushed(VM *vm, Frame *frame)
{
    frame->flags |= FRAME_ENTRY;
    if (!vm_enter(vm, ""))
        return VALUE_EMPTY;
    Value result = VALUE_EMPTY;
    ExecStatus status = frame_run(vm, frame, &result);
    vm_leave(vm);
    return status == EXEC_RETURNED ? result : VALUE_EMPTY;
}

Value vm_run_code(VM *vm, Code *code, Dict *globals, Value locals)
{
    Function *f = function_new(vm, code, globals);
    if (!f)
        return VALUE_EMPTY;
    if (code->nfree)
        return raise_type(vm, "code object passed to exec() may not contain free variables");
    Frame *frame = frame_push_call(vm, f, NULL, 0, NULL);
    if (!frame)
        return VALUE_EMPTY;
    if (code->ns_reg != NO_REG)
        frame->regs[code->ns_reg] = locals ? locals : from_object(globals);
    return code->flags & CODE_ANY_GENERATOR ? generator_from_frame(vm, frame) : frame_run_pushed(vm, frame);
}

// The innermost inlined comprehension around an instruction, or -1.
static int32_t innermost_inlined(const Code *code, uint32_t instr)
{
    int32_t found = -1;
    for (uint32_t i = 0; i < code->inlined_count; i++) {
        const Inlined *in = &code->inlined[i];
        if (instr < in->start || instr >= in->end)
            continue;
        if (found < 0 || in->end - in->start < code->inlined[found].end - code->inlined[found].start)
            found = (int32_t)i;
    }
    return found;
}

// A traceback grows towards the caller: the innermost comprehension first, the function itself last.
bool traceback_add(VM *vm, Frame *frame, uint32_t instr)
{
    Code *code = frame_code(frame);
    for (int32_t i = innermost_inlined(code, instr); i >= 0; i = (int32_t)code->inlined[i].parent - 1) {
        if (!traceback_push(vm, vm->error, frame->callee, (int32_t)instr, i))
            return false;
        instr = code->inlined[i].call_position;
    }
    return traceback_push(vm, vm->error, frame->callee, (int32_t)instr, -1);
}

Value vm_run_class_body(VM *vm, Value function, Value namespace)
{
    Function *f = as_function(function);
    Frame *frame = frame_push_call(vm, f, NULL, 0, NULL);
    if (!frame)
        return VALUE_EMPTY;
    if (f->code->ns_reg != NO_REG)
        frame->regs[f->code->ns_reg] = namespace;
    return frame_run_pushed(vm, frame);
}
