// SPDX-License-Identifier: MIT
//
// Reordering the ready ring: see schedule.h. Who made an entry ready is known without a field in it: entries are
// appended while their source runs, so the ring is a row of runs, one for each source, and only their places are kept.

#include "schedule.h"

#include "runtime/host/host.h"
#include "runtime/tasks/future.h"

// Several arrays of one length side by side.
typedef struct Slot {
    uint32_t source;   // of the coming turn's entry i: who made it ready; equal ones stand together
    uint32_t order;    // scratch: a permutation of the entries
    uint32_t run;      // scratch: the first entry with the same source
    uint32_t cursor;   // scratch, of that one: the next entry of the run to place
    ReadyEntry entry;  // scratch: the ring as it was
} Slot;

struct Schedule {
    uint64_t state;
    EventLoop *loop;   // whose entries the sources are about; compared only
    Slot *slots;
    uint32_t capacity;
    uint32_t known;    // entries whose source is known
    uint32_t serial;   // number of the newest source
};

// splitmix64
uint64_t schedule_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

Schedule *schedule_new(VM *vm, uint64_t seed)
{
    Schedule *s = mem_realloc(vm, NULL, 0, sizeof *s);
    if (s)
        *s = (Schedule){.state = seed};
    return s;
}

void schedule_free(VM *vm, Schedule *s)
{
    if (!s)
        return;
    mem_realloc(vm, s->slots, s->capacity * sizeof *s->slots, 0);
    mem_realloc(vm, s, sizeof *s, 0);
}

static bool reserve(VM *vm, Schedule *s, uint32_t count)
{
    if (count <= s->capacity)
        return true;
    size_t wanted = (size_t)count + count / 2 + 16;
    Slot *p = wanted <= UINT32_MAX ? mem_realloc(vm, s->slots, s->capacity * sizeof *p, wanted * sizeof *p) : NULL;
    if (!p)
        return false;
    s->slots = p;
    s->capacity = (uint32_t)wanted;
    return true;
}

static bool is_step(ReadyEntry e) { return as_object(e.target)->shape->type->def == &task_def; }

static uint32_t random_below(Schedule *s, uint32_t bound) { return (uint32_t)(schedule_random(&s->state) % bound); }

// Tasks that one source made ready one after the other, with no callback between them.
static void shuffle_tasks(Schedule *s, uint32_t count)
{
    for (uint32_t start = 0, end; start < count; start = end) {
        end = start + 1;
        while (end < count && is_step(s->slots[start].entry) && is_step(s->slots[end].entry) &&
               s->slots[start].source == s->slots[end].source)
            end++;
        for (uint32_t left = end - start; left > 1; left--) {
            uint32_t k = start + random_below(s, left);
            ReadyEntry other = s->slots[k].entry;
            s->slots[k].entry = s->slots[start + left - 1].entry;
            s->slots[start + left - 1].entry = other;
        }
    }
}

static void shuffle_places(Schedule *s, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        s->slots[i].order = i;
    for (uint32_t left = count; left > 1; left--) {
        uint32_t k = random_below(s, left), other = s->slots[k].order;
        s->slots[k].order = s->slots[left - 1].order;
        s->slots[left - 1].order = other;
    }
}

bool schedule_begin(VM *vm, Schedule *s, EventLoop *loop)
{
    uint32_t count = loop->ready_count, mask = loop->ready_capacity - 1;
    if (!reserve(vm, s, count))
        return (raise_memory(vm), false);
    if (s->loop != loop)
        s->known = 0;
    s->loop = loop;
    for (uint32_t i = s->known; i < count; i++) // timers and descriptors
        s->slots[i].source = ++s->serial;
    for (uint32_t i = 0; i < count; i++) {
        bool same = i > 0 && s->slots[i - 1].source == s->slots[i].source;
        s->slots[i].entry = loop->ready[(loop->ready_head + i) & mask];
        s->slots[i].run = same ? s->slots[i - 1].run : i;
        s->slots[i].cursor = i;
    }
    shuffle_tasks(s, count);
    shuffle_places(s, count); // each place goes to the next entry of the run that it fell to
    for (uint32_t i = 0; i < count; i++) {
        Slot *run = &s->slots[s->slots[s->slots[i].order].run];
        loop->ready[(loop->ready_head + i) & mask] = s->slots[run->cursor++].entry;
    }
    s->known = 0;
    return true;
}

void schedule_ran(VM *vm, Schedule *s, EventLoop *loop, uint32_t left)
{
    uint32_t count = loop->ready_count > left ? loop->ready_count - left : 0;
    s->serial++;
    if (!reserve(vm, s, count))
        return; // then they count as having sources of their own
    for (uint32_t i = s->known; i < count; i++)
        s->slots[i].source = s->serial;
    s->known = count;
}
