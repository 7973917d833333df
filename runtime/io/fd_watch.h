// SPDX-License-Identifier: MIT
//
// add_reader() and its family: callbacks of scripts on descriptors that scripts own. The plain methods refuse a
// descriptor that a transport uses; those with an underscore do not ask.
#ifndef AIOLOS_RUNTIME_FD_WATCH_H
#define AIOLOS_RUNTIME_FD_WATCH_H

#include "io_handle.h"

Value loop_add_reader(VM *vm, Value *a, int n); // (loop, fd, callback, args)
Value loop_add_writer(VM *vm, Value *a, int n);
Value loop_remove_reader(VM *vm, Value *a, int n); // (loop, fd)
Value loop_remove_writer(VM *vm, Value *a, int n);
Value loop_add_reader_raw(VM *vm, Value *a, int n);
Value loop_add_writer_raw(VM *vm, Value *a, int n);
Value loop_remove_reader_raw(VM *vm, Value *a, int n);
Value loop_remove_writer_raw(VM *vm, Value *a, int n);

// The descriptor of an int or of something with fileno(). False: error pending.
bool fd_of(VM *vm, Value v, int *out);
bool fd_watch_start(VM *vm);

#endif
