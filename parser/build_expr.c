// SPDX-License-Identifier: MIT
//
// Operators, calls' neighbours (attributes, subscripts, slices) and bare tuples.
#include "parser/parser.h"

Node build_named(Parser *parser, Node target, Node value)
{
    AstExpr *expr = expr_new(parser, EXPR_NamedExpr, span_join(target.span, value.span));
    if (target.expr->kind != EXPR_Name || target.expr->parenthesized) {
        parser_fail_format(parser, target.expr->span, "cannot use assignment expressions with %s",
                           expr_describe(target.expr));
    }
    expr_set_context(parser, target.expr, CONTEXT_Store);
    expr->as.NamedExpr.target = target.expr;
    expr->as.NamedExpr.value = value.expr;
    return expr_done(parser, expr);
}

Node build_if_expr(Parser *parser, Node body, Node test, Node orelse)
{
    AstExpr *expr = expr_new(parser, EXPR_IfExp, span_join(body.span, orelse.span));
    expr->as.IfExp.body = body.expr;
    expr->as.IfExp.test = test.expr;
    expr->as.IfExp.orelse = orelse.expr;
    return expr_done(parser, expr);
}

Node build_lambda(Parser *parser, Token keyword, AstArguments *params, Node body)
{
    AstExpr *expr = expr_new(parser, EXPR_Lambda, span_join(keyword.span, body.span));
    expr->as.Lambda.args = params;
    expr->as.Lambda.body = body.expr;
    return expr_done(parser, expr);
}

Node build_bool(Parser *parser, AstBoolOp op, AstList *values)
{
    AstExpr *expr = expr_new(parser, EXPR_BoolOp, values->span);
    expr->as.BoolOp.op = op;
    expr->as.BoolOp.values = LIST_SEQ(AstExprSeq, values);
    return expr_done(parser, expr);
}

Node build_unary(Parser *parser, AstUnaryOp op, Token sign, Node operand)
{
    AstExpr *expr = expr_new(parser, EXPR_UnaryOp, span_join(sign.span, operand.span));
    expr->as.UnaryOp.op = op;
    expr->as.UnaryOp.operand = operand.expr;
    return expr_done(parser, expr);
}

Node build_binary(Parser *parser, Node left, AstBinaryOp op, Node right)
{
    AstExpr *expr = expr_new(parser, EXPR_BinOp, span_join(left.span, right.span));
    expr->as.BinOp.left = left.expr;
    expr->as.BinOp.op = op;
    expr->as.BinOp.right = right.expr;
    return expr_done(parser, expr);
}

CompareList *compare_start(Parser *parser, Node left, AstCompareOp op, Node right)
{
    CompareList *list = parser_alloc(parser, sizeof(CompareList));
    list->left = left;
    list->rest = seq_new(parser);
    return compare_add(parser, list, op, right);
}

CompareList *compare_add(Parser *parser, CompareList *list, AstCompareOp op, Node right)
{
    if (parser->failed) {
        return list;
    }
    size_t count = list->rest->count;
    if (count == list->capacity) {
        size_t capacity = count == 0 ? 2 : count * 2;
        AstCompareOp *ops = arena_grow(parser->arena, list->ops, count * sizeof(*ops), capacity * sizeof(*ops));
        if (ops == NULL) {
            parser->failed = true;
            return list;
        }
        list->ops = ops;
        list->capacity = capacity;
    }
    list->ops[count] = op;
    list_add(parser, list->rest, right.expr);
    list->end = right.span;
    return list;
}

Node build_compare(Parser *parser, CompareList *list)
{
    if (parser->failed) {
        return expr_done(parser, expr_new(parser, EXPR_Constant, (Span){0}));
    }
    AstExpr *expr = expr_new(parser, EXPR_Compare, span_join(list->left.span, list->end));
    expr->as.Compare.left = list->left.expr;
    expr->as.Compare.ops = (AstCompareOpSeq){list->rest->count, list->ops};
    expr->as.Compare.comparators = LIST_SEQ(AstExprSeq, list->rest);
    return expr_done(parser, expr);
}

Node build_await(Parser *parser, Token keyword, Node value)
{
    AstExpr *expr = expr_new(parser, EXPR_Await, span_join(keyword.span, value.span));
    expr->as.Await.value = value.expr;
    return expr_done(parser, expr);
}

Node build_yield(Parser *parser, Token keyword, const Node *value)
{
    AstExpr *expr = expr_new(parser, EXPR_Yield, value == NULL ? keyword.span : span_join(keyword.span, value->span));
    expr->as.Yield.value = value == NULL ? NULL : value->expr;
    return expr_done(parser, expr);
}

Node build_yield_from(Parser *parser, Token keyword, Node value)
{
    AstExpr *expr = expr_new(parser, EXPR_YieldFrom, span_join(keyword.span, value.span));
    expr->as.YieldFrom.value = value.expr;
    return expr_done(parser, expr);
}

Node build_attribute(Parser *parser, Node value, Token name)
{
    AstExpr *expr = expr_new(parser, EXPR_Attribute, span_join(value.span, name.span));
    expr->as.Attribute.value = value.expr;
    expr->as.Attribute.attr = name.name;
    return expr_done(parser, expr);
}

Node build_subscript(Parser *parser, Node value, Node slice, Token close)
{
    AstExpr *expr = expr_new(parser, EXPR_Subscript, span_join(value.span, close.span));
    expr->as.Subscript.value = value.expr;
    expr->as.Subscript.slice = slice.expr;
    return expr_done(parser, expr);
}

AstExpr *slice_part(Parser *parser, Node part)
{
    // The span with its parentheses is needed for the end of a slice; nothing else looks at the look-behind.
    parser->fragment.span = part.span;
    return part.expr;
}

Node build_slice(Parser *parser, const Node *lower, Token colon, AstExpr *upper, const Token *second, AstExpr *step)
{
    Span first = lower != NULL ? lower->span : colon.span;
    const AstExpr *tail = second != NULL ? step : upper;
    Span last = tail != NULL ? parser->fragment.span : second != NULL ? second->span : colon.span;
    AstExpr *expr = expr_new(parser, EXPR_Slice, span_join(first, last));
    expr->as.Slice.lower = lower != NULL ? lower->expr : NULL;
    expr->as.Slice.upper = upper;
    expr->as.Slice.step = step;
    return expr_done(parser, expr);
}

Node slice_alone(Parser *parser, Node slice)
{
    if (slice.expr->kind != EXPR_Starred) {
        return slice;
    }
    return build_bare_tuple(parser, items_one(parser, slice), NULL);  // x[*a] is x[(*a,)]
}

Node build_starred(Parser *parser, Token star, Node value)
{
    AstExpr *expr = expr_new(parser, EXPR_Starred, span_join(star.span, value.span));
    expr->as.Starred.value = value.expr;
    return expr_done(parser, expr);
}

AstList *items_one(Parser *parser, Node item)
{
    AstList *list = list_one(parser, item.expr);
    list->span = item.span;
    return list;
}

AstList *items_last(Parser *parser, AstList *list, Node item)
{
    list = list_add(parser, list, item.expr);
    list->span = span_join(list->span, item.span);
    return list;
}

AstList *items_pair(Parser *parser, Node left, Node right)
{
    return items_last(parser, items_one(parser, left), right);
}

AstList *commas_add(Parser *parser, AstList *list, Node item, Token comma)
{
    list = list == NULL ? items_one(parser, item) : items_last(parser, list, item);
    list->span = span_join(list->span, comma.span);
    return list;
}

Node build_bare_tuple(Parser *parser, AstList *items, const Node *last)
{
    if (last != NULL) {
        items = items_last(parser, items, *last);
    }
    AstExpr *expr = expr_new(parser, EXPR_Tuple, items->span);
    expr->as.Tuple.elts = LIST_SEQ(AstExprSeq, items);
    return expr_done(parser, expr);
}

Node build_for_target(Parser *parser, Node target)
{
    target_check(parser, target.expr, TARGET_FOR);
    return target;
}
