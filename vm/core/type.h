// SPDX-License-Identifier: MIT
//
// Types and shapes: look-up, invalidation, class creation, attribute storage.
#ifndef AIOLOS_VM_TYPE_H
#define AIOLOS_VM_TYPE_H

#include "vm/core/protocol.h"
#include "vm/types/dict.h"
#include "vm/types/function.h"

static inline bool type_overrides(const Type *t, SpecialId id) { return t->overrides[id >> 6] >> (id & 63) & 1; }

// ---- shapes
Shape *shape_new_root(VM *vm, Type *type, unsigned inline_slots);
int64_t shape_find(VM *vm, Shape *shape, Str *key); // slot or -1; key is interned
Shape *shape_add(VM *vm, Shape *shape, Str *key);   // NULL: error
static inline Value *instance_slot(Instance *x, const Shape *s, uint32_t slot)
{
    return slot < s->inline_slots ? &x->slots[slot] : (Value *)x->extra + (slot - s->inline_slots);
}

// ---- attribute storage of any object
Instance *instance_new(VM *vm, Type *type);
// Where the attribute Dict of an object with a native layout is, or NULL when it has none.
Value *object_extra(Object *o);
// Where the value of declared slot number `slot` (__slots__) is: in the instance itself, dict mode or not.
Value *member_place(Object *o, uint32_t slot);
Value object_own_attribute(VM *vm, Value o, Str *name);               // VALUE_EMPTY: absent (or error)
bool object_set_own(VM *vm, Value o, Str *name,
                    Value value); // VALUE_EMPTY deletes; false without error: no storage / absent
bool object_has_storage(Value o);
Dict *object_dict(VM *vm, Value o);                                   // __dict__, made on demand; NULL: none or error
bool object_set_dict(VM *vm, Value o, Dict *d);

// ---- types
Type *type_alloc_bare(VM *vm, Type *metatype, Str *name, Type *base, const TypeDef *def, const TypeOps *ops, Kind kind);
bool type_compute_mro(VM *vm, Type *type);
void type_compute_overrides(VM *vm, Type *type);
void globals_changed(VM *vm); // addresses of global names that inline caches hold are no longer good
void type_modified(VM *vm, Type *type, bool flush); // an attribute changed; flush: caches must go
void type_watch(Type *type);                         // an inline cache now relies on it
bool type_set_attribute(VM *vm, Type *type, Str *name,
                        Value value); // class attribute, VALUE_EMPTY deletes (1 absent -> error set)
// The class statement: type(name, bases, namespace, **kwargs).
Value type_new(VM *vm, Type *metatype, Str *name, Tuple *bases, Dict *namespace, Dict *kwargs);
Type *type_calculate_metatype(VM *vm, Type *metatype, Tuple *bases); // NULL: metaclass conflict raised
Value type_call(VM *vm, Type *type, const Value *args, int nargs, Tuple *kwnames);
Value type_construct(VM *vm, Type *type, const Value *args, int nargs, Tuple *kwnames); // type.__call__
Value type_make(VM *vm, Type *cls, const Value *args, int nargs, Tuple *kwnames, bool direct); // native construction
// How calling this class constructs (CALL_ in interp.h), decided once per version of the class.
uint8_t type_decide_call(VM *vm, Type *type);
static inline uint8_t type_call_state(VM *vm, Type *t)
{
    return t->call_state ? t->call_state : type_decide_call(vm, t);
}
// A built-in type called without keywords: args[0] is free for the class, the nargs arguments follow.
Value type_call_native(VM *vm, Type *type, Value *args, int nargs);
Value type_native_new(VM *vm, Native *n, const Value *args, int nargs, Tuple *kwnames);         // X.__new__(...)
Native *type_constructor(VM *vm, Type *native); // the Native of def->make, made once
bool type_check_abstract(VM *vm, Type *cls);    // false: "Can't instantiate abstract class ..." raised
// What the type itself defines. The dict of a native type is filled when it is first asked for. NULL: no memory, error
// pending.
Dict *type_fill_dict(VM *vm, Type *type);
static inline Dict *type_dict(VM *vm, Type *t)
{
    return likely(!(t->flags & TYPE_LAZY)) ? t->dict : type_fill_dict(vm, t);
}
// One entry of it. VALUE_EMPTY: absent, or no memory to fill it (error pending).
static inline Value type_own(VM *vm, Type *t, Str *name)
{
    Dict *d = type_dict(vm, t);
    return likely(d) ? dict_get_str(vm, d, name) : VALUE_EMPTY;
}
static inline bool type_merge_dict(VM *vm, Dict *into, Type *t)
{
    Dict *d = type_dict(vm, t);
    return d && dict_merge(vm, into, d);
}
uint32_t type_version(VM *vm, Type *type);
static inline bool is_type(Value v) { return has_kind(v, KIND_TYPE); }
static inline Type *as_type(Value v) { return (Type *)as_object(v); }
static inline Type *object_type(VM *vm) { return vm->types[KIND_OBJECT]; }
// Binds an attribute found on the type: function -> bound method, descriptor -> __get__.
Value descriptor_bind(VM *vm, Value attribute, Value instance, Type *owner);
bool is_data_descriptor(VM *vm, Value attribute);
bool is_plain_data(VM *vm, Value attribute); // not a descriptor at all
Value type_getattr(VM *vm, Type *type, Str *name); // class attribute look-up (C.x), metatype honoured
Value super_getattr(VM *vm, Value self, Str *name);
Value generic_alias_new(VM *vm, Value origin, Value args);
Value union_new(VM *vm, Value left, Value right);
// issubclass() of a value that is no type: follows the tuples of its __bases__ attribute. 1, 0 or -1 (error).
int type_shown_subclass(VM *vm, Value v, Value cls);
Str *type_full_name(VM *vm, Type *type); // module.qualname as in default reprs (builtins without module)

extern const TypeDef object_def, type_def;

#endif
