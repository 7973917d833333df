// SPDX-License-Identifier: MIT
//
// The match statement and its patterns (PEP 634).
#include <string.h>

#include "parser/parser.h"

AstStmt *build_match(Parser *parser, Token keyword, Node subject, AstList *cases)
{
    AstStmt *stmt = stmt_new(parser, STMT_Match, keyword.span);
    if (cases->count > 0) {
        stmt->span = span_join(keyword.span, ((AstMatchCase *)cases->items[cases->count - 1])->span);
    }
    stmt->as.Match.subject = subject.expr;
    stmt->as.Match.cases = LIST_SEQ(AstMatchCaseSeq, cases);
    return stmt_done(parser, stmt);
}

AstMatchCase *build_case(Parser *parser, Token keyword, PatternNode pattern, AstExpr *guard, AstList *body)
{
    AstMatchCase *node = parser_alloc(parser, sizeof(AstMatchCase));
    node->span = keyword.span;
    if (body->count > 0) {
        node->span = span_join(keyword.span, body->span);
    }
    node->pattern = pattern.pattern;
    node->guard = guard;
    node->body = LIST_SEQ(AstStmtSeq, body);
    return match_case_done(parser, node);
}

static bool is_wildcard(const AstName *name)
{
    return name->length == 1 && name->text[0] == '_';
}

// --- sequences -------------------------------------------------------------------------------------------------------

// A star pattern alone is no pattern.
PatternNode pattern_alone(Parser *parser, PatternNode item)
{
    if (item.pattern->kind == PATTERN_MatchStar) {
        parser_fail_syntax(parser, parser->current.span, "invalid syntax");
    }
    return item;
}

AstList *pattern_list_add(Parser *parser, AstList *list, PatternNode item)
{
    list = list == NULL ? seq_new(parser) : list;
    list->span = list->count == 0 ? item.span : span_join(list->span, item.span);
    return list_add(parser, list, item.pattern);
}

PatternNode pattern_sequence(Parser *parser, AstList *items, Span first, Span last)
{
    AstPattern *pattern = pattern_new(parser, PATTERN_MatchSequence, span_join(first, last));
    pattern->as.MatchSequence.patterns = LIST_SEQ(AstPatternSeq, items);
    return pattern_done(parser, pattern);
}

PatternNode pattern_sequence_add(Parser *parser, AstList *items, PatternNode last)
{
    Span first = items->span;
    return pattern_sequence(parser, pattern_list_add(parser, items, last), first, last.span);
}

PatternNode pattern_star(Parser *parser, Token star, Token name)
{
    AstPattern *pattern = pattern_new(parser, PATTERN_MatchStar, span_join(star.span, name.span));
    pattern->as.MatchStar.name = parser->failed || is_wildcard(name.name) ? NULL : name.name;
    return pattern_done(parser, pattern);
}

PatternNode pattern_group(Parser *parser, Token open, PatternNode inner, Token close)
{
    Span span = span_join(open.span, close.span);
    if (inner.pattern->kind == PATTERN_MatchStar) {
        // A star in parentheses makes a sequence even without a comma.
        return pattern_sequence(parser, pattern_list_add(parser, NULL, inner), open.span, close.span);
    }
    inner.span = span;
    return inner;
}

// --- captures and alternatives ---------------------------------------------------------------------------------------

// A target that merely goes on after a name is wrong where it goes on.
static void fail_target(Parser *parser, const AstExpr *target)
{
    const AstExpr *expr = target;
    for (;;) {
        if (expr->kind == EXPR_Attribute) {
            expr = expr->as.Attribute.value;
        } else if (expr->kind == EXPR_Subscript) {
            expr = expr->as.Subscript.value;
        } else if (expr->kind == EXPR_Call) {
            expr = expr->as.Call.func;
        } else {
            break;
        }
    }
    if (expr->kind == EXPR_Name && expr != target && !expr->parenthesized) {
        Span after = {expr->span.end_line, expr->span.end_col, expr->span.end_line, expr->span.end_col + 1};
        parser_fail_syntax(parser, after, "invalid syntax");
    }
    parser_fail_syntax(parser, target->span, "invalid pattern target");
}

PatternNode pattern_as(Parser *parser, PatternNode pattern, Node target)
{
    AstPattern *as = pattern_new(parser, PATTERN_MatchAs, span_join(pattern.span, target.span));
    if (target.expr->kind != EXPR_Name || target.expr->parenthesized) {
        fail_target(parser, target.expr);
        return (PatternNode){as, as->span};
    }
    if (!parser->failed && is_wildcard(target.expr->as.Name.id)) {
        parser_fail_syntax(parser, target.expr->span, "cannot use '_' as a target");
    }
    as->as.MatchAs.pattern = pattern.pattern;
    as->as.MatchAs.name = target.expr->as.Name.id;
    return pattern_done(parser, as);
}

PatternNode pattern_or(Parser *parser, AstList *alternatives)
{
    AstPattern *pattern = pattern_new(parser, PATTERN_MatchOr, alternatives->span);
    pattern->as.MatchOr.patterns = LIST_SEQ(AstPatternSeq, alternatives);
    return pattern_done(parser, pattern);
}

PatternNode pattern_path(Parser *parser, Node path)
{
    if (path.expr->kind != EXPR_Name) {
        return pattern_value(parser, path);
    }
    AstPattern *pattern = pattern_new(parser, PATTERN_MatchAs, path.span);
    const AstName *name = path.expr->as.Name.id;
    pattern->as.MatchAs.name = parser->failed || is_wildcard(name) ? NULL : name;
    return pattern_done(parser, pattern);
}

// --- values ----------------------------------------------------------------------------------------------------------

PatternNode pattern_value(Parser *parser, Node value)
{
    AstPattern *pattern = pattern_new(parser, PATTERN_MatchValue, value.span);
    if (value.expr->kind == EXPR_JoinedStr || value.expr->kind == EXPR_TemplateStr) {
        parser_fail_syntax(parser, value.span, "patterns may only match literals and attribute lookups");
    }
    pattern->as.MatchValue.value = value.expr;
    return pattern_done(parser, pattern);
}

PatternNode pattern_singleton(Parser *parser, Token token, AstConstantKind kind)
{
    AstPattern *pattern = pattern_new(parser, PATTERN_MatchSingleton, token.span);
    pattern->as.MatchSingleton.value.kind = kind;
    return pattern_done(parser, pattern);
}

static bool is_imaginary(const AstExpr *expr)
{
    return expr->kind == EXPR_Constant && expr->as.Constant.value.kind == CONSTANT_Imag;
}

Node pattern_complex(Parser *parser, Node left, AstBinaryOp op, Node right)
{
    const AstExpr *real = left.expr->kind == EXPR_UnaryOp ? left.expr->as.UnaryOp.operand : left.expr;
    if (is_imaginary(real)) {
        parser_fail_syntax(parser, real->span, "real number required in complex literal");
    } else if (!is_imaginary(right.expr)) {
        parser_fail_syntax(parser, right.expr->span, "imaginary number required in complex literal");
    }
    return build_binary(parser, left, op, right);
}

// --- mappings and classes --------------------------------------------------------------------------------------------

PatternItem *pattern_item_new(Parser *parser, const Token *name, AstExpr *key, const PatternNode *pattern, Span start)
{
    PatternItem *item = parser_alloc(parser, sizeof(PatternItem));
    item->name = name == NULL ? NULL : name->name;
    item->name_span = name == NULL ? start : name->span;
    item->key = key;
    item->start = start;
    if (pattern != NULL) {
        item->pattern = *pattern;
    }
    return item;
}

PatternNode pattern_mapping(Parser *parser, Token open, AstList *items, Token close)
{
    AstPattern *pattern = pattern_new(parser, PATTERN_MatchMapping, span_join(open.span, close.span));
    AstList *keys = seq_new(parser);
    AstList *patterns = seq_new(parser);
    for (size_t i = 0; items != NULL && i < items->count && !parser->failed; i++) {
        const PatternItem *item = items->items[i];
        if (item->key != NULL) {
            list_add(parser, keys, item->key);
            list_add(parser, patterns, item->pattern.pattern);
        } else if (i + 1 < items->count) {
            const PatternItem *next = items->items[i + 1];
            parser_fail_syntax(parser, next->start, "invalid syntax");
        } else if (is_wildcard(item->name)) {
            parser_fail_syntax(parser, item->name_span, "invalid syntax");
        } else {
            pattern->as.MatchMapping.rest = item->name;
        }
    }
    pattern->as.MatchMapping.keys = LIST_SEQ(AstExprSeq, keys);
    pattern->as.MatchMapping.patterns = LIST_SEQ(AstPatternSeq, patterns);
    return pattern_done(parser, pattern);
}

// `C(a=1, b, c)`: the mark covers the positional patterns after the first keyword one.
static void fail_positional(Parser *parser, const AstList *items, size_t first)
{
    size_t last = first;
    while (last + 1 < items->count && ((PatternItem *)items->items[last + 1])->name == NULL) {
        last++;
    }
    Span from = ((PatternItem *)items->items[first])->pattern.span;
    Span to = ((PatternItem *)items->items[last])->pattern.span;
    parser_fail_syntax(parser, span_join(from, to), "positional patterns follow keyword patterns");
}

PatternNode pattern_class(Parser *parser, Node path, AstList *items, Token close)
{
    AstPattern *pattern = pattern_new(parser, PATTERN_MatchClass, span_join(path.span, close.span));
    AstList *patterns = seq_new(parser);
    AstList *names = seq_new(parser);
    AstList *named = seq_new(parser);
    for (size_t i = 0; items != NULL && i < items->count && !parser->failed; i++) {
        const PatternItem *item = items->items[i];
        if (item->name == NULL) {
            if (named->count > 0) {
                fail_positional(parser, items, i);
            }
            list_add(parser, patterns, item->pattern.pattern);
        } else {
            list_add(parser, names, (void *)item->name);
            list_add(parser, named, item->pattern.pattern);
        }
    }
    pattern->as.MatchClass = (AstPattern_MatchClass){path.expr, LIST_SEQ(AstPatternSeq, patterns),
                                                     LIST_SEQ(AstNameSeq, names), LIST_SEQ(AstPatternSeq, named)};
    return pattern_done(parser, pattern);
}
