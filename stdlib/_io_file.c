// SPDX-License-Identifier: MIT
//
// FileIO: an open file descriptor as a raw stream, or one of the host's functions behind a standard stream.

#include "_io.h"

#include <errno.h>

static void file_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((FileIO *)o)->name);
    gc_mark(gc, ((FileIO *)o)->attributes);
}

static void file_finalize(VM *vm, Object *o)
{
    open_file_release(vm, ((FileIO *)o)->file);
    ((FileIO *)o)->file = NULL;
}

// ---- opening

// The mode's letters into the object and open(2)'s flags.
static bool parse_mode(VM *vm, FileIO *f, const char *mode, int *flags)
{
    int kinds = 0, plus = 0, bad = 0;
    *flags = 0;
    f->readable = f->writable = f->appending = f->created = false;
    for (const char *p = mode; *p; p++) {
        switch (*p) {
        case 'x': f->created = f->writable = true; *flags |= O_EXCL | O_CREAT; kinds++; break;
        case 'r': f->readable = true; kinds++; break;
        case 'w': f->writable = true; *flags |= O_CREAT | O_TRUNC; kinds++; break;
        case 'a': f->writable = f->appending = true; *flags |= O_APPEND | O_CREAT; kinds++; break;
        case '+': f->readable = f->writable = true; plus++; break;
        case 'b': break;
        default: bad = 1;
        }
    }
    if (bad)
        return raise_value(vm, "invalid mode: %s", mode), false;
    if (kinds != 1 || plus > 1)
        return raise_value(vm, "Must have exactly one of create/read/write/append mode and at most one plus"), false;
    *flags |= f->readable && f->writable ? O_RDWR : f->readable ? O_RDONLY : O_WRONLY;
    return true;
}

// A path argument as NUL-terminated bytes inside *keep. False: error.
static bool path_bytes(VM *vm, Value name, Value *keep)
{
    if (!is_str(name) && !is_bytes(name)) {
        Value method = type_lookup(vm, type_of(vm, name), NAME_OF(vm, __fspath__));
        if (!method)
            return raise_type(vm, "expected str, bytes or os.PathLike object, not %T", name), false;
        if (!(name = call_method(vm, name, NAME_OF(vm, __fspath__), NULL, 0)))
            return false;
        if (!is_str(name) && !is_bytes(name))
            return raise_type(vm, "expected str, bytes or os.PathLike object, not %T", name), false;
    }
    *keep = is_bytes(name) ? name : str_encode(vm, as_str(name), "utf-8", "surrogateescape");
    if (!*keep)
        return false;
    if (memchr(as_bytes(*keep)->data, 0, as_bytes(*keep)->size))
        return raise_value(vm, "embedded null byte"), false;
    return true;
}

static int open_with(VM *vm, Value opener, Value name, int flags)
{
    Value v = call2(vm, opener, name, from_small(flags | O_CLOEXEC));
    int64_t fd;
    if (!v)
        return -1;
    if (!is_int_like(v))
        return raise_type(vm, "expected integer from opener"), -1;
    if (!object_index_i64(vm, v, &fd))
        return -1;
    if (fd < 0)
        return raise_value(vm, "opener returned %lld", (long long)fd), -1;
    return (int)fd;
}

static int open_path(VM *vm, Value name, int flags)
{
    Value path;
    if (!path_bytes(vm, name, &path))
        return -1;
    io_settle(vm, as_bytes(path)->data);
    int fd = sys_open(vm, as_bytes(path)->data, flags, 0666);
    if (fd < 0)
        sys_raise(vm, errno, name);
    return fd;
}

static bool descriptor_of(VM *vm, Value v, int *out)
{
    int64_t n;
    *out = -1;
    if (!is_int_like(v))
        return true;
    if (!object_index_i64(vm, v, &n))
        return false;
    if (n < 0)
        return raise_value(vm, "negative file descriptor"), false;
    *out = n > INT32_MAX ? INT32_MAX : (int)n;
    return true;
}

// Looks at what was opened: folders are refused, appending starts at the end.
static bool settle(VM *vm, FileIO *f, Value name)
{
    struct stat st;
    if (sys_fstat(vm, f->file->fd, &st) < 0) {
        if (errno == EBADF)
            return sys_raise(vm, errno, VALUE_EMPTY), false;
    } else if (S_ISDIR(st.st_mode)) {
        return sys_raise(vm, EISDIR, name), false;
    }
    if (f->appending)
        open_file_seek(vm, f->file, 0, SEEK_END);
    return true;
}

static void let_go(VM *vm, FileIO *f)
{
    open_file_release(vm, f->file);
    f->file = NULL;
}

static bool file_set_up(VM *vm, FileIO *f, Value name, const char *mode, bool close_fd, Value opener)
{
    int flags, fd;
    let_go(vm, f);
    f->ready = true;
    f->seekable = -1;
    if (!descriptor_of(vm, name, &fd) || !parse_mode(vm, f, mode, &flags))
        return false;
    bool own = fd < 0;
    if (own && !close_fd)
        return raise_value(vm, "Cannot use closefd=False with file name"), false;
    if (own)
        fd = is_none(opener) ? open_path(vm, name, flags) : open_with(vm, opener, name, flags);
    if (fd < 0)
        return false;
    f->file = open_file_new(vm, fd, close_fd, NULL);
    if (!f->file) {
        if (own)
            sys_close(vm, fd);
        return false;
    }
    f->name = name;
    gc_barrier(vm, f);
    if (settle(vm, f, name))
        return true;
    f->file->close_fd = own; // a descriptor of the caller stays open
    let_go(vm, f);
    return false;
}

Value file_open(VM *vm, Value name, const char *mode, bool close_fd, Value opener)
{
    FileIO *f = type_new_of(vm, &file_io_def);
    return f && file_set_up(vm, f, name, mode, close_fd, opener) ? from_object(f) : VALUE_EMPTY;
}

Value file_over_stream(VM *vm, const AiolosStream *stream, Value name, bool writing)
{
    FileIO *f = type_new_of(vm, &file_io_def);
    if (!f || !(f->file = open_file_new(vm, -1, false, stream)))
        return VALUE_EMPTY;
    f->ready = true;
    f->seekable = 0;
    f->readable = !writing;
    f->writable = writing;
    f->name = name;
    return from_object(f);
}

static bool init_from(VM *vm, FileIO *f, Value *args)
{
    if (!is_str(args[2]))
        return raise_type(vm, "FileIO() argument 'mode' must be str, not %T", args[2]), false;
    int close_fd = object_truth(vm, args[3]);
    return close_fd >= 0 && file_set_up(vm, f, args[1], as_str(args[2])->data, close_fd, args[4]);
}

static Value file_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    FileIO *f = type_alloc(vm, as_type(args[0]), 0);
    if (!f)
        return VALUE_EMPTY;
    if (!args[1])
        return as_type(args[0])->flags & TYPE_HEAP
                   ? from_object(f)
                   : raise_type(vm, "FileIO() missing required argument 'file' (pos 1)");
    return init_from(vm, f, args) ? from_object(f) : VALUE_EMPTY;
}

static Value file_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return init_from(vm, as_file(args[0]), args) ? VALUE_NONE : VALUE_EMPTY;
}

// ---- work

static bool check_usable(VM *vm, FileIO *f)
{
    if (f->file)
        return true;
    raise_closed(vm, f->ready ? "I/O operation on closed file" : "raw stream has not been initialized");
    return false;
}

static bool check_read(VM *vm, FileIO *f)
{
    if (!check_usable(vm, f))
        return false;
    return f->readable || (raise_unsupported(vm, "File not open for reading"), false);
}

static bool check_write(VM *vm, FileIO *f)
{
    if (!check_usable(vm, f))
        return false;
    return f->writable || (raise_unsupported(vm, "File not open for writing"), false);
}

int64_t file_read_into(VM *vm, FileIO *f, char *buffer, size_t size)
{
    if (!check_read(vm, f))
        return -1;
    ssize_t n = open_file_read(vm, f->file, buffer, size);
    // A wait that ended in the moment of an interrupt: the interrupt comes first.
    if (unlikely(atomic_load_explicit(&vm->attention, memory_order_relaxed) & ATTENTION_INTERRUPT) && n == 0 &&
        !vm_tick_slow(vm))
        return -1;
    if (n >= 0)
        return n;
    if (errno == EAGAIN)
        return -2;
    sys_raise(vm, errno, VALUE_EMPTY);
    return -1;
}

int64_t file_write_from(VM *vm, FileIO *f, const char *data, size_t size)
{
    if (!check_write(vm, f))
        return -1;
    ssize_t n = open_file_write(vm, f->file, data, size);
    if (n >= 0)
        return n;
    if (errno == EAGAIN)
        return -2;
    sys_raise(vm, errno, VALUE_EMPTY);
    return -1;
}

int64_t file_seek(VM *vm, FileIO *f, int64_t offset, int whence)
{
    if (!check_usable(vm, f))
        return -1;
    int64_t at = open_file_seek(vm, f->file, offset, whence);
    if (at < 0)
        sys_raise(vm, errno, VALUE_EMPTY);
    return at;
}

bool file_can_seek(VM *vm, FileIO *f)
{
    if (f->seekable < 0)
        f->seekable = open_file_seek(vm, f->file, 0, SEEK_CUR) >= 0;
    return f->seekable;
}

static Value count_or_none(int64_t n) { return n == -1 ? VALUE_EMPTY : n == -2 ? VALUE_NONE : from_small(n); }

static Value file_write(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    if (!check_write(vm, as_file(args[0])) || !bytes_view_or_raise(vm, args[1], &data, &size))
        return VALUE_EMPTY;
    return count_or_none(file_write_from(vm, as_file(args[0]), data, size));
}

static Value file_readinto(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    char *data;
    size_t size;
    if (!check_read(vm, as_file(args[0])))
        return VALUE_EMPTY;
    if (!bytes_view_writable(args[1], &data, &size))
        return raise_type(vm, "readinto() argument must be read-write bytes-like object, not %T", args[1]);
    return count_or_none(file_read_into(vm, as_file(args[0]), data, size));
}

static Value cut(VM *vm, Value all, size_t size)
{
    return size == as_bytes(all)->size ? all : bytes_new(vm, as_bytes(all)->data, size);
}

static Value read_all(VM *vm, FileIO *f)
{
    struct stat st;
    size_t capacity = BUFFER_SIZE, used = 0;
    if (!check_read(vm, f))
        return VALUE_EMPTY;
    if (!f->file->stream && sys_fstat(vm, f->file->fd, &st) == 0 && S_ISREG(st.st_mode)) {
        int64_t at = open_file_seek(vm, f->file, 0, SEEK_CUR);
        if (at >= 0 && st.st_size > at)
            capacity = (size_t)(st.st_size - at) + 1;
    }
    Value all = bytes_new(vm, NULL, capacity);
    while (all) {
        if (used == capacity) {
            Value more = bytes_new(vm, NULL, capacity *= 2);
            if (!more)
                return VALUE_EMPTY;
            memcpy(as_bytes(more)->data, as_bytes(all)->data, used);
            all = more;
        }
        int64_t n = file_read_into(vm, f, as_bytes(all)->data + used, capacity - used);
        if (n == -1 || (n == -2 && used == 0))
            return n == -1 ? VALUE_EMPTY : VALUE_NONE;
        if (n <= 0)
            return cut(vm, all, used);
        used += (size_t)n;
    }
    return VALUE_EMPTY;
}

static Value file_readall(VM *vm, Value *args, int nargs) { return (void)nargs, read_all(vm, as_file(args[0])); }

static Value file_read(VM *vm, Value *args, int nargs)
{
    int64_t size = -1;
    FileIO *f = as_file(args[0]);
    if (!check_read(vm, f) || (nargs > 1 && !io_size_argument(vm, args[1], &size)))
        return VALUE_EMPTY;
    if (size < 0)
        return read_all(vm, f);
    Value data = bytes_new(vm, NULL, (size_t)size);
    int64_t n = data ? file_read_into(vm, f, as_bytes(data)->data, (size_t)size) : -1;
    return n < 0 ? count_or_none(n) : cut(vm, data, (size_t)n);
}

static Value file_seek_method(VM *vm, Value *args, int nargs)
{
    int64_t offset, whence = 0;
    if (!check_usable(vm, as_file(args[0])) || !object_index_i64(vm, args[1], &offset) ||
        (nargs > 2 && !object_index_i64(vm, args[2], &whence)))
        return VALUE_EMPTY;
    int64_t at = file_seek(vm, as_file(args[0]), offset, (int)whence);
    return at < 0 ? VALUE_EMPTY : int_from_i64(vm, at);
}

static Value file_tell(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t at = file_seek(vm, as_file(args[0]), 0, SEEK_CUR);
    return at < 0 ? VALUE_EMPTY : int_from_i64(vm, at);
}

static Value file_truncate(VM *vm, Value *args, int nargs)
{
    FileIO *f = as_file(args[0]);
    int64_t size;
    if (!check_write(vm, f))
        return VALUE_EMPTY;
    if (nargs < 2 || is_none(args[1])) {
        if ((size = file_seek(vm, f, 0, SEEK_CUR)) < 0)
            return VALUE_EMPTY;
    } else if (!object_index_i64(vm, args[1], &size)) {
        return VALUE_EMPTY;
    }
    return sys_truncate(vm, f->file->fd, size) < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : int_from_i64(vm, size);
}

static Value file_close(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    FileIO *f = as_file(args[0]);
    if (!f->file)
        return VALUE_NONE;
    // The descriptor goes now, whoever else holds the structure.
    int fd = f->file->fd;
    bool own = f->file->close_fd;
    if (own)
        f->file->fd = -1;
    let_go(vm, f);
    if (own && fd >= 0 && sys_close(vm, fd) < 0)
        return sys_raise(vm, errno, VALUE_EMPTY);
    return VALUE_NONE;
}

static Value file_fileno(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    FileIO *f = as_file(args[0]);
    if (!check_usable(vm, f))
        return VALUE_EMPTY;
    return f->file->stream ? raise_unsupported(vm, "fileno") : from_small(f->file->fd);
}

static Value file_isatty(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    FileIO *f = as_file(args[0]);
    return check_usable(vm, f) ? from_bool(!f->file->stream && sys_isatty(vm, f->file->fd)) : VALUE_EMPTY;
}

static Value file_readable(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return check_usable(vm, as_file(args[0])) ? from_bool(as_file(args[0])->readable) : VALUE_EMPTY;
}
static Value file_writable(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return check_usable(vm, as_file(args[0])) ? from_bool(as_file(args[0])->writable) : VALUE_EMPTY;
}
static Value file_seekable(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return check_usable(vm, as_file(args[0])) ? from_bool(file_can_seek(vm, as_file(args[0]))) : VALUE_EMPTY;
}

// ---- attributes

static const char *mode_text(const FileIO *f)
{
    if (f->created)
        return f->readable ? "xb+" : "xb";
    if (f->appending)
        return f->readable ? "ab+" : "ab";
    return f->readable ? (f->writable ? "rb+" : "rb") : "wb";
}

static Value get_mode(VM *vm, Value self) { return from_object(str_from(vm, mode_text(as_file(self)))); }
static Value get_closed(VM *vm, Value self) { return (void)vm, from_bool(!as_file(self)->file); }
static Value get_closefd(VM *vm, Value self)
{
    return (void)vm, from_bool(!as_file(self)->file || as_file(self)->file->close_fd);
}

static Value get_name(VM *vm, Value self)
{
    return as_file(self)->name ? as_file(self)->name : raise_attribute(vm, self, NAME_OF(vm, name));
}

static bool set_name(VM *vm, Value self, Value v)
{
    as_file(self)->name = v;
    gc_barrier(vm, as_object(self));
    return true;
}

static Value file_repr(VM *vm, Value self)
{
    FileIO *f = as_file(self);
    if (!f->file)
        return from_object(str_from(vm, "<_io.FileIO [closed]>"));
    const char *close_fd = f->file->close_fd ? "True" : "False";
    if (f->name)
        return from_object(
            str_format(vm, "<_io.FileIO name=%R mode='%s' closefd=%s>", f->name, mode_text(f), close_fd));
    return from_object(str_format(vm, "<_io.FileIO fd=%d mode='%s' closefd=%s>", f->file->fd, mode_text(f), close_fd));
}

static const NativeDef methods[] = {
    {"__init__(self, file, mode='r', closefd=True, opener=None)", file_init, NULL, 0, 0, 0},
    {"read(self, size=-1, /)", file_read, "Read at most size bytes, returned as bytes.", NATIVE_RAW, 1, 2},
    {"readall(self, /)", file_readall, "Read all data from the file, returned as bytes.", NATIVE_RAW, 1, 1},
    {"readinto(self, buffer, /)", file_readinto, "Same as RawIOBase.readinto().", NATIVE_RAW, 2, 2},
    {"write(self, data, /)", file_write, "Write buffer to file, return number of bytes written.", NATIVE_RAW, 2, 2},
    {"seek(self, offset, whence=0, /)", file_seek_method, "Move to new file position and return the file position.", NATIVE_RAW, 2, 3},
    {"tell(self, /)", file_tell, "Current file position.", NATIVE_RAW, 1, 1},
    {"truncate(self, size=None, /)", file_truncate, "Truncate the file to at most size bytes.", NATIVE_RAW, 1, 2},
    {"close(self, /)", file_close, "Close the file.", NATIVE_RAW, 1, 1},
    {"seekable(self, /)", file_seekable, "True if file supports random-access.", NATIVE_RAW, 1, 1},
    {"readable(self, /)", file_readable, "True if file was opened in a read mode.", NATIVE_RAW, 1, 1},
    {"writable(self, /)", file_writable, "True if file was opened in a write mode.", NATIVE_RAW, 1, 1},
    {"fileno(self, /)", file_fileno, "Return the underlying file descriptor (an integer).", NATIVE_RAW, 1, 1},
    {"isatty(self, /)", file_isatty, "True if the file is connected to a TTY device.", NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef getsets[] = {
    {"closed", get_closed, NULL, "True if the file is closed"},
    {"closefd", get_closefd, NULL, "True if the file descriptor will be closed by close()."},
    {"mode", get_mode, NULL, "String giving the file mode"},
    {"name", get_name, set_name, NULL},
    {0},
};
static const TypeOps ops = {
    .mark = file_mark, .finalize = file_finalize, .repr = file_repr, .iter = io_iter, .next = io_next_line};

const TypeDef file_io_def = {
    .name = "_io.FileIO",
    .kind = KIND_OTHER,
    .size = sizeof(FileIO),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"FileIO(cls, file=<unset>, mode='r', closefd=True, opener=None)", file_make, NULL, 0, 0, 0},
    .doc = "Open a file.",
    .flags = TYPE_BASE | TYPE_EXTRA | TYPE_FINALIZE,
};
