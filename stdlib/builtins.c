// SPDX-License-Identifier: MIT
//
// The `builtins` module: its table of functions, and the types, exceptions and constants that complete it. Its
// namespace is the VM's own (vm->builtins), which the interpreter's name look-up ends in. The functions are in
// builtins_*.c.

#include "builtins_internal.h"

#include "vm/types/iterators.h"

static const NativeDef functions[] = {
    {"abs(x, /)", builtin_abs, "Return the absolute value of the argument.", NATIVE_RAW, 1, 1},
    {"aiter(async_iterable, /)", builtin_aiter, "Return an AsyncIterator for an AsyncIterable object.",
     NATIVE_RAW, 1, 1},
    {"all(iterable, /)", builtin_all, "Return True if bool(x) is True for all values x in the iterable.",
     NATIVE_RAW, 1, 1},
    {"anext(async_iterator, default=<unset>, /)", builtin_anext,
     "Return the next item of the async iterator, or default, if given, when it is exhausted.", NATIVE_RAW, 1, 2},
    {"any(iterable, /)", builtin_any, "Return True if bool(x) is True for any x in the iterable.", NATIVE_RAW, 1, 1},
    {"ascii(obj, /)", builtin_ascii, "Return an ASCII-only representation of an object.", NATIVE_RAW, 1, 1},
    {"bin(number, /)", builtin_bin, "Return the binary representation of an integer.", NATIVE_RAW, 1, 1},
    {"breakpoint(*args, **kws)", builtin_breakpoint, "Call sys.breakpointhook(*args, **kws).", 0, 0, 0},
    {"callable(obj, /)", builtin_callable, "Return whether the object is callable.", NATIVE_RAW, 1, 1},
    {"chr(i, /)", builtin_chr, "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.",
     NATIVE_RAW, 1, 1},
    {"compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
     builtin_compile,
     "Compile source into a code object that can be executed by exec() or eval().", 0, 0, 0},
    {"delattr(obj, name, /)", builtin_delattr, "Deletes the named attribute from the given object.", NATIVE_RAW, 2, 2},
    {"dir(object=<unset>, /)", builtin_dir,
     "Names in the current scope, or the attributes of an object, as a sorted list.", NATIVE_RAW, 0, 1},
    {"divmod(x, y, /)", builtin_divmod, "Return the tuple (x//y, x%y).", NATIVE_RAW, 2, 2},
    {"eval(source, globals=None, locals=None, /)", builtin_eval,
     "Evaluate the given source in the context of globals and locals.", NATIVE_RAW, 1, 3},
    {"exec(source, globals=None, locals=None, /, *, closure=None)", builtin_exec,
     "Execute the given source in the context of globals and locals.", 0, 0, 0},
    {"format(value, format_spec='', /)", builtin_format, "Return type(value).__format__(value, format_spec).", 0, 0, 0},
    {"getattr(object, name, default=<unset>, /)", builtin_getattr,
     "Get a named attribute from an object; getattr(x, 'y') is equivalent to x.y. With a default, that instead of "
     "AttributeError.", NATIVE_RAW, 2, 3},
    {"globals()", builtin_globals, "Return the dictionary containing the current scope's global variables.",
     NATIVE_RAW, 0, 0},
    {"hasattr(obj, name, /)", builtin_hasattr, "Return whether the object has an attribute with the given name.",
     NATIVE_RAW, 2, 2},
    {"hash(obj, /)", builtin_hash, "Return the hash value for the given object.", NATIVE_RAW, 1, 1},
    {"help(request=<unset>, /)", builtin_help, "Print what is known about an object.", 0, 0, 0},
    {"hex(number, /)", builtin_hex, "Return the hexadecimal representation of an integer.", NATIVE_RAW, 1, 1},
    {"id(obj, /)", builtin_id, "Return the identity of an object, unique while the object lives.", NATIVE_RAW, 1, 1},
    {"input(prompt='', /)", builtin_input, "Read a string from standard input. The trailing newline is stripped.",
     NATIVE_RAW, 0, 1},
    {"isinstance(obj, class_or_tuple, /)", builtin_isinstance,
     "Return whether an object is an instance of a class or of a subclass thereof.", NATIVE_RAW, 2, 2},
    {"issubclass(cls, class_or_tuple, /)", builtin_issubclass,
     "Return whether 'cls' is derived from another class or is the same class.", NATIVE_RAW, 2, 2},
    {"iter(object, sentinel=<unset>, /)", builtin_iter,
     "Get an iterator from an object. With a sentinel, call the object until it returns that.", NATIVE_RAW, 1, 2},
    {"len(obj, /)", builtin_len, "Return the number of items in a container.", NATIVE_RAW, 1, 1},
    {"locals()", builtin_locals, "Return a dictionary containing the current scope's local variables.",
     NATIVE_RAW, 0, 0},
    {"max(*args, key=None, default=<unset>)", builtin_max, "The largest item of an iterable or of the arguments.",
     0, 0, 0},
    {"min(*args, key=None, default=<unset>)", builtin_min, "The smallest item of an iterable or of the arguments.",
     0, 0, 0},
    {"next(iterator, default=<unset>, /)", builtin_next,
     "Return the next item from the iterator, or default, if given, when it is exhausted.", NATIVE_RAW, 1, 2},
    {"oct(number, /)", builtin_oct, "Return the octal representation of an integer.", NATIVE_RAW, 1, 1},
    {"open(*args, **kwargs)", builtin_open, "Open file and return a stream: see io.open.", 0, 0, 0},
    {"ord(c, /)", builtin_ord, "Return the Unicode code point for a one-character string.", NATIVE_RAW, 1, 1},
    {"pow(base, exp, mod=None)", builtin_pow, "Equivalent to base**exp with 2 arguments or base**exp % mod with 3.",
     0, 0, 0},
    {"print(*args, sep=' ', end=None, file=None, flush=False)", builtin_print,
     "Prints the values to a stream, or to sys.stdout by default.", 0, 0, 0},
    {"repr(obj, /)", builtin_repr, "Return the canonical string representation of the object.", NATIVE_RAW, 1, 1},
    {"round(number, ndigits=None)", builtin_round, "Round a number to a given precision in decimal digits.", 0, 0, 0},
    {"setattr(obj, name, value, /)", builtin_setattr, "Sets the named attribute on the given object.",
     NATIVE_RAW, 3, 3},
    {"sorted(*args, **kwargs)", builtin_sorted,
     "sorted(iterable, /, *, key=None, reverse=False): a new list of all items from the iterable in ascending order.",
     0, 0, 0},
    {"sum(iterable=<unset>, /, start=0)", builtin_sum, "Return the sum of a 'start' value plus an iterable of numbers.",
     0, 0, 0},
    {"vars(object=<unset>, /)", builtin_vars, "The __dict__ of an object; without an argument, locals().",
     NATIVE_RAW, 0, 1},
    {"__build_class__(func=<unset>, name=<unset>, /, *bases, **kwds)", builtin_build_class,
     "Internal helper function used by the class statement.", 0, 0, 0},
    {"__import__(name, globals=None, locals=None, fromlist=(), level=0)", builtin_import,
     "Import a module: what the import statement calls.", 0, 0, 0},
    {0},
};

static const uint8_t kinds[] = {
    KIND_OBJECT, KIND_TYPE, KIND_BOOL, KIND_INT, KIND_FLOAT, KIND_COMPLEX, KIND_STR, KIND_BYTES, KIND_BYTEARRAY,
    KIND_MEMORYVIEW,
    KIND_TUPLE, KIND_LIST, KIND_DICT, KIND_SET, KIND_FROZENSET, KIND_RANGE, KIND_SLICE, KIND_PROPERTY, KIND_CLASSMETHOD,
    KIND_STATICMETHOD, KIND_SUPER,
};

static bool add_type(VM *vm, Module *module, Type *type)
{
    return type && dict_set_str(vm, module->dict, type->name, from_object(type));
}

static bool add_types(VM *vm, Module *module)
{
    const TypeDef *const others[] = {&enumerate_def, &filter_def, &map_def, &reversed_def, &zip_def};
    for (size_t i = 0; i < sizeof kinds; i++)
        if (!add_type(vm, module, vm->types[kinds[i]]))
            return false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!add_type(vm, module, type_of_def(vm, others[i])))
            return false;
    for (int i = 0; i < EXC_COUNT; i++)
        if (i != EXC_BudgetError && !add_type(vm, module, vm->exc[i])) // that one is in the module aiolos
            return false;
    return module_set(vm, module, "EnvironmentError", from_object(vm->exc[EXC_OSError])) &&
           module_set(vm, module, "IOError", from_object(vm->exc[EXC_OSError]));
}

static bool builtins_init(VM *vm, Module *module)
{
    bool ok = add_types(vm, module) && quitters_add(vm, module) && module_set(vm, module, "None", VALUE_NONE) &&
              module_set(vm, module, "True", VALUE_TRUE) && module_set(vm, module, "False", VALUE_FALSE) &&
              module_set(vm, module, "Ellipsis", VALUE_ELLIPSIS) &&
              module_set(vm, module, "NotImplemented", VALUE_NOT_IMPLEMENTED) &&
                  module_set(vm, module, "__debug__", VALUE_TRUE);
    if (!ok || !dict_merge(vm, vm->builtins, module->dict))
        return false;
    module->dict = vm->builtins;
    gc_barrier(vm, module);
    return true;
}

const ModuleDef builtins_module = {
    .name = "builtins",
    .doc = "Functions, types, exceptions and constants that every script can name without an import.",
    .functions = functions,
    .init = builtins_init,
};
