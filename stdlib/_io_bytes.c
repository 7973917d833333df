// SPDX-License-Identifier: MIT
//
// BytesIO: a binary stream in memory. The bytes are a bytearray, so that getbuffer() is a memoryview of it and
// resizing is refused while one is alive.

#include "_io.h"

typedef struct BytesIO {
    Object base;
    Value store;      // ByteArray, VALUE_EMPTY: closed
    size_t position;  // may lie behind the end
    bool ready;
    Value attributes;
} BytesIO;

static BytesIO *as_stream(Value v) { return (BytesIO *)as_object(v); }
static ByteArray *store_of(BytesIO *b) { return (ByteArray *)as_object(b->store); }
static char *data_of(BytesIO *b) { return store_of(b)->buffer + store_of(b)->offset; }
static size_t size_of(BytesIO *b) { return store_of(b)->size; }

static void bytes_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((BytesIO *)o)->store);
    gc_mark(gc, ((BytesIO *)o)->attributes);
}

static bool set_up(VM *vm, BytesIO *b, Value initial)
{
    const char *data = "";
    size_t size = 0;
    if (initial && !is_none(initial) && !bytes_view_or_raise(vm, initial, &data, &size))
        return false;
    b->store = bytearray_new(vm, data, size);
    b->position = 0;
    b->ready = true;
    gc_barrier(vm, b);
    return b->store != VALUE_EMPTY;
}

static Value bytes_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    BytesIO *b = type_alloc(vm, as_type(args[0]), 0);
    return b && set_up(vm, b, args[1]) ? from_object(b) : VALUE_EMPTY;
}

static Value bytes_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return set_up(vm, as_stream(args[0]), args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static bool check(VM *vm, BytesIO *b)
{
    return b->store || (raise_closed(vm, "I/O operation on closed file."), false);
}

// ---- reading

static size_t left(BytesIO *b) { return b->position < size_of(b) ? size_of(b) - b->position : 0; }

static Value take(VM *vm, BytesIO *b, size_t size)
{
    Value v = bytes_new(vm, size ? data_of(b) + b->position : "", size);
    b->position += size;
    return v;
}

static Value bytes_read(VM *vm, Value *args, int nargs)
{
    BytesIO *b = as_stream(args[0]);
    int64_t size = -1;
    if (!check(vm, b) || (nargs > 1 && !io_size_argument(vm, args[1], &size)))
        return VALUE_EMPTY;
    size_t most = left(b);
    return take(vm, b, size < 0 || (size_t)size > most ? most : (size_t)size);
}

static size_t line_size(BytesIO *b, size_t limit)
{
    size_t n = left(b) < limit ? left(b) : limit;
    const char *end = n ? memchr(data_of(b) + b->position, '\n', n) : NULL;
    return end ? (size_t)(end - data_of(b)) - b->position + 1 : n;
}

static Value bytes_readline(VM *vm, Value *args, int nargs)
{
    BytesIO *b = as_stream(args[0]);
    int64_t limit = -1;
    if (!check(vm, b) || (nargs > 1 && !io_size_argument(vm, args[1], &limit)))
        return VALUE_EMPTY;
    return take(vm, b, line_size(b, limit < 0 ? SIZE_MAX : (size_t)limit));
}

static Value bytes_readlines(VM *vm, Value *args, int nargs)
{
    return check(vm, as_stream(args[0])) ? io_lines(vm, args[0], nargs > 1 ? args[1] : VALUE_NONE) : VALUE_EMPTY;
}

static Value bytes_readinto(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    BytesIO *b = as_stream(args[0]);
    char *to;
    size_t room;
    if (!check(vm, b))
        return VALUE_EMPTY;
    if (!bytes_view_writable(args[1], &to, &room))
        return raise_type(vm, "readinto() argument must be read-write bytes-like object, not %T", args[1]);
    size_t n = left(b) < room ? left(b) : room;
    if (n)
        memmove(to, data_of(b) + b->position, n);
    b->position += n;
    return from_small((int64_t)n);
}

static Value bytes_next(VM *vm, Value self)
{
    BytesIO *b = as_stream(self);
    if (type_of(vm, self)->flags & TYPE_HEAP)
        return io_next_line(vm, self);
    if (!check(vm, b) || left(b) == 0)
        return VALUE_EMPTY;
    return take(vm, b, line_size(b, SIZE_MAX));
}

// ---- writing

// A view in the way keeps the bytes as they are now; the stream goes on with a copy. Whether such a view is still in
// use is only known after a collection, so it cannot be an error.
static bool separate(VM *vm, BytesIO *b)
{
    if (!store_of(b)->exports)
        return true;
    Value copy = bytearray_new(vm, data_of(b), size_of(b));
    if (!copy)
        return false;
    b->store = copy;
    gc_barrier(vm, b);
    return true;
}

static Value bytes_write(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    BytesIO *b = as_stream(args[0]);
    const char *data;
    size_t size, end;
    if (!check(vm, b))
        return VALUE_EMPTY;
    if (!bytes_view_or_raise(vm, args[1], &data, &size))
        return VALUE_EMPTY;
    if (size == 0)
        return INT_ZERO;
    if (!size_add(b->position, size, &end))
        return raise_memory(vm);
    if (end > size_of(b) && !separate(vm, b))
        return VALUE_EMPTY;
    size_t old = size_of(b);
    if (end > old && !bytearray_resize(vm, store_of(b), end))
        return VALUE_EMPTY;
    if (b->position > old)
        memset(data_of(b) + old, 0, b->position - old);
    bytes_view(args[1], &data, &size);
    memmove(data_of(b) + b->position, data, size);
    b->position = end;
    return int_from_u64(vm, size);
}

static Value bytes_writelines(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!check(vm, as_stream(args[0])))
        return VALUE_EMPTY;
    Value it = object_iter(vm, args[1]), line;
    while (it && (line = iter_next(vm, it))) {
        Value pair[2] = {args[0], line};
        if (!bytes_write(vm, pair, 2))
            return VALUE_EMPTY;
    }
    return it && !vm->error ? VALUE_NONE : VALUE_EMPTY;
}

static Value bytes_truncate(VM *vm, Value *args, int nargs)
{
    BytesIO *b = as_stream(args[0]);
    if (!check(vm, b))
        return VALUE_EMPTY;
    int64_t size = (int64_t)b->position;
    if (nargs > 1 && !is_none(args[1]) && !object_index_i64(vm, args[1], &size))
        return VALUE_EMPTY;
    if (size < 0)
        return raise_value(vm, "negative size value %lld", (long long)size);
    if ((size_t)size < size_of(b) && (!separate(vm, b) || !bytearray_resize(vm, store_of(b), (size_t)size)))
        return VALUE_EMPTY;
    return int_from_i64(vm, size);
}

// ---- position and state

static Value bytes_seek(VM *vm, Value *args, int nargs)
{
    BytesIO *b = as_stream(args[0]);
    int64_t offset, whence = 0;
    if (!check(vm, b) || !object_index_i64(vm, args[1], &offset) ||
        (nargs > 2 && !object_index_i64(vm, args[2], &whence)))
        return VALUE_EMPTY;
    if (whence == SEEK_SET && offset < 0)
        return raise_value(vm, "negative seek value %lld", (long long)offset);
    if (whence < 0 || whence > 2)
        return io_whence_error(vm, whence);
    int64_t from = whence == SEEK_CUR ? (int64_t)b->position : whence == SEEK_END ? (int64_t)size_of(b) : 0;
    if (__builtin_add_overflow(from, offset, &offset))
        return raise_overflow(vm, "new position too large");
    b->position = offset < 0 ? 0 : (size_t)offset;
    return int_from_u64(vm, b->position);
}

static Value bytes_tell(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return check(vm, as_stream(args[0])) ? int_from_u64(vm, as_stream(args[0])->position) : VALUE_EMPTY;
}

static Value bytes_getvalue(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    BytesIO *b = as_stream(args[0]);
    return check(vm, b) ? bytes_new(vm, size_of(b) ? data_of(b) : "", size_of(b)) : VALUE_EMPTY;
}

static Value bytes_getbuffer(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    BytesIO *b = as_stream(args[0]);
    return check(vm, b) ? call1(vm, from_object(vm->types[KIND_MEMORYVIEW]), b->store) : VALUE_EMPTY;
}

static Value bytes_close(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    (void)vm;
    as_stream(args[0])->store = VALUE_EMPTY;
    return VALUE_NONE;
}

static Value bytes_yes(VM *vm, Value *args, int nargs)
{
    return (void)nargs, check(vm, as_stream(args[0])) ? VALUE_TRUE : VALUE_EMPTY;
}
static Value bytes_no(VM *vm, Value *args, int nargs)
{
    return (void)nargs, check(vm, as_stream(args[0])) ? VALUE_FALSE : VALUE_EMPTY;
}
static Value bytes_flush(VM *vm, Value *args, int nargs)
{
    return (void)nargs, check(vm, as_stream(args[0])) ? VALUE_NONE : VALUE_EMPTY;
}
static Value get_closed(VM *vm, Value self) { return (void)vm, from_bool(!as_stream(self)->store); }

static const NativeDef methods[] = {
    {"__init__(self, initial_bytes=b'')", bytes_init, NULL, 0, 0, 0},
    {"read(self, size=-1, /)", bytes_read, "Read at most size bytes.", NATIVE_RAW, 1, 2},
    {"read1(self, size=-1, /)", bytes_read, "Read at most size bytes.", NATIVE_RAW, 1, 2},
    {"readline(self, size=-1, /)", bytes_readline, "Next line from the file, as a bytes object.", NATIVE_RAW, 1, 2},
    {"readlines(self, size=None, /)", bytes_readlines, "List of bytes objects, each a line from the file.", NATIVE_RAW, 1, 2},
    {"readinto(self, buffer, /)", bytes_readinto, "Read bytes into buffer.", NATIVE_RAW, 2, 2},
    {"readinto1(self, buffer, /)", bytes_readinto, "Read bytes into buffer.", NATIVE_RAW, 2, 2},
    {"write(self, b, /)", bytes_write, "Write bytes to file.", NATIVE_RAW, 2, 2},
    {"writelines(self, lines, /)", bytes_writelines, "Write lines to the file.", NATIVE_RAW, 2, 2},
    {"truncate(self, size=None, /)", bytes_truncate, "Truncate the file to at most size bytes.", NATIVE_RAW, 1, 2},
    {"seek(self, pos, whence=0, /)", bytes_seek, "Change stream position.", NATIVE_RAW, 2, 3},
    {"tell(self, /)", bytes_tell, "Current file position, an integer.", NATIVE_RAW, 1, 1},
    {"getvalue(self, /)", bytes_getvalue, "Retrieve the entire contents of the BytesIO object.", NATIVE_RAW, 1, 1},
    {"getbuffer(self, /)", bytes_getbuffer, "Get a read-write view over the contents of the BytesIO object.", NATIVE_RAW, 1, 1},
    {"flush(self, /)", bytes_flush, "Does nothing.", NATIVE_RAW, 1, 1},
    {"close(self, /)", bytes_close, "Disable all I/O operations.", NATIVE_RAW, 1, 1},
    {"isatty(self, /)", bytes_no, "Always returns False.", NATIVE_RAW, 1, 1},
    {"readable(self, /)", bytes_yes, "Returns True if the IO object can be read.", NATIVE_RAW, 1, 1},
    {"writable(self, /)", bytes_yes, "Returns True if the IO object can be written.", NATIVE_RAW, 1, 1},
    {"seekable(self, /)", bytes_yes, "Returns True if the IO object can be seeked.", NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef getsets[] = {{"closed", get_closed, NULL, "True if the file is closed."}, {0}};
static const TypeOps ops = {.mark = bytes_mark, .iter = io_iter, .next = bytes_next};

const TypeDef bytes_io_def = {
    .name = "_io.BytesIO",
    .kind = KIND_OTHER,
    .size = sizeof(BytesIO),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"BytesIO(cls, initial_bytes=b'')", bytes_make, NULL, 0, 0, 0},
    .doc = "Buffered I/O implementation using an in-memory bytes buffer.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};
