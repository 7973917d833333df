// SPDX-License-Identifier: MIT
//
// The `math` module. A function that gives a NaN for arguments that are none has left its domain (ValueError); one
// that gives an infinity for finite arguments has overflowed (OverflowError) or hit a pole (ValueError). Integers,
// sums and the gamma function are in math_integer.c, math_sum.c and math_gamma.c.

#include <errno.h>
#include <math.h>

#include "math_internal.h"

Value math_domain_error(VM *vm) { return raise_value(vm, "math domain error"); }
Value math_range_error(VM *vm) { return raise_overflow(vm, "math range error"); }

// ---- functions of one double

// `overflows`: an infinite result of a finite argument is an overflow, not a pole.
static Value apply(VM *vm, Value v, double (*f)(double), bool overflows)
{
    double x, r;
    if (!object_as_double(vm, v, &x))
        return VALUE_EMPTY;
    r = f(x);
    if (isnan(r) && !isnan(x))
        return math_domain_error(vm);
    if (isinf(r) && isfinite(x))
        return overflows ? math_range_error(vm) : math_domain_error(vm);
    return from_double(r);
}

#define UNARY(name, function, overflows) \
    static MATH(name) \
    { \
        (void)nargs; \
        return apply(vm, args[0], function, overflows); \
    }

UNARY(acos, acos, false)
UNARY(acosh, acosh, false)
UNARY(asin, asin, false)
UNARY(asinh, asinh, false)
UNARY(atan, atan, false)
UNARY(atanh, atanh, false)
UNARY(cbrt, cbrt, false)
UNARY(cos, cos, false)
UNARY(cosh, cosh, true)
UNARY(erf, erf, true)
UNARY(erfc, erfc, true)
UNARY(exp, exp, true)
UNARY(exp2, exp2, true)
UNARY(expm1, expm1, true)
UNARY(fabs, fabs, false)
UNARY(log1p, log1p, false)
UNARY(sin, sin, false)
UNARY(sinh, sinh, true)
UNARY(sqrt, sqrt, false)
UNARY(tan, tan, false)
UNARY(tanh, tanh, false)

static Value apply_gamma(VM *vm, Value v, double (*f)(double, int *))
{
    double x, r;
    int error;
    if (!object_as_double(vm, v, &x))
        return VALUE_EMPTY;
    r = f(x, &error);
    return error == EDOM ? math_domain_error(vm) : error ? math_range_error(vm) : from_double(r);
}

static MATH(gamma)
{
    (void)nargs;
    return apply_gamma(vm, args[0], gamma_of);
}

static MATH(lgamma)
{
    (void)nargs;
    return apply_gamma(vm, args[0], log_gamma_of);
}

static MATH(degrees)
{
    (void)nargs;
    double x;
    return object_as_double(vm, args[0], &x) ? from_double(x * (180.0 / M_PI)) : VALUE_EMPTY;
}

static MATH(radians)
{
    (void)nargs;
    double x;
    return object_as_double(vm, args[0], &x) ? from_double(x * (M_PI / 180.0)) : VALUE_EMPTY;
}

#define TEST(name, condition) \
    static MATH(name) \
    { \
        (void)nargs; \
        double x; \
        return object_as_double(vm, args[0], &x) ? from_bool(condition) : VALUE_EMPTY; \
    }

TEST(isfinite, isfinite(x))
TEST(isinf, isinf(x))
TEST(isnan, isnan(x))

static MATH(ulp)
{
    (void)nargs;
    double x;
    if (!object_as_double(vm, args[0], &x))
        return VALUE_EMPTY;
    x = fabs(x);
    if (!isfinite(x))
        return from_double(x);
    double above = nextafter(x, INFINITY);
    return from_double(isinf(above) ? x - nextafter(x, -INFINITY) : above - x);
}

// ---- to integers

static Value by_method(VM *vm, Value v, SpecialId id, double (*f)(double))
{
    if (is_double(v))
        return int_from_double(vm, f(as_double(v)));
    if (is_int(v))
        return int_plain(vm, v);
    if (type_special(vm, type_of(vm, v), id))
        return call_special(vm, v, id, NULL, 0);
    double x;
    return object_as_double(vm, v, &x) ? int_from_double(vm, f(x)) : VALUE_EMPTY;
}

static MATH(floor)
{
    (void)nargs;
    return by_method(vm, args[0], SPECIAL___floor__, floor);
}

static MATH(ceil)
{
    (void)nargs;
    return by_method(vm, args[0], SPECIAL___ceil__, ceil);
}

static MATH(trunc)
{
    (void)nargs;
    if (!type_special(vm, type_of(vm, args[0]), SPECIAL___trunc__))
        return raise_type(vm, "type %N doesn't define __trunc__ method", type_of(vm, args[0]));
    return call_special(vm, args[0], SPECIAL___trunc__, NULL, 0);
}

// ---- logarithms

// An int too large for a double is mantissa * 2 ** bits.
static bool large_log(VM *vm, Value n, double (*f)(double), double *out)
{
    size_t bits = int_bit_length(n);
    Value unit = int_lshift(vm, from_small(1), from_small((int64_t)bits));
    Value mantissa = unit ? int_truediv(vm, n, unit) : VALUE_EMPTY;
    if (!mantissa)
        return false;
    *out = f(as_double(mantissa)) + f(2.0) * (double)bits;
    return true;
}

static bool log_of(VM *vm, Value v, double (*f)(double), double *out)
{
    double x;
    if (is_int_like(v)) {
        bool overflow = false;
        if (int_sign(v) <= 0)
            return math_domain_error(vm), false;
        x = int_to_double(vm, v, &overflow);
        if (overflow)
            return large_log(vm, v, f, out);
    } else if (!object_as_double(vm, v, &x)) {
        return false;
    }
    if (x <= 0) // not NaN
        return math_domain_error(vm), false;
    *out = f(x);
    return true;
}

static MATH(log)
{
    double x, base;
    if (nargs < 1 || nargs > 2)
        return raise_type(vm, "math.log requires 1 to 2 arguments");
    if (!log_of(vm, args[0], log, &x))
        return VALUE_EMPTY;
    if (nargs == 1)
        return from_double(x);
    if (!log_of(vm, args[1], log, &base))
        return VALUE_EMPTY;
    return base == 0 ? raise_exc(vm, EXC_ZeroDivisionError, "float division by zero") : from_double(x / base);
}

static MATH(log2)
{
    (void)nargs;
    double x;
    return log_of(vm, args[0], log2, &x) ? from_double(x) : VALUE_EMPTY;
}

static MATH(log10)
{
    (void)nargs;
    double x;
    return log_of(vm, args[0], log10, &x) ? from_double(x) : VALUE_EMPTY;
}

// ---- two doubles

static bool two(VM *vm, Value *args, double *x, double *y)
{
    return object_as_double(vm, args[0], x) && object_as_double(vm, args[1], y);
}

static MATH(atan2)
{
    (void)nargs;
    double x, y;
    return two(vm, args, &x, &y) ? from_double(atan2(x, y)) : VALUE_EMPTY;
}

static MATH(copysign)
{
    (void)nargs;
    double x, y;
    return two(vm, args, &x, &y) ? from_double(copysign(x, y)) : VALUE_EMPTY;
}

static Value checked(VM *vm, double r, double x, double y)
{
    if (isnan(r) && !isnan(x) && !isnan(y))
        return math_domain_error(vm);
    if (isinf(r) && isfinite(x) && isfinite(y))
        return math_range_error(vm);
    return from_double(r);
}

static MATH(fmod)
{
    (void)nargs;
    double x, y;
    return two(vm, args, &x, &y) ? checked(vm, fmod(x, y), x, y) : VALUE_EMPTY;
}

static MATH(remainder)
{
    (void)nargs;
    double x, y;
    return two(vm, args, &x, &y) ? checked(vm, remainder(x, y), x, y) : VALUE_EMPTY;
}

static MATH(pow)
{
    (void)nargs;
    double x, y;
    if (!two(vm, args, &x, &y))
        return VALUE_EMPTY;
    if (x == 0 && y < 0 && isfinite(y))
        return math_domain_error(vm);
    return checked(vm, pow(x, y), x, y);
}

static MATH(fma)
{
    (void)nargs;
    double x, y, z;
    if (!two(vm, args, &x, &y) || !object_as_double(vm, args[2], &z))
        return VALUE_EMPTY;
    double r = fma(x, y, z);
    if (isnan(r) && !isnan(x) && !isnan(y) && !isnan(z))
        return raise_value(vm, "invalid operation in fma");
    if (isinf(r) && isfinite(x) && isfinite(y) && isfinite(z))
        return raise_overflow(vm, "overflow in fma");
    return from_double(r);
}

static MATH(isclose)
{
    (void)nargs;
    double a, b, relative, absolute;
    if (!two(vm, args, &a, &b) || !two(vm, args + 2, &relative, &absolute))
        return VALUE_EMPTY;
    if (relative < 0 || absolute < 0)
        return raise_value(vm, "tolerances must be non-negative");
    if (a == b)
        return VALUE_TRUE;
    if (isinf(a) || isinf(b))
        return VALUE_FALSE;
    double difference = fabs(b - a);
    return from_bool(difference <= fabs(relative * b) || difference <= fabs(relative * a) || difference <= absolute);
}

// Doubles in the order of their magnitudes as integers: a step is an increment.
static double step_towards(double x, double y, uint64_t steps)
{
    int64_t from, to;
    memcpy(&from, &x, sizeof from);
    memcpy(&to, &y, sizeof to);
    from = from < 0 ? INT64_MIN - from : from; // negative doubles count downwards
    to = to < 0 ? INT64_MIN - to : to;
    uint64_t distance = from < to ? (uint64_t)to - (uint64_t)from : (uint64_t)from - (uint64_t)to;
    if (steps >= distance)
        return y;
    from = (int64_t)(from < to ? (uint64_t)from + steps : (uint64_t)from - steps);
    bool negative = from < 0 || (from == 0 && signbit(x));
    from = from < 0 ? INT64_MIN - from : from;
    memcpy(&x, &from, sizeof x);
    return negative ? copysign(x, -1.0) : x;
}

static MATH(nextafter)
{
    (void)nargs;
    double x, y;
    if (!two(vm, args, &x, &y))
        return VALUE_EMPTY;
    if (is_none(args[2]))
        return from_double(nextafter(x, y));
    Value n = index_of(vm, args[2]);
    if (!n)
        return VALUE_EMPTY;
    if (int_sign(n) < 0)
        return raise_value(vm, "steps must be a non-negative integer");
    int64_t steps;
    if (!int_fits_i64(n, &steps))
        steps = INT64_MAX;
    if (steps == 0 || isnan(x))
        return from_double(x);
    return from_double(isnan(y) ? y : x == y ? y : step_towards(x, y, (uint64_t)steps));
}

// ---- parts

static MATH(frexp)
{
    (void)nargs;
    double x;
    int exponent = 0;
    if (!object_as_double(vm, args[0], &x))
        return VALUE_EMPTY;
    if (isfinite(x) && x != 0)
        x = frexp(x, &exponent);
    return tuple_pack(vm, 2, from_double(x), from_small(exponent));
}

static MATH(ldexp)
{
    (void)nargs;
    double x;
    int64_t exponent;
    if (!object_as_double(vm, args[0], &x))
        return VALUE_EMPTY;
    if (!is_int_like(args[1]))
        return raise_type(vm, "Expected an int as second argument to ldexp.");
    if (!int_fits_i64(args[1], &exponent))
        exponent = int_sign(args[1]) < 0 ? INT32_MIN : INT32_MAX;
    if (exponent > INT32_MAX || exponent < INT32_MIN)
        exponent = exponent < 0 ? INT32_MIN : INT32_MAX;
    double r = ldexp(x, (int)exponent);
    return isinf(r) && isfinite(x) ? math_range_error(vm) : from_double(r);
}

static MATH(modf)
{
    (void)nargs;
    double x, whole;
    if (!object_as_double(vm, args[0], &x))
        return VALUE_EMPTY;
    double fraction = modf(x, &whole);
    return tuple_pack(vm, 2, from_double(fraction), from_double(whole));
}

// ---- table

#define ONE(name, doc) {#name "(x, /)", math_##name, doc, NATIVE_RAW, 1, 1}
#define TWO(name, doc) {#name "(x, y, /)", math_##name, doc, NATIVE_RAW, 2, 2}

static const NativeDef functions[] = {
    ONE(acos, "Return the arc cosine (measured in radians) of x."),
    ONE(acosh, "Return the inverse hyperbolic cosine of x."),
    ONE(asin, "Return the arc sine (measured in radians) of x."),
    ONE(asinh, "Return the inverse hyperbolic sine of x."),
    ONE(atan, "Return the arc tangent (measured in radians) of x."),
    {"atan2(y, x, /)", math_atan2, "Return the arc tangent (measured in radians) of y/x.", NATIVE_RAW, 2, 2},
    ONE(atanh, "Return the inverse hyperbolic tangent of x."),
    ONE(cbrt, "Return the cube root of x."),
    ONE(ceil, "Return the ceiling of x as an Integral."),
    {"comb(n, k, /)", math_comb, "Number of ways to choose k items from n items without repetition and without order.",
     NATIVE_RAW, 2, 2},
    TWO(copysign, "Return a float with the magnitude of x but the sign of y."),
    ONE(cos, "Return the cosine of x (measured in radians)."),
    ONE(cosh, "Return the hyperbolic cosine of x."),
    ONE(degrees, "Convert angle x from radians to degrees."),
    {"dist(p, q, /)", math_dist, "Return the Euclidean distance between two points p and q.", NATIVE_RAW, 2, 2},
    ONE(erf, "Error function at x."),
    ONE(erfc, "Complementary error function at x."),
    ONE(exp, "Return e raised to the power of x."),
    ONE(exp2, "Return 2 raised to the power of x."),
    ONE(expm1, "Return exp(x)-1."),
    ONE(fabs, "Return the absolute value of the float x."),
    {"factorial(n, /)", math_factorial, "Find n!.", NATIVE_RAW, 1, 1},
    ONE(floor, "Return the floor of x as an Integral."),
    {"fma(x, y, z, /)", math_fma, "Fused multiply-add operation: (x * y) + z rounded once.", NATIVE_RAW, 3, 3},
    TWO(fmod, "Return fmod(x, y), according to platform C."),
    ONE(frexp, "Return the mantissa and exponent of x, as pair (m, e)."),
    {"fsum(seq, /)", math_fsum, "Return an accurate floating point sum of values in the iterable seq.",
     NATIVE_RAW, 1, 1},
    ONE(gamma, "Gamma function at x."),
    {"gcd(*integers)", math_gcd, "Greatest Common Divisor.", NATIVE_RAW, 0, -1},
    {"hypot(*coordinates)", math_hypot, "Multidimensional Euclidean distance from the origin to a point.",
     NATIVE_RAW, 0, -1},
    {"isclose(a, b, *, rel_tol=1.0e-09, abs_tol=0.0)", math_isclose,
     "Determine whether two floating point numbers are close in value.", 0, 0, 0},
    ONE(isfinite, "Return True if x is neither an infinity nor a NaN, and False otherwise."),
    ONE(isinf, "Return True if x is a positive or negative infinity, and False otherwise."),
    ONE(isnan, "Return True if x is a NaN (not a number), and False otherwise."),
    {"isqrt(n, /)", math_isqrt, "Return the integer part of the square root of the input.", NATIVE_RAW, 1, 1},
    {"lcm(*integers)", math_lcm, "Least Common Multiple.", NATIVE_RAW, 0, -1},
    {"ldexp(x, i, /)", math_ldexp, "Return x * (2**i).", NATIVE_RAW, 2, 2},
    ONE(lgamma, "Natural logarithm of absolute value of Gamma function at x."),
    {"log(x, base=<unset>, /)", math_log,
     "Return the logarithm of x to the given base; by default the natural logarithm.",
     NATIVE_RAW, 0, -1},
    ONE(log10, "Return the base 10 logarithm of x."),
    ONE(log1p, "Return the natural logarithm of 1+x (base e)."),
    ONE(log2, "Return the base 2 logarithm of x."),
    ONE(modf, "Return the fractional and integer parts of x."),
    {"nextafter(x, y, /, *, steps=None)", math_nextafter,
     "Return the floating-point value the given number of steps after x towards y.",
     0, 0, 0},
    {"perm(n, k=None, /)", math_perm,
     "Number of ways to choose k items from n items without repetition and with order.",
     NATIVE_RAW, 1, 2},
    TWO(pow, "Return x**y (x to the power of y)."),
    {"prod(iterable, /, *, start=1)", math_prod, "Calculate the product of all the elements in the input iterable.",
     0, 0, 0},
    ONE(radians, "Convert angle x from degrees to radians."),
    TWO(remainder, "Difference between x and the closest integer multiple of y."),
    ONE(sin, "Return the sine of x (measured in radians)."),
    ONE(sinh, "Return the hyperbolic sine of x."),
    ONE(sqrt, "Return the square root of x."),
    {"sumprod(p, q, /)", math_sumprod, "Return the sum of products of values from two iterables p and q.",
     NATIVE_RAW, 2, 2},
    ONE(tan, "Return the tangent of x (measured in radians)."),
    ONE(tanh, "Return the hyperbolic tangent of x."),
    ONE(trunc, "Truncates the Real x to the nearest Integral toward 0."),
    ONE(ulp, "Return the value of the least significant bit of the float x."),
    {0},
};

static bool math_init(VM *vm, Module *module)
{
    return module_set(vm, module, "pi", from_double(M_PI)) && module_set(vm, module, "e", from_double(M_E)) &&
           module_set(vm, module, "tau", from_double(2 * M_PI)) &&
               module_set(vm, module, "inf", from_double(INFINITY)) &&
           module_set(vm, module, "nan", from_double(NAN));
}

const ModuleDef math_module = {
    .name = "math",
    .doc = "Mathematical functions of real numbers.",
    .functions = functions,
    .init = math_init,
};
