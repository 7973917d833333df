// SPDX-License-Identifier: MIT
//
// Uncaught exceptions as text, laid out as CPython 3.11 does: the frames with their source lines and marks, chained
// causes and contexts, groups as trees, notes, suggestions.
#ifndef AIOLOS_RUNTIME_TRACEBACK_PRINT_H
#define AIOLOS_RUNTIME_TRACEBACK_PRINT_H

#include "vm/core/vm.h"

// Prints to `file` (an object with write), or to the host's error stream when it is VALUE_EMPTY or stops working. May
// run scripts (__str__, write). Never leaves an exception pending.
void traceback_print(VM *vm, Value exception, Value file);
// The same as a str. NULL: error pending.
Str *traceback_text(VM *vm, Value exception);
// "Did you mean" for NameError and AttributeError. NULL: none. Never leaves an exception pending.
Str *suggestion_for(VM *vm, Value exception);

#endif
