// SPDX-License-Identifier: MIT
//
// Handles: making values from C data and reading them back, items and attributes.

#include <string.h>

#include "api.h"
#include "lexer/utf8.h"
#include "vm/core/type.h"

#define MAKE(expression) \
    VM *vm = inside(handle); \
    ENTER(vm); \
    return api_result(vm, expression)

AiolosValue *aiolos_none(AiolosVM *handle) { MAKE(VALUE_NONE); }
AiolosValue *aiolos_bool(AiolosVM *handle, bool value) { MAKE(from_bool(value)); }
AiolosValue *aiolos_int(AiolosVM *handle, int64_t value) { MAKE(int_from_i64(vm, value)); }
AiolosValue *aiolos_float(AiolosVM *handle, double value) { MAKE(from_double(value)); }
AiolosValue *aiolos_str(AiolosVM *handle, const char *text, size_t size)
{
    MAKE(str_decode(vm, text, size, "utf-8", "strict"));
}
AiolosValue *aiolos_bytes(AiolosVM *handle, const void *data, size_t size) { MAKE(bytes_new(vm, data, size)); }
AiolosValue *aiolos_dict(AiolosVM *handle) { MAKE(from_object(dict_new(vm, 0))); }
AiolosValue *aiolos_retain(AiolosVM *handle, const AiolosValue *value) { MAKE(value_in(value)); }
AiolosValue *aiolos_text_of(AiolosVM *handle, const AiolosValue *value)
{
    MAKE(from_object(object_str(vm, value_in(value))));
}
AiolosValue *aiolos_repr_of(AiolosVM *handle, const AiolosValue *value)
{
    MAKE(from_object(object_repr(vm, value_in(value))));
}

AiolosValue *aiolos_list(AiolosVM *handle, AiolosValue *const *items, size_t count)
{
    VM *vm = inside(handle);
    ENTER(vm);
    List *l = list_new(vm, (int64_t)count);
    for (size_t i = 0; l && i < count; i++)
        if (!list_append(vm, l, value_in(items[i])))
            l = NULL;
    return api_result(vm, from_object(l));
}

void aiolos_release(AiolosVM *handle, AiolosValue *value)
{
    VM *vm = inside(handle);
    Pin *pin = (Pin *)value;
    if (!pin)
        return;
    if (pin->previous)
        pin->previous->next = pin->next;
    else
        vm->pins = pin->next;
    if (pin->next)
        pin->next->previous = pin->previous;
    mem_realloc(vm, pin, sizeof *pin, 0);
}

AiolosType aiolos_type(AiolosVM *handle, const AiolosValue *value)
{
    Value v = value_in(value);
    (void)handle;
    if (is_none(v))
        return AIOLOS_NONE;
    if (is_bool(v))
        return AIOLOS_BOOL;
    if (is_int(v))
        return AIOLOS_INT;
    if (is_float(v))
        return AIOLOS_FLOAT;
    if (!is_object(v))
        return AIOLOS_OTHER;
    switch (kind_of(as_object(v))) {
    case KIND_STR: return AIOLOS_STR;
    case KIND_BYTES: return AIOLOS_BYTES;
    case KIND_LIST: return AIOLOS_LIST;
    case KIND_TUPLE: return AIOLOS_TUPLE;
    case KIND_DICT: return AIOLOS_DICT;
    default: return AIOLOS_OTHER;
    }
}

// ---- reading

bool aiolos_get_bool(AiolosVM *handle, const AiolosValue *value, bool *out)
{
    VM *vm = inside(handle);
    ENTER(vm);
    int truth = object_truth(vm, value_in(value));
    if (truth >= 0)
        *out = truth;
    return api_done(vm, truth >= 0);
}

bool aiolos_get_int(AiolosVM *handle, const AiolosValue *value, int64_t *out)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Value v = value_in(value);
    if (!is_int_like(v))
        v = unary_op(vm, UNARY_INDEX, v);
    return api_done(vm, v && int_to_i64(vm, v, out));
}

bool aiolos_get_float(AiolosVM *handle, const AiolosValue *value, double *out)
{
    VM *vm = inside(handle);
    ENTER(vm);
    return api_done(vm, object_as_double(vm, value_in(value), out));
}

bool aiolos_get_str(AiolosVM *handle, const AiolosValue *value, const char **text, size_t *size)
{
    VM *vm = inside(handle);
    Value v = value_in(value);
    ENTER(vm);
    if (!is_str(v))
        return raise_type(vm, "expected str, got %T", v), api_done(vm, false);
    *text = as_str(v)->data;
    if (size)
        *size = as_str(v)->size;
    return api_done(vm, true);
}

bool aiolos_get_bytes(AiolosVM *handle, const AiolosValue *value, const void **data, size_t *size)
{
    VM *vm = inside(handle);
    const char *bytes;
    ENTER(vm);
    bool ok = bytes_view_or_raise(vm, value_in(value), &bytes, size);
    if (ok)
        *data = bytes;
    return api_done(vm, ok);
}

bool aiolos_length(AiolosVM *handle, const AiolosValue *value, size_t *out)
{
    VM *vm = inside(handle);
    ENTER(vm);
    int64_t n = object_len(vm, value_in(value));
    if (n >= 0)
        *out = (size_t)n;
    return api_done(vm, n >= 0);
}

// ---- items and attributes

AiolosValue *aiolos_get_item(AiolosVM *handle, const AiolosValue *container, const AiolosValue *key)
{
    MAKE(object_getitem(vm, value_in(container), value_in(key)));
}

bool aiolos_set_item(AiolosVM *handle, AiolosValue *container, const AiolosValue *key, const AiolosValue *value)
{
    VM *vm = inside(handle);
    ENTER(vm);
    return api_done(vm, object_setitem(vm, value_in(container), value_in(key), value_in(value)));
}

AiolosValue *aiolos_get_attribute(AiolosVM *handle, const AiolosValue *object, const char *name)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *s = str_intern_text(vm, name, strlen(name));
    return api_result(vm, s ? object_getattr(vm, value_in(object), s) : VALUE_EMPTY);
}

bool aiolos_set_attribute(AiolosVM *handle, AiolosValue *object, const char *name, const AiolosValue *value)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *s = str_intern_text(vm, name, strlen(name));
    return api_done(vm, s && object_setattr(vm, value_in(object), s, value_in(value)));
}
