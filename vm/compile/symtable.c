// SPDX-License-Identifier: MIT
//
// The first pass: one walk over the AST that records in which scope each name is bound and used, and reports what can
// be told without knowing the outer scopes (`global x` after a use of x, duplicate parameters, misplaced walrus ...).
// The order of the walk decides which of several errors is reported; it is CPython's.
#include "vm/compile/compiler.h"

static void visit_expr(Compiler *c, const AstExpr *e);
static void visit_stmts(Compiler *c, const AstStmtSeq *statements);

// ---- scopes and symbols

// Makes a new scope the current one. False: failed. Leave with `c->scope = scope->parent`.
static Scope *enter(Compiler *c, ScopeKind kind, const char *fixed_name, const AstName *name, const void *node,
                    Span span)
{
    if (fixed_name)
        name = name_of(c, fixed_name);
    Scope *scope = scope_new(c, kind, name, node, span);
    if (scope)
        c->scope = scope;
    return scope;
}

static void leave(Compiler *c) { c->scope = c->scope->parent; }

static void add_def(Compiler *c, const AstName *name, uint32_t flags, Span span)
{
    if (c->failed)
        return;
    Scope *scope = c->scope;
    name = name_mangle(c, scope->class_name, name);
    Symbol *symbol = scope_add(c, scope, name);
    if (!symbol)
        return;
    if ((flags & DEF_PARAM) && (symbol->flags & DEF_PARAM))
        return compile_error(c, span, "duplicate argument '%s' in function definition", name->text);
    if (scope->comp_iter_target) {
        if ((symbol->flags | flags) & (DEF_GLOBAL | DEF_NONLOCAL))
            return compile_error(c, span, "comprehension inner loop cannot rebind assignment expression target '%s'",
                                 name->text);
        flags |= DEF_COMP_ITER;
    }
    symbol->flags |= flags;
    if (flags & DEF_GLOBAL) {
        Symbol *global = scope_add(c, c->symtable.module, name);
        if (global)
            global->flags |= flags;
    }
}

// ---- rules about where an expression may stand

static bool refuse_in_annotation(Compiler *c, const char *what, Span span)
{
    if (c->scope->kind != SCOPE_ANNOTATION)
        return false;
    compile_error(c, span, "'%s' can not be used within an annotation", what);
    return true;
}

static void note_module_await(Compiler *c)
{
    if ((c->flags & COMPILE_TOP_LEVEL_AWAIT) && c->scope->kind == SCOPE_MODULE)
        c->scope->coroutine = true;
}

// A walrus in a comprehension binds in the nearest scope that is none.
static void extend_walrus(Compiler *c, const AstExpr *target)
{
    const AstName *name = target->as.Name.id;
    for (Scope *scope = c->scope; scope; scope = scope->parent) {
        if (scope->comprehension || scope->kind == SCOPE_GENERATOR) {
            Symbol *symbol = scope_symbol(c, scope, name);
            if (symbol && (symbol->flags & DEF_COMP_ITER))
                return compile_error(c, target->span,
                                     "assignment expression cannot rebind comprehension iteration variable '%s'",
                                     name->text);
            continue;
        }
        if (scope->kind == SCOPE_CLASS)
            return compile_error(c, target->span,
                                 "assignment expression within a comprehension cannot be used in a class body");
        const AstName *mangled = name_mangle(c, scope->class_name, name);
        Symbol *symbol = scope_add(c, scope, mangled);
        if (!symbol)
            return;
        bool global = scope->kind == SCOPE_MODULE || (symbol->flags & DEF_GLOBAL);
        add_def(c, name, global ? DEF_GLOBAL : DEF_NONLOCAL, target->span);
        symbol->flags |= DEF_LOCAL | DEF_WALRUS | (scope->kind == SCOPE_MODULE ? DEF_GLOBAL : 0);
        scope->owner->has_walrus = true;
        return;
    }
}

static void visit_named(Compiler *c, const AstExpr *e)
{
    if (refuse_in_annotation(c, "named expression", e->span))
        return;
    const AstExpr *target = e->as.NamedExpr.target;
    if (c->scope->comp_iter_expr > 0)
        return compile_error(c, e->span, "assignment expression cannot be used in a comprehension iterable expression");
    if (c->scope->comprehension)
        extend_walrus(c, target);
    visit_expr(c, e->as.NamedExpr.value);
    add_def(c, target->as.Name.id, DEF_LOCAL | DEF_WALRUS, target->span);
    c->scope->owner->has_walrus = true;
}

static void visit_yield(Compiler *c, const AstExpr *e, const AstExpr *value)
{
    if (refuse_in_annotation(c, "yield expression", e->span))
        return;
    if (value)
        visit_expr(c, value);
    c->scope->generator = true;
    if (!c->failed && c->scope->comprehension)
        compile_error(c, e->span, "'yield' inside %s", c->scope->comprehension);
}

static void visit_await(Compiler *c, const AstExpr *e)
{
    if (refuse_in_annotation(c, "await expression", e->span))
        return;
    note_module_await(c);
    visit_expr(c, e->as.Await.value);
    c->scope->coroutine = true;
}

// Functions that look at the caller's variables: its registers must then never hold leftovers.
static bool reads_frame(const AstName *name)
{
    static const char *const names[] = {"locals", "vars", "dir", "eval", "exec", "_getframe", "currentframe",
                                        "f_locals", "breakpoint", "stack", "set_trace"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name_is(name, names[i]))
            return true;
    }
    return false;
}

static void visit_name(Compiler *c, const AstExpr *e)
{
    const AstName *name = e->as.Name.id;
    AstContext ctx = e->as.Name.ctx;
    static const uint32_t flags[] = {
        [CONTEXT_Load] = DEF_USE, [CONTEXT_Store] = DEF_LOCAL, [CONTEXT_Del] = DEF_LOCAL | DEF_DELETE};
    add_def(c, name, flags[ctx], e->span);
    if (c->failed || ctx != CONTEXT_Load)
        return;
    if (reads_frame(name))
        c->scope->owner->reads_frame = true;
    if (scope_is_function(c->scope) && name_is(name, "super"))
        add_def(c, name_of(c, "__class__"), DEF_USE, e->span);
}

// Counts the attributes that methods assign on self: the size hint for instances of the class.
static void visit_attribute(Compiler *c, const AstExpr *e)
{
    const AstExpr *object = e->as.Attribute.value;
    Scope *scope = c->scope, *class_scope = scope->parent;
    if (reads_frame(e->as.Attribute.attr))
        scope->owner->reads_frame = true;
    visit_expr(c, object);
    if (e->as.Attribute.ctx != CONTEXT_Store || object->kind != EXPR_Name || !class_scope ||
        class_scope->kind != SCOPE_CLASS || !scope->first_param || object->as.Name.id != scope->first_param)
        return;
    MapEntry *entry = map_entry(&class_scope->self_names, &c->arena, (uintptr_t)e->as.Attribute.attr);
    if (!entry)
        return fail(c);
    class_scope->self_count += entry->value == 0;
    entry->value = 1;
}

// ---- expressions

static void visit_exprs(Compiler *c, const AstExprSeq *list)
{
    for (size_t i = 0; i < list->count && !c->failed; i++) {
        if (list->items[i])
            visit_expr(c, list->items[i]);
    }
}

static void visit_keywords(Compiler *c, const AstKeywordSeq *list)
{
    for (size_t i = 0; i < list->count && !c->failed; i++)
        visit_expr(c, list->items[i]->value);
}

static void add_params(Compiler *c, const AstArgSeq *list)
{
    for (size_t i = 0; i < list->count; i++)
        add_def(c, list->items[i]->arg, DEF_PARAM, list->items[i]->span);
}

static void visit_params(Compiler *c, const AstArguments *args)
{
    add_params(c, &args->posonlyargs);
    add_params(c, &args->args);
    add_params(c, &args->kwonlyargs);
    if (args->vararg)
        add_def(c, args->vararg->arg, DEF_PARAM, args->vararg->span);
    if (args->kwarg)
        add_def(c, args->kwarg->arg, DEF_PARAM, args->kwarg->span);
    const AstArgSeq *first = args->posonlyargs.count ? &args->posonlyargs : &args->args;
    if (first->count)
        c->scope->first_param = first->items[0]->arg;
}

static void visit_lambda(Compiler *c, const AstExpr *e)
{
    const AstArguments *args = e->as.Lambda.args;
    visit_exprs(c, &args->defaults);
    visit_exprs(c, &args->kw_defaults);
    if (!enter(c, SCOPE_LAMBDA, "<lambda>", NULL, e, e->span))
        return;
    visit_params(c, args);
    visit_expr(c, e->as.Lambda.body);
    leave(c);
}

static void visit_generator(Compiler *c, const AstComprehension *generator, bool first)
{
    c->scope->comp_iter_target = true;
    visit_expr(c, generator->target);
    c->scope->comp_iter_target = false;
    if (!first) {
        c->scope->comp_iter_expr++;
        visit_expr(c, generator->iter);
        c->scope->comp_iter_expr--;
    }
    visit_exprs(c, &generator->ifs);
    if (generator->is_async)
        c->scope->coroutine = true;
}

static void visit_comprehension(Compiler *c, const AstExpr *e, const char *name, const char *kind,
                                const AstComprehensionSeq *generators, const AstExpr *element, const AstExpr *value)
{
    bool lazy = e->kind == EXPR_GeneratorExp;
    c->scope->comp_iter_expr++;
    visit_expr(c, generators->items[0]->iter);
    c->scope->comp_iter_expr--;
    Scope *scope = c->failed ? NULL : enter(c, lazy ? SCOPE_GENERATOR : SCOPE_COMPREHENSION, name, NULL, e, e->span);
    if (!scope)
        return;
    scope->comprehension = kind;
    if (generators->items[0]->is_async)
        scope->coroutine = true;
    if (!scope->inlined)
        add_def(c, name_of(c, ".0"), DEF_PARAM, e->span);
    for (size_t i = 0; i < generators->count && !c->failed; i++)
        visit_generator(c, generators->items[i], i == 0);
    if (value)
        visit_expr(c, value);
    visit_expr(c, element);
    scope->generator = lazy;
    leave(c);
    if (scope->coroutine && !lazy) {
        scope->async_generators = true;
        c->scope->coroutine = true;
    }
}

static void visit_any_comprehension(Compiler *c, const AstExpr *e)
{
    switch (e->kind) {
    case EXPR_ListComp:
        return visit_comprehension(c, e, "<listcomp>", "list comprehension", &e->as.ListComp.generators,
                                   e->as.ListComp.elt, NULL);
    case EXPR_SetComp:
        return visit_comprehension(c, e, "<setcomp>", "set comprehension", &e->as.SetComp.generators, e->as.SetComp.elt,
                                   NULL);
    case EXPR_DictComp:
        return visit_comprehension(c, e, "<dictcomp>", "dict comprehension", &e->as.DictComp.generators,
                                   e->as.DictComp.key, e->as.DictComp.value);
    default:
        return visit_comprehension(c, e, "<genexpr>", "generator expression", &e->as.GeneratorExp.generators,
                                   e->as.GeneratorExp.elt, NULL);
    }
}

static void visit_formatted(Compiler *c, const AstExpr *value, const AstExpr *spec)
{
    visit_expr(c, value);
    if (spec)
        visit_expr(c, spec);
}

static void visit_kind(Compiler *c, const AstExpr *e)
{
    switch (e->kind) {
    case EXPR_BoolOp: return visit_exprs(c, &e->as.BoolOp.values);
    case EXPR_NamedExpr: return visit_named(c, e);
    case EXPR_BinOp: return visit_expr(c, e->as.BinOp.left), visit_expr(c, e->as.BinOp.right);
    case EXPR_UnaryOp: return visit_expr(c, e->as.UnaryOp.operand);
    case EXPR_Lambda: return visit_lambda(c, e);
    case EXPR_IfExp:
        return visit_expr(c, e->as.IfExp.test), visit_expr(c, e->as.IfExp.body), visit_expr(c, e->as.IfExp.orelse);
    case EXPR_Dict: return visit_exprs(c, &e->as.Dict.keys), visit_exprs(c, &e->as.Dict.values);
    case EXPR_Set: return visit_exprs(c, &e->as.Set.elts);
    case EXPR_ListComp: case EXPR_SetComp: case EXPR_DictComp: case EXPR_GeneratorExp:
        return visit_any_comprehension(c, e);
    case EXPR_Await: return visit_await(c, e);
    case EXPR_Yield: return visit_yield(c, e, e->as.Yield.value);
    case EXPR_YieldFrom: return visit_yield(c, e, e->as.YieldFrom.value);
    case EXPR_Compare: return visit_expr(c, e->as.Compare.left), visit_exprs(c, &e->as.Compare.comparators);
    case EXPR_Call:
        visit_expr(c, e->as.Call.func);
        visit_exprs(c, &e->as.Call.args);
        return visit_keywords(c, &e->as.Call.keywords);
    case EXPR_FormattedValue: return visit_formatted(c, e->as.FormattedValue.value, e->as.FormattedValue.format_spec);
    case EXPR_Interpolation: return visit_formatted(c, e->as.Interpolation.value, e->as.Interpolation.format_spec);
    case EXPR_JoinedStr: return visit_exprs(c, &e->as.JoinedStr.values);
    case EXPR_TemplateStr: return visit_exprs(c, &e->as.TemplateStr.values);
    case EXPR_Constant: return;
    case EXPR_Attribute: return visit_attribute(c, e);
    case EXPR_Subscript: return visit_expr(c, e->as.Subscript.value), visit_expr(c, e->as.Subscript.slice);
    case EXPR_Starred: return visit_expr(c, e->as.Starred.value);
    case EXPR_Name: return visit_name(c, e);
    case EXPR_List: return visit_exprs(c, &e->as.List.elts);
    case EXPR_Tuple: return visit_exprs(c, &e->as.Tuple.elts);
    case EXPR_Slice:
        if (e->as.Slice.lower)
            visit_expr(c, e->as.Slice.lower);
        if (e->as.Slice.upper)
            visit_expr(c, e->as.Slice.upper);
        if (e->as.Slice.step)
            visit_expr(c, e->as.Slice.step);
        return;
    }
}

static void visit_expr(Compiler *c, const AstExpr *e)
{
    if (c->failed || !compile_enter(c))
        return;
    visit_kind(c, e);
    compile_leave(c);
}

// ---- statements

static void visit_annotation(Compiler *c, const AstExpr *e)
{
    if (!c->future_annotations)
        return visit_expr(c, e);
    if (!enter(c, SCOPE_ANNOTATION, "_annotation", NULL, e, e->span))
        return;
    visit_expr(c, e);
    leave(c);
}

static void visit_arg_annotations(Compiler *c, const AstArgSeq *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->annotation)
            visit_annotation(c, list->items[i]->annotation);
    }
}

static void visit_annotations(Compiler *c, const AstArguments *args, const AstExpr *returns)
{
    visit_arg_annotations(c, &args->posonlyargs);
    visit_arg_annotations(c, &args->args);
    if (args->vararg && args->vararg->annotation)
        visit_annotation(c, args->vararg->annotation);
    if (args->kwarg && args->kwarg->annotation)
        visit_annotation(c, args->kwarg->annotation);
    visit_arg_annotations(c, &args->kwonlyargs);
    if (returns)
        visit_annotation(c, returns);
}

// Bounds and defaults are evaluated late: each is the body of a function. Its node is the address of the field.
static void visit_late(Compiler *c, const AstName *name, AstExpr *const *field)
{
    if (!*field || c->failed || !enter(c, SCOPE_LAMBDA, NULL, name, field, (*field)->span))
        return;
    visit_expr(c, *field);
    leave(c);
}

static void visit_type_param(Compiler *c, const AstTypeParam *p)
{
    switch (p->kind) {
    case TYPE_PARAM_TypeVar:
        visit_late(c, p->as.TypeVar.name, &p->as.TypeVar.bound);
        return visit_late(c, p->as.TypeVar.name, &p->as.TypeVar.default_value);
    case TYPE_PARAM_ParamSpec: return visit_late(c, p->as.ParamSpec.name, &p->as.ParamSpec.default_value);
    case TYPE_PARAM_TypeVarTuple: return visit_late(c, p->as.TypeVarTuple.name, &p->as.TypeVarTuple.default_value);
    }
}

// Opens the scope of type parameters around a generic definition. False: there are none.
static bool enter_type_params(Compiler *c, const AstName *name, const AstTypeParamSeq *params, Span span)
{
    if (params->count == 0 || !enter(c, SCOPE_TYPE_PARAMS, NULL, name, params->items, span))
        return false;
    for (size_t i = 0; i < params->count; i++) {
        const AstTypeParam *p = params->items[i];
        const AstName *id = type_param_name(p);
        Symbol *old = scope_symbol(c, c->scope, id);
        if (old && (old->flags & DEF_TYPE_PARAM)) {
            compile_error(c, p->span, "duplicate type parameter '%s'", id->text);
            break;
        }
        add_def(c, id, DEF_TYPE_PARAM | DEF_LOCAL, p->span);
    }
    for (size_t i = 0; i < params->count; i++)
        visit_type_param(c, params->items[i]);
    return true;
}

static void visit_function(Compiler *c, const AstStmt *s, const AstStmt_FunctionDef *def)
{
    add_def(c, def->name, DEF_LOCAL, s->span);
    visit_exprs(c, &def->args->defaults);
    visit_exprs(c, &def->args->kw_defaults);
    bool generic = enter_type_params(c, def->name, &def->type_params, s->span);
    visit_annotations(c, def->args, def->returns);
    if (!generic)
        visit_exprs(c, &def->decorator_list);
    if (c->failed || !enter(c, SCOPE_FUNCTION, NULL, def->name, s, s->span))
        return;
    if (s->kind == STMT_AsyncFunctionDef)
        c->scope->coroutine = true;
    visit_params(c, def->args);
    visit_stmts(c, &def->body);
    leave(c);
    if (generic) {
        leave(c);
        visit_exprs(c, &def->decorator_list);
    }
}

static void visit_class(Compiler *c, const AstStmt *s)
{
    const AstStmt_ClassDef *def = &s->as.ClassDef;
    add_def(c, def->name, DEF_LOCAL, s->span);
    bool generic = enter_type_params(c, def->name, &def->type_params, s->span);
    visit_exprs(c, &def->bases);
    visit_keywords(c, &def->keywords);
    if (!generic)
        visit_exprs(c, &def->decorator_list);
    if (c->failed || !enter(c, SCOPE_CLASS, NULL, def->name, s, s->span))
        return;
    c->scope->class_name = def->name;
    visit_stmts(c, &def->body);
    leave(c);
    if (generic) {
        leave(c);
        visit_exprs(c, &def->decorator_list);
    }
}

static void visit_annotated(Compiler *c, const AstStmt *s)
{
    const AstStmt_AnnAssign *a = &s->as.AnnAssign;
    if (a->target->kind == EXPR_Name) {
        const AstName *name = a->target->as.Name.id;
        Symbol *symbol = scope_symbol(c, c->scope, name);
        uint32_t flags = symbol ? symbol->flags : 0;
        if ((flags & (DEF_GLOBAL | DEF_NONLOCAL)) && c->scope->kind != SCOPE_MODULE && a->simple)
            return compile_error(c, s->span, flags & DEF_GLOBAL ? "annotated name '%s' can't be global"
                                                                : "annotated name '%s' can't be nonlocal", name->text);
        if (a->simple)
            add_def(c, name, DEF_ANNOT | DEF_LOCAL, a->target->span);
        else if (a->value)
            add_def(c, name, DEF_LOCAL, a->target->span);
        c->scope->has_annotations |= a->simple != 0;
    } else {
        visit_expr(c, a->target);
    }
    visit_annotation(c, a->annotation);
    if (a->value)
        visit_expr(c, a->value);
}

static void add_directive(Compiler *c, const AstName *name, Span span)
{
    Directive *directive = alloc(c, sizeof *directive);
    if (!directive)
        return;
    Directive **tail = &c->scope->directives;
    while (*tail)
        tail = &(*tail)->next;
    *directive = (Directive){name_mangle(c, c->scope->class_name, name), span, NULL};
    *tail = directive;
}

static void visit_declaration(Compiler *c, const AstNameSeq *names, bool global, Span span)
{
    const char *word = global ? "global" : "nonlocal";
    for (size_t i = 0; i < names->count && !c->failed; i++) {
        const AstName *name = names->items[i];
        Symbol *symbol = scope_symbol(c, c->scope, name);
        uint32_t flags = symbol ? symbol->flags : 0;
        if (flags & DEF_PARAM)
            return compile_error(c, span, "name '%s' is parameter and %s", name->text, word);
        if (flags & DEF_USE)
            return compile_error(c, span, "name '%s' is used prior to %s declaration", name->text, word);
        if (flags & DEF_ANNOT)
            return compile_error(c, span, "annotated name '%s' can't be %s", name->text, word);
        if (flags & DEF_LOCAL)
            return compile_error(c, span, "name '%s' is assigned to before %s declaration", name->text, word);
        add_def(c, name, global ? DEF_GLOBAL : DEF_NONLOCAL, span);
        add_directive(c, name, span);
    }
}

// `import a.b` binds a; `import *` binds nothing that is known here.
static void visit_alias(Compiler *c, const AstAlias *alias)
{
    const AstName *name = alias->asname ? alias->asname : alias->name;
    const char *dot = alias->asname ? NULL : memchr(name->text, '.', name->length);
    if (dot) {
        name = name_intern(&c->names, name->text, (size_t)(dot - name->text));
        if (!name)
            return fail(c);
    }
    if (!name_is(name, "*"))
        return add_def(c, name, DEF_IMPORT, alias->span);
    if (c->scope->kind != SCOPE_MODULE)
        compile_error(c, alias->span, "import * only allowed at module level");
}

static void visit_aliases(Compiler *c, const AstAliasSeq *names)
{
    for (size_t i = 0; i < names->count && !c->failed; i++)
        visit_alias(c, names->items[i]);
}

static void visit_try(Compiler *c, const AstStmtSeq *statements, const AstHandlerSeq *handlers,
                      const AstStmtSeq *orelse, const AstStmtSeq *final_body)
{
    c->scope->owner->has_handlers = true;
    visit_stmts(c, statements);
    visit_stmts(c, orelse);
    for (size_t i = 0; i < handlers->count && !c->failed; i++) {
        const AstHandler *handler = handlers->items[i];
        if (handler->as.ExceptHandler.type)
            visit_expr(c, handler->as.ExceptHandler.type);
        if (handler->as.ExceptHandler.name)
            add_def(c, handler->as.ExceptHandler.name, DEF_LOCAL | DEF_DELETE, handler->span);
        visit_stmts(c, &handler->as.ExceptHandler.body);
    }
    visit_stmts(c, final_body);
}

static void visit_with(Compiler *c, const AstWithItemSeq *items, const AstStmtSeq *statements)
{
    c->scope->owner->has_handlers = true;
    for (size_t i = 0; i < items->count && !c->failed; i++) {
        visit_expr(c, items->items[i]->context_expr);
        if (items->items[i]->optional_vars)
            visit_expr(c, items->items[i]->optional_vars);
    }
    visit_stmts(c, statements);
}

static void visit_capture(Compiler *c, const AstName *name, Span span)
{
    if (name)
        add_def(c, name, DEF_LOCAL, span);
}

static void visit_pattern(Compiler *c, const AstPattern *p);

static void visit_patterns(Compiler *c, const AstPatternSeq *list)
{
    for (size_t i = 0; i < list->count && !c->failed; i++)
        visit_pattern(c, list->items[i]);
}

static void visit_pattern_kind(Compiler *c, const AstPattern *p)
{
    switch (p->kind) {
    case PATTERN_MatchValue: return visit_expr(c, p->as.MatchValue.value);
    case PATTERN_MatchSingleton: return;
    case PATTERN_MatchSequence: return visit_patterns(c, &p->as.MatchSequence.patterns);
    case PATTERN_MatchStar: return visit_capture(c, p->as.MatchStar.name, p->span);
    case PATTERN_MatchMapping:
        visit_exprs(c, &p->as.MatchMapping.keys);
        visit_patterns(c, &p->as.MatchMapping.patterns);
        return visit_capture(c, p->as.MatchMapping.rest, p->span);
    case PATTERN_MatchClass:
        visit_expr(c, p->as.MatchClass.cls);
        visit_patterns(c, &p->as.MatchClass.patterns);
        return visit_patterns(c, &p->as.MatchClass.kwd_patterns);
    case PATTERN_MatchAs:
        if (p->as.MatchAs.pattern)
            visit_pattern(c, p->as.MatchAs.pattern);
        return visit_capture(c, p->as.MatchAs.name, p->span);
    case PATTERN_MatchOr: return visit_patterns(c, &p->as.MatchOr.patterns);
    }
}

static void visit_pattern(Compiler *c, const AstPattern *p)
{
    if (c->failed || !compile_enter(c))
        return;
    visit_pattern_kind(c, p);
    compile_leave(c);
}

static void visit_match(Compiler *c, const AstStmt *s)
{
    visit_expr(c, s->as.Match.subject);
    for (size_t i = 0; i < s->as.Match.cases.count && !c->failed; i++) {
        const AstMatchCase *arm = s->as.Match.cases.items[i];
        visit_pattern(c, arm->pattern);
        if (arm->guard)
            visit_expr(c, arm->guard);
        visit_stmts(c, &arm->body);
    }
}

static void visit_type_alias(Compiler *c, const AstStmt *s)
{
    const AstStmt_TypeAlias *alias = &s->as.TypeAlias;
    visit_expr(c, alias->name);
    bool generic = enter_type_params(c, alias->name->as.Name.id, &alias->type_params, s->span);
    if (!c->failed && enter(c, SCOPE_LAMBDA, NULL, alias->name->as.Name.id, s, s->span)) {
        visit_expr(c, alias->value);
        leave(c);
    }
    if (generic)
        leave(c);
}

static void visit_for(Compiler *c, const AstStmt_For *loop)
{
    visit_expr(c, loop->target);
    visit_expr(c, loop->iter);
    visit_stmts(c, &loop->body);
    visit_stmts(c, &loop->orelse);
}

static void visit_optional(Compiler *c, const AstExpr *e)
{
    if (e)
        visit_expr(c, e);
}

static void visit_return(Compiler *c, const AstStmt *s)
{
    if (s->as.Return.value) {
        visit_expr(c, s->as.Return.value);
        c->scope->returns_value = true;
    }
}

// Walks an elif ladder without recursion.
static void visit_if(Compiler *c, const AstStmt *s)
{
    for (;;) {
        visit_expr(c, s->as.If.test);
        visit_stmts(c, &s->as.If.body);
        const AstStmtSeq *orelse = &s->as.If.orelse;
        if (c->failed)
            return;
        if (orelse->count != 1 || orelse->items[0]->kind != STMT_If)
            return visit_stmts(c, orelse);
        s = orelse->items[0];
    }
}

static void visit_stmt(Compiler *c, const AstStmt *s)
{
    switch (s->kind) {
    case STMT_FunctionDef: return visit_function(c, s, &s->as.FunctionDef);
    case STMT_AsyncFunctionDef: return visit_function(c, s, (const AstStmt_FunctionDef *)&s->as.AsyncFunctionDef);
    case STMT_ClassDef: return visit_class(c, s);
    case STMT_Return: return visit_return(c, s);
    case STMT_Delete: return visit_exprs(c, &s->as.Delete.targets);
    case STMT_Assign: return visit_exprs(c, &s->as.Assign.targets), visit_expr(c, s->as.Assign.value);
    case STMT_TypeAlias: return visit_type_alias(c, s);
    case STMT_AugAssign: return visit_expr(c, s->as.AugAssign.target), visit_expr(c, s->as.AugAssign.value);
    case STMT_AnnAssign: return visit_annotated(c, s);
    case STMT_AsyncFor: note_module_await(c); // fall through
    case STMT_For: return visit_for(c, &s->as.For);
    case STMT_While:
        visit_expr(c, s->as.While.test);
        return visit_stmts(c, &s->as.While.body), visit_stmts(c, &s->as.While.orelse);
    case STMT_If: return visit_if(c, s);
    case STMT_AsyncWith: note_module_await(c); // fall through
    case STMT_With: return visit_with(c, &s->as.With.items, &s->as.With.body);
    case STMT_Match: return visit_match(c, s);
    case STMT_Raise: return visit_optional(c, s->as.Raise.exc), visit_optional(c, s->as.Raise.cause);
    case STMT_Try: return visit_try(c, &s->as.Try.body, &s->as.Try.handlers, &s->as.Try.orelse, &s->as.Try.finalbody);
    case STMT_TryStar:
        return visit_try(c, &s->as.TryStar.body, &s->as.TryStar.handlers, &s->as.TryStar.orelse,
                         &s->as.TryStar.finalbody);
    case STMT_Assert: return visit_expr(c, s->as.Assert.test), visit_optional(c, s->as.Assert.msg);
    case STMT_Import: return visit_aliases(c, &s->as.Import.names);
    case STMT_ImportFrom: return visit_aliases(c, &s->as.ImportFrom.names);
    case STMT_Global: return visit_declaration(c, &s->as.Global.names, true, s->span);
    case STMT_Nonlocal: return visit_declaration(c, &s->as.Nonlocal.names, false, s->span);
    case STMT_Expr: return visit_expr(c, s->as.Expr.value);
    case STMT_Pass: case STMT_Break: case STMT_Continue: return;
    }
}

static void visit_stmts(Compiler *c, const AstStmtSeq *statements)
{
    if (c->failed || !compile_enter(c))
        return;
    for (size_t i = 0; i < statements->count && !c->failed; i++)
        visit_stmt(c, statements->items[i]);
    compile_leave(c);
}

bool symtable_build(Compiler *c, const AstMod *module)
{
    const AstName *name = name_of(c, "top");
    c->scope = NULL;
    Scope *top = c->failed ? NULL : scope_new(c, SCOPE_MODULE, name, module, (Span){1, 0, 1, 0});
    if (!top)
        return false;
    c->symtable.module = c->scope = top;
    if (module->kind == MOD_Expression)
        visit_expr(c, module->as.Expression.body);
    else
        visit_stmts(c, module->kind == MOD_Module ? &module->as.Module.body : &module->as.Interactive.body);
    return !c->failed && symtable_resolve(c, top);
}
