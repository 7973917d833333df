// SPDX-License-Identifier: MIT
//
// _socket: the kernel of the module socket. The socket type itself is runtime/io/socket_type.c.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include "runtime/io/resolve.h"
#include "runtime/io/socket.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

typedef struct Constant {
    const char *name;
    int64_t value;
} Constant;
#define C(name) \
    { \
#name, name \
    }

static const Constant constants[] = {
    C(AF_UNSPEC),
    C(AF_UNIX),
    C(AF_INET),
    C(AF_INET6),
    C(AF_NETLINK),
    C(AF_PACKET),
    C(AF_VSOCK),
    C(SOCK_STREAM),
    C(SOCK_DGRAM),
    C(SOCK_RAW),
    C(SOCK_SEQPACKET),
    C(SOCK_RDM),
    C(SOCK_CLOEXEC),
    C(SOCK_NONBLOCK),
    C(SOL_SOCKET),
    C(SOL_IP),
    C(SOL_TCP),
    {"SOL_UDP", IPPROTO_UDP},
    C(SOMAXCONN),
    C(SO_ACCEPTCONN),
    C(SO_BINDTODEVICE),
    C(SO_BROADCAST),
    C(SO_DEBUG),
    C(SO_DOMAIN),
    C(SO_DONTROUTE),
    C(SO_ERROR),
    C(SO_INCOMING_CPU),
    C(SO_KEEPALIVE),
    C(SO_LINGER),
    C(SO_MARK),
    C(SO_OOBINLINE),
    C(SO_PASSCRED),
    C(SO_PEERCRED),
    C(SO_PRIORITY),
    C(SO_PROTOCOL),
    C(SO_RCVBUF),
    C(SO_RCVLOWAT),
    C(SO_RCVTIMEO),
    C(SO_REUSEADDR),
    C(SO_REUSEPORT),
    C(SO_SNDBUF),
    C(SO_SNDLOWAT),
    C(SO_SNDTIMEO),
    C(SO_TYPE),
    C(IPPROTO_IP),
    C(IPPROTO_ICMP),
    C(IPPROTO_TCP),
    C(IPPROTO_UDP),
    C(IPPROTO_IPV6),
    C(IPPROTO_ICMPV6),
    C(IPPROTO_RAW),
    C(IPPROTO_SCTP),
    C(INADDR_ANY),
    C(INADDR_BROADCAST),
    C(INADDR_LOOPBACK),
    C(INADDR_NONE),
    C(IP_TOS),
    C(IP_TTL),
    C(IP_MULTICAST_IF),
    C(IP_MULTICAST_TTL),
    C(IP_MULTICAST_LOOP),
    C(IP_ADD_MEMBERSHIP),
    C(IP_DROP_MEMBERSHIP),
    C(IP_TRANSPARENT),
    C(IPV6_V6ONLY),
    C(IPV6_JOIN_GROUP),
    C(IPV6_LEAVE_GROUP),
    C(IPV6_MULTICAST_HOPS),
    C(IPV6_MULTICAST_IF),
    C(IPV6_MULTICAST_LOOP),
    C(IPV6_UNICAST_HOPS),
    C(IPV6_TCLASS),
    C(TCP_NODELAY),
    C(TCP_MAXSEG),
    C(TCP_CORK),
    C(TCP_KEEPIDLE),
    C(TCP_KEEPINTVL),
    C(TCP_KEEPCNT),
    C(TCP_SYNCNT),
    C(TCP_LINGER2),
    C(TCP_DEFER_ACCEPT),
    C(TCP_WINDOW_CLAMP),
    C(TCP_INFO),
    C(TCP_QUICKACK),
    C(TCP_FASTOPEN),
    C(TCP_USER_TIMEOUT),
    C(TCP_CONGESTION),
    C(MSG_OOB),
    C(MSG_PEEK),
    C(MSG_DONTROUTE),
    C(MSG_DONTWAIT),
    C(MSG_EOR),
    C(MSG_TRUNC),
    C(MSG_CTRUNC),
    C(MSG_WAITALL),
    C(MSG_NOSIGNAL),
    C(MSG_MORE),
    C(MSG_ERRQUEUE),
    C(MSG_CONFIRM),
    C(MSG_CMSG_CLOEXEC),
    C(MSG_FASTOPEN),
    C(SHUT_RD),
    C(SHUT_WR),
    C(SHUT_RDWR),
    C(AI_ADDRCONFIG),
    C(AI_ALL),
    C(AI_CANONNAME),
    C(AI_NUMERICHOST),
    C(AI_NUMERICSERV),
    C(AI_PASSIVE),
    C(AI_V4MAPPED),
    C(EAI_ADDRFAMILY),
    C(EAI_AGAIN),
    C(EAI_BADFLAGS),
    C(EAI_FAIL),
    C(EAI_FAMILY),
    C(EAI_MEMORY),
    C(EAI_NODATA),
    C(EAI_NONAME),
    C(EAI_OVERFLOW),
    C(EAI_SERVICE),
    C(EAI_SOCKTYPE),
    C(EAI_SYSTEM),
    C(NI_DGRAM),
    C(NI_MAXHOST),
    C(NI_MAXSERV),
    C(NI_NAMEREQD),
    C(NI_NOFQDN),
    C(NI_NUMERICHOST),
    C(NI_NUMERICSERV),
    C(SCM_RIGHTS),
    C(SCM_CREDENTIALS),
};

// ---------------------------------------------------------------- names

static Value getaddrinfo_function(VM *vm, Value *a, int n)
{
    (void)n;
    Question q;
    if (!question_addresses(vm, &q, a))
        return VALUE_EMPTY;
    question_ask(&q);
    Value v = question_answer(vm, &q);
    question_free(&q);
    return v;
}

static Value getnameinfo_function(VM *vm, Value *a, int n)
{
    (void)n;
    Question q;
    if (!question_names(vm, &q, a))
        return VALUE_EMPTY;
    question_ask(&q);
    return question_answer(vm, &q);
}

static Value gethostname_function(VM *vm, Value *a, int n)
{
    (void)a, (void)n;
    char name[HOST_NAME_MAX + 1] = "";
    if (gethostname(name, sizeof name - 1) < 0)
        return raise_os(vm, errno, VALUE_EMPTY);
    return str_decode(vm, name, strlen(name), "utf-8", "surrogateescape");
}

static Value gethostbyname_function(VM *vm, Value *a, int n)
{
    (void)n;
    Address address;
    Value pair = tuple_pack(vm, 2, a[0], from_small(0));
    if (!pair || !address_parse(vm, AF_INET, pair, "gethostbyname", &address))
        return VALUE_EMPTY;
    Str *host = address_host(vm, &address);
    return host ? from_object(host) : VALUE_EMPTY;
}

static bool text_of(VM *vm, Value v, const char **out)
{
    if (!is_str(v) || strlen(as_str(v)->data) != as_str(v)->size)
        return (raise_type(vm, "argument must be str without null characters, not %T", v), false);
    *out = as_str(v)->data;
    return true;
}

static Value getservbyname_function(VM *vm, Value *a, int n)
{
    const char *name, *protocol = NULL;
    char room[1024];
    struct servent entry, *found;
    if (!text_of(vm, a[0], &name) || (n > 1 && !text_of(vm, a[1], &protocol)))
        return VALUE_EMPTY;
    if (getservbyname_r(name, protocol, &entry, room, sizeof room, &found) || !found)
        return raise_exc(vm, EXC_OSError, "service/proto not found");
    return from_small(ntohs((uint16_t)found->s_port));
}

static Value getprotobyname_function(VM *vm, Value *a, int n)
{
    (void)n;
    const char *name;
    char room[1024];
    struct protoent entry, *found;
    if (!text_of(vm, a[0], &name))
        return VALUE_EMPTY;
    if (getprotobyname_r(name, &entry, room, sizeof room, &found) || !found)
        return raise_exc(vm, EXC_OSError, "protocol not found");
    return from_small(found->p_proto);
}

// ---------------------------------------------------------------- numbers as text

static Value inet_pton_function(VM *vm, Value *a, int n)
{
    (void)n;
    int64_t family;
    const char *text;
    char packed[sizeof(struct in6_addr)];
    if (!object_index_i64(vm, a[0], &family) || !text_of(vm, a[1], &text))
        return VALUE_EMPTY;
    if (family != AF_INET && family != AF_INET6)
        return raise_os(vm, EAFNOSUPPORT, VALUE_EMPTY);
    if (inet_pton((int)family, text, packed) != 1)
        return raise_exc(vm, EXC_OSError, "illegal IP address string passed to inet_pton");
    return bytes_new(vm, packed, family == AF_INET ? 4 : 16);
}

static Value packed_text(VM *vm, int family, const char *data, size_t size)
{
    char text[INET6_ADDRSTRLEN];
    if (family != AF_INET && family != AF_INET6)
        return raise_value(vm, "unknown address family %d", family);
    if (size != (family == AF_INET ? 4u : 16u))
        return raise_value(vm, "invalid length of packed IP address string");
    if (!inet_ntop(family, data, text, sizeof text))
        return raise_os(vm, errno, VALUE_EMPTY);
    Str *s = str_from(vm, text);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value inet_ntop_function(VM *vm, Value *a, int n)
{
    (void)n;
    int64_t family;
    const char *data;
    size_t size;
    return object_index_i64(vm, a[0], &family) && bytes_view_or_raise(vm, a[1], &data, &size)
               ? packed_text(vm, (int)family, data, size)
               : VALUE_EMPTY;
}

static Value inet_aton_function(VM *vm, Value *a, int n)
{
    (void)n;
    const char *text;
    struct in_addr packed;
    if (!text_of(vm, a[0], &text))
        return VALUE_EMPTY;
    if (!inet_aton(text, &packed))
        return raise_exc(vm, EXC_OSError, "illegal IP address string passed to inet_aton");
    return bytes_new(vm, &packed, sizeof packed);
}

static Value inet_ntoa_function(VM *vm, Value *a, int n)
{
    (void)n;
    const char *data;
    size_t size;
    if (!bytes_view_or_raise(vm, a[0], &data, &size))
        return VALUE_EMPTY;
    return size == 4 ? packed_text(vm, AF_INET, data, size) : raise_exc(vm, EXC_OSError, "packed IP wrong length");
}

// Byte orders: the same function both ways.
static bool unsigned_argument(VM *vm, Value v, const char *function, int64_t limit, uint32_t *out)
{
    int64_t i;
    if (!object_index_i64(vm, v, &i))
        return false;
    if (i < 0)
        return (raise_overflow(vm, "%s: can't convert negative Python int to C %d-bit unsigned integer", function,
                               limit > UINT16_MAX ? 32 : 16),
                false);
    if (i > limit)
        return (raise_overflow(vm, "%s: Python int too large to convert to C %d-bit unsigned integer", function,
                               limit > UINT16_MAX ? 32 : 16),
                false);
    *out = (uint32_t)i;
    return true;
}
static Value swap16(VM *vm, Value *a, int n)
{
    uint32_t v;
    return (void)n, unsigned_argument(vm, a[0], "htons", UINT16_MAX, &v) ? from_small(htons((uint16_t)v)) : VALUE_EMPTY;
}
static Value swap32(VM *vm, Value *a, int n)
{
    uint32_t v;
    return (void)n, unsigned_argument(vm, a[0], "htonl", UINT32_MAX, &v) ? from_small(htonl(v)) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- descriptors and interfaces

static Value socketpair_function(VM *vm, Value *a, int n)
{
    int fds[2];
    int64_t number[3] = {AF_UNIX, SOCK_STREAM, 0};
    for (int i = 0; i < n; i++)
        if (!object_index_i64(vm, a[i], &number[i]))
            return VALUE_EMPTY;
    if (sys_socketpair(vm, (int)number[0], (int)number[1], (int)number[2], fds) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    return tuple_pack(vm, 2, from_small(fds[0]), from_small(fds[1]));
}

static bool fd_argument(VM *vm, Value v, int *out)
{
    int64_t fd;
    if (!object_index_i64(vm, v, &fd))
        return false;
    *out = (int)fd;
    return true;
}

static Value dup_function(VM *vm, Value *a, int n)
{
    (void)n;
    int fd;
    if (!fd_argument(vm, a[0], &fd))
        return VALUE_EMPTY;
    int copy = sys_dup(vm, fd);
    return copy < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : from_small(copy);
}

static Value close_function(VM *vm, Value *a, int n)
{
    (void)n;
    int fd;
    if (!fd_argument(vm, a[0], &fd))
        return VALUE_EMPTY;
    return sys_close(vm, fd) < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : VALUE_NONE;
}

static Value if_nameindex_function(VM *vm, Value *a, int n)
{
    (void)a, (void)n;
    List *list = list_new(vm, 2);
    struct if_nameindex *all = list ? if_nameindex() : NULL;
    if (!all)
        return list ? raise_os(vm, errno, VALUE_EMPTY) : VALUE_EMPTY;
    bool ok = true;
    for (struct if_nameindex *i = all; ok && i->if_index; i++) {
        Str *name = str_from(vm, i->if_name);
        Value v = name ? tuple_pack(vm, 2, from_small(i->if_index), from_object(name)) : VALUE_EMPTY;
        ok = v && list_append(vm, list, v);
    }
    if_freenameindex(all);
    return ok ? from_object(list) : VALUE_EMPTY;
}

static Value control_size(VM *vm, Value *a, bool space)
{
    int64_t size;
    if (!object_index_i64(vm, a[0], &size))
        return VALUE_EMPTY;
    if (size < 0 || size > INT_MAX)
        return raise_overflow(vm, "%s() argument out of range", space ? "CMSG_SPACE" : "CMSG_LEN");
    return from_small((int64_t)(space ? CMSG_SPACE((size_t)size) : CMSG_LEN((size_t)size)));
}
static Value cmsg_len_function(VM *vm, Value *a, int n) { return (void)n, control_size(vm, a, false); }
static Value cmsg_space_function(VM *vm, Value *a, int n) { return (void)n, control_size(vm, a, true); }

// ---------------------------------------------------------------- the module

static bool add_error(VM *vm, Module *m, const char *text)
{
    Str *name = str_intern_text(vm, text, strlen(text)), *home = str_from(vm, "socket");
    Dict *d = home ? dict_new(vm, 1) : NULL;
    if (!d || !dict_set_str(vm, d, NAME_OF(vm, __module__), from_object(home)))
        return false;
    Value bases = tuple_pack(vm, 1, from_object(vm->exc[EXC_OSError]));
    Value t = bases ? type_new(vm, vm->types[KIND_TYPE], name, as_tuple(bases), d, NULL) : VALUE_EMPTY;
    return t && module_set(vm, m, text, t);
}

static bool init(VM *vm, Module *m)
{
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (!module_set(vm, m, constants[i].name, from_small(constants[i].value)))
            return false;
    return add_error(vm, m, "gaierror") && add_error(vm, m, "herror") &&
           module_set(vm, m, "error", from_object(vm->exc[EXC_OSError])) &&
           module_set(vm, m, "timeout", from_object(vm->exc[EXC_TimeoutError])) &&
           module_set(vm, m, "has_ipv6", VALUE_TRUE);
}

static const NativeDef functions[] = {
    {"getaddrinfo(host, port, family=0, type=0, proto=0, flags=0)", getaddrinfo_function,
     "Look up a host and a service: [(family, type, proto, canonname, address)].", 0, 0, 0},
    {"getnameinfo(sockaddr, flags, /)", getnameinfo_function, "Look up an address: (host, service).", NATIVE_RAW, 2, 2},
    {"gethostname()", gethostname_function, "Return the name of this machine.", NATIVE_RAW, 0, 0},
    {"gethostbyname(host, /)", gethostbyname_function, "Return the IPv4 address of a host.", NATIVE_RAW, 1, 1},
    {"getservbyname(servicename, protocolname=None, /)", getservbyname_function, "Return the port of a service.",
     NATIVE_RAW, 1, 2},
    {"getprotobyname(protocolname, /)", getprotobyname_function, "Return the number of a protocol.", NATIVE_RAW, 1, 1},
    {"inet_pton(family, text, /)", inet_pton_function, "Convert an address from text to packed bytes.", NATIVE_RAW, 2,
     2},
    {"inet_ntop(family, packed, /)", inet_ntop_function, "Convert packed bytes to the text of an address.", NATIVE_RAW,
     2, 2},
    {"inet_aton(text, /)", inet_aton_function, "Convert an IPv4 address to 4 bytes.", NATIVE_RAW, 1, 1},
    {"inet_ntoa(packed, /)", inet_ntoa_function, "Convert 4 bytes to the text of an IPv4 address.", NATIVE_RAW, 1, 1},
    {"htons(integer, /)", swap16, "16 bits from host to network byte order.", NATIVE_RAW, 1, 1},
    {"ntohs(integer, /)", swap16, "16 bits from network to host byte order.", NATIVE_RAW, 1, 1},
    {"htonl(integer, /)", swap32, "32 bits from host to network byte order.", NATIVE_RAW, 1, 1},
    {"ntohl(integer, /)", swap32, "32 bits from network to host byte order.", NATIVE_RAW, 1, 1},
    {"socketpair(family=1, type=1, proto=0, /)", socketpair_function, "Return two connected descriptors.", NATIVE_RAW,
     0, 3},
    {"dup(fd, /)", dup_function, "Duplicate a descriptor.", NATIVE_RAW, 1, 1},
    {"close(fd, /)", close_function, "Close a descriptor.", NATIVE_RAW, 1, 1},
    {"if_nameindex()", if_nameindex_function, "Return [(index, name)] of the network interfaces.", NATIVE_RAW, 0, 0},
    {"CMSG_LEN(length, /)", cmsg_len_function, "Size of a control message without padding behind it.", NATIVE_RAW, 1,
     1},
    {"CMSG_SPACE(length, /)", cmsg_space_function, "Size of a control message with padding.", NATIVE_RAW, 1, 1},
    {0},
};
static const TypeDef *const types[] = {&socket_def, NULL};

const ModuleDef _socket_module = {
    .name = "_socket", .doc = "The kernel of the module socket.", .functions = functions, .types = types, .init = init};
