// SPDX-License-Identifier: MIT
//
// Sums and products of many numbers. fsum and sumprod are exact until the one final rounding: they keep the sum as
// partial doubles that do not overlap (J. R. Shewchuk, "Adaptive precision floating-point arithmetic", 1997). hypot
// and dist scale by a power of two, sum the squares with their rounding errors and correct the root once.

#include "math_internal.h"
#include "vm/types/container.h"

// ---- exact accumulation

typedef struct Partials {
    VM *vm;
    double *values; // increasing in magnitude, not overlapping; a GC buffer, or `room` while it suffices
    size_t count, capacity;
    double special, infinite; // sums of the inputs that are not finite
    double room[32];
} Partials;

static void partials_init(Partials *p, VM *vm)
{
    *p = (Partials){.vm = vm, .capacity = 32};
    p->values = p->room;
}

static bool partials_grow(Partials *p)
{
    size_t old = p->capacity * sizeof(double);
    double *more;
    if (p->values == p->room) {
        if ((more = gc_buffer(p->vm, 2 * old)))
            memcpy(more, p->room, old);
    } else {
        more = gc_buffer_resize(p->vm, p->values, old, 2 * old);
    }
    if (!more)
        return false;
    p->values = more;
    p->capacity *= 2;
    return true;
}

static bool partials_add(Partials *p, double x)
{
    if (!vm_tick(p->vm))
        return false;
    double given = x;
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        double y = p->values[i];
        if (fabs(x) < fabs(y)) {
            double t = x;
            x = y;
            y = t;
        }
        double high = x + y, low = y - (high - x);
        if (low != 0)
            p->values[kept++] = low;
        x = high;
    }
    p->count = kept;
    if (x == 0)
        return true;
    if (!isfinite(x)) {
        if (isfinite(given))
            return raise_overflow(p->vm, "intermediate overflow in fsum"), false;
        if (isinf(given))
            p->infinite += given;
        p->special += given;
        p->count = 0;
        return true;
    }
    if (p->count == p->capacity && !partials_grow(p))
        return false;
    p->values[p->count++] = x;
    return true;
}

// The sum rounded once, half to even.
static double partials_round(const Partials *p)
{
    if (p->count == 0)
        return 0;
    size_t n = p->count;
    double high = p->values[--n], low = 0;
    while (n > 0) {
        double x = high, y = p->values[--n];
        high = x + y;
        low = y - (high - x);
        if (low != 0)
            break;
    }
    // Exactly half an ulp was dropped: the next partial decides which way the tie goes.
    if (n > 0 && ((low < 0 && p->values[n - 1] < 0) || (low > 0 && p->values[n - 1] > 0))) {
        double twice = low * 2, x = high + twice;
        if (twice == x - high)
            high = x;
    }
    return high;
}

MATH(fsum)
{
    (void)nargs;
    Partials p;
    Each each;
    Value v;
    double x;
    partials_init(&p, vm);
    if (!each_begin(&each, vm, args[0]))
        return VALUE_EMPTY;
    while (each_next(&each, &v))
        if (!object_as_double(vm, v, &x) || !partials_add(&p, x))
            return VALUE_EMPTY;
    if (vm->error)
        return VALUE_EMPTY;
    if (p.special != 0 || isnan(p.special)) {
        if (isnan(p.infinite))
            return raise_value(vm, "-inf + inf in fsum");
        return from_double(p.special);
    }
    return from_double(partials_round(&p));
}

// ---- products

MATH(prod)
{
    (void)nargs;
    Each each;
    Value result = args[1], v;
    if (!each_begin(&each, vm, args[0]))
        return VALUE_EMPTY;
    while (each_next(&each, &v)) {
        if (is_small(result) && is_small(v))
            result = int_mul(vm, result, v);
        else if (is_double(result) && is_double(v))
            result = from_double(as_double(result) * as_double(v));
        else
            result = binary_op(vm, BINARY_MUL, result, v);
        if (!result)
            return VALUE_EMPTY;
    }
    return vm->error ? VALUE_EMPTY : result;
}

// Both as doubles when at least one is a float and the other a float, int or bool.
static bool float_pair(VM *vm, Value a, Value b, double *x, double *y)
{
    if (!(is_double(a) && (is_double(b) || is_int_like(b))) && !(is_double(b) && is_int_like(a)))
        return false;
    bool overflow = false;
    *x = is_double(a) ? as_double(a) : int_to_double(vm, a, &overflow);
    *y = is_double(b) ? as_double(b) : int_to_double(vm, b, &overflow);
    return !overflow;
}

// Adds x * y exactly. False: the product is not finite or so small that its rounding error is not representable.
static bool add_product(Partials *p, double x, double y)
{
    double high = x * y;
    if (!isfinite(high) || (high != 0 && fabs(high) < 0x1p-960))
        return false;
    return partials_add(p, high) && partials_add(p, fma(x, y, -high));
}

static Value sum_products(VM *vm, Value p, Value q)
{
    Value total = INT_ZERO;
    int64_t n = sequence_count(p);
    Partials exact;
    partials_init(&exact, vm);
    bool in_floats = false;
    for (int64_t i = 0; i < n && i < sequence_count(p) && i < sequence_count(q); i++) {
        Value a = sequence_items(p)[i], b = sequence_items(q)[i];
        double x, y;
        if (!loop_tick(vm, i))
            return VALUE_EMPTY;
        if (float_pair(vm, a, b, &x, &y) && add_product(&exact, x, y)) {
            in_floats = true;
            continue;
        }
        if (vm->error)
            return VALUE_EMPTY;
        Value product = binary_op(vm, BINARY_MUL, a, b);
        if (!product || !(total = binary_op(vm, BINARY_ADD, total, product)))
            return VALUE_EMPTY;
    }
    if (!in_floats)
        return total;
    double rest;
    if (is_int_like(total) && object_as_double(vm, total, &rest))
        return partials_add(&exact, rest) ? from_double(partials_round(&exact)) : VALUE_EMPTY;
    return vm->error ? VALUE_EMPTY : binary_op(vm, BINARY_ADD, total, from_double(partials_round(&exact)));
}

MATH(sumprod)
{
    (void)nargs;
    Value p = sequence_fast(vm, args[0], NULL), q = p ? sequence_fast(vm, args[1], NULL) : VALUE_EMPTY;
    if (!q)
        return VALUE_EMPTY;
    if (sequence_count(p) != sequence_count(q))
        return raise_value(vm, "Inputs are not the same length");
    return sum_products(vm, p, q);
}

// ---- lengths of vectors

// The root of the sum of squares of n finite numbers whose largest is `max`. Overwrites the values.
static double scaled_norm(double *values, int64_t n, double max)
{
    int exponent;
    frexp(max, &exponent);
    if (exponent < -1023) { // all subnormal: bring them into the normal range first
        for (int64_t i = 0; i < n; i++)
            values[i] = ldexp(values[i], 500);
        return ldexp(scaled_norm(values, n, ldexp(max, 500)), -500);
    }
    double scale = ldexp(1.0, -exponent), sum = 1.0, low_sum = 0, low_squares = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = values[i] * scale, square = x * x;
        low_squares += fma(x, x, -square);
        double high = sum + square;
        low_sum += (sum - high) + square;
        sum = high;
    }
    // The sum started at 1, so that each addition loses its low part only: take the 1 away again at the end.
    double h = sqrt(sum - 1.0 + (low_sum + low_squares)), square = h * h;
    double low_square = -fma(h, h, -square), high = sum - square;
    low_sum += (sum - high) - square;
    return (h + (high - 1.0 + (low_sum + low_squares + low_square)) / (2.0 * h)) / scale;
}

static Value norm(VM *vm, double *values, int64_t n, double max, bool found_nan)
{
    (void)vm;
    if (isinf(max))
        return from_double(max);
    if (found_nan)
        return from_double(NAN);
    if (max == 0 || n <= 1)
        return from_double(max);
    return from_double(scaled_norm(values, n, max));
}

static double *number_buffer(VM *vm, int64_t n, double *room, int64_t room_count)
{
    return n <= room_count ? room : gc_buffer(vm, (size_t)n * sizeof(double));
}

MATH(hypot)
{
    double room[16], max = 0;
    bool found_nan = false;
    double *values = number_buffer(vm, nargs, room, 16);
    if (!values)
        return VALUE_EMPTY;
    for (int i = 0; i < nargs; i++) {
        if (!object_as_double(vm, args[i], &values[i]))
            return VALUE_EMPTY;
        values[i] = fabs(values[i]);
        found_nan |= isnan(values[i]);
        if (values[i] > max)
            max = values[i];
    }
    return norm(vm, values, nargs, max, found_nan);
}

MATH(dist)
{
    (void)nargs;
    Value p = is_tuple(args[0]) ? args[0] : tuple_from_iterable(vm, args[0]);
    Value q = !p ? VALUE_EMPTY : is_tuple(args[1]) ? args[1] : tuple_from_iterable(vm, args[1]);
    if (!q)
        return VALUE_EMPTY;
    int64_t n = as_tuple(p)->count;
    if (n != as_tuple(q)->count)
        return raise_value(vm, "both points must have the same number of dimensions");
    double room[16], max = 0, x, y;
    bool found_nan = false;
    double *values = number_buffer(vm, n, room, 16);
    if (!values)
        return VALUE_EMPTY;
    for (int64_t i = 0; i < n; i++) {
        if (!object_as_double(vm, as_tuple(p)->items[i], &x) || !object_as_double(vm, as_tuple(q)->items[i], &y))
            return VALUE_EMPTY;
        values[i] = fabs(x - y);
        found_nan |= isnan(values[i]);
        if (values[i] > max)
            max = values[i];
    }
    return norm(vm, values, n, max, found_nan);
}
