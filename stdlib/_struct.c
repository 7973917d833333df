// SPDX-License-Identifier: MIT
//
// The module _struct: packing values into bytes by a format. A format is parsed once, into a list of items; the
// functions of the module keep the formats used last. Item offsets are worked out while parsing, so packing is one
// walk.

#include "roots.h"
#include "vm/types/container.h"
#include "vm/types/int_big.h"

#define KEPT_FORMATS 128

typedef struct Item {
    uint32_t size;   // bytes of one value; of all of them for 's' and 'p'
    char code;
    int64_t count;   // values
    int64_t offset;
} Item;

typedef struct Struct {
    Object base;
    Str *format;
    Item *items;     // GC buffer
    size_t item_count, item_capacity;
    int64_t size, values;
    bool big, native;
    Value attributes;
} Struct;

typedef struct Unpacker {
    Object base;
    Struct *format;
    Value source;
    int64_t offset;
} Unpacker;

static const TypeDef struct_def, unpacker_def;
static Struct *as_struct(Value v) { return (Struct *)as_object(v); }

static Value fail(VM *vm, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str *text = str_vformat(vm, format, args);
    va_end(args);
    Value e = text ? call1(vm, vm->roots[ROOT_STRUCT_ERROR], from_object(text)) : VALUE_EMPTY;
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

// ---- formats

// Size and alignment of a code, 0: there is no such code.
static uint32_t size_of_code(char code, bool native)
{
    switch (code) {
    case 'x': case 'c': case 'b': case 'B': case '?': case 's': case 'p': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': return native ? 8 : 4;
    case 'q': case 'Q': case 'd': return 8;
    case 'n': case 'N': case 'P': return native ? 8 : 0;
    }
    return 0;
}

static bool add_item(VM *vm, Struct *s, Item item)
{
    if (s->item_count == s->item_capacity) {
        size_t capacity = s->item_capacity ? s->item_capacity * 2 : 8;
        Item *more = gc_buffer_resize(vm, s->items, s->item_capacity * sizeof item, capacity * sizeof item);
        if (!more)
            return false;
        s->items = more;
        s->item_capacity = capacity;
        gc_barrier(vm, s);
    }
    s->items[s->item_count++] = item;
    return true;
}

static bool too_long(VM *vm) { return fail(vm, "total struct size too long"), false; }

static bool parse_item(VM *vm, Struct *s, char code, int64_t count)
{
    uint32_t size = size_of_code(code, s->native);
    int64_t bytes;
    if (!size)
        return fail(vm, "bad char in struct format"), false;
    if (s->native && size > 1)
        s->size = (s->size + size - 1) / size * size;
    if (__builtin_mul_overflow(count, (int64_t)size, &bytes) || bytes > INT64_MAX - 64 - s->size)
        return too_long(vm);
    bool text = code == 's' || code == 'p';
    Item item = {text ? (uint32_t)(count < UINT32_MAX ? count : UINT32_MAX) : size, code, text ? 1 : count, s->size};
    s->size += bytes;
    if (code == 'x')
        return true;
    s->values += item.count;
    return add_item(vm, s, item);
}

static bool parse(VM *vm, Struct *s)
{
    const char *p = s->format->data, *end = p + s->format->size;
    s->native = true;
    if (p < end && strchr("@=<>!", *p) && *p) {
        s->native = *p == '@';
        s->big = *p == '>' || *p == '!';
        p++;
    }
    while (p < end) {
        if (*p == ' ' || (*p >= '\t' && *p <= '\r')) {
            p++;
            continue;
        }
        int64_t count = 1;
        if (*p >= '0' && *p <= '9') {
            for (count = 0; p < end && *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(count, 10, &count) || __builtin_add_overflow(count, *p - '0', &count))
                    return too_long(vm);
            if (p == end)
                return fail(vm, "repeat count given without format specifier"), false;
        }
        if (!parse_item(vm, s, *p++, count))
            return false;
    }
    return true;
}

static Struct *struct_new(VM *vm, Type *cls, Value format)
{
    if (is_bytes(format))
        format = str_decode(vm, as_bytes(format)->data, as_bytes(format)->size, "ascii", "strict");
    else if (!is_str(format))
        return raise_type(vm, "Struct() argument 1 must be a str or bytes object, not %T", format), NULL;
    if (format && !str_is_ascii(as_str(format)))
        format = (str_encode(vm, as_str(format), "ascii", "strict"), VALUE_EMPTY);
    if (!format)
        return NULL;
    if (memchr(as_str(format)->data, 0, as_str(format)->size))
        return fail(vm, "embedded null character"), NULL;
    Struct *s = type_alloc(vm, cls, 0);
    if (!s)
        return NULL;
    s->format = as_str(format);
    return parse(vm, s) ? s : NULL;
}

// The Struct of a format, kept for the next time.
static Struct *struct_for(VM *vm, Value format)
{
    Value *kept = &vm->roots[ROOT_STRUCT_FORMATS];
    if (is_type_def(vm, format, &struct_def))
        return as_struct(format);
    if (!*kept && !(*kept = from_object(dict_new(vm, 0))))
        return NULL;
    bool plain = is_str(format) || is_bytes(format);
    Value found = plain ? dict_get(vm, as_dict(*kept), format) : VALUE_EMPTY;
    if (found || vm->error)
        return found ? as_struct(found) : NULL;
    Struct *s = struct_new(vm, type_of_def(vm, &struct_def), format);
    if (!s)
        return NULL;
    if (as_dict(*kept)->count >= KEPT_FORMATS)
        dict_clear(vm, as_dict(*kept));
    return dict_set(vm, as_dict(*kept), format, from_object(s)) ? s : NULL;
}

// ---- numbers

static void put_bytes(char *out, uint64_t v, uint32_t size, bool big)
{
    for (uint32_t i = 0; i < size; i++)
        out[big ? size - 1 - i : i] = (char)(v >> 8 * i);
}

static uint64_t get_bytes(const char *in, uint32_t size, bool big)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < size; i++)
        v |= (uint64_t)(unsigned char)in[big ? size - 1 - i : i] << 8 * i;
    return v;
}

static bool int_range(VM *vm, const Struct *s, char code, uint32_t size)
{
    bool is_signed = code >= 'a';
    uint64_t most = size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
    int64_t high = is_signed ? (int64_t)(most >> 1) : (int64_t)most, low = is_signed ? -high - 1 : 0;
    static const char *const names[] = {"byte", "ubyte", "short", "ushort"};
    int name = code == 'b' ? 0 : code == 'B' ? 1 : s->big ? -1 : code == 'h' ? 2 : code == 'H' ? 3 : -1;
    if (name >= 0)
        fail(vm, "%s format requires %lld <= number <= %lld", names[name], (long long)low, (long long)high);
    else
        fail(vm, "'%c' format requires %lld <= number <= %lld", code, (long long)low, (long long)high);
    return false;
}

static bool pack_int(VM *vm, const Struct *s, const Item *item, Value v, char *out)
{
    if (!is_int_like(v)) {
        if (!has_index(vm, v))
            return fail(vm, "required argument is not an integer"), false;
        if (!(v = index_value(vm, v)))
            return false;
    }
    int64_t n = 0;
    uint32_t size = item->size;
    bool is_signed = item->code >= 'a', fits = int_fits_i64(v, &n);
    uint64_t bits = (uint64_t)n;
    if (!fits && !is_signed && int_sign(v) > 0) { // up to 2^64 - 1
        mp_limb_t limb;
        BigView a = int_view(v, &limb);
        fits = a.count == 1;
        bits = fits ? a.limbs[0] : 0;
        if (fits && (size == 4 || (size == 2 && s->big)))
            return int_range(vm, s, item->code, size);
        fits &= size == 8;
    } else if (fits && !is_signed && item->code != 'P' && n < 0 && (size > 2 || s->big)) {
        fits = size < 4 && item->code == 'B';
        if (fits)
            return int_range(vm, s, item->code, size);
    }
    if (!fits)
        return fail(vm, (s->big && size == 8) || item->code == 'P' ? "int too large to convert"
                    : "argument out of range"), false;
    if (size < 8) {
        int64_t high = is_signed ? (INT64_C(1) << (8 * size - 1)) - 1 : (INT64_C(1) << 8 * size) - 1;
        if (n > high || n < (is_signed ? -high - 1 : 0))
            return int_range(vm, s, item->code, size);
    }
    put_bytes(out, bits, size, s->big);
    return true;
}

static Value unpack_int(VM *vm, const Struct *s, const Item *item, const char *in)
{
    uint64_t v = get_bytes(in, item->size, s->big);
    if (item->code < 'a' || item->size == 8)
        return item->code < 'a' ? int_from_u64(vm, v) : int_from_i64(vm, (int64_t)v);
    uint64_t sign = UINT64_C(1) << (8 * item->size - 1);
    return from_small((int64_t)((v ^ sign) - sign));
}

// IEEE 754 half precision, rounded to even. False: too large.
static bool half_of(double d, uint64_t *out)
{
    uint64_t sign = signbit(d) ? 0x8000 : 0;
    double a = fabs(d);
    if (isnan(d) || isinf(d)) {
        *out = sign | (isnan(d) ? 0x7E00 : 0x7C00);
        return true;
    }
    int exponent;
    if (a == 0)
        return *out = sign, true;
    frexp(a, &exponent);
    if (exponent < -13)
        exponent = -13; // subnormal
    uint64_t units = (uint64_t)nearbyint(ldexp(a, 11 - exponent));
    // 2^10 <= units < 2^11 for normal numbers; a carry out of the mantissa raises the exponent by itself
    uint64_t bits = units + ((uint64_t)(exponent + 13) << 10);
    *out = sign | bits;
    return bits < 0x7C00;
}

static double half_to(uint64_t bits)
{
    int exponent = bits >> 10 & 0x1F;
    double mantissa = (double)(bits & 0x3FF), d;
    if (exponent == 0x1F)
        d = mantissa ? NAN : INFINITY;
    else
        d = exponent ? ldexp(mantissa + 1024, exponent - 25) : ldexp(mantissa, -24);
    return bits & 0x8000 ? -d : d;
}

static bool pack_float(VM *vm, const Struct *s, const Item *item, Value v, char *out)
{
    double d;
    uint64_t bits = 0;
    if (is_float(v)) {
        d = float_of(v);
    } else if (!object_as_double(vm, v, &d)) {
        if (!error_is(vm, EXC_TypeError))
            return false;
        error_clear(vm);
        return fail(vm, "required argument is not a float"), false;
    }
    if (isnan(d))
        d = copysign(NAN, d); // NaNs of scripts carry a number that is nobody's business
    if (item->size == 8) {
        memcpy(&bits, &d, 8);
    } else if (item->size == 4) {
        float f = (float)d;
        if (isinf(f) && !isinf(d) && !s->native)
            return raise_overflow(vm, "float too large to pack with f format"), false;
        uint32_t word;
        memcpy(&word, &f, 4);
        bits = word;
    } else if (!half_of(d, &bits)) {
        return raise_overflow(vm, "float too large to pack with e format"), false;
    }
    put_bytes(out, bits, item->size, s->big);
    return true;
}

static Value unpack_float(const Struct *s, const Item *item, const char *in)
{
    uint64_t bits = get_bytes(in, item->size, s->big);
    if (item->size == 2)
        return from_double(half_to(bits));
    if (item->size == 4) {
        uint32_t word = (uint32_t)bits;
        float f;
        memcpy(&f, &word, 4);
        return from_double(f);
    }
    double d;
    memcpy(&d, &bits, 8);
    return from_double(d);
}

// ---- packing

static bool pack_text(VM *vm, const Item *item, Value v, char *out)
{
    const char *data;
    size_t size, room = item->size;
    if (!(is_bytes(v) || is_bytearray(v)) || !bytes_view(v, &data, &size))
        return fail(vm, "argument for '%c' must be a bytes object", item->code), false;
    if (item->code == 'p') {
        if (room == 0)
            return true;
        room--;
        size = size > room ? room : size;
        *out++ = (char)(size > 255 ? 255 : size);
    }
    memcpy(out, data, size > room ? room : size);
    return true;
}

static bool pack_value(VM *vm, const Struct *s, const Item *item, Value v, char *out)
{
    switch (item->code) {
    case 's': case 'p':
        return pack_text(vm, item, v, out);
    case 'c':
        if (!is_bytes(v) || as_bytes(v)->size != 1)
            return fail(vm, "char format requires a bytes object of length 1"), false;
        *out = as_bytes(v)->data[0];
        return true;
    case '?': {
        int truth = object_truth(vm, v);
        *out = (char)(truth > 0);
        return truth >= 0;
    }
    case 'e': case 'f': case 'd':
        return pack_float(vm, s, item, v, out);
    }
    return pack_int(vm, s, item, v, out);
}

static Value unpack_value(VM *vm, const Struct *s, const Item *item, const char *in)
{
    size_t size = item->size;
    switch (item->code) {
    case 's':
        return bytes_new(vm, in, size);
    case 'p': {
        size_t length = size ? (unsigned char)*in : 0;
        return bytes_new(vm, size ? in + 1 : in, length < size ? length : size ? size - 1 : 0);
    }
    case 'c':
        return bytes_new(vm, in, 1);
    case '?':
        return from_bool(*in != 0);
    case 'e': case 'f': case 'd':
        return unpack_float(s, item, in);
    case 'P':
        return int_from_u64(vm, get_bytes(in, 8, s->big));
    }
    return unpack_int(vm, s, item, in);
}

// Packs into memory of the format's size, which is zero. A value's __index__ or __bool__ may run, so the memory is not
// part of an object that a script knows.
static bool pack_all(VM *vm, Struct *s, const Value *args, char *out)
{
    for (size_t i = 0; i < s->item_count; i++) {
        const Item *item = &s->items[i];
        for (int64_t n = 0; n < item->count; n++, args++)
            if (!pack_value(vm, s, item, *args, out + item->offset + n * item->size) || !loop_tick(vm, n))
                return false;
    }
    return true;
}

static Value unpack_all(VM *vm, Struct *s, const char *in)
{
    Tuple *t = tuple_new(vm, s->values);
    int64_t at = 0;
    for (size_t i = 0; t && i < s->item_count; i++) {
        const Item *item = &s->items[i];
        for (int64_t n = 0; n < item->count; n++) {
            Value v = unpack_value(vm, s, item, in + item->offset + n * item->size);
            if (!v)
                return VALUE_EMPTY;
            t->items[at++] = v;
            gc_barrier(vm, t);
        }
    }
    return from_object(t);
}

// ---- the operations, for methods and functions alike: args[0] is a Struct or a format

static Value pack_function(VM *vm, Value *args, int nargs)
{
    if (nargs < 1)
        return raise_type(vm, "missing format argument");
    Struct *s = struct_for(vm, args[0]);
    if (!s)
        return VALUE_EMPTY;
    if (nargs - 1 != s->values)
        return fail(vm, "pack expected %lld items for packing (got %d)", (long long)s->values, nargs - 1);
    Value out = bytes_new(vm, NULL, (size_t)s->size);
    return out && pack_all(vm, s, args + 1, as_bytes(out)->data) ? out : VALUE_EMPTY;
}

static bool pack_place(VM *vm, const Struct *s, int64_t *offset, size_t size)
{
    int64_t at = *offset;
    if (at < 0) {
        if (at + s->size > 0)
            return fail(vm, "no space to pack %lld bytes at offset %lld", (long long)s->size, (long long)at), false;
        if (at + (int64_t)size < 0)
            return fail(vm, "offset %lld out of range for %zu-byte buffer", (long long)at, size), false;
        at += (int64_t)size;
    }
    if ((int64_t)size - at < s->size)
        return fail(vm, "pack_into requires a buffer of at least %llu bytes for packing %lld bytes at offset %lld "
                    "(actual buffer size is %zu)", (unsigned long long)at + (unsigned long long)s->size,
                    (long long)s->size, (long long)at, size), false;
    *offset = at;
    return true;
}

static Value pack_into_function(VM *vm, Value *args, int nargs)
{
    char *data;
    size_t size;
    int64_t offset;
    Struct *s = struct_for(vm, args[0]);
    if (!s)
        return VALUE_EMPTY;
    if (nargs < 3)
        return fail(vm, "pack_into expected %s argument", nargs < 2 ? "buffer" : "offset");
    if (nargs - 3 != s->values)
        return fail(vm, "pack_into expected %lld items for packing (got %d)", (long long)s->values, nargs - 3);
    if (!bytes_view_writable(args[1], &data, &size))
        return raise_type(vm, "argument must be read-write bytes-like object, not %T", args[1]);
    if (!object_index_i64(vm, args[2], &offset) || !pack_place(vm, s, &offset, size))
        return VALUE_EMPTY;
    Value out = bytes_new(vm, NULL, (size_t)s->size);
    if (!out || !pack_all(vm, s, args + 3, as_bytes(out)->data))
        return VALUE_EMPTY;
    if (!bytes_view_writable(args[1], &data, &size) || (int64_t)size - offset < s->size)
        return fail(vm, "buffer changed while packing");
    memcpy(data + offset, as_bytes(out)->data, (size_t)s->size);
    return VALUE_NONE;
}

static Value unpack_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    Struct *s = struct_for(vm, args[0]);
    if (!s || !bytes_view_or_raise(vm, args[1], &data, &size))
        return VALUE_EMPTY;
    if ((int64_t)size != s->size)
        return fail(vm, "unpack requires a buffer of %lld bytes", (long long)s->size);
    return unpack_all(vm, s, data);
}

static Value unpack_from_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    int64_t offset;
    Struct *s = struct_for(vm, args[0]);
    if (!s || !object_index_i64(vm, args[2], &offset) || !bytes_view_or_raise(vm, args[1], &data, &size))
        return VALUE_EMPTY;
    if (offset < 0) {
        if (offset + s->size > 0)
            return fail(vm, "not enough data to unpack %lld bytes at offset %lld", (long long)s->size,
                        (long long)offset);
        if (offset + (int64_t)size < 0)
            return fail(vm, "offset %lld out of range for %zu-byte buffer", (long long)offset, size);
        offset += (int64_t)size;
    }
    if ((int64_t)size - offset < s->size)
        return fail(vm, "unpack_from requires a buffer of at least %llu bytes for unpacking %lld bytes at offset %lld "
                    "(actual buffer size is %zu)", (unsigned long long)offset + (unsigned long long)s->size,
                    (long long)s->size, (long long)offset, size);
    return unpack_all(vm, s, data + offset);
}

static Value calcsize_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Struct *s = struct_for(vm, args[0]);
    return s ? int_from_i64(vm, s->size) : VALUE_EMPTY;
}

// ---- iter_unpack

static void unpacker_mark(Gc *gc, Object *o)
{
    gc_mark_object(gc, (Object *)((Unpacker *)o)->format);
    gc_mark(gc, ((Unpacker *)o)->source);
}

static Value iter_unpack_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    Struct *s = struct_for(vm, args[0]);
    if (!s)
        return VALUE_EMPTY;
    if (s->size == 0)
        return fail(vm, "cannot iteratively unpack with a struct of length 0");
    if (!bytes_view_or_raise(vm, args[1], &data, &size))
        return VALUE_EMPTY;
    if ((int64_t)size % s->size)
        return fail(vm, "iterative unpacking requires a buffer of a multiple of %lld bytes", (long long)s->size);
    Unpacker *u = type_new_of(vm, &unpacker_def);
    if (u) {
        u->format = s;
        u->source = args[1];
    }
    return from_object(u);
}

static int64_t unpacker_left(Unpacker *u)
{
    const char *data;
    size_t size;
    return bytes_view(u->source, &data, &size) ? ((int64_t)size - u->offset) / u->format->size : 0;
}

static Value unpacker_next(VM *vm, Value self)
{
    Unpacker *u = (Unpacker *)as_object(self);
    const char *data;
    size_t size;
    if (unpacker_left(u) <= 0 || !bytes_view(u->source, &data, &size))
        return VALUE_EMPTY;
    u->offset += u->format->size;
    return unpack_all(vm, u->format, data + u->offset - u->format->size);
}

static Value unpacker_hint(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return int_from_i64(vm, unpacker_left((Unpacker *)as_object(args[0])));
}

static const NativeDef unpacker_methods[] = {{"__length_hint__(self, /)", unpacker_hint, NULL, NATIVE_RAW, 1, 1}, {0}};
static const TypeOps unpacker_ops = {.mark = unpacker_mark, .iter = iterator_self, .next = unpacker_next};

static const TypeDef unpacker_def = {
    .name = "_struct.unpack_iterator", .kind = KIND_OTHER, .size = sizeof(Unpacker), .ops = &unpacker_ops,
    .methods = unpacker_methods, .flags = TYPE_NO_NEW,
};

// ---- Struct

static void struct_mark(Gc *gc, Object *o)
{
    Struct *s = (Struct *)o;
    gc_mark_object(gc, (Object *)s->format);
    gc_mark_buffer(gc, s->items);
    gc_mark(gc, s->attributes);
}

static Value struct_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return from_object(struct_new(vm, (Type *)as_object(args[0]), args[1]));
}

static Value get_format(VM *vm, Value self) { return (void)vm, from_object(as_struct(self)->format); }
static Value get_size(VM *vm, Value self) { return int_from_i64(vm, as_struct(self)->size); }

static const GetSetDef getsets[] = {
    {"format", get_format, NULL, "struct format string"},
    {"size", get_size, NULL, "struct size in bytes"},
    {0},
};

static const NativeDef methods[] = {
    {"pack(self, /, *values)", pack_function, "The values as bytes.", NATIVE_RAW, 1, -1},
    {"pack_into(self, buffer, offset, /, *values)", pack_into_function, "Writes the values into a buffer.", NATIVE_RAW, 1, -1},
    {"unpack(self, buffer, /)", unpack_function, "The values in a buffer of exactly the right size.", NATIVE_RAW, 2, 2},
    {"unpack_from(self, /, buffer, offset=0)", unpack_from_function, "The values in a buffer, from offset on.", 0, 0, 0},
    {"iter_unpack(self, buffer, /)", iter_unpack_function, "An iterator over equal pieces of a buffer.", NATIVE_RAW, 2, 2},
    {0},
};

static const TypeOps ops = {.mark = struct_mark};

static const TypeDef struct_def = {
    .name = "_struct.Struct", .kind = KIND_OTHER, .size = sizeof(Struct), .ops = &ops, .methods = methods,
    .getsets = getsets, .make = {"Struct(cls, format)", struct_make, NULL, 0, 0, 0},
    .doc = "Packs and unpacks by one format.", .flags = TYPE_BASE,
};

// ---- the module

static Value setup_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    vm->roots[ROOT_STRUCT_ERROR] = args[0];
    return VALUE_NONE;
}

static Value clear_function(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    vm->roots[ROOT_STRUCT_FORMATS] = VALUE_EMPTY;
    return VALUE_NONE;
}

static const NativeDef functions[] = {
    {"calcsize(format, /)", calcsize_function, "Return size in bytes of the struct described by the format string.", NATIVE_RAW, 1, 1},
    {"pack(format, /, *values)", pack_function, "The values as bytes, by the format.", NATIVE_RAW, 0, -1},
    {"pack_into(format, buffer, offset, /, *values)", pack_into_function, "Writes the values into a buffer.", NATIVE_RAW, 1, -1},
    {"unpack(format, buffer, /)", unpack_function, "The values in a buffer of exactly the right size.", NATIVE_RAW, 2, 2},
    {"unpack_from(format, /, buffer, offset=0)", unpack_from_function, "The values in a buffer, from offset on.", 0, 0, 0},
    {"iter_unpack(format, buffer, /)", iter_unpack_function, "An iterator over equal pieces of a buffer.", NATIVE_RAW, 2, 2},
    {"setup(error, /)", setup_function, "Tells the class of the errors.", NATIVE_RAW, 1, 1},
    {"_clearcache()", clear_function, "Clear the internal cache.", NATIVE_RAW, 0, 0},
    {0},
};

static const TypeDef *const types[] = {&struct_def, &unpacker_def, NULL};

const ModuleDef _struct_module = {
    .name = "_struct",
    .doc = "Packing values into bytes, under the module struct.",
    .functions = functions,
    .types = types,
};
