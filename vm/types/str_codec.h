// SPDX-License-Identifier: MIT
//
// What the codecs share: which encoding, which error handler, the position they work at. Nobody else includes it.
#ifndef AIOLOS_VM_STR_CODEC_H
#define AIOLOS_VM_STR_CODEC_H

#include "str_internal.h"

typedef enum CodecId {
    CODEC_UNKNOWN,
    CODEC_UTF8,
    CODEC_UTF8_SIG,
    CODEC_ASCII,
    CODEC_LATIN1,
    CODEC_UTF16,
    CODEC_UTF16_LE,
    CODEC_UTF16_BE,
    CODEC_UTF32,
    CODEC_UTF32_LE,
    CODEC_UTF32_BE,
    CODEC_UNICODE_ESCAPE,
    CODEC_RAW_UNICODE_ESCAPE,
    // those with a table, in its order
    CODEC_CP1250,
    CODEC_CP1251,
    CODEC_CP1252,
    CODEC_CP1253,
    CODEC_CP1254,
    CODEC_CP437,
    CODEC_CP850,
    CODEC_CP866,
    CODEC_ISO8859_2,
    CODEC_ISO8859_5,
    CODEC_ISO8859_7,
    CODEC_ISO8859_9,
    CODEC_ISO8859_15,
    CODEC_KOI8_R,
    CODEC_KOI8_U,
    CODEC_MAC_ROMAN,
} CodecId;

typedef enum ErrorHandler {
    HANDLER_STRICT, HANDLER_IGNORE, HANDLER_REPLACE, HANDLER_BACKSLASH, HANDLER_XML, HANDLER_NAME,
    HANDLER_SURROGATE_ESCAPE, HANDLER_SURROGATE_PASS, HANDLER_UNKNOWN,
} ErrorHandler;

// A decoding or an encoding in progress. `unit` bytes per code unit of the encoded side, most significant first if
// `big`.
typedef struct Codec {
    VM *vm;
    CodecId id;
    int unit;
    bool big;
    const char *encoding;  // as exceptions name it
    const char *name;      // as it was asked for
    const char *errors;    // handler's name
    ErrorHandler handler;
    const char *data;      // decoding: the input
    size_t size;
    Str *text;             // encoding: the input
    StrBuilder out;        // encoding: raw bytes
} Codec;

// Decoding: the bytes [start, *end) are wrong. Writes what the handler puts in their place and sets *end to where to go
// on. False: raised.
bool decode_error(Codec *c, size_t start, size_t *end, const char *reason);
// Encoding: the code points in the bytes [from, to) of the text, of which the first is number `index`, cannot be
// encoded.
bool encode_error(Codec *c, const char *from, const char *to, size_t index, const char *reason);
// The other encodings, which the module codecs may know. VALUE_EMPTY: LookupError, or what the codec raised.
Value codec_other(VM *vm, Value object, const char *encoding, const char *errors, bool encode);
// Writes one code unit of the encoded side.
void codec_put(Codec *c, uint32_t unit);

extern const uint16_t codec_tables[][128]; // codec_tables.c

// Counts the code points of strict UTF-8 in one pass. False: not valid.
bool utf8_measure(const char *p, size_t size, size_t *length);

bool decode_utf8(Codec *c);
bool decode_single(Codec *c);       // ascii and those with a table
bool decode_utf16(Codec *c);
bool decode_utf32(Codec *c);
bool decode_unicode_escape(Codec *c);
bool decode_raw_unicode_escape(Codec *c);
bool encode_utf8(Codec *c);
bool encode_single(Codec *c);       // ascii, latin-1 and those with a table
bool encode_utf16(Codec *c);
bool encode_utf32(Codec *c);
bool encode_unicode_escape(Codec *c);
bool encode_raw_unicode_escape(Codec *c);
#endif
