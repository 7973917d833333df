// SPDX-License-Identifier: MIT
//
// Type parameters, `type` statements (PEP 695, PEP 696) and template strings (PEP 750). Their objects are made by
// library code: typing._type_param(kind, name, bound, default), typing._type_alias(name, params, value) and
// typing._generic_base(params), where bound, default and value are functions that evaluate late, or None; and
// string.templatelib's Template and Interpolation. The type parameters of a definition live in registers or cells of
// the enclosing code, as the variables of an inlined comprehension do.
#include "vm/compile/compiler.h"

// R[dst] = module, imported with the given names as fromlist.
static void import_module(Compiler *c, const char *module, const char *first, const char *second, Reg dst)
{
    const AstName *name = name_of(c, module), *a = name_of(c, first), *b = second ? name_of(c, second) : NULL;
    if (c->failed)
        return;
    Value second_name = b ? from_object(name_str(c, b)) : VALUE_NONE;
    Value list = tuple_pack(c->vm, b ? 2 : 1, from_object(name_str(c, a)), second_name);
    Reg mark = temp_mark(c), arguments = temp_push(c, 2);
    emit_constant(c, constant_intern(c, list), arguments);
    emit_constant(c, from_small(0), arguments + 1);
    emit(c, OP_IMPORT_NAME, dst, constant_name(c, name), arguments);
    temp_release(c, mark);
}

static void import_member(Compiler *c, Reg module, const char *member, Reg dst)
{
    const AstName *name = name_of(c, member);
    if (name)
        emit(c, OP_IMPORT_FROM, dst, module, constant_name(c, name));
}

// A call window whose callee is a function of the module typing.
static Reg typing_window(Compiler *c, const char *function, uint32_t arguments)
{
    Reg window = temp_push(c, WINDOW_ARGS + arguments);
    import_module(c, "typing", function, NULL, window);
    import_member(c, window, function, window);
    return window;
}

// A function that evaluates an expression later; None when there is none.
static void late_value(Compiler *c, AstExpr *const *field, Reg dst)
{
    if (!*field)
        return emit_none(c, dst);
    Code *code = function_code(c, symtable_scope(c, field), NULL, NULL, *field, (*field)->span.line);
    make_closure(c, code, dst);
}

static void make_type_param(Compiler *c, const AstTypeParam *p)
{
    static AstExpr *const nothing = NULL;
    Reg window = typing_window(c, "_type_param", 4), arg = window + WINDOW_ARGS;
    Span old = span_swap(c, p->span);
    AstExpr *const *value = p->kind == TYPE_PARAM_TypeVar ? &p->as.TypeVar.default_value
                            : p->kind == TYPE_PARAM_ParamSpec ? &p->as.ParamSpec.default_value
                                                              : &p->as.TypeVarTuple.default_value;
    emit_constant(c, from_small((int64_t)p->kind), arg);
    emit_constant(c, from_object(name_str(c, type_param_name(p))), arg + 1);
    late_value(c, p->kind == TYPE_PARAM_TypeVar ? &p->as.TypeVar.bound : &nothing, arg + 2);
    late_value(c, value, arg + 3);
    emit(c, OP_CALL, window, 4, window);
    store_name(c, type_param_name(p), window);
    span_swap(c, old);
    temp_release(c, window);
}

Scope *type_params_begin(Compiler *c, const AstTypeParamSeq *params, Reg tuple)
{
    Scope *outside = c->unit->inner, *scope = params->count ? symtable_scope(c, params->items) : NULL;
    if (!scope)
        return outside;
    c->unit->inner = scope;
    reset_variables(c, scope);
    Reg mark = temp_mark(c);
    for (size_t i = 0; i < params->count && !c->failed; i++)
        make_type_param(c, params->items[i]);
    for (size_t i = 0; i < params->count && !c->failed; i++)
        load_name(c, type_param_name(params->items[i]), temp_push(c, 1));
    emit(c, OP_BUILD_TUPLE, tuple, mark, (uint32_t)params->count);
    temp_release(c, mark);
    return outside;
}

void type_params_end(Compiler *c, Scope *outside) { c->unit->inner = outside; }

Reg generic_base(Compiler *c, Reg tuple)
{
    Reg window = typing_window(c, "_generic_base", 1);
    emit_move(c, window + WINDOW_ARGS, tuple);
    emit(c, OP_CALL, window, 1, window);
    temp_release(c, window + 1);
    return window;
}

void type_alias_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_TypeAlias *alias = &s->as.TypeAlias;
    const AstName *name = alias->name->as.Name.id;
    Reg params = temp_push(c, 1);
    Scope *outside = type_params_begin(c, &alias->type_params, params);
    if (alias->type_params.count == 0)
        emit_constant(c, c->vm->empty_tuple, params);
    Reg window = typing_window(c, "_type_alias", 3), arg = window + WINDOW_ARGS;
    emit_constant(c, from_object(name_str(c, name)), arg);
    emit_move(c, arg + 1, params);
    Code *code = function_code(c, symtable_scope(c, s), NULL, NULL, alias->value, alias->value->span.line);
    make_closure(c, code, arg + 2);
    emit(c, OP_CALL, window, 3, window);
    type_params_end(c, outside);
    store_name(c, name, window);
}

// ---- template strings

static void push_interpolation(Compiler *c, const AstExpr *e, Reg module)
{
    const AstExpr_Interpolation *part = &e->as.Interpolation;
    Reg window = temp_push(c, WINDOW_ARGS);
    import_member(c, module, "Interpolation", window);
    expr_push(c, part->value);
    emit_constant(c, constant_value(c, &part->str), temp_push(c, 1));
    char conversion = (char)part->conversion;
    Value text = VALUE_NONE;
    if (part->conversion > 0) {
        Str *s = str_intern_text(c->vm, &conversion, 1);
        text = keep_value(c, s ? from_object(s) : VALUE_EMPTY);
    }
    emit_constant(c, text, temp_push(c, 1));
    Reg spec = temp_push(c, 1);
    if (part->format_spec)
        expr_to(c, part->format_spec, spec);
    else
        emit_constant(c, from_object(c->vm->empty_str), spec);
    emit(c, OP_CALL, window, 4, window);
    temp_release(c, window + 1);
}

void template_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstExprSeq *parts = &e->as.TemplateStr.values;
    Reg mark = temp_mark(c), module = temp_push(c, 1), window = temp_push(c, WINDOW_ARGS);
    import_module(c, "string.templatelib", "Interpolation", "Template", module);
    import_member(c, module, "Template", window);
    for (size_t i = 0; i < parts->count && !c->failed; i++) {
        const AstExpr *part = parts->items[i];
        Span old = span_swap(c, part->span);
        if (part->kind == EXPR_Interpolation)
            push_interpolation(c, part, module);
        else
            expr_push(c, part);
        span_swap(c, old);
    }
    emit(c, OP_CALL, window, (uint32_t)parts->count, dst);
    temp_release(c, mark);
}
