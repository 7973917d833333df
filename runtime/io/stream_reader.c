// SPDX-License-Identifier: MIT
//
// StreamReader: what a connection received and nobody read yet. At most one task waits for more. When more than twice
// the limit is waiting the transport stops reading; it goes on when no more than the limit is left.

#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>

#include "io_names.h"
#include "runtime/tasks/task.h"
#include "stream.h"
#include "stream_protocol.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

// ---------------------------------------------------------------- transports

bool transport_resume(VM *vm, Value transport)
{
    if (is_stream(vm, transport))
        return (stream_resume_reading(as_stream(transport)), true);
    return io_invoke(vm, transport, IO_resume_reading, NULL, 0) != VALUE_EMPTY;
}

bool transport_pause(VM *vm, Value transport, bool *known)
{
    *known = true;
    if (is_stream(vm, transport))
        return (stream_pause_reading(as_stream(transport)), true);
    if (io_invoke(vm, transport, IO_pause_reading, NULL, 0))
        return true;
    *known = false;
    if (!error_is(vm, EXC_NotImplementedError))
        return false;
    error_clear(vm);
    return true;
}

// ---------------------------------------------------------------- filling

static bool wake(VM *vm, StreamReader *r)
{
    Value waiter = r->waiter;
    r->waiter = VALUE_EMPTY;
    return !waiter || future_done(as_future(waiter)) || future_set_result(vm, as_future(waiter), VALUE_NONE);
}

bool reader_feed(VM *vm, StreamReader *r, const char *data, size_t size)
{
    if (r->eof)
        return (raise_exc(vm, EXC_AssertionError, "feed_data after feed_eof"), false);
    if (!size)
        return true;
    if (!queue_add(vm, &r->base, &r->buffer, data, size) || !wake(vm, r))
        return false;
    if (is_none(r->transport) || r->paused || r->buffer.size <= 2 * r->limit)
        return true;
    bool known;
    if (!transport_pause(vm, r->transport, &known))
        return false;
    if (known)
        r->paused = true;
    else
        r->transport = VALUE_NONE;
    return true;
}

bool reader_feed_eof(VM *vm, StreamReader *r)
{
    r->eof = true;
    return wake(vm, r);
}

bool reader_set_error(VM *vm, StreamReader *r, Value error)
{
    r->error = error;
    gc_barrier(vm, r);
    Value waiter = r->waiter;
    r->waiter = VALUE_EMPTY;
    return !waiter || future_done(as_future(waiter)) || future_set_exception(vm, as_future(waiter), error);
}

// ---------------------------------------------------------------- taking

static bool maybe_resume(VM *vm, StreamReader *r)
{
    if (!r->paused || r->buffer.size > r->limit)
        return true;
    r->paused = false;
    return is_none(r->transport) || transport_resume(vm, r->transport);
}

static Value take(VM *vm, StreamReader *r, size_t size)
{
    Value bytes = bytes_new(vm, queue_bytes(&r->buffer), size);
    if (!bytes)
        return VALUE_EMPTY;
    queue_take(&r->buffer, size);
    return !r->paused || maybe_resume(vm, r) ? bytes : VALUE_EMPTY;
}

static Value raise_incomplete(VM *vm, StreamReader *r, Value expected)
{
    Value partial = bytes_new(vm, queue_bytes(&r->buffer), r->buffer.size);
    Value module = partial ? import_by_name(vm, "asyncio.exceptions") : VALUE_EMPTY;
    Value cls = module ? attribute_named(vm, module, "IncompleteReadError") : VALUE_EMPTY;
    Value e = cls ? call2(vm, cls, partial, expected) : VALUE_EMPTY;
    if (!e)
        return VALUE_EMPTY;
    queue_clear(&r->buffer);
    return raise_value_of(vm, e);
}

static Value raise_overrun(VM *vm, const char *message, size_t consumed)
{
    Value module = import_by_name(vm, "asyncio.exceptions");
    Value cls = module ? attribute_named(vm, module, "LimitOverrunError") : VALUE_EMPTY;
    Str *text = cls ? str_from(vm, message) : NULL;
    Value e = text ? call2(vm, cls, from_object(text), from_small((int64_t)consumed)) : VALUE_EMPTY;
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

// Waits for data or the end. What it returns counts only when *pending stays false.
static Value wait_for_data(VM *vm, Operation *op, StreamReader *r, const char *function, bool *pending)
{
    if (r->waiter)
        return raise_runtime(vm, "%s() called while another coroutine is already waiting for incoming data", function);
    if (r->paused) {
        r->paused = false;
        if (!is_none(r->transport) && !transport_resume(vm, r->transport))
            return VALUE_EMPTY;
    }
    if (!operation_wait(vm, op, r->loop, pending))
        return VALUE_EMPTY;
    r->waiter = op->waiter;
    op->stage = 1;
    gc_barrier(vm, r);
    return VALUE_EMPTY;
}

// The beginning of each step: after a wait the waiter's outcome counts. False: exception pending.
static bool go_on(VM *vm, Operation *op, StreamReader *r, bool thrown)
{
    if (op->stage == 1) {
        op->stage = 0;
        if (r->waiter == op->waiter)
            r->waiter = VALUE_EMPTY;
        if (!operation_outcome(vm, op, thrown))
            return false;
        return true;
    }
    if (thrown)
        return false;
    return is_none(r->error) || (raise_value_of(vm, r->error), false);
}

// ---------------------------------------------------------------- read and readexactly

static Value read_all(VM *vm, Operation *op, StreamReader *r, bool *pending)
{
    for (;;) {
        if (!is_none(r->error))
            return raise_value_of(vm, r->error);
        size_t n = r->buffer.size < r->limit ? r->buffer.size : r->limit;
        if (!n && !r->eof)
            return wait_for_data(vm, op, r, "read", pending);
        ByteArray *all = as_bytearray(op->argument);
        size_t old = all->size;
        if (!n)
            return bytes_new(vm, all->buffer + all->offset, old);
        if (!bytearray_resize(vm, all, old + n))
            return VALUE_EMPTY;
        memcpy(all->buffer + all->offset + old, queue_bytes(&r->buffer), n);
        queue_take(&r->buffer, n);
        if (!maybe_resume(vm, r))
            return VALUE_EMPTY;
    }
}

static Value read_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    StreamReader *r = as_reader(op->owner);
    if (!go_on(vm, op, r, thrown))
        return VALUE_EMPTY;
    if (is_bytearray(op->argument))
        return read_all(vm, op, r, pending);
    size_t wanted = (size_t)as_small(op->argument);
    if (!wanted)
        return vm->empty_bytes;
    if (!r->buffer.size && !r->eof)
        return wait_for_data(vm, op, r, "read", pending);
    return take(vm, r, wanted < r->buffer.size ? wanted : r->buffer.size);
}

static Value exactly_step(VM *vm, Operation *op, bool thrown, bool *pending)
{
    StreamReader *r = as_reader(op->owner);
    size_t wanted = (size_t)as_small(op->argument);
    if (!thrown && as_small(op->argument) < 0)
        return raise_value(vm, "readexactly size can not be less than zero");
    if (!go_on(vm, op, r, thrown))
        return VALUE_EMPTY;
    if (!wanted)
        return vm->empty_bytes;
    if (r->buffer.size >= wanted)
        return take(vm, r, wanted);
    return r->eof ? raise_incomplete(vm, r, op->argument) : wait_for_data(vm, op, r, "readexactly", pending);
}

static const OperationKind read_kind = {"StreamReader.read", read_step},
                           exactly_kind = {"StreamReader.readexactly", exactly_step};

// A size is at most what a small integer holds.
static bool size_argument(VM *vm, Value v, int64_t *out)
{
    return is_none(v) ? (*out = -1, true) : object_index_clamped(vm, v, out);
}

#define MOST_BYTES ((int64_t)1 << 46)

static Value read_method(VM *vm, Value *a, int n)
{
    int64_t size = -1;
    if (n > 1 && !size_argument(vm, a[1], &size))
        return VALUE_EMPTY;
    Value argument = size < 0 ? bytearray_new(vm, NULL, 0) : from_small(size > MOST_BYTES ? MOST_BYTES : size);
    return argument ? operation_new(vm, &read_kind, a[0], argument) : VALUE_EMPTY;
}

static Value readexactly_method(VM *vm, Value *a, int n)
{
    (void)n;
    int64_t size;
    if (!object_index_clamped(vm, a[1], &size))
        return VALUE_EMPTY;
    size = size > MOST_BYTES ? MOST_BYTES : size < 0 ? -1 : size;
    return operation_new(vm, &exactly_kind, a[0], from_small(size));
}

// ---------------------------------------------------------------- readuntil, readline, iteration

typedef struct Match {
    size_t start, end;
    bool found;
    size_t offset;
} Match; // offset: where to look next time

// Where a separator of `size` bytes is, from `offset` on; SIZE_MAX: nowhere.
static size_t find(const ByteQueue *q, size_t offset, const char *separator, size_t size)
{
    if (q->size < offset + size)
        return SIZE_MAX;
    const char *from = queue_bytes(q) + offset, *hit = size == 1 ? memchr(from, separator[0], q->size - offset)
                                                                 : memmem(from, q->size - offset, separator, size);
    return hit ? (size_t)(hit - queue_bytes(q)) : SIZE_MAX;
}

// The match that ends first among the separators: one bytes-like object or a tuple of them, sorted by length.
static Match search(StreamReader *r, Value separators, size_t offset)
{
    Value *items = is_tuple(separators) ? as_tuple(separators)->items : &separators;
    int64_t count = is_tuple(separators) ? as_tuple(separators)->count : 1;
    Match m = {0};
    size_t longest = 1;
    for (int64_t i = 0; i < count; i++) {
        const char *text;
        size_t size;
        bytes_view(items[i], &text, &size);
        longest = size > longest ? size : longest;
        size_t at = find(&r->buffer, offset, text, size);
        if (at != SIZE_MAX && (!m.found || at + size < m.end))
            m = (Match){at, at + size, true, 0};
    }
    m.offset = r->buffer.size + 1 > longest ? r->buffer.size + 1 - longest : 0;
    return m;
}

// Raises what a full buffer without (or with too late) an end of line means for readline().
static Value line_too_long(VM *vm, StreamReader *r, const Match *m)
{
    const char *text = m->found ? "Separator is found, but chunk is longer than limit"
                                : "Separator is not found, and chunk exceed the limit";
    if (m->found)
        queue_take(&r->buffer, m->end);
    else
        queue_clear(&r->buffer);
    return maybe_resume(vm, r) ? raise_value(vm, "%s", text) : VALUE_EMPTY;
}

enum { UNTIL, LINE, NEXT };

static Value at_end(VM *vm, StreamReader *r, int mode)
{
    if (mode == UNTIL)
        return raise_incomplete(vm, r, VALUE_NONE);
    if (mode == NEXT && !r->buffer.size)
        return raise_args(vm, EXC_StopAsyncIteration, 0, NULL);
    Value rest = bytes_new(vm, queue_bytes(&r->buffer), r->buffer.size);
    if (rest)
        queue_clear(&r->buffer);
    return rest;
}

static bool check_separator(VM *vm, Value v)
{
    const char *text;
    size_t size;
    if (!bytes_view_or_raise(vm, v, &text, &size))
        return false;
    return size > 0 || (raise_value(vm, "Separator should be at least one-byte string"), false);
}

static bool check_separators(VM *vm, Value v)
{
    if (!is_tuple(v))
        return check_separator(vm, v);
    if (!as_tuple(v)->count)
        return (raise_value(vm, "Separator should contain at least one element"), false);
    for (int64_t i = 0; i < as_tuple(v)->count; i++)
        if (!check_separator(vm, as_tuple(v)->items[i]))
            return false;
    return true;
}

static Value until(VM *vm, Operation *op, bool thrown, bool *pending, int mode)
{
    StreamReader *r = as_reader(op->owner);
    bool plain = mode != UNTIL;
    if ((!plain && !thrown && !check_separators(vm, op->argument)) || !go_on(vm, op, r, thrown))
        return VALUE_EMPTY;
    const char newline[] = "\n";
    Match m = {0};
    if (plain) {
        m.start = find(&r->buffer, 0, newline, 1);
        m.found = m.start != SIZE_MAX;
        m.end = m.start + 1;
        m.offset = r->buffer.size;
    } else {
        m = search(r, op->argument, 0);
    }
    if (m.found && m.start <= r->limit)
        return take(vm, r, m.end);
    if (m.found)
        return plain ? line_too_long(vm, r, &m)
                     : raise_overrun(vm, "Separator is found, but chunk is longer than limit", m.start);
    if (m.offset > r->limit)
        return plain ? line_too_long(vm, r, &m)
                     : raise_overrun(vm, "Separator is not found, and chunk exceed the limit", m.offset);
    return r->eof ? at_end(vm, r, mode) : wait_for_data(vm, op, r, "readuntil", pending);
}

static Value until_step(VM *vm, Operation *op, bool thrown, bool *p) { return until(vm, op, thrown, p, UNTIL); }
static Value line_step(VM *vm, Operation *op, bool thrown, bool *p) { return until(vm, op, thrown, p, LINE); }
static Value next_step(VM *vm, Operation *op, bool thrown, bool *p) { return until(vm, op, thrown, p, NEXT); }
static const OperationKind until_kind = {"StreamReader.readuntil", until_step},
                           line_kind = {"StreamReader.readline", line_step},
                           next_kind = {"StreamReader.__anext__", next_step};

static Value readuntil_method(VM *vm, Value *a, int n)
{
    (void)n;
    Value separator = a[1] ? a[1] : bytes_new(vm, "\n", 1);
    return separator ? operation_new(vm, &until_kind, a[0], separator) : VALUE_EMPTY;
}

static Value readline_method(VM *vm, Value *a, int n)
{
    return (void)n, operation_new(vm, &line_kind, a[0], VALUE_NONE);
}
static Value anext_method(VM *vm, Value *a, int n) { return (void)n, operation_new(vm, &next_kind, a[0], VALUE_NONE); }
static Value aiter_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, a[0]; }

// ---------------------------------------------------------------- the other methods

static Value feed_data_method(VM *vm, Value *a, int n)
{
    (void)n;
    const char *data;
    size_t size;
    return bytes_view_or_raise(vm, a[1], &data, &size) && reader_feed(vm, as_reader(a[0]), data, size) ? VALUE_NONE
                                                                                                       : VALUE_EMPTY;
}
static Value feed_eof_method(VM *vm, Value *a, int n)
{
    return (void)n, reader_feed_eof(vm, as_reader(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}
static Value at_eof_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_bool(as_reader(a[0])->eof && !as_reader(a[0])->buffer.size);
}
static Value exception_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, as_reader(a[0])->error; }
static Value set_exception_method(VM *vm, Value *a, int n)
{
    return (void)n, reader_set_error(vm, as_reader(a[0]), a[1]) ? VALUE_NONE : VALUE_EMPTY;
}
static Value set_transport_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_none(as_reader(a[0])->transport))
        return raise_exc(vm, EXC_AssertionError, "Transport already set");
    as_reader(a[0])->transport = a[1];
    gc_barrier(vm, as_object(a[0]));
    return VALUE_NONE;
}

static Value reader_make(VM *vm, Value *a, int n)
{
    (void)n;
    int64_t limit;
    if (!object_index_clamped(vm, a[1], &limit))
        return VALUE_EMPTY;
    if (limit <= 0)
        return raise_value(vm, "Limit cannot be <= 0");
    bool given = is_type_def(vm, a[2], &event_loop_def);
    EventLoop *loop = given ? (EventLoop *)as_object(a[2]) : is_none(a[2]) ? default_loop(vm) : NULL;
    StreamReader *r = loop ? type_alloc(vm, as_type(a[0]), 0) : NULL;
    if (!r)
        return vm->error ? VALUE_EMPTY : raise_type(vm, "loop must be an event loop, not %T", a[2]);
    r->loop = loop;
    r->limit = limit > INT64_MAX / 4 ? INT64_MAX / 4 : (size_t)limit;
    r->error = r->transport = VALUE_NONE;
    return from_object(r);
}

static Value reader_repr(VM *vm, Value self)
{
    StreamReader *r = as_reader(self);
    StrBuilder b;
    char text[48];
    builder_init(&b, vm);
    builder_add_cstr(&b, "<StreamReader");
    if (r->buffer.size && snprintf(text, sizeof text, " %zu bytes", r->buffer.size))
        builder_add_cstr(&b, text);
    if (r->eof)
        builder_add_cstr(&b, " eof");
    if (r->limit != STREAM_LIMIT && snprintf(text, sizeof text, " limit=%zu", r->limit))
        builder_add_cstr(&b, text);
    const struct {
        const char *name;
        Value v;
    } parts[] = {
        {" waiter=", r->waiter ? r->waiter : VALUE_NONE}, {" exception=", r->error}, {" transport=", r->transport}};
    for (int i = 0; i < 3; i++)
        if (!is_none(parts[i].v) && (!builder_add_cstr(&b, parts[i].name) || !builder_add_repr(&b, parts[i].v)))
            return VALUE_EMPTY;
    builder_add_cstr(&b, r->paused ? " paused>" : ">");
    Str *s = builder_finish(&b);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value get_limit(VM *vm, Value self) { return (void)vm, from_small((int64_t)as_reader(self)->limit); }
static Value get_eof(VM *vm, Value self) { return (void)vm, from_bool(as_reader(self)->eof); }
static Value get_paused(VM *vm, Value self) { return (void)vm, from_bool(as_reader(self)->paused); }
static Value get_transport(VM *vm, Value self) { return (void)vm, as_reader(self)->transport; }
static Value get_loop(VM *vm, Value self) { return (void)vm, from_object(as_reader(self)->loop); }
static Value get_buffer(VM *vm, Value self)
{
    ByteQueue *q = &as_reader(self)->buffer;
    return bytearray_new(vm, queue_bytes(q), q->size);
}

static void reader_mark(Gc *gc, Object *o)
{
    StreamReader *r = (StreamReader *)o;
    gc_mark_object(gc, (Object *)r->loop);
    gc_mark_buffer(gc, r->buffer.data);
    gc_mark(gc, r->waiter);
    gc_mark(gc, r->error);
    gc_mark(gc, r->transport);
    gc_mark(gc, r->attributes);
}

static const TypeOps ops = {.mark = reader_mark, .repr = reader_repr};
static const NativeDef methods[] = {
    {"read(self, n=-1, /)", read_method, "Read up to n bytes; -1: until the end.", NATIVE_RAW, 1, 2},
    {"readexactly(self, n, /)", readexactly_method, "Read exactly n bytes.", NATIVE_RAW, 2, 2},
    {"readline(self, /)", readline_method, "Read one line.", NATIVE_RAW, 1, 1},
    {"readuntil(self, separator=<unset>)", readuntil_method,
     "Read up to and with a separator, or the first of several.", 0, 0, 0},
    {"at_eof(self, /)", at_eof_method, "Return True when all is read and no more comes.", NATIVE_RAW, 1, 1},
    {"feed_data(self, data, /)", feed_data_method, "Add bytes that were received.", NATIVE_RAW, 2, 2},
    {"feed_eof(self, /)", feed_eof_method, "No more bytes come.", NATIVE_RAW, 1, 1},
    {"exception(self, /)", exception_method, "Return the exception that was set, or None.", NATIVE_RAW, 1, 1},
    {"set_exception(self, exc, /)", set_exception_method, "Let readers fail with exc.", NATIVE_RAW, 2, 2},
    {"set_transport(self, transport, /)", set_transport_method, NULL, NATIVE_RAW, 2, 2},
    {"__aiter__(self, /)", aiter_method, NULL, NATIVE_RAW, 1, 1},
    {"__anext__(self, /)", anext_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef getsets[] = {
    {"_limit", get_limit, NULL, NULL},
    {"_eof", get_eof, NULL, NULL},
    {"_paused", get_paused, NULL, NULL},
    {"_transport", get_transport, NULL, NULL},
    {"_loop", get_loop, NULL, NULL},
    {"_buffer", get_buffer, NULL, NULL},
    {0},
};
const TypeDef stream_reader_def = {
    .name = "asyncio.streams.StreamReader",
    .kind = KIND_OTHER,
    .size = sizeof(StreamReader),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"StreamReader(cls, limit=65536, loop=None)", reader_make, NULL, 0, 0, 0},
    .doc = "The reading end of a stream.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};
