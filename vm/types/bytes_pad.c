// SPDX-License-Identifier: MIT
//
// Methods of bytes and bytearray that strip, pad and translate.

#include "bytes_internal.h"
#include "container.h"

// ---- strip

static Value strip(VM *vm, Value *args, int nargs, bool left, bool right)
{
    bool members[256] = {0};
    View set = {" \t\n\r\v\f", 6};
    if (nargs > 1 && !is_none(args[1]) && !bytes_view_or_raise(vm, args[1], &set.data, &set.size))
        return VALUE_EMPTY;
    for (size_t i = 0; i < set.size; i++)
        members[(unsigned char)set.data[i]] = true;
    View v = view_of(args[0]);
    size_t from = 0, to = v.size;
    while (left && from < to && members[(unsigned char)v.data[from]])
        from++;
    while (right && from < to && members[(unsigned char)v.data[to - 1]])
        to--;
    vm_charge_bytes(vm, 4 * (v.size - (to - from)));
    return bytes_like_part(vm, args[0], v, from, to);
}

Value bytes_strip_method(VM *vm, Value *args, int nargs) { return strip(vm, args, nargs, true, true); }
Value bytes_lstrip_method(VM *vm, Value *args, int nargs) { return strip(vm, args, nargs, true, false); }
Value bytes_rstrip_method(VM *vm, Value *args, int nargs) { return strip(vm, args, nargs, false, true); }

// ---- pad

static Value pad(VM *vm, Value self, int64_t left, int64_t right, char fill)
{
    View v = view_of(self);
    size_t size;
    if (left + right == 0)
        return bytes_like_part(vm, self, v, 0, v.size);
    if (!size_add((size_t)left + (size_t)right, v.size, &size))
        return raise_memory(vm);
    Value result = bytes_like_new(vm, self, NULL, size);
    if (result == VALUE_EMPTY)
        return result;
    char *out = bytes_like_data(result);
    v = view_of(self);
    memset(out, fill, (size_t)left);
    memcpy(out + left, v.data, v.size);
    memset(out + left + v.size, fill, (size_t)right);
    return result;
}

// How much fill is needed and which. -1: error.
static int64_t pad_arguments(VM *vm, Value *args, int nargs, const char *name, char *fill)
{
    int64_t width, size;
    if (!object_index_i64(vm, args[1], &width))
        return -1;
    *fill = ' ';
    if (nargs > 2) {
        View v = {NULL, 0};
        bool ok = (is_bytes(args[2]) || is_bytearray(args[2])) && bytes_view(args[2], &v.data, &v.size) && v.size == 1;
        if (!ok)
            return raise_type(vm, "%s() argument 2 must be a byte string of length 1, not %s", name,
                              argument_type_name(vm, args[2])),
                   -1;
        *fill = *v.data;
    }
    size = (int64_t)view_of(args[0]).size;
    return width > size ? width - size : 0;
}

Value bytes_ljust_method(VM *vm, Value *args, int nargs)
{
    char fill;
    int64_t n = pad_arguments(vm, args, nargs, "ljust", &fill);
    return n < 0 ? VALUE_EMPTY : pad(vm, args[0], 0, n, fill);
}

Value bytes_rjust_method(VM *vm, Value *args, int nargs)
{
    char fill;
    int64_t n = pad_arguments(vm, args, nargs, "rjust", &fill);
    return n < 0 ? VALUE_EMPTY : pad(vm, args[0], n, 0, fill);
}

Value bytes_center_method(VM *vm, Value *args, int nargs)
{
    char fill;
    int64_t n = pad_arguments(vm, args, nargs, "center", &fill);
    if (n < 0)
        return VALUE_EMPTY;
    int64_t left = n / 2 + (n & (n + (int64_t)view_of(args[0]).size) & 1);
    return pad(vm, args[0], left, n - left, fill);
}

Value bytes_zfill_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t width;
    if (!object_index_i64(vm, args[1], &width))
        return VALUE_EMPTY;
    View v = view_of(args[0]);
    int64_t n = width > (int64_t)v.size ? width - (int64_t)v.size : 0;
    bool signed_ = v.size && (*v.data == '+' || *v.data == '-');
    char sign = signed_ ? *v.data : 0;
    Value result = pad(vm, args[0], n, 0, '0');
    if (result != VALUE_EMPTY && n && sign) {
        bytes_like_data(result)[0] = sign;
        bytes_like_data(result)[n] = '0';
    }
    return result;
}

// Where the text would end with its tabs expanded; written to out when that is not NULL.
static bool expand_tabs(View v, int64_t width, char *out, size_t *size)
{
    size_t total = 0;
    int64_t column = 0;
    for (size_t i = 0; i < v.size; i++) {
        char c = v.data[i];
        size_t n = c != '\t' ? 1 : width > 0 ? (size_t)(width - column % width) : 0;
        if (out)
            memset(out + total, c == '\t' ? ' ' : c, n);
        column = c == '\n' || c == '\r' ? 0 : column + (int64_t)n;
        if (!size_add(total, n, &total))
            return false;
    }
    *size = total;
    return true;
}

Value bytes_expandtabs_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t width;
    size_t size;
    if (!object_index_i64(vm, args[1], &width))
        return VALUE_EMPTY;
    if (width > INT32_MAX || width < INT32_MIN)
        return raise_overflow(vm, width > 0 ? "signed integer is greater than maximum"
                                            : "signed integer is less than minimum");
    if (!expand_tabs(view_of(args[0]), width, NULL, &size))
        return raise_memory(vm);
    Value result = bytes_like_new(vm, args[0], NULL, size);
    if (result != VALUE_EMPTY && size)
        expand_tabs(view_of(args[0]), width, bytes_like_data(result), &size);
    return result;
}

// ---- translate

Value bytes_translate_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    bool gone[256] = {0};
    View table = {NULL, 0}, deleted = {NULL, 0};
    if (!is_none(args[1])) {
        if (!bytes_view_or_raise(vm, args[1], &table.data, &table.size))
            return VALUE_EMPTY;
        if (table.size != 256)
            return raise_value(vm, "translation table must be 256 characters long");
    }
    if (args[2] != VALUE_EMPTY && !bytes_view_or_raise(vm, args[2], &deleted.data, &deleted.size))
        return VALUE_EMPTY;
    for (size_t i = 0; i < deleted.size; i++)
        gone[(unsigned char)deleted.data[i]] = true;
    View v = view_of(args[0]);
    size_t kept = 0;
    for (size_t i = 0; i < v.size; i++)
        kept += !gone[(unsigned char)v.data[i]];
    Value result = bytes_like_new(vm, args[0], NULL, kept);
    if (result == VALUE_EMPTY || kept == 0)
        return result;
    char *out = bytes_like_data(result);
    for (size_t i = 0; i < v.size; i++)
        if (!gone[(unsigned char)v.data[i]])
            *out++ = table.data ? table.data[(unsigned char)v.data[i]] : v.data[i];
    return result;
}

Value bytes_maketrans_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    View from, to;
    if (!bytes_view_or_raise(vm, args[0], &from.data, &from.size) ||
        !bytes_view_or_raise(vm, args[1], &to.data, &to.size))
        return VALUE_EMPTY;
    if (from.size != to.size)
        return raise_value(vm, "maketrans arguments must have same length");
    char table[256];
    for (int i = 0; i < 256; i++)
        table[i] = (char)i;
    for (size_t i = 0; i < from.size; i++)
        table[(unsigned char)from.data[i]] = to.data[i];
    return bytes_new(vm, table, sizeof table);
}
