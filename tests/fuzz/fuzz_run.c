// SPDX-License-Identifier: MIT
//
// libFuzzer target: any text compiled and run in a VM of its own, with little memory, little time, no modules and no
// output. Whatever it does, the host lives, gets its control back, and gets every byte back.
//
// A script may catch the error of its spent budget and go on; after some patience the target leaves it by longjmp and
// frees the blocks itself.
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include "vm/compile/compile.h"
#include "vm/core/native.h"
#include "vm/interp/interp.h"

enum { MEMORY_CAP = 16 << 20, BUDGET = 1000000, PATIENCE = 2000, STACK = 6 << 20 };

extern const ModuleDef builtins_module;

typedef struct BlockLink {
    struct BlockLink *next, *previous;
    size_t size;
    size_t padding;
} BlockLink;

typedef struct Run {
    BlockLink blocks; // ring of all that was handed out
    size_t live;
    int polls;
    jmp_buf escape;
} Run;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void *tracking_realloc(void *context, void *ptr, size_t old_size, size_t new_size)
{
    Run *run = context;
    BlockLink *b = ptr ? (BlockLink *)ptr - 1 : NULL;
    require((b ? b->size : 0) == old_size);
    if (b) {
        b->previous->next = b->next;
        b->next->previous = b->previous;
    }
    run->live += new_size - old_size;
    if (new_size == 0) {
        free(b);
        return NULL;
    }
    b = realloc(b, sizeof *b + new_size);
    require(b != NULL);
    b->size = new_size;
    b->next = run->blocks.next;
    b->previous = &run->blocks;
    b->next->previous = b->previous->next = b;
    return b + 1;
}

static bool poll(VM *vm)
{
    Run *run = vm->hooks.context;
    if (++run->polls > PATIENCE)
        longjmp(run->escape, 1);
    return true;
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
    vm->budget = BUDGET;
    vm_request_attention(vm, ATTENTION_BUDGET | ATTENTION_POLL);
    Value v = vm_run_code(vm, code, globals, VALUE_EMPTY);
    if (v && code->flags & CODE_COROUTINE)
        generator_resume(vm, as_generator(v), VALUE_NONE, &v);
    if (vm->error) {
        Value e = error_take(vm);
        object_repr(vm, e);
        error_clear(vm);
    }
    require(!vm->frame && !vm->depth && !vm->native_depth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t key[2] = {1, 2};
    Run *run = calloc(1, sizeof *run);
    run->blocks.next = run->blocks.previous = &run->blocks;
    if (setjmp(run->escape) == 0) {
        Allocator allocator = {.realloc = tracking_realloc, .context = run};
        VMHooks hooks = {.context = run, .poll = poll};
        VM *vm = vm_new(&allocator, MEMORY_CAP, &hooks, key);
        require(vm != NULL);
        vm->gc.stack_base = __builtin_frame_address(0);
        vm->c_stack_limit = (char *)__builtin_frame_address(0) - STACK;
        require(prepare(vm));
        run_text(vm, (const char *)data, size);
        gc_collect(vm);
        vm_free(vm);
        require(run->live == 0);
    }
    while (run->blocks.next != &run->blocks) {
        BlockLink *b = run->blocks.next;
        run->blocks.next = b->next;
        free(b);
    }
    free(run);
    return 0;
}
