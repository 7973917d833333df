// SPDX-License-Identifier: MIT
//
// Socket addresses: between what scripts write and what the kernel takes. IPv4, IPv6 and Unix domain.
#ifndef AIOLOS_RUNTIME_ADDRESS_H
#define AIOLOS_RUNTIME_ADDRESS_H

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "sys_socket.h"

typedef struct Address {
    socklen_t size;
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_storage storage;
    };
} Address;

// For a call that fills an address: the room there is.
static inline socklen_t *address_room(Address *a)
{
    a->size = sizeof a->storage;
    return &a->size;
}

// As scripts see it: (host, port), (host, port, flowinfo, scope_id), a path, abstract names as bytes.
Value address_value(VM *vm, const Address *a);
// From what a script gave for a socket of `family`; `function` begins the messages. A host that is no number is looked
// up: may block. False: error pending.
bool address_parse(VM *vm, int family, Value v, const char *function, Address *out);
// A number as text ("127.0.0.1", "::1"): true when it is one. The port is left 0.
bool address_numeric(const char *host, int family, Address *out);
Str *address_host(VM *vm, const Address *a); // the number as text

// Raises socket.gaierror(code, text). EAI_SYSTEM: OSError of errno.
Value raise_gai(VM *vm, int code);

#endif
