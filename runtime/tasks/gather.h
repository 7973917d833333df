// SPDX-License-Identifier: MIT
//
// The future of gather() (gather.c).
#ifndef AIOLOS_RUNTIME_GATHER_H
#define AIOLOS_RUNTIME_GATHER_H

#include "future.h"

// gather(*awaitables, return_exceptions): the outer future, or VALUE_EMPTY with the error pending.
Value gather_new(VM *vm, Tuple *awaitables, bool return_exceptions);
// A child of the gather is done (from the ready ring). False: no memory.
bool gather_child_done(VM *vm, Future *gather, Future *child);
// The awaitables of a gather, in order: for reports. Good until a script runs.
const Value *gather_members(const Future *gather, int64_t *count);

#endif
