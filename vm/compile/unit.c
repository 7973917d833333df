// SPDX-License-Identifier: MIT
//
// Beginning and end of one code object: which register each variable gets, its names and flags. Order of the registers:
// parameters, other variables of the function, variables of the comprehensions that run inline, then (as needed) the
// namespace of a class body, the exception being handled, the dict of spilled variables; temporaries above.
#include "vm/compile/compiler.h"

// ---- qualified names

static bool declared_global(Compiler *c, Scope *parent, const AstName *name)
{
    const Symbol *symbol = scope_symbol(c, parent, name);
    return symbol && symbol->reach == REACH_GLOBAL_EXPLICIT;
}

Str *qualified_name(Compiler *c, Scope *scope)
{
    Scope *parent = scope->parent;
    while (parent && parent->kind == SCOPE_TYPE_PARAMS)
        parent = parent->parent;
    Str *name = name_str(c, scope->name);
    if (scope->qualname || c->failed)
        return scope->qualname ? scope->qualname : name;
    bool definition = scope->kind == SCOPE_FUNCTION || scope->kind == SCOPE_CLASS;
    if (!parent || parent->kind == SCOPE_MODULE || (definition && declared_global(c, parent, scope->name))) {
        scope->qualname = name;
        return name;
    }
    const char *between = parent->kind == SCOPE_CLASS ? "." : ".<locals>.";
    Str *full = str_format(c->vm, "%U%s%U", qualified_name(c, parent), between, name);
    if (keep_value(c, full ? from_object(full) : VALUE_EMPTY) == VALUE_EMPTY)
        return name;
    scope->qualname = full;
    return full;
}

// ---- registers

typedef struct Allocation {
    Unit *unit;
    uint32_t capacity;
} Allocation;

static void give_register(Compiler *c, Allocation *a, Symbol *symbol)
{
    Unit *u = a->unit;
    if (u->nlocals >= MAX_NAMED && symbol->reach == REACH_LOCAL && !(symbol->flags & DEF_PARAM)) {
        symbol->spilled = true;
        u->spill = 0;
        return;
    }
    if (u->nlocals >= MAX_REG - 0x1000)
        return compile_error(c, u->scope->span, "too many variables in one code block");
    if (!array_reserve(c, &u->variables, u->nlocals, &a->capacity, sizeof *u->variables))
        return;
    u->variables[u->nlocals] = symbol;
    symbol->reg = u->nlocals++;
}

static bool lives_here(const Symbol *symbol)
{
    return symbol->reach == REACH_LOCAL || symbol->reach == REACH_CELL;
}

static void give_locals(Compiler *c, Allocation *a, Scope *scope)
{
    for (Symbol *s = scope->first; s && scope_is_function(scope); s = s->next) {
        if (lives_here(s) && !(s->flags & DEF_PARAM))
            give_register(c, a, s);
    }
    for (Scope *child = scope->first_child; child; child = child->sibling) {
        if (child->inlined)
            give_locals(c, a, child);
    }
}

static Reg special_register(Unit *u, bool wanted)
{
    return wanted ? u->first_temp++ : (Reg)NO_REG;
}

static void allocate_registers(Compiler *c, Unit *u)
{
    Scope *scope = u->scope;
    Allocation a = {.unit = u};
    u->spill = NO_REG;
    for (Symbol *s = scope->first; s; s = s->next) {
        if (s->flags & DEF_PARAM)
            give_register(c, &a, s);
    }
    if (scope->class_cell)
        give_register(c, &a, scope->class_cell);
    give_locals(c, &a, scope);
    u->first_temp = u->nlocals;
    u->ns = special_register(u, scope->kind == SCOPE_CLASS || (u->flags & CODE_NAMESPACE));
    u->handled = special_register(u, scope->has_handlers);
    u->spill = special_register(u, u->spill != NO_REG);
    u->temp_top = u->nregs = u->first_temp;
    uint32_t index = 0;
    for (FreeVar *v = scope->frees; v; v = v->next)
        v->index = index++;
    if (index > UINT16_MAX)
        compile_error(c, scope->span, "too many free variables in one code block");
}

// ---- flags

static uint32_t kind_flags(const Compiler *c, const Scope *scope)
{
    switch (scope->kind) {
    case SCOPE_MODULE: {
        uint32_t flags = c->flags & COMPILE_NAMESPACE ? CODE_NAMESPACE : CODE_MODULE;
        return scope->coroutine && (c->flags & COMPILE_TOP_LEVEL_AWAIT) ? flags | CODE_COROUTINE : flags;
    }
    case SCOPE_CLASS: return CODE_CLASS;
    case SCOPE_FUNCTION:
        if (((const AstStmt *)scope->node)->kind == STMT_AsyncFunctionDef)
            return scope->generator ? CODE_ASYNC_GENERATOR : CODE_COROUTINE;
        return scope->generator ? CODE_GENERATOR : 0;
    case SCOPE_LAMBDA: return scope->generator ? CODE_GENERATOR : 0;
    case SCOPE_GENERATOR: return scope->coroutine ? CODE_ASYNC_GENERATOR : CODE_GENERATOR;
    default: return 0;
    }
}

bool unit_enter(Compiler *c, Unit *u, Scope *scope, uint32_t first_line)
{
    *u = (Unit){.outer = c->unit, .scope = scope, .inner = scope, .first_line = first_line};
    if (c->failed || !scope)
        return false;
    u->flags = kind_flags(c, scope) | (scope->nested ? CODE_NESTED : 0);
    if (c->future_annotations)
        u->flags |= CODE_FUTURE_ANNOTATIONS;
    u->span = (Span){first_line, 0, first_line, 0};
    u->name = scope->kind == SCOPE_MODULE ? str_intern_text(c->vm, "<module>", 8) : name_str(c, scope->name);
    if (keep_value(c, u->name ? from_object(u->name) : VALUE_EMPTY) == VALUE_EMPTY)
        return false;
    u->qualname = scope->kind == SCOPE_MODULE ? u->name : qualified_name(c, scope);
    allocate_registers(c, u);
    if (c->failed)
        return false;
    c->unit = u;
    if (u->spill != NO_REG)
        emit(c, OP_BUILD_MAP, u->spill, 0, 0);
    return true;
}

// ---- end

static bool fill_captures(Compiler *c, Code *code, const Scope *scope)
{
    Unit *maker = c->unit;
    uint32_t i = 0;
    for (const FreeVar *v = scope->frees; v; v = v->next, i++) {
        const Symbol *binder = v->binder;
        bool direct = maker && binder->scope->owner == maker->scope;
        uint32_t index = direct ? binder->reg : scope_free_index(c, maker->scope, binder);
        code->captures[i] = (Capture){(uint16_t)index, !direct};
    }
    return !c->failed;
}

Code *unit_leave(Compiler *c, Unit *u)
{
    Code *code = assemble(c, u);
    c->unit = u->outer;
    if (!code || keep_value(c, from_object(code)) == VALUE_EMPTY || !fill_captures(c, code, u->scope))
        return NULL;
    return code;
}
