// SPDX-License-Identifier: MIT
//
// Compound statements. A statement's span ends where the last statement of its last block ends.
#include "parser/parser.h"

static Span ends_with(Span start, const AstList *body, const AstList *orelse, const AstList *final)
{
    const AstList *last = final != NULL ? final : orelse != NULL ? orelse : body;
    return span_join(start, last->span);
}

AstList *if_branch_add(Parser *parser, AstList *list, Token keyword, Node test, AstList *body)
{
    IfBranch *branch = parser_alloc(parser, sizeof(IfBranch));
    *branch = (IfBranch){keyword.span, test.expr, body};
    return list_add(parser, list == NULL ? seq_new(parser) : list, branch);
}

// Folds if/elif/else from its end: each branch becomes the sole statement of the one before.
AstStmt *build_if(Parser *parser, AstList *branches, AstList *orelse)
{
    AstStmt *stmt = NULL;
    for (size_t i = branches->count; i-- > 0 && !parser->failed;) {
        const IfBranch *branch = branches->items[i];
        stmt = stmt_new(parser, STMT_If, ends_with(branch->keyword, branch->body, orelse, NULL));
        stmt->as.If.test = branch->test;
        stmt->as.If.body = LIST_SEQ(AstStmtSeq, branch->body);
        stmt->as.If.orelse = LIST_SEQ(AstStmtSeq, orelse);
        stmt_done(parser, stmt);
        orelse = i > 0 ? block_add(parser, NULL, stmt) : NULL;
    }
    return stmt != NULL ? stmt : stmt_new(parser, STMT_Pass, (Span){0});
}

AstStmt *build_while(Parser *parser, Token keyword, Node test, AstList *body, AstList *orelse)
{
    AstStmt *stmt = stmt_new(parser, STMT_While, ends_with(keyword.span, body, orelse, NULL));
    stmt->as.While.test = test.expr;
    stmt->as.While.body = LIST_SEQ(AstStmtSeq, body);
    stmt->as.While.orelse = LIST_SEQ(AstStmtSeq, orelse);
    return stmt_done(parser, stmt);
}

AstStmt *build_for(Parser *parser, AstStmtKind kind, Token keyword, Node target, Node iter, AstList *body,
                   AstList *orelse)
{
    AstStmt *stmt = stmt_new(parser, kind, ends_with(keyword.span, body, orelse, NULL));
    AstStmt_For loop = {target.expr, iter.expr, LIST_SEQ(AstStmtSeq, body), LIST_SEQ(AstStmtSeq, orelse)};
    if (kind == STMT_For) {
        stmt->as.For = loop;
    } else {
        stmt->as.AsyncFor = (AstStmt_AsyncFor){loop.target, loop.iter, loop.body, loop.orelse};
    }
    return stmt_done(parser, stmt);
}

// --- with ------------------------------------------------------------------------------------------------------------

AstWithItem *build_with_item(Parser *parser, Node value, const Node *target)
{
    AstWithItem *item = parser_alloc(parser, sizeof(AstWithItem));
    item->span = target == NULL ? value.span : span_join(value.span, target->span);
    item->context_expr = value.expr;
    item->optional_vars = target == NULL ? NULL : target->expr;
    if (target != NULL) {
        target_check(parser, target->expr, TARGET_STAR);
    }
    return with_item_done(parser, item);
}

// `with (a, b):` without `as` was read as a tuple; it means two items, unless it holds what no item can be.
static AstList *with_unpack(Parser *parser, AstList *items)
{
    const AstWithItem *only = items->items[0];
    const AstExpr *expr = only->context_expr;
    if (items->count != 1 || only->optional_vars != NULL || expr->kind != EXPR_Tuple || !expr->parenthesized ||
        expr->as.Tuple.elts.count == 0) {
        return items;
    }
    const AstExprSeq *elts = &expr->as.Tuple.elts;
    AstList *list = seq_new(parser);
    for (size_t i = 0; i < elts->count; i++) {
        AstExpr *elt = elts->items[i];
        if (elt->kind == EXPR_Starred || (elt->kind == EXPR_NamedExpr && !elt->parenthesized)) {
            return items;
        }
        list_add(parser, list, build_with_item(parser, (Node){elt, elt->span}, NULL));
    }
    return list;
}

AstStmt *build_with(Parser *parser, AstStmtKind kind, Token keyword, AstList *items, AstList *body)
{
    AstStmt *stmt = stmt_new(parser, kind, ends_with(keyword.span, body, NULL, NULL));
    if (!parser->failed) {
        items = with_unpack(parser, items);
    }
    AstStmt_With with = {LIST_SEQ(AstWithItemSeq, items), LIST_SEQ(AstStmtSeq, body)};
    if (kind == STMT_With) {
        stmt->as.With = with;
    } else {
        stmt->as.AsyncWith = (AstStmt_AsyncWith){with.items, with.body};
    }
    return stmt_done(parser, stmt);
}

// --- try -------------------------------------------------------------------------------------------------------------

HandlerPart handler_head(Parser *parser, Token keyword, const Node *type, const Token *name, const Token *star)
{
    AstHandler *handler = parser_alloc(parser, sizeof(AstHandler));
    handler->kind = HANDLER_ExceptHandler;
    handler->span = keyword.span;
    handler->as.ExceptHandler.type = type == NULL ? NULL : type->expr;
    handler->as.ExceptHandler.name = name == NULL ? NULL : name->name;
    if (name != NULL && type->expr->kind == EXPR_Tuple && !type->expr->parenthesized && !parser->failed) {
        const AstExpr *first = type->expr->as.Tuple.elts.items[0];
        parser_fail_syntax(parser, span_join(first->span, name->span),
                           "multiple exception types must be parenthesized");
    }
    return (HandlerPart){handler, keyword, star == NULL ? keyword.span : span_join(keyword.span, star->span),
                         star != NULL};
}

HandlerPart handler_finish(Parser *parser, HandlerPart part, AstList *body)
{
    part.handler->span = ends_with(part.keyword.span, body, NULL, NULL);
    part.handler->as.ExceptHandler.body = LIST_SEQ(AstStmtSeq, body);
    handler_done(parser, part.handler);
    return part;
}

// `except` and `except*` do not mix: the first handler's span remembers which kind the list holds.
AstList *handlers_add(Parser *parser, AstList *list, HandlerPart part)
{
    if (list == NULL) {
        list = seq_new(parser);
        list->span = (Span){.line = part.star};
    } else if (list->span.line != (uint32_t)part.star) {
        parser_fail_syntax(parser, part.head,
                           "cannot have both 'except' and 'except*' on the same 'try'");
    }
    return list_add(parser, list, part.handler);
}

AstStmt *build_try(Parser *parser, Token keyword, AstList *body, AstList *handlers, AstList *orelse, AstList *final)
{
    bool star = handlers != NULL && handlers->span.line != 0;
    Span span = ends_with(keyword.span, body, orelse, final);
    if (handlers != NULL && handlers->count > 0 && orelse == NULL && final == NULL) {
        span = span_join(keyword.span, ((AstHandler *)handlers->items[handlers->count - 1])->span);
    }
    AstStmt *stmt = stmt_new(parser, star ? STMT_TryStar : STMT_Try, span);
    AstStmtSeq seq = LIST_SEQ(AstStmtSeq, body);
    AstHandlerSeq catches = LIST_SEQ(AstHandlerSeq, handlers);
    AstStmtSeq otherwise = LIST_SEQ(AstStmtSeq, orelse);
    AstStmtSeq finally = LIST_SEQ(AstStmtSeq, final);
    if (star) {
        stmt->as.TryStar = (AstStmt_TryStar){seq, catches, otherwise, finally};
    } else {
        stmt->as.Try = (AstStmt_Try){seq, catches, otherwise, finally};
    }
    return stmt_done(parser, stmt);
}

// --- definitions -----------------------------------------------------------------------------------------------------

AstStmt *build_function(Parser *parser, AstStmtKind kind, Token keyword, Token name, AstList *type_params,
                        AstArguments *params, AstExpr *returns, AstList *body)
{
    AstStmt *stmt = stmt_new(parser, kind, ends_with(keyword.span, body, NULL, NULL));
    AstStmt_FunctionDef def = {.name = name.name,
                               .args = params,
                               .body = LIST_SEQ(AstStmtSeq, body),
                               .returns = returns,
                               .type_params = LIST_SEQ(AstTypeParamSeq, type_params)};
    if (kind == STMT_FunctionDef) {
        stmt->as.FunctionDef = def;
    } else {
        stmt->as.AsyncFunctionDef = (AstStmt_AsyncFunctionDef){.name = def.name,
                                                               .args = def.args,
                                                               .body = def.body,
                                                               .returns = def.returns,
                                                               .type_params = def.type_params};
    }
    return stmt_done(parser, stmt);
}

AstStmt *build_class(Parser *parser, Token keyword, Token name, AstList *type_params, AstList *bases, AstList *body)
{
    AstStmt *stmt = stmt_new(parser, STMT_ClassDef, ends_with(keyword.span, body, NULL, NULL));
    AstStmt_ClassDef *def = &stmt->as.ClassDef;
    def->name = name.name;
    args_split(parser, bases, bases == NULL ? keyword.span : bases->span, &def->bases, &def->keywords);
    def->body = LIST_SEQ(AstStmtSeq, body);
    def->type_params = LIST_SEQ(AstTypeParamSeq, type_params);
    return stmt_done(parser, stmt);
}

AstStmt *build_decorated(Parser *parser, AstList *decorators, AstStmt *definition)
{
    AstExprSeq seq = LIST_SEQ(AstExprSeq, decorators);
    switch (definition->kind) {
    case STMT_FunctionDef: definition->as.FunctionDef.decorator_list = seq; break;
    case STMT_AsyncFunctionDef: definition->as.AsyncFunctionDef.decorator_list = seq; break;
    default: definition->as.ClassDef.decorator_list = seq; break;
    }
    return stmt_done(parser, definition);
}
