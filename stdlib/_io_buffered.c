// SPDX-License-Identifier: MIT
//
// BufferedReader, BufferedWriter and BufferedRandom over a raw stream. One struct serves all three: `in` holds bytes
// read ahead, `out` bytes not written yet; BufferedRandom empties one before it uses the other. The raw position is
// ahead of the stream's by what `in` holds, behind it by what `out` holds.

#include "_io.h"

#include <errno.h>

static void buffered_mark(Gc *gc, Object *o)
{
    Buffered *b = (Buffered *)o;
    gc_mark(gc, b->raw);
    gc_mark_buffer(gc, b->in);
    gc_mark(gc, b->attributes);
}

static void buffered_finalize(VM *vm, Object *o)
{
    Buffered *b = (Buffered *)o;
    out_buffer_drain(vm, b->out);
    out_buffer_release(vm, b->out);
    b->out = NULL;
}

// ---- construction

bool io_ask(VM *vm, Value raw, const char *method, const char *message)
{
    bool yes;
    if (!io_call_bool(vm, raw, method, &yes))
        return false;
    return yes || (raise_unsupported(vm, message), false);
}

static bool buffered_set_up(VM *vm, Buffered *b, Value raw, int64_t size, uint8_t mode, bool random)
{
    if (size <= 0)
        return raise_value(vm, "buffer size must be strictly positive"), false;
    if (random && !io_ask(vm, raw, "seekable", "File or stream is not seekable."))
        return false;
    if (mode & BUFFERED_READ && !io_ask(vm, raw, "readable", "File or stream is not readable."))
        return false;
    if (mode & BUFFERED_WRITE && !io_ask(vm, raw, "writable", "File or stream is not writable."))
        return false;
    buffered_finalize(vm, &b->base);
    b->mode = mode;
    b->random = random;
    b->detached = false;
    b->capacity = (size_t)size;
    b->in = NULL;
    b->in_start = b->in_end = 0;
    if (mode & BUFFERED_WRITE &&
        !(b->out = out_buffer_new(vm, is_exact_file(vm, raw) ? as_file(raw)->file : NULL, b->capacity)))
        return false;
    b->raw = raw;
    gc_barrier(vm, b);
    return true;
}

static uint8_t mode_of_def(const TypeDef *def)
{
    return def == &buffered_reader_def   ? BUFFERED_READ
           : def == &buffered_writer_def ? BUFFERED_WRITE
                                         : BUFFERED_READ | BUFFERED_WRITE;
}

Value buffered_new(VM *vm, const TypeDef *def, Value raw, int64_t size)
{
    Buffered *b = type_new_of(vm, def);
    return b && buffered_set_up(vm, b, raw, size, mode_of_def(def), def == &buffered_random_def) ? from_object(b)
                                                                                                 : VALUE_EMPTY;
}

static bool init_from(VM *vm, Buffered *b, Value raw, Value size)
{
    const TypeDef *def = b->base.shape->type->def;
    int64_t n;
    return object_index_i64(vm, size, &n) &&
           buffered_set_up(vm, b, raw, n, mode_of_def(def), def == &buffered_random_def);
}

static Value buffered_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Buffered *b = type_alloc(vm, as_type(args[0]), 0);
    if (!b)
        return VALUE_EMPTY;
    if (!args[1])
        return as_type(args[0])->flags & TYPE_HEAP ? from_object(b) :
               raise_type(vm, "%U() missing required argument 'raw' (pos 1)", as_type(args[0])->name);
    return init_from(vm, b, args[1], args[2]) ? from_object(b) : VALUE_EMPTY;
}

static Value buffered_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return init_from(vm, as_buffered(args[0]), args[1], args[2]) ? VALUE_NONE : VALUE_EMPTY;
}

// ---- the raw stream

static bool check_usable(VM *vm, Buffered *b, const char *when_closed)
{
    if (!b->raw)
        return raise_value(vm, b->detached ? "raw stream has been detached" : "I/O operation on uninitialized object"),
               false;
    bool closed = false;
    if (is_exact_file(vm, b->raw))
        closed = !as_file(b->raw)->file;
    else if (!io_is_closed(vm, b->raw, &closed))
        return false;
    if (closed && when_closed)
        return raise_closed(vm, when_closed), false;
    return true;
}

// -1: error, -2: would block.
static int64_t raw_read(VM *vm, Buffered *b, char *data, size_t size)
{
    if (is_exact_file(vm, b->raw))
        return file_read_into(vm, as_file(b->raw), data, size);
    Value array = bytearray_new(vm, NULL, size);
    Value view = array ? call1(vm, from_object(vm->types[KIND_MEMORYVIEW]), array) : VALUE_EMPTY;
    Value count = view ? io_call(vm, b->raw, "readinto", &view, 1) : VALUE_EMPTY;
    int64_t n;
    if (!count)
        return -1;
    if (is_none(count))
        return -2;
    if (!object_index_i64(vm, count, &n))
        return -1;
    if (n < 0 || (size_t)n > size)
        return raise_exc(vm, EXC_OSError,
                         "raw readinto() returned invalid length %lld (should have been between 0 and %zd)",
                         (long long)n, (ssize_t)size),
               -1;
    memcpy(data, ((ByteArray *)as_object(array))->buffer + ((ByteArray *)as_object(array))->offset, (size_t)n);
    return n;
}

static int64_t raw_write(VM *vm, Buffered *b, const char *data, size_t size)
{
    if (is_exact_file(vm, b->raw))
        return file_write_from(vm, as_file(b->raw), data, size);
    Value bytes = bytes_new(vm, data, size);
    Value count = bytes ? call_method(vm, b->raw, NAME_OF(vm, write), &bytes, 1) : VALUE_EMPTY;
    int64_t n;
    if (!count)
        return -1;
    if (is_none(count))
        return -2;
    if (!object_index_i64(vm, count, &n))
        return -1;
    if (n < 0 || (size_t)n > size)
        return raise_exc(vm, EXC_OSError,
                         "raw write() returned invalid length %lld (should have been between 0 and %zd)", (long long)n,
                         (ssize_t)size),
               -1;
    return n;
}

static int64_t raw_seek(VM *vm, Buffered *b, int64_t offset, int whence)
{
    if (is_exact_file(vm, b->raw))
        return file_seek(vm, as_file(b->raw), offset, whence);
    Value args[2] = {int_from_i64(vm, offset), from_small(whence)};
    Value v = whence == SEEK_CUR && offset == 0 ? io_call(vm, b->raw, "tell", NULL, 0)
                                                : io_call(vm, b->raw, "seek", args, 2);
    int64_t at;
    if (!v || !object_index_i64(vm, v, &at))
        return -1;
    return at < 0 ? (raise_exc(vm, EXC_OSError, "Raw stream returned invalid position %lld", (long long)at), -1) : at;
}

// ---- writing

static Value raise_blocking(VM *vm, int64_t written)
{
    Str *text = str_from(vm, "write could not complete without blocking");
    Value args[3] = {from_small(EAGAIN), from_object(text), from_small(written)};
    return text ? raise_args(vm, EXC_BlockingIOError, 3, args) : VALUE_EMPTY;
}

bool buffered_flush_out(VM *vm, Buffered *b)
{
    OutBuffer *out = b->out;
    while (out && out->size) {
        int64_t n = raw_write(vm, b, out->data, out->size);
        if (n < 0) {
            if (n == -2)
                raise_blocking(vm, 0);
            return false;
        }
        memmove(out->data, out->data + n, out->size - (size_t)n);
        out->size -= (size_t)n;
        if (!vm_tick(vm))
            return false;
    }
    return true;
}

// Gives back what was read ahead, so that the raw position is the stream's.
static bool drop_ahead(VM *vm, Buffered *b)
{
    size_t ahead = b->in_end - b->in_start;
    b->in_start = b->in_end = 0;
    return !ahead || !(b->mode & BUFFERED_READ) || raw_seek(vm, b, -(int64_t)ahead, SEEK_CUR) >= 0;
}

bool buffered_write_bytes(VM *vm, Buffered *b, const char *data, size_t size)
{
    OutBuffer *out = b->out;
    size_t written = 0;
    if (b->random && !drop_ahead(vm, b))
        return false;
    while (size > out->capacity - out->size) {
        if (out->size == 0) { // more than a buffer full: no use copying it
            int64_t n = raw_write(vm, b, data, size);
            if (n == -2)
                raise_blocking(vm, (int64_t)written);
            if (n < 0)
                return false;
            data += n;
            size -= (size_t)n;
            written += (size_t)n;
            continue;
        }
        if (!buffered_flush_out(vm, b))
            return false;
    }
    memcpy(out->data + out->size, data, size);
    out->size += size;
    return true;
}

static Value buffered_write(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Buffered *b = as_buffered(args[0]);
    const char *data;
    size_t size;
    if (!bytes_view_or_raise(vm, args[1], &data, &size) || !check_usable(vm, b, "write to closed file") ||
        !buffered_write_bytes(vm, b, data, size))
        return VALUE_EMPTY;
    return int_from_u64(vm, size);
}

// ---- reading

// Fills the empty input buffer with one read. Bytes, 0 at the end, -1 error, -2 would block.
static int64_t fill(VM *vm, Buffered *b)
{
    if (b->random && !buffered_flush_out(vm, b))
        return -1;
    if (!b->in && !(b->in = gc_buffer(vm, b->capacity)))
        return -1;
    gc_barrier(vm, b);
    b->in_start = b->in_end = 0;
    int64_t n = raw_read(vm, b, b->in, b->capacity);
    if (n > 0)
        b->in_end = (size_t)n;
    return n;
}

int64_t buffered_read_some(VM *vm, Buffered *b, char *data, size_t size)
{
    size_t ahead = b->in_end - b->in_start;
    if (ahead == 0 && size >= b->capacity) {
        if (b->random && !buffered_flush_out(vm, b))
            return -1;
        return raw_read(vm, b, data, size);
    }
    if (ahead == 0) {
        int64_t n = fill(vm, b);
        if (n <= 0)
            return n;
        ahead = (size_t)n;
    }
    size = size < ahead ? size : ahead;
    memcpy(data, b->in + b->in_start, size);
    b->in_start += size;
    return (int64_t)size;
}

static Value cut(VM *vm, Value all, size_t size)
{
    return size == as_bytes(all)->size ? all : bytes_new(vm, as_bytes(all)->data, size);
}

// Exactly n bytes unless the end comes before.
static Value read_exactly(VM *vm, Buffered *b, size_t size)
{
    Value data = bytes_new(vm, NULL, size);
    size_t got = 0;
    while (data && got < size) {
        int64_t n = buffered_read_some(vm, b, as_bytes(data)->data + got, size - got);
        if (n == -1)
            return VALUE_EMPTY;
        if (n == -2 && got == 0)
            return VALUE_NONE;
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return data ? cut(vm, data, got) : VALUE_EMPTY;
}

static Value join_bytes(VM *vm, const char *a, size_t na, const char *b, size_t nb)
{
    Value all = bytes_new(vm, NULL, na + nb);
    if (!all)
        return VALUE_EMPTY;
    memcpy(as_bytes(all)->data, a, na);
    memcpy(as_bytes(all)->data + na, b, nb);
    return all;
}

static Value read_to_end(VM *vm, Buffered *b)
{
    size_t ahead = b->in_end - b->in_start;
    if (b->random && !buffered_flush_out(vm, b))
        return VALUE_EMPTY;
    Value head = bytes_new(vm, ahead ? b->in + b->in_start : "", ahead);
    b->in_start = b->in_end = 0;
    Str *readall = str_intern_text(vm, "readall", 7);
    Value method = head && readall ? object_getattr_opt(vm, b->raw, readall) : VALUE_EMPTY;
    if (vm->error)
        return VALUE_EMPTY;
    if (method) {
        Value rest = call0(vm, method);
        if (!rest || is_none(rest))
            return rest && ahead == 0 ? rest : rest ? head : VALUE_EMPTY;
        if (!is_bytes(rest))
            return raise_type(vm, "readall() should return bytes");
        return ahead ? join_bytes(vm, as_bytes(head)->data, ahead, as_bytes(rest)->data, as_bytes(rest)->size) : rest;
    }
    for (;;) {
        Value part = io_call(vm, b->raw, "read", NULL, 0);
        if (!part)
            return VALUE_EMPTY;
        if (!is_none(part) && !is_bytes(part))
            return raise_type(vm, "read() should return bytes");
        if (is_none(part) || as_bytes(part)->size == 0)
            return head;
        if (!(head = join_bytes(vm, as_bytes(head)->data, as_bytes(head)->size, as_bytes(part)->data,
                                as_bytes(part)->size)))
            return VALUE_EMPTY;
    }
}

static Value buffered_read(VM *vm, Value *args, int nargs)
{
    Buffered *b = as_buffered(args[0]);
    int64_t size = -1;
    if (nargs > 1 && !io_size_argument(vm, args[1], &size))
        return VALUE_EMPTY;
    if (size < -1)
        return raise_value(vm, "read length must be non-negative or -1");
    if (!check_usable(vm, b, "read of closed file"))
        return VALUE_EMPTY;
    return size < 0 ? read_to_end(vm, b) : read_exactly(vm, b, (size_t)size);
}

static Value buffered_read1(VM *vm, Value *args, int nargs)
{
    Buffered *b = as_buffered(args[0]);
    int64_t size = -1;
    if (nargs > 1 && !object_index_i64(vm, args[1], &size))
        return VALUE_EMPTY;
    if (!check_usable(vm, b, "read of closed file"))
        return VALUE_EMPTY;
    if (size < 0)
        size = (int64_t)b->capacity;
    Value data = bytes_new(vm, NULL, (size_t)size);
    int64_t n = data ? buffered_read_some(vm, b, as_bytes(data)->data, (size_t)size) : -1;
    return n == -1 ? VALUE_EMPTY : cut(vm, data, n > 0 ? (size_t)n : 0);
}

static Value read_into(VM *vm, Value *args, bool once)
{
    Buffered *b = as_buffered(args[0]);
    char *data;
    size_t size, got = 0;
    if (!bytes_view_writable(args[1], &data, &size))
        return raise_type(vm, "readinto%s() argument must be read-write bytes-like object, not %T", once ? "1" : "",
                          args[1]);
    if (!check_usable(vm, b, "readinto of closed file"))
        return VALUE_EMPTY;
    while (got < size) {
        if (!bytes_view_writable(args[1], &data, &size) || got >= size) // a raw stream of a script may have resized it
            break;
        int64_t n = buffered_read_some(vm, b, data + got, size - got);
        if (n == -1)
            return VALUE_EMPTY;
        if (n == -2 && got == 0)
            return VALUE_NONE;
        if (n <= 0)
            break;
        got += (size_t)n;
        if (once)
            break;
    }
    return from_small((int64_t)got);
}

static Value buffered_readinto(VM *vm, Value *args, int nargs) { return (void)nargs, read_into(vm, args, false); }
static Value buffered_readinto1(VM *vm, Value *args, int nargs) { return (void)nargs, read_into(vm, args, true); }

static Value buffered_peek(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Buffered *b = as_buffered(args[0]);
    if (!check_usable(vm, b, "peek of closed file"))
        return VALUE_EMPTY;
    if (b->in_end == b->in_start && fill(vm, b) == -1)
        return VALUE_EMPTY;
    return bytes_new(vm, b->in_end > b->in_start ? b->in + b->in_start : "", b->in_end - b->in_start);
}

// A line of at most `limit` bytes (-1: any).
static Value read_line(VM *vm, Buffered *b, int64_t limit)
{
    Value line = VALUE_EMPTY;
    for (;;) {
        size_t ahead = b->in_end - b->in_start, have = line ? as_bytes(line)->size : 0;
        if (ahead == 0) {
            int64_t n = fill(vm, b);
            if (n == -1)
                return VALUE_EMPTY;
            if (n <= 0)
                return line ? line : vm->empty_bytes;
            ahead = (size_t)n;
        }
        if (limit >= 0 && ahead > (size_t)limit - have)
            ahead = (size_t)limit - have;
        const char *start = b->in + b->in_start, *end = memchr(start, '\n', ahead);
        size_t part = end ? (size_t)(end - start) + 1 : ahead;
        line = line ? join_bytes(vm, as_bytes(line)->data, have, start, part) : bytes_new(vm, start, part);
        b->in_start += part;
        if (!line || end || (limit >= 0 && have + part == (size_t)limit))
            return line;
    }
}

static Value buffered_readline(VM *vm, Value *args, int nargs)
{
    int64_t limit = -1;
    if (nargs > 1 && !io_size_argument(vm, args[1], &limit))
        return VALUE_EMPTY;
    if (!check_usable(vm, as_buffered(args[0]), "readline of closed file"))
        return VALUE_EMPTY;
    return limit == 0 ? vm->empty_bytes : read_line(vm, as_buffered(args[0]), limit);
}

static Value buffered_next(VM *vm, Value self)
{
    Buffered *b = as_buffered(self);
    if (!is_own_buffered(vm, self) || !(b->mode & BUFFERED_READ))
        return io_next_line(vm, self);
    if (!check_usable(vm, b, "readline of closed file"))
        return VALUE_EMPTY;
    Value line = read_line(vm, b, -1);
    return line && as_bytes(line)->size ? line : VALUE_EMPTY;
}

// ---- position

static int64_t position(VM *vm, Buffered *b)
{
    int64_t at = raw_seek(vm, b, 0, SEEK_CUR);
    if (at < 0)
        return -1;
    return at - (int64_t)(b->in_end - b->in_start) + (int64_t)(b->out ? b->out->size : 0);
}

static Value buffered_tell(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!check_usable(vm, as_buffered(args[0]), NULL))
        return VALUE_EMPTY;
    int64_t at = position(vm, as_buffered(args[0]));
    return at < 0 ? VALUE_EMPTY : int_from_i64(vm, at);
}

static bool check_seekable(VM *vm, Buffered *b)
{
    if (is_exact_file(vm, b->raw) ? file_can_seek(vm, as_file(b->raw))
                                  : io_ask(vm, b->raw, "seekable", "File or stream is not seekable."))
        return true;
    return vm->error ? false : (raise_unsupported(vm, "File or stream is not seekable."), false);
}

// A target within the bytes read ahead needs no system call but the one that tells where we are.
static bool seek_within(VM *vm, Buffered *b, int64_t target)
{
    if (b->in_end == b->in_start)
        return false;
    int64_t end = raw_seek(vm, b, 0, SEEK_CUR);
    int64_t start = end - (int64_t)b->in_end;
    if (end < 0 || target < start || target > end)
        return false;
    b->in_start = (size_t)(target - start);
    return true;
}

static Value buffered_seek(VM *vm, Value *args, int nargs)
{
    Buffered *b = as_buffered(args[0]);
    int64_t offset, whence = 0;
    if (nargs > 2 && !object_index_i64(vm, args[2], &whence))
        return VALUE_EMPTY;
    if (whence < 0 || whence > 2)
        return raise_value(vm, "whence value %lld unsupported", (long long)whence);
    if (!check_usable(vm, b, "seek of closed file") || !check_seekable(vm, b) ||
        !object_index_i64(vm, args[1], &offset))
        return VALUE_EMPTY;
    if (whence == SEEK_CUR) {
        int64_t at = position(vm, b);
        if (at < 0)
            return VALUE_EMPTY;
        offset += at;
        whence = SEEK_SET;
    }
    if (whence == SEEK_SET && b->mode & BUFFERED_READ && (!b->out || !b->out->size) && seek_within(vm, b, offset))
        return int_from_i64(vm, offset);
    if (vm->error || !buffered_flush_out(vm, b))
        return VALUE_EMPTY;
    b->in_start = b->in_end = 0;
    int64_t at = raw_seek(vm, b, offset, (int)whence);
    return at < 0 ? VALUE_EMPTY : int_from_i64(vm, at);
}

static Value buffered_truncate(VM *vm, Value *args, int nargs)
{
    Buffered *b = as_buffered(args[0]);
    if (!check_usable(vm, b, "truncate of closed file"))
        return VALUE_EMPTY;
    if (!(b->mode & BUFFERED_WRITE))
        return raise_unsupported(vm, "truncate");
    if (!buffered_flush_out(vm, b) || !drop_ahead(vm, b))
        return VALUE_EMPTY;
    return io_call(vm, b->raw, "truncate", nargs > 1 ? args + 1 : NULL, nargs > 1);
}

// ---- flush, close, detach

static bool flush_all(VM *vm, Buffered *b)
{
    return buffered_flush_out(vm, b) && (!b->random || drop_ahead(vm, b));
}

static Value buffered_flush(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Buffered *b = as_buffered(args[0]);
    if (!check_usable(vm, b, "flush of closed file"))
        return VALUE_EMPTY;
    if (!(b->mode & BUFFERED_WRITE))
        return io_call(vm, b->raw, "flush", NULL, 0);
    return flush_all(vm, b) ? VALUE_NONE : VALUE_EMPTY;
}

static Value buffered_close(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Buffered *b = as_buffered(args[0]);
    if (!check_usable(vm, b, NULL))
        return VALUE_EMPTY;
    bool closed = false;
    if (!io_is_closed(vm, b->raw, &closed))
        return VALUE_EMPTY;
    if (closed)
        return VALUE_NONE;
    Value flushed = io_call(vm, args[0], "flush", NULL, 0);
    Value error = vm->error;
    bool fresh = vm->error_fresh;
    vm->error = VALUE_EMPTY;
    if (b->out)
        b->out->size = 0; // what could not be written is lost
    Value result = io_call(vm, b->raw, "close", NULL, 0);
    b->in_start = b->in_end = 0;
    if (flushed)
        return result;
    if (!vm->error) {
        vm->error = error;
        vm->error_fresh = fresh;
    } else if (is_exception(vm->error) && !as_exception(vm->error)->context) {
        as_exception(vm->error)->context = error;
    }
    return VALUE_EMPTY;
}

static Value buffered_detach(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Buffered *b = as_buffered(args[0]);
    if (!check_usable(vm, b, NULL) || !io_call(vm, args[0], "flush", NULL, 0))
        return VALUE_EMPTY;
    Value raw = b->raw;
    b->raw = VALUE_EMPTY;
    b->detached = true;
    return raw;
}

#define FORWARD(id) \
    static Value buffered_##id(VM *vm, Value *args, int nargs) \
    { \
        (void)nargs; \
        Buffered *b = as_buffered(args[0]); \
        return check_usable(vm, b, NULL) ? io_call(vm, b->raw, #id, NULL, 0) : VALUE_EMPTY; \
    }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)

static Value raw_attribute(VM *vm, Value self, Str *name)
{
    return name && check_usable(vm, as_buffered(self), NULL) ? object_getattr(vm, as_buffered(self)->raw, name)
                                                             : VALUE_EMPTY;
}
static Value get_closed(VM *vm, Value self) { return raw_attribute(vm, self, str_intern_text(vm, "closed", 6)); }
static Value get_name(VM *vm, Value self) { return raw_attribute(vm, self, NAME_OF(vm, name)); }
static Value get_mode(VM *vm, Value self) { return raw_attribute(vm, self, NAME_OF(vm, mode)); }
static Value get_raw(VM *vm, Value self)
{
    return (void)vm, as_buffered(self)->raw ? as_buffered(self)->raw : VALUE_NONE;
}

static Value buffered_repr(VM *vm, Value self)
{
    Str *type = type_full_name(vm, type_of(vm, self));
    return type ? from_object(io_name_repr(vm, self, type->data)) : VALUE_EMPTY;
}

// ---- tables

#define COMMON_METHODS \
    {"detach(self, /)", buffered_detach, "Disconnect this buffer from its underlying raw stream and return it.", NATIVE_RAW, 1, 1}, \
    {"flush(self, /)", buffered_flush, "Flush write buffers.", NATIVE_RAW, 1, 1}, \
    {"close(self, /)", buffered_close, "Flush and close.", NATIVE_RAW, 1, 1}, \
    {"seekable(self, /)", buffered_seekable, NULL, NATIVE_RAW, 1, 1}, \
    {"fileno(self, /)", buffered_fileno, NULL, NATIVE_RAW, 1, 1}, \
    {"isatty(self, /)", buffered_isatty, NULL, NATIVE_RAW, 1, 1}, \
    {"seek(self, target, whence=0, /)", buffered_seek, "Change the stream position.", NATIVE_RAW, 2, 3}, \
    {"tell(self, /)", buffered_tell, "Current position.", NATIVE_RAW, 1, 1}, \
    {"truncate(self, size=None, /)", buffered_truncate, NULL, NATIVE_RAW, 1, 2}

#define READ_METHODS \
    {"read(self, size=-1, /)", buffered_read, "Read and return up to n bytes.", NATIVE_RAW, 1, 2}, \
    {"read1(self, size=-1, /)", buffered_read1, "Read with at most one read() call of the raw stream.", NATIVE_RAW, 1, 2}, \
    {"readinto(self, buffer, /)", buffered_readinto, NULL, NATIVE_RAW, 2, 2}, \
    {"readinto1(self, buffer, /)", buffered_readinto1, NULL, NATIVE_RAW, 2, 2}, \
    {"peek(self, size=0, /)", buffered_peek, "Bytes that come next, without advancing.", NATIVE_RAW, 1, 2}, \
    {"readline(self, size=-1, /)", buffered_readline, "Read a line.", NATIVE_RAW, 1, 2}, \
    {"readable(self, /)", buffered_readable, NULL, NATIVE_RAW, 1, 1}

#define WRITE_METHODS \
    {"write(self, buffer, /)", buffered_write, "Write the given buffer.", NATIVE_RAW, 2, 2}, \
    {"writable(self, /)", buffered_writable, NULL, NATIVE_RAW, 1, 1}

#define INIT_METHOD {"__init__(self, raw, buffer_size=8192)", buffered_init, NULL, 0, 0, 0}

static const NativeDef reader_methods[] = {INIT_METHOD, COMMON_METHODS, READ_METHODS, {0}};
static const NativeDef writer_methods[] = {INIT_METHOD, COMMON_METHODS, WRITE_METHODS, {0}};
static const NativeDef random_methods[] = {INIT_METHOD, COMMON_METHODS, READ_METHODS, WRITE_METHODS, {0}};
static const GetSetDef getsets[] = {
    {"closed", get_closed, NULL, NULL}, {"name", get_name, NULL, NULL}, {"mode", get_mode, NULL, NULL}, {"raw", get_raw, NULL, NULL}, {0},
};
static const TypeOps ops = {
    .mark = buffered_mark, .finalize = buffered_finalize, .repr = buffered_repr, .iter = io_iter, .next = buffered_next,
};

#define BUFFERED_TYPE(id, text, table) \
    const TypeDef id = { \
        .name = "_io." text, .kind = KIND_OTHER, .size = sizeof(Buffered), .ops = &ops, .methods = table, \
        .getsets = getsets, \
        .make = {text "(cls, raw=<unset>, buffer_size=8192)", buffered_make, NULL, 0, 0, 0}, \
        .flags = TYPE_BASE | TYPE_EXTRA | TYPE_FINALIZE, \
    }
BUFFERED_TYPE(buffered_reader_def, "BufferedReader", reader_methods);
BUFFERED_TYPE(buffered_writer_def, "BufferedWriter", writer_methods);
BUFFERED_TYPE(buffered_random_def, "BufferedRandom", random_methods);
