// SPDX-License-Identifier: MIT
//
// posix: the process, its environment and its children; entropy.

#define _GNU_SOURCE
#include "posix.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#define NO_ARGUMENTS(name, result) \
    static Value posix_##name(VM *vm, Value *args, int nargs) \
    { \
        (void)vm, (void)args, (void)nargs; \
        return result; \
    }
NO_ARGUMENTS(getpid, from_small(getpid()))
NO_ARGUMENTS(getppid, from_small(getppid()))
NO_ARGUMENTS(getpgrp, from_small(getpgrp()))
NO_ARGUMENTS(getuid, from_small(getuid()))
NO_ARGUMENTS(geteuid, from_small(geteuid()))
NO_ARGUMENTS(getgid, from_small(getgid()))
NO_ARGUMENTS(getegid, from_small(getegid()))
NO_ARGUMENTS(sched_yield, check(vm, sched_yield()))
NO_ARGUMENTS(sync, (sync(), VALUE_NONE))

static Value posix_cpu_count(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? from_small(n) : VALUE_NONE;
}

static Value posix_sched_getaffinity(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int pid;
    cpu_set_t cpus;
    Set *s = set_new(vm, false);
    if (!s || !int_arg(vm, args[0], &pid))
        return VALUE_EMPTY;
    if (sched_getaffinity(pid, sizeof cpus, &cpus) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &cpus) && !set_add(vm, s, from_small(i)))
            return VALUE_EMPTY;
    return from_object(s);
}

static Value posix_getloadavg(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    double load[3];
    if (getloadavg(load, 3) != 3)
        return raise_exc(vm, EXC_OSError, "Load averages are unobtainable");
    return tuple_pack(vm, 3, from_double(load[0]), from_double(load[1]), from_double(load[2]));
}

static Value posix_uname(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    struct utsname u;
    if (uname(&u) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    const char *texts[5] = {u.sysname, u.nodename, u.release, u.version, u.machine};
    Value v[5];
    for (int i = 0; i < 5; i++)
        if (!(v[i] = path_result(vm, texts[i], strlen(texts[i]), false)))
            return VALUE_EMPTY;
    return struct_sequence_new(vm, &uname_def, v);
}

static Value posix_times(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    struct tms t;
    clock_t now = times(&t);
    double tick = (double)sysconf(_SC_CLK_TCK);
    Value v[5] = {from_double((double)t.tms_utime / tick), from_double((double)t.tms_stime / tick),
                  from_double((double)t.tms_cutime / tick), from_double((double)t.tms_cstime / tick),
                  from_double((double)now / tick)};
    return struct_sequence_new(vm, &times_def, v);
}

static Value posix_umask(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int mask;
    return int_arg(vm, args[0], &mask) ? from_small(umask((mode_t)mask)) : VALUE_EMPTY;
}

static Value posix_strerror(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int code;
    char text[128];
    return int_arg(vm, args[0], &code) ? from_object(str_from(vm, strerror_r(code, text, sizeof text))) : VALUE_EMPTY;
}

static Value random_bytes(VM *vm, Value size, bool check_sign)
{
    int64_t n;
    if (!object_index_i64(vm, size, &n))
        return VALUE_EMPTY;
    if (n < 0)
        return check_sign ? raise_value(vm, "negative argument not allowed") : sys_raise(vm, EINVAL, VALUE_EMPTY);
    Value v = bytes_new(vm, NULL, (size_t)n);
    if (v && !sys_entropy(vm, as_bytes(v)->data, (size_t)n))
        return sys_raise(vm, errno, VALUE_EMPTY);
    return v;
}

static Value posix_urandom(VM *vm, Value *args, int nargs) { return (void)nargs, random_bytes(vm, args[0], true); }
static Value posix_getrandom(VM *vm, Value *args, int nargs) { return (void)nargs, random_bytes(vm, args[0], false); }

static Value posix_getlogin(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    char name[256];
    int error = getlogin_r(name, sizeof name);
    return error ? sys_raise(vm, error, VALUE_EMPTY) : path_result(vm, name, strlen(name), false);
}

// ---- environment: os.environ calls these with bytes

static bool name_of(VM *vm, Value v, const char *function, PathArg *out)
{
    if (!path_arg(vm, v, function, 0, out))
        return false;
    return true;
}

static Value posix_putenv(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg name, value;
    if (!name_of(vm, args[0], "putenv", &name) || !name_of(vm, args[1], "putenv", &value))
        return VALUE_EMPTY;
    if (strchr(name.text, '='))
        return raise_value(vm, "illegal environment variable name");
    return check(vm, setenv(name.text, value.text, 1));
}

static Value posix_unsetenv(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg name;
    return name_of(vm, args[0], "unsetenv", &name) ? check(vm, unsetenv(name.text)) : VALUE_EMPTY;
}

// ---- ending and starting processes

static Value posix_exit(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int status;
    if (!int_arg(vm, args[0], &status))
        return VALUE_EMPTY;
    _exit(status);
}

static Value posix_abort(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    abort();
}

static Value posix_kill(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int pid, number;
    if (!int_arg(vm, args[0], &pid) || !int_arg(vm, args[1], &number))
        return VALUE_EMPTY;
    return kill(pid, number) < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : vm_tick_slow(vm) ? VALUE_NONE : VALUE_EMPTY;
}

// A NULL-terminated vector of C strings over bytes objects kept in *keep.
static char **text_vector(VM *vm, Value items, const char *function, Value *keep)
{
    int64_t count = sequence_fast_count(items);
    List *all = list_new(vm, count + 1);
    Value block = bytes_new(vm, NULL, (size_t)(count + 1) * sizeof(char *));
    if (!all || !block)
        return NULL;
    char **vector = (char **)as_bytes(block)->data;
    for (int64_t i = 0; i < count; i++) {
        PathArg p;
        if (!path_arg(vm, sequence_fast_items(items)[i], function, 0, &p) || !list_append(vm, all, p.bytes))
            return NULL;
        vector[i] = (char *)p.text;
    }
    *keep = list_append(vm, all, block) ? from_object(all) : VALUE_EMPTY;
    return *keep ? vector : NULL;
}

static Value posix_execv(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    Value keep, items = sequence_fast(vm, args[1], "execv() arg 2 must be a tuple or list");
    if (!items || !path_arg(vm, args[0], "execv", 0, &p))
        return VALUE_EMPTY;
    if (sequence_fast_count(items) == 0)
        return raise_value(vm, "execv() arg 2 must not be empty");
    char **argv = text_vector(vm, items, "execv", &keep);
    if (!argv)
        return VALUE_EMPTY;
    execv(p.text, argv);
    return path_error(vm, &p);
}

static Value environment_list(VM *vm, Value mapping)
{
    Value items = call_method(vm, mapping, NAME_OF(vm, items), NULL, 0),
          it = items ? object_iter(vm, items) : VALUE_EMPTY, pair;
    List *all = list_new(vm, 32);
    while (it && all && (pair = iter_next(vm, it))) {
        PathArg key, value;
        if (!is_tuple(pair) || as_tuple(pair)->count != 2 ||
            !path_arg(vm, as_tuple(pair)->items[0], "execve", 0, &key) ||
            !path_arg(vm, as_tuple(pair)->items[1], "execve", 0, &value))
            return VALUE_EMPTY;
        size_t n = strlen(key.text), m = strlen(value.text);
        Value line = bytes_new(vm, NULL, n + m + 1);
        if (!line || !list_append(vm, all, line))
            return VALUE_EMPTY;
        memcpy(as_bytes(line)->data, key.text, n);
        as_bytes(line)->data[n] = '=';
        memcpy(as_bytes(line)->data + n + 1, value.text, m);
    }
    return it && all && !vm->error ? from_object(all) : VALUE_EMPTY;
}

static Value posix_execve(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    Value keep_args, keep_env, items = sequence_fast(vm, args[1], "execve: argv must be a tuple or list");
    if (!items || !path_arg(vm, args[0], "execve", 0, &p))
        return VALUE_EMPTY;
    Value lines = environment_list(vm, args[2]);
    char **argv = lines ? text_vector(vm, items, "execve", &keep_args) : NULL;
    char **env = argv ? text_vector(vm, lines, "execve", &keep_env) : NULL;
    if (!env)
        return VALUE_EMPTY;
    execve(p.text, argv, env);
    return path_error(vm, &p);
}

static Value posix_fork(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    host_flush(vm); // what is buffered is written once
    pid_t pid = fork();
    return pid < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_small(pid);
}

static Value posix_waitpid(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int pid, options, status = 0;
    if (!int_arg(vm, args[0], &pid) || !int_arg(vm, args[1], &options))
        return VALUE_EMPTY;
    pid_t result;
    do
        result = waitpid(pid, &status, options);
    while (result < 0 && sys_retry(vm));
    return result < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : tuple_pack(vm, 2, from_small(result), from_small(status));
}

static Value posix_system(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg command;
    if (!path_arg(vm, args[0], "system", 0, &command))
        return VALUE_EMPTY;
    return from_small(system(command.text));
}

static Value posix_waitstatus_to_exitcode(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int status;
    if (!int_arg(vm, args[0], &status))
        return VALUE_EMPTY;
    if (WIFEXITED(status))
        return from_small(WEXITSTATUS(status));
    return WIFSIGNALED(status) ? from_small(-WTERMSIG(status)) : raise_value(vm, "invalid wait status: %d", status);
}

#define STATUS(name, expression) \
    static Value posix_##name(VM *vm, Value *args, int nargs) \
    { \
        (void)nargs; \
        int status; \
        return int_arg(vm, args[0], &status) ? (expression) : VALUE_EMPTY; \
    }
STATUS(WIFEXITED, from_bool(WIFEXITED(status)))
STATUS(WEXITSTATUS, from_small(WEXITSTATUS(status)))
STATUS(WIFSIGNALED, from_bool(WIFSIGNALED(status)))
STATUS(WTERMSIG, from_small(WTERMSIG(status)))

const NativeDef posix_process_functions[] = {
    {"getpid()", posix_getpid, "Return the current process id.", NATIVE_RAW, 0, 0},
    {"getppid()", posix_getppid, "Return the parent's process id.", NATIVE_RAW, 0, 0},
    {"getpgrp()", posix_getpgrp, "Return the current process group id.", NATIVE_RAW, 0, 0},
    {"getuid()", posix_getuid, "Return the current process's user id.", NATIVE_RAW, 0, 0},
    {"geteuid()", posix_geteuid, "Return the current process's effective user id.", NATIVE_RAW, 0, 0},
    {"getgid()", posix_getgid, "Return the current process's group id.", NATIVE_RAW, 0, 0},
    {"getegid()", posix_getegid, "Return the current process's effective group id.", NATIVE_RAW, 0, 0},
    {"getlogin()", posix_getlogin, "Return the actual login name.", NATIVE_RAW, 0, 0},
    {"cpu_count()", posix_cpu_count, "Number of processors, or None.", NATIVE_RAW, 0, 0},
    {"sched_getaffinity(pid, /)", posix_sched_getaffinity, "The set of processors a process may use.", NATIVE_RAW, 1, 1},
    {"sched_yield()", posix_sched_yield, "Voluntarily relinquish the CPU.", NATIVE_RAW, 0, 0},
    {"sync()", posix_sync, "Force write of everything to disk.", NATIVE_RAW, 0, 0},
    {"getloadavg()", posix_getloadavg, "Return average recent system load information.", NATIVE_RAW, 0, 0},
    {"uname()", posix_uname, "Return an object identifying the current operating system.", NATIVE_RAW, 0, 0},
    {"times()", posix_times, "Return a collection containing process timing information.", NATIVE_RAW, 0, 0},
    {"umask(mask, /)", posix_umask, "Set the current numeric umask and return the previous umask.", NATIVE_RAW, 1, 1},
    {"strerror(code, /)", posix_strerror, "Translate an error code to a message string.", NATIVE_RAW, 1, 1},
    {"urandom(size, /)", posix_urandom, "Return a bytes object containing random bytes suitable for cryptographic use.", NATIVE_RAW, 1, 1},
    {"getrandom(size, flags=0)", posix_getrandom, "Obtain a series of random bytes.", 0, 0, 0},
    {"putenv(name, value, /)", posix_putenv, "Change or add an environment variable.", NATIVE_RAW, 2, 2},
    {"unsetenv(name, /)", posix_unsetenv, "Delete an environment variable.", NATIVE_RAW, 1, 1},
    {"_exit(status)", posix_exit, "Exit to the system with specified status, without normal exit processing.", 0, 0, 0},
    {"abort()", posix_abort, "Abort the process at once.", NATIVE_RAW, 0, 0},
    {"kill(pid, signal, /)", posix_kill, "Kill a process with a signal.", NATIVE_RAW, 2, 2},
    {"execv(path, argv, /)", posix_execv, "Execute an executable path with arguments, replacing the current process.", NATIVE_RAW, 2, 2},
    {"execve(path, argv, env)", posix_execve, "Execute an executable path with arguments and an environment.", 0, 0, 0},
    {"fork()", posix_fork, "Fork a child process: 0 in the child, its id in the parent.", NATIVE_RAW, 0, 0},
    {"waitpid(pid, options, /)", posix_waitpid, "Wait for completion of a child: (pid, status).", NATIVE_RAW, 2, 2},
    {"system(command)", posix_system, "Execute the command in a subshell.", 0, 0, 0},
    {"waitstatus_to_exitcode(status)", posix_waitstatus_to_exitcode, "Convert a wait status to an exit code.", 0, 0, 0},
    {"WIFEXITED(status)", posix_WIFEXITED, "True if the process returning status exited by exit().", 0, 0, 0},
    {"WEXITSTATUS(status)", posix_WEXITSTATUS, "The process return code from status.", 0, 0, 0},
    {"WIFSIGNALED(status)", posix_WIFSIGNALED, "True if the process was terminated by a signal.", 0, 0, 0},
    {"WTERMSIG(status)", posix_WTERMSIG, "The signal that terminated the process.", 0, 0, 0},
    {0},
};
