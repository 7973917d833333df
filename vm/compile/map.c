// SPDX-License-Identifier: MIT
//
// Open addressing with linear probing, grown at three quarters full. Used by the compiler for its per-parse tables.
#include "vm/compile/map.h"

static uint64_t mix(uint64_t key)
{
    key ^= key >> 32;
    key *= 0x9E3779B97F4A7C15u;
    return key ^ key >> 29;
}

static MapEntry *probe(const Map *map, uint64_t key)
{
    uint32_t mask = map->capacity - 1;
    for (uint32_t i = (uint32_t)mix(key) & mask;; i = (i + 1) & mask) {
        MapEntry *entry = &map->entries[i];
        if (entry->key == key || entry->key == 0)
            return entry;
    }
}

MapEntry *map_find(const Map *map, uint64_t key)
{
    if (map->capacity == 0)
        return NULL;
    MapEntry *entry = probe(map, key);
    return entry->key == key ? entry : NULL;
}

static bool grow(Map *map, Arena *arena)
{
    Map bigger = {.capacity = map->capacity ? map->capacity * 2 : 8, .count = map->count};
    bigger.entries = arena_alloc_array(arena, bigger.capacity, sizeof *bigger.entries);
    if (!bigger.entries)
        return false;
    for (uint32_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].key)
            *probe(&bigger, map->entries[i].key) = map->entries[i];
    }
    *map = bigger;
    return true;
}

MapEntry *map_entry(Map *map, Arena *arena, uint64_t key)
{
    MapEntry *entry = map_find(map, key);
    if (entry)
        return entry;
    if ((map->count + 1) * 4 > map->capacity * 3 && !grow(map, arena))
        return NULL;
    entry = probe(map, key);
    entry->key = key;
    map->count++;
    return entry;
}
