// SPDX-License-Identifier: MIT
//
// What the files behind aiolos.h share. An AiolosVM is a VM, an AiolosValue a Pin. Every entry that may touch the heap
// begins with ENTER: it tells the collector where the host's part of the C stack begins.
#ifndef AIOLOS_RUNTIME_API_H
#define AIOLOS_RUNTIME_API_H

#include "runtime/aiolos.h"
#include "runtime/host/host.h"
#include "vm/core/limits.h"

static inline VM *inside(AiolosVM *vm) { return (VM *)vm; }
static inline AiolosVM *outside(VM *vm) { return (AiolosVM *)vm; }
static inline Value value_in(const AiolosValue *v) { return v ? ((const Pin *)v)->value : VALUE_NONE; }

// Outermost entry: the values of this call are below this frame.
#define ENTER(vm) api_enter(vm, (char *)__builtin_frame_address(0) + 16)
void api_enter(VM *vm, char *base); // also drops the failure of the call before
static inline void api_leave(VM *vm)
{
    if (--host_of(vm)->entered == 0 && unlikely(vm->stop))
        limits_settle(vm);
}

// Around what must be possible after a limit was hit: showing errors, flushing.
LimitPause api_pause(VM *vm);
void api_resume(VM *vm, LimitPause pause);
void api_set_limits(VM *vm, const AiolosLimits *limits);

AiolosValue *api_pin(VM *vm, Value v);      // a handle; NULL: no memory (error kept)
AiolosValue *api_result(VM *vm, Value v);   // ends a call: handle, or NULL with the error kept
AiolosStatus api_status(VM *vm, bool ok);   // ends a call: the pending error is kept when not ok
bool api_done(VM *vm, bool ok);
void api_free_error(VM *vm);

#endif
