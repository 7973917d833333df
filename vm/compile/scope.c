// SPDX-License-Identifier: MIT
//
// Scopes and their symbols: a hash table per scope, in which names are compared by content (mangled names are not among
// the parser's interned ones), and the map from AST nodes to scopes. The walk that fills them is in symtable.c.
#include "vm/compile/compiler.h"

const AstName *name_mangle(Compiler *c, const AstName *class_name, const AstName *name)
{
    if (!class_name || name->length < 3 || name->text[0] != '_' || name->text[1] != '_')
        return name;
    bool dunder = name->text[name->length - 1] == '_' && name->text[name->length - 2] == '_';
    if (dunder || memchr(name->text, '.', name->length))
        return name;
    const char *base = class_name->text;
    size_t size = class_name->length;
    while (size > 0 && *base == '_') {
        base++;
        size--;
    }
    if (size == 0)
        return name;
    char *text = arena_printf(&c->arena, "_%s%s", base, name->text);
    const AstName *mangled = text ? name_intern(&c->names, text, strlen(text)) : NULL;
    if (!mangled)
        return fail(c), name;
    return mangled;
}

Symbol *scope_find(const Scope *scope, const AstName *name)
{
    if (scope->capacity == 0)
        return NULL;
    uint32_t mask = scope->capacity - 1;
    for (uint32_t i = name->hash & mask;; i = (i + 1) & mask) {
        Symbol *symbol = scope->slots[i];
        if (!symbol || name_equal(symbol->name, name))
            return symbol;
    }
}

Symbol *scope_symbol(Compiler *c, Scope *scope, const AstName *name)
{
    return scope_find(scope, name_mangle(c, scope->class_name, name));
}

static void place_symbol(Symbol **slots, uint32_t capacity, Symbol *symbol)
{
    uint32_t i = symbol->name->hash & (capacity - 1);
    while (slots[i])
        i = (i + 1) & (capacity - 1);
    slots[i] = symbol;
}

static bool grow_scope(Compiler *c, Scope *scope)
{
    uint32_t capacity = scope->capacity ? scope->capacity * 2 : 8;
    Symbol **slots = arena_alloc_array(&c->arena, capacity, sizeof *slots);
    if (!slots)
        return fail(c), false;
    for (Symbol *s = scope->first; s; s = s->next)
        place_symbol(slots, capacity, s);
    scope->slots = slots;
    scope->capacity = capacity;
    return true;
}

Symbol *scope_add(Compiler *c, Scope *scope, const AstName *name)
{
    Symbol *symbol = scope_find(scope, name);
    if (symbol)
        return symbol;
    if ((scope->count + 1) * 4 > scope->capacity * 3 && !grow_scope(c, scope))
        return NULL;
    symbol = alloc(c, sizeof *symbol);
    if (!symbol)
        return NULL;
    symbol->name = name;
    symbol->scope = scope;
    if (scope->last)
        scope->last->next = symbol;
    else
        scope->first = symbol;
    scope->last = symbol;
    scope->count++;
    place_symbol(scope->slots, scope->capacity, symbol);
    return symbol;
}

Scope *symtable_scope(Compiler *c, const void *node)
{
    MapEntry *entry = map_find(&c->symtable.scopes, (uintptr_t)node);
    return entry ? (Scope *)(uintptr_t)entry->value : NULL;
}

static bool runs_inline(const Scope *parent, ScopeKind kind)
{
    if (kind == SCOPE_TYPE_PARAMS)
        return true;
    return kind == SCOPE_COMPREHENSION && parent->owner->kind != SCOPE_CLASS && parent->kind != SCOPE_ANNOTATION;
}

Scope *scope_new(Compiler *c, ScopeKind kind, const AstName *name, const void *node, Span span)
{
    Scope *scope = alloc(c, sizeof *scope), *parent = c->scope;
    MapEntry *entry = scope ? map_entry(&c->symtable.scopes, &c->arena, (uintptr_t)node) : NULL;
    if (!entry)
        return fail(c), NULL;
    entry->value = (uintptr_t)scope;
    *scope = (Scope){.kind = kind, .name = name, .node = node, .parent = parent, .span = span, .owner = scope};
    if (!parent)
        return scope;
    scope->class_name = parent->class_name;
    scope->comp_iter_expr = parent->comp_iter_expr;
    scope->nested = parent->nested || scope_is_function(parent);
    scope->inlined = runs_inline(parent, kind);
    if (scope->inlined)
        scope->owner = parent->owner;
    if (parent->last_child)
        parent->last_child->sibling = scope;
    else
        parent->first_child = scope;
    parent->last_child = scope;
    return scope;
}
