// SPDX-License-Identifier: MIT
//
// Loops. The test stands at the bottom, so that one pass costs one jump: FOR_LOOP for `for`, a fused compare and jump
// for `while`.
#include "vm/compile/compiler.h"

void while_statement(Compiler *c, const AstStmt *s)
{
    Label top = label_new(c), test = label_new(c), end = label_new(c);
    Block block = {.break_label = end, .continue_label = test};
    block_push(c, &block, BLOCK_LOOP);
    if (fold_truth(c, s->as.While.test) != 1)
        emit_jump(c, OP_JUMP, 0, 0, test);
    label_place(c, top);
    body(c, &s->as.While.body);
    label_place(c, test);
    jump_if(c, s->as.While.test, top, true);
    block_pop(c, &block);
    body(c, &s->as.While.orelse);
    label_place(c, end);
}

// The register that receives the items: the target itself when it is a plain local variable.
Reg item_register(Compiler *c, const AstExpr *target, bool *direct)
{
    Reg reg;
    *direct = target->kind == EXPR_Name && !name_is(target->as.Name.id, "__debug__") &&
              local_register(c, target->as.Name.id, &reg);
    return *direct ? reg : temp_push(c, 1);
}

// FOR_LOOP with n = 1: its item is taken apart into two by the UNPACK at `top` and used nowhere else.
void emit_for_loop(Compiler *c, const AstExpr *target, Reg item, Reg iterator, Label top)
{
    const AstExprSeq *parts = target->kind == EXPR_Tuple  ? &target->as.Tuple.elts
                              : target->kind == EXPR_List ? &target->as.List.elts
                                                          : NULL;
    bool pair = parts && parts->count == 2 && parts->items[0]->kind != EXPR_Starred &&
                parts->items[1]->kind != EXPR_Starred;
    emit_jump(c, OP_FOR_LOOP, item, iterator, top);
    if (pair && !c->failed)
        c->unit->items[c->unit->count - 1].n = 1;
}

static void get_iterator(Compiler *c, Opcode op, const AstExpr *iterable, Reg iterator)
{
    Value v;
    if (op == OP_GET_ITER && iterable->kind == EXPR_List && fold_container(c, iterable, &v)) {
        emit_constant(c, v, iterator);
        emit(c, op, iterator, iterator, 0);
    } else {
        emit(c, op, iterator, expr_into(c, iterable, iterator), 0);
    }
}

void for_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_For *loop = &s->as.For;
    Label top = label_new(c), test = label_new(c), end = label_new(c);
    Block block = {.break_label = end, .continue_label = test};
    block_push(c, &block, BLOCK_LOOP);
    Reg iterator = temp_push(c, 1);
    get_iterator(c, OP_GET_ITER, loop->iter, iterator);
    emit_jump(c, OP_JUMP, 0, 0, test);
    label_place(c, top);
    bool direct;
    Reg item = item_register(c, loop->target, &direct);
    if (!direct)
        assign_from(c, loop->target, item);
    temp_release(c, iterator + 1);
    body(c, &loop->body);
    label_place(c, test);
    emit_for_loop(c, loop->target, item, iterator, top);
    block_pop(c, &block);
    body(c, &loop->orelse);
    label_place(c, end);
}

void async_for_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_AsyncFor *loop = &s->as.AsyncFor;
    Unit *u = c->unit;
    bool at_top = (c->flags & COMPILE_TOP_LEVEL_AWAIT) && u->scope->kind == SCOPE_MODULE;
    if (!at_top && !(u->scope->kind == SCOPE_FUNCTION && (u->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR))))
        return compile_error(c, s->span, "'async for' outside async function");
    Label next = label_new(c), end = label_new(c), exhausted = label_new(c);
    Block block = {.break_label = end, .continue_label = next};
    Region region;
    block_push(c, &block, BLOCK_LOOP);
    Reg iterator = temp_push(c, 3), exception = iterator + 1, scratch = iterator + 2;
    get_iterator(c, OP_GET_AITER, loop->iter, iterator);
    label_place(c, next);
    bool direct;
    Reg item = item_register(c, loop->target, &direct);
    region_open(c, &region, exhausted, exception);
    emit(c, OP_ASYNC_NEXT, item, iterator, scratch);
    region_close(c, &region);
    if (!direct)
        assign_from(c, loop->target, item);
    temp_release(c, iterator + 3);
    body(c, &loop->body);
    emit_jump(c, OP_JUMP, 0, 0, next);
    block_pop(c, &block);
    label_place(c, exhausted);
    u->span = loop->iter->span;
    emit(c, OP_END_ASYNC_FOR, exception, 0, 0);
    u->span = s->span;
    body(c, &loop->orelse);
    label_place(c, end);
}
