// SPDX-License-Identifier: MIT
//
// BaseExceptionGroup and ExceptionGroup, and the two operations of except*. Source: PEP 654.

#include "exception_internal.h"

#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/interp/cache.h"

static Tuple *members(Value group) { return as_tuple(exception_get_field(group, FIELD_EXCEPTIONS)); }
static bool is_group(VM *vm, Value v) { return type_is_subtype(type_of(vm, v), vm->exc[EXC_BaseExceptionGroup]); }

Value exception_group_make(VM *vm, Type *cls, Tuple *args, Value kwargs)
{
    if (kwargs && as_dict(kwargs)->count && !type_overrides(cls, SPECIAL___init__))
        return raise_type(vm, "%U() takes no keyword arguments", cls->name);
    if (args->count != 2)
        return raise_type(vm, "BaseExceptionGroup.__new__() takes exactly 2 arguments (%d given)", (int)args->count);
    Value message = args->items[0], sequence = args->items[1];
    if (!is_str(message))
        return raise_type(vm, "BaseExceptionGroup.__new__() argument 1 must be str, not %T", message);
    Type *st = type_of(vm, sequence);
    if (!(st->flags & TYPE_SEQUENCE) && !is_list(sequence) && !is_tuple(sequence) &&
        !type_overrides(st, SPECIAL___getitem__))
        return raise_type(vm, "second argument (exceptions) must be a sequence");
    Value list = tuple_from_iterable(vm, sequence);
    if (!list)
        return VALUE_EMPTY;
    Tuple *t = as_tuple(list);
    if (!t->count)
        return raise_value(vm, "second argument (exceptions) must be a non-empty sequence");
    bool all_plain = true;
    for (int64_t i = 0; i < t->count; i++) {
        if (!is_exception(t->items[i]))
            return raise_value(vm, "Item %lld of second argument (exceptions) is not an exception", (long long)i);
        all_plain &= type_is_subtype(type_of(vm, t->items[i]), vm->exc[EXC_Exception]);
    }
    if (cls == vm->exc[EXC_BaseExceptionGroup] && all_plain)
        cls = vm->exc[EXC_ExceptionGroup];
    else if (!all_plain && cls == vm->exc[EXC_ExceptionGroup])
        return raise_type(vm, "Cannot nest BaseExceptions in an ExceptionGroup");
    else if (!all_plain && type_is_subtype(cls, vm->exc[EXC_Exception]))
        return raise_type(vm, "Cannot nest BaseExceptions in '%U'", cls->name);
    Exception *e = type_alloc(vm, cls, 0);
    if (!e)
        return VALUE_EMPTY;
    e->args = from_object(args);
    Value v = from_object(e);
    return exception_set_field(vm, v, FIELD_MESSAGE, message) && exception_set_field(vm, v, FIELD_EXCEPTIONS, list)
               ? v
               : VALUE_EMPTY;
}

// ---------------------------------------------------------------- split

static Value derive(VM *vm, Value group, List *list)
{
    Value args[2] = {exception_get_field(group, FIELD_MESSAGE), from_object(list)};
    Str *name = str_intern_text(vm, "derive", 6);
    Value made = name ? call_method(vm, group, name, args + 1, 1) : VALUE_EMPTY;
    if (!made)
        return VALUE_EMPTY;
    if (!is_exception(made) || !is_group(vm, made))
        return raise_type(vm, "derive must return an instance of BaseExceptionGroup");
    Exception *from = as_exception(group), *to = as_exception(made);
    to->traceback = from->traceback;
    to->context = from->context;
    to->cause = from->cause;
    to->suppress_context = from->suppress_context;
    gc_barrier(vm, to);
    Value notes = object_getattr_opt(vm, group, NAME_OF(vm, __notes__));
    if (notes) {
        List *copy = list_new(vm, 0);
        if (!copy || !list_extend(vm, copy, notes) ||
            !object_setattr(vm, made, NAME_OF(vm, __notes__), from_object(copy)))
            return VALUE_EMPTY;
    }
    return vm->error ? VALUE_EMPTY : made;
}

// 1 matches, 0 not, -1 error. The condition is a class, a tuple of classes, a callable, or (internally) a list of
// leaves.
static int condition_holds(VM *vm, Value condition, Value e)
{
    if (is_list(condition)) {
        for (int64_t i = 0; i < as_list(condition)->count; i++)
            if (as_list(condition)->items[i] == e)
                return 1;
        return 0;
    }
    if (is_type(condition) || is_tuple(condition)) {
        bool out;
        return exception_matches(vm, e, condition, &out) ? out : -1;
    }
    Value r = call1(vm, condition, e);
    return r ? object_truth(vm, r) : -1;
}

static bool split(VM *vm, Value e, Value condition, Value *match, Value *rest)
{
    *match = *rest = VALUE_NONE;
    int whole = condition_holds(vm, condition, e);
    if (whole < 0)
        return false;
    if (whole || !is_group(vm, e)) {
        *(whole ? match : rest) = e;
        return true;
    }
    if (!vm_enter(vm, " in exceptiongroup_split_recursive"))
        return false;
    List *yes = list_new(vm, 0), *no = list_new(vm, 0);
    bool ok = yes && no;
    for (int64_t i = 0; ok && i < members(e)->count; i++) {
        Value m, r;
        ok = split(vm, members(e)->items[i], condition, &m, &r) && (is_none(m) || list_append(vm, yes, m)) &&
             (is_none(r) || list_append(vm, no, r));
    }
    vm_leave(vm);
    if (!ok)
        return false;
    if (yes->count && !(*match = derive(vm, e, yes)))
        return false;
    return !no->count || (*rest = derive(vm, e, no));
}

static bool check_condition(VM *vm, Value c)
{
    bool ok = is_type(c) ? type_is_subtype(as_type(c), vm->exc[EXC_BaseException]) : is_tuple(c) || is_callable(vm, c);
    for (int64_t i = 0; ok && is_tuple(c) && i < as_tuple(c)->count; i++)
        ok = is_type(as_tuple(c)->items[i]) &&
             type_is_subtype(as_type(as_tuple(c)->items[i]), vm->exc[EXC_BaseException]);
    if (!ok)
        raise_type(vm, "expected a function, exception type or tuple of exception types");
    return ok;
}

static Value g_split(VM *vm, Value *a, int n)
{
    (void)n;
    Value match, rest;
    return check_condition(vm, a[1]) && split(vm, a[0], a[1], &match, &rest) ? tuple_pack(vm, 2, match, rest)
                                                                             : VALUE_EMPTY;
}

static Value g_subgroup(VM *vm, Value *a, int n)
{
    (void)n;
    Value match, rest;
    return check_condition(vm, a[1]) && split(vm, a[0], a[1], &match, &rest) ? match : VALUE_EMPTY;
}

static Value g_derive(VM *vm, Value *a, int n)
{
    (void)n;
    Value args[2] = {exception_get_field(a[0], FIELD_MESSAGE), a[1]};
    return object_call(vm, from_object(vm->exc[EXC_BaseExceptionGroup]), args, 2, NULL);
}

static Value g_message(VM *vm, Value s) { return (void)vm, exception_get_field(s, FIELD_MESSAGE); }
static Value g_exceptions(VM *vm, Value s) { return (void)vm, exception_get_field(s, FIELD_EXCEPTIONS); }
static Value g_class_getitem(VM *vm, Value *a, int n) { return (void)n, generic_alias_new(vm, a[0], a[1]); }

static const NativeDef group_methods[] = {
    {"split(self, condition, /)", g_split, "Parts that match the condition and that do not.", 0, 0, 0},
    {"subgroup(self, condition, /)", g_subgroup, "The part that matches the condition.", 0, 0, 0},
    {"derive(self, excs, /)", g_derive, "A group of the same kind around other exceptions.", 0, 0, 0},
    {"__class_getitem__(cls, item, /)", g_class_getitem, NULL, NATIVE_CLASS, 0, 0},
    {0},
};
static const GetSetDef group_getsets[] = {
    {"message", g_message, NULL, NULL}, {"exceptions", g_exceptions, NULL, NULL}, {0}};
const TypeDef exception_group_def = {.name = "BaseExceptionGroup",
                                     .kind = KIND_EXCEPTION,
                                     .size = sizeof(Exception),
                                     .methods = group_methods,
                                     .getsets = group_getsets,
                                     .make = EXCEPTION_MAKE,
                                     .flags = TYPE_BASE | TYPE_EXTRA};

// ---------------------------------------------------------------- except*

static bool check_star_classes(VM *vm, Value classes)
{
    if (is_tuple(classes)) {
        for (int64_t i = 0; i < as_tuple(classes)->count; i++)
            if (!check_star_classes(vm, as_tuple(classes)->items[i]))
                return false;
        return true;
    }
    if (!is_type(classes) || !type_is_subtype(as_type(classes), vm->exc[EXC_BaseException]))
        return (raise_type(vm, "catching classes that do not inherit from BaseException is not allowed"), false);
    if (type_is_subtype(as_type(classes), vm->exc[EXC_BaseExceptionGroup]))
        return (raise_type(vm, "catching ExceptionGroup with except* is not allowed. Use except instead."), false);
    return true;
}

bool match_group(VM *vm, Value e, Value classes, Value *match, Value *rest)
{
    Value m = VALUE_NONE, r = VALUE_NONE;
    if (!check_star_classes(vm, classes))
        return false;
    if (!is_none(e)) {
        bool whole;
        if (!exception_matches(vm, e, classes, &whole))
            return false;
        if (whole && !is_group(vm, e)) { // a naked exception is wrapped
            Value list = tuple_pack(vm, 1, e);
            Value args[2] = {from_object(vm->empty_str), list};
            m = list ? object_call(vm, from_object(vm->exc[EXC_BaseExceptionGroup]), args, 2, NULL) : VALUE_EMPTY;
            if (!m)
                return false;
            as_exception(m)->traceback = as_exception(e)->traceback;
        } else if (!split(vm, e, classes, &m, &r)) {
            return false;
        }
    }
    *match = m;
    *rest = r;
    return true;
}

static bool same_origin(Value a, Value b)
{
    Exception *x = as_exception(a), *y = as_exception(b);
    return x->traceback == y->traceback && x->context == y->context && x->cause == y->cause;
}

static bool collect_leaves(VM *vm, Value e, List *into)
{
    if (!is_group(vm, e))
        return list_append(vm, into, e);
    if (!vm_enter(vm, ""))
        return false;
    bool ok = true;
    for (int64_t i = 0; ok && i < members(e)->count; i++)
        ok = collect_leaves(vm, members(e)->items[i], into);
    vm_leave(vm);
    return ok;
}

// What was raised anew stays as it is; unhandled and re-raised parts are merged back into the original's structure.
Value reraise_group(VM *vm, Value original, Value list)
{
    List *all = as_list(list);
    if (!all->count)
        return VALUE_NONE;
    if (!is_group(vm, original))
        return all->items[0];
    List *raised = list_new(vm, 0), *leaves = list_new(vm, 0);
    if (!raised || !leaves)
        return VALUE_EMPTY;
    for (int64_t i = 0; i < all->count; i++) {
        Value e = all->items[i];
        bool part = is_group(vm, e) && same_origin(e, original);
        if (part ? !collect_leaves(vm, e, leaves) : !list_append(vm, raised, e))
            return VALUE_EMPTY;
    }
    Value again = VALUE_NONE, rest;
    if (leaves->count && !split(vm, original, from_object(leaves), &again, &rest))
        return VALUE_EMPTY;
    if (!raised->count)
        return again;
    if (!is_none(again) && !list_append(vm, raised, again))
        return VALUE_EMPTY;
    Value args[2] = {from_object(vm->empty_str), from_object(raised)};
    return object_call(vm, from_object(vm->exc[EXC_BaseExceptionGroup]), args, 2, NULL);
}
