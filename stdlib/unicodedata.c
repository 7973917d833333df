// SPDX-License-Identifier: MIT
//
// The module unicodedata: properties, names and normal forms of characters. Categories, numbers and names are in the
// lexer's tables, which str needs anyway; the rest is in unicodedata_table.c.

#include "unicodedata_table.h"

#include <stdio.h>

#include "lexer/unicode.h"
#include "lexer/unicode_forms.h"
#include "lexer/utf8.h"
#include "vm/types/container.h"

// ---- arguments

static bool char_of(VM *vm, Value v, const char *function, const char *which, uint32_t *cp)
{
    if (is_str(v) && as_str(v)->length == 1) {
        *cp = str_codepoint_at(vm, as_str(v), 0);
        return true;
    }
    raise_type(vm, "%s() argument%s must be a unicode character, not %T", function, which, v);
    return false;
}

static const UnicodeRange *range_of(uint32_t cp)
{
    size_t low = 0, high = unicodedata_range_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (unicodedata_ranges[middle].first <= cp)
            low = middle;
        else
            high = middle;
    }
    return &unicodedata_ranges[low];
}

static const UnicodeMapping *mapping_of(uint32_t cp)
{
    size_t low = 0, high = unicodedata_mapping_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (unicodedata_mappings[middle].cp < cp)
            low = middle + 1;
        else
            high = middle;
    }
    return low < unicodedata_mapping_count && unicodedata_mappings[low].cp == cp ? &unicodedata_mappings[low] : NULL;
}

static int combining_of(uint32_t cp)
{
    size_t low = 0, high = unicode_class_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (unicode_class_ranges[middle].last < cp)
            low = middle + 1;
        else
            high = middle;
    }
    return low < unicode_class_count && unicode_class_ranges[low].first <= cp ? unicode_class_ranges[low].combining : 0;
}

// ---- properties

static Value category(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    uint32_t cp;
    return char_of(vm, args[0], "category", "", &cp) ? from_object(str_from(vm, unicode_category(cp))) : VALUE_EMPTY;
}

static Value bidirectional(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    uint32_t cp;
    return char_of(vm, args[0], "bidirectional", "", &cp)
        ? from_object(str_from(vm, unicodedata_classes[range_of(cp)->bidi])) : VALUE_EMPTY;
}

static Value combining(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    uint32_t cp;
    return char_of(vm, args[0], "combining", "", &cp) ? from_small(combining_of(cp)) : VALUE_EMPTY;
}

static Value east_asian_width(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    uint32_t cp;
    return char_of(vm, args[0], "east_asian_width", "", &cp)
        ? from_object(str_from(vm, unicodedata_widths[range_of(cp)->width])) : VALUE_EMPTY;
}

static Value mirrored(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    uint32_t cp;
    return char_of(vm, args[0], "mirrored", "", &cp) ? from_small(range_of(cp)->mirrored) : VALUE_EMPTY;
}

static Value number_or(VM *vm, Value *args, int nargs, bool known, Value number, const char *message)
{
    if (known)
        return number;
    return nargs > 1 ? args[1] : raise_value(vm, "%s", message);
}

static Value decimal(VM *vm, Value *args, int nargs)
{
    uint32_t cp;
    if (!char_of(vm, args[0], "decimal", " 1", &cp))
        return VALUE_EMPTY;
    int n = unicode_decimal_value(cp);
    return number_or(vm, args, nargs, n >= 0, from_small(n), "not a decimal");
}

static Value digit(VM *vm, Value *args, int nargs)
{
    uint32_t cp;
    if (!char_of(vm, args[0], "digit", " 1", &cp))
        return VALUE_EMPTY;
    int n = unicode_digit_value(cp);
    return number_or(vm, args, nargs, n >= 0, from_small(n), "not a digit");
}

static Value numeric(VM *vm, Value *args, int nargs)
{
    uint32_t cp;
    double d = 0;
    if (!char_of(vm, args[0], "numeric", " 1", &cp))
        return VALUE_EMPTY;
    bool known = unicode_numeric_value(cp, &d);
    return number_or(vm, args, nargs, known, from_double(d), "not a numeric character");
}

static Value decomposition(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    uint32_t cp;
    if (!char_of(vm, args[0], "decomposition", "", &cp))
        return VALUE_EMPTY;
    const UnicodeMapping *m = mapping_of(cp);
    StrBuilder b;
    builder_init(&b, vm);
    if (m)
        builder_add_cstr(&b, unicodedata_tags[m->tag]);
    for (int i = 0; m && i < m->count; i++) {
        char text[16];
        snprintf(text, sizeof text, "%s%04X", b.size ? " " : "", unicodedata_pool[m->start + i]);
        builder_add_cstr(&b, text);
    }
    return from_object(builder_finish(&b));
}

// ---- names

static Value name(VM *vm, Value *args, int nargs)
{
    uint32_t cp;
    char text[UNICODE_NAME_MAX];
    if (!char_of(vm, args[0], "name", " 1", &cp))
        return VALUE_EMPTY;
    size_t size = unicode_name(cp, text);
    if (size)
        return from_object(str_new_ascii(vm, text, size));
    return nargs > 1 ? args[1] : raise_value(vm, "no such name");
}

static Value lookup(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    uint32_t cp;
    if (!is_str(args[0]))
        return raise_type(vm, "lookup() argument must be str, not %T", args[0]);
    Str *s = as_str(args[0]);
    if (unicode_lookup_name(s->data, s->size, &cp))
        return from_object(str_from_codepoint(vm, cp));
    Str *message = str_format(vm, "undefined character name '%U'", s);
    return message ? raise_key(vm, from_object(message)) : VALUE_EMPTY;
}

// ---- normal forms

typedef struct Points {
    uint32_t *items;
    size_t count, capacity;
} Points;

static bool add_point(VM *vm, Points *p, uint32_t cp)
{
    if (p->count == p->capacity) {
        size_t wanted = p->capacity * 2 + 32;
        uint32_t *more = gc_buffer_resize(vm, p->items, p->capacity * sizeof cp, wanted * sizeof cp);
        if (!more)
            return false;
        p->items = more;
        p->capacity = wanted;
    }
    p->items[p->count++] = cp;
    return true;
}

// The full decomposition of cp, which is a few steps deep at most.
static bool decompose(VM *vm, Points *p, uint32_t cp, bool compatible)
{
    uint32_t out[UNICODE_FORM_MAX];
    const UnicodeMapping *m = mapping_of(cp);
    if (cp >= 0xAC00 && cp < 0xAC00 + 11172) {
        int count = unicode_decompose(cp, out);
        for (int i = 0; i < count; i++)
            if (!add_point(vm, p, out[i]))
                return false;
        return true;
    }
    if (!m || (m->tag && !compatible))
        return add_point(vm, p, cp);
    for (int i = 0; i < m->count; i++)
        if (!decompose(vm, p, unicodedata_pool[m->start + i], compatible))
            return false;
    return true;
}

// Marks in the order of their classes, equal ones as they were. Runs are short, or else a merge would be in place.
static bool order_marks(VM *vm, Points *p)
{
    for (size_t i = 1; i < p->count; i++) {
        int class = combining_of(p->items[i]);
        uint32_t cp = p->items[i];
        size_t at = i;
        while (class && at > 0 && combining_of(p->items[at - 1]) > class) {
            p->items[at] = p->items[at - 1];
            at--;
            if (!vm_tick(vm))
                return false;
        }
        p->items[at] = cp;
    }
    return true;
}

static Value normal_form(VM *vm, Str *form, Str *s)
{
    bool compose = str_is(form, "NFC") || str_is(form, "NFKC");
    bool compatible = str_is(form, "NFKC") || str_is(form, "NFKD");
    if (!compose && !str_is(form, "NFD") && !str_is(form, "NFKD"))
        return raise_value(vm, "invalid normalization form");
    if (str_is_ascii(s))
        return from_object(s);
    Points p = {0};
    int64_t n = 0;
    for (const char *at = s->data, *end = at + s->size; at < end; n++)
        if (!decompose(vm, &p, utf8_next(&at), compatible) || !loop_tick(vm, n))
            return VALUE_EMPTY;
    if (compose) {
        uint32_t *scratch = gc_buffer(vm, (p.count + 1) * sizeof *scratch);
        if (!scratch)
            return VALUE_EMPTY;
        p.count = unicode_compose(p.items, p.count, scratch);
    } else if (!order_marks(vm, &p)) {
        return VALUE_EMPTY;
    }
    StrBuilder b;
    builder_init(&b, vm);
    for (size_t i = 0; i < p.count; i++)
        if (!builder_add_codepoint(&b, p.items[i]))
            return VALUE_EMPTY;
    return from_object(builder_finish(&b));
}

static bool two_strings(VM *vm, const char *function, Value *args)
{
    for (int i = 0; i < 2; i++)
        if (!is_str(args[i]))
            return raise_type(vm, "%s() argument %d must be str, not %T", function, i + 1, args[i]), false;
    return true;
}

static Value normalize(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return two_strings(vm, "normalize", args) ? normal_form(vm, as_str(args[0]), as_str(args[1])) : VALUE_EMPTY;
}

static Value is_normalized(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!two_strings(vm, "is_normalized", args))
        return VALUE_EMPTY;
    Value v = normal_form(vm, as_str(args[0]), as_str(args[1]));
    return v ? from_bool(str_equal(as_str(v), as_str(args[1]))) : VALUE_EMPTY;
}

static const NativeDef functions[] = {
    {"bidirectional(chr, /)", bidirectional, "The bidirectional class, '' when there is none.", NATIVE_RAW, 1, 1},
    {"category(chr, /)", category, "The general category.", NATIVE_RAW, 1, 1},
    {"combining(chr, /)", combining, "The canonical combining class, 0 when there is none.", NATIVE_RAW, 1, 1},
    {"decimal(chr, default=<unset>, /)", decimal, "The decimal value.", NATIVE_RAW, 1, 2},
    {"decomposition(chr, /)", decomposition, "The decomposition as the database has it.", NATIVE_RAW, 1, 1},
    {"digit(chr, default=<unset>, /)", digit, "The digit value.", NATIVE_RAW, 1, 2},
    {"east_asian_width(chr, /)", east_asian_width, "The East Asian width.", NATIVE_RAW, 1, 1},
    {"is_normalized(form, unistr, /)", is_normalized, "Whether the string is in that normal form.", NATIVE_RAW, 2, 2},
    {"lookup(name, /)", lookup, "The character of that name.", NATIVE_RAW, 1, 1},
    {"mirrored(chr, /)", mirrored, "1 for what is mirrored in text from right to left.", NATIVE_RAW, 1, 1},
    {"name(chr, default=<unset>, /)", name, "The name.", NATIVE_RAW, 1, 2},
    {"normalize(form, unistr, /)", normalize, "The string in one of the forms NFC, NFD, NFKC, NFKD.", NATIVE_RAW, 2, 2},
    {"numeric(chr, default=<unset>, /)", numeric, "The numeric value.", NATIVE_RAW, 1, 2},
    {0},
};

static bool init(VM *vm, Module *module)
{
    return module_set(vm, module, "unidata_version", from_object(str_from(vm, UNICODE_VERSION)));
}

const ModuleDef unicodedata_module = {
    .name = "unicodedata",
    .doc = "Properties, names and normal forms of characters.",
    .functions = functions,
    .init = init,
};
