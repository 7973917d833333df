// SPDX-License-Identifier: MIT
//
// Calling any callable from C. Script functions run in a nested interpreter (counted and limited); the interpreter
// itself never comes through here for script-to-script calls.

#include "args.h"
#include "native.h"
#include "type.h"
#include "vm/interp/interp.h"

static Value call_function(VM *vm, Function *f, const Value *args, int nargs, Tuple *kwnames)
{
    Frame *frame = frame_push_call(vm, f, args, nargs, kwnames);
    if (!frame)
        return VALUE_EMPTY;
    if (f->code->flags & CODE_ANY_GENERATOR)
        return generator_from_frame(vm, frame);
    return frame_run_pushed(vm, frame);
}

// Calls with one more argument in front. Small counts use the C stack.
static Value call_prepended(VM *vm, Value callee, Value first, const Value *args, int nargs, Tuple *kwnames)
{
    int total = nargs + (kwnames ? (int)kwnames->count : 0);
    Value small[12], *all = small;
    Value keep = VALUE_EMPTY;
    if (total + 1 > 12) {
        Tuple *t = tuple_new(vm, total + 1);
        if (!t)
            return VALUE_EMPTY;
        keep = from_object(t);
        all = as_tuple(keep)->items;
    }
    all[0] = first;
    if (total)
        memcpy(all + 1, args, (size_t)total * sizeof(Value));
    return object_call(vm, callee, all, nargs + 1, kwnames);
}

static Value raise_not_callable(VM *vm, Value callee) { return raise_type(vm, "'%T' object is not callable", callee); }

#define SMALL_CALL 6 // arguments copied on the C stack

Value object_call(VM *vm, Value callee, const Value *args, int nargs, Tuple *kwnames)
{
    if (kwnames && !kwnames->count)
        kwnames = NULL;
    if (!is_object(callee))
        return raise_not_callable(vm, callee);
    Object *o = as_object(callee);
    switch (kind_of(o)) {
    case KIND_FUNCTION: return call_function(vm, (Function *)o, args, nargs, kwnames);
    case KIND_NATIVE: {
        Native *n = (Native *)o;
        if (n->def->fn == NULL) // X.__new__
            return type_native_new(vm, n, args, nargs, kwnames);
        return native_call(vm, n, args, nargs, kwnames);
    }
    case KIND_NATIVE_METHOD:
    case KIND_CLASS_METHOD_DESCRIPTOR:
        return native_call(vm, (Native *)o, args, nargs, kwnames);
    case KIND_BOUND_METHOD:
    case KIND_METHOD_WRAPPER: {
        BoundMethod *m = (BoundMethod *)o;
        return call_prepended(vm, m->function, m->self, args, nargs, kwnames);
    }
    case KIND_TYPE:
        if (!kwnames && nargs < SMALL_CALL && type_call_state(vm, (Type *)o) == CALL_NATIVE) {
            Value all[SMALL_CALL];
            if (nargs)
                memcpy(all + 1, args, (size_t)nargs * sizeof(Value));
            return type_call_native(vm, (Type *)o, all, nargs);
        }
        return type_call(vm, (Type *)o, args, nargs, kwnames);
    default: break;
    }
    Type *t = type_of(vm, callee);
    if (type_overrides(t, SPECIAL___call__)) {
        Value f = type_special(vm, t, SPECIAL___call__);
        if (is_function(f))
            return call_prepended(vm, f, callee, args, nargs, kwnames);
        if (!vm_enter(vm, " while calling a Python object"))
            return VALUE_EMPTY;
        f = descriptor_bind(vm, f, callee, t);
        Value r = f ? object_call(vm, f, args, nargs, kwnames) : VALUE_EMPTY;
        vm_leave(vm);
        return r;
    }
    if (t->ops->call)
        return t->ops->call(vm, callee, (Value *)args, nargs, kwnames);
    return raise_not_callable(vm, callee);
}

Value call0(VM *vm, Value callee) { return object_call(vm, callee, NULL, 0, NULL); }
Value call1(VM *vm, Value callee, Value a) { return object_call(vm, callee, &a, 1, NULL); }
Value call2(VM *vm, Value callee, Value a, Value b)
{
    Value args[] = {a, b};
    return object_call(vm, callee, args, 2, NULL);
}
Value call3(VM *vm, Value callee, Value a, Value b, Value c)
{
    Value args[] = {a, b, c};
    return object_call(vm, callee, args, 3, NULL);
}

Value call_method(VM *vm, Value o, Str *name, const Value *args, int nargs)
{
    Type *t = type_of(vm, o);
    if (!t->ops->getattr && !type_overrides(t, SPECIAL___getattribute__) && !object_has_storage(o)) {
        Value f = type_lookup(vm, t, name);
        if (f && (is_function(f) || has_kind(f, KIND_NATIVE_METHOD)))
            return call_prepended(vm, f, o, args, nargs, NULL);
    }
    Value f = object_getattr(vm, o, name);
    return f ? object_call(vm, f, args, nargs, NULL) : VALUE_EMPTY;
}

bool is_callable(VM *vm, Value v)
{
    if (!is_object(v))
        return false;
    switch (kind_of(as_object(v))) {
    case KIND_FUNCTION:
    case KIND_NATIVE:
    case KIND_NATIVE_METHOD:
    case KIND_BOUND_METHOD:
    case KIND_METHOD_WRAPPER:
    case KIND_TYPE:
        return true;
    default: break;
    }
    Type *t = type_of(vm, v);
    return type_overrides(t, SPECIAL___call__) || t->ops->call;
}

Value object_call_ex(VM *vm, Value callee, Value args, Value kwargs)
{
    Tuple *positional = as_tuple(args);
    if (!kwargs || as_dict(kwargs)->count == 0)
        return object_call(vm, callee, positional->items, (int)positional->count, NULL);
    Dict *d = as_dict(kwargs);
    int64_t n = positional->count, k = d->count;
    Tuple *all = tuple_new(vm, n + k), *names = tuple_new(vm, k);
    if (!all || !names)
        return VALUE_EMPTY;
    memcpy(all->items, positional->items, (size_t)n * sizeof(Value));
    uint32_t position = 0;
    Value key, value;
    for (int64_t i = 0; i < k && dict_next(d, &position, &key, &value); i++) {
        if (!is_str(key))
            return raise_type(vm, "keywords must be strings");
        names->items[i] = key;
        all->items[n + i] = value;
    }
    return object_call(vm, callee, all->items, (int)n, names);
}

// ---------------------------------------------------------------- constructing

// X.__new__(cls, ...): the native constructor of X for class cls.
Value type_native_new(VM *vm, Native *n, const Value *args, int nargs, Tuple *kwnames)
{
    Type *owner = as_type(n->self);
    if (nargs < 1)
        return raise_type(vm, "%U.__new__(): not enough arguments", owner->name);
    if (!is_type(args[0]))
        return raise_type(vm, "%U.__new__(X): X is not a type object (%T)", owner->name, args[0]);
    Type *cls = as_type(args[0]);
    if (!type_is_subtype(cls, owner))
        return raise_type(vm, "%U.__new__(%U): %U is not a subtype of %U", owner->name, cls->name, cls->name,
                          owner->name);
    if (cls->native_base->def != owner->def && !(owner->kind == KIND_EXCEPTION && cls->kind == KIND_EXCEPTION) &&
        owner->kind != KIND_TYPE)
        return raise_type(vm, "%U.__new__(%U) is not safe, use %U.__new__()", owner->name, cls->name,
                          cls->native_base->name);
    return type_make(vm, cls, args + 1, nargs - 1, kwnames, true);
}

// Runs the native constructor. direct: called as X.__new__, not by calling the class.
Value type_make(VM *vm, Type *cls, const Value *args, int nargs, Tuple *kwnames, bool direct)
{
    Type *native = cls->native_base;
    if (cls->flags & TYPE_ABSTRACT && !type_check_abstract(vm, cls))
        return VALUE_EMPTY;
    if (!native->def->make.fn)
        return raise_type(vm, "cannot create '%U' instances", type_full_name(vm, native));
    if (native->kind == KIND_OBJECT) {
        if (nargs || kwnames) {
            if (type_overrides(cls, SPECIAL___new__))
                return raise_type(vm, "object.__new__() takes exactly one argument (the type to instantiate)");
            if (!type_overrides(cls, SPECIAL___init__))
                return raise_type(vm, "%U() takes no arguments", cls->name);
        }
        Instance *x = instance_new(vm, cls);
        return x ? from_object(x) : VALUE_EMPTY;
    }
    bool class_alone = native->native_init &&
                       (direct || type_overrides(cls, SPECIAL___init__) || cls->flags & TYPE_HEAP) &&
                       native->kind != KIND_EXCEPTION && native->kind != KIND_TYPE;
    if (class_alone) {
        nargs = 0;
        kwnames = NULL;
    }
    Native *constructor = type_constructor(vm, native);
    return constructor ? call_prepended(vm, from_object(constructor), from_object(cls), args, nargs, kwnames)
                       : VALUE_EMPTY;
}

uint8_t type_decide_call(VM *vm, Type *type)
{
    Type *meta = type_of(vm, from_object(type));
    uint8_t state = CALL_GENERAL;
    if (type->kind == KIND_OBJECT && !type_overrides(meta, SPECIAL___call__) &&
        !type_overrides(type, SPECIAL___new__) && !(type->flags & TYPE_ABSTRACT) && type->flags & TYPE_HEAP) {
        Value init = type_overrides(type, SPECIAL___init__) ? type_special(vm, type, SPECIAL___init__) : VALUE_EMPTY;
        if (init && !type->specials)
            return CALL_GENERAL; // no memory for the table: decided another time
        state = !init ? CALL_BARE : is_function(init) ? CALL_INIT : CALL_GENERAL;
        if (state == CALL_INIT)
            type->specials[SPECIAL___init__] = init;
    } else if (!(type->flags & TYPE_HEAP) && !type_overrides(meta, SPECIAL___call__) && type->kind != KIND_OBJECT &&
               type->kind != KIND_TYPE && type->native_base->def->make.fn) {
        state = CALL_NATIVE;
    }
    type->call_state = state;
    return state;
}

Value type_call_native(VM *vm, Type *type, Value *args, int nargs)
{
    Native *n = type_constructor(vm, type->native_base);
    args[0] = from_object(type);
    if (unlikely(!n))
        return VALUE_EMPTY;
    return native_takes(n, args, nargs + 1) ? n->fn(vm, args, nargs + 1) : native_call(vm, n, args, nargs + 1, NULL);
}

// type.__call__: __new__, then __init__ when the result is an instance.
Value type_construct(VM *vm, Type *type, const Value *args, int nargs, Tuple *kwnames)
{
    Value o;
    if (type == vm->types[KIND_TYPE] && nargs != 3)
        return raise_type(vm, "type() takes 1 or 3 arguments");
    if (type_overrides(type, SPECIAL___new__)) {
        Value f = type_special(vm, type, SPECIAL___new__);
        if (has_kind(f, KIND_STATICMETHOD))
            f = ((MethodDecorator *)as_object(f))->function;
        else if (!(f = descriptor_bind(vm, f, VALUE_EMPTY, type)))
            return VALUE_EMPTY;
        o = call_prepended(vm, f, from_object(type), args, nargs, kwnames);
    } else {
        o = type_make(vm, type, args, nargs, kwnames, false);
    }
    if (!o)
        return VALUE_EMPTY;
    bool init = type_overrides(type, SPECIAL___init__);
    bool native_init = !init && type->native_init && type->flags & TYPE_HEAP && type->kind != KIND_EXCEPTION &&
                       type->kind != KIND_TYPE;
    if ((!init && !native_init) || !type_is_subtype(type_of(vm, o), type))
        return o;
    Value f = type_special(vm, type_of(vm, o), SPECIAL___init__);
    if (!is_function(f) && !has_kind(f, KIND_NATIVE_METHOD) && !has_kind(f, KIND_SLOT_WRAPPER)) {
        if (!(f = descriptor_bind(vm, f, o, type_of(vm, o))))
            return VALUE_EMPTY;
        Value r = object_call(vm, f, args, nargs, kwnames);
        return !r ? r : is_none(r) ? o : raise_type(vm, "__init__() should return None, not '%T'", r);
    }
    Value r = call_prepended(vm, f, o, args, nargs, kwnames);
    if (!r)
        return VALUE_EMPTY;
    return is_none(r) ? o : raise_type(vm, "__init__() should return None, not '%T'", r);
}

Value type_call(VM *vm, Type *type, const Value *args, int nargs, Tuple *kwnames)
{
    Type *meta = type_of(vm, from_object(type));
    if (unlikely(type_overrides(meta, SPECIAL___call__))) {
        Value f = type_special(vm, meta, SPECIAL___call__);
        if (is_function(f))
            return call_prepended(vm, f, from_object(type), args, nargs, kwnames);
        f = descriptor_bind(vm, f, from_object(type), meta);
        return f ? object_call(vm, f, args, nargs, kwnames) : VALUE_EMPTY;
    }
    if (type == vm->types[KIND_TYPE] && nargs == 1 && !kwnames)
        return from_object(type_of(vm, args[0]));
    return type_construct(vm, type, args, nargs, kwnames);
}
