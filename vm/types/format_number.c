// SPDX-License-Identifier: MIT
//
// format() of int, float and complex: digits from the number library, then sign, prefix, grouping and padding.

#include "format_number.h"

#include "lexer/utf8.h"
#include "vm/number/float_text.h"

// ---- layout

// How many characters the digits take when at least `least` are wanted, separators included; every group but the first
// is full. Zeros fill up.
static size_t grouped_size(size_t digits, size_t group, size_t least)
{
    size_t size = 0, separator = 0;
    for (;;) {
        size_t wanted = digits > least ? digits : least;
        size_t part = wanted < group ? wanted : group;
        if (part == 0)
            part = 1;
        size += separator + part;
        separator = 1;
        digits -= part < digits ? part : digits;
        least -= part < least ? part : least;
        if (digits == 0 && least == 0)
            return size;
        least -= least > 0;
    }
}

// Writes the digits right-aligned in `size` characters, with separators.
static void put_grouped(char *out, size_t size, const char *digits, size_t count, size_t group, char separator)
{
    size_t in_group = 0;
    while (size) {
        if (in_group == group) {
            out[--size] = separator;
            in_group = 0;
            continue;
        }
        out[--size] = count ? digits[--count] : '0';
        in_group++;
    }
}

static bool add_digits(StrBuilder *b, const NumberParts *parts, const FormatSpec *spec, size_t size)
{
    if (!spec->grouping) {
        return (size <= parts->digit_count || builder_repeat(b, '0', size - parts->digit_count)) &&
               builder_add_ascii(b, parts->digits, parts->digit_count);
    }
    if (!builder_reserve(b, size))
        return false;
    put_grouped(b->data + b->size, size, parts->digits, parts->digit_count,
                spec->type && strchr("boxX", (int)spec->type) ? 4 : 3, spec->grouping);
    b->size += size;
    b->length += size;
    return true;
}

// The common case: no separators, everything ASCII but the rest, which is short or absent.
static bool lay_out_plain(StrBuilder *b, const NumberParts *parts, const FormatSpec *spec, char align)
{
    size_t size = parts->digit_count + parts->rest_size + (parts->sign != 0), width = (size_t)spec->width;
    size_t extra = width > size ? width - size : 0, left = align == '>' ? extra : align == '^' ? extra / 2 : 0;
    if (!builder_reserve(b, size + extra))
        return false;
    char *p = b->data + b->size;
    memset(p, (int)spec->fill, left);
    p += left;
    if (parts->sign)
        *p++ = parts->sign;
    if (align == '=') {
        memset(p, (int)spec->fill, extra);
        p += extra;
        left = extra;
    }
    memcpy(p, parts->digits, parts->digit_count);
    p += parts->digit_count;
    memcpy(p, parts->rest, parts->rest_size);
    memset(p + parts->rest_size, (int)spec->fill, extra - left);
    b->size += size + extra;
    b->length += size + extra;
    return true;
}

static bool is_ascii(const char *text, size_t size) { return utf8_ascii_prefix(text, size) == size; }

bool number_lay_out(StrBuilder *b, const NumberParts *parts, const FormatSpec *spec, char default_align)
{
    char align = spec->align ? spec->align : default_align;
    if (!spec->grouping && !*parts->prefix && spec->fill < 0x80 && spec->width < 1024 &&
        (parts->digit_count || spec->fill != '0') && is_ascii(parts->rest, parts->rest_size)) {
        FormatSpec plain = *spec;
        if (plain.width < 0)
            plain.width = 0;
        return lay_out_plain(b, parts, &plain, align);
    }
    size_t prefix_size = strlen(parts->prefix);
    size_t others = prefix_size + (parts->sign != 0) + utf8_count(parts->rest, parts->rest_size);
    size_t digits = parts->digit_count, width = spec->width > 0 ? (size_t)spec->width : 0;
    size_t least = spec->fill == '0' && align == '=' && width > others ? width - others : 0;
    if (least > STR_MAX_SIZE)
        return raise_memory(b->vm), b->failed = true, false;
    if (digits && spec->grouping)
        digits = grouped_size(digits, spec->type && strchr("boxX", (int)spec->type) ? 4 : 3, least);
    else if (digits && least > digits)
        digits = least;
    size_t total = others + digits, extra = width > total ? width - total : 0;
    size_t left = align == '>' ? extra : align == '^' ? extra / 2 : 0, inner = align == '=' ? extra : 0;
    if (left && !builder_repeat(b, spec->fill, left))
        return false;
    if (parts->sign)
        builder_add_char(b, parts->sign);
    builder_add_ascii(b, parts->prefix, prefix_size);
    if (inner && !builder_repeat(b, spec->fill, inner))
        return false;
    if (digits && !add_digits(b, parts, spec, digits))
        return false;
    builder_add(b, parts->rest, parts->rest_size);
    extra -= left + inner;
    return (extra == 0 || builder_repeat(b, spec->fill, extra)) && !b->failed;
}

static char sign_of(bool negative, char wanted) { return negative ? '-' : wanted == '+' || wanted == ' ' ? wanted : 0; }

// ---- int

static bool put_character(StrBuilder *b, Value v, const FormatSpec *spec)
{
    VM *vm = b->vm;
    int64_t cp;
    if (spec->sign)
        return raise_value(vm, "Sign not allowed with integer format specifier 'c'"), false;
    if (spec->alternate)
        return raise_value(vm, "Alternate form (#) not allowed with integer format specifier 'c'"), false;
    if (!int_fits_i64(v, &cp))
        return raise_overflow(vm, "Python int too large to convert to C long"), false;
    if (cp < 0 || cp > 0x10FFFF)
        return raise_overflow(vm, "%%c arg not in range(0x110000)"), false;
    char text[4];
    NumberParts parts = {
        .prefix = "", .digits = "", .rest = text, .rest_size = (size_t)utf8_encode((uint32_t)cp, text)};
    return number_lay_out(b, &parts, spec, '>');
}

static void upper_digits(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 'a' && text[i] <= 'z')
            text[i] = (char)(text[i] - 32);
}

static char *decimal_digits(uint64_t rest, char *end)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
        "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
        "99";
    while (rest >= 100) {
        end -= 2;
        memcpy(end, pairs + rest % 100 * 2, 2);
        rest /= 100;
    }
    if (rest >= 10) {
        end -= 2;
        memcpy(end, pairs + rest * 2, 2);
    } else {
        *--end = (char)('0' + rest);
    }
    return end;
}

char *small_int_digits(int64_t value, unsigned base, char *end)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (base == 10)
        return decimal_digits(rest, end);
    unsigned shift = base == 16 ? 4 : base == 8 ? 3 : 1;
    do {
        *--end = "0123456789abcdef"[rest & (base - 1)];
    } while (rest >>= shift);
    return end;
}

static bool put_integer(StrBuilder *b, Value v, const FormatSpec *spec)
{
    VM *vm = b->vm;
    if (spec->precision >= 0)
        return raise_value(vm, "Precision not allowed in integer format specifier"), false;
    if (spec->no_negative_zero)
        return raise_value(vm, "Negative zero coercion (z) not allowed in integer format specifier"), false;
    if (spec->type == 'c')
        return put_character(b, v, spec);
    int base = spec->type == 'b' ? 2 : spec->type == 'o' ? 8 : spec->type == 'x' || spec->type == 'X' ? 16 : 10;
    char text[64];
    NumberParts parts = {.prefix = "", .rest = ""};
    bool negative = int_sign(v) < 0;
    if (is_small(v)) {
        parts.digits = small_int_digits(as_small(v), (unsigned)base, text + sizeof text);
        parts.digit_count = (size_t)(text + sizeof text - parts.digits);
    } else {
        Str *digits = int_to_str(vm, v, base);
        if (!digits)
            return false;
        parts.digits = digits->data + negative;
        parts.digit_count = digits->size - negative;
    }
    if (spec->type == 'X') {
        char *copy = parts.digit_count <= sizeof text ? text : gc_buffer(vm, parts.digit_count);
        if (!copy)
            return false;
        memmove(copy, parts.digits, parts.digit_count);
        upper_digits(copy, parts.digit_count);
        parts.digits = copy;
    }
    if (spec->alternate)
        parts.prefix = base == 2 ? "0b" : base == 8 ? "0o" : spec->type == 'x' ? "0x" : spec->type == 'X' ? "0X" : "";
    parts.sign = sign_of(negative, spec->sign);
    return number_lay_out(b, &parts, spec, '>');
}

static bool put_double(StrBuilder *b, double d, const FormatSpec *spec, const char *type_name);

static bool put_formatted_int(StrBuilder *b, Value v, Str *spec_text)
{
    VM *vm = b->vm;
    FormatSpec spec;
    const char *type_name = type_of(vm, v)->name->data;
    if (!format_parse_for(vm, spec_text, &spec, 'd', '>', type_name))
        return false;
    if (is_bool(v))
        v = from_small(v == VALUE_TRUE);
    switch (spec.type) {
    case 'b': case 'c': case 'd': case 'o': case 'x': case 'X': case 'n': return put_integer(b, v, &spec);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case '%': {
        bool overflow = false;
        double d = int_to_double(vm, v, &overflow);
        if (overflow)
            return raise_overflow(vm, "int too large to convert to float"), false;
        return put_double(b, d, &spec, type_name);
    }
    default: return format_raise_unknown(vm, spec.type, type_name);
    }
}

Value format_int(VM *vm, Value v, Str *spec_text)
{
    StrBuilder b;
    if (spec_text->size == 0)
        return str_result(object_str(vm, v));
    builder_init(&b, vm);
    return put_formatted_int(&b, v, spec_text) ? str_result(builder_finish(&b)) : VALUE_EMPTY;
}

// ---- float

bool float_text(VM *vm, FloatText *out, double x, char type, int64_t precision, unsigned flags)
{
    if (precision > INT32_MAX)
        return raise_value(vm, "precision too big"), false;
    size_t bound = float_format_bound(x, type, (size_t)precision);
    if (bound > STR_MAX_SIZE)
        return raise_memory(vm), false;
    out->text = bound <= sizeof out->local ? out->local : gc_buffer(vm, bound);
    if (!out->text)
        return false;
    out->size = float_format(x, type, (size_t)precision, flags, out->text);
    return true;
}

// The style for float_format that a presentation type and precision stand for.
static char float_style(uint32_t type, int64_t *precision, unsigned *flags)
{
    if (type == 0) {
        *flags |= FLOAT_ADD_DOT_0;
        type = *precision < 0 ? 'r' : 'g';
    }
    if (type == 'n')
        type = 'g';
    if (*precision < 0)
        *precision = type == 'r' ? 0 : 6;
    return (char)type;
}

static void split_number(const FloatText *t, NumberParts *parts, char wanted_sign)
{
    const char *p = t->text, *end = p + t->size;
    bool negative = *p == '-';
    p += negative;
    parts->sign = sign_of(negative, wanted_sign);
    parts->prefix = "";
    parts->digits = p;
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    parts->digit_count = (size_t)(p - parts->digits);
    parts->rest = p;
    parts->rest_size = (size_t)(end - p);
}

static unsigned float_flags(const FormatSpec *spec)
{
    return (spec->alternate ? FLOAT_ALTERNATE : 0u) | (spec->no_negative_zero ? FLOAT_NO_NEGATIVE_ZERO : 0u);
}

static bool put_double(StrBuilder *b, double d, const FormatSpec *spec, const char *type_name)
{
    if (spec->type && (spec->type > 127 || !strchr("eEfFgGn%", (int)spec->type)))
        return format_raise_unknown(b->vm, spec->type, type_name);
    unsigned flags = float_flags(spec);
    int64_t precision = spec->precision;
    char style = float_style(spec->type, &precision, &flags);
    FloatText text;
    NumberParts parts;
    if (!float_text(b->vm, &text, d, style, precision, flags))
        return false;
    if (spec->width <= (int64_t)text.size && !spec->grouping && (spec->sign == 0 || spec->sign == '-'))
        return builder_add_ascii(b, text.text, text.size);
    split_number(&text, &parts, spec->sign);
    return number_lay_out(b, &parts, spec, '>');
}

static bool put_formatted_double(StrBuilder *b, double d, Str *spec_text)
{
    FormatSpec spec;
    return format_parse_for(b->vm, spec_text, &spec, 0, '>', "float") && put_double(b, d, &spec, "float");
}

Value format_float(VM *vm, double d, Str *spec_text)
{
    StrBuilder b;
    if (spec_text->size == 0)
        return str_result(float_repr_str(vm, d));
    builder_init(&b, vm);
    return put_formatted_double(&b, d, spec_text) ? str_result(builder_finish(&b)) : VALUE_EMPTY;
}

bool builder_add_formatted(StrBuilder *b, Value v, Str *spec)
{
    VM *vm = b->vm;
    if (is_exact(vm, v, KIND_STR) && spec->size == 0)
        return builder_add_str(b, as_str(v));
    if (is_small(v)) {
        if (spec->size)
            return put_formatted_int(b, v, spec);
        char text[24], *digits = small_int_digits(as_small(v), 10, text + sizeof text);
        if (as_small(v) < 0)
            *--digits = '-';
        return builder_add_ascii(b, digits, (size_t)(text + sizeof text - digits));
    }
    if (is_double(v) && spec->size)
        return put_formatted_double(b, as_double(v), spec);
    Value text = object_format(vm, v, spec);
    return text != VALUE_EMPTY && builder_add_str(b, as_str(text));
}

// ---- complex

static bool add_part(VM *vm, StrBuilder *b, double x, const FormatSpec *spec, char sign)
{
    unsigned flags = float_flags(spec);
    int64_t precision = spec->precision;
    FloatText text;
    NumberParts parts;
    FormatSpec bare = *spec;
    bare.width = -1;
    bare.align = '<';
    bare.fill = ' ';
    char style = float_style(spec->type, &precision, &flags);
    flags &= ~(unsigned)FLOAT_ADD_DOT_0;
    if (!float_text(vm, &text, x, style, precision, flags))
        return false;
    size_t dropped = style == 'r' && text.size > 2 && memcmp(text.text + text.size - 2, ".0", 2) == 0 ? 2 : 0;
    text.size -= dropped; // parts of a complex number show no ".0"
    split_number(&text, &parts, sign);
    return number_lay_out(b, &parts, &bare, '<');
}

Value format_complex(VM *vm, double real, double imag, Str *spec_text)
{
    FormatSpec spec;
    if (!format_parse_for(vm, spec_text, &spec, 0, '>', "complex"))
        return VALUE_EMPTY;
    if (spec.type && (spec.type > 127 || !strchr("eEfFgGn", (int)spec.type)))
        return format_raise_unknown(vm, spec.type, "complex"), VALUE_EMPTY;
    if (spec.fill == '0')
        return raise_value(vm, "Zero padding is not allowed in complex format specifier");
    if (spec.align == '=')
        return raise_value(vm, "'=' alignment flag is not allowed in complex format specifier");
    StrBuilder b;
    builder_init(&b, vm);
    bool plain = spec.type == 0, skip_real = plain && real == 0 && !signbit(real), parentheses = plain && !skip_real;
    if (parentheses)
        builder_add_char(&b, '(');
    if (!skip_real && !add_part(vm, &b, real, &spec, spec.sign))
        return VALUE_EMPTY;
    if (!add_part(vm, &b, imag, &spec, skip_real ? spec.sign : '+'))
        return VALUE_EMPTY;
    builder_add_ascii(&b, "j)", parentheses ? 2 : 1);
    Str *text = builder_finish(&b);
    if (!text || spec.width <= (int64_t)text->length)
        return str_result(text);
    StrBuilder padded;
    builder_init(&padded, vm);
    format_pad(&padded, text->data, text->size, text->length, &spec, '>');
    return str_result(builder_finish(&padded));
}
