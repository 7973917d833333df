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

typedef struct Backend Backend;
typedef struct Watch Watch;

#define WATCH_READ 1
#define WATCH_WRITE 2

// Called while the backend waits: it must not run scripts; it notes what is ready (pushes to the ready ring).
typedef void (*WatchCallback)(void *context, Watch *watch, int events);

Backend *backend_new(int wake_fd);     // descriptor whose readiness ends a wait, -1: none. NULL: no memory or descriptors
void backend_free(Backend *b);
// Waits until a watched descriptor is ready, a wake-up comes or `seconds` passed (0: only looks; negative: no limit).
void backend_wait(Backend *b, double seconds);
void backend_wake(Backend *b);         // from any thread or signal handler
bool backend_has_watches(const Backend *b);

// A watch on a descriptor, not started. The caller stops it before it closes the descriptor.
Watch *watch_new(Backend *b, int fd, WatchCallback callback, void *context);
void watch_set(Watch *w, int events);  // 0 stops it
int watch_events(const Watch *w);
int watch_fd(const Watch *w);
void watch_free(Watch *w);             // stops it first

#endif
