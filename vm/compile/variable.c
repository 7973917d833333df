// SPDX-License-Identifier: MIT
//
// Loading, storing and deleting names: what the symbol table says about a name becomes one instruction. Function
// variables are registers, captured ones cells in registers; class bodies and exec code keep names in a dict, modules
// in the globals.
#include "vm/compile/compiler.h"

typedef enum Place {
    PLACE_REGISTER,
    PLACE_CELL,
    PLACE_FREE,
    PLACE_GLOBAL,
    PLACE_NAMESPACE,
    PLACE_SPILL, // beyond the registers: item of a dict
} Place;

typedef struct Variable {
    Place place;
    uint32_t index;  // register or free index
    Symbol *symbol;  // the binding one; NULL for names the symbol table does not know
    Str *name;       // mangled
} Variable;

static Place global_place(Compiler *c, const Symbol *symbol)
{
    const Unit *u = c->unit;
    if (symbol && symbol->reach == REACH_GLOBAL_EXPLICIT)
        return PLACE_GLOBAL;
    return u->scope->kind == SCOPE_CLASS || (u->flags & CODE_NAMESPACE) ? PLACE_NAMESPACE : PLACE_GLOBAL;
}

static Variable find(Compiler *c, const AstName *name)
{
    Unit *u = c->unit;
    name = name_mangle(c, u->inner->class_name, name);
    Symbol *symbol = scope_find(u->inner, name);
    while (symbol && symbol->reach == REACH_ALIAS)
        symbol = symbol->target;
    Variable v = {.symbol = symbol, .name = name_str(c, name)};
    if (!symbol || symbol->reach == REACH_GLOBAL || symbol->reach == REACH_GLOBAL_EXPLICIT)
        v.place = global_place(c, symbol);
    else if (symbol->reach == REACH_FREE) {
        v.place = PLACE_FREE;
        v.index = scope_free_index(c, u->scope, symbol->target);
    } else if (!scope_is_function(symbol->scope))
        v.place = global_place(c, symbol);
    else {
        v.place = symbol->reach == REACH_CELL ? PLACE_CELL : symbol->spilled ? PLACE_SPILL : PLACE_REGISTER;
        v.index = symbol->reg;
    }
    return v;
}

bool local_register(Compiler *c, const AstName *name, Reg *reg)
{
    if (c->failed)
        return false;
    Variable v = find(c, name);
    *reg = v.index;
    return v.place == PLACE_REGISTER;
}

Symbol *local_symbol(Compiler *c, const AstName *name)
{
    return find(c, name).symbol;
}

bool class_free_index(Compiler *c, uint32_t *index)
{
    const AstName *name = name_of(c, "__class__");
    if (!name)
        return false;
    Variable v = find(c, name);
    *index = v.index;
    return v.place == PLACE_FREE;
}

// Parameters are bound from the start; for the others the flow analysis drops the checks that cannot fail.
void check_bound(Compiler *c, Symbol *symbol)
{
    if (!(symbol->flags & DEF_PARAM) || (symbol->flags & DEF_DELETE))
        emit(c, OP_CHECK_LOCAL, symbol->reg, 0, 0);
}

static void spill_access(Compiler *c, Opcode op, Str *name, Reg reg)
{
    Reg mark = temp_mark(c), key = temp_push(c, 1);
    emit(c, OP_LOAD_K, key, constant_id(c, from_object(name)), 0);
    if (op == OP_LOAD_ITEM)
        emit(c, op, reg, c->unit->spill, key);
    else
        emit(c, op, c->unit->spill, key, reg);
    temp_release(c, mark);
}

static void load(Compiler *c, Variable v, Reg dst)
{
    switch (v.place) {
    case PLACE_REGISTER:
        check_bound(c, v.symbol);
        emit_move(c, dst, v.index);
        return;
    case PLACE_CELL: emit(c, OP_LOAD_CELL, dst, v.index, 0); return;
    case PLACE_FREE:
        if (c->unit->scope->kind == SCOPE_CLASS) {
            uint32_t name = constant_id(c, from_object(v.name));
            if (constant_narrow(c, name)) {
                emit(c, OP_LOAD_CLASSDEREF, dst, v.index, name);
                return;
            }
        }
        emit(c, OP_LOAD_FREE, dst, v.index, 0);
        return;
    case PLACE_GLOBAL: emit(c, OP_LOAD_GLOBAL, dst, cache_wide(c, v.name), 0); return;
    case PLACE_NAMESPACE: emit(c, OP_LOAD_NAME, dst, cache_wide(c, v.name), 0); return;
    case PLACE_SPILL: spill_access(c, OP_LOAD_ITEM, v.name, dst); return;
    }
}

static void store(Compiler *c, Variable v, Reg src)
{
    switch (v.place) {
    case PLACE_REGISTER: emit_move(c, v.index, src); return;
    case PLACE_CELL: emit(c, OP_STORE_CELL, v.index, src, 0); return;
    case PLACE_FREE: emit(c, OP_STORE_FREE, src, v.index, 0); return;
    case PLACE_GLOBAL: emit(c, OP_STORE_GLOBAL, src, cache_wide(c, v.name), 0); return;
    case PLACE_NAMESPACE: emit(c, OP_STORE_NAME, src, constant_id(c, from_object(v.name)), 0); return;
    case PLACE_SPILL: spill_access(c, OP_STORE_ITEM, v.name, src); return;
    }
}

static void delete(Compiler *c, Variable v)
{
    switch (v.place) {
    case PLACE_REGISTER: emit(c, OP_DELETE_LOCAL, v.index, 0, 0); return;
    case PLACE_CELL: emit(c, OP_DELETE_CELL, v.index, 0, 0); return;
    case PLACE_FREE: emit(c, OP_DELETE_FREE, 0, v.index, 0); return;
    case PLACE_GLOBAL: emit(c, OP_DELETE_GLOBAL, 0, constant_id(c, from_object(v.name)), 0); return;
    case PLACE_NAMESPACE: emit(c, OP_DELETE_NAME, 0, constant_id(c, from_object(v.name)), 0); return;
    case PLACE_SPILL: spill_access(c, OP_DELETE_ITEM, v.name, 0); return;
    }
}

bool forbidden_name(Compiler *c, const AstName *name, AstContext ctx)
{
    if (ctx == CONTEXT_Load || !name_is(name, "__debug__"))
        return false;
    compile_error(c, c->unit->span, ctx == CONTEXT_Store ? "cannot assign to __debug__" : "cannot delete __debug__");
    return true;
}

void load_name(Compiler *c, const AstName *name, Reg dst)
{
    if (!c->failed)
        load(c, find(c, name), dst);
}

void store_name(Compiler *c, const AstName *name, Reg src)
{
    if (!c->failed && !forbidden_name(c, name, CONTEXT_Store))
        store(c, find(c, name), src);
}

void delete_name(Compiler *c, const AstName *name)
{
    if (!c->failed && !forbidden_name(c, name, CONTEXT_Del))
        delete(c, find(c, name));
}

void unbind_name(Compiler *c, const AstName *name)
{
    if (c->failed)
        return;
    Variable v = find(c, name);
    if (v.place == PLACE_REGISTER) {
        emit(c, OP_CLEAR, v.index, 0, 0);
        return;
    }
    Reg mark = temp_mark(c), none = temp_push(c, 1);
    emit_none(c, none);
    store(c, v, none);
    delete(c, v);
    temp_release(c, mark);
}

static Variable implicit(Compiler *c, const char *text)
{
    const AstName *name = name_of(c, text);
    Variable v = {.place = global_place(c, NULL)};
    if (name)
        v.name = name_str(c, name);
    return v;
}

void load_str_name(Compiler *c, const char *name, Reg dst)
{
    Variable v = implicit(c, name);
    if (!c->failed)
        load(c, v, dst);
}

void store_str_name(Compiler *c, const char *name, Reg src)
{
    Variable v = implicit(c, name);
    if (!c->failed)
        store(c, v, src);
}
