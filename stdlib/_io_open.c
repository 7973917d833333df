// SPDX-License-Identifier: MIT
//
// Open files and output buffers as the objects share them, open(), and the standard streams.

#include "_io.h"

#include <errno.h>

// ---- descriptors

OpenFile *open_file_new(VM *vm, int fd, bool close_fd, const AiolosStream *stream)
{
    OpenFile *f = mem_realloc(vm, NULL, 0, sizeof *f);
    if (!f)
        return raise_memory(vm), NULL;
    *f = (OpenFile){.users = 1, .fd = fd, .close_fd = close_fd, .stream = stream};
    return f;
}

void open_file_release(VM *vm, OpenFile *f)
{
    if (!f || --f->users)
        return;
    if (f->close_fd && f->fd >= 0)
        sys_close(vm, f->fd);
    mem_realloc(vm, f, sizeof *f, 0);
}

ssize_t open_file_read(VM *vm, OpenFile *f, void *buffer, size_t size)
{
    if (!f->stream)
        return sys_read(vm, f->fd, buffer, size);
    return f->stream->read ? f->stream->read(f->stream->context, buffer, size) : 0;
}

ssize_t open_file_write(VM *vm, OpenFile *f, const void *data, size_t size)
{
    if (!f->stream)
        return sys_write(vm, f->fd, data, size);
    return f->stream->write ? f->stream->write(f->stream->context, data, size) : (ssize_t)size;
}

int64_t open_file_seek(VM *vm, OpenFile *f, int64_t offset, int whence)
{
    if (!f->stream)
        return sys_seek(vm, f->fd, offset, whence);
    errno = ESPIPE;
    return -1;
}

void open_file_write_all(VM *vm, OpenFile *f, const char *data, size_t size)
{
    while (f && size > 0 && (f->fd >= 0 || f->stream)) {
        ssize_t n = open_file_write(vm, f, data, size);
        if (n <= 0)
            return;
        data += n;
        size -= (size_t)n;
    }
}

// ---- output buffers

OutBuffer *out_buffer_new(VM *vm, OpenFile *file, size_t capacity)
{
    OutBuffer *b = mem_realloc(vm, NULL, 0, sizeof *b);
    char *data = b ? mem_realloc(vm, NULL, 0, capacity) : NULL;
    if (!data) {
        mem_realloc(vm, b, b ? sizeof *b : 0, 0);
        return raise_memory(vm), NULL;
    }
    *b = (OutBuffer){.users = 1, .file = file, .data = data, .capacity = capacity};
    if (file)
        file->users++;
    Host *host = host_of(vm);
    b->next = host->outputs;
    if (b->next)
        b->next->previous = b;
    host->outputs = b;
    return b;
}

static void unlink_buffer(VM *vm, OutBuffer *b)
{
    if (b->previous)
        b->previous->next = b->next;
    else
        host_of(vm)->outputs = b->next;
    if (b->next)
        b->next->previous = b->previous;
}

void out_buffer_drain(VM *vm, OutBuffer *b)
{
    if (b && b->size && b->file)
        open_file_write_all(vm, b->file, b->data, b->size);
    if (b)
        b->size = 0;
}

void out_buffer_release(VM *vm, OutBuffer *b)
{
    if (!b || --b->users)
        return;
    out_buffer_drain(vm, b);
    unlink_buffer(vm, b);
    open_file_release(vm, b->file);
    mem_realloc(vm, b->data, b->capacity, 0);
    mem_realloc(vm, b, sizeof *b, 0);
}

// ---- files that were not closed

static bool is_file(VM *vm, const OutBuffer *b, const struct stat *st)
{
    struct stat own;
    return b->file && b->file->close_fd && b->file->fd >= 0 && sys_fstat(vm, b->file->fd, &own) == 0 &&
           own.st_ino == st->st_ino && own.st_dev == st->st_dev;
}

// Hands out what a stream that may still be in use has not written yet.
static void write_out(VM *vm, OutBuffer *b)
{
    Text *t = b->text;
    out_buffer_drain(vm, b);
    if (t && t->pending_size) {
        open_file_write_all(vm, b->file, t->pending, t->pending_size);
        t->pending_size = 0;
    }
}

void io_settle(VM *vm, const char *path)
{
    struct stat st;
    bool found = false, known = false;
    for (OutBuffer *b = host_of(vm)->outputs; b; b = b->next)
        known |= b->file && b->file->close_fd && b->file->fd >= 0 && (b->size || (b->text && b->text->pending_size));
    if (!known || sys_stat(vm, AT_FDCWD, path, &st, 0) < 0 || !S_ISREG(st.st_mode))
        return;
    for (OutBuffer *b = host_of(vm)->outputs; b; b = b->next)
        found |= is_file(vm, b, &st) && !b->survived;
    if (found)
        gc_collect(vm);
    for (OutBuffer *b = host_of(vm)->outputs; b; b = b->next) {
        if (!is_file(vm, b, &st))
            continue;
        b->survived = true;
        write_out(vm, b);
    }
}

// ---- open()

typedef struct Mode {
    bool read, write, append, create, update, text, binary;
} Mode;

static bool parse_mode(VM *vm, Str *s, Mode *m)
{
    *m = (Mode){0};
    for (uint32_t i = 0; i < s->size; i++) {
        bool *flag = s->data[i] == 'r' ? &m->read : s->data[i] == 'w' ? &m->write : s->data[i] == 'a' ? &m->append :
                     s->data[i] == 'x' ? &m->create : s->data[i] == '+' ? &m->update : s->data[i] == 't' ? &m->text :
                     s->data[i] == 'b' ? &m->binary : NULL;
        if (!flag || *flag)
            return raise_value(vm, "invalid mode: '%U'", s), false;
        *flag = true;
    }
    if (m->text && m->binary)
        return raise_value(vm, "can't have text and binary mode at once"), false;
    int kinds = m->read + m->write + m->append + m->create;
    if (kinds == 0)
        return raise_value(vm, "Must have exactly one of create/read/write/append mode and at most one plus"), false;
    if (kinds != 1)
        return raise_value(vm, "must have exactly one of create/read/write/append mode"), false;
    return true;
}

static bool check_binary(VM *vm, const Mode *m, Value encoding, Value errors, Value newline)
{
    if (!m->binary)
        return true;
    const char *wrong = !is_none(encoding)  ? "an encoding"
                        : !is_none(errors)  ? "an errors"
                        : !is_none(newline) ? "a newline"
                                            : NULL;
    if (wrong)
        raise_value(vm, "binary mode doesn't take %s argument", wrong);
    return wrong == NULL;
}

static void raw_mode_text(const Mode *m, char *out)
{
    *out++ = m->create ? 'x' : m->read ? 'r' : m->write ? 'w' : 'a';
    if (m->update)
        *out++ = '+';
    *out = 0;
}

static bool text_or_none(VM *vm, Value v, const char *name)
{
    if (is_none(v) || is_str(v))
        return true;
    return raise_type(vm, "open() argument '%s' must be str or None, not %T", name, v), false;
}

// Closes the raw stream of an open() that failed later on, without losing the error.
static Value close_after_error(VM *vm, Value stream)
{
    Value error = vm->error;
    bool fresh = vm->error_fresh;
    vm->error = VALUE_EMPTY;
    io_call(vm, stream, "close", NULL, 0);
    vm->error = error;
    vm->error_fresh = fresh;
    return VALUE_EMPTY;
}

static bool choose_buffering(VM *vm, Value raw, const Mode *m, int64_t *buffering, bool *lines)
{
    bool terminal = false;
    if (*buffering == 1 && m->binary) {
        if (!warn(vm, EXC_RuntimeWarning,
                  "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used"))
            return false;
        *buffering = -1;
    }
    if (*buffering < 0 && !io_call_bool(vm, raw, "isatty", &terminal))
        return false;
    *lines = *buffering == 1 || (*buffering < 0 && terminal);
    if (*buffering < 0 || *buffering == 1)
        *buffering = BUFFER_SIZE;
    return true;
}

Value io_open(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value file = args[0], encoding = args[3], errors = args[4], newline = args[5];
    int64_t buffering;
    Mode m;
    bool lines;
    char raw_mode[4];
    if (!is_str(args[1]))
        return raise_type(vm, "open() argument 'mode' must be str, not %T", args[1]);
    if (!object_index_i64(vm, args[2], &buffering) || !text_or_none(vm, encoding, "encoding") ||
        !text_or_none(vm, errors, "errors") || !text_or_none(vm, newline, "newline") ||
        !parse_mode(vm, as_str(args[1]), &m) || !check_binary(vm, &m, encoding, errors, newline))
        return VALUE_EMPTY;
    int close_fd = object_truth(vm, args[6]);
    if (close_fd < 0)
        return VALUE_EMPTY;
    raw_mode_text(&m, raw_mode);
    if (!is_str(file) && !is_bytes(file) && type_lookup(vm, type_of(vm, file), NAME_OF(vm, __fspath__)) &&
        !(file = call_method(vm, file, NAME_OF(vm, __fspath__), NULL, 0)))
        return VALUE_EMPTY;
    Value raw = file_open(vm, file, raw_mode, close_fd, args[7]);
    if (!raw)
        return VALUE_EMPTY;
    if (!choose_buffering(vm, raw, &m, &buffering, &lines))
        return close_after_error(vm, raw);
    if (buffering == 0) {
        if (m.binary)
            return raw;
        raise_value(vm, "can't have unbuffered text I/O");
        return close_after_error(vm, raw);
    }
    const TypeDef *kind = m.update ? &buffered_random_def : m.read ? &buffered_reader_def : &buffered_writer_def;
    Value buffer = buffered_new(vm, kind, raw, buffering);
    if (!buffer || m.binary)
        return buffer ? buffer : close_after_error(vm, raw);
    Value text = text_new(vm, buffer, encoding, errors, newline, lines, false);
    if (!text)
        return close_after_error(vm, buffer);
    as_text(text)->mode = args[1];
    return text;
}

// ---- standard streams

static const char *const stream_names[3] = {"<stdin>", "<stdout>", "<stderr>"};

// The error stream shows what cannot be encoded with escapes; the output stream buffers unless somebody watches.
static Value standard_text(VM *vm, int index, Value raw, bool terminal)
{
    bool writing = index > 0, unbuffered = host_of(vm)->flags & AIOLOS_UNBUFFERED;
    Value buffer = writing && unbuffered
                       ? raw
                       : buffered_new(vm, writing ? &buffered_writer_def : &buffered_reader_def, raw, BUFFER_SIZE);
    Str *encoding = str_from(vm, "utf-8");
    bool escape = host_of(vm)->flags & AIOLOS_ESCAPE_BYTES;
    Str *errors = str_from(vm, index == 2 ? "backslashreplace" : escape ? "surrogateescape" : "strict");
    Str *newline = str_from(vm, "\n");
    if (!buffer || !encoding || !errors || !newline)
        return VALUE_EMPTY;
    bool lines = index == 2 || terminal;
    Value text = text_new(vm, buffer, from_object(encoding), from_object(errors),
                          writing ? from_object(newline) : VALUE_NONE, lines, writing && unbuffered);
    Str *mode = str_from(vm, writing ? "w" : "r");
    if (text && mode)
        as_text(text)->mode = from_object(mode);
    return text;
}

Value stream_open_standard(VM *vm, int index)
{
    AiolosStream *stream = &host_of(vm)->streams[index];
    bool functions = stream->read || stream->write, writing = index > 0;
    if (!functions && stream->fd < 0)
        return VALUE_NONE;
    Value module = from_object(NULL);
    Str *io = str_intern_text(vm, "_io", 3), *name = str_from(vm, stream_names[index]);
    if (!io || !name || !(module = vm->hooks.import(vm, io, VALUE_NONE, VALUE_NONE, 0)))
        return VALUE_EMPTY;
    Value raw = functions ? file_over_stream(vm, stream, from_object(name), writing)
                          : file_open(vm, from_small(stream->fd), writing ? "w" : "r", false, VALUE_NONE);
    if (!raw) {
        if (!error_is(vm, EXC_OSError)) // a descriptor that is not open, or a folder: no such stream
            return VALUE_EMPTY;
        error_clear(vm);
        return VALUE_NONE;
    }
    as_file(raw)->name = from_object(name);
    return standard_text(vm, index, raw, !functions && sys_isatty(vm, stream->fd));
}
