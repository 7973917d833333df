// SPDX-License-Identifier: MIT
//
// str: immutable, UTF-8 (lone surrogates as their three-byte form), code points counted. ASCII strings (size == length)
// index in O(1); others through an index of every 64th code point, built on the first indexing and kept behind the
// text. The text of most strings follows the struct. Long ones that grew by concatenation share a buffer with room at
// its end, so that `s += x` in a loop costs time proportional to x (as slices of Go share an array).
#ifndef AIOLOS_VM_STR_H
#define AIOLOS_VM_STR_H

#include "vm/core/vm.h"

struct Str {
    Object base;
    uint32_t size;   // bytes
    uint32_t length; // code points
    uint32_t hash;   // 0: not computed yet
    uint32_t flags;
    char *data;      // size bytes, then NUL; non-ASCII: at the next multiple of 8 one uint32_t * index buffer
};                   // (STR_SHARED: no NUL once a longer string shares the buffer; the index is behind the struct)

#define STR_INTERNED 1u
#define STR_SHARED 2u // see StrShared; always of at least STR_SHARED_MIN bytes
#define STR_GROWN 4u  // made by a concatenation: the next one makes it shared

#define STR_SHARED_MIN 8192 // longer than any path or name that is handed to C as a string

// The buffer of strings that grow. Each of them is a prefix of text[0 .. used).
typedef struct StrShared {
    size_t used, capacity;
    char text[];
} StrShared;

#define STR_MAX_SIZE ((size_t)UINT32_MAX - 64)

static inline bool is_str(Value v) { return has_kind(v, KIND_STR); }
static inline Str *as_str(Value v) { return (Str *)as_object(v); }
static inline bool str_is_ascii(const Str *s) { return s->size == s->length; }
static inline bool str_is(const Str *s, const char *text)
{
    return strcmp(s->data, text) == 0 && strlen(text) == s->size;
}

// The iterator of a str: the interpreter's loops know its layout.
typedef struct StrIterator {
    Object base;
    Str *string;     // NULL: exhausted
    uint32_t offset; // byte offset of the next code point
} StrIterator;

// Bytes behind the fixed part of a Str that is not shared.
static inline size_t str_payload(size_t size, size_t length)
{
    return ((size + 8) & ~(size_t)7) + (size == length ? 0 : sizeof(uint32_t *));
}

// ---- start-up and the weak table of interned strings
bool str_table_new(VM *vm);    // the intern table; false: no memory
void str_table_free(VM *vm);
void str_table_sweep(VM *vm);  // drops strings that were not marked: called by the collector after marking
bool str_init(VM *vm);         // empty_str and latin1[]; the str type's root shape exists

Str *str_new(VM *vm, const char *text, size_t size);      // text is valid (W)UTF-8
Str *str_new_ascii(VM *vm, const char *text, size_t size);
Str *str_alloc(VM *vm, size_t size, size_t length);       // data to be filled by the caller
Str *str_from(VM *vm, const char *text);
Str *str_from_codepoint(VM *vm, uint32_t cp);
Str *str_intern(VM *vm, Str *s);                           // the one interned Str of that text; NULL error
Str *str_intern_text(VM *vm, const char *text, size_t size);
uint32_t str_hash(VM *vm, Str *s);                         // never 0
bool str_equal(const Str *a, const Str *b);
bool str_equal_paid(VM *vm, const Str *a, const Str *b); // long texts cost ticks
int str_compare(const Str *a, const Str *b);               // by code point: <0 0 >0
Str *str_concat(VM *vm, Str *a, Str *b);
Str *str_slice(VM *vm, Str *s, int64_t start, int64_t stop); // code points, already clipped
uint32_t str_codepoint_at(VM *vm, Str *s, int64_t index);  // index in range
size_t str_byte_offset(VM *vm, Str *s, int64_t index);     // of a code point index, 0..length
int64_t str_index_of_offset(VM *vm, Str *s, size_t offset);
Str *str_repr(VM *vm, Str *s);
Str *str_join(VM *vm, Str *separator, Value sequence /* list or tuple */);
// str(bytes, encoding, errors) and its reverse (both raise LookupError for unknown encodings).
Value str_decode(VM *vm, const char *bytes, size_t size, const char *encoding, const char *errors);
Value str_encode(VM *vm, Str *s, const char *encoding, const char *errors); // bytes

// A growing text. Lives on the C stack and is never copied: short texts are in `local`, longer ones in a GC buffer, so
// nothing needs releasing.
typedef struct StrBuilder {
    VM *vm;
    char *data;
    size_t size, capacity, length; // length: code points
    bool failed;                   // no memory: MemoryError pending
    char local[168];
} StrBuilder;
void builder_init(StrBuilder *b, VM *vm);
bool builder_grow(StrBuilder *b, size_t more); // the slow path of builder_reserve
static inline bool builder_reserve(StrBuilder *b, size_t more)
{
    return likely(b->capacity - b->size >= more && !b->failed) || builder_grow(b, more);
}
bool builder_add(StrBuilder *b, const char *text, size_t size);       // valid UTF-8
static inline bool builder_add_ascii(StrBuilder *b, const char *text, size_t size)
{
    if (!builder_reserve(b, size))
        return false;
    memcpy(b->data + b->size, text, size);
    b->size += size;
    b->length += size;
    return true;
}
bool builder_add_cstr(StrBuilder *b, const char *text);
bool builder_add_str(StrBuilder *b, const Str *s);
static inline bool builder_add_char(StrBuilder *b, char c) // ASCII
{
    if (!builder_reserve(b, 1))
        return false;
    b->data[b->size++] = c;
    b->length++;
    return true;
}
bool builder_add_codepoint(StrBuilder *b, uint32_t cp);
bool builder_add_repr(StrBuilder *b, Value v);                        // may run scripts
bool builder_add_formatted(StrBuilder *b, Value v, Str *spec);        // format(v, spec); may run scripts
bool builder_repeat(StrBuilder *b, uint32_t cp, size_t count);
Str *builder_finish(StrBuilder *b);                                   // NULL: error

// Digits of |value| in base 2, 8, 10 or 16, written backwards from the end of a buffer (64 bytes suffice). Returns the
// first.
char *small_int_digits(int64_t value, unsigned base, char *end);

// Format specification of the mini-language, shared by int, float, complex, str (vm/types/format.c).
typedef struct FormatSpec {
    uint32_t fill;
    char align;      // '<' '>' '=' '^' or 0
    char sign;       // '+' '-' ' ' or 0
    bool alternate, zero, no_negative_zero;
    int64_t width;   // -1 none
    char grouping;   // ',' '_' or 0
    int64_t precision; // -1 none
    uint32_t type;   // presentation type character or 0
} FormatSpec;
bool format_parse(VM *vm, Str *spec, FormatSpec *out, uint32_t default_type, char default_align);
Value format_int(VM *vm, Value v, Str *spec);
Value format_float(VM *vm, double d, Str *spec);
Value format_complex(VM *vm, double real, double imag, Str *spec);
Value format_str(VM *vm, Str *s, Str *spec);
Value str_percent(VM *vm, Str *format, Value args);   // format % args
Value bytes_percent(VM *vm, Value format, Value args);
Str *float_repr_str(VM *vm, double d);

extern const TypeDef str_def, str_iterator_def, str_ascii_iterator_def;
#endif
