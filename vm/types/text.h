// SPDX-License-Identifier: MIT
//
// Searching and filling byte ranges: what str and bytes have in common. UTF-8 is self-synchronising, so a byte search
// for valid UTF-8 in valid UTF-8 finds whole code points only.
#ifndef AIOLOS_VM_TEXT_H
#define AIOLOS_VM_TEXT_H

#include "vm/core/vm.h"

#define TEXT_ABSENT ((size_t)-1)

// Offset of the first (last) occurrence of the needle, TEXT_ABSENT when there is none. An empty needle is found at the
// start (at the end). Time is linear in the worst case (text_rfind: expected).
size_t text_find(const char *hay, size_t size, const char *needle, size_t needle_size);
size_t text_rfind(const char *hay, size_t size, const char *needle, size_t needle_size);
// Occurrences that do not overlap, at most `most`. The needle is not empty.
size_t text_count(const char *hay, size_t size, const char *needle, size_t needle_size, size_t most);
// Copies text with every byte `old` replaced by `new`.
void text_replace_byte(char *out, const char *text, size_t size, char old, char new);
// Offset of the first byte below 0x20 or above 0x7F; size when there is none.
size_t text_find_special(const char *text, size_t size);
// Fills out with `times` copies of text; total size has been checked. False: interrupted.
bool text_repeat(VM *vm, char *out, const char *text, size_t size, size_t times);

// The optional bounds args[2] and args[3] of find, count, startswith ...: clipped to [0, length] like a slice, but
// first may be past last. False: TypeError.
bool text_bounds(VM *vm, const Value *args, int nargs, int64_t length, int64_t *first, int64_t *last);

// A type's name as messages about arguments have it: None is "None" there.
const char *argument_type_name(VM *vm, Value v);

// The n of sequence * n on either side. *done: *times is it. Else VALUE_EMPTY for an error or VALUE_NOT_IMPLEMENTED:
// types of scripts may have a __rmul__ of their own, no built-in one has.
Value sequence_times(VM *vm, Value other, int64_t *times, bool *done);

#endif
