// SPDX-License-Identifier: MIT
//
// str methods that look for a substring. All searches run on bytes; code point numbers are computed only for results in
// strings that are not ASCII.

#include "str_internal.h"

// ---- find, index, count

static bool check_needle(VM *vm, Value v)
{
    if (likely(is_str(v)))
        return true;
    raise_type(vm, "must be str, not %T", v);
    return false;
}

// CPython words the counts of these methods in its own way. `nargs` includes self.
static bool check_count(VM *vm, const char *name, int nargs)
{
    if (likely(nargs >= 2 && nargs <= 4))
        return true;
    if (nargs < 2)
        raise_type(vm, "%s() takes at least 1 argument (%d given)", name, nargs - 1);
    else
        raise_type(vm, "%s() takes at most 3 arguments (%d given)", name, nargs - 1);
    return false;
}

// The byte range [*from, *to) that the bounds select. 1; 0: empty-handed (start behind stop); -1: error.
static int byte_range(VM *vm, Value *args, int nargs, size_t *from, size_t *to)
{
    Str *s = as_str(args[0]);
    *from = 0;
    *to = s->size;
    if (nargs == 2)
        return 1;
    int64_t first, last;
    if (!text_bounds(vm, args, nargs, s->length, &first, &last))
        return -1;
    if (first > last)
        return 0;
    *from = str_byte_offset(vm, s, first);
    *to = str_byte_offset(vm, s, last);
    return 1;
}

// Code point number of the first (last) occurrence, -1 absent, -2 error.
static int64_t locate(VM *vm, const char *name, Value *args, int nargs, bool backwards)
{
    size_t from, to;
    if (!check_count(vm, name, nargs) || !check_needle(vm, args[1]))
        return -2;
    int found = byte_range(vm, args, nargs, &from, &to);
    if (found <= 0)
        return found - 1;
    Str *s = as_str(args[0]), *needle = as_str(args[1]);
    size_t at = (backwards ? text_rfind : text_find)(s->data + from, to - from, needle->data, needle->size);
    size_t seen = at == TEXT_ABSENT ? to - from : backwards ? to - from - at : at;
    vm_charge_bytes(vm, seen);
    return at == TEXT_ABSENT ? -1 : str_index_of_offset(vm, s, from + at);
}

static Value found_or_minus_one(int64_t at) { return at < -1 ? VALUE_EMPTY : from_small(at); }

static Value found_or_error(VM *vm, int64_t at)
{
    if (at == -1)
        return raise_value(vm, "substring not found");
    return found_or_minus_one(at);
}

Value str_find_method(VM *vm, Value *args, int nargs)
{
    return found_or_minus_one(locate(vm, "find", args, nargs, false));
}
Value str_rfind_method(VM *vm, Value *args, int nargs)
{
    return found_or_minus_one(locate(vm, "rfind", args, nargs, true));
}
Value str_index_method(VM *vm, Value *args, int nargs)
{
    return found_or_error(vm, locate(vm, "index", args, nargs, false));
}
Value str_rindex_method(VM *vm, Value *args, int nargs)
{
    return found_or_error(vm, locate(vm, "rindex", args, nargs, true));
}

Value str_count_method(VM *vm, Value *args, int nargs)
{
    Str *s = as_str(args[0]);
    size_t from = 0, to = s->size;
    if (!check_count(vm, "count", nargs) || !check_needle(vm, args[1]))
        return VALUE_EMPTY;
    Str *needle = as_str(args[1]);
    if (needle->size == 0) {
        int64_t first, last;
        if (!text_bounds(vm, args, nargs, s->length, &first, &last))
            return VALUE_EMPTY;
        return from_small(first > last ? 0 : last - first + 1);
    }
    int found = byte_range(vm, args, nargs, &from, &to);
    if (found <= 0)
        return found ? VALUE_EMPTY : from_small(0);
    vm_charge_bytes(vm, 4 * (to - from));
    return from_small((int64_t)text_count(s->data + from, to - from, needle->data, needle->size, SIZE_MAX));
}

int str_contains(VM *vm, Value self, Value item)
{
    if (unlikely(!is_str(item))) {
        raise_type(vm, "'in <string>' requires string as left operand, not %T", item);
        return -1;
    }
    const Str *s = as_str(self), *needle = as_str(item);
    size_t at = text_find(s->data, s->size, needle->data, needle->size);
    vm_charge_bytes(vm, at == TEXT_ABSENT ? s->size : at);
    return at != TEXT_ABSENT;
}

// ---- startswith, endswith, removeprefix, removesuffix

static bool ends_match(const Str *s, size_t from, size_t to, const Str *part, bool at_end)
{
    if (part->size > to - from)
        return false;
    return memcmp(s->data + (at_end ? to - part->size : from), part->data, part->size) == 0;
}

static Value match_end(VM *vm, Value *args, int nargs, bool at_end)
{
    size_t from, to;
    const char *name = at_end ? "endswith" : "startswith";
    if (!check_count(vm, name, nargs))
        return VALUE_EMPTY;
    int found = byte_range(vm, args, nargs, &from, &to);
    if (found < 0)
        return VALUE_EMPTY;
    const Str *s = as_str(args[0]);
    if (is_str(args[1]) && as_str(args[1])->size > 4096)
        vm_charge_bytes(vm, as_str(args[1])->size);
    if (likely(is_str(args[1])))
        return from_bool(found && ends_match(s, from, to, as_str(args[1]), at_end));
    if (!is_tuple(args[1]))
        return raise_type(vm, "%s first arg must be str or a tuple of str, not %T", name, args[1]);
    Tuple *parts = as_tuple(args[1]);
    for (int64_t i = 0; i < parts->count; i++) {
        if (!is_str(parts->items[i]))
            return raise_type(vm, "tuple for %s must only contain str, not %T", name, parts->items[i]);
        if (found && ends_match(s, from, to, as_str(parts->items[i]), at_end))
            return VALUE_TRUE;
    }
    return VALUE_FALSE;
}

Value str_startswith_method(VM *vm, Value *args, int nargs) { return match_end(vm, args, nargs, false); }
Value str_endswith_method(VM *vm, Value *args, int nargs) { return match_end(vm, args, nargs, true); }

Value str_removeprefix_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[1]))
        return raise_type(vm, "removeprefix() argument must be str, not %s", argument_type_name(vm, args[1]));
    Str *s = as_str(args[0]), *part = as_str(args[1]);
    return str_result(str_cut(vm, s, ends_match(s, 0, s->size, part, false) ? part->size : 0, s->size));
}

Value str_removesuffix_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[1]))
        return raise_type(vm, "removesuffix() argument must be str, not %s", argument_type_name(vm, args[1]));
    Str *s = as_str(args[0]), *part = as_str(args[1]);
    return str_result(str_cut(vm, s, 0, s->size - (ends_match(s, 0, s->size, part, true) ? part->size : 0)));
}

// ---- replace

// The result of `times` replacements, its size checked; NULL: error.
static Str *alloc_replaced(VM *vm, const Str *s, const Str *old, const Str *new, size_t times)
{
    size_t grown, size;
    if (!size_mul(times, new->size, &grown) || !size_add(s->size - times * old->size, grown, &size))
        return raise_memory(vm), NULL;
    return str_alloc(vm, size, s->length - times * old->length + times * new->length);
}

static Str *replace_empty(VM *vm, Str *s, Str *new, size_t most)
{
    size_t times = (size_t)s->length + 1 < most ? (size_t)s->length + 1 : most;
    Str *result = alloc_replaced(vm, s, vm->empty_str, new, times);
    if (!result)
        return NULL;
    char *out = result->data;
    const char *p = s->data, *end = p + s->size;
    for (size_t i = 0; i < times; i++) {
        memcpy(out, new->data, new->size);
        out += new->size;
        if (p < end)
            do
                *out++ = *p++;
            while ((*p & 0xC0) == 0x80);
        if ((i & 1023) == 1023 && !vm_work(vm, 64 + new->size))
            return NULL;
    }
    memcpy(out, p, (size_t)(end - p));
    return result;
}

static Str *replace_bytes(VM *vm, Str *s, char old, char new, size_t most)
{
    vm_charge_bytes(vm, s->size);
    if (!memchr(s->data, old, s->size))
        return str_exact(vm, s);
    Str *result = str_alloc(vm, s->size, s->length);
    if (!result)
        return NULL;
    if (most >= s->size) {
        text_replace_byte(result->data, s->data, s->size, old, new);
        return result;
    }
    memcpy(result->data, s->data, s->size);
    char *p = result->data, *end = p + s->size;
    for (; most && (p = memchr(p, old, (size_t)(end - p))); most--)
        *p++ = new;
    return result;
}

static Str *replace_general(VM *vm, Str *s, Str *old, Str *new, size_t most)
{
    size_t at = text_find(s->data, s->size, old->data, old->size);
    vm_charge_bytes(vm, 4 * s->size);
    if (at == TEXT_ABSENT)
        return str_exact(vm, s);
    size_t times = text_count(s->data + at, s->size - at, old->data, old->size, most);
    Str *result = alloc_replaced(vm, s, old, new, times);
    if (!result)
        return NULL;
    char *out = result->data;
    const char *p = s->data, *end = p + s->size;
    for (size_t i = 0; i < times; i++) {
        memcpy(out, p, at);
        out += at;
        memcpy(out, new->data, new->size);
        out += new->size;
        p += at + old->size;
        if ((i & 1023) == 1023 && !vm_work(vm, 64))
            return NULL;
        if (i + 1 < times)
            at = text_find(p, (size_t)(end - p), old->data, old->size);
    }
    memcpy(out, p, (size_t)(end - p));
    return result;
}

Str *str_replace(VM *vm, Str *s, Str *old, Str *new, size_t most)
{
    if (most == 0 || old->size > s->size)
        return str_exact(vm, s);
    if (old->size == 0)
        return replace_empty(vm, s, new, most);
    if (old->size == 1 && new->size == 1)
        return replace_bytes(vm, s, old->data[0], new->data[0], most);
    return replace_general(vm, s, old, new, most);
}

Value str_replace_method(VM *vm, Value *args, int nargs)
{
    int64_t most = -1;
    for (int i = 1; i < 3; i++)
        if (!is_str(args[i]))
            return raise_type(vm, "replace() argument %d must be str, not %s", i, argument_type_name(vm, args[i]));
    if (nargs > 3 && !object_index_i64(vm, args[3], &most))
        return VALUE_EMPTY;
    return str_result(
        str_replace(vm, as_str(args[0]), as_str(args[1]), as_str(args[2]), most < 0 ? SIZE_MAX : (size_t)most));
}
