// SPDX-License-Identifier: MIT
//
// The door of the compiler: parse, build the symbol table, emit the module, assemble. All memory but the Code itself is
// an arena charged to the VM and given back at the end.
#include "vm/compile/compiler.h"

static void *arena_memory(void *context, void *ptr, size_t old_size, size_t new_size)
{
    if (new_size > old_size && !vm_work(context, (new_size - old_size) >> 7)) // an interrupt is pending then
        return NULL;
    void *p = mem_realloc(context, ptr, old_size, new_size);
    if (!p && new_size > old_size && gc_emergency(context)) // what the heap can give back may be enough
        p = mem_realloc(context, ptr, old_size, new_size);
    return p;
}

static ArenaAllocator vm_allocator(VM *vm) { return (ArenaAllocator){arena_memory, vm}; }

static void module_body(Compiler *c, Unit *u, const AstStmtSeq *statements, bool interactive)
{
    if (u->scope->has_annotations)
        emit(c, OP_SETUP_ANNOTATIONS, 0, 0, 0);
    Str *doc = interactive ? NULL : docstring(c, statements);
    if (doc) {
        Reg reg = temp_push(c, 1);
        u->span = statements->items[0]->span;
        emit_constant(c, from_object(doc), reg);
        store_str_name(c, "__doc__", reg);
        temp_release(c, reg);
    }
    body(c, statements);
    emit(c, OP_RETURN_K, 0, constant_id(c, VALUE_NONE), 0);
}

static Code *module_code(Compiler *c, const AstMod *module)
{
    Unit unit;
    if (!unit_enter(c, &unit, c->symtable.module, 1))
        return NULL;
    switch (module->kind) {
    case MOD_Module: module_body(c, &unit, &module->as.Module.body, false); break;
    case MOD_Interactive: module_body(c, &unit, &module->as.Interactive.body, true); break;
    case MOD_Expression: emit(c, OP_RETURN, expr_any(c, module->as.Expression.body), 0, 0); break;
    }
    return unit_leave(c, &unit);
}

Code *compile_ast(VM *vm, const AstMod *module, Str *filename, CompileMode mode, uint32_t flags, const char *source,
                  size_t size)
{
    Compiler c = {.vm = vm, .filename = filename, .mode = mode, .flags = flags, .source = source, .source_size = size};
    c.future_annotations = flags & COMPILE_FUTURE_ANNOTATIONS;
    c.keep = list_new(vm, 64);
    if (!c.keep)
        return NULL;
    arena_init(&c.arena, vm_allocator(vm));
    name_table_init(&c.names, &c.arena);
    Code *code = NULL;
    if (future_features(&c, module) && symtable_build(&c, module))
        code = module_code(&c, module);
    arena_free(&c.arena);
    return c.failed ? NULL : code;
}

static bool report_warnings(VM *vm, const ParseResult *result, Str *filename)
{
    for (const ParseWarning *w = result->warnings; w; w = w->next) {
        const Diagnostic *d = &w->diagnostic;
        ExcId category = d->kind == DIAGNOSTIC_DEPRECATION_WARNING ? EXC_DeprecationWarning : EXC_SyntaxWarning;
        Str *message = str_from(vm, d->message);
        if (!message)
            return false;
        if (warn_place(vm, category, filename, (int32_t)d->span.line, message))
            continue;
        if (error_is(vm, category)) { // turned into an error: a SyntaxError at that place
            Diagnostic error = *d;
            error.kind = DIAGNOSTIC_SYNTAX_ERROR;
            error_clear(vm);
            raise_diagnostic(vm, &error, filename);
        }
        return false;
    }
    return true;
}

Code *compile_source(VM *vm, const char *text, size_t size, Str *filename, CompileMode mode, uint32_t flags,
                     bool is_text)
{
    ParseOptions options = {.allocator = vm_allocator(vm), .filename = filename->data, .is_text = is_text,
                            .from_file = flags & COMPILE_SCRIPT, .from_prompt = flags & COMPILE_FROM_PROMPT};
    options.mode = mode == COMPILE_EXEC ? PARSE_FILE : mode == COMPILE_EVAL ? PARSE_EVAL : PARSE_SINGLE;
    ParseResult result;
    Code *code = NULL;
    vm_charge(vm, size >> 4);
    bool parsed = parse_source(&options, text, size, &result);
    if (vm->error || !report_warnings(vm, &result, filename))
        parsed = false;
    else if (!parsed)
        raise_diagnostic(vm, &result.diagnostic, filename);
    bool unseen = is_text || (filename->size && filename->data[0] == '<'); // CPython looks for the line in the file
    if (parsed)
        code = compile_ast(vm, result.module, filename, mode, flags, unseen ? NULL : text, unseen ? 0 : size);
    parse_result_free(&result);
    return code;
}
