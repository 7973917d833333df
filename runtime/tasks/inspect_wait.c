// SPDX-License-Identifier: MIT
//
// What a task waits for: see inspect.h. Primitives in C are known by the operation that is awaited and its owner; those
// written in the language by the function of asyncio that waits. What is neither is shown as the future it is.

#include "inspect.h"

#include <stdio.h>

#include "gather.h"
#include "group.h"
#include "sync.h"
#include "task.h"
#include "vm/core/type.h"
#include "vm/interp/frame.h"

#define NESTING 16 // gathers inside gathers
#define MOST_EDGES (UINT32_C(1) << 24)

static const Operation *operation_of(VM *vm, Value v)
{
    return v && is_operation(vm, v) ? (const Operation *)as_object(v) : NULL;
}

// ---------------------------------------------------------------- primitives in C

static void lock_wait(Wait *w)
{
    w->what = "lock";
    w->one = lock_owner(w->object);
    w->holds = w->one != NULL;
}

static void semaphore_wait(Wait *w)
{
    w->what = "semaphore";
    snprintf(w->detail, sizeof w->detail, "value %lld", (long long)semaphore_count(w->object));
}

static void queue_wait(Wait *w, const char *operation)
{
    QueueCounts c = queue_counts(w->object);
    const char *dot = strrchr(operation, '.');
    const char *verb = dot ? dot + 1 : operation;
    w->what = strcmp(verb, "get") == 0 ? "queue get" : strcmp(verb, "put") == 0 ? "queue put" : "queue join";
    if (strcmp(verb, "join") == 0)
        snprintf(w->detail, sizeof w->detail, "%lld unfinished", (long long)c.unfinished);
    else if (c.limit > 0)
        snprintf(w->detail, sizeof w->detail, "%lld of %lld items", (long long)c.size, (long long)c.limit);
    else
        snprintf(w->detail, sizeof w->detail, "%lld items", (long long)c.size);
}

static void group_wait(Wait *w)
{
    w->what = "task group";
    w->many = group_members(w->object, &w->many_count);
}

static void operation_wait_of(VM *vm, const Operation *op, Wait *w)
{
    const TypeDef *def = is_object(op->owner) && op->owner ? as_object(op->owner)->shape->type->def : NULL;
    w->object = op->owner;
    if (def == &lock_def)
        lock_wait(w);
    else if (def == &semaphore_def || def == &bounded_semaphore_def)
        semaphore_wait(w);
    else if (def == &event_def)
        w->what = "event";
    else if (def == &queue_def || def == &lifo_queue_def || def == &priority_queue_def)
        queue_wait(w, op->kind->name);
    else if (def == &task_group_def)
        group_wait(w);
    else
        *w = (Wait){.what = op->kind->name};
    (void)vm;
}

// ---------------------------------------------------------------- functions of asyncio in the language

static int64_t small_attribute(Value owner, const char *name)
{
    Value v = instance_variable(owner, name);
    return v && is_small(v) ? as_small(v) : 0;
}

static void self_wait(Wait *w, const Frame *f, const char *what)
{
    w->what = what;
    w->object = frame_variable(f, "self");
}

static void barrier_wait(Wait *w, const Frame *f)
{
    self_wait(w, f, "barrier");
    snprintf(w->detail, sizeof w->detail, "%lld of %lld there", (long long)small_attribute(w->object, "_count"),
             (long long)small_attribute(w->object, "_parties"));
}

static void set_wait(Wait *w, const char *what, Value set)
{
    w->what = what;
    if (set && is_set(set))
        w->set = as_set(set);
}

static void one_wait(VM *vm, Wait *w, const char *what, Value v)
{
    *w = (Wait){.what = what};
    if (v && is_task(vm, v))
        w->one = as_task(v);
    else if (v && is_future(vm, v))
        w->object = v;
}

// True: this frame of asyncio says what is waited for.
static bool library_wait(VM *vm, const Frame *f, Wait *w)
{
    const Str *name = frame_code(f)->qualname;
    if (str_is(name, "Condition.wait") || str_is(name, "Condition.wait_for"))
        self_wait(w, f, "condition");
    else if (str_is(name, "Barrier.wait"))
        barrier_wait(w, f);
    else if (str_is(name, "wait"))
        set_wait(w, "wait()", frame_variable(f, "fs"));
    else if (str_is(name, "_Completed._wait_for_one"))
        set_wait(w, "as_completed()", instance_variable(frame_variable(f, "self"), "_todo"));
    else if (str_is(name, "wait_for"))
        one_wait(vm, w, "wait_for()", frame_variable(f, "fut"));
    else
        return false;
    return true;
}

static bool language_wait(VM *vm, const TaskStack *stack, Wait *w)
{
    for (uint32_t i = 0; i < stack->count; i++) {
        const Frame *f = stack_frame(stack, i);
        if (f && frame_is_library(f) && library_wait(vm, f, w))
            return true;
    }
    return false;
}

// ---------------------------------------------------------------- futures

static Value closure_variable(Value function, const char *qualname, const char *name)
{
    Function *f = function && is_function(function) ? as_function(function) : NULL;
    if (!f || !f->closure || !str_is(f->code->qualname, qualname))
        return VALUE_EMPTY;
    for (uint16_t i = 0; i < f->code->nfree; i++)
        if (str_is(as_str(f->code->freenames[i]), name))
            return ((Cell *)as_object(f->closure[i]))->value;
    return VALUE_EMPTY;
}

// The future behind a shield() is known to the callback that the shield leaves on the outer one.
static Value shielded(VM *vm, const Future *f)
{
    if (!f->waiter || !is_type_def(vm, f->waiter, &callbacks_def))
        return VALUE_EMPTY;
    const Callbacks *c = (const Callbacks *)as_object(f->waiter);
    for (uint32_t i = 0; i < c->count; i++) {
        Value inner = closure_variable(c->entries[i].callback, "shield.<locals>.outer_done", "inner");
        if (inner)
            return inner;
    }
    return VALUE_EMPTY;
}

static void future_wait(VM *vm, Value v, Wait *w)
{
    w->object = v;
    if (is_task(vm, v)) {
        *w = (Wait){.what = "task", .one = as_task(v)};
    } else if (is_type_def(vm, v, &gather_def)) {
        *w = (Wait){.what = "gather"};
        w->many = gather_members(as_future(v), &w->many_count);
        snprintf(w->detail, sizeof w->detail, "%u of %lld done", as_future(v)->index, (long long)w->many_count);
    } else {
        Value inner = is_future(vm, v) ? shielded(vm, as_future(v)) : VALUE_EMPTY;
        if (inner)
            one_wait(vm, w, "shield", inner);
        else
            w->what = "future";
    }
}

void task_wait(VM *vm, Task *t, const TaskStack *stack, Wait *w)
{
    *w = (Wait){0};
    if (!t->waiting || future_done((Future *)t) ||
        (is_future(vm, t->waiting) && future_done(as_future(t->waiting))))
        return;
    const Operation *op = operation_of(vm, stack->awaited);
    if (language_wait(vm, stack, w))
        return;
    if (is_sleep(vm, t->waiting))
        w->what = "sleep";
    else if (op)
        operation_wait_of(vm, op, w);
    else
        future_wait(vm, t->waiting, w);
}

// ---------------------------------------------------------------- who is waited for

typedef struct Visit {
    void (*visit)(void *context, Task *t, bool holds);
    void *context;
} Visit;

static void visit_future(VM *vm, Value v, const Visit *visit, int depth)
{
    if (!v || !is_future(vm, v) || future_done(as_future(v)))
        return;
    if (is_task(vm, v)) {
        visit->visit(visit->context, as_task(v), false);
    } else if (depth < NESTING && is_type_def(vm, v, &gather_def)) {
        int64_t count;
        const Value *items = gather_members(as_future(v), &count);
        for (int64_t i = 0; i < count; i++)
            visit_future(vm, items[i], visit, depth + 1);
    }
}

void wait_each(VM *vm, const Wait *w, void (*visit)(void *context, Task *t, bool holds), void *context)
{
    const Visit v = {visit, context};
    uint64_t position = 0;
    Value key;
    if (w->one && !future_done((Future *)w->one))
        visit(context, w->one, w->holds);
    for (int64_t i = 0; i < w->many_count; i++)
        visit_future(vm, w->many[i], &v, 0);
    while (w->set && set_next(w->set, &position, &key))
        visit_future(vm, key, &v, 0);
}

// ---------------------------------------------------------------- the graph

typedef struct Building {
    VM *vm;
    EventLoop *loop;
    TaskGraph *graph;
    bool failed;
} Building;

static void add_edge(void *context, Task *t, bool holds)
{
    Building *b = context;
    TaskGraph *g = b->graph;
    if (b->failed || t->loop != b->loop || t->index >= g->count || b->loop->tasks[t->index] != t ||
        g->edge_count >= MOST_EDGES)
        return;
    if (g->edge_count == g->edge_capacity) {
        size_t wanted = g->edge_capacity * 2 + 16;
        uint32_t *p = mem_realloc(b->vm, g->edges, g->edge_capacity * sizeof *p, wanted * sizeof *p);
        if (!p) {
            b->failed = true;
            return;
        }
        g->edges = p;
        g->edge_capacity = wanted;
    }
    g->edges[g->edge_count++] = t->index | (holds ? GRAPH_HOLDS : 0);
}

bool graph_build(VM *vm, EventLoop *loop, TaskGraph *g)
{
    *g = (TaskGraph){.count = loop->task_count};
    g->first = mem_realloc(vm, NULL, 0, ((size_t)g->count + 1) * sizeof *g->first);
    Building b = {vm, loop, g, g->first == NULL};
    for (uint32_t i = 0; i < g->count && !b.failed; i++) {
        TaskStack stack;
        Wait w;
        g->first[i] = g->edge_count;
        task_stack(vm, loop->tasks[i], &stack);
        task_wait(vm, loop->tasks[i], &stack, &w);
        wait_each(vm, &w, add_edge, &b);
    }
    if (b.failed) {
        graph_free(vm, g);
        return false;
    }
    g->first[g->count] = g->edge_count;
    return true;
}

void graph_free(VM *vm, TaskGraph *g)
{
    mem_realloc(vm, g->first, g->first ? ((size_t)g->count + 1) * sizeof *g->first : 0, 0);
    mem_realloc(vm, g->edges, g->edge_capacity * sizeof *g->edges, 0);
    *g = (TaskGraph){0};
}
