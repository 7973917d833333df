// SPDX-License-Identifier: MIT
//
// Making types, natives and modules from constant tables.
#ifndef AIOLOS_VM_NATIVE_H
#define AIOLOS_VM_NATIVE_H

#include "error.h"
#include "protocol.h"
#include "vm/types/bytes.h"
#include "vm/types/dict.h"
#include "vm/types/exception.h"
#include "vm/types/function.h"
#include "vm/types/int.h"
#include "vm/types/list.h"
#include "vm/types/module.h"
#include "vm/types/set.h"
#include "vm/types/slice.h"
#include "vm/types/str.h"
#include "vm/types/tuple.h"

// Makes the Type of a table and registers it in the VM. base NULL: object. NULL: error.
Type *type_register(VM *vm, const TypeDef *def, Type *base);

bool type_ready(VM *vm, Type *type);

// Registered types of KIND_OTHER are found again by their table: O(1), never fails after registration.
Type *type_of_def(VM *vm, const TypeDef *def);
static inline bool is_type_def(VM *vm, Value v, const TypeDef *def)
{
    return is_object(v) && v && as_object(v)->shape->type->def == def;
    (void)vm;
}

// A new zero-filled instance of cls, whose native base is the calling type; `payload` bytes follow the fixed part
// (KIND_VAR types). Honours subclasses made by scripts (attribute storage). NULL: error.
void *type_alloc(VM *vm, Type *cls, size_t payload);
// Same for exactly the type of a def.
void *type_new_of(VM *vm, const TypeDef *def);

// A module's table: natives, types and an init function, as constant data.
typedef struct ModuleDef {
    const char *name;
    const char *doc;
    const NativeDef *functions;     // ends with {0}
    const TypeDef *const *types;    // registered and added; ends with NULL
    bool (*init)(VM *vm, Module *module); // constants and the like; NULL: none. False: error
} ModuleDef;

Value module_from_def(VM *vm, const ModuleDef *def);
bool module_set(VM *vm, Module *module, const char *name, Value value);
Value native_new(VM *vm, const NativeDef *def, Value self, Str *module);

#endif
