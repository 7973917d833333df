// SPDX-License-Identifier: MIT
//
// What the files of vm/compile/ share: the Compiler of one compilation, the Unit of one code object being emitted,
// and the functions each file offers to the others.
//
// Errors are sticky: the first one is stored in the VM and sets `failed`; from then on every function returns at once
// with a harmless result (register 0, label 0), so that only loops and the door need to look. Arena memory is not
// scanned by the collector: every heap value the compiler holds is also in the list `keep`, which a C local holds.
#ifndef AIOLOS_VM_COMPILER_H
#define AIOLOS_VM_COMPILER_H

#include "lexer/utf8.h"
#include "vm/compile/compile.h"
#include "vm/compile/map.h"
#include "vm/compile/symtable.h"
#include "vm/core/native.h"
#include "vm/interp/instr.h"

typedef uint32_t Reg;
typedef uint32_t Label;

enum {
    NO_LABEL = 0xFFFFFFFF,
    MAX_REG = 0xFF00,        // registers of one code object, call windows included
    MAX_NAMED = 0xE000,      // of those, variables; the others are spilled
    MAX_NARROW = 0xFFFF,     // constants and caches that a 16-bit operand can reach
    MAX_BLOCKS = 20,         // statically nested blocks, as in CPython
    DISPLAY_CHUNK = 48,      // items of a display that are gathered in registers
    CALL_CHUNK = 500,        // arguments of a call that are passed in a window
    WINDOW_ARGS = FRAME_HEADER, // first argument of a call window
};

// One instruction before assembly: operands are still wide, constants and caches are ids, jumps name labels.
typedef struct Item {
    uint8_t op, n;
    bool dead;
    bool maybe;     // CLEAR: needed only when some variable in it may be read unbound
    uint32_t a, b, c;
    Label label;
    Span span;
} Item;

typedef struct Constant {
    Value value;
    uint32_t index;  // final place
    bool narrow;     // used in a 16-bit operand
} Constant;

typedef struct CacheName {
    Str *name;
    uint32_t index;
    bool wide;       // a 32-bit operand names it
} CacheName;

// A stretch of code whose exceptions go to `handler`. It may be closed and opened again around code that leaves it.
typedef struct Region {
    uint32_t start;
    Label handler;
    Reg reg;
} Region;

typedef struct HandlerRange {
    uint32_t start, end;
    Label handler;
    Reg reg;
} HandlerRange;

typedef struct InlinedRange {
    uint32_t start, end, parent, call;
    Str *name, *qualname;
} InlinedRange;

typedef enum BlockKind {
    BLOCK_LOOP,
    BLOCK_TRY,          // body of try with except clauses
    BLOCK_FINALLY_TRY,  // body of try with a finally clause
    BLOCK_FINALLY_END,  // the finally clause run for an exception
    BLOCK_WITH,
    BLOCK_ASYNC_WITH,
    BLOCK_HANDLER,      // body of an except clause
    BLOCK_STAR,         // body of an except* clause
} BlockKind;

typedef struct Block {
    BlockKind kind;
    struct Block *outer;
    uint32_t depth;
    Label break_label, continue_label;
    Region *regions[2];           // innermost first
    const AstStmtSeq *final_body;
    Reg saved;                    // FINALLY_END, HANDLER: what handled_reg goes back to
    Reg exit;                     // WITH: __exit__, and in the next register its self (LOAD_SPECIAL)
    const AstName *name;          // HANDLER: the `as` name
    Span span;
} Block;

// One code object being made.
typedef struct Unit {
    struct Unit *outer;
    Scope *scope;       // of the code
    Scope *inner;       // the innermost comprehension being emitted in it, else the same
    Str *name, *qualname;
    uint32_t flags;
    uint32_t first_line;
    uint32_t nparams, nposonly, nkwonly;
    Reg nlocals;        // named registers
    Reg first_temp, temp_top, nregs;
    Reg handled, ns, spill; // NO_REG: none
    Item *items;
    uint32_t count, capacity;
    uint32_t *labels;   // item index, or NO_LABEL while not placed
    uint32_t label_count, label_capacity;
    Constant *constants;
    uint32_t constant_count, constant_capacity, narrow_count;
    Map constant_ids;
    CacheName *caches;
    uint32_t cache_count, cache_capacity, narrow_caches;
    HandlerRange *handlers;
    uint32_t handler_count, handler_capacity;
    InlinedRange *inlined;
    uint32_t inlined_count, inlined_capacity, inlined_current; // current: index + 1
    Symbol **variables; // by register, nlocals of them
    Block *block;
    uint32_t handler_depth; // > 0: handled_reg may hold an exception here
    Span span;          // given to the instructions emitted now
} Unit;

struct Compiler {
    VM *vm;
    Arena arena;
    NameTable names;    // names that the source did not spell: mangled ones, .0, __class__
    Str *filename;
    const char *source; // text for SyntaxError.text, or NULL
    size_t source_size;
    CompileMode mode;
    uint32_t flags;
    bool future_annotations;
    uint32_t future_line; // of the last future import
    bool failed;
    uint32_t depth;
    List *keep;
    Map strings;        // AstName * -> Str *
    Value *interned;    // constants of the whole compilation, by content
    uint32_t interned_count, interned_capacity;
    Symtable symtable;
    Unit *unit;
    Scope *scope;       // symtable.c: scope being filled
};

// ---- errors and memory (compile_error.c)
void fail(Compiler *c);                      // an exception is pending
void compile_error(Compiler *c, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
// Without an end position, as errors about __future__ are.
void compile_error_at(Compiler *c, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool compile_warning(Compiler *c, ExcId category, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool warn_place(VM *vm, ExcId category, Str *filename, int32_t line, Str *message); // false: became an error
void *alloc(Compiler *c, size_t size);
// Makes room for one more element in an array of the arena. False: failed.
bool array_reserve(Compiler *c, void *array, uint32_t count, uint32_t *capacity, size_t size);
bool compile_enter(Compiler *c);             // recursion guard: false and RecursionError when too deep
static inline void compile_leave(Compiler *c) { c->depth--; }

// ---- names and constants (constant.c)
bool class_free_index(Compiler *c, uint32_t *index); // the free variable __class__, if the unit has it
const AstName *name_of(Compiler *c, const char *text);
bool name_is(const AstName *name, const char *text);
bool name_equal(const AstName *a, const AstName *b);
Str *name_str(Compiler *c, const AstName *name);
Value keep_value(Compiler *c, Value v);      // roots v; fails when v is VALUE_EMPTY
Value constant_value(Compiler *c, const AstConstant *constant);
Value constant_intern(Compiler *c, Value v); // the one constant equal to v in type and value
uint32_t constant_id(Compiler *c, Value v);
// Marks a constant for use in a 16-bit operand. False: no room, load it into a register instead.
bool constant_narrow(Compiler *c, uint32_t id);
uint32_t constant_name(Compiler *c, const AstName *name); // narrow id of a name's Str; an error when there is no room

// ---- folding (fold.c)
bool fold(Compiler *c, const AstExpr *e, Value *out); // true: e is the constant *out
bool fold_items(Compiler *c, const AstExprSeq *elts, Value *out); // a tuple, when every item (there is one) is constant
bool fold_container(Compiler *c, const AstExpr *e, Value *out); // list or set of constants that is only looked at
int fold_truth(Compiler *c, const AstExpr *e);        // 0, 1, or -1 when not constant

// ---- emission (emit.c)
uint32_t emit(Compiler *c, Opcode op, uint32_t a, uint32_t b, uint32_t third);
uint32_t emit_n(Compiler *c, Opcode op, uint8_t n, uint32_t a, uint32_t b, uint32_t third);
void emit_jump(Compiler *c, Opcode op, uint32_t a, uint32_t b, Label label);
void emit_move(Compiler *c, Reg dst, Reg src);
void emit_constant(Compiler *c, Value v, Reg dst);
void emit_none(Compiler *c, Reg dst);
Label label_new(Compiler *c);
void label_place(Compiler *c, Label label);
Reg temp_push(Compiler *c, uint32_t count);   // `count` fresh registers in a row
static inline void temp_release(Compiler *c, Reg mark) { c->unit->temp_top = mark; }
static inline Reg temp_mark(Compiler *c) { return c->unit->temp_top; }
static inline bool is_temp(Compiler *c, Reg reg) { return reg >= c->unit->first_temp; }
uint32_t cache_name(Compiler *c, const AstName *name); // narrow cache, NO_LABEL when there is no room
uint32_t cache_wide(Compiler *c, Str *name);
void region_open(Compiler *c, Region *region, Label handler, Reg reg);
void region_close(Compiler *c, Region *region);
static inline Span span_swap(Compiler *c, Span span)
{
    Span old = c->unit->span;
    c->unit->span = span;
    return old;
}

// ---- units (unit.c, assemble.c)
bool unit_enter(Compiler *c, Unit *u, Scope *scope, uint32_t first_line);
Code *unit_leave(Compiler *c, Unit *u);       // assembles; NULL: failed
Str *qualified_name(Compiler *c, Scope *scope);
Code *assemble(Compiler *c, Unit *u);
void flow_threads(Compiler *c, Unit *u);      // jump threading, dead code (flow.c)
bool flow_bound(Compiler *c, Unit *u, uint64_t *clear); // drops needless CHECK_LOCALs; clear: to be emptied at entry
const char *op_operands(uint32_t op);         // operand kinds of opcodes.def
const char *op_name(uint32_t op);
bool op_is_wide(uint32_t op);                   // the second operand takes 32 bits
bool op_ends(uint32_t op);                    // control does not go on to the next instruction
bool code_verify(const Code *code, char *message, size_t size);

// ---- variables (variable.c)
void load_name(Compiler *c, const AstName *name, Reg dst);
bool local_register(Compiler *c, const AstName *name, Reg *reg); // plain register variable, not yet checked
Symbol *local_symbol(Compiler *c, const AstName *name);
void check_bound(Compiler *c, Symbol *symbol);
void store_name(Compiler *c, const AstName *name, Reg src);
void delete_name(Compiler *c, const AstName *name);
void unbind_name(Compiler *c, const AstName *name); // name = None; del name
bool forbidden_name(Compiler *c, const AstName *name, AstContext ctx);
void load_str_name(Compiler *c, const char *name, Reg dst);  // of class and module code
void store_str_name(Compiler *c, const char *name, Reg src);

// ---- expressions
void expr_to(Compiler *c, const AstExpr *e, Reg dst);
Reg expr_any(Compiler *c, const AstExpr *e);          // a local's own register, or a new temporary
Reg expr_into(Compiler *c, const AstExpr *e, Reg dst); // as expr_any, with dst as the temporary when it is one
// As expr_any, safe against a walrus in `later` (may be NULL: unknown code follows) that rebinds the local.
extern const AstExpr nothing_follows;
Reg expr_operand(Compiler *c, const AstExpr *e, Reg hint, const AstExpr *later);
Reg expr_push(Compiler *c, const AstExpr *e);         // in a new temporary
void expr_discard(Compiler *c, const AstExpr *e);
// May leave the current span at that of a comparison.
void jump_if(Compiler *c, const AstExpr *e, Label label, bool when);
void compare_to(Compiler *c, const AstExpr *e, Reg dst);
void call_to(Compiler *c, const AstExpr *e, Reg dst);
// Arguments and call of a callee already in R[base], the top temporary, with `leading` arguments already in its window.
// `extra`: register of one more positional argument after args, or NO_REG.
void call_arguments(Compiler *c, Reg base, uint32_t leading, const AstExprSeq *args, const AstKeywordSeq *keywords,
                    Reg extra, Reg dst);
void check_keywords(Compiler *c, const AstKeywordSeq *keywords);
void attribute_to(Compiler *c, const AstExpr *e, Reg dst);
void emit_load_attr(Compiler *c, Reg dst, Reg object, const AstName *name);
void emit_store_attr(Compiler *c, Reg object, Reg value, const AstName *name);
Span attribute_span(Compiler *c, Span span, const AstExpr *attribute);
void subscript_to(Compiler *c, const AstExpr *e, Reg dst);
void slice_to(Compiler *c, const AstExpr *e, Reg dst);
void list_to(Compiler *c, const AstExprSeq *elts, Reg dst);
void tuple_to(Compiler *c, const AstExprSeq *elts, Reg dst);
void set_to(Compiler *c, const AstExprSeq *elts, Reg dst);
void dict_to(Compiler *c, const AstExpr *e, Reg dst);
void joined_to(Compiler *c, const AstExpr *e, Reg dst);
void formatted_to(Compiler *c, const AstExpr *e, Reg dst);
void template_to(Compiler *c, const AstExpr *e, Reg dst);
void comprehension_to(Compiler *c, const AstExpr *e, Reg dst);
Opcode binary_opcode(AstBinaryOp op);
void binary_operation(Compiler *c, AstBinaryOp op, uint8_t inplace, Reg dst, Reg left, const AstExpr *right);
void check_is_literal(Compiler *c, const AstExpr *e);
void check_caller(Compiler *c, const AstExpr *func);
void check_subscript(Compiler *c, const AstExpr *e);

// ---- targets (target.c)
void assign_from(Compiler *c, const AstExpr *target, Reg src); // stores R[src]
void assign_statement(Compiler *c, const AstStmt *s);
void augmented_statement(Compiler *c, const AstStmt *s);
void annotated_statement(Compiler *c, const AstStmt *s);
void delete_target(Compiler *c, const AstExpr *target);

// ---- statements
void stmt(Compiler *c, const AstStmt *s);
void body(Compiler *c, const AstStmtSeq *statements);
void for_statement(Compiler *c, const AstStmt *s);
void async_for_statement(Compiler *c, const AstStmt *s);
Reg item_register(Compiler *c, const AstExpr *target, bool *direct); // for the items of a loop
void emit_for_loop(Compiler *c, const AstExpr *target, Reg item, Reg iterator, Label top);
void while_statement(Compiler *c, const AstStmt *s);
void if_statement(Compiler *c, const AstStmt *s);
void try_statement(Compiler *c, const AstStmt *s);
void try_star_statement(Compiler *c, const AstStmt *s);
void with_statement(Compiler *c, const AstStmt *s);
void match_statement(Compiler *c, const AstStmt *s);
void import_statement(Compiler *c, const AstStmt *s);
void import_from_statement(Compiler *c, const AstStmt *s);
void function_statement(Compiler *c, const AstStmt *s);
void class_statement(Compiler *c, const AstStmt *s);
void type_alias_statement(Compiler *c, const AstStmt *s);
void reset_variables(Compiler *c, const Scope *scope); // of code that runs inside another's, at its beginning
// Type parameters (PEP 695): makes them and a tuple of them in R[tuple]; returns the scope to go back to with
// type_params_end. Without parameters nothing happens.
Scope *type_params_begin(Compiler *c, const AstTypeParamSeq *params, Reg tuple);
void type_params_end(Compiler *c, Scope *outside);
Reg generic_base(Compiler *c, Reg tuple);
void lambda_to(Compiler *c, const AstExpr *e, Reg dst);
// The code of a function; the body is `statements`, or the expression `result`. args NULL: none.
Code *function_code(Compiler *c, Scope *scope, const AstArguments *args, const AstStmtSeq *statements,
                    const AstExpr *result, uint32_t first_line);
void make_function(Compiler *c, Code *code, Reg dst, Reg extras, uint8_t n);
Str *docstring(Compiler *c, const AstStmtSeq *statements);
bool future_features(Compiler *c, const AstMod *module); // `from __future__ import ...`
void make_closure(Compiler *c, Code *code, Reg dst);
Reg emit_decorators(Compiler *c, const AstExprSeq *decorators);
void call_decorators(Compiler *c, const AstExprSeq *decorators, Reg first, Reg value);
Value annotation_text(Compiler *c, const AstExpr *e);
void annotation_to(Compiler *c, const AstExpr *e, Reg dst);

// ---- blocks (block.c)
void block_push(Compiler *c, Block *block, BlockKind kind);
void block_pop(Compiler *c, Block *block);
// Leaves the blocks inside the nearest loop (to_loop) or all of them, emitting their cleanup code. Returns that loop.
// After the jump or return that follows, block_resume(c, top) puts things back; top is c->unit->block from before.
Block *block_unwind(Compiler *c, bool to_loop);
void block_resume(Compiler *c, Block *top, Block *end);
Reg exit_window(Compiler *c, Reg exit); // a method window to call __exit__ with three arguments
void call_exit(Compiler *c, const Block *block); // __exit__(None, None, None) of a with block
bool block_needs_unwinding(Compiler *c);
void handled_enter(Compiler *c, Reg saved, Reg exception);
void handled_leave(Compiler *c, Reg saved);

#endif
