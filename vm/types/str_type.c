// SPDX-License-Identifier: MIT
//
// The type str: operators, subscripts, the constructor, and the table of its methods, which are in the str_*.c files.

#include "str_internal.h"
#include "vm/core/type.h"
#include "vm/types/container.h"

// ---- subscripts

static Value stepped_slice(VM *vm, Str *s, int64_t start, int64_t step, int64_t count)
{
    if (str_is_ascii(s)) {
        if (count == 1)
            return vm->latin1[(unsigned char)s->data[start]];
        Str *r = str_alloc(vm, (size_t)count, (size_t)count);
        for (int64_t i = 0; r && i < count; i++)
            r->data[i] = s->data[start + i * step];
        return str_result(r);
    }
    StrBuilder b;
    builder_init(&b, vm);
    for (int64_t i = 0; i < count; i++)
        if (!builder_add_codepoint(&b, str_codepoint_at(vm, s, start + i * step)) || !loop_tick(vm, i))
            return VALUE_EMPTY;
    return str_result(builder_finish(&b));
}

static Value get_slice(VM *vm, Str *s, Value key)
{
    int64_t start, stop, step, count;
    if (!slice_indices(vm, key, s->length, &start, &stop, &step, &count))
        return VALUE_EMPTY;
    if (count == 0)
        return from_object(vm->empty_str);
    return step == 1 ? str_result(str_slice(vm, s, start, start + count)) : stepped_slice(vm, s, start, step, count);
}

static Value str_getitem(VM *vm, Value self, Value key)
{
    int64_t i;
    Str *s = as_str(self);
    if (likely(is_small(key))) {
        i = as_small(key);
    } else if (has_kind(key, KIND_SLICE)) {
        return get_slice(vm, s, key);
    } else if (!has_index(vm, key)) {
        return raise_type(vm, "string indices must be integers, not '%T'", key);
    } else if (!object_index_i64(vm, key, &i)) {
        return VALUE_EMPTY;
    }
    if (i < 0)
        i += s->length;
    if ((uint64_t)i >= s->length)
        return raise_index(vm, "string index out of range");
    if (likely(str_is_ascii(s)))
        return vm->latin1[(unsigned char)s->data[i]];
    return str_result(str_from_codepoint(vm, str_codepoint_at(vm, s, i)));
}

// ---- operators

static bool hash_op(VM *vm, Value self, int64_t *out)
{
    *out = str_hash(vm, as_str(self));
    return true;
}

static Value compare_op(VM *vm, Value self, Value other, CompareOp op)
{
    if (!is_str(other))
        return VALUE_NOT_IMPLEMENTED;
    const Str *a = as_str(self), *b = as_str(other);
    if (op == COMPARE_EQ || op == COMPARE_NE)
        return from_bool(str_equal_paid(vm, a, b) == (op == COMPARE_EQ));
    vm_charge_bytes(vm, a->size < b->size ? a->size : b->size);
    return compare_result(str_compare(a, b), op);
}

static Value binary_op_str(VM *vm, BinaryOp op, Value l, Value r)
{
    int64_t times;
    bool counted;
    switch (op) {
    case BINARY_ADD:
        if (is_str(l) && is_str(r))
            return str_result(str_concat(vm, as_str(l), as_str(r)));
        if (!is_str(l) || type_of(vm, r)->flags & TYPE_HEAP) // a class of scripts may have __radd__
            return VALUE_NOT_IMPLEMENTED;
        return raise_type(vm, "can only concatenate str (not \"%T\") to str", r);
    case BINARY_MUL: {
        Value s = is_str(l) ? l : r;
        Value v = sequence_times(vm, is_str(l) ? r : l, &times, &counted);
        return counted ? str_result(str_repeat(vm, as_str(s), times)) : v;
    }
    case BINARY_MOD: return is_str(l) ? str_percent(vm, as_str(l), r) : VALUE_NOT_IMPLEMENTED;
    default: return VALUE_NOT_IMPLEMENTED;
    }
}

static int64_t len_op(VM *vm, Value self)
{
    (void)vm;
    return as_str(self)->length;
}

static int truth_op(VM *vm, Value self)
{
    (void)vm;
    return as_str(self)->size != 0;
}

static Value repr_op(VM *vm, Value self) { return str_result(str_repr(vm, as_str(self))); }
static Value str_op(VM *vm, Value self) { return str_result(str_exact(vm, as_str(self))); }

static Value format_op(VM *vm, Value self, Str *spec)
{
    if (spec->size == 0)
        return str_result(object_str(vm, self));
    return format_str(vm, as_str(self), spec);
}

// ---- methods that fit nowhere else

static bool text_argument(VM *vm, const char *function, const char *name, Value v)
{
    if (v == VALUE_EMPTY)
        return true;
    if (!is_str(v))
        return raise_type(vm, "%s() argument '%s' must be str, not %s", function, name, argument_type_name(vm, v)),
               false;
    if (strlen(as_str(v)->data) != as_str(v)->size)
        return raise_value(vm, "embedded null character"), false;
    return true;
}

static const char *text_of(Value v) { return v == VALUE_EMPTY ? NULL : as_str(v)->data; }

static Value encode_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!text_argument(vm, "encode", "encoding", args[1]) || !text_argument(vm, "encode", "errors", args[2]))
        return VALUE_EMPTY;
    return str_encode(vm, as_str(args[0]), text_of(args[1]), text_of(args[2]));
}

static Value getnewargs_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *s = str_exact(vm, as_str(args[0]));
    return s ? tuple_pack(vm, 1, from_object(s)) : VALUE_EMPTY;
}

static Value sizeof_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    const Str *s = as_str(args[0]);
    return from_small((int64_t)(sizeof *s + (s->flags & STR_SHARED ? 16 : str_payload(s->size, s->length))));
}

// ---- constructor

static Value make_decoded(VM *vm, Value object, Value encoding, Value errors)
{
    const char *data;
    size_t size;
    if (!text_argument(vm, "str", "encoding", encoding) || !text_argument(vm, "str", "errors", errors))
        return VALUE_EMPTY;
    if (object == VALUE_EMPTY)
        return from_object(vm->empty_str);
    if (is_str(object))
        return raise_type(vm, "decoding str is not supported");
    if (!bytes_view(object, &data, &size))
        return raise_type(vm, "decoding to str: need a bytes-like object, %T found", object);
    return str_decode(vm, data, size, text_of(encoding), text_of(errors));
}

// An instance of a subclass with the text of s.
static Value make_subclass(VM *vm, Type *cls, Str *s)
{
    Str *copy = type_alloc(vm, cls, str_payload(s->size, s->length));
    if (!copy)
        return VALUE_EMPTY;
    copy->size = s->size;
    copy->length = s->length;
    copy->hash = s->hash;
    copy->data = (char *)(copy + 1);
    memcpy(copy->data, s->data, s->size);
    return from_object(copy);
}

static Value str_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Type *cls = (Type *)as_object(args[0]);
    Value text;
    if (args[2] != VALUE_EMPTY || args[3] != VALUE_EMPTY)
        text = make_decoded(vm, args[1], args[2], args[3]);
    else
        text = args[1] == VALUE_EMPTY ? from_object(vm->empty_str) : str_result(object_str(vm, args[1]));
    if (text == VALUE_EMPTY || cls == vm->types[KIND_STR])
        return text;
    return make_subclass(vm, cls, as_str(text));
}

static const NativeDef str_methods[] = {
    {"capitalize(self, /)", str_capitalize_method,
     "The first character in title case, the rest in lower case.", NATIVE_RAW, 1, 1},
    {"casefold(self, /)", str_casefold_method, "A version for caseless comparison.", NATIVE_RAW, 1, 1},
    {"center(self, width, fillchar=' ', /)", str_center_method,
     "Centred in a text of the given width.", NATIVE_RAW, 2, 3},
    {"count(self, sub, start=None, end=None, /)", str_count_method,
     "How often sub occurs without overlap.", NATIVE_RAW, 1, -1},
    {"encode(self, /, encoding=<unset>, errors=<unset>)", encode_method,
     "The text as bytes, UTF-8 by default.", 0, 0, 0},
    {"endswith(self, suffix, start=None, end=None, /)", str_endswith_method,
     "Whether the text ends with suffix, or one of a tuple.", NATIVE_RAW, 1, -1},
    {"expandtabs(self, /, tabsize=8)", str_expandtabs_method,
     "Tabs replaced by spaces up to the next column.", 0, 0, 0},
    {"find(self, sub, start=None, end=None, /)", str_find_method,
     "Lowest index of sub, -1 when absent.", NATIVE_RAW, 1, -1},
    {"format(self, /, *args, **kwargs)", str_format_method, "Replacement fields {} filled in.", 0, 0, 0},
    {"format_map(self, mapping, /)", str_format_map_method,
     "format() with names looked up in one mapping.", NATIVE_RAW, 2, 2},
    {"index(self, sub, start=None, end=None, /)", str_index_method,
     "Like find, but an absent sub is a ValueError.", NATIVE_RAW, 1, -1},
    {"isalnum(self, /)", str_isalnum_method, "Whether all characters are letters or digits.", NATIVE_RAW, 1, 1},
    {"isalpha(self, /)", str_isalpha_method, "Whether all characters are letters.", NATIVE_RAW, 1, 1},
    {"isascii(self, /)", str_isascii_method, "Whether all characters are ASCII.", NATIVE_RAW, 1, 1},
    {"isdecimal(self, /)", str_isdecimal_method, "Whether all characters are decimal digits.", NATIVE_RAW, 1, 1},
    {"isdigit(self, /)", str_isdigit_method, "Whether all characters are digits.", NATIVE_RAW, 1, 1},
    {"isidentifier(self, /)", str_isidentifier_method, "Whether the text is a valid name.", NATIVE_RAW, 1, 1},
    {"islower(self, /)", str_islower_method, "Whether all cased characters are in lower case.", NATIVE_RAW, 1, 1},
    {"isnumeric(self, /)", str_isnumeric_method, "Whether all characters have a numeric value.", NATIVE_RAW, 1, 1},
    {"isprintable(self, /)", str_isprintable_method,
     "Whether repr() shows all characters as they are.", NATIVE_RAW, 1, 1},
    {"isspace(self, /)", str_isspace_method, "Whether all characters are white space.", NATIVE_RAW, 1, 1},
    {"istitle(self, /)", str_istitle_method,
     "Whether words begin in upper case and go on in lower case.", NATIVE_RAW, 1, 1},
    {"isupper(self, /)", str_isupper_method, "Whether all cased characters are in upper case.", NATIVE_RAW, 1, 1},
    {"join(self, iterable, /)", str_join_method,
     "The strings of iterable with this one between them.", NATIVE_RAW, 2, 2},
    {"ljust(self, width, fillchar=' ', /)", str_ljust_method, "Padded on the right.", NATIVE_RAW, 2, 3},
    {"lower(self, /)", str_lower_method, "In lower case.", NATIVE_RAW, 1, 1},
    {"lstrip(self, chars=None, /)", str_lstrip_method, "Without leading white space, or chars.", NATIVE_RAW, 1, 2},
    {"maketrans(x, y=<unset>, z=<unset>, /)", str_maketrans_method,
     "A table for translate().", NATIVE_RAW | NATIVE_STATIC, 1, 3},
    {"partition(self, sep, /)", str_partition_method, "(head, sep, tail) at the first sep.", NATIVE_RAW, 2, 2},
    {"removeprefix(self, prefix, /)", str_removeprefix_method, "Without the prefix, if it has it.", NATIVE_RAW, 2, 2},
    {"removesuffix(self, suffix, /)", str_removesuffix_method, "Without the suffix, if it has it.", NATIVE_RAW, 2, 2},
    {"replace(self, old, new, count=-1, /)", str_replace_method,
     "Occurrences of old replaced by new.", NATIVE_RAW, 3, 4},
    {"rfind(self, sub, start=None, end=None, /)", str_rfind_method,
     "Highest index of sub, -1 when absent.", NATIVE_RAW, 1, -1},
    {"rindex(self, sub, start=None, end=None, /)", str_rindex_method,
     "Like rfind, but an absent sub is a ValueError.", NATIVE_RAW, 1, -1},
    {"rjust(self, width, fillchar=' ', /)", str_rjust_method, "Padded on the left.", NATIVE_RAW, 2, 3},
    {"rpartition(self, sep, /)", str_rpartition_method, "(head, sep, tail) at the last sep.", NATIVE_RAW, 2, 2},
    {"rsplit(self, /, sep=None, maxsplit=-1)", str_rsplit_method,
     "The parts between sep or white space, counted from the end.", 0, 0, 0},
    {"rstrip(self, chars=None, /)", str_rstrip_method, "Without trailing white space, or chars.", NATIVE_RAW, 1, 2},
    {"split(self, /, sep=None, maxsplit=-1)", str_split_method, "The parts between sep or white space.", 0, 0, 0},
    {"splitlines(self, /, keepends=False)", str_splitlines_method, "The lines.", 0, 0, 0},
    {"startswith(self, prefix, start=None, end=None, /)", str_startswith_method,
     "Whether the text starts with prefix, or one of a tuple.", NATIVE_RAW, 1, -1},
    {"strip(self, chars=None, /)", str_strip_method, "Without white space, or chars, at both ends.", NATIVE_RAW, 1, 2},
    {"swapcase(self, /)", str_swapcase_method, "Upper case to lower case and the reverse.", NATIVE_RAW, 1, 1},
    {"title(self, /)", str_title_method, "Words begin in title case and go on in lower case.", NATIVE_RAW, 1, 1},
    {"translate(self, table, /)", str_translate_method,
     "Characters replaced by what the table has for their numbers.", NATIVE_RAW, 2, 2},
    {"upper(self, /)", str_upper_method, "In upper case.", NATIVE_RAW, 1, 1},
    {"zfill(self, width, /)", str_zfill_method, "Padded with zeros behind the sign.", NATIVE_RAW, 2, 2},
    {"__getnewargs__(self, /)", getnewargs_method, NULL, NATIVE_RAW, 1, 1},
    {"__sizeof__(self, /)", sizeof_method, NULL, NATIVE_RAW, 1, 1},
    {0},
};

static const TypeOps str_ops = {
    .mark = str_mark,
    .repr = repr_op,
    .str = str_op,
    .format = format_op,
    .hash = hash_op,
    .compare = compare_op,
    .compare_mask = ALL_COMPARES,
    .binary = binary_op_str,
    .binary_mask = BIT(BINARY_ADD) | BIT(BINARY_MUL) | BIT(BINARY_MOD),
    .reflected_mask = BIT(BINARY_MUL) | BIT(BINARY_MOD),
    .truth = truth_op,
    .len = len_op,
    .getitem = str_getitem,
    .contains = str_contains,
    .iter = str_iter,
};

const TypeDef str_def = {
    .name = "str",
    .kind = KIND_STR,
    .size = sizeof(Str),
    .ops = &str_ops,
    .methods = str_methods,
    .make = {"str(cls, object=<unset>, encoding=<unset>, errors=<unset>)", str_make, NULL, 0, 0, 0},
    .doc = "Text: an immutable sequence of characters.",
    .flags = TYPE_BASE | TYPE_MATCH_SELF,
};
