// SPDX-License-Identifier: MIT
//
// Logical lines out of lexemes: indentation, brackets, names, numbers, the code inside replacement fields.
//
// Invariant: `line` and `line_start` always describe the line of `cursor`; every lexeme that contains a newline
// (strings, continuation lines) moves them on itself.
#include "lexer/lexer.h"

#include <string.h>

#include "lexer/literal.h"
#include "lexer/unicode.h"
#include "lexer/unicode_forms.h"
#include "lexer/utf8.h"

void lexer_init(Lexer *lexer, const Source *source, Arena *arena, LexerWarn warn, void *warn_ctx)
{
    memset(lexer, 0, offsetof(Lexer, indents));
    lexer->source = source;
    lexer->arena = arena;
    lexer->cursor = lexer->line_start = lexer->token_start = source->text;
    lexer->limit = source->text + source->length;
    lexer->line = 1;
    lexer->at_line_start = lexer->statement_start = true;
    lexer->indent_count = 1;
    lexer->indents[0] = (Indent){0, 0};
    lexer->warn = warn;
    lexer->warn_ctx = warn_ctx;
    name_table_init(&lexer->names, arena);
}

Span lexer_span(const Lexer *lexer, const char *from, const char *to)
{
    return (Span){lexer->line, (uint32_t)(from - lexer->line_start), lexer->line, (uint32_t)(to - lexer->line_start)};
}

bool lexer_fail(Lexer *lexer, DiagnosticKind kind, Span span, const char *message)
{
    if (message == NULL) {
        return lexer_fail_memory(lexer);
    }
    lexer->failed = true;
    lexer->error = (Diagnostic){.kind = kind, .message = message, .incomplete = lexer->incomplete};
    source_locate(lexer->source, &lexer->error, span);
    if (kind == DIAGNOSTIC_SYNTAX_ERROR) { // CPython's tokenizer shows the line without its end
        diagnostic_trim(&lexer->error);
    }
    return false;
}

bool lexer_fail_at(Lexer *lexer, const char *at, const char *message)
{
    const char *from = at;
    if (from > lexer->line_start) {
        utf8_previous(&from);
    }
    bool result = lexer_fail(lexer, DIAGNOSTIC_SYNTAX_ERROR, lexer_span(lexer, from, from), message);
    if (at == lexer->line_start) {
        lexer->error.offset = lexer->error.end_offset = 0;
    }
    return result;
}

bool lexer_fail_memory(Lexer *lexer)
{
    lexer->failed = true;
    lexer->error = (Diagnostic){.kind = DIAGNOSTIC_MEMORY_ERROR, .message = "out of memory"};
    return false;
}

bool lexer_fail_unclosed(Lexer *lexer)
{
    Bracket open = lexer->brackets[lexer->bracket_count - 1];
    lexer_fail(lexer, DIAGNOSTIC_SYNTAX_ERROR, open.span,
               arena_printf(lexer->arena, "'%c' was never closed", open.open));
    if (lexer->error.kind == DIAGNOSTIC_SYNTAX_ERROR) {
        source_locate_parsed(lexer->source, &lexer->error, open.span);
    }
    lexer->error.end_offset = 0;
    const Source *source = lexer->source;
    uint32_t at_hand = lexer->line - (lexer->line_start >= source->text + source->length);
    if (!source->from_file && open.span.line < at_hand) { // neither the line at hand nor one read from the file
        diagnostic_trim(&lexer->error);
    }
    return lexer->error.kind == DIAGNOSTIC_SYNTAX_ERROR;
}

static bool layout_token(const Lexer *lexer, Token *token, int kind)
{
    *token =
        (Token){.kind = (uint16_t)kind, .text = lexer->cursor, .span = lexer_span(lexer, lexer->cursor, lexer->cursor)};
    return true;
}

// --- indentation -----------------------------------------------------------------------------------------------------

// Measures the white space at the start of a line. A continuation line inside it keeps the measure taken so far.
static const char *indent_measure(Lexer *lexer, Indent *indent)
{
    const char *p = lexer->cursor;
    int kept = 0;
    *indent = (Indent){0, 0};
    for (;; p++) {
        if (*p == ' ') {
            indent->column++;
            indent->narrow++;
        } else if (*p == '\t') {
            indent->column = (indent->column / LEXER_TAB_SIZE + 1) * LEXER_TAB_SIZE;
            indent->narrow++;
        } else if (*p == '\f') {
            *indent = (Indent){0, 0};
        } else if (*p == '\\' && p[1] == '\n' && p + 2 < lexer->limit) {
            kept = kept != 0 ? kept : indent->column;
            lexer->line++;
            lexer->line_start = p + 2;
            p++;
        } else {
            break;
        }
    }
    if (kept != 0) {
        indent->column = indent->narrow = kept;
    }
    return p;
}

static bool fail_tabs(Lexer *lexer)
{
    lexer->quiet = true;
    lexer_fail(lexer, DIAGNOSTIC_TAB_ERROR, lexer_span(lexer, lexer->line_start, lexer->line_start),
               "inconsistent use of tabs and spaces in indentation");
    lexer->error.end_offset = 0;
    return false;
}

static bool indent_push(Lexer *lexer, Indent indent)
{
    if (lexer->indent_count >= LEXER_MAX_INDENTS) {
        lexer->quiet = true;
        lexer_fail(lexer, DIAGNOSTIC_INDENTATION_ERROR, lexer_span(lexer, lexer->line_start, lexer->line_start),
                   "too many levels of indentation");
        lexer->error.end_offset = 0;
        return false;
    }
    if (indent.narrow <= lexer->indents[lexer->indent_count - 1].narrow) {
        return fail_tabs(lexer);
    }
    lexer->indents[lexer->indent_count++] = indent;
    lexer->pending = 1;
    return true;
}

static bool indent_pop(Lexer *lexer, Indent indent)
{
    while (lexer->indent_count > 1 && indent.column < lexer->indents[lexer->indent_count - 1].column) {
        lexer->indent_count--;
        lexer->pending--;
    }
    if (indent.column != lexer->indents[lexer->indent_count - 1].column) {
        size_t length;
        source_line(lexer->source, lexer->line, &length);
        const char *end = lexer->line_start + length;
        lexer->quiet = true;
        lexer_fail(lexer, DIAGNOSTIC_INDENTATION_ERROR, lexer_span(lexer, end - 1, end - 1),
                   "unindent does not match any outer indentation level");
        lexer->error.offset = (int)utf8_count(lexer->line_start, length);
        lexer->error.end_offset = -1;
        return false;
    }
    return indent.narrow == lexer->indents[lexer->indent_count - 1].narrow || fail_tabs(lexer);
}

// Skips blank lines and compares the first other line with the indentation stack.
static bool indent_read(Lexer *lexer)
{
    Indent indent;
    for (;;) {
        const char *p = indent_measure(lexer, &indent);
        if (*p == '#') {
            p = memchr(p, '\n', (size_t)(lexer->limit - p));
        }
        if (*p != '\n') {
            lexer->cursor = p;
            break;
        }
        lexer->cursor = lexer->line_start = p + 1;
        lexer->line++;
    }
    lexer->at_line_start = false;
    if (lexer->cursor >= lexer->limit) {
        return true;
    }
    Indent top = lexer->indents[lexer->indent_count - 1];
    if (indent.column == top.column) {
        return indent.narrow == top.narrow || fail_tabs(lexer);
    }
    return indent.column > top.column ? indent_push(lexer, indent) : indent_pop(lexer, indent);
}

// --- names and numbers -----------------------------------------------------------------------------------------------

static bool fail_character(Lexer *lexer, uint32_t cp, const char *start, const char *after)
{
    const char *message =
        unicode_is_printable(cp)
            ? arena_printf(lexer->arena, "invalid character '%.*s' (U+%04X)", (int)(after - start), start, cp)
            : arena_printf(lexer->arena, "invalid non-printable character U+%04X", cp);
    return lexer_fail_at(lexer, after, message);
}

// A name with bytes above 127: its characters must be those of identifiers.
static bool name_check(Lexer *lexer)
{
    const char *p = lexer->token_start;
    while (p < lexer->cursor) {
        const char *start = p;
        uint32_t cp = utf8_next(&p);
        bool good = start == lexer->token_start ? unicode_is_xid_start(cp) : unicode_is_xid_continue(cp);
        if (!good) {
            return fail_character(lexer, cp, start, p);
        }
    }
    return true;
}

// A name with bytes above 127 in normalisation form KC: two spellings of it are one name. NULL: out of memory.
static const AstName *name_normal(Lexer *lexer)
{
    uint32_t parts[UNICODE_FORM_MAX];
    size_t count = 0;
    for (const char *p = lexer->token_start; p < lexer->cursor;) {
        count += (size_t)unicode_decompose(utf8_next(&p), parts);
    }
    uint32_t *cps = arena_alloc_array(lexer->arena, count, 2 * sizeof(*cps));
    char *text = arena_alloc_array(lexer->arena, count, 4);
    if (cps == NULL || text == NULL) {
        return NULL;
    }
    uint32_t *at = cps;
    for (const char *p = lexer->token_start; p < lexer->cursor;) {
        at += unicode_decompose(utf8_next(&p), at);
    }
    size_t length = 0, left = unicode_compose(cps, count, cps + count);
    for (size_t i = 0; i < left; i++) {
        length += (size_t)utf8_encode(cps[i], text + length);
    }
    return name_intern(&lexer->names, text, length);
}

static int scan_name(Lexer *lexer, Token *token, bool ascii)
{
    size_t length = (size_t)(lexer->cursor - lexer->token_start);
    if (!ascii && !name_check(lexer)) {
        return -1;
    }
    token->name = ascii ? name_intern(&lexer->names, lexer->token_start, length) : name_normal(lexer);
    if (token->name == NULL) {
        lexer_fail_memory(lexer);
        return -1;
    }
    if (length == 4 && memcmp(lexer->token_start, "type", 4) == 0) {
        return TOKEN_TYPE;
    }
    return length == 4 && memcmp(lexer->token_start, "case", 4) == 0 ? TOKEN_CASE : TOKEN_NAME;
}

static int scan_number(Lexer *lexer)
{
    NumberScan scan = number_scan(lexer->token_start);
    lexer->cursor = scan.end;
    if (scan.message == NULL) {
        if (scan.warning != NULL && lexer->warn != NULL) {
            lexer->warn(lexer->warn_ctx, DIAGNOSTIC_SYNTAX_WARNING, scan.warning,
                        lexer_span(lexer, lexer->token_start, scan.end));
        }
        return TOKEN_NUMBER;
    }
    if (scan.mark_from != NULL) {
        Span span = lexer_span(lexer, scan.mark_from, scan.mark_to);
        lexer_fail(lexer, DIAGNOSTIC_SYNTAX_ERROR, span, scan.message);
        lexer->error.offset = (int)span.col + 1;  // in bytes, whatever the source is
        lexer->error.end_offset = (int)span.end_col + 1;
        return -1;
    }
    const char *message = scan.message;
    if (scan.bad != 0) {
        const char *hole = strstr(message, "%c");
        message = arena_printf(lexer->arena, "%.*s%c%s", (int)(hole - message), message, scan.bad, hole + 2);
    }
    lexer_fail_at(lexer, scan.end, message);
    return -1;
}

// --- brackets and replacement fields ---------------------------------------------------------------------------------

static bool bracket_open(Lexer *lexer, char open)
{
    if (lexer->bracket_count >= LEXER_MAX_BRACKETS) {
        return lexer_fail_at(lexer, lexer->cursor, "too many nested parentheses");
    }
    lexer->brackets[lexer->bracket_count++] = (Bracket){open, lexer_span(lexer, lexer->token_start, lexer->cursor)};
    return true;
}

static bool bracket_close(Lexer *lexer, char close)
{
    if (lexer->bracket_count == 0) {
        return lexer_fail_at(lexer, lexer->cursor, arena_printf(lexer->arena, "unmatched '%c'", close));
    }
    Bracket open = lexer->brackets[lexer->bracket_count - 1];
    bool matches = (open.open == '(' && close == ')') || (open.open == '[' && close == ']') ||
                   (open.open == '{' && close == '}');
    if (matches) {
        lexer->bracket_count--;
        return true;
    }
    const char *prefix = lexer->frame_count > 0 ? "f-string: " : "";
    const Frame *frame = lexer->frame_count > 0 ? &lexer->frames[lexer->frame_count - 1] : NULL;
    if (frame != NULL && frame->kind == FRAME_FIELD && frame->level == lexer->bracket_count) {
        return lexer_fail_at(lexer, lexer->cursor, arena_printf(lexer->arena, "f-string: unmatched '%c'", close));
    }
    if (open.span.line != lexer->line) {
        return lexer_fail_at(
            lexer, lexer->cursor,
            arena_printf(lexer->arena, "%sclosing parenthesis '%c' does not match opening parenthesis '%c' on line %u",
                         prefix, close, open.open, open.span.line));
    }
    return lexer_fail_at(lexer, lexer->cursor,
                         arena_printf(lexer->arena,
                                      "%sclosing parenthesis '%c' does not match opening parenthesis '%c'", prefix,
                                      close, open.open));
}

static Frame *frame_top(Lexer *lexer)
{
    return lexer->frame_count == 0 ? NULL : &lexer->frames[lexer->frame_count - 1];
}

static bool in_field(Lexer *lexer)
{
    Frame *frame = frame_top(lexer);
    return frame != NULL && frame->kind == FRAME_FIELD && frame->level == lexer->bracket_count;
}

// Inside a replacement field, outside further brackets, four characters have a meaning of their own.
static int field_kind(Lexer *lexer, int kind)
{
    Frame *frame = frame_top(lexer);
    switch (kind) {
    case TOKEN_COLONEQUAL:
        lexer->cursor = lexer->token_start + 1;
        // fall through
    case TOKEN_COLON:
        if (lexer->frame_count >= LEXER_MAX_FRAMES) {
            lexer_fail_at(lexer, lexer->cursor, "f-string: expressions nested too deeply");
            return -1;
        }
        frame[1] = *frame;
        frame[1].kind = FRAME_SPEC;
        lexer->frame_count++;
        return TOKEN_FIELD_COLON;
    case TOKEN_EQUAL:
        return TOKEN_FIELD_EQUAL;
    case SCAN_INVALID:
        return *lexer->token_start == '!' ? TOKEN_FIELD_BANG : kind;
    case TOKEN_RBRACE:
        lexer->frame_count--;
        lexer->bracket_count--;
        return TOKEN_FIELD_CLOSE;
    default:
        return kind;
    }
}

static bool fail_unknown(Lexer *lexer, Token *token)
{
    const char *after = lexer->token_start;
    uint32_t cp = utf8_next(&after);
    if (cp >= 0x80 || !unicode_is_printable(cp)) {
        return fail_character(lexer, cp, lexer->token_start, after);
    }
    // `$`, `?` and `!` are lexemes without a place in the grammar.
    token->kind = TOKEN_UNKNOWN;
    return true;
}

// --- tokens ----------------------------------------------------------------------------------------------------------

static bool continuation_read(Lexer *lexer)
{
    if (lexer->cursor >= lexer->limit) {
        lexer->incomplete = true;
        lexer->quiet = true;
        lexer_fail_at(lexer, lexer->token_start + 2, "unexpected EOF while parsing");
        source_locate_parsed(lexer->source, &lexer->error, lexer->error.span);
        lexer->error.end_offset = -1;
        return false;
    }
    lexer->line++;
    lexer->line_start = lexer->cursor;
    return true;
}

static bool end_of_text(Lexer *lexer, Token *token)
{
    const Frame *frame = frame_top(lexer);
    if (frame != NULL && frame->quotes == 1) {
        Span start = {frame->start.line, frame->start.col, frame->start.line, frame->start.col};
        lexer->incomplete = true;
        return lexer_fail(lexer, DIAGNOSTIC_SYNTAX_ERROR, start,
                          arena_printf(lexer->arena, "unterminated string literal (detected at line %u)", start.line));
    }
    if (lexer->bracket_count > 0) {
        lexer->incomplete = lexer->unclosed = true;
        lexer_fail_unclosed(lexer);
        return false;
    }
    if (lexer->indent_count > 1) {
        lexer->indent_count--;
        return layout_token(lexer, token, TOKEN_DEDENT);
    }
    lexer->ended = true;
    return layout_token(lexer, token, TOKEN_END);
}

static bool newline_token(Lexer *lexer, Token *token)
{
    *token = (Token){.kind = TOKEN_NEWLINE,
                     .length = 1,
                     .span = lexer_span(lexer, lexer->token_start, lexer->token_start),
                     .text = lexer->token_start};
    lexer->at_line_start = true;
    lexer->line++;
    lexer->line_start = lexer->cursor;
    return true;
}

static int bracket_kind(Lexer *lexer, int kind)
{
    switch (kind) {
    case TOKEN_LPAR: case TOKEN_LSQB: case TOKEN_LBRACE:
        return bracket_open(lexer, *lexer->token_start) ? kind : -1;
    case TOKEN_RPAR: case TOKEN_RSQB: case TOKEN_RBRACE:
        return bracket_close(lexer, *lexer->token_start) ? kind : -1;
    default:
        return kind;
    }
}

// Turns what the scanner found into a token. Strings over several lines set their span themselves.
static bool code_token(Lexer *lexer, int kind, Token *token)
{
    *token = (Token){.text = lexer->token_start};
    Span start = lexer_span(lexer, lexer->token_start, lexer->token_start);
    if (kind == SCAN_ASCII_NAME || kind == SCAN_IDENTIFIER) {
        kind = scan_name(lexer, token, kind == SCAN_ASCII_NAME);
    } else if (kind == SCAN_NUMBER) {
        kind = scan_number(lexer);
    } else if (kind == SCAN_STRING) {
        kind = lexer_scan_string(lexer, token);
    } else {
        kind = in_field(lexer) ? field_kind(lexer, kind) : kind;
        if (kind == SCAN_INVALID) {
            if (!fail_unknown(lexer, token)) {
                return false;
            }
            kind = TOKEN_UNKNOWN;
        }
        kind = bracket_kind(lexer, kind);
    }
    token->kind = (uint16_t)kind;
    token->length = (uint32_t)(lexer->cursor - token->text);
    token->span = span_join(start, lexer_span(lexer, lexer->cursor, lexer->cursor));
    return !lexer->failed;
}

static bool next_code(Lexer *lexer, Token *token)
{
    for (;;) {
        int kind = scan_code(lexer);
        switch (kind) {
        case SCAN_END:
            return end_of_text(lexer, token);
        case SCAN_NEWLINE:
            if (lexer->bracket_count == 0) {
                return newline_token(lexer, token);
            }
            lexer->line++;
            lexer->line_start = lexer->cursor;
            break;
        case SCAN_CONTINUATION:
            if (!continuation_read(lexer)) {
                return false;
            }
            break;
        case SCAN_BAD_CONTINUATION:
            lexer->quiet = true;
            lexer_fail_at(lexer, lexer->cursor + 1, "unexpected character after line continuation character");
            source_locate_parsed(lexer->source, &lexer->error, lexer->error.span);
            lexer->error.end_offset = 0;
            return false;
        default:
            return code_token(lexer, kind, token);
        }
    }
}

bool lexer_next_raw(Lexer *lexer, Token *token)
{
    if (lexer->failed) {
        return false;
    }
    if (lexer->at_line_start && !indent_read(lexer)) {
        return false;
    }
    if (lexer->pending != 0) {
        int kind = lexer->pending > 0 ? TOKEN_INDENT : TOKEN_DEDENT;
        lexer->pending += lexer->pending > 0 ? -1 : 1;
        return layout_token(lexer, token, kind);
    }
    Frame *frame = frame_top(lexer);
    if (frame != NULL && frame->kind != FRAME_FIELD) {
        return lexer_scan_middle(lexer, token);
    }
    return next_code(lexer, token);
}

bool lexer_next(Lexer *lexer, Token *token)
{
    return softkw_next(lexer, token);
}
