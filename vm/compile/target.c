// SPDX-License-Identifier: MIT
//
// Assignment targets, and the statements that assign or delete: =, op=, annotated assignment, del.
#include "vm/compile/compiler.h"

static const AstExprSeq *sequence_elts(const AstExpr *e)
{
    return e->kind == EXPR_Tuple ? &e->as.Tuple.elts : e->kind == EXPR_List ? &e->as.List.elts : NULL;
}

// Index of the starred item, or count. Reports the errors of starred targets.
static size_t star_index(Compiler *c, const AstExprSeq *elts)
{
    size_t star = elts->count;
    for (size_t i = 0; i < elts->count; i++) {
        if (elts->items[i]->kind != EXPR_Starred)
            continue;
        if (star < elts->count) {
            compile_error(c, c->unit->span, "multiple starred expressions in assignment");
            return star;
        }
        if (i >= 256 || elts->count - i - 1 >= 256)
            compile_error(c, c->unit->span, "too many expressions in star-unpacking assignment");
        star = i;
    }
    return star;
}

// When the targets are local variables in consecutive registers, unpacking can write them directly.
static bool consecutive_locals(Compiler *c, const AstExprSeq *elts, Reg *first)
{
    for (size_t i = 0; i < elts->count; i++) {
        const AstExpr *e = elts->items[i]->kind == EXPR_Starred ? elts->items[i]->as.Starred.value : elts->items[i];
        Reg reg;
        if (e->kind != EXPR_Name || name_is(e->as.Name.id, "__debug__") || !local_register(c, e->as.Name.id, &reg))
            return false;
        if (i == 0)
            *first = reg;
        if (reg != *first + i)
            return false;
    }
    return true;
}

static void unpack(Compiler *c, const AstExprSeq *elts, Reg src)
{
    size_t star = star_index(c, elts);
    Reg mark = temp_mark(c), first = 0;
    if (c->failed)
        return;
    bool direct = elts->count > 0 && consecutive_locals(c, elts, &first);
    if (!direct && elts->count)
        first = temp_push(c, (uint32_t)elts->count);
    if (star < elts->count)
        emit_n(c, OP_UNPACK_EX, (uint8_t)(elts->count - star - 1), first, src, (uint32_t)star);
    else
        emit(c, OP_UNPACK, elts->count ? first : mark, src, (uint32_t)elts->count);
    for (size_t i = 0; !direct && i < elts->count && !c->failed; i++) {
        const AstExpr *e = elts->items[i];
        assign_from(c, e->kind == EXPR_Starred ? e->as.Starred.value : e, first + (Reg)i);
    }
    temp_release(c, mark);
}

// Object and index of a subscript that is stored to or deleted.
static void subscript_operands(Compiler *c, const AstExpr *e, Reg *object, Reg *index)
{
    *object = expr_operand(c, e->as.Subscript.value, NO_REG, e->as.Subscript.slice);
    *index = expr_any(c, e->as.Subscript.slice);
}

static void assign_kind(Compiler *c, const AstExpr *e, Reg src)
{
    Reg mark = temp_mark(c), object, index;
    switch (e->kind) {
    case EXPR_Name:
        store_name(c, e->as.Name.id, src);
        break;
    case EXPR_Attribute:
        object = expr_any(c, e->as.Attribute.value);
        c->unit->span = attribute_span(c, e->span, e);
        emit_store_attr(c, object, src, e->as.Attribute.attr);
        break;
    case EXPR_Subscript:
        check_subscript(c, e);
        subscript_operands(c, e, &object, &index);
        emit(c, OP_STORE_ITEM, object, index, src);
        break;
    case EXPR_Starred:
        compile_error(c, e->span, "starred assignment target must be in a list or tuple");
        break;
    default:
        if (sequence_elts(e))
            unpack(c, sequence_elts(e), src);
        else
            compile_error(c, e->span, "cannot assign to this expression");
    }
    temp_release(c, mark);
}

void assign_from(Compiler *c, const AstExpr *e, Reg src)
{
    if (c->failed || !compile_enter(c))
        return;
    Span old = span_swap(c, e->span);
    assign_kind(c, e, src);
    span_swap(c, old);
    compile_leave(c);
}

// ---- =

// a, b = x, y: no tuple is made. Only for small, star-free pairs of displays.
static bool parallel_assign(Compiler *c, const AstExpr *target, const AstExpr *value)
{
    const AstExprSeq *to = sequence_elts(target), *from = sequence_elts(value);
    Value v;
    if (!to || !from || to->count != from->count || to->count < 2 || to->count > 8 || fold(c, value, &v))
        return false;
    for (size_t i = 0; i < to->count; i++) {
        if (to->items[i]->kind == EXPR_Starred || from->items[i]->kind == EXPR_Starred)
            return false;
    }
    Reg mark = temp_mark(c);
    for (size_t i = 0; i < from->count; i++)
        expr_push(c, from->items[i]);
    for (size_t i = 0; i < to->count; i++)
        assign_from(c, to->items[i], mark + (Reg)i);
    temp_release(c, mark);
    return true;
}

static bool all_names(const AstExprSeq *targets)
{
    for (size_t i = 0; i < targets->count; i++) {
        if (targets->items[i]->kind != EXPR_Name)
            return false;
    }
    return true;
}

void assign_statement(Compiler *c, const AstStmt *s)
{
    const AstExprSeq *targets = &s->as.Assign.targets;
    const AstExpr *value = s->as.Assign.value, *first = targets->items[0];
    Reg src;
    if (targets->count == 1 && parallel_assign(c, first, value))
        return;
    size_t done = 0;
    if (all_names(targets) && !name_is(first->as.Name.id, "__debug__") && local_register(c, first->as.Name.id, &src)) {
        expr_to(c, value, src);
        done = 1;
    } else if (targets->count == 1) {
        src = expr_operand(c, value, NO_REG, first);
    } else {
        src = expr_push(c, value);
    }
    for (size_t i = done; i < targets->count; i++)
        assign_from(c, targets->items[i], src);
}

// ---- op=

static void augmented_name(Compiler *c, const AstStmt *s, const AstExpr *target)
{
    const AstName *name = target->as.Name.id;
    const AstExpr *value = s->as.AugAssign.value;
    Reg reg;
    if (name_is(name, "__debug__"))
        return compile_error(c, target->span, "cannot assign to __debug__");
    if (local_register(c, name, &reg)) {
        Reg left = expr_operand(c, target, NO_REG, value);
        binary_operation(c, s->as.AugAssign.op, 1, reg, left, value);
        return;
    }
    reg = temp_push(c, 1);
    Span old = span_swap(c, target->span);
    load_name(c, name, reg);
    span_swap(c, old);
    binary_operation(c, s->as.AugAssign.op, 1, reg, reg, value);
    store_name(c, name, reg);
}

static void augmented_attribute(Compiler *c, const AstStmt *s, const AstExpr *target)
{
    const AstExpr *value = s->as.AugAssign.value;
    Reg object = expr_operand(c, target->as.Attribute.value, NO_REG, value), result = temp_push(c, 1);
    Span place = attribute_span(c, target->span, target), old = span_swap(c, place);
    emit_load_attr(c, result, object, target->as.Attribute.attr);
    span_swap(c, old);
    binary_operation(c, s->as.AugAssign.op, 1, result, result, value);
    span_swap(c, place);
    emit_store_attr(c, object, result, target->as.Attribute.attr);
    span_swap(c, old);
}

static void augmented_subscript(Compiler *c, const AstStmt *s, const AstExpr *target)
{
    const AstExpr *value = s->as.AugAssign.value;
    const AstExpr *index_expr = target->as.Subscript.slice;
    Reg object = expr_operand(c, target->as.Subscript.value, NO_REG, NULL);
    Reg index = expr_operand(c, index_expr, NO_REG, value), result = temp_push(c, 1);
    Span old = span_swap(c, target->span);
    emit(c, OP_LOAD_ITEM, result, object, index);
    span_swap(c, old);
    binary_operation(c, s->as.AugAssign.op, 1, result, result, value);
    span_swap(c, target->span);
    emit(c, OP_STORE_ITEM, object, index, result);
    span_swap(c, old);
}

void augmented_statement(Compiler *c, const AstStmt *s)
{
    const AstExpr *target = s->as.AugAssign.target;
    if (target->kind == EXPR_Name)
        augmented_name(c, s, target);
    else if (target->kind == EXPR_Attribute)
        augmented_attribute(c, s, target);
    else
        augmented_subscript(c, s, target);
}

// ---- annotated assignment

// A target that gets no value is still evaluated as far as its object and index.
static void evaluate_target(Compiler *c, const AstExpr *target)
{
    if (target->kind == EXPR_Attribute) {
        forbidden_name(c, target->as.Attribute.attr, CONTEXT_Store);
        expr_discard(c, target->as.Attribute.value);
    } else if (target->kind == EXPR_Subscript) {
        Reg mark = temp_mark(c), object, index;
        subscript_operands(c, target, &object, &index);
        temp_release(c, mark);
    }
}

static void store_annotation(Compiler *c, const AstStmt *s)
{
    const AstName *name = s->as.AnnAssign.target->as.Name.id;
    Reg value = temp_push(c, 1), dict = temp_push(c, 1), key = temp_push(c, 1);
    annotation_to(c, s->as.AnnAssign.annotation, value);
    load_str_name(c, "__annotations__", dict);
    name = name_mangle(c, c->unit->inner->class_name, name);
    emit_constant(c, from_object(name_str(c, name)), key);
    emit(c, OP_STORE_ITEM, dict, key, value);
}

void annotated_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_AnnAssign *a = &s->as.AnnAssign;
    bool is_name = a->target->kind == EXPR_Name;
    if (a->value) {
        Reg reg, mark = temp_mark(c);
        if (is_name && !name_is(a->target->as.Name.id, "__debug__") && local_register(c, a->target->as.Name.id, &reg))
            expr_to(c, a->value, reg);
        else
            assign_from(c, a->target, expr_operand(c, a->value, NO_REG, a->target));
        temp_release(c, mark);
    }
    if (is_name && forbidden_name(c, a->target->as.Name.id, CONTEXT_Store))
        return;
    bool in_function = scope_is_function(c->unit->scope);
    if (is_name && a->simple) {
        if (!in_function)
            store_annotation(c, s);
        return;
    }
    if (!a->value)
        evaluate_target(c, a->target);
    if (!in_function && !c->future_annotations)
        expr_discard(c, a->annotation);
}

// ---- del

static void delete_kind(Compiler *c, const AstExpr *e)
{
    Reg mark = temp_mark(c), object, index;
    const AstExprSeq *elts = sequence_elts(e);
    switch (e->kind) {
    case EXPR_Name:
        delete_name(c, e->as.Name.id);
        break;
    case EXPR_Attribute:
        object = expr_any(c, e->as.Attribute.value);
        c->unit->span = attribute_span(c, e->span, e);
        emit(c, OP_DELETE_ATTR, object, 0,
             constant_name(c, name_mangle(c, c->unit->inner->class_name, e->as.Attribute.attr)));
        break;
    case EXPR_Subscript:
        subscript_operands(c, e, &object, &index);
        emit(c, OP_DELETE_ITEM, object, index, 0);
        break;
    default:
        for (size_t i = 0; elts && i < elts->count; i++)
            delete_target(c, elts->items[i]);
    }
    temp_release(c, mark);
}

void delete_target(Compiler *c, const AstExpr *e)
{
    if (c->failed || !compile_enter(c))
        return;
    Span old = span_swap(c, e->span);
    delete_kind(c, e);
    span_swap(c, old);
    compile_leave(c);
}
