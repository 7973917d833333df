// SPDX-License-Identifier: MIT
//
// Debug mode of event loops (debug.c).
#ifndef AIOLOS_RUNTIME_DEBUG_H
#define AIOLOS_RUNTIME_DEBUG_H

#include "scheduler.h"

// Keeps the stack of the running script as _source_traceback of a future, task or handle. False: error pending.
bool debug_note_source(VM *vm, Object *o);
Value debug_get_source(VM *vm, Value self); // the attribute; None outside of debug mode
// Coroutines keep their origin while a loop in debug mode runs: called when it starts and when the mode changes.
void debug_track_origins(VM *vm, EventLoop *loop);
// Reports a step that took as long as loop.slow_callback_duration. False: error pending.
bool debug_report_slow(VM *vm, EventLoop *loop, Value target, double seconds);

#endif
