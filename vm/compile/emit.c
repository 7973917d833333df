// SPDX-License-Identifier: MIT
//
// The instruction buffer of a unit: instructions, labels, temporaries, caches and handler ranges. Nothing here knows
// the AST. Temporaries are a stack above the variables: `mark = temp_mark(); ... temp_release(mark)`.
#include "vm/compile/compiler.h"

static Item *new_item(Compiler *c)
{
    Unit *u = c->unit;
    if (!array_reserve(c, &u->items, u->count, &u->capacity, sizeof *u->items))
        return NULL;
    if (u->count >= INT32_MAX / 4) {
        compile_error(c, u->span, "code block too large");
        return NULL;
    }
    if ((u->count & 0xFFF) == 0xFFF && !vm_tick(c->vm)) // finally bodies are copied: a small source may grow a lot
        return fail(c), NULL;
    Item *item = &u->items[u->count++];
    *item = (Item){.label = NO_LABEL, .span = u->span};
    return item;
}

uint32_t emit_n(Compiler *c, Opcode op, uint8_t n, uint32_t a, uint32_t b, uint32_t third)
{
    Item *item = new_item(c);
    if (!item)
        return 0;
    item->op = (uint8_t)op;
    item->n = n;
    item->a = a;
    item->b = b;
    item->c = third;
    return c->unit->count - 1;
}

uint32_t emit(Compiler *c, Opcode op, uint32_t a, uint32_t b, uint32_t third)
{
    return emit_n(c, op, 0, a, b, third);
}

void emit_jump(Compiler *c, Opcode op, uint32_t a, uint32_t b, Label label)
{
    uint32_t i = emit(c, op, a, b, 0);
    if (!c->failed)
        c->unit->items[i].label = label;
}

void emit_move(Compiler *c, Reg dst, Reg src)
{
    if (dst != src)
        emit(c, OP_MOVE, dst, src, 0);
}

void emit_constant(Compiler *c, Value v, Reg dst)
{
    if (is_small(v) && as_small(v) >= INT32_MIN && as_small(v) <= INT32_MAX)
        emit(c, OP_LOAD_INT, dst, (uint32_t)as_small(v), 0);
    else
        emit(c, OP_LOAD_K, dst, constant_id(c, v), 0);
}

void emit_none(Compiler *c, Reg dst) { emit_constant(c, VALUE_NONE, dst); }

Label label_new(Compiler *c)
{
    Unit *u = c->unit;
    if (!array_reserve(c, &u->labels, u->label_count, &u->label_capacity, sizeof *u->labels))
        return 0;
    u->labels[u->label_count] = NO_LABEL;
    return u->label_count++;
}

void label_place(Compiler *c, Label label)
{
    if (!c->failed)
        c->unit->labels[label] = c->unit->count;
}

Reg temp_push(Compiler *c, uint32_t count)
{
    Unit *u = c->unit;
    Reg first = u->temp_top;
    if (count > MAX_REG || first + count > MAX_REG) {
        compile_error(c, u->span, "too many temporary values in one code block");
        return first;
    }
    u->temp_top = first + count;
    if (u->temp_top > u->nregs)
        u->nregs = u->temp_top;
    return first;
}

static uint32_t new_cache(Compiler *c, Str *name, bool wide)
{
    Unit *u = c->unit;
    if (!array_reserve(c, &u->caches, u->cache_count, &u->cache_capacity, sizeof *u->caches))
        return 0;
    u->caches[u->cache_count] = (CacheName){.name = name, .wide = wide};
    u->narrow_caches += !wide;
    return u->cache_count++;
}

uint32_t cache_name(Compiler *c, const AstName *name)
{
    if (c->unit->narrow_caches == MAX_NARROW)
        return NO_LABEL;
    return new_cache(c, name_str(c, name), false);
}

uint32_t cache_wide(Compiler *c, Str *name) { return new_cache(c, name, true); }

void region_open(Compiler *c, Region *region, Label handler, Reg reg)
{
    *region = (Region){c->unit->count, handler, reg};
}

void region_close(Compiler *c, Region *region)
{
    Unit *u = c->unit;
    if (region->start == u->count ||
        !array_reserve(c, &u->handlers, u->handler_count, &u->handler_capacity, sizeof *u->handlers))
        return;
    u->handlers[u->handler_count++] = (HandlerRange){region->start, u->count, region->handler, region->reg};
}
