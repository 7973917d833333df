// SPDX-License-Identifier: MIT
//
// libev behind the door of ev_adapter.h: one loop, one timer for the time limit of a wait, one async watcher for
// wake-ups, and the descriptor watches. Watches are linked so that a census at teardown finds those left open.
//
// libev aborts when it is out of memory and its allocator hook is global to the process, so it is not touched: what
// libev allocates is small and bounded by the number of descriptors.

#include "ev_adapter.h"

#include <ev.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

struct Backend {
    struct ev_loop *ev;
    ev_timer limit;
    ev_async wake;
    ev_io interrupted; // the VM's wake-up descriptor
    Watch *watches;
    int started; // watches that are running
};

struct Watch {
    ev_io io;
    Backend *backend;
    Watch *next, *previous;
    WatchCallback callback;
    void *context;
    int fd, events;
};

static void on_limit(struct ev_loop *ev, ev_timer *w, int events)
{
    (void)w;
    (void)events;
    ev_break(ev, EVBREAK_ONE);
}

static void on_wake(struct ev_loop *ev, ev_async *w, int events)
{
    (void)w;
    (void)events;
    ev_break(ev, EVBREAK_ONE);
}

static void on_interrupted(struct ev_loop *ev, ev_io *w, int events)
{
    uint64_t count;
    (void)events;
    if (read(w->fd, &count, sizeof count) < 0)
        ev_io_stop(ev, w); // never: it is readable
    ev_break(ev, EVBREAK_ONE);
}

Backend *backend_new(int wake_fd)
{
    Backend *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (!b->ev) {
        free(b);
        return NULL;
    }
    ev_timer_init(&b->limit, on_limit, 0, 0);
    ev_async_init(&b->wake, on_wake);
    ev_async_start(b->ev, &b->wake);
    ev_unref(b->ev); // alone it is no reason to wait
    ev_io_init(&b->interrupted, on_interrupted, wake_fd, EV_READ);
    if (wake_fd >= 0) {
        ev_io_start(b->ev, &b->interrupted);
        ev_unref(b->ev);
    }
    return b;
}

void backend_free(Backend *b)
{
    if (!b)
        return;
    while (b->watches)
        watch_free(b->watches);
    ev_ref(b->ev);
    ev_async_stop(b->ev, &b->wake);
    if (ev_is_active(&b->interrupted)) {
        ev_ref(b->ev);
        ev_io_stop(b->ev, &b->interrupted);
    }
    ev_timer_stop(b->ev, &b->limit);
    ev_loop_destroy(b->ev);
    free(b);
}

void backend_wait(Backend *b, double seconds)
{
    if (seconds == 0) {
        ev_run(b->ev, EVRUN_NOWAIT);
        return;
    }
    if (seconds > 0) {
        ev_now_update(b->ev);
        ev_timer_set(&b->limit, seconds, 0);
        ev_timer_start(b->ev, &b->limit);
    } else {
        ev_ref(b->ev); // wait for the wake-up even when nothing is watched
    }
    ev_run(b->ev, EVRUN_ONCE);
    if (seconds > 0)
        ev_timer_stop(b->ev, &b->limit);
    else
        ev_unref(b->ev);
}

void backend_wake(Backend *b) { ev_async_send(b->ev, &b->wake); }
bool backend_has_watches(const Backend *b) { return b->started > 0; }

static void on_ready(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev;
    Watch *w = (Watch *)io;
    int what = (events & EV_READ ? WATCH_READ : 0) | (events & EV_WRITE ? WATCH_WRITE : 0);
    if (events & EV_ERROR)
        what = w->events;
    w->callback(w->context, w, what);
}

Watch *watch_new(Backend *b, int fd, WatchCallback callback, void *context)
{
    Watch *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    ev_io_init(&w->io, on_ready, fd, 0);
    w->backend = b;
    w->callback = callback;
    w->context = context;
    w->fd = fd;
    w->next = b->watches;
    if (w->next)
        w->next->previous = w;
    b->watches = w;
    return w;
}

void watch_set(Watch *w, int events)
{
    Backend *b = w->backend;
    if (events == w->events)
        return;
    if (w->events) {
        ev_io_stop(b->ev, &w->io);
        b->started--;
    }
    w->events = events;
    if (!events)
        return;
    ev_io_set(&w->io, w->fd, (events & WATCH_READ ? EV_READ : 0) | (events & WATCH_WRITE ? EV_WRITE : 0));
    ev_io_start(b->ev, &w->io);
    b->started++;
}

int watch_events(const Watch *w) { return w->events; }
int watch_fd(const Watch *w) { return w->fd; }

void watch_free(Watch *w)
{
    watch_set(w, 0);
    if (w->next)
        w->next->previous = w->previous;
    if (w->previous)
        w->previous->next = w->next;
    else
        w->backend->watches = w->next;
    free(w);
}
