// SPDX-License-Identifier: MIT
//
// parser/: shapes of trees, spans, the one error that is told and where, the prompt's "incomplete", bounded depth; and
// memory that is refused at every single request. (Trees and errors of whole files are compared with CPython's by
// scripts/dev/ast_compare.py and error_compare.py.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/parse.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

typedef struct Text {
    char data[1 << 15];
    size_t size;
    bool line_start;
} Text;

// Keeps the dump without its line breaks and indentation.
static bool text_write(void *ctx, const char *piece, size_t length)
{
    Text *text = ctx;
    for (size_t i = 0; i < length; i++) {
        bool layout = piece[i] == '\n' || (text->line_start && piece[i] == ' ');
        text->line_start = layout;
        if (layout)
            continue;
        if (text->size + 1 >= sizeof text->data)
            return false;
        text->data[text->size++] = piece[i];
    }
    text->data[text->size] = '\0';
    return true;
}

static bool parse(const char *source, size_t length, ParseMode mode, ParseResult *result)
{
    ParseOptions options = {.allocator = arena_default_allocator(), .filename = "test", .mode = mode,
                            .from_prompt = mode == PARSE_SINGLE};
    // A copy of the exact size shows reads past the end.
    char *copy = malloc(length + (length == 0));
    memcpy(copy, source, length);
    bool good = parse_source(&options, copy, length, result);
    free(copy);
    return good;
}

static void check_tree(const char *source, ParseMode mode, bool positions, const char *expected)
{
    ParseResult result;
    Text *out = calloc(1, sizeof *out);
    if (!parse(source, strlen(source), mode, &result))
        fail_msg("%s\n in %s", result.diagnostic.message, source);
    TextSink sink = {text_write, out};
    assert_true(ast_dump(result.module, positions, &sink));
    assert_string_equal(out->data, expected);
    parse_result_free(&result);
    free(out);
}

// The tree of an expression.
static void tree(const char *source, const char *expected)
{
    char whole[1024];
    snprintf(whole, sizeof whole, "Expression(body=%s)", expected);
    check_tree(source, PARSE_EVAL, false, whole);
}

// The tree of one statement.
static void statement(const char *source, const char *expected)
{
    char whole[2048];
    snprintf(whole, sizeof whole, "Module(body=[%s])", expected);
    check_tree(source, PARSE_FILE, false, whole);
}

#define NAME(id) "Name(id='" id "',ctx=Load())"
#define STORE(id) "Name(id='" id "',ctx=Store())"

// ---- Shapes ----

static void test_precedence(void **state)
{
    (void)state;
    tree("a + b * c",
         "BinOp(left=" NAME("a") ",op=Add(),right=BinOp(left=" NAME("b") ",op=Mult(),right=" NAME("c") "))");
    tree("a - b - c",
         "BinOp(left=BinOp(left=" NAME("a") ",op=Sub(),right=" NAME("b") "),op=Sub(),right=" NAME("c") ")");
    tree("a ** b ** c",
         "BinOp(left=" NAME("a") ",op=Pow(),right=BinOp(left=" NAME("b") ",op=Pow(),right=" NAME("c") "))");
    tree("-a ** -b", "UnaryOp(op=USub(),operand=BinOp(left=" NAME(
                         "a") ",op=Pow(),right=UnaryOp(op=USub(),operand=" NAME("b") ")))");
    tree("not a in b",
         "UnaryOp(op=Not(),operand=Compare(left=" NAME("a") ",ops=[In()],comparators=[" NAME("b") "]))");
    tree("a < b is not c",
         "Compare(left=" NAME("a") ",ops=[Lt(), IsNot()],comparators=[" NAME("b") "," NAME("c") "])");
    tree("a or b and c or d", "BoolOp(op=Or(),values=[" NAME("a") ",BoolOp(op=And(),values=[" NAME("b") "," NAME("c")
         "])," NAME("d") "])");
    tree("a if b else c if d else e", "IfExp(test=" NAME("b") ",body=" NAME("a") ",orelse=IfExp(test=" NAME("d")
         ",body=" NAME("c") ",orelse=" NAME("e") "))");
    tree("await a ** b", "BinOp(left=Await(value=" NAME("a") "),op=Pow(),right=" NAME("b") ")");
    tree("lambda: (yield)", "Lambda(args=arguments(posonlyargs=[],args=[],kwonlyargs=[],kw_defaults=[],defaults=[]),"
         "body=Yield())");
}

static void test_atoms(void **state)
{
    (void)state;
    tree("()", "Tuple(elts=[],ctx=Load())");
    tree("(a)", NAME("a"));
    tree("a,", "Tuple(elts=[" NAME("a") "],ctx=Load())");
    tree("[*a]", "List(elts=[Starred(value=" NAME("a") ",ctx=Load())],ctx=Load())");
    tree("{a: b, **c}", "Dict(keys=[" NAME("a") ",None],values=[" NAME("b") "," NAME("c") "])");
    tree("{a}", "Set(elts=[" NAME("a") "])");
    tree("'a' 'b'", "Constant(value='ab')");
    tree("b'a' b'\\xff'", "Constant(value=b'a\\xff')");
    tree("u'a'", "Constant(value=u'a')");
    tree("...", "Constant(value=Ellipsis)");
    tree("1_0", "Constant(value=10)");
    tree("(a := b)", "NamedExpr(target=" STORE("a") ",value=" NAME("b") ")");
    tree("a[b:c, ::d]", "Subscript(value=" NAME("a") ",slice=Tuple(elts=[Slice(lower=" NAME("b") ",upper=" NAME("c")
         "),Slice(step=" NAME("d") ")],ctx=Load()),ctx=Load())");
    tree("a.b(c, *d, e=f, **g)", "Call(func=Attribute(value=" NAME("a") ",attr='b',ctx=Load()),args=[" NAME("c")
         ",Starred(value=" NAME("d") ",ctx=Load())],keywords=[keyword(arg='e',value=" NAME("f") "),keyword(value="
         NAME("g") ")])");
    tree("[a for b in c if d async for e in f]",
         "ListComp(elt=" NAME("a") ",generators=[comprehension(target=" STORE("b") ",iter=" NAME("c") ",ifs=[" NAME(
             "d") "],is_async=0),comprehension(target=" STORE("e") ",iter=" NAME("f") ",ifs=[],is_async=1)])");
    tree("f'a{b!r:{c}}' 'd'", "JoinedStr(values=[Constant(value='a'),FormattedValue(value=" NAME("b")
         ",conversion=114,format_spec=JoinedStr(values=[FormattedValue(value=" NAME("c")
         ",conversion=-1)])),Constant(value='d')])");
}

static void test_statements(void **state)
{
    (void)state;
    statement("", "");
    statement("pass;", "Pass()");
    statement("a = b = c", "Assign(targets=[" STORE("a") "," STORE("b") "],value=" NAME("c") ")");
    statement("a, *b = c", "Assign(targets=[Tuple(elts=[" STORE("a") ",Starred(value=" STORE("b")
              ",ctx=Store())],ctx=Store())],value=" NAME("c") ")");
    statement("(a): b", "AnnAssign(target=" STORE("a") ",annotation=" NAME("b") ",simple=0)");
    statement("a @= b", "AugAssign(target=" STORE("a") ",op=MatMult(),value=" NAME("b") ")");
    statement("del a, b[c]", "Delete(targets=[Name(id='a',ctx=Del()),Subscript(value=" NAME("b") ",slice=" NAME("c")
              ",ctx=Del())])");
    statement("from ..a import b as c", "ImportFrom(module='a',names=[alias(name='b',asname='c')],level=2)");
    statement("from . import *", "ImportFrom(names=[alias(name='*')],level=1)");
    statement("import a.b as c, d", "Import(names=[alias(name='a.b',asname='c'),alias(name='d')])");
    statement("raise a from b", "Raise(exc=" NAME("a") ",cause=" NAME("b") ")");
    statement("if a: b\nelif c: d\n", "If(test=" NAME("a") ",body=[Expr(value=" NAME("b") ")],orelse=[If(test=" NAME(
                                          "c") ",body=[Expr(value=" NAME("d") ")],orelse=[])])");
    statement("with (a as b, c): pass", "With(items=[withitem(context_expr=" NAME("a") ",optional_vars=" STORE("b")
              "),withitem(context_expr=" NAME("c") ")],body=[Pass()])");
    statement("try: pass\nexcept* a as b: pass\n", "TryStar(body=[Pass()],handlers=[ExceptHandler(type=" NAME("a")
              ",name='b',body=[Pass()])],orelse=[],finalbody=[])");
    statement("@a\nclass b(c, d=e): pass", "ClassDef(name='b',bases=[" NAME("c") "],keywords=[keyword(arg='d',value="
              NAME("e") ")],body=[Pass()],decorator_list=[" NAME("a") "],type_params=[])");
    statement("type a = b", "TypeAlias(name=" STORE("a") ",type_params=[],value=" NAME("b") ")");
    statement("match a:\n  case {'k': b, **c} | d.e: pass\n",
              "Match(subject=" NAME("a") ",cases=[match_case(pattern=MatchOr(patterns=[MatchMapping(keys=["
              "Constant(value='k')],patterns=[MatchAs(name='b')],rest='c'),MatchValue(value=Attribute(value=" NAME("d")
              ",attr='e',ctx=Load()))]),body=[Pass()])])");
}

static void test_parameters(void **state)
{
    (void)state;
    statement("def f(a, /, b=c, *d, e, g=h, **i): pass",
              "FunctionDef(name='f',args=arguments(posonlyargs=[arg(arg='a')],args=[arg(arg='b')],vararg=arg(arg='d'),"
              "kwonlyargs=[arg(arg='e'),arg(arg='g')],kw_defaults=[None," NAME("h") "],kwarg=arg(arg='i'),defaults=["
              NAME("c") "]),body=[Pass()],decorator_list=[],type_params=[])");
    statement("async def f(*, a: b) -> c: pass",
              "AsyncFunctionDef(name='f',args=arguments(posonlyargs=[],args=[],kwonlyargs=[arg(arg='a',annotation="
              NAME("b") ")],kw_defaults=[None],defaults=[]),body=[Pass()],decorator_list=[],returns=" NAME("c")
              ",type_params=[])");
}

// ---- Places ----

static void test_spans(void **state)
{
    (void)state;
    check_tree("(a)\n", PARSE_FILE, true, "Module(body=[Expr(value=Name(id='a',ctx=Load(), @ 1:1-1:2), @ 1:0-1:3)])");
    check_tree("(a,)", PARSE_EVAL, true,
               "Expression(body=Tuple(elts=[Name(id='a',ctx=Load(), @ 1:1-1:2)],ctx=Load(), @ 1:0-1:4))");
    // Columns are bytes: the Greek letter takes two.
    check_tree("\xce\xb1 + b", PARSE_EVAL, true, "Expression(body=BinOp(left=Name(id='\xce\xb1',ctx=Load(), @ 1:0-1:2),"
               "op=Add(),right=Name(id='b',ctx=Load(), @ 1:5-1:6), @ 1:0-1:6))");
    check_tree(
        "@d\ndef f():\n  pass\n", PARSE_FILE, true,
        "Module(body=[FunctionDef(name='f',args=arguments(posonlyargs=[],args=[],kwonlyargs=[],kw_defaults=[],"
        "defaults=[]),body=[Pass(@ 3:2-3:6)],decorator_list=[Name(id='d',ctx=Load(), @ 1:1-1:2)],type_params=[], "
        "@ 2:0-3:6)])");
    check_tree("'a'\\\n'b'", PARSE_EVAL, true, "Expression(body=Constant(value='ab', @ 1:0-2:3))");
}

typedef struct ErrorRow {
    const char *source;
    const char *message;
    unsigned line;
    int offset;
    unsigned end_line;
    int end_offset;
} ErrorRow;

static void test_errors(void **state)
{
    (void)state;
    static const ErrorRow rows[] = {
        {"a b", "invalid syntax", 1, 3, 1, 4},
        {"1 = a", "cannot assign to literal here. Maybe you meant '==' instead of '='?", 1, 1, 1, 2},
        {"f() = a", "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 1, 1, 4},
        {"f(a=1, 2)", "positional argument follows keyword argument", 1, 9, 1, 10},
        {"f(**a, *b)", "iterable argument unpacking follows keyword argument unpacking", 1, 3, 1, 6},
        {"f(a for b in c, d)", "Generator expression must be parenthesized", 1, 3, 1, 15},
        {"if a = b: pass", "invalid syntax. Maybe you meant '==' or ':=' instead of '='?", 1, 4, 1, 9},
        {"if a\n  b", "expected ':'", 1, 5, 1, 5},
        {"def f(a, a=1, b): pass", "non-default argument follows default argument", 1, 15, 1, 16},
        {"x = (1 2)", "invalid syntax. Perhaps you forgot a comma?", 1, 6, 1, 9},
        {"print a", "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1, 1, 8},
        {"del f()", "cannot delete function call", 1, 5, 1, 8},
        {"a, b += c", "'tuple' is an illegal expression for augmented assignment", 1, 1, 1, 5},
        {"try: pass\nx", "expected 'except' or 'finally' block", 2, 1, 2, 2},
        {"for a in b: pass\nelse\n", "expected ':'", 2, 5, 2, 5},
        {"with a as f(): pass", "cannot assign to function call", 1, 11, 1, 14},
        {"import a.b as c.d", "invalid syntax", 1, 16, 1, 17},
        {"from a import b,", "trailing comma not allowed without surrounding parentheses", 1, 17, 1, 17},
        {"{a: 1, b}", "':' expected after dictionary key", 1, 8, 1, 0},
        {"[*a for a in b]", "iterable unpacking cannot be used in comprehension", 1, 2, 1, 4},
        {"a = yield = b", "assignment to yield expression not possible", 1, 5, 1, 10},
        {"\xce\xb1 = \xce\xb2 \xce\xb3", "invalid syntax", 1, 9, 1, 11}, // without a cookie offsets count bytes
        {"def f():\npass", "expected an indented block after function definition on line 1", 2, 1, 2, 5},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ParseResult result;
        const ErrorRow *r = &rows[i];
        assert_false(parse(r->source, strlen(r->source), PARSE_FILE, &result));
        const Diagnostic *d = &result.diagnostic;
        if (strcmp(d->message, r->message) != 0 || d->span.line != r->line || d->offset != r->offset ||
            d->span.end_line != r->end_line || d->end_offset != r->end_offset)
            fail_msg("%s: %s %u:%d-%u:%d", r->source, d->message, d->span.line, d->offset, d->span.end_line,
                     d->end_offset);
        assert_null(result.module);
        assert_true(d->text == NULL || strncmp(d->text, r->source, 0) == 0);
        parse_result_free(&result);
    }
}

static void test_error_text(void **state)
{
    (void)state;
    ParseResult result;
    Text *out = calloc(1, sizeof *out);
    TextSink sink = {text_write, out};
    const char *source = "a = 1\nif a b:\n";
    assert_false(parse(source, strlen(source), PARSE_FILE, &result));
    assert_int_equal(result.diagnostic.text_length, 8);
    assert_memory_equal(result.diagnostic.text, "if a b:\n", 8);
    assert_true(diagnostic_render(&result.diagnostic, "name", &sink));
    assert_non_null(strstr(out->data, "SyntaxError: invalid syntax"));
    parse_result_free(&result);
    free(out);
}

static void test_warnings(void **state)
{
    (void)state;
    ParseResult result;
    const char *source = "a = '\\d'\nb = '\\q'\n";
    assert_true(parse(source, strlen(source), PARSE_FILE, &result));
    assert_non_null(result.warnings);
    assert_int_equal(result.warnings->diagnostic.kind, DIAGNOSTIC_DEPRECATION_WARNING);
    assert_string_equal(result.warnings->diagnostic.message, "invalid escape sequence '\\d'");
    assert_non_null(result.warnings->next);
    assert_int_equal(result.warnings->next->diagnostic.span.line, 2);
    assert_null(result.warnings->next->next);
    parse_result_free(&result);
}

// ---- The prompt ----

static void test_incomplete(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        bool good, incomplete;
    } rows[] = {
        {"a = 1", true, false},         {"a = (1,", false, true},      {"def f():", false, true},
        {"def f():\n  pass", false, true}, {"def f():\n  pass\n", true, false}, {"'''a", false, true},
        {"'a", false, false},           {"a b", false, false},         {"a = \\", false, true},
        {"[1, 2", false, true},         {"if a:\n  b\nelse:", false, true}, {"@a", false, true},
        {"class a:", false, true},      {"f'''{a", false, true},       {")", false, false},
        {"while a: b", false, true},    {"while a: b\n", true, false}, {"try:\n  a\n", false, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ParseResult result;
        bool good = parse(rows[i].source, strlen(rows[i].source), PARSE_SINGLE, &result);
        if (good != rows[i].good || result.diagnostic.incomplete != rows[i].incomplete)
            fail_msg("%s: good %d, incomplete %d", rows[i].source, good, result.diagnostic.incomplete);
        parse_result_free(&result);
    }
}

// ---- Hostile shapes: an answer, in bounded depth ----

// `before` n times, `middle`, `after` n times.
static char *nest(const char *before, const char *middle, const char *after, size_t n)
{
    size_t b = strlen(before), a = strlen(after), m = strlen(middle);
    char *text = malloc((a + b) * n + m + 1);
    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * b, before, b);
        memcpy(text + n * b + m + i * a, after, a);
    }
    memcpy(text + n * b, middle, m);
    text[(a + b) * n + m] = '\0';
    return text;
}

static void test_deep_sources(void **state)
{
    (void)state;
    static const struct {
        const char *before, *middle, *after;
        bool good;
    } rows[] = {
        {"(", "a", ")", false},
        {"[", "", "]", false},
        {"-", "a", "", false},
        {"not ", "a", "", false},
        {"a.", "b", "", false},
        {"a+", "b", "", false},
        {"a**", "b", "", false},
        {"lambda:", "a", "", false},
        {"a if b else ", "c", "", false},
        {"await ", "a", "", false},
        {"", "a", "()", false},
        {"", "a", "[0]", false},
        {"a=", "b", "", true},
        {"a<", "b", "", true},
        {"a and ", "b", "", true},
        {"a;", "b", "", true},
        {"'a' ", "'b'", "", true},
        {"a,", "b", "", true},
        {"f'{", "a", "}'", false},
        {"if a: b\nel", "if a: b\n", "", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ParseResult result;
        // An elif ladder is a deep tree: longer ones are refused.
        char *text = nest(rows[i].before, rows[i].middle, rows[i].after, rows[i].before[0] == 'i' ? 1000 : 50000);
        bool good = parse(text, strlen(text), PARSE_FILE, &result);
        if (good != rows[i].good)
            fail_msg("%s: %s", rows[i].before, good ? "accepted" : result.diagnostic.message);
        if (good) {
            Text *out = calloc(1, sizeof *out);
            ast_dump(result.module, true, &(TextSink){text_write, out}); // stops when the text is full
            free(out);
        }
        parse_result_free(&result);
        free(text);
    }
}

static void test_modest_depth(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"(", "a", ")"}, {"[", "a", "]"}, {"-", "a", ""},     {"a.", "b", ""},
        {"a+", "b", ""}, {"", "a", "()"}, {"f'{", "a", "}'"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = nest(rows[i][0], rows[i][1], rows[i][2], 70);
        ParseResult result;
        if (!parse(text, strlen(text), PARSE_FILE, &result))
            fail_msg("%s: %s", rows[i][0], result.diagnostic.message);
        parse_result_free(&result);
        free(text);
    }
}

// ---- Memory ----

typedef struct Meter {
    size_t live;
    long until_fail; // requests until they begin to fail; negative: never
    bool once;       // only that one fails
    bool refused;    // one has failed
} Meter;

static void *meter_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    Meter *meter = ctx;
    if (new_size == 0) {
        meter->live -= old_size;
        free(ptr);
        return NULL;
    }
    if (meter->until_fail == 0) {
        meter->until_fail = meter->once ? -1 : 0;
        meter->refused = true;
        return NULL;
    }
    meter->until_fail -= meter->until_fail > 0;
    meter->live += new_size - old_size;
    return realloc(ptr, new_size);
}

static const char *const rich[] = {
    "@d(1)\nasync def f[T: int](a, /, b=1, *c, d: 'x', **e) -> None:\n    '''doc'''\n    async with (a as b, c): pass\n"
    "    return [x async for x in y if f'{x!r:>{d}}{{}}'] or {**a, 'b': 2} | {*c}\n"
    "class A(B, m=C):\n    x: int = 0x_ffffffffffffffffffff\n    def g(s): yield from s\n"
    "match a:\n    case [1, *_] | {'k': v, **r} | P(x, y=-1+2j) if v: pass\n    case _: pass\n"
    "try:\n    import a.b as c; from .d import (e as f,)\nexcept (A, B) as e: raise X from e\nelse: del a[1:2], b.c\n"
    "finally: global q; assert q, 'no'\nfor i, (j, *k) in z: continue\nelse: x = y = lambda *a, b=1: (yield)\n"
    "while (n := f(*a, **k)): break\ntype V = list[int]\n\xce\xb1 @= b'\\xff' b'z'\nprint('\\d')\n",
    "x = (1 +\n     2 3)\n",                // an error that is diagnosed by a second look
    "def f(:\n    'abc\n",
    "f(a for b in c, d)\n",
    "if a:\n    b\n  c\n",
};

static void test_memory_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rich); i++) {
        for (int once = 0; once < 2; once++) {
            for (long n = 0;; n++) {
                Meter meter = {0, n, once, false};
                ParseOptions options = {.allocator = {meter_realloc, &meter}, .filename = "test"};
                ParseResult result;
                bool good = parse_source(&options, rich[i], strlen(rich[i]), &result);
                DiagnosticKind kind = result.diagnostic.kind;
                bool starved = meter.refused;
                parse_result_free(&result);
                assert_int_equal(meter.live, 0);
                assert_int_equal(good, kind == DIAGNOSTIC_NONE);
                if (!starved) {
                    assert_int_equal(good, i == 0);
                    break;
                }
                assert_int_equal(kind, DIAGNOSTIC_MEMORY_ERROR);
                assert_true(n < 10000);
            }
        }
    }
}

// Every prefix of a rich source: an answer, and no memory kept.
static void test_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rich); i++) {
        for (size_t length = 0; length <= strlen(rich[i]); length++) {
            ParseResult result;
            parse(rich[i], length, length % 2 ? PARSE_FILE : PARSE_SINGLE, &result);
            parse_result_free(&result);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence),   cmocka_unit_test(test_atoms),        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_parameters),   cmocka_unit_test(test_spans),        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_error_text),   cmocka_unit_test(test_warnings),     cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_deep_sources), cmocka_unit_test(test_modest_depth), cmocka_unit_test(test_memory_refused),
        cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
