// SPDX-License-Identifier: MIT
//
// Implicit concatenation of string literals, f-strings (PEP 498, PEP 701) and t-strings (PEP 750).
//
// Every literal becomes a StringPart; the last action joins the parts. In a formatted string neighbouring texts are
// merged into one Constant and empty ones dropped.
#include <string.h>

#include "lexer/literal.h"
#include "parser/parser.h"

// Decodes the body of a literal that starts at `text` on `span`; reports a bad escape where it stands.
static bool decode(Parser *parser, const char *text, size_t length, Span span, unsigned flags, StringValue *value)
{
    if (!string_decode(parser->arena, text, length, flags, value)) {
        if (value->error == NULL) {
            parser->failed = true;
        } else {
            parser_fail_syntax(parser, span, value->error);
        }
        return false;
    }
    if (value->bad_escape != NULL) {
        const char *bad = value->bad_escape;
        for (const char *p = text; p < bad; p++) {
            span.col++;
            if (*p == '\n') {
                span.line++;
                span.col = 0;
            }
        }
        span = (Span){span.line, span.col, span.line, span.col + 2};
        const char *message = arena_printf(parser->arena, "invalid escape sequence '\\%.*s'",
                                           bad + 1 < text + length ? 1 : 0, bad + 1);
        parser_warn(parser, DIAGNOSTIC_DEPRECATION_WARNING, span, message);
    }
    return true;
}

StringPart *string_plain(Parser *parser, Token token)
{
    StringPart *part = parser_alloc(parser, sizeof(StringPart));
    StringValue value = {0};
    size_t prefix, quotes;
    part->span = token.span;
    part->flags = string_prefix(token.text, &prefix, &quotes);
    Span body = token.span;
    body.col += (uint32_t)(prefix + quotes);
    if (decode(parser, token.text + prefix + quotes, token.length - prefix - 2 * quotes, body, part->flags, &value)) {
        part->bytes = value.bytes;
        part->length = value.length;
    }
    return part;
}

StringPart *string_formatted(Parser *parser, Token open, AstList *values, Token close)
{
    StringPart *part = parser_alloc(parser, sizeof(StringPart));
    size_t prefix, quotes;
    part->span = span_join(open.span, close.span);
    part->flags = string_prefix(open.text, &prefix, &quotes);
    part->values = values;
    return part;
}

AstList *strings_add(Parser *parser, AstList *list, StringPart *part)
{
    list = list == NULL ? seq_new(parser) : list;
    list->span = list->count == 0 ? part->span : span_join(list->span, part->span);
    return list_add(parser, list, part);
}

// --- joining ---------------------------------------------------------------------------------------------------------

static AstExpr *text_constant(Parser *parser, Span span, const char *bytes, size_t length)
{
    AstExpr *expr = expr_new(parser, EXPR_Constant, span);
    expr->as.Constant.value.kind = CONSTANT_Str;
    expr->as.Constant.value.as.str.bytes = bytes;
    expr->as.Constant.value.as.str.length = length;
    return expr;
}

// Appends text to a list of values, merging it with a text before it.
static AstList *value_add_text(Parser *parser, AstList *values, AstExpr *text)
{
    if (parser->failed || text->as.Constant.value.as.str.length == 0) {
        return values;
    }
    AstExpr *last = values->count == 0 ? NULL : values->items[values->count - 1];
    if (last == NULL || last->kind != EXPR_Constant) {
        return list_add(parser, values, text);
    }
    AstConstant *left = &last->as.Constant.value;
    const AstConstant *right = &text->as.Constant.value;
    size_t length = left->as.str.length + right->as.str.length;
    char *joined = arena_grow(parser->arena, (char *)left->as.str.bytes, left->as.str.length + 1, length + 1);
    if (joined == NULL) {
        parser->failed = true;
        return values;
    }
    memcpy(joined + left->as.str.length, right->as.str.bytes, right->as.str.length + 1);
    left->as.str.bytes = joined;
    left->as.str.length = length;
    last->span = span_join(last->span, text->span);
    return values;
}

static bool mixture_check(Parser *parser, const AstList *parts)
{
    bool bytes = false, text = false, template = false, other = false;
    for (size_t i = 0; i < parts->count; i++) {
        const StringPart *part = parts->items[i];
        bool is_bytes = (part->flags & STRING_BYTES) != 0;
        bytes = bytes || is_bytes;
        text = text || !is_bytes;
        template = template || (part->flags & STRING_TEMPLATE);
        other = other || !(part->flags & STRING_TEMPLATE);
    }
    if (template && other) {
        parser_fail_syntax(parser, parts->span, "cannot mix t-string literals with string or bytes literals");
    } else if (bytes && text) {
        parser_fail_syntax(parser, parser->current.span, "cannot mix bytes and nonbytes literals");
    }
    return !parser->failed;
}

// Literals without fields: one Constant.
static Node join_plain(Parser *parser, AstList *parts)
{
    StringPart *first = parts->items[0];
    size_t length = 0;
    for (size_t i = 0; i < parts->count; i++) {
        length += ((StringPart *)parts->items[i])->length;
    }
    const char *bytes = first->bytes;
    if (parts->count > 1) {
        char *joined = arena_grow(parser->arena, NULL, 0, length + 1);
        bytes = joined;
        for (size_t i = 0; i < parts->count && joined != NULL; i++) {
            const StringPart *part = parts->items[i];
            memcpy(joined, part->bytes, part->length + 1);
            joined += part->length;
        }
    }
    if (bytes == NULL) {
        parser->failed = true;
    }
    AstExpr *expr = text_constant(parser, parts->span, bytes, length);
    expr->as.Constant.value.kind = first->flags & STRING_BYTES ? CONSTANT_Bytes : CONSTANT_Str;
    expr->as.Constant.value.u_prefix = (first->flags & STRING_UNICODE) != 0;
    return (Node){expr, parts->span};
}

static Node join_formatted(Parser *parser, AstList *parts, bool is_template)
{
    AstList *values = seq_new(parser);
    for (size_t i = 0; i < parts->count; i++) {
        StringPart *part = parts->items[i];
        if (part->values == NULL) {
            AstExpr *text = text_constant(parser, part->span, part->bytes, part->length);
            text->as.Constant.value.u_prefix = (part->flags & STRING_UNICODE) != 0;
            values = value_add_text(parser, values, text);
            continue;
        }
        for (size_t k = 0; k < part->values->count; k++) {
            AstExpr *value = part->values->items[k];
            values = value->kind == EXPR_Constant ? value_add_text(parser, values, value)
                                                  : list_add(parser, values, value);
        }
    }
    AstExpr *expr = expr_new(parser, is_template ? EXPR_TemplateStr : EXPR_JoinedStr, parts->span);
    expr->as.JoinedStr.values = LIST_SEQ(AstExprSeq, values);
    return expr_done(parser, expr);
}

_Static_assert(offsetof(AstExpr, as.JoinedStr.values) == offsetof(AstExpr, as.TemplateStr.values),
               "JoinedStr and TemplateStr are filled alike");

Node build_strings(Parser *parser, AstList *parts)
{
    if (parser->failed || !mixture_check(parser, parts)) {
        return (Node){expr_new(parser, EXPR_Constant, parts->span), parts->span};
    }
    bool formatted = false;
    for (size_t i = 0; i < parts->count; i++) {
        formatted = formatted || ((StringPart *)parts->items[i])->values != NULL;
    }
    bool is_template = (((StringPart *)parts->items[0])->flags & STRING_TEMPLATE) != 0;
    return formatted ? join_formatted(parser, parts, is_template) : join_plain(parser, parts);
}

// --- fields ----------------------------------------------------------------------------------------------------------

static AstExpr *middle_constant(Parser *parser, Token middle, unsigned flags)
{
    StringValue value = {.bytes = "", .length = 0};
    if (!decode(parser, middle.text, middle.length, middle.span, flags, &value)) {
        value = (StringValue){.bytes = "", .length = 0};
    }
    return text_constant(parser, middle.span, value.bytes, value.length);
}

AstList *fstring_text(Parser *parser, AstList *list, Token middle)
{
    return list_add(parser, list, middle_constant(parser, middle, middle.flags | STRING_BRACES));
}

AstList *spec_text(Parser *parser, AstList *list, Token middle)
{
    return list_add(parser, list, middle_constant(parser, middle, middle.flags));
}

// A field with `=` comes with the text of its expression before it: the two travel as a JoinedStr of both.
AstList *fstring_field(Parser *parser, AstList *list, AstExpr *field)
{
    if (parser->failed || field->kind != EXPR_JoinedStr) {
        return list_add(parser, list, field);
    }
    return list_add(parser, list_add(parser, list, field->as.JoinedStr.values.items[0]),
                    field->as.JoinedStr.values.items[1]);
}

Conversion field_conversion(Parser *parser, Token bang, Token name)
{
    char c = name.text[0];
    if (name.span.line != bang.span.end_line || name.span.col != bang.span.end_col) {
        parser_fail_syntax(parser, name.span, "f-string: conversion type must come right after the exclamation mark");
    } else if (name.length != 1 || (c != 's' && c != 'r' && c != 'a')) {
        parser_fail_syntax(parser, name.span, "f-string: invalid conversion character: expected 's', 'r', or 'a'");
    }
    return (Conversion){c, bang};
}

FieldSpec build_spec(Parser *parser, Token colon, AstList *parts)
{
    Span span = colon.span;
    AstList *values = seq_new(parser);
    for (size_t i = 0; i < parts->count && !parser->failed; i++) {
        AstExpr *part = parts->items[i];
        span = span_join(span, part->span);
        if (part->kind == EXPR_JoinedStr) {
            values = value_add_text(parser, values, part->as.JoinedStr.values.items[0]);
            part = part->as.JoinedStr.values.items[1];
        }
        values = part->kind == EXPR_Constant ? value_add_text(parser, values, part) : list_add(parser, values, part);
    }
    AstExpr *expr = expr_new(parser, EXPR_JoinedStr, span);
    expr->as.JoinedStr.values = LIST_SEQ(AstExprSeq, values);
    return (FieldSpec){expr_done(parser, expr).expr, colon};
}

// The source of a field's expression without its comments.
static AstConstant field_source(Parser *parser, const char *start, const char *end)
{
    AstConstant constant = {.kind = CONSTANT_Str};
    char *text = arena_copy(parser->arena, start, (size_t)(end - start));
    char *out = text;
    char quote = '\0';
    if (text == NULL) {
        parser->failed = true;
        constant.as.str.bytes = "";
        return constant;
    }
    for (const char *p = start; p < end; p++) {
        if (*p == '#' && quote == '\0') {
            const char *newline = memchr(p, '\n', (size_t)(end - p));
            p = newline != NULL ? newline : end - 1;
        } else if (*p == '\'' || *p == '"') {
            quote = quote == *p ? '\0' : quote == '\0' ? *p : quote;
        }
        *out++ = *p;
    }
    *out = '\0';
    constant.as.str.bytes = text;
    constant.as.str.length = (size_t)(out - text);
    return constant;
}

// For a t-string: without the `=` and the white space at the end, but with that at the start, as CPython 3.14 has it.
static AstConstant interpolation_text(Parser *parser, const char *start, const char *end)
{
    AstConstant constant = field_source(parser, start, end);
    size_t length = constant.as.str.length;
    while (length > 0 && strchr(" \t\n\f=", constant.as.str.bytes[length - 1]) != NULL) {
        length--;
    }
    const char *text = arena_copy(parser->arena, constant.as.str.bytes, length);
    parser->failed = parser->failed || text == NULL;
    constant.as.str.bytes = text;
    constant.as.str.length = length;
    return constant;
}

AstExpr *build_field(Parser *parser, Token open, Node value, Token equal, Conversion conversion, FieldSpec spec,
                     Token close)
{
    const Token *after = conversion.code >= 0 ? &conversion.token : spec.expr != NULL ? &spec.colon : &close;
    bool is_template = (open.flags & STRING_TEMPLATE) != 0;
    AstExpr *field =
        expr_new(parser, is_template ? EXPR_Interpolation : EXPR_FormattedValue, span_join(open.span, close.span));
    int code = conversion.code >= 0 ? conversion.code : equal.kind != 0 && spec.expr == NULL ? 'r' : -1;
    if (is_template) {
        AstConstant text = interpolation_text(parser, open.text + 1, after->text);
        field->as.Interpolation = (AstExpr_Interpolation){value.expr, text, code, spec.expr};
    } else {
        field->as.FormattedValue = (AstExpr_FormattedValue){value.expr, code, spec.expr};
    }
    expr_done(parser, field);
    if (equal.kind == 0 || parser->failed) {
        return field;
    }
    Span span = {open.span.end_line, open.span.end_col, after->span.line, after->span.col};
    AstConstant source = field_source(parser, open.text + 1, after->text);
    AstExpr *text = text_constant(parser, span, source.as.str.bytes, source.as.str.length);
    AstList *pair = list_add(parser, list_one(parser, text), field);
    AstExpr *both = expr_new(parser, EXPR_JoinedStr, field->span);
    both->as.JoinedStr.values = LIST_SEQ(AstExprSeq, pair);
    return both;
}
