// SPDX-License-Identifier: MIT
//
// lexer/utf8 and lexer/unicode: what no script can see (offsets, maximal subparts, ends of ranges) and one sample of
// every property.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lexer/unicode.h"
#include "lexer/utf8.h"

// ---- UTF-8 ----

static void test_round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= UNICODE_MAX; cp++) {
        char text[4];
        int width = utf8_encode(cp, text);
        assert_int_equal(width, utf8_width(cp));
        assert_int_equal(width, utf8_sequence((unsigned char)text[0]));
        bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;
        uint32_t back = 0;
        assert_int_equal(utf8_decode(text, text + width, &back), surrogate ? 0 : width);
        assert_int_equal(wtf8_decode(text, text + width, &back), width);
        assert_int_equal(back, cp);
        assert_int_equal(wtf8_decode(text, text + width - 1, &back), 0);
        const char *p = text;
        assert_int_equal(utf8_next(&p), cp);
        assert_ptr_equal(p, text + width);
        assert_int_equal(utf8_previous(&p), cp);
        assert_ptr_equal(p, text);
    }
}

typedef struct Malformed {
    const char *text;
    size_t size, start, length;
    const char *reason;
} Malformed;

static void test_malformed(void **state)
{
    (void)state;
    static const Malformed cases[] = {
        {"a\x80", 2, 1, 1, utf8_reason_start},
        {"\xC0\x80", 2, 0, 1, utf8_reason_start},
        {"\xC1\xBF", 2, 0, 1, utf8_reason_start},
        {"\xF5\x80\x80\x80", 4, 0, 1, utf8_reason_start},
        {"\xFF", 1, 0, 1, utf8_reason_start},
        {"\xC3", 1, 0, 1, utf8_reason_truncated},
        {"\xC3(", 2, 0, 1, utf8_reason_continuation},
        {"\xE0\x9F\x80", 3, 0, 1, utf8_reason_continuation},
        {"\xE0\xA0", 2, 0, 2, utf8_reason_truncated},
        {"\xED\xA0\x80", 3, 0, 1, utf8_reason_continuation},
        {"\xE2\x82(", 3, 0, 2, utf8_reason_continuation},
        {"\xF0\x8F\xBF\xBF", 4, 0, 1, utf8_reason_continuation},
        {"\xF4\x90\x80\x80", 4, 0, 1, utf8_reason_continuation},
        {"\xF0\x9F\x98", 3, 0, 3, utf8_reason_truncated},
        {"\xF0\x9F\x98(", 4, 0, 3, utf8_reason_continuation},
        {"abcdefgh\xE4\xB8\xAD\xF0\x9F", 13, 11, 2, utf8_reason_truncated},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t start;
        size_t length;
        const char *reason;
        assert_false(utf8_validate(cases[i].text, cases[i].size, &start, &reason, &length));
        assert_int_equal(start, cases[i].start);
        assert_int_equal(length, cases[i].length);
        assert_string_equal(reason, cases[i].reason);
    }
}

// Every way to place a non-ASCII character in a text longer than any block of the fast paths. The text lies at the
// end of its allocation so that a sanitizer sees reads beyond it.
static void test_long_text(void **state)
{
    (void)state;
    for (size_t size = 2; size < 300; size += 7) {
        char *text = malloc(size);
        for (size_t at = 0; at + 2 <= size; at++) {
            memset(text, 'a', size);
            memcpy(text + at, "\xC3\xA9", 2);
            size_t start;
            size_t length;
            const char *reason;
            assert_true(utf8_validate(text, size, &start, &reason, &length));
            assert_int_equal(utf8_ascii_prefix(text, size), at);
            assert_int_equal(utf8_count(text, size), size - 1);
            assert_int_equal(utf8_offset(text, size, at), at);
            assert_int_equal(utf8_offset(text, size, at + 1), at + 2);
            assert_int_equal(utf8_offset(text, size, size), size);
        }
        free(text);
    }
    assert_true(utf8_is_ascii("", 0));
    assert_int_equal(utf8_count("", 0), 0);
    assert_int_equal(utf8_offset("", 0, 3), 0);
}

// ---- Properties ----

static void test_properties(void **state)
{
    (void)state;
    assert_true(unicode_is_xid_start('_') && unicode_is_xid_start(0x4E2D) && !unicode_is_xid_start('1'));
    assert_true(unicode_is_xid_continue('1') && unicode_is_xid_continue(0xB7) && !unicode_is_xid_continue('-'));
    assert_true(unicode_is_alpha(0xAA) && !unicode_is_alpha('1'));
    assert_true(unicode_is_decimal(0x0663) && !unicode_is_decimal(0xB2));
    assert_true(unicode_is_digit(0xB2) && !unicode_is_digit(0xBD));
    assert_true(unicode_is_numeric(0xBD) && unicode_is_numeric(0x4E94) && !unicode_is_numeric('x'));
    assert_true(unicode_is_space(0x1F) && unicode_is_space(0x3000) && !unicode_is_space(0x200B));
    assert_true(unicode_is_linebreak(0x85) && unicode_is_linebreak(0x2028) && !unicode_is_linebreak(0x1F));
    assert_true(unicode_is_upper(0x2160) && unicode_is_lower(0xAA) && unicode_is_title(0x01C5));
    assert_true(unicode_is_cased(0x01C5) && unicode_is_case_ignorable('\'') && !unicode_is_cased('1'));
    assert_true(unicode_is_printable(' ') && !unicode_is_printable(0xA0) && !unicode_is_printable(0xD800));
    assert_true(unicode_is_alnum(0xBD) && !unicode_is_alnum('_'));
    assert_int_equal(unicode_decimal_value(0x0663), 3);
    assert_int_equal(unicode_decimal_value(0xB2), -1);
    assert_int_equal(unicode_digit_value(0xB2), 2);
    assert_string_equal(unicode_category('A'), "Lu");
    assert_string_equal(unicode_category(0x0378), "Cn");
    assert_string_equal(unicode_category(0xE000), "Co");
    assert_string_equal(unicode_category(UINT32_MAX), "Cn");
}

static void test_numeric(void **state)
{
    (void)state;
    double value = -1;
    assert_true(unicode_numeric_value(0x2153, &value));
    assert_true(value == 1.0 / 3.0);
    assert_true(unicode_numeric_value(0x0F33, &value));
    assert_true(value == -0.5);
    assert_true(unicode_numeric_value(0x5146, &value));
    assert_true(value == 1e12);
    assert_true(unicode_numeric_value('7', &value));
    assert_true(value == 7);
    assert_false(unicode_numeric_value('x', &value));
    assert_true(value == 7);
}

typedef int (*FullMapping)(uint32_t cp, uint32_t out[UNICODE_CASE_MAX]);

static void check_mapping(FullMapping mapping, uint32_t cp, int count, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t out[UNICODE_CASE_MAX] = {0, 0, 0};
    assert_int_equal(mapping(cp, out), count);
    assert_int_equal(out[0], a);
    assert_int_equal(out[1], b);
    assert_int_equal(out[2], c);
}

static void test_case(void **state)
{
    (void)state;
    check_mapping(unicode_upper_full, 'a', 1, 'A', 0, 0);
    check_mapping(unicode_upper_full, 0xDF, 2, 'S', 'S', 0);
    check_mapping(unicode_upper_full, 0x0390, 3, 0x0399, 0x0308, 0x0301);
    check_mapping(unicode_lower_full, 0x0130, 2, 'i', 0x0307, 0);
    check_mapping(unicode_lower_full, 0x10400, 1, 0x10428, 0, 0);
    check_mapping(unicode_title_full, 0xFB03, 3, 'F', 'f', 'i');
    check_mapping(unicode_title_full, 0x01C4, 1, 0x01C5, 0, 0);
    check_mapping(unicode_fold_full, 0x1E9E, 2, 's', 's', 0);
    check_mapping(unicode_fold_full, 0xAB70, 1, 0x13A0, 0, 0);
    check_mapping(unicode_fold_full, UNICODE_MAX + 1, 1, UNICODE_MAX + 1, 0, 0);
    assert_int_equal(unicode_to_upper(0xDF), 0xDF);
    assert_int_equal(unicode_to_lower(0x0130), 'i');
    assert_int_equal(unicode_to_title(0x01C6), 0x01C5);
}

// ---- Names ----

static void check_name(const char *name, uint32_t expected)
{
    uint32_t cp = 0;
    // A copy of the exact size shows reads past the end.
    size_t length = strlen(name);
    char *copy = malloc(length + (length == 0));
    memcpy(copy, name, length);
    assert_int_equal(unicode_lookup_name(copy, length, &cp), expected != 0);
    assert_int_equal(cp, expected);
    free(copy);
}

static void test_names(void **state)
{
    (void)state;
    check_name("LATIN SMALL LETTER A", 'a');
    check_name("latin small letter a", 'a');
    check_name("TIBETAN LETTER -A", 0x0F60);
    check_name("NBSP", 0xA0);
    check_name("BELL", 0x1F514);
    check_name("HANGUL SYLLABLE GAG", 0xAC01);
    check_name("HANGUL SYLLABLE A", 0xC544);
    check_name("CJK UNIFIED IDEOGRAPH-4E2D", 0x4E2D);
    check_name("SNOWMAN", 0x2603);
    check_name("", 0);
    check_name("LATIN SMALL LETTER", 0);
    check_name("LATIN SMALL LETTER A ", 0);
    check_name("LATIN-SMALL LETTER A", 0);
    check_name("CJK UNIFIED IDEOGRAPH-A000", 0);
    check_name("HANGUL SYLLABLE XX", 0);
    check_name("NO SUCH CHARACTER", 0);
    check_name("A A A A A A A A A A A A A A A A A A A A A A A A A A A A", 0);
}

// Every name leads back to its code point. Lookup is slow, so only each 97th is tried.
static void test_name_round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= UNICODE_MAX; cp++) {
        char name[UNICODE_NAME_MAX];
        size_t length = unicode_name(cp, name);
        uint32_t back;
        if (length > 0 && cp % 97 == 0) {
            assert_true(unicode_lookup_name(name, length, &back));
            assert_int_equal(back, cp);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_malformed), cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_properties), cmocka_unit_test(test_numeric),   cmocka_unit_test(test_case),
        cmocka_unit_test(test_names),      cmocka_unit_test(test_name_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
