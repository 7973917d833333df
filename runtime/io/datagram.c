// SPDX-License-Identifier: MIT
//
// Datagram transports. See datagram.h.

#define _GNU_SOURCE
#include "datagram.h"

#include <errno.h>
#include <stdio.h>

#include "io_names.h"
#include "runtime/tasks/scheduler.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

enum { ACTION_MADE = IO_ACTION, ACTION_START, ACTION_LOST };
#define HEADER_SIZE 8 // what a waiting datagram counts besides its bytes

static Datagram *as_datagram(Value v) { return (Datagram *)as_object(v); }

static Value tell(VM *vm, Datagram *d, IoName name, const Value *args, int nargs)
{
    Value saved = vm->context;
    vm->context = d->context;
    Value v = io_invoke(vm, d->protocol, name, args, nargs);
    vm->context = saved;
    return v;
}

// ---------------------------------------------------------------- closing

static bool post_lost(VM *vm, Datagram *d, Value error)
{
    d->lost++;
    d->error = error;
    gc_barrier(vm, d);
    return io_post(vm, (IoHandle *)d, ACTION_LOST);
}

static bool close_soft(VM *vm, Datagram *d)
{
    if (d->closing)
        return true;
    d->closing = true;
    io_want((IoHandle *)d, io_wanted((IoHandle *)d) & ~WATCH_READ);
    return d->waiting || post_lost(vm, d, VALUE_NONE);
}

static bool close_hard(VM *vm, Datagram *d, Value error)
{
    if (d->lost)
        return true;
    d->waiting = NULL;
    d->size = 0;
    d->closing = true;
    io_want((IoHandle *)d, 0);
    return post_lost(vm, d, error);
}

static bool fatal(VM *vm, Datagram *d, const char *message)
{
    if (error_ends_loop(vm))
        return false;
    bool quiet = error_is(vm, EXC_OSError);
    Value e = error_take(vm);
    if (!quiet) {
        raise_value_of(vm, e);
        if (!io_report(vm, (IoHandle *)d, message, d->protocol))
            return false;
    }
    return close_hard(vm, d, e);
}

static bool lost(VM *vm, Datagram *d)
{
    Value socket = d->socket;
    if (is_none(socket))
        return true;
    bool ok = tell(vm, d, IO_connection_lost, &d->error, 1) ||
              io_report(vm, (IoHandle *)d, "Exception in callback connection_lost()", d->protocol);
    d->socket = d->protocol = VALUE_NONE;
    io_stop((IoHandle *)d);
    return socket_close(vm, as_socket(socket)) && ok;
}

// ---------------------------------------------------------------- flow control

static bool set_paused(VM *vm, Datagram *d, bool pause)
{
    d->protocol_paused = pause;
    return tell(vm, d, pause ? IO_pause_writing : IO_resume_writing, NULL, 0) ||
           io_report(vm, (IoHandle *)d, pause ? "protocol.pause_writing() failed" : "protocol.resume_writing() failed",
                     d->protocol);
}

static bool maybe_pause(VM *vm, Datagram *d)
{
    return d->size <= d->high || d->protocol_paused || set_paused(vm, d, true);
}

static bool maybe_resume(VM *vm, Datagram *d)
{
    return !d->protocol_paused || d->size > d->low || set_paused(vm, d, false);
}

// ---------------------------------------------------------------- events

static bool readable(VM *vm, Datagram *d)
{
    Address from;
    if (d->lost)
        return true;
    char *room = loop_scratch(vm, d->loop);
    if (!room)
        return false;
    ssize_t n = sys_recvfrom(vm, d->watch.fd, room, LOOP_SCRATCH, 0, &from.any, address_room(&from));
    if (n < 0 && errno == EAGAIN)
        return true;
    if (n < 0) {
        sys_raise(vm, errno, VALUE_EMPTY);
        if (!error_is(vm, EXC_OSError))
            return fatal(vm, d, "Fatal read error on datagram transport");
        Value e = error_take(vm);
        return tell(vm, d, IO_error_received, &e, 1) ||
               io_report(vm, (IoHandle *)d, "Exception in callback error_received()", d->protocol);
    }
    Value data = bytes_new(vm, room, (size_t)n), address = data ? address_value(vm, &from) : VALUE_EMPTY;
    return (address && tell(vm, d, IO_datagram_received, (Value[]){data, address}, 2)) ||
           io_report(vm, (IoHandle *)d, "Exception in callback datagram_received()", d->protocol);
}

// 1 sent (or given up with the protocol told), 0 would block, -1 an exception is pending.
static int send_one(VM *vm, Datagram *d, Value data, Value address)
{
    const char *bytes;
    size_t size;
    Address to = {0};
    bytes_view(data, &bytes, &size);
    bool named = !is_none(address) && is_none(d->remote);
    if (named && !address_parse(vm, as_socket(d->socket)->family, address, "sendto", &to))
        return -1;
    d->loop->io_touched = true;
    ssize_t n = sys_sendto(vm, d->watch.fd, bytes, size, 0, named ? &to.any : NULL, named ? to.size : 0);
    if (n >= 0)
        return 1;
    if (errno == EAGAIN)
        return 0;
    sys_raise(vm, errno, VALUE_EMPTY);
    if (!error_is(vm, EXC_OSError))
        return -1;
    Value e = error_take(vm);
    return tell(vm, d, IO_error_received, &e, 1) ? 1 : -1;
}

static bool writable(VM *vm, Datagram *d)
{
    while (d->waiting && d->waiting->count) {
        Tuple *first = as_tuple(d->waiting->items[0]);
        int sent = send_one(vm, d, first->items[0], first->items[1]);
        if (sent < 0)
            return fatal(vm, d, "Fatal write error on datagram transport");
        if (!sent)
            break;
        if (!d->waiting)
            return true;
        const char *bytes;
        size_t size;
        bytes_view(first->items[0], &bytes, &size);
        d->size -= size + HEADER_SIZE;
        d->waiting->count--;
        memmove(d->waiting->items, d->waiting->items + 1, (size_t)d->waiting->count * sizeof(Value));
    }
    if (!maybe_resume(vm, d))
        return false;
    if (d->waiting && d->waiting->count)
        return true;
    d->waiting = NULL;
    io_want((IoHandle *)d, io_wanted((IoHandle *)d) & ~WATCH_WRITE);
    return !d->closing || lost(vm, d);
}

static bool run(VM *vm, IoHandle *h, int what)
{
    Datagram *d = (Datagram *)h;
    Value self = from_object((Object *)d);
    switch (what) {
    case ACTION_MADE:
        return is_none(d->protocol) || tell(vm, d, IO_connection_made, &self, 1) ||
               io_report(vm, h, "Exception in callback connection_made()", d->protocol);
    case ACTION_START:
        if (!d->closing)
            io_want(h, io_wanted(h) | WATCH_READ);
        return true;
    case ACTION_LOST:
        return lost(vm, d);
    default:
        return (!(what & WATCH_READ) || readable(vm, d)) && (!(what & WATCH_WRITE) || writable(vm, d));
    }
}

static const IoKind kind = {"datagrams", run};

// ---------------------------------------------------------------- making

Value datagram_new(VM *vm, EventLoop *loop, Value socket, Value protocol, Value remote, Value waiter)
{
    Datagram *d = datagram_start(vm) ? type_new_of(vm, &datagram_def) : NULL;
    if (!d)
        return VALUE_EMPTY;
    d->socket = socket;
    d->protocol = protocol;
    d->remote = remote;
    d->error = VALUE_NONE;
    d->high = 64 * 1024;
    d->low = 16 * 1024;
    IoHandle *h = (IoHandle *)d;
    if (!io_start(vm, h, &kind, loop, as_socket(socket)->fd) ||
        !(d->sockname = socket_name(vm, as_socket(socket), false)) ||
        !(d->peername = is_none(remote) ? socket_name(vm, as_socket(socket), true) : remote))
        return VALUE_EMPTY;
    gc_barrier(vm, d);
    if (!io_post(vm, h, ACTION_MADE) || !io_post(vm, h, ACTION_START))
        return VALUE_EMPTY;
    if (is_none(waiter))
        return from_object((Object *)d);
    Handle *release = handle_new(vm, loop, &handle_def, waiter, VALUE_NONE, true, VALUE_EMPTY);
    return release && loop_push(vm, loop, from_object(release), VALUE_EMPTY) ? from_object((Object *)d) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- methods

static Value result(bool ok) { return ok ? VALUE_NONE : VALUE_EMPTY; }

static bool keep(VM *vm, Datagram *d, Value data, size_t size, Value address)
{
    const char *bytes;
    bytes_view(data, &bytes, &size);
    Value copy = is_bytes(data) ? data : bytes_new(vm, bytes, size);
    Value pair = copy ? tuple_pack(vm, 2, copy, address) : VALUE_EMPTY;
    if (!d->waiting) {
        d->waiting = list_new(vm, 4);
        gc_barrier(vm, d);
    }
    if (!pair || !d->waiting || !list_append(vm, d->waiting, pair))
        return false;
    d->size += size + HEADER_SIZE;
    io_want((IoHandle *)d, io_wanted((IoHandle *)d) | WATCH_WRITE);
    return maybe_pause(vm, d);
}

static Value sendto_method(VM *vm, Value *a, int n)
{
    const char *bytes;
    size_t size;
    Datagram *d = as_datagram(a[0]);
    Value address = n > 2 ? a[2] : VALUE_NONE;
    if (!bytes_view(a[1], &bytes, &size))
        return raise_type(vm, "data argument must be a bytes-like object, not '%T'", a[1]);
    if (!is_none(d->remote)) {
        int same = is_none(address) ? 1 : object_equal(vm, address, d->remote);
        if (same <= 0)
            return same < 0 ? VALUE_EMPTY : raise_value(vm, "Invalid address: must be None or %R", d->remote);
        if (d->lost) {
            d->lost++;
            return VALUE_NONE;
        }
    }
    if (is_none(d->socket))
        return VALUE_NONE;
    int sent = d->waiting ? 0 : send_one(vm, d, a[1], address);
    if (sent < 0)
        return result(fatal(vm, d, "Fatal write error on datagram transport"));
    return sent ? VALUE_NONE : result(keep(vm, d, a[1], size, address));
}

static Value close_method(VM *vm, Value *a, int n) { return (void)n, result(close_soft(vm, as_datagram(a[0]))); }
static Value abort_method(VM *vm, Value *a, int n)
{
    return (void)n, result(close_hard(vm, as_datagram(a[0]), VALUE_NONE));
}
static Value is_closing_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_bool(as_datagram(a[0])->closing);
}
static Value size_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_small((int64_t)as_datagram(a[0])->size);
}
static Value limits_method(VM *vm, Value *a, int n)
{
    return (void)n,
           tuple_pack(vm, 2, from_small((int64_t)as_datagram(a[0])->low), from_small((int64_t)as_datagram(a[0])->high));
}
static Value set_protocol_method(VM *vm, Value *a, int n)
{
    (void)n;
    as_datagram(a[0])->protocol = a[1];
    gc_barrier(vm, as_object(a[0]));
    return VALUE_NONE;
}
static Value get_protocol_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, as_datagram(a[0])->protocol; }

static Value set_limits_method(VM *vm, Value *a, int n)
{
    (void)n;
    Datagram *d = as_datagram(a[0]);
    int64_t low = 0, high = 64 * 1024;
    if ((!is_none(a[2]) && !object_index_i64(vm, a[2], &low)) || (!is_none(a[1]) && !object_index_i64(vm, a[1], &high)))
        return VALUE_EMPTY;
    if (is_none(a[1]) && !is_none(a[2]) && __builtin_mul_overflow(low, 4, &high))
        high = INT64_MAX;
    if (is_none(a[2]))
        low = high / 4;
    if (high < low || low < 0)
        return raise_value(vm, "high (%lld) must be >= low (%lld) must be >= 0", (long long)high, (long long)low);
    d->high = (size_t)high;
    d->low = (size_t)low;
    return result(maybe_pause(vm, d));
}

static Value shown_socket(VM *vm, Datagram *d)
{
    if (d->shown)
        return d->shown;
    Value module = import_by_name(vm, "asyncio.trsock");
    Value cls = module ? attribute_named(vm, module, "TransportSocket") : VALUE_EMPTY;
    Value v = cls ? call1(vm, cls, d->socket) : VALUE_EMPTY;
    d->shown = v;
    gc_barrier(vm, d);
    return v;
}

static Value get_extra_info_method(VM *vm, Value *a, int n)
{
    Datagram *d = as_datagram(a[0]);
    Value v = VALUE_NONE;
    if (is_str(a[1]) && str_is(as_str(a[1]), "socket") && !is_none(d->socket))
        v = shown_socket(vm, d);
    else if (is_str(a[1]) && str_is(as_str(a[1]), "sockname"))
        v = d->sockname;
    else if (is_str(a[1]) && str_is(as_str(a[1]), "peername"))
        v = d->peername;
    return v && is_none(v) && n > 2 ? a[2] : v;
}

static Value datagram_repr(VM *vm, Value self)
{
    Datagram *d = as_datagram(self);
    int events = io_is_open((IoHandle *)d) ? io_wanted((IoHandle *)d) : 0;
    char text[96] = "";
    if (!is_none(d->socket))
        snprintf(text, sizeof text, " read=%s write=<%s, bufsize=%zu>", events & WATCH_READ ? "polling" : "idle",
                 events & WATCH_WRITE ? "polling" : "idle", d->size);
    Str *s = str_format(vm, "<_SelectorDatagramTransport%s fd=%d%s>",
                        is_none(d->socket) ? " closed"
                        : d->closing       ? " closing"
                                           : "",
                        d->watch.fd, text);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value get_loop(VM *vm, Value self) { return (void)vm, from_object(as_datagram(self)->loop); }
static Value get_file(VM *vm, Value self) { return (void)vm, as_datagram(self)->socket; }

static void datagram_mark(Gc *gc, Object *o)
{
    Datagram *d = (Datagram *)o;
    Value values[] = {d->socket, d->protocol, d->remote, d->sockname, d->peername, d->shown, d->error, d->attributes};
    io_mark_fields(gc, (IoHandle *)d);
    gc_mark_range(gc, values, sizeof values / sizeof values[0]);
    gc_mark_object(gc, (Object *)d->waiting);
}

static void datagram_finalize(VM *vm, Object *o) { (void)vm, io_stop((IoHandle *)o); }

static const TypeOps ops = {.mark = datagram_mark, .finalize = datagram_finalize, .repr = datagram_repr};
static const NativeDef methods[] = {
    {"sendto(self, data, addr=None, /)", sendto_method, "Send one datagram.", NATIVE_RAW, 2, 3},
    {"close(self, /)", close_method, "Close; what waits is still sent.", NATIVE_RAW, 1, 1},
    {"abort(self, /)", abort_method, "Close at once.", NATIVE_RAW, 1, 1},
    {"is_closing(self, /)", is_closing_method, "Return True if it is closed or being closed.", NATIVE_RAW, 1, 1},
    {"get_write_buffer_size(self, /)", size_method, "How many bytes wait to be sent.", NATIVE_RAW, 1, 1},
    {"get_write_buffer_limits(self, /)", limits_method, "Return (low, high).", NATIVE_RAW, 1, 1},
    {"set_write_buffer_limits(self, high=None, low=None)", set_limits_method, "Set when writing is paused and resumed.",
     0, 0, 0},
    {"get_extra_info(self, name, default=None, /)", get_extra_info_method, "Information about the transport.",
     NATIVE_RAW, 2, 3},
    {"set_protocol(self, protocol, /)", set_protocol_method, "Set the protocol.", NATIVE_RAW, 2, 2},
    {"get_protocol(self, /)", get_protocol_method, "Return the protocol.", NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef getsets[] = {{"_loop", get_loop, NULL, NULL}, {"_sock", get_file, NULL, NULL}, {0}};
const TypeDef datagram_def = {
    .name = "asyncio.selector_events._SelectorDatagramTransport",
    .kind = KIND_OTHER,
    .size = sizeof(Datagram),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .flags = TYPE_EXTRA | TYPE_FINALIZE | TYPE_NO_NEW,
};

bool datagram_start(VM *vm)
{
    if (type_of_def(vm, &datagram_def))
        return true;
    Value m = socket_start(vm) ? import_by_name(vm, "asyncio.transports") : VALUE_EMPTY;
    Value cls = m ? attribute_named(vm, m, "DatagramTransport") : VALUE_EMPTY;
    return cls && type_register(vm, &datagram_def, as_type(cls));
}
