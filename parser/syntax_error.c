// SPDX-License-Identifier: MIT
//
// Why the grammar has no place for a token: the one table of wordings, asked in CPython's order of preference.
//
// The source is tokenized again into one array, so that every question can look both ways. Questions about
// expressions are answered by parsing stretches of tokens alone (parser_fragment). Runs once per failed parse; cost
// does not matter, except that no question may look further than WINDOW tokens.
#include "parser/trouble.h"

#include <string.h>

// --- blocks ----------------------------------------------------------------------------------------------------------

// The first token of the logical line that `index` is on.
static size_t line_first(const Trouble *t, size_t index)
{
    while (index > 0) {
        int before = t->tokens[index - 1].kind;
        if (before == TOKEN_NEWLINE || before == TOKEN_INDENT || before == TOKEN_DEDENT) {
            break;
        }
        index--;
    }
    return index;
}

// What opens a block, as "'if' statement", or NULL. Moves *first past `async`.
static const char *header_describe(const Trouble *t, size_t *first)
{
    if (t->tokens[*first].kind == TOKEN_ASYNC && *first + 1 < t->at) {
        (*first)++;
    }
    switch (t->tokens[*first].kind) {
    case TOKEN_IF: return "'if' statement";
    case TOKEN_ELIF: return "'elif' statement";
    case TOKEN_ELSE: return "'else' statement";
    case TOKEN_FOR: return "'for' statement";
    case TOKEN_WHILE: return "'while' statement";
    case TOKEN_WITH: return "'with' statement";
    case TOKEN_TRY: return "'try' statement";
    case TOKEN_FINALLY: return "'finally' statement";
    case TOKEN_EXCEPT: return t->tokens[*first + 1].kind == TOKEN_STAR ? "'except*' statement" : "'except' statement";
    case TOKEN_MATCH: return "'match' statement";
    case TOKEN_CASE: return "'case' statement";
    case TOKEN_CLASS: return "class definition";
    case TOKEN_DEF: return "function definition";
    default: return NULL;
    }
}

static bool ask_block(Trouble *t)
{
    if (t->at < 2 || t->tokens[t->at - 1].kind != TOKEN_NEWLINE || !trouble_accepts(t, TOKEN_INDENT)) {
        return false;
    }
    size_t first = line_first(t, t->at - 1);
    const char *what = header_describe(t, &first);
    if (what == NULL) {
        return false;
    }
    const char *message = arena_printf(t->parser->arena, "expected an indented block after %s on line %u", what,
                                       t->tokens[first].span.line);
    return trouble_report_at(t, DIAGNOSTIC_INDENTATION_ERROR, t->at, message);
}

// `x` and more on the next line, where one interactive statement was asked for.
static bool ask_single(Trouble *t)
{
    size_t first = 0;
    if (t->parser->options->mode != PARSE_SINGLE || t->at == 0 || t->tokens[t->at - 1].kind != TOKEN_NEWLINE ||
        header_describe(t, &first) != NULL || t->tokens[0].kind == TOKEN_AT || !trouble_accepts(t, TOKEN_END)) {
        return false;
    }
    t->parser->final = true;
    return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at - 1,
                             "multiple statements found while compiling a single statement");
}

static bool ask_colon(Trouble *t)
{
    size_t first = line_first(t, t->at);
    int kind = t->tokens[t->at].kind;
    if (t->depth[t->at] > 0 || first == t->at || !trouble_accepts(t, TOKEN_COLON)) {
        return false;
    }
    // The header's own colon is still to come when every colon so far belongs to a lambda.
    int colons = 0;
    bool open_lambda = false;
    for (size_t i = first; i < t->at; i++) {
        int token = t->depth[i] == 0 ? t->tokens[i].kind : 0;
        colons += token == TOKEN_COLON ? 1 : token == TOKEN_LAMBDA ? -1 : 0;
        open_lambda = token == TOKEN_LAMBDA || (open_lambda && token != TOKEN_COLON);
    }
    if (colons != 0 || open_lambda) {
        return false;
    }
    int keyword = t->tokens[first].kind;
    if (keyword == TOKEN_ASYNC) {
        keyword = t->tokens[first + 1].kind;
    }
    switch (keyword) {
    case TOKEN_DEF: case TOKEN_ELSE: case TOKEN_TRY: case TOKEN_FINALLY:
        return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "expected ':'");
    case TOKEN_CLASS:
    case TOKEN_IF:
    case TOKEN_ELIF:
    case TOKEN_WHILE:
    case TOKEN_FOR:
    case TOKEN_WITH:
    case TOKEN_EXCEPT:
    case TOKEN_MATCH: case TOKEN_CASE:
        return kind == TOKEN_NEWLINE && trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "expected ':'");
    default:
        return false;
    }
}

static bool ask_definition(Trouble *t)
{
    if (t->at >= 2 && t->tokens[t->at - 2].kind == TOKEN_DEF && trouble_accepts(t, TOKEN_LPAR)) {
        return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "expected '('");
    }
    if (t->at >= 1 && t->tokens[t->at - 1].kind == TOKEN_RARROW) { // no annotation: it was not the arrow's place
        return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at - 1, "expected ':'");
    }
    return false;
}

static bool ask_try(Trouble *t)
{
    int before = t->at > 0 ? t->tokens[t->at - 1].kind : 0;
    if (before == TOKEN_STAR && t->at > 1 && t->tokens[t->at - 2].kind == TOKEN_EXCEPT) {
        int kind = t->tokens[t->at].kind;
        return (kind == TOKEN_COLON || kind == TOKEN_NEWLINE) &&
               trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "expected one or more exception types");
    }
    return trouble_accepts(t, TOKEN_EXCEPT) && trouble_accepts(t, TOKEN_FINALLY) && !trouble_accepts(t, TOKEN_NAME) &&
           trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "expected 'except' or 'finally' block");
}

// --- parameters ------------------------------------------------------------------------------------------------------

// `def f(a, (b, c)):` and `lambda (a, b): c`.
static bool ask_parameters(Trouble *t)
{
    size_t i = t->at;
    if (t->tokens[i].kind != TOKEN_LPAR) {
        return false;
    }
    size_t open = i;
    bool is_lambda = false;
    for (;; open--) {  // back over plain parameters
        if (open == 0) {
            return false;
        }
        int kind = t->tokens[open - 1].kind;
        if (kind == TOKEN_LAMBDA) {
            is_lambda = true;
            break;
        }
        if (kind == TOKEN_LPAR && open >= 3 && t->tokens[open - 3].kind == TOKEN_DEF) {
            break;
        }
        if (kind != TOKEN_NAME && kind != TOKEN_COMMA) {
            return false;
        }
    }
    for (i++; i + 1 < t->count && t->tokens[i].kind == TOKEN_NAME; i += 2) {
        size_t close = t->tokens[i + 1].kind == TOKEN_COMMA && t->tokens[i + 2].kind == TOKEN_RPAR ? i + 2 : i + 1;
        if (t->tokens[close].kind == TOKEN_RPAR) {
            return trouble_report(t, span_join(t->tokens[t->at].span, t->tokens[close].span),
                                  is_lambda ? "Lambda expression parameters cannot be parenthesized"
                                            : "Function parameters cannot be parenthesized");
        }
        if (t->tokens[i + 1].kind != TOKEN_COMMA) {
            return false;
        }
    }
    return false;
}

// --- formatted strings -----------------------------------------------------------------------------------------------

static bool ask_field(Trouble *t)
{
    int kind = t->tokens[t->at].kind;
    int before = t->at > 0 ? t->tokens[t->at - 1].kind : 0;
    if (!t->in_field) {
        return false;
    }
    if (before == TOKEN_FIELD_OPEN && kind == TOKEN_FIELD_BANG) {
        return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "expression required before '!'");
    }
    if (before == TOKEN_FIELD_OPEN &&
        (kind == TOKEN_FIELD_CLOSE || kind == TOKEN_FIELD_COLON || kind == TOKEN_FIELD_EQUAL)) {
        return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "empty expression not allowed");
    }
    if (before == TOKEN_FIELD_BANG) {
        return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at,
                                 "invalid conversion character: expected 's', 'r', or 'a'");
    }
    bool converted = t->at > 1 && t->tokens[t->at - 2].kind == TOKEN_FIELD_BANG;
    if (before == TOKEN_FIELD_EQUAL || converted) {
        return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "expecting '}'");
    }
    return false;
}

// --- the verdict -----------------------------------------------------------------------------------------------------

static bool ask_nothing_more(Trouble *t)
{
    int kind = t->tokens[t->at].kind;
    t->parser->final = kind == TOKEN_INDENT || kind == TOKEN_DEDENT;
    switch (kind) {
    case TOKEN_INDENT: return trouble_report_at(t, DIAGNOSTIC_INDENTATION_ERROR, t->at, "unexpected indent");
    case TOKEN_DEDENT: return trouble_report_at(t, DIAGNOSTIC_INDENTATION_ERROR, t->at, "unexpected unindent");
    default: return trouble_report_at(t, DIAGNOSTIC_SYNTAX_ERROR, t->at, "invalid syntax");
    }
}

void syntax_error_diagnose(Parser *parser)
{
    static bool (*const questions[])(Trouble *) = {
        ask_single,     ask_block,      ask_definition, ask_colon,          ask_try,   ask_field,       ask_parameters,
        trouble_dict,   trouble_equal,  trouble_expression, trouble_group, trouble_default, trouble_target,
        trouble_argument, ask_nothing_more,
    };
    Trouble trouble;
    if (!trouble_open(&trouble, parser)) {
        parser->failed = true;
        return;
    }
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]) && !parser->failed; i++) {
        if (questions[i](&trouble)) {
            return;
        }
    }
}
