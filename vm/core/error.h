// SPDX-License-Identifier: MIT
//
// Raising exceptions from C. Each function stores the exception in vm->error and returns VALUE_EMPTY, so that a native
// ends with `return raise_type(vm, "...")`; a bool or pointer function uses `(raise_type(...), false)`.
//
// Message formats: %s C string, %d int, %zd ssize_t, %zu, %lld, %c, %x, %%, and
//   %R repr of a Value   %S str of a Value   %T name of the type of a Value   %U a Str *   %N name of a Type *
#ifndef AIOLOS_VM_ERROR_H
#define AIOLOS_VM_ERROR_H

#include <stdarg.h>

#include "vm.h"

Value raise_exc(VM *vm, ExcId id, const char *format, ...);
Value raise_type(VM *vm, const char *format, ...);
Value raise_value(VM *vm, const char *format, ...);
Value raise_index(VM *vm, const char *format, ...);
Value raise_overflow(VM *vm, const char *format, ...);
Value raise_runtime(VM *vm, const char *format, ...);
Value raise_key(VM *vm, Value key);                        // KeyError(key)
Value raise_attribute(VM *vm, Value object, Str *name);    // "'T' object has no attribute 'name'"
Value raise_memory(VM *vm);                                // the preallocated MemoryError
Value raise_stop_iteration(VM *vm, Value value);           // VALUE_EMPTY: no value
Value raise_os(VM *vm, int error, Value filename);         // OSError subclass by errno; filename VALUE_EMPTY: none
Value raise_value_of(VM *vm, Value exception);             // raise an existing instance
Value raise_args(VM *vm, ExcId id, int count, const Value *args); // class called with these args

ExcId exception_of_errno(int number); // the OSError subclass
bool error_is(VM *vm, ExcId id);       // the pending error is an instance of that class
Value error_take(VM *vm);              // the pending error, cleared
static inline void error_clear(VM *vm) { vm->error = VALUE_EMPTY; }

// Str from a message format (see above). NULL: error pending.
Str *str_format(VM *vm, const char *format, ...);
Str *str_vformat(VM *vm, const char *format, va_list args);

// Issues a warning through the hook. False: it was turned into an error.
bool warn(VM *vm, ExcId category, const char *format, ...);

#endif
