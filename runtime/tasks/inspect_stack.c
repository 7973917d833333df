// SPDX-License-Identifier: MIT
//
// Stacks of tasks and the names of what they hold: see inspect.h. A suspended chain is linked from its innermost frame
// outwards; the running task's frames are those between the innermost frame of the VM and its coroutine.

#include "inspect.h"

#include "task.h"
#include "vm/compile/positions.h"
#include "vm/core/type.h"
#include "vm/interp/frame.h"
#include "vm/types/container.h"
#include "vm/types/generator.h"

#define NESTED 8 // chains inside chains: awaited through asend() and other helpers

// ---------------------------------------------------------------- walking

static void push(TaskStack *s, Frame *f)
{
    if (s->count < STACK_SHOWN)
        s->inner[s->count] = f;
    s->outer[s->count++ % STACK_SHOWN] = f;
}

static Generator *innermost(Generator *root)
{
    return root->state == GENERATOR_SUSPENDED && root->inner ? root->inner : root;
}

static void push_chain(TaskStack *s, Generator *root)
{
    for (Generator *g = innermost(root); g; g = generator_of(g->frame.caller)) {
        push(s, &g->frame);
        if (g == root)
            return;
    }
}

static void push_running(VM *vm, TaskStack *s, Generator *root)
{
    for (Frame *f = vm->frame; f; f = f->caller) {
        push(s, f);
        if (f == &root->frame)
            return;
    }
}

// The generator a helper object steps; NULL: no helper.
static Generator *stepped_by(VM *vm, Value v)
{
    if (has_kind(v, KIND_COROUTINE) || has_kind(v, KIND_GENERATOR))
        return as_generator(v);
    if (is_type_def(vm, v, &asend_def) || is_type_def(vm, v, &athrow_def) || is_type_def(vm, v, &coroutine_wrapper_def))
        return as_generator(((AwaitHelper *)as_object(v))->generator);
    return NULL;
}

void task_stack(VM *vm, Task *t, TaskStack *s)
{
    Generator *roots[NESTED];
    int depth = 0;
    *s = (TaskStack){0};
    if (!has_kind(t->coro, KIND_COROUTINE) && !has_kind(t->coro, KIND_GENERATOR)) {
        s->awaited = t->waiting && !future_done((Future *)t) ? t->coro : VALUE_EMPTY;
        return;
    }
    for (Generator *g = as_generator(t->coro); g && depth < NESTED && g->state != GENERATOR_DONE;) {
        roots[depth++] = g;
        Value v = generator_awaited(innermost(g));
        s->awaited = is_none(v) ? VALUE_EMPTY : v;
        g = s->awaited ? stepped_by(vm, s->awaited) : NULL;
    }
    while (depth-- > 0) {
        if (roots[depth]->state == GENERATOR_RUNNING)
            push_running(vm, s, roots[depth]);
        else
            push_chain(s, roots[depth]);
    }
}

Frame *stack_frame(const TaskStack *s, uint32_t i)
{
    uint32_t from_inside = s->count - 1 - i;
    if (from_inside < STACK_SHOWN)
        return s->inner[from_inside];
    return i < STACK_SHOWN ? s->outer[from_inside % STACK_SHOWN] : NULL;
}

bool frame_is_library(const Frame *f)
{
    static const char prefix[] = "<frozen asyncio";
    return strncmp(frame_code(f)->filename->data, prefix, sizeof prefix - 1) == 0;
}

int32_t frame_line(const Frame *f)
{
    Code *code = frame_code(f);
    return code_line(code, f->pc > code->instrs ? (uint32_t)(f->pc - code->instrs) - 1 : 0);
}

// ---------------------------------------------------------------- names

static Value register_value(const Frame *f, uint16_t i)
{
    Value v = f->regs[i];
    return v && has_kind(v, KIND_CELL) ? ((Cell *)as_object(v))->value : v;
}

Value frame_variable(const Frame *f, const char *name)
{
    Code *code = frame_code(f);
    for (uint16_t i = 0; i < code->nlocals; i++)
        if (str_is(as_str(code->varnames[i]), name))
            return register_value(f, i);
    return VALUE_EMPTY;
}

static const Str *local_holding(const Frame *f, Value object)
{
    Code *code = frame_code(f);
    for (uint16_t i = 0; i < code->nlocals; i++)
        if (register_value(f, i) == object)
            return as_str(code->varnames[i]);
    Function *function = as_function(f->callee);
    for (uint16_t i = 0; function->closure && i < code->nfree; i++)
        if (((Cell *)as_object(function->closure[i]))->value == object)
            return as_str(code->freenames[i]);
    return NULL;
}

static const Str *entry_holding(Dict *d, Value object)
{
    uint32_t position = 0;
    Value key, value;
    while (d && dict_next(d, &position, &key, &value))
        if (value == object && is_str(key))
            return as_str(key);
    return NULL;
}

static bool has_slots(Value v) { return v && has_kind(v, KIND_OBJECT) && !as_object(v)->shape->dict_mode; }

Value instance_variable(Value owner, const char *name)
{
    if (!has_slots(owner))
        return VALUE_EMPTY;
    Instance *x = (Instance *)as_object(owner);
    for (const Shape *s = x->base.shape; s && s->key; s = s->parent)
        if (str_is(s->key, name))
            return *instance_slot(x, x->base.shape, s->slot_count - 1);
    return VALUE_EMPTY;
}

static const Str *attribute_holding(Value owner, Value object)
{
    if (!has_slots(owner))
        return NULL;
    Instance *x = (Instance *)as_object(owner);
    for (const Shape *s = x->base.shape; s && s->key; s = s->parent)
        if (*instance_slot(x, x->base.shape, s->slot_count - 1) == object)
            return s->key;
    return NULL;
}

bool stack_name_of(VM *vm, const TaskStack *s, Value object, VariableName *out)
{
    (void)vm;
    *out = (VariableName){false, NULL};
    for (uint32_t i = s->count; i-- > 0 && !out->name;) {
        Frame *f = stack_frame(s, i);
        if (!f || frame_is_library(f))
            continue;
        if ((out->name = entry_holding(as_function(f->callee)->globals, object)))
            break;
        Value self = frame_variable(f, "self");
        if (self && (out->name = attribute_holding(self, object)))
            out->of_self = true;
        else
            out->name = local_holding(f, object);
    }
    return out->name != NULL;
}
