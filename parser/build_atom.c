// SPDX-License-Identifier: MIT
//
// Names, numbers, and everything in brackets: groups, tuples, lists, sets, dicts and comprehensions.
#include "lexer/literal.h"
#include "parser/parser.h"

enum { DECIMAL_DIGITS_MAX = 4300 };

Node build_name(Parser *parser, Token name)
{
    AstExpr *expr = expr_new(parser, EXPR_Name, name.span);
    expr->as.Name.id = name.name;
    return (Node){expr, name.span};
}

Node build_constant(Parser *parser, Token token, AstConstantKind kind)
{
    AstExpr *expr = expr_new(parser, EXPR_Constant, token.span);
    expr->as.Constant.value.kind = kind;
    return (Node){expr, token.span};
}

static void number_too_long(Parser *parser, const Token *number, size_t digits)
{
    Span span = {number->span.line, 0, number->span.line, 0};
    parser_fail_format(parser, span,
                       "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; use "
                       "sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer "
                       "literals to avoid decimal conversion limits.",
                       DECIMAL_DIGITS_MAX, digits);
    parser->error.offset = parser->error.end_offset = 0;
}

Node build_number(Parser *parser, Token number)
{
    NumberValue value;
    Node node = build_constant(parser, number, CONSTANT_Int);
    if (!number_value(parser->arena, number.text, number.length, &value)) {
        parser->failed = true;
        return node;
    }
    AstConstant *constant = &node.expr->as.Constant.value;
    switch (value.kind) {
    case NUMBER_INT:
        constant->as.integer = value.integer;
        break;
    case NUMBER_BIG:
        if (value.base == 10 && value.digit_count > DECIMAL_DIGITS_MAX) {
            number_too_long(parser, &number, value.digit_count);
        }
        constant->kind = CONSTANT_BigInt;
        constant->as.big.digits = value.digits;
        constant->as.big.length = value.digit_count;
        constant->as.big.base = value.base;
        break;
    case NUMBER_FLOAT:
    case NUMBER_IMAG:
        constant->kind = value.kind == NUMBER_FLOAT ? CONSTANT_Float : CONSTANT_Imag;
        constant->as.real = value.real;
        break;
    }
    return node;
}

Node build_group(Parser *parser, Token open, Node inner, Token close)
{
    if (inner.expr->kind == EXPR_Starred) {
        parser_fail_syntax(parser, inner.expr->span, "cannot use starred expression here");
    }
    inner.expr->parenthesized = true;
    return (Node){inner.expr, span_join(open.span, close.span)};
}

Node build_tuple(Parser *parser, Token open, AstList *items, Token close)
{
    AstExpr *expr = expr_new(parser, EXPR_Tuple, span_join(open.span, close.span));
    expr->as.Tuple.elts = LIST_SEQ(AstExprSeq, items);
    expr->parenthesized = true;
    return expr_done(parser, expr);
}

Node build_list(Parser *parser, Token open, AstList *items, Token close)
{
    AstExpr *expr = expr_new(parser, EXPR_List, span_join(open.span, close.span));
    expr->as.List.elts = LIST_SEQ(AstExprSeq, items);
    return expr_done(parser, expr);
}

Node build_set(Parser *parser, Token open, AstList *items, Token close)
{
    AstExpr *expr = expr_new(parser, EXPR_Set, span_join(open.span, close.span));
    expr->as.Set.elts = LIST_SEQ(AstExprSeq, items);
    return expr_done(parser, expr);
}

DictItem *dict_item_new(Parser *parser, AstExpr *key, Node value, Span start)
{
    DictItem *item = parser_alloc(parser, sizeof(DictItem));
    *item = (DictItem){key, value, start};
    return item;
}

Node build_dict(Parser *parser, Token open, AstList *items, Token close)
{
    AstExpr *expr = expr_new(parser, EXPR_Dict, span_join(open.span, close.span));
    AstList *keys = seq_new(parser);
    AstList *values = seq_new(parser);
    for (size_t i = 0; items != NULL && i < items->count; i++) {
        DictItem *item = items->items[i];
        keys = list_add(parser, keys, item->key);
        values = list_add(parser, values, item->value.expr);
    }
    expr->as.Dict.keys = LIST_SEQ(AstExprSeq, keys);
    expr->as.Dict.values = LIST_SEQ(AstExprSeq, values);
    return expr_done(parser, expr);
}

// --- comprehensions --------------------------------------------------------------------------------------------------

AstComprehension *build_comp_head(Parser *parser, Token keyword, Node target, Node iter, int is_async)
{
    AstComprehension *clause = parser_alloc(parser, sizeof(AstComprehension));
    clause->span = span_join(keyword.span, iter.span);
    clause->target = target.expr;
    clause->iter = iter.expr;
    clause->is_async = is_async;
    return clause;
}

AstList *comp_if_add(Parser *parser, AstList *list, Node test)
{
    return list == NULL ? items_one(parser, test) : items_last(parser, list, test);
}

AstComprehension *build_comp_clause(Parser *parser, AstComprehension *clause, AstList *ifs)
{
    if (parser->failed) {
        return clause;
    }
    clause->ifs = LIST_SEQ(AstExprSeq, ifs);
    if (ifs != NULL) {
        clause->span = span_join(clause->span, ifs->span);
    }
    return comprehension_done(parser, clause);
}

Node build_comp(Parser *parser, AstExprKind kind, Token open, Node element, AstList *clauses, Token close)
{
    AstExpr *expr = expr_new(parser, kind, span_join(open.span, close.span));
    if (element.expr->kind == EXPR_Starred) {
        parser_fail_syntax(parser, element.expr->span, "iterable unpacking cannot be used in comprehension");
    }
    AstComprehensionSeq generators = LIST_SEQ(AstComprehensionSeq, clauses);
    if (kind == EXPR_ListComp) {
        expr->as.ListComp = (AstExpr_ListComp){element.expr, generators};
    } else if (kind == EXPR_SetComp) {
        expr->as.SetComp = (AstExpr_SetComp){element.expr, generators};
    } else {
        expr->as.GeneratorExp = (AstExpr_GeneratorExp){element.expr, generators};
        expr->parenthesized = true;
    }
    return expr_done(parser, expr);
}

Node build_dict_comp(Parser *parser, Token open, DictItem *item, AstList *clauses, Token close)
{
    AstExpr *expr = expr_new(parser, EXPR_DictComp, span_join(open.span, close.span));
    if (item->key == NULL) {
        parser_fail_syntax(parser, item->start, "dict unpacking cannot be used in dict comprehension");
        return (Node){expr, expr->span};
    }
    expr->as.DictComp.key = item->key;
    expr->as.DictComp.value = item->value.expr;
    expr->as.DictComp.generators = LIST_SEQ(AstComprehensionSeq, clauses);
    return expr_done(parser, expr);
}

Node comp_bare_target(Parser *parser, Token open, AstList *items, const Node *last)
{
    Span span = items->span;
    if (last != NULL) {
        span = span_join(span, last->span);
    }
    parser_fail_syntax(parser, span, "did you forget parentheses around the comprehension target?");
    return build_constant(parser, open, CONSTANT_None);
}
