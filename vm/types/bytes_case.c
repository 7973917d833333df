// SPDX-License-Identifier: MIT
//
// Case and character classes of bytes and bytearray: ASCII only, other bytes have none.

#include "bytes_internal.h"

static inline bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
static inline bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
static inline bool is_alpha(unsigned char c) { return is_lower(c | 32); }
static inline bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static inline bool is_space(unsigned char c) { return c == ' ' || (c >= 9 && c <= 13); }

// ---- mapping

typedef enum Mapping { MAP_UPPER, MAP_LOWER, MAP_SWAP, MAP_CAPITALIZE, MAP_TITLE } Mapping;

static void map_words(char *out, View v, Mapping how)
{
    bool inside = false;
    for (size_t i = 0; i < v.size; i++) {
        unsigned char c = (unsigned char)v.data[i];
        if (is_alpha(c))
            c = inside ? c | 32 : c & ~32;
        inside = how == MAP_CAPITALIZE || is_alpha(c);
        out[i] = (char)c;
    }
}

static Value map_case(VM *vm, Value self, Mapping how)
{
    Value result = bytes_like_new(vm, self, NULL, view_of(self).size);
    if (result == VALUE_EMPTY)
        return result;
    View v = view_of(self);
    if (v.size == 0)
        return result;
    char *out = bytes_like_data(result);
    if (how == MAP_CAPITALIZE || how == MAP_TITLE) {
        map_words(out, v, how);
        return result;
    }
    bool down = how != MAP_UPPER, up = how != MAP_LOWER;
    for (size_t i = 0; i < v.size; i++) {
        unsigned char c = (unsigned char)v.data[i];
        unsigned char flip = (unsigned char)((((unsigned)(c - 'A') < 26) & down) | (((unsigned)(c - 'a') < 26) & up));
        out[i] = (char)(c ^ (flip << 5));
    }
    return result;
}

#define MAPPING(name, how) \
    Value name(VM *vm, Value *args, int nargs) \
    { \
        (void)nargs; \
        return map_case(vm, args[0], how); \
    }

MAPPING(bytes_upper_method, MAP_UPPER)
MAPPING(bytes_lower_method, MAP_LOWER)
MAPPING(bytes_swapcase_method, MAP_SWAP)
MAPPING(bytes_capitalize_method, MAP_CAPITALIZE)
MAPPING(bytes_title_method, MAP_TITLE)

// ---- predicates

#define PREDICATE(name, test) \
    Value name(VM *vm, Value *args, int nargs) \
    { \
        (void)nargs; \
        View v = view_of(args[0]); \
        vm_charge_bytes(vm, 4 * v.size); \
        for (size_t i = 0; i < v.size; i++) { \
            unsigned char c = (unsigned char)v.data[i]; \
            if (!(test)) \
                return VALUE_FALSE; \
        } \
        return from_bool(v.size != 0); \
    }

PREDICATE(bytes_isalnum_method, is_alpha(c) || is_digit(c))
PREDICATE(bytes_isalpha_method, is_alpha(c))
PREDICATE(bytes_isdigit_method, is_digit(c))
PREDICATE(bytes_isspace_method, is_space(c))

Value bytes_isascii_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    View v = view_of(args[0]);
    vm_charge_bytes(vm, 4 * v.size);
    for (size_t i = 0; i < v.size; i++)
        if ((unsigned char)v.data[i] >= 0x80)
            return VALUE_FALSE;
    return VALUE_TRUE;
}

static Value is_case(VM *vm, Value self, bool upper)
{
    bool any = false;
    View v = view_of(self);
    vm_charge_bytes(vm, 4 * v.size);
    for (size_t i = 0; i < v.size; i++) {
        unsigned char c = (unsigned char)v.data[i];
        if (upper ? is_lower(c) : is_upper(c))
            return VALUE_FALSE;
        any |= is_alpha(c);
    }
    return from_bool(any);
}

Value bytes_islower_method(VM *vm, Value *args, int nargs) { return (void)nargs, is_case(vm, args[0], false); }
Value bytes_isupper_method(VM *vm, Value *args, int nargs) { return (void)nargs, is_case(vm, args[0], true); }

Value bytes_istitle_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    View v = view_of(args[0]);
    vm_charge_bytes(vm, 4 * v.size);
    bool any = false, inside = false;
    for (size_t i = 0; i < v.size; i++) {
        unsigned char c = (unsigned char)v.data[i];
        if ((is_upper(c) && inside) || (is_lower(c) && !inside))
            return VALUE_FALSE;
        inside = is_alpha(c);
        any |= inside;
    }
    return from_bool(any);
}
