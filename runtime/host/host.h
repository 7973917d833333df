// SPDX-License-Identifier: MIT
//
// Host: what the runtime keeps for one VM (vm->host). Made before the VM runs anything, freed after it. Parts of the
// runtime add their own members; nothing in vm/ knows this structure.
#ifndef AIOLOS_RUNTIME_HOST_H
#define AIOLOS_RUNTIME_HOST_H

#include "runtime/aiolos.h"
#include "runtime/io/sys.h"
#include "vm/core/vm.h"

// Which of VM.roots the runtime keeps its values in (the standard library counts down from the end: stdlib/roots.h).
enum {
    HOST_ROOT_STREAMS,   // tuple of the three standard streams as they were made (sys.__stdin__ ...)
    HOST_ROOT_MAIN,      // the __main__ module
    HOST_ROOT_PROMPT,    // continuation state of the prompt
    HOST_ROOT_LOOP,      // free for runtime/loop and runtime/tasks: four of them
    HOST_ROOT_LOOP_2,
    HOST_ROOT_LOOP_3,
    HOST_ROOT_LOOP_4,
};

typedef struct Host {
    VM *vm;
    SysFaults faults;

    // Runs the coroutine of a main program (top-level await) to its end on the event loop. False: error pending. Set by
    // runtime/loop; NULL: the coroutine is stepped with send(None) until it ends, and a suspension is an error.
    bool (*run_main)(VM *vm, Value coroutine, Value *result);
    // Called once at the end, before the modules are torn down: cancels tasks, closes the loop. NULL: nothing to do.
    void (*shutdown)(VM *vm);
    // Marks what runtime/loop keeps outside the GC heap. NULL: nothing.
    void (*mark_loop)(VM *vm, Gc *gc);
    void *loop;              // the event loop of this VM: belongs to runtime/loop

    AiolosStream streams[3]; // standard input, output, error
    bool streams_ready;      // sys.stdout and its friends exist
    char **argv;             // copies
    int argc;
    char **path;             // sys.path before the script's folder is added
    int path_count;
    uint32_t flags;          // AIOLOS_ flags of the config
    uint64_t seed;
    void *user;              // the embedder's pointer

    char *error_text;        // of the last failed call, NULL: none
    size_t error_size;
    int exit_code;           // what the last run asked for
    bool exit_wanted;        // ... by SystemExit
    bool interrupted;        // ... ended by KeyboardInterrupt
    struct HostFunction *functions; // natives defined through the API
    int entered;             // nested API calls
} Host;

static inline Host *host_of(VM *vm) { return vm->host; }

// ---- set-up (host.c)
bool host_start(VM *vm);  // builtins, sys, streams, __main__. False: error pending
void host_finish(VM *vm); // shutdown, atexit, flush: called once, before vm_free
// Flushes the standard streams. False: writing standard output failed (exit status 120).
bool host_flush(VM *vm);
// A fresh __main__ module in sys.modules. NULL: error.
struct Module *host_main_module(VM *vm);

// ---- running (run.c)
// Runs code as the body of __main__; a coroutine is driven to its end. VALUE_EMPTY: error pending.
Value host_run_code(VM *vm, Code *code, Dict *globals);
// Reports the pending exception as an uncaught one: sys.excepthook, SystemExit, exit status in host->exit_code.
void host_report(VM *vm);
// Calls the functions registered with atexit.
void host_run_atexit(VM *vm);
// Keeps the text of the pending exception for aiolos_error and clears it.
void host_keep_error(VM *vm);

// Stack limits for the thread that enters (api/enter.c).
void host_set_stack(VM *vm, char *base);

#endif
