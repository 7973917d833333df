// SPDX-License-Identifier: MIT
//
// What the container types share: equality and hash with fast paths, index arguments, walking an iterable.
//
// Equality here is Python's "is or ==", as all containers compare: identical words are equal. The fast paths never run
// a script; the slow path (object_equal) may, and then every pointer into a container has to be read again.
#ifndef AIOLOS_VM_CONTAINER_H
#define AIOLOS_VM_CONTAINER_H

#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/iterators.h"

// Same text, without a call for the common cases. Two different interned strings are never equal.
static inline bool str_same(const Str *a, const Str *b)
{
    if (a == b)
        return true;
    if (a->size != b->size || (a->flags & b->flags & STR_INTERNED))
        return false;
    return memcmp(a->data, b->data, a->size) == 0;
}

// Equality without running a script: 1, 0, or -1 when it takes the protocol to find out.
static inline int plain_equal(VM *vm, Value a, Value b)
{
    if (a == b)
        return 1;
    if (both_small(a, b))
        return 0;
    if (is_exact(vm, a, KIND_STR) && is_exact(vm, b, KIND_STR))
        return str_same(as_str(a), as_str(b));
    return -1;
}

int tuples_equal(VM *vm, Tuple *a, Tuple *b); // 1, 0, -1 error; may run scripts

static inline int value_equal(VM *vm, Value a, Value b)
{
    int equal = plain_equal(vm, a, b);
    if (likely(equal >= 0))
        return equal;
    if (is_exact(vm, a, KIND_TUPLE) && is_exact(vm, b, KIND_TUPLE))
        return tuples_equal(vm, as_tuple(a), as_tuple(b));
    return object_equal(vm, a, b);
}

// a < b as a truth value, with fast paths for ints, floats, strings and tuples: 1, 0, -1 error. In list_sort.c.
int value_less(VM *vm, Value a, Value b);

static inline int64_t small_hash(Value v)
{
    int64_t i = as_small(v);
    return i == -1 ? -2 : i;
}

static inline bool value_hash(VM *vm, Value v, int64_t *out)
{
    if (is_small(v)) {
        *out = small_hash(v);
        return true;
    }
    if (is_exact(vm, v, KIND_STR)) {
        Str *s = as_str(v);
        *out = s->hash ? s->hash : str_hash(vm, s);
        return true;
    }
    return object_hash(vm, v, out);
}

// The count-th step of a long native loop: polls the tick once in 1024 steps.
static inline bool loop_tick(VM *vm, int64_t step) { return (step & 63) != 63 || vm_work(vm, 16); }

// Keeps an object in a register or on the stack up to this point, so that the collector sees it.
#define keep_alive(value) __asm__ volatile("" : : "r"(value) : "memory")

// list or tuple: where the items are now.
static inline int64_t sequence_count(Value v) { return is_tuple(v) ? as_tuple(v)->count : as_list(v)->count; }
static inline Value *sequence_items(Value v) { return is_tuple(v) ? as_tuple(v)->items : as_list(v)->items; }

// An int (exact) from an object with __index__; bool becomes 0 or 1. VALUE_EMPTY: TypeError as operator.index raises.
Value index_value(VM *vm, Value v);
bool has_index(VM *vm, Value v);
// Subscript of a sequence called `name` in the message: "list indices must be integers or slices, not str".
bool subscript_index(VM *vm, Value key, const char *name, int64_t *out);
// The n of sequence * n. 1: *out is the count, never negative; 0: not an integer (NotImplemented); -1: error.
int repeat_count(VM *vm, Value n, int64_t *out);
// What sequence * n answers when n is no integer: NotImplemented if n brings its own __rmul__, else the TypeError.
Value repeat_mismatch(VM *vm, Value n);
// Lexicographic comparison of two lists or two tuples.
Value sequence_compare(VM *vm, Value a, Value b, CompareOp op);
// "[a, b]" of a list or tuple; recursive ones show as open "..." close.
Value sequence_repr(VM *vm, Value self, const char *open, const char *close);
// Position of item in [start, stop) of a list or tuple: -1 absent, -2 error.
int64_t sequence_find(VM *vm, Value self, Value item, int64_t start, int64_t stop);
int64_t sequence_count_equal(VM *vm, Value self, Value item); // -1 error
// Arguments start and stop of index(): negative ones count from the end.
bool search_bounds(VM *vm, Value start, Value stop, int64_t count, int64_t *first, int64_t *last);
Value compare_result(int order, CompareOp op); // order <0, 0, >0

// Walks any iterable; exact lists and tuples without an iterator object. The iterable may change meanwhile.
typedef struct Each {
    VM *vm;
    Value source;   // list, tuple, or iterator
    int64_t index;  // -1: source is an iterator
} Each;
bool each_begin(Each *each, VM *vm, Value iterable); // false: not iterable (TypeError)
bool each_next_slow(Each *each, Value *item);
// False at the end and on error: then look at vm->error.
static inline bool each_next(Each *each, Value *item)
{
    if (each->index >= 0) {
        Value source = each->source;
        if (each->index >= sequence_count(source))
            return false;
        *item = sequence_items(source)[each->index++];
        return loop_tick(each->vm, each->index);
    }
    return each_next_slow(each, item);
}
// How many items may come, at least 0. -1: error.
int64_t each_hint(Each *each);

// iter_next for iterators that wrap others: thousands of nested ones must end in RecursionError, not at the end of the
// C stack.
static inline Value nested_next(VM *vm, Value iterator)
{
    Shape *s = is_object(iterator) ? as_object(iterator)->shape : NULL;
    if (s == vm->list_iterator_shape || s == vm->range_iterator_shape || s == vm->tuple_iterator_shape)
        return quick_next(vm, iterator);
    if (!vm_enter(vm, ""))
        return VALUE_EMPTY;
    Value item = iter_next(vm, iterator);
    vm_leave(vm);
    return item;
}

Value instance_dict(VM *vm, Value self); // getter of __dict__ for native types with TYPE_EXTRA
bool readonly_attribute(VM *vm, Value self, Value value); // setter of what CPython calls a readonly attribute
#define INSTANCE_DICT_GETSET {"__dict__", instance_dict, NULL, NULL}
Value iterator_self(VM *vm, Value self); // ops->iter of all iterators
// (iter, (argument,)) and (iter, (argument,), state): what __reduce__ of iterators returns.
Value iterator_reduce(VM *vm, Value argument, Value state /* or VALUE_EMPTY */);
Value builtin_named(VM *vm, const char *name); // from the builtins module; VALUE_EMPTY: AttributeError
Value class_getitem(VM *vm, Value *args, int nargs); // cls[args] for the generic containers
#define CLASS_GETITEM_METHOD {"__class_getitem__(cls, item, /)", class_getitem, "See PEP 585", NATIVE_CLASS, 0, 0}

#endif
