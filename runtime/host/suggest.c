// SPDX-License-Identifier: MIT
//
// "Did you mean": the name nearest to a mistyped one. Nearness is Levenshtein's distance (Levenshtein 1966) in which a
// change of case costs half of any other edit; at most a third of the letters of both names may differ. As in CPython,
// letters are bytes, long names and long lists are not searched.

#include "traceback_print.h"

#include "vm/core/native.h"
#include "vm/types/container.h"

#define EDIT_COST 2
#define CASE_COST 1
#define LONGEST 40
#define MOST_NAMES 750

static int fold(unsigned char c) { return c >= 'A' && c <= 'Z' ? c | 32 : c; }

static size_t change_cost(char a, char b)
{
    if (a == b)
        return 0;
    return fold((unsigned char)a) == fold((unsigned char)b) ? CASE_COST : EDIT_COST;
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// The distance, or something above `most` when it is larger than that.
static size_t distance(const char *a, size_t na, const char *b, size_t nb, size_t most)
{
    for (; na && nb && *a == *b; na--, nb--)
        a++, b++;
    for (; na && nb && a[na - 1] == b[nb - 1]; na--)
        nb--;
    if (na == 0 || nb == 0)
        return (na + nb) * EDIT_COST;
    if (na > LONGEST || nb > LONGEST)
        return most + 1;
    size_t row[LONGEST + 1]; // row[i]: distance of the part of b seen so far to a[:i]
    for (size_t i = 0; i <= na; i++)
        row[i] = i * EDIT_COST;
    for (size_t j = 0; j < nb; j++) {
        size_t diagonal = row[0], least = SIZE_MAX;
        row[0] = (j + 1) * EDIT_COST;
        for (size_t i = 0; i < na; i++) {
            size_t changed = diagonal + change_cost(a[i], b[j]);
            diagonal = row[i + 1];
            row[i + 1] = smaller(changed, smaller(row[i], diagonal) + EDIT_COST);
            least = smaller(least, row[i + 1]);
        }
        if (least > most)
            return most + 1;
    }
    return row[na];
}

typedef struct Search {
    const Str *name;
    Str *best;
    size_t distance;
} Search;

static void consider(Search *s, Value candidate)
{
    if (!is_str(candidate) || str_equal(as_str(candidate), s->name))
        return;
    const Str *c = as_str(candidate);
    size_t most = ((size_t)s->name->size + c->size + 3) * EDIT_COST / 6;
    if (s->best && most > s->distance - 1)
        most = s->distance - 1;
    size_t d = distance(s->name->data, s->name->size, c->data, c->size, most);
    if (d > most || (s->best && s->distance == 0))
        return;
    s->best = as_str(candidate);
    s->distance = d;
}

static Str *nearest(const Str *name, const Value *candidates, int64_t count)
{
    Search s = {.name = name};
    if (count >= MOST_NAMES)
        return NULL;
    for (int64_t i = 0; i < count; i++)
        consider(&s, candidates[i]);
    return s.best;
}

static Str *nearest_key(const Str *name, Dict *d)
{
    Search s = {.name = name};
    uint32_t position = 0;
    Value key, value;
    if (d->count >= MOST_NAMES)
        return NULL;
    while (dict_next(d, &position, &key, &value))
        consider(&s, key);
    return s.best;
}

static Str *for_attribute(VM *vm, Value exception)
{
    Value name = exception_get_field(exception, FIELD_NAME), object = exception_get_field(exception, FIELD_OBJ);
    if (!name || !object || !is_str(name) || is_none(object))
        return NULL;
    Value dir = builtin_named(vm, "dir");
    Value names = dir ? call1(vm, dir, object) : VALUE_EMPTY;
    return names && is_list(names) ? nearest(as_str(name), as_list(names)->items, as_list(names)->count) : NULL;
}

// Cells are no candidates unless they are parameters: CPython looks at co_varnames.
static bool is_plain_local(const Code *code, uint32_t index)
{
    for (uint32_t i = 0; index >= code->nparams && i < code->ncells; i++)
        if (code->cellnames[i] == code->varnames[index])
            return false;
    return true;
}

static Str *nearest_local(const Str *name, const Code *code)
{
    Search s = {.name = name};
    for (uint32_t i = 0; i < code->nlocals; i++)
        if (is_plain_local(code, i))
            consider(&s, code->varnames[i]);
    return s.best;
}

static Str *for_name(Value exception)
{
    Value name = exception_get_field(exception, FIELD_NAME), at = as_exception(exception)->traceback;
    if (!name || !is_str(name) || !at || is_none(at))
        return NULL;
    const Traceback *t = (Traceback *)as_object(at);
    while (t->next)
        t = (Traceback *)as_object(t->next);
    const Function *f = as_function(t->function);
    Str *found = nearest_local(as_str(name), f->code);
    if (!found)
        found = nearest_key(as_str(name), f->globals);
    return found ? found : nearest_key(as_str(name), f->builtins);
}

Str *suggestion_for(VM *vm, Value exception)
{
    Type *type = type_of(vm, exception);
    Str *found = NULL;
    if (type == vm->exc[EXC_AttributeError])
        found = for_attribute(vm, exception);
    else if (type == vm->exc[EXC_NameError])
        found = for_name(exception);
    error_clear(vm);
    return found;
}
