// SPDX-License-Identifier: MIT
//
// VM: everything one virtual machine owns. There is no other mutable state in the process.
//
// What the VM needs from the world (output, clock, modules, entropy) comes through the hooks; vm/ itself does no I/O.
#ifndef AIOLOS_VM_VM_H
#define AIOLOS_VM_VM_H

#include <stdatomic.h>

#include "object.h"
#include "vm/memory/gc.h"

#define FRAME_HEADER 4 // words of a Frame before its registers; a call window reserves them

typedef enum ExcId {
#define EXC(name, base) EXC_##name,
#include "exceptions.def"
    EXC_COUNT
} ExcId;

struct Generator;

// Effects the embedding side supplies; every entry may be NULL (then the feature raises or does nothing).
typedef struct VMHooks {
    void *context;
    double (*clock_monotonic)(void *context);                       // seconds
    double (*clock_thread)(void *context);                          // processor time of the running thread, seconds
    bool (*entropy)(void *context, void *buffer, size_t size);
    Value (*import)(VM *vm, Str *name, Value globals, Value fromlist, int64_t level); // __import__'s work
    void (*unraisable)(VM *vm, Value exception, Value where);        // errors that cannot propagate
    Value (*warn)(VM *vm, Type *category, Str *message, int stack_level);
    Value (*warn_at)(VM *vm, Type *category, Str *message, Str *file,
                     int32_t line);                                  // a warning about a place in source text
    bool (*interrupt)(VM *vm);  // an interrupt has come: true when it was dealt with, false: error pending
    bool (*poll)(VM *vm);                                            // called from the tick: signals, deadline
    void (*never_awaited)(VM *vm, struct Generator *coroutine);     // collected without having run; may not allocate,
                                                                     // unless it knows its origin
    void (*mark)(VM *vm, Gc *gc);                                    // marks what the host side keeps
    // What programs register with the module codecs: an error handler, and any other encoding. VALUE_EMPTY without an
    // error: there is none.
    Value (*codec_handler)(VM *vm, const char *name);
    Value (*codec_other)(VM *vm, Value object, const char *encoding, const char *errors, bool encode);
} VMHooks;

// Why the tick's slow path must run (VM.attention).
#define ATTENTION_INTERRUPT 1u // KeyboardInterrupt wanted (set from any thread or a signal handler)
#define ATTENTION_POLL 2u      // hooks.poll wants to be called
#define ATTENTION_GC 4u        // a collection step is due
#define ATTENTION_BUDGET 8u    // instruction budget is in force
#define ATTENTION_DEADLINE 16u // so is a deadline
#define ATTENTION_STOP 32u     // the host wants the running call to end (set from any thread)
#define ATTENTION_STOPPING 64u // a limit was hit: see limits.h

#define TYPE_CACHE_SIZE 1024
typedef struct TypeCacheEntry {
    uint32_t version;
    Str *name;
    Value value;
} TypeCacheEntry;

// What polymorphic sites share: what attribute `name` of objects of this shape is. Cleared with the inline caches and
// by the collector.
#define SHAPE_CACHE_SIZE 512
typedef enum SharedKind {
    SHARED_SLOT,    // inline slot
    SHARED_STORE,   // inline slot that may be stored to as well
    SHARED_METHOD,  // function of the class, to be bound
    SHARED_DATA,    // plain value of the class
} SharedKind;
typedef struct ShapeCacheEntry {
    Shape *shape;
    Str *name;
    Value value;
    uint32_t slot;
    SharedKind kind;
} ShapeCacheEntry;

// A value kept alive from outside the heap.
typedef struct Pin {
    struct Pin *next, *previous;
    Value value;
} Pin;

struct VM {
    Gc gc; // first member: Gc * and VM * convert into each other
    Value error;              // the exception being raised, VALUE_EMPTY if none
    bool error_fresh;         // ... and its __context__ is not set yet
    Frame *frame;             // innermost running frame
    struct StackSegment *segment; // register stack of plain calls, newest segment
    Value *stack_limit;       // its end
    struct Generator *root;   // root of the running chain of heap frames, NULL none
    struct Generator *spares[32]; // SPARE_COROUTINES; linked through `inner`
    Pin *pins;                // values the host keeps
    int32_t ticks;            // counts down; <= 0: vm_tick_slow
    _Atomic uint32_t attention;
    int32_t slice;            // what ticks began with
    int64_t budget;           // ticks left when ATTENTION_BUDGET; see limits.h
    double deadline;          // on the monotonic clock, when ATTENTION_DEADLINE
    double grace_deadline;
    int32_t grace;            // ticks left for handlers after a limit was hit
    uint8_t stop;             // how far the end after a limit has come
    bool closed_to_scripts;   // frames are left without their handlers, none is entered
    const char *limit_reason; // why, NULL: no limit was hit
    uint32_t origin_depth;    // frames a new coroutine keeps of where it was made (sys.set_coroutine_origin...)
    uint32_t depth;           // script frames alive
    uint32_t recursion_limit;
    uint32_t recursion_most;  // ... that a script may set
    uint32_t native_depth;    // nested native -> script -> native calls, repr, compare ...
    uint32_t native_limit;
    char *script_c_frame;     // C stack of whoever entered the interpreter last
    char *c_stack_limit;      // natives must not recurse below this address
    Shape *range_iterator_shape, *list_iterator_shape, *function_shape, *module_shape, *str_shape, *list_shape,
        *dict_shape, *tuple_shape, *tuple_iterator_shape, *enumerate_shape, *zip_shape,
        *dict_item_iterator_shape; // known to the interpreter
    uint32_t next_type_version;
    uint32_t globals_epoch;   // changes when a cached place of a global may have moved or been shadowed
    uint64_t hash_key[2];
    VMHooks hooks;
    void *host;               // the runtime's own structure

    Type *types[KIND_COUNT];  // by Kind (KIND_OTHER unused)
    Type *exc[EXC_COUNT];
    Type **other_types;       // registered KIND_OTHER types, by registration index
    uint32_t other_count;
    Str *names[NAME_COUNT];   // interned
    struct StrTable *interned;
    Str *empty_str;
    Value latin1[256];        // one-character strings
    Value empty_tuple, empty_bytes, empty_frozenset;
    Value list_append;        // the method, once a call of it was specialised: kept by the type list
    Dict *builtins;           // namespace of the builtins module
    Dict *modules;            // sys.modules
    Value sys_module;
    Value memory_error;       // preallocated
    Value recursion_error_type;
    Code *codes;              // all code objects, for flushing inline caches
    Value asyncgen_firstiter, asyncgen_finalizer; // sys.set_asyncgen_hooks
    Value context;            // current contextvars.Context, VALUE_EMPTY before first use
    Value pending_finalizers; // list of objects whose __del__ is due
    TypeCacheEntry type_cache[TYPE_CACHE_SIZE];
    ShapeCacheEntry shape_cache[SHAPE_CACHE_SIZE];
    Value *repr_stack; uint32_t repr_count, repr_capacity; // objects being printed
    Type **def_table; uint32_t def_table_size;             // registered types hashed by their TypeDef
    uint16_t class_slot_hint; // attr_hint of the class body just run
    Type **heap_types; size_t heap_type_count, heap_type_capacity; // classes made by scripts (weak)
    Value roots[32];          // spare roots for runtime and stdlib: see ROOT_ ids in the runtime
    int int_max_str_digits;
    uint32_t nan_count;       // NaNs made by name so far: see float.c
};

static inline ShapeCacheEntry *vm_shape_cache(VM *vm, const Shape *shape, const Str *name)
{
    return &vm->shape_cache[((uintptr_t)shape >> 4 ^ (uintptr_t)name >> 5) & (SHAPE_CACHE_SIZE - 1)];
}

static inline VM *vm_of_gc(Gc *gc) { return (VM *)gc; }
static inline Str *vm_name(VM *vm, NameId id) { return vm->names[id]; }
#define NAME_OF(vm, id) ((vm)->names[NAME_##id])

// The type of any value. Never NULL.
static inline Type *type_of(VM *vm, Value v)
{
    if (is_object(v))
        return as_object(v)->shape->type;
    if (is_small(v))
        return vm->types[KIND_INT];
    if (is_double(v))
        return vm->types[KIND_FLOAT];
    if (is_bool(v))
        return vm->types[KIND_BOOL];
    if (v == VALUE_NONE)
        return vm->types[KIND_NONE];
    return vm->types[v == VALUE_ELLIPSIS ? KIND_ELLIPSIS : KIND_NOT_IMPLEMENTED];
}

// Exactly the built-in type, not a subclass.
static inline bool is_exact(VM *vm, Value v, Kind kind)
{
    return is_object(v) && as_object(v)->shape == vm->types[kind]->root;
}

// Creates a VM in memory from `allocator` (copied). memory_cap in bytes, 0 unlimited. NULL when memory is short.
VM *vm_new(const Allocator *allocator, size_t memory_cap, const VMHooks *hooks, const uint64_t hash_key[2]);
void vm_free(VM *vm);

// The tick: every loop of a native over more than about a thousand elements, and every back-edge, calls it.
// False: an exception (interrupt, budget) is pending; stop and propagate.
bool vm_tick_slow(VM *vm);
static inline bool vm_tick(VM *vm) { return likely(--vm->ticks > 0) || vm_tick_slow(vm); }

// Pays for work of a native that no tick counts: `amount` in ticks. Does not raise; the next tick does.
static inline void vm_charge(VM *vm, size_t amount)
{
    if (vm->ticks > -(1 << 30))
        vm->ticks -= amount < (1 << 28) ? (int32_t)amount : 1 << 28;
}
// ... for looking at or moving so many bytes.
static inline void vm_charge_bytes(VM *vm, size_t bytes) { vm_charge(vm, bytes >> 7); }
// Both: for loops that take long per round.
static inline bool vm_work(VM *vm, size_t amount) { return vm_charge(vm, amount), vm->ticks > 0 || vm_tick_slow(vm); }

// Depth check of native recursion (repr, compare, hash, json ...): pair enter and leave. `where` completes CPython's
// message: "maximum recursion depth exceeded" + where (e.g. " while getting the repr of an object", or "").
// Also a tick: structures that share parts are deep in time, not in depth.
bool vm_enter_slow(VM *vm, const char *where, const char *here);
static inline bool vm_enter(VM *vm, const char *where)
{
    const char *here = __builtin_frame_address(0);
    vm->ticks--;
    if (likely(++vm->native_depth < vm->native_limit) && likely(here > vm->c_stack_limit) && likely(vm->ticks > 0))
        return true;
    return vm_enter_slow(vm, where, here);
}
static inline void vm_leave(VM *vm) { vm->native_depth--; }

// Asks for the tick's slow path at the next safepoint (from any thread).
void vm_request_attention(VM *vm, uint32_t why);
// Drops dead entries of the weak tables (interned strings, code list, subclasses): called by the collector.
void vm_sweep_weak_tables(VM *vm);

// Marks an object as being printed, so that a cycle prints as [...]: 1 already active, 0 entered, -1 error.
int repr_enter(VM *vm, Value v);
void repr_leave(VM *vm, Value v);

#endif
