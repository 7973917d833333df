// SPDX-License-Identifier: MIT
//
// Struct sequences. An instance is a Tuple with room for all fields; count covers the visible ones only, so that every
// tuple operation sees just those. Everything that a tuple can do is handed on to tuple's own table.

#include "struct_sequence.h"

#include "roots.h"
#include "vm/core/type.h"

static void count_fields(const TypeDef *def, int *visible, int *total)
{
    *visible = *total = 0;
    for (const GetSetDef *g = def->getsets; g->name; g++) {
        *visible += g->doc != NULL;
        ++*total;
    }
}

static const TypeDef *def_of(const Object *o) { return o->shape->type->def; }

#define STRUCT_FIELD_DEFINE(i) \
    Value struct_field_##i(VM *vm, Value self) \
    { \
        (void)vm; \
        return struct_sequence_field(self, i); \
    }
STRUCT_FIELDS(STRUCT_FIELD_DEFINE)

Value struct_sequence_field(Value self, int index)
{
    Value v = as_tuple(self)->items[index];
    return v ? v : VALUE_NONE;
}

// ---- types

static bool set_count(VM *vm, Type *t, const char *name, int n)
{
    return dict_set_text(vm, t->dict, name, from_small(n));
}

static bool add_match_args(VM *vm, Type *t, int visible)
{
    Tuple *names = tuple_new(vm, visible);
    if (!names)
        return false;
    for (int i = 0; i < visible; i++) {
        const char *name = t->def->getsets[i].name;
        Str *s = str_intern_text(vm, name, strlen(name));
        if (!s)
            return false;
        names->items[i] = from_object(s);
    }
    return dict_set_str(vm, t->dict, NAME_OF(vm, __match_args__), from_object(names));
}

Type *struct_sequence_type(VM *vm, const TypeDef *def)
{
    if (!vm->roots[ROOT_STRUCT_TYPES] && !(vm->roots[ROOT_STRUCT_TYPES] = from_object(dict_new(vm, 16))))
        return NULL;
    Dict *known = as_dict(vm->roots[ROOT_STRUCT_TYPES]);
    Value key = from_small((int64_t)((uintptr_t)def >> 3)); // tables are aligned and user addresses fit
    Value found = dict_get(vm, known, key);
    if (found)
        return as_type(found);
    Type *t = type_register(vm, def, vm->types[KIND_TUPLE]);
    int visible, total;
    count_fields(def, &visible, &total);
    if (!t || !(t->dict = dict_new(vm, total + 8))) // the rest comes in when it is asked for
        return NULL;
    gc_barrier(vm, t);
    if (!set_count(vm, t, "n_fields", total) || !set_count(vm, t, "n_sequence_fields", visible) ||
        !set_count(vm, t, "n_unnamed_fields", 0) || !add_match_args(vm, t, visible) ||
            !dict_set(vm, known, key, from_object(t)))
        return NULL;
    return t;
}

static Tuple *allocate(VM *vm, Type *cls, int visible, int total)
{
    Tuple *t = type_alloc(vm, cls, (size_t)total * sizeof(Value));
    if (t)
        t->count = visible;
    return t;
}

Value struct_sequence_new(VM *vm, const TypeDef *def, const Value *values)
{
    int visible, total;
    count_fields(def, &visible, &total);
    Type *type = struct_sequence_type(vm, def);
    Tuple *t = type ? allocate(vm, type, visible, total) : NULL;
    if (t)
        memcpy(t->items, values, (size_t)total * sizeof(Value));
    return from_object(t);
}

// ---- construction by scripts

static Value raise_length(VM *vm, const TypeDef *def, int64_t given, int visible, int total)
{
    if (visible == total)
        return raise_type(vm, "%s() takes a %d-sequence (%lld-sequence given)", def->name, visible, (long long)given);
    if (given < visible)
        return raise_type(vm, "%s() takes an at least %d-sequence (%lld-sequence given)", def->name, visible,
            (long long)given);
    return raise_type(vm, "%s() takes an at most %d-sequence (%lld-sequence given)", def->name, total,
        (long long)given);
}

Value struct_sequence_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = as_type(args[0]);
    const TypeDef *def = cls->def;
    int visible, total;
    count_fields(def, &visible, &total);
    Value sequence = sequence_fast(vm, args[1], "constructor requires a sequence");
    if (!sequence)
        return VALUE_EMPTY;
    if (args[2] != VALUE_EMPTY && !is_none(args[2]) && !is_dict(args[2]))
        return raise_type(vm, "%s() takes a dict as second arg, if any", def->name);
    int64_t given = sequence_fast_count(sequence);
    if (given < visible || given > total)
        return raise_length(vm, def, given, visible, total);
    Tuple *t = allocate(vm, cls, visible, total);
    if (!t)
        return VALUE_EMPTY;
    memcpy(t->items, sequence_fast_items(sequence), (size_t)given * sizeof(Value));
    for (int i = (int)given; i < total; i++) {
        Value v = VALUE_EMPTY;
        if (args[2] != VALUE_EMPTY && is_dict(args[2])) {
            Str *name = str_intern_text(vm, def->getsets[i].name, strlen(def->getsets[i].name));
            v = name ? dict_get_str(vm, as_dict(args[2]), name) : VALUE_EMPTY;
        }
        t->items[i] = v ? v : VALUE_NONE;
    }
    return from_object(t);
}

// ---- operations

static void mark_op(Gc *gc, Object *o)
{
    int visible, total;
    count_fields(def_of(o), &visible, &total);
    gc_mark_range(gc, ((Tuple *)o)->items, (size_t)total);
}

static Value repr_op(VM *vm, Value self)
{
    const TypeDef *def = def_of(as_object(self));
    int entered = repr_enter(vm, self);
    if (entered)
        return entered < 0 ? VALUE_EMPTY : from_object(str_from(vm, "(...)"));
    StrBuilder b;
    builder_init(&b, vm);
    builder_add_cstr(&b, def->name);
    builder_add_char(&b, '(');
    for (int64_t i = 0; i < as_tuple(self)->count; i++) {
        if (i)
            builder_add_cstr(&b, ", ");
        builder_add_cstr(&b, def->getsets[i].name);
        builder_add_char(&b, '=');
        if (!builder_add_repr(&b, struct_sequence_field(self, (int)i)))
            break;
    }
    repr_leave(vm, self);
    builder_add_char(&b, ')');
    return vm->error ? VALUE_EMPTY : from_object(builder_finish(&b));
}

static bool hash_op(VM *vm, Value self, int64_t *out) { return tuple_def.ops->hash(vm, self, out); }
static Value compare_op(VM *vm, Value a, Value b, CompareOp op) { return tuple_def.ops->compare(vm, a, b, op); }
static Value binary_op_tuple(VM *vm, BinaryOp op, Value l, Value r) { return tuple_def.ops->binary(vm, op, l, r); }
static int64_t len_op(VM *vm, Value self) { return tuple_def.ops->len(vm, self); }
static Value getitem_op(VM *vm, Value self, Value key) { return tuple_def.ops->getitem(vm, self, key); }
static int contains_op(VM *vm, Value self, Value item) { return tuple_def.ops->contains(vm, self, item); }
static Value iter_op(VM *vm, Value self) { return tuple_def.ops->iter(vm, self); }

// (class, (all fields in a tuple,)): enough to make an equal one.
static Value reduce_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int visible, total;
    count_fields(def_of(as_object(args[0])), &visible, &total);
    Value all = tuple_from(vm, as_tuple(args[0])->items, total);
    Value inner = all ? tuple_pack(vm, 1, all) : VALUE_EMPTY;
    return inner ? tuple_pack(vm, 2, from_object(type_of(vm, args[0])), inner) : VALUE_EMPTY;
}

const NativeDef struct_sequence_methods[] = {
    {"__reduce__(self, /)", reduce_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

const TypeOps struct_sequence_ops = {
    .mark = mark_op,
    .repr = repr_op,
    .hash = hash_op,
    .compare = compare_op,
    .compare_mask = ALL_COMPARES,
    .binary = binary_op_tuple,
    .binary_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL),
    .reflected_mask = BIT(BINARY_MUL),
    .len = len_op,
    .getitem = getitem_op,
    .contains = contains_op,
    .iter = iter_op,
};
