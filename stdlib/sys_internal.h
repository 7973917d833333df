// SPDX-License-Identifier: MIT
//
// What sys.c and sys_info.c share.
#ifndef AIOLOS_STDLIB_SYS_INTERNAL_H
#define AIOLOS_STDLIB_SYS_INTERNAL_H

#include "struct_sequence.h"

#define AIOLOS_VERSION_MAJOR 3 // of the language
#define AIOLOS_VERSION_MINOR 14

extern const TypeDef asyncgen_hooks_def, unraisable_hook_args_def;
bool sys_add_constants(VM *vm, Module *module); // versions, limits, flags, empty paths

#endif
