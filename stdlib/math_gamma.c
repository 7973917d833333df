// SPDX-License-Identifier: MIT
//
// Gamma and its logarithm by the Lanczos approximation, in the form of G. R. Pugh ("An analysis of the Lanczos gamma
// approximation", 2004) with the 13-term rational coefficients published with the Boost libraries. The C library's
// versions are not used because their last digits differ from one library to the next.

#include <errno.h>
#include <math.h>

#include "math_internal.h"

#define TERMS 13
static const double lanczos_g = 6.024680040776729583740234375;
static const double lanczos_g_minus_half = 5.524680040776729583740234375;
static const double log_pi = 1.144729885849400174143427351353058711647;
static const double pi = 3.141592653589793238462643383279502884;

static const double numerator[TERMS] = {
    23531376880.410759688572007674451636754734846804940, 42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843, 17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708, 1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801, 31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768, 186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024, 210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
};

// Coefficients of x (x+1) ... (x+11).
static const double denominator[TERMS] = {0.0,      39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0,
    13339535.0,
                                          2637558.0, 357423.0,  32670.0,     1925.0,      66.0,        1.0};

static const double factorials[] = {
    1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0, 40320.0, 362880.0, 3628800.0, 39916800.0, 479001600.0, 6227020800.0,
    87178291200.0, 1307674368000.0, 20922789888000.0, 355687428096000.0, 6402373705728000.0, 121645100408832000.0,
    2432902008176640000.0, 51090942171709440000.0, 1124000727777607680000.0,
};

// The polynomials are evaluated from the end that keeps the terms small.
static double lanczos_sum(double x)
{
    double above = 0, below = 0;
    if (x < 5) {
        for (int i = TERMS; --i >= 0;) {
            above = above * x + numerator[i];
            below = below * x + denominator[i];
        }
    } else {
        for (int i = 0; i < TERMS; i++) {
            above = above / x + numerator[i];
            below = below / x + denominator[i];
        }
    }
    return above / below;
}

// sin(pi x) without the rounding of pi * x for large x.
static double sin_pi(double x)
{
    double y = fmod(fabs(x), 2.0), r;
    switch ((int)round(2.0 * y)) {
    case 0: r = sin(pi * y); break;
    case 1: r = cos(pi * (y - 0.5)); break;
    case 2: r = sin(pi * (1.0 - y)); break; // keeps the sign of zero right
    case 3: r = -cos(pi * (y - 1.5)); break;
    default: r = sin(pi * (y - 2.0)); break;
    }
    return copysign(1.0, x) * r;
}

static double gamma_special(double x, bool *done, int *error)
{
    *done = true;
    if (isnan(x) || x == INFINITY)
        return x;
    if (x == 0 || isinf(x) || (x < 0 && x == floor(x))) {
        *error = EDOM;
        return x == 0 ? copysign(INFINITY, x) : NAN;
    }
    if (x == floor(x) && x <= 23)
        return factorials[(int)x - 1];
    if (fabs(x) < 1e-20) {
        double r = 1.0 / x;
        *error = isinf(r) ? ERANGE : 0;
        return r;
    }
    if (fabs(x) > 200) {
        if (x < 0)
            return 0.0 / sin_pi(x);
        *error = ERANGE;
        return INFINITY;
    }
    *done = false;
    return 0;
}

double gamma_of(double x, int *error)
{
    bool done;
    *error = 0;
    double r = gamma_special(x, &done, error);
    if (done)
        return r;
    double size = fabs(x), y = size + lanczos_g_minus_half, z; // z: what the sum y lost in rounding
    if (size > lanczos_g_minus_half)
        z = (y - size) - lanczos_g_minus_half;
    else
        z = (y - lanczos_g_minus_half) - size;
    z = z * lanczos_g / y;
    bool halves = size >= 140; // the power alone would overflow
    double power = halves ? pow(y, size / 2.0 - 0.25) : pow(y, size - 0.5);
    if (x < 0) {
        r = -pi / sin_pi(size) / size * exp(y) / lanczos_sum(size);
        r -= z * r;
        r /= power;
        if (halves)
            r /= power;
    } else {
        r = lanczos_sum(size) / exp(y);
        r += z * r;
        r *= power;
        if (halves)
            r *= power;
    }
    if (isinf(r))
        *error = ERANGE;
    return r;
}

double log_gamma_of(double x, int *error)
{
    *error = 0;
    if (!isfinite(x))
        return isnan(x) ? x : INFINITY;
    if (x == floor(x) && x <= 2) {
        if (x > 0)
            return 0.0;
        *error = EDOM;
        return INFINITY;
    }
    double size = fabs(x);
    if (size < 1e-20)
        return -log(size);
    double r = log(lanczos_sum(size)) - lanczos_g;
    r += (size - 0.5) * (log(size + lanczos_g - 0.5) - 1);
    if (x < 0)
        r = log_pi - log(fabs(sin_pi(size))) - log(size) - r;
    if (isinf(r))
        *error = ERANGE;
    return r;
}
