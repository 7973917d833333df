// SPDX-License-Identifier: MIT
//
// The module _codecs: encoding and decoding by name without going through the registry, and the two hooks by which the
// VM asks for error handlers and encodings that only the module codecs knows.

#include "roots.h"
#include "vm/types/container.h"

// The dict of handlers by name and the function for other encodings, as a tuple: see setup.
static Value registered(VM *vm, int which)
{
    Value pair = vm->roots[ROOT_CODECS];
    return pair ? as_tuple(pair)->items[which] : VALUE_EMPTY;
}

static Value find_handler(VM *vm, const char *name)
{
    Str *key = str_from(vm, name);
    Value handlers = registered(vm, 0);
    return key && handlers ? dict_get(vm, as_dict(handlers), from_object(key)) : VALUE_EMPTY;
}

static Value other_codec(VM *vm, Value object, const char *encoding, const char *errors, bool encode)
{
    Value function = registered(vm, 1);
    Value args[] = {object, from_object(str_from(vm, encoding)), from_object(str_from(vm, errors)), from_bool(encode)};
    if (!function || !args[1] || !args[2])
        return VALUE_EMPTY;
    return object_call(vm, function, args, 4, NULL);
}

static Value setup_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    vm->roots[ROOT_CODECS] = tuple_pack(vm, 2, args[0], args[1]);
    vm->hooks.codec_handler = find_handler;
    vm->hooks.codec_other = other_codec;
    return vm->roots[ROOT_CODECS] ? VALUE_NONE : VALUE_EMPTY;
}

static Value encode_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[0]))
        return raise_type(vm, "%S_encode() argument 1 must be str, not %T", args[1], args[0]);
    return str_encode(vm, as_str(args[0]), as_str(args[1])->data, as_str(args[2])->data);
}

static Value decode_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    if (!bytes_view_or_raise(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    return str_decode(vm, data, size, as_str(args[1])->data, as_str(args[2])->data);
}

static const NativeDef functions[] = {
    {"setup(handlers, other, /)", setup_function, "Tells what the VM is to ask.", NATIVE_RAW, 2, 2},
    {"encode(text, encoding, errors, /)", encode_function, "The bytes of a text in a built-in encoding.", NATIVE_RAW, 3, 3},
    {"decode(data, encoding, errors, /)", decode_function, "The text of bytes in a built-in encoding.", NATIVE_RAW, 3, 3},
    {0},
};

const ModuleDef _codecs_module = {
    .name = "_codecs",
    .doc = "Under the module codecs.",
    .functions = functions,
};
