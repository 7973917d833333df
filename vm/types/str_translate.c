// SPDX-License-Identifier: MIT
//
// str.translate and str.maketrans.

#include "lexer/utf8.h"
#include "str_internal.h"
#include "vm/types/container.h"

// What the table says about cp: a str, an int, None, or VALUE_ELLIPSIS when it says nothing. VALUE_EMPTY: error.
static Value look_up(VM *vm, Value table, uint32_t cp)
{
    Value v;
    if (is_exact(vm, table, KIND_DICT)) {
        v = dict_get(vm, as_dict(table), from_small(cp));
        return v == VALUE_EMPTY && !vm->error ? VALUE_ELLIPSIS : v;
    }
    v = object_getitem(vm, table, from_small(cp));
    if (v == VALUE_EMPTY && error_is(vm, EXC_LookupError)) {
        error_clear(vm);
        return VALUE_ELLIPSIS;
    }
    return v;
}

static bool add_mapped(VM *vm, StrBuilder *b, uint32_t cp, Value v)
{
    int64_t to;
    if (v == VALUE_ELLIPSIS)
        return builder_add_codepoint(b, cp);
    if (is_none(v))
        return true;
    if (is_str(v))
        return builder_add_str(b, as_str(v));
    if (!is_int_like(v)) {
        raise_type(vm, "character mapping must return integer, None or str");
        return false;
    }
    if (!int_fits_i64(v, &to) || to < 0 || to > 0x10FFFF) {
        raise_value(vm, "character mapping must be in range(0x110000)");
        return false;
    }
    return builder_add_codepoint(b, (uint32_t)to);
}

Value str_translate_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *s = as_str(args[0]);
    Value table = args[1], known[128] = {0}; // answers of an exact dict for ASCII
    bool stable = is_exact(vm, table, KIND_DICT);
    StrBuilder b;
    builder_init(&b, vm);
    builder_reserve(&b, s->size);
    size_t steps = 0;
    for (const char *p = s->data, *end = p + s->size; p < end;) {
        uint32_t cp = utf8_next(&p);
        Value v = stable && cp < 128 ? known[cp] : VALUE_EMPTY;
        if (v == VALUE_EMPTY) {
            v = look_up(vm, table, cp);
            if (v == VALUE_EMPTY)
                return VALUE_EMPTY;
            if (stable && cp < 128)
                known[cp] = v;
        }
        if (!add_mapped(vm, &b, cp, v))
            return VALUE_EMPTY;
        if (++steps % 4096 == 0) {
            if (!vm_tick(vm))
                return VALUE_EMPTY;
            memset(known, 0, sizeof known); // the tick may have run a script
        }
    }
    return str_result(builder_finish(&b));
}

static Value map_pairs(VM *vm, Dict *d, Str *from, Str *to)
{
    if (from->length != to->length)
        return raise_value(vm, "the first two maketrans arguments must have equal length");
    const char *p = from->data, *q = to->data, *end = p + from->size;
    while (p < end) {
        Value key = from_small(utf8_next(&p)), value = from_small(utf8_next(&q));
        if (!dict_set(vm, d, key, value))
            return VALUE_EMPTY;
    }
    return from_object(d);
}

static Value map_deleted(VM *vm, Dict *d, Str *gone)
{
    for (const char *p = gone->data, *end = p + gone->size; p < end;)
        if (!dict_set(vm, d, from_small(utf8_next(&p)), VALUE_NONE))
            return VALUE_EMPTY;
    return from_object(d);
}

static Value map_dict(VM *vm, Dict *d, Value source)
{
    if (!is_exact(vm, source, KIND_DICT))
        return raise_type(vm, "if you give only one argument to maketrans it must be a dict");
    uint32_t position = 0;
    Value key, value;
    while (dict_next(as_dict(source), &position, &key, &value)) {
        if (is_str(key)) {
            if (as_str(key)->length != 1)
                return raise_value(vm, "string keys in translate table must be of length 1");
            key = from_small(str_codepoint_at(vm, as_str(key), 0));
        } else if (!is_int_like(key)) {
            return raise_type(vm, "keys in translate table must be strings or integers");
        }
        if (!dict_set(vm, d, key, value))
            return VALUE_EMPTY;
    }
    return from_object(d);
}

Value str_maketrans_method(VM *vm, Value *args, int nargs)
{
    Dict *d = dict_new(vm, 0);
    if (!d)
        return VALUE_EMPTY;
    if (nargs == 1)
        return map_dict(vm, d, args[0]);
    if (!is_str(args[0]))
        return raise_type(vm, "first maketrans argument must be a string if there is a second argument");
    for (int i = 1; i < nargs; i++)
        if (!is_str(args[i]))
            return raise_type(vm, "maketrans() argument %d must be str, not %s", i + 1,
                              argument_type_name(vm, args[i]));
    Value result = map_pairs(vm, d, as_str(args[0]), as_str(args[1]));
    return result == VALUE_EMPTY || nargs < 3 ? result : map_deleted(vm, d, as_str(args[2]));
}
