// SPDX-License-Identifier: MIT
//
// Questions about a refused token inside an expression: a forgotten comma, half of a conditional expression, Python 2's
// print, and what goes wrong further inside a second expression.
#include "parser/trouble.h"

#include <string.h>

static bool is_legacy(const Token *token)
{
    return token->kind == TOKEN_NAME && token->length == 5 - (token->text[0] == 'e') &&
           (memcmp(token->text, "print", token->length) == 0 || memcmp(token->text, "exec", token->length) == 0);
}

static bool ask_legacy(Trouble *t, size_t boundary)
{
    Node value;
    size_t end;
    if (boundary == 0 || !is_legacy(trouble_token(t, boundary - 1)) || trouble_place(t, boundary - 1) == PLACE_NONE ||
        trouble_operand(t, boundary) != boundary - 1 || (t->at_fence && boundary - 1 != t->fence) ||
        !trouble_longest(t, boundary, true, &value, &end)) {
        return false;
    }
    const char *name = trouble_token(t, boundary - 1)->name->text;
    return trouble_report(t, span_join(trouble_token(t, boundary - 1)->span, value.expr->span),
                          arena_printf(t->parser->arena, "Missing parentheses in call to '%s'. Did you mean %s(...)?",
                                       name, name));
}

// CPython 3.11 compares only as many letters as the name has: "c" and "mat" pass for soft keywords too.
static bool is_soft_keyword(const Token *token)
{
    return token->name != NULL && (strncmp("case", token->text, token->length) == 0 ||
                                   strncmp("match", token->text, token->length) == 0 ||
                                   strncmp("_", token->text, token->length) == 0);
}

// Starts that CPython does not take for the first of two expressions.
static bool is_skipped(const Trouble *t, size_t start)
{
    return is_soft_keyword(trouble_token(t, start)) ||
           (trouble_token(t, start)->kind == TOKEN_NAME && trouble_token(t, start + 1)->kind == TOKEN_STRING);
}

// Two expressions side by side in brackets.
static bool ask_comma(Trouble *t, size_t boundary)
{
    Node left, right;
    size_t end;
    if (boundary == 0 || t->depth[boundary] == 0) {
        return false;
    }
    size_t start = trouble_skip_star(t, trouble_operand(t, boundary), boundary);
    if (start == boundary || (t->at_fence && start != t->fence) || trouble_place(t, start) == PLACE_NONE ||
        is_skipped(t, start)) {
        return false;
    }
    if (!parser_fragment(t->parser, trouble_token(t, start), trouble_token(t, boundary), false, &left) ||
        left.expr->kind == EXPR_Lambda || (left.expr->kind == EXPR_IfExp && !left.expr->parenthesized) ||
        !trouble_longest(t, boundary, false, &right, &end)) {
        return false;
    }
    return trouble_report(t, span_join(left.expr->span, right.expr->span),
                          "invalid syntax. Perhaps you forgot a comma?");
}

// `a if b` without `else`.
static bool ask_else(Trouble *t)
{
    Node body, test;
    if (!trouble_accepts(t, TOKEN_ELSE) || trouble_token(t, t->at)->kind == TOKEN_COLON) {
        return false;
    }
    size_t test_start = trouble_operand(t, t->at);
    if (test_start < 2 || trouble_token(t, test_start - 1)->kind != TOKEN_IF) {
        return false;
    }
    size_t start = trouble_skip_star(t, trouble_operand(t, test_start - 1), test_start - 1);
    if (start == test_start - 1 || (t->at_fence && start != t->fence) || trouble_place(t, start) == PLACE_NONE ||
        !parser_fragment(t->parser, trouble_token(t, start), trouble_token(t, test_start - 1), false, &body) ||
        !parser_fragment(t->parser, trouble_token(t, test_start), trouble_token(t, t->at), false, &test)) {
        return false;
    }
    return trouble_report(t, span_join(body.expr->span, test.expr->span), "expected 'else' after 'if' expression");
}

// Which token is refused when an expression (or tuple) is read from `from` on. The child's state is left in *child.
static size_t probe(Trouble *t, size_t from, Parser **child)
{
    size_t i = from;
    *child = parser_probe(t->parser);
    while (*child != NULL && i < t->count && parser_probe_feed(*child, trouble_token(t, i))) {
        i++;
    }
    t->parser->reached_end = t->parser->reached_end || (*child != NULL && t->cut_short && i == t->count);
    return i;
}

// CPython, looking for a second expression at the refused token, meets errors inside of it first: an unclosed bracket,
// or, when a lone name stands before, whatever is wrong in it.
static bool ask_further(Trouble *t)
{
    size_t start = t->at == 0 ? 0 : trouble_skip_star(t, trouble_operand(t, t->at), t->at);
    Node left;
    Parser *child;
    if (t->at == 0 || start == t->at || t->nested || trouble_place(t, start) == PLACE_NONE ||
        !parser_fragment(t->parser, trouble_token(t, start), trouble_token(t, t->at), false, &left)) {
        return false;
    }
    size_t stop = probe(t, t->at, &child);
    for (size_t i = stop; t->cut_short && i + 1 < t->count && trouble_token(t, i)->kind == TOKEN_EQUAL;) {
        Parser *other;
        i = probe(t, i + 1, &other);
    }
    if (child == NULL || stop <= t->at || stop >= t->count || left.expr->kind != EXPR_Name) {
        return false;
    }
    Trouble inner = *t;
    inner.at = stop;
    inner.nested = true;
    inner.engine = child;
    // A second expression already read once is not looked into again, but for its own beginning.
    inner.fence = t->at;
    inner.at_fence = !is_skipped(t, start);
    return (!inner.at_fence && (trouble_equal(&inner) || trouble_dict(&inner))) || trouble_expression(&inner);
}

// `x[]` in brackets: what looks like an empty subscript is a list after a forgotten comma.
static bool ask_subscript(Trouble *t)
{
    size_t open = trouble_enclosing(t, t->at);
    int kind = trouble_token(t, t->at)->kind;
    if (open >= t->count || trouble_use(t, open) != USE_SUBSCRIPT) {
        return false;
    }
    return ((kind == TOKEN_RSQB && open + 1 == t->at) || kind == TOKEN_FOR) && ask_comma(t, open);
}

bool trouble_expression(Trouble *t)
{
    // `not` may turn out to begin a second expression only when no `in` follows it.
    bool after_not = t->at > 0 && trouble_token(t, t->at - 1)->kind == TOKEN_NOT;
    if (ask_legacy(t, t->at) || ask_else(t) || ask_comma(t, t->at) || ask_subscript(t) || ask_further(t)) {
        return true;
    }
    return after_not && (ask_legacy(t, t->at - 1) || ask_comma(t, t->at - 1));
}
