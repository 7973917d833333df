// SPDX-License-Identifier: MIT
//
// vm/types/int: the border between immediate and heap integers. An exact int that fits 51 bits is never an object, one
// that does not is never immediate; every operation keeps that, whichever side of the border it comes from. The
// arithmetic beyond (limbs) is tested in test_number.c.
#include "vm_fixture.h"

#include "vm/types/int.h"

static bool is_normal(Value v)
{
    int64_t i;
    if (is_small(v))
        return true;
    return is_int(v) && !(int_fits_i64(v, &i) && fits_small(i));
}

// Values around which something changes.
static const int64_t edges[] = {
    0,
    1,
    -1,
    2,
    -2,
    10,
    255,
    256,
    -256,
    INT32_MAX,
    INT32_MIN,
    (int64_t)1 << 32,
    SMALL_INT_MAX,
    SMALL_INT_MAX - 1,
    SMALL_INT_MIN,
    SMALL_INT_MIN + 1,
    SMALL_INT_MAX + 1,
    SMALL_INT_MIN - 1,
    (int64_t)1 << 53,
    -((int64_t)1 << 53),
    INT64_MAX,
    INT64_MAX - 1,
    INT64_MIN,
    INT64_MIN + 1,
    (int64_t)1 << 62,
    3037000500,
    -3037000500,
    (int64_t)1 << 25,
    ((int64_t)1 << 25) + 1,
};
#define EDGES (sizeof edges / sizeof *edges)

static void check(VM *vm, Value v, __int128 expected)
{
    if (!is_normal(v))
        fail_msg("not in normal form");
    int64_t i;
    if (expected >= INT64_MIN && expected <= INT64_MAX) {
        assert_true(int_fits_i64(v, &i));
        assert_true(i == (int64_t)expected);
        assert_int_equal(is_small(v), fits_small(i));
        return;
    }
    // Compare through the halves.
    assert_false(int_fits_i64(v, &i));
    Value shift = int_mul(vm, from_small((int64_t)1 << 40), from_small((int64_t)1 << 24)); // 2 ** 64
    Value high = int_floordiv(vm, v, shift), low = int_mod(vm, v, shift);
    __int128 top = expected >> 64;
    assert_true(int_compare(high, int_from_i64(vm, (int64_t)top)) == 0);
    assert_true(int_compare(low, int_from_u64(vm, (uint64_t)expected)) == 0);
}

static void test_round_trip(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    for (size_t i = 0; i < EDGES; i++) {
        Value v = int_from_i64(m.vm, edges[i]);
        int64_t back = 0;
        check(m.vm, v, edges[i]);
        assert_true(int_to_i64(m.vm, v, &back) && back == edges[i]);
        assert_int_equal(int_sign(v), (edges[i] > 0) - (edges[i] < 0));
        char text[32];
        int size = snprintf(text, sizeof text, "%lld", (long long)edges[i]);
        assert_string_equal(int_to_str(m.vm, v, 10)->data, text);
        Value parsed = int_parse(m.vm, text, (size_t)size, 10, VALUE_NONE);
        check(m.vm, parsed, edges[i]);
    }
    check(m.vm, int_from_u64(m.vm, UINT64_MAX), (__int128)UINT64_MAX);
    check(m.vm, int_from_u64(m.vm, 5), 5);
    assert_true(from_small(SMALL_INT_MIN) == INT_LOWEST);
    machine_stop(&m);
}

static void test_arithmetic(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    for (size_t i = 0; i < EDGES; i++) {
        for (size_t j = 0; j < EDGES; j++) {
            __int128 x = edges[i], y = edges[j];
            Value a = int_from_i64(vm, edges[i]), b = int_from_i64(vm, edges[j]);
            check(vm, int_add(vm, a, b), x + y);
            check(vm, int_sub(vm, a, b), x - y);
            check(vm, int_mul(vm, a, b), x * y);
            check(vm, binary_op(vm, BINARY_ADD, a, b), x + y);
            check(vm, binary_op(vm, BINARY_AND, a, b), x & y);
            check(vm, binary_op(vm, BINARY_OR, a, b), x | y);
            check(vm, binary_op(vm, BINARY_XOR, a, b), x ^ y);
            assert_int_equal(int_compare(a, b), (x > y) - (x < y));
            assert_int_equal(object_equal(vm, a, b), x == y);
            if (x == y)
                assert_int_equal(int_hash(a), int_hash(b));
            if (y == 0)
                continue;
            __int128 q = x / y, r = x % y;
            if (r != 0 && (r < 0) != (y < 0))
                q--, r += y;
            check(vm, int_floordiv(vm, a, b), q);
            check(vm, int_mod(vm, a, b), r);
        }
        check(vm, int_neg(vm, int_from_i64(vm, edges[i])), -(__int128)edges[i]);
        check(vm, unary_op(vm, UNARY_INVERT, int_from_i64(vm, edges[i])), ~(__int128)edges[i]);
    }
    machine_stop(&m);
}

static void test_shifts(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    for (size_t i = 0; i < EDGES; i++) {
        Value a = int_from_i64(vm, edges[i]);
        for (int s = 0; s < 70; s++) {
            __int128 x = edges[i];
            if (s < 63)
                check(vm, binary_op(vm, BINARY_LSHIFT, a, from_small(s)), x * ((__int128)1 << s));
            check(vm, binary_op(vm, BINARY_RSHIFT, a, from_small(s)), x >> s);
        }
    }
    expect(&m, "(1 << 1000) >> 999, -1 >> 1000, 0 << (1 << 60)", "(2, -1, 0)");
    expect_error(&m, "1 << -1", "ValueError: negative shift count");
    machine_stop(&m);
}

// The interpreter's own fast paths, before and after specialisation, over the border and back.
static void test_interpreted(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "TOP = 2 ** 50 - 1\n"
               "BOTTOM = -2 ** 50\n"
               "def up(n, step):\n"
               "    i = TOP - 5\n"
               "    for _ in range(n): i += step\n"
               "    return i\n"
               "def down(n, step):\n"
               "    i = BOTTOM + 5\n"
               "    for _ in range(n): i -= step\n"
               "    return i\n"
               "def product(a, n):\n"
               "    r = 1\n"
               "    while n: r *= a; n -= 1\n"
               "    return r\n"
               "def loop(start, count):\n"
               "    out = []\n"
               "    while count:\n"
               "        out.append(start)\n"
               "        start = start + 1\n"
               "        count = count - 1\n"
               "    return out\n");
    expect(&m, "up(10, 1), up(10, 1) - TOP", "(1125899906842628, 5)");
    expect(&m, "down(10, 1), down(10, 1) - BOTTOM", "(-1125899906842629, -5)");
    expect(&m, "product(3, 40), product(-3, 41), product(10, 15), product(10, 16)",
           "(12157665459056928801, -36472996377170786403, 1000000000000000, 10000000000000000)");
    expect(&m, "loop(TOP - 1, 4)", "[1125899906842622, 1125899906842623, 1125899906842624, 1125899906842625]");
    expect(&m, "[TOP < x for x in loop(TOP - 1, 4)]", "[False, False, True, True]");
    expect(&m, "TOP + 1 == TOP + 1.0, TOP + 1 > TOP, BOTTOM - 1 < BOTTOM, -(BOTTOM), ~TOP",
           "(True, True, True, 1125899906842624, -1125899906842624)");
    expect(&m, "(TOP + 1) // (TOP + 1), (TOP + 1) % (TOP + 1), (TOP + 1) - (TOP + 1) is 0 * TOP", "(1, 0, True)");
    expect(&m, "BOTTOM // -1, BOTTOM % -1, divmod(BOTTOM, -1), abs(BOTTOM)",
           "(1125899906842624, 0, (1125899906842624, 0), 1125899906842624)");
    expect(&m, "[i for i in range(TOP - 1, TOP + 3)]",
           "[1125899906842622, 1125899906842623, 1125899906842624, 1125899906842625]");
    expect(&m, "sum([TOP, 1, TOP, -TOP - 1])", "1125899906842623");
    machine_stop(&m);
}

static void test_conversions(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    char text[160];
    int64_t out = 77;
    Value huge = int_mul(vm, int_from_i64(vm, INT64_MAX), from_small(2));
    assert_false(int_to_i64(vm, huge, &out));
    assert_int_equal(out, 77);
    assert_string_equal(machine_error(&m, text, sizeof text),
                        "OverflowError: Python int too large to convert to C long");
    assert_false(object_index_i64(vm, huge, &out));
    error_clear(vm);
    assert_true(object_index_clamped(vm, huge, &out) && out == INT64_MAX);
    assert_true(object_index_clamped(vm, int_neg(vm, huge), &out) && out == INT64_MIN);
    bool overflow = false;
    assert_true(int_to_double(vm, huge, &overflow) == 18446744073709551614.0 && !overflow);
    Value enormous = int_pow(vm, from_small(10), from_small(400));
    int_to_double(vm, enormous, &overflow);
    assert_true(overflow);
    error_clear(vm);
    check(vm, int_from_double(vm, 1125899906842624.0), (__int128)1 << 50);
    check(vm, int_from_double(vm, -1e15), -(__int128)1000000000000000);
    check(vm, int_from_double(vm, -0.9), 0);
    check(vm, int_from_double(vm, 18446744073709551616.0), (__int128)1 << 64);
    assert_true(int_from_double(vm, INFINITY) == VALUE_EMPTY);
    assert_string_equal(machine_error(&m, text, sizeof text),
                        "OverflowError: cannot convert float infinity to integer");
    assert_true(int_from_double(vm, NAN) == VALUE_EMPTY);
    assert_string_equal(machine_error(&m, text, sizeof text), "ValueError: cannot convert float NaN to integer");
    machine_stop(&m);
}

static void test_limits(void **state)
{
    (void)state;
    Machine m;
    machine_start_capped(&m, 32u << 20);
    expect_error(&m, "int('9' * 4301)",
                 "ValueError: Exceeds the limit (4300 digits) for integer string conversion: value has "
                 "4301 digits; use sys.set_int_max_str_digits() to increase the limit");
    expect_error(&m, "str(10 ** 4300)",
                 "ValueError: Exceeds the limit (4300 digits) for integer string conversion; use "
                 "sys.set_int_max_str_digits() to increase the limit");
    expect(&m, "len(str(10 ** 4299)), len(hex(10 ** 5000)) > 4000", "(4300, True)");
    expect_error(&m, "1 << (1 << 40)", "MemoryError: ");
    expect_error(&m, "1 << (1 << 70)", "OverflowError: too many digits in integer");
    expect_error(&m, "7 ** 10 ** 10", "MemoryError: ");
    expect_error(&m, "1 // 0", "ZeroDivisionError: integer division or modulo by zero");
    expect_error(&m, "(1 << 70) % 0", "ZeroDivisionError: integer modulo by zero");
    machine_stop(&m);
}

// Doubles share the word with ints: none may be mistaken for the other.
static void test_encoding(void **state)
{
    (void)state;
    static const double doubles[] = {
        0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 5e-324, INFINITY, -INFINITY, NAN, 1125899906842624.0};
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        Value v = from_double(doubles[i]);
        assert_true(is_double(v) && !is_small(v) && !is_object(v) && !is_bool(v));
        double back = as_double(v);
        assert_true(back == doubles[i] || (back != back && doubles[i] != doubles[i]));
        assert_int_equal(signbit(back) != 0, doubles[i] == doubles[i] && signbit(doubles[i]) != 0);
    }
    uint64_t bits = 0xFFFFFFFFFFFFFFFF; // a NaN with every bit set
    double odd;
    memcpy(&odd, &bits, sizeof odd);
    assert_true(is_double(from_double(odd)) && !is_small(from_double(odd)));
    for (size_t i = 0; i < EDGES; i++)
        if (fits_small(edges[i]))
            assert_true(is_small(from_small(edges[i])) && !is_double(from_small(edges[i])) &&
                        as_small(from_small(edges[i])) == edges[i]);
    assert_false(is_small(VALUE_NONE) || is_double(VALUE_TRUE) || is_object(VALUE_ELLIPSIS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoding),    cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_shifts),      cmocka_unit_test(test_interpreted), cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
