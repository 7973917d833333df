// SPDX-License-Identifier: MIT
//
// posix: files and folders by name.

#define _GNU_SOURCE
#include "posix.h"

#include <errno.h>

// OSError with both paths, as two-path calls raise it.
static Value two_paths_error(VM *vm, const PathArg *from, const PathArg *to)
{
    int error = errno;
    Value text = from_object(str_from(vm, strerror(error)));
    Value args[5] = {from_small(error), text, from->given, VALUE_NONE, to->given};
    return text ? raise_args(vm, exception_of_errno(error), 5, args) : VALUE_EMPTY;
}

// ---- stat

static Value stat_path(VM *vm, const char *function, Value path, Value dir_fd, bool follow)
{
    PathArg p;
    int dir;
    struct stat st;
    if (!path_arg(vm, path, function, PATH_FD, &p) || !dir_fd_arg(vm, dir_fd, &dir))
        return VALUE_EMPTY;
    if (p.text)
        host_settle(vm, p.text);
    int result = p.text ? sys_stat(vm, dir, p.text, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) : sys_fstat(vm, p.fd, &st);
    return result < 0 ? path_error(vm, &p) : stat_new(vm, &st);
}

static Value posix_stat(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int follow = object_truth(vm, args[2]);
    return follow < 0 ? VALUE_EMPTY : stat_path(vm, "stat", args[0], args[1], follow);
}

static Value posix_lstat(VM *vm, Value *args, int nargs)
{
    return (void)nargs, stat_path(vm, "lstat", args[0], args[1], false);
}

static Value posix_access(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    int mode, dir, follow = object_truth(vm, args[4]), effective = object_truth(vm, args[3]);
    if (!path_arg(vm, args[0], "access", 0, &p) || !int_arg(vm, args[1], &mode) || !dir_fd_arg(vm, args[2], &dir) ||
        follow < 0 || effective < 0)
        return VALUE_EMPTY;
    return from_bool(
        sys_access(vm, dir, p.text, mode, (follow ? 0 : AT_SYMLINK_NOFOLLOW) | (effective ? AT_EACCESS : 0)) == 0);
}

// ---- folders

static Value posix_mkdir(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    int mode, dir;
    if (!path_arg(vm, args[0], "mkdir", 0, &p) || !int_arg(vm, args[1], &mode) || !dir_fd_arg(vm, args[2], &dir))
        return VALUE_EMPTY;
    return sys_mkdir(vm, dir, p.text, (mode_t)mode) < 0 ? path_error(vm, &p) : VALUE_NONE;
}

static Value remove_path(VM *vm, Value *args, const char *function, int flags)
{
    PathArg p;
    int dir;
    if (!path_arg(vm, args[0], function, 0, &p) || !dir_fd_arg(vm, args[1], &dir))
        return VALUE_EMPTY;
    return sys_unlink(vm, dir, p.text, flags) < 0 ? path_error(vm, &p) : VALUE_NONE;
}

static Value posix_rmdir(VM *vm, Value *args, int nargs)
{
    return (void)nargs, remove_path(vm, args, "rmdir", AT_REMOVEDIR);
}
static Value posix_remove(VM *vm, Value *args, int nargs) { return (void)nargs, remove_path(vm, args, "remove", 0); }
static Value posix_unlink(VM *vm, Value *args, int nargs) { return (void)nargs, remove_path(vm, args, "unlink", 0); }

static Value posix_listdir(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    if (!path_arg(vm, args[0], "listdir", PATH_FD | PATH_NONE, &p))
        return VALUE_EMPTY;
    int fd = p.text ? -1 : sys_dup(vm, p.fd);
    DIR *dir = p.text ? sys_opendir(vm, p.text) : fd < 0 ? NULL : sys_fdopendir(vm, fd);
    if (!dir)
        return path_error(vm, &p);
    if (!p.text)
        rewinddir(dir);
    List *names = list_new(vm, 16);
    struct dirent *e;
    while (names && (e = sys_readdir(vm, dir))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        Value name = path_result(vm, e->d_name, strlen(e->d_name), p.as_bytes);
        if (!name || !list_append(vm, names, name))
            names = NULL;
    }
    int error = names ? errno : 0;
    sys_closedir(vm, dir);
    errno = error;
    return error ? path_error(vm, &p) : from_object(names);
}

static Value posix_chdir(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    if (!path_arg(vm, args[0], "chdir", PATH_FD, &p))
        return VALUE_EMPTY;
    return (p.text ? sys_chdir(vm, p.text) : fchdir(p.fd)) < 0 ? path_error(vm, &p) : VALUE_NONE;
}

static Value current_folder(VM *vm, bool as_bytes)
{
    char path[4096];
    if (!getcwd(path, sizeof path))
        return sys_raise(vm, errno, VALUE_EMPTY);
    return path_result(vm, path, strlen(path), as_bytes);
}

static Value posix_getcwd(VM *vm, Value *args, int nargs) { return (void)args, (void)nargs, current_folder(vm, false); }
static Value posix_getcwdb(VM *vm, Value *args, int nargs) { return (void)args, (void)nargs, current_folder(vm, true); }

// ---- renaming and linking

static Value rename_path(VM *vm, Value *args, const char *function)
{
    PathArg from, to;
    int from_fd, to_fd;
    if (!path_arg(vm, args[0], function, 0, &from) || !path_arg(vm, args[1], function, 0, &to) ||
        !dir_fd_arg(vm, args[2], &from_fd) || !dir_fd_arg(vm, args[3], &to_fd))
        return VALUE_EMPTY;
    return sys_rename(vm, from_fd, from.text, to_fd, to.text) < 0 ? two_paths_error(vm, &from, &to) : VALUE_NONE;
}

static Value posix_rename(VM *vm, Value *args, int nargs) { return (void)nargs, rename_path(vm, args, "rename"); }
static Value posix_replace(VM *vm, Value *args, int nargs) { return (void)nargs, rename_path(vm, args, "replace"); }

static Value posix_link(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg from, to;
    int follow = object_truth(vm, args[2]);
    if (follow < 0 || !path_arg(vm, args[0], "link", 0, &from) || !path_arg(vm, args[1], "link", 0, &to))
        return VALUE_EMPTY;
    return sys_link(vm, from.text, to.text, follow ? AT_SYMLINK_FOLLOW : 0) < 0 ? two_paths_error(vm, &from, &to)
                                                                                : VALUE_NONE;
}

static Value posix_symlink(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg target, path;
    int dir;
    if (!path_arg(vm, args[0], "symlink", 0, &target) || !path_arg(vm, args[1], "symlink", 0, &path) ||
        !dir_fd_arg(vm, args[3], &dir))
        return VALUE_EMPTY;
    return sys_symlink(vm, target.text, dir, path.text) < 0 ? two_paths_error(vm, &target, &path) : VALUE_NONE;
}

static Value posix_readlink(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    int dir;
    char target[4096];
    if (!path_arg(vm, args[0], "readlink", 0, &p) || !dir_fd_arg(vm, args[1], &dir))
        return VALUE_EMPTY;
    ssize_t n = sys_readlink(vm, dir, p.text, target, sizeof target);
    return n < 0 ? path_error(vm, &p) : path_result(vm, target, (size_t)n, p.as_bytes);
}

// ---- properties

static Value posix_chmod(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    int mode, dir, follow = object_truth(vm, args[3]);
    if (follow < 0 || !path_arg(vm, args[0], "chmod", PATH_FD, &p) || !int_arg(vm, args[1], &mode) ||
        !dir_fd_arg(vm, args[2], &dir))
        return VALUE_EMPTY;
    int result = p.text ? sys_chmod(vm, dir, p.text, (mode_t)mode, follow ? 0 : AT_SYMLINK_NOFOLLOW)
                        : fchmod(p.fd, (mode_t)mode);
    return result < 0 ? path_error(vm, &p) : VALUE_NONE;
}

static Value posix_chown(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    int uid, gid, dir, follow = object_truth(vm, args[4]);
    if (follow < 0 || !path_arg(vm, args[0], "chown", PATH_FD, &p) || !int_arg(vm, args[1], &uid) ||
        !int_arg(vm, args[2], &gid) || !dir_fd_arg(vm, args[3], &dir))
        return VALUE_EMPTY;
    int result = p.text ? fchownat(dir, p.text, (uid_t)uid, (gid_t)gid, follow ? 0 : AT_SYMLINK_NOFOLLOW)
                        : fchown(p.fd, (uid_t)uid, (gid_t)gid);
    return result < 0 ? path_error(vm, &p) : VALUE_NONE;
}

static Value posix_truncate(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    int64_t size;
    if (!path_arg(vm, args[0], "truncate", PATH_FD, &p) || !object_index_i64(vm, args[1], &size))
        return VALUE_EMPTY;
    return (p.text ? truncate(p.text, size) : sys_truncate(vm, p.fd, size)) < 0 ? path_error(vm, &p) : VALUE_NONE;
}

static bool time_of(VM *vm, Value v, struct timespec *out)
{
    double d;
    int64_t whole;
    if (is_int_like(v)) {
        if (!int_to_i64(vm, v, &whole))
            return false;
        *out = (struct timespec){.tv_sec = whole};
        return true;
    }
    if (!object_as_double(vm, v, &d))
        return false;
    double floor_of = floor(d);
    *out = (struct timespec){.tv_sec = (time_t)floor_of, .tv_nsec = (long)((d - floor_of) * 1e9)};
    return true;
}

static bool time_of_ns(VM *vm, Value v, struct timespec *out)
{
    int64_t n;
    if (!object_index_i64(vm, v, &n))
        return false;
    int64_t whole = n / 1000000000 - (n % 1000000000 < 0);
    *out = (struct timespec){.tv_sec = whole, .tv_nsec = n - whole * 1000000000};
    return true;
}

// path, times, ns, dir_fd, follow_symlinks
static Value posix_utime(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    int dir, follow = object_truth(vm, args[4]);
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    bool by_ns = args[2] != VALUE_EMPTY, given = by_ns || !is_none(args[1]);
    Value pair = by_ns ? args[2] : args[1];
    if (follow < 0 || !path_arg(vm, args[0], "utime", PATH_FD, &p) || !dir_fd_arg(vm, args[3], &dir))
        return VALUE_EMPTY;
    if (by_ns && !is_none(args[1]))
        return raise_value(vm, "utime: you may specify either 'times' or 'ns' but not both");
    if (given && (!is_tuple(pair) || as_tuple(pair)->count != 2))
        return raise_type(vm, by_ns ? "utime: 'ns' must be a tuple of two ints"
                                    : "utime: 'times' must be either a tuple of two ints or None");
    for (int i = 0; given && i < 2; i++)
        if (!(by_ns ? time_of_ns : time_of)(vm, as_tuple(pair)->items[i], &times[i]))
            return VALUE_EMPTY;
    int result = p.text ? sys_utime(vm, dir, p.text, times, follow ? 0 : AT_SYMLINK_NOFOLLOW) : futimens(p.fd, times);
    return check(vm, result);
}

const NativeDef posix_path_functions[] = {
    {"stat(path, *, dir_fd=None, follow_symlinks=True)", posix_stat, "Perform a stat system call on the given path.", 0, 0, 0},
    {"lstat(path, *, dir_fd=None)", posix_lstat, "Like stat(), but do not follow symbolic links.", 0, 0, 0},
    {"access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)", posix_access,
     "Use the real uid/gid to test for access to a path.", 0, 0, 0},
    {"mkdir(path, mode=511, *, dir_fd=None)", posix_mkdir, "Create a directory.", 0, 0, 0},
    {"rmdir(path, *, dir_fd=None)", posix_rmdir, "Remove a directory.", 0, 0, 0},
    {"remove(path, *, dir_fd=None)", posix_remove, "Remove a file (same as unlink()).", 0, 0, 0},
    {"unlink(path, *, dir_fd=None)", posix_unlink, "Remove a file (same as remove()).", 0, 0, 0},
    {"listdir(path=None)", posix_listdir, "Return a list containing the names of the files in the directory.", 0, 0, 0},
    {"chdir(path)", posix_chdir, "Change the current working directory to the specified path.", 0, 0, 0},
    {"getcwd()", posix_getcwd, "Return a unicode string representing the current working directory.", NATIVE_RAW, 0, 0},
    {"getcwdb()", posix_getcwdb, "Return a bytes string representing the current working directory.", NATIVE_RAW, 0, 0},
    {"rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", posix_rename, "Rename a file or directory.", 0, 0, 0},
    {"replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", posix_replace, "Rename a file or directory, overwriting the destination.", 0, 0, 0},
    {"link(src, dst, *, follow_symlinks=True)", posix_link, "Create a hard link to a file.", 0, 0, 0},
    {"symlink(src, dst, target_is_directory=False, *, dir_fd=None)", posix_symlink, "Create a symbolic link.", 0, 0, 0},
    {"readlink(path, *, dir_fd=None)", posix_readlink, "Return the path to which a symbolic link points.", 0, 0, 0},
    {"chmod(path, mode, *, dir_fd=None, follow_symlinks=True)", posix_chmod, "Change the access permissions of a file.", 0, 0, 0},
    {"chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True)", posix_chown, "Change the owner and group of a file.", 0, 0, 0},
    {"truncate(path, length)", posix_truncate, "Truncate a file to a specific length.", 0, 0, 0},
    {"utime(path, times=None, *, ns=<unset>, dir_fd=None, follow_symlinks=True)", posix_utime, "Set the access and modified time of path.", 0, 0, 0},
    {0},
};
