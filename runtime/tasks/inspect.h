// SPDX-License-Identifier: MIT
//
// Looking at tasks from outside while they wait: stack, what each waits for, who holds it, who waits for whom. Nothing
// here runs a script, changes an object or allocates one, so it may be used at any safepoint. The reports built on it
// are the deadlock report (deadlock.c) and the listings of aiolos_write_tasks (inspect_print.c).
#ifndef AIOLOS_RUNTIME_INSPECT_H
#define AIOLOS_RUNTIME_INSPECT_H

#include "future.h"
#include "vm/types/set.h"

// ---- text out, in pieces that are whole characters
typedef struct Out {
    bool (*write)(void *context, const char *text, size_t size); // false: no more
    void *context;
    bool failed;
    size_t used;
    char buffer[1024];
} Out;

void out_bytes(Out *o, const char *text, size_t size);
void out_text(Out *o, const char *text);
void out_str(Out *o, const Str *s);
void out_format(Out *o, const char *format, ...) __attribute__((format(printf, 2, 3))); // at most 200 bytes
bool out_end(Out *o); // false: something was refused

// ---- stacks: script frames of a task, outermost first; of very deep ones both ends
#define STACK_SHOWN 8
typedef struct TaskStack {
    uint32_t count;
    Value awaited;               // what the innermost frame waits for; VALUE_EMPTY: nothing
    Frame *inner[STACK_SHOWN];   // the innermost ones, innermost first
    Frame *outer[STACK_SHOWN];   // ring: the last ones on the way out
} TaskStack;

void task_stack(VM *vm, Task *t, TaskStack *out);
Frame *stack_frame(const TaskStack *s, uint32_t i); // NULL: one of those left out
bool frame_is_library(const Frame *f);              // of asyncio itself
int32_t frame_line(const Frame *f);
Value frame_variable(const Frame *f, const char *name); // VALUE_EMPTY: none such, or unset
Value instance_variable(Value owner, const char *name); // an attribute of an object of a script's class, likewise
// A variable of a script's frame, a global or an attribute of its `self` that holds the object. False: none found.
typedef struct VariableName {
    bool of_self;
    const Str *name;
} VariableName;
bool stack_name_of(VM *vm, const TaskStack *s, Value object, VariableName *out);

// ---- waits
typedef struct Wait {
    const char *what;     // "lock", "queue get", "task" ...; NULL: it does not wait
    Value object;         // the primitive or future; VALUE_EMPTY: none to name
    Task *one;            // the task it waits for, or that holds the object (NULL: none)
    bool holds;
    const Value *many;    // futures it waits for
    int64_t many_count;
    Set *set;             // ... or these
    char detail[64];      // "0 of 2 done"; may be empty
} Wait;

// What a task waits for. The pointers are good until a script runs.
void task_wait(VM *vm, Task *t, const TaskStack *stack, Wait *out);
// Calls visit for every task a wait depends on that is not done, through gathers too.
void wait_each(VM *vm, const Wait *w, void (*visit)(void *context, Task *t, bool holds), void *context);

// ---- who waits for whom: edges by place in loop->tasks
typedef struct TaskGraph {
    uint32_t count, edge_count;
    uint32_t *first;      // count + 1: where the edges of a task begin
    uint32_t *edges;      // the task waited for; GRAPH_HOLDS is set when it holds what is waited for
    size_t edge_capacity;
} TaskGraph;
#define GRAPH_HOLDS 0x80000000u

bool graph_build(VM *vm, EventLoop *loop, TaskGraph *g); // false: no memory, nothing to free
void graph_free(VM *vm, TaskGraph *g);

// ---- pieces of text
void print_name(Out *o, Task *t);                               // 'Task-1'
void print_frames(Out *o, const TaskStack *s, int indent);      // lines as in a traceback
// Numbers of the objects a report has named so far; NULL: addresses instead.
typedef struct ObjectNumbers {
    uint32_t count;
    Value objects[64];
} ObjectNumbers;
void print_wait(VM *vm, Out *o, const Wait *w, const TaskStack *s, ObjectNumbers *numbers);

// aiolos_write_tasks. False: a piece of text was refused, or no memory.
bool inspect_write(VM *vm, AiolosTaskForm form, Out *o);

#endif
