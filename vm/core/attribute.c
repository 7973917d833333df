// SPDX-License-Identifier: MIT
//
// Attributes: where an object keeps its own, and the generic look-up (object.__getattribute__ and its kin).
//
// Slots that a class declares are always inline, also in dict mode, and behind the native part in classes derived from
// native ones. Three kinds of storage for the rest: inline and out-of-line slots by shape (instances of script
// classes), a Dict in the last word of the native layout (subclasses of native types, exceptions, functions), or none.

#include "native.h"
#include "type.h"

#define MAX_SLOTS 256u // an instance with more attributes goes to dict mode

// ---------------------------------------------------------------- storage

Instance *instance_new(VM *vm, Type *type)
{
    Shape *root = type->root;
    Instance *x = gc_new(vm, root, sizeof *x + root->inline_slots * sizeof(Value));
    if (x && unlikely(type->flags & TYPE_HAS_DEL) && !gc_add_finalizer(vm, &x->base))
        return NULL;
    return x;
}

static size_t payload_size(const Object *o)
{
    switch (kind_of(o)) {
    case KIND_INT: {
        int64_t n = ((const Int *)o)->count;
        return (size_t)(n < 0 ? -n : n) * sizeof(uint64_t);
    }
    case KIND_TUPLE: return (size_t)((const Tuple *)o)->count * sizeof(Value);
    case KIND_STR: {
        const Str *s = (const Str *)o;
        return (((size_t)s->size + 1 + 7) & ~(size_t)7) + (str_is_ascii(s) ? 0 : 8);
    }
    case KIND_BYTES: return (((const Bytes *)o)->size + 1 + 7) & ~(size_t)7;
    default: return 0;
    }
}

static bool is_var_kind(Kind k) { return k == KIND_INT || k == KIND_TUPLE || k == KIND_STR || k == KIND_BYTES; }

Value *object_extra(Object *o)
{
    Type *t = o->shape->type;
    if (!(t->flags & TYPE_EXTRA))
        return NULL;
    if (is_var_kind(kind_of(o)))
        return (Value *)((char *)o + t->size + payload_size(o));
    return (Value *)((char *)o + t->def->size - sizeof(Value));
}

Value *member_place(Object *o, uint32_t slot)
{
    if (kind_of(o) == KIND_OBJECT)
        return &((Instance *)o)->slots[slot];
    return (Value *)((char *)o + o->shape->type->def->size) + slot;
}

void *type_alloc(VM *vm, Type *cls, size_t payload)
{
    size_t size = cls->size;
    if (is_var_kind(cls->kind)) {
        size_t rounded = (payload + 7) & ~(size_t)7;
        if (!size_add(size, rounded, &size) || rounded < payload)
            return raise_memory(vm), NULL;
        if (cls->flags & TYPE_EXTRA)
            size += sizeof(Value);
    }
    Object *o = (cls->def->flags & TYPE_FINALIZE ? gc_new_final : gc_new)(vm, cls->root, size);
    if (o && unlikely(cls->flags & TYPE_HAS_DEL) && !gc_add_finalizer(vm, o))
        return NULL;
    return o;
}

void *type_new_of(VM *vm, const TypeDef *def) { return type_alloc(vm, type_of_def(vm, def), 0); }

bool object_has_storage(Value v)
{
    if (!is_object(v))
        return false;
    Object *o = as_object(v);
    if (kind_of(o) == KIND_OBJECT)
        return !(o->shape->type->flags & TYPE_NO_DICT) || o->shape->slot_count;
    return object_extra(o) != NULL || kind_of(o) == KIND_MODULE;
}

Value object_own_attribute(VM *vm, Value v, Str *name)
{
    if (!is_object(v))
        return VALUE_EMPTY;
    Object *o = as_object(v);
    if (likely(kind_of(o) == KIND_OBJECT)) {
        Instance *x = (Instance *)o;
        if (o->shape->dict_mode)
            return dict_get_str(vm, as_dict(x->extra), name);
        int64_t slot = shape_find(vm, o->shape, name);
        return slot < 0 ? VALUE_EMPTY : *instance_slot(x, o->shape, (uint32_t)slot);
    }
    if (kind_of(o) == KIND_MODULE)
        return dict_get_str(vm, as_module(v)->dict, name);
    Value *extra = object_extra(o);
    return extra && *extra ? dict_get_str(vm, as_dict(*extra), name) : VALUE_EMPTY;
}

static Shape *type_dict_shape(VM *vm, Type *type)
{
    if (!type->dict_shape) {
        Shape *s = shape_new_root(vm, type, type->root->inline_slots);
        if (!s)
            return NULL;
        s->dict_mode = 1;
        type->dict_shape = s;
        gc_barrier(vm, type);
    }
    return type->dict_shape;
}

// From slots to a real dict, for __dict__, deletions and very many attributes.
static Dict *instance_to_dict(VM *vm, Instance *x)
{
    Shape *shape = x->base.shape;
    if (shape->dict_mode)
        return as_dict(x->extra);
    Shape *target = type_dict_shape(vm, shape->type);
    uint32_t declared = shape->type->slots_declared, count = shape->slot_count - declared;
    Dict *d = target ? dict_new(vm, count) : NULL;
    if (!d)
        return NULL;
    Value keys[MAX_SLOTS + 1];
    Shape *s = shape;
    for (uint32_t i = count; i > 0; i--, s = s->parent)
        keys[i - 1] = from_object(s->key);
    for (uint32_t i = 0; i < count; i++) {
        Value v = *instance_slot(x, shape, declared + i);
        if (v && !dict_set_str(vm, d, as_str(keys[i]), v))
            return NULL;
    }
    x->extra = from_object(d);
    x->base.shape = target;
    memset(x->slots + declared, 0, (shape->inline_slots - declared) * sizeof(Value));
    gc_barrier(vm, x);
    return d;
}

// Room for one more out-of-line slot: the buffer's size follows from the slot count (powers of two).
static bool instance_grow(VM *vm, Instance *x, uint32_t slot, uint32_t inline_slots)
{
    uint32_t index = slot - inline_slots;
    if (x->extra && (index & (index - 1)))
        return true;
    size_t capacity = index < 2 ? 2 : index * 2;
    if (index == 1 && x->extra)
        return true;
    Value *p = gc_buffer_resize(vm, (void *)x->extra, index * sizeof *p, capacity * sizeof *p);
    if (!p)
        return false;
    x->extra = (Value)(uintptr_t)p;
    gc_barrier(vm, x);
    return true;
}

static bool instance_set(VM *vm, Instance *x, Str *name, Value value)
{
    Shape *shape = x->base.shape;
    if (shape->dict_mode)
        return dict_set_str(vm, as_dict(x->extra), name, value);
    int64_t slot = shape_find(vm, shape, name);
    if (slot < 0) {
        if (shape->type->flags & TYPE_NO_DICT)
            return false;
        if (shape->slot_count >= MAX_SLOTS + shape->type->slots_declared) {
            Dict *d = instance_to_dict(vm, x);
            return d && dict_set_str(vm, d, name, value);
        }
        Shape *child = shape_add(vm, shape, name);
        slot = shape->slot_count;
        if (!child || (slot >= shape->inline_slots && !instance_grow(vm, x, (uint32_t)slot, shape->inline_slots)))
            return false;
        if (shape->slot_count >= shape->type->slot_hint && shape->type->slot_hint < 32 &&
            shape->type->slots_declared == 0)
            shape->type->slot_hint++;
        shape = x->base.shape = child;
    }
    *instance_slot(x, shape, (uint32_t)slot) = value;
    gc_barrier(vm, x);
    return true;
}

static bool instance_delete(VM *vm, Instance *x, Str *name)
{
    Shape *shape = x->base.shape;
    if (!shape->dict_mode) {
        int64_t slot = shape_find(vm, shape, name);
        if (slot < 0 || !*instance_slot(x, shape, (uint32_t)slot))
            return false;
        if ((uint32_t)slot == shape->slot_count - 1 && shape->parent && slot >= shape->type->slots_declared) {
            *instance_slot(x, shape, (uint32_t)slot) = VALUE_EMPTY;
            x->base.shape = shape->parent;
            return true;
        }
        if (!instance_to_dict(vm, x))
            return false;
    }
    return dict_delete(vm, as_dict(x->extra), from_object(name), NULL) == 1;
}

bool object_set_own(VM *vm, Value v, Str *name, Value value)
{
    if (!is_object(v))
        return false;
    Object *o = as_object(v);
    if (likely(kind_of(o) == KIND_OBJECT))
        return value ? instance_set(vm, (Instance *)o, name, value) : instance_delete(vm, (Instance *)o, name);
    Dict *d;
    if (kind_of(o) == KIND_MODULE) {
        d = as_module(v)->dict;
    } else {
        Value *extra = object_extra(o);
        if (!extra)
            return false;
        if (!*extra) {
            Dict *made = value ? dict_new(vm, 1) : NULL;
            if (!made)
                return false;
            extra = object_extra(o);
            *extra = from_object(made);
            gc_barrier(vm, o);
        }
        d = as_dict(*extra);
    }
    return value ? dict_set_str(vm, d, name, value) : dict_delete(vm, d, from_object(name), NULL) == 1;
}

Dict *object_dict(VM *vm, Value v)
{
    if (!is_object(v))
        return NULL;
    Object *o = as_object(v);
    if (kind_of(o) == KIND_OBJECT)
        return o->shape->type->flags & TYPE_NO_DICT ? NULL : instance_to_dict(vm, (Instance *)o);
    if (kind_of(o) == KIND_MODULE)
        return as_module(v)->dict;
    Value *extra = object_extra(o);
    if (!extra)
        return NULL;
    if (!*extra) {
        Dict *d = dict_new(vm, 0);
        if (!d)
            return NULL;
        extra = object_extra(o);
        *extra = from_object(d);
        gc_barrier(vm, o);
    }
    return as_dict(*extra);
}

bool object_set_dict(VM *vm, Value v, Dict *d)
{
    Object *o = as_object(v);
    if (kind_of(o) == KIND_OBJECT) {
        if (!instance_to_dict(vm, (Instance *)o))
            return false;
        ((Instance *)o)->extra = from_object(d);
    } else {
        Value *extra = object_extra(o);
        if (!extra)
            return false;
        *extra = from_object(d);
    }
    gc_barrier(vm, o);
    return true;
}

// ---------------------------------------------------------------- descriptors

bool is_plain_data(VM *vm, Value a)
{
    if (!is_object(a))
        return true;
    Type *t = type_of(vm, a);
    return !t->ops->descr_get && !t->ops->descr_set && !type_overrides(t, SPECIAL___get__) &&
           !type_overrides(t, SPECIAL___set__) && !type_overrides(t, SPECIAL___delete__);
}

bool is_data_descriptor(VM *vm, Value a)
{
    if (!is_object(a))
        return false;
    Type *t = type_of(vm, a);
    return t->ops->descr_set || type_overrides(t, SPECIAL___set__) || type_overrides(t, SPECIAL___delete__);
}

Value descriptor_bind(VM *vm, Value a, Value instance, Type *owner)
{
    if (!is_object(a))
        return a;
    if (kind_of(as_object(a)) == KIND_FUNCTION)
        return instance ? bound_method_new(vm, a, instance) : a;
    Type *t = type_of(vm, a);
    if (type_overrides(t, SPECIAL___get__)) {
        Value get = type_special(vm, t, SPECIAL___get__);
        return call3(vm, get, a, instance ? instance : VALUE_NONE, owner ? from_object(owner) : VALUE_NONE);
    }
    return t->ops->descr_get ? t->ops->descr_get(vm, a, instance, owner) : a;
}

static bool descriptor_set(VM *vm, Value a, Value instance, Value value, Str *name)
{
    Type *t = type_of(vm, a);
    SpecialId id = value ? SPECIAL___set__ : SPECIAL___delete__;
    if (type_overrides(t, id)) {
        Value f = type_special(vm, t, id);
        return (value ? call3(vm, f, a, instance, value) : call2(vm, f, a, instance)) != VALUE_EMPTY;
    }
    if (t->ops->descr_set)
        return t->ops->descr_set(vm, a, instance, value);
    return (raise_exc(vm, EXC_AttributeError, value ? "__set__" : "__delete__"), (void)name, false);
}

// ---------------------------------------------------------------- look-up

// Shared by the raising and the optional look-up. VALUE_EMPTY: absent, or error when vm->error is set.
static Value generic_get(VM *vm, Value o, Type *type, Str *name)
{
    Value attribute = type_lookup(vm, type, name);
    if (attribute && is_data_descriptor(vm, attribute)) {
        Type *t = type_of(vm, attribute);
        if (t->ops->descr_get || type_overrides(t, SPECIAL___get__))
            return descriptor_bind(vm, attribute, o, type);
    }
    Value own = object_own_attribute(vm, o, name);
    if (own || vm->error)
        return own;
    return attribute ? descriptor_bind(vm, attribute, o, type) : VALUE_EMPTY;
}

Value object_generic_getattr(VM *vm, Value o, Str *name)
{
    Type *type = type_of(vm, o);
    Value v = type->ops->getattr ? type->ops->getattr(vm, o, name) : generic_get(vm, o, type, name);
    return v || vm->error ? v : raise_attribute(vm, o, name);
}

Value object_getattr(VM *vm, Value o, Str *name)
{
    Type *type = type_of(vm, o);
    Value v;
    if (unlikely(type_overrides(type, SPECIAL___getattribute__)))
        v = call2(vm, type_special(vm, type, SPECIAL___getattribute__), o, from_object(name));
    else if (type->ops->getattr)
        v = type->ops->getattr(vm, o, name);
    else
        v = generic_get(vm, o, type, name);
    if (likely(v))
        return v;
    if (vm->error && !(type_overrides(type, SPECIAL___getattr__) && error_is(vm, EXC_AttributeError)))
        return VALUE_EMPTY;
    if (type_overrides(type, SPECIAL___getattr__)) {
        error_clear(vm);
        return call2(vm, type_special(vm, type, SPECIAL___getattr__), o, from_object(name));
    }
    return raise_attribute(vm, o, name);
}

Value object_getattr_opt(VM *vm, Value o, Str *name)
{
    Type *type = type_of(vm, o);
    bool scripted = type_overrides(type, SPECIAL___getattribute__) || type_overrides(type, SPECIAL___getattr__);
    if (!scripted && !type->ops->getattr) {
        Value v = generic_get(vm, o, type, name);
        if (!v && vm->error && error_is(vm, EXC_AttributeError))
            error_clear(vm);
        return v;
    }
    Value v = object_getattr(vm, o, name);
    if (!v && error_is(vm, EXC_AttributeError))
        error_clear(vm);
    return v;
}

static bool raise_no_set(VM *vm, Value o, Type *type, Str *name, Value attribute)
{
    (void)type;
    raise_exc(vm, EXC_AttributeError,
              attribute ? "'%T' object attribute '%U' is read-only" : "'%T' object has no attribute '%U'", o, name);
    return false;
}

bool object_generic_setattr(VM *vm, Value o, Str *name, Value value)
{
    Type *type = type_of(vm, o);
    if (type->ops->setattr)
        return type->ops->setattr(vm, o, name, value);
    Value attribute = type_lookup(vm, type, name);
    if (attribute && is_data_descriptor(vm, attribute))
        return descriptor_set(vm, attribute, o, value, name);
    if (object_set_own(vm, o, name, value))
        return true;
    if (vm->error)
        return false;
    if (!value && object_has_storage(o) && !(type->flags & TYPE_NO_DICT))
        attribute = VALUE_EMPTY;
    return raise_no_set(vm, o, type, name, attribute);
}

bool object_setattr(VM *vm, Value o, Str *name, Value value)
{
    Type *type = type_of(vm, o);
    SpecialId id = value ? SPECIAL___setattr__ : SPECIAL___delattr__;
    if (unlikely(type_overrides(type, id))) {
        Value f = type_special(vm, type, id);
        Value n = from_object(name);
        return (value ? call3(vm, f, o, n, value) : call2(vm, f, o, n)) != VALUE_EMPTY;
    }
    return object_generic_setattr(vm, o, name, value);
}
