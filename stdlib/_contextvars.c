// SPDX-License-Identifier: MIT
//
// Context variables (PEP 567), with tokens that are context managers as of 3.14. A Context is a dict from ContextVar to
// value that is copied on write: copying a context only shares its dict and notes that on both sides, so it costs the
// same for any number of variables; iterators share it in the same way. VM.context is the current context; it is
// VALUE_EMPTY until a script needs one. The scheduler swaps it for each task, so a context is entered when it is the
// current one or when a run() of it is below on the stack.

#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/container.h"
#include "vm/types/iterators.h"

typedef struct Context {
    Object base;
    Dict *bindings;  // NULL: empty
    bool shared;     // another context or an iterator also holds bindings
    bool entered;    // a run() is in progress
} Context;

typedef struct ContextVar {
    Object base;
    Str *name;
    Value fallback; // VALUE_EMPTY: no default
} ContextVar;

typedef struct Token {
    Object base;
    Context *context;
    ContextVar *var;
    Value old;      // VALUE_EMPTY: the variable had no value
    bool used;
} Token;

static const TypeDef context_def, context_var_def, token_def, missing_def;

static Context *context_of(Value v) { return (Context *)as_object(v); }
static ContextVar *var_of(Value v) { return (ContextVar *)as_object(v); }
static Token *token_of(Value v) { return (Token *)as_object(v); }

// ---------------------------------------------------------------- bindings

static Context *context_new(VM *vm) { return type_new_of(vm, &context_def); }

static Context *context_current(VM *vm)
{
    if (!vm->context)
        vm->context = from_object(context_new(vm));
    return context_of(vm->context);
}

static Value context_lookup(VM *vm, Context *c, ContextVar *var)
{
    return c->bindings ? dict_get(vm, c->bindings, from_object(var)) : VALUE_EMPTY;
}

// Makes the bindings the context's own, to be written.
static Dict *context_own(VM *vm, Context *c)
{
    if (c->bindings && !c->shared)
        return c->bindings;
    Dict *own = c->bindings ? dict_copy(vm, c->bindings) : dict_new(vm, 0);
    if (!own)
        return NULL;
    c->bindings = own;
    c->shared = false;
    gc_barrier(vm, c);
    return own;
}

static Context *context_share(VM *vm, Context *from)
{
    Context *copy = context_new(vm);
    if (copy && from->bindings) {
        copy->bindings = from->bindings;
        copy->shared = from->shared = true;
        gc_barrier(vm, copy);
    }
    return copy;
}

// ---------------------------------------------------------------- Context

static void context_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((Context *)o)->bindings); }

static Value context_make(VM *vm, Value *args, int nargs)
{
    if (nargs > 1)
        return raise_type(vm, "Context() does not accept any arguments");
    return from_object(type_alloc(vm, as_type(args[0]), 0));
}

static ContextVar *check_key(VM *vm, Value key)
{
    if (is_type_def(vm, key, &context_var_def))
        return var_of(key);
    return raise_type(vm, "a ContextVar key was expected, got %R", key), NULL;
}

static Value context_getitem(VM *vm, Value self, Value key)
{
    ContextVar *var = check_key(vm, key);
    Value v = var ? context_lookup(vm, context_of(self), var) : VALUE_EMPTY;
    return v || vm->error ? v : raise_key(vm, key);
}

static int context_contains(VM *vm, Value self, Value key)
{
    ContextVar *var = check_key(vm, key);
    return var ? context_lookup(vm, context_of(self), var) != VALUE_EMPTY : -1;
}

static int64_t context_len(VM *vm, Value self)
{
    (void)vm;
    Dict *d = context_of(self)->bindings;
    return d ? d->count : 0;
}

static Value get_method(VM *vm, Value *args, int nargs)
{
    ContextVar *var = check_key(vm, args[1]);
    Value v = var ? context_lookup(vm, context_of(args[0]), var) : VALUE_EMPTY;
    return v || vm->error ? v : nargs > 2 ? args[2] : VALUE_NONE;
}

static Value copy_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return from_object(context_share(vm, context_of(args[0])));
}

// Iterators walk the bindings of now: a later set copies them first.
static Value iterate(VM *vm, Value self, const TypeDef *view)
{
    Context *c = context_of(self);
    Dict *d = c->bindings ? c->bindings : context_own(vm, c);
    Value items = d ? dict_view_new(vm, view, d) : VALUE_EMPTY;
    c->shared = true;
    return items ? object_iter(vm, items) : VALUE_EMPTY;
}

static Value context_iter(VM *vm, Value self) { return iterate(vm, self, &dict_keys_def); }
static Value keys_method(VM *vm, Value *args, int nargs) { return (void)nargs, iterate(vm, args[0], &dict_keys_def); }
static Value values_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return iterate(vm, args[0], &dict_values_def);
}
static Value items_method(VM *vm, Value *args, int nargs) { return (void)nargs, iterate(vm, args[0], &dict_items_def); }

static Value context_compare(VM *vm, Value self, Value other, CompareOp op)
{
    if ((op != COMPARE_EQ && op != COMPARE_NE) || !is_type_def(vm, other, &context_def))
        return VALUE_NOT_IMPLEMENTED;
    Dict *a = context_own(vm, context_of(self)), *b = a ? context_own(vm, context_of(other)) : NULL;
    int equal = b ? dict_equal(vm, a, b) : -1;
    return equal < 0 ? VALUE_EMPTY : from_bool(equal == (op == COMPARE_EQ));
}

// run(callable, *args, **kwargs)
static Value run_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Context *c = context_of(args[0]);
    Tuple *given = as_tuple(args[1]);
    if (given->count == 0)
        return raise_type(vm, "run() missing 1 required positional argument");
    if (c->entered || args[0] == vm->context)
        return raise_runtime(vm, "cannot enter context: %R is already entered", args[0]);
    Value rest = tuple_from(vm, given->items + 1, given->count - 1);
    if (!rest)
        return VALUE_EMPTY;
    Value outer = vm->context;
    c->entered = true;
    vm->context = args[0];
    Value result = object_call_ex(vm, given->items[0], rest, args[2]);
    vm->context = outer;
    c->entered = false;
    keep_alive(outer);
    return result;
}

static const NativeDef context_methods[] = {
    {"run(self, /, *args, **kwargs)", run_method, "Call the first argument with the others in this context.", 0, 0, 0},
    {"get(self, key, default=None, /)", get_method,
     "Return the value for `key` if `key` has the value in the context object.",
     NATIVE_RAW, 2, 3},
    {"copy(self, /)", copy_method, "Return a shallow copy of the context object.", NATIVE_RAW, 1, 1},
    {"keys(self, /)", keys_method, "The variables in the context object.", NATIVE_RAW, 1, 1},
    {"values(self, /)", values_method, "The values of the variables in the context object.", NATIVE_RAW, 1, 1},
    {"items(self, /)", items_method, "All variables and their values in the context object.", NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps context_ops = {
    .mark = context_mark,
    .compare = context_compare,
    .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE),
    .len = context_len,
    .getitem = context_getitem,
    .contains = context_contains,
    .iter = context_iter,
};

static const TypeDef context_def = {
    .name = "_contextvars.Context", .kind = KIND_OTHER, .size = sizeof(Context), .ops = &context_ops,
    .methods = context_methods,
    .make = {"Context(cls)", context_make, NULL, NATIVE_RAW, 1, -1}, .flags = TYPE_NO_DICT,
};

// ---------------------------------------------------------------- Token

static void token_mark(Gc *gc, Object *o)
{
    Token *t = (Token *)o;
    gc_mark_object(gc, (Object *)t->context);
    gc_mark_object(gc, (Object *)t->var);
    gc_mark(gc, t->old);
}

static Value token_make(VM *vm, Value *args, int nargs)
{
    (void)args;
    (void)nargs;
    return raise_runtime(vm, "Tokens can only be created by ContextVars");
}

static Value token_repr(VM *vm, Value self)
{
    Token *t = token_of(self);
    return from_object(str_format(vm, "<Token%s var=%R at 0x%zx>", t->used ? " used" : "", from_object(t->var),
        (size_t)self));
}

static Value token_var(VM *vm, Value self) { return (void)vm, from_object(token_of(self)->var); }

static Value token_old_value(VM *vm, Value self)
{
    Value old = token_of(self)->old;
    return old ? old : type_own(vm, type_of(vm, self), str_intern_text(vm, "MISSING", 7));
}

static bool var_reset(VM *vm, ContextVar *var, Token *t)
{
    if (t->used)
        return raise_runtime(vm, "%R has already been used once", from_object(t)), false;
    if (t->var != var)
        return raise_value(vm, "%R was created by a different ContextVar", from_object(t)), false;
    Context *c = context_current(vm);
    if (c && c != t->context)
        return raise_value(vm, "%R was created in a different Context", from_object(t)), false;
    Dict *d = c ? context_own(vm, c) : NULL;
    if (!d)
        return false;
    t->used = true;
    if (t->old)
        return dict_set(vm, d, from_object(var), t->old);
    int found = dict_delete(vm, d, from_object(var), NULL);
    return found > 0 || (found == 0 && (raise_exc(vm, EXC_LookupError, "%R", from_object(var)), false));
}

static Value enter_method(VM *vm, Value *args, int nargs) { return (void)vm, (void)nargs, args[0]; }

static Value exit_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Token *t = token_of(args[0]);
    return var_reset(vm, t->var, t) ? VALUE_NONE : VALUE_EMPTY;
}

static const NativeDef token_methods[] = {
    {"__enter__(self, /)", enter_method, "Enter into Token context manager.", NATIVE_RAW, 1, 1},
    {"__exit__(self, type, value, traceback, /)", exit_method,
     "Exit from Token context manager, restore the linked ContextVar.",
     NATIVE_RAW, 4, 4},
    CLASS_GETITEM_METHOD,
    {0},
};

static const GetSetDef token_getsets[] = {{"var", token_var, NULL, NULL}, {"old_value", token_old_value, NULL, NULL},
    {0}};

// Equal to itself alone, and without a hash.
static Value token_compare(VM *vm, Value self, Value other, CompareOp op)
{
    (void)vm;
    if ((op != COMPARE_EQ && op != COMPARE_NE) || self != other)
        return VALUE_NOT_IMPLEMENTED;
    return from_bool(op == COMPARE_EQ);
}

static const TypeOps token_ops = {
    .mark = token_mark,
    .repr = token_repr,
    .compare = token_compare,
    .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE),
};

static const TypeDef token_def = {
    .name = "_contextvars.Token", .kind = KIND_OTHER, .size = sizeof(Token), .ops = &token_ops,
    .methods = token_methods,
    .getsets = token_getsets, .make = {"Token(cls, /, *args, **kwargs)", token_make, NULL, 0, 0, 0},
    .flags = TYPE_NO_DICT,
};

static Value missing_repr(VM *vm, Value self) { return (void)self, from_object(str_from(vm, "<Token.MISSING>")); }

static const TypeOps missing_ops = {.repr = missing_repr};
static const TypeDef missing_def = {
    .name = "Token.MISSING", .kind = KIND_OTHER, .size = sizeof(Object), .ops = &missing_ops,
    .flags = TYPE_NO_NEW | TYPE_NO_DICT,
};

// ---------------------------------------------------------------- ContextVar

static void var_mark(Gc *gc, Object *o)
{
    gc_mark_object(gc, (Object *)((ContextVar *)o)->name);
    gc_mark(gc, ((ContextVar *)o)->fallback);
}

static Value var_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[1]))
        return raise_type(vm, "context variable name must be a str");
    ContextVar *var = type_alloc(vm, as_type(args[0]), 0);
    if (!var)
        return VALUE_EMPTY;
    var->name = as_str(args[1]);
    var->fallback = args[2];
    gc_barrier(vm, var);
    return from_object(var);
}

static Value var_repr(VM *vm, Value self)
{
    ContextVar *var = var_of(self);
    if (!var->fallback)
        return from_object(str_format(vm, "<ContextVar name=%R at 0x%zx>", from_object(var->name), (size_t)self));
    if (!vm_enter(vm, " while getting the repr of an object"))
        return VALUE_EMPTY;
    Str *text = str_format(vm, "<ContextVar name=%R default=%R at 0x%zx>", from_object(var->name), var->fallback,
        (size_t)self);
    vm_leave(vm);
    return from_object(text);
}

static Value var_get(VM *vm, Value *args, int nargs)
{
    ContextVar *var = var_of(args[0]);
    Value v = vm->context ? context_lookup(vm, context_of(vm->context), var) : VALUE_EMPTY;
    if (v || vm->error)
        return v;
    if (nargs > 1)
        return args[1];
    return var->fallback ? var->fallback : raise_args(vm, EXC_LookupError, 1, args);
}

static Value var_set(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Context *c = context_current(vm);
    Token *t = c ? type_new_of(vm, &token_def) : NULL;
    Dict *d = t ? context_own(vm, c) : NULL;
    if (!d)
        return VALUE_EMPTY;
    t->context = c;
    t->var = var_of(args[0]);
    t->old = context_lookup(vm, c, t->var);
    gc_barrier(vm, t);
    return dict_set(vm, d, args[0], args[1]) ? from_object(t) : VALUE_EMPTY;
}

static Value reset_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_type_def(vm, args[1], &token_def))
        return raise_type(vm, "expected an instance of Token, got %R", args[1]);
    return var_reset(vm, var_of(args[0]), token_of(args[1])) ? VALUE_NONE : VALUE_EMPTY;
}

static Value var_name(VM *vm, Value self) { return (void)vm, from_object(var_of(self)->name); }

static const NativeDef var_methods[] = {
    {"get(self, default=<unset>, /)", var_get, "Return a value for the context variable for the current context.",
     NATIVE_RAW, 1, 2},
    {"set(self, value, /)", var_set,
     "Set a new value of the variable in the current context and return a Token that restores the old one.",
     NATIVE_RAW, 2, 2},
    {"reset(self, token, /)", reset_method,
     "Restore the value that the variable had before the set that made the token.",
     NATIVE_RAW, 2, 2},
    CLASS_GETITEM_METHOD,
    {0},
};

static const GetSetDef var_getsets[] = {{"name", var_name, readonly_attribute, NULL}, {0}};
static const TypeOps var_ops = {.mark = var_mark, .repr = var_repr};

static const TypeDef context_var_def = {
    .name = "_contextvars.ContextVar", .kind = KIND_OTHER, .size = sizeof(ContextVar), .ops = &var_ops,
    .methods = var_methods,
    .getsets = var_getsets, .make = {"ContextVar(cls, name, /, *, default=<unset>)", var_make, NULL, 0, 0, 0},
    .flags = TYPE_NO_DICT,
};

// ---------------------------------------------------------------- the module

static Value copy_context(VM *vm, Value *args, int nargs)
{
    (void)args;
    (void)nargs;
    Context *c = context_current(vm);
    return c ? from_object(context_share(vm, c)) : VALUE_EMPTY;
}

static const NativeDef functions[] = {
    {"copy_context()", copy_context, "Return a copy of the current context.", NATIVE_RAW, 0, 0},
    {0},
};

static const TypeDef *const types[] = {&context_def, &context_var_def, &token_def, NULL};

static bool contextvars_init(VM *vm, Module *module)
{
    (void)module;
    Type *token = type_of_def(vm, &token_def);
    if (!type_of_def(vm, &missing_def) && !type_register(vm, &missing_def, NULL))
        return false;
    Object *missing = type_new_of(vm, &missing_def);
    return missing && type_dict(vm, token) && dict_set_text(vm, token->dict, "MISSING", from_object(missing));
}

const ModuleDef _contextvars_module = {
    .name = "_contextvars", .doc = "Context Variables", .functions = functions, .types = types,
    .init = contextvars_init,
};
