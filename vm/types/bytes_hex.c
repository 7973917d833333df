// SPDX-License-Identifier: MIT
//
// bytes as hexadecimal digits and back; decode().

#include "bytes_internal.h"
#include "container.h"

// The separator of hex(): one ASCII character as str or bytes. 0: none, -1: error.
static int separator_of(VM *vm, Value v)
{
    View text;
    if (v == VALUE_EMPTY)
        return 0;
    if (is_str(v)) {
        if (as_str(v)->length != 1)
            return raise_value(vm, "sep must be length 1."), -1;
        text = (View){as_str(v)->data, 1};
    } else if (bytes_view(v, &text.data, &text.size)) {
        if (text.size != 1)
            return raise_value(vm, "sep must be length 1."), -1;
    } else {
        int64_t length = object_len(vm, v);
        if (length >= 0)
            raise_type(vm, "sep must be str or bytes.");
        return -1;
    }
    if ((unsigned char)*text.data >= 0x80)
        return raise_value(vm, "sep must be ASCII."), -1;
    return (unsigned char)*text.data + 1;
}

// Digits; a separator goes after every `group` bytes counted from the end (group > 0) or from the start (group < 0).
static void write_hex(char *out, View v, char separator, int64_t group)
{
    static const char digits[] = "0123456789abcdef";
    size_t size = group < 0 ? (size_t)-group : (size_t)group;
    size_t until = !size ? SIZE_MAX : group < 0 ? size : (v.size - 1) % size + 1;
    for (size_t i = 0; i < v.size; i++, until--) {
        if (until == 0) {
            *out++ = separator;
            until = size;
        }
        *out++ = digits[(unsigned char)v.data[i] >> 4];
        *out++ = digits[(unsigned char)v.data[i] & 15];
    }
}

Value hex_of(VM *vm, const char *data, size_t size, Value separator, Value group)
{
    int64_t per = 1;
    if (!object_index_i64(vm, group, &per))
        return VALUE_EMPTY;
    if (per > INT32_MAX || per < INT32_MIN)
        return raise_overflow(vm, "Python int too large to convert to C int");
    int mark = separator_of(vm, separator);
    if (mark < 0)
        return VALUE_EMPTY;
    if (mark == 0)
        per = 0;
    if (size == 0)
        return from_object(vm->empty_str);
    if (size > STR_MAX_SIZE / 3)
        return raise_memory(vm);
    size_t step = per < 0 ? (size_t)-per : (size_t)per, length = size * 2 + (step ? (size - 1) / step : 0);
    Str *s = str_alloc(vm, length, length);
    if (s)
        write_hex(s->data, (View){data, size}, (char)(mark - 1), per);
    return from_object(s);
}

Value bytes_hex_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t per;
    if (!object_index_i64(vm, args[2], &per)) // before the bytes are looked at
        return VALUE_EMPTY;
    View v = view_of(args[0]);
    return hex_of(vm, v.data, v.size, args[1], from_small(per));
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Writes the bytes to out, which has room for half the text. Returns how many; -1: bad digit at *bad.
static int64_t read_hex(const Str *s, char *out, size_t *bad)
{
    int64_t count = 0;
    const char *p = s->data, *end = p + s->size;
    while (p < end) {
        if (*p == ' ' || (*p >= 9 && *p <= 13)) {
            p++;
            continue;
        }
        for (int i = 0; i < 2; i++)
            if (p + i == end || digit_value(p[i]) < 0)
                return *bad = (size_t)(p + i - s->data), -1;
        out[count++] = (char)(digit_value(p[0]) << 4 | digit_value(p[1]));
        p += 2;
    }
    return count;
}

Value bytes_fromhex_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[1]))
        return raise_type(vm, "fromhex() argument must be str, not %s", argument_type_name(vm, args[1]));
    Str *s = as_str(args[1]);
    size_t bad = 0;
    char local[256], *buffer = s->size / 2 < sizeof local ? local : gc_buffer(vm, s->size / 2 + 1);
    if (!buffer)
        return VALUE_EMPTY;
    int64_t count = read_hex(s, buffer, &bad);
    if (count < 0)
        return raise_value(vm, "non-hexadecimal number found in fromhex() arg at position %lld",
                           (long long)str_index_of_offset(vm, s, bad));
    Type *cls = (Type *)as_object(args[0]);
    if (cls == vm->types[KIND_BYTEARRAY])
        return bytearray_new(vm, buffer, (size_t)count);
    Value made = bytes_new(vm, buffer, (size_t)count);
    return made == VALUE_EMPTY || cls == vm->types[KIND_BYTES] ? made : call1(vm, args[0], made);
}

Value bytes_decode_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *encoding, *errors;
    if (!bytes_text_argument(vm, "decode", "encoding", args[1], &encoding) ||
        !bytes_text_argument(vm, "decode", "errors", args[2], &errors))
        return VALUE_EMPTY;
    View v = view_of(args[0]);
    Value text = str_decode(vm, v.data, v.size, encoding, errors);
    keep_alive(args);
    return text;
}
