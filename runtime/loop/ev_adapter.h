// SPDX-License-Identifier: MIT
//
// The one door to libev. Nothing else in the runtime includes ev.h.
//
// A Backend is an event loop of libev's own (never the default one), so that several VMs live side by side and no
// signal or child of the host is touched. Watches on descriptors are made through it; waiting is one call with a time
// limit.
#ifndef AIOLOS_RUNTIME_EV_ADAPTER_H
#define AIOLOS_RUNTIME_EV_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_ROOM 48

typedef struct Backend Backend;
typedef struct Watch Watch;

#define WATCH_READ 1
#define WATCH_WRITE 2

// Called after the backend has waited, in the order in which the kernel reported the events. It must not run scripts;
// it notes what is ready (pushes to the ready ring).
typedef void (*WatchCallback)(void *context, Watch *watch, int events);

// A watch on a descriptor, embedded in whatever owns the descriptor. Zero-filled it is unused.
struct Watch {
    _Alignas(8) char io[WATCH_ROOM]; // struct ev_io, which only ev_adapter.c knows
    Backend *backend;                // NULL: unused
    Watch *next, *previous;          // all watches of the backend that are open
    Watch *fired;                    // the next one with something to tell
    Watch *changed;                  // the next one set since the last wait
    WatchCallback callback;
    void *context;
    int fd;
    uint8_t events, ready;           // asked for; reported by the last wait
    bool is_changed;                 // in the list of changed ones
};

Backend *backend_new(int wake_fd);     // whose readiness ends a wait, -1: none. NULL: no memory or descriptors
void backend_free(Backend *b);
// Waits until a watched descriptor is ready, a wake-up comes or `seconds` passed (0: only looks; negative: no limit).
void backend_wait(Backend *b, double seconds);
void backend_wake(Backend *b);         // from any thread or signal handler
bool backend_has_watches(const Backend *b);
int backend_watching(const Backend *b); // watches that are running

// Opens a watch, not started. The owner closes it before it closes the descriptor: one whose descriptor a script has
// closed stops by itself and tells nothing more.
void watch_open(Watch *w, Backend *b, int fd, WatchCallback callback, void *context);
void watch_set(Watch *w, int events);  // WATCH_ bits; 0 stops it
void watch_close(Watch *w);            // stops it first; does nothing when it is not open
static inline bool watch_is_open(const Watch *w) { return w->backend != NULL; }

#endif
