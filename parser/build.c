// SPDX-License-Identifier: MIT
//
// The ground the builders stand on: memory that never is NULL, and growing lists.
#include <string.h>

#include "parser/parser.h"

_Static_assert(sizeof(AstStmt) <= 512 && sizeof(AstExpr) <= 512 && sizeof(AstPattern) <= 512, "the scrap is too small");

void *parser_alloc(Parser *parser, size_t size)
{
    void *block = arena_alloc(parser->arena, size);
    if (block == NULL) {
        parser->failed = true;
        memset(parser->scrap, 0, sizeof(parser->scrap));
        return parser->scrap;
    }
    return block;
}

static AstList *list_fail(Parser *parser)
{
    parser->failed = true;
    parser->scrap_list = (AstList){0};
    return &parser->scrap_list;
}

AstList *seq_new(Parser *parser)
{
    AstList *list = arena_alloc(parser->arena, sizeof(AstList));
    return list == NULL ? list_fail(parser) : list;
}

AstList *list_one(Parser *parser, void *item)
{
    return list_add(parser, seq_new(parser), item);
}

AstList *list_add(Parser *parser, AstList *list, void *item)
{
    if (parser->failed) {
        return list;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 2 : list->capacity * 2;
        void **items =
            arena_grow(parser->arena, list->items, list->capacity * sizeof(void *), capacity * sizeof(void *));
        if (items == NULL) {
            return list_fail(parser);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return list;
}

AstList *block_add(Parser *parser, AstList *list, AstStmt *stmt)
{
    list = list_add(parser, list == NULL ? seq_new(parser) : list, stmt);
    list->span = stmt->span;
    return list;
}

AstList *block_join(Parser *parser, AstList *list, AstList *more)
{
    for (size_t i = 0; i < more->count; i++) {
        list = list_add(parser, list, more->items[i]);
    }
    list->span = more->span;
    return list;
}

AstList *block_end_at(AstList *list, Token token)
{
    list->span = token.span;
    return list;
}

AstExpr *expr_new(Parser *parser, AstExprKind kind, Span span)
{
    AstExpr *expr = parser_alloc(parser, sizeof(AstExpr));
    expr->kind = kind;
    expr->span = span;
    expr->depth = expr->nest = 1;
    return expr;
}

AstStmt *stmt_new(Parser *parser, AstStmtKind kind, Span span)
{
    AstStmt *stmt = parser_alloc(parser, sizeof(AstStmt));
    stmt->kind = kind;
    stmt->span = span;
    stmt->depth = stmt->nest = 1;
    return stmt;
}

AstPattern *pattern_new(Parser *parser, AstPatternKind kind, Span span)
{
    AstPattern *pattern = parser_alloc(parser, sizeof(AstPattern));
    pattern->kind = kind;
    pattern->span = span;
    pattern->depth = pattern->nest = 1;
    return pattern;
}
