// SPDX-License-Identifier: MIT
//
// Bringing a VM up and down: the modules builtins and sys, what of sys comes from outside (arguments, paths, streams),
// and __main__.

#define _GNU_SOURCE
#include "host.h"

#include <string.h>

#include "runtime/host/import.h"
#include "runtime/host/traceback_print.h"
#include "runtime/loop/signals.h"
#include "vm/core/limits.h"
#include "vm/core/type.h"
#include "runtime/tasks/scheduler.h"

// ---- small tools

Str *host_text(VM *vm, const char *text)
{
    Value s = str_decode(vm, text, strlen(text), "utf-8", "surrogateescape");
    return s ? as_str(s) : NULL;
}

Value host_sys(VM *vm, const char *name)
{
    if (!vm->sys_module || !is_module(vm->sys_module))
        return VALUE_EMPTY;
    Str *key = str_intern_text(vm, name, strlen(name));
    return key ? dict_get_str(vm, as_module(vm->sys_module)->dict, key) : VALUE_EMPTY;
}

bool host_set_sys(VM *vm, const char *name, Value value)
{
    return value && module_set(vm, as_module(vm->sys_module), name, value);
}

static Value text_list(VM *vm, int count, const char *const *texts)
{
    List *l = list_new(vm, count);
    for (int i = 0; l && i < count; i++) {
        Str *s = host_text(vm, texts[i]);
        if (!s || !list_append(vm, l, from_object(s)))
            return VALUE_EMPTY;
    }
    return from_object(l);
}

// ---- sys.excepthook: the default one prints with the printer in C

static Value excepthook(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value file = host_sys(vm, "stderr");
    if (file && !is_none(file))
        traceback_print(vm, args[1], file);
    return VALUE_NONE;
}

static const NativeDef excepthook_def = {
    "excepthook(exctype, value, traceback, /)",
    excepthook,
    "Handle an exception by displaying it on sys.stderr.",
    NATIVE_RAW,
    3,
    3,
};

static bool set_excepthook(VM *vm)
{
    Str *module = str_intern_text(vm, "sys", 3);
    Value hook = module ? native_new(vm, &excepthook_def, VALUE_EMPTY, module) : VALUE_EMPTY;
    return hook && host_set_sys(vm, "excepthook", hook) && host_set_sys(vm, "__excepthook__", hook);
}

// ---- what sys learns from outside

static bool set_builtin_names(VM *vm)
{
    List *names = list_new(vm, 40);
    for (size_t i = 0; names && i < builtin_module_count; i++) {
        Str *s = builtin_modules[i] ? str_from(vm, builtin_modules[i]->name) : NULL;
        if (!builtin_modules[i])
            continue;
        if (!s || !list_append(vm, names, from_object(s)))
            return false;
    }
    if (!names || !list_sort(vm, names, VALUE_NONE, false))
        return false;
    return host_set_sys(vm, "builtin_module_names", tuple_from(vm, names->items, names->count));
}

// sys.flags was made with the defaults; nobody has seen it yet.
static void set_flags(VM *vm, uint32_t flags)
{
    Value v = host_sys(vm, "flags");
    if (!v || !is_tuple(v))
        return;
    static const struct { uint32_t flag; int index; } table[] = {
        {AIOLOS_INTERACTIVE, 1}, {AIOLOS_INTERACTIVE, 2}, {AIOLOS_OPTIMIZE, 3}, {AIOLOS_IGNORE_ENVIRONMENT, 7}, {AIOLOS_QUIET, 10},
        {AIOLOS_ISOLATED, 12},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (flags & table[i].flag)
            as_tuple(v)->items[table[i].index] = from_small(1);
    if (flags & AIOLOS_DEV_MODE)
        as_tuple(v)->items[13] = VALUE_TRUE;
}

static bool set_outside(VM *vm, const AiolosConfig *config)
{
    Str *executable = host_text(vm, config->executable ? config->executable : "");
    set_flags(vm, config->flags);
    return executable && host_set_sys(vm, "executable", from_object(executable)) &&
           host_set_sys(vm, "argv", text_list(vm, config->argc, config->argv)) &&
           host_set_sys(vm, "orig_argv", text_list(vm, config->argc, config->argv)) &&
           host_set_sys(vm, "path", text_list(vm, config->path_count, config->path)) &&
           host_set_sys(vm, "warnoptions", text_list(vm, config->warn_option_count, config->warn_options)) &&
           set_builtin_names(vm) && set_excepthook(vm);
}

// builtins.open is the function of the module io.
static bool set_open(VM *vm)
{
    Value io = import_text(vm, "_io");
    Str *name = str_intern_text(vm, "open", 4);
    Value open = io && name ? dict_get_str(vm, as_module(io)->dict, name) : VALUE_EMPTY;
    return open && dict_set_str(vm, vm->builtins, name, open);
}

static bool open_streams(VM *vm)
{
    static const char *const names[3][2] = {{"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
    Tuple *all = tuple_new(vm, 3);
    if (!all)
        return false;
    vm->roots[HOST_ROOT_STREAMS] = from_object(all);
    for (int i = 0; i < 3; i++) {
        Value stream = stream_open_standard(vm, i);
        if (!stream || !host_set_sys(vm, names[i][0], stream) || !host_set_sys(vm, names[i][1], stream))
            return false;
        all->items[i] = stream;
        gc_barrier(vm, all);
    }
    return true;
}

static Module *new_main(VM *vm)
{
    Str *name = NAME_OF(vm, __main__);
    Module *m = module_new(vm, name);
    Value builtins = m ? import_text(vm, "builtins") : VALUE_EMPTY;
    if (!builtins || !dict_set_str(vm, m->dict, NAME_OF(vm, __builtins__), builtins) ||
        !dict_set_str(vm, m->dict, NAME_OF(vm, __annotations__), from_object(dict_new(vm, 0))) ||
        !dict_set_str(vm, vm->modules, name, from_object(m)))
        return NULL;
    vm->roots[HOST_ROOT_MAIN] = from_object(m);
    return m;
}

Module *host_main_module(VM *vm, const char *file)
{
    Module *m = vm->roots[HOST_ROOT_MAIN] ? as_module(vm->roots[HOST_ROOT_MAIN]) : new_main(vm);
    if (!m || !file)
        return m;
    Str *s = host_text(vm, file);
    if (!s || !dict_set_str(vm, m->dict, NAME_OF(vm, __file__), from_object(s)) ||
        !dict_set_str(vm, m->dict, NAME_OF(vm, __cached__), VALUE_NONE))
        return NULL;
    return m;
}

bool host_start(VM *vm, const AiolosConfig *config)
{
    host_hooks(vm);
    scheduler_install(host_of(vm));
    if (!import_text(vm, "sys") || !import_text(vm, "builtins"))
        return false;
    vm->sys_module = dict_get_str(vm, vm->modules, NAME_OF(vm, sys));
    if (!set_outside(vm, config) || !set_open(vm) || !open_streams(vm) || !host_main_module(vm, NULL))
        return false;
    host_of(vm)->started = true;
    return true;
}

// ---- the end

static bool flush_stream(VM *vm, const char *name)
{
    Value stream = host_sys(vm, name);
    if (!stream || is_none(stream))
        return true;
    Str *closed = str_intern_text(vm, "closed", 6);
    Value is_closed = closed ? object_getattr_opt(vm, stream, closed) : VALUE_EMPTY;
    error_clear(vm);
    if (is_closed && object_truth(vm, is_closed) == 1)
        return true;
    error_clear(vm);
    return call_method(vm, stream, NAME_OF(vm, flush), NULL, 0) != VALUE_EMPTY;
}

bool host_flush(VM *vm)
{
    bool ok = flush_stream(vm, "stdout");
    if (!ok && vm->error) {
        Value e = error_take(vm), stream = host_sys(vm, "stdout");
        if (vm->hooks.unraisable && !error_is(vm, EXC_MemoryError))
            vm->hooks.unraisable(vm, e, stream ? stream : VALUE_NONE);
    }
    error_clear(vm);
    flush_stream(vm, "stderr");
    error_clear(vm);
    return ok;
}

void host_finish(VM *vm)
{
    Host *host = host_of(vm);
    if (host->finished || !host->started)
        return;
    host->finished = true;
    vm->gc.reserve_open = true;
    if (limits_spent(vm))
        limits_pause(vm); // for good: no script runs any more
    if (host->shutdown)
        host->shutdown(vm);
    signals_release(vm);
    error_clear(vm);
    host_run_atexit(vm);
    host_warn_unawaited(vm);
    error_clear(vm);
    if (!host_flush(vm))
        host->output_failed = true;
    host_finalize_all(vm);
    if (limits_spent(vm))
        limits_pause(vm); // hit by what ran last
    if (!host->output_failed && !host_flush(vm)) // what __del__ methods printed
        host->output_failed = true;
}
