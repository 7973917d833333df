// SPDX-License-Identifier: MIT
//
// The printer. A chain of causes and contexts is collected first and then printed from its oldest end, so that its
// length costs no C stack; only groups within groups recurse, and those end at ten levels. An exception met before is
// not followed again. Output goes through a small buffer in the printer: when memory is short some text may be missing,
// but the lines that need none still come out.

#include "traceback_print.h"

#include <stdio.h>

#include "traceback_internal.h"

#include "runtime/host/host.h"
#include "vm/core/type.h"
#include "vm/types/container.h"
#include "vm/types/exception_internal.h"

#define MOST_DEPTH 10
#define MOST_WIDTH 15

static void put_exception(Printer *p, Value exception);

// ---- output

// The raw error stream: what is left when sys.stderr cannot be written.
static void put_raw(Printer *p, const char *text, size_t size)
{
    const AiolosStream *out = &host_of(p->vm)->streams[2];
    if (out->write)
        out->write(out->context, text, size);
    else if (out->fd >= 0)
        sys_write_all(p->vm, out->fd, text, size);
}

void put_flush(Printer *p)
{
    VM *vm = p->vm;
    size_t size = p->used;
    p->used = 0;
    if (size == 0)
        return;
    if (p->text) {
        builder_add(p->text, p->buffer, size);
        return;
    }
    if (p->file) {
        Str *s = str_new(vm, p->buffer, size);
        Value text = from_object(s);
        if (s && call_method(vm, p->file, NAME_OF(vm, write), &text, 1))
            return;
        error_clear(vm);
        p->file = VALUE_EMPTY;
    }
    put_raw(p, p->buffer, size);
}

// Splits between characters only.
void put(Printer *p, const char *text, size_t size)
{
    while (size > 0) {
        size_t room = sizeof p->buffer - p->used, part = size < room ? size : room;
        while (part < size && part > 0 && ((unsigned char)text[part] & 0xC0) == 0x80)
            part--;
        memcpy(p->buffer + p->used, text, part);
        p->used += part;
        text += part;
        size -= part;
        if (size > 0)
            put_flush(p);
    }
}

void put_text(Printer *p, const char *text) { put(p, text, strlen(text)); }
void put_str(Printer *p, const Str *s) { put(p, s->data, s->size); }

void put_number(Printer *p, int64_t n)
{
    char digits[24];
    put(p, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)n));
}

void put_spaces(Printer *p, int64_t count)
{
    for (; count > 0; count--)
        put(p, " ", 1);
}

void put_margin(Printer *p)
{
    put_spaces(p, 2 * p->depth);
    if (p->depth)
        put_text(p, "| ");
}

void put_object(Printer *p, Value v, const char *failed)
{
    Str *s = object_str(p->vm, v);
    error_clear(p->vm);
    if (s)
        put_str(p, s);
    else
        put_text(p, failed);
}

// ---- one exception

static bool is_group(VM *vm, Value e) { return type_is_subtype(type_of(vm, e), vm->exc[EXC_BaseExceptionGroup]); }
static bool is_syntax_error(VM *vm, Value e) { return type_is_subtype(type_of(vm, e), vm->exc[EXC_SyntaxError]); }

static int64_t number_field(Value e, int field, int64_t otherwise)
{
    Value v = exception_get_field(e, field);
    int64_t n;
    return v && is_int_like(v) && int_fits_i64(v, &n) ? n : otherwise;
}

// The line of source of a SyntaxError with its carets. offset counts from 1; 0 or less: no carets.
static void put_error_line(Printer *p, const char *text, int64_t size, int64_t offset, int64_t end_offset)
{
    int64_t carets = end_offset > 0 && end_offset > offset ? end_offset - offset : 1;
    offset--;
    for (; size > 0 && (*text == ' ' || *text == '\t' || *text == '\f'); size--, text++)
        offset--;
    if (size > 0 && text[size - 1] == '\n')
        size--;
    if (offset > size)
        offset = size;
    for (const char *nl; (nl = memchr(text, '\n', (size_t)size)) && nl - text < offset;) {
        int64_t line = nl - text + 1;
        text += line;
        size -= line;
        offset -= line;
    }
    put_text(p, "    ");
    put(p, text, (size_t)size);
    put_text(p, "\n");
    if (offset < 0)
        return;
    put_spaces(p, 4 + offset);
    for (; carets > 0; carets--)
        put_text(p, "^");
    put_text(p, "\n");
}

// "File ..., line ..." of a SyntaxError. False: it says too little about its place.
static bool put_error_place(Printer *p, Value e)
{
    Value line = exception_get_field(e, FIELD_LINENO), file = exception_get_field(e, FIELD_FILE),
          text = exception_get_field(e, FIELD_TEXT);
    if (!line || !is_int_like(line))
        return false;
    put_margin(p);
    put_text(p, "  File \"");
    if (file && !is_none(file))
        put_object(p, file, "?");
    else
        put_text(p, "<string>");
    put_text(p, "\", line ");
    put_number(p, number_field(e, FIELD_LINENO, 0));
    put_text(p, "\n");
    if (!text || !is_str(text))
        return true;
    // Only a plain SyntaxError marks a range.
    bool ranged = type_of(p->vm, e) == p->vm->exc[EXC_SyntaxError];
    int64_t end_offset = ranged ? number_field(e, FIELD_END_OFFSET, -1) : -1;
    if (ranged && number_field(e, FIELD_END_LINENO, 0) > number_field(e, FIELD_LINENO, 0))
        end_offset = as_str(text)->size;
    if (end_offset > (int64_t)as_str(text)->size + 1)
        end_offset = (int64_t)as_str(text)->size + 1;
    put_error_line(p, as_str(text)->data, as_str(text)->size, number_field(e, FIELD_OFFSET, -1), end_offset);
    return true;
}

static void put_class(Printer *p, Type *type)
{
    VM *vm = p->vm;
    Value module = object_getattr_opt(vm, from_object(type), NAME_OF(vm, __module__));
    error_clear(vm);
    if (!module || !is_str(module)) {
        put_text(p, "<unknown>.");
    } else if (!str_is(as_str(module), "builtins") && !str_is(as_str(module), "__main__")) {
        put_str(p, as_str(module));
        put_text(p, ".");
    }
    put_str(p, type->qualname);
}

static void put_message(Printer *p, Value e, Value value)
{
    VM *vm = p->vm;
    put_margin(p);
    put_class(p, type_of(vm, e));
    if (is_none(value))
        return;
    Str *s = object_str(vm, value);
    error_clear(vm);
    if (!s)
        put_text(p, ": <exception str() failed>");
    else if (s->size)
        put_text(p, ": "), put_str(p, s);
}

static void put_suggestion(Printer *p, Value e)
{
    Str *found = suggestion_for(p->vm, e);
    if (!found)
        return;
    put_text(p, ". Did you mean: '");
    put_str(p, found);
    put_text(p, "'?");
}

// Each line of a note behind the margin; a line end of its own follows whatever the text ends with.
static void put_note(Printer *p, Value note)
{
    VM *vm = p->vm;
    Str *s = is_str(note) ? as_str(note) : object_str(vm, note);
    error_clear(vm);
    const char *text = s ? s->data : "<note str() failed>";
    for (size_t left = s ? s->size : strlen(text); left > 0;) {
        const char *nl = memchr(text, '\n', left);
        size_t line = nl ? (size_t)(nl - text) + 1 : left;
        put_margin(p);
        put(p, text, line);
        text += line;
        left -= line;
    }
    put_text(p, "\n");
}

static bool is_sequence(VM *vm, Value v)
{
    return is_list(v) || is_tuple(v) || (!is_dict(v) && type_lookup(vm, type_of(vm, v), NAME_OF(vm, __getitem__)));
}

static void put_notes(Printer *p, Value e)
{
    VM *vm = p->vm;
    Value notes = object_getattr_opt(vm, e, NAME_OF(vm, __notes__));
    error_clear(vm);
    if (!notes)
        return;
    Value list = is_sequence(vm, notes) ? sequence_fast(vm, notes, NULL) : VALUE_EMPTY;
    error_clear(vm);
    if (!list) {
        Str *s = object_repr(vm, notes);
        error_clear(vm);
        put_margin(p);
        if (s)
            put_str(p, s);
        else
            put_text(p, "<__notes__ repr() failed>");
        return;
    }
    for (int64_t i = 0; i < sequence_fast_count(list); i++)
        put_note(p, sequence_fast_items(list)[i]);
}

static void put_single(Printer *p, Value e)
{
    VM *vm = p->vm;
    put_frames(p, e, is_group(vm, e));
    Value shown = e;
    if (is_syntax_error(vm, e) && put_error_place(p, e)) {
        shown = exception_get_field(e, FIELD_MSG);
        if (!shown)
            shown = VALUE_NONE;
    }
    put_message(p, e, shown);
    put_suggestion(p, e);
    put_text(p, "\n");
    put_notes(p, e);
}

// ---- groups

static void put_branch(Printer *p, int64_t index)
{
    put_spaces(p, 2 * p->depth);
    put_text(p, index == 0 ? "+-" : "  ");
    put_text(p, "+---------------- ");
    if (index >= MOST_WIDTH)
        put_text(p, "...");
    else
        put_number(p, index + 1);
    put_text(p, " ----------------\n");
}

static void put_remaining(Printer *p, int64_t count)
{
    put_margin(p);
    put_text(p, "and ");
    put_number(p, count);
    put_text(p, count > 1 ? " more exceptions\n" : " more exception\n");
}

static void put_members(Printer *p, Value members)
{
    int64_t total = sequence_count(members), shown = total <= MOST_WIDTH ? total : MOST_WIDTH + 1;
    p->need_close = false;
    for (int64_t i = 0; i < shown; i++) {
        bool last = i == shown - 1;
        if (last)
            p->need_close = true;
        put_branch(p, i);
        p->depth++;
        if (i < MOST_WIDTH)
            put_exception(p, sequence_items(members)[i]);
        else
            put_remaining(p, total - MOST_WIDTH);
        if (last && p->need_close) {
            put_spaces(p, 2 * p->depth);
            put_text(p, "+------------------------------------\n");
            p->need_close = false;
        }
        p->depth--;
    }
}

static void put_group(Printer *p, Value e)
{
    if (p->depth > MOST_DEPTH) {
        put_margin(p);
        put_text(p, "... (max_group_depth is 10)\n");
        return;
    }
    bool outermost = p->depth == 0;
    p->depth += outermost;
    put_single(p, e);
    Value members = exception_get_field(e, FIELD_EXCEPTIONS);
    if (members && (is_tuple(members) || is_list(members)))
        put_members(p, members);
    p->depth -= outermost;
}

static void put_one(Printer *p, Value e)
{
    if (is_group(p->vm, e))
        put_group(p, e);
    else
        put_single(p, e);
}

// ---- chains

static Value identity(Value e) { return from_small((int64_t)(e >> 4)); }

// The exception this one came from, VALUE_EMPTY: none, or one met before.
static Value link_of(Printer *p, Value e, const char **sentence)
{
    Exception *x = as_exception(e);
    Value from = x->cause && !is_none(x->cause) ? x->cause : VALUE_EMPTY;
    *sentence = "The above exception was the direct cause of the following exception:\n";
    if (!from) {
        if (x->suppress_context || !x->context || !is_exception(x->context))
            return VALUE_EMPTY;
        from = x->context;
        *sentence = "During handling of the above exception, another exception occurred:\n";
    }
    return is_exception(from) && set_contains(p->vm, p->seen, identity(from)) == 0 ? from : VALUE_EMPTY;
}

static void put_sentence(Printer *p, const char *sentence)
{
    put_margin(p);
    put_text(p, "\n");
    put_margin(p);
    put_text(p, sentence);
    put_margin(p);
    put_text(p, "\n");
}

static void put_exception(Printer *p, Value exception)
{
    VM *vm = p->vm;
    List *chain = p->seen ? list_new(vm, 4) : NULL;
    const char *sentence;
    Value e = exception;
    while (chain && set_add(vm, p->seen, identity(e)) && list_append(vm, chain, e)) {
        Value from = link_of(p, e, &sentence);
        if (!from)
            break;
        e = from;
    }
    error_clear(vm);
    if (!chain || chain->count == 0) {
        put_one(p, exception);
        return;
    }
    for (int64_t i = chain->count - 1; i >= 0; i--) {
        bool need_close = p->need_close;
        put_one(p, chain->items[i]);
        if (i == 0)
            break;
        p->need_close = need_close;
        Exception *newer = as_exception(chain->items[i - 1]);
        put_sentence(p, newer->cause == chain->items[i] ?
                     "The above exception was the direct cause of the following exception:\n" :
                     "During handling of the above exception, another exception occurred:\n");
    }
}

static void print_all(Printer *p, Value exception)
{
    VM *vm = p->vm;
    line_reader_init(&p->lines, vm);
    p->seen = set_new(vm, false);
    error_clear(vm);
    if (is_exception(exception))
        put_exception(p, exception);
    put_flush(p);
    line_reader_close(&p->lines);
    error_clear(vm);
}

void traceback_print(VM *vm, Value exception, Value file)
{
    Printer p;
    memset(&p, 0, offsetof(Printer, buffer));
    p.vm = vm;
    p.file = file;
    print_all(&p, exception);
}

Str *traceback_text(VM *vm, Value exception)
{
    Printer p;
    StrBuilder b;
    memset(&p, 0, offsetof(Printer, buffer));
    builder_init(&b, vm);
    p.vm = vm;
    p.text = &b;
    print_all(&p, exception);
    return builder_finish(&b);
}
