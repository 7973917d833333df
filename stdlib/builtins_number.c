// SPDX-License-Identifier: MIT
//
// Builtin functions of numbers, characters and identity.

#include "builtins_internal.h"

#include "vm/types/int_big.h"

BUILTIN(abs)
{
    (void)nargs;
    return unary_op(vm, UNARY_ABS, args[0]);
}

BUILTIN(divmod)
{
    (void)nargs;
    return binary_op(vm, BINARY_DIVMOD, args[0], args[1]);
}

BUILTIN(pow)
{
    (void)nargs;
    return object_pow(vm, args[0], args[1], args[2]);
}

BUILTIN(round)
{
    (void)nargs;
    Value f = type_special(vm, type_of(vm, args[0]), SPECIAL___round__);
    if (!f)
        return raise_type(vm, "type %N doesn't define __round__ method", type_of(vm, args[0]));
    return call_special(vm, args[0], SPECIAL___round__, args + 1, is_none(args[1]) ? 0 : 1);
}

BUILTIN(hash)
{
    (void)nargs;
    int64_t h;
    return object_hash(vm, args[0], &h) ? int_from_i64(vm, h) : VALUE_EMPTY;
}

BUILTIN(id)
{
    (void)nargs;
    return int_from_u64(vm, args[0]);
}

BUILTIN(chr)
{
    (void)nargs;
    int64_t cp;
    Value i = index_of(vm, args[0]);
    if (!i)
        return VALUE_EMPTY;
    if (!int_fits_i64(i, &cp) || cp != (int32_t)cp)
        return raise_overflow(vm, "Python int too large to convert to C int");
    if (cp < 0 || cp > 0x10FFFF)
        return raise_value(vm, "chr() arg not in range(0x110000)");
    return from_object(str_from_codepoint(vm, (uint32_t)cp));
}

BUILTIN(ord)
{
    (void)nargs;
    const char *data;
    size_t size;
    if (is_str(args[0])) {
        size = as_str(args[0])->length;
        if (size == 1)
            return from_small(str_codepoint_at(vm, as_str(args[0]), 0));
    } else if (is_bytes(args[0]) || has_kind(args[0], KIND_BYTEARRAY)) {
        bytes_view(args[0], &data, &size);
        if (size == 1)
            return from_small((unsigned char)data[0]);
    } else {
        return raise_type(vm, "ord() expected string of length 1, but %T found", args[0]);
    }
    return raise_type(vm, "ord() expected a character, but string of length %zu found", size);
}

// Digits with the prefix behind the sign: -0x1f.
static Value in_base(VM *vm, Value v, int base, char letter)
{
    Value i = index_of(vm, v);
    Str *digits = i ? int_to_str(vm, i, base) : NULL;
    if (!digits)
        return VALUE_EMPTY;
    bool negative = digits->data[0] == '-';
    Str *s = str_alloc(vm, (size_t)digits->size + 2, (size_t)digits->size + 2);
    if (!s)
        return VALUE_EMPTY;
    char *p = s->data;
    if (negative)
        *p++ = '-';
    *p++ = '0';
    *p++ = letter;
    memcpy(p, digits->data + negative, digits->size - negative);
    return from_object(s);
}

BUILTIN(bin)
{
    (void)nargs;
    return in_base(vm, args[0], 2, 'b');
}

BUILTIN(oct)
{
    (void)nargs;
    return in_base(vm, args[0], 8, 'o');
}

BUILTIN(hex)
{
    (void)nargs;
    return in_base(vm, args[0], 16, 'x');
}
