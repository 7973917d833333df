// SPDX-License-Identifier: MIT
//
// list: a growable array of values in one GC buffer. list_append is the fast path of everything that collects items.
#ifndef AIOLOS_VM_LIST_H
#define AIOLOS_VM_LIST_H

#include "vm/core/vm.h"

struct List {
    Object base;
    int64_t count, capacity;
    Value *items;     // GC buffer
    Value attributes; // subclasses made by scripts
};

static inline bool is_list(Value v) { return has_kind(v, KIND_LIST); }
static inline List *as_list(Value v) { return (List *)as_object(v); }

List *list_new(VM *vm, int64_t capacity);
Value list_from(VM *vm, const Value *items, int64_t count);
bool list_grow(VM *vm, List *list, int64_t capacity);  // slow path of list_append
bool list_insert(VM *vm, List *list, int64_t index, Value v);
bool list_extend(VM *vm, List *list, Value iterable);
bool list_sort(VM *vm, List *list, Value key /* or VALUE_NONE */, bool reverse);
Value list_append_method(VM *vm, Value *args, int nargs);
Value list_slice(VM *vm, List *list, int64_t start, int64_t stop);
static inline bool list_append(VM *vm, List *list, Value v)
{
    if (unlikely(list->count == list->capacity) && !list_grow(vm, list, list->count + 1))
        return false;
    list->items[list->count++] = v;
    gc_barrier_value(vm, list, list->items, v);
    return true;
}
extern const TypeDef list_def;
#endif
