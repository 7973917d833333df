// SPDX-License-Identifier: MIT
//
// Builtin functions that take or make iterators. Exact lists and tuples are walked without an iterator object; sums of
// ints and floats stay in machine numbers as long as they can.

#include "builtins_internal.h"
#include "roots.h"

#include "vm/compile/compile.h"
#include "vm/interp/interp.h"
#include "vm/types/container.h"
#include "vm/types/iterators.h"

BUILTIN(len)
{
    (void)nargs;
    int64_t n = object_len(vm, args[0]);
    return n < 0 ? VALUE_EMPTY : int_from_i64(vm, n);
}

BUILTIN(iter)
{
    if (nargs == 1)
        return object_iter(vm, args[0]);
    if (!is_callable(vm, args[0]))
        return raise_type(vm, "iter(v, w): v must be callable");
    return callable_iterator_new(vm, args[0], args[1]);
}

BUILTIN(next)
{
    if (!is_iterator(vm, args[0]))
        return raise_type(vm, "'%T' object is not an iterator", args[0]);
    Type *t = type_of(vm, args[0]);
    Value v;
    // A script's __next__ or a native one may carry a value in its StopIteration: it is passed on as it is.
    if (type_overrides(t, SPECIAL___next__))
        v = call_special(vm, args[0], SPECIAL___next__, NULL, 0);
    else
        v = t->ops->next(vm, args[0]);
    if (v)
        return v;
    if (vm->error && (nargs < 2 || !error_is(vm, EXC_StopIteration)))
        return VALUE_EMPTY;
    error_clear(vm);
    return nargs > 1 ? args[1] : raise_stop_iteration(vm, VALUE_EMPTY);
}

// ---- asynchronous iteration

BUILTIN(aiter)
{
    (void)nargs;
    if (!type_special(vm, type_of(vm, args[0]), SPECIAL___aiter__))
        return raise_type(vm, "'%T' object is not an async iterable", args[0]);
    Value it = call_special(vm, args[0], SPECIAL___aiter__, NULL, 0);
    if (it && !type_special(vm, type_of(vm, it), SPECIAL___anext__))
        return raise_type(vm, "aiter() returned not an async iterator of type '%T'", it);
    return it;
}

// The coroutine function behind anext(iterator, default), compiled when first wanted.
static Value default_anext(VM *vm)
{
    static const char source[] = "async def anext(awaitable, default):\n"
                                 "    try:\n"
                                 "        return await awaitable\n"
                                 "    except StopAsyncIteration:\n"
                                 "        return default\n";
    if (vm->roots[ROOT_ANEXT])
        return vm->roots[ROOT_ANEXT];
    Str *file = str_from(vm, "<builtins>");
    Dict *namespace = dict_new(vm, 2);
    Code *code = file && namespace ? compile_source(vm, source, sizeof source - 1, file, COMPILE_EXEC, 0, true) : NULL;
    if (!code || !vm_run_code(vm, code, namespace, VALUE_EMPTY))
        return VALUE_EMPTY;
    Str *name = str_intern_text(vm, "anext", 5);
    return name ? vm->roots[ROOT_ANEXT] = dict_get_str(vm, namespace, name) : VALUE_EMPTY;
}

BUILTIN(anext)
{
    if (!type_special(vm, type_of(vm, args[0]), SPECIAL___anext__))
        return raise_type(vm, "'%T' object is not an async iterator", args[0]);
    Value awaitable = call_special(vm, args[0], SPECIAL___anext__, NULL, 0);
    if (!awaitable || nargs < 2)
        return awaitable;
    Value f = default_anext(vm);
    return f ? call2(vm, f, awaitable, args[1]) : VALUE_EMPTY;
}

// ---- all items at once

// any: stop at the first true item; all: at the first false one.
static Value stop_at(VM *vm, Value iterable, int wanted)
{
    Each each;
    Value v;
    if (!each_begin(&each, vm, iterable))
        return VALUE_EMPTY;
    while (each_next(&each, &v)) {
        int truth = object_truth(vm, v);
        if (truth < 0)
            return VALUE_EMPTY;
        if (truth == wanted)
            return from_bool(wanted);
    }
    return vm->error ? VALUE_EMPTY : from_bool(!wanted);
}

BUILTIN(any)
{
    (void)nargs;
    return stop_at(vm, args[0], 1);
}

BUILTIN(all)
{
    (void)nargs;
    return stop_at(vm, args[0], 0);
}

// The keywords of list.sort, under whose name mistakes are reported.
static bool sort_keywords(VM *vm, Dict *keywords, Value *key, int64_t *reverse)
{
    uint32_t position = 0;
    Value name, v;
    while (dict_next(keywords, &position, &name, &v)) {
        if (as_str(name) == NAME_OF(vm, key) || str_is(as_str(name), "key")) {
            *key = v;
        } else if (!str_is(as_str(name), "reverse")) {
            raise_type(vm, "'%U' is an invalid keyword argument for sort()", as_str(name));
            return false;
        } else if (!object_index_clamped(vm, v, reverse)) {
            return false;
        }
    }
    return true;
}

BUILTIN(sorted)
{
    (void)nargs;
    Tuple *given = as_tuple(args[0]);
    Value key = VALUE_NONE;
    int64_t reverse = 0;
    if (given->count != 1)
        return raise_type(vm, "sorted expected 1 argument, got %d", (int)given->count);
    List *list = list_new(vm, 0);
    if (!list || !list_extend(vm, list, given->items[0]))
        return VALUE_EMPTY;
    if (args[1] != VALUE_EMPTY && !sort_keywords(vm, as_dict(args[1]), &key, &reverse))
        return VALUE_EMPTY;
    return list_sort(vm, list, key, reverse != 0) ? from_object(list) : VALUE_EMPTY;
}

// Whether a comes before b in the order wanted (op LT for min, GT for max); -1 error.
static int before(VM *vm, Value a, Value b, CompareOp op)
{
    if (both_small(a, b))
        return op == COMPARE_LT ? a < b : a > b;
    if (is_double(a) && is_double(b))
        return op == COMPARE_LT ? as_double(a) < as_double(b) : as_double(a) > as_double(b);
    return object_compare_bool(vm, a, b, op);
}

static Value extreme(VM *vm, Value *args, CompareOp op, const char *name)
{
    Tuple *given = as_tuple(args[0]);
    Value key = args[1], fallback = args[2], iterable = args[0];
    if (given->count == 0)
        return raise_type(vm, "%s expected at least 1 argument, got 0", name);
    if (given->count == 1)
        iterable = given->items[0];
    else if (fallback != VALUE_EMPTY)
        return raise_type(vm, "Cannot specify a default for %s() with multiple positional arguments", name);
    Each each;
    Value v, best = VALUE_EMPTY, best_key = VALUE_EMPTY;
    if (!each_begin(&each, vm, iterable))
        return VALUE_EMPTY;
    while (each_next(&each, &v)) {
        Value k = is_none(key) ? v : call1(vm, key, v);
        int wins = !k ? -1 : best == VALUE_EMPTY ? 1 : before(vm, k, best_key, op);
        if (wins < 0)
            return VALUE_EMPTY;
        if (wins) {
            best = v;
            best_key = k;
        }
    }
    if (vm->error)
        return VALUE_EMPTY;
    if (best != VALUE_EMPTY)
        return best;
    return fallback != VALUE_EMPTY ? fallback : raise_value(vm, "%s() arg is an empty sequence", name);
}

BUILTIN(min)
{
    (void)nargs;
    return extreme(vm, args, COMPARE_LT, "min");
}

BUILTIN(max)
{
    (void)nargs;
    return extreme(vm, args, COMPARE_GT, "max");
}

// ---- sum

// Adds small ints while the total fits 64 bits. True: *next holds an item that ended it.
static bool sum_ints(Each *each, Value *total, Value *next, bool *more)
{
    int64_t sum = as_small(*total), with;
    while ((*more = each_next(each, next)) && is_small(*next)) {
        if (__builtin_add_overflow(sum, as_small(*next), &with))
            break;
        sum = with;
    }
    *total = int_from_i64(each->vm, sum);
    return *total != VALUE_EMPTY;
}

static void sum_floats(Each *each, Value *total, Value *next, bool *more)
{
    double sum = as_double(*total);
    while ((*more = each_next(each, next)) && (is_double(*next) || is_small(*next)))
        sum += is_double(*next) ? as_double(*next) : (double)as_small(*next);
    *total = from_double(sum);
}

static bool summable_start(VM *vm, Value start)
{
    const char *type = is_str(start) ? "strings [use ''" : is_bytes(start) ? "bytes [use b''" :
                       has_kind(start, KIND_BYTEARRAY) ? "bytearray [use b''" : NULL;
    return !type || (raise_type(vm, "sum() can't sum %s.join(seq) instead]", type), false);
}

BUILTIN(sum)
{
    (void)nargs;
    Each each;
    Value total = args[1], v = VALUE_EMPTY;
    if (args[0] == VALUE_EMPTY)
        return raise_type(vm, "sum() takes at least 1 positional argument (0 given)");
    if (!summable_start(vm, total) || !each_begin(&each, vm, args[0]))
        return VALUE_EMPTY;
    bool more = each_next(&each, &v);
    while (more) {
        if (is_small(total) && is_small(v)) {
            if (!(total = int_add(vm, total, v)))
                return VALUE_EMPTY;
            if (!is_small(total))
                more = each_next(&each, &v);
            else if (!sum_ints(&each, &total, &v, &more))
                return VALUE_EMPTY;
        } else if (is_double(v) && (is_double(total) || is_small(total))) {
            total = from_double((is_double(total) ? as_double(total) : (double)as_small(total)) + as_double(v));
            sum_floats(&each, &total, &v, &more);
        } else {
            if (!(total = binary_op(vm, BINARY_ADD, total, v)))
                return VALUE_EMPTY;
            more = each_next(&each, &v);
        }
    }
    return vm->error ? VALUE_EMPTY : total;
}
