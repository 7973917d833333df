// SPDX-License-Identifier: MIT
//
// TaskGroup and Timeout, the two async context managers in C.
#ifndef AIOLOS_RUNTIME_GROUP_H
#define AIOLOS_RUNTIME_GROUP_H

#include "future.h"

extern const TypeDef task_group_def, timeout_def;
Value timeout_new(VM *vm, Value when);             // when: loop time or VALUE_NONE
bool timeout_fire(VM *vm, Object *timeout);        // the deadline has come (from its handle)
Value group_parent(Object *group); // the task inside its block, VALUE_EMPTY: none
bool group_child_done(VM *vm, Object *group, Future *child); // from the ready ring. False: an error that ends the loop
const Value *group_members(Value group, int64_t *count); // its tasks, done ones too: for reports
#endif
