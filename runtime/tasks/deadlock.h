// SPDX-License-Identifier: MIT
//
// The end of a loop in which nothing can happen any more: see deadlock.c.
#ifndef AIOLOS_RUNTIME_DEADLOCK_H
#define AIOLOS_RUNTIME_DEADLOCK_H

#include "runtime/loop/loop.h"

// Nothing is ready, no timer runs, nothing outside may wake the loop. True: something is ready after all, because the
// collector had finalizers to run. False: DeadlockError (or an error of a finalizer) is pending.
bool deadlock_check(VM *vm, EventLoop *loop);

#endif
