// SPDX-License-Identifier: MIT
//
// str methods that strip and pad.

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "str_internal.h"

// ---- strip

typedef struct StripSet {
    const Str *chars; // NULL: white space
    uint64_t ascii[2]; // members below 0x80
} StripSet;

static void set_init(StripSet *set, const Str *chars)
{
    *set = (StripSet){.chars = chars};
    if (chars) {
        for (uint32_t i = 0; i < chars->size; i++) {
            unsigned char c = (unsigned char)chars->data[i];
            if (c < 0x80)
                set->ascii[c >> 6] |= (uint64_t)1 << (c & 63);
        }
        return;
    }
    set->ascii[0] = BYTE_SPACES;
}

static bool set_has(const StripSet *set, uint32_t cp)
{
    if (cp < 0x80)
        return set->ascii[cp >> 6] >> (cp & 63) & 1;
    if (!set->chars)
        return unicode_is_space(cp);
    char text[4];
    size_t width = (size_t)utf8_encode(cp, text);
    return text_find(set->chars->data, set->chars->size, text, width) != TEXT_ABSENT;
}

static Value strip(VM *vm, Value *args, int nargs, const char *name, bool left, bool right)
{
    StripSet set;
    if (nargs > 1 && !is_none(args[1]) && !is_str(args[1]))
        return raise_type(vm, "%s arg must be None or str", name);
    Str *s = as_str(args[0]);
    set_init(&set, nargs > 1 && is_str(args[1]) ? as_str(args[1]) : NULL);
    const char *start = s->data, *end = start + s->size;
    while (left && start < end) {
        const char *p = start;
        if (!set_has(&set, utf8_next(&p)))
            break;
        start = p;
    }
    while (right && start < end) {
        const char *p = end;
        if (!set_has(&set, utf8_previous(&p)))
            break;
        end = p;
    }
    vm_charge_bytes(vm, 8 * (s->size - (size_t)(end - start)));
    return str_result(str_cut(vm, s, (size_t)(start - s->data), (size_t)(end - s->data)));
}

Value str_strip_method(VM *vm, Value *args, int nargs) { return strip(vm, args, nargs, "strip", true, true); }
Value str_lstrip_method(VM *vm, Value *args, int nargs) { return strip(vm, args, nargs, "lstrip", true, false); }
Value str_rstrip_method(VM *vm, Value *args, int nargs) { return strip(vm, args, nargs, "rstrip", false, true); }

// ---- pad

static Value pad(VM *vm, Str *s, int64_t left, int64_t right, uint32_t fill)
{
    if (left <= 0 && right <= 0)
        return str_result(str_exact(vm, s));
    char text[4];
    size_t width = (size_t)utf8_encode(fill, text), extra, size;
    size_t count = (size_t)left + (size_t)right;
    if (!size_mul(count, width, &extra) || !size_add(extra, s->size, &size) || size > STR_MAX_SIZE)
        return raise_memory(vm);
    Str *r = str_alloc(vm, size, count + s->length);
    if (!r || !text_repeat(vm, r->data, text, width, (size_t)left))
        return VALUE_EMPTY;
    char *out = r->data + (size_t)left * width;
    memcpy(out, s->data, s->size);
    return text_repeat(vm, out + s->size, text, width, (size_t)right) ? from_object(r) : VALUE_EMPTY;
}

// How many fill characters are needed, and which. -1: error.
static int64_t pad_arguments(VM *vm, Value *args, int nargs, uint32_t *fill)
{
    int64_t width;
    if (!object_index_i64(vm, args[1], &width))
        return -1;
    *fill = ' ';
    if (nargs > 2) {
        if (!is_str(args[2]))
            return raise_type(vm, "The fill character must be a unicode character, not %T", args[2]), -1;
        if (as_str(args[2])->length != 1)
            return raise_type(vm, "The fill character must be exactly one character long"), -1;
        *fill = str_codepoint_at(vm, as_str(args[2]), 0);
    }
    return width > as_str(args[0])->length ? width - as_str(args[0])->length : 0;
}

Value str_ljust_method(VM *vm, Value *args, int nargs)
{
    uint32_t fill;
    int64_t n = pad_arguments(vm, args, nargs, &fill);
    return n < 0 ? VALUE_EMPTY : pad(vm, as_str(args[0]), 0, n, fill);
}

Value str_rjust_method(VM *vm, Value *args, int nargs)
{
    uint32_t fill;
    int64_t n = pad_arguments(vm, args, nargs, &fill);
    return n < 0 ? VALUE_EMPTY : pad(vm, as_str(args[0]), n, 0, fill);
}

// The odd fill character goes left when the width is odd, too.
Value str_center_method(VM *vm, Value *args, int nargs)
{
    uint32_t fill;
    int64_t n = pad_arguments(vm, args, nargs, &fill);
    if (n < 0)
        return VALUE_EMPTY;
    int64_t left = n / 2 + (n & (n + as_str(args[0])->length) & 1);
    return pad(vm, as_str(args[0]), left, n - left, fill);
}

Value str_zfill_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t width;
    if (!object_index_i64(vm, args[1], &width))
        return VALUE_EMPTY;
    Str *s = as_str(args[0]);
    int64_t n = width - s->length;
    Value padded = pad(vm, s, n > 0 ? n : 0, 0, '0');
    if (padded == VALUE_EMPTY || n <= 0 || (s->data[0] != '+' && s->data[0] != '-'))
        return padded;
    Str *r = as_str(padded); // fresh, so it may be changed
    r->data[0] = s->data[0];
    r->data[n] = '0';
    return padded;
}

Value str_expandtabs_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t width;
    if (!object_index_i64(vm, args[1], &width))
        return VALUE_EMPTY;
    if (width > INT32_MAX || width < INT32_MIN)
        return raise_overflow(vm, width > 0 ? "signed integer is greater than maximum"
                                            : "signed integer is less than minimum");
    Str *s = as_str(args[0]);
    StrBuilder b;
    builder_init(&b, vm);
    int64_t column = 0;
    for (const char *p = s->data, *end = p + s->size; p < end && !b.failed;) {
        if (!vm_tick(vm))
            return VALUE_EMPTY;
        uint32_t cp = utf8_next(&p);
        if (cp == '\t') {
            int64_t n = width > 0 ? width - column % width : 0;
            builder_repeat(&b, ' ', (size_t)n);
            column += n;
            continue;
        }
        column = cp == '\n' || cp == '\r' ? 0 : column + 1;
        builder_add_codepoint(&b, cp);
    }
    return str_result(builder_finish(&b));
}
