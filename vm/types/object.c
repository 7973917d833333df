// SPDX-License-Identifier: MIT
//
// object: the root of all types, and its default methods.

#include "vm/core/native.h"
#include "vm/core/type.h"

static Value object_make(VM *vm, Value *a, int n)
{
    (void)n;
    Instance *x = instance_new(vm, as_type(a[0]));
    return x ? from_object(x) : VALUE_EMPTY;
}

static Value object_init(VM *vm, Value *a, int n)
{
    Type *t = type_of(vm, a[0]);
    bool more = as_tuple(a[1])->count || (a[2] && as_dict(a[2])->count);
    (void)n;
    if (more && type_overrides(t, SPECIAL___init__))
        return raise_type(vm, "object.__init__() takes exactly one argument (the instance to initialize)");
    if (more && !type_overrides(t, SPECIAL___new__) && t->native_base->kind == KIND_OBJECT)
        return raise_type(vm, "%U() takes no arguments", t->name);
    return VALUE_NONE;
}

static Value object_repr_method(VM *vm, Value *a, int n)
{
    (void)n;
    Str *name = type_full_name(vm, type_of(vm, a[0]));
    Str *s = name ? str_format(vm, "<%U object at 0x%zx>", name, (size_t)a[0]) : NULL;
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value object_str_method(VM *vm, Value *a, int n)
{
    (void)n;
    Str *s = object_repr(vm, a[0]);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value object_format_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_str(a[1]))
        return raise_type(vm, "__format__() argument must be str, not %T", a[1]);
    if (as_str(a[1])->size)
        return raise_type(vm, "unsupported format string passed to %T.__format__", a[0]);
    Str *s = object_str(vm, a[0]);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value object_hash_method(VM *vm, Value *a, int n)
{
    (void)n;
    return int_from_i64(vm, (int64_t)(a[0] >> 4 | a[0] << 60));
}

static Value object_getattribute(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_str(a[1]))
        return raise_type(vm, "attribute name must be string, not '%T'", a[1]);
    Str *name = str_intern(vm, as_str(a[1]));
    return name ? object_generic_getattr(vm, a[0], name) : VALUE_EMPTY;
}

static Value object_setattr_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_str(a[1]))
        return raise_type(vm, "attribute name must be string, not '%T'", a[1]);
    Str *name = str_intern(vm, as_str(a[1]));
    return name && object_generic_setattr(vm, a[0], name, a[2]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value object_delattr_method(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_str(a[1]))
        return raise_type(vm, "attribute name must be string, not '%T'", a[1]);
    Str *name = str_intern(vm, as_str(a[1]));
    return name && object_generic_setattr(vm, a[0], name, VALUE_EMPTY) ? VALUE_NONE : VALUE_EMPTY;
}

static Value compare_method(VM *vm, Value *a, CompareOp op)
{
    if (op == COMPARE_EQ)
        return a[0] == a[1] ? VALUE_TRUE : VALUE_NOT_IMPLEMENTED;
    if (op != COMPARE_NE)
        return VALUE_NOT_IMPLEMENTED;
    Value f = type_special(vm, type_of(vm, a[0]), SPECIAL___eq__);
    Value r = f ? call2(vm, f, a[0], a[1]) : VALUE_NOT_IMPLEMENTED;
    if (!r || r == VALUE_NOT_IMPLEMENTED)
        return r;
    int truth = object_truth(vm, r);
    return truth < 0 ? VALUE_EMPTY : from_bool(!truth);
}

#define COMPARE_METHOD(name, op) \
    static Value name(VM *vm, Value *a, int n) \
    { \
        (void)n; \
        return compare_method(vm, a, op); \
    }
COMPARE_METHOD(object_eq, COMPARE_EQ)
COMPARE_METHOD(object_ne, COMPARE_NE)
COMPARE_METHOD(object_lt, COMPARE_LT)
COMPARE_METHOD(object_le, COMPARE_LE)
COMPARE_METHOD(object_gt, COMPARE_GT)
COMPARE_METHOD(object_ge, COMPARE_GE)

static Value none_method(VM *vm, Value *a, int n)
{
    (void)vm, (void)a, (void)n;
    return VALUE_NONE;
}

static Value not_implemented_method(VM *vm, Value *a, int n)
{
    (void)vm, (void)a, (void)n;
    return VALUE_NOT_IMPLEMENTED;
}

static Value object_sizeof(VM *vm, Value *a, int n)
{
    (void)n;
    Type *t = type_of(vm, a[0]);
    return from_small((int64_t)(t->size + t->root->inline_slots * sizeof(Value)));
}

// Names of the object's own attributes and of everything its class shows.
static bool add_class_names(VM *vm, Dict *into, Type *t)
{
    for (int64_t i = 0; i < t->mro->count; i++)
        if (!type_merge_dict(vm, into, as_type(t->mro->items[i])))
            return false;
    return true;
}

static Value object_dir(VM *vm, Value *a, int n)
{
    (void)n;
    Dict *names = dict_new(vm, 32);
    if (!names)
        return VALUE_EMPTY;
    if (object_has_storage(a[0])) {
        Dict *own = object_dict(vm, a[0]);
        if (vm->error || (own && !dict_merge(vm, names, own)))
            return VALUE_EMPTY;
    }
    if (!add_class_names(vm, names, type_of(vm, a[0])))
        return VALUE_EMPTY;
    List *list = list_new(vm, 0);
    return list && list_extend(vm, list, from_object(names)) ? from_object(list) : VALUE_EMPTY;
}

// State for copying: the attribute dict, with slots beside it.
static Value object_getstate(VM *vm, Value *a, int n)
{
    (void)n;
    Value own = VALUE_NONE;
    if (object_has_storage(a[0]) && !(type_of(vm, a[0])->flags & TYPE_NO_DICT)) {
        Dict *d = object_dict(vm, a[0]);
        Dict *copy = d ? dict_copy(vm, d) : NULL;
        if (!copy)
            return vm->error ? VALUE_EMPTY : VALUE_NONE;
        own = copy->count ? from_object(copy) : VALUE_NONE;
    }
    Type *t = type_of(vm, a[0]);
    if (!t->slots_declared)
        return own;
    Dict *slots = dict_new(vm, t->slots_declared);
    if (!slots)
        return VALUE_EMPTY;
    for (Shape *s = t->root; s->key; s = s->parent) {
        Value v = *member_place(as_object(a[0]), s->slot_count - 1);
        if (v && !dict_set_str(vm, slots, s->key, v))
            return VALUE_EMPTY;
    }
    return slots->count ? tuple_pack(vm, 2, own, from_object(slots)) : own;
}

// The recipe is worked out by the module copy.
static Value copy_recipe(VM *vm, const char *function, Value self)
{
    Value copy = vm->hooks.import ? vm->hooks.import(vm, str_from(vm, "copy"), VALUE_NONE, VALUE_NONE, 0) : VALUE_EMPTY;
    if (!copy)
        return vm->error ? VALUE_EMPTY : raise_type(vm, "cannot pickle '%T' object", self);
    Str *name = str_intern_text(vm, function, strlen(function));
    Value f = name ? object_getattr(vm, copy, name) : VALUE_EMPTY;
    return f ? call1(vm, f, self) : VALUE_EMPTY;
}

static Value object_reduce_ex(VM *vm, Value *a, int n) { return (void)n, copy_recipe(vm, "_reduce_ex", a[0]); }
static Value object_reduce(VM *vm, Value *a, int n) { return (void)n, copy_recipe(vm, "_reduce", a[0]); }

static Value get_class(VM *vm, Value self) { return from_object(type_of(vm, self)); }

static bool set_class(VM *vm, Value self, Value value)
{
    if (!value)
        return (raise_type(vm, "can't delete __class__ attribute"), false);
    if (!is_type(value))
        return (raise_type(vm, "__class__ must be set to a class, not '%T' object", value), false);
    Type *from = type_of(vm, self), *to = as_type(value);
    if (!(from->flags & TYPE_HEAP) || !(to->flags & TYPE_HEAP))
        return (raise_type(vm, "__class__ assignment only supported for mutable types or ModuleType subclasses"),
                false);
    bool same = from->native_base == to->native_base && (from->flags & TYPE_NO_DICT) == (to->flags & TYPE_NO_DICT) &&
                from->slots_declared == to->slots_declared && (from->flags & TYPE_EXTRA) == (to->flags & TYPE_EXTRA);
    if (!same)
        return (raise_type(vm, "__class__ assignment: '%U' object layout differs from '%U'", to->name, from->name),
                false);
    Object *o = as_object(self);
    if (kind_of(o) != KIND_OBJECT) {
        o->shape = to->root;
        gc_barrier(vm, o);
        return true;
    }
    // Attributes move to a dict: inline room of the two classes may differ.
    if (from->flags & TYPE_NO_DICT)
        return (raise_type(vm, "__class__ assignment: '%U' object layout differs from '%U'", to->name, from->name),
                false);
    if (!object_dict(vm, self))
        return false;
    if (!to->dict_shape) {
        Shape *s = shape_new_root(vm, to, to->root->inline_slots);
        if (!s)
            return false;
        s->dict_mode = 1;
        to->dict_shape = s;
        gc_barrier(vm, to);
    }
    o->shape = to->dict_shape;
    gc_barrier(vm, o);
    return true;
}

static const TypeOps object_ops = {0};

static const NativeDef object_methods[] = {
    {"__init__(self, /, *args, **kwargs)", object_init, "Initialize self.  See help(type(self)) for accurate signature.", 0, 0, 0},
    {"__repr__(self, /)", object_repr_method, "Return repr(self).", 0, 0, 0},
    {"__str__(self, /)", object_str_method, "Return str(self).", 0, 0, 0},
    {"__format__(self, format_spec, /)", object_format_method, "The default formatter: str(self).", 0, 0, 0},
    {"__hash__(self, /)", object_hash_method, "Return hash(self).", 0, 0, 0},
    {"__getattribute__(self, name, /)", object_getattribute, "Return getattr(self, name).", 0, 0, 0},
    {"__setattr__(self, name, value, /)", object_setattr_method, "Implement setattr(self, name, value).", 0, 0, 0},
    {"__delattr__(self, name, /)", object_delattr_method, "Implement delattr(self, name).", 0, 0, 0},
    {"__eq__(self, value, /)", object_eq, "Return self==value.", 0, 0, 0},
    {"__ne__(self, value, /)", object_ne, "Return self!=value.", 0, 0, 0},
    {"__lt__(self, value, /)", object_lt, "Return self<value.", 0, 0, 0},
    {"__le__(self, value, /)", object_le, "Return self<=value.", 0, 0, 0},
    {"__gt__(self, value, /)", object_gt, "Return self>value.", 0, 0, 0},
    {"__ge__(self, value, /)", object_ge, "Return self>=value.", 0, 0, 0},
    {"__dir__(self, /)", object_dir, "Names of the attributes.", 0, 0, 0},
    {"__sizeof__(self, /)", object_sizeof, "Size of the object in memory, in bytes.", 0, 0, 0},
    {"__getstate__(self, /)", object_getstate, "State for copying.", 0, 0, 0},
    {"__reduce_ex__(self, protocol, /)", object_reduce_ex, "Recipe for copying.", 0, 0, 0},
    {"__reduce__(self, /)", object_reduce, "Recipe for copying.", 0, 0, 0},
    {"__init_subclass__(cls, /)", none_method, "Called when a class is derived.", NATIVE_CLASS, 0, 0},
    {"__subclasshook__(cls, subclass, /)", not_implemented_method, "Customises issubclass().", NATIVE_CLASS, 0, 0},
    {0},
};
static const GetSetDef object_getsets[] = {{"__class__", get_class, set_class, "the object's class"}, {0}};

const TypeDef object_def = {
    .name = "object",
    .kind = KIND_OBJECT,
    .size = sizeof(Instance),
    .ops = &object_ops,
    .methods = object_methods,
    .getsets = object_getsets,
    .make = {"object(cls, /)", object_make, NULL, 0, 0, 0},
    .doc = "The base class of the class hierarchy.",
    .flags = TYPE_BASE | TYPE_NO_DICT,
};

// ---------------------------------------------------------------- the singletons' types

static Value none_repr(VM *vm, Value v)
{
    const char *text = is_none(v) ? "None" : v == VALUE_ELLIPSIS ? "Ellipsis" : "NotImplemented";
    Str *s = str_intern_text(vm, text, strlen(text));
    return s ? from_object(s) : VALUE_EMPTY;
}

static int none_truth(VM *vm, Value v)
{
    if (v != VALUE_NOT_IMPLEMENTED)
        return v == VALUE_ELLIPSIS;
    return warn(vm, EXC_DeprecationWarning, "NotImplemented should not be used in a boolean context") ? 1 : -1;
}

static Value singleton_make(VM *vm, Value *a, int n)
{
    (void)n;
    Kind k = as_type(a[0])->kind;
    if (as_tuple(a[1])->count || (a[2] && as_dict(a[2])->count)) {
        const char *name = k == KIND_NONE ? "NoneType" : k == KIND_ELLIPSIS ? "EllipsisType" : "NotImplementedType";
        return raise_type(vm, "%s takes no arguments", name);
    }
    return k == KIND_NONE ? VALUE_NONE : k == KIND_ELLIPSIS ? VALUE_ELLIPSIS : VALUE_NOT_IMPLEMENTED;
}

static const TypeOps none_ops = {.repr = none_repr, .truth = none_truth};
const TypeDef none_def = {.name = "NoneType",
                          .kind = KIND_NONE,
                          .ops = &none_ops,
                          .make = {"NoneType(cls, /, *args, **kwargs)", singleton_make, NULL, 0, 0, 0}};
const TypeDef ellipsis_def = {.name = "ellipsis",
                              .kind = KIND_ELLIPSIS,
                              .ops = &none_ops,
                              .make = {"ellipsis(cls, /, *args, **kwargs)", singleton_make, NULL, 0, 0, 0}};
const TypeDef not_implemented_def = {
    .name = "NotImplementedType",
    .kind = KIND_NOT_IMPLEMENTED,
    .ops = &none_ops,
    .make = {"NotImplementedType(cls, /, *args, **kwargs)", singleton_make, NULL, 0, 0, 0}};
