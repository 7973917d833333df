// SPDX-License-Identifier: MIT
//
// The import statement. A module is entered into sys.modules before its body runs, so that circular imports find it,
// and taken out again when the body raises. Its parents are imported first, one after the other.

#define _GNU_SOURCE
#include "import.h"

#include <errno.h>
#include <string.h>

#include "runtime/host/host.h"
#include "runtime/io/sys.h"
#include "vm/compile/compile.h"
#include "vm/core/type.h"
#include "vm/interp/interp.h"

// ---- errors

static Value raise_import(VM *vm, ExcId id, Str *name, Str *message)
{
    if (!message)
        return VALUE_EMPTY;
    Value text = from_object(message);
    raise_args(vm, id, 1, &text);
    if (is_exception(vm->error)) {
        exception_set_field(vm, vm->error, FIELD_IMPORT_MSG, text);
        exception_set_field(vm, vm->error, FIELD_NAME, from_object(name));
    }
    return VALUE_EMPTY;
}

static Value raise_not_found(VM *vm, Str *name)
{
    return raise_import(vm, EXC_ModuleNotFoundError, name, str_format(vm, "No module named %R", from_object(name)));
}

static Value raise_no_package(VM *vm, Str *name, Str *parent)
{
    Str *text = str_format(vm, "No module named %R; %R is not a package", from_object(name), from_object(parent));
    return raise_import(vm, EXC_ModuleNotFoundError, name, text);
}

// ---- specs and attributes

Value module_spec_of(VM *vm, Str *name, const Found *found)
{
    static const char *const origins[] = {
        [FOUND_NOTHING] = NULL, [FOUND_BUILTIN] = "built-in", [FOUND_FROZEN] = "frozen",
        [FOUND_FILE] = NULL,    [FOUND_NAMESPACE] = NULL,
    };
    Str *origin = found->file;
    if (origins[found->kind] && !(origin = str_from(vm, origins[found->kind])))
        return VALUE_EMPTY;
    return module_spec_new(vm, name, from_object(origin), found->search, found->file != NULL);
}

bool module_set_spec(VM *vm, Module *module, Str *name, const Found *found, Value spec)
{
    Dict *d = module->dict;
    const char *dot = memrchr(name->data, '.', name->size);
    Str *package = found->search ? name : str_new(vm, name->data, dot ? (size_t)(dot - name->data) : 0);
    if (!package || !dict_set_str(vm, d, NAME_OF(vm, __package__), from_object(package)) ||
        !dict_set_str(vm, d, NAME_OF(vm, __spec__), spec) || !dict_set_str(vm, d, NAME_OF(vm, __loader__), VALUE_NONE))
        return false;
    if (found->search && !dict_set_str(vm, d, NAME_OF(vm, __path__), found->search))
        return false;
    if (!found->file)
        return true;
    return dict_set_str(vm, d, NAME_OF(vm, __file__), from_object(found->file)) &&
           dict_set_str(vm, d, NAME_OF(vm, __cached__), VALUE_NONE);
}

// ---- bodies

Code *import_compile_file(VM *vm, Str *path, uint32_t flags)
{
    size_t size;
    host_settle(vm, path->data);
    char *text = sys_read_file(vm, path->data, &size);
    if (!text) {
        if (errno == ENOMEM)
            raise_memory(vm);
        else
            sys_raise(vm, errno, from_object(path));
        return NULL;
    }
    Code *code = compile_source(vm, text, size, path, COMPILE_EXEC, flags, false);
    mem_realloc(vm, text, size + 1, 0);
    return code;
}

static Code *compile_frozen(VM *vm, const FrozenModule *frozen)
{
    Str *file = str_format(vm, "<frozen %s>", frozen->name);
    return file ? compile_source(vm, frozen->source, frozen->size, file, COMPILE_EXEC, 0, false) : NULL;
}

bool module_execute(VM *vm, Value module, Str *name, const Found *found)
{
    (void)name;
    if (found->kind == FOUND_BUILTIN || found->kind == FOUND_NAMESPACE)
        return true;
    if (!vm_enter(vm, " during import"))
        return false;
    Code *code = found->kind == FOUND_FROZEN ? compile_frozen(vm, found->frozen)
                                             : import_compile_file(vm, found->file, 0);
    Dict *globals = as_module(module)->dict;
    bool ok = code && dict_set_str(vm, globals, NAME_OF(vm, __builtins__), from_object(vm->builtins)) &&
              vm_run_code(vm, code, globals, VALUE_EMPTY) != VALUE_EMPTY;
    vm_leave(vm);
    return ok;
}

static Value make_module(VM *vm, Str *name, const Found *found)
{
    if (found->kind == FOUND_BUILTIN)
        return module_from_def(vm, found->def);
    return from_object(module_new(vm, name));
}

// Removes a half-made module without losing the exception.
static void forget_module(VM *vm, Str *name)
{
    Value error = vm->error;
    bool fresh = vm->error_fresh;
    vm->error = VALUE_EMPTY;
    dict_delete(vm, vm->modules, from_object(name), NULL);
    vm->error = error;
    vm->error_fresh = fresh;
}

static Value load(VM *vm, Str *name, const Found *found)
{
    Value spec = module_spec_of(vm, name, found);
    Value module = spec ? make_module(vm, name, found) : VALUE_EMPTY;
    if (!module || !module_set_spec(vm, as_module(module), name, found, spec) ||
        !dict_set_str(vm, vm->modules, name, module))
        return VALUE_EMPTY;
    as_spec(spec)->initializing = true;
    bool ok = module_execute(vm, module, name, found);
    as_spec(spec)->initializing = false;
    if (!ok) {
        forget_module(vm, name);
        return VALUE_EMPTY;
    }
    Value loaded = dict_get_str(vm, vm->modules, name); // a module may put something else in its place
    if (!loaded)
        return raise_key(vm, from_object(name));
    return loaded;
}

// ---- finding and loading a dotted name

// One step: `name`, whose parent (NULL: none) is loaded.
static Value load_step(VM *vm, Str *name, Str *parent)
{
    Value path = VALUE_EMPTY, owner = VALUE_EMPTY;
    if (parent) {
        owner = dict_get_str(vm, vm->modules, parent);
        if (!owner)
            return raise_key(vm, from_object(parent));
        path = object_getattr_opt(vm, owner, NAME_OF(vm, __path__));
        if (!path)
            return vm->error ? VALUE_EMPTY : raise_no_package(vm, name, parent);
    }
    Found found;
    if (!module_find(vm, name, path, &found))
        return VALUE_EMPTY;
    if (found.kind == FOUND_NOTHING)
        return raise_not_found(vm, name);
    Value module = load(vm, name, &found);
    if (!module || !owner)
        return module;
    Str *tail = str_intern_text(vm, name->data + parent->size + 1, name->size - parent->size - 1);
    return tail && object_setattr(vm, owner, tail, module) ? module : VALUE_EMPTY;
}

Value import_module(VM *vm, Str *name)
{
    Str *parent = NULL;
    Value module = VALUE_EMPTY;
    for (size_t end = 0; end < name->size || end == 0;) {
        const char *dot = memchr(name->data + end, '.', name->size - end);
        end = dot ? (size_t)(dot - name->data) : name->size;
        Str *prefix = end == name->size ? name : str_new(vm, name->data, end);
        if (!prefix || !(prefix = str_intern(vm, prefix)))
            return VALUE_EMPTY;
        module = dict_get_str(vm, vm->modules, prefix);
        if (module && is_none(module))
            return raise_import(vm, EXC_ModuleNotFoundError, prefix,
                                str_format(vm, "import of %U halted; None in sys.modules", prefix));
        if (!module && !(module = load_step(vm, prefix, parent)))
            return VALUE_EMPTY;
        parent = prefix;
        end++;
    }
    return module;
}

Value import_text(VM *vm, const char *name)
{
    Str *s = str_intern_text(vm, name, strlen(name));
    return s ? import_module(vm, s) : VALUE_EMPTY;
}

// ---- relative names

// The package that a relative import of code with these globals starts from. VALUE_EMPTY: error.
static Value package_of(VM *vm, Dict *globals)
{
    Value package = dict_get_str(vm, globals, NAME_OF(vm, __package__));
    if (package && !is_none(package)) {
        if (!is_str(package))
            return raise_type(vm, "package must be a string");
        return package;
    }
    Value spec = dict_get_str(vm, globals, NAME_OF(vm, __spec__));
    if (spec && !is_none(spec)) {
        Str *parent = str_intern_text(vm, "parent", 6);
        Value v = parent ? object_getattr(vm, spec, parent) : VALUE_EMPTY;
        return !v || is_str(v) ? v : raise_type(vm, "__spec__.parent must be a string");
    }
    Value name = dict_get_str(vm, globals, NAME_OF(vm, __name__));
    if (!name)
        return raise_exc(vm, EXC_KeyError, "'__name__' not in globals");
    if (!is_str(name))
        return raise_type(vm, "__name__ must be a string");
    if (!warn(vm, EXC_ImportWarning,
              "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__"))
        return VALUE_EMPTY;
    if (dict_get_str(vm, globals, NAME_OF(vm, __path__)))
        return name;
    const char *dot = memrchr(as_str(name)->data, '.', as_str(name)->size);
    return from_object(str_new(vm, as_str(name)->data, dot ? (size_t)(dot - as_str(name)->data) : 0));
}

static Str *resolve_relative(VM *vm, Str *name, Value globals, int64_t level)
{
    if (!is_dict(globals))
        return raise_exc(vm, EXC_KeyError, "'__name__' not in globals"), NULL;
    Value package = package_of(vm, as_dict(globals));
    if (!package)
        return NULL;
    Str *p = as_str(package);
    if (p->size == 0)
        return raise_exc(vm, EXC_ImportError, "attempted relative import with no known parent package"), NULL;
    size_t end = p->size;
    for (int64_t i = 1; i < level; i++) {
        const char *dot = memrchr(p->data, '.', end);
        if (!dot)
            return raise_exc(vm, EXC_ImportError, "attempted relative import beyond top-level package"), NULL;
        end = (size_t)(dot - p->data);
    }
    StrBuilder b;
    builder_init(&b, vm);
    builder_add(&b, p->data, end);
    if (name->size) {
        builder_add_char(&b, '.');
        builder_add_str(&b, name);
    }
    return builder_finish(&b);
}

// ---- from-lists

// After a failed import of a submodule for `from package import name`: that it does not exist is no error here.
static bool missing_submodule(VM *vm, Str *full)
{
    if (!error_is(vm, EXC_ModuleNotFoundError))
        return false;
    Value name = exception_get_field(vm->error, FIELD_NAME);
    if (!name || !is_str(name) || !str_equal(as_str(name), full))
        return false;
    error_clear(vm);
    return true;
}

static bool import_listed(VM *vm, Value module, Value list, bool from_all);

static bool import_one_listed(VM *vm, Value module, Value item, bool from_all)
{
    if (!is_str(item)) {
        Value name = object_getattr(vm, module, NAME_OF(vm, __name__));
        if (!name)
            return false;
        if (from_all)
            raise_type(vm, "Item in %S.__all__ must be str, not %T", name, item);
        else
            raise_type(vm, "Item in ``from list'' must be str, not %T", item);
        return false;
    }
    if (str_is(as_str(item), "*")) {
        Value all = from_all ? VALUE_EMPTY : object_getattr_opt(vm, module, NAME_OF(vm, __all__));
        return all ? import_listed(vm, module, all, true) : vm->error == VALUE_EMPTY;
    }
    if (object_getattr_opt(vm, module, as_str(item)))
        return true;
    if (vm->error)
        return false;
    Value name = object_getattr(vm, module, NAME_OF(vm, __name__));
    Str *full = name && is_str(name) ? str_format(vm, "%U.%U", as_str(name), as_str(item)) : NULL;
    return full && (import_module(vm, full) || missing_submodule(vm, full));
}

static bool import_listed(VM *vm, Value module, Value list, bool from_all)
{
    Value items = sequence_fast(vm, list, NULL);
    if (!items)
        return false;
    for (int64_t i = 0; i < sequence_fast_count(items); i++)
        if (!import_one_listed(vm, module, sequence_fast_items(items)[i], from_all))
            return false;
    return true;
}

// ---- the hook

// `import a.b.c` binds a.
static Value top_package(VM *vm, Str *name, Str *absolute, int64_t level, Value module)
{
    const char *dot = memchr(name->data, '.', name->size);
    if (!dot)
        return module;
    size_t cut = name->size - (size_t)(dot - name->data); // of the end of the absolute name
    Str *top = level == 0 ? str_new(vm, name->data, (size_t)(dot - name->data))
                          : str_new(vm, absolute->data, absolute->size - cut);
    Value found = top ? dict_get_str(vm, vm->modules, top) : VALUE_EMPTY;
    if (!found && top)
        return raise_exc(vm, EXC_KeyError, "%R not in sys.modules as expected", from_object(top));
    return found;
}

Value import_hook(VM *vm, Str *name, Value globals, Value fromlist, int64_t level)
{
    Str *absolute = level > 0 ? resolve_relative(vm, name, globals, level) : name;
    if (!absolute)
        return VALUE_EMPTY;
    if (absolute->size == 0)
        return raise_value(vm, "Empty module name");
    Value module = dict_get_str(vm, vm->modules, absolute);
    if ((!module || is_none(module)) && !(module = import_module(vm, absolute)))
        return VALUE_EMPTY;
    int wanted = is_none(fromlist) || fromlist == VALUE_EMPTY ? 0 : object_truth(vm, fromlist);
    if (wanted < 0)
        return VALUE_EMPTY;
    if (!wanted)
        return name->size == 0 ? module : top_package(vm, name, absolute, level, module);
    if (!object_getattr_opt(vm, module, NAME_OF(vm, __path__)))
        return vm->error ? VALUE_EMPTY : module;
    return import_listed(vm, module, fromlist, false) ? module : VALUE_EMPTY;
}
