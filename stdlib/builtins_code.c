// SPDX-License-Identifier: MIT
//
// Builtin functions that make and run code: compile, eval, exec, __import__, and __build_class__, which every class
// statement calls (PEP 3115, 560).

#include "builtins_internal.h"

#include "vm/compile/compile.h"
#include "vm/interp/interp.h"

// ---- where code runs

typedef struct Namespaces {
    Dict *globals;
    Value locals; // a mapping, or the globals
} Namespaces;

static Function *caller_function(VM *vm) { return vm->frame ? as_function(vm->frame->callee) : NULL; }

BUILTIN(globals)
{
    (void)args, (void)nargs;
    Function *f = caller_function(vm);
    return f ? from_object(f->globals) : VALUE_NONE;
}

BUILTIN(locals)
{
    (void)args, (void)nargs;
    return vm->frame ? frame_locals(vm, vm->frame) : raise_exc(vm, EXC_SystemError, "frame does not exist");
}

static bool is_mapping(VM *vm, Value v)
{
    Type *t = type_of(vm, v);
    return type_overrides(t, SPECIAL___getitem__) || t->ops->getitem;
}

static bool check_namespaces(VM *vm, Value globals, Value locals, bool exec)
{
    if (!is_none(globals) && !is_dict(globals)) {
        if (exec)
            raise_type(vm, "exec() globals must be a dict, not %T", globals);
        else
            raise_type(vm, "%s", is_mapping(vm, globals) ? "globals must be a real dict; try eval(code, {}, mapping)"
                                                         : "globals must be a dict");
        return false;
    }
    if (is_none(locals) || is_mapping(vm, locals))
        return true;
    if (exec)
        raise_type(vm, "locals must be a mapping or None, not %T", locals);
    else
        raise_type(vm, "locals must be a mapping");
    return false;
}

static bool find_namespaces(VM *vm, Value globals, Value locals, Namespaces *out)
{
    Function *f = caller_function(vm);
    if (is_none(globals)) {
        if (!f)
            return raise_type(vm, "eval must be given globals and locals when called without a frame"), false;
        out->globals = f->globals;
        out->locals = is_none(locals) ? frame_locals(vm, vm->frame) : locals;
    } else {
        out->globals = as_dict(globals);
        out->locals = is_none(locals) ? globals : locals;
    }
    if (!out->locals)
        return false;
    if (dict_get_str(vm, out->globals, NAME_OF(vm, __builtins__)))
        return true;
    Value builtins = from_object(f && f->builtins ? f->builtins : vm->builtins);
    return dict_set_str(vm, out->globals, NAME_OF(vm, __builtins__), builtins);
}

// ---- source text

// The text of a str or bytes-like object. False: TypeError with `message`, or SyntaxError.
static bool source_text(VM *vm, Value source, const char *message, const char **text, size_t *size)
{
    if (is_str(source)) {
        *text = as_str(source)->data;
        *size = as_str(source)->size;
    } else if (!bytes_view(source, text, size)) {
        return raise_type(vm, "%s", message), false;
    }
    if (memchr(*text, 0, *size))
        return raise_value(vm, "source code string cannot contain null bytes"), false;
    return true;
}

static uint32_t inherited_flags(VM *vm)
{
    Function *f = caller_function(vm);
    return f && f->code->flags & CODE_FUTURE_ANNOTATIONS ? COMPILE_FUTURE_ANNOTATIONS : 0;
}

static Code *compile_string(VM *vm, Value source, bool exec, const Namespaces *where)
{
    const char *text;
    size_t size;
    if (!source_text(vm, source, exec ? "exec() arg 1 must be a string, bytes or code object"
                                      : "eval() arg 1 must be a string, bytes or code object", &text, &size))
        return NULL;
    for (; !exec && size && (*text == ' ' || *text == '\t'); text++)
        size--;
    Str *file = str_from(vm, "<string>");
    uint32_t flags = inherited_flags(vm) | (where->locals == from_object(where->globals) ? 0 : COMPILE_NAMESPACE);
    CompileMode mode = exec ? COMPILE_EXEC : COMPILE_EVAL;
    return file ? compile_source(vm, text, size, file, mode, flags, is_str(source)) : NULL;
}

static Value run(VM *vm, Code *code, const Namespaces *where)
{
    Value locals = where->locals == from_object(where->globals) ? VALUE_EMPTY : where->locals;
    return vm_run_code(vm, code, where->globals, locals);
}

BUILTIN(eval)
{
    Value globals = nargs > 1 ? args[1] : VALUE_NONE, locals = nargs > 2 ? args[2] : VALUE_NONE;
    Namespaces where;
    if (!check_namespaces(vm, globals, locals, false) || !find_namespaces(vm, globals, locals, &where))
        return VALUE_EMPTY;
    Code *code;
    if (has_kind(args[0], KIND_CODE)) {
        code = (Code *)as_object(args[0]);
        if (code->nfree)
            return raise_type(vm, "code object passed to eval() may not contain free variables");
    } else if (!(code = compile_string(vm, args[0], false, &where))) {
        return VALUE_EMPTY;
    }
    return run(vm, code, &where);
}

// Runs code with free variables, whose cells the caller supplies.
static Value run_closure(VM *vm, Code *code, Dict *globals, Value closure)
{
    if (!code->nfree)
        return raise_type(vm, "cannot use a closure with this code object");
    bool ok = is_tuple(closure) && as_tuple(closure)->count == code->nfree;
    for (int64_t i = 0; ok && i < code->nfree; i++)
        ok = has_kind(as_tuple(closure)->items[i], KIND_CELL);
    if (!ok)
        return raise_type(vm, "code object requires a closure of exactly length %d", (int)code->nfree);
    Function *f = function_new(vm, code, globals);
    Value *cells = f ? gc_buffer(vm, code->nfree * sizeof(Value)) : NULL;
    if (!cells)
        return VALUE_EMPTY;
    memcpy(cells, as_tuple(closure)->items, code->nfree * sizeof(Value));
    f->closure = cells;
    gc_barrier(vm, f);
    return call0(vm, from_object(f));
}

BUILTIN(exec)
{
    (void)nargs;
    Value globals = args[1], locals = args[2], closure = args[3];
    Namespaces where;
    if (!check_namespaces(vm, globals, locals, true) || !find_namespaces(vm, globals, locals, &where))
        return VALUE_EMPTY;
    Value result;
    if (has_kind(args[0], KIND_CODE)) {
        Code *code = (Code *)as_object(args[0]);
        bool closed = code->nfree || !is_none(closure);
        result = closed ? run_closure(vm, code, where.globals, closure) : run(vm, code, &where);
    } else {
        if (!is_none(closure))
            return raise_type(vm, "closure argument can only be used when source is a code object");
        Code *code = compile_string(vm, args[0], true, &where);
        result = code ? run(vm, code, &where) : VALUE_EMPTY;
    }
    return result ? VALUE_NONE : VALUE_EMPTY;
}

// ---- compile

#define PYCF_DONT_IMPLY_DEDENT 0x200
#define PYCF_TOP_LEVEL_AWAIT 0x2000
#define CO_FUTURES 0x1FE0000 // every "from __future__" flag; only annotations still changes anything
#define CO_FUTURE_ANNOTATIONS 0x1000000

static Str *path_text(VM *vm, Value path)
{
    const char *data;
    size_t size;
    if (!is_str(path) && !is_bytes(path)) {
        Value f = type_lookup(vm, type_of(vm, path), NAME_OF(vm, __fspath__));
        if (!f)
            return raise_type(vm, "expected str, bytes or os.PathLike object, not %T", path), NULL;
        if (!(path = call_method(vm, path, NAME_OF(vm, __fspath__), NULL, 0)))
            return NULL;
    }
    if (is_str(path))
        return as_str(path);
    if (!bytes_view(path, &data, &size))
        return raise_type(vm, "expected str, bytes or os.PathLike object, not %T", path), NULL;
    Value s = str_decode(vm, data, size, "utf-8", "surrogateescape");
    return s ? as_str(s) : NULL;
}

static bool compile_mode(VM *vm, Value mode, CompileMode *out)
{
    if (!is_str(mode))
        return raise_type(vm, "compile() argument 'mode' must be str, not %T", mode), false;
    Str *s = as_str(mode);
    *out = str_is(s, "eval") ? COMPILE_EVAL : str_is(s, "single") ? COMPILE_SINGLE : COMPILE_EXEC;
    if (*out != COMPILE_EXEC || str_is(s, "exec"))
        return true;
    return raise_value(vm, "compile() mode must be 'exec', 'eval' or 'single'"), false;
}

static bool compile_flags(VM *vm, Value given, Value dont_inherit, Value optimize, uint32_t *out)
{
    int64_t flags, level;
    int alone = object_truth(vm, dont_inherit);
    if (alone < 0 || !object_index_i64(vm, given, &flags) || !object_index_i64(vm, optimize, &level))
        return false;
    if (flags & ~(int64_t)(PYCF_DONT_IMPLY_DEDENT | PYCF_TOP_LEVEL_AWAIT | CO_FUTURES))
        return raise_value(vm, "compile(): unrecognised flags"), false;
    if (level < -1 || level > 2)
        return raise_value(vm, "compile(): invalid optimize value"), false;
    // Whoever runs the code decides later whether its names live in the globals: keep them in a namespace.
    *out = COMPILE_NAMESPACE | (alone ? 0 : inherited_flags(vm));
    if (flags & PYCF_TOP_LEVEL_AWAIT)
        *out |= COMPILE_TOP_LEVEL_AWAIT;
    if (flags & CO_FUTURE_ANNOTATIONS)
        *out |= COMPILE_FUTURE_ANNOTATIONS;
    return true;
}

BUILTIN(compile)
{
    (void)nargs;
    CompileMode mode;
    uint32_t flags;
    const char *text;
    size_t size;
    Str *file = path_text(vm, args[1]);
    if (!file || !compile_mode(vm, args[2], &mode) || !compile_flags(vm, args[3], args[4], args[5], &flags))
        return VALUE_EMPTY;
    if (has_kind(args[0], KIND_CODE))
        return args[0];
    if (!source_text(vm, args[0], "compile() arg 1 must be a string, bytes or AST object", &text, &size))
        return VALUE_EMPTY;
    return from_object(compile_source(vm, text, size, file, mode, flags, is_str(args[0])));
}

// ---- __import__

BUILTIN(import)
{
    (void)nargs;
    int64_t level;
    if (!is_str(args[0]))
        return raise_type(vm, "module name must be a string");
    if (!object_index_i64(vm, args[4], &level))
        return VALUE_EMPTY;
    if (level < 0)
        return raise_value(vm, "level must be >= 0");
    if (as_str(args[0])->size == 0 && level == 0)
        return raise_value(vm, "Empty module name");
    if (!vm->hooks.import)
        return raise_exc(vm, EXC_ImportError, "__import__ not found");
    return vm->hooks.import(vm, as_str(args[0]), args[1], args[3], level);
}

Value module_import(VM *vm, const char *name)
{
    Str *s = str_from(vm, name);
    if (!s)
        return VALUE_EMPTY;
    Value loaded = dict_get_str(vm, vm->modules, s);
    if (loaded)
        return loaded;
    if (!vm->hooks.import)
        return raise_exc(vm, EXC_ImportError, "__import__ not found");
    return vm->hooks.import(vm, s, VALUE_NONE, vm->empty_tuple, 0);
}

// ---- __build_class__

// Replaces bases that are no classes by what their __mro_entries__ says.
static Value resolve_bases(VM *vm, Value bases)
{
    List *resolved = NULL;
    for (int64_t i = 0; i < as_tuple(bases)->count; i++) {
        Value base = as_tuple(bases)->items[i], f = VALUE_EMPTY;
        if (!is_type(base)) {
            f = object_getattr_opt(vm, base, NAME_OF(vm, __mro_entries__));
            if (!f && vm->error)
                return VALUE_EMPTY;
        }
        if (!f) {
            if (resolved && !list_append(vm, resolved, base))
                return VALUE_EMPTY;
            continue;
        }
        Value more = call1(vm, f, bases);
        if (!more)
            return VALUE_EMPTY;
        if (!is_tuple(more))
            return raise_type(vm, "__mro_entries__ must return a tuple");
        if (!resolved) {
            Value before = list_from(vm, as_tuple(bases)->items, i);
            if (!before)
                return VALUE_EMPTY;
            resolved = as_list(before);
        }
        if (!list_extend(vm, resolved, more))
            return VALUE_EMPTY;
    }
    return resolved ? tuple_from(vm, resolved->items, resolved->count) : bases;
}

static Value choose_metaclass(VM *vm, Value bases, Dict *keywords)
{
    Value meta = VALUE_EMPTY;
    if (keywords && dict_delete(vm, keywords, from_object(NAME_OF(vm, metaclass)), &meta) < 0)
        return VALUE_EMPTY;
    if (!meta)
        meta = from_object(as_tuple(bases)->count ? type_of(vm, as_tuple(bases)->items[0]) : vm->types[KIND_TYPE]);
    if (!is_type(meta))
        return meta;
    Type *winner = type_calculate_metatype(vm, as_type(meta), as_tuple(bases));
    return winner ? from_object(winner) : VALUE_EMPTY;
}

static Value prepare_namespace(VM *vm, Value meta, Value name, Value bases, Dict *keywords)
{
    if (meta == from_object(vm->types[KIND_TYPE]))
        return from_object(dict_new(vm, 8));
    Value f = object_getattr_opt(vm, meta, NAME_OF(vm, __prepare__));
    if (!f)
        return vm->error ? VALUE_EMPTY : from_object(dict_new(vm, 8));
    Value positional = tuple_pack(vm, 2, name, bases);
    Value namespace = positional ? object_call_ex(vm, f, positional, from_object(keywords)) : VALUE_EMPTY;
    if (!namespace || is_mapping(vm, namespace))
        return namespace;
    if (!is_type(meta))
        return raise_type(vm, "<metaclass>.__prepare__() must return a mapping, not %T", namespace);
    return raise_type(vm, "%N.__prepare__() must return a mapping, not %T", as_type(meta), namespace);
}

// The cell of __class__ must have received the new class.
static Value check_cell(VM *vm, Value cell, Value cls, Value name)
{
    if (!is_type(cls) || !has_kind(cell, KIND_CELL))
        return cls;
    Value held = ((Cell *)as_object(cell))->value;
    if (held == cls)
        return cls;
    if (!held)
        return raise_runtime(vm, "__class__ not set defining %R as %R. Was __classcell__ propagated to type.__new__?",
            name, cls);
    return raise_type(vm, "__class__ set to %R defining %R as %R", held, name, cls);
}

static Value make_class(VM *vm, Value meta, Value name, Value bases, Value namespace, Dict *keywords)
{
    if (meta == from_object(vm->types[KIND_TYPE]) && is_exact(vm, namespace, KIND_DICT))
        return type_new(vm, vm->types[KIND_TYPE], as_str(name), as_tuple(bases), as_dict(namespace), keywords);
    Value positional = tuple_pack(vm, 3, name, bases, namespace);
    return positional ? object_call_ex(vm, meta, positional, from_object(keywords)) : VALUE_EMPTY;
}

BUILTIN(build_class)
{
    (void)nargs;
    Value body = args[0], name = args[1], given = args[2];
    Dict *keywords = args[3] ? as_dict(args[3]) : NULL;
    if (body == VALUE_EMPTY || name == VALUE_EMPTY)
        return raise_type(vm, "__build_class__: not enough arguments");
    if (!is_function(body))
        return raise_type(vm, "__build_class__: func must be a function");
    if (!is_str(name))
        return raise_type(vm, "__build_class__: name is not a string");
    Value bases = resolve_bases(vm, given);
    Value meta = bases ? choose_metaclass(vm, bases, keywords) : VALUE_EMPTY;
    Value namespace = meta ? prepare_namespace(vm, meta, name, bases, keywords) : VALUE_EMPTY;
    Value cell = namespace ? vm_run_class_body(vm, body, namespace) : VALUE_EMPTY;
    if (!cell)
        return VALUE_EMPTY;
    if (bases != given && !object_setitem(vm, namespace, from_object(NAME_OF(vm, __orig_bases__)), given))
        return VALUE_EMPTY;
    vm->class_slot_hint = as_function(body)->code->attr_hint;
    Value cls = make_class(vm, meta, name, bases, namespace, keywords);
    return cls ? check_cell(vm, cell, cls, name) : VALUE_EMPTY;
}
