// SPDX-License-Identifier: MIT
//
// The driver: source, lexer and engine put together, one token at a time; errors turned into the one Diagnostic.
//
// Which error wins follows CPython: the first thing the parser objects to, unless the rest of the source does not even
// tokenize, or an open bracket on an earlier line was never closed.
#include "parser/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parser/parser.h"

// Blocks, brackets and operators nest within limits of their own; past this the source is hostile.
enum { STACK_BYTES_MAX = 2 * 1024 * 1024 };

static const char too_deep[] = "maximum recursion depth exceeded during compilation";

// --- errors ----------------------------------------------------------------------------------------------------------

// Only to a file does CPython add the newline it lacks; elsewhere the end of the text has no place in its line.
static void locate_unended(const Parser *parser, Diagnostic *error)
{
    const Source *source = parser->source;
    if (parser->options == NULL || parser->options->mode == PARSE_FILE || !source->unended ||
        error->text + error->text_length != source->text + source->length) {
        return;
    }
    error->text_length--;
    if (error->span.col >= error->text_length) {
        error->offset = error->end_offset = 0;
    }
    if (source->length == 1) {  // nothing at all: not even a first line
        error->span.line = error->span.end_line = 0;
    }
}

void parser_fail(Parser *parser, DiagnosticKind kind, Span span, const char *message)
{
    if (parser->failed) {
        return;
    }
    parser->failed = true;
    if (message == NULL) {
        return;
    }
    parser->error = (Diagnostic){.kind = kind, .message = message};
    if (span.line > 0) {
        source_locate_parsed(parser->source, &parser->error, span);
        locate_unended(parser, &parser->error);
        // Of a text in memory CPython shows lines before the one at hand without their end.
        uint32_t at_hand = parser->current.span.line - (parser->current.kind == TOKEN_END);
        if (parser->options != NULL && !parser->options->from_file && span.line < at_hand) {
            diagnostic_trim(&parser->error);
        }
    }
}

void parser_fail_syntax(Parser *parser, Span span, const char *message)
{
    parser_fail(parser, DIAGNOSTIC_SYNTAX_ERROR, span, message);
}

void parser_fail_format(Parser *parser, Span span, const char *format, ...)
{
    char text[512];
    va_list args;
    if (parser->failed) {
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    parser_fail_syntax(parser, span, arena_copy(parser->arena, text, strlen(text)));
}

void parser_warn(Parser *parser, DiagnosticKind kind, Span span, const char *message)
{
    ParseWarning *warning = arena_alloc(parser->arena, sizeof(ParseWarning));
    if (warning == NULL || message == NULL || parser->is_fragment) {
        return;
    }
    warning->diagnostic = (Diagnostic){.kind = kind, .message = message};
    source_locate(parser->source, &warning->diagnostic, span);
    *parser->last_warning = warning;
    parser->last_warning = &warning->next;
}

static void lexer_warned(void *ctx, DiagnosticKind kind, const char *message, Span span)
{
    parser_warn(ctx, kind, span, message);
}

void parser_reject(Parser *parser)
{
    parser->rejected = true;
}

void parser_overflow(Parser *parser)
{
    if (!parser->arena->failed) {
        parser_fail(parser, DIAGNOSTIC_RECURSION_ERROR, (Span){0}, too_deep);
    }
    parser->failed = true;
}

void *parser_stack_grow(Parser *parser, void *old, size_t old_size, size_t new_size)
{
    if (new_size > STACK_BYTES_MAX) {
        parser_overflow(parser);
        return NULL;
    }
    void *stack = arena_grow(parser->arena, NULL, 0, new_size);
    if (stack != NULL && old != NULL) {
        memcpy(stack, old, old_size);
    }
    return stack;
}

// --- results ---------------------------------------------------------------------------------------------------------

static AstMod *module_new(Parser *parser, AstModKind kind)
{
    AstMod *module = parser_alloc(parser, sizeof(AstMod));
    module->kind = kind;
    parser->module = module;
    return module;
}

void parse_finish_file(Parser *parser, AstList *body)
{
    module_new(parser, MOD_Module)->as.Module.body = LIST_SEQ(AstStmtSeq, body);
}

void parse_finish_eval(Parser *parser, Node body)
{
    module_new(parser, MOD_Expression)->as.Expression.body = body.expr;
}

void parse_finish_single(Parser *parser, AstList *body)
{
    module_new(parser, MOD_Interactive)->as.Interactive.body = LIST_SEQ(AstStmtSeq, body);
}

// --- the loop --------------------------------------------------------------------------------------------------------

static void feed(Parser *parser, const Token *token)
{
    parser->previous = parser->current;
    parser->current = *token;
    parser->fed++;
    engine_feed(parser, *token);
}

static int start_kind(ParseMode mode)
{
    return mode == PARSE_EVAL ? TOKEN_START_EVAL : mode == PARSE_SINGLE ? TOKEN_START_SINGLE : TOKEN_START_FILE;
}

// Feeds tokens until the end or the first objection. Returns false when it was the lexer's.
static bool feed_all(Parser *parser)
{
    Token token = {.kind = (uint16_t)start_kind(parser->options->mode), .text = parser->source->text};
    feed(parser, &token);
    parser->fed = 0;
    do {
        if (!lexer_next(parser->lexer, &token)) {
            return false;
        }
        feed(parser, &token);
    } while (token.kind != TOKEN_END && !parser->failed && !parser->rejected);
    return true;
}

static Parser *child_start(Parser *parser, int kind)
{
    Parser *child = arena_alloc(parser->arena, sizeof(Parser));
    if (child == NULL) {
        return NULL;
    }
    *child = (Parser){.arena = parser->arena, .lexer = parser->lexer, .source = parser->source, .is_fragment = true};
    Token token = {.kind = (uint16_t)kind, .text = parser->source->text};
    if (!engine_start(child)) {
        return NULL;
    }
    feed(child, &token);
    return child;
}

Parser *parser_probe(Parser *parser)
{
    return child_start(parser, TOKEN_START_STAR);
}

bool parser_probe_feed(Parser *child, const Token *token)
{
    feed(child, token);
    return !child->failed && !child->rejected;
}

bool parser_fragment(Parser *parser, const Token *from, const Token *to, bool star, Node *out)
{
    Parser *child = child_start(parser, star ? TOKEN_START_STAR : TOKEN_START_FRAGMENT);
    bool good = child != NULL;
    for (; from < to && good; from++) {
        good = parser_probe_feed(child, from);
    }
    Token end = {.kind = TOKEN_END, .text = parser->source->text};
    good = good && parser_probe_feed(child, &end) && child->fragment.expr != NULL;
    if (good) {
        *out = child->fragment;
    }
    return good;
}

// --- choosing the error ----------------------------------------------------------------------------------------------

// Tokenizes what is left: a lexical error further down takes precedence over the parser's.
static bool rest_has_error(Parser *parser)
{
    Token token;
    uint32_t line = parser->current.span.line;
    line = parser->last_line > line ? parser->last_line : line;
    while (lexer_next(parser->lexer, &token)) {
        if (token.kind == TOKEN_END) {
            return false;
        }
    }
    const Lexer *lexer = parser->lexer;
    if (lexer->quiet) {
        // Layout that went wrong is no news, but a bracket still open there is.
        const Bracket *open = lexer->bracket_count > 0 ? &lexer->brackets[lexer->bracket_count - 1] : NULL;
        return open != NULL && line > open->span.line && lexer_fail_unclosed(parser->lexer);
    }
    return !lexer->unclosed || parser->reached_end || line > lexer->error.span.line;
}

static Diagnostic out_of_memory(void)
{
    return (Diagnostic){.kind = DIAGNOSTIC_MEMORY_ERROR, .message = "out of memory"};
}

static bool at_end(const Parser *parser)
{
    return parser->lexer->cursor >= parser->lexer->limit &&
           (parser->current.kind == TOKEN_END || parser->current.kind == TOKEN_DEDENT);
}

static void choose_error(Parser *parser, bool lexed, Diagnostic *out)
{
    bool incomplete = at_end(parser);
    if (lexed && parser->rejected && !parser->failed) {
        syntax_error_diagnose(parser);
    }
    *out = lexed ? parser->error : parser->lexer->error;
    if (lexed && out->kind != DIAGNOSTIC_RECURSION_ERROR && !parser->final && !parser->arena->failed &&
        rest_has_error(parser)) {
        Diagnostic later = parser->lexer->error;
        string_error_place(parser, &later);
        if (later.kind != DIAGNOSTIC_SYNTAX_ERROR || !string_error_is_textual(later.message)) {
            *out = later;  // what is inside a literal further down does not count
        }
    }
    if (!parser->arena->failed) {
        string_error_place(parser, out);
    }
    bool syntax = out->kind != DIAGNOSTIC_RECURSION_ERROR && out->kind != DIAGNOSTIC_MEMORY_ERROR;
    out->incomplete = syntax && (out->incomplete || incomplete);
    if (parser->arena->failed || out->kind == DIAGNOSTIC_NONE) {
        *out = out_of_memory();
    }
}

// A prompt's compound statement goes on until an empty line.
static bool prompt_wants_more(const Parser *parser, const char *text, size_t length)
{
    const AstStmtSeq *body = &parser->module->as.Interactive.body;
    if (!parser->options->from_prompt || body->count != 1 || (length > 0 && text[length - 1] == '\n')) {
        return false;
    }
    switch (body->items[0]->kind) {
    case STMT_FunctionDef: case STMT_AsyncFunctionDef: case STMT_ClassDef: case STMT_For: case STMT_AsyncFor:
    case STMT_While:
    case STMT_If:
    case STMT_With:
    case STMT_AsyncWith:
    case STMT_Match:
    case STMT_Try:
    case STMT_TryStar: return true;
    default:
        return false;
    }
}

// --- the door --------------------------------------------------------------------------------------------------------

typedef struct Session {
    Source source;
    Lexer lexer;
    Parser parser;
} Session;

static unsigned source_flags(const ParseOptions *options)
{
    return (options->is_text ? SOURCE_TEXT : 0) | (options->from_file ? SOURCE_FILE : 0);
}

static bool run(Session *session, const ParseOptions *options, const char *text, size_t length, ParseResult *out)
{
    Parser *parser = &session->parser;
    if (!source_open(&session->source, &out->arena, options->filename, text, length, source_flags(options),
                     &out->diagnostic)) {
        if (out->arena.failed) {
            out->diagnostic = out_of_memory();
        }
        return false;
    }
    *parser = (Parser){.arena = &out->arena, .lexer = &session->lexer, .source = &session->source, .options = options};
    parser->last_warning = &parser->warnings;
    lexer_init(&session->lexer, &session->source, &out->arena, lexer_warned, parser);
    if (!engine_start(parser)) {
        out->diagnostic = out_of_memory();
        return false;
    }
    bool lexed = feed_all(parser);
    out->warnings = parser->warnings;
    if (!lexed || parser->failed || parser->rejected || out->arena.failed) {
        choose_error(parser, lexed, &out->diagnostic);
        return false;
    }
    if (options->mode == PARSE_SINGLE && prompt_wants_more(parser, text, length)) {
        out->diagnostic =
            (Diagnostic){.kind = DIAGNOSTIC_SYNTAX_ERROR, .message = "invalid syntax", .incomplete = true};
        return false;
    }
    out->module = parser->module;
    return true;
}

bool parse_source(const ParseOptions *options, const char *text, size_t length, ParseResult *out)
{
    *out = (ParseResult){0};
    arena_init(&out->arena, options->allocator);
    Session *session = arena_alloc(&out->arena, sizeof(Session));
    if (session == NULL) {
        out->diagnostic = out_of_memory();
        return false;
    }
    return run(session, options, text, length, out);
}

void parse_result_free(ParseResult *result)
{
    arena_free(&result->arena);
    result->module = NULL;
    result->warnings = NULL;
}
