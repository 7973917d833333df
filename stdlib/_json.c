// SPDX-License-Identifier: MIT
//
// The kernel of json: decode(text) and encode(value, options...) for calls without hooks. json.decoder and json.encoder
// are the same in the language; results, messages and positions agree with them. The parser walks the UTF-8 bytes of
// the text, which the text's owner on the C stack keeps alive, and turns an offset into an index only for an error. The
// writer recognises a cycle by the chain of containers that it is inside of, one link per C frame.

#include "lexer/utf8.h"
#include "vm/core/native.h"
#include "vm/number/float_text.h"
#include "vm/types/container.h"

// One more level of nesting. The frames here are small, so the limit is that of scripts, not vm_enter's.
static bool nest(VM *vm, uint32_t *depth, const char *where)
{
    char here;
    if (likely(vm->depth + ++*depth < vm->recursion_limit) && likely(!vm->c_stack_limit || &here > vm->c_stack_limit))
        return true;
    return raise_exc(vm, EXC_RecursionError, "maximum recursion depth exceeded%s", where), false;
}

// ---------------------------------------------------------------- decoding

typedef struct Reader {
    VM *vm;
    Str *text;
    uint32_t depth;
    const char *start, *end;
    const char *p;
} Reader;

// Raises JSONDecodeError(message, text, index of `at`).
static Value fail_at(Reader *r, const char *at, const char *message)
{
    VM *vm = r->vm;
    Value module = dict_get_str(vm, vm->modules, str_intern_text(vm, "json.decoder", 12));
    Value cls = module ? object_getattr(vm, module, str_intern_text(vm, "JSONDecodeError", 15)) : VALUE_EMPTY;
    if (!cls)
        return vm->error ? VALUE_EMPTY : raise_value(vm, "%s", message);
    Str *words = str_from(vm, message);
    Value index = from_small(str_index_of_offset(vm, r->text, (size_t)(at - r->start)));
    Value e = words ? call3(vm, cls, from_object(words), from_object(r->text), index) : VALUE_EMPTY;
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

static void skip_space(Reader *r)
{
    const char *p = r->p;
    while (p < r->end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    vm_charge_bytes(r->vm, 4 * (size_t)(p - r->p));
    r->p = p;
}

static bool skip_word(Reader *r, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(r->end - r->p) < size || memcmp(r->p, word, size) != 0)
        return false;
    r->p += size;
    return true;
}

// The code unit of the four hexadecimal digits at p, which something must follow; -1: raised.
static int32_t read_hex4(Reader *r, const char *p)
{
    int32_t unit = 0;
    bool good = r->end - p > 4;
    for (int i = 0; good && i < 4; i++) {
        char c = p[i], low = c | 0x20;
        if (c >= '0' && c <= '9')
            unit = unit << 4 | (c - '0');
        else if (low >= 'a' && low <= 'f')
            unit = unit << 4 | (low - 'a' + 10);
        else
            good = false;
    }
    return good ? unit : (fail_at(r, p - 1, "Invalid \\uXXXX escape"), -1);
}

// r->p is at the letter u of an escape; surrogate pairs make one character.
static bool read_unicode_escape(Reader *r, StrBuilder *b)
{
    int32_t unit = read_hex4(r, r->p + 1);
    if (unit < 0)
        return false;
    r->p += 5;
    if (unit >= 0xD800 && unit < 0xDC00 && r->end - r->p > 6 && r->p[0] == '\\' && r->p[1] == 'u') {
        int32_t low = read_hex4(r, r->p + 2);
        if (low < 0)
            return false;
        if (low >= 0xDC00 && low < 0xE000) {
            r->p += 6;
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return builder_add_codepoint(b, (uint32_t)unit);
}

// r->p is at the backslash.
static bool read_escape(Reader *r, StrBuilder *b)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *slash = r->p++;
    if (*r->p == 'u')
        return read_unicode_escape(r, b);
    const char *found = *r->p ? strchr(letters, *r->p) : NULL;
    if (!found)
        return fail_at(r, slash, "Invalid \\escape"), false;
    r->p++;
    return builder_add_char(b, meanings[found - letters]);
}

// The first byte that does not stand for itself in a string.
static const char *plain_end(const char *p, const char *end)
{
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ')
        p++;
    return p;
}

#define KEY_INTERN_MAX 64 // keys repeat: short ones are shared

// r->p is after the opening quote.
static Str *read_string(Reader *r, bool key)
{
    const char *open = r->p - 1, *stop = plain_end(r->p, r->end);
    if (stop < r->end && *stop == '"') {
        const char *from = r->p;
        size_t size = (size_t)(stop - from);
        vm_charge_bytes(r->vm, 4 * size);
        r->p = stop + 1;
        return key && size <= KEY_INTERN_MAX ? str_intern_text(r->vm, from, size) : str_new(r->vm, from, size);
    }
    StrBuilder b;
    builder_init(&b, r->vm);
    for (;; stop = plain_end(r->p, r->end)) {
        if (!builder_add(&b, r->p, (size_t)(stop - r->p)) || !vm_tick(r->vm))
            return NULL;
        r->p = stop;
        if (stop < r->end && *stop == '"')
            break;
        if (stop < r->end && *stop != '\\')
            return fail_at(r, stop, "Invalid control character at"), NULL;
        if (r->end - stop < 2)
            return fail_at(r, open, "Unterminated string starting at"), NULL;
        if (!read_escape(r, &b))
            return NULL;
    }
    r->p++;
    return builder_finish(&b);
}

static const char *digits_end(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static Value read_constant(Reader *r)
{
    if (skip_word(r, "NaN"))
        return from_double(NAN);
    if (skip_word(r, "Infinity"))
        return from_double(INFINITY);
    if (skip_word(r, "-Infinity"))
        return from_double(-INFINITY);
    return fail_at(r, r->p, "Expecting value");
}

static Value read_integer(Reader *r, const char *from, const char *to)
{
    if (to - from <= 15) {
        int64_t n = 0;
        for (const char *p = from + (*from == '-'); p < to; p++)
            n = n * 10 + (*p - '0');
        return from_small(*from == '-' ? -n : n);
    }
    return int_parse(r->vm, from, (size_t)(to - from), 10, from_object(r->text));
}

static Value read_number(Reader *r)
{
    const char *from = r->p, *p = from + (*from == '-'), *end = r->end;
    const char *whole = p < end && *p == '0' ? p + 1 : digits_end(p, end);
    if (whole == p)
        return read_constant(r);
    p = whole;
    if (end - p > 1 && p[0] == '.' && digits_end(p + 1, end) > p + 1)
        p = digits_end(p + 1, end);
    if (end - p > 1 && (*p | 0x20) == 'e') {
        const char *digits = p + (p[1] == '+' || p[1] == '-' ? 2 : 1);
        if (digits_end(digits, end) > digits)
            p = digits_end(digits, end);
    }
    r->p = p;
    if (p == whole)
        return read_integer(r, from, p);
    double d = 0;
    float_parse(from, (size_t)(p - from), &d);
    return from_double(d);
}

static Value read_value(Reader *r);

// After an item: 1 a comma (skipped, and the space after it), 0 the closing mark, -1 raised.
static int read_delimiter(Reader *r, char close)
{
    skip_space(r);
    if (r->p < r->end && *r->p == close)
        return r->p++, 0;
    if (r->p == r->end || *r->p != ',')
        return fail_at(r, r->p, "Expecting ',' delimiter"), -1;
    r->p++;
    skip_space(r);
    return vm_tick(r->vm) ? 1 : -1;
}

static Value read_array(Reader *r)
{
    List *items = list_new(r->vm, 0);
    skip_space(r);
    if (items && r->p < r->end && *r->p == ']')
        return r->p++, from_object(items);
    int more = items ? 1 : -1;
    while (more > 0) {
        Value item = read_value(r);
        more = item && list_append(r->vm, items, item) ? read_delimiter(r, ']') : -1;
    }
    return more < 0 ? VALUE_EMPTY : from_object(items);
}

static bool read_member(Reader *r, Dict *d)
{
    if (r->p == r->end || *r->p != '"')
        return fail_at(r, r->p, "Expecting property name enclosed in double quotes"), false;
    r->p++;
    Str *key = read_string(r, true);
    if (!key)
        return false;
    skip_space(r);
    if (r->p == r->end || *r->p != ':')
        return fail_at(r, r->p, "Expecting ':' delimiter"), false;
    r->p++;
    skip_space(r);
    Value value = read_value(r);
    return value && dict_set_str(r->vm, d, key, value);
}

static Value read_object(Reader *r)
{
    Dict *d = dict_new(r->vm, 0);
    skip_space(r);
    if (d && r->p < r->end && *r->p == '}')
        return r->p++, from_object(d);
    int more = d ? 1 : -1;
    while (more > 0)
        more = read_member(r, d) ? read_delimiter(r, '}') : -1;
    return more < 0 ? VALUE_EMPTY : from_object(d);
}

static Value read_nested(Reader *r, bool array)
{
    r->p++;
    if (!nest(r->vm, &r->depth, array ? " while decoding a JSON array from a unicode string"
                                      : " while decoding a JSON object from a unicode string"))
        return VALUE_EMPTY;
    Value v = array ? read_array(r) : read_object(r);
    r->depth--;
    return v;
}

static Value read_value(Reader *r)
{
    char first = r->p < r->end ? *r->p : 0;
    switch (first) {
    case '"':
        r->p++;
        return from_object(read_string(r, false));
    case '{': case '[':
        return read_nested(r, first == '[');
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        return read_number(r);
    case 'n':
        return skip_word(r, "null") ? VALUE_NONE : read_constant(r);
    case 't':
        return skip_word(r, "true") ? VALUE_TRUE : read_constant(r);
    case 'f':
        return skip_word(r, "false") ? VALUE_FALSE : read_constant(r);
    default:
        return read_constant(r);
    }
}

static Value decode(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[0]))
        return raise_type(vm, "first argument must be a string, not %T", args[0]);
    Str *text = as_str(args[0]);
    Reader r = {vm, text, 0, text->data, text->data + text->size, text->data};
    skip_space(&r);
    Value v = read_value(&r);
    if (!v)
        return VALUE_EMPTY;
    skip_space(&r);
    if (r.p < r.end)
        return fail_at(&r, r.p, "Extra data");
    keep_alive(text);
    return v;
}

// ---------------------------------------------------------------- encoding

typedef struct Writer {
    VM *vm;
    uint32_t depth;
    StrBuilder out;
    Str *item_separator, *key_separator;
    Str *indent;    // NULL: all on one line
    Value fallback; // called for what JSON has no form for
    bool sort_keys, ascii, allow_nan, skip_keys, check_circular;
} Writer;

typedef struct Link { // what is being written, innermost first
    Value value;
    const struct Link *outer;
    int depth;
} Link;

static bool write_unit(Writer *w, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', digits[unit >> 12], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15]};
    return builder_add_ascii(&w->out, text, sizeof text);
}

static bool write_escape(Writer *w, uint32_t cp)
{
    static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = cp && cp < 0x80 ? strchr(special, (int)cp) : NULL;
    if (found) {
        char text[2] = {'\\', letters[found - special]};
        return builder_add_ascii(&w->out, text, sizeof text);
    }
    if (cp < 0x10000)
        return write_unit(w, cp);
    cp -= 0x10000;
    return write_unit(w, 0xD800 | cp >> 10) && write_unit(w, 0xDC00 | (cp & 0x3FF));
}

static bool stands_for_itself(const Writer *w, unsigned char c)
{
    return c >= ' ' && c != '"' && c != '\\' && (c < 0x7F || !w->ascii);
}

static bool write_string(Writer *w, const Str *s)
{
    const char *p = s->data, *end = p + s->size;
    if (!builder_add_char(&w->out, '"'))
        return false;
    while (p < end) {
        const char *from = p;
        while (p < end && stands_for_itself(w, (unsigned char)*p))
            p++;
        if (p > from && !builder_add(&w->out, from, (size_t)(p - from)))
            return false;
        if (p < end && (!write_escape(w, utf8_next(&p)) || !vm_tick(w->vm)))
            return false;
    }
    return builder_add_char(&w->out, '"');
}

static bool write_float(Writer *w, double d)
{
    char text[FLOAT_REPR_SIZE];
    if (isfinite(d))
        return builder_add_ascii(&w->out, text, float_repr(d, text));
    if (!w->allow_nan)
        return raise_value(w->vm, "Out of range float values are not JSON compliant"), false;
    return builder_add_cstr(&w->out, d != d ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
}

static bool write_int(Writer *w, Value v)
{
    if (is_small(v)) {
        char buffer[64], *end = buffer + sizeof buffer;
        int64_t i = as_small(v);
        char *first = small_int_digits(i, 10, end);
        if (i < 0)
            *--first = '-';
        return builder_add_ascii(&w->out, first, (size_t)(end - first));
    }
    Str *digits = int_to_str(w->vm, v, 10);
    return digits && builder_add_str(&w->out, digits);
}

// 1 written, 0 a value that is no scalar, -1 raised.
static int write_scalar(Writer *w, Value v)
{
    bool done;
    if (is_str(v))
        done = write_string(w, as_str(v));
    else if (is_int(v))
        done = write_int(w, v);
    else if (is_float(v))
        done = write_float(w, float_of(v));
    else if (is_none(v) || is_bool(v))
        done = builder_add_cstr(&w->out, is_none(v) ? "null" : v == VALUE_TRUE ? "true" : "false");
    else
        return 0;
    return done ? 1 : -1;
}

// 1 written, -1 raised.
static int write_key(Writer *w, Value key)
{
    if (is_str(key))
        return write_string(w, as_str(key)) ? 1 : -1;
    if (!is_int_like(key) && !is_float(key) && !is_none(key))
        return raise_type(w->vm, "keys must be str, int, float, bool or None, not %T", key), -1;
    bool done = builder_add_char(&w->out, '"') && write_scalar(w, key) > 0 && builder_add_char(&w->out, '"');
    return done ? 1 : -1;
}

static bool write_line(Writer *w, int depth)
{
    if (!w->indent)
        return true;
    builder_add_char(&w->out, '\n');
    for (int i = 0; i < depth; i++)
        builder_add_str(&w->out, w->indent);
    return !w->out.failed;
}

static bool write_value(Writer *w, Value v, const Link *outer);

static bool write_array(Writer *w, Value v, const Link *here)
{
    Value items = is_exact(w->vm, v, KIND_LIST) || is_exact(w->vm, v, KIND_TUPLE) ? v : sequence_fast(w->vm, v, NULL);
    if (!items)
        return false;
    if (sequence_count(items) == 0)
        return builder_add_ascii(&w->out, "[]", 2);
    if (!builder_add_char(&w->out, '['))
        return false;
    for (int64_t i = 0; i < sequence_count(items); i++) { // default may change a list
        if (i > 0)
            builder_add_str(&w->out, w->item_separator);
        if (!write_line(w, here->depth) || !write_value(w, sequence_items(items)[i], here) || !vm_tick(w->vm))
            return false;
    }
    return write_line(w, here->depth - 1) && builder_add_char(&w->out, ']');
}

static bool key_is_skipped(const Writer *w, Value key)
{
    return w->skip_keys && !is_str(key) && !is_int_like(key) && !is_float(key) && !is_none(key);
}

static bool write_member(Writer *w, Value key, Value value, bool *empty, const Link *here)
{
    if (key_is_skipped(w, key))
        return true;
    if (!*empty && !(builder_add_str(&w->out, w->item_separator) && write_line(w, here->depth)))
        return false;
    *empty = false;
    return write_key(w, key) > 0 && builder_add_str(&w->out, w->key_separator) && write_value(w, value, here) &&
        vm_tick(w->vm);
}

static bool write_pairs(Writer *w, Value pairs, const Link *here)
{
    bool empty = true;
    for (int64_t i = 0; i < sequence_count(pairs); i++) {
        Value pair = sequence_items(pairs)[i];
        if (!is_tuple(pair) || as_tuple(pair)->count != 2)
            return raise_value(w->vm, "items must return 2-tuples"), false;
        if (!write_member(w, as_tuple(pair)->items[0], as_tuple(pair)->items[1], &empty, here))
            return false;
    }
    return true;
}

static bool write_dict_entries(Writer *w, Dict *d, const Link *here)
{
    bool empty = true;
    Value key, value;
    uint32_t version = d->keys_version;
    for (uint32_t position = 0; dict_next(d, &position, &key, &value);) {
        if (!write_member(w, key, value, &empty, here))
            return false;
        if (d->keys_version != version) // default did it
            return raise_runtime(w->vm, "dictionary changed size during iteration"), false;
    }
    return true;
}

static bool write_sorted_or_own_items(Writer *w, Value v, const Link *here)
{
    VM *vm = w->vm;
    Value items = call_method(vm, v, str_intern_text(vm, "items", 5), NULL, 0);
    List *pairs = items ? list_new(vm, 0) : NULL;
    if (!pairs || !list_extend(vm, pairs, items) || (w->sort_keys && !list_sort(vm, pairs, VALUE_NONE, false)))
        return false;
    return write_pairs(w, from_object(pairs), here);
}

static bool write_object(Writer *w, Value v, const Link *here)
{
    if (as_dict(v)->count == 0)
        return builder_add_ascii(&w->out, "{}", 2);
    if (!builder_add_char(&w->out, '{') || !write_line(w, here->depth))
        return false;
    bool plain = is_exact(w->vm, v, KIND_DICT) && !w->sort_keys;
    if (!(plain ? write_dict_entries(w, as_dict(v), here) : write_sorted_or_own_items(w, v, here)))
        return false;
    return write_line(w, here->depth - 1) && builder_add_char(&w->out, '}');
}

static bool write_container(Writer *w, Value v, const Link *outer)
{
    Link here = {v, outer, outer ? outer->depth : 0};
    for (const Link *l = w->check_circular ? outer : NULL; l; l = l->outer)
        if (l->value == v)
            return raise_value(w->vm, "Circular reference detected"), false;
    if (is_list(v) || is_tuple(v) || is_dict(v)) {
        here.depth++;
        return is_dict(v) ? write_object(w, v, &here) : write_array(w, v, &here);
    }
    Value stand_in = call1(w->vm, w->fallback, v);
    return stand_in && write_value(w, stand_in, &here);
}

static bool write_value(Writer *w, Value v, const Link *outer)
{
    int scalar = write_scalar(w, v);
    if (scalar)
        return scalar > 0;
    if (!nest(w->vm, &w->depth, " while encoding a JSON object"))
        return false;
    bool done = write_container(w, v, outer);
    w->depth--;
    return done;
}

// The indentation of one level out of None, a text, or a number of spaces.
static bool writer_set_indent(Writer *w, Value indent)
{
    if (is_none(indent))
        return true;
    if (is_str(indent))
        return w->indent = as_str(indent), true;
    int64_t spaces;
    if (!object_index_i64(w->vm, indent, &spaces))
        return false;
    StrBuilder b;
    builder_init(&b, w->vm);
    if (spaces > 0)
        builder_repeat(&b, ' ', (size_t)spaces);
    return (w->indent = builder_finish(&b)) != NULL;
}

static bool writer_set_separators(Writer *w, Value pair)
{
    if (!is_tuple(pair) || as_tuple(pair)->count != 2)
        return raise_type(w->vm, "separators must be a pair"), false;
    for (int i = 0; i < 2; i++)
        if (!is_str(as_tuple(pair)->items[i]))
            return raise_type(w->vm, "make_encoder() argument %d must be str, not %T", 6 - i,
                as_tuple(pair)->items[i]), false;
    w->item_separator = as_str(as_tuple(pair)->items[0]);
    w->key_separator = as_str(as_tuple(pair)->items[1]);
    return true;
}

static bool writer_set_flags(Writer *w, const Value *args)
{
    int sort = object_truth(w->vm, args[3]), ascii = sort < 0 ? -1 : object_truth(w->vm, args[4]);
    int nan = ascii < 0 ? -1 : object_truth(w->vm, args[5]), skip = nan < 0 ? -1 : object_truth(w->vm, args[7]);
    int circular = skip < 0 ? -1 : object_truth(w->vm, args[8]);
    w->sort_keys = sort > 0;
    w->ascii = ascii > 0;
    w->allow_nan = nan > 0;
    w->skip_keys = skip > 0;
    w->check_circular = circular > 0;
    return circular >= 0;
}

static Value encode(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Writer w = {.vm = vm, .fallback = args[6]};
    builder_init(&w.out, vm);
    if (!writer_set_indent(&w, args[1]) || !writer_set_separators(&w, args[2]) || !writer_set_flags(&w, args))
        return VALUE_EMPTY;
    if (!write_value(&w, args[0], NULL))
        return VALUE_EMPTY;
    return from_object(builder_finish(&w.out));
}

static const NativeDef functions[] = {
    {"decode(text, /)", decode, "The value of a JSON text.", NATIVE_RAW, 1, 1},
    {"encode(value, indent, separators, sort_keys, ensure_ascii, allow_nan, default, skipkeys, check_circular, /)",
     encode,
     "The JSON text of a value.", NATIVE_RAW, 9, 9},
    {0},
};

const ModuleDef _json_module = {.name = "_json", .doc = "Kernel of json.", .functions = functions};
