// SPDX-License-Identifier: MIT
//
// Names and attributes for the interpreter: general look-up, and specialisation of the instruction that asked.
//
// An instruction is specialised for the shape it saw last. One whose guard keeps failing (Instr.n counts) stays
// general.

#include "cache.h"

#include "vm/core/native.h"
#include "vm/core/type.h"

#define MAX_MISSES 16

// ---------------------------------------------------------------- globals and names

static void name_error(VM *vm, Str *name)
{
    raise_exc(vm, EXC_NameError, "name '%U' is not defined", name);
    if (is_exception(vm->error))
        exception_set_field(vm, vm->error, FIELD_NAME, from_object(name));
}

// Remembers where the value at `index` of a namespace is.
static void cache_place(VM *vm, Frame *frame, Cache *c, Dict *d, int64_t index)
{
    if (frame_code(frame)->globals) {
        c->place = &d->entries[index].value;
        c->version = vm->globals_epoch;
    }
}

Value global_load(VM *vm, Frame *frame, Instr *in, Cache *c)
{
    Function *f = as_function(frame->callee);
    Dict *d = f->globals;
    int64_t at = dict_find_str(vm, d, c->name);
    if (at < 0)
        at = dict_find_str(vm, d = f->builtins, c->name);
    if (at < 0)
        return (name_error(vm, c->name), VALUE_EMPTY);
    cache_place(vm, frame, c, d, at);
    in->op = OP_LOAD_GLOBAL_PLACE;
    return d->entries[at].value;
}

bool global_store(VM *vm, Frame *frame, Cache *c, Value v)
{
    Dict *globals = as_function(frame->callee)->globals;
    if (likely(c->version == vm->globals_epoch) && likely(*c->place)) {
        *c->place = v;
        gc_barrier(vm, globals);
        return true;
    }
    if (!dict_set_str(vm, globals, c->name, v))
        return false;
    int64_t at = dict_find_str(vm, globals, c->name);
    if (at >= 0)
        cache_place(vm, frame, c, globals, at);
    return true;
}

bool global_delete(VM *vm, Frame *frame, Str *name)
{
    int r = dict_delete(vm, as_function(frame->callee)->globals, from_object(name), NULL);
    if (r == 0)
        name_error(vm, name);
    return r == 1;
}

Value object_lookup_namespace(VM *vm, Value namespace, Value name)
{
    if (is_exact(vm, namespace, KIND_DICT))
        return dict_get_str(vm, as_dict(namespace), as_str(name));
    Value v = object_getitem(vm, namespace, name);
    if (!v && error_is(vm, EXC_KeyError))
        error_clear(vm);
    return v;
}

Value name_load(VM *vm, Frame *frame, Value namespace, Str *name)
{
    Value v = object_lookup_namespace(vm, namespace, from_object(name));
    if (v || vm->error)
        return v;
    Function *f = as_function(frame->callee);
    if ((v = dict_get_str(vm, f->globals, name)) || (v = dict_get_str(vm, f->builtins, name)))
        return v;
    return (name_error(vm, name), VALUE_EMPTY);
}

bool name_store(VM *vm, Value namespace, Value name, Value v)
{
    if (is_exact(vm, namespace, KIND_DICT))
        return dict_set_str(vm, as_dict(namespace), as_str(name), v);
    return object_setitem(vm, namespace, name, v);
}

bool name_delete(VM *vm, Value namespace, Value name)
{
    if (object_delitem(vm, namespace, name))
        return true;
    if (error_is(vm, EXC_KeyError)) {
        error_clear(vm);
        name_error(vm, as_str(name));
    }
    return false;
}

void raise_unbound_local(VM *vm, Code *code, unsigned reg)
{
    Value name = reg < code->nlocals ? code->varnames[reg] : VALUE_EMPTY;
    raise_exc(vm, EXC_UnboundLocalError, "cannot access local variable '%U' where it is not associated with a value",
              name ? as_str(name) : vm->empty_str);
}

void raise_unbound_free(VM *vm, Code *code, unsigned index)
{
    raise_exc(vm, EXC_NameError,
              "cannot access free variable '%U' where it is not associated with a value in enclosing scope",
              as_str(code->freenames[index]));
    if (is_exception(vm->error))
        exception_set_field(vm, vm->error, FIELD_NAME, code->freenames[index]);
}

// ---------------------------------------------------------------- attributes

// A site of many shapes looks into the cache that all such sites share.
static void generalise(Instr *in)
{
    switch (in->op) {
    case OP_LOAD_ATTR_SLOT: case OP_LOAD_ATTR_EXTRA: case OP_LOAD_ATTR_CLASS: in->op = OP_LOAD_ATTR_SHARED; break;
    case OP_LOAD_METHOD_FUNC: case OP_LOAD_METHOD_BARE: in->op = OP_LOAD_METHOD_SHARED; break;
    case OP_STORE_ATTR_SLOT: case OP_STORE_ATTR_ADD: in->op = OP_STORE_ATTR_SHARED; break;
    default: break;
    }
}

static bool may_specialise(Instr *in)
{
    if (in->n >= MAX_MISSES) {
        generalise(in);
        return false;
    }
    in->n++;
    return true;
}

static void share(VM *vm, Shape *shape, Str *name, SharedKind kind, Value value, uint32_t slot)
{
    *vm_shape_cache(vm, shape, name) = (ShapeCacheEntry){shape, name, value, slot, kind};
    type_watch(shape->type);
}

static bool plain_lookup(Type *t) { return !type_overrides(t, SPECIAL___getattribute__) && !t->ops->getattr; }

// A property whose getter is a plain script function: run it as a frame, without C recursion.
static bool push_getter(VM *vm, Value attribute, Value o, Frame **pushed)
{
    Value getter = ((Property *)as_object(attribute))->getter;
    if (!is_function(getter))
        return false;
    Code *code = as_function(getter)->code;
    if (!(code->flags & CODE_SIMPLE) || code->nparams != 1)
        return false;
    *pushed = frame_push_call(vm, as_function(getter), &o, 1, NULL);
    return true;
}

static Value load_instance_attr(VM *vm, Instr *in, Cache *c, Value o, Frame **pushed)
{
    Object *x = as_object(o);
    Shape *shape = x->shape;
    Type *t = shape->type;
    Value attribute = type_lookup(vm, t, c->name);
    if (attribute && is_object(attribute)) {
        if (is_exact(vm, attribute, KIND_PROPERTY)) {
            if (!type_overrides(t, SPECIAL___getattr__) && push_getter(vm, attribute, o, pushed))
                return VALUE_EMPTY;
            return object_getattr(vm, o, c->name);
        }
        if (!has_kind(attribute, KIND_MEMBER) && is_data_descriptor(vm, attribute))
            return object_getattr(vm, o, c->name);
    }
    int64_t slot = -1;
    if (!shape->dict_mode) {
        slot = shape_find(vm, shape, c->name);
        if (slot >= 0) {
            Value v = *instance_slot((Instance *)x, shape, (uint32_t)slot);
            if (v && may_specialise(in)) {
                bool is_inline = slot < shape->inline_slots;
                c->shape = shape;
                c->slot = (uint32_t)(is_inline ? slot : slot - shape->inline_slots);
                in->op = is_inline ? OP_LOAD_ATTR_SLOT : OP_LOAD_ATTR_EXTRA;
                type_watch(t);
            }
            if (v && slot < shape->inline_slots)
                share(vm, shape, c->name, SHARED_SLOT, VALUE_EMPTY, (uint32_t)slot);
            if (v)
                return v;
        }
        if (slot < 0 && attribute && is_plain_data(vm, attribute)) {
            share(vm, shape, c->name, SHARED_DATA, attribute, 0);
            if (!may_specialise(in))
                return attribute;
            c->shape = shape;
            c->version = type_version(vm, t);
            c->value = attribute;
            in->op = OP_LOAD_ATTR_CLASS;
            gc_barrier(vm, frame_code(vm->frame));
            type_watch(t);
            return attribute;
        }
    }
    return object_getattr(vm, o, c->name);
}

static Value load_module_attr(VM *vm, Instr *in, Cache *c, Value o)
{
    Dict *d = as_module(o)->dict;
    int64_t at = dict_find_str(vm, d, c->name);
    if (at < 0)
        return object_getattr(vm, o, c->name);
    if (d->entries[at].key == from_object(c->name)) {
        c->slot = (uint32_t)at;
        in->op =
            in->op == OP_LOAD_METHOD || in->op == OP_LOAD_METHOD_MODULE ? OP_LOAD_METHOD_MODULE : OP_LOAD_ATTR_MODULE;
    }
    return d->entries[at].value;
}

Value load_attr(VM *vm, Instr *in, Cache *c, Value o, Frame **pushed)
{
    if (is_object(o)) {
        Object *x = as_object(o);
        if (kind_of(x) == KIND_OBJECT && plain_lookup(x->shape->type))
            return load_instance_attr(vm, in, c, o, pushed);
        if (x->shape == vm->module_shape)
            return load_module_attr(vm, in, c, o);
    }
    return object_getattr(vm, o, c->name);
}

bool store_attr(VM *vm, Instr *in, Cache *c, Value o, Value v)
{
    if (is_object(o) && kind_of(as_object(o)) == KIND_OBJECT) {
        Object *x = as_object(o);
        Shape *before = x->shape;
        Type *t = before->type;
        if (!type_overrides(t, SPECIAL___setattr__) && !before->dict_mode && !t->ops->setattr) {
            Value attribute = type_lookup(vm, t, c->name);
            bool member = attribute && has_kind(attribute, KIND_MEMBER);
            if (!attribute || member || !is_data_descriptor(vm, attribute)) {
                int64_t slot = shape_find(vm, before, c->name);
                if (!object_setattr(vm, o, c->name, v))
                    return false;
                Shape *after = x->shape;
                if (slot >= 0 && slot < before->inline_slots)
                    share(vm, before, c->name, SHARED_STORE, VALUE_EMPTY, (uint32_t)slot);
                if (after->dict_mode || !may_specialise(in))
                    return true;
                if (slot >= 0 && slot < before->inline_slots) {
                    c->shape = before;
                    c->slot = (uint32_t)slot;
                    in->op = OP_STORE_ATTR_SLOT;
                    type_watch(t);
                } else if (slot < 0 && after->parent == before && before->slot_count < before->inline_slots) {
                    c->shape = before;
                    c->value = from_object(after);
                    c->slot = before->slot_count;
                    in->op = OP_STORE_ATTR_ADD;
                    gc_barrier(vm, frame_code(vm->frame));
                    type_watch(t);
                }
                return true;
            }
        }
    }
    return object_setattr(vm, o, c->name, v);
}

static bool is_method(Value a)
{
    return is_object(a) && a && (kind_of(as_object(a)) == KIND_FUNCTION || kind_of(as_object(a)) == KIND_NATIVE_METHOD);
}

bool super_method(VM *vm, Cache *c, Value cls, Value self)
{
    Type *t = type_of(vm, self);
    if (is_type(self) || !is_type(cls) || !type_is_subtype(t, as_type(cls)))
        return false;
    int64_t i = 0;
    while (t->mro->items[i] != cls)
        i++;
    Value found = VALUE_EMPTY;
    while (!found && ++i < t->mro->count)
        found = type_own(vm, as_type(t->mro->items[i]), c->name);
    if (!found || !is_method(found))
        return false;
    c->shape = as_object(self)->shape;
    c->version = type_version(vm, as_type(cls));
    c->value = found;
    gc_barrier(vm, frame_code(vm->frame));
    type_watch(t);
    return true;
}

// Of the fixed part: where the attribute dict of all but variable-sized objects is.
static Value *last_word(Object *o) { return (Value *)((char *)o + o->shape->type->def->size - sizeof(Value)); }

// The site's next object of this shape has the same method.
static void cache_method(VM *vm, Instr *in, Cache *c, Object *o, Value method)
{
    Type *t = o->shape->type;
    bool bare = kind_of(o) != KIND_OBJECT && t->flags & TYPE_EXTRA;
    if (o->shape->dict_mode || (bare && (object_extra(o) != last_word(o) || *object_extra(o))))
        return; // whether an attribute hides the method, only a look into the dict can tell
    if (!bare)
        share(vm, o->shape, c->name, SHARED_METHOD, method, 0);
    if (!may_specialise(in))
        return;
    c->shape = o->shape;
    c->value = method;
    c->slot = bare ? (uint32_t)(object_extra(o) - (Value *)o) : 0;
    in->op = bare ? OP_LOAD_METHOD_BARE : OP_LOAD_METHOD_FUNC;
    gc_barrier(vm, frame_code(vm->frame));
    type_watch(t);
}

bool load_method(VM *vm, Instr *in, Cache *c, Value o, Value *function, Value *self)
{
    Type *t = type_of(vm, o);
    if (is_object(o) && as_object(o)->shape == vm->module_shape) {
        Value v = load_module_attr(vm, in, c, o);
        if (!v)
            return false;
        *function = v;
        *self = VALUE_EMPTY;
        return true;
    }
    if (plain_lookup(t)) {
        Value attribute = type_lookup(vm, t, c->name);
        if (attribute && is_method(attribute)) {
            Value own = object_has_storage(o) ? object_own_attribute(vm, o, c->name) : VALUE_EMPTY;
            if (vm->error)
                return false;
            if (!own) {
                if (is_object(o))
                    cache_method(vm, in, c, as_object(o), attribute);
                *function = attribute;
                *self = o;
                return true;
            }
        }
    }
    Value v = object_getattr(vm, o, c->name);
    if (!v)
        return false;
    *function = v;
    *self = VALUE_EMPTY;
    return true;
}
