// SPDX-License-Identifier: MIT
//
// The functions of math on integers of any size. Products of ranges are balanced trees, so that the large factors meet
// large factors and GMP's fast multiplication pays.

#include "math_internal.h"

// low * (low + 1) * ... * high, as words while they fit. low > high: 1.
static Value range_product(VM *vm, Value low, int64_t count)
{
    int64_t first;
    if (!vm_tick(vm))
        return VALUE_EMPTY;
    if (count <= 8 || (int_fits_i64(low, &first) && count <= 16)) {
        Value product = from_small(1);
        for (int64_t i = 0; i < count && product; i++) {
            Value factor = int_add(vm, low, from_small(i));
            product = factor ? int_mul(vm, product, factor) : VALUE_EMPTY;
        }
        return product;
    }
    int64_t half = count / 2;
    Value middle = int_add(vm, low, int_from_i64(vm, half));
    Value a = middle ? range_product(vm, low, half) : VALUE_EMPTY;
    Value b = a ? range_product(vm, middle, count - half) : VALUE_EMPTY;
    return b ? int_mul(vm, a, b) : VALUE_EMPTY;
}

MATH(factorial)
{
    (void)nargs;
    int64_t n;
    Value v = index_of(vm, args[0]);
    if (!v)
        return VALUE_EMPTY;
    if (int_sign(v) < 0)
        return raise_value(vm, "factorial() not defined for negative values");
    if (!int_fits_i64(v, &n))
        return raise_overflow(vm, "factorial() argument should not exceed %lld", (long long)INT64_MAX);
    if (n > (int64_t)INT_MAX_LIMBS * 3) // more than 21 bits per factor
        return raise_memory(vm);
    return range_product(vm, from_small(1), n);
}

// n, k as non-negative ints. False: error.
static bool pair_argument(VM *vm, Value *args, Value *n, Value *k)
{
    if (!(*n = index_of(vm, args[0])) || !(*k = index_of(vm, args[1])))
        return false;
    if (int_sign(*n) < 0)
        return raise_value(vm, "n must be a non-negative integer"), false;
    if (int_sign(*k) < 0)
        return raise_value(vm, "k must be a non-negative integer"), false;
    return true;
}

// n (n-1) ... (n-k+1)
static Value falling(VM *vm, Value n, int64_t k)
{
    Value low = int_sub(vm, n, int_from_i64(vm, k - 1));
    return low ? range_product(vm, low, k) : VALUE_EMPTY;
}

MATH(perm)
{
    Value n, k;
    int64_t count;
    if (nargs < 2 || is_none(args[1]))
        return math_factorial(vm, args, 1);
    if (!pair_argument(vm, args, &n, &k))
        return VALUE_EMPTY;
    if (int_compare(n, k) < 0)
        return INT_ZERO;
    if (!int_fits_i64(k, &count))
        return raise_overflow(vm, "k must not exceed %lld", (long long)INT64_MAX);
    if (count > (int64_t)INT_MAX_LIMBS * 64)
        return raise_memory(vm);
    return falling(vm, n, count);
}

// C(n, k) = C(n, j) C(n-j, k-j) / C(k, j): all three are smaller, and the division is exact.
static Value choose(VM *vm, Value n, int64_t k)
{
    if (k == 0)
        return from_small(1);
    if (k <= 20) {
        Value above = falling(vm, n, k), below = above ? range_product(vm, from_small(1), k) : VALUE_EMPTY;
        return below ? int_floordiv(vm, above, below) : VALUE_EMPTY;
    }
    int64_t j = k / 2;
    Value a = choose(vm, n, j);
    Value rest = a ? int_sub(vm, n, int_from_i64(vm, j)) : VALUE_EMPTY;
    Value b = rest ? choose(vm, rest, k - j) : VALUE_EMPTY;
    Value product = b ? int_mul(vm, a, b) : VALUE_EMPTY;
    Value shared = product ? choose(vm, int_from_i64(vm, k), j) : VALUE_EMPTY;
    return shared ? int_floordiv(vm, product, shared) : VALUE_EMPTY;
}

MATH(comb)
{
    (void)nargs;
    Value n, k;
    int64_t count;
    if (!pair_argument(vm, args, &n, &k))
        return VALUE_EMPTY;
    if (int_compare(n, k) < 0)
        return INT_ZERO;
    Value other = int_sub(vm, n, k);
    if (!other)
        return VALUE_EMPTY;
    if (int_compare(other, k) < 0)
        k = other;
    if (!int_fits_i64(k, &count))
        return raise_overflow(vm, "min(n - k, k) must not exceed %lld", (long long)INT64_MAX);
    if (count > (int64_t)INT_MAX_LIMBS * 64)
        return raise_memory(vm);
    return choose(vm, n, count);
}

MATH(isqrt)
{
    (void)nargs;
    Value n = index_of(vm, args[0]);
    if (!n)
        return VALUE_EMPTY;
    return int_sign(n) < 0 ? raise_value(vm, "isqrt() argument must be nonnegative") : int_isqrt(vm, n);
}

MATH(gcd)
{
    Value result = INT_ZERO;
    for (int i = 0; i < nargs; i++) {
        Value n = index_of(vm, args[i]);
        if (!n || !(result = i == 0 ? int_abs(vm, n) : int_gcd(vm, result, n)))
            return VALUE_EMPTY;
    }
    return result;
}

MATH(lcm)
{
    Value result = from_small(1);
    for (int i = 0; i < nargs; i++) {
        Value n = index_of(vm, args[i]);
        if (!n)
            return VALUE_EMPTY;
        if (int_sign(result) == 0)
            continue;
        if (int_sign(n) == 0) {
            result = INT_ZERO;
            continue;
        }
        Value shared = int_gcd(vm, result, n), part = shared ? int_floordiv(vm, result, shared) : VALUE_EMPTY;
        Value product = part ? int_mul(vm, part, n) : VALUE_EMPTY;
        if (!product || !(result = int_abs(vm, product)))
            return VALUE_EMPTY;
    }
    return result;
}
