// SPDX-License-Identifier: MIT
//
// Life of an IoHandle, and the list of those that are open.

#include "io_handle.h"

#include "io_names.h"

#include "runtime/loop/workers.h"
#include "runtime/tasks/scheduler.h"
#include "vm/core/native.h"

Backend *loop_backend(VM *vm, EventLoop *loop);

static void on_ready(void *context, Watch *w, int events)
{
    (void)w;
    IoHandle *h = context;
    io_post(vm_of_gc(h->loop->gc), h, events); // without memory the error is pending: the loop looks after the wait
}

bool io_start(VM *vm, IoHandle *h, const IoKind *kind, EventLoop *loop, int fd)
{
    bool ok = true;
    Value context = context_copy(vm, &ok);
    Backend *b = ok && loop_check_open(vm, loop) ? loop_backend(vm, loop) : NULL;
    if (!b)
        return false;
    h->loop = loop;
    h->kind = kind;
    h->context = context;
    loop->gc = &vm->gc;
    watch_open(&h->watch, b, fd, on_ready, h);
    h->next = loop->handles;
    h->previous = NULL;
    if (h->next)
        h->next->previous = h;
    loop->handles = h;
    loop->handle_count++;
    gc_barrier(vm, h);
    gc_shade(vm, from_object((Object *)h));
    return true;
}

void io_want(IoHandle *h, int events) { watch_set(&h->watch, events); }

void io_stop(IoHandle *h)
{
    if (!io_is_open(h))
        return;
    watch_close(&h->watch);
    if (h->next)
        h->next->previous = h->previous;
    if (h->previous)
        h->previous->next = h->next;
    else
        h->loop->handles = h->next;
    h->next = h->previous = NULL;
    h->loop->handle_count--;
}

bool io_post(VM *vm, IoHandle *h, int action)
{
    return loop_push(vm, h->loop, from_object((Object *)h), from_small(action));
}

void io_mark_fields(Gc *gc, IoHandle *h)
{
    gc_mark_object(gc, (Object *)h->loop);
    gc_mark(gc, h->context);
}

IoHandle *io_find(EventLoop *loop, int fd, const IoKind *kind)
{
    for (IoHandle *h = loop->handles; h; h = h->next)
        if (h->watch.fd == fd && (!kind || h->kind == kind))
            return h;
    return NULL;
}

bool io_report(VM *vm, IoHandle *h, const char *message, Value protocol)
{
    if (error_ends_loop(vm))
        return false;
    Value e = error_take(vm);
    Str *text = str_from(vm, message);
    return text && loop_call_exception_handler(vm, h->loop, from_object(text), "exception", e, "transport",
                                               from_object((Object *)h), protocol ? "protocol" : NULL, protocol, NULL);
}

uint32_t loop_wakers(const EventLoop *loop)
{
    uint32_t watching = loop->backend ? (uint32_t)backend_watching(loop->backend) : 0;
    return watching + workers_busy(loop->workers);
}

void io_drop_all(EventLoop *loop)
{
    while (loop->handles)
        io_stop(loop->handles);
}

// ---------------------------------------------------------------- names

static const char *const name_texts[] = {
#define N(name) #name,
    IO_NAMES(N)
#undef N
};
_Static_assert(IO_NAME_COUNT <= sizeof((Scheduler *)0)->io_names / sizeof(Str *), "Scheduler.io_names is long enough");

Str *io_name(VM *vm, IoName id)
{
    Scheduler *s = sched_of(vm);
    if (unlikely(!s->io_names[id])) {
        s->io_names[id] = str_intern_text(vm, name_texts[id], strlen(name_texts[id]));
        gc_barrier(vm, s);
    }
    return s->io_names[id];
}

Value io_invoke(VM *vm, Value o, IoName id, const Value *args, int nargs)
{
    Str *name = io_name(vm, id);
    return name ? call_method(vm, o, name, args, nargs) : VALUE_EMPTY;
}
