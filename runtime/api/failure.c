// SPDX-License-Identifier: MIT
//
// How API calls end, and the last failure: kept as an exception, made into text only when asked for.

#include <string.h>

#include "api.h"
#include "runtime/host/traceback_print.h"

void api_free_error(VM *vm)
{
    Host *host = host_of(vm);
    mem_realloc(vm, host->error_text, host->error_size, 0);
    host->error_text = NULL;
    host->error_size = 0;
}

AiolosStatus api_status(VM *vm, bool ok)
{
    if (ok || host_of(vm)->entered > 1) { // inside a native of the host the exception stays pending
        api_leave(vm);
        return ok ? AIOLOS_OK : AIOLOS_ERROR;
    }
    Value e = error_take(vm);
    vm->roots[HOST_ROOT_ERROR] = e ? e : vm->memory_error;
    api_leave(vm);
    return AIOLOS_ERROR;
}

bool api_done(VM *vm, bool ok) { return api_status(vm, ok) == AIOLOS_OK; }

AiolosValue *api_pin(VM *vm, Value v)
{
    Pin *pin = mem_realloc(vm, NULL, 0, sizeof *pin);
    if (!pin) {
        raise_memory(vm);
        return NULL;
    }
    *pin = (Pin){.next = vm->pins, .value = v};
    if (vm->pins)
        vm->pins->previous = pin;
    vm->pins = pin;
    return (AiolosValue *)pin;
}

AiolosValue *api_result(VM *vm, Value v)
{
    AiolosValue *handle = v ? api_pin(vm, v) : NULL;
    api_status(vm, handle != NULL);
    return handle;
}

// ---- for the host

static bool keep_text(VM *vm, const char *text, size_t size)
{
    Host *host = host_of(vm);
    host->error_text = mem_realloc(vm, NULL, 0, size + 1);
    if (!host->error_text)
        return false;
    host->error_size = size + 1;
    memcpy(host->error_text, text, size);
    host->error_text[size] = 0;
    return true;
}

const char *aiolos_error(AiolosVM *handle)
{
    VM *vm = inside(handle);
    Host *host = host_of(vm);
    Value e = vm->roots[HOST_ROOT_ERROR];
    if (!e)
        return "";
    if (host->error_text)
        return host->error_text;
    ENTER(vm);
    vm->roots[HOST_ROOT_ERROR] = e;
    vm->gc.reserve_open = true;
    LimitPause pause = api_pause(vm);
    Str *text = traceback_text(vm, e);
    bool ok = text && keep_text(vm, text->data, text->size);
    api_resume(vm, pause);
    error_clear(vm);
    api_leave(vm);
    return ok ? host->error_text : "MemoryError\n";
}

int aiolos_report(AiolosVM *handle, bool *interrupted)
{
    VM *vm = inside(handle);
    Host *host = host_of(vm);
    Value e = vm->roots[HOST_ROOT_ERROR];
    ENTER(vm);
    host->exit_code = 0;
    host->interrupted = false;
    LimitPause pause = api_pause(vm);
    if (e)
        host_report(vm, e);
    error_clear(vm);
    api_resume(vm, pause);
    if (interrupted)
        *interrupted = host->interrupted;
    api_leave(vm);
    return host->exit_code;
}

bool aiolos_wants_exit(AiolosVM *handle)
{
    VM *vm = inside(handle);
    Value e = vm->roots[HOST_ROOT_ERROR];
    return e && is_instance(vm, e, vm->exc[EXC_SystemExit]);
}

AiolosValue *aiolos_raise(AiolosVM *handle, const char *class_name, const char *message)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *name = str_intern_text(vm, class_name, strlen(class_name));
    Value cls = name ? dict_get_str(vm, vm->builtins, name) : VALUE_EMPTY;
    Str *text = host_text(vm, message);
    if (text && cls) {
        Value e = call1(vm, cls, from_object(text));
        if (e)
            raise_value_of(vm, e);
    } else if (text) {
        raise_runtime(vm, "%U", text);
    }
    api_leave(vm);
    return NULL;
}
