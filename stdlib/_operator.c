// SPDX-License-Identifier: MIT
//
// The module _operator: every operator as a function, and the callables itemgetter, attrgetter and methodcaller.

#include "vm/types/container.h"

// ---- operators

#define OPERATOR(name, call)                               \
    static Value op_##name(VM *vm, Value *args, int nargs) \
    {                                                      \
        (void)nargs;                                       \
        return call;                                       \
    }
#define BINARY(name, op) OPERATOR(name, binary_op(vm, op, args[0], args[1]))
#define INPLACE(name, op) OPERATOR(name, inplace_op(vm, op, args[0], args[1]))
#define UNARY(name, op) OPERATOR(name, unary_op(vm, op, args[0]))
#define COMPARE(name, op) OPERATOR(name, object_compare(vm, args[0], args[1], op))

BINARY(add, BINARY_ADD) BINARY(sub, BINARY_SUB) BINARY(mul, BINARY_MUL) BINARY(truediv, BINARY_TRUEDIV)
BINARY(floordiv, BINARY_FLOORDIV) BINARY(mod, BINARY_MOD) BINARY(matmul, BINARY_MATMUL)
BINARY(lshift, BINARY_LSHIFT) BINARY(rshift, BINARY_RSHIFT)
BINARY(and, BINARY_AND) BINARY(or, BINARY_OR) BINARY(xor, BINARY_XOR)
INPLACE(iadd, BINARY_ADD) INPLACE(isub, BINARY_SUB) INPLACE(imul, BINARY_MUL) INPLACE(itruediv, BINARY_TRUEDIV)
INPLACE(ifloordiv, BINARY_FLOORDIV) INPLACE(imod, BINARY_MOD) INPLACE(imatmul, BINARY_MATMUL)
INPLACE(ilshift, BINARY_LSHIFT) INPLACE(irshift, BINARY_RSHIFT)
INPLACE(iand, BINARY_AND) INPLACE(ior, BINARY_OR) INPLACE(ixor, BINARY_XOR) INPLACE(ipow, BINARY_POW)
UNARY(neg, UNARY_NEG) UNARY(pos, UNARY_POS) UNARY(abs, UNARY_ABS) UNARY(invert, UNARY_INVERT)
UNARY(index, UNARY_INDEX)
COMPARE(lt, COMPARE_LT) COMPARE(le, COMPARE_LE) COMPARE(eq, COMPARE_EQ)
COMPARE(ne, COMPARE_NE) COMPARE(gt, COMPARE_GT) COMPARE(ge, COMPARE_GE)

static Value op_pow(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return object_pow(vm, args[0], args[1], VALUE_NONE);
}

static Value truth_value(VM *vm, Value v, bool wanted)
{
    int truth = object_truth(vm, v);
    return truth < 0 ? VALUE_EMPTY : from_bool(truth == wanted);
}

static Value op_truth(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return truth_value(vm, args[0], true);
}

static Value op_not(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return truth_value(vm, args[0], false);
}

static Value op_is(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    return from_bool(args[0] == args[1]);
}

static Value op_is_not(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    return from_bool(args[0] != args[1]);
}

static Value op_is_none(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    return from_bool(is_none(args[0]));
}

static Value op_is_not_none(VM *vm, Value *args, int nargs)
{
    (void)vm;
    (void)nargs;
    return from_bool(!is_none(args[0]));
}

// ---- containers

static bool is_sequence(VM *vm, Value v)
{
    return !is_dict(v) && type_special(vm, type_of(vm, v), SPECIAL___getitem__) != VALUE_EMPTY;
}

static Value op_concat(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_sequence(vm, args[0]) || !is_sequence(vm, args[1]))
        return raise_type(vm, "'%T' object can't be concatenated", is_sequence(vm, args[0]) ? args[1] : args[0]);
    return binary_op(vm, BINARY_ADD, args[0], args[1]);
}

static Value op_iconcat(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_sequence(vm, args[0]))
        return raise_type(vm, "'%T' object can't be concatenated", args[0]);
    return inplace_op(vm, BINARY_ADD, args[0], args[1]);
}

static Value op_contains(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int in = object_contains(vm, args[0], args[1]);
    return in < 0 ? VALUE_EMPTY : from_bool(in);
}

static Value op_getitem(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return object_getitem(vm, args[0], args[1]);
}

static Value op_setitem(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return object_setitem(vm, args[0], args[1], args[2]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value op_delitem(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return object_delitem(vm, args[0], args[1]) ? VALUE_NONE : VALUE_EMPTY;
}

// Counts equal items; with `at`, stops at the first and gives its position. -1: error.
static int64_t count_equal(VM *vm, Value iterable, Value v, int64_t *at)
{
    Each each;
    Value item;
    int64_t count = 0;
    if (!each_begin(&each, vm, iterable))
        return -1;
    for (int64_t i = 0; each_next(&each, &item); i++) {
        int equal = value_equal(vm, item, v);
        if (equal < 0)
            return -1;
        count += equal;
        if (equal && at) {
            *at = i;
            break;
        }
    }
    return vm->error ? -1 : count;
}

static Value op_count_of(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t count = count_equal(vm, args[0], args[1], NULL);
    return count < 0 ? VALUE_EMPTY : from_small(count);
}

static Value op_index_of(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t at = 0, count = count_equal(vm, args[0], args[1], &at);
    if (count == 0)
        return raise_value(vm, "sequence.index(x): x not in sequence");
    return count < 0 ? VALUE_EMPTY : from_small(at);
}

static Value op_length_hint(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t fallback;
    if (!is_int_like(args[1]))
        return raise_type(vm, "'%T' object cannot be interpreted as an integer", args[1]);
    if (!object_index_i64(vm, args[1], &fallback))
        return VALUE_EMPTY;
    int64_t hint = object_length_hint(vm, args[0], fallback);
    return hint < 0 && vm->error ? VALUE_EMPTY : int_from_i64(vm, hint);
}

static Value op_call(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return object_call_ex(vm, args[0], args[1], args[2]);
}

// ---- itemgetter, attrgetter, methodcaller

typedef struct Getter {
    Object base;
    Value name;      // methodcaller: the method
    Tuple *args;     // keys, attribute names, or arguments of the method
    Value keywords;  // methodcaller: dict or VALUE_EMPTY
    Value attributes;
} Getter;

static Getter *as_getter(Value v) { return (Getter *)as_object(v); }

static void getter_mark(Gc *gc, Object *o)
{
    Getter *g = (Getter *)o;
    gc_mark(gc, g->name);
    gc_mark_object(gc, (Object *)g->args);
    gc_mark(gc, g->keywords);
    gc_mark(gc, g->attributes);
}

static Value getter_new(VM *vm, Value cls, Value name, Tuple *args, Value keywords)
{
    Getter *g = args ? type_alloc(vm, (Type *)as_object(cls), 0) : NULL;
    if (g) {
        g->name = name;
        g->args = args;
        g->keywords = keywords;
        gc_barrier(vm, g);
    }
    return from_object(g);
}

static bool one_argument(VM *vm, const char *what, int nargs, Tuple *kwnames)
{
    if (kwnames && kwnames->count)
        return raise_type(vm, "%s() takes no keyword arguments", what), false;
    if (nargs != 1)
        return raise_type(vm, "%s expected 1 argument, got %d", what, nargs), false;
    return true;
}

// name(args, key=value)
static Value call_repr(VM *vm, Value self)
{
    Getter *g = as_getter(self);
    StrBuilder b;
    builder_init(&b, vm);
    int active = repr_enter(vm, self);
    if (active < 0)
        return VALUE_EMPTY;
    Type *cls = type_of(vm, self);
    bool ok = (cls->flags & TYPE_HEAP || builder_add_cstr(&b, "operator.")) && builder_add_str(&b, cls->name);
    if (active)
        return ok && builder_add_cstr(&b, "(...)") ? from_object(builder_finish(&b)) : VALUE_EMPTY;
    ok = ok && builder_add_char(&b, '(') && (g->name == VALUE_EMPTY || builder_add_repr(&b, g->name));
    for (int64_t i = 0; ok && i < g->args->count; i++)
        ok = ((i == 0 && g->name == VALUE_EMPTY) || builder_add_cstr(&b, ", ")) &&
            builder_add_repr(&b, g->args->items[i]);
    Dict *d = g->keywords == VALUE_EMPTY ? NULL : as_dict(g->keywords);
    for (int64_t i = d ? dict_forward(d, 0) : -1; ok && i >= 0; i = dict_forward(d, i + 1))
        ok = builder_add_cstr(&b, ", ") && builder_add_str(&b, as_str(d->entries[i].key)) &&
            builder_add_char(&b, '=') &&
             builder_add_repr(&b, d->entries[i].value);
    repr_leave(vm, self);
    return ok && builder_add_char(&b, ')') ? from_object(builder_finish(&b)) : VALUE_EMPTY;
}

static Value getter_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return tuple_pack(vm, 2, from_object(type_of(vm, args[0])), from_object(as_getter(args[0])->args));
}

static const NativeDef getter_methods[] = {
    {"__reduce__(self, /)", getter_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static Value item_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *keys = as_tuple(args[1]);
    if (keys->count == 0)
        return raise_type(vm, "itemgetter expected 1 argument, got 0");
    return getter_new(vm, args[0], VALUE_EMPTY, keys, VALUE_EMPTY);
}

static Value item_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    Tuple *keys = as_getter(self)->args;
    if (!one_argument(vm, "itemgetter", nargs, kwnames))
        return VALUE_EMPTY;
    if (keys->count == 1)
        return object_getitem(vm, args[0], keys->items[0]);
    Tuple *t = tuple_new(vm, keys->count);
    for (int64_t i = 0; t && i < keys->count; i++) {
        Value item = object_getitem(vm, args[0], keys->items[i]);
        if (item == VALUE_EMPTY)
            return VALUE_EMPTY;
        t->items[i] = item;
        gc_barrier(vm, t);
    }
    return from_object(t);
}

// Attribute of an attribute ... along a dotted name.
static Value dotted(VM *vm, Value object, Str *path)
{
    const char *start = path->data, *end = path->data + path->size, *dot;
    if (!memchr(start, '.', path->size))
        return object_getattr(vm, object, path);
    for (; object != VALUE_EMPTY; start = dot + 1) {
        dot = memchr(start, '.', (size_t)(end - start));
        Str *name = str_intern_text(vm, start, (size_t)((dot ? dot : end) - start));
        object = name ? object_getattr(vm, object, name) : VALUE_EMPTY;
        if (!dot)
            break;
    }
    return object;
}

static Value attr_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *given = as_tuple(args[1]);
    if (given->count == 0)
        return raise_type(vm, "attrgetter expected 1 argument, got 0");
    Tuple *names = tuple_new(vm, given->count);
    for (int64_t i = 0; names && i < given->count; i++) {
        if (!is_str(given->items[i]))
            return raise_type(vm, "attribute name must be a string");
        Str *name = str_intern(vm, as_str(given->items[i]));
        if (!name)
            return VALUE_EMPTY;
        names->items[i] = from_object(name);
        gc_barrier(vm, names);
    }
    return getter_new(vm, args[0], VALUE_EMPTY, names, VALUE_EMPTY);
}

static Value attr_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    Tuple *names = as_getter(self)->args;
    if (!one_argument(vm, "attrgetter", nargs, kwnames))
        return VALUE_EMPTY;
    if (names->count == 1)
        return dotted(vm, args[0], as_str(names->items[0]));
    Tuple *t = tuple_new(vm, names->count);
    for (int64_t i = 0; t && i < names->count; i++) {
        Value v = dotted(vm, args[0], as_str(names->items[i]));
        if (v == VALUE_EMPTY)
            return VALUE_EMPTY;
        t->items[i] = v;
        gc_barrier(vm, t);
    }
    return from_object(t);
}

static Value method_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Tuple *given = as_tuple(args[1]);
    if (given->count == 0)
        return raise_type(vm, "methodcaller needs at least one argument, the method name");
    if (!is_str(given->items[0]))
        return raise_type(vm, "method name must be a string");
    Str *name = str_intern(vm, as_str(given->items[0]));
    Value rest = name ? tuple_from(vm, given->items + 1, given->count - 1) : VALUE_EMPTY;
    return rest == VALUE_EMPTY ? rest : getter_new(vm, args[0], from_object(name), as_tuple(rest), args[2]);
}

static Value method_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    Getter *g = as_getter(self);
    if (!one_argument(vm, "methodcaller", nargs, kwnames))
        return VALUE_EMPTY;
    if (g->keywords == VALUE_EMPTY)
        return call_method(vm, args[0], as_str(g->name), g->args->items, (int)g->args->count);
    Value method = object_getattr(vm, args[0], as_str(g->name));
    return method == VALUE_EMPTY ? method : object_call_ex(vm, method, from_object(g->args), g->keywords);
}

static Value method_reduce(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Getter *g = as_getter(args[0]);
    Tuple *all = tuple_new(vm, g->args->count + 1);
    if (!all)
        return VALUE_EMPTY;
    all->items[0] = g->name;
    memcpy(all->items + 1, g->args->items, (size_t)g->args->count * sizeof(Value));
    if (g->keywords == VALUE_EMPTY)
        return tuple_pack(vm, 2, from_object(type_of(vm, args[0])), from_object(all));
    // partial(type, name, **keywords) called with the arguments
    Str *functools = str_intern_text(vm, "functools", 9), *name = str_intern_text(vm, "partial", 7);
    Value module = functools && name && vm->hooks.import
                       ? vm->hooks.import(vm, functools, VALUE_NONE, VALUE_NONE, 0) : VALUE_EMPTY;
    Value partial = module == VALUE_EMPTY ? module : object_getattr(vm, module, name);
    Value given = partial == VALUE_EMPTY ? partial : tuple_pack(vm, 2, from_object(type_of(vm, args[0])), g->name);
    Value bound = given == VALUE_EMPTY ? given : object_call_ex(vm, partial, given, g->keywords);
    return bound == VALUE_EMPTY ? bound : tuple_pack(vm, 2, bound, from_object(g->args));
}

static const NativeDef method_methods[] = {
    {"__reduce__(self, /)", method_reduce, NULL, NATIVE_RAW, 1, 1},
    {0},
};

#define GETTER(prefix, text, signature, methods_, doc_) \
    static const TypeOps prefix##_ops = {.mark = getter_mark, .repr = call_repr, .call = prefix##_call}; \
    static const TypeDef prefix##_def = { \
        .name = "operator." text, .kind = KIND_OTHER, .size = sizeof(Getter), .ops = &prefix##_ops, \
        .methods = methods_, .make = {signature, prefix##_make, NULL, 0, 0, 0}, .doc = doc_, \
    }

GETTER(item, "itemgetter", "itemgetter(cls, /, *items)", getter_methods, "A callable that fetches items.");
GETTER(attr, "attrgetter", "attrgetter(cls, /, *attributes)", getter_methods, "A callable that fetches attributes.");
GETTER(method, "methodcaller", "methodcaller(cls, /, *args, **kwargs)", method_methods,
       "A callable that calls a method.");

// ---- the module

#define TWO(name, text) {#name "(a, b, /)", op_##name, "Same as a " text " b.", NATIVE_RAW, 2, 2}
#define ONE(name, text) {#name "(a, /)", op_##name, "Same as " text "a.", NATIVE_RAW, 1, 1}

static const NativeDef functions[] = {
    TWO(add, "+"), TWO(sub, "-"), TWO(mul, "*"), TWO(truediv, "/"), TWO(floordiv, "//"), TWO(mod, "%"),
        TWO(matmul, "@"),
    TWO(lshift, "<<"), TWO(rshift, ">>"), TWO(xor, "^"), TWO(pow, "**"),
    {"and_(a, b, /)", op_and, "Same as a & b.", NATIVE_RAW, 2, 2},
    {"or_(a, b, /)", op_or, "Same as a | b.", NATIVE_RAW, 2, 2},
    TWO(iadd, "+="), TWO(isub, "-="), TWO(imul, "*="), TWO(itruediv, "/="), TWO(ifloordiv, "//="), TWO(imod, "%="),
    TWO(imatmul, "@="), TWO(ilshift, "<<="), TWO(irshift, ">>="), TWO(iand, "&="), TWO(ior, "|="), TWO(ixor, "^="),
    TWO(ipow, "**="), TWO(iconcat, "+="), TWO(concat, "+"),
    TWO(lt, "<"), TWO(le, "<="), TWO(eq, "=="), TWO(ne, "!="), TWO(gt, ">"), TWO(ge, ">="),
    ONE(neg, "-"), ONE(pos, "+"), ONE(invert, "~"), ONE(index, "index of "), ONE(abs, "abs() of "),
        ONE(truth, "bool() of "),
    {"inv(a, /)", op_invert, "Same as ~a.", NATIVE_RAW, 1, 1},
    {"not_(a, /)", op_not, "Same as not a.", NATIVE_RAW, 1, 1},
    {"is_(a, b, /)", op_is, "Same as a is b.", NATIVE_RAW, 2, 2},
    {"is_not(a, b, /)", op_is_not, "Same as a is not b.", NATIVE_RAW, 2, 2},
    {"is_none(a, /)", op_is_none, "Same as a is None.", NATIVE_RAW, 1, 1},
    {"is_not_none(a, /)", op_is_not_none, "Same as a is not None.", NATIVE_RAW, 1, 1},
    {"contains(a, b, /)", op_contains, "Same as b in a.", NATIVE_RAW, 2, 2},
    {"getitem(a, b, /)", op_getitem, "Same as a[b].", NATIVE_RAW, 2, 2},
    {"setitem(a, b, c, /)", op_setitem, "Same as a[b] = c.", NATIVE_RAW, 3, 3},
    {"delitem(a, b, /)", op_delitem, "Same as del a[b].", NATIVE_RAW, 2, 2},
    {"countOf(a, b, /)", op_count_of, "How many items of a are equal to b.", NATIVE_RAW, 2, 2},
    {"indexOf(a, b, /)", op_index_of, "Index of the first item of a that is equal to b.", NATIVE_RAW, 2, 2},
    {"length_hint(obj, default=0, /)", op_length_hint, "An estimate of the number of items in obj.", 0, 0, 0},
    {"call(obj, /, *args, **kwargs)", op_call, "Same as obj(*args, **kwargs).", 0, 0, 0},
    {0},
};

static const TypeDef *const types[] = {&item_def, &attr_def, &method_def, NULL};

const ModuleDef _operator_module = {.name = "_operator", .doc = "Operators as functions.", .functions = functions,
                                    .types = types};
