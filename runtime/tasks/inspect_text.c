// SPDX-License-Identifier: MIT
//
// Pieces of text that the reports on tasks share: see inspect.h.

#include "inspect.h"

#include <stdarg.h>
#include <stdio.h>

#include "task.h"
#include "vm/interp/frame.h"

#define MANY_NAMED 4 // names of awaited tasks on one line

// ---------------------------------------------------------------- the sink

static void flush(Out *o)
{
    if (o->used && !o->failed && !o->write(o->context, o->buffer, o->used))
        o->failed = true;
    o->used = 0;
}

void out_bytes(Out *o, const char *text, size_t size)
{
    if (size > sizeof o->buffer - o->used)
        flush(o);
    if (size > sizeof o->buffer) {
        o->failed = o->failed || !o->write(o->context, text, size);
        return;
    }
    memcpy(o->buffer + o->used, text, size);
    o->used += size;
}

void out_text(Out *o, const char *text) { out_bytes(o, text, strlen(text)); }
void out_str(Out *o, const Str *s) { out_bytes(o, s->data, s->size); }

void out_format(Out *o, const char *format, ...)
{
    char text[201];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        out_bytes(o, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

bool out_end(Out *o)
{
    flush(o);
    return !o->failed;
}

// ---------------------------------------------------------------- tasks and frames

void print_name(Out *o, Task *t)
{
    out_text(o, "'");
    if (is_small(t->name))
        out_format(o, "Task-%lld", (long long)as_small(t->name));
    else
        out_str(o, as_str(t->name));
    out_text(o, "'");
}

void print_frames(Out *o, const TaskStack *s, int indent)
{
    for (uint32_t i = 0; i < s->count; i++) {
        Frame *f = stack_frame(s, i);
        if (!f) { // once for all that are left out
            out_format(o, "%*s[%u frames between]\n", indent, "", s->count - 2 * STACK_SHOWN);
            i = s->count - STACK_SHOWN - 1;
            continue;
        }
        out_format(o, "%*sFile \"", indent, "");
        out_str(o, frame_code(f)->filename);
        out_format(o, "\", line %d, in ", frame_line(f));
        out_str(o, frame_code(f)->qualname);
        out_text(o, "\n");
    }
}

// ---------------------------------------------------------------- waits

static uint32_t number_of(ObjectNumbers *numbers, Value object)
{
    uint32_t i = 0;
    while (i < numbers->count && numbers->objects[i] != object)
        i++;
    if (i == numbers->count && i < sizeof numbers->objects / sizeof *numbers->objects)
        numbers->objects[numbers->count++] = object;
    return i < numbers->count ? i + 1 : 0;
}

static void print_object(VM *vm, Out *o, Value object, const TaskStack *s, ObjectNumbers *numbers)
{
    VariableName name;
    uint32_t number = numbers ? number_of(numbers, object) : 0;
    if (number)
        out_format(o, " %u", number);
    if (stack_name_of(vm, s, object, &name)) {
        out_text(o, name.of_self ? " (self." : " (");
        out_str(o, name.name);
        out_text(o, ")");
    } else if (!number) {
        out_format(o, " 0x%zx", (size_t)object);
    }
}

typedef struct Naming {
    Out *out;
    const char *before; // the first name
    uint32_t count;
} Naming;

static void name_one(void *context, Task *t, bool holds)
{
    Naming *n = context;
    if (holds || n->count++ >= MANY_NAMED)
        return;
    out_text(n->out, n->count == 1 ? n->before : ", ");
    print_name(n->out, t);
}

static void print_holder(Out *o, const Wait *w)
{
    if (!w->one || !w->holds)
        return;
    out_text(o, ", held by ");
    print_name(o, w->one);
    if (future_done((Future *)w->one))
        out_text(o, " which is done");
}

void print_wait(VM *vm, Out *o, const Wait *w, const TaskStack *s, ObjectNumbers *numbers)
{
    Naming naming = {o, strcmp(w->what, "task") == 0 ? " " : " of ", 0};
    out_text(o, w->what);
    if (w->object)
        print_object(vm, o, w->object, s, numbers);
    wait_each(vm, w, name_one, &naming);
    if (naming.count > MANY_NAMED)
        out_format(o, " and %u more", naming.count - MANY_NAMED);
    if (w->detail[0])
        out_format(o, ", %s", w->detail);
    print_holder(o, w);
}
