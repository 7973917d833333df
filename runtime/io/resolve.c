// SPDX-License-Identifier: MIT
//
// Looking up names. The C library does it (so that /etc/hosts, nsswitch and the rest hold); it may block, so a loop
// asks on a worker thread.

#define _GNU_SOURCE
#include "resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/loop/workers.h"
#include "runtime/tasks/future.h"
#include "vm/core/native.h"

// ---------------------------------------------------------------- questions

static bool copy_text(VM *vm, Value v, char *out, size_t room, const char *what)
{
    const char *text;
    size_t size;
    Value bytes = is_str(v) ? str_encode(vm, as_str(v), "utf-8", "strict") : v;
    if (!bytes)
        return false;
    if (!bytes_view(bytes, &text, &size))
        return (raise_type(vm, "getaddrinfo() argument 1 must be string or None"), false);
    if (size >= room || memchr(text, 0, size)) {
        raise_exc(vm, EXC_UnicodeError, "%s name is too long or contains a null character", what);
        return false;
    }
    memcpy(out, text, size);
    out[size] = 0;
    return true;
}

static bool service_text(VM *vm, Question *q, Value port)
{
    int64_t number;
    q->has_service = !is_none(port);
    if (is_none(port))
        return true;
    if (!is_int_like(port)) {
        const char *text;
        size_t size;
        if (!is_str(port) && !bytes_view(port, &text, &size))
            return (raise_exc(vm, EXC_OSError, "Int or String expected"), false);
        return copy_text(vm, port, q->service, sizeof q->service, "service");
    }
    if (!object_index_i64(vm, port, &number))
        return false;
    snprintf(q->service, sizeof q->service, "%lld", (long long)number);
    return true;
}

bool question_addresses(VM *vm, Question *q, const Value *args)
{
    int *const fields[] = {&q->hints.ai_family, &q->hints.ai_socktype, &q->hints.ai_protocol, &q->hints.ai_flags};
    memset(q, 0, sizeof *q);
    q->has_host = !is_none(args[0]);
    if (q->has_host && !copy_text(vm, args[0], q->host, sizeof q->host, "host"))
        return false;
    if (!service_text(vm, q, args[1]))
        return false;
    for (int i = 0; i < 4; i++) {
        int64_t number;
        if (!object_index_i64(vm, args[2 + i], &number))
            return false;
        *fields[i] = (int)number;
    }
    return true;
}

bool question_names(VM *vm, Question *q, const Value *args)
{
    int64_t flags;
    memset(q, 0, sizeof *q);
    q->names = true;
    if (!is_tuple(args[0]))
        return (raise_type(vm, "getnameinfo() argument 1 must be a tuple"), false);
    if (!object_index_i64(vm, args[1], &flags))
        return false;
    Tuple *t = as_tuple(args[0]);
    q->flags = (int)flags;
    bool six = t->count > 2 || (t->count && is_str(t->items[0]) && strchr(as_str(t->items[0])->data, ':'));
    return address_parse(vm, six ? AF_INET6 : AF_INET, args[0], "getnameinfo", &q->address);
}

void question_ask(Question *q)
{
    if (q->names)
        q->code = getnameinfo(&q->address.any, q->address.size, q->host, sizeof q->host, q->service, sizeof q->service,
                              q->flags);
    else
        q->code = getaddrinfo(q->has_host ? q->host : NULL, q->has_service ? q->service : NULL, &q->hints, &q->found);
    q->error = errno;
}

void question_free(Question *q)
{
    if (q->found)
        freeaddrinfo(q->found);
    q->found = NULL;
}

// ---------------------------------------------------------------- answers

static Value entry(VM *vm, const struct addrinfo *i)
{
    Address a = {.size = i->ai_addrlen};
    memcpy(&a.storage, i->ai_addr, i->ai_addrlen);
    Value address = address_value(vm, &a);
    Str *canon = address ? str_from(vm, i->ai_canonname ? i->ai_canonname : "") : NULL;
    return canon ? tuple_pack(vm, 5, from_small(i->ai_family), from_small(i->ai_socktype), from_small(i->ai_protocol),
                              from_object(canon), address)
                 : VALUE_EMPTY;
}

Value question_answer(VM *vm, Question *q)
{
    if (q->code) {
        errno = q->error;
        return raise_gai(vm, q->code);
    }
    if (q->names) {
        Str *host = str_from(vm, q->host), *service = host ? str_from(vm, q->service) : NULL;
        return service ? tuple_pack(vm, 2, from_object(host), from_object(service)) : VALUE_EMPTY;
    }
    List *list = list_new(vm, 2);
    for (const struct addrinfo *i = q->found; list && i; i = i->ai_next) {
        Value v = entry(vm, i);
        if (!v || !list_append(vm, list, v))
            return VALUE_EMPTY;
    }
    return list ? from_object(list) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- on a thread

typedef struct Lookup {
    Job job;
    Question question;
} Lookup;

static void work(Job *job) { question_ask(&((Lookup *)job)->question); }

static bool finish(VM *vm, Job *job)
{
    Future *f = as_future(job->kept);
    if (future_done(f)) // cancelled meanwhile
        return true;
    Value v = question_answer(vm, &((Lookup *)job)->question);
    return v ? future_set_result(vm, f, v) : future_set_exception(vm, f, error_take(vm));
}

static void discard(Job *job)
{
    question_free(&((Lookup *)job)->question);
    free(job);
}

Value resolve_later(VM *vm, EventLoop *loop, const Question *q)
{
    Future *f = future_new(vm, loop);
    Lookup *l = f ? job_alloc(sizeof *l) : NULL;
    if (!l)
        return vm->error ? VALUE_EMPTY : raise_memory(vm);
    l->job.work = work;
    l->job.finish = finish;
    l->job.discard = discard;
    l->question = *q;
    return workers_submit(vm, loop, &l->job, from_object(f)) ? from_object(f) : VALUE_EMPTY;
}
