// SPDX-License-Identifier: MIT
//
// The stream API in C: StreamReader, StreamReaderProtocol and StreamWriter. A protocol and a reader of exactly these
// types are used without a call; classes derived from them by scripts are called by their methods.
#ifndef AIOLOS_RUNTIME_STREAM_PROTOCOL_H
#define AIOLOS_RUNTIME_STREAM_PROTOCOL_H

#include "byte_queue.h"
#include "runtime/loop/loop.h"
#include "runtime/tasks/sync.h"

#define STREAM_LIMIT (64 * 1024)

typedef struct StreamReader {
    Object base;
    EventLoop *loop;
    ByteQueue buffer;
    size_t limit;
    Value waiter;     // future of the one read that waits; VALUE_EMPTY: none
    Value error;      // set_exception(); VALUE_NONE: none
    Value transport;  // VALUE_NONE: none
    bool eof, paused; // paused: the transport was told to stop reading
    Value attributes;
} StreamReader;

typedef struct StreamProtocol {
    Object base;
    EventLoop *loop;
    Value reader, writer, transport; // VALUE_NONE: none (any more)
    Value callback;                  // client_connected_cb or VALUE_NONE
    Value task;                      // of the callback
    Value closed;                    // future of wait_closed(); VALUE_EMPTY: nobody waits yet
    Value error;                     // what connection_lost() got
    Waiters drain;
    bool paused, lost, over_ssl;
    Value attributes;
} StreamProtocol;

typedef struct StreamWriter {
    Object base;
    EventLoop *loop;
    Value transport, protocol, reader; // reader: VALUE_NONE or the StreamReader
    Value attributes;
} StreamWriter;

extern const TypeDef stream_reader_def, stream_protocol_def, stream_writer_def;

static inline StreamReader *as_reader(Value v) { return (StreamReader *)as_object(v); }
static inline StreamProtocol *as_protocol(Value v) { return (StreamProtocol *)as_object(v); }
static inline StreamWriter *as_writer(Value v) { return (StreamWriter *)as_object(v); }
// Exactly the type in C, not a class derived from it by a script.
static inline bool is_exactly(Value v, const TypeDef *def)
{
    const Type *t = is_object(v) && v ? as_object(v)->shape->type : NULL;
    return t && t->def == def && !(t->flags & TYPE_HEAP);
}
static inline bool is_native_protocol(VM *vm, Value v) { return (void)vm, is_exactly(v, &stream_protocol_def); }

// Events of a transport; false (or -1): exception pending. May run scripts (the callback, methods of derived readers).
bool protocol_made(VM *vm, StreamProtocol *p, Value transport);
bool protocol_data(VM *vm, StreamProtocol *p, const char *data, size_t size);
int protocol_eof(VM *vm, StreamProtocol *p); // 1: keep the connection open for writing
bool protocol_lost(VM *vm, StreamProtocol *p, Value error);
void protocol_pause(StreamProtocol *p);
bool protocol_resume(VM *vm, StreamProtocol *p);
Value protocol_closed(VM *vm, StreamProtocol *p); // the future of wait_closed()

bool reader_feed(VM *vm, StreamReader *r, const char *data, size_t size);
bool reader_feed_eof(VM *vm, StreamReader *r);
bool reader_set_error(VM *vm, StreamReader *r, Value error);

StreamWriter *writer_new(VM *vm, EventLoop *loop, Value transport, Value protocol, Value reader);

bool transport_pause(VM *vm, Value transport, bool *known); // *known: false when it cannot pause
bool transport_resume(VM *vm, Value transport);

bool stream_api_start(VM *vm); // registers the three types. False: error

#endif
