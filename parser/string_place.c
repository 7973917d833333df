// SPDX-License-Identifier: MIT
//
// Where errors in string literals are told. CPython 3.11 reads the whole run of neighbouring literals before it looks
// into one, so what it finds wrong inside is placed at the token after them, and a formatted string ends at the first
// quote like its own. Called by the driver once the error is chosen; nothing else depends on these rules.
#include <string.h>

#include "lexer/literal.h"
#include "parser/parser.h"

// Whether CPython finds this in the text of a literal, not in an expression inside it.
bool string_error_is_textual(const char *message)
{
    static const char *const starts[] = {
        "(unicode error) 'unicodeescape'",
        "(value error)",
        "bytes can only contain ASCII",
        "f-string: single '}'",
        "f-string: expecting '}'",
        "f-string: empty expression",
        "f-string: invalid conversion character",
        "f-string: closing parenthesis",
        "f-string: unmatched",
        "f-string: expressions nested too deeply",
    };
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (strncmp(message, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_after(const Lexer *lexer, Span place)
{
    return lexer->line > place.line ||
           (lexer->line == place.line && (uint32_t)(lexer->cursor - lexer->line_start) > place.col);
}

// Finds the last literal outside others that begins at `place` or before: its first token, and the lexer behind it.
static bool literal_find(Lexer *lexer, Span place, Token *literal, Lexer *behind)
{
    Token token;
    bool found = false;
    while (lexer_next_raw(lexer, &token) && token.kind != TOKEN_END) {
        if (token.span.line > place.line || (token.span.line == place.line && token.span.col > place.col)) {
            break;
        }
        if ((token.kind == TOKEN_STRING && lexer->frame_count == 0) ||
            (token.kind == TOKEN_FSTRING_START && lexer->frame_count == 1)) {
            *literal = token;
            *behind = *lexer;
            found = true;
        }
    }
    return found;
}

// Goes to the next quotes like those of the literal. False: there are none, and lexer->error says so.
static bool literal_skip(Lexer *lexer, const Token *literal)
{
    size_t prefix, quotes;
    string_prefix(literal->text, &prefix, &quotes);
    const char *body = literal->text + prefix + quotes;
    lexer->frame_count = 0;
    lexer->line = literal->span.line;
    lexer->line_start = literal->text - literal->span.col;
    lexer->token_start = literal->text;
    lexer->cursor = body;
    return lexer_scan_plain(lexer, body, literal->text[prefix], quotes) >= 0;
}

static bool token_after(Lexer *lexer, Token *token)
{
    while (lexer_next_raw(lexer, token)) {
        if (token->kind == TOKEN_FSTRING_START && !literal_skip(lexer, token)) {
            return false;
        }
        if (token->kind != TOKEN_STRING && token->kind != TOKEN_FSTRING_START) {
            return true;
        }
    }
    return false;
}

void string_error_place(Parser *parser, Diagnostic *error)
{
    if (error->kind != DIAGNOSTIC_SYNTAX_ERROR || error->span.line == 0 || !string_error_is_textual(error->message)) {
        return;
    }
    Lexer *lexer = arena_alloc(parser->arena, sizeof(Lexer));
    Lexer *behind = arena_alloc(parser->arena, sizeof(Lexer));
    Token token;
    if (lexer == NULL || behind == NULL) {
        return;
    }
    lexer_init(lexer, parser->source, parser->arena, NULL, NULL);
    lexer->names = parser->lexer->names;
    bool found = literal_find(lexer, error->span, &token, behind);
    parser->lexer->names = lexer->names;
    if (!found) {
        return;
    }
    behind->names = lexer->names;
    behind->failed = false;
    bool good = literal_skip(behind, &token);
    if (good && !is_after(behind, error->span)) {
        return;  // a nested literal with the same quotes: 3.11 has no place for it
    }
    good = good && token_after(behind, &token);
    parser->lexer->names = behind->names;
    if (good) {
        source_locate_parsed(parser->source, error, token.span);
    } else if (behind->failed && behind->error.kind == DIAGNOSTIC_SYNTAX_ERROR) {
        *error = behind->error;
    }
}
