// SPDX-License-Identifier: MIT
//
// Kernel of types: what types.coroutine needs of the machine.

#include "vm/core/native.h"
#include "vm/core/type.h"

// A copy of a generator function whose generators may be awaited.
static Value coroutine_mark(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_function(args[0]))
        return raise_type(vm, "types.coroutine() expects a callable");
    Function *f = as_function(args[0]);
    if (!(f->code->flags & CODE_GENERATOR) || f->code->flags & CODE_ITERABLE_COROUTINE)
        return args[0];
    f->code->flags |= CODE_ITERABLE_COROUTINE;
    return args[0];
}

static const NativeDef functions[] = {
    {"coroutine_mark(func, /)", coroutine_mark, "Marks a generator function: what it makes may be awaited.", NATIVE_RAW, 1, 1},
    {0},
};

const ModuleDef _types_module = {.name = "_types", .doc = "Kernel of types.", .functions = functions};
