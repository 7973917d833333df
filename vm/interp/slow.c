// SPDX-License-Identifier: MIT
//
// Operations of the interpreter that are not worth inlining: unpacking, building, argument spreading, with, import.

#include "cache.h"

#include "vm/core/native.h"
#include "vm/core/type.h"

Value arith_slow(VM *vm, BinaryOp op, Value l, Value r, bool inplace)
{
    if (is_exact(vm, l, KIND_STR)) {
        if (op == BINARY_ADD && is_exact(vm, r, KIND_STR))
            return from_object(str_concat(vm, as_str(l), as_str(r)));
        if (op == BINARY_MOD && (is_small(r) || is_double(r) || is_exact(vm, r, KIND_TUPLE)))
            return str_percent(vm, as_str(l), r);
    }
    return inplace ? inplace_op(vm, op, l, r) : binary_op(vm, op, l, r);
}

Value load_slice(VM *vm, Value o, Value start, Value stop)
{
    bool plain = (is_none(start) || is_small(start)) && (is_none(stop) || is_small(stop));
    if (plain && (is_exact(vm, o, KIND_LIST) || is_exact(vm, o, KIND_STR))) {
        int64_t n = is_list(o) ? as_list(o)->count : as_str(o)->length;
        int64_t i = is_none(start) ? 0 : as_small(start), j = is_none(stop) ? n : as_small(stop);
        i = i < 0 ? (i + n < 0 ? 0 : i + n) : i > n ? n : i;
        j = j < 0 ? (j + n < 0 ? 0 : j + n) : j > n ? n : j;
        if (j < i)
            j = i;
        if (is_list(o))
            return list_slice(vm, as_list(o), i, j);
        Str *s = str_slice(vm, as_str(o), i, j);
        return s ? from_object(s) : VALUE_EMPTY;
    }
    Value slice = slice_new(vm, start, stop, VALUE_NONE);
    return slice ? object_getitem(vm, o, slice) : VALUE_EMPTY;
}

// ---------------------------------------------------------------- unpacking

static bool raise_too_few(VM *vm, int64_t got, int wanted, bool at_least)
{
    raise_value(vm, at_least ? "not enough values to unpack (expected at least %d, got %lld)"
                             : "not enough values to unpack (expected %d, got %lld)", wanted, (long long)got);
    return false;
}

// Nothing is written to `out` before everything is fetched: targets may be locals.
bool unpack(VM *vm, Value v, Value *out, int count, int after)
{
    List *got = list_new(vm, count);
    if (!got)
        return false;
    Value it = object_iter(vm, v);
    if (!it) {
        if (error_is(vm, EXC_TypeError) && !type_overrides(type_of(vm, v), SPECIAL___iter__)) {
            error_clear(vm);
            raise_type(vm, "cannot unpack non-iterable %T object", v);
        }
        return false;
    }
    Value x;
    int wanted = after < 0 ? count + 1 : count;
    while (got->count < wanted && (x = iter_next(vm, it)))
        if (!list_append(vm, got, x) || !vm_tick(vm))
            return false;
    if (vm->error)
        return false;
    if (after < 0) {
        if (got->count > count)
            return (raise_value(vm, "too many values to unpack (expected %d)", count), false);
        if (got->count < count)
            return raise_too_few(vm, got->count, count, false);
        if (count)
            memcpy(out, got->items, (size_t)count * sizeof(Value));
        return true;
    }
    if (got->count == count && !list_extend(vm, got, it)) // the rest as list(it) gives it: iter() is called once more
        return false;
    if (got->count < count + after)
        return raise_too_few(vm, got->count, count + after, true);
    Value middle = list_slice(vm, got, count, got->count - after);
    if (!middle)
        return false;
    if (count)
        memcpy(out, got->items, (size_t)count * sizeof(Value));
    out[count] = middle;
    if (after)
        memcpy(out + count + 1, got->items + got->count - after, (size_t)after * sizeof(Value));
    return true;
}

// ---------------------------------------------------------------- building

Value set_build(VM *vm, const Value *items, int count)
{
    Set *s = set_new(vm, false);
    if (!s)
        return VALUE_EMPTY;
    for (int i = 0; i < count; i++)
        if (!set_add(vm, s, items[i]))
            return VALUE_EMPTY;
    return from_object(s);
}

Value map_build(VM *vm, const Value *pairs, int count)
{
    Dict *d = dict_new(vm, count);
    if (!d)
        return VALUE_EMPTY;
    for (int i = 0; i < count; i++)
        if (!dict_set(vm, d, pairs[2 * i], pairs[2 * i + 1]))
            return VALUE_EMPTY;
    return from_object(d);
}

Value string_build(VM *vm, const Value *parts, int count)
{
    size_t size = 0, length = 0;
    for (int i = 0; i < count; i++) {
        size += as_str(parts[i])->size;
        length += as_str(parts[i])->length;
    }
    if (size > STR_MAX_SIZE)
        return raise_memory(vm);
    Str *s = str_alloc(vm, size, length);
    if (!s)
        return VALUE_EMPTY;
    char *p = s->data;
    for (int i = 0; i < count; i++) {
        memcpy(p, as_str(parts[i])->data, as_str(parts[i])->size);
        p += as_str(parts[i])->size;
    }
    return from_object(s);
}

Value format_value(VM *vm, Value v, Value spec, int conversion)
{
    Str *s = NULL;
    if (conversion == 1)
        s = object_str(vm, v);
    else if (conversion == 2)
        s = object_repr(vm, v);
    else if (conversion == 3)
        s = object_ascii(vm, v);
    if (conversion) {
        if (!s)
            return VALUE_EMPTY;
        v = from_object(s);
    }
    if (!spec || (is_str(spec) && as_str(spec)->size == 0)) {
        if (is_exact(vm, v, KIND_STR))
            return v;
        if (is_small(v)) {
            s = int_to_str(vm, v, 10);
            return s ? from_object(s) : VALUE_EMPTY;
        }
    }
    return object_format(vm, v, spec ? as_str(spec) : vm->empty_str);
}

// The name of a callee as messages show it: "module.f()" or the object's type.
static Str *callee_text(VM *vm, Value callee)
{
    Value name = object_getattr_opt(vm, callee, NAME_OF(vm, __qualname__));
    if (!name || !is_str(name))
        return vm->error ? NULL : object_str(vm, callee);
    Value module = object_getattr_opt(vm, callee, NAME_OF(vm, __module__));
    if (module && is_str(module) && !str_is(as_str(module), "builtins"))
        return str_format(vm, "%U.%U()", as_str(module), as_str(name));
    return vm->error ? NULL : str_format(vm, "%U()", as_str(name));
}

static void raise_not_iterable_argument(VM *vm, Value callee, Value iterable)
{
    if (!error_is(vm, EXC_TypeError) || type_overrides(type_of(vm, iterable), SPECIAL___iter__))
        return;
    error_clear(vm);
    Str *name = callee_text(vm, callee);
    if (name)
        raise_type(vm, "%U argument after * must be an iterable, not %T", name, iterable);
}

bool extend_list(VM *vm, Value list, Value iterable, Value callee)
{
    if (list_extend(vm, as_list(list), iterable))
        return true;
    if (is_iterator(vm, iterable) || is_list(iterable) || is_tuple(iterable))
        return false;
    if (callee) {
        raise_not_iterable_argument(vm, callee, iterable);
    } else if (error_is(vm, EXC_TypeError) && !type_overrides(type_of(vm, iterable), SPECIAL___iter__) &&
               !type_of(vm, iterable)->ops->iter && !type_overrides(type_of(vm, iterable), SPECIAL___getitem__)) {
        error_clear(vm);
        raise_type(vm, "Value after * must be an iterable, not %T", iterable);
    }
    return false;
}

Value spread_arguments(VM *vm, Value callee, Value iterable)
{
    if (is_exact(vm, iterable, KIND_TUPLE))
        return iterable;
    if (is_exact(vm, iterable, KIND_LIST))
        return tuple_from(vm, as_list(iterable)->items, as_list(iterable)->count);
    Value t = tuple_from_iterable(vm, iterable);
    if (!t)
        raise_not_iterable_argument(vm, callee, iterable);
    return t;
}

bool update_display(VM *vm, Value dict, Value mapping)
{
    if (is_dict(mapping))
        return dict_update(vm, as_dict(dict), mapping);
    Value keys = object_getattr_opt(vm, mapping, NAME_OF(vm, keys));
    if (!keys)
        return vm->error ? false : (raise_type(vm, "'%T' object is not a mapping", mapping), false);
    return dict_update(vm, as_dict(dict), mapping);
}

bool merge_keywords(VM *vm, Value dict, Value mapping, Value callee)
{
    Dict *d = as_dict(dict);
    if (!is_dict(mapping)) {
        Value keys = object_getattr_opt(vm, mapping, NAME_OF(vm, keys));
        if (!keys) {
            Str *name = vm->error ? NULL : callee_text(vm, callee);
            if (name)
                raise_type(vm, "%U argument after ** must be a mapping, not %T", name, mapping);
            return false;
        }
        Dict *copy = dict_new(vm, 4);
        if (!copy || !dict_update(vm, copy, mapping))
            return false;
        mapping = from_object(copy);
    }
    uint32_t position = 0;
    Value key, value;
    while (dict_next(as_dict(mapping), &position, &key, &value)) {
        if (!is_str(key))
            return (raise_type(vm, "keywords must be strings"), false);
        int there = dict_contains(vm, d, key);
        if (there < 0)
            return false;
        if (there) {
            Str *name = callee_text(vm, callee);
            if (name)
                raise_type(vm, "%U got multiple values for keyword argument '%U'", name, as_str(key));
            return false;
        }
        if (!dict_set(vm, d, key, value))
            return false;
    }
    return true;
}

Value closure_make(VM *vm, Frame *frame, Code *code, const Value *extras, int flags)
{
    Function *maker = as_function(frame->callee);
    Function *f = function_new(vm, code, maker->globals);
    if (!f)
        return VALUE_EMPTY;
    if (flags & 1)
        f->defaults = extras[0];
    if (flags & 2)
        f->kwdefaults = extras[1];
    if (flags & 4)
        f->annotations = extras[2];
    if (code->nfree) {
        f->closure = gc_buffer(vm, code->nfree * sizeof(Value));
        if (!f->closure)
            return VALUE_EMPTY;
        for (uint16_t i = 0; i < code->nfree; i++)
            f->closure[i] = code->captures[i].from_free ? maker->closure[code->captures[i].index]
                                                        : frame->regs[code->captures[i].index];
    }
    return from_object(f);
}

// ---------------------------------------------------------------- with

bool load_special(VM *vm, Value manager, int which, Value *function, Value *self)
{
    static const SpecialId ids[] = {SPECIAL___enter__, SPECIAL___exit__, SPECIAL___aenter__, SPECIAL___aexit__};
    static const char *const what[] = {"context manager protocol", "context manager protocol (missed __exit__ method)",
                                       "asynchronous context manager protocol",
                                       "asynchronous context manager protocol (missed __aexit__ method)"};
    Type *t = type_of(vm, manager);
    Value f = type_special(vm, t, ids[which]);
    if (!f)
        return raise_type(vm, "'%T' object does not support the %s", manager, what[which]), false;
    bool plain = is_function(f) || has_kind(f, KIND_NATIVE_METHOD);
    *self = plain ? manager : VALUE_EMPTY;
    *function = plain ? f : descriptor_bind(vm, f, manager, t);
    return *function != VALUE_EMPTY;
}

// ---------------------------------------------------------------- import

Value import_name(VM *vm, Frame *frame, Str *name, Value fromlist, Value level)
{
    Function *f = as_function(frame->callee);
    Value import = dict_get_str(vm, f->builtins, NAME_OF(vm, __import__));
    if (import && !has_kind(import, KIND_NATIVE)) { // replaced by a script
        Value args[] = {from_object(name), from_object(f->globals), VALUE_NONE, fromlist, level};
        return object_call(vm, import, args, 5, NULL);
    }
    if (!vm->hooks.import)
        return raise_exc(vm, EXC_ImportError, "__import__ not found");
    return vm->hooks.import(vm, name, from_object(f->globals), fromlist, as_small(level));
}

Value import_from(VM *vm, Value module, Str *name)
{
    Value v = object_getattr_opt(vm, module, name);
    if (v || vm->error)
        return v;
    Value module_name = object_getattr_opt(vm, module, NAME_OF(vm, __name__));
    if (!module_name || !is_str(module_name)) {
        error_clear(vm);
        return raise_exc(vm, EXC_ImportError, "cannot import name '%U' from '<unknown module name>' (unknown location)",
                         name);
    }
    Str *full = str_format(vm, "%U.%U", as_str(module_name), name);
    if (full && (v = dict_get(vm, vm->modules, from_object(full))))
        return v;
    Value path = object_getattr_opt(vm, module, NAME_OF(vm, __file__));
    error_clear(vm);
    bool initialising = module_is_initialising(vm, module);
    if (path && is_str(path))
        raise_exc(vm, EXC_ImportError,
                  initialising ? "cannot import name '%U' from partially initialized module '%U' (most likely due to a "
                                 "circular import) (%U)"
                               : "cannot import name '%U' from '%U' (%U)",
                  name, as_str(module_name), as_str(path));
    else
        raise_exc(vm, EXC_ImportError, "cannot import name '%U' from '%U' (unknown location)", name,
                  as_str(module_name));
    if (vm->error && is_exception(vm->error)) {
        exception_set_field(vm, vm->error, FIELD_NAME, module_name);
        if (path)
            exception_set_field(vm, vm->error, FIELD_IMPORT_PATH, path);
    }
    return VALUE_EMPTY;
}

static bool import_names(VM *vm, Frame *frame, Value module, Value names, bool skip_private)
{
    Code *code = frame_code(frame);
    Value namespace =
        code->ns_reg != NO_REG ? frame->regs[code->ns_reg] : from_object(as_function(frame->callee)->globals);
    Value it = object_iter(vm, names), name;
    if (!it)
        return false;
    while ((name = iter_next(vm, it))) {
        if (!is_str(name))
            return (raise_type(vm, "attribute name must be string, not '%T'", name), false);
        if (skip_private && as_str(name)->size && as_str(name)->data[0] == '_')
            continue;
        Str *key = str_intern(vm, as_str(name));
        Value v = key ? object_getattr(vm, module, key) : VALUE_EMPTY;
        if (!v || !name_store(vm, namespace, from_object(key), v))
            return false;
    }
    return vm->error == VALUE_EMPTY;
}

bool import_star(VM *vm, Frame *frame, Value module)
{
    Value all = object_getattr_opt(vm, module, NAME_OF(vm, __all__));
    if (all)
        return import_names(vm, frame, module, all, false);
    if (vm->error)
        return false;
    Dict *d = object_dict(vm, module);
    if (!d)
        return vm->error
                   ? false
                   : (raise_exc(vm, EXC_ImportError, "from-import-* object has no __dict__ and no __all__"), false);
    List *keys = list_new(vm, d->count);
    uint32_t position = 0;
    Value key, value;
    while (keys && dict_next(d, &position, &key, &value))
        if (!list_append(vm, keys, key))
            return false;
    return keys && import_names(vm, frame, module, from_object(keys), true);
}

bool display_value(VM *vm, Value v)
{
    Value hook = vm->sys_module ? object_getattr(vm, vm->sys_module, NAME_OF(vm, displayhook)) : VALUE_EMPTY;
    if (!hook)
        return vm->error ? false : (raise_runtime(vm, "lost sys.displayhook"), false);
    return call1(vm, hook, v) != VALUE_EMPTY;
}

bool setup_annotations(VM *vm, Frame *frame)
{
    Code *code = frame_code(frame);
    Value namespace =
        code->ns_reg != NO_REG ? frame->regs[code->ns_reg] : from_object(as_function(frame->callee)->globals);
    Value name = from_object(NAME_OF(vm, __annotations__));
    if (object_lookup_namespace(vm, namespace, name))
        return true;
    if (vm->error)
        return false;
    Dict *d = dict_new(vm, 0);
    return d && name_store(vm, namespace, name, from_object(d));
}
