// SPDX-License-Identifier: MIT
//
// Debug mode of event loops: futures, tasks and handles remember where they were made, coroutines too while the loop
// runs, and a step that takes long is reported. Nothing here runs while loop->debug is false.

#include "debug.h"

#include "vm/core/type.h"

#define ORIGIN_DEPTH 10 // frames kept of the place where a coroutine is made

static Str *source_name(VM *vm)
{
    static const char name[] = "_source_traceback";
    return str_intern_text(vm, name, sizeof name - 1);
}

bool debug_note_source(VM *vm, Object *o)
{
    Str *name = source_name(vm);
    Value stack = name ? report_call(vm, "source_stack", NULL, 0) : VALUE_EMPTY;
    return stack && object_set_own(vm, from_object(o), name, stack);
}

Value debug_get_source(VM *vm, Value self)
{
    Str *name = source_name(vm);
    Value stack = name && *object_extra(as_object(self)) ? object_own_attribute(vm, self, name) : VALUE_EMPTY;
    return stack ? stack : vm->error ? VALUE_EMPTY : VALUE_NONE;
}

void debug_track_origins(VM *vm, EventLoop *loop)
{
    if (loop->debug == loop->tracks_origins)
        return;
    loop->tracks_origins = loop->debug;
    if (loop->debug) {
        loop->origin_depth_before = vm->origin_depth;
        vm->origin_depth = ORIGIN_DEPTH;
    } else {
        vm->origin_depth = loop->origin_depth_before;
    }
}

bool debug_report_slow(VM *vm, EventLoop *loop, Value target, double seconds)
{
    double limit;
    if (!object_as_double(vm, loop->slow_callback_duration, &limit))
        return false;
    if (seconds < limit)
        return true;
    Value args[2] = {target, from_double(seconds)};
    return report_call(vm, "slow_step", args, 2) != VALUE_EMPTY;
}
