// SPDX-License-Identifier: MIT
//
// Datagram: the transport of a datagram endpoint. Each datagram is one call of the protocol; what cannot be sent at
// once waits with its address.
#ifndef AIOLOS_RUNTIME_DATAGRAM_H
#define AIOLOS_RUNTIME_DATAGRAM_H

#include "io_handle.h"
#include "socket.h"

typedef struct Datagram {
    IO_HANDLE_FIELDS
    Value socket, protocol; // VALUE_NONE once closed
    Value remote;           // the peer it is connected to, VALUE_NONE: none
    Value sockname, peername;
    Value shown;   // get_extra_info("socket"); VALUE_EMPTY: not asked yet
    Value error;   // for connection_lost()
    List *waiting; // of (data, address) in order; NULL: none
    size_t size;   // bytes in it
    size_t high, low;
    uint32_t lost;
    bool closing, protocol_paused;
    Value attributes;
} Datagram;

extern const TypeDef datagram_def;
bool datagram_start(VM *vm); // registers the type. False: error
Value datagram_new(VM *vm, EventLoop *loop, Value socket, Value protocol, Value remote, Value waiter);

#endif
