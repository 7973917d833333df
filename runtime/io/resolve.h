// SPDX-License-Identifier: MIT
//
// Names and addresses: getaddrinfo and getnameinfo, at once or on a worker thread of a loop.
#ifndef AIOLOS_RUNTIME_RESOLVE_H
#define AIOLOS_RUNTIME_RESOLVE_H

#include "address.h"
#include "runtime/loop/loop.h"

// A question, copied out of the scripts' objects so that a thread can work on it.
typedef struct Question {
    bool names; // getnameinfo; else getaddrinfo
    bool has_host, has_service;
    char host[NI_MAXHOST], service[NI_MAXSERV];
    struct addrinfo hints;
    Address address; // getnameinfo
    int flags;
    struct addrinfo *found;
    int code, error; // EAI_ code and errno
} Question;

// From the arguments of socket.getaddrinfo: (host, port, family, type, proto, flags). False: error pending.
bool question_addresses(VM *vm, Question *q, const Value *args);
// From the arguments of socket.getnameinfo: (sockaddr, flags).
bool question_names(VM *vm, Question *q, const Value *args);
void question_ask(Question *q);             // blocks; touches nothing of a VM
Value question_answer(VM *vm, Question *q); // [(family, type, proto, canonname, address)] or (host, service)
void question_free(Question *q);

// Answers through a future of the loop, from a worker thread. VALUE_EMPTY: error pending.
Value resolve_later(VM *vm, EventLoop *loop, const Question *q);

#endif
