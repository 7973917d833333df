// SPDX-License-Identifier: MIT
//
// Generators, coroutines and async generators as objects: construction from a call, send/throw/close, introspection.
// Running them is the interpreter's and suspend.c's work.

#include "generator.h"

#include "vm/compile/positions.h"
#include "vm/core/native.h"
#include "vm/core/type.h"

// ---------------------------------------------------------------- making one

static size_t generator_size(const Code *code) { return sizeof(Generator) + (size_t)code->nregs * sizeof(Value); }

static struct GeneratorExtra *more(VM *vm, Generator *g)
{
    if (!g->more) {
        g->more = gc_buffer(vm, sizeof *g->more);
        gc_barrier(vm, g);
    }
    return g->more;
}

// cr_origin: (file, line, function) of the frames that make the coroutine, innermost first. The finalizer keeps it
// alive for the report when it is never awaited.
static bool note_origin(VM *vm, Generator *g)
{
    List *places = list_new(vm, 0);
    uint32_t left = vm->origin_depth;
    for (Frame *f = vm->frame; places && f && left; f = f->caller, left--) {
        Code *code = frame_code(f);
        uint32_t index = f->pc > code->instrs ? (uint32_t)(f->pc - code->instrs) - 1 : 0;
        Value place = tuple_pack(vm, 3, from_object(code->filename), from_small(code_line(code, index)),
                                 from_object(code->name));
        if (!place || !list_append(vm, places, place))
            return false;
    }
    struct GeneratorExtra *x = places ? more(vm, g) : NULL;
    if (!x)
        return false;
    x->origin = tuple_from_iterable(vm, from_object(places));
    gc_barrier(vm, g);
    return x->origin && (g->frame.flags & FRAME_HEAP) && gc_add_finalizer(vm, &g->base);
}

Generator *generator_new(VM *vm, Function *f)
{
    uint32_t flags = f->code->flags;
    Kind kind = flags & CODE_COROUTINE         ? KIND_COROUTINE
                : flags & CODE_ASYNC_GENERATOR ? KIND_ASYNC_GENERATOR
                                               : KIND_GENERATOR;
    // Coroutines are swept one by one: one that never ran is reported. So are async generators (their hooks).
    Generator *g = (kind == KIND_COROUTINE ? gc_new_final : gc_new)(vm, vm->types[kind]->root, generator_size(f->code));
    if (!g)
        return NULL;
    g->frame.callee = from_object(f);
    g->frame.pc = f->code->instrs;
    g->frame.flags = FRAME_HEAP;
    // One that may be dropped inside try or with is closed when it is collected.
    if (f->code->handler_count && kind != KIND_ASYNC_GENERATOR && !gc_add_finalizer(vm, &g->base))
        return NULL;
    if (unlikely(vm->origin_depth) && kind == KIND_COROUTINE && !note_origin(vm, g))
        return NULL;
    return g;
}

Generator *coroutine_unshared(VM *vm, Function *f)
{
    const Code *code = f->code;
    Generator *g = code->nregs < SPARE_COROUTINES ? vm->spares[code->nregs] : NULL;
    if (likely(g))
        vm->spares[code->nregs] = g->inner;
    else if (!(g = gc_new(vm, vm->types[KIND_COROUTINE]->root, generator_size(code)))) // started at once: no report due
        return NULL;
    g->unshared = true;
    g->frame.callee = from_object(f);
    g->frame.pc = code->instrs;
    g->frame.flags = FRAME_HEAP;
    return g;
}

Value generator_from_frame(VM *vm, Frame *frame)
{
    Code *code = frame_code(frame);
    Generator *g = generator_new(vm, as_function(frame->callee));
    if (!g)
        return VALUE_EMPTY;
    memcpy(g->frame.regs, frame->regs, code->nregs * sizeof(Value));
    if (frame->flags & FRAME_SEGMENT)
        stack_drop_segment(vm);
    return from_object(g);
}

static void generator_mark(Gc *gc, Object *o)
{
    Generator *g = (Generator *)o;
    gc_mark(gc, g->frame.callee);
    if (g->more) {
        gc_mark_buffer(gc, g->more);
        gc_mark_object(gc, (Object *)g->more->name);
        gc_mark_object(gc, (Object *)g->more->qualname);
        gc_mark(gc, g->more->finalizer);
        gc_mark(gc, g->more->origin);
    }
    if (g->state == GENERATOR_DONE)
        return;
    gc_mark_range(gc, g->frame.regs, frame_code(&g->frame)->nregs);
    if (g->state == GENERATOR_SUSPENDED && g->inner)
        gc_mark_object(gc, &g->inner->base);
    if (g->delegated && g->frame.caller) // who awaits it
        gc_mark_object(gc, &generator_of(g->frame.caller)->base);
}

static void coroutine_finalize(VM *vm, Object *o)
{
    Generator *g = (Generator *)o;
    if (g->state == GENERATOR_CREATED && !g->warned && vm->hooks.never_awaited)
        vm->hooks.never_awaited(vm, g);
}

// ---------------------------------------------------------------- send, throw, close

static bool is_coroutine(Generator *g) { return kind_of(&g->base) == KIND_COROUTINE; }

// Gives the outcome of a step as the generator protocol does: a value, or StopIteration(value).
static Value step_outcome(VM *vm, Generator *g, ExecStatus status, Value v)
{
    (void)g;
    switch (status) {
    case EXEC_RETURNED: return raise_stop_iteration(vm, is_none(v) ? VALUE_EMPTY : v);
    case EXEC_RAISED: return VALUE_EMPTY;
    default: return v;
    }
}

static Value generator_send(VM *vm, Value *a, int n)
{
    (void)n;
    Generator *g = as_generator(a[0]);
    Value v = VALUE_EMPTY;
    ExecStatus status = generator_resume(vm, g, a[1], &v);
    return step_outcome(vm, g, status, v);
}

static Value generator_next(VM *vm, Value self)
{
    Value v = VALUE_EMPTY;
    switch (generator_resume(vm, as_generator(self), VALUE_NONE, &v)) {
    case EXEC_RETURNED:
        if (!is_none(v))
            raise_stop_iteration(vm, v);
        return VALUE_EMPTY;
    case EXEC_RAISED: return VALUE_EMPTY;
    default: return v;
    }
}

// The exception named by throw()'s arguments becomes pending. False: the arguments are wrong.
static bool make_thrown(VM *vm, Value type, Value value, Value traceback)
{
    Value e;
    if (traceback && !is_none(traceback) && !has_kind(traceback, KIND_TRACEBACK))
        return (raise_type(vm, "throw() third argument must be a traceback object"), false);
    if (is_exception(type)) {
        if (value && !is_none(value))
            return (raise_type(vm, "instance exception may not have a separate value"), false);
        e = type;
    } else if (is_type(type) && type_is_subtype(as_type(type), vm->exc[EXC_BaseException])) {
        if (value && is_exception(value) && type_is_subtype(type_of(vm, value), as_type(type)))
            e = value;
        else if (!value || is_none(value))
            e = call0(vm, type);
        else if (is_tuple(value))
            e = object_call(vm, type, as_tuple(value)->items, (int)as_tuple(value)->count, NULL);
        else
            e = call1(vm, type, value);
        if (!e)
            return false;
    } else {
        return (raise_type(vm, "exceptions must be classes or instances deriving from BaseException, not %T", type),
                false);
    }
    if (traceback && has_kind(traceback, KIND_TRACEBACK) && is_exception(e)) {
        as_exception(e)->traceback = traceback;
        gc_barrier(vm, as_object(e));
    }
    raise_value_of(vm, e);
    return true;
}

static Value generator_throw(VM *vm, Value *a, int n)
{
    (void)n;
    Generator *g = as_generator(a[0]);
    if (!make_thrown(vm, a[1], a[2], a[3]))
        return VALUE_EMPTY;
    if (g->state == GENERATOR_DONE && is_coroutine(g)) {
        vm->error = VALUE_EMPTY;
        return raise_runtime(vm, "cannot reuse already awaited coroutine");
    }
    Value v = VALUE_EMPTY;
    ExecStatus status = generator_resume(vm, g, VALUE_EMPTY, &v);
    return step_outcome(vm, g, status, v);
}

bool generator_close(VM *vm, Generator *g)
{
    if (g->state == GENERATOR_DONE)
        return true;
    if (g->state == GENERATOR_CREATED) {
        g->state = GENERATOR_DONE;
        return true;
    }
    raise_args(vm, EXC_GeneratorExit, 0, NULL);
    Value v = VALUE_EMPTY;
    ExecStatus status = generator_resume(vm, g, VALUE_EMPTY, &v);
    if (status == EXEC_RETURNED)
        return true;
    if (status == EXEC_RAISED) {
        if (!error_is(vm, EXC_GeneratorExit) && !error_is(vm, EXC_StopIteration))
            return false;
        error_clear(vm);
        return true;
    }
    raise_runtime(vm, "%s ignored GeneratorExit",
                  is_coroutine(g)                             ? "coroutine"
                  : kind_of(&g->base) == KIND_ASYNC_GENERATOR ? "async generator"
                                                              : "generator");
    return false;
}

static Value generator_close_method(VM *vm, Value *a, int n)
{
    (void)n;
    as_generator(a[0])->warned = true;
    return generator_close(vm, as_generator(a[0])) ? VALUE_NONE : VALUE_EMPTY;
}

static Value generator_del(VM *vm, Value *a, int n) { return generator_close_method(vm, a, n); }

// ---------------------------------------------------------------- introspection

static Function *function_of(Generator *g) { return as_function(g->frame.callee); }
Str *generator_qualname(Generator *g)
{
    return g->more && g->more->qualname ? g->more->qualname : function_of(g)->qualname;
}

static Value g_name(VM *vm, Value s)
{
    Generator *g = as_generator(s);
    (void)vm;
    return from_object(g->more && g->more->name ? g->more->name : function_of(g)->name);
}
static Value g_qualname(VM *vm, Value s) { return (void)vm, from_object(generator_qualname(as_generator(s))); }

static bool set_text(VM *vm, Value s, Value v, const char *what, bool qualified)
{
    if (!v || !is_str(v))
        return (raise_type(vm, "%s must be set to a string object", what), false);
    struct GeneratorExtra *x = more(vm, as_generator(s));
    if (!x)
        return false;
    *(qualified ? &x->qualname : &x->name) = as_str(v);
    gc_barrier(vm, as_object(s));
    return true;
}
static bool g_set_name(VM *vm, Value s, Value v) { return set_text(vm, s, v, "__name__", false); }
static bool g_set_qualname(VM *vm, Value s, Value v) { return set_text(vm, s, v, "__qualname__", true); }

static Value g_code(VM *vm, Value s) { return (void)vm, from_object(function_of(as_generator(s))->code); }
Value frame_object_of_generator(VM *vm, Generator *g); // traceback.c

static Value g_frame(VM *vm, Value s)
{
    return as_generator(s)->state == GENERATOR_DONE ? VALUE_NONE : frame_object_of_generator(vm, as_generator(s));
}

static bool chain_runs(Generator *g)
{
    while (g->delegated)
        g = generator_of(g->frame.caller);
    return g->state == GENERATOR_RUNNING;
}

static Value g_running(VM *vm, Value s)
{
    Generator *g = as_generator(s);
    (void)vm;
    if (kind_of(&g->base) == KIND_ASYNC_GENERATOR)
        return from_bool(g->async_running);
    return from_bool(g->state == GENERATOR_RUNNING || (g->state == GENERATOR_DELEGATING && chain_runs(g)));
}

static Value g_suspended(VM *vm, Value s)
{
    Generator *g = as_generator(s);
    (void)vm;
    return from_bool(g->state == GENERATOR_SUSPENDED || (g->state == GENERATOR_DELEGATING && !chain_runs(g)));
}

Value generator_awaited(Generator *g)
{
    if (g->state != GENERATOR_SUSPENDED && g->state != GENERATOR_DELEGATING)
        return VALUE_NONE;
    const Instr *at = g->frame.pc - 1;
    Value v = VALUE_EMPTY;
    if (at->op == OP_DELEGATE)
        v = g->frame.regs[at->b];
    else if (at->op == OP_ASYNC_NEXT)
        v = g->frame.regs[at->c];
    if (v && is_generator_like(v))
        as_generator(v)->unshared = false;
    return v ? v : VALUE_NONE;
}

static Value g_awaited(VM *vm, Value s) { return (void)vm, generator_awaited(as_generator(s)); }
static Value g_origin(VM *vm, Value s)
{
    return (void)vm,
           as_generator(s)->more && as_generator(s)->more->origin ? as_generator(s)->more->origin : VALUE_NONE;
}

static Value generator_repr(VM *vm, Value self)
{
    Generator *g = as_generator(self);
    const char *what = is_coroutine(g)                             ? "coroutine"
                       : kind_of(&g->base) == KIND_ASYNC_GENERATOR ? "async_generator"
                                                                   : "generator";
    Str *s = str_format(vm, "<%s object %U at 0x%zx>", what, generator_qualname(g), (size_t)self);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value coroutine_await(VM *vm, Value *a, int n)
{
    (void)n;
    AwaitHelper *h = gc_new(vm, vm->types[KIND_COROUTINE_WRAPPER]->root, sizeof *h);
    if (!h)
        return VALUE_EMPTY;
    h->generator = a[0];
    h->mode = HELPER_WRAPPER;
    return from_object(h);
}

static Value self_iter(VM *vm, Value self) { return (void)vm, self; }

#define COMMON_METHODS \
    {"send(self, value, /)", generator_send, "Resume with a value for the yield expression.", 0, 0, 0}, \
    {"throw(self, typ, val=None, tb=None, /)", generator_throw, "Raise an exception at the point of suspension.", 0, 0, 0}, \
    {"close(self, /)", generator_close_method, "Raise GeneratorExit at the point of suspension.", 0, 0, 0}

static const TypeOps generator_ops = {
    .mark = generator_mark, .repr = generator_repr, .iter = self_iter, .next = generator_next, .has_send = true};
static const NativeDef generator_methods[] = {COMMON_METHODS, {"__del__(self, /)", generator_del, NULL, 0, 0, 0}, {0}};
static const GetSetDef generator_getsets[] = {
    {"__name__", g_name, g_set_name, NULL}, {"__qualname__", g_qualname, g_set_qualname, NULL}, {"gi_code", g_code, NULL, NULL},
    {"gi_frame", g_frame, NULL, NULL}, {"gi_running", g_running, NULL, NULL}, {"gi_suspended", g_suspended, NULL, NULL},
    {"gi_yieldfrom", g_awaited, NULL, NULL}, {0},
};
const TypeDef generator_def = {.name = "generator",
                               .kind = KIND_GENERATOR,
                               .size = sizeof(Generator),
                               .ops = &generator_ops,
                               .methods = generator_methods,
                               .getsets = generator_getsets};

static const TypeOps coroutine_ops = {.mark = generator_mark, .finalize = coroutine_finalize, .repr = generator_repr};
static const NativeDef coroutine_methods[] = {
    COMMON_METHODS,
    {"__await__(self, /)", coroutine_await, "Return an iterator to be used in await expression.", 0, 0, 0},
    {0}};
static const GetSetDef coroutine_getsets[] = {
    {"__name__", g_name, g_set_name, NULL}, {"__qualname__", g_qualname, g_set_qualname, NULL}, {"cr_code", g_code, NULL, NULL},
    {"cr_frame", g_frame, NULL, NULL}, {"cr_running", g_running, NULL, NULL}, {"cr_suspended", g_suspended, NULL, NULL},
    {"cr_await", g_awaited, NULL, NULL}, {"cr_origin", g_origin, NULL, NULL}, {0},
};
const TypeDef coroutine_def = {.name = "coroutine",
                               .kind = KIND_COROUTINE,
                               .size = sizeof(Generator),
                               .ops = &coroutine_ops,
                               .methods = coroutine_methods,
                               .getsets = coroutine_getsets,
                               .flags = TYPE_FINALIZE};

// ---------------------------------------------------------------- async generators

bool async_generator_first(VM *vm, Generator *g)
{
    g->hooks_done = true;
    if (vm->asyncgen_finalizer && !is_none(vm->asyncgen_finalizer)) {
        struct GeneratorExtra *x = more(vm, g);
        if (!x)
            return false;
        x->finalizer = vm->asyncgen_finalizer;
        gc_barrier(vm, g);
        if (!gc_add_finalizer(vm, &g->base))
            return false;
    }
    if (!vm->asyncgen_firstiter || is_none(vm->asyncgen_firstiter))
        return true;
    return call1(vm, vm->asyncgen_firstiter, from_object(g)) != VALUE_EMPTY;
}

static Value helper_new(VM *vm, Kind kind, Value g, Value sent, uint8_t mode)
{
    if (!as_generator(g)->hooks_done && !async_generator_first(vm, as_generator(g)))
        return VALUE_EMPTY;
    AwaitHelper *h = gc_new(vm, vm->types[kind]->root, sizeof *h);
    if (!h)
        return VALUE_EMPTY;
    h->generator = g;
    h->sent = sent;
    h->mode = mode;
    return from_object(h);
}

static Value agen_iter(VM *vm, Value *a, int n) { return (void)vm, (void)n, a[0]; }
static Value agen_next(VM *vm, Value *a, int n)
{
    return (void)n, helper_new(vm, KIND_ASYNC_GENERATOR_ASEND, a[0], VALUE_NONE, HELPER_ASEND);
}
static Value agen_asend(VM *vm, Value *a, int n)
{
    return (void)n, helper_new(vm, KIND_ASYNC_GENERATOR_ASEND, a[0], a[1], HELPER_ASEND);
}
static Value agen_aclose(VM *vm, Value *a, int n)
{
    return (void)n, helper_new(vm, KIND_ASYNC_GENERATOR_ATHROW, a[0], VALUE_EMPTY, HELPER_ACLOSE);
}
static Value agen_athrow(VM *vm, Value *a, int n)
{
    (void)n;
    Value args = tuple_pack(vm, 3, a[1], a[2], a[3]);
    return args ? helper_new(vm, KIND_ASYNC_GENERATOR_ATHROW, a[0], args, HELPER_ATHROW) : VALUE_EMPTY;
}

// Collected while it was still running: the event loop's hook closes it.
static Value agen_del(VM *vm, Value *a, int n)
{
    (void)n;
    Generator *g = as_generator(a[0]);
    Value hook = g->more ? g->more->finalizer : VALUE_EMPTY;
    if (g->state != GENERATOR_SUSPENDED || g->closing || !hook || is_none(hook))
        return VALUE_NONE;
    return call1(vm, hook, a[0]);
}

static const TypeOps async_generator_ops = {.mark = generator_mark, .repr = generator_repr};
static const NativeDef async_generator_methods[] = {
    {"__aiter__(self, /)", agen_iter, "Return an awaitable, that resolves in asynchronous iterator.", 0, 0, 0},
    {"__anext__(self, /)", agen_next, "Return a value or raise StopAsyncIteration.", 0, 0, 0},
    {"asend(self, value, /)", agen_asend, "Send a value into the generator.", 0, 0, 0},
    {"athrow(self, typ, val=None, tb=None, /)", agen_athrow, "Raise an exception in the generator.", 0, 0, 0},
    {"aclose(self, /)", agen_aclose, "Raise GeneratorExit in the generator.", 0, 0, 0},
    {"__del__(self, /)", agen_del, NULL, 0, 0, 0},
    {0},
};
static const GetSetDef async_generator_getsets[] = {
    {"__name__", g_name, g_set_name, NULL}, {"__qualname__", g_qualname, g_set_qualname, NULL}, {"ag_code", g_code, NULL, NULL},
    {"ag_frame", g_frame, NULL, NULL}, {"ag_running", g_running, NULL, NULL}, {"ag_suspended", g_suspended, NULL, NULL},
    {"ag_await", g_awaited, NULL, NULL}, {0},
};
const TypeDef async_generator_def = {.name = "async_generator",
                                     .kind = KIND_ASYNC_GENERATOR,
                                     .size = sizeof(Generator),
                                     .ops = &async_generator_ops,
                                     .methods = async_generator_methods,
                                     .getsets = async_generator_getsets};

// ---------------------------------------------------------------- asend, athrow, aclose, coroutine wrapper

static AwaitHelper *as_helper(Value v) { return (AwaitHelper *)as_object(v); }

static void helper_mark(Gc *gc, Object *o)
{
    gc_mark(gc, ((AwaitHelper *)o)->generator);
    gc_mark(gc, ((AwaitHelper *)o)->sent);
}

static Value finish(AwaitHelper *h, Value v)
{
    h->state = 2;
    as_generator(h->generator)->async_running = false;
    return v;
}

// What one step of the async generator means for who awaits the helper.
static Value agen_outcome(VM *vm, AwaitHelper *h, ExecStatus status, Value v)
{
    switch (status) {
    case EXEC_ITEM:
        if (h->mode == HELPER_ACLOSE)
            return finish(h, raise_runtime(vm, "async generator ignored GeneratorExit"));
        return finish(h, raise_stop_iteration(vm, v));
    case EXEC_RETURNED:
        if (h->mode == HELPER_ACLOSE)
            return finish(h, raise_stop_iteration(vm, VALUE_EMPTY));
        return finish(h, raise_args(vm, EXC_StopAsyncIteration, 0, NULL));
    case EXEC_RAISED:
        finish(h, VALUE_EMPTY);
        if (h->mode == HELPER_ACLOSE && (error_is(vm, EXC_StopAsyncIteration) || error_is(vm, EXC_GeneratorExit))) {
            error_clear(vm);
            return raise_stop_iteration(vm, VALUE_EMPTY);
        }
        return VALUE_EMPTY;
    default: return v; // an await inside: passed on to the loop
    }
}

static const char *helper_method(const AwaitHelper *h)
{
    return h->mode == HELPER_ASEND ? "__anext__()/asend()" : "aclose()/athrow()";
}

// The first step of a helper: checks, then what to throw or send. False: *result is what to return.
static bool helper_begin(VM *vm, AwaitHelper *h, Generator *g, Value *result)
{
    const char *running = h->mode == HELPER_ACLOSE ? "aclose(): asynchronous generator is already running"
                          : h->mode == HELPER_ATHROW ? "athrow(): asynchronous generator is already running"
                                                     : "anext(): asynchronous generator is already running";
    if (h->mode != HELPER_ASEND && g->state == GENERATOR_DONE) {
        h->state = 2;
        *result = raise_stop_iteration(vm, VALUE_EMPTY);
        return false;
    }
    if (g->async_running) {
        h->state = 2;
        *result = raise_runtime(vm, "%s", running);
        return false;
    }
    if (g->closing && h->mode != HELPER_ACLOSE) {
        h->state = 2;
        *result = raise_args(vm, EXC_StopAsyncIteration, 0, NULL);
        return false;
    }
    if (h->mode == HELPER_ACLOSE) {
        bool over = g->state == GENERATOR_DONE || g->state == GENERATOR_CREATED;
        g->closing = true;
        if (over) {
            g->state = GENERATOR_DONE;
            h->state = 2;
            *result = raise_stop_iteration(vm, VALUE_EMPTY);
            return false;
        }
    } else if (h->mode == HELPER_ATHROW && g->state == GENERATOR_CREATED) {
        g->state = GENERATOR_DONE;
        h->state = 2;
        Tuple *t = as_tuple(h->sent);
        make_thrown(vm, t->items[0], t->items[1], t->items[2]);
        *result = VALUE_EMPTY;
        return false;
    }
    g->async_running = true;
    h->state = 1;
    return true;
}

static Value helper_step(VM *vm, AwaitHelper *h, Value sent, bool throwing)
{
    Generator *g = as_generator(h->generator);
    Value v = VALUE_EMPTY;
    if (h->mode == HELPER_WRAPPER) {
        ExecStatus status = generator_resume(vm, g, throwing ? VALUE_EMPTY : sent, &v);
        return step_outcome(vm, g, status, v);
    }
    if (h->state == 2) {
        if (throwing)
            vm->error = VALUE_EMPTY;
        return raise_runtime(vm, "cannot reuse already awaited %s", helper_method(h));
    }
    if (h->state == 0) {
        if (!throwing && !is_none(sent) && h->mode != HELPER_ASEND)
            return raise_runtime(vm, "can't send non-None value to a just-started coroutine");
        Value result = VALUE_EMPTY;
        Value pending = vm->error;
        vm->error = VALUE_EMPTY;
        if (!helper_begin(vm, h, g, &result))
            return result;
        vm->error = pending;
        if (!throwing && h->mode == HELPER_ASEND) {
            sent = is_none(sent) ? h->sent : sent;
        } else if (!throwing && h->mode == HELPER_ACLOSE) {
            raise_args(vm, EXC_GeneratorExit, 0, NULL);
            throwing = true;
        } else if (!throwing) {
            Tuple *t = as_tuple(h->sent);
            if (!make_thrown(vm, t->items[0], t->items[1], t->items[2]))
                return finish(h, VALUE_EMPTY);
            throwing = true;
        }
        if (g->state == GENERATOR_DONE) {
            if (throwing)
                return finish(h, VALUE_EMPTY);
            return finish(h, raise_args(vm, EXC_StopAsyncIteration, 0, NULL));
        }
    }
    ExecStatus status = generator_resume(vm, g, throwing ? VALUE_EMPTY : sent, &v);
    return agen_outcome(vm, h, status, v);
}

static Value helper_next(VM *vm, Value self) { return helper_step(vm, as_helper(self), VALUE_NONE, false); }
static Value helper_send(VM *vm, Value *a, int n) { return (void)n, helper_step(vm, as_helper(a[0]), a[1], false); }

static Value helper_throw(VM *vm, Value *a, int n)
{
    (void)n;
    if (!make_thrown(vm, a[1], a[2], a[3]))
        return VALUE_EMPTY;
    return helper_step(vm, as_helper(a[0]), VALUE_EMPTY, true);
}

static Value helper_close(VM *vm, Value *a, int n)
{
    (void)n;
    AwaitHelper *h = as_helper(a[0]);
    if (h->mode == HELPER_WRAPPER)
        return generator_close(vm, as_generator(h->generator)) ? VALUE_NONE : VALUE_EMPTY;
    if (h->state == 1)
        as_generator(h->generator)->async_running = false;
    h->state = 2;
    return VALUE_NONE;
}

static Value helper_self(VM *vm, Value *a, int n) { return (void)vm, (void)n, a[0]; }

static const TypeOps helper_ops = {.mark = helper_mark, .iter = self_iter, .next = helper_next, .has_send = true};
static const NativeDef helper_methods[] = {
    {"send(self, value, /)", helper_send, NULL, 0, 0, 0},
    {"throw(self, typ, val=None, tb=None, /)", helper_throw, NULL, 0, 0, 0},
    {"close(self, /)", helper_close, NULL, 0, 0, 0},
    {"__await__(self, /)", helper_self, NULL, 0, 0, 0},
    {0},
};
static const NativeDef wrapper_methods[] = {
    {"send(self, value, /)", helper_send, NULL, 0, 0, 0},
    {"throw(self, typ, val=None, tb=None, /)", helper_throw, NULL, 0, 0, 0},
    {"close(self, /)", helper_close, NULL, 0, 0, 0},
    {0},
};
const TypeDef coroutine_wrapper_def = {.name = "coroutine_wrapper",
                                       .kind = KIND_COROUTINE_WRAPPER,
                                       .size = sizeof(AwaitHelper),
                                       .ops = &helper_ops,
                                       .methods = wrapper_methods};
const TypeDef asend_def = {.name = "async_generator_asend",
                           .kind = KIND_ASYNC_GENERATOR_ASEND,
                           .size = sizeof(AwaitHelper),
                           .ops = &helper_ops,
                           .methods = helper_methods};
const TypeDef athrow_def = {.name = "async_generator_athrow",
                            .kind = KIND_ASYNC_GENERATOR_ATHROW,
                            .size = sizeof(AwaitHelper),
                            .ops = &helper_ops,
                            .methods = helper_methods};
