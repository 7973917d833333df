// SPDX-License-Identifier: MIT
//
// Tracebacks and frame objects as scripts see them. A traceback records function and instruction; the frame object is
// made only when asked for.

#include "exception.h"

#include "vm/compile/positions.h"
#include "vm/core/native.h"
#include "vm/core/type.h"
#include "vm/interp/interp.h"

typedef struct FrameObject {
    Object base;
    Value function;
    Value back;     // FrameObject or VALUE_NONE
    Value locals;   // dict of a snapshot, VALUE_EMPTY until asked for
    Value live;     // Generator the frame lives in, or VALUE_EMPTY
    Value code;     // of an inlined comprehension, VALUE_EMPTY until asked for
    int32_t instr, inlined;
    Frame *frame;   // while it is on the running stack at the time of making; checked before use
} FrameObject;

static Traceback *as_traceback(Value v) { return (Traceback *)as_object(v); }
static FrameObject *as_frame(Value v) { return (FrameObject *)as_object(v); }

// ---------------------------------------------------------------- traceback

bool traceback_push(VM *vm, Value exception, Value function, int32_t instr, int32_t inlined)
{
    if (!is_exception(exception) || exception == vm->memory_error)
        return true;
    Value pending = vm->error;
    Traceback *t = gc_new(vm, vm->types[KIND_TRACEBACK]->root, sizeof *t);
    if (!t) {
        vm->error = pending; // without this line of the traceback
        return false;
    }
    t->next = as_exception(exception)->traceback;
    t->function = function;
    t->instr = instr;
    t->inlined = inlined;
    as_exception(exception)->traceback = from_object(t);
    gc_barrier(vm, as_object(exception));
    return true;
}

static void traceback_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((Traceback *)o)->next);
    gc_mark(gc, ((Traceback *)o)->function);
    gc_mark(gc, ((Traceback *)o)->frame);
}

static Value frame_new(VM *vm, Value function, int32_t instr, int32_t inlined)
{
    FrameObject *f = gc_new(vm, vm->types[KIND_FRAME]->root, sizeof *f);
    if (!f)
        return VALUE_EMPTY;
    f->function = function;
    f->back = VALUE_NONE;
    f->instr = instr;
    f->inlined = inlined;
    return from_object(f);
}

static Value tb_frame(VM *vm, Value s)
{
    Traceback *t = as_traceback(s);
    if (!t->frame) {
        t->frame = frame_new(vm, t->function, t->instr, t->inlined);
        gc_barrier(vm, t);
    }
    return t->frame;
}

static Value tb_lineno(VM *vm, Value s)
{
    (void)vm;
    Traceback *t = as_traceback(s);
    return from_small(code_line(as_function(t->function)->code, (uint32_t)t->instr));
}
static Value tb_lasti(VM *vm, Value s) { return (void)vm, from_small(as_traceback(s)->instr * 2); }
static Value tb_next(VM *vm, Value s) { return (void)vm, as_traceback(s)->next ? as_traceback(s)->next : VALUE_NONE; }
static bool tb_set_next(VM *vm, Value s, Value v)
{
    if (!v || (!is_none(v) && !has_kind(v, KIND_TRACEBACK)))
        return (raise_type(vm, "expected traceback object or None, got '%T'", v ? v : VALUE_NONE), false);
    for (Value t = v; t && !is_none(t); t = as_traceback(t)->next)
        if (t == s)
            return (raise_value(vm, "traceback loop detected"), false);
    as_traceback(s)->next = is_none(v) ? VALUE_EMPTY : v;
    gc_barrier(vm, as_object(s));
    return true;
}

static const TypeOps traceback_ops = {.mark = traceback_mark};
static const GetSetDef traceback_getsets[] = {
    {"tb_frame", tb_frame, NULL, NULL}, {"tb_lineno", tb_lineno, NULL, NULL}, {"tb_lasti", tb_lasti, NULL, NULL}, {"tb_next", tb_next, tb_set_next, NULL}, {0},
};
const TypeDef traceback_def = {.name = "traceback",
                               .kind = KIND_TRACEBACK,
                               .size = sizeof(Traceback),
                               .ops = &traceback_ops,
                               .getsets = traceback_getsets};

// ---------------------------------------------------------------- frames

static void frame_mark(Gc *gc, Object *o)
{
    FrameObject *f = (FrameObject *)o;
    gc_mark(gc, f->function);
    gc_mark(gc, f->back);
    gc_mark(gc, f->locals);
    gc_mark(gc, f->live);
    gc_mark(gc, f->code);
}

static int32_t frame_index(const Frame *f)
{
    return f->pc > frame_code(f)->instrs ? (int32_t)(f->pc - frame_code(f)->instrs - 1) : 0;
}

Value frame_object_new(VM *vm, Frame *frame)
{
    Value made = VALUE_EMPTY, inner = VALUE_EMPTY;
    for (Frame *f = frame; f; f = f->caller) { // outwards; each is linked to the one before
        Value v = frame_new(vm, f->callee, frame_index(f), -1);
        if (!v)
            return VALUE_EMPTY;
        as_frame(v)->frame = f;
        if (inner)
            as_frame(inner)->back = v;
        else
            made = v;
        inner = v;
    }
    return made ? made : VALUE_NONE;
}

Value frame_object_of_generator(VM *vm, Generator *g)
{
    Value v = frame_new(vm, g->frame.callee, frame_index(&g->frame), -1);
    g->unshared = false;
    if (v)
        as_frame(v)->live = from_object(g);
    return v;
}

static Function *frame_function(Value s) { return as_function(as_frame(s)->function); }

static bool still_running(VM *vm, const FrameObject *f)
{
    for (Frame *x = vm->frame; x && f->frame; x = x->caller)
        if (x == f->frame && x->callee == f->function)
            return true;
    return false;
}

static Value f_locals(VM *vm, Value s)
{
    FrameObject *f = as_frame(s);
    if (f->live && as_generator(f->live)->state != GENERATOR_DONE)
        return frame_locals(vm, &as_generator(f->live)->frame);
    if (still_running(vm, f))
        return frame_locals(vm, f->frame);
    if (frame_function(s)->code->flags & CODE_MODULE)
        return from_object(frame_function(s)->globals);
    if (!f->locals) {
        Dict *d = dict_new(vm, 0);
        f->locals = d ? from_object(d) : VALUE_EMPTY;
        gc_barrier(vm, f);
    }
    return f->locals;
}

// The code with the names that an inlined comprehension would have as a function of its own. It shares all buffers.
static Value inlined_code(VM *vm, FrameObject *f)
{
    const Code *whole = as_function(f->function)->code;
    if (!f->code) {
        Code *made = code_new(vm);
        if (!made)
            return VALUE_EMPTY;
        Object base = made->base;
        Code *next = made->next_code, *previous = made->prev_code;
        *made = *whole;
        made->base = base;
        made->next_code = next;
        made->prev_code = previous;
        made->name = whole->inlined[f->inlined].name;
        made->qualname = whole->inlined[f->inlined].qualname;
        f->code = from_object(made);
        gc_barrier(vm, f);
        gc_barrier(vm, made);
    }
    return f->code;
}

static Value f_code(VM *vm, Value s)
{
    FrameObject *f = as_frame(s);
    Code *code = frame_function(s)->code;
    return f->inlined >= 0 && (uint32_t)f->inlined < code->inlined_count ? inlined_code(vm, f) : from_object(code);
}
static Value f_globals(VM *vm, Value s) { return (void)vm, from_object(frame_function(s)->globals); }
static Value f_builtins(VM *vm, Value s) { return (void)vm, from_object(frame_function(s)->builtins); }
static Value f_back(VM *vm, Value s) { return (void)vm, as_frame(s)->back; }
static Value f_lasti(VM *vm, Value s) { return (void)vm, from_small(as_frame(s)->instr * 2); }
static Value f_lineno(VM *vm, Value s)
{
    FrameObject *f = as_frame(s);
    int32_t instr = f->instr;
    if (f->live && as_generator(f->live)->state != GENERATOR_DONE)
        instr = frame_index(&as_generator(f->live)->frame);
    else if (still_running(vm, f))
        instr = frame_index(f->frame);
    return from_small(code_line(frame_function(s)->code, (uint32_t)instr));
}
static Value f_none(VM *vm, Value s) { return (void)vm, (void)s, VALUE_NONE; }
static Value f_clear(VM *vm, Value *a, int n) { return (void)vm, (void)a, (void)n, VALUE_NONE; }

static Value frame_repr(VM *vm, Value s)
{
    Code *c = frame_function(s)->code;
    Str *t = str_format(vm, "<frame at 0x%zx, file %R, line %d, code %U>", (size_t)s, from_object(c->filename),
                        (int)as_small(f_lineno(vm, s)), c->name);
    return t ? from_object(t) : VALUE_EMPTY;
}

static const TypeOps frame_ops = {.mark = frame_mark, .repr = frame_repr};
static const NativeDef frame_methods[] = {{"clear(self, /)", f_clear, "Drop references held by the frame.", 0, 0, 0},
                                          {0}};
static const GetSetDef frame_getsets[] = {
    {"f_code", f_code, NULL, NULL}, {"f_globals", f_globals, NULL, NULL}, {"f_builtins", f_builtins, NULL, NULL}, {"f_locals", f_locals, NULL, NULL},
    {"f_back", f_back, NULL, NULL}, {"f_lasti", f_lasti, NULL, NULL}, {"f_lineno", f_lineno, NULL, NULL}, {"f_trace", f_none, NULL, NULL}, {0},
};
const TypeDef frame_def = {.name = "frame",
                           .kind = KIND_FRAME,
                           .size = sizeof(FrameObject),
                           .ops = &frame_ops,
                           .methods = frame_methods,
                           .getsets = frame_getsets};
