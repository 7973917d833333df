// SPDX-License-Identifier: MIT
//
// Functions, code objects, cells, bound methods.

#include "function.h"

#include "generator.h"
#include "vm/compile/positions.h"
#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/container.h"

// ---------------------------------------------------------------- code

static void code_mark(Gc *gc, Object *o)
{
    Code *c = (Code *)o;
    gc_mark_buffer(gc, c->instrs);
    gc_mark_buffer(gc, c->pool);
    gc_mark_buffer(gc, c->varnames);
    gc_mark_buffer(gc, c->cellnames);
    gc_mark_buffer(gc, c->freenames);
    gc_mark_buffer(gc, c->captures);
    gc_mark_buffer(gc, c->handlers);
    gc_mark_buffer(gc, c->inlined);
    gc_mark_buffer(gc, c->positions);
    if (c->constants)
        gc_mark_range(gc, c->constants, c->constant_count);
    for (uint32_t i = 0; i < c->cache_count; i++)
        gc_mark_object(gc, (Object *)c->pool[i].name);
    for (uint32_t i = c->name_cache_count; i < c->cache_count; i++) {
        gc_mark_object(gc, (Object *)c->pool[i].shape);
        gc_mark(gc, c->pool[i].value);
    }
    gc_mark_object(gc, (Object *)c->globals);
    if (c->varnames)
        gc_mark_range(gc, c->varnames, c->nlocals);
    if (c->cellnames)
        gc_mark_range(gc, c->cellnames, c->ncells);
    if (c->freenames)
        gc_mark_range(gc, c->freenames, c->nfree);
    for (uint32_t i = 0; c->inlined && i < c->inlined_count; i++) {
        gc_mark_object(gc, (Object *)c->inlined[i].name);
        gc_mark_object(gc, (Object *)c->inlined[i].qualname);
    }
    gc_mark_object(gc, (Object *)c->name);
    gc_mark_object(gc, (Object *)c->qualname);
    gc_mark_object(gc, (Object *)c->filename);
    gc_mark(gc, c->source_lines);
}

Code *code_new(VM *vm)
{
    Code *c = gc_new(vm, vm->types[KIND_CODE]->root, sizeof *c);
    if (!c)
        return NULL;
    c->handled_reg = c->ns_reg = NO_REG;
    c->simple_params = c->simple_await = NOT_SIMPLE;
    c->next_code = vm->codes;
    vm->codes = c;
    return c;
}

static Code *as_code(Value v) { return (Code *)as_object(v); }

static Value code_repr(VM *vm, Value self)
{
    Code *c = as_code(self);
    Str *s = str_format(vm, "<code object %U at 0x%zx, file \"%U\", line %d>", c->name, (size_t)self, c->filename,
                        (int)c->first_line);
    return s ? from_object(s) : VALUE_EMPTY;
}

#define CODE_GET(name, expr) \
    static Value name(VM *vm, Value self) \
    { \
        Code *c = as_code(self); \
        (void)vm; \
        return expr; \
    }
CODE_GET(co_name, from_object(c->name))
CODE_GET(co_qualname, from_object(c->qualname))
CODE_GET(co_filename, from_object(c->filename))
CODE_GET(co_firstlineno, from_small(c->first_line))
CODE_GET(co_argcount, from_small(c->nparams))
CODE_GET(co_posonlyargcount, from_small(c->nposonly))
CODE_GET(co_kwonlyargcount, from_small(c->nkwonly))
CODE_GET(co_nlocals, from_small(c->nlocals))
CODE_GET(co_stacksize, from_small(c->nregs))
CODE_GET(co_varnames, tuple_from(vm, c->varnames, c->nlocals))
CODE_GET(co_cellvars, tuple_from(vm, c->cellnames, c->ncells))
CODE_GET(co_freevars, tuple_from(vm, c->freenames, c->nfree))
CODE_GET(co_consts, tuple_from(vm, c->constants, c->constant_count))

static Value co_flags(VM *vm, Value self)
{
    uint32_t f = as_code(self)->flags, out = 0;
    (void)vm;
    out |= f & (CODE_CLASS | CODE_MODULE | CODE_NAMESPACE) ? 0 : 3; // optimized, new locals
    out |= f & CODE_VARARGS ? 4 : 0;
    out |= f & CODE_VARKW ? 8 : 0;
    out |= f & CODE_NESTED ? 16 : 0;
    out |= f & CODE_GENERATOR ? 32 : 0;
    out |= f & CODE_COROUTINE ? 128 : 0;
    out |= f & CODE_ITERABLE_COROUTINE ? 256 : 0;
    out |= f & CODE_ASYNC_GENERATOR ? 512 : 0;
    return from_small(out);
}

static Value co_names(VM *vm, Value self)
{
    Code *c = as_code(self);
    Dict *seen = dict_new(vm, c->cache_count);
    for (uint32_t i = 0; seen && i < c->cache_count; i++)
        if (code_cache(c, i)->name && !dict_set_str(vm, seen, code_cache(c, i)->name, VALUE_NONE))
            return VALUE_EMPTY;
    return seen ? tuple_from_iterable(vm, from_object(seen)) : VALUE_EMPTY;
}

static Value number_or_none(int32_t n) { return n < 0 ? VALUE_NONE : from_small(n); }

static Value co_positions(VM *vm, Value *a, int n)
{
    (void)n;
    Code *c = as_code(a[0]);
    List *list = list_new(vm, c->instr_count);
    for (uint32_t i = 0; list && i < c->instr_count; i++) {
        Position p = code_position(c, i);
        Value t = tuple_pack(vm, 4, number_or_none(p.line), number_or_none(p.end_line), number_or_none(p.column),
                             number_or_none(p.end_column));
        if (!t || !list_append(vm, list, t))
            return VALUE_EMPTY;
    }
    return list ? object_iter(vm, from_object(list)) : VALUE_EMPTY;
}

static Value code_compare(VM *vm, Value a, Value b, CompareOp op)
{
    (void)vm;
    if (op == COMPARE_EQ || op == COMPARE_NE)
        return from_bool((a == b) == (op == COMPARE_EQ));
    return VALUE_NOT_IMPLEMENTED;
}

static bool identity_hash(VM *vm, Value v, int64_t *out)
{
    (void)vm;
    *out = (int64_t)(v >> 4 | v << 60);
    return true;
}

static const TypeOps code_ops = {.mark = code_mark,
                                 .repr = code_repr,
                                 .compare = code_compare,
                                 .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE),
                                 .hash = identity_hash};
static const NativeDef code_methods[] = {
    {"co_positions(self, /)", co_positions, "Source positions of the instructions.", 0, 0, 0}, {0}};
static const GetSetDef code_getsets[] = {
    {"co_name", co_name, readonly_attribute, NULL}, {"co_qualname", co_qualname, readonly_attribute, NULL}, {"co_filename", co_filename, readonly_attribute, NULL},
    {"co_firstlineno", co_firstlineno, readonly_attribute, NULL}, {"co_argcount", co_argcount, readonly_attribute, NULL},
    {"co_posonlyargcount", co_posonlyargcount, readonly_attribute, NULL}, {"co_kwonlyargcount", co_kwonlyargcount, readonly_attribute, NULL},
    {"co_nlocals", co_nlocals, NULL, NULL}, {"co_stacksize", co_stacksize, readonly_attribute, NULL}, {"co_varnames", co_varnames, NULL, NULL},
    {"co_cellvars", co_cellvars, NULL, NULL}, {"co_freevars", co_freevars, NULL, NULL}, {"co_consts", co_consts, readonly_attribute, NULL},
    {"co_flags", co_flags, readonly_attribute, NULL}, {"co_names", co_names, readonly_attribute, NULL}, {0},
};
const TypeDef code_def = {.name = "code",
                          .kind = KIND_CODE,
                          .size = sizeof(Code),
                          .ops = &code_ops,
                          .methods = code_methods,
                          .getsets = code_getsets};

// ---------------------------------------------------------------- cells

static void cell_mark(Gc *gc, Object *o) { gc_mark(gc, ((Cell *)o)->value); }

Value cell_new(VM *vm, Value value)
{
    Cell *c = gc_new(vm, vm->types[KIND_CELL]->root, sizeof *c);
    if (!c)
        return VALUE_EMPTY;
    c->value = value;
    return from_object(c);
}

static Value cell_make(VM *vm, Value *a, int n) { return (void)n, cell_new(vm, a[1]); }
static Value cell_contents(VM *vm, Value self)
{
    Value v = ((Cell *)as_object(self))->value;
    return v ? v : raise_value(vm, "Cell is empty");
}
static bool cell_set_contents(VM *vm, Value self, Value v)
{
    ((Cell *)as_object(self))->value = v;
    gc_barrier(vm, as_object(self));
    return true;
}
static Value cell_repr(VM *vm, Value self)
{
    Value v = ((Cell *)as_object(self))->value;
    Str *s = v ? str_format(vm, "<cell at 0x%zx: %T object at 0x%zx>", (size_t)self, v, (size_t)v)
               : str_format(vm, "<cell at 0x%zx: empty>", (size_t)self);
    return s ? from_object(s) : VALUE_EMPTY;
}

static const TypeOps cell_ops = {.mark = cell_mark, .repr = cell_repr};
static const GetSetDef cell_getsets[] = {{"cell_contents", cell_contents, cell_set_contents, NULL}, {0}};
const TypeDef cell_def = {.name = "cell",
                          .kind = KIND_CELL,
                          .size = sizeof(Cell),
                          .ops = &cell_ops,
                          .getsets = cell_getsets,
                          .make = {"cell(cls, contents=<unset>, /)", cell_make, NULL, 0, 0, 0}};

// ---------------------------------------------------------------- functions

static void function_mark(Gc *gc, Object *o)
{
    Function *f = (Function *)o;
    gc_mark_object(gc, (Object *)f->code);
    gc_mark_object(gc, (Object *)f->globals);
    gc_mark_object(gc, (Object *)f->builtins);
    if (f->closure) {
        gc_mark_buffer(gc, f->closure);
        gc_mark_range(gc, f->closure, f->code->nfree);
    }
    gc_mark(gc, f->defaults);
    gc_mark(gc, f->kwdefaults);
    gc_mark_object(gc, (Object *)f->name);
    gc_mark_object(gc, (Object *)f->qualname);
    gc_mark(gc, f->doc);
    gc_mark(gc, f->module);
    gc_mark(gc, f->annotations);
    gc_mark(gc, f->attributes);
}

// Sites of global names cache addresses: of one namespace, whose table tells when it moves.
static void bind_globals(VM *vm, Code *code, Dict *globals, Dict *builtins)
{
    if (likely(code->globals == globals && builtins == vm->builtins) || code->flags & CODE_MANY_GLOBALS)
        return;
    if (!code->globals && builtins == vm->builtins) {
        code->globals = globals;
        globals->watched = builtins->watched = true;
        gc_barrier(vm, code);
        return;
    }
    code->globals = NULL;
    code->flags |= CODE_MANY_GLOBALS;
    globals_changed(vm);
}

Function *function_new(VM *vm, Code *code, Dict *globals)
{
    Function *f = gc_new(vm, vm->types[KIND_FUNCTION]->root, sizeof *f);
    if (!f)
        return NULL;
    f->code = code;
    f->globals = globals;
    f->name = code->name;
    f->qualname = code->qualname;
    f->builtins = vm->builtins;
    if (globals != vm->builtins) {
        Value b = dict_get_str(vm, globals, NAME_OF(vm, __builtins__));
        if (b && is_module(b))
            f->builtins = as_module(b)->dict;
        else if (b && is_dict(b))
            f->builtins = as_dict(b);
    }
    bind_globals(vm, code, globals, f->builtins);
    return f;
}

static Value function_repr(VM *vm, Value self)
{
    Str *s = str_format(vm, "<function %U at 0x%zx>", as_function(self)->qualname, (size_t)self);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value function_bind(VM *vm, Value self, Value instance, Type *owner)
{
    (void)owner;
    return instance ? bound_method_new(vm, self, instance) : self;
}

static Value or_none(Value v) { return v ? v : VALUE_NONE; }

static Value f_code(VM *vm, Value s) { return (void)vm, from_object(as_function(s)->code); }
static Value f_globals(VM *vm, Value s) { return (void)vm, from_object(as_function(s)->globals); }
static Value f_defaults(VM *vm, Value s) { return (void)vm, or_none(as_function(s)->defaults); }
static Value f_kwdefaults(VM *vm, Value s) { return (void)vm, or_none(as_function(s)->kwdefaults); }
static Value f_name(VM *vm, Value s) { return (void)vm, from_object(as_function(s)->name); }
static Value f_qualname(VM *vm, Value s) { return (void)vm, from_object(as_function(s)->qualname); }
static Value f_builtins(VM *vm, Value s) { return (void)vm, from_object(as_function(s)->builtins); }

static Value f_closure(VM *vm, Value s)
{
    Function *f = as_function(s);
    return f->closure ? tuple_from(vm, f->closure, f->code->nfree) : VALUE_NONE;
}

static Value f_doc(VM *vm, Value s)
{
    (void)vm;
    Function *f = as_function(s);
    if (f->doc)
        return f->doc;
    return f->code->flags & CODE_DOCSTRING ? f->code->constants[0] : VALUE_NONE;
}

static Value f_module(VM *vm, Value s)
{
    Function *f = as_function(s);
    if (f->module)
        return f->module;
    return or_none(dict_get_str(vm, f->globals, NAME_OF(vm, __name__)));
}

static Value f_annotations(VM *vm, Value s)
{
    Function *f = as_function(s);
    if (!f->annotations) {
        Dict *d = dict_new(vm, 0);
        if (!d)
            return VALUE_EMPTY;
        f->annotations = from_object(d);
        gc_barrier(vm, f);
    }
    return f->annotations;
}

static bool store(VM *vm, Value s, Value *field, Value v)
{
    *field = v;
    gc_barrier(vm, as_object(s));
    return true;
}

static bool set_f_doc(VM *vm, Value s, Value v) { return store(vm, s, &as_function(s)->doc, or_none(v)); }
static bool set_f_module(VM *vm, Value s, Value v) { return store(vm, s, &as_function(s)->module, or_none(v)); }

static bool set_f_name(VM *vm, Value s, Value v)
{
    if (!v || !is_str(v))
        return (raise_type(vm, "__name__ must be set to a string object"), false);
    return store(vm, s, (Value *)&as_function(s)->name, v);
}

static bool set_f_qualname(VM *vm, Value s, Value v)
{
    if (!v || !is_str(v))
        return (raise_type(vm, "__qualname__ must be set to a string object"), false);
    return store(vm, s, (Value *)&as_function(s)->qualname, v);
}

static bool set_f_defaults(VM *vm, Value s, Value v)
{
    if (v && !is_none(v) && !is_tuple(v))
        return (raise_type(vm, "__defaults__ must be set to a tuple object"), false);
    return store(vm, s, &as_function(s)->defaults, v && !is_none(v) ? v : VALUE_EMPTY);
}

static bool set_f_kwdefaults(VM *vm, Value s, Value v)
{
    if (v && !is_none(v) && !is_dict(v))
        return (raise_type(vm, "__kwdefaults__ must be set to a dict object"), false);
    return store(vm, s, &as_function(s)->kwdefaults, v && !is_none(v) ? v : VALUE_EMPTY);
}

static bool set_f_annotations(VM *vm, Value s, Value v)
{
    if (v && !is_none(v) && !is_dict(v))
        return (raise_type(vm, "__annotations__ must be set to a dict object"), false);
    return store(vm, s, &as_function(s)->annotations, v && !is_none(v) ? v : VALUE_EMPTY);
}

static bool set_f_code(VM *vm, Value s, Value v)
{
    if (!v || !has_kind(v, KIND_CODE))
        return (raise_type(vm, "__code__ must be set to a code object"), false);
    Function *f = as_function(s);
    if (as_code(v)->nfree != f->code->nfree)
        return (raise_value(vm, "%U() requires a code object with %d free vars, not %d", f->name, f->code->nfree,
                            as_code(v)->nfree),
                false);
    return store(vm, s, (Value *)&f->code, v);
}

static Value function_make(VM *vm, Value *a, int n)
{
    (void)n;
    if (!has_kind(a[1], KIND_CODE))
        return raise_type(vm, "function() argument 'code' must be code, not %T", a[1]);
    if (!is_dict(a[2]))
        return raise_type(vm, "function() argument 'globals' must be dict, not %T", a[2]);
    Function *f = function_new(vm, as_code(a[1]), as_dict(a[2]));
    if (!f)
        return VALUE_EMPTY;
    if (is_str(a[3]))
        f->name = as_str(a[3]);
    if (is_tuple(a[4]))
        f->defaults = a[4];
    if (f->code->nfree) {
        if (!is_tuple(a[5]) || as_tuple(a[5])->count != f->code->nfree)
            return raise_type(vm, "arg 5 (closure) must be tuple");
        f->closure = gc_buffer(vm, f->code->nfree * sizeof(Value));
        if (!f->closure)
            return VALUE_EMPTY;
        memcpy(f->closure, as_tuple(a[5])->items, f->code->nfree * sizeof(Value));
    }
    return from_object(f);
}

static Value dict_getset_get(VM *vm, Value self)
{
    Dict *d = object_dict(vm, self);
    return d ? from_object(d) : VALUE_EMPTY;
}

static bool dict_getset_set(VM *vm, Value self, Value v)
{
    if (!v)
        return (raise_type(vm, "cannot delete __dict__"), false);
    if (!is_dict(v))
        return (raise_type(vm, "__dict__ must be set to a dictionary, not a '%T'", v), false);
    return object_set_dict(vm, self, as_dict(v));
}

static const TypeOps function_ops = {.mark = function_mark, .repr = function_repr, .descr_get = function_bind};
static const GetSetDef function_getsets[] = {
    {"__code__", f_code, set_f_code, NULL}, {"__globals__", f_globals, readonly_attribute, NULL}, {"__defaults__", f_defaults, set_f_defaults, NULL},
    {"__kwdefaults__", f_kwdefaults, set_f_kwdefaults, NULL}, {"__name__", f_name, set_f_name, NULL},
    {"__qualname__", f_qualname, set_f_qualname, NULL}, {"__builtins__", f_builtins, readonly_attribute, NULL}, {"__closure__", f_closure, readonly_attribute, NULL},
    {"__doc__", f_doc, set_f_doc, NULL}, {"__module__", f_module, set_f_module, NULL},
    {"__annotations__", f_annotations, set_f_annotations, NULL}, {"__dict__", dict_getset_get, dict_getset_set, NULL}, {0},
};

static Value function_call_method(VM *vm, Value *a, int n)
{
    (void)n;
    return object_call_ex(vm, a[0], a[1], a[2]);
}
static const NativeDef function_methods[] = {
    {"__call__(self, /, *args, **kwargs)", function_call_method, "Call self as a function.", 0, 0, 0}, {0}};
const TypeDef function_def = {
    .name = "function",
    .kind = KIND_FUNCTION,
    .size = sizeof(Function),
    .ops = &function_ops,
    .methods = function_methods,
    .getsets = function_getsets,
    .make = {"function(cls, code, globals, name=None, argdefs=None, closure=None)", function_make, NULL, 0, 0, 0},
    .flags = TYPE_EXTRA,
};

// ---------------------------------------------------------------- bound methods

static void method_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((BoundMethod *)o)->function);
    gc_mark(gc, ((BoundMethod *)o)->self);
}

Value bound_method_new(VM *vm, Value function, Value self)
{
    BoundMethod *m = gc_new(vm, vm->types[KIND_BOUND_METHOD]->root, sizeof *m);
    if (!m)
        return VALUE_EMPTY;
    m->function = function;
    m->self = self;
    return from_object(m);
}

static Value method_make(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_callable(vm, a[1]))
        return raise_type(vm, "first argument must be callable");
    if (is_none(a[2]))
        return raise_type(vm, "self must not be None");
    return bound_method_new(vm, a[1], a[2]);
}

static Value method_repr(VM *vm, Value self)
{
    BoundMethod *m = (BoundMethod *)as_object(self);
    Value name = object_getattr_opt(vm, m->function, NAME_OF(vm, __qualname__));
    if (!name && !vm->error)
        name = object_getattr_opt(vm, m->function, NAME_OF(vm, __name__));
    if (vm->error)
        return VALUE_EMPTY;
    Str *s = str_format(vm, "<bound method %s of %R>", name && is_str(name) ? as_str(name)->data : "?", m->self);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value method_getattr(VM *vm, Value self, Str *name)
{
    Value a = type_lookup(vm, type_of(vm, self), name);
    if (a)
        return descriptor_bind(vm, a, self, type_of(vm, self));
    return object_getattr(vm, ((BoundMethod *)as_object(self))->function, name);
}

static Value method_compare(VM *vm, Value a, Value b, CompareOp op)
{
    (void)vm;
    if (!has_kind(b, KIND_BOUND_METHOD) || (op != COMPARE_EQ && op != COMPARE_NE))
        return VALUE_NOT_IMPLEMENTED;
    BoundMethod *x = (BoundMethod *)as_object(a), *y = (BoundMethod *)as_object(b);
    bool same = x->self == y->self && x->function == y->function;
    return from_bool(same == (op == COMPARE_EQ));
}

static bool method_hash(VM *vm, Value v, int64_t *out)
{
    BoundMethod *m = (BoundMethod *)as_object(v);
    (void)vm;
    *out = (int64_t)((m->self >> 4) * 31 + (m->function >> 4));
    if (*out == -1)
        *out = -2;
    return true;
}

static Value m_self(VM *vm, Value s) { return (void)vm, ((BoundMethod *)as_object(s))->self; }
static Value m_func(VM *vm, Value s) { return (void)vm, ((BoundMethod *)as_object(s))->function; }
static Value m_doc(VM *vm, Value s)
{
    return object_getattr(vm, ((BoundMethod *)as_object(s))->function, NAME_OF(vm, __doc__));
}

static const TypeOps method_ops = {
    .mark = method_mark, .repr = method_repr, .getattr = method_getattr, .compare = method_compare,
    .compare_mask = BIT(COMPARE_EQ) | BIT(COMPARE_NE), .hash = method_hash,
};
static const GetSetDef method_getsets[] = {{"__self__", m_self, readonly_attribute, NULL},
                                           {"__func__", m_func, readonly_attribute, NULL},
                                           {"__doc__", m_doc, NULL, NULL},
                                           {0}};
const TypeDef method_def = {.name = "method",
                            .kind = KIND_BOUND_METHOD,
                            .size = sizeof(BoundMethod),
                            .ops = &method_ops,
                            .methods = function_methods,
                            .getsets = method_getsets,
                            .make = {"method(cls, function, instance, /)", method_make, NULL, 0, 0, 0}};
