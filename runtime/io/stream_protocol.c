// SPDX-License-Identifier: MIT
//
// StreamReaderProtocol: between a transport and a StreamReader. For a server it also makes the writer and runs the
// callback of start_server() as a task; a callback that fails is told to the exception handler and its connection
// closed.

#include "stream_protocol.h"

#include "io_names.h"
#include "runtime/tasks/task.h"
#include "stream.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

static bool exact_reader(Value v) { return is_exactly(v, &stream_reader_def); }

// ---------------------------------------------------------------- the callback of a server

static Value task_done(VM *vm, Value *a, int n)
{
    (void)n;
    StreamProtocol *p = as_protocol(a[0]);
    Future *task = as_future(a[1]);
    bool failed = task->state == FUTURE_FAILED;
    if (task->state == FUTURE_FINISHED)
        return VALUE_NONE;
    Value transport = p->transport, e = failed ? future_exception(vm, task) : VALUE_NONE;
    if (failed) {
        Str *text = str_from(vm, "Unhandled exception in client_connected_cb");
        if (!text ||
            !loop_call_exception_handler(vm, p->loop, from_object(text), "exception", e, "transport", transport, NULL))
            return VALUE_EMPTY;
    }
    return is_none(transport) ? VALUE_NONE : io_invoke(vm, transport, IO_close, NULL, 0);
}

static bool run_callback(VM *vm, StreamProtocol *p)
{
    bool failed = false;
    StreamWriter *w = writer_new(vm, p->loop, p->transport, from_object(p), p->reader);
    if (!w)
        return false;
    p->writer = from_object(w);
    gc_barrier(vm, p);
    Value v = call2(vm, p->callback, p->reader, p->writer);
    if (!v || !is_coroutine_like(vm, v, &failed))
        return v && !failed;
    p->task = loop_create_task(vm, p->loop, v, VALUE_NONE, VALUE_EMPTY, VALUE_EMPTY);
    gc_barrier(vm, p);
    if (!p->task || !is_future(vm, p->task))
        return p->task != VALUE_EMPTY;
    Value done = attribute_named(vm, from_object(p), "_task_done");
    return done && future_add_callback(vm, as_future(p->task), done, VALUE_NONE);
}

// ---------------------------------------------------------------- events

bool protocol_made(VM *vm, StreamProtocol *p, Value transport)
{
    p->transport = transport;
    gc_barrier(vm, p);
    if (exact_reader(p->reader)) {
        as_reader(p->reader)->transport = transport;
        gc_barrier(vm, as_object(p->reader));
    } else if (!is_none(p->reader) && !io_invoke(vm, p->reader, IO_set_transport, &transport, 1)) {
        return false;
    }
    if (!is_stream(vm, transport)) {
        Value name = from_object(str_from(vm, "sslcontext"));
        Value context = name ? io_invoke(vm, transport, IO_get_extra_info, &name, 1) : VALUE_EMPTY;
        if (!context)
            return false;
        p->over_ssl = !is_none(context);
    }
    return is_none(p->callback) || run_callback(vm, p);
}

bool protocol_data(VM *vm, StreamProtocol *p, const char *data, size_t size)
{
    if (likely(exact_reader(p->reader)))
        return reader_feed(vm, as_reader(p->reader), data, size);
    if (is_none(p->reader))
        return true;
    Value bytes = bytes_new(vm, data, size);
    return bytes && io_invoke(vm, p->reader, IO_feed_data, &bytes, 1);
}

static bool feed_eof(VM *vm, StreamProtocol *p)
{
    if (exact_reader(p->reader))
        return reader_feed_eof(vm, as_reader(p->reader));
    return is_none(p->reader) || io_invoke(vm, p->reader, IO_feed_eof, NULL, 0);
}

int protocol_eof(VM *vm, StreamProtocol *p) { return feed_eof(vm, p) ? !p->over_ssl : -1; }

static bool fail_reader(VM *vm, StreamProtocol *p, Value error)
{
    if (exact_reader(p->reader))
        return reader_set_error(vm, as_reader(p->reader), error);
    return is_none(p->reader) || io_invoke(vm, p->reader, IO_set_exception, &error, 1);
}

// Completes a future that others wait for: with nothing, or with an error that counts as told.
static bool complete(VM *vm, Value future, Value error)
{
    Future *f = as_future(future);
    if (future_done(f))
        return true;
    return is_none(error) ? future_set_result(vm, f, VALUE_NONE) : future_set_exception(vm, f, error);
}

bool protocol_lost(VM *vm, StreamProtocol *p, Value error)
{
    if (!(is_none(error) ? feed_eof(vm, p) : fail_reader(vm, p, error)))
        return false;
    p->error = error;
    p->lost = true;
    gc_barrier(vm, p);
    if (p->closed) {
        if (!complete(vm, p->closed, error))
            return false;
        if (!is_none(error))
            future_exception(vm, as_future(p->closed));
    }
    for (uint32_t i = 0; p->paused && i < p->drain.count; i++)
        if (!complete(vm, waiters_at(&p->drain, i), error))
            return false;
    p->reader = p->writer = p->task = p->transport = VALUE_NONE;
    return true;
}

void protocol_pause(StreamProtocol *p) { p->paused = true; }

bool protocol_resume(VM *vm, StreamProtocol *p)
{
    p->paused = false;
    for (uint32_t i = 0; i < p->drain.count; i++)
        if (!complete(vm, waiters_at(&p->drain, i), VALUE_NONE))
            return false;
    return true;
}

Value protocol_closed(VM *vm, StreamProtocol *p)
{
    if (p->closed)
        return p->closed;
    Future *f = future_new(vm, p->loop);
    if (!f)
        return VALUE_EMPTY;
    p->closed = from_object(f);
    gc_barrier(vm, p);
    if (!p->lost)
        return p->closed;
    if (!complete(vm, p->closed, p->error))
        return VALUE_EMPTY;
    if (!is_none(p->error))
        future_exception(vm, f);
    return p->closed;
}

// ---------------------------------------------------------------- methods

static Value result(bool ok) { return ok ? VALUE_NONE : VALUE_EMPTY; }

static Value made_method(VM *vm, Value *a, int n)
{
    return (void)n, result(protocol_made(vm, as_protocol(a[0]), a[1]));
}
static Value lost_method(VM *vm, Value *a, int n)
{
    return (void)n, result(protocol_lost(vm, as_protocol(a[0]), a[1]));
}
static Value data_method(VM *vm, Value *a, int n)
{
    (void)n;
    const char *data;
    size_t size;
    return bytes_view_or_raise(vm, a[1], &data, &size) ? result(protocol_data(vm, as_protocol(a[0]), data, size))
                                                       : VALUE_EMPTY;
}
static Value eof_method(VM *vm, Value *a, int n)
{
    (void)n;
    int keep = protocol_eof(vm, as_protocol(a[0]));
    return keep < 0 ? VALUE_EMPTY : from_bool(keep);
}
static Value pause_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, protocol_pause(as_protocol(a[0])), VALUE_NONE;
}
static Value resume_method(VM *vm, Value *a, int n) { return (void)n, result(protocol_resume(vm, as_protocol(a[0]))); }
static Value closed_method(VM *vm, Value *a, int n) { return (void)n, protocol_closed(vm, as_protocol(a[0])); }

// start_tls: the writer now has another transport.
static Value replace_writer_method(VM *vm, Value *a, int n)
{
    (void)n;
    StreamProtocol *p = as_protocol(a[0]);
    Value transport = attribute_named(vm, a[1], "transport");
    if (!transport)
        return VALUE_EMPTY;
    p->writer = a[1];
    p->transport = transport;
    p->over_ssl = true;
    gc_barrier(vm, p);
    return VALUE_NONE;
}

static Value drain_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    StreamProtocol *p = as_protocol(op->owner);
    if (op->stage == 1) {
        waiters_remove(&p->drain, op->waiter);
        return operation_outcome(vm, op, thrown) ? VALUE_NONE : VALUE_EMPTY;
    }
    if (thrown)
        return VALUE_EMPTY;
    if (p->lost)
        return raise_exc(vm, EXC_ConnectionResetError, "Connection lost");
    if (!p->paused)
        return VALUE_NONE;
    op->stage = 1;
    return operation_wait(vm, op, p->loop, pending) && waiters_push(vm, &p->base, &p->drain, op->waiter) ? VALUE_NONE
                                                                                                         : VALUE_EMPTY;
}

static const OperationKind drain_kind = {"FlowControlMixin._drain_helper", drain_step};
static Value drain_helper_method(VM *vm, Value *a, int n)
{
    return (void)n, operation_new(vm, &drain_kind, a[0], VALUE_NONE);
}

static Value init_method(VM *vm, Value *a, int n)
{
    (void)n;
    StreamProtocol *p = as_protocol(a[0]);
    bool given = is_type_def(vm, a[3], &event_loop_def);
    EventLoop *loop = given ? (EventLoop *)as_object(a[3]) : is_none(a[3]) ? default_loop(vm) : NULL;
    if (!loop)
        return vm->error ? VALUE_EMPTY : raise_type(vm, "loop must be an event loop, not %T", a[3]);
    p->loop = loop;
    p->reader = a[1];
    p->callback = a[2];
    p->writer = p->transport = p->task = p->error = VALUE_NONE;
    gc_barrier(vm, p);
    return VALUE_NONE;
}

static Value protocol_make(VM *vm, Value *a, int n)
{
    StreamProtocol *p = type_alloc(vm, as_type(a[0]), 0);
    if (!p)
        return VALUE_EMPTY;
    p->reader = p->callback = p->writer = p->transport = p->task = p->error = VALUE_NONE;
    if (n < 2 || !a[1])
        return from_object(p);
    Value args[4] = {from_object(p), a[1], a[2], a[3]};
    return init_method(vm, args, 4) ? from_object(p) : VALUE_EMPTY;
}

static Value get_reader(VM *vm, Value self) { return (void)vm, as_protocol(self)->reader; }
static Value get_writer(VM *vm, Value self) { return (void)vm, as_protocol(self)->writer; }
static Value get_transport(VM *vm, Value self) { return (void)vm, as_protocol(self)->transport; }
static Value get_task(VM *vm, Value self) { return (void)vm, as_protocol(self)->task; }
static Value get_paused(VM *vm, Value self) { return (void)vm, from_bool(as_protocol(self)->paused); }
static Value get_lost(VM *vm, Value self) { return (void)vm, from_bool(as_protocol(self)->lost); }
static Value get_over_ssl(VM *vm, Value self) { return (void)vm, from_bool(as_protocol(self)->over_ssl); }
static Value get_loop(VM *vm, Value self)
{
    return (void)vm, as_protocol(self)->loop ? from_object(as_protocol(self)->loop) : VALUE_NONE;
}
static Value get_closed(VM *vm, Value self) { return protocol_closed(vm, as_protocol(self)); }

static void protocol_mark(Gc *gc, Object *o)
{
    StreamProtocol *p = (StreamProtocol *)o;
    Value values[] = {p->reader, p->writer, p->transport, p->callback, p->task, p->closed, p->error, p->attributes};
    gc_mark_object(gc, (Object *)p->loop);
    gc_mark_range(gc, values, sizeof values / sizeof values[0]);
    waiters_mark(gc, &p->drain);
}

static const TypeOps ops = {.mark = protocol_mark};
static const NativeDef methods[] = {
    {"__init__(self, stream_reader, client_connected_cb=None, loop=None)", init_method, NULL, 0, 0, 0},
    {"connection_made(self, transport, /)", made_method, "The connection exists.", NATIVE_RAW, 2, 2},
    {"connection_lost(self, exc, /)", lost_method, "The connection is over.", NATIVE_RAW, 2, 2},
    {"data_received(self, data, /)", data_method, "Bytes have come.", NATIVE_RAW, 2, 2},
    {"eof_received(self, /)", eof_method, "The other end will send no more.", NATIVE_RAW, 1, 1},
    {"pause_writing(self, /)", pause_method, "The transport's buffer is full.", NATIVE_RAW, 1, 1},
    {"resume_writing(self, /)", resume_method, "The transport's buffer has room again.", NATIVE_RAW, 1, 1},
    {"_task_done(self, task, /)", task_done, NULL, NATIVE_RAW, 2, 2},
    {"_drain_helper(self, /)", drain_helper_method, NULL, NATIVE_RAW, 1, 1},
    {"_get_close_waiter(self, stream, /)", closed_method, NULL, NATIVE_RAW, 2, 2},
    {"_replace_writer(self, writer, /)", replace_writer_method, NULL, NATIVE_RAW, 2, 2},
    {0},
};
static const GetSetDef getsets[] = {
    {"_stream_reader", get_reader, NULL, NULL}, {"_stream_writer", get_writer, NULL, NULL},
    {"_transport", get_transport, NULL, NULL},  {"_task", get_task, NULL, NULL},
    {"_paused", get_paused, NULL, NULL},        {"_connection_lost", get_lost, NULL, NULL},
    {"_over_ssl", get_over_ssl, NULL, NULL},    {"_loop", get_loop, NULL, NULL},
    {"_closed", get_closed, NULL, NULL},        {0},
};
const TypeDef stream_protocol_def = {
    .name = "asyncio.streams.StreamReaderProtocol",
    .kind = KIND_OTHER,
    .size = sizeof(StreamProtocol),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"StreamReaderProtocol(cls, stream_reader=<unset>, client_connected_cb=None, loop=None)", protocol_make,
             NULL, 0, 0, 0},
    .doc = "Feeds a StreamReader from a transport.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};
