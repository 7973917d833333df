// SPDX-License-Identifier: MIT
//
// property, classmethod, staticmethod.

#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/container.h"

static Value or_none(Value v) { return v ? v : VALUE_NONE; }

static Value get_dict(VM *vm, Value self)
{
    Dict *d = object_dict(vm, self);
    return d ? from_object(d) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- property

static Property *as_property(Value v) { return (Property *)as_object(v); }

static void property_mark(Gc *gc, Object *o)
{
    Property *p = (Property *)o;
    gc_mark(gc, p->getter);
    gc_mark(gc, p->setter);
    gc_mark(gc, p->deleter);
    gc_mark(gc, p->doc);
    gc_mark_object(gc, (Object *)p->name);
    gc_mark(gc, p->attributes);
}

static bool property_fill(VM *vm, Property *p, Value getter, Value setter, Value deleter, Value doc)
{
    p->getter = or_none(getter);
    p->setter = or_none(setter);
    p->deleter = or_none(deleter);
    p->doc = or_none(doc);
    gc_barrier(vm, p);
    if (is_none(p->doc) && !is_none(p->getter)) {
        Value d = object_getattr_opt(vm, p->getter, NAME_OF(vm, __doc__));
        if (!d && vm->error)
            return false;
        p->doc = or_none(d);
        p->doc_from_getter = true;
    }
    if (type_of(vm, from_object(p)) != vm->types[KIND_PROPERTY] && !is_none(p->doc))
        return object_set_own(vm, from_object(p), NAME_OF(vm, __doc__), p->doc);
    return true;
}

static Value property_make(VM *vm, Value *a, int n)
{
    (void)n;
    Property *p = type_alloc(vm, as_type(a[0]), 0);
    return p && property_fill(vm, p, a[1], a[2], a[3], a[4]) ? from_object(p) : VALUE_EMPTY;
}

static Value property_init(VM *vm, Value *a, int n)
{
    (void)n;
    return property_fill(vm, as_property(a[0]), a[1], a[2], a[3], a[4]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value raise_no_accessor(VM *vm, Property *p, Value instance, const char *what)
{
    if (p->name)
        return raise_exc(vm, EXC_AttributeError, "property '%U' of %R object has no %s", p->name,
                         from_object(type_of(vm, instance)->qualname), what);
    return raise_exc(vm, EXC_AttributeError, "property of %R object has no %s",
                     from_object(type_of(vm, instance)->qualname), what);
}

static Value property_get(VM *vm, Value self, Value instance, Type *owner)
{
    Property *p = as_property(self);
    (void)owner;
    if (!instance)
        return self;
    return is_none(p->getter) ? raise_no_accessor(vm, p, instance, "getter") : call1(vm, p->getter, instance);
}

static bool property_set(VM *vm, Value self, Value instance, Value value)
{
    Property *p = as_property(self);
    Value f = value ? p->setter : p->deleter;
    if (is_none(f))
        return (raise_no_accessor(vm, p, instance, value ? "setter" : "deleter"), false);
    return (value ? call2(vm, f, instance, value) : call1(vm, f, instance)) != VALUE_EMPTY;
}

// getter(), setter(), deleter(): a copy with one accessor replaced.
static Value property_copy(VM *vm, Value self, Value getter, Value setter, Value deleter)
{
    Property *p = as_property(self);
    Value doc = p->doc_from_getter && getter != p->getter ? VALUE_NONE : p->doc;
    if (p->doc_from_getter)
        doc = VALUE_NONE;
    Value args[4] = {getter, setter, deleter, doc};
    Value made = object_call(vm, from_object(type_of(vm, self)), args, 4, NULL);
    if (made && has_kind(made, KIND_PROPERTY)) {
        as_property(made)->name = p->name;
        gc_barrier(vm, as_object(made));
    }
    return made;
}

static Value property_getter(VM *vm, Value *a, int n)
{
    return (void)n, property_copy(vm, a[0], a[1], as_property(a[0])->setter, as_property(a[0])->deleter);
}
static Value property_setter(VM *vm, Value *a, int n)
{
    return (void)n, property_copy(vm, a[0], as_property(a[0])->getter, a[1], as_property(a[0])->deleter);
}
static Value property_deleter(VM *vm, Value *a, int n)
{
    return (void)n, property_copy(vm, a[0], as_property(a[0])->getter, as_property(a[0])->setter, a[1]);
}

static Value property_set_name(VM *vm, Value *a, int n)
{
    (void)n;
    if (is_str(a[2]))
        as_property(a[0])->name = as_str(a[2]);
    gc_barrier(vm, as_object(a[0]));
    return VALUE_NONE;
}

static Value p_fget(VM *vm, Value s) { return (void)vm, as_property(s)->getter; }
static Value p_fset(VM *vm, Value s) { return (void)vm, as_property(s)->setter; }
static Value p_fdel(VM *vm, Value s) { return (void)vm, as_property(s)->deleter; }
static Value p_doc(VM *vm, Value s) { return (void)vm, as_property(s)->doc; }
static bool p_set_doc(VM *vm, Value s, Value v)
{
    as_property(s)->doc = or_none(v);
    gc_barrier(vm, as_object(s));
    return true;
}

static Value p_abstract(VM *vm, Value s)
{
    Value parts[] = {as_property(s)->getter, as_property(s)->setter, as_property(s)->deleter};
    for (int i = 0; i < 3; i++) {
        if (is_none(parts[i]))
            continue;
        Value flag = object_getattr_opt(vm, parts[i], NAME_OF(vm, __isabstractmethod__));
        int truth = flag ? object_truth(vm, flag) : 0;
        if (truth < 0 || vm->error)
            return VALUE_EMPTY;
        if (truth)
            return VALUE_TRUE;
    }
    return VALUE_FALSE;
}

static const TypeOps property_ops = {.mark = property_mark, .descr_get = property_get, .descr_set = property_set};
static const NativeDef property_methods[] = {
    {"__init__(self, fget=None, fset=None, fdel=None, doc=None)", property_init, "Initialize self.", 0, 0, 0},
    {"getter(self, fget, /)", property_getter, "Descriptor to obtain a copy of the property with a different getter.", 0, 0, 0},
    {"setter(self, fset, /)", property_setter, "Descriptor to obtain a copy of the property with a different setter.", 0, 0, 0},
    {"deleter(self, fdel, /)", property_deleter, "Descriptor to obtain a copy of the property with a different deleter.", 0, 0, 0},
    {"__set_name__(self, owner, name, /)", property_set_name, "Remember the name of the property.", 0, 0, 0},
    {0},
};
static const GetSetDef property_getsets[] = {
    {"fget", p_fget, readonly_attribute, NULL}, {"fset", p_fset, readonly_attribute, NULL}, {"fdel", p_fdel, readonly_attribute, NULL}, {"__doc__", p_doc, p_set_doc, NULL},
    {"__isabstractmethod__", p_abstract, NULL, NULL}, {0},
};
const TypeDef property_def = {
    .name = "property",
    .kind = KIND_PROPERTY,
    .size = sizeof(Property),
    .ops = &property_ops,
    .methods = property_methods,
    .getsets = property_getsets,
    .make = {"property(cls, fget=None, fset=None, fdel=None, doc=None)", property_make, NULL, 0, 0, 0},
    .flags = TYPE_BASE,
};

// ---------------------------------------------------------------- classmethod, staticmethod

static MethodDecorator *as_decorator(Value v) { return (MethodDecorator *)as_object(v); }

static void decorator_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((MethodDecorator *)o)->function);
    gc_mark(gc, ((MethodDecorator *)o)->attributes);
}

// The wrapped function's names are shown as the wrapper's own.
static bool copy_names(VM *vm, Value self)
{
    static const NameId names[] = {NAME___module__, NAME___name__, NAME___qualname__, NAME___doc__,
                                   NAME___annotations__};
    Value f = as_decorator(self)->function;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Value v = object_getattr_opt(vm, f, vm->names[names[i]]);
        if (v ? !object_set_own(vm, self, vm->names[names[i]], v) : vm->error != VALUE_EMPTY)
            return false;
    }
    return object_set_own(vm, self, NAME_OF(vm, __wrapped__), f);
}

static bool decorator_takes_one(VM *vm, Type *cls, const Tuple *args)
{
    if (args->count == 1)
        return true;
    raise_type(vm, "%U expected 1 argument, got %d", cls->native_base->name, (int)args->count);
    return false;
}

static Value decorator_make(VM *vm, Value *a, int n)
{
    (void)n;
    Type *cls = as_type(a[0]);
    bool later = cls->flags & TYPE_HEAP && as_tuple(a[1])->count == 0; // __init__ brings it
    if (!later && !decorator_takes_one(vm, cls, as_tuple(a[1])))
        return VALUE_EMPTY;
    MethodDecorator *m = type_alloc(vm, cls, 0);
    if (!m)
        return VALUE_EMPTY;
    m->function = later ? VALUE_NONE : as_tuple(a[1])->items[0];
    return later ? from_object(m) : copy_names(vm, from_object(m)) ? from_object(m) : VALUE_EMPTY;
}

static Value decorator_init(VM *vm, Value *a, int n)
{
    (void)n;
    if (!decorator_takes_one(vm, type_of(vm, a[0])->native_base, as_tuple(a[1])))
        return VALUE_EMPTY;
    as_decorator(a[0])->function = as_tuple(a[1])->items[0];
    gc_barrier(vm, as_object(a[0]));
    return copy_names(vm, a[0]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value classmethod_get(VM *vm, Value self, Value instance, Type *owner)
{
    Value f = as_decorator(self)->function;
    if (!owner)
        owner = type_of(vm, instance);
    Type *ft = type_of(vm, f);
    if (!is_function(f) && (ft->ops->descr_get || type_overrides(ft, SPECIAL___get__)))
        return descriptor_bind(vm, f, from_object(owner), type_of(vm, from_object(owner)));
    return bound_method_new(vm, f, from_object(owner));
}

static Value staticmethod_get(VM *vm, Value self, Value instance, Type *owner)
{
    (void)vm, (void)instance, (void)owner;
    return as_decorator(self)->function;
}

static Value staticmethod_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    return object_call(vm, as_decorator(self)->function, args, nargs, kwnames);
}

static Value decorator_repr(VM *vm, Value self)
{
    Str *s = str_format(vm, "<%T(%R)>", self, as_decorator(self)->function);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value d_func(VM *vm, Value s) { return (void)vm, as_decorator(s)->function; }
static Value d_abstract(VM *vm, Value s)
{
    Value flag = object_getattr_opt(vm, as_decorator(s)->function, NAME_OF(vm, __isabstractmethod__));
    int truth = flag ? object_truth(vm, flag) : 0;
    return truth < 0 || vm->error ? VALUE_EMPTY : from_bool(truth);
}

static const TypeOps classmethod_ops = {.mark = decorator_mark, .repr = decorator_repr, .descr_get = classmethod_get};
static const TypeOps staticmethod_ops = {
    .mark = decorator_mark, .repr = decorator_repr, .descr_get = staticmethod_get, .call = staticmethod_call};
static const NativeDef decorator_methods[] = {{"__init__(self, /, *args)", decorator_init, "Initialize self.", 0, 0, 0},
                                              {0}};
static const GetSetDef decorator_getsets[] = {
    {"__func__", d_func, readonly_attribute, NULL}, {"__isabstractmethod__", d_abstract, NULL, NULL}, {"__dict__", get_dict, NULL, NULL}, {0},
};
const TypeDef classmethod_def = {
    .name = "classmethod",
    .kind = KIND_CLASSMETHOD,
    .size = sizeof(MethodDecorator),
    .ops = &classmethod_ops,
    .methods = decorator_methods,
    .getsets = decorator_getsets,
    .make = {"classmethod(cls, /, *args)", decorator_make, NULL, 0, 0, 0},
    .flags = TYPE_BASE | TYPE_EXTRA,
};
const TypeDef staticmethod_def = {
    .name = "staticmethod",
    .kind = KIND_STATICMETHOD,
    .size = sizeof(MethodDecorator),
    .ops = &staticmethod_ops,
    .methods = decorator_methods,
    .getsets = decorator_getsets,
    .make = {"staticmethod(cls, /, *args)", decorator_make, NULL, 0, 0, 0},
    .flags = TYPE_BASE | TYPE_EXTRA,
};
