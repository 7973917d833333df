// SPDX-License-Identifier: MIT
//
// Simple statements.
#include <string.h>

#include "parser/parser.h"

AstStmt *build_expr_stmt(Parser *parser, Node value)
{
    AstStmt *stmt = stmt_new(parser, STMT_Expr, value.span);
    stmt->as.Expr.value = value.expr;
    return stmt_done(parser, stmt);
}

AstList *targets_add(Parser *parser, AstList *list, Node target)
{
    return list == NULL ? items_one(parser, target) : items_last(parser, list, target);
}

AstStmt *build_assign(Parser *parser, AstList *targets, Node value)
{
    AstStmt *stmt = stmt_new(parser, STMT_Assign, span_join(targets->span, value.span));
    assign_check(parser, targets, value);
    stmt->as.Assign.targets = LIST_SEQ(AstExprSeq, targets);
    stmt->as.Assign.value = value.expr;
    return stmt_done(parser, stmt);
}

AstStmt *build_aug_assign(Parser *parser, Node target, AstBinaryOp op, Node value)
{
    AstStmt *stmt = stmt_new(parser, STMT_AugAssign, span_join(target.span, value.span));
    AstExprKind kind = target.expr->kind;
    if (kind != EXPR_Name && kind != EXPR_Attribute && kind != EXPR_Subscript) {
        parser_fail_format(parser, target.expr->span, "'%s' is an illegal expression for augmented assignment",
                           expr_describe(target.expr));
    }
    expr_set_context(parser, target.expr, CONTEXT_Store);
    stmt->as.AugAssign.target = target.expr;
    stmt->as.AugAssign.op = op;
    stmt->as.AugAssign.value = value.expr;
    return stmt_done(parser, stmt);
}

AstStmt *build_ann_assign(Parser *parser, Node target, Node annotation, const Node *value)
{
    Span last = value == NULL ? annotation.span : value->span;
    AstStmt *stmt = stmt_new(parser, STMT_AnnAssign, span_join(target.span, last));
    if (annotation_check(parser, target)) {
        expr_set_context(parser, target.expr, CONTEXT_Store);
    }
    stmt->as.AnnAssign.target = target.expr;
    stmt->as.AnnAssign.annotation = annotation.expr;
    stmt->as.AnnAssign.value = value == NULL ? NULL : value->expr;
    stmt->as.AnnAssign.simple = target.expr->kind == EXPR_Name && !target.expr->parenthesized;
    return stmt_done(parser, stmt);
}

AstStmt *build_type_alias(Parser *parser, Token keyword, Token name, AstList *params, Node value)
{
    AstStmt *stmt = stmt_new(parser, STMT_TypeAlias, span_join(keyword.span, value.span));
    Node target = build_name(parser, name);
    expr_set_context(parser, target.expr, CONTEXT_Store);
    stmt->as.TypeAlias.name = target.expr;
    stmt->as.TypeAlias.type_params = LIST_SEQ(AstTypeParamSeq, params);
    stmt->as.TypeAlias.value = value.expr;
    return stmt_done(parser, stmt);
}

AstStmt *build_return(Parser *parser, Token keyword, const Node *value)
{
    AstStmt *stmt =
        stmt_new(parser, STMT_Return, value == NULL ? keyword.span : span_join(keyword.span, value->span));
    stmt->as.Return.value = value == NULL ? NULL : value->expr;
    return stmt_done(parser, stmt);
}

AstStmt *build_raise(Parser *parser, Token keyword, const Node *exc, const Node *cause)
{
    const Node *last = cause != NULL ? cause : exc;
    AstStmt *stmt = stmt_new(parser, STMT_Raise, last == NULL ? keyword.span : span_join(keyword.span, last->span));
    stmt->as.Raise.exc = exc == NULL ? NULL : exc->expr;
    stmt->as.Raise.cause = cause == NULL ? NULL : cause->expr;
    return stmt_done(parser, stmt);
}

AstStmt *build_delete(Parser *parser, Token keyword, Node targets)
{
    AstStmt *stmt = stmt_new(parser, STMT_Delete, span_join(keyword.span, targets.span));
    target_check(parser, targets.expr, TARGET_DELETE);
    if (targets.expr->kind == EXPR_Tuple && !targets.expr->parenthesized) {
        stmt->as.Delete.targets = targets.expr->as.Tuple.elts;
    } else {
        AstList *one = list_one(parser, targets.expr);
        stmt->as.Delete.targets = LIST_SEQ(AstExprSeq, one);
    }
    return stmt_done(parser, stmt);
}

AstStmt *build_assert(Parser *parser, Token keyword, Node test, const Node *msg)
{
    AstStmt *stmt = stmt_new(parser, STMT_Assert, span_join(keyword.span, msg == NULL ? test.span : msg->span));
    stmt->as.Assert.test = test.expr;
    stmt->as.Assert.msg = msg == NULL ? NULL : msg->expr;
    return stmt_done(parser, stmt);
}

AstList *names_add(Parser *parser, AstList *list, Token name)
{
    list = list == NULL ? seq_new(parser) : list;
    list->span = list->count == 0 ? name.span : span_join(list->span, name.span);
    return list_add(parser, list, (void *)name.name);
}

AstStmt *build_global(Parser *parser, AstStmtKind kind, Token keyword, AstList *names)
{
    AstStmt *stmt = stmt_new(parser, kind, span_join(keyword.span, names->span));
    AstNameSeq seq = LIST_SEQ(AstNameSeq, names);
    if (kind == STMT_Global) {
        stmt->as.Global.names = seq;
    } else {
        stmt->as.Nonlocal.names = seq;
    }
    return stmt_done(parser, stmt);
}

// --- imports ---------------------------------------------------------------------------------------------------------

DottedName dotted_start(Parser *parser, Token name)
{
    (void)parser;
    return (DottedName){name.name, name.span};
}

DottedName dotted_add(Parser *parser, DottedName dotted, Token name)
{
    dotted.span = span_join(dotted.span, name.span);
    if (parser->failed) {
        return dotted;
    }
    char *text = arena_printf(parser->arena, "%s.%s", dotted.name->text, name.name->text);
    const AstName *joined = text == NULL ? NULL : name_intern(&parser->lexer->names, text, strlen(text));
    if (joined == NULL) {
        parser->failed = true;
        return dotted;
    }
    dotted.name = joined;
    return dotted;
}

AstAlias *build_alias(Parser *parser, DottedName name, const Token *asname)
{
    AstAlias *alias = parser_alloc(parser, sizeof(AstAlias));
    alias->span = asname == NULL ? name.span : span_join(name.span, asname->span);
    alias->name = name.name;
    alias->asname = asname == NULL ? NULL : asname->name;
    return alias_done(parser, alias);
}

AstList *alias_list_add(Parser *parser, AstList *list, AstAlias *alias)
{
    list = list == NULL ? seq_new(parser) : list;
    list->span = list->count == 0 ? alias->span : span_join(list->span, alias->span);
    return list_add(parser, list, alias);
}

FromTargets from_star(Parser *parser, Token star)
{
    star.name = name_intern(&parser->lexer->names, "*", 1);
    if (star.name == NULL) {
        parser->failed = true;
    }
    return (FromTargets){list_one(parser, build_alias(parser, dotted_start(parser, star), NULL)), star.span};
}

FromTargets from_trailing_comma(Parser *parser, AstList *list)
{
    parser_fail_syntax(parser, parser->current.span,
                       parser->current.kind == TOKEN_NEWLINE
                           ? "trailing comma not allowed without surrounding parentheses"
                           : "invalid syntax");
    return (FromTargets){list, list->span};
}

AstStmt *build_import(Parser *parser, Token keyword, AstList *names)
{
    if (parser->failed) {
        return stmt_new(parser, STMT_Import, keyword.span);
    }
    const AstAlias *last = names->items[names->count - 1];
    AstStmt *stmt = stmt_new(parser, STMT_Import, span_join(keyword.span, last->span));
    stmt->as.Import.names = LIST_SEQ(AstAliasSeq, names);
    return stmt_done(parser, stmt);
}

AstStmt *build_import_from(Parser *parser, Token keyword, int level, const DottedName *module, FromTargets targets)
{
    AstStmt *stmt = stmt_new(parser, STMT_ImportFrom, span_join(keyword.span, targets.span));
    stmt->as.ImportFrom.module = module == NULL ? NULL : module->name;
    stmt->as.ImportFrom.names = LIST_SEQ(AstAliasSeq, targets.list);
    stmt->as.ImportFrom.level = level;
    return stmt_done(parser, stmt);
}
