// SPDX-License-Identifier: MIT
//
// list: a growing array in one GC buffer. Invariant: items[0 .. count) hold values, count <= capacity, items is NULL
// exactly when capacity is 0. Sorting is in list_sort.c.
//
// Any call that may run a script (comparison, iteration, __index__) may change the list: items and count are read
// again after each.

#include "list.h"

#include "container.h"
#include "iterators.h"

// ---- storage

List *list_new(VM *vm, int64_t capacity)
{
    List *list = gc_new(vm, vm->types[KIND_LIST]->root, sizeof(List));
    if (!list || capacity <= 0)
        return list;
    size_t size;
    if (!size_mul((size_t)capacity, sizeof(Value), &size))
        return raise_memory(vm), NULL;
    list->items = gc_buffer(vm, size);
    if (!list->items)
        return NULL;
    list->capacity = capacity;
    gc_barrier(vm, list);
    return list;
}

Value list_from(VM *vm, const Value *items, int64_t count)
{
    List *list = list_new(vm, count);
    if (list && count > 0) {
        memcpy(list->items, items, (size_t)count * sizeof(Value));
        list->count = count;
        gc_barrier(vm, list);
    }
    return from_object(list);
}

static bool set_capacity(VM *vm, List *list, int64_t capacity)
{
    size_t size;
    if (!size_mul((size_t)capacity, sizeof(Value), &size))
        return raise_memory(vm), false;
    Value *items = gc_buffer_resize(vm, list->items, (size_t)list->capacity * sizeof(Value), size);
    if (!items)
        return false;
    if (items != list->items)
        gc_barrier_replaced(vm, list);
    list->items = items;
    list->capacity = capacity;
    return true;
}

// Room for `capacity` items and some more, so that appending stays linear: doubling while small, half as much again
// when large (memory of large buffers that is never touched costs nothing).
bool list_grow(VM *vm, List *list, int64_t capacity)
{
    if (capacity <= list->capacity)
        return true;
    int64_t wanted = 4;
    if (capacity > 128)
        wanted = capacity + (capacity >> (capacity > 1 << 16 ? 1 : 2));
    while (wanted < capacity)
        wanted *= 2;
    return set_capacity(vm, list, wanted);
}

static bool reserve_exact(VM *vm, List *list, int64_t more)
{
    if (list->count > (int64_t)(MAX_OBJECT_SIZE / sizeof(Value)) - more)
        return raise_memory(vm), false;
    if (list->count + more <= list->capacity)
        return true;
    return list->count ? list_grow(vm, list, list->count + more) : set_capacity(vm, list, more);
}

static void drop_items(VM *vm, List *list)
{
    if (list->items)
        gc_buffer_free(vm, list->items, (size_t)list->capacity * sizeof(Value));
    list->items = NULL;
    list->count = list->capacity = 0;
}

// Gives memory back when less than half of it is in use.
static void shrink(VM *vm, List *list)
{
    if (list->count == 0) {
        drop_items(vm, list);
    } else if (list->capacity > 64 && list->count < list->capacity / 2) {
        int64_t wanted = list->count + list->count / 8 + 4;
        Value *items = gc_buffer_resize(vm, list->items, (size_t)list->capacity * sizeof(Value),
                                        (size_t)wanted * sizeof(Value));
        if (!items) { // a smaller list is a wish, not a need
            error_clear(vm);
            return;
        }
        list->items = items;
        list->capacity = wanted;
        gc_barrier(vm, list);
    }
}

bool list_insert(VM *vm, List *list, int64_t index, Value v)
{
    if (list->count == list->capacity && !list_grow(vm, list, list->count + 1))
        return false;
    if (index < 0 && (index += list->count) < 0)
        index = 0;
    if (index > list->count)
        index = list->count;
    memmove(list->items + index + 1, list->items + index, (size_t)(list->count - index) * sizeof(Value));
    vm_charge_bytes(vm, (size_t)(list->count - index) * sizeof(Value));
    list->items[index] = v;
    list->count++;
    gc_barrier(vm, list);
    return true;
}

static bool extend_items(VM *vm, List *list, Value source)
{
    int64_t more = sequence_count(source);
    if (more == 0)
        return true;
    if (!reserve_exact(vm, list, more))
        return false;
    // source may be the list itself
    memcpy(list->items + list->count, sequence_items(source), (size_t)more * sizeof(Value));
    vm_charge_bytes(vm, (size_t)more * sizeof(Value));
    list->count += more;
    gc_barrier(vm, list);
    return true;
}

// Fills the list from containers whose items are at hand and cannot change meanwhile: 1 done, 0 not one of them, -1
// error. Nothing in here runs a script, so the pointers stay good.
static int extend_known(VM *vm, List *list, Value source)
{
    bool dict = is_exact(vm, source, KIND_DICT), set = is_exact(vm, source, KIND_SET);
    if (!dict && !set && !is_exact(vm, source, KIND_FROZENSET))
        return 0;
    int64_t more = dict ? as_dict(source)->count : as_set(source)->count;
    if (more && !reserve_exact(vm, list, more))
        return -1;
    Value *out = list->items + list->count;
    if (dict) {
        const Dict *d = as_dict(source);
        for (int64_t i = dict_forward(d, 0); i >= 0; i = dict_forward(d, i + 1))
            *out++ = d->entries[i].key;
    } else {
        uint64_t position = 0;
        for (SetEntry *e; (e = set_entry_next(as_set(source), &position));)
            *out++ = e->key;
    }
    list->count += more;
    gc_barrier(vm, list);
    return vm_tick(vm) ? 1 : -1;
}

bool list_extend(VM *vm, List *list, Value iterable)
{
    if (is_exact(vm, iterable, KIND_LIST) || is_exact(vm, iterable, KIND_TUPLE) || iterable == from_object(list))
        return extend_items(vm, list, iterable);
    int known = extend_known(vm, list, iterable);
    if (known)
        return known > 0;
    Each each;
    Value item;
    if (!each_begin(&each, vm, iterable))
        return false;
    int64_t hint = object_length_hint(vm, iterable, 0); // asked of the iterable itself, as its __len__ may show
    if (hint > (int64_t)1 << 24 && !is_exact(vm, iterable, KIND_RANGE))
        hint = (int64_t)1 << 24; // a hint is a claim: do not reserve the world on it
    if (hint < 0 || (hint > 0 && !reserve_exact(vm, list, hint)))
        return false;
    while (each_next(&each, &item))
        if (!list_append(vm, list, item))
            return false;
    if (vm->error)
        return false;
    if (list->capacity > list->count + (list->count >> 2) + 4)
        shrink(vm, list);
    return true;
}

Value list_slice(VM *vm, List *list, int64_t start, int64_t stop)
{
    if (start < 0)
        start = 0;
    if (stop > list->count)
        stop = list->count;
    return stop <= start ? from_object(list_new(vm, 0)) : list_from(vm, list->items + start, stop - start);
}

// ---- operations

static void list_mark(Gc *gc, Object *o)
{
    List *list = (List *)o;
    gc_mark(gc, list->attributes);
    gc_mark_buffer(gc, list->items);
    gc_mark_entries(gc, list->items, list->items, (size_t)list->count, 1, 1);
}

static Value list_repr(VM *vm, Value self)
{
    return sequence_repr(vm, self, "[", "]");
}

static Value list_compare(VM *vm, Value self, Value other, CompareOp op)
{
    return is_list(other) ? sequence_compare(vm, self, other, op) : VALUE_NOT_IMPLEMENTED;
}

// Copies the first `count` items over and over, doubling the copied part.
static bool fill_repeated(VM *vm, Value *items, int64_t count, int64_t total)
{
    for (int64_t done = count; done < total;) {
        int64_t part = done < total - done ? done : total - done;
        if (part > 1 << 20)
            part = (1 << 20) / count * count + count;
        if (part > total - done)
            part = total - done;
        memcpy(items + done, items, (size_t)part * sizeof(Value));
        done += part;
        if (part >= 1 << 16 && !vm_work(vm, (size_t)part >> 5))
            return false;
    }
    return true;
}

static Value list_repeat(VM *vm, List *a, int64_t times)
{
    int64_t total;
    if (__builtin_mul_overflow(a->count, times, &total))
        return raise_memory(vm);
    List *list = list_new(vm, total);
    if (!list || total == 0)
        return from_object(list);
    if (a->count == 1) {
        Value v = a->items[0];
        for (int64_t i = 0; i < total; i++) {
            list->items[i] = v;
            if ((i & 0xFFFF) == 0xFFFF && !vm_work(vm, 2048))
                return VALUE_EMPTY;
        }
    } else {
        memcpy(list->items, a->items, (size_t)a->count * sizeof(Value));
        if (!fill_repeated(vm, list->items, a->count, total))
            return VALUE_EMPTY;
    }
    list->count = total;
    gc_barrier(vm, list);
    return from_object(list);
}

static Value list_concat(VM *vm, List *a, List *b)
{
    List *list = list_new(vm, a->count + b->count);
    if (!list || list->capacity == 0)
        return from_object(list);
    if (a->count)
        memcpy(list->items, a->items, (size_t)a->count * sizeof(Value));
    if (b->count)
        memcpy(list->items + a->count, b->items, (size_t)b->count * sizeof(Value));
    list->count = a->count + b->count;
    gc_barrier(vm, list);
    return from_object(list);
}

static Value list_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    if (op == BINARY_ADD) {
        if (!is_list(l))
            return VALUE_NOT_IMPLEMENTED;
        return is_list(r) ? list_concat(vm, as_list(l), as_list(r)) : VALUE_NOT_IMPLEMENTED;
    }
    if (op != BINARY_MUL)
        return VALUE_NOT_IMPLEMENTED;
    Value self = is_list(l) ? l : r;
    int64_t times;
    int found = repeat_count(vm, is_list(l) ? r : l, &times);
    if (found <= 0)
        return found ? VALUE_EMPTY : repeat_mismatch(vm, is_list(l) ? r : l);
    return list_repeat(vm, as_list(self), times);
}

static Value list_inplace(VM *vm, BinaryOp op, Value l, Value r)
{
    List *list = as_list(l);
    if (op == BINARY_ADD)
        return list_extend(vm, list, r) ? l : VALUE_EMPTY;
    if (op != BINARY_MUL)
        return VALUE_NOT_IMPLEMENTED;
    int64_t times, total;
    int found = repeat_count(vm, r, &times);
    if (found <= 0)
        return found ? VALUE_EMPTY : VALUE_NOT_IMPLEMENTED;
    if (times == 0 || list->count == 0) {
        drop_items(vm, list);
        return l;
    }
    int64_t count = list->count;
    if (__builtin_mul_overflow(count, times, &total) || !reserve_exact(vm, list, total - count))
        return vm->error ? VALUE_EMPTY : raise_memory(vm);
    if (!fill_repeated(vm, list->items, count, total))
        return VALUE_EMPTY;
    list->count = total;
    gc_barrier(vm, list);
    return l;
}

static int64_t list_len(VM *vm, Value self)
{
    (void)vm;
    return as_list(self)->count;
}

static Value get_slice(VM *vm, Value self, Value key)
{
    int64_t start, stop, step, count;
    List *list = as_list(self);
    if (!slice_indices(vm, key, list->count, &start, &stop, &step, &count))
        return VALUE_EMPTY;
    if (step == 1)
        return list_slice(vm, list, start, start + count);
    List *result = list_new(vm, count);
    if (!result || count == 0)
        return from_object(result);
    for (int64_t i = 0; i < count; i++)
        result->items[i] = list->items[start + i * step];
    result->count = count;
    gc_barrier(vm, result);
    return from_object(result);
}

static Value list_getitem(VM *vm, Value self, Value key)
{
    int64_t i;
    if (has_kind(key, KIND_SLICE))
        return get_slice(vm, self, key);
    if (!subscript_index(vm, key, "list", &i))
        return VALUE_EMPTY;
    List *list = as_list(self);
    if (i < 0)
        i += list->count;
    if ((uint64_t)i >= (uint64_t)list->count)
        return raise_index(vm, "list index out of range");
    return list->items[i];
}

// Replaces items[start .. stop) by `more` values, which must not be in the list's own buffer.
static bool replace_range(VM *vm, List *list, int64_t start, int64_t stop, const Value *values, int64_t more)
{
    if (stop < start)
        stop = start;
    int64_t change = more - (stop - start);
    if (change > 0 && !list_grow(vm, list, list->count + change))
        return false;
    if (list->items == NULL)
        return true;
    if (change)
        memmove(list->items + stop + change, list->items + stop, (size_t)(list->count - stop) * sizeof(Value));
    vm_charge_bytes(vm, (size_t)(list->count - stop + more) * sizeof(Value));
    if (more)
        memcpy(list->items + start, values, (size_t)more * sizeof(Value));
    list->count += change;
    gc_barrier(vm, list);
    if (change < 0)
        shrink(vm, list);
    return true;
}

static void delete_stepped(VM *vm, List *list, int64_t start, int64_t step, int64_t count)
{
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    int64_t to = start, next = start;
    for (int64_t from = start; from < list->count; from++) {
        if (count > 0 && from == next) {
            if (--count > 0) // a huge step is never taken
                next += step;
        } else {
            list->items[to++] = list->items[from];
        }
    }
    list->count = to;
    gc_barrier(vm, list);
    shrink(vm, list);
}

static bool delete_slice(VM *vm, List *list, Value key)
{
    int64_t start, stop, step, count;
    if (!slice_indices(vm, key, list->count, &start, &stop, &step, &count))
        return false;
    if (count == 0)
        return true;
    if (step == 1)
        return replace_range(vm, list, start, start + count, NULL, 0);
    delete_stepped(vm, list, start, step, count);
    return true;
}

// The values of a slice assignment as a list or tuple other than the target itself.
static Value slice_values(VM *vm, List *list, Value iterable, const char *message)
{
    if (iterable == from_object(list))
        return list_from(vm, list->items, list->count);
    return sequence_fast(vm, iterable, message);
}

static bool set_slice(VM *vm, List *list, Value key, Value iterable)
{
    int64_t start, stop, step, count;
    if (!slice_indices(vm, key, list->count, &start, &stop, &step, &count))
        return false;
    bool simple = step == 1;
    Value values = slice_values(vm, list, iterable,
                                simple ? "can only assign an iterable" : "must assign iterable to extended slice");
    // Making the values may have run a script: clip again.
    if (values == VALUE_EMPTY || !slice_indices(vm, key, list->count, &start, &stop, &step, &count))
        return false;
    int64_t more = sequence_count(values);
    if (simple) {
        bool ok = replace_range(vm, list, start, start + count, sequence_items(values), more);
        keep_alive(values);
        return ok;
    }
    if (more != count) {
        raise_value(vm, "attempt to assign sequence of size %lld to extended slice of size %lld", (long long)more,
                    (long long)count);
        return false;
    }
    for (int64_t i = 0; i < count; i++)
        list->items[start + i * step] = sequence_items(values)[i];
    gc_barrier(vm, list);
    return true;
}

static bool list_setitem(VM *vm, Value self, Value key, Value value)
{
    int64_t i;
    List *list = as_list(self);
    if (has_kind(key, KIND_SLICE))
        return value == VALUE_EMPTY ? delete_slice(vm, list, key) : set_slice(vm, list, key, value);
    if (!subscript_index(vm, key, "list", &i))
        return false;
    if (i < 0)
        i += list->count;
    if ((uint64_t)i >= (uint64_t)list->count)
        return raise_index(vm, "list assignment index out of range"), false;
    if (value == VALUE_EMPTY)
        return replace_range(vm, list, i, i + 1, NULL, 0);
    list->items[i] = value;
    gc_barrier_value(vm, list, list->items, value);
    return true;
}

static int list_contains(VM *vm, Value self, Value item)
{
    int64_t at = sequence_find(vm, self, item, 0, INT64_MAX);
    return at >= 0 ? 1 : at == -1 ? 0 : -1;
}

static Value list_iter(VM *vm, Value self)
{
    SequenceIterator *it = type_new_of(vm, &list_iterator_def);
    if (it)
        it->sequence = self;
    return from_object(it);
}

// ---- methods

Value list_append_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return list_append(vm, as_list(args[0]), args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value extend_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return list_extend(vm, as_list(args[0]), args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value insert_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t index;
    if (!object_index_i64(vm, args[1], &index))
        return VALUE_EMPTY;
    return list_insert(vm, as_list(args[0]), index, args[2]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value pop_method(VM *vm, Value *args, int nargs)
{
    List *list = as_list(args[0]);
    int64_t index = -1;
    if (nargs > 1 && !object_index_i64(vm, args[1], &index))
        return VALUE_EMPTY;
    if (list->count == 0)
        return raise_index(vm, "pop from empty list");
    if (index < 0)
        index += list->count;
    if ((uint64_t)index >= (uint64_t)list->count)
        return raise_index(vm, "pop index out of range");
    Value v = list->items[index];
    int64_t after = list->count - index - 1;
    if (after)
        memmove(list->items + index, list->items + index + 1, (size_t)after * sizeof(Value));
    vm_charge_bytes(vm, (size_t)after * sizeof(Value));
    list->count--;
    if (unlikely(list->capacity > 64 && list->count < list->capacity / 2))
        shrink(vm, list);
    return v;
}

static Value remove_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t at = sequence_find(vm, args[0], args[1], 0, INT64_MAX);
    if (at == -1)
        return raise_value(vm, "list.remove(x): x not in list");
    if (at < 0)
        return VALUE_EMPTY;
    List *list = as_list(args[0]);
    if (at >= list->count) // a comparison shortened the list
        return VALUE_NONE;
    return replace_range(vm, list, at, at + 1, NULL, 0) ? VALUE_NONE : VALUE_EMPTY;
}

static Value index_method(VM *vm, Value *args, int nargs)
{
    int64_t first, last;
    Value start = nargs > 2 ? args[2] : VALUE_EMPTY, stop = nargs > 3 ? args[3] : VALUE_EMPTY;
    if (!search_bounds(vm, start, stop, as_list(args[0])->count, &first, &last))
        return VALUE_EMPTY;
    int64_t at = sequence_find(vm, args[0], args[1], first, last);
    if (at == -1)
        return raise_value(vm, "%R is not in list", args[1]);
    return at < 0 ? VALUE_EMPTY : from_small(at);
}

static Value count_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t count = sequence_count_equal(vm, args[0], args[1]);
    return count < 0 ? VALUE_EMPTY : from_small(count);
}

static Value clear_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    drop_items(vm, as_list(args[0]));
    return VALUE_NONE;
}

static Value copy_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    List *list = as_list(args[0]);
    return list_from(vm, list->items, list->count);
}

static Value reverse_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    List *list = as_list(args[0]);
    vm_charge_bytes(vm, (size_t)list->count * sizeof(Value));
    for (int64_t i = 0, j = list->count - 1; i < j; i++, j--) {
        Value v = list->items[i];
        list->items[i] = list->items[j];
        list->items[j] = v;
    }
    gc_barrier(vm, list);
    return VALUE_NONE;
}

static Value sort_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t reverse;
    if (!object_index_i64(vm, args[2], &reverse))
        return VALUE_EMPTY;
    return list_sort(vm, as_list(args[0]), args[1], reverse != 0) ? VALUE_NONE : VALUE_EMPTY;
}

static Value reversed_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    SequenceIterator *it = type_new_of(vm, &list_reverse_iterator_def);
    if (it) {
        it->sequence = args[0];
        it->index = as_list(args[0])->count - 1;
    }
    return from_object(it);
}

static Value list_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    List *list = as_list(args[0]);
    drop_items(vm, list);
    if (args[1] != VALUE_EMPTY && !list_extend(vm, list, args[1]))
        return VALUE_EMPTY;
    return VALUE_NONE;
}

static Value list_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = (Type *)as_object(args[0]);
    List *list = cls == vm->types[KIND_LIST] ? list_new(vm, 0) : type_alloc(vm, cls, 0);
    if (!list || (args[1] != VALUE_EMPTY && !list_extend(vm, list, args[1])))
        return VALUE_EMPTY;
    return from_object(list);
}

static const NativeDef list_methods[] = {
    {"append(self, object, /)", list_append_method, "Append object to the end of the list.", NATIVE_RAW, 2, 2},
    {"extend(self, iterable, /)", extend_method, "Extend list by appending elements from the iterable.", NATIVE_RAW, 2,
     2},
    {"insert(self, index, object, /)", insert_method, "Insert object before index.", NATIVE_RAW, 3, 3},
    {"pop(self, index=-1, /)", pop_method,
     "Remove and return item at index (default last). Raises IndexError if list is empty or index is out of range.",
     NATIVE_RAW, 1, 2},
    {"remove(self, value, /)", remove_method,
     "Remove first occurrence of value. Raises ValueError if the value is not present.", NATIVE_RAW, 2, 2},
    {"index(self, value, start=0, stop=<max>, /)", index_method,
     "Return first index of value. Raises ValueError if the value is not present.", NATIVE_RAW, 2, 4},
    {"count(self, value, /)", count_method, "Return number of occurrences of value.", NATIVE_RAW, 2, 2},
    {"clear(self, /)", clear_method, "Remove all items from list.", NATIVE_RAW, 1, 1},
    {"copy(self, /)", copy_method, "Return a shallow copy of the list.", NATIVE_RAW, 1, 1},
    {"reverse(self, /)", reverse_method, "Reverse the list in place.", NATIVE_RAW, 1, 1},
    {"sort(self, /, *, key=None, reverse=False)", sort_method,
     "Sort the list in ascending order in place; stable. key maps an item to what is compared.", 0, 0, 0},
    {"__reversed__(self, /)", reversed_method, "Return a reverse iterator over the list.", NATIVE_RAW, 1, 1},
    {"__init__(self, iterable=<unset>, /)", list_init, NULL, 0, 0, 0},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps list_ops = {
    .mark = list_mark,
    .repr = list_repr,
    .compare = list_compare,
    .compare_mask = ALL_COMPARES,
    .binary = list_binary,
    .binary_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL),
    .reflected_mask = BIT(BINARY_MUL),
    .inplace = list_inplace,
    .inplace_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL),
    .len = list_len,
    .getitem = list_getitem,
    .setitem = list_setitem,
    .contains = list_contains,
    .iter = list_iter,
};

const TypeDef list_def = {
    .name = "list",
    .kind = KIND_LIST,
    .size = sizeof(List),
    .ops = &list_ops,
    .methods = list_methods,
    .make = {"list(cls, iterable=<unset>, /)", list_make, NULL, 0, 0, 0},
    .doc = "A mutable sequence.",
    .flags = TYPE_BASE | TYPE_SEQUENCE | TYPE_MATCH_SELF,
};
