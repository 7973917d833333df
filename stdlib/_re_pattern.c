// SPDX-License-Identifier: MIT
//
// Pattern objects: compiling, the searching methods, and the scanner behind finditer.

#include "_re.h"

#include "roots.h"
#include "vm/types/iterators.h"

typedef struct Scanner {
    Object base;
    Finder finder;
    Value attributes;
} Scanner;

// ---- finding

bool finder_open(VM *vm, Finder *f, Pattern *p, Value source, Value pos, Value endpos)
{
    size_t count = 2 * (p->group_count + (size_t)1);
    f->pattern = p;
    f->not_empty = false;
    f->spans = f->local;
    if (!subject_open(vm, &f->subject, p, source, pos, endpos))
        return false;
    f->from = f->subject.start;
    return count <= sizeof f->local / sizeof f->local[0] || (f->spans = gc_buffer(vm, count * sizeof *f->spans));
}

int finder_next(VM *vm, Finder *f, int form)
{
    int found = program_run(vm, f->pattern, form, &f->subject, f->from, f->not_empty, f->spans);
    if (found > 0) { // an empty match may follow a match, but not another empty one at its place
        f->from = f->spans[1];
        f->not_empty = f->spans[0] == f->spans[1];
    }
    return found;
}

// ---- searching once

static Value run_once(VM *vm, Value *args, int form)
{
    Finder f;
    Pattern *p = as_pattern(args[0]);
    if (!finder_open(vm, &f, p, args[1], args[2], args[3]))
        return VALUE_EMPTY;
    int found = f.subject.pos > f.subject.endpos ? 0 : finder_next(vm, &f, form);
    return found > 0 ? re_match_new(vm, p, &f.subject, f.spans) : found ? VALUE_EMPTY : VALUE_NONE;
}

static Value search_method(VM *vm, Value *args, int nargs) { return (void)nargs, run_once(vm, args, FORM_SEARCH); }
static Value match_method(VM *vm, Value *args, int nargs) { return (void)nargs, run_once(vm, args, FORM_MATCH); }
static Value fullmatch_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return run_once(vm, args, FORM_FULLMATCH);
}

// ---- searching all

static Value found_text(VM *vm, const Finder *f, size_t group)
{
    if (span_is_set(f->spans, group))
        return subject_cut(vm, &f->subject, f->spans[2 * group], f->spans[2 * group + 1]);
    return f->subject.text ? from_object(vm->empty_str) : vm->empty_bytes;
}

static Value found_item(VM *vm, const Finder *f)
{
    size_t groups = f->pattern->group_count;
    if (groups <= 1)
        return found_text(vm, f, groups);
    Tuple *t = tuple_new(vm, (int64_t)groups);
    for (size_t i = 1; t && i <= groups; i++) {
        Value v = found_text(vm, f, i);
        if (!v)
            return VALUE_EMPTY;
        t->items[i - 1] = v;
        gc_barrier(vm, t);
    }
    return from_object(t);
}

static Value findall_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Finder f;
    List *list = list_new(vm, 0);
    if (!list || !finder_open(vm, &f, as_pattern(args[0]), args[1], args[2], args[3]))
        return VALUE_EMPTY;
    int found;
    for (int64_t n = 0; (found = finder_next(vm, &f, FORM_SEARCH)) > 0; n++) {
        Value item = found_item(vm, &f);
        if (!item || !list_append(vm, list, item) || !loop_tick(vm, n))
            return VALUE_EMPTY;
    }
    return found < 0 ? VALUE_EMPTY : from_object(list);
}

// ---- the scanner

static void scanner_mark(Gc *gc, Object *o)
{
    Finder *f = &((Scanner *)o)->finder;
    gc_mark_object(gc, (Object *)f->pattern);
    gc_mark(gc, f->subject.source);
    gc_mark(gc, f->subject.holder);
    gc_mark_buffer(gc, f->subject.wide);
    if (f->spans != f->local)
        gc_mark_buffer(gc, f->spans);
}

static Value scanner_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Scanner *s = type_new_of(vm, &re_scanner_def);
    if (!s || !finder_open(vm, &s->finder, as_pattern(args[0]), args[1], args[2], args[3]))
        return VALUE_EMPTY;
    gc_barrier(vm, s);
    return from_object(s);
}

// The scanner may move on, or be used by a script that the interrupt runs: the step is made on a copy.
static Value scanner_step(VM *vm, Value self, int form)
{
    Scanner *s = (Scanner *)as_object(self);
    Finder f = s->finder;
    if (f.spans == s->finder.local)
        f.spans = f.local;
    int found = finder_next(vm, &f, form);
    s->finder.from = f.from;
    s->finder.not_empty = f.not_empty;
    s->finder.subject.wide = f.subject.wide;
    gc_barrier(vm, s);
    if (found > 0)
        return re_match_new(vm, f.pattern, &f.subject, f.spans);
    s->finder.from = f.subject.end + 1; // the end: no more matches
    return VALUE_EMPTY;
}

static Value scanner_next(VM *vm, Value self) { return scanner_step(vm, self, FORM_SEARCH); }

static Value step_or_none(VM *vm, Value self, int form)
{
    Value m = scanner_step(vm, self, form);
    return m || vm->error ? m : VALUE_NONE;
}

static Value scanner_search(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return step_or_none(vm, args[0], FORM_SEARCH);
}

static Value scanner_match(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return step_or_none(vm, args[0], FORM_MATCH);
}

static Value scanner_pattern(VM *vm, Value self)
{
    (void)vm;
    return from_object(((Scanner *)as_object(self))->finder.pattern);
}

static const GetSetDef scanner_getsets[] = {{"pattern", scanner_pattern, NULL, NULL}, {0}};

static const NativeDef scanner_methods[] = {
    {"match(self, /)", scanner_match, NULL, NATIVE_RAW, 1, 1},
    {"search(self, /)", scanner_search, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps scanner_ops = {.mark = scanner_mark, .iter = iterator_self, .next = scanner_next};

const TypeDef re_scanner_def = {
    .name = "_sre.SRE_Scanner", .kind = KIND_OTHER, .size = sizeof(Scanner), .ops = &scanner_ops,
    .methods = scanner_methods, .getsets = scanner_getsets, .flags = TYPE_NO_NEW | TYPE_IMMUTABLE,
};

// ---- making patterns

static bool fill_groups(VM *vm, Pattern *p, const ReParser *parser)
{
    p->group_count = parser->group_count - 1;
    p->names = parser->names;
    p->group_names = tuple_new(vm, parser->group_count);
    p->close_order = gc_buffer(vm, parser->group_count * sizeof *p->close_order);
    if (!p->group_names || !p->close_order)
        return false;
    for (uint32_t i = 0; i < parser->group_count; i++) {
        p->group_names->items[i] = VALUE_NONE;
        p->close_order[i] = parser->groups[i].close_order;
    }
    uint32_t position = 0;
    Value name, number;
    while (dict_next(p->names, &position, &name, &number))
        p->group_names->items[as_small(number)] = name;
    gc_barrier(vm, p);
    gc_barrier(vm, p->group_names);
    return true;
}

// A program is made at once, so that what PCRE2 refuses is refused here.
static bool first_program(VM *vm, Pattern *p)
{
    Subject s = {.kind = SUBJECT_BYTES, .data = "", .size = 0};
    size_t local[8], *spans = local;
    if (p->group_count > 3 && !(spans = gc_buffer(vm, 2 * (p->group_count + (size_t)1) * sizeof *spans)))
        return false;
    return p->group_count < 1000 || program_run(vm, p, FORM_MATCH, &s, 0, false, spans) >= 0;
}

static Value compile_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t flags;
    Value source = args[0];
    if (!object_index_i64(vm, args[1], &flags))
        return VALUE_EMPTY;
    if (!is_str(source) && !is_bytes(source)) {
        const char *data;
        size_t size;
        if (!bytes_view(source, &data, &size))
            return raise_type(vm, "first argument must be string or compiled pattern");
        source = bytes_new(vm, data, size);
    }
    ReParser parser;
    Pattern *p = source ? type_new_of(vm, &re_pattern_def) : NULL;
    if (!p || !re_parse(&parser, vm, source, (uint32_t)flags, true, false))
        return VALUE_EMPTY;
    p->pattern = source;
    p->text = parser.text;
    p->flags = parser.flags;
    p->loops = parser.loops;
    p->template_source = p->template = VALUE_EMPTY;
    return fill_groups(vm, p, &parser) && first_program(vm, p) ? from_object(p) : VALUE_EMPTY;
}

static void pattern_mark(Gc *gc, Object *o)
{
    Pattern *p = (Pattern *)o;
    gc_mark(gc, p->pattern);
    gc_mark_object(gc, (Object *)p->names);
    gc_mark_object(gc, (Object *)p->group_names);
    gc_mark_buffer(gc, p->close_order);
    gc_mark(gc, p->template_source);
    gc_mark(gc, p->template);
    gc_mark(gc, p->attributes);
}

static void pattern_finalize(VM *vm, Object *o) { programs_free(vm, (Pattern *)o); }

// ---- what patterns are like

static bool put_flags(StrBuilder *b, uint32_t flags)
{
    static const struct { uint32_t flag; const char *name; } names[] = {
        {RE_TEMPLATE, "TEMPLATE"}, {RE_IGNORECASE, "IGNORECASE"}, {RE_LOCALE, "LOCALE"}, {RE_MULTILINE, "MULTILINE"},
        {RE_DOTALL, "DOTALL"}, {RE_UNICODE, "UNICODE"}, {RE_VERBOSE, "VERBOSE"}, {RE_DEBUG, "DEBUG"}, {RE_ASCII, "ASCII"},
    };
    const char *before = ", ";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].flag) {
            builder_add_cstr(b, before);
            builder_add_cstr(b, "re.");
            builder_add_cstr(b, names[i].name);
            before = "|";
            flags &= ~names[i].flag;
        }
    char rest[24] = "";
    if (flags)
        snprintf(rest, sizeof rest, "%s0x%x", before, flags);
    return builder_add_cstr(b, rest) && builder_add_char(b, ')');
}

static Value pattern_repr(VM *vm, Value self)
{
    Pattern *p = as_pattern(self);
    uint32_t flags = p->flags;
    if (p->text && (flags & RE_TYPE_FLAGS) == RE_UNICODE)
        flags &= ~(uint32_t)RE_UNICODE;
    Str *shown = object_repr(vm, p->pattern);
    if (shown && shown->length > 200)
        shown = str_slice(vm, shown, 0, 200);
    if (!shown)
        return VALUE_EMPTY;
    StrBuilder b;
    builder_init(&b, vm);
    builder_add_cstr(&b, "re.compile(");
    builder_add_str(&b, shown);
    put_flags(&b, flags);
    return from_object(builder_finish(&b));
}

static bool pattern_hash(VM *vm, Value self, int64_t *out)
{
    if (!object_hash(vm, as_pattern(self)->pattern, out))
        return false;
    *out = (*out ^ as_pattern(self)->flags) * 1000003;
    return true;
}

static Value pattern_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if (!is_type_def(vm, other, &re_pattern_def) || (op != COMPARE_EQ && op != COMPARE_NE))
        return VALUE_NOT_IMPLEMENTED;
    Pattern *a = as_pattern(self), *b = as_pattern(other);
    int equal = a == b || (a->flags == b->flags && a->text == b->text);
    if (equal && a != b && (equal = object_equal(vm, a->pattern, b->pattern)) < 0)
        return VALUE_EMPTY;
    return from_bool(op == COMPARE_EQ ? equal : !equal);
}

static Value get_pattern(VM *vm, Value self) { return (void)vm, as_pattern(self)->pattern; }
static Value get_flags(VM *vm, Value self) { return (void)vm, from_small(as_pattern(self)->flags); }
static Value get_groups(VM *vm, Value self) { return (void)vm, from_small(as_pattern(self)->group_count); }

static Value get_groupindex(VM *vm, Value self)
{
    return mapping_proxy_new(vm, from_object(as_pattern(self)->names));
}

static Value self_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return args[0];
}

// (re._compile, (pattern, flags))
static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *module = str_from(vm, "re"), *name = str_from(vm, "_compile");
    Value re = module && name ? dict_get_str(vm, vm->modules, module) : VALUE_EMPTY;
    Value function = re ? object_getattr(vm, re, name) : VALUE_EMPTY;
    Value arguments = tuple_pack(vm, 2, as_pattern(args[0])->pattern, from_small(as_pattern(args[0])->flags));
    return function && arguments ? tuple_pack(vm, 2, function, arguments) : VALUE_EMPTY;
}

static const GetSetDef getsets[] = {
    {"pattern", get_pattern, NULL, "The pattern string from which the RE object was compiled."},
    {"flags", get_flags, NULL, "The regex matching flags."},
    {"groups", get_groups, NULL, "The number of capturing groups in the pattern."},
    {"groupindex", get_groupindex, NULL, "A dictionary mapping group names to group numbers."},
    {0},
};

#define PLACES "string, pos=0, endpos=<sys.maxsize>)"
static const NativeDef methods[] = {
    {"match(self, /, " PLACES, match_method, "Matches zero or more characters at the beginning of the string.", 0, 0, 0},
    {"fullmatch(self, /, " PLACES, fullmatch_method, "Matches against all of the string.", 0, 0, 0},
    {"search(self, /, " PLACES, search_method, "Scan through string looking for a match.", 0, 0, 0},
    {"findall(self, /, " PLACES, findall_method, "A list of all non-overlapping matches of pattern in string.", 0, 0, 0},
    {"finditer(self, /, " PLACES, scanner_method, "An iterator over all non-overlapping matches.", 0, 0, 0},
    {"scanner(self, /, " PLACES, scanner_method, NULL, 0, 0, 0},
    {"sub(self, /, repl, string, count=0)", pattern_sub, "The string with matches replaced by repl.", 0, 0, 0},
    {"subn(self, /, repl, string, count=0)", pattern_subn, "The string with matches replaced, and their number.", 0, 0, 0},
    {"split(self, /, string, maxsplit=0)", pattern_split, "Split string by the occurrences of pattern.", 0, 0, 0},
    {"__copy__(self, /)", self_method, NULL, NATIVE_RAW, 1, 1},
    {"__deepcopy__(self, memo, /)", self_method, NULL, NATIVE_RAW, 2, 2},
    {"__reduce__(self, /)", reduce_method, NULL, NATIVE_RAW, 1, 1},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps ops = {
    .mark = pattern_mark,
    .finalize = pattern_finalize,
    .repr = pattern_repr,
    .hash = pattern_hash,
    .compare = pattern_compare,
    .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE),
};

const TypeDef re_pattern_def = {
    .name = "re.Pattern",
    .kind = KIND_OTHER,
    .size = sizeof(Pattern),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .doc = "Compiled regular expression object.",
    .flags = TYPE_NO_NEW | TYPE_IMMUTABLE | TYPE_FINALIZE,
};

// ---- the module

static Value setup_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    vm->roots[ROOT_RE_ERROR] = args[0];
    return VALUE_NONE;
}

static Value template_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return template_of(vm, as_pattern(args[0]), args[1]);
}

static const NativeDef functions[] = {
    {"compile(pattern, flags, /)", compile_function, "A new Pattern.", NATIVE_RAW, 2, 2},
    {"setup(error, /)", setup_function, "Tells the class of the errors.", NATIVE_RAW, 1, 1},
    {"template(pattern, source, /)", template_function, "A replacement as literals and group numbers.", NATIVE_RAW, 2, 2},
    {0},
};

static const TypeDef *const types[] = {&re_pattern_def, &re_match_def, &re_scanner_def, NULL};

const ModuleDef _re_module = {
    .name = "_re",
    .doc = "Regular expressions on PCRE2, under the module re.",
    .functions = functions,
    .types = types,
};
