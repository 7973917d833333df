// SPDX-License-Identifier: MIT
//
// The `time` module: clocks and sleeping. sleep() blocks the whole VM; asyncio.sleep is the one for tasks. Calendar
// functions are in time_calendar.c.

#include "time_internal.h"

#include <errno.h>

#include "runtime/host/host.h"
#include "simple_namespace.h"
#include "vm/types/int_big.h"

#define NANO 1000000000

// ---- seconds in

bool seconds_argument(VM *vm, Value v, struct timespec *out, const char *too_large)
{
    if (is_float(v)) {
        double d = float_of(v), whole = floor(d);
        if (isnan(d))
            return raise_value(vm, "Invalid value NaN (not a number)"), false;
        if (!(whole >= -0x1p63 && whole < 0x1p63))
            return raise_overflow(vm, "%s", too_large), false;
        *out = (struct timespec){.tv_sec = (time_t)whole, .tv_nsec = (long)floor((d - whole) * NANO)};
        return true;
    }
    int64_t seconds;
    Value i = index_of(vm, v);
    if (!i)
        return false;
    if (!int_fits_i64(i, &seconds))
        return raise_overflow(vm, "%s", too_large), false;
    *out = (struct timespec){.tv_sec = seconds};
    return true;
}

// ---- clocks

static bool read_clock(VM *vm, clockid_t id, struct timespec *out)
{
    return sys_clock(vm, id, out) == 0 || (sys_raise(vm, errno, VALUE_EMPTY), false);
}

static Value as_float(VM *vm, clockid_t id)
{
    struct timespec t;
    return read_clock(vm, id, &t) ? from_double((double)t.tv_sec + (double)t.tv_nsec * 1e-9) : VALUE_EMPTY;
}

static Value as_nanoseconds(VM *vm, clockid_t id)
{
    struct timespec t;
    return read_clock(vm, id, &t) ? int_from_i64(vm, (int64_t)t.tv_sec * NANO + t.tv_nsec) : VALUE_EMPTY;
}

#define CLOCK(name, id) \
    static TIME(name) \
    { \
        (void)args, (void)nargs; \
        return as_float(vm, id); \
    } \
    static TIME(name##_ns) \
    { \
        (void)args, (void)nargs; \
        return as_nanoseconds(vm, id); \
    }

CLOCK(time, CLOCK_REALTIME)
CLOCK(monotonic, CLOCK_MONOTONIC)
CLOCK(perf_counter, CLOCK_MONOTONIC)
CLOCK(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK(thread_time, CLOCK_THREAD_CPUTIME_ID)

static bool clock_id(VM *vm, Value v, clockid_t *id)
{
    int64_t i;
    Value n = index_of(vm, v);
    if (!n)
        return false;
    if (!int_fits_i64(n, &i) || i != (int)i)
        return raise_overflow(vm, "clk_id should be integer"), false;
    *id = (clockid_t)i;
    return true;
}

static TIME(clock_gettime)
{
    (void)nargs;
    clockid_t id;
    return clock_id(vm, args[0], &id) ? as_float(vm, id) : VALUE_EMPTY;
}

static TIME(clock_gettime_ns)
{
    (void)nargs;
    clockid_t id;
    return clock_id(vm, args[0], &id) ? as_nanoseconds(vm, id) : VALUE_EMPTY;
}

static TIME(clock_getres)
{
    (void)nargs;
    clockid_t id;
    struct timespec t;
    if (!clock_id(vm, args[0], &id))
        return VALUE_EMPTY;
    if (clock_getres(id, &t) != 0)
        return raise_os(vm, errno, VALUE_EMPTY);
    return from_double((double)t.tv_sec + (double)t.tv_nsec * 1e-9);
}

typedef struct ClockName {
    const char *name, *implementation;
    clockid_t id;
    bool monotonic;
} ClockName;

static const ClockName clock_names[] = {
    {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false},
    {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true},
    {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true},
    {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true},
    {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true},
};

static TIME(get_clock_info)
{
    (void)nargs;
    if (!is_str(args[0]))
        return raise_type(vm, "get_clock_info() argument 1 must be str, not %T", args[0]);
    for (size_t i = 0; i < sizeof clock_names / sizeof *clock_names; i++) {
        const ClockName *c = &clock_names[i];
        struct timespec t = {.tv_nsec = 1};
        if (!str_is(as_str(args[0]), c->name))
            continue;
        clock_getres(c->id, &t);
        Dict *d = dict_new(vm, 4);
        Str *text = str_from(vm, c->implementation);
        if (!d || !text || !dict_set_text(vm, d, "implementation", from_object(text)) ||
            !dict_set_text(vm, d, "monotonic", from_bool(c->monotonic)) ||
            !dict_set_text(vm, d, "adjustable", from_bool(c->id == CLOCK_REALTIME)) ||
            !dict_set_text(vm, d, "resolution", from_double((double)t.tv_sec + (double)t.tv_nsec * 1e-9)))
            return VALUE_EMPTY;
        return simple_namespace_new(vm, d);
    }
    return raise_value(vm, "unknown clock");
}

// ---- sleep

static void advance(struct timespec *t, int64_t seconds, long nanoseconds)
{
    t->tv_nsec += nanoseconds;
    t->tv_sec += t->tv_nsec >= NANO;
    t->tv_nsec -= t->tv_nsec >= NANO ? NANO : 0;
    if (__builtin_add_overflow(t->tv_sec, seconds, &t->tv_sec))
        t->tv_sec = INT64_MAX;
}

static TIME(sleep)
{
    (void)nargs;
    struct timespec length, now, deadline;
    if (!seconds_argument(vm, args[0], &length, "timestamp too large to convert to C _PyTime_t"))
        return VALUE_EMPTY;
    if (length.tv_sec < 0)
        return raise_value(vm, "sleep length must be non-negative");
    if (!read_clock(vm, CLOCK_MONOTONIC, &now))
        return VALUE_EMPTY;
    deadline = now;
    advance(&deadline, length.tv_sec, length.tv_nsec);
    while (sys_sleep_until(vm, &deadline) != 0) {
        if (errno != EINTR)
            return sys_raise(vm, errno, VALUE_EMPTY);
        if (!vm_tick_slow(vm))
            return VALUE_EMPTY;
    }
    return VALUE_NONE;
}

// ---- table

static const NativeDef functions[] = {
    {"time()", time_time, "Return the current time in seconds since the Epoch.", NATIVE_RAW, 0, 0},
    {"time_ns()", time_time_ns, "Return the current time in nanoseconds since the Epoch.", NATIVE_RAW, 0, 0},
    {"monotonic()", time_monotonic, "Monotonic clock, cannot go backward.", NATIVE_RAW, 0, 0},
    {"monotonic_ns()", time_monotonic_ns, "Monotonic clock, cannot go backward, as nanoseconds.", NATIVE_RAW, 0, 0},
    {"perf_counter()", time_perf_counter, "Performance counter for benchmarking.", NATIVE_RAW, 0, 0},
    {"perf_counter_ns()", time_perf_counter_ns, "Performance counter for benchmarking as nanoseconds.",
     NATIVE_RAW, 0, 0},
    {"process_time()", time_process_time, "Process time for profiling: sum of the kernel and user-space CPU time.",
     NATIVE_RAW, 0, 0},
    {"process_time_ns()", time_process_time_ns, "Process time for profiling as nanoseconds.", NATIVE_RAW, 0, 0},
    {"thread_time()", time_thread_time, "Thread time for profiling.", NATIVE_RAW, 0, 0},
    {"thread_time_ns()", time_thread_time_ns, "Thread time for profiling as nanoseconds.", NATIVE_RAW, 0, 0},
    {"clock_gettime(clk_id, /)", time_clock_gettime, "Return the time of the specified clock clk_id as a float.",
     NATIVE_RAW, 1, 1},
    {"clock_gettime_ns(clk_id, /)", time_clock_gettime_ns,
     "Return the time of the specified clock clk_id as nanoseconds (int).",
     NATIVE_RAW, 1, 1},
    {"clock_getres(clk_id, /)", time_clock_getres, "Return the resolution (precision) of the specified clock clk_id.",
     NATIVE_RAW, 1, 1},
    {"get_clock_info(name, /)", time_get_clock_info, "Get information of the specified clock.", NATIVE_RAW, 1, 1},
    {"sleep(seconds, /)", time_sleep, "Delay execution for a given number of seconds, of everything in this VM.",
     NATIVE_RAW, 1, 1},
    {"gmtime(seconds=None, /)", time_gmtime, "Convert seconds since the Epoch to a time tuple expressing UTC.",
     NATIVE_RAW, 0, 1},
    {"localtime(seconds=None, /)", time_localtime,
     "Convert seconds since the Epoch to a time tuple expressing local time.",
     NATIVE_RAW, 0, 1},
    {"asctime(tuple=<unset>, /)", time_asctime, "Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.",
     NATIVE_RAW, 0, 1},
    {"ctime(seconds=None, /)", time_ctime, "Convert a time in seconds since the Epoch to a string in local time.",
     NATIVE_RAW, 0, 1},
    {"mktime(tuple, /)", time_mktime, "Convert a time tuple in local time to seconds since the Epoch.",
     NATIVE_RAW, 1, 1},
    {"strftime(format, tuple=<unset>, /)", time_strftime,
     "Convert a time tuple to a string according to a format specification.",
     NATIVE_RAW, 1, 2},
    {"strptime(string, format=<unset>, /)", time_strptime,
     "Parse a string to a time tuple according to a format specification.",
     NATIVE_RAW, 1, 2},
    {"tzset()", time_tzset, "Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ'].",
     NATIVE_RAW, 0, 0},
    {0},
};

static bool time_init(VM *vm, Module *module)
{
    static const struct { const char *name; int id; } clocks[] = {
        {"CLOCK_REALTIME", CLOCK_REALTIME}, {"CLOCK_MONOTONIC", CLOCK_MONOTONIC},
         {"CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW},
        {"CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID}, {"CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID},
        {"CLOCK_BOOTTIME", CLOCK_BOOTTIME}, {"CLOCK_TAI", CLOCK_TAI},
    };
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++)
        if (!module_set(vm, module, clocks[i].name, from_small(clocks[i].id)))
            return false;
    Type *struct_time = struct_sequence_type(vm, &struct_time_def);
    return struct_time && module_set(vm, module, "struct_time", from_object(struct_time)) &&
           module_set(vm, module, "_STRUCT_TM_ITEMS", from_small(11)) && time_add_zone(vm, module);
}

const ModuleDef time_module = {
    .name = "time",
    .doc = "Functions to read the time and to convert and show it.",
    .functions = functions,
    .init = time_init,
};
