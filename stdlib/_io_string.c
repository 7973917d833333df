// SPDX-License-Identifier: MIT
//
// StringIO: a text stream in memory, kept as UTF-8 with the position both in characters and in bytes. Appending and
// reading on are O(1) per byte; a seek into the middle counts characters from the start.

#define _GNU_SOURCE
#include "_io.h"

#include "lexer/utf8.h"

typedef struct StringIO {
    Object base;
    char *data;              // GC buffer
    size_t size, capacity;   // bytes
    size_t length;           // characters
    size_t position, offset; // characters, and the same in bytes (size when the position is behind the end)
    bool open, translate, universal; // newline=None, newline=None or ''
    char write_end[3];       // written for \n, "": itself
    char read_end[3];
    uint8_t seen_newlines;
    Value attributes;
} StringIO;

static StringIO *as_stream(Value v) { return (StringIO *)as_object(v); }

static void string_mark(Gc *gc, Object *o)
{
    gc_mark_buffer(gc, ((StringIO *)o)->data);
    gc_mark(gc, ((StringIO *)o)->attributes);
}

static bool check(VM *vm, StringIO *s)
{
    return s->open || (raise_closed(vm, "I/O operation on closed file"), false);
}

// ---- writing

static bool reserve(VM *vm, StringIO *s, size_t wanted)
{
    if (wanted <= s->capacity)
        return true;
    size_t capacity = s->capacity * 2 > wanted ? s->capacity * 2 : wanted < 64 ? 64 : wanted;
    char *moved = gc_buffer_resize(vm, s->data, s->capacity, capacity);
    if (!moved)
        return false;
    s->data = moved;
    s->capacity = capacity;
    gc_barrier(vm, s);
    return true;
}

// Fills up with NULs to a position behind the end.
static bool pad(VM *vm, StringIO *s)
{
    size_t missing = s->position > s->length ? s->position - s->length : 0;
    if (!missing)
        return true;
    if (missing > MAX_OBJECT_SIZE)
        return raise_memory(vm), false;
    if (!reserve(vm, s, s->size + missing))
        return false;
    memset(s->data + s->size, 0, missing);
    s->size += missing;
    s->length += missing;
    s->offset = s->size;
    return true;
}

// Bytes that `count` characters take from byte `offset` on, at most to the end. *had: how many there were.
static size_t span(const StringIO *s, size_t offset, size_t count, size_t *had)
{
    size_t i = offset;
    for (*had = 0; i < s->size && *had < count; ++*had) {
        i++;
        while (i < s->size && ((unsigned char)s->data[i] & 0xC0) == 0x80)
            i++;
    }
    return i - offset;
}

// Puts text over what is at the position.
static bool put(VM *vm, StringIO *s, const char *text, size_t size, size_t length)
{
    size_t replaced = 0, old = 0;
    if (!pad(vm, s))
        return false;
    if (s->offset < s->size)
        old = span(s, s->offset, length, &replaced);
    if (!reserve(vm, s, s->size - old + size))
        return false;
    memmove(s->data + s->offset + size, s->data + s->offset + old, s->size - s->offset - old);
    memcpy(s->data + s->offset, text, size);
    s->size += size - old;
    s->length += length - replaced;
    s->offset += size;
    s->position += length;
    return true;
}

static void note_newlines(StringIO *s, const Str *text)
{
    for (const char *p = text->data, *end = p + text->size; p < end; p++) {
        if (*p == '\n')
            s->seen_newlines |= 2;
        else if (*p == '\r' && p + 1 < end && p[1] == '\n')
            s->seen_newlines |= 4, p++;
        else if (*p == '\r')
            s->seen_newlines |= 1;
    }
}

static Str *translate(VM *vm, StringIO *s, Str *text)
{
    StrBuilder b;
    builder_init(&b, vm);
    for (const char *p = text->data, *end = p + text->size; p < end; p++) {
        if (*p == '\r' && s->translate) {
            builder_add_char(&b, '\n');
            p += p + 1 < end && p[1] == '\n';
        } else if (*p == '\n' && s->write_end[0]) {
            builder_add_cstr(&b, s->write_end);
        } else {
            const char *start = p;
            while (p + 1 < end && p[1] != '\r' && p[1] != '\n')
                p++;
            builder_add(&b, start, (size_t)(p + 1 - start));
        }
    }
    return builder_finish(&b);
}

static bool write_str(VM *vm, StringIO *s, Str *text)
{
    if (s->universal)
        note_newlines(s, text);
    bool change = (s->translate && memchr(text->data, '\r', text->size)) ||
                  (s->write_end[0] && memchr(text->data, '\n', text->size));
    if (change && !(text = translate(vm, s, text)))
        return false;
    return text->size == 0 || put(vm, s, text->data, text->size, text->length);
}

static Value string_write(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    StringIO *s = as_stream(args[0]);
    if (!is_str(args[1]))
        return raise_type(vm, "string argument expected, got '%T'", args[1]);
    if (!check(vm, s))
        return VALUE_EMPTY;
    return write_str(vm, s, as_str(args[1])) ? from_small(as_str(args[1])->length) : VALUE_EMPTY;
}

// ---- construction

static bool set_up(VM *vm, StringIO *s, Value initial, Value newline)
{
    if (!is_none(newline) && !is_str(newline))
        return raise_type(vm, "newline must be str or None, not %T", newline), false;
    const char *end = is_none(newline) ? NULL : as_str(newline)->data;
    if (end && strcmp(end, "") != 0 && strcmp(end, "\n") != 0 && strcmp(end, "\r") != 0 && strcmp(end, "\r\n") != 0)
        return raise_value(vm, "illegal newline value: %R", newline), false;
    if (!is_none(initial) && !is_str(initial))
        return raise_type(vm, "initial_value must be str or None, not %T", initial), false;
    s->universal = !end || !*end;
    s->translate = !end;
    strcpy(s->write_end, end && *end == '\r' ? end : "");
    strcpy(s->read_end, end && *end ? end : "\n");
    s->size = s->length = s->position = s->offset = 0;
    s->seen_newlines = 0;
    s->open = true;
    if (is_str(initial) && !write_str(vm, s, as_str(initial)))
        return false;
    s->position = s->offset = 0;
    return true;
}

static Value string_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    StringIO *s = type_alloc(vm, as_type(args[0]), 0);
    return s && set_up(vm, s, args[1], args[2] ? args[2] : from_object(str_from(vm, "\n"))) ? from_object(s)
                                                                                            : VALUE_EMPTY;
}

static Value string_init(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value newline = args[2] ? args[2] : from_object(str_from(vm, "\n"));
    return newline && set_up(vm, as_stream(args[0]), args[1], newline) ? VALUE_NONE : VALUE_EMPTY;
}

// ---- reading

static Value take(VM *vm, StringIO *s, size_t size)
{
    Str *text = str_new(vm, size ? s->data + s->offset : "", size);
    if (!text)
        return VALUE_EMPTY;
    s->offset += size;
    s->position += text->length;
    return from_object(text);
}

static Value string_read(VM *vm, Value *args, int nargs)
{
    StringIO *s = as_stream(args[0]);
    int64_t count = -1;
    size_t had;
    if (!check(vm, s) || (nargs > 1 && !io_size_argument(vm, args[1], &count)))
        return VALUE_EMPTY;
    return take(vm, s, count < 0 ? s->size - s->offset : span(s, s->offset, (size_t)count, &had));
}

static size_t line_size(const StringIO *s)
{
    const char *p = s->data + s->offset;
    size_t left = s->size - s->offset, n = strlen(s->read_end);
    if (left == 0)
        return 0;
    if (s->universal && !s->translate) {
        for (size_t i = 0; i < left; i++)
            if (p[i] == '\n' || p[i] == '\r')
                return i + 1 + (p[i] == '\r' && i + 1 < left && p[i + 1] == '\n');
        return left;
    }
    const char *end = memmem(p, left, s->read_end, n);
    return end ? (size_t)(end - p) + n : left;
}

static Value string_readline(VM *vm, Value *args, int nargs)
{
    StringIO *s = as_stream(args[0]);
    int64_t limit = -1;
    size_t had;
    if (!check(vm, s) || (nargs > 1 && !io_size_argument(vm, args[1], &limit)))
        return VALUE_EMPTY;
    size_t size = line_size(s), most = limit < 0 ? size : span(s, s->offset, (size_t)limit, &had);
    return take(vm, s, size < most ? size : most);
}

static Value string_next(VM *vm, Value self)
{
    StringIO *s = as_stream(self);
    if (type_of(vm, self)->flags & TYPE_HEAP)
        return io_next_line(vm, self);
    if (!check(vm, s) || s->offset >= s->size)
        return VALUE_EMPTY;
    return take(vm, s, line_size(s));
}

// ---- position and state

static void move_to(StringIO *s, size_t position)
{
    size_t had;
    s->position = position;
    s->offset = position >= s->length ? s->size : s->size == s->length ? position : span(s, 0, position, &had);
}

static Value string_seek(VM *vm, Value *args, int nargs)
{
    StringIO *s = as_stream(args[0]);
    int64_t offset, whence = 0;
    if (!check(vm, s) || !object_index_i64(vm, args[1], &offset) ||
        (nargs > 2 && !object_index_i64(vm, args[2], &whence)))
        return VALUE_EMPTY;
    if (whence < 0 || whence > 2)
        return raise_value(vm, "Invalid whence (%lld, should be 0, 1 or 2)", (long long)whence);
    if (whence == SEEK_SET && offset < 0)
        return raise_value(vm, "Negative seek position %lld", (long long)offset);
    if (whence != SEEK_SET && offset != 0)
        return raise_exc(vm, EXC_OSError, "Can't do nonzero cur-relative seeks");
    if (whence == SEEK_SET)
        move_to(s, (size_t)offset);
    else if (whence == SEEK_END)
        move_to(s, s->length);
    return int_from_u64(vm, s->position);
}

static Value string_tell(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return check(vm, as_stream(args[0])) ? int_from_u64(vm, as_stream(args[0])->position) : VALUE_EMPTY;
}

static Value string_truncate(VM *vm, Value *args, int nargs)
{
    StringIO *s = as_stream(args[0]);
    if (!check(vm, s))
        return VALUE_EMPTY;
    int64_t length = (int64_t)s->position;
    size_t had;
    if (nargs > 1 && !is_none(args[1]) && !object_index_i64(vm, args[1], &length))
        return VALUE_EMPTY;
    if (length < 0)
        return raise_value(vm, "Negative size value %lld", (long long)length);
    if ((size_t)length < s->length) {
        s->size = span(s, 0, (size_t)length, &had);
        s->length = (size_t)length;
        if (s->offset > s->size)
            s->offset = s->size;
    }
    return int_from_i64(vm, length);
}

static Value string_getvalue(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    StringIO *s = as_stream(args[0]);
    return check(vm, s) ? from_object(str_new(vm, s->size ? s->data : "", s->size)) : VALUE_EMPTY;
}

static Value string_close(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    StringIO *s = as_stream(args[0]);
    (void)vm;
    s->open = false;
    s->data = NULL;
    s->size = s->capacity = s->length = s->position = s->offset = 0;
    return VALUE_NONE;
}

static Value string_yes(VM *vm, Value *args, int nargs)
{
    return (void)nargs, check(vm, as_stream(args[0])) ? VALUE_TRUE : VALUE_EMPTY;
}
static Value string_no(VM *vm, Value *args, int nargs)
{
    return (void)nargs, check(vm, as_stream(args[0])) ? VALUE_FALSE : VALUE_EMPTY;
}
static Value get_closed(VM *vm, Value self) { return (void)vm, from_bool(!as_stream(self)->open); }
static Value get_false(VM *vm, Value self) { return check(vm, as_stream(self)) ? VALUE_FALSE : VALUE_EMPTY; }

static Value get_newlines(VM *vm, Value self)
{
    static const char *const texts[3] = {"\r", "\n", "\r\n"};
    Value found[3];
    int count = 0;
    if (!check(vm, as_stream(self)))
        return VALUE_EMPTY;
    for (int i = 0; i < 3; i++)
        if (as_stream(self)->seen_newlines & 1 << i && !(found[count++] = from_object(str_from(vm, texts[i]))))
            return VALUE_EMPTY;
    return count == 0 ? VALUE_NONE : count == 1 ? found[0] : tuple_from(vm, found, count);
}

static const NativeDef methods[] = {
    {"__init__(self, initial_value='', newline=<unset>)", string_init, NULL, 0, 0, 0},
    {"read(self, size=-1, /)", string_read, "Read at most size characters, returned as a string.", NATIVE_RAW, 1, 2},
    {"readline(self, size=-1, /)", string_readline, "Read until newline or EOF.", NATIVE_RAW, 1, 2},
    {"write(self, s, /)", string_write, "Write string to file.", NATIVE_RAW, 2, 2},
    {"truncate(self, pos=None, /)", string_truncate, "Truncate size to pos.", NATIVE_RAW, 1, 2},
    {"seek(self, pos, whence=0, /)", string_seek, "Change stream position.", NATIVE_RAW, 2, 3},
    {"tell(self, /)", string_tell, "Tell the current file position.", NATIVE_RAW, 1, 1},
    {"getvalue(self, /)", string_getvalue, "Retrieve the entire contents of the object.", NATIVE_RAW, 1, 1},
    {"close(self, /)", string_close, "Close the IO object.", NATIVE_RAW, 1, 1},
    {"isatty(self, /)", string_no, NULL, NATIVE_RAW, 1, 1},
    {"readable(self, /)", string_yes, "Returns True if the IO object can be read.", NATIVE_RAW, 1, 1},
    {"writable(self, /)", string_yes, "Returns True if the IO object can be written.", NATIVE_RAW, 1, 1},
    {"seekable(self, /)", string_yes, "Returns True if the IO object can be seeked.", NATIVE_RAW, 1, 1},
    {0},
};
static const GetSetDef getsets[] = {
    {"closed", get_closed, NULL, NULL}, {"line_buffering", get_false, NULL, NULL}, {"newlines", get_newlines, NULL, NULL}, {0},
};
static const TypeOps ops = {.mark = string_mark, .iter = io_iter, .next = string_next};

const TypeDef string_io_def = {
    .name = "_io.StringIO",
    .kind = KIND_OTHER,
    .size = sizeof(StringIO),
    .ops = &ops,
    .methods = methods,
    .getsets = getsets,
    .make = {"StringIO(cls, initial_value='', newline=<unset>)", string_make, NULL, 0, 0, 0},
    .doc = "Text I/O implementation using an in-memory buffer.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};
