// SPDX-License-Identifier: MIT
//
// The dict table: dense entries in insertion order, and behind them in the same buffer an open-addressing table of
// entry numbers (1, 2 or 4 bytes wide, plus one, so that zero-filled memory is an empty table). Probing and sizes are
// CPython's: 8 slots hold 5 entries, a full table grows to three times its live entries. A new dict owns no table at
// all. In tables of 4-byte slots, which do not fit the caches, the bits that the number leaves free hold those bits of
// the hash: entries of other keys are not even looked at.
//
// Look-up compares words first, then hashes; equal hashes of two strings or two ints are settled without a call. Only
// other keys call out, and __eq__ may change the table: such a look-up starts over unless the entry is still in place.
// dict methods are in dict_methods.c, views and iterators in dict_views.c.

#include "dict.h"

#include "container.h"
#include "iterators.h"

#define INLINE static inline __attribute__((always_inline))
#define MIN_SLOTS 8u
#define MAX_SLOTS ((uint64_t)1 << 31)
#define PERTURB_SHIFT 5

enum { ABSENT = -1, FAILED = -2, RESTART = -3 };

static uint32_t usable(uint64_t slots) { return (uint32_t)(slots * 2 / 3); }
static int width_of(uint64_t mask) { return mask < 256 ? 1 : mask < 65536 ? 2 : 4; }
// What the index says of an entry: its number plus one, and the hash as far as there is room.
INLINE uint32_t slot_of(uint32_t entry, int64_t hash, size_t mask, int width)
{
    return entry + 1 + (width == 4 ? (uint32_t)hash & ~(uint32_t)mask : 0);
}
INLINE uint32_t slot_number(uint32_t slot, size_t mask, int width) { return width == 4 ? slot & (uint32_t)mask : slot; }
// As large as a number can be, which no entry has: two thirds of the slots are in use at most.
INLINE uint32_t deleted_slot(size_t mask, int width)
{
    return width == 1 ? 0xFF : width == 2 ? 0xFFFF : (uint32_t)mask;
}
INLINE bool slot_deleted(uint32_t slot, size_t mask, int width)
{
    return slot_number(slot, mask, width) == deleted_slot(mask, width);
}
// False: what the slot stands for has another hash for certain.
INLINE bool slot_may_match(uint32_t slot, int64_t hash, size_t mask, int width)
{
    return width < 4 || !((slot ^ (uint32_t)hash) & ~(uint32_t)mask);
}

INLINE uint32_t slot_read(const void *indices, size_t i, int width)
{
    return width == 1 ? ((const uint8_t *)indices)[i]
         : width == 2 ? ((const uint16_t *)indices)[i] : ((const uint32_t *)indices)[i];
}

INLINE void slot_write(void *indices, size_t i, int width, uint32_t slot)
{
    if (width == 1)
        ((uint8_t *)indices)[i] = (uint8_t)slot;
    else if (width == 2)
        ((uint16_t *)indices)[i] = (uint16_t)slot;
    else
        ((uint32_t *)indices)[i] = slot;
}

#define PROBE_NEXT(i, perturb, mask) ((perturb) >>= PERTURB_SHIFT, (i) = ((i) * 5 + (size_t)(perturb) + 1) & (mask))

// ---- look-up

// Keys with equal hashes and different words: 1, 0, FAILED or RESTART.
static int keys_equal(VM *vm, Dict *d, uint32_t index, Value key)
{
    DictEntry *entries = d->entries;
    uint32_t mask = d->mask;
    Value k = entries[index].key;
    int equal = value_equal(vm, k, key);
    if (equal < 0)
        return FAILED;
    if (d->entries != entries || d->mask != mask || index >= d->used || entries[index].key != k)
        return RESTART;
    return equal;
}

INLINE int64_t find_width(VM *vm, Dict *d, Value key, int64_t hash, int width, bool text)
{
    const void *indices = d->indices;
    const DictEntry *entries = d->entries;
    size_t mask = d->mask, i = (size_t)hash & mask;
    uint64_t perturb = (uint64_t)hash;
    for (;;) {
        uint32_t slot = slot_read(indices, i, width);
        if (slot == 0)
            return ABSENT;
        if (likely(slot_may_match(slot, hash, mask, width)) && likely(!slot_deleted(slot, mask, width))) {
            uint32_t index = slot_number(slot, mask, width) - 1;
            const DictEntry *e = &entries[index];
            if (likely(e->key == key))
                return index;
            if (e->hash == hash) {
                int equal;
                if (text)
                    equal = is_str(e->key) && str_same(as_str(e->key), as_str(key));
                else
                    equal = keys_equal(vm, d, index, key);
                if (equal)
                    return equal > 0 ? (int64_t)index : equal;
            }
        }
        PROBE_NEXT(i, perturb, mask);
    }
}

static int64_t find_wide(VM *vm, Dict *d, Value key, int64_t hash)
{
    if (d->mask < 65536)
        return find_width(vm, d, key, hash, 2, false);
    return find_width(vm, d, key, hash, 4, false);
}

int64_t dict_find(VM *vm, Dict *d, Value key, int64_t hash)
{
    int64_t index;
    do {
        if (!d->mask)
            return ABSENT;
        index = likely(d->mask < 256) ? find_width(vm, d, key, hash, 1, false) : find_wide(vm, d, key, hash);
    } while (unlikely(index == RESTART));
    return index;
}

static int64_t find_text_wide(VM *vm, Dict *d, Value key, int64_t hash)
{
    if (d->mask < 65536)
        return find_width(vm, d, key, hash, 2, true);
    return find_width(vm, d, key, hash, 4, true);
}

INLINE int64_t find_text(VM *vm, Dict *d, Str *key, int64_t hash)
{
    if (!d->mask)
        return ABSENT;
    if (likely(d->mask < 256))
        return find_width(vm, d, from_object(key), hash, 1, true);
    return find_text_wide(vm, d, from_object(key), hash);
}

INLINE int64_t text_hash(VM *vm, Str *key) { return likely(key->hash) ? key->hash : str_hash(vm, key); }

int64_t dict_find_str(VM *vm, Dict *d, Str *key) { return find_text(vm, d, key, text_hash(vm, key)); }

Value dict_get_str(VM *vm, Dict *d, Str *key)
{
    int64_t index = find_text(vm, d, key, text_hash(vm, key));
    return index < 0 ? VALUE_EMPTY : d->entries[index].value;
}

Value dict_get(VM *vm, Dict *d, Value key)
{
    int64_t hash;
    if (!value_hash(vm, key, &hash))
        return VALUE_EMPTY;
    int64_t index = dict_find(vm, d, key, hash);
    return index < 0 ? VALUE_EMPTY : d->entries[index].value;
}

int dict_contains(VM *vm, Dict *d, Value key)
{
    int64_t hash;
    if (!value_hash(vm, key, &hash))
        return -1;
    int64_t index = dict_find(vm, d, key, hash);
    return index >= 0 ? 1 : index == ABSENT ? 0 : -1;
}

// ---- the table

static size_t table_bytes(uint64_t slots)
{
    return (size_t)usable(slots) * sizeof(DictEntry) + (size_t)slots * (size_t)width_of(slots - 1);
}

static uint64_t slots_for(uint64_t wanted) // smallest table of at least that many slots; 0: too large
{
    uint64_t slots = MIN_SLOTS;
    while (slots < wanted && slots <= MAX_SLOTS)
        slots *= 2;
    return slots <= MAX_SLOTS ? slots : 0;
}

static uint64_t slots_for_entries(uint64_t count) { return slots_for((count * 3 + 1) / 2); }

INLINE void index_entries(void *indices, size_t mask, const DictEntry *entries, uint32_t from, uint32_t to, int width)
{
    for (uint32_t n = from; n < to; n++) {
        uint64_t perturb = (uint64_t)entries[n].hash;
        size_t i = (size_t)perturb & mask;
        while (slot_read(indices, i, width) != 0)
            PROBE_NEXT(i, perturb, mask);
        slot_write(indices, i, width, slot_of(n, entries[n].hash, mask, width));
    }
}

static void index_all(Dict *d)
{
    int width = width_of(d->mask);
    if (width == 1)
        index_entries(d->indices, d->mask, d->entries, d->first, d->used, 1);
    else if (width == 2)
        index_entries(d->indices, d->mask, d->entries, d->first, d->used, 2);
    else
        index_entries(d->indices, d->mask, d->entries, d->first, d->used, 4);
}

// The places of values are no longer what they were. (A deleted value leaves its place empty, which tells.)
static void moved(VM *vm, const Dict *d)
{
    if (unlikely(d->watched))
        globals_changed(vm);
}

// A new global name may hide a builtin.
static __attribute__((noinline)) void check_shadowing(VM *vm, const Dict *d, Value key, int64_t hash)
{
    if (d != vm->builtins && is_str(key) && find_text(vm, vm->builtins, as_str(key), hash) >= 0)
        globals_changed(vm);
}

static void release_table(VM *vm, DictEntry *entries, uint32_t mask)
{
    if (entries)
        gc_buffer_free(vm, entries, table_bytes((uint64_t)mask + 1));
}

// Gives d a table of `slots` slots with the live entries of source (which may be d), leaving `gap` free entries before
// them.
static bool load_table(VM *vm, Dict *d, const Dict *source, uint64_t slots, uint32_t gap)
{
    if (slots == 0)
        return raise_memory(vm), false;
    DictEntry *entries = gc_buffer(vm, table_bytes(slots));
    if (!entries)
        return false;
    uint32_t to = gap;
    if (source->count == (int64_t)source->used - source->first && source->count) {
        memcpy(entries + gap, source->entries + source->first, (size_t)source->count * sizeof *entries);
        to += (uint32_t)source->count;
    } else {
        for (uint32_t i = source->first; i < source->used; i++)
            if (source->entries[i].key != VALUE_EMPTY)
                entries[to++] = source->entries[i];
    }
    release_table(vm, d->entries, d->mask);
    d->count = to - gap;
    d->entries = entries;
    d->used = to;
    d->first = gap;
    d->mask = (uint32_t)(slots - 1);
    d->capacity = usable(slots);
    d->indices = entries + d->capacity;
    d->keys_version++;
    moved(vm, d);
    index_all(d);
    gc_barrier(vm, d);
    return true;
}

// Copies the table as it is: no hole in it, no rehashing.
static bool clone_table(VM *vm, Dict *d, const Dict *source)
{
    size_t bytes = table_bytes((uint64_t)source->mask + 1);
    DictEntry *entries = gc_buffer(vm, bytes);
    if (!entries)
        return false;
    memcpy(entries, source->entries, bytes);
    release_table(vm, d->entries, d->mask);
    d->entries = entries;
    d->count = source->count;
    d->used = source->used;
    d->first = source->first;
    d->mask = source->mask;
    d->capacity = source->capacity;
    d->indices = entries + d->capacity;
    d->keys_version++;
    moved(vm, d);
    gc_barrier(vm, d);
    return true;
}

static bool grow(VM *vm, Dict *d) { return load_table(vm, d, d, slots_for((uint64_t)d->count * 3), 0); }

bool dict_reserve(VM *vm, Dict *d, int64_t count)
{
    if (count <= (int64_t)d->capacity - (int64_t)(d->used - (uint64_t)d->count))
        return true;
    return load_table(vm, d, d, (uint64_t)count > MAX_SLOTS ? 0 : slots_for_entries((uint64_t)count), 0);
}

Dict *dict_new(VM *vm, int64_t expected)
{
    Dict *d = gc_new(vm, vm->types[KIND_DICT]->root, sizeof(Dict));
    if (!d || expected <= 0)
        return d;
    return dict_reserve(vm, d, expected) ? d : NULL;
}

bool dict_insert_hashed(VM *vm, Dict *d, Value key, int64_t hash, Value value)
{
    if (unlikely(d->used == d->capacity) && !grow(vm, d))
        return false;
    int width = width_of(d->mask);
    size_t mask = d->mask, i = (size_t)hash & mask;
    uint64_t perturb = (uint64_t)hash;
    if (likely(width == 1)) {
        for (uint32_t s; (s = ((uint8_t *)d->indices)[i]) != 0 && s != 0xFF;)
            PROBE_NEXT(i, perturb, mask);
        ((uint8_t *)d->indices)[i] = (uint8_t)(d->used + 1);
    } else {
        uint32_t s;
        while ((s = slot_read(d->indices, i, width)) != 0 && !slot_deleted(s, mask, width))
            PROBE_NEXT(i, perturb, mask);
        slot_write(d->indices, i, width, slot_of(d->used, hash, mask, width));
    }
    d->entries[d->used++] = (DictEntry){key, value, hash};
    d->count++;
    d->keys_version++;
    gc_barrier_value(vm, d, d->entries, key);
    gc_barrier_value(vm, d, d->entries, value);
    if (unlikely(d->watched))
        check_shadowing(vm, d, key, hash);
    return true;
}

bool dict_set_hashed(VM *vm, Dict *d, Value key, int64_t hash, Value value)
{
    int64_t index = dict_find(vm, d, key, hash);
    if (index >= 0) {
        d->entries[index].value = value;
        gc_barrier_value(vm, d, d->entries, value);
        return true;
    }
    return index == ABSENT && dict_insert_hashed(vm, d, key, hash, value);
}

bool dict_set(VM *vm, Dict *d, Value key, Value value)
{
    int64_t hash;
    return value_hash(vm, key, &hash) && dict_set_hashed(vm, d, key, hash, value);
}

bool dict_set_str(VM *vm, Dict *d, Str *key, Value value)
{
    int64_t hash = text_hash(vm, key);
    int64_t index = find_text(vm, d, key, hash);
    if (index < 0)
        return dict_insert_hashed(vm, d, from_object(key), hash, value);
    d->entries[index].value = value;
    gc_barrier_value(vm, d, d->entries, value);
    return true;
}

bool dict_set_text(VM *vm, Dict *d, const char *key, Value value)
{
    Str *name = str_intern_text(vm, key, strlen(key));
    return name && dict_set_str(vm, d, name, value);
}

Value dict_setdefault(VM *vm, Dict *d, Value key, Value value)
{
    int64_t hash;
    if (!value_hash(vm, key, &hash))
        return VALUE_EMPTY;
    int64_t index = dict_find(vm, d, key, hash);
    if (index >= 0)
        return d->entries[index].value;
    return index == ABSENT && dict_insert_hashed(vm, d, key, hash, value) ? value : VALUE_EMPTY;
}

void dict_delete_at(Dict *d, int64_t index)
{
    int width = width_of(d->mask);
    size_t mask = d->mask;
    uint64_t perturb = (uint64_t)d->entries[index].hash;
    size_t i = (size_t)perturb & mask;
    while (slot_number(slot_read(d->indices, i, width), mask, width) != (uint32_t)index + 1)
        PROBE_NEXT(i, perturb, mask);
    slot_write(d->indices, i, width, deleted_slot(mask, width));
    d->entries[index] = (DictEntry){VALUE_EMPTY, VALUE_EMPTY, 0};
    d->count--;
    d->keys_version++;
    if ((uint32_t)index == d->first)
        while (d->first < d->used && d->entries[d->first].key == VALUE_EMPTY)
            d->first++;
}

int dict_delete(VM *vm, Dict *d, Value key, Value *old)
{
    int64_t hash;
    if (!value_hash(vm, key, &hash))
        return -1;
    int64_t index = dict_find(vm, d, key, hash);
    if (index < 0)
        return index == ABSENT ? 0 : -1;
    if (old)
        *old = d->entries[index].value;
    dict_delete_at(d, index);
    return 1;
}

void dict_clear(VM *vm, Dict *d)
{
    release_table(vm, d->entries, d->mask);
    d->entries = NULL;
    d->indices = NULL;
    d->count = 0;
    d->used = d->capacity = d->mask = d->first = 0;
    d->keys_version++;
    moved(vm, d);
}

bool dict_next(Dict *d, uint32_t *position, Value *key, Value *value)
{
    int64_t index = dict_forward(d, *position);
    if (index < 0)
        return false;
    *key = d->entries[index].key;
    *value = d->entries[index].value;
    *position = (uint32_t)index + 1;
    return true;
}

// Index of the last entry, which leaves the table, in *e; false when there is none. The place is not used again before
// the next rehash (capacity shrinks with used): its deleted slot still fills the index table.
bool dict_pop_last(VM *vm, Dict *d, DictEntry *e)
{
    int64_t index = dict_backward(d, d->used);
    if (index < 0)
        return false;
    *e = d->entries[index];
    dict_delete_at(d, index);
    moved(vm, d);
    d->capacity -= d->used - (uint32_t)index;
    d->used = (uint32_t)index;
    if (d->first > d->used)
        d->first = d->used;
    return true;
}

// Puts an entry before all others, into the gap that make_room left. As every insertion it uses up one unit of
// capacity - used, which bounds the number of slots in use.
static void insert_first(VM *vm, Dict *d, DictEntry e)
{
    uint32_t at = d->first - 1;
    uint64_t perturb = (uint64_t)e.hash;
    size_t i = (size_t)perturb & d->mask;
    int width = width_of(d->mask);
    for (uint32_t s; (s = slot_read(d->indices, i, width)) != 0 && !slot_deleted(s, d->mask, width);)
        PROBE_NEXT(i, perturb, d->mask);
    slot_write(d->indices, i, width, slot_of(at, e.hash, d->mask, width));
    d->entries[at] = e;
    d->first = at;
    d->capacity--;
    d->count++;
    d->keys_version++;
    moved(vm, d);
    gc_barrier(vm, d);
}

// A free place at one end, so that moving an entry there cannot fail half-way. A gap at the front is as large as a
// quarter of the entries: the cost of moving them all spreads.
static bool make_room(VM *vm, Dict *d, bool last)
{
    if (d->used < d->capacity && (last || d->first > 0))
        return true;
    uint64_t gap = (uint64_t)d->count / 4 + 1;
    if (last)
        return grow(vm, d);
    return load_table(vm, d, d, slots_for_entries((uint64_t)d->count + 2 * gap + 1), (uint32_t)gap);
}

int dict_move_key(VM *vm, Dict *d, Value key, bool last)
{
    int64_t hash;
    if (!value_hash(vm, key, &hash))
        return -1;
    int64_t index = dict_find(vm, d, key, hash);
    if (index < 0)
        return index == ABSENT ? 0 : -1;
    if (index == (last ? dict_backward(d, d->used) : dict_forward(d, 0)))
        return 1;
    DictEntry e = d->entries[index];
    DictEntry *before = d->entries;
    if (!make_room(vm, d, last))
        return -1;
    if (d->entries != before) // compacted: the same word is the same key
        for (index = d->first; d->entries[index].key != e.key;)
            index++;
    dict_delete_at(d, index);
    if (last)
        return dict_insert_hashed(vm, d, e.key, e.hash, e.value) ? 1 : -1;
    insert_first(vm, d, e);
    return 1;
}

// ---- copying

bool dict_merge(VM *vm, Dict *d, Dict *other)
{
    if (d == other || other->count == 0)
        return true;
    if (d->count == 0) {
        bool dense = other->first == 0 && other->count == other->used && other->count >= other->capacity / 4;
        if (dense)
            return clone_table(vm, d, other);
        return load_table(vm, d, other, slots_for_entries((uint64_t)other->count), 0);
    }
    if (other->count > (int64_t)d->capacity && !dict_reserve(vm, d, d->count + other->count))
        return false;
    uint32_t used = other->used;
    for (int64_t i = dict_forward(other, 0); i >= 0; i = dict_forward(other, i + 1)) {
        DictEntry e = other->entries[i];
        if (!dict_set_hashed(vm, d, e.key, e.hash, e.value) || !vm_tick(vm))
            return false;
        if (other->used != used)
            return raise_runtime(vm, "dict mutated during update"), false;
    }
    return true;
}

Dict *dict_copy(VM *vm, Dict *d)
{
    Dict *copy = dict_new(vm, 0);
    return copy && dict_merge(vm, copy, d) ? copy : NULL;
}

bool dict_update(VM *vm, Dict *d, Value other) { return dict_update_with(vm, d, other, VALUE_EMPTY); }

void dict_mark(Gc *gc, Object *o)
{
    Dict *d = (Dict *)o;
    gc_mark(gc, d->attributes);
    gc_mark_buffer(gc, d->entries);
    if (d->entries)
        gc_mark_entries(gc, d->entries, &d->entries[d->first].key, d->used - d->first,
            sizeof(DictEntry) / sizeof(Value), 2);
}
