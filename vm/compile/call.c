// SPDX-License-Identifier: MIT
//
// Calls and attributes. Arguments are evaluated straight into the call window at the top of the temporaries. Calls with
// `*` or `**`, and those with very many arguments, collect a list and a dict first (CALL_EX).
#include "vm/compile/compiler.h"

// ---- attributes

// CPython moves the start of an attribute that spans lines to its name, so that the traceback shows the right line.
Span attribute_span(Compiler *c, Span span, const AstExpr *attribute)
{
    uint32_t line = attribute->span.end_line, end = attribute->span.end_col;
    if (span.line == line)
        return span;
    const AstName *name = attribute->as.Attribute.attr;
    uint32_t length = (uint32_t)utf8_count(name->text, name->length);
    span.line = line;
    span.col = length <= end ? end - length : UINT32_MAX;
    if (length > end)
        span.end_col = UINT32_MAX;
    return span;
    (void)c;
}

static const AstName *mangled(Compiler *c, const AstName *name)
{
    return name_mangle(c, c->unit->inner->class_name, name);
}

void emit_load_attr(Compiler *c, Reg dst, Reg object, const AstName *name)
{
    name = mangled(c, name);
    uint32_t cache = cache_name(c, name);
    if (cache == NO_LABEL)
        emit(c, OP_LOAD_ATTR_K, dst, object, constant_name(c, name));
    else
        emit(c, OP_LOAD_ATTR, dst, object, cache);
}

void emit_store_attr(Compiler *c, Reg object, Reg value, const AstName *name)
{
    if (forbidden_name(c, name, CONTEXT_Store))
        return;
    name = mangled(c, name);
    uint32_t cache = cache_name(c, name);
    if (cache == NO_LABEL)
        emit(c, OP_STORE_ATTR_K, object, value, constant_name(c, name));
    else
        emit(c, OP_STORE_ATTR, object, value, cache);
}

void attribute_to(Compiler *c, const AstExpr *e, Reg dst)
{
    Reg mark = temp_mark(c), object = expr_into(c, e->as.Attribute.value, dst);
    Span old = span_swap(c, attribute_span(c, e->span, e));
    emit_load_attr(c, dst, object, e->as.Attribute.attr);
    span_swap(c, old);
    temp_release(c, mark);
}

// ---- warnings and errors about calls

static const char *literal_type(const AstExpr *e)
{
    switch (e->kind) {
    case EXPR_Constant: {
        static const char *const names[] = {"NoneType", "bool", "bool", "ellipsis", "int",
                                            "int", "float", "complex", "str", "bytes"};
        return names[e->as.Constant.value.kind];
    }
    case EXPR_Tuple: return "tuple";
    case EXPR_List: case EXPR_ListComp: return "list";
    case EXPR_Dict: case EXPR_DictComp: return "dict";
    case EXPR_Set: case EXPR_SetComp: return "set";
    case EXPR_GeneratorExp: return "generator";
    case EXPR_Lambda: return "function";
    case EXPR_JoinedStr: case EXPR_FormattedValue: return "str";
    default: return NULL;
    }
}

void check_caller(Compiler *c, const AstExpr *func)
{
    const char *type = func->kind == EXPR_Lambda ? NULL : literal_type(func);
    if (type)
        compile_warning(c, EXC_SyntaxWarning, c->unit->span,
                        "'%s' object is not callable; perhaps you missed a comma?", type);
}

static bool unsubscriptable(const AstExpr *e)
{
    switch (e->kind) {
    case EXPR_Constant: return e->as.Constant.value.kind < CONSTANT_Str;
    case EXPR_Set: case EXPR_SetComp: case EXPR_GeneratorExp: case EXPR_Lambda: return true;
    default: return false;
    }
}

static bool index_refused(const AstExpr *value, const AstExpr *index)
{
    switch (value->kind) {
    case EXPR_Constant: if (value->as.Constant.value.kind < CONSTANT_Str) return false; // fall through
    case EXPR_Tuple: case EXPR_List: case EXPR_ListComp: case EXPR_JoinedStr: case EXPR_FormattedValue: break;
    default: return false;
    }
    if (!literal_type(index))
        return false;
    AstConstantKind kind = index->kind == EXPR_Constant ? index->as.Constant.value.kind : CONSTANT_Str;
    return kind != CONSTANT_Int && kind != CONSTANT_BigInt && kind != CONSTANT_True && kind != CONSTANT_False;
}

void check_subscript(Compiler *c, const AstExpr *e)
{
    const AstExpr *value = e->as.Subscript.value, *index = e->as.Subscript.slice;
    if (unsubscriptable(value))
        compile_warning(c, EXC_SyntaxWarning, c->unit->span,
                        "'%s' object is not subscriptable; perhaps you missed a comma?", literal_type(value));
    else if (index_refused(value, index))
        compile_warning(c, EXC_SyntaxWarning, c->unit->span,
                        "%s indices must be integers or slices, not %s; perhaps you missed a comma?",
                        literal_type(value), literal_type(index));
}

void check_keywords(Compiler *c, const AstKeywordSeq *keywords)
{
    Map seen = {0};
    for (size_t i = 0; i < keywords->count && !c->failed; i++) {
        const AstKeyword *keyword = keywords->items[i];
        if (!keyword->arg)
            continue;
        if (forbidden_name(c, keyword->arg, CONTEXT_Store))
            return;
        MapEntry *entry = map_entry(&seen, &c->arena, (uintptr_t)keyword->arg);
        if (!entry)
            return fail(c);
        if (entry->value++)
            compile_error(c, keyword->span, "keyword argument repeated: %s", keyword->arg->text);
    }
}

// ---- plain calls

static Value keyword_names(Compiler *c, const AstKeywordSeq *keywords)
{
    Tuple *names = tuple_new(c->vm, (int64_t)keywords->count);
    if (!names)
        return fail(c), VALUE_NONE;
    for (size_t i = 0; i < keywords->count; i++)
        names->items[i] = from_object(name_str(c, mangled(c, keywords->items[i]->arg)));
    return constant_intern(c, from_object(names));
}

static const AstExprSeq no_arguments;
static const AstKeywordSeq no_keywords;

static void push_arguments(Compiler *c, const AstExprSeq *args, const AstKeywordSeq *keywords)
{
    for (size_t i = 0; i < args->count && !c->failed; i++)
        expr_push(c, args->items[i]);
    for (size_t i = 0; i < keywords->count && !c->failed; i++)
        expr_push(c, keywords->items[i]->value);
}

static void emit_call(Compiler *c, bool method, Reg base, size_t count, const AstKeywordSeq *keywords, Reg dst)
{
    if (keywords->count) {
        emit_constant(c, keyword_names(c, keywords), base + 1);
        emit(c, method ? OP_CALL_METHOD_KW : OP_CALL_KW, base, (uint32_t)count, dst);
    } else {
        emit(c, method ? OP_CALL_METHOD : OP_CALL, base, (uint32_t)count, dst);
    }
}

static bool fits_window(const AstExprSeq *args, const AstKeywordSeq *keywords)
{
    if (args->count + keywords->count > CALL_CHUNK)
        return false;
    for (size_t i = 0; i < args->count; i++) {
        if (args->items[i]->kind == EXPR_Starred)
            return false;
    }
    for (size_t i = 0; i < keywords->count; i++) {
        if (!keywords->items[i]->arg)
            return false;
    }
    return true;
}

// ---- calls with stars

// The positional arguments as one iterable in R[base + 4].
static void collect_positional(Compiler *c, Reg base, uint32_t leading, const AstExprSeq *args)
{
    Reg list = base + WINDOW_ARGS;
    if (leading == 0 && args->count == 1 && args->items[0]->kind == EXPR_Starred)
        return expr_to(c, args->items[0]->as.Starred.value, list);
    uint32_t pending = leading;
    bool made = false;
    for (size_t i = 0; i <= args->count && !c->failed; i++) {
        const AstExpr *arg = i < args->count ? args->items[i] : NULL;
        bool starred = arg && arg->kind == EXPR_Starred;
        if (!made && (!arg || starred || pending == DISPLAY_CHUNK)) {
            emit(c, OP_BUILD_LIST, list, list, pending);
            temp_release(c, list);
            temp_push(c, 1);
            made = true;
        }
        if (!arg)
            return;
        if (!made) {
            expr_push(c, arg);
            pending++;
            continue;
        }
        Reg mark = temp_mark(c), item = expr_any(c, starred ? arg->as.Starred.value : arg);
        if (starred)
            emit(c, OP_LIST_EXTEND, list, item, 0);
        else
            emit(c, OP_LIST_APPEND, list, item, 0);
        temp_release(c, mark);
    }
}

// dict = the pairs of keywords[from..to).
static void build_keywords(Compiler *c, const AstKeywordSeq *keywords, size_t from, size_t to, Reg dict)
{
    size_t direct = to - from <= DISPLAY_CHUNK ? to : from;
    Reg mark = temp_mark(c), first = mark;
    for (size_t i = from; i < direct && !c->failed; i++) {
        Reg key = temp_push(c, 1);
        emit_constant(c, from_object(name_str(c, mangled(c, keywords->items[i]->arg))), key);
        expr_push(c, keywords->items[i]->value);
    }
    emit(c, OP_BUILD_MAP, dict, direct > from ? first : dict, (uint32_t)(direct - from));
    temp_release(c, mark);
    for (size_t i = direct; i < to && !c->failed; i++) {
        Reg key = temp_push(c, 1);
        emit_constant(c, from_object(name_str(c, mangled(c, keywords->items[i]->arg))), key);
        emit(c, OP_MAP_ADD, dict, key, expr_any(c, keywords->items[i]->value));
        temp_release(c, mark);
    }
}

static void merge_keywords(Compiler *c, Reg base, const AstKeywordSeq *keywords)
{
    Reg dict = base + WINDOW_ARGS + 1;
    bool made = false;
    for (size_t i = 0; i < keywords->count && !c->failed;) {
        size_t end = i;
        while (end < keywords->count && keywords->items[end]->arg)
            end++;
        Reg mark = temp_mark(c);
        if (end > i && !made) {
            build_keywords(c, keywords, i, end, dict);
        } else if (end > i) {
            Reg part = temp_push(c, 1);
            build_keywords(c, keywords, i, end, part);
            emit(c, OP_DICT_MERGE, dict, part, base);
        } else {
            if (!made)
                emit(c, OP_BUILD_MAP, dict, dict, 0);
            emit(c, OP_DICT_MERGE, dict, expr_any(c, keywords->items[i]->value), base);
            end = i + 1;
        }
        made = true;
        i = end;
        temp_release(c, mark);
    }
}

static void call_ex(Compiler *c, Reg base, uint32_t leading, const AstExprSeq *args, const AstKeywordSeq *keywords,
                    Reg extra, Reg dst)
{
    if (leading == 0)
        temp_push(c, 1);
    if (leading == 0 && args->count && args->items[0]->kind != EXPR_Starred)
        temp_release(c, base + WINDOW_ARGS); // the first argument goes there
    collect_positional(c, base, leading, args);
    c->unit->temp_top = base + WINDOW_ARGS + 1;
    if (extra != NO_REG)
        emit(c, OP_LIST_APPEND, base + WINDOW_ARGS, extra, 0);
    if (keywords->count) {
        temp_push(c, 1);
        merge_keywords(c, base, keywords);
    }
    emit_n(c, OP_CALL_EX, keywords->count != 0, base, 0, dst);
}

void call_arguments(Compiler *c, Reg base, uint32_t leading, const AstExprSeq *args, const AstKeywordSeq *keywords,
                    Reg extra, Reg dst)
{
    check_keywords(c, keywords);
    if (!fits_window(args, keywords))
        return call_ex(c, base, leading, args, keywords, extra, dst);
    push_arguments(c, args, &no_keywords);
    if (extra != NO_REG)
        emit_move(c, temp_push(c, 1), extra);
    push_arguments(c, &no_arguments, keywords);
    emit_call(c, false, base, leading + args->count + (extra != NO_REG) + keywords->count, keywords, dst);
}

// ---- the call expression

// The window starts at dst when that is the top temporary: chains and nested calls then need no more registers.
static Reg window_base(Compiler *c, Reg dst)
{
    if (is_temp(c, dst) && dst + 1 == temp_mark(c))
        return dst;
    return temp_push(c, 1);
}

static bool is_method_call(const AstExpr *e)
{
    return e->as.Call.func->kind == EXPR_Attribute && fits_window(&e->as.Call.args, &e->as.Call.keywords);
}

// super().name(...) in a method: the super object need not be made when a plain method is found.
static bool is_super_call(Compiler *c, const AstExpr *e)
{
    const Unit *u = c->unit;
    if (e->kind != EXPR_Call || e->as.Call.args.count || e->as.Call.keywords.count ||
        e->as.Call.func->kind != EXPR_Name)
        return false;
    return u->inner == u->scope && u->nparams && scope_is_function(u->scope) &&
           !strcmp(e->as.Call.func->as.Name.id->text, "super");
}

// The object of a method call: in base, or where it already is.
static Reg receiver(Compiler *c, const AstExpr *e, uint32_t cache, Reg base)
{
    uint32_t index;
    if (!is_super_call(c, e) || !class_free_index(c, &index))
        return expr_into(c, e, base);
    expr_to(c, e->as.Call.func, base);
    c->unit->temp_top = base + 1;
    temp_push(c, WINDOW_ARGS);
    Span old = span_swap(c, e->span);
    emit(c, OP_LOAD_SUPER, base, index, cache);
    span_swap(c, old);
    return base;
}

static bool method_call_to(Compiler *c, const AstExpr *e, Reg dst)
{
    const AstExpr *method = e->as.Call.func;
    const AstName *name = mangled(c, method->as.Attribute.attr);
    uint32_t cache = cache_name(c, name);
    if (cache == NO_LABEL)
        return false;
    check_keywords(c, &e->as.Call.keywords);
    Reg base = window_base(c, dst), object = receiver(c, method->as.Attribute.value, cache, base);
    c->unit->temp_top = base + 1;
    temp_push(c, WINDOW_ARGS);
    Span old = span_swap(c, attribute_span(c, method->span, method));
    emit(c, OP_LOAD_METHOD, base, object, cache);
    push_arguments(c, &e->as.Call.args, &e->as.Call.keywords);
    span_swap(c, attribute_span(c, e->span, method));
    emit_call(c, true, base, 1 + e->as.Call.args.count + e->as.Call.keywords.count, &e->as.Call.keywords, dst);
    span_swap(c, old);
    return true;
}

void call_to(Compiler *c, const AstExpr *e, Reg dst)
{
    Reg mark = temp_mark(c);
    if (!is_method_call(e) || !method_call_to(c, e, dst)) {
        check_caller(c, e->as.Call.func);
        Reg base = window_base(c, dst);
        expr_to(c, e->as.Call.func, base);
        temp_push(c, WINDOW_ARGS - 1);
        call_arguments(c, base, 0, &e->as.Call.args, &e->as.Call.keywords, NO_REG, dst);
    }
    temp_release(c, mark);
}
