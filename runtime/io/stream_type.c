// SPDX-License-Identifier: MIT
//
// Transports as scripts see them: _SelectorSocketTransport and the two ends of pipes, which differ in the classes of
// asyncio.transports they derive from.

#include <stdio.h>

#include "runtime/tasks/future.h"
#include "stream_internal.h"
#include "stream_protocol.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

static Value result(bool ok) { return ok ? VALUE_NONE : VALUE_EMPTY; }

// ---------------------------------------------------------------- writing

static Value write_method(VM *vm, Value *a, int n)
{
    return (void)n, result(stream_write_value(vm, as_stream(a[0]), a[1]));
}

static Value writelines_method(VM *vm, Value *a, int n)
{
    (void)n;
    Stream *t = as_stream(a[0]);
    ByteQueue all = {0};
    Value parts = sequence_fast(vm, a[1], NULL);
    if (!parts)
        return VALUE_EMPTY;
    for (int64_t i = 0; i < sequence_fast_count(parts); i++) {
        const char *data;
        size_t size;
        if (!bytes_view_or_raise(vm, sequence_fast_items(parts)[i], &data, &size) ||
            !queue_add(vm, &t->base, &all, data, size))
            return VALUE_EMPTY;
    }
    Value whole = bytes_new(vm, queue_bytes(&all), all.size);
    return whole ? result(stream_write_value(vm, t, whole)) : VALUE_EMPTY;
}

static Value write_eof_method(VM *vm, Value *a, int n)
{
    return (void)n, result(stream_write_eof(vm, as_stream(a[0])));
}
static Value can_write_eof_method(VM *vm, Value *a, int n) { return (void)vm, (void)a, (void)n, VALUE_TRUE; }
static Value close_method(VM *vm, Value *a, int n) { return (void)n, result(stream_close(vm, as_stream(a[0]))); }
static Value abort_method(VM *vm, Value *a, int n)
{
    return (void)n, result(stream_abort(vm, as_stream(a[0]), VALUE_NONE));
}
static Value is_closing_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_bool(as_stream(a[0])->closing);
}
static Value size_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_small((int64_t)as_stream(a[0])->out.size);
}
static Value limits_method(VM *vm, Value *a, int n)
{
    (void)n;
    Stream *t = as_stream(a[0]);
    return tuple_pack(vm, 2, from_small((int64_t)t->low), from_small((int64_t)t->high));
}

// None follows from the other: high is four times low.
bool stream_set_limits(VM *vm, Stream *t, Value high, Value low)
{
    int64_t h = 64 * 1024, l;
    if (!is_none(high) && !object_index_i64(vm, high, &h))
        return false;
    if (!is_none(low) && !object_index_i64(vm, low, &l))
        return false;
    if (is_none(high) && !is_none(low) && __builtin_mul_overflow(l, 4, &h))
        h = INT64_MAX;
    if (is_none(low))
        l = h / 4;
    if (h < l || l < 0) {
        raise_value(vm, "high (%lld) must be >= low (%lld) must be >= 0", (long long)h, (long long)l);
        return false;
    }
    t->high = (size_t)h;
    t->low = (size_t)l;
    return stream_maybe_pause(vm, t);
}

static Value set_limits_method(VM *vm, Value *a, int n)
{
    return (void)n, result(stream_set_limits(vm, as_stream(a[0]), a[1], a[2]));
}

// sendfile(): a future that is done when nothing waits to be sent; until the next call nothing may be written.
static Value make_empty_waiter(VM *vm, Value *a, int n)
{
    (void)n;
    Stream *t = as_stream(a[0]);
    if (t->drained)
        return raise_runtime(vm, "Empty waiter is already set");
    Future *f = future_new(vm, t->loop);
    if (!f || (!t->out.size && !future_set_result(vm, f, VALUE_NONE)))
        return VALUE_EMPTY;
    t->drained = from_object(f);
    gc_barrier(vm, t);
    return t->drained;
}
static Value reset_empty_waiter(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, as_stream(a[0])->drained = VALUE_EMPTY, VALUE_NONE;
}

// ---------------------------------------------------------------- reading

static Value pause_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, stream_pause_reading(as_stream(a[0])), VALUE_NONE;
}
static Value resume_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, stream_resume_reading(as_stream(a[0])), VALUE_NONE;
}
static Value is_reading_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_bool(!as_stream(a[0])->closing && !as_stream(a[0])->paused);
}

// ---------------------------------------------------------------- protocol and extra information

static Value set_protocol_method(VM *vm, Value *a, int n)
{
    return (void)n, result(stream_set_protocol(vm, as_stream(a[0]), a[1]));
}
static Value get_protocol_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, as_stream(a[0])->protocol; }

static Value extra_get(VM *vm, Stream *t, Value name, Value fallback)
{
    Value v = t->extra ? dict_get(vm, (Dict *)as_object(t->extra), name) : VALUE_EMPTY;
    return v || vm->error ? v : fallback;
}

static bool extra_set(VM *vm, Stream *t, Value name, Value v)
{
    if (!t->extra) {
        Dict *d = dict_new(vm, 4);
        if (!d)
            return false;
        t->extra = from_object(d);
        gc_barrier(vm, t);
    }
    return dict_set(vm, (Dict *)as_object(t->extra), name, v);
}

// The socket object that scripts may look at but not read from: made when it is asked for.
static Value shown_socket(VM *vm, Stream *t, Value name, Value fallback)
{
    Value v = extra_get(vm, t, name, VALUE_NONE);
    if (!v || !is_none(v) || !is_socket(vm, t->file))
        return v && is_none(v) ? fallback : v;
    Value module = import_by_name(vm, "asyncio.trsock");
    Value cls = module ? attribute_named(vm, module, "TransportSocket") : VALUE_EMPTY;
    Value shown = cls ? call1(vm, cls, t->file) : VALUE_EMPTY;
    return shown && extra_set(vm, t, name, shown) ? shown : VALUE_EMPTY;
}

static Value get_extra_info_method(VM *vm, Value *a, int n)
{
    Stream *t = as_stream(a[0]);
    Value fallback = n > 2 ? a[2] : VALUE_NONE;
    if (!is_str(a[1]) || t->sort != STREAM_SOCKET)
        return extra_get(vm, t, a[1], fallback);
    if (str_is(as_str(a[1]), "socket"))
        return shown_socket(vm, t, a[1], fallback);
    if (str_is(as_str(a[1]), "sockname"))
        return t->sockname ? t->sockname : fallback;
    if (str_is(as_str(a[1]), "peername"))
        return t->peername ? t->peername : fallback;
    return extra_get(vm, t, a[1], fallback);
}

static Value set_extra_method(VM *vm, Value *a, int n)
{
    return (void)n, result(extra_set(vm, as_stream(a[0]), a[1], a[2]));
}

// ---------------------------------------------------------------- the types

static void state(Stream *t, char *out, size_t size)
{
    int events = io_is_open((IoHandle *)t) ? io_wanted((IoHandle *)t) : 0;
    if (t->sort == STREAM_SOCKET)
        snprintf(out, size, " read=%s write=<%s, bufsize=%zu>", events & WATCH_READ ? "polling" : "idle",
                 events & WATCH_WRITE ? "polling" : "idle", t->out.size);
    else if (t->sort == STREAM_READ_PIPE)
        snprintf(out, size, " %s", events & WATCH_READ ? "polling" : "idle");
    else
        snprintf(out, size, " %s bufsize=%zu", events & WATCH_WRITE ? "polling" : "idle", t->out.size);
}

static Value stream_repr(VM *vm, Value self)
{
    Stream *t = as_stream(self);
    char text[96] = "";
    if (!is_none(t->file))
        state(t, text, sizeof text);
    Str *s = str_format(vm, "<%N%s fd=%d%s>", type_of(vm, self),
                        is_none(t->file) ? " closed"
                        : t->closing     ? " closing"
                                         : "",
                        t->fd, text);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value get_loop(VM *vm, Value self) { return (void)vm, from_object(as_stream(self)->loop); }
static Value get_file(VM *vm, Value self) { return (void)vm, as_stream(self)->file; }
static Value get_fd(VM *vm, Value self) { return (void)vm, from_small(as_stream(self)->fd); }

static void stream_mark(Gc *gc, Object *o)
{
    Stream *t = (Stream *)o;
    Value values[] = {t->file,     t->protocol, t->server, t->extra,   t->sockname,
                      t->peername, t->waiter,   t->error,  t->drained, t->attributes};
    io_mark_fields(gc, (IoHandle *)t);
    gc_mark_range(gc, values, sizeof values / sizeof values[0]);
    gc_mark_buffer(gc, t->out.data);
}

static void stream_finalize(VM *vm, Object *o) { (void)vm, io_stop((IoHandle *)o); }

static const TypeOps ops = {.mark = stream_mark, .finalize = stream_finalize, .repr = stream_repr};

#define COMMON \
    {"close(self, /)", close_method, "Close the transport; what was written is still sent.", NATIVE_RAW, 1, 1}, \
        {"is_closing(self, /)", is_closing_method, "Return True if it is closed or being closed.", NATIVE_RAW, 1, 1}, \
        {"get_extra_info(self, name, default=None, /)", \
         get_extra_info_method, \
         "Information about the transport.", \
         NATIVE_RAW, \
         2, \
         3}, \
        {"set_protocol(self, protocol, /)", set_protocol_method, "Set the protocol.", NATIVE_RAW, 2, 2}, \
        {"get_protocol(self, /)", get_protocol_method, "Return the protocol.", NATIVE_RAW, 1, 1}, \
    { \
        "_set_extra(self, name, value, /)", set_extra_method, NULL, NATIVE_RAW, 3, 3 \
    }
#define READING \
    {"pause_reading(self, /)", pause_method, "Pass no more data to the protocol.", NATIVE_RAW, 1, 1}, \
        {"resume_reading(self, /)", resume_method, "Pass data to the protocol again.", NATIVE_RAW, 1, 1}, \
    { \
        "is_reading(self, /)", is_reading_method, "Return True if data is passed to the protocol.", NATIVE_RAW, 1, 1 \
    }
#define WRITING \
    {"write(self, data, /)", write_method, "Send bytes; what cannot be sent at once is kept.", NATIVE_RAW, 2, 2}, \
        {"writelines(self, list_of_data, /)", writelines_method, "Send several bytes objects.", NATIVE_RAW, 2, 2}, \
        {"write_eof(self, /)", write_eof_method, "Send no more.", NATIVE_RAW, 1, 1}, \
        {"can_write_eof(self, /)", can_write_eof_method, "Return True.", NATIVE_RAW, 1, 1}, \
        {"get_write_buffer_size(self, /)", size_method, "How many bytes wait to be sent.", NATIVE_RAW, 1, 1}, \
        {"get_write_buffer_limits(self, /)", limits_method, "Return (low, high).", NATIVE_RAW, 1, 1}, \
    { \
        "set_write_buffer_limits(self, high=None, low=None)", set_limits_method, \
            "Set when writing is paused and resumed.", 0, 0, 0 \
    }
#define ABORT \
    { \
        "abort(self, /)", abort_method, "Close at once; what was not sent is lost.", NATIVE_RAW, 1, 1 \
    }

static const NativeDef socket_methods_of_stream[] = {
    COMMON,
    READING,
    WRITING,
    ABORT,
    {"_make_empty_waiter(self, /)", make_empty_waiter, NULL, NATIVE_RAW, 1, 1},
    {"_reset_empty_waiter(self, /)", reset_empty_waiter, NULL, NATIVE_RAW, 1, 1},
    {0}};
static const NativeDef read_pipe_methods[] = {COMMON, READING, {0}};
static const NativeDef write_pipe_methods[] = {COMMON, WRITING, ABORT, {0}};
static const GetSetDef socket_getsets[] = {
    {"_loop", get_loop, NULL, NULL}, {"_sock", get_file, NULL, NULL}, {"_sock_fd", get_fd, NULL, NULL}, {0}};
static const GetSetDef pipe_getsets[] = {
    {"_loop", get_loop, NULL, NULL}, {"_pipe", get_file, NULL, NULL}, {"_fileno", get_fd, NULL, NULL}, {0}};

#define STREAM_DEF(text, table, gets) \
    { \
        .name = text, .kind = KIND_OTHER, .size = sizeof(Stream), .ops = &ops, .methods = table, .getsets = gets, \
        .flags = TYPE_EXTRA | TYPE_FINALIZE | TYPE_NO_NEW \
    }
const TypeDef stream_def =
    STREAM_DEF("asyncio.selector_events._SelectorSocketTransport", socket_methods_of_stream, socket_getsets);
const TypeDef read_pipe_def = STREAM_DEF("asyncio.unix_events._UnixReadPipeTransport", read_pipe_methods, pipe_getsets);
const TypeDef write_pipe_def =
    STREAM_DEF("asyncio.unix_events._UnixWritePipeTransport", write_pipe_methods, pipe_getsets);

// ---------------------------------------------------------------- registration

static bool register_under(VM *vm, const TypeDef *def, const char *module, const char *base)
{
    if (type_of_def(vm, def))
        return true;
    Value m = base ? import_by_name(vm, module) : VALUE_EMPTY, cls = m ? attribute_named(vm, m, base) : VALUE_EMPTY;
    return base ? cls && type_register(vm, def, as_type(cls)) : type_register(vm, def, NULL) != NULL;
}

bool stream_start(VM *vm)
{
    return type_of_def(vm, &write_pipe_def) ||
           (socket_start(vm) && register_under(vm, &stream_def, "asyncio.transports", "Transport") &&
            register_under(vm, &read_pipe_def, "asyncio.transports", "ReadTransport") &&
            register_under(vm, &write_pipe_def, "asyncio.transports", "WriteTransport"));
}

bool stream_api_start(VM *vm)
{
    return type_of_def(vm, &stream_writer_def) ||
           (register_under(vm, &stream_protocol_def, "asyncio.protocols", "Protocol") &&
            register_under(vm, &stream_reader_def, NULL, NULL) && register_under(vm, &stream_writer_def, NULL, NULL));
}
