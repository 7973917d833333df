// SPDX-License-Identifier: MIT
//
// The aiolos command: what its files share. Written against aiolos.h alone, as any host would be.
#ifndef AIOLOS_CLI_H
#define AIOLOS_CLI_H

#include <signal.h>

#include "runtime/aiolos.h"

typedef enum CliMode {
    MODE_FILE,
    MODE_COMMAND,
    MODE_MODULE,
    MODE_STDIN,
    MODE_CHECK,
    MODE_TOKENS,
    MODE_AST,
    MODE_CODE,
    MODE_DONE
} CliMode;

#define MAX_OPTIONS 64

typedef struct Options {
    CliMode mode;
    const char *subject;    // file, command text or module name; NULL: standard input
    int status;             // MODE_DONE: exit status
    bool interactive;       // -i
    bool quiet, isolated;
    uint32_t flags;
    AiolosLimits limits;
    uint64_t schedule_seed; // AIOLOS_SCHEDULE_SEED
    uint64_t search_count;  // --schedule-search; 0: no search
    int search_at;          // ... its place in argv
    const char *warnings[MAX_OPTIONS];
    int warning_count;
    char **rest;            // what follows the subject: sys.argv[1:]
    int rest_count;
} Options;

// Reads the command line. Messages about wrong options go to standard error.
void options_read(Options *options, int argc, char **argv);
// Environment variables into the config. Memory it allocates lives until the process ends.
void environment_read(const Options *options, AiolosConfig *config);
// The whole of a descriptor or file, NUL behind it; NULL: errno.
char *read_all(int fd, size_t *size);
char *read_path(const char *path, size_t *size);

// True while the prompt waits for a line: an interrupt then concerns the line, not the VM, and sets the other.
extern volatile sig_atomic_t prompt_reading, prompt_interrupted;

// The prompt: reads statements from standard input until its end or an exit. Returns the exit status; *interrupted as
// aiolos_report.
int prompt_run(AiolosVM *vm, const Options *options, bool *interrupted);

// ---- looking inside (inspect.c)

// AiolosConfig.attend: does what the two functions below have asked for.
void inspect_attend(AiolosVM *vm, void *user);
// For signal handlers, followed by aiolos_request: the tree of tasks to standard error; an answer to `aiolos ps`, when
// that is what sent the signal.
void inspect_want_tree(void);
bool inspect_want_answer(const siginfo_t *info);
// `aiolos ps` and `aiolos pstree`: prints the tasks of another process. Returns the exit status.
int inspect_process(const char *process, bool tree);

// ---- runs that repeat (schedule.c)

// Starts this program again with addresses that are the same in every run, unless they are already.
void schedule_fix_addresses(char **argv);
// After a seeded run: says which seed made it fail.
void schedule_report(const Options *options, int status);
// Runs the command line with one seed after the other until one fails. Returns the exit status.
int schedule_search(const Options *options, int argc, char **argv);

#endif
