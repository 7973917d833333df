// SPDX-License-Identifier: MIT
//
// One error or warning about the source: what a host needs to build Python's SyntaxError object and what the command
// line needs to print it. Written by the lexer and the parser, at most one error per parse; the strings live in the
// arena of the parse (or are constants).
#ifndef AIOLOS_LEXER_DIAGNOSTIC_H
#define AIOLOS_LEXER_DIAGNOSTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lexer/span.h"

typedef enum DiagnosticKind {
    DIAGNOSTIC_NONE,
    DIAGNOSTIC_SYNTAX_ERROR,
    DIAGNOSTIC_INDENTATION_ERROR,
    DIAGNOSTIC_TAB_ERROR,
    DIAGNOSTIC_VALUE_ERROR,      // null bytes: message only, no place
    DIAGNOSTIC_MEMORY_ERROR,     // message only
    DIAGNOSTIC_RECURSION_ERROR,  // message only
    DIAGNOSTIC_SYNTAX_WARNING,
    DIAGNOSTIC_DEPRECATION_WARNING,
} DiagnosticKind;

typedef struct Diagnostic {
    DiagnosticKind kind;
    const char *message;   // NUL-terminated
    Span span;             // in bytes; line 0 when there is no place
    int offset;            // SyntaxError.offset: characters, from 1; 0 when unknown
    int end_offset;        // SyntaxError.end_offset, from 1; 0 when unknown
    const char *text;      // SyntaxError.text: the source line with its newline, or NULL
    size_t text_length;
    bool incomplete;       // more input could make the source valid: the prompt should ask for it
} Diagnostic;

// Leaves the newline out of the shown line.
static inline void diagnostic_trim(Diagnostic *d)
{
    d->text_length -= d->text != NULL && d->text_length > 0 && d->text[d->text_length - 1] == '\n';
}

// Receives output in pieces. Returning false stops the writing early.
typedef struct TextSink {
    bool (*write)(void *ctx, const char *text, size_t length);
    void *ctx;
} TextSink;

bool sink_write(const TextSink *sink, const char *text, size_t length);
bool sink_puts(const TextSink *sink, const char *text);
bool sink_printf(const TextSink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

// "SyntaxError", "IndentationError", ...: the Python class of the diagnostic.
const char *diagnostic_class_name(DiagnosticKind kind);

// Prints what Python prints for an uncaught SyntaxError: the file line, the stripped source line, the carets, the
// message. Kinds without a place print "Class: message" alone. Returns false when the sink refused.
bool diagnostic_render(const Diagnostic *diagnostic, const char *filename, const TextSink *sink);

#endif
