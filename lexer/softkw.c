// SPDX-License-Identifier: MIT
//
// Two questions that one token of look-ahead cannot answer, decided at the start of a logical line by reading it ahead
// as tokens: is `match` the statement, and does `with (` open a list of items with `as` in it?
//
// `match` begins a statement when the next token could not follow a name, or when the line ends in a colon. The
// parenthesis after `with` opens an item list when `as` stands directly inside; it then becomes TOKEN_WITH_LPAR.
// Everything else is left to the grammar (`case`, `type`).
#include <string.h>

#include "lexer/lexer.h"

static bool ring_push(Lexer *lexer, const Token *token)
{
    TokenRing *ring = &lexer->ring;
    if (ring->count == ring->capacity) {
        size_t capacity = ring->capacity == 0 ? 32 : ring->capacity * 2;
        Token *items = arena_grow(lexer->arena, ring->items, ring->capacity * sizeof(Token), capacity * sizeof(Token));
        if (items == NULL) {
            return lexer_fail_memory(lexer);
        }
        ring->items = items;
        ring->capacity = capacity;
    }
    ring->items[ring->count++] = *token;
    return true;
}

// Reads ahead to the end of the logical line. An error on the way is kept for when the parser gets there.
static bool line_buffer(Lexer *lexer)
{
    Token token;
    while (lexer_next_raw(lexer, &token)) {
        if (!ring_push(lexer, &token)) {
            return false;
        }
        if (token.kind == TOKEN_NEWLINE || token.kind == TOKEN_END) {
            break;
        }
    }
    return true;
}

static int depth_change(int kind)
{
    switch (kind) {
    case TOKEN_LPAR: case TOKEN_LSQB: case TOKEN_LBRACE: case TOKEN_FIELD_OPEN:
        return 1;
    case TOKEN_RPAR: case TOKEN_RSQB: case TOKEN_RBRACE: case TOKEN_FIELD_CLOSE:
        return -1;
    default:
        return 0;
    }
}

// Whether `kind` can only follow `match` when that is the keyword.
static bool starts_subject(const Token *token, const Token *after)
{
    switch (token->kind) {
    case TOKEN_NAME: case TOKEN_TYPE: case TOKEN_CASE: case TOKEN_NUMBER: case TOKEN_STRING: case TOKEN_FSTRING_START:
    case TOKEN_LBRACE: case TOKEN_TILDE: case TOKEN_ELLIPSIS: case TOKEN_NONE: case TOKEN_TRUE: case TOKEN_FALSE:
    case TOKEN_LAMBDA: case TOKEN_AWAIT:
        return true;
    case TOKEN_NOT:
        return after->kind != TOKEN_IN;
    default:
        return false;
    }
}

static bool match_is_keyword(const TokenRing *ring, size_t first)
{
    size_t last = ring->count - 1;
    if (last < first + 2) {
        return false;
    }
    const Token *next = &ring->items[first + 1];
    if (next->kind == TOKEN_EQUAL || next->kind == TOKEN_DOT || next->kind == TOKEN_COMMA ||
        next->kind == TOKEN_COLON) {
        return false;
    }
    if (starts_subject(next, &ring->items[first + 2])) {
        return true;
    }
    return ring->items[last].kind == TOKEN_NEWLINE && ring->items[last - 1].kind == TOKEN_COLON;
}

static void with_decide(const TokenRing *ring, size_t open)
{
    int depth = 0;
    bool has_as = false;
    for (size_t i = open; i < ring->count; i++) {
        depth += depth_change(ring->items[i].kind);
        has_as = has_as || (depth == 1 && ring->items[i].kind == TOKEN_AS);
        if (depth == 0) {
            if (has_as) {
                ring->items[open].kind = TOKEN_WITH_LPAR;
            }
            return;
        }
    }
}

static bool take(Lexer *lexer, Token *token)
{
    TokenRing *ring = &lexer->ring;
    *token = ring->items[ring->next++];
    if (ring->next == ring->count) {
        ring->next = ring->count = 0;
    }
    return true;
}

// Fills the ring with the rest of the line that starts with `token` and rewrites kinds in it.
static bool decide(Lexer *lexer, Token *token)
{
    TokenRing *ring = &lexer->ring;
    if (!ring_push(lexer, token)) {
        return false;
    }
    if (token->kind == TOKEN_ASYNC && !(lexer_next_raw(lexer, token) && ring_push(lexer, token))) {
        return take(lexer, token);
    }
    size_t first = ring->count - 1;
    bool interesting = token->kind == TOKEN_WITH || token->kind == TOKEN_NAME;
    if (interesting && token->kind == TOKEN_WITH) {
        Token next;
        if (!lexer_next_raw(lexer, &next) || !ring_push(lexer, &next)) {
            return take(lexer, token);
        }
        interesting = next.kind == TOKEN_LPAR;
    }
    if (interesting && !line_buffer(lexer)) {
        return false;
    }
    if (interesting && ring->items[first].kind == TOKEN_WITH) {
        with_decide(ring, first + 1);
    } else if (interesting && match_is_keyword(ring, first)) {
        ring->items[first].kind = TOKEN_MATCH;
    }
    return take(lexer, token);
}

bool softkw_next(Lexer *lexer, Token *token)
{
    if (lexer->ring.count > lexer->ring.next) {
        take(lexer, token);
    } else if (!lexer_next_raw(lexer, token)) {
        return false;
    } else if (lexer->statement_start && lexer->bracket_count == 0) {
        bool match = token->kind == TOKEN_NAME && token->length == 5 && memcmp(token->text, "match", 5) == 0;
        if ((match || token->kind == TOKEN_WITH || token->kind == TOKEN_ASYNC) && !decide(lexer, token)) {
            return false;
        }
    }
    lexer->statement_start =
        token->kind == TOKEN_NEWLINE || token->kind == TOKEN_INDENT || token->kind == TOKEN_DEDENT;
    return true;
}
