// SPDX-License-Identifier: MIT
//
// The tokens of a source as text, one per line: what the grammar is given, decisions of the lexer included.
#include <ctype.h>
#include <string.h>

#include "parser/parse.h"
#include "lexer/lexer.h"

// Indexed by lemon's numbers, so the order of rows does not matter.
#define KIND(Name) [TOKEN_##Name] = #Name
static const char *const kind_names[] = {
    [TOKEN_END] = "END",
    KIND(UNKNOWN),
    KIND(NAME),
    KIND(CASE),
    KIND(NEWLINE),
    KIND(SEMI),
    KIND(INDENT),
    KIND(DEDENT),
    KIND(TYPE),
    KIND(COLON),
    KIND(EQUAL),
    KIND(PASS),
    KIND(BREAK),
    KIND(CONTINUE),
    KIND(RETURN),
    KIND(RAISE),
    KIND(FROM),
    KIND(DEL),
    KIND(ASSERT),
    KIND(COMMA),
    KIND(GLOBAL),
    KIND(NONLOCAL),
    KIND(IMPORT),
    KIND(PLUSEQUAL),
    KIND(MINEQUAL),
    KIND(STAREQUAL),
    KIND(ATEQUAL),
    KIND(SLASHEQUAL),
    KIND(PERCENTEQUAL),
    KIND(AMPEREQUAL),
    KIND(VBAREQUAL),
    KIND(CIRCUMFLEXEQUAL),
    KIND(LEFTSHIFTEQUAL),
    KIND(RIGHTSHIFTEQUAL),
    KIND(DOUBLESTAREQUAL),
    KIND(DOUBLESLASHEQUAL),
    KIND(DOT),
    KIND(AS),
    KIND(ELLIPSIS),
    KIND(STAR),
    KIND(LPAR),
    KIND(RPAR),
    KIND(ELSE),
    KIND(IF),
    KIND(ELIF),
    KIND(FINALLY),
    KIND(WHILE),
    KIND(FOR),
    KIND(IN),
    KIND(ASYNC),
    KIND(WITH),
    KIND(WITH_LPAR),
    KIND(TRY),
    KIND(EXCEPT),
    KIND(AT),
    KIND(DEF),
    KIND(RARROW),
    KIND(CLASS),
    KIND(SLASH),
    KIND(DOUBLESTAR),
    KIND(LSQB),
    KIND(RSQB),
    KIND(MATCH),
    KIND(VBAR),
    KIND(NONE),
    KIND(TRUE),
    KIND(FALSE),
    KIND(LBRACE),
    KIND(RBRACE),
    KIND(NUMBER),
    KIND(MINUS),
    KIND(PLUS),
    KIND(YIELD),
    KIND(COLONEQUAL),
    KIND(LAMBDA),
    KIND(OR),
    KIND(AND),
    KIND(NOT),
    KIND(EQEQUAL),
    KIND(NOTEQUAL),
    KIND(LESS),
    KIND(LESSEQUAL),
    KIND(GREATER),
    KIND(GREATEREQUAL),
    KIND(IS),
    KIND(CIRCUMFLEX),
    KIND(AMPER),
    KIND(LEFTSHIFT),
    KIND(RIGHTSHIFT),
    KIND(DOUBLESLASH),
    KIND(PERCENT),
    KIND(TILDE),
    KIND(AWAIT),
    KIND(STRING),
    KIND(FSTRING_START),
    KIND(FSTRING_END),
    KIND(FSTRING_MIDDLE),
    KIND(FIELD_OPEN),
    KIND(FIELD_CLOSE),
    KIND(FIELD_EQUAL),
    KIND(FIELD_BANG),
    KIND(FIELD_COLON),
};
#undef KIND

const char *token_kind_name(int kind)
{
    size_t count = sizeof(kind_names) / sizeof(kind_names[0]);
    const char *name = kind >= 0 && (size_t)kind < count ? kind_names[kind] : NULL;
    return name == NULL ? "?" : name;
}

static bool put_token(const Token *token, const TextSink *sink)
{
    const Span *s = &token->span;
    bool good = sink_printf(sink, "%u:%u-%u:%u\t%s\t'", s->line, s->col, s->end_line, s->end_col,
                            token_kind_name(token->kind));
    for (uint32_t i = 0; i < token->length && good; i++) {
        char c = token->text[i];
        if (c == '\n') {
            good = sink_puts(sink, "\\n");
        } else if (c == '\'' || c == '\\') {
            good = sink_printf(sink, "\\%c", c);
        } else if (iscntrl((unsigned char)c)) {
            good = sink_printf(sink, "\\x%02x", (unsigned char)c);
        } else {
            good = sink_write(sink, &c, 1);
        }
    }
    return good && sink_puts(sink, "'\n");
}

bool token_dump(const ParseOptions *options, const char *text, size_t length, const TextSink *sink, Arena *arena,
                Diagnostic *error)
{
    Source source;
    Lexer *lexer = arena_alloc(arena, sizeof(Lexer));
    unsigned flags = (options->is_text ? SOURCE_TEXT : 0) | (options->from_file ? SOURCE_FILE : 0);
    *error = (Diagnostic){.kind = DIAGNOSTIC_MEMORY_ERROR, .message = "out of memory"};
    if (lexer == NULL || !source_open(&source, arena, options->filename, text, length, flags, error)) {
        return false;
    }
    lexer_init(lexer, &source, arena, NULL, NULL);
    Token token;
    do {
        if (!lexer_next(lexer, &token)) {
            *error = lexer->error;
            return false;
        }
        if (!put_token(&token, sink)) {
            break;
        }
    } while (token.kind != TOKEN_END);
    *error = (Diagnostic){0};
    return true;
}
