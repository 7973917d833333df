// SPDX-License-Identifier: MIT
//
// _signal: the kernel of the module signal. Taking signals is runtime/loop/signals.c.

#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/time.h>

#include "posix.h"
#include "runtime/loop/signals.h"

typedef struct Constant {
    const char *name;
    int value;
} Constant;
#define C(name) \
    { \
#name, name \
    }
static const Constant constants[] = {
    C(SIGHUP),      C(SIGINT),         C(SIGQUIT),     C(SIGILL),    C(SIGTRAP),
    C(SIGABRT),     C(SIGIOT),         C(SIGBUS),      C(SIGFPE),    C(SIGKILL),
    C(SIGUSR1),     C(SIGSEGV),        C(SIGUSR2),     C(SIGPIPE),   C(SIGALRM),
    C(SIGTERM),     C(SIGSTKFLT),      C(SIGCHLD),     C(SIGCLD),    C(SIGCONT),
    C(SIGSTOP),     C(SIGTSTP),        C(SIGTTIN),     C(SIGTTOU),   C(SIGURG),
    C(SIGXCPU),     C(SIGXFSZ),        C(SIGVTALRM),   C(SIGPROF),   C(SIGWINCH),
    C(SIGIO),       C(SIGPOLL),        C(SIGPWR),      C(SIGSYS),    {"NSIG", SIGNAL_COUNT},
    C(ITIMER_REAL), C(ITIMER_VIRTUAL), C(ITIMER_PROF), C(SIG_BLOCK), C(SIG_UNBLOCK),
    C(SIG_SETMASK),
};

static bool number_of(VM *vm, Value v, int *out)
{
    if (!int_arg(vm, v, out))
        return false;
    return (*out > 0 && *out < SIGNAL_COUNT) || (raise_value(vm, "signal number out of range"), false);
}

// (signal): 0 default, 1 ignored, the handler, or None for one of the host
static Value get(VM *vm, Value *a, int n)
{
    (void)n;
    int number;
    if (!number_of(vm, a[0], &number))
        return VALUE_EMPTY;
    SignalWay way = signals_way(vm, number);
    if (way != SIGNAL_TAKEN)
        return way == SIGNAL_FOREIGN ? VALUE_NONE : from_small(way == SIGNAL_IGNORED);
    Dict *handlers = signals_handlers(vm);
    Value handler = handlers ? dict_get(vm, handlers, from_small(number)) : VALUE_EMPTY;
    return handler || vm->error ? handler : VALUE_NONE;
}

// (signal, way): way is 0, 1, a callable, or None: as before it was taken
static Value set(VM *vm, Value *a, int n)
{
    (void)n;
    int number;
    Dict *handlers = signals_handlers(vm);
    if (!handlers || !number_of(vm, a[0], &number))
        return VALUE_EMPTY;
    SignalWay way = is_none(a[1])           ? SIGNAL_FOREIGN
                    : a[1] == from_small(0) ? SIGNAL_DEFAULT
                    : a[1] == from_small(1) ? SIGNAL_IGNORED
                                            : SIGNAL_TAKEN;
    if (way == SIGNAL_TAKEN && !dict_set(vm, handlers, from_small(number), a[1]))
        return VALUE_EMPTY;
    return signals_set(vm, number, way) ? VALUE_NONE : raise_os(vm, errno, VALUE_EMPTY);
}

static Value raise_function(VM *vm, Value *a, int n)
{
    (void)n;
    int number;
    if (!int_arg(vm, a[0], &number))
        return VALUE_EMPTY;
    if (raise(number) != 0)
        return raise_os(vm, errno, VALUE_EMPTY);
    return vm_tick_slow(vm) ? VALUE_NONE : VALUE_EMPTY;
}

static Value strsignal_function(VM *vm, Value *a, int n)
{
    (void)n;
    int number;
    if (!number_of(vm, a[0], &number))
        return VALUE_EMPTY;
    const char *text = sigdescr_np(number);
    Str *s = text ? str_from(vm, text) : NULL;
    return s ? from_object(s) : text ? VALUE_EMPTY : VALUE_NONE;
}

static Value alarm_function(VM *vm, Value *a, int n)
{
    (void)n;
    int seconds;
    return int_arg(vm, a[0], &seconds) ? from_small(alarm((unsigned)seconds)) : VALUE_EMPTY;
}

static double seconds_of(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec * 1e-6; }

static struct timeval time_of(double seconds)
{
    double whole = floor(seconds);
    return (struct timeval){(time_t)whole, (suseconds_t)((seconds - whole) * 1e6)};
}

static Value setitimer_function(VM *vm, Value *a, int n)
{
    int which;
    double value, interval = 0;
    struct itimerval now, old;
    if (!int_arg(vm, a[0], &which) || !object_as_double(vm, a[1], &value) ||
        (n > 2 && !object_as_double(vm, a[2], &interval)))
        return VALUE_EMPTY;
    now = (struct itimerval){.it_value = time_of(value), .it_interval = time_of(interval)};
    if (setitimer((__itimer_which_t)which, &now, &old) < 0)
        return raise_os(vm, errno, VALUE_EMPTY);
    return tuple_pack(vm, 2, from_double(seconds_of(old.it_value)), from_double(seconds_of(old.it_interval)));
}

static Value getitimer_function(VM *vm, Value *a, int n)
{
    (void)n;
    int which;
    struct itimerval now;
    if (!int_arg(vm, a[0], &which))
        return VALUE_EMPTY;
    if (getitimer((__itimer_which_t)which, &now) < 0)
        return raise_os(vm, errno, VALUE_EMPTY);
    return tuple_pack(vm, 2, from_double(seconds_of(now.it_value)), from_double(seconds_of(now.it_interval)));
}

// Waits until a signal has been handled.
static Value pause_function(VM *vm, Value *a, int n)
{
    (void)a, (void)n;
    while (sys_wait(vm, -1, 0, INFINITY) >= 0)
        continue;
    if (errno != EINTR)
        return sys_raise(vm, errno, VALUE_EMPTY);
    return vm_tick_slow(vm) ? VALUE_NONE : VALUE_EMPTY;
}

static Value mask_list(VM *vm, const sigset_t *set)
{
    List *list = list_new(vm, 0);
    for (int number = 1; list && number < SIGNAL_COUNT; number++)
        if (sigismember(set, number) == 1 && !list_append(vm, list, from_small(number)))
            return VALUE_EMPTY;
    return list ? from_object(list) : VALUE_EMPTY;
}

// (how, signals): the old mask as a list
static Value mask_function(VM *vm, Value *a, int n)
{
    (void)n;
    int how, number;
    sigset_t set, old;
    Value items = int_arg(vm, a[0], &how) ? sequence_fast(vm, a[1], NULL) : VALUE_EMPTY;
    sigemptyset(&set);
    for (int64_t i = 0; items && i < sequence_fast_count(items); i++) {
        if (!number_of(vm, sequence_fast_items(items)[i], &number))
            return VALUE_EMPTY;
        sigaddset(&set, number);
    }
    if (!items)
        return VALUE_EMPTY;
    int error = pthread_sigmask(how, &set, &old);
    if (error)
        return raise_os(vm, error, VALUE_EMPTY);
    return vm_tick_slow(vm) ? mask_list(vm, &old) : VALUE_EMPTY;
}

static bool init(VM *vm, Module *m)
{
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (!module_set(vm, m, constants[i].name, from_small(constants[i].value)))
            return false;
    return module_set(vm, m, "SIGRTMIN", from_small(SIGRTMIN)) && module_set(vm, m, "SIGRTMAX", from_small(SIGRTMAX));
}

static const NativeDef functions[] = {
    {"_get(signal, /)", get, NULL, NATIVE_RAW, 1, 1},
    {"_set(signal, way, /)", set, NULL, NATIVE_RAW, 2, 2},
    {"_mask(how, signals, /)", mask_function, NULL, NATIVE_RAW, 2, 2},
    {"raise_signal(signalnum, /)", raise_function, "Send a signal to this process.", NATIVE_RAW, 1, 1},
    {"strsignal(signalnum, /)", strsignal_function, "Return a description of a signal.", NATIVE_RAW, 1, 1},
    {"alarm(seconds, /)", alarm_function, "Ask for SIGALRM after some seconds; 0: no more.", NATIVE_RAW, 1, 1},
    {"setitimer(which, seconds, interval=0.0, /)", setitimer_function, "Set a timer that sends signals.", NATIVE_RAW, 2,
     3},
    {"getitimer(which, /)", getitimer_function, "Return a timer: (left, interval).", NATIVE_RAW, 1, 1},
    {"pause()", pause_function, "Wait until a signal has been handled.", NATIVE_RAW, 0, 0},
    {0},
};
const ModuleDef _signal_module = {
    .name = "_signal", .doc = "The kernel of the module signal.", .functions = functions, .init = init};
