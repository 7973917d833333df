// SPDX-License-Identifier: MIT
//
// The symbol table: which names each scope binds and uses, and from where every use takes its value.
//
// Built in one walk over the AST (symtable.c), then resolved top-down (resolve.c), before any code is emitted. A
// list, set or dict comprehension has a scope of its own, but where it can be its code runs inside the enclosing
// function: its `owner` is then the scope of that function, and its variables are registers of the owner. All of it
// lives in the arena of one compilation.
#ifndef AIOLOS_VM_COMPILE_SYMTABLE_H
#define AIOLOS_VM_COMPILE_SYMTABLE_H

#include "parser/ast.h"
#include "vm/compile/map.h"
#include "vm/core/vm.h"

typedef struct Compiler Compiler;
typedef struct Scope Scope;

typedef enum ScopeKind {
    SCOPE_MODULE,
    SCOPE_CLASS,
    SCOPE_FUNCTION,      // def, async def
    SCOPE_LAMBDA,
    SCOPE_COMPREHENSION, // list, set, dict
    SCOPE_GENERATOR,     // generator expression
    SCOPE_ANNOTATION,    // annotations that stay text: names in them count for nothing
    SCOPE_TYPE_PARAMS,   // type parameters around a generic function, class or alias: runs inside the enclosing code
} ScopeKind;

// What a scope does with a name.
#define DEF_GLOBAL 1u
#define DEF_LOCAL 2u
#define DEF_PARAM 4u
#define DEF_NONLOCAL 8u
#define DEF_USE 16u
#define DEF_IMPORT 32u
#define DEF_ANNOT 64u
#define DEF_COMP_ITER 128u // target of a comprehension's for
#define DEF_DELETE 256u    // may become unbound: `del`, or the name of an except clause
#define DEF_WALRUS 512u    // rebound in the middle of an expression
#define DEF_TYPE_PARAM 1024u
#define DEF_BOUND (DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM)

typedef enum Reach {
    REACH_LOCAL,           // bound here, used here only
    REACH_CELL,            // bound here, captured by an inner function
    REACH_FREE,            // bound in an outer function
    REACH_ALIAS,           // bound in an enclosing scope of the same code: `target`
    REACH_GLOBAL_EXPLICIT, // by a global statement
    REACH_GLOBAL,          // nobody binds it: global or builtin
} Reach;

typedef struct Symbol {
    const AstName *name; // mangled
    Scope *scope;
    uint32_t flags;
    Reach reach;
    uint32_t reg;           // LOCAL, CELL: register in the owner's code; SPILLED: none
    bool spilled;           // no register left: lives in the dict of Unit.spill
    struct Symbol *target;  // ALIAS, FREE: the binding symbol
    struct Symbol *next;    // in order of first appearance
} Symbol;

typedef struct Directive { // a global or nonlocal statement, for the place of its errors
    const AstName *name;
    Span span;
    struct Directive *next;
} Directive;

typedef struct FreeVar {
    Symbol *binder;
    struct FreeVar *next;
    uint32_t index;
} FreeVar;

struct Scope {
    ScopeKind kind;
    const char *comprehension; // "list comprehension" ... for the message about yield; NULL: not a comprehension
    const AstName *name;       // as __qualname__ shows it: <lambda>, <listcomp>
    const void *node;
    Scope *parent, *owner, *first_child, *last_child, *sibling;
    const AstName *class_name; // of the innermost enclosing class, for __private names
    const AstName *first_param;
    Symbol **slots;            // hash table over the symbols
    uint32_t capacity, count;
    Symbol *first, *last;
    Symbol *class_cell;        // class: the implicit __class__ cell, once a method uses it
    FreeVar *frees;            // of an owner: what its code takes from outside
    uint32_t free_count;
    Map free_index;
    Directive *directives;
    Map self_names;            // class: names its methods assign on self
    uint32_t self_count;
    Str *qualname;
    Span span;
    uint32_t comp_iter_expr;   // depth inside comprehension iterables
    bool comp_iter_target;
    bool nested, inlined, generator, coroutine, returns_value, has_handlers, has_annotations, has_walrus;
    bool reads_frame;          // mentions locals(), eval() and the like: registers must not hold stale values
    bool async_generators;     // a comprehension with `async for` or `await`
};

typedef struct Symtable {
    Scope *module;
    Map scopes; // AST node -> Scope
} Symtable;

// Builds and resolves the table of a module. False: exception pending. `future_annotations` as the code will be
// compiled.
bool symtable_build(Compiler *c, const AstMod *module);

// The scope that belongs to a node (FunctionDef, Lambda, ClassDef, comprehension). NULL only after a failure.
Scope *symtable_scope(Compiler *c, const void *node);

// The symbol of a name (not mangled yet) in one scope; NULL when the scope does not mention it.
Symbol *scope_symbol(Compiler *c, Scope *scope, const AstName *name);
// Same for a name already mangled.
Symbol *scope_find(const Scope *scope, const AstName *name);
Symbol *scope_add(Compiler *c, Scope *scope, const AstName *name);
// A new scope inside c->scope (NULL: the module) for a node. NULL: failed.
Scope *scope_new(Compiler *c, ScopeKind kind, const AstName *name, const void *node, Span span);
const AstName *name_mangle(Compiler *c, const AstName *class_name, const AstName *name);

static inline const AstName *type_param_name(const AstTypeParam *p)
{
    return p->kind == TYPE_PARAM_TypeVar ? p->as.TypeVar.name
           : p->kind == TYPE_PARAM_ParamSpec ? p->as.ParamSpec.name : p->as.TypeVarTuple.name;
}

bool symtable_resolve(Compiler *c, Scope *module);
uint32_t scope_free_index(Compiler *c, Scope *owner, const Symbol *binder);

static inline bool scope_is_function(const Scope *s) { return s->kind != SCOPE_MODULE && s->kind != SCOPE_CLASS; }

#endif
