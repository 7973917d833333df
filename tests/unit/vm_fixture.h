// SPDX-License-Identifier: MIT
//
// A VM without the runtime, for unit tests: a machine has builtins, one namespace and an allocator that counts, checks
// the sizes it is told, and must be back at zero bytes when the machine stops. There is no output and no import.
#ifndef AIOLOS_TESTS_VM_FIXTURE_H
#define AIOLOS_TESTS_VM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/compile/compile.h"
#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/interp/interp.h"

extern const ModuleDef builtins_module;

#define UNUSED __attribute__((unused))
#define STACK_FOR_SCRIPTS (6u << 20)

// ---- memory that is counted

typedef struct Meter {
    size_t live;        // bytes handed out
    size_t requests;
    size_t most;        // refuse what would take more than this; 0: no bound
    bool lied;          // a size given back was not the size taken
} Meter;

// A block remembers its size in front of itself.
UNUSED static void *meter_realloc(void *context, void *ptr, size_t old_size, size_t new_size)
{
    Meter *meter = context;
    size_t *block = ptr ? (size_t *)((char *)ptr - 16) : NULL;
    if ((block ? *block : 0) != old_size)
        meter->lied = true;
    if (new_size == 0) {
        meter->live -= block ? *block : 0;
        free(block);
        return NULL;
    }
    meter->requests++;
    if (meter->most && meter->live - old_size + new_size > meter->most)
        return NULL;
    block = realloc(block, new_size + 16);
    if (!block)
        return NULL;
    *block = new_size;
    meter->live += new_size - old_size;
    return (char *)block + 16;
}

// ---- machines

typedef struct Machine {
    Meter meter;
    VM *vm;
    Dict *globals;
} Machine;

static const uint64_t machine_hash_key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

// gc_collect(): a full collection, twice, so that what finalizers let go is gone too.
UNUSED static Value script_collect(VM *vm, Value *args, int nargs)
{
    (void)args;
    (void)nargs;
    for (int i = 0; i < 2; i++) {
        gc_collect(vm);
        gc_run_finalizers(vm);
    }
    return VALUE_NONE;
}

UNUSED static bool machine_add(Machine *m, const NativeDef *def)
{
    Value native = native_new(m->vm, def, VALUE_EMPTY, NULL);
    return native && dict_set_str(m->vm, m->vm->builtins, ((Native *)as_object(native))->name, native);
}

UNUSED static void machine_start_at(Machine *m, size_t cap, const VMHooks *hooks, char *stack_base)
{
    static const NativeDef collect = {"gc_collect()", script_collect, "", NATIVE_RAW, 0, 0};
    *m = (Machine){0};
    Allocator allocator = {.realloc = meter_realloc, .context = &m->meter};
    m->vm = vm_new(&allocator, cap, hooks, machine_hash_key);
    assert_non_null(m->vm);
    m->vm->gc.stack_base = stack_base;
    m->vm->c_stack_limit = stack_base - STACK_FOR_SCRIPTS;
    assert_true(module_from_def(m->vm, &builtins_module) != VALUE_EMPTY);
    assert_true(machine_add(m, &collect));
    m->globals = dict_new(m->vm, 0);
    m->vm->roots[0] = from_object(m->globals);
    Str *main_name = str_from(m->vm, "__main__");
    assert_true(main_name && dict_set_text(m->vm, m->globals, "__name__", from_object(main_name)));
}

// To be called by the test function itself: what its callees keep on the C stack are roots.
#define machine_start(m) machine_start_at(m, 0, NULL, __builtin_frame_address(0))
#define machine_start_capped(m, cap) machine_start_at(m, cap, NULL, __builtin_frame_address(0))

UNUSED static void machine_stop(Machine *m)
{
    assert_true(m->vm->error == VALUE_EMPTY);
    assert_int_equal(m->meter.live, m->vm->gc.bytes);
    vm_free(m->vm);
    assert_int_equal(m->meter.live, 0);
    assert_false(m->meter.lied);
}

// ---- scripts

// Runs the text in the machine's namespace. VALUE_EMPTY: an exception is pending.
UNUSED static Value machine_run(Machine *m, const char *text, CompileMode mode)
{
    Str *filename = str_from(m->vm, "test");
    Code *code = filename ? compile_source(m->vm, text, strlen(text), filename, mode, 0, true) : NULL;
    return code ? vm_run_code(m->vm, code, m->globals, VALUE_EMPTY) : VALUE_EMPTY;
}

// "Class: message" of the pending exception, which is cleared. In a buffer of the caller.
UNUSED static const char *machine_error(Machine *m, char *text, size_t size)
{
    Value e = error_take(m->vm);
    if (!e)
        return "no error";
    Str *message = object_str(m->vm, e);
    snprintf(text, size, "%s: %s", type_of(m->vm, e)->name->data, message ? message->data : "?");
    error_clear(m->vm);
    return text;
}

UNUSED static void script(Machine *m, const char *text)
{
    if (machine_run(m, text, COMPILE_EXEC))
        return;
    char message[512];
    fail_msg("%s\n in\n%s", machine_error(m, message, sizeof message), text);
}

// The repr of an expression's value is `expected`.
UNUSED static void expect(Machine *m, const char *expression, const char *expected)
{
    Value v = machine_run(m, expression, COMPILE_EVAL);
    Str *text = v ? object_repr(m->vm, v) : NULL;
    char message[512];
    if (!text)
        fail_msg("%s\n in %s", machine_error(m, message, sizeof message), expression);
    else if (strcmp(text->data, expected) != 0)
        fail_msg("%s\n is  %.400s\n not %s", expression, text->data, expected);
}

// Running the text raises "Class: message".
UNUSED static void expect_error(Machine *m, const char *text, const char *expected)
{
    char message[512];
    if (machine_run(m, text, COMPILE_EXEC))
        fail_msg("no %s in\n%s", expected, text);
    machine_error(m, message, sizeof message);
    if (strcmp(message, expected) != 0)
        fail_msg("%s\n not %s\n in\n%s", message, expected, text);
}

// A global of the machine.
UNUSED static Value global(Machine *m, const char *name)
{
    Str *key = str_from(m->vm, name);
    return key ? dict_get_str(m->vm, m->globals, key) : VALUE_EMPTY;
}

#endif
