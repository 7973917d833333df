// SPDX-License-Identifier: MIT
//
// slice: three values, and the arithmetic that clips them to a sequence.

#include "slice.h"

#include "container.h"

Value slice_new(VM *vm, Value start, Value stop, Value step)
{
    Slice *s = gc_new(vm, vm->types[KIND_SLICE]->root, sizeof *s);
    if (s) {
        s->start = start;
        s->stop = stop;
        s->step = step;
    }
    return from_object(s);
}

static Slice *as_slice(Value v) { return (Slice *)as_object(v); }

static bool bound(VM *vm, Value v, int64_t *out)
{
    if (is_small(v)) {
        *out = as_small(v);
        return true;
    }
    if (!has_index(vm, v)) {
        raise_type(vm, "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    return object_index_clamped(vm, v, out);
}

static int64_t clip(int64_t i, int64_t length, int64_t low, int64_t high)
{
    if (i < 0)
        i += length;
    return i < low ? low : i > high ? high : i;
}

bool slice_indices(VM *vm, Value slice, int64_t length, int64_t *start, int64_t *stop, int64_t *step, int64_t *count)
{
    Slice *s = as_slice(slice);
    *step = 1;
    if (!is_none(s->step)) {
        if (!bound(vm, s->step, step))
            return false;
        if (*step == 0)
            return raise_value(vm, "slice step cannot be zero"), false;
        if (*step < -INT64_MAX)
            *step = -INT64_MAX;
    }
    bool back = *step < 0;
    int64_t low = back ? -1 : 0, high = back ? length - 1 : length;
    *start = back ? high : 0;
    *stop = back ? -1 : length;
    if (!is_none(s->start)) {
        if (!bound(vm, s->start, start))
            return false;
        *start = clip(*start, length, low, high);
    }
    if (!is_none(s->stop)) {
        if (!bound(vm, s->stop, stop))
            return false;
        *stop = clip(*stop, length, low, high);
    }
    int64_t span = back ? *start - *stop : *stop - *start, stride = back ? -*step : *step;
    *count = span <= 0 ? 0 : (span - 1) / stride + 1;
    return true;
}

// ---- operations

static void slice_mark(Gc *gc, Object *o)
{
    Slice *s = (Slice *)o;
    gc_mark(gc, s->start);
    gc_mark(gc, s->stop);
    gc_mark(gc, s->step);
}

static Value slice_repr(VM *vm, Value self)
{
    Slice *s = as_slice(self);
    return from_object(str_format(vm, "slice(%R, %R, %R)", s->start, s->stop, s->step));
}

static Value slice_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if (!has_kind(other, KIND_SLICE))
        return VALUE_NOT_IMPLEMENTED;
    if (self == other)
        return compare_result(0, op);
    Slice *a = as_slice(self), *b = as_slice(other);
    Value x = tuple_pack(vm, 3, a->start, a->stop, a->step);
    Value y = tuple_pack(vm, 3, b->start, b->stop, b->step);
    return x == VALUE_EMPTY || y == VALUE_EMPTY ? VALUE_EMPTY : sequence_compare(vm, x, y, op);
}

static Value slice_make(VM *vm, Value *args, int nargs)
{
    if (nargs == 2)
        return slice_new(vm, VALUE_NONE, args[1], VALUE_NONE);
    return slice_new(vm, args[1], args[2], nargs > 3 ? args[3] : VALUE_NONE);
}

static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Slice *s = as_slice(args[0]);
    Value values = tuple_pack(vm, 3, s->start, s->stop, s->step);
    return values == VALUE_EMPTY ? values : tuple_pack(vm, 2, from_object(vm->types[KIND_SLICE]), values);
}

// ---- slice.indices(): ints of any size

static Value big_bound(VM *vm, Value v)
{
    if (!has_index(vm, v))
        return raise_type(vm, "slice indices must be integers or None or have an __index__ method");
    return index_value(vm, v);
}

// Bound v, or what stands for None, clipped to [low, high].
static Value big_clip(VM *vm, Value v, Value absent, Value length, Value low, Value high)
{
    if (is_none(v))
        return absent;
    v = big_bound(vm, v);
    if (v != VALUE_EMPTY && int_sign(v) < 0)
        v = int_add(vm, v, length);
    if (v == VALUE_EMPTY)
        return v;
    return int_compare(v, low) < 0 ? low : int_compare(v, high) > 0 ? high : v;
}

static Value indices_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Slice *s = as_slice(args[0]);
    Value length = index_value(vm, args[1]), one = from_small(1), step = one;
    if (length == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (int_sign(length) < 0)
        return raise_value(vm, "length should not be negative");
    if (!is_none(s->step) && (step = big_bound(vm, s->step)) == VALUE_EMPTY)
        return VALUE_EMPTY;
    if (int_sign(step) == 0)
        return raise_value(vm, "slice step cannot be zero");
    bool back = int_sign(step) < 0;
    Value low = from_small(back ? -1 : 0), high = back ? int_sub(vm, length, one) : length;
    if (high == VALUE_EMPTY)
        return VALUE_EMPTY;
    Value start = big_clip(vm, s->start, back ? high : low, length, low, high);
    Value stop = start == VALUE_EMPTY ? start : big_clip(vm, s->stop, back ? low : high, length, low, high);
    return stop == VALUE_EMPTY ? VALUE_EMPTY : tuple_pack(vm, 3, start, stop, step);
}

static Value get_start(VM *vm, Value self)
{
    (void)vm;
    return as_slice(self)->start;
}

static Value get_stop(VM *vm, Value self)
{
    (void)vm;
    return as_slice(self)->stop;
}

static Value get_step(VM *vm, Value self)
{
    (void)vm;
    return as_slice(self)->step;
}

static const GetSetDef getsets[] = {
    {"start", get_start, readonly_attribute, NULL},
    {"stop", get_stop, readonly_attribute, NULL},
    {"step", get_step, readonly_attribute, NULL},
    {0},
};

static const NativeDef methods[] = {
    {"indices(self, length, /)", indices_method, "Start, stop and step for a sequence of the given length.",
     NATIVE_RAW, 2, 2},
    {"__reduce__(self, /)", reduce_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps ops = {
    .mark = slice_mark,
    .repr = slice_repr,
    .compare = slice_compare,
    .compare_mask = ALL_COMPARES,
};

const TypeDef slice_def = {
    .name = "slice",
    .kind = KIND_SLICE,
    .size = sizeof(Slice),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"slice(cls, start, stop=None, step=None, /)", slice_make, NULL, NATIVE_RAW, 2, 4},
    .doc = "A range of positions in a sequence.",
    .flags = 0,
};
