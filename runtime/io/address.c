// SPDX-License-Identifier: MIT
//
// Addresses of IPv4, IPv6 and Unix sockets as scripts write them.

#define _GNU_SOURCE
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stddef.h>

#include "runtime/tasks/scheduler.h"
#include "vm/core/native.h"

Value raise_gai(VM *vm, int code)
{
    if (code == EAI_SYSTEM)
        return raise_os(vm, errno, VALUE_EMPTY);
    if (code == EAI_MEMORY)
        return raise_memory(vm);
    Value module = import_by_name(vm, "_socket"), cls = module ? attribute_named(vm, module, "gaierror") : VALUE_EMPTY;
    Str *text = cls ? str_from(vm, gai_strerror(code)) : NULL;
    Value e = text ? call2(vm, cls, from_small(code), from_object(text)) : VALUE_EMPTY;
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- to scripts

Str *address_host(VM *vm, const Address *a)
{
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
    if (a->any.sa_family == AF_INET)
        return inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof text) ? str_from(vm, text) : NULL;
    if (getnameinfo(&a->any, a->size, text, sizeof text, NULL, 0, NI_NUMERICHOST))
        return str_from(vm, "");
    return str_from(vm, text);
}

static Value inet_value(VM *vm, const Address *a)
{
    Str *host = address_host(vm, a);
    return host ? tuple_pack(vm, 2, from_object(host), from_small(ntohs(a->in.sin_port))) : VALUE_EMPTY;
}

static Value inet6_value(VM *vm, const Address *a)
{
    Str *host = address_host(vm, a);
    if (!host)
        return VALUE_EMPTY;
    return tuple_pack(vm, 4, from_object(host), from_small(ntohs(a->in6.sin6_port)),
                      from_small(ntohl(a->in6.sin6_flowinfo)), from_small(a->in6.sin6_scope_id));
}

static Value unix_value(VM *vm, const Address *a)
{
    size_t start = offsetof(struct sockaddr_un, sun_path), size = a->size > start ? a->size - start : 0;
    if (size > 0 && a->un.sun_path[0] == 0)
        return bytes_new(vm, a->un.sun_path, size);
    return str_decode(vm, a->un.sun_path, strnlen(a->un.sun_path, size), "utf-8", "surrogateescape");
}

Value address_value(VM *vm, const Address *a)
{
    if (a->size < sizeof(sa_family_t))
        return VALUE_NONE;
    switch (a->any.sa_family) {
    case AF_INET:
        return inet_value(vm, a);
    case AF_INET6:
        return inet6_value(vm, a);
    case AF_UNIX:
        return unix_value(vm, a);
    default:
        return tuple_pack(vm, 2, from_small(a->any.sa_family), bytes_new(vm, a->any.sa_data, 14));
    }
}

// ---------------------------------------------------------------- from scripts

bool address_numeric(const char *host, int family, Address *out)
{
    memset(out, 0, sizeof *out);
    if (family != AF_INET6 && inet_pton(AF_INET, host, &out->in.sin_addr) == 1) {
        out->in.sin_family = AF_INET;
        out->size = sizeof out->in;
        return true;
    }
    if (family != AF_INET && inet_pton(AF_INET6, host, &out->in6.sin6_addr) == 1) {
        out->in6.sin6_family = AF_INET6;
        out->size = sizeof out->in6;
        return true;
    }
    return false;
}

static bool look_up(VM *vm, const char *host, int family, Address *out)
{
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM}, *found;
    bool any = !*host, broadcast = family == AF_INET && strcmp(host, "<broadcast>") == 0;
    if (broadcast)
        host = "255.255.255.255";
    hints.ai_flags = any ? AI_PASSIVE : 0;
    if (!any && address_numeric(host, family, out))
        return true;
    int code = getaddrinfo(any ? NULL : host, any ? "0" : NULL, &hints, &found);
    if (code)
        return (raise_gai(vm, code), false);
    out->size = found->ai_addrlen;
    memcpy(&out->storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static const char *host_of_value(VM *vm, Value v)
{
    const char *text;
    size_t size;
    if (is_none(v))
        return "";
    if (is_str(v)) {
        text = as_str(v)->data;
        size = as_str(v)->size;
    } else if (!bytes_view(v, &text, &size)) {
        raise_type(vm, "str, bytes or bytearray expected, not %T", v);
        return NULL;
    }
    if (strlen(text) == size)
        return text;
    raise_type(vm, "host name must not contain null character");
    return NULL;
}

static bool number(VM *vm, Value v, int64_t limit, const char *function, const char *what, int64_t *out)
{
    if (!object_index_i64(vm, v, out)) {
        if (!error_is(vm, EXC_OverflowError))
            return false;
        error_clear(vm);
        *out = -1;
    }
    if (*out >= 0 && *out <= limit)
        return true;
    raise_overflow(vm, "%s(): %s", function, what);
    return false;
}

static bool parse_inet(VM *vm, int family, Value v, const char *function, Address *out)
{
    const char *name = family == AF_INET ? "AF_INET" : "AF_INET6";
    int64_t port, flow = 0, scope = 0;
    if (!is_tuple(v))
        return (raise_type(vm, "%s(): %s address must be tuple, not %T", function, name, v), false);
    Tuple *t = as_tuple(v);
    if (family == AF_INET ? t->count != 2 : t->count < 2 || t->count > 4) {
        raise_type(vm, family == AF_INET ? "AF_INET address must be a pair (host, port)"
                                         : "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])");
        return false;
    }
    const char *host = host_of_value(vm, t->items[0]);
    if (!host || !number(vm, t->items[1], 65535, function, "port must be 0-65535.", &port))
        return false;
    if (t->count > 2 && !number(vm, t->items[2], 0xfffff, function, "flowinfo must be 0-1048575.", &flow))
        return false;
    if (t->count > 3 && !number(vm, t->items[3], UINT32_MAX, function, "scope_id must be 0-4294967295.", &scope))
        return false;
    if (!look_up(vm, host, family, out))
        return false;
    if (family == AF_INET) {
        out->in.sin_port = htons((uint16_t)port);
        return true;
    }
    out->in6.sin6_port = htons((uint16_t)port);
    out->in6.sin6_flowinfo = htonl((uint32_t)flow);
    if (scope)
        out->in6.sin6_scope_id = (uint32_t)scope;
    return true;
}

static bool parse_unix(VM *vm, Value v, Address *out)
{
    const char *path;
    size_t size;
    Value bytes = is_str(v) ? str_encode(vm, as_str(v), "utf-8", "surrogateescape") : v;
    if (!bytes || !bytes_view_or_raise(vm, bytes, &path, &size))
        return false;
    bool abstract = size > 0 && path[0] == 0;
    if (abstract ? size > sizeof out->un.sun_path : size >= sizeof out->un.sun_path)
        return (raise_exc(vm, EXC_OSError, "AF_UNIX path too long"), false);
    memset(out, 0, sizeof *out);
    out->un.sun_family = AF_UNIX;
    memcpy(out->un.sun_path, path, size);
    out->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + !abstract);
    return true;
}

bool address_parse(VM *vm, int family, Value v, const char *function, Address *out)
{
    if (family == AF_INET || family == AF_INET6)
        return parse_inet(vm, family, v, function, out);
    if (family == AF_UNIX)
        return parse_unix(vm, v, out);
    raise_exc(vm, EXC_OSError, "%s(): bad family", function);
    return false;
}
