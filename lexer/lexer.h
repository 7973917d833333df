// SPDX-License-Identifier: MIT
//
// The pull interface over the scanner: logical lines, indentation, brackets, the modes inside f-strings and t-strings,
// and the two decisions that need a look ahead over the logical line (soft keyword `match`, parenthesised `with`).
//
// The lexer stops at its first error and then keeps answering false. Called by the parser's driver and by token_dump.
#ifndef AIOLOS_LEXER_LEXER_H
#define AIOLOS_LEXER_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lexer/arena.h"
#include "lexer/diagnostic.h"
#include "lexer/name.h"
#include "lexer/source.h"
#include "lexer/token.h"

enum {
    LEXER_MAX_BRACKETS = 200,
    LEXER_MAX_INDENTS = 100,
    LEXER_MAX_FRAMES = 150,
    LEXER_TAB_SIZE = 8,
};

typedef struct Bracket {
    char open;
    Span span;
} Bracket;

// Where the scanner is inside formatted strings. STRING and SPEC scan text, FIELD scans code.
typedef enum FrameKind { FRAME_STRING, FRAME_FIELD, FRAME_SPEC } FrameKind;

typedef struct Frame {
    uint8_t kind;
    uint8_t quotes;   // 1 or 3
    char quote;
    uint8_t flags;    // StringFlags
    uint16_t level;   // FIELD: brackets open just inside its brace
    Span start;       // STRING: the opening token
} Frame;

typedef struct Indent {
    int column;  // tabs go to multiples of 8
    int narrow;  // tabs count 1: both measures must agree
} Indent;

// The tokens of the current logical line read ahead of the parser; see softkw.c.
typedef struct TokenRing {
    Token *items;
    size_t count;
    size_t next;
    size_t capacity;
} TokenRing;

typedef void (*LexerWarn)(void *ctx, DiagnosticKind kind, const char *message, Span span);

typedef struct Lexer {
    const Source *source;
    Arena *arena;
    NameTable names;
    const char *cursor;
    const char *token_start;
    const char *line_start;
    const char *limit;  // the NUL
    uint32_t line;
    bool at_line_start;
    bool statement_start;  // the next token begins a logical line
    bool ended;
    bool failed;
    bool incomplete;       // failed because the text ended too early
    bool unclosed;         // failed because a bracket is still open at the end
    bool quiet;            // failed over layout: an earlier error of the parser is told instead
    int pending;           // INDENT (+1) or DEDENTs (-n) still to be handed out
    uint32_t last_line;    // of the last token that is not layout
    size_t indent_count;
    size_t bracket_count;
    size_t frame_count;
    TokenRing ring;
    Diagnostic error;
    LexerWarn warn;
    void *warn_ctx;
    Indent indents[LEXER_MAX_INDENTS];
    Bracket brackets[LEXER_MAX_BRACKETS];
    Frame frames[LEXER_MAX_FRAMES];
} Lexer;

// Starts at the beginning of `source`. `warn` may be NULL. The arena must outlive the tokens.
void lexer_init(Lexer *lexer, const Source *source, Arena *arena, LexerWarn warn, void *warn_ctx);

// Hands out the next token; TOKEN_END again and again after the last. False when lexer->error is set.
bool lexer_next(Lexer *lexer, Token *token);

// The same without the look-ahead decisions; used by them.
bool lexer_next_raw(Lexer *lexer, Token *token);

// What softkw.c adds on top of lexer_next_raw.
bool softkw_next(Lexer *lexer, Token *token);

// The byte span from `from` to `to` on the current line.
Span lexer_span(const Lexer *lexer, const char *from, const char *to);

// Reports an error over `span`, or CPython's tokenizer mark: the character just before `at`. Both return false.
bool lexer_fail(Lexer *lexer, DiagnosticKind kind, Span span, const char *message);
bool lexer_fail_at(Lexer *lexer, const char *at, const char *message);
bool lexer_fail_memory(Lexer *lexer);
// Reports the innermost open bracket; returns true when there was memory for it.
bool lexer_fail_unclosed(Lexer *lexer);

// Reads one lexeme of code at lexer->cursor (white space and comments skipped) and sets token_start and cursor
// around it. Returns its kind, or one of these.
enum {
    SCAN_END = -1,
    SCAN_NEWLINE = -2,
    SCAN_NUMBER = -3,
    SCAN_STRING = -4,
    SCAN_IDENTIFIER = -5,
    SCAN_CONTINUATION = -6,
    SCAN_BAD_CONTINUATION = -7,
    SCAN_INVALID = -8,
    SCAN_ASCII_NAME = -9
};
int scan_code(Lexer *lexer);

// String bodies (string_scan.c): a whole plain literal whose prefix and quote begin at token_start; the text part of a
// formatted one.
int lexer_scan_string(Lexer *lexer, Token *token);
// The same without looking at the prefix: to the next such quotes from `body`. -1: it has no end.
int lexer_scan_plain(Lexer *lexer, const char *body, char quote, size_t quotes);
bool lexer_scan_middle(Lexer *lexer, Token *token);

#endif
