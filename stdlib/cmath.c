// SPDX-License-Identifier: MIT
//
// The `cmath` module. The formulas are those of W. Kahan, "Branch cuts for complex elementary functions" (1987),
// scaled where an intermediate value could overflow. Infinite and NaN arguments are left to the C library, whose
// results C99's annex G fixes.

#include <complex.h>
#include <errno.h>
#include <float.h>
#include <math.h>

#include "math_internal.h"

#ifndef CMPLX // clang with the GNU C library
#define CMPLX(re, im) __builtin_complex((double)(re), (double)(im))
#endif

typedef struct Pair {
    double re, im;
} Pair;

typedef double complex (*CFunction)(double complex);

#define LARGE (DBL_MAX / 4)
#define LOG_LARGE 708.3964185322641 // exp of anything above may overflow: log(LARGE) rounded down
#define SCALE_UP 53
#define SCALE_DOWN (-(SCALE_UP + 1) / 2)

static inline bool is_finite(Pair z) { return isfinite(z.re) && isfinite(z.im); }

static Pair by_library(CFunction f, Pair z)
{
    double complex r = f(CMPLX(z.re, z.im));
    return (Pair){creal(r), cimag(r)};
}

// ---- the functions: *error is EDOM or ERANGE when there is no result

static Pair c_sqrt(Pair z, int *error)
{
    (void)error;
    if (!is_finite(z))
        return by_library(csqrt, z);
    if (z.re == 0 && z.im == 0)
        return (Pair){0, z.im};
    double x = fabs(z.re), y = fabs(z.im), s;
    if (x < DBL_MIN && y < DBL_MIN) {
        x = ldexp(x, SCALE_UP);
        s = ldexp(sqrt(x + hypot(x, ldexp(y, SCALE_UP))), SCALE_DOWN);
    } else {
        x /= 8.0;
        s = 2.0 * sqrt(x + hypot(x, y / 8.0));
    }
    double d = y / (2.0 * s);
    return z.re >= 0 ? (Pair){s, copysign(d, z.im)} : (Pair){d, copysign(s, z.im)};
}

static double log_size(double x, double y, int *error)
{
    x = fabs(x);
    y = fabs(y);
    if (x > LARGE || y > LARGE)
        return log(hypot(x / 2.0, y / 2.0)) + M_LN2;
    if (x < DBL_MIN && y < DBL_MIN) {
        if (x > 0 || y > 0)
            return log(hypot(ldexp(x, DBL_MANT_DIG), ldexp(y, DBL_MANT_DIG))) - DBL_MANT_DIG * M_LN2;
        *error = EDOM;
        return -INFINITY;
    }
    double h = hypot(x, y);
    if (h < 0.71 || h > 1.73)
        return log(h);
    double more = x > y ? x : y, less = x > y ? y : x;
    return log1p((more - 1) * (more + 1) + less * less) / 2.0;
}

static Pair c_log(Pair z, int *error)
{
    if (!is_finite(z))
        return by_library(clog, z);
    return (Pair){log_size(z.re, z.im, error), atan2(z.im, z.re)};
}

static Pair c_log10(Pair z, int *error)
{
    Pair r = c_log(z, error);
    return (Pair){r.re / M_LN10, r.im / M_LN10};
}

static Pair c_exp(Pair z, int *error)
{
    if (!is_finite(z)) {
        if (isinf(z.im) && (isfinite(z.re) || z.re == INFINITY))
            *error = EDOM;
        return by_library(cexp, z);
    }
    Pair r;
    if (z.re > LOG_LARGE) {
        double l = exp(z.re - 1.0);
        r = (Pair){l * cos(z.im) * M_E, l * sin(z.im) * M_E};
    } else {
        double l = exp(z.re);
        r = (Pair){l * cos(z.im), l * sin(z.im)};
    }
    if (isinf(r.re) || isinf(r.im))
        *error = ERANGE;
    return r;
}

// cosh, and with `swap` sinh.
static Pair hyperbolic(Pair z, bool swap, int *error)
{
    if (!is_finite(z)) {
        if (isinf(z.im) && !isnan(z.re))
            *error = EDOM;
        return by_library(swap ? csinh : ccosh, z);
    }
    double x = z.re, factor = 1.0;
    if (fabs(x) > LOG_LARGE) {
        x -= copysign(1.0, x);
        factor = M_E;
    }
    double c = cosh(x), s = sinh(x);
    Pair r = {cos(z.im) * (swap ? s : c), sin(z.im) * (swap ? c : s)};
    if (factor != 1.0)
        r = (Pair){r.re * factor, r.im * factor};
    if (isinf(r.re) || isinf(r.im))
        *error = ERANGE;
    return r;
}

static Pair c_cosh(Pair z, int *error) { return hyperbolic(z, false, error); }
static Pair c_sinh(Pair z, int *error) { return hyperbolic(z, true, error); }

static Pair c_tanh(Pair z, int *error)
{
    if (!is_finite(z)) {
        if (isinf(z.im) && isfinite(z.re))
            *error = EDOM;
        return by_library(ctanh, z);
    }
    if (fabs(z.re) > LOG_LARGE)
        return (Pair){copysign(1.0, z.re), 4.0 * sin(z.im) * cos(z.im) * exp(-2.0 * fabs(z.re))};
    double x = tanh(z.re), y = tan(z.im), c = 1.0 / cosh(z.re), both = x * y, denominator = 1.0 + both * both;
    return (Pair){x * (1.0 + y * y) / denominator, ((y / denominator) * c) * c};
}

// The size of a number too large for the exact formulas.
static double log_twice(Pair z) { return log(hypot(z.re / 2.0, z.im / 2.0)) + M_LN2 * 2.0; }
static bool is_large(Pair z) { return fabs(z.re) > LARGE || fabs(z.im) > LARGE; }

static Pair c_acos(Pair z, int *error)
{
    if (!is_finite(z))
        return by_library(cacos, z);
    if (is_large(z)) {
        double size = log_twice(z);
        return (Pair){atan2(fabs(z.im), z.re), z.re < 0 ? -copysign(size, z.im) : copysign(size, -z.im)};
    }
    Pair a = c_sqrt((Pair){1.0 - z.re, -z.im}, error), b = c_sqrt((Pair){1.0 + z.re, z.im}, error);
    return (Pair){2.0 * atan2(a.re, b.re), asinh(b.re * a.im - b.im * a.re)};
}

static Pair c_acosh(Pair z, int *error)
{
    if (!is_finite(z))
        return by_library(cacosh, z);
    if (is_large(z))
        return (Pair){log_twice(z), atan2(z.im, z.re)};
    Pair a = c_sqrt((Pair){z.re - 1.0, z.im}, error), b = c_sqrt((Pair){z.re + 1.0, z.im}, error);
    return (Pair){asinh(a.re * b.re + a.im * b.im), 2.0 * atan2(a.im, b.re)};
}

static Pair c_asinh(Pair z, int *error)
{
    if (!is_finite(z))
        return by_library(casinh, z);
    if (is_large(z)) {
        double size = log_twice(z);
        return (Pair){z.im >= 0 ? copysign(size, z.re) : -copysign(size, -z.re), atan2(z.im, fabs(z.re))};
    }
    Pair a = c_sqrt((Pair){1.0 + z.im, -z.re}, error), b = c_sqrt((Pair){1.0 - z.im, z.re}, error);
    return (Pair){asinh(a.re * b.im - b.re * a.im), atan2(z.im, a.re * b.re - a.im * b.im)};
}

static Pair c_atanh(Pair z, int *error)
{
    if (!is_finite(z))
        return by_library(catanh, z);
    if (signbit(z.re)) {
        Pair r = c_atanh((Pair){-z.re, -z.im}, error);
        return (Pair){-r.re, -r.im};
    }
    double y = fabs(z.im), edge = sqrt(LARGE);
    if (z.re > edge || y > edge) {
        double h = hypot(z.re / 2.0, z.im / 2.0);
        return (Pair){z.re / 4.0 / h / h, -copysign(M_PI_2, -z.im)};
    }
    if (z.re == 1.0 && y < sqrt(DBL_MIN)) {
        if (y == 0) {
            *error = EDOM;
            return (Pair){INFINITY, z.im};
        }
        return (Pair){-log(sqrt(y) / sqrt(hypot(y, 2.0))), copysign(atan2(2.0, -y) / 2, z.im)};
    }
    return (Pair){log1p(4.0 * z.re / ((1 - z.re) * (1 - z.re) + y * y)) / 4.0,
                  -atan2(-2.0 * z.im, (1 - z.re) * (1 + z.re) - y * y) / 2.0};
}

// The circular functions are the hyperbolic ones on the turned plane.
static Pair turned(Pair (*f)(Pair, int *), Pair z, int *error)
{
    Pair r = f((Pair){-z.im, z.re}, error);
    return (Pair){r.im, -r.re};
}

static Pair c_cos(Pair z, int *error) { return c_cosh((Pair){-z.im, z.re}, error); }
static Pair c_sin(Pair z, int *error) { return turned(c_sinh, z, error); }
static Pair c_tan(Pair z, int *error) { return turned(c_tanh, z, error); }
static Pair c_asin(Pair z, int *error) { return turned(c_asinh, z, error); }
static Pair c_atan(Pair z, int *error) { return turned(c_atanh, z, error); }

// ---- as natives

static bool pair_argument(VM *vm, Value v, Pair *out)
{
    if (has_kind(v, KIND_COMPLEX)) {
        const Complex *c = (const Complex *)as_object(v);
        *out = (Pair){c->real, c->imag};
        return true;
    }
    out->im = 0;
    if (is_float(v) || is_int_like(v))
        return object_as_double(vm, v, &out->re);
    if (has_unary(vm, v, UNARY_COMPLEX)) {
        Value c = unary_op(vm, UNARY_COMPLEX, v);
        if (c && !has_kind(c, KIND_COMPLEX))
            raise_type(vm, "__complex__ should return a complex object");
        return c && !vm->error && pair_argument(vm, c, out);
    }
    return object_as_double(vm, v, &out->re);
}

static Value raise_errno(VM *vm, int error) { return error == EDOM ? math_domain_error(vm) : math_range_error(vm); }

static Value apply(VM *vm, Value v, Pair (*f)(Pair, int *))
{
    Pair z;
    int error = 0;
    if (!pair_argument(vm, v, &z))
        return VALUE_EMPTY;
    Pair r = f(z, &error);
    return error ? raise_errno(vm, error) : complex_new(vm, r.re, r.im);
}

#define FUNCTION(name) \
    static Value cmath_##name(VM *vm, Value *args, int nargs) \
    { \
        (void)nargs; \
        return apply(vm, args[0], c_##name); \
    }

FUNCTION(acos)
FUNCTION(acosh)
FUNCTION(asin)
FUNCTION(asinh)
FUNCTION(atan)
FUNCTION(atanh)
FUNCTION(cos)
FUNCTION(cosh)
FUNCTION(exp)
FUNCTION(log10)
FUNCTION(sin)
FUNCTION(sinh)
FUNCTION(sqrt)
FUNCTION(tan)
FUNCTION(tanh)

static Value cmath_log(VM *vm, Value *args, int nargs)
{
    Pair z, base;
    int error = 0;
    if (!pair_argument(vm, args[0], &z))
        return VALUE_EMPTY;
    Pair r = c_log(z, &error);
    if (nargs == 1)
        return error ? raise_errno(vm, error) : complex_new(vm, r.re, r.im);
    if (!pair_argument(vm, args[1], &base))
        return VALUE_EMPTY;
    Pair b = c_log(base, &error);
    if (error || (b.re == 0 && b.im == 0))
        return math_domain_error(vm);
    Value above = complex_new(vm, r.re, r.im), below = above ? complex_new(vm, b.re, b.im) : VALUE_EMPTY;
    return below ? binary_op(vm, BINARY_TRUEDIV, above, below) : VALUE_EMPTY;
}

static Value cmath_phase(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Pair z;
    return pair_argument(vm, args[0], &z) ? from_double(atan2(z.im, z.re)) : VALUE_EMPTY;
}

static Value cmath_polar(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Pair z;
    if (!pair_argument(vm, args[0], &z))
        return VALUE_EMPTY;
    double size = hypot(z.re, z.im);
    if (isinf(size) && is_finite(z))
        return math_range_error(vm);
    return tuple_pack(vm, 2, from_double(size), from_double(atan2(z.im, z.re)));
}

static Value cmath_rect(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    double r, phi;
    if (!object_as_double(vm, args[0], &r) || !object_as_double(vm, args[1], &phi))
        return VALUE_EMPTY;
    if (isinf(phi) && r != 0 && !isnan(r))
        return math_domain_error(vm);
    if (phi == 0)
        return complex_new(vm, r, r * phi);
    if (isinf(r) && isfinite(phi)) {
        double x = copysign(INFINITY, cos(phi)), y = copysign(INFINITY, sin(phi));
        return complex_new(vm, r > 0 ? x : -x, r > 0 ? y : -y);
    }
    if (isnan(phi) && isinf(r))
        return complex_new(vm, INFINITY, NAN);
    if (!isfinite(phi) && r == 0)
        return complex_new(vm, 0, 0);
    return complex_new(vm, r * cos(phi), r * sin(phi));
}

#define TEST(name, condition) \
    static Value cmath_##name(VM *vm, Value *args, int nargs) \
    { \
        (void)nargs; \
        Pair z; \
        return pair_argument(vm, args[0], &z) ? from_bool(condition) : VALUE_EMPTY; \
    }

TEST(isfinite, is_finite(z))
TEST(isinf, isinf(z.re) || isinf(z.im))
TEST(isnan, isnan(z.re) || isnan(z.im))

static Value cmath_isclose(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Pair a, b;
    double relative, absolute;
    if (!pair_argument(vm, args[0], &a) || !pair_argument(vm, args[1], &b) ||
        !object_as_double(vm, args[2], &relative) ||
        !object_as_double(vm, args[3], &absolute))
        return VALUE_EMPTY;
    if (relative < 0 || absolute < 0)
        return raise_value(vm, "tolerances must be non-negative");
    if (a.re == b.re && a.im == b.im)
        return VALUE_TRUE;
    if (isinf(a.re) || isinf(a.im) || isinf(b.re) || isinf(b.im))
        return VALUE_FALSE;
    double difference = hypot(a.re - b.re, a.im - b.im);
    return from_bool(difference <= relative * hypot(b.re, b.im) || difference <= relative * hypot(a.re, a.im) ||
        difference <= absolute);
}

#define ONE(name, doc) {#name "(z, /)", cmath_##name, doc, NATIVE_RAW, 1, 1}

static const NativeDef functions[] = {
    ONE(acos, "Return the arc cosine of z."),
    ONE(acosh, "Return the inverse hyperbolic cosine of z."),
    ONE(asin, "Return the arc sine of z."),
    ONE(asinh, "Return the inverse hyperbolic sine of z."),
    ONE(atan, "Return the arc tangent of z."),
    ONE(atanh, "Return the inverse hyperbolic tangent of z."),
    ONE(cos, "Return the cosine of z."),
    ONE(cosh, "Return the hyperbolic cosine of z."),
    ONE(exp, "Return the exponential value e**z."),
    {"isclose(a, b, *, rel_tol=1.0e-09, abs_tol=0.0)", cmath_isclose,
     "Determine whether two complex numbers are close in value.", 0, 0, 0},
    ONE(isfinite, "Return True if both the real and imaginary parts of z are finite, else False."),
    ONE(isinf, "Checks if the real or imaginary part of z is infinite."),
    ONE(isnan, "Checks if the real or imaginary part of z not a number (NaN)."),
    {"log(z, base=<unset>, /)", cmath_log,
     "Return the logarithm of z to the given base; by default the natural logarithm.",
     NATIVE_RAW, 1, 2},
    ONE(log10, "Return the base-10 logarithm of z."),
    ONE(phase, "Return argument, also known as the phase angle, of a complex."),
    ONE(polar, "Convert a complex from rectangular coordinates to polar coordinates: (r, phi)."),
    {"rect(r, phi, /)", cmath_rect, "Convert from polar coordinates to rectangular coordinates.", NATIVE_RAW, 2, 2},
    ONE(sin, "Return the sine of z."),
    ONE(sinh, "Return the hyperbolic sine of z."),
    ONE(sqrt, "Return the square root of z."),
    ONE(tan, "Return the tangent of z."),
    ONE(tanh, "Return the hyperbolic tangent of z."),
    {0},
};

static bool cmath_init(VM *vm, Module *module)
{
    return module_set(vm, module, "pi", from_double(M_PI)) && module_set(vm, module, "e", from_double(M_E)) &&
           module_set(vm, module, "tau", from_double(2 * M_PI)) &&
               module_set(vm, module, "inf", from_double(INFINITY)) &&
           module_set(vm, module, "nan", from_double(NAN)) &&
               module_set(vm, module, "infj", complex_new(vm, 0, INFINITY)) &&
           module_set(vm, module, "nanj", complex_new(vm, 0, NAN));
}

const ModuleDef cmath_module = {
    .name = "cmath",
    .doc = "Mathematical functions of complex numbers.",
    .functions = functions,
    .init = cmath_init,
};
