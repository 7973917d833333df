// SPDX-License-Identifier: MIT
//
// The module binascii: bytes as text and back, in base 64, in hexadecimal digits and quoted-printable, and checksums.

#include "vm/types/container.h"

static bool data_of(VM *vm, Value v, const char **data, size_t *size)
{
    if (is_str(v)) {
        if (!str_is_ascii(as_str(v)))
            return raise_value(vm, "string argument should contain only ASCII characters"), false;
        *data = as_str(v)->data;
        *size = as_str(v)->size;
        return true;
    }
    if (bytes_view(v, data, size))
        return true;
    raise_type(vm, "argument should be bytes, buffer or ASCII string, not '%T'", v);
    return false;
}

static Value fail(VM *vm, const char *name, Str *text)
{
    Str *module = str_from(vm, "binascii"), *key = str_from(vm, name);
    Value binascii = module && key ? dict_get_str(vm, vm->modules, module) : VALUE_EMPTY;
    Value class = binascii ? object_getattr(vm, binascii, key) : VALUE_EMPTY;
    Value e = class && text ? call1(vm, class, from_object(text)) : VALUE_EMPTY;
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

// ---- base 64

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static Value b2a_base64(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    if (!bytes_view_or_raise(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    int newline = object_truth(vm, args[1]);
    if (newline < 0 || !bytes_view_or_raise(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    Value out = bytes_new(vm, NULL, (size + 2) / 3 * 4 + (size_t)newline);
    if (!out || !bytes_view(args[0], &data, &size))
        return VALUE_EMPTY;
    char *p = as_bytes(out)->data;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t bits = (uint32_t)(unsigned char)data[i] << 16;
        bits |= i + 1 < size ? (uint32_t)(unsigned char)data[i + 1] << 8 : 0;
        bits |= i + 2 < size ? (unsigned char)data[i + 2] : 0;
        *p++ = base64_digits[bits >> 18];
        *p++ = base64_digits[bits >> 12 & 63];
        *p++ = i + 1 < size ? base64_digits[bits >> 6 & 63] : '=';
        *p++ = i + 2 < size ? base64_digits[bits & 63] : '=';
    }
    if (newline)
        *p = '\n';
    return out;
}

static int base64_value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static Value bad_base64(VM *vm, const char *text) { return fail(vm, "Error", str_from(vm, text)); }

// The digits of data into out; returns how many bytes, SIZE_MAX: error. `strict`: nothing else may stand there.
static size_t decode_base64(VM *vm, const char *data, size_t size, bool strict, char *out)
{
    size_t digits = 0, n = 0, pads = 0;
    uint32_t bits = 0;
    if (strict && size && data[0] == '=')
        return bad_base64(vm, "Leading padding not allowed"), SIZE_MAX;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == '=') {
            pads++;
            if (digits % 4 >= 2 && digits % 4 + pads >= 4) {
                if (strict && i + 1 < size)
                    return bad_base64(vm, "Excess data after padding"), SIZE_MAX;
                return n;
            }
            continue;
        }
        int v = base64_value(c);
        if (v < 0) {
            if (strict)
                return bad_base64(vm, "Only base64 data is allowed"), SIZE_MAX;
            continue;
        }
        if (strict && pads)
            return bad_base64(vm, "Discontinuous padding not allowed"), SIZE_MAX;
        pads = 0;
        bits = bits << 6 | (uint32_t)v;
        static const uint8_t shifts[] = {0, 0, 4, 2}; // of the byte that is complete behind digit 0 to 3 of four
        if (++digits % 4 != 1)
            out[n++] = (char)(bits >> shifts[digits % 4]);
    }
    if (digits % 4 == 0)
        return n;
    if (digits % 4 == 1)
        fail(vm, "Error", str_format(vm, "Invalid base64-encoded string: number of data characters (%zu) cannot be "
                                     "1 more than a multiple of 4", digits));
    else
        bad_base64(vm, "Incorrect padding");
    return SIZE_MAX;
}

static Value a2b_base64(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    int strict = object_truth(vm, args[1]);
    if (strict < 0 || !data_of(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    char *out = gc_buffer(vm, size + 1);
    if (!out || !data_of(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    size_t n = decode_base64(vm, data, size, strict, out);
    return n == SIZE_MAX ? VALUE_EMPTY : bytes_new(vm, out, n);
}

// ---- hexadecimal

static Value hexlify(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *name = str_from(vm, "hex");
    const char *data;
    size_t size;
    if (!name || !bytes_view_or_raise(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    Value copy = bytes_new(vm, data, size);
    Value more[2] = {args[1], args[2]};
    Value text = copy ? call_method(vm, copy, name, more, args[1] ? 2 : 0) : VALUE_EMPTY;
    return text ? bytes_new(vm, as_str(text)->data, as_str(text)->size) : VALUE_EMPTY;
}

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static Value unhexlify(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    if (!data_of(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    if (size % 2)
        return bad_base64(vm, "Odd-length string");
    Value out = bytes_new(vm, NULL, size / 2);
    if (!out || !data_of(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    for (size_t i = 0; i < size / 2; i++) {
        int high = hex_value((unsigned char)data[2 * i]), low = hex_value((unsigned char)data[2 * i + 1]);
        if (high < 0 || low < 0)
            return bad_base64(vm, "Non-hexadecimal digit found");
        as_bytes(out)->data[i] = (char)(high << 4 | low);
    }
    return out;
}

// ---- checksums

static uint32_t crc32_of(uint32_t crc, const char *data, size_t size)
{
    uint32_t table[16];
    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (int bit = 0; bit < 4; bit++)
            table[i] = table[i] & 1 ? table[i] >> 1 ^ 0xEDB88320u : table[i] >> 1;
    }
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= (unsigned char)data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static Value crc32(VM *vm, Value *args, int nargs)
{
    const char *data;
    size_t size;
    Value seed = nargs > 1 ? index_value(vm, args[1]) : INT_ZERO;
    Value low = seed ? binary_op(vm, BINARY_AND, seed, from_small(0xFFFFFFFF)) : VALUE_EMPTY;
    if (!low || !bytes_view_or_raise(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    return from_small(crc32_of((uint32_t)as_small(low), data, size));
}

static Value crc_hqx(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    Value seed = index_value(vm, args[1]);
    Value low = seed ? binary_op(vm, BINARY_AND, seed, from_small(0xFFFF)) : VALUE_EMPTY;
    if (!low || !bytes_view_or_raise(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    uint32_t crc = (uint32_t)as_small(low);
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint32_t)(unsigned char)data[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
        crc &= 0xFFFF;
    }
    return from_small(crc);
}

static const NativeDef functions[] = {
    {"b2a_base64(data, /, *, newline=True)", b2a_base64, "Base64-code line of data.", 0, 0, 0},
    {"a2b_base64(data, /, *, strict_mode=False)", a2b_base64, "Decode a line of base64 data.", 0, 0, 0},
    {"b2a_hex(data, sep=<unset>, bytes_per_sep=1)", hexlify, "Hexadecimal representation of binary data.", 0, 0, 0},
    {"hexlify(data, sep=<unset>, bytes_per_sep=1)", hexlify, "Hexadecimal representation of binary data.", 0, 0, 0},
    {"a2b_hex(hexstr, /)", unhexlify, "Binary data of hexadecimal representation.", NATIVE_RAW, 1, 1},
    {"unhexlify(hexstr, /)", unhexlify, "Binary data of hexadecimal representation.", NATIVE_RAW, 1, 1},
    {"crc32(data, crc=0, /)", crc32, "Compute CRC-32 incrementally.", NATIVE_RAW, 1, 2},
    {"crc_hqx(data, crc, /)", crc_hqx, "Compute CRC-CCITT incrementally.", NATIVE_RAW, 2, 2},
    {0},
};

static bool init(VM *vm, Module *module)
{
    static const struct { const char *name; ExcId base; } classes[] = {
        {"Error", EXC_ValueError}, {"Incomplete", EXC_Exception}};
    for (int i = 0; i < 2; i++) {
        Str *name = str_from(vm, classes[i].name);
        Value bases = tuple_pack(vm, 1, from_object(vm->exc[classes[i].base]));
        Dict *d = dict_new(vm, 1);
        if (!name || !bases || !d || !dict_set_text(vm, d, "__module__", from_object(str_from(vm, "binascii"))))
            return false;
        Value class = call3(vm, from_object(vm->types[KIND_TYPE]), from_object(name), bases, from_object(d));
        if (!class || !module_set(vm, module, classes[i].name, class))
            return false;
    }
    return true;
}

const ModuleDef binascii_module = {
    .name = "binascii",
    .doc = "Conversion between binary data and ASCII",
    .functions = functions,
    .init = init,
};
