// SPDX-License-Identifier: MIT
//
// What bytes, bytearray and memoryview share. Nobody else includes it.
//
// The methods that bytes and bytearray have in common are one function each: they see the bytes through bytes_view and
// make results of the type of self. __index__ of an argument may run a script that changes a bytearray, so arguments
// are converted first and the view is taken last.
#ifndef AIOLOS_VM_BYTES_INTERNAL_H
#define AIOLOS_VM_BYTES_INTERNAL_H

#include "bytes.h"
#include "text.h"
#include "vm/core/native.h"

typedef struct View {
    const char *data;
    size_t size;
} View;

static inline View view_of(Value v) // of something known to be bytes or bytearray
{
    View view = {"", 0};
    bytes_view(v, &view.data, &view.size);
    return view;
}

static inline View view_part(View v, size_t from, size_t to) { return (View){v.data + from, to - from}; }

// bytes or bytearray, as self is.
Value bytes_like_new(VM *vm, Value self, const char *data, size_t size);
char *bytes_like_data(Value v); // of a fresh one, to be filled
static inline Value bytes_like_view(VM *vm, Value self, View v) { return bytes_like_new(vm, self, v.data, v.size); }
// A part of self; exact bytes stand for themselves when it is the whole.
Value bytes_like_part(VM *vm, Value self, View whole, size_t from, size_t to);
// A byte value 0..255 from an int-like. False: error; `what` is "byte" or "bytes" in the message.
bool byte_value(VM *vm, Value v, const char *what, unsigned char *out);
// bytes or str that names an encoding or error handler; absent: NULL.
bool bytes_text_argument(VM *vm, const char *function, const char *name, Value v, const char **out);
// Whatever bytes() and bytearray() accept, as bytes or bytearray (by `like`'s type: VALUE_EMPTY means bytes).
Value bytes_from_object(VM *vm, Value source, Value encoding, Value errors, bool mutable);
// Appends everything an iterable of ints yields. to: bytearray.
bool bytearray_extend_ints(VM *vm, ByteArray *to, Value iterable, const char *what);
// source[:][index], subscripts by slice; step 1 or not.
Value bytes_like_slice(VM *vm, Value self, Value slice);
Value bytes_iter(VM *vm, Value self);
int bytes_contains(VM *vm, Value self, Value item);
Value bytes_like_binary(VM *vm, BinaryOp op, Value l, Value r);
int64_t bytes_len(VM *vm, Value self);
int bytes_truth(VM *vm, Value self);
int view_compare(View a, View b);
bool bytearray_may_resize(VM *vm, ByteArray *a); // false: BufferError
char *bytearray_data(ByteArray *a);
Str *bytearray_text(VM *vm, const char *data, size_t size); // str_repr.c
Value hex_of(VM *vm, const char *data, size_t size, Value separator, Value group); // bytes.hex, memoryview.hex

#define BYTES_METHOD(name) Value name(VM *vm, Value *args, int nargs)
// bytes_search.c
BYTES_METHOD(bytes_find_method);
BYTES_METHOD(bytes_rfind_method);
BYTES_METHOD(bytes_index_method);
BYTES_METHOD(bytes_rindex_method);
BYTES_METHOD(bytes_count_method);
BYTES_METHOD(bytes_startswith_method);
BYTES_METHOD(bytes_endswith_method);
BYTES_METHOD(bytes_removeprefix_method);
BYTES_METHOD(bytes_removesuffix_method);
BYTES_METHOD(bytes_replace_method);
// bytes_split.c
BYTES_METHOD(bytes_split_method);
BYTES_METHOD(bytes_rsplit_method);
BYTES_METHOD(bytes_splitlines_method);
BYTES_METHOD(bytes_partition_method);
BYTES_METHOD(bytes_rpartition_method);
BYTES_METHOD(bytes_join_method);
// bytes_case.c
BYTES_METHOD(bytes_upper_method);
BYTES_METHOD(bytes_lower_method);
BYTES_METHOD(bytes_swapcase_method);
BYTES_METHOD(bytes_capitalize_method);
BYTES_METHOD(bytes_title_method);
BYTES_METHOD(bytes_isalnum_method);
BYTES_METHOD(bytes_isalpha_method);
BYTES_METHOD(bytes_isascii_method);
BYTES_METHOD(bytes_isdigit_method);
BYTES_METHOD(bytes_islower_method);
BYTES_METHOD(bytes_isspace_method);
BYTES_METHOD(bytes_istitle_method);
BYTES_METHOD(bytes_isupper_method);
// bytes_pad.c
BYTES_METHOD(bytes_strip_method);
BYTES_METHOD(bytes_lstrip_method);
BYTES_METHOD(bytes_rstrip_method);
BYTES_METHOD(bytes_center_method);
BYTES_METHOD(bytes_ljust_method);
BYTES_METHOD(bytes_rjust_method);
BYTES_METHOD(bytes_zfill_method);
BYTES_METHOD(bytes_expandtabs_method);
BYTES_METHOD(bytes_translate_method);
BYTES_METHOD(bytes_maketrans_method);
// bytes_hex.c
BYTES_METHOD(bytes_hex_method);
BYTES_METHOD(bytes_fromhex_method);
BYTES_METHOD(bytes_decode_method);

// Table entries that bytes and bytearray have in common.
#define BYTES_COMMON_METHODS \
    {"capitalize(self, /)", bytes_capitalize_method, \
     "The first letter in upper case, the rest in lower case.", NATIVE_RAW, 1, 1}, \
    {"center(self, width, fillchar=b' ', /)", bytes_center_method, "Centred in the given width.", NATIVE_RAW, 2, 3}, \
    {"count(self, sub, start=None, end=None, /)", bytes_count_method, \
     "How often sub occurs without overlap.", NATIVE_RAW, 2, 4}, \
    {"decode(self, /, encoding=<unset>, errors=<unset>)", bytes_decode_method, \
     "The text, from UTF-8 by default.", 0, 0, 0}, \
    {"endswith(self, suffix, start=None, end=None, /)", bytes_endswith_method, \
     "Whether it ends with suffix, or one of a tuple.", NATIVE_RAW, 2, 4}, \
    {"expandtabs(self, /, tabsize=8)", bytes_expandtabs_method, \
     "Tabs replaced by spaces up to the next column.", 0, 0, 0}, \
    {"find(self, sub, start=None, end=None, /)", bytes_find_method, \
     "Lowest index of sub, -1 when absent.", NATIVE_RAW, 2, 4}, \
    {"fromhex(cls, string, /)", bytes_fromhex_method, \
     "From pairs of hexadecimal digits.", NATIVE_RAW | NATIVE_CLASS, 2, 2}, \
    {"hex(self, /, sep=<unset>, bytes_per_sep=1)", bytes_hex_method, "Hexadecimal digits.", 0, 0, 0}, \
    {"index(self, sub, start=None, end=None, /)", bytes_index_method, \
     "Like find, but an absent sub is a ValueError.", NATIVE_RAW, 2, 4}, \
    {"isalnum(self, /)", bytes_isalnum_method, "Whether all are ASCII letters or digits.", NATIVE_RAW, 1, 1}, \
    {"isalpha(self, /)", bytes_isalpha_method, "Whether all are ASCII letters.", NATIVE_RAW, 1, 1}, \
    {"isascii(self, /)", bytes_isascii_method, "Whether all are below 128.", NATIVE_RAW, 1, 1}, \
    {"isdigit(self, /)", bytes_isdigit_method, "Whether all are ASCII digits.", NATIVE_RAW, 1, 1}, \
    {"islower(self, /)", bytes_islower_method, "Whether all letters are in lower case.", NATIVE_RAW, 1, 1}, \
    {"isspace(self, /)", bytes_isspace_method, "Whether all are ASCII white space.", NATIVE_RAW, 1, 1}, \
    {"istitle(self, /)", bytes_istitle_method, \
     "Whether words begin in upper case and go on in lower case.", NATIVE_RAW, 1, 1}, \
    {"isupper(self, /)", bytes_isupper_method, "Whether all letters are in upper case.", NATIVE_RAW, 1, 1}, \
    {"join(self, iterable_of_bytes, /)", bytes_join_method, "The items with this between them.", NATIVE_RAW, 2, 2}, \
    {"ljust(self, width, fillchar=b' ', /)", bytes_ljust_method, "Padded on the right.", NATIVE_RAW, 2, 3}, \
    {"lower(self, /)", bytes_lower_method, "ASCII letters in lower case.", NATIVE_RAW, 1, 1}, \
    {"lstrip(self, bytes=None, /)", bytes_lstrip_method, \
     "Without leading white space, or the given bytes.", NATIVE_RAW, 1, 2}, \
    {"maketrans(frm, to, /)", bytes_maketrans_method, "A table for translate().", NATIVE_RAW | NATIVE_STATIC, 2, 2}, \
    {"partition(self, sep, /)", bytes_partition_method, "(head, sep, tail) at the first sep.", NATIVE_RAW, 2, 2}, \
    {"removeprefix(self, prefix, /)", bytes_removeprefix_method, \
     "Without the prefix, if it has it.", NATIVE_RAW, 2, 2}, \
    {"removesuffix(self, suffix, /)", bytes_removesuffix_method, \
     "Without the suffix, if it has it.", NATIVE_RAW, 2, 2}, \
    {"replace(self, old, new, count=-1, /)", bytes_replace_method, \
     "Occurrences of old replaced by new.", NATIVE_RAW, 3, 4}, \
    {"rfind(self, sub, start=None, end=None, /)", bytes_rfind_method, \
     "Highest index of sub, -1 when absent.", NATIVE_RAW, 2, 4}, \
    {"rindex(self, sub, start=None, end=None, /)", bytes_rindex_method, \
     "Like rfind, but an absent sub is a ValueError.", NATIVE_RAW, 2, 4}, \
    {"rjust(self, width, fillchar=b' ', /)", bytes_rjust_method, "Padded on the left.", NATIVE_RAW, 2, 3}, \
    {"rpartition(self, sep, /)", bytes_rpartition_method, "(head, sep, tail) at the last sep.", NATIVE_RAW, 2, 2}, \
    {"rsplit(self, /, sep=None, maxsplit=-1)", bytes_rsplit_method, \
     "The parts between sep or white space, counted from the end.", 0, 0, 0}, \
    {"rstrip(self, bytes=None, /)", bytes_rstrip_method, \
     "Without trailing white space, or the given bytes.", NATIVE_RAW, 1, 2}, \
    {"split(self, /, sep=None, maxsplit=-1)", bytes_split_method, "The parts between sep or white space.", 0, 0, 0}, \
    {"splitlines(self, /, keepends=False)", bytes_splitlines_method, "The lines.", 0, 0, 0}, \
    {"startswith(self, prefix, start=None, end=None, /)", bytes_startswith_method, \
     "Whether it starts with prefix, or one of a tuple.", NATIVE_RAW, 2, 4}, \
    {"strip(self, bytes=None, /)", bytes_strip_method, \
     "Without white space, or the given bytes, at both ends.", NATIVE_RAW, 1, 2}, \
    {"swapcase(self, /)", bytes_swapcase_method, "Upper case to lower case and the reverse.", NATIVE_RAW, 1, 1}, \
    {"title(self, /)", bytes_title_method, "Words begin in upper case and go on in lower case.", NATIVE_RAW, 1, 1}, \
    {"translate(self, table, /, delete=<unset>)", bytes_translate_method, \
     "Bytes replaced through a table of 256.", 0, 0, 0}, \
    {"upper(self, /)", bytes_upper_method, "ASCII letters in upper case.", NATIVE_RAW, 1, 1}, \
    {"zfill(self, width, /)", bytes_zfill_method, "Padded with zeros behind the sign.", NATIVE_RAW, 2, 2}

#endif
