// SPDX-License-Identifier: MIT
//
// Constant folding: literals, tuples of constants, and operators on them, as far as CPython folds them. A result that
// would be large, or an operation that raises, is left to run time. Only immutable built-in values take part, so no
// script runs.
#include "vm/compile/compiler.h"

enum {
    MAX_INT_BITS = 128,
    MAX_STR_SIZE = 4096,
    MAX_COLLECTION_SIZE = 256,
    MAX_TOTAL_ITEMS = 1024,
};

// ---- limits

static int64_t bit_length(Value v)
{
    int64_t n;
    if (int_fits_i64(v, &n))
        return n == 0 ? 0 : 64 - __builtin_clzll(n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
    Int *big = (Int *)as_object(v);
    return (big->count < 0 ? -big->count : big->count) * 64;
}

static int64_t item_total(Value v, int64_t limit)
{
    if (!is_tuple(v))
        return 1;
    int64_t total = as_tuple(v)->count;
    for (int64_t i = 0; i < as_tuple(v)->count && total <= limit; i++)
        total += is_tuple(as_tuple(v)->items[i]) ? item_total(as_tuple(v)->items[i], limit) : 0;
    return total;
}

static bool repeat_fits(Value count, Value sequence)
{
    int64_t n;
    if (!int_fits_i64(count, &n) || n < 0)
        return n < 0;
    int64_t size = is_str(sequence) ? as_str(sequence)->length : is_bytes(sequence) ? (int64_t)as_bytes(sequence)->size
                                                                                   : as_tuple(sequence)->count;
    if (size == 0)
        return true;
    if (is_tuple(sequence))
        return n <= MAX_COLLECTION_SIZE / size && item_total(sequence, MAX_TOTAL_ITEMS) * n <= MAX_TOTAL_ITEMS;
    return n <= MAX_STR_SIZE / size;
}

static bool is_sequence(Value v) { return is_str(v) || is_bytes(v) || is_tuple(v); }

static bool result_fits(AstBinaryOp op, Value l, Value r)
{
    bool ints = is_int(l) && is_int(r);
    int64_t n;
    switch (op) {
    case BINARY_Mult:
        if (ints)
            return bit_length(l) + bit_length(r) <= MAX_INT_BITS;
        if (is_int(l) && is_sequence(r))
            return repeat_fits(l, r);
        return !is_int(r) || !is_sequence(l) || repeat_fits(r, l);
    case BINARY_Pow:
        if (!ints)
            return true;
        return int_sign(r) <= 0 || (int_fits_i64(r, &n) && n <= MAX_INT_BITS && bit_length(l) * n <= MAX_INT_BITS);
    case BINARY_LShift:
        if (!ints)
            return true;
        return int_sign(r) <= 0 || (int_fits_i64(r, &n) && n <= MAX_INT_BITS && bit_length(l) + n <= MAX_INT_BITS);
    case BINARY_Mod:
        return !is_str(l) && !is_bytes(l);
    default:
        return true;
    }
}

// ---- operators

static const BinaryOp vm_binary[] = {
    [BINARY_Add] = BINARY_ADD, [BINARY_Sub] = BINARY_SUB, [BINARY_Mult] = BINARY_MUL, [BINARY_MatMult] = BINARY_MATMUL,
    [BINARY_Div] = BINARY_TRUEDIV, [BINARY_Mod] = BINARY_MOD, [BINARY_Pow] = BINARY_POW,
    [BINARY_LShift] = BINARY_LSHIFT,
    [BINARY_RShift] = BINARY_RSHIFT, [BINARY_BitOr] = BINARY_OR, [BINARY_BitXor] = BINARY_XOR,
    [BINARY_BitAnd] = BINARY_AND, [BINARY_FloorDiv] = BINARY_FLOORDIV,
};

// Takes the result of an operation: an error means "not folded", but a lack of memory is not hidden.
static bool take(Compiler *c, Value v, Value *out)
{
    if (v == VALUE_EMPTY) {
        if (error_is(c->vm, EXC_Exception) && !error_is(c->vm, EXC_MemoryError))
            error_clear(c->vm);
        else
            fail(c);
        return false;
    }
    *out = constant_intern(c, v);
    return !c->failed;
}

static bool fold_binary(Compiler *c, const AstExpr *e, Value *out)
{
    Value l, r;
    if (!fold(c, e->as.BinOp.right, &r) || !fold(c, e->as.BinOp.left, &l))
        return false;
    return result_fits(e->as.BinOp.op, l, r) && take(c, binary_op(c->vm, vm_binary[e->as.BinOp.op], l, r), out);
}

static bool fold_unary(Compiler *c, const AstExpr *e, Value *out)
{
    static const UnaryOp ops[] = {[UNARY_Invert] = UNARY_INVERT, [UNARY_UAdd] = UNARY_POS, [UNARY_USub] = UNARY_NEG};
    Value v;
    if (!fold(c, e->as.UnaryOp.operand, &v))
        return false;
    if (e->as.UnaryOp.op == UNARY_Not) {
        int truth = object_truth(c->vm, v);
        return truth >= 0 && (*out = from_bool(!truth), true);
    }
    return take(c, unary_op(c->vm, ops[e->as.UnaryOp.op], v), out);
}

static bool fold_subscript(Compiler *c, const AstExpr *e, Value *out)
{
    Value object, index;
    if (e->as.Subscript.ctx != CONTEXT_Load || !fold(c, e->as.Subscript.slice, &index) ||
        !fold(c, e->as.Subscript.value, &object))
        return false;
    return is_sequence(object) && take(c, object_getitem(c->vm, object, index), out);
}

bool fold_items(Compiler *c, const AstExprSeq *elts, Value *out)
{
    Value v;
    if (elts->count == 0 || !fold(c, elts->items[elts->count - 1], &v) || !fold(c, elts->items[0], &v))
        return false;
    Tuple *items = tuple_new(c->vm, (int64_t)elts->count);
    if (!items)
        return fail(c), false;
    for (size_t i = 0; i < elts->count; i++) {
        if (!fold(c, elts->items[i], &v))
            return false;
        items->items[i] = v;
        gc_barrier(c->vm, items);
    }
    *out = constant_intern(c, from_object(items));
    return !c->failed;
}

static Value frozen_set(Compiler *c, const Tuple *items)
{
    Set *set = set_new(c->vm, true);
    for (int64_t i = 0; set && i < items->count; i++) {
        if (!set_add(c->vm, set, items->items[i]))
            return VALUE_EMPTY;
    }
    return set ? from_object(set) : VALUE_EMPTY;
}

bool fold_container(Compiler *c, const AstExpr *e, Value *out)
{
    if (e->kind == EXPR_List)
        return fold_items(c, &e->as.List.elts, out);
    if (e->kind != EXPR_Set || !fold_items(c, &e->as.Set.elts, out))
        return false;
    *out = constant_intern(c, frozen_set(c, as_tuple(*out)));
    return !c->failed;
}

// ---- the switch

static bool fold_kind(Compiler *c, const AstExpr *e, Value *out)
{
    switch (e->kind) {
    case EXPR_Constant:
        *out = constant_value(c, &e->as.Constant.value);
        return !c->failed;
    case EXPR_BinOp: return fold_binary(c, e, out);
    case EXPR_UnaryOp: return fold_unary(c, e, out);
    case EXPR_Subscript: return fold_subscript(c, e, out);
    case EXPR_Tuple:
        if (e->as.Tuple.ctx != CONTEXT_Load)
            return false;
        if (e->as.Tuple.elts.count)
            return fold_items(c, &e->as.Tuple.elts, out);
        *out = c->vm->empty_tuple;
        return true;
    case EXPR_Name:
        *out = VALUE_TRUE;
        return e->as.Name.ctx == CONTEXT_Load && name_is(e->as.Name.id, "__debug__");
    default: return false;
    }
}

bool fold(Compiler *c, const AstExpr *e, Value *out)
{
    if (c->failed || !compile_enter(c))
        return false;
    bool constant = fold_kind(c, e, out);
    compile_leave(c);
    return constant && !c->failed;
}

int fold_truth(Compiler *c, const AstExpr *e)
{
    Value v;
    return fold(c, e, &v) ? object_truth(c->vm, v) : -1;
}
