// SPDX-License-Identifier: MIT
//
// select: waiting for descriptors by select(), poll objects and epoll objects. All wait through poll(2) or epoll(2), so
// there is no limit to the number of a descriptor.

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <math.h>

#include "runtime/io/sys_socket.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

// Seconds (or, for poll objects, milliseconds) to what poll(2) takes: rounded up, None and negative: no limit.
static bool milliseconds(VM *vm, Value v, double unit, int *out)
{
    double d;
    *out = -1;
    if (is_none(v))
        return true;
    if (!object_as_double(vm, v, &d))
        return (raise_type(vm, "timeout must be a float or None"), false);
    d = ceil(d * unit);
    *out = d < 0 ? -1 : d > INT_MAX ? INT_MAX : (int)d;
    return true;
}

// The descriptor of an int or of something with fileno().
static bool fd_of(VM *vm, Value v, int *out)
{
    int64_t fd;
    if (!is_int_like(v)) {
        Str *name = str_intern_text(vm, "fileno", 6);
        Value method = name ? object_getattr_opt(vm, v, name) : VALUE_EMPTY;
        if (!method && !vm->error)
            raise_type(vm, "argument must be an int, or have a fileno() method.");
        v = method ? call0(vm, method) : VALUE_EMPTY;
        if (v && !is_int_like(v))
            v = raise_type(vm, "fileno() returned a non-integer");
    }
    if (!v || !object_index_i64(vm, v, &fd))
        return false;
    if (fd < 0 || fd > INT_MAX)
        return (raise_value(vm, "file descriptor cannot be a negative integer (%lld)", (long long)fd), false);
    *out = (int)fd;
    return true;
}

// ---------------------------------------------------------------- select

typedef struct Wanted {
    Value lists[3];     // as sequences
    struct pollfd *fds; // GC buffer
    int64_t count;
} Wanted;

static const short select_events[3] = {POLLIN, POLLOUT, POLLPRI};
static const short select_found[3] = {POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI};

static bool collect(VM *vm, Value *a, Wanted *w)
{
    for (int i = 0; i < 3; i++) {
        w->lists[i] = sequence_fast(vm, a[i], "arguments 1-3 must be sequences");
        if (!w->lists[i])
            return false;
        w->count += sequence_fast_count(w->lists[i]);
    }
    w->fds = gc_buffer(vm, (size_t)(w->count + 1) * sizeof *w->fds);
    int64_t at = 0;
    for (int i = 0; w->fds && i < 3; i++)
        for (int64_t j = 0; j < sequence_fast_count(w->lists[i]); j++, at++) {
            w->fds[at].events = select_events[i];
            if (at >= w->count || !fd_of(vm, sequence_fast_items(w->lists[i])[j], &w->fds[at].fd))
                return false;
        }
    return w->fds != NULL;
}

static Value select_function(VM *vm, Value *a, int n)
{
    Wanted w = {0};
    int timeout = -1;
    if (n > 3 && !is_none(a[3])) {
        double d;
        if (!milliseconds(vm, a[3], 1000, &timeout) || !object_as_double(vm, a[3], &d))
            return VALUE_EMPTY;
        if (d < 0)
            return raise_value(vm, "timeout must be non-negative");
    }
    if (!collect(vm, a, &w))
        return VALUE_EMPTY;
    if (sys_poll(vm, w.fds, (nfds_t)w.count, timeout) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    Value out[3];
    int64_t at = 0;
    for (int i = 0; i < 3; i++) {
        List *list = list_new(vm, 0);
        for (int64_t j = 0; list && j < sequence_fast_count(w.lists[i]); j++, at++) {
            if (w.fds[at].revents & POLLNVAL)
                return sys_raise(vm, EBADF, VALUE_EMPTY);
            if (w.fds[at].revents & select_found[i] && !list_append(vm, list, sequence_fast_items(w.lists[i])[j]))
                return VALUE_EMPTY;
        }
        if (!list)
            return VALUE_EMPTY;
        out[i] = from_object(list);
    }
    return tuple_pack(vm, 3, out[0], out[1], out[2]);
}

// ---------------------------------------------------------------- poll objects

typedef struct Poll {
    Object base;
    Dict *wanted; // descriptor -> events
} Poll;

static const TypeDef poll_def;
static Poll *as_poll(Value v) { return (Poll *)as_object(v); }

static Value poll_function(VM *vm, Value *a, int n)
{
    (void)a, (void)n;
    Poll *p = type_new_of(vm, &poll_def);
    if (p)
        p->wanted = dict_new(vm, 4);
    return p && p->wanted ? from_object(p) : VALUE_EMPTY;
}

static bool events_of(VM *vm, Value v, int64_t *out) { return object_index_i64(vm, v, out); }

static Value poll_register(VM *vm, Value *a, int n)
{
    int fd;
    int64_t events = POLLIN | POLLPRI | POLLOUT;
    if (!fd_of(vm, a[1], &fd) || (n > 2 && !events_of(vm, a[2], &events)))
        return VALUE_EMPTY;
    return dict_set(vm, as_poll(a[0])->wanted, from_small(fd), from_small(events & 0xffff)) ? VALUE_NONE : VALUE_EMPTY;
}

static Value poll_modify(VM *vm, Value *a, int n)
{
    int fd;
    if (!fd_of(vm, a[1], &fd))
        return VALUE_EMPTY;
    Value known = dict_get(vm, as_poll(a[0])->wanted, from_small(fd));
    return known ? poll_register(vm, a, n) : vm->error ? VALUE_EMPTY : raise_os(vm, ENOENT, VALUE_EMPTY);
}

static Value poll_unregister(VM *vm, Value *a, int n)
{
    (void)n;
    int fd;
    if (!fd_of(vm, a[1], &fd))
        return VALUE_EMPTY;
    int gone = dict_delete(vm, as_poll(a[0])->wanted, from_small(fd), NULL);
    return gone > 0 ? VALUE_NONE : gone < 0 ? VALUE_EMPTY : raise_key(vm, from_small(fd));
}

static Value poll_poll(VM *vm, Value *a, int n)
{
    int timeout = -1;
    Dict *d = as_poll(a[0])->wanted;
    if (n > 1 && !milliseconds(vm, a[1], 1, &timeout))
        return VALUE_EMPTY;
    struct pollfd *fds = gc_buffer(vm, ((size_t)d->count + 1) * sizeof *fds);
    nfds_t count = 0;
    if (!fds)
        return VALUE_EMPTY;
    Value key, value;
    for (uint32_t at = 0; dict_next(d, &at, &key, &value);)
        fds[count++] = (struct pollfd){.fd = (int)as_small(key), .events = (short)as_small(value)};
    if (sys_poll(vm, fds, count, timeout) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    List *list = list_new(vm, 0);
    for (nfds_t i = 0; list && i < count; i++) {
        if (!fds[i].revents)
            continue;
        Value v = tuple_pack(vm, 2, from_small(fds[i].fd), from_small((unsigned short)fds[i].revents));
        if (!v || !list_append(vm, list, v))
            return VALUE_EMPTY;
    }
    return list ? from_object(list) : VALUE_EMPTY;
}

static void poll_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((Poll *)o)->wanted); }

static const TypeOps poll_ops = {.mark = poll_mark};
static const NativeDef poll_methods[] = {
    {"register(self, fd, eventmask=7, /)", poll_register, "Watch a descriptor.", NATIVE_RAW, 2, 3},
    {"modify(self, fd, eventmask, /)", poll_modify, "Change what is watched.", NATIVE_RAW, 3, 3},
    {"unregister(self, fd, /)", poll_unregister, "Stop watching a descriptor.", NATIVE_RAW, 2, 2},
    {"poll(self, timeout=None, /)", poll_poll, "Wait: [(descriptor, events)]; timeout in milliseconds.", NATIVE_RAW, 1,
     2},
    {0},
};
static const TypeDef poll_def = {.name = "select.poll",
                                 .kind = KIND_OTHER,
                                 .size = sizeof(Poll),
                                 .ops = &poll_ops,
                                 .methods = poll_methods,
                                 .flags = TYPE_NO_NEW};

// ---------------------------------------------------------------- epoll objects

typedef struct Epoll {
    Object base;
    int fd; // -1: closed
} Epoll;

static Epoll *as_epoll(Value v) { return (Epoll *)as_object(v); }

static bool is_open(VM *vm, Epoll *e)
{
    return e->fd >= 0 || (raise_value(vm, "I/O operation on closed epoll object"), false);
}

static Value epoll_make(VM *vm, Value *a, int n)
{
    (void)n;
    Epoll *e = type_alloc(vm, as_type(a[0]), 0);
    if (!e)
        return VALUE_EMPTY;
    e->fd = sys_epoll_create(vm);
    return e->fd < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_object(e);
}

static Value control(VM *vm, Value *a, int operation, int64_t events)
{
    int fd;
    if (!is_open(vm, as_epoll(a[0])) || !fd_of(vm, a[1], &fd))
        return VALUE_EMPTY;
    struct epoll_event e = {.events = (uint32_t)events, .data.fd = fd};
    return sys_epoll_control(vm, as_epoll(a[0])->fd, operation, fd, &e) < 0 ? sys_raise(vm, errno, VALUE_EMPTY)
                                                                            : VALUE_NONE;
}

static Value epoll_register(VM *vm, Value *a, int n)
{
    int64_t events = EPOLLIN | EPOLLOUT | EPOLLPRI;
    return n > 2 && !events_of(vm, a[2], &events) ? VALUE_EMPTY : control(vm, a, EPOLL_CTL_ADD, events);
}
static Value epoll_modify(VM *vm, Value *a, int n)
{
    int64_t events;
    return (void)n, events_of(vm, a[2], &events) ? control(vm, a, EPOLL_CTL_MOD, events) : VALUE_EMPTY;
}
static Value epoll_unregister(VM *vm, Value *a, int n) { return (void)n, control(vm, a, EPOLL_CTL_DEL, 0); }

static Value epoll_poll(VM *vm, Value *a, int n)
{
    (void)n;
    int timeout;
    int64_t most;
    if (!is_open(vm, as_epoll(a[0])) || !milliseconds(vm, a[1], 1000, &timeout) || !object_index_i64(vm, a[2], &most))
        return VALUE_EMPTY;
    if (most == 0 || most < -1 || most > INT_MAX)
        return raise_value(vm, "maxevents must be greater than 0, got %lld", (long long)most);
    most = most < 0 ? 256 : most > 4096 ? 4096 : most;
    struct epoll_event *events = gc_buffer(vm, (size_t)most * sizeof *events);
    int count = events ? sys_epoll_wait(vm, as_epoll(a[0])->fd, events, (int)most, timeout) : -1;
    if (count < 0)
        return events ? sys_raise(vm, errno, VALUE_EMPTY) : VALUE_EMPTY;
    List *list = list_new(vm, count);
    for (int i = 0; list && i < count; i++) {
        Value v = tuple_pack(vm, 2, from_small(events[i].data.fd), from_small(events[i].events));
        if (!v || !list_append(vm, list, v))
            return VALUE_EMPTY;
    }
    return list ? from_object(list) : VALUE_EMPTY;
}

static Value epoll_close(VM *vm, Value *a, int n)
{
    (void)n;
    int fd = as_epoll(a[0])->fd;
    as_epoll(a[0])->fd = -1;
    return fd >= 0 && sys_close(vm, fd) < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : VALUE_NONE;
}
static Value epoll_fileno(VM *vm, Value *a, int n)
{
    return (void)n, is_open(vm, as_epoll(a[0])) ? from_small(as_epoll(a[0])->fd) : VALUE_EMPTY;
}
static Value epoll_enter(VM *vm, Value *a, int n) { return (void)n, is_open(vm, as_epoll(a[0])) ? a[0] : VALUE_EMPTY; }
static Value epoll_closed(VM *vm, Value self) { return (void)vm, from_bool(as_epoll(self)->fd < 0); }

static void epoll_finalize(VM *vm, Object *o)
{
    if (((Epoll *)o)->fd >= 0)
        sys_close(vm, ((Epoll *)o)->fd);
}

static const TypeOps epoll_ops = {.finalize = epoll_finalize};
static const NativeDef epoll_methods[] = {
    {"register(self, fd, eventmask=7, /)", epoll_register, "Watch a descriptor.", NATIVE_RAW, 2, 3},
    {"modify(self, fd, eventmask, /)", epoll_modify, "Change what is watched.", NATIVE_RAW, 3, 3},
    {"unregister(self, fd, /)", epoll_unregister, "Stop watching a descriptor.", NATIVE_RAW, 2, 2},
    {"poll(self, timeout=None, maxevents=-1)", epoll_poll, "Wait: [(descriptor, events)]; timeout in seconds.", 0, 0,
     0},
    {"close(self, /)", epoll_close, "Close the epoll object.", NATIVE_RAW, 1, 1},
    {"fileno(self, /)", epoll_fileno, "Return the descriptor.", NATIVE_RAW, 1, 1},
    {"__enter__(self, /)", epoll_enter, NULL, NATIVE_RAW, 1, 1},
    {"__exit__(self, *args)", epoll_close, NULL, NATIVE_RAW, 1, -1},
    {0},
};
static const GetSetDef epoll_getsets[] = {{"closed", epoll_closed, NULL, NULL}, {0}};
static const TypeDef epoll_def = {.name = "select.epoll",
                                  .kind = KIND_OTHER,
                                  .size = sizeof(Epoll),
                                  .ops = &epoll_ops,
                                  .methods = epoll_methods,
                                  .getsets = epoll_getsets,
                                  .make = {"epoll(cls, sizehint=-1, flags=0)", epoll_make, NULL, 0, 0, 0},
                                  .doc = "Waits for many descriptors.",
                                  .flags = TYPE_FINALIZE};

// ---------------------------------------------------------------- the module

typedef struct Constant {
    const char *name;
    int64_t value;
} Constant;
#define C(name) \
    { \
#name, name \
    }
static const Constant constants[] = {
    C(POLLIN),         C(POLLPRI),     C(POLLOUT),       C(POLLERR),
    C(POLLHUP),        C(POLLNVAL),    C(POLLRDNORM),    C(POLLRDBAND),
    C(POLLWRNORM),     C(POLLWRBAND),  C(POLLMSG),       C(POLLRDHUP),
    C(EPOLLIN),        C(EPOLLOUT),    C(EPOLLPRI),      C(EPOLLERR),
    C(EPOLLHUP),       C(EPOLLRDHUP),  C(EPOLLET),       C(EPOLLONESHOT),
    C(EPOLLEXCLUSIVE), C(EPOLLRDNORM), C(EPOLLRDBAND),   C(EPOLLWRNORM),
    C(EPOLLWRBAND),    C(EPOLLMSG),    C(EPOLL_CLOEXEC), {"PIPE_BUF", PIPE_BUF},
};

static bool init(VM *vm, Module *m)
{
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (!module_set(vm, m, constants[i].name, from_small(constants[i].value & 0xffffffff)))
            return false;
    return (type_of_def(vm, &poll_def) || type_register(vm, &poll_def, NULL)) &&
           module_set(vm, m, "error", from_object(vm->exc[EXC_OSError]));
}

static const NativeDef functions[] = {
    {"select(rlist, wlist, xlist, timeout=None, /)", select_function,
     "Wait until descriptors are ready; return three lists of those that are.", NATIVE_RAW, 3, 4},
    {"poll()", poll_function, "Return a poll object.", NATIVE_RAW, 0, 0},
    {0},
};
static const TypeDef *const types[] = {&epoll_def, NULL};

const ModuleDef select_module = {
    .name = "select", .doc = "Waiting for descriptors.", .functions = functions, .types = types, .init = init};
