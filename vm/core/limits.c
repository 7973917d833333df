// SPDX-License-Identifier: MIT
//
// The tick's slow path and the state machine of limits: running, grace, closed to scripts. See limits.h.

#include "limits.h"

#include <math.h>

#include "native.h"

#define TICK_SLICE 1024

enum { STOP_NONE, STOP_GRACE, STOP_CLOSED };

static bool raise_limit(VM *vm)
{
    raise_exc(vm, EXC_BudgetError, "%s", vm->limit_reason ? vm->limit_reason : "closed to scripts");
    return false;
}

void limits_refuse(VM *vm) { raise_limit(vm); }

static double now(VM *vm) { return vm->hooks.clock_monotonic ? vm->hooks.clock_monotonic(vm->hooks.context) : 0; }

// ---------------------------------------------------------------- slices

static void start_slice(VM *vm, uint32_t why)
{
    int64_t slice = TICK_SLICE;
    if (vm->stop == STOP_CLOSED)
        slice = 0;
    else if (vm->stop == STOP_GRACE)
        slice = vm->grace < slice ? vm->grace : slice;
    else if (why & ATTENTION_BUDGET)
        slice = vm->budget < slice ? vm->budget : slice;
    vm->slice = vm->ticks = slice > 0 ? (int32_t)slice : 0;
}

// Enters the grace: the deadline is moved to its end, for what waits.
static bool begin_stop(VM *vm, const char *reason)
{
    vm->limit_reason = reason;
    vm->stop = STOP_GRACE;
    vm->grace = LIMIT_GRACE_TICKS;
    vm->grace_deadline = now(vm) + LIMIT_GRACE_SECONDS;
    vm_request_attention(vm, ATTENTION_STOPPING);
    return raise_limit(vm);
}

static bool end_grace(VM *vm)
{
    vm->stop = STOP_CLOSED;
    vm->closed_to_scripts = true;
    return raise_limit(vm);
}

static bool check_limits(VM *vm, uint32_t why, int32_t spent)
{
    if (why & ATTENTION_BUDGET)
        vm->budget -= spent;
    if (vm->stop == STOP_CLOSED)
        return raise_limit(vm);
    if (vm->stop == STOP_GRACE) {
        vm->grace -= spent;
        bool over = vm->grace <= 0 || (vm->hooks.clock_monotonic && now(vm) >= vm->grace_deadline);
        return !over || end_grace(vm);
    }
    if (why & ATTENTION_STOP) {
        atomic_fetch_and(&vm->attention, ~ATTENTION_STOP);
        return begin_stop(vm, "stopped by the host");
    }
    if (why & ATTENTION_BUDGET && vm->budget <= 0)
        return begin_stop(vm, "instruction limit exceeded");
    if (why & ATTENTION_DEADLINE && now(vm) >= vm->deadline)
        return begin_stop(vm, "time limit exceeded");
    return true;
}

static bool take_interrupt(VM *vm)
{
    if (vm->hooks.interrupt)
        return vm->hooks.interrupt(vm);
    raise_args(vm, EXC_KeyboardInterrupt, 0, NULL);
    return false;
}

#define LIMITS (ATTENTION_BUDGET | ATTENTION_DEADLINE | ATTENTION_STOP | ATTENTION_STOPPING)

bool vm_tick_slow(VM *vm)
{
    int32_t spent = vm->slice - vm->ticks;
    uint32_t why = atomic_load_explicit(&vm->attention, memory_order_relaxed);
    if (likely(!why)) {
        vm->slice = vm->ticks = TICK_SLICE;
        return true;
    }
    bool within = !(why & LIMITS) || check_limits(vm, why, spent);
    start_slice(vm, why);
    if (!within)
        return false;
    atomic_fetch_and(&vm->attention, ~(ATTENTION_INTERRUPT | ATTENTION_GC));
    if (why & ATTENTION_INTERRUPT && !take_interrupt(vm))
        return false;
    if (why & ATTENTION_GC)
        gc_run_finalizers(vm);
    if (why & ATTENTION_POLL && vm->hooks.poll)
        return vm->hooks.poll(vm);
    return true;
}

// ---------------------------------------------------------------- for the host

static void set_attention(VM *vm, uint32_t bit, bool on)
{
    if (on)
        atomic_fetch_or(&vm->attention, bit);
    else
        atomic_fetch_and(&vm->attention, ~bit);
}

void limits_set(VM *vm, int64_t instructions, double seconds)
{
    vm->budget = instructions;
    vm->deadline = now(vm) + seconds;
    vm->limit_reason = NULL;
    set_attention(vm, ATTENTION_BUDGET, instructions > 0);
    set_attention(vm, ATTENTION_DEADLINE, seconds > 0);
    limits_settle(vm);
}

void limits_settle(VM *vm)
{
    vm->stop = STOP_NONE;
    vm->closed_to_scripts = false;
    set_attention(vm, ATTENTION_STOPPING, false);
    start_slice(vm, atomic_load(&vm->attention));
}

LimitPause limits_pause(VM *vm)
{
    uint32_t masked = LIMITS & ~ATTENTION_STOP;
    LimitPause pause = {atomic_fetch_and(&vm->attention, ~masked) & masked, vm->stop, vm->closed_to_scripts};
    vm->stop = STOP_NONE;
    vm->closed_to_scripts = true;
    start_slice(vm, 0);
    return pause;
}

void limits_resume(VM *vm, LimitPause pause)
{
    vm->stop = pause.stop;
    vm->closed_to_scripts = pause.closed;
    start_slice(vm, atomic_fetch_or(&vm->attention, pause.attention) | pause.attention);
}

double limits_wake(VM *vm)
{
    if (vm->stop == STOP_GRACE)
        return vm->grace_deadline;
    return atomic_load_explicit(&vm->attention, memory_order_relaxed) & ATTENTION_DEADLINE ? vm->deadline : INFINITY;
}

Value limits_raise_count(VM *vm, const char *what, uint32_t limit)
{
    return raise_exc(vm, EXC_BudgetError, "limit of %zu %s exceeded", (size_t)limit, what);
}
