// SPDX-License-Identifier: MIT
//
// Signals that scripts take. Only those are touched that a script asks for, and the end of the VM gives them back.
//
// A signal belongs to the process, so one table says which VM takes it: the one that asked last. The handler in C notes
// the number and wakes the VM; the script's handler runs at the next safepoint, in the VM's own thread.
#ifndef AIOLOS_RUNTIME_SIGNALS_H
#define AIOLOS_RUNTIME_SIGNALS_H

#include <signal.h>

#include "vm/core/vm.h"

#define SIGNAL_COUNT 65 // numbers 1 .. 64

typedef enum SignalWay { SIGNAL_DEFAULT, SIGNAL_IGNORED, SIGNAL_TAKEN, SIGNAL_FOREIGN } SignalWay;

// What happens now when the signal comes. FOREIGN: a handler of the host.
SignalWay signals_way(VM *vm, int number);
// DEFAULT, IGNORED, TAKEN (by this VM), FOREIGN (what it was before the VM took it). False: errno.
bool signals_set(VM *vm, int number, SignalWay way);
bool signals_pending(VM *vm);
// Calls the handlers of the signals that came: a dict from number to callable. False: one of them raised.
bool signals_deliver(VM *vm);
Dict *signals_handlers(VM *vm); // that dict. NULL: no memory
void signals_release(VM *vm);   // gives everything back: the VM ends

#endif
