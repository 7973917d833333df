// SPDX-License-Identifier: MIT
//
// Stream: the transport of a connection or of one end of a pipe. Readable: receive into the loop's room, hand the bytes
// to the protocol. Write: send at once, keep the rest, send it when the descriptor can take more. The rules (what is
// called when, how closing proceeds) are those of asyncio's transports.
//
// A protocol written in a script is called by its methods; asyncio's own StreamReaderProtocol in C, without a call.
#ifndef AIOLOS_RUNTIME_STREAM_H
#define AIOLOS_RUNTIME_STREAM_H

#include "byte_queue.h"
#include "io_handle.h"
#include "socket.h"

typedef enum StreamSort { STREAM_SOCKET, STREAM_READ_PIPE, STREAM_WRITE_PIPE } StreamSort;
typedef enum ProtocolSort { PROTOCOL_CALLS, PROTOCOL_BUFFERED, PROTOCOL_NATIVE } ProtocolSort;

typedef struct Stream {
    IO_HANDLE_FIELDS
    Value file;               // the Socket, or the file object of a pipe; VALUE_NONE once closed
    Value protocol, server;   // VALUE_NONE: none (any more)
    Value extra;              // dict of get_extra_info(); VALUE_EMPTY: none
    Value sockname, peername; // VALUE_EMPTY: not a socket
    Value waiter;             // future that is released once reading has begun; VALUE_EMPTY: none
    Value error;              // for connection_lost(); VALUE_NONE: none
    Value drained;            // future of sendfile(): the buffer is empty; VALUE_EMPTY: none
    ByteQueue out;            // bytes not sent yet
    size_t high, low;         // limits of the buffer
    int fd;
    uint32_t lost; // reasons why writing is over, writes since then
    uint8_t sort, protocol_sort;
    bool closing, paused, eof, protocol_paused, connected;
    Value attributes;
} Stream;

extern const TypeDef stream_def, read_pipe_def, write_pipe_def;
extern const IoKind stream_kind;

static inline Stream *as_stream(Value v) { return (Stream *)as_object(v); }
static inline bool is_stream(VM *vm, Value v)
{
    const TypeDef *d = is_object(v) && v ? as_object(v)->shape->type->def : NULL;
    return d == &stream_def || d == &read_pipe_def || d == &write_pipe_def;
    (void)vm;
}

bool stream_start(VM *vm); // registers the types. False: error
// A connection over `file` (Socket), whose protocol hears of it at the next turn. NULL: error pending.
Stream *stream_new(VM *vm, EventLoop *loop, StreamSort sort, Value file, int fd, Value server);
bool stream_begin(VM *vm, Stream *t, Value protocol, Value waiter);
bool stream_set_protocol(VM *vm, Stream *t, Value protocol);
// Of a listener: the protocol is made by factory() at the next turn.
bool stream_accepted(VM *vm, Stream *t, Value factory);

bool stream_write(VM *vm, Stream *t, const char *data, size_t size); // false: error pending
bool stream_write_value(VM *vm, Stream *t, Value data);
bool stream_write_eof(VM *vm, Stream *t);
bool stream_close(VM *vm, Stream *t);
bool stream_abort(VM *vm, Stream *t, Value error); // VALUE_NONE: no error
void stream_pause_reading(Stream *t);
void stream_resume_reading(Stream *t);
bool stream_set_limits(VM *vm, Stream *t, Value high, Value low);

#endif
