// SPDX-License-Identifier: MIT
//
// Comparisons, and expressions as conditions: `jump_if(e, label, when)` jumps when the truth of e equals `when` and
// falls through otherwise. Comparisons fuse with the jump; `not`, `and`, `or`, chains and conditional expressions
// become control flow, so no bool is ever made.
#include "vm/compile/compiler.h"

// ---- comparisons

static const struct { Opcode op, op_k, unless, unless_k, when, when_k; } compare_ops[] = {
#define ROW(op) \
    {OP_##op, OP_##op##_K, OP_JUMP_UNLESS_##op, OP_JUMP_UNLESS_##op##_K, OP_JUMP_WHEN_##op, OP_JUMP_WHEN_##op##_K}
    [COMPARE_Eq] = ROW(EQ), [COMPARE_NotEq] = ROW(NE), [COMPARE_Lt] = ROW(LT),
    [COMPARE_LtE] = ROW(LE), [COMPARE_Gt] = ROW(GT), [COMPARE_GtE] = ROW(GE),
#undef ROW
};

static bool is_literal(const AstExpr *e)
{
    if (e->kind == EXPR_Tuple) {
        for (size_t i = 0; i < e->as.Tuple.elts.count; i++) {
            if (!is_literal(e->as.Tuple.elts.items[i]))
                return false;
        }
        return true;
    }
    return e->kind == EXPR_Constant && e->as.Constant.value.kind >= CONSTANT_Int;
}

void check_is_literal(Compiler *c, const AstExpr *e)
{
    bool left = is_literal(e->as.Compare.left);
    for (size_t i = 0; i < e->as.Compare.ops.count; i++) {
        AstCompareOp op = e->as.Compare.ops.items[i];
        bool right = is_literal(e->as.Compare.comparators.items[i]);
        if ((op == COMPARE_Is || op == COMPARE_IsNot) && (left || right)) {
            compile_warning(c, EXC_SyntaxWarning, c->unit->span,
                            op == COMPARE_Is ? "\"is\" with a literal. Did you mean \"==\"?"
                                             : "\"is not\" with a literal. Did you mean \"!=\"?");
            return;
        }
        left = right;
    }
}

// A right operand: constant id in *id (true), or a register in *reg.
static bool right_operand(Compiler *c, const AstExpr *e, bool want_constant, const AstExpr *later, uint32_t *id,
                          Reg *reg)
{
    Value v;
    if (want_constant && fold(c, e, &v)) {
        *id = constant_id(c, v);
        if (constant_narrow(c, *id))
            return true;
    }
    *reg = expr_operand(c, e, NO_REG, later);
    return false;
}

// Set of constants as the right side of `in`: a frozenset; a list: a tuple. Nothing can change them, so one object
// serves.
static Reg container_operand(Compiler *c, const AstExpr *e, const AstExpr *later)
{
    Value v;
    if (!fold_container(c, e, &v))
        return expr_operand(c, e, NO_REG, later);
    Reg reg = temp_push(c, 1);
    Span old = span_swap(c, e->span);
    emit_constant(c, v, reg);
    span_swap(c, old);
    return reg;
}

// dst = left op e. Returns the register with the right operand when keep is true (a later comparison needs it).
static Reg compare_step(Compiler *c, AstCompareOp op, Reg left, const AstExpr *e, const AstExpr *later, bool keep,
                        Reg dst)
{
    uint32_t id = 0;
    Reg right = 0;
    if (op >= COMPARE_Is) {
        bool member = op == COMPARE_In || op == COMPARE_NotIn;
        right = member && !keep ? container_operand(c, e, later) : expr_operand(c, e, NO_REG, later);
        emit_n(c, member ? OP_IN : OP_IS, op == COMPARE_IsNot || op == COMPARE_NotIn, dst, left, right);
    } else if (right_operand(c, e, !keep, later, &id, &right)) {
        emit(c, compare_ops[op].op_k, dst, left, id);
    } else {
        emit(c, compare_ops[op].op, dst, left, right);
    }
    return right;
}

void compare_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstExprSeq *right = &e->as.Compare.comparators;
    size_t count = right->count;
    check_is_literal(c, e);
    Reg mark = temp_mark(c);
    if (count == 1) {
        Reg left = expr_operand(c, e->as.Compare.left, dst, right->items[0]);
        compare_step(c, e->as.Compare.ops.items[0], left, right->items[0], &nothing_follows, false, dst);
        temp_release(c, mark);
        return;
    }
    Reg result = is_temp(c, dst) ? dst : temp_push(c, 1), base = temp_mark(c);
    Reg left = expr_operand(c, e->as.Compare.left, NO_REG, NULL);
    Label end = label_new(c);
    for (size_t i = 0; i < count && !c->failed; i++) {
        bool last = i + 1 == count;
        left = compare_step(c, e->as.Compare.ops.items[i], left, right->items[i], NULL, !last, result);
        if (!last) {
            emit_jump(c, OP_JUMP_IF_FALSE, result, 0, end);
            if (left >= base && !last) { // keep just the operand of the next step
                temp_release(c, base);
                Reg kept = temp_push(c, 1);
                emit_move(c, kept, left);
                left = kept;
            }
        }
    }
    label_place(c, end);
    emit_move(c, dst, result);
    temp_release(c, mark);
}

// ---- conditions

static bool is_none_literal(const AstExpr *e)
{
    return e->kind == EXPR_Constant && e->as.Constant.value.kind == CONSTANT_None;
}

static void jump_value(Compiler *c, Reg value, Label label, bool when)
{
    emit_jump(c, when ? OP_JUMP_IF_TRUE : OP_JUMP_IF_FALSE, value, 0, label);
}

static void jump_compare(Compiler *c, AstCompareOp op, Reg left, const AstExpr *right, Label label, bool when)
{
    uint32_t id;
    Reg mark = temp_mark(c), reg;
    if ((op == COMPARE_Is || op == COMPARE_IsNot) && is_none_literal(right)) {
        emit_jump(c, (op == COMPARE_Is) == when ? OP_JUMP_IF_NONE : OP_JUMP_IF_NOT_NONE, left, 0, label);
    } else if (op >= COMPARE_Is) {
        Reg result = temp_push(c, 1);
        compare_step(c, op, left, right, &nothing_follows, false, result);
        jump_value(c, result, label, when);
    } else if (right_operand(c, right, true, &nothing_follows, &id, &reg)) {
        emit_jump(c, when ? compare_ops[op].when_k : compare_ops[op].unless_k, left, id, label);
    } else {
        emit_jump(c, when ? compare_ops[op].when : compare_ops[op].unless, left, reg, label);
    }
    temp_release(c, mark);
}

// From a comparison on, the span stays that of the comparison, as in CPython: an assertion that fails shows it.
static void jump_single(Compiler *c, const AstExpr *e, Label label, bool when)
{
    c->unit->span = e->span;
    const AstExpr *right = e->as.Compare.comparators.items[0];
    check_is_literal(c, e);
    Reg mark = temp_mark(c), left = expr_operand(c, e->as.Compare.left, NO_REG, right);
    jump_compare(c, e->as.Compare.ops.items[0], left, right, label, when);
    temp_release(c, mark);
}

// a < b < c: every step but the last leaves when it is false.
static void jump_chain(Compiler *c, const AstExpr *e, Label label, bool when)
{
    c->unit->span = e->span;
    const AstExprSeq *right = &e->as.Compare.comparators;
    Label out = when ? label_new(c) : label;
    check_is_literal(c, e);
    Reg mark = temp_mark(c), left = expr_operand(c, e->as.Compare.left, NO_REG, NULL), base = temp_mark(c);
    for (size_t i = 0; i + 1 < right->count && !c->failed; i++) {
        Reg result = temp_push(c, 1);
        left = compare_step(c, e->as.Compare.ops.items[i], left, right->items[i], NULL, true, result);
        jump_value(c, result, out, false);
        if (left > base) { // the operand of the next step goes down to the first temporary
            emit_move(c, base, left);
            left = base;
        }
        temp_release(c, left >= base ? base + 1 : base);
    }
    size_t last = right->count - 1;
    jump_compare(c, e->as.Compare.ops.items[last], left, right->items[last], label, when);
    if (when)
        label_place(c, out);
    temp_release(c, mark);
}

static void jump_bool(Compiler *c, const AstExpr *e, Label label, bool when)
{
    const AstExprSeq *values = &e->as.BoolOp.values;
    bool decides = e->as.BoolOp.op == BOOL_Or; // the truth that ends the evaluation
    Label skip = decides == when ? label : label_new(c);
    for (size_t i = 0; i + 1 < values->count; i++)
        jump_if(c, values->items[i], skip, decides);
    jump_if(c, values->items[values->count - 1], label, when);
    if (skip != label)
        label_place(c, skip);
}

static void jump_conditional(Compiler *c, const AstExpr *e, Label label, bool when)
{
    Label other = label_new(c), end = label_new(c);
    jump_if(c, e->as.IfExp.test, other, false);
    jump_if(c, e->as.IfExp.body, label, when);
    emit_jump(c, OP_JUMP, 0, 0, end);
    label_place(c, other);
    jump_if(c, e->as.IfExp.orelse, label, when);
    label_place(c, end);
}

static void jump_kind(Compiler *c, const AstExpr *e, Label label, bool when)
{
    switch (e->kind) {
    case EXPR_UnaryOp:
        if (e->as.UnaryOp.op == UNARY_Not)
            return jump_if(c, e->as.UnaryOp.operand, label, !when);
        break;
    case EXPR_BoolOp: return jump_bool(c, e, label, when);
    case EXPR_IfExp: return jump_conditional(c, e, label, when);
    case EXPR_Compare:
        return e->as.Compare.ops.count == 1 ? jump_single(c, e, label, when) : jump_chain(c, e, label, when);
    default: break;
    }
    Reg mark = temp_mark(c);
    jump_value(c, expr_any(c, e), label, when);
    temp_release(c, mark);
}

void jump_if(Compiler *c, const AstExpr *e, Label label, bool when)
{
    if (c->failed || !compile_enter(c))
        return;
    int truth = fold_truth(c, e);
    if (truth < 0)
        jump_kind(c, e, label, when);
    else if ((truth != 0) == when)
        emit_jump(c, OP_JUMP, 0, 0, label);
    compile_leave(c);
}
