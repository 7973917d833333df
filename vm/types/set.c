// SPDX-License-Identifier: MIT
//
// The set table: entries of (key, hash) probed in short linear runs, then by the perturbed hash, as CPython does, so
// that the order of iteration over ints (whose hash is known) is CPython's too. A new set has no table and counts as
// one of 8 slots; a table of 8 slots lies in the set itself. A removed key leaves SET_DELETED until a new key or the
// next rehash.
//
// Look-up compares words, then hashes; only keys that are neither both strings nor both ints call out, and start over
// when that changed the table. Methods are in set_methods.c.

#include "set.h"

#include "container.h"

#define LINEAR_PROBES 9
#define PERTURB_SHIFT 5

enum { ABSENT = -1, FAILED = -2, RESTART = -3 };

static uint64_t mask_of(const Set *s) { return s->entries ? s->mask : SET_SMALL - 1; }

static int keys_equal(VM *vm, Set *s, uint64_t index, Value key)
{
    SetEntry *entries = s->entries;
    uint64_t mask = s->mask;
    Value k = entries[index].key;
    int equal = value_equal(vm, k, key);
    if (equal < 0)
        return FAILED;
    if (s->entries != entries || s->mask != mask || entries[index].key != k)
        return RESTART;
    return equal;
}

// *place receives where a key that is absent goes: as free_entry below finds it.
static inline __attribute__((always_inline)) int64_t find_once(VM *vm, Set *s, Value key, int64_t hash,
                                                               SetEntry **place)
{
    uint64_t mask = s->mask, perturb = (uint64_t)hash, i = perturb & mask;
    SetEntry *deleted = NULL;
    for (;;) {
        SetEntry *e = &s->entries[i];
        uint64_t probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
        for (uint64_t n = 0; n <= probes; n++, e++) {
            if (e->key == key)
                return (int64_t)(i + n);
            if (e->key == VALUE_EMPTY) {
                *place = deleted ? deleted : e;
                return ABSENT;
            }
            if (e->key == SET_DELETED) {
                deleted = e;
            } else if (e->hash == hash) {
                int equal = keys_equal(vm, s, i + n, key);
                if (equal)
                    return equal > 0 ? (int64_t)(i + n) : equal;
            }
        }
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

int64_t set_find(VM *vm, Set *s, Value key, int64_t hash)
{
    int64_t index;
    SetEntry *place = NULL;
    do {
        if (!s->entries)
            return ABSENT;
        index = find_once(vm, s, key, hash, &place);
    } while (unlikely(index == RESTART));
    return index;
}

// Where a key that is not in the table goes: the last deleted entry on its way to the first free one, else that one.
static SetEntry *free_entry(SetEntry *entries, uint64_t mask, int64_t hash)
{
    uint64_t perturb = (uint64_t)hash, i = perturb & mask;
    SetEntry *deleted = NULL;
    for (;;) {
        SetEntry *e = &entries[i];
        for (uint64_t probes = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;; probes--, e++) {
            if (e->key == VALUE_EMPTY)
                return deleted ? deleted : e;
            if (e->key == SET_DELETED)
                deleted = e;
            if (probes == 0)
                break;
        }
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

// Leaves the set without a table. Invariant: `small` is all zero when it is not the table.
static void release_table(VM *vm, Set *s)
{
    if (s->entries == s->small)
        memset(s->small, 0, sizeof s->small);
    else if (s->entries)
        gc_buffer_free(vm, s->entries, (size_t)(s->mask + 1) * sizeof(SetEntry));
    s->entries = NULL;
}

static bool resize(VM *vm, Set *s, uint64_t least)
{
    uint64_t slots = SET_SMALL;
    size_t size;
    while (slots <= least)
        slots *= 2;
    if (!size_mul(slots, sizeof(SetEntry), &size))
        return raise_memory(vm), false;
    SetEntry saved[SET_SMALL], *old = s->entries, *entries = s->small;
    if (slots > SET_SMALL && !(entries = gc_buffer(vm, size)))
        return false;
    if (old == s->small) {
        old = memcpy(saved, old, sizeof saved);
        memset(s->small, 0, sizeof s->small);
    }
    for (uint64_t i = 0; old && i <= s->mask; i++)
        if (old[i].key != VALUE_EMPTY && old[i].key != SET_DELETED)
            *free_entry(entries, slots - 1, old[i].hash) = old[i];
    if (old != saved)
        release_table(vm, s);
    s->entries = entries;
    s->mask = slots - 1;
    s->fill = s->count;
    gc_barrier(vm, s);
    return true;
}

static bool insert_at(VM *vm, Set *s, SetEntry *e, Value key, int64_t hash)
{
    bool again = e->key == SET_DELETED;
    *e = (SetEntry){key, hash};
    s->fill += !again;
    s->count++;
    s->version++;
    if (is_object(key)) {
        s->objects = true;
        gc_barrier_value(vm, s, s->entries, key);
    }
    if (again || (uint64_t)s->fill * 5 < s->mask * 3)
        return true;
    return resize(vm, s, (uint64_t)s->count * (s->count > 50000 ? 2 : 4));
}

bool set_add_hashed(VM *vm, Set *s, Value key, int64_t hash)
{
    int64_t index;
    SetEntry *place = NULL;
    uint32_t version;
    do {
        if (unlikely(!s->entries) && !resize(vm, s, 0))
            return false;
        version = s->version;
        index = find_once(vm, s, key, hash, &place);
    } while (unlikely(index == RESTART));
    if (index != ABSENT)
        return index >= 0;
    if (unlikely(s->version != version)) // a comparison changed the set elsewhere
        place = free_entry(s->entries, s->mask, hash);
    return insert_at(vm, s, place, key, hash);
}

bool set_add(VM *vm, Set *s, Value key)
{
    int64_t hash;
    return value_hash(vm, key, &hash) && set_add_hashed(vm, s, key, hash);
}

int set_contains(VM *vm, Set *s, Value key)
{
    int64_t hash;
    if (!value_hash(vm, key, &hash))
        return -1;
    int64_t index = set_find(vm, s, key, hash);
    return index >= 0 ? 1 : index == ABSENT ? 0 : -1;
}

int set_discard_hashed(VM *vm, Set *s, Value key, int64_t hash)
{
    int64_t index = set_find(vm, s, key, hash);
    if (index < 0)
        return index == ABSENT ? 0 : -1;
    s->entries[index] = (SetEntry){SET_DELETED, -1};
    s->count--;
    s->version++;
    return 1;
}

int set_discard(VM *vm, Set *s, Value key)
{
    int64_t hash;
    return value_hash(vm, key, &hash) ? set_discard_hashed(vm, s, key, hash) : -1;
}

SetEntry *set_entry_next(Set *s, uint64_t *position)
{
    if (!s->entries)
        return NULL;
    for (uint64_t i = *position; i <= s->mask; i++) {
        SetEntry *e = &s->entries[i];
        if (e->key != VALUE_EMPTY && e->key != SET_DELETED) {
            *position = i + 1;
            return e;
        }
    }
    return NULL;
}

bool set_next(Set *s, uint64_t *position, Value *key)
{
    SetEntry *e = set_entry_next(s, position);
    if (e)
        *key = e->key;
    return e != NULL;
}

void set_clear(VM *vm, Set *s)
{
    release_table(vm, s);
    s->mask = 0;
    s->count = s->fill = 0;
    s->hash = 0;
    s->objects = false;
    s->version++;
}

Set *set_new(VM *vm, bool frozen)
{
    return gc_new(vm, vm->types[frozen ? KIND_FROZENSET : KIND_SET]->root, sizeof(Set));
}

// ---- update

bool set_reserve(VM *vm, Set *s, int64_t more)
{
    if (((uint64_t)s->fill + (uint64_t)more) * 5 < mask_of(s) * 3)
        return true;
    return resize(vm, s, ((uint64_t)s->count + (uint64_t)more) * 2);
}

static bool merge(VM *vm, Set *s, Set *other)
{
    if (other == s || other->count == 0)
        return true;
    if (!set_reserve(vm, s, other->count) || (!s->entries && !resize(vm, s, 0)))
        return false;
    if (s->fill == 0) { // all keys are different: no comparison
        if (s->mask == other->mask && other->fill == other->count) {
            memcpy(s->entries, other->entries, (size_t)(s->mask + 1) * sizeof(SetEntry));
        } else {
            uint64_t position = 0;
            vm_charge(vm, (size_t)other->count / 4);
            for (SetEntry *e; (e = set_entry_next(other, &position));)
                *free_entry(s->entries, s->mask, e->hash) = *e;
        }
        s->fill = s->count = other->count;
        s->objects = other->objects;
        s->version++;
        gc_barrier(vm, s);
        return true;
    }
    uint64_t position = 0;
    for (SetEntry *e; (e = set_entry_next(other, &position));)
        if (!set_add_hashed(vm, s, e->key, e->hash) || !vm_tick(vm))
            return false;
    return true;
}

static bool update_from_dict(VM *vm, Set *s, Dict *d)
{
    if (!set_reserve(vm, s, d->count))
        return false;
    for (int64_t i = dict_forward(d, 0); i >= 0; i = dict_forward(d, i + 1))
        if (!set_add_hashed(vm, s, d->entries[i].key, d->entries[i].hash) || !loop_tick(vm, i))
            return false;
    return true;
}

bool set_update(VM *vm, Set *s, Value iterable)
{
    if (is_set(iterable))
        return merge(vm, s, as_set(iterable));
    if (is_exact(vm, iterable, KIND_DICT))
        return update_from_dict(vm, s, as_dict(iterable));
    Each each;
    Value item;
    if (!each_begin(&each, vm, iterable))
        return false;
    while (each_next(&each, &item))
        if (!set_add(vm, s, item))
            return false;
    return !vm->error;
}

Set *set_copy(VM *vm, Set *source, bool frozen)
{
    Set *copy = set_new(vm, frozen);
    return copy && merge(vm, copy, source) ? copy : NULL;
}
