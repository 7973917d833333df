// SPDX-License-Identifier: MIT
//
// The abstract syntax tree: one struct per node of ast.def, all of it in the arena of one parse.
//
// A node is a tagged union with a span: `e->kind == EXPR_BinOp`, then `e->as.BinOp.left`. Fields carry the names of
// Python's `ast` module. The tree is plain data: it holds no VM object, and freeing the arena frees it.
// Written by the parser; read by the compiler, the `ast` dump and the checker.
//
// Invariants a reader may rely on:
//   - an optional child is NULL when absent; a sequence is never NULL, its count may be 0;
//   - only `Dict.keys` (for `**x`) and `Arguments.kw_defaults` (no default) hold NULL items;
//   - equal identifiers within one parse are the same `const AstName *`;
//   - targets already carry Store/Del contexts, and every target is legal;
//   - depth is bounded. `nest` counts nesting levels (at most AST_NEST_LIMIT); `depth` counts all levels, including
//     the links of flat chains: BinOp.left, Call.func, Attribute.value, Subscript.value, and an `elif` as the sole
//     statement of If.orelse (at most AST_DEPTH_LIMIT). A walker that iterates along these chains recurses at most
//     AST_NEST_LIMIT levels.
#ifndef AIOLOS_PARSER_AST_H
#define AIOLOS_PARSER_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lexer/name.h"
#include "lexer/span.h"

enum { AST_NEST_LIMIT = 1000, AST_DEPTH_LIMIT = 3000 };

typedef enum AstConstantKind {
    CONSTANT_None,
    CONSTANT_True,
    CONSTANT_False,
    CONSTANT_Ellipsis,
    CONSTANT_Int,     // as.integer
    CONSTANT_BigInt,  // as.big: does not fit int64
    CONSTANT_Float,   // as.real
    CONSTANT_Imag,    // as.real is the imaginary part
    CONSTANT_Str,     // as.str: UTF-8, in which lone surrogates are encoded as three bytes (WTF-8)
    CONSTANT_Bytes,   // as.str
} AstConstantKind;

typedef struct AstConstant {
    AstConstantKind kind;
    bool u_prefix;  // Str written with a `u` prefix: ast's Constant.kind == 'u'
    union {
        int64_t integer;
        double real;
        struct {
            const char *digits;  // no prefix, no underscores, NUL-terminated
            size_t length;
            int base;  // 2, 8, 10 or 16
        } big;
        struct {
            const char *bytes;  // NUL-terminated; may contain NULs
            size_t length;
        } str;
    } as;
} AstConstant;

typedef enum AstContext { CONTEXT_Load, CONTEXT_Store, CONTEXT_Del } AstContext;

typedef enum AstBoolOp { BOOL_And, BOOL_Or } AstBoolOp;

typedef enum AstBinaryOp {
    BINARY_Add,
    BINARY_Sub,
    BINARY_Mult,
    BINARY_MatMult,
    BINARY_Div,
    BINARY_Mod,
    BINARY_Pow,
    BINARY_LShift,
    BINARY_RShift,
    BINARY_BitOr,
    BINARY_BitXor,
    BINARY_BitAnd,
    BINARY_FloorDiv,
} AstBinaryOp;

typedef enum AstUnaryOp { UNARY_Invert, UNARY_Not, UNARY_UAdd, UNARY_USub } AstUnaryOp;

typedef enum AstCompareOp {
    COMPARE_Eq,
    COMPARE_NotEq,
    COMPARE_Lt,
    COMPARE_LtE,
    COMPARE_Gt,
    COMPARE_GtE,
    COMPARE_Is,
    COMPARE_IsNot,
    COMPARE_In,
    COMPARE_NotIn,
} AstCompareOp;

typedef struct AstMod AstMod;
typedef struct AstStmt AstStmt;
typedef struct AstExpr AstExpr;
typedef struct AstPattern AstPattern;
typedef struct AstTypeParam AstTypeParam;
typedef struct AstHandler AstHandler;
typedef struct AstComprehension AstComprehension;
typedef struct AstArguments AstArguments;
typedef struct AstArg AstArg;
typedef struct AstKeyword AstKeyword;
typedef struct AstAlias AstAlias;
typedef struct AstWithItem AstWithItem;
typedef struct AstMatchCase AstMatchCase;

#define AST_SEQ(Type)         \
    typedef struct Type##Seq { \
        size_t count;         \
        Type **items;         \
    } Type##Seq
AST_SEQ(AstStmt);
AST_SEQ(AstExpr);
AST_SEQ(AstPattern);
AST_SEQ(AstTypeParam);
AST_SEQ(AstHandler);
AST_SEQ(AstComprehension);
AST_SEQ(AstArg);
AST_SEQ(AstKeyword);
AST_SEQ(AstAlias);
AST_SEQ(AstWithItem);
AST_SEQ(AstMatchCase);
#undef AST_SEQ

typedef struct AstNameSeq {
    size_t count;
    const AstName **items;
} AstNameSeq;

typedef struct AstCompareOpSeq {
    size_t count;
    AstCompareOp *items;
} AstCompareOpSeq;

// What each field kind of ast.def looks like in a struct.
#define F_EXPR(f) AstExpr *f;
#define F_EXPR_OPT(f) AstExpr *f;
#define F_EXPRS(f) AstExprSeq f;
#define F_EXPRS_OPT(f) AstExprSeq f;
#define F_STMTS(f) AstStmtSeq f;
#define F_PATTERN(f) AstPattern *f;
#define F_PATTERN_OPT(f) AstPattern *f;
#define F_PATTERNS(f) AstPatternSeq f;
#define F_TYPE_PARAMS(f) AstTypeParamSeq f;
#define F_HANDLERS(f) AstHandlerSeq f;
#define F_ARGUMENTS(f) AstArguments *f;
#define F_ARG_OPT(f) AstArg *f;
#define F_ARGS(f) AstArgSeq f;
#define F_KEYWORDS(f) AstKeywordSeq f;
#define F_ALIASES(f) AstAliasSeq f;
#define F_WITH_ITEMS(f) AstWithItemSeq f;
#define F_MATCH_CASES(f) AstMatchCaseSeq f;
#define F_COMPREHENSIONS(f) AstComprehensionSeq f;
#define F_NAME(f) const AstName *f;
#define F_NAME_OPT(f) const AstName *f;
#define F_NAMES(f) AstNameSeq f;
#define F_INT(f) int f;
#define F_CONSTANT(f) AstConstant f;
#define F_CONTEXT(f) AstContext f;
#define F_BOOL_OP(f) AstBoolOp f;
#define F_BINARY_OP(f) AstBinaryOp f;
#define F_UNARY_OP(f) AstUnaryOp f;
#define F_COMPARE_OPS(f) AstCompareOpSeq f;
#define MOD(Name, FIELDS) typedef struct AstMod_##Name { FIELDS } AstMod_##Name;
#define STMT(Name, FIELDS) typedef struct AstStmt_##Name { FIELDS } AstStmt_##Name;
#define EXPR(Name, FIELDS) typedef struct AstExpr_##Name { FIELDS } AstExpr_##Name;
#define PATTERN(Name, FIELDS) typedef struct AstPattern_##Name { FIELDS } AstPattern_##Name;
#define TYPE_PARAM(Name, FIELDS) typedef struct AstTypeParam_##Name { FIELDS } AstTypeParam_##Name;
#define HANDLER(Name, FIELDS) typedef struct AstHandler_##Name { FIELDS } AstHandler_##Name;
#define NODE(Name, FIELDS) \
    struct Ast##Name {     \
        Span span;         \
        uint16_t depth;    \
        uint16_t nest;     \
        FIELDS             \
    };
#include "parser/ast.def"

typedef enum AstModKind {
#define MOD(Name, FIELDS) MOD_##Name,
#include "parser/ast.def"
} AstModKind;

typedef enum AstStmtKind {
#define STMT(Name, FIELDS) STMT_##Name,
#include "parser/ast.def"
} AstStmtKind;

typedef enum AstExprKind {
#define EXPR(Name, FIELDS) EXPR_##Name,
#include "parser/ast.def"
} AstExprKind;

typedef enum AstPatternKind {
#define PATTERN(Name, FIELDS) PATTERN_##Name,
#include "parser/ast.def"
} AstPatternKind;

typedef enum AstTypeParamKind {
#define TYPE_PARAM(Name, FIELDS) TYPE_PARAM_##Name,
#include "parser/ast.def"
} AstTypeParamKind;

typedef enum AstHandlerKind {
#define HANDLER(Name, FIELDS) HANDLER_##Name,
#include "parser/ast.def"
} AstHandlerKind;

struct AstMod {
    AstModKind kind;
    union {
#define MOD(Name, FIELDS) AstMod_##Name Name;
#include "parser/ast.def"
    } as;
};

// The span of a decorated definition starts at `def` / `class` / `async`, as CPython's lineno does.
struct AstStmt {
    AstStmtKind kind;
    Span span;
    uint16_t depth;
    uint16_t nest;
    union {
#define STMT(Name, FIELDS) AstStmt_##Name Name;
#include "parser/ast.def"
    } as;
};

// `parenthesized` is for the parser, which must tell `(a)` from `a`. The span excludes the
// parentheses, except for a Tuple and a GeneratorExp, as in CPython.
struct AstExpr {
    AstExprKind kind;
    Span span;
    uint16_t depth;
    uint16_t nest;
    bool parenthesized;
    union {
#define EXPR(Name, FIELDS) AstExpr_##Name Name;
#include "parser/ast.def"
    } as;
};

struct AstPattern {
    AstPatternKind kind;
    Span span;
    uint16_t depth;
    uint16_t nest;
    union {
#define PATTERN(Name, FIELDS) AstPattern_##Name Name;
#include "parser/ast.def"
    } as;
};

struct AstTypeParam {
    AstTypeParamKind kind;
    Span span;
    uint16_t depth;
    uint16_t nest;
    union {
#define TYPE_PARAM(Name, FIELDS) AstTypeParam_##Name Name;
#include "parser/ast.def"
    } as;
};

struct AstHandler {
    AstHandlerKind kind;
    Span span;
    uint16_t depth;
    uint16_t nest;
    union {
#define HANDLER(Name, FIELDS) AstHandler_##Name Name;
#include "parser/ast.def"
    } as;
};

#endif
