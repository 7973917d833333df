// SPDX-License-Identifier: MIT
//
// Expressions back to source text, as annotations are kept under `from __future__ import annotations` (PEP 563).
// Spacing, parentheses and quoting are CPython's.
#include "vm/compile/compiler.h"

// Binding strength; an operand of lower precedence than its place asks for is put in parentheses.
typedef enum Precedence {
    PREC_TUPLE, PREC_TEST, PREC_OR, PREC_AND, PREC_NOT, PREC_CMP, PREC_EXPR,
    PREC_BOR = PREC_EXPR, PREC_BXOR, PREC_BAND, PREC_SHIFT, PREC_ARITH, PREC_TERM, PREC_FACTOR, PREC_POWER, PREC_AWAIT,
    PREC_ATOM,
} Precedence;

typedef struct Writer {
    Compiler *c;
    StrBuilder out;
} Writer;

static void write_expr(Writer *w, const AstExpr *e, int level);

static void text(Writer *w, const char *s) { builder_add_cstr(&w->out, s); }

static void open_if(Writer *w, bool condition)
{
    if (condition)
        text(w, "(");
}

static void close_if(Writer *w, bool condition)
{
    if (condition)
        text(w, ")");
}

static void name(Writer *w, const AstName *n) { builder_add(&w->out, n->text, n->length); }

static void list(Writer *w, const AstExprSeq *items, int level)
{
    for (size_t i = 0; i < items->count; i++) {
        if (i)
            text(w, ", ");
        write_expr(w, items->items[i], level);
    }
}

// ---- operators

static void bool_op(Writer *w, const AstExpr *e, int level)
{
    bool is_and = e->as.BoolOp.op == BOOL_And;
    int own = is_and ? PREC_AND : PREC_OR;
    open_if(w, level > own);
    for (size_t i = 0; i < e->as.BoolOp.values.count; i++) {
        if (i)
            text(w, is_and ? " and " : " or ");
        write_expr(w, e->as.BoolOp.values.items[i], own + 1);
    }
    close_if(w, level > own);
}

static void binary_op_text(Writer *w, const AstExpr *e, int level)
{
    static const struct { const char *text; int level; bool right; } ops[] = {
        [BINARY_Add] = {" + ", PREC_ARITH, false}, [BINARY_Sub] = {" - ", PREC_ARITH, false},
        [BINARY_Mult] = {" * ", PREC_TERM, false}, [BINARY_MatMult] = {" @ ", PREC_TERM, false},
        [BINARY_Div] = {" / ", PREC_TERM, false}, [BINARY_Mod] = {" % ", PREC_TERM, false},
        [BINARY_LShift] = {" << ", PREC_SHIFT, false}, [BINARY_RShift] = {" >> ", PREC_SHIFT, false},
        [BINARY_BitOr] = {" | ", PREC_BOR, false}, [BINARY_BitXor] = {" ^ ", PREC_BXOR, false},
        [BINARY_BitAnd] = {" & ", PREC_BAND, false}, [BINARY_FloorDiv] = {" // ", PREC_TERM, false},
        [BINARY_Pow] = {" ** ", PREC_POWER, true},
    };
    int own = ops[e->as.BinOp.op].level;
    bool right = ops[e->as.BinOp.op].right;
    open_if(w, level > own);
    write_expr(w, e->as.BinOp.left, own + right);
    text(w, ops[e->as.BinOp.op].text);
    write_expr(w, e->as.BinOp.right, own + !right);
    close_if(w, level > own);
}

static void unary_op_text(Writer *w, const AstExpr *e, int level)
{
    static const char *const ops[] = {
        [UNARY_Invert] = "~", [UNARY_Not] = "not ", [UNARY_UAdd] = "+", [UNARY_USub] = "-"};
    int own = e->as.UnaryOp.op == UNARY_Not ? PREC_NOT : PREC_FACTOR;
    open_if(w, level > own);
    text(w, ops[e->as.UnaryOp.op]);
    write_expr(w, e->as.UnaryOp.operand, own);
    close_if(w, level > own);
}

static void compare_text(Writer *w, const AstExpr *e, int level)
{
    static const char *const ops[] = {
        [COMPARE_Eq] = " == ", [COMPARE_NotEq] = " != ", [COMPARE_Lt] = " < ", [COMPARE_LtE] = " <= ",
        [COMPARE_Gt] = " > ", [COMPARE_GtE] = " >= ", [COMPARE_Is] = " is ", [COMPARE_IsNot] = " is not ",
        [COMPARE_In] = " in ", [COMPARE_NotIn] = " not in "};
    open_if(w, level > PREC_CMP);
    write_expr(w, e->as.Compare.left, PREC_CMP + 1);
    for (size_t i = 0; i < e->as.Compare.ops.count; i++) {
        text(w, ops[e->as.Compare.ops.items[i]]);
        write_expr(w, e->as.Compare.comparators.items[i], PREC_CMP + 1);
    }
    close_if(w, level > PREC_CMP);
}

static void conditional_text(Writer *w, const AstExpr *e, int level)
{
    open_if(w, level > PREC_TEST);
    write_expr(w, e->as.IfExp.body, PREC_TEST + 1);
    text(w, " if ");
    write_expr(w, e->as.IfExp.test, PREC_TEST + 1);
    text(w, " else ");
    write_expr(w, e->as.IfExp.orelse, PREC_TEST);
    close_if(w, level > PREC_TEST);
}

// ---- lambda

static void parameter(Writer *w, const AstArg *arg, const AstExpr *value, bool *first)
{
    if (!*first)
        text(w, ", ");
    *first = false;
    name(w, arg->arg);
    if (arg->annotation) {
        text(w, ": ");
        write_expr(w, arg->annotation, PREC_TEST);
    }
    if (value) {
        text(w, "=");
        write_expr(w, value, PREC_TEST);
    }
}

static void starred_parameter(Writer *w, const char *star, const AstArg *arg, bool *first)
{
    if (!*first)
        text(w, ", ");
    text(w, star);
    *first = true;
    if (arg)
        parameter(w, arg, NULL, first);
    *first = false;
}

static void parameters(Writer *w, const AstArguments *args)
{
    bool first = true;
    size_t plain = args->posonlyargs.count + args->args.count, without = plain - args->defaults.count;
    for (size_t i = 0; i < plain; i++) {
        bool posonly = i < args->posonlyargs.count;
        const AstArg *arg = posonly ? args->posonlyargs.items[i] : args->args.items[i - args->posonlyargs.count];
        parameter(w, arg, i >= without ? args->defaults.items[i - without] : NULL, &first);
        if (posonly && i + 1 == args->posonlyargs.count)
            text(w, ", /");
    }
    if (args->vararg || args->kwonlyargs.count)
        starred_parameter(w, "*", args->vararg, &first);
    for (size_t i = 0; i < args->kwonlyargs.count; i++)
        parameter(w, args->kwonlyargs.items[i], args->kw_defaults.items[i], &first);
    if (args->kwarg)
        starred_parameter(w, "**", args->kwarg, &first);
}

static void lambda_text(Writer *w, const AstExpr *e, int level)
{
    const AstArguments *args = e->as.Lambda.args;
    bool any = args->posonlyargs.count || args->args.count || args->vararg || args->kwonlyargs.count || args->kwarg;
    open_if(w, level > PREC_TEST);
    text(w, any ? "lambda " : "lambda");
    parameters(w, args);
    text(w, ": ");
    write_expr(w, e->as.Lambda.body, PREC_TEST);
    close_if(w, level > PREC_TEST);
}

// ---- displays and comprehensions

static void dict_text(Writer *w, const AstExpr *e)
{
    text(w, "{");
    for (size_t i = 0; i < e->as.Dict.values.count; i++) {
        if (i)
            text(w, ", ");
        if (e->as.Dict.keys.items[i]) {
            write_expr(w, e->as.Dict.keys.items[i], PREC_TEST);
            text(w, ": ");
            write_expr(w, e->as.Dict.values.items[i], PREC_TEST);
        } else {
            text(w, "**");
            write_expr(w, e->as.Dict.values.items[i], PREC_EXPR);
        }
    }
    text(w, "}");
}

static void generators_text(Writer *w, const AstComprehensionSeq *generators)
{
    for (size_t i = 0; i < generators->count; i++) {
        const AstComprehension *g = generators->items[i];
        text(w, g->is_async ? " async for " : " for ");
        write_expr(w, g->target, PREC_TUPLE);
        text(w, " in ");
        write_expr(w, g->iter, PREC_TEST + 1);
        for (size_t k = 0; k < g->ifs.count; k++) {
            text(w, " if ");
            write_expr(w, g->ifs.items[k], PREC_TEST + 1);
        }
    }
}

static void comprehension_text(Writer *w, const char *open, const AstExpr *element, const AstExpr *value,
                               const AstComprehensionSeq *generators, const char *close)
{
    text(w, open);
    write_expr(w, element, PREC_TEST);
    if (value) {
        text(w, ": ");
        write_expr(w, value, PREC_TEST);
    }
    generators_text(w, generators);
    text(w, close);
}

static void tuple_text(Writer *w, const AstExprSeq *elts, int level)
{
    if (elts->count == 0)
        return text(w, "()");
    open_if(w, level > PREC_TUPLE);
    list(w, elts, PREC_TEST);
    if (elts->count == 1)
        text(w, ",");
    close_if(w, level > PREC_TUPLE);
}

// ---- calls, attributes, subscripts

static void call_text(Writer *w, const AstExpr *e)
{
    const AstExprSeq *args = &e->as.Call.args;
    const AstKeywordSeq *keywords = &e->as.Call.keywords;
    write_expr(w, e->as.Call.func, PREC_ATOM);
    if (args->count == 1 && keywords->count == 0 && args->items[0]->kind == EXPR_GeneratorExp)
        return write_expr(w, args->items[0], PREC_TUPLE);
    text(w, "(");
    list(w, args, PREC_TEST);
    for (size_t i = 0; i < keywords->count; i++) {
        if (i || args->count)
            text(w, ", ");
        if (keywords->items[i]->arg)
            name(w, keywords->items[i]->arg);
        text(w, keywords->items[i]->arg ? "=" : "**");
        write_expr(w, keywords->items[i]->value, PREC_TEST);
    }
    text(w, ")");
}

static void attribute_text(Writer *w, const AstExpr *e)
{
    const AstExpr *value = e->as.Attribute.value;
    write_expr(w, value, PREC_ATOM);
    bool integer = value->kind == EXPR_Constant && (value->as.Constant.value.kind == CONSTANT_Int ||
                                                    value->as.Constant.value.kind == CONSTANT_BigInt);
    text(w, integer ? " ." : ".");
    name(w, e->as.Attribute.attr);
}

static void optional(Writer *w, const char *before, const AstExpr *e)
{
    if (!e)
        return;
    text(w, before);
    write_expr(w, e, PREC_TEST);
}

static void slice_text(Writer *w, const AstExpr *e)
{
    optional(w, "", e->as.Slice.lower);
    text(w, ":");
    optional(w, "", e->as.Slice.upper);
    optional(w, ":", e->as.Slice.step);
}

static void yield_text(Writer *w, const AstExpr *e)
{
    text(w, e->kind == EXPR_YieldFrom ? "(yield from " : e->as.Yield.value ? "(yield " : "(yield");
    optional(w, "", e->kind == EXPR_YieldFrom ? e->as.YieldFrom.value : e->as.Yield.value);
    text(w, ")");
}

static void await_text(Writer *w, const AstExpr *e, int level)
{
    open_if(w, level > PREC_AWAIT);
    text(w, "await ");
    write_expr(w, e->as.Await.value, PREC_ATOM);
    close_if(w, level > PREC_AWAIT);
}

static void named_text(Writer *w, const AstExpr *e, int level)
{
    open_if(w, level > PREC_TUPLE);
    write_expr(w, e->as.NamedExpr.target, PREC_ATOM);
    text(w, " := ");
    write_expr(w, e->as.NamedExpr.value, PREC_ATOM);
    close_if(w, level > PREC_TUPLE);
}

// ---- constants and f-strings

static void repr_text(Writer *w, Value v)
{
    Str *s = w->c->failed ? NULL : object_repr(w->c->vm, v);
    if (!s)
        return fail(w->c);
    builder_add_str(&w->out, s);
}

// An infinite float has no literal: 1e309 reads back as one.
static void constant_text(Writer *w, const AstConstant *k)
{
    bool real = k->kind == CONSTANT_Float || k->kind == CONSTANT_Imag;
    if (k->kind == CONSTANT_Ellipsis)
        return text(w, "...");
    if (real && k->as.real == HUGE_VAL)
        return text(w, k->kind == CONSTANT_Imag ? "1e309j" : "1e309");
    if (k->u_prefix)
        text(w, "u");
    repr_text(w, constant_value(w->c, k));
}

static void joined_parts(Writer *w, const AstExpr *e, bool spec);

static void literal_part(Writer *w, const AstConstant *k)
{
    for (size_t i = 0; i < k->as.str.length; i++) {
        char ch = k->as.str.bytes[i];
        builder_add(&w->out, &ch, 1);
        if (ch == '{' || ch == '}')
            builder_add(&w->out, &ch, 1);
    }
}

static void formatted_part(Writer *w, const AstExpr *e)
{
    Writer inner = {.c = w->c};
    builder_init(&inner.out, w->c->vm);
    write_expr(&inner, e->as.FormattedValue.value, PREC_TEST + 1);
    Str *s = builder_finish(&inner.out);
    if (!s)
        return fail(w->c);
    text(w, s->data[0] == '{' ? "{ " : "{");
    builder_add_str(&w->out, s);
    int conversion = e->as.FormattedValue.conversion;
    if (conversion > 0) {
        char suffix[3] = {'!', (char)conversion, 0};
        text(w, suffix);
    }
    if (e->as.FormattedValue.format_spec) {
        text(w, ":");
        joined_parts(w, e->as.FormattedValue.format_spec, true);
    }
    text(w, "}");
}

static void joined_parts(Writer *w, const AstExpr *e, bool spec)
{
    (void)spec;
    if (e->kind == EXPR_Constant)
        return literal_part(w, &e->as.Constant.value);
    if (e->kind == EXPR_FormattedValue)
        return formatted_part(w, e);
    for (size_t i = 0; e->kind == EXPR_JoinedStr && i < e->as.JoinedStr.values.count; i++)
        joined_parts(w, e->as.JoinedStr.values.items[i], spec);
}

// The body is written first and quoted as a whole, as repr() quotes.
static void joined_text(Writer *w, const AstExpr *e, const char *prefix)
{
    Writer inner = {.c = w->c};
    builder_init(&inner.out, w->c->vm);
    joined_parts(&inner, e, false);
    Str *s = builder_finish(&inner.out);
    if (!s)
        return fail(w->c);
    text(w, prefix);
    repr_text(w, from_object(s));
}

// ---- the switch

static void write_kind(Writer *w, const AstExpr *e, int level)
{
    switch (e->kind) {
    case EXPR_BoolOp: return bool_op(w, e, level);
    case EXPR_NamedExpr: return named_text(w, e, level);
    case EXPR_BinOp: return binary_op_text(w, e, level);
    case EXPR_UnaryOp: return unary_op_text(w, e, level);
    case EXPR_Lambda: return lambda_text(w, e, level);
    case EXPR_IfExp: return conditional_text(w, e, level);
    case EXPR_Dict: return dict_text(w, e);
    case EXPR_Set: text(w, "{"); list(w, &e->as.Set.elts, PREC_TEST); return text(w, "}");
    case EXPR_ListComp: return comprehension_text(w, "[", e->as.ListComp.elt, NULL, &e->as.ListComp.generators, "]");
    case EXPR_SetComp: return comprehension_text(w, "{", e->as.SetComp.elt, NULL, &e->as.SetComp.generators, "}");
    case EXPR_DictComp:
        return comprehension_text(w, "{", e->as.DictComp.key, e->as.DictComp.value, &e->as.DictComp.generators, "}");
    case EXPR_GeneratorExp:
        return comprehension_text(w, "(", e->as.GeneratorExp.elt, NULL, &e->as.GeneratorExp.generators, ")");
    case EXPR_Await: return await_text(w, e, level);
    case EXPR_Yield: case EXPR_YieldFrom: return yield_text(w, e);
    case EXPR_Compare: return compare_text(w, e, level);
    case EXPR_Call: return call_text(w, e);
    case EXPR_FormattedValue: case EXPR_JoinedStr: return joined_text(w, e, "f");
    case EXPR_Interpolation: case EXPR_TemplateStr: return joined_text(w, e, "t");
    case EXPR_Constant: return constant_text(w, &e->as.Constant.value);
    case EXPR_Attribute: return attribute_text(w, e);
    case EXPR_Subscript:
        write_expr(w, e->as.Subscript.value, PREC_ATOM);
        text(w, "[");
        write_expr(w, e->as.Subscript.slice, PREC_TUPLE);
        return text(w, "]");
    case EXPR_Starred: text(w, "*"); return write_expr(w, e->as.Starred.value, PREC_EXPR);
    case EXPR_Name: return name(w, e->as.Name.id);
    case EXPR_List: text(w, "["); list(w, &e->as.List.elts, PREC_TEST); return text(w, "]");
    case EXPR_Tuple: return tuple_text(w, &e->as.Tuple.elts, level);
    case EXPR_Slice: return slice_text(w, e);
    }
}

static void write_expr(Writer *w, const AstExpr *e, int level)
{
    if (!compile_enter(w->c))
        return;
    write_kind(w, e, level);
    compile_leave(w->c);
}

Value annotation_text(Compiler *c, const AstExpr *e)
{
    Writer w = {.c = c};
    builder_init(&w.out, c->vm);
    write_expr(&w, e, PREC_TEST);
    Str *s = c->failed ? NULL : builder_finish(&w.out);
    return constant_intern(c, s ? from_object(s) : VALUE_EMPTY);
}
