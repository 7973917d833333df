// SPDX-License-Identifier: MIT
//
// Methods of bytes and bytearray that look for a part.

#include "bytes_internal.h"
#include "container.h"

// ---- find, index, count

// What find and friends look for: bytes-like, or an int that stands for one byte.
typedef struct Needle {
    View view;
    unsigned char byte;
} Needle;

static bool needle_of(VM *vm, Value v, Needle *out)
{
    if (has_index(vm, v)) {
        if (!byte_value(vm, v, "byte", &out->byte))
            return false;
        out->view = (View){(const char *)&out->byte, 1};
        return true;
    }
    if (bytes_view(v, &out->view.data, &out->view.size))
        return true;
    raise_type(vm, "argument should be integer or bytes-like object, not '%T'", v);
    return false;
}

// The part of self that the bounds select, and the needle if wanted. 1; 0: start is behind stop; -1: error.
static int selected(VM *vm, Value *args, int nargs, Needle *needle, View *part, size_t *from)
{
    int64_t first = 0, last = INT64_MAX;
    if (nargs > 2 && !text_bounds(vm, args, nargs, (int64_t)view_of(args[0]).size, &first, &last))
        return -1;
    if (needle && !needle_of(vm, args[1], needle))
        return -1;
    View v = view_of(args[0]); // only now: the arguments may have run a script
    if (last > (int64_t)v.size)
        last = (int64_t)v.size;
    if (first > last)
        return 0;
    *from = (size_t)first;
    *part = view_part(v, (size_t)first, (size_t)last);
    return 1;
}

// -1 absent, -2 error.
static int64_t locate(VM *vm, Value *args, int nargs, bool backwards)
{
    Needle needle;
    View part;
    size_t from;
    int found = selected(vm, args, nargs, &needle, &part, &from);
    if (found <= 0)
        return found - 1;
    size_t at = (backwards ? text_rfind : text_find)(part.data, part.size, needle.view.data, needle.view.size);
    vm_charge_bytes(vm, at == TEXT_ABSENT ? part.size : backwards ? part.size - at : at);
    return at == TEXT_ABSENT ? -1 : (int64_t)(from + at);
}

static Value found_or_minus_one(int64_t at) { return at < -1 ? VALUE_EMPTY : from_small(at); }

static Value found_or_error(VM *vm, int64_t at)
{
    if (at == -1)
        return raise_value(vm, "subsection not found");
    return found_or_minus_one(at);
}

Value bytes_find_method(VM *vm, Value *args, int nargs) { return found_or_minus_one(locate(vm, args, nargs, false)); }
Value bytes_rfind_method(VM *vm, Value *args, int nargs) { return found_or_minus_one(locate(vm, args, nargs, true)); }
Value bytes_index_method(VM *vm, Value *args, int nargs) { return found_or_error(vm, locate(vm, args, nargs, false)); }
Value bytes_rindex_method(VM *vm, Value *args, int nargs) { return found_or_error(vm, locate(vm, args, nargs, true)); }

Value bytes_count_method(VM *vm, Value *args, int nargs)
{
    Needle needle;
    View part;
    size_t from;
    int found = selected(vm, args, nargs, &needle, &part, &from);
    if (found <= 0)
        return found ? VALUE_EMPTY : from_small(0);
    if (needle.view.size == 0)
        return from_small((int64_t)part.size + 1);
    vm_charge_bytes(vm, 4 * part.size);
    return from_small((int64_t)text_count(part.data, part.size, needle.view.data, needle.view.size, SIZE_MAX));
}

// ---- startswith, endswith, removeprefix, removesuffix

static bool ends_match(View v, View part, bool at_end)
{
    if (part.size > v.size)
        return false;
    return memcmp(at_end ? v.data + v.size - part.size : v.data, part.data, part.size) == 0;
}

static Value match_end(VM *vm, Value *args, int nargs, bool at_end)
{
    View v, part;
    size_t from;
    const char *name = at_end ? "endswith" : "startswith";
    int found = selected(vm, args, nargs, NULL, &v, &from);
    if (found < 0)
        return VALUE_EMPTY;
    if (bytes_view(args[1], &part.data, &part.size))
        return from_bool(found && ends_match(v, part, at_end));
    if (!is_tuple(args[1]))
        return raise_type(vm, "%s first arg must be bytes or a tuple of bytes, not %T", name, args[1]);
    Tuple *parts = as_tuple(args[1]);
    for (int64_t i = 0; i < parts->count; i++) {
        if (!bytes_view_or_raise(vm, parts->items[i], &part.data, &part.size))
            return VALUE_EMPTY;
        if (found && ends_match(v, part, at_end))
            return VALUE_TRUE;
    }
    return VALUE_FALSE;
}

Value bytes_startswith_method(VM *vm, Value *args, int nargs) { return match_end(vm, args, nargs, false); }
Value bytes_endswith_method(VM *vm, Value *args, int nargs) { return match_end(vm, args, nargs, true); }

Value bytes_removeprefix_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    View v = view_of(args[0]), part;
    if (!bytes_view_or_raise(vm, args[1], &part.data, &part.size))
        return VALUE_EMPTY;
    return bytes_like_part(vm, args[0], v, ends_match(v, part, false) ? part.size : 0, v.size);
}

Value bytes_removesuffix_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    View v = view_of(args[0]), part;
    if (!bytes_view_or_raise(vm, args[1], &part.data, &part.size))
        return VALUE_EMPTY;
    return bytes_like_part(vm, args[0], v, 0, v.size - (ends_match(v, part, true) ? part.size : 0));
}

// ---- replace

static Value alloc_replaced(VM *vm, Value self, size_t size, size_t gone, size_t added, size_t times)
{
    size_t grown, total;
    if (!size_mul(times, added, &grown) || !size_add(size - times * gone, grown, &total))
        return raise_memory(vm);
    return bytes_like_new(vm, self, NULL, total);
}

static Value replace_empty(VM *vm, Value self, View v, View new, size_t most)
{
    size_t times = v.size + 1 < most ? v.size + 1 : most;
    Value result = alloc_replaced(vm, self, v.size, 0, new.size, times);
    if (result == VALUE_EMPTY)
        return result;
    char *out = bytes_like_data(result);
    for (size_t i = 0; i < times; i++) {
        memcpy(out, new.data, new.size);
        out += new.size;
        if (i < v.size)
            *out++ = v.data[i];
        if ((i & 1023) == 1023)
            vm_charge(vm, 64);
    }
    if (times < v.size)
        memcpy(out, v.data + times, v.size - times);
    return result;
}

static Value replace_general(VM *vm, Value self, View v, View old, View new, size_t most)
{
    size_t at = text_find(v.data, v.size, old.data, old.size);
    vm_charge_bytes(vm, 4 * v.size);
    if (at == TEXT_ABSENT)
        return bytes_like_part(vm, self, v, 0, v.size);
    size_t times = text_count(v.data + at, v.size - at, old.data, old.size, most);
    Value result = alloc_replaced(vm, self, v.size, old.size, new.size, times);
    if (result == VALUE_EMPTY)
        return result;
    char *out = bytes_like_data(result);
    const char *p = v.data, *end = p + v.size;
    for (size_t i = 0; i < times; i++) {
        memcpy(out, p, at);
        out += at;
        memcpy(out, new.data, new.size);
        out += new.size;
        p += at + old.size;
        if ((i & 1023) == 1023 && !vm_work(vm, 64))
            return VALUE_EMPTY;
        if (i + 1 < times)
            at = text_find(p, (size_t)(end - p), old.data, old.size);
    }
    memcpy(out, p, (size_t)(end - p));
    return result;
}

Value bytes_replace_method(VM *vm, Value *args, int nargs)
{
    int64_t most = -1;
    View old, new;
    if (nargs > 3 && !object_index_i64(vm, args[3], &most))
        return VALUE_EMPTY;
    if (!bytes_view_or_raise(vm, args[1], &old.data, &old.size) ||
        !bytes_view_or_raise(vm, args[2], &new.data, &new.size))
        return VALUE_EMPTY;
    View v = view_of(args[0]);
    size_t limit = most < 0 ? SIZE_MAX : (size_t)most;
    if (limit == 0 || old.size > v.size)
        return bytes_like_part(vm, args[0], v, 0, v.size);
    if (old.size == 0)
        return replace_empty(vm, args[0], v, new, limit);
    return replace_general(vm, args[0], v, old, new, limit);
}
