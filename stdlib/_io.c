// SPDX-License-Identifier: MIT
//
// The `_io` module: its types in the order of inheritance, UnsupportedOperation, open().

#include "_io.h"

static Value text_encoding(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return is_none(args[0]) ? from_object(str_from(vm, "locale")) : args[0];
}

static const NativeDef functions[] = {
    {"open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)", io_open,
     "Open file and return a stream. Raise OSError upon failure.", 0, 0, 0},
    {"text_encoding(encoding, stacklevel=2, /)", text_encoding, "The encoding a text API should hand on.", NATIVE_RAW, 1, 2},
    {0},
};

static bool add(VM *vm, Module *m, const TypeDef *def, const TypeDef *base)
{
    Type *t = type_of_def(vm, def);
    if (!t)
        t = type_register(vm, def, base ? type_of_def(vm, base) : NULL);
    return t && dict_set_str(vm, m->dict, t->name, from_object(t));
}

static bool add_types(VM *vm, Module *m)
{
    static const struct { const TypeDef *def, *base; } types[] = {
        {&io_base_def, NULL}, {&raw_base_def, &io_base_def}, {&buffered_base_def, &io_base_def}, {&text_base_def, &io_base_def},
        {&file_io_def, &raw_base_def}, {&buffered_reader_def, &buffered_base_def}, {&buffered_writer_def, &buffered_base_def},
        {&buffered_random_def, &buffered_base_def}, {&buffered_pair_def, &buffered_base_def}, {&bytes_io_def, &buffered_base_def},
        {&string_io_def, &text_base_def}, {&text_wrapper_def, &text_base_def},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!add(vm, m, types[i].def, types[i].base))
            return false;
    return true;
}

// class UnsupportedOperation(OSError, ValueError)
static bool add_unsupported(VM *vm, Module *m)
{
    Value bases = tuple_pack(vm, 2, from_object(vm->exc[EXC_OSError]), from_object(vm->exc[EXC_ValueError]));
    Dict *namespace = dict_new(vm, 2);
    Str *name = str_intern_text(vm, "UnsupportedOperation", 20), *module = str_from(vm, "io");
    if (!bases || !namespace || !name || !module ||
        !dict_set_str(vm, namespace, NAME_OF(vm, __module__), from_object(module)))
        return false;
    Value cls = type_new(vm, vm->types[KIND_TYPE], name, as_tuple(bases), namespace, NULL);
    return cls && dict_set_str(vm, m->dict, name, cls);
}

static bool io_init(VM *vm, Module *m)
{
    host_of(vm)->settle = io_settle;
    return add_types(vm, m) && add_unsupported(vm, m) &&
           module_set(vm, m, "DEFAULT_BUFFER_SIZE", from_small(BUFFER_SIZE)) &&
           module_set(vm, m, "BlockingIOError", from_object(vm->exc[EXC_BlockingIOError]));
}

const ModuleDef _io_module = {
    .name = "_io", .doc = "Streams: the kernel of io.", .functions = functions, .init = io_init,
};
