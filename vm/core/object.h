// SPDX-License-Identifier: MIT
//
// Object, Shape and Type: what every heap value starts with.
//
// Every object's first word is its shape (hidden class). A shape names the type, the native layout (kind) and, for
// instances of script classes, which attribute lives in which inline slot. Two instances that got the same attributes
// in the same order share one shape, so an inline cache is one pointer compare. Built-in types have one shape each.
#ifndef AIOLOS_VM_OBJECT_H
#define AIOLOS_VM_OBJECT_H

#include "value.h"

typedef struct VM VM;
typedef struct Gc Gc;
typedef struct Shape Shape;
typedef struct Type Type;
typedef struct Str Str;
typedef struct Dict Dict;
typedef struct Tuple Tuple;
typedef struct List List;
typedef struct Code Code;
typedef struct Frame Frame;

#define KIND_BASE 1 // scripts may derive from it
#define KIND_VAR 2  // payload inline at the end

typedef enum Kind {
#define KIND(id, struct_, name, flags) KIND_##id,
#include "kinds.def"
    KIND_COUNT
} Kind;

typedef enum SpecialId {
#define SPECIAL(id) SPECIAL_##id,
#define NAME(id)
#include "names.def"
    SPECIAL_COUNT
} SpecialId;

typedef enum NameId {
#define NAME(id) NAME_##id,
#include "names.def"
    NAME_COUNT
} NameId;

struct Object {
    Shape *shape;
};

// The layout of instances of script classes without a native base (KIND_OBJECT). Slots beyond the inline ones
// live in `extra`; in dict mode (shape->dict_mode) `extra` is the Dict and no slot is used.
typedef struct Instance {
    Object base;
    Value extra; // VALUE_EMPTY, a slot buffer (raw pointer), or the Dict in dict mode
    Value slots[];
} Instance;

struct Shape {
    Object base;
    Type *type;
    uint8_t kind;        // Kind of the objects: their C layout
    uint8_t dict_mode;   // attributes are in a real dict
    uint16_t inline_slots; // how many slots such an object has inline
    uint32_t slot_count; // attributes so far
    Shape *parent;
    Str *key;            // attribute added last (slot slot_count-1); NULL in a root
    struct ShapeTable *transitions; // key -> child shape
    struct ShapeTable *index;       // key -> slot, built when slot_count > 8 and looked up
};

typedef enum BinaryOp {
    BINARY_ADD, BINARY_SUB, BINARY_MUL, BINARY_TRUEDIV, BINARY_FLOORDIV, BINARY_MOD, BINARY_POW, BINARY_MATMUL,
    BINARY_LSHIFT, BINARY_RSHIFT, BINARY_AND, BINARY_OR, BINARY_XOR, BINARY_DIVMOD, BINARY_COUNT
} BinaryOp; // order equals __add__.. in names.def

typedef enum UnaryOp {
    UNARY_NEG, UNARY_POS, UNARY_ABS, UNARY_INVERT, UNARY_INT, UNARY_FLOAT, UNARY_COMPLEX, UNARY_INDEX, UNARY_COUNT
} UnaryOp; // order equals __neg__.. in names.def (int float complex index follow invert)

typedef enum CompareOp { COMPARE_LT, COMPARE_LE, COMPARE_EQ, COMPARE_NE, COMPARE_GT, COMPARE_GE } CompareOp;

#define BIT(n) (1u << (n))
#define ALL_COMPARES 0x3F

// What a native type can do, as one constant table shared by all VMs. Entries may be NULL. Scripts see the entries as
// dunder methods; a script class that defines the dunder overrides the entry (Type.overrides).
// Contract of all: VALUE_EMPTY (or -1, or false) with vm->error set is an error.
typedef struct TypeOps {
    void (*mark)(Gc *gc, Object *o);       // mark every Value and buffer the object holds
    void (*finalize)(VM *vm, Object *o);   // release what is outside the GC heap; may not allocate or run scripts
    Value (*repr)(VM *vm, Value self);
    Value (*str)(VM *vm, Value self);      // NULL: same as repr
    Value (*format)(VM *vm, Value self, Str *spec);
    bool (*hash)(VM *vm, Value self, int64_t *out);
    Value (*compare)(VM *vm, Value self, Value other, CompareOp op); // may return VALUE_NOT_IMPLEMENTED
    uint32_t compare_mask; // which CompareOps scripts see as methods (ALL_COMPARES, BIT(COMPARE_EQ)|...)
    // Arithmetic. `self` of this type may be on either side: left is l, right is r. Returns VALUE_NOT_IMPLEMENTED when
    // it does not know the other operand. binary_mask says which ops exist; reflected_mask for which of them scripts
    // also see __rop__ (normally the same; sequences: only MUL).
    Value (*binary)(VM *vm, BinaryOp op, Value l, Value r);
    uint32_t binary_mask, reflected_mask;
    Value (*inplace)(VM *vm, BinaryOp op, Value l, Value r);
    uint32_t inplace_mask;
    Value (*unary)(VM *vm, UnaryOp op, Value v);
    uint32_t unary_mask;
    int (*truth)(VM *vm, Value v);         // 0, 1, -1 error
    int64_t (*len)(VM *vm, Value v);       // -1 error
    Value (*getitem)(VM *vm, Value self, Value key);
    bool (*setitem)(VM *vm, Value self, Value key, Value value); // value VALUE_EMPTY: delete
    int (*contains)(VM *vm, Value self, Value item);             // 0, 1, -1 error
    Value (*iter)(VM *vm, Value self);
    Value (*next)(VM *vm, Value self);     // VALUE_EMPTY without error: exhausted
    Value (*call)(VM *vm, Value self, Value *args, int nargs, Tuple *kwnames); // args: positional then keyword values
    Value (*getattr)(VM *vm, Value self, Str *name);              // replaces the generic look-up when not NULL
    bool (*setattr)(VM *vm, Value self, Str *name, Value value);  // value VALUE_EMPTY: delete
    Value (*descr_get)(VM *vm, Value self, Value instance /* or VALUE_EMPTY */, Type *owner);
    bool (*descr_set)(VM *vm, Value self, Value instance,
                      Value value); // VALUE_EMPTY: delete; NULL: non-data descriptor
    // Awaiting without an iterator object: see vm/interp/suspend.h. NULL when not natively awaitable.
    Value (*await)(VM *vm, Value self, bool *pending); // *pending = true: not done, suspend on self
    bool has_send;                         // the iterator also has send/throw (used by yield from)
} TypeOps;

typedef Value (*NativeFn)(VM *vm, Value *args, int nargs);

// A native function. `signature` is "name(self, x, /, y=None, *args, key=0, **kwargs)": the binder reads it, so
// fn gets one slot per parameter: defaults filled in (None True False ints floats 'str'; any other default text,
// written `<unset>`, arrives as VALUE_EMPTY), *args as a tuple, **kwargs as a dict (VALUE_EMPTY when there are none).
// nargs is the number of slots. With NATIVE_RAW the signature is for help() only: args are the nargs positional values
// as given (keywords are a TypeError) and fn checks nargs itself (min_args/max_args, -1 unlimited).
typedef struct NativeDef {
    const char *signature;
    NativeFn fn;
    const char *doc;
    uint16_t flags;
    int8_t min_args, max_args; // NATIVE_RAW only, self included
} NativeDef;

#define NATIVE_RAW 1
#define NATIVE_STATIC 2 // no self (a static method of the type, e.g. str.maketrans, or __new__)
#define NATIVE_CLASS 4  // first argument is the class (dict.fromkeys)
#define NATIVE_COROUTINE 8 // gives a coroutine: iscoroutinefunction() says so

typedef struct GetSetDef {
    const char *name;
    Value (*get)(VM *vm, Value self);
    bool (*set)(VM *vm, Value self, Value value); // NULL: read-only; value VALUE_EMPTY: delete
    const char *doc;
} GetSetDef;

// One built-in type, as constant data at the bottom of its file; type_register makes the Type of a VM from it.
typedef struct TypeDef {
    const char *name;   // "dict" or "collections.deque" (module before the last dot, default builtins)
    Kind kind;          // KIND_OTHER for types that need no kind test
    uint32_t size;      // sizeof the fixed part
    const TypeOps *ops;
    const NativeDef *methods; // ends with {0}
    const GetSetDef *getsets; // ends with {0}
    // The constructor: allocates and initialises. cls may be a subclass made by a script: allocate with type_alloc(vm,
    // cls, ...). Signature text like a NativeDef's whose first parameter is the class: "list(cls, iterable=(), /)". A
    // mutable type also has a method "__init__" that initialises again, for subclasses that call super().__init__.
    NativeDef make;
    const char *doc;
    uint32_t flags;
} TypeDef;

#define TYPE_BASE BIT(0)       // may be subclassed
#define TYPE_FINALIZE BIT(1)   // objects have ops->finalize (allocated in blocks swept one by one)
#define TYPE_HEAP BIT(2)       // made by a script
#define TYPE_NO_DICT BIT(3)    // instances have no attribute storage (__slots__, most natives)
#define TYPE_ABSTRACT BIT(4)   // non-empty __abstractmethods__
#define TYPE_SEQUENCE BIT(5)   // for pattern matching
#define TYPE_MAPPING BIT(6)
#define TYPE_IMMUTABLE BIT(7)  // attributes of the type may not be set (built-in types)
#define TYPE_NO_NEW BIT(8)     // "cannot create 'X' instances"
#define TYPE_EXTRA BIT(9)      // native layout with an attribute Dict, in its last word: see object_extra
#define TYPE_WATCHED BIT(10)   // inline caches rely on this type's attributes
#define TYPE_HAS_DEL BIT(11)   // instances have __del__
#define TYPE_SCRIPT_INIT BIT(12)
#define TYPE_MATCH_SELF BIT(13)
#define TYPE_LAZY BIT(14)      // native: what its tables say is not in its dict yet: see type_dict
#define TYPE_BARE_NAME BIT(15) // stands for a class written in the language: messages name it without its module

struct Type {
    Object base;
    Kind kind;
    uint32_t flags;
    uint32_t version;      // changes whenever an attribute visible through this type changes
    uint32_t size;         // bytes of the fixed part of an instance (native part)
    uint16_t slot_hint;    // inline slots to give a new instance
    uint16_t slots_declared; // from __slots__, inherited ones included
    Str *name;
    Str *qualname;
    Type *native_base;     // nearest base made in C: gives kind, size, ops
    Type *best_base;       // __base__
    Tuple *bases;
    Tuple *mro;
    Dict *dict;
    Shape *root;           // shape of an instance without attributes
    Shape *dict_shape;     // shape of an instance in dict mode (made on demand)
    const TypeOps *ops;
    const TypeDef *def;    // of native_base
    uint8_t call_state;    // how a call constructs: see CALL_ in interp.h; 0 unknown
    bool native_init; // the native base has its own __init__: `make` then gets the class alone if a script overrides
                      // either
    bool compare_no_hash;  // defines __eq__ natively without a hash: unhashable
    uint64_t overrides[3]; // bit per SpecialId: a definition by a script comes first in the MRO
    Value *specials;       // look-up cache by SpecialId, dropped when version changes; NULL when never used
    struct Native *constructor; // Native of def->make, made on the first call
    List *subclasses;      // for invalidation and __subclasses__ (weak: swept entries are dropped)
};

static inline Kind kind_of(const Object *o) { return (Kind)o->shape->kind; }
static inline bool has_kind(Value v, Kind k) { return is_object(v) && v && as_object(v)->shape->kind == k; }

#endif
