// SPDX-License-Identifier: MIT
//
// slice and range objects, and the arithmetic of indices that all sequences share.
#ifndef AIOLOS_VM_SLICE_H
#define AIOLOS_VM_SLICE_H

#include "vm/core/vm.h"

typedef struct Slice {
    Object base;
    Value start, stop, step;
} Slice;

typedef struct Range {
    Object base;
    Value start, stop, step, length; // ints of any size
} Range;

// The iterator of a range whose numbers are all small; the interpreter's range loops know its layout.
typedef struct RangeIterator {
    Object base;
    int64_t current, step, remaining;
} RangeIterator;

Value slice_new(VM *vm, Value start, Value stop, Value step);
// Clips to a sequence of `length`: start, stop, step and the number of items. False: error (step 0, bad index type).
bool slice_indices(VM *vm, Value slice, int64_t length, int64_t *start, int64_t *stop, int64_t *step, int64_t *count);
Value range_new(VM *vm, Value start, Value stop, Value step);
extern const TypeDef slice_def, range_def, range_iterator_def;
#endif
