// SPDX-License-Identifier: MIT
//
// super: look-up that starts after a class in the MRO of the object's class.

#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/container.h"
#include "vm/interp/frame.h"

static Super *as_super(Value v) { return (Super *)as_object(v); }

static void super_mark(Gc *gc, Object *o)
{
    Super *s = (Super *)o;
    gc_mark_object(gc, (Object *)s->type);
    gc_mark(gc, s->object);
    gc_mark_object(gc, (Object *)s->object_type);
    gc_mark(gc, s->attributes);
}

// The class whose MRO is searched, or NULL with TypeError.
static Type *super_check(VM *vm, Type *type, Value object)
{
    if (is_type(object) && type_is_subtype(as_type(object), type))
        return as_type(object);
    if (type_is_subtype(type_of(vm, object), type))
        return type_of(vm, object);
    Value shown = object_getattr_opt(vm, object, NAME_OF(vm, __class__));
    if (shown && is_type(shown) && type_is_subtype(as_type(shown), type))
        return as_type(shown);
    if (!vm->error)
        raise_type(vm, "super(type, obj): obj must be an instance or subtype of type");
    return NULL;
}

// super() without arguments: __class__ is a free variable of the caller, the object its first argument.
static bool from_frame(VM *vm, Type **type, Value *object)
{
    Frame *f = vm->frame;
    if (!f)
        return (raise_runtime(vm, "super(): no current frame"), false);
    Function *fn = as_function(f->callee);
    Code *code = fn->code;
    if (code->nparams == 0)
        return (raise_runtime(vm, "super(): no arguments"), false);
    Value self = f->regs[0];
    if (self && has_kind(self, KIND_CELL))
        self = ((Cell *)as_object(self))->value;
    if (!self)
        return (raise_runtime(vm, "super(): arg[0] deleted"), false);
    for (uint16_t i = 0; i < code->nfree; i++) {
        if (as_str(code->freenames[i]) != NAME_OF(vm, __class__))
            continue;
        Value cls = ((Cell *)as_object(fn->closure[i]))->value;
        if (!cls)
            return (raise_runtime(vm, "super(): empty __class__ cell"), false);
        if (!is_type(cls))
            return (raise_runtime(vm, "super(): __class__ is not a type (%T)", cls), false);
        *type = as_type(cls);
        *object = self;
        return true;
    }
    return (raise_runtime(vm, "super(): __class__ cell not found"), false);
}

static Value super_make(VM *vm, Value *a, int n)
{
    (void)n;
    Type *type = NULL, *object_type = NULL;
    const Value *given = as_tuple(a[1])->items;
    int64_t count = as_tuple(a[1])->count;
    if (count > 2)
        return raise_type(vm, "super() expected at most 2 arguments, got %d", (int)count);
    Value object = count > 1 && !is_none(given[1]) ? given[1] : VALUE_EMPTY;
    if (!count) {
        if (!from_frame(vm, &type, &object))
            return VALUE_EMPTY;
    } else if (!is_type(given[0])) {
        return raise_type(vm, "super() argument 1 must be a type, not %T", given[0]);
    } else {
        type = as_type(given[0]);
    }
    if (object && !(object_type = super_check(vm, type, object)))
        return VALUE_EMPTY;
    Super *s = type_alloc(vm, as_type(a[0]), 0);
    if (!s)
        return VALUE_EMPTY;
    s->type = type;
    s->object = object;
    s->object_type = object_type;
    return from_object(s);
}

Value super_getattr(VM *vm, Value self, Str *name)
{
    Super *s = as_super(self);
    if (s->object_type && name != NAME_OF(vm, __class__)) {
        Tuple *mro = s->object_type->mro;
        int64_t i = 0;
        while (i < mro->count && mro->items[i] != from_object(s->type))
            i++;
        for (i++; i < mro->count; i++) {
            Value v = type_own(vm, as_type(mro->items[i]), name);
            if (!v)
                continue;
            Value instance = s->object == from_object(s->object_type) ? VALUE_EMPTY : s->object;
            return descriptor_bind(vm, v, instance, s->object_type);
        }
    }
    Value a = type_lookup(vm, type_of(vm, self), name);
    return a ? descriptor_bind(vm, a, self, type_of(vm, self)) : object_own_attribute(vm, self, name);
}

static Value super_repr(VM *vm, Value self)
{
    Super *s = as_super(self);
    Str *t = s->object_type ? str_format(vm, "<super: <class '%U'>, <%U object>>", s->type->name, s->object_type->name)
                            : str_format(vm, "<super: <class '%U'>, NULL>", s->type->name);
    return t ? from_object(t) : VALUE_EMPTY;
}

static Value super_get(VM *vm, Value self, Value instance, Type *owner)
{
    Super *s = as_super(self);
    (void)owner;
    if (!instance || s->object)
        return self;
    Value args[2] = {from_object(s->type), instance};
    return object_call(vm, from_object(type_of(vm, self)), args, 2, NULL);
}

static Value s_thisclass(VM *vm, Value s) { return (void)vm, from_object(as_super(s)->type); }
static Value s_self(VM *vm, Value s) { return (void)vm, as_super(s)->object ? as_super(s)->object : VALUE_NONE; }
static Value s_self_class(VM *vm, Value s)
{
    return (void)vm, as_super(s)->object_type ? from_object(as_super(s)->object_type) : VALUE_NONE;
}

static const TypeOps super_ops = {
    .mark = super_mark, .repr = super_repr, .getattr = super_getattr, .descr_get = super_get};
static const GetSetDef super_getsets[] = {
    {"__thisclass__", s_thisclass, readonly_attribute, NULL}, {"__self__", s_self, readonly_attribute, NULL}, {"__self_class__", s_self_class, readonly_attribute, NULL}, {0},
};
const TypeDef super_def = {
    .name = "super", .kind = KIND_SUPER, .size = sizeof(Super), .ops = &super_ops, .getsets = super_getsets,
    .make = {"super(cls, /, *args)", super_make, NULL, 0, 0, 0}, .flags = TYPE_BASE,
};
