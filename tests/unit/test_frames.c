// SPDX-License-Identifier: MIT
//
// vm/interp: frames. Calls over the ends of stack segments, the depth limit and life after it, generators as heap
// frames, chains of coroutines that are resumed at their innermost frame, exceptions thrown into chains; natives in
// between.
#include <time.h>

#include "vm/core/limits.h"
#include "vm_fixture.h"

#include "vm/types/generator.h"

// ---- Plain calls ----

static void test_deep_calls(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def down(n, *rest):\n"
               "    a = b = c = d = e = n\n"           // wide frames
               "    if n == 0: return 0\n"
               "    return down(n - 1, a, b, c, d, e) + 1\n"
               "def many(n, a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8):\n"
               "    return [a, b, c, d, e, f, g, h] if not n else many(n - 1, b, c, d, e, f, g, h, a)\n");
    expect(&m, "down(900), down(900)", "(900, 900)");
    expect(&m, "many(800)", "[1, 2, 3, 4, 5, 6, 7, 8]");
    m.vm->recursion_limit = 200000; // only a counter: the C stack is not used
    expect(&m, "down(100000)", "100000");
    expect(&m, "many(80001)", "[2, 3, 4, 5, 6, 7, 8, 1]");
    assert_int_equal(m.vm->depth, 0);
    assert_null(m.vm->frame);
    assert_null(m.vm->segment->previous); // segments are given back
    machine_stop(&m);
}

static void test_limit(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def f(n): return f(n + 1)\n"
               "depth = 0\n"
               "def g():\n"
               "    global depth\n"
               "    depth += 1\n"
               "    try: g()\n"
               "    finally: depth -= 1\n"
               "class A:\n"
               "    def __init__(self): A()\n"
               "class B:\n"
               "    def __getattr__(self, name): return getattr(self, name + 'x')\n"
               "class C:\n"
               "    def __eq__(self, o): return self == o\n"
               "    def __repr__(self): return repr(self)\n"
               "    def __hash__(self): return hash(self)\n"
               "    def __iter__(self): return iter(self)\n"
               "    def __len__(self): return len(self)\n"
               "    def __bool__(self): return bool(self)\n"
               "    def __call__(self): return self()\n");
    for (int i = 0; i < 3; i++)
        expect_error(&m, "f(0)", "RecursionError: maximum recursion depth exceeded");
    expect_error(&m, "g()", "RecursionError: maximum recursion depth exceeded");
    expect(&m, "depth", "0");
    static const char *const others[] = {"A()",
                                         "B().x",
                                         "C() == C()",
                                         "repr(C())",
                                         "hash(C())",
                                         "iter(C())",
                                         "len(C())",
                                         "bool(C())",
                                         "C()()",
                                         "[*map(f, [1])]",
                                         "sorted([2, 1], key=f)",
                                         "'%s' % C()",
                                         "f'{C()}'"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char message[160];
        assert_true(machine_run(&m, others[i], COMPILE_EXEC) == VALUE_EMPTY);
        machine_error(&m, message, sizeof message);
        if (strncmp(message, "RecursionError: maximum recursion depth exceeded", 48) != 0)
            fail_msg("%s: %s", others[i], message);
        assert_int_equal(m.vm->depth, 0);
        assert_int_equal(m.vm->native_depth, 0);
    }
    expect(&m, "(lambda x: x + 1)(1)", "2");
    machine_stop(&m);
}

// A structure as deep as memory allows is printed, compared, hashed with a RecursionError at worst, and freed.
static void test_deep_data(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "a = b = t = ()\n"
               "for i in range(100000): a = [a]; b = [b]; t = (t,)\n"
               "def outcome(f):\n"
               "    try: f()\n"
               "    except RecursionError as e: return 'RecursionError'\n"
               "    return 'done'\n");
    expect(&m, "{outcome(lambda: repr(a)), outcome(lambda: a == b), outcome(lambda: hash(t)), outcome(lambda: str(t))}",
           "{'RecursionError'}");
    script(&m, "a = b = t = None\ngc_collect()");
    script(&m, "e = None\n"
               "for i in range(20000):\n"
               "    n = ValueError(i); n.__context__ = e; e = n\n"
               "it = iter([1])\n"
               "for i in range(20000): it = map(abs, it)\n");
    expect(&m, "outcome(lambda: next(it)) in ('done', 'RecursionError')", "True");
    script(&m, "e = n = it = None\ngc_collect()");
    machine_stop(&m);
}

// ---- Generators ----

static void test_generators(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def count(n):\n"
               "    got = []\n"
               "    try:\n"
               "        for i in range(n):\n"
               "            got.append((yield i))\n"
               "    except ValueError as e:\n"
               "        yield 'caught ' + str(e)\n"
               "    finally:\n"
               "        log.append(got)\n"
               "    return 'end'\n"
               "log = []\n"
               "g = count(3)\n");
    expect(&m, "[next(g), g.send('a'), g.throw(ValueError('v'))]", "[0, 1, 'caught v']");
    expect_error(&m, "next(g)", "StopIteration: end");
    expect(&m, "log, list(g)", "([['a']], [])");
    script(&m, "h = count(9); next(h); h.close(); h.close()");
    expect(&m, "log", "[['a'], []]");
    expect_error(&m, "def f():\n    g = (next(g) for _ in [1])\n    global me\n    me = g\n    next(g)\nf()",
                 "ValueError: generator already executing");
    expect_error(&m, "def s():\n    yield 1\n    raise StopIteration\nlist(s())",
                 "RuntimeError: generator raised StopIteration");
    script(&m, "many = [count(5) for i in range(2000)]\n"
               "for i in range(4):\n"
               "    for g in many: assert next(g) == i\n"
               "many = None\ngc_collect()");
    machine_stop(&m);
}

static void test_delegation(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def chain(n, stop):\n"
               "    if n == 0:\n"
               "        got = []\n"
               "        for i in range(stop):\n"
               "            try: got.append((yield i))\n"
               "            except KeyError as e: got.append(repr(e))\n"
               "        return got\n"
               "    return (yield from chain(n - 1, stop))\n"
               "def drive(n):\n"
               "    g = chain(n, 4)\n"
               "    out = [next(g), g.send('x'), g.throw(KeyError(1))]\n"
               "    try:\n"
               "        out.append(next(g)); next(g)\n"
               "    except StopIteration as e:\n"
               "        out.append(e.value)\n"
               "    return out\n");
    expect(&m, "drive(0)", "[0, 1, 2, 3, ['x', 'KeyError(1)', None, None]]");
    expect(&m, "drive(0) == drive(1) == drive(500)", "True");
    m.vm->recursion_limit = 120000;
    expect(&m, "drive(0) == drive(50000)", "True");
    assert_int_equal(m.vm->depth, 0);
    script(&m, "g = chain(50000, 2); next(g); g.close(); g = chain(50000, 2); next(g); g = None; gc_collect()");
    machine_stop(&m);
}

// ---- Coroutines ----

static const char coroutines[] =
    "class Wait:\n"
    "    def __await__(self):\n"
    "        return (yield 'waiting')\n"
    "async def chain(n):\n"
    "    if n == 0:\n"
    "        total = 0\n"
    "        while True:\n"
    "            got = await Wait()\n"
    "            if got is None: return total\n"
    "            total += got\n"
    "    return await chain(n - 1) + 1\n";

// Seconds of processor time for `count` sends into a chain of `depth` coroutines.
static double time_sends(Machine *m, int depth, int count)
{
    char text[64];
    snprintf(text, sizeof text, "c = chain(%d); c.send(None)", depth);
    script(m, text);
    Value c = global(m, "c"), result;
    clock_t start = clock();
    for (int i = 0; i < count; i++) {
        assert_int_equal(generator_resume(m->vm, as_generator(c), from_small(1), &result), EXEC_YIELDED);
        assert_true(is_str(result));
    }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_int_equal(generator_resume(m->vm, as_generator(c), VALUE_NONE, &result), EXEC_RETURNED);
    assert_int_equal(as_small(result), count + depth);
    return seconds;
}

static void test_resume_is_flat(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    m.vm->recursion_limit = 200000;
    script(&m, coroutines);
    time_sends(&m, 1, 2000);
    double shallow = time_sends(&m, 1, 20000), deep = time_sends(&m, 20000, 20000);
    // A walk over the chain would make it thousands of times slower.
    if (deep > shallow * 20 + 0.5)
        fail_msg("a send takes %g us at depth 1, %g us at depth 20000", shallow * 50, deep * 50);
    machine_stop(&m);
}

static void test_throw_into_chain(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, coroutines);
    script(&m, "log = []\n"
               "async def guard(n):\n"
               "    try:\n"
               "        return await (guard(n - 1) if n else Wait())\n"
               "    except LookupError as e:\n"
               "        log.append(n)\n"
               "        if n < 3: raise\n"
               "        return await Wait()\n"
               "    finally:\n"
               "        log.append(-n)\n"
               "c = guard(5); c.send(None)\n");
    expect(&m, "c.throw(KeyError(1))", "'waiting'"); // caught at 3, which waits again
    expect(&m, "log", "[0, 0, 1, -1, 2, -2, 3]");
    expect_error(&m, "c.send('result')", "StopIteration: result");
    expect(&m, "log", "[0, 0, 1, -1, 2, -2, 3, -3, -4, -5]");
    expect_error(&m, "c.send(None)", "RuntimeError: cannot reuse already awaited coroutine");
    expect_error(&m, "d = guard(2); d.send(None); d.throw(OSError('gone'))", "OSError: gone");
    script(&m, "e = guard(400); e.send(None); e.close()");
    expect_error(&m, "f = chain(2); f.send(1)", "TypeError: can't send non-None value to a just-started coroutine");
    expect_error(&m, "async def bad(): await 3\nbad().send(None)",
                 "TypeError: object int can't be used in 'await' expression");
    // One coroutine awaited by two.
    expect_error(&m, "w = chain(0)\nasync def one(): return await w\na = one(); a.send(None)\nb = one(); b.send(None)",
                 "RuntimeError: coroutine is being awaited already");
    machine_stop(&m);
}

static void test_async_generators(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, coroutines);
    script(&m, "async def items(n):\n"
               "    try:\n"
               "        for i in range(n):\n"
               "            await Wait()\n"
               "            yield i\n"
               "    finally:\n"
               "        log.append('closed')\n"
               "async def collect(n, stop):\n"
               "    out = []\n"
               "    agen = items(n)\n"
               "    async for x in agen:\n"
               "        if x == stop: break\n"
               "        out.append(x)\n"
               "    await agen.aclose()\n"
               "    return out + [y async for y in items(2)]\n"
               "def drive(c):\n"
               "    sends = 0\n"
               "    try:\n"
               "        while True: c.send(None); sends += 1\n"
               "    except StopIteration as e: return e.value, sends\n"
               "log = []\n");
    expect(&m, "drive(collect(4, -1)), drive(collect(9, 2)), log",
           "(([0, 1, 2, 3, 0, 1], 6), ([0, 1, 0, 1], 5), ['closed', 'closed', 'closed', 'closed'])");
    machine_stop(&m);
}

// ---- Natives between frames ----

static void test_natives_between(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def gen(n):\n"
               "    for i in sorted(range(n), key=lambda x: -x): yield i\n"
               "def nest(n):\n"
               "    return n if not n else max(map(nest, [n - 1])) + 1\n"
               "def boom(x): raise KeyError(x)\n");
    expect(&m, "list(gen(4)), nest(20), sum(map(lambda x: sum(gen(x)), range(10)))", "([3, 2, 1, 0], 20, 120)");
    expect_error(&m, "sorted([3, 1], key=boom)", "KeyError: 3");
    expect_error(&m, "[x for x in map(boom, gen(3))]", "KeyError: 2");
    // From C, with nothing running and with much running.
    Value f = global(&m, "nest"), args[] = {from_small(7)};
    assert_true(object_call(m.vm, f, args, 1, NULL) == from_small(7));
    assert_true(object_call(m.vm, f, args, 0, NULL) == VALUE_EMPTY);
    char text[160];
    assert_string_equal(machine_error(&m, text, sizeof text),
                        "TypeError: nest() missing 1 required positional argument: 'n'");
    assert_null(m.vm->frame);
    assert_int_equal(m.vm->native_depth, 0);
    machine_stop(&m);
}

// ---- Interruption ----

static void test_interrupt_and_budget(void **state)
{
    (void)state;
    static const char *const loops[] = {
        "while True: pass",
        "def f():\n    while True:\n        try:\n            while True: pass\n        except ZeroDivisionError: "
        "pass\nf()",
        "for x in iter(int, 1): pass",
        "sum(iter(int, 1))",
        "list(iter(int, 1))[0]",
        "[0] * 10 in iter(list, 0)",
        "def g():\n    while True: yield\nfor x in g(): pass",
        "max(iter(int, 1))",
        "all(iter(lambda: 1, 0))",
        "x = [1]\nfor i in x: x.append(i)",
        "any(iter(int, 1))",
        "dict(zip(iter(int, 1), iter(int, 1)))",
    };
    Machine m;
    machine_start_capped(&m, 64u << 20);
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        char message[160];
        limits_set(m.vm, 300000, 0);
        assert_true(machine_run(&m, loops[i], COMPILE_EXEC) == VALUE_EMPTY);
        limits_set(m.vm, 0, 0);
        machine_error(&m, message, sizeof message);
        if (strncmp(message, "BudgetError", 11) != 0 && strncmp(message, "MemoryError", 11) != 0)
            fail_msg("%s: %s", loops[i], message);
        vm_request_attention(m.vm, ATTENTION_INTERRUPT);
        if (machine_run(&m, loops[i], COMPILE_EXEC))
            fail_msg("%s: not interrupted", loops[i]);
        machine_error(&m, message, sizeof message);
        if (strncmp(message, "KeyboardInterrupt", 17) != 0 && strncmp(message, "MemoryError", 11) != 0)
            fail_msg("%s: %s", loops[i], message);
    }
    script(&m, "x = 1");
    machine_stop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deep_calls),       cmocka_unit_test(test_limit),
        cmocka_unit_test(test_deep_data),        cmocka_unit_test(test_generators),
        cmocka_unit_test(test_delegation),       cmocka_unit_test(test_resume_is_flat),
        cmocka_unit_test(test_throw_into_chain), cmocka_unit_test(test_async_generators),
        cmocka_unit_test(test_natives_between),  cmocka_unit_test(test_interrupt_and_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
