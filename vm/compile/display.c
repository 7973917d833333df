// SPDX-License-Identifier: MIT
//
// Displays: lists, tuples, sets, dicts, slices, subscripts and f-strings. Short ones gather their items in consecutive
// registers; long ones, and those with `*` or `**`, are filled item by item, so that registers stay few.
#include "vm/compile/compiler.h"

typedef struct Builder {
    Opcode build, add, extend;
} Builder;

static const Builder list_builder = {OP_BUILD_LIST, OP_LIST_APPEND, OP_LIST_EXTEND};
static const Builder set_builder = {OP_BUILD_SET, OP_SET_ADD, OP_SET_UPDATE};

static bool has_star(const AstExprSeq *elts)
{
    for (size_t i = 0; i < elts->count; i++) {
        if (elts->items[i]->kind == EXPR_Starred)
            return true;
    }
    return false;
}

static void gather(Compiler *c, Opcode build, const AstExprSeq *elts, Reg dst)
{
    Reg mark = temp_mark(c);
    for (size_t i = 0; i < elts->count && !c->failed; i++)
        expr_push(c, elts->items[i]);
    emit(c, build, dst, elts->count ? mark : 0, (uint32_t)elts->count);
    temp_release(c, mark);
}

// Fills R[result], a temporary, item by item; the leading plain items are gathered.
static void fill(Compiler *c, const Builder *builder, const AstExprSeq *elts, Reg result)
{
    Reg mark = temp_mark(c);
    size_t i = 0;
    for (; i < elts->count && i < DISPLAY_CHUNK && elts->items[i]->kind != EXPR_Starred && !c->failed; i++)
        expr_push(c, elts->items[i]);
    emit(c, builder->build, result, i ? mark : 0, (uint32_t)i);
    temp_release(c, mark);
    for (; i < elts->count && !c->failed; i++) {
        const AstExpr *e = elts->items[i];
        bool starred = e->kind == EXPR_Starred;
        Reg item = expr_any(c, starred ? e->as.Starred.value : e);
        emit(c, starred ? builder->extend : builder->add, result, item, 0);
        temp_release(c, mark);
    }
}

static bool is_short(const AstExprSeq *elts) { return elts->count <= DISPLAY_CHUNK && !has_star(elts); }

static void display_to(Compiler *c, const Builder *builder, const AstExprSeq *elts, Reg dst)
{
    Value items;
    bool constant = builder == &list_builder && elts->count >= 3 && fold_items(c, elts, &items);
    if (!constant && is_short(elts))
        return gather(c, builder->build, elts, dst);
    Reg mark = temp_mark(c), result = is_temp(c, dst) ? dst : temp_push(c, 1);
    if (constant) {
        Reg tuple = temp_push(c, 1);
        emit(c, OP_BUILD_LIST, result, 0, 0);
        emit_constant(c, items, tuple);
        emit(c, OP_LIST_EXTEND, result, tuple, 0);
    } else {
        fill(c, builder, elts, result);
    }
    emit_move(c, dst, result);
    temp_release(c, mark);
}

void list_to(Compiler *c, const AstExprSeq *elts, Reg dst) { display_to(c, &list_builder, elts, dst); }

void set_to(Compiler *c, const AstExprSeq *elts, Reg dst) { display_to(c, &set_builder, elts, dst); }

void tuple_to(Compiler *c, const AstExprSeq *elts, Reg dst)
{
    if (is_short(elts))
        return gather(c, OP_BUILD_TUPLE, elts, dst);
    Reg mark = temp_mark(c), list = is_temp(c, dst) ? dst : temp_push(c, 1);
    fill(c, &list_builder, elts, list);
    emit(c, OP_LIST_TO_TUPLE, dst, list, 0);
    temp_release(c, mark);
}

void dict_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstExprSeq *keys = &e->as.Dict.keys, *values = &e->as.Dict.values;
    Reg start = temp_mark(c), result = is_temp(c, dst) ? dst : temp_push(c, 1), mark = temp_mark(c);
    size_t i = 0, limit = keys->count <= DISPLAY_CHUNK / 2 ? keys->count : 0;
    for (; i < limit && keys->items[i] && !c->failed; i++) {
        expr_push(c, keys->items[i]);
        expr_push(c, values->items[i]);
    }
    bool whole = i == keys->count;
    emit(c, OP_BUILD_MAP, whole ? dst : result, i ? mark : 0, (uint32_t)i);
    temp_release(c, mark);
    for (; i < keys->count && !c->failed; i++) {
        if (keys->items[i]) {
            Reg key = expr_operand(c, keys->items[i], NO_REG, values->items[i]);
            emit(c, OP_MAP_ADD, result, key, expr_any(c, values->items[i]));
        } else {
            emit(c, OP_DICT_UPDATE, result, expr_any(c, values->items[i]), 0);
        }
        temp_release(c, mark);
    }
    if (!whole)
        emit_move(c, dst, result);
    temp_release(c, start);
}

// ---- subscripts

static void push_bound(Compiler *c, const AstExpr *e)
{
    Reg reg = temp_push(c, 1);
    if (e)
        expr_to(c, e, reg);
    else
        emit_none(c, reg);
}

void slice_to(Compiler *c, const AstExpr *e, Reg dst)
{
    Reg mark = temp_mark(c);
    push_bound(c, e->as.Slice.lower);
    push_bound(c, e->as.Slice.upper);
    push_bound(c, e->as.Slice.step);
    emit(c, OP_BUILD_SLICE, dst, mark, 0);
    temp_release(c, mark);
}

void subscript_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstExpr *index = e->as.Subscript.slice;
    check_subscript(c, e);
    Reg mark = temp_mark(c), object = expr_operand(c, e->as.Subscript.value, dst, index);
    Value v;
    uint32_t id;
    if (index->kind == EXPR_Slice && !index->as.Slice.step) {
        Reg bounds = temp_mark(c);
        push_bound(c, index->as.Slice.lower);
        push_bound(c, index->as.Slice.upper);
        emit(c, OP_LOAD_SLICE, dst, object, bounds);
    } else if (fold(c, index, &v) && (id = constant_id(c, v), constant_narrow(c, id))) {
        emit(c, OP_LOAD_ITEM_K, dst, object, id);
    } else {
        emit(c, OP_LOAD_ITEM, dst, object, expr_any(c, index));
    }
    temp_release(c, mark);
}

// ---- f-strings

// A replacement field; in the format specification of a template string it arrives as an Interpolation.
void formatted_to(Compiler *c, const AstExpr *e, Reg dst)
{
    static const uint8_t conversions[] = {['s'] = 1, ['r'] = 2, ['a'] = 3};
    bool plain = e->kind == EXPR_FormattedValue;
    const AstExpr *operand = plain ? e->as.FormattedValue.value : e->as.Interpolation.value;
    const AstExpr *spec = plain ? e->as.FormattedValue.format_spec : e->as.Interpolation.format_spec;
    int conversion = plain ? e->as.FormattedValue.conversion : e->as.Interpolation.conversion;
    uint8_t n = conversion > 0 ? conversions[conversion] : 0;
    Reg mark = temp_mark(c), format = 0;
    Reg value = expr_operand(c, operand, dst, spec ? spec : &nothing_follows);
    if (spec) {
        format = temp_push(c, 1);
        if (spec->kind == EXPR_JoinedStr)
            joined_to(c, spec, format);
        else
            expr_to(c, spec, format);
        n |= 4;
    }
    emit_n(c, OP_FORMAT_VALUE, n, dst, value, format);
    temp_release(c, mark);
}

// Concatenates values[from..to) into dst, in groups of groups when there are many.
static void join_range(Compiler *c, const AstExprSeq *values, size_t from, size_t to, Reg dst)
{
    Reg mark = temp_mark(c);
    size_t step = 1;
    while ((to - from + step - 1) / step > DISPLAY_CHUNK)
        step *= DISPLAY_CHUNK;
    uint32_t count = 0;
    for (size_t i = from; i < to && !c->failed; i += step, count++) {
        Reg part = temp_push(c, 1);
        if (step == 1)
            expr_to(c, values->items[i], part);
        else
            join_range(c, values, i, i + step < to ? i + step : to, part);
    }
    emit(c, OP_BUILD_STRING, dst, mark, count);
    temp_release(c, mark);
}

void joined_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstExprSeq *values = &e->as.JoinedStr.values;
    if (values->count == 0)
        emit_constant(c, from_object(c->vm->empty_str), dst);
    else if (values->count == 1)
        expr_to(c, values->items[0], dst);
    else
        join_range(c, values, 0, values->count, dst);
}
