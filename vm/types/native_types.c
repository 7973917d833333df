// SPDX-License-Identifier: MIT
//
// Natives as objects: built-in functions, method descriptors, slot wrappers (list.__len__), getset and member
// descriptors.

#include "vm/core/args.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

static Native *as_native(Value v) { return (Native *)as_object(v); }

// ---------------------------------------------------------------- functions and methods

static void native_mark(Gc *gc, Object *o)
{
    Native *n = (Native *)o;
    gc_mark(gc, n->self);
    gc_mark_object(gc, (Object *)n->owner);
    gc_mark_object(gc, (Object *)n->name);
    gc_mark_object(gc, (Object *)n->module);
    if (n->signature) {
        Signature *g = n->signature;
        gc_mark_buffer(gc, g);
        for (int i = 0; i < g->positional + g->keyword_only; i++) {
            gc_mark_object(gc, (Object *)g->parameters[i].name);
            gc_mark(gc, g->parameters[i].fallback);
        }
    }
}

static Str *qualified(VM *vm, Native *n)
{
    return n->owner ? str_format(vm, "%U.%U", n->owner->qualname, n->name) : n->name;
}

static Value native_repr(VM *vm, Value self)
{
    Native *n = as_native(self);
    Str *s;
    if (n->owner && kind_of(as_object(self)) != KIND_NATIVE)
        s = str_format(vm, "<method '%U' of '%U' objects>", n->name, n->owner->name);
    else if (n->self && !is_module(n->self))
        s = str_format(vm, "<built-in method %U of %T object at 0x%zx>", n->name, n->self, (size_t)n->self);
    else
        s = str_format(vm, n->owner ? "<built-in method %U>" : "<built-in function %U>", n->name);
    return s ? from_object(s) : VALUE_EMPTY;
}

// A method of a native type bound to an instance is a bound method that prints as CPython's built-in method.
static Value native_method_bind(VM *vm, Value self, Value instance, Type *owner)
{
    Native *n = as_native(self);
    (void)owner;
    if (!instance)
        return self;
    if (!type_is_subtype(type_of(vm, instance), n->owner))
        return raise_type(vm, "descriptor '%U' for '%U' objects doesn't apply to a '%T' object", n->name,
                          n->owner->name, instance);
    BoundMethod *m = gc_new(vm, vm->types[KIND_METHOD_WRAPPER]->root, sizeof *m);
    if (!m)
        return VALUE_EMPTY;
    m->function = self;
    m->self = instance;
    return from_object(m);
}

static Value class_method_bind(VM *vm, Value self, Value instance, Type *owner)
{
    BoundMethod *m = gc_new(vm, vm->types[KIND_METHOD_WRAPPER]->root, sizeof *m);
    if (!m)
        return VALUE_EMPTY;
    m->function = self;
    m->self = from_object(owner ? owner : type_of(vm, instance));
    return from_object(m);
}

static Value n_name(VM *vm, Value s) { return (void)vm, from_object(as_native(s)->name); }
static Value n_qualname(VM *vm, Value s)
{
    Str *q = qualified(vm, as_native(s));
    return q ? from_object(q) : VALUE_EMPTY;
}
static Value n_module(VM *vm, Value s)
{
    return (void)vm, as_native(s)->module ? from_object(as_native(s)->module) : VALUE_NONE;
}
static Value n_self(VM *vm, Value s) { return (void)vm, as_native(s)->self ? as_native(s)->self : VALUE_NONE; }
static Value n_objclass(VM *vm, Value s)
{
    return (void)vm, as_native(s)->owner ? from_object(as_native(s)->owner) : VALUE_NONE;
}

static Value text_or_none(VM *vm, const char *text)
{
    Str *s = text ? str_from(vm, text) : NULL;
    return s ? from_object(s) : vm->error ? VALUE_EMPTY : VALUE_NONE;
}

static Value n_doc(VM *vm, Value s) { return text_or_none(vm, as_native(s)->def->doc); }
static Value n_text_signature(VM *vm, Value s) { return text_or_none(vm, strchr(as_native(s)->def->signature, '(')); }

// As inspect.markcoroutinefunction() marks a function.
static Value n_coroutine_mark(VM *vm, Value s)
{
    static const char name[] = "_is_coroutine_mark";
    Str *mark = str_intern_text(vm, name, sizeof name - 1);
    if (!mark)
        return VALUE_EMPTY;
    return as_native(s)->def->flags & NATIVE_COROUTINE ? from_object(mark) : raise_attribute(vm, s, mark);
}

static const TypeOps native_ops = {.mark = native_mark, .repr = native_repr};
static const TypeOps native_method_ops = {.mark = native_mark, .repr = native_repr, .descr_get = native_method_bind};
static const TypeOps class_method_ops = {.mark = native_mark, .repr = native_repr, .descr_get = class_method_bind};
static const GetSetDef native_getsets[] = {
    {"__name__", n_name, NULL, NULL}, {"__qualname__", n_qualname, NULL, NULL}, {"__module__", n_module, NULL, NULL},
    {"__self__", n_self, NULL, NULL}, {"__doc__", n_doc, NULL, NULL}, {"__text_signature__", n_text_signature, NULL, NULL},
    {"_is_coroutine_mark", n_coroutine_mark, NULL, NULL}, {0},
};
static const GetSetDef native_method_getsets[] = {
    {"__name__", n_name, NULL, NULL}, {"__qualname__", n_qualname, NULL, NULL}, {"__objclass__", n_objclass, NULL, NULL},
    {"__doc__", n_doc, NULL, NULL}, {"__text_signature__", n_text_signature, NULL, NULL},
    {"_is_coroutine_mark", n_coroutine_mark, NULL, NULL}, {0},
};
static Value call_any(VM *vm, Value *a, int n) { return (void)n, object_call_ex(vm, a[0], a[1], a[2]); }
static const NativeDef call_methods[] = {
    {"__call__(self, /, *args, **kwargs)", call_any, "Call self as a function.", 0, 0, 0}, {0}};
const TypeDef native_def = {.name = "builtin_function_or_method",
                            .kind = KIND_NATIVE,
                            .size = sizeof(Native),
                            .ops = &native_ops,
                            .methods = call_methods,
                            .getsets = native_getsets};
const TypeDef native_method_def = {.name = "method_descriptor",
                                   .kind = KIND_NATIVE_METHOD,
                                   .size = sizeof(Native),
                                   .ops = &native_method_ops,
                                   .methods = call_methods,
                                   .getsets = native_method_getsets};
const TypeDef class_method_def = {.name = "classmethod_descriptor",
                                  .kind = KIND_CLASS_METHOD_DESCRIPTOR,
                                  .size = sizeof(Native),
                                  .ops = &class_method_ops,
                                  .methods = call_methods,
                                  .getsets = native_method_getsets};

// ---------------------------------------------------------------- bound natives

static void wrapper_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((BoundMethod *)o)->function);
    gc_mark(gc, ((BoundMethod *)o)->self);
}

static bool is_ordinary(const SlotWrapper *w);

extern const TypeDef bound_slot_def;

static Value wrapper_repr(VM *vm, Value self)
{
    BoundMethod *m = (BoundMethod *)as_object(self);
    Value name = object_getattr(vm, m->function, NAME_OF(vm, __name__));
    if (!name)
        return VALUE_EMPTY;
    bool slot = has_kind(m->function, KIND_SLOT_WRAPPER) && !is_ordinary((SlotWrapper *)as_object(m->function));
    Str *s = is_type(m->self) ? str_format(vm, "<built-in method %S of type object at 0x%zx>", name, (size_t)m->self)
             : slot ? str_format(vm, "<method-wrapper '%S' of %T object at 0x%zx>", name, m->self, (size_t)m->self)
                    : str_format(vm, "<built-in method %S of %T object at 0x%zx>", name, m->self, (size_t)m->self);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value wrapper_getattr(VM *vm, Value self, Str *name)
{
    Value a = type_lookup(vm, type_of(vm, self), name);
    return a ? descriptor_bind(vm, a, self, type_of(vm, self))
             : object_getattr(vm, ((BoundMethod *)as_object(self))->function, name);
}

static Value wrapper_compare(VM *vm, Value a, Value b, CompareOp op)
{
    (void)vm;
    if (!has_kind(b, KIND_METHOD_WRAPPER) || (op != COMPARE_EQ && op != COMPARE_NE))
        return VALUE_NOT_IMPLEMENTED;
    BoundMethod *x = (BoundMethod *)as_object(a), *y = (BoundMethod *)as_object(b);
    return from_bool((x->self == y->self && x->function == y->function) == (op == COMPARE_EQ));
}

static bool wrapper_hash(VM *vm, Value v, int64_t *out)
{
    BoundMethod *m = (BoundMethod *)as_object(v);
    (void)vm;
    *out = (int64_t)((m->self >> 4) * 31 + (m->function >> 4));
    return true;
}

static Value w_self(VM *vm, Value s) { return (void)vm, ((BoundMethod *)as_object(s))->self; }
static Value w_name(VM *vm, Value s)
{
    return object_getattr(vm, ((BoundMethod *)as_object(s))->function, NAME_OF(vm, __name__));
}
static Value w_qualname(VM *vm, Value s)
{
    BoundMethod *m = (BoundMethod *)as_object(s);
    Value name = w_name(vm, s);
    Type *t = is_type(m->self) ? as_type(m->self) : type_of(vm, m->self);
    Str *q = name ? str_format(vm, "%U.%S", t->qualname, name) : NULL;
    return q ? from_object(q) : VALUE_EMPTY;
}
static Value w_doc(VM *vm, Value s)
{
    return object_getattr(vm, ((BoundMethod *)as_object(s))->function, NAME_OF(vm, __doc__));
}
static Value w_module(VM *vm, Value s) { return (void)vm, (void)s, VALUE_NONE; }

static const TypeOps wrapper_ops = {
    .mark = wrapper_mark, .repr = wrapper_repr, .getattr = wrapper_getattr, .compare = wrapper_compare,
    .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE), .hash = wrapper_hash,
};
static const GetSetDef wrapper_getsets[] = {
    {"__self__", w_self, NULL, NULL}, {"__name__", w_name, NULL, NULL}, {"__qualname__", w_qualname, NULL, NULL},
    {"__doc__", w_doc, NULL, NULL}, {"__module__", w_module, NULL, NULL}, {0},
};
const TypeDef method_wrapper_def = {.name = "builtin_function_or_method",
                                    .kind = KIND_METHOD_WRAPPER,
                                    .size = sizeof(BoundMethod),
                                    .ops = &wrapper_ops,
                                    .methods = call_methods,
                                    .getsets = wrapper_getsets};
// A bound slot wrapper: the same object under its own name.
const TypeDef bound_slot_def = {.name = "method-wrapper",
                                .kind = KIND_METHOD_WRAPPER,
                                .size = sizeof(BoundMethod),
                                .ops = &wrapper_ops,
                                .methods = call_methods,
                                .getsets = wrapper_getsets};

// ---------------------------------------------------------------- slot wrappers

static void slot_mark(Gc *gc, Object *o)
{
    gc_mark_object(gc, (Object *)((SlotWrapper *)o)->owner);
    gc_mark_object(gc, (Object *)((SlotWrapper *)o)->native);
}

// CPython makes these special methods ordinary methods, which shows in repr and messages.
static bool is_ordinary(const SlotWrapper *w)
{
    switch (w->id) {
    case SPECIAL___format__: return true;
    case SPECIAL___getitem__: return w->owner->kind == KIND_DICT || w->owner->kind == KIND_LIST;
    case SPECIAL___contains__:
        return w->owner->kind == KIND_DICT || w->owner->kind == KIND_SET || w->owner->kind == KIND_FROZENSET;
    default: return false;
    }
}


static Value none_if(bool ok) { return ok ? VALUE_NONE : VALUE_EMPTY; }

static Value call_binary_slot(VM *vm, const TypeOps *ops, SpecialId id, Value *a)
{
    if (id >= SPECIAL___add__ && id <= SPECIAL___divmod__)
        return ops->binary(vm, (BinaryOp)(id - SPECIAL___add__), a[0], a[1]);
    if (id >= SPECIAL___radd__ && id <= SPECIAL___rdivmod__)
        return ops->binary(vm, (BinaryOp)(id - SPECIAL___radd__), a[1], a[0]);
    if (id >= SPECIAL___iadd__ && id <= SPECIAL___ixor__)
        return ops->inplace(vm, (BinaryOp)(id - SPECIAL___iadd__), a[0], a[1]);
    if (id >= SPECIAL___lt__ && id <= SPECIAL___ge__)
        return ops->compare(vm, a[0], a[1], (CompareOp)(id - SPECIAL___lt__));
    return VALUE_NOT_IMPLEMENTED;
}

static Value index_key(VM *vm, Value key) { return (void)vm, key; }

static Value str_arg(VM *vm, Value v, Str **out)
{
    if (!is_str(v))
        return raise_type(vm, "attribute name must be string, not '%T'", v);
    *out = str_intern(vm, as_str(v));
    return *out ? v : VALUE_EMPTY;
}

static Value iterator_next(VM *vm, const TypeOps *ops, Value self)
{
    Value v = ops->next(vm, self);
    return v || vm->error ? v : raise_stop_iteration(vm, VALUE_EMPTY);
}

// Arguments of each dunder besides self.
static int slot_arity(SpecialId id)
{
    switch (id) {
    case SPECIAL___setitem__: case SPECIAL___set__: case SPECIAL___setattr__: return 2;
    case SPECIAL___repr__: case SPECIAL___str__: case SPECIAL___hash__: case SPECIAL___bool__: case SPECIAL___len__:
    case SPECIAL___iter__: case SPECIAL___next__: case SPECIAL___del__: return 0;
    default: return id >= SPECIAL___neg__ && id <= SPECIAL___index__ ? 0 : 1;
    }
}

static Value call_slot(VM *vm, SlotWrapper *w, Value *a, int nargs)
{
    const TypeOps *ops = w->owner->ops;
    SpecialId id = w->id;
    Str *name;
    int64_t n;
    int t;
    if (id >= SPECIAL___neg__ && id <= SPECIAL___index__)
        return ops->unary(vm, (UnaryOp)(id - SPECIAL___neg__), a[0]);
    switch (id) {
    case SPECIAL___repr__: return ops->repr(vm, a[0]);
    case SPECIAL___str__: return ops->str(vm, a[0]);
    case SPECIAL___format__:
        if (!is_str(a[1]))
            return raise_type(vm, "__format__() argument must be str, not %T", a[1]);
        return ops->format(vm, a[0], as_str(a[1]));
    case SPECIAL___hash__: return ops->hash(vm, a[0], &n) ? int_from_i64(vm, n) : VALUE_EMPTY;
    case SPECIAL___bool__: return (t = ops->truth(vm, a[0])) < 0 ? VALUE_EMPTY : from_bool(t);
    case SPECIAL___len__: return (n = ops->len(vm, a[0])) < 0 ? VALUE_EMPTY : int_from_i64(vm, n);
    case SPECIAL___getitem__: return ops->getitem(vm, a[0], index_key(vm, a[1]));
    case SPECIAL___setitem__: return none_if(ops->setitem(vm, a[0], a[1], a[2]));
    case SPECIAL___delitem__: return none_if(ops->setitem(vm, a[0], a[1], VALUE_EMPTY));
    case SPECIAL___contains__: return (t = ops->contains(vm, a[0], a[1])) < 0 ? VALUE_EMPTY : from_bool(t);
    case SPECIAL___iter__: return ops->iter(vm, a[0]);
    case SPECIAL___next__: return iterator_next(vm, ops, a[0]);
    case SPECIAL___getattribute__: {
        if (!str_arg(vm, a[1], &name))
            return VALUE_EMPTY;
        Value v = ops->getattr(vm, a[0], name);
        return v || vm->error ? v : raise_attribute(vm, a[0], name);
    }
    case SPECIAL___setattr__:
        return str_arg(vm, a[1], &name) ? none_if(ops->setattr(vm, a[0], name, a[2])) : VALUE_EMPTY;
    case SPECIAL___delattr__:
        return str_arg(vm, a[1], &name) ? none_if(ops->setattr(vm, a[0], name, VALUE_EMPTY)) : VALUE_EMPTY;
    case SPECIAL___get__:
        return ops->descr_get(vm, a[0], is_none(a[1]) ? VALUE_EMPTY : a[1],
                              nargs > 2 && is_type(a[2]) ? as_type(a[2]) : type_of(vm, a[1]));
    case SPECIAL___set__: return none_if(ops->descr_set(vm, a[0], a[1], a[2]));
    case SPECIAL___delete__: return none_if(ops->descr_set(vm, a[0], a[1], VALUE_EMPTY));
    default: return call_binary_slot(vm, ops, id, a);
    }
}

static Value slot_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    SlotWrapper *w = (SlotWrapper *)as_object(self);
    Str *name = vm->names[w->id];
    if (nargs < 1)
        return raise_type(vm, "descriptor '%U' of '%U' object needs an argument", name, w->owner->name);
    if (!type_is_subtype(type_of(vm, args[0]), w->owner))
        return raise_type(vm,
                          is_ordinary(w) ? "descriptor '%U' for '%U' objects doesn't apply to a '%T' object"
                                         : "descriptor '%U' requires a '%U' object but received a '%T'",
                          name, w->owner->name, args[0]);
    if (w->native && (w->id == SPECIAL___init__ || w->id == SPECIAL___call__))
        return native_call(vm, w->native, args, nargs, kwnames);
    if (w->id == SPECIAL___call__)
        return w->owner->ops->call(vm, args[0], args + 1, nargs - 1, kwnames);
    if (kwnames && kwnames->count)
        return raise_type(vm, "wrapper %U() takes no keyword arguments", name);
    int wanted = slot_arity(w->id);
    if (nargs - 1 != wanted && is_ordinary(w))
        return raise_type(vm, "%U.%U() takes exactly one argument (%d given)", w->owner->name, name, nargs - 1);
    if (nargs - 1 != wanted && !(w->id == SPECIAL___get__ && nargs == 3) && !(w->id == SPECIAL___pow__ && nargs == 3))
        return raise_type(vm, "expected %d argument%s, got %d", wanted, wanted == 1 ? "" : "s", nargs - 1);
    if (w->native)
        return native_call(vm, w->native, args, nargs, NULL);
    if (w->id == SPECIAL___pow__ && nargs == 3)
        return object_pow(vm, args[0], args[1], args[2]);
    return call_slot(vm, w, args, nargs);
}

static Value slot_repr(VM *vm, Value self)
{
    SlotWrapper *w = (SlotWrapper *)as_object(self);
    Str *s = str_format(vm, is_ordinary(w) ? "<method '%U' of '%U' objects>" : "<slot wrapper '%U' of '%U' objects>",
                        vm->names[w->id], w->owner->name);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value slot_bind(VM *vm, Value self, Value instance, Type *owner)
{
    (void)owner;
    if (!instance)
        return self;
    bool ordinary = is_ordinary((SlotWrapper *)as_object(self));
    BoundMethod *m =
        gc_new(vm, (ordinary ? vm->types[KIND_METHOD_WRAPPER] : type_of_def(vm, &bound_slot_def))->root, sizeof *m);
    if (!m)
        return VALUE_EMPTY;
    m->function = self;
    m->self = instance;
    return from_object(m);
}

static Value s_name(VM *vm, Value s) { return from_object(vm->names[((SlotWrapper *)as_object(s))->id]); }
static Value s_qualname(VM *vm, Value s)
{
    SlotWrapper *w = (SlotWrapper *)as_object(s);
    Str *q = str_format(vm, "%U.%U", w->owner->qualname, vm->names[w->id]);
    return q ? from_object(q) : VALUE_EMPTY;
}
static Value s_objclass(VM *vm, Value s) { return (void)vm, from_object(((SlotWrapper *)as_object(s))->owner); }
static Value s_doc(VM *vm, Value s)
{
    const SlotWrapper *w = (const SlotWrapper *)as_object(s);
    return text_or_none(vm, w->native ? w->native->def->doc : "Special method of a built-in type.");
}

static const TypeOps slot_ops = {.mark = slot_mark, .repr = slot_repr, .call = slot_call, .descr_get = slot_bind};
static const GetSetDef slot_getsets[] = {{"__name__", s_name, NULL, NULL},
                                         {"__qualname__", s_qualname, NULL, NULL},
                                         {"__objclass__", s_objclass, NULL, NULL},
                                         {"__doc__", s_doc, NULL, NULL},
                                         {0}};
const TypeDef slot_wrapper_def = {.name = "wrapper_descriptor",
                                  .kind = KIND_SLOT_WRAPPER,
                                  .size = sizeof(SlotWrapper),
                                  .ops = &slot_ops,
                                  .getsets = slot_getsets};

// ---------------------------------------------------------------- getset and member descriptors

static void getset_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((GetSet *)o)->owner); }

static bool applies(VM *vm, Type *owner, const char *name, Value instance)
{
    if (type_is_subtype(type_of(vm, instance), owner))
        return true;
    raise_type(vm, "descriptor '%s' for '%U' objects doesn't apply to a '%T' object", name, owner->name, instance);
    return false;
}

static Value getset_get(VM *vm, Value self, Value instance, Type *owner)
{
    GetSet *g = (GetSet *)as_object(self);
    (void)owner;
    if (!instance)
        return self;
    return applies(vm, g->owner, g->def->name, instance) ? g->def->get(vm, instance) : VALUE_EMPTY;
}

static bool getset_set(VM *vm, Value self, Value instance, Value value)
{
    GetSet *g = (GetSet *)as_object(self);
    if (!applies(vm, g->owner, g->def->name, instance))
        return false;
    if (g->def->set)
        return g->def->set(vm, instance, value);
    raise_exc(vm, EXC_AttributeError, "attribute '%s' of '%U' objects is not writable", g->def->name, g->owner->name);
    return false;
}

static Value getset_repr(VM *vm, Value self)
{
    GetSet *g = (GetSet *)as_object(self);
    Str *s = str_format(vm, "<attribute '%s' of '%U' objects>", g->def->name, g->owner->name);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value g_name(VM *vm, Value s) { return text_or_none(vm, ((GetSet *)as_object(s))->def->name); }
static Value g_doc(VM *vm, Value s) { return text_or_none(vm, ((GetSet *)as_object(s))->def->doc); }
static Value g_objclass(VM *vm, Value s) { return (void)vm, from_object(((GetSet *)as_object(s))->owner); }

static const TypeOps getset_ops = {
    .mark = getset_mark, .repr = getset_repr, .descr_get = getset_get, .descr_set = getset_set};
static const GetSetDef getset_getsets[] = {{"__name__", g_name, NULL, NULL},
                                           {"__qualname__", g_name, NULL, NULL},
                                           {"__doc__", g_doc, NULL, NULL},
                                           {"__objclass__", g_objclass, NULL, NULL},
                                           {0}};
const TypeDef getset_def = {.name = "getset_descriptor",
                            .kind = KIND_GETSET,
                            .size = sizeof(GetSet),
                            .ops = &getset_ops,
                            .getsets = getset_getsets};

static void member_mark(Gc *gc, Object *o)
{
    gc_mark_object(gc, (Object *)((Member *)o)->owner);
    gc_mark_object(gc, (Object *)((Member *)o)->name);
}

static Value member_get(VM *vm, Value self, Value instance, Type *owner)
{
    Member *m = (Member *)as_object(self);
    (void)owner;
    if (!instance)
        return self;
    if (!applies(vm, m->owner, m->name->data, instance))
        return VALUE_EMPTY;
    Value v = *member_place(as_object(instance), m->slot);
    return v ? v : raise_attribute(vm, instance, m->name);
}

static bool member_set(VM *vm, Value self, Value instance, Value value)
{
    Member *m = (Member *)as_object(self);
    if (!applies(vm, m->owner, m->name->data, instance))
        return false;
    Value *p = member_place(as_object(instance), m->slot);
    if (!value && !*p)
        return (raise_exc(vm, EXC_AttributeError, "%U", m->name), false);
    *p = value;
    gc_barrier(vm, as_object(instance));
    return true;
}

static Value member_repr(VM *vm, Value self)
{
    Member *m = (Member *)as_object(self);
    Str *s = str_format(vm, "<member '%U' of '%U' objects>", m->name, m->owner->name);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value mb_name(VM *vm, Value s) { return (void)vm, from_object(((Member *)as_object(s))->name); }
static Value mb_objclass(VM *vm, Value s) { return (void)vm, from_object(((Member *)as_object(s))->owner); }
static const TypeOps member_ops = {
    .mark = member_mark, .repr = member_repr, .descr_get = member_get, .descr_set = member_set};
static const GetSetDef member_getsets[] = {
    {"__name__", mb_name, NULL, NULL}, {"__objclass__", mb_objclass, NULL, NULL}, {0}};
const TypeDef member_def = {.name = "member_descriptor",
                            .kind = KIND_MEMBER,
                            .size = sizeof(Member),
                            .ops = &member_ops,
                            .getsets = member_getsets};
