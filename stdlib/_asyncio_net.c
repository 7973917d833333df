// SPDX-License-Identifier: MIT
//
// _asyncio_net: transports, listeners, streams and the resolver of runtime/io, for the package asyncio.

#include <errno.h>

#include "runtime/io/datagram.h"
#include "runtime/io/fd_watch.h"
#include "runtime/io/listener.h"
#include "runtime/io/resolve.h"
#include "runtime/io/stream.h"
#include "runtime/io/stream_protocol.h"
#include "runtime/tasks/scheduler.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

static EventLoop *loop_of(VM *vm, Value v)
{
    if (is_type_def(vm, v, &event_loop_def))
        return (EventLoop *)as_object(v);
    raise_type(vm, "an event loop is required, not %T", v);
    return NULL;
}

static bool need_socket(VM *vm, Value v)
{
    return is_socket(vm, v) || (raise_type(vm, "a socket is required, not %T", v), false);
}

// ---------------------------------------------------------------- transports

// (loop, sock, protocol, waiter, server)
static Value make_stream(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_of(vm, a[0]);
    if (!loop || !need_socket(vm, a[1]))
        return VALUE_EMPTY;
    Stream *t = stream_new(vm, loop, STREAM_SOCKET, a[1], as_socket(a[1])->fd, a[4]);
    return t && stream_begin(vm, t, a[2], a[3]) ? from_object((Object *)t) : VALUE_EMPTY;
}

// (loop, pipe, fd, protocol, waiter, writing)
static Value make_pipe(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_of(vm, a[0]);
    int fd, writing = object_truth(vm, a[5]);
    if (!loop || writing < 0 || !fd_of(vm, a[2], &fd))
        return VALUE_EMPTY;
    Stream *t = stream_new(vm, loop, writing ? STREAM_WRITE_PIPE : STREAM_READ_PIPE, a[1], fd, VALUE_NONE);
    return t && stream_begin(vm, t, a[3], a[4]) ? from_object((Object *)t) : VALUE_EMPTY;
}

// (loop, sock, protocol, remote, waiter)
static Value make_datagram(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_of(vm, a[0]);
    return loop && need_socket(vm, a[1]) ? datagram_new(vm, loop, a[1], a[2], a[3], a[4]) : VALUE_EMPTY;
}

// (loop, sock, factory, server, backlog)
static Value make_listener(VM *vm, Value *a, int n)
{
    (void)n;
    int64_t backlog;
    EventLoop *loop = loop_of(vm, a[0]);
    if (!loop || !need_socket(vm, a[1]) || !object_index_i64(vm, a[4], &backlog))
        return VALUE_EMPTY;
    return listener_new(vm, loop, a[1], a[2], a[3], backlog > 65535 ? 65535 : (int)backlog);
}

// ---------------------------------------------------------------- names

// (loop, host, port, family, type, proto, flags): a future
static Value resolve_addresses(VM *vm, Value *a, int n)
{
    (void)n;
    Question q;
    EventLoop *loop = loop_of(vm, a[0]);
    return loop && question_addresses(vm, &q, a + 1) ? resolve_later(vm, loop, &q) : VALUE_EMPTY;
}

static Value resolve_names(VM *vm, Value *a, int n)
{
    (void)n;
    Question q;
    EventLoop *loop = loop_of(vm, a[0]);
    return loop && question_names(vm, &q, a + 1) ? resolve_later(vm, loop, &q) : VALUE_EMPTY;
}

// (host, family): the number written in `host`: (family, text), or None when it is a name.
static Value numeric_host(VM *vm, Value *a, int n)
{
    (void)n;
    Address address;
    int64_t family;
    if (!is_str(a[0]) || strlen(as_str(a[0])->data) != as_str(a[0])->size)
        return VALUE_NONE;
    if (!object_index_i64(vm, a[1], &family))
        return VALUE_EMPTY;
    if (!address_numeric(as_str(a[0])->data, (int)family, &address))
        return VALUE_NONE;
    return tuple_pack(vm, 2, from_small(address.any.sa_family), a[0]);
}

// (fd, file, offset, count): bytes sent; 0 at the end
static Value send_file(VM *vm, Value *a, int n)
{
    (void)n;
    int to, from;
    int64_t offset, count;
    if (!fd_of(vm, a[0], &to) || !fd_of(vm, a[1], &from) || !object_index_i64(vm, a[2], &offset) ||
        !object_index_i64(vm, a[3], &count))
        return VALUE_EMPTY;
    ssize_t sent = sys_sendfile(vm, to, from, &offset, (size_t)count);
    return sent < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_small(sent);
}

// (loop): [(name, fd)] of everything open
static Value open_handles(VM *vm, Value *a, int n)
{
    (void)n;
    EventLoop *loop = loop_of(vm, a[0]);
    List *list = loop ? list_new(vm, loop->handle_count) : NULL;
    for (IoHandle *h = list ? loop->handles : NULL; h; h = h->next) {
        Str *name = str_from(vm, h->kind->name);
        Value v = name ? tuple_pack(vm, 2, from_object(name), from_small(h->watch.fd)) : VALUE_EMPTY;
        if (!v || !list_append(vm, list, v))
            return VALUE_EMPTY;
    }
    return list ? from_object(list) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- the module

static bool init(VM *vm, Module *m)
{
    if (!scheduler_start(vm) || !stream_start(vm) || !datagram_start(vm) || !listener_start(vm) ||
        !stream_api_start(vm))
        return false;
    const struct {
        const char *name;
        const TypeDef *def;
    } types[] = {
        {"SocketTransport", &stream_def},
        {"ReadPipeTransport", &read_pipe_def},
        {"WritePipeTransport", &write_pipe_def},
        {"DatagramTransport", &datagram_def},
        {"StreamReader", &stream_reader_def},
        {"StreamWriter", &stream_writer_def},
        {"StreamReaderProtocol", &stream_protocol_def},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!module_set(vm, m, types[i].name, from_object(type_of_def(vm, types[i].def))))
            return false;
    return true;
}

static const NativeDef functions[] = {
    {"make_stream(loop, sock, protocol, waiter, server, /)", make_stream, "Make the transport of a socket.", NATIVE_RAW,
     5, 5},
    {"make_pipe(loop, pipe, fd, protocol, waiter, writing, /)", make_pipe, "Make the transport of a pipe.", NATIVE_RAW,
     6, 6},
    {"make_datagram(loop, sock, protocol, remote, waiter, /)", make_datagram, "Make the transport of datagrams.",
     NATIVE_RAW, 5, 5},
    {"make_listener(loop, sock, factory, server, backlog, /)", make_listener, "Make what accepts connections.",
     NATIVE_RAW, 5, 5},
    {"resolve_addresses(loop, host, port, family, type, proto, flags, /)", resolve_addresses,
     "getaddrinfo on a thread: a future.", NATIVE_RAW, 7, 7},
    {"resolve_names(loop, sockaddr, flags, /)", resolve_names, "getnameinfo on a thread: a future.", NATIVE_RAW, 3, 3},
    {"numeric_host(host, family, /)", numeric_host, "(family, host) when host is a number, else None.", NATIVE_RAW, 2,
     2},
    {"send_file(out, file, offset, count, /)", send_file, "sendfile(2).", NATIVE_RAW, 4, 4},
    {"open_handles(loop, /)", open_handles, "What the loop watches: [(name, descriptor)].", NATIVE_RAW, 1, 1},
    {0},
};

const ModuleDef _asyncio_net_module = {
    .name = "_asyncio_net", .doc = "Transports and streams in C.", .functions = functions, .init = init};
