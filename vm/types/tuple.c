// SPDX-License-Identifier: MIT
//
// tuple: items inline behind the header, immutable once its maker has filled it. The empty tuple is one object per VM.

#include "tuple.h"

#include "container.h"
#include "iterators.h"

static Tuple *tuple_alloc(VM *vm, Type *cls, int64_t count)
{
    size_t payload, size;
    if (!size_mul((size_t)count, sizeof(Value), &payload) || !size_add(payload, sizeof(Tuple), &size))
        return raise_memory(vm), NULL;
    Tuple *t = cls == vm->types[KIND_TUPLE] ? gc_new(vm, cls->root, size) : type_alloc(vm, cls, payload);
    if (t)
        t->count = count;
    return t;
}

Tuple *tuple_new(VM *vm, int64_t count)
{
    if (count > 0)
        return tuple_alloc(vm, vm->types[KIND_TUPLE], count);
    if (vm->empty_tuple == VALUE_EMPTY)
        vm->empty_tuple = from_object(tuple_alloc(vm, vm->types[KIND_TUPLE], 0));
    return (Tuple *)as_object(vm->empty_tuple);
}

Value tuple_from(VM *vm, const Value *items, int64_t count)
{
    Tuple *t = tuple_new(vm, count);
    if (t && count)
        memcpy(t->items, items, (size_t)count * sizeof(Value));
    return from_object(t);
}

Value tuple_pack(VM *vm, int count, ...)
{
    va_list ap;
    Tuple *t = tuple_new(vm, count);
    if (!t)
        return VALUE_EMPTY;
    va_start(ap, count);
    for (int i = 0; i < count; i++)
        t->items[i] = va_arg(ap, Value);
    va_end(ap);
    return from_object(t);
}

Value tuple_from_iterable(VM *vm, Value iterable)
{
    if (is_exact(vm, iterable, KIND_TUPLE))
        return iterable;
    if (is_exact(vm, iterable, KIND_LIST))
        return tuple_from(vm, as_list(iterable)->items, as_list(iterable)->count);
    List *list = list_new(vm, 0);
    if (!list || !list_extend(vm, list, iterable))
        return VALUE_EMPTY;
    Value v = tuple_from(vm, list->items, list->count);
    keep_alive(list);
    return v;
}

// ---- operations

static void tuple_mark(Gc *gc, Object *o)
{
    Tuple *t = (Tuple *)o;
    gc_mark_entries(gc, t, t->items, (size_t)t->count, 1, 1);
}

static Value tuple_repr(VM *vm, Value self)
{
    return sequence_repr(vm, self, "(", ")");
}

int tuples_equal(VM *vm, Tuple *a, Tuple *b)
{
    if (a->count != b->count)
        return 0;
    for (int64_t i = 0; i < a->count; i++) {
        int equal = plain_equal(vm, a->items[i], b->items[i]);
        if (equal < 0) { // the protocol guards its depth
            Value rest = sequence_compare(vm, from_object(a), from_object(b), COMPARE_EQ);
            return rest == VALUE_EMPTY ? -1 : rest == VALUE_TRUE;
        }
        if (!equal)
            return 0;
        if (!loop_tick(vm, i))
            return -1;
    }
    return 1;
}

static bool item_hash(VM *vm, Value v, int64_t *out)
{
    if (is_small(v) || is_exact(vm, v, KIND_STR))
        return value_hash(vm, v, out);
    if (!vm_enter(vm, ""))
        return false;
    bool ok = object_hash(vm, v, out);
    vm_leave(vm);
    return ok;
}

// The xxHash rounds of CPython 3.8+, so that sets of tuples of ints iterate in the same order.
static bool tuple_hash(VM *vm, Value self, int64_t *out)
{
    const uint64_t prime1 = 11400714785074694791u, prime2 = 14029467366897019727u, prime5 = 2870177450012600261u;
    Tuple *t = as_tuple(self);
    uint64_t acc = prime5;
    for (int64_t i = 0; i < t->count; i++) {
        int64_t lane;
        if (!item_hash(vm, t->items[i], &lane) || !loop_tick(vm, i))
            return false;
        acc += (uint64_t)lane * prime2;
        acc = (acc << 31 | acc >> 33) * prime1;
    }
    acc += (uint64_t)t->count ^ (prime5 ^ 3527539u);
    *out = acc == UINT64_MAX ? 1546275796 : (int64_t)acc;
    return true;
}

static Value tuple_compare(VM *vm, Value self, Value other, CompareOp op)
{
    return is_tuple(other) ? sequence_compare(vm, self, other, op) : VALUE_NOT_IMPLEMENTED;
}

static Value tuple_concat(VM *vm, Tuple *a, Tuple *b)
{
    Tuple *t = tuple_new(vm, a->count + b->count);
    if (!t)
        return VALUE_EMPTY;
    memcpy(t->items, a->items, (size_t)a->count * sizeof(Value));
    memcpy(t->items + a->count, b->items, (size_t)b->count * sizeof(Value));
    return from_object(t);
}

static Value tuple_repeat(VM *vm, Tuple *a, int64_t times)
{
    int64_t total;
    if (__builtin_mul_overflow(a->count, times, &total))
        return raise_memory(vm);
    Tuple *t = tuple_new(vm, total);
    if (!t)
        return VALUE_EMPTY;
    for (int64_t i = 0; i < times && a->count; i++) {
        memcpy(t->items + i * a->count, a->items, (size_t)a->count * sizeof(Value));
        if (!loop_tick(vm, i))
            return VALUE_EMPTY;
    }
    return from_object(t);
}

static Value tuple_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op == BINARY_ADD) {
        if (!is_tuple(l) || !is_tuple(r))
            return VALUE_NOT_IMPLEMENTED;
        if (is_exact(vm, l, KIND_TUPLE) && as_tuple(r)->count == 0)
            return l;
        if (is_exact(vm, r, KIND_TUPLE) && as_tuple(l)->count == 0)
            return r;
        return tuple_concat(vm, as_tuple(l), as_tuple(r));
    }
    if (op != BINARY_MUL)
        return VALUE_NOT_IMPLEMENTED;
    Value self = is_tuple(l) ? l : r;
    int64_t times;
    int found = repeat_count(vm, is_tuple(l) ? r : l, &times);
    if (found <= 0)
        return found ? VALUE_EMPTY : repeat_mismatch(vm, is_tuple(l) ? r : l);
    if (times == 1 && is_exact(vm, self, KIND_TUPLE))
        return self;
    return tuple_repeat(vm, as_tuple(self), times);
}

static int64_t tuple_len(VM *vm, Value self)
{
    (void)vm;
    return as_tuple(self)->count;
}

static Value tuple_slice(VM *vm, Value self, Value key)
{
    int64_t start, stop, step, count;
    Tuple *t = as_tuple(self);
    if (!slice_indices(vm, key, t->count, &start, &stop, &step, &count))
        return VALUE_EMPTY;
    if (count == t->count && step == 1 && is_exact(vm, self, KIND_TUPLE))
        return self;
    if (step == 1)
        return tuple_from(vm, t->items + start, count);
    Tuple *result = tuple_new(vm, count);
    if (!result)
        return VALUE_EMPTY;
    for (int64_t i = 0; i < count; i++)
        result->items[i] = t->items[start + i * step];
    return from_object(result);
}

static Value tuple_getitem(VM *vm, Value self, Value key)
{
    int64_t i;
    if (has_kind(key, KIND_SLICE))
        return tuple_slice(vm, self, key);
    if (!subscript_index(vm, key, "tuple", &i))
        return VALUE_EMPTY;
    Tuple *t = as_tuple(self);
    if (i < 0)
        i += t->count;
    if ((uint64_t)i >= (uint64_t)t->count)
        return raise_index(vm, "tuple index out of range");
    return t->items[i];
}

static int tuple_contains(VM *vm, Value self, Value item)
{
    int64_t at = sequence_find(vm, self, item, 0, INT64_MAX);
    return at >= 0 ? 1 : at == -1 ? 0 : -1;
}

static Value tuple_iter(VM *vm, Value self)
{
    SequenceIterator *it = type_new_of(vm, &tuple_iterator_def);
    if (it)
        it->sequence = self;
    return from_object(it);
}

// ---- methods

static Value tuple_count_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t count = sequence_count_equal(vm, args[0], args[1]);
    return count < 0 ? VALUE_EMPTY : from_small(count);
}

static Value tuple_index_method(VM *vm, Value *args, int nargs)
{
    int64_t first, last;
    Value start = nargs > 2 ? args[2] : VALUE_EMPTY, stop = nargs > 3 ? args[3] : VALUE_EMPTY;
    if (!search_bounds(vm, start, stop, as_tuple(args[0])->count, &first, &last))
        return VALUE_EMPTY;
    int64_t at = sequence_find(vm, args[0], args[1], first, last);
    if (at == -1)
        return raise_value(vm, "tuple.index(x): x not in tuple");
    return at < 0 ? VALUE_EMPTY : from_small(at);
}

static Value tuple_getnewargs(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *t = as_tuple(args[0]);
    Value copy = tuple_from(vm, t->items, t->count);
    return copy == VALUE_EMPTY ? copy : tuple_pack(vm, 1, copy);
}

static Value tuple_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = (Type *)as_object(args[0]);
    Value items = args[1] == VALUE_EMPTY ? from_object(tuple_new(vm, 0)) : tuple_from_iterable(vm, args[1]);
    if (items == VALUE_EMPTY || cls == vm->types[KIND_TUPLE])
        return items;
    int64_t count = as_tuple(items)->count;
    Tuple *t = tuple_alloc(vm, cls, count);
    if (t)
        memcpy(t->items, as_tuple(items)->items, (size_t)count * sizeof(Value));
    return from_object(t);
}

static const NativeDef tuple_methods[] = {
    {"count(self, value, /)", tuple_count_method, "Return number of occurrences of value.", NATIVE_RAW, 2, 2},
    {"index(self, value, start=0, stop=<max>, /)", tuple_index_method,
     "Return first index of value. Raises ValueError if the value is not present.", NATIVE_RAW, 2, 4},
    {"__getnewargs__(self, /)", tuple_getnewargs, NULL, 0, 0, 0},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps tuple_ops = {
    .mark = tuple_mark,
    .repr = tuple_repr,
    .hash = tuple_hash,
    .compare = tuple_compare,
    .compare_mask = ALL_COMPARES,
    .binary = tuple_binary,
    .binary_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL),
    .reflected_mask = BIT(BINARY_MUL),
    .len = tuple_len,
    .getitem = tuple_getitem,
    .contains = tuple_contains,
    .iter = tuple_iter,
};

const TypeDef tuple_def = {
    .name = "tuple",
    .kind = KIND_TUPLE,
    .size = sizeof(Tuple),
    .ops = &tuple_ops,
    .methods = tuple_methods,
    .make = {"tuple(cls, iterable=<unset>, /)", tuple_make, NULL, 0, 0, 0},
    .doc = "An immutable sequence.",
    .flags = TYPE_BASE | TYPE_SEQUENCE | TYPE_MATCH_SELF,
};
