// SPDX-License-Identifier: MIT
//
// Parameters of functions and lambdas, and type parameters. One pass sorts them into the fields of Arguments and
// reports the first one out of order.
#include "parser/parser.h"

static AstArg *param_arg(Parser *parser, Token name, const Node *annotation)
{
    AstArg *arg = parser_alloc(parser, sizeof(AstArg));
    arg->span = annotation == NULL ? name.span : span_join(name.span, annotation->span);
    arg->arg = name.name;
    arg->annotation = annotation == NULL ? NULL : annotation->expr;
    return arg_done(parser, arg);
}

Param *param_new(Parser *parser, ParamKind kind, Token token, Token name, const Node *annotation,
                 const Node *default_value)
{
    Param *param = parser_alloc(parser, sizeof(Param));
    param->kind = kind;
    param->token = token.span;
    param->default_value = default_value == NULL ? NULL : default_value->expr;
    param->arg = kind == PARAM_SLASH || kind == PARAM_BARE_STAR ? NULL : param_arg(parser, name, annotation);
    return param;
}

Param *param_default_error(Parser *parser, ParamKind kind, Token token, Token name, const Node *annotation, Token equal)
{
    parser_fail_syntax(parser, equal.span,
                       kind == PARAM_STAR ? "var-positional argument cannot have default value"
                                          : "var-keyword argument cannot have default value");
    return param_new(parser, kind, token, name, annotation, NULL);
}

// Where in the list the sorting is.
typedef struct Sorter {
    Parser *parser;
    AstArguments *out;
    AstList *positional;
    AstList *keyword_only;
    AstList *keyword_defaults;
    AstList *defaults;
    size_t count;  // of all parameters
    bool is_lambda;
    bool slash;
    bool bare_slash; // no default came before it
    const Param *last;
    bool star;
    bool bare_star;  // and nothing after it yet
    Span star_span;
} Sorter;

static void take_plain(Sorter *s, const Param *param)
{
    s->bare_star = false;
    if (s->star) {
        list_add(s->parser, s->keyword_only, param->arg);
        list_add(s->parser, s->keyword_defaults, param->default_value);
        return;
    }
    if (param->default_value != NULL) {
        list_add(s->parser, s->defaults, param->default_value);
    } else if (s->defaults->count > 0 && s->bare_slash) { // CPython has no rule for this one
        bool last = param == s->last;
        const Span *arg = &param->arg->span;
        Span comma = {arg->end_line, arg->end_col, arg->end_line, arg->end_col + 1};
        parser_fail_syntax(s->parser, last ? s->parser->current.span : comma, "invalid syntax");
    } else if (s->defaults->count > 0) {
        parser_fail_syntax(s->parser, param->arg->span, "non-default argument follows default argument");
    }
    list_add(s->parser, s->positional, param->arg);
}

static void take_slash(Sorter *s, const Param *param)
{
    if (s->slash) {
        parser_fail_syntax(s->parser, param->token, "/ may appear only once");
    } else if (s->star) {
        parser_fail_syntax(s->parser, param->token, "/ must be ahead of *");
    } else if (s->positional->count == 0) {
        bool alone = s->parser->current.kind == TOKEN_RPAR && s->count == 1;
        parser_fail_syntax(s->parser, param->token, alone ? "invalid syntax" : "at least one argument must precede /");
    }
    s->slash = true;
    s->bare_slash = s->defaults->count == 0;
    s->out->posonlyargs = LIST_SEQ(AstArgSeq, s->positional);
    s->positional = seq_new(s->parser);
}

static void take_star(Sorter *s, const Param *param)
{
    if (s->star) {
        parser_fail_syntax(s->parser, param->token, "* argument may appear only once");
    }
    s->star = true;
    s->bare_star = param->kind == PARAM_BARE_STAR;
    s->star_span = param->token;
    s->out->vararg = param->arg;
}

// CPython marks the star of a function, but what follows the star of a lambda.
static void fail_bare_star(Sorter *s, Span after)
{
    parser_fail_syntax(s->parser, s->is_lambda ? after : s->star_span, "named arguments must follow bare *");
}

static void take(Sorter *s, const Param *param)
{
    if (s->out->kwarg != NULL) {
        parser_fail_syntax(s->parser, param->kind == PARAM_PLAIN ? param->arg->span : param->token,
                           "arguments cannot follow var-keyword argument");
        return;
    }
    switch (param->kind) {
    case PARAM_PLAIN: take_plain(s, param); break;
    case PARAM_SLASH: take_slash(s, param); break;
    case PARAM_BARE_STAR: case PARAM_STAR: take_star(s, param); break;
    case PARAM_DOUBLE_STAR:
        if (s->bare_star) {
            fail_bare_star(s, param->token);
        }
        s->out->kwarg = param->arg;
        break;
    }
}

AstArguments *build_arguments(Parser *parser, AstList *params, bool is_lambda)
{
    AstArguments *out = parser_alloc(parser, sizeof(AstArguments));
    Sorter s = {.parser = parser,
                .is_lambda = is_lambda,
                .count = params == NULL ? 0 : params->count,
                .last = params == NULL || params->count == 0 ? NULL : params->items[params->count - 1],
                .out = out,
                .positional = seq_new(parser),
                .keyword_only = seq_new(parser),
                .keyword_defaults = seq_new(parser),
                .defaults = seq_new(parser)};
    // When the list does not end here, its last parameter is not to blame.
    bool ended = parser->current.kind == (is_lambda ? TOKEN_COLON : TOKEN_RPAR);
    for (size_t i = 0; params != NULL && i + !ended < params->count && !parser->failed; i++) {
        take(&s, params->items[i]);
    }
    if (s.bare_star && ended && !parser->failed) {
        fail_bare_star(&s, parser->current.span);
    }
    if (parser->failed) {
        return out;
    }
    out->args = LIST_SEQ(AstArgSeq, s.positional);
    out->kwonlyargs = LIST_SEQ(AstArgSeq, s.keyword_only);
    out->kw_defaults = LIST_SEQ(AstExprSeq, s.keyword_defaults);
    out->defaults = LIST_SEQ(AstExprSeq, s.defaults);
    return arguments_done(parser, out);
}

// --- type parameters -------------------------------------------------------------------------------------------------

static AstTypeParam *type_param_new(Parser *parser, AstTypeParamKind kind, Span span)
{
    AstTypeParam *param = parser_alloc(parser, sizeof(AstTypeParam));
    param->kind = kind;
    param->span = span;
    return param;
}

AstTypeParam *build_type_var(Parser *parser, Token name, const Node *bound, const Node *default_value)
{
    const Node *last = default_value != NULL ? default_value : bound;
    AstTypeParam *param =
        type_param_new(parser, TYPE_PARAM_TypeVar, last == NULL ? name.span : span_join(name.span, last->span));
    param->as.TypeVar.name = name.name;
    param->as.TypeVar.bound = bound == NULL ? NULL : bound->expr;
    param->as.TypeVar.default_value = default_value == NULL ? NULL : default_value->expr;
    return type_param_done(parser, param);
}

AstTypeParam *build_type_pack(Parser *parser, AstTypeParamKind kind, Token star, Token name, const Node *default_value)
{
    Span end = default_value == NULL ? name.span : default_value->span;
    AstTypeParam *param = type_param_new(parser, kind, span_join(star.span, end));
    AstExpr *value = default_value == NULL ? NULL : default_value->expr;
    if (kind == TYPE_PARAM_ParamSpec) {
        param->as.ParamSpec = (AstTypeParam_ParamSpec){name.name, value};
    } else {
        param->as.TypeVarTuple = (AstTypeParam_TypeVarTuple){name.name, value};
    }
    return type_param_done(parser, param);
}

static bool has_default(const AstTypeParam *param)
{
    switch (param->kind) {
    case TYPE_PARAM_TypeVar: return param->as.TypeVar.default_value != NULL;
    case TYPE_PARAM_ParamSpec: return param->as.ParamSpec.default_value != NULL;
    case TYPE_PARAM_TypeVarTuple: return param->as.TypeVarTuple.default_value != NULL;
    }
    return false;
}

static const AstName *type_param_name(const AstTypeParam *param)
{
    switch (param->kind) {
    case TYPE_PARAM_TypeVar: return param->as.TypeVar.name;
    case TYPE_PARAM_ParamSpec: return param->as.ParamSpec.name;
    case TYPE_PARAM_TypeVarTuple: return param->as.TypeVarTuple.name;
    }
    return NULL;
}

AstList *type_params_add(Parser *parser, AstList *list, AstTypeParam *param)
{
    list = list == NULL ? seq_new(parser) : list;
    if (!parser->failed && list->count > 0 && has_default(list->items[list->count - 1]) && !has_default(param)) {
        parser_fail_format(parser, param->span, "non-default type parameter '%s' follows default type parameter",
                           type_param_name(param)->text);
    }
    return list_add(parser, list, param);
}

AstList *type_params_empty(Parser *parser, Token close)
{
    parser_fail_syntax(parser, close.span, "Type parameter list cannot be empty");
    return NULL;
}
