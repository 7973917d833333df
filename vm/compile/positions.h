// SPDX-License-Identifier: MIT
//
// Source positions of instructions: a compact delta-coded table in Code.positions.
#ifndef AIOLOS_VM_POSITIONS_H
#define AIOLOS_VM_POSITIONS_H

#include "lexer/arena.h"
#include "lexer/span.h"
#include "vm/core/vm.h"

typedef struct Position {
    int32_t line, end_line;     // 1-based; line -1: none
    int32_t column, end_column; // 0-based UTF-8 byte offsets; -1: none
} Position;

// Position of instruction `index`. Decodes from the start: for error paths only.
Position code_position(const Code *code, uint32_t index);
static inline int32_t code_line(const Code *code, uint32_t index) { return code_position(code, index).line; }

// Walks the table run by run: `first` is the first instruction of the current run, `end` the one after it.
typedef struct PositionReader {
    const uint8_t *next, *limit;
    uint32_t first, end;
    uint32_t line, column; // of the run before
    Position position;
} PositionReader;
void position_reader_init(PositionReader *reader, const Code *code);
bool position_next(PositionReader *reader); // false: no more runs

// The table being written, one span per instruction in order. A span with line 0 is "none".
typedef struct PositionWriter {
    Arena *arena;
    uint8_t *bytes;
    size_t size, capacity;
    uint32_t run;          // instructions with the span `current`
    Span current;
    uint32_t line, column; // of the run written last
} PositionWriter;
void position_start(PositionWriter *writer, Arena *arena);
bool position_add(PositionWriter *writer, Span span); // false: out of memory
bool position_finish(PositionWriter *writer);

#endif
