// SPDX-License-Identifier: MIT
//
// The one table of modules written in C: a module is a file with a ModuleDef and one line here. Modules written in the
// language need no line: the build freezes every stdlib/**/*.aio.

#include "runtime/host/modules.h"

#define MODULES(M) \
    M(builtins) \
    M(sys) \
    M(_asyncio) \
    M(_asyncio_net) \
    M(_bisect) \
    M(_codecs) \
    M(_collections) \
    M(_contextvars) \
    M(_functools) \
    M(_hashlib) \
    M(_heapq) \
    M(_imp) \
    M(_io) \
    M(_json) \
    M(_operator) \
    M(_process) \
    M(_random) \
    M(_signal) \
    M(_socket) \
    M(_struct) \
    M(_types) \
    M(_weakref) \
    M(aiolos) \
    M(atexit) \
    M(binascii) \
    M(cmath) \
    M(errno) \
    M(gc) \
    M(itertools) \
    M(math) \
    M(posix) \
    M(resource) \
    M(select) \
    M(time) \
    M(unicodedata)

// Modules on libraries that may be absent: a program has them when it is linked with -Wl,-u,NAME_module and the
// library.
#define OPTIONAL(M) \
    M(_re)

#define DECLARE(name) extern const ModuleDef name##_module;
MODULES(DECLARE)
#define DECLARE_WEAK(name) extern const ModuleDef name##_module __attribute__((weak));
OPTIONAL(DECLARE_WEAK)

#define LINE(name) &name##_module,
const ModuleDef *const builtin_modules[] = {MODULES(LINE) OPTIONAL(LINE)};
const size_t builtin_module_count = sizeof builtin_modules / sizeof builtin_modules[0];
