// SPDX-License-Identifier: MIT
//
// The marks below a source line of a traceback (PEP 657). The range of the instruction is marked with ^; for a binary
// operation the operator gets ^ and its operands ~, for a subscript the brackets with what is in them get ^. To know
// which, the range is parsed again on its own.

#include "traceback_internal.h"

#include "lexer/utf8.h"
#include "parser/parse.h"
#include "vm/compile/positions.h"

typedef struct Anchors {
    size_t left, right; // bytes from the start of the line: [left, right) is marked ^, the rest ~
    bool set;
} Anchors;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

// The operator is the first thing between the operands that is not space: with parentheses it may be one of those.
static void operator_anchors(const AstExpr *e, const char *segment, Anchors *out)
{
    size_t start = e->as.BinOp.left->span.end_col, stop = e->as.BinOp.right->span.col;
    for (size_t i = start; i < stop; i++) {
        if (is_blank(segment[i]))
            continue;
        out->left = i;
        out->right = i + 1 < stop && !is_blank(segment[i + 1]) ? i + 2 : i + 1;
        out->set = true;
        return;
    }
}

static void find_anchors(VM *vm, const char *segment, size_t size, Anchors *out)
{
    ParseResult result;
    ParseOptions options = {
        .allocator = {(void *(*)(void *, void *, size_t, size_t))mem_realloc, vm}, .mode = PARSE_FILE, .is_text = true};
    bool ok = parse_source(&options, segment, size, &result);
    if (ok && result.module->as.Module.body.count == 1 && result.module->as.Module.body.items[0]->kind == STMT_Expr) {
        const AstExpr *e = result.module->as.Module.body.items[0]->as.Expr.value;
        if (e->kind == EXPR_BinOp) {
            operator_anchors(e, segment, out);
        } else if (e->kind == EXPR_Subscript) {
            out->left = e->as.Subscript.value->span.end_col;
            out->right = e->as.Subscript.slice->span.end_col + 1;
            out->set = true;
        }
    }
    parse_result_free(&result);
}

static size_t clamp(int32_t column, size_t size) { return (size_t)column < size ? (size_t)column : size; }

static void put_repeated(Printer *p, char c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(p, &c, 1);
}

// Everything as counts of characters from the first mark.
static void put_line(Printer *p, size_t before, size_t width, size_t left, size_t right, bool anchored)
{
    put_margin(p);
    put_spaces(p, 4 + (int64_t)before);
    if (!anchored) {
        put_repeated(p, '^', width);
    } else {
        right = right < width ? right : width;
        left = left < right ? left : right;
        put_repeated(p, '~', left);
        put_repeated(p, '^', right - left);
        put_repeated(p, '~', width - right);
    }
    put_text(p, "\n");
}

void put_marks(Printer *p, const Position *place, const char *line, size_t size)
{
    if (place->line < 0 || place->end_line < 0 || place->column < 0 || place->end_column < 0)
        return;
    size_t indent = 0;
    while (indent < size && is_blank(line[indent]))
        indent++;
    size_t start = clamp(place->column, size), end = clamp(place->end_column, size);
    Anchors anchors = {0};
    if (place->line == place->end_line) {
        if (end > start)
            find_anchors(p->vm, line + start, end - start, &anchors);
        error_clear(p->vm);
    } else {
        for (end = size; end > 0 && is_blank(line[end - 1]); end--)
            continue;
    }
    if (end < start || start < indent)
        return;
    if (!anchors.set && utf8_count(line + start, end - start) == utf8_count(line + indent, size - indent))
        return;
    size_t left = anchors.set ? utf8_count(line + start, anchors.left) : 0;
    size_t right = anchors.set ? utf8_count(line + start, anchors.right < end - start ? anchors.right : end - start)
                               : 0;
    put_line(p, utf8_count(line + indent, start - indent), utf8_count(line + start, end - start), left, right,
             anchors.set);
}
