// SPDX-License-Identifier: MIT
//
// The second half of the symbol table: for each name of each scope, where it comes from. A name bound in an outer
// function makes that variable a cell and becomes a free variable of every code object on the way; between scopes
// that share one code object (inlined comprehensions) it is a plain alias.
#include "vm/compile/compiler.h"

static Symbol *class_cell(Compiler *c, Scope *scope)
{
    if (!scope->class_cell) {
        Symbol *symbol = alloc(c, sizeof *symbol);
        if (!symbol)
            return NULL;
        *symbol = (Symbol){.name = name_of(c, "__class__"), .scope = scope, .reach = REACH_CELL, .flags = DEF_LOCAL};
        scope->class_cell = symbol;
    }
    return scope->class_cell;
}

// The variable that a name not bound in `from` refers to, or NULL: a global or builtin.
static Symbol *find_binder(Compiler *c, const Scope *from, const AstName *name)
{
    for (Scope *p = from->parent; p && p->kind != SCOPE_MODULE; p = p->parent) {
        if (p->kind == SCOPE_CLASS) {
            if (name_is(name, "__class__"))
                return class_cell(c, p);
            continue;
        }
        Symbol *symbol = scope_find(p, name);
        if (!symbol)
            continue;
        if (symbol->flags & DEF_GLOBAL)
            return NULL;
        if ((symbol->flags & DEF_BOUND) && !(symbol->flags & DEF_NONLOCAL))
            return symbol;
    }
    return NULL;
}

static void add_free(Compiler *c, Scope *owner, Symbol *binder)
{
    MapEntry *entry = map_entry(&owner->free_index, &c->arena, (uintptr_t)binder);
    FreeVar *var = entry && !entry->value ? alloc(c, sizeof *var) : NULL;
    if (!entry)
        return fail(c);
    if (!var)
        return;
    entry->value = (uintptr_t)var;
    FreeVar **place = &owner->frees;
    while (*place && strcmp((*place)->binder->name->text, binder->name->text) < 0)
        place = &(*place)->next;
    *var = (FreeVar){binder, *place, 0};
    *place = var;
    owner->free_count++;
}

static void refer(Compiler *c, Scope *scope, Symbol *symbol, Symbol *binder)
{
    Scope *home = binder->scope->owner;
    symbol->target = binder;
    if (scope->owner == home && binder != home->class_cell) {
        symbol->reach = REACH_ALIAS;
        return;
    }
    symbol->reach = REACH_FREE;
    binder->reach = REACH_CELL;
    for (Scope *owner = scope->owner; owner != home && !c->failed; owner = owner->parent->owner)
        add_free(c, owner, binder);
}

static Span directive_span(const Scope *scope, const AstName *name)
{
    for (const Directive *d = scope->directives; d; d = d->next) {
        if (name_equal(d->name, name))
            return d->span;
    }
    return scope->span;
}

static void resolve_symbol(Compiler *c, Scope *scope, Symbol *symbol)
{
    const char *text = symbol->name->text;
    if (symbol->flags & DEF_GLOBAL) {
        if (symbol->flags & DEF_NONLOCAL)
            return compile_error(c, directive_span(scope, symbol->name), "name '%s' is nonlocal and global", text);
        symbol->reach = REACH_GLOBAL_EXPLICIT;
        return;
    }
    if (!(symbol->flags & DEF_NONLOCAL) && (symbol->flags & DEF_BOUND)) {
        if (symbol->reach != REACH_CELL)
            symbol->reach = REACH_LOCAL;
        return;
    }
    if ((symbol->flags & DEF_NONLOCAL) && scope->kind == SCOPE_MODULE)
        return compile_error(c, directive_span(scope, symbol->name),
                             "nonlocal declaration not allowed at module level");
    Symbol *binder = find_binder(c, scope, symbol->name);
    if (binder)
        return refer(c, scope, symbol, binder);
    if (symbol->flags & DEF_NONLOCAL)
        return compile_error(c, directive_span(scope, symbol->name), "no binding for nonlocal '%s' found", text);
    symbol->reach = REACH_GLOBAL;
}

bool symtable_resolve(Compiler *c, Scope *scope)
{
    if (c->failed || !compile_enter(c))
        return false;
    for (Symbol *symbol = scope->first; symbol && !c->failed; symbol = symbol->next)
        resolve_symbol(c, scope, symbol);
    for (Scope *child = scope->first_child; child && !c->failed; child = child->sibling) {
        if (child->kind != SCOPE_ANNOTATION)
            symtable_resolve(c, child);
    }
    compile_leave(c);
    return !c->failed;
}

uint32_t scope_free_index(Compiler *c, Scope *owner, const Symbol *binder)
{
    MapEntry *entry = map_find(&owner->free_index, (uintptr_t)binder);
    if (!entry)
        return fail(c), 0;
    return ((FreeVar *)(uintptr_t)entry->value)->index;
}
