// SPDX-License-Identifier: MIT
//
// The class statement: metaclass, layout, C3 linearisation, __slots__, __set_name__, __init_subclass__.
// Source: Barrett et al., "A monotonic superclass linearization for Dylan" (OOPSLA 1996), as Python uses it.

#include "native.h"
#include "type.h"
#include "vm/interp/frame.h"
#include "vm/memory/heap.h"

// ---------------------------------------------------------------- C3

typedef struct MergeList { Value *items; int64_t count, head; } MergeList;

static bool in_a_tail(MergeList *lists, int64_t n, Value candidate)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = lists[i].head + 1; j < lists[i].count; j++)
            if (lists[i].items[j] == candidate)
                return true;
    return false;
}

static Value next_in_order(MergeList *lists, int64_t n, bool *left)
{
    *left = false;
    for (int64_t i = 0; i < n; i++) {
        if (lists[i].head >= lists[i].count)
            continue;
        *left = true;
        Value candidate = lists[i].items[lists[i].head];
        if (!in_a_tail(lists, n, candidate))
            return candidate;
    }
    return VALUE_EMPTY;
}

static bool raise_inconsistent(VM *vm, MergeList *lists, int64_t n)
{
    StrBuilder b;
    builder_init(&b, vm);
    Value seen[64];
    int count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (lists[i].head >= lists[i].count)
            continue;
        Value v = lists[i].items[lists[i].head];
        bool again = false;
        for (int k = 0; k < count; k++)
            again |= seen[k] == v;
        if (again || count == 64)
            continue;
        if (count)
            builder_add_cstr(&b, ", ");
        seen[count++] = v;
        builder_add_str(&b, as_type(v)->name);
    }
    Str *names = builder_finish(&b);
    if (names)
        raise_type(vm, "Cannot create a consistent method resolution\norder (MRO) for bases %U", names);
    return false;
}

// A metaclass may define mro(): its result, checked, is the order.
static bool custom_mro(VM *vm, Type *type, bool *done)
{
    Type *meta = type_of(vm, from_object(type));
    *done = false;
    if (!(meta->flags & TYPE_HEAP))
        return true;
    Str *name = str_intern_text(vm, "mro", 3);
    Value f = name ? type_lookup(vm, meta, name) : VALUE_EMPTY;
    if (!f || !is_function(f))
        return vm->error == VALUE_EMPTY;
    *done = true;
    Value result = call1(vm, f, from_object(type));
    Value order = result ? tuple_from_iterable(vm, result) : VALUE_EMPTY;
    if (!order)
        return false;
    for (int64_t i = 0; i < as_tuple(order)->count; i++) {
        Value base = as_tuple(order)->items[i];
        if (!is_type(base))
            return (raise_type(vm, "mro() returned a non-class ('%T')", base), false);
        if (base != from_object(type) && !type_is_subtype(type->native_base, as_type(base)->native_base))
            return (raise_type(vm, "mro() returned base with unsuitable layout ('%U')", as_type(base)->name), false);
    }
    type->mro = as_tuple(order);
    gc_barrier(vm, type);
    return true;
}

static bool duplicate_base(VM *vm, Tuple *bases)
{
    for (int64_t i = 0; i < bases->count; i++)
        for (int64_t k = i + 1; k < bases->count; k++)
            if (bases->items[i] == bases->items[k])
                return (raise_type(vm, "duplicate base class %U", as_type(bases->items[i])->name), true);
    return false;
}

// With one base or none there is nothing to merge.
static bool single_mro(VM *vm, Type *type)
{
    Tuple *rest = type->bases->count ? as_type(type->bases->items[0])->mro : NULL;
    Tuple *mro = tuple_new(vm, rest ? rest->count + 1 : 1);
    if (!mro)
        return false;
    mro->items[0] = from_object(type);
    if (rest)
        memcpy(mro->items + 1, rest->items, (size_t)rest->count * sizeof(Value));
    type->mro = mro;
    gc_barrier(vm, type);
    return true;
}

static bool default_mro(VM *vm, Type *type)
{
    int64_t n = type->bases->count;
    if (n <= 1)
        return single_mro(vm, type);
    List *result = list_new(vm, 4);
    MergeList *lists = gc_buffer(vm, (size_t)(n + 1) * sizeof *lists);
    if (!result || !lists || !list_append(vm, result, from_object(type)))
        return false;
    for (int64_t i = 0; i < n; i++) {
        Tuple *mro = as_type(type->bases->items[i])->mro;
        lists[i] = (MergeList){mro->items, mro->count, 0};
    }
    lists[n] = (MergeList){type->bases->items, n, 0};
    for (;;) {
        bool left;
        Value next = next_in_order(lists, n + 1, &left);
        if (!left)
            break;
        if (!next)
            return raise_inconsistent(vm, lists, n + 1);
        if (!list_append(vm, result, next))
            return false;
        for (int64_t i = 0; i <= n; i++)
            if (lists[i].head < lists[i].count && lists[i].items[lists[i].head] == next)
                lists[i].head++;
    }
    Value mro = tuple_from(vm, result->items, result->count);
    if (!mro)
        return false;
    type->mro = as_tuple(mro);
    gc_barrier(vm, type);
    return true;
}

bool type_compute_mro(VM *vm, Type *type)
{
    if (duplicate_base(vm, type->bases))
        return false;
    if (!default_mro(vm, type))
        return false;
    bool done;
    return custom_mro(vm, type, &done);
}

// ---------------------------------------------------------------- choosing base and metaclass

Type *type_calculate_metatype(VM *vm, Type *metatype, Tuple *bases)
{
    Type *winner = metatype;
    for (int64_t i = 0; i < bases->count; i++) {
        Type *m = type_of(vm, bases->items[i]);
        if (type_is_subtype(winner, m))
            continue;
        if (!type_is_subtype(m, winner)) {
            raise_type(vm,
                       "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the "
                       "metaclasses of all its bases");
            return NULL;
        }
        winner = m;
    }
    return winner;
}

// The nearest base whose own fields make instances larger: two that are unrelated cannot be combined.
static Type *solid_base(VM *vm, Type *t)
{
    for (; t->best_base; t = t->best_base) {
        bool own = t->flags & TYPE_HEAP ? t->slots_declared != t->best_base->slots_declared
                   : t->kind == KIND_EXCEPTION ? t->def->getsets != NULL : t->kind != KIND_OBJECT;
        if (own)
            return t;
    }
    return (void)vm, t;
}

static bool has_layout(const Type *t) { return t->native_base->kind != KIND_OBJECT; }

// The base whose memory layout the new class extends.
static Type *choose_base(VM *vm, Tuple *bases)
{
    Type *best = NULL;
    for (int64_t i = 0; i < bases->count; i++) {
        if (!is_type(bases->items[i])) {
            raise_type(vm, "bases must be types");
            return NULL;
        }
        Type *t = as_type(bases->items[i]);
        if (!(t->native_base->flags & TYPE_BASE)) {
            raise_type(vm, "type '%U' is not an acceptable base type", type_full_name(vm, t));
            return NULL;
        }
        if (!best || (has_layout(t) && !has_layout(best))) {
            best = t;
        } else if (t->kind == best->kind && (t->kind == KIND_EXCEPTION || t->kind == KIND_OBJECT)) {
            Type *solid = solid_base(vm, t), *chosen = solid_base(vm, best);
            if (type_is_subtype(chosen, solid))
                continue;
            if (!type_is_subtype(solid, chosen)) {
                raise_type(vm, "multiple bases have instance lay-out conflict");
                return NULL;
            }
            best = t;
        } else if (has_layout(t) && !type_is_subtype(best->native_base, t->native_base)) {
            if (!type_is_subtype(t->native_base, best->native_base)) {
                raise_type(vm, "multiple bases have instance lay-out conflict");
                return NULL;
            }
            best = t;
        }
    }
    return best ? best : object_type(vm);
}

// ---------------------------------------------------------------- __slots__

static bool add_slot(VM *vm, Type *type, Str *name, Shape **root)
{
    Str *mangled = name;
    if (name->size > 2 && name->data[0] == '_' && name->data[1] == '_' &&
        !(name->data[name->size - 1] == '_' && name->data[name->size - 2] == '_')) {
        const char *cls = type->name->data;
        while (*cls == '_')
            cls++;
        if (*cls && !(mangled = str_format(vm, "_%s%U", cls, name)))
            return false;
    }
    if (!(mangled = str_intern(vm, mangled)))
        return false;
    if (dict_get_str(vm, type->dict, mangled)) {
        raise_value(vm, "%R in __slots__ conflicts with class variable", from_object(mangled));
        return false;
    }
    Member *m = gc_new(vm, vm->types[KIND_MEMBER]->root, sizeof *m);
    if (!m)
        return false;
    m->owner = type;
    m->name = mangled;
    m->slot = (*root)->slot_count;
    *root = shape_add(vm, *root, mangled);
    return *root && dict_set_str(vm, type->dict, mangled, from_object(m));
}

static bool check_slot_name(VM *vm, Value name)
{
    if (!is_str(name)) {
        raise_type(vm, "__slots__ items must be strings, not '%T'", name);
        return false;
    }
    const Str *s = as_str(name);
    bool ok = s->size && !(s->data[0] >= '0' && s->data[0] <= '9');
    for (uint32_t i = 0; ok && i < s->size; i++)
        ok = (unsigned char)s->data[i] >= 128 || s->data[i] == '_' || (s->data[i] >= '0' && s->data[i] <= '9') ||
             ((s->data[i] | 32) >= 'a' && (s->data[i] | 32) <= 'z');
    if (!ok)
        raise_type(vm, "__slots__ must be identifiers");
    return ok;
}

// Kinds whose payload stands where slots would be.
static bool is_variable(Kind k) { return k == KIND_INT || k == KIND_TUPLE || k == KIND_BYTES || k == KIND_TYPE; }

// Reads __slots__: fills `root` with the declared slots. *has_dict: instances also take other attributes.
static bool process_slots(VM *vm, Type *type, List *names, Shape **root, bool *has_dict)
{
    for (int64_t i = 0; i < names->count; i++) {
        if (!check_slot_name(vm, names->items[i]))
            return false;
        Str *name = as_str(names->items[i]);
        if (type->native_base->kind != KIND_OBJECT && is_variable(type->native_base->kind))
            return (raise_type(vm, "nonempty __slots__ not supported for subtype of '%U'", type->best_base->name),
                    false);
        if (str_is(name, "__dict__")) {
            if (*has_dict)
                return (raise_type(vm, "__dict__ slot disallowed: we already got one"), false);
            *has_dict = true;
        } else if (str_is(name, "__weakref__") || type->native_base->kind == KIND_STR) {
            continue; // attributes of str's subclasses are in their Dict
        } else if (!add_slot(vm, type, name, root))
            return false;
    }
    return true;
}

static Shape *copy_slots(VM *vm, Shape *from, Shape *root)
{
    if (!from->key)
        return root;
    root = copy_slots(vm, from->parent, root);
    return root ? shape_add(vm, root, from->key) : NULL;
}

// __slots__ as a list; NULL without error when the class declares none.
static List *slot_names(VM *vm, Type *type)
{
    Value slots = dict_get_str(vm, type->dict, NAME_OF(vm, __slots__));
    List *l = slots ? list_new(vm, 0) : NULL;
    if (!l || (is_str(slots) ? list_append(vm, l, slots) : list_extend(vm, l, slots)))
        return l;
    return NULL;
}

// A class with a native base: declared slots stand behind the native part, the other attributes in a Dict.
static bool set_up_native_storage(VM *vm, Type *type, List *slots)
{
    Type *base = type->best_base;
    bool has_dict = base->flags & TYPE_EXTRA;
    Shape *inherited = base->flags & TYPE_HEAP ? base->root : NULL, *root = shape_new_root(vm, type, 0);
    if (!root || (inherited && !(root = copy_slots(vm, inherited, root))))
        return false;
    if (slots && !process_slots(vm, type, slots, &root, &has_dict))
        return false;
    type->root = root;
    type->slots_declared = (uint16_t)root->slot_count;
    type->size = (uint32_t)(type->def->size + type->slots_declared * sizeof(Value));
    if (has_dict || !slots || (slots->count && type->kind == KIND_STR))
        type->flags |= TYPE_EXTRA;
    return true;
}

static bool set_up_storage(VM *vm, Type *type, uint16_t hint)
{
    Type *base = type->best_base;
    List *slots = slot_names(vm, type);
    if (vm->error)
        return false;
    if (type->native_base->kind != KIND_OBJECT)
        return set_up_native_storage(vm, type, slots);
    bool has_dict = !slots || !(base->flags & TYPE_NO_DICT);
    for (int64_t i = 0; i < type->bases->count; i++)
        if (as_type(type->bases->items[i]) != object_type(vm) &&
            !(as_type(type->bases->items[i])->flags & TYPE_NO_DICT))
            has_dict = true;
    unsigned inherited = base->root->slot_count;
    Shape *root = shape_new_root(vm, type, 0);
    if (!root)
        return false;
    if (base->slot_hint > hint)
        hint = base->slot_hint;
    unsigned declared = slots ? (unsigned)slots->count : 0; // all of them inline: member_place relies on it
    if (inherited + declared > UINT16_MAX / 2)
        return (raise_value(vm, "too many __slots__"), false);
    root->inline_slots = (uint16_t)(inherited + declared + (has_dict ? hint : 0));
    if (!(root = copy_slots(vm, base->root, root)) || (slots && !process_slots(vm, type, slots, &root, &has_dict)))
        return false;
    type->root = root;
    type->slots_declared = (uint16_t)root->slot_count;
    type->slot_hint = hint;
    type->flags = has_dict ? type->flags & ~TYPE_NO_DICT : type->flags | TYPE_NO_DICT;
    return true;
}

// ---------------------------------------------------------------- after the dict is there

static bool wrap_implicit(VM *vm, Type *type, NameId id, Kind kind)
{
    Value f = dict_get_str(vm, type->dict, vm->names[id]);
    if (!f || !is_function(f))
        return true;
    MethodDecorator *m = gc_new(vm, vm->types[kind]->root, sizeof *m);
    if (!m)
        return false;
    m->function = f;
    return dict_set_str(vm, type->dict, vm->names[id], from_object(m));
}

static bool call_set_names(VM *vm, Type *type)
{
    Dict *copy = dict_copy(vm, type->dict);
    if (!copy)
        return false;
    uint32_t position = 0;
    Value key, v;
    while (dict_next(copy, &position, &key, &v)) {
        Value hook = type_special(vm, type_of(vm, v), SPECIAL___set_name__);
        if (!hook || call3(vm, hook, v, from_object(type), key))
            continue;
        Value cause = error_take(vm);
        raise_runtime(vm, "Error calling __set_name__ on '%T' instance %R in '%N'", v, key, type);
        if (vm->error && is_exception(vm->error)) {
            as_exception(vm->error)->cause = cause;
            as_exception(vm->error)->suppress_context = true;
        }
        return false;
    }
    return true;
}

static bool call_init_subclass(VM *vm, Type *type, Dict *kwargs)
{
    Super *s = gc_new(vm, vm->types[KIND_SUPER]->root, sizeof *s);
    if (!s)
        return false;
    s->type = type;
    s->object = from_object(type);
    s->object_type = type;
    Value f = super_getattr(vm, from_object(s), NAME_OF(vm, __init_subclass__));
    return f && object_call_ex(vm, f, vm->empty_tuple, kwargs ? from_object(kwargs) : VALUE_EMPTY);
}

static bool register_subclass(VM *vm, Type *type)
{
    if (!vector_push(vm, (void ***)&vm->heap_types, &vm->heap_type_count, &vm->heap_type_capacity, type))
        return (raise_memory(vm), false);
    for (int64_t i = 0; i < type->bases->count; i++) {
        Type *base = as_type(type->bases->items[i]);
        if (!base->subclasses && !(base->subclasses = list_new(vm, 2)))
            return false;
        if (!list_append(vm, base->subclasses, from_object(type)))
            return false;
        gc_barrier(vm, base);
    }
    return true;
}

static bool take_classcell(VM *vm, Type *type)
{
    Value cell = dict_get_str(vm, type->dict, NAME_OF(vm, __classcell__));
    if (!cell)
        return true;
    if (!has_kind(cell, KIND_CELL)) {
        raise_type(vm, "__classcell__ must be a nonlocal cell, not <%S>", from_object(type_of(vm, cell)));
        return false;
    }
    ((Cell *)as_object(cell))->value = from_object(type);
    gc_barrier(vm, as_object(cell));
    return dict_delete(vm, type->dict, from_object(NAME_OF(vm, __classcell__)), NULL) >= 0;
}

static bool name_the_class(VM *vm, Type *type, Str *name)
{
    Value q = dict_get_str(vm, type->dict, NAME_OF(vm, __qualname__));
    if (q) {
        if (!is_str(q)) {
            raise_type(vm, "type __qualname__ must be a str, not %T", q);
            return false;
        }
        type->qualname = as_str(q);
        dict_delete(vm, type->dict, from_object(NAME_OF(vm, __qualname__)), NULL);
    }
    (void)name;
    if (!dict_get_str(vm, type->dict, NAME_OF(vm, __module__)) && vm->frame) {
        Value m = dict_get_str(vm, as_function(vm->frame->callee)->globals, NAME_OF(vm, __name__));
        if (m && !dict_set_str(vm, type->dict, NAME_OF(vm, __module__), m))
            return false;
    }
    if (!dict_get_str(vm, type->dict, NAME_OF(vm, __doc__)) &&
        !dict_set_str(vm, type->dict, NAME_OF(vm, __doc__), VALUE_NONE))
        return false;
    Value hash = dict_get_str(vm, type->dict, NAME_OF(vm, __hash__));
    if (!hash && dict_get_str(vm, type->dict, NAME_OF(vm, __eq__)))
        return dict_set_str(vm, type->dict, NAME_OF(vm, __hash__), VALUE_NONE);
    return true;
}

static Value get_instance_dict(VM *vm, Value self)
{
    Dict *d = object_dict(vm, self);
    return d ? from_object(d) : vm->error ? VALUE_EMPTY : raise_attribute(vm, self, NAME_OF(vm, __dict__));
}

static bool set_instance_dict(VM *vm, Value self, Value v)
{
    if (!v)
        return (raise_type(vm, "cannot delete __dict__"), false);
    if (!is_dict(v))
        return (raise_type(vm, "__dict__ must be set to a dictionary, not a '%T'", v), false);
    return object_set_dict(vm, self, as_dict(v));
}

static Value get_instance_weakref(VM *vm, Value self) { return (void)vm, (void)self, VALUE_NONE; }

// __dict__ and __weakref__ of the first class in a line whose instances have attribute storage.
static bool add_storage_descriptors(VM *vm, Type *type)
{
    static const GetSetDef dict_def_ = {"__dict__", get_instance_dict, set_instance_dict,
                                        "dictionary for instance variables"};
    static const GetSetDef weakref_def = {"__weakref__", get_instance_weakref, NULL,
                                          "list of weak references to the object"};
    bool has = type->native_base->kind == KIND_OBJECT ? !(type->flags & TYPE_NO_DICT) : (type->flags & TYPE_EXTRA) != 0;
    const GetSetDef *defs[] = {&dict_def_, &weakref_def};
    for (int i = 0; has && i < 2; i++) {
        Str *name = str_intern_text(vm, defs[i]->name, strlen(defs[i]->name));
        if (!name)
            return false;
        if (type_lookup(vm, type, name))
            continue;
        GetSet *g = gc_new(vm, vm->types[KIND_GETSET]->root, sizeof *g);
        if (!g)
            return false;
        g->def = defs[i];
        g->owner = type;
        if (!dict_set_str(vm, type->dict, name, from_object(g)))
            return false;
        type_modified(vm, type, false);
    }
    return true;
}

static uint16_t slot_hint(VM *vm, Dict *namespace)
{
    Value hint = dict_get_str(vm, namespace, NAME_OF(vm, __static_attributes__));
    (void)hint;
    return vm->class_slot_hint ? vm->class_slot_hint : 2;
}

Value type_new(VM *vm, Type *metatype, Str *name, Tuple *bases, Dict *namespace, Dict *kwargs)
{
    uint16_t hint = slot_hint(vm, namespace);
    vm->class_slot_hint = 0;
    Type *base = choose_base(vm, bases);
    if (!base)
        return VALUE_EMPTY;
    if (!bases->count && !(bases = as_tuple(tuple_pack(vm, 1, from_object(object_type(vm))))))
        return VALUE_EMPTY;
    Type *native = base->native_base;
    Type *t = type_alloc_bare(vm, metatype, name, base, native->def, native->ops, native->kind);
    if (!t)
        return VALUE_EMPTY;
    if (type_of(vm, from_object(t))->size > sizeof(Type)) // a metaclass made by a script has the same layout
        return raise_exc(vm, EXC_SystemError, "metaclass layout");
    t->native_base = native;
    t->native_init = native->native_init;
    t->flags = TYPE_HEAP | TYPE_BASE | (base->flags & (TYPE_SEQUENCE | TYPE_MAPPING | TYPE_HAS_DEL));
    t->bases = bases;
    if (!(t->dict = dict_copy(vm, namespace)) || !name_the_class(vm, t, name) ||
        !wrap_implicit(vm, t, NAME___new__, KIND_STATICMETHOD) ||
        !wrap_implicit(vm, t, NAME___init_subclass__, KIND_CLASSMETHOD) ||
        !wrap_implicit(vm, t, NAME___class_getitem__, KIND_CLASSMETHOD) || !type_compute_mro(vm, t) ||
        !set_up_storage(vm, t, hint))
        return VALUE_EMPTY;
    type_compute_overrides(vm, t);
    if (!add_storage_descriptors(vm, t))
        return VALUE_EMPTY;
    if (!take_classcell(vm, t) || !register_subclass(vm, t) || !call_set_names(vm, t) ||
        !call_init_subclass(vm, t, kwargs))
        return VALUE_EMPTY;
    return from_object(t);
}
