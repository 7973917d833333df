// SPDX-License-Identifier: MIT
//
// The table of signals and the handler in C. See signals.h.

#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>

#include "runtime/host/host.h"

// Process-wide, as signals are: who takes a signal, and what it did before.
static _Atomic(VM *) takers[SIGNAL_COUNT];
static struct sigaction before[SIGNAL_COUNT];

static void on_signal(int number)
{
    int saved = errno;
    VM *vm = atomic_load(&takers[number]);
    if (vm) {
        atomic_fetch_or(&host_of(vm)->signals, 1ull << (number - 1));
        vm_request_attention(vm, ATTENTION_POLL);
        sys_wake(vm);
    }
    errno = saved;
}

SignalWay signals_way(VM *vm, int number)
{
    struct sigaction now;
    if (atomic_load(&takers[number]) == vm)
        return SIGNAL_TAKEN;
    if (sigaction(number, NULL, &now) < 0 || now.sa_handler == SIG_DFL)
        return SIGNAL_DEFAULT;
    return now.sa_handler == SIG_IGN ? SIGNAL_IGNORED : SIGNAL_FOREIGN;
}

static bool take(VM *vm, int number)
{
    struct sigaction action = {.sa_handler = on_signal}, old;
    sigemptyset(&action.sa_mask);
    VM *former = atomic_exchange(&takers[number], vm);
    if (sigaction(number, &action, &old) < 0) {
        atomic_store(&takers[number], former);
        return false;
    }
    if (!former)
        before[number] = old;
    if (former != vm)
        waker_add(vm);
    return true;
}

static void let_go(VM *vm, int number)
{
    VM *expected = vm;
    if (atomic_compare_exchange_strong(&takers[number], &expected, NULL))
        waker_remove(vm);
}

bool signals_set(VM *vm, int number, SignalWay way)
{
    if (way == SIGNAL_TAKEN)
        return take(vm, number);
    bool ours = atomic_load(&takers[number]) == vm;
    if (way == SIGNAL_FOREIGN && !ours)
        return true;
    struct sigaction action = {.sa_handler = way == SIGNAL_IGNORED ? SIG_IGN : SIG_DFL};
    sigemptyset(&action.sa_mask);
    if (sigaction(number, way == SIGNAL_FOREIGN ? &before[number] : &action, NULL) < 0)
        return false;
    let_go(vm, number);
    return true;
}

void signals_release(VM *vm)
{
    for (int number = 1; number < SIGNAL_COUNT; number++)
        if (atomic_load(&takers[number]) == vm)
            signals_set(vm, number, SIGNAL_FOREIGN);
}

Dict *signals_handlers(VM *vm)
{
    if (!vm->roots[HOST_ROOT_LOOP_2]) {
        Dict *d = dict_new(vm, 2);
        vm->roots[HOST_ROOT_LOOP_2] = d ? from_object(d) : VALUE_EMPTY;
    }
    Value v = vm->roots[HOST_ROOT_LOOP_2];
    return v ? as_dict(v) : NULL;
}

bool signals_pending(VM *vm) { return vm->host && atomic_load(&host_of(vm)->signals) != 0; }

bool signals_deliver(VM *vm)
{
    Host *host = host_of(vm);
    uint64_t waiting;
    while ((waiting = atomic_load(&host->signals))) {
        int number = __builtin_ctzll(waiting) + 1;
        atomic_fetch_and(&host->signals, ~(1ull << (number - 1)));
        Dict *handlers = signals_handlers(vm);
        Value handler = handlers ? dict_get(vm, handlers, from_small(number)) : VALUE_EMPTY;
        if (handler && !call2(vm, handler, from_small(number), VALUE_NONE)) {
            if (atomic_load(&host->signals))
                vm_request_attention(vm, ATTENTION_POLL);
            return false;
        }
        if (vm->error)
            return false;
    }
    return true;
}
