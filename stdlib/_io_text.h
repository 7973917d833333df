// SPDX-License-Identifier: MIT
//
// TextIOWrapper, shared by _io_text.c (object, writing) and _io_text_read.c (decoding, reading, position).
#ifndef AIOLOS_STDLIB_IO_TEXT_H
#define AIOLOS_STDLIB_IO_TEXT_H

#include "_io.h"

enum {
    CODEC_OTHER,
    CODEC_UTF8,
    CODEC_UTF8_SIG,
    CODEC_ASCII,
    CODEC_LATIN1,
    CODEC_UTF16,
    CODEC_UTF16_LE,
    CODEC_UTF16_BE,
    CODEC_UTF32,
    CODEC_UTF32_LE,
    CODEC_UTF32_BE
};

bool text_check(VM *vm, Text *t, bool open);   // usable; `open`: and not closed
bool text_write_out(VM *vm, Text *t);          // hands what is pending to the buffer
void text_forget(Text *t);                     // drops what was read ahead
uint8_t text_codec(const Str *encoding);
const char *text_encoding_of(const Text *t);   // of the decoder in force

Value text_read(VM *vm, Value *args, int nargs);
Value text_readline(VM *vm, Value *args, int nargs);
Value text_next(VM *vm, Value self);
Value text_seek(VM *vm, Value *args, int nargs);
Value text_tell(VM *vm, Value *args, int nargs);

#endif
