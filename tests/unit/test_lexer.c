// SPDX-License-Identifier: MIT
//
// lexer/: what no script can see. Kinds and places of tokens, layout, the modes inside formatted strings, soft
// keywords, limits of depth, odd bytes; and memory that is refused at every single request.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lexer/lexer.h"
#include "lexer/literal.h"
#include "lexer/utf8.h"
#include "parser/parse.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// ---- A growing text, and an allocator that counts and refuses ----

typedef struct Text {
    char data[1 << 16];
    size_t size;
} Text;

static bool text_write(void *ctx, const char *piece, size_t length)
{
    Text *text = ctx;
    if (length >= sizeof text->data - text->size)
        return false;
    memcpy(text->data + text->size, piece, length);
    text->size += length;
    text->data[text->size] = '\0';
    return true;
}

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

// ---- Tokens in short form: the kinds, separated by blanks; an error is "! message @line:offset" ----

static void tokens(const char *source, size_t length, Text *out)
{
    Arena arena;
    Source text;
    Diagnostic error = {0};
    Meter meter = {0, -1, false, false};
    *out = (Text){0};
    arena_init(&arena, (ArenaAllocator){meter_realloc, &meter});
    // A copy of the exact size shows reads past the end.
    char *copy = malloc(length + (length == 0));
    memcpy(copy, source, length);
    Lexer *lexer = NULL;
    if (source_open(&text, &arena, "test", copy, length, 0, &error)) {
        lexer = arena_alloc(&arena, sizeof *lexer);
        lexer_init(lexer, &text, &arena, NULL, NULL);
        Token token;
        do {
            if (!lexer_next(lexer, &token)) {
                error = lexer->error;
                break;
            }
            text_write(out, out->size ? " " : "", out->size ? 1 : 0);
            text_write(out, token_kind_name(token.kind), strlen(token_kind_name(token.kind)));
        } while (token.kind != TOKEN_END);
    }
    if (error.kind != DIAGNOSTIC_NONE) {
        char message[300];
        int size = snprintf(message, sizeof message, "%s! %s @%u:%d", out->size ? " " : "", error.message,
                            error.span.line, error.offset);
        text_write(out, message, (size_t)size);
    }
    if (lexer && lexer->failed) // after an error the answer stays the same
        assert_false(lexer_next(lexer, &(Token){0}));
    free(copy);
    arena_free(&arena);
    assert_int_equal(meter.live, 0);
}

static void check(const char *source, const char *expected)
{
    static const char end[] = " NEWLINE END";
    Text *out = malloc(sizeof *out);
    tokens(source, strlen(source), out);
    // A row without NEWLINE END at its end means a simple line.
    size_t tail = sizeof end - 1;
    if (out->size > tail && strcmp(out->data + out->size - tail, end) == 0 && !strstr(expected, " END"))
        out->data[out->size - tail] = '\0';
    assert_string_equal(out->data, expected);
    free(out);
}

// ---- Lexemes ----

static void test_operators(void **state)
{
    (void)state;
    check("a = b", "NAME EQUAL NAME");
    check("a == b != c <= d >= e < f > g", "NAME EQEQUAL NAME NOTEQUAL NAME LESSEQUAL NAME GREATEREQUAL NAME LESS NAME "
          "GREATER NAME");
    check("a//b**c<<d>>e", "NAME DOUBLESLASH NAME DOUBLESTAR NAME LEFTSHIFT NAME RIGHTSHIFT NAME");
    check("a //= 1", "NAME DOUBLESLASHEQUAL NUMBER");
    check("a **= 1", "NAME DOUBLESTAREQUAL NUMBER");
    check("a := b", "NAME COLONEQUAL NAME");
    check("a -> b", "NAME RARROW NAME");
    check("...", "ELLIPSIS");
    check("a..b", "NAME DOT DOT NAME");
    check("a@b", "NAME AT NAME");
    check("~a ^ b | c & d", "TILDE NAME CIRCUMFLEX NAME VBAR NAME AMPER NAME");
    check("(a)[b]{c}", "LPAR NAME RPAR LSQB NAME RSQB LBRACE NAME RBRACE");
}

static void test_words(void **state)
{
    (void)state;
    check("if ifx else_ none None", "IF NAME NAME NAME NONE");
    check("not in is and or lambda", "NOT IN IS AND OR LAMBDA");
    check("async await yield", "ASYNC AWAIT YIELD");
    check("\xce\xb1\xce\xb2 = 1", "NAME EQUAL NUMBER"); // Greek letters
    check("x = \xe2\x82\xac", "NAME EQUAL ! invalid character '\xe2\x82\xac' (U+20AC) @1:5");
    check("a ? b", "NAME UNKNOWN NAME"); // refused by the grammar
}

static void test_numbers(void **state)
{
    (void)state;
    static const char *const good[] = {"0", "00", "1_000", "0x_ff", "0b1010", "0o17", "1.", ".5", "1e5", "1.5E-3", "1j",
                                       "1_0.0_1e1_0j", "0xDEADBEEFdeadbeef", "99999999999999999999999999"};
    for (size_t i = 0; i < COUNT(good); i++)
        check(good[i], "NUMBER");
    check("1if 1else 2", "NUMBER IF NUMBER ELSE NUMBER");
    check("1__0", "! invalid decimal literal @1:2");
    check("1_", "! invalid decimal literal @1:2");
    check("0x", "! invalid hexadecimal literal @1:2");
    check("0b2", "! invalid digit '2' in binary literal @1:3");
    check("0o8", "! invalid digit '8' in octal literal @1:3");
    check("012",
          "! leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers @1:1");
    check("1a", "! invalid decimal literal @1:1");
    check("1e", "! invalid decimal literal @1:1");
}

static void test_number_values(void **state)
{
    (void)state;
    Arena arena;
    NumberValue v;
    arena_init(&arena, arena_default_allocator());
    assert_true(number_value(&arena, "1_000", 5, &v) && v.kind == NUMBER_INT && v.integer == 1000);
    assert_true(number_value(&arena, "0x7fffffffffffffff", 18, &v) && v.kind == NUMBER_INT && v.integer == INT64_MAX);
    assert_true(number_value(&arena, "0x8000000000000000", 18, &v) && v.kind == NUMBER_BIG && v.base == 16);
    assert_true(number_value(&arena, "9223372036854775808", 19, &v) && v.kind == NUMBER_BIG && v.base == 10);
    assert_string_equal(v.digits, "9223372036854775808");
    assert_true(number_value(&arena, "1e400", 5, &v) && v.kind == NUMBER_FLOAT && v.real > 1e308);
    assert_true(number_value(&arena, "1.5j", 4, &v) && v.kind == NUMBER_IMAG && v.real == 1.5);
    assert_true(number_value(&arena, "0.1", 3, &v) && v.real == 0.1);
    arena_free(&arena);
}

// ---- Layout ----

static void test_indentation(void **state)
{
    (void)state;
    check("if a:\n  b\nc\n", "IF NAME COLON NEWLINE INDENT NAME NEWLINE DEDENT NAME NEWLINE END");
    check("if a:\n  if b:\n    c",
          "IF NAME COLON NEWLINE INDENT IF NAME COLON NEWLINE INDENT NAME NEWLINE DEDENT DEDENT "
          "END");
    check("if a:\n  b\n\n  # note\n# note\n\n  c\n",
          "IF NAME COLON NEWLINE INDENT NAME NEWLINE NAME NEWLINE DEDENT END");
    check("if a:\n    b\n  c\n",
          "IF NAME COLON NEWLINE INDENT NAME NEWLINE ! unindent does not match any outer indentation "
          "level @3:4");
    check("if a:\n        b\n\tc\n",
          "IF NAME COLON NEWLINE INDENT NAME NEWLINE ! inconsistent use of tabs and spaces in "
          "indentation @3:1");
    check("", "END");
    check("\n\n# only this\n", "END");
    check("a\r\nb\rc", "NAME NEWLINE NAME NEWLINE NAME NEWLINE END"); // all three line ends
    check("a; b", "NAME SEMI NAME");
}

static void test_continuation(void **state)
{
    (void)state;
    check("a + \\\n b", "NAME PLUS NAME");
    check("(a\n\n  # note\n + b)", "LPAR NAME PLUS NAME RPAR");
    check("a \\ b", "NAME ! unexpected character after line continuation character @1:4");
    check("a \\", "NAME ! unexpected EOF while parsing @1:4");
    check("(a", "LPAR NAME ! '(' was never closed @1:1");
    check("(a]", "LPAR NAME ! closing parenthesis ']' does not match opening parenthesis '(' @1:3");
    check("(\n]", "LPAR ! closing parenthesis ']' does not match opening parenthesis '(' on line 1 @2:1");
    check("a)", "NAME ! unmatched ')' @1:2");
}

// ---- Strings ----

static void test_strings(void **state)
{
    (void)state;
    check("'a' \"b\" '''c\nd''' \"\"\"e\"\"\"", "STRING STRING STRING STRING");
    check("r'\\d' b'x' rb'\\y' u'z' Rb'q'", "STRING STRING STRING STRING STRING");
    check("r'\\'' BR'x'", "STRING STRING");
    check("'a\\\nb'", "STRING");
    check("'abc", "! unterminated string literal (detected at line 1) @1:1");
    check("'abc\nx", "! unterminated string literal (detected at line 1) @1:1");
    check("'''abc\nx", "! unterminated triple-quoted string literal (detected at line 2) @1:1");
}

static void test_formatted_strings(void **state)
{
    (void)state;
    check("f'a{b}c'", "FSTRING_START FSTRING_MIDDLE FIELD_OPEN NAME FIELD_CLOSE FSTRING_MIDDLE FSTRING_END");
    check("f'{{}}'", "FSTRING_START FSTRING_MIDDLE FSTRING_END");
    check("f''", "FSTRING_START FSTRING_END");
    check("f'{a!r:>{w}}'", "FSTRING_START FIELD_OPEN NAME FIELD_BANG NAME FIELD_COLON FSTRING_MIDDLE FIELD_OPEN NAME "
          "FIELD_CLOSE FIELD_CLOSE FSTRING_END");
    check("f'{f'{a}'}'", "FSTRING_START FIELD_OPEN FSTRING_START FIELD_OPEN NAME FIELD_CLOSE FSTRING_END FIELD_CLOSE "
          "FSTRING_END");
    check("f'{d[\"k\"]}'", "FSTRING_START FIELD_OPEN NAME LSQB STRING RSQB FIELD_CLOSE FSTRING_END");
    check("f'{(lambda: 1)}'", "FSTRING_START FIELD_OPEN LPAR LAMBDA COLON NUMBER RPAR FIELD_CLOSE FSTRING_END");
    check("f'{a:{b:{c}}}'", "FSTRING_START FIELD_OPEN NAME FIELD_COLON FIELD_OPEN NAME FIELD_COLON FIELD_OPEN NAME "
          "FIELD_CLOSE FIELD_CLOSE FIELD_CLOSE FSTRING_END");
}

// ---- Words that are keywords in places ----

static void test_soft_keywords(void **state)
{
    (void)state;
    check("match x:\n  case 1: pass\n", "MATCH NAME COLON NEWLINE INDENT CASE NUMBER COLON PASS NEWLINE DEDENT END");
    check("match = 1", "NAME EQUAL NUMBER");
    check("match(x)", "NAME LPAR NAME RPAR");
    check("match [x]: int", "NAME LSQB NAME RSQB COLON NAME"); // an annotation, as no block follows
    check("match (x):\n  y\n", "MATCH LPAR NAME RPAR COLON NEWLINE INDENT NAME NEWLINE DEDENT END");
    check("x = match", "NAME EQUAL NAME");
}

// ---- Limits and odd bytes ----

// `count` times a piece.
static char *repeat(const char *piece, size_t count)
{
    size_t length = strlen(piece);
    char *text = malloc(length * count + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * length, piece, length);
    text[length * count] = '\0';
    return text;
}

static const char *last_error(const char *source, size_t length, Text *out)
{
    tokens(source, length, out);
    const char *error = strchr(out->data, '!');
    return error ? error : "none";
}

static void test_depth(void **state)
{
    (void)state;
    Text *out = malloc(sizeof *out);
    char *text = repeat("(", 201);
    assert_string_equal(last_error(text, 201, out), "! too many nested parentheses @1:201");
    assert_non_null(strstr(last_error(text, 200, out), "was never closed"));
    free(text);
    text = repeat("f'{", 151);
    assert_non_null(strstr(last_error(text, strlen(text), out), "too many nested f-strings"));
    free(text);

    size_t size = 0;
    text = malloc(101 * 120);
    for (int depth = 0; depth <= 100; depth++) {
        memset(text + size, ' ', (size_t)depth);
        size += (size_t)depth;
        memcpy(text + size, "if a:\n", 6);
        size += 6;
    }
    assert_non_null(strstr(last_error(text, size, out), "too many levels of indentation"));
    free(text);
    free(out);
}

static void test_odd_bytes(void **state)
{
    (void)state;
    Text *out = malloc(sizeof *out);
    assert_non_null(strstr(last_error("a\0b", 3, out), "source code string cannot contain null bytes"));
    assert_non_null(strstr(last_error("a = '\xff'", 7, out), "(unicode error) 'utf-8' codec can't decode byte 0xff"));
    assert_string_equal(last_error("\xef\xbb\xbf" "a", 4, out), "none");
    assert_string_equal(last_error("\fa = 1", 6, out), "none"); // a form feed begins the column anew
    assert_string_equal(last_error("# -*- coding: latin-1 -*-\nx = '\xe9'\n", 34, out), "none");
    assert_non_null(strstr(last_error("# coding: klingon\n", 18, out), "klingon"));
    // Every single byte, and every one after a letter: an answer, whatever it is.
    for (int byte = 0; byte < 256; byte++) {
        char one[3] = {(char)byte, 'a', (char)byte};
        last_error(one, 1, out);
        last_error(one + 1, 2, out);
        last_error(one, 3, out);
    }
    free(out);
}

// ---- Names: equal text, equal pointer ----

static void test_names_are_unique(void **state)
{
    (void)state;
    Arena arena;
    Source text;
    Diagnostic error = {0};
    Token token;
    const AstName *seen[4] = {0};
    static const char source[] = "first second first match";
    arena_init(&arena, arena_default_allocator());
    assert_true(source_open(&text, &arena, "test", source, strlen(source), 0, &error));
    Lexer *lexer = arena_alloc(&arena, sizeof *lexer);
    lexer_init(lexer, &text, &arena, NULL, NULL);
    for (size_t i = 0; i < COUNT(seen); i++) {
        assert_true(lexer_next(lexer, &token));
        seen[i] = token.name;
    }
    assert_string_equal(seen[0]->text, "first");
    assert_ptr_equal(seen[0], seen[2]);
    assert_ptr_not_equal(seen[0], seen[1]);
    assert_string_equal(seen[3]->text, "match");

    // Compatibility forms fold: U+FB01 is "fi".
    static const char folded[] = "\xef\xac\x81 fi";
    assert_true(source_open(&text, &arena, "test", folded, strlen(folded), 0, &error));
    lexer_init(lexer, &text, &arena, NULL, NULL);
    assert_true(lexer_next(lexer, &token));
    seen[0] = token.name;
    assert_true(lexer_next(lexer, &token));
    assert_ptr_equal(token.name, seen[0]);
    assert_string_equal(token.name->text, "fi");

    // Many names: the table grows, the pointers stay.
    char *many = malloc(1 << 17);
    size_t size = 0;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++)
            size += (size_t)sprintf(many + size, "name%d\n", i);
    assert_true(source_open(&text, &arena, "test", many, size, 0, &error));
    lexer_init(lexer, &text, &arena, NULL, NULL);
    const AstName **first = malloc(5000 * sizeof *first);
    for (int i = 0; i < 10000; i++) {
        assert_true(lexer_next(lexer, &token));
        if (i < 5000)
            first[i] = token.name;
        else
            assert_ptr_equal(token.name, first[i - 5000]);
        assert_true(lexer_next(lexer, &token) && token.kind == TOKEN_NEWLINE);
    }
    free(first);
    free(many);
    arena_free(&arena);
}

// ---- Memory ----

static const char rich[] =
    "# coding: utf-8\n"
    "def f(a, /, b=1_000, *c, d: 'int' = 0x_ff, **e) -> None:\n"
    "    '''doc\n    string'''\n"
    "    match a:\n        case [x, *_] if x: return f'{x!r:>{d}} {{}} {f\"{x}\"}'\n"
    "    with (open(a) as g, b as h):\n        pass\n"
    "    return (\n        a +  # note\n        b\n    )\n"
    "\xce\xb1 = r'\\d' b'x' 1e5 2j\n";

static void test_memory_refused(void **state)
{
    (void)state;
    Text *out = malloc(sizeof *out);
    for (int once = 0; once < 2; once++) {
        for (long n = 0;; n++) {
            Meter meter = {0, n, once, false};
            ParseOptions options = {.allocator = {meter_realloc, &meter}, .filename = "test"};
            Arena arena;
            Diagnostic error = {0};
            TextSink sink = {text_write, out};
            out->size = 0;
            arena_init(&arena, options.allocator);
            bool good = token_dump(&options, rich, strlen(rich), &sink, &arena, &error);
            bool starved = meter.refused;
            if (starved && !good)
                assert_int_equal(error.kind, DIAGNOSTIC_MEMORY_ERROR);
            arena_free(&arena);
            assert_int_equal(meter.live, 0);
            if (good && !starved)
                break;
            assert_true(n < 10000);
        }
    }
    free(out);
}

static void test_arena(void **state)
{
    (void)state;
    Meter meter = {0, -1, false, false};
    Arena arena;
    arena_init(&arena, (ArenaAllocator){meter_realloc, &meter});
    assert_int_equal(meter.live, 0);
    char *small = arena_alloc(&arena, 3);
    char *next = arena_alloc(&arena, 3);
    assert_true(small && next && (uintptr_t)next % _Alignof(max_align_t) == 0);
    assert_int_equal(small[0] | small[1] | small[2], 0);
    assert_non_null(arena_alloc(&arena, 0));
    char *large = arena_alloc(&arena, 1 << 20);
    assert_true(large && large[0] == 0 && large[(1 << 20) - 1] == 0);
    char *grown = arena_grow(&arena, NULL, 0, 8);
    memcpy(grown, "1234567", 8);
    for (size_t size = 16; size <= 1 << 18; size *= 2)
        assert_non_null(grown = arena_grow(&arena, grown, size / 2, size));
    assert_string_equal(grown, "1234567");
    assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
    assert_true(arena.failed);
    arena_free(&arena);
    assert_int_equal(meter.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operators),      cmocka_unit_test(test_words),
        cmocka_unit_test(test_numbers),        cmocka_unit_test(test_number_values),
        cmocka_unit_test(test_indentation),    cmocka_unit_test(test_continuation),
        cmocka_unit_test(test_strings),        cmocka_unit_test(test_formatted_strings),
        cmocka_unit_test(test_soft_keywords),  cmocka_unit_test(test_depth),
        cmocka_unit_test(test_odd_bytes),      cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_memory_refused), cmocka_unit_test(test_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
