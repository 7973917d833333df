// SPDX-License-Identifier: MIT
//
// bytes, bytearray, memoryview, and the buffer protocol between them.
#ifndef AIOLOS_VM_BYTES_H
#define AIOLOS_VM_BYTES_H

#include "vm/core/vm.h"

typedef struct Bytes {
    Object base;
    size_t size;
    int64_t hash; // 0: not computed
    char data[];  // size bytes, then NUL
} Bytes;

typedef struct ByteArray {
    Object base;
    size_t size, capacity, offset; // bytes are buffer[offset .. offset+size)
    char *buffer;                  // GC buffer
    size_t exports;                // memoryviews alive: resizing is a BufferError
    Value attributes;              // subclasses made by scripts
} ByteArray;

typedef struct MemoryView {
    Object base;
    Value owner;     // object that holds the bytes, VALUE_EMPTY after release
    size_t start;    // first byte within the owner's bytes
    int64_t length;  // elements
    int64_t stride;  // bytes between elements
    uint32_t itemsize;
    char format;     // 'B' 'b' 'c' 'h' 'H' 'i' 'I' 'l' 'L' 'q' 'Q' 'f' 'd' '?'
    bool readonly;
    bool counted;    // in the exports of its owner, a bytearray
    int64_t hash;    // 0: not computed
} MemoryView;

// Over bytes, bytearray or memoryview. The sequence is VALUE_EMPTY once exhausted.
typedef struct BytesIterator {
    Object base;
    Value sequence;
    int64_t index;
} BytesIterator;

static inline bool is_bytearray(Value v) { return has_kind(v, KIND_BYTEARRAY); }
static inline ByteArray *as_bytearray(Value v) { return (ByteArray *)as_object(v); }
static inline bool is_bytes(Value v) { return has_kind(v, KIND_BYTES); }
static inline Bytes *as_bytes(Value v) { return (Bytes *)as_object(v); }

Value bytes_new(VM *vm, const void *data, size_t size); // data may be NULL: zero-filled, to be filled at once
// The contiguous bytes of a bytes-like object. False: not bytes-like (no error is set). The pointer is valid until a
// script runs.
bool bytes_view(Value v, const char **data, size_t *size);
bool bytes_view_writable(Value v, char **data, size_t *size);
// Same with CPython's TypeError "a bytes-like object is required, not 'T'".
bool bytes_view_or_raise(VM *vm, Value v, const char **data, size_t *size);
Value bytearray_new(VM *vm, const void *data, size_t size);
bool bytearray_resize(VM *vm, ByteArray *a, size_t size);
Str *bytes_repr(VM *vm, const char *data, size_t size);

Value memoryview_new(VM *vm, Value owner); // of a bytes-like object

extern const TypeDef bytes_def, bytearray_def, memoryview_def;
extern const TypeDef bytes_iterator_def, bytearray_iterator_def, memory_iterator_def;
#endif
