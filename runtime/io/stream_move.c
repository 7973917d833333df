// SPDX-License-Identifier: MIT
//
// The bytes of a Stream: receiving, sending, and what cannot be sent yet.

#define _GNU_SOURCE
#include <errno.h>

#include "runtime/tasks/future.h"
#include "stream_internal.h"
#include "stream_protocol.h"
#include "vm/types/bytes.h"

// ---------------------------------------------------------------- receiving

static ssize_t receive(VM *vm, Stream *t, char *room, size_t size)
{
    return t->sort == STREAM_SOCKET ? sys_recv(vm, t->fd, room, size, 0) : sys_read(vm, t->fd, room, size);
}

static const char *read_error(Stream *t)
{
    return t->sort == STREAM_SOCKET ? "Fatal read error on socket transport" : "Fatal read error on pipe transport";
}

// False (with *go_on untouched) ends; *eof tells whether the protocol wants to go on writing.
static bool ask_eof(VM *vm, Stream *t, bool *keep_open)
{
    if (t->protocol_sort == PROTOCOL_NATIVE) {
        int keep = protocol_eof(vm, as_protocol(t->protocol));
        *keep_open = keep > 0;
        return keep >= 0;
    }
    Value v = stream_call(vm, t, IO_eof_received, NULL, 0);
    int keep = v ? object_truth(vm, v) : -1;
    *keep_open = keep > 0;
    return keep >= 0;
}

static bool at_eof(VM *vm, Stream *t)
{
    bool keep_open;
    if (t->sort == STREAM_READ_PIPE)
        return stream_post_eof(vm, t);
    if (!ask_eof(vm, t, &keep_open))
        return stream_fatal(vm, t, "Fatal error: protocol.eof_received() call failed.");
    if (!keep_open)
        return stream_close(vm, t);
    io_want((IoHandle *)t, io_wanted((IoHandle *)t) & ~WATCH_READ);
    return true;
}

bool stream_pipe_eof(VM *vm, Stream *t)
{
    bool keep_open;
    return is_none(t->protocol) || ask_eof(vm, t, &keep_open) ||
           stream_fatal(vm, t, "Fatal error: protocol.eof_received() call failed.");
}

static bool deliver(VM *vm, Stream *t, const char *data, size_t size)
{
    if (t->protocol_sort == PROTOCOL_NATIVE) {
        if (protocol_data(vm, as_protocol(t->protocol), data, size))
            return true;
    } else {
        Value bytes = bytes_new(vm, data, size);
        if (bytes && stream_call(vm, t, IO_data_received, &bytes, 1))
            return true;
    }
    return stream_fatal(vm, t, "Fatal error: protocol.data_received() call failed.");
}

// BufferedProtocol: receives straight into the protocol's own buffer.
static bool read_into_protocol(VM *vm, Stream *t)
{
    char *room;
    size_t size;
    Value hint = from_small(-1), buffer = stream_call(vm, t, IO_get_buffer, &hint, 1);
    if (buffer && !bytes_view_writable(buffer, &room, &size))
        buffer = raise_type(vm, "get_buffer() must return a writable buffer, not %T", buffer);
    if (buffer && !size)
        buffer = raise_runtime(vm, "get_buffer() returned an empty buffer");
    if (!buffer)
        return stream_fatal(vm, t, "Fatal error: protocol.get_buffer() call failed.");
    ssize_t n = receive(vm, t, room, size);
    if (n < 0)
        return errno == EAGAIN || stream_system_error(vm, t, read_error(t));
    if (n == 0)
        return at_eof(vm, t);
    Value count = from_small(n);
    return stream_call(vm, t, IO_buffer_updated, &count, 1) ||
           stream_fatal(vm, t, "Fatal error: protocol.buffer_updated() call failed.");
}

// The reader of our pipe has gone.
static bool write_pipe_hangup(VM *vm, Stream *t)
{
    if (!t->out.size)
        return stream_abort(vm, t, VALUE_NONE);
    raise_args(vm, EXC_BrokenPipeError, 0, NULL);
    return stream_abort(vm, t, error_take(vm));
}

bool stream_readable(VM *vm, Stream *t)
{
    if (t->lost || !(io_wanted((IoHandle *)t) & WATCH_READ))
        return true;
    if (t->sort == STREAM_WRITE_PIPE)
        return write_pipe_hangup(vm, t);
    if (t->protocol_sort == PROTOCOL_BUFFERED)
        return read_into_protocol(vm, t);
    char *room = loop_scratch(vm, t->loop);
    ssize_t n = room ? receive(vm, t, room, LOOP_SCRATCH) : -2;
    if (n > 0)
        return deliver(vm, t, room, (size_t)n);
    if (n == 0)
        return at_eof(vm, t);
    return n == -2 ? false : errno == EAGAIN || stream_system_error(vm, t, read_error(t));
}

// ---------------------------------------------------------------- sending

static ssize_t send_some(VM *vm, Stream *t, const char *data, size_t size)
{
    t->loop->io_touched = true;
    return t->sort == STREAM_SOCKET ? sys_send(vm, t->fd, data, size, 0) : sys_write(vm, t->fd, data, size);
}

static bool write_failed(VM *vm, Stream *t)
{
    return stream_system_error(vm, t,
                               t->sort == STREAM_SOCKET ? "Fatal write error on socket transport"
                                                        : "Fatal write error on pipe transport");
}

bool stream_write(VM *vm, Stream *t, const char *data, size_t size)
{
    if (!size)
        return true;
    if (t->lost || (t->sort == STREAM_WRITE_PIPE && t->closing)) {
        t->lost++;
        return true;
    }
    if (!t->out.size) {
        ssize_t n = send_some(vm, t, data, size);
        if (likely(n == (ssize_t)size))
            return true;
        if (n < 0 && errno != EAGAIN)
            return write_failed(vm, t);
        data += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
        io_want((IoHandle *)t, io_wanted((IoHandle *)t) | WATCH_WRITE);
    }
    return queue_add(vm, &t->base, &t->out, data, size) && stream_maybe_pause(vm, t);
}

bool stream_write_value(VM *vm, Stream *t, Value v)
{
    const char *data;
    size_t size;
    if (!bytes_view(v, &data, &size)) {
        raise_type(vm, "data argument must be a bytes-like object, not '%T'", v);
        return false;
    }
    if (unlikely(t->eof))
        return (raise_runtime(vm, "Cannot call write() after write_eof()"), false);
    if (unlikely(t->drained != VALUE_EMPTY))
        return (raise_runtime(vm, "unable to write; sendfile is in progress"), false);
    return stream_write(vm, t, data, size);
}

static bool finish_output(VM *vm, Stream *t)
{
    io_want((IoHandle *)t, io_wanted((IoHandle *)t) & ~WATCH_WRITE);
    if (t->drained && !future_done(as_future(t->drained)) && !future_set_result(vm, as_future(t->drained), VALUE_NONE))
        return false;
    if (t->closing) {
        io_want((IoHandle *)t, 0);
        return stream_lost(vm, t);
    }
    if (t->eof && sys_shutdown(vm, t->fd, SHUT_WR) < 0)
        return stream_system_error(vm, t, "Fatal write error on socket transport");
    return true;
}

bool stream_writable(VM *vm, Stream *t)
{
    if ((t->sort == STREAM_SOCKET && t->lost) || !t->out.size)
        return true;
    ssize_t n = send_some(vm, t, queue_bytes(&t->out), t->out.size);
    if (n < 0)
        return errno == EAGAIN || write_failed(vm, t);
    queue_take(&t->out, (size_t)n);
    if (!stream_maybe_resume(vm, t)) // may write more
        return false;
    return t->out.size || finish_output(vm, t);
}

bool stream_write_eof(VM *vm, Stream *t)
{
    if (t->closing || t->eof)
        return true;
    if (t->sort == STREAM_WRITE_PIPE) {
        t->closing = true;
        return t->out.size || (t->closing = false, stream_abort(vm, t, VALUE_NONE));
    }
    t->eof = true;
    t->loop->io_touched = true;
    if (!t->out.size && sys_shutdown(vm, t->fd, SHUT_WR) < 0)
        return (sys_raise(vm, errno, VALUE_EMPTY), false);
    return true;
}
