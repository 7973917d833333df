// SPDX-License-Identifier: MIT
//
// libFuzzer target: any text compiled and run in a VM of its own, with little memory, little time, no modules and no
// output. Whatever it does, the host lives, gets its control back within the budget and its grace, and gets every byte
// back.
#include <stdint.h>
#include <stdlib.h>

#include "vm/compile/compile.h"
#include "vm/core/limits.h"
#include "vm/core/native.h"
#include "vm/interp/interp.h"

enum { MEMORY_CAP = 16 << 20, BUDGET = 100000, STACK = 6 << 20 };

extern const ModuleDef builtins_module;

static void require(bool holds)
{
    if (!holds)
        abort();
}

// Counts what is out; the sizes it is told must add up.
static void *counting_realloc(void *context, void *ptr, size_t old_size, size_t new_size)
{
    size_t *live = context;
    *live += new_size - old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    ptr = realloc(ptr, new_size);
    require(ptr != NULL);
    return ptr;
}

static Value print(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    for (int64_t i = 0; i < as_tuple(args[0])->count; i++)
        if (!object_str(vm, as_tuple(args[0])->items[i]))
            return VALUE_EMPTY;
    return VALUE_NONE;
}

static Value collect(VM *vm, Value *args, int nargs)
{
    (void)args;
    (void)nargs;
    gc_collect(vm);
    gc_run_finalizers(vm);
    return VALUE_NONE;
}

static bool prepare(VM *vm)
{
    static const NativeDef natives[] = {{"print(*args, **options)", print, "", 0, 0, 0},
                                        {"collect()", collect, "", NATIVE_RAW, 0, 0}};
    if (!module_from_def(vm, &builtins_module))
        return false;
    for (size_t i = 0; i < 2; i++) {
        Value native = native_new(vm, &natives[i], VALUE_EMPTY, NULL);
        if (!native || !dict_set_str(vm, vm->builtins, ((Native *)as_object(native))->name, native))
            return false;
    }
    return true;
}

static void run_text(VM *vm, const char *text, size_t size)
{
    Dict *globals = dict_new(vm, 0);
    Str *name = str_from(vm, "fuzz");
    if (!globals || !name || !dict_set_text(vm, globals, "__name__", from_object(name)))
        return;
    Code *code = compile_source(vm, text, size, name, COMPILE_EXEC, COMPILE_TOP_LEVEL_AWAIT, false);
    if (!code)
        return;
    limits_set(vm, BUDGET, 0);
    Value v = vm_run_code(vm, code, globals, VALUE_EMPTY);
    if (v && code->flags & CODE_COROUTINE)
        generator_resume(vm, as_generator(v), VALUE_NONE, &v);
    if (vm->error) {
        Value e = error_take(vm);
        object_repr(vm, e);
        error_clear(vm);
    }
    require(!vm->frame && !vm->depth && !vm->native_depth);
    require(vm->budget > -BUDGET); // natives pay before they work for long
    limits_set(vm, 0, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t key[2] = {1, 2};
    size_t live = 0;
    Allocator allocator = {.realloc = counting_realloc, .context = &live};
    VM *vm = vm_new(&allocator, MEMORY_CAP, NULL, key);
    require(vm != NULL);
    vm->gc.stack_base = __builtin_frame_address(0);
    vm->c_stack_limit = (char *)__builtin_frame_address(0) - STACK;
    require(prepare(vm));
    run_text(vm, (const char *)data, size);
    gc_collect(vm);
    vm_free(vm);
    require(live == 0);
    return 0;
}
