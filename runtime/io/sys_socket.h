// SPDX-License-Identifier: MIT
//
// System calls on sockets, and waiting for descriptors. Same contract as sys.h: the result of the call, or -1 with
// errno; descriptors are close-on-exec. Calls on a blocking descriptor may block.
#ifndef AIOLOS_RUNTIME_SYS_SOCKET_H
#define AIOLOS_RUNTIME_SYS_SOCKET_H

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "sys.h"

int sys_socket(VM *vm, int family, int type, int protocol);
int sys_socketpair(VM *vm, int family, int type, int protocol, int fds[2]);
int sys_bind(VM *vm, int fd, const struct sockaddr *address, socklen_t size);
int sys_listen(VM *vm, int fd, int backlog);
int sys_accept(VM *vm, int fd, struct sockaddr *address, socklen_t *size, int flags); // SOCK_NONBLOCK or 0
// Interrupted by a signal it gives EINPROGRESS: the connection goes on, as on a non-blocking socket.
int sys_connect(VM *vm, int fd, const struct sockaddr *address, socklen_t size);
int sys_getsockname(VM *vm, int fd, struct sockaddr *address, socklen_t *size);
int sys_getpeername(VM *vm, int fd, struct sockaddr *address, socklen_t *size);
int sys_getsockopt(VM *vm, int fd, int level, int option, void *value, socklen_t *size);
int sys_setsockopt(VM *vm, int fd, int level, int option, const void *value, socklen_t size);
int sys_shutdown(VM *vm, int fd, int how);
ssize_t sys_recv(VM *vm, int fd, void *buffer, size_t size, int flags);
ssize_t sys_recvfrom(VM *vm, int fd, void *buffer, size_t size, int flags, struct sockaddr *address, socklen_t *length);
ssize_t sys_recvmsg(VM *vm, int fd, struct msghdr *message, int flags);
ssize_t sys_send(VM *vm, int fd, const void *data, size_t size, int flags); // never raises SIGPIPE
ssize_t sys_sendto(VM *vm, int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
                   socklen_t length);
ssize_t sys_sendmsg(VM *vm, int fd, const struct msghdr *message, int flags);
ssize_t sys_sendfile(VM *vm, int to, int from, int64_t *offset, size_t size); // offset NULL: the file's position
ssize_t sys_writev(VM *vm, int fd, const struct iovec *parts, int count);

// Waits until a descriptor is ready; timeout in milliseconds, -1: no limit. After a signal it goes on waiting for what
// is left of the time. `fds` has room for one more.
int sys_poll(VM *vm, struct pollfd *fds, nfds_t count, int timeout);
int sys_epoll_create(VM *vm);
int sys_epoll_control(VM *vm, int epoll, int operation, int fd, struct epoll_event *event);
int sys_epoll_wait(VM *vm, int epoll, struct epoll_event *events, int count, int timeout);

#endif
