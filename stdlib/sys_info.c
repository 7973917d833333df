// SPDX-License-Identifier: MIT
//
// The constants of sys: version, limits of the machine's numbers, flags, and the lists that the host fills in.

#include <float.h>

#include "simple_namespace.h"
#include "sys_internal.h"

static const GetSetDef version_fields[] = {
    FIELD(0, "major", "Major release number"), FIELD(1, "minor", "Minor release number"),
        FIELD(2, "micro", "Patch release number"),
    FIELD(3, "releaselevel", "'alpha', 'beta', 'candidate', or 'final'"), FIELD(4, "serial", "Serial release number"),
        {0},
};
static const TypeDef version_def = {STRUCT_SEQUENCE_TYPE("sys.version_info", version_fields), .flags = TYPE_NO_NEW};

static const GetSetDef float_fields[] = {
    FIELD(0, "max", "maximum representable finite float"),
        FIELD(1, "max_exp", "maximum int e such that radix**(e-1) is representable"),
    FIELD(2, "max_10_exp", "maximum int e such that 10**e is representable"),
        FIELD(3, "min", "minimum positive normalized float"),
    FIELD(4, "min_exp", "minimum int e such that radix**(e-1) is a normalized float"),
    FIELD(5, "min_10_exp", "minimum int e such that 10**e is a normalized float"),
        FIELD(6, "dig", "digits that survive a round trip"),
    FIELD(7, "mant_dig", "mantissa digits"),
        FIELD(8, "epsilon", "difference between 1 and the next representable float"),
    FIELD(9, "radix", "radix of the exponent"), FIELD(10, "rounds", "rounding mode of arithmetic"), {0},
};
static const TypeDef float_info_def = {STRUCT_SEQUENCE_TYPE("sys.float_info", float_fields), .flags = TYPE_NO_NEW};

static const GetSetDef int_fields[] = {
    FIELD(0, "bits_per_digit", "size of a digit in bits"),
        FIELD(1, "sizeof_digit", "size in bytes of the C type of a digit"),
    FIELD(2, "default_max_str_digits", "limit of conversions between int and str"),
    FIELD(3, "str_digits_check_threshold", "smallest limit that may be set"), {0},
};
static const TypeDef int_info_def = {STRUCT_SEQUENCE_TYPE("sys.int_info", int_fields), .flags = TYPE_NO_NEW};

static const GetSetDef hash_fields[] = {
    FIELD(0, "width", "width of hash values in bits"), FIELD(1, "modulus", "prime modulus of numeric hashes"),
    FIELD(2, "inf", "hash of positive infinity"), FIELD(3, "nan", "hash of a NaN, no longer used"),
    FIELD(4, "imag", "multiplier of the imaginary part"), FIELD(5, "algorithm", "name of the hash of str and bytes"),
    FIELD(6, "hash_bits", "internal output size of the algorithm"), FIELD(7, "seed_bits", "seed size of the algorithm"),
    FIELD(8, "cutoff", "length below which another algorithm is used"), {0},
};
static const TypeDef hash_info_def = {STRUCT_SEQUENCE_TYPE("sys.hash_info", hash_fields), .flags = TYPE_NO_NEW};

static const GetSetDef thread_fields[] = {
    FIELD(0, "name", "name of the thread implementation"), FIELD(1, "lock", "name of the lock implementation"),
    FIELD(2, "version", "name and version of the thread library"), {0},
};
static const TypeDef thread_info_def = {STRUCT_SEQUENCE_TYPE("sys.thread_info", thread_fields), .flags = TYPE_NO_NEW};

static const GetSetDef flag_fields[] = {
    FIELD(0, "debug", "-d"), FIELD(1, "inspect", "-i"), FIELD(2, "interactive", "-i"),
        FIELD(3, "optimize", "-O or -OO"),
    FIELD(4, "dont_write_bytecode", "-B"), FIELD(5, "no_user_site", "-s"), FIELD(6, "no_site", "-S"),
    FIELD(7, "ignore_environment", "-E"), FIELD(8, "verbose", "-v"), FIELD(9, "bytes_warning", "-b"),
        FIELD(10, "quiet", "-q"),
    FIELD(11, "hash_randomization", "-R"), FIELD(12, "isolated", "-I"), FIELD(13, "dev_mode", "-X dev"),
        FIELD(14, "utf8_mode", "-X utf8"),
    FIELD(15, "warn_default_encoding", "-X warn_default_encoding"), FIELD(16, "safe_path", "-P"),
    FIELD(17, "int_max_str_digits", "-X int_max_str_digits"), {0},
};
static const TypeDef flags_def = {STRUCT_SEQUENCE_TYPE("sys.flags", flag_fields), .flags = TYPE_NO_NEW};

static const GetSetDef asyncgen_fields[] = {
    FIELD(0, "firstiter", "called when an async generator is first iterated"),
    FIELD(1, "finalizer", "called when an async generator is about to be collected"), {0},
};
const TypeDef asyncgen_hooks_def = {STRUCT_SEQUENCE_TYPE("asyncgen_hooks", asyncgen_fields), .flags = TYPE_NO_NEW};

static const GetSetDef unraisable_fields[] = {
    FIELD(0, "exc_type", "Exception type"), FIELD(1, "exc_value", "Exception value"),
        FIELD(2, "exc_traceback", "Exception traceback"),
    FIELD(3, "err_msg", "Error message"), FIELD(4, "object", "Object causing the exception"), {0},
};
const TypeDef unraisable_hook_args_def = {
    STRUCT_SEQUENCE_TYPE("sys.UnraisableHookArgs", unraisable_fields),
    .make = {"UnraisableHookArgs(cls, sequence, dict=<unset>, /)", struct_sequence_make, NULL, 0, 0, 0},
};

static Value text(VM *vm, const char *s) { return from_object(str_from(vm, s)); }

static Value version_info(VM *vm)
{
    Value v[] = {from_small(AIOLOS_VERSION_MAJOR), from_small(AIOLOS_VERSION_MINOR), from_small(0), text(vm, "final"),
        from_small(0)};
    return v[3] ? struct_sequence_new(vm, &version_def, v) : VALUE_EMPTY;
}

static Value float_info(VM *vm)
{
    Value v[] = {
        from_double(DBL_MAX), from_small(DBL_MAX_EXP), from_small(DBL_MAX_10_EXP), from_double(DBL_MIN),
            from_small(DBL_MIN_EXP),
        from_small(DBL_MIN_10_EXP), from_small(DBL_DIG), from_small(DBL_MANT_DIG), from_double(DBL_EPSILON),
            from_small(FLT_RADIX),
        from_small(1),
    };
    return struct_sequence_new(vm, &float_info_def, v);
}

static Value int_info(VM *vm)
{
    Value v[] = {from_small(64), from_small(8), from_small(4300), from_small(640)};
    return struct_sequence_new(vm, &int_info_def, v);
}

static Value hash_info(VM *vm)
{
    Value v[] = {
        from_small(64), int_from_i64(vm, ((int64_t)1 << 61) - 1), from_small(314159), INT_ZERO, from_small(1000003),
        text(vm, "siphash13"), from_small(64), from_small(128), INT_ZERO,
    };
    return v[1] && v[5] ? struct_sequence_new(vm, &hash_info_def, v) : VALUE_EMPTY;
}

static Value thread_info(VM *vm)
{
    Value v[] = {text(vm, "pthread"), VALUE_NONE, VALUE_NONE};
    return v[0] ? struct_sequence_new(vm, &thread_info_def, v) : VALUE_EMPTY;
}

static Value flags(VM *vm)
{
    Value v[18];
    for (int i = 0; i < 18; i++)
        v[i] = INT_ZERO;
    v[4] = v[11] = from_small(1); // no bytecode files, random hash keys
    v[13] = v[16] = VALUE_FALSE;
    v[17] = from_small(-1);
    return struct_sequence_new(vm, &flags_def, v);
}

#define HEX_VERSION (AIOLOS_VERSION_MAJOR << 24 | AIOLOS_VERSION_MINOR << 16 | 0xF0)

static Value implementation(VM *vm, Value version)
{
    Dict *d = dict_new(vm, 4);
    if (!d || !dict_set_text(vm, d, "name", text(vm, "aiolos")) || !dict_set_text(vm, d, "cache_tag", VALUE_NONE) ||
        !dict_set_text(vm, d, "version", version) || !dict_set_text(vm, d, "hexversion", from_small(HEX_VERSION)))
        return VALUE_EMPTY;
    return simple_namespace_new(vm, d);
}

static bool add_versions(VM *vm, Module *m)
{
    Value version = version_info(vm);
    return version && module_set(vm, m, "version_info", version) &&
        module_set(vm, m, "implementation", implementation(vm, version)) &&
           module_set(vm, m, "hexversion", from_small(HEX_VERSION)) &&
               module_set(vm, m, "api_version", from_small(1013)) &&
           module_set(vm, m, "version", text(vm, "3.14.0 (aiolos)")) && module_set(vm, m, "copyright", text(vm, "")) &&
           module_set(vm, m, "float_info", float_info(vm)) && module_set(vm, m, "int_info", int_info(vm)) &&
           module_set(vm, m, "hash_info", hash_info(vm)) && module_set(vm, m, "thread_info", thread_info(vm)) &&
           module_set(vm, m, "flags", flags(vm));
}

static bool add_texts(VM *vm, Module *m)
{
    static const char *const texts[][2] = {
        {"platform", "linux"}, {"float_repr_style", "short"}, {"executable", ""}, {"prefix", "/usr/local"},
        {"exec_prefix", "/usr/local"}, {"base_prefix", "/usr/local"}, {"base_exec_prefix", "/usr/local"},
         {"platlibdir", "lib"},
        {"abiflags", ""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!module_set(vm, m, texts[i][0], text(vm, texts[i][1])))
            return false;
    const uint16_t probe = 1;
    return module_set(vm, m, "byteorder", text(vm, *(const char *)&probe ? "little" : "big"));
}

static bool add_containers(VM *vm, Module *m)
{
    static const char *const lists[] = {"argv", "orig_argv", "path", "warnoptions", "meta_path", "path_hooks"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!module_set(vm, m, lists[i], from_object(list_new(vm, 0))))
            return false;
    return module_set(vm, m, "modules", from_object(vm->modules)) &&
        module_set(vm, m, "_xoptions", from_object(dict_new(vm, 0))) &&
           module_set(vm, m, "path_importer_cache", from_object(dict_new(vm, 0))) &&
           module_set(vm, m, "builtin_module_names", vm->empty_tuple) &&
           module_set(vm, m, "stdlib_module_names", vm->empty_frozenset);
}

bool sys_add_constants(VM *vm, Module *m)
{
    Type *unraisable = struct_sequence_type(vm, &unraisable_hook_args_def);
    return unraisable && module_set(vm, m, "UnraisableHookArgs", from_object(unraisable)) && add_versions(vm, m) &&
        add_texts(vm, m) &&
           add_containers(vm, m) && module_set(vm, m, "maxsize", int_from_i64(vm, INT64_MAX)) &&
           module_set(vm, m, "maxunicode", from_small(0x10FFFF)) &&
               module_set(vm, m, "dont_write_bytecode", VALUE_TRUE) &&
           module_set(vm, m, "pycache_prefix", VALUE_NONE);
}
