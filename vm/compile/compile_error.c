// SPDX-License-Identifier: MIT
//
// Errors, warnings and memory of a compilation. A SyntaxError carries (filename, lineno, offset, text, end_lineno,
// end_offset); the offsets of the compiler's own errors count UTF-8 bytes, as CPython's do.
#include "vm/compile/compiler.h"

void fail(Compiler *c)
{
    if (c->vm->error == VALUE_EMPTY)
        raise_memory(c->vm);
    c->failed = true;
}

// The text of a source line with its newline, or None.
static Value line_text(Compiler *c, uint32_t line)
{
    const char *p = c->source, *end = p ? p + c->source_size : NULL;
    while (p && --line > 0) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    if (!p || p >= end)
        return VALUE_NONE;
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    size_t start = 0, reason_length;
    const char *reason;
    size_t size = (size_t)((stop ? stop + 1 : end) - p);
    if (!utf8_validate(p, size, &start, &reason, &reason_length))
        return VALUE_NONE;
    Str *text = str_new(c->vm, p, size);
    return text ? from_object(text) : VALUE_EMPTY;
}

static void raise_syntax(Compiler *c, Span span, bool with_end, Str *message)
{
    VM *vm = c->vm;
    Value text = message ? line_text(c, span.line) : VALUE_EMPTY;
    Value end = with_end ? from_small(span.end_col + 1) : VALUE_NONE, place = VALUE_EMPTY;
    if (text != VALUE_EMPTY)
        place = tuple_pack(vm, 6, from_object(c->filename), from_small(span.line), from_small(span.col + 1), text,
                           from_small(with_end ? span.end_line : span.line), end);
    if (place != VALUE_EMPTY)
        raise_args(vm, EXC_SyntaxError, 2, (Value[]){from_object(message), place});
    fail(c);
}

void compile_error(Compiler *c, Span span, const char *format, ...)
{
    if (c->failed)
        return;
    va_list args;
    va_start(args, format);
    Str *message = str_vformat(c->vm, format, args);
    va_end(args);
    raise_syntax(c, span, true, message);
}

void compile_error_at(Compiler *c, Span span, const char *format, ...)
{
    if (c->failed)
        return;
    va_list args;
    va_start(args, format);
    Str *message = str_vformat(c->vm, format, args);
    va_end(args);
    raise_syntax(c, span, false, message);
}

bool warn_place(VM *vm, ExcId category, Str *filename, int32_t line, Str *message)
{
    if (vm->hooks.warn_at)
        return vm->hooks.warn_at(vm, vm->exc[category], message, filename, line) != VALUE_EMPTY;
    return warn(vm, category, "%U", message);
}

// A warning that the filters turn into an error becomes a SyntaxError with the place.
bool compile_warning(Compiler *c, ExcId category, Span span, const char *format, ...)
{
    if (c->failed)
        return false;
    va_list args;
    va_start(args, format);
    Str *message = str_vformat(c->vm, format, args);
    va_end(args);
    if (!message)
        return fail(c), false;
    if (warn_place(c->vm, category, c->filename, (int32_t)span.line, message))
        return true;
    if (!error_is(c->vm, category))
        return fail(c), false;
    error_clear(c->vm);
    raise_syntax(c, span, true, message);
    return false;
}

void *alloc(Compiler *c, size_t size)
{
    void *memory = c->failed ? NULL : arena_alloc(&c->arena, size);
    if (!memory)
        fail(c);
    return memory;
}

bool array_reserve(Compiler *c, void *array, uint32_t count, uint32_t *capacity, size_t size)
{
    if (c->failed)
        return false;
    if (count < *capacity)
        return true;
    uint32_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown = arena_grow(&c->arena, *(void **)array, *capacity * size, wanted * size);
    if (!grown)
        return fail(c), false;
    memset((char *)grown + *capacity * size, 0, (wanted - *capacity) * size);
    *(void **)array = grown;
    *capacity = wanted;
    return true;
}

bool compile_enter(Compiler *c)
{
    if (c->failed)
        return false;
    char here;
    if (c->depth < 2 * AST_DEPTH_LIMIT + 100 && (!c->vm->c_stack_limit || &here > c->vm->c_stack_limit)) {
        c->depth++;
        return true;
    }
    raise_exc(c->vm, EXC_RecursionError, "maximum recursion depth exceeded during compilation");
    return fail(c), false;
}

static ExcId error_class(DiagnosticKind kind)
{
    return kind == DIAGNOSTIC_INDENTATION_ERROR ? EXC_IndentationError
           : kind == DIAGNOSTIC_TAB_ERROR ? EXC_TabError : EXC_SyntaxError;
}

static Value diagnostic_number(int n) { return from_small(n); }

Value raise_diagnostic(VM *vm, const Diagnostic *d, Str *filename)
{
    if (d->kind == DIAGNOSTIC_VALUE_ERROR)
        return raise_value(vm, "%s", d->message);
    if (d->kind == DIAGNOSTIC_MEMORY_ERROR)
        return vm->error ? VALUE_EMPTY : raise_memory(vm);
    if (d->kind == DIAGNOSTIC_RECURSION_ERROR)
        return raise_exc(vm, EXC_RecursionError, "%s", d->message);
    if (d->span.line == 0 && !d->text && d->offset == 0) // the encoding of a file: no place
        return raise_exc(vm, EXC_SyntaxError, "%s", d->message);
    Str *message = str_from(vm, d->message), *text = d->text ? str_new(vm, d->text, d->text_length) : NULL;
    if (!message || (d->text && !text))
        return VALUE_EMPTY;
    Value line = text ? from_object(text) : VALUE_NONE;
    Value place = tuple_pack(vm, 6, from_object(filename), from_small(d->span.line), diagnostic_number(d->offset), line,
                             from_small(d->span.end_line), diagnostic_number(d->end_offset));
    if (place == VALUE_EMPTY)
        return VALUE_EMPTY;
    return raise_args(vm, error_class(d->kind), 2, (Value[]){from_object(message), place});
}
