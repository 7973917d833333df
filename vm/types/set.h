// SPDX-License-Identifier: MIT
//
// set and frozenset: an open-addressing table of (key, hash), with the probing and sizes of CPython's, so that sets of
// ints iterate in the same order there and here.
#ifndef AIOLOS_VM_SET_H
#define AIOLOS_VM_SET_H

#include "vm/core/vm.h"

typedef struct SetEntry {
    Value key; // VALUE_EMPTY: free; SET_DELETED: tombstone
    int64_t hash;
} SetEntry;

#define SET_SMALL 8

typedef struct Set {
    Object base;
    int64_t count, fill;
    uint64_t mask;
    SetEntry *entries; // GC buffer, or `small`
    int64_t hash;      // frozenset: cached, 0 none; set: where pop() looks next
    uint32_t version;  // changes on add/remove
    bool objects;      // some key is or was a heap object: otherwise there is nothing to mark
    SetEntry small[SET_SMALL];
    Value attributes;
} Set;

#define SET_DELETED ((Value)0x0001000000000008)

static inline bool is_set(Value v) { return has_kind(v, KIND_SET) || has_kind(v, KIND_FROZENSET); }
static inline Set *as_set(Value v) { return (Set *)as_object(v); }

Set *set_new(VM *vm, bool frozen);
bool set_add(VM *vm, Set *s, Value key);
int set_contains(VM *vm, Set *s, Value key);
int set_discard(VM *vm, Set *s, Value key); // 1 removed, 0 absent, -1 error
bool set_update(VM *vm, Set *s, Value iterable);
bool set_next(Set *s, uint64_t *position, Value *key);

// With the hash known. Index of the entry, -1 absent, -2 error.
int64_t set_find(VM *vm, Set *s, Value key, int64_t hash);
bool set_add_hashed(VM *vm, Set *s, Value key, int64_t hash);
int set_discard_hashed(VM *vm, Set *s, Value key, int64_t hash);
Set *set_copy(VM *vm, Set *source, bool frozen);
void set_clear(VM *vm, Set *s);
bool set_reserve(VM *vm, Set *s, int64_t more);
// The entry of the next key at or after *position; NULL at the end.
SetEntry *set_entry_next(Set *s, uint64_t *position);
extern const TypeDef set_def, frozenset_def;
#endif
