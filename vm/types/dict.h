// SPDX-License-Identifier: MIT
//
// dict: the compact insertion-ordered table (indices + entries), Raymond Hettinger's design of 2012 as in CPython 3.6+.
// A deleted entry has key VALUE_EMPTY; all entries before `first` are deleted. keys_version changes whenever a key is
// added or removed, so that caches of an entry's position can be checked with one compare.
#ifndef AIOLOS_VM_DICT_H
#define AIOLOS_VM_DICT_H

#include "vm/core/vm.h"

typedef struct DictEntry {
    Value key, value;
    int64_t hash;
} DictEntry;

struct Dict {
    Object base;
    int64_t count;         // live entries
    uint32_t used;         // entries in use, deleted ones included
    uint32_t capacity;     // entries allocated
    uint32_t mask;         // index table size - 1; 0: no table yet
    uint32_t keys_version;
    uint32_t first;
    bool watched;          // a namespace of global names: inline caches hold addresses of its values
    void *indices;         // uint8/16/32 by table size, behind the entries in the same buffer: private to dict.c
    DictEntry *entries;    // GC buffer
    Value attributes;      // subclasses made by scripts
};

static inline bool is_dict(Value v) { return has_kind(v, KIND_DICT); }
static inline Dict *as_dict(Value v) { return (Dict *)as_object(v); }

Dict *dict_new(VM *vm, int64_t expected);
// Any key. VALUE_EMPTY: absent (no error) or error pending (unhashable, __eq__ raised).
Value dict_get(VM *vm, Dict *d, Value key);
bool dict_set(VM *vm, Dict *d, Value key, Value value);
// 1 removed, 0 absent, -1 error. *old (may be NULL) receives the value.
int dict_delete(VM *vm, Dict *d, Value key, Value *old);
int dict_contains(VM *vm, Dict *d, Value key);
// Interned or plain string keys: never runs a script, get never fails.
Value dict_get_str(VM *vm, Dict *d, Str *key);
bool dict_set_str(VM *vm, Dict *d, Str *key, Value value);
bool dict_set_text(VM *vm, Dict *d, const char *key, Value value);
// Position of a string key in entries, or -1 (for inline caches).
int64_t dict_find_str(VM *vm, Dict *d, Str *key);
Value dict_setdefault(VM *vm, Dict *d, Value key, Value value);
// Iteration: *position starts at 0. False at the end. The dict must not be changed meanwhile (re-check used).
bool dict_next(Dict *d, uint32_t *position, Value *key, Value *value);
bool dict_update(VM *vm, Dict *d, Value other);  // mapping or iterable of pairs
bool dict_merge(VM *vm, Dict *d, Dict *other);
Dict *dict_copy(VM *vm, Dict *d);
void dict_clear(VM *vm, Dict *d);

// With the hash known. Index of the entry, -1 absent, -2 error; the index is good until a script runs.
int64_t dict_find(VM *vm, Dict *d, Value key, int64_t hash);
bool dict_set_hashed(VM *vm, Dict *d, Value key, int64_t hash, Value value);
bool dict_insert_hashed(VM *vm, Dict *d, Value key, int64_t hash, Value value); // key is known to be absent
void dict_delete_at(Dict *d, int64_t index);
bool dict_pop_last(VM *vm, Dict *d, DictEntry *e); // removes the last entry; false: empty
bool dict_reserve(VM *vm, Dict *d, int64_t count); // room for count entries in all, now rather than bit by bit
// Makes the key's entry the last or the first one. 1 done, 0 absent, -1 error.
int dict_move_key(VM *vm, Dict *d, Value key, bool last);
// Index of the first live entry at or after `index` (or at or before, going back), -1 at the end.
static inline int64_t dict_forward(const Dict *d, int64_t index)
{
    if (index < (int64_t)d->first)
        index = d->first;
    for (; index < (int64_t)d->used; index++)
        if (d->entries[index].key != VALUE_EMPTY)
            return index;
    return -1;
}
static inline int64_t dict_backward(const Dict *d, int64_t index)
{
    if (index >= (int64_t)d->used)
        index = (int64_t)d->used - 1;
    for (; index >= (int64_t)d->first; index--)
        if (d->entries[index].key != VALUE_EMPTY)
            return index;
    return -1;
}

// The type's operations, for the types derived from dict in C (defaultdict, OrderedDict). dict_update_with is CPython's
// update(): other is a mapping (with keys()), an iterable of pairs, or VALUE_EMPTY; kwargs a dict or VALUE_EMPTY.
bool dict_update_with(VM *vm, Dict *d, Value other, Value kwargs);
int dict_equal(VM *vm, Dict *a, Dict *b); // 1, 0, -1 error
void dict_mark(Gc *gc, Object *o);
Value dict_repr(VM *vm, Value self);
Value dict_compare(VM *vm, Value self, Value other, CompareOp op);
Value dict_inplace(VM *vm, BinaryOp op, Value l, Value r);
int64_t dict_len(VM *vm, Value self);
Value dict_getitem(VM *vm, Value self, Value key);
bool dict_setitem(VM *vm, Value self, Value key, Value value);
int dict_has(VM *vm, Value self, Value key);
Value dict_iter(VM *vm, Value self);
Value dict_init(VM *vm, Value *args, int nargs);
extern const TypeDef dict_def;
#endif
