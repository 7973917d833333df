// SPDX-License-Identifier: MIT
//
// Elements of a memoryview: native formats to values and back. Private to the memoryview files.
#ifndef AIOLOS_VM_MEMORY_ITEM_H
#define AIOLOS_VM_MEMORY_ITEM_H

#include "bytes_internal.h"

static inline MemoryView *as_memory(Value v) { return (MemoryView *)as_object(v); }

uint32_t memory_item_size(char format);                              // 0: unknown format
Value memory_unpack(VM *vm, char format, const char *p);
// False: TypeError or ValueError with CPython's text.
bool memory_pack(VM *vm, char format, Value v, char out[8]);
// The first byte of element i; the view is not released.
char *memory_at(const MemoryView *m, int64_t i);
bool memory_check(VM *vm, const MemoryView *m);                      // false: released, ValueError
// A view of the same owner.
MemoryView *memory_derive(VM *vm, const MemoryView *from);
Value memory_bytes_of(VM *vm, const MemoryView *m);                  // tobytes()
int64_t bytes_hash_data(VM *vm, const char *data, size_t size);      // bytes.c

extern const NativeDef memory_methods[];
extern const GetSetDef memory_getsets[];

#endif
