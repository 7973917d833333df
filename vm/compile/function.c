// SPDX-License-Identifier: MIT
//
// def, async def, lambda, decorators: the code object of the body, and the instructions that make the function from it,
// its defaults and its annotations.
#include "vm/compile/compiler.h"

Str *docstring(Compiler *c, const AstStmtSeq *statements)
{
    const AstStmt *first = statements->count ? statements->items[0] : NULL;
    if (!first || first->kind != STMT_Expr || first->as.Expr.value->kind != EXPR_Constant ||
        first->as.Expr.value->as.Constant.value.kind != CONSTANT_Str)
        return NULL;
    Value v = constant_value(c, &first->as.Expr.value->as.Constant.value);
    return c->failed ? NULL : as_str(v);
}

static void set_parameters(Unit *u, const AstArguments *args)
{
    u->nposonly = (uint32_t)args->posonlyargs.count;
    u->nparams = u->nposonly + (uint32_t)args->args.count;
    u->nkwonly = (uint32_t)args->kwonlyargs.count;
    u->flags |= (args->vararg ? CODE_VARARGS : 0) | (args->kwarg ? CODE_VARKW : 0);
    bool simple = !args->vararg && !args->kwarg && u->nkwonly == 0 && !(u->flags & CODE_ANY_GENERATOR);
    u->flags |= simple ? CODE_SIMPLE : 0;
}

static void check_parameter_names(Compiler *c, const AstArgSeq *list)
{
    for (size_t i = 0; i < list->count; i++)
        forbidden_name(c, list->items[i]->arg, CONTEXT_Store);
}

static void check_parameters(Compiler *c, const AstArguments *args)
{
    check_parameter_names(c, &args->posonlyargs);
    check_parameter_names(c, &args->args);
    if (args->vararg)
        forbidden_name(c, args->vararg->arg, CONTEXT_Store);
    check_parameter_names(c, &args->kwonlyargs);
    if (args->kwarg)
        forbidden_name(c, args->kwarg->arg, CONTEXT_Store);
}

Code *function_code(Compiler *c, Scope *scope, const AstArguments *args, const AstStmtSeq *statements,
                    const AstExpr *result, uint32_t first_line)
{
    Unit unit;
    if (!compile_enter(c) || !unit_enter(c, &unit, scope, first_line))
        return NULL;
    if (args)
        set_parameters(&unit, args);
    Str *doc = statements ? docstring(c, statements) : NULL;
    if (doc) {
        constant_narrow(c, constant_id(c, from_object(doc)));
        unit.flags |= CODE_DOCSTRING;
    }
    if (result) {
        unit.span = result->span;
        emit(c, OP_RETURN, expr_any(c, result), 0, 0);
    } else {
        body(c, statements);
        emit(c, OP_RETURN_K, 0, constant_id(c, VALUE_NONE), 0);
    }
    compile_leave(c);
    return unit_leave(c, &unit);
}

void make_function(Compiler *c, Code *code, Reg dst, Reg extras, uint8_t n)
{
    if (!code || c->failed)
        return;
    uint32_t id = constant_id(c, from_object(code));
    if (!constant_narrow(c, id))
        return compile_error(c, c->unit->span, "too many functions in one code block");
    emit_n(c, OP_MAKE_FUNCTION, n, dst, id, extras);
}

void make_closure(Compiler *c, Code *code, Reg dst) { make_function(c, code, dst, 0, 0); }

// ---- defaults and annotations

static void push_name(Compiler *c, const AstName *name)
{
    Reg key = temp_push(c, 1);
    emit_constant(c, from_object(name_str(c, name_mangle(c, c->unit->inner->class_name, name))), key);
}

static uint8_t defaults(Compiler *c, const AstArguments *args, Reg extras)
{
    Value v;
    if (args->defaults.count == 0)
        return 0;
    if (fold_items(c, &args->defaults, &v))
        emit_constant(c, v, extras);
    else
        tuple_to(c, &args->defaults, extras);
    return 1;
}

static uint8_t keyword_defaults(Compiler *c, const AstArguments *args, Reg dict)
{
    Reg mark = temp_mark(c);
    bool made = false;
    for (size_t i = 0; i < args->kw_defaults.count && !c->failed; i++) {
        if (!args->kw_defaults.items[i])
            continue;
        if (!made)
            emit(c, OP_BUILD_MAP, dict, 0, 0);
        made = true;
        push_name(c, args->kwonlyargs.items[i]->arg);
        emit(c, OP_MAP_ADD, dict, mark, expr_any(c, args->kw_defaults.items[i]));
        temp_release(c, mark);
    }
    return made ? 2 : 0;
}

void annotation_to(Compiler *c, const AstExpr *e, Reg dst)
{
    if (c->future_annotations) {
        emit_constant(c, annotation_text(c, e), dst);
    } else if (e->kind == EXPR_Starred) { // *args: *Ts
        Reg mark = temp_mark(c), value = expr_any(c, e->as.Starred.value);
        emit(c, OP_UNPACK, dst, value, 1);
        temp_release(c, mark);
    } else {
        expr_to(c, e, dst);
    }
}

typedef struct AnnotationDict {
    Reg dict;
    bool made;
} AnnotationDict;

static void add_annotation(Compiler *c, AnnotationDict *a, const AstName *name, const AstExpr *annotation)
{
    if (!annotation)
        return;
    if (!a->made)
        emit(c, OP_BUILD_MAP, a->dict, 0, 0);
    a->made = true;
    Reg mark = temp_mark(c);
    push_name(c, name);
    Reg value = temp_push(c, 1);
    annotation_to(c, annotation, value);
    emit(c, OP_MAP_ADD, a->dict, mark, value);
    temp_release(c, mark);
}

static void add_annotations(Compiler *c, AnnotationDict *a, const AstArgSeq *list)
{
    for (size_t i = 0; i < list->count && !c->failed; i++)
        add_annotation(c, a, list->items[i]->arg, list->items[i]->annotation);
}

static uint8_t annotations(Compiler *c, const AstArguments *args, const AstExpr *returns, Reg dict)
{
    AnnotationDict a = {dict, false};
    add_annotations(c, &a, &args->args);
    add_annotations(c, &a, &args->posonlyargs);
    if (args->vararg)
        add_annotation(c, &a, args->vararg->arg, args->vararg->annotation);
    add_annotations(c, &a, &args->kwonlyargs);
    if (args->kwarg)
        add_annotation(c, &a, args->kwarg->arg, args->kwarg->annotation);
    if (returns)
        add_annotation(c, &a, name_of(c, "return"), returns);
    return a.made ? 4 : 0;
}

// ---- decorators

Reg emit_decorators(Compiler *c, const AstExprSeq *decorators)
{
    Reg first = temp_mark(c);
    for (size_t i = 0; i < decorators->count && !c->failed; i++)
        expr_push(c, decorators->items[i]);
    return first;
}

void call_decorators(Compiler *c, const AstExprSeq *decorators, Reg first, Reg value)
{
    Reg mark = temp_mark(c), window = decorators->count ? temp_push(c, WINDOW_ARGS + 1) : 0;
    Span old = c->unit->span;
    for (size_t i = decorators->count; i-- > 0 && !c->failed;) {
        c->unit->span = decorators->items[i]->span;
        emit_move(c, window, first + (Reg)i);
        emit_move(c, window + WINDOW_ARGS, value);
        emit(c, OP_CALL, window, 1, value);
    }
    c->unit->span = old;
    temp_release(c, mark);
}

// ---- the statements

static uint32_t definition_line(const AstStmt *s, const AstExprSeq *decorators)
{
    return decorators->count ? decorators->items[0]->span.line : s->span.line;
}

void function_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_FunctionDef *def = &s->as.FunctionDef;
    check_parameters(c, def->args);
    Reg decorators = emit_decorators(c, &def->decorator_list);
    Reg extras = temp_push(c, 3), value, local;
    uint8_t n = defaults(c, def->args, extras);
    n |= keyword_defaults(c, def->args, extras + 1);
    bool generic = def->type_params.count > 0;
    Reg params = generic ? temp_push(c, 1) : 0;
    Scope *outside = type_params_begin(c, &def->type_params, params);
    n |= annotations(c, def->args, def->returns, extras + 2);
    Code *code = function_code(c, symtable_scope(c, s), def->args, &def->body, NULL,
                               definition_line(s, &def->decorator_list));
    bool direct = def->decorator_list.count == 0 && !generic && !name_is(def->name, "__debug__") &&
                  local_register(c, def->name, &local);
    value = direct ? local : temp_push(c, 1);
    make_function(c, code, value, extras, n);
    if (generic)
        emit_store_attr(c, value, params, name_of(c, "__type_params__"));
    type_params_end(c, outside);
    call_decorators(c, &def->decorator_list, decorators, value);
    if (!direct)
        store_name(c, def->name, value);
}

void lambda_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstArguments *args = e->as.Lambda.args;
    check_parameters(c, args);
    Reg mark = temp_mark(c), extras = temp_push(c, 3);
    uint8_t n = defaults(c, args, extras);
    n |= keyword_defaults(c, args, extras + 1);
    Code *code = function_code(c, symtable_scope(c, e), args, NULL, e->as.Lambda.body, e->span.line);
    make_function(c, code, dst, extras, n);
    temp_release(c, mark);
}
