// SPDX-License-Identifier: MIT
//
// The `sys` module: questions to the running VM and its settings. argv, path, the standard files, builtin_module_names
// and, when it prints tracebacks itself, excepthook are set by the host after the module was made.

#include "builtins_internal.h"
#include "sys_internal.h"

#include "vm/interp/interp.h"

// The frame object of a running frame: vm/types/traceback.c.
Value frame_object_new(VM *vm, Frame *frame);

// ---- leaving, exceptions

static Value sys_exit(VM *vm, Value *args, int nargs)
{
    if (nargs == 0 || is_none(args[0]))
        return raise_args(vm, EXC_SystemExit, 0, NULL);
    if (is_tuple(args[0]))
        return raise_args(vm, EXC_SystemExit, (int)as_tuple(args[0])->count, as_tuple(args[0])->items);
    return raise_args(vm, EXC_SystemExit, 1, args);
}

static Value sys_exception(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    Value e = exception_current(vm);
    return e ? e : VALUE_NONE;
}

static Value sys_exc_info(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    Value e = exception_current(vm);
    if (!e)
        return tuple_pack(vm, 3, VALUE_NONE, VALUE_NONE, VALUE_NONE);
    Value traceback = as_exception(e)->traceback;
    return tuple_pack(vm, 3, from_object(type_of(vm, e)), e, traceback ? traceback : VALUE_NONE);
}

static Value print_exception(VM *vm, Value e)
{
    Value module = module_import(vm, "traceback");
    Str *name = module ? str_intern_text(vm, "print_exception", 15) : NULL;
    Value f = name ? object_getattr(vm, module, name) : VALUE_EMPTY;
    return f ? call1(vm, f, e) : VALUE_EMPTY;
}

static Value sys_excepthook(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_exception(args[1]))
        return raise_type(vm, "print_exception(): Exception expected for value, %T found", args[1]);
    return print_exception(vm, args[1]);
}

static bool write_error(VM *vm, Str *s)
{
    Value file = sys_attribute(vm, "stderr"), line = from_object(s);
    if (!s || !file || is_none(file))
        return s && !vm->error;
    return call_method(vm, file, NAME_OF(vm, write), &line, 1) != VALUE_EMPTY;
}

static Value sys_unraisablehook(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (type_of(vm, args[0]) != struct_sequence_type(vm, &unraisable_hook_args_def))
        return vm->error ? VALUE_EMPTY : raise_type(vm, "sys.unraisablehook argument type must be UnraisableHookArgs");
    Value e = struct_sequence_field(args[0], 1), message = struct_sequence_field(args[0], 3), object =
        struct_sequence_field(args[0], 4);
    Value head = is_none(message) ? from_object(str_from(vm, "Exception ignored in")) : message;
    if (!head)
        return VALUE_EMPTY;
    Str *line = is_none(object) ? str_format(vm, "%S:\n", head) : str_format(vm, "%S: %R\n", head, object);
    if (!write_error(vm, line))
        return VALUE_EMPTY;
    return is_exception(e) ? print_exception(vm, e) : VALUE_NONE;
}

// ---- the prompt's display, the debugger

static Value sys_displayhook(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (is_none(args[0]))
        return VALUE_NONE;
    if (!dict_set_str(vm, vm->builtins, NAME_OF(vm, _), VALUE_NONE))
        return VALUE_EMPTY;
    Value out = sys_attribute(vm, "stdout");
    if (!out || is_none(out))
        return raise_runtime(vm, "lost sys.stdout");
    Str *shown = object_repr(vm, args[0]);
    Str *line = shown ? str_format(vm, "%U\n", shown) : NULL;
    Value text = from_object(line);
    if (!line || !call_method(vm, out, NAME_OF(vm, write), &text, 1))
        return VALUE_EMPTY;
    return dict_set_str(vm, vm->builtins, NAME_OF(vm, _), args[0]) ? VALUE_NONE : VALUE_EMPTY;
}

static Value sys_breakpointhook(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value module = module_import(vm, "pdb");
    Str *name = module ? str_intern_text(vm, "set_trace", 9) : NULL;
    Value f = name ? object_getattr(vm, module, name) : VALUE_EMPTY;
    if (f)
        return object_call_ex(vm, f, args[0], args[1]);
    if (!error_is(vm, EXC_ImportError))
        return VALUE_EMPTY;
    error_clear(vm);
    return warn(vm, EXC_RuntimeWarning, "Ignoring unimportable $PYTHONBREAKPOINT: \"pdb.set_trace\"") ? VALUE_NONE
        : VALUE_EMPTY;
}

// ---- frames

static Frame *frame_at(VM *vm, Value depth)
{
    int64_t n;
    if (!object_index_i64(vm, depth, &n))
        return NULL;
    Frame *frame = vm->frame;
    for (; frame && n > 0; n--)
        frame = frame->caller;
    if (!frame)
        raise_value(vm, "call stack is not deep enough");
    return frame;
}

static Value sys_getframe(VM *vm, Value *args, int nargs)
{
    Frame *frame = frame_at(vm, nargs ? args[0] : INT_ZERO);
    return frame ? frame_object_new(vm, frame) : VALUE_EMPTY;
}

static Value sys_getframemodulename(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Frame *frame = frame_at(vm, args[0]);
    if (!frame) {
        error_clear(vm);
        return VALUE_NONE;
    }
    Value name = as_function(frame->callee)->module;
    if (!name)
        name = dict_get_str(vm, as_function(frame->callee)->globals, NAME_OF(vm, __name__));
    return name ? name : VALUE_NONE;
}

// ---- limits

static Value sys_getrecursionlimit(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    return from_small(vm->recursion_limit);
}

static bool to_c_int(VM *vm, Value v, int *out)
{
    int64_t i;
    Value n = is_int_like(v) ? v : unary_op(vm, UNARY_INDEX, v);
    if (!n)
        return false;
    if (!int_fits_i64(n, &i) || i != (int)i)
        return raise_overflow(vm, "Python int too large to convert to C int"), false;
    *out = (int)i;
    return true;
}

static Value sys_setrecursionlimit(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int limit;
    if (!to_c_int(vm, args[0], &limit))
        return VALUE_EMPTY;
    if (limit < 1)
        return raise_value(vm, "recursion limit must be greater or equal than 1");
    if ((uint32_t)limit <= vm->depth)
        return raise_exc(vm, EXC_RecursionError,
            "cannot set the recursion limit to %d at the recursion depth %d: the limit is too low",
                         limit, (int)vm->depth);
    vm->recursion_limit = (uint32_t)limit < vm->recursion_most ? (uint32_t)limit : vm->recursion_most;
    return VALUE_NONE;
}

static Value sys_get_int_max_str_digits(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    return from_small(vm->int_max_str_digits);
}

static Value sys_set_int_max_str_digits(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int digits;
    if (!to_c_int(vm, args[0], &digits))
        return VALUE_EMPTY;
    if (digits != 0 && digits < 640)
        return raise_value(vm, "maxdigits must be 0 or larger than 640");
    vm->int_max_str_digits = digits;
    return VALUE_NONE;
}

static Value sys_getswitchinterval(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return from_double(0.005);
}

static Value sys_setswitchinterval(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    double seconds;
    if (!object_as_double(vm, args[0], &seconds))
        return VALUE_EMPTY;
    return seconds > 0 ? VALUE_NONE : raise_value(vm, "switch interval must be strictly positive");
}

static Value sys_getsizeof(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Value f = type_lookup(vm, type_of(vm, args[0]), NAME_OF(vm, __sizeof__));
    if (!f) {
        if (args[1] != VALUE_EMPTY)
            return args[1];
        return raise_type(vm, "Type %T doesn't define __sizeof__", args[0]);
    }
    Value size = call_method(vm, args[0], NAME_OF(vm, __sizeof__), NULL, 0);
    if (!size && args[1] != VALUE_EMPTY && error_is(vm, EXC_TypeError)) {
        error_clear(vm);
        return args[1];
    }
    if (size && int_sign(size) < 0)
        return raise_value(vm, "__sizeof__() should return >= 0");
    return size;
}

static Value sys_getallocatedblocks(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    return int_from_u64(vm, vm->gc.allocations);
}

// ---- hooks

static Value sys_get_asyncgen_hooks(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    Value v[2] = {vm->asyncgen_firstiter ? vm->asyncgen_firstiter : VALUE_NONE,
                  vm->asyncgen_finalizer ? vm->asyncgen_finalizer : VALUE_NONE};
    return struct_sequence_new(vm, &asyncgen_hooks_def, v);
}

static bool check_hook(VM *vm, Value hook, const char *name)
{
    if (hook == VALUE_EMPTY || is_none(hook) || is_callable(vm, hook))
        return true;
    return raise_type(vm, "callable %s expected, got %T", name, hook), false;
}

static Value sys_set_asyncgen_hooks(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!check_hook(vm, args[1], "finalizer") || !check_hook(vm, args[0], "firstiter"))
        return VALUE_EMPTY;
    if (args[0] != VALUE_EMPTY)
        vm->asyncgen_firstiter = is_none(args[0]) ? VALUE_EMPTY : args[0];
    if (args[1] != VALUE_EMPTY)
        vm->asyncgen_finalizer = is_none(args[1]) ? VALUE_EMPTY : args[1];
    return VALUE_NONE;
}

static Value sys_get_origin_depth(VM *vm, Value *args, int nargs)
{
    return (void)args, (void)nargs, from_small(vm->origin_depth);
}

static Value sys_set_origin_depth(VM *vm, Value *args, int nargs)
{
    int depth;
    (void)nargs;
    if (!to_c_int(vm, args[0], &depth))
        return VALUE_EMPTY;
    if (depth < 0)
        return raise_value(vm, "depth must be >= 0");
    vm->origin_depth = (uint32_t)depth;
    return VALUE_NONE;
}

static Value sys_no_trace(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return is_none(args[0]) ? VALUE_NONE : raise_exc(vm, EXC_NotImplementedError,
        "tracing and profiling functions are not supported");
}

static Value sys_none(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return VALUE_NONE;
}

// ---- names and encodings

static Value sys_intern(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[0]))
        return raise_type(vm, "intern() argument must be str, not %T", args[0]);
    if (!is_exact(vm, args[0], KIND_STR))
        return raise_type(vm, "can't intern %T", args[0]);
    return from_object(str_intern(vm, as_str(args[0])));
}

static Value sys_is_interned(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_str(args[0]))
        return raise_type(vm, "_is_interned() argument must be str, not %T", args[0]);
    return from_bool(as_str(args[0])->flags & STR_INTERNED);
}

static Value sys_getdefaultencoding(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    return from_object(str_from(vm, "utf-8"));
}

static Value sys_getfilesystemencodeerrors(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    return from_object(str_from(vm, "surrogateescape"));
}

static Value sys_is_finalizing(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return VALUE_FALSE;
}

static Value sys_audit(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    return is_str(args[0]) ? VALUE_NONE : raise_type(vm, "expected str for argument 'event', not %T", args[0]);
}

// ---- tables

static const NativeDef functions[] = {
    {"_clear_type_cache()", sys_none, "Clear the internal type look-up cache: nothing to do here.", NATIVE_RAW, 0, 0},
    {"_getframe(depth=0, /)", sys_getframe, "Return a frame object from the call stack.", NATIVE_RAW, 0, 1},
    {"_getframemodulename(depth=0)", sys_getframemodulename, "Return the name of the module for a calling frame.",
     0, 0, 0},
    {"_is_interned(string, /)", sys_is_interned, "Return True if the given string is interned.", NATIVE_RAW, 1, 1},
    {"addaudithook(hook)", sys_none, "Accepts and forgets an audit hook: no events are raised.", 0, 0, 0},
    {"audit(event, /, *args)", sys_audit, "Passes the event to any hooks that are attached: there are none.", 0, 0, 0},
    {"breakpointhook(*args, **kws)", sys_breakpointhook, "The hook that breakpoint() calls.", 0, 0, 0},
    {"displayhook(object, /)", sys_displayhook, "Print an object to sys.stdout and also save it in builtins._",
     NATIVE_RAW, 1, 1},
    {"exc_info()", sys_exc_info, "Return (type, value, traceback) of the exception being handled.", NATIVE_RAW, 0, 0},
    {"excepthook(exctype, value, traceback, /)", sys_excepthook, "Handle an exception by displaying it on sys.stderr.",
     NATIVE_RAW, 3, 3},
    {"exception()", sys_exception, "Return the exception being handled, or None.", NATIVE_RAW, 0, 0},
    {"exit(status=None, /)", sys_exit, "Exit the interpreter by raising SystemExit(status).", NATIVE_RAW, 0, 1},
    {"get_asyncgen_hooks()", sys_get_asyncgen_hooks, "Return the installed asynchronous generators hooks.",
     NATIVE_RAW, 0, 0},
    {"get_coroutine_origin_tracking_depth()", sys_get_origin_depth,
     "Return how many frames a coroutine keeps of the place where it was made.", NATIVE_RAW, 0, 0},
    {"get_int_max_str_digits()", sys_get_int_max_str_digits,
     "Return the maximum string digits limit for int<->str conversions.",
     NATIVE_RAW, 0, 0},
    {"getallocatedblocks()", sys_getallocatedblocks, "Return the number of memory blocks taken from the system so far.",
     NATIVE_RAW, 0, 0},
    {"getdefaultencoding()", sys_getdefaultencoding, "Return the default encoding of str: utf-8.", NATIVE_RAW, 0, 0},
    {"getfilesystemencodeerrors()", sys_getfilesystemencodeerrors, "Return the error mode for file names.",
     NATIVE_RAW, 0, 0},
    {"getfilesystemencoding()", sys_getdefaultencoding, "Return the encoding of file names.", NATIVE_RAW, 0, 0},
    {"getprofile()", sys_none, "Return the profiling function: None.", NATIVE_RAW, 0, 0},
    {"getrecursionlimit()", sys_getrecursionlimit, "Return the current value of the recursion limit.",
     NATIVE_RAW, 0, 0},
    {"getsizeof(object, default=<unset>)", sys_getsizeof, "Return the size of object in bytes.", 0, 0, 0},
    {"getswitchinterval()", sys_getswitchinterval, "Return the current thread switch interval.", NATIVE_RAW, 0, 0},
    {"gettrace()", sys_none, "Return the tracing function: None.", NATIVE_RAW, 0, 0},
    {"intern(string, /)", sys_intern, "Intern the given string: equal interned strings are one object.",
     NATIVE_RAW, 1, 1},
    {"is_finalizing()", sys_is_finalizing, "Return True if the runtime is shutting down.", NATIVE_RAW, 0, 0},
    {"set_asyncgen_hooks(firstiter=<unset>, finalizer=<unset>)", sys_set_asyncgen_hooks,
     "Set hooks of asynchronous generators.", 0, 0, 0},
    {"set_coroutine_origin_tracking_depth(depth)", sys_set_origin_depth,
     "Let coroutines keep so many frames of the place where they are made: cr_origin.", 0, 0, 0},
    {"set_int_max_str_digits(maxdigits)", sys_set_int_max_str_digits,
     "Set the maximum string digits limit for int<->str conversions.",
     0, 0, 0},
    {"setprofile(function, /)", sys_no_trace, "Set the profiling function: only None is supported.", NATIVE_RAW, 1, 1},
    {"setrecursionlimit(limit, /)", sys_setrecursionlimit, "Set the maximum depth of the call stack.",
     NATIVE_RAW, 1, 1},
    {"setswitchinterval(interval, /)", sys_setswitchinterval,
     "Accepts the ideal thread switch interval: scripts run in one thread.",
     NATIVE_RAW, 1, 1},
    {"settrace(function, /)", sys_no_trace, "Set the tracing function: only None is supported.", NATIVE_RAW, 1, 1},
    {"unraisablehook(unraisable, /)", sys_unraisablehook, "Handle an exception that cannot propagate.",
     NATIVE_RAW, 1, 1},
    {0},
};

// __displayhook__ and its kin: the originals, for scripts that replaced them.
static bool keep_originals(VM *vm, Module *module)
{
    static const char *const names[] = {"displayhook", "excepthook", "breakpointhook", "unraisablehook"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Str *key = str_intern_text(vm, names[i], strlen(names[i])), *kept = str_format(vm, "__%s__", names[i]);
        if (!key || !kept || !(kept = str_intern(vm, kept)) ||
            !dict_set_str(vm, module->dict, kept, dict_get_str(vm, module->dict, key)))
            return false;
    }
    return true;
}

static bool sys_init(VM *vm, Module *module)
{
    vm->sys_module = from_object(module);
    return sys_add_constants(vm, module) && keep_originals(vm, module);
}

const ModuleDef sys_module = {
    .name = "sys",
    .doc = "Access to the running virtual machine: its settings, standard files, loaded modules and the current "
        "exception.",
    .functions = functions,
    .init = sys_init,
};
