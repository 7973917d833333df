// SPDX-License-Identifier: MIT
//
// Clock: which time a VM sees. Every reading of a clock by a script, the loop or the library comes through sys_clock
// and sys_sleep_until, which ask here first; so time.time, time.monotonic, time.perf_counter, time.sleep and loop.time
// agree.
//
//   the machine's   nothing is set: the calls go to the kernel
//   the host's      AiolosConfig.clock: two functions of the embedder
//   virtual         AIOLOS_VIRTUAL_TIME: stands while anything can run, jumps to the next deadline when nothing can
//
// While a descriptor, a thread or anything else outside may wake the loop, a virtual clock does not jump: the loop
// waits as it would without it, and what passed outside passes inside too. CPU clocks are always the machine's.
#ifndef AIOLOS_RUNTIME_CLOCK_H
#define AIOLOS_RUNTIME_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "runtime/aiolos.h"
#include "vm/core/vm.h"

typedef struct Clock {
    AiolosClock hook;   // now NULL: the machine's
    bool is_virtual;
    int64_t now;        // virtual: nanoseconds
    int64_t wall;       // virtual: time since 1970 at the start
} Clock;

void clock_init(Clock *clock, const AiolosConfig *config);
// True: *out is set; false: the machine's clock is to be read.
bool clock_read(const Clock *clock, clockid_t id, struct timespec *out);
// time.sleep() until a monotonic time: true when the clock has been moved or the host has waited.
bool clock_sleep_until(Clock *clock, const struct timespec *deadline);
// Nothing can run before `when` (seconds of the monotonic clock) and nothing outside is waited for. True: the time has
// come. False: the loop has to wait itself.
bool clock_jump(VM *vm, double when);
// A virtual clock: `seconds` passed outside while the loop waited. Other clocks go on by themselves.
void clock_passed(VM *vm, double seconds);
// True when a time as far as this never comes: the end of a virtual clock.
bool clock_never(VM *vm, double when);
// Hundredths of a second, cheap, for ages; wraps around after 497 days.
uint32_t clock_coarse(VM *vm);
static inline bool clock_is_set(const Clock *clock) { return clock->hook.now != NULL; }

#endif
