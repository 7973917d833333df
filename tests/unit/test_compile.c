// SPDX-License-Identifier: MIT
//
// vm/compile: every script at hand compiles, passes the verifier and can be listed; what must not compile is refused in
// CPython's words; sources of odd sizes stay within the operands' widths; memory that is refused at every single object
// is a MemoryError.
#include <dirent.h>
#include <sys/stat.h>

#include "vm_fixture.h"

bool code_verify(const Code *code, char *message,
                 size_t size); // vm/compile/compiler.h, whose names clash with cmocka's

typedef struct Listing {
    size_t bytes, codes;
} Listing;

static bool count_bytes(void *ctx, const char *text, size_t length)
{
    (void)text;
    ((Listing *)ctx)->bytes += length;
    return true;
}

static void verify_all(const Code *code, const char *path, size_t *count)
{
    char message[300] = "";
    if (!code_verify(code, message, sizeof message))
        fail_msg("%s: %s", path, message);
    ++*count;
    for (uint32_t i = 0; i < code->constant_count; i++)
        if (has_kind(code->constants[i], KIND_CODE))
            verify_all((Code *)as_object(code->constants[i]), path, count);
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long end = ftell(file);
    rewind(file);
    char *text = malloc((size_t)end + 1);
    *size = fread(text, 1, (size_t)end, file);
    fclose(file);
    return text;
}

// Scripts that are errors on purpose live in tests/errors; elsewhere a script either compiles or says so by its name.
static bool compile_file(Machine *m, const char *path, Listing *listing)
{
    size_t size = 0;
    char *text = read_file(path, &size);
    assert_non_null(text);
    Str *filename = str_from(m->vm, path);
    Code *code = compile_source(m->vm, text, size, filename, COMPILE_EXEC, COMPILE_TOP_LEVEL_AWAIT, false);
    free(text);
    if (!code)
        return false;
    verify_all(code, path, &listing->codes);
    disassemble(m->vm, code, &(TextSink){count_bytes, listing});
    return true;
}

static int walk(Machine *m, const char *folder, Listing *listing)
{
    DIR *dir = opendir(folder);
    int count = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char path[600], message[256];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        const char *dot = strrchr(entry->d_name, '.');
        if (entry->d_name[0] == '.' || stat(path, &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            count += walk(m, path, listing);
        if (!S_ISREG(info.st_mode) || !dot || strcmp(dot, ".aio") != 0)
            continue;
        count++;
        if (!compile_file(m, path, listing))
            fail_msg("%s: %s", path, machine_error(m, message, sizeof message));
    }
    if (dir)
        closedir(dir);
    return count;
}

static void test_all_scripts(void **state)
{
    (void)state;
    static const char *const folders[] = {"stdlib",        "tests/lang",       "tests/types",  "tests/stdlib",
                                          "tests/asyncio", "scripts/examples", "scripts/bench"};
    Machine m;
    machine_start(&m);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        Listing listing = {0};
        int count = walk(&m, folders[i], &listing);
        assert_true(listing.codes >= (size_t)count && listing.bytes >= listing.codes * 10);
        if (i < 2)
            assert_true(count > 10); // the tests run from the root of the project
    }
    machine_stop(&m);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *source, *message;
    } rows[] = {
        {"return 1", "SyntaxError: 'return' outside function (test, line 1)"},
        {"break", "SyntaxError: 'break' outside loop (test, line 1)"},
        {"continue", "SyntaxError: 'continue' not properly in loop (test, line 1)"},
        {"yield 1", "SyntaxError: 'yield' outside function (test, line 1)"},
        {"await x", "SyntaxError: 'await' outside function (test, line 1)"},
        {"def f(): await x", "SyntaxError: 'await' outside async function (test, line 1)"},
        {"def f():\n  nonlocal x", "SyntaxError: no binding for nonlocal 'x' found (test, line 2)"},
        {"nonlocal x", "SyntaxError: nonlocal declaration not allowed at module level (test, line 1)"},
        {"def f():\n  x = 1\n  global x",
         "SyntaxError: name 'x' is assigned to before global declaration (test, line 3)"},
        {"def f(a, a): pass", "SyntaxError: duplicate argument 'a' in function definition (test, line 1)"},
        {"def f(x): global x", "SyntaxError: name 'x' is parameter and global (test, line 1)"},
        {"async def f(): yield from x", "SyntaxError: 'yield from' inside async function (test, line 1)"},
        {"async def f():\n  yield 1\n  return 2", "SyntaxError: 'return' with value in async generator (test, line 3)"},
        {"def f(): [await x for x in y]",
         "SyntaxError: asynchronous comprehension outside of an asynchronous function (test, line 1)"},
        {"from __future__ import nonsense", "SyntaxError: future feature nonsense is not defined (test, line 1)"},
        {"x = 1\nfrom __future__ import annotations",
         "SyntaxError: from __future__ imports must occur at the beginning of the file "
         "(test, line 2)"},
        {"def f(): from a import *", "SyntaxError: import * only allowed at module level (test, line 1)"},
        {"try: pass\nexcept: pass\nexcept A: pass", "SyntaxError: default 'except:' must be last (test, line 2)"},
        {"a, *b, *c = d", "SyntaxError: multiple starred expressions in assignment (test, line 1)"},
        {"match x:\n  case a: pass\n  case b: pass",
         "SyntaxError: name capture 'a' makes remaining patterns unreachable (test, line 2)"},
        {"match x:\n  case [a, a]: pass", "SyntaxError: multiple assignments to name 'a' in pattern (test, line 2)"},
        {"__debug__ = 1", "SyntaxError: cannot assign to __debug__ (test, line 1)"},
        {"[x := 1 for x in y]",
         "SyntaxError: assignment expression cannot rebind comprehension iteration variable 'x' (test, line 1)"},
        {"class A:\n  [x := 1 for y in z]",
         "SyntaxError: assignment expression within a comprehension cannot be used in a class body "
         "(test, line 2)"},
    };
    Machine m;
    machine_start(&m);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_error(&m, rows[i].source, rows[i].message);
    machine_stop(&m);
}

// Text made of a head, `count` pieces in which %d is the number, and a tail.
static char *repeat(const char *head, const char *piece, int count, const char *tail)
{
    size_t capacity = strlen(head) + strlen(tail) + (strlen(piece) + 24) * (size_t)count + 1, size = 0;
    char *text = malloc(capacity);
    size += (size_t)sprintf(text, "%s", head);
    for (int i = 0; i < count; i++)
        size += (size_t)sprintf(text + size, piece, i, i, i); // NOLINT: the format is one of this file's
    sprintf(text + size, "%s", tail);
    return text;
}

static void run_repeated(Machine *m, const char *head, const char *piece, int count, const char *tail, const char *name,
                         const char *expected)
{
    char *text = repeat(head, piece, count, tail);
    Str *filename = str_from(m->vm, "large");
    Code *code = compile_source(m->vm, text, strlen(text), filename, COMPILE_EXEC, 0, true);
    char message[256];
    if (!code)
        fail_msg("%s: %s", piece, machine_error(m, message, sizeof message));
    size_t codes = 0;
    verify_all(code, piece, &codes);
    if (!vm_run_code(m->vm, code, m->globals, VALUE_EMPTY))
        fail_msg("%s: %s", piece, machine_error(m, message, sizeof message));
    free(text);
    expect(m, name, expected);
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void test_large_sources(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    // More constants, names, variables, arguments, jumps than a narrow operand holds.
    run_repeated(&m, "x = [", "%d.5,", 70000, "]\n", "len(x), x[69999]", "(70000, 69999.5)");
    run_repeated(&m, "", "g%d = %d\n", 70000, "", "g0 + g69999", "69999");
    run_repeated(&m, "def f():\n", "  v%d = %d\n", 3000, "  return v0 + v2999\n", "f()", "2999");
    run_repeated(&m, "def f():\n", "  v%d = %d\n", 66000, "  return v0 + v65999\n", "f()", "65999");
    run_repeated(&m, "def f(*a): return len(a)\nx = f(", "%d,", 3000, ")\n", "x", "3000");
    run_repeated(&m, "def f(**a): return len(a)\nx = f(", "k%d=%d,", 1000, ")\n", "x", "1000");
    run_repeated(&m, "def f(", "p%d=%d,", 1000, "): return p999\n", "f(), f(p999=1)", "(999, 1)");
    run_repeated(&m, "def f(n):\n  while True:\n    if n: break\n", "    n = n + %d\n", 40000, "  return n\nx = f(1)\n",
                 "x, f(0)", "(1, 799980000)");
    run_repeated(&m, "class A: pass\na = A()\n", "a.n%d = %d\n", 70000, "", "a.n0 + a.n69999", "69999");
    run_repeated(&m, "x = 0\nif 0: pass\n", "elif x == %d + 1: y = %d\n", 900, "else: y = 'else'\n", "y", "'else'");
    run_repeated(&m, "x = {", "%d: 'v%d',", 20000, "}\n", "x[19999]", "'v19999'");
    run_repeated(&m, "x = 1", " + %d", 2500, "\n", "x", "3123751");
    run_repeated(&m, "def o():\n", "  c%d = %d\n", 500, "  def i(): return c0 + c499\n  return i()\n", "o()", "499");
    run_repeated(&m, "x = f'", "{%d}', f'", 300, "'\n", "len(x)", "301");
    machine_stop(&m);
}

static void test_modes(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    expect(&m, "1 + 1", "2");
    char text[200];
    assert_true(machine_run(&m, "x = 1", COMPILE_EVAL) == VALUE_EMPTY);
    assert_string_equal(machine_error(&m, text, sizeof text), "SyntaxError: invalid syntax (test, line 1)");
    Str *filename = str_from(m.vm, "test");
    static const char async_text[] = "x = await y";
    Code *code =
        compile_source(m.vm, async_text, strlen(async_text), filename, COMPILE_EXEC, COMPILE_TOP_LEVEL_AWAIT, true);
    assert_non_null(code);
    assert_true(code->flags & CODE_COROUTINE);
    code = compile_source(m.vm, "x = 1", 5, filename, COMPILE_EXEC, COMPILE_TOP_LEVEL_AWAIT, true);
    assert_false(code->flags & CODE_COROUTINE);
    machine_stop(&m);
}

static const char rich[] =
    "def f[T](a, /, b: T = 1, *c, d, **e) -> None:\n    '''doc'''\n    x = 1\n    def g():\n        nonlocal x\n       "
    " x += 1\n"
    "        return [y for y in c if (z := y)]\n    return g, {**e}, f'{a!r:>{b}}', lambda *k, m=2: (yield)\n"
    "class A(B, metaclass=C):\n    '''doc'''\n    n: int = 3\n    def m(self): return super().m() if __class__ else "
    "self.__p\n"
    "async def h(q):\n    async with a as b, c: pass\n    async for i in d:\n        if i: break\n    else: await e\n"
    "    return {k: v async for k, v in await f() if k}\n"
    "match x:\n    case [1, *r] | {'k': r} | P(1, a=r) if r: pass\n    case 'abc' | -1 | None: pass\n"
    "try:\n    with a as (b, c): raise D from E\nexcept (F, G) as e: del e.x[1:2], y\nelse: import a.b as c\n"
    "finally:\n    for i, *j in k:\n        while l: continue\n"
    "try: pass\nexcept* V as e: pass\ntype L[U] = list[U]\nx: int = 10 ** 30\nassert x < y < z, 'no'\n";

static void test_memory_refused(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    Str *filename = str_from(m.vm, "test");
    for (int from = 0; from < 2; from++) {
        for (uint64_t n = 1;; n++) {
            gc_fail_cells(m.vm, n, from);
            Code *code = compile_source(m.vm, rich, strlen(rich), filename, COMPILE_EXEC, 0, true);
            bool reached = m.vm->gc.allocations >= m.vm->gc.fail_at;
            gc_fail_cells(m.vm, 0, false);
            if (!code) {
                assert_true(m.vm->error == m.vm->memory_error);
                error_clear(m.vm);
                assert_true(reached);
            }
            if (n % 64 == 0)
                gc_collect(m.vm);
            if (!reached) {
                assert_non_null(code);
                size_t codes = 0;
                verify_all(code, "rich", &codes);
                assert_true(codes > 6);
                break;
            }
            assert_true(n < 100000);
        }
    }
    machine_stop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_scripts), cmocka_unit_test(test_refused),        cmocka_unit_test(test_large_sources),
        cmocka_unit_test(test_modes),       cmocka_unit_test(test_memory_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
