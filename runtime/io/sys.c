// SPDX-License-Identifier: MIT
//
// The wrappers of sys.h for files, paths, clocks and entropy. The rules are in sys_policy.h.

#define _GNU_SOURCE
#include "sys.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>

#include "runtime/host/host.h"
#include "runtime/loop/schedule.h"
#include "runtime/loop/signals.h"
#include "runtime/tasks/scheduler.h"
#include "sys_policy.h"
#include "vm/core/error.h"
#include "vm/core/limits.h"

// ---- policy

bool sys_fault(VM *vm, SysKind kind)
{
    Host *host = vm ? vm->host : NULL;
    if (likely(!host || host->faults.kind != kind))
        return false;
    SysFaults *f = &host->faults;
    if (f->countdown > 1) {
        f->countdown--;
        return false;
    }
    if (!f->from)
        f->kind = SYS_NONE;
    errno = f->error;
    return true;
}

static const char *const kind_names[SYS_KIND_COUNT] = {
    "none", "open", "close", "read", "write", "seek", "stat", "path", "socket", "process", "clock", "entropy", "poll",
};

bool sys_set_faults(VM *vm, const char *text)
{
    SysFaults f = {0};
    for (int i = 1; text && i < SYS_KIND_COUNT; i++)
        if (strncmp(text, kind_names[i], strlen(kind_names[i])) == 0 && text[strlen(kind_names[i])] == ':')
            f.kind = (SysKind)i;
    char *end = NULL;
    if (f.kind) {
        f.error = (int)strtol(strchr(text, ':') + 1, &end, 10);
        f.countdown = *end == ':' ? strtoull(end + 1, &end, 10) : 0;
        f.from = *end == '+';
    }
    host_of(vm)->faults = f;
    return !text || f.countdown > 0 || raise_value(vm, "no such fault: %s", text);
}

bool sys_retry(VM *vm)
{
    if (errno != EINTR || !vm)
        return false;
    if (vm->host)
        host_attend(vm);
    uint32_t why = atomic_load(&vm->attention);
    return !(why & ATTENTION_STOP) && !(why & ATTENTION_INTERRUPT && !(vm->host && scheduler_takes_interrupt(vm)));
}

// ---- waiting

int sys_wake_fd(VM *vm)
{
    Host *host = vm->host;
    int fd = atomic_load(&host->wake_fd) - 1;
    if (fd >= 0)
        return fd;
    fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_store(&host->wake_fd, fd + 1);
    return fd;
}

void sys_wake(VM *vm)
{
    int saved = errno, fd = vm->host ? atomic_load(&((Host *)vm->host)->wake_fd) - 1 : -1;
    if (fd >= 0 && write(fd, &(uint64_t){1}, sizeof(uint64_t)) < 0)
        errno = saved; // the counter is full: the other side is awake
    errno = saved;
}

#define WANTED (ATTENTION_INTERRUPT | ATTENTION_STOP)

double sys_machine_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool to_wait(double until, struct timespec *left)
{
    double seconds = until - sys_machine_time();
    if (!(seconds > 0))
        return *left = (struct timespec){0, 0}, false;
    if (seconds > 1e6)
        seconds = 1e6;
    left->tv_sec = (time_t)seconds;
    left->tv_nsec = (long)((seconds - (double)left->tv_sec) * 1e9);
    return true;
}

int sys_wait(VM *vm, int fd, short events, double until)
{
    struct pollfd p[2] = {{sys_wake_fd(vm), POLLIN, 0}, {fd, events, 0}};
    if (sys_fault(vm, SYS_POLL))
        return -1;
    for (;;) {
        struct timespec left;
        double limit = limits_wake(vm);
        bool early = limit < until, wait = to_wait(early ? limit : until, &left);
        errno = EINTR;
        if (atomic_load(&vm->attention) & WANTED && !sys_retry(vm))
            return -1;
        host_attend(vm);
        if (signals_pending(vm)) { // the caller lets their handlers run and comes back
            errno = EINTR;
            return -1;
        }
        int n = ppoll(p, fd >= 0 ? 2 : 1, isinf(until) && !early ? NULL : &left, NULL);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0 && p[1].revents)
            return 1;
        if (n > 0 && read(p[0].fd, &(uint64_t){0}, sizeof(uint64_t)) < 0 && errno != EAGAIN)
            return -1;
        if (n == 0 && !wait) {
            errno = EINTR;
            return early ? -1 : 0;
        }
    }
}

Value sys_raise(VM *vm, int error, Value filename)
{
    if (error == EINTR && !vm_tick_slow(vm))
        return VALUE_EMPTY;
    if (error == ENOMEM)
        return raise_memory(vm);
    return raise_os(vm, error, filename);
}

// ---- descriptors

// Counts a new descriptor. Over the limit it is closed again: EMFILE.
int sys_counted(VM *vm, int fd)
{
    Host *host = vm ? vm->host : NULL;
    if (fd < 0 || !host)
        return fd;
    if (unlikely(host->handle_limit && host->handles >= host->handle_limit)) {
        close(fd);
        errno = EMFILE;
        return -1;
    }
    host->handles++;
    return fd;
}

static int open_again(VM *vm, const char *path, int flags, mode_t mode)
{
    REPEAT(int, SYS_OPEN, open(path, flags | O_CLOEXEC, mode));
}

int sys_open(VM *vm, const char *path, int flags, mode_t mode)
{
    return sys_counted(vm, open_again(vm, path, flags, mode));
}

int sys_close(VM *vm, int fd)
{
    bool fault = sys_fault(vm, SYS_CLOSE);
    int error = errno;
    int result = close(fd); // a fault still closes: tests must not leak descriptors
    if (vm && vm->host && result == 0 && host_of(vm)->handles)
        host_of(vm)->handles--;
    if (!fault)
        return result < 0 && errno == EINTR ? 0 : result;
    errno = error;
    return -1;
}

#define IO_MAX ((size_t)0x7ffff000) // what one call of Linux moves at most

// Under a deadline a descriptor that may block is waited for first. False: errno is set.
bool sys_ready(VM *vm, int fd, short events)
{
    if (likely(!vm || !vm->host || isinf(limits_wake(vm))))
        return true;
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || flags & O_NONBLOCK || sys_wait(vm, fd, events, INFINITY) >= 0;
}

ssize_t sys_read(VM *vm, int fd, void *buffer, size_t size)
{
    size = size > IO_MAX ? IO_MAX : size;
    if (!sys_ready(vm, fd, POLLIN))
        return -1;
    REPEAT(ssize_t, SYS_READ, read(fd, buffer, size));
}

ssize_t sys_write(VM *vm, int fd, const void *data, size_t size)
{
    size = size > IO_MAX ? IO_MAX : size;
    if (!sys_ready(vm, fd, POLLOUT))
        return -1;
    if (vm && vm->host && !isinf(limits_wake(vm)) && size > PIPE_BUF)
        size = PIPE_BUF; // a pipe that is ready takes that much without blocking
    REPEAT(ssize_t, SYS_WRITE, write(fd, data, size));
}

ssize_t sys_pread(VM *vm, int fd, void *buffer, size_t size, int64_t offset)
{
    REPEAT(ssize_t, SYS_READ, pread(fd, buffer, size, offset));
}

ssize_t sys_pwrite(VM *vm, int fd, const void *data, size_t size, int64_t offset)
{
    REPEAT(ssize_t, SYS_WRITE, pwrite(fd, data, size, offset));
}

int64_t sys_seek(VM *vm, int fd, int64_t offset, int whence) { ONCE(SYS_SEEK, (int64_t)lseek(fd, offset, whence)); }
int sys_truncate(VM *vm, int fd, int64_t size) { REPEAT(int, SYS_WRITE, ftruncate(fd, size)); }
int sys_fsync(VM *vm, int fd) { REPEAT(int, SYS_WRITE, fsync(fd)); }
int sys_dup(VM *vm, int fd) { return sys_fault(vm, SYS_OPEN) ? -1 : sys_counted(vm, fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

int sys_dup2(VM *vm, int fd, int other, bool inheritable)
{
    if (fd == other) // dup3 refuses this
        ONCE(SYS_OPEN, dup2(fd, other));
    REPEAT(int, SYS_OPEN, dup3(fd, other, inheritable ? 0 : O_CLOEXEC));
}

int sys_pipe(VM *vm, int fds[2])
{
    if (sys_fault(vm, SYS_OPEN) || pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    int first = sys_counted(vm, fds[0]), second = sys_counted(vm, fds[1]);
    if (first >= 0 && second >= 0)
        return 0;
    if (first >= 0)
        sys_close(vm, first);
    errno = EMFILE;
    return -1;
}

int sys_isatty(VM *vm, int fd) { return sys_fault(vm, SYS_STAT) ? 0 : isatty(fd); }
int sys_fcntl(VM *vm, int fd, int command, long argument) { REPEAT(int, SYS_STAT, fcntl(fd, command, argument)); }

// ---- paths

int sys_stat(VM *vm, int dir_fd, const char *path, struct stat *out, int flags)
{
    ONCE(SYS_STAT, fstatat(dir_fd, path, out, flags));
}

int sys_fstat(VM *vm, int fd, struct stat *out) { ONCE(SYS_STAT, fstat(fd, out)); }
int sys_mkdir(VM *vm, int dir_fd, const char *path, mode_t mode) { ONCE(SYS_PATH, mkdirat(dir_fd, path, mode)); }
int sys_unlink(VM *vm, int dir_fd, const char *path, int flags) { ONCE(SYS_PATH, unlinkat(dir_fd, path, flags)); }

int sys_rename(VM *vm, int from_fd, const char *from, int to_fd, const char *to)
{
    ONCE(SYS_PATH, renameat(from_fd, from, to_fd, to));
}

int sys_link(VM *vm, const char *from, const char *to, int flags)
{
    ONCE(SYS_PATH, linkat(AT_FDCWD, from, AT_FDCWD, to, flags));
}

int sys_symlink(VM *vm, const char *target, int dir_fd, const char *path)
{
    ONCE(SYS_PATH, symlinkat(target, dir_fd, path));
}

ssize_t sys_readlink(VM *vm, int dir_fd, const char *path, char *buffer, size_t size)
{
    ONCE(SYS_PATH, readlinkat(dir_fd, path, buffer, size));
}

int sys_chmod(VM *vm, int dir_fd, const char *path, mode_t mode, int flags)
{
    ONCE(SYS_PATH, fchmodat(dir_fd, path, mode, flags));
}

int sys_access(VM *vm, int dir_fd, const char *path, int mode, int flags)
{
    ONCE(SYS_STAT, faccessat(dir_fd, path, mode, flags));
}

int sys_utime(VM *vm, int dir_fd, const char *path, const struct timespec times[2], int flags)
{
    ONCE(SYS_PATH, utimensat(dir_fd, path, times, flags));
}

int sys_chdir(VM *vm, const char *path) { ONCE(SYS_PATH, chdir(path)); }
DIR *sys_opendir(VM *vm, const char *path) { return sys_fault(vm, SYS_OPEN) ? NULL : opendir(path); }
DIR *sys_fdopendir(VM *vm, int fd) { return sys_fault(vm, SYS_OPEN) ? NULL : fdopendir(fd); }

struct dirent *sys_readdir(VM *vm, DIR *dir)
{
    errno = 0;
    return sys_fault(vm, SYS_READ) ? NULL : readdir(dir);
}

int sys_closedir(VM *vm, DIR *dir) { return (void)vm, closedir(dir); }

// ---- clocks and entropy

int sys_clock(VM *vm, clockid_t clock, struct timespec *out)
{
    if (vm && vm->host && clock_read(&host_of(vm)->clock, clock, out))
        return sys_fault(vm, SYS_CLOCK) ? -1 : 0;
    ONCE(SYS_CLOCK, clock_gettime(clock, out));
}

int sys_sleep_until(VM *vm, const struct timespec *deadline)
{
    if (sys_fault(vm, SYS_CLOCK))
        return -1;
    if (clock_sleep_until(&host_of(vm)->clock, deadline))
        return 0;
    return sys_wait(vm, -1, 0, (double)deadline->tv_sec + (double)deadline->tv_nsec * 1e-9);
}

bool sys_entropy(VM *vm, void *buffer, size_t size)
{
    if (sys_fault(vm, SYS_ENTROPY))
        return false;
    char *p = buffer;
    if (vm && vm->host && host_of(vm)->flags & AIOLOS_SCHEDULE_SEED) {
        for (size_t i = 0; i < size; i++)
            p[i] = (char)(schedule_random(&host_of(vm)->entropy_seed) >> 32);
        return true;
    }
    while (size > 0) {
        ssize_t n = getrandom(p, size > 256 ? 256 : size, 0);
        if (n < 0 && !sys_retry(vm))
            return false;
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return true;
}

// ---- whole files

// Reads until the end into a buffer that grows; a regular file fits at the first try.
static char *read_rest(VM *vm, int fd, size_t expected, size_t *size)
{
    size_t capacity = expected + 2, used = 0;
    char *text = mem_realloc(vm, NULL, 0, capacity);
    while (text) {
        ssize_t n = sys_read(vm, fd, text + used, capacity - used - 1);
        if (n < 0) {
            int error = errno;
            mem_realloc(vm, text, capacity, 0);
            errno = error;
            return NULL;
        }
        used += (size_t)n;
        bool full = used == capacity - 1;
        if (n > 0 && !full)
            continue;
        size_t wanted = n == 0 ? used + 1 : capacity * 2;
        char *moved = wanted == capacity ? text : mem_realloc(vm, text, capacity, wanted);
        if (!moved) {
            mem_realloc(vm, text, capacity, 0);
            break;
        }
        text = moved;
        capacity = wanted;
        if (n == 0) {
            text[used] = 0;
            *size = used;
            return text;
        }
    }
    errno = ENOMEM;
    return NULL;
}

char *sys_read_file(VM *vm, const char *path, size_t *size)
{
    struct stat st;
    int fd = sys_open(vm, path, O_RDONLY, 0);
    if (fd < 0)
        return NULL;
    char *text = NULL;
    if (sys_fstat(vm, fd, &st) < 0)
        st.st_size = 0;
    if (S_ISDIR(st.st_mode))
        errno = EISDIR;
    else
        text = read_rest(vm, fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 4096, size);
    int error = errno;
    sys_close(vm, fd);
    errno = error;
    return text;
}

bool sys_write_all(VM *vm, int fd, const void *data, size_t size)
{
    for (const char *p = data; size > 0;) {
        ssize_t n = sys_write(vm, fd, p, size);
        if (n < 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}
