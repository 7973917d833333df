// SPDX-License-Identifier: MIT
//
// tuple: a fixed array of values inside the object. The empty one is shared.
#ifndef AIOLOS_VM_TUPLE_H
#define AIOLOS_VM_TUPLE_H

#include "vm/core/vm.h"

struct Tuple {
    Object base;
    int64_t count;
    Value items[];
};

static inline bool is_tuple(Value v) { return has_kind(v, KIND_TUPLE); }
static inline Tuple *as_tuple(Value v) { return (Tuple *)as_object(v); }

Tuple *tuple_new(VM *vm, int64_t count);               // items VALUE_EMPTY, to be filled; count 0 gives the shared one
Value tuple_from(VM *vm, const Value *items, int64_t count);
Value tuple_pack(VM *vm, int count, ...);              // Values
Value tuple_from_iterable(VM *vm, Value iterable);
extern const TypeDef tuple_def;
#endif
