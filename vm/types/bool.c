// SPDX-License-Identifier: MIT
//
// bool: the two immediates True and False. Its type derives from int: arithmetic and methods are int's, except that
// and, or, xor of two bools give a bool.

#include "int.h"

#include "int_big.h"

static Value repr_op(VM *vm, Value self)
{
    Str *s = str_intern_text(vm, self == VALUE_TRUE ? "True" : "False", self == VALUE_TRUE ? 4 : 5);
    return s ? from_object(s) : VALUE_EMPTY;
}

static Value format_op(VM *vm, Value self, Str *spec)
{
    return spec->size ? format_int(vm, self, spec) : repr_op(vm, self);
}

static bool hash_op(VM *vm, Value self, int64_t *out)
{
    (void)vm;
    *out = self == VALUE_TRUE;
    return true;
}

static int truth_op(VM *vm, Value self)
{
    (void)vm;
    return self == VALUE_TRUE;
}

static Value binary_op_bool(VM *vm, BinaryOp op, Value l, Value r)
{
    if (!is_bool(l) || !is_bool(r))
        return int_binary(vm, op, l, r);
    bool x = l == VALUE_TRUE, y = r == VALUE_TRUE;
    switch (op) {
    case BINARY_AND: return from_bool(x && y);
    case BINARY_OR: return from_bool(x || y);
    case BINARY_XOR: return from_bool(x != y);
    default: return int_binary(vm, op, l, r);
    }
}

static Value bool_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int truth = args[1] == VALUE_EMPTY ? 0 : object_truth(vm, args[1]);
    return truth < 0 ? VALUE_EMPTY : from_bool(truth);
}

#define BOOL_BINARY (BIT(BINARY_COUNT) - 1 - BIT(BINARY_MATMUL))

static const TypeOps bool_ops = {
    .repr = repr_op,
    .format = format_op,
    .hash = hash_op,
    .compare = int_richcompare,
    .compare_mask = ALL_COMPARES,
    .binary = binary_op_bool,
    .binary_mask = BOOL_BINARY,
    .reflected_mask = BOOL_BINARY,
    .unary = int_unary,
    .unary_mask = BIT(UNARY_COUNT) - 1 - BIT(UNARY_COMPLEX),
    .truth = truth_op,
};

const TypeDef bool_def = {
    .name = "bool",
    .kind = KIND_BOOL,
    .size = sizeof(Object),
    .ops = &bool_ops,
    .make = {"bool(cls, x=<unset>, /)", bool_make, NULL, 0, 0, 0},
    .doc = "bool(x) -> bool\n\nTrue when x counts as true, False otherwise. There are no other instances.",
};
