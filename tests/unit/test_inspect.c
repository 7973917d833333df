// SPDX-License-Identifier: MIT
//
// What a host sees of a loop: its clock, wakers from other threads, requests to look inside, seeded orders of tasks.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/aiolos.h"

typedef struct Seen {
    char text[4096];
    size_t size;
    const char *wanted; // what is looked for in a listing
    atomic_bool found;
} Seen;

static bool keep(void *context, const char *text, size_t size)
{
    Seen *seen = context;
    if (size > sizeof seen->text - seen->size - 1)
        size = sizeof seen->text - seen->size - 1;
    memcpy(seen->text + seen->size, text, size);
    seen->size += size;
    seen->text[seen->size] = 0;
    return true;
}

static ptrdiff_t print_to(void *context, const void *data, size_t size)
{
    keep(context, data, size);
    return (ptrdiff_t)size;
}

static void look(AiolosVM *vm, void *user)
{
    Seen *seen = user;
    seen->size = 0;
    aiolos_write_tasks(vm, AIOLOS_TASK_TREE, keep, seen);
    if (seen->wanted && strstr(seen->text, seen->wanted))
        atomic_store(&seen->found, true);
}

static AiolosConfig config_of(Seen *seen)
{
    AiolosConfig config;
    aiolos_config_init(&config, sizeof config);
    config.user = seen;
    config.attend = look;
    config.output = (AiolosStream){.fd = -1, .write = print_to, .context = seen};
    return config;
}

static AiolosStatus run(AiolosVM *vm, const char *text)
{
    return aiolos_run_source(vm, text, strlen(text), "<host>");
}

static void rest(int milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000L}, NULL);
}

// ---- clocks

typedef struct HostClock {
    int64_t now;
    int sleeps;
} HostClock;

static int64_t clock_now(void *context, bool wall) { return ((HostClock *)context)->now + (wall ? 5000000000 : 0); }

static void clock_sleep(void *context, int64_t deadline)
{
    HostClock *clock = context;
    clock->now = deadline;
    clock->sleeps++;
}

static void test_host_clock(void **state)
{
    (void)state;
    Seen seen = {0};
    HostClock clock = {.now = 1000000000};
    AiolosConfig config = config_of(&seen);
    config.clock = (AiolosClock){clock_now, clock_sleep, &clock};
    AiolosVM *vm = aiolos_open(&config);
    assert_int_equal(run(vm, "import asyncio, time\n"
                             "await asyncio.sleep(100)\n"
                             "time.sleep(50)\n"
                             "print(time.monotonic(), time.time(), asyncio.get_running_loop().time())\n"),
                     AIOLOS_OK);
    assert_true(aiolos_close(vm));
    assert_string_equal(seen.text, "151.0 156.0 151.0\n");
    assert_int_equal(clock.sleeps, 2);
}

// ---- wakers

static atomic_int stage;

static void *leave_later(void *vm)
{
    rest(30);
    atomic_store(&stage, 1);
    aiolos_waker_remove(vm);
    return NULL;
}

static void test_waker(void **state)
{
    (void)state;
    Seen seen = {0};
    AiolosConfig config = config_of(&seen);
    AiolosVM *vm = aiolos_open(&config);
    pthread_t thread;
    atomic_store(&stage, 0);
    aiolos_waker_add(vm);
    assert_int_equal(pthread_create(&thread, NULL, leave_later, vm), 0);
    assert_int_equal(run(vm, "import asyncio\nawait asyncio.Event().wait()\n"), AIOLOS_ERROR);
    assert_int_equal(atomic_load(&stage), 1); // not before the last waker went
    assert_non_null(strstr(aiolos_error(vm), "DeadlockError: nothing can wake the loop"));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(aiolos_close(vm));
}

static void *interrupt_later(void *vm)
{
    rest(30);
    aiolos_interrupt(vm);
    return NULL;
}

static void test_no_report(void **state)
{
    (void)state;
    Seen seen = {0};
    AiolosConfig config = config_of(&seen);
    config.flags = AIOLOS_NO_DEADLOCK_REPORT;
    AiolosVM *vm = aiolos_open(&config);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_later, vm), 0);
    assert_int_equal(run(vm, "import asyncio\nawait asyncio.Event().wait()\n"), AIOLOS_ERROR);
    assert_non_null(strstr(aiolos_error(vm), "KeyboardInterrupt"));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(aiolos_close(vm));
}

// ---- requests

typedef struct Asker {
    AiolosVM *vm;
    Seen *seen;
    atomic_bool over;
} Asker;

static void *ask_until_seen(void *context)
{
    Asker *asker = context;
    for (int i = 0; i < 2000 && !atomic_load(&asker->seen->found); i++, rest(5))
        aiolos_request(asker->vm);
    for (; !atomic_load(&asker->over); rest(5))
        aiolos_interrupt(asker->vm);
    return NULL;
}

static void look_into(const char *text, const char *expected)
{
    Seen seen = {.wanted = expected};
    AiolosConfig config = config_of(&seen);
    AiolosVM *vm = aiolos_open(&config);
    Asker asker = {.vm = vm, .seen = &seen};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask_until_seen, &asker), 0);
    assert_int_equal(run(vm, text), AIOLOS_ERROR);
    atomic_store(&asker.over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(atomic_load(&seen.found));
    assert_true(aiolos_close(vm));
}

static void test_request(void **state)
{
    (void)state;
    look_into("import asyncio\nawait asyncio.sleep(60)\n", "'main' waiting");
    look_into("await __import__('asyncio').sleep(0)\nwhile True: pass\n", "'main' running");
    look_into("import time, asyncio\nawait asyncio.sleep(0)\ntime.sleep(0.3)\nraise KeyError\n", "'main' running");
    look_into("while True: pass\n", "no event loop is running");
}

// ---- seeds

static void run_seeded(uint64_t seed, char *out)
{
    Seen seen = {0};
    AiolosConfig config = config_of(&seen);
    config.flags = AIOLOS_SCHEDULE_SEED | AIOLOS_VIRTUAL_TIME;
    config.schedule_seed = seed;
    AiolosVM *vm = aiolos_open(&config);
    assert_int_equal(run(vm, "import asyncio, random\n"
                             "async def step(name):\n"
                             "    for i in range(5):\n"
                             "        print(name, end='')\n"
                             "        await asyncio.sleep(random.choice([0, 0.5]))\n"
                             "await asyncio.gather(*map(step, 'abcdefgh'))\n"),
                     AIOLOS_OK);
    assert_true(aiolos_close(vm));
    strcpy(out, seen.text);
}

static void test_seeds(void **state)
{
    (void)state;
    char first[4096], again[4096], other[4096];
    run_seeded(1, first);
    run_seeded(1, again);
    run_seeded(2, other);
    assert_int_equal(strlen(first), 40);
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_clock), cmocka_unit_test(test_waker), cmocka_unit_test(test_no_report),
        cmocka_unit_test(test_request),    cmocka_unit_test(test_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
