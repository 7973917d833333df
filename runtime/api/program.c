// SPDX-License-Identifier: MIT
//
// Running programs: source text, script files, modules (-m), statements of a prompt; and the listings.

#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "runtime/host/import.h"
#include "vm/compile/compile.h"
#include "vm/core/type.h"
#include "vm/interp/interp.h"

static bool run_text(VM *vm, const char *text, size_t size, Str *name)
{
    bool is_text = str_is(name, "<string>"); // -c: no cookie, offsets in characters
    Code *code = compile_source(vm, text, size, name, COMPILE_EXEC,
                                COMPILE_TOP_LEVEL_AWAIT | (is_text ? 0 : COMPILE_SCRIPT), is_text);
    return code && host_run_code(vm, code, as_module(vm->roots[HOST_ROOT_MAIN])->dict);
}

AiolosStatus aiolos_run_source(AiolosVM *handle, const char *text, size_t size, const char *name)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *file = host_text(vm, name);
    return api_status(vm, file && host_main_module(vm, NULL) && run_text(vm, text, size, file));
}

// ---- script files

// The text that goes before a relative path; "" when it is absolute or the folder is unknown.
static Str *absolute_path(VM *vm, const char *path)
{
    char here[4096];
    Str *p = host_text(vm, path);
    if (!p || path_is_absolute(p) || !getcwd(here, sizeof here))
        return p;
    Str *folder = host_text(vm, here);
    if (strncmp(path, "./", 2) == 0)
        path += 2;
    return folder ? path_join(vm, folder, path, strlen(path)) : NULL;
}

static AiolosStatus cannot_open(VM *vm, Str *path, int error)
{
    sys_raise(vm, error, from_object(path));
    api_status(vm, false);
    return AIOLOS_CANNOT_OPEN;
}

static bool insert_path(VM *vm, Str *folder)
{
    Value path = host_sys(vm, "path");
    return path && is_list(path) && list_insert(vm, as_list(path), 0, from_object(folder));
}

// sys.path[0] of a script is the folder it really lies in.
static bool insert_script_folder(VM *vm, const char *path)
{
    char *real = realpath(path, NULL);
    const char *text = real ? real : path, *slash = strrchr(text, '/');
    Str *folder = NULL;
    if (slash) {
        Value s = str_decode(vm, text, slash == text ? 1 : (size_t)(slash - text), "utf-8", "surrogateescape");
        folder = s ? as_str(s) : NULL;
    } else {
        folder = vm->empty_str;
    }
    free(real);
    return folder && insert_path(vm, folder);
}

static AiolosStatus run_folder(VM *vm, Str *absolute);

AiolosStatus aiolos_run_file(AiolosVM *handle, const char *path)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *absolute = absolute_path(vm, path);
    size_t size;
    if (!absolute)
        return api_status(vm, false);
    char *text = sys_read_file(vm, path, &size);
    if (!text && errno == EISDIR)
        return run_folder(vm, absolute);
    if (!text)
        return cannot_open(vm, absolute, errno);
    bool ok = insert_script_folder(vm, path) && host_main_module(vm, absolute->data);
    Code *code = ok ? compile_source(vm, text, size, absolute, COMPILE_EXEC, COMPILE_TOP_LEVEL_AWAIT | COMPILE_SCRIPT,
                                     false)
                    : NULL;
    mem_realloc(vm, text, size + 1, 0);
    return api_status(vm, code && host_run_code(vm, code, as_module(vm->roots[HOST_ROOT_MAIN])->dict));
}

// ---- modules as programs

// Makes `found` the main module: __spec__ and the rest are set, the name is __main__.
static bool run_as_main(VM *vm, Str *name, const Found *found, bool with_argv)
{
    Module *m = host_main_module(vm, found->file ? found->file->data : NULL);
    Value spec = m ? module_spec_of(vm, name, found) : VALUE_EMPTY;
    if (!spec || !module_set_spec(vm, m, name, found, spec))
        return false;
    if (found->file && with_argv) {
        Value argv = host_sys(vm, "argv");
        if (argv && is_list(argv) && as_list(argv)->count)
            as_list(argv)->items[0] = from_object(found->file);
    }
    Code *code;
    if (found->kind == FOUND_FROZEN) {
        Str *file = str_format(vm, "<frozen %s>", found->frozen->name);
        code = file ? compile_source(vm, found->frozen->source, found->frozen->size, file, COMPILE_EXEC,
                                     COMPILE_TOP_LEVEL_AWAIT, false)
                    : NULL;
    } else {
        code = import_compile_file(vm, found->file, COMPILE_TOP_LEVEL_AWAIT);
    }
    return code && host_run_code(vm, code, m->dict);
}

static Value raise_no_program(VM *vm, const char *format, Str *name)
{
    return raise_exc(vm, EXC_ImportError, format, name);
}

// The __path__ of the package that the first `size` bytes of name are. VALUE_EMPTY: ImportError.
static Value parent_path(VM *vm, Str *name, size_t size)
{
    Str *parent = str_new(vm, name->data, size);
    Value package = parent ? import_module(vm, parent) : VALUE_EMPTY;
    Value path = package ? object_getattr_opt(vm, package, NAME_OF(vm, __path__)) : VALUE_EMPTY;
    if (path)
        return path;
    if (package && !vm->error)
        raise_exc(vm, EXC_ModuleNotFoundError, "__path__ attribute not found on %R while trying to find %R",
                  from_object(parent), from_object(name));
    if (!error_is(vm, EXC_ImportError))
        return VALUE_EMPTY;
    Value e = error_take(vm);
    return raise_exc(vm, EXC_ImportError, "Error while finding module specification for %R (%T: %S)",
                     from_object(name), e, e);
}

// The module, or the __main__ of a package. False: error.
static bool find_program(VM *vm, Str *name, Found *found, Str **full)
{
    const char *dot = memrchr(name->data, '.', name->size);
    Value path = VALUE_EMPTY;
    *full = name;
    if (dot && !(path = parent_path(vm, name, (size_t)(dot - name->data))))
        return false;
    if (!module_find(vm, name, path, found))
        return false;
    if (found->kind == FOUND_NOTHING)
        return raise_no_program(vm, "No module named %U", name), false;
    if (found->kind == FOUND_BUILTIN)
        return raise_no_program(vm, "No code object available for %U", name), false;
    if (!found->search)
        return true;
    Str *inner = str_format(vm, "%U.__main__", name);
    if (!inner || !import_module(vm, name) || !module_find(vm, inner, found->search, found))
        return false;
    *full = inner;
    if (found->kind != FOUND_FILE && found->kind != FOUND_FROZEN)
        return raise_exc(vm, EXC_ImportError, "No module named %U; %R is a package and cannot be directly executed",
                         inner, from_object(name)),
               false;
    return true;
}

AiolosStatus aiolos_run_module(AiolosVM *handle, const char *text)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *name = host_text(vm, text), *full;
    Found found;
    if (!name || !find_program(vm, name, &found, &full)) {
        if (!error_is(vm, EXC_ImportError))
            return api_status(vm, false);
        api_status(vm, false);
        return AIOLOS_CANNOT_OPEN;
    }
    return api_status(vm, run_as_main(vm, full, &found, true));
}

static AiolosStatus run_folder(VM *vm, Str *absolute)
{
    Found found;
    Value folder = from_object(absolute);
    Value search = folder ? list_from(vm, &folder, 1) : VALUE_EMPTY;
    if (!search || !module_find(vm, NAME_OF(vm, __main__), search, &found))
        return api_status(vm, false);
    if (found.kind != FOUND_FILE) {
        raise_exc(vm, EXC_ImportError, "can't find '__main__' module in %R", from_object(absolute));
        api_status(vm, false);
        return AIOLOS_CANNOT_OPEN;
    }
    return api_status(vm, insert_path(vm, as_str(folder)) && run_as_main(vm, NAME_OF(vm, __main__), &found, false));
}

// ---- the prompt

AiolosStatus aiolos_prompt(AiolosVM *handle, const char *text, size_t size)
{
    VM *vm = inside(handle);
    ENTER(vm);
    ParseOptions options = {
        .allocator = {(void *(*)(void *, void *, size_t, size_t))mem_realloc, vm},
        .filename = "<stdin>",
        .mode = PARSE_SINGLE,
        .is_text = true,
        .from_prompt = true,
    };
    ParseResult result;
    bool incomplete = !parse_source(&options, text, size, &result) && result.diagnostic.incomplete;
    parse_result_free(&result);
    error_clear(vm);
    if (incomplete) {
        api_leave(vm);
        return AIOLOS_INCOMPLETE;
    }
    Str *file = str_from(vm, "<stdin>");
    Code *code = file ? compile_source(vm, text, size, file, COMPILE_SINGLE,
                                       COMPILE_TOP_LEVEL_AWAIT | COMPILE_FROM_PROMPT, false)
                      : NULL;
    return api_status(vm, code && host_run_code(vm, code, as_module(vm->roots[HOST_ROOT_MAIN])->dict));
}

// ---- without running

AiolosStatus aiolos_check(AiolosVM *handle, const char *text, size_t size, const char *name)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *file = host_text(vm, name);
    return api_status(vm, file && compile_source(vm, text, size, file, COMPILE_EXEC,
                                                 COMPILE_TOP_LEVEL_AWAIT | COMPILE_SCRIPT, false));
}

static bool dump_tokens(VM *vm, const ParseOptions *options, const char *text, size_t size, const TextSink *sink,
                        Str *file)
{
    Arena arena;
    Diagnostic error = {0};
    arena_init(&arena, options->allocator);
    bool ok = token_dump(options, text, size, sink, &arena, &error);
    if (!ok && error.kind != DIAGNOSTIC_NONE)
        raise_diagnostic(vm, &error, file);
    arena_free(&arena);
    return ok;
}

static bool dump_tree(VM *vm, const ParseOptions *options, const char *text, size_t size, const TextSink *sink,
                      Str *file)
{
    ParseResult result;
    bool ok = parse_source(options, text, size, &result);
    if (ok)
        ok = ast_dump(result.module, false, sink);
    else
        raise_diagnostic(vm, &result.diagnostic, file);
    parse_result_free(&result);
    return ok;
}

AiolosStatus aiolos_dump(AiolosVM *handle, AiolosDump what, const char *text, size_t size, const char *name,
                         bool (*write)(void *context, const char *text, size_t size), void *context)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *file = host_text(vm, name);
    if (!file)
        return api_status(vm, false);
    TextSink sink = {write, context};
    ParseOptions options = {
        .allocator = {(void *(*)(void *, void *, size_t, size_t))mem_realloc, vm},
        .filename = name,
        .mode = PARSE_FILE,
        .from_file = true,
    };
    if (what == AIOLOS_DUMP_TOKENS)
        return api_status(vm, dump_tokens(vm, &options, text, size, &sink, file));
    if (what == AIOLOS_DUMP_AST)
        return api_status(vm, dump_tree(vm, &options, text, size, &sink, file));
    Code *code = compile_source(vm, text, size, file, COMPILE_EXEC, COMPILE_TOP_LEVEL_AWAIT, false);
    if (code)
        disassemble(vm, code, &sink);
    return api_status(vm, code != NULL);
}

// ---- sys.path and sys.argv

bool aiolos_path_insert(AiolosVM *handle, const char *folder)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *s = host_text(vm, folder);
    return api_done(vm, s && insert_path(vm, s));
}

bool aiolos_set_argv(AiolosVM *handle, int index, const char *text)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Value argv = host_sys(vm, "argv");
    Str *s = host_text(vm, text);
    bool ok = s && argv && is_list(argv) && index >= 0 && index < as_list(argv)->count;
    if (ok) {
        as_list(argv)->items[index] = from_object(s);
        gc_barrier(vm, as_object(argv));
    }
    return api_done(vm, ok);
}
