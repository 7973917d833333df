// SPDX-License-Identifier: MIT
//
// Shortest printing: the decimal of fewest digits that reads back as the same double, and of those the nearest. After
// Raffaello Giulietti, "The Schubfach way to render doubles": scale the double and the two ends of its rounding
// interval by the power of ten that leaves one or two candidates, keeping a sticky bit, and see which of them lie
// inside.
#include "vm/number/float_internal.h"

// The upper part of power * c / 2**128 with every lower one-bit gathered in bit 0. power has 128 bits.
static uint64_t multiply_sticky(const uint64_t power[2], uint64_t c)
{
    uint128 low = (uint128)power[1] * c;
    uint128 sum = (uint128)power[0] * c + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

// The decimal nearest to c * 2**q within its rounding interval, times 10**-returned exponent. The interval is narrower
// on its lower side when c is the least mantissa of its binade.
static int shortest(uint64_t c, int q, bool narrow, uint64_t *digits)
{
    // 10**k is the largest power of ten not above the width of the interval.
    int k = narrow ? (int)((q * INT64_C(1262611) - 524031) >> 22) : float_log10_of_power2(q);
    int shift = q + float_log2_of_power10(-k) + 1;
    const uint64_t *power = float_powers[-k - FLOAT_POWER_MIN];
    // In units of a quarter: the lower end, the value, the upper end.
    uint64_t lower = multiply_sticky(power, (4 * c - 2 + narrow) << shift);
    uint64_t value = multiply_sticky(power, (4 * c) << shift);
    uint64_t upper = multiply_sticky(power, (4 * c + 2) << shift);
    // The ends belong to the interval when the mantissa is even: reading ties to even.
    lower += c & 1;
    upper -= c & 1;
    uint64_t s = value / 4;
    if (s >= 10) { // one digit less, if exactly one of the two neighbours is inside
        uint64_t t = s / 10;
        bool below = lower <= 40 * t;
        bool above = 40 * t + 40 <= upper;
        if (below != above) {
            *digits = t + above;
            return k + 1;
        }
    }
    bool below = lower <= 4 * s;
    bool above = 4 * s + 4 <= upper;
    if (below != above) {
        *digits = s + above;
        return k;
    }
    // Both inside: the nearer one, the even one in a tie.
    uint64_t middle = 4 * s + 2;
    *digits = s + (value > middle || (value == middle && (s & 1)));
    return k;
}

int float_shortest(double x, uint64_t *digits)
{
    int exponent;
    uint64_t mantissa = float_split(x, &exponent);
    int power;
    if (exponent <= 0 && exponent > -53 && (mantissa & (((uint64_t)1 << -exponent) - 1)) == 0) {
        *digits = mantissa >> -exponent; // an integer below 2**53 is its own shortest form
        power = 0;
    } else {
        bool narrow = mantissa == FLOAT_HIDDEN_BIT && exponent > FLOAT_MIN_EXPONENT;
        power = shortest(mantissa, exponent, narrow, digits);
    }
    while (*digits % 10 == 0) {
        *digits /= 10;
        power++;
    }
    return power;
}

size_t float_repr(double x, char out[FLOAT_REPR_SIZE])
{
    return float_format(x, 'r', FLOAT_PRECISION_NONE, FLOAT_ADD_DOT_0, out);
}
