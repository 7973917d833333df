// SPDX-License-Identifier: MIT
//
// posix: descriptors.

#define _GNU_SOURCE
#include "posix.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

static Value posix_open(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    int flags, mode, dir;
    if (!path_arg(vm, args[0], "open", 0, &p) || !int_arg(vm, args[1], &flags) || !int_arg(vm, args[2], &mode) ||
        !dir_fd_arg(vm, args[3], &dir))
        return VALUE_EMPTY;
    int fd = dir == AT_FDCWD ? sys_open(vm, p.text, flags, (mode_t)mode)
                             : openat(dir, p.text, flags | O_CLOEXEC, (mode_t)mode);
    return fd < 0 ? path_error(vm, &p) : from_small(fd);
}

static Value posix_close(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd;
    return int_arg(vm, args[0], &fd) ? check(vm, sys_close(vm, fd)) : VALUE_EMPTY;
}

static Value posix_closerange(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int low, high;
    if (!int_arg(vm, args[0], &low) || !int_arg(vm, args[1], &high))
        return VALUE_EMPTY;
    for (int fd = low < 0 ? 0 : low; fd < high; fd++)
        sys_close(vm, fd);
    return VALUE_NONE;
}

static Value cut(VM *vm, Value all, size_t size)
{
    return size == as_bytes(all)->size ? all : bytes_new(vm, as_bytes(all)->data, size);
}

static Value posix_read(VM *vm, Value *args, int nargs)
{
    int fd;
    int64_t size, offset = 0;
    if (!int_arg(vm, args[0], &fd) || !object_index_i64(vm, args[1], &size) ||
        (nargs > 2 && !object_index_i64(vm, args[2], &offset)))
        return VALUE_EMPTY;
    if (size < 0)
        return sys_raise(vm, EINVAL, VALUE_EMPTY);
    Value data = bytes_new(vm, NULL, (size_t)size);
    if (!data)
        return VALUE_EMPTY;
    ssize_t n = nargs > 2 ? sys_pread(vm, fd, as_bytes(data)->data, (size_t)size, offset)
                          : sys_read(vm, fd, as_bytes(data)->data, (size_t)size);
    return n < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : cut(vm, data, (size_t)n);
}

static Value posix_write(VM *vm, Value *args, int nargs)
{
    int fd;
    int64_t offset = 0;
    const char *data;
    size_t size;
    if (!int_arg(vm, args[0], &fd) || !bytes_view_or_raise(vm, args[1], &data, &size) ||
        (nargs > 2 && !object_index_i64(vm, args[2], &offset)))
        return VALUE_EMPTY;
    ssize_t n = nargs > 2 ? sys_pwrite(vm, fd, data, size, offset) : sys_write(vm, fd, data, size);
    return n < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_small(n);
}

static Value posix_lseek(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd, whence;
    int64_t offset;
    if (!int_arg(vm, args[0], &fd) || !object_index_i64(vm, args[1], &offset) || !int_arg(vm, args[2], &whence))
        return VALUE_EMPTY;
    int64_t at = sys_seek(vm, fd, offset, whence);
    return at < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : int_from_i64(vm, at);
}

static Value posix_fstat(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd;
    struct stat st;
    if (!int_arg(vm, args[0], &fd))
        return VALUE_EMPTY;
    return sys_fstat(vm, fd, &st) < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : stat_new(vm, &st);
}

static Value posix_ftruncate(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd;
    int64_t size;
    return int_arg(vm, args[0], &fd) && object_index_i64(vm, args[1], &size) ? check(vm, sys_truncate(vm, fd, size))
                                                                             : VALUE_EMPTY;
}

// An int, or something with fileno().
static bool descriptor(VM *vm, Value v, int *out)
{
    if (is_int_like(v))
        return int_arg(vm, v, out);
    Str *name = str_intern_text(vm, "fileno", 6);
    Value method = name ? object_getattr_opt(vm, v, name) : VALUE_EMPTY;
    if (!method)
        return vm->error ? false : (raise_type(vm, "argument must be an int, or have a fileno() method."), false);
    Value fd = call0(vm, method);
    return fd && int_arg(vm, fd, out);
}

static Value posix_fsync(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd;
    return descriptor(vm, args[0], &fd) ? check(vm, sys_fsync(vm, fd)) : VALUE_EMPTY;
}

static Value posix_dup(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd;
    if (!int_arg(vm, args[0], &fd))
        return VALUE_EMPTY;
    int copy = sys_dup(vm, fd);
    return copy < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_small(copy);
}

static Value posix_dup2(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd, other, inheritable = object_truth(vm, args[2]);
    if (inheritable < 0 || !int_arg(vm, args[0], &fd) || !int_arg(vm, args[1], &other))
        return VALUE_EMPTY;
    int copy = sys_dup2(vm, fd, other, inheritable);
    return copy < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_small(copy);
}

static Value posix_pipe(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    int fds[2];
    if (sys_pipe(vm, fds) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    return tuple_pack(vm, 2, from_small(fds[0]), from_small(fds[1]));
}

static Value posix_isatty(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd;
    return int_arg(vm, args[0], &fd) ? from_bool(sys_isatty(vm, fd)) : VALUE_EMPTY;
}

static Value get_flag(VM *vm, Value v, int command, int mask, bool inverted)
{
    int fd;
    if (!int_arg(vm, v, &fd))
        return VALUE_EMPTY;
    int flags = sys_fcntl(vm, fd, command, 0);
    return flags < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_bool(!(flags & mask) == inverted);
}

static Value set_flag(VM *vm, Value *args, int get, int set, int mask, bool inverted)
{
    int fd, on = object_truth(vm, args[1]);
    if (on < 0 || !int_arg(vm, args[0], &fd))
        return VALUE_EMPTY;
    int flags = sys_fcntl(vm, fd, get, 0);
    if (flags < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    return check(vm, sys_fcntl(vm, fd, set, (on != 0) != inverted ? flags | mask : flags & ~mask));
}

static Value posix_get_blocking(VM *vm, Value *args, int nargs)
{
    return (void)nargs, get_flag(vm, args[0], F_GETFL, O_NONBLOCK, true);
}
static Value posix_set_blocking(VM *vm, Value *args, int nargs)
{
    return (void)nargs, set_flag(vm, args, F_GETFL, F_SETFL, O_NONBLOCK, true);
}
static Value posix_get_inheritable(VM *vm, Value *args, int nargs)
{
    return (void)nargs, get_flag(vm, args[0], F_GETFD, FD_CLOEXEC, true);
}
static Value posix_set_inheritable(VM *vm, Value *args, int nargs)
{
    return (void)nargs, set_flag(vm, args, F_GETFD, F_SETFD, FD_CLOEXEC, true);
}

static Value posix_get_terminal_size(VM *vm, Value *args, int nargs)
{
    int fd = 1;
    struct winsize size;
    if (nargs > 0 && !int_arg(vm, args[0], &fd))
        return VALUE_EMPTY;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    return struct_sequence_new(vm, &terminal_size_def, (Value[]){from_small(size.ws_col), from_small(size.ws_row)});
}

static Value posix_ttyname(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int fd;
    char name[256];
    if (!int_arg(vm, args[0], &fd))
        return VALUE_EMPTY;
    int error = ttyname_r(fd, name, sizeof name);
    return error ? sys_raise(vm, error, VALUE_EMPTY) : path_result(vm, name, strlen(name), false);
}

const NativeDef posix_file_functions[] = {
    {"open(path, flags, mode=511, *, dir_fd=None)", posix_open, "Open a file for low level IO. Returns a file descriptor.", 0, 0, 0},
    {"close(fd)", posix_close, "Close a file descriptor.", 0, 0, 0},
    {"closerange(fd_low, fd_high, /)", posix_closerange, "Close all file descriptors in [fd_low, fd_high), ignoring errors.", NATIVE_RAW, 2, 2},
    {"read(fd, length, /)", posix_read, "Read from a file descriptor. Returns a bytes object.", NATIVE_RAW, 2, 2},
    {"pread(fd, length, offset, /)", posix_read, "Read at an offset.", NATIVE_RAW, 3, 3},
    {"write(fd, data, /)", posix_write, "Write a bytes object to a file descriptor.", NATIVE_RAW, 2, 2},
    {"pwrite(fd, buffer, offset, /)", posix_write, "Write at an offset.", NATIVE_RAW, 3, 3},
    {"lseek(fd, position, whence, /)", posix_lseek, "Set the position of a file descriptor.", NATIVE_RAW, 3, 3},
    {"fstat(fd)", posix_fstat, "Perform a stat system call on the given file descriptor.", 0, 0, 0},
    {"ftruncate(fd, length, /)", posix_ftruncate, "Truncate a file, specified by file descriptor.", NATIVE_RAW, 2, 2},
    {"fsync(fd)", posix_fsync, "Force write of fd to disk.", 0, 0, 0},
    {"fdatasync(fd)", posix_fsync, "Force write of fd to disk.", 0, 0, 0},
    {"dup(fd, /)", posix_dup, "Return a duplicate of a file descriptor.", NATIVE_RAW, 1, 1},
    {"dup2(fd, fd2, inheritable=True)", posix_dup2, "Duplicate file descriptor.", 0, 0, 0},
    {"pipe()", posix_pipe, "Create a pipe: (read descriptor, write descriptor).", NATIVE_RAW, 0, 0},
    {"isatty(fd, /)", posix_isatty, "Return True if the fd is connected to a terminal.", NATIVE_RAW, 1, 1},
    {"get_blocking(fd, /)", posix_get_blocking, "Get the blocking mode of the file descriptor.", NATIVE_RAW, 1, 1},
    {"set_blocking(fd, blocking, /)", posix_set_blocking, "Set the blocking mode of the file descriptor.", NATIVE_RAW, 2, 2},
    {"get_inheritable(fd, /)", posix_get_inheritable, "Get the close-on-exe flag of the file descriptor, inverted.", NATIVE_RAW, 1, 1},
    {"set_inheritable(fd, inheritable, /)", posix_set_inheritable, "Set the inheritable flag of the file descriptor.", NATIVE_RAW, 2, 2},
    {"get_terminal_size(fd=1, /)", posix_get_terminal_size, "Return the size of the terminal window as (columns, lines).", NATIVE_RAW, 0, 1},
    {"ttyname(fd, /)", posix_ttyname, "Return the name of the terminal device connected to fd.", NATIVE_RAW, 1, 1},
    {0},
};
