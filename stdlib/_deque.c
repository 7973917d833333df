// SPDX-License-Identifier: MIT
//
// collections.deque: a ring of 2^k places in one GC buffer, so that both ends and the middle are reached in O(1).
// Invariant: the items are at (head + i) & (capacity - 1) for i in [0, count); count <= maxlen if there is one. `state`
// changes whenever an item is added or removed: iterators compare it.

#include "_collections.h"
#include "vm/types/container.h"

typedef struct Deque {
    Object base;
    Value *items;
    int64_t capacity, head, count;
    int64_t maxlen; // -1: none
    uint64_t state;
    Value attributes;
} Deque;

typedef struct DequeIterator {
    Object base;
    Deque *deque;
    int64_t index, remaining;
    uint64_t state;
} DequeIterator;

static Deque *as_deque(Value v) { return (Deque *)as_object(v); }
static bool is_deque(VM *vm, Value v) { return is_type_def(vm, v, &deque_def); }
static Value *place(Deque *d, int64_t i) { return &d->items[(d->head + i) & (d->capacity - 1)]; }

// ---- storage

static bool set_capacity(VM *vm, Deque *d, int64_t capacity)
{
    size_t size;
    if (!size_mul((size_t)capacity, sizeof(Value), &size))
        return raise_memory(vm), false;
    Value *items = gc_buffer(vm, size);
    if (!items)
        return false;
    int64_t first = d->capacity - d->head < d->count ? d->capacity - d->head : d->count;
    if (d->count) {
        memcpy(items, d->items + d->head, (size_t)first * sizeof(Value));
        memcpy(items + first, d->items, (size_t)(d->count - first) * sizeof(Value));
    }
    if (d->items)
        gc_buffer_free(vm, d->items, (size_t)d->capacity * sizeof(Value));
    d->items = items;
    d->capacity = capacity;
    d->head = 0;
    gc_barrier(vm, d);
    return true;
}

static bool make_room(VM *vm, Deque *d)
{
    return likely(d->count < d->capacity) || set_capacity(vm, d, d->capacity ? d->capacity * 2 : 8);
}

static void clear(VM *vm, Deque *d)
{
    if (d->items)
        gc_buffer_free(vm, d->items, (size_t)d->capacity * sizeof(Value));
    d->items = NULL;
    d->capacity = d->head = d->count = 0;
    d->state++;
}

static Value take_right(VM *vm, Deque *d)
{
    Value v = *place(d, --d->count);
    d->state++;
    if (unlikely(d->capacity > 64 && d->count < d->capacity / 8) && !set_capacity(vm, d, d->capacity / 4))
        error_clear(vm);
    return v;
}

static Value take_left(VM *vm, Deque *d)
{
    Value v = d->items[d->head];
    d->head = (d->head + 1) & (d->capacity - 1);
    d->count--;
    d->state++;
    if (unlikely(d->capacity > 64 && d->count < d->capacity / 8) && !set_capacity(vm, d, d->capacity / 4))
        error_clear(vm);
    return v;
}

static bool push_right(VM *vm, Deque *d, Value v)
{
    if (d->count == d->maxlen) {
        if (d->maxlen == 0)
            return true;
        take_left(vm, d);
    }
    if (!make_room(vm, d))
        return false;
    *place(d, d->count++) = v;
    d->state++;
    gc_barrier_value(vm, d, d->items, v);
    return true;
}

static bool push_left(VM *vm, Deque *d, Value v)
{
    if (d->count == d->maxlen) {
        if (d->maxlen == 0)
            return true;
        take_right(vm, d);
    }
    if (!make_room(vm, d))
        return false;
    d->head = (d->head - 1) & (d->capacity - 1);
    d->items[d->head] = v;
    d->count++;
    d->state++;
    gc_barrier_value(vm, d, d->items, v);
    return true;
}

static List *to_list(VM *vm, Deque *d)
{
    List *list = list_new(vm, d->count);
    for (int64_t i = 0; list && i < d->count; i++)
        if (!list_append(vm, list, *place(d, i)))
            return NULL;
    return list;
}

static bool extend(VM *vm, Deque *d, Value iterable, bool left)
{
    if (iterable == from_object(d)) {
        List *copy = to_list(vm, d);
        if (!copy)
            return false;
        iterable = from_object(copy);
    }
    Each each;
    Value item;
    if (!each_begin(&each, vm, iterable))
        return false;
    while (each_next(&each, &item))
        if (!(left ? push_left(vm, d, item) : push_right(vm, d, item)))
            return false;
    return !vm->error;
}

static Deque *deque_like(VM *vm, int64_t maxlen)
{
    Deque *d = type_new_of(vm, &deque_def);
    if (d)
        d->maxlen = maxlen;
    return d;
}

// Moves the last n items to the front, 0 <= n < count.
static void rotate(VM *vm, Deque *d, int64_t n)
{
    vm_charge(vm, (size_t)(n <= d->count / 2 ? n : d->count - n) / 8);
    if (d->count == d->capacity) { // full ring: only the start moves
        d->head = (d->head - n) & (d->capacity - 1);
    } else if (n <= d->count / 2) {
        for (; n > 0; n--) {
            Value v = *place(d, d->count - 1);
            d->head = (d->head - 1) & (d->capacity - 1);
            d->items[d->head] = v;
        }
    } else {
        for (n = d->count - n; n > 0; n--) {
            Value v = d->items[d->head];
            *place(d, d->count) = v;
            d->head = (d->head + 1) & (d->capacity - 1);
        }
    }
    d->state++;
    gc_barrier(vm, d);
}

static void delete_at(VM *vm, Deque *d, int64_t index)
{
    vm_charge(vm, (size_t)(index < d->count / 2 ? index : d->count - index) / 8);
    if (index < d->count / 2) {
        for (int64_t i = index; i > 0; i--)
            *place(d, i) = *place(d, i - 1);
        take_left(vm, d);
    } else {
        for (int64_t i = index; i + 1 < d->count; i++)
            *place(d, i) = *place(d, i + 1);
        take_right(vm, d);
    }
    gc_barrier(vm, d);
}

// ---- operations

static void deque_mark(Gc *gc, Object *o)
{
    Deque *d = (Deque *)o;
    gc_mark(gc, d->attributes);
    gc_mark_buffer(gc, d->items);
    int64_t first = d->capacity - d->head < d->count ? d->capacity - d->head : d->count;
    if (!d->count || !gc_mark_wanted(gc, d->items))
        return;
    gc_mark_part(gc, d->items, d->items + d->head, (size_t)first, 1, 1);
    gc_mark_part(gc, d->items, d->items, (size_t)(d->count - first), 1, 1);
}

static Value deque_repr(VM *vm, Value self)
{
    Deque *d = as_deque(self);
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    if (active)
        return from_object(str_from(vm, "[...]"));
    List *items = to_list(vm, d);
    Str *text = NULL;
    if (items && d->maxlen >= 0)
        text = str_format(vm, "%U(%R, maxlen=%lld)", type_of(vm, self)->name, from_object(items), (long long)d->maxlen);
    else if (items)
        text = str_format(vm, "%U(%R)", type_of(vm, self)->name, from_object(items));
    repr_leave(vm, self);
    return from_object(text);
}

static Value compare_items(VM *vm, Deque *a, Deque *b, CompareOp op)
{
    uint64_t state_a = a->state, state_b = b->state;
    int64_t i = 0, n = a->count < b->count ? a->count : b->count;
    for (; i < n; i++) {
        Value x = *place(a, i), y = *place(b, i);
        int equal = value_equal(vm, x, y);
        if (equal < 0 || !loop_tick(vm, i))
            return VALUE_EMPTY;
        if (a->state != state_a || b->state != state_b)
            return raise_runtime(vm, "deque mutated during iteration");
        if (!equal)
            return op == COMPARE_EQ || op == COMPARE_NE ? from_bool(op == COMPARE_NE) : object_compare(vm, x, y, op);
    }
    return compare_result(a->count < b->count ? -1 : a->count > b->count, op);
}

static Value deque_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if (!is_deque(vm, other))
        return VALUE_NOT_IMPLEMENTED;
    Deque *a = as_deque(self), *b = as_deque(other);
    if (a == b)
        return compare_result(0, op);
    if (a->count != b->count && (op == COMPARE_EQ || op == COMPARE_NE))
        return from_bool(op == COMPARE_NE);
    if (!vm_enter(vm, " in comparison"))
        return VALUE_EMPTY;
    Value result = compare_items(vm, a, b, op);
    vm_leave(vm);
    return result;
}

static Value copy_of(VM *vm, Value self)
{
    Deque *d = as_deque(self);
    Type *cls = type_of(vm, self);
    if (cls != type_of_def(vm, &deque_def)) {
        if (d->maxlen < 0)
            return call1(vm, from_object(cls), self);
        Value maxlen = int_from_i64(vm, d->maxlen);
        return maxlen == VALUE_EMPTY ? maxlen : call2(vm, from_object(cls), self, maxlen);
    }
    Deque *copy = deque_like(vm, d->maxlen);
    if (!copy || (d->count && !set_capacity(vm, copy, d->capacity)))
        return VALUE_EMPTY;
    for (int64_t i = 0; i < d->count; i++)
        copy->items[i] = *place(d, i);
    copy->count = d->count;
    gc_barrier(vm, copy);
    return from_object(copy);
}

static bool repeat(VM *vm, Deque *d, int64_t times)
{
    if (times == 0 || d->count == 0) {
        clear(vm, d);
        return true;
    }
    List *once = to_list(vm, d);
    int64_t total;
    if (!once)
        return false;
    if (d->maxlen >= 0 && times > d->maxlen / d->count + 2)
        times = d->maxlen / d->count + 2; // only the last maxlen items stay
    if (__builtin_mul_overflow(d->count, times, &total) || total > (int64_t)(MAX_OBJECT_SIZE / sizeof(Value)))
        return raise_memory(vm), false;
    for (int64_t i = once->count; i < total; i++)
        if (!push_right(vm, d, once->items[i % once->count]) || !loop_tick(vm, i))
            return false;
    return true;
}

static Value deque_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    Value self = is_deque(vm, l) ? l : r;
    if (op == BINARY_ADD) {
        if (self != l)
            return VALUE_NOT_IMPLEMENTED;
        if (!is_deque(vm, r)) {
            if (type_overrides(type_of(vm, r), SPECIAL___radd__))
                return VALUE_NOT_IMPLEMENTED;
            return raise_type(vm, "can only concatenate deque (not \"%T\") to deque", r);
        }
        Value sum = copy_of(vm, l);
        return sum == VALUE_EMPTY || !extend(vm, as_deque(sum), r, false) ? VALUE_EMPTY : sum;
    }
    int64_t times;
    int found = op == BINARY_MUL ? repeat_count(vm, self == l ? r : l, &times) : 0;
    if (found <= 0)
        return found ? VALUE_EMPTY : VALUE_NOT_IMPLEMENTED;
    Value product = copy_of(vm, self);
    return product == VALUE_EMPTY || !repeat(vm, as_deque(product), times) ? VALUE_EMPTY : product;
}

static Value deque_inplace(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op == BINARY_ADD)
        return extend(vm, as_deque(l), r, false) ? l : VALUE_EMPTY;
    int64_t times;
    int found = op == BINARY_MUL ? repeat_count(vm, r, &times) : 0;
    if (found <= 0)
        return found ? VALUE_EMPTY : VALUE_NOT_IMPLEMENTED;
    return repeat(vm, as_deque(l), times) ? l : VALUE_EMPTY;
}

static int64_t deque_len(VM *vm, Value self)
{
    (void)vm;
    return as_deque(self)->count;
}

static bool item_index(VM *vm, Deque *d, Value key, int64_t *out)
{
    if (!has_index(vm, key))
        return raise_type(vm, "sequence index must be integer, not '%T'", key), false;
    if (!subscript_index(vm, key, "sequence", out))
        return false;
    if (*out < 0)
        *out += d->count;
    if ((uint64_t)*out >= (uint64_t)d->count)
        return raise_index(vm, "deque index out of range"), false;
    return true;
}

static Value deque_getitem(VM *vm, Value self, Value key)
{
    int64_t i;
    return item_index(vm, as_deque(self), key, &i) ? *place(as_deque(self), i) : VALUE_EMPTY;
}

static bool deque_setitem(VM *vm, Value self, Value key, Value value)
{
    int64_t i;
    Deque *d = as_deque(self);
    if (!item_index(vm, d, key, &i))
        return false;
    if (value == VALUE_EMPTY) {
        delete_at(vm, d, i);
        return true;
    }
    *place(d, i) = value;
    gc_barrier(vm, d);
    return true;
}

// Index of an equal item in [start, stop): -1 absent, -2 error (also when the deque changed).
static int64_t find(VM *vm, Deque *d, Value v, int64_t start, int64_t stop)
{
    uint64_t state = d->state;
    for (int64_t i = start; i < stop && i < d->count; i++) {
        int equal = value_equal(vm, *place(d, i), v);
        if (equal < 0 || !loop_tick(vm, i))
            return -2;
        if (d->state != state)
            return raise_runtime(vm, "deque mutated during iteration"), -2;
        if (equal)
            return i;
    }
    return -1;
}

static int deque_contains(VM *vm, Value self, Value item)
{
    int64_t at = find(vm, as_deque(self), item, 0, INT64_MAX);
    return at >= 0 ? 1 : at == -1 ? 0 : -1;
}

// ---- iterators

static void iterator_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((DequeIterator *)o)->deque); }

static Value iterate(VM *vm, const TypeDef *def, Deque *d, int64_t skip)
{
    DequeIterator *it = type_new_of(vm, def);
    if (it) {
        it->deque = d;
        it->state = d->state;
        it->remaining = skip < d->count ? d->count - skip : 0;
        it->index = def == &deque_iterator_def ? skip : d->count - 1 - skip;
    }
    return from_object(it);
}

static Value deque_iter(VM *vm, Value self) { return iterate(vm, &deque_iterator_def, as_deque(self), 0); }

static bool can_step(VM *vm, DequeIterator *it)
{
    if (it->state != it->deque->state) {
        it->remaining = 0;
        raise_runtime(vm, "deque mutated during iteration");
        return false;
    }
    if (it->remaining <= 0)
        return false;
    it->remaining--;
    return true;
}

static Value iterator_next(VM *vm, Value self)
{
    DequeIterator *it = (DequeIterator *)as_object(self);
    return can_step(vm, it) ? *place(it->deque, it->index++) : VALUE_EMPTY;
}

static Value reverse_next(VM *vm, Value self)
{
    DequeIterator *it = (DequeIterator *)as_object(self);
    return can_step(vm, it) ? *place(it->deque, it->index--) : VALUE_EMPTY;
}

static Value iterator_hint(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return int_from_i64(vm, ((DequeIterator *)as_object(args[0]))->remaining);
}

static Value iterator_reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    DequeIterator *it = (DequeIterator *)as_object(args[0]);
    Value arguments = tuple_pack(vm, 2, from_object(it->deque), from_small(it->deque->count - it->remaining));
    return arguments == VALUE_EMPTY ? arguments : tuple_pack(vm, 2, from_object(type_of(vm, args[0])), arguments);
}

static Value iterator_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t skip;
    if (!is_deque(vm, args[1]))
        return raise_type(vm, "argument 1 must be collections.deque, not %T", args[1]);
    if (!object_index_i64(vm, args[2], &skip))
        return VALUE_EMPTY;
    bool forward = args[0] == from_object(type_of_def(vm, &deque_iterator_def));
    return iterate(vm, forward ? &deque_iterator_def : &deque_reverse_iterator_def, as_deque(args[1]),
                   skip < 0 ? 0 : skip);
}

static const NativeDef iterator_methods[] = {
    {"__length_hint__(self, /)", iterator_hint, NULL, NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", iterator_reduce_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps iterator_ops = {.mark = iterator_mark, .iter = iterator_self, .next = iterator_next};
static const TypeOps reverse_ops = {.mark = iterator_mark, .iter = iterator_self, .next = reverse_next};

const TypeDef deque_iterator_def = {
    .name = "_collections._deque_iterator", .kind = KIND_OTHER, .size = sizeof(DequeIterator), .ops = &iterator_ops,
    .methods = iterator_methods, .make = {"_deque_iterator(cls, deque, index=0, /)", iterator_make, NULL, 0, 0, 0},
};

const TypeDef deque_reverse_iterator_def = {
    .name = "_collections._deque_reverse_iterator", .kind = KIND_OTHER, .size = sizeof(DequeIterator),
        .ops = &reverse_ops,
    .methods = iterator_methods,
        .make = {"_deque_reverse_iterator(cls, deque, index=0, /)", iterator_make, NULL, 0, 0, 0},
};

// ---- methods

static Value append_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return push_right(vm, as_deque(args[0]), args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value appendleft_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return push_left(vm, as_deque(args[0]), args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value pop_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Deque *d = as_deque(args[0]);
    return d->count ? take_right(vm, d) : raise_index(vm, "pop from an empty deque");
}

static Value popleft_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Deque *d = as_deque(args[0]);
    return d->count ? take_left(vm, d) : raise_index(vm, "pop from an empty deque");
}

static Value extend_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return extend(vm, as_deque(args[0]), args[1], false) ? VALUE_NONE : VALUE_EMPTY;
}

static Value extendleft_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return extend(vm, as_deque(args[0]), args[1], true) ? VALUE_NONE : VALUE_EMPTY;
}

static Value rotate_method(VM *vm, Value *args, int nargs)
{
    Deque *d = as_deque(args[0]);
    int64_t n = 1;
    if (nargs > 1 && !object_index_i64(vm, args[1], &n))
        return VALUE_EMPTY;
    if (d->count > 1) {
        n %= d->count;
        rotate(vm, d, n < 0 ? n + d->count : n);
    }
    return VALUE_NONE;
}

static Value insert_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Deque *d = as_deque(args[0]);
    int64_t index;
    if (!object_index_i64(vm, args[1], &index))
        return VALUE_EMPTY;
    if (d->count == d->maxlen)
        return raise_index(vm, "deque already at its maximum size");
    if (index < 0 && (index += d->count) < 0)
        index = 0;
    if (index > d->count)
        index = d->count;
    vm_charge(vm, (size_t)(index < d->count / 2 ? index : d->count - index) / 8);
    if (index < d->count / 2) {
        if (!push_left(vm, d, args[2]))
            return VALUE_EMPTY;
        for (int64_t i = 0; i < index; i++)
            *place(d, i) = *place(d, i + 1);
    } else {
        if (!push_right(vm, d, args[2]))
            return VALUE_EMPTY;
        for (int64_t i = d->count - 1; i > index; i--)
            *place(d, i) = *place(d, i - 1);
    }
    *place(d, index) = args[2];
    gc_barrier(vm, d);
    return VALUE_NONE;
}

static Value index_method(VM *vm, Value *args, int nargs)
{
    int64_t first, last;
    Value start = nargs > 2 ? args[2] : VALUE_EMPTY, stop = nargs > 3 ? args[3] : VALUE_EMPTY;
    if (!search_bounds(vm, start, stop, as_deque(args[0])->count, &first, &last))
        return VALUE_EMPTY;
    int64_t at = find(vm, as_deque(args[0]), args[1], first, last);
    if (at == -1)
        return raise_value(vm, "%R is not in deque", args[1]);
    return at < 0 ? VALUE_EMPTY : from_small(at);
}

static Value remove_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Deque *d = as_deque(args[0]);
    uint64_t state = d->state;
    for (int64_t i = 0; i < d->count; i++) {
        int equal = value_equal(vm, *place(d, i), args[1]);
        if (equal < 0 || !loop_tick(vm, i))
            return VALUE_EMPTY;
        if (d->state != state)
            return raise_index(vm, "deque mutated during remove().");
        if (equal) {
            delete_at(vm, d, i);
            return VALUE_NONE;
        }
    }
    return raise_value(vm, "%R is not in deque", args[1]);
}

static Value count_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Deque *d = as_deque(args[0]);
    uint64_t state = d->state;
    int64_t count = 0;
    for (int64_t i = 0; i < d->count; i++) {
        int equal = value_equal(vm, *place(d, i), args[1]);
        if (equal < 0 || !loop_tick(vm, i))
            return VALUE_EMPTY;
        if (d->state != state)
            return raise_runtime(vm, "deque mutated during iteration");
        count += equal;
    }
    return from_small(count);
}

static Value reverse_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Deque *d = as_deque(args[0]);
    vm_charge(vm, (size_t)d->count / 8);
    for (int64_t i = 0, j = d->count - 1; i < j; i++, j--) {
        Value v = *place(d, i);
        *place(d, i) = *place(d, j);
        *place(d, j) = v;
    }
    gc_barrier(vm, d);
    return VALUE_NONE;
}

static Value clear_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    clear(vm, as_deque(args[0]));
    return VALUE_NONE;
}

static Value copy_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return copy_of(vm, args[0]);
}

static Value reversed_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, &deque_reverse_iterator_def, as_deque(args[0]), 0);
}

static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Deque *d = as_deque(args[0]);
    Value arguments = from_object(tuple_new(vm, 0));
    if (d->maxlen >= 0 && arguments != VALUE_EMPTY)
        arguments = tuple_pack(vm, 2, arguments, int_from_i64(vm, d->maxlen));
    Value state = object_getattr_opt(vm, args[0], NAME_OF(vm, __dict__)), items = object_iter(vm, args[0]);
    if (arguments == VALUE_EMPTY || items == VALUE_EMPTY || vm->error)
        return VALUE_EMPTY;
    return tuple_pack(vm, 4, from_object(type_of(vm, args[0])), arguments, state == VALUE_EMPTY ? VALUE_NONE : state,
                      items);
}

static bool fill(VM *vm, Deque *d, Value iterable, Value maxlen)
{
    int64_t limit = -1;
    if (!is_none(maxlen)) {
        if (!is_int_like(maxlen))
            return raise_type(vm, "an integer is required"), false;
        if (!int_to_i64(vm, maxlen, &limit))
            return false;
        if (limit < 0)
            return raise_value(vm, "maxlen must be non-negative"), false;
    }
    d->maxlen = limit;
    if (d->count)
        clear(vm, d);
    return iterable == VALUE_EMPTY || extend(vm, d, iterable, false);
}

static Value deque_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return fill(vm, as_deque(args[0]), args[1], args[2]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value deque_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Deque *d = type_alloc(vm, (Type *)as_object(args[0]), 0);
    return d && fill(vm, d, args[1], args[2]) ? from_object(d) : VALUE_EMPTY;
}

static Value get_maxlen(VM *vm, Value self)
{
    Deque *d = as_deque(self);
    return d->maxlen < 0 ? VALUE_NONE : int_from_i64(vm, d->maxlen);
}

static const GetSetDef getsets[] = {
    {"maxlen", get_maxlen, NULL, "maximum size of a deque or None if unbounded"},
    {0},
};

static const NativeDef methods[] = {
    {"append(self, item, /)", append_method, "Add an element to the right side.", NATIVE_RAW, 2, 2},
    {"appendleft(self, item, /)", appendleft_method, "Add an element to the left side.", NATIVE_RAW, 2, 2},
    {"pop(self, /)", pop_method, "Remove and return the rightmost element.", NATIVE_RAW, 1, 1},
    {"popleft(self, /)", popleft_method, "Remove and return the leftmost element.", NATIVE_RAW, 1, 1},
    {"extend(self, iterable, /)", extend_method, "Extend the right side with elements from the iterable.", NATIVE_RAW,
     2, 2},
    {"extendleft(self, iterable, /)", extendleft_method, "Extend the left side, one element after the other.",
     NATIVE_RAW, 2, 2},
    {"rotate(self, n=1, /)", rotate_method, "Rotate n steps to the right; negative: to the left.", NATIVE_RAW, 1, 2},
    {"insert(self, index, item, /)", insert_method, "Insert before index.", NATIVE_RAW, 3, 3},
    {"index(self, value, start=0, stop=<max>, /)", index_method, "Index of the first equal element.", NATIVE_RAW, 2, 4},
    {"remove(self, value, /)", remove_method, "Remove the first equal element.", NATIVE_RAW, 2, 2},
    {"count(self, value, /)", count_method, "Number of equal elements.", NATIVE_RAW, 2, 2},
    {"reverse(self, /)", reverse_method, "Reverse in place.", NATIVE_RAW, 1, 1},
    {"clear(self, /)", clear_method, "Remove all elements.", NATIVE_RAW, 1, 1},
    {"copy(self, /)", copy_method, "A shallow copy.", NATIVE_RAW, 1, 1},
    {"__copy__(self, /)", copy_method, "A shallow copy.", NATIVE_RAW, 1, 1},
    {"__reversed__(self, /)", reversed_method, "A reverse iterator.", NATIVE_RAW, 1, 1},
    {"__reduce__(self, /)", reduce_method, NULL, NATIVE_RAW, 1, 1},
    {"__init__(self, iterable=<unset>, maxlen=None)", deque_init, NULL, 0, 0, 0},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps ops = {
    .mark = deque_mark,
    .repr = deque_repr,
    .compare = deque_compare,
    .compare_mask = ALL_COMPARES,
    .binary = deque_binary,
    .binary_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL),
    .reflected_mask = BIT(BINARY_MUL),
    .inplace = deque_inplace,
    .inplace_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL),
    .len = deque_len,
    .getitem = deque_getitem,
    .setitem = deque_setitem,
    .contains = deque_contains,
    .iter = deque_iter,
};

const TypeDef deque_def = {
    .name = "collections.deque",
    .kind = KIND_OTHER,
    .size = sizeof(Deque),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"deque(cls, iterable=<unset>, maxlen=None)", deque_make, NULL, 0, 0, 0},
    .doc = "A list-like sequence with fast access to both ends.",
    .flags = TYPE_BASE | TYPE_SEQUENCE,
};
