// SPDX-License-Identifier: MIT
//
// The frames of a traceback: file, line, name, source line, marks. A frame that repeats is shown three times and
// counted from then on; sys.tracebacklimit keeps the last ones only.

#include "traceback_internal.h"

#include "runtime/host/host.h"
#include "vm/compile/positions.h"

#define SHOWN 3

static Traceback *as_traceback(Value v) { return (Traceback *)as_object(v); }
static Traceback *next_of(Traceback *t) { return t->next ? as_traceback(t->next) : NULL; }
static Code *code_of(const Traceback *t) { return as_function(t->function)->code; }

static Str *name_of(const Traceback *t)
{
    Code *code = code_of(t);
    return t->inlined >= 0 && (uint32_t)t->inlined < code->inlined_count ? code->inlined[t->inlined].name : code->name;
}

// Lines of code that has no file: kept with the code itself.
static bool kept_line(const Code *code, int32_t number, const char **text, size_t *size)
{
    if (!code->source_lines || !is_str(code->source_lines) || number < 1)
        return false;
    const Str *s = as_str(code->source_lines);
    const char *p = s->data, *end = p + s->size;
    while (--number > 0) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (!p)
            return false;
        p++;
    }
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    *text = p;
    *size = (size_t)((stop ? stop : end) - p);
    return p < end;
}

static void put_source(Printer *p, const Traceback *t, const Position *place)
{
    const char *line;
    size_t size, indent = 0;
    Code *code = code_of(t);
    if (!kept_line(code, place->line, &line, &size) &&
        !line_reader_get(&p->lines, code->filename, place->line, &line, &size))
        return;
    while (indent < size && (line[indent] == ' ' || line[indent] == '\t' || line[indent] == '\f'))
        indent++;
    put_margin(p);
    put_text(p, "    ");
    put(p, line + indent, size - indent);
    put_text(p, "\n");
    put_marks(p, place, line, size);
}

static void put_frame(Printer *p, const Traceback *t, const Position *place)
{
    put_margin(p);
    put_text(p, "  File \"");
    put_str(p, code_of(t)->filename);
    put_text(p, "\", line ");
    put_number(p, place->line);
    put_text(p, ", in ");
    put_str(p, name_of(t));
    put_text(p, "\n");
    put_source(p, t, place);
}

static void put_repeats(Printer *p, int64_t count)
{
    if (count <= SHOWN)
        return;
    put_text(p, "  [Previous line repeated ");
    put_number(p, count - SHOWN);
    put_text(p, count - SHOWN > 1 ? " more times]\n" : " more time]\n");
}

// -1: no limit.
static int64_t limit_of(VM *vm)
{
    Str *key = str_intern_text(vm, "tracebacklimit", 14);
    Value limit = key && vm->sys_module && is_module(vm->sys_module)
                      ? dict_get_str(vm, as_module(vm->sys_module)->dict, key)
                      : VALUE_EMPTY;
    int64_t n;
    error_clear(vm);
    if (!limit || !is_int_like(limit))
        return -1;
    return !int_fits_i64(limit, &n) ? -1 : n < 0 ? 0 : n;
}

static void put_header(Printer *p, bool group)
{
    if (group && p->depth == 1) {
        put_spaces(p, 2);
        put_text(p, "+ ");
    } else {
        put_margin(p);
    }
    put_text(p,
             group ? "Exception Group Traceback (most recent call last):\n" : "Traceback (most recent call last):\n");
}

void put_frames(Printer *p, Value exception, bool group)
{
    Value first = as_exception(exception)->traceback;
    if (!first || is_none(first))
        return;
    int64_t limit = limit_of(p->vm), depth = 0, count = 0;
    Traceback *t = as_traceback(first), *last = NULL;
    if (limit == 0)
        return;
    put_header(p, group);
    for (Traceback *x = t; x && limit > 0; x = next_of(x))
        depth++;
    for (; limit > 0 && depth > limit; depth--)
        t = next_of(t);
    int32_t last_line = -1;
    for (; t; t = next_of(t)) {
        Position place = code_position(code_of(t), (uint32_t)t->instr);
        if (!last || place.line != last_line || !str_equal(code_of(last)->filename, code_of(t)->filename) ||
            !str_equal(name_of(last), name_of(t))) {
            put_repeats(p, count);
            count = 0;
        }
        last = t;
        last_line = place.line;
        if (++count <= SHOWN)
            put_frame(p, t, &place);
    }
    put_repeats(p, count);
}
