// SPDX-License-Identifier: MIT
//
// Exceptions: the object, its attributes common to all classes, and the tree. What single classes add is in
// exception_fields.c, groups are in exception_group.c.

#include "exception.h"

#include "exception_internal.h"
#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/types/registry.h"

void exception_mark(Gc *gc, Object *o)
{
    Exception *e = (Exception *)o;
    gc_mark(gc, e->args);
    gc_mark(gc, e->traceback);
    gc_mark(gc, e->context);
    gc_mark(gc, e->cause);
    gc_mark(gc, e->attributes);
    if (e->fields) {
        gc_mark_buffer(gc, e->fields);
        gc_mark_range(gc, e->fields, EXCEPTION_FIELDS);
    }
}

Value exception_get_field(Value exception, int field)
{
    Exception *e = as_exception(exception);
    return e->fields ? e->fields[field] : VALUE_EMPTY;
}

bool exception_set_field(VM *vm, Value exception, int field, Value v)
{
    Exception *e = as_exception(exception);
    if (!e->fields && !(e->fields = gc_buffer(vm, EXCEPTION_FIELDS * sizeof(Value))))
        return false;
    e->fields[field] = v;
    gc_barrier(vm, e);
    return true;
}

// The class as called from C: the class's own constructor, without keywords.
Value exception_new(VM *vm, Type *type, const Value *args, int64_t count)
{
    Exception *e = type_alloc(vm, type, 0);
    if (!e)
        return VALUE_EMPTY;
    e->args = count ? tuple_from(vm, args, count) : vm->empty_tuple;
    if (!e->args || !exception_fill_fields(vm, from_object(e)))
        return VALUE_EMPTY;
    return from_object(e);
}

// An OSError class with its own __init__ but not __new__ gets its fields from OSError.__init__, if that is called at
// all.
static bool os_error_init_fills(VM *vm, const Type *cls)
{
    return type_overrides(cls, SPECIAL___init__) && !type_overrides(cls, SPECIAL___new__) &&
           type_is_subtype((Type *)cls, vm->exc[EXC_OSError]);
}

Value exception_make(VM *vm, Value *a, int n)
{
    (void)n;
    Type *cls = as_type(a[0]);
    if (type_is_subtype(cls, vm->exc[EXC_BaseExceptionGroup]))
        return exception_group_make(vm, cls, as_tuple(a[1]), a[2]);
    if (a[2] && as_dict(a[2])->count && cls == vm->exc[EXC_OSError])
        return raise_type(vm, "OSError() takes no keyword arguments");
    if (type_is_subtype(cls, vm->exc[EXC_OSError]) && !type_overrides(cls, SPECIAL___init__))
        cls = os_error_class(vm, cls, as_tuple(a[1]));
    Exception *e = type_alloc(vm, cls, 0);
    if (!e)
        return VALUE_EMPTY;
    e->args = a[1];
    Value v = from_object(e);
    if (os_error_init_fills(vm, cls)) {
        e->args = vm->empty_tuple;
        return v;
    }
    if (type_overrides(cls, SPECIAL___init__))
        return exception_fill_fields(vm, v) ? v : VALUE_EMPTY;
    if (!exception_fill_fields(vm, v) || !exception_take_keywords(vm, v, a[2]))
        return VALUE_EMPTY;
    return v;
}

static Value exception_init(VM *vm, Value *a, int n)
{
    (void)n;
    if (type_is_subtype(type_of(vm, a[0]), vm->exc[EXC_BaseExceptionGroup]))
        return VALUE_NONE;
    if (type_is_subtype(type_of(vm, a[0]), vm->exc[EXC_OSError]) && !os_error_init_fills(vm, type_of(vm, a[0])))
        return VALUE_NONE; // __new__ has done it
    as_exception(a[0])->args = a[1];
    gc_barrier(vm, as_object(a[0]));
    return exception_fill_fields(vm, a[0]) && exception_take_keywords(vm, a[0], a[2]) ? VALUE_NONE : VALUE_EMPTY;
}

// ---------------------------------------------------------------- text

static Value exception_str(VM *vm, Value self)
{
    Str *s = exception_text(vm, self);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value exception_repr(VM *vm, Value self)
{
    Exception *e = as_exception(self);
    Str *s;
    if (type_is_subtype(type_of(vm, self), vm->exc[EXC_BaseExceptionGroup]))
        s = str_format(vm, "%T(%R, %R)", self, exception_get_field(self, FIELD_MESSAGE),
                       as_tuple(e->args)->count > 1 ? as_tuple(e->args)->items[1] : e->args);
    else if (as_tuple(e->args)->count == 1)
        s = str_format(vm, "%T(%R)", self, as_tuple(e->args)->items[0]);
    else
        s = str_format(vm, "%T%R", self, e->args);
    return s ? from_object(s) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- attributes

static Value or_none(Value v) { return v ? v : VALUE_NONE; }
static Value e_args(VM *vm, Value s) { return (void)vm, as_exception(s)->args; }
static bool e_set_args(VM *vm, Value s, Value v)
{
    if (!v)
        return (raise_type(vm, "args may not be deleted"), false);
    Value t = tuple_from_iterable(vm, v);
    if (!t)
        return false;
    as_exception(s)->args = t;
    gc_barrier(vm, as_object(s));
    return true;
}
static Value e_traceback(VM *vm, Value s) { return (void)vm, or_none(as_exception(s)->traceback); }
static bool e_set_traceback(VM *vm, Value s, Value v)
{
    if (!v)
        return (raise_type(vm, "__traceback__ may not be deleted"), false);
    if (!is_none(v) && !has_kind(v, KIND_TRACEBACK))
        return (raise_type(vm, "__traceback__ must be a traceback or None"), false);
    as_exception(s)->traceback = is_none(v) ? VALUE_EMPTY : v;
    gc_barrier(vm, as_object(s));
    return true;
}
static Value e_context(VM *vm, Value s) { return (void)vm, or_none(as_exception(s)->context); }
static Value e_cause(VM *vm, Value s) { return (void)vm, or_none(as_exception(s)->cause); }

static bool set_link(VM *vm, Value s, Value v, Value *field, const char *what)
{
    if (!v)
        return (raise_type(vm, "%s may not be deleted", what), false);
    if (!is_none(v) && !is_exception(v))
        return (raise_type(vm, "exception %s must be None or derive from BaseException",
                           what[2] == 'c' && what[3] == 'a' ? "cause" : "context"),
                false);
    *field = is_none(v) ? VALUE_EMPTY : v;
    gc_barrier(vm, as_object(s));
    return true;
}
static bool e_set_context(VM *vm, Value s, Value v)
{
    return set_link(vm, s, v, &as_exception(s)->context, "__context__");
}
static bool e_set_cause(VM *vm, Value s, Value v)
{
    if (!set_link(vm, s, v, &as_exception(s)->cause, "__cause__"))
        return false;
    as_exception(s)->suppress_context = true;
    return true;
}
static Value e_suppress(VM *vm, Value s) { return (void)vm, from_bool(as_exception(s)->suppress_context); }
static bool e_set_suppress(VM *vm, Value s, Value v)
{
    if (!v || !is_bool(v))
        return (raise_type(vm, "attribute value type must be bool"), false);
    as_exception(s)->suppress_context = v == VALUE_TRUE;
    return true;
}
static Value e_dict(VM *vm, Value s)
{
    Dict *d = object_dict(vm, s);
    return d ? from_object(d) : VALUE_EMPTY;
}
static bool e_set_dict(VM *vm, Value s, Value v)
{
    if (!v || !is_dict(v))
        return (raise_type(vm, "__dict__ must be set to a dictionary, not a '%T'", v ? v : VALUE_NONE), false);
    return object_set_dict(vm, s, as_dict(v));
}

static Value e_with_traceback(VM *vm, Value *a, int n)
{
    return (void)n, e_set_traceback(vm, a[0], a[1]) ? a[0] : VALUE_EMPTY;
}

static Value e_add_note(VM *vm, Value *a, int n)
{
    (void)n;
    if (!is_str(a[1]))
        return raise_type(vm, "note must be a str, not '%T'", a[1]);
    Value notes = object_getattr_opt(vm, a[0], NAME_OF(vm, __notes__));
    if (!notes) {
        List *l = vm->error ? NULL : list_new(vm, 1);
        if (!l || !object_setattr(vm, a[0], NAME_OF(vm, __notes__), from_object(l)))
            return VALUE_EMPTY;
        notes = from_object(l);
    }
    if (!is_list(notes))
        return raise_type(vm, "Cannot add note: __notes__ is not a list");
    return list_append(vm, as_list(notes), a[1]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value e_setstate(VM *vm, Value *a, int n)
{
    (void)n;
    if (is_dict(a[1])) {
        uint32_t position = 0;
        Value key, value;
        while (dict_next(as_dict(a[1]), &position, &key, &value))
            if (!is_str(key) || !object_setattr(vm, a[0], as_str(key), value))
                return VALUE_EMPTY;
    }
    return VALUE_NONE;
}

static Value e_reduce(VM *vm, Value *a, int n)
{
    (void)n;
    Exception *e = as_exception(a[0]);
    Value cls = from_object(type_of(vm, a[0]));
    return e->attributes ? tuple_pack(vm, 3, cls, e->args, e->attributes) : tuple_pack(vm, 2, cls, e->args);
}

static const TypeOps exception_ops = {.mark = exception_mark, .repr = exception_repr, .str = exception_str};
static const NativeDef exception_methods[] = {
    {"__init__(self, /, *args, **kwargs)", exception_init, "Initialize self.", 0, 0, 0},
    {"with_traceback(self, tb, /)", e_with_traceback, "Set self.__traceback__ to tb and return self.", 0, 0, 0},
    {"add_note(self, note, /)", e_add_note, "Add a note to the exception.", 0, 0, 0},
    {"__setstate__(self, state, /)", e_setstate, NULL, 0, 0, 0},
    {"__reduce__(self, /)", e_reduce, NULL, 0, 0, 0},
    {0},
};
static const GetSetDef exception_getsets[] = {
    {"args", e_args, e_set_args, NULL}, {"__traceback__", e_traceback, e_set_traceback, NULL}, {"__context__", e_context, e_set_context, NULL},
    {"__cause__", e_cause, e_set_cause, NULL}, {"__suppress_context__", e_suppress, e_set_suppress, NULL}, {"__dict__", e_dict, e_set_dict, NULL}, {0},
};
const TypeDef exception_def = {
    .name = "BaseException",
    .kind = KIND_EXCEPTION,
    .size = sizeof(Exception),
    .ops = &exception_ops,
    .methods = exception_methods,
    .getsets = exception_getsets,
    .make = {"BaseException(cls, /, *args, **kwargs)", exception_make, NULL, 0, 0, 0},
    .doc = "Common base class for all exceptions",
    .flags = TYPE_BASE | TYPE_EXTRA,
};

// ---------------------------------------------------------------- matching

bool exception_matches(VM *vm, Value exception, Value classes, bool *out)
{
    int64_t count = is_tuple(classes) ? as_tuple(classes)->count : 1;
    const Value *items = is_tuple(classes) ? as_tuple(classes)->items : &classes;
    for (int64_t i = 0; i < count; i++)
        if (!is_type(items[i]) || !type_is_subtype(as_type(items[i]), vm->exc[EXC_BaseException]))
            return (raise_type(vm, "catching classes that do not inherit from BaseException is not allowed"), false);
    *out = false;
    for (int64_t i = 0; i < count && !*out; i++)
        *out = type_is_subtype(type_of(vm, exception), as_type(items[i]));
    return true;
}

// ---------------------------------------------------------------- the tree

static Type *make_class(VM *vm, const TypeDef *def, const char *text, Type *base)
{
    Str *name = str_intern_text(vm, text, strlen(text));
    Type *t = name ? type_alloc_bare(vm, vm->types[KIND_TYPE], name, base, def, &exception_ops, KIND_EXCEPTION) : NULL;
    if (!t)
        return NULL;
    t->flags = TYPE_BASE | TYPE_EXTRA | TYPE_IMMUTABLE;
    t->root = shape_new_root(vm, t, 0);
    return t;
}

bool exceptions_init(VM *vm)
{
    static const struct { const char *name; ExcId base; } tree[] = {
#define EXC(name, base) {#name, EXC_##base},
#include "vm/core/exceptions.def"
    };
    vm->exc[EXC_BaseException] = vm->types[KIND_EXCEPTION];
    for (int i = 1; i < EXC_COUNT; i++) {
        Type *t = make_class(vm, exception_class_def((ExcId)i), tree[i].name, vm->exc[tree[i].base]);
        if (!t || !t->root)
            return false;
        vm->exc[i] = t;
        if (i == EXC_ExceptionGroup) {
            Value bases =
                tuple_pack(vm, 2, from_object(vm->exc[EXC_BaseExceptionGroup]), from_object(vm->exc[EXC_Exception]));
            if (!bases)
                return false;
            t->bases = as_tuple(bases);
        }
        if (!type_ready(vm, t))
            return false;
    }
    return true;
}
