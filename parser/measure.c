// SPDX-License-Identifier: MIT
//
// How deep the tree is: each finished node takes its depth from its children, so the limits of ast.h hold at every
// moment of the parse and no later walker needs a check of its own. Derived from ast.def.
#include "parser/parser.h"

typedef struct Measure {
    unsigned depth;
    unsigned nest;   // of children one level down
    unsigned chain;  // of the child that continues a flat chain
} Measure;

static void see(Measure *measure, unsigned depth, unsigned nest)
{
    measure->depth = depth > measure->depth ? depth : measure->depth;
    measure->nest = nest > measure->nest ? nest : measure->nest;
}

static void see_chain(Measure *measure, unsigned depth, unsigned nest)
{
    measure->depth = depth > measure->depth ? depth : measure->depth;
    measure->chain = nest > measure->chain ? nest : measure->chain;
}

static void conclude(Parser *parser, const Measure *measure, uint16_t *depth, uint16_t *nest)
{
    unsigned levels = measure->nest + 1 > measure->chain ? measure->nest + 1 : measure->chain;
    *depth = (uint16_t)(measure->depth + 1);
    *nest = (uint16_t)levels;
    if (*depth > AST_DEPTH_LIMIT || *nest > AST_NEST_LIMIT) {
        parser_fail(parser, DIAGNOSTIC_RECURSION_ERROR, (Span){0},
                    "maximum recursion depth exceeded during compilation");
    }
}

static void see_stmts_chain(Measure *measure, AstStmtSeq seq)
{
    if (seq.count == 1 && seq.items[0]->kind == STMT_If) {
        see_chain(measure, seq.items[0]->depth, seq.items[0]->nest);
        return;
    }
    for (size_t i = 0; i < seq.count; i++) {
        see(measure, seq.items[i]->depth, seq.items[i]->nest);
    }
}

#define SEE(child) see(&measure, (child)->depth, (child)->nest)
#define SEE_OPT(child) if ((child) != NULL) SEE(child)
#define SEE_ALL(seq) for (size_t i = 0; i < (seq).count; i++) SEE((seq).items[i])

// The field macros are needed afresh for every inclusion of ast.def, which undefines them.
#define MEASURE_FIELDS_HEADER "parser/measure_fields.inc"

#define DONE_UNION(PREFIX) Measure measure = {0, 0, 0}; switch (node->kind)

Node expr_done(Parser *parser, AstExpr *node)
{
    DONE_UNION(EXPR) {
#include MEASURE_FIELDS_HEADER
#define EXPR(Name, FIELDS) case EXPR_##Name: { const AstExpr_##Name *n = &node->as.Name; (void)n; FIELDS break; }
#include "parser/ast.def"
    }
    conclude(parser, &measure, &node->depth, &node->nest);
    return (Node){node, node->span};
}

AstStmt *stmt_done(Parser *parser, AstStmt *node)
{
    DONE_UNION(STMT) {
#include MEASURE_FIELDS_HEADER
#define STMT(Name, FIELDS) case STMT_##Name: { const AstStmt_##Name *n = &node->as.Name; (void)n; FIELDS break; }
#include "parser/ast.def"
    }
    conclude(parser, &measure, &node->depth, &node->nest);
    return node;
}

PatternNode pattern_done(Parser *parser, AstPattern *node)
{
    DONE_UNION(PATTERN) {
#include MEASURE_FIELDS_HEADER
#define PATTERN(Name, FIELDS) \
    case PATTERN_##Name: { const AstPattern_##Name *n = &node->as.Name; (void)n; FIELDS break; }
#include "parser/ast.def"
    }
    conclude(parser, &measure, &node->depth, &node->nest);
    return (PatternNode){node, node->span};
}

AstTypeParam *type_param_done(Parser *parser, AstTypeParam *node)
{
    DONE_UNION(TYPE_PARAM) {
#include MEASURE_FIELDS_HEADER
#define TYPE_PARAM(Name, FIELDS) \
    case TYPE_PARAM_##Name: { const AstTypeParam_##Name *n = &node->as.Name; (void)n; FIELDS break; }
#include "parser/ast.def"
    }
    conclude(parser, &measure, &node->depth, &node->nest);
    return node;
}

AstHandler *handler_done(Parser *parser, AstHandler *node)
{
    DONE_UNION(HANDLER) {
#include MEASURE_FIELDS_HEADER
#define HANDLER(Name, FIELDS) \
    case HANDLER_##Name: { const AstHandler_##Name *n = &node->as.Name; (void)n; FIELDS break; }
#include "parser/ast.def"
    }
    conclude(parser, &measure, &node->depth, &node->nest);
    return node;
}

#define MEASURE_Comprehension comprehension_done
#define MEASURE_Arguments arguments_done
#define MEASURE_Arg arg_done
#define MEASURE_Keyword keyword_done
#define MEASURE_Alias alias_done
#define MEASURE_WithItem with_item_done
#define MEASURE_MatchCase match_case_done

#include MEASURE_FIELDS_HEADER
#define NODE(Name, FIELDS)                                      \
    Ast##Name *MEASURE_##Name(Parser *parser, Ast##Name *n)     \
    {                                                           \
        Measure measure = {0, 0, 0};                            \
        FIELDS                                                  \
        conclude(parser, &measure, &n->depth, &n->nest);        \
        return n;                                               \
    }
#include "parser/ast.def"
