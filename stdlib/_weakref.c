// SPDX-License-Identifier: MIT
//
// The `_weakref` module: weak references and proxies over the collector's WeakRef, which empties `referent` when the
// object is found unreachable. A second plain reference to an object is the first one again: a table from object to
// reference finds it. The table holds both weakly; each collection makes it stale, and it is built anew from the list
// of living references that the collector keeps.

#include "roots.h"

#include "weakref_internal.h"
#include "vm/core/type.h"
#include "vm/memory/heap.h"

// ---- which objects may be referred to

static bool slots_allow(VM *vm, Type *t)
{
    Str *weak = NAME_OF(vm, __weakref__);
    for (int64_t i = 0; i < t->mro->count; i++) {
        Type *c = as_type(t->mro->items[i]);
        if (!(c->flags & TYPE_HEAP))
            continue;
        Value slots = dict_get_str(vm, c->dict, NAME_OF(vm, __slots__));
        if (!slots)
            return true;
        if (is_str(slots) ? str_equal(as_str(slots), weak) : object_contains(vm, slots, from_object(weak)) > 0)
            return true;
        error_clear(vm);
    }
    return false;
}

static bool native_allows(VM *vm, Value v, Type *t)
{
    switch (kind_of(as_object(v))) {
    case KIND_SET: case KIND_FROZENSET: case KIND_TYPE: case KIND_FUNCTION: case KIND_NATIVE:
    case KIND_BOUND_METHOD: case KIND_MODULE: case KIND_GENERATOR: case KIND_COROUTINE: case KIND_ASYNC_GENERATOR:
    case KIND_CODE: case KIND_MEMORYVIEW: case KIND_GENERIC_ALIAS:
        return true;
    case KIND_OTHER:
        return !t->ops->next && t->def != &dict_keys_def && t->def != &dict_values_def && t->def != &dict_items_def &&
            !is_weakref(vm, v);
    default: return false;
    }
}

static bool referable(VM *vm, Value v)
{
    if (!is_object(v))
        return false;
    Type *t = type_of(vm, v);
    if (!(t->flags & TYPE_HEAP))
        return native_allows(vm, v, t);
    Kind kind = kind_of(as_object(v));
    if (kind == KIND_TYPE)
        return true;
    return kind != KIND_INT && kind != KIND_TUPLE && kind != KIND_BYTES && slots_allow(vm, t);
}

// ---- the table of plain references

typedef struct WeakTable {
    Object base;
    WeakRef **slots;      // open addressing by the address of the referent; a GC buffer that is not scanned
    size_t size, used;    // size is a power of two
    uint64_t collections; // when it was built
} WeakTable;

static void table_mark(Gc *gc, Object *o) { gc_mark_buffer(gc, ((WeakTable *)o)->slots); }

static const TypeOps table_ops = {.mark = table_mark};
static const TypeDef table_def = {
    .name = "_weakref.table", .kind = KIND_OTHER, .size = sizeof(WeakTable), .ops = &table_ops,
    .flags = TYPE_NO_NEW | TYPE_NO_DICT,
};

static bool is_plain(VM *vm, const WeakRef *r)
{
    return r->base.shape == type_of_def(vm, &weakref_def)->root && is_none(r->callback) &&
           gc_weak_usable(vm, (WeakRef *)r);
}

static size_t table_slot(const WeakTable *t, Value referent)
{
    size_t i = (size_t)((referent >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (t->size - 1);
    while (t->slots[i] && t->slots[i]->referent != referent)
        i = (i + 1) & (t->size - 1);
    return i;
}

static void table_insert(WeakTable *t, WeakRef *r)
{
    size_t i = table_slot(t, r->referent);
    t->used += t->slots[i] == NULL;
    t->slots[i] = r;
}

// Built anew after a collection or when it gets full. False: no memory.
static bool table_rebuild(VM *vm, WeakTable *t)
{
    size_t count = 0, size = 64;
    for (WeakRef *r = vm->gc.heap->weakrefs; r; r = r->next)
        count += is_plain(vm, r);
    while (size < count * 4)
        size *= 2;
    WeakRef **slots = gc_buffer(vm, size * sizeof *slots);
    if (!slots)
        return false;
    t->slots = slots;
    t->size = size;
    t->used = 0;
    t->collections = vm->gc.collections; // after the allocation, which may have collected
    gc_barrier(vm, t);
    for (WeakRef *r = vm->gc.heap->weakrefs; r; r = r->next)
        if (is_plain(vm, r))
            table_insert(t, r);
    return true;
}

// The table in a usable state, with room for one more. NULL: no memory.
static WeakTable *table_get(VM *vm)
{
    WeakTable *t = (WeakTable *)as_object(vm->roots[ROOT_WEAKREFS]);
    if (!t) {
        if (!(t = type_new_of(vm, &table_def)))
            return NULL;
        vm->roots[ROOT_WEAKREFS] = from_object(t);
    }
    bool fresh = t->slots && t->collections == vm->gc.collections && t->used * 2 < t->size;
    return fresh || table_rebuild(vm, t) ? t : NULL;
}

// ---- making references

WeakRef *weakref_make(VM *vm, Type *type, Value referent, Value callback)
{
    if (!referable(vm, referent))
        return raise_type(vm, "cannot create weak reference to '%T' object", referent), NULL;
    WeakRef *r = type_alloc(vm, type, 0);
    if (!r)
        return NULL;
    r->referent = referent;
    r->callback = callback;
    r->hash = -1;
    gc_add_weakref(vm, r);
    return r;
}

static Value ref_make(VM *vm, Value *args, int nargs)
{
    Type *cls = as_type(args[0]);
    Value callback = nargs > 2 ? args[2] : VALUE_NONE;
    if (cls != type_of_def(vm, &weakref_def) || !is_none(callback) || !is_object(args[1]))
        return from_object(weakref_make(vm, cls, args[1], callback));
    WeakTable *t = table_get(vm);
    if (!t)
        return VALUE_EMPTY;
    WeakRef *r = t->slots[table_slot(t, args[1])];
    if (r)
        return from_object(r);
    if (!(r = weakref_make(vm, cls, args[1], callback)) || !(t = table_get(vm)))
        return VALUE_EMPTY;
    table_insert(t, r);
    return from_object(r);
}

// ---- the type of references

static WeakRef *as_ref(Value v) { return (WeakRef *)as_object(v); }

// A weak reference becomes a strong one: the object must not be swept by a collection that is under way.
static Value referent_of(VM *vm, Value v) { return gc_weak_referent(vm, as_ref(v)); }

static void ref_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((WeakRef *)o)->callback);
    gc_mark(gc, ((WeakRef *)o)->attributes);
}

static Value ref_repr(VM *vm, Value self)
{
    Value o = referent_of(vm, self);
    if (!o)
        return from_object(str_format(vm, "<weakref at 0x%zx; dead>", (size_t)self));
    Value name = object_getattr_opt(vm, o, NAME_OF(vm, __name__));
    if (vm->error)
        return VALUE_EMPTY;
    if (name && is_str(name) && !is_module(o))
        return from_object(str_format(vm, "<weakref at 0x%zx; to '%T' at 0x%zx (%U)>", (size_t)self, o, (size_t)o,
            as_str(name)));
    return from_object(str_format(vm, "<weakref at 0x%zx; to '%T' at 0x%zx>", (size_t)self, o, (size_t)o));
}

static bool ref_hash(VM *vm, Value self, int64_t *out)
{
    WeakRef *r = as_ref(self);
    if (r->hash == -1) {
        Value o = gc_weak_referent(vm, r);
        if (!o)
            return raise_type(vm, "weak object has gone away"), false;
        if (!object_hash(vm, o, &r->hash))
            return r->hash = -1, false;
    }
    *out = r->hash;
    return true;
}

static Value ref_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if ((op != COMPARE_EQ && op != COMPARE_NE) || !is_instance(vm, other, type_of_def(vm, &weakref_def)))
        return VALUE_NOT_IMPLEMENTED;
    Value a = referent_of(vm, self), b = referent_of(vm, other);
    if (!a || !b)
        return from_bool((self == other) == (op == COMPARE_EQ));
    return object_compare(vm, a, b, op);
}

static Value ref_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    (void)args;
    if (kwnames && kwnames->count)
        return raise_type(vm, "weakref() takes no keyword arguments");
    if (nargs)
        return raise_type(vm, "weakref expected 0 arguments, got %d", nargs);
    Value o = referent_of(vm, self);
    return o ? o : VALUE_NONE;
}

static Value get_callback(VM *vm, Value self)
{
    (void)vm;
    Value callback = as_ref(self)->callback;
    return referent_of(vm, self) && callback ? callback : VALUE_NONE;
}

static Value class_getitem_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return generic_alias_new(vm, args[0], args[1]);
}

static const NativeDef ref_methods[] = {
    {"__class_getitem__(cls, item, /)", class_getitem_method, "See PEP 585", NATIVE_CLASS, 0, 0},
    {0},
};

static const GetSetDef ref_getsets[] = {{"__callback__", get_callback, NULL, NULL}, {0}};

static const TypeOps ref_ops = {
    .mark = ref_mark,
    .repr = ref_repr,
    .hash = ref_hash,
    .compare = ref_compare,
    .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE),
    .call = ref_call,
};

const TypeDef weakref_def = {
    .name = "weakref.ReferenceType",
    .kind = KIND_OTHER,
    .size = sizeof(WeakRef),
    .ops = &ref_ops,
    .methods = ref_methods,
    .getsets = ref_getsets,
    .make = {"ReferenceType(cls, object, callback=None, /)", ref_make, NULL, NATIVE_RAW, 2, 3},
    .doc = "A reference to an object that does not keep it alive. Calling it gives the object, or None when it is "
        "gone.",
    .flags = TYPE_BASE,
};

bool is_weakref(VM *vm, Value v)
{
    (void)vm;
    const TypeDef *def = as_object(v)->shape->type->def;
    return def == &weakref_def || def == &weak_proxy_def || def == &weak_callable_proxy_def;
}

// ---- module functions

static Value proxy_function(VM *vm, Value *args, int nargs)
{
    const TypeDef *def = is_callable(vm, args[0]) ? &weak_callable_proxy_def : &weak_proxy_def;
    return from_object(weakref_make(vm, type_of_def(vm, def), args[0], nargs > 1 ? args[1] : VALUE_NONE));
}

static Value getweakrefcount(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t n = 0;
    for (WeakRef *r = vm->gc.heap->weakrefs; r && is_object(args[0]); r = r->next)
        n += r->referent == args[0] && gc_weak_usable(vm, r);
    return from_small(n);
}

static Value getweakrefs(VM *vm, Value *args, int nargs)
{
    Value count = getweakrefcount(vm, args, nargs);
    List *list = list_new(vm, as_small(count));
    if (!list)
        return VALUE_EMPTY;
    for (WeakRef *r = vm->gc.heap->weakrefs; r && list->count < list->capacity; r = r->next)
        if (r->referent == args[0] && gc_weak_usable(vm, r))
            list->items[list->count++] = from_object(r);
    gc_barrier(vm, list);
    return from_object(list);
}

static const NativeDef functions[] = {
    {"getweakrefcount(object, /)", getweakrefcount, "Return the number of weak references to 'object'.",
     NATIVE_RAW, 1, 1},
    {"getweakrefs(object, /)", getweakrefs, "Return a list of all weak reference objects pointing to 'object'.",
     NATIVE_RAW, 1, 1},
    {"proxy(object, callback=None, /)", proxy_function, "Create a proxy object that weakly references 'object'.",
     NATIVE_RAW, 1, 2},
    {0},
};

static const TypeDef *const types[] = {&weakref_def, &weak_proxy_def, &weak_callable_proxy_def, NULL};

// super().__init__(object, callback) in a subclass: __new__ has done everything. It is added to the type by hand
// because a native __init__ in the method table would keep the arguments from __new__.
static Value ref_init(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return VALUE_NONE;
}

static bool add_init(VM *vm, Type *t)
{
    static const NativeDef def = {"__init__(self, object, callback=None, /)", ref_init, NULL, NATIVE_RAW, 1, 3};
    Value f = native_new(vm, &def, VALUE_EMPTY, NULL);
    if (!f)
        return false;
    Native *n = (Native *)as_object(f);
    n->owner = t;
    n->base.shape = vm->types[KIND_NATIVE_METHOD]->root;
    if (!type_dict(vm, t) || !dict_set_str(vm, t->dict, n->name, f))
        return false;
    type_modified(vm, t, true);
    return true;
}

static bool weakref_init(VM *vm, Module *module)
{
    if (!add_init(vm, type_of_def(vm, &weakref_def)))
        return false;
    if (!type_of_def(vm, &table_def) && !type_register(vm, &table_def, NULL))
        return false;
    return module_set(vm, module, "ref", from_object(type_of_def(vm, &weakref_def)));
}

const ModuleDef _weakref_module = {
    .name = "_weakref",
    .doc = "Weak-reference support.",
    .functions = functions,
    .types = types,
    .init = weakref_init,
};
