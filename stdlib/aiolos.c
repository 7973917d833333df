// SPDX-License-Identifier: MIT
//
// The module aiolos: what scripts can know of the runtime that other implementations do not have.

#include "runtime/aiolos.h"

#include "vm/core/native.h"

static bool aiolos_init(VM *vm, Module *module)
{
    Str *version = str_from(vm, AIOLOS_VERSION);
    return version && module_set(vm, module, "version", from_object(version)) &&
           module_set(vm, module, "BudgetError", from_object(vm->exc[EXC_BudgetError]));
}

const ModuleDef aiolos_module = {
    .name = "aiolos",
    .doc = "The runtime. BudgetError is raised when a limit of the host is hit.",
    .init = aiolos_init,
};
