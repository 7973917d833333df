// SPDX-License-Identifier: MIT
//
// Reading text: bytes come in chunks, a chunk is decoded up to the last whole character, newlines are translated, and
// lines and runs of characters are cut off the result. The bytes of the chunk are kept: they tell which byte position a
// character position is, so tell() gives plain byte offsets.
//
// A \r at the end of a chunk waits with the undecoded tail until it is known whether \n follows.

#define _GNU_SOURCE
#include "_io_text.h"

#include "lexer/utf8.h"

void text_forget(Text *t)
{
    t->decoded = NULL;
    t->used = 0;
    t->raw_skip = t->raw_decoded = t->raw_size = 0;
}

static size_t unit_size(uint8_t codec)
{
    if (codec >= CODEC_UTF32)
        return 4;
    return codec >= CODEC_UTF16 ? 2 : 1;
}

const char *text_encoding_of(const Text *t)
{
    switch (t->decoder) {
    case CODEC_UTF16_LE: return "utf-16-le";
    case CODEC_UTF16_BE: return "utf-16-be";
    case CODEC_UTF32_LE: return "utf-32-le";
    case CODEC_UTF32_BE: return "utf-32-be";
    case CODEC_UTF8: return "utf-8";
    default: return as_str(t->encoding)->data;
    }
}

// ---- decoding

// How many of the bytes are whole characters.
static size_t whole(uint8_t codec, const char *data, size_t size)
{
    size_t unit = unit_size(codec);
    if (unit > 1) {
        size -= size % unit;
        if (unit == 2 && size) { // the first half of a surrogate pair waits for the second
            unsigned char high = (unsigned char)data[size - (codec == CODEC_UTF16_BE ? 2 : 1)];
            if (high >= 0xD8 && high <= 0xDB)
                size -= 2;
        }
        return size;
    }
    if (codec != CODEC_UTF8 && codec != CODEC_UTF8_SIG)
        return size;
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char c = (unsigned char)data[size - back];
        if ((c & 0xC0) == 0x80)
            continue;
        size_t needed = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
        return back < needed ? size - back : size;
    }
    return size;
}

// The ASCII character c as the last one of the bytes?
static bool ends_with(uint8_t codec, const char *data, size_t size, char c)
{
    size_t unit = unit_size(codec);
    if (size < unit)
        return false;
    const char *last = data + size - unit;
    bool big = codec == CODEC_UTF16_BE || codec == CODEC_UTF32_BE;
    for (size_t i = 0; i < unit; i++)
        if (last[i] != (i == (big ? unit - 1 : 0) ? c : 0))
            return false;
    return true;
}

static size_t usable(const Text *t, const char *data, size_t size)
{
    size_t n = whole(t->decoder, data, size);
    bool hold = t->universal || strcmp(t->read_end, "\r\n") == 0;
    return hold && ends_with(t->decoder, data, n, '\r') ? n - unit_size(t->decoder) : n;
}

// At the start of the stream: which byte order, how long the mark. False: more bytes are needed.
static bool read_mark(Text *t, bool final)
{
    const unsigned char *p = (const unsigned char *)t->raw;
    size_t needed = t->codec == CODEC_UTF8_SIG ? 3 : t->codec == CODEC_UTF16 ? 2 : t->codec == CODEC_UTF32 ? 4 : 0;
    t->raw_skip = 0;
    if (t->raw_size < needed && !final)
        return false;
    t->at_start = false;
    t->decoder = t->codec == CODEC_UTF16 ? CODEC_UTF16_LE : t->codec == CODEC_UTF32 ? CODEC_UTF32_LE :
                 t->codec == CODEC_UTF8_SIG ? CODEC_UTF8 : t->codec;
    if (t->raw_size < needed || needed == 0)
        return true;
    if (t->codec == CODEC_UTF8_SIG)
        t->raw_skip = p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF ? 3 : 0;
    else if (p[0] == 0xFF && p[1] == 0xFE)
        t->raw_skip = needed;
    else if (needed == 2 ? p[0] == 0xFE && p[1] == 0xFF : p[0] == 0 && p[1] == 0 && p[2] == 0xFE && p[3] == 0xFF) {
        t->raw_skip = needed;
        t->decoder = needed == 2 ? CODEC_UTF16_BE : CODEC_UTF32_BE;
    }
    return true;
}

static Str *translate(VM *vm, Str *s)
{
    StrBuilder b;
    builder_init(&b, vm);
    const char *p = s->data, *end = p + s->size, *cr;
    while ((cr = memchr(p, '\r', (size_t)(end - p)))) {
        builder_add(&b, p, (size_t)(cr - p));
        builder_add_char(&b, '\n');
        p = cr + 1 + (cr + 1 < end && cr[1] == '\n');
    }
    builder_add(&b, p, (size_t)(end - p));
    return builder_finish(&b);
}

static void note_newlines(Text *t, const Str *s)
{
    const char *p = s->data, *end = p + s->size;
    if (t->seen_newlines == 7)
        return;
    if (!memchr(p, '\r', s->size)) {
        if (!(t->seen_newlines & 2) && memchr(p, '\n', s->size))
            t->seen_newlines |= 2;
        return;
    }
    for (; p < end; p++) {
        if (*p == '\n')
            t->seen_newlines |= 2;
        else if (*p == '\r' && p + 1 < end && p[1] == '\n')
            t->seen_newlines |= 4, p++;
        else if (*p == '\r')
            t->seen_newlines |= 1;
    }
}

static Str *decode(VM *vm, Text *t, const char *data, size_t size)
{
    Value v = str_decode(vm, data, size, text_encoding_of(t), as_str(t->errors)->data);
    if (!v)
        return NULL;
    Str *s = as_str(v);
    if (t->translate && memchr(s->data, '\r', s->size))
        return translate(vm, s);
    return s;
}

static bool reserve_raw(VM *vm, Text *t, size_t more)
{
    size_t wanted = t->raw_size + more;
    if (wanted <= t->raw_capacity && t->raw)
        return true;
    char *moved = gc_buffer_resize(vm, t->raw, t->raw ? t->raw_capacity : 0, wanted);
    if (!moved)
        return false;
    t->raw = moved;
    t->raw_capacity = wanted;
    gc_barrier(vm, t);
    return true;
}

// Adds up to `size` bytes of the buffer to raw. 0 at the end, -1 error.
static int64_t read_bytes(VM *vm, Text *t, size_t size)
{
    if (is_own_buffered(vm, t->buffer)) {
        if (!reserve_raw(vm, t, size))
            return -1;
        int64_t n = buffered_read_some(vm, as_buffered(t->buffer), t->raw + t->raw_size, size);
        if (n > 0)
            t->raw_size += (size_t)n;
        return n == -2 ? 0 : n;
    }
    Str *read1 = str_intern_text(vm, "read1", 5);
    Value method = read1 ? object_getattr_opt(vm, t->buffer, read1) : VALUE_EMPTY, count = from_small((int64_t)size);
    if (vm->error)
        return -1;
    Value bytes = method ? call1(vm, method, count) : io_call(vm, t->buffer, "read", &count, 1);
    const char *data;
    size_t got;
    if (!bytes)
        return -1;
    if (!bytes_view(bytes, &data, &got))
        return raise_type(vm, "underlying %s() should have returned a bytes-like object, not '%T'",
                          method ? "read1" : "read", bytes),
               -1;
    if (!reserve_raw(vm, t, got) || !bytes_view(bytes, &data, &got))
        return -1;
    memcpy(t->raw + t->raw_size, data, got);
    t->raw_size += got;
    return (int64_t)got;
}

static void keep_tail(Text *t)
{
    size_t tail = t->raw_size - t->raw_decoded;
    if (t->raw_decoded)
        memmove(t->raw, t->raw + t->raw_decoded, tail);
    t->raw_size = tail;
    t->raw_decoded = t->raw_skip = 0;
}

// Notes the newlines of a decoded piece as its bytes had them, before any translation.
static bool note_raw(VM *vm, Text *t, Str *s, const char *data, size_t size)
{
    if (t->translate && memchr(data, '\r', size)) {
        Value before = str_decode(vm, data, size, text_encoding_of(t), as_str(t->errors)->data);
        if (!before)
            return false;
        s = as_str(before);
    }
    note_newlines(t, s);
    return true;
}

static bool may_have_mark(const Text *t)
{
    return t->at_start && (t->codec == CODEC_UTF8_SIG || t->codec == CODEC_UTF16 || t->codec == CODEC_UTF32);
}

// Decodes what raw holds. With `final` the tail too.
static bool decode_raw(VM *vm, Text *t, bool final)
{
    t->decoded = NULL;
    t->used = 0;
    if (t->at_start && !read_mark(t, final))
        return true;
    size_t size = t->raw_size - t->raw_skip;
    size_t n = final ? size : usable(t, t->raw + t->raw_skip, size);
    Str *s = decode(vm, t, t->raw + t->raw_skip, n);
    if (!s)
        return false;
    if (t->universal && n && !note_raw(vm, t, s, t->raw + t->raw_skip, n))
        return false;
    t->raw_decoded = t->raw_skip + n;
    t->decoded = s;
    gc_barrier(vm, t);
    return true;
}

// The next chunk. 1: there are characters, 0: the end, -1: error.
static int fill(VM *vm, Text *t)
{
    for (;;) {
        keep_tail(t);
        int64_t n = read_bytes(vm, t, t->chunk_size);
        if (n < 0)
            return -1;
        if (n == 0 && t->raw_size == 0) {
            text_forget(t);
            return 0;
        }
        if (!decode_raw(vm, t, n == 0))
            return -1;
        if (t->decoded && t->decoded->size)
            return 1;
        if (n == 0)
            return 0;
        if (!vm_tick(vm))
            return -1;
    }
}

static bool start_reading(VM *vm, Text *t)
{
    if (!text_check(vm, t, true))
        return false;
    if (!t->readable)
        return raise_unsupported(vm, "not readable"), false;
    return text_write_out(vm, t);
}

static const char *rest(const Text *t, size_t *size)
{
    *size = t->decoded ? t->decoded->size - t->used : 0;
    return t->decoded ? t->decoded->data + t->used : "";
}

static Str *take(VM *vm, Text *t, size_t size)
{
    size_t left;
    const char *p = rest(t, &left);
    Str *s = t->decoded && t->used == 0 && size == left ? t->decoded :
             t->decoded && str_is_ascii(t->decoded) ? str_new_ascii(vm, p, size) : str_new(vm, p, size);
    t->used += (uint32_t)size;
    return s;
}

// Bytes of the first `count` characters.
static size_t bytes_of(const char *p, size_t size, int64_t count, int64_t *had)
{
    size_t i = 0;
    *had = 0;
    while (i < size && *had < count) {
        i++;
        while (i < size && ((unsigned char)p[i] & 0xC0) == 0x80)
            i++;
        ++*had;
    }
    return i;
}

static Value read_all(VM *vm, Text *t)
{
    size_t left;
    const char *p = rest(t, &left);
    StrBuilder b;
    builder_init(&b, vm);
    builder_add(&b, p, left);
    keep_tail(t);
    t->decoded = NULL;
    t->used = 0;
    Value bytes = io_call(vm, t->buffer, "read", NULL, 0);
    const char *data;
    size_t size;
    if (!bytes)
        return VALUE_EMPTY;
    if (!bytes_view(bytes, &data, &size))
        return raise_type(vm, "underlying read() should have returned a bytes-like object, not '%T'", bytes);
    Str *s;
    if (t->raw_size == 0 && !may_have_mark(t)) { // straight from the bytes
        t->at_start = false;
        s = decode(vm, t, data, size);
        if (s && t->universal && !note_raw(vm, t, s, data, size))
            return VALUE_EMPTY;
    } else {
        if (!reserve_raw(vm, t, size))
            return VALUE_EMPTY;
        memcpy(t->raw + t->raw_size, data, size);
        t->raw_size += size;
        s = decode_raw(vm, t, true) ? t->decoded : NULL;
    }
    text_forget(t);
    t->raw = NULL; // it may be large
    t->raw_capacity = 0;
    if (!s)
        return vm->error ? VALUE_EMPTY : from_object(builder_finish(&b));
    if (left == 0)
        return from_object(s);
    builder_add_str(&b, s);
    return from_object(builder_finish(&b));
}

Value text_read(VM *vm, Value *args, int nargs)
{
    Text *t = as_text(args[0]);
    int64_t count = -1, had;
    size_t left;
    if ((nargs > 1 && !io_size_argument(vm, args[1], &count)) || !start_reading(vm, t))
        return VALUE_EMPTY;
    if (count < 0)
        return read_all(vm, t);
    const char *p = rest(t, &left);
    size_t size = bytes_of(p, left, count, &had);
    if (had == count)
        return from_object(take(vm, t, size));
    StrBuilder b;
    builder_init(&b, vm);
    for (;;) {
        builder_add(&b, p, size);
        t->used += (uint32_t)size;
        count -= had;
        if (count == 0)
            break;
        int filled = fill(vm, t);
        if (filled < 0)
            return VALUE_EMPTY;
        if (filled == 0)
            break;
        p = rest(t, &left);
        size = bytes_of(p, left, count, &had);
    }
    return from_object(builder_finish(&b));
}

// ---- lines

// Length of the line with its end, 0 when no end is in sight.
static size_t line_end(const Text *t, const char *p, size_t size)
{
    const char *end;
    if (t->translate || (!t->universal && strcmp(t->read_end, "\n") == 0)) {
        end = memchr(p, '\n', size);
        return end ? (size_t)(end - p) + 1 : 0;
    }
    if (t->universal) {
        for (size_t i = 0; i < size; i++)
            if (p[i] == '\n' || p[i] == '\r')
                return i + 1 + (p[i] == '\r' && i + 1 < size && p[i + 1] == '\n');
        return 0;
    }
    if (t->read_end[1] == 0) {
        end = memchr(p, '\r', size);
        return end ? (size_t)(end - p) + 1 : 0;
    }
    end = memmem(p, size, "\r\n", 2);
    return end ? (size_t)(end - p) + 2 : 0;
}

// limit -1: none. NULL: error; empty at the end.
static Str *read_line(VM *vm, Text *t, int64_t limit)
{
    StrBuilder b;
    bool several = false;
    for (;;) {
        size_t left, size;
        int64_t had = 0;
        const char *p = rest(t, &left);
        if (left == 0) {
            int filled = fill(vm, t);
            if (filled < 0)
                return NULL;
            if (filled == 0)
                return several ? builder_finish(&b) : vm->empty_str;
            p = rest(t, &left);
        }
        size_t end = line_end(t, p, left);
        size = end ? end : left;
        bool done = end != 0;
        if (limit >= 0) {
            size_t most = bytes_of(p, size, limit, &had);
            done = done || had == limit;
            size = most;
            limit -= had;
        }
        if (done && !several)
            return take(vm, t, size);
        if (!several)
            builder_init(&b, vm);
        several = true;
        builder_add(&b, p, size);
        t->used += (uint32_t)size;
        if (done)
            return builder_finish(&b);
    }
}

Value text_readline(VM *vm, Value *args, int nargs)
{
    Text *t = as_text(args[0]);
    int64_t limit = -1;
    if ((nargs > 1 && !object_index_i64(vm, args[1], &limit)) || !start_reading(vm, t))
        return VALUE_EMPTY;
    return from_object(read_line(vm, t, limit < 0 ? -1 : limit));
}

Value text_next(VM *vm, Value self)
{
    Text *t = as_text(self);
    t->telling = false;
    if (!io_is(vm, self, &text_wrapper_def)) { // readline may be overridden
        Value line = io_next_line(vm, self);
        if (!line && !vm->error)
            t->telling = t->seekable;
        return line;
    }
    if (!start_reading(vm, t))
        return VALUE_EMPTY;
    Str *line = read_line(vm, t, -1);
    if (line && line->size)
        return from_object(line);
    t->telling = t->seekable;
    return VALUE_EMPTY;
}

// ---- position

// How many bytes of the chunk the characters already read are: the shortest prefix that decodes to as many.
static bool bytes_behind(VM *vm, Text *t, size_t *out)
{
    size_t target = utf8_count(t->decoded->data, t->used), low = t->raw_skip, high = t->raw_decoded;
    if (t->decoder == CODEC_UTF8 && t->decoded->size == t->raw_decoded - t->raw_skip &&
        str_is((Str *)as_object(t->errors), "strict")) {
        *out = t->raw_skip + t->used; // decoded without a change
        return true;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        Str *s = decode(vm, t, t->raw + t->raw_skip, whole(t->decoder, t->raw + t->raw_skip, middle - t->raw_skip));
        if (!s)
            return false;
        if (s->length >= target)
            high = middle;
        else
            low = middle + 1;
    }
    size_t unit = unit_size(t->decoder); // a \r\n that became one \n is behind as a whole
    if (t->translate && low + unit <= t->raw_decoded &&
        ends_with(t->decoder, t->raw + t->raw_skip, low - t->raw_skip, '\r') &&
        ends_with(t->decoder, t->raw + low, unit, '\n'))
        low += unit;
    *out = low;
    return true;
}

Value text_tell(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Text *t = as_text(args[0]);
    size_t behind = 0;
    int64_t at;
    if (!text_check(vm, t, true))
        return VALUE_EMPTY;
    if (!t->seekable)
        return raise_unsupported(vm, "underlying stream is not seekable");
    if (!t->telling)
        return raise_exc(vm, EXC_OSError, "telling position disabled by next() call");
    if (!text_write_out(vm, t) || !io_call(vm, args[0], "flush", NULL, 0))
        return VALUE_EMPTY;
    Value where = io_call(vm, t->buffer, "tell", NULL, 0);
    if (!where || !t->raw_size || !object_index_i64(vm, where, &at))
        return where && !vm->error ? where : VALUE_EMPTY;
    if (t->decoded && t->used == t->decoded->size)
        behind = t->raw_decoded;
    else if (t->decoded && t->used && !bytes_behind(vm, t, &behind))
        return VALUE_EMPTY;
    return int_from_i64(vm, at - (int64_t)t->raw_size + (int64_t)behind);
}

static Value seek_to_end(VM *vm, Value self, Text *t)
{
    Value to[2] = {INT_ZERO, from_small(SEEK_END)};
    if (!io_call(vm, self, "flush", NULL, 0))
        return VALUE_EMPTY;
    text_forget(t);
    Value at = io_call(vm, t->buffer, "seek", to, 2);
    if (at)
        t->bom_written = at != INT_ZERO;
    return at;
}

Value text_seek(VM *vm, Value *args, int nargs)
{
    Text *t = as_text(args[0]);
    int64_t whence = 0, target;
    Value cookie = args[1];
    if ((nargs > 2 && !object_index_i64(vm, args[2], &whence)) || !text_check(vm, t, true))
        return VALUE_EMPTY;
    if (!t->seekable)
        return raise_unsupported(vm, "underlying stream is not seekable");
    if (whence == SEEK_CUR || whence == SEEK_END) {
        int zero = object_equal(vm, cookie, INT_ZERO);
        if (zero < 0)
            return VALUE_EMPTY;
        if (!zero)
            return raise_unsupported(vm, whence == SEEK_CUR ? "can't do nonzero cur-relative seeks"
                                                            : "can't do nonzero end-relative seeks");
        if (whence == SEEK_END)
            return seek_to_end(vm, args[0], t);
        if (!(cookie = io_call(vm, args[0], "tell", NULL, 0)))
            return VALUE_EMPTY;
    } else if (whence != SEEK_SET) {
        return io_whence_error(vm, whence);
    }
    if (!object_index_i64(vm, cookie, &target))
        return VALUE_EMPTY;
    if (target < 0)
        return raise_value(vm, "negative seek position %R", cookie);
    if (!io_call(vm, args[0], "flush", NULL, 0) || !io_call(vm, t->buffer, "seek", &cookie, 1))
        return VALUE_EMPTY;
    text_forget(t);
    t->at_start = target == 0;
    t->bom_written = target != 0;
    if (target == 0)
        t->decoder = t->codec;
    return cookie;
}
