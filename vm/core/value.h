// SPDX-License-Identifier: MIT
//
// Value: one 64-bit word that holds any Python value (NaN-boxing, object pointers stored raw).
//
//   0x0000 pppp pppp pppp   object pointer; the word 0 is VALUE_EMPTY: "no value", an unbound
//                           variable, or "an error is pending" when a function returns it
//   0x0001 0000 0000 000k   singletons: None, False, True, Ellipsis, NotImplemented
//   0x0002 .. 0xFFF2        a double, its bits plus 2^49 (NaNs are canonical)
//   0xFFF8 .. 0xFFFF        an int i in [-2^50, 2^50), stored as INT_ZERO + i
//
// The int encoding is biased, not tagged: comparing two ints compares the words as unsigned
// numbers, and a sum that leaves the range wraps to a word below INT_LOWEST, so one compare
// finds the overflow. Invariant: an int that fits the immediate range is never a heap object.
#ifndef AIOLOS_VM_VALUE_H
#define AIOLOS_VM_VALUE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t Value;
typedef struct Object Object;

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define VALUE_EMPTY ((Value)0)
#define VALUE_NONE ((Value)0x0001000000000000)
#define VALUE_FALSE ((Value)0x0001000000000002)
#define VALUE_TRUE ((Value)0x0001000000000003)
#define VALUE_ELLIPSIS ((Value)0x0001000000000004)
#define VALUE_NOT_IMPLEMENTED ((Value)0x0001000000000006)

#define DOUBLE_OFFSET ((Value)0x0002000000000000)
#define INT_LOWEST ((Value)0xFFF8000000000000)
#define INT_ZERO ((Value)0xFFFC000000000000)
#define SMALL_INT_MIN (-((int64_t)1 << 50))
#define SMALL_INT_MAX (((int64_t)1 << 50) - 1)

static inline bool is_object(Value v) { return (v >> 48) == 0; } // also true of VALUE_EMPTY
static inline Object *as_object(Value v) { return (Object *)v; }
static inline Value from_object(const void *o) { return (Value)(uintptr_t)o; }

static inline bool is_small(Value v) { return v >= INT_LOWEST; }
static inline bool both_small(Value a, Value b) { return (a & b) >= INT_LOWEST; }
static inline int64_t as_small(Value v) { return (int64_t)(v - INT_ZERO); }
static inline Value from_small(int64_t i) { return INT_ZERO + (uint64_t)i; } // i must fit
static inline bool fits_small(int64_t i) { return i >= SMALL_INT_MIN && i <= SMALL_INT_MAX; }

static inline bool is_double(Value v) { return v - DOUBLE_OFFSET < (Value)0xFFF6000000000000; }
static inline double as_double(Value v)
{
    double d;
    v -= DOUBLE_OFFSET;
    memcpy(&d, &v, sizeof d);
    return d;
}
static inline Value from_double(double d)
{
    uint64_t bits;
    if (unlikely(d != d))
        return (Value)0x7FF8000000000000 + DOUBLE_OFFSET;
    memcpy(&bits, &d, sizeof bits);
    return bits + DOUBLE_OFFSET;
}

static inline bool is_bool(Value v) { return (v | 1) == VALUE_TRUE; }
static inline Value from_bool(bool b) { return VALUE_FALSE | (Value)b; }
static inline bool is_none(Value v) { return v == VALUE_NONE; }

#endif
