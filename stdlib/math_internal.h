// SPDX-License-Identifier: MIT
//
// What the math_*.c files share.
#ifndef AIOLOS_STDLIB_MATH_INTERNAL_H
#define AIOLOS_STDLIB_MATH_INTERNAL_H

#include "vm/types/int_big.h"

#define MATH(name) Value math_##name(VM *vm, Value *args, int nargs)

Value math_domain_error(VM *vm);
Value math_range_error(VM *vm);

// math_gamma.c. *error: 0, EDOM or ERANGE.
double gamma_of(double x, int *error);
double log_gamma_of(double x, int *error);
// math_integer.c
MATH(comb);
MATH(factorial);
MATH(gcd);
MATH(isqrt);
MATH(lcm);
MATH(perm);
// math_sum.c
MATH(dist);
MATH(fsum);
MATH(hypot);
MATH(prod);
MATH(sumprod);

#endif
