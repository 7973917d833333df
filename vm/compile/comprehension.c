// SPDX-License-Identifier: MIT
//
// Comprehensions and generator expressions. A list, set or dict comprehension runs inside the enclosing code, on
// registers of its own (the idea of PEP 709); an Inlined entry lets tracebacks show its frame all the same. In a
// class body, whose names it must not see, it is a real function, and a generator expression always is.
#include "vm/compile/compiler.h"

typedef struct Comprehension {
    const AstExpr *node;
    const AstComprehensionSeq *generators;
    const AstExpr *element, *value; // value: of a dict; element is then the key
    Reg result;                     // the list, set or dict; NO_REG: a generator yields the items
} Comprehension;

static Comprehension describe(const AstExpr *e)
{
    switch (e->kind) {
    case EXPR_ListComp: return (Comprehension){e, &e->as.ListComp.generators, e->as.ListComp.elt, NULL, NO_REG};
    case EXPR_SetComp: return (Comprehension){e, &e->as.SetComp.generators, e->as.SetComp.elt, NULL, NO_REG};
    case EXPR_DictComp:
        return (Comprehension){e, &e->as.DictComp.generators, e->as.DictComp.key, e->as.DictComp.value, NO_REG};
    default: return (Comprehension){e, &e->as.GeneratorExp.generators, e->as.GeneratorExp.elt, NULL, NO_REG};
    }
}

static void add_item(Compiler *c, const Comprehension *k)
{
    Reg mark = temp_mark(c);
    if (k->value) {
        Reg key = expr_operand(c, k->element, NO_REG, k->value);
        emit(c, OP_MAP_ADD, k->result, key, expr_any(c, k->value));
    } else if (k->result == NO_REG) {
        Reg item = expr_any(c, k->element);
        emit(c, OP_YIELD, temp_push(c, 1), item, 0);
    } else {
        emit(c, k->node->kind == EXPR_SetComp ? OP_SET_ADD : OP_LIST_APPEND, k->result, expr_any(c, k->element), 0);
    }
    temp_release(c, mark);
}

static void run_generator(Compiler *c, const Comprehension *k, size_t index, Reg iterator);

// What one item of generators[index] causes: the conditions, then the next generator or the element.
static void inner_part(Compiler *c, const Comprehension *k, size_t index, Label skip)
{
    const AstComprehension *generator = k->generators->items[index];
    for (size_t i = 0; i < generator->ifs.count; i++)
        jump_if(c, generator->ifs.items[i], skip, false);
    if (index + 1 == k->generators->count)
        return add_item(c, k);
    const AstComprehension *next = k->generators->items[index + 1];
    Reg mark = temp_mark(c), iterator = temp_push(c, 1);
    emit(c, next->is_async ? OP_GET_AITER : OP_GET_ITER, iterator, expr_into(c, next->iter, iterator), 0);
    run_generator(c, k, index + 1, iterator);
    temp_release(c, mark);
}

static void run_sync(Compiler *c, const Comprehension *k, size_t index, Reg iterator)
{
    const AstExpr *target = k->generators->items[index]->target;
    Label top = label_new(c), test = label_new(c);
    emit_jump(c, OP_JUMP, 0, 0, test);
    label_place(c, top);
    bool direct;
    Reg mark = temp_mark(c), item = item_register(c, target, &direct);
    if (!direct)
        assign_from(c, target, item);
    temp_release(c, mark);
    Span old = c->unit->span;
    inner_part(c, k, index, test);
    c->unit->span = old;
    label_place(c, test);
    emit_for_loop(c, target, item, iterator, top);
}

static void run_async(Compiler *c, const Comprehension *k, size_t index, Reg iterator)
{
    const AstExpr *target = k->generators->items[index]->target;
    Label next = label_new(c), exhausted = label_new(c);
    Reg exception = temp_push(c, 2), scratch = exception + 1, mark = temp_mark(c);
    bool direct;
    Region region;
    label_place(c, next);
    Reg item = item_register(c, target, &direct);
    region_open(c, &region, exhausted, exception);
    emit(c, OP_ASYNC_NEXT, item, iterator, scratch);
    region_close(c, &region);
    if (!direct)
        assign_from(c, target, item);
    temp_release(c, mark);
    Span old = c->unit->span;
    inner_part(c, k, index, next);
    c->unit->span = old;
    emit_jump(c, OP_JUMP, 0, 0, next);
    label_place(c, exhausted);
    emit(c, OP_END_ASYNC_FOR, exception, 0, 0);
}

static void run_generator(Compiler *c, const Comprehension *k, size_t index, Reg iterator)
{
    if (!compile_enter(c))
        return;
    Reg mark = temp_mark(c);
    if (k->generators->items[index]->is_async)
        run_async(c, k, index, iterator);
    else
        run_sync(c, k, index, iterator);
    temp_release(c, mark);
    compile_leave(c);
}

static void build_empty(Compiler *c, const Comprehension *k)
{
    AstExprKind kind = k->node->kind;
    Opcode op = kind == EXPR_ListComp ? OP_BUILD_LIST : kind == EXPR_SetComp ? OP_BUILD_SET : OP_BUILD_MAP;
    emit(c, op, k->result, 0, 0);
}

static void first_iterator(Compiler *c, const Comprehension *k, Reg iterator)
{
    const AstComprehension *first = k->generators->items[0];
    emit(c, first->is_async ? OP_GET_AITER : OP_GET_ITER, iterator, expr_into(c, first->iter, iterator), 0);
}

// ---- inline

// Variables start unbound, cells afresh, each time the comprehension runs.
void reset_variables(Compiler *c, const Scope *scope)
{
    for (const Symbol *s = scope->first; s && !c->failed; s = s->next) {
        if ((s->reach != REACH_LOCAL && s->reach != REACH_CELL) || s->spilled)
            continue;
        uint32_t i = emit(c, OP_CLEAR, s->reg, 0, 0);
        if (s->reach == REACH_CELL)
            emit(c, OP_MAKE_CELL, s->reg, 0, 0);
        else if (!c->failed)
            c->unit->items[i].maybe = true;
    }
}

static void inlined_begin(Compiler *c, Scope *scope, uint32_t call)
{
    Unit *u = c->unit;
    if (!array_reserve(c, &u->inlined, u->inlined_count, &u->inlined_capacity, sizeof *u->inlined))
        return;
    Str *qualname = qualified_name(c, scope);
    u->inlined[u->inlined_count++] = (InlinedRange){
        u->count, u->count, u->inlined_current, call, name_str(c, scope->name), qualname};
    u->inlined_current = u->inlined_count;
}

static void inline_to(Compiler *c, Comprehension *k, Scope *scope, Reg dst)
{
    Unit *u = c->unit;
    Reg mark = temp_mark(c);
    k->result = is_temp(c, dst) ? dst : temp_push(c, 1);
    Reg iterator = temp_push(c, 1);
    first_iterator(c, k, iterator);
    uint32_t entry = u->inlined_current, index = u->inlined_count;
    Scope *outside = u->inner;
    inlined_begin(c, scope, u->count ? u->count - 1 : 0);
    u->inner = scope;
    reset_variables(c, scope);
    build_empty(c, k);
    run_generator(c, k, 0, iterator);
    u->inner = outside;
    if (!c->failed)
        u->inlined[index].end = u->count;
    u->inlined_current = entry;
    emit_move(c, dst, k->result);
    temp_release(c, mark);
}

// ---- as a function

static Code *comprehension_code(Compiler *c, Comprehension *k, Scope *scope)
{
    Unit unit;
    Span span = k->node->span;
    if (!compile_enter(c) || !unit_enter(c, &unit, scope, span.line))
        return NULL;
    unit.nparams = unit.nposonly = 1;
    unit.span = span;
    if (!(unit.flags & CODE_ANY_GENERATOR))
        unit.flags |= CODE_SIMPLE;
    if (k->node->kind != EXPR_GeneratorExp) {
        k->result = temp_push(c, 1);
        build_empty(c, k);
    }
    run_generator(c, k, 0, 0);
    if (k->node->kind == EXPR_GeneratorExp)
        emit(c, OP_RETURN_K, 0, constant_id(c, VALUE_NONE), 0);
    else
        emit(c, OP_RETURN, k->result, 0, 0);
    compile_leave(c);
    return unit_leave(c, &unit);
}

static void call_to_comprehension(Compiler *c, Comprehension *k, Scope *scope, Reg dst)
{
    Reg mark = temp_mark(c), window = temp_push(c, WINDOW_ARGS + 1);
    Code *code = comprehension_code(c, k, scope);
    make_closure(c, code, window);
    first_iterator(c, k, window + WINDOW_ARGS);
    emit(c, OP_CALL, window, 1, dst);
    temp_release(c, mark);
}

void comprehension_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const Unit *u = c->unit;
    Scope *scope = symtable_scope(c, e);
    Comprehension k = describe(e);
    if (!scope)
        return;
    bool at_top = (c->flags & COMPILE_TOP_LEVEL_AWAIT) && u->scope->kind == SCOPE_MODULE;
    bool allowed = at_top || u->inner->kind == SCOPE_COMPREHENSION || u->inner->kind == SCOPE_GENERATOR ||
                   (u->scope->kind == SCOPE_FUNCTION && (u->flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR)));
    if (scope->async_generators && !allowed)
        return compile_error(c, e->span, "asynchronous comprehension outside of an asynchronous function");
    if (scope->inlined)
        inline_to(c, &k, scope, dst);
    else
        call_to_comprehension(c, &k, scope, dst);
}
