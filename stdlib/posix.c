// SPDX-License-Identifier: MIT
//
// The `posix` module, kernel of os: its constants, environment and result types. The functions are in posix_path.c,
// posix_file.c, posix_process.c and posix_scandir.c.

#define _GNU_SOURCE
#include "posix.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>

// ---- arguments

static Value path_type_error(VM *vm, Value v, const char *function, int allowed)
{
    static const char *const kinds[] = {"string, bytes or os.PathLike", "string, bytes, os.PathLike or integer",
                                        "string, bytes, os.PathLike or None",
                                        "string, bytes, os.PathLike, integer or None"};
    return raise_type(vm, "%s: path should be %s, not %T", function, kinds[allowed], v);
}

bool path_arg(VM *vm, Value v, const char *function, int allowed, PathArg *out)
{
    *out = (PathArg){.given = v, .fd = -1};
    if (allowed & PATH_NONE && is_none(v)) {
        out->text = ".";
        return true;
    }
    if (allowed & PATH_FD && is_int_like(v))
        return int_arg(vm, v, &out->fd);
    Value path = v;
    if (!is_str(path) && !is_bytes(path)) {
        Value method = type_lookup(vm, type_of(vm, v), NAME_OF(vm, __fspath__));
        if (!method)
            return path_type_error(vm, v, function, allowed), false;
        if (!(path = call_method(vm, v, NAME_OF(vm, __fspath__), NULL, 0)))
            return false;
        if (!is_str(path) && !is_bytes(path))
            return raise_type(vm, "expected %T.__fspath__() to return str or bytes, not %T", v, path), false;
        out->given = path;
    }
    out->as_bytes = is_bytes(path);
    out->bytes = is_bytes(path) ? path : str_encode(vm, as_str(path), "utf-8", "surrogateescape");
    if (!out->bytes)
        return false;
    out->text = as_bytes(out->bytes)->data;
    if (memchr(out->text, 0, as_bytes(out->bytes)->size))
        return raise_value(vm, "embedded null byte"), false;
    return true;
}

Value path_result(VM *vm, const char *text, size_t size, bool as_bytes)
{
    return as_bytes ? bytes_new(vm, text, size) : str_decode(vm, text, size, "utf-8", "surrogateescape");
}

Value path_error(VM *vm, const PathArg *p) { return sys_raise(vm, errno, is_none(p->given) ? VALUE_EMPTY : p->given); }
Value check(VM *vm, int result) { return result < 0 ? sys_raise(vm, errno, VALUE_EMPTY) : VALUE_NONE; }

bool int_arg(VM *vm, Value v, int *out)
{
    int64_t n;
    if (is_double(v))
        return raise_type(vm, "'float' object cannot be interpreted as an integer"), false;
    if (!object_index_i64(vm, v, &n))
        return false;
    if (n != (int)n)
        return raise_overflow(vm, "Python int too large to convert to C int"), false;
    *out = (int)n;
    return true;
}

bool dir_fd_arg(VM *vm, Value v, int *out)
{
    *out = AT_FDCWD;
    return is_none(v) || int_arg(vm, v, out);
}

Value posix_fspath(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (is_str(args[0]) || is_bytes(args[0]))
        return args[0];
    Value method = type_lookup(vm, type_of(vm, args[0]), NAME_OF(vm, __fspath__));
    if (!method || is_none(method))
        return raise_type(vm, "expected str, bytes or os.PathLike object, not %T", args[0]);
    Value v = call_method(vm, args[0], NAME_OF(vm, __fspath__), NULL, 0);
    if (!v || is_str(v) || is_bytes(v))
        return v;
    return raise_type(vm, "expected %T.__fspath__() to return str or bytes, not %T", args[0], v);
}

// ---- result types

static const GetSetDef stat_fields[] = {
    FIELD(0, "st_mode", "protection bits"),
    FIELD(1, "st_ino", "inode"),
    FIELD(2, "st_dev", "device"),
    FIELD(3, "st_nlink", "number of hard links"),
    FIELD(4, "st_uid", "user ID of owner"),
    FIELD(5, "st_gid", "group ID of owner"),
    FIELD(6, "st_size", "total size, in bytes"),
    FIELD(7, "st_atime", "time of last access, whole seconds"),
    FIELD(8, "st_mtime", "time of last modification, whole seconds"),
    FIELD(9, "st_ctime", "time of last change, whole seconds"),
    HIDDEN(10, "st_atime"),
    HIDDEN(11, "st_mtime"),
    HIDDEN(12, "st_ctime"),
    HIDDEN(13, "st_atime_ns"),
    HIDDEN(14, "st_mtime_ns"),
    HIDDEN(15, "st_ctime_ns"),
    HIDDEN(16, "st_blksize"),
    HIDDEN(17, "st_blocks"),
    HIDDEN(18, "st_rdev"),
    {0},
};
const TypeDef stat_result_def = {
    STRUCT_SEQUENCE_TYPE("os.stat_result", stat_fields),
    .make = {"stat_result(cls, sequence, dict=<unset>, /)", struct_sequence_make, NULL, 0, 0, 0},
};

static const GetSetDef terminal_fields[] = {
    FIELD(0, "columns", "width of the terminal window in characters"),
    FIELD(1, "lines", "height of the terminal window in characters"),
    {0},
};
const TypeDef terminal_size_def = {
    STRUCT_SEQUENCE_TYPE("os.terminal_size", terminal_fields),
    .make = {"terminal_size(cls, sequence, dict=<unset>, /)", struct_sequence_make, NULL, 0, 0, 0},
};

static const GetSetDef uname_fields[] = {
    FIELD(0, "sysname", "operating system name"),
    FIELD(1, "nodename", "name of machine on network"),
    FIELD(2, "release", "release"),
    FIELD(3, "version", "version"),
    FIELD(4, "machine", "hardware identifier"),
    {0},
};
const TypeDef uname_def = {
    STRUCT_SEQUENCE_TYPE("posix.uname_result", uname_fields),
    .make = {"uname_result(cls, sequence, dict=<unset>, /)", struct_sequence_make, NULL, 0, 0, 0}};

static const GetSetDef times_fields[] = {
    FIELD(0, "user", "user time"),
    FIELD(1, "system", "system time"),
    FIELD(2, "children_user", "user time of children"),
    FIELD(3, "children_system", "system time of children"),
    FIELD(4, "elapsed", "elapsed time since an arbitrary point in the past"),
    {0},
};
const TypeDef times_def = {
    STRUCT_SEQUENCE_TYPE("posix.times_result", times_fields),
    .make = {"times_result(cls, sequence, dict=<unset>, /)", struct_sequence_make, NULL, 0, 0, 0}};

static double seconds(struct timespec t) { return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec; }
static Value nanoseconds(VM *vm, struct timespec t)
{
    return int_from_i64(vm, (int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

Value stat_new(VM *vm, const struct stat *st)
{
    Value v[19] = {
        from_small(st->st_mode),
        int_from_u64(vm, st->st_ino),
        int_from_u64(vm, st->st_dev),
        int_from_u64(vm, st->st_nlink),
        from_small(st->st_uid),
        from_small(st->st_gid),
        int_from_i64(vm, st->st_size),
        int_from_i64(vm, st->st_atim.tv_sec),
        int_from_i64(vm, st->st_mtim.tv_sec),
        int_from_i64(vm, st->st_ctim.tv_sec),
        from_double(seconds(st->st_atim)),
        from_double(seconds(st->st_mtim)),
        from_double(seconds(st->st_ctim)),
        nanoseconds(vm, st->st_atim),
        nanoseconds(vm, st->st_mtim),
        nanoseconds(vm, st->st_ctim),
        int_from_i64(vm, st->st_blksize),
        int_from_i64(vm, st->st_blocks),
        int_from_u64(vm, st->st_rdev),
    };
    for (int i = 0; i < 19; i++)
        if (!v[i])
            return VALUE_EMPTY;
    return struct_sequence_new(vm, &stat_result_def, v);
}

// ---- the module

static const struct { const char *name; int value; } constants[] = {
    {"O_RDONLY", O_RDONLY}, {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR}, {"O_CREAT", O_CREAT}, {"O_EXCL", O_EXCL}, {"O_TRUNC", O_TRUNC},
    {"O_APPEND", O_APPEND}, {"O_NONBLOCK", O_NONBLOCK}, {"O_NDELAY", O_NDELAY}, {"O_NOCTTY", O_NOCTTY}, {"O_CLOEXEC", O_CLOEXEC},
    {"O_DIRECTORY", O_DIRECTORY}, {"O_NOFOLLOW", O_NOFOLLOW}, {"O_SYNC", O_SYNC}, {"O_DSYNC", O_DSYNC}, {"O_RSYNC", O_RSYNC},
    {"O_PATH", O_PATH}, {"O_TMPFILE", O_TMPFILE}, {"O_ACCMODE", O_ACCMODE}, {"O_ASYNC", O_ASYNC}, {"O_NOATIME", O_NOATIME},
    {"F_OK", F_OK}, {"R_OK", R_OK}, {"W_OK", W_OK}, {"X_OK", X_OK}, {"SEEK_DATA", SEEK_DATA}, {"SEEK_HOLE", SEEK_HOLE},
    {"WNOHANG", WNOHANG}, {"WUNTRACED", WUNTRACED}, {"WCONTINUED", WCONTINUED}, {"EX_OK", EX_OK}, {"EX_USAGE", EX_USAGE},
    {"EX_DATAERR", EX_DATAERR}, {"EX_NOINPUT", EX_NOINPUT}, {"EX_UNAVAILABLE", EX_UNAVAILABLE}, {"EX_SOFTWARE", EX_SOFTWARE},
    {"EX_OSERR", EX_OSERR}, {"EX_IOERR", EX_IOERR}, {"EX_TEMPFAIL", EX_TEMPFAIL}, {"EX_NOPERM", EX_NOPERM}, {"EX_CONFIG", EX_CONFIG},
};

static bool add_environment(VM *vm, Module *m)
{
    Dict *d = dict_new(vm, 32);
    for (char **e = environ; d && e && *e; e++) {
        const char *equals = strchr(*e, '=');
        if (!equals)
            continue;
        Value key = bytes_new(vm, *e, (size_t)(equals - *e)), value = bytes_new(vm, equals + 1, strlen(equals + 1));
        if (!key || !value || (!dict_get(vm, d, key) && !dict_set(vm, d, key, value)))
            return false;
    }
    return d && module_set(vm, m, "environ", from_object(d));
}

static bool add_functions(VM *vm, Module *m, const NativeDef *table)
{
    Str *module = str_intern_text(vm, "posix", 5);
    for (const NativeDef *f = table; module && f->signature; f++) {
        Value v = native_new(vm, f, VALUE_EMPTY, module);
        if (!v || !dict_set_str(vm, m->dict, ((Native *)as_object(v))->name, v))
            return false;
    }
    return module != NULL;
}

static bool add_struct(VM *vm, Module *m, const TypeDef *def)
{
    Type *t = struct_sequence_type(vm, def);
    return t && dict_set_str(vm, m->dict, t->name, from_object(t));
}

static bool posix_init(VM *vm, Module *m)
{
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (!module_set(vm, m, constants[i].name, from_small(constants[i].value)))
            return false;
    return add_functions(vm, m, posix_path_functions) && add_functions(vm, m, posix_file_functions) &&
           add_functions(vm, m, posix_process_functions) && add_environment(vm, m) &&
           add_struct(vm, m, &stat_result_def) && add_struct(vm, m, &terminal_size_def) &&
           add_struct(vm, m, &uname_def) && add_struct(vm, m, &times_def) &&
           module_set(vm, m, "error", from_object(vm->exc[EXC_OSError]));
}

static const NativeDef functions[] = {
    {"fspath(path)", posix_fspath, "Return the file system path representation of the object.", 0, 0, 0},
    {"scandir(path=None)", posix_scandir, "Return an iterator of DirEntry objects for given path.", 0, 0, 0},
    {0},
};
static const TypeDef *const types[] = {&dir_entry_def, &scandir_def, NULL};

const ModuleDef posix_module = {
    .name = "posix",
    .doc = "System calls: the kernel of os.",
    .functions = functions,
    .types = types,
    .init = posix_init,
};
