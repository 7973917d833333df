// SPDX-License-Identifier: MIT
//
// The front end's door: source bytes in, an AST in an arena out, or one diagnostic.
//
// Re-entrant and free of global state: everything belongs to the ParseResult. Called by the compiler's users (exec,
// eval, compile, import, the prompt) and by the `--ast` and `--tokens` switches.
#ifndef AIOLOS_PARSER_PARSE_H
#define AIOLOS_PARSER_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "lexer/arena.h"
#include "lexer/diagnostic.h"
#include "parser/ast.h"

typedef enum ParseMode {
    PARSE_FILE,    // a module: MOD_Module
    PARSE_EVAL,    // one expression: MOD_Expression
    PARSE_SINGLE,  // one interactive statement: MOD_Interactive
} ParseMode;

typedef struct ParseOptions {
    ArenaAllocator allocator;  // all memory of the parse; a NULL function means the C library's
    const char *filename;      // for messages only; may be NULL
    ParseMode mode;
    bool is_text;              // the text comes from a str: no byte order mark, no coding cookie
    bool from_file;            // the text is a file: undecodable bytes are reported as for a script file
    bool from_prompt;          // PARSE_SINGLE: a compound statement is incomplete until a newline ends the text
} ParseOptions;

typedef struct ParseWarning {
    Diagnostic diagnostic;
    struct ParseWarning *next;  // in source order
} ParseWarning;

typedef struct ParseResult {
    AstMod *module;          // NULL when the parse failed
    Diagnostic diagnostic;   // kind is DIAGNOSTIC_NONE when the parse succeeded
    ParseWarning *warnings;  // invalid escapes and the like; filled in both cases
    Arena arena;             // owns all of the above
} ParseResult;

// Parses `text` (any bytes, `length` of them, no terminator needed; not kept after the call). Returns true with
// out->module set, or false with out->diagnostic set. In both cases the caller ends with parse_result_free().
// Never aborts: when memory runs out the diagnostic is DIAGNOSTIC_MEMORY_ERROR.
bool parse_source(const ParseOptions *options, const char *text, size_t length, ParseResult *out);

// Frees the tree, the names and the messages.
void parse_result_free(ParseResult *result);

// Writes the tree in the manner of ast.dump(indent=2); with `positions`, each node carries its four numbers.
bool ast_dump(const AstMod *module, bool positions, const TextSink *sink);

// Writes one line per token: position, kind, text. Returns false and fills `error` (strings in `arena`) when the
// source has a lexical error; the tokens before it are written all the same.
bool token_dump(const ParseOptions *options, const char *text, size_t length, const TextSink *sink, Arena *arena,
                Diagnostic *error);

#endif
