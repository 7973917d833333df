// SPDX-License-Identifier: MIT
//
// try, except, except*, finally. Nothing is executed on entry; the handler table says where exceptions of a stretch
// go. A handler saves handled_reg (only when it may hold something: inside another handler), sets it to its
// exception, and restores it on every way out; exceptions leaving the handler pass through its `cleanup`, which does
// the same.
#include "vm/compile/compiler.h"

typedef struct Try {
    const AstStmtSeq *body, *orelse, *final_body;
    const AstHandlerSeq *handlers;
    bool star;
    Span span;
} Try;

static const Span nowhere = {0};

// The way out of a handler for exceptions: restores handled_reg and goes on raising. Ends the handler.
static void handler_cleanup(Compiler *c, Label cleanup, Reg saved, Reg exception)
{
    Span old = span_swap(c, nowhere);
    label_place(c, cleanup);
    handled_leave(c, saved);
    emit(c, OP_RERAISE, exception, 0, 0);
    c->unit->handler_depth--;
    span_swap(c, old);
}

// ---- except

static const AstStmtSeq *clause_body(const AstHandler *h) { return &h->as.ExceptHandler.body; }

static void match_clause(Compiler *c, const AstHandler *handler, Reg exception, Label next)
{
    Reg mark = temp_mark(c), type = expr_any(c, handler->as.ExceptHandler.type), matched = temp_push(c, 1);
    emit(c, OP_MATCH_EXC, matched, exception, type);
    emit_jump(c, OP_JUMP_IF_FALSE, matched, 0, next);
    temp_release(c, mark);
}

static void except_clause(Compiler *c, const AstHandler *handler, Reg exception, Reg saved, Region *outer, Label end)
{
    const AstName *name = handler->as.ExceptHandler.name;
    Region inner;
    Label cleanup = label_new(c);
    Block block = {.saved = saved, .name = name, .regions = {name ? &inner : outer, name ? outer : NULL}};
    if (name) {
        store_name(c, name, exception);
        region_open(c, &inner, cleanup, exception);
    }
    block_push(c, &block, BLOCK_HANDLER);
    body(c, clause_body(handler));
    block_pop(c, &block);
    if (name)
        region_close(c, &inner);
    region_close(c, outer);
    c->unit->span = nowhere;
    handled_leave(c, saved);
    if (name)
        unbind_name(c, name);
    emit_jump(c, OP_JUMP, 0, 0, end);
    outer->start = c->unit->count;
    label_place(c, cleanup);
    if (name) {
        unbind_name(c, name);
        emit(c, OP_RERAISE, exception, 0, 0);
    }
}

static void except_clauses(Compiler *c, const Try *t, Reg exception, Reg saved, Label end)
{
    Label cleanup = label_new(c);
    Region region;
    handled_enter(c, saved, exception);
    region_open(c, &region, cleanup, exception);
    for (size_t i = 0; i < t->handlers->count && !c->failed; i++) {
        const AstHandler *handler = t->handlers->items[i];
        Label next = label_new(c);
        Span old = span_swap(c, handler->span);
        if (handler->as.ExceptHandler.type)
            match_clause(c, handler, exception, next);
        else if (i + 1 < t->handlers->count)
            compile_error(c, handler->span, "default 'except:' must be last");
        bool bare = !handler->as.ExceptHandler.type;
        except_clause(c, handler, exception, saved, &region, end);
        span_swap(c, old);
        if (!bare)
            label_place(c, next);
    }
    region_close(c, &region);
    const AstHandler *last = t->handlers->items[t->handlers->count - 1];
    Span old = span_swap(c, nowhere);
    if (last->as.ExceptHandler.type) {
        handled_leave(c, saved);
        emit(c, OP_RERAISE, exception, 0, 0);
    }
    span_swap(c, old);
    handler_cleanup(c, cleanup, saved, exception);
}

// ---- except*

// One clause. `rest` holds what is not handled yet (or None); exceptions of the body are collected in `raised`.
static void star_clause(Compiler *c, const AstHandler *handler, Reg rest, Reg raised, Reg exception)
{
    const AstName *name = handler->as.ExceptHandler.name;
    Label next = label_new(c), failed = label_new(c);
    Reg mark = temp_mark(c), type = expr_any(c, handler->as.ExceptHandler.type), match = temp_push(c, 2);
    emit(c, OP_MATCH_GROUP, match, rest, type);
    emit_move(c, rest, match + 1);
    emit_jump(c, OP_JUMP_IF_NONE, match, 0, next);
    emit_move(c, c->unit->handled, match);
    if (name)
        store_name(c, name, match);
    temp_release(c, mark);
    Region region;
    Block block = {.regions = {&region}};
    region_open(c, &region, failed, exception);
    block_push(c, &block, BLOCK_STAR);
    body(c, clause_body(handler));
    block_pop(c, &block);
    region_close(c, &region);
    c->unit->span = nowhere;
    if (name)
        unbind_name(c, name);
    emit_jump(c, OP_JUMP, 0, 0, next);
    label_place(c, failed);
    if (name)
        unbind_name(c, name);
    emit(c, OP_LIST_APPEND, raised, exception, 0);
    label_place(c, next);
}

static void star_clauses(Compiler *c, const Try *t, Reg original, Reg saved, Label end)
{
    Reg rest = temp_push(c, 3), raised = rest + 1, exception = rest + 2;
    Label cleanup = label_new(c), handled = label_new(c), done = label_new(c);
    Region region;
    handled_enter(c, saved, original);
    region_open(c, &region, cleanup, exception);
    emit_move(c, rest, original);
    emit(c, OP_BUILD_LIST, raised, 0, 0);
    for (size_t i = 0; i < t->handlers->count && !c->failed; i++) {
        Span old = span_swap(c, t->handlers->items[i]->span);
        star_clause(c, t->handlers->items[i], rest, raised, exception);
        span_swap(c, old);
    }
    c->unit->span = nowhere;
    emit_jump(c, OP_JUMP_IF_NONE, rest, 0, handled);
    emit(c, OP_LIST_APPEND, raised, rest, 0);
    label_place(c, handled);
    emit(c, OP_RERAISE_GROUP, exception, original, raised);
    region_close(c, &region);
    handled_leave(c, saved);
    emit_jump(c, OP_JUMP_IF_NONE, exception, 0, done);
    emit(c, OP_RERAISE, exception, 0, 0);
    label_place(c, done);
    emit_jump(c, OP_JUMP, 0, 0, end);
    handler_cleanup(c, cleanup, saved, exception);
}

// ---- try

static void try_except(Compiler *c, const Try *t)
{
    Label handler = label_new(c), end = label_new(c);
    Reg exception = temp_push(c, 2), saved = exception + 1;
    Region region;
    Block block = {.regions = {&region}};
    block_push(c, &block, BLOCK_TRY);
    region_open(c, &region, handler, exception);
    body(c, t->body);
    region_close(c, &region);
    block_pop(c, &block);
    body(c, t->orelse);
    emit_jump(c, OP_JUMP, 0, 0, end);
    label_place(c, handler);
    Span old = c->unit->span;
    if (t->star)
        star_clauses(c, t, exception, saved, end);
    else
        except_clauses(c, t, exception, saved, end);
    c->unit->span = old;
    label_place(c, end);
}

static void try_finally(Compiler *c, const Try *t)
{
    Label handler = label_new(c), end = label_new(c), cleanup = label_new(c);
    Reg exception = temp_push(c, 2), saved = exception + 1;
    Region region;
    Block block = {.final_body = t->final_body, .regions = {&region}};
    block_push(c, &block, BLOCK_FINALLY_TRY);
    region_open(c, &region, handler, exception);
    if (t->handlers->count)
        try_except(c, t);
    else
        body(c, t->body);
    region_close(c, &region);
    block_pop(c, &block);
    temp_release(c, exception + 2);
    body(c, t->final_body);
    emit_jump(c, OP_JUMP, 0, 0, end);

    label_place(c, handler);
    handled_enter(c, saved, exception);
    block = (Block){.saved = saved, .regions = {&region}};
    block_push(c, &block, BLOCK_FINALLY_END);
    region_open(c, &region, cleanup, exception);
    body(c, t->final_body);
    region_close(c, &region);
    block_pop(c, &block);
    Span old = span_swap(c, nowhere);
    handled_leave(c, saved);
    emit(c, OP_RERAISE, exception, 0, 0);
    span_swap(c, old);
    handler_cleanup(c, cleanup, saved, exception);
    label_place(c, end);
}

static void any_try(Compiler *c, const Try *t)
{
    if (t->final_body->count)
        try_finally(c, t);
    else
        try_except(c, t);
}

void try_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_Try *t = &s->as.Try;
    any_try(c, &(Try){&t->body, &t->orelse, &t->finalbody, &t->handlers, false, s->span});
}

void try_star_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_TryStar *t = &s->as.TryStar;
    any_try(c, &(Try){&t->body, &t->orelse, &t->finalbody, &t->handlers, true, s->span});
}
