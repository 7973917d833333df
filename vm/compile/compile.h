// SPDX-License-Identifier: MIT
//
// The compiler's door: an AST in, a Code object out.
#ifndef AIOLOS_VM_COMPILE_H
#define AIOLOS_VM_COMPILE_H

#include "parser/parse.h"
#include "vm/core/vm.h"

typedef enum CompileMode { COMPILE_EXEC, COMPILE_EVAL, COMPILE_SINGLE } CompileMode;

#define COMPILE_TOP_LEVEL_AWAIT 1u   // module code may await: it becomes a coroutine when it does
#define COMPILE_FUTURE_ANNOTATIONS 2u
#define COMPILE_NAMESPACE 4u         // exec, eval with locals apart from globals: module-level names are in locals
#define COMPILE_SCRIPT 16u           // the text is a program's file: encoding and end of text are reported as for one
#define COMPILE_FROM_PROMPT 8u       // COMPILE_SINGLE: a compound statement is incomplete until a blank line ends it

// Compiles source text: parse, symbol table, code. `filename` is what tracebacks show. NULL: SyntaxError (or another
// exception) pending, with CPython's message and position fields.
Code *compile_source(VM *vm, const char *text, size_t size, Str *filename, CompileMode mode, uint32_t flags,
                     bool is_text);

// The second half alone. The AST is not kept. `source` (may be NULL) supplies the text field of a SyntaxError.
Code *compile_ast(VM *vm, const AstMod *module, Str *filename, CompileMode mode, uint32_t flags, const char *source,
                  size_t size);

// Turns a diagnostic of the front end into the pending exception. Always returns VALUE_EMPTY.
Value raise_diagnostic(VM *vm, const Diagnostic *diagnostic, Str *filename);

// Readable listing of one code object and those nested in it (--dis), through `sink`.
void disassemble(VM *vm, Code *code, const TextSink *sink);

#endif
