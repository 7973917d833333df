// SPDX-License-Identifier: MIT
//
// Methods of Socket, shared by socket_type.c (names, options, connections) and socket_move.c (bytes).
#ifndef AIOLOS_RUNTIME_SOCKET_TYPE_H
#define AIOLOS_RUNTIME_SOCKET_TYPE_H

#include "socket.h"

// A system call on the socket: its result, or -1 with errno.
typedef ssize_t (*SocketCall)(VM *vm, Socket *s, void *context);
// Makes the call and repeats it within the socket's time limit as long as it would block. -1: exception pending.
ssize_t socket_repeat(VM *vm, Socket *s, short events, SocketCall call, void *context);
// Waits for poll events until `end` (seconds of the monotonic clock; negative: no limit). False: exception pending.
bool socket_wait(VM *vm, Socket *s, short events, double end);
double socket_deadline(Socket *s);

extern const NativeDef socket_methods[]; // filled from the two files

Value socket_recv(VM *vm, Value *a, int n);
Value socket_recv_into(VM *vm, Value *a, int n);
Value socket_recvfrom(VM *vm, Value *a, int n);
Value socket_recvfrom_into(VM *vm, Value *a, int n);
Value socket_recvmsg(VM *vm, Value *a, int n);
Value socket_send(VM *vm, Value *a, int n);
Value socket_sendall(VM *vm, Value *a, int n);
Value socket_sendto(VM *vm, Value *a, int n);
Value socket_sendmsg(VM *vm, Value *a, int n);

#endif
