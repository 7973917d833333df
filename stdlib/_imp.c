// SPDX-License-Identifier: MIT
//
// Kernel of importlib: finding, importing and running modules by name.

#include "runtime/host/import.h"
#include "vm/core/type.h"

static bool name_argument(VM *vm, Value v, Str **out)
{
    if (!is_str(v))
        return raise_type(vm, "module name must be str, not %T", v), false;
    *out = str_intern(vm, as_str(v));
    return *out != NULL;
}

static Value imp_import(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *name;
    return name_argument(vm, args[0], &name) ? import_module(vm, name) : VALUE_EMPTY;
}

static Value path_of(VM *vm, Value v) { return (void)vm, is_none(v) ? VALUE_EMPTY : v; }

static Value imp_find_spec(VM *vm, Value *args, int nargs)
{
    Str *name;
    Found found;
    if (!name_argument(vm, args[0], &name) ||
        !module_find(vm, name, nargs > 1 ? path_of(vm, args[1]) : VALUE_EMPTY, &found))
        return VALUE_EMPTY;
    return found.kind == FOUND_NOTHING ? VALUE_NONE : module_spec_of(vm, name, &found);
}

// Runs the body again in the module's own namespace.
static Value imp_reload(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Found found;
    if (!is_module(args[0]) || !is_str(args[1]))
        return raise_type(vm, "reload() argument must be a module");
    Str *name = as_str(args[1]);
    if (!module_find(vm, name, path_of(vm, args[2]), &found))
        return VALUE_EMPTY;
    if (found.kind == FOUND_NOTHING)
        return raise_exc(vm, EXC_ModuleNotFoundError, "spec not found for the module %R", args[1]);
    Value spec = module_spec_of(vm, name, &found);
    if (!spec || !module_set_spec(vm, as_module(args[0]), name, &found, spec) ||
        !module_execute(vm, args[0], name, &found))
        return VALUE_EMPTY;
    Value module = dict_get_str(vm, vm->modules, name);
    return module ? module : args[0];
}

static Value imp_is_builtin(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *name;
    Found found;
    if (!name_argument(vm, args[0], &name) || !module_find(vm, name, from_object(list_new(vm, 0)), &found))
        return VALUE_EMPTY;
    return from_small(found.kind == FOUND_BUILTIN);
}

static Value imp_is_frozen(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *name;
    Found found;
    if (!name_argument(vm, args[0], &name) || !module_find(vm, name, from_object(list_new(vm, 0)), &found))
        return VALUE_EMPTY;
    return from_bool(found.kind == FOUND_FROZEN);
}

static Value imp_frozen_source(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *name;
    Found found;
    if (!name_argument(vm, args[0], &name) || !module_find(vm, name, from_object(list_new(vm, 0)), &found))
        return VALUE_EMPTY;
    return found.kind == FOUND_FROZEN ? from_object(str_new(vm, found.frozen->source, found.frozen->size)) : VALUE_NONE;
}

static Value imp_nothing(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return VALUE_NONE;
}

static const NativeDef functions[] = {
    {"import_module(name, /)", imp_import, "The module of an absolute dotted name, imported if need be.", NATIVE_RAW, 1, 1},
    {"find_spec(name, path=None, /)", imp_find_spec, "The ModuleSpec of a module that has not been imported, or None.", NATIVE_RAW, 1, 2},
    {"reload(module, name, path, /)", imp_reload, "Runs the body of a module again.", NATIVE_RAW, 3, 3},
    {"is_builtin(name, /)", imp_is_builtin, "1 if the module is written in C.", NATIVE_RAW, 1, 1},
    {"is_frozen(name, /)", imp_is_frozen, "True if the module comes with the runtime as source.", NATIVE_RAW, 1, 1},
    {"frozen_source(name, /)", imp_frozen_source, "The source text of such a module.", NATIVE_RAW, 1, 1},
    {"acquire_lock()", imp_nothing, "Imports are not locked: a VM runs in one thread.", NATIVE_RAW, 0, 0},
    {"release_lock()", imp_nothing, "See acquire_lock.", NATIVE_RAW, 0, 0},
    {0},
};

static const TypeDef *const types[] = {&module_spec_def, NULL};

const ModuleDef _imp_module = {.name = "_imp", .doc = "Kernel of importlib.", .functions = functions, .types = types};
