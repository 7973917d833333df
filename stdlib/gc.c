// SPDX-License-Identifier: MIT
//
// The `gc` module: the collector as scripts see it. There is one generation; the functions about generations, debugging
// and freezing exist so that programs run unchanged, and say that there is nothing to report.

#include "vm/core/native.h"
#include "vm/interp/interp.h"

static void count_object(void *context, Object *o)
{
    (void)o;
    ++*(int64_t *)context;
}

static int64_t object_count(VM *vm)
{
    int64_t n = 0;
    gc_each_object(vm, count_object, &n);
    return n;
}

static Value gc_collect_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t generation;
    if (!object_index_i64(vm, args[0], &generation))
        return VALUE_EMPTY;
    if (generation < 0 || generation > 2)
        return raise_value(vm, "invalid generation");
    // Called by a script directly, nothing below the interpreter's caller holds a value that registers do not: words
    // that returned calls left there must not count as references.
    bool direct = frame_forget_temporaries(vm, gc_collect_function);
    int64_t before = object_count(vm);
    vm->gc.stack_from = direct ? vm->script_c_frame : NULL;
    gc_collect(vm);
    vm->gc.stack_from = NULL;
    int64_t freed = before - object_count(vm);
    gc_run_finalizers(vm);
    return from_small(freed < 0 ? 0 : freed);
}

static Value gc_enable_function(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    vm->gc.disabled = false;
    return VALUE_NONE;
}

static Value gc_disable_function(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    vm->gc.disabled = true;
    return VALUE_NONE;
}

static Value gc_isenabled_function(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    return from_bool(!vm->gc.disabled);
}

static bool is_container(Kind kind)
{
    switch (kind) {
    case KIND_INT: case KIND_FLOAT: case KIND_COMPLEX: case KIND_STR: case KIND_BYTES: case KIND_BYTEARRAY:
    case KIND_RANGE: case KIND_SHAPE: case KIND_CODE: return false;
    default: return true;
    }
}

static Value gc_is_tracked(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    return from_bool(is_object(args[0]) && is_container(kind_of(as_object(args[0]))));
}

typedef struct Gathering {
    List *list;
    int64_t room;
} Gathering;

static void gather_object(void *context, Object *o)
{
    Gathering *g = context;
    if (is_container(kind_of(o)) && o != (Object *)g->list && g->list->count < g->room)
        g->list->items[g->list->count++] = from_object(o);
    if (is_generator_like(from_object(o)))
        ((Generator *)o)->unshared = false;
}

static Value gc_get_objects(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    gc_collect(vm);
    Gathering g = {.room = object_count(vm)};
    g.list = list_new(vm, g.room);
    if (!g.list)
        return VALUE_EMPTY;
    gc_each_object(vm, gather_object, &g);
    gc_barrier(vm, g.list);
    return from_object(g.list);
}

static Value gc_get_count(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    return tuple_pack(vm, 3, int_from_u64(vm, vm->gc.live), INT_ZERO, INT_ZERO);
}

static Value gc_get_threshold(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    return tuple_pack(vm, 3, int_from_u64(vm, vm->gc.threshold), INT_ZERO, INT_ZERO);
}

static Value gc_get_stats(VM *vm, Value *args, int nargs)
{
    (void)args, (void)nargs;
    List *list = list_new(vm, 3);
    for (int i = 0; list && i < 3; i++) {
        Dict *d = dict_new(vm, 4);
        Value collections = i == 2 ? int_from_u64(vm, vm->gc.collections) : INT_ZERO;
        if (!d || !collections || !dict_set_text(vm, d, "collections", collections) ||
            !dict_set_text(vm, d, "collected", INT_ZERO) ||
            !dict_set_text(vm, d, "uncollectable", INT_ZERO) || !list_append(vm, list, from_object(d)))
            return VALUE_EMPTY;
    }
    return from_object(list);
}

static Value gc_none(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return VALUE_NONE;
}

static Value gc_zero(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    return INT_ZERO;
}

static const NativeDef functions[] = {
    {"collect(generation=2)", gc_collect_function, "Run the garbage collector. Returns how many objects it freed.",
     0, 0, 0},
    {"disable()", gc_disable_function, "Disable automatic garbage collection.", NATIVE_RAW, 0, 0},
    {"enable()", gc_enable_function, "Enable automatic garbage collection.", NATIVE_RAW, 0, 0},
    {"freeze()", gc_none, "Has nothing to do.", NATIVE_RAW, 0, 0},
    {"get_count()", gc_get_count, "Return the bytes in objects now, and two zeros.", NATIVE_RAW, 0, 0},
    {"get_debug()", gc_zero, "Get the garbage collection debugging flags: none.", NATIVE_RAW, 0, 0},
    {"get_freeze_count()", gc_zero, "Return the number of frozen objects: none.", NATIVE_RAW, 0, 0},
    {"get_objects(generation=None)", gc_get_objects, "Return a list of all container objects.", 0, 0, 0},
    {"get_stats()", gc_get_stats, "Return a list of dictionaries containing per-generation statistics.",
     NATIVE_RAW, 0, 0},
    {"get_threshold()", gc_get_threshold, "Return the bytes at which a collection starts, and two zeros.",
     NATIVE_RAW, 0, 0},
    {"is_tracked(obj, /)", gc_is_tracked, "Returns True if the object may refer to others.", NATIVE_RAW, 1, 1},
    {"isenabled()", gc_isenabled_function, "Returns true if automatic garbage collection is enabled.",
     NATIVE_RAW, 0, 0},
    {"set_debug(flags, /)", gc_none, "Accepts and ignores debugging flags.", NATIVE_RAW, 1, 1},
    {"set_threshold(threshold0, threshold1=0, threshold2=0, /)", gc_none, "Accepts and ignores thresholds.",
     NATIVE_RAW, 1, 3},
    {"unfreeze()", gc_none, "Has nothing to do.", NATIVE_RAW, 0, 0},
    {0},
};

static bool gc_init(VM *vm, Module *module)
{
    static const char *const flags[] = {"DEBUG_STATS", "DEBUG_COLLECTABLE", "DEBUG_UNCOLLECTABLE", NULL, NULL,
        "DEBUG_SAVEALL"};
    for (int i = 0; i < 6; i++)
        if (flags[i] && !module_set(vm, module, flags[i], from_small(1 << i)))
            return false;
    return module_set(vm, module, "DEBUG_LEAK", from_small(38)) &&
        module_set(vm, module, "garbage", from_object(list_new(vm, 0))) &&
           module_set(vm, module, "callbacks", from_object(list_new(vm, 0)));
}

const ModuleDef gc_module = {
    .name = "gc",
    .doc = "The interface of the garbage collector.",
    .functions = functions,
    .init = gc_init,
};
