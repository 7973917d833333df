// SPDX-License-Identifier: MIT
//
// Questions about `=` where a comparison may have been meant, about targets of statements that break off later, and
// about the halves of dict items.
#include "parser/trouble.h"

// --- `=` -------------------------------------------------------------------------------------------------------------

bool trouble_equal(Trouble *t)
{
    Node left, right;
    size_t end;
    size_t start = trouble_operand(t, t->at);
    if (trouble_token(t, t->at)->kind != TOKEN_EQUAL || start == t->at || trouble_place(t, start) != PLACE_NAMED ||
        !parser_fragment(t->parser, trouble_token(t, start), trouble_token(t, t->at), false, &left) ||
        !expr_is_tight(left.expr) || !trouble_longest(t, t->at + 1, false, &right, &end)) {
        return false;
    }
    const AstExpr *operand = expr_leading_operand(right.expr);
    int after = trouble_token(t, end)->kind;
    if (operand == NULL || after == TOKEN_EQUAL || after == TOKEN_COLONEQUAL) {
        return false;
    }
    if (left.expr->kind == EXPR_Name && !left.expr->parenthesized) {
        return trouble_report(t, span_join(left.expr->span, operand->span),
                              "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    }
    int first = trouble_token(t, start)->kind;
    if (first == TOKEN_NONE || first == TOKEN_TRUE || first == TOKEN_FALSE || first == TOKEN_LSQB ||
        (left.expr->kind == EXPR_Tuple) || left.expr->kind == EXPR_GeneratorExp) {
        return false;
    }
    return trouble_report(t, left.expr->span,
                          arena_printf(t->parser->arena,
                                       "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                                       expr_describe(left.expr)));
}

// --- brackets --------------------------------------------------------------------------------------------------------

// Whether the brace at `open` holds a `key: value` or a `**mapping` before `index`.
static bool is_dict(const Trouble *t, size_t open, size_t index)
{
    size_t depth = t->depth[open] + 1u;
    for (size_t i = open + 1; i < index; i++) {
        bool start = i == open + 1 || trouble_token(t, i - 1)->kind == TOKEN_COMMA;
        if (t->depth[i] == depth &&
            (trouble_token(t, i)->kind == TOKEN_COLON || (start && trouble_token(t, i)->kind == TOKEN_DOUBLESTAR))) {
            return true;
        }
    }
    return false;
}

static bool in_dict(const Trouble *t, size_t open)
{
    return open < t->count && trouble_token(t, open)->kind == TOKEN_LBRACE && trouble_use(t, open) == USE_DISPLAY &&
           is_dict(t, open, t->at);
}

static bool ask_dict_key(Trouble *t)
{
    Node key;
    size_t end, start = t->at, depth = t->depth[t->at];
    while (start > 0 && (t->depth[start - 1] != depth || trouble_token(t, start - 1)->kind != TOKEN_COMMA)) {
        start--;
    }
    if (start == t->at || start <= trouble_enclosing(t, t->at) || !trouble_longest(t, start, false, &key, &end) ||
        end > t->at || trouble_token(t, end)->kind == TOKEN_COLON) {
        return false;
    }
    Span span = key.expr->span;
    span.col = span.end_col - 1;
    trouble_report(t, span, "':' expected after dictionary key");
    t->parser->error.end_offset = 0;
    return true;
}

bool trouble_dict(Trouble *t)
{
    size_t open = trouble_enclosing(t, t->at);
    int kind = trouble_token(t, t->at)->kind;
    if (!in_dict(t, open)) {
        return false;
    }
    bool after_colon = trouble_token(t, t->at - 1)->kind == TOKEN_COLON && t->depth[t->at - 1] == t->depth[t->at];
    if (after_colon && (kind == TOKEN_RBRACE || kind == TOKEN_COMMA)) {
        return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at - 1,
                                 "expression expected after dictionary key and ':'");
    }
    if (after_colon && kind == TOKEN_STAR) {
        Node value;
        size_t end;
        return trouble_longest(t, t->at + 1, false, &value, &end) &&
               trouble_report(t, span_join(trouble_token(t, t->at)->span, value.span),
                              "cannot use a starred expression in a dictionary value");
    }
    return ask_dict_key(t);
}

// `(**a)`.
bool trouble_group(Trouble *t)
{
    Node value;
    size_t end;
    if (trouble_token(t, t->at)->kind != TOKEN_DOUBLESTAR || t->at == 0 ||
        trouble_token(t, t->at - 1)->kind != TOKEN_LPAR || trouble_use(t, t->at - 1) != USE_DISPLAY ||
        !trouble_longest(t, t->at + 1, false, &value, &end) || trouble_token(t, end)->kind != TOKEN_RPAR) {
        return false;
    }
    return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "cannot use double starred expression here");
}

// --- what precedes the refused token ---------------------------------------------------------------------------------

// `def f(a=, b)`.
bool trouble_default(Trouble *t)
{
    int kind = trouble_token(t, t->at)->kind;
    if (t->at == 0 || trouble_token(t, t->at - 1)->kind != TOKEN_EQUAL || (kind != TOKEN_COMMA && kind != TOKEN_RPAR)) {
        return false;
    }
    size_t open = trouble_enclosing(t, t->at);
    return open < t->count && trouble_use(t, open) == USE_PARAMETERS &&
           trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at - 1, "expected default value expression");
}

// The first `=` outside brackets on the line before the refused token, or t->at.
static size_t first_equal(const Trouble *t, size_t from)
{
    for (size_t i = from; i < t->at; i++) {
        if (trouble_token(t, i)->kind == TOKEN_EQUAL && t->depth[i] == 0) {
            return i;
        }
        if (trouble_token(t, i)->kind == TOKEN_SEMI || trouble_token(t, i)->kind == TOKEN_COLON) {
            break;
        }
    }
    return t->at;
}

// `f() = ` and more that breaks off: the target alone is wrong enough.
static bool ask_targets(Trouble *t, size_t first)
{
    AstList *targets = NULL;
    Node target, value;
    size_t end;
    size_t equal = first_equal(t, first);
    while (equal < t->at) {
        if (trouble_token(t, first)->kind == TOKEN_YIELD) {
            return trouble_report(t, span_join(trouble_token(t, first)->span, trouble_token(t, equal - 1)->span),
                                  "assignment to yield expression not possible");
        }
        if (!parser_fragment(t->parser, trouble_token(t, first), trouble_token(t, equal), true, &target)) {
            break;
        }
        targets = targets_add(t->parser, targets, target);
        first = equal + 1;
        equal = first_equal(t, first);
    }
    if (targets == NULL) {
        return false;
    }
    if (!trouble_longest(t, first, false, &value, &end) || trouble_token(t, end)->kind == TOKEN_EQUAL) {
        Token nothing = {.kind = TOKEN_YIELD, .span = trouble_token(t, t->at)->span};
        value = build_yield(t->parser, nothing, NULL);  // not an operand: suggests nothing
    }
    return !assign_check(t->parser, targets, value);
}

// `a + b: ` and `a + b += `: the grammar reads on, CPython stops at the sign.
static bool ask_sign(Trouble *t, size_t first)
{
    Node target;
    size_t sign = t->at - 1;
    int kind = trouble_token(t, sign)->kind;
    bool augmented = kind >= TOKEN_PLUSEQUAL && kind <= TOKEN_DOUBLESLASHEQUAL;
    if (sign <= first || t->depth[sign] > 0 || (kind != TOKEN_COLON && !augmented && kind != TOKEN_COLONEQUAL) ||
        !parser_fragment(t->parser, trouble_token(t, first), trouble_token(t, sign), true, &target)) {
        return false;
    }
    AstExprKind is = target.expr->kind;
    bool single = is == EXPR_Name || is == EXPR_Attribute || is == EXPR_Subscript;
    return !single && trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, sign, "invalid syntax");
}

_Static_assert(TOKEN_DOUBLESLASHEQUAL - TOKEN_PLUSEQUAL == 12, "the augmented assignments are numbered in a row");

// `for a + in b`: a target has no operators, so the mark is on the first.
static bool ask_target_operator(Trouble *t)
{
    int kind = t->at == 0 ? 0 : trouble_token(t, t->at - 1)->kind;
    switch (kind) {
    case TOKEN_PLUS: case TOKEN_MINUS: case TOKEN_STAR: case TOKEN_SLASH: case TOKEN_DOUBLESLASH: case TOKEN_PERCENT:
    case TOKEN_AT: case TOKEN_VBAR: case TOKEN_AMPER: case TOKEN_CIRCUMFLEX: case TOKEN_DOUBLESTAR:
        return trouble_token(t, t->at)->kind == TOKEN_IN &&
               trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at - 1, "invalid syntax");
    default:
        return false;
    }
}

// The left side of `:=`, when nothing that fits follows.
static bool ask_walrus(Trouble *t)
{
    if (t->at < 2 || trouble_token(t, t->at - 1)->kind != TOKEN_COLONEQUAL) {
        return false;
    }
    bool name = trouble_token(t, t->at - 2)->kind == TOKEN_NAME && trouble_operand(t, t->at - 1) == t->at - 2;
    return !name && trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at - 1, "invalid syntax");
}

bool trouble_target(Trouble *t)
{
    if (t->at == 0) {
        return false;
    }
    size_t first = trouble_line(t, t->at - (trouble_token(t, t->at - 1)->kind != TOKEN_NEWLINE));
    for (size_t i = first; i < t->at; i++) {
        if (t->depth[i] == 0 && trouble_token(t, i)->kind == TOKEN_SEMI) {
            first = i + 1;
        }
    }
    return first < t->at && (ask_targets(t, first) || ask_sign(t, first) || ask_walrus(t) || ask_target_operator(t));
}

// --- arguments -------------------------------------------------------------------------------------------------------

// `f(a, *)`.
static bool ask_lone_star(Trouble *t, size_t open)
{
    if (t->at < open + 4 || trouble_enclosing(t, t->at) != open || trouble_token(t, t->at - 1)->kind != TOKEN_STAR ||
        trouble_token(t, t->at - 2)->kind != TOKEN_COMMA) {
        return false;
    }
    return trouble_report(t, span_join(trouble_token(t, open + 1)->span, trouble_token(t, t->at - 3)->span),
                          "iterable argument unpacking follows keyword argument unpacking");
}

// After a keyword argument CPython reads no further than the start of an argument that is none.
static bool ask_after_keyword(Trouble *t, size_t open)
{
    size_t depth = t->depth[open] + 1u;
    size_t start = open + 1;  // of the argument that i is in
    bool keyword = false;     // an argument before that one was `name=value`
    bool this_keyword = false;
    for (size_t i = start; i < t->at; i++) {
        if (t->depth[i] != depth) {
            continue;
        }
        if (trouble_token(t, i)->kind == TOKEN_COMMA) {
            start = i + 1;
            keyword = keyword || this_keyword;
            this_keyword = false;
        }
        this_keyword = this_keyword || (i == start + 1 && trouble_token(t, i)->kind == TOKEN_EQUAL);
    }
    int kind = trouble_token(t, start)->kind;
    if (!keyword || this_keyword || kind == TOKEN_STAR || kind == TOKEN_DOUBLESTAR) {
        return false;
    }
    size_t at = kind == TOKEN_NAME || kind == TOKEN_TYPE ? start + 1 : start;
    return at < t->at && trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, at, "invalid syntax");
}

bool trouble_argument(Trouble *t)
{
    for (size_t i = trouble_line(t, t->at); i < t->at; i++) {
        bool around = t->depth[i] < t->depth[t->at] && trouble_token(t, i)->kind == TOKEN_LPAR;
        for (size_t k = i + 1; around && k <= t->at; k++) {
            around = t->depth[k] > t->depth[i];
        }
        if (around && trouble_use(t, i) == USE_CALL &&
            (ask_lone_star(t, i) || ask_after_keyword(t, i))) {
            return true;
        }
    }
    return false;
}
