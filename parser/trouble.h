// SPDX-License-Identifier: MIT
//
// Private to the diagnosis of syntax errors: the tokens around the one that was refused, and the questions about them.
#ifndef AIOLOS_PARSER_TROUBLE_H
#define AIOLOS_PARSER_TROUBLE_H

#include "parser/parser.h"

enum { TROUBLE_WINDOW = 2000 };

typedef struct Trouble {
    Parser *parser;
    Token *tokens;
    uint16_t *depth;  // brackets open before the token
    size_t count;
    size_t at;        // the refused token
    bool in_field;    // it stands inside a replacement field
    bool is_template; // ... of a t-string
    bool cut_short;   // the tokens end with a lexical error
    bool nested;      // asked about a token further on (see ask_further): nothing before `fence` counts
    bool at_fence;    // ... and only an expression that begins there
    size_t fence;
    Parser *engine;   // whose state the questions are about
} Trouble;

// Tokenizes again, up to a window past the refused token. Returns false when memory is out.
bool trouble_open(Trouble *t, Parser *parser);

// Whether the grammar had a place for `kind` instead.
bool trouble_accepts(Trouble *t, int kind);

// Reports a SyntaxError over `span` (inside a replacement field with its prefix), or an error at a token. Return true.
bool trouble_report(Trouble *t, Span span, const char *message);
bool trouble_report_at(Trouble *t, DiagnosticKind kind, size_t index, const char *message);

static inline const Token *trouble_token(const Trouble *t, size_t index)
{
    return &t->tokens[index];
}

// --- places (trouble_place.c) ---

// What the parser would try at a token: nothing, an expression, or one in which `:=` and the hint about `=` are known.
typedef enum Place { PLACE_NONE, PLACE_EXPRESSION, PLACE_NAMED } Place;

typedef enum BracketUse {
    USE_DISPLAY,
    USE_CALL,
    USE_SUBSCRIPT,
    USE_PARAMETERS,
    USE_IMPORT,
    USE_PATTERN,
    USE_WITH,
} BracketUse;

Place trouble_place(const Trouble *t, size_t index);
BracketUse trouble_use(const Trouble *t, size_t open);

// The first token of the logical line of `index`; the bracket it stands in, or t->count.
size_t trouble_line(const Trouble *t, size_t index);
size_t trouble_enclosing(const Trouble *t, size_t index);

// Where the disjunction that ends just before `end` begins; past its prefix star, if it has one.
size_t trouble_operand(const Trouble *t, size_t end);
size_t trouble_skip_star(const Trouble *t, size_t start, size_t end);

// The longest expression (with `star`: tuple) that begins at `from`; *end is one past its last token.
bool trouble_longest(Trouble *t, size_t from, bool star, Node *out, size_t *end);

// --- questions; each returns whether it reported ---
bool trouble_equal(Trouble *t);
bool trouble_dict(Trouble *t);
bool trouble_expression(Trouble *t);
bool trouble_group(Trouble *t);
bool trouble_target(Trouble *t);
bool trouble_default(Trouble *t);
bool trouble_argument(Trouble *t);

#endif
