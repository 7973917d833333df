// SPDX-License-Identifier: MIT
//
// Expressions as values. `expr_to(e, dst)` puts the value into a register; `expr_any(e)` gives the register where the
// value is, which for a local variable is its own. Two rules keep that safe:
//   - an operand that is a local's own register is read after the operands that follow it were evaluated, so it is
//     copied when one of them may rebind that local (only a walrus can): expr_operand;
//   - a variable as dst is written once, by the last instruction: expressions that build their result in steps, or test
//     it, use a temporary (step_register), for the old value must be there until the end, also for a handler.
#include "vm/compile/compiler.h"

static const struct { Opcode op, op_k; } binary_ops[] = {
    [BINARY_Add] = {OP_ADD, OP_ADD_K}, [BINARY_Sub] = {OP_SUB, OP_SUB_K}, [BINARY_Mult] = {OP_MUL, OP_MUL_K},
    [BINARY_MatMult] = {OP_MATMUL, OP_MATMUL_K}, [BINARY_Div] = {OP_TRUEDIV, OP_TRUEDIV_K},
    [BINARY_Mod] = {OP_MOD, OP_MOD_K}, [BINARY_Pow] = {OP_POW, OP_POW_K}, [BINARY_LShift] = {OP_LSHIFT, OP_LSHIFT_K},
    [BINARY_RShift] = {OP_RSHIFT, OP_RSHIFT_K},
    [BINARY_BitOr] = {OP_OR, OP_OR_K}, [BINARY_BitXor] = {OP_XOR, OP_XOR_K}, [BINARY_BitAnd] = {OP_AND, OP_AND_K},
    [BINARY_FloorDiv] = {OP_FLOORDIV, OP_FLOORDIV_K},
};

const AstExpr nothing_follows = {.kind = EXPR_Constant};

// May evaluating e rebind a local variable of this function?
static bool may_rebind(const AstExpr *e)
{
    for (;;) {
        if (!e)
            return true;
        switch (e->kind) {
        case EXPR_Constant: case EXPR_Name: case EXPR_Lambda: return false;
        case EXPR_Attribute: e = e->as.Attribute.value; continue;
        default: return true;
        }
    }
}

// The local register an expression is, if it is one: a name, or a walrus whose target is one (then evaluated).
static bool own_register(Compiler *c, const AstExpr *e, Reg *reg, Symbol **symbol)
{
    const AstExpr *name = e->kind == EXPR_NamedExpr ? e->as.NamedExpr.target : e;
    if (name->kind != EXPR_Name || c->failed || !local_register(c, name->as.Name.id, reg))
        return false;
    *symbol = local_symbol(c, name->as.Name.id);
    Span old = span_swap(c, e->span);
    if (e->kind == EXPR_NamedExpr)
        expr_to(c, e->as.NamedExpr.value, *reg);
    else
        check_bound(c, *symbol);
    span_swap(c, old);
    return true;
}

Reg expr_operand(Compiler *c, const AstExpr *e, Reg hint, const AstExpr *later)
{
    Reg reg;
    Symbol *symbol;
    if (!own_register(c, e, &reg, &symbol)) {
        if (hint == NO_REG || !is_temp(c, hint))
            hint = temp_push(c, 1);
        expr_to(c, e, hint);
        return hint;
    }
    if (!(symbol->flags & DEF_WALRUS) || !may_rebind(later))
        return reg;
    Reg copy = temp_push(c, 1);
    emit_move(c, copy, reg);
    return copy;
}

Reg expr_into(Compiler *c, const AstExpr *e, Reg dst)
{
    return expr_operand(c, e, dst, &nothing_follows);
}

Reg expr_any(Compiler *c, const AstExpr *e) { return expr_into(c, e, NO_REG); }

Reg expr_push(Compiler *c, const AstExpr *e)
{
    Reg reg = temp_push(c, 1);
    expr_to(c, e, reg);
    return reg;
}

void expr_discard(Compiler *c, const AstExpr *e)
{
    Reg mark = temp_mark(c);
    expr_any(c, e);
    temp_release(c, mark);
}

// ---- operators

Opcode binary_opcode(AstBinaryOp op) { return binary_ops[op].op; }

void binary_operation(Compiler *c, AstBinaryOp op, uint8_t inplace, Reg dst, Reg left, const AstExpr *right)
{
    Value v;
    if (fold(c, right, &v)) {
        uint32_t id = constant_id(c, v);
        if (constant_narrow(c, id)) {
            emit_n(c, binary_ops[op].op_k, inplace, dst, left, id);
            return;
        }
    }
    Reg mark = temp_mark(c), r = expr_any(c, right);
    emit_n(c, binary_ops[op].op, inplace, dst, left, r);
    temp_release(c, mark);
}

static void binary_to(Compiler *c, const AstExpr *e, Reg dst)
{
    Reg mark = temp_mark(c), left = expr_operand(c, e->as.BinOp.left, dst, e->as.BinOp.right);
    binary_operation(c, e->as.BinOp.op, 0, dst, left, e->as.BinOp.right);
    temp_release(c, mark);
}

// `not` of an `is` or `in` is the opposite operator.
static bool not_membership(Compiler *c, const AstExpr *operand, Reg dst)
{
    if (operand->kind != EXPR_Compare || operand->as.Compare.ops.count != 1 ||
        operand->as.Compare.ops.items[0] < COMPARE_Is)
        return false;
    Span old = span_swap(c, operand->span);
    uint32_t before = c->unit->count;
    compare_to(c, operand, dst);
    if (!c->failed && c->unit->count > before)
        c->unit->items[c->unit->count - 1].n ^= 1;
    span_swap(c, old);
    return true;
}

static void unary_to(Compiler *c, const AstExpr *e, Reg dst)
{
    static const Opcode ops[] = {
        [UNARY_Invert] = OP_INVERT, [UNARY_Not] = OP_NOT, [UNARY_UAdd] = OP_POS, [UNARY_USub] = OP_NEG};
    const AstExpr *operand = e->as.UnaryOp.operand;
    if (e->as.UnaryOp.op == UNARY_Not && not_membership(c, operand, dst))
        return;
    Reg mark = temp_mark(c), r = expr_into(c, operand, dst);
    emit(c, ops[e->as.UnaryOp.op], dst, r, 0);
    temp_release(c, mark);
}

static void bool_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstExprSeq *values = &e->as.BoolOp.values;
    Opcode jump = e->as.BoolOp.op == BOOL_And ? OP_JUMP_IF_FALSE : OP_JUMP_IF_TRUE;
    Reg mark = temp_mark(c), result = is_temp(c, dst) ? dst : temp_push(c, 1);
    Label end = label_new(c);
    for (size_t i = 0; i < values->count && !c->failed; i++) {
        expr_to(c, values->items[i], result);
        if (i + 1 < values->count)
            emit_jump(c, jump, result, 0, end);
    }
    label_place(c, end);
    emit_move(c, dst, result);
    temp_release(c, mark);
}

static void conditional_to(Compiler *c, const AstExpr *e, Reg dst)
{
    Label other = label_new(c), end = label_new(c);
    jump_if(c, e->as.IfExp.test, other, false);
    expr_to(c, e->as.IfExp.body, dst);
    emit_jump(c, OP_JUMP, 0, 0, end);
    label_place(c, other);
    expr_to(c, e->as.IfExp.orelse, dst);
    label_place(c, end);
}

static void named_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstExpr *target = e->as.NamedExpr.target;
    Reg mark = temp_mark(c), value = expr_into(c, e->as.NamedExpr.value, dst);
    Span old = span_swap(c, target->span);
    store_name(c, target->as.Name.id, value);
    span_swap(c, old);
    emit_move(c, dst, value);
    temp_release(c, mark);
}

// ---- suspension

static bool awaits_at_top(const Compiler *c, const Unit *u)
{
    return (c->flags & COMPILE_TOP_LEVEL_AWAIT) && u->scope->kind == SCOPE_MODULE;
}

static void await_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const Unit *u = c->unit;
    if (!awaits_at_top(c, u)) {
        if (!scope_is_function(u->scope))
            return compile_error(c, e->span, "'await' outside function");
        bool allowed = (u->scope->kind == SCOPE_FUNCTION && (u->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR))) ||
                       u->inner->kind == SCOPE_COMPREHENSION || u->scope->kind == SCOPE_GENERATOR;
        if (!allowed)
            return compile_error(c, e->span, "'await' outside async function");
    }
    Reg mark = temp_mark(c), value = expr_into(c, e->as.Await.value, dst);
    Reg iterator = is_temp(c, dst) ? dst : temp_push(c, 1);
    emit(c, OP_GET_AWAITABLE, iterator, value, 0);
    emit(c, OP_DELEGATE, dst, iterator, 0);
    temp_release(c, mark);
}

static void yield_to(Compiler *c, const AstExpr *e, Reg dst)
{
    if (!scope_is_function(c->unit->scope))
        return compile_error(c, e->span, "'yield' outside function");
    Reg mark = temp_mark(c), value;
    if (e->as.Yield.value) {
        value = expr_into(c, e->as.Yield.value, dst);
    } else {
        value = is_temp(c, dst) ? dst : temp_push(c, 1);
        emit_none(c, value);
    }
    emit(c, OP_YIELD, dst, value, 0);
    temp_release(c, mark);
}

static void yield_from_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const Unit *u = c->unit;
    if (!scope_is_function(u->scope))
        return compile_error(c, e->span, "'yield' outside function");
    if (u->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR))
        return compile_error(c, e->span, "'yield from' inside async function");
    Reg mark = temp_mark(c), value = expr_into(c, e->as.YieldFrom.value, dst);
    Reg iterator = is_temp(c, dst) ? dst : temp_push(c, 1);
    emit(c, OP_GET_YIELD_FROM, iterator, value, 0);
    emit_n(c, OP_DELEGATE, 1, dst, iterator, 0);
    temp_release(c, mark);
}

// ---- the switch

static void kind_to(Compiler *c, const AstExpr *e, Reg dst)
{
    switch (e->kind) {
    case EXPR_BoolOp: return bool_to(c, e, dst);
    case EXPR_NamedExpr: return named_to(c, e, dst);
    case EXPR_BinOp: return binary_to(c, e, dst);
    case EXPR_UnaryOp: return unary_to(c, e, dst);
    case EXPR_Lambda: return lambda_to(c, e, dst);
    case EXPR_IfExp: return conditional_to(c, e, dst);
    case EXPR_Dict: return dict_to(c, e, dst);
    case EXPR_Set: return set_to(c, &e->as.Set.elts, dst);
    case EXPR_ListComp: case EXPR_SetComp: case EXPR_DictComp: case EXPR_GeneratorExp:
        return comprehension_to(c, e, dst);
    case EXPR_Await: return await_to(c, e, dst);
    case EXPR_Yield: return yield_to(c, e, dst);
    case EXPR_YieldFrom: return yield_from_to(c, e, dst);
    case EXPR_Compare: return compare_to(c, e, dst);
    case EXPR_Call: return call_to(c, e, dst);
    case EXPR_FormattedValue: case EXPR_Interpolation: return formatted_to(c, e, dst);
    case EXPR_JoinedStr: return joined_to(c, e, dst);
    case EXPR_TemplateStr: return template_to(c, e, dst);
    case EXPR_Constant: emit_constant(c, constant_value(c, &e->as.Constant.value), dst); return;
    case EXPR_Attribute: return attribute_to(c, e, dst);
    case EXPR_Subscript: return subscript_to(c, e, dst);
    case EXPR_Starred: return compile_error(c, e->span, "can't use starred expression here");
    case EXPR_Name: return load_name(c, e->as.Name.id, dst);
    case EXPR_List: return list_to(c, &e->as.List.elts, dst);
    case EXPR_Tuple: return tuple_to(c, &e->as.Tuple.elts, dst);
    case EXPR_Slice: return slice_to(c, e, dst);
    }
}

void expr_to(Compiler *c, const AstExpr *e, Reg dst)
{
    if (c->failed || !compile_enter(c))
        return;
    Span old = c->unit->span;
    if (e->kind != EXPR_FormattedValue) // its errors show the whole f-string
        c->unit->span = e->span;
    Value v;
    if (fold(c, e, &v))
        emit_constant(c, v, dst);
    else
        kind_to(c, e, dst);
    span_swap(c, old);
    compile_leave(c);
}
