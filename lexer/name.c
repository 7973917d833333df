// SPDX-License-Identifier: MIT
//
// The identifier table of one parse: open addressing with linear probing, at most three quarters full. Outgrown slot
// arrays stay in the arena; together they are no larger than the live one.
#include "lexer/name.h"

#include <string.h>

enum { FIRST_CAPACITY = 64 };

// FNV-1a: the names come from one source text, whose author gains nothing from making them collide but a slower parse
// of that same text; the table is capped by the text's length.
static uint32_t hash_bytes(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash;
}

void name_table_init(NameTable *table, Arena *arena)
{
    *table = (NameTable){.arena = arena};
}

static void slot_put(const AstName **slots, size_t capacity, const AstName *name)
{
    size_t i = name->hash & (capacity - 1);
    while (slots[i] != NULL) {
        i = (i + 1) & (capacity - 1);
    }
    slots[i] = name;
}

static bool table_grow(NameTable *table)
{
    size_t capacity = table->capacity == 0 ? FIRST_CAPACITY : table->capacity * 2;
    const AstName **slots = arena_alloc_array(table->arena, capacity, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->slots[i] != NULL) {
            slot_put(slots, capacity, table->slots[i]);
        }
    }
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

static const AstName *name_new(NameTable *table, const char *text, size_t length, uint32_t hash)
{
    AstName *name = arena_alloc(table->arena, sizeof(AstName) + length + 1);
    if (name != NULL) {
        name->length = (uint32_t)length;
        name->hash = hash;
        memcpy(name->text, text, length);
    }
    return name;
}

const AstName *name_intern(NameTable *table, const char *text, size_t length)
{
    if (table->count >= table->capacity / 4 * 3 && !table_grow(table)) {
        return NULL;
    }
    uint32_t hash = hash_bytes(text, length);
    size_t i = hash & (table->capacity - 1);
    for (; table->slots[i] != NULL; i = (i + 1) & (table->capacity - 1)) {
        const AstName *name = table->slots[i];
        if (name->hash == hash && name->length == length && memcmp(name->text, text, length) == 0) {
            return name;
        }
    }
    const AstName *name = name_new(table, text, length, hash);
    if (name != NULL) {
        table->slots[i] = name;
        table->count++;
    }
    return name;
}
