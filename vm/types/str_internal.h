// SPDX-License-Identifier: MIT
//
// What the str_*.c files share. Nobody else includes it.
#ifndef AIOLOS_VM_STR_INTERNAL_H
#define AIOLOS_VM_STR_INTERNAL_H

#include "str.h"
#include "text.h"
#include "vm/core/native.h"

uint32_t text_hash(VM *vm, const char *text, size_t size);    // what str_hash gives for that text
Str *str_exact(VM *vm, Str *s);                               // s, or an exact str of its text
Str *str_cut(VM *vm, Str *s, size_t from, size_t to);         // by byte offsets
Str *str_repeat(VM *vm, Str *s, int64_t times);

Str *str_replace(VM *vm, Str *s, Str *old, Str *new, size_t most);

// White space below 0x80 as str sees it (bytes do not count 28 .. 31).
#define BYTE_SPACES ((uint64_t)1 << ' ' | (uint64_t)0x1F << 9 | (uint64_t)0xF << 28)
static inline bool byte_is_space(unsigned char c) { return c <= ' ' && BYTE_SPACES >> c & 1; }

// Behind the struct of a STR_SHARED string: its buffer, its index.
static inline StrShared **str_shared_place(Str *s) { return (StrShared **)(void *)(s + 1); }

static inline Value str_result(Str *s) { return from_object(s); } // NULL is VALUE_EMPTY

// ---- methods, by file; all have the NativeFn signature
#define STR_METHOD(name) Value name(VM *vm, Value *args, int nargs)
// str_search.c
STR_METHOD(str_find_method);
STR_METHOD(str_rfind_method);
STR_METHOD(str_index_method);
STR_METHOD(str_rindex_method);
STR_METHOD(str_count_method);
STR_METHOD(str_startswith_method);
STR_METHOD(str_endswith_method);
STR_METHOD(str_removeprefix_method);
STR_METHOD(str_removesuffix_method);
STR_METHOD(str_replace_method);
void str_mark(Gc *gc, Object *o);    // str_index.c
Value str_iter(VM *vm, Value self);  // str_iter.c
int str_contains(VM *vm, Value self, Value item);
// str_split.c
STR_METHOD(str_split_method);
STR_METHOD(str_rsplit_method);
STR_METHOD(str_splitlines_method);
STR_METHOD(str_partition_method);
STR_METHOD(str_rpartition_method);
STR_METHOD(str_join_method);
// str_case.c
STR_METHOD(str_upper_method);
STR_METHOD(str_lower_method);
STR_METHOD(str_casefold_method);
STR_METHOD(str_capitalize_method);
STR_METHOD(str_title_method);
STR_METHOD(str_swapcase_method);
// str_predicates.c
STR_METHOD(str_isalnum_method);
STR_METHOD(str_isalpha_method);
STR_METHOD(str_isascii_method);
STR_METHOD(str_isdecimal_method);
STR_METHOD(str_isdigit_method);
STR_METHOD(str_isidentifier_method);
STR_METHOD(str_islower_method);
STR_METHOD(str_isnumeric_method);
STR_METHOD(str_isprintable_method);
STR_METHOD(str_isspace_method);
STR_METHOD(str_istitle_method);
STR_METHOD(str_isupper_method);
// str_pad.c
STR_METHOD(str_strip_method);
STR_METHOD(str_lstrip_method);
STR_METHOD(str_rstrip_method);
STR_METHOD(str_center_method);
STR_METHOD(str_ljust_method);
STR_METHOD(str_rjust_method);
STR_METHOD(str_zfill_method);
STR_METHOD(str_expandtabs_method);
// str_translate.c
STR_METHOD(str_translate_method);
STR_METHOD(str_maketrans_method);
// str_format.c
STR_METHOD(str_format_method);
STR_METHOD(str_format_map_method);

#endif
