// SPDX-License-Identifier: MIT
//
// The tree as text, in the manner of Python's ast.dump(indent=2): derived from ast.def, so it can leave no field out.
// Empty lists, absent optional fields and Load contexts are printed too: a dump says everything.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lexer/utf8.h"
#include "parser/parse.h"

typedef struct Dumper {
    const TextSink *sink;
    bool positions;
    bool good;
    int indent;
    int fields;  // printed so far in the current node
} Dumper;

static void put(Dumper *d, const char *text)
{
    d->good = d->good && sink_puts(d->sink, text);
}

static void new_line(Dumper *d)
{
    put(d, "\n");
    for (int i = 0; i < d->indent; i++) {
        put(d, "  ");
    }
}

// --- leaves ----------------------------------------------------------------------------------------------------------

static void put_text(Dumper *d, const char *bytes, size_t length, bool is_bytes)
{
    char piece[16];
    put(d, is_bytes ? "b'" : "'");
    for (const char *p = bytes; p < bytes + length;) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c < 0x7F) {
            snprintf(piece, sizeof(piece), c == '\'' || c == '\\' ? "\\%c" : "%c", c);
            p++;
        } else if (c < 0x80 || is_bytes) {
            snprintf(piece, sizeof(piece), c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : "\\x%02x", c);
            p++;
        } else {
            uint32_t cp = utf8_next(&p);
            snprintf(piece, sizeof(piece), cp < 0x100 ? "\\x%02x" : cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
        }
        put(d, piece);
    }
    put(d, "'");
}

// The shortest of the forms that reads back as the same double.
static void put_real(Dumper *d, double real, const char *suffix)
{
    char text[64];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, real);
        double back;
        if (sscanf(text, "%lf", &back) == 1 && back == real) {
            break;
        }
    }
    if (isinf(real)) {
        snprintf(text, sizeof(text), "1e309");
    } else if (strpbrk(text, ".en") == NULL && *suffix == '\0') {
        strcat(text, ".0");
    }
    put(d, text);
    put(d, suffix);
}

static void put_constant(Dumper *d, const AstConstant *constant)
{
    static const char *const prefixes[17] = {[2] = "0b", [8] = "0o", [10] = "", [16] = "0x"};
    char text[32];
    switch (constant->kind) {
    case CONSTANT_None: put(d, "None"); break;
    case CONSTANT_True: put(d, "True"); break;
    case CONSTANT_False: put(d, "False"); break;
    case CONSTANT_Ellipsis: put(d, "Ellipsis"); break;
    case CONSTANT_Int:
        snprintf(text, sizeof(text), "%lld", (long long)constant->as.integer);
        put(d, text);
        break;
    case CONSTANT_BigInt:
        put(d, prefixes[constant->as.big.base]);
        put(d, constant->as.big.digits);
        break;
    case CONSTANT_Float: put_real(d, constant->as.real, ""); break;
    case CONSTANT_Imag: put_real(d, constant->as.real, "j"); break;
    case CONSTANT_Str:
        put(d, constant->u_prefix ? "u" : "");
        put_text(d, constant->as.str.bytes, constant->as.str.length, false);
        break;
    case CONSTANT_Bytes: put_text(d, constant->as.str.bytes, constant->as.str.length, true); break;
    }
}

static const char *const context_names[] = {"Load()", "Store()", "Del()"};
static const char *const bool_names[] = {"And()", "Or()"};
static const char *const unary_names[] = {"Invert()", "Not()", "UAdd()", "USub()"};
static const char *const binary_names[] = {"Add()",    "Sub()",    "Mult()",    "MatMult()", "Div()",
                                           "Mod()",    "Pow()",    "LShift()",  "RShift()",  "BitOr()",
                                           "BitXor()", "BitAnd()", "FloorDiv()"};
static const char *const compare_names[] = {"Eq()",  "NotEq()", "Lt()",    "LtE()", "Gt()",
                                            "GtE()", "Is()",    "IsNot()", "In()",  "NotIn()"};

// --- nodes -----------------------------------------------------------------------------------------------------------

static void dump_expr(Dumper *d, const AstExpr *node);
static void dump_stmt(Dumper *d, const AstStmt *node);
static void dump_pattern(Dumper *d, const AstPattern *node);
static void dump_type_param(Dumper *d, const AstTypeParam *node);
static void dump_handler(Dumper *d, const AstHandler *node);
#define NODE(Name, FIELDS) static void dump_##Name(Dumper *d, const Ast##Name *n);
#include "parser/ast.def"

static int open_node(Dumper *d, const char *name)
{
    int outer = d->fields;
    put(d, name);
    put(d, "(");
    d->indent++;
    d->fields = 0;
    return outer;
}

static void close_node(Dumper *d, const Span *span, int outer)
{
    if (d->positions && span != NULL) {
        char text[96];
        snprintf(text, sizeof(text), "%s@ %u:%u-%u:%u", d->fields > 0 ? ", " : "", span->line, span->col,
                 span->end_line, span->end_col);
        put(d, text);
    }
    put(d, ")");
    d->indent--;
    d->fields = outer;
}

static void field(Dumper *d, const char *name)
{
    if (d->fields++ > 0) {
        put(d, ",");
    }
    new_line(d);
    put(d, name);
    put(d, "=");
}

static void put_int(Dumper *d, int value)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", value);
    put(d, text);
}

static void put_name(Dumper *d, const AstName *name)
{
    put(d, "'");
    put(d, name->text);
    put(d, "'");
}

static void put_names(Dumper *d, AstNameSeq names)
{
    put(d, "[");
    for (size_t i = 0; i < names.count; i++) {
        put(d, i > 0 ? ", " : "");
        put_name(d, names.items[i]);
    }
    put(d, "]");
}

static void put_compare_ops(Dumper *d, AstCompareOpSeq ops)
{
    put(d, "[");
    for (size_t i = 0; i < ops.count; i++) {
        put(d, i > 0 ? ", " : "");
        put(d, compare_names[ops.items[i]]);
    }
    put(d, "]");
}

// A list of nodes: one per line, indented below the field; absent items are None.
#define DUMP_SEQ(f, dump)                              \
    do {                                               \
        field(d, #f);                                  \
        put(d, "[");                                   \
        d->indent++;                                   \
        for (size_t i = 0; i < n->f.count; i++) {      \
            put(d, i > 0 ? "," : "");                  \
            new_line(d);                               \
            if (n->f.items[i] == NULL) {               \
                put(d, "None");                        \
            } else {                                   \
                dump(d, n->f.items[i]);                \
            }                                          \
        }                                              \
        d->indent--;                                   \
        put(d, "]");                                   \
    } while (0);
#define DUMP_ONE(f, dump) field(d, #f); dump(d, n->f);
#define DUMP_OPT(f, dump) if (n->f != NULL) { DUMP_ONE(f, dump) }

static void dump_expr(Dumper *d, const AstExpr *node)
{
    switch (node->kind) {
#include "parser/dump_fields.inc"
#define EXPR(Name, FIELDS)                                  \
    case EXPR_##Name: {                                     \
        const AstExpr_##Name *n = &node->as.Name;           \
        (void)n;                                            \
        int outer = open_node(d, #Name);                    \
        FIELDS close_node(d, &node->span, outer);           \
        break;                                              \
    }
#include "parser/ast.def"
    }
}

static void dump_stmt(Dumper *d, const AstStmt *node)
{
    switch (node->kind) {
#include "parser/dump_fields.inc"
#define STMT(Name, FIELDS)                                  \
    case STMT_##Name: {                                     \
        const AstStmt_##Name *n = &node->as.Name;           \
        (void)n;                                            \
        int outer = open_node(d, #Name);                    \
        FIELDS close_node(d, &node->span, outer);           \
        break;                                              \
    }
#include "parser/ast.def"
    }
}

static void dump_pattern(Dumper *d, const AstPattern *node)
{
    switch (node->kind) {
#include "parser/dump_fields.inc"
#define PATTERN(Name, FIELDS)                               \
    case PATTERN_##Name: {                                  \
        const AstPattern_##Name *n = &node->as.Name;        \
        int outer = open_node(d, #Name);                    \
        FIELDS close_node(d, &node->span, outer);           \
        break;                                              \
    }
#include "parser/ast.def"
    }
}

static void dump_type_param(Dumper *d, const AstTypeParam *node)
{
    switch (node->kind) {
#include "parser/dump_fields.inc"
#define TYPE_PARAM(Name, FIELDS)                            \
    case TYPE_PARAM_##Name: {                               \
        const AstTypeParam_##Name *n = &node->as.Name;      \
        int outer = open_node(d, #Name);                    \
        FIELDS close_node(d, &node->span, outer);           \
        break;                                              \
    }
#include "parser/ast.def"
    }
}

static void dump_handler(Dumper *d, const AstHandler *node)
{
    switch (node->kind) {
#include "parser/dump_fields.inc"
#define HANDLER(Name, FIELDS)                               \
    case HANDLER_##Name: {                                  \
        const AstHandler_##Name *n = &node->as.Name;        \
        int outer = open_node(d, #Name);                    \
        FIELDS close_node(d, &node->span, outer);           \
        break;                                              \
    }
#include "parser/ast.def"
    }
}

// The plain structs print under the names of Python's classes.
#define CLASS_Comprehension "comprehension"
#define CLASS_Arguments "arguments"
#define CLASS_Arg "arg"
#define CLASS_Keyword "keyword"
#define CLASS_Alias "alias"
#define CLASS_WithItem "withitem"
#define CLASS_MatchCase "match_case"
// ... and only these have a position there.
enum {
    PLACED_Comprehension = 0,
    PLACED_Arguments = 0,
    PLACED_Arg = 1,
    PLACED_Keyword = 1,
    PLACED_Alias = 1,
    PLACED_WithItem = 0,
    PLACED_MatchCase = 0,
};

#include "parser/dump_fields.inc"
#define NODE(Name, FIELDS)                                            \
    static void dump_##Name(Dumper *d, const Ast##Name *n)            \
    {                                                                 \
        int outer = open_node(d, CLASS_##Name);                       \
        FIELDS close_node(d, PLACED_##Name ? &n->span : NULL, outer); \
    }
#include "parser/ast.def"

bool ast_dump(const AstMod *module, bool positions, const TextSink *sink)
{
    Dumper dumper = {sink, positions, true, 0, 0};
    Dumper *d = &dumper;
    switch (module->kind) {
#include "parser/dump_fields.inc"
#define MOD(Name, FIELDS)                                   \
    case MOD_##Name: {                                      \
        const AstMod_##Name *n = &module->as.Name;          \
        int outer = open_node(d, #Name);                    \
        FIELDS close_node(d, NULL, outer);                  \
        break;                                              \
    }
#include "parser/ast.def"
    }
    put(d, "\n");
    return dumper.good;
}
