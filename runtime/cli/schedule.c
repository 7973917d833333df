// SPDX-License-Identifier: MIT
//
// Runs that repeat: --schedule-seed needs the same addresses in every run, because objects hash by address;
// --schedule-search starts this program again for one seed after the other until one fails.

#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

static bool has_fixed_addresses(void) { return personality(0xFFFFFFFF) & ADDR_NO_RANDOMIZE; }

static bool fix_addresses(void)
{
    int now = personality(0xFFFFFFFF);
    return now >= 0 && personality((unsigned long)now | ADDR_NO_RANDOMIZE) >= 0 && has_fixed_addresses();
}

void schedule_fix_addresses(char **argv)
{
    if (!has_fixed_addresses() && fix_addresses())
        execv(SELF, argv); // where that is forbidden the run goes on: only the order of sets may differ
}

void schedule_report(const Options *o, int status)
{
    if (o->flags & AIOLOS_SCHEDULE_SEED && status)
        fprintf(stderr, "aiolos: status %d with --schedule-seed %llu\n", status, (unsigned long long)o->schedule_seed);
}

// ---- the search

// The command line with --schedule-search N made --schedule-seed SEED.
static char **with_seed(const Options *o, int argc, char **argv, char *seed)
{
    char **copy = calloc((size_t)argc + 2, sizeof *copy);
    int n = 0;
    for (int i = 0; copy && i < argc; i++) {
        if (i != o->search_at) {
            copy[n++] = argv[i];
            continue;
        }
        copy[n++] = "--schedule-seed";
        copy[n++] = seed;
        i += strchr(argv[i], '=') ? 0 : 1;
    }
    return copy;
}

static void run_child(char **argv, int output)
{
    if (!freopen("/dev/null", "r", stdin) || dup2(output, 1) < 0 || dup2(output, 2) < 0)
        _exit(127);
    fix_addresses();
    execv(SELF, argv);
    _exit(127);
}

// The wait status of one run; -1: it could not be started.
static int run_seed(char **argv, int output)
{
    int status;
    if (ftruncate(output, 0) < 0 || lseek(output, 0, SEEK_SET) < 0)
        return -1;
    pid_t child = fork();
    if (child == 0)
        run_child(argv, output);
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return child > 0 ? status : -1;
}

static void show_output(int fd)
{
    char text[8192];
    lseek(fd, 0, SEEK_SET);
    for (ssize_t n; (n = read(fd, text, sizeof text)) > 0;)
        fwrite(text, 1, (size_t)n, stdout);
    fflush(stdout);
}

static void show_command(char **argv)
{
    fputs("aiolos: again with: aiolos", stderr);
    while (*++argv)
        fprintf(stderr, " %s", *argv);
    fputs("\n", stderr);
}

int schedule_search(const Options *o, int argc, char **argv)
{
    char seed[32];
    char **line = with_seed(o, argc, argv, seed);
    int output = memfd_create("aiolos-output", MFD_CLOEXEC), status = 0;
    unsigned long long i = 0;
    if (!line || output < 0) {
        perror("aiolos: --schedule-search");
        return 1;
    }
    while (status == 0 && i < o->search_count) {
        snprintf(seed, sizeof seed, "%llu", ++i);
        status = run_seed(line, output);
    }
    if (status == 0) {
        fprintf(stderr, "aiolos: %llu seeds, none fails\n", i);
    } else if (status == -1) {
        perror("aiolos: --schedule-search");
    } else {
        show_output(output);
        if (WIFSIGNALED(status))
            fprintf(stderr, "aiolos: seed %s ends with signal %d\n", seed, WTERMSIG(status));
        else
            fprintf(stderr, "aiolos: seed %s fails with status %d\n", seed, WEXITSTATUS(status));
        show_command(line);
    }
    free(line);
    close(output);
    return status ? 1 : 0;
}
