// SPDX-License-Identifier: MIT
//
// complex: a pair of doubles. Division is R. L. Smith's method (CACM 5, 1962); a power with a small integral exponent
// is repeated multiplication, any other goes through polar form. Real operands are widened first, as in CPython 3.11.

#include "vm/number/float_text.h"

#include "int_big.h"
#include "vm/core/type.h"

typedef struct Pair {
    double re, im;
} Pair;

static inline bool is_complex(Value v) { return has_kind(v, KIND_COMPLEX); }

static inline Pair pair_of(Value v)
{
    const Complex *c = (const Complex *)as_object(v);
    return (Pair){c->real, c->imag};
}

Value complex_new(VM *vm, double real, double imag)
{
    Complex *c = gc_new(vm, vm->types[KIND_COMPLEX]->root, sizeof *c);
    if (!c)
        return VALUE_EMPTY;
    c->real = real;
    c->imag = imag;
    return from_object(c);
}

// ---- arithmetic

static Pair multiply(Pair a, Pair b) { return (Pair){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }

static bool divide(Pair a, Pair b, Pair *out)
{
    double re = fabs(b.re), im = fabs(b.im);
    if (re == 0 && im == 0)
        return false;
    if (re >= im) {
        double ratio = b.im / b.re, denominator = b.re + b.im * ratio;
        *out = (Pair){(a.re + a.im * ratio) / denominator, (a.im - a.re * ratio) / denominator};
    } else if (im >= re) {
        double ratio = b.re / b.im, denominator = b.re * ratio + b.im;
        *out = (Pair){(a.re * ratio + a.im) / denominator, (a.im * ratio - a.re) / denominator};
    } else { // a NaN
        *out = (Pair){NAN, NAN};
    }
    return true;
}

// False: zero to a negative power.
static bool power_whole(Pair a, long n, Pair *out)
{
    Pair r = {1, 0}, square = a;
    for (unsigned long left = (unsigned long)(n < 0 ? -n : n); left; left >>= 1) {
        if (left & 1)
            r = multiply(r, square);
        square = multiply(square, square);
    }
    if (n > 0) {
        *out = r;
        return true;
    }
    return divide((Pair){1, 0}, r, out);
}

static bool power_polar(Pair a, Pair b, Pair *out)
{
    if (b.re == 0 && b.im == 0) {
        *out = (Pair){1, 0};
    } else if (a.re == 0 && a.im == 0) {
        *out = (Pair){0, 0};
        return b.im == 0 && b.re >= 0;
    } else {
        double size = hypot(a.re, a.im), length = pow(size, b.re), angle = atan2(a.im, a.re), phase = angle * b.re;
        if (b.im != 0) {
            length /= exp(angle * b.im);
            phase += b.im * log(size);
        }
        *out = (Pair){length * cos(phase), length * sin(phase)};
    }
    return true;
}

static Value power(VM *vm, Pair a, Pair b)
{
    Pair r;
    bool whole = b.im == 0 && b.re == floor(b.re) && fabs(b.re) <= 100;
    if (!(whole ? power_whole(a, (long)b.re, &r) : power_polar(a, b, &r)))
        return raise_exc(vm, EXC_ZeroDivisionError, "0.0 to a negative or complex power");
    if (isinf(r.re) || isinf(r.im))
        return raise_overflow(vm, "complex exponentiation");
    return complex_new(vm, r.re, r.im);
}

Value complex_pow(VM *vm, double real, double imag, double exponent_real, double exponent_imag)
{
    return power(vm, (Pair){real, imag}, (Pair){exponent_real, exponent_imag});
}

// 1 done, 0 another type, -1 OverflowError.
static int operand(VM *vm, Value v, Pair *out)
{
    out->im = 0;
    if (is_complex(v)) {
        *out = pair_of(v);
    } else if (is_float(v)) {
        out->re = float_of(v);
    } else if (is_int_like(v)) {
        bool overflow = false;
        out->re = int_to_double(vm, v, &overflow);
        if (overflow)
            return raise_overflow(vm, "int too large to convert to float"), -1;
    } else {
        return 0;
    }
    return 1;
}

static Value complex_binary(VM *vm, BinaryOp op, Value l, Value r)
{
    Pair a, b, c;
    int known = operand(vm, l, &a);
    if (known == 1)
        known = operand(vm, r, &b);
    if (known != 1)
        return known ? VALUE_EMPTY : VALUE_NOT_IMPLEMENTED;
    switch (op) {
    case BINARY_ADD: return complex_new(vm, a.re + b.re, a.im + b.im);
    case BINARY_SUB: return complex_new(vm, a.re - b.re, a.im - b.im);
    case BINARY_MUL:
        c = multiply(a, b);
        return complex_new(vm, c.re, c.im);
    case BINARY_TRUEDIV:
        if (!divide(a, b, &c))
            return raise_exc(vm, EXC_ZeroDivisionError, "complex division by zero");
        return complex_new(vm, c.re, c.im);
    case BINARY_POW: return power(vm, a, b);
    default: return VALUE_NOT_IMPLEMENTED;
    }
}

static Value complex_unary(VM *vm, UnaryOp op, Value v)
{
    Pair a = pair_of(v);
    switch (op) {
    case UNARY_NEG: return complex_new(vm, -a.re, -a.im);
    case UNARY_POS: case UNARY_COMPLEX: return is_exact(vm, v, KIND_COMPLEX) ? v : complex_new(vm, a.re, a.im);
    case UNARY_ABS: {
        double size = hypot(a.re, a.im);
        if (isinf(size) && isfinite(a.re) && isfinite(a.im))
            return raise_overflow(vm, "absolute value too large");
        return from_double(size);
    }
    default: return VALUE_NOT_IMPLEMENTED;
    }
}

// ---- comparison, hash, text

static Value complex_compare(VM *vm, Value self, Value other, CompareOp op)
{
    (void)vm;
    if (op != COMPARE_EQ && op != COMPARE_NE)
        return VALUE_NOT_IMPLEMENTED;
    Pair a = pair_of(self);
    bool equal;
    if (is_complex(other))
        equal = a.re == pair_of(other).re && a.im == pair_of(other).im;
    else if (is_float(other))
        equal = a.im == 0 && a.re == float_of(other);
    else if (is_int_like(other))
        equal = a.im == 0 && !isnan(a.re) && int_compare_double(other, a.re) == 0;
    else
        return VALUE_NOT_IMPLEMENTED;
    return from_bool(equal == (op == COMPARE_EQ));
}

static bool hash_op(VM *vm, Value self, int64_t *out)
{
    Pair a = pair_of(self);
    uint64_t h = (uint64_t)float_object_hash(vm, self, a.re) +
        UINT64_C(1000003) * (uint64_t)float_object_hash(vm, self, a.im);
    *out = h == UINT64_MAX ? -2 : (int64_t)h;
    return true;
}

static Value repr_op(VM *vm, Value self)
{
    Pair a = pair_of(self);
    char text[2 * FLOAT_REPR_SIZE + 8];
    size_t n = 0;
    bool alone = a.re == 0 && !signbit(a.re);
    if (!alone) {
        text[n++] = '(';
        n += float_format(a.re, 'r', FLOAT_PRECISION_NONE, 0, text + n);
        if (isnan(a.im) || !signbit(a.im))
            text[n++] = '+';
    }
    n += float_format(a.im, 'r', FLOAT_PRECISION_NONE, 0, text + n);
    text[n++] = 'j';
    if (!alone)
        text[n++] = ')';
    Str *s = str_new_ascii(vm, text, n);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value format_op(VM *vm, Value self, Str *spec)
{
    if (!spec->size)
        return from_object(object_str(vm, self));
    return format_complex(vm, pair_of(self).re, pair_of(self).im, spec);
}

static int truth_op(VM *vm, Value self)
{
    (void)vm;
    return pair_of(self).re != 0 || pair_of(self).im != 0;
}

// ---- complex(text)

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "inf", "infinity" or "nan" at p: its length, else 0.
static size_t special_word(const char *p, const char *end, double *out)
{
    static const struct { const char *word; double value; } words[] = {
        {"infinity", INFINITY}, {"inf", INFINITY}, {"nan", NAN},
    };
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i].word), k = 0;
        while (k < n && p + k < end && (p[k] | 32) == words[i].word[k])
            k++;
        if (k == n) {
            *out = words[i].value;
            return n;
        }
    }
    return 0;
}

// A signed number at *p; a sign alone, or nothing, counts as one when a 'j' follows. False: malformed.
static bool scan_part(const char **p, const char *end, double *out, bool need_sign)
{
    bool sign = *p < end && (**p == '+' || **p == '-'), negative = sign && **p == '-';
    if (need_sign && !sign)
        return false;
    *p += sign;
    double d = 1;
    size_t n = float_parse_prefix(*p, (size_t)(end - *p), &d);
    if (n == 0 && (n = special_word(*p, end, &d)) == 0 && !(*p < end && (**p | 32) == 'j'))
        return false;
    *p += n;
    *out = negative ? -d : d;
    return true;
}

static bool scan_complex(const char *p, const char *end, Pair *out)
{
    while (p < end && is_blank(*p))
        p++;
    while (p < end && is_blank(end[-1]))
        end--;
    if (p < end && *p == '(') {
        if (end[-1] != ')')
            return false;
        for (p++; p < end && is_blank(*p); p++) {}
        for (end--; end > p && is_blank(end[-1]); end--) {}
    }
    double first, second;
    if (p == end || !scan_part(&p, end, &first, false))
        return false;
    if (p < end && (*p | 32) == 'j') {
        *out = (Pair){0, first};
        return p + 1 == end;
    }
    *out = (Pair){first, 0};
    if (p == end)
        return true;
    if (!scan_part(&p, end, &second, true))
        return false;
    out->im = second;
    return p + 1 == end && (*p | 32) == 'j';
}

// Removes the underscores, each of which must stand between two digits. False: one does not.
static bool drop_underscores(const char *text, size_t size, char *out, size_t *length)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '_')
            out[n++] = text[i];
        else if (i == 0 || i + 1 == size || !is_digit(text[i - 1]) || !is_digit(text[i + 1]))
            return false;
    }
    *length = n;
    return true;
}

static bool parse_text(VM *vm, const Str *s, Pair *out)
{
    size_t size;
    const char *text = text_to_ascii(vm, s, &size);
    char *clean = text ? gc_buffer(vm, size + 1) : NULL;
    if (!clean)
        return false;
    if (drop_underscores(text, size, clean, &size) && scan_complex(clean, clean + size, out))
        return true;
    return raise_value(vm, "complex() arg is a malformed string"), false;
}

// ---- the constructor

// An argument as a pair; *wide: it was complex. False: error.
static bool convert(VM *vm, Value v, bool first, Pair *out, bool *wide)
{
    *wide = true;
    if (is_exact(vm, v, KIND_COMPLEX)) {
        *out = pair_of(v);
        return true;
    }
    if (first && has_unary(vm, v, UNARY_COMPLEX)) {
        Value c = unary_op(vm, UNARY_COMPLEX, v);
        if (c && !is_complex(c))
            raise_type(vm, "__complex__ returned non-complex (type %T)", c);
        if (!c || vm->error)
            return false;
        *out = pair_of(c);
        return true;
    }
    if (is_complex(v)) {
        *out = pair_of(v);
        return true;
    }
    *wide = false;
    out->im = 0;
    if (is_float(v) || is_int_like(v) || has_unary(vm, v, UNARY_FLOAT) || has_unary(vm, v, UNARY_INDEX))
        return object_as_double(vm, v, &out->re);
    if (first)
        raise_type(vm, "complex() first argument must be a string or a number, not '%T'", v);
    else
        raise_type(vm, "complex() second argument must be a number, not '%T'", v);
    return false;
}

static bool combine(VM *vm, Value real, Value imag, Pair *out)
{
    Pair a = {0, 0}, b = {0, 0};
    bool a_wide = false, b_wide = false;
    if (real != VALUE_EMPTY && is_str(real)) {
        if (imag != VALUE_EMPTY)
            return raise_type(vm, "complex() can't take second arg if first is a string"), false;
        return parse_text(vm, as_str(real), out);
    }
    if (imag != VALUE_EMPTY && is_str(imag))
        return raise_type(vm, "complex() second arg can't be a string"), false;
    if (real != VALUE_EMPTY && !convert(vm, real, true, &a, &a_wide))
        return false;
    if (imag == VALUE_EMPTY) {
        *out = a;
        return true;
    }
    if (!convert(vm, imag, false, &b, &b_wide))
        return false;
    *out = (Pair){b_wide ? a.re - b.im : a.re, a_wide ? b.re + a.im : b.re};
    return true;
}

static Value of_class(VM *vm, Type *cls, Pair a)
{
    if (cls == vm->types[KIND_COMPLEX])
        return complex_new(vm, a.re, a.im);
    Complex *c = type_alloc(vm, cls, 0);
    if (c) {
        c->real = a.re;
        c->imag = a.im;
    }
    return from_object(c);
}

static Value complex_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Pair a;
    Type *cls = as_type(args[0]);
    if (args[2] == VALUE_EMPTY && cls == vm->types[KIND_COMPLEX] && args[1] && is_exact(vm, args[1], KIND_COMPLEX))
        return args[1];
    return combine(vm, args[1], args[2], &a) ? of_class(vm, cls, a) : VALUE_EMPTY;
}

// ---- methods

static Value conjugate_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Pair a = pair_of(args[0]);
    return complex_new(vm, a.re, -a.im);
}

static Value getnewargs_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Pair a = pair_of(args[0]);
    return tuple_pack(vm, 2, from_double(a.re), from_double(a.im));
}

static Value from_number_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Pair a;
    bool wide;
    if (is_str(args[1]))
        return raise_type(vm, "must be real number, not str");
    return convert(vm, args[1], true, &a, &wide) ? of_class(vm, as_type(args[0]), a) : VALUE_EMPTY;
}

static Value get_real(VM *vm, Value self)
{
    (void)vm;
    return from_double(pair_of(self).re);
}

static Value get_imag(VM *vm, Value self)
{
    (void)vm;
    return from_double(pair_of(self).im);
}

static const NativeDef methods[] = {
    {"conjugate(self, /)", conjugate_method, "Return the complex conjugate of its argument.", NATIVE_RAW, 1, 1},
    {"from_number(cls, number, /)", from_number_method, "Convert a number, but no text, to a complex number.",
     NATIVE_CLASS, 0, 0},
    {"__getnewargs__(self, /)", getnewargs_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const GetSetDef getsets[] = {
    {"real", get_real, NULL, "the real part of a complex number"},
    {"imag", get_imag, NULL, "the imaginary part of a complex number"},
    {0},
};

#define COMPLEX_BINARY (BIT(BINARY_ADD) | BIT(BINARY_SUB) | BIT(BINARY_MUL) | BIT(BINARY_TRUEDIV) | BIT(BINARY_POW))

static const TypeOps ops = {
    .repr = repr_op,
    .format = format_op,
    .hash = hash_op,
    .compare = complex_compare,
    .compare_mask = ALL_COMPARES,
    .binary = complex_binary,
    .binary_mask = COMPLEX_BINARY,
    .reflected_mask = COMPLEX_BINARY,
    .unary = complex_unary,
    .unary_mask = BIT(UNARY_NEG) | BIT(UNARY_POS) | BIT(UNARY_ABS) | BIT(UNARY_COMPLEX),
    .truth = truth_op,
};

const TypeDef complex_def = {
    .name = "complex",
    .kind = KIND_COMPLEX,
    .size = sizeof(Complex),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"complex(cls, real=<unset>, imag=<unset>)", complex_make, NULL, 0, 0, 0},
    .doc = "A complex number from a real and an imaginary part, or from text.",
    .flags = TYPE_BASE,
};
