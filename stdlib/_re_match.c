// SPDX-License-Identifier: MIT
//
// Match objects. They hold byte offsets; code point indices are computed when asked for.

#include "_re.h"

static void match_mark(Gc *gc, Object *o)
{
    Match *m = (Match *)o;
    gc_mark_object(gc, (Object *)m->pattern);
    gc_mark(gc, m->source);
    gc_mark(gc, m->holder);
}

Value re_match_new(VM *vm, Pattern *p, const Subject *s, const size_t *spans)
{
    size_t count = 2 * (p->group_count + (size_t)1);
    Match *m = gc_new(vm, type_of_def(vm, &re_match_def)->root, sizeof *m + count * sizeof *spans);
    if (!m)
        return VALUE_EMPTY;
    m->pattern = p;
    m->source = s->source;
    m->holder = s->holder;
    m->pos = s->pos;
    m->endpos = s->endpos;
    memcpy(m->spans, spans, count * sizeof *spans);
    return from_object(m);
}

// ---- groups

Value match_text(VM *vm, const Match *m, size_t group, Value absent)
{
    size_t from = m->spans[2 * group], to = m->spans[2 * group + 1];
    if (from == SIZE_MAX)
        return absent;
    if (is_str(m->holder))
        return from_object(str_cut(vm, as_str(m->holder), from, to));
    if (from == 0 && to == as_bytes(m->holder)->size && is_exact(vm, m->source, KIND_BYTES))
        return m->source;
    return bytes_new(vm, as_bytes(m->holder)->data + from, to - from);
}

// The number that an argument names, -1: error.
static int64_t group_number(VM *vm, const Match *m, Value key)
{
    int64_t number = -1;
    if (is_small(key)) {
        number = as_small(key);
    } else if (has_index(vm, key)) {
        if (!object_index_clamped(vm, key, &number))
            return -1;
    } else {
        Value found = dict_get(vm, m->pattern->names, key);
        if (vm->error)
            error_clear(vm); // an unhashable key is no group either
        number = found ? as_small(found) : -1;
    }
    if (number >= 0 && number <= m->pattern->group_count)
        return number;
    raise_index(vm, "no such group");
    return -1;
}

static Value group_of(VM *vm, const Match *m, Value key)
{
    int64_t number = group_number(vm, m, key);
    return number < 0 ? VALUE_EMPTY : match_text(vm, m, (size_t)number, VALUE_NONE);
}

static Value group_method(VM *vm, Value *args, int nargs)
{
    Match *m = as_match(args[0]);
    if (nargs == 1)
        return match_text(vm, m, 0, VALUE_NONE);
    if (nargs == 2)
        return group_of(vm, m, args[1]);
    Tuple *t = tuple_new(vm, nargs - 1);
    for (int i = 1; t && i < nargs; i++) {
        Value v = group_of(vm, m, args[i]);
        if (!v)
            return VALUE_EMPTY;
        t->items[i - 1] = v;
        gc_barrier(vm, t);
    }
    return from_object(t);
}

static Value getitem(VM *vm, Value self, Value key) { return group_of(vm, as_match(self), key); }

static Value groups_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Match *m = as_match(args[0]);
    Tuple *t = tuple_new(vm, m->pattern->group_count);
    for (size_t i = 1; t && i <= m->pattern->group_count; i++) {
        Value v = match_text(vm, m, i, args[1]);
        if (!v)
            return VALUE_EMPTY;
        t->items[i - 1] = v;
        gc_barrier(vm, t);
    }
    return from_object(t);
}

static Value groupdict_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Match *m = as_match(args[0]);
    Dict *d = dict_new(vm, m->pattern->names->count);
    uint32_t position = 0;
    Value name, number;
    while (d && dict_next(m->pattern->names, &position, &name, &number)) {
        Value v = match_text(vm, m, (size_t)as_small(number), args[1]);
        if (!v || !dict_set(vm, d, name, v))
            return VALUE_EMPTY;
    }
    return from_object(d);
}

// ---- places

static Value index_at(VM *vm, const Match *m, size_t offset)
{
    if (offset == SIZE_MAX)
        return from_small(-1);
    if (is_str(m->holder))
        return from_small(str_index_of_offset(vm, as_str(m->holder), offset));
    return from_small((int64_t)offset);
}

static Value span_of(VM *vm, const Match *m, size_t group)
{
    return tuple_pack(vm, 2, index_at(vm, m, m->spans[2 * group]), index_at(vm, m, m->spans[2 * group + 1]));
}

static Value start_method(VM *vm, Value *args, int nargs)
{
    int64_t group = nargs > 1 ? group_number(vm, as_match(args[0]), args[1]) : 0;
    return group < 0 ? VALUE_EMPTY : index_at(vm, as_match(args[0]), as_match(args[0])->spans[2 * group]);
}

static Value end_method(VM *vm, Value *args, int nargs)
{
    int64_t group = nargs > 1 ? group_number(vm, as_match(args[0]), args[1]) : 0;
    return group < 0 ? VALUE_EMPTY : index_at(vm, as_match(args[0]), as_match(args[0])->spans[2 * group + 1]);
}

static Value span_method(VM *vm, Value *args, int nargs)
{
    int64_t group = nargs > 1 ? group_number(vm, as_match(args[0]), args[1]) : 0;
    return group < 0 ? VALUE_EMPTY : span_of(vm, as_match(args[0]), (size_t)group);
}

static Value get_regs(VM *vm, Value self)
{
    Match *m = as_match(self);
    Tuple *t = tuple_new(vm, (int64_t)m->pattern->group_count + 1);
    for (size_t i = 0; t && i <= m->pattern->group_count; i++) {
        Value v = span_of(vm, m, i);
        if (!v)
            return VALUE_EMPTY;
        t->items[i] = v;
        gc_barrier(vm, t);
    }
    return from_object(t);
}

// The group that was closed last. Without repetitions around groups they close in the order of the pattern; with them
// the one that ends furthest right was closed last.
static size_t last_group(const Match *m)
{
    const Pattern *p = m->pattern;
    size_t best = 0;
    for (size_t i = 1; i <= p->group_count; i++) {
        if (m->spans[2 * i] == SIZE_MAX)
            continue;
        size_t end = m->spans[2 * i + 1], best_end = m->spans[2 * best + 1];
        bool later = !best || p->close_order[i] > p->close_order[best];
        if (!best || (p->loops ? end > best_end || (end == best_end && later) : later))
            best = i;
    }
    return best;
}

static Value get_lastindex(VM *vm, Value self)
{
    (void)vm;
    size_t group = last_group(as_match(self));
    return group ? from_small((int64_t)group) : VALUE_NONE;
}

static Value get_lastgroup(VM *vm, Value self)
{
    (void)vm;
    size_t group = last_group(as_match(self));
    return group ? as_match(self)->pattern->group_names->items[group] : VALUE_NONE;
}

static Value get_string(VM *vm, Value self) { return (void)vm, as_match(self)->source; }
static Value get_re(VM *vm, Value self) { return (void)vm, from_object(as_match(self)->pattern); }
static Value get_pos(VM *vm, Value self) { return (void)vm, from_small(as_match(self)->pos); }
static Value get_endpos(VM *vm, Value self) { return (void)vm, from_small(as_match(self)->endpos); }

// ---- the rest

static Value expand_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Match *m = as_match(args[0]);
    Value template = template_of(vm, m->pattern, args[1]);
    return template ? template_expand(vm, template, m) : VALUE_EMPTY;
}

static Value self_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return args[0];
}

static Value match_repr(VM *vm, Value self)
{
    Match *m = as_match(self);
    Value span = span_of(vm, m, 0), text = match_text(vm, m, 0, VALUE_NONE);
    if (!span || !text)
        return VALUE_EMPTY;
    Str *shown = object_repr(vm, text);
    if (shown && shown->length > 50)
        shown = str_slice(vm, shown, 0, 50);
    return !shown ? VALUE_EMPTY : from_object(str_format(vm, "<re.Match object; span=%R, match=%U>", span, shown));
}

static const GetSetDef getsets[] = {
    {"string", get_string, NULL, "The string passed to match() or search()."},
    {"re", get_re, NULL, "The regular expression object."},
    {"pos", get_pos, NULL, "The index into the string at which the RE engine started looking for a match."},
    {"endpos", get_endpos, NULL, "The index into the string beyond which the RE engine will not go."},
    {"lastindex", get_lastindex, NULL, "The integer index of the last matched capturing group."},
    {"lastgroup", get_lastgroup, NULL, "The name of the last matched capturing group."},
    {"regs", get_regs, NULL, NULL},
    {0},
};

static const NativeDef methods[] = {
    {"group(self, /, *groups)", group_method, "group([group1, ...]) -> str or tuple.", NATIVE_RAW, 1, -1},
    {"start(self, group=0, /)", start_method, "Index of the start of the substring matched by group.", NATIVE_RAW, 1, 2},
    {"end(self, group=0, /)", end_method, "Index of the end of the substring matched by group.", NATIVE_RAW, 1, 2},
    {"span(self, group=0, /)", span_method, "(start(group), end(group)).", NATIVE_RAW, 1, 2},
    {"groups(self, /, default=None)", groups_method, "All the subgroups of the match, from 1.", 0, 0, 0},
    {"groupdict(self, /, default=None)", groupdict_method, "The named subgroups by name.", 0, 0, 0},
    {"expand(self, /, template)", expand_method, "The template with its references replaced, as sub() does.", 0, 0, 0},
    {"__copy__(self, /)", self_method, NULL, NATIVE_RAW, 1, 1},
    {"__deepcopy__(self, memo, /)", self_method, NULL, NATIVE_RAW, 2, 2},
    CLASS_GETITEM_METHOD,
    {0},
};

static const TypeOps ops = {.mark = match_mark, .repr = match_repr, .getitem = getitem};

const TypeDef re_match_def = {
    .name = "re.Match",
    .kind = KIND_OTHER,
    .size = sizeof(Match),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    .flags = TYPE_NO_NEW | TYPE_IMMUTABLE,
};
