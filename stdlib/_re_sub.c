// SPDX-License-Identifier: MIT
//
// sub, subn, split, and replacement templates. A template is a tuple: literal, group number, literal ... literal; the
// literals are str or bytes as the source is.

#include "_re.h"

#include "lexer/utf8.h"

// ---- reading templates: the pattern parser's tokens serve here too

typedef struct TemplateReader {
    ReParser p;
    Pattern *pattern;
    List *parts;
    StrBuilder literal;   // of bytes: their values as they are
    bool text;
} TemplateReader;

static bool put_literal(TemplateReader *r, uint32_t c)
{
    return r->text ? builder_add_codepoint(&r->literal, c) : builder_add_char(&r->literal, (char)c);
}

static bool end_literal(TemplateReader *r)
{
    VM *vm = r->p.vm;
    Value v = r->text ? from_object(builder_finish(&r->literal)) : bytes_new(vm, r->literal.data, r->literal.size);
    if (r->literal.failed || !v)
        return false;
    builder_init(&r->literal, vm);
    return list_append(vm, r->parts, v);
}

static bool put_group(TemplateReader *r, uint32_t group, size_t offset)
{
    if (group > r->pattern->group_count)
        return re_error(&r->p, offset, "invalid group reference %u", group);
    return end_literal(r) && list_append(r->p.vm, r->parts, from_small(group));
}

static bool read_group_number(TemplateReader *r, Str *name, uint32_t *group)
{
    ReParser *p = &r->p;
    VM *vm = p->vm;
    int64_t n = 0;
    Value number = re_number_of(vm, name);
    if (!number)
        return !vm->error && re_error(p, name->length + 1, "bad character in group name %R", from_object(name));
    if (!int_fits_i64(number, &n) || n >= RE_MAX_GROUPS)
        return re_error(p, name->length + 1, "invalid group reference %S", number);
    *group = (uint32_t)n;
    for (size_t i = 0; i < name->size; i++)
        if (name->data[i] < '0' || name->data[i] > '9') {
            Str *shown = r->text ? object_repr(vm, from_object(name)) : object_ascii(vm, from_object(name));
            return shown && re_warn(p, EXC_DeprecationWarning, "bad character in group name %U at position %zu", shown,
                                    re_tell(p) - name->length - 1);
        }
    return true;
}

// \g<name>, \g<number>
static bool read_reference(TemplateReader *r)
{
    ReParser *p = &r->p;
    uint32_t group = 0;
    if (!re_accept(p, '<'))
        return re_error(p, 0, "missing <");
    Str *name = re_until(p, '>', "group name");
    if (!name)
        return false;
    if (re_is_identifier(name)) {
        if (!re_check_name(p, name))
            return false;
        Value number = dict_get_str(p->vm, r->pattern->names, name);
        if (!number)
            return raise_index(p->vm, "unknown group name %R", from_object(name)), false;
        group = (uint32_t)as_small(number);
    } else if (!read_group_number(r, name, &group)) {
        return false;
    }
    return put_group(r, group, name->length + 1);
}

static bool read_zero(TemplateReader *r)
{
    uint32_t value = 0;
    for (int i = 0; i < 2 && r->p.next.length == 1 && r->p.next.c - '0' < 8; i++, re_advance(&r->p))
        value = value * 8 + (r->p.next.c - '0');
    return put_literal(r, value & 0xFF);
}

static bool read_digits(TemplateReader *r, ReToken token)
{
    ReEscape e;
    size_t start = re_tell(&r->p);
    if (!re_octal_or_group(&r->p, token, &e))
        return false;
    return e.kind == ESCAPE_CHAR ? put_literal(r, e.value) : put_group(r, e.value, re_tell(&r->p) - start + 1);
}

static bool read_escape(TemplateReader *r, ReToken token)
{
    static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    uint32_t c = token.escaped;
    if (c == 'g')
        return read_reference(r);
    if (c == '0')
        return read_zero(r);
    if (c - '0' < 10)
        return read_digits(r, token);
    const char *at = c && c < 128 ? strchr(names, (int)c) : NULL;
    if (at)
        return put_literal(r, (unsigned char)values[at - names]);
    if ((c | 0x20) - 'a' < 26)
        return re_error(&r->p, 2, "bad escape \\%c", (int)c);
    return put_literal(r, '\\') && put_literal(r, c);
}

static uint32_t *points_of(VM *vm, Value source, size_t *count)
{
    const char *data, *end;
    size_t size, n = 0;
    bool text = is_str(source);
    if (text)
        data = as_str(source)->data, size = as_str(source)->size;
    else if (!bytes_view(source, &data, &size))
        return raise_type(vm, "decoding to str: need a bytes-like object, %T found", source), NULL;
    uint32_t *out = gc_buffer(vm, (size + 1) * sizeof *out);
    for (end = data + size; out && data < end;)
        out[n++] = text ? utf8_next(&data) : (unsigned char)*data++;
    *count = n;
    return out;
}

static Value read_template(VM *vm, Pattern *pattern, Value source)
{
    TemplateReader r;
    memset(&r.p, 0, offsetof(ReParser, out));
    r.p.vm = vm;
    r.p.frames = 2;
    r.p.pattern = source;
    r.p.text = r.text = is_str(source);
    r.pattern = pattern;
    r.parts = list_new(vm, 1);
    builder_init(&r.literal, vm);
    r.p.source = points_of(vm, source, &r.p.count);
    if (!r.parts || !r.p.source)
        return VALUE_EMPTY;
    re_advance(&r.p);
    while (r.p.next.length && !vm->error) {
        ReToken token = r.p.next;
        re_advance(&r.p);
        if (!(token.length == 2 ? read_escape(&r, token) : put_literal(&r, token.c)))
            return VALUE_EMPTY;
    }
    return vm->error || !end_literal(&r) ? VALUE_EMPTY : tuple_from(vm, r.parts->items, r.parts->count);
}

Value template_of(VM *vm, Pattern *p, Value source)
{
    bool plain = is_str(source) || is_bytes(source);
    if (plain && p->template_source && type_of(vm, source) == type_of(vm, p->template_source)) {
        int same = object_equal(vm, source, p->template_source);
        if (same)
            return same < 0 ? VALUE_EMPTY : p->template;
    }
    Value template = read_template(vm, p, source);
    if (template && plain) {
        p->template_source = source;
        p->template = template;
        gc_barrier(vm, p);
    }
    return template;
}

// ---- output of either type

typedef struct Output {
    VM *vm;
    bool text;
    StrBuilder b;
    int64_t pieces;
} Output;

static void output_init(Output *o, VM *vm, bool text)
{
    o->vm = vm;
    o->text = text;
    o->pieces = 0;
    builder_init(&o->b, vm);
}

static bool put_raw(Output *o, const char *data, size_t size)
{
    return o->text ? builder_add(&o->b, data, size) : builder_add_ascii(&o->b, data, size);
}

static bool put_value(Output *o, Value v)
{
    const char *data;
    size_t size;
    if (o->text ? is_str(v) : bytes_view(v, &data, &size)) {
        o->pieces++;
        return o->text ? builder_add_str(&o->b, as_str(v)) : builder_add_ascii(&o->b, data, size);
    }
    raise_type(o->vm, "sequence item %lld: expected %s, %T found", (long long)o->pieces,
               o->text ? "str instance" : "a bytes-like object", v);
    return false;
}

static Value output_finish(Output *o)
{
    return o->text ? from_object(builder_finish(&o->b)) : o->b.failed ? VALUE_EMPTY
        : bytes_new(o->vm, o->b.data, o->b.size);
}

static bool put_template(Output *o, Value template, const char *data, const size_t *spans)
{
    Tuple *t = as_tuple(template);
    if (!put_value(o, t->items[0]))
        return false;
    for (int64_t i = 1; i < t->count; i += 2) {
        size_t group = (size_t)as_small(t->items[i]);
        if (span_is_set(spans, group) && !put_raw(o, data + spans[2 * group], spans[2 * group + 1] - spans[2 * group]))
            return false;
        if (!put_value(o, t->items[i + 1]))
            return false;
    }
    return true;
}

Value template_expand(VM *vm, Value template, const Match *m)
{
    Output o;
    bool text = is_str(m->holder);
    output_init(&o, vm, text);
    const char *data = text ? as_str(m->holder)->data : as_bytes(m->holder)->data;
    return put_template(&o, template, data, m->spans) ? output_finish(&o) : VALUE_EMPTY;
}

// ---- sub

typedef struct Replacement {
    Value callable;  // or VALUE_EMPTY
    Value template;  // or VALUE_EMPTY
    Value literal;
} Replacement;

static bool has_backslash(Value v)
{
    const char *data;
    size_t size;
    if (is_str(v))
        return memchr(as_str(v)->data, '\\', as_str(v)->size);
    return !bytes_view(v, &data, &size) || memchr(data, '\\', size);
}

static bool replacement_of(VM *vm, Pattern *p, Value v, Replacement *out)
{
    *out = (Replacement){0};
    if (is_callable(vm, v)) {
        out->callable = v;
    } else if (!has_backslash(v)) {
        out->literal = v;
    } else {
        if (!(out->template = template_of(vm, p, v)))
            return false;
        if (as_tuple(out->template)->count == 1) {
            out->literal = as_tuple(out->template)->items[0];
            out->template = VALUE_EMPTY;
        }
    }
    return true;
}

static bool put_replacement(Output *o, const Finder *f, const Replacement *r)
{
    VM *vm = o->vm;
    if (r->literal)
        return put_value(o, r->literal);
    if (r->template)
        return put_template(o, r->template, f->subject.data, f->spans);
    Value m = re_match_new(vm, f->pattern, &f->subject, f->spans);
    Value v = m ? call1(vm, r->callable, m) : VALUE_EMPTY;
    return v && (is_none(v) || put_value(o, v));
}

// *count: how many at most (0: all), then how many were replaced.
static Value substitute(VM *vm, Pattern *p, Value *args, int64_t *count)
{
    Replacement r;
    Finder f;
    Output o;
    int64_t limit, n = 0;
    int found = 0;
    if (!object_index_i64(vm, args[3], &limit) || !finder_open(vm, &f, p, args[2], VALUE_EMPTY, VALUE_EMPTY) ||
        !replacement_of(vm, p, args[1], &r))
        return VALUE_EMPTY;
    output_init(&o, vm, f.subject.text);
    size_t done = f.subject.start;
    const char *data = f.subject.data;
    for (; (limit == 0 || n < limit) && (found = finder_next(vm, &f, FORM_SEARCH)) > 0; n++) {
        if (f.spans[0] > done && (o.pieces++, !put_raw(&o, data + done, f.spans[0] - done)))
            return VALUE_EMPTY;
        done = f.spans[1];
        if (!put_replacement(&o, &f, &r) || !loop_tick(vm, n))
            return VALUE_EMPTY;
    }
    if (found < 0)
        return VALUE_EMPTY;
    *count = n;
    if (n == 0)
        return subject_cut(vm, &f.subject, 0, f.subject.size);
    return put_raw(&o, data + done, f.subject.end - done) ? output_finish(&o) : VALUE_EMPTY;
}

Value pattern_sub(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t count;
    return substitute(vm, as_pattern(args[0]), args, &count);
}

Value pattern_subn(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t count;
    Value v = substitute(vm, as_pattern(args[0]), args, &count);
    return v ? tuple_pack(vm, 2, v, int_from_i64(vm, count)) : VALUE_EMPTY;
}

// ---- split

static bool put_groups(VM *vm, List *list, const Finder *f)
{
    for (size_t i = 1; i <= f->pattern->group_count; i++) {
        Value v = span_is_set(f->spans, i) ? subject_cut(vm, &f->subject, f->spans[2 * i], f->spans[2 * i + 1])
            : VALUE_NONE;
        if (!v || !list_append(vm, list, v))
            return false;
    }
    return true;
}

Value pattern_split(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Finder f;
    int64_t limit;
    int found = 0;
    List *list = list_new(vm, 0);
    if (!list || !object_index_i64(vm, args[2], &limit) ||
        !finder_open(vm, &f, as_pattern(args[0]), args[1], VALUE_EMPTY, VALUE_EMPTY))
        return VALUE_EMPTY;
    size_t done = 0;
    for (int64_t n = 0; (limit == 0 || n < limit) && (found = finder_next(vm, &f, FORM_SEARCH)) > 0; n++) {
        Value piece = subject_cut(vm, &f.subject, done, f.spans[0]);
        if (!piece || !list_append(vm, list, piece) || !put_groups(vm, list, &f) || !loop_tick(vm, n))
            return VALUE_EMPTY;
        done = f.spans[1];
    }
    Value rest = found < 0 ? VALUE_EMPTY : subject_cut(vm, &f.subject, done, f.subject.size);
    return rest && list_append(vm, list, rest) ? from_object(list) : VALUE_EMPTY;
}
