// SPDX-License-Identifier: MIT
//
// Code, functions, natives, bound methods, descriptors and cells.
#ifndef AIOLOS_VM_FUNCTION_H
#define AIOLOS_VM_FUNCTION_H

#include "vm/core/vm.h"
#include "vm/interp/instr.h"

typedef struct Cell {
    Object base;
    Value value; // VALUE_EMPTY: unbound
} Cell;

// One instruction range whose exceptions go to `handler` with the exception in register `reg`. Inner ranges come first.
typedef struct Handler {
    uint32_t start, end, target;
    uint32_t reg;
} Handler;

// An inlined comprehension: tracebacks show a frame of this name between start and end.
typedef struct Inlined {
    uint32_t start, end;
    uint32_t parent;  // index of the enclosing Inlined + 1, 0 none
    uint32_t call_position; // instruction index whose position is the comprehension's call site
    Str *name;
    Str *qualname;
} Inlined;

// Where a new closure takes each free variable from.
typedef struct Capture {
    uint16_t index;
    bool from_free; // the maker's own free variable `index`, else the cell in the maker's register `index`
} Capture;

#define CODE_VARARGS 1u
#define CODE_VARKW 2u
#define CODE_GENERATOR 4u
#define CODE_COROUTINE 8u
#define CODE_ASYNC_GENERATOR 16u
#define CODE_NESTED 32u
#define CODE_CLASS 64u              // class body: names live in the dict of register ns_reg
#define CODE_NAMESPACE 128u         // module or exec code with LOAD_NAME: same
#define CODE_ITERABLE_COROUTINE 256u
#define CODE_DOCSTRING 512u         // constant 0 is the docstring
#define CODE_MODULE 1024u
#define CODE_FUTURE_ANNOTATIONS 2048u
#define CODE_ANY_GENERATOR (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR)
#define CODE_MANY_GLOBALS 8192u     // its functions differ in globals or builtins: places of globals are not cached
#define CODE_SIMPLE 4096u           // no * or **, no keyword-only, no generator: the fast call path

struct Code {
    Object base;
    Instr *instrs;       // GC buffer; rewritten in place by specialisation
    Cache *pool;         // GC buffer: the inline caches, the last one first, then the constants
    Value *constants;    // in the pool
    uint32_t instr_count, constant_count, cache_count;
    uint32_t name_cache_count; // of the caches those of global names: the last ones, so first in the pool
    uint32_t flags;
    uint16_t nregs;      // registers of a frame, call windows included
    uint16_t nparams;    // positional parameters (positional-only included): registers 0 ..
    uint16_t
        simple_params; // nparams when the flag CODE_SIMPLE is set, else NOT_SIMPLE: one compare finds the fast call
    uint16_t simple_await;  // nparams of a coroutine that binds as simply and has no handler, else NOT_SIMPLE
    uint16_t nposonly, nkwonly; // keyword-only follow the positional; then *args, then **kwargs
    uint16_t nlocals;    // registers with a name (varnames), parameters first
    uint16_t ncells;     // of those, how many are cells (for co_cellvars)
    uint16_t nfree;
    uint16_t handled_reg;// register with the exception being handled, NO_REG if the code has no handler
    uint16_t ns_reg;     // CODE_CLASS/CODE_NAMESPACE: register of the namespace dict
    uint16_t attr_hint;  // class body: distinct self.NAME stores in its methods
    uint32_t first_line;
    Str *name, *qualname, *filename;
    Value *varnames;     // GC buffer of nlocals Str
    Value *cellnames;    // GC buffer of ncells Str
    Value *freenames;    // GC buffer of nfree Str
    Capture *captures;   // GC buffer, nfree: how MAKE_FUNCTION fills the closure
    Handler *handlers; uint32_t handler_count; // GC buffer
    Inlined *inlined; uint32_t inlined_count;  // GC buffer
    uint8_t *positions; uint32_t positions_size; // GC buffer, see vm/compile/positions.h
    Dict *globals;       // namespace of all functions made from this code so far; NULL: none yet, or several
    Value source_lines;  // VALUE_EMPTY, or the text of code that has no file
    Code *next_code, *prev_code; // list of all codes of the VM (weak)
};

static inline Cache *code_cache(const Code *c, uint32_t index) { return (Cache *)c->constants - 1 - index; }

#define NO_REG 0xFFFF
#define NOT_SIMPLE 0xFFFF

typedef struct Function {
    Object base;
    Code *code;
    Dict *globals;
    Dict *builtins;
    Value *closure;      // GC buffer of Cells (nfree), or NULL
    Value defaults;      // tuple or VALUE_EMPTY
    Value kwdefaults;    // dict or VALUE_EMPTY
    Str *name, *qualname;
    Value doc, module, annotations; // VALUE_EMPTY until set
    Value attributes;    // Dict, VALUE_EMPTY until used
} Function;

typedef struct Native {
    Object base;
    const NativeDef *def;
    NativeFn fn;
    struct Signature *signature; // parsed on the first call: GC buffer
    Value self;          // bound object (module or instance), VALUE_EMPTY none
    Type *owner;         // of a method
    Str *name;
    Str *module;
    int16_t least, most; // fn takes this many arguments as they are; least > most: only by way of the binder
    bool is_constructor; // TypeDef.make: its first argument is the class, which messages do not count
} Native;

typedef struct BoundMethod { // method and method-wrapper
    Object base;
    Value function, self;
} BoundMethod;

typedef struct SlotWrapper { // a native dunder: list.__len__
    Object base;
    Type *owner;
    SpecialId id;
    struct Native *native; // what implements it when the type's ops do not (object.__setattr__, X.__init__), or NULL
} SlotWrapper;

typedef struct GetSet {
    Object base;
    const GetSetDef *def;
    Type *owner;
} GetSet;

typedef struct Member { // one __slots__ name
    Object base;
    Type *owner;
    Str *name;
    uint32_t slot;
} Member;

typedef struct Property {
    Object base;
    Value getter, setter, deleter, doc; // VALUE_NONE when absent
    bool doc_from_getter;
    Str *name;
    Value attributes;
} Property;

typedef struct MethodDecorator { // classmethod, staticmethod
    Object base;
    Value function;
    Value attributes;
} MethodDecorator;

typedef struct Super {
    Object base;
    Type *type;      // start after this one in the MRO
    Value object;    // VALUE_EMPTY: unbound
    Type *object_type;
    Value attributes;
} Super;

typedef struct MappingProxy {
    Object base;
    Value mapping;
} MappingProxy;

typedef struct GenericAlias { // list[int]; also int | str (KIND_UNION: origin unused)
    Object base;
    Value origin, args, parameters;
    bool unpacked;
    Value attributes;
} GenericAlias;

static inline bool is_function(Value v) { return has_kind(v, KIND_FUNCTION); }
static inline Function *as_function(Value v) { return (Function *)as_object(v); }

Code *code_new(VM *vm);
Function *function_new(VM *vm, Code *code, Dict *globals);
Value cell_new(VM *vm, Value value);
Value bound_method_new(VM *vm, Value function, Value self);
#endif
