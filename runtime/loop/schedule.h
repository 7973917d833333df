// SPDX-License-Identifier: MIT
//
// Schedule: another legal order of what is ready, drawn from a seed (AIOLOS_SCHEDULE_SEED). A turn still runs exactly
// what was ready at its start, each entry once. What different tasks, callbacks, timers or descriptors made ready is
// interleaved at will. What one of them made ready keeps its order, as loop.call_soon() promises, but for tasks that
// follow each other: those take any order.
//
// The same seed gives the same run when the program sees the same times, files and sockets: see clock.h for times.
#ifndef AIOLOS_RUNTIME_SCHEDULE_H
#define AIOLOS_RUNTIME_SCHEDULE_H

#include "loop.h"

typedef struct Schedule Schedule;

Schedule *schedule_new(VM *vm, uint64_t seed); // NULL: no memory
void schedule_free(VM *vm, Schedule *s);
// The turn begins: reorders what is ready. False: MemoryError pending.
bool schedule_begin(VM *vm, Schedule *s, EventLoop *loop);
// One entry has run and `left` entries of the turn remain: what it made ready has one source.
void schedule_ran(VM *vm, Schedule *s, EventLoop *loop, uint32_t left);
// Numbers for whatever else must repeat: state is any number, changed by each call.
uint64_t schedule_random(uint64_t *state);

#endif
