// SPDX-License-Identifier: MIT
//
// Names of __main__, calls in both directions, imports.

#include <string.h>

#include "api.h"
#include "runtime/host/import.h"
#include "vm/compile/compile.h"
#include "vm/core/type.h"
#include "vm/interp/interp.h"

#define MOST_ARGS 64

static Dict *main_dict(VM *vm) { return as_module(vm->roots[HOST_ROOT_MAIN])->dict; }

AiolosValue *aiolos_get_global(AiolosVM *handle, const char *name)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *s = str_intern_text(vm, name, strlen(name));
    Value v = s ? dict_get_str(vm, main_dict(vm), s) : VALUE_EMPTY;
    if (s && !v)
        raise_exc(vm, EXC_NameError, "name '%U' is not defined", s);
    return api_result(vm, v);
}

bool aiolos_set_global(AiolosVM *handle, const char *name, const AiolosValue *value)
{
    VM *vm = inside(handle);
    ENTER(vm);
    return api_done(vm, module_set(vm, as_module(vm->roots[HOST_ROOT_MAIN]), name, value_in(value)));
}

AiolosValue *aiolos_import(AiolosVM *handle, const char *name)
{
    VM *vm = inside(handle);
    ENTER(vm);
    return api_result(vm, import_text(vm, name));
}

AiolosValue *aiolos_call(AiolosVM *handle, const AiolosValue *function, AiolosValue *const *args, size_t count)
{
    VM *vm = inside(handle);
    Value values[MOST_ARGS];
    ENTER(vm);
    if (count > MOST_ARGS)
        return raise_type(vm, "aiolos_call takes at most %d arguments", MOST_ARGS), api_result(vm, VALUE_EMPTY);
    for (size_t i = 0; i < count; i++)
        values[i] = value_in(args[i]);
    return api_result(vm, object_call(vm, value_in(function), values, (int)count, NULL));
}

AiolosValue *aiolos_eval(AiolosVM *handle, const char *text, size_t size)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *file = str_from(vm, "<string>");
    Code *code = file ? compile_source(vm, text, size, file, COMPILE_EVAL, COMPILE_TOP_LEVEL_AWAIT, false) : NULL;
    return api_result(vm, code ? host_run_code(vm, code, main_dict(vm)) : VALUE_EMPTY);
}

// ---- functions of the host

typedef struct HostFunction {
    Object base;
    AiolosFunction function;
    void *context;
    Str *name;
    int min_args, max_args;
} HostFunction;

static void function_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((HostFunction *)o)->name); }

static Value function_repr(VM *vm, Value self)
{
    return from_object(str_format(vm, "<built-in function %U>", ((HostFunction *)as_object(self))->name));
}

static bool check_count(VM *vm, const HostFunction *f, int nargs, Tuple *kwnames)
{
    if (kwnames && kwnames->count)
        return raise_type(vm, "%U() takes no keyword arguments", f->name), false;
    if (nargs >= f->min_args && (f->max_args < 0 || nargs <= f->max_args) && nargs <= MOST_ARGS)
        return true;
    if (f->min_args == f->max_args)
        raise_type(vm, "%U() takes exactly %d argument%s (%d given)", f->name, f->min_args, f->min_args == 1 ? "" : "s",
                   nargs);
    else
        raise_type(vm, "%U() takes from %d to %d arguments (%d given)", f->name, f->min_args, f->max_args, nargs);
    return false;
}

static Value function_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    HostFunction *f = (HostFunction *)as_object(self);
    Pin pins[MOST_ARGS]; // borrowed handles: the values live in the caller's frame, so the pins need no list
    AiolosValue *handles[MOST_ARGS];
    if (!check_count(vm, f, nargs, kwnames))
        return VALUE_EMPTY;
    for (int i = 0; i < nargs; i++) {
        pins[i] = (Pin){.value = args[i]};
        handles[i] = (AiolosValue *)&pins[i];
    }
    AiolosValue *result = f->function(outside(vm), handles, (size_t)nargs, f->context);
    if (!result)
        return vm->error ? VALUE_EMPTY
                         : raise_exc(vm, EXC_SystemError, "%U() failed without raising an exception", f->name);
    Value v = value_in(result);
    aiolos_release(outside(vm), result);
    if (vm->error) // a call inside failed and the function went on
        error_clear(vm);
    return v;
}

static const TypeOps function_ops = {.mark = function_mark, .repr = function_repr, .call = function_call};
static const TypeDef host_function_def = {
    .name = "host_function",
    .kind = KIND_OTHER,
    .size = sizeof(HostFunction),
    .ops = &function_ops,
    .flags = TYPE_NO_NEW | TYPE_NO_DICT,
};

bool aiolos_define(AiolosVM *handle, const char *name, AiolosFunction function, void *context, int min_args,
                   int max_args)
{
    VM *vm = inside(handle);
    ENTER(vm);
    Str *s = str_intern_text(vm, name, strlen(name));
    if (!s || (!type_of_def(vm, &host_function_def) && !type_register(vm, &host_function_def, NULL)))
        return api_done(vm, false);
    HostFunction *f = type_new_of(vm, &host_function_def);
    if (!f)
        return api_done(vm, false);
    f->function = function;
    f->context = context;
    f->name = s;
    f->min_args = min_args;
    f->max_args = max_args;
    return api_done(vm, dict_set_str(vm, main_dict(vm), s, from_object(f)));
}
