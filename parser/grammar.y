// SPDX-License-Identifier: MIT
//
// The grammar of Python 3.14 for lemon. Actions are one call each, into build*.c.
//
// Expressions are stratified by precedence, lists are left-recursive, and there are no precedence directives: a
// conflict fails the build. The grammar accepts slightly too much (assignment targets, order of arguments and
// parameters, starred items); check*.c reports what is wrong with it in CPython's words.
//
// Every semantic value of an expression is a Node: the tree and the span it takes with its parentheses.

%name grammar_
%token_prefix TOKEN_
%token_type {Token}
%extra_context {Parser *parser}
%stack_size 0

%include {
// No assertions and no trace: the trace would be global state.
#ifndef NDEBUG
#define NDEBUG 1
#endif
#include <stdlib.h>
#include <string.h>

#include "parser/parser.h"

// The parser's stack grows in the arena. In lemon's template the engine is called `p` where the stack grows.
#define YYNOERRORRECOVERY 1
#define malloc(size) parser_stack_grow(p->parser, NULL, 0, (size_t)(size))
#define realloc(old, size) \
    parser_stack_grow(p->parser, (old), (size_t)p->yystksz * sizeof(p->yystack[0]), (size_t)(size))
#define free(old) ((void)(old))

#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
}

%syntax_error { parser_reject(parser); }
%stack_overflow { parser_overflow(parser); }

// Terminals without a rule: lexemes such as `$`, and words whose meaning the lexer decides.
%nonassoc UNKNOWN.
%fallback NAME CASE.

%type statements {AstList *}
%type statements_opt {AstList *}
%type simple_line {AstList *}
%type simple_stmts {AstList *}
%type simple_stmt {AstStmt *}
%type compound_stmt {AstStmt *}
%type block {AstList *}
%type else_opt {AstList *}
%type finally_opt {AstList *}

%type name {Token}

start ::= START_FILE statements_opt(S).                  { parse_finish_file(parser, S); }
start ::= START_EVAL expr_tuple(E) newlines_opt.         { parse_finish_eval(parser, E); }
start ::= START_SINGLE simple_line(S).                   { parse_finish_single(parser, S); }
start ::= START_SINGLE compound_stmt(S) newlines_opt.    { parse_finish_single(parser, list_one(parser, S)); }
start ::= START_SINGLE newlines_opt.                     { parse_finish_single(parser, seq_new(parser)); }
start ::= START_FRAGMENT expression(E).                  { parser->fragment = E; }
start ::= START_STAR star_tuple(E).                      { parser->fragment = E; }

newlines_opt ::= .
newlines_opt ::= newlines_opt NEWLINE.

statements_opt(A) ::= .                                  { A = seq_new(parser); }
statements_opt(A) ::= statements(S).                     { A = S; }

statements(A) ::= compound_stmt(S).                      { A = block_add(parser, NULL, S); }
statements(A) ::= simple_line(S).                        { A = S; }
statements(A) ::= statements(L) compound_stmt(S).        { A = block_add(parser, L, S); }
statements(A) ::= statements(L) simple_line(R).          { A = block_join(parser, L, R); }

simple_line(A) ::= simple_stmts(S) NEWLINE.              { A = S; }
simple_line(A) ::= simple_stmts(S) SEMI(T) NEWLINE.      { A = block_end_at(S, T); }
simple_stmts(A) ::= simple_stmt(S).                      { A = block_add(parser, NULL, S); }
simple_stmts(A) ::= simple_stmts(L) SEMI simple_stmt(S). { A = block_add(parser, L, S); }

block(A) ::= simple_line(S).                             { A = S; }
block(A) ::= NEWLINE INDENT statements(S) DEDENT.        { A = S; }

name(A) ::= NAME(N).                                     { A = N; }
name(A) ::= TYPE(N).                                     { A = N; }

// --- simple statements -----------------------------------------------------------------------------------------------

%type targets {AstList *}
%type rhs {Node}
%type augassign {AstBinaryOp}
%type names {AstList *}
%type dotted_name {DottedName}
%type import_names {AstList *}
%type import_name {AstAlias *}
%type from_names {AstList *}
%type from_name {AstAlias *}
%type from_targets {FromTargets}
%type dots {int}

simple_stmt(A) ::= star_tuple(E).                        { A = build_expr_stmt(parser, E); }
simple_stmt(A) ::= yield_expr(E).                        { A = build_expr_stmt(parser, E); }
simple_stmt(A) ::= targets(T) rhs(V).                    { A = build_assign(parser, T, V); }
simple_stmt(A) ::= star_tuple(T) augassign(O) rhs(V).    { A = build_aug_assign(parser, T, O, V); }
simple_stmt(A) ::= star_tuple(T) COLON expression(N).    { A = build_ann_assign(parser, T, N, NULL); }
simple_stmt(A) ::= star_tuple(T) COLON expression(N) EQUAL rhs(V). { A = build_ann_assign(parser, T, N, &V); }
simple_stmt(A) ::= TYPE(K) name(N) type_params_opt(P) EQUAL expression(V). { A = build_type_alias(parser, K, N, P, V); }
simple_stmt(A) ::= PASS(K).                              { A = stmt_new(parser, STMT_Pass, K.span); }
simple_stmt(A) ::= BREAK(K).                             { A = stmt_new(parser, STMT_Break, K.span); }
simple_stmt(A) ::= CONTINUE(K).                          { A = stmt_new(parser, STMT_Continue, K.span); }
simple_stmt(A) ::= RETURN(K).                            { A = build_return(parser, K, NULL); }
simple_stmt(A) ::= RETURN(K) star_tuple(E).              { A = build_return(parser, K, &E); }
simple_stmt(A) ::= RAISE(K).                             { A = build_raise(parser, K, NULL, NULL); }
simple_stmt(A) ::= RAISE(K) expression(E).               { A = build_raise(parser, K, &E, NULL); }
simple_stmt(A) ::= RAISE(K) expression(E) FROM expression(C). { A = build_raise(parser, K, &E, &C); }
simple_stmt(A) ::= DEL(K) star_tuple(E).                 { A = build_delete(parser, K, E); }
simple_stmt(A) ::= ASSERT(K) expression(E).              { A = build_assert(parser, K, E, NULL); }
simple_stmt(A) ::= ASSERT(K) expression(E) COMMA expression(M). { A = build_assert(parser, K, E, &M); }
simple_stmt(A) ::= GLOBAL(K) names(N).                   { A = build_global(parser, STMT_Global, K, N); }
simple_stmt(A) ::= NONLOCAL(K) names(N).                 { A = build_global(parser, STMT_Nonlocal, K, N); }
simple_stmt(A) ::= IMPORT(K) import_names(N).            { A = build_import(parser, K, N); }
simple_stmt(A) ::= FROM(K) dotted_name(M) IMPORT from_targets(N). { A = build_import_from(parser, K, 0, &M, N); }
simple_stmt(A) ::= FROM(K) dots(D) dotted_name(M) IMPORT from_targets(N).
    { A = build_import_from(parser, K, D, &M, N); }
simple_stmt(A) ::= FROM(K) dots(D) IMPORT from_targets(N). { A = build_import_from(parser, K, D, NULL, N); }

targets(A) ::= star_tuple(E) EQUAL.                      { A = targets_add(parser, NULL, E); }
targets(A) ::= yield_expr(E) EQUAL.                      { A = targets_add(parser, NULL, E); }
targets(A) ::= targets(L) star_tuple(E) EQUAL.           { A = targets_add(parser, L, E); }
targets(A) ::= targets(L) yield_expr(E) EQUAL.           { A = targets_add(parser, L, E); }
rhs(A) ::= star_tuple(E).                                { A = E; }
rhs(A) ::= yield_expr(E).                                { A = E; }

augassign(A) ::= PLUSEQUAL.                              { A = BINARY_Add; }
augassign(A) ::= MINEQUAL.                               { A = BINARY_Sub; }
augassign(A) ::= STAREQUAL.                              { A = BINARY_Mult; }
augassign(A) ::= ATEQUAL.                                { A = BINARY_MatMult; }
augassign(A) ::= SLASHEQUAL.                             { A = BINARY_Div; }
augassign(A) ::= PERCENTEQUAL.                           { A = BINARY_Mod; }
augassign(A) ::= AMPEREQUAL.                             { A = BINARY_BitAnd; }
augassign(A) ::= VBAREQUAL.                              { A = BINARY_BitOr; }
augassign(A) ::= CIRCUMFLEXEQUAL.                        { A = BINARY_BitXor; }
augassign(A) ::= LEFTSHIFTEQUAL.                         { A = BINARY_LShift; }
augassign(A) ::= RIGHTSHIFTEQUAL.                        { A = BINARY_RShift; }
augassign(A) ::= DOUBLESTAREQUAL.                        { A = BINARY_Pow; }
augassign(A) ::= DOUBLESLASHEQUAL.                       { A = BINARY_FloorDiv; }

names(A) ::= name(N).                                    { A = names_add(parser, NULL, N); }
names(A) ::= names(L) COMMA name(N).                     { A = names_add(parser, L, N); }

dotted_name(A) ::= name(N).                              { A = dotted_start(parser, N); }
dotted_name(A) ::= dotted_name(D) DOT name(N).           { A = dotted_add(parser, D, N); }
import_name(A) ::= dotted_name(D).                       { A = build_alias(parser, D, NULL); }
import_name(A) ::= dotted_name(D) AS name(N).            { A = build_alias(parser, D, &N); }
import_names(A) ::= import_name(I).                      { A = list_one(parser, I); }
import_names(A) ::= import_names(L) COMMA import_name(I). { A = list_add(parser, L, I); }

dots(A) ::= DOT.                                         { A = 1; }
dots(A) ::= ELLIPSIS.                                    { A = 3; }
dots(A) ::= dots(D) DOT.                                 { A = D + 1; }
dots(A) ::= dots(D) ELLIPSIS.                            { A = D + 3; }
from_targets(A) ::= STAR(T).                             { A = from_star(parser, T); }
from_targets(A) ::= from_names(L).                       { A = (FromTargets){L, L->span}; }
from_targets(A) ::= from_names(L) COMMA.                 { A = from_trailing_comma(parser, L); }
from_targets(A) ::= LPAR(O) from_names(L) RPAR(C).       { A = (FromTargets){L, span_join(O.span, C.span)}; }
from_targets(A) ::= LPAR(O) from_names(L) COMMA RPAR(C). { A = (FromTargets){L, span_join(O.span, C.span)}; }
from_name(A) ::= name(N).                                { A = build_alias(parser, dotted_start(parser, N), NULL); }
from_name(A) ::= name(N) AS name(M).                     { A = build_alias(parser, dotted_start(parser, N), &M); }
from_names(A) ::= from_name(N).                          { A = alias_list_add(parser, NULL, N); }
from_names(A) ::= from_names(L) COMMA from_name(N).      { A = alias_list_add(parser, L, N); }

// --- compound statements ---------------------------------------------------------------------------------------------

%type if_head {AstList *}
%type with_items {AstList *}
%type with_item {AstWithItem *}
%type handlers {AstList *}
%type handler {HandlerPart}
%type handler_head {HandlerPart}
%type decorators {AstList *}
%type definition {AstStmt *}
%type returns_opt {AstExpr *}
%type bases_opt {AstList *}

compound_stmt(A) ::= if_head(H).                         { A = build_if(parser, H, NULL); }
compound_stmt(A) ::= if_head(H) ELSE COLON block(B).     { A = build_if(parser, H, B); }
if_head(A) ::= IF(K) named_expression(E) COLON block(B). { A = if_branch_add(parser, NULL, K, E, B); }
if_head(A) ::= if_head(H) ELIF(K) named_expression(E) COLON block(B). { A = if_branch_add(parser, H, K, E, B); }

else_opt(A) ::= .                                        { A = NULL; }
else_opt(A) ::= ELSE COLON block(B).                     { A = B; }
finally_opt(A) ::= .                                     { A = NULL; }
finally_opt(A) ::= FINALLY COLON block(B).               { A = B; }

compound_stmt(A) ::= WHILE(K) named_expression(E) COLON block(B) else_opt(L). { A = build_while(parser, K, E, B, L); }
compound_stmt(A) ::= FOR(K) for_targets(T) IN star_tuple(I) COLON block(B) else_opt(L).
    { A = build_for(parser, STMT_For, K, T, I, B, L); }
compound_stmt(A) ::= ASYNC(K) FOR for_targets(T) IN star_tuple(I) COLON block(B) else_opt(L).
    { A = build_for(parser, STMT_AsyncFor, K, T, I, B, L); }

compound_stmt(A) ::= WITH(K) with_items(I) COLON block(B). { A = build_with(parser, STMT_With, K, I, B); }
compound_stmt(A) ::= ASYNC(K) WITH with_items(I) COLON block(B). { A = build_with(parser, STMT_AsyncWith, K, I, B); }
compound_stmt(A) ::= WITH(K) WITH_LPAR with_items(I) RPAR COLON block(B).
    { A = build_with(parser, STMT_With, K, I, B); }
compound_stmt(A) ::= WITH(K) WITH_LPAR with_items(I) COMMA RPAR COLON block(B).
    { A = build_with(parser, STMT_With, K, I, B); }
compound_stmt(A) ::= ASYNC(K) WITH WITH_LPAR with_items(I) RPAR COLON block(B).
    { A = build_with(parser, STMT_AsyncWith, K, I, B); }
compound_stmt(A) ::= ASYNC(K) WITH WITH_LPAR with_items(I) COMMA RPAR COLON block(B).
    { A = build_with(parser, STMT_AsyncWith, K, I, B); }
with_items(A) ::= with_item(I).                          { A = list_one(parser, I); }
with_items(A) ::= with_items(L) COMMA with_item(I).      { A = list_add(parser, L, I); }
with_item(A) ::= expression(E).                          { A = build_with_item(parser, E, NULL); }
with_item(A) ::= expression(E) AS star_expression(T).    { A = build_with_item(parser, E, &T); }

compound_stmt(A) ::= TRY(K) COLON block(B) FINALLY COLON block(F). { A = build_try(parser, K, B, NULL, NULL, F); }
compound_stmt(A) ::= TRY(K) COLON block(B) handlers(H) else_opt(L) finally_opt(F).
    { A = build_try(parser, K, B, H, L, F); }
handlers(A) ::= handler(H).                              { A = handlers_add(parser, NULL, H); }
handlers(A) ::= handlers(L) handler(H).                  { A = handlers_add(parser, L, H); }
handler(A) ::= handler_head(H) COLON block(B).           { A = handler_finish(parser, H, B); }
handler_head(A) ::= EXCEPT(K).                           { A = handler_head(parser, K, NULL, NULL, NULL); }
handler_head(A) ::= EXCEPT(K) expr_tuple(E).             { A = handler_head(parser, K, &E, NULL, NULL); }
handler_head(A) ::= EXCEPT(K) expr_tuple(E) AS name(N).  { A = handler_head(parser, K, &E, &N, NULL); }
handler_head(A) ::= EXCEPT(K) STAR(T) expr_tuple(E).         { A = handler_head(parser, K, &E, NULL, &T); }
handler_head(A) ::= EXCEPT(K) STAR(T) expr_tuple(E) AS name(N). { A = handler_head(parser, K, &E, &N, &T); }

compound_stmt(A) ::= definition(D).                      { A = D; }
compound_stmt(A) ::= decorators(L) definition(D).        { A = build_decorated(parser, L, D); }
decorators(A) ::= AT named_expression(E) NEWLINE.        { A = list_one(parser, E.expr); }
decorators(A) ::= decorators(L) AT named_expression(E) NEWLINE. { A = list_add(parser, L, E.expr); }

definition(A) ::= DEF(K) name(N) type_params_opt(T) LPAR params_opt(P) RPAR returns_opt(R) COLON block(B).
    { A = build_function(parser, STMT_FunctionDef, K, N, T, P, R, B); }
definition(A) ::= ASYNC(K) DEF name(N) type_params_opt(T) LPAR params_opt(P) RPAR returns_opt(R) COLON block(B).
    { A = build_function(parser, STMT_AsyncFunctionDef, K, N, T, P, R, B); }
returns_opt(A) ::= .                                     { A = NULL; }
returns_opt(A) ::= RARROW expression(E).                 { A = E.expr; }
definition(A) ::= CLASS(K) name(N) type_params_opt(T) bases_opt(L) COLON block(B).
    { A = build_class(parser, K, N, T, L, B); }
bases_opt(A) ::= .                                       { A = NULL; }
bases_opt(A) ::= LPAR args_opt(L) RPAR(C).               { A = class_bases(parser, L, C); }

// --- parameters ------------------------------------------------------------------------------------------------------

%type params_opt {AstArguments *}
%type params {AstList *}
%type param {Param *}
%type lambda_params_opt {AstArguments *}
%type lambda_params {AstList *}
%type lambda_param {Param *}
%type type_params_opt {AstList *}
%type type_params {AstList *}
%type type_param {AstTypeParam *}

params_opt(A) ::= .                                      { A = build_arguments(parser, NULL, false); }
params_opt(A) ::= params(L).                             { A = build_arguments(parser, L, false); }
params_opt(A) ::= params(L) COMMA.                       { A = build_arguments(parser, L, false); }
params(A) ::= param(P).                                  { A = list_one(parser, P); }
params(A) ::= params(L) COMMA param(P).                  { A = list_add(parser, L, P); }
param(A) ::= name(N).                                    { A = param_new(parser, PARAM_PLAIN, N, N, NULL, NULL); }
param(A) ::= name(N) COLON expression(T).                { A = param_new(parser, PARAM_PLAIN, N, N, &T, NULL); }
param(A) ::= name(N) EQUAL expression(D).                { A = param_new(parser, PARAM_PLAIN, N, N, NULL, &D); }
param(A) ::= name(N) COLON expression(T) EQUAL expression(D). { A = param_new(parser, PARAM_PLAIN, N, N, &T, &D); }
param(A) ::= SLASH(K).                                   { A = param_new(parser, PARAM_SLASH, K, K, NULL, NULL); }
param(A) ::= STAR(K).                                    { A = param_new(parser, PARAM_BARE_STAR, K, K, NULL, NULL); }
param(A) ::= STAR(K) name(N).                            { A = param_new(parser, PARAM_STAR, K, N, NULL, NULL); }
param(A) ::= STAR(K) name(N) COLON star_expression(T).   { A = param_new(parser, PARAM_STAR, K, N, &T, NULL); }
param(A) ::= STAR(K) name(N) COLON star_expression(T) EQUAL(E).
    { A = param_default_error(parser, PARAM_STAR, K, N, &T, E); }
param(A) ::= STAR(K) name(N) EQUAL(E).                   { A = param_default_error(parser, PARAM_STAR, K, N, NULL, E); }
param(A) ::= DOUBLESTAR(K) name(N).                      { A = param_new(parser, PARAM_DOUBLE_STAR, K, N, NULL, NULL); }
param(A) ::= DOUBLESTAR(K) name(N) COLON expression(T).  { A = param_new(parser, PARAM_DOUBLE_STAR, K, N, &T, NULL); }
param(A) ::= DOUBLESTAR(K) name(N) COLON expression(T) EQUAL(E).
    { A = param_default_error(parser, PARAM_DOUBLE_STAR, K, N, &T, E); }
param(A) ::= DOUBLESTAR(K) name(N) EQUAL(E).
    { A = param_default_error(parser, PARAM_DOUBLE_STAR, K, N, NULL, E); }

lambda_params_opt(A) ::= .                               { A = build_arguments(parser, NULL, true); }
lambda_params_opt(A) ::= lambda_params(L).               { A = build_arguments(parser, L, true); }
lambda_params_opt(A) ::= lambda_params(L) COMMA.         { A = build_arguments(parser, L, true); }
lambda_params(A) ::= lambda_param(P).                    { A = list_one(parser, P); }
lambda_params(A) ::= lambda_params(L) COMMA lambda_param(P). { A = list_add(parser, L, P); }
lambda_param(A) ::= name(N).                             { A = param_new(parser, PARAM_PLAIN, N, N, NULL, NULL); }
lambda_param(A) ::= name(N) EQUAL expression(D).         { A = param_new(parser, PARAM_PLAIN, N, N, NULL, &D); }
lambda_param(A) ::= SLASH(K).                            { A = param_new(parser, PARAM_SLASH, K, K, NULL, NULL); }
lambda_param(A) ::= STAR(K).                             { A = param_new(parser, PARAM_BARE_STAR, K, K, NULL, NULL); }
lambda_param(A) ::= STAR(K) name(N).                     { A = param_new(parser, PARAM_STAR, K, N, NULL, NULL); }
lambda_param(A) ::= STAR(K) name(N) EQUAL(E).            { A = param_default_error(parser, PARAM_STAR, K, N, NULL, E); }
lambda_param(A) ::= DOUBLESTAR(K) name(N).               { A = param_new(parser, PARAM_DOUBLE_STAR, K, N, NULL, NULL); }
lambda_param(A) ::= DOUBLESTAR(K) name(N) EQUAL(E).
    { A = param_default_error(parser, PARAM_DOUBLE_STAR, K, N, NULL, E); }

type_params_opt(A) ::= .                                 { A = NULL; }
type_params_opt(A) ::= LSQB type_params(L) RSQB.         { A = L; }
type_params_opt(A) ::= LSQB type_params(L) COMMA RSQB.   { A = L; }
type_params_opt(A) ::= LSQB RSQB(K).                     { A = type_params_empty(parser, K); }
type_params(A) ::= type_param(P).                        { A = type_params_add(parser, NULL, P); }
type_params(A) ::= type_params(L) COMMA type_param(P).   { A = type_params_add(parser, L, P); }
type_param(A) ::= name(N).                               { A = build_type_var(parser, N, NULL, NULL); }
type_param(A) ::= name(N) COLON expression(B).           { A = build_type_var(parser, N, &B, NULL); }
type_param(A) ::= name(N) EQUAL expression(D).           { A = build_type_var(parser, N, NULL, &D); }
type_param(A) ::= name(N) COLON expression(B) EQUAL expression(D). { A = build_type_var(parser, N, &B, &D); }
type_param(A) ::= STAR(K) name(N).
    { A = build_type_pack(parser, TYPE_PARAM_TypeVarTuple, K, N, NULL); }
type_param(A) ::= STAR(K) name(N) EQUAL star_expression(D).
    { A = build_type_pack(parser, TYPE_PARAM_TypeVarTuple, K, N, &D); }
type_param(A) ::= DOUBLESTAR(K) name(N).
    { A = build_type_pack(parser, TYPE_PARAM_ParamSpec, K, N, NULL); }
type_param(A) ::= DOUBLESTAR(K) name(N) EQUAL expression(D).
    { A = build_type_pack(parser, TYPE_PARAM_ParamSpec, K, N, &D); }

// --- match -----------------------------------------------------------------------------------------------------------

%type cases {AstList *}
%type case {AstMatchCase *}
%type guard_opt {AstExpr *}
%type patterns {PatternNode}
%type pattern_list {AstList *}
%type pattern_item {PatternNode}
%type pattern {PatternNode}
%type or_pattern {PatternNode}
%type or_alternatives {AstList *}
%type closed_pattern {PatternNode}
%type pattern_number {Node}
%type pattern_signed {Node}
%type pattern_path {Node}
%type mapping_items {AstList *}
%type mapping_item {PatternItem *}
%type mapping_key {Node}
%type class_items {AstList *}
%type class_item {PatternItem *}

compound_stmt(A) ::= MATCH(K) named_tuple(S) COLON NEWLINE INDENT cases(L) DEDENT. { A = build_match(parser, K, S, L); }
cases(A) ::= case(C).                                    { A = list_one(parser, C); }
cases(A) ::= cases(L) case(C).                           { A = list_add(parser, L, C); }
case(A) ::= CASE(K) patterns(P) guard_opt(G) COLON block(B). { A = build_case(parser, K, P, G, B); }
guard_opt(A) ::= .                                       { A = NULL; }
guard_opt(A) ::= IF named_expression(E).                 { A = E.expr; }

patterns(A) ::= pattern_item(P).                         { A = pattern_alone(parser, P); }
patterns(A) ::= pattern_list(L) COMMA(C).                { A = pattern_sequence(parser, L, L->span, C.span); }
patterns(A) ::= pattern_list(L) COMMA pattern_item(P).   { A = pattern_sequence_add(parser, L, P); }
pattern_list(A) ::= pattern_item(P).                     { A = pattern_list_add(parser, NULL, P); }
pattern_list(A) ::= pattern_list(L) COMMA pattern_item(P). { A = pattern_list_add(parser, L, P); }
pattern_item(A) ::= pattern(P).                          { A = P; }
pattern_item(A) ::= STAR(K) name(N).                     { A = pattern_star(parser, K, N); }
pattern(A) ::= or_pattern(P).                            { A = P; }
pattern(A) ::= or_pattern(P) AS bitor(T).           { A = pattern_as(parser, P, T); }
or_pattern(A) ::= closed_pattern(P).                     { A = P; }
or_pattern(A) ::= or_alternatives(L).                    { A = pattern_or(parser, L); }
or_alternatives(A) ::= closed_pattern(L) VBAR closed_pattern(R).
    { A = pattern_list_add(parser, pattern_list_add(parser, NULL, L), R); }
or_alternatives(A) ::= or_alternatives(L) VBAR closed_pattern(R). { A = pattern_list_add(parser, L, R); }

closed_pattern(A) ::= pattern_number(E).                 { A = pattern_value(parser, E); }
closed_pattern(A) ::= strings(S).                        { A = pattern_value(parser, build_strings(parser, S)); }
closed_pattern(A) ::= NONE(T).                           { A = pattern_singleton(parser, T, CONSTANT_None); }
closed_pattern(A) ::= TRUE(T).                           { A = pattern_singleton(parser, T, CONSTANT_True); }
closed_pattern(A) ::= FALSE(T).                          { A = pattern_singleton(parser, T, CONSTANT_False); }
closed_pattern(A) ::= pattern_path(E).                   { A = pattern_path(parser, E); }
closed_pattern(A) ::= LPAR(O) RPAR(C).
    { A = pattern_sequence(parser, seq_new(parser), O.span, C.span); }
closed_pattern(A) ::= LPAR(O) pattern_item(P) RPAR(C).   { A = pattern_group(parser, O, P, C); }
closed_pattern(A) ::= LPAR(O) pattern_list(L) COMMA RPAR(C). { A = pattern_sequence(parser, L, O.span, C.span); }
closed_pattern(A) ::= LPAR(O) pattern_list(L) COMMA pattern_item(P) RPAR(C).
    { A = pattern_sequence(parser, pattern_list_add(parser, L, P), O.span, C.span); }
closed_pattern(A) ::= LSQB(O) RSQB(C).
    { A = pattern_sequence(parser, seq_new(parser), O.span, C.span); }
closed_pattern(A) ::= LSQB(O) pattern_list(L) RSQB(C).   { A = pattern_sequence(parser, L, O.span, C.span); }
closed_pattern(A) ::= LSQB(O) pattern_list(L) COMMA RSQB(C). { A = pattern_sequence(parser, L, O.span, C.span); }
closed_pattern(A) ::= LBRACE(O) RBRACE(C).               { A = pattern_mapping(parser, O, NULL, C); }
closed_pattern(A) ::= LBRACE(O) mapping_items(L) RBRACE(C). { A = pattern_mapping(parser, O, L, C); }
closed_pattern(A) ::= LBRACE(O) mapping_items(L) COMMA RBRACE(C). { A = pattern_mapping(parser, O, L, C); }
closed_pattern(A) ::= pattern_path(E) LPAR RPAR(C).      { A = pattern_class(parser, E, NULL, C); }
closed_pattern(A) ::= pattern_path(E) LPAR class_items(L) RPAR(C). { A = pattern_class(parser, E, L, C); }
closed_pattern(A) ::= pattern_path(E) LPAR class_items(L) COMMA RPAR(C). { A = pattern_class(parser, E, L, C); }

pattern_signed(A) ::= NUMBER(T).                         { A = build_number(parser, T); }
pattern_signed(A) ::= MINUS(K) NUMBER(T).
    { A = build_unary(parser, UNARY_USub, K, build_number(parser, T)); }
pattern_number(A) ::= pattern_signed(E).                 { A = E; }
pattern_number(A) ::= pattern_signed(L) PLUS NUMBER(T).
    { A = pattern_complex(parser, L, BINARY_Add, build_number(parser, T)); }
pattern_number(A) ::= pattern_signed(L) MINUS NUMBER(T).
    { A = pattern_complex(parser, L, BINARY_Sub, build_number(parser, T)); }
pattern_path(A) ::= name(N).                             { A = build_name(parser, N); }
pattern_path(A) ::= pattern_path(E) DOT name(N).         { A = build_attribute(parser, E, N); }

mapping_items(A) ::= mapping_item(I).                    { A = list_one(parser, I); }
mapping_items(A) ::= mapping_items(L) COMMA mapping_item(I). { A = list_add(parser, L, I); }
mapping_item(A) ::= mapping_key(K) COLON pattern(P).     { A = pattern_item_new(parser, NULL, K.expr, &P, K.span); }
mapping_item(A) ::= DOUBLESTAR(K) name(N).               { A = pattern_item_new(parser, &N, NULL, NULL, K.span); }
mapping_key(A) ::= pattern_number(E).                    { A = E; }
mapping_key(A) ::= strings(S).                           { A = build_strings(parser, S); }
mapping_key(A) ::= NONE(T).                              { A = build_constant(parser, T, CONSTANT_None); }
mapping_key(A) ::= TRUE(T).                              { A = build_constant(parser, T, CONSTANT_True); }
mapping_key(A) ::= FALSE(T).                             { A = build_constant(parser, T, CONSTANT_False); }
mapping_key(A) ::= pattern_path(E) DOT name(N).          { A = build_attribute(parser, E, N); }
class_items(A) ::= class_item(I).                        { A = list_one(parser, I); }
class_items(A) ::= class_items(L) COMMA class_item(I).   { A = list_add(parser, L, I); }
class_item(A) ::= pattern(P).                            { A = pattern_item_new(parser, NULL, NULL, &P, P.span); }
class_item(A) ::= name(N) EQUAL pattern(P).              { A = pattern_item_new(parser, &N, NULL, &P, N.span); }

// --- lists of expressions --------------------------------------------------------------------------------------------

%type star_expression {Node}
%type star_tuple {Node}
%type star_commas {AstList *}
%type star_named {Node}
%type named_tuple {Node}
%type named_commas {AstList *}
%type items {AstList *}
%type expr_tuple {Node}
%type expr_commas {AstList *}
%type for_target {Node}
%type for_targets {Node}
%type for_commas {AstList *}
%type yield_expr {Node}
%type named_expression {Node}
%type expression {Node}

// `a, *b`, as on the right of an assignment.
star_expression(A) ::= expression(E).                    { A = E; }
star_expression(A) ::= STAR(K) bitor(E).                 { A = build_starred(parser, K, E); }
star_tuple(A) ::= star_expression(E).                    { A = E; }
star_tuple(A) ::= star_commas(L).                        { A = build_bare_tuple(parser, L, NULL); }
star_tuple(A) ::= star_commas(L) star_expression(E).     { A = build_bare_tuple(parser, L, &E); }
star_commas(A) ::= star_expression(E) COMMA(C).          { A = commas_add(parser, NULL, E, C); }
star_commas(A) ::= star_commas(L) star_expression(E) COMMA(C). { A = commas_add(parser, L, E, C); }

// The same with `:=` allowed, as inside brackets and after `match`.
star_named(A) ::= named_expression(E).                   { A = E; }
star_named(A) ::= STAR(K) bitor(E).                      { A = build_starred(parser, K, E); }
named_tuple(A) ::= star_named(E).                        { A = E; }
named_tuple(A) ::= named_commas(L).                      { A = build_bare_tuple(parser, L, NULL); }
named_tuple(A) ::= named_commas(L) star_named(E).        { A = build_bare_tuple(parser, L, &E); }
named_commas(A) ::= star_named(E) COMMA(C).              { A = commas_add(parser, NULL, E, C); }
named_commas(A) ::= named_commas(L) star_named(E) COMMA(C). { A = commas_add(parser, L, E, C); }
items(A) ::= star_named(E).                              { A = items_one(parser, E); }
items(A) ::= named_commas(L).                            { A = L; }
items(A) ::= named_commas(L) star_named(E).              { A = items_last(parser, L, E); }

// Without stars: `eval` input, the types of `except`.
expr_tuple(A) ::= expression(E).                         { A = E; }
expr_tuple(A) ::= expr_commas(L).                        { A = build_bare_tuple(parser, L, NULL); }
expr_tuple(A) ::= expr_commas(L) expression(E).          { A = build_bare_tuple(parser, L, &E); }
expr_commas(A) ::= expression(E) COMMA(C).               { A = commas_add(parser, NULL, E, C); }
expr_commas(A) ::= expr_commas(L) expression(E) COMMA(C). { A = commas_add(parser, L, E, C); }

// Before `in`.
for_target(A) ::= bitor(E).                              { A = E; }
for_target(A) ::= STAR(K) bitor(E).                      { A = build_starred(parser, K, E); }
for_targets(A) ::= for_target(E).                        { A = build_for_target(parser, E); }
for_targets(A) ::= for_commas(L).
    { A = build_for_target(parser, build_bare_tuple(parser, L, NULL)); }
for_targets(A) ::= for_commas(L) for_target(E).
    { A = build_for_target(parser, build_bare_tuple(parser, L, &E)); }
for_commas(A) ::= for_target(E) COMMA(C).                { A = commas_add(parser, NULL, E, C); }
for_commas(A) ::= for_commas(L) for_target(E) COMMA(C).  { A = commas_add(parser, L, E, C); }

yield_expr(A) ::= YIELD(K).                              { A = build_yield(parser, K, NULL); }
yield_expr(A) ::= YIELD(K) star_tuple(E).                { A = build_yield(parser, K, &E); }
yield_expr(A) ::= YIELD(K) FROM expression(E).           { A = build_yield_from(parser, K, E); }

// --- expressions, loosest binding first ------------------------------------------------------------------------------

%type disjunction {Node}
%type conjunction {Node}
%type inversion {Node}
%type comparison {Node}
%type bitor {Node}
%type bitxor {Node}
%type bitand {Node}
%type shift {Node}
%type sum {Node}
%type term {Node}
%type factor {Node}
%type power {Node}
%type await_primary {Node}
%type primary {Node}
%type atom {Node}
%type or_list {AstList *}
%type and_list {AstList *}
%type compare_list {CompareList *}
%type compare_op {AstCompareOp}

named_expression(A) ::= expression(E).                   { A = E; }
named_expression(A) ::= expression(T) COLONEQUAL expression(V). { A = build_named(parser, T, V); }

expression(A) ::= disjunction(E).                        { A = E; }
expression(A) ::= disjunction(B) IF disjunction(T) ELSE expression(E). { A = build_if_expr(parser, B, T, E); }
expression(A) ::= LAMBDA(K) lambda_params_opt(P) COLON expression(E). { A = build_lambda(parser, K, P, E); }

disjunction(A) ::= conjunction(E).                       { A = E; }
disjunction(A) ::= or_list(L).                           { A = build_bool(parser, BOOL_Or, L); }
or_list(A) ::= conjunction(L) OR conjunction(R).         { A = items_pair(parser, L, R); }
or_list(A) ::= or_list(L) OR conjunction(R).             { A = items_last(parser, L, R); }
conjunction(A) ::= inversion(E).                         { A = E; }
conjunction(A) ::= and_list(L).                          { A = build_bool(parser, BOOL_And, L); }
and_list(A) ::= inversion(L) AND inversion(R).           { A = items_pair(parser, L, R); }
and_list(A) ::= and_list(L) AND inversion(R).            { A = items_last(parser, L, R); }
inversion(A) ::= comparison(E).                          { A = E; }
inversion(A) ::= NOT(K) inversion(E).                    { A = build_unary(parser, UNARY_Not, K, E); }

comparison(A) ::= bitor(E).                              { A = E; }
comparison(A) ::= compare_list(L).                       { A = build_compare(parser, L); }
compare_list(A) ::= bitor(L) compare_op(O) bitor(R).     { A = compare_start(parser, L, O, R); }
compare_list(A) ::= compare_list(L) compare_op(O) bitor(R). { A = compare_add(parser, L, O, R); }
compare_op(A) ::= EQEQUAL.                               { A = COMPARE_Eq; }
compare_op(A) ::= NOTEQUAL.                              { A = COMPARE_NotEq; }
compare_op(A) ::= LESS.                                  { A = COMPARE_Lt; }
compare_op(A) ::= LESSEQUAL.                             { A = COMPARE_LtE; }
compare_op(A) ::= GREATER.                               { A = COMPARE_Gt; }
compare_op(A) ::= GREATEREQUAL.                          { A = COMPARE_GtE; }
compare_op(A) ::= IS.                                    { A = COMPARE_Is; }
compare_op(A) ::= IS NOT.                                { A = COMPARE_IsNot; }
compare_op(A) ::= IN.                                    { A = COMPARE_In; }
compare_op(A) ::= NOT IN.                                { A = COMPARE_NotIn; }

bitor(A) ::= bitxor(E).                                  { A = E; }
bitor(A) ::= bitor(L) VBAR bitxor(R).                    { A = build_binary(parser, L, BINARY_BitOr, R); }
bitxor(A) ::= bitand(E).                                 { A = E; }
bitxor(A) ::= bitxor(L) CIRCUMFLEX bitand(R).            { A = build_binary(parser, L, BINARY_BitXor, R); }
bitand(A) ::= shift(E).                                  { A = E; }
bitand(A) ::= bitand(L) AMPER shift(R).                  { A = build_binary(parser, L, BINARY_BitAnd, R); }
shift(A) ::= sum(E).                                     { A = E; }
shift(A) ::= shift(L) LEFTSHIFT sum(R).                  { A = build_binary(parser, L, BINARY_LShift, R); }
shift(A) ::= shift(L) RIGHTSHIFT sum(R).                 { A = build_binary(parser, L, BINARY_RShift, R); }
sum(A) ::= term(E).                                      { A = E; }
sum(A) ::= sum(L) PLUS term(R).                          { A = build_binary(parser, L, BINARY_Add, R); }
sum(A) ::= sum(L) MINUS term(R).                         { A = build_binary(parser, L, BINARY_Sub, R); }
term(A) ::= factor(E).                                   { A = E; }
term(A) ::= term(L) STAR factor(R).                      { A = build_binary(parser, L, BINARY_Mult, R); }
term(A) ::= term(L) SLASH factor(R).                     { A = build_binary(parser, L, BINARY_Div, R); }
term(A) ::= term(L) DOUBLESLASH factor(R).               { A = build_binary(parser, L, BINARY_FloorDiv, R); }
term(A) ::= term(L) PERCENT factor(R).                   { A = build_binary(parser, L, BINARY_Mod, R); }
term(A) ::= term(L) AT factor(R).                        { A = build_binary(parser, L, BINARY_MatMult, R); }
factor(A) ::= power(E).                                  { A = E; }
factor(A) ::= PLUS(K) factor(E).                         { A = build_unary(parser, UNARY_UAdd, K, E); }
factor(A) ::= MINUS(K) factor(E).                        { A = build_unary(parser, UNARY_USub, K, E); }
factor(A) ::= TILDE(K) factor(E).                        { A = build_unary(parser, UNARY_Invert, K, E); }
power(A) ::= await_primary(E).                           { A = E; }
power(A) ::= await_primary(L) DOUBLESTAR factor(R).      { A = build_binary(parser, L, BINARY_Pow, R); }
await_primary(A) ::= primary(E).                         { A = E; }
await_primary(A) ::= AWAIT(K) primary(E).                { A = build_await(parser, K, E); }

// --- calls and subscripts --------------------------------------------------------------------------------------------

%type args_opt {AstList *}
%type args {AstList *}
%type arg {Argument *}
%type slices {Node}
%type slice_commas {AstList *}
%type slice {Node}
%type expression_opt {AstExpr *}

primary(A) ::= atom(E).                                  { A = E; }
primary(A) ::= primary(E) DOT name(N).                   { A = build_attribute(parser, E, N); }
primary(A) ::= primary(E) LPAR(O) args_opt(L) RPAR(C).   { A = build_call(parser, E, O, L, C); }
primary(A) ::= primary(E) LSQB slices(S) RSQB(C).        { A = build_subscript(parser, E, S, C); }

args_opt(A) ::= .                                        { A = NULL; }
args_opt(A) ::= args(L).                                 { A = L; }
args_opt(A) ::= args(L) COMMA.                           { A = args_trailing_comma(parser, L); }
args(A) ::= arg(E).                                      { A = list_one(parser, E); }
args(A) ::= args(L) COMMA arg(E).                        { A = args_add(parser, L, E); }
arg(A) ::= named_expression(E).                          { A = arg_new(parser, ARG_PLAIN, NULL, E); }
arg(A) ::= STAR(K) expression(E).                        { A = arg_new(parser, ARG_STAR, &K, E); }
arg(A) ::= DOUBLESTAR(K) expression(E).                  { A = arg_new(parser, ARG_DOUBLE_STAR, &K, E); }
arg(A) ::= expression(N) EQUAL(K) expression(E).         { A = arg_keyword(parser, N, K, E); }
arg(A) ::= named_expression(E) comp_for(F).              { A = arg_generator(parser, E, F); }
arg(A) ::= expression(N) EQUAL(K) expression(E) comp_for. { A = arg_keyword_generator(parser, N, K, E); }

slices(A) ::= slice(E).                                  { A = slice_alone(parser, E); }
slices(A) ::= slice_commas(L).                           { A = build_bare_tuple(parser, L, NULL); }
slices(A) ::= slice_commas(L) slice(E).                  { A = build_bare_tuple(parser, L, &E); }
slice_commas(A) ::= slice(E) COMMA(C).                   { A = commas_add(parser, NULL, E, C); }
slice_commas(A) ::= slice_commas(L) slice(E) COMMA(C).   { A = commas_add(parser, L, E, C); }
slice(A) ::= named_expression(E).                        { A = E; }
slice(A) ::= STAR(K) bitor(E).                           { A = build_starred(parser, K, E); }
slice(A) ::= expression(L) COLON(K) expression_opt(U).   { A = build_slice(parser, &L, K, U, NULL, NULL); }
slice(A) ::= COLON(K) expression_opt(U).                 { A = build_slice(parser, NULL, K, U, NULL, NULL); }
slice(A) ::= expression(L) COLON(K) expression_opt(U) COLON(M) expression_opt(S).
    { A = build_slice(parser, &L, K, U, &M, S); }
slice(A) ::= COLON(K) expression_opt(U) COLON(M) expression_opt(S). { A = build_slice(parser, NULL, K, U, &M, S); }
expression_opt(A) ::= .                                  { A = NULL; }
expression_opt(A) ::= expression(E).                     { A = slice_part(parser, E); }

// --- atoms -----------------------------------------------------------------------------------------------------------

%type dict_items {AstList *}
%type dict_item {DictItem *}
%type comp_for {AstList *}
%type comp_clause {AstComprehension *}
%type comp_head {AstComprehension *}
%type comp_ifs {AstList *}

atom(A) ::= name(N).                                     { A = build_name(parser, N); }
atom(A) ::= NUMBER(T).                                   { A = build_number(parser, T); }
atom(A) ::= strings(S).                                  { A = build_strings(parser, S); }
atom(A) ::= NONE(T).                                     { A = build_constant(parser, T, CONSTANT_None); }
atom(A) ::= TRUE(T).                                     { A = build_constant(parser, T, CONSTANT_True); }
atom(A) ::= FALSE(T).                                    { A = build_constant(parser, T, CONSTANT_False); }
atom(A) ::= ELLIPSIS(T).                                 { A = build_constant(parser, T, CONSTANT_Ellipsis); }
atom(A) ::= LPAR(O) RPAR(C).                             { A = build_tuple(parser, O, NULL, C); }
atom(A) ::= LPAR(O) star_named(E) RPAR(C).               { A = build_group(parser, O, E, C); }
atom(A) ::= LPAR(O) yield_expr(E) RPAR(C).               { A = build_group(parser, O, E, C); }
atom(A) ::= LPAR(O) named_commas(L) RPAR(C).             { A = build_tuple(parser, O, L, C); }
atom(A) ::= LPAR(O) named_commas(L) star_named(E) RPAR(C). { A = build_tuple(parser, O, items_last(parser, L, E), C); }
atom(A) ::= LPAR(O) star_named(E) comp_for(F) RPAR(C).   { A = build_comp(parser, EXPR_GeneratorExp, O, E, F, C); }
atom(A) ::= LSQB(O) RSQB(C).                             { A = build_list(parser, O, NULL, C); }
atom(A) ::= LSQB(O) items(L) RSQB(C).                    { A = build_list(parser, O, L, C); }
atom(A) ::= LSQB(O) star_named(E) comp_for(F) RSQB(C).   { A = build_comp(parser, EXPR_ListComp, O, E, F, C); }
atom(A) ::= LSQB(O) named_commas(L) comp_for RSQB.       { A = comp_bare_target(parser, O, L, NULL); }
atom(A) ::= LSQB(O) named_commas(L) star_named(E) comp_for RSQB. { A = comp_bare_target(parser, O, L, &E); }
atom(A) ::= LBRACE(O) items(L) RBRACE(C).                { A = build_set(parser, O, L, C); }
atom(A) ::= LBRACE(O) star_named(E) comp_for(F) RBRACE(C). { A = build_comp(parser, EXPR_SetComp, O, E, F, C); }
atom(A) ::= LBRACE(O) named_commas(L) comp_for RBRACE.   { A = comp_bare_target(parser, O, L, NULL); }
atom(A) ::= LBRACE(O) named_commas(L) star_named(E) comp_for RBRACE. { A = comp_bare_target(parser, O, L, &E); }
atom(A) ::= LBRACE(O) RBRACE(C).                         { A = build_dict(parser, O, NULL, C); }
atom(A) ::= LBRACE(O) dict_items(L) RBRACE(C).           { A = build_dict(parser, O, L, C); }
atom(A) ::= LBRACE(O) dict_items(L) COMMA RBRACE(C).     { A = build_dict(parser, O, L, C); }
atom(A) ::= LBRACE(O) dict_item(I) comp_for(F) RBRACE(C). { A = build_dict_comp(parser, O, I, F, C); }
dict_items(A) ::= dict_item(I).                          { A = list_one(parser, I); }
dict_items(A) ::= dict_items(L) COMMA dict_item(I).      { A = list_add(parser, L, I); }
dict_item(A) ::= expression(K) COLON expression(V).      { A = dict_item_new(parser, K.expr, V, K.span); }
dict_item(A) ::= DOUBLESTAR(K) bitor(V).                 { A = dict_item_new(parser, NULL, V, K.span); }

comp_for(A) ::= comp_clause(C).                          { A = list_one(parser, C); }
comp_for(A) ::= comp_for(L) comp_clause(C).              { A = list_add(parser, L, C); }
comp_clause(A) ::= comp_head(C) comp_ifs(L).             { A = build_comp_clause(parser, C, L); }
comp_head(A) ::= FOR(K) for_targets(T) IN disjunction(I). { A = build_comp_head(parser, K, T, I, 0); }
comp_head(A) ::= ASYNC(K) FOR for_targets(T) IN disjunction(I). { A = build_comp_head(parser, K, T, I, 1); }
comp_ifs(A) ::= .                                        { A = NULL; }
comp_ifs(A) ::= comp_ifs(L) IF disjunction(E).           { A = comp_if_add(parser, L, E); }

// --- strings ---------------------------------------------------------------------------------------------------------

%type strings {AstList *}
%type fstring {StringPart *}
%type fstring_parts {AstList *}
%type field {AstExpr *}
%type field_value {Node}
%type field_equal {Token}
%type field_conversion {Conversion}
%type field_spec {FieldSpec}
%type spec_parts {AstList *}

strings(A) ::= STRING(T).                                { A = strings_add(parser, NULL, string_plain(parser, T)); }
strings(A) ::= fstring(F).                               { A = strings_add(parser, NULL, F); }
strings(A) ::= strings(L) STRING(T).                     { A = strings_add(parser, L, string_plain(parser, T)); }
strings(A) ::= strings(L) fstring(F).                    { A = strings_add(parser, L, F); }

fstring(A) ::= FSTRING_START(O) fstring_parts(L) FSTRING_END(C). { A = string_formatted(parser, O, L, C); }
fstring_parts(A) ::= .                                   { A = seq_new(parser); }
fstring_parts(A) ::= fstring_parts(L) FSTRING_MIDDLE(T). { A = fstring_text(parser, L, T); }
fstring_parts(A) ::= fstring_parts(L) field(F).          { A = fstring_field(parser, L, F); }
field(A) ::= FIELD_OPEN(O) field_value(E) field_equal(Q) field_conversion(V) field_spec(S) FIELD_CLOSE(C).
    { A = build_field(parser, O, E, Q, V, S, C); }
field_value(A) ::= star_tuple(E).                        { A = E; }
field_value(A) ::= yield_expr(E).                        { A = E; }
field_equal(A) ::= .                                     { A = (Token){0}; }
field_equal(A) ::= FIELD_EQUAL(T).                       { A = T; }
field_conversion(A) ::= .                                { A = (Conversion){.code = -1}; }
field_conversion(A) ::= FIELD_BANG(K) name(N).           { A = field_conversion(parser, K, N); }
field_spec(A) ::= .                                      { A = (FieldSpec){0}; }
field_spec(A) ::= FIELD_COLON(K) spec_parts(L).          { A = build_spec(parser, K, L); }
spec_parts(A) ::= .                                      { A = seq_new(parser); }
spec_parts(A) ::= spec_parts(L) FSTRING_MIDDLE(T).       { A = spec_text(parser, L, T); }
spec_parts(A) ::= spec_parts(L) field(F).                { A = list_add(parser, L, F); }

// --- the engine ------------------------------------------------------------------------------------------------------

%code {
bool engine_start(Parser *parser)
{
    yyParser *engine = arena_alloc(parser->arena, sizeof(yyParser));
    parser->engine = engine;
    if (engine != NULL) {
        grammar_Init(engine, parser);
    }
    return engine != NULL;
}

void engine_feed(Parser *parser, Token token)
{
    grammar_(parser->engine, token.kind, token);
}

// Runs the reductions that `kind` would cause on a copy of the states.
bool engine_accepts(Parser *parser, int kind)
{
    yyParser *engine = parser->engine;
    size_t top = (size_t)(engine->yytos - engine->yystack);
    size_t room = top + 64;
    YYACTIONTYPE *states = arena_alloc_array(parser->arena, room, sizeof(*states));
    if (states == NULL) {
        return false;
    }
    for (size_t i = 0; i <= top; i++) {
        states[i] = engine->yystack[i].stateno;
    }
    for (;;) {
        YYACTIONTYPE action = yy_find_shift_action((YYCODETYPE)kind, states[top]);
        if (action < YY_MIN_REDUCE) {
            return action <= YY_MAX_SHIFTREDUCE || action == YY_ACCEPT_ACTION;
        }
        unsigned rule = (unsigned)(action - YY_MIN_REDUCE);
        top -= (size_t)-yyRuleInfoNRhs[rule];
        if (top + 1 >= room) {
            return false;
        }
        states[top + 1] = yy_find_reduce_action(states[top], yyRuleInfoLhs[rule]);
        top++;
    }
}
}
