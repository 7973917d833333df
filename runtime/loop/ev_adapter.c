// SPDX-License-Identifier: MIT
//
// libev behind the door of ev_adapter.h: one loop, one timer for the time limit of a wait, one async watcher for
// wake-ups, and the descriptor watches. Watches are linked so that a census at teardown finds those left open.
//
// libev aborts when it is out of memory and its allocator hook is global to the process, so it is not touched: what
// libev allocates is small and bounded by the number of descriptors.

#include "ev_adapter.h"

#include <ev.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

struct Backend {
    struct ev_loop *ev;
    ev_timer limit;
    ev_async wake;
    ev_io interrupted; // the VM's wake-up descriptor
    Watch *watches;
    Watch *changed; // set since the last wait: libev aborts when it finds a closed descriptor among them
    Watch *fired; // what the wait found. libev reports last things first, so pushing in front restores the order
    int started;  // watches that are running
};

_Static_assert(sizeof(ev_io) <= WATCH_ROOM, "WATCH_ROOM holds a struct ev_io");

static ev_io *io_of(Watch *w) { return (ev_io *)w->io; }

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
        watch_close(b->watches);
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

static void report(Backend *b)
{
    while (b->fired) {
        Watch *w = b->fired;
        int what = w->ready;
        b->fired = w->fired;
        w->ready = 0;
        w->callback(w->context, w, what);
    }
}

static void drop_closed(Backend *b)
{
    while (b->changed) {
        Watch *w = b->changed;
        b->changed = w->changed;
        w->is_changed = false;
        if (w->events && fcntl(w->fd, F_GETFD) < 0)
            watch_set(w, 0);
    }
}

void backend_wait(Backend *b, double seconds)
{
    drop_closed(b);
    if (seconds == 0) {
        ev_run(b->ev, EVRUN_NOWAIT);
        report(b);
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
    report(b);
}

void backend_wake(Backend *b) { ev_async_send(b->ev, &b->wake); }
bool backend_has_watches(const Backend *b) { return b->started > 0; }

int backend_watching(const Backend *b) { return b->started; }

static void on_ready(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev;
    Watch *w = (Watch *)io;
    int what = (events & EV_READ ? WATCH_READ : 0) | (events & EV_WRITE ? WATCH_WRITE : 0);
    if (events & EV_ERROR)
        what = w->events;
    if (!w->ready) {
        w->fired = w->backend->fired;
        w->backend->fired = w;
    }
    w->ready |= (uint8_t)what;
}

void watch_open(Watch *w, Backend *b, int fd, WatchCallback callback, void *context)
{
    ev_io_init(io_of(w), on_ready, fd, 0);
    w->backend = b;
    w->callback = callback;
    w->context = context;
    w->fd = fd;
    w->events = w->ready = 0;
    w->is_changed = false;
    w->previous = NULL;
    w->next = b->watches;
    if (w->next)
        w->next->previous = w;
    b->watches = w;
}

void watch_set(Watch *w, int events)
{
    Backend *b = w->backend;
    if (!b || events == w->events)
        return;
    if (events && !w->is_changed) {
        w->is_changed = true;
        w->changed = b->changed;
        b->changed = w;
    }
    if (w->events) {
        ev_io_stop(b->ev, io_of(w));
        b->started--;
    }
    w->events = (uint8_t)events;
    if (!events)
        return;
    ev_io_set(io_of(w), w->fd, (events & WATCH_READ ? EV_READ : 0) | (events & WATCH_WRITE ? EV_WRITE : 0));
    ev_io_start(b->ev, io_of(w));
    b->started++;
}

static void forget_change(Backend *b, Watch *w)
{
    Watch **p = &b->changed;
    while (*p != w)
        p = &(*p)->changed;
    *p = w->changed;
    w->is_changed = false;
}

void watch_close(Watch *w)
{
    Backend *b = w->backend;
    if (!b)
        return;
    watch_set(w, 0);
    if (w->is_changed)
        forget_change(b, w);
    if (w->next)
        w->next->previous = w->previous;
    if (w->previous)
        w->previous->next = w->next;
    else
        b->watches = w->next;
    w->backend = NULL;
}
