// SPDX-License-Identifier: MIT
//
// Socket methods that move bytes. Each names its arguments in a Transfer; one function makes the system call, so that
// socket_repeat can make it again after a wait.

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>

#include "socket_type.h"

typedef struct Transfer {
    char *data;
    size_t size;
    int flags;
    Address address;
    struct msghdr message;
} Transfer;

static ssize_t recv_once(VM *vm, Socket *s, void *context)
{
    Transfer *t = context;
    return sys_recv(vm, s->fd, t->data, t->size, t->flags);
}

static ssize_t recvfrom_once(VM *vm, Socket *s, void *context)
{
    Transfer *t = context;
    return sys_recvfrom(vm, s->fd, t->data, t->size, t->flags, &t->address.any, address_room(&t->address));
}

static ssize_t recvmsg_once(VM *vm, Socket *s, void *context)
{
    Transfer *t = context;
    return sys_recvmsg(vm, s->fd, &t->message, t->flags);
}

static ssize_t send_once(VM *vm, Socket *s, void *context)
{
    Transfer *t = context;
    return sys_send(vm, s->fd, t->data, t->size, t->flags);
}

static ssize_t sendto_once(VM *vm, Socket *s, void *context)
{
    Transfer *t = context;
    return sys_sendto(vm, s->fd, t->data, t->size, t->flags, &t->address.any, t->address.size);
}

static ssize_t sendmsg_once(VM *vm, Socket *s, void *context)
{
    Transfer *t = context;
    return sys_sendmsg(vm, s->fd, &t->message, t->flags);
}

static bool flags_of(VM *vm, Value v, int *out)
{
    int64_t flags;
    if (!object_index_i64(vm, v, &flags))
        return false;
    *out = (int)flags;
    return true;
}

// ---------------------------------------------------------------- receiving

// New bytes of the size a script asked for, to receive into.
static Value room(VM *vm, Value size, const char *method, Transfer *t)
{
    int64_t wanted;
    if (!object_index_i64(vm, size, &wanted))
        return VALUE_EMPTY;
    if (wanted < 0)
        return raise_value(vm, "negative buffersize in %s", method);
    Value data = bytes_new(vm, NULL, (size_t)wanted);
    if (data) {
        t->data = as_bytes(data)->data;
        t->size = (size_t)wanted;
    }
    return data;
}

static Value cut(VM *vm, Value all, size_t size)
{
    return size == as_bytes(all)->size ? all : bytes_new(vm, as_bytes(all)->data, size);
}

Value socket_recv(VM *vm, Value *a, int n)
{
    Transfer t = {0};
    Value data = n > 2 && !flags_of(vm, a[2], &t.flags) ? VALUE_EMPTY : room(vm, a[1], "recv", &t);
    ssize_t got = data ? socket_repeat(vm, as_socket(a[0]), POLLIN, recv_once, &t) : -1;
    return got < 0 ? VALUE_EMPTY : cut(vm, data, (size_t)got);
}

Value socket_recvfrom(VM *vm, Value *a, int n)
{
    Transfer t = {0};
    Value data = n > 2 && !flags_of(vm, a[2], &t.flags) ? VALUE_EMPTY : room(vm, a[1], "recvfrom", &t);
    ssize_t got = data ? socket_repeat(vm, as_socket(a[0]), POLLIN, recvfrom_once, &t) : -1;
    Value from = got < 0 ? VALUE_EMPTY : address_value(vm, &t.address);
    Value taken = from ? cut(vm, data, (size_t)got) : VALUE_EMPTY;
    return taken ? tuple_pack(vm, 2, taken, from) : VALUE_EMPTY;
}

static bool buffer_room(VM *vm, Value *a, const char *method, Transfer *t)
{
    int64_t wanted;
    if (!flags_of(vm, a[3], &t->flags) || !object_index_i64(vm, a[2], &wanted))
        return false;
    if (!bytes_view_writable(a[1], &t->data, &t->size)) {
        raise_type(vm, "%s() argument 1 must be read-write bytes-like object, not %T", method, a[1]);
        return false;
    }
    if (wanted < 0)
        return (raise_value(vm, "negative buffersize in %s", method), false);
    if ((size_t)wanted > t->size)
        return (raise_value(vm, "buffer too small for requested bytes"), false);
    if (wanted)
        t->size = (size_t)wanted;
    return true;
}

Value socket_recv_into(VM *vm, Value *a, int n)
{
    (void)n;
    Transfer t = {0};
    if (!buffer_room(vm, a, "recv_into", &t))
        return VALUE_EMPTY;
    ssize_t got = socket_repeat(vm, as_socket(a[0]), POLLIN, recv_once, &t);
    return got < 0 ? VALUE_EMPTY : from_small(got);
}

Value socket_recvfrom_into(VM *vm, Value *a, int n)
{
    (void)n;
    Transfer t = {0};
    if (!buffer_room(vm, a, "recvfrom_into", &t))
        return VALUE_EMPTY;
    ssize_t got = socket_repeat(vm, as_socket(a[0]), POLLIN, recvfrom_once, &t);
    Value from = got < 0 ? VALUE_EMPTY : address_value(vm, &t.address);
    return from ? tuple_pack(vm, 2, from_small(got), from) : VALUE_EMPTY;
}

// [(level, type, data), ...] of a message that was received.
static Value ancillary(VM *vm, struct msghdr *m)
{
    List *list = list_new(vm, 0);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); list && c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_len < CMSG_LEN(0))
            break;
        Value data = bytes_new(vm, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
        Value entry = data ? tuple_pack(vm, 3, from_small(c->cmsg_level), from_small(c->cmsg_type), data) : VALUE_EMPTY;
        if (!entry || !list_append(vm, list, entry))
            return VALUE_EMPTY;
    }
    return list ? from_object(list) : VALUE_EMPTY;
}

Value socket_recvmsg(VM *vm, Value *a, int n)
{
    Transfer t = {0};
    int64_t extra = 0;
    if ((n > 2 && !object_index_i64(vm, a[2], &extra)) || (n > 3 && !flags_of(vm, a[3], &t.flags)))
        return VALUE_EMPTY;
    if (extra < 0 || extra > INT_MAX)
        return raise_value(vm, "invalid ancillary data buffer length");
    Value data = room(vm, a[1], "recvmsg", &t), control = data ? bytes_new(vm, NULL, (size_t)extra) : VALUE_EMPTY;
    if (!control)
        return VALUE_EMPTY;
    struct iovec part = {t.data, t.size};
    t.message = (struct msghdr){.msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_name = &t.address.any,
                                .msg_namelen = sizeof t.address.storage,
                                .msg_control = extra ? as_bytes(control)->data : NULL,
                                .msg_controllen = (size_t)extra};
    ssize_t got = socket_repeat(vm, as_socket(a[0]), POLLIN, recvmsg_once, &t);
    if (got < 0)
        return VALUE_EMPTY;
    t.address.size = t.message.msg_namelen;
    Value list = ancillary(vm, &t.message), from = list ? address_value(vm, &t.address) : VALUE_EMPTY;
    Value taken = from ? cut(vm, data, (size_t)got) : VALUE_EMPTY;
    return taken ? tuple_pack(vm, 4, taken, list, from_small(t.message.msg_flags), from) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- sending

static bool data_of(VM *vm, Value v, Transfer *t)
{
    const char *data;
    if (!bytes_view_or_raise(vm, v, &data, &t->size))
        return false;
    t->data = (char *)data;
    return true;
}

Value socket_send(VM *vm, Value *a, int n)
{
    Transfer t = {0};
    if ((n > 2 && !flags_of(vm, a[2], &t.flags)) || !data_of(vm, a[1], &t))
        return VALUE_EMPTY;
    ssize_t sent = socket_repeat(vm, as_socket(a[0]), POLLOUT, send_once, &t);
    return sent < 0 ? VALUE_EMPTY : from_small(sent);
}

Value socket_sendall(VM *vm, Value *a, int n)
{
    Transfer t = {0};
    Socket *s = as_socket(a[0]);
    if ((n > 2 && !flags_of(vm, a[2], &t.flags)) || !data_of(vm, a[1], &t))
        return VALUE_EMPTY;
    double end = socket_deadline(s);
    do {
        ssize_t sent = send_once(vm, s, &t);
        if (sent < 0 && errno == EAGAIN && s->timeout > 0 && socket_wait(vm, s, POLLOUT, end))
            continue;
        if (sent < 0)
            return vm->error ? VALUE_EMPTY : sys_raise(vm, errno, VALUE_EMPTY);
        t.data += sent;
        t.size -= (size_t)sent;
        if (!vm_tick(vm))
            return VALUE_EMPTY;
    } while (t.size > 0);
    return VALUE_NONE;
}

Value socket_sendto(VM *vm, Value *a, int n)
{
    Transfer t = {0};
    Socket *s = as_socket(a[0]);
    if ((n > 3 && !flags_of(vm, a[2], &t.flags)) || !address_parse(vm, s->family, a[n - 1], "sendto", &t.address) ||
        !data_of(vm, a[1], &t))
        return VALUE_EMPTY;
    ssize_t sent = socket_repeat(vm, s, POLLOUT, sendto_once, &t);
    return sent < 0 ? VALUE_EMPTY : from_small(sent);
}

#define MESSAGE_PARTS 64
#define CONTROL_ROOM 4096

// The buffers of a message. The sequence keeps their bytes alive.
static int parts_of(VM *vm, Value buffers, struct iovec *parts)
{
    int64_t count = sequence_fast_count(buffers);
    if (count > MESSAGE_PARTS)
        return (raise_exc(vm, EXC_OSError, "sendmsg() argument 1 is too long"), -1);
    for (int64_t i = 0; i < count; i++) {
        const char *data;
        if (!bytes_view_or_raise(vm, sequence_fast_items(buffers)[i], &data, &parts[i].iov_len))
            return -1;
        parts[i].iov_base = (void *)data;
    }
    return (int)count;
}

// Adds one (level, type, data) to the control block. False: error pending.
static bool add_control(VM *vm, struct msghdr *m, size_t room, Value entry)
{
    int64_t level, type;
    const char *data;
    size_t size;
    if (!is_tuple(entry) || as_tuple(entry)->count != 3)
        return (raise_type(vm, "[sendmsg() ancillary data items] must be sequence of length 3"), false);
    Value *v = as_tuple(entry)->items;
    if (!object_index_i64(vm, v[0], &level) || !object_index_i64(vm, v[1], &type) ||
        !bytes_view_or_raise(vm, v[2], &data, &size))
        return false;
    if (size > room || m->msg_controllen + CMSG_SPACE(size) > room)
        return (raise_exc(vm, EXC_OSError, "too much ancillary data"), false);
    struct cmsghdr *c = (struct cmsghdr *)((char *)m->msg_control + m->msg_controllen);
    c->cmsg_level = (int)level;
    c->cmsg_type = (int)type;
    c->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(c), data, size);
    m->msg_controllen += CMSG_SPACE(size);
    return true;
}

Value socket_sendmsg(VM *vm, Value *a, int n)
{
    Transfer t = {0};
    Socket *s = as_socket(a[0]);
    struct iovec parts[MESSAGE_PARTS];
    _Alignas(struct cmsghdr) char control[CONTROL_ROOM] = {0};
    Value buffers = sequence_fast(vm, a[1], "sendmsg() argument 1 must be iterable");
    Value extra = !buffers ? VALUE_EMPTY : n > 2 ? sequence_fast(vm, a[2], NULL) : vm->empty_tuple;
    int count = extra ? parts_of(vm, buffers, parts) : -1;
    if (count < 0 || (n > 3 && !flags_of(vm, a[3], &t.flags)))
        return VALUE_EMPTY;
    t.message = (struct msghdr){.msg_iov = parts, .msg_iovlen = (size_t)count, .msg_control = control};
    for (int64_t i = 0; i < sequence_fast_count(extra); i++)
        if (!add_control(vm, &t.message, sizeof control, sequence_fast_items(extra)[i]))
            return VALUE_EMPTY;
    if (!t.message.msg_controllen)
        t.message.msg_control = NULL;
    if (n > 4 && !is_none(a[4])) {
        if (!address_parse(vm, s->family, a[4], "sendmsg", &t.address))
            return VALUE_EMPTY;
        t.message.msg_name = &t.address.any;
        t.message.msg_namelen = t.address.size;
    }
    ssize_t sent = socket_repeat(vm, s, POLLOUT, sendmsg_once, &t);
    return sent < 0 ? VALUE_EMPTY : from_small(sent);
}
