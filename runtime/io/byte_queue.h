// SPDX-License-Identifier: MIT
//
// ByteQueue: bytes that wait to be sent or read. They are added behind and taken in front; memory is a GC buffer of the
// object that holds the queue.
#ifndef AIOLOS_RUNTIME_BYTE_QUEUE_H
#define AIOLOS_RUNTIME_BYTE_QUEUE_H

#include "vm/core/error.h"
#include "vm/memory/gc.h"

#define QUEUE_KEPT 4096 // an empty queue keeps a buffer of at most this size

typedef struct ByteQueue {
    char *data; // GC buffer: bytes are data[start .. start + size)
    size_t start, size, capacity;
} ByteQueue;

static inline const char *queue_bytes(const ByteQueue *q) { return q->data + q->start; }

static inline void queue_clear(ByteQueue *q) { *q = (ByteQueue){0}; }

static inline void queue_take(ByteQueue *q, size_t size)
{
    q->start += size;
    q->size -= size;
    if (q->size)
        return;
    q->start = 0;
    if (q->capacity > QUEUE_KEPT)
        queue_clear(q);
}

// Adds bytes, which are not in the queue itself. False: MemoryError pending.
static inline bool queue_add(VM *vm, Object *owner, ByteQueue *q, const char *data, size_t size)
{
    size_t wanted;
    if (!size_add(q->size, size, &wanted))
        return (raise_memory(vm), false);
    if (q->start && q->start + wanted > q->capacity) {
        memmove(q->data, q->data + q->start, q->size);
        q->start = 0;
    }
    if (wanted > q->capacity) {
        size_t capacity = q->capacity * 2 > wanted ? q->capacity * 2 : wanted;
        char *p = gc_buffer_resize(vm, q->data, q->capacity, capacity);
        if (!p)
            return vm->error ? false : (raise_memory(vm), false);
        q->data = p;
        q->capacity = capacity;
        gc_barrier(vm, owner);
    }
    memcpy(q->data + q->start + q->size, data, size);
    q->size = wanted;
    return true;
}

#endif
