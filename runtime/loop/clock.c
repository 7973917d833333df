// SPDX-License-Identifier: MIT
//
// The clock of a VM: see clock.h. A virtual one counts nanoseconds from a fixed start, so that a program sees the same
// times in every run; its wall clock starts at the machine's time, or where the config says.

#define _GNU_SOURCE
#include "clock.h"

#include <math.h>

#include "runtime/host/host.h"

#define NANO INT64_C(1000000000)
#define END_OF_TIME 9.2e9 // seconds that nanoseconds in 63 bits can count
#define RESOLUTION 1e-9
#define START (1000 * NANO) // of a virtual clock: not 0, so that there is a past

static int64_t nanoseconds(const struct timespec *t) { return (int64_t)t->tv_sec * NANO + t->tv_nsec; }
static double seconds(int64_t nano) { return (double)(nano / NANO) + (double)(nano % NANO) * 1e-9; }

// ---------------------------------------------------------------- the virtual clock

static int64_t virtual_now(void *context, bool wall)
{
    Clock *c = context;
    return wall ? c->wall + (c->now - START) : c->now;
}

static void virtual_sleep(void *context, int64_t deadline)
{
    Clock *c = context;
    if (deadline > c->now)
        c->now = deadline;
}

void clock_init(Clock *clock, const AiolosConfig *config)
{
    struct timespec t = {0, 0};
    clock->hook = config->clock;
    if (clock->hook.now || !(config->flags & AIOLOS_VIRTUAL_TIME))
        return;
    clock_gettime(CLOCK_REALTIME, &t);
    clock->is_virtual = true;
    clock->now = START;
    clock->wall = config->virtual_start ? config->virtual_start : nanoseconds(&t);
    clock->hook = (AiolosClock){virtual_now, virtual_sleep, clock};
}

// ---------------------------------------------------------------- reading and sleeping

bool clock_read(const Clock *clock, clockid_t id, struct timespec *out)
{
    bool cpu = id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID || id < 0;
    if (!clock_is_set(clock) || cpu)
        return false;
    bool wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
    int64_t nano = clock->hook.now(clock->hook.context, wall);
    *out = (struct timespec){.tv_sec = nano / NANO, .tv_nsec = nano % NANO};
    return true;
}

bool clock_sleep_until(Clock *clock, const struct timespec *deadline)
{
    if (!clock_is_set(clock) || !clock->hook.sleep)
        return false;
    int64_t nano = deadline->tv_sec > INT64_MAX / NANO - 1 ? INT64_MAX : nanoseconds(deadline);
    clock->hook.sleep(clock->hook.context, nano);
    return true;
}

bool clock_never(VM *vm, double when) { return host_of(vm)->clock.is_virtual && !(when < END_OF_TIME); }

bool clock_jump(VM *vm, double when)
{
    Clock *c = &host_of(vm)->clock;
    if (!clock_is_set(c) || !c->hook.sleep)
        return false;
    // Far out a double cannot tell nanoseconds apart: the jump goes on until the deadline counts as reached.
    int64_t deadline = when < END_OF_TIME ? (int64_t)ceil(when * 1e9) : INT64_MAX;
    for (int64_t more = 1; seconds(deadline) + RESOLUTION <= when && deadline < INT64_MAX - more; more *= 2)
        deadline += more;
    c->hook.sleep(c->hook.context, deadline);
    return true;
}

void clock_passed(VM *vm, double seconds)
{
    Clock *c = &host_of(vm)->clock;
    if (c->is_virtual && seconds > 0)
        c->now += (int64_t)ceil(seconds * 1e9);
}

uint32_t clock_coarse(VM *vm)
{
    Clock *c = &host_of(vm)->clock;
    struct timespec t = {0, 0};
    if (unlikely(clock_is_set(c)))
        return (uint32_t)(c->hook.now(c->hook.context, false) / (NANO / 100));
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint32_t)t.tv_sec * 100 + (uint32_t)(t.tv_nsec / (NANO / 100));
}
