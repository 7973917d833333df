// SPDX-License-Identifier: MIT
//
// The limits of a VM as the host sets them: aiolos_set_limits and what asks about them.

#include "api.h"

void api_set_limits(VM *vm, const AiolosLimits *limits)
{
    Host *host = host_of(vm);
    host->limits = *limits;
    host->task_limit = limits->tasks;
    host->timer_limit = limits->timers;
    host->handle_limit = limits->handles;
    vm->gc.cap = limits->memory;
    vm->gc.reserve_open = false;
    if (limits->recursion)
        vm->recursion_limit = limits->recursion;
    vm->recursion_most = limits->recursion ? limits->recursion : INT32_MAX;
    limits_set(vm, limits->instructions, limits->seconds);
}

void aiolos_set_limits(AiolosVM *handle, const AiolosLimits *limits)
{
    VM *vm = inside(handle);
    ENTER(vm);
    api_set_limits(vm, limits);
    api_leave(vm);
}

bool aiolos_limit_reached(AiolosVM *vm) { return limits_spent(inside(vm)); }

void aiolos_stop(AiolosVM *vm)
{
    vm_request_attention(inside(vm), ATTENTION_STOP);
    sys_wake(inside(vm));
}

LimitPause api_pause(VM *vm) { return limits_spent(vm) ? limits_pause(vm) : (LimitPause){0}; }

void api_resume(VM *vm, LimitPause pause)
{
    if (limits_spent(vm))
        limits_resume(vm, pause);
}
