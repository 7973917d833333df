// SPDX-License-Identifier: MIT
//
// resource: limits of the process and what it used.

#define _GNU_SOURCE
#include <errno.h>
#include <sys/resource.h>

#include "posix.h"

typedef struct Constant {
    const char *name;
    int64_t value;
} Constant;
#define C(name) \
    { \
#name, name \
    }
static const Constant constants[] = {
    C(RLIMIT_CPU),  C(RLIMIT_FSIZE),    C(RLIMIT_DATA),   C(RLIMIT_STACK),       C(RLIMIT_CORE),
    C(RLIMIT_RSS),  C(RLIMIT_NPROC),    C(RLIMIT_NOFILE), C(RLIMIT_MEMLOCK),     C(RLIMIT_AS),
    C(RUSAGE_SELF), C(RUSAGE_CHILDREN), C(RUSAGE_THREAD), {"RLIM_INFINITY", -1},
};

static Value limit_value(VM *vm, rlim_t v) { return v == RLIM_INFINITY ? from_small(-1) : int_from_u64(vm, v); }

static bool limit_number(VM *vm, Value v, rlim_t *out)
{
    int64_t number;
    if (!object_index_i64(vm, v, &number))
        return false;
    *out = number == -1 ? RLIM_INFINITY : (rlim_t)number;
    return true;
}

static bool which(VM *vm, Value v, int *out)
{
    if (!int_arg(vm, v, out))
        return false;
    return (*out >= 0 && *out < RLIM_NLIMITS) || (raise_value(vm, "invalid resource specified"), false);
}

static Value getrlimit_function(VM *vm, Value *a, int n)
{
    (void)n;
    int what;
    struct rlimit limit;
    if (!which(vm, a[0], &what))
        return VALUE_EMPTY;
    if (getrlimit((__rlimit_resource_t)what, &limit) < 0)
        return raise_os(vm, errno, VALUE_EMPTY);
    return tuple_pack(vm, 2, limit_value(vm, limit.rlim_cur), limit_value(vm, limit.rlim_max));
}

static Value setrlimit_function(VM *vm, Value *a, int n)
{
    (void)n;
    int what;
    struct rlimit limit;
    if (!which(vm, a[0], &what))
        return VALUE_EMPTY;
    Value pair = sequence_fast(vm, a[1], NULL);
    if (!pair || sequence_fast_count(pair) != 2)
        return pair ? raise_value(vm, "expected a tuple of 2 integers") : VALUE_EMPTY;
    if (!limit_number(vm, sequence_fast_items(pair)[0], &limit.rlim_cur) ||
        !limit_number(vm, sequence_fast_items(pair)[1], &limit.rlim_max))
        return VALUE_EMPTY;
    if (setrlimit((__rlimit_resource_t)what, &limit) == 0)
        return VALUE_NONE;
    if (errno == EINVAL)
        return raise_value(vm, "current limit exceeds maximum limit");
    return errno == EPERM ? raise_value(vm, "not allowed to raise maximum limit") : raise_os(vm, errno, VALUE_EMPTY);
}

static const GetSetDef fields[] = {
    FIELD(0, "ru_utime", "user time used"),
    FIELD(1, "ru_stime", "system time used"),
    FIELD(2, "ru_maxrss", "max. resident set size"),
    FIELD(3, "ru_ixrss", "shared memory size"),
    FIELD(4, "ru_idrss", "unshared data size"),
    FIELD(5, "ru_isrss", "unshared stack size"),
    FIELD(6, "ru_minflt", "page faults not requiring I/O"),
    FIELD(7, "ru_majflt", "page faults requiring I/O"),
    FIELD(8, "ru_nswap", "number of swap outs"),
    FIELD(9, "ru_inblock", "block input operations"),
    FIELD(10, "ru_oublock", "block output operations"),
    FIELD(11, "ru_msgsnd", "IPC messages sent"),
    FIELD(12, "ru_msgrcv", "IPC messages received"),
    FIELD(13, "ru_nsignals", "signals received"),
    FIELD(14, "ru_nvcsw", "voluntary context switches"),
    FIELD(15, "ru_nivcsw", "involuntary context switches"),
    {0},
};
static const TypeDef usage_def = {
    STRUCT_SEQUENCE_TYPE("resource.struct_rusage", fields),
    .make = {"struct_rusage(cls, sequence, dict=<unset>, /)", struct_sequence_make, NULL, 0, 0, 0}};

static Value field_value(VM *vm, struct timeval t)
{
    return (void)vm, from_double((double)t.tv_sec + (double)t.tv_usec * 1e-6);
}

static Value getrusage_function(VM *vm, Value *a, int n)
{
    (void)n;
    int who;
    struct rusage u;
    if (!int_arg(vm, a[0], &who))
        return VALUE_EMPTY;
    if (getrusage((__rusage_who_t)who, &u) < 0)
        return errno == EINVAL ? raise_value(vm, "invalid who parameter") : raise_os(vm, errno, VALUE_EMPTY);
    const int64_t counts[] = {u.ru_maxrss, u.ru_ixrss,    u.ru_idrss,   u.ru_isrss,   u.ru_minflt,
                              u.ru_majflt, u.ru_nswap,    u.ru_inblock, u.ru_oublock, u.ru_msgsnd,
                              u.ru_msgrcv, u.ru_nsignals, u.ru_nvcsw,   u.ru_nivcsw};
    Value values[16] = {field_value(vm, u.ru_utime), field_value(vm, u.ru_stime)};
    for (int i = 0; i < 14; i++)
        values[2 + i] = int_from_i64(vm, counts[i]);
    return struct_sequence_new(vm, &usage_def, values);
}

static bool init(VM *vm, Module *m)
{
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (!module_set(vm, m, constants[i].name, from_small(constants[i].value)))
            return false;
    return module_set(vm, m, "error", from_object(vm->exc[EXC_OSError]));
}

static const NativeDef functions[] = {
    {"getrlimit(resource, /)", getrlimit_function, "Return (soft, hard).", NATIVE_RAW, 1, 1},
    {"setrlimit(resource, limits, /)", setrlimit_function, "Set (soft, hard).", NATIVE_RAW, 2, 2},
    {"getrusage(who, /)", getrusage_function, "Return what the process used.", NATIVE_RAW, 1, 1},
    {0},
};
const ModuleDef resource_module = {
    .name = "resource", .doc = "Limits of the process.", .functions = functions, .init = init};
