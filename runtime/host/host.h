// SPDX-License-Identifier: MIT
//
// Host: what the runtime keeps for one VM (vm->host). Made before the VM runs anything, freed after it. Parts of the
// runtime add their own members; nothing in vm/ knows this structure.
#ifndef AIOLOS_RUNTIME_HOST_H
#define AIOLOS_RUNTIME_HOST_H

#include "runtime/aiolos.h"
#include "runtime/io/sys.h"
#include "runtime/loop/clock.h"
#include "vm/core/native.h"

// Which of VM.roots the runtime keeps its values in (the standard library counts down from the end: stdlib/roots.h).
enum {
    HOST_ROOT_STREAMS,   // tuple of the three standard streams as they were made (sys.__stdin__ ...)
    HOST_ROOT_MAIN,      // the __main__ module
    HOST_ROOT_ERROR,     // exception of the last API call that failed
    HOST_ROOT_LOOP,      // free for runtime/loop and runtime/tasks: four of them
    HOST_ROOT_LOOP_2,
    HOST_ROOT_LOOP_3,
    HOST_ROOT_LOOP_4,
    HOST_ROOT_WARNING,   // list of warnings to be given at the next safepoint
};

typedef struct Host {
    VM *vm;
    SysFaults faults;
    Clock clock;
    uint64_t entropy_seed;   // AIOLOS_SCHEDULE_SEED: state of the generator that stands in for entropy
    struct Schedule *schedule; // ... what orders the ready ring then; NULL: first in, first out
    // What outside may wake a waiting loop beside watched descriptors: threads at work, signal handlers, handles of the
    // host. See waker_add.
    atomic_int wakers;
    _Atomic uint64_t signals; // that came and were not delivered: bit number - 1
    atomic_bool attend_wanted; // aiolos_request was called
    void (*attend)(AiolosVM *vm, void *user);

    // Runs the coroutine of a main program (top-level await) to its end on the event loop. False: error pending. Set by
    // runtime/loop; NULL: the coroutine is stepped with send(None) until it ends, and a suspension is an error.
    bool (*run_main)(VM *vm, Value coroutine, Value *result);
    // Called once at the end, before the modules are torn down: cancels tasks, closes the loop. NULL: nothing to do.
    void (*shutdown)(VM *vm);
    // Marks what runtime/loop keeps outside the GC heap. NULL: nothing.
    void (*mark_loop)(VM *vm, Gc *gc);
    void *loop;              // the event loop of this VM: belongs to runtime/loop

    AiolosStream streams[3]; // standard input, output, error
    struct OutBuffer *outputs; // buffers of the files open for writing (stdlib/_io.h)
    void (*settle)(VM *vm, const char *path); // before a file is read or asked about: see io_settle. NULL: not needed
    uint32_t flags;          // AIOLOS_ flags of the config
    void *user;              // the embedder's pointer
    bool started;            // host_start succeeded
    bool finished;           // host_finish ran
    bool output_failed;      // the last flush of standard output did not get everything out
    bool warning;            // inside hooks.warn
    int exit_code;           // what the exception reported last asks for
    bool interrupted;        // ... which was KeyboardInterrupt
    int entered;             // nested API calls
    AiolosLimits limits;     // as set last
    uint32_t task_limit, timer_limit, handle_limit; // 0: none
    uint32_t handles;        // descriptors opened and not closed
    atomic_int wake_fd;      // plus one, 0: not made yet. See sys_wake
    uint64_t thread;         // whose stack limits are set
    char *stack_low;
    char *error_text;        // of the last failed call, NULL: not made yet
    size_t error_size;
    char **unawaited;        // names of coroutines collected without having run, to be warned of
    size_t unawaited_count, unawaited_capacity;
} Host;

static inline Host *host_of(VM *vm) { return vm->host; }

// Something outside may wake the loop from now on, or no longer. As long as there is such a thing, or a descriptor is
// watched, a loop with nothing to do waits for it; otherwise it ends with DeadlockError. From any thread.
static inline void waker_add(VM *vm) { atomic_fetch_add(&host_of(vm)->wakers, 1); }
static inline void waker_remove(VM *vm) { atomic_fetch_sub(&host_of(vm)->wakers, 1); }

// ---- set-up (host.c)
bool host_start(VM *vm, const AiolosConfig *config); // builtins, sys, streams, __main__. False: error pending
void host_finish(VM *vm);  // shutdown, atexit, flush: called once, before vm_free
bool host_flush(VM *vm);   // the standard streams. False: writing standard output failed (exit status 120)
Module *host_main_module(VM *vm, const char *file); // __main__, with that __file__ unless NULL. NULL: error
Value host_sys(VM *vm, const char *name);           // attribute of sys, VALUE_EMPTY: absent
bool host_set_sys(VM *vm, const char *name, Value value);
Str *host_text(VM *vm, const char *text);           // text from outside: UTF-8 with surrogateescape
void host_hooks(VM *vm);                            // installs the VM's hooks (hooks.c)
bool host_warn_unawaited(VM *vm);                   // gives the warnings that are due
void host_attend(VM *vm);                           // calls config.attend when it was asked for; keeps errno
// A warning about a line of source that is being compiled. VALUE_EMPTY: it became an error.
Value host_warn_at(VM *vm, Type *category, Str *message, Str *file, int32_t line);

// What unreachable writers of this file still hold is written now.
static inline void host_settle(VM *vm, const char *path)
{
    if (host_of(vm)->settle)
        host_of(vm)->settle(vm, path);
}

// ---- running (run.c)
// Runs code as the body of __main__; a coroutine is driven to its end. VALUE_EMPTY: error pending.
Value host_run_code(VM *vm, Code *code, Dict *globals);
// Reports an exception as an uncaught one: sys.excepthook, SystemExit. Sets exit_code and interrupted.
void host_report(VM *vm, Value exception);
void host_run_atexit(VM *vm);
void host_finalize_all(VM *vm); // __del__ of everything that still lives

// ---- the standard streams: defined by the _io module
Value stream_open_standard(VM *vm, int index); // a text stream over host->streams[index]; VALUE_NONE: there is none

#endif
