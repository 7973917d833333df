// SPDX-License-Identifier: MIT
//
// Methods of bytes and bytearray that take apart and join.

#include "bytes_internal.h"
#include "container.h"

static inline bool is_space(unsigned char c) { return c == ' ' || (c >= 9 && c <= 13); }

static bool append_part(VM *vm, List *list, Value self, View v, size_t from, size_t to)
{
    Value part = bytes_like_part(vm, self, v, from, to);
    return part != VALUE_EMPTY && list_append(vm, list, part);
}

static size_t skip_forward(View v, size_t at, bool space)
{
    while (at < v.size && is_space((unsigned char)v.data[at]) == space)
        at++;
    return at;
}

static size_t skip_backward(View v, size_t at, bool space)
{
    while (at > 0 && is_space((unsigned char)v.data[at - 1]) == space)
        at--;
    return at;
}

static bool split_space(VM *vm, List *list, Value self, View v, int64_t most)
{
    for (size_t at = skip_forward(v, 0, true); at < v.size; most--) {
        size_t end = most == 0 ? v.size : skip_forward(v, at, false);
        if (!append_part(vm, list, self, v, at, end) || !vm_tick(vm))
            return false;
        at = skip_forward(v, end, true);
    }
    return true;
}

static bool rsplit_space(VM *vm, List *list, Value self, View v, int64_t most)
{
    for (size_t at = skip_backward(v, v.size, true); at > 0; most--) {
        size_t start = most == 0 ? 0 : skip_backward(v, at, false);
        if (!append_part(vm, list, self, v, start, at) || !vm_tick(vm))
            return false;
        at = skip_backward(v, start, true);
    }
    return true;
}

static bool split_at(VM *vm, List *list, Value self, View v, View separator, int64_t most)
{
    size_t at = 0;
    for (; most; most--) {
        size_t found = text_find(v.data + at, v.size - at, separator.data, separator.size);
        if (found == TEXT_ABSENT)
            break;
        if (!append_part(vm, list, self, v, at, at + found) || !vm_tick(vm))
            return false;
        at += found + separator.size;
    }
    return append_part(vm, list, self, v, at, v.size);
}

static bool rsplit_at(VM *vm, List *list, Value self, View v, View separator, int64_t most)
{
    size_t end = v.size;
    for (; most; most--) {
        size_t found = text_rfind(v.data, end, separator.data, separator.size);
        if (found == TEXT_ABSENT)
            break;
        if (!append_part(vm, list, self, v, found + separator.size, end) || !vm_tick(vm))
            return false;
        end = found;
    }
    return append_part(vm, list, self, v, 0, end);
}

static void reverse(List *list)
{
    for (int64_t i = 0, j = list->count - 1; i < j; i++, j--) {
        Value v = list->items[i];
        list->items[i] = list->items[j];
        list->items[j] = v;
    }
}

static Value split(VM *vm, Value *args, bool backwards)
{
    int64_t most;
    View separator = {NULL, 0};
    if (!object_index_i64(vm, args[2], &most))
        return VALUE_EMPTY;
    if (!is_none(args[1])) {
        if (!bytes_view_or_raise(vm, args[1], &separator.data, &separator.size))
            return VALUE_EMPTY;
        if (separator.size == 0)
            return raise_value(vm, "empty separator");
    }
    View v = view_of(args[0]);
    List *list = list_new(vm, 8);
    if (!list)
        return VALUE_EMPTY;
    bool ok;
    if (is_none(args[1]))
        ok = (backwards ? rsplit_space : split_space)(vm, list, args[0], v, most);
    else
        ok = (backwards ? rsplit_at : split_at)(vm, list, args[0], v, separator, most);
    if (backwards)
        reverse(list);
    return ok ? from_object(list) : VALUE_EMPTY;
}

Value bytes_split_method(VM *vm, Value *args, int nargs) { return (void)nargs, split(vm, args, false); }
Value bytes_rsplit_method(VM *vm, Value *args, int nargs) { return (void)nargs, split(vm, args, true); }

Value bytes_splitlines_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t keep;
    if (!object_index_i64(vm, args[1], &keep))
        return VALUE_EMPTY;
    View v = view_of(args[0]);
    List *list = list_new(vm, 4);
    for (size_t at = 0; list && at < v.size;) {
        size_t end = at;
        while (end < v.size && v.data[end] != '\n' && v.data[end] != '\r')
            end++;
        size_t next = end < v.size ? end + 1 : end;
        if (next < v.size && v.data[end] == '\r' && v.data[next] == '\n')
            next++;
        if (!append_part(vm, list, args[0], v, at, keep ? next : end))
            return VALUE_EMPTY;
        at = next;
    }
    return from_object(list);
}

static Value partition(VM *vm, Value *args, bool backwards)
{
    View separator;
    if (!bytes_view_or_raise(vm, args[1], &separator.data, &separator.size))
        return VALUE_EMPTY;
    if (separator.size == 0)
        return raise_value(vm, "empty separator");
    Value self = args[0];
    View v = view_of(self);
    size_t at = (backwards ? text_rfind : text_find)(v.data, v.size, separator.data, separator.size);
    if (at == TEXT_ABSENT) {
        Value whole = bytes_like_part(vm, self, v, 0, v.size), empty = bytes_like_new(vm, self, NULL, 0);
        Value other = bytes_like_new(vm, self, NULL, 0);
        if (whole == VALUE_EMPTY || empty == VALUE_EMPTY || other == VALUE_EMPTY)
            return VALUE_EMPTY;
        return backwards ? tuple_pack(vm, 3, empty, other, whole) : tuple_pack(vm, 3, whole, empty, other);
    }
    Value head = bytes_like_part(vm, self, v, 0, at), tail = bytes_like_part(vm, self, v, at + separator.size, v.size);
    Value middle = is_exact(vm, args[1], KIND_BYTES) && is_bytes(self)
                       ? args[1]
                       : bytes_like_new(vm, self, separator.data, separator.size);
    if (head == VALUE_EMPTY || middle == VALUE_EMPTY || tail == VALUE_EMPTY)
        return VALUE_EMPTY;
    return tuple_pack(vm, 3, head, middle, tail);
}

Value bytes_partition_method(VM *vm, Value *args, int nargs) { return (void)nargs, partition(vm, args, false); }
Value bytes_rpartition_method(VM *vm, Value *args, int nargs) { return (void)nargs, partition(vm, args, true); }

Value bytes_join_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value items = sequence_fast(vm, args[1], "can only join an iterable");
    if (items == VALUE_EMPTY)
        return VALUE_EMPTY;
    int64_t count = sequence_count(items);
    View separator = view_of(args[0]), item;
    size_t size = 0;
    for (int64_t i = 0; i < count; i++) {
        Value v = sequence_items(items)[i];
        if (is_bytes(v))
            item.size = as_bytes(v)->size;
        else if (!bytes_view(v, &item.data, &item.size))
            return raise_type(vm, "sequence item %lld: expected a bytes-like object, %T found", (long long)i,
                              sequence_items(items)[i]);
        if (!size_add(size, item.size, &size) || (i && !size_add(size, separator.size, &size)))
            return raise_memory(vm);
    }
    if (count == 1 && is_bytes(args[0]) && is_exact(vm, sequence_items(items)[0], KIND_BYTES))
        return sequence_items(items)[0];
    Value result = bytes_like_new(vm, args[0], NULL, size);
    if (result == VALUE_EMPTY || size == 0)
        return result;
    char *out = bytes_like_data(result);
    for (int64_t i = 0; i < count; i++) {
        if (i && separator.size == 1) {
            *out++ = *separator.data;
        } else if (i) {
            memcpy(out, separator.data, separator.size);
            out += separator.size;
        }
        Value v = sequence_items(items)[i];
        if (is_bytes(v))
            item = (View){as_bytes(v)->data, as_bytes(v)->size};
        else
            bytes_view(v, &item.data, &item.size);
        memcpy(out, item.data, item.size);
        out += item.size;
    }
    keep_alive(items);
    return result;
}
