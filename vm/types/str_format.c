// SPDX-License-Identifier: MIT
//
// str.format and str.format_map (PEP 3101): literal text and replacement fields {name.attr[item]!conversion:spec}. A
// spec may hold fields itself, one level deep. All delimiters are ASCII, so the scanning runs on bytes.

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "str_internal.h"

typedef struct Span {
    const char *start, *end;
} Span;

typedef enum Numbering { NUMBERING_UNKNOWN, NUMBERING_AUTO, NUMBERING_MANUAL } Numbering;

typedef struct Formatter {
    VM *vm;
    Tuple *args;    // NULL: format_map
    Value names;    // mapping, VALUE_EMPTY: none
    Numbering numbering;
    int64_t next;   // of automatic numbering
    bool ascii;     // the whole format is
} Formatter;

typedef struct Field {
    Span name, spec;
    uint32_t conversion; // 0: none
    bool nested;         // the spec holds fields
} Field;

static bool build(Formatter *f, Span text, StrBuilder *out, int depth);

static bool fail(Formatter *f, const char *message)
{
    raise_value(f->vm, "%s", message);
    return false;
}

// ---- field names

// A whole name that is a number: -1 it is not, -2 error.
static int64_t name_number(Formatter *f, Span name)
{
    int64_t value = 0;
    if (name.start == name.end)
        return -1;
    for (const char *p = name.start; p < name.end;) {
        int digit = unicode_decimal_value(utf8_next(&p));
        if (digit < 0)
            return -1;
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
            return fail(f, "Too many decimal digits in format string"), -2;
    }
    return value;
}

static bool choose_numbering(Formatter *f, bool automatic)
{
    Numbering wanted = automatic ? NUMBERING_AUTO : NUMBERING_MANUAL;
    if (f->numbering == NUMBERING_UNKNOWN)
        f->numbering = wanted;
    if (f->numbering == wanted)
        return true;
    return fail(f, automatic ? "cannot switch from manual field specification to automatic field numbering"
                             : "cannot switch from automatic field numbering to manual field specification");
}

static Value span_str(Formatter *f, Span s) { return str_result(str_new(f->vm, s.start, (size_t)(s.end - s.start))); }

static Value first_object(Formatter *f, Span name)
{
    int64_t index = name_number(f, name);
    bool automatic = name.start == name.end;
    if (index == -2 || ((automatic || index >= 0) && !choose_numbering(f, automatic)))
        return VALUE_EMPTY;
    if (automatic)
        index = f->next++;
    if (index < 0) {
        Value key = span_str(f, name);
        if (key == VALUE_EMPTY)
            return VALUE_EMPTY;
        return f->names == VALUE_EMPTY ? raise_key(f->vm, key) : object_getitem(f->vm, f->names, key);
    }
    if (!f->args)
        return raise_value(f->vm, "Format string contains positional fields");
    if (index >= f->args->count)
        return raise_index(f->vm, "Replacement index %lld out of range for positional args tuple", (long long)index);
    return f->args->items[index];
}

// ".attr" or "[item]" at *p applied to object.
static Value next_object(Formatter *f, Value object, const char **p, const char *end)
{
    bool attribute = **p == '.';
    Span part = {*p + 1, *p + 1};
    if (!attribute && **p != '[')
        return raise_value(f->vm, "Only '.' or '[' may follow ']' in format field specifier");
    while (part.end < end && (attribute ? *part.end != '.' && *part.end != '[' : *part.end != ']'))
        part.end++;
    if (!attribute && part.end == end)
        return raise_value(f->vm, "Missing ']' in format string");
    *p = part.end + !attribute;
    if (part.start == part.end)
        return raise_value(f->vm, "Empty attribute in format string");
    int64_t index = attribute ? -1 : name_number(f, part);
    if (index == -2)
        return VALUE_EMPTY;
    if (index >= 0) {
        Value key = int_from_i64(f->vm, index);
        return key == VALUE_EMPTY ? key : object_getitem(f->vm, object, key);
    }
    Value name = span_str(f, part);
    if (name == VALUE_EMPTY)
        return name;
    if (!attribute)
        return object_getitem(f->vm, object, name);
    Str *interned = str_intern(f->vm, as_str(name));
    return interned ? object_getattr(f->vm, object, interned) : VALUE_EMPTY;
}

static Value field_object(Formatter *f, Span name)
{
    const char *p = name.start;
    while (p < name.end && *p != '.' && *p != '[')
        p++;
    Value object = first_object(f, (Span){name.start, p});
    while (object != VALUE_EMPTY && p < name.end)
        object = next_object(f, object, &p, name.end);
    return object;
}

// ---- the text of a field

static bool parse_conversion(Formatter *f, const char **p, const char *end, Field *field, bool *done)
{
    if (*p >= end)
        return fail(f, "end of string while looking for conversion specifier");
    field->conversion = utf8_next(p);
    *done = false;
    if (*p >= end)
        return true;
    if (**p == '}') {
        *done = true;
        ++*p;
        return true;
    }
    if (*(*p)++ != ':')
        return fail(f, "expected ':' after conversion specifier");
    return true;
}

static bool parse_spec(Formatter *f, const char **p, const char *end, Field *field)
{
    int open = 1;
    field->spec.start = *p;
    for (; *p < end; ++*p) {
        if (**p == '{') {
            field->nested = true;
            open++;
        } else if (**p == '}' && --open == 0) {
            field->spec.end = (*p)++;
            return true;
        }
    }
    return fail(f, "unmatched '{' in format spec");
}

// *p is behind the opening brace and moves behind the closing one.
static bool parse_field(Formatter *f, const char **p, const char *end, Field *field)
{
    memset(field, 0, sizeof *field);
    field->name.start = *p;
    for (; *p < end && **p != '}' && **p != ':' && **p != '!'; ++*p) {
        if (**p == '{')
            return fail(f, "unexpected '{' in field name");
        if (**p == '[')
            while (*p + 1 < end && **p != ']')
                ++*p;
    }
    if (*p >= end)
        return fail(f, "expected '}' before end of string");
    field->name.end = *p;
    char c = *(*p)++;
    bool done = c == '}';
    if (c == '!' && !parse_conversion(f, p, end, field, &done))
        return false;
    return done || parse_spec(f, p, end, field);
}

static Value convert(Formatter *f, Value v, uint32_t conversion)
{
    switch (conversion) {
    case 'r': return str_result(object_repr(f->vm, v));
    case 's': return str_result(object_str(f->vm, v));
    case 'a': return str_result(object_ascii(f->vm, v));
    default: break;
    }
    if (conversion > 32 && conversion < 127)
        return raise_value(f->vm, "Unknown conversion specifier %c", (int)conversion);
    return raise_value(f->vm, "Unknown conversion specifier \\x%x", conversion);
}

static bool add_field(Formatter *f, const Field *field, StrBuilder *out, int depth)
{
    VM *vm = f->vm;
    Value v = field_object(f, field->name);
    if (v != VALUE_EMPTY && field->conversion)
        v = convert(f, v, field->conversion);
    if (v == VALUE_EMPTY)
        return false;
    Str *spec = vm->empty_str;
    if (field->nested) {
        StrBuilder b;
        builder_init(&b, vm);
        if (!build(f, field->spec, &b, depth - 1) || !(spec = builder_finish(&b)))
            return false;
    } else if (field->spec.start < field->spec.end) {
        if (!(spec = str_new(vm, field->spec.start, (size_t)(field->spec.end - field->spec.start))))
            return false;
    }
    return builder_add_formatted(out, v, spec);
}

static const char *next_brace(const char *p, const char *end)
{
    while (p < end && *p != '{' && *p != '}')
        p++;
    return p;
}

static bool build(Formatter *f, Span text, StrBuilder *out, int depth)
{
    if (depth <= 0)
        return fail(f, "Max string recursion exceeded");
    for (const char *p = text.start; p < text.end;) {
        const char *brace = next_brace(p, text.end);
        size_t size = (size_t)(brace - p);
        if (!(f->ascii ? builder_add_ascii(out, p, size) : builder_add(out, p, size)))
            return false;
        p = brace;
        if (p == text.end)
            break;
        char c = *p++;
        if (p < text.end && *p == c) {
            builder_add_char(out, c);
            p++;
            continue;
        }
        if (c == '}')
            return fail(f, "Single '}' encountered in format string");
        if (p == text.end)
            return fail(f, "Single '{' encountered in format string");
        Field field;
        if (!parse_field(f, &p, text.end, &field) || !add_field(f, &field, out, depth) || !vm_tick(f->vm))
            return false;
    }
    return !out->failed;
}

static Value run(Formatter *f, Str *format)
{
    StrBuilder out;
    if (!memchr(format->data, '{', format->size) && !memchr(format->data, '}', format->size))
        return from_object(format);
    f->ascii = str_is_ascii(format);
    builder_init(&out, f->vm);
    if (!build(f, (Span){format->data, format->data + format->size}, &out, 2))
        return VALUE_EMPTY;
    return str_result(builder_finish(&out));
}

Value str_format_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Formatter f = {.vm = vm, .args = as_tuple(args[1]), .names = args[2]};
    return run(&f, as_str(args[0]));
}

Value str_format_map_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Formatter f = {.vm = vm, .names = args[1]};
    return run(&f, as_str(args[0]));
}
