// SPDX-License-Identifier: MIT
//
// Limits that hold: the tick's slow path, instruction budget, deadline, the end that cannot be caught.
//
// A tick is about one loop round or call; natives pay for long work with vm_charge. The first limit that is hit raises
// BudgetError. Then the script has a grace for its handlers; when that is used up too, the VM is closed to scripts:
// frames are left without running their handlers, nothing enters the interpreter, every tick fails, until the
// outermost call of the host has returned (limits_settle).
#ifndef AIOLOS_VM_LIMITS_H
#define AIOLOS_VM_LIMITS_H

#include "vm.h"

#define LIMIT_GRACE_TICKS 8192
#define LIMIT_GRACE_SECONDS 0.02

// Sets what the script may use from now on. instructions <= 0, seconds <= 0: no such limit.
void limits_set(VM *vm, int64_t instructions, double seconds);
// At the end of the outermost call of the host: scripts may run again, unless the budget is spent.
void limits_settle(VM *vm);
// A limit was hit and none has been set since.
static inline bool limits_spent(VM *vm) { return vm->limit_reason != NULL; }
// Work of the VM's own after a limit was hit (reports, flushing): no script runs, no tick fails. Pairs.
typedef struct LimitPause {
    uint32_t attention;
    uint8_t stop;
    bool closed;
} LimitPause;
LimitPause limits_pause(VM *vm);
void limits_resume(VM *vm, LimitPause pause);
// When a wait must end at the latest, on the monotonic clock; INFINITY: no limit.
double limits_wake(VM *vm);
// Raises the BudgetError of a VM that is closed to scripts.
void limits_refuse(VM *vm);
// Raises BudgetError about a count that is limited ("tasks"). Returns VALUE_EMPTY.
Value limits_raise_count(VM *vm, const char *what, uint32_t limit);

#endif
