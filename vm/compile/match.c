// SPDX-License-Identifier: MIT
//
// match (PEP 634). `pattern(p, subject, miss)` jumps to `miss` unless R[subject] matches. Names are bound only when the
// whole pattern has matched: until then captures are kept in temporaries, one per name, set aside before the tests.
#include "vm/compile/compiler.h"

typedef struct PatternCapture {
    const AstName *name;
    Reg reg;
    struct PatternCapture *next;
} PatternCapture;

typedef struct Patterns {
    PatternCapture *captures;
    bool irrefutable; // may this pattern match everything without making the rest unreachable?
    Span last;        // the pattern looked at last: where CPython reports the errors of captures
} Patterns;

static void pattern(Compiler *c, Patterns *ps, const AstPattern *p, Reg subject, Label miss);

// ---- captures

static bool collect(Compiler *c, Patterns *ps, const AstPattern *p);

static bool collect_name(Compiler *c, Patterns *ps, const AstName *name)
{
    if (!name)
        return true;
    for (const PatternCapture *capture = ps->captures; capture; capture = capture->next) {
        if (capture->name == name) {
            compile_error(c, ps->last, "multiple assignments to name '%s' in pattern", name->text);
            return false;
        }
    }
    PatternCapture *capture = alloc(c, sizeof *capture);
    if (!capture)
        return false;
    *capture = (PatternCapture){name, NO_REG, NULL};
    PatternCapture **tail = &ps->captures;
    while (*tail)
        tail = &(*tail)->next;
    *tail = capture;
    return true;
}

static bool collect_all(Compiler *c, Patterns *ps, const AstPatternSeq *list)
{
    bool irrefutable = ps->irrefutable;
    ps->irrefutable = true;
    for (size_t i = 0; i < list->count; i++) {
        if (!collect(c, ps, list->items[i]))
            return false;
    }
    ps->irrefutable = irrefutable;
    return true;
}

static size_t count_captures(const PatternCapture *list)
{
    size_t count = 0;
    for (; list; list = list->next)
        count++;
    return count;
}

static bool has_capture(const PatternCapture *list, const AstName *name)
{
    for (; list; list = list->next) {
        if (list->name == name)
            return true;
    }
    return false;
}

// All alternatives must bind the same names.
static bool collect_or(Compiler *c, Patterns *ps, const AstPattern *p)
{
    Patterns first = {0};
    for (size_t i = 0; i < p->as.MatchOr.patterns.count; i++) {
        Patterns one = {.irrefutable = ps->irrefutable && i + 1 == p->as.MatchOr.patterns.count};
        if (!collect(c, &one, p->as.MatchOr.patterns.items[i]))
            return false;
        ps->last = one.last;
        if (i == 0)
            first = one;
        bool same = count_captures(one.captures) == count_captures(first.captures);
        for (const PatternCapture *capture = one.captures; same && capture; capture = capture->next)
            same = has_capture(first.captures, capture->name);
        if (!same) {
            compile_error(c, ps->last, "alternative patterns bind different names");
            return false;
        }
    }
    for (const PatternCapture *capture = first.captures; capture; capture = capture->next) {
        if (!collect_name(c, ps, capture->name))
            return false;
    }
    return true;
}

static bool check_irrefutable(Compiler *c, const Patterns *ps, const AstPattern *p)
{
    if (ps->irrefutable)
        return true;
    if (p->as.MatchAs.name)
        compile_error(c, p->span, "name capture '%s' makes remaining patterns unreachable", p->as.MatchAs.name->text);
    else
        compile_error(c, p->span, "wildcard makes remaining patterns unreachable");
    return false;
}

static bool collect_kind(Compiler *c, Patterns *ps, const AstPattern *p)
{
    switch (p->kind) {
    case PATTERN_MatchValue: case PATTERN_MatchSingleton: return true;
    case PATTERN_MatchSequence: return collect_all(c, ps, &p->as.MatchSequence.patterns);
    case PATTERN_MatchStar: return collect_name(c, ps, p->as.MatchStar.name);
    case PATTERN_MatchMapping:
        return collect_all(c, ps, &p->as.MatchMapping.patterns) && collect_name(c, ps, p->as.MatchMapping.rest);
    case PATTERN_MatchClass:
        return collect_all(c, ps, &p->as.MatchClass.patterns) && collect_all(c, ps, &p->as.MatchClass.kwd_patterns);
    case PATTERN_MatchAs:
        return (p->as.MatchAs.pattern ? collect(c, ps, p->as.MatchAs.pattern) : check_irrefutable(c, ps, p)) &&
               collect_name(c, ps, p->as.MatchAs.name);
    case PATTERN_MatchOr: return collect_or(c, ps, p);
    }
    return true;
}

static bool collect(Compiler *c, Patterns *ps, const AstPattern *p)
{
    if (!compile_enter(c))
        return false;
    ps->last = p->span;
    bool good = collect_kind(c, ps, p);
    compile_leave(c);
    return good && !c->failed;
}

static void capture(Compiler *c, const Patterns *ps, const AstName *name, Reg value)
{
    for (const PatternCapture *k = ps->captures; k && name; k = k->next) {
        if (k->name == name)
            return emit_move(c, k->reg, value);
    }
}

// ---- simple patterns

static bool is_wildcard(const AstPattern *p)
{
    return p->kind == PATTERN_MatchAs && !p->as.MatchAs.name && !p->as.MatchAs.pattern;
}

static bool is_star_wildcard(const AstPattern *p) { return p->kind == PATTERN_MatchStar && !p->as.MatchStar.name; }

static void test_bool(Compiler *c, Opcode op, Reg subject, Label miss)
{
    Reg mark = temp_mark(c), result = temp_push(c, 1);
    emit(c, op, result, subject, 0);
    emit_jump(c, OP_JUMP_IF_FALSE, result, 0, miss);
    temp_release(c, mark);
}

static void test_length(Compiler *c, Opcode jump, Reg subject, size_t length, Label miss)
{
    Reg mark = temp_mark(c), result = temp_push(c, 1);
    uint32_t id = constant_id(c, from_small((int64_t)length));
    if (!constant_narrow(c, id))
        compile_error(c, c->unit->span, "too many constants in one code block");
    emit(c, OP_GET_LEN, result, subject, 0);
    emit_jump(c, jump, result, id, miss);
    temp_release(c, mark);
}

static void value_pattern(Compiler *c, const AstPattern *p, Reg subject, Label miss)
{
    const AstExpr *value = p->as.MatchValue.value;
    Value constant;
    bool folded = fold(c, value, &constant);
    if (!folded && value->kind != EXPR_Attribute && value->kind != EXPR_JoinedStr)
        return compile_error(c, p->span, "patterns may only match literals and attribute lookups");
    uint32_t id = folded ? constant_id(c, constant) : 0;
    Reg mark = temp_mark(c);
    if (folded && constant_narrow(c, id))
        emit_jump(c, OP_JUMP_UNLESS_EQ_K, subject, id, miss);
    else
        emit_jump(c, OP_JUMP_UNLESS_EQ, subject, expr_any(c, value), miss);
    temp_release(c, mark);
}

static void singleton_pattern(Compiler *c, const AstPattern *p, Reg subject, Label miss)
{
    Value v = constant_value(c, &p->as.MatchSingleton.value);
    if (v == VALUE_NONE)
        return emit_jump(c, OP_JUMP_IF_NOT_NONE, subject, 0, miss);
    Reg mark = temp_mark(c), result = temp_push(c, 1);
    emit_constant(c, v, result);
    emit(c, OP_IS, result, subject, result);
    emit_jump(c, OP_JUMP_IF_FALSE, result, 0, miss);
    temp_release(c, mark);
}

static void as_pattern(Compiler *c, Patterns *ps, const AstPattern *p, Reg subject, Label miss)
{
    if (p->as.MatchAs.pattern)
        pattern(c, ps, p->as.MatchAs.pattern, subject, miss);
    capture(c, ps, p->as.MatchAs.name, subject);
}

static void or_pattern(Compiler *c, Patterns *ps, const AstPattern *p, Reg subject, Label miss)
{
    const AstPatternSeq *list = &p->as.MatchOr.patterns;
    Label matched = label_new(c);
    for (size_t i = 0; i < list->count && !c->failed; i++) {
        bool last = i + 1 == list->count;
        Label next = last ? miss : label_new(c);
        pattern(c, ps, list->items[i], subject, next);
        if (!last) {
            emit_jump(c, OP_JUMP, 0, 0, matched);
            label_place(c, next);
        }
    }
    label_place(c, matched);
}

// ---- patterns with parts

// The items by index: used when a `*_` stands between them, so that nothing is copied.
static void match_by_index(Compiler *c, Patterns *ps, const AstPatternSeq *list, size_t star, Reg subject, Label miss)
{
    for (size_t i = 0; i < list->count && !c->failed; i++) {
        if (i == star || is_wildcard(list->items[i]))
            continue;
        Reg mark = temp_mark(c), item = temp_push(c, 1);
        if (i < star) {
            emit_constant(c, from_small((int64_t)i), item);
        } else {
            Reg back = temp_push(c, 1);
            emit(c, OP_GET_LEN, item, subject, 0);
            emit_constant(c, from_small((int64_t)(list->count - i)), back);
            emit(c, OP_SUB, item, item, back);
        }
        emit(c, OP_LOAD_ITEM, item, subject, item);
        pattern(c, ps, list->items[i], item, miss);
        temp_release(c, mark);
    }
}

static void match_items(Compiler *c, Patterns *ps, const AstPatternSeq *list, Reg first, Label miss)
{
    for (size_t i = 0; i < list->count && !c->failed; i++) {
        const AstPattern *p = list->items[i];
        if (p->kind == PATTERN_MatchStar)
            capture(c, ps, p->as.MatchStar.name, first + (Reg)i);
        else if (!is_wildcard(p))
            pattern(c, ps, p, first + (Reg)i, miss);
    }
}

static size_t find_star(Compiler *c, const AstPattern *p, bool *only_wildcards)
{
    const AstPatternSeq *list = &p->as.MatchSequence.patterns;
    size_t star = list->count;
    *only_wildcards = true;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->kind == PATTERN_MatchStar) {
            if (star < list->count)
                compile_error(c, p->span, "multiple starred names in sequence pattern");
            star = i;
        }
        *only_wildcards &= is_wildcard(list->items[i]) || is_star_wildcard(list->items[i]);
    }
    return star;
}

static void sequence_pattern(Compiler *c, Patterns *ps, const AstPattern *p, Reg subject, Label miss)
{
    const AstPatternSeq *list = &p->as.MatchSequence.patterns;
    bool only_wildcards;
    size_t count = list->count, star = find_star(c, p, &only_wildcards);
    if (c->failed)
        return;
    test_bool(c, OP_MATCH_SEQUENCE, subject, miss);
    if (star == count)
        test_length(c, OP_JUMP_UNLESS_EQ_K, subject, count, miss);
    else if (count > 1)
        test_length(c, OP_JUMP_UNLESS_GE_K, subject, count - 1, miss);
    if (only_wildcards)
        return;
    if (star < count && is_star_wildcard(list->items[star]))
        return match_by_index(c, ps, list, star, subject, miss);
    if (star < count && count - star - 1 >= 256)
        return compile_error(c, p->span, "too many expressions in star-unpacking sequence pattern");
    Reg mark = temp_mark(c), first = temp_push(c, (uint32_t)count);
    if (star < count)
        emit_n(c, OP_UNPACK_EX, (uint8_t)(count - star - 1), first, subject, (uint32_t)star);
    else
        emit(c, OP_UNPACK, first, subject, (uint32_t)count);
    match_items(c, ps, list, first, miss);
    temp_release(c, mark);
}

static bool check_keys(Compiler *c, const AstPattern *p)
{
    const AstExprSeq *keys = &p->as.MatchMapping.keys;
    Map seen = {0};
    for (size_t i = 0; i < keys->count && !c->failed; i++) {
        Value v;
        if (!fold(c, keys->items[i], &v)) {
            if (keys->items[i]->kind != EXPR_Attribute && !c->failed)
                compile_error(c, p->span, "mapping pattern keys may only match literals and attribute lookups");
            continue;
        }
        MapEntry *entry = map_entry(&seen, &c->arena, v);
        if (!entry)
            return fail(c), false;
        if (entry->value++) {
            Str *text = object_repr(c->vm, v);
            if (!text)
                return fail(c), false;
            compile_error(c, p->span, "mapping pattern checks duplicate key (%s)", text->data);
        }
    }
    return !c->failed;
}

static void mapping_pattern(Compiler *c, Patterns *ps, const AstPattern *p, Reg subject, Label miss)
{
    const AstExprSeq *keys = &p->as.MatchMapping.keys;
    const AstName *rest = p->as.MatchMapping.rest;
    test_bool(c, OP_MATCH_MAPPING, subject, miss);
    if ((keys->count == 0 && !rest) || !check_keys(c, p))
        return;
    if (keys->count)
        test_length(c, OP_JUMP_UNLESS_GE_K, subject, keys->count, miss);
    Reg mark = temp_mark(c), tuple = temp_push(c, 2), values = tuple + 1;
    Value constant;
    if (fold_items(c, keys, &constant))
        emit_constant(c, constant, tuple);
    else
        tuple_to(c, keys, tuple);
    if (keys->count) {
        emit(c, OP_MATCH_KEYS, values, subject, tuple);
        emit_jump(c, OP_JUMP_IF_NONE, values, 0, miss);
        Reg first = temp_push(c, (uint32_t)keys->count);
        emit(c, OP_UNPACK, first, values, (uint32_t)keys->count);
        match_items(c, ps, &p->as.MatchMapping.patterns, first, miss);
    }
    if (rest) {
        emit(c, OP_MATCH_REST, values, subject, tuple);
        capture(c, ps, rest, values);
    }
    temp_release(c, mark);
}

static Value attribute_names(Compiler *c, const AstPattern *p)
{
    const AstNameSeq *names = &p->as.MatchClass.kwd_attrs;
    Tuple *tuple = tuple_new(c->vm, (int64_t)names->count);
    if (!tuple)
        return fail(c), VALUE_NONE;
    for (size_t i = 0; i < names->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (names->items[k] == names->items[i])
                compile_error(c, p->as.MatchClass.kwd_patterns.items[i]->span,
                              "attribute name repeated in class pattern: %s", names->items[i]->text);
        }
        tuple->items[i] = from_object(name_str(c, names->items[i]));
    }
    return c->failed ? VALUE_NONE : constant_intern(c, from_object(tuple));
}

static void class_pattern(Compiler *c, Patterns *ps, const AstPattern *p, Reg subject, Label miss)
{
    const AstPatternSeq *positional = &p->as.MatchClass.patterns, *named = &p->as.MatchClass.kwd_patterns;
    size_t count = positional->count + named->count;
    if (positional->count > 255)
        return compile_error(c, p->span, "too many sub-patterns in class pattern");
    Reg mark = temp_mark(c), operands = temp_push(c, 2), found = temp_push(c, 1);
    Value names = attribute_names(c, p);
    expr_to(c, p->as.MatchClass.cls, operands);
    emit_constant(c, names, operands + 1);
    emit_n(c, OP_MATCH_CLASS, (uint8_t)positional->count, found, subject, operands);
    emit_jump(c, OP_JUMP_IF_NONE, found, 0, miss);
    if (count) {
        Reg first = temp_push(c, (uint32_t)count);
        emit(c, OP_UNPACK, first, found, (uint32_t)count);
        match_items(c, ps, positional, first, miss);
        match_items(c, ps, named, first + (Reg)positional->count, miss);
    }
    temp_release(c, mark);
}

static void pattern_kind(Compiler *c, Patterns *ps, const AstPattern *p, Reg subject, Label miss)
{
    switch (p->kind) {
    case PATTERN_MatchValue: return value_pattern(c, p, subject, miss);
    case PATTERN_MatchSingleton: return singleton_pattern(c, p, subject, miss);
    case PATTERN_MatchSequence: return sequence_pattern(c, ps, p, subject, miss);
    case PATTERN_MatchMapping: return mapping_pattern(c, ps, p, subject, miss);
    case PATTERN_MatchClass: return class_pattern(c, ps, p, subject, miss);
    case PATTERN_MatchStar: return;
    case PATTERN_MatchAs: return as_pattern(c, ps, p, subject, miss);
    case PATTERN_MatchOr: return or_pattern(c, ps, p, subject, miss);
    }
}

static void pattern(Compiler *c, Patterns *ps, const AstPattern *p, Reg subject, Label miss)
{
    if (!compile_enter(c))
        return;
    Span old = span_swap(c, p->span);
    pattern_kind(c, ps, p, subject, miss);
    span_swap(c, old);
    compile_leave(c);
}

// ---- the statement

static void match_case(Compiler *c, const AstMatchCase *arm, bool last, Reg subject, Label end)
{
    Label miss = label_new(c);
    Patterns ps = {.irrefutable = last || arm->guard};
    Reg mark = temp_mark(c);
    if (!collect(c, &ps, arm->pattern))
        return;
    for (PatternCapture *k = ps.captures; k; k = k->next)
        k->reg = temp_push(c, 1);
    pattern(c, &ps, arm->pattern, subject, miss);
    Span old = span_swap(c, arm->pattern->span);
    for (const PatternCapture *k = ps.captures; k; k = k->next)
        store_name(c, k->name, k->reg);
    span_swap(c, old);
    temp_release(c, mark);
    if (arm->guard)
        jump_if(c, arm->guard, miss, false);
    body(c, &arm->body);
    emit_jump(c, OP_JUMP, 0, 0, end);
    label_place(c, miss);
}

void match_statement(Compiler *c, const AstStmt *s)
{
    const AstMatchCaseSeq *cases = &s->as.Match.cases;
    Label end = label_new(c);
    Reg subject = expr_push(c, s->as.Match.subject);
    for (size_t i = 0; i < cases->count && !c->failed; i++)
        match_case(c, cases->items[i], i + 1 == cases->count, subject, end);
    label_place(c, end);
}
