// SPDX-License-Identifier: MIT
//
// Socket: the object behind socket.socket and every connection. It owns its descriptor: close() or the collector gives
// it back, detach() hands it over.
#ifndef AIOLOS_RUNTIME_SOCKET_H
#define AIOLOS_RUNTIME_SOCKET_H

#include "address.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

typedef struct Socket {
    Object base;
    int fd; // -1: closed
    int family, type, protocol;
    double timeout; // seconds; 0: does not block; negative: no limit
    Value attributes;
} Socket;

extern const TypeDef socket_def;
static inline Socket *as_socket(Value v) { return (Socket *)as_object(v); }
static inline bool is_socket(VM *vm, Value v) { return is_type_def(vm, v, &socket_def); }

bool socket_start(VM *vm); // registers the type once. False: error
// A socket over an open descriptor; does not block. NULL: error, the descriptor is closed.
Socket *socket_adopt(VM *vm, int fd, int family, int type, int protocol);
// Closes it; later calls do nothing. False: OSError pending.
bool socket_close(VM *vm, Socket *s);
Value socket_name(VM *vm, Socket *s, bool peer); // VALUE_NONE: it has none (no error)

#endif
