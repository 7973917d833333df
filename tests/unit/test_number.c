// SPDX-License-Identifier: MIT
//
// vm/number: what no script can see. Bounds are tight enough and never exceeded, memory is given back on every way out,
// polls stop long work, and the algebra holds for operands of every size (the identities below were chosen because they
// need no second implementation). Texts of numbers are checked against known values.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vm/number/bigint.h"
#include "vm/number/float_text.h"
#include "vm/number/hash.h"

// ---- An allocator that counts, fails and interrupts ----

typedef struct Meter {
    size_t live;     // bytes handed out
    long until_fail; // allocations until one fails; negative = never
    long until_stop; // polls until one says stop; negative = never
} Meter;

static void *meter_realloc(void *context, void *ptr, size_t old_size, size_t new_size)
{
    Meter *meter = context;
    if (new_size == 0) {
        meter->live -= old_size;
        free(ptr);
        return NULL;
    }
    if (meter->until_fail >= 0 && meter->until_fail-- == 0) {
        return NULL;
    }
    void *result = realloc(ptr, new_size);
    assert_non_null(result);
    meter->live += new_size - old_size;
    return result;
}

static bool meter_poll(void *context)
{
    Meter *meter = context;
    return meter->until_stop >= 0 && meter->until_stop-- == 0;
}

static NumberAllocator allocator_of(Meter *meter)
{
    *meter = (Meter){0, -1, -1};
    return (NumberAllocator){meter_realloc, meter, meter_poll};
}

// ---- Integers owned by the test ----

static BigView pool[4096];
static size_t pool_count;

static BigView keep(mp_limb_t *limbs, BigResult result)
{
    assert_true(result.count == 0 ? !result.negative : limbs[result.count - 1] != 0);
    assert_true(pool_count < sizeof pool / sizeof *pool);
    return pool[pool_count++] = big_view(limbs, result);
}

static mp_limb_t *room(size_t bound)
{
    assert_true(bound < 1000000);
    return malloc((bound + (bound == 0)) * sizeof(mp_limb_t));
}

static int release_all(void **state)
{
    (void)state;
    while (pool_count > 0) {
        free((void *)pool[--pool_count].limbs);
    }
    return 0;
}

static BigView parse(const char *text, int base)
{
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    BigNumeral numeral;
    assert_int_equal(big_numeral_scan(text, strlen(text), base, &numeral), NUMBER_OK);
    mp_limb_t *limbs = room(big_parse_bound(&numeral));
    BigResult result;
    assert_int_equal(big_parse(&allocator, &numeral, limbs, &result), NUMBER_OK);
    assert_int_equal(meter.live, 0);
    assert_true(result.count <= big_parse_bound(&numeral));
    return keep(limbs, result);
}

static BigView add(BigView a, BigView b)
{
    mp_limb_t *limbs = room(big_add_bound(a, b));
    return keep(limbs, big_add(a, b, limbs));
}

static BigView subtract(BigView a, BigView b)
{
    mp_limb_t *limbs = room(big_add_bound(a, b));
    return keep(limbs, big_subtract(a, b, limbs));
}

static BigView multiply(BigView a, BigView b)
{
    mp_limb_t *limbs = room(big_multiply_bound(a, b));
    return keep(limbs, big_multiply(a, b, limbs));
}

static BigView shift_left(BigView a, size_t bits)
{
    mp_limb_t *limbs = room(big_shift_left_bound(a, bits));
    return keep(limbs, big_shift_left(a, bits, limbs));
}

static BigView shift_right(BigView a, size_t bits)
{
    mp_limb_t *limbs = room(big_shift_right_bound(a, bits));
    return keep(limbs, big_shift_right(a, bits, limbs));
}

static BigView power(BigView a, uint64_t exponent)
{
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    mp_limb_t *limbs = room(big_power_bound(a, exponent));
    BigResult result;
    assert_int_equal(big_power(&allocator, a, exponent, limbs, &result), NUMBER_OK);
    assert_int_equal(meter.live, 0);
    return keep(limbs, result);
}

static void divide(BigView a, BigView b, BigView *quotient, BigView *remainder)
{
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    mp_limb_t *q = room(big_quotient_bound(a, b));
    mp_limb_t *r = room(big_remainder_bound(a, b));
    BigResult q_result;
    BigResult r_result;
    assert_int_equal(big_divmod(&allocator, a, b, q, &q_result, r, &r_result), NUMBER_OK);
    assert_int_equal(meter.live, 0);
    *quotient = keep(q, q_result);
    *remainder = keep(r, r_result);
}

static void assert_equal(BigView a, BigView b)
{
    assert_int_equal(big_compare(a, b), 0);
}

static void assert_text(BigView a, int base, const char *expected)
{
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    char *text = malloc(big_format_bound(a, base));
    size_t length;
    assert_int_equal(big_format(&allocator, a, base, text, &length), NUMBER_OK);
    assert_true(length <= big_format_bound(a, base));
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
    assert_int_equal(meter.live, 0);
    free(text);
}

// Numbers around every limb boundary, of both signs, and a few long ones.
static const char *const samples[] = {
    "0", "1", "-1", "2", "-7", "0xff", "0x7fffffffffffffff", "0x8000000000000000", "-0x8000000000000000",
    "-0x8000000000000001", "0xffffffffffffffff", "0x10000000000000000", "-0x10000000000000000",
    "0xffffffffffffffffffffffffffffffff", "-0x100000000000000000000000000000000",
    "0x123456789abcdef0fedcba98765432100123456789abcdef", "-0x1000000000000000000000000000000000000000000000001",
    "123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
};
#define SAMPLES (sizeof samples / sizeof *samples)

// ---- Integers ----

static void test_ring(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t j = 0; j < SAMPLES; j++) {
            BigView a = parse(samples[i], 0);
            BigView b = parse(samples[j], 0);
            assert_equal(subtract(add(a, b), b), a);
            assert_int_equal(big_compare(a, b), -big_compare(b, a));
            // (a + b) ** 2 - (a - b) ** 2 == 4 * a * b
            BigView plus = add(a, b);
            BigView minus = subtract(a, b);
            assert_equal(subtract(multiply(plus, plus), multiply(minus, minus)), shift_left(multiply(a, b), 2));
            release_all(state);
        }
    }
}

static void test_divmod(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t j = 1; j < SAMPLES; j++) {
            BigView a = parse(samples[i], 0);
            BigView b = parse(samples[j], 0);
            BigView quotient;
            BigView remainder;
            divide(a, b, &quotient, &remainder);
            assert_equal(add(multiply(quotient, b), remainder), a);
            assert_true(remainder.count == 0 || remainder.negative == b.negative);
            assert_true(big_compare(remainder, b) == (b.negative ? 1 : -1));
            release_all(state);
        }
    }
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    BigView one = parse("1", 10);
    BigView zero = parse("0", 10);
    assert_int_equal(big_divmod(&allocator, one, zero, NULL, NULL, NULL, NULL), NUMBER_ZERO_DIVISION);
}

// a & b == a + b - (a | b), a ^ b == (a | b) - (a & b), ~a == -a - 1
static void test_bitwise(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t j = 0; j < SAMPLES; j++) {
            BigView a = parse(samples[i], 0);
            BigView b = parse(samples[j], 0);
            size_t bound = big_bitwise_bound(a, b);
            mp_limb_t *limbs = room(bound);
            BigView and = keep(limbs, big_and(a, b, limbs));
            limbs = room(bound);
            BigView or = keep(limbs, big_or(a, b, limbs));
            limbs = room(bound);
            BigView xor = keep(limbs, big_xor(a, b, limbs));
            assert_equal(and, subtract(add(a, b), or));
            assert_equal(xor, subtract(or, and));
            limbs = room(big_invert_bound(a));
            BigView inverted = keep(limbs, big_invert(a, limbs));
            assert_equal(add(inverted, a), parse("-1", 10));
            release_all(state);
        }
    }
    assert_text(parse("-0x1_0000_0000_0000_0000", 0), 16, "-10000000000000000");
}

static void test_shift(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t bits = 0; bits < 400; bits += 13) {
            BigView a = parse(samples[i], 0);
            assert_equal(shift_right(shift_left(a, bits), bits), a);
            // Floor: a >> bits is the quotient by 2 ** bits.
            BigView quotient;
            BigView remainder;
            divide(a, shift_left(parse("1", 10), bits), &quotient, &remainder);
            assert_equal(shift_right(a, bits), quotient);
            release_all(state);
        }
    }
    assert_text(shift_right(parse("-1", 10), SIZE_MAX), 10, "-1");
    assert_int_equal(big_shift_left_bound(parse("1", 10), SIZE_MAX), BIG_TOO_LARGE);
}

static void test_power(void **state)
{
    (void)state;
    assert_text(power(parse("3", 10), 100), 10, "515377520732011331036461129765621272702107522001");
    assert_text(power(parse("-12", 10), 17), 10, "-2218611106740436992");
    assert_text(power(parse("0", 10), 0), 10, "1");
    assert_text(power(parse("-2", 10), 65), 16, "-20000000000000000");
    assert_int_equal(big_power_bound(parse("3", 10), UINT64_MAX), BIG_TOO_LARGE);
    assert_int_equal(big_power_bound(parse("1", 10), UINT64_MAX) < 8, true);
    BigView root = power(parse("7", 10), 301);
    BigView square = multiply(root, root);
    mp_limb_t *limbs = room(big_isqrt_bound(square));
    BigResult result;
    assert_int_equal(big_isqrt(square, limbs, &result), NUMBER_OK);
    assert_equal(keep(limbs, result), root);
    assert_int_equal(big_isqrt(parse("-1", 10), limbs, &result), NUMBER_NEGATIVE);
}

static BigView power_modulo(const char *a, const char *n, const char *m, NumberStatus expected)
{
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    BigView modulus = parse(m, 0);
    mp_limb_t *limbs = room(modulus.count);
    BigResult result = {0, false};
    assert_int_equal(big_power_modulo(&allocator, parse(a, 0), parse(n, 0), modulus, limbs, &result), expected);
    assert_int_equal(meter.live, 0);
    return keep(limbs, expected == NUMBER_OK ? result : (BigResult){0, false});
}

static void test_power_modulo(void **state)
{
    (void)state;
    // Fermat: a ** (p - 1) == 1 for the Mersenne prime 2 ** 127 - 1.
    const char *prime = "0x7fffffffffffffffffffffffffffffff";
    const char *less = "0x7ffffffffffffffffffffffffffffffe";
    assert_text(power_modulo("12345678901234567890123", less, prime, NUMBER_OK), 10, "1");
    assert_text(power_modulo("3", "5", "-7", NUMBER_OK), 10, "-2");
    assert_text(power_modulo("3", "-1", "11", NUMBER_OK), 10, "4");
    assert_text(power_modulo("-3", "3", "0x10000000000000000", NUMBER_OK), 16, "ffffffffffffffe5");
    assert_text(power_modulo("5", "0", "1", NUMBER_OK), 10, "0");
    power_modulo("2", "-1", "4", NUMBER_NOT_INVERTIBLE);
    power_modulo("2", "1", "0", NUMBER_ZERO_DIVISION);
}

static void test_gcd(void **state)
{
    (void)state;
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    BigView common = parse("0x10000000000000000f0000000000000000000", 0);
    BigView a = multiply(common, parse("-0x1000000000000000000000007", 0));
    BigView b = multiply(common, parse("12345678901234567890123456788", 0));
    mp_limb_t *limbs = room(big_gcd_bound(a, b));
    BigResult result;
    assert_int_equal(big_gcd(&allocator, a, b, limbs, &result), NUMBER_OK);
    BigView found = keep(limbs, result);
    BigView quotient;
    BigView remainder;
    divide(found, common, &quotient, &remainder);
    assert_int_equal(remainder.count, 0);
    assert_int_equal(meter.live, 0);
}

static void test_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        BigView a = parse(samples[i], 0);
        for (int little = 0; little < 2; little++) {
            size_t size = big_bit_length(a) / 8 + 1;
            unsigned char *bytes = malloc(size);
            assert_int_equal(big_to_bytes(a, bytes, size, little, true), NUMBER_OK);
            mp_limb_t *limbs = room(big_from_bytes_bound(size));
            assert_equal(keep(limbs, big_from_bytes(bytes, size, little, true, limbs)), a);
            free(bytes);
        }
    }
    unsigned char byte;
    assert_int_equal(big_to_bytes(parse("-1", 10), &byte, 1, true, false), NUMBER_NEGATIVE);
    assert_int_equal(big_to_bytes(parse("128", 10), &byte, 1, true, true), NUMBER_OVERFLOW);
    assert_int_equal(big_to_bytes(parse("-128", 10), &byte, 1, true, true), NUMBER_OK);
    assert_int_equal(byte, 0x80);
}

static void test_numerals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int base;
        const char *decimal; // NULL: malformed
    } cases[] = {
        {" \t-1_000\n", 10, "-1000"}, {"0x_fF", 0, "255"},  {"0x_fF", 16, "255"}, {"0b1", 16, "177"}, {"00_0", 0, "0"},
        {"zz", 36, "1295"},           {"+0o17", 0, "15"},   {"010", 0, NULL},     {"1__0", 10, NULL}, {"_1", 10, NULL},
        {"1_", 10, NULL},             {"", 10, NULL},       {"-", 10, NULL},      {"0x", 16, NULL},   {"9", 9, NULL},
        {"1 2", 10, NULL},            {"0x__1", 16, NULL},  {"- 1", 10, NULL},    {"\x1c" "1", 10, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BigNumeral numeral;
        NumberStatus status = big_numeral_scan(cases[i].text, strlen(cases[i].text), cases[i].base, &numeral);
        assert_int_equal(status, cases[i].decimal == NULL ? NUMBER_INVALID : NUMBER_OK);
        if (cases[i].decimal != NULL) {
            assert_text(parse(cases[i].text, cases[i].base), 10, cases[i].decimal);
        }
    }
    // base ** n - 1 has n digits base - 1, in every base and for lengths on both sides of mpn's algorithms.
    for (int base = 2; base <= 36; base++) {
        for (size_t digits = 1; digits < 3000; digits = digits * 3 + 1) {
            char *text = calloc(digits + 1, 1);
            memset(text, "0123456789abcdefghijklmnopqrstuvwxyz"[base - 1], digits);
            mp_limb_t limb;
            BigView expected = subtract(power(big_from_int64(base, &limb), digits), parse("1", 10));
            assert_equal(parse(text, base), expected);
            assert_text(expected, base, text);
            free(text);
        }
        release_all(state);
    }
}

static void test_machine_numbers(void **state)
{
    (void)state;
    mp_limb_t limb;
    int64_t value;
    assert_true(big_to_int64(big_from_int64(INT64_MIN, &limb), &value));
    assert_true(value == INT64_MIN);
    assert_false(big_to_int64(parse("0x8000000000000000", 0), &value));
    uint64_t word;
    assert_true(big_to_uint64(parse("0xffffffffffffffff", 0), &word));
    assert_true(word == UINT64_MAX);
    assert_false(big_to_uint64(parse("-1", 10), &word));
    assert_int_equal(big_hash(parse("-1", 10)), -2);
    assert_true(big_hash(parse("0x1fffffffffffffff", 0)) == 0);
    assert_true(big_hash(parse("-0x10000000000000000", 0)) == -8);
    assert_int_equal(big_bit_length(parse("0x10000000000000000", 0)), 65);
    assert_int_equal(big_bit_count(parse("-0x1_0000_0000_0000_000f", 0)), 5);
}

static void test_doubles(void **state)
{
    (void)state;
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    double value;
    // Ties go to even; one bit far below breaks the tie.
    assert_int_equal(big_to_double(parse("0x20000000000001", 0), &value), NUMBER_OK);
    assert_true(value == 0x1p53);
    assert_int_equal(big_to_double(parse("0x20000000000001000000000000000000000001", 0), &value), NUMBER_OK);
    assert_true(value == 0x20000000000002p96);
    BigView limit = shift_left(parse("1", 10), 1024);
    assert_int_equal(big_to_double(limit, &value), NUMBER_OVERFLOW);
    assert_int_equal(big_to_double(subtract(limit, shift_left(parse("1", 10), 970)), &value), NUMBER_OVERFLOW);
    assert_int_equal(big_compare_double(limit, HUGE_VAL), -1);
    assert_int_equal(big_compare_double(parse("-3", 10), -2.5), -1);
    assert_int_equal(big_compare_double(parse("9007199254740993", 10), 0x1p53), 1);
    mp_limb_t limbs[BIG_DOUBLE_LIMBS];
    assert_text(big_view(limbs, big_from_double(-0x1.8p70, limbs)), 16, "-600000000000000000");
    assert_int_equal(big_true_divide(&allocator, shift_left(limit, 900), limit, &value), NUMBER_OK);
    assert_true(value == 0x1p900);
    assert_int_equal(big_true_divide(&allocator, parse("-1", 10), shift_left(limit, 100), &value), NUMBER_OK);
    assert_true(value == 0 && signbit(value));
    assert_int_equal(big_true_divide(&allocator, parse("3", 10), shift_left(limit, 51), &value), NUMBER_OK);
    assert_true(value == 0x1p-1073); // 1.5 of the smallest subnormal is a tie
    assert_int_equal(big_true_divide(&allocator, parse("1", 10), parse("0", 10), &value), NUMBER_ZERO_DIVISION);
    assert_int_equal(meter.live, 0);
}

// Every allocation in turn fails; nothing leaks.
static void test_no_memory(void **state)
{
    (void)state;
    BigView a = power(parse("12345678901234567891", 10), 50);
    BigView m = power(parse("98765432109876543211", 10), 30);
    for (long n = 0;; n++) {
        Meter meter;
        NumberAllocator allocator = allocator_of(&meter);
        meter.until_fail = n;
        mp_limb_t *limbs = room(m.count);
        BigResult result;
        NumberStatus status = big_power_modulo(&allocator, a, parse("-3", 10), m, limbs, &result);
        free(limbs);
        assert_int_equal(meter.live, 0);
        if (status == NUMBER_OK) {
            assert_true(n > 0);
            break;
        }
        assert_int_equal(status, NUMBER_NO_MEMORY);
    }
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    meter.until_fail = 0;
    char text[2000];
    size_t length;
    assert_int_equal(big_format(&allocator, power(a, 4), 10, text, &length), NUMBER_NO_MEMORY);
}

static void test_interrupt(void **state)
{
    (void)state;
    BigView a = power(parse("12345678901234567891", 10), 50);
    Meter meter;
    NumberAllocator allocator = allocator_of(&meter);
    meter.until_stop = 3;
    mp_limb_t *limbs = room(a.count);
    BigResult result;
    assert_int_equal(big_power_modulo(&allocator, parse("3", 10), a, a, limbs, &result), NUMBER_INTERRUPTED);
    free(limbs);
    meter.until_stop = 0;
    limbs = room(big_power_bound(a, 100));
    assert_int_equal(big_power(&allocator, a, 100, limbs, &result), NUMBER_INTERRUPTED);
    free(limbs);
    assert_int_equal(meter.live, 0);
}

// ---- Floats ----

static void assert_format(double x, char type, size_t precision, unsigned flags, const char *expected)
{
    size_t bound = float_format_bound(x, type, precision);
    char *text = malloc(bound);
    size_t length = float_format(x, type, precision, flags, text);
    assert_true(length <= bound);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(text, expected, length);
    free(text);
}

static void test_repr(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},        {-0.0, "-0.0"},    {1.0, "1.0"},       {0.1, "0.1"},          {1e16, "1e+16"},
        {1e15, "1000000000000000.0"},           {0.0001, "0.0001"}, {0.00001, "1e-05"},    {5e-324, "5e-324"},
        {1e23, "1e+23"},     {0x1p-44, "5.684341886080802e-14"},    {0x1p53, "9007199254740992.0"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {HUGE_VAL, "inf"},   {-HUGE_VAL, "-inf"},                   {9007199254740993.0, "9007199254740992.0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_format(cases[i].value, 'r', FLOAT_PRECISION_NONE, FLOAT_ADD_DOT_0, cases[i].text);
    }
    assert_format(NAN, 'r', FLOAT_PRECISION_NONE, FLOAT_ADD_DOT_0, "nan");
}

// Reading what was written gives the same double: powers of two and their neighbours, and pseudo-random patterns.
static void assert_round_trip(double x)
{
    char text[FLOAT_REPR_SIZE];
    double back;
    size_t length = float_repr(x, text);
    assert_true(length < FLOAT_REPR_SIZE);
    assert_true(float_parse(text, length, &back));
    assert_memory_equal(&back, &x, sizeof x);
    length = float_hex(x, text);
    assert_int_equal(float_from_hex(text, length, &back), NUMBER_OK);
    assert_memory_equal(&back, &x, sizeof x);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int exponent = -1074; exponent < 1024; exponent++) {
        double x = ldexp(1.0, exponent);
        assert_round_trip(x);
        assert_round_trip(-nextafter(x, 0));
        assert_round_trip(nextafter(x, 1));
    }
    uint64_t bits = 0x9E3779B97F4A7C15u;
    for (int i = 0; i < 100000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double x;
        memcpy(&x, &bits, sizeof x);
        if (isfinite(x)) {
            assert_round_trip(x);
        }
    }
}

static void test_format(void **state)
{
    (void)state;
    assert_format(2.5, 'f', 0, 0, "2");
    assert_format(3.5, 'f', 0, FLOAT_ALTERNATE, "4.");
    assert_format(0.125, 'f', 2, 0, "0.12");
    assert_format(1.005, 'f', 2, 0, "1.00");
    assert_format(0.1, 'f', 30, 0, "0.100000000000000005551115123126");
    assert_format(9.995, 'e', 2, 0, "9.99e+00");
    assert_format(999.5, 'e', 2, 0, "1.00e+03");
    assert_format(0.0, 'E', 3, 0, "0.000E+00");
    assert_format(1e22, 'f', 0, 0, "10000000000000000000000");
    assert_format(5e-324, 'e', 20, 0, "4.94065645841246544177e-324");
    assert_format(123456789.0, 'g', 6, 0, "1.23457e+08");
    assert_format(100000.0, 'g', 6, 0, "100000");
    assert_format(100000.0, 'g', 8, FLOAT_ALTERNATE, "100000.00");
    assert_format(0.00001234, 'G', 3, 0, "1.23E-05");
    assert_format(100.0, 'g', 3, FLOAT_ADD_DOT_0, "1e+02");
    assert_format(10.0, 'g', 3, FLOAT_ADD_DOT_0, "10.0");
    assert_format(0.256, '%', 1, 0, "25.6%");
    assert_format(-0.001, 'f', 1, FLOAT_NO_NEGATIVE_ZERO, "0.0");
    assert_format(-0.001, 'f', 1, 0, "-0.0");
    assert_format(-HUGE_VAL, 'F', 1, 0, "-INF");
    // The last digit of the smallest subnormal stands at place 1074; zeros follow.
    char text[3000];
    assert_int_equal(float_format(5e-324, 'f', 1100, 0, text), 1102);
    assert_memory_equal(text + 1102 - 31, "6562500000000000000000000000000", 31);
    assert_int_equal(float_format(1.7976931348623157e308, 'f', 0, 0, text), 309);
    assert_int_equal(float_format_bound(1.0, 'f', SIZE_MAX), SIZE_MAX);
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {" 1_0.5e1_0\n", 10.5e10}, {".5", 0.5}, {"5.", 5.0}, {"-iNfinity", -HUGE_VAL}, {"1e400", HUGE_VAL},
        {"1e-400", 0.0}, {"0e999999999999999999999", 0.0}, {"9007199254740993", 0x1p53},
        {"9007199254740993.00000000000000000000000000000000001", 0x20000000000002p0},
        {"2.4703282292062327208e-324", 0.0}, {"2.4703282292062328e-324", 5e-324},
        {"1797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775872070"
         "9633028641669288791094655554785194040263065748867150582068190890200070838367627385484581771153176447"
         "5730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880177904"
         "174497792", HUGE_VAL},
        {"1.7976931348623158e308", 1.7976931348623157e308},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value;
        assert_true(float_parse(good[i].text, strlen(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    static const char *const bad[] = {"", " ", ".", "-", "1e", "1e+", "1__0", "_1", "1_", "1_.5", "1._5", "1e_5",
                                      "infin", "nan1", "0x1", "1 2", "1\x1c", "+-1", "e5", ".e5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value;
        assert_false(float_parse(bad[i], strlen(bad[i]), &value));
    }
    double value;
    assert_int_equal(float_parse_prefix("1.5e3x", 6, &value), 5);
    assert_true(value == 1500);
    assert_int_equal(float_parse_prefix("1e+", 3, &value), 1);
    assert_int_equal(float_parse_prefix("x", 1, &value), 0);
}

static void test_hex(void **state)
{
    (void)state;
    double value;
    assert_int_equal(float_from_hex("0x1.fffffffffffff8p1023", 23, &value), NUMBER_OVERFLOW);
    assert_int_equal(float_from_hex("0x0.8p-1074", 11, &value), NUMBER_OK);
    assert_true(value == 0);
    assert_int_equal(float_from_hex("0x0.80000000000000000001p-1074", 30, &value), NUMBER_OK);
    assert_true(value == 5e-324);
    assert_int_equal(float_from_hex(" -.8P+1 ", 8, &value), NUMBER_OK);
    assert_true(value == -1);
    assert_int_equal(float_from_hex("0x", 2, &value), NUMBER_INVALID);
    assert_int_equal(float_from_hex("1p", 2, &value), NUMBER_INVALID);
}

static void test_values(void **state)
{
    (void)state;
    double value;
    assert_int_equal(float_round(2.675, 2, &value), NUMBER_OK);
    assert_true(value == 2.67);
    assert_int_equal(float_round(-1250.0, -2, &value), NUMBER_OK);
    assert_true(value == -1200);
    assert_int_equal(float_round(1.7e308, -308, &value), NUMBER_OVERFLOW);
    assert_int_equal(float_round(-3.0, INT64_MIN, &value), NUMBER_OK);
    assert_true(value == 0 && signbit(value));
    assert_int_equal(float_round(0.1, INT64_MAX, &value), NUMBER_OK);
    assert_true(value == 0.1);
    assert_true(float_round_even(2.5) == 2 && float_round_even(-3.5) == -4 && float_round_even(0x1p60) == 0x1p60);
    assert_true(float_hash(1.5, 0) == 1152921504606846977);
    assert_true(float_hash(-1.0, 0) == -2 && float_hash(0x1p61, 0) == 1 && float_hash(-HUGE_VAL, 0) == -314159);
    assert_true(float_hash(NAN, 42) == 42);
    uint64_t mantissa;
    int exponent;
    float_decompose(-0.75, &mantissa, &exponent);
    assert_true(mantissa == 3 && exponent == -2);
}

// ---- SipHash ----

// Values of CPython 3.11's hash(bytes), which is SipHash-1-3, under two fixed seeds.
static void test_siphash(void **state)
{
    (void)state;
    static const uint64_t zero[2] = {0, 0};
    static const uint64_t key[2] = {0xaed66ce184be2329u, 0xebe9bbf1f1499052u};
    assert_true(siphash13(zero, "a", 1) == 0x407448d2b89b1813u);
    assert_true(siphash13(zero, "abcdefgh", 8) == 0x3f7b849c0b8e35eau);
    assert_true(siphash13(zero, "abcdefghijklmno", 15) == 0x1fd27a29b0e9dc7au);
    assert_true(siphash13(key, "abcdefghijklmno", 15) == 0x2d206ad17faa7e20u);
    assert_true(siphash13(key, "abcdefghijk", 11) == 0x5ac71306f1febc68u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_ring, release_all),
        cmocka_unit_test_teardown(test_divmod, release_all),
        cmocka_unit_test_teardown(test_bitwise, release_all),
        cmocka_unit_test_teardown(test_shift, release_all),
        cmocka_unit_test_teardown(test_power, release_all),
        cmocka_unit_test_teardown(test_power_modulo, release_all),
        cmocka_unit_test_teardown(test_gcd, release_all),
        cmocka_unit_test_teardown(test_bytes, release_all),
        cmocka_unit_test_teardown(test_numerals, release_all),
        cmocka_unit_test_teardown(test_machine_numbers, release_all),
        cmocka_unit_test_teardown(test_doubles, release_all),
        cmocka_unit_test_teardown(test_no_memory, release_all),
        cmocka_unit_test_teardown(test_interrupt, release_all),
        cmocka_unit_test(test_repr),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_siphash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
