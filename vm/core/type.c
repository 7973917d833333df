// SPDX-License-Identifier: MIT
//
// Types: registration of native ones, attribute look-up through the MRO with a cache, and invalidation.
//
// Look-ups are cached by (type version, name) in vm->type_cache. A type's version becomes 0 when anything visible
// through it changes and is drawn anew at the next look-up. Inline caches that hold methods rely on the shape alone: a
// change of a watched type that could matter to them flushes all inline caches (rare: classes are seldom patched after
// use).

#include "type.h"

#include "native.h"

uint32_t type_version(VM *vm, Type *type)
{
    if (unlikely(!type->version))
        type->version = ++vm->next_type_version;
    return type->version;
}

static Value lookup_in_mro(VM *vm, Type *type, Str *name)
{
    Tuple *mro = type->mro;
    if (!mro)
        return VALUE_EMPTY;
    for (int64_t i = 0; i < mro->count; i++) {
        Dict *d = type_dict(vm, as_type(mro->items[i]));
        if (unlikely(!d))
            return VALUE_EMPTY;
        Value v = dict_get_str(vm, d, name);
        if (v)
            return v;
    }
    return VALUE_EMPTY;
}

static bool any_lazy(Type *type)
{
    for (int64_t i = 0; i < type->mro->count; i++)
        if (as_type(type->mro->items[i])->flags & TYPE_LAZY)
            return true;
    return false;
}

Value type_lookup(VM *vm, Type *type, Str *name)
{
    uint32_t version = type_version(vm, type);
    TypeCacheEntry *e =
        &vm->type_cache[(version * 0x9E3779B1u ^ (uint32_t)((uintptr_t)name >> 4)) & (TYPE_CACHE_SIZE - 1)];
    if (likely(e->version == version && e->name == name))
        return e->value;
    Value v = lookup_in_mro(vm, type, name);
    // Not when there was no memory to fill a dict.
    if (name->flags & STR_INTERNED && (v || !vm->error || !any_lazy(type))) {
        e->version = version;
        e->name = name;
        e->value = v;
    }
    return v;
}

Value type_special(VM *vm, Type *type, SpecialId id)
{
    if (unlikely(!type->specials)) {
        Value error = vm->error;
        type->specials = gc_buffer(vm, SPECIAL_COUNT * sizeof(Value));
        if (!type->specials) {
            vm->error = error;
            return type_lookup(vm, type, vm->names[id]);
        }
        gc_barrier(vm, type);
    }
    Value v = type->specials[id];
    if (likely(v))
        return v == VALUE_ELLIPSIS ? VALUE_EMPTY : v;
    v = type_lookup(vm, type, vm->names[id]);
    type->specials[id] = v ? v : VALUE_ELLIPSIS;
    gc_barrier(vm, type);
    return v;
}

bool type_is_subtype(Type *a, Type *b)
{
    if (a == b)
        return true;
    if (!a->mro)
        return false;
    for (int64_t i = 0; i < a->mro->count; i++)
        if (a->mro->items[i] == from_object(b))
            return true;
    return false;
}

bool is_instance(VM *vm, Value v, Type *type) { return type_is_subtype(type_of(vm, v), type); }

// ---------------------------------------------------------------- invalidation

void type_watch(Type *type)
{
    if (type->flags & TYPE_WATCHED)
        return;
    for (int64_t i = 0; type->mro && i < type->mro->count; i++)
        as_type(type->mro->items[i])->flags |= TYPE_WATCHED;
    type->flags |= TYPE_WATCHED;
}

static void caches_flush(VM *vm)
{
    memset(vm->shape_cache, 0, sizeof vm->shape_cache);
    for (Code *c = vm->codes; c; c = c->next_code)
        for (uint32_t i = c->name_cache_count; i < c->cache_count; i++)
            c->pool[i].shape = NULL;
}

void globals_changed(VM *vm)
{
    if (likely(++vm->globals_epoch))
        return;
    for (Code *c = vm->codes; c; c = c->next_code) // the counter went round
        for (uint32_t i = 0; i < c->name_cache_count; i++)
            c->pool[i].version = 0;
    vm->globals_epoch = 1;
}

static void modified_down(VM *vm, Type *type)
{
    type->version = 0;
    type->call_state = 0;
    type->specials = NULL;
    for (int64_t i = 0; type->subclasses && i < type->subclasses->count; i++) {
        Type *sub = as_type(type->subclasses->items[i]);
        type_compute_overrides(vm, sub);
        modified_down(vm, sub);
    }
}

void type_modified(VM *vm, Type *type, bool flush)
{
    if (flush) {
        type_compute_overrides(vm, type);
        modified_down(vm, type);
        if (type->flags & TYPE_WATCHED)
            caches_flush(vm);
        return;
    }
    modified_down(vm, type);
}

// A native definition that the type's own ops implement is no override.
void type_compute_overrides(VM *vm, Type *type)
{
    memset(type->overrides, 0, sizeof type->overrides);
    if (!(type->flags & TYPE_HEAP))
        return;
    for (int id = 0; id < SPECIAL_COUNT; id++) {
        Value v = lookup_in_mro(vm, type, vm->names[id]);
        if (v && v != lookup_in_mro(vm, type->native_base, vm->names[id]))
            type->overrides[id >> 6] |= (uint64_t)1 << (id & 63);
    }
    if (type_overrides(type, SPECIAL___del__))
        type->flags |= TYPE_HAS_DEL;
    // `object.__getattribute__ = ` cannot happen, so these stay on the fast path unless a script defines them.
}

bool type_set_attribute(VM *vm, Type *type, Str *name, Value value)
{
    if (!(name = str_intern(vm, name)))
        return false;
    Dict *dict = type_dict(vm, type);
    if (!dict)
        return false;
    Value old = dict_get_str(vm, dict, name);
    if (!value) {
        if (!old) {
            raise_exc(vm, EXC_AttributeError, "type object '%U' has no attribute '%U'", type->name, name);
            return false;
        }
        if (dict_delete(vm, dict, from_object(name), NULL) < 0)
            return false;
    } else if (!dict_set_str(vm, dict, name, value)) {
        return false;
    }
    if (name == NAME_OF(vm, __abstractmethods__)) {
        int truth = value ? object_truth(vm, value) : 0;
        if (truth < 0)
            return false;
        type->flags = truth ? type->flags | TYPE_ABSTRACT : type->flags & ~TYPE_ABSTRACT;
    }
    bool data = value && old && is_plain_data(vm, old) && is_plain_data(vm, value);
    bool special = name->size > 4 && name->data[0] == '_' && name->data[1] == '_';
    type_modified(vm, type, !data || special);
    return true;
}

// ---------------------------------------------------------------- registration of native types

Type *type_alloc_bare(VM *vm, Type *metatype, Str *name, Type *base, const TypeDef *def, const TypeOps *ops, Kind kind)
{
    Type *t = gc_new(vm, metatype ? metatype->root : NULL, sizeof *t);
    if (!t)
        return NULL;
    t->kind = kind;
    t->def = def;
    t->ops = ops;
    t->size = def->size;
    t->name = t->qualname = name;
    t->best_base = base;
    t->native_base = t;
    return t;
}

static bool add_slot_wrapper(VM *vm, Type *t, SpecialId id)
{
    SlotWrapper *w = gc_new(vm, vm->types[KIND_SLOT_WRAPPER]->root, sizeof *w);
    if (!w)
        return false;
    w->owner = t;
    w->id = id;
    return dict_set_str(vm, t->dict, vm->names[id], from_object(w));
}

static bool add_mask(VM *vm, Type *t, uint32_t mask, SpecialId first, int count)
{
    for (int i = 0; i < count; i++)
        if (mask & BIT(i) && !add_slot_wrapper(vm, t, (SpecialId)(first + i)))
            return false;
    return true;
}

// names.def orders comparisons lt le eq ne gt ge as CompareOp does.
static bool add_slot_wrappers(VM *vm, Type *t)
{
    const TypeOps *o = t->ops;
    struct { bool present; SpecialId id; } simple[] = {
        {o->repr, SPECIAL___repr__}, {o->str, SPECIAL___str__}, {o->format, SPECIAL___format__}, {o->hash, SPECIAL___hash__},
        {o->truth, SPECIAL___bool__}, {o->len, SPECIAL___len__}, {o->getitem, SPECIAL___getitem__},
        {o->setitem, SPECIAL___setitem__}, {o->setitem, SPECIAL___delitem__}, {o->contains, SPECIAL___contains__},
        {o->iter, SPECIAL___iter__}, {o->next, SPECIAL___next__}, {o->call, SPECIAL___call__},
        {o->getattr, SPECIAL___getattribute__}, {o->setattr, SPECIAL___setattr__}, {o->setattr, SPECIAL___delattr__},
        {o->descr_get, SPECIAL___get__}, {o->descr_set, SPECIAL___set__}, {o->descr_set, SPECIAL___delete__},
    };
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++)
        if (simple[i].present && !add_slot_wrapper(vm, t, simple[i].id))
            return false;
    return add_mask(vm, t, o->compare ? o->compare_mask : 0, SPECIAL___lt__, 6) &&
           add_mask(vm, t, o->binary_mask, SPECIAL___add__, BINARY_COUNT) &&
           add_mask(vm, t, o->reflected_mask, SPECIAL___radd__, BINARY_COUNT) &&
           add_mask(vm, t, o->inplace_mask, SPECIAL___iadd__, BINARY_DIVMOD) &&
           add_mask(vm, t, o->unary_mask, SPECIAL___neg__, UNARY_INDEX + 1);
}

// The special method a slot of CPython's type stands for, or -1: those show as slot wrappers.
static int slot_of_name(VM *vm, Str *name)
{
    if (name->size < 5 || name->data[0] != '_' || name->data[1] != '_')
        return -1;
    for (int id = SPECIAL___init__; id < SPECIAL___round__; id++)
        if (vm->names[id] == name)
            switch (id) {
            case SPECIAL___bytes__: case SPECIAL___format__: case SPECIAL___dir__: case SPECIAL___set_name__:
            case SPECIAL___init_subclass__: case SPECIAL___class_getitem__: case SPECIAL___instancecheck__:
            case SPECIAL___subclasscheck__:
            case SPECIAL___prepare__:
            case SPECIAL___mro_entries__:
            case SPECIAL___length_hint__:
            case SPECIAL___missing__: case SPECIAL___reversed__: case SPECIAL___complex__: return -1;
            default: return id;
            }
    return -1;
}

static bool add_method(VM *vm, Type *t, const NativeDef *def)
{
    Value f = native_new(vm, def, VALUE_EMPTY, NULL);
    if (!f)
        return false;
    Native *n = (Native *)as_object(f);
    n->owner = t;
    n->base.shape = vm->types[def->flags & NATIVE_CLASS ? KIND_CLASS_METHOD_DESCRIPTOR : KIND_NATIVE_METHOD]->root;
    if (def->flags & NATIVE_STATIC) {
        n->base.shape = vm->types[KIND_NATIVE]->root;
        MethodDecorator *m = gc_new(vm, vm->types[KIND_STATICMETHOD]->root, sizeof *m);
        if (!m)
            return false;
        m->function = f;
        f = from_object(m);
    } else if (!(def->flags & NATIVE_CLASS) && slot_of_name(vm, n->name) >= 0) {
        SlotWrapper *w = gc_new(vm, vm->types[KIND_SLOT_WRAPPER]->root, sizeof *w);
        if (!w)
            return false;
        w->owner = t;
        w->id = (SpecialId)slot_of_name(vm, n->name);
        w->native = n;
        f = from_object(w);
    }
    return dict_set_str(vm, t->dict, n->name, f);
}

static bool add_new_method(VM *vm, Type *t)
{
    if (!t->def->make.fn)
        return true;
    static const NativeDef new_def = {
        "__new__(*args, **kwargs)", NULL, "Create and return a new object.", NATIVE_STATIC, 0, 0};
    Value f = native_new(vm, &new_def, from_object(t), NULL);
    return f && dict_set_str(vm, t->dict, NAME_OF(vm, __new__), f);
}

static bool add_module(VM *vm, Type *t)
{
    const char *dot = strrchr(t->def->name, '.');
    if (!dot)
        return true;
    Str *module = str_intern_text(vm, t->def->name, (size_t)(dot - t->def->name));
    return module && dict_set_str(vm, t->dict, NAME_OF(vm, __module__), from_object(module));
}

static bool fill(VM *vm, Type *t)
{
    const TypeDef *def = t->def;
    for (const NativeDef *m = def->methods; m && m->signature; m++)
        if (!add_method(vm, t, m))
            return false;
    for (const GetSetDef *g = def->getsets; g && g->name; g++) {
        GetSet *x = gc_new(vm, vm->types[KIND_GETSET]->root, sizeof *x);
        Str *name = x ? str_intern_text(vm, g->name, strlen(g->name)) : NULL;
        if (!name)
            return false;
        x->def = g;
        x->owner = t;
        if (!dict_set_str(vm, t->dict, name, from_object(x)))
            return false;
    }
    if (!add_slot_wrappers(vm, t) || !add_new_method(vm, t))
        return false;
    if (t->ops->compare && !t->ops->hash && t->compare_no_hash &&
        !dict_set_str(vm, t->dict, NAME_OF(vm, __hash__), VALUE_NONE))
        return false;
    if (dict_get_str(vm, t->dict, NAME_OF(vm, __doc__)))
        return add_module(vm, t); // a descriptor of that name
    Str *doc = def->doc ? str_from(vm, def->doc) : NULL;
    return dict_set_str(vm, t->dict, NAME_OF(vm, __doc__), doc ? from_object(doc) : VALUE_NONE) && add_module(vm, t);
}

static int64_t expected_entries(const Type *t)
{
    const TypeDef *def = t->def;
    int64_t n = 4 + __builtin_popcount(t->ops->binary_mask) + __builtin_popcount(t->ops->reflected_mask);
    for (const NativeDef *m = def->methods; m && m->signature; m++)
        n++;
    for (const GetSetDef *g = def->getsets; g && g->name; g++)
        n++;
    return n;
}

// May be called at any look-up, also while an exception is pending: that one stays.
Dict *type_fill_dict(VM *vm, Type *t)
{
    Value error = vm->error;
    vm->error = VALUE_EMPTY;
    if ((!t->dict && !(t->dict = dict_new(vm, expected_entries(t)))) || !fill(vm, t))
        return NULL; // what is in it by now is put there again next time
    gc_barrier(vm, t);
    t->flags &= ~TYPE_LAZY;
    vm->error = error;
    return t->dict;
}

static bool defines_init(const TypeDef *def)
{
    for (const NativeDef *m = def->methods; m && m->signature; m++)
        if (m->signature[0] == '_' && strncmp(m->signature, "__init__(", 9) == 0)
            return true;
    return false;
}

// Finishes a type made by type_alloc_bare: bases and MRO. Separate because the first types come before tuples exist.
bool type_ready(VM *vm, Type *t)
{
    t->compare_no_hash = t->ops->compare && !t->ops->hash && (t->ops->compare_mask & BIT(COMPARE_EQ));
    t->flags |= TYPE_LAZY;
    if (!t->bases) {
        Value bases = t->best_base ? tuple_pack(vm, 1, from_object(t->best_base)) : vm->empty_tuple;
        if (!bases)
            return false;
        t->bases = as_tuple(bases);
    }
    gc_barrier(vm, t);
    if (!type_compute_mro(vm, t))
        return false;
    t->native_init = t->best_base && (t->best_base->native_init || defines_init(t->def));
    return true;
}

static Str *short_name(VM *vm, const char *full)
{
    const char *dot = strrchr(full, '.');
    const char *name = dot ? dot + 1 : full;
    return str_intern_text(vm, name, strlen(name));
}

static uint32_t def_slot(const TypeDef *def, uint32_t size)
{
    return (uint32_t)((uintptr_t)def >> 4) * 0x9E3779B1u >> 12 & (size - 1);
}

// Keeps the table of types by TypeDef at most half full.
static bool def_table_add(VM *vm, Type *t)
{
    if (vm->other_count * 2 >= vm->def_table_size) {
        uint32_t size = vm->def_table_size ? vm->def_table_size * 2 : 256;
        Type **table = mem_realloc(vm, NULL, 0, size * sizeof *table);
        if (!table)
            return (raise_memory(vm), false);
        memset(table, 0, size * sizeof *table);
        for (uint32_t i = 0; i < vm->def_table_size; i++)
            if (vm->def_table[i]) {
                uint32_t at = def_slot(vm->def_table[i]->def, size);
                while (table[at])
                    at = (at + 1) & (size - 1);
                table[at] = vm->def_table[i];
            }
        mem_realloc(vm, vm->def_table, vm->def_table_size * sizeof *table, 0);
        vm->def_table = table;
        vm->def_table_size = size;
    }
    uint32_t at = def_slot(t->def, vm->def_table_size);
    while (vm->def_table[at])
        at = (at + 1) & (vm->def_table_size - 1);
    vm->def_table[at] = t;
    return true;
}

Type *type_of_def(VM *vm, const TypeDef *def)
{
    if (def->kind != KIND_OTHER && vm->types[def->kind] && vm->types[def->kind]->def == def)
        return vm->types[def->kind];
    if (!vm->def_table_size)
        return NULL;
    for (uint32_t at = def_slot(def, vm->def_table_size); vm->def_table[at]; at = (at + 1) & (vm->def_table_size - 1))
        if (vm->def_table[at]->def == def)
            return vm->def_table[at];
    return NULL;
}

Type *type_register(VM *vm, const TypeDef *def, Type *base)
{
    Str *name = short_name(vm, def->name);
    if (!name)
        return NULL;
    if (!base)
        base = vm->types[KIND_OBJECT];
    Type *t = type_alloc_bare(vm, vm->types[KIND_TYPE], name, base, def, def->ops, def->kind);
    if (!t)
        return NULL;
    t->flags = def->flags | TYPE_IMMUTABLE;
    if (def->kind == KIND_OTHER || vm->types[def->kind]) {
        Type **more =
            mem_realloc(vm, vm->other_types, vm->other_count * sizeof *more, (vm->other_count + 1) * sizeof *more);
        if (!more)
            return raise_memory(vm), NULL;
        vm->other_types = more;
        vm->other_types[vm->other_count++] = t;
        if (!def_table_add(vm, t))
            return NULL;
    } else {
        vm->types[def->kind] = t;
    }
    if (!(t->root = shape_new_root(vm, t, 0)) || !type_ready(vm, t))
        return NULL;
    return t;
}

