// SPDX-License-Identifier: MIT
//
// StreamWriter: writes to a transport, waits until it has room (drain) or is closed.

#include "io_names.h"
#include "runtime/tasks/task.h"
#include "stream.h"
#include "stream_protocol.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

StreamWriter *writer_new(VM *vm, EventLoop *loop, Value transport, Value protocol, Value reader)
{
    StreamWriter *w = stream_api_start(vm) ? type_new_of(vm, &stream_writer_def) : NULL;
    if (!w)
        return NULL;
    w->loop = loop;
    w->transport = transport;
    w->protocol = protocol;
    w->reader = reader;
    return w;
}

static Value writer_make(VM *vm, Value *a, int n)
{
    (void)n;
    StreamWriter *w = type_alloc(vm, as_type(a[0]), 0);
    if (!w)
        return VALUE_EMPTY;
    w->loop = is_type_def(vm, a[4], &event_loop_def) ? (EventLoop *)as_object(a[4]) : default_loop(vm);
    w->transport = a[1];
    w->protocol = a[2];
    w->reader = a[3];
    return w->loop ? from_object(w) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- writing and closing

static Value write_method(VM *vm, Value *a, int n)
{
    (void)n;
    Value transport = as_writer(a[0])->transport;
    if (likely(is_exactly(transport, &stream_def)))
        return stream_write_value(vm, as_stream(transport), a[1]) ? VALUE_NONE : VALUE_EMPTY;
    return io_invoke(vm, transport, IO_write, a + 1, 1) ? VALUE_NONE : VALUE_EMPTY;
}

static Value forward(VM *vm, Value *a, IoName name, int n)
{
    return io_invoke(vm, as_writer(a[0])->transport, name, a + 1, n);
}
static Value writelines_method(VM *vm, Value *a, int n) { return (void)n, forward(vm, a, IO_writelines, 1); }
static Value write_eof_method(VM *vm, Value *a, int n) { return (void)n, forward(vm, a, IO_write_eof, 0); }
static Value can_write_eof_method(VM *vm, Value *a, int n) { return (void)n, forward(vm, a, IO_can_write_eof, 0); }
static Value close_method(VM *vm, Value *a, int n) { return (void)n, forward(vm, a, IO_close, 0); }
static Value is_closing_method(VM *vm, Value *a, int n) { return (void)n, forward(vm, a, IO_is_closing, 0); }
static Value get_extra_info_method(VM *vm, Value *a, int n) { return forward(vm, a, IO_get_extra_info, n - 1); }

// ---------------------------------------------------------------- waiting

static Value in_language(VM *vm, const char *function, Value self)
{
    Value module = import_by_name(vm, "asyncio.streams");
    Value f = module ? attribute_named(vm, module, function) : VALUE_EMPTY;
    return f ? call1(vm, f, self) : VALUE_EMPTY;
}

enum { DRAIN_NEW, DRAIN_TURN, DRAIN_ROOM };

static Value drain_wait(VM *vm, Operation *op, StreamProtocol *p, bool *pending)
{
    if (p->lost)
        return raise_exc(vm, EXC_ConnectionResetError, "Connection lost");
    if (likely(!p->paused))
        return VALUE_NONE;
    op->stage = DRAIN_ROOM;
    return operation_wait(vm, op, p->loop, pending) && waiters_push(vm, &p->base, &p->drain, op->waiter) ? VALUE_NONE
                                                                                                         : VALUE_EMPTY;
}

// A transport that is closing lets others run first, so that connection_lost() can come.
static Value drain_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    StreamWriter *w = as_writer(op->owner);
    StreamProtocol *p = as_protocol(w->protocol);
    if (op->stage == DRAIN_ROOM)
        waiters_remove(&p->drain, op->waiter);
    if (op->stage != DRAIN_NEW && !operation_outcome(vm, op, thrown))
        return VALUE_EMPTY;
    if (op->stage == DRAIN_ROOM)
        return VALUE_NONE;
    if (op->stage == DRAIN_TURN)
        return drain_wait(vm, op, p, pending);
    if (thrown)
        return VALUE_EMPTY;
    if (!is_none(w->reader) && !is_none(as_reader(w->reader)->error))
        return raise_value_of(vm, as_reader(w->reader)->error);
    if (likely(!as_stream(w->transport)->closing))
        return drain_wait(vm, op, p, pending);
    op->stage = DRAIN_TURN;
    Future *turn = operation_wait(vm, op, w->loop, pending);
    return turn && future_set_result(vm, turn, VALUE_NONE) ? VALUE_NONE : VALUE_EMPTY;
}

static Value closed_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    StreamWriter *w = as_writer(op->owner);
    if (op->stage == 1)
        return operation_outcome(vm, op, thrown) ? VALUE_NONE : VALUE_EMPTY;
    Value closed = thrown ? VALUE_EMPTY : protocol_closed(vm, as_protocol(w->protocol));
    if (!closed)
        return VALUE_EMPTY;
    op->waiter = closed;
    op->stage = 1;
    gc_barrier(vm, op);
    if (future_done(as_future(closed)))
        return future_result(vm, as_future(closed));
    *pending = true;
    return VALUE_NONE;
}

static const OperationKind drain_kind = {"StreamWriter.drain", drain_step},
                           closed_kind = {"StreamWriter.wait_closed", closed_step};

static bool all_native(VM *vm, StreamWriter *w)
{
    return is_stream(vm, w->transport) && is_native_protocol(vm, w->protocol) &&
           (is_none(w->reader) || is_type_def(vm, w->reader, &stream_reader_def));
}

static Value drain_method(VM *vm, Value *a, int n)
{
    (void)n;
    return likely(all_native(vm, as_writer(a[0]))) ? operation_new(vm, &drain_kind, a[0], VALUE_NONE)
                                                   : in_language(vm, "_drain", a[0]);
}

static Value wait_closed_method(VM *vm, Value *a, int n)
{
    (void)n;
    return is_native_protocol(vm, as_writer(a[0])->protocol) ? operation_new(vm, &closed_kind, a[0], VALUE_NONE)
                                                             : in_language(vm, "_wait_closed", a[0]);
}

// start_tls: the stream goes on over another transport.
static Value set_transport_method(VM *vm, Value *a, int n)
{
    (void)n;
    as_writer(a[0])->transport = a[1];
    gc_barrier(vm, as_object(a[0]));
    return VALUE_NONE;
}

// ---------------------------------------------------------------- the type

static Value writer_repr(VM *vm, Value self)
{
    StreamWriter *w = as_writer(self);
    Str *s = is_none(w->reader) ? str_format(vm, "<StreamWriter transport=%R>", w->transport)
                                : str_format(vm, "<StreamWriter transport=%R reader=%R>", w->transport, w->reader);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value get_transport(VM *vm, Value self) { return (void)vm, as_writer(self)->transport; }
static Value get_protocol(VM *vm, Value self) { return (void)vm, as_writer(self)->protocol; }
static Value get_reader(VM *vm, Value self) { return (void)vm, as_writer(self)->reader; }
static Value get_loop(VM *vm, Value self) { return (void)vm, from_object(as_writer(self)->loop); }

static void writer_mark(Gc *gc, Object *o)
{
    StreamWriter *w = (StreamWriter *)o;
    gc_mark_object(gc, (Object *)w->loop);
    gc_mark(gc, w->transport);
    gc_mark(gc, w->protocol);
    gc_mark(gc, w->reader);
    gc_mark(gc, w->attributes);
}

static const TypeOps ops = {.mark = writer_mark, .repr = writer_repr};
static const NativeDef methods[] = {
    {"write(self, data, /)", write_method, "Send bytes; what cannot be sent at once is kept.", NATIVE_RAW, 2, 2},
    {"writelines(self, data, /)", writelines_method, "Send several bytes objects.", NATIVE_RAW, 2, 2},
    {"write_eof(self, /)", write_eof_method, "Send no more.", NATIVE_RAW, 1, 1},
    {"can_write_eof(self, /)", can_write_eof_method, "Return True if write_eof() is supported.", NATIVE_RAW, 1, 1},
    {"close(self, /)", close_method, "Close the stream; what was written is still sent.", NATIVE_RAW, 1, 1},
    {"is_closing(self, /)", is_closing_method, "Return True if the stream is closed or being closed.", NATIVE_RAW, 1,
     1},
    {"wait_closed(self, /)", wait_closed_method, "Wait until the stream is closed.", NATIVE_RAW, 1, 1},
    {"drain(self, /)", drain_method, "Wait until there is room to write more.", NATIVE_RAW, 1, 1},
    {"get_extra_info(self, name, default=None, /)", get_extra_info_method, "Information about the transport.",
     NATIVE_RAW, 2, 3},
    {"_set_transport(self, transport, /)", set_transport_method, NULL, NATIVE_RAW, 2, 2},
    {0},
};
static const GetSetDef getsets[] = {
    {"transport", get_transport, NULL, NULL}, {"_transport", get_transport, NULL, NULL},
    {"_protocol", get_protocol, NULL, NULL},  {"_reader", get_reader, NULL, NULL},
    {"_loop", get_loop, NULL, NULL},          {0},
};
const TypeDef stream_writer_def = {
    .name = "asyncio.streams.StreamWriter",
    .kind = KIND_OTHER,
    .size = sizeof(StreamWriter),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"StreamWriter(cls, transport, protocol, reader, loop)", writer_make, NULL, 0, 0, 0},
    .doc = "The writing end of a stream.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};
