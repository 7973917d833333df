// SPDX-License-Identifier: MIT
//
// Streams in C: what the files _io*.c share.
//
// Layers as in CPython: FileIO (a descriptor), Buffered (bytes), Text (characters). A layer over an object written in a
// script calls its methods; over one of the types here it goes straight to the C function.
//
// Closing what a script forgot: an object found unreachable is finalized by the collector, in no particular order and
// without running scripts. Hence what must outlive the objects is in two counted structures outside the heap: OpenFile
// (the descriptor) and OutBuffer (bytes not written yet), and each finalizer writes what it holds, then lets go.
#ifndef AIOLOS_STDLIB_IO_H
#define AIOLOS_STDLIB_IO_H

#include "runtime/host/host.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

#define BUFFER_SIZE 8192

// ---- what outlives the objects (_io_open.c)

typedef struct OpenFile {
    uint32_t users;
    int fd;                // -1: closed, or a stream of the host's functions
    bool close_fd;
    const AiolosStream *stream; // functions of the host, NULL: fd
} OpenFile;

OpenFile *open_file_new(VM *vm, int fd, bool close_fd, const AiolosStream *stream); // NULL: MemoryError
void open_file_release(VM *vm, OpenFile *f);
ssize_t open_file_read(VM *vm, OpenFile *f, void *buffer, size_t size);         // -1: errno
ssize_t open_file_write(VM *vm, OpenFile *f, const void *data, size_t size);
int64_t open_file_seek(VM *vm, OpenFile *f, int64_t offset, int whence);
// All of it, for finalizers: errors are ignored.
void open_file_write_all(VM *vm, OpenFile *f, const char *data, size_t size);

typedef struct Text Text;

typedef struct OutBuffer {
    uint32_t users;
    bool survived;         // a collection looked for it in vain: the file may be in use
    Text *text;            // the text stream above, which may hold more
    struct OutBuffer *next, *previous; // host->outputs
    OpenFile *file;        // NULL: the raw stream is not ours, only the Buffered object can write
    char *data;
    size_t size, capacity; // capacity: the buffer size
} OutBuffer;

OutBuffer *out_buffer_new(VM *vm, OpenFile *file, size_t capacity);
void out_buffer_drain(VM *vm, OutBuffer *b); // for finalizers
void out_buffer_release(VM *vm, OutBuffer *b);
// Before a file is opened: `open(p, "w").write(x)` leaves a writer that nobody can reach but the collector has not seen
// yet. When one holds the same file, collects, and writes out what is left, so that the new stream sees it.
void io_settle(VM *vm, const char *path);

// ---- objects

typedef struct IoBase {
    Object base;
    Value attributes;
} IoBase;

typedef struct FileIO {
    Object base;
    OpenFile *file;        // NULL: closed or not initialised
    bool ready, readable, writable, appending, created;
    int8_t seekable;       // -1: not asked yet
    Value name;            // VALUE_EMPTY: none
    Value attributes;
} FileIO;

enum { BUFFERED_READ = 1, BUFFERED_WRITE = 2 };

// BufferedReader, BufferedWriter and BufferedRandom. At most one of the two buffers holds something.
typedef struct Buffered {
    Object base;
    Value raw;             // VALUE_EMPTY: detached or not initialised
    uint8_t mode;          // BUFFERED_ bits
    bool detached, random;
    size_t capacity;
    char *in;              // GC buffer of capacity bytes
    size_t in_start, in_end;
    OutBuffer *out;
    Value attributes;
} Buffered;

struct Text {
    Object base;
    Value buffer;          // VALUE_EMPTY: detached or not initialised
    Value encoding, errors; // str
    Str *decoded;          // characters of the chunk, newlines translated; NULL: none
    uint32_t used;         // bytes of it that were read
    char *raw;             // GC buffer: bytes of the chunk, then the tail that is not decoded yet
    size_t raw_skip, raw_decoded, raw_size, raw_capacity; // skip: a byte order mark at the start
    char *pending;         // characters encoded but not handed to the buffer, outside the heap
    size_t pending_size, pending_capacity;
    OutBuffer *out;        // of the buffer below when it is one of ours: for the finalizer
    Value mode;            // as open() sets it, VALUE_EMPTY: none
    uint8_t codec, decoder; // CODEC_ of _io_text.h: as named, and as the byte order mark showed
    uint8_t seen_newlines; // bits: 1 \r, 2 \n, 4 \r\n
    bool universal, translate;   // reading: every newline counts; ... and becomes \n
    char read_end[3], write_end[3]; // newline looked for / written for \n ("": none)
    bool readable, writable, line_buffering, write_through, telling, seekable, at_start, bom_written;
    size_t chunk_size;
    Value attributes;
};

static inline FileIO *as_file(Value v) { return (FileIO *)as_object(v); }
static inline Buffered *as_buffered(Value v) { return (Buffered *)as_object(v); }
static inline Text *as_text(Value v) { return (Text *)as_object(v); }

extern const TypeDef io_base_def, raw_base_def, buffered_base_def, text_base_def;
extern const TypeDef file_io_def, buffered_reader_def, buffered_writer_def, buffered_random_def, buffered_pair_def;
extern const TypeDef bytes_io_def, string_io_def, text_wrapper_def;

// Exactly the type of a table, not a class derived from it by a script.
static inline bool io_is(VM *vm, Value v, const TypeDef *def)
{
    const Type *t = type_of(vm, v);
    return t->def == def && !(t->flags & TYPE_HEAP);
}
static inline bool is_exact_file(VM *vm, Value v) { return io_is(vm, v, &file_io_def); }
static inline bool is_own_buffered(VM *vm, Value v)
{
    return io_is(vm, v, &buffered_writer_def) || io_is(vm, v, &buffered_reader_def) ||
           io_is(vm, v, &buffered_random_def);
}

// ---- _io_base.c
Value raise_unsupported(VM *vm, const char *what);
Value raise_closed(VM *vm, const char *what); // ValueError
bool io_is_closed(VM *vm, Value stream, bool *out);           // the `closed` attribute. False: error
Value io_call(VM *vm, Value stream, const char *method, const Value *args, int nargs);
bool io_call_bool(VM *vm, Value stream, const char *method, bool *out);
bool io_ask(VM *vm, Value stream, const char *method, const char *message); // ... or UnsupportedOperation(message)
bool io_size_argument(VM *vm, Value v, int64_t *out);         // None: -1
Value io_lines(VM *vm, Value self, Value hint);               // readlines
Value io_next_line(VM *vm, Value self);                       // ops->next of streams
Value io_iter(VM *vm, Value self);
Value io_enter(VM *vm, Value *args, int nargs);
Value io_exit(VM *vm, Value *args, int nargs);
Str *io_name_repr(VM *vm, Value self, const char *type);      // "<_io.X name='...'>"
Value io_whence_error(VM *vm, int64_t whence);

// ---- _io_file.c
Value file_open(VM *vm, Value name, const char *mode, bool close_fd, Value opener);
Value file_over_stream(VM *vm, const AiolosStream *stream, Value name, bool writing); // of the host's functions
int64_t file_read_into(VM *vm, FileIO *f, char *buffer, size_t size);  // -1: error pending, -2: would block
int64_t file_write_from(VM *vm, FileIO *f, const char *data, size_t size);
int64_t file_seek(VM *vm, FileIO *f, int64_t offset, int whence);      // -1: error pending
bool file_can_seek(VM *vm, FileIO *f);

// ---- _io_buffered.c
Value buffered_new(VM *vm, const TypeDef *def, Value raw, int64_t size);
bool buffered_write_bytes(VM *vm, Buffered *b, const char *data, size_t size);
bool buffered_flush_out(VM *vm, Buffered *b);
// At most `size` bytes in one go, the buffered ones first. -1: error.
int64_t buffered_read_some(VM *vm, Buffered *b, char *data, size_t size);

// ---- _io_text.c
Value text_new(VM *vm, Value buffer, Value encoding, Value errors, Value newline, bool line_buffering,
               bool write_through);
Value io_open(VM *vm, Value *args, int nargs);

#endif
