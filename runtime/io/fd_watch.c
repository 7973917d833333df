// SPDX-License-Identifier: MIT
//
// FdWatch: the reader and the writer of one descriptor, each a Handle. It is open while it has one of them. The watches
// of a loop are found through a dict from descriptor to FdWatch.

#include "fd_watch.h"

#include <limits.h>

#include "runtime/tasks/scheduler.h"
#include "stream.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

typedef struct FdWatch {
    IO_HANDLE_FIELDS
    Handle *reader, *writer; // NULL: none
} FdWatch;

static const TypeDef fd_watch_def;

static EventLoop *as_loop(Value v) { return (EventLoop *)as_object(v); }

bool fd_of(VM *vm, Value v, int *out)
{
    int64_t fd;
    if (!is_int_like(v)) {
        Str *name = str_intern_text(vm, "fileno", 6);
        Value method = name ? object_getattr_opt(vm, v, name) : VALUE_EMPTY;
        v = method ? call0(vm, method) : vm->error ? VALUE_EMPTY : raise_value(vm, "Invalid file object: %R", v);
    }
    if (!v || !object_index_i64(vm, v, &fd))
        return false;
    if (fd < 0 || fd > INT_MAX)
        return (raise_value(vm, "Invalid file descriptor: %lld", (long long)fd), false);
    *out = (int)fd;
    return true;
}

// ---------------------------------------------------------------- events

static bool call(VM *vm, Handle *h) { return !h || handle_run(vm, h); }

static bool run(VM *vm, IoHandle *h, int what)
{
    FdWatch *w = (FdWatch *)h;
    Handle *writer = what & WATCH_WRITE ? w->writer : NULL; // the reader may remove it: then it is cancelled
    return call(vm, what & WATCH_READ ? w->reader : NULL) && call(vm, writer);
}

static const IoKind kind = {"descriptor", run};

static void update(FdWatch *w)
{
    int events = (w->reader ? WATCH_READ : 0) | (w->writer ? WATCH_WRITE : 0);
    io_want((IoHandle *)w, events);
    if (!events)
        io_stop((IoHandle *)w);
}

// ---------------------------------------------------------------- adding and removing

static FdWatch *watch_of(VM *vm, EventLoop *loop, int fd)
{
    Value v = loop->descriptors ? dict_get(vm, (Dict *)as_object(loop->descriptors), from_small(fd)) : VALUE_EMPTY;
    return v ? (FdWatch *)as_object(v) : NULL;
}

static FdWatch *watch_make(VM *vm, EventLoop *loop, int fd)
{
    FdWatch *w = watch_of(vm, loop, fd);
    if (!loop->descriptors) {
        Dict *d = dict_new(vm, 4);
        if (!d)
            return NULL;
        loop->descriptors = from_object(d);
        gc_barrier(vm, loop);
    }
    if (!w) {
        w = fd_watch_start(vm) ? type_new_of(vm, &fd_watch_def) : NULL;
        if (!w || !dict_set(vm, (Dict *)as_object(loop->descriptors), from_small(fd), from_object((Object *)w)))
            return NULL;
    }
    return io_is_open((IoHandle *)w) || io_start(vm, (IoHandle *)w, &kind, loop, fd) ? w : NULL;
}

static void set(VM *vm, FdWatch *w, bool writing, Handle *h)
{
    Handle **slot = writing ? &w->writer : &w->reader;
    if (*slot)
        handle_cancel(vm, *slot);
    *slot = h;
    gc_barrier(vm, w);
    update(w);
}

static Value add(VM *vm, Value *a, bool writing)
{
    int fd;
    bool ok = true;
    EventLoop *loop = as_loop(a[0]);
    if (!loop_check_open(vm, loop) || !fd_of(vm, a[1], &fd))
        return VALUE_EMPTY;
    Value context = context_copy(vm, &ok);
    Handle *h = ok ? handle_new(vm, loop, &handle_def, a[2], a[3], false, context) : NULL;
    FdWatch *w = h ? watch_make(vm, loop, fd) : NULL;
    if (!w)
        return VALUE_EMPTY;
    set(vm, w, writing, h);
    loop->io_touched = true;
    return from_object(h);
}

static Value drop(VM *vm, Value *a, bool writing)
{
    int fd;
    EventLoop *loop = as_loop(a[0]);
    if (loop->closed)
        return VALUE_FALSE;
    if (!fd_of(vm, a[1], &fd))
        return VALUE_EMPTY;
    FdWatch *w = watch_of(vm, loop, fd);
    if (!w || !(writing ? w->writer : w->reader))
        return VALUE_FALSE;
    set(vm, w, writing, NULL);
    if (!io_is_open((IoHandle *)w) && dict_delete(vm, (Dict *)as_object(loop->descriptors), from_small(fd), NULL) < 0)
        return VALUE_EMPTY;
    return VALUE_TRUE;
}

// False: the descriptor belongs to a transport.
static bool is_free(VM *vm, Value *a)
{
    int fd;
    if (!fd_of(vm, a[1], &fd))
        return false;
    IoHandle *h = io_find(as_loop(a[0]), fd, &stream_kind);
    if (!h)
        return true;
    raise_runtime(vm, "File descriptor %R is used by transport %R", a[1], from_object((Object *)h));
    return false;
}

Value loop_add_reader_raw(VM *vm, Value *a, int n) { return (void)n, add(vm, a, false); }
Value loop_add_writer_raw(VM *vm, Value *a, int n) { return (void)n, add(vm, a, true); }
Value loop_remove_reader_raw(VM *vm, Value *a, int n) { return (void)n, drop(vm, a, false); }
Value loop_remove_writer_raw(VM *vm, Value *a, int n) { return (void)n, drop(vm, a, true); }

Value loop_add_reader(VM *vm, Value *a, int n)
{
    return (void)n, is_free(vm, a) && add(vm, a, false) ? VALUE_NONE : VALUE_EMPTY;
}
Value loop_add_writer(VM *vm, Value *a, int n)
{
    return (void)n, is_free(vm, a) && add(vm, a, true) ? VALUE_NONE : VALUE_EMPTY;
}
Value loop_remove_reader(VM *vm, Value *a, int n) { return (void)n, is_free(vm, a) ? drop(vm, a, false) : VALUE_EMPTY; }
Value loop_remove_writer(VM *vm, Value *a, int n) { return (void)n, is_free(vm, a) ? drop(vm, a, true) : VALUE_EMPTY; }

// ---------------------------------------------------------------- the type

static void watch_mark(Gc *gc, Object *o)
{
    FdWatch *w = (FdWatch *)o;
    io_mark_fields(gc, (IoHandle *)w);
    gc_mark_object(gc, (Object *)w->reader);
    gc_mark_object(gc, (Object *)w->writer);
}

static void watch_finalize(VM *vm, Object *o) { (void)vm, io_stop((IoHandle *)o); }

static const TypeOps ops = {.mark = watch_mark, .finalize = watch_finalize};
static const TypeDef fd_watch_def = {.name = "asyncio._DescriptorWatch",
                                     .kind = KIND_OTHER,
                                     .size = sizeof(FdWatch),
                                     .ops = &ops,
                                     .flags = TYPE_FINALIZE | TYPE_NO_NEW};

bool fd_watch_start(VM *vm) { return type_of_def(vm, &fd_watch_def) || type_register(vm, &fd_watch_def, NULL); }
