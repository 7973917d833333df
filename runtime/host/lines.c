// SPDX-License-Identifier: MIT
//
// Source lines for tracebacks. A file is decoded as the compiler decodes it (byte order mark, coding cookie). That a
// file is missing, changed or undecodable is no error: there is just no line.

#include "traceback_internal.h"

#include "runtime/host/host.h"
#include "runtime/io/sys.h"

static void *reader_allocate(void *context, void *ptr, size_t old_size, size_t new_size)
{
    return mem_realloc(context, ptr, old_size, new_size);
}

void line_reader_init(LineReader *reader, VM *vm)
{
    memset(reader, 0, sizeof *reader);
    reader->vm = vm;
}

void line_reader_close(LineReader *reader)
{
    if (reader->filename)
        arena_free(&reader->arena);
    reader->filename = NULL;
}

static bool made_up(const Str *name)
{
    return name->size == 0 || (name->data[0] == '<' && name->data[name->size - 1] == '>');
}

static void read_file(LineReader *reader, Str *filename)
{
    VM *vm = reader->vm;
    line_reader_close(reader);
    reader->filename = filename;
    reader->found = false;
    arena_init(&reader->arena, (ArenaAllocator){reader_allocate, vm});
    if (made_up(filename))
        return;
    size_t size;
    char *bytes = sys_read_file(vm, filename->data, &size);
    if (!bytes)
        return;
    Diagnostic error = {0};
    reader->found = source_open(&reader->source, &reader->arena, filename->data, bytes, size, SOURCE_FILE, &error);
    mem_realloc(vm, bytes, size + 1, 0);
}

bool line_reader_get(LineReader *reader, Str *filename, int32_t number, const char **text, size_t *size)
{
    if (!reader->filename || !str_equal(reader->filename, filename))
        read_file(reader, filename);
    error_clear(reader->vm); // no memory: no line
    if (!reader->found || number < 1)
        return false;
    *text = source_line(&reader->source, (uint32_t)number, size);
    if (*size == 0)
        return false;
    if ((*text)[*size - 1] == '\n')
        --*size;
    return true;
}
