// SPDX-License-Identifier: MIT
//
// Where expressions begin and end around a refused token, and what the parser would have tried there. Works on tokens
// and, for certainty, on trial parses of stretches of them.
#include "parser/trouble.h"

// --- finding expressions ---------------------------------------------------------------------------------------------

// Tokens that cannot stand inside a disjunction, outside further brackets.
static bool breaks_disjunction(int kind)
{
    switch (kind) {
    case TOKEN_NAME: case TOKEN_TYPE: case TOKEN_CASE: case TOKEN_NUMBER: case TOKEN_STRING: case TOKEN_NONE:
    case TOKEN_TRUE: case TOKEN_FALSE: case TOKEN_ELLIPSIS: case TOKEN_DOT: case TOKEN_AWAIT: case TOKEN_NOT:
    case TOKEN_AND:
    case TOKEN_OR:
    case TOKEN_IN:
    case TOKEN_IS:
    case TOKEN_STAR:
    case TOKEN_DOUBLESTAR:
    case TOKEN_PLUS:
    case TOKEN_MINUS: case TOKEN_SLASH: case TOKEN_DOUBLESLASH: case TOKEN_PERCENT: case TOKEN_AT: case TOKEN_VBAR:
    case TOKEN_AMPER: case TOKEN_CIRCUMFLEX: case TOKEN_TILDE: case TOKEN_LEFTSHIFT: case TOKEN_RIGHTSHIFT:
    case TOKEN_LESS: case TOKEN_GREATER: case TOKEN_LESSEQUAL: case TOKEN_GREATEREQUAL: case TOKEN_EQEQUAL:
    case TOKEN_NOTEQUAL: case TOKEN_FSTRING_END: case TOKEN_FSTRING_START: case TOKEN_FSTRING_MIDDLE:
        return false;
    default:
        return true;
    }
}

static bool closes(int kind)
{
    return kind == TOKEN_RPAR || kind == TOKEN_RSQB || kind == TOKEN_RBRACE || kind == TOKEN_FIELD_CLOSE;
}

// The opening token that the closing one at `index` belongs to.
static size_t matching_open(const Trouble *t, size_t index)
{
    size_t depth = t->depth[index];
    while (index > 0 && t->depth[index] >= depth) {
        index--;
    }
    return index;
}

// Where the disjunction that ends just before `end` begins.
size_t trouble_operand(const Trouble *t, size_t end)
{
    size_t i = end;
    size_t fence = end > TROUBLE_WINDOW ? end - TROUBLE_WINDOW : 0;
    fence = fence > t->fence ? fence : t->fence;
    int strings = 0;
    while (i > fence) {
        int kind = trouble_token(t, i - 1)->kind;
        if (closes(kind)) {
            i = matching_open(t, i - 1);
            continue;
        }
        strings += kind == TOKEN_FSTRING_END ? 1 : kind == TOKEN_FSTRING_START ? -1 : 0;
        if (strings < 0 || (breaks_disjunction(kind) && strings == 0)) {
            break;
        }
        i--;
    }
    // After `for`, the first `in` is not an operator.
    if (i > 0 && trouble_token(t, i - 1)->kind == TOKEN_FOR) {
        for (size_t k = i; k < end; k++) {
            if (trouble_token(t, k)->kind == TOKEN_IN && t->depth[k] == t->depth[i]) {
                return k + 1;
            }
        }
    }
    return i;
}

// The longest expression that begins at `from`; *end is one past its last token. Returns false when there is none.
bool trouble_longest(Trouble *t, size_t from, bool star, Node *out, size_t *end)
{
    size_t stop = from;
    size_t limit = from + TROUBLE_WINDOW < t->count ? from + TROUBLE_WINDOW : t->count;
    size_t depth = t->depth[from];
    while (stop < limit && t->depth[stop] >= depth) {
        int kind = trouble_token(t, stop)->kind;
        if (t->depth[stop] == depth && (kind == TOKEN_NEWLINE || kind == TOKEN_END || closes(kind) ||
                                        kind == TOKEN_SEMI || kind == TOKEN_EQUAL || (kind == TOKEN_COMMA && !star))) {
            break;
        }
        stop++;
    }
    for (int tries = 0; stop > from && tries < 64; stop--, tries++) {
        if (parser_fragment(t->parser, trouble_token(t, from), trouble_token(t, stop), star, out)) {
            *end = stop;
            const Token *next = stop < t->count ? trouble_token(t, stop) : NULL;
            if (next != NULL && next->span.line > t->parser->last_line) {
                t->parser->last_line = next->span.line;
            }
            t->parser->reached_end = t->parser->reached_end || (t->cut_short && stop == t->count);
            return true;
        }
        if (t->parser->arena->failed) {
            return false;
        }
    }
    return false;
}

// --- where expressions stand -----------------------------------------------------------------------------------------

size_t trouble_line(const Trouble *t, size_t index)
{
    while (index > 0 && trouble_token(t, index - 1)->kind != TOKEN_NEWLINE &&
           trouble_token(t, index - 1)->kind != TOKEN_INDENT && trouble_token(t, index - 1)->kind != TOKEN_DEDENT) {
        index--;
    }
    return index;
}

// The bracket that `index` stands in, or t->count.
size_t trouble_enclosing(const Trouble *t, size_t index)
{
    size_t depth = t->depth[index];
    if (depth == 0) {
        return t->count;
    }
    while (index > 0 && t->depth[index] >= depth) {
        index--;
    }
    return index;
}

static bool is_operand_end(int kind)
{
    return kind == TOKEN_NAME || kind == TOKEN_TYPE || kind == TOKEN_CASE || kind == TOKEN_STRING || closes(kind) ||
           kind == TOKEN_FSTRING_END || kind == TOKEN_NUMBER || kind == TOKEN_NONE || kind == TOKEN_TRUE ||
           kind == TOKEN_FALSE || kind == TOKEN_ELLIPSIS;
}

BracketUse trouble_use(const Trouble *t, size_t open)
{
    int first = trouble_token(t, trouble_line(t, open))->kind;
    if (trouble_token(t, open)->kind == TOKEN_WITH_LPAR) {
        return USE_WITH;
    }
    if (first == TOKEN_FROM || first == TOKEN_IMPORT) {
        return USE_IMPORT;
    }
    if (first == TOKEN_CASE) {
        return USE_PATTERN;
    }
    int before = open > 0 ? trouble_token(t, open - 1)->kind : TOKEN_NEWLINE;
    int two = open > 1 ? trouble_token(t, open - 2)->kind : TOKEN_NEWLINE;
    if (trouble_token(t, open)->kind == TOKEN_LPAR && two == TOKEN_DEF) {
        return USE_PARAMETERS;
    }
    if (!is_operand_end(before)) {
        return USE_DISPLAY;
    }
    return trouble_token(t, open)->kind == TOKEN_LPAR   ? USE_CALL
           : trouble_token(t, open)->kind == TOKEN_LSQB ? USE_SUBSCRIPT
                                                        : USE_DISPLAY;
}

// Whether the parser would try an expression at `index`, and whether `:=` is allowed in it.
Place trouble_place(const Trouble *t, size_t index)
{
    int before = index > 0 ? trouble_token(t, index - 1)->kind : TOKEN_NEWLINE;
    size_t open = trouble_enclosing(t, index);
    BracketUse use = open < t->count ? trouble_use(t, open) : USE_DISPLAY;
    int first = trouble_token(t, trouble_line(t, index))->kind;
    if (use == USE_IMPORT || use == USE_PATTERN || first == TOKEN_GLOBAL || first == TOKEN_NONLOCAL ||
        first == TOKEN_IMPORT || first == TOKEN_FROM) {
        return PLACE_NONE;
    }
    switch (before) {
    case TOKEN_LPAR: case TOKEN_LSQB: case TOKEN_LBRACE:
        return use == USE_PARAMETERS ? PLACE_NONE : PLACE_NAMED;
    case TOKEN_COMMA:
        return use == USE_PARAMETERS || use == USE_WITH ? PLACE_NONE : open < t->count ? PLACE_NAMED : PLACE_EXPRESSION;
    case TOKEN_IF: case TOKEN_ELIF: case TOKEN_WHILE:
        return trouble_line(t, index) == index - 1 ? PLACE_NAMED : PLACE_NONE;
    case TOKEN_STAR: case TOKEN_DOUBLESTAR:
        return use == USE_CALL ? PLACE_EXPRESSION : PLACE_NONE;
    case TOKEN_IN:
        return t->depth[index] == 0 ? PLACE_EXPRESSION : PLACE_NONE;
    case TOKEN_DEF: case TOKEN_CLASS: case TOKEN_IMPORT: case TOKEN_GLOBAL: case TOKEN_NONLOCAL:
    case TOKEN_CASE: case TOKEN_WITH_LPAR: case TOKEN_FIELD_BANG: case TOKEN_LAMBDA:
        return PLACE_NONE;
    default:
        return PLACE_EXPRESSION;
    }
}

// A stretch that begins with a prefix star: the expression begins after it.
size_t trouble_skip_star(const Trouble *t, size_t start, size_t end)
{
    int kind = trouble_token(t, start)->kind;
    return start + 1 < end && (kind == TOKEN_STAR || kind == TOKEN_DOUBLESTAR) ? start + 1 : start;
}
