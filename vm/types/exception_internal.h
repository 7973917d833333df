// SPDX-License-Identifier: MIT
//
// Shared by exception.c, exception_fields.c and exception_group.c.
#ifndef AIOLOS_VM_EXCEPTION_INTERNAL_H
#define AIOLOS_VM_EXCEPTION_INTERNAL_H

#include "exception.h"

// The table of a class: its own fields as getset descriptors (BaseException's methods are inherited).
const TypeDef *exception_class_def(ExcId id);
// Sets the class's fields from args, as its __init__ does. False: error.
bool exception_fill_fields(VM *vm, Value exception);
// Keyword arguments of the constructor (dict or VALUE_EMPTY).
bool exception_take_keywords(VM *vm, Value exception, Value kwargs);
Str *exception_text(VM *vm, Value exception); // str(exception)
Type *os_error_class(VM *vm, Type *cls, Tuple *args); // OSError(errno, ...) gives the subclass of errno
Value exception_group_make(VM *vm, Type *cls, Tuple *args, Value kwargs);
Value exception_make(VM *vm, Value *a, int n); // the constructor of all exception classes
#define EXCEPTION_MAKE {"BaseException(cls, /, *args, **kwargs)", exception_make, NULL, 0, 0, 0}
extern const TypeDef exception_group_def;
void exception_mark(Gc *gc, Object *o);
#endif
