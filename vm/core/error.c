// SPDX-License-Identifier: MIT
//
// Raising exceptions from C. The message formatter (str_vformat) is in vm/types/message.c.

#define _GNU_SOURCE
#include "error.h"

#include <errno.h>
#include <string.h>

#include "native.h"
#include "type.h"

Value raise_value_of(VM *vm, Value exception)
{
    vm->error = exception;
    vm->error_fresh = true;
    return VALUE_EMPTY;
}

Value raise_args(VM *vm, ExcId id, int count, const Value *args)
{
    Value e = exception_new(vm, vm->exc[id], args, count);
    return e ? raise_value_of(vm, e) : VALUE_EMPTY;
}

static Value raise_text(VM *vm, ExcId id, const char *format, va_list args)
{
    Str *text = str_vformat(vm, format, args);
    if (!text)
        return VALUE_EMPTY;
    Value v = from_object(text);
    return raise_args(vm, id, 1, &v);
}

Value raise_exc(VM *vm, ExcId id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    raise_text(vm, id, format, args);
    va_end(args);
    return VALUE_EMPTY;
}

#define RAISER(name, id) \
    Value name(VM *vm, const char *format, ...) \
    { \
        va_list args; \
        va_start(args, format); \
        raise_text(vm, id, format, args); \
        va_end(args); \
        return VALUE_EMPTY; \
    }

RAISER(raise_type, EXC_TypeError)
RAISER(raise_value, EXC_ValueError)
RAISER(raise_index, EXC_IndexError)
RAISER(raise_overflow, EXC_OverflowError)
RAISER(raise_runtime, EXC_RuntimeError)

Value raise_key(VM *vm, Value key) { return raise_args(vm, EXC_KeyError, 1, &key); }

// The message depends on what the object is, as CPython's does.
Value raise_attribute(VM *vm, Value object, Str *name)
{
    if (is_type(object))
        raise_exc(vm, EXC_AttributeError, "type object '%U' has no attribute '%U'", as_type(object)->name, name);
    else if (is_module(object)) {
        Value m = dict_get_str(vm, as_module(object)->dict, NAME_OF(vm, __name__));
        if (m && is_str(m))
            raise_exc(vm, EXC_AttributeError, "module '%U' has no attribute '%U'", as_str(m), name);
        else
            raise_exc(vm, EXC_AttributeError, "module has no attribute '%U'", name);
    } else {
        raise_exc(vm, EXC_AttributeError, "'%T' object has no attribute '%U'", object, name);
    }
    if (vm->error && is_exception(vm->error)) {
        exception_set_field(vm, vm->error, FIELD_NAME, from_object(name));
        exception_set_field(vm, vm->error, FIELD_OBJ, object);
    }
    return VALUE_EMPTY;
}

Value raise_memory(VM *vm)
{
    Value e = vm->memory_error;
    if (e) { // the one made at start: it carries no history
        Exception *x = as_exception(e);
        x->traceback = x->context = x->cause = VALUE_EMPTY;
        x->suppress_context = false;
    }
    vm->error = e ? e : VALUE_NONE;
    vm->error_fresh = false;
    return VALUE_EMPTY;
}

Value raise_stop_iteration(VM *vm, Value value) { return raise_args(vm, EXC_StopIteration, value ? 1 : 0, &value); }

static const struct { int number; ExcId id; } errno_classes[] = {
    {EAGAIN, EXC_BlockingIOError}, {EALREADY, EXC_BlockingIOError}, {EINPROGRESS, EXC_BlockingIOError},
    {EPIPE, EXC_BrokenPipeError}, {ESHUTDOWN, EXC_BrokenPipeError}, {ECHILD, EXC_ChildProcessError},
    {ECONNABORTED, EXC_ConnectionAbortedError}, {ECONNREFUSED, EXC_ConnectionRefusedError},
    {ECONNRESET, EXC_ConnectionResetError}, {EEXIST, EXC_FileExistsError}, {ENOENT, EXC_FileNotFoundError},
    {EISDIR, EXC_IsADirectoryError}, {ENOTDIR, EXC_NotADirectoryError}, {EINTR, EXC_InterruptedError},
    {EACCES, EXC_PermissionError}, {EPERM, EXC_PermissionError}, {ESRCH, EXC_ProcessLookupError}, {ETIMEDOUT, EXC_TimeoutError},
};

ExcId exception_of_errno(int number)
{
    for (size_t i = 0; i < sizeof errno_classes / sizeof errno_classes[0]; i++)
        if (errno_classes[i].number == number)
            return errno_classes[i].id;
    return EXC_OSError;
}

Value raise_os(VM *vm, int error, Value filename)
{
    Str *text = str_from(vm, strerrordesc_np(error) ? strerrordesc_np(error) : "Unknown error");
    if (!text)
        return VALUE_EMPTY;
    Value args[3] = {from_small(error), from_object(text), filename};
    return raise_args(vm, exception_of_errno(error), filename ? 3 : 2, args);
}

bool error_is(VM *vm, ExcId id)
{
    Value e = vm->error;
    return e && is_object(e) && type_is_subtype(type_of(vm, e), vm->exc[id]);
}

Value error_take(VM *vm)
{
    Value e = vm->error;
    vm->error = VALUE_EMPTY;
    if (vm->error_fresh) { // handled by native code: the context is what was being handled
        vm->error_fresh = false;
        Value context = exception_current(vm);
        if (context && context != e && is_exception(e) && !as_exception(e)->context)
            as_exception(e)->context = context;
    }
    return e;
}

bool warn(VM *vm, ExcId category, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str *text = str_vformat(vm, format, args);
    va_end(args);
    if (!text)
        return false;
    return !vm->hooks.warn || vm->hooks.warn(vm, vm->exc[category], text, 1) != VALUE_EMPTY;
}

// The `raise` statement: class or instance, optional cause.
static Value instance_of(VM *vm, Value v, const char *message)
{
    if (is_exception(v))
        return v;
    if (is_type(v) && type_is_subtype(as_type(v), vm->exc[EXC_BaseException])) {
        Value e = call0(vm, v);
        if (e && !is_exception(e))
            return raise_type(vm, "calling %R should have returned an instance of BaseException, not %R", v,
                              from_object(type_of(vm, e)));
        return e;
    }
    return raise_type(vm, "%s", message);
}

void raise_statement(VM *vm, Value exception, Value cause)
{
    Value e = instance_of(vm, exception, "exceptions must derive from BaseException");
    if (!e)
        return;
    if (cause) {
        Value c =
            is_none(cause) ? VALUE_EMPTY : instance_of(vm, cause, "exception causes must derive from BaseException");
        if (!c && !is_none(cause))
            return;
        as_exception(e)->cause = c;
        as_exception(e)->suppress_context = true;
        gc_barrier(vm, as_object(e));
    }
    raise_value_of(vm, e);
}
