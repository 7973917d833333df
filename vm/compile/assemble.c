// SPDX-License-Identifier: MIT
//
// From the instruction buffer of a unit to a Code object: prologue (clearing and cells), layout with jump offsets and
// the long forms of jumps, final numbers of constants and caches (those with 16-bit operands first), handler table,
// positions.
#include "vm/compile/compiler.h"
#include "vm/compile/positions.h"

static const char *const operand_kinds[] = {
#define OP(name, operands, text) operands,
#include "vm/interp/opcodes.def"
};
static const char *const names[] = {
#define OP(name, operands, text) #name,
#include "vm/interp/opcodes.def"
};

const char *op_operands(uint32_t op) { return operand_kinds[op]; }
const char *op_name(uint32_t op) { return op < OP_COUNT ? names[op] : "?"; }

bool op_ends(uint32_t op)
{
    return op == OP_JUMP || op == OP_LOOP || op == OP_RETURN || op == OP_RETURN_K || op == OP_RAISE || op == OP_RERAISE;
}

typedef struct Assembly {
    Compiler *c;
    Unit *u;
    Code *code;
    uint32_t *offset;   // item -> instruction index; [count]: the end
    uint8_t *size;      // instructions of an item
    uint64_t *clear;    // variables to empty at entry
    uint32_t prologue, count;
    Reg scratch;        // for long compare jumps, 0: not needed
    uint32_t written;
    PositionWriter positions;
} Assembly;

// ---- prologue

static void put(Assembly *a, Instr instr, Span span)
{
    if (a->code)
        a->code->instrs[a->written] = instr;
    if (a->code && !position_add(&a->positions, span))
        a->c->failed = true;
    a->written++;
}

static bool wants_clear(const Assembly *a, Reg reg)
{
    const Unit *u = a->u;
    if (reg == u->handled)
        return true;
    if (reg >= u->nlocals)
        return false;
    const Symbol *symbol = u->variables[reg];
    if (symbol->flags & DEF_PARAM)
        return false;
    if (symbol->reach == REACH_CELL)
        return symbol->scope == u->scope;
    return u->scope->reads_frame || (a->clear[reg / 64] >> reg % 64 & 1);
}

static void write_prologue(Assembly *a)
{
    const Unit *u = a->u;
    Span span = {u->first_line, 0, u->first_line, 0};
    for (Reg r = 0; !(u->flags & CODE_ANY_GENERATOR) && r < u->first_temp; r++) {
        Reg end = r;
        while (end < u->first_temp && end - r < 256 && wants_clear(a, end))
            end++;
        if (end == r)
            continue;
        put(a, (Instr){.op = OP_CLEAR, .n = (uint8_t)(end - r - 1), .a = (uint16_t)r}, span);
        r = end - 1;
    }
    for (Reg r = 0; r < u->nlocals; r++) {
        const Symbol *symbol = u->variables[r];
        if (symbol->reach == REACH_CELL && symbol->scope == u->scope)
            put(a, (Instr){.op = OP_MAKE_CELL, .a = (uint16_t)r}, span);
    }
}

// ---- layout

static bool is_fused(uint32_t op) { return op_operands(op)[2] == 'o'; }

static int64_t distance(const Assembly *a, uint32_t i)
{
    return (int64_t)a->offset[a->u->labels[a->u->items[i].label]] - a->offset[i] - 1;
}

// Backward jumps must tick: those without become an opposite jump over a LOOP.
static bool needs_loop(const Assembly *a, const Item *item, int64_t jump)
{
    (void)a;
    bool silent = item->op == OP_JUMP_IF_FALSE || (item->op >= OP_JUMP_UNLESS_LT && item->op <= OP_JUMP_UNLESS_GE_K);
    return silent && jump < 0;
}

static bool is_far(int64_t jump) { return jump < INT16_MIN + 4 || jump > INT16_MAX - 4; }

static uint8_t item_size(Assembly *a, uint32_t i)
{
    const Item *item = &a->u->items[i];
    if (item->dead)
        return 0;
    if (item->label == NO_LABEL)
        return 1;
    int64_t jump = distance(a, i);
    if (is_fused(item->op) && is_far(jump))
        return 3;
    return needs_loop(a, item, jump) ? 2 : 1;
}

static void measure(Assembly *a)
{
    uint32_t at = a->prologue;
    for (uint32_t i = 0; i < a->u->count; i++) {
        a->offset[i] = at;
        at += a->size[i];
    }
    a->offset[a->u->count] = at;
    a->count = at;
}

// Sizes only grow, so this ends.
static void lay_out(Assembly *a)
{
    for (uint32_t i = 0; i < a->u->count; i++)
        a->size[i] = !a->u->items[i].dead;
    for (bool changed = true; changed;) {
        changed = false;
        measure(a);
        for (uint32_t i = 0; i < a->u->count; i++) {
            uint8_t size = item_size(a, i);
            if (size > a->size[i]) {
                a->size[i] = size;
                changed = true;
            }
        }
    }
}

// ---- numbers

static void number_constants(Unit *u)
{
    uint32_t next = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < u->constant_count; i++) {
            if (u->constants[i].narrow == (pass == 0))
                u->constants[i].index = next++;
        }
    }
}

static void number_caches(Unit *u)
{
    uint32_t next = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < u->cache_count; i++) {
            if (u->caches[i].wide == (pass == 1))
                u->caches[i].index = next++;
        }
    }
}

static uint32_t final_operand(const Unit *u, char kind, uint32_t value)
{
    if (kind == 'k' || kind == 'd')
        return u->constants[value].index;
    return kind == 'i' ? u->caches[value].index : value;
}

// ---- instructions

static Instr jump_to(Assembly *a, Opcode op, Reg reg, int64_t jump)
{
    (void)a;
    return (Instr){.op = (uint8_t)op, .a = (uint16_t)reg, .sbx = (int32_t)jump};
}

static Opcode plain_compare(uint32_t op)
{
    uint32_t base = op >= OP_JUMP_WHEN_LT ? OP_JUMP_WHEN_LT : OP_JUMP_UNLESS_LT;
    uint32_t k = op >= OP_JUMP_WHEN_LT ? OP_JUMP_WHEN_LT_K : OP_JUMP_UNLESS_LT_K;
    return op >= k ? op - k + OP_LT_K : op - base + OP_LT;
}

static void put_long_jump(Assembly *a, const Item *item, int64_t jump)
{
    if (item->op == OP_FOR_LOOP) {
        put(a, (Instr){.op = OP_FOR_ITER, .a = (uint16_t)item->a, .b = (uint16_t)item->b}, item->span);
        put(a, jump_to(a, OP_JUMP, 0, 1), item->span);
        put(a, jump_to(a, OP_LOOP, 0, jump - 2), item->span);
        return;
    }
    bool when = item->op >= OP_JUMP_WHEN_LT;
    uint32_t b = final_operand(a->u, op_operands(item->op)[1], item->b);
    Opcode op = plain_compare(item->op);
    put(a, (Instr){.op = (uint8_t)op, .a = (uint16_t)a->scratch, .b = (uint16_t)item->a, .c = (uint16_t)b}, item->span);
    bool backwards = jump < 0;
    Opcode test = (when != backwards) ? OP_JUMP_IF_TRUE : OP_JUMP_IF_FALSE;
    put(a, jump_to(a, test, a->scratch, backwards ? 1 : jump - 1), item->span);
    put(a, backwards ? jump_to(a, OP_LOOP, 0, jump - 2) : (Instr){.op = OP_NOP}, item->span);
}

static Opcode ticking_opposite(uint32_t op)
{
    return op == OP_JUMP_IF_FALSE ? OP_JUMP_IF_TRUE : op - OP_JUMP_UNLESS_LT + OP_JUMP_WHEN_LT;
}

static void put_jump(Assembly *a, uint32_t i)
{
    const Item *item = &a->u->items[i];
    int64_t jump = distance(a, i);
    if (a->size[i] == 3)
        return put_long_jump(a, item, jump);
    Opcode op = item->op == OP_JUMP && jump < 0 ? OP_LOOP : item->op;
    bool loop = a->size[i] == 2;
    if (loop)
        op = ticking_opposite(op);
    int64_t first = loop ? 1 : jump;
    if (is_fused(op)) {
        uint32_t b = final_operand(a->u, op_operands(op)[1], item->b);
        Instr fused = {
            .op = (uint8_t)op, .n = item->n, .a = (uint16_t)item->a, .b = (uint16_t)b, .c = (uint16_t)(int16_t)first};
        put(a, fused, item->span);
    } else {
        put(a, jump_to(a, op, item->a, first), item->span);
    }
    if (loop)
        put(a, jump_to(a, OP_LOOP, 0, jump - 1), item->span);
}

bool op_is_wide(uint32_t op)
{
    switch (op) {
    case OP_LOAD_K: case OP_RETURN_K: case OP_LOAD_GLOBAL: case OP_STORE_GLOBAL: case OP_DELETE_GLOBAL:
    case OP_LOAD_NAME: case OP_STORE_NAME: case OP_DELETE_NAME: case OP_LOAD_INT:
        return true;
    default:
        return false;
    }
}

static void put_plain(Assembly *a, const Item *item)
{
    const char *kinds = op_operands(item->op);
    uint32_t x = final_operand(a->u, kinds[0], item->a), y = final_operand(a->u, kinds[1], item->b);
    uint32_t z = final_operand(a->u, kinds[2], item->c);
    Instr instr = {.op = item->op, .n = item->n, .a = (uint16_t)x};
    if (op_is_wide(item->op)) {
        instr.bx = y;
    } else {
        if (x > UINT16_MAX || y > UINT16_MAX || z > UINT16_MAX)
            compile_error(a->c, item->span, "code block too large");
        instr.b = (uint16_t)y;
        instr.c = (uint16_t)z;
    }
    put(a, instr, item->span);
}

static void write_instructions(Assembly *a)
{
    for (uint32_t i = 0; i < a->u->count && !a->c->failed; i++) {
        const Item *item = &a->u->items[i];
        if (item->dead)
            continue;
        if (item->label != NO_LABEL)
            put_jump(a, i);
        else
            put_plain(a, item);
    }
}

// ---- the code object

static bool buffer(Compiler *c, Code *code, void *place, size_t count, size_t size)
{
    if (count == 0)
        return true;
    void *memory = gc_buffer(c->vm, count * size);
    if (!memory)
        return fail(c), false;
    *(void **)place = memory;
    gc_barrier(c->vm, code);
    return true;
}

static uint32_t count_cells(const Unit *u)
{
    uint32_t cells = 0;
    for (Reg r = 0; r < u->nlocals; r++)
        cells += u->variables[r]->reach == REACH_CELL;
    return cells;
}

static bool fill_names(Assembly *a)
{
    Compiler *c = a->c;
    Unit *u = a->u;
    Code *code = a->code;
    code->nlocals = (uint16_t)u->nlocals;
    code->ncells = (uint16_t)count_cells(u);
    code->nfree = (uint16_t)u->scope->free_count;
    if (!buffer(c, code, &code->varnames, code->nlocals, sizeof(Value)) ||
        !buffer(c, code, &code->cellnames, code->ncells, sizeof(Value)) ||
        !buffer(c, code, &code->freenames, code->nfree, sizeof(Value)) ||
        !buffer(c, code, &code->captures, code->nfree, sizeof(Capture)))
        return false;
    uint32_t cell = 0, free_index = 0;
    for (Reg r = 0; r < u->nlocals; r++) {
        Value name = from_object(name_str(c, u->variables[r]->name));
        code->varnames[r] = name;
        if (u->variables[r]->reach == REACH_CELL)
            code->cellnames[cell++] = name;
    }
    for (const FreeVar *v = u->scope->frees; v; v = v->next)
        code->freenames[free_index++] = from_object(name_str(c, v->binder->name));
    return !c->failed;
}

static bool fill_tables(Assembly *a)
{
    Compiler *c = a->c;
    Unit *u = a->u;
    Code *code = a->code;
    size_t cache_words = sizeof(Cache) / sizeof(Value);
    if (!buffer(c, code, &code->pool, u->cache_count * cache_words + u->constant_count, sizeof(Value)) ||
        !buffer(c, code, &code->handlers, u->handler_count, sizeof(Handler)) ||
        !buffer(c, code, &code->inlined, u->inlined_count, sizeof(Inlined)))
        return false;
    code->constants = (Value *)code->pool + u->cache_count * cache_words;
    for (uint32_t i = 0; i < u->constant_count; i++)
        code->constants[u->constants[i].index] = u->constants[i].value;
    for (uint32_t i = 0; i < u->cache_count; i++)
        code_cache(code, u->caches[i].index)->name = u->caches[i].name;
    code->constant_count = u->constant_count;
    code->cache_count = u->cache_count;
    code->name_cache_count = u->cache_count - u->narrow_caches;
    for (uint32_t i = 0; i < u->handler_count; i++) {
        const HandlerRange *h = &u->handlers[i];
        uint32_t start = a->offset[h->start], end = a->offset[h->end];
        if (start < end)
            code->handlers[code->handler_count++] = (Handler){start, end, a->offset[u->labels[h->handler]], h->reg};
    }
    for (uint32_t i = 0; i < u->inlined_count; i++) {
        const InlinedRange *r = &u->inlined[i];
        code->inlined[i] = (Inlined){a->offset[r->start], a->offset[r->end], r->parent, a->offset[r->call], r->name,
                                     r->qualname};
    }
    code->inlined_count = u->inlined_count;
    gc_barrier(c->vm, code);
    return true;
}

static void fill_header(Code *code, const Compiler *c, const Unit *u)
{
    code->flags = u->flags;
    code->nregs = (uint16_t)u->nregs;
    code->nparams = (uint16_t)u->nparams;
    code->simple_params = code->flags & CODE_SIMPLE ? code->nparams : NOT_SIMPLE;
    bool plain = !(code->flags & (CODE_VARARGS | CODE_VARKW)) && !u->nkwonly;
    code->simple_await =
        code->flags & CODE_COROUTINE && plain && !u->handler_count ? code->nparams : NOT_SIMPLE;
    code->nposonly = (uint16_t)u->nposonly;
    code->nkwonly = (uint16_t)u->nkwonly;
    code->handled_reg = (uint16_t)u->handled;
    code->ns_reg = (uint16_t)u->ns;
    code->attr_hint = (uint16_t)(u->scope->self_count < UINT16_MAX ? u->scope->self_count : UINT16_MAX);
    code->first_line = u->first_line;
    code->name = u->name;
    code->qualname = u->qualname;
    code->filename = c->filename;
    code->source_lines = VALUE_EMPTY;
}

// The optional CLEARs of comprehension variables stay only where one may be read unbound.
static void settle_clears(Assembly *a)
{
    for (uint32_t i = 0; i < a->u->count; i++) {
        Item *item = &a->u->items[i];
        if (item->maybe && !a->u->scope->reads_frame && !(a->clear[item->a / 64] >> item->a % 64 & 1))
            item->dead = true;
    }
}

static void reserve_scratch(Assembly *a)
{
    for (uint32_t i = 0; i < a->u->count && !a->scratch; i++) {
        if (a->size[i] == 3 && a->u->items[i].op != OP_FOR_LOOP)
            a->scratch = a->u->nregs++;
    }
}

static bool write_code(Assembly *a)
{
    Compiler *c = a->c;
    Code *code = a->code = code_new(c->vm);
    if (!code)
        return fail(c), false;
    fill_header(code, c, a->u);
    gc_barrier(c->vm, code);
    if (!buffer(c, code, &code->instrs, a->count, sizeof(Instr)) || !fill_names(a) || !fill_tables(a))
        return false;
    code->instr_count = a->count;
    a->written = 0;
    position_start(&a->positions, &c->arena);
    write_prologue(a);
    write_instructions(a);
    if (c->failed || !position_finish(&a->positions) || !buffer(c, code, &code->positions, a->positions.size, 1))
        return fail(c), false;
    memcpy(code->positions, a->positions.bytes, a->positions.size);
    code->positions_size = (uint32_t)a->positions.size;
    return true;
}

Code *assemble(Compiler *c, Unit *u)
{
    Assembly a = {.c = c, .u = u};
    if (c->failed)
        return NULL;
    flow_threads(c, u);
    a.clear = alloc(c, (u->nlocals / 64 + 1) * sizeof *a.clear);
    a.offset = alloc(c, (u->count + 1) * sizeof *a.offset);
    a.size = alloc(c, u->count + 1);
    if (c->failed || !flow_bound(c, u, a.clear))
        return NULL;
    settle_clears(&a);
    write_prologue(&a);
    a.prologue = a.written;
    lay_out(&a);
    reserve_scratch(&a);
    number_constants(u);
    number_caches(u);
    if (!write_code(&a))
        return NULL;
#ifndef NDEBUG
    char message[200];
    if (!code_verify(a.code, message, sizeof message)) {
        raise_exc(c->vm, EXC_SystemError, "compiler error: %s", message);
        return fail(c), NULL;
    }
#endif
    return a.code;
}
