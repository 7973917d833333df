// SPDX-License-Identifier: MIT
//
// ModuleSpec: what is known about where a module came from (PEP 451). `_initializing` is true while its body runs,
// which is how a circular import is told from a missing name.

#define _GNU_SOURCE
#include "import.h"

#include "vm/core/type.h"

static void spec_mark(Gc *gc, Object *o)
{
    ModuleSpec *s = (ModuleSpec *)o;
    gc_mark(gc, s->name);
    gc_mark(gc, s->loader);
    gc_mark(gc, s->origin);
    gc_mark(gc, s->search);
    gc_mark(gc, s->state);
    gc_mark(gc, s->cached);
    gc_mark(gc, s->attributes);
}

static bool register_type(VM *vm)
{
    return type_of_def(vm, &module_spec_def) || type_register(vm, &module_spec_def, NULL);
}

Value module_spec_new(VM *vm, Str *name, Value origin, Value search, bool has_location)
{
    ModuleSpec *s = register_type(vm) ? type_new_of(vm, &module_spec_def) : NULL;
    if (!s)
        return VALUE_EMPTY;
    s->name = from_object(name);
    s->loader = s->state = s->cached = VALUE_NONE;
    s->origin = origin ? origin : VALUE_NONE;
    s->search = search ? search : VALUE_NONE;
    s->has_location = has_location;
    return from_object(s);
}

static Value spec_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    ModuleSpec *s = type_alloc(vm, as_type(args[0]), 0);
    int package = is_none(args[5]) ? 0 : object_truth(vm, args[5]);
    if (!s || package < 0)
        return VALUE_EMPTY;
    s->name = args[1];
    s->loader = args[2];
    s->origin = args[3];
    s->state = args[4];
    s->search = package ? from_object(list_new(vm, 0)) : VALUE_NONE;
    s->cached = VALUE_NONE;
    return s->search ? from_object(s) : VALUE_EMPTY;
}

static Value spec_repr(VM *vm, Value self)
{
    ModuleSpec *s = as_spec(self);
    StrBuilder b;
    builder_init(&b, vm);
    builder_add_cstr(&b, "ModuleSpec(name=");
    builder_add_repr(&b, s->name);
    builder_add_cstr(&b, ", loader=");
    builder_add_repr(&b, s->loader);
    if (!is_none(s->origin)) {
        builder_add_cstr(&b, ", origin=");
        builder_add_repr(&b, s->origin);
    }
    if (!is_none(s->search)) {
        builder_add_cstr(&b, ", submodule_search_locations=");
        builder_add_repr(&b, s->search);
    }
    builder_add_char(&b, ')');
    return vm->error ? VALUE_EMPTY : from_object(builder_finish(&b));
}

#define FIELD(field) \
    static Value get_##field(VM *vm, Value self) { return (void)vm, as_spec(self)->field; } \
    static bool set_##field(VM *vm, Value self, Value v) \
    { \
        as_spec(self)->field = v ? v : VALUE_NONE; \
        gc_barrier(vm, as_object(self)); \
        return true; \
    }
FIELD(name)
FIELD(loader)
FIELD(origin)
FIELD(search)
FIELD(state)
FIELD(cached)

static Value get_has_location(VM *vm, Value self) { return (void)vm, from_bool(as_spec(self)->has_location); }
static Value get_initializing(VM *vm, Value self) { return (void)vm, from_bool(as_spec(self)->initializing); }

static bool set_initializing(VM *vm, Value self, Value v)
{
    int truth = v ? object_truth(vm, v) : 0;
    as_spec(self)->initializing = truth > 0;
    return truth >= 0;
}

// The package the module belongs to: itself for a package.
static Value get_parent(VM *vm, Value self)
{
    ModuleSpec *s = as_spec(self);
    if (!is_none(s->search) || !is_str(s->name))
        return s->name;
    Str *name = as_str(s->name);
    const char *dot = memrchr(name->data, '.', name->size);
    return from_object(str_new(vm, name->data, dot ? (size_t)(dot - name->data) : 0));
}

static const TypeOps spec_ops = {.mark = spec_mark, .repr = spec_repr};
static const GetSetDef spec_getsets[] = {
    {"name", get_name, set_name, "Absolute name of the module."},
    {"loader", get_loader, set_loader, "None: the runtime itself loads modules."},
    {"origin", get_origin, set_origin, "The file, 'built-in' or 'frozen'."},
    {"submodule_search_locations", get_search, set_search, "Folders of a package, None for a module."},
    {"loader_state", get_state, set_state, "Anything a loader keeps."},
    {"cached", get_cached, set_cached, "None: compiled code is not kept in files."},
    {"parent", get_parent, NULL, "Name of the package the module is in."},
    {"has_location", get_has_location, NULL, "True when origin is a file."},
    {"_initializing", get_initializing, set_initializing, "True while the body runs."},
    {0},
};
const TypeDef module_spec_def = {
    .name = "_frozen_importlib.ModuleSpec",
    .kind = KIND_OTHER,
    .size = sizeof(ModuleSpec),
    .ops = &spec_ops,
    .getsets = spec_getsets,
    .make = {"ModuleSpec(cls, name, loader, *, origin=None, loader_state=None, is_package=None)", spec_make, NULL, 0, 0,
             0},
    .doc = "Where a module comes from and how it is loaded.",
    .flags = TYPE_BASE | TYPE_EXTRA,
};
