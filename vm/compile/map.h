// SPDX-License-Identifier: MIT
//
// A hash map from a non-zero 64-bit key to a 64-bit word, in an arena. Entries are never removed.
#ifndef AIOLOS_VM_COMPILE_MAP_H
#define AIOLOS_VM_COMPILE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "lexer/arena.h"

typedef struct MapEntry {
    uint64_t key, value;
} MapEntry;

typedef struct Map {
    MapEntry *entries;
    uint32_t capacity, count; // capacity: 0 or a power of two
} Map;

// The entry of a key or NULL.
MapEntry *map_find(const Map *map, uint64_t key);

// The entry of a key, made (value 0) when absent. NULL: out of memory (arena->failed).
MapEntry *map_entry(Map *map, Arena *arena, uint64_t key);

#endif
