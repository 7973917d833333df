// SPDX-License-Identifier: MIT
//
// The methods of protocols and transports that are called from C, by interned name.
#ifndef AIOLOS_RUNTIME_IO_NAMES_H
#define AIOLOS_RUNTIME_IO_NAMES_H

#include "runtime/tasks/scheduler.h"

#define IO_NAMES(N) \
    N(connection_made) \
    N(connection_lost) N(data_received) N(eof_received) N(get_buffer) N(buffer_updated) N(pause_writing) \
        N(resume_writing) N(datagram_received) N(error_received) N(feed_data) N(feed_eof) N(set_exception) \
            N(set_transport) N(pause_reading) N(resume_reading) N(write) N(write_eof) N(close) N(is_closing) \
                N(get_extra_info) N(_attach) N(_detach) N(exception) N(_get_close_waiter) N(can_write_eof) \
                    N(writelines)

typedef enum IoName {
#define N(name) IO_##name,
    IO_NAMES(N)
#undef N
        IO_NAME_COUNT
} IoName;

Str *io_name(VM *vm, IoName id);                                           // NULL: error
Value io_invoke(VM *vm, Value o, IoName id, const Value *args, int nargs); // o.name(*args)

#endif
