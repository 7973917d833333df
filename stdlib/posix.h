// SPDX-License-Identifier: MIT
//
// The posix module, shared by its files: path arguments and result types. Functions whose argument can be a path or a
// descriptor take a PathArg.
#ifndef AIOLOS_STDLIB_POSIX_H
#define AIOLOS_STDLIB_POSIX_H

#include "runtime/host/host.h"
#include "struct_sequence.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

typedef struct PathArg {
    Value given;      // as the script gave it: for errors
    Value bytes;      // keeps text alive
    const char *text; // NULL: fd
    int fd;
    bool as_bytes;    // results are bytes
} PathArg;

enum { PATH_FD = 1, PATH_NONE = 2 }; // also allowed: a descriptor, None (the current folder)

bool path_arg(VM *vm, Value v, const char *function, int allowed, PathArg *out);
Value path_result(VM *vm, const char *text, size_t size, bool as_bytes); // str with surrogateescape, or bytes
Value path_error(VM *vm, const PathArg *p);                              // OSError of errno with the path
bool dir_fd_arg(VM *vm, Value v, int *out);                              // None: AT_FDCWD
bool int_arg(VM *vm, Value v, int *out);                                 // a C int
Value stat_new(VM *vm, const struct stat *st);
Value check(VM *vm, int result);                                         // None, or OSError of errno

extern const TypeDef stat_result_def, dir_entry_def, scandir_def, terminal_size_def, uname_def, times_def;
extern const NativeDef posix_path_functions[], posix_file_functions[], posix_process_functions[];
Value posix_scandir(VM *vm, Value *args, int nargs);
Value posix_fspath(VM *vm, Value *args, int nargs);

#endif
