// SPDX-License-Identifier: MIT
//
// str methods that take strings apart and join them.

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "str_internal.h"
#include "vm/types/container.h"

static bool append_cut(VM *vm, List *list, Str *s, size_t from, size_t to)
{
    Str *piece = str_cut(vm, s, from, to);
    return piece && list_append(vm, list, from_object(piece)) && loop_tick(vm, list->count);
}

// The same for ASCII strings, which need no look at the text.
static inline bool append_ascii(VM *vm, List *list, const char *text, size_t size)
{
    Str *piece = size == 1 ? as_str(vm->latin1[(unsigned char)*text]) : str_new_ascii(vm, text, size);
    return likely(piece != NULL) && list_append(vm, list, from_object(piece)) && loop_tick(vm, list->count);
}

// ---- white space

// The first offset at or after `at` where white space begins (wanted) or ends (not wanted).
static size_t skip_forward(const Str *s, size_t at, bool space)
{
    const char *p = s->data + at, *end = s->data + s->size;
    while (p < end) {
        const char *here = p;
        unsigned char c = (unsigned char)*p;
        bool is_space = c < 0x80 ? (p++, byte_is_space(c)) : unicode_is_space(utf8_next(&p));
        if (is_space != space)
            return (size_t)(here - s->data);
    }
    return s->size;
}

static size_t skip_backward(const Str *s, size_t at, bool space)
{
    const char *p = s->data + at;
    while (p > s->data) {
        const char *here = p;
        unsigned char c = (unsigned char)p[-1];
        bool is_space = c < 0x80 ? (p--, byte_is_space(c)) : unicode_is_space(utf8_previous(&p));
        if (is_space != space)
            return (size_t)(here - s->data);
    }
    return 0;
}

static bool split_space_ascii(VM *vm, List *list, Str *s, int64_t most)
{
    const char *p = s->data, *end = p + s->size;
    for (;; most--) {
        while (p < end && byte_is_space((unsigned char)*p))
            p++;
        if (p == end)
            return true;
        const char *start = p;
        if (most == 0)
            p = end;
        while (p < end && !byte_is_space((unsigned char)*p))
            p++;
        if (start == s->data && p == end)
            return append_cut(vm, list, s, 0, s->size);
        if (!append_ascii(vm, list, start, (size_t)(p - start)))
            return false;
    }
}

static bool split_space(VM *vm, List *list, Str *s, int64_t most)
{
    if (str_is_ascii(s))
        return split_space_ascii(vm, list, s, most);
    for (size_t at = skip_forward(s, 0, true); at < s->size; most--) {
        size_t end = most == 0 ? s->size : skip_forward(s, at, false);
        if (!append_cut(vm, list, s, at, end))
            return false;
        at = skip_forward(s, end, true);
    }
    return true;
}

static bool rsplit_space(VM *vm, List *list, Str *s, int64_t most)
{
    for (size_t at = skip_backward(s, s->size, true); at > 0; most--) {
        size_t start = most == 0 ? 0 : skip_backward(s, at, false);
        if (!append_cut(vm, list, s, start, at))
            return false;
        at = skip_backward(s, start, true);
    }
    return true;
}

// ---- separators

// By one byte, in an ASCII string: the separators are counted first so that the list is made in its size.
static Value split_byte(VM *vm, Str *s, char separator, int64_t most)
{
    const char *p = s->data, *end = p + s->size;
    size_t count = text_count(p, s->size, &separator, 1, most < 0 ? SIZE_MAX : (size_t)most);
    List *list = list_new(vm, (int64_t)count + 1);
    if (!list)
        return VALUE_EMPTY;
    if (count == 0)
        return append_cut(vm, list, s, 0, s->size) ? from_object(list) : VALUE_EMPTY;
    for (; count; count--) {
        const char *at = p;
        for (int near = 16; near && *at != separator; near--) // there is one more
            at++;
        if (*at != separator)
            at = memchr(at, separator, (size_t)(end - at));
        if (!append_ascii(vm, list, p, (size_t)(at - p)))
            return VALUE_EMPTY;
        p = at + 1;
    }
    return append_ascii(vm, list, p, (size_t)(end - p)) ? from_object(list) : VALUE_EMPTY;
}

static bool split_at(VM *vm, List *list, Str *s, Str *separator, int64_t most)
{
    size_t at = 0;
    for (; most; most--) {
        size_t found = text_find(s->data + at, s->size - at, separator->data, separator->size);
        if (found == TEXT_ABSENT)
            break;
        if (!append_cut(vm, list, s, at, at + found))
            return false;
        at += found + separator->size;
    }
    return append_cut(vm, list, s, at, s->size);
}

static bool rsplit_at(VM *vm, List *list, Str *s, Str *separator, int64_t most)
{
    size_t end = s->size;
    for (; most; most--) {
        size_t found = text_rfind(s->data, end, separator->data, separator->size);
        if (found == TEXT_ABSENT)
            break;
        if (!append_cut(vm, list, s, found + separator->size, end))
            return false;
        end = found;
    }
    return append_cut(vm, list, s, 0, end);
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
    Str *s = as_str(args[0]);
    if (!object_index_i64(vm, args[2], &most))
        return VALUE_EMPTY;
    if (!is_none(args[1]) && !is_str(args[1]))
        return raise_type(vm, "must be str or None, not %T", args[1]);
    if (is_str(args[1]) && as_str(args[1])->size == 0)
        return raise_value(vm, "empty separator");
    if (!backwards && is_str(args[1]) && as_str(args[1])->size == 1 && str_is_ascii(s))
        return split_byte(vm, s, as_str(args[1])->data[0], most);
    List *list = list_new(vm, 8);
    if (!list)
        return VALUE_EMPTY;
    bool ok;
    if (is_none(args[1]))
        ok = (backwards ? rsplit_space : split_space)(vm, list, s, most);
    else
        ok = (backwards ? rsplit_at : split_at)(vm, list, s, as_str(args[1]), most);
    if (backwards)
        reverse(list);
    return ok ? from_object(list) : VALUE_EMPTY;
}

Value str_split_method(VM *vm, Value *args, int nargs) { return (void)nargs, split(vm, args, false); }
Value str_rsplit_method(VM *vm, Value *args, int nargs) { return (void)nargs, split(vm, args, true); }

// ---- lines

// Where the line that begins at `at` ends; *next: behind its line break.
static size_t line_end(const Str *s, size_t at, size_t *next)
{
    const char *p = s->data + at, *end = s->data + s->size;
    while (p < end) {
        p += text_find_special(p, (size_t)(end - p));
        if (p == end)
            break;
        const char *here = p;
        unsigned char c = (unsigned char)*p;
        if (unicode_is_linebreak(utf8_next(&p))) {
            *next = (size_t)(p - s->data) + (c == '\r' && p < end && *p == '\n');
            return (size_t)(here - s->data);
        }
    }
    return *next = s->size;
}

Value str_splitlines_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t keep;
    if (!object_index_i64(vm, args[1], &keep))
        return VALUE_EMPTY;
    Str *s = as_str(args[0]);
    List *list = list_new(vm, 4);
    for (size_t at = 0, next; list && at < s->size; at = next) {
        size_t end = line_end(s, at, &next);
        if (!append_cut(vm, list, s, at, keep ? next : end))
            return VALUE_EMPTY;
    }
    return from_object(list);
}

// ---- partition, join

static Value partition(VM *vm, Value *args, bool backwards)
{
    if (!is_str(args[1]))
        return raise_type(vm, "must be str, not %T", args[1]);
    Str *s = as_str(args[0]), *separator = as_str(args[1]);
    if (separator->size == 0)
        return raise_value(vm, "empty separator");
    size_t at = (backwards ? text_rfind : text_find)(s->data, s->size, separator->data, separator->size);
    Value empty = from_object(vm->empty_str);
    if (at == TEXT_ABSENT) {
        Value whole = str_result(str_exact(vm, s));
        if (whole == VALUE_EMPTY)
            return VALUE_EMPTY;
        return backwards ? tuple_pack(vm, 3, empty, empty, whole) : tuple_pack(vm, 3, whole, empty, empty);
    }
    Str *head = str_cut(vm, s, 0, at), *tail = str_cut(vm, s, at + separator->size, s->size);
    Str *middle = str_exact(vm, separator);
    if (!head || !tail || !middle)
        return VALUE_EMPTY;
    return tuple_pack(vm, 3, from_object(head), from_object(middle), from_object(tail));
}

Value str_partition_method(VM *vm, Value *args, int nargs) { return (void)nargs, partition(vm, args, false); }
Value str_rpartition_method(VM *vm, Value *args, int nargs) { return (void)nargs, partition(vm, args, true); }

Value str_join_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value items = sequence_fast(vm, args[1], "can only join an iterable");
    return items == VALUE_EMPTY ? VALUE_EMPTY : str_result(str_join(vm, as_str(args[0]), items));
}
