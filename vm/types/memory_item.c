// SPDX-License-Identifier: MIT
//
// Elements of a memoryview: the native one-letter formats of struct.

#include "memory_item.h"

#include "container.h"

uint32_t memory_item_size(char format)
{
    switch (format) {
    case 'B': case 'b': case 'c': case '?': return 1;
    case 'h': case 'H': return sizeof(short);
    case 'i': case 'I': return sizeof(int);
    case 'l': case 'L': return sizeof(long);
    case 'q': case 'Q': return sizeof(long long);
    case 'n': case 'N': case 'P': return sizeof(size_t);
    case 'f': return sizeof(float);
    case 'd': return sizeof(double);
    default: return 0;
    }
}

// The integer formats: signedness.
static bool is_signed(char format) { return strchr("bhilqn", format) != NULL; }

static uint64_t load(const char *p, uint32_t size, bool extend)
{
    switch (size) {
    case 1: return extend ? (uint64_t)(int64_t) * (const signed char *)p : *(const unsigned char *)p;
    case 2: {
        uint16_t v;
        memcpy(&v, p, sizeof v);
        return extend ? (uint64_t)(int64_t)(int16_t)v : v;
    }
    case 4: {
        uint32_t v;
        memcpy(&v, p, sizeof v);
        return extend ? (uint64_t)(int64_t)(int32_t)v : v;
    }
    default: {
        uint64_t v;
        memcpy(&v, p, sizeof v);
        return v;
    }
    }
}

Value memory_unpack(VM *vm, char format, const char *p)
{
    switch (format) {
    case 'B': return from_small((unsigned char)*p);
    case 'c': return bytes_new(vm, p, 1);
    case '?': return from_bool(*p != 0);
    case 'f': {
        float x;
        memcpy(&x, p, sizeof x);
        return from_double(x);
    }
    case 'd': {
        double x;
        memcpy(&x, p, sizeof x);
        return from_double(x);
    }
    default: {
        uint64_t v = load(p, memory_item_size(format), is_signed(format));
        return is_signed(format) ? int_from_i64(vm, (int64_t)v) : int_from_u64(vm, v);
    }
    }
}

static bool wrong_type(VM *vm, char format)
{
    return raise_type(vm, "memoryview: invalid type for format '%c'", format), false;
}
static bool wrong_value(VM *vm, char format)
{
    return raise_value(vm, "memoryview: invalid value for format '%c'", format), false;
}

static bool pack_integer(VM *vm, char format, Value v, char out[8])
{
    uint32_t size = memory_item_size(format);
    uint64_t bits;
    int64_t i;
    if (!has_index(vm, v))
        return wrong_type(vm, format);
    if ((v = index_value(vm, v)) == VALUE_EMPTY)
        return false;
    if (int_fits_i64(v, &i)) {
        int64_t high = size == 8           ? INT64_MAX
                       : is_signed(format) ? ((int64_t)1 << (8 * size - 1)) - 1
                                           : ((int64_t)1 << 8 * size) - 1;
        int64_t low = !is_signed(format) ? 0 : size == 8 ? INT64_MIN : -high - 1;
        if (i < low || i > high)
            return wrong_value(vm, format);
        bits = (uint64_t)i;
    } else { // only the upper half of unsigned 64 bits is left
        Value half = int_from_u64(vm, UINT64_MAX);
        if (half == VALUE_EMPTY)
            return false;
        if (is_signed(format) || size < 8 || int_sign(v) < 0 || int_compare(v, half) > 0)
            return wrong_value(vm, format);
        Value low = int_sub(vm, v, int_from_u64(vm, (uint64_t)1 << 63));
        if (low == VALUE_EMPTY || !int_fits_i64(low, &i))
            return wrong_value(vm, format);
        bits = (uint64_t)i | (uint64_t)1 << 63;
    }
    switch (size) {
    case 1: *(uint8_t *)out = (uint8_t)bits; break;
    case 2: memcpy(out, &(uint16_t){(uint16_t)bits}, 2); break;
    case 4: memcpy(out, &(uint32_t){(uint32_t)bits}, 4); break;
    default: memcpy(out, &bits, 8);
    }
    return true;
}

static bool pack_float(VM *vm, char format, Value v, char out[8])
{
    double x;
    if (!object_as_double(vm, v, &x)) {
        if (!error_is(vm, EXC_TypeError))
            return false;
        error_clear(vm);
        return wrong_type(vm, format);
    }
    if (format == 'd')
        memcpy(out, &x, sizeof x);
    else
        memcpy(out, &(float){(float)x}, sizeof(float));
    return true;
}

bool memory_pack(VM *vm, char format, Value v, char out[8])
{
    if (format == 'f' || format == 'd')
        return pack_float(vm, format, v, out);
    if (format == '?') {
        int truth = object_truth(vm, v);
        out[0] = truth > 0;
        return truth >= 0;
    }
    if (format == 'c') {
        if (!is_bytes(v))
            return wrong_type(vm, format);
        if (as_bytes(v)->size != 1)
            return wrong_value(vm, format);
        out[0] = as_bytes(v)->data[0];
        return true;
    }
    return pack_integer(vm, format, v, out);
}
