// SPDX-License-Identifier: MIT
//
// Life of a VM: start-up order, depth checks, weak tables.

#include "vm.h"

#include "limits.h"
#include "native.h"
#include "type.h"
#include "vm/interp/interp.h"
#include "vm/types/generator.h"
#include "vm/types/iterators.h"
#include "vm/types/registry.h"

// ---------------------------------------------------------------- attention and depth

void vm_request_attention(VM *vm, uint32_t why)
{
    atomic_fetch_or(&vm->attention, why);
}

bool vm_enter_slow(VM *vm, const char *where, const char *here)
{
    bool deep = vm->native_depth >= vm->native_limit || here <= vm->c_stack_limit;
    if (!deep && vm_tick_slow(vm))
        return true;
    vm->native_depth--;
    if (deep)
        raise_exc(vm, EXC_RecursionError, "maximum recursion depth exceeded%s", where);
    return false;
}

int repr_enter(VM *vm, Value v)
{
    for (uint32_t i = 0; i < vm->repr_count; i++)
        if (vm->repr_stack[i] == v)
            return 1;
    if (vm->repr_count == vm->repr_capacity) {
        uint32_t wanted = vm->repr_capacity ? vm->repr_capacity * 2 : 16;
        Value *p = mem_realloc(vm, vm->repr_stack, vm->repr_capacity * sizeof *p, wanted * sizeof *p);
        if (!p)
            return (raise_memory(vm), -1);
        vm->repr_stack = p;
        vm->repr_capacity = wanted;
    }
    vm->repr_stack[vm->repr_count++] = v;
    return 0;
}

void repr_leave(VM *vm, Value v)
{
    (void)v;
    vm->repr_count--;
}

// ---------------------------------------------------------------- weak tables

static void sweep_codes(VM *vm)
{
    for (Code **p = &vm->codes; *p;) {
        if (gc_is_marked(&vm->gc, *p))
            p = &(*p)->next_code;
        else
            *p = (*p)->next_code;
    }
}

static void sweep_types(VM *vm)
{
    size_t kept = 0;
    for (size_t i = 0; i < vm->heap_type_count; i++)
        if (gc_is_marked(&vm->gc, vm->heap_types[i]))
            vm->heap_types[kept++] = vm->heap_types[i];
    if (kept == vm->heap_type_count)
        return;
    vm->heap_type_count = kept;
    memset(vm->type_cache, 0, sizeof vm->type_cache);
}

static void prune_subclasses(VM *vm, Type *t)
{
    List *l = t->subclasses;
    if (!l)
        return;
    int64_t kept = 0;
    for (int64_t i = 0; i < l->count; i++)
        if (gc_is_marked(&vm->gc, as_object(l->items[i])))
            l->items[kept++] = l->items[i];
    l->count = kept;
}

void vm_sweep_weak_tables(VM *vm)
{
    memset(vm->shape_cache, 0, sizeof vm->shape_cache);
    str_table_sweep(vm);
    sweep_codes(vm);
    for (int i = 0; i < KIND_COUNT; i++)
        if (vm->types[i])
            prune_subclasses(vm, vm->types[i]);
    for (int i = 0; i < EXC_COUNT; i++)
        if (vm->exc[i])
            prune_subclasses(vm, vm->exc[i]);
    for (uint32_t i = 0; i < vm->other_count; i++)
        prune_subclasses(vm, vm->other_types[i]);
    for (size_t i = 0; i < vm->heap_type_count; i++)
        if (gc_is_marked(&vm->gc, vm->heap_types[i]))
            prune_subclasses(vm, vm->heap_types[i]);
    sweep_types(vm);
}

// ---------------------------------------------------------------- start and end

// The first types exist before dict and tuple do: made bare here, finished in `finish_types`.
static bool bare_type(VM *vm, const TypeDef *def)
{
    Type *t = type_alloc_bare(vm, vm->types[KIND_TYPE], NULL, NULL, def, def->ops, def->kind);
    if (!t)
        return false;
    t->flags = def->flags | TYPE_IMMUTABLE;
    vm->types[def->kind] = t;
    return (t->root = shape_new_root(vm, t, 0)) != NULL;
}

static bool finish_type(VM *vm, Type *t, Type *base)
{
    const char *dot = strrchr(t->def->name, '.');
    const char *name = dot ? dot + 1 : t->def->name;
    t->name = t->qualname = str_intern_text(vm, name, strlen(name));
    t->best_base = base;
    return t->name && type_ready(vm, t);
}

static bool make_core_types(VM *vm)
{
    // `shape` and `type` refer to each other and to themselves.
    if (!bare_type(vm, &type_def) || !bare_type(vm, &shape_def))
        return false;
    Type *type = vm->types[KIND_TYPE], *shape = vm->types[KIND_SHAPE];
    type->base.shape = shape->base.shape = type->root;
    type->root->base.shape = shape->root->base.shape = shape->root;
    for (const TypeDef *const *d = core_type_defs; *d; d++)
        if (!vm->types[(*d)->kind] && !bare_type(vm, *d))
            return false;
    return true;
}

static bool make_names(VM *vm)
{
    static const char *const texts[] = {
#define NAME(id) #id,
#include "names.def"
    };
    for (int i = 0; i < NAME_COUNT; i++)
        if (!(vm->names[i] = str_intern_text(vm, texts[i], strlen(texts[i]))))
            return false;
    return true;
}

static bool finish_types(VM *vm)
{
    Type *object = vm->types[KIND_OBJECT];
    if (!finish_type(vm, object, NULL))
        return false;
    for (int i = 0; i < KIND_COUNT; i++) {
        Type *t = vm->types[i];
        if (!t || t == object)
            continue;
        Type *base = i == KIND_BOOL ? vm->types[KIND_INT] : object;
        if (i == KIND_BOOL && !vm->types[KIND_INT]->mro)
            continue;
        if (!t->mro && !finish_type(vm, t, base))
            return false;
    }
    if (!vm->types[KIND_BOOL]->mro && !finish_type(vm, vm->types[KIND_BOOL], vm->types[KIND_INT]))
        return false;
    for (const RegisteredType *r = other_type_defs; r->def; r++)
        if (!type_register(vm, r->def, r->base ? type_of_def(vm, r->base) : NULL))
            return false;
    return exceptions_init(vm);
}

static bool start(VM *vm)
{
    limits_settle(vm);
    vm->recursion_limit = 1000;
    vm->recursion_most = INT32_MAX;
    vm->native_limit = 200;
    vm->globals_epoch = 1;
    vm->int_max_str_digits = 4300;
    if (!gc_heap_new(vm) || !stack_new(vm) || !str_table_new(vm) || !make_core_types(vm) || !str_init(vm))
        return false;
    if (!tuple_new(vm, 0) || !make_names(vm) || !finish_types(vm))
        return false;
    vm->range_iterator_shape = type_of_def(vm, &range_iterator_def)->root;
    vm->list_iterator_shape = type_of_def(vm, &list_iterator_def)->root;
    vm->tuple_iterator_shape = type_of_def(vm, &tuple_iterator_def)->root;
    vm->enumerate_shape = type_of_def(vm, &enumerate_def)->root;
    vm->zip_shape = type_of_def(vm, &zip_def)->root;
    vm->dict_item_iterator_shape = type_of_def(vm, &dict_item_iterator_def)->root;
    vm->str_shape = vm->types[KIND_STR]->root;
    vm->list_shape = vm->types[KIND_LIST]->root;
    vm->dict_shape = vm->types[KIND_DICT]->root;
    vm->tuple_shape = vm->types[KIND_TUPLE]->root;
    vm->function_shape = vm->types[KIND_FUNCTION]->root;
    vm->module_shape = vm->types[KIND_MODULE]->root;
    Value e = exception_new(vm, vm->exc[EXC_MemoryError], NULL, 0);
    Set *frozen = e ? set_new(vm, true) : NULL;
    if (!frozen)
        return false;
    vm->memory_error = e;
    vm->empty_frozenset = from_object(frozen);
    return (vm->empty_bytes = bytes_new(vm, "", 0)) && (vm->builtins = dict_new(vm, 200)) &&
           (vm->modules = dict_new(vm, 32));
}

VM *vm_new(const Allocator *allocator, size_t memory_cap, const VMHooks *hooks, const uint64_t hash_key[2])
{
    VM *vm = allocator->realloc(allocator->context, NULL, 0, sizeof *vm);
    if (!vm)
        return NULL;
    memset(vm, 0, sizeof *vm);
    vm->gc.allocator = *allocator;
    vm->gc.bytes = sizeof *vm;
    vm->gc.cap = memory_cap;
    if (hooks)
        vm->hooks = *hooks;
    vm->hash_key[0] = hash_key[0];
    vm->hash_key[1] = hash_key[1];
    vm->gc.stack_base = (char *)__builtin_frame_address(0) + 256;
    vm->gc.disabled = true; // until everything that is a root is in place
    if (!start(vm)) {
        vm_free(vm);
        return NULL;
    }
    vm->gc.disabled = false;
    return vm;
}

void vm_free(VM *vm)
{
    if (!vm)
        return;
    vm->gc.busy = true;
    gc_heap_free(vm);
    stack_free(vm);
    str_table_free(vm);
    mem_realloc(vm, vm->other_types, vm->other_count * sizeof *vm->other_types, 0);
    mem_realloc(vm, vm->def_table, vm->def_table_size * sizeof *vm->def_table, 0);
    mem_realloc(vm, vm->heap_types, vm->heap_type_capacity * sizeof *vm->heap_types, 0);
    mem_realloc(vm, vm->repr_stack, vm->repr_capacity * sizeof *vm->repr_stack, 0);
    Allocator a = vm->gc.allocator;
    a.realloc(a.context, vm, sizeof *vm, 0);
}
