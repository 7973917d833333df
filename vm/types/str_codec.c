// SPDX-License-Identifier: MIT
//
// bytes.decode and str.encode: names of encodings and of error handlers, and the paths that need no codec at all. The
// codecs are in codec_utf.c, codec_single.c and codec_escape.c; what happens on errors is in codec_errors.c.

#include "str_codec.h"

#include "lexer/utf8.h"

typedef struct CodecName {
    const char *squeezed; // lower case, without punctuation
    CodecId id;
} CodecName;

static const CodecName codec_names[] = {
    {"utf8", CODEC_UTF8},
    {"u8", CODEC_UTF8},
    {"utf", CODEC_UTF8},
    {"utf8ucs2", CODEC_UTF8},
    {"utf8ucs4", CODEC_UTF8},
    {"cp65001", CODEC_UTF8},
    {"utf8sig", CODEC_UTF8_SIG},
    {"ascii", CODEC_ASCII},
    {"usascii", CODEC_ASCII},
    {"us", CODEC_ASCII},
    {"646", CODEC_ASCII},
    {"iso646us", CODEC_ASCII},
    {"ansix341968", CODEC_ASCII},
    {"ansix341986", CODEC_ASCII},
    {"cp367", CODEC_ASCII},
    {"ibm367", CODEC_ASCII},
    {"csascii", CODEC_ASCII},
    {"latin1", CODEC_LATIN1},
    {"latin", CODEC_LATIN1},
    {"iso88591", CODEC_LATIN1},
    {"iso8859", CODEC_LATIN1},
    {"8859", CODEC_LATIN1},
    {"l1", CODEC_LATIN1},
    {"cp819", CODEC_LATIN1},
    {"ibm819", CODEC_LATIN1},
    {"isoir100", CODEC_LATIN1},
    {"iso885911987", CODEC_LATIN1},
    {"csisolatin1", CODEC_LATIN1},
    {"cp1250", CODEC_CP1250},
    {"1250", CODEC_CP1250},
    {"windows1250", CODEC_CP1250},
    {"cp1251", CODEC_CP1251},
    {"1251", CODEC_CP1251},
    {"windows1251", CODEC_CP1251},
    {"cp1252", CODEC_CP1252},
    {"1252", CODEC_CP1252},
    {"windows1252", CODEC_CP1252},
    {"cp1253", CODEC_CP1253},
    {"1253", CODEC_CP1253},
    {"windows1253", CODEC_CP1253},
    {"cp1254", CODEC_CP1254},
    {"1254", CODEC_CP1254},
    {"windows1254", CODEC_CP1254},
    {"cp437", CODEC_CP437},
    {"437", CODEC_CP437},
    {"ibm437", CODEC_CP437},
    {"cp850", CODEC_CP850},
    {"850", CODEC_CP850},
    {"ibm850", CODEC_CP850},
    {"cp866", CODEC_CP866},
    {"866", CODEC_CP866},
    {"ibm866", CODEC_CP866},
    {"iso88592", CODEC_ISO8859_2},
    {"latin2", CODEC_ISO8859_2},
    {"l2", CODEC_ISO8859_2},
    {"iso88595", CODEC_ISO8859_5},
    {"cyrillic", CODEC_ISO8859_5},
    {"iso88597", CODEC_ISO8859_7},
    {"greek", CODEC_ISO8859_7},
    {"greek8", CODEC_ISO8859_7},
    {"iso88599", CODEC_ISO8859_9},
    {"latin5", CODEC_ISO8859_9},
    {"l5", CODEC_ISO8859_9},
    {"iso885915", CODEC_ISO8859_15},
    {"latin9", CODEC_ISO8859_15},
    {"l9", CODEC_ISO8859_15},
    {"koi8r", CODEC_KOI8_R},
    {"koi8u", CODEC_KOI8_U},
    {"macroman", CODEC_MAC_ROMAN},
    {"macintosh", CODEC_MAC_ROMAN},
    {"utf16", CODEC_UTF16},
    {"u16", CODEC_UTF16},
    {"utf16le", CODEC_UTF16_LE},
    {"unicodelittleunmarked", CODEC_UTF16_LE},
    {"utf16be", CODEC_UTF16_BE},
    {"unicodebigunmarked", CODEC_UTF16_BE},
    {"utf32", CODEC_UTF32},
    {"u32", CODEC_UTF32},
    {"utf32le", CODEC_UTF32_LE},
    {"utf32be", CODEC_UTF32_BE},
    {"unicodeescape", CODEC_UNICODE_ESCAPE},
    {"rawunicodeescape", CODEC_RAW_UNICODE_ESCAPE},
};

static CodecId codec_find(const char *name)
{
    char squeezed[32];
    size_t n = 0;
    for (const char *p = name; *p; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
        if (c == '-' || c == '_' || c == ' ' || c == '.')
            continue;
        if (n == sizeof squeezed - 1)
            return CODEC_UNKNOWN;
        squeezed[n++] = c;
    }
    squeezed[n] = 0;
    for (size_t i = 0; i < sizeof codec_names / sizeof codec_names[0]; i++)
        if (strcmp(codec_names[i].squeezed, squeezed) == 0)
            return codec_names[i].id;
    return CODEC_UNKNOWN;
}

static ErrorHandler handler_find(const char *name)
{
    static const char *const names[] = {
        "strict",      "ignore",          "replace",      "backslashreplace", "xmlcharrefreplace",
        "namereplace", "surrogateescape", "surrogatepass"};
    for (int i = 0; i < HANDLER_UNKNOWN; i++)
        if (strcmp(names[i], name) == 0)
            return (ErrorHandler)i;
    return HANDLER_UNKNOWN;
}

static bool codec_open(Codec *c, VM *vm, const char *encoding, const char *errors)
{
    c->vm = vm;
    c->id = encoding ? codec_find(encoding) : CODEC_UTF8;
    c->name = encoding ? encoding : "utf-8";
    if (c->id == CODEC_UNKNOWN)
        return false;
    c->errors = errors ? errors : "strict";
    c->handler = handler_find(c->errors);
    c->unit = 1;
    c->big = false;
    builder_init(&c->out, vm);
    static const char *const shown[] = {
        [CODEC_UTF8] = "utf-8", [CODEC_UTF8_SIG] = "utf-8", [CODEC_ASCII] = "ascii", [CODEC_LATIN1] = "latin-1",
        [CODEC_UTF16] = "utf-16", [CODEC_UTF16_LE] = "utf-16-le", [CODEC_UTF16_BE] = "utf-16-be",
        [CODEC_UTF32] = "utf-32", [CODEC_UTF32_LE] = "utf-32-le", [CODEC_UTF32_BE] = "utf-32-be",
        [CODEC_UNICODE_ESCAPE] = "unicodeescape", [CODEC_RAW_UNICODE_ESCAPE] = "rawunicodeescape",
    };
    c->encoding = c->id >= CODEC_CP1250 ? "charmap" : shown[c->id];
    return true;
}

Value codec_other(VM *vm, Value object, const char *encoding, const char *errors, bool encode)
{
    Value v = VALUE_EMPTY;
    if (vm->hooks.codec_other)
        v = object ? vm->hooks.codec_other(vm, object, encoding, errors ? errors : "strict", encode) : VALUE_EMPTY;
    return v || vm->error ? v : raise_exc(vm, EXC_LookupError, "unknown encoding: %s", encoding);
}

static bool decode_latin1(Codec *c)
{
    for (size_t i = 0; i < c->size && !c->out.failed; i++)
        builder_add_codepoint(&c->out, (unsigned char)c->data[i]);
    return !c->out.failed;
}

static bool decode_with(Codec *c)
{
    builder_reserve(&c->out, c->size);
    switch (c->id) {
    case CODEC_UTF8_SIG:
        if (c->size >= 3 && memcmp(c->data, "\xEF\xBB\xBF", 3) == 0) {
            c->data += 3;
            c->size -= 3;
        }
        return decode_utf8(c);
    case CODEC_ASCII: return decode_single(c);
    case CODEC_LATIN1: return decode_latin1(c);
    case CODEC_UTF16: case CODEC_UTF16_LE: case CODEC_UTF16_BE: return decode_utf16(c);
    case CODEC_UTF32: case CODEC_UTF32_LE: case CODEC_UTF32_BE: return decode_utf32(c);
    case CODEC_UNICODE_ESCAPE: return decode_unicode_escape(c);
    case CODEC_RAW_UNICODE_ESCAPE: return decode_raw_unicode_escape(c);
    default: return c->id == CODEC_UTF8 ? decode_utf8(c) : decode_single(c);
    }
}

static bool is_utf8_name(const char *encoding)
{
    return !encoding || strcmp(encoding, "utf-8") == 0 || strcmp(encoding, "utf8") == 0;
}

Value str_decode(VM *vm, const char *bytes, size_t size, const char *encoding, const char *errors)
{
    Codec c;
    size_t length;
    if (is_utf8_name(encoding) && utf8_measure(bytes, size, &length)) {
        if (length == size || length == 1)
            return str_result(str_new(vm, bytes, size));
        Str *s = str_alloc(vm, size, length);
        if (s)
            memcpy(s->data, bytes, size);
        return str_result(s);
    }
    if (!codec_open(&c, vm, encoding, errors)) {
        Value data = vm->hooks.codec_other ? bytes_new(vm, bytes, size) : VALUE_EMPTY;
        return codec_other(vm, data, encoding, errors, false);
    }
    if ((c.id == CODEC_UTF8 || c.id == CODEC_ASCII || c.id == CODEC_LATIN1) && utf8_is_ascii(bytes, size))
        return str_result(str_new_ascii(vm, bytes, size));
    Value copy = c.handler == HANDLER_UNKNOWN ? bytes_new(vm, bytes, size) : VALUE_NONE; // a handler may change them
    if (!copy)
        return VALUE_EMPTY;
    c.data = is_none(copy) ? bytes : as_bytes(copy)->data;
    c.size = size;
    return decode_with(&c) ? str_result(builder_finish(&c.out)) : VALUE_EMPTY;
}

static bool encode_with(Codec *c)
{
    builder_reserve(&c->out, c->text->size);
    switch (c->id) {
    case CODEC_UTF8_SIG:
        builder_add_ascii(&c->out, "\xEF\xBB\xBF", 3);
        return encode_utf8(c);
    case CODEC_ASCII: case CODEC_LATIN1: return encode_single(c);
    case CODEC_UTF16: case CODEC_UTF16_LE: case CODEC_UTF16_BE: return encode_utf16(c);
    case CODEC_UTF32: case CODEC_UTF32_LE: case CODEC_UTF32_BE: return encode_utf32(c);
    case CODEC_UNICODE_ESCAPE: return encode_unicode_escape(c);
    case CODEC_RAW_UNICODE_ESCAPE: return encode_raw_unicode_escape(c);
    default: return c->id == CODEC_UTF8 ? encode_utf8(c) : encode_single(c);
    }
}

// Surrogates are the three-byte sequences that begin with ED A0 .. ED BF.
static bool has_surrogate(const char *p, const char *end)
{
    while ((p = memchr(p, 0xED, (size_t)(end - p)))) {
        if ((unsigned char)p[1] >= 0xA0)
            return true;
        p += 3;
    }
    return false;
}

Value str_encode(VM *vm, Str *s, const char *encoding, const char *errors)
{
    Codec c;
    if (is_utf8_name(encoding) && (str_is_ascii(s) || !has_surrogate(s->data, s->data + s->size)))
        return bytes_new(vm, s->data, s->size);
    if (!codec_open(&c, vm, encoding, errors))
        return codec_other(vm, from_object(s), encoding, errors, true);
    bool plain = c.id == CODEC_UTF8 && !str_is_ascii(s) && !has_surrogate(s->data, s->data + s->size);
    plain |=
        str_is_ascii(s) && (c.id == CODEC_UTF8 || c.id == CODEC_ASCII || c.id == CODEC_LATIN1 || c.id >= CODEC_CP1250);
    if (plain)
        return bytes_new(vm, s->data, s->size);
    c.text = s;
    if (!encode_with(&c) || c.out.failed)
        return VALUE_EMPTY;
    return bytes_new(vm, c.out.data, c.out.size);
}
