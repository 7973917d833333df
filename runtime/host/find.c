// SPDX-License-Identifier: MIT
//
// Finding modules: the table of modules in C, the frozen ones, then the folders of sys.path or of the parent package.
// In each folder a package (NAME/__init__) comes before a module (NAME.aio, NAME.py), and a bare folder NAME is kept
// as a part of a namespace package should nothing else be found.

#include "import.h"

#include <string.h>

#include "runtime/io/sys.h"

static const ModuleDef *find_builtin(const Str *name)
{
    for (size_t i = 0; i < builtin_module_count; i++)
        if (builtin_modules[i] && str_is(name, builtin_modules[i]->name))
            return builtin_modules[i];
    return NULL;
}

static const FrozenModule *find_frozen(const Str *name)
{
    size_t low = 0, high = frozen_module_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(name->data, frozen_modules[middle].name);
        if (order == 0)
            return strlen(name->data) == name->size ? &frozen_modules[middle] : NULL;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool path_is_absolute(const Str *path) { return path->data[0] == '/'; }

Str *path_join(VM *vm, Str *folder, const char *name, size_t size)
{
    StrBuilder b;
    builder_init(&b, vm);
    builder_add_str(&b, folder);
    if (folder->size && folder->data[folder->size - 1] != '/')
        builder_add_char(&b, '/');
    builder_add(&b, name, size);
    return builder_finish(&b);
}

enum { IS_NOTHING, IS_FILE, IS_FOLDER };

static int kind_of_path(VM *vm, const char *path)
{
    struct stat st;
    if (sys_stat(vm, AT_FDCWD, path, &st, 0) < 0)
        return IS_NOTHING;
    return S_ISDIR(st.st_mode) ? IS_FOLDER : S_ISREG(st.st_mode) ? IS_FILE : IS_NOTHING;
}

// base + suffix if it is a file. *found unset when it is none. False: error.
static bool try_file(VM *vm, Str *base, const char *suffix, Str **found)
{
    Str *path = str_format(vm, "%U%s", base, suffix);
    if (path && kind_of_path(vm, path->data) == IS_FILE)
        *found = path;
    return path != NULL;
}

// Relative folders are made absolute, so that __file__ stays right when the script changes its folder.
static Str *absolute_folder(VM *vm, Str *folder)
{
    char here[4096];
    if (path_is_absolute(folder) || !getcwd(here, sizeof here))
        return folder;
    Value cwd = str_decode(vm, here, strlen(here), "utf-8", "surrogateescape");
    if (!cwd || folder->size == 0)
        return cwd ? as_str(cwd) : NULL;
    return path_join(vm, as_str(cwd), folder->data, folder->size);
}

static bool look_in(VM *vm, Str *folder, const char *name, size_t size, Found *found, List *portions)
{
    folder = absolute_folder(vm, folder);
    Str *base = folder ? path_join(vm, folder, name, size) : NULL;
    if (!base || memchr(base->data, 0, base->size))
        return base != NULL;
    bool is_folder = kind_of_path(vm, base->data) == IS_FOLDER;
    Str *file = NULL;
    if (is_folder &&
        (!try_file(vm, base, "/__init__.aio", &file) || (!file && !try_file(vm, base, "/__init__.py", &file))))
        return false;
    if (file) {
        Value here = from_object(base);
        found->search = list_from(vm, &here, 1);
        if (!found->search)
            return false;
    } else if (!try_file(vm, base, ".aio", &file) || (!file && !try_file(vm, base, ".py", &file))) {
        return false;
    }
    if (file) {
        found->kind = FOUND_FILE;
        found->file = file;
    } else if (is_folder) {
        return list_append(vm, portions, from_object(base));
    }
    return true;
}

static bool look_along(VM *vm, Value path, const char *name, size_t size, Found *found)
{
    Value folders = sequence_fast(vm, path, NULL);
    List *portions = folders ? list_new(vm, 0) : NULL;
    if (!portions)
        return false;
    for (int64_t i = 0; i < sequence_fast_count(folders); i++) {
        Value folder = sequence_fast_items(folders)[i];
        if (!is_str(folder))
            continue;
        if (!look_in(vm, as_str(folder), name, size, found, portions))
            return false;
        if (found->kind != FOUND_NOTHING)
            return true;
    }
    if (portions->count) {
        found->kind = FOUND_NAMESPACE;
        found->search = from_object(portions);
    }
    return true;
}

static Value sys_path(VM *vm)
{
    Value path = dict_get_str(vm, as_module(vm->sys_module)->dict, NAME_OF(vm, path));
    return path ? path : (raise_runtime(vm, "sys.path must be a list of directory names"));
}

bool module_find(VM *vm, Str *name, Value path, Found *found)
{
    *found = (Found){0};
    if ((found->def = find_builtin(name))) {
        found->kind = FOUND_BUILTIN;
        return true;
    }
    if ((found->frozen = find_frozen(name))) {
        found->kind = FOUND_FROZEN;
        found->search = found->frozen->package ? from_object(list_new(vm, 0)) : VALUE_EMPTY;
        return found->search || !found->frozen->package;
    }
    const char *dot = strrchr(name->data, '.');
    const char *tail = dot ? dot + 1 : name->data;
    size_t size = name->size - (size_t)(tail - name->data);
    if (!path && !(path = sys_path(vm)))
        return false;
    return size == 0 || look_along(vm, path, tail, size, found);
}
