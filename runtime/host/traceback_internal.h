// SPDX-License-Identifier: MIT
//
// Shared by the files that print tracebacks: the printer, its output and the reader of source lines.
#ifndef AIOLOS_RUNTIME_TRACEBACK_INTERNAL_H
#define AIOLOS_RUNTIME_TRACEBACK_INTERNAL_H

#include "lexer/arena.h"
#include "lexer/source.h"
#include "vm/core/native.h"
#include "vm/types/set.h"

// The source file read last: frames of one file mostly follow each other.
typedef struct LineReader {
    VM *vm;
    Str *filename;  // NULL: nothing read
    bool found;
    Arena arena;
    Source source;
} LineReader;

void line_reader_init(LineReader *reader, VM *vm);
void line_reader_close(LineReader *reader);
// Line `number` of a file without its newline; false when it cannot be had. The text is valid until the next call.
bool line_reader_get(LineReader *reader, Str *filename, int32_t number, const char **text, size_t *size);

typedef struct Printer {
    VM *vm;
    Value file;          // where to, VALUE_EMPTY: the host's error stream
    StrBuilder *text;    // ... or here, when not NULL
    Set *seen;           // ids of the exceptions met; NULL: chains are not followed
    int depth;           // nesting of groups, 0 outside
    bool need_close;     // the frame below the last exception of a group is still to be drawn
    LineReader lines;
    size_t used;
    char buffer[1024];
} Printer;

void put(Printer *p, const char *text, size_t size); // valid UTF-8
void put_text(Printer *p, const char *text);
void put_str(Printer *p, const Str *s);
void put_number(Printer *p, int64_t n);
void put_spaces(Printer *p, int64_t count);
void put_margin(Printer *p);                          // of the group level
void put_flush(Printer *p);
// str(v), or "<`what` str() failed>" for what may fail.
void put_object(Printer *p, Value v, const char *failed);

// The frames of a traceback, its header first (frames.c).
void put_frames(Printer *p, Value exception, bool group);
// The line of marks below a source line, nothing when it would mark all of it (caret.c).
struct Position;
void put_marks(Printer *p, const struct Position *place, const char *line, size_t size);

#endif
