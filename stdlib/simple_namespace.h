// SPDX-License-Identifier: MIT
//
// types.SimpleNamespace in C: sys.implementation and time.get_clock_info are of this type.
#ifndef AIOLOS_STDLIB_SIMPLE_NAMESPACE_H
#define AIOLOS_STDLIB_SIMPLE_NAMESPACE_H

#include "vm/core/native.h"

extern const TypeDef simple_namespace_def; // types.SimpleNamespace
// A new namespace that holds the entries of d (which it keeps). VALUE_EMPTY: error.
Value simple_namespace_new(VM *vm, Dict *d);

#endif
