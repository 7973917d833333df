// SPDX-License-Identifier: MIT
//
// _process: children, for the modules subprocess and asyncio. A child is known by its pidfd.

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>

#include "posix.h"
#include "runtime/io/process.h"

// A NULL-terminated vector of C strings over a list of bytes, in a GC buffer. NULL: error.
static char **texts(VM *vm, Value list)
{
    Value items = sequence_fast(vm, list, NULL);
    int64_t count = items ? sequence_fast_count(items) : 0;
    char **out = items ? gc_buffer(vm, (size_t)(count + 1) * sizeof *out) : NULL;
    for (int64_t i = 0; out && i < count; i++) {
        Value v = sequence_fast_items(items)[i];
        if (!is_bytes(v))
            return (raise_type(vm, "expected bytes, %T found", v), NULL);
        if (strlen(as_bytes(v)->data) != as_bytes(v)->size)
            return (raise_value(vm, "embedded null byte"), NULL);
        out[i] = as_bytes(v)->data;
    }
    return out;
}

// Sorted numbers of descriptors in a GC buffer. NULL: error.
static int *numbers(VM *vm, Value list, int *count)
{
    Value items = sequence_fast(vm, list, NULL);
    *count = items ? (int)sequence_fast_count(items) : 0;
    int *out = items ? gc_buffer(vm, ((size_t)*count + 1) * sizeof *out) : NULL;
    for (int i = 0; out && i < *count; i++)
        if (!int_arg(vm, sequence_fast_items(items)[i], &out[i]))
            return NULL;
    return out;
}

enum { PATHS, ARGUMENTS, ENVIRONMENT, FOLDER, STDIN, STDOUT, STDERR, PASSED, CLOSE, RESTORE, SESSION, GROUP, MASK };

static bool plan_of(VM *vm, Value *a, SpawnPlan *p)
{
    p->paths = texts(vm, a[PATHS]);
    p->arguments = p->paths ? texts(vm, a[ARGUMENTS]) : NULL;
    p->environment = p->arguments && !is_none(a[ENVIRONMENT]) ? texts(vm, a[ENVIRONMENT]) : NULL;
    p->passed = vm->error ? NULL : numbers(vm, a[PASSED], &p->passed_count);
    p->folder = is_bytes(a[FOLDER]) ? as_bytes(a[FOLDER])->data : NULL;
    for (int i = 0; p->passed && i < 3; i++)
        if (!int_arg(vm, a[STDIN + i], &p->standard[i]))
            return false;
    p->close_others = a[CLOSE] == VALUE_TRUE;
    p->restore_signals = a[RESTORE] == VALUE_TRUE;
    p->new_session = a[SESSION] == VALUE_TRUE;
    return p->passed && int_arg(vm, a[GROUP], &p->group) && int_arg(vm, a[MASK], &p->mask);
}

// (pid, pidfd), or (errno, True when it was the folder) with a negative first item
static Value spawn(VM *vm, Value *a, int n)
{
    (void)n;
    SpawnPlan p = {0};
    int pidfd;
    if (!plan_of(vm, a, &p))
        return VALUE_EMPTY;
    pid_t pid = sys_spawn(vm, &p, &pidfd);
    if (pid >= 0)
        return tuple_pack(vm, 2, from_small(pid), from_small(pidfd));
    return vm->error ? VALUE_EMPTY : tuple_pack(vm, 2, from_small(-errno), from_bool(p.folder_failed));
}

// (pidfd, seconds or None): the exit status, None when the time is over. Blocks.
static Value wait_child(VM *vm, Value *a, int n)
{
    (void)n;
    int fd, status, ended;
    double seconds = INFINITY;
    if (!int_arg(vm, a[0], &fd) || (!is_none(a[1]) && !object_as_double(vm, a[1], &seconds)))
        return VALUE_EMPTY;
    double until = isinf(seconds) ? INFINITY : sys_machine_time() + seconds;
    while ((ended = sys_child_status(vm, fd, &status)) == 0) {
        int ready = seconds <= 0 ? 0 : sys_wait(vm, fd, POLLIN, until);
        if (ready == 0)
            return VALUE_NONE;
        if (ready < 0 && (errno != EINTR || !vm_tick_slow(vm)))
            return vm->error ? VALUE_EMPTY : sys_raise(vm, errno, VALUE_EMPTY);
    }
    return ended < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_small(status);
}

static Value signal_child(VM *vm, Value *a, int n)
{
    (void)n;
    int fd, number;
    return int_arg(vm, a[0], &fd) && int_arg(vm, a[1], &number) ? check(vm, sys_child_signal(vm, fd, number))
                                                                : VALUE_EMPTY;
}

static const NativeDef functions[] = {
    {"spawn(paths, args, env, cwd, stdin, stdout, stderr, pass_fds, close_fds, restore_signals, session, group, umask, "
     "/)",
     spawn, "Start a child: (pid, pidfd), or (-errno, whether the folder was at fault).", NATIVE_RAW, 13, 13},
    {"wait(pidfd, timeout, /)", wait_child, "Wait for a child: its exit status, None when time is up.", NATIVE_RAW, 2,
     2},
    {"send_signal(pidfd, signal, /)", signal_child, "Send a signal to a child.", NATIVE_RAW, 2, 2},
    {0},
};
const ModuleDef _process_module = {.name = "_process", .doc = "Child processes.", .functions = functions};
