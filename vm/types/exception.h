// SPDX-License-Identifier: MIT
//
// Exceptions: one layout for the whole tree. Fields particular to one class (OSError.errno, SyntaxError.text,
// ImportError.name ...) are in `fields`, indexed per class, and shown through getset descriptors.
#ifndef AIOLOS_VM_EXCEPTION_H
#define AIOLOS_VM_EXCEPTION_H

#include "vm/core/vm.h"

#define EXCEPTION_FIELDS 7

typedef struct Exception {
    Object base;
    Value args;       // tuple
    Value traceback;  // Traceback or VALUE_EMPTY
    Value context, cause; // VALUE_EMPTY: None
    bool suppress_context;
    Value *fields;    // GC buffer of EXCEPTION_FIELDS or NULL
    Value attributes; // Dict with __notes__ among others, VALUE_EMPTY until used
} Exception;

// Index into fields.
enum {
    FIELD_VALUE = 0,
    FIELD_CODE = 0, // StopIteration.value, SystemExit.code
    FIELD_NAME = 0,
    FIELD_OBJ = 1, // NameError.name; AttributeError.name/.obj
    FIELD_IMPORT_MSG = 1,
    FIELD_IMPORT_PATH = 2, // ImportError.name (0), .msg, .path
    FIELD_ERRNO = 0,
    FIELD_STRERROR = 1,
    FIELD_FILENAME = 2,
    FIELD_FILENAME2 = 3,
    FIELD_WRITTEN = 4, // OSError
    FIELD_MSG = 0,
    FIELD_FILE = 1,
    FIELD_LINENO = 2,
    FIELD_OFFSET = 3,
    FIELD_TEXT = 4,
    FIELD_END_LINENO = 5,
    FIELD_END_OFFSET = 6, // SyntaxError
    FIELD_ENCODING = 0,
    FIELD_OBJECT = 1,
    FIELD_START = 2,
    FIELD_END = 3,
    FIELD_REASON = 4, // UnicodeError
    FIELD_MESSAGE = 0,
    FIELD_EXCEPTIONS = 1, // BaseExceptionGroup
};

// One step of a traceback, outermost first.
typedef struct Traceback {
    Object base;
    Value next;      // Traceback (towards the raise) or VALUE_EMPTY
    Value function;  // Function whose frame it is
    Value frame;     // FrameObject, made when asked for
    int32_t instr;   // index of the instruction
    int32_t inlined; // inlined comprehension entry, -1 none
} Traceback;

static inline bool is_exception(Value v) { return has_kind(v, KIND_EXCEPTION); }
static inline Exception *as_exception(Value v) { return (Exception *)as_object(v); }

Value exception_new(VM *vm, Type *type, const Value *args, int64_t count);
Value exception_get_field(Value exception, int field);              // VALUE_EMPTY when unset
bool exception_set_field(VM *vm, Value exception, int field, Value v);
bool traceback_push(VM *vm, Value exception, Value function, int32_t instr, int32_t inlined);
Value exception_current(VM *vm);  // being handled (sys.exception()), VALUE_EMPTY none
struct Frame;
Value frame_object_new(VM *vm, struct Frame *frame); // sys._getframe(); VALUE_NONE without a frame
bool exception_matches(VM *vm, Value exception, Value classes, bool *out); // except clause; false: error
#endif
