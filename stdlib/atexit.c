// SPDX-License-Identifier: MIT
//
// The `atexit` module: functions to call when the program ends, last registered first. Whoever ends the program calls
// atexit._run_exitfuncs(); an error in one function is reported and the others still run.

#include "roots.h"

#include "vm/core/native.h"

// The list of (function, args, kwargs). NULL: no memory.
static List *callbacks(VM *vm)
{
    if (!vm->roots[ROOT_ATEXIT])
        vm->roots[ROOT_ATEXIT] = from_object(list_new(vm, 0));
    return vm->roots[ROOT_ATEXIT] ? as_list(vm->roots[ROOT_ATEXIT]) : NULL;
}

static Value atexit_register(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_callable(vm, args[0]))
        return raise_type(vm, "the first argument must be callable");
    Value entry = tuple_pack(vm, 3, args[0], args[1], args[2] ? args[2] : VALUE_NONE);
    List *list = entry ? callbacks(vm) : NULL;
    return list && list_append(vm, list, entry) ? args[0] : VALUE_EMPTY;
}

static Value atexit_unregister(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    List *list = callbacks(vm), *kept = list_new(vm, 0);
    if (!list || !kept)
        return VALUE_EMPTY;
    for (int64_t i = 0; i < list->count; i++) {
        int equal = object_equal(vm, as_tuple(list->items[i])->items[0], args[0]);
        if (equal < 0 || (!equal && !list_append(vm, kept, list->items[i])))
            return VALUE_EMPTY;
    }
    vm->roots[ROOT_ATEXIT] = from_object(kept);
    return VALUE_NONE;
}

static Value atexit_clear(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    vm->roots[ROOT_ATEXIT] = VALUE_EMPTY;
    return VALUE_NONE;
}

static Value atexit_run(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    List *list;
    while ((list = callbacks(vm)) && list->count) {
        Tuple *entry = as_tuple(list->items[--list->count]);
        Value kwargs = is_none(entry->items[2]) ? VALUE_EMPTY : entry->items[2];
        if (object_call_ex(vm, entry->items[0], entry->items[1], kwargs))
            continue;
        Value error = error_take(vm);
        if (vm->hooks.unraisable)
            vm->hooks.unraisable(vm, error, entry->items[0]);
        error_clear(vm);
    }
    return list ? VALUE_NONE : VALUE_EMPTY;
}

static Value atexit_count(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    List *list = callbacks(vm);
    return list ? from_small(list->count) : VALUE_EMPTY;
}

static const NativeDef functions[] = {
    {"register(func, /, *args, **kwargs)", atexit_register,
     "Register a function to be executed upon normal program termination.", 0, 0, 0},
    {"unregister(func, /)", atexit_unregister, "Unregister a function previously registered.", NATIVE_RAW, 1, 1},
    {"_clear()", atexit_clear, "Clear the list of exit functions.", NATIVE_RAW, 0, 0},
    {"_run_exitfuncs()", atexit_run, "Run all registered exit functions.", NATIVE_RAW, 0, 0},
    {"_ncallbacks()", atexit_count, "Return the number of registered exit functions.", NATIVE_RAW, 0, 0},
    {0},
};

const ModuleDef atexit_module = {
    .name = "atexit",
    .doc = "Functions to be executed upon normal program termination.",
    .functions = functions,
};
