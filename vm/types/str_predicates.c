// SPDX-License-Identifier: MIT
//
// str methods that ask whether all characters are of a kind.

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "str_internal.h"

static inline uint32_t next(const char **p)
{
    return likely((signed char)**p >= 0) ? (unsigned char)*(*p)++ : utf8_next(p);
}

static Value all_have(VM *vm, const Str *s, unsigned flags)
{
    vm_charge_bytes(vm, 8 * s->size);
    const char *p = s->data, *end = p + s->size;
    if (p == end)
        return VALUE_FALSE;
    while (p < end)
        if (!unicode_has(next(&p), flags))
            return VALUE_FALSE;
    return VALUE_TRUE;
}

#define PREDICATE(name, flags) \
    Value name(VM *vm, Value *args, int nargs) \
    { \
        (void)nargs; \
        return all_have(vm, as_str(args[0]), flags); \
    }

PREDICATE(str_isalnum_method, UNICODE_ALPHA | UNICODE_DECIMAL | UNICODE_DIGIT | UNICODE_NUMERIC)
PREDICATE(str_isalpha_method, UNICODE_ALPHA)
PREDICATE(str_isdecimal_method, UNICODE_DECIMAL)
PREDICATE(str_isdigit_method, UNICODE_DIGIT)
PREDICATE(str_isnumeric_method, UNICODE_NUMERIC)
PREDICATE(str_isspace_method, UNICODE_SPACE)

Value str_isprintable_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const Str *s = as_str(args[0]);
    return s->size == 0 ? VALUE_TRUE : all_have(vm, s, UNICODE_PRINTABLE);
}

Value str_isascii_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return from_bool(str_is_ascii(as_str(args[0])));
}

Value str_isidentifier_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const Str *s = as_str(args[0]);
    vm_charge_bytes(vm, 8 * s->size);
    const char *p = s->data, *end = p + s->size;
    if (p == end || !unicode_is_xid_start(next(&p)))
        return VALUE_FALSE;
    while (p < end)
        if (!unicode_is_xid_continue(next(&p)))
            return VALUE_FALSE;
    return VALUE_TRUE;
}

// No letter of the wrong case and at least one of the right one.
static Value is_case(const Str *s, unsigned right, unsigned wrong)
{
    bool any = false;
    for (const char *p = s->data, *end = p + s->size; p < end;) {
        unsigned flags = unicode_properties(next(&p))->flags;
        if (flags & wrong)
            return VALUE_FALSE;
        any |= (flags & right) != 0;
    }
    return from_bool(any);
}

Value str_islower_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return is_case(as_str(args[0]), UNICODE_LOWER, UNICODE_UPPER | UNICODE_TITLE);
}

Value str_isupper_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return is_case(as_str(args[0]), UNICODE_UPPER, UNICODE_LOWER | UNICODE_TITLE);
}

Value str_istitle_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    const Str *s = as_str(args[0]);
    bool any = false, inside = false;
    for (const char *p = s->data, *end = p + s->size; p < end;) {
        unsigned flags = unicode_properties(next(&p))->flags;
        bool capital = flags & (UNICODE_UPPER | UNICODE_TITLE), small = flags & UNICODE_LOWER;
        if ((capital && inside) || (small && !inside && !capital))
            return VALUE_FALSE;
        inside = capital || small;
        any |= inside;
    }
    return from_bool(any);
}
