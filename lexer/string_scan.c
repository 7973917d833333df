// SPDX-License-Identifier: MIT
//
// Where string bodies end. A plain literal is one token; a formatted one (f or t prefix, PEP 701 and PEP 750) is a
// FSTRING_START, then MIDDLE texts and replacement fields in turn, then an FSTRING_END, with a Frame on the lexer's
// stack for each string, field and format spec that is open.
#include <string.h>

#include "lexer/lexer.h"
#include "lexer/literal.h"

static bool quotes_at(const char *p, char quote, size_t quotes)
{
    return *p == quote && (quotes == 1 || (p[1] == quote && p[2] == quote));
}

static void line_moved(Lexer *lexer, const char *newline)
{
    lexer->line++;
    lexer->line_start = newline + 1;
}

// Reports a string that its line (or the text) ends before it does. `start` is the place of its opening.
static int fail_unterminated(Lexer *lexer, Span start, size_t quotes, uint32_t line)
{
    const char *message = quotes == 3 ? "unterminated triple-quoted string literal (detected at line %u)"
                                      : "unterminated string literal (detected at line %u)";
    start.end_line = start.line;
    start.end_col = start.col;
    lexer->incomplete = quotes == 3;
    lexer_fail(lexer, DIAGNOSTIC_SYNTAX_ERROR, start, arena_printf(lexer->arena, message, line));
    return -1;
}

// A replacement field whose string's own quote appears to end the string: the brace is what is missing.
static bool field_unclosed(Lexer *lexer, char quote, size_t quotes)
{
    if (lexer->frame_count == 0) {
        return false;
    }
    const Frame *frame = &lexer->frames[lexer->frame_count - 1];
    return frame->quote == quote && frame->quotes == quotes;
}

int lexer_scan_plain(Lexer *lexer, const char *body, char quote, size_t quotes)
{
    Span start = lexer_span(lexer, lexer->token_start, lexer->cursor);
    const char *p = body;
    for (; !quotes_at(p, quote, quotes); p++) {
        if (p >= lexer->limit || (*p == '\n' && quotes == 1)) {
            if (field_unclosed(lexer, quote, quotes)) {
                Span place = lexer->frames[lexer->frame_count - 1].start;
                lexer_fail(lexer, DIAGNOSTIC_SYNTAX_ERROR, place, "f-string: expecting '}'");
                return -1;
            }
            uint32_t line = lexer->line - (p >= lexer->limit);  // the text ends with a newline
            return fail_unterminated(lexer, start, quotes, line);
        }
        if (*p == '\\' && p + 1 < lexer->limit) {
            p++;
        }
        if (*p == '\n') {
            line_moved(lexer, p);
        }
    }
    lexer->cursor = p + quotes;
    return TOKEN_STRING;
}

static int string_open(Lexer *lexer, const char *body, unsigned flags, char quote, size_t quotes)
{
    if (lexer->frame_count >= LEXER_MAX_FRAMES) {
        lexer_fail_at(lexer, lexer->cursor, "too many nested f-strings");
        return -1;
    }
    lexer->cursor = body;
    lexer->frames[lexer->frame_count++] = (Frame){.kind = FRAME_STRING,
                                                  .quotes = (uint8_t)quotes,
                                                  .quote = quote,
                                                  .flags = (uint8_t)flags,
                                                  .start = lexer_span(lexer, lexer->token_start, body)};
    return TOKEN_FSTRING_START;
}

int lexer_scan_string(Lexer *lexer, Token *token)
{
    (void)token;
    size_t prefix, quotes;
    unsigned flags = string_prefix(lexer->token_start, &prefix, &quotes);
    char quote = lexer->token_start[prefix];
    const char *body = lexer->token_start + prefix + quotes;
    if (flags & (STRING_FORMAT | STRING_TEMPLATE)) {
        return string_open(lexer, body, flags, quote, quotes);
    }
    return lexer_scan_plain(lexer, body, quote, quotes);
}

// --- formatted strings -----------------------------------------------------------------------------------------------

static bool middle_fail(Lexer *lexer, const Frame *frame, const char *at)
{
    if (frame->kind == FRAME_SPEC) {
        return lexer_fail(lexer, DIAGNOSTIC_SYNTAX_ERROR, frame->start, "f-string: expecting '}'");
    }
    uint32_t line = lexer->line - (at >= lexer->limit);
    fail_unterminated(lexer, frame->start, frame->quotes, line);
    return false;
}

// A backslash and what it protects. `\N{...}` must not open a field; before a brace the backslash is an ordinary
// character.
static const char *skip_escape(const Lexer *lexer, const Frame *frame, const char *p)
{
    if (frame->flags & STRING_RAW) {
        return p[1] == '{' || p[1] == '}' || p[1] == '\n' || p + 1 >= lexer->limit ? p : p + 1;
    }
    if (p[1] == 'N' && p[2] == '{') {
        const char *q = p + 3;
        while (q < lexer->limit && *q != '}' && *q != '\n' && *q != frame->quote && *q != '{') {
            q++;
        }
        return *q == '}' ? q : p + 1;
    }
    return p[1] == '{' || p[1] == '}' || p + 1 >= lexer->limit ? p : p + 1;
}

static void text_token(Token *token, int kind, const Frame *frame, Span span, const char *from, const char *to)
{
    *token = (Token){.kind = (uint16_t)kind,
                     .flags = frame->flags & (STRING_RAW | STRING_TEMPLATE),
                     .length = (uint32_t)(to - from),
                     .span = span,
                     .text = from};
}

static bool field_open(Lexer *lexer, Token *token)
{
    const char *brace = lexer->cursor;
    Frame *frame = &lexer->frames[lexer->frame_count - 1];
    if (lexer->frame_count >= LEXER_MAX_FRAMES) {
        return lexer_fail_at(lexer, brace + 1, "f-string: expressions nested too deeply");
    }
    if (lexer->bracket_count >= LEXER_MAX_BRACKETS) {
        return lexer_fail_at(lexer, brace + 1, "too many nested parentheses");
    }
    text_token(token, TOKEN_FIELD_OPEN, frame, lexer_span(lexer, brace, brace + 1), brace, brace + 1);
    lexer->brackets[lexer->bracket_count++] = (Bracket){'{', token->span};
    frame[1] = *frame;
    frame[1].kind = FRAME_FIELD;
    frame[1].level = (uint16_t)lexer->bracket_count;
    lexer->frame_count++;
    lexer->cursor = brace + 1;
    return true;
}

static bool field_close(Lexer *lexer, Token *token)
{
    const char *brace = lexer->cursor;
    text_token(token, TOKEN_FIELD_CLOSE, &lexer->frames[lexer->frame_count - 1], lexer_span(lexer, brace, brace + 1),
               brace, brace + 1);
    lexer->frame_count -= 2;
    lexer->bracket_count--;
    lexer->cursor = brace + 1;
    return true;
}

static bool string_close(Lexer *lexer, const Frame *frame, Token *token)
{
    const char *quote = lexer->cursor;
    const char *end = quote + frame->quotes;
    text_token(token, TOKEN_FSTRING_END, frame, lexer_span(lexer, quote, end), quote, end);
    lexer->cursor += frame->quotes;
    lexer->frame_count--;
    return true;
}

// Finds the end of a stretch of text at `p`: a brace that means something, the closing quotes, or an error (NULL).
static const char *middle_end(Lexer *lexer, const Frame *frame, const char *p)
{
    bool spec = frame->kind == FRAME_SPEC;
    for (;; p++) {
        if (p >= lexer->limit || (*p == '\n' && frame->quotes == 1) ||
            (spec && quotes_at(p, frame->quote, frame->quotes))) {
            middle_fail(lexer, frame, p);
            return NULL;
        }
        if (quotes_at(p, frame->quote, frame->quotes)) {
            return p;
        }
        if (*p == '{' || *p == '}') {
            if (spec || (*p == '{' && p[1] != '{')) {
                return p;
            }
            if (*p == '}' && p[1] != '}') {
                lexer_fail(lexer, DIAGNOSTIC_SYNTAX_ERROR, lexer_span(lexer, p, p + 1),
                           "f-string: single '}' is not allowed");
                return NULL;
            }
            p++;
        } else if (*p == '\\') {
            p = skip_escape(lexer, frame, p);
        }
        if (*p == '\n') {
            line_moved(lexer, p);
        }
    }
}

bool lexer_scan_middle(Lexer *lexer, Token *token)
{
    const Frame *frame = &lexer->frames[lexer->frame_count - 1];
    const char *start = lexer->cursor;
    lexer->token_start = start;
    Span from = lexer_span(lexer, start, start);
    const char *end = middle_end(lexer, frame, start);
    if (end == NULL) {
        return false;
    }
    if (end > start) {
        lexer->cursor = end;
        text_token(token, TOKEN_FSTRING_MIDDLE, frame, span_join(from, lexer_span(lexer, end, end)), start, end);
        return true;
    }
    if (*end == '{') {
        return field_open(lexer, token);
    }
    return *end == '}' ? field_close(lexer, token) : string_close(lexer, frame, token);
}
