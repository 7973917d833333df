// SPDX-License-Identifier: MIT
//
// The ground of the diagnosis: the token array, and reports placed as CPython places them.
#include "parser/trouble.h"

#include <string.h>

#include "lexer/utf8.h"

static int depth_change(int kind)
{
    switch (kind) {
    case TOKEN_LPAR: case TOKEN_WITH_LPAR: case TOKEN_LSQB: case TOKEN_LBRACE: case TOKEN_FIELD_OPEN:
        return 1;
    case TOKEN_RPAR: case TOKEN_RSQB: case TOKEN_RBRACE: case TOKEN_FIELD_CLOSE:
        return -1;
    default:
        return 0;
    }
}

static bool tokens_read(Trouble *t)
{
    Parser *parser = t->parser;
    size_t capacity = parser->fed + TROUBLE_WINDOW;
    Lexer *lexer = arena_alloc(parser->arena, sizeof(Lexer));
    t->tokens = arena_alloc_array(parser->arena, capacity, sizeof(Token));
    t->depth = arena_alloc_array(parser->arena, capacity, sizeof(*t->depth));
    if (lexer == NULL || t->tokens == NULL || t->depth == NULL) {
        return false;
    }
    lexer_init(lexer, parser->source, parser->arena, NULL, NULL);
    lexer->names = parser->lexer->names;
    int depth = 0;
    while (t->count < capacity - 2 && lexer_next(lexer, &t->tokens[t->count])) {
        int kind = t->tokens[t->count].kind;
        t->depth[t->count++] = (uint16_t)depth;
        depth += depth_change(kind);
        if (kind == TOKEN_END) {
            break;
        }
    }
    t->cut_short = lexer->failed;
    parser->lexer->names = lexer->names;
    return t->count >= parser->fed && !parser->arena->failed;
}

// Counts the formatted strings and fields open before the refused token.
static void fields_find(Trouble *t)
{
    int open = 0;
    for (size_t i = 0; i < t->at; i++) {
        if (t->tokens[i].kind == TOKEN_FIELD_OPEN) {
            open++;
            t->is_template = (t->tokens[i].flags & 16) != 0;
        } else if (t->tokens[i].kind == TOKEN_FIELD_CLOSE) {
            open--;
        }
    }
    t->in_field = open > 0;
}

bool trouble_open(Trouble *t, Parser *parser)
{
    *t = (Trouble){.parser = parser, .engine = parser};
    if (!tokens_read(t)) {
        return false;
    }
    t->at = parser->fed - 1;
    fields_find(t);
    return true;
}

bool trouble_accepts(Trouble *t, int kind)
{
    return engine_accepts(t->engine, kind);
}

static const char *prefixed(Trouble *t, const char *message)
{
    if (!t->in_field || message == NULL) {
        return message;
    }
    return arena_printf(t->parser->arena, "%s: %s", t->is_template ? "t-string" : "f-string", message);
}

bool trouble_report(Trouble *t, Span span, const char *message)
{
    parser_fail_syntax(t->parser, span, prefixed(t, message));
    return true;
}

// Layout tokens have no text of their own: CPython puts the mark where its tokenizer stood, with no end.
static void report_layout(Trouble *t, DiagnosticKind kind, const Token *token, const char *message)
{
    const Source *source = t->parser->source;
    Span span = token->span;
    bool end = token->text >= source->text + source->length;
    size_t length;
    if (end && span.line > 1) {
        span.line = span.end_line = span.line - 1;
    }
    const char *line = source_line(source, span.line, &length);
    parser_fail(t->parser, kind, span, message);
    if (!end) {
        length = (size_t)(token->text - line);
    }
    const ParseOptions *options = t->parser->options;
    bool from_file = options != NULL && options->from_file;
    if (end && source->unended && options != NULL && options->mode != PARSE_FILE && length > 0) {
        length--;
    }
    t->parser->error.offset = end && from_file ? 0 : source_distance(source, line, length);
    t->parser->error.end_offset = -1;
}

bool trouble_report_at(Trouble *t, DiagnosticKind kind, size_t index, const char *message)
{
    const Token *token = &t->tokens[index];
    message = prefixed(t, message);
    if (token->kind == TOKEN_INDENT || token->kind == TOKEN_DEDENT || token->kind == TOKEN_END) {
        report_layout(t, kind, token, message);
    } else {
        parser_fail(t->parser, kind, token->span, message);
    }
    return true;
}
