// SPDX-License-Identifier: MIT
//
// What the number library asks of its caller: memory for scratch space and a way to be stopped. The library knows no VM
// object and keeps no state, so any thread may use it with its own allocator.
#ifndef AIOLOS_VM_NUMBER_NUMBER_H
#define AIOLOS_VM_NUMBER_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum NumberStatus {
    NUMBER_OK = 0,
    NUMBER_NO_MEMORY,     // the allocator returned NULL
    NUMBER_INTERRUPTED,   // poll returned true
    NUMBER_OVERFLOW,      // the result does not fit the target (double, byte count, address space)
    NUMBER_INVALID,       // malformed text
    NUMBER_ZERO_DIVISION, // division or modulus by zero
    NUMBER_NOT_INVERTIBLE, // modular inverse does not exist
    NUMBER_NEGATIVE,      // a negative operand where none is allowed
} NumberStatus;

typedef struct NumberAllocator {
    // realloc and free in one: ptr NULL allocates, new_size 0 frees (and returns NULL). old_size is what was asked for.
    void *(*realloc)(void *context, void *ptr, size_t old_size, size_t new_size);
    void *context;
    // Called inside long operations, or NULL. True stops the operation with NUMBER_INTERRUPTED.
    bool (*poll)(void *context);
} NumberAllocator;

static inline void *number_alloc(const NumberAllocator *allocator, size_t size)
{
    return allocator->realloc(allocator->context, NULL, 0, size);
}

static inline void number_free(const NumberAllocator *allocator, void *ptr, size_t size)
{
    if (ptr != NULL) {
        allocator->realloc(allocator->context, ptr, size, 0);
    }
}

static inline bool number_poll(const NumberAllocator *allocator)
{
    return allocator->poll != NULL && allocator->poll(allocator->context);
}

#endif
