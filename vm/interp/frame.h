// SPDX-License-Identifier: MIT
//
// Frame: one activation of script code, its registers right behind it.
//
// Plain calls put frames on the VM's register stack, the callee's window overlapping the end of the caller's, so that
// arguments are already in place. Generators and coroutines carry their Frame inside the heap object. The interpreter
// runs on either without a difference. `caller` is always the dynamic caller, across native calls too.
#ifndef AIOLOS_VM_FRAME_H
#define AIOLOS_VM_FRAME_H

#include "vm/core/vm.h"
#include "vm/types/function.h"

struct Frame {
    Value callee;        // the Function
    Frame *caller;
    const Instr *pc;     // of this frame: where it goes on when it is not the running one
    union {
        struct {
            uint16_t ret;    // register of the caller that receives the result
            uint8_t flags;   // FRAME_ bits
            uint8_t how;     // RESUME_: how the caller waits for it
        };
        uint64_t word;       // all of them: a plain call stores them at once (little-endian hosts)
    };
    Value regs[];
};

_Static_assert(sizeof(Frame) == FRAME_HEADER * sizeof(Value), "FRAME_HEADER is the size of Frame in words");

#define FRAME_ENTRY 1   // the caller is native code: leaving it leaves the interpreter
#define FRAME_HEAP 2    // inside a Generator
#define FRAME_INIT 4    // __init__ run by a constructor call: result must be None, regs[0] is the value
#define FRAME_SEGMENT 8 // first frame of a new stack segment

// How a resumed heap frame's caller receives what it gives.
enum {
    RESUME_SEND,     // a native: next(), send(), throw(), or the scheduler
    RESUME_FOR,      // FOR_LOOP / FOR_ITER of the caller
    RESUME_DELEGATE, // DELEGATE: await or yield from
    RESUME_ANEXT,    // ASYNC_NEXT of the caller
};

typedef struct StackSegment {
    struct StackSegment *previous;
    size_t capacity;   // words
    Value *used;       // top when a newer segment took over
    Value words[];
} StackSegment;

// DELEGATING: not the root of its chain and waiting for an inner frame, whether the chain runs or not.
enum { GENERATOR_CREATED, GENERATOR_SUSPENDED, GENERATOR_RUNNING, GENERATOR_DELEGATING, GENERATOR_DONE };

// Generator, coroutine, async generator: the object is its frame.
typedef struct Generator {
    Object base;
    uint8_t state;
    bool closing;            // async generator: aclose has begun
    bool async_running;      // async generator: an asend/athrow is in progress
    bool hooks_done;         // async generator: firstiter hook was called
    bool warned;             // coroutine: never-awaited warning given or awaited
    bool unshared;           // coroutine made by the call that awaits it: nobody else has seen it
    bool delegated;          // linked into another's await chain: frame.caller awaits it
    uint16_t chain;          // root: heap frames of the chain beyond itself, for the depth count
    struct GeneratorExtra *more; // GC buffer, NULL: nothing unusual
    union {
        struct Generator *inner; // suspended root of a chain: the innermost frame's generator
        struct {
            struct Generator *previous_root; // running root
            Value *stack_base;               // where plain calls of this chain's heap frames go
        };
    };
    Frame frame;
} Generator;

typedef struct GeneratorExtra {
    Str *name, *qualname;    // set by a script
    Value finalizer;         // async generator: hook taken at first iteration
    Value origin;            // where the coroutine was made (debug)
} GeneratorExtra;

#define SPARE_COROUTINES 32 // by register count: finished unshared coroutines, to be used again (VM.spares)

static inline Generator *generator_of(Frame *f) { return (Generator *)((char *)f - offsetof(Generator, frame)); }
static inline Code *frame_code(const Frame *f) { return as_function(f->callee)->code; }

// First free stack word above a frame: where a native called from it may start new frames. f may be NULL.
static inline Value *frame_top(VM *vm, Frame *f)
{
    if (!f)
        return vm->segment->words;
    if (f->flags & FRAME_HEAP)
        return vm->root->stack_base;
    return f->regs + frame_code(f)->nregs;
}

void frame_mark_owner(Gc *gc, Frame *f); // marks the heap object a running frame lives in

static inline bool is_generator_like(Value v)
{
    return is_object(v) && v && as_object(v)->shape->kind >= KIND_GENERATOR &&
           as_object(v)->shape->kind <= KIND_ASYNC_GENERATOR;
}
static inline Generator *as_generator(Value v) { return (Generator *)as_object(v); }

#endif
