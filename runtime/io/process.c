// SPDX-License-Identifier: MIT
//
// Starting and watching children. The child shares the parent's memory until it runs its program (as after vfork), on a
// stack of its own: it makes system calls and nothing else.

#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sys_policy.h"

#define CHILD_STACK (64 * 1024)

typedef struct Child {
    SpawnPlan *plan;
    sigset_t signals; // the parent's mask
} Child;

// ---------------------------------------------------------------- in the child

static bool fail(SpawnPlan *p) { return (p->error = errno, false); }

// Descriptors that would be overwritten before they are used move up first.
static bool set_standard(SpawnPlan *p)
{
    int from[3];
    for (int i = 0; i < 3; i++) {
        from[i] = p->standard[i];
        if (from[i] >= 0 && from[i] < 3 && from[i] != i && (from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 3)) < 0)
            return fail(p);
    }
    for (int i = 0; i < 3; i++) {
        if (from[i] < 0)
            continue;
        if (from[i] == i ? fcntl(i, F_SETFD, 0) < 0 : dup2(from[i], i) < 0)
            return fail(p);
    }
    return true;
}

static bool set_descriptors(SpawnPlan *p)
{
    unsigned first = 3;
    for (int i = 0; i < p->passed_count; i++) {
        unsigned fd = (unsigned)p->passed[i];
        if (fcntl((int)fd, F_SETFD, 0) < 0)
            return fail(p);
        if (fd < 3)
            continue;
        if (p->close_others && fd > first)
            close_range(first, fd - 1, 0);
        first = fd + 1;
    }
    if (p->close_others)
        close_range(first, ~0u, 0);
    return true;
}

// Handlers of this process must not run in the child: what is caught becomes the default.
static void set_signals(const SpawnPlan *p)
{
    struct sigaction now, plain = {.sa_handler = SIG_DFL};
    for (int number = 1; number <= SIGRTMAX; number++)
        if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN)
            sigaction(number, &plain, NULL);
    if (!p->restore_signals)
        return;
    sigaction(SIGPIPE, &plain, NULL);
    sigaction(SIGXFSZ, &plain, NULL);
}

static bool set_place(SpawnPlan *p)
{
    if (p->folder && chdir(p->folder) < 0)
        return (p->folder_failed = true, fail(p));
    if (p->mask >= 0)
        umask((mode_t)p->mask);
    if (p->new_session && setsid() < 0)
        return fail(p);
    return p->group < 0 || setpgid(0, p->group) == 0 || fail(p);
}

static void run_program(SpawnPlan *p)
{
    int error = 0;
    for (int i = 0; p->paths[i]; i++) {
        execve(p->paths[i], p->arguments, p->environment ? p->environment : environ);
        if (!error || (errno != ENOENT && errno != ENOTDIR))
            error = errno;
    }
    p->error = error;
}

static int child_main(void *argument)
{
    Child *c = argument;
    SpawnPlan *p = c->plan;
    if (set_standard(p) && set_place(p) && set_descriptors(p)) {
        set_signals(p);
        sigprocmask(SIG_SETMASK, &c->signals, NULL);
        run_program(p);
    }
    _exit(255);
}

// ---------------------------------------------------------------- in the parent

static int wait_for(int pidfd, siginfo_t *info, int flags)
{
    return waitid(P_PIDFD, (id_t)pidfd, info, WEXITED | flags);
}

pid_t sys_spawn(VM *vm, SpawnPlan *plan, int *pidfd)
{
    Child c = {.plan = plan};
    siginfo_t info;
    sigset_t all;
    char *stack = sys_fault(vm, SYS_PROCESS) ? NULL : mem_realloc(vm, NULL, 0, CHILD_STACK);
    plan->error = 0;
    if (!stack)
        return -1;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &c.signals);
    pid_t pid = clone(child_main, stack + CHILD_STACK, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &c, pidfd);
    int error = errno;
    sigprocmask(SIG_SETMASK, &c.signals, NULL);
    mem_realloc(vm, stack, CHILD_STACK, 0);
    if (pid >= 0 && !plan->error && sys_counted(vm, *pidfd) >= 0)
        return pid;
    if (pid >= 0) {
        error = plan->error ? plan->error : EMFILE;
        if (plan->error)
            wait_for(*pidfd, &info, 0);
        close(*pidfd);
    }
    errno = error;
    return -1;
}

int sys_child_status(VM *vm, int pidfd, int *status)
{
    siginfo_t info = {0};
    if (sys_fault(vm, SYS_PROCESS) || wait_for(pidfd, &info, WNOHANG) < 0)
        return -1;
    if (!info.si_pid)
        return 0;
    *status = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    return 1;
}

int sys_child_signal(VM *vm, int pidfd, int number)
{
    ONCE(SYS_PROCESS, (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0));
}
