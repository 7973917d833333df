// SPDX-License-Identifier: MIT
//
// The module aiolos: what scripts can know of the runtime that other implementations do not have.

#include "runtime/aiolos.h"

#include "vm/core/native.h"

// Figures of the collector since the start or the last reset.
static Value statistics(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Gc *gc = &vm->gc;
    int reset = object_truth(vm, args[0]);
    List *pauses = list_new(vm, GC_PAUSES);
    Dict *d = dict_new(vm, 8);
    for (int i = 0; pauses && i < GC_PAUSES; i++)
        if (!list_append(vm, pauses, int_from_u64(vm, gc->pauses[i])))
            return VALUE_EMPTY;
    if (reset < 0 || !pauses || !d || !dict_set_text(vm, d, "bytes", int_from_u64(vm, gc->bytes)) ||
        !dict_set_text(vm, d, "peak_bytes", int_from_u64(vm, gc->peak)) ||
        !dict_set_text(vm, d, "live_bytes", int_from_u64(vm, gc->live)) ||
        !dict_set_text(vm, d, "collections", int_from_u64(vm, gc->collections)) ||
        !dict_set_text(vm, d, "pauses", from_object(pauses)) ||
        !dict_set_text(vm, d, "longest_pause", from_double(gc->longest_pause)))
        return VALUE_EMPTY;
    if (reset) {
        memset(gc->pauses, 0, sizeof gc->pauses);
        gc->longest_pause = 0;
        gc->peak = gc->bytes;
    }
    return from_object(d);
}

static const NativeDef functions[] = {
    {"statistics(reset=False)", statistics, "What memory is in use, and how long the collector stopped the script: a "
        "dict. `pauses` counts steps of up to 20 us, 40 us, ... 20 ms, and above.", 0, 0, 0},
    {0},
};

static bool aiolos_init(VM *vm, Module *module)
{
    Str *version = str_from(vm, AIOLOS_VERSION);
    return version && module_set(vm, module, "version", from_object(version)) &&
           module_set(vm, module, "BudgetError", from_object(vm->exc[EXC_BudgetError]));
}

const ModuleDef aiolos_module = {
    .name = "aiolos",
    .doc = "The runtime. BudgetError is raised when a limit of the host is hit.",
    .functions = functions,
    .init = aiolos_init,
};
