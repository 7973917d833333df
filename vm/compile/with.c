// SPDX-License-Identifier: MIT
//
// with and async with (PEP 343, PEP 492). __exit__ and its self are kept in two registers; an exception of the body
// calls it with the exception's three values, every other way out with three Nones (block.c).
#include "vm/compile/compiler.h"

enum { ENTER, EXIT, AENTER, AEXIT }; // n of LOAD_SPECIAL

static void await_register(Compiler *c, bool async, uint8_t what, Reg reg)
{
    if (!async)
        return;
    emit_n(c, OP_GET_AWAITABLE, what, reg, reg, 0);
    emit(c, OP_DELEGATE, reg, reg, 0);
}

static void call_exit_with(Compiler *c, bool async, Reg exit, Reg exception, Label swallow)
{
    Reg mark = temp_mark(c), window = exit_window(c, exit);
    emit(c, OP_EXC_INFO, window + WINDOW_ARGS + 1, exception, 0);
    emit(c, OP_CALL_METHOD, window, 4, window);
    await_register(c, async, 2, window);
    emit_jump(c, OP_JUMP_IF_TRUE, window, 0, swallow);
    temp_release(c, mark);
}

static void exception_path(Compiler *c, bool async, Reg exit, Reg exception, Reg saved, Label end)
{
    Label swallow = label_new(c), cleanup = label_new(c);
    Region region;
    handled_enter(c, saved, exception);
    region_open(c, &region, cleanup, exception);
    call_exit_with(c, async, exit, exception, swallow);
    region_close(c, &region);
    label_place(c, cleanup); // the same two steps serve both ways of raising
    Span old = span_swap(c, (Span){0});
    handled_leave(c, saved);
    emit(c, OP_RERAISE, exception, 0, 0);
    span_swap(c, old);
    label_place(c, swallow);
    handled_leave(c, saved);
    c->unit->handler_depth--;
    emit_jump(c, OP_JUMP, 0, 0, end);
}

static void with_item(Compiler *c, const AstStmt *s, size_t index)
{
    const AstStmt_With *with = &s->as.With;
    const AstWithItem *item = with->items.items[index];
    bool async = s->kind == STMT_AsyncWith;
    if (!compile_enter(c))
        return;
    Label handler = label_new(c), end = label_new(c);
    Reg exit = temp_push(c, 4), exception = exit + 2, saved = exit + 3;
    Reg manager = expr_any(c, item->context_expr), window = temp_push(c, WINDOW_ARGS + 1);
    emit_n(c, OP_LOAD_SPECIAL, async ? AENTER : ENTER, window, manager, window + WINDOW_ARGS);
    emit_n(c, OP_LOAD_SPECIAL, async ? AEXIT : EXIT, exit, manager, exit + 1);
    emit(c, OP_CALL_METHOD, window, 1, window);
    await_register(c, async, 1, window);
    Region region;
    Block block = {.exit = exit, .regions = {&region}};
    block_push(c, &block, async ? BLOCK_ASYNC_WITH : BLOCK_WITH);
    region_open(c, &region, handler, exception);
    if (item->optional_vars)
        assign_from(c, item->optional_vars, window);
    temp_release(c, exit + 4);
    if (index + 1 < with->items.count)
        with_item(c, s, index + 1);
    else
        body(c, &with->body);
    region_close(c, &region);
    block_pop(c, &block);
    call_exit(c, &block);
    emit_jump(c, OP_JUMP, 0, 0, end);
    label_place(c, handler);
    exception_path(c, async, exit, exception, saved, end);
    label_place(c, end);
    compile_leave(c);
}

void with_statement(Compiler *c, const AstStmt *s)
{
    const Unit *u = c->unit;
    bool at_top = (c->flags & COMPILE_TOP_LEVEL_AWAIT) && u->scope->kind == SCOPE_MODULE;
    bool in_async = u->scope->kind == SCOPE_FUNCTION && (u->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR));
    if (s->kind == STMT_AsyncWith && !at_top && !in_async)
        return compile_error(c, s->span, "'async with' outside async function");
    with_item(c, s, 0);
}
