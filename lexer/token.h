// SPDX-License-Identifier: MIT
//
// A token: its kind, its place and its text in the Source. The kinds (TOKEN_NAME, TOKEN_LPAR, ...) are numbered by
// lemon from the terminals of parser/grammar.y.
#ifndef AIOLOS_LEXER_TOKEN_H
#define AIOLOS_LEXER_TOKEN_H

#include "grammar.h"
#include "lexer/name.h"
#include "lexer/span.h"

enum { TOKEN_END = 0 };  // lemon's number for the end of input

typedef struct Token {
    uint16_t kind;
    uint16_t flags;  // FSTRING_MIDDLE and FIELD_OPEN: STRING_RAW and STRING_TEMPLATE of their string
    uint32_t length;
    Span span;
    const char *text;     // in the Source, not NUL-terminated; empty for INDENT, DEDENT and END
    const AstName *name;  // NAME and the soft keywords: the normalised identifier; else NULL
} Token;

// "NAME", "LPAR", ...
const char *token_kind_name(int kind);

#endif
