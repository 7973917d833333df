// SPDX-License-Identifier: MIT
//
// The table of interned strings: open addressing with linear probing, at most two thirds full. It is weak: the
// collector calls str_table_sweep after marking, which turns the entries of dead strings into tombstones.
//
// Invariant: a string has STR_INTERNED exactly while it is in the table, and is exactly a str.

#include "str.h"

#include "str_internal.h"
#include "vm/core/error.h"
#include "vm/number/hash.h"

#define FIRST_SLOTS 1024

typedef struct StrTable {
    Str **slots;   // NULL free, GONE deleted
    size_t mask;
    size_t used;   // slots that are not free
    size_t live;
} StrTable;

#define GONE ((Str *)1)

bool str_table_new(VM *vm)
{
    StrTable *t = mem_realloc(vm, NULL, 0, sizeof *t);
    if (!t)
        return false;
    memset(t, 0, sizeof *t);
    t->slots = mem_realloc(vm, NULL, 0, FIRST_SLOTS * sizeof *t->slots);
    if (!t->slots)
        return mem_realloc(vm, t, sizeof *t, 0), false;
    memset(t->slots, 0, FIRST_SLOTS * sizeof *t->slots);
    t->mask = FIRST_SLOTS - 1;
    vm->interned = t;
    return true;
}

void str_table_free(VM *vm)
{
    StrTable *t = vm->interned;
    if (!t)
        return;
    mem_realloc(vm, t->slots, (t->mask + 1) * sizeof *t->slots, 0);
    mem_realloc(vm, t, sizeof *t, 0);
    vm->interned = NULL;
}

void str_table_sweep(VM *vm)
{
    StrTable *t = vm->interned;
    for (size_t i = 0; t && i <= t->mask; i++) {
        Str *s = t->slots[i];
        if (s && s != GONE && !gc_is_marked(&vm->gc, s)) {
            t->slots[i] = GONE;
            t->live--;
        }
    }
}

static Str *find(const StrTable *t, const char *text, size_t size, uint32_t hash)
{
    for (size_t i = hash & t->mask;; i = (i + 1) & t->mask) {
        Str *s = t->slots[i];
        if (!s)
            return NULL;
        if (s != GONE && s->hash == hash && s->size == size && memcmp(s->data, text, size) == 0)
            return s;
    }
}

static void place(StrTable *t, Str *s)
{
    size_t i = s->hash & t->mask;
    while (t->slots[i] && t->slots[i] != GONE)
        i = (i + 1) & t->mask;
    t->used += t->slots[i] == NULL;
    t->slots[i] = s;
}

// Room for one more entry.
static bool reserve(VM *vm, StrTable *t)
{
    if (likely((t->used + 1) * 3 <= (t->mask + 1) * 2))
        return true;
    size_t slots = (t->mask + 1) * (t->live * 3 > t->mask + 1 ? 2 : 1), old_count = t->mask + 1;
    Str **fresh = mem_realloc(vm, NULL, 0, slots * sizeof *fresh), **old = t->slots;
    if (!fresh)
        return raise_memory(vm), false;
    memset(fresh, 0, slots * sizeof *fresh);
    t->slots = fresh;
    t->mask = slots - 1;
    t->used = 0;
    for (size_t i = 0; i < old_count; i++)
        if (old[i] && old[i] != GONE)
            place(t, old[i]);
    mem_realloc(vm, old, old_count * sizeof *old, 0);
    return true;
}

static Str *insert(VM *vm, Str *s)
{
    StrTable *t = vm->interned;
    if (!s || !reserve(vm, t))
        return NULL;
    place(t, s);
    t->live++;
    s->flags |= STR_INTERNED;
    return s;
}

Str *str_intern(VM *vm, Str *s)
{
    if (s->flags & STR_INTERNED)
        return s;
    Str *known = find(vm->interned, s->data, s->size, str_hash(vm, s));
    if (known)
        return gc_keep(vm, &known->base), known;
    s = str_exact(vm, s);
    if (s)
        str_hash(vm, s);
    return insert(vm, s);
}

Str *str_intern_text(VM *vm, const char *text, size_t size)
{
    uint32_t hash = text_hash(vm, text, size);
    Str *s = find(vm->interned, text, size, hash);
    if (s)
        return gc_keep(vm, &s->base), s;
    if (!(s = str_new(vm, text, size)))
        return NULL;
    s->hash = hash;
    return insert(vm, s);
}
