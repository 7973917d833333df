// SPDX-License-Identifier: MIT
//
// format % args for str and for bytes: the printf-like language. Both share the directive parser and the number
// conversions; they differ in where text comes from and in a few messages.

#include "format_number.h"
#include "lexer/utf8.h"
#include "vm/number/float_text.h"
#include "vm/types/container.h"

typedef struct Percent {
    VM *vm;
    const char *start, *p, *end; // the format
    Value args;                  // tuple, or the one argument
    int64_t next, count;         // count -1: args is one argument, not yet used; -2: used
    Value mapping;               // VALUE_EMPTY: none
    bool bytes, ascii;           // ascii: so is the format
    StrBuilder out;
} Percent;

typedef struct Directive {
    bool left, plus, space, alternate, zero;
    bool plain;               // none of the above and below, and not 'X': digits stand as they are
    int64_t width, precision; // -1: none
    uint32_t code;
} Directive;

// ---- arguments

static Value next_argument(Percent *f)
{
    if (f->count == -1) {
        f->count = -2;
        return f->args;
    }
    if (f->count >= 0 && f->next < f->count)
        return as_tuple(f->args)->items[f->next++];
    return raise_type(f->vm, "not enough arguments for format string");
}

static void set_arguments(Percent *f, Value args)
{
    f->args = args;
    f->next = 0;
    f->count = is_tuple(args) ? as_tuple(args)->count : -1;
}

// Whether "%(key)s" may look things up in v, and left-over arguments are fine: anything with items that is no text.
static bool is_mapping(VM *vm, Value v, bool bytes)
{
    if (is_tuple(v) || is_str(v) || (bytes && (is_bytes(v) || has_kind(v, KIND_BYTEARRAY))))
        return false;
    Type *t = type_of(vm, v);
    return t->ops->getitem || type_special(vm, t, SPECIAL___getitem__) != VALUE_EMPTY;
}

// "(key)" at f->p: the argument becomes mapping[key].
static bool take_key(Percent *f)
{
    VM *vm = f->vm;
    if (f->mapping == VALUE_EMPTY)
        return raise_type(vm, "format requires a mapping"), false;
    int open = 1;
    const char *key = ++f->p;
    for (; f->p < f->end && open > 0; f->p++)
        open += *f->p == '(' ? 1 : *f->p == ')' ? -1 : 0;
    if (open > 0)
        return raise_value(vm, "incomplete format key"), false;
    size_t size = (size_t)(f->p - key) - 1;
    Value name = f->bytes ? bytes_new(vm, key, size) : str_result(str_new(vm, key, size));
    Value v = name == VALUE_EMPTY ? name : object_getitem(vm, f->mapping, name);
    if (v == VALUE_EMPTY)
        return false;
    f->args = v;
    f->count = -1;
    return true;
}

// ---- directives

static bool read_flags(Percent *f, Directive *d)
{
    for (; f->p < f->end; f->p++) {
        switch (*f->p) {
        case '-': d->left = true; break;
        case '+': d->plus = true; break;
        case ' ': d->space = true; break;
        case '#': d->alternate = true; break;
        case '0': d->zero = true; break;
        default: return true;
        }
    }
    return true;
}

// A number or '*'. *out keeps its value when there is neither.
static bool read_number(Percent *f, int64_t *out, bool precision)
{
    const char *what = precision ? "precision too big" : "width too big";
    if (f->p < f->end && *f->p == '*') {
        f->p++;
        Value v = next_argument(f);
        if (v == VALUE_EMPTY)
            return false;
        if (!is_int_like(v))
            return raise_type(f->vm, "* wants int"), false;
        if (!int_fits_i64(v, out) || *out > INT64_MAX / 4 || *out < -(INT64_MAX / 4) ||
            (precision && (*out > INT32_MAX || *out < INT32_MIN)))
            return raise_overflow(f->vm, precision ? "Python int too large to convert to C int"
                                                   : "Python int too large to convert to C ssize_t"),
                   false;
        return true;
    }
    if (f->p < f->end && *f->p >= '0' && *f->p <= '9')
        *out = 0;
    for (; f->p < f->end && *f->p >= '0' && *f->p <= '9'; f->p++) {
        *out = *out * 10 + (*f->p - '0');
        if (*out > (precision ? (int64_t)INT32_MAX : INT64_MAX / 16))
            return raise_value(f->vm, "%s", what), false;
    }
    return true;
}

static bool read_directive(Percent *f, Directive *d)
{
    *d = (Directive){.width = -1, .precision = -1};
    if (f->p < f->end && *f->p == '(' && !take_key(f))
        return false;
    if (f->p < f->end && (*f->p == 's' || *f->p == 'd' || *f->p == 'r')) { // nearly always
        d->plain = true;
        d->code = (unsigned char)*f->p++;
        return true;
    }
    read_flags(f, d);
    bool star = f->p < f->end && *f->p == '*';
    if (!read_number(f, &d->width, false))
        return false;
    if (star && d->width < 0) {
        d->left = true;
        d->width = -d->width;
    }
    if (f->p < f->end && *f->p == '.') {
        f->p++;
        d->precision = 0;
        if (!read_number(f, &d->precision, true))
            return false;
        if (d->precision < 0)
            d->precision = 0;
    }
    if (f->p < f->end && (*f->p == 'h' || *f->p == 'l' || *f->p == 'L'))
        f->p++;
    if (f->p >= f->end)
        return raise_value(f->vm, "incomplete format"), false;
    d->code = f->bytes ? (unsigned char)*f->p++ : utf8_next(&f->p);
    if (f->bytes && d->code == 'i')
        d->code = 'd'; // shows in messages
    return true;
}

// ---- output

static bool add_text(Percent *f, const Directive *d, const char *text, size_t size, size_t length)
{
    size_t extra = d->width > (int64_t)length ? (size_t)d->width - length : 0;
    if (extra && !d->left && !builder_repeat(&f->out, ' ', extra))
        return false;
    if (!builder_add_ascii(&f->out, text, size))
        return false;
    f->out.length -= size - length;
    return !extra || !d->left || builder_repeat(&f->out, ' ', extra);
}

static bool add_str(Percent *f, const Directive *d, Str *s)
{
    if (!s)
        return false;
    size_t size = s->size, length = s->length;
    if (d->precision >= 0 && d->precision < (int64_t)length) {
        length = (size_t)d->precision;
        size = str_byte_offset(f->vm, s, d->precision);
    }
    return add_text(f, d, s->data, size, length);
}

static bool add_number(Percent *f, const Directive *d, NumberParts *parts, bool negative)
{
    FormatSpec spec = {.fill = ' ', .align = '>', .width = d->width, .precision = -1};
    if (d->left) {
        spec.align = '<';
    } else if (d->zero) {
        spec.fill = '0';
        spec.align = '=';
    }
    parts->sign = negative ? '-' : d->plus ? '+' : d->space ? ' ' : 0;
    return number_lay_out(&f->out, parts, &spec, '>');
}

// int(v), as %d takes numbers. VALUE_ELLIPSIS: v is no number.
static Value truncated(VM *vm, Value v)
{
    if (is_float(v))
        return int_from_double(vm, float_of(v));
    if (type_special(vm, type_of(vm, v), SPECIAL___int__) != VALUE_EMPTY)
        return unary_op(vm, UNARY_INT, v);
    return has_index(vm, v) ? index_value(vm, v) : VALUE_ELLIPSIS;
}

static Value as_integer(Percent *f, Value v, uint32_t code)
{
    VM *vm = f->vm;
    if (is_int_like(v))
        return v;
    bool exact = code == 'x' || code == 'X' || code == 'o';
    Value r = !exact ? truncated(vm, v) : has_index(vm, v) ? index_value(vm, v) : VALUE_ELLIPSIS;
    if (r != VALUE_ELLIPSIS && (r != VALUE_EMPTY || !error_is(vm, EXC_TypeError)))
        return r;
    error_clear(vm);
    if (exact)
        return raise_type(vm, "%%%c format: an integer is required, not %T", (int)code, v);
    return raise_type(vm, "%%%c format: a real number is required, not %T", (int)code, v);
}

static bool add_integer(Percent *f, const Directive *d, Value v)
{
    VM *vm = f->vm;
    int base = d->code == 'o' ? 8 : d->code == 'x' || d->code == 'X' ? 16 : 10;
    if ((v = as_integer(f, v, d->code)) == VALUE_EMPTY)
        return false;
    if (is_bool(v))
        v = from_small(v == VALUE_TRUE);
    char small[64];
    bool negative = int_sign(v) < 0;
    NumberParts parts = {.prefix = "", .rest = ""};
    if (is_small(v)) {
        parts.digits = small_int_digits(as_small(v), (unsigned)base, small + sizeof small);
        parts.digit_count = (size_t)(small + sizeof small - parts.digits);
    } else {
        Str *digits = int_to_str(vm, v, base);
        if (!digits)
            return false;
        parts.digits = digits->data + negative;
        parts.digit_count = digits->size - negative;
    }
    if (d->plain) {
        return (!negative || builder_add_char(&f->out, '-')) &&
               builder_add_ascii(&f->out, parts.digits, parts.digit_count);
    }
    if (d->precision > (int64_t)parts.digit_count || d->code == 'X') {
        size_t zeros = d->precision > (int64_t)parts.digit_count ? (size_t)d->precision - parts.digit_count : 0;
        char *copy = gc_buffer(vm, zeros + parts.digit_count);
        if (!copy)
            return false;
        memset(copy, '0', zeros);
        for (size_t i = 0; i < parts.digit_count; i++) {
            char c = parts.digits[i];
            copy[zeros + i] = d->code == 'X' && c >= 'a' ? (char)(c - 32) : c;
        }
        parts.digits = copy;
        parts.digit_count += zeros;
    }
    if (d->alternate && base != 10)
        parts.prefix = d->code == 'o' ? "0o" : d->code == 'x' ? "0x" : "0X";
    return add_number(f, d, &parts, negative);
}

static bool add_float(Percent *f, const Directive *d, Value v)
{
    double x;
    FloatText text;
    if (!object_as_double(f->vm, v, &x)) {
        if (f->bytes && error_is(f->vm, EXC_TypeError)) {
            error_clear(f->vm);
            raise_type(f->vm, "float argument required, not %T", v);
        }
        return false;
    }
    if (!float_text(f->vm, &text, x, (char)d->code, d->precision < 0 ? 6 : d->precision,
                    d->alternate ? FLOAT_ALTERNATE : 0))
        return false;
    bool negative = text.text[0] == '-';
    NumberParts parts = {.prefix = "", .digits = "", .rest = text.text + negative, .rest_size = text.size - negative};
    return add_number(f, d, &parts, negative);
}

static bool add_str_char(Percent *f, const Directive *d, Value v)
{
    char text[4];
    if (is_str(v)) {
        if (as_str(v)->length != 1)
            return raise_type(f->vm, "%%c requires int or char"), false;
        return add_text(f, d, as_str(v)->data, as_str(v)->size, 1);
    }
    int64_t cp;
    if (!has_index(f->vm, v))
        return raise_type(f->vm, "%%c requires int or char"), false;
    if (!object_index_clamped(f->vm, v, &cp))
        return false;
    if (cp < 0 || cp > 0x10FFFF)
        return raise_overflow(f->vm, "%%c arg not in range(0x110000)"), false;
    return add_text(f, d, text, (size_t)utf8_encode((uint32_t)cp, text), 1);
}

static bool raise_code(Percent *f, const Directive *d)
{
    size_t width = f->bytes ? 1 : (size_t)utf8_width(d->code), at = (size_t)(f->p - f->start) - width;
    if (!f->bytes)
        at = utf8_count(f->start, at);
    int shown = d->code >= 31 && d->code <= 126 ? (int)d->code : f->bytes ? (int)d->code : '?';
    raise_value(f->vm, "unsupported format character '%c' (0x%x) at index %zu", shown, d->code, at);
    return false;
}

static bool add_numeric_or_fail(Percent *f, const Directive *d, Value v)
{
    switch (d->code) {
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': return add_integer(f, d, v);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': return add_float(f, d, v);
    default: return raise_code(f, d);
    }
}

static bool add_for_str(Percent *f, const Directive *d, Value v)
{
    switch (d->code) {
    case 's': return add_str(f, d, object_str(f->vm, v));
    case 'r': return add_str(f, d, object_repr(f->vm, v));
    case 'a': return add_str(f, d, object_ascii(f->vm, v));
    case 'c': return add_str_char(f, d, v);
    default: return add_numeric_or_fail(f, d, v);
    }
}

// ---- bytes

static bool add_bytes(Percent *f, const Directive *d, Value v)
{
    const char *data;
    size_t size;
    if (!bytes_view(v, &data, &size)) {
        Value made = call_special(f->vm, v, SPECIAL___bytes__, NULL, 0);
        if (made == VALUE_EMPTY) {
            if (!f->vm->error)
                raise_type(f->vm, "%%b requires a bytes-like object, or an object that implements __bytes__, not '%T'",
                           v);
            return false;
        }
        if (!is_bytes(made))
            return raise_type(f->vm, "__bytes__ returned non-bytes (type %T)", made), false;
        bytes_view(made, &data, &size);
    }
    if (d->precision >= 0 && d->precision < (int64_t)size)
        size = (size_t)d->precision;
    bool ok = add_text(f, d, data, size, size);
    keep_alive(v);
    return ok;
}

static bool add_byte(Percent *f, const Directive *d, Value v)
{
    const char *data;
    size_t size;
    int64_t byte;
    if (!is_int_like(v) && bytes_view(v, &data, &size) && size == 1)
        return add_text(f, d, data, 1, 1);
    if (!is_int_like(v) && !has_index(f->vm, v))
        return raise_type(f->vm, "%%c requires an integer in range(256) or a single byte"), false;
    if (!object_index_clamped(f->vm, v, &byte))
        return false;
    if (byte < 0 || byte > 255)
        return raise_overflow(f->vm, "%%c arg not in range(256)"), false;
    char text = (char)byte;
    return add_text(f, d, &text, 1, 1);
}

static bool add_for_bytes(Percent *f, const Directive *d, Value v)
{
    switch (d->code) {
    case 'b': case 's': return add_bytes(f, d, v);
    case 'r': case 'a': return add_str(f, d, object_ascii(f->vm, v));
    case 'c': return add_byte(f, d, v);
    default: return add_numeric_or_fail(f, d, v);
    }
}

// ---- the operator

static bool add_directive(Percent *f)
{
    Directive d;
    if (f->p < f->end && *f->p == '%') {
        f->p++;
        return builder_add_char(&f->out, '%');
    }
    if (!read_directive(f, &d))
        return false;
    Value v = next_argument(f);
    if (v == VALUE_EMPTY)
        return false;
    return f->bytes ? add_for_bytes(f, &d, v) : add_for_str(f, &d, v);
}

static bool run(Percent *f)
{
    while (f->p < f->end) {
        const char *next = memchr(f->p, '%', (size_t)(f->end - f->p));
        if (!next)
            next = f->end;
        size_t size = (size_t)(next - f->p);
        if (!(f->ascii ? builder_add_ascii(&f->out, f->p, size) : builder_add(&f->out, f->p, size)))
            return false;
        f->p = next;
        if (f->p < f->end && (f->p++, !add_directive(f) || !vm_tick(f->vm)))
            return false;
    }
    bool left_over = f->count == -1 || (f->count >= 0 && f->next < f->count);
    if (left_over && f->mapping == VALUE_EMPTY) {
        raise_type(f->vm, "not all arguments converted during %s formatting", f->bytes ? "bytes" : "string");
        return false;
    }
    return !f->out.failed;
}

static void begin(Percent *f, VM *vm, const char *format, size_t size, Value args, bool bytes)
{
    f->vm = vm;
    f->start = f->p = format;
    f->end = format + size;
    f->bytes = bytes;
    f->ascii = false;
    f->mapping = is_mapping(vm, args, bytes) ? args : VALUE_EMPTY;
    set_arguments(f, args);
    builder_init(&f->out, vm);
}

Value str_percent(VM *vm, Str *format, Value args)
{
    Percent f;
    begin(&f, vm, format->data, format->size, args, false);
    f.ascii = str_is_ascii(format);
    bool ok = run(&f);
    keep_alive(format);
    return ok ? str_result(builder_finish(&f.out)) : VALUE_EMPTY;
}

Value bytes_percent(VM *vm, Value format, Value args)
{
    const char *data;
    size_t size;
    Percent f;
    bool mutable = has_kind(format, KIND_BYTEARRAY);
    Value copy = VALUE_EMPTY;
    bytes_view(format, &data, &size);
    if (mutable) { // a script may change it meanwhile
        if ((copy = bytes_new(vm, data, size)) == VALUE_EMPTY)
            return VALUE_EMPTY;
        bytes_view(copy, &data, &size);
    }
    begin(&f, vm, data, size, args, true);
    bool ok = run(&f);
    keep_alive(format);
    keep_alive(copy);
    if (!ok)
        return VALUE_EMPTY;
    return mutable ? bytearray_new(vm, f.out.data, f.out.size) : bytes_new(vm, f.out.data, f.out.size);
}
