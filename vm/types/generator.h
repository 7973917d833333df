// SPDX-License-Identifier: MIT
//
// Generators, coroutines and async generators as objects: send, throw, close and their asynchronous forms.
#ifndef AIOLOS_VM_GENERATOR_H
#define AIOLOS_VM_GENERATOR_H

#include "vm/interp/interp.h"

// What asend(), athrow() and aclose() return, and __await__() of a coroutine: an iterator around a generator.
typedef struct AwaitHelper {
    Object base;
    Value generator;
    Value sent;      // asend: the value; athrow: the exception; VALUE_EMPTY: aclose
    uint8_t mode;    // HELPER_
    uint8_t state;   // 0 new, 1 running, 2 done
} AwaitHelper;

enum { HELPER_WRAPPER, HELPER_ASEND, HELPER_ATHROW, HELPER_ACLOSE };

extern const TypeDef generator_def, coroutine_def, async_generator_def, coroutine_wrapper_def, asend_def, athrow_def;
// "never awaited" reporting: called when a coroutine is collected without having started.
bool generator_close(VM *vm, Generator *g);
Value generator_awaited(Generator *g); // gi_yieldfrom, cr_await, ag_await: VALUE_NONE when not waiting
// A new coroutine for a call that awaits it at once: see Generator.unshared. Registers still to be bound.
Generator *coroutine_unshared(VM *vm, Function *f);
// A finished unshared coroutine whose registers are empty goes back to be used again, until the next collection.
static inline void coroutine_recycle(VM *vm, Generator *g)
{
    uint16_t nregs = frame_code(&g->frame)->nregs;
    if (nregs >= SPARE_COROUTINES || vm->gc.marking || g->more)
        return;
    g->inner = vm->spares[nregs];
    vm->spares[nregs] = g;
}
Str *generator_qualname(Generator *g);
#endif
