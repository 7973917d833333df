// SPDX-License-Identifier: MIT
//
// Running a main program and what follows an exception that nobody caught: sys.excepthook, the exit that SystemExit
// asks for, atexit functions.

#include "host.h"

#include "runtime/host/traceback_print.h"
#include "vm/core/type.h"
#include "vm/interp/interp.h"
#include "vm/memory/heap.h"

// ---- programs

// Without an event loop a coroutine must end without having to wait.
static bool run_alone(VM *vm, Value coroutine, Value *result)
{
    switch (generator_resume(vm, as_generator(coroutine), VALUE_NONE, result)) {
    case EXEC_RETURNED:
        return true;
    case EXEC_RAISED:
        return false;
    default:
        raise_runtime(vm, "await needs an event loop");
        return false;
    }
}

Value host_run_code(VM *vm, Code *code, Dict *globals)
{
    Host *host = host_of(vm);
    Value result = vm_run_code(vm, code, globals, VALUE_EMPTY);
    if (result && code->flags & CODE_COROUTINE && has_kind(result, KIND_COROUTINE)) {
        Value coroutine = result;
        if (!(host->run_main ? host->run_main : run_alone)(vm, coroutine, &result))
            return VALUE_EMPTY;
    }
    // An interrupt that came too late for a safepoint of the program.
    if (result && atomic_load(&vm->attention) & ATTENTION_INTERRUPT && !vm_tick_slow(vm))
        return VALUE_EMPTY;
    return result;
}

// ---- uncaught exceptions

static void write_error(VM *vm, Str *text)
{
    Value file = host_sys(vm, "stderr"), v = from_object(text);
    if (text && file && !is_none(file))
        call_method(vm, file, NAME_OF(vm, write), &v, 1);
    error_clear(vm);
}

static void write_error_text(VM *vm, const char *text)
{
    Str *s = str_from(vm, text);
    error_clear(vm);
    write_error(vm, s);
}

static void flush(VM *vm, const char *name)
{
    Value stream = host_sys(vm, name);
    if (stream && !is_none(stream))
        call_method(vm, stream, NAME_OF(vm, flush), NULL, 0);
    error_clear(vm);
}

// SystemExit: an int is the status; anything else but None is shown and the status is 1.
static void handle_exit(VM *vm, Value e)
{
    Str *key = NAME_OF(vm, code);
    Value code = object_getattr_opt(vm, e, key);
    error_clear(vm);
    int64_t n = 0;
    flush(vm, "stdout");
    if (!code || is_none(code)) {
        n = 0;
    } else if (is_int_like(code)) {
        if (!int_fits_i64(code, &n))
            n = -1;
    } else {
        Str *text = object_str(vm, code);
        error_clear(vm);
        write_error(vm, text);
        write_error_text(vm, "\n");
        n = 1;
    }
    host_of(vm)->exit_code = (int)(n & 0xFF);
}

static void keep_last(VM *vm, Value e)
{
    Value trace = as_exception(e)->traceback ? as_exception(e)->traceback : VALUE_NONE;
    host_set_sys(vm, "last_exc", e);
    host_set_sys(vm, "last_type", from_object(type_of(vm, e)));
    host_set_sys(vm, "last_value", e);
    host_set_sys(vm, "last_traceback", trace);
    error_clear(vm);
}

static void display(VM *vm, Value e)
{
    Value file = host_sys(vm, "stderr");
    if (!file || !is_none(file))
        traceback_print(vm, e, file);
}

static void call_hook(VM *vm, Value hook, Value e)
{
    Value trace = as_exception(e)->traceback ? as_exception(e)->traceback : VALUE_NONE;
    if (call3(vm, hook, from_object(type_of(vm, e)), e, trace))
        return;
    Value second = error_take(vm);
    if (is_instance(vm, second, vm->exc[EXC_SystemExit])) {
        handle_exit(vm, second);
        return;
    }
    write_error_text(vm, "Error in sys.excepthook:\n");
    display(vm, second);
    write_error_text(vm, "\nOriginal exception was:\n");
    display(vm, e);
}

void host_report(VM *vm, Value e)
{
    Host *host = host_of(vm);
    host->interrupted = false;
    host->exit_code = 1;
    vm->gc.reserve_open = true;
    if (!is_exception(e))
        return;
    if (is_instance(vm, e, vm->exc[EXC_SystemExit])) {
        handle_exit(vm, e);
        return;
    }
    host->interrupted = is_instance(vm, e, vm->exc[EXC_KeyboardInterrupt]);
    flush(vm, "stdout");
    keep_last(vm, e);
    Value hook = host_sys(vm, "excepthook");
    if (hook && hook == host_sys(vm, "__excepthook__")) {
        display(vm, e);
    } else if (hook && !is_none(hook)) {
        call_hook(vm, hook, e);
    } else {
        write_error_text(vm, "sys.excepthook is missing\n");
        display(vm, e);
    }
    flush(vm, "stderr");
}

// ---- the end

void host_run_atexit(VM *vm)
{
    Str *atexit = str_intern_text(vm, "atexit", 6);
    Value module = atexit ? dict_get_str(vm, vm->modules, atexit) : VALUE_EMPTY;
    Str *name = module && is_module(module) ? str_intern_text(vm, "_run_exitfuncs", 14) : NULL;
    Value run = name ? dict_get_str(vm, as_module(module)->dict, name) : VALUE_EMPTY;
    error_clear(vm);
    if (run && !call0(vm, run))
        host_report(vm, error_take(vm));
    error_clear(vm);
}

void host_finalize_all(VM *vm)
{
    GcHeap *heap = vm->gc.heap;
    gc_settle(vm);
    size_t left = heap->finalizer_count;
    while (left > 0 &&
           vector_push(vm, (void ***)&heap->due, &heap->due_count, &heap->due_capacity, heap->finalizers[left - 1]))
        left--; // the oldest object comes first
    heap->finalizer_count = 0;
    heap->due_ready = heap->due_count;
    gc_run_finalizers(vm);
    error_clear(vm);
}
