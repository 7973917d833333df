// SPDX-License-Identifier: MIT
//
// The position table. A run of instructions with one span is
//   head            bits 0-4: run length - 1, 31: a varint with the rest follows; bit 5: no position;
//                   bit 6: no columns; bit 7: the span is on one line
//   line            zigzag varint, relative to the line of the run before
//   end line        varint, relative to line, unless on one line
//   column          zigzag varint, relative to the column of the run before
//   end column      zigzag varint, relative to column
#include "vm/compile/positions.h"

#include <string.h>

#include "vm/types/function.h"

enum { RUN_MASK = 31, HEAD_NONE = 32, HEAD_NO_COLUMNS = 64, HEAD_ONE_LINE = 128, MAX_RUN_BYTES = 40 };

// ---- writing

void position_start(PositionWriter *w, Arena *arena) { *w = (PositionWriter){.arena = arena, .line = 1}; }

static void put_varint(PositionWriter *w, uint32_t n)
{
    for (; n >= 128; n >>= 7)
        w->bytes[w->size++] = (uint8_t)(n | 128);
    w->bytes[w->size++] = (uint8_t)n;
}

static void put_signed(PositionWriter *w, uint32_t from, uint32_t to)
{
    int32_t delta = (int32_t)(to - from);
    put_varint(w, (uint32_t)delta << 1 ^ (uint32_t)(delta >> 31));
}

static bool write_run(PositionWriter *w)
{
    if (w->run == 0)
        return true;
    if (w->capacity - w->size < MAX_RUN_BYTES) {
        size_t capacity = w->capacity ? w->capacity * 2 : 128;
        uint8_t *bytes = arena_grow(w->arena, w->bytes, w->capacity, capacity);
        if (!bytes)
            return false;
        w->bytes = bytes;
        w->capacity = capacity;
    }
    Span s = w->current;
    uint32_t extra = w->run - 1;
    bool none = s.line == 0, no_columns = s.col == UINT32_MAX, one_line = s.end_line == s.line;
    w->bytes[w->size++] = (uint8_t)((extra < RUN_MASK ? extra : RUN_MASK) | (none ? HEAD_NONE : 0) |
                                    (no_columns ? HEAD_NO_COLUMNS : 0) | (one_line ? HEAD_ONE_LINE : 0));
    if (extra >= RUN_MASK)
        put_varint(w, extra - RUN_MASK);
    w->run = 0;
    if (none)
        return true;
    put_signed(w, w->line, s.line);
    w->line = s.line;
    if (!one_line)
        put_varint(w, s.end_line - s.line);
    if (no_columns)
        return true;
    put_signed(w, w->column, s.col);
    put_signed(w, s.col, s.end_col);
    w->column = s.col;
    return true;
}

bool position_add(PositionWriter *w, Span span)
{
    if (w->run && memcmp(&w->current, &span, sizeof span) == 0) {
        w->run++;
        return true;
    }
    bool written = write_run(w);
    w->current = span;
    w->run = 1;
    return written;
}

bool position_finish(PositionWriter *w) { return write_run(w); }

// ---- reading

void position_reader_init(PositionReader *r, const Code *code)
{
    *r = (PositionReader){.next = code->positions, .limit = code->positions + code->positions_size, .line = 1};
}

static uint32_t get_varint(PositionReader *r)
{
    uint32_t n = 0;
    for (int shift = 0; r->next < r->limit; shift += 7) {
        uint8_t byte = *r->next++;
        n |= (uint32_t)(byte & 127) << shift;
        if (byte < 128)
            break;
    }
    return n;
}

static uint32_t get_signed(PositionReader *r, uint32_t from)
{
    uint32_t n = get_varint(r);
    return from + (n >> 1 ^ (0 - (n & 1)));
}

bool position_next(PositionReader *r)
{
    if (r->next >= r->limit)
        return false;
    uint8_t head = *r->next++;
    uint32_t run = (head & RUN_MASK) + 1u;
    if ((head & RUN_MASK) == RUN_MASK)
        run += get_varint(r);
    r->first = r->end;
    r->end += run;
    r->position = (Position){-1, -1, -1, -1};
    if (head & HEAD_NONE)
        return true;
    r->line = get_signed(r, r->line);
    r->position.line = (int32_t)r->line;
    r->position.end_line = (int32_t)(head & HEAD_ONE_LINE ? r->line : r->line + get_varint(r));
    if (head & HEAD_NO_COLUMNS)
        return true;
    r->column = get_signed(r, r->column);
    r->position.column = (int32_t)r->column;
    r->position.end_column = (int32_t)get_signed(r, r->column);
    return true;
}

Position code_position(const Code *code, uint32_t index)
{
    PositionReader reader;
    position_reader_init(&reader, code);
    while (position_next(&reader)) {
        if (index < reader.end)
            return reader.position;
    }
    return (Position){-1, -1, -1, -1};
}
