// SPDX-License-Identifier: MIT
//
// Binding of call arguments to parameters, for script functions and for natives.
#ifndef AIOLOS_VM_ARGS_H
#define AIOLOS_VM_ARGS_H

#include "vm/core/vm.h"
#include "vm/types/function.h"

// Fills the parameter registers regs[0 ..] of a call of f. args (positional, then keyword values named by kwnames) may
// be the same memory as regs. False: TypeError pending with CPython's message.
bool bind_function(VM *vm, Function *f, Value *regs, const Value *args, int nargs, Tuple *kwnames);

// Calls a native with any arguments. self, if bound, has not been prepended yet.
Value native_call(VM *vm, Native *n, const Value *args, int nargs, Tuple *kwnames);

// Whether n->fn may be called with these positional arguments as they are: the right number, and self of the very type
// that owns the method (subclasses are for native_call to find out). Class methods have an owner and no self: the same.
static inline bool native_takes(const Native *n, const Value *args, int nargs)
{
    if (nargs < n->least || nargs > n->most)
        return false;
    return !n->owner || (nargs && args[0] && is_object(args[0]) && as_object(args[0])->shape->type == n->owner);
}

// The parsed signature text of a native, made once per native.
typedef struct Parameter {
    Str *name;
    Value fallback;    // default, VALUE_EMPTY: none or unset
    bool optional;
} Parameter;

typedef struct Signature {
    int positional_only, positional; // the first counts within the second
    int required;                    // positional ones without default
    int keyword_only;                // after the positional
    bool var_positional, var_keyword;
    bool needs_keyword;              // a keyword-only one without default
    int slots;                       // values fn gets
    Parameter parameters[];          // positional, keyword-only
} Signature;
Signature *signature_parse(VM *vm, Native *n); // fills n->signature; NULL: error
#endif
