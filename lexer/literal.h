// SPDX-License-Identifier: MIT
//
// From the text of number and string tokens to their values. Works on text alone: positions and reporting are the
// caller's.
#ifndef AIOLOS_LEXER_LITERAL_H
#define AIOLOS_LEXER_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lexer/arena.h"

// The outcome of scanning a number's text.
typedef struct NumberScan {
    const char *end;        // one past the number; on error, where CPython's tokenizer stood
    const char *message;    // NULL when the number is well formed; may hold one %c for `bad`
    char bad;               // the offending character
    const char *mark_from;  // when set, the error covers mark_from..mark_to instead
    const char *mark_to;
    const char *warning;    // "invalid decimal literal": a keyword follows without a space
} NumberScan;

// Finds the end of the number at `text` (a digit, or a dot before a digit); the text ends with a NUL.
NumberScan number_scan(const char *text);

typedef enum NumberKind { NUMBER_INT, NUMBER_BIG, NUMBER_FLOAT, NUMBER_IMAG } NumberKind;

typedef struct NumberValue {
    NumberKind kind;
    int64_t integer;
    double real;
    const char *digits;  // NUMBER_BIG: without prefix and underscores
    size_t digit_count;  // also set for decimal NUMBER_INT
    int base;
} NumberValue;

// The value of a well-formed number. Returns false when memory is out.
bool number_value(Arena *arena, const char *text, size_t length, NumberValue *value);

typedef enum StringFlags {
    STRING_BYTES = 1,
    STRING_RAW = 2,
    STRING_UNICODE = 4,   // u prefix
    STRING_FORMAT = 8,    // f prefix
    STRING_TEMPLATE = 16, // t prefix
    STRING_BRACES = 32,   // for decoding: "{{" means "{", "}}" means "}"
} StringFlags;

// Splits the prefix and the quotes off a string token: returns the StringFlags; `*quotes` is 1 or 3 and `*prefix`
// the length of the prefix.
unsigned string_prefix(const char *text, size_t *prefix, size_t *quotes);

typedef struct StringValue {
    const char *bytes;  // WTF-8 for str, raw for bytes; NUL-terminated
    size_t length;
    const char *error;            // complete message, in the arena
    const char *bad_escape;       // first unknown escape (its backslash), for a warning; else NULL
} StringValue;

// Decodes the body of a string literal. Returns false when memory is out or value->error is set.
bool string_decode(Arena *arena, const char *body, size_t length, unsigned flags, StringValue *value);

#endif
