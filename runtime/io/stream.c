// SPDX-License-Identifier: MIT
//
// The life of a Stream: made, connected, reading, closing, closed; and how errors end it.

#define _GNU_SOURCE
#include "stream.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "io_names.h"
#include "runtime/tasks/future.h"
#include "stream_internal.h"
#include "stream_protocol.h"

enum { ACTION_ACCEPTED = IO_ACTION, ACTION_MADE, ACTION_START, ACTION_LOST, ACTION_EOF };

// ---------------------------------------------------------------- making

static const TypeDef *const defs[] = {&stream_def, &read_pipe_def, &write_pipe_def};

Stream *stream_new(VM *vm, EventLoop *loop, StreamSort sort, Value file, int fd, Value server)
{
    Stream *t = stream_start(vm) ? type_new_of(vm, defs[sort]) : NULL;
    if (!t)
        return NULL;
    t->sort = sort;
    t->file = file;
    t->fd = fd;
    t->server = server;
    t->protocol = t->error = VALUE_NONE;
    t->high = 64 * 1024;
    t->low = 16 * 1024;
    if (!io_start(vm, (IoHandle *)t, &stream_kind, loop, fd))
        return NULL;
    if (sort != STREAM_SOCKET)
        return t;
    int one = 1, family = as_socket(file)->family;
    if (family == AF_INET || family == AF_INET6)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    t->sockname = socket_name(vm, as_socket(file), false);
    gc_barrier(vm, t);
    return t->sockname ? t : NULL;
}

bool stream_set_protocol(VM *vm, Stream *t, Value protocol)
{
    t->protocol = protocol;
    t->connected = true;
    gc_barrier(vm, t);
    if (is_native_protocol(vm, protocol)) {
        t->protocol_sort = PROTOCOL_NATIVE;
        return true;
    }
    Value get = object_getattr_opt(vm, protocol, io_name(vm, IO_get_buffer));
    if (!get && vm->error)
        return false;
    t->protocol_sort = get ? PROTOCOL_BUFFERED : PROTOCOL_CALLS;
    return true;
}

bool stream_begin(VM *vm, Stream *t, Value protocol, Value waiter)
{
    if (!stream_set_protocol(vm, t, protocol))
        return false;
    if (t->sort == STREAM_SOCKET) {
        t->peername = t->peername ? t->peername : socket_name(vm, as_socket(t->file), true);
        if (!t->peername)
            return false;
    }
    t->waiter = waiter && !is_none(waiter) ? waiter : VALUE_EMPTY;
    gc_barrier(vm, t);
    if (!io_post(vm, (IoHandle *)t, ACTION_MADE) || !io_post(vm, (IoHandle *)t, ACTION_START))
        return false;
    if (!t->waiter)
        return true;
    Handle *h = handle_new(vm, t->loop, &handle_def, t->waiter, VALUE_NONE, true, VALUE_EMPTY);
    return h && loop_push(vm, t->loop, from_object(h), VALUE_EMPTY);
}

bool stream_accepted(VM *vm, Stream *t, Value factory)
{
    t->protocol = factory;
    gc_barrier(vm, t);
    sched_of(vm)->task_number++; // CPython runs a task here: names of later tasks stay equal
    return io_post(vm, (IoHandle *)t, ACTION_ACCEPTED);
}

// ---------------------------------------------------------------- calling the protocol

Value stream_call(VM *vm, Stream *t, IoName name, const Value *args, int nargs)
{
    Value saved = vm->context;
    vm->context = t->context;
    Value v = io_invoke(vm, t->protocol, name, args, nargs);
    vm->context = saved;
    return v;
}

// pause_writing, resume_writing: what they raise is told to the exception handler.
static bool tell_flow(VM *vm, Stream *t, bool pause)
{
    t->protocol_paused = pause;
    if (t->protocol_sort == PROTOCOL_NATIVE)
        return pause ? (protocol_pause(as_protocol(t->protocol)), true) : protocol_resume(vm, as_protocol(t->protocol));
    if (stream_call(vm, t, pause ? IO_pause_writing : IO_resume_writing, NULL, 0))
        return true;
    return io_report(vm, (IoHandle *)t, pause ? "protocol.pause_writing() failed" : "protocol.resume_writing() failed",
                     t->protocol);
}

bool stream_maybe_pause(VM *vm, Stream *t)
{
    return t->out.size <= t->high || t->protocol_paused || is_none(t->protocol) || tell_flow(vm, t, true);
}

bool stream_maybe_resume(VM *vm, Stream *t)
{
    return !t->protocol_paused || t->out.size > t->low || is_none(t->protocol) || tell_flow(vm, t, false);
}

// ---------------------------------------------------------------- closing

static bool post_lost(VM *vm, Stream *t, Value error)
{
    t->error = error;
    gc_barrier(vm, t);
    t->loop->io_touched = true;
    return io_post(vm, (IoHandle *)t, ACTION_LOST);
}

bool stream_close(VM *vm, Stream *t)
{
    if (t->closing)
        return true;
    if (t->sort == STREAM_WRITE_PIPE)
        return stream_write_eof(vm, t);
    t->closing = true;
    io_want((IoHandle *)t, io_wanted((IoHandle *)t) & ~WATCH_READ);
    if (t->out.size)
        return true;
    t->lost++;
    io_want((IoHandle *)t, 0);
    return post_lost(vm, t, VALUE_NONE);
}

bool stream_abort(VM *vm, Stream *t, Value error)
{
    if (t->sort == STREAM_SOCKET ? t->lost > 0 : is_none(t->file) || (t->sort == STREAM_READ_PIPE && t->closing))
        return true;
    queue_clear(&t->out);
    t->closing = true;
    io_want((IoHandle *)t, 0);
    t->lost++;
    return post_lost(vm, t, error);
}

bool stream_fatal(VM *vm, Stream *t, const char *message)
{
    if (error_is(vm, EXC_SystemExit) || error_is(vm, EXC_KeyboardInterrupt))
        return false;
    bool quiet = error_is(vm, EXC_OSError);
    Value e = error_take(vm);
    if (!quiet) {
        raise_value_of(vm, e);
        if (!io_report(vm, (IoHandle *)t, message, t->protocol))
            return false;
    }
    return stream_abort(vm, t, e);
}

bool stream_system_error(VM *vm, Stream *t, const char *message)
{
    sys_raise(vm, errno, VALUE_EMPTY);
    return stream_fatal(vm, t, message);
}

static bool close_file(VM *vm, Stream *t)
{
    Value file = t->file;
    t->file = VALUE_NONE;
    io_stop((IoHandle *)t);
    t->fd = -1;
    if (is_socket(vm, file))
        return socket_close(vm, as_socket(file));
    return io_invoke(vm, file, IO_close, NULL, 0) != VALUE_EMPTY;
}

// The last step: connection_lost(), then the descriptor goes. An error of the protocol is told after that.
bool stream_lost(VM *vm, Stream *t)
{
    if (is_none(t->file))
        return true;
    bool ok = true;
    if (t->connected && t->protocol_sort == PROTOCOL_NATIVE)
        ok = protocol_lost(vm, as_protocol(t->protocol), t->error);
    else if (t->connected)
        ok = stream_call(vm, t, IO_connection_lost, &t->error, 1) != VALUE_EMPTY;
    Value error = vm->error, server = t->server, drained = t->drained;
    vm->error = VALUE_EMPTY;
    t->protocol = t->server = VALUE_NONE;
    t->protocol_sort = PROTOCOL_CALLS;
    t->drained = VALUE_EMPTY;
    ok &= close_file(vm, t);
    if (ok && drained && !future_done(as_future(drained))) {
        raise_exc(vm, EXC_ConnectionError, "Connection is closed by peer");
        ok = future_set_exception(vm, as_future(drained), error_take(vm));
    }
    if (server && !is_none(server))
        ok &= io_invoke(vm, server, IO__detach, (Value[]){from_object((Object *)t)}, 1) != VALUE_EMPTY;
    vm->error = error ? error : vm->error;
    return ok || io_report(vm, (IoHandle *)t, "Exception in callback connection_lost()", VALUE_EMPTY);
}

// ---------------------------------------------------------------- starting

static bool made(VM *vm, Stream *t)
{
    Value self = from_object((Object *)t), saved = vm->context;
    bool ok = true;
    if (t->protocol_sort == PROTOCOL_NATIVE) {
        vm->context = t->context;
        ok = protocol_made(vm, as_protocol(t->protocol), self);
        vm->context = saved;
    } else if (!is_none(t->protocol)) {
        ok = stream_call(vm, t, IO_connection_made, &self, 1) != VALUE_EMPTY;
    }
    return ok || io_report(vm, (IoHandle *)t, "Exception in callback connection_made()", t->protocol);
}

// A write end of a pipe or socket is watched for its reader going away; a terminal or a file cannot tell.
static bool tells_hangup(VM *vm, int fd)
{
    struct stat st;
    return sys_fstat(vm, fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static bool start_reading(VM *vm, Stream *t)
{
    bool watch = t->sort == STREAM_WRITE_PIPE ? tells_hangup(vm, t->fd) : !t->paused;
    if (watch && !t->closing)
        io_want((IoHandle *)t, io_wanted((IoHandle *)t) | WATCH_READ);
    return true;
}

static bool refuse(VM *vm, Stream *t)
{
    bool ok = !error_ends_loop(vm), debug = t->loop->debug;
    if (ok && debug)
        ok = io_report(vm, (IoHandle *)t, "Error on transport creation for incoming connection", VALUE_EMPTY);
    else if (ok)
        error_clear(vm);
    t->connected = false;
    return ok && close_file(vm, t);
}

static bool accepted(VM *vm, Stream *t)
{
    Value factory = t->protocol, server = t->server, self = from_object((Object *)t), saved = vm->context;
    t->protocol = VALUE_NONE;
    vm->context = t->context;
    Value protocol = call0(vm, factory);
    vm->context = saved;
    if (!protocol || (!is_none(server) && !io_invoke(vm, server, IO__attach, &self, 1)) ||
        !stream_begin(vm, t, protocol, VALUE_EMPTY))
        return refuse(vm, t);
    return true;
}

static bool run(VM *vm, IoHandle *h, int what)
{
    Stream *t = (Stream *)h;
    switch (what) {
    case ACTION_ACCEPTED:
        return accepted(vm, t);
    case ACTION_MADE:
        return made(vm, t);
    case ACTION_START:
        return start_reading(vm, t);
    case ACTION_LOST:
        return stream_lost(vm, t);
    case ACTION_EOF:
        return stream_pipe_eof(vm, t);
    default:
        return (!(what & WATCH_READ) || stream_readable(vm, t)) && (!(what & WATCH_WRITE) || stream_writable(vm, t));
    }
}

const IoKind stream_kind = {"connection", run};

// ---------------------------------------------------------------- reading on and off

void stream_pause_reading(Stream *t)
{
    if (t->closing || t->paused)
        return;
    t->paused = true;
    io_want((IoHandle *)t, io_wanted((IoHandle *)t) & ~WATCH_READ);
}

void stream_resume_reading(Stream *t)
{
    if (t->closing || !t->paused)
        return;
    t->paused = false;
    t->loop->io_touched = true;
    io_want((IoHandle *)t, io_wanted((IoHandle *)t) | WATCH_READ);
}

bool stream_post_eof(VM *vm, Stream *t)
{
    t->closing = true;
    io_want((IoHandle *)t, 0);
    return io_post(vm, (IoHandle *)t, ACTION_EOF) && post_lost(vm, t, VALUE_NONE);
}
