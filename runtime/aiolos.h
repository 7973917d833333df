// SPDX-License-Identifier: MIT
//
// Aiolos: the public interface, for C11 and C++.
//
// A VM runs scripts of the Python language. Any number of VMs may exist in a process; each is used by one thread at a
// time, and nothing is shared between them. Only aiolos_interrupt, aiolos_stop, aiolos_request and the aiolos_waker
// functions may be called from other threads or signal handlers.
//
//     AiolosConfig config;
//     aiolos_config_init(&config, sizeof config);
//     AiolosVM *vm = aiolos_open(&config);
//     if (aiolos_run_source(vm, "print('hello')", 14, "<host>") != AIOLOS_OK)
//         fputs(aiolos_error(vm), stderr);
//     aiolos_close(vm);
//
// Values: an AiolosValue is a handle that keeps one script value alive. A function that returns AiolosValue * gives the
// caller a new handle, to be given back with aiolos_release, or NULL after an error. Handles passed to a function stay
// the caller's. All handles die with their VM.
//
// Errors: a function fails with NULL, false or a status other than AIOLOS_OK; the exception is then kept in the VM
// until the next call of a function that can fail: aiolos_error gives its text, aiolos_report prints it as the command
// does.
//
// The library never exits, prints, installs signal handlers or changes the locale on its own.
#ifndef AIOLOS_H
#define AIOLOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AIOLOS_VERSION "0.1.0"

#if defined(__GNUC__)
#define AIOLOS_API __attribute__((visibility("default")))
#else
#define AIOLOS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct AiolosVM AiolosVM;
typedef struct AiolosValue AiolosValue;

typedef enum AiolosStatus {
    AIOLOS_OK,
    AIOLOS_ERROR,       // an exception: see aiolos_error and aiolos_report
    AIOLOS_INCOMPLETE,  // aiolos_prompt: the statement goes on on the next line
    AIOLOS_CANNOT_OPEN, // aiolos_run_file: the file cannot be read; aiolos_error says why
} AiolosStatus;

// ---- configuration

// One standard stream: a descriptor, or functions of the host when `read` or `write` is set. fd -1 without functions:
// there is no such stream (sys.stdout is None).
typedef struct AiolosStream {
    int fd;
    ptrdiff_t (*read)(void *context, void *buffer, size_t size);        // bytes read, 0 at the end, -1 with errno set
    ptrdiff_t (*write)(void *context, const void *data, size_t size);   // bytes written, -1 with errno set
    void *context;
} AiolosStream;

// Flags of AiolosConfig.flags.
#define AIOLOS_UNBUFFERED 1u     // standard output and error are not buffered (-u)
#define AIOLOS_QUIET 2u          // -q
#define AIOLOS_OPTIMIZE 4u       // -O: __debug__ is false for sys.flags
#define AIOLOS_IGNORE_ENVIRONMENT 8u
#define AIOLOS_INTERACTIVE 16u   // sys.flags.interactive
#define AIOLOS_HASH_SEED 32u     // hash_seed is to be used: strings hash the same in every run
#define AIOLOS_GC_STRESS 64u     // a full collection at every allocation: for tests
#define AIOLOS_DEV_MODE 128u     // -X dev
#define AIOLOS_ISOLATED 256u     // -I
#define AIOLOS_ASYNC_DEBUG 8192u // event loops are made in debug mode (PYTHONASYNCIODEBUG)
#define AIOLOS_ESCAPE_BYTES 512u // standard input and output pass undecodable bytes through (surrogateescape)
#define AIOLOS_VIRTUAL_TIME 1024u // time stands while anything can run and jumps to the next deadline when nothing can
#define AIOLOS_SCHEDULE_SEED 2048u // schedule_seed orders what is ready; entropy and hashes come from it too
#define AIOLOS_NO_DEADLOCK_REPORT 4096u // a loop that nothing can wake waits instead of raising DeadlockError

// The clock that a VM reads, in nanoseconds. `now` gives the time since 1970 (wall) or a time that never goes back.
// `sleep` is called when nothing can run before `deadline` of the latter: it waits until then, or moves the clock.
// NULL: the VM waits that long itself, and so it does while a descriptor or a waker may wake it. CPU time is not asked
// for here.
typedef struct AiolosClock {
    int64_t (*now)(void *context, bool wall); // NULL: the machine's clocks
    void (*sleep)(void *context, int64_t deadline);
    void *context;
} AiolosClock;

// What scripts may use; 0 means no limit. See aiolos_set_limits.
typedef struct AiolosLimits {
    size_t memory;         // bytes taken from the allocator. Reaching it is a MemoryError
    int64_t instructions;  // ticks, about one per loop round or call; built-in functions pay for long work
    double seconds;        // of the wall clock, waiting included
    uint32_t recursion;    // script calls; also the most that sys.setrecursionlimit may set. 0: 1000, free to be set
    uint32_t tasks;        // unfinished tasks of one event loop
    uint32_t timers;       // armed timers of one event loop
    uint32_t handles;      // open descriptors. Reaching it is an OSError (EMFILE)
    bool per_call;         // instructions and seconds begin anew with each outermost call of the host
} AiolosLimits;

typedef struct AiolosConfig {
    size_t size;             // sizeof(AiolosConfig), set by aiolos_config_init
    // realloc(context, pointer, old_size, new_size): new_size 0 frees, pointer NULL allocates. NULL: the C library.
    void *(*allocate)(void *context, void *pointer, size_t old_size, size_t new_size);
    void *allocate_context;
    AiolosLimits limits;     // counted from the end of aiolos_open
    uint32_t flags;          // AIOLOS_ flags
    AiolosStream input, output, error;
    int argc;                // sys.argv
    const char *const *argv;
    int path_count;          // folders searched for modules, after the script's own
    const char *const *path;
    int warn_option_count;   // sys.warnoptions (-W)
    const char *const *warn_options;
    const char *executable;  // sys.executable; NULL: ""
    uint64_t hash_seed;
    uint64_t fail_allocation; // tests: the allocation that fails, counted from 1; 0: none
    bool fail_all_later;      // ... and all after it
    const char *fail_call;    // tests: a system call that fails, "KIND:ERRNO:N" or "KIND:ERRNO:N+" for all later too
    void *user;               // aiolos_user
    AiolosClock clock;
    int64_t virtual_start;    // AIOLOS_VIRTUAL_TIME: the wall clock at the start; 0: the machine's time
    uint64_t schedule_seed;   // AIOLOS_SCHEDULE_SEED
    void (*attend)(AiolosVM *vm, void *user); // see aiolos_request
} AiolosConfig;

// Fills a config with defaults: no limits, the process's standard streams, no arguments. size is sizeof(AiolosConfig).
AIOLOS_API void aiolos_config_init(AiolosConfig *config, size_t size);

// ---- life

// A new VM; the config is copied. NULL: no memory.
AIOLOS_API AiolosVM *aiolos_open(const AiolosConfig *config);
// Runs atexit functions, flushes, frees everything. Returns false when standard output could not be written to its end.
AIOLOS_API bool aiolos_close(AiolosVM *vm);
AIOLOS_API const char *aiolos_version(void);
AIOLOS_API void *aiolos_user(AiolosVM *vm);

// ---- running

// Run a program as __main__, whose variables stay from one call to the next. `name` is what tracebacks show; top-level
// await is allowed. aiolos_run_file runs a script, or the __main__ module of a folder; aiolos_run_module is `-m`.
AIOLOS_API AiolosStatus aiolos_run_source(AiolosVM *vm, const char *text, size_t size, const char *name);
AIOLOS_API AiolosStatus aiolos_run_file(AiolosVM *vm, const char *path);
AIOLOS_API AiolosStatus aiolos_run_module(AiolosVM *vm, const char *name);
// Runs one interactive statement in __main__; the value of an expression is shown through sys.displayhook.
AIOLOS_API AiolosStatus aiolos_prompt(AiolosVM *vm, const char *text, size_t size);
// Compiles without running.
AIOLOS_API AiolosStatus aiolos_check(AiolosVM *vm, const char *text, size_t size, const char *name);
typedef enum AiolosDump { AIOLOS_DUMP_TOKENS, AIOLOS_DUMP_AST, AIOLOS_DUMP_CODE } AiolosDump;
// Writes a listing of the source through `write` (false stops it).
AIOLOS_API AiolosStatus aiolos_dump(AiolosVM *vm, AiolosDump what, const char *text, size_t size, const char *name,
                                    bool (*write)(void *context, const char *text, size_t size), void *context);
// Puts a folder in front of sys.path; sys.argv[0].
AIOLOS_API bool aiolos_path_insert(AiolosVM *vm, const char *folder);
AIOLOS_API bool aiolos_set_argv(AiolosVM *vm, int index, const char *text);
// Sets new limits, counted from now; what was used before is forgiven. Between calls, or in a native of the host.
// The first limit on instructions, seconds or counts that is hit raises aiolos.BudgetError, a BaseException. The script
// then has a grace of 8,192 ticks and 20 ms for its handlers; when that is used up its frames are left without running
// any more of it, the call fails with that error, and the VM can be used again.
// Every later call fails so too until new limits are set (with per_call they are, by each call).
AIOLOS_API void aiolos_set_limits(AiolosVM *vm, const AiolosLimits *limits);
// True when the instructions or seconds of the limits in force are used up, or after aiolos_stop.
AIOLOS_API bool aiolos_limit_reached(AiolosVM *vm);
// Asks the running script to stop with KeyboardInterrupt, which it may catch. From any thread or signal handler.
AIOLOS_API void aiolos_interrupt(AiolosVM *vm);
// Ends the running call, or else the next one, as a limit that is hit does. From any thread or signal handler.
AIOLOS_API void aiolos_stop(AiolosVM *vm);

// ---- looking inside

// Asks for a call of config.attend by the thread that runs the VM, at the next safepoint of the script or where it
// waits. From any thread or signal handler; requests that come before the call are one. The function must not run
// scripts: aiolos_write_tasks and aiolos_statistics are what it is for.
AIOLOS_API void aiolos_request(AiolosVM *vm);
typedef enum AiolosTaskForm {
    AIOLOS_TASK_TABLE, // a line for each task
    AIOLOS_TASK_TREE,  // who waits for whom, with await stacks
} AiolosTaskForm;
// Writes the tasks of the running loop as text through `write` (false stops it). Runs no script and needs no memory
// but for a few bytes a task. False: stopped, or no memory.
AIOLOS_API bool aiolos_write_tasks(AiolosVM *vm, AiolosTaskForm form,
                                   bool (*write)(void *context, const char *text, size_t size), void *context);
// A loop in which nothing can happen any more ends with asyncio.DeadlockError. These two say that something of the host
// may still wake it: pairs of calls, counted, from any thread. Not needed for what the VM watches itself.
AIOLOS_API void aiolos_waker_add(AiolosVM *vm);
AIOLOS_API void aiolos_waker_remove(AiolosVM *vm);

// ---- errors

// The traceback text of the last failure, "" when there was none. Valid until the next call.
AIOLOS_API const char *aiolos_error(AiolosVM *vm);
// Handles the last failure as an uncaught exception: sys.excepthook, or the exit that SystemExit asks for. Returns the
// exit status of a process that ends here; *interrupted (may be NULL): it was KeyboardInterrupt.
AIOLOS_API int aiolos_report(AiolosVM *vm, bool *interrupted);
// True when the last failure was SystemExit.
AIOLOS_API bool aiolos_wants_exit(AiolosVM *vm);
// For native functions: makes `return aiolos_raise(...)` raise an exception of a builtin class. Returns NULL.
AIOLOS_API AiolosValue *aiolos_raise(AiolosVM *vm, const char *class_name, const char *message);

// ---- values

typedef enum AiolosType {
    AIOLOS_NONE,
    AIOLOS_BOOL,
    AIOLOS_INT,
    AIOLOS_FLOAT,
    AIOLOS_STR,
    AIOLOS_BYTES,
    AIOLOS_LIST,
    AIOLOS_TUPLE,
    AIOLOS_DICT,
    AIOLOS_OTHER
} AiolosType;

AIOLOS_API AiolosValue *aiolos_none(AiolosVM *vm);
AIOLOS_API AiolosValue *aiolos_bool(AiolosVM *vm, bool value);
AIOLOS_API AiolosValue *aiolos_int(AiolosVM *vm, int64_t value);
AIOLOS_API AiolosValue *aiolos_float(AiolosVM *vm, double value);
AIOLOS_API AiolosValue *aiolos_str(AiolosVM *vm, const char *text, size_t size);   // UTF-8; wrong bytes are an error
AIOLOS_API AiolosValue *aiolos_bytes(AiolosVM *vm, const void *data, size_t size);
AIOLOS_API AiolosValue *aiolos_list(AiolosVM *vm, AiolosValue *const *items, size_t count);
AIOLOS_API AiolosValue *aiolos_dict(AiolosVM *vm);
AIOLOS_API AiolosValue *aiolos_retain(AiolosVM *vm, const AiolosValue *value);      // another handle to the same value
AIOLOS_API void aiolos_release(AiolosVM *vm, AiolosValue *value);                   // NULL is allowed
AIOLOS_API AiolosType aiolos_type(AiolosVM *vm, const AiolosValue *value);
// Reading: false with TypeError or OverflowError when the value is something else. Text and bytes stay valid while the
// handle lives.
AIOLOS_API bool aiolos_get_bool(AiolosVM *vm, const AiolosValue *value, bool *out); // truth of any value
AIOLOS_API bool aiolos_get_int(AiolosVM *vm, const AiolosValue *value, int64_t *out);
AIOLOS_API bool aiolos_get_float(AiolosVM *vm, const AiolosValue *value, double *out);
AIOLOS_API bool aiolos_get_str(AiolosVM *vm, const AiolosValue *value, const char **text, size_t *size);
AIOLOS_API bool aiolos_get_bytes(AiolosVM *vm, const AiolosValue *value, const void **data, size_t *size);
AIOLOS_API AiolosValue *aiolos_text_of(AiolosVM *vm, const AiolosValue *value);     // str(value)
AIOLOS_API AiolosValue *aiolos_repr_of(AiolosVM *vm, const AiolosValue *value);     // repr(value)
AIOLOS_API bool aiolos_length(AiolosVM *vm, const AiolosValue *value, size_t *out);
AIOLOS_API AiolosValue *aiolos_get_item(AiolosVM *vm, const AiolosValue *container, const AiolosValue *key);
AIOLOS_API bool aiolos_set_item(AiolosVM *vm, AiolosValue *container, const AiolosValue *key, const AiolosValue *value);
AIOLOS_API AiolosValue *aiolos_get_attribute(AiolosVM *vm, const AiolosValue *object, const char *name);
AIOLOS_API bool aiolos_set_attribute(AiolosVM *vm, AiolosValue *object, const char *name, const AiolosValue *value);

// ---- names, calls, modules

// Variables of __main__. A missing one is a NameError.
AIOLOS_API AiolosValue *aiolos_get_global(AiolosVM *vm, const char *name);
AIOLOS_API bool aiolos_set_global(AiolosVM *vm, const char *name, const AiolosValue *value);
AIOLOS_API AiolosValue *aiolos_import(AiolosVM *vm, const char *name);
AIOLOS_API AiolosValue *aiolos_call(AiolosVM *vm, const AiolosValue *function, AiolosValue *const *args, size_t count);
AIOLOS_API AiolosValue *aiolos_eval(AiolosVM *vm, const char *text, size_t size);   // an expression, in __main__

// A function of the host. args are borrowed. Returns a new handle, which the VM takes, or NULL after aiolos_raise.
typedef AiolosValue *(*AiolosFunction)(AiolosVM *vm, AiolosValue *const *args, size_t count, void *context);
// Makes `name` a function of __main__ that takes min_args to max_args positional arguments (max_args -1: any number).
AIOLOS_API bool aiolos_define(AiolosVM *vm, const char *name, AiolosFunction function, void *context, int min_args,
                              int max_args);

// ---- memory

#define AIOLOS_PAUSES 12
typedef struct AiolosStatistics {
    size_t bytes, peak_bytes, live_bytes; // taken from the allocator now and at most; in objects
    uint64_t collections, allocations;
    // Steps of the collector by how long the script stood still: up to 20 us, 40 us, ... 20 ms, and above.
    uint64_t pauses[AIOLOS_PAUSES];
    double longest_pause; // seconds
} AiolosStatistics;

AIOLOS_API size_t aiolos_collect(AiolosVM *vm); // full collection: bytes freed
AIOLOS_API void aiolos_statistics(AiolosVM *vm, AiolosStatistics *out);
// Flushes the standard streams. False: standard output failed.
AIOLOS_API bool aiolos_flush(AiolosVM *vm);

#ifdef __cplusplus
}
#endif
#endif
