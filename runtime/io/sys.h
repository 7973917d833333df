// SPDX-License-Identifier: MIT
//
// All system calls of the project. Each wrapper behaves as the call of its name (result, or -1 with errno set) with two
// additions: a call interrupted by a signal is repeated unless the script has been asked to stop (then it fails with
// EINTR: hand that to sys_raise, which raises KeyboardInterrupt), and a test can make any call fail.
//
// Nothing here raises except sys_raise, allocates from the GC heap, or runs a script. May block.
#ifndef AIOLOS_RUNTIME_SYS_H
#define AIOLOS_RUNTIME_SYS_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "vm/core/vm.h"

// What a fault can be asked for.
typedef enum SysKind {
    SYS_NONE,
    SYS_OPEN,
    SYS_CLOSE,
    SYS_READ,
    SYS_WRITE,
    SYS_SEEK,
    SYS_STAT,
    SYS_PATH,
    SYS_SOCKET, // making, naming, options; moving bytes is SYS_READ and SYS_WRITE
    SYS_PROCESS,
    SYS_CLOCK,
    SYS_ENTROPY,
    SYS_POLL,
    SYS_KIND_COUNT
} SysKind;

// Fault injection: the `countdown`-th call of `kind` from now fails with `error`; once it has failed, all later ones do
// when `from` is set. Zero-filled: no fault.
typedef struct SysFaults {
    SysKind kind;
    bool from;
    int error;
    uint64_t countdown;
} SysFaults;

// Fault from text, "KIND:ERRNO:N" with a "+" behind it for all later calls too; NULL: none. False: not understood,
// error pending.
bool sys_set_faults(VM *vm, const char *text);
// True: the call must fail; errno is set. To be asked first by every wrapper, here and in runtime/loop.
bool sys_fault(VM *vm, SysKind kind);
// After a call failed with EINTR: repeat it? False when the script is to be interrupted.
bool sys_retry(VM *vm);

// Makes waits in the calls below and in the loop end: from any thread or signal handler.
void sys_wake(VM *vm);
// The descriptor that sys_wake makes readable, made at its first use; -1: there is none.
int sys_wake_fd(VM *vm);
// Waits until `fd` (-1: none) is ready for `events` of poll(), at most until `until` on the monotonic clock (INFINITY),
// a limit of the VM, an interrupt. Returns 1 ready, 0 the time has come, -1 with EINTR: ask for attention.
int sys_wait(VM *vm, int fd, short events, double until);

// Raises OSError for errno `error` (VALUE_EMPTY filename: none); EINTR because of an interrupt: KeyboardInterrupt.
Value sys_raise(VM *vm, int error, Value filename);

// ---- descriptors
int sys_open(VM *vm, const char *path, int flags, mode_t mode); // always close-on-exec
int sys_close(VM *vm, int fd);                                   // never repeated: the descriptor is gone
ssize_t sys_read(VM *vm, int fd, void *buffer, size_t size);
ssize_t sys_write(VM *vm, int fd, const void *data, size_t size);
ssize_t sys_pread(VM *vm, int fd, void *buffer, size_t size, int64_t offset);
ssize_t sys_pwrite(VM *vm, int fd, const void *data, size_t size, int64_t offset);
int64_t sys_seek(VM *vm, int fd, int64_t offset, int whence);
int sys_truncate(VM *vm, int fd, int64_t size);
int sys_fsync(VM *vm, int fd);
int sys_dup(VM *vm, int fd);
int sys_dup2(VM *vm, int fd, int other, bool inheritable);
int sys_pipe(VM *vm, int fds[2]); // close-on-exec
int sys_isatty(VM *vm, int fd);
int sys_fcntl(VM *vm, int fd, int command, long argument);

// ---- paths. dir_fd is AT_FDCWD or a directory; flags are AT_ flags.
int sys_stat(VM *vm, int dir_fd, const char *path, struct stat *out, int flags);
int sys_fstat(VM *vm, int fd, struct stat *out);
int sys_mkdir(VM *vm, int dir_fd, const char *path, mode_t mode);
int sys_unlink(VM *vm, int dir_fd, const char *path, int flags); // AT_REMOVEDIR: rmdir
int sys_rename(VM *vm, int from_fd, const char *from, int to_fd, const char *to);
int sys_link(VM *vm, const char *from, const char *to, int flags);
int sys_symlink(VM *vm, const char *target, int dir_fd, const char *path);
ssize_t sys_readlink(VM *vm, int dir_fd, const char *path, char *buffer, size_t size);
int sys_chmod(VM *vm, int dir_fd, const char *path, mode_t mode, int flags);
int sys_access(VM *vm, int dir_fd, const char *path, int mode, int flags);
int sys_utime(VM *vm, int dir_fd, const char *path, const struct timespec times[2], int flags);
int sys_chdir(VM *vm, const char *path);
DIR *sys_opendir(VM *vm, const char *path);   // NULL: errno
DIR *sys_fdopendir(VM *vm, int fd);
struct dirent *sys_readdir(VM *vm, DIR *dir); // NULL: the end (errno 0) or an error
int sys_closedir(VM *vm, DIR *dir);

// ---- clocks and entropy
double sys_machine_time(void); // seconds, monotonic, whatever clock the VM has
int sys_clock(VM *vm, clockid_t clock, struct timespec *out);
int sys_sleep_until(VM *vm, const struct timespec *deadline); // monotonic; EINTR: attention is wanted
bool sys_entropy(VM *vm, void *buffer, size_t size);

// ---- whole files, for imports and tracebacks: memory from mem_realloc, *size bytes and a NUL behind them.
// NULL: errno. Give it back with mem_realloc(vm, text, size + 1, 0).
char *sys_read_file(VM *vm, const char *path, size_t *size);
bool sys_write_all(VM *vm, int fd, const void *data, size_t size); // false: errno

#endif
