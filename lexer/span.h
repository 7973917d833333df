// SPDX-License-Identifier: MIT
//
// Where something stands in the source, in the terms of Python's `ast`: lines count from 1, columns are UTF-8 byte
// offsets from 0 within their line, the end is exclusive. A span with line 0 is "nowhere".
#ifndef AIOLOS_LEXER_SPAN_H
#define AIOLOS_LEXER_SPAN_H

#include <stdint.h>

typedef struct Span {
    uint32_t line;
    uint32_t col;
    uint32_t end_line;
    uint32_t end_col;
} Span;

// From the start of `a` to the end of `b`.
static inline Span span_join(Span a, Span b)
{
    return (Span){a.line, a.col, b.end_line, b.end_col};
}

#endif
