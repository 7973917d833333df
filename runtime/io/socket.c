// SPDX-License-Identifier: MIT
//
// Life of a Socket. Its methods are in socket_type.c and socket_move.c.

#define _GNU_SOURCE
#include "socket.h"

#include <errno.h>

bool socket_start(VM *vm) { return type_of_def(vm, &socket_def) || type_register(vm, &socket_def, NULL); }

Socket *socket_adopt(VM *vm, int fd, int family, int type, int protocol)
{
    Socket *s = socket_start(vm) ? type_new_of(vm, &socket_def) : NULL;
    if (!s) {
        sys_close(vm, fd);
        return NULL;
    }
    s->fd = fd;
    s->family = family;
    s->type = type;
    s->protocol = protocol;
    return s;
}

bool socket_close(VM *vm, Socket *s)
{
    int fd = s->fd;
    s->fd = -1;
    if (fd < 0 || sys_close(vm, fd) == 0 || errno == ECONNRESET)
        return true;
    return (sys_raise(vm, errno, VALUE_EMPTY), false);
}

Value socket_name(VM *vm, Socket *s, bool peer)
{
    Address a;
    int result = peer ? sys_getpeername(vm, s->fd, &a.any, address_room(&a))
                      : sys_getsockname(vm, s->fd, &a.any, address_room(&a));
    return result < 0 ? VALUE_NONE : address_value(vm, &a);
}
