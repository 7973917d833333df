// SPDX-License-Identifier: MIT
//
// What single exception classes add: OSError's errno, SyntaxError's place, UnicodeError's range, and their str().

#include "exception_internal.h"

#include <stdio.h>

#include "vm/core/native.h"
#include "vm/core/type.h"

static bool is(VM *vm, Value e, ExcId id) { return type_is_subtype(type_of(vm, e), vm->exc[id]); }

// ---------------------------------------------------------------- descriptors

#define FIELD(cname, index) \
    static Value get_##cname(VM *vm, Value s) \
    { \
        Value v = exception_get_field(s, index); \
        (void)vm; \
        return v ? v : VALUE_NONE; \
    } \
    static bool set_##cname(VM *vm, Value s, Value v) { return exception_set_field(vm, s, index, v); }

FIELD(field0, 0)
FIELD(field1, 1)
FIELD(field2, 2)
FIELD(field3, 3)
FIELD(field4, 4)
FIELD(field5, 5)
FIELD(field6, 6)

static Value get_written(VM *vm, Value s)
{
    Value v = exception_get_field(s, FIELD_WRITTEN);
    return v ? v : raise_exc(vm, EXC_AttributeError, "characters_written");
}

static const GetSetDef value_fields[] = {{"value", get_field0, set_field0, NULL}, {0}};
static const GetSetDef code_fields[] = {{"code", get_field0, set_field0, NULL}, {0}};
static const GetSetDef name_fields[] = {{"name", get_field0, set_field0, NULL}, {0}};
static const GetSetDef attribute_fields[] = {
    {"name", get_field0, set_field0, NULL}, {"obj", get_field1, set_field1, NULL}, {0}};
static const GetSetDef import_fields[] = {{"name", get_field0, set_field0, NULL},
                                          {"msg", get_field1, set_field1, NULL},
                                          {"path", get_field2, set_field2, NULL},
                                          {0}};
static const GetSetDef os_fields[] = {
    {"errno", get_field0, set_field0, NULL}, {"strerror", get_field1, set_field1, NULL}, {"filename", get_field2, set_field2, NULL},
    {"filename2", get_field3, set_field3, NULL}, {"characters_written", get_written, set_field4, NULL}, {0},
};
static Value get_print_file(VM *vm, Value s) { return (void)vm, (void)s, VALUE_NONE; }
static const GetSetDef syntax_fields[] = {
    {"msg", get_field0, set_field0, NULL}, {"filename", get_field1, set_field1, NULL}, {"lineno", get_field2, set_field2, NULL},
    {"offset", get_field3, set_field3, NULL}, {"text", get_field4, set_field4, NULL}, {"end_lineno", get_field5, set_field5, NULL},
    {"end_offset", get_field6, set_field6, NULL}, {"print_file_and_line", get_print_file, NULL, NULL}, {0},
};
static const GetSetDef unicode_fields[] = {
    {"encoding", get_field0, set_field0, NULL}, {"object", get_field1, set_field1, NULL}, {"start", get_field2, set_field2, NULL},
    {"end", get_field3, set_field3, NULL}, {"reason", get_field4, set_field4, NULL}, {0},
};

extern const TypeDef exception_def;
#define CLASS_DEF(cname, fields) \
    static const TypeDef cname = {.name = "Exception", \
                                  .kind = KIND_EXCEPTION, \
                                  .size = sizeof(Exception), \
                                  .getsets = fields, \
                                  .make = EXCEPTION_MAKE, \
                                  .flags = TYPE_BASE | TYPE_EXTRA}
CLASS_DEF(plain_template, NULL);
CLASS_DEF(value_template, value_fields);
CLASS_DEF(code_template, code_fields);
CLASS_DEF(name_template, name_fields);
CLASS_DEF(attribute_template, attribute_fields);
CLASS_DEF(import_template, import_fields);
CLASS_DEF(os_template, os_fields);
CLASS_DEF(syntax_template, syntax_fields);
CLASS_DEF(unicode_template, unicode_fields);

const TypeDef *exception_class_def(ExcId id)
{
    switch (id) {
    case EXC_StopIteration: return &value_template;
    case EXC_SystemExit: return &code_template;
    case EXC_NameError: return &name_template;
    case EXC_AttributeError: return &attribute_template;
    case EXC_ImportError: return &import_template;
    case EXC_OSError: return &os_template;
    case EXC_SyntaxError: return &syntax_template;
    case EXC_UnicodeDecodeError: case EXC_UnicodeEncodeError: case EXC_UnicodeTranslateError: return &unicode_template;
    case EXC_BaseExceptionGroup: return &exception_group_def;
    default: return &plain_template;
    }
}

// ---------------------------------------------------------------- from args

static Value arg(Tuple *args, int64_t i) { return i < args->count ? args->items[i] : VALUE_EMPTY; }

static bool fill_range(VM *vm, Value e, const int *fields, int n)
{
    Tuple *args = as_tuple(as_exception(e)->args);
    for (int i = 0; i < n; i++)
        if (arg(args, i) && !exception_set_field(vm, e, fields[i], arg(args, i)))
            return false;
    return true;
}

static bool fill_os(VM *vm, Value e)
{
    Tuple *args = as_tuple(as_exception(e)->args);
    if (args->count < 2 || args->count > 5)
        return true;
    exception_set_field(vm, e, FIELD_ERRNO, args->items[0]);
    exception_set_field(vm, e, FIELD_STRERROR, args->items[1]);
    if (args->count > 2 && is(vm, e, EXC_BlockingIOError) && is_small(args->items[2]))
        return exception_set_field(vm, e, FIELD_WRITTEN, args->items[2]);
    if (args->count > 2 && !is_none(args->items[2])) { // the file name is not part of args
        exception_set_field(vm, e, FIELD_FILENAME, args->items[2]);
        if (args->count > 4 && !is_none(args->items[4]))
            exception_set_field(vm, e, FIELD_FILENAME2, args->items[4]);
        Value two = tuple_from(vm, args->items, 2);
        if (!two)
            return false;
        as_exception(e)->args = two;
    }
    return true;
}

static bool fill_syntax(VM *vm, Value e)
{
    Tuple *args = as_tuple(as_exception(e)->args);
    if (args->count >= 1)
        exception_set_field(vm, e, FIELD_MSG, args->items[0]);
    if (args->count != 2)
        return true;
    Value info = tuple_from_iterable(vm, args->items[1]);
    if (!info)
        return false;
    Tuple *t = as_tuple(info);
    if (t->count < 4 || t->count > 6)
        return (raise_type(vm, "function takes at %s arguments (%d given)", t->count < 4 ? "least 4" : "most 6",
                           (int)t->count),
                false);
    if (t->count == 5)
        return (raise_type(vm, "end_offset must be provided when end_lineno is provided"), false);
    for (int i = 0; i < t->count; i++)
        exception_set_field(vm, e, FIELD_FILE + i, t->items[i]);
    return true;
}

// Checks args against one letter each: s a str, n an int, b anything with bytes (looked at last).
static bool check_fields(VM *vm, const Tuple *args, const char *letters)
{
    int wanted = (int)strlen(letters);
    if (args->count != wanted)
        return (raise_type(vm, "function takes exactly %d arguments (%d given)", wanted, (int)args->count), false);
    for (int i = 0; i < wanted; i++) {
        Value v = args->items[i];
        int64_t index;
        if (letters[i] == 's' && !is_str(v))
            return (raise_type(vm, "argument %d must be str, not %T", i + 1, v), false);
        if (letters[i] == 'n' && !object_index_i64(vm, v, &index))
            return false;
    }
    const char *data;
    size_t size;
    if (strchr(letters, 'b') && !bytes_view(args->items[1], &data, &size))
        return (raise_type(vm, "a bytes-like object is required, not '%T'", args->items[1]), false);
    return true;
}

static bool fill_unicode(VM *vm, Value e, bool decode)
{
    static const int fields[] = {0, 1, 2, 3, 4};
    return check_fields(vm, as_tuple(as_exception(e)->args), decode ? "sbnns" : "ssnns") &&
           fill_range(vm, e, fields, 5);
}

bool exception_fill_fields(VM *vm, Value e)
{
    Tuple *args = as_tuple(as_exception(e)->args);
    if (is(vm, e, EXC_OSError))
        return fill_os(vm, e);
    if (is(vm, e, EXC_StopIteration))
        return !args->count || exception_set_field(vm, e, FIELD_VALUE, args->items[0]);
    if (is(vm, e, EXC_SystemExit))
        return !args->count ||
               exception_set_field(vm, e, FIELD_CODE, args->count == 1 ? args->items[0] : from_object(args));
    if (is(vm, e, EXC_ImportError))
        return args->count != 1 || exception_set_field(vm, e, FIELD_IMPORT_MSG, args->items[0]);
    if (is(vm, e, EXC_SyntaxError))
        return fill_syntax(vm, e);
    if (is(vm, e, EXC_UnicodeDecodeError))
        return fill_unicode(vm, e, true);
    if (is(vm, e, EXC_UnicodeEncodeError))
        return fill_unicode(vm, e, false);
    if (is(vm, e, EXC_UnicodeTranslateError)) {
        static const int fields[] = {1, 2, 3, 4};
        return check_fields(vm, args, "snns") && fill_range(vm, e, fields, 4);
    }
    return true;
}

bool exception_take_keywords(VM *vm, Value e, Value kwargs)
{
    if (!kwargs || !as_dict(kwargs)->count)
        return true;
    static const char *const import_names[] = {"name", "msg", "path"};
    static const char *const attribute_names[] = {"name", "obj"};
    const char *const *names = NULL;
    int count = 0;
    if (is(vm, e, EXC_ImportError))
        names = import_names, count = 3;
    else if (is(vm, e, EXC_AttributeError))
        names = attribute_names, count = 2;
    else if (is(vm, e, EXC_NameError))
        names = attribute_names, count = 1;
    uint32_t position = 0;
    Value key, value;
    while (dict_next(as_dict(kwargs), &position, &key, &value)) {
        int field = -1;
        for (int i = 0; i < count; i++)
            if (str_is(as_str(key), names[i]))
                field = i;
        if (field < 0 && count)
            return (raise_type(vm, "'%U' is an invalid keyword argument for %T()", as_str(key), e), false);
        if (field < 0)
            return (raise_type(vm, "%T() takes no keyword arguments", e), false);
        if (!exception_set_field(vm, e, field, value))
            return false;
    }
    return true;
}

Type *os_error_class(VM *vm, Type *cls, Tuple *args)
{
    if (cls != vm->exc[EXC_OSError] || args->count < 2 || args->count > 5 || !is_small(args->items[0]))
        return cls;
    return vm->exc[exception_of_errno((int)as_small(args->items[0]))];
}

// ---------------------------------------------------------------- str()

static Str *os_text(VM *vm, Value e)
{
    Value number = exception_get_field(e, FIELD_ERRNO), text = exception_get_field(e, FIELD_STRERROR);
    Value file = exception_get_field(e, FIELD_FILENAME), file2 = exception_get_field(e, FIELD_FILENAME2);
    if (file) {
        if (file2)
            return str_format(vm, "[Errno %S] %S: %R -> %R", number ? number : VALUE_NONE, text ? text : VALUE_NONE,
                              file, file2);
        return str_format(vm, "[Errno %S] %S: %R", number ? number : VALUE_NONE, text ? text : VALUE_NONE, file);
    }
    return number && text ? str_format(vm, "[Errno %S] %S", number, text) : NULL;
}

static Str *syntax_text(VM *vm, Value e)
{
    Value msg = exception_get_field(e, FIELD_MSG), file = exception_get_field(e, FIELD_FILE),
          line = exception_get_field(e, FIELD_LINENO);
    bool has_file = file && is_str(file), has_line = line && is_int(line);
    msg = msg ? msg : VALUE_NONE;
    if (!has_file && !has_line)
        return object_str(vm, msg);
    const char *name = has_file ? strrchr(as_str(file)->data, '/') : NULL;
    name = has_file ? (name ? name + 1 : as_str(file)->data) : NULL;
    if (has_file && has_line)
        return str_format(vm, "%S (%s, line %S)", msg, name, line);
    return has_file ? str_format(vm, "%S (%s)", msg, name) : str_format(vm, "%S (line %S)", msg, line);
}

static Str *unicode_text(VM *vm, Value e)
{
    Value object = exception_get_field(e, FIELD_OBJECT), encoding = exception_get_field(e, FIELD_ENCODING);
    Value reason = exception_get_field(e, FIELD_REASON), vstart = exception_get_field(e, FIELD_START),
          vend = exception_get_field(e, FIELD_END);
    if (!object || !vstart || !vend || !reason)
        return vm->empty_str;
    int64_t start = 0, end = 0;
    int_fits_i64(vstart, &start);
    int_fits_i64(vend, &end);
    bool decode = is(vm, e, EXC_UnicodeDecodeError), translate = is(vm, e, EXC_UnicodeTranslateError);
    const char *verb = decode ? "decode" : "encode";
    if (decode) {
        const char *data;
        size_t size;
        if (bytes_view(object, &data, &size) && start >= 0 && (size_t)start < size && end == start + 1)
            return str_format(vm, "'%S' codec can't decode byte 0x%02x in position %lld: %S", encoding,
                              (unsigned char)data[start], (long long)start, reason);
        return str_format(vm, "'%S' codec can't decode bytes in position %lld-%lld: %S", encoding, (long long)start,
                          (long long)end - 1, reason);
    }
    if (is_str(object) && start >= 0 && start < (int64_t)as_str(object)->length && end == start + 1) {
        uint32_t cp = str_codepoint_at(vm, as_str(object), start);
        char shown[16];
        snprintf(shown, sizeof shown, cp <= 0xFF ? "\\x%02x" : cp <= 0xFFFF ? "\\u%04x" : "\\U%08x", cp);
        if (translate)
            return str_format(vm, "can't translate character '%s' in position %lld: %S", shown, (long long)start,
                              reason);
        return str_format(vm, "'%S' codec can't encode character '%s' in position %lld: %S", encoding, shown,
                          (long long)start, reason);
    }
    if (translate)
        return str_format(vm, "can't translate characters in position %lld-%lld: %S", (long long)start,
                          (long long)end - 1, reason);
    return str_format(vm, "'%S' codec can't %s characters in position %lld-%lld: %S", encoding, verb, (long long)start,
                      (long long)end - 1, reason);
}

static Str *group_text(VM *vm, Value e)
{
    Value list = exception_get_field(e, FIELD_EXCEPTIONS);
    int64_t n = list ? as_tuple(list)->count : 0;
    return str_format(vm, "%S (%lld sub-exception%s)", exception_get_field(e, FIELD_MESSAGE), (long long)n,
                      n == 1 ? "" : "s");
}

Str *exception_text(VM *vm, Value e)
{
    Tuple *args = as_tuple(as_exception(e)->args);
    Str *s = NULL;
    if (is(vm, e, EXC_OSError) && ((s = os_text(vm, e)) || vm->error))
        return s;
    if (is(vm, e, EXC_SyntaxError))
        return syntax_text(vm, e);
    if (is(vm, e, EXC_UnicodeDecodeError) || is(vm, e, EXC_UnicodeEncodeError) || is(vm, e, EXC_UnicodeTranslateError))
        return unicode_text(vm, e);
    if (is(vm, e, EXC_BaseExceptionGroup))
        return group_text(vm, e);
    if (is(vm, e, EXC_KeyError) && args->count == 1)
        return object_repr(vm, args->items[0]);
    if (is(vm, e, EXC_ImportError)) {
        Value msg = exception_get_field(e, FIELD_IMPORT_MSG);
        if (msg && is_str(msg))
            return as_str(msg);
    }
    if (args->count == 0)
        return vm->empty_str;
    return object_str(vm, args->count == 1 ? args->items[0] : from_object(args));
}
