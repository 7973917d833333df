// SPDX-License-Identifier: MIT
//
// Statements: the switch over all kinds, and the small ones. Temporaries are given back after each statement; those
// that belong to an enclosing loop or block lie below the mark.
#include "vm/compile/compiler.h"

static void return_statement(Compiler *c, const AstStmt *s)
{
    Unit *u = c->unit;
    const AstExpr *value = s->as.Return.value;
    if (!scope_is_function(u->scope))
        return compile_error(c, s->span, "'return' outside function");
    if (value && (u->flags & CODE_ASYNC_GENERATOR))
        return compile_error(c, s->span, "'return' with value in async generator");
    Value constant = VALUE_NONE;
    bool is_constant = !value || fold(c, value, &constant), unwinding = block_needs_unwinding(c);
    Reg reg = is_constant ? 0 : unwinding ? expr_push(c, value) : expr_any(c, value);
    Block *top = u->block;
    Span span = u->span;
    if (value && is_constant)
        u->span = value->span; // where an except* block that may not be left is reported
    block_unwind(c, false);
    u->span = span;
    if (is_constant)
        emit(c, OP_RETURN_K, 0, constant_id(c, constant), 0);
    else
        emit(c, OP_RETURN, reg, 0, 0);
    block_resume(c, top, NULL);
}

static void loop_jump(Compiler *c, const AstStmt *s)
{
    bool is_break = s->kind == STMT_Break;
    Block *top = c->unit->block, *loop = block_unwind(c, true);
    if (!loop)
        return compile_error(c, s->span, is_break ? "'break' outside loop" : "'continue' not properly in loop");
    emit_jump(c, OP_JUMP, 0, 0, is_break ? loop->break_label : loop->continue_label);
    block_resume(c, top, loop);
}

void if_statement(Compiler *c, const AstStmt *s)
{
    Label end = label_new(c);
    for (;;) {
        const AstStmtSeq *orelse = &s->as.If.orelse;
        Label next = orelse->count ? label_new(c) : end;
        c->unit->span = s->span;
        jump_if(c, s->as.If.test, next, false);
        body(c, &s->as.If.body);
        if (!orelse->count || c->failed)
            break;
        emit_jump(c, OP_JUMP, 0, 0, end);
        label_place(c, next);
        if (orelse->count != 1 || orelse->items[0]->kind != STMT_If) {
            body(c, orelse);
            break;
        }
        s = orelse->items[0];
    }
    label_place(c, end);
}

static void assert_statement(Compiler *c, const AstStmt *s)
{
    const AstExpr *test = s->as.Assert.test;
    if (test->kind == EXPR_Tuple && test->as.Tuple.elts.count > 0)
        compile_warning(c, EXC_SyntaxWarning, s->span, "assertion is always true, perhaps remove parentheses?");
    Label end = label_new(c);
    jump_if(c, test, end, true);
    Reg window = temp_push(c, WINDOW_ARGS);
    emit(c, OP_LOAD_ASSERTION_ERROR, window, 0, 0);
    if (s->as.Assert.msg) {
        expr_push(c, s->as.Assert.msg);
        emit(c, OP_CALL, window, 1, window);
    }
    emit_n(c, OP_RAISE, 1, window, 0, 0);
    label_place(c, end);
}

static void raise_statement(Compiler *c, const AstStmt *s)
{
    const AstExpr *exception = s->as.Raise.exc, *cause = s->as.Raise.cause;
    Reg a = exception ? expr_operand(c, exception, NO_REG, cause ? cause : &nothing_follows) : 0;
    Reg b = cause ? expr_any(c, cause) : 0;
    emit_n(c, OP_RAISE, (uint8_t)((exception != NULL) + (cause != NULL)), a, b, 0);
}

static void expression_statement(Compiler *c, const AstStmt *s)
{
    const AstExpr *e = s->as.Expr.value;
    if (c->mode == COMPILE_SINGLE && c->unit->scope->kind == SCOPE_MODULE)
        emit(c, OP_PRINT_EXPR, expr_any(c, e), 0, 0);
    else if (e->kind != EXPR_Constant)
        expr_any(c, e);
}

static void delete_statement(Compiler *c, const AstStmt *s)
{
    for (size_t i = 0; i < s->as.Delete.targets.count; i++)
        delete_target(c, s->as.Delete.targets.items[i]);
}

static void stmt_kind(Compiler *c, const AstStmt *s)
{
    switch (s->kind) {
    case STMT_FunctionDef: case STMT_AsyncFunctionDef: return function_statement(c, s);
    case STMT_ClassDef: return class_statement(c, s);
    case STMT_Return: return return_statement(c, s);
    case STMT_Delete: return delete_statement(c, s);
    case STMT_Assign: return assign_statement(c, s);
    case STMT_TypeAlias: return type_alias_statement(c, s);
    case STMT_AugAssign: return augmented_statement(c, s);
    case STMT_AnnAssign: return annotated_statement(c, s);
    case STMT_For: return for_statement(c, s);
    case STMT_AsyncFor: return async_for_statement(c, s);
    case STMT_While: return while_statement(c, s);
    case STMT_If: return if_statement(c, s);
    case STMT_With: case STMT_AsyncWith: return with_statement(c, s);
    case STMT_Match: return match_statement(c, s);
    case STMT_Raise: return raise_statement(c, s);
    case STMT_Try: return try_statement(c, s);
    case STMT_TryStar: return try_star_statement(c, s);
    case STMT_Assert: return assert_statement(c, s);
    case STMT_Import: return import_statement(c, s);
    case STMT_ImportFrom: return import_from_statement(c, s);
    case STMT_Expr: return expression_statement(c, s);
    case STMT_Break: case STMT_Continue: return loop_jump(c, s);
    case STMT_Global: case STMT_Nonlocal: case STMT_Pass: return;
    }
}

void stmt(Compiler *c, const AstStmt *s)
{
    if (c->failed)
        return;
    Reg mark = temp_mark(c);
    Span old = span_swap(c, s->span);
    stmt_kind(c, s);
    span_swap(c, old);
    temp_release(c, mark);
}

void body(Compiler *c, const AstStmtSeq *statements)
{
    if (!compile_enter(c))
        return;
    for (size_t i = 0; i < statements->count && !c->failed; i++)
        stmt(c, statements->items[i]);
    compile_leave(c);
}
