// SPDX-License-Identifier: MIT
//
// Private to parser/: the state of one parse, the semantic values of grammar.y, and the builders its actions call.
//
// Invariant: no builder ever returns NULL for a node. When memory is out, `failed` is set and nodes come from a scrap
// buffer inside the Parser, so that the reductions still under way have something to write to; the driver stops after
// the current token. Anything recursive looks at `failed` first.
#ifndef AIOLOS_PARSER_PARSER_H
#define AIOLOS_PARSER_PARSER_H

#include "lexer/lexer.h"
#include "parser/ast.h"
#include "parser/parse.h"

// A growing list in the arena. `span` covers the items, where the rule that fills it keeps it.
typedef struct AstList {
    size_t count;
    size_t capacity;
    void **items;
    Span span;
} AstList;

// An expression or pattern and the place it takes with its parentheses.
typedef struct Node {
    AstExpr *expr;
    Span span;
} Node;

typedef struct PatternNode {
    AstPattern *pattern;
    Span span;
} PatternNode;

typedef struct DottedName {
    const AstName *name;
    Span span;
} DottedName;

typedef struct FromTargets {
    AstList *list;
    Span span;
} FromTargets;

// One branch of if/elif, before the chain is folded into nested If nodes.
typedef struct IfBranch {
    Span keyword;
    AstExpr *test;
    AstList *body;
} IfBranch;

typedef struct HandlerPart {
    AstHandler *handler;
    Token keyword;
    Span head;  // `except` or `except*`
    bool star;
} HandlerPart;

typedef enum ParamKind { PARAM_PLAIN, PARAM_SLASH, PARAM_BARE_STAR, PARAM_STAR, PARAM_DOUBLE_STAR } ParamKind;

typedef struct Param {
    ParamKind kind;
    Span token;  // of the star or slash, or of the name
    AstArg *arg;
    AstExpr *default_value;
} Param;

typedef enum ArgumentKind { ARG_PLAIN, ARG_STAR, ARG_DOUBLE_STAR, ARG_KEYWORD, ARG_GENERATOR } ArgumentKind;

typedef struct Argument {
    ArgumentKind kind;
    const AstName *name;
    AstExpr *value;
    Span span;
    bool comma_after;
} Argument;

typedef struct DictItem {
    AstExpr *key;  // NULL for `**value`
    Node value;
    Span start;
} DictItem;

typedef struct PatternItem {
    const AstName *name;  // keyword of a class pattern, or the rest of a mapping
    Span name_span;
    AstExpr *key;
    PatternNode pattern;
    Span start;
} PatternItem;

typedef struct CompareList {
    Node left;
    AstList *rest;
    AstCompareOp *ops;
    size_t capacity;
    Span end;
} CompareList;

typedef struct Conversion {
    int code;
    Token token;
} Conversion;

typedef struct FieldSpec {
    AstExpr *expr;
    Token colon;
} FieldSpec;

// One literal of an implicit concatenation.
typedef struct StringPart {
    unsigned flags;  // StringFlags
    Span span;
    const char *bytes;  // plain literals
    size_t length;
    AstList *values;  // formatted ones: Constant and FormattedValue or Interpolation
} StringPart;

typedef struct Parser {
    Arena *arena;
    Lexer *lexer;
    const Source *source;
    const ParseOptions *options;
    void *engine;
    Token current;     // being fed: the look-ahead of every action
    Token previous;
    size_t fed;        // tokens so far, `current` included, the START one not
    AstMod *module;
    Node fragment;     // result of START_FRAGMENT
    bool is_fragment;  // errors are not wanted, only whether there is one
    bool rejected;     // the grammar has no place for `current`
    uint32_t last_line;  // of the tokens the diagnosis looked at
    bool reached_end;  // the diagnosis looked as far as the end of the text
    bool final;        // the error found stands, whatever the rest of the text holds
    bool failed;
    Diagnostic error;
    ParseWarning *warnings;
    ParseWarning **last_warning;
    AstList scrap_list;
    _Alignas(16) char scrap[512];
} Parser;

// --- memory and lists (build.c) ---
void *parser_alloc(Parser *parser, size_t size);
AstList *seq_new(Parser *parser);
AstList *list_one(Parser *parser, void *item);
AstList *list_add(Parser *parser, AstList *list, void *item);
// Statements: the list's span is where the block ends, a last semicolon included.
AstList *block_add(Parser *parser, AstList *list, AstStmt *stmt);
AstList *block_join(Parser *parser, AstList *list, AstList *more);
AstList *block_end_at(AstList *list, Token token);
#define LIST_SEQ(Type, list) ((Type){(list) == NULL ? 0 : (list)->count, (list) == NULL ? NULL : (void *)(list)->items})

AstExpr *expr_new(Parser *parser, AstExprKind kind, Span span);
AstStmt *stmt_new(Parser *parser, AstStmtKind kind, Span span);
AstPattern *pattern_new(Parser *parser, AstPatternKind kind, Span span);

// --- depth (measure.c): completes a node, and fails the parse when the tree is too deep ---
Node expr_done(Parser *parser, AstExpr *expr);
AstStmt *stmt_done(Parser *parser, AstStmt *stmt);
PatternNode pattern_done(Parser *parser, AstPattern *pattern);
AstTypeParam *type_param_done(Parser *parser, AstTypeParam *param);
AstHandler *handler_done(Parser *parser, AstHandler *handler);
AstComprehension *comprehension_done(Parser *parser, AstComprehension *node);
AstArguments *arguments_done(Parser *parser, AstArguments *node);
AstArg *arg_done(Parser *parser, AstArg *node);
AstKeyword *keyword_done(Parser *parser, AstKeyword *node);
AstAlias *alias_done(Parser *parser, AstAlias *node);
AstWithItem *with_item_done(Parser *parser, AstWithItem *node);
AstMatchCase *match_case_done(Parser *parser, AstMatchCase *node);

// --- errors (parse.c): the first one wins ---
void parser_fail(Parser *parser, DiagnosticKind kind, Span span, const char *message);
void parser_fail_syntax(Parser *parser, Span span, const char *message);

// Moves an error inside a string literal to where CPython 3.11 tells it (string_place.c); others stay as they are.
void string_error_place(Parser *parser, Diagnostic *error);
bool string_error_is_textual(const char *message);
void parser_fail_format(Parser *parser, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
void parser_warn(Parser *parser, DiagnosticKind kind, Span span, const char *message);
void *parser_stack_grow(Parser *parser, void *old, size_t old_size, size_t new_size);
void parser_overflow(Parser *parser);
void parser_reject(Parser *parser);
// Parses the tokens [from, to) alone as one expression, or with `star` as a tuple of them. Returns whether they are
// one.
bool parser_fragment(Parser *parser, const Token *from, const Token *to, bool star, Node *out);

// The same a token at a time: a parser of one tuple of expressions, and whether it takes a token.
Parser *parser_probe(Parser *parser);
bool parser_probe_feed(Parser *child, const Token *token);

// --- the engine (end of grammar.y) ---
bool engine_start(Parser *parser);
void engine_feed(Parser *parser, Token token);
// Whether the grammar has a place for a token of this kind now.
bool engine_accepts(Parser *parser, int kind);

// --- syntax_error.c: why the grammar has no place for parser->current ---
void syntax_error_diagnose(Parser *parser);

// --- results (parse.c) ---
void parse_finish_file(Parser *parser, AstList *body);
void parse_finish_eval(Parser *parser, Node body);
void parse_finish_single(Parser *parser, AstList *body);

// --- targets (check.c) ---
typedef enum TargetUse { TARGET_STAR, TARGET_DELETE, TARGET_FOR } TargetUse;
const char *expr_describe(const AstExpr *expr);
// Reports the first part of `expr` that cannot be a target; else marks all of it Store (or Del). Returns success.
bool target_check(Parser *parser, AstExpr *expr, TargetUse use);
void expr_set_context(Parser *parser, AstExpr *expr, AstContext context);
// Whether `expr` can be an operand of `|` as it stands; the first such operand in `expr`, or NULL.
bool expr_is_tight(const AstExpr *expr);
const AstExpr *expr_leading_operand(const AstExpr *expr);
// Reports what is wrong with `targets = value`, if anything.
bool assign_check(Parser *parser, AstList *targets, Node value);
bool annotation_check(Parser *parser, Node target);

// --- expressions (build_expr.c, build_atom.c) ---
Node build_named(Parser *parser, Node target, Node value);
Node build_if_expr(Parser *parser, Node body, Node test, Node orelse);
Node build_lambda(Parser *parser, Token keyword, AstArguments *params, Node body);
Node build_bool(Parser *parser, AstBoolOp op, AstList *values);
Node build_unary(Parser *parser, AstUnaryOp op, Token sign, Node operand);
Node build_binary(Parser *parser, Node left, AstBinaryOp op, Node right);
Node build_compare(Parser *parser, CompareList *list);
CompareList *compare_start(Parser *parser, Node left, AstCompareOp op, Node right);
CompareList *compare_add(Parser *parser, CompareList *list, AstCompareOp op, Node right);
Node build_await(Parser *parser, Token keyword, Node value);
Node build_yield(Parser *parser, Token keyword, const Node *value);
Node build_yield_from(Parser *parser, Token keyword, Node value);
Node build_attribute(Parser *parser, Node value, Token name);
Node build_subscript(Parser *parser, Node value, Node slice, Token close);
Node build_slice(Parser *parser, const Node *lower, Token colon, AstExpr *upper, const Token *second, AstExpr *step);
Node slice_alone(Parser *parser, Node slice);
AstExpr *slice_part(Parser *parser, Node part);
Node build_starred(Parser *parser, Token star, Node value);
Node build_bare_tuple(Parser *parser, AstList *items, const Node *last);
AstList *commas_add(Parser *parser, AstList *list, Node item, Token comma);
AstList *items_one(Parser *parser, Node item);
AstList *items_last(Parser *parser, AstList *list, Node item);
AstList *items_pair(Parser *parser, Node left, Node right);
Node build_for_target(Parser *parser, Node target);
Node build_name(Parser *parser, Token name);
Node build_number(Parser *parser, Token number);
Node build_constant(Parser *parser, Token token, AstConstantKind kind);
Node build_tuple(Parser *parser, Token open, AstList *items, Token close);
Node build_group(Parser *parser, Token open, Node inner, Token close);
Node build_list(Parser *parser, Token open, AstList *items, Token close);
Node build_set(Parser *parser, Token open, AstList *items, Token close);
Node build_dict(Parser *parser, Token open, AstList *items, Token close);
Node build_dict_comp(Parser *parser, Token open, DictItem *item, AstList *clauses, Token close);
Node build_comp(Parser *parser, AstExprKind kind, Token open, Node element, AstList *clauses, Token close);
Node comp_bare_target(Parser *parser, Token open, AstList *items, const Node *last);
DictItem *dict_item_new(Parser *parser, AstExpr *key, Node value, Span start);
AstComprehension *build_comp_head(Parser *parser, Token keyword, Node target, Node iter, int is_async);
AstComprehension *build_comp_clause(Parser *parser, AstComprehension *clause, AstList *ifs);
AstList *comp_if_add(Parser *parser, AstList *list, Node test);

// --- strings (build_string.c) ---
StringPart *string_plain(Parser *parser, Token token);
StringPart *string_formatted(Parser *parser, Token open, AstList *values, Token close);
AstList *strings_add(Parser *parser, AstList *list, StringPart *part);
Node build_strings(Parser *parser, AstList *parts);
AstList *fstring_text(Parser *parser, AstList *list, Token middle);
AstList *fstring_field(Parser *parser, AstList *list, AstExpr *field);
AstExpr *build_field(Parser *parser, Token open, Node value, Token equal, Conversion conversion, FieldSpec spec,
                     Token close);
Conversion field_conversion(Parser *parser, Token bang, Token name);
FieldSpec build_spec(Parser *parser, Token colon, AstList *parts);
AstList *spec_text(Parser *parser, AstList *list, Token middle);

// --- arguments and parameters (build_args.c, build_params.c) ---
Argument *arg_new(Parser *parser, ArgumentKind kind, const Token *star, Node value);
Argument *arg_keyword(Parser *parser, Node name, Token equal, Node value);
Argument *arg_generator(Parser *parser, Node element, AstList *clauses);
Argument *arg_keyword_generator(Parser *parser, Node name, Token equal, Node value);
AstList *args_add(Parser *parser, AstList *list, Argument *argument);
AstList *args_trailing_comma(Parser *parser, AstList *list);
AstList *class_bases(Parser *parser, AstList *list, Token close);
Node build_call(Parser *parser, Node func, Token open, AstList *args, Token close);
void args_split(Parser *parser, AstList *args, Span close, AstExprSeq *positional, AstKeywordSeq *keywords);
Param *param_new(Parser *parser, ParamKind kind, Token token, Token name, const Node *annotation,
                 const Node *default_value);
Param *param_default_error(Parser *parser, ParamKind kind, Token token, Token name, const Node *annotation,
                           Token equal);
AstArguments *build_arguments(Parser *parser, AstList *params, bool is_lambda);
AstTypeParam *build_type_var(Parser *parser, Token name, const Node *bound, const Node *default_value);
AstTypeParam *build_type_pack(Parser *parser, AstTypeParamKind kind, Token star, Token name, const Node *default_value);
AstList *type_params_add(Parser *parser, AstList *list, AstTypeParam *param);
AstList *type_params_empty(Parser *parser, Token close);

// --- statements (build_stmt.c, build_compound.c) ---
AstStmt *build_expr_stmt(Parser *parser, Node value);
AstStmt *build_assign(Parser *parser, AstList *targets, Node value);
AstList *targets_add(Parser *parser, AstList *list, Node target);
AstStmt *build_aug_assign(Parser *parser, Node target, AstBinaryOp op, Node value);
AstStmt *build_ann_assign(Parser *parser, Node target, Node annotation, const Node *value);
AstStmt *build_type_alias(Parser *parser, Token keyword, Token name, AstList *params, Node value);
AstStmt *build_return(Parser *parser, Token keyword, const Node *value);
AstStmt *build_raise(Parser *parser, Token keyword, const Node *exc, const Node *cause);
AstStmt *build_delete(Parser *parser, Token keyword, Node targets);
AstStmt *build_assert(Parser *parser, Token keyword, Node test, const Node *msg);
AstStmt *build_global(Parser *parser, AstStmtKind kind, Token keyword, AstList *names);
AstList *names_add(Parser *parser, AstList *list, Token name);
AstStmt *build_import(Parser *parser, Token keyword, AstList *names);
AstStmt *build_import_from(Parser *parser, Token keyword, int level, const DottedName *module, FromTargets targets);
DottedName dotted_start(Parser *parser, Token name);
DottedName dotted_add(Parser *parser, DottedName dotted, Token name);
AstAlias *build_alias(Parser *parser, DottedName name, const Token *asname);
AstList *alias_list_add(Parser *parser, AstList *list, AstAlias *alias);
FromTargets from_star(Parser *parser, Token star);
FromTargets from_trailing_comma(Parser *parser, AstList *list);
AstStmt *build_if(Parser *parser, AstList *branches, AstList *orelse);
AstList *if_branch_add(Parser *parser, AstList *list, Token keyword, Node test, AstList *body);
AstStmt *build_while(Parser *parser, Token keyword, Node test, AstList *body, AstList *orelse);
AstStmt *build_for(Parser *parser, AstStmtKind kind, Token keyword, Node target, Node iter, AstList *body,
                   AstList *orelse);
AstStmt *build_with(Parser *parser, AstStmtKind kind, Token keyword, AstList *items, AstList *body);
AstWithItem *build_with_item(Parser *parser, Node value, const Node *target);
AstStmt *build_try(Parser *parser, Token keyword, AstList *body, AstList *handlers, AstList *orelse, AstList *final);
AstList *handlers_add(Parser *parser, AstList *list, HandlerPart part);
HandlerPart handler_head(Parser *parser, Token keyword, const Node *type, const Token *name,
                         const Token *star);
HandlerPart handler_finish(Parser *parser, HandlerPart part, AstList *body);
AstStmt *build_decorated(Parser *parser, AstList *decorators, AstStmt *definition);
AstStmt *build_function(Parser *parser, AstStmtKind kind, Token keyword, Token name, AstList *type_params,
                        AstArguments *params, AstExpr *returns, AstList *body);
AstStmt *build_class(Parser *parser, Token keyword, Token name, AstList *type_params, AstList *bases, AstList *body);

// --- patterns (build_pattern.c) ---
AstStmt *build_match(Parser *parser, Token keyword, Node subject, AstList *cases);
AstMatchCase *build_case(Parser *parser, Token keyword, PatternNode pattern, AstExpr *guard, AstList *body);
PatternNode pattern_alone(Parser *parser, PatternNode item);
PatternNode pattern_sequence(Parser *parser, AstList *items, Span first, Span last);
PatternNode pattern_sequence_add(Parser *parser, AstList *items, PatternNode last);
AstList *pattern_list_add(Parser *parser, AstList *list, PatternNode item);
PatternNode pattern_star(Parser *parser, Token star, Token name);
PatternNode pattern_as(Parser *parser, PatternNode pattern, Node target);
PatternNode pattern_or(Parser *parser, AstList *alternatives);
PatternNode pattern_value(Parser *parser, Node value);
PatternNode pattern_singleton(Parser *parser, Token token, AstConstantKind kind);
PatternNode pattern_path(Parser *parser, Node path);
PatternNode pattern_group(Parser *parser, Token open, PatternNode inner, Token close);
PatternNode pattern_mapping(Parser *parser, Token open, AstList *items, Token close);
PatternNode pattern_class(Parser *parser, Node path, AstList *items, Token close);
PatternItem *pattern_item_new(Parser *parser, const Token *name, AstExpr *key, const PatternNode *pattern, Span start);
Node pattern_complex(Parser *parser, Node left, AstBinaryOp op, Node right);

#endif
