// SPDX-License-Identifier: MIT
//
// Variables and temporaries of a running frame.
//
// The variables as a mapping are what locals(), eval, exec and frame.f_locals see. A module's are its globals, a class
// body's its namespace, both live; a function's are a fresh dict, cells looked through.

#include "interp.h"

#include "vm/core/native.h"

static bool add_variable(VM *vm, Dict *d, Value name, Value v)
{
    if (has_kind(v, KIND_CELL))
        v = ((Cell *)as_object(v))->value;
    if (!v || as_str(name)->data[0] == '.')
        return true;
    // A comprehension's variable, listed after the function's own, does not hide one of the same name.
    return dict_get_str(vm, d, as_str(name)) || dict_set_str(vm, d, as_str(name), v);
}

Value frame_locals(VM *vm, Frame *frame)
{
    const Code *code = frame_code(frame);
    const Function *f = as_function(frame->callee);
    if (code->ns_reg != NO_REG)
        return frame->regs[code->ns_reg];
    if (code->flags & CODE_MODULE)
        return from_object(f->globals);
    Dict *d = dict_new(vm, code->nlocals);
    if (!d)
        return VALUE_EMPTY;
    for (uint32_t i = 0; i < code->nlocals; i++)
        if (!add_variable(vm, d, code->varnames[i], frame->regs[i]))
            return VALUE_EMPTY;
    for (uint32_t i = 0; i < code->nfree && f->closure; i++)
        if (!add_variable(vm, d, code->freenames[i], f->closure[i]))
            return VALUE_EMPTY;
    return from_object(d);
}

bool frame_forget_temporaries(VM *vm, NativeFn fn)
{
    Frame *frame = vm->frame;
    if (!frame)
        return false;
    const Code *code = frame_code(frame);
    const Instr *in = frame->pc - 1;
    if (in < code->instrs || (in->op != OP_CALL && in->op != OP_CALL_METHOD))
        return false;
    Value *window = &frame->regs[in->a];
    if (!has_kind(window[0], KIND_NATIVE) || ((Native *)as_object(window[0]))->fn != fn)
        return false; // called from another native, which may still read its arguments there
    Value *end = frame->regs + code->nregs, *top = frame_top(vm, frame);
    memset(window, 0, (size_t)((char *)end - (char *)window));
    if (top < vm->stack_limit)
        memset(top, 0, (size_t)((char *)vm->stack_limit - (char *)top));
    return true;
}
