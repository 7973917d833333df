// SPDX-License-Identifier: MIT
//
// The source text as the scanner wants it: valid UTF-8 without a byte order mark, "\n" line ends, a "\n" at its end
// and a NUL after that. Also the one place where an error gets its line text and its character offsets.
#ifndef AIOLOS_LEXER_SOURCE_H
#define AIOLOS_LEXER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "lexer/arena.h"
#include "lexer/diagnostic.h"

typedef struct Source {
    Arena *arena;
    const char *filename;
    const char *text;
    size_t length;  // the NUL not counted
    bool byte_offsets; // bytes without mark or cookie: CPython's parser counts offsets in bytes there
    bool from_file;    // SOURCE_FILE was given
    bool unended;      // the newline at the end is not the host's
} Source;

typedef enum SourceFlags {
    SOURCE_TEXT = 1,  // from a str: no byte order mark, no coding cookie
    SOURCE_FILE = 2,  // from a file: undecodable bytes are reported with the file's name
} SourceFlags;

// Decodes and normalises `length` bytes. On failure returns false with `error` filled.
bool source_open(Source *source, Arena *arena, const char *filename, const char *bytes, size_t length, unsigned flags,
                 Diagnostic *error);

// The start of line `line` (from 1), and its length with the newline in `*length`. Lines past the end are empty.
const char *source_line(const Source *source, uint32_t line, size_t *length);

// Fills the place of `error` from a byte span: text of the first line, offsets in characters. As in CPython, an end on
// a later line is counted along the first one.
void source_locate(const Source *source, Diagnostic *error, Span span);

// The same for what CPython's parser, not its tokenizer, reports: offsets may be in bytes.
void source_locate_parsed(const Source *source, Diagnostic *error, Span span);

// How far `size` bytes of a line are, in the unit of source_locate_parsed.
int source_distance(const Source *source, const char *line, size_t size);

#endif
