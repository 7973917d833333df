// SPDX-License-Identifier: MIT
//
// Builtin functions that meet the outside: print, input, open, help, breakpoint, and the objects exit and quit. All go
// through the file objects in sys; nothing here knows what a file is.

#include "builtins_internal.h"

Value sys_attribute(VM *vm, const char *name)
{
    if (!vm->sys_module || !is_module(vm->sys_module))
        return VALUE_EMPTY;
    Str *key = str_intern_text(vm, name, strlen(name));
    return key ? dict_get_str(vm, as_module(vm->sys_module)->dict, key) : VALUE_EMPTY;
}

static bool write_str(VM *vm, Value file, Str *s)
{
    Value text = from_object(s);
    return s && call_method(vm, file, NAME_OF(vm, write), &text, 1) != VALUE_EMPTY;
}

static bool flush_file(VM *vm, Value file) { return call_method(vm, file, NAME_OF(vm, flush), NULL, 0) != VALUE_EMPTY; }

// ---- print

typedef struct PrintJob {
    Value file;
    Str *separator, *end; // NULL: the usual
} PrintJob;

// To a file made in C: the whole line in one call. What was converted before an error still goes out.
static bool print_joined(VM *vm, const PrintJob *job, const Tuple *values)
{
    StrBuilder b;
    builder_init(&b, vm);
    Value error = VALUE_EMPTY;
    for (int64_t i = 0; i < values->count && !error; i++) {
        if (i && job->separator)
            builder_add_str(&b, job->separator);
        else if (i)
            builder_add_char(&b, ' ');
        Str *s = object_str(vm, values->items[i]);
        if (s)
            builder_add_str(&b, s);
        else
            error = error_take(vm);
    }
    if (!error && job->end)
        builder_add_str(&b, job->end);
    else if (!error)
        builder_add_char(&b, '\n');
    Str *line = builder_finish(&b);
    bool ok = line && (line->size == 0 || write_str(vm, job->file, line));
    if (error)
        return raise_value_of(vm, error), false;
    return ok;
}

// To any other object: one write for each part, as CPython does.
static bool print_parts(VM *vm, const PrintJob *job, const Tuple *values)
{
    Str *separator = job->separator ? job->separator : str_from(vm, " ");
    Str *end = job->end ? job->end : str_from(vm, "\n");
    for (int64_t i = 0; i < values->count; i++) {
        if (i && !write_str(vm, job->file, separator))
            return false;
        Str *s = object_str(vm, values->items[i]);
        if (!s || !write_str(vm, job->file, s))
            return false;
    }
    return end && write_str(vm, job->file, end);
}

static bool text_option(VM *vm, Value v, const char *name, Str **out)
{
    *out = NULL;
    if (is_none(v))
        return true;
    if (!is_str(v))
        return raise_type(vm, "%s must be None or a string, not %T", name, v), false;
    *out = as_str(v);
    return true;
}

BUILTIN(print)
{
    (void)nargs;
    PrintJob job = {.file = args[3]};
    if (is_none(job.file)) {
        job.file = sys_attribute(vm, "stdout");
        if (!job.file)
            return raise_runtime(vm, "lost sys.stdout");
        if (is_none(job.file))
            return VALUE_NONE;
    }
    if (!text_option(vm, args[1], "sep", &job.separator) || !text_option(vm, args[2], "end", &job.end))
        return VALUE_EMPTY;
    bool native = !(type_of(vm, job.file)->flags & TYPE_HEAP);
    if (!(native ? print_joined : print_parts)(vm, &job, as_tuple(args[0])))
        return VALUE_EMPTY;
    int flush = object_truth(vm, args[4]);
    if (flush < 0 || (flush && !flush_file(vm, job.file)))
        return VALUE_EMPTY;
    return VALUE_NONE;
}

// ---- input

static Value standard_file(VM *vm, const char *name)
{
    Value file = sys_attribute(vm, name);
    if (file && !is_none(file))
        return file;
    return vm->error ? VALUE_EMPTY : raise_runtime(vm, "input(): lost sys.%s", name);
}

BUILTIN(input)
{
    Value in = standard_file(vm, "stdin");
    Value out = in ? standard_file(vm, "stdout") : VALUE_EMPTY;
    Value err = out ? standard_file(vm, "stderr") : VALUE_EMPTY;
    if (!err)
        return VALUE_EMPTY;
    if (!flush_file(vm, err))
        error_clear(vm);
    if (nargs > 0 && !write_str(vm, out, object_str(vm, args[0])))
        return VALUE_EMPTY;
    if (!flush_file(vm, out))
        error_clear(vm);
    Value line = call_method(vm, in, NAME_OF(vm, readline), NULL, 0);
    if (!line)
        return VALUE_EMPTY;
    if (!is_str(line))
        return raise_type(vm, "object.readline() returned non-string");
    Str *s = as_str(line);
    if (s->size == 0)
        return raise_exc(vm, EXC_EOFError, "EOF when reading a line");
    if (s->data[s->size - 1] != '\n')
        return line;
    return from_object(str_slice(vm, s, 0, (int64_t)s->length - 1));
}

// ---- open, breakpoint, help

static Value forward(VM *vm, Value callee, Value *args)
{
    return callee ? object_call_ex(vm, callee, args[0], args[1]) : VALUE_EMPTY;
}

BUILTIN(open)
{
    (void)nargs;
    Value module = module_import(vm, "_io");
    Str *name = module ? str_intern_text(vm, "open", 4) : NULL;
    return name ? forward(vm, object_getattr(vm, module, name), args) : VALUE_EMPTY;
}

BUILTIN(breakpoint)
{
    (void)nargs;
    Value hook = sys_attribute(vm, "breakpointhook");
    return hook ? forward(vm, hook, args) : vm->error ? VALUE_EMPTY : raise_runtime(vm, "lost sys.breakpointhook");
}

static bool print_line(VM *vm, Str *line)
{
    Value out = sys_attribute(vm, "stdout");
    return line && (!out || is_none(out) || (write_str(vm, out, line) && write_str(vm, out, str_from(vm, "\n"))));
}

BUILTIN(help)
{
    (void)nargs;
    if (args[0] == VALUE_EMPTY)
        return print_line(vm, str_from(vm, "Type help(object) for what is known about an object.")) ? VALUE_NONE
            : VALUE_EMPTY;
    Value name = object_getattr_opt(vm, args[0], NAME_OF(vm, __qualname__));
    Value signature = vm->error ? VALUE_EMPTY : object_getattr_opt(vm, args[0], NAME_OF(vm, __text_signature__));
    Value doc = vm->error ? VALUE_EMPTY : object_getattr_opt(vm, args[0], NAME_OF(vm, __doc__));
    if (vm->error)
        return VALUE_EMPTY;
    if (!name || !is_str(name))
        name = from_object(object_repr(vm, args[0]));
    if (!name)
        return VALUE_EMPTY;
    Str *head = str_format(vm, "%U%S", as_str(name), signature && is_str(signature) ? signature
        : from_object(vm->empty_str));
    Str *body = doc && is_str(doc) ? as_str(doc) : str_from(vm, "(no documentation)");
    return print_line(vm, head) && print_line(vm, body) ? VALUE_NONE : VALUE_EMPTY;
}

// ---- exit and quit

typedef struct Quitter {
    Object base;
    Str *name;
} Quitter;

static void quitter_mark(Gc *gc, Object *o) { gc_mark_object(gc, (Object *)((Quitter *)o)->name); }

static Value quitter_repr(VM *vm, Value self)
{
    return from_object(str_format(vm, "Use %U() or Ctrl-D (i.e. EOF) to exit", ((Quitter *)as_object(self))->name));
}

static Value quitter_call(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames)
{
    (void)self;
    int given = nargs + (kwnames ? (int)kwnames->count : 0);
    if (given > 1)
        return raise_type(vm, "Quitter.__call__() takes from 1 to 2 positional arguments but %d were given", given + 1);
    Value code = given ? args[0] : VALUE_NONE;
    return raise_args(vm, EXC_SystemExit, 1, &code);
}

static const TypeOps quitter_ops = {.mark = quitter_mark, .repr = quitter_repr, .call = quitter_call};

const TypeDef quitter_def = {
    .name = "_sitebuiltins.Quitter",
    .kind = KIND_OTHER,
    .size = sizeof(Quitter),
    .ops = &quitter_ops,
    .flags = TYPE_NO_NEW | TYPE_NO_DICT,
};

bool quitters_add(VM *vm, Module *module)
{
    static const char *const names[] = {"exit", "quit"};
    if (!type_of_def(vm, &quitter_def) && !type_register(vm, &quitter_def, NULL))
        return false;
    for (int i = 0; i < 2; i++) {
        Quitter *q = type_new_of(vm, &quitter_def);
        if (!q || !(q->name = str_intern_text(vm, names[i], 4)) || !module_set(vm, module, names[i], from_object(q)))
            return false;
    }
    return true;
}
