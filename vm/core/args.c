// SPDX-License-Identifier: MIT
//
// Argument binding of script functions. The interpreter handles the plain case itself (exact count, CODE_SIMPLE); this
// file is the general one. Messages are CPython's.

#include "args.h"

#include "native.h"

static Tuple *default_tuple(Function *f) { return f->defaults ? as_tuple(f->defaults) : NULL; }

static const char *plural(int64_t n) { return n == 1 ? "" : "s"; }

// "'a', 'b', and 'c'"
static Str *name_list(VM *vm, Value *names, int count)
{
    StrBuilder b;
    builder_init(&b, vm);
    for (int i = 0; i < count; i++) {
        if (i)
            builder_add_cstr(&b, count == 2 ? " and " : i == count - 1 ? ", and " : ", ");
        builder_add_char(&b, '\'');
        builder_add_str(&b, as_str(names[i]));
        builder_add_char(&b, '\'');
    }
    return builder_finish(&b);
}

static bool raise_missing(VM *vm, Function *f, Value *regs, int first, int last, const char *what)
{
    Value *names = gc_buffer(vm, (size_t)(last - first) * sizeof(Value)); // code keeps the names alive
    int count = 0;
    if (!names)
        return false;
    for (int i = first; i < last; i++)
        if (!regs[i])
            names[count++] = f->code->varnames[i];
    Str *list = name_list(vm, names, count);
    if (list)
        raise_type(vm, "%U() missing %d required %s argument%s: %U", f->qualname, count, what, plural(count), list);
    return false;
}

static bool raise_too_many(VM *vm, Function *f, Value *regs, int given)
{
    Code *c = f->code;
    int defaults = f->defaults ? (int)default_tuple(f)->count : 0;
    int keyword_given = 0;
    for (int i = 0; i < c->nkwonly; i++)
        keyword_given += regs[c->nparams + i] != VALUE_EMPTY;
    Str *takes = defaults ? str_format(vm, "from %d to %d", c->nparams - defaults, c->nparams)
                          : str_format(vm, "%d", c->nparams);
    Str *extra = keyword_given ? str_format(vm, " positional argument%s (and %d keyword-only argument%s)",
                                            plural(given), keyword_given, plural(keyword_given))
                               : vm->empty_str;
    if (takes && extra)
        raise_type(vm, "%U() takes %U positional argument%s but %d%U %s given", f->qualname, takes,
                   defaults || c->nparams != 1 ? "s" : "", given, extra, given == 1 && !keyword_given ? "was" : "were");
    return false;
}

static int find_parameter(Code *c, Str *name, int first, int last)
{
    for (int i = first; i < last; i++)
        if (as_str(c->varnames[i]) == name)
            return i;
    for (int i = first; i < last; i++)
        if (str_equal(as_str(c->varnames[i]), name))
            return i;
    return -1;
}

static bool raise_positional_only(VM *vm, Function *f, Tuple *kwnames)
{
    StrBuilder b;
    builder_init(&b, vm);
    int count = 0;
    for (int i = 0; i < f->code->nposonly; i++)
        for (int64_t k = 0; k < kwnames->count; k++)
            if (str_equal(as_str(f->code->varnames[i]), as_str(kwnames->items[k]))) {
                if (count++)
                    builder_add_cstr(&b, ", ");
                builder_add_str(&b, as_str(f->code->varnames[i]));
            }
    Str *names = builder_finish(&b);
    if (names)
        raise_type(vm, "%U() got some positional-only arguments passed as keyword arguments: '%U'", f->qualname, names);
    return false;
}

static bool bind_keyword(VM *vm, Function *f, Value *regs, Value key, Value value, Dict *rest, Tuple *kwnames)
{
    Code *c = f->code;
    if (!is_str(key)) {
        raise_type(vm, "%U() keywords must be strings", f->qualname);
        return false;
    }
    int i = find_parameter(c, as_str(key), c->nposonly, c->nparams + c->nkwonly);
    if (i >= 0) {
        if (regs[i]) {
            raise_type(vm, "%U() got multiple values for argument '%U'", f->qualname, as_str(key));
            return false;
        }
        regs[i] = value;
        return true;
    }
    if (rest)
        return dict_set(vm, rest, key, value);
    if (find_parameter(c, as_str(key), 0, c->nposonly) >= 0)
        return raise_positional_only(vm, f, kwnames);
    raise_type(vm, "%U() got an unexpected keyword argument '%U'", f->qualname, as_str(key));
    return false;
}

static bool fill_defaults(VM *vm, Function *f, Value *regs, int given)
{
    Code *c = f->code;
    Tuple *defaults = default_tuple(f);
    int count = defaults ? (int)defaults->count : 0;
    int first = c->nparams - count; // first parameter with a default
    bool missing = false;
    for (int i = given; i < first; i++)
        missing |= !regs[i];
    if (missing)
        return raise_missing(vm, f, regs, given, first, "positional");
    for (int i = given > first ? given : first; i < c->nparams; i++)
        if (!regs[i])
            regs[i] = defaults->items[i - first];
    for (int i = c->nparams; i < c->nparams + c->nkwonly; i++) {
        if (regs[i])
            continue;
        Value v = f->kwdefaults ? dict_get_str(vm, as_dict(f->kwdefaults), as_str(c->varnames[i])) : VALUE_EMPTY;
        if (!v)
            missing = true;
        regs[i] = v;
    }
    return !missing || raise_missing(vm, f, regs, c->nparams, c->nparams + c->nkwonly, "keyword-only");
}

// Positional arguments only, the rest by defaults: the most common call after the exact one.
static inline bool bind_plain(Function *f, Value *regs, const Value *args, int nargs)
{
    Code *c = f->code;
    int defaults = f->defaults ? (int)as_tuple(f->defaults)->count : 0;
    int missing = c->nparams - nargs;
    if (c->flags & (CODE_VARARGS | CODE_VARKW) || c->nkwonly || missing < 0 || missing > defaults)
        return false;
    if (nargs && regs != args)
        memmove(regs, args, (size_t)nargs * sizeof(Value));
    const Value *from = missing ? as_tuple(f->defaults)->items + (defaults - missing) : NULL;
    for (int i = 0; i < missing; i++)
        regs[nargs + i] = from[i];
    return true;
}

#define FEW_KEYWORDS 8

// Where each keyword goes, if all name different free parameters and are the interned names of the code.
static bool place_keywords(const Code *c, const Tuple *kwnames, int nargs, uint16_t *to)
{
    int first = nargs > c->nposonly ? nargs : c->nposonly, end = c->nparams + c->nkwonly;
    for (int64_t k = 0; k < kwnames->count; k++) {
        int i = first;
        while (i < end && c->varnames[i] != kwnames->items[k])
            i++;
        if (i == end)
            return false;
        to[k] = (uint16_t)i;
        for (int64_t earlier = 0; earlier < k; earlier++)
            if (to[earlier] == i)
                return false;
    }
    return true;
}

// The common call with keywords: no * or ** parameter, every keyword a parameter's name. False: bind it in general
// (nothing is changed); else *ok is the result.
static bool bind_named(VM *vm, Function *f, Value *regs, const Value *args, int nargs, Tuple *kwnames, bool *ok)
{
    const Code *c = f->code;
    uint16_t to[FEW_KEYWORDS];
    Value keywords[FEW_KEYWORDS];
    int nkw = (int)kwnames->count;
    if (c->flags & (CODE_VARARGS | CODE_VARKW) || nkw > FEW_KEYWORDS || nargs > c->nparams ||
        !place_keywords(c, kwnames, nargs, to))
        return false;
    for (int k = 0; k < nkw; k++)
        keywords[k] = args[nargs + k];
    if (regs != args)
        memmove(regs, args, (size_t)nargs * sizeof(Value));
    for (int i = nargs; i < c->nparams + c->nkwonly; i++)
        regs[i] = VALUE_EMPTY;
    for (int k = 0; k < nkw; k++)
        regs[to[k]] = keywords[k];
    *ok = fill_defaults(vm, f, regs, nargs);
    return true;
}

bool bind_function(VM *vm, Function *f, Value *regs, const Value *args, int nargs, Tuple *kwnames)
{
    bool ok;
    if (kwnames ? bind_named(vm, f, regs, args, nargs, kwnames, &ok) : (ok = bind_plain(f, regs, args, nargs)))
        return ok;
    Code *c = f->code;
    int total = c->nparams + c->nkwonly;
    int nkw = kwnames ? (int)kwnames->count : 0;
    Value small[16], *keywords = small;
    Value rest = VALUE_EMPTY, star = VALUE_EMPTY;
    if (nkw > 16 && !(keywords = gc_buffer(vm, (size_t)nkw * sizeof(Value))))
        return false;
    List *keep = nkw > 16 ? as_list(list_from(vm, args + nargs, nkw)) : NULL; // a buffer alone is no root
    if (nkw > 16 && !keep)
        return false;
    if (nkw)
        memcpy(keywords, args + nargs, (size_t)nkw * sizeof(Value));
    if (c->flags & CODE_VARARGS) {
        star = nargs > c->nparams ? tuple_from(vm, args + c->nparams, nargs - c->nparams) : vm->empty_tuple;
        if (!star)
            return false;
    }
    if (c->flags & CODE_VARKW) {
        Dict *d = dict_new(vm, nkw);
        if (!d)
            return false;
        rest = from_object(d);
    }
    int given = nargs < c->nparams ? nargs : c->nparams;
    if (given && regs != args)
        memmove(regs, args, (size_t)given * sizeof(Value));
    for (int i = given; i < total; i++)
        regs[i] = VALUE_EMPTY;
    int at = total;
    if (star)
        regs[at++] = star;
    if (rest)
        regs[at++] = rest;
    for (int i = 0; i < nkw; i++)
        if (!bind_keyword(vm, f, regs, kwnames->items[i], keywords[i], rest ? as_dict(rest) : NULL, kwnames))
            return false;
    if (nargs > c->nparams && !star)
        return raise_too_many(vm, f, regs, nargs);
    return fill_defaults(vm, f, regs, given);
}
