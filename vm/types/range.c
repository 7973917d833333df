// SPDX-License-Identifier: MIT
//
// range: start, stop, step and length, ints of any size. While all of them are small, work goes on machine words;
// otherwise on int objects. range_iterator steps small numbers, longrange_iterator any.

#include "container.h"
#include "iterators.h"
#include "vm/types/slice.h"

static Range *as_range(Value v) { return (Range *)as_object(v); }
static bool is_range(Value v) { return has_kind(v, KIND_RANGE); }

static bool is_words(const Range *r) { return both_small(r->start, r->stop) && both_small(r->step, r->length); }

static Value count_items(VM *vm, Value start, Value stop, Value step)
{
    if (both_small(start, stop) && is_small(step)) {
        int64_t a = as_small(start), b = as_small(stop), s = as_small(step);
        int64_t span = s > 0 ? b - a : a - b, stride = s > 0 ? s : -s;
        return int_from_i64(vm, span <= 0 ? 0 : (span - 1) / stride + 1);
    }
    bool back = int_sign(step) < 0;
    Value span = back ? int_sub(vm, start, stop) : int_sub(vm, stop, start), stride = back ? int_neg(vm, step) : step;
    if (span == VALUE_EMPTY || stride == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (int_sign(span) <= 0)
        return from_small(0);
    Value steps = int_sub(vm, span, from_small(1));
    if (steps == VALUE_EMPTY || (steps = int_floordiv(vm, steps, stride)) == VALUE_EMPTY)
        return VALUE_EMPTY;
    return int_add(vm, steps, from_small(1));
}

static Value range_of(VM *vm, Value start, Value stop, Value step) // exact ints, step not 0
{
    Value length = count_items(vm, start, stop, step);
    Range *r = length == VALUE_EMPTY ? NULL : gc_new(vm, vm->types[KIND_RANGE]->root, sizeof *r);
    if (r) {
        r->start = start;
        r->stop = stop;
        r->step = step;
        r->length = length;
    }
    return from_object(r);
}

Value range_new(VM *vm, Value start, Value stop, Value step)
{
    if ((start = index_value(vm, start)) == VALUE_EMPTY || (stop = index_value(vm, stop)) == VALUE_EMPTY ||
        (step = index_value(vm, step)) == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (step == from_small(0))
        return raise_value(vm, "range() arg 3 must not be zero");
    return range_of(vm, start, stop, step);
}

// start + index * step
static Value item_at(VM *vm, const Range *r, Value index)
{
    if (is_words(r) && is_small(index)) // at most one step outside the range: no overflow
        return int_from_i64(vm, as_small(r->start) + as_small(index) * as_small(r->step));
    Value start = r->start, offset = int_mul(vm, index, r->step);
    return offset == VALUE_EMPTY ? VALUE_EMPTY : int_add(vm, start, offset);
}

// ---- operations

static void range_mark(Gc *gc, Object *o)
{
    Range *r = (Range *)o;
    gc_mark(gc, r->start);
    gc_mark(gc, r->stop);
    gc_mark(gc, r->step);
    gc_mark(gc, r->length);
}

static Value range_repr(VM *vm, Value self)
{
    Range *r = as_range(self);
    if (r->step == from_small(1))
        return from_object(str_format(vm, "range(%R, %R)", r->start, r->stop));
    return from_object(str_format(vm, "range(%R, %R, %R)", r->start, r->stop, r->step));
}

// What decides equality: length, first item (if any), step (if it matters).
static Value essence(VM *vm, const Range *r)
{
    Value start = r->length == from_small(0) ? VALUE_NONE : r->start;
    Value step = r->length == from_small(0) || r->length == from_small(1) ? VALUE_NONE : r->step;
    return tuple_pack(vm, 3, r->length, start, step);
}

static bool range_hash(VM *vm, Value self, int64_t *out)
{
    Value t = essence(vm, as_range(self));
    return t != VALUE_EMPTY && object_hash(vm, t, out);
}

static Value range_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if ((op != COMPARE_EQ && op != COMPARE_NE) || !is_range(other))
        return VALUE_NOT_IMPLEMENTED;
    Value a = essence(vm, as_range(self)), b = essence(vm, as_range(other));
    return a == VALUE_EMPTY || b == VALUE_EMPTY ? VALUE_EMPTY : sequence_compare(vm, a, b, op);
}

static int range_truth(VM *vm, Value self)
{
    (void)vm;
    return as_range(self)->length != from_small(0);
}

static int64_t range_len(VM *vm, Value self)
{
    int64_t length;
    if (int_fits_i64(as_range(self)->length, &length))
        return length;
    raise_overflow(vm, "Python int too large to convert to C ssize_t");
    return -1;
}

static Value range_slice(VM *vm, Range *r, Value slice)
{
    Str *name = str_intern_text(vm, "indices", 7);
    Value bounds = name ? call_method(vm, slice, name, &r->length, 1) : VALUE_EMPTY;
    if (bounds == VALUE_EMPTY)
        return VALUE_EMPTY;
    Value *b = as_tuple(bounds)->items;
    Value start = item_at(vm, r, b[0]);
    Value offset = int_mul(vm, b[1], r->step), step = int_mul(vm, b[2], r->step);
    if (start == VALUE_EMPTY || offset == VALUE_EMPTY || step == VALUE_EMPTY)
        return VALUE_EMPTY;
    Value stop = int_add(vm, r->start, offset);
    return stop == VALUE_EMPTY ? VALUE_EMPTY : range_of(vm, start, stop, step);
}

static Value range_getitem(VM *vm, Value self, Value key)
{
    Range *r = as_range(self);
    if (has_kind(key, KIND_SLICE))
        return range_slice(vm, r, key);
    if (!has_index(vm, key))
        return raise_type(vm, "range indices must be integers or slices, not %T", key);
    Value index = index_value(vm, key);
    if (index != VALUE_EMPTY && int_sign(index) < 0)
        index = int_add(vm, index, r->length);
    if (index == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (int_sign(index) < 0 || int_compare(index, r->length) >= 0)
        return raise_index(vm, "range object index out of range");
    return item_at(vm, r, index);
}

// Position of an int, VALUE_NONE when it is not in the range.
static Value position_of(VM *vm, const Range *r, Value v)
{
    bool back = int_sign(r->step) < 0;
    bool inside = back ? int_compare(v, r->start) <= 0 && int_compare(v, r->stop) > 0
                       : int_compare(v, r->start) >= 0 && int_compare(v, r->stop) < 0;
    if (!inside)
        return VALUE_NONE;
    Value step = r->step, offset = int_sub(vm, v, r->start);
    Value rest = offset == VALUE_EMPTY ? VALUE_EMPTY : int_mod(vm, offset, step);
    if (rest == VALUE_EMPTY)
        return VALUE_EMPTY;
    return rest == from_small(0) ? int_floordiv(vm, offset, step) : VALUE_NONE;
}

static bool is_plain_int(VM *vm, Value v) { return is_small(v) || is_bool(v) || is_exact(vm, v, KIND_INT); }

// For anything that is not an int: compares item by item, as a sequence does. Counts equal items, or stops at the
// first.
static int64_t search(VM *vm, Value self, Value v, bool count_all, int64_t *found_at)
{
    Each each;
    Value item;
    int64_t found = 0;
    if (!each_begin(&each, vm, self))
        return -1;
    for (int64_t at = 0; each_next(&each, &item); at++) {
        int equal = value_equal(vm, item, v);
        if (equal < 0)
            return -1;
        if (equal) {
            *found_at = at;
            found++;
            if (!count_all)
                break;
        }
    }
    return vm->error ? -1 : found;
}

static int range_contains(VM *vm, Value self, Value v)
{
    Range *r = as_range(self);
    if (!is_plain_int(vm, v)) {
        int64_t at;
        return (int)search(vm, self, v, false, &at);
    }
    if (is_bool(v))
        v = from_small(v == VALUE_TRUE);
    if (is_words(r) && is_small(v)) {
        int64_t i = as_small(v), start = as_small(r->start), stop = as_small(r->stop), step = as_small(r->step);
        if (step > 0 ? i < start || i >= stop : i > start || i <= stop)
            return 0;
        return (i - start) % step == 0;
    }
    Value position = position_of(vm, r, v);
    return position == VALUE_EMPTY ? -1 : !is_none(position);
}

// ---- iteration

static Value iterate(VM *vm, const Range *r, Value start, Value step)
{
    if (is_words(r) && both_small(start, step)) {
        RangeIterator *it = type_new_of(vm, &range_iterator_def);
        if (it) {
            it->current = as_small(start);
            it->step = as_small(step);
            it->remaining = as_small(r->length);
        }
        return from_object(it);
    }
    LongRangeIterator *it = type_new_of(vm, &long_range_iterator_def);
    if (it) {
        it->current = start;
        it->step = step;
        it->remaining = r->length;
        gc_barrier(vm, it);
    }
    return from_object(it);
}

static Value range_iter(VM *vm,
                        Value self) { return iterate(vm, as_range(self), as_range(self)->start, as_range(self)->step); }

static Value reversed_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Range *r = as_range(args[0]);
    Value last = int_sub(vm, r->length, from_small(1));
    Value start = last == VALUE_EMPTY ? VALUE_EMPTY : item_at(vm, r, last);
    Value step = start == VALUE_EMPTY ? VALUE_EMPTY : int_neg(vm, r->step);
    return step == VALUE_EMPTY ? VALUE_EMPTY : iterate(vm, r, start, step);
}

static Value iterator_next(VM *vm, Value self)
{
    (void)vm;
    RangeIterator *it = (RangeIterator *)as_object(self);
    if (it->remaining <= 0)
        return VALUE_EMPTY;
    int64_t i = it->current;
    it->remaining--;
    it->current = i + it->step;
    return from_small(i);
}

static Value iterator_hint(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return int_from_i64(vm, ((RangeIterator *)as_object(args[0]))->remaining);
}

static Value iterator_reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    RangeIterator *it = (RangeIterator *)as_object(args[0]);
    Value start = int_from_i64(vm, it->current), step = int_from_i64(vm, it->step);
    Value stop = int_from_i64(vm, it->current + it->remaining * it->step);
    if (start == VALUE_EMPTY || stop == VALUE_EMPTY || step == VALUE_EMPTY)
        return VALUE_EMPTY;
    return iterator_reduce(vm, range_of(vm, start, stop, step), VALUE_EMPTY);
}

static void long_iterator_mark(Gc *gc, Object *o)
{
    LongRangeIterator *it = (LongRangeIterator *)o;
    gc_mark(gc, it->current);
    gc_mark(gc, it->step);
    gc_mark(gc, it->remaining);
}

static Value long_iterator_next(VM *vm, Value self)
{
    LongRangeIterator *it = (LongRangeIterator *)as_object(self);
    if (int_sign(it->remaining) <= 0)
        return VALUE_EMPTY;
    Value item = it->current, next = int_add(vm, item, it->step);
    Value rest = next == VALUE_EMPTY ? VALUE_EMPTY : int_sub(vm, it->remaining, from_small(1));
    if (rest == VALUE_EMPTY)
        return VALUE_EMPTY;
    it->current = next;
    it->remaining = rest;
    gc_barrier(vm, it);
    return item;
}

static Value long_iterator_hint(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    return ((LongRangeIterator *)as_object(args[0]))->remaining;
}

static Value long_iterator_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    LongRangeIterator *it = (LongRangeIterator *)as_object(args[0]);
    Value span = int_mul(vm, it->remaining, it->step);
    Value stop = span == VALUE_EMPTY ? VALUE_EMPTY : int_add(vm, it->current, span);
    return stop == VALUE_EMPTY ? VALUE_EMPTY
        : iterator_reduce(vm, range_of(vm, it->current, stop, it->step), VALUE_EMPTY);
}

// ---- methods

static Value count_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t at,
        found = is_plain_int(vm, args[1]) ? range_contains(vm, args[0], args[1])
            : search(vm, args[0], args[1], true, &at);
    return found < 0 ? VALUE_EMPTY : from_small(found);
}

static Value index_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value v = args[1];
    int64_t at = 0;
    if (is_plain_int(vm, v)) {
        Value position = position_of(vm, as_range(args[0]), is_bool(v) ? from_small(v == VALUE_TRUE) : v);
        if (position == VALUE_EMPTY || !is_none(position))
            return position;
        return raise_value(vm, "%R is not in range", v);
    }
    int64_t found = search(vm, args[0], v, false, &at);
    if (found == 0)
        return raise_value(vm, "sequence.index(x): x not in sequence");
    return found < 0 ? VALUE_EMPTY : from_small(at);
}

static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Range *r = as_range(args[0]);
    Value values = tuple_pack(vm, 3, r->start, r->stop, r->step);
    return values == VALUE_EMPTY ? values : tuple_pack(vm, 2, from_object(vm->types[KIND_RANGE]), values);
}

static Value range_make(VM *vm, Value *args, int nargs)
{
    if (nargs == 2)
        return range_new(vm, from_small(0), args[1], from_small(1));
    return range_new(vm, args[1], args[2], nargs > 3 ? args[3] : from_small(1));
}

static Value get_start(VM *vm, Value self)
{
    (void)vm;
    return as_range(self)->start;
}

static Value get_stop(VM *vm, Value self)
{
    (void)vm;
    return as_range(self)->stop;
}

static Value get_step(VM *vm, Value self)
{
    (void)vm;
    return as_range(self)->step;
}

static const GetSetDef getsets[] = {
    {"start", get_start, readonly_attribute, NULL},
    {"stop", get_stop, readonly_attribute, NULL},
    {"step", get_step, readonly_attribute, NULL},
    {0},
};

static const NativeDef methods[] = {
    {"count(self, value, /)", count_method, "Return number of occurrences of value.", NATIVE_RAW, 2, 2},
    {"index(self, value, /)", index_method, "Return index of value. Raises ValueError if the value is not present.",
     NATIVE_RAW, 2, 2},
    {"__reversed__(self, /)", reversed_method, "Return a reverse iterator.", NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", reduce_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps ops = {
    .mark = range_mark,
    .repr = range_repr,
    .hash = range_hash,
    .compare = range_compare,
    .compare_mask = ALL_COMPARES,
    .truth = range_truth,
    .len = range_len,
    .getitem = range_getitem,
    .contains = range_contains,
    .iter = range_iter,
};

const TypeDef range_def = {
    .name = "range",
    .kind = KIND_RANGE,
    .size = sizeof(Range),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"range(cls, start, stop=<unset>, step=1, /)", range_make, NULL, NATIVE_RAW, 2, 4},
    .doc = "An arithmetic progression of ints.",
    .flags = TYPE_SEQUENCE,
};

static const NativeDef iterator_methods[] = {
    {"__length_hint__(self, /)", iterator_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", iterator_reduce_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps iterator_ops = {.iter = iterator_self, .next = iterator_next};

const TypeDef range_iterator_def = {
    .name = "range_iterator", .kind = KIND_OTHER, .size = sizeof(RangeIterator), .ops = &iterator_ops,
    .methods = iterator_methods, .flags = TYPE_NO_NEW,
};

static const NativeDef long_iterator_methods[] = {
    {"__length_hint__(self, /)", long_iterator_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", long_iterator_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps long_iterator_ops = {.mark = long_iterator_mark, .iter = iterator_self,
                                          .next = long_iterator_next};

const TypeDef long_range_iterator_def = {
    .name = "longrange_iterator", .kind = KIND_OTHER, .size = sizeof(LongRangeIterator), .ops = &long_iterator_ops,
    .methods = long_iterator_methods, .flags = TYPE_NO_NEW,
};
