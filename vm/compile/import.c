// SPDX-License-Identifier: MIT
//
// import, from ... import, and the features of __future__.
#include "vm/compile/compiler.h"

// R[arguments] = fromlist, R[arguments + 1] = level; the module goes to R[dst].
static void import_name(Compiler *c, const AstName *name, Value fromlist, int level, Reg dst)
{
    Reg mark = temp_mark(c), arguments = temp_push(c, 2);
    emit_constant(c, fromlist, arguments);
    emit_constant(c, from_small(level), arguments + 1);
    emit(c, OP_IMPORT_NAME, dst, constant_name(c, name), arguments);
    temp_release(c, mark);
}

static const AstName *part(Compiler *c, const char *text, size_t size)
{
    const AstName *name = name_intern(&c->names, text, size);
    if (!name)
        fail(c);
    return name;
}

// import a.b.c as x: x is the innermost module, fetched attribute by attribute.
static void import_as(Compiler *c, const AstAlias *alias, Reg module)
{
    const char *p = strchr(alias->name->text, '.');
    while (p && !c->failed) {
        const char *next = strchr(p + 1, '.');
        const AstName *name = part(c, p + 1, next ? (size_t)(next - p - 1) : strlen(p + 1));
        if (name)
            emit(c, OP_IMPORT_FROM, module, module, constant_name(c, name));
        p = next;
    }
    store_name(c, alias->asname, module);
}

void import_statement(Compiler *c, const AstStmt *s)
{
    for (size_t i = 0; i < s->as.Import.names.count && !c->failed; i++) {
        const AstAlias *alias = s->as.Import.names.items[i];
        const char *dot = strchr(alias->name->text, '.');
        Reg mark = temp_mark(c), module = temp_push(c, 1);
        import_name(c, alias->name, VALUE_NONE, 0, module);
        if (alias->asname) {
            import_as(c, alias, module);
        } else {
            const AstName *first = dot ? part(c, alias->name->text, (size_t)(dot - alias->name->text)) : alias->name;
            if (first)
                store_name(c, first, module);
        }
        temp_release(c, mark);
    }
}

#define LATE_FUTURE "from __future__ imports must occur at the beginning of the file"

static bool is_future(const AstStmt *s)
{
    return s->kind == STMT_ImportFrom && s->as.ImportFrom.level == 0 && s->as.ImportFrom.module &&
           name_is(s->as.ImportFrom.module, "__future__");
}

static Value from_list(Compiler *c, const AstAliasSeq *names)
{
    Tuple *list = tuple_new(c->vm, (int64_t)names->count);
    if (!list)
        return fail(c), VALUE_NONE;
    for (size_t i = 0; i < names->count; i++)
        list->items[i] = from_object(name_str(c, names->items[i]->name));
    return constant_intern(c, from_object(list));
}

void import_from_statement(Compiler *c, const AstStmt *s)
{
    const AstStmt_ImportFrom *from = &s->as.ImportFrom;
    if (is_future(s) && s->span.line > c->future_line)
        return compile_error(c, s->span, LATE_FUTURE);
    const AstName *module_name = from->module ? from->module : name_of(c, "");
    Value list = from_list(c, &from->names);
    if (c->failed)
        return;
    Reg module = temp_push(c, 1);
    import_name(c, module_name, list, from->level, module);
    for (size_t i = 0; i < from->names.count && !c->failed; i++) {
        const AstAlias *alias = from->names.items[i];
        if (i == 0 && name_is(alias->name, "*")) {
            emit(c, OP_IMPORT_STAR, module, 0, 0);
            return;
        }
        Reg mark = temp_mark(c), value = temp_push(c, 1);
        emit(c, OP_IMPORT_FROM, value, module, constant_name(c, alias->name));
        store_name(c, alias->asname ? alias->asname : alias->name, value);
        temp_release(c, mark);
    }
}

// ---- __future__ (PEP 236)

static void future_feature(Compiler *c, const AstStmt *s, const AstName *name)
{
    static const char *const known[] = {"nested_scopes", "generators", "division", "absolute_import", "with_statement",
                                        "print_function", "unicode_literals", "barry_as_FLUFL", "generator_stop"};
    if (name_is(name, "annotations")) {
        c->future_annotations = true;
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (name_is(name, known[i]))
            return;
    }
    if (name_is(name, "braces"))
        return compile_error_at(c, s->span, "not a chance");
    compile_error_at(c, s->span, "future feature %.100s is not defined", name->text);
}

// Before and between the future imports may stand the docstring alone. A later one is found when it is compiled.
bool future_features(Compiler *c, const AstMod *module)
{
    if (module->kind == MOD_Expression)
        return true;
    const AstStmtSeq *list = module->kind == MOD_Module ? &module->as.Module.body : &module->as.Interactive.body;
    bool open = true;
    uint32_t line = 0;
    for (size_t i = 0; i < list->count && !c->failed; i++) {
        const AstStmt *s = list->items[i];
        bool doc = i == 0 && s->kind == STMT_Expr && s->as.Expr.value->kind == EXPR_Constant &&
                   s->as.Expr.value->as.Constant.value.kind == CONSTANT_Str;
        if (!open && s->span.line > line)
            break;
        line = s->span.line;
        if (!is_future(s)) {
            open = open && doc;
            continue;
        }
        if (!open) {
            compile_error_at(c, s->span, LATE_FUTURE);
            break;
        }
        for (size_t k = 0; k < s->as.ImportFrom.names.count && !c->failed; k++)
            future_feature(c, s, s->as.ImportFrom.names.items[k]->name);
        c->future_line = line;
    }
    return !c->failed;
}
