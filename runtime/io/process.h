// SPDX-License-Identifier: MIT
//
// Child processes: started without fork's copies, known by a descriptor (pidfd). Only children made here are waited
// for, so a host's own children are never touched, and any VM on any thread may have some.
#ifndef AIOLOS_RUNTIME_PROCESS_H
#define AIOLOS_RUNTIME_PROCESS_H

#include "sys.h"

typedef struct SpawnPlan {
    char *const *paths; // files to try in turn, NULL behind the last
    char *const *arguments;
    char *const *environment; // NULL: that of this process
    const char *folder;       // to change into; NULL: none
    int standard[3];          // descriptors for 0, 1, 2; -1: as they are
    const int *passed;        // sorted: descriptors the child gets under the same number
    int passed_count;
    bool close_others;    // all but these and 0, 1, 2
    bool restore_signals; // SIGPIPE and SIGXFSZ end the child again
    bool new_session;
    int group; // process group to enter, 0: a new one, -1: none
    int mask;  // umask, -1: unchanged
    // what the child reports
    int error;          // errno of what failed, 0: it runs
    bool folder_failed; // ... and that was changing the folder
} SpawnPlan;

// Starts a child; *pidfd is its descriptor (close-on-exec). -1: errno, or plan->error from the child. Blocks until the
// child has begun its program.
pid_t sys_spawn(VM *vm, SpawnPlan *plan, int *pidfd);
// The end of a child: 1 and *status (as subprocess has it: negative for a signal), 0 still running, -1 errno.
int sys_child_status(VM *vm, int pidfd, int *status);
int sys_child_signal(VM *vm, int pidfd, int number);

#endif
