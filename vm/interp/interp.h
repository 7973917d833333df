// SPDX-License-Identifier: MIT
//
// The interpreter's door.
#ifndef AIOLOS_VM_INTERP_H
#define AIOLOS_VM_INTERP_H

#include "frame.h"

typedef enum ExecStatus {
    EXEC_RETURNED,  // *result is the value
    EXEC_RAISED,    // vm->error is set
    EXEC_YIELDED,   // a generator gave *result
    EXEC_ITEM,      // an async generator gave the item *result to its consumer
    EXEC_SUSPENDED, // an await chain waits for the native awaitable *result (its ops->await said pending)
} ExecStatus;

// Type.call_state: how calling a class constructs.
enum {
    CALL_UNKNOWN,
    CALL_BARE,   // no __init__
    CALL_INIT,   // script __init__
    CALL_NATIVE, // a built-in type: its constructor does it all
    CALL_GENERAL
};

// Runs `frame` (flags has FRAME_ENTRY; pc set) until it is left. When vm->error is set at entry, the frame starts by
// raising it.
ExecStatus vm_execute(VM *vm, Frame *frame, Value *result);
// The same from C; the caller has passed vm_enter.
ExecStatus frame_run(VM *vm, Frame *frame, Value *result);

// Runs a frame from frame_push_call and gives what it returns. VALUE_EMPTY: error.
Value frame_run_pushed(VM *vm, Frame *frame);

// Pushes a frame for a call of f from native code above the running frame. NULL: error pending.
Frame *frame_push_call(VM *vm, Function *f, const Value *args, int nargs, Tuple *kwnames);
// Room for a frame of `words` at `wanted` on the register stack, or in a new segment. NULL: RecursionError/MemoryError.
Value *stack_reserve(VM *vm, Value *wanted, size_t words, bool *new_segment);
void stack_drop_segment(VM *vm);
bool stack_new(VM *vm);
void stack_free(VM *vm);

// Turns a bound frame of generator code into its object (the frame on the stack is abandoned).
Value generator_from_frame(VM *vm, Frame *frame);

Generator *generator_new(VM *vm, Function *f); // registers still to be bound

// One step of a generator, coroutine or async generator from native code: sends `value` (VALUE_NONE to start), or
// raises vm->error inside when `value` is VALUE_EMPTY.
ExecStatus generator_resume(VM *vm, Generator *g, Value value, Value *result);

// Runs code in a namespace: module bodies, exec, eval, class bodies. locals NULL: the globals.
Value vm_run_code(VM *vm, Code *code, Dict *globals, Value locals);

// Runs the function of a class body with `namespace` (any mapping) holding its names. Gives what the body returns: the
// cell of __class__, or VALUE_NONE when nothing in it needs one. VALUE_EMPTY: error.
Value vm_run_class_body(VM *vm, Value function, Value namespace);

// The variables of a running frame as locals() shows them: the namespace itself, or for functions a new dict.
Value frame_locals(VM *vm, Frame *frame);
// For a native `fn` about to collect: clears the registers from its own call upwards, if the running frame calls it
// directly (true). They are dead but would keep what they held alive. fn must not use its arguments afterwards.
bool frame_forget_temporaries(VM *vm, NativeFn fn);

// Step of DELEGATE on something that is not a script frame. See suspend.c.
typedef enum DelegateStatus { DELEGATE_DONE, DELEGATE_SUSPEND, DELEGATE_PENDING, DELEGATE_ERROR } DelegateStatus;
DelegateStatus delegate_step(VM *vm, Value iterator, Value sent, Value *result);
// Throws vm->error into what the suspended frame g delegates to, if that takes throws. True: it gave a value to
// suspend with again (*result).
bool delegate_throw(VM *vm, Generator *g, DelegateStatus *status, Value *result);
Value await_iterator(VM *vm, Value v, int context);   // GET_AWAITABLE
Value yield_from_iterator(VM *vm, Value v, bool in_coroutine);
Value async_iterator(VM *vm, Value v);                // GET_AITER
Value async_next_awaitable(VM *vm, Value v);          // general path of ASYNC_NEXT
bool async_generator_first(VM *vm, Generator *g);     // hooks at first iteration

// Records where the pending exception passed through `frame`.
bool traceback_add(VM *vm, Frame *frame, uint32_t instr);

#endif
