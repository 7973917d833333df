// SPDX-License-Identifier: MIT
//
// Iterator objects. Their layouts are public because the interpreter steps the common ones without a call.
// Every iterator forgets its source when it is exhausted, and stays exhausted.
#ifndef AIOLOS_VM_ITERATORS_H
#define AIOLOS_VM_ITERATORS_H

#include "vm/core/protocol.h"
#include "vm/types/list.h"
#include "vm/types/slice.h"
#include "vm/types/tuple.h"

// Over a list, a tuple, or anything with __getitem__; the reversed ones count index down to -1.
typedef struct SequenceIterator {
    Object base;
    Value sequence; // VALUE_EMPTY: exhausted
    int64_t index;  // of the next item
    Value attributes; // `reversed` may be derived from
} SequenceIterator;

typedef struct CallableIterator {
    Object base;
    Value callable; // VALUE_EMPTY: exhausted
    Value sentinel;
} CallableIterator;

// A range whose numbers do not fit the immediate ints.
typedef struct LongRangeIterator {
    Object base;
    Value current, step, remaining;
} LongRangeIterator;

// Keys, values or items of a dict, forwards (position counts up) or backwards.
typedef struct DictIterator {
    Object base;
    Dict *dict;         // NULL: exhausted
    int64_t expected;   // dict->count at the start; -1 after the dict changed
    int64_t remaining;
    int64_t position;   // of the next entry
    uint32_t keys_version; // OrderedDict: must not change
} DictIterator;

typedef struct DictView {
    Object base;
    Dict *dict;
} DictView;

typedef struct SetIterator {
    Object base;
    struct Set *set;    // NULL: exhausted
    int64_t expected;   // set->count at the start
    uint64_t position;
    int64_t remaining;
} SetIterator;

typedef struct Enumerate {
    Object base;
    Value iterator;
    Value count; // int of any size
    Value attributes;
} Enumerate;

typedef struct Zip {
    Object base;
    Tuple *iterators;
    bool strict;
    Value attributes;
} Zip;

typedef struct Map {
    Object base;
    Value function;
    Tuple *iterators;
    Value attributes;
} Map;

typedef struct Filter {
    Object base;
    Value function; // or None
    Value iterator;
    Value attributes;
} Filter;

// iter_next with the commonest iterators in line.
static inline Value quick_next(VM *vm, Value it)
{
    Shape *s = is_object(it) ? as_object(it)->shape : NULL;
    if (s == vm->list_iterator_shape || s == vm->tuple_iterator_shape) {
        SequenceIterator *i = (SequenceIterator *)as_object(it);
        if (unlikely(!i->sequence))
            return VALUE_EMPTY;
        bool list = s == vm->list_iterator_shape;
        int64_t count = list ? as_list(i->sequence)->count : as_tuple(i->sequence)->count;
        if (likely(i->index < count))
            return (list ? as_list(i->sequence)->items : as_tuple(i->sequence)->items)[i->index++];
        return i->sequence = VALUE_EMPTY;
    }
    if (s == vm->range_iterator_shape) {
        RangeIterator *r = (RangeIterator *)as_object(it);
        if (unlikely(r->remaining <= 0))
            return VALUE_EMPTY;
        Value v = from_small(r->current);
        r->remaining--;
        r->current += r->step;
        return v;
    }
    return iter_next(vm, it);
}

// Iterators whose items are pairs that need not be made when they are only taken apart again: enumerate, zip, items of
// a dict. Exactly these types.
static inline bool gives_pairs(VM *vm, Value it)
{
    Shape *s = as_object(it)->shape;
    return s == vm->enumerate_shape || s == vm->dict_item_iterator_shape ||
           (s == vm->zip_shape && ((Zip *)as_object(it))->iterators->count == 2);
}
// The next item as out[0] and out[1]. False at the end and on error: then look at vm->error.
bool pair_next(VM *vm, Value it, Value *out);
bool dict_pair_next(VM *vm, Value it, Value *out); // of an iterator over items

Value callable_iterator_new(VM *vm, Value callable, Value sentinel); // iter(callable, sentinel)
Value sequence_iterator_new(VM *vm, Value sequence);                 // iter(x) of x with __getitem__ only
Value reversed_new(VM *vm, Value sequence);                          // reversed(x)
Value mapping_proxy_new(VM *vm, Value mapping);
Value dict_view_new(VM *vm, const TypeDef *def, Dict *d);

// Shared with the views and iterators of OrderedDict.
#define DICT_VIEW_BINARY (BIT(BINARY_AND) | BIT(BINARY_OR) | BIT(BINARY_SUB) | BIT(BINARY_XOR))
void dict_view_mark(Gc *gc, Object *o);
int64_t dict_view_len(VM *vm, Value self);
Value dict_view_repr(VM *vm, Value self);
Value dict_view_mapping(VM *vm, Value self);
Value dict_view_compare(VM *vm, Value self, Value other, CompareOp op);
Value dict_view_binary(VM *vm, BinaryOp op, Value l, Value r);
Value dict_view_isdisjoint(VM *vm, Value *args, int nargs);
int dict_keys_contains(VM *vm, Value self, Value item);
int dict_items_contains(VM *vm, Value self, Value item);
void dict_iterator_mark(Gc *gc, Object *o);
Value dict_iterator_hint(VM *vm, Value *args, int nargs);
Value dict_iterator_reduce(VM *vm, Value *args, int nargs);

extern const TypeDef list_iterator_def, list_reverse_iterator_def, tuple_iterator_def, sequence_iterator_def;
extern const TypeDef callable_iterator_def, reversed_def, enumerate_def, zip_def, map_def, filter_def;
extern const TypeDef long_range_iterator_def;
extern const TypeDef dict_keys_def, dict_values_def, dict_items_def;
extern const TypeDef dict_key_iterator_def, dict_value_iterator_def, dict_item_iterator_def;
extern const TypeDef dict_reverse_key_iterator_def, dict_reverse_value_iterator_def, dict_reverse_item_iterator_def;
extern const TypeDef set_iterator_def;
extern const TypeDef mapping_proxy_def;

#endif
