// SPDX-License-Identifier: MIT
//
// The hooks of the VM: import, clock, entropy, warnings, errors that cannot propagate, coroutines never awaited.

#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "runtime/host/host.h"
#include "runtime/host/import.h"
#include "runtime/host/traceback_print.h"
#include "runtime/loop/signals.h"
#include "vm/compile/positions.h"
#include "vm/core/type.h"
#include "vm/types/generator.h"
#include "runtime/tasks/scheduler.h"

static double clock_monotonic(void *context)
{
    (void)context;
    return sys_machine_time(); // limits count it, even when the script sees another clock
}

static double clock_thread(void *context)
{
    struct timespec t = {0, 0};
    sys_clock(((Host *)context)->vm, CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool entropy(void *context, void *buffer, size_t size)
{
    return sys_entropy(((Host *)context)->vm, buffer, size);
}

static void mark(VM *vm, Gc *gc)
{
    Host *host = host_of(vm);
    if (host && host->mark_loop)
        host->mark_loop(vm, gc);
}

// ---- errors that cannot propagate

static Value unraisable_args(VM *vm, Value e, Value where)
{
    Value cls = host_sys(vm, "UnraisableHookArgs");
    Value trace = is_exception(e) && as_exception(e)->traceback ? as_exception(e)->traceback : VALUE_NONE;
    Value fields = tuple_pack(vm, 5, from_object(type_of(vm, e)), e, trace, VALUE_NONE, where ? where : VALUE_NONE);
    return cls && fields ? call1(vm, cls, fields) : VALUE_EMPTY;
}

static void print_plainly(VM *vm, Value e, Value where)
{
    Value file = host_sys(vm, "stderr");
    Str *text = str_format(vm, "Exception ignored in: %R\n", where ? where : VALUE_NONE);
    Value line = from_object(text);
    if (text && file && !is_none(file))
        call_method(vm, file, NAME_OF(vm, write), &line, 1);
    error_clear(vm);
    traceback_print(vm, e, file && !is_none(file) ? file : VALUE_EMPTY);
}

static void unraisable(VM *vm, Value exception, Value where)
{
    if (vm->closed_to_scripts) // whatever it was, it was refused to run
        return;
    Value hook = host_sys(vm, "unraisablehook"), original = host_sys(vm, "__unraisablehook__");
    Value saved = vm->error;
    vm->error = VALUE_EMPTY;
    if (hook && hook != original && !is_none(hook)) {
        Value args = unraisable_args(vm, exception, where);
        if (!args || !call1(vm, hook, args))
            error_clear(vm);
    } else if (!hook || !is_none(hook)) {
        print_plainly(vm, exception, where);
    }
    vm->error = saved;
}

// ---- warnings

static bool running_main(VM *vm)
{
    if (!vm->frame)
        return true;
    Value name = dict_get_str(vm, as_function(vm->frame->callee)->globals, NAME_OF(vm, __name__));
    return name && is_str(name) && str_is(as_str(name), "__main__");
}

// What the default filters drop, asked before the warnings module is loaded.
static bool ignored(VM *vm, Type *category)
{
    static const uint8_t quiet[] = {EXC_PendingDeprecationWarning, EXC_ImportWarning, EXC_ResourceWarning};
    Value options = host_sys(vm, "warnoptions");
    if (host_of(vm)->flags & AIOLOS_DEV_MODE || (options && is_list(options) && as_list(options)->count))
        return false;
    Str *name = NAME_OF(vm, warnings);
    if (dict_get_str(vm, vm->modules, name))
        return false;
    for (size_t i = 0; i < sizeof quiet; i++)
        if (type_is_subtype(category, vm->exc[quiet[i]]))
            return true;
    return type_is_subtype(category, vm->exc[EXC_DeprecationWarning]) && !running_main(vm);
}

// The module that is blamed: names is its namespace, in which it remembers what was shown.
typedef struct Place {
    Str *file;
    int32_t line;
    Dict *names;
} Place;

static Value call_explicit(VM *vm, Type *category, Str *message, const Place *place)
{
    Value module = import_text(vm, "warnings");
    Str *name = module ? str_intern_text(vm, "warn_explicit", 13) : NULL;
    Value function = name ? object_getattr(vm, module, name) : VALUE_EMPTY;
    Value blamed = VALUE_NONE, registry = VALUE_NONE, names = VALUE_NONE;
    if (!function)
        return VALUE_EMPTY;
    if (place->names) {
        Str *key = str_intern_text(vm, "__warningregistry__", 19);
        registry = key ? dict_setdefault(vm, place->names, from_object(key), from_object(dict_new(vm, 0)))
                       : VALUE_EMPTY;
        blamed = dict_get_str(vm, place->names, NAME_OF(vm, __name__));
        names = from_object(place->names);
        if (!registry || !blamed)
            blamed = from_object(str_from(vm, "<string>"));
        if (!registry || !blamed)
            return VALUE_EMPTY;
    }
    Value args[7] = {from_object(message),
                     from_object(category),
                     from_object(place->file),
                     from_small(place->line),
                     blamed,
                     registry,
                     names};
    return object_call(vm, function, args, 7, NULL);
}

static Value warn_place_of(VM *vm, Type *category, Str *message, const Place *place)
{
    Host *host = host_of(vm);
    if (host->warning || !host->started || !place->file)
        return vm->error ? VALUE_EMPTY : VALUE_NONE;
    host->warning = true; // a warning about giving a warning is dropped
    Value result = call_explicit(vm, category, message, place);
    host->warning = false;
    return result;
}

static Value give_warning(VM *vm, Type *category, Str *message, int stack_level)
{
    if (ignored(vm, category))
        return VALUE_NONE;
    Frame *frame = vm->frame;
    for (; frame && stack_level > 1; stack_level--)
        frame = frame->caller;
    if (!frame) {
        Place sys = {str_from(vm, "sys"), 1, vm->sys_module ? as_module(vm->sys_module)->dict : NULL};
        return warn_place_of(vm, category, message, &sys);
    }
    Code *code = frame_code(frame);
    uint32_t index = frame->pc > code->instrs ? (uint32_t)(frame->pc - code->instrs) - 1 : 0;
    Place place = {code->filename, code_line(code, index), as_function(frame->callee)->globals};
    return warn_place_of(vm, category, message, &place);
}

Value host_warn_at(VM *vm, Type *category, Str *message, Str *file, int32_t line)
{
    if (ignored(vm, category))
        return VALUE_NONE;
    return warn_place_of(vm, category, message, &(Place){file, line, NULL});
}

// ---- coroutines that were never awaited: noted while the collector runs, reported at the next safepoint

// Debug mode: the coroutine is still whole, the report tells where it was made.
static void warn_with_origin(VM *vm, struct Generator *coroutine)
{
    Str *library = str_intern_text(vm, "warnings", 8);
    Value self = from_object(coroutine);
    Value module = library ? vm->hooks.import(vm, library, VALUE_NONE, VALUE_NONE, 0) : VALUE_EMPTY;
    Str *name = module ? str_intern_text(vm, "_warn_unawaited_coroutine", 25) : NULL;
    Value f = name ? object_getattr(vm, module, name) : VALUE_EMPTY;
    if (f && call1(vm, f, self))
        return;
    Value error = error_take(vm);
    if (vm->hooks.unraisable)
        vm->hooks.unraisable(vm, error, self);
    vm->error = VALUE_EMPTY;
}

static void never_awaited(VM *vm, struct Generator *coroutine)
{
    Host *host = host_of(vm);
    if (!host || host->finished)
        return;
    if (coroutine->more && coroutine->more->origin) {
        warn_with_origin(vm, coroutine);
        return;
    }
    Str *name = frame_code(&coroutine->frame)->qualname;
    char *copy = mem_realloc(vm, NULL, 0, name->size + 1);
    if (host->unawaited_count == host->unawaited_capacity) {
        size_t wanted = host->unawaited_capacity ? host->unawaited_capacity * 2 : 8;
        char **more = mem_realloc(vm, host->unawaited, host->unawaited_capacity * sizeof *more, wanted * sizeof *more);
        if (more) {
            host->unawaited = more;
            host->unawaited_capacity = wanted;
        }
    }
    if (!copy || host->unawaited_count == host->unawaited_capacity) {
        mem_realloc(vm, copy, copy ? name->size + 1 : 0, 0);
        return;
    }
    memcpy(copy, name->data, name->size + 1);
    host->unawaited[host->unawaited_count++] = copy;
    vm_request_attention(vm, ATTENTION_POLL);
}

bool host_warn_unawaited(VM *vm)
{
    Host *host = host_of(vm);
    while (host->unawaited_count) {
        char *name = host->unawaited[--host->unawaited_count];
        Str *s = str_from(vm, name);
        mem_realloc(vm, name, strlen(name) + 1, 0);
        if (!s || !warn(vm, EXC_RuntimeWarning, "coroutine '%U' was never awaited", s))
            return false;
    }
    return true;
}

static bool poll(VM *vm)
{
    atomic_fetch_and(&vm->attention, ~ATTENTION_POLL);
    host_attend(vm);
    if (unlikely(signals_pending(vm)) && !signals_deliver(vm))
        return false;
    return host_warn_unawaited(vm);
}

void host_hooks(VM *vm)
{
    vm->hooks = (VMHooks){
        .context = vm->host,
        .clock_monotonic = clock_monotonic,
        .clock_thread = clock_thread,
        .entropy = entropy,
        .import = import_hook,
        .unraisable = unraisable,
        .warn = give_warning,
        .warn_at = host_warn_at,
        .interrupt = scheduler_interrupt,
        .poll = poll,
        .never_awaited = never_awaited,
        .mark = mark,
    };
}
