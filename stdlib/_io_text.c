// SPDX-License-Identifier: MIT
//
// TextIOWrapper: characters over a buffered stream. This file makes it and writes; reading is in _io_text_read.c.
// Written text is encoded at once and gathered in `pending`; it goes to the buffer when there is a chunk of it, and
// further down when a line ends and line_buffering is on.

#include "_io_text.h"

#define CHUNK_SIZE 8192

static void text_mark(Gc *gc, Object *o)
{
    Text *t = (Text *)o;
    gc_mark(gc, t->buffer);
    gc_mark(gc, t->encoding);
    gc_mark(gc, t->errors);
    gc_mark_object(gc, (Object *)t->decoded);
    gc_mark_buffer(gc, t->raw);
    gc_mark(gc, t->mode);
    gc_mark(gc, t->attributes);
}

static void drop_pending(VM *vm, Text *t)
{
    mem_realloc(vm, t->pending, t->pending_capacity, 0);
    t->pending = NULL;
    t->pending_size = t->pending_capacity = 0;
}

static void let_buffer_go(VM *vm, Text *t)
{
    if (t->out && t->out->text == t)
        t->out->text = NULL;
    out_buffer_release(vm, t->out);
    t->out = NULL;
}

static void text_finalize(VM *vm, Object *o)
{
    Text *t = (Text *)o;
    if (t->out && t->pending_size) {
        out_buffer_drain(vm, t->out);
        open_file_write_all(vm, t->out->file, t->pending, t->pending_size);
    }
    drop_pending(vm, t);
    let_buffer_go(vm, t);
}

// ---- construction

uint8_t text_codec(const Str *encoding)
{
    static const struct { const char *name; uint8_t codec; } names[] = {
        {"utf8", CODEC_UTF8}, {"u8", CODEC_UTF8}, {"cp65001", CODEC_UTF8}, {"utf8sig", CODEC_UTF8_SIG}, {"ascii", CODEC_ASCII},
        {"usascii", CODEC_ASCII}, {"646", CODEC_ASCII}, {"latin1", CODEC_LATIN1}, {"iso88591", CODEC_LATIN1}, {"latin", CODEC_LATIN1},
        {"l1", CODEC_LATIN1}, {"utf16", CODEC_UTF16}, {"u16", CODEC_UTF16}, {"utf16le", CODEC_UTF16_LE}, {"utf16be", CODEC_UTF16_BE},
        {"utf32", CODEC_UTF32}, {"u32", CODEC_UTF32}, {"utf32le", CODEC_UTF32_LE}, {"utf32be", CODEC_UTF32_BE},
    };
    char plain[16];
    size_t n = 0;
    for (uint32_t i = 0; i < encoding->size; i++) {
        char c = encoding->data[i];
        if (c == '-' || c == '_' || c == ' ')
            continue;
        if (n == sizeof plain - 1)
            return CODEC_OTHER;
        plain[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    plain[n] = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(plain, names[i].name) == 0)
            return names[i].codec;
    return CODEC_OTHER;
}

static bool set_newline(VM *vm, Text *t, Value newline)
{
    if (!is_none(newline) && !is_str(newline))
        return raise_type(vm, "TextIOWrapper() argument 'newline' must be str or None, not %T", newline), false;
    const char *s = is_none(newline) ? NULL : as_str(newline)->data;
    if (s && strcmp(s, "") != 0 && strcmp(s, "\n") != 0 && strcmp(s, "\r") != 0 && strcmp(s, "\r\n") != 0)
        return raise_value(vm, "illegal newline value: %S", newline), false;
    t->universal = !s || !*s;
    t->translate = !s;
    strcpy(t->read_end, s && *s ? s : "\n");
    strcpy(t->write_end, s && *s && strcmp(s, "\n") != 0 ? s : "");
    return true;
}

static bool set_encoding(VM *vm, Text *t, Value encoding)
{
    if (!is_none(encoding) && !is_str(encoding))
        return raise_type(vm, "TextIOWrapper() argument 'encoding' must be str or None, not %T", encoding), false;
    if (is_none(encoding) || str_is(as_str(encoding), "locale")) {
        Str *s = str_from(vm, "UTF-8");
        if (!s)
            return false;
        encoding = from_object(s);
    }
    Str *name = as_str(encoding);
    if (memchr(name->data, 0, name->size))
        return raise_value(vm, "embedded null character"), false;
    t->codec = t->decoder = text_codec(name);
    if (t->codec == CODEC_OTHER && !str_encode(vm, vm->empty_str, name->data, "strict")) // is there such an encoding?
        return false;
    t->encoding = encoding;
    return true;
}

static bool set_errors(VM *vm, Text *t, Value errors)
{
    if (!is_none(errors) && !is_str(errors))
        return raise_type(vm, "TextIOWrapper() argument 'errors' must be str or None, not %T", errors), false;
    Str *s = is_none(errors) ? str_from(vm, "strict") : as_str(errors);
    t->errors = from_object(s);
    return s != NULL;
}

// Whether writing starts at the start of the stream: only there a byte order mark is written.
static bool look_at_position(VM *vm, Text *t)
{
    t->bom_written = false;
    if (!t->seekable || !t->writable ||
        (t->codec != CODEC_UTF16 && t->codec != CODEC_UTF32 && t->codec != CODEC_UTF8_SIG))
        return true;
    Value at = io_call(vm, t->buffer, "tell", NULL, 0);
    t->bom_written = at && at != INT_ZERO;
    return at != VALUE_EMPTY;
}

static void share_buffer(VM *vm, Text *t)
{
    let_buffer_go(vm, t);
    t->out = is_own_buffered(vm, t->buffer) ? as_buffered(t->buffer)->out : NULL;
    if (!t->out)
        return;
    t->out->users++;
    t->out->text = t;
}

static bool text_set_up(VM *vm, Text *t, Value buffer, Value encoding, Value errors, Value newline, bool lines,
                        bool through)
{
    t->buffer = VALUE_EMPTY;
    text_forget(t);
    if (!set_encoding(vm, t, encoding) || !set_errors(vm, t, errors) || !set_newline(vm, t, newline))
        return false;
    t->line_buffering = lines;
    t->write_through = through;
    t->at_start = true;
    t->chunk_size = CHUNK_SIZE;
    if (!io_call_bool(vm, buffer, "readable", &t->readable) || !io_call_bool(vm, buffer, "writable", &t->writable) ||
        !io_call_bool(vm, buffer, "seekable", &t->seekable))
        return false;
    t->telling = t->seekable;
    t->buffer = buffer;
    gc_barrier(vm, t);
    share_buffer(vm, t);
    return look_at_position(vm, t);
}

Value text_new(VM *vm, Value buffer, Value encoding, Value errors, Value newline, bool line_buffering,
               bool write_through)
{
    Text *t = type_new_of(vm, &text_wrapper_def);
    return t && text_set_up(vm, t, buffer, encoding, errors, newline, line_buffering, write_through) ? from_object(t)
                                                                                                     : VALUE_EMPTY;
}

static bool init_from(VM *vm, Text *t, Value *args)
{
    int lines = object_truth(vm, args[5]), through = lines < 0 ? -1 : object_truth(vm, args[6]);
    return through >= 0 && text_set_up(vm, t, args[1], args[2], args[3], args[4], lines, through);
}

static Value text_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Text *t = type_alloc(vm, as_type(args[0]), 0);
    if (!t)
        return VALUE_EMPTY;
    if (!args[1])
        return as_type(args[0])->flags & TYPE_HEAP ? from_object(t) :
               raise_type(vm, "TextIOWrapper() missing required argument 'buffer' (pos 1)");
    return init_from(vm, t, args) ? from_object(t) : VALUE_EMPTY;
}

static Value text_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return init_from(vm, as_text(args[0]), args) ? VALUE_NONE : VALUE_EMPTY;
}

bool text_check(VM *vm, Text *t, bool open)
{
    if (!t->buffer)
        return raise_value(vm, t->encoding ? "underlying buffer has been detached"
                                           : "I/O operation on uninitialized object"),
               false;
    if (!open)
        return true;
    bool closed;
    if (is_own_buffered(vm, t->buffer) && is_exact_file(vm, as_buffered(t->buffer)->raw))
        closed = !as_file(as_buffered(t->buffer)->raw)->file;
    else if (!io_is_closed(vm, t->buffer, &closed))
        return false;
    return !closed || (raise_closed(vm, "I/O operation on closed file."), false);
}

// ---- writing

bool text_write_out(VM *vm, Text *t)
{
    size_t size = t->pending_size;
    if (size == 0)
        return true;
    t->pending_size = 0;
    if (is_own_buffered(vm, t->buffer))
        return buffered_write_bytes(vm, as_buffered(t->buffer), t->pending, size);
    Value bytes = bytes_new(vm, t->pending, size);
    while (bytes && as_bytes(bytes)->size) {
        Value n = call_method(vm, t->buffer, NAME_OF(vm, write), &bytes, 1);
        int64_t written;
        if (!n || !is_exact_file(vm, t->buffer) || !is_small(n)) // only a raw file may take a part
            return n != VALUE_EMPTY;
        written = as_small(n);
        bytes = bytes_new(vm, as_bytes(bytes)->data + written, as_bytes(bytes)->size - (size_t)written);
    }
    return bytes != VALUE_EMPTY;
}

static bool add_pending(VM *vm, Text *t, const char *data, size_t size)
{
    if (t->pending_size && t->pending_size + size > t->chunk_size && !text_write_out(vm, t))
        return false;
    size_t wanted = t->pending_size + size;
    if (wanted > t->pending_capacity) {
        size_t capacity = wanted < 1024 ? 1024 : wanted < t->chunk_size ? t->chunk_size : wanted;
        char *moved = mem_realloc(vm, t->pending, t->pending_capacity, capacity);
        if (!moved)
            return raise_memory(vm), false;
        t->pending = moved;
        t->pending_capacity = capacity;
    }
    if (size) // or there may be no buffer yet
        memcpy(t->pending + t->pending_size, data, size);
    t->pending_size += size;
    return true;
}

// UTF-8 as it is in the string may go out unless it holds surrogates.
static bool has_surrogate(const Str *s)
{
    const char *p = s->data, *end = p + s->size;
    while ((p = memchr(p, '\xED', (size_t)(end - p)))) {
        if ((unsigned char)p[1] >= 0xA0)
            return true;
        p++;
    }
    return false;
}

static Value encode(VM *vm, Text *t, Str *s)
{
    const char *name = as_str(t->encoding)->data, *errors = as_str(t->errors)->data;
    if (t->bom_written && t->codec == CODEC_UTF16)
        name = "utf-16-le";
    if (t->bom_written && t->codec == CODEC_UTF32)
        name = "utf-32-le";
    if (t->bom_written && t->codec == CODEC_UTF8_SIG)
        name = "utf-8";
    t->bom_written = true;
    return str_encode(vm, s, name, errors);
}

static bool add_encoded(VM *vm, Text *t, Str *s)
{
    if (str_is_ascii(s) ? t->codec >= CODEC_UTF8 && t->codec <= CODEC_LATIN1 && t->codec != CODEC_UTF8_SIG
                        : t->codec == CODEC_UTF8 && !has_surrogate(s))
        return add_pending(vm, t, s->data, s->size);
    Value bytes = encode(vm, t, s);
    return bytes && add_pending(vm, t, as_bytes(bytes)->data, as_bytes(bytes)->size);
}

static Str *translate_out(VM *vm, Text *t, Str *s)
{
    StrBuilder b;
    builder_init(&b, vm);
    const char *p = s->data, *end = p + s->size, *nl;
    while ((nl = memchr(p, '\n', (size_t)(end - p)))) {
        builder_add(&b, p, (size_t)(nl - p));
        builder_add_cstr(&b, t->write_end);
        p = nl + 1;
    }
    builder_add(&b, p, (size_t)(end - p));
    return builder_finish(&b);
}

static Value text_write(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Text *t = as_text(args[0]);
    if (!is_str(args[1]))
        return raise_type(vm, "write() argument must be str, not %T", args[1]);
    if (!text_check(vm, t, true))
        return VALUE_EMPTY;
    if (!t->writable)
        return raise_unsupported(vm, "not writable");
    Str *s = as_str(args[1]);
    uint32_t length = s->length;
    bool line = (t->line_buffering || t->write_end[0]) && memchr(s->data, '\n', s->size);
    bool flush = t->line_buffering && (line || memchr(s->data, '\r', s->size));
    if (line && t->write_end[0] && !(s = translate_out(vm, t, s)))
        return VALUE_EMPTY;
    if (!add_encoded(vm, t, s))
        return VALUE_EMPTY;
    if ((t->pending_size >= t->chunk_size || flush || t->write_through) && !text_write_out(vm, t))
        return VALUE_EMPTY;
    if (flush && !(is_own_buffered(vm, t->buffer) && !(as_buffered(t->buffer)->mode & BUFFERED_READ)
                       ? buffered_flush_out(vm, as_buffered(t->buffer))
                       : io_call(vm, t->buffer, "flush", NULL, 0) != VALUE_EMPTY))
        return VALUE_EMPTY;
    if (t->decoded || t->raw_size)
        text_forget(t);
    return from_small(length);
}

// ---- flush, close, detach, reconfigure

static Value text_flush(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Text *t = as_text(args[0]);
    if (!text_check(vm, t, true))
        return VALUE_EMPTY;
    t->telling = t->seekable;
    return text_write_out(vm, t) ? io_call(vm, t->buffer, "flush", NULL, 0) : VALUE_EMPTY;
}

static Value text_close(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Text *t = as_text(args[0]);
    bool closed;
    if (!text_check(vm, t, false) || !io_is_closed(vm, t->buffer, &closed))
        return VALUE_EMPTY;
    if (closed)
        return VALUE_NONE;
    Value flushed = io_call(vm, args[0], "flush", NULL, 0), error = vm->error;
    bool fresh = vm->error_fresh;
    vm->error = VALUE_EMPTY;
    t->pending_size = 0;
    Value result = io_call(vm, t->buffer, "close", NULL, 0);
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

static Value text_detach(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Text *t = as_text(args[0]);
    if (!text_check(vm, t, false) || !io_call(vm, args[0], "flush", NULL, 0))
        return VALUE_EMPTY;
    Value buffer = t->buffer;
    t->buffer = VALUE_EMPTY;
    let_buffer_go(vm, t);
    return buffer;
}

// self, encoding, errors, newline, line_buffering, write_through
static Value text_reconfigure(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Text *t = as_text(args[0]);
    bool recode = !is_none(args[1]) || !is_none(args[2]) || args[3];
    if (!text_check(vm, t, false))
        return VALUE_EMPTY;
    if (t->decoded && recode)
        return raise_unsupported(vm,
                                 "It is not possible to set the encoding or newline of stream after the first read");
    int lines = is_none(args[4]) ? t->line_buffering : object_truth(vm, args[4]);
    int through = is_none(args[5]) ? t->write_through : object_truth(vm, args[5]);
    if (lines < 0 || through < 0 || !io_call(vm, args[0], "flush", NULL, 0))
        return VALUE_EMPTY;
    if (!is_none(args[1])) {
        if (!set_encoding(vm, t, args[1]) || (is_none(args[2]) && !set_errors(vm, t, VALUE_NONE)) ||
            !look_at_position(vm, t))
            return VALUE_EMPTY;
    }
    if ((!is_none(args[2]) && !set_errors(vm, t, args[2])) || (args[3] && !set_newline(vm, t, args[3])))
        return VALUE_EMPTY;
    t->line_buffering = lines;
    t->write_through = through;
    gc_barrier(vm, t);
    return VALUE_NONE;
}

static Value text_truncate(VM *vm, Value *args, int nargs)
{
    Text *t = as_text(args[0]);
    Value where = VALUE_NONE;
    if (!text_check(vm, t, true) || !io_call(vm, args[0], "flush", NULL, 0))
        return VALUE_EMPTY;
    if (nargs > 1)
        where = args[1];
    return io_call(vm, t->buffer, "truncate", &where, 1);
}

#define FORWARD(id) \
    static Value text_##id(VM *vm, Value *args, int nargs) \
    { \
        (void)nargs; \
        Text *t = as_text(args[0]); \
        return text_check(vm, t, false) ? io_call(vm, t->buffer, #id, NULL, 0) : VALUE_EMPTY; \
    }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)

// ---- attributes

static Value buffer_attribute(VM *vm, Value self, Str *name)
{
    return name && text_check(vm, as_text(self), false) ? object_getattr(vm, as_text(self)->buffer, name) : VALUE_EMPTY;
}
static Value get_closed(VM *vm, Value self) { return buffer_attribute(vm, self, str_intern_text(vm, "closed", 6)); }
static Value get_name(VM *vm, Value self) { return buffer_attribute(vm, self, NAME_OF(vm, name)); }
static Value get_buffer(VM *vm, Value self)
{
    return text_check(vm, as_text(self), false) ? as_text(self)->buffer : VALUE_EMPTY;
}
static Value get_encoding(VM *vm, Value self)
{
    return as_text(self)->encoding ? as_text(self)->encoding : ((void)vm, VALUE_NONE);
}
static Value get_errors(VM *vm, Value self)
{
    return text_check(vm, as_text(self), false) ? as_text(self)->errors : VALUE_EMPTY;
}
static Value get_line_buffering(VM *vm, Value self) { return (void)vm, from_bool(as_text(self)->line_buffering); }
static Value get_write_through(VM *vm, Value self) { return (void)vm, from_bool(as_text(self)->write_through); }
static Value get_chunk_size(VM *vm, Value self) { return (void)vm, from_small((int64_t)as_text(self)->chunk_size); }

static bool set_chunk_size(VM *vm, Value self, Value v)
{
    int64_t n;
    if (!v)
        return raise_exc(vm, EXC_AttributeError, "cannot delete attribute"), false;
    if (!object_index_i64(vm, v, &n))
        return false;
    if (n <= 0)
        return raise_value(vm, "a strictly positive integer is required"), false;
    as_text(self)->chunk_size = (size_t)n;
    return true;
}

static Value get_newlines(VM *vm, Value self)
{
    static const char *const texts[3] = {"\r", "\n", "\r\n"};
    Value found[3];
    int count = 0;
    for (int i = 0; i < 3; i++)
        if (as_text(self)->seen_newlines & 1 << i && !(found[count++] = from_object(str_from(vm, texts[i]))))
            return VALUE_EMPTY;
    return count == 0 ? VALUE_NONE : count == 1 ? found[0] : tuple_from(vm, found, count);
}

static Value get_mode(VM *vm, Value self)
{
    return as_text(self)->mode ? as_text(self)->mode : raise_attribute(vm, self, NAME_OF(vm, mode));
}

static bool set_mode(VM *vm, Value self, Value v)
{
    as_text(self)->mode = v;
    gc_barrier(vm, as_object(self));
    return true;
}

static Value text_repr(VM *vm, Value self)
{
    Text *t = as_text(self);
    Value name = t->buffer ? object_getattr_opt(vm, self, NAME_OF(vm, name)) : VALUE_EMPTY;
    if (vm->error && !error_is(vm, EXC_ValueError))
        return VALUE_EMPTY;
    error_clear(vm);
    StrBuilder b;
    builder_init(&b, vm);
    builder_add_cstr(&b, "<_io.TextIOWrapper");
    if (name) {
        builder_add_cstr(&b, " name=");
        builder_add_repr(&b, name);
    }
    if (t->mode) {
        builder_add_cstr(&b, " mode=");
        builder_add_repr(&b, t->mode);
    }
    builder_add_cstr(&b, " encoding=");
    builder_add_repr(&b, t->encoding ? t->encoding : VALUE_NONE);
    builder_add_char(&b, '>');
    return vm->error ? VALUE_EMPTY : from_object(builder_finish(&b));
}

static const NativeDef methods[] = {
    {"__init__(self, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)", text_init, NULL, 0, 0, 0},
    {"write(self, text, /)", text_write, "Write string s to stream. Return the number of characters written.", NATIVE_RAW, 2, 2},
    {"read(self, size=-1, /)", text_read, "Read at most size characters.", NATIVE_RAW, 1, 2},
    {"readline(self, size=-1, /)", text_readline, "Read until newline or EOF.", NATIVE_RAW, 1, 2},
    {"seek(self, cookie, whence=0, /)", text_seek, "Change the stream position to what tell() gave.", NATIVE_RAW, 2, 3},
    {"tell(self, /)", text_tell, "Return the current stream position.", NATIVE_RAW, 1, 1},
    {"truncate(self, pos=None, /)", text_truncate, NULL, NATIVE_RAW, 1, 2},
    {"flush(self, /)", text_flush, "Write out what is pending.", NATIVE_RAW, 1, 1},
    {"close(self, /)", text_close, "Flush and close.", NATIVE_RAW, 1, 1},
    {"detach(self, /)", text_detach, "Separate the underlying buffer and return it.", NATIVE_RAW, 1, 1},
    {"reconfigure(self, *, encoding=None, errors=None, newline=<unset>, line_buffering=None, write_through=None)", text_reconfigure,
     "Reconfigure the text stream with new parameters.", 0, 0, 0},
    {"seekable(self, /)", text_seekable, NULL, NATIVE_RAW, 1, 1},
    {"readable(self, /)", text_readable, NULL, NATIVE_RAW, 1, 1},
    {"writable(self, /)", text_writable, NULL, NATIVE_RAW, 1, 1},
    {"fileno(self, /)", text_fileno, NULL, NATIVE_RAW, 1, 1},
    {"isatty(self, /)", text_isatty, NULL, NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef getsets[] = {
    {"buffer", get_buffer, NULL, NULL}, {"encoding", get_encoding, NULL, NULL}, {"errors", get_errors, NULL, NULL},
    {"newlines", get_newlines, NULL, NULL}, {"line_buffering", get_line_buffering, NULL, NULL},
    {"write_through", get_write_through, NULL, NULL}, {"closed", get_closed, NULL, NULL}, {"name", get_name, NULL, NULL},
    {"mode", get_mode, set_mode, NULL}, {"_CHUNK_SIZE", get_chunk_size, set_chunk_size, NULL}, {0},
};
static const TypeOps ops = {
    .mark = text_mark, .finalize = text_finalize, .repr = text_repr, .iter = io_iter, .next = text_next};

const TypeDef text_wrapper_def = {
    .name = "_io.TextIOWrapper",
    .kind = KIND_OTHER,
    .size = sizeof(Text),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"TextIOWrapper(cls, buffer=<unset>, encoding=None, errors=None, newline=None, line_buffering=False, "
             "write_through=False)",
             text_make, NULL, 0, 0, 0},
    .doc = "Character and line based layer over a BufferedIOBase object, buffer.",
    .flags = TYPE_BASE | TYPE_EXTRA | TYPE_FINALIZE,
};
