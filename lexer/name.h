// SPDX-License-Identifier: MIT
//
// Interned identifiers. Within one parse equal identifiers are the same pointer, so the grammar, the checker and the
// compiler's symbol tables compare names by address. The table lives in the arena of the parse.
#ifndef AIOLOS_LEXER_NAME_H
#define AIOLOS_LEXER_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "lexer/arena.h"

// An identifier: NUL-terminated UTF-8 in normal form NFKC, unique per parse.
typedef struct AstName {
    uint32_t length;  // bytes, without the NUL
    uint32_t hash;
    char text[];
} AstName;

typedef struct NameTable {
    Arena *arena;
    const AstName **slots;  // open addressing; capacity is a power of two
    size_t capacity;
    size_t count;
} NameTable;

// Makes an empty table whose names will live in `arena`.
void name_table_init(NameTable *table, Arena *arena);

// The one name with these bytes, or NULL when memory is out.
const AstName *name_intern(NameTable *table, const char *text, size_t length);

#endif
