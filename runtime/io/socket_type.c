// SPDX-License-Identifier: MIT
//
// _socket.socket: making, naming, options, connections, time limits. A socket with a time limit is non-blocking to the
// kernel; the calls wait for it here.

#define _GNU_SOURCE
#include "socket_type.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

// ---------------------------------------------------------------- waiting

double socket_deadline(Socket *s) { return s->timeout > 0 ? sys_machine_time() + s->timeout : -1; }

bool socket_wait(VM *vm, Socket *s, short events, double end)
{
    int n;
    do
        n = sys_wait(vm, s->fd, events, end < 0 ? INFINITY : end);
    while (n < 0 && errno == EINTR && vm_tick_slow(vm)); // handlers of signals have run
    if (n < 0 && vm->error)
        return false;
    if (n < 0)
        return (sys_raise(vm, errno, VALUE_EMPTY), false);
    if (n > 0)
        return true;
    raise_exc(vm, EXC_TimeoutError, "timed out");
    return false;
}

ssize_t socket_repeat(VM *vm, Socket *s, short events, SocketCall call, void *context)
{
    double end = socket_deadline(s);
    for (;;) {
        ssize_t n = call(vm, s, context);
        if (n >= 0)
            return n;
        if ((errno != EAGAIN && errno != EWOULDBLOCK) || s->timeout <= 0)
            return (sys_raise(vm, errno, VALUE_EMPTY), -1);
        if (!socket_wait(vm, s, events, end))
            return -1;
    }
}

// ---------------------------------------------------------------- life

static bool set_blocking(VM *vm, Socket *s)
{
    int flags = sys_fcntl(vm, s->fd, F_GETFL, 0);
    int wanted = s->timeout < 0 ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    if (flags < 0 || (wanted != flags && sys_fcntl(vm, s->fd, F_SETFL, wanted) < 0))
        return (sys_raise(vm, errno, VALUE_EMPTY), false);
    return true;
}

static int option_of(VM *vm, int fd, int option, int fallback)
{
    int value = fallback;
    socklen_t size = sizeof value;
    return sys_getsockopt(vm, fd, SOL_SOCKET, option, &value, &size) < 0 ? fallback : value;
}

// What a descriptor from elsewhere is: arguments that were left out are asked from the kernel.
static bool adopt(VM *vm, Socket *s, Value fileno)
{
    int64_t fd;
    Address a;
    if (!object_index_i64(vm, fileno, &fd))
        return false;
    if (fd < 0 || fd > INT_MAX)
        return (raise_value(vm, "negative file descriptor"), false);
    if (sys_getsockname(vm, (int)fd, &a.any, address_room(&a)) < 0)
        return (sys_raise(vm, errno, VALUE_EMPTY), false);
    s->fd = (int)fd;
    if (s->family < 0)
        s->family = a.any.sa_family;
    if (s->type < 0)
        s->type = option_of(vm, s->fd, SO_TYPE, SOCK_STREAM);
    if (s->protocol < 0)
        s->protocol = option_of(vm, s->fd, SO_PROTOCOL, 0);
    return true;
}

static bool create(VM *vm, Socket *s)
{
    s->family = s->family < 0 ? AF_INET : s->family;
    s->type = s->type < 0 ? SOCK_STREAM : s->type;
    s->protocol = s->protocol < 0 ? 0 : s->protocol;
    s->fd = sys_socket(vm, s->family, s->type, s->protocol);
    return s->fd >= 0 || (sys_raise(vm, errno, VALUE_EMPTY), false);
}

static Value init_method(VM *vm, Value *a, int n)
{
    (void)n;
    Socket *s = as_socket(a[0]);
    int *const fields[] = {&s->family, &s->type, &s->protocol};
    for (int i = 0; i < 3; i++) {
        int64_t number;
        if (!object_index_i64(vm, a[1 + i], &number))
            return VALUE_EMPTY;
        *fields[i] = (int)number;
    }
    if (s->fd >= 0)
        socket_close(vm, s);
    if (!(is_none(a[4]) ? create(vm, s) : adopt(vm, s, a[4])))
        return VALUE_EMPTY;
    s->timeout = s->type & SOCK_NONBLOCK ? 0 : -1;
    s->type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    return VALUE_NONE;
}

static Value socket_make(VM *vm, Value *a, int n)
{
    (void)n;
    Socket *s = type_alloc(vm, as_type(a[0]), 0);
    if (!s)
        return VALUE_EMPTY;
    s->fd = s->family = s->type = s->protocol = -1;
    s->timeout = -1;
    return from_object(s);
}

static void socket_finalize(VM *vm, Object *o)
{
    Socket *s = (Socket *)o;
    if (s->fd >= 0)
        sys_close(vm, s->fd);
    s->fd = -1;
}

static Value close_method(VM *vm, Value *a, int n)
{
    return (void)n, socket_close(vm, as_socket(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}

static Value detach_method(VM *vm, Value *a, int n)
{
    (void)vm, (void)n;
    int fd = as_socket(a[0])->fd;
    as_socket(a[0])->fd = -1;
    return from_small(fd);
}

static Value fileno_method(VM *vm, Value *a, int n) { return (void)vm, (void)n, from_small(as_socket(a[0])->fd); }

// ---------------------------------------------------------------- time limits

static Value settimeout_method(VM *vm, Value *a, int n)
{
    (void)n;
    Socket *s = as_socket(a[0]);
    double seconds = -1;
    if (!is_none(a[1])) {
        if (!object_as_double(vm, a[1], &seconds))
            return VALUE_EMPTY;
        if (isnan(seconds))
            return raise_value(vm, "Invalid value NaN (not a number)");
        if (seconds < 0)
            return raise_value(vm, "Timeout value out of range");
    }
    s->timeout = seconds;
    return set_blocking(vm, s) ? VALUE_NONE : VALUE_EMPTY;
}

static Value setblocking_method(VM *vm, Value *a, int n)
{
    (void)n;
    int block = object_truth(vm, a[1]);
    if (block < 0)
        return VALUE_EMPTY;
    as_socket(a[0])->timeout = block ? -1 : 0;
    return set_blocking(vm, as_socket(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}

static Value get_timeout(VM *vm, Value self)
{
    return (void)vm, as_socket(self)->timeout < 0 ? VALUE_NONE : from_double(as_socket(self)->timeout);
}
static Value gettimeout_method(VM *vm, Value *a, int n) { return (void)n, get_timeout(vm, a[0]); }
static Value getblocking_method(VM *vm, Value *a, int n)
{
    return (void)vm, (void)n, from_bool(as_socket(a[0])->timeout != 0);
}

// ---------------------------------------------------------------- names and connections

static Value name_method(VM *vm, Value self, bool peer)
{
    Address a;
    int fd = as_socket(self)->fd;
    int result =
        peer ? sys_getpeername(vm, fd, &a.any, address_room(&a)) : sys_getsockname(vm, fd, &a.any, address_room(&a));
    return result < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : address_value(vm, &a);
}
static Value getsockname_method(VM *vm, Value *a, int n) { return (void)n, name_method(vm, a[0], false); }
static Value getpeername_method(VM *vm, Value *a, int n) { return (void)n, name_method(vm, a[0], true); }

static Value done(VM *vm, int result) { return result < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : VALUE_NONE; }

static Value bind_method(VM *vm, Value *a, int n)
{
    (void)n;
    Address address;
    Socket *s = as_socket(a[0]);
    if (!address_parse(vm, s->family, a[1], "bind", &address))
        return VALUE_EMPTY;
    return done(vm, sys_bind(vm, s->fd, &address.any, address.size));
}

static Value listen_method(VM *vm, Value *a, int n)
{
    int64_t backlog = 128;
    if (n > 1 && !object_index_i64(vm, a[1], &backlog))
        return VALUE_EMPTY;
    backlog = backlog < 0 ? 0 : backlog > INT_MAX ? INT_MAX : backlog;
    return done(vm, sys_listen(vm, as_socket(a[0])->fd, (int)backlog));
}

static Value shutdown_method(VM *vm, Value *a, int n)
{
    (void)n;
    int64_t how;
    return object_index_i64(vm, a[1], &how) ? done(vm, sys_shutdown(vm, as_socket(a[0])->fd, (int)how)) : VALUE_EMPTY;
}

static ssize_t accept_once(VM *vm, Socket *s, void *context)
{
    Address *from = context;
    return sys_accept(vm, s->fd, &from->any, address_room(from), 0);
}

static Value accept_method(VM *vm, Value *a, int n)
{
    (void)n;
    Address peer;
    ssize_t fd = socket_repeat(vm, as_socket(a[0]), POLLIN, accept_once, &peer);
    Value from = fd < 0 ? VALUE_EMPTY : address_value(vm, &peer);
    if (fd >= 0 && !from)
        sys_close(vm, (int)fd);
    return from ? tuple_pack(vm, 2, from_small(fd), from) : VALUE_EMPTY;
}

// The errno of a connection attempt: 0 connected; -1 an exception is pending (time limit, interrupt).
static int connect_outcome(VM *vm, Socket *s, const Address *address)
{
    if (sys_connect(vm, s->fd, &address->any, address->size) == 0)
        return 0;
    if (errno != EINPROGRESS || s->timeout == 0)
        return errno;
    if (!socket_wait(vm, s, POLLOUT, socket_deadline(s)))
        return -1;
    return option_of(vm, s->fd, SO_ERROR, EIO);
}

static Value connect_method(VM *vm, Value *a, int n)
{
    (void)n;
    Address address;
    if (!address_parse(vm, as_socket(a[0])->family, a[1], "connect", &address))
        return VALUE_EMPTY;
    int error = connect_outcome(vm, as_socket(a[0]), &address);
    return error == 0 ? VALUE_NONE : error < 0 ? VALUE_EMPTY : sys_raise(vm, error, VALUE_EMPTY);
}

static Value connect_ex_method(VM *vm, Value *a, int n)
{
    (void)n;
    Address address;
    if (!address_parse(vm, as_socket(a[0])->family, a[1], "connect_ex", &address))
        return VALUE_EMPTY;
    int error = connect_outcome(vm, as_socket(a[0]), &address);
    if (error >= 0)
        return from_small(error);
    if (!error_is(vm, EXC_TimeoutError))
        return VALUE_EMPTY;
    error_clear(vm);
    return from_small(EAGAIN);
}

// ---------------------------------------------------------------- options

static bool two_ints(VM *vm, Value *a, int *level, int *option)
{
    int64_t l, o;
    if (!object_index_i64(vm, a[1], &l) || !object_index_i64(vm, a[2], &o))
        return false;
    *level = (int)l;
    *option = (int)o;
    return true;
}

static Value getsockopt_method(VM *vm, Value *a, int n)
{
    int level, option, number = 0;
    int64_t room = 0;
    if (!two_ints(vm, a, &level, &option) || (n > 3 && !object_index_i64(vm, a[3], &room)))
        return VALUE_EMPTY;
    if (room < 0 || room > 1024)
        return raise_exc(vm, EXC_OSError, "getsockopt buflen out of range");
    socklen_t size = room ? (socklen_t)room : sizeof number;
    Value data = room ? bytes_new(vm, NULL, (size_t)room) : VALUE_NONE;
    if (!data)
        return VALUE_EMPTY;
    void *place = room ? (void *)as_bytes(data)->data : (void *)&number;
    if (sys_getsockopt(vm, as_socket(a[0])->fd, level, option, place, &size) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    return room ? bytes_new(vm, as_bytes(data)->data, size) : from_small(number);
}

static Value setsockopt_method(VM *vm, Value *a, int n)
{
    int level, option, fd = as_socket(a[0])->fd;
    int64_t number;
    const char *data = NULL;
    size_t size;
    if (!two_ints(vm, a, &level, &option))
        return VALUE_EMPTY;
    if (n > 4) {
        if (!is_none(a[3]) || !object_index_i64(vm, a[4], &number))
            return vm->error ? VALUE_EMPTY : raise_type(vm, "setsockopt() takes None before a length");
        return done(vm, sys_setsockopt(vm, fd, level, option, NULL, (socklen_t)number));
    }
    if (is_int_like(a[3])) {
        if (!object_index_i64(vm, a[3], &number))
            return VALUE_EMPTY;
        int value = (int)number;
        return done(vm, sys_setsockopt(vm, fd, level, option, &value, sizeof value));
    }
    return bytes_view_or_raise(vm, a[3], &data, &size)
               ? done(vm, sys_setsockopt(vm, fd, level, option, data, (socklen_t)size))
               : VALUE_EMPTY;
}

// ---------------------------------------------------------------- the type

static Value get_family(VM *vm, Value self) { return (void)vm, from_small(as_socket(self)->family); }
static Value get_type(VM *vm, Value self) { return (void)vm, from_small(as_socket(self)->type); }
static Value get_protocol(VM *vm, Value self) { return (void)vm, from_small(as_socket(self)->protocol); }

static Value socket_repr(VM *vm, Value self)
{
    Socket *s = as_socket(self);
    Str *text =
        str_format(vm, "<socket object, fd=%d, family=%d, type=%d, proto=%d>", s->fd, s->family, s->type, s->protocol);
    return text ? from_object(text) : VALUE_EMPTY;
}

static void socket_mark(Gc *gc, Object *o) { gc_mark(gc, ((Socket *)o)->attributes); }

const NativeDef socket_methods[] = {
    {"__init__(self, family=-1, type=-1, proto=-1, fileno=None)", init_method, NULL, 0, 0, 0},
    {"_accept(self, /)", accept_method, "Wait for a connection: (descriptor, address).", NATIVE_RAW, 1, 1},
    {"bind(self, address, /)", bind_method, "Bind the socket to a local address.", NATIVE_RAW, 2, 2},
    {"close(self, /)", close_method, "Close the socket.", NATIVE_RAW, 1, 1},
    {"connect(self, address, /)", connect_method, "Connect the socket to a remote address.", NATIVE_RAW, 2, 2},
    {"connect_ex(self, address, /)", connect_ex_method, "Connect; return the error number, 0 for success.", NATIVE_RAW,
     2, 2},
    {"detach(self, /)", detach_method, "Close the object, keep the descriptor and return it.", NATIVE_RAW, 1, 1},
    {"fileno(self, /)", fileno_method, "Return the descriptor, -1 when closed.", NATIVE_RAW, 1, 1},
    {"getpeername(self, /)", getpeername_method, "Return the address of the remote end.", NATIVE_RAW, 1, 1},
    {"getsockname(self, /)", getsockname_method, "Return the address of the local end.", NATIVE_RAW, 1, 1},
    {"getsockopt(self, level, option, buflen=0, /)", getsockopt_method, "Get a socket option.", NATIVE_RAW, 3, 4},
    {"setsockopt(self, level, option, value, optlen=0, /)", setsockopt_method, "Set a socket option.", NATIVE_RAW, 4,
     5},
    {"gettimeout(self, /)", gettimeout_method, "Return the time limit in seconds, None for none.", NATIVE_RAW, 1, 1},
    {"settimeout(self, timeout, /)", settimeout_method, "Set a time limit in seconds; None: no limit.", NATIVE_RAW, 2,
     2},
    {"setblocking(self, flag, /)", setblocking_method, "Make the socket blocking or non-blocking.", NATIVE_RAW, 2, 2},
    {"getblocking(self, /)", getblocking_method, "Return True if the socket is in blocking mode.", NATIVE_RAW, 1, 1},
    {"listen(self, backlog=128, /)", listen_method, "Let the socket accept connections.", NATIVE_RAW, 1, 2},
    {"shutdown(self, how, /)", shutdown_method, "Shut down one or both directions.", NATIVE_RAW, 2, 2},
    {"recv(self, bufsize, flags=0, /)", socket_recv, "Receive at most bufsize bytes.", NATIVE_RAW, 2, 3},
    {"recv_into(self, buffer, nbytes=0, flags=0)", socket_recv_into, "Receive into a buffer.", 0, 0, 0},
    {"recvfrom(self, bufsize, flags=0, /)", socket_recvfrom, "Receive (data, address).", NATIVE_RAW, 2, 3},
    {"recvfrom_into(self, buffer, nbytes=0, flags=0)", socket_recvfrom_into, "Receive into a buffer: (size, address).",
     0, 0, 0},
    {"recvmsg(self, bufsize, ancbufsize=0, flags=0, /)", socket_recvmsg,
     "Receive (data, ancillary data, flags, address).", NATIVE_RAW, 2, 4},
    {"send(self, data, flags=0, /)", socket_send, "Send bytes; return how many were taken.", NATIVE_RAW, 2, 3},
    {"sendall(self, data, flags=0, /)", socket_sendall, "Send all bytes.", NATIVE_RAW, 2, 3},
    {"sendto(self, data, flags_or_address, address=<unset>, /)", socket_sendto, "Send bytes to an address.", NATIVE_RAW,
     3, 4},
    {"sendmsg(self, buffers, ancdata=(), flags=0, address=None, /)", socket_sendmsg,
     "Send several buffers and ancillary data as one message.", NATIVE_RAW, 2, 5},
    {0},
};
static const GetSetDef getsets[] = {
    {"family", get_family, NULL, NULL},
    {"type", get_type, NULL, NULL},
    {"proto", get_protocol, NULL, NULL},
    {"timeout", get_timeout, NULL, NULL},
    {0},
};
static const TypeOps ops = {.mark = socket_mark, .finalize = socket_finalize, .repr = socket_repr};
const TypeDef socket_def = {
    .name = "_socket.socket",
    .kind = KIND_OTHER,
    .size = sizeof(Socket),
    .ops = &ops,
    .methods = socket_methods,
    .getsets = getsets,
    .make = {"socket(cls, family=-1, type=-1, proto=-1, fileno=None)", socket_make, NULL, 0, 0, 0},
    .doc = "An endpoint for communication.",
    .flags = TYPE_BASE | TYPE_EXTRA | TYPE_FINALIZE,
};
