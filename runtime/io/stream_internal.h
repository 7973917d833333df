// SPDX-License-Identifier: MIT
//
// What the files stream*.c share. All return false when an exception that ends the loop is pending.
#ifndef AIOLOS_RUNTIME_STREAM_INTERNAL_H
#define AIOLOS_RUNTIME_STREAM_INTERNAL_H

#include "io_names.h"
#include "stream.h"

// stream.c
Value stream_call(VM *vm, Stream *t, IoName name, const Value *args, int nargs); // a method of the protocol
bool stream_maybe_pause(VM *vm, Stream *t);
bool stream_maybe_resume(VM *vm, Stream *t);
// The pending exception ends the connection; unless it is an OSError the exception handler is told first.
bool stream_fatal(VM *vm, Stream *t, const char *message);
bool stream_system_error(VM *vm, Stream *t, const char *message); // ... errno
bool stream_lost(VM *vm, Stream *t);
bool stream_post_eof(VM *vm, Stream *t); // a pipe's other end has gone
// stream_move.c
bool stream_readable(VM *vm, Stream *t);
bool stream_writable(VM *vm, Stream *t);
bool stream_pipe_eof(VM *vm, Stream *t);

#endif
