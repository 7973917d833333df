// SPDX-License-Identifier: MIT
//
// IoHandle: the base of everything that watches a descriptor of a loop: connections, listeners, datagram endpoints, the
// watches of add_reader(). One life: io_start, any number of io_want, io_stop. Between open and close the loop keeps
// the object alive and counts it; a descriptor is closed only after its handle.
//
// What becomes ready goes through the ready ring as {handle, small integer}, so that handlers of one turn run in the
// order in which the kernel reported, among callbacks and tasks.
#ifndef AIOLOS_RUNTIME_IO_HANDLE_H
#define AIOLOS_RUNTIME_IO_HANDLE_H

#include "runtime/loop/ev_adapter.h"
#include "runtime/loop/loop.h"

typedef struct IoHandle IoHandle;

typedef struct IoKind {
    const char *name; // for lists of what is open: "connection", "listener"
    // what: WATCH_ bits, or an action (>= IO_ACTION) that was queued with io_post. False: an exception that ends the
    // loop is pending.
    bool (*run)(VM *vm, IoHandle *h, int what);
} IoKind;

#define IO_ACTION 16

#define IO_HANDLE_FIELDS \
    Object base; \
    EventLoop *loop; \
    const IoKind *kind; \
    IoHandle *next, *previous; /* loop->handles while open */ \
    Value context;             /* of its callbacks; VALUE_EMPTY: an empty one */ \
    Watch watch;

struct IoHandle {
    IO_HANDLE_FIELDS
};

// Begins the life of a handle on `fd`; nothing is watched yet. The context is a copy of the current one. False: error.
bool io_start(VM *vm, IoHandle *h, const IoKind *kind, EventLoop *loop, int fd);
void io_want(IoHandle *h, int events); // WATCH_ bits; does nothing on a handle that is not open
void io_stop(IoHandle *h);             // may be repeated; called by finalizers too
static inline bool io_is_open(const IoHandle *h) { return watch_is_open(&h->watch); }
static inline int io_wanted(const IoHandle *h) { return h->watch.events; }
bool io_post(VM *vm, IoHandle *h, int action); // runs the handle's `run` at the next turn. False: no memory
void io_mark_fields(Gc *gc, IoHandle *h);
// The open handle of that kind (NULL: any) on a descriptor; NULL: there is none.
IoHandle *io_find(EventLoop *loop, int fd, const IoKind *kind);
// After a callback of a script failed: tells the loop's exception handler. False: the error ends the loop.
bool io_report(VM *vm, IoHandle *h, const char *message, Value protocol);

// What can still wake a loop that has nothing ready: descriptors, calls on worker threads.
uint32_t loop_wakers(const EventLoop *loop);
void io_drop_all(EventLoop *loop); // closes every handle: the loop is being closed

#endif
