// SPDX-License-Identifier: MIT
//
// The arena: all memory of one parse (tokens, names, AST, error text), given back in one call.
//
// Memory comes in chunks from the host's allocator callback. Allocation failure is sticky: it sets `failed`, returns
// NULL, and the driver turns it into a MemoryError; nothing here aborts. Used by lexer/ and parser/ only; whoever
// owns a ParseResult owns its arena.
#ifndef AIOLOS_PARSER_ARENA_H
#define AIOLOS_PARSER_ARENA_H

#include "lexer/arena.h"

#endif
