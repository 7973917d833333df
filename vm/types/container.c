// SPDX-License-Identifier: MIT
//
// Code shared by tuple, list and the other containers: see container.h. Nothing here keeps a pointer to items across a
// call that may run a script.

#include "container.h"

// ---- arguments

Value index_value(VM *vm, Value v)
{
    if (is_small(v))
        return v;
    if (!is_int_like(v) && (v = unary_op(vm, UNARY_INDEX, v)) == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (is_bool(v))
        return from_small(v == VALUE_TRUE);
    if (is_object(v) && !is_exact(vm, v, KIND_INT))
        return int_add(vm, v, from_small(0)); // of a subclass: its value, whatever __index__ it has
    return v;
}

bool has_index(VM *vm, Value v)
{
    return is_int_like(v) || type_special(vm, type_of(vm, v), SPECIAL___index__) != VALUE_EMPTY;
}

static bool index_or_overflow(VM *vm, Value v, ExcId overflow, int64_t *out)
{
    Value i = index_value(vm, v);
    if (i == VALUE_EMPTY)
        return false;
    if (!int_fits_i64(i, out)) {
        raise_exc(vm, overflow, "cannot fit '%T' into an index-sized integer", v);
        return false;
    }
    return true;
}

bool subscript_index(VM *vm, Value key, const char *name, int64_t *out)
{
    if (likely(is_small(key))) {
        *out = as_small(key);
        return true;
    }
    if (!has_index(vm, key)) {
        raise_type(vm, "%s indices must be integers or slices, not %T", name, key);
        return false;
    }
    return index_or_overflow(vm, key, EXC_IndexError, out);
}

int repeat_count(VM *vm, Value n, int64_t *out)
{
    if (!has_index(vm, n))
        return 0;
    if (!index_or_overflow(vm, n, EXC_OverflowError, out))
        return -1;
    if (*out < 0)
        *out = 0;
    return 1;
}

Value repeat_mismatch(VM *vm, Value n)
{
    if (type_overrides(type_of(vm, n), SPECIAL___rmul__))
        return VALUE_NOT_IMPLEMENTED;
    return raise_type(vm, "can't multiply sequence by non-int of type '%T'", n);
}

bool search_bounds(VM *vm, Value start, Value stop, int64_t count, int64_t *first, int64_t *last)
{
    *first = 0;
    *last = INT64_MAX;
    const char *text = "slice indices must be integers or have an __index__ method";
    if (start != VALUE_EMPTY) {
        if (!has_index(vm, start))
            return raise_type(vm, "%s", text), false;
        if (!object_index_clamped(vm, start, first))
            return false;
    }
    if (stop != VALUE_EMPTY) {
        if (!has_index(vm, stop))
            return raise_type(vm, "%s", text), false;
        if (!object_index_clamped(vm, stop, last))
            return false;
    }
    if (*first < 0 && (*first += count) < 0)
        *first = 0;
    if (*last < 0 && (*last += count) < 0)
        *last = 0;
    return true;
}

// ---- comparison and search

Value compare_result(int order, CompareOp op)
{
    switch (op) {
    case COMPARE_LT: return from_bool(order < 0);
    case COMPARE_LE: return from_bool(order <= 0);
    case COMPARE_EQ: return from_bool(order == 0);
    case COMPARE_NE: return from_bool(order != 0);
    case COMPARE_GT: return from_bool(order > 0);
    case COMPARE_GE: return from_bool(order >= 0);
    }
    return VALUE_FALSE;
}

static Value compare_items(VM *vm, Value a, Value b, CompareOp op)
{
    int64_t i = 0;
    Value x = VALUE_EMPTY, y = VALUE_EMPTY;
    for (; i < sequence_count(a) && i < sequence_count(b); i++) {
        x = sequence_items(a)[i];
        y = sequence_items(b)[i];
        int equal = value_equal(vm, x, y);
        if (equal < 0 || !loop_tick(vm, i))
            return VALUE_EMPTY;
        if (!equal)
            break;
    }
    int64_t m = sequence_count(a), n = sequence_count(b);
    if (i >= m || i >= n)
        return compare_result(m < n ? -1 : m > n, op);
    if (op == COMPARE_EQ || op == COMPARE_NE)
        return from_bool(op == COMPARE_NE);
    if (both_small(x, y))
        return compare_result(x < y ? -1 : x > y, op);
    return object_compare(vm, x, y, op);
}

Value sequence_compare(VM *vm, Value a, Value b, CompareOp op)
{
    if (sequence_count(a) != sequence_count(b) && (op == COMPARE_EQ || op == COMPARE_NE))
        return from_bool(op == COMPARE_NE);
    if (!vm_enter(vm, " in comparison"))
        return VALUE_EMPTY;
    Value result = compare_items(vm, a, b, op);
    vm_leave(vm);
    return result;
}

int64_t sequence_find(VM *vm, Value self, Value item, int64_t start, int64_t stop)
{
    for (int64_t i = start; i < stop && i < sequence_count(self); i++) {
        Value v = sequence_items(self)[i];
        int equal = value_equal(vm, v, item);
        if (equal > 0)
            return i;
        if (equal < 0 || !loop_tick(vm, i))
            return -2;
    }
    return -1;
}

int64_t sequence_count_equal(VM *vm, Value self, Value item)
{
    int64_t count = 0;
    for (int64_t i = 0; i < sequence_count(self); i++) {
        int equal = value_equal(vm, sequence_items(self)[i], item);
        if (equal < 0 || !loop_tick(vm, i))
            return -1;
        count += equal;
    }
    return count;
}

// ---- repr

Value sequence_repr(VM *vm, Value self, const char *open, const char *close)
{
    StrBuilder b;
    builder_init(&b, vm);
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    builder_add_cstr(&b, open);
    if (active) {
        builder_add_cstr(&b, "...");
        builder_add_cstr(&b, close);
        return from_object(builder_finish(&b));
    }
    bool ok = true;
    for (int64_t i = 0; ok && i < sequence_count(self); i++)
        ok = (i == 0 || builder_add_cstr(&b, ", ")) && builder_add_repr(&b, sequence_items(self)[i]) &&
            loop_tick(vm, i);
    repr_leave(vm, self);
    if (!ok)
        return VALUE_EMPTY;
    if (is_tuple(self) && as_tuple(self)->count == 1)
        builder_add_char(&b, ',');
    builder_add_cstr(&b, close);
    return from_object(builder_finish(&b));
}

// ---- walking an iterable

bool each_begin(Each *each, VM *vm, Value iterable)
{
    each->vm = vm;
    if (is_exact(vm, iterable, KIND_LIST) || is_exact(vm, iterable, KIND_TUPLE)) {
        each->source = iterable;
        each->index = 0;
        return true;
    }
    each->index = -1;
    each->source = object_iter(vm, iterable);
    return each->source != VALUE_EMPTY;
}

bool each_next_slow(Each *each, Value *item)
{
    *item = quick_next(each->vm, each->source);
    return *item != VALUE_EMPTY && vm_tick(each->vm);
}

int64_t each_hint(Each *each)
{
    if (each->index >= 0)
        return sequence_count(each->source) - each->index;
    int64_t hint = object_length_hint(each->vm, each->source, 0);
    return hint > (int64_t)1 << 24 ? (int64_t)1 << 24 : hint; // a hint is a claim: do not reserve the world on it
}

// ---- iterators and attributes

bool readonly_attribute(VM *vm, Value self, Value value)
{
    (void)self;
    (void)value;
    raise_exc(vm, EXC_AttributeError, "readonly attribute");
    return false;
}

Value instance_dict(VM *vm, Value self) { return from_object(object_dict(vm, self)); }

Value iterator_self(VM *vm, Value self)
{
    (void)vm;
    return self;
}

Value builtin_named(VM *vm, const char *name)
{
    Str *key = str_from(vm, name);
    if (!key)
        return VALUE_EMPTY;
    Value v = dict_get_str(vm, vm->builtins, key);
    return v != VALUE_EMPTY ? v : raise_exc(vm, EXC_AttributeError, "%s", name);
}

Value iterator_reduce(VM *vm, Value argument, Value state)
{
    Value iter = builtin_named(vm, "iter");
    if (iter == VALUE_EMPTY || argument == VALUE_EMPTY)
        return VALUE_EMPTY;
    Value args = tuple_pack(vm, 1, argument);
    if (args == VALUE_EMPTY)
        return VALUE_EMPTY;
    return state == VALUE_EMPTY ? tuple_pack(vm, 2, iter, args) : tuple_pack(vm, 3, iter, args, state);
}

Value class_getitem(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return generic_alias_new(vm, args[0], args[1]);
}
