// SPDX-License-Identifier: MIT
//
// posix: scandir() and its DirEntry objects, which answer most questions from what reading the folder told.

#define _GNU_SOURCE
#include "posix.h"

#include <errno.h>

typedef struct DirEntry {
    Object base;
    Value name, path;
    Value stat, lstat;   // asked before, VALUE_EMPTY: not yet
    uint64_t inode;
    unsigned char type;  // DT_
    int dir_fd;          // scandir of a descriptor: the names are relative to it; -1
} DirEntry;

typedef struct Scandir {
    Object base;
    DIR *dir;            // NULL: exhausted or closed
    Value path;          // str or bytes before the names, VALUE_EMPTY: a descriptor
    int fd;
    bool as_bytes;
} Scandir;

static DirEntry *as_entry(Value v) { return (DirEntry *)as_object(v); }
static Scandir *as_scandir(Value v) { return (Scandir *)as_object(v); }

// ---- entries

static void entry_mark(Gc *gc, Object *o)
{
    DirEntry *e = (DirEntry *)o;
    gc_mark(gc, e->name);
    gc_mark(gc, e->path);
    gc_mark(gc, e->stat);
    gc_mark(gc, e->lstat);
}

static bool ask(VM *vm, DirEntry *e, bool follow, struct stat *st)
{
    PathArg p;
    bool by_name = e->dir_fd >= 0;
    if (!path_arg(vm, by_name ? e->name : e->path, "DirEntry.stat", 0, &p))
        return false;
    if (sys_stat(vm, by_name ? e->dir_fd : AT_FDCWD, p.text, st, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0)
        return true;
    int error = errno;
    sys_raise(vm, error, e->path);
    return false;
}

static Value entry_stat(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    DirEntry *e = as_entry(args[0]);
    int follow = object_truth(vm, args[1]);
    if (follow < 0)
        return VALUE_EMPTY;
    if (follow && e->type != DT_LNK && e->type != DT_UNKNOWN)
        follow = 0; // the same answer
    Value *kept = follow ? &e->stat : &e->lstat;
    struct stat st;
    if (*kept)
        return *kept;
    if (!ask(vm, e, follow, &st))
        return VALUE_EMPTY;
    Value v = stat_new(vm, &st);
    *kept = v;
    gc_barrier(vm, e);
    return v;
}

static Value is_kind(VM *vm, DirEntry *e, Value follow_arg, unsigned char type, mode_t mode)
{
    int follow = object_truth(vm, follow_arg);
    struct stat st;
    if (follow < 0)
        return VALUE_EMPTY;
    if (e->type != DT_UNKNOWN && (e->type != DT_LNK || !follow))
        return from_bool(e->type == type);
    if (ask(vm, e, follow, &st))
        return from_bool((st.st_mode & S_IFMT) == mode);
    if (!error_is(vm, EXC_FileNotFoundError)) // a link to nowhere is nothing
        return VALUE_EMPTY;
    error_clear(vm);
    return VALUE_FALSE;
}

static Value entry_is_dir(VM *vm, Value *args, int nargs)
{
    return (void)nargs, is_kind(vm, as_entry(args[0]), args[1], DT_DIR, S_IFDIR);
}
static Value entry_is_file(VM *vm, Value *args, int nargs)
{
    return (void)nargs, is_kind(vm, as_entry(args[0]), args[1], DT_REG, S_IFREG);
}
static Value entry_is_symlink(VM *vm, Value *args, int nargs)
{
    return (void)nargs, is_kind(vm, as_entry(args[0]), VALUE_FALSE, DT_LNK, S_IFLNK);
}
static Value entry_inode(VM *vm, Value *args, int nargs)
{
    return (void)nargs, int_from_u64(vm, as_entry(args[0])->inode);
}
static Value entry_fspath(VM *vm, Value *args, int nargs) { return (void)vm, (void)nargs, as_entry(args[0])->path; }
static Value get_name(VM *vm, Value self) { return (void)vm, as_entry(self)->name; }
static Value get_path(VM *vm, Value self) { return (void)vm, as_entry(self)->path; }
static Value entry_repr(VM *vm, Value self)
{
    return from_object(str_format(vm, "<DirEntry %R>", as_entry(self)->name));
}

static const NativeDef entry_methods[] = {
    {"is_dir(self, *, follow_symlinks=True)", entry_is_dir, "Return True if the entry is a directory.", 0, 0, 0},
    {"is_file(self, *, follow_symlinks=True)", entry_is_file, "Return True if the entry is a file.", 0, 0, 0},
    {"is_symlink(self)", entry_is_symlink, "Return True if the entry is a symbolic link.", 0, 0, 0},
    {"stat(self, *, follow_symlinks=True)", entry_stat, "Return stat_result object for the entry.", 0, 0, 0},
    {"inode(self)", entry_inode, "Return inode of the entry.", 0, 0, 0},
    {"__fspath__(self)", entry_fspath, "Returns the path for the entry.", 0, 0, 0},
    {0},
};
static const GetSetDef entry_getsets[] = {
    {"name", get_name, NULL, "the entry's base filename, relative to scandir() \"path\" argument"},
    {"path", get_path, NULL, "the entry's full path name"}, {0},
};
static const TypeOps entry_ops = {.mark = entry_mark, .repr = entry_repr};
const TypeDef dir_entry_def = {
    .name = "posix.DirEntry", .kind = KIND_OTHER, .size = sizeof(DirEntry), .ops = &entry_ops, .methods = entry_methods,
    .getsets = entry_getsets, .flags = TYPE_NO_NEW | TYPE_NO_DICT,
};

// ---- the iterator

static void scandir_mark(Gc *gc, Object *o) { gc_mark(gc, ((Scandir *)o)->path); }

static void scandir_close(VM *vm, Scandir *s)
{
    if (s->dir)
        sys_closedir(vm, s->dir);
    s->dir = NULL;
}

static void scandir_finalize(VM *vm, Object *o) { scandir_close(vm, (Scandir *)o); }

static Value full_path(VM *vm, Scandir *s, Value name)
{
    if (!s->path)
        return name;
    const char *folder, *tail;
    size_t n, m;
    if (s->as_bytes) {
        bytes_view(s->path, &folder, &n);
        bytes_view(name, &tail, &m);
    } else {
        folder = as_str(s->path)->data, n = as_str(s->path)->size;
        tail = as_str(name)->data, m = as_str(name)->size;
    }
    StrBuilder b;
    builder_init(&b, vm);
    if (s->as_bytes) {
        Value v = bytes_new(vm, NULL, n + m + (n && folder[n - 1] != '/'));
        if (!v)
            return VALUE_EMPTY;
        memcpy(as_bytes(v)->data, folder, n);
        if (n && folder[n - 1] != '/')
            as_bytes(v)->data[n++] = '/';
        memcpy(as_bytes(v)->data + n, tail, m);
        return v;
    }
    builder_add(&b, folder, n);
    if (n && folder[n - 1] != '/')
        builder_add_char(&b, '/');
    builder_add(&b, tail, m);
    return from_object(builder_finish(&b));
}

static Value scandir_next(VM *vm, Value self)
{
    Scandir *s = as_scandir(self);
    struct dirent *d;
    do {
        if (!s->dir)
            return VALUE_EMPTY;
        d = sys_readdir(vm, s->dir);
        if (!d) {
            int error = errno;
            scandir_close(vm, s);
            return error ? sys_raise(vm, error, s->path) : VALUE_EMPTY;
        }
    } while (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0);
    Value name = path_result(vm, d->d_name, strlen(d->d_name), s->as_bytes);
    Value path = name ? full_path(vm, s, name) : VALUE_EMPTY;
    DirEntry *e = path ? type_new_of(vm, &dir_entry_def) : NULL;
    if (!e)
        return VALUE_EMPTY;
    e->name = name;
    e->path = path;
    e->inode = d->d_ino;
    e->type = d->d_type;
    e->dir_fd = s->fd;
    return from_object(e);
}

static Value scandir_self(VM *vm, Value self) { return (void)vm, self; }
static Value scandir_enter(VM *vm, Value *args, int nargs) { return (void)vm, (void)nargs, args[0]; }

static Value scandir_exit(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    scandir_close(vm, as_scandir(args[0]));
    return VALUE_NONE;
}

static const NativeDef scandir_methods[] = {
    {"__enter__(self, /)", scandir_enter, NULL, NATIVE_RAW, 1, 1},
    {"__exit__(self, /, *args)", scandir_exit, NULL, NATIVE_RAW, 1, 4},
    {"close(self, /)", scandir_exit, "Close the iterator and free acquired resources.", NATIVE_RAW, 1, 1},
    {0},
};
static const TypeOps scandir_ops = {
    .mark = scandir_mark, .finalize = scandir_finalize, .iter = scandir_self, .next = scandir_next};
const TypeDef scandir_def = {
    .name = "posix.ScandirIterator",
    .kind = KIND_OTHER,
    .size = sizeof(Scandir),
    .ops = &scandir_ops,
    .methods = scandir_methods,
    .flags = TYPE_NO_NEW | TYPE_NO_DICT | TYPE_FINALIZE,
};

Value posix_scandir(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    PathArg p;
    if (!path_arg(vm, args[0], "scandir", PATH_FD | PATH_NONE, &p))
        return VALUE_EMPTY;
    Scandir *s = type_new_of(vm, &scandir_def);
    if (!s)
        return VALUE_EMPTY;
    s->fd = p.text ? -1 : p.fd;
    s->as_bytes = p.as_bytes;
    s->path = is_none(p.given) ? from_object(str_from(vm, ".")) : p.text ? p.given : VALUE_EMPTY;
    int fd = p.text ? -1 : sys_dup(vm, p.fd);
    s->dir = p.text ? sys_opendir(vm, p.text) : fd < 0 ? NULL : sys_fdopendir(vm, fd);
    return s->dir ? from_object(s) : path_error(vm, &p);
}
