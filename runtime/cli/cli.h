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

// True while the prompt waits for a line: an interrupt then concerns the line, not the VM.
extern volatile sig_atomic_t prompt_reading;

// The prompt: reads statements from standard input until its end or an exit. Returns the exit status; *interrupted as
// aiolos_report.
int prompt_run(AiolosVM *vm, const Options *options, bool *interrupted);

#endif
