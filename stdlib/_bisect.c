// SPDX-License-Identifier: MIT
//
// The module _bisect: binary search in anything with __len__ and __getitem__, fast in lists.

#include "vm/types/container.h"

static Value item_at(VM *vm, Value sequence, int64_t i)
{
    if (is_exact(vm, sequence, KIND_LIST) && i < as_list(sequence)->count)
        return as_list(sequence)->items[i];
    return object_getitem(vm, sequence, from_small(i));
}

// args: a, x, lo, hi, key. Where x goes: after equal items (right) or before them. -1: error.
static int64_t search(VM *vm, Value *args, Value x, bool right)
{
    int64_t low, high = 0;
    if (!object_index_i64(vm, args[2], &low))
        return -1;
    if (low < 0)
        return raise_value(vm, "lo must be non-negative"), -1;
    if (is_none(args[3]) ? (high = object_len(vm, args[0])) < 0 : !object_index_i64(vm, args[3], &high))
        return -1;
    while (low < high) {
        int64_t mid = low + (high - low) / 2;
        Value item = item_at(vm, args[0], mid);
        if (item != VALUE_EMPTY && !is_none(args[4]))
            item = call1(vm, args[4], item);
        int less = item == VALUE_EMPTY ? -1 : right ? value_less(vm, x, item) : value_less(vm, item, x);
        if (less < 0)
            return -1;
        if (less == right)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static Value bisect(VM *vm, Value *args, bool right)
{
    int64_t at = search(vm, args, args[1], right);
    return at < 0 ? VALUE_EMPTY : int_from_i64(vm, at);
}

static Value insort(VM *vm, Value *args, bool right)
{
    Value x = is_none(args[4]) ? args[1] : call1(vm, args[4], args[1]);
    int64_t at = x == VALUE_EMPTY ? -1 : search(vm, args, x, right);
    if (at < 0)
        return VALUE_EMPTY;
    if (is_exact(vm, args[0], KIND_LIST))
        return list_insert(vm, as_list(args[0]), at, args[1]) ? VALUE_NONE : VALUE_EMPTY;
    Str *name = str_intern_text(vm, "insert", 6);
    Value given[2] = {from_small(at), args[1]};
    return name && call_method(vm, args[0], name, given, 2) != VALUE_EMPTY ? VALUE_NONE : VALUE_EMPTY;
}

static Value bisect_left(VM *vm, Value *args, int nargs) { (void)nargs; return bisect(vm, args, false); }
static Value bisect_right(VM *vm, Value *args, int nargs) { (void)nargs; return bisect(vm, args, true); }
static Value insort_left(VM *vm, Value *args, int nargs) { (void)nargs; return insort(vm, args, false); }
static Value insort_right(VM *vm, Value *args, int nargs) { (void)nargs; return insort(vm, args, true); }

static const NativeDef functions[] = {
    {"bisect_left(a, x, lo=0, hi=None, *, key=None)", bisect_left, "Where to insert x before equal items.", 0, 0, 0},
    {"bisect_right(a, x, lo=0, hi=None, *, key=None)", bisect_right, "Where to insert x after equal items.", 0, 0, 0},
    {"insort_left(a, x, lo=0, hi=None, *, key=None)", insort_left, "Insert x before equal items.", 0, 0, 0},
    {"insort_right(a, x, lo=0, hi=None, *, key=None)", insort_right, "Insert x after equal items.", 0, 0, 0},
    {0},
};

const ModuleDef _bisect_module = {.name = "_bisect", .doc = "Kernels of bisect.", .functions = functions};
