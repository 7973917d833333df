// SPDX-License-Identifier: MIT
//
// Which of VM.roots the standard library keeps its hidden values in. The runtime counts up from 0, the library down
// from the end.
#ifndef AIOLOS_STDLIB_ROOTS_H
#define AIOLOS_STDLIB_ROOTS_H

enum {
    ROOT_ANEXT = 31,   // coroutine function behind anext(iterator, default)
    ROOT_ATEXIT = 30,  // list of (function, args, kwargs), latest last
    ROOT_STRUCT_TYPES = 29, // dict: table address -> type of a struct sequence
    ROOT_WEAKREFS = 28,    // table of plain weak references
    ROOT_RE_ERROR = 20,    // the class re.error
    ROOT_STRUCT_ERROR = 19,   // the class struct.error
    ROOT_STRUCT_FORMATS = 18, // dict: format -> Struct
    ROOT_CRYPTO = 16,      // the functions of libcrypto
    ROOT_CODECS = 17,      // what the module codecs has told: handlers, function for other encodings
};

#endif
