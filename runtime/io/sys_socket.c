// SPDX-License-Identifier: MIT
//
// The wrappers of sys_socket.h.

#define _GNU_SOURCE
#include "sys_socket.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <sys/sendfile.h>

#include "sys_policy.h"

// ---- making and naming

int sys_socket(VM *vm, int family, int type, int protocol)
{
    return sys_fault(vm, SYS_SOCKET) ? -1 : sys_counted(vm, socket(family, type | SOCK_CLOEXEC, protocol));
}

int sys_socketpair(VM *vm, int family, int type, int protocol, int fds[2])
{
    if (sys_fault(vm, SYS_SOCKET) || socketpair(family, type | SOCK_CLOEXEC, protocol, fds) < 0)
        return -1;
    int first = sys_counted(vm, fds[0]), second = sys_counted(vm, fds[1]);
    if (first >= 0 && second >= 0)
        return 0;
    if (first >= 0)
        sys_close(vm, first);
    errno = EMFILE;
    return -1;
}

int sys_bind(VM *vm, int fd, const struct sockaddr *address, socklen_t size)
{
    ONCE(SYS_SOCKET, bind(fd, address, size));
}

int sys_listen(VM *vm, int fd, int backlog) { ONCE(SYS_SOCKET, listen(fd, backlog)); }

static int accept_again(VM *vm, int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    REPEAT(int, SYS_SOCKET, accept4(fd, address, size, flags | SOCK_CLOEXEC));
}

int sys_accept(VM *vm, int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    return sys_ready(vm, fd, POLLIN) ? sys_counted(vm, accept_again(vm, fd, address, size, flags)) : -1;
}

int sys_connect(VM *vm, int fd, const struct sockaddr *address, socklen_t size)
{
    if (sys_fault(vm, SYS_SOCKET))
        return -1;
    int result = connect(fd, address, size);
    if (result < 0 && errno == EINTR && sys_retry(vm))
        errno = EINPROGRESS;
    return result;
}

int sys_getsockname(VM *vm, int fd, struct sockaddr *address, socklen_t *size)
{
    ONCE(SYS_SOCKET, getsockname(fd, address, size));
}

int sys_getpeername(VM *vm, int fd, struct sockaddr *address, socklen_t *size)
{
    ONCE(SYS_SOCKET, getpeername(fd, address, size));
}

int sys_getsockopt(VM *vm, int fd, int level, int option, void *value, socklen_t *size)
{
    ONCE(SYS_SOCKET, getsockopt(fd, level, option, value, size));
}

int sys_setsockopt(VM *vm, int fd, int level, int option, const void *value, socklen_t size)
{
    ONCE(SYS_SOCKET, setsockopt(fd, level, option, value, size));
}

int sys_shutdown(VM *vm, int fd, int how) { ONCE(SYS_SOCKET, shutdown(fd, how)); }

// ---- moving bytes

ssize_t sys_recv(VM *vm, int fd, void *buffer, size_t size, int flags)
{
    if (!sys_ready(vm, fd, POLLIN))
        return -1;
    REPEAT(ssize_t, SYS_READ, recv(fd, buffer, size, flags));
}

ssize_t sys_recvfrom(VM *vm, int fd, void *buffer, size_t size, int flags, struct sockaddr *address, socklen_t *length)
{
    if (!sys_ready(vm, fd, POLLIN))
        return -1;
    REPEAT(ssize_t, SYS_READ, recvfrom(fd, buffer, size, flags, address, length));
}

ssize_t sys_recvmsg(VM *vm, int fd, struct msghdr *message, int flags)
{
    if (!sys_ready(vm, fd, POLLIN))
        return -1;
    REPEAT(ssize_t, SYS_READ, recvmsg(fd, message, flags));
}

ssize_t sys_send(VM *vm, int fd, const void *data, size_t size, int flags)
{
    if (!sys_ready(vm, fd, POLLOUT))
        return -1;
    REPEAT(ssize_t, SYS_WRITE, send(fd, data, size, flags | MSG_NOSIGNAL));
}

ssize_t sys_sendto(VM *vm, int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
                   socklen_t length)
{
    if (!sys_ready(vm, fd, POLLOUT))
        return -1;
    REPEAT(ssize_t, SYS_WRITE, sendto(fd, data, size, flags | MSG_NOSIGNAL, address, length));
}

ssize_t sys_sendmsg(VM *vm, int fd, const struct msghdr *message, int flags)
{
    if (!sys_ready(vm, fd, POLLOUT))
        return -1;
    REPEAT(ssize_t, SYS_WRITE, sendmsg(fd, message, flags | MSG_NOSIGNAL));
}

ssize_t sys_sendfile(VM *vm, int to, int from, int64_t *offset, size_t size)
{
    off_t at = offset ? (off_t)*offset : 0;
    if (sys_fault(vm, SYS_WRITE))
        return -1;
    ssize_t n;
    do
        n = sendfile(to, from, offset ? &at : NULL, size);
    while (n < 0 && sys_retry(vm));
    if (offset)
        *offset = at;
    return n;
}

ssize_t sys_writev(VM *vm, int fd, const struct iovec *parts, int count)
{
    REPEAT(ssize_t, SYS_WRITE, writev(fd, parts, count));
}

// ---- waiting

// The machine's time at which a wait of `timeout` milliseconds ends.
static double end_of(int timeout) { return timeout < 0 ? INFINITY : sys_machine_time() + timeout * 1e-3; }

static int left_until(double end)
{
    double left = ceil((end - sys_machine_time()) * 1000);
    return isinf(end) ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int sys_poll(VM *vm, struct pollfd *fds, nfds_t count, int timeout)
{
    if (sys_fault(vm, SYS_POLL))
        return -1;
    double end = end_of(timeout);
    fds[count] = (struct pollfd){.fd = sys_wake_fd(vm), .events = POLLIN}; // an interrupt from another thread
    for (;;) {
        int n = poll(fds, count + 1, left_until(end));
        if (n < 0 && !sys_retry(vm))
            return -1;
        if (n <= 0 || !fds[count].revents) {
            if (n >= 0)
                return n;
            continue;
        }
        if (read(fds[count].fd, &(uint64_t){0}, sizeof(uint64_t)) < 0 && errno != EAGAIN)
            return -1;
        errno = EINTR;
        if (n > 1)
            return n - 1;
        if (!sys_retry(vm))
            return -1;
    }
}

int sys_epoll_create(VM *vm) { return sys_fault(vm, SYS_POLL) ? -1 : sys_counted(vm, epoll_create1(EPOLL_CLOEXEC)); }

int sys_epoll_control(VM *vm, int epoll, int operation, int fd, struct epoll_event *event)
{
    ONCE(SYS_POLL, epoll_ctl(epoll, operation, fd, event));
}

int sys_epoll_wait(VM *vm, int epoll, struct epoll_event *events, int count, int timeout)
{
    int ready = timeout == 0 ? 1 : sys_wait(vm, epoll, POLLIN, end_of(timeout));
    if (ready <= 0)
        return ready;
    ONCE(SYS_POLL, epoll_wait(epoll, events, count, 0));
}
