// SPDX-License-Identifier: MIT
//
// type: classes as objects. Look-up on a class, its attributes, its constructor. Class creation is in core/type_new.c.

#include "vm/core/native.h"
#include "vm/core/type.h"

static void type_mark(Gc *gc, Object *o)
{
    Type *t = (Type *)o;
    gc_mark_object(gc, (Object *)t->name);
    gc_mark_object(gc, (Object *)t->qualname);
    gc_mark_object(gc, (Object *)t->native_base);
    gc_mark_object(gc, (Object *)t->best_base);
    gc_mark_object(gc, (Object *)t->bases);
    gc_mark_object(gc, (Object *)t->mro);
    gc_mark_object(gc, (Object *)t->dict);
    gc_mark_object(gc, (Object *)t->root);
    gc_mark_object(gc, (Object *)t->dict_shape);
    gc_mark_object(gc, (Object *)t->constructor);
    gc_mark_buffer(gc, t->specials);
    if (t->specials)
        gc_mark_range(gc, t->specials, SPECIAL_COUNT);
    if (t->subclasses) { // weak: the list is kept, its items are not
        if (!gc_is_marked(gc, t->subclasses)) {
            gc_mark_buffer(gc, t->subclasses);
            gc_mark_buffer(gc, t->subclasses->items);
            gc_mark_object(gc, (Object *)t->subclasses->base.shape);
        }
    }
}

// Attribute of a class: data descriptors of the metaclass, then the class and its bases, then the metaclass.
Value type_getattr(VM *vm, Type *type, Str *name)
{
    Type *meta = type_of(vm, from_object(type));
    Value meta_attribute = type_lookup(vm, meta, name);
    if (meta_attribute && is_data_descriptor(vm, meta_attribute))
        return descriptor_bind(vm, meta_attribute, from_object(type), meta);
    Value own = type_lookup(vm, type, name);
    if (own)
        return is_plain_data(vm, own) ? own : descriptor_bind(vm, own, VALUE_EMPTY, type);
    if (meta_attribute)
        return descriptor_bind(vm, meta_attribute, from_object(type), meta);
    return VALUE_EMPTY;
}

static Value type_getattr_op(VM *vm, Value self, Str *name) { return type_getattr(vm, as_type(self), name); }

static bool type_setattr_op(VM *vm, Value self, Str *name, Value value)
{
    Type *t = as_type(self), *meta = type_of(vm, self);
    if (t->flags & TYPE_IMMUTABLE) {
        raise_type(vm, "cannot set '%U' attribute of immutable type '%U'", name, type_full_name(vm, t));
        return false;
    }
    Value a = type_lookup(vm, meta, name);
    if (a && is_data_descriptor(vm, a)) {
        Type *d = type_of(vm, a);
        if (d->ops->descr_set)
            return d->ops->descr_set(vm, a, self, value);
        Value f = type_special(vm, d, value ? SPECIAL___set__ : SPECIAL___delete__);
        return f && (value ? call3(vm, f, a, self, value) : call2(vm, f, a, self));
    }
    return type_set_attribute(vm, t, name, value);
}

static Value type_repr(VM *vm, Value self)
{
    Str *name = type_full_name(vm, as_type(self));
    Str *s = name ? str_format(vm, "<class '%U'>", name) : NULL;
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value type_call_op(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    if (as_type(self) == vm->types[KIND_TYPE] && nargs == 1 && !kwnames)
        return from_object(type_of(vm, args[0]));
    return type_construct(vm, as_type(self), args, nargs, kwnames);
}

Native *type_constructor(VM *vm, Type *native)
{
    if (!native->constructor) {
        Value f = native_new(vm, &native->def->make, VALUE_EMPTY, NULL);
        if (!f)
            return NULL;
        native->constructor = (Native *)as_object(f);
        native->constructor->name = native->name;
        native->constructor->is_constructor = true;
        gc_barrier(vm, native);
    }
    return native->constructor;
}

bool type_check_abstract(VM *vm, Type *cls)
{
    Value names = type_own(vm, cls, NAME_OF(vm, __abstractmethods__));
    if (!names)
        return true;
    List *sorted = list_new(vm, 0);
    if (!sorted || !list_extend(vm, sorted, names) || !list_sort(vm, sorted, VALUE_NONE, false))
        return false;
    if (!sorted->count)
        return true;
    Str *comma = str_from(vm, ", ");
    Str *joined = comma ? str_join(vm, comma, from_object(sorted)) : NULL;
    if (joined)
        raise_type(vm, "Can't instantiate abstract class %U with abstract method%s %U", cls->name,
                   sorted->count > 1 ? "s" : "", joined);
    return false;
}

// ---------------------------------------------------------------- constructor and methods

// The three arguments of type(name, bases, namespace), checked.
static bool check_class_arguments(VM *vm, const Tuple *args)
{
    if (args->count != 3)
        return (raise_type(vm, "type.__new__() takes exactly 3 arguments (%d given)", (int)args->count), false);
    const Value *a = args->items;
    if (!is_str(a[0]))
        return (raise_type(vm, "type.__new__() argument 1 must be str, not %T", a[0]), false);
    if (!is_tuple(a[1]))
        return (raise_type(vm, "type.__new__() argument 2 must be tuple, not %T", a[1]), false);
    if (!is_dict(a[2]))
        return (raise_type(vm, "type.__new__() argument 3 must be dict, not %T", a[2]), false);
    if (memchr(as_str(a[0])->data, 0, as_str(a[0])->size))
        return (raise_value(vm, "type name must not contain null characters"), false);
    Str *entries = NAME_OF(vm, __mro_entries__);
    for (int64_t i = 0; i < as_tuple(a[1])->count; i++) {
        Value base = as_tuple(a[1])->items[i];
        if (!is_type(base) && object_getattr_opt(vm, base, entries))
            raise_type(vm, "type() doesn't support MRO entry resolution; use types.new_class()");
        if (vm->error)
            return false;
    }
    return true;
}

static Value type_make_native(VM *vm, Value *a, int n)
{
    (void)n;
    Type *meta = as_type(a[0]);
    if (!check_class_arguments(vm, as_tuple(a[1])))
        return VALUE_EMPTY;
    const Value *given = as_tuple(a[1])->items;
    Type *winner = type_calculate_metatype(vm, meta, as_tuple(given[1]));
    if (!winner)
        return VALUE_EMPTY;
    if (winner != meta && type_overrides(winner, SPECIAL___new__)) {
        Value args[4] = {from_object(winner), given[0], given[1], given[2]};
        Value f = object_getattr(vm, from_object(winner), NAME_OF(vm, __new__));
        return f ? object_call(vm, f, args, 4, NULL) : VALUE_EMPTY;
    }
    return type_new(vm, winner, as_str(given[0]), as_tuple(given[1]), as_dict(given[2]), a[2] ? as_dict(a[2]) : NULL);
}

static Value type_init(VM *vm, Value *a, int n)
{
    (void)n;
    int64_t count = as_tuple(a[1])->count;
    if (count != 1 && count != 3)
        return raise_type(vm, "type.__init__() takes 1 or 3 arguments");
    return VALUE_NONE;
}

static Value type_mro_method(VM *vm, Value *a, int n)
{
    (void)n;
    Tuple *mro = as_type(a[0])->mro;
    return list_from(vm, mro->items, mro->count);
}

static Value type_subclasses(VM *vm, Value *a, int n)
{
    (void)n;
    gc_settle(vm); // the list is weak
    List *l = as_type(a[0])->subclasses;
    return l ? list_from(vm, l->items, l->count) : from_object(list_new(vm, 0));
}

static Value type_instancecheck(VM *vm, Value *a, int n)
{
    (void)n;
    return from_bool(type_is_subtype(type_of(vm, a[1]), as_type(a[0])));
}

static Value type_subclasscheck(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_type(a[1])) { // what shows __bases__ counts as a class
        int r = type_shown_subclass(vm, a[1], a[0]);
        return r < 0 ? VALUE_EMPTY : from_bool(r);
    }
    return from_bool(type_is_subtype(as_type(a[1]), as_type(a[0])));
}

static Value type_prepare(VM *vm, Value *a, int n)
{
    (void)a, (void)n;
    Dict *d = dict_new(vm, 0);
    return d ? from_object(d) : VALUE_EMPTY;
}

static Value type_dir(VM *vm, Value *a, int n)
{
    (void)n;
    Type *t = as_type(a[0]);
    Dict *names = dict_new(vm, 32);
    for (int64_t i = 0; names && i < t->mro->count; i++)
        if (!type_merge_dict(vm, names, as_type(t->mro->items[i])))
            return VALUE_EMPTY;
    List *list = names ? list_new(vm, 0) : NULL;
    return list && list_extend(vm, list, from_object(names)) ? from_object(list) : VALUE_EMPTY;
}

static Value get_name(VM *vm, Value self) { return (void)vm, from_object(as_type(self)->name); }
static Value get_qualname(VM *vm, Value self) { return (void)vm, from_object(as_type(self)->qualname); }
static Value get_bases(VM *vm, Value self) { return (void)vm, from_object(as_type(self)->bases); }
static Value get_mro(VM *vm, Value self) { return (void)vm, from_object(as_type(self)->mro); }
static Value get_base(VM *vm, Value self)
{
    return (void)vm, as_type(self)->best_base ? from_object(as_type(self)->best_base) : VALUE_NONE;
}

static bool immutable(VM *vm, Type *t, const char *what)
{
    if (!(t->flags & TYPE_IMMUTABLE))
        return false;
    raise_type(vm, "cannot set '%s' attribute of immutable type '%U'", what, type_full_name(vm, t));
    return true;
}

// These attributes cannot be deleted, of no class; the message is the one of immutable types.
static bool deleted(VM *vm, Value self, Value v, const char *what)
{
    if (v)
        return false;
    raise_type(vm, "cannot delete '%s' attribute of immutable type '%U'", what, as_type(self)->name);
    return true;
}

static bool set_name(VM *vm, Value self, Value v)
{
    if (immutable(vm, as_type(self), "__name__") || deleted(vm, self, v, "__name__"))
        return false;
    if (!is_str(v))
        return (raise_type(vm, "can only assign string to %U.__name__, not '%T'", as_type(self)->name, v), false);
    if (memchr(as_str(v)->data, 0, as_str(v)->size))
        return (raise_value(vm, "type name must not contain null characters"), false);
    as_type(self)->name = as_str(v);
    gc_barrier(vm, as_object(self));
    return true;
}

static bool set_qualname(VM *vm, Value self, Value v)
{
    if (immutable(vm, as_type(self), "__qualname__") || deleted(vm, self, v, "__qualname__"))
        return false;
    if (!is_str(v))
        return (raise_type(vm, "can only assign string to %U.__qualname__, not '%T'", as_type(self)->name, v), false);
    as_type(self)->qualname = as_str(v);
    gc_barrier(vm, as_object(self));
    return true;
}

// The method resolution orders of a class and of all below it, after a change of bases.
static bool mro_down(VM *vm, Type *t)
{
    if (!type_compute_mro(vm, t))
        return false;
    t->flags &= ~TYPE_WATCHED; // its new bases are not watched yet
    gc_barrier(vm, t);
    for (int64_t i = 0; t->subclasses && i < t->subclasses->count; i++)
        if (!mro_down(vm, as_type(t->subclasses->items[i])))
            return false;
    return true;
}

static bool list_as_subclass(VM *vm, Type *t)
{
    for (int64_t i = 0; i < t->bases->count; i++) {
        Type *base = as_type(t->bases->items[i]);
        if (!base->subclasses && !(base->subclasses = list_new(vm, 2)))
            return false;
        if (!list_append(vm, base->subclasses, from_object(t)))
            return false;
        gc_barrier(vm, base);
    }
    return true;
}

static void unlist_as_subclass(Type *t, Tuple *bases)
{
    for (int64_t i = 0; i < bases->count; i++) {
        List *l = as_type(bases->items[i])->subclasses;
        int64_t kept = 0;
        for (int64_t j = 0; l && j < l->count; j++)
            if (l->items[j] != from_object(t))
                l->items[kept++] = l->items[j];
        if (l)
            l->count = kept;
    }
}

static bool set_bases(VM *vm, Value self, Value v)
{
    Type *t = as_type(self);
    if (immutable(vm, t, "__bases__") || deleted(vm, self, v, "__bases__"))
        return false;
    if (!is_tuple(v))
        return (raise_type(vm, "can only assign tuple to %U.__bases__, not %T", t->name, v), false);
    if (as_tuple(v)->count == 0)
        return (raise_type(vm, "can only assign non-empty tuple to %U.__bases__, not ()", t->name), false);
    for (int64_t i = 0; i < as_tuple(v)->count; i++) {
        Value b = as_tuple(v)->items[i];
        if (!is_type(b))
            return (raise_type(vm, "%U.__bases__ must be tuple of classes, not '%T'", t->name, b), false);
        if (type_is_subtype(as_type(b), t))
            return (raise_type(vm, "a __bases__ item causes an inheritance cycle"), false);
        if (as_type(b)->native_base != t->native_base)
            return (raise_type(vm, "__bases__ assignment: '%U' object layout differs from '%U'", as_type(b)->name,
                               t->best_base->name), false);
    }
    Tuple *old_bases = t->bases;
    bool watched = t->flags & TYPE_WATCHED;
    t->bases = as_tuple(v);
    bool done = mro_down(vm, t);
    if (!done) {
        Value error = error_take(vm);
        t->bases = old_bases;
        if (!mro_down(vm, t))
            error_clear(vm);
        vm->error = error;
    } else {
        t->best_base = as_type(t->bases->items[0]);
        unlist_as_subclass(t, old_bases);
        done = list_as_subclass(vm, t);
    }
    gc_barrier(vm, t);
    t->flags |= watched ? TYPE_WATCHED : 0;
    type_modified(vm, t, true);
    t->flags &= ~TYPE_WATCHED;
    return done;
}

static Value get_module(VM *vm, Value self)
{
    Value m = type_own(vm, as_type(self), NAME_OF(vm, __module__));
    if (m && !has_kind(m, KIND_GETSET)) // type's own dict holds the descriptor of that name
        return m;
    Str *s = str_intern_text(vm, "builtins", 8);
    return s ? from_object(s) : VALUE_EMPTY;
}

static bool set_module(VM *vm, Value self, Value v)
{
    return !immutable(vm, as_type(self), "__module__") &&
           type_set_attribute(vm, as_type(self), NAME_OF(vm, __module__), v);
}

static Value get_dict(VM *vm, Value self)
{
    Dict *d = type_dict(vm, as_type(self));
    MappingProxy *p = d ? gc_new(vm, vm->types[KIND_MAPPING_PROXY]->root, sizeof *p) : NULL;
    if (!p)
        return VALUE_EMPTY;
    p->mapping = from_object(d);
    return from_object(p);
}

static Value get_doc(VM *vm, Value self)
{
    Value v = type_own(vm, as_type(self), NAME_OF(vm, __doc__));
    return v ? descriptor_bind(vm, v, VALUE_EMPTY, as_type(self)) : VALUE_NONE;
}

static bool set_doc(VM *vm, Value self, Value v)
{
    return !immutable(vm, as_type(self), "__doc__") && type_set_attribute(vm, as_type(self), NAME_OF(vm, __doc__), v);
}

static Value get_annotations(VM *vm, Value self)
{
    Type *t = as_type(self);
    Value v = type_own(vm, t, NAME_OF(vm, __annotations__));
    if (v)
        return v;
    if (t->flags & TYPE_IMMUTABLE)
        return raise_attribute(vm, self, NAME_OF(vm, __annotations__));
    Dict *d = dict_new(vm, 0);
    return d && dict_set_str(vm, t->dict, NAME_OF(vm, __annotations__), from_object(d)) ? from_object(d) : VALUE_EMPTY;
}

static bool set_annotations(VM *vm, Value self, Value v)
{
    return !immutable(vm, as_type(self), "__annotations__") &&
           type_set_attribute(vm, as_type(self), NAME_OF(vm, __annotations__), v);
}

static Value get_abstract(VM *vm, Value self)
{
    Value v = type_own(vm, as_type(self), NAME_OF(vm, __abstractmethods__));
    return v ? v : raise_exc(vm, EXC_AttributeError, "__abstractmethods__");
}

static bool set_abstract(VM *vm, Value self, Value v)
{
    return type_set_attribute(vm, as_type(self), NAME_OF(vm, __abstractmethods__), v);
}

static Value get_text_signature(VM *vm, Value self)
{
    const char *text = as_type(self)->def->make.signature;
    const char *open = text && !(as_type(self)->flags & TYPE_HEAP) ? strchr(text, '(') : NULL;
    if (!open)
        return VALUE_NONE;
    Str *s = str_from(vm, open);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value get_flags(VM *vm, Value self)
{
    (void)vm;
    Type *t = as_type(self);
    return from_small((t->flags & TYPE_HEAP ? 1 << 9 : 0) | (t->flags & TYPE_BASE ? 1 << 10 : 0) |
                      (t->flags & TYPE_ABSTRACT ? 1 << 20 : 0));
}

static Value get_basicsize(VM *vm, Value self) { return (void)vm, from_small(as_type(self)->size); }

static Value type_or(VM *vm, BinaryOp op, Value l, Value r)
{
    (void)op;
    bool ok = (is_type(l) || is_none(l) || has_kind(l, KIND_GENERIC_ALIAS) || has_kind(l, KIND_UNION)) &&
              (is_type(r) || is_none(r) || has_kind(r, KIND_GENERIC_ALIAS) || has_kind(r, KIND_UNION));
    return ok ? union_new(vm, l, r) : VALUE_NOT_IMPLEMENTED;
}

static const TypeOps type_ops = {
    .mark = type_mark,
    .repr = type_repr,
    .call = type_call_op,
    .getattr = type_getattr_op,
    .setattr = type_setattr_op,
    .binary = type_or,
    .binary_mask = BIT(BINARY_OR),
    .reflected_mask = BIT(BINARY_OR),
};

static const NativeDef type_methods[] = {
    {"__init__(self, /, *args, **kwargs)", type_init, "Initialize self.", 0, 0, 0},
    {"mro(self, /)", type_mro_method, "The method resolution order as a list.", 0, 0, 0},
    {"__subclasses__(self, /)", type_subclasses, "Direct subclasses that are alive.", 0, 0, 0},
    {"__instancecheck__(self, instance, /)", type_instancecheck, "isinstance() of this class.", 0, 0, 0},
    {"__subclasscheck__(self, subclass, /)", type_subclasscheck, "issubclass() of this class.", 0, 0, 0},
    {"__prepare__(cls, /, *args, **kwargs)", type_prepare, "The namespace for a class body.", NATIVE_CLASS, 0, 0},
    {"__dir__(self, /)", type_dir, "Names of the attributes of the class.", 0, 0, 0},
    {0},
};
static const GetSetDef type_getsets[] = {
    {"__name__", get_name, set_name, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL},
    {"__bases__", get_bases, set_bases, NULL},
    {"__base__", get_base, NULL, NULL},
    {"__mro__", get_mro, NULL, NULL},
    {"__module__", get_module, set_module, NULL},
    {"__dict__", get_dict, NULL, NULL},
    {"__doc__", get_doc, set_doc, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL},
    {"__abstractmethods__", get_abstract, set_abstract, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL},
    {"__flags__", get_flags, NULL, NULL},
    {"__basicsize__", get_basicsize, NULL, NULL},
    {0},
};

const TypeDef type_def = {
    .name = "type",
    .kind = KIND_TYPE,
    .size = sizeof(Type),
    .ops = &type_ops,
    .methods = type_methods,
    .getsets = type_getsets,
    .make = {"type(cls, /, *args, **kwargs)", type_make_native, NULL, 0, 0, 0},
    .doc = "The type of classes.",
    .flags = TYPE_BASE,
};
