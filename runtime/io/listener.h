// SPDX-License-Identifier: MIT
//
// Listener: accepts connections on one socket and makes a Stream of each. When the process has no descriptor left it
// pauses for a second, so that it neither spins nor loses those who wait.
#ifndef AIOLOS_RUNTIME_LISTENER_H
#define AIOLOS_RUNTIME_LISTENER_H

#include "io_handle.h"
#include "socket.h"

typedef struct Listener {
    IO_HANDLE_FIELDS
    Value socket;  // the Socket
    Value factory; // makes a protocol
    Value server;
    int backlog;  // connections accepted in one go
    bool resting; // out of descriptors: a timer resumes it
} Listener;

extern const TypeDef listener_def;

bool listener_start(VM *vm); // registers the type. False: error
// A listener that is not started. VALUE_EMPTY: error.
Value listener_new(VM *vm, EventLoop *loop, Value socket, Value factory, Value server, int backlog);

#endif
