// SPDX-License-Identifier: MIT
//
// What _weakref.c and weakref_proxy.c share.
#ifndef AIOLOS_STDLIB_WEAKREF_INTERNAL_H
#define AIOLOS_STDLIB_WEAKREF_INTERNAL_H

#include "vm/core/native.h"
#include "vm/types/iterators.h"

extern const TypeDef weakref_def, weak_proxy_def, weak_callable_proxy_def;

bool is_weakref(VM *vm, Value v); // a reference or proxy; v is an object
// A new reference or proxy. NULL: error pending.
WeakRef *weakref_make(VM *vm, Type *type, Value referent, Value callback);

#endif
