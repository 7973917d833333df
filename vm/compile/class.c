// SPDX-License-Identifier: MIT
//
// class: the body is a function whose names live in the namespace dict; __build_class__ calls it. The cell of
// __class__, which super() and methods use, is handed over as __classcell__ in the namespace, as in CPython.
#include "vm/compile/compiler.h"

static void class_prologue(Compiler *c, Unit *u, const AstStmtSeq *statements)
{
    Reg reg = temp_push(c, 1);
    load_str_name(c, "__name__", reg);
    store_str_name(c, "__module__", reg);
    emit_constant(c, from_object(u->qualname), reg);
    store_str_name(c, "__qualname__", reg);
    if (u->scope->has_annotations)
        emit(c, OP_SETUP_ANNOTATIONS, 0, 0, 0);
    Str *doc = docstring(c, statements);
    if (doc) {
        u->span = statements->items[0]->span;
        emit_constant(c, from_object(doc), reg);
        store_str_name(c, "__doc__", reg);
    }
    temp_release(c, reg);
}

static void class_epilogue(Compiler *c, const Unit *u)
{
    const Symbol *cell = u->scope->class_cell;
    if (cell) {
        store_str_name(c, "__classcell__", cell->reg);
        emit(c, OP_RETURN, cell->reg, 0, 0);
    } else {
        emit(c, OP_RETURN_K, 0, constant_id(c, VALUE_NONE), 0);
    }
}

static Code *class_code(Compiler *c, const AstStmt *s, uint32_t first_line)
{
    Unit unit;
    const AstStmtSeq *statements = &s->as.ClassDef.body;
    if (!compile_enter(c) || !unit_enter(c, &unit, symtable_scope(c, s), first_line))
        return NULL;
    class_prologue(c, &unit, statements);
    body(c, statements);
    class_epilogue(c, &unit);
    compile_leave(c);
    return unit_leave(c, &unit);
}

static void make_class(Compiler *c, const AstStmt *s, uint32_t line, Reg extra_base, Reg dst)
{
    const AstStmt_ClassDef *def = &s->as.ClassDef;
    Code *code = class_code(c, s, line);
    Reg window = temp_push(c, WINDOW_ARGS + 2);
    emit(c, OP_LOAD_BUILD_CLASS, window, 0, 0);
    make_closure(c, code, window + WINDOW_ARGS);
    emit_constant(c, from_object(name_str(c, def->name)), window + WINDOW_ARGS + 1);
    call_arguments(c, window, 2, &def->bases, &def->keywords, extra_base, dst);
    temp_release(c, window);
}

static void generic_class(Compiler *c, const AstStmt *s, uint32_t line, Reg dst)
{
    Reg params = temp_push(c, 1);
    Scope *outside = type_params_begin(c, &s->as.ClassDef.type_params, params);
    make_class(c, s, line, generic_base(c, params), dst);
    emit_store_attr(c, dst, params, name_of(c, "__type_params__"));
    type_params_end(c, outside);
}

void class_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_ClassDef *def = &s->as.ClassDef;
    Reg decorators = emit_decorators(c, &def->decorator_list), local;
    uint32_t line = def->decorator_list.count ? def->decorator_list.items[0]->span.line : s->span.line;
    bool generic = def->type_params.count > 0;
    bool direct = def->decorator_list.count == 0 && !generic && !name_is(def->name, "__debug__") &&
                  local_register(c, def->name, &local);
    Reg value = direct ? local : temp_push(c, 1);
    if (generic)
        generic_class(c, s, line, value);
    else
        make_class(c, s, line, NO_REG, value);
    call_decorators(c, &def->decorator_list, decorators, value);
    if (!direct)
        store_name(c, def->name, value);
}
