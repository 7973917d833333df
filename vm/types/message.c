// SPDX-License-Identifier: MIT
//
// Texts from C format strings with the VM's own codes: see vm/core/error.h. All exception messages pass through here.

#define _GNU_SOURCE
#include <stdio.h>
#include <sys/types.h>

#include "str_internal.h"

// Wrapped, so that helpers can take arguments from the caller's list on every ABI.
typedef struct Arguments {
    va_list list;
} Arguments;

// One "%" directive of the C kind: flags, width, precision and length are handed on to snprintf.
typedef struct Directive {
    char text[24];
    size_t size;
    int longs; // 'l' once or twice
    bool is_size;
    char code;
} Directive;

static const char *read_directive(const char *p, Directive *d)
{
    memset(d, 0, sizeof *d);
    d->text[d->size++] = '%';
    for (; *p && strchr("-+ #0123456789.*lz", *p); p++) {
        d->longs += *p == 'l';
        d->is_size |= *p == 'z';
        if (d->size < sizeof d->text - 3)
            d->text[d->size++] = *p;
    }
    d->code = *p;
    d->text[d->size++] = *p;
    return *p ? p + 1 : p;
}

static void add_number(StrBuilder *b, const Directive *d, Arguments *args)
{
    char text[64];
    int size;
    bool is_signed = d->code == 'd' || d->code == 'i';
    char format[sizeof d->text + 3];
    size_t kept = d->size - 1;
    while (kept && (d->text[kept - 1] == 'l' || d->text[kept - 1] == 'z'))
        kept--;
    memcpy(format, d->text, kept);
    memcpy(format + kept, "ll", 2);
    format[kept + 2] = d->code;
    format[kept + 3] = 0;
    long long value;
    if (d->longs > 1)
        value = va_arg(args->list, long long);
    else if (d->is_size)
        value = (long long)va_arg(args->list, ssize_t);
    else if (d->longs)
        value = is_signed ? (long long)va_arg(args->list, long) : (long long)va_arg(args->list, unsigned long);
    else
        value = is_signed ? (long long)va_arg(args->list, int) : (long long)va_arg(args->list, unsigned);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    size = snprintf(text, sizeof text, format, value);
#pragma GCC diagnostic pop
    if (size > 0)
        builder_add_ascii(b, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
}

// %s with an optional precision, which counts bytes and never cuts a code point.
static void add_text(StrBuilder *b, const Directive *d, const char *text)
{
    size_t size = strlen(text);
    const char *dot = memchr(d->text, '.', d->size);
    if (dot) {
        size_t most = 0;
        for (dot++; *dot >= '0' && *dot <= '9'; dot++)
            most = most * 10 + (size_t)(*dot - '0');
        if (most < size)
            for (size = most; size && ((unsigned char)text[size] & 0xC0) == 0x80;)
                size--;
    }
    builder_add(b, text, size);
}

// A type in C of a module shows with it, as in "collections.deque"; other classes by their bare name.
static void add_type_name(StrBuilder *b, const Type *t)
{
    const char *dot = t->flags & (TYPE_HEAP | TYPE_BARE_NAME) ? NULL : strrchr(t->def->name, '.');
    if (dot && str_is(t->name, dot + 1))
        builder_add_cstr(b, t->def->name);
    else
        builder_add_str(b, t->name);
}

static void add_object(StrBuilder *b, char code, Arguments *args)
{
    switch (code) {
    case 'R': builder_add_repr(b, va_arg(args->list, Value)); break;
    case 'T': add_type_name(b, type_of(b->vm, va_arg(args->list, Value))); break;
    case 'N': builder_add_str(b, va_arg(args->list, Type *)->name); break;
    case 'U': builder_add_str(b, va_arg(args->list, Str *)); break;
    default: {
        Str *s = object_str(b->vm, va_arg(args->list, Value));
        b->failed |= s == NULL;
        if (s)
            builder_add_str(b, s);
    }
    }
}

Str *str_vformat(VM *vm, const char *format, va_list original)
{
    StrBuilder b;
    builder_init(&b, vm);
    Arguments args;
    va_copy(args.list, original);
    for (const char *p = format; *p && !b.failed;) {
        const char *next = strchrnul(p, '%');
        builder_add(&b, p, (size_t)(next - p));
        p = next;
        if (!*p)
            break;
        Directive d;
        p = read_directive(p + 1, &d);
        switch (d.code) {
        case '%': builder_add_char(&b, '%'); break;
        case 'c': builder_add_codepoint(&b, (uint32_t)va_arg(args.list, int)); break;
        case 's': add_text(&b, &d, va_arg(args.list, const char *)); break;
        case 'd': case 'i': case 'u': case 'x': case 'X': add_number(&b, &d, &args); break;
        case 'R': case 'S': case 'T': case 'N': case 'U': add_object(&b, d.code, &args); break;
        default: builder_add_ascii(&b, d.text, d.code ? d.size : d.size - 1);
        }
    }
    va_end(args.list);
    return builder_finish(&b);
}

Str *str_format(VM *vm, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str *s = str_vformat(vm, format, args);
    va_end(args);
    return s;
}
