// SPDX-License-Identifier: MIT
//
// A check of finished code against opcodes.def, run in debug builds on everything the compiler makes: operands in
// range, jumps inside the code, call windows inside the frame, handlers and inlined ranges in order, no end to run
// off.
#include <stdio.h>

#include "vm/compile/compiler.h"

typedef struct Check {
    const Code *code;
    char *message;
    size_t size;
} Check;

static bool refuse(Check *k, uint32_t i, const char *what)
{
    snprintf(k->message, k->size, "%s: instruction %u (%s): %s", k->code->qualname->data, i,
             op_name(k->code->instrs[i].op), what);
    return false;
}

static bool jump_fits(const Check *k, uint32_t i, int64_t jump)
{
    int64_t target = (int64_t)i + 1 + jump;
    return target >= 0 && target < k->code->instr_count;
}

static bool operand_fits(const Check *k, char kind, uint32_t value)
{
    const Code *code = k->code;
    switch (kind) {
    case 'r': case 'w': case 'x': return value < code->nregs;
    case 'k': return value < code->constant_count;
    case 'i': return value < code->cache_count;
    case 'f': return value < code->nfree;
    case 'd': return value < code->constant_count && has_kind(code->constants[value], KIND_CODE);
    default: return true;
    }
}

// Registers that an instruction uses beyond those it names.
static uint32_t last_register(const Instr *in)
{
    switch (in->op) {
    case OP_CLEAR: return in->a + in->n;
    case OP_CALL: case OP_CALL_KW: return in->a + FRAME_HEADER - 1u + in->b;
    case OP_CALL_METHOD: case OP_CALL_METHOD_KW: return in->a + FRAME_HEADER - 1u + in->b;
    case OP_CALL_EX: return in->a + FRAME_HEADER + in->n;
    case OP_LOAD_METHOD: return in->a + FRAME_HEADER;
    case OP_BUILD_LIST: case OP_BUILD_TUPLE: case OP_BUILD_SET: case OP_BUILD_STRING:
        return in->c ? in->b + in->c - 1u : 0;
    case OP_BUILD_MAP: return in->c ? in->b + 2u * in->c - 1u : 0;
    case OP_UNPACK: return in->c ? in->a + in->c - 1u : 0;
    case OP_UNPACK_EX: return in->a + in->c + in->n;
    case OP_LOAD_SLICE: return in->c + 1u;
    case OP_BUILD_SLICE: return in->b + 2u;
    case OP_EXC_INFO: return in->a + 2u;
    case OP_MATCH_GROUP: return in->a + 1u;
    case OP_IMPORT_NAME: return in->c + 1u;
    case OP_MAKE_FUNCTION: return in->n & 4 ? in->c + 2u : in->n & 2 ? in->c + 1u : in->n ? in->c : 0;
    default: return 0;
    }
}

static bool verify_instr(Check *k, uint32_t i)
{
    const Instr *in = &k->code->instrs[i];
    const char *kinds = op_operands(in->op);
    bool unused_c = (in->op == OP_MAKE_FUNCTION && in->n == 0) || (in->op == OP_FORMAT_VALUE && !(in->n & 4)) ||
                    in->op == OP_DICT_UPDATE;
    bool empty_b = (in->op >= OP_BUILD_TUPLE && in->op <= OP_BUILD_STRING && in->c == 0) ||
                   (in->op == OP_RAISE && in->n < 2);
    bool unused_a = in->op == OP_RAISE && in->n == 0;
    if (in->op >= OP_COUNT)
        return refuse(k, i, "unknown operation");
    if (!unused_a && !operand_fits(k, kinds[0], in->a))
        return refuse(k, i, "first operand");
    if (kinds[1] == 's')
        return jump_fits(k, i, in->sbx) || refuse(k, i, "jump");
    if (op_is_wide(in->op))
        return operand_fits(k, kinds[1], in->bx) || refuse(k, i, "wide operand");
    if (!empty_b && !operand_fits(k, kinds[1], in->b))
        return refuse(k, i, "second operand");
    if (kinds[2] == 'o')
        return jump_fits(k, i, (int16_t)in->c) || refuse(k, i, "jump");
    if (!unused_c && !operand_fits(k, kinds[2], in->c))
        return refuse(k, i, "third operand");
    return last_register(in) < k->code->nregs || last_register(in) == 0 || refuse(k, i, "register beyond the frame");
}

static bool verify_tables(Check *k)
{
    const Code *code = k->code;
    for (uint32_t i = 0; i < code->handler_count; i++) {
        const Handler *h = &code->handlers[i];
        if (h->start >= h->end || h->end > code->instr_count || h->target >= code->instr_count ||
            h->reg >= code->nregs) {
            snprintf(k->message, k->size, "%s: handler %u", code->qualname->data, i);
            return false;
        }
    }
    for (uint32_t i = 0; i < code->inlined_count; i++) {
        const Inlined *r = &code->inlined[i];
        if (r->start > r->end || r->end > code->instr_count || r->parent > i) {
            snprintf(k->message, k->size, "%s: inlined range %u", code->qualname->data, i);
            return false;
        }
    }
    return true;
}

bool code_verify(const Code *code, char *message, size_t size)
{
    Check k = {code, message, size};
    if (code->instr_count == 0 || !op_ends(code->instrs[code->instr_count - 1].op)) {
        snprintf(message, size, "%s: the code runs off its end", code->qualname->data);
        return false;
    }
    for (uint32_t i = 0; i < code->instr_count; i++) {
        if (!verify_instr(&k, i))
            return false;
    }
    return verify_tables(&k);
}
