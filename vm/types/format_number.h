// SPDX-License-Identifier: MIT
//
// Laying out a formatted number: shared by format(), str.format and the % operators.
#ifndef AIOLOS_VM_FORMAT_NUMBER_H
#define AIOLOS_VM_FORMAT_NUMBER_H

#include "str_internal.h"

// A number taken apart. Digits are grouped and zero-filled, the rest (point, fraction, exponent, "inf") is not.
typedef struct NumberParts {
    char sign;            // '-', '+', ' ' or 0
    const char *prefix;   // "0x" or ""
    const char *digits;
    size_t digit_count;
    const char *rest;     // valid UTF-8
    size_t rest_size;
} NumberParts;

// Appends the number in the spec's width, alignment, fill and grouping.
bool number_lay_out(StrBuilder *b, const NumberParts *parts, const FormatSpec *spec, char default_align);
// "Unknown format code 'd' for object of type 'str'".
bool format_raise_unknown(VM *vm, uint32_t code, const char *type_name);
// format_parse with the name of the object's type for messages.
bool format_parse_for(VM *vm, Str *spec, FormatSpec *out, uint32_t default_type, char default_align,
                      const char *type_name);
// Pads `size` bytes of text (length code points) as the spec says.
bool format_pad(StrBuilder *b, const char *text, size_t size, size_t length, const FormatSpec *spec,
                char default_align);

// Room for a double as text: on the stack when short.
typedef struct FloatText {
    char local[400];
    char *text;
    size_t size;
} FloatText;
// float_format with its buffer. False: error pending. type as float_format has them.
bool float_text(VM *vm, FloatText *out, double x, char type, int64_t precision, unsigned flags);

#endif
