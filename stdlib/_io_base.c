// SPDX-License-Identifier: MIT
//
// The abstract stream classes: IOBase and its three children, as bases for the types here and for classes of scripts.
// Everything a subclass leaves out is made of what it has, or raises UnsupportedOperation. All calls go through the
// methods of the object, so that an override is heeded.

#include "_io.h"


// ---- errors

static Value unsupported_class(VM *vm)
{
    Str *io = str_intern_text(vm, "_io", 3);
    Value module = io ? vm->hooks.import(vm, io, VALUE_NONE, VALUE_NONE, 0) : VALUE_EMPTY;
    Str *name = module ? str_intern_text(vm, "UnsupportedOperation", 20) : NULL;
    return name ? dict_get_str(vm, as_module(module)->dict, name) : VALUE_EMPTY;
}

Value raise_unsupported(VM *vm, const char *what)
{
    Value cls = unsupported_class(vm);
    Str *text = cls ? str_from(vm, what) : NULL;
    Value e = text ? call1(vm, cls, from_object(text)) : VALUE_EMPTY;
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

Value raise_closed(VM *vm, const char *what) { return raise_value(vm, "%s", what); }
Value io_whence_error(VM *vm, int64_t whence)
{
    return raise_value(vm, "invalid whence (%lld, should be 0, 1 or 2)", (long long)whence);
}

// ---- calls on streams

Value io_call(VM *vm, Value stream, const char *method, const Value *args, int nargs)
{
    Str *name = str_intern_text(vm, method, strlen(method));
    return name ? call_method(vm, stream, name, args, nargs) : VALUE_EMPTY;
}

bool io_call_bool(VM *vm, Value stream, const char *method, bool *out)
{
    Value v = io_call(vm, stream, method, NULL, 0);
    int truth = v ? object_truth(vm, v) : -1;
    *out = truth > 0;
    return truth >= 0;
}

bool io_is_closed(VM *vm, Value stream, bool *out)
{
    Str *name = str_intern_text(vm, "closed", 6);
    Value v = name ? object_getattr(vm, stream, name) : VALUE_EMPTY;
    int truth = v ? object_truth(vm, v) : -1;
    *out = truth > 0;
    return truth >= 0;
}

static bool check_open(VM *vm, Value stream)
{
    bool closed;
    if (!io_is_closed(vm, stream, &closed))
        return false;
    if (closed)
        raise_closed(vm, "I/O operation on closed file.");
    return !closed;
}

bool io_size_argument(VM *vm, Value v, int64_t *out)
{
    *out = -1;
    if (is_none(v))
        return true;
    if (!is_int_like(v) && type_lookup(vm, type_of(vm, v), NAME_OF(vm, __index__)) == VALUE_EMPTY)
        return raise_type(vm, "argument should be integer or None, not '%T'", v), false;
    return object_index_i64(vm, v, out);
}

// ---- methods of IOBase

static Value base_unsupported(VM *vm, const char *name) { return raise_unsupported(vm, name); }

#define UNSUPPORTED(id, name) \
    static Value base_##id(VM *vm, Value *args, int nargs) \
    { \
        (void)args, (void)nargs; \
        return base_unsupported(vm, name); \
    }
UNSUPPORTED(seek, "seek")
UNSUPPORTED(truncate, "truncate")
UNSUPPORTED(fileno, "fileno")
UNSUPPORTED(detach, "detach")
UNSUPPORTED(read, "read")
UNSUPPORTED(read1, "read1")
UNSUPPORTED(write, "write")
UNSUPPORTED(readline_text, "readline")

static Value base_tell(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value where[2] = {INT_ZERO, from_small(1)};
    return io_call(vm, args[0], "seek", where, 2);
}

static Value base_flush(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *name = str_intern_text(vm, "__IOBase_closed", 15);
    if (name && object_own_attribute(vm, args[0], name))
        return raise_closed(vm, "I/O operation on closed file.");
    return vm->error ? VALUE_EMPTY : VALUE_NONE;
}

static Value base_close(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *name = str_intern_text(vm, "__IOBase_closed", 15);
    if (!name)
        return VALUE_EMPTY;
    if (object_own_attribute(vm, args[0], name))
        return VALUE_NONE;
    Value flushed = io_call(vm, args[0], "flush", NULL, 0);
    Value error = vm->error;
    vm->error = VALUE_EMPTY;
    bool ok = object_set_own(vm, args[0], name, VALUE_TRUE);
    if (error)
        vm->error = error;
    return ok && flushed ? VALUE_NONE : VALUE_EMPTY;
}

static Value base_closed(VM *vm, Value self)
{
    Str *name = str_intern_text(vm, "__IOBase_closed", 15);
    return name ? from_bool(object_own_attribute(vm, self, name) != VALUE_EMPTY) : VALUE_EMPTY;
}

static Value base_false(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return check_open(vm, args[0]) ? VALUE_FALSE : VALUE_EMPTY;
}

static Value base_no(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return VALUE_FALSE;
}

static Value check(VM *vm, Value self, const char *method, const char *message)
{
    bool yes;
    if (!io_call_bool(vm, self, method, &yes))
        return VALUE_EMPTY;
    return yes ? VALUE_TRUE : raise_unsupported(vm, message);
}

static Value base_check_closed(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return check_open(vm, args[0]) ? VALUE_NONE : VALUE_EMPTY;
}
static Value base_check_readable(VM *vm, Value *args, int nargs)
{
    return (void)nargs, check(vm, args[0], "readable", "File or stream is not readable.");
}
static Value base_check_writable(VM *vm, Value *args, int nargs)
{
    return (void)nargs, check(vm, args[0], "writable", "File or stream is not writable.");
}
static Value base_check_seekable(VM *vm, Value *args, int nargs)
{
    return (void)nargs, check(vm, args[0], "seekable", "File or stream is not seekable.");
}

Value io_enter(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return check_open(vm, args[0]) ? args[0] : VALUE_EMPTY;
}

Value io_exit(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return io_call(vm, args[0], "close", NULL, 0);
}

Value io_iter(VM *vm, Value self) { return check_open(vm, self) ? self : VALUE_EMPTY; }

Value io_next_line(VM *vm, Value self)
{
    Value line = io_call(vm, self, "readline", NULL, 0);
    if (!line)
        return VALUE_EMPTY;
    int64_t n = object_len(vm, line);
    return n > 0 ? line : VALUE_EMPTY;
}

// How many bytes may be read at once without passing the end of a line: all up to a newline that peek() shows.
static bool line_step(VM *vm, Value self, bool can_peek, int64_t left, int64_t *out)
{
    *out = 1;
    if (!can_peek)
        return true;
    Value one = from_small(1), ahead = io_call(vm, self, "peek", &one, 1);
    if (!ahead)
        return false;
    const char *data;
    size_t size;
    if (!is_bytes(ahead) || !bytes_view(ahead, &data, &size))
        return raise_exc(vm, EXC_OSError, "peek() should have returned a bytes object, not '%T'", ahead), false;
    if (size == 0)
        return true;
    size_t limit = left >= 0 && (size_t)left < size ? (size_t)left : size;
    const char *end = memchr(data, '\n', limit);
    *out = end ? end - data + 1 : (int64_t)limit;
    return true;
}

static Value base_readline(VM *vm, Value *args, int nargs)
{
    int64_t limit;
    if (!io_size_argument(vm, nargs > 1 ? args[1] : VALUE_NONE, &limit))
        return VALUE_EMPTY;
    Str *peek = str_intern_text(vm, "peek", 4);
    bool can_peek = peek && object_getattr_opt(vm, args[0], peek) != VALUE_EMPTY;
    Value line = vm->error ? VALUE_EMPTY : bytearray_new(vm, NULL, 0);
    if (!line)
        return VALUE_EMPTY;
    ByteArray *a = (ByteArray *)as_object(line);
    while (limit < 0 || (int64_t)a->size < limit) {
        int64_t step;
        const char *data;
        size_t size, old = a->size;
        if (!line_step(vm, args[0], can_peek, limit < 0 ? -1 : limit - (int64_t)old, &step))
            return VALUE_EMPTY;
        Value n = from_small(step), part = io_call(vm, args[0], "read", &n, 1);
        if (!part)
            return VALUE_EMPTY;
        if (!is_bytes(part))
            return raise_exc(vm, EXC_OSError, "read() should have returned a bytes object, not '%T'", part);
        bytes_view(part, &data, &size);
        if (size == 0)
            break;
        if (!bytearray_resize(vm, a, old + size))
            return VALUE_EMPTY;
        memcpy(a->buffer + a->offset + old, data, size);
        if (data[size - 1] == '\n')
            break;
    }
    return bytes_new(vm, a->size ? a->buffer + a->offset : "", a->size);
}

Value io_lines(VM *vm, Value self, Value hint)
{
    int64_t most, total = 0;
    if (!io_size_argument(vm, hint, &most))
        return VALUE_EMPTY;
    List *lines = list_new(vm, 0);
    Value it = lines ? object_iter(vm, self) : VALUE_EMPTY, line;
    if (!it)
        return VALUE_EMPTY;
    while ((line = iter_next(vm, it))) {
        if (!list_append(vm, lines, line) || !vm_tick(vm))
            return VALUE_EMPTY;
        int64_t n = most > 0 ? object_len(vm, line) : 0;
        if (n < 0)
            return VALUE_EMPTY;
        total += n;
        if (most > 0 && total >= most)
            break;
    }
    return vm->error ? VALUE_EMPTY : from_object(lines);
}

static Value base_readlines(VM *vm, Value *args, int nargs)
{
    return io_lines(vm, args[0], nargs > 1 ? args[1] : VALUE_NONE);
}

static Value base_writelines(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!check_open(vm, args[0]))
        return VALUE_EMPTY;
    Value it = object_iter(vm, args[1]), line;
    while (it && (line = iter_next(vm, it)))
        if (!call_method(vm, args[0], NAME_OF(vm, write), &line, 1) || !vm_tick(vm))
            return VALUE_EMPTY;
    return it && !vm->error ? VALUE_NONE : VALUE_EMPTY;
}

static void base_mark(Gc *gc, Object *o) { gc_mark(gc, ((IoBase *)o)->attributes); }

static Value base_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return from_object(type_alloc(vm, as_type(args[0]), 0));
}

// ---- RawIOBase: everything from readinto()

static Value view_of(VM *vm, Value array) { return call1(vm, from_object(vm->types[KIND_MEMORYVIEW]), array); }

static Value raw_readall(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value all = bytearray_new(vm, NULL, 0);
    if (!all)
        return VALUE_EMPTY;
    ByteArray *a = (ByteArray *)as_object(all);
    for (;;) {
        const char *data;
        size_t size, old = a->size;
        Value n = from_small(BUFFER_SIZE), part = io_call(vm, args[0], "read", &n, 1);
        if (!part)
            return VALUE_EMPTY;
        if (is_none(part))
            return old ? bytes_new(vm, a->buffer + a->offset, old) : VALUE_NONE;
        if (!is_bytes(part))
            return raise_type(vm, "read() should return bytes");
        bytes_view(part, &data, &size);
        if (size == 0)
            return bytes_new(vm, old ? a->buffer + a->offset : "", old);
        if (!bytearray_resize(vm, a, old + size))
            return VALUE_EMPTY;
        memcpy(a->buffer + a->offset + old, data, size);
    }
}

static Value raw_read(VM *vm, Value *args, int nargs)
{
    int64_t n = -1, got;
    if (nargs > 1 && !io_size_argument(vm, args[1], &n))
        return VALUE_EMPTY;
    if (n < 0)
        return io_call(vm, args[0], "readall", NULL, 0);
    Value array = bytearray_new(vm, NULL, (size_t)n), view = array ? view_of(vm, array) : VALUE_EMPTY;
    Value count = view ? io_call(vm, args[0], "readinto", &view, 1) : VALUE_EMPTY;
    if (!count || is_none(count))
        return count;
    if (!object_index_i64(vm, count, &got))
        return VALUE_EMPTY;
    ByteArray *a = (ByteArray *)as_object(array);
    if (got < 0 || (size_t)got > a->size)
        return raise_exc(vm, EXC_OSError,
                         "raw readinto() returned invalid length %lld (should have been between 0 and %lld)",
                         (long long)got, (long long)n);
    return bytes_new(vm, a->buffer + a->offset, (size_t)got);
}

// ---- BufferedIOBase: readinto() from read()

static Value read_into(VM *vm, Value self, Value target, const char *method)
{
    char *to;
    const char *from;
    size_t room, size;
    if (!bytes_view_writable(target, &to, &room))
        return raise_type(vm, "readinto() argument must be read-write bytes-like object, not %T", target);
    Value n = from_small((int64_t)room), part = io_call(vm, self, method, &n, 1);
    if (!part)
        return VALUE_EMPTY;
    if (!is_bytes(part))
        return raise_type(vm, "%s() should return bytes", method);
    bytes_view(part, &from, &size);
    if (!bytes_view_writable(target, &to, &room) || size > room)
        return raise_value(vm, "%s() returned too much data: %zd bytes requested, %zd returned", method, (ssize_t)room,
                           (ssize_t)size);
    memcpy(to, from, size);
    return from_small((int64_t)size);
}

static Value buffered_readinto(VM *vm, Value *args, int nargs)
{
    return (void)nargs, read_into(vm, args[0], args[1], "read");
}
static Value buffered_readinto1(VM *vm, Value *args, int nargs)
{
    return (void)nargs, read_into(vm, args[0], args[1], "read1");
}
static Value none_attribute(VM *vm, Value self) { return (void)vm, (void)self, VALUE_NONE; }

Str *io_name_repr(VM *vm, Value self, const char *type)
{
    int entered = repr_enter(vm, self);
    if (entered < 0)
        return NULL;
    if (entered)
        return raise_runtime(vm, "reentrant call inside %s.__repr__", type), NULL;
    Value name = object_getattr_opt(vm, self, NAME_OF(vm, name));
    if (!name && vm->error && error_is(vm, EXC_ValueError))
        error_clear(vm);
    Str *s = vm->error ? NULL : name ? str_format(vm, "<%s name=%R>", type, name) : str_format(vm, "<%s>", type);
    repr_leave(vm, self);
    return s;
}

// ---- tables

static const NativeDef base_methods[] = {
    {"seek(self, offset, whence=0, /)", base_seek, "Change the stream position.", NATIVE_RAW, 1, 3},
    {"tell(self, /)", base_tell, "Return the current stream position.", NATIVE_RAW, 1, 1},
    {"truncate(self, size=None, /)", base_truncate, "Truncate the file to size bytes.", NATIVE_RAW, 1, 2},
    {"flush(self, /)", base_flush, "Flush write buffers, if applicable.", NATIVE_RAW, 1, 1},
    {"close(self, /)", base_close, "Flush and close the IO object.", NATIVE_RAW, 1, 1},
    {"seekable(self, /)", base_no, "Return whether object supports random access.", NATIVE_RAW, 1, 1},
    {"readable(self, /)", base_no, "Return whether object was opened for reading.", NATIVE_RAW, 1, 1},
    {"writable(self, /)", base_no, "Return whether object was opened for writing.", NATIVE_RAW, 1, 1},
    {"_checkClosed(self, /)", base_check_closed, NULL, NATIVE_RAW, 1, 2},
    {"_checkSeekable(self, /)", base_check_seekable, NULL, NATIVE_RAW, 1, 2},
    {"_checkReadable(self, /)", base_check_readable, NULL, NATIVE_RAW, 1, 2},
    {"_checkWritable(self, /)", base_check_writable, NULL, NATIVE_RAW, 1, 2},
    {"fileno(self, /)", base_fileno, "Return underlying file descriptor if one exists.", NATIVE_RAW, 1, 1},
    {"isatty(self, /)", base_false, "Return whether this is an 'interactive' stream.", NATIVE_RAW, 1, 1},
    {"__enter__(self, /)", io_enter, NULL, NATIVE_RAW, 1, 1},
    {"__exit__(self, /, *args)", io_exit, NULL, NATIVE_RAW, 1, 4},
    {"readline(self, size=-1, /)", base_readline, "Read and return a line from the stream.", NATIVE_RAW, 1, 2},
    {"readlines(self, hint=-1, /)", base_readlines, "Return a list of lines from the stream.", NATIVE_RAW, 1, 2},
    {"writelines(self, lines, /)", base_writelines, "Write a list of lines to stream.", NATIVE_RAW, 2, 2},
    {0},
};
static const GetSetDef base_getsets[] = {{"closed", base_closed, NULL, "True if the stream is closed."}, {0}};
static const TypeOps base_ops = {.mark = base_mark, .iter = io_iter, .next = io_next_line};

#define BASE_FLAGS (TYPE_BASE | TYPE_EXTRA)

const TypeDef io_base_def = {
    .name = "io.IOBase",
    .kind = KIND_OTHER,
    .size = sizeof(IoBase),
    .ops = &base_ops,
    .methods = base_methods,
    .getsets = base_getsets,
    .make = {"IOBase(cls, *args, **kwargs)", base_make, NULL, 0, 0, 0},
    .doc = "The abstract base class for all I/O classes.",
    .flags = BASE_FLAGS,
};

static const NativeDef raw_methods[] = {
    {"read(self, size=-1, /)", raw_read, "Read up to size bytes.", NATIVE_RAW, 1, 2},
    {"readall(self, /)", raw_readall, "Read until EOF, using multiple read() call.", NATIVE_RAW, 1, 1},
    {0},
};
const TypeDef raw_base_def = {
    .name = "io.RawIOBase",
    .kind = KIND_OTHER,
    .size = sizeof(IoBase),
    .ops = &base_ops,
    .methods = raw_methods,
    .make = {"RawIOBase(cls, *args, **kwargs)", base_make, NULL, 0, 0, 0},
    .doc = "Base class for raw binary I/O.",
    .flags = BASE_FLAGS,
};

static const NativeDef buffered_methods[] = {
    {"detach(self, /)", base_detach, "Disconnect this buffer from its underlying raw stream and return it.", NATIVE_RAW, 1, 1},
    {"read(self, size=-1, /)", base_read, "Read and return up to n bytes.", NATIVE_RAW, 1, 2},
    {"read1(self, size=-1, /)", base_read1, "Read and return up to n bytes, with at most one read() call.", NATIVE_RAW, 1, 2},
    {"readinto(self, buffer, /)", buffered_readinto, NULL, NATIVE_RAW, 2, 2},
    {"readinto1(self, buffer, /)", buffered_readinto1, NULL, NATIVE_RAW, 2, 2},
    {"write(self, data, /)", base_write, "Write the given buffer to the IO stream.", NATIVE_RAW, 1, 2},
    {0},
};
const TypeDef buffered_base_def = {
    .name = "io.BufferedIOBase",
    .kind = KIND_OTHER,
    .size = sizeof(IoBase),
    .ops = &base_ops,
    .methods = buffered_methods,
    .make = {"BufferedIOBase(cls, *args, **kwargs)", base_make, NULL, 0, 0, 0},
    .doc = "Base class for buffered IO objects.",
    .flags = BASE_FLAGS,
};

static const NativeDef text_methods[] = {
    {"detach(self, /)", base_detach, "Separate the underlying buffer from the TextIOBase and return it.", NATIVE_RAW, 1, 1},
    {"read(self, size=-1, /)", base_read, "Read at most n characters from stream.", NATIVE_RAW, 1, 2},
    {"readline(self, size=-1, /)", base_readline_text, "Read until newline or EOF.", NATIVE_RAW, 1, 2},
    {"write(self, text, /)", base_write, "Write string to stream.", NATIVE_RAW, 1, 2},
    {0},
};
static const GetSetDef text_getsets[] = {
    {"encoding", none_attribute, NULL, "Encoding of the text stream."},
    {"errors", none_attribute, NULL, "The error setting of the decoder or encoder."},
    {"newlines", none_attribute, NULL, "Line endings translated so far."},
    {0},
};
const TypeDef text_base_def = {
    .name = "io.TextIOBase",
    .kind = KIND_OTHER,
    .size = sizeof(IoBase),
    .ops = &base_ops,
    .methods = text_methods,
    .getsets = text_getsets,
    .make = {"TextIOBase(cls, *args, **kwargs)", base_make, NULL, 0, 0, 0},
    .doc = "Base class for text I/O.",
    .flags = BASE_FLAGS,
};
