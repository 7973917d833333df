// SPDX-License-Identifier: MIT
//
// Native functions: signature text, argument binding, modules made from tables.

#include "native.h"

#include "args.h"
#include "type.h"
#include "vm/number/float_text.h"

#define MAX_SLOTS 24

// ---------------------------------------------------------------- signature text

typedef struct Scanner {
    VM *vm;
    Native *native;
    const char *p;
} Scanner;

static void skip_space(Scanner *s)
{
    while (*s->p == ' ')
        s->p++;
}

static const char *word_end(const char *p)
{
    while (*p == '_' || (*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z'))
        p++;
    return p;
}

// The end of a default's text: the comma or parenthesis that closes it.
static const char *default_end(const char *p)
{
    int depth = 0;
    char quote = 0;
    for (; *p; p++) {
        if (quote) {
            quote = *p == quote ? 0 : quote;
            continue;
        }
        if (*p == '\'' || *p == '"')
            quote = *p;
        else if (*p == '(' || *p == '<')
            depth++;
        else if (*p == '>' || (*p == ')' && depth > 0))
            depth--;
        else if ((*p == ',' || *p == ')') && depth == 0)
            break;
    }
    return p;
}

static Value default_value(VM *vm, const char *p, size_t n)
{
    if (n == 4 && !memcmp(p, "None", 4))
        return VALUE_NONE;
    if (n == 4 && !memcmp(p, "True", 4))
        return VALUE_TRUE;
    if (n == 5 && !memcmp(p, "False", 5))
        return VALUE_FALSE;
    if (n == 2 && !memcmp(p, "()", 2))
        return vm->empty_tuple;
    if (n >= 2 && (*p == '\'' || *p == '"')) {
        bool newline = n == 4 && p[1] == '\\' && p[2] == 'n'; // the one escape that signatures use
        Str *s = newline ? str_new(vm, "\n", 1) : str_new(vm, p + 1, n - 2);
        return s ? from_object(s) : VALUE_EMPTY;
    }
    if (*p == '-' || (*p >= '0' && *p <= '9')) {
        double d = 0;
        if (memchr(p, '.', n) && float_parse(p, n, &d))
            return from_double(d);
        int64_t i = 0;
        for (size_t k = *p == '-'; k < n; k++)
            i = i * 10 + (p[k] - '0');
        return from_small(*p == '-' ? -i : i);
    }
    return VALUE_EMPTY;
}

static int count_parameters(const char *text)
{
    int n = 1;
    for (const char *p = text; *p; p++)
        n += *p == ',';
    return n;
}

static bool parse_parameter(Scanner *s, Signature *g, bool keyword_only)
{
    const char *end = word_end(s->p);
    Parameter *p = &g->parameters[g->positional + g->keyword_only];
    Str *name = str_intern_text(s->vm, s->p, (size_t)(end - s->p));
    if (!name)
        return false;
    p->name = name;
    s->p = end;
    if (*s->p == '=') {
        s->p++;
        end = default_end(s->p);
        p->optional = true;
        Value fallback = default_value(s->vm, s->p, (size_t)(end - s->p));
        p->name = name; // again: `name` stays in a local over the allocation
        p->fallback = fallback;
        s->p = end;
    }
    gc_barrier(s->vm, s->native);
    if (keyword_only)
        g->keyword_only++, g->needs_keyword |= !p->optional;
    else
        g->positional++;
    if (!keyword_only && !p->optional)
        g->required = g->positional;
    return s->vm->error == VALUE_EMPTY;
}

Signature *signature_parse(VM *vm, Native *n)
{
    const char *text = n->def->signature;
    const char *open = strchr(text, '(');
    Signature *g = gc_buffer(vm, sizeof *g + (size_t)count_parameters(text) * sizeof(Parameter));
    if (!g)
        return NULL;
    n->signature = g; // from here on the collector sees what is parsed so far
    gc_barrier(vm, n);
    if (!open)
        return g;
    Scanner s = {vm, n, open + 1};
    bool keyword_only = false;
    for (skip_space(&s); *s.p && *s.p != ')';) {
        if (*s.p == '/') {
            g->positional_only = g->positional;
            s.p++;
        } else if (s.p[0] == '*' && s.p[1] == '*') {
            g->var_keyword = true;
            s.p = word_end(s.p + 2);
        } else if (*s.p == '*') {
            g->var_positional = s.p[1] != ',' && s.p[1] != ' ';
            s.p = word_end(s.p + 1);
            keyword_only = true;
        } else if (!parse_parameter(&s, g, keyword_only)) {
            n->signature = NULL;
            return NULL;
        }
        if (*s.p == ',')
            s.p++;
        skip_space(&s);
    }
    g->slots = g->positional + g->keyword_only + g->var_positional + g->var_keyword;
    if (g->slots == g->positional)
        n->least = n->most = (int16_t)g->slots;
    return g;
}

// ---------------------------------------------------------------- errors

static int method_self(Native *n)
{
    return n->is_constructor || (n->owner && !(n->def->flags & NATIVE_STATIC)) ? 1 : 0;
}

// A class method goes by the class it is called on, `first`.
static Str *full_name(VM *vm, Native *n, Value first)
{
    if (n->owner && n->def->flags & NATIVE_CLASS && first && is_type(first))
        return str_format(vm, "%U.%U", as_type(first)->qualname, n->name);
    if (n->owner)
        return str_format(vm, "%U.%U", n->owner->name, n->name);
    return n->name;
}

static bool raise_no_keywords(VM *vm, Native *n, Value first)
{
    Str *name = full_name(vm, n, first);
    if (name)
        raise_type(vm, "%U() takes no keyword arguments", name);
    return false;
}

static bool raise_count(VM *vm, Native *n, const Signature *g, int given, Value first)
{
    int self = method_self(n);
    int least = g->required - self, most = g->positional - self;
    given -= self;
    bool positional_only = g->positional_only == g->positional && !g->keyword_only;
    Str *name = full_name(vm, n, first);
    if (!name)
        return false;
    if (positional_only && most == 0)
        raise_type(vm, "%U() takes no arguments (%d given)", name, given);
    else if (positional_only && least == 1 && most == 1)
        raise_type(vm, "%U() takes exactly one argument (%d given)", name, given);
    else if (positional_only && least == most)
        raise_type(vm, "%U expected %d argument%s, got %d", n->name, least, least == 1 ? "" : "s", given);
    else if (positional_only)
        raise_type(vm, "%U expected %s %d argument%s, got %d", n->name, given < least ? "at least" : "at most",
                   given < least ? least : most, (given < least ? least : most) == 1 ? "" : "s", given);
    else if (given > most && most == 0)
        raise_type(vm, "%U() takes no positional arguments", n->name);
    else if (given > most)
        raise_type(vm, "%U() takes %s %d %sargument%s (%d given)", n->name, least == most ? "exactly" : "at most", most,
                   g->keyword_only ? "positional " : "", most == 1 ? "" : "s", given);
    else
        raise_type(vm, "%U() missing required argument '%U' (pos %d)", n->name, g->parameters[given + self].name,
                   given + 1);
    return false;
}

// ---------------------------------------------------------------- binding

static bool bind_keywords(VM *vm, Native *n, const Signature *g, Value *slots, const Value *values, Tuple *kwnames,
                          Dict *rest)
{
    int named = g->positional + g->keyword_only;
    for (int64_t k = 0; k < kwnames->count; k++) {
        Value key = kwnames->items[k];
        if (!is_str(key)) {
            raise_type(vm, "keywords must be strings");
            return false;
        }
        int i = g->positional_only;
        while (i < named && g->parameters[i].name != as_str(key) && !str_equal(g->parameters[i].name, as_str(key)))
            i++;
        if (i < named) {
            int slot = i < g->positional ? i : i + g->var_positional;
            if (slots[slot]) {
                raise_type(vm, "argument for %U() given by name ('%U') and position (%d)", n->name, as_str(key),
                           i + 1 - method_self(n));
                return false;
            }
            slots[slot] = values[k];
        } else if (rest) {
            if (!dict_set(vm, rest, key, values[k]))
                return false;
        } else if (g->positional_only == named && !g->var_keyword) {
            return raise_no_keywords(vm, n, slots[0]);
        } else {
            raise_type(vm, "'%U' is an invalid keyword argument for %U()", as_str(key), n->name);
            return false;
        }
    }
    return true;
}

static bool fill_unset(VM *vm, Native *n, const Signature *g, Value *slots)
{
    for (int i = 0; i < g->positional + g->keyword_only; i++) {
        const Parameter *p = &g->parameters[i];
        int slot = i < g->positional ? i : i + g->var_positional;
        if (slots[slot])
            continue;
        if (!p->optional) {
            if (g->positional_only == g->positional)
                return raise_count(vm, n, g, i, slots[0]);
            raise_type(vm, "%U() missing required argument '%U' (pos %d)", n->name, p->name, i + 1 - method_self(n));
            return false;
        }
        slots[slot] = p->fallback;
    }
    return true;
}

// Positional arguments in a number that the signature allows; every other parameter has its default.
static __attribute__((noinline)) Value call_with_defaults(VM *vm, Native *n, const Signature *g, const Value *args,
                                                          int nargs)
{
    Value slots[MAX_SLOTS];
    int i = 0, taken = nargs < g->positional ? nargs : g->positional, named = g->positional + g->keyword_only;
    for (; i < taken; i++)
        slots[i] = args[i];
    for (; i < g->positional; i++)
        slots[i] = g->parameters[i].fallback;
    if (g->var_positional && !(slots[i] = tuple_from(vm, args + taken, nargs - taken)))
        return VALUE_EMPTY;
    for (; i < named; i++)
        slots[i + g->var_positional] = g->parameters[i].fallback;
    if (g->var_keyword)
        slots[g->slots - 1] = VALUE_EMPTY;
    return n->fn(vm, slots, g->slots);
}

// Apart from native_call, whose other ways out are then tail calls without a frame.
static __attribute__((noinline)) Value call_bound(VM *vm, Native *n, const Signature *g, const Value *args, int nargs,
                                                  Tuple *kwnames)
{
    Value slots[MAX_SLOTS] = {0};
    Dict *rest = NULL;
    if (nargs > g->positional && !g->var_positional)
        return (raise_count(vm, n, g, nargs, nargs ? args[0] : VALUE_EMPTY), VALUE_EMPTY);
    int taken = nargs < g->positional ? nargs : g->positional;
    if (taken)
        memcpy(slots, args, (size_t)taken * sizeof(Value));
    if (g->var_positional) {
        Value star = tuple_from(vm, args + taken, nargs - taken);
        if (!star)
            return VALUE_EMPTY;
        slots[g->positional] = star;
    }
    if (kwnames && kwnames->count) {
        if (g->var_keyword && !(rest = dict_new(vm, kwnames->count)))
            return VALUE_EMPTY;
        if (!bind_keywords(vm, n, g, slots, args + nargs, kwnames, rest))
            return VALUE_EMPTY;
    }
    if (rest)
        slots[g->slots - 1] = from_object(rest);
    if (!fill_unset(vm, n, g, slots))
        return VALUE_EMPTY;
    return n->fn(vm, slots, g->slots);
}

static __attribute__((noinline, cold)) Value raise_raw_count(VM *vm, Native *n, const Value *args, int nargs)
{
    int most = n->def->max_args < 0 ? 99 : n->def->max_args;
    Signature g = {.positional_only = most, .positional = most, .required = n->def->min_args};
    return (raise_count(vm, n, &g, nargs, nargs ? args[0] : VALUE_EMPTY), VALUE_EMPTY);
}

static Value call_raw(VM *vm, Native *n, const Value *args, int nargs, Tuple *kwnames)
{
    const NativeDef *def = n->def;
    if (kwnames && kwnames->count)
        return (raise_no_keywords(vm, n, nargs ? args[0] : VALUE_EMPTY), VALUE_EMPTY);
    if (nargs < def->min_args || (def->max_args >= 0 && nargs > def->max_args))
        return raise_raw_count(vm, n, args, nargs);
    return n->fn(vm, (Value *)args, nargs);
}

static bool check_self(VM *vm, Native *n, const Value *args, int nargs)
{
    if (!n->owner || n->def->flags & (NATIVE_STATIC | NATIVE_CLASS))
        return true;
    if (unlikely(nargs < 1)) {
        raise_type(vm, "unbound method %U.%U() needs an argument", n->owner->name, n->name);
        return false;
    }
    if (likely(type_is_subtype(type_of(vm, args[0]), n->owner)))
        return true;
    raise_type(vm, "descriptor '%U' for '%U' objects doesn't apply to a '%T' object", n->name, n->owner->name, args[0]);
    return false;
}

Value native_call(VM *vm, Native *n, const Value *args, int nargs, Tuple *kwnames)
{
    if (unlikely(!check_self(vm, n, args, nargs)))
        return VALUE_EMPTY;
    if (n->def->flags & NATIVE_RAW)
        return call_raw(vm, n, args, nargs, kwnames);
    if (unlikely(!n->signature) && !signature_parse(vm, n))
        return VALUE_EMPTY;
    const Signature *g = n->signature;
    if (kwnames)
        return call_bound(vm, n, g, args, nargs, kwnames);
    if (likely(nargs == g->slots && nargs == g->positional))
        return n->fn(vm, (Value *)args, nargs);
    if (nargs >= g->required && (nargs <= g->positional || g->var_positional) && !g->needs_keyword)
        return call_with_defaults(vm, n, g, args, nargs);
    return call_bound(vm, n, g, args, nargs, kwnames);
}

// ---------------------------------------------------------------- making natives and modules

Value native_new(VM *vm, const NativeDef *def, Value self, Str *module)
{
    const char *end = strchr(def->signature, '(');
    size_t size = end ? (size_t)(end - def->signature) : strlen(def->signature);
    Str *name = str_intern_text(vm, def->signature, size);
    Native *n = name ? gc_new(vm, vm->types[KIND_NATIVE]->root, sizeof *n) : NULL;
    if (!n)
        return VALUE_EMPTY;
    n->def = def;
    n->fn = def->fn;
    n->least = def->flags & NATIVE_RAW ? def->min_args : 1;
    n->most = !(def->flags & NATIVE_RAW) ? 0 : def->max_args < 0 ? INT16_MAX : def->max_args;
    n->self = self;
    n->name = name;
    n->module = module;
    return from_object(n);
}

bool module_set(VM *vm, Module *module, const char *name, Value value)
{
    Str *key = str_intern_text(vm, name, strlen(name));
    return key && value && dict_set_str(vm, module->dict, key, value);
}

Value module_from_def(VM *vm, const ModuleDef *def)
{
    Str *name = str_intern_text(vm, def->name, strlen(def->name));
    Module *m = name ? module_new(vm, name) : NULL;
    if (!m)
        return VALUE_EMPTY;
    m->def = def;
    if (def->doc) {
        Str *doc = str_from(vm, def->doc);
        if (!doc || !dict_set_str(vm, m->dict, NAME_OF(vm, __doc__), from_object(doc)))
            return VALUE_EMPTY;
    }
    for (const NativeDef *f = def->functions; f && f->signature; f++) {
        Value v = native_new(vm, f, VALUE_EMPTY, name);
        if (!v || !dict_set_str(vm, m->dict, ((Native *)as_object(v))->name, v))
            return VALUE_EMPTY;
    }
    for (const TypeDef *const *t = def->types; t && *t; t++) {
        Type *type = type_of_def(vm, *t);
        if (!type && !(type = type_register(vm, *t, NULL)))
            return VALUE_EMPTY;
        if (!dict_set_str(vm, m->dict, type->name, from_object(type)))
            return VALUE_EMPTY;
    }
    if (def->init && !def->init(vm, m))
        return VALUE_EMPTY;
    return from_object(m);
}
