// SPDX-License-Identifier: MIT
//
// The format specification mini-language (PEP 3101): reading a specification, padding, and what str does with it.
// Numbers are in format_number.c.

#include "format_number.h"
#include "lexer/unicode.h"
#include "lexer/utf8.h"

static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

// ---- reading

typedef struct SpecReader {
    VM *vm;
    const char *p, *end;
} SpecReader;

static bool accept(SpecReader *r, char c)
{
    if (r->p < r->end && *r->p == c)
        return r->p++, true;
    return false;
}

// A decimal number (any script's digits). 1 read, 0 none, -1 error.
static int read_number(SpecReader *r, int64_t *out)
{
    int64_t value = 0;
    const char *start = r->p;
    while (r->p < r->end) {
        const char *next = r->p;
        int digit = (unsigned char)*next - '0';
        if ((unsigned)digit <= 9)
            next++;
        else if ((unsigned char)*next < 0x80)
            break;
        else
            digit = unicode_decimal_value(utf8_next(&next));
        if (digit < 0)
            break;
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value)) {
            raise_value(r->vm, "Too many decimal digits in format string");
            return -1;
        }
        r->p = next;
    }
    if (r->p == start)
        return 0;
    *out = value;
    return 1;
}

static void read_fill_and_align(SpecReader *r, FormatSpec *out, bool *filled)
{
    const char *second = r->p;
    if (r->p == r->end)
        return;
    uint32_t first = utf8_next(&second);
    if (second < r->end && is_align((unsigned char)*second)) {
        out->fill = first;
        out->align = *second;
        *filled = true;
        r->p = second + 1;
    } else if (is_align(first)) {
        out->align = (char)first;
        r->p++;
    }
}

static bool raise_grouping(VM *vm, char grouping, uint32_t type)
{
    if (type > 32 && type < 128)
        raise_value(vm, "Cannot specify '%c' with '%c'.", grouping, (int)type);
    else
        raise_value(vm, "Cannot specify '%c' with '\\x%x'.", grouping, type);
    return false;
}

static bool read_grouping(SpecReader *r, FormatSpec *out)
{
    if (accept(r, ','))
        out->grouping = ',';
    if (r->p < r->end && *r->p == '_') {
        if (out->grouping)
            return raise_value(r->vm, "Cannot specify both ',' and '_'."), false;
        out->grouping = '_';
        r->p++;
    }
    if (out->grouping == '_' && r->p < r->end && *r->p == ',')
        return raise_value(r->vm, "Cannot specify both ',' and '_'."), false;
    return true;
}

static bool read_precision(SpecReader *r, FormatSpec *out)
{
    if (!accept(r, '.'))
        return true;
    int got = read_number(r, &out->precision);
    if (got == 0)
        raise_value(r->vm, "Format specifier missing precision");
    return got > 0;
}

static bool check_grouping(VM *vm, const FormatSpec *out)
{
    if (!out->grouping)
        return true;
    if (out->type == 0 || (out->type < 128 && strchr("defgEGF%", (int)out->type)))
        return true;
    if (out->grouping == '_' && out->type < 128 && strchr("boxX", (int)out->type))
        return true;
    return raise_grouping(vm, out->grouping, out->type);
}

bool format_parse_for(VM *vm, Str *spec, FormatSpec *out, uint32_t default_type, char default_align,
                      const char *type_name)
{
    *out = (FormatSpec){.fill = ' ', .width = -1, .precision = -1, .type = default_type};
    SpecReader r = {vm, spec->data, spec->data + spec->size};
    bool filled = false;
    read_fill_and_align(&r, out, &filled);
    if (r.p < r.end && (*r.p == '+' || *r.p == '-' || *r.p == ' '))
        out->sign = *r.p++;
    out->no_negative_zero = accept(&r, 'z');
    out->alternate = accept(&r, '#');
    if (!filled && accept(&r, '0')) {
        out->fill = '0';
        out->zero = true;
        if (!out->align && default_align == '>')
            out->align = '=';
    }
    if (read_number(&r, &out->width) < 0 || !read_grouping(&r, out) || !read_precision(&r, out))
        return false;
    if (r.p < r.end)
        out->type = utf8_next(&r.p);
    if (r.p < r.end) {
        raise_value(vm, "Invalid format specifier '%U' for object of type '%s'", spec, type_name);
        return false;
    }
    return check_grouping(vm, out);
}

bool format_parse(VM *vm, Str *spec, FormatSpec *out, uint32_t default_type, char default_align)
{
    return format_parse_for(vm, spec, out, default_type, default_align, "object");
}

bool format_raise_unknown(VM *vm, uint32_t code, const char *type_name)
{
    if (code > 32 && code < 128)
        raise_value(vm, "Unknown format code '%c' for object of type '%s'", (int)code, type_name);
    else
        raise_value(vm, "Unknown format code '\\x%x' for object of type '%s'", code, type_name);
    return false;
}

// ---- padding and str

bool format_pad(StrBuilder *b, const char *text, size_t size, size_t length, const FormatSpec *spec, char default_align)
{
    size_t extra = spec->width > (int64_t)length ? (size_t)spec->width - length : 0;
    char align = spec->align ? spec->align : default_align;
    size_t left = align == '>' ? extra : align == '^' ? extra / 2 : 0;
    return (left == 0 || builder_repeat(b, spec->fill, left)) && builder_add(b, text, size) &&
           (extra == left || builder_repeat(b, spec->fill, extra - left));
}

static Value raise_not_for_str(VM *vm, const FormatSpec *spec)
{
    if (spec->sign)
        return raise_value(vm, spec->sign == ' ' ? "Space not allowed in string format specifier"
                                                 : "Sign not allowed in string format specifier");
    if (spec->no_negative_zero)
        return raise_value(vm, "Negative zero coercion (z) not allowed in string format specifier");
    if (spec->alternate)
        return raise_value(vm, "Alternate form (#) not allowed in string format specifier");
    return raise_value(vm, "'=' alignment not allowed in string format specifier");
}

Value format_str(VM *vm, Str *s, Str *spec_text)
{
    FormatSpec spec;
    if (spec_text->size == 0)
        return str_result(str_exact(vm, s));
    if (!format_parse_for(vm, spec_text, &spec, 's', '<', type_of(vm, from_object(s))->name->data))
        return VALUE_EMPTY;
    if (spec.type != 's')
        return format_raise_unknown(vm, spec.type, type_of(vm, from_object(s))->name->data), VALUE_EMPTY;
    if (spec.sign || spec.no_negative_zero || spec.alternate || spec.align == '=')
        return raise_not_for_str(vm, &spec);
    size_t length = s->length, size = s->size;
    if (spec.precision >= 0 && spec.precision < (int64_t)length) {
        length = (size_t)spec.precision;
        size = str_byte_offset(vm, s, spec.precision);
    }
    if (spec.width <= (int64_t)length)
        return str_result(str_cut(vm, s, 0, size));
    StrBuilder b;
    builder_init(&b, vm);
    format_pad(&b, s->data, size, length, &spec, '<');
    return str_result(builder_finish(&b));
}
