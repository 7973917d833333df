// SPDX-License-Identifier: MIT
//
// The two rules every system call follows, for the files sys*.c alone: REPEAT for calls that a signal may interrupt,
// ONCE for the others. A fault that a test asked for comes first.
#ifndef AIOLOS_RUNTIME_SYS_POLICY_H
#define AIOLOS_RUNTIME_SYS_POLICY_H

#include "sys.h"

// Counts a new descriptor. Over the limit it is closed again: -1 and EMFILE.
int sys_counted(VM *vm, int fd);
// Under a deadline a descriptor that may block is waited for first. False: errno is set.
bool sys_ready(VM *vm, int fd, short events);

#define REPEAT(type, kind, call) \
    do { \
        type result_; \
        if (sys_fault(vm, kind)) \
            return -1; \
        do \
            result_ = (call); \
        while (result_ < 0 && sys_retry(vm)); \
        return result_; \
    } while (0)

#define ONCE(kind, call) return sys_fault(vm, kind) ? -1 : (call)

#endif
