// SPDX-License-Identifier: MIT
//
// int: conversions from and to machine numbers and text, comparison, hash, the constructor and the type table.
// Arithmetic is in int_ops.c, methods in int_methods.c. Invariant: an exact int that fits the immediate range is
// immediate; only an instance of a script subclass may be a small heap object.

#include "int.h"

#include "int_big.h"
#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "vm/core/type.h"

// ---- storage

Int *int_alloc(VM *vm, size_t limbs)
{
    if (limbs > INT_MAX_LIMBS)
        return raise_memory(vm), NULL;
    return gc_new(vm, vm->types[KIND_INT]->root, sizeof(Int) + limbs * sizeof(mp_limb_t));
}

Value int_from_view(VM *vm, BigView a)
{
    if (a.count == 0)
        return INT_ZERO;
    if (a.count == 1 && a.limbs[0] <= (uint64_t)SMALL_INT_MAX)
        return from_small(a.negative ? -(int64_t)a.limbs[0] : (int64_t)a.limbs[0]);
    if (a.count == 1 && a.negative && a.limbs[0] == -(uint64_t)SMALL_INT_MIN)
        return from_small(SMALL_INT_MIN);
    Int *i = int_alloc(vm, a.count);
    if (!i)
        return VALUE_EMPTY;
    memcpy(i->limbs, a.limbs, a.count * sizeof(mp_limb_t));
    i->count = a.negative ? -(int64_t)a.count : (int64_t)a.count;
    return from_object(i);
}

Value int_finish(VM *vm, Int *object, size_t room, BigResult result)
{
    if (result.count <= 1 || (room > 8 && result.count < room / 2))
        return int_from_view(vm, big_view(object->limbs, result));
    object->count = result.negative ? -(int64_t)result.count : (int64_t)result.count;
    return from_object(object);
}

Value int_from_i128(VM *vm, bool negative, uint64_t low, uint64_t high)
{
    if (high == 0 && low <= (uint64_t)SMALL_INT_MAX + negative)
        return from_small(negative ? -(int64_t)low : (int64_t)low);
    int64_t count = high ? 2 : 1;
    Int *i = int_alloc(vm, (size_t)count);
    if (!i)
        return VALUE_EMPTY;
    memcpy(i->limbs, (uint64_t[2]){low, high}, (size_t)count * sizeof low);
    i->count = negative ? -count : count;
    return from_object(i);
}

Value int_from_i64(VM *vm, int64_t i)
{
    if (likely(fits_small(i)))
        return from_small(i);
    return int_from_i128(vm, i < 0, i < 0 ? -(uint64_t)i : (uint64_t)i, 0);
}

Value int_from_u64(VM *vm, uint64_t u)
{
    if (likely(u <= (uint64_t)SMALL_INT_MAX))
        return from_small((int64_t)u);
    return int_from_i128(vm, false, u, 0);
}

Value int_from_double(VM *vm, double d)
{
    if (fabs(d) < 0x1p50)
        return from_small((int64_t)d);
    if (isnan(d))
        return raise_value(vm, "cannot convert float NaN to integer");
    if (isinf(d))
        return raise_overflow(vm, "cannot convert float infinity to integer");
    mp_limb_t limbs[BIG_DOUBLE_LIMBS];
    return int_from_view(vm, big_view(limbs, big_from_double(d, limbs)));
}

Value int_plain(VM *vm, Value v)
{
    if (is_small(v) || is_exact(vm, v, KIND_INT))
        return v;
    mp_limb_t limb;
    return int_from_view(vm, int_view(v, &limb));
}

// ---- machine numbers out

bool int_fits_i64(Value v, int64_t *out)
{
    if (likely(is_small(v))) {
        *out = as_small(v);
        return true;
    }
    mp_limb_t limb;
    return big_to_int64(int_view(v, &limb), out);
}

bool int_to_i64(VM *vm, Value v, int64_t *out)
{
    if (int_fits_i64(v, out))
        return true;
    return raise_overflow(vm, "Python int too large to convert to C long"), false;
}

int int_sign(Value v)
{
    if (is_small(v))
        return v < INT_ZERO ? -1 : v > INT_ZERO;
    mp_limb_t limb;
    BigView a = int_view(v, &limb);
    return a.negative ? -1 : a.count != 0;
}

double int_to_double(VM *vm, Value v, bool *overflow)
{
    (void)vm;
    if (is_small(v))
        return (double)as_small(v);
    mp_limb_t limb;
    double d = 0;
    if (big_to_double(int_view(v, &limb), &d) != NUMBER_OK)
        *overflow = true;
    return d;
}

size_t int_bit_length(Value v)
{
    mp_limb_t limb;
    return big_bit_length(int_view(v, &limb));
}

// ---- comparison and hash

// Limbs of a heap int, 0 for an immediate.
static size_t int_limbs(Value v)
{
    mp_limb_t limb;
    return is_object(v) ? int_view(v, &limb).count : 0;
}

int int_compare(Value a, Value b)
{
    if (both_small(a, b))
        return a < b ? -1 : a > b;
    mp_limb_t limb_a, limb_b;
    return big_compare(int_view(a, &limb_a), int_view(b, &limb_b));
}

int int_compare_double(Value a, double d)
{
    mp_limb_t limb;
    return big_compare_double(int_view(a, &limb), d);
}

static bool order_holds(int order, CompareOp op)
{
    switch (op) {
    case COMPARE_LT: return order < 0;
    case COMPARE_LE: return order <= 0;
    case COMPARE_EQ: return order == 0;
    case COMPARE_NE: return order != 0;
    case COMPARE_GT: return order > 0;
    default: return order >= 0;
    }
}

Value int_richcompare(VM *vm, Value a, Value b, CompareOp op)
{
    if (is_object(a) && as_object(a)->shape->kind == KIND_INT)
        vm_charge(vm, int_limbs(a) >> 4);
    (void)vm;
    if (!is_int_like(a) || !is_int_like(b))
        return VALUE_NOT_IMPLEMENTED;
    return from_bool(order_holds(int_compare(a, b), op));
}

int64_t int_hash(Value v)
{
    mp_limb_t limb;
    if (is_small(v))
        return as_small(v) == -1 ? -2 : as_small(v);
    return big_hash(int_view(v, &limb));
}

static bool hash_op(VM *vm, Value self, int64_t *out)
{
    (void)vm;
    vm_charge(vm, int_limbs(self) >> 2);
    *out = int_hash(self);
    return true;
}

// ---- text in

const char *text_to_ascii(VM *vm, const Str *s, size_t *size)
{
    *size = s->size;
    if (str_is_ascii(s))
        return s->data;
    char *out = gc_buffer(vm, (size_t)s->length + 1);
    if (!out)
        return NULL;
    size_t n = 0;
    for (const char *p = s->data, *end = p + s->size; p < end;) {
        uint32_t cp = utf8_next(&p);
        int digit = unicode_decimal_value(cp);
        out[n++] = (char)(cp < 128 ? (int)cp : digit >= 0 ? '0' + digit : unicode_is_space(cp) ? ' ' : '?');
    }
    *size = n;
    return out;
}

static Value raise_literal(VM *vm, int base, Value original)
{
    Str *shown = object_repr(vm, original);
    if (shown && shown->length > 200)
        shown = str_slice(vm, shown, 0, 200);
    return shown ? raise_value(vm, "invalid literal for int() with base %d: %U", base, shown) : VALUE_EMPTY;
}

static Value parse_numeral(VM *vm, const BigNumeral *numeral)
{
    vm_charge(vm, numeral->digit_count >> 2);
    NumberAllocator allocator = number_allocator(vm);
    size_t room = big_parse_bound(numeral);
    Int *i = int_alloc(vm, room);
    if (!i)
        return VALUE_EMPTY;
    BigResult result;
    NumberStatus status = big_parse(&allocator, numeral, i->limbs, &result);
    return status == NUMBER_OK ? int_finish(vm, i, room, result) : number_raise(vm, status);
}

// Up to 15 plain decimal digits behind a sign, as most numbers in texts are. False: for the general reader.
static bool parse_short(const char *text, size_t size, int64_t *out)
{
    const char *p = text, *end = text + size;
    bool negative = size && *p == '-';
    int64_t i = 0;
    p += negative;
    if (p == end || end - p > 15)
        return false;
    for (; p < end; p++) {
        unsigned digit = (unsigned char)*p - '0';
        if (digit > 9)
            return false;
        i = i * 10 + digit;
    }
    *out = negative ? -i : i;
    return true;
}

Value int_parse(VM *vm, const char *text, size_t size, int base, Value original)
{
    vm_charge_bytes(vm, 4 * size);
    BigNumeral numeral;
    int64_t i;
    if (base == 10 && parse_short(text, size, &i))
        return from_small(i);
    if (base != 0 && (base < 2 || base > 36))
        return raise_value(vm, "int() base must be >= 2 and <= 36, or 0");
    if (big_numeral_scan(text, size, base, &numeral) != NUMBER_OK)
        return raise_literal(vm, base, original);
    bool power_of_two = (numeral.base & (numeral.base - 1)) == 0;
    if (!power_of_two && vm->int_max_str_digits && numeral.digit_count > (size_t)vm->int_max_str_digits)
        return raise_value(vm, "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; "
                               "use sys.set_int_max_str_digits() to increase the limit",
                           vm->int_max_str_digits, numeral.digit_count);
    return parse_numeral(vm, &numeral);
}

Value int_from_digits(VM *vm, const char *digits, size_t size, int base)
{
    BigNumeral numeral = {.digits = digits, .length = size, .base = base};
    for (size_t i = 0; i < size; i++)
        numeral.digit_count += digits[i] != '_';
    return parse_numeral(vm, &numeral);
}

// ---- text out

static Str *small_to_str(VM *vm, int64_t i)
{
    char text[24], *end = text + sizeof text, *p = small_int_digits(i, 10, end);
    if (i < 0)
        *--p = '-';
    return str_new_ascii(vm, p, (size_t)(end - p));
}

static Str *raise_digits(VM *vm)
{
    raise_value(vm, "Exceeds the limit (%d digits) for integer string conversion; "
                    "use sys.set_int_max_str_digits() to increase the limit", vm->int_max_str_digits);
    return NULL;
}

Str *int_to_str(VM *vm, Value v, int base)
{
    if (is_small(v) && base == 10)
        return small_to_str(vm, as_small(v));
    mp_limb_t limb;
    BigView a = int_view(v, &limb);
    size_t limit = (size_t)vm->int_max_str_digits;
    // 3.32 bits per digit: what is surely too long is not converted at all.
    bool limited = base == 10 && limit;
    if (limited && big_bit_length(a) > limit * 10 / 3 + 16)
        return raise_digits(vm);
    NumberAllocator allocator = number_allocator(vm);
    vm_charge(vm, a.count * 4);
    size_t bound = big_format_bound(a, base), written;
    char *text = bound > INT_MAX_LIMBS * 64 ? (raise_memory(vm), NULL) : gc_buffer(vm, bound);
    if (!text)
        return NULL;
    NumberStatus status = big_format(&allocator, a, base, text, &written);
    if (status != NUMBER_OK)
        return number_raise(vm, status), NULL;
    if (limited && written - a.negative > limit)
        return raise_digits(vm);
    Str *s = str_new_ascii(vm, text, written);
    gc_buffer_free(vm, text, bound);
    return s;
}

static Value repr_op(VM *vm, Value self)
{
    Str *s = int_to_str(vm, self, 10);
    return s ? from_object(s) : VALUE_EMPTY;
}

static int truth_op(VM *vm, Value v)
{
    (void)vm;
    return int_sign(v) != 0;
}

// ---- the constructor

bool has_unary(VM *vm, Value v, UnaryOp op)
{
    Type *t = type_of(vm, v);
    return type_overrides(t, (SpecialId)(SPECIAL___neg__ + (int)op)) || (t->ops->unary && t->ops->unary_mask & BIT(op));
}

Value index_of(VM *vm, Value v)
{
    if (!is_int_like(v))
        v = unary_op(vm, UNARY_INDEX, v);
    return v ? int_plain(vm, v) : VALUE_EMPTY;
}

// The deprecated way through __trunc__. *matched: the type has it.
static Value int_by_trunc(VM *vm, Value v, bool *matched)
{
    Value f = type_special(vm, type_of(vm, v), SPECIAL___trunc__);
    *matched = f != VALUE_EMPTY;
    if (!f)
        return VALUE_EMPTY;
    if (!warn(vm, EXC_DeprecationWarning, "The delegation of int() to __trunc__ is deprecated."))
        return VALUE_EMPTY;
    Value r = call_special(vm, v, SPECIAL___trunc__, NULL, 0);
    if (!r || is_int_like(r))
        return r;
    if (!has_unary(vm, r, UNARY_INDEX))
        return raise_type(vm, "__trunc__ returned non-Integral (type %T)", r);
    return unary_op(vm, UNARY_INDEX, r);
}

static Value int_from_text(VM *vm, Value v, int base, bool *matched)
{
    const char *text;
    size_t size;
    *matched = true;
    if (is_str(v)) {
        text = text_to_ascii(vm, as_str(v), &size);
        return text ? int_parse(vm, text, size, base, v) : VALUE_EMPTY;
    }
    if (!bytes_view(v, &text, &size)) {
        *matched = false;
        return VALUE_EMPTY;
    }
    Value shown = is_bytes(v) ? v : bytes_new(vm, text, size);
    return shown ? int_parse(vm, text, size, base, shown) : VALUE_EMPTY;
}

Value object_to_int(VM *vm, Value v)
{
    if (is_small(v))
        return v;
    Value r;
    bool matched = true;
    if (is_double(v))
        return int_from_double(vm, as_double(v));
    if (is_exact(vm, v, KIND_STR))
        return int_from_text(vm, v, 10, &matched);
    if (has_unary(vm, v, UNARY_INT))
        r = unary_op(vm, UNARY_INT, v);
    else if (has_unary(vm, v, UNARY_INDEX))
        r = unary_op(vm, UNARY_INDEX, v);
    else
        r = int_by_trunc(vm, v, &matched);
    if (!matched)
        r = int_from_text(vm, v, 10, &matched);
    if (!matched)
        return raise_type(vm, "int() argument must be a string, a bytes-like object or a real number, not '%T'", v);
    return r ? int_plain(vm, r) : VALUE_EMPTY;
}

static Value int_with_base(VM *vm, Value v, Value base)
{
    int64_t b;
    bool matched;
    if (!object_index_clamped(vm, base, &b))
        return VALUE_EMPTY;
    int checked = b < 0 || b > 36 ? 99 : (int)b;
    if (!is_str(v) && !is_bytes(v) && !has_kind(v, KIND_BYTEARRAY))
        return raise_type(vm, "int() can't convert non-string with explicit base");
    return int_from_text(vm, v, checked, &matched);
}

static Value int_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = as_type(args[0]);
    Value v;
    if (args[1] == VALUE_EMPTY)
        v = args[2] == VALUE_EMPTY ? INT_ZERO : raise_type(vm, "int() missing string argument");
    else
        v = args[2] == VALUE_EMPTY ? object_to_int(vm, args[1]) : int_with_base(vm, args[1], args[2]);
    if (!v || cls == vm->types[KIND_INT])
        return v;
    mp_limb_t limb;
    BigView a = int_view(v, &limb);
    Int *i = type_alloc(vm, cls, a.count * sizeof(mp_limb_t));
    if (!i)
        return VALUE_EMPTY;
    if (a.count)
        memcpy(i->limbs, a.limbs, a.count * sizeof(mp_limb_t));
    i->count = a.negative ? -(int64_t)a.count : (int64_t)a.count;
    return from_object(i);
}

// ---- the type

#define INT_BINARY (BIT(BINARY_COUNT) - 1 - BIT(BINARY_MATMUL))

static const TypeOps int_ops = {
    .repr = repr_op,
    .format = format_int,
    .hash = hash_op,
    .compare = int_richcompare,
    .compare_mask = ALL_COMPARES,
    .binary = int_binary,
    .binary_mask = INT_BINARY,
    .reflected_mask = INT_BINARY,
    .unary = int_unary,
    .unary_mask = BIT(UNARY_COUNT) - 1 - BIT(UNARY_COMPLEX),
    .truth = truth_op,
};

const TypeDef int_def = {
    .name = "int",
    .kind = KIND_INT,
    .size = sizeof(Int),
    .ops = &int_ops,
    .methods = int_methods,
    .getsets = int_getsets,
    .make = {"int(cls, x=<unset>, /, base=<unset>)", int_make, NULL, 0, 0, 0},
    .doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\n"
           "A whole number of any size, from a number or from text in the given base (0: by the prefix of the text).",
    .flags = TYPE_BASE | TYPE_MATCH_SELF,
};
