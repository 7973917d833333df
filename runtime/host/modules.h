// SPDX-License-Identifier: MIT
//
// The table of modules that come with the runtime. Declared here, defined by the standard library: the modules in C in
// stdlib/modules.c (one line each), the modules in the language in a file generated from stdlib/**/*.aio by
// scripts/dev/freeze.c.
#ifndef AIOLOS_RUNTIME_MODULES_H
#define AIOLOS_RUNTIME_MODULES_H

#include "vm/core/native.h"

extern const ModuleDef *const builtin_modules[]; // NULL: one that this program was linked without
extern const size_t builtin_module_count;

typedef struct FrozenModule {
    const char *name;  // "json.decoder"
    const char *source;
    uint32_t size;
    bool package;
} FrozenModule;

extern const FrozenModule frozen_modules[]; // sorted by name
extern const size_t frozen_module_count;

#endif
