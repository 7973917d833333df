// SPDX-License-Identifier: MIT
//
// Targets: what may stand left of `=`, after `for`, `as` and `del`, and what CPython says about what may not.
#include "parser/parser.h"

static const char *constant_describe(const AstConstant *constant)
{
    switch (constant->kind) {
    case CONSTANT_None: return "None";
    case CONSTANT_True: return "True";
    case CONSTANT_False: return "False";
    case CONSTANT_Ellipsis: return "ellipsis";
    default: return "literal";
    }
}

const char *expr_describe(const AstExpr *expr)
{
    switch (expr->kind) {
    case EXPR_BoolOp: case EXPR_BinOp: case EXPR_UnaryOp: return "expression";
    case EXPR_NamedExpr: return "named expression";
    case EXPR_Lambda: return "lambda";
    case EXPR_IfExp: return "conditional expression";
    case EXPR_Dict: return "dict literal";
    case EXPR_Set: return "set display";
    case EXPR_ListComp: return "list comprehension";
    case EXPR_SetComp: return "set comprehension";
    case EXPR_DictComp: return "dict comprehension";
    case EXPR_GeneratorExp: return "generator expression";
    case EXPR_Await: return "await expression";
    case EXPR_Yield: case EXPR_YieldFrom: return "yield expression";
    case EXPR_Compare: return "comparison";
    case EXPR_Call: return "function call";
    case EXPR_FormattedValue: case EXPR_JoinedStr: return "f-string expression";
    case EXPR_Interpolation: case EXPR_TemplateStr: return "t-string expression";
    case EXPR_Constant: return constant_describe(&expr->as.Constant.value);
    case EXPR_Attribute: return "attribute";
    case EXPR_Subscript: return "subscript";
    case EXPR_Starred: return "starred";
    case EXPR_Name: return "name";
    case EXPR_List: return "list";
    case EXPR_Tuple: return "tuple";
    case EXPR_Slice: return "slice";
    }
    return "expression";
}

// The innermost part of `expr` that cannot be a target, or NULL. Recursion is bounded by the bracket limit.
static const AstExpr *target_invalid(const AstExpr *expr, TargetUse use)
{
    const AstExprSeq *elts;
    switch (expr->kind) {
    case EXPR_Name: case EXPR_Attribute: case EXPR_Subscript:
        return NULL;
    case EXPR_Starred:
        return use == TARGET_DELETE ? expr : target_invalid(expr->as.Starred.value, use);
    case EXPR_Compare:
        if (use == TARGET_FOR && expr->as.Compare.ops.items[0] == COMPARE_In) {
            return target_invalid(expr->as.Compare.left, use);
        }
        return expr;
    case EXPR_List:
        elts = &expr->as.List.elts;
        break;
    case EXPR_Tuple:
        elts = &expr->as.Tuple.elts;
        break;
    default:
        return expr;
    }
    for (size_t i = 0; i < elts->count; i++) {
        const AstExpr *bad = target_invalid(elts->items[i], use);
        if (bad != NULL) {
            return bad;
        }
    }
    return NULL;
}

void expr_set_context(Parser *parser, AstExpr *expr, AstContext context)
{
    AstExprSeq *elts = NULL;
    if (parser->failed) {
        return;
    }
    switch (expr->kind) {
    case EXPR_Name: expr->as.Name.ctx = context; break;
    case EXPR_Attribute: expr->as.Attribute.ctx = context; break;
    case EXPR_Subscript: expr->as.Subscript.ctx = context; break;
    case EXPR_Starred:
        expr->as.Starred.ctx = context;
        expr_set_context(parser, expr->as.Starred.value, context);
        break;
    case EXPR_List:
        expr->as.List.ctx = context;
        elts = &expr->as.List.elts;
        break;
    case EXPR_Tuple:
        expr->as.Tuple.ctx = context;
        elts = &expr->as.Tuple.elts;
        break;
    default: break;
    }
    for (size_t i = 0; elts != NULL && i < elts->count; i++) {
        expr_set_context(parser, elts->items[i], context);
    }
}

bool target_check(Parser *parser, AstExpr *expr, TargetUse use)
{
    if (parser->failed) {
        return false;
    }
    const AstExpr *bad = target_invalid(expr, use);
    if (bad != NULL) {
        parser_fail_format(parser, bad->span, "cannot %s %s", use == TARGET_DELETE ? "delete" : "assign to",
                           expr_describe(bad));
        return false;
    }
    expr_set_context(parser, expr, use == TARGET_DELETE ? CONTEXT_Del : CONTEXT_Store);
    return true;
}

// --- assignments -----------------------------------------------------------------------------------------------------

// Operators looser than `|`, and what cannot be an operand without parentheses.
bool expr_is_tight(const AstExpr *expr)
{
    if (expr->parenthesized) {
        return true;
    }
    switch (expr->kind) {
    case EXPR_BoolOp: case EXPR_NamedExpr: case EXPR_Lambda: case EXPR_IfExp: case EXPR_Compare: case EXPR_Yield:
    case EXPR_YieldFrom: case EXPR_Starred: case EXPR_Tuple:
        return false;
    case EXPR_UnaryOp:
        return expr->as.UnaryOp.op != UNARY_Not;
    default:
        return true;
    }
}

// The `|`-level operand that `expr` begins with, or NULL.
const AstExpr *expr_leading_operand(const AstExpr *expr)
{
    while (!expr_is_tight(expr)) {
        switch (expr->kind) {
        case EXPR_BoolOp: expr = expr->as.BoolOp.values.items[0]; break;
        case EXPR_Compare: expr = expr->as.Compare.left; break;
        case EXPR_IfExp: expr = expr->as.IfExp.body; break;
        case EXPR_Tuple: expr = expr->as.Tuple.elts.items[0]; break;
        default: return NULL;
        }
    }
    return expr;
}

// Whether the text of `expr` begins with a list, tuple, generator expression, True, False or None.
static bool begins_with_display(const AstExpr *expr)
{
    for (;;) {
        if (expr->parenthesized && expr->kind != EXPR_Tuple && expr->kind != EXPR_GeneratorExp) {
            return false;
        }
        switch (expr->kind) {
        case EXPR_BinOp: expr = expr->as.BinOp.left; break;
        case EXPR_Call: expr = expr->as.Call.func; break;
        case EXPR_Attribute: expr = expr->as.Attribute.value; break;
        case EXPR_Subscript: expr = expr->as.Subscript.value; break;
        case EXPR_List: case EXPR_Tuple: case EXPR_GeneratorExp: case EXPR_ListComp:
            return expr->kind != EXPR_ListComp;
        case EXPR_Constant:
            return expr->as.Constant.value.kind <= CONSTANT_False;
        default:
            return false;
        }
    }
}

// A single `=` after something that cannot be assigned to: a comparison may be what was meant.
static bool suggest_comparison(Parser *parser, const AstExpr *target, Node value, bool in_tuple)
{
    const AstExpr *right = expr_leading_operand(value.expr);
    if (right == NULL || !expr_is_tight(target)) {
        return false;
    }
    if (target->kind == EXPR_Name && !target->parenthesized) {
        if (in_tuple) {
            parser_fail_syntax(parser, span_join(target->span, right->span),
                               "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
        }
        return in_tuple;
    }
    if (begins_with_display(target)) {
        return false;
    }
    if (target->kind == EXPR_Name || target->kind == EXPR_Attribute || target->kind == EXPR_Subscript) {
        if (!in_tuple) {
            return false;
        }
    }
    parser_fail_format(parser, target->span, "cannot assign to %s here. Maybe you meant '==' instead of '='?",
                       expr_describe(target));
    return true;
}

bool assign_check(Parser *parser, AstList *targets, Node value)
{
    if (parser->failed) {
        return false;
    }
    const AstExpr *bad = NULL;
    for (size_t i = 0; i < targets->count && bad == NULL; i++) {
        bad = target_invalid(targets->items[i], TARGET_STAR);
    }
    if (bad == NULL) {
        for (size_t i = 0; i < targets->count; i++) {
            expr_set_context(parser, targets->items[i], CONTEXT_Store);
        }
        return true;
    }
    const AstExpr *first = targets->items[0];
    bool in_tuple = first->kind == EXPR_Tuple && !first->parenthesized;
    if (in_tuple) {
        first = first->as.Tuple.elts.items[first->as.Tuple.elts.count - 1];
    }
    if (targets->count == 1 && suggest_comparison(parser, first, value, in_tuple)) {
        return false;
    }
    if (bad->kind == EXPR_Yield || bad->kind == EXPR_YieldFrom) {
        if (!bad->parenthesized) {
            parser_fail_syntax(parser, bad->span, "assignment to yield expression not possible");
        }
    }
    parser_fail_format(parser, bad->span, "cannot assign to %s", expr_describe(bad));
    return false;
}

bool annotation_check(Parser *parser, Node target)
{
    const AstExpr *expr = target.expr;
    if (parser->failed) {
        return false;
    }
    if (expr->kind == EXPR_Name || expr->kind == EXPR_Attribute || expr->kind == EXPR_Subscript) {
        return true;
    }
    if (expr->kind == EXPR_List || (expr->kind == EXPR_Tuple && expr->parenthesized)) {
        parser_fail_format(parser, expr->span, "only single target (not %s) can be annotated", expr_describe(expr));
    } else if (expr->kind == EXPR_Tuple) {
        parser_fail_syntax(parser, expr->as.Tuple.elts.items[0]->span,
                           "only single target (not tuple) can be annotated");
    } else {
        parser_fail_syntax(parser, expr->span, "illegal target for annotation");
    }
    return false;
}
