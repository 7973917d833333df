// SPDX-License-Identifier: MIT
//
// module: a namespace with attribute syntax. A function __getattr__ in the namespace is asked for what is missing (PEP
// 562).

#include "module.h"

#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/container.h"
#include "vm/interp/cache.h"

static void module_mark(Gc *gc, Object *o)
{
    Module *m = (Module *)o;
    gc_mark_object(gc, (Object *)m->dict);
    gc_mark_buffer(gc, m->state);
}

static bool module_fill(VM *vm, Module *m, Value name, Value doc)
{
    if (!m->dict && !(m->dict = dict_new(vm, 8)))
        return false;
    gc_barrier(vm, m);
    return dict_set_str(vm, m->dict, NAME_OF(vm, __name__), name) &&
           dict_set_str(vm, m->dict, NAME_OF(vm, __doc__), doc) &&
           dict_set_str(vm, m->dict, NAME_OF(vm, __package__), VALUE_NONE) &&
           dict_set_str(vm, m->dict, NAME_OF(vm, __loader__), VALUE_NONE) &&
           dict_set_str(vm, m->dict, NAME_OF(vm, __spec__), VALUE_NONE);
}

Module *module_new(VM *vm, Str *name)
{
    Module *m = gc_new(vm, vm->types[KIND_MODULE]->root, sizeof *m);
    return m && module_fill(vm, m, from_object(name), VALUE_NONE) ? m : NULL;
}

static Value module_make(VM *vm, Value *a, int n)
{
    (void)n;
    if (!a[1] && !(as_type(a[0])->flags & TYPE_HEAP)) // of a subclass, __init__ brings it
        return raise_type(vm, "module() missing required argument 'name' (pos 1)");
    Module *m = type_alloc(vm, as_type(a[0]), 0);
    if (!m || !(m->dict = dict_new(vm, 8)))
        return VALUE_EMPTY;
    if (a[1] && !is_str(a[1]))
        return raise_type(vm, "module() argument 'name' must be str, not %T", a[1]);
    if (a[1] && !module_fill(vm, m, a[1], a[2]))
        return VALUE_EMPTY;
    return from_object(m);
}

static Value module_init(VM *vm, Value *a, int n)
{
    (void)n;
    return module_fill(vm, as_module(a[0]), a[1], a[2]) ? VALUE_NONE : VALUE_EMPTY;
}

bool module_is_initialising(VM *vm, Value module)
{
    if (!is_module(module))
        return false;
    Value spec = dict_get_str(vm, as_module(module)->dict, NAME_OF(vm, __spec__));
    if (!spec || is_none(spec))
        return false;
    Value pending = vm->error; // may be asked while an error is being worded
    vm->error = VALUE_EMPTY;
    Str *name = str_intern_text(vm, "_initializing", 13);
    Value v = name ? object_getattr_opt(vm, spec, name) : VALUE_EMPTY;
    bool initialising = v && object_truth(vm, v) == 1;
    vm->error = pending;
    return initialising;
}

static Value missing(VM *vm, Value self, Str *name)
{
    Dict *d = as_module(self)->dict;
    Value hook = dict_get_str(vm, d, NAME_OF(vm, __getattr__));
    if (hook)
        return call1(vm, hook, from_object(name));
    Value m = dict_get_str(vm, d, NAME_OF(vm, __name__));
    if (m && is_str(m))
        raise_exc(vm, EXC_AttributeError, module_is_initialising(vm, self) ?
                  "partially initialized module '%U' has no attribute '%U' (most likely due to a circular import)" :
                  "module '%U' has no attribute '%U'", as_str(m), name);
    else
        raise_exc(vm, EXC_AttributeError, "module has no attribute '%U'", name);
    if (is_exception(vm->error)) {
        exception_set_field(vm, vm->error, FIELD_NAME, from_object(name));
        exception_set_field(vm, vm->error, FIELD_OBJ, self);
    }
    return VALUE_EMPTY;
}

static Value module_getattr(VM *vm, Value self, Str *name)
{
    Value v = dict_get_str(vm, as_module(self)->dict, name);
    if (v)
        return v;
    Value a = type_lookup(vm, type_of(vm, self), name);
    return a ? descriptor_bind(vm, a, self, type_of(vm, self)) : missing(vm, self, name);
}

static Value module_repr(VM *vm, Value self)
{
    Dict *d = as_module(self)->dict;
    Value name = dict_get_str(vm, d, NAME_OF(vm, __name__)), file = dict_get_str(vm, d, NAME_OF(vm, __file__));
    Str *s;
    if (file && is_str(file))
        s = str_format(vm, "<module %R from %R>", name ? name : VALUE_NONE, file);
    else
        s = str_format(vm, as_module(self)->def ? "<module %R (built-in)>" : "<module %R>", name ? name : VALUE_NONE);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value module_dir(VM *vm, Value *a, int n)
{
    (void)n;
    Dict *d = as_module(a[0])->dict;
    Str *dir = str_intern_text(vm, "__dir__", 7);
    Value hook = dir ? dict_get_str(vm, d, dir) : VALUE_EMPTY;
    if (hook)
        return call0(vm, hook);
    List *l = list_new(vm, 0);
    return l && list_extend(vm, l, from_object(d)) ? from_object(l) : VALUE_EMPTY;
}

static Value get_dict(VM *vm, Value self) { return (void)vm, from_object(as_module(self)->dict); }

static const TypeOps module_ops = {.mark = module_mark, .repr = module_repr, .getattr = module_getattr};
static const NativeDef module_methods[] = {
    {"__init__(self, name, doc=None)", module_init, "Initialize self.", 0, 0, 0},
    {"__dir__(self, /)", module_dir, "Names in the module.", 0, 0, 0},
    {0},
};
static const GetSetDef module_getsets[] = {{"__dict__", get_dict, readonly_attribute, NULL}, {0}};
const TypeDef module_def = {
    .name = "module",
    .kind = KIND_MODULE,
    .size = sizeof(Module),
    .ops = &module_ops,
    .methods = module_methods,
    .getsets = module_getsets,
    .make = {"module(cls, name=<unset>, doc=None)", module_make, NULL, 0, 0, 0},
    .flags = TYPE_BASE,
};
