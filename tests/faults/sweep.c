// SPDX-License-Identifier: MIT
//
// Faults at every place: runs each script again and again in VMs of its own, with one allocation after the other, or
// one system call after the other, made to fail. Whatever the script makes of it, there is no crash, no hang, no byte
// left at the end, and the VM works afterwards.
//
//     sweep [-m once|from|calls] [-n COUNT] [-t SECONDS] [-s SEED] script ...
//
// once: allocation N fails; from: N and all later ones; calls: call N of each kind fails with each errno, alone and
// with all later ones. COUNT runs per script at most, spread evenly; SECONDS in all. A script runs in a child
// process, which tells the parent what it is about to do: when it dies, the parent names that and goes on behind it.
// The last line is `N scripts, N injections, N failures`.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/aiolos.h"
#include "runtime/host/host.h"

#define HANG 60            // seconds for one run before it counts as a hang
#define RUN_SECONDS 20     // the VM's own limit
#define DEATHS 3           // of one script before it is given up

typedef enum Mode { MODE_ONCE, MODE_FROM, MODE_CALLS } Mode;

typedef struct Plan {
    Mode mode;
    long count;
    double seconds;
    unsigned seed;
} Plan;

// What the child shares with its parent.
typedef struct Progress {
    long at;            // the injection under way
    long done, failures, over_time;
} Progress;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// ---------------------------------------------------------------- one run

static size_t live;

static void *count_bytes(void *context, void *pointer, size_t old_size, size_t new_size)
{
    (void)context;
    live += new_size - old_size;
    if (new_size)
        return pointer ? realloc(pointer, new_size) : calloc(1, new_size);
    free(pointer);
    return NULL;
}

static AiolosVM *open_vm(void)
{
    AiolosConfig config;
    aiolos_config_init(&config, sizeof config);
    config.allocate = count_bytes;
    config.limits.memory = (size_t)256 << 20;
    config.limits.seconds = RUN_SECONDS;
    config.flags = AIOLOS_HASH_SEED;
    return aiolos_open(&config);
}

// The fault number `at` of the kinds, errors and places of system calls. False: there is none.
static bool call_fault(long at, SysFaults *out)
{
    static const int errors[] = {EINTR, EIO, ENOMEM, EMFILE, ENOSPC, EAGAIN, EPIPE, EACCES};
    enum { ERRORS = sizeof errors / sizeof *errors, KINDS = SYS_KIND_COUNT - 1 };
    *out = (SysFaults){.kind = (SysKind)(1 + at % KINDS)};
    at /= KINDS;
    out->error = errors[at % ERRORS];
    at /= ERRORS;
    out->from = at % 2;
    out->countdown = 1 + (uint64_t)at / 2;
    return true;
}

static const char *run_with(const char *script, Mode mode, long at, long *allocations, bool *over_time)
{
    static const char after[] = "assert sum(range(100)) == 4950\n";
    AiolosVM *handle = open_vm();
    if (!handle)
        return "no VM";
    VM *vm = (VM *)handle;
    uint64_t before = vm->gc.allocations;
    if (mode == MODE_CALLS)
        call_fault(at, &host_of(vm)->faults);
    else
        gc_fail_cells(vm, at ? (uint64_t)at : UINT64_MAX / 2, mode == MODE_FROM);
    if (aiolos_run_file(handle, script) != AIOLOS_OK)
        aiolos_report(handle, NULL);
    if (allocations)
        *allocations = (long)(vm->gc.allocations - before);
    gc_fail_cells(vm, 0, false);
    host_of(vm)->faults = (SysFaults){0};
    *over_time = aiolos_limit_reached(handle);
    AiolosLimits limits = {.seconds = RUN_SECONDS};
    aiolos_set_limits(handle, &limits);
    const char *wrong = NULL;
    if (aiolos_run_source(handle, after, sizeof after - 1, "after") != AIOLOS_OK)
        wrong = "the VM does not work afterwards";
    aiolos_close(handle);
    if (live) {
        fprintf(stderr, "%zu bytes left\n", live);
        wrong = wrong ? wrong : "memory left";
    }
    live = 0;
    return wrong;
}

// ---------------------------------------------------------------- one script, in a child

static void report(const char *script, Mode mode, long at, const char *what)
{
    static const char *const names[] = {"once", "from", "calls"};
    SysFaults f = {0};
    if (mode == MODE_CALLS)
        call_fault(at, &f);
    printf("FAIL %s, %s %ld", script, names[mode], at);
    if (mode == MODE_CALLS)
        printf(" (kind %d, errno %d, call %lu%s)", f.kind, f.error, (unsigned long)f.countdown, f.from ? "+" : "");
    printf(": %s\n", what);
    fflush(stdout);
}

// Injection number k of this script, 1 and up.
static long place_of(const Plan *plan, long k, long total)
{
    if (plan->mode == MODE_CALLS)
        return k - 1;
    if (total <= plan->count)
        return k;
    return 1 + (long)(((double)(k - 1) + (double)(plan->seed % 97) / 97) * (double)total / (double)plan->count);
}

static void child(const char *path, const Plan *plan, double end, long first, int pipe_fd)
{
    char *folder = strdup(path), *name = strdup(path);
    const char *script = basename(name);
    if (chdir(dirname(folder)) != 0)
        _exit(1);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    int out = dup(1); // what the scripts print goes nowhere, what is reported does not
    dup2(null, 1);
    long total = 0;
    bool over_time;
    Progress p = {0};
    alarm(HANG);
    run_with(script, MODE_ONCE, 0, &total, &over_time);
    long most = plan->mode == MODE_CALLS || total > plan->count ? plan->count : total;
    for (long k = first; k <= most && now() < end; k++) {
        p.at = k;
        if (write(pipe_fd, &p, sizeof p) != sizeof p)
            _exit(1);
        alarm(HANG);
        const char *wrong = run_with(script, plan->mode, place_of(plan, k, total), NULL, &over_time);
        p.done++;
        p.over_time += over_time;
        if (wrong) {
            p.failures++;
            dup2(out, 1);
            report(path, plan->mode, place_of(plan, k, total), wrong);
            dup2(null, 1);
        }
    }
    p.at = 0;
    if (write(pipe_fd, &p, sizeof p) != sizeof p)
        _exit(1);
    free(folder);
    free(name);
    exit(0);
}

static void describe_death(char *text, size_t size, int status, long at)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number)
        snprintf(text, size, "%s at injection %ld", number == SIGALRM ? "a hang" : strsignal(number), at);
    else
        snprintf(text, size, "exit status %d at injection %ld", WEXITSTATUS(status), at);
}

// Runs one child from injection `first`; returns the injection at which it died, 0 when it came to its end.
static long run_child(const char *path, const Plan *plan, double end, long first, Progress *sum)
{
    int fds[2], status;
    Progress p = {0}, next;
    if (pipe(fds) != 0)
        exit(2);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        child(path, plan, end, first, fds[1]);
    }
    close(fds[1]);
    while (read(fds[0], &next, sizeof next) == sizeof next)
        p = next;
    close(fds[0]);
    waitpid(pid, &status, 0);
    sum->done += p.done;
    sum->failures += p.failures;
    sum->over_time += p.over_time;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    char text[120];
    describe_death(text, sizeof text, status, p.at);
    printf("FAIL %s: %s\n", path, text);
    sum->failures++;
    return p.at ? p.at : -1;
}

int main(int argc, char **argv)
{
    Plan plan = {MODE_ONCE, 1000, 1e9, 0};
    int option;
    while ((option = getopt(argc, argv, "m:n:t:s:")) != -1) {
        if (option == 'm')
            plan.mode = strcmp(optarg, "from") == 0 ? MODE_FROM : strcmp(optarg, "calls") == 0 ? MODE_CALLS : MODE_ONCE;
        else if (option == 'n')
            plan.count = atol(optarg);
        else if (option == 't')
            plan.seconds = atof(optarg);
        else if (option == 's')
            plan.seed = (unsigned)atoi(optarg);
        else
            return 2;
    }
    Progress sum = {0};
    double end = now() + plan.seconds;
    int scripts = 0;
    for (; optind < argc && now() < end; optind++, scripts++)
        for (long first = 1, died, deaths = 0; deaths < DEATHS; deaths++, first = died + 1)
            if ((died = run_child(argv[optind], &plan, end, first, &sum)) <= 0)
                break;
    printf("%d scripts, %ld injections, %ld failures\n", scripts, sum.done, sum.failures);
    if (sum.over_time)
        printf("(%ld ended by their time limit)\n", sum.over_time);
    return sum.failures != 0;
}
