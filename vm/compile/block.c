// SPDX-License-Identifier: MIT
//
// Statically nested blocks, and what leaving them takes: `return`, `break` and `continue` run the cleanup of every
// block on their way (finally bodies, __exit__ calls, the end of an except clause), innermost first. While that code
// is emitted the exception ranges of the blocks already left are closed, so that an exception in a cleanup goes to
// the blocks outside.
#include "vm/compile/compiler.h"

void block_push(Compiler *c, Block *block, BlockKind kind)
{
    Unit *u = c->unit;
    block->kind = kind;
    block->outer = u->block;
    block->depth = u->block ? u->block->depth + 1 : 1;
    block->span = u->span;
    if (kind == BLOCK_HANDLER || kind == BLOCK_STAR) // CPython keeps two blocks for a clause
        block->depth++;
    if (block->depth > MAX_BLOCKS)
        compile_error(c, u->span, "too many statically nested blocks");
    u->block = block;
}

void block_pop(Compiler *c, Block *block) { c->unit->block = block->outer; }

void handled_enter(Compiler *c, Reg saved, Reg exception)
{
    Unit *u = c->unit;
    if (u->handler_depth++ > 0)
        emit_move(c, saved, u->handled);
    emit_move(c, u->handled, exception);
}

// Restores handled_reg. Outside any handler it can only have been empty. Called with the depth of the handler itself.
static void handled_restore(Compiler *c, Reg saved, uint32_t depth)
{
    if (depth > 1)
        emit_move(c, c->unit->handled, saved);
    else
        emit(c, OP_CLEAR, c->unit->handled, 0, 0);
}

void handled_leave(Compiler *c, Reg saved)
{
    handled_restore(c, saved, c->unit->handler_depth);
}

Reg exit_window(Compiler *c, Reg exit)
{
    Reg window = temp_push(c, WINDOW_ARGS + 4);
    emit_move(c, window, exit);
    emit_move(c, window + WINDOW_ARGS, exit + 1);
    return window;
}

void call_exit(Compiler *c, const Block *block)
{
    Reg mark = temp_mark(c), window = exit_window(c, block->exit);
    Span old = span_swap(c, block->span);
    for (Reg i = 1; i <= 3; i++)
        emit_none(c, window + WINDOW_ARGS + i);
    emit(c, OP_CALL_METHOD, window, 4, window);
    if (block->kind == BLOCK_ASYNC_WITH) {
        emit_n(c, OP_GET_AWAITABLE, 2, window, window, 0);
        emit(c, OP_DELEGATE, window, window, 0);
    }
    span_swap(c, old);
    temp_release(c, mark);
}

static void leave_block(Compiler *c, Block *block)
{
    Unit *u = c->unit;
    switch (block->kind) {
    case BLOCK_LOOP: case BLOCK_TRY:
        return;
    case BLOCK_FINALLY_TRY: {
        Span old = u->span;
        body(c, block->final_body);
        u->span = old;
        return;
    }
    case BLOCK_WITH: case BLOCK_ASYNC_WITH:
        return call_exit(c, block);
    case BLOCK_FINALLY_END: case BLOCK_HANDLER:
        handled_restore(c, block->saved, u->handler_depth);
        u->handler_depth--;
        if (block->name)
            unbind_name(c, block->name);
        return;
    case BLOCK_STAR:
        return compile_error(c, u->span, "'break', 'continue' and 'return' cannot appear in an except* block");
    }
}

Block *block_unwind(Compiler *c, bool to_loop)
{
    Unit *u = c->unit;
    Block *block = u->block;
    while (block && !c->failed && !(to_loop && block->kind == BLOCK_LOOP)) {
        u->block = block->outer;
        for (int i = 0; i < 2; i++) {
            if (block->regions[i])
                region_close(c, block->regions[i]);
        }
        leave_block(c, block);
        block = block->outer;
    }
    u->block = block;
    return block;
}

void block_resume(Compiler *c, Block *top, Block *end)
{
    Unit *u = c->unit;
    for (Block *block = top; block != end; block = block->outer) {
        for (int i = 0; i < 2; i++) {
            if (block->regions[i])
                block->regions[i]->start = u->count;
        }
        if (block->kind == BLOCK_FINALLY_END || block->kind == BLOCK_HANDLER)
            u->handler_depth++;
    }
    u->block = top;
}

bool block_needs_unwinding(Compiler *c)
{
    for (const Block *block = c->unit->block; block; block = block->outer) {
        if (block->kind != BLOCK_LOOP && block->kind != BLOCK_TRY)
            return true;
    }
    return false;
}
