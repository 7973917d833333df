// SPDX-License-Identifier: MIT
//
// Limits as a host sees them: what a script does in a loop of its own or of a built-in function, an instruction
// limit, a deadline and a stop from another thread all end it soon, whatever it catches; afterwards the VM works,
// and closed it has given everything back.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/aiolos.h"

#ifdef __SANITIZE_ADDRESS__
#define SLOWER 20
#else
#define SLOWER 1
#endif
#define CAP ((size_t)256 << 20)
#define LATENCY (0.030 * SLOWER) // seconds of the VM's own thread: three times what is promised, for a busy machine
#define OVERSHOOT 10000

// ---------------------------------------------------------------- a VM with an allocator that counts

static void *count_bytes(void *context, void *pointer, size_t old_size, size_t new_size)
{
    size_t *live = context;
    *live += new_size - old_size;
    if (new_size)
        return pointer ? realloc(pointer, new_size) : calloc(1, new_size);
    free(pointer);
    return NULL;
}

static size_t live_bytes;

static AiolosVM *open_vm(const AiolosLimits *limits)
{
    AiolosConfig config;
    aiolos_config_init(&config, sizeof config);
    config.allocate = count_bytes;
    config.allocate_context = &live_bytes;
    config.output.fd = config.error.fd = -1;
    if (limits)
        config.limits = *limits;
    AiolosVM *vm = aiolos_open(&config);
    assert_non_null(vm);
    return vm;
}

// The end runs __del__ methods and closes generators: scripts, which may be as bad as the others.
static void close_vm(AiolosVM *vm)
{
    aiolos_set_limits(vm, &(AiolosLimits){.instructions = 1000000, .seconds = 20});
    aiolos_close(vm);
    assert_int_equal(live_bytes, 0);
}

static bool run(AiolosVM *vm, const char *text)
{
    return aiolos_run_source(vm, text, strlen(text), "test") == AIOLOS_OK;
}

static void must_run(AiolosVM *vm, const char *text)
{
    if (!run(vm, text))
        fail_msg("%s: %s", text, aiolos_error(vm));
}

// The last line of the last error.
static const char *last_line(AiolosVM *vm)
{
    static char line[200];
    const char *text = aiolos_error(vm), *end = text + strlen(text);
    while (end > text && end[-1] == '\n')
        end--;
    const char *start = end;
    while (start > text && start[-1] != '\n')
        start--;
    snprintf(line, sizeof line, "%.*s", (int)(end - start), start);
    return line;
}

static void must_fail(AiolosVM *vm, const char *text, const char *message)
{
    if (run(vm, text))
        fail_msg("%s: ended well", text);
    if (strcmp(last_line(vm), message) != 0)
        fail_msg("%s: %s", text, last_line(vm));
}

static int64_t global_int(AiolosVM *vm, const char *name)
{
    AiolosValue *v = aiolos_get_global(vm, name);
    int64_t n = -1;
    assert_true(v && aiolos_get_int(vm, v, &n));
    aiolos_release(vm, v);
    return n;
}

// ---------------------------------------------------------------- loops

// `body` takes long in C, or for ever; it is repeated until the host has had enough. MemoryError is an answer too.
typedef struct Loop {
    const char *setup, *body;
} Loop;

static const Loop loops[] = {
#include "test_limits_loops.h"
};
#define LOOPS (sizeof loops / sizeof *loops)

// LIMITS_ONLY=N in the environment leaves one of them.
static bool skipped(size_t i)
{
    const char *only = getenv("LIMITS_ONLY");
    return only && (size_t)atoi(only) != i;
}

static void make_loop(char *text, size_t size, const Loop *loop)
{
    snprintf(text, size, "while True:\n    try:\n        %s\n    except MemoryError: pass\n", loop->body);
}

// An instruction limit ends each of them, exactly as far on every run.
static void test_instructions(void **state)
{
    (void)state;
    AiolosLimits none = {.memory = CAP}, some = {.memory = CAP, .instructions = 100000};
    for (size_t i = 0; i < LOOPS; i++) {
        char text[600];
        if (skipped(i))
            continue;
        AiolosVM *vm = open_vm(&none);
        make_loop(text, sizeof text, &loops[i]);
        must_run(vm, loops[i].setup);
        aiolos_set_limits(vm, &some);
        must_fail(vm, text, "BudgetError: instruction limit exceeded");
        assert_true(aiolos_limit_reached(vm));
        aiolos_set_limits(vm, &none);
        must_run(vm, "assert sum([1, 2]) == 3");
        AiolosStatistics s;
        aiolos_statistics(vm, &s);
        assert_true(s.peak_bytes <= CAP);
        close_vm(vm);
    }
}

// ---------------------------------------------------------------- another thread

typedef struct Meddler {
    AiolosVM *vm;
    pthread_t target;
    useconds_t delay;
    bool stop;
    struct timespec asked; // the target's own time when it was asked
} Meddler;

static double seconds_between(struct timespec a, struct timespec b)
{
    return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
}

static void *meddle(void *context)
{
    Meddler *m = context;
    clockid_t clock;
    pthread_getcpuclockid(m->target, &clock);
    usleep(m->delay);
    clock_gettime(clock, &m->asked);
    if (m->stop)
        aiolos_stop(m->vm);
    else
        aiolos_interrupt(m->vm);
    return NULL;
}

// How long the VM's thread worked between being asked and returning.
static double latency_of(AiolosVM *vm, const char *text, useconds_t delay, bool stop)
{
    Meddler m = {.vm = vm, .target = pthread_self(), .delay = delay, .stop = stop};
    pthread_t thread;
    struct timespec end;
    assert_int_equal(pthread_create(&thread, NULL, meddle, &m), 0);
    must_fail(vm, text, stop ? "BudgetError: stopped by the host" : "KeyboardInterrupt");
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    pthread_join(thread, NULL);
    return seconds_between(m.asked, end);
}

static void test_interrupt_latency(void **state)
{
    (void)state;
    AiolosLimits limits = {.memory = CAP};
    double worst = 0;
    for (size_t i = 0; i < LOOPS; i++) {
        char text[600];
        if (skipped(i))
            continue;
        AiolosVM *vm = open_vm(&limits);
        make_loop(text, sizeof text, &loops[i]);
        must_run(vm, loops[i].setup);
        for (int k = 0; k < 3; k++) {
            double t = latency_of(vm, text, 500 + 3700 * (useconds_t)k, k == 1);
            if (t > LATENCY || getenv("LIMITS_VERBOSE"))
                print_message("%.2f ms: %s\n", t * 1e3, loops[i].body);
            worst = t > worst ? t : worst;
        }
        must_run(vm, "assert sum([1, 2]) == 3");
        close_vm(vm);
    }
    print_message("worst latency of an interrupt: %.2f ms over %zu loops\n", worst * 1e3, LOOPS);
    assert_true(worst <= LATENCY);
}

// ---------------------------------------------------------------- what is caught for ever

static const char *const catchers[] = {
    "while True:\n    try:\n        while True: n += 1\n    except BaseException: caught += 1",
    "while True:\n    try:\n        while True: n += 1\n    finally: continue",
    "def f():\n    global n\n    try:\n        while True: n += 1\n    finally: f()\nf()",
    "class A:\n    def __del__(self):\n        global n\n        A()\n        while True: n += 1\nwhile True: A()",
    "class A:\n    def __eq__(self, o):\n        global n\n        try:\n            while True: n += 1\n"
    "        except BaseException: return False\nwhile True: [A()] == [A()]",
    "def g():\n    global n\n    while True:\n        try:\n            while True: n += 1; yield\n"
    "        except BaseException: pass\nwhile True:\n    try:\n        for x in g(): pass\n"
    "    except BaseException: pass",
    "import asyncio\nasync def f():\n    global n\n    while True:\n        try:\n            n += 1\n"
    "            await asyncio.sleep(0)\n        except BaseException: pass\n"
    "async def main():\n    await asyncio.gather(*(f() for i in range(10)))\nasyncio.run(main())",
    "class C:\n    def __exit__(self, *a): return True\n    def __enter__(self): pass\n"
    "while True:\n    with C():\n        while True: n += 1",
    "import contextlib\nwhile True:\n    with contextlib.suppress(BaseException):\n        while True: n += 1",
    "class C:\n    def __getattr__(self, name):\n        global n\n        while True: n += 1\n"
    "while True:\n    hasattr(C(), 'x')",
};

static void test_hard_end(void **state)
{
    (void)state;
    AiolosLimits none = {.memory = CAP}, some = {.memory = CAP, .instructions = 200000};
    for (size_t i = 0; i < sizeof catchers / sizeof *catchers; i++) {
        AiolosVM *vm = open_vm(&none);
        must_run(vm, "n = caught = 0");
        aiolos_set_limits(vm, &some);
        must_fail(vm, catchers[i], "BudgetError: instruction limit exceeded");
        aiolos_set_limits(vm, &none);
        int64_t n = global_int(vm, "n");
        if (n > some.instructions + OVERSHOOT)
            fail_msg("%s: %lld steps", catchers[i], (long long)n);
        must_run(vm, "assert sum(range(100000)) == 4999950000");
        close_vm(vm);
    }
}

// The same limit stops the same script at the same place.
static void test_same_place(void **state)
{
    (void)state;
    int64_t first = -1;
    for (int k = 0; k < 3; k++) {
        AiolosLimits limits = {.instructions = 123456};
        AiolosVM *vm = open_vm(&limits);
        must_fail(vm, "n = 0\nwhile True: n += len(str(n))", "BudgetError: instruction limit exceeded");
        aiolos_set_limits(vm, &(AiolosLimits){0});
        int64_t n = global_int(vm, "n");
        assert_true(first < 0 || n == first);
        first = n;
        close_vm(vm);
    }
}

static double wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// A deadline ends work and waiting alike.
static void test_deadline(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "while True: pass",
        "import time; time.sleep(100)",
        "import time\nwhile True:\n    try: time.sleep(100)\n    except BaseException: pass",
        "import asyncio; asyncio.run(asyncio.sleep(100))",
        "import asyncio\nasync def f():\n    while True:\n        try: await asyncio.sleep(100)\n"
        "        except BaseException: pass\nasyncio.run(f())",
        "import os; r, w = os.pipe(); os.read(r, 1)",
        "import os; r, w = os.pipe()\nwhile True: os.write(w, bytes(100000))",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        AiolosLimits limits = {.seconds = 0.05};
        AiolosVM *vm = open_vm(NULL);
        must_run(vm, "import asyncio, time, os");
        aiolos_set_limits(vm, &limits);
        double begin = wall();
        must_fail(vm, scripts[i], "BudgetError: time limit exceeded");
        if (wall() - begin > 1.0 * SLOWER)
            fail_msg("%s: ended after %.3f s", scripts[i], wall() - begin);
        aiolos_set_limits(vm, &(AiolosLimits){0});
        must_run(vm, "assert sum([1, 2]) == 3");
        close_vm(vm);
    }
}

// Waiting ends soon after a request from another thread.
static void test_stop_of_waits(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "import time; time.sleep(100)",
        "import asyncio; asyncio.run(asyncio.sleep(100))",
        "import asyncio; await asyncio.sleep(100)",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        for (int stop = 0; stop < 2; stop++) {
            AiolosVM *vm = open_vm(NULL);
            double begin = wall();
            latency_of(vm, scripts[i], 30000, stop);
            assert_true(wall() - begin < 3.0 * SLOWER);
            must_run(vm, "assert sum([1, 2]) == 3");
            close_vm(vm);
        }
}

static void test_per_call(void **state)
{
    (void)state;
    AiolosLimits limits = {.instructions = 50000, .per_call = true};
    AiolosVM *vm = open_vm(&limits);
    for (int k = 0; k < 10; k++)
        must_run(vm, "for i in range(20000): pass");
    must_fail(vm, "for i in range(60000): pass", "BudgetError: instruction limit exceeded");
    must_run(vm, "for i in range(20000): pass");
    limits.per_call = false;
    aiolos_set_limits(vm, &limits);
    must_run(vm, "for i in range(20000): pass");
    must_run(vm, "for i in range(20000): pass");
    must_fail(vm, "for i in range(20000): pass", "BudgetError: instruction limit exceeded");
    must_fail(vm, "for i in range(20000): pass", "BudgetError: instruction limit exceeded");
    close_vm(vm);
}

static void test_counts(void **state)
{
    (void)state;
    AiolosLimits limits = {.recursion = 50, .tasks = 10, .timers = 5, .handles = 4};
    AiolosVM *vm = open_vm(&limits);
    must_run(vm, "def f(n): return n and f(n - 1)\nf(40)");
    must_fail(vm, "f(60)", "RecursionError: maximum recursion depth exceeded");
    must_fail(vm, "import sys; sys.setrecursionlimit(5000); f(60)", "RecursionError: maximum recursion depth exceeded");
    must_fail(vm, "import asyncio\nasync def main():\n"
              "    a = [asyncio.create_task(asyncio.sleep(0)) for i in range(10)]\n"
              "asyncio.run(main())", "BudgetError: limit of 10 tasks exceeded");
    must_fail(vm, "async def main():\n    loop = asyncio.get_running_loop()\n"
              "    for i in range(6): loop.call_later(9, print)\nasyncio.run(main())",
              "BudgetError: limit of 5 timers exceeded");
    must_fail(vm, "import os\nkept = []\nwhile True: kept.append(open('/dev/null'))",
              "OSError: [Errno 24] Too many open files: '/dev/null'");
    must_run(vm, "for f in kept: f.close()\nopen('/dev/null').close()");
    close_vm(vm);
}

// The cap is never passed, and what no longer fits is an error that leaves a VM to work with.
static void test_memory(void **state)
{
    (void)state;
    static const size_t caps[] = {2 << 20, 4 << 20, 16 << 20, 64 << 20};
    static const char *const eaters[] = {
        "x = []\nwhile True: x.append(x[:])",
        "x = 'a'\nwhile True: x += x",
        "x = {}\nwhile True: x[len(x)] = str(len(x))",
        "x = 3\nwhile True: x *= x",
        "class A: pass\nx = None\nwhile True: a = A(); a.x = x; x = a",
        "def f(): yield from f()\nx = []\nwhile True: x.append(f())",
    };
    for (size_t c = 0; c < sizeof caps / sizeof *caps; c++)
        for (size_t i = 0; i < sizeof eaters / sizeof *eaters; i++) {
            AiolosLimits limits = {.memory = caps[c]};
            AiolosStatistics s;
            AiolosVM *vm = open_vm(&limits);
            must_fail(vm, eaters[i], "MemoryError");
            aiolos_statistics(vm, &s);
            assert_true(s.peak_bytes <= caps[c]);
            limits.memory += 2 << 20; // what is held by variables must be let go by a script
            aiolos_set_limits(vm, &limits);
            if (!run(vm, "x = a = None\nassert sum(range(1000)) == 499500"))
                fail_msg("%zu MB, %s: %s", caps[c] >> 20, eaters[i], aiolos_error(vm));
            close_vm(vm);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hard_end),
        cmocka_unit_test(test_same_place),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_stop_of_waits),
        cmocka_unit_test(test_per_call),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_instructions),
        cmocka_unit_test(test_interrupt_latency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
