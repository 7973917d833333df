// SPDX-License-Identifier: MIT
//
// Accepting connections. See listener.h.

#define _GNU_SOURCE
#include "listener.h"

#include <errno.h>

#include "runtime/tasks/scheduler.h"
#include "stream.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

// ---------------------------------------------------------------- accepting

static bool adopt(VM *vm, Listener *l, int fd, const Address *from)
{
    Socket *s = as_socket(l->socket), *conn = socket_adopt(vm, fd, s->family, s->type, s->protocol);
    Value saved = vm->context;
    vm->context = l->context; // the connection lives in a copy of the context in which the server was started
    Stream *t = conn ? stream_new(vm, l->loop, STREAM_SOCKET, from_object(conn), fd, l->server) : NULL;
    vm->context = saved;
    if (!t)
        return false;
    t->peername = address_value(vm, from);
    gc_barrier(vm, t);
    return t->peername && stream_accepted(vm, t, l->factory);
}

static bool out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// Stops for a while and tells why (asyncio._net.accept_failed sets the timer that resumes).
static bool rest(VM *vm, Listener *l, int error)
{
    l->resting = true;
    io_want((IoHandle *)l, 0);
    raise_os(vm, error, VALUE_EMPTY);
    Value e = error_take(vm), module = import_by_name(vm, "asyncio._net");
    Value f = module ? attribute_named(vm, module, "accept_failed") : VALUE_EMPTY;
    return f && call3(vm, f, from_object((Object *)l), from_object(l->loop), e) != VALUE_EMPTY;
}

static bool run(VM *vm, IoHandle *h, int what)
{
    (void)what;
    Listener *l = (Listener *)h;
    for (int i = 0; i < l->backlog && io_wanted(h); i++) {
        Address from;
        int fd = sys_accept(vm, l->watch.fd, &from.any, address_room(&from), SOCK_NONBLOCK);
        if (fd >= 0) {
            if (!adopt(vm, l, fd, &from))
                return io_report(vm, h, "Error on transport creation for incoming connection", VALUE_EMPTY);
            continue;
        }
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return true;
        if (out_of_resources(errno))
            return rest(vm, l, errno);
        sys_raise(vm, errno, VALUE_EMPTY);
        return io_report(vm, h, "Exception in callback accept()", VALUE_EMPTY);
    }
    return true;
}

static const IoKind kind = {"listener", run};

// ---------------------------------------------------------------- methods

static Listener *as_listener(Value v) { return (Listener *)as_object(v); }

static Value start_method(VM *vm, Value *a, int n)
{
    (void)n;
    Listener *l = as_listener(a[0]);
    if (l->watch.fd < 0)
        return VALUE_NONE;
    if (!io_is_open((IoHandle *)l) && !io_start(vm, (IoHandle *)l, &kind, l->loop, l->watch.fd))
        return VALUE_EMPTY;
    l->resting = false;
    io_want((IoHandle *)l, WATCH_READ);
    return VALUE_NONE;
}

// After a rest: goes on unless it was stopped meanwhile.
static Value resume_method(VM *vm, Value *a, int n)
{
    return as_listener(a[0])->resting ? start_method(vm, a, n) : VALUE_NONE;
}

static Value stop_method(VM *vm, Value *a, int n)
{
    (void)vm, (void)n;
    Listener *l = as_listener(a[0]);
    io_stop((IoHandle *)l);
    l->resting = false;
    l->watch.fd = -1;
    return VALUE_NONE;
}

static Value get_socket(VM *vm, Value self) { return (void)vm, as_listener(self)->socket; }

Value listener_new(VM *vm, EventLoop *loop, Value socket, Value factory, Value server, int backlog)
{
    Listener *l = listener_start(vm) ? type_new_of(vm, &listener_def) : NULL;
    if (!l)
        return VALUE_EMPTY;
    l->loop = loop;
    l->socket = socket;
    l->factory = factory;
    l->server = server;
    l->backlog = backlog > 0 ? backlog : 1;
    l->watch.fd = as_socket(socket)->fd;
    return from_object((Object *)l);
}

static void listener_mark(Gc *gc, Object *o)
{
    Listener *l = (Listener *)o;
    io_mark_fields(gc, (IoHandle *)l);
    gc_mark(gc, l->socket);
    gc_mark(gc, l->factory);
    gc_mark(gc, l->server);
}

static void listener_finalize(VM *vm, Object *o) { (void)vm, io_stop((IoHandle *)o); }

static const TypeOps ops = {.mark = listener_mark, .finalize = listener_finalize};
static const NativeDef methods[] = {
    {"start(self, /)", start_method, "Accept connections from now on.", NATIVE_RAW, 1, 1},
    {"resume(self, /)", resume_method, "Go on after a rest.", NATIVE_RAW, 1, 1},
    {"stop(self, /)", stop_method, "Accept no more; for good.", NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef getsets[] = {{"socket", get_socket, NULL, NULL}, {0}};
const TypeDef listener_def = {.name = "asyncio._Listener",
                              .kind = KIND_OTHER,
                              .size = sizeof(Listener),
                              .ops = &ops,
                              .methods = methods,
                              .getsets = getsets,
                              .flags = TYPE_FINALIZE | TYPE_NO_NEW};

bool listener_start(VM *vm) { return type_of_def(vm, &listener_def) || type_register(vm, &listener_def, NULL); }
