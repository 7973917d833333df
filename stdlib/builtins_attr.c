// SPDX-License-Identifier: MIT
//
// Builtin functions about objects: attributes, types, text forms, what names there are.

#include "builtins_internal.h"

#include "vm/interp/interp.h"

// The interned attribute name; NULL: TypeError.
static Str *attribute_name(VM *vm, Value name)
{
    if (is_str(name))
        return str_intern(vm, as_str(name));
    return raise_type(vm, "attribute name must be string, not '%T'", name), NULL;
}

BUILTIN(getattr)
{
    Str *name = attribute_name(vm, args[1]);
    if (!name)
        return VALUE_EMPTY;
    if (nargs < 3)
        return object_getattr(vm, args[0], name);
    Value v = object_getattr_opt(vm, args[0], name);
    return v || vm->error ? v : args[2];
}

BUILTIN(hasattr)
{
    (void)nargs;
    Str *name = attribute_name(vm, args[1]);
    if (!name)
        return VALUE_EMPTY;
    Value v = object_getattr_opt(vm, args[0], name);
    return vm->error ? VALUE_EMPTY : from_bool(v != VALUE_EMPTY);
}

BUILTIN(setattr)
{
    (void)nargs;
    Str *name = attribute_name(vm, args[1]);
    return name && object_setattr(vm, args[0], name, args[2]) ? VALUE_NONE : VALUE_EMPTY;
}

BUILTIN(delattr)
{
    (void)nargs;
    Str *name = attribute_name(vm, args[1]);
    return name && object_setattr(vm, args[0], name, VALUE_EMPTY) ? VALUE_NONE : VALUE_EMPTY;
}

BUILTIN(isinstance)
{
    (void)nargs;
    int r = object_isinstance(vm, args[0], args[1]);
    return r < 0 ? VALUE_EMPTY : from_bool(r);
}

BUILTIN(issubclass)
{
    (void)nargs;
    int r = object_issubclass(vm, args[0], args[1]);
    return r < 0 ? VALUE_EMPTY : from_bool(r);
}

BUILTIN(callable)
{
    (void)nargs;
    return from_bool(is_callable(vm, args[0]));
}

BUILTIN(repr)
{
    (void)nargs;
    return from_object(object_repr(vm, args[0]));
}

BUILTIN(ascii)
{
    (void)nargs;
    return from_object(object_ascii(vm, args[0]));
}

BUILTIN(format)
{
    (void)nargs;
    if (!is_str(args[1]))
        return raise_type(vm, "format() argument 2 must be str, not %T", args[1]);
    return object_format(vm, args[0], as_str(args[1]));
}

// ---- names

static Value current_locals(VM *vm)
{
    return vm->frame ? frame_locals(vm, vm->frame) : raise_exc(vm, EXC_SystemError, "frame does not exist");
}

BUILTIN(vars)
{
    if (nargs == 0)
        return current_locals(vm);
    Value v = object_getattr_opt(vm, args[0], NAME_OF(vm, __dict__));
    return v || vm->error ? v : raise_type(vm, "vars() argument must have __dict__ attribute");
}

static Value sorted_list(VM *vm, Value iterable)
{
    List *list = list_new(vm, 0);
    bool ok = list && list_extend(vm, list, iterable) && list_sort(vm, list, VALUE_NONE, false);
    return ok ? from_object(list) : VALUE_EMPTY;
}

BUILTIN(dir)
{
    Value names;
    if (nargs == 0) {
        names = current_locals(vm);
        if (names && !is_dict(names)) {
            Value keys = call_method(vm, names, NAME_OF(vm, keys), NULL, 0);
            return keys ? sorted_list(vm, keys) : VALUE_EMPTY;
        }
    } else {
        names = call_special(vm, args[0], SPECIAL___dir__, NULL, 0);
        if (!names && !vm->error)
            return raise_type(vm, "object does not provide __dir__");
    }
    return names ? sorted_list(vm, names) : VALUE_EMPTY;
}
