// SPDX-License-Identifier: MIT
//
// The one list of built-in types: those with a Kind, and the others with their base.
#ifndef AIOLOS_VM_REGISTRY_H
#define AIOLOS_VM_REGISTRY_H

#include "vm/core/object.h"

typedef struct RegisteredType {
    const TypeDef *def;
    const TypeDef *base; // NULL: object
} RegisteredType;

extern const TypeDef shape_def;
extern const TypeDef *const core_type_defs[];   // ends with NULL
extern const RegisteredType other_type_defs[];  // ends with {0}
bool exceptions_init(VM *vm);                    // the exception tree

#endif
