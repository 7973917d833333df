// SPDX-License-Identifier: MIT
//
// Call arguments. The grammar takes them in any order; here they are sorted into positional and keyword ones, and what
// stands in the wrong place is reported.
#include "parser/parser.h"

static Argument *argument(Parser *parser, ArgumentKind kind, AstExpr *value, Span span)
{
    Argument *arg = parser_alloc(parser, sizeof(Argument));
    *arg = (Argument){.kind = kind, .value = value, .span = span};
    return arg;
}

Argument *arg_new(Parser *parser, ArgumentKind kind, const Token *star, Node value)
{
    if (kind == ARG_STAR) {
        value = build_starred(parser, *star, value);
    }
    return argument(parser, kind, value.expr, star == NULL ? value.span : span_join(star->span, value.span));
}

Argument *arg_keyword(Parser *parser, Node name, Token equal, Node value)
{
    const AstExpr *expr = name.expr;
    Argument *arg = argument(parser, ARG_KEYWORD, value.expr, span_join(name.span, value.span));
    if (expr->kind == EXPR_Name && !expr->parenthesized) {
        arg->name = expr->as.Name.id;
    } else if (expr->kind == EXPR_Constant && !expr->parenthesized && expr->as.Constant.value.kind <= CONSTANT_False) {
        parser_fail_format(parser, span_join(expr->span, equal.span), "cannot assign to %s", expr_describe(expr));
    } else {
        parser_fail_syntax(parser, span_join(expr->span, equal.span),
                           "expression cannot contain assignment, perhaps you meant \"==\"?");
    }
    return arg;
}

static Span clauses_end(const AstList *clauses)
{
    const AstComprehension *last = clauses->items[clauses->count - 1];
    return last->ifs.count > 0 ? last->ifs.items[last->ifs.count - 1]->span : last->iter->span;
}

// The span of the finished generator is that of the call's parentheses; build_call sets it.
Argument *arg_generator(Parser *parser, Node element, AstList *clauses)
{
    AstExpr *expr = expr_new(parser, EXPR_GeneratorExp, element.span);
    if (!parser->failed) {
        expr->span = span_join(element.expr->span, clauses_end(clauses));
        expr->as.GeneratorExp.elt = element.expr;
        expr->as.GeneratorExp.generators = LIST_SEQ(AstComprehensionSeq, clauses);
        expr_done(parser, expr);
    }
    return argument(parser, ARG_GENERATOR, expr, element.span);
}

Argument *arg_keyword_generator(Parser *parser, Node name, Token equal, Node value)
{
    if (name.expr->kind == EXPR_Name && !name.expr->parenthesized) {
        parser_fail_syntax(parser, span_join(name.expr->span, equal.span),
                           "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
    }
    return arg_keyword(parser, name, equal, value);
}

AstList *args_add(Parser *parser, AstList *list, Argument *arg)
{
    if (!parser->failed) {
        ((Argument *)list->items[list->count - 1])->comma_after = true;
    }
    return list_add(parser, list, arg);
}

AstList *args_trailing_comma(Parser *parser, AstList *list)
{
    if (!parser->failed) {
        ((Argument *)list->items[list->count - 1])->comma_after = true;
    }
    return list;
}

static void fail_order(Parser *parser, const AstList *args, size_t index, bool unpacking, Span close)
{
    const Argument *arg = args->items[index];
    if (arg->kind == ARG_STAR) {
        const Argument *first = args->items[0];
        const Argument *before = args->items[index - 1];
        parser_fail_syntax(parser, span_join(first->span, before->span),
                           "iterable argument unpacking follows keyword argument unpacking");
        return;
    }
    parser_fail_syntax(parser, close, unpacking ? "positional argument follows keyword argument unpacking"
                                                : "positional argument follows keyword argument");
}

// Reports the first argument that stands where it may not.
static void order_check(Parser *parser, const AstList *args, Span close)
{
    bool keyword = false;
    bool unpacking = false;
    for (size_t i = 0; i < args->count; i++) {
        const Argument *arg = args->items[i];
        switch (arg->kind) {
        case ARG_KEYWORD: keyword = true; break;
        case ARG_DOUBLE_STAR: unpacking = true; break;
        case ARG_GENERATOR:
            if (args->count > 1 || arg->comma_after) {
                parser_fail_syntax(parser, arg->value->span, "Generator expression must be parenthesized");
            }
            break;
        case ARG_PLAIN:
            if (keyword || unpacking) {
                fail_order(parser, args, i, unpacking, close);
            }
            break;
        case ARG_STAR:
            if (unpacking) {
                fail_order(parser, args, i, true, close);
            }
            break;
        }
    }
}

void args_split(Parser *parser, AstList *args, Span close, AstExprSeq *positional, AstKeywordSeq *keywords)
{
    AstList *plain = seq_new(parser);
    AstList *named = seq_new(parser);
    if (args != NULL && !parser->failed) {
        order_check(parser, args, close);
        for (size_t i = 0; i < args->count; i++) {
            const Argument *arg = args->items[i];
            if (arg->kind != ARG_KEYWORD && arg->kind != ARG_DOUBLE_STAR) {
                list_add(parser, plain, arg->value);
                continue;
            }
            AstKeyword *keyword = parser_alloc(parser, sizeof(AstKeyword));
            keyword->span = arg->span;
            keyword->arg = arg->name;
            keyword->value = arg->value;
            list_add(parser, named, keyword_done(parser, keyword));
        }
    }
    *positional = LIST_SEQ(AstExprSeq, plain);
    *keywords = LIST_SEQ(AstKeywordSeq, named);
}

Node build_call(Parser *parser, Node func, Token open, AstList *args, Token close)
{
    AstExpr *expr = expr_new(parser, EXPR_Call, span_join(func.span, close.span));
    AstExprSeq positional;
    AstKeywordSeq keywords;
    args_split(parser, args, close.span, &positional, &keywords);
    expr->as.Call = (AstExpr_Call){func.expr, positional, keywords};
    if (!parser->failed && args != NULL && ((Argument *)args->items[0])->kind == ARG_GENERATOR) {
        positional.items[0]->span = span_join(open.span, close.span);
    }
    return expr_done(parser, expr);
}

AstList *class_bases(Parser *parser, AstList *list, Token close)
{
    if (parser->failed || list == NULL) {
        return list;
    }
    list->span = close.span;
    const Argument *first = list->items[0];
    if (first->kind == ARG_GENERATOR && list->count == 1) {
        // Legal in a call, but not here: `for` comes unexpected.
        const AstComprehension *clause = first->value->as.GeneratorExp.generators.items[0];
        Span span = clause->span;
        span.end_line = span.line;
        span.end_col = span.col + (clause->is_async ? 5 : 3);
        parser_fail_syntax(parser, span, "invalid syntax");
    }
    return list;
}
