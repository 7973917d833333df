// SPDX-License-Identifier: MIT
//
// Modules: a namespace dict, and the table a native module was made from.
#ifndef AIOLOS_VM_MODULE_H
#define AIOLOS_VM_MODULE_H

#include "vm/core/vm.h"

typedef struct Module {
    Object base;
    Dict *dict;
    const void *def; // ModuleDef of a native module, or NULL
    void *state;     // GC buffer of a native module, or NULL
} Module;

Module *module_new(VM *vm, Str *name);
static inline bool is_module(Value v) { return has_kind(v, KIND_MODULE); }
static inline Module *as_module(Value v) { return (Module *)as_object(v); }
#endif
