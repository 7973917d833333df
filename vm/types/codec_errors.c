// SPDX-License-Identifier: MIT
//
// Error handlers of the codecs: strict, ignore, replace and so on (PEP 293, PEP 383), for both directions.

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "str_codec.h"

static bool raise_unknown(Codec *c)
{
    raise_exc(c->vm, EXC_LookupError, "unknown error handler name '%s'", c->errors);
    return false;
}

static bool raise_wrong_kind(Codec *c, const char *name)
{
    raise_type(c->vm, "don't know how to handle %s in error callback", name);
    return false;
}

static bool raise_unicode(Codec *c, ExcId id, Value object, size_t start, size_t end, const char *reason)
{
    Str *encoding = str_from(c->vm, c->encoding), *text = str_from(c->vm, reason);
    if (!encoding || !text || object == VALUE_EMPTY)
        return false;
    Value args[5] = {from_object(encoding), object, from_small((int64_t)start), from_small((int64_t)end),
                     from_object(text)};
    raise_args(c->vm, id, 5, args);
    return false;
}

// The exception that is pending, for a handler; the handler's answer is (replacement, where to go on). VALUE_EMPTY:
// error. *position is checked against `length`.
static Value ask_handler(Codec *c, size_t length, const char *shape, int64_t *position)
{
    VM *vm = c->vm;
    Value exception = error_take(vm);
    Value handler = vm->hooks.codec_handler ? vm->hooks.codec_handler(vm, c->errors) : VALUE_EMPTY;
    if (!handler)
        return vm->error ? VALUE_EMPTY : (raise_unknown(c), VALUE_EMPTY);
    Value answer = call1(vm, handler, exception);
    if (!answer)
        return VALUE_EMPTY;
    bool fits = is_tuple(answer) && as_tuple(answer)->count == 2 && is_int_like(as_tuple(answer)->items[1]);
    Value text = fits ? as_tuple(answer)->items[0] : VALUE_NONE;
    if (!is_str(text) && !(is_bytes(text) && c->text))
        return raise_type(vm, "%s", shape);
    if (!int_to_i64(vm, as_tuple(answer)->items[1], position))
        return VALUE_EMPTY;
    int64_t given = *position;
    if (given < 0)
        *position += (int64_t)length;
    if (*position < 0 || *position > (int64_t)length)
        return raise_index(vm, "position %lld from error handler out of bounds", (long long)given);
    return vm_tick(vm) ? text : VALUE_EMPTY;
}

static bool raise_decode(Codec *c, size_t start, size_t end, const char *reason)
{
    return raise_unicode(c, EXC_UnicodeDecodeError, bytes_new(c->vm, c->data, c->size), start, end, reason);
}

static void add_backslash(StrBuilder *b, uint32_t cp, const char *form, int digits)
{
    char text[12];
    size_t n = strlen(form);
    memcpy(text, form, n);
    for (int i = digits - 1; i >= 0; i--)
        text[n++] = "0123456789abcdef"[cp >> 4 * i & 15];
    builder_add_ascii(b, text, n);
}

// ---- decoding

static uint32_t read_unit(const Codec *c, const unsigned char *p)
{
    uint32_t v = 0;
    for (int i = 0; i < c->unit; i++)
        v |= (uint32_t)p[i] << 8 * (c->big ? c->unit - 1 - i : i);
    return v;
}

static bool pass_surrogate(Codec *c, size_t start, size_t *end)
{
    const unsigned char *p = (const unsigned char *)c->data + start;
    size_t left = c->size - start, size = c->unit == 1 ? 3 : (size_t)c->unit;
    uint32_t cp = 0;
    if (c->id != CODEC_UTF8 && c->id != CODEC_UTF8_SIG && c->unit == 1)
        return false;
    if (left < size)
        return false;
    if (c->unit > 1)
        cp = read_unit(c, p);
    else if (p[0] == 0xED && p[1] >= 0xA0 && p[1] <= 0xBF && (p[2] & 0xC0) == 0x80)
        cp = 0xD000u | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    if (cp < 0xD800 || cp > 0xDFFF)
        return false;
    *end = start + size;
    return builder_add_codepoint(&c->out, cp);
}

static bool escape_bytes(Codec *c, size_t start, size_t *end)
{
    size_t i = start;
    for (; i < *end && i < start + 4 && (unsigned char)c->data[i] >= 0x80; i++)
        builder_add_codepoint(&c->out, 0xDC00u + (unsigned char)c->data[i]);
    if (i == start)
        return false;
    *end = i;
    return true;
}

static bool custom_decode(Codec *c, size_t start, size_t *end, const char *reason)
{
    int64_t position;
    c->text = NULL;
    raise_decode(c, start, *end, reason);
    Value text = ask_handler(c, c->size, "decoding error handler must return (str, int) tuple", &position);
    if (!text || !builder_add_str(&c->out, as_str(text)))
        return false;
    *end = (size_t)position;
    return true;
}

bool decode_error(Codec *c, size_t start, size_t *end, const char *reason)
{
    switch (c->handler) {
    case HANDLER_IGNORE: return true;
    case HANDLER_REPLACE: return builder_add_codepoint(&c->out, 0xFFFD);
    case HANDLER_BACKSLASH:
        for (size_t i = start; i < *end; i++)
            add_backslash(&c->out, (unsigned char)c->data[i], "\\x", 2);
        return !c->out.failed;
    case HANDLER_SURROGATE_ESCAPE: return escape_bytes(c, start, end) || raise_decode(c, start, *end, reason);
    case HANDLER_SURROGATE_PASS: return pass_surrogate(c, start, end) || raise_decode(c, start, *end, reason);
    case HANDLER_XML: case HANDLER_NAME: return raise_wrong_kind(c, "UnicodeDecodeError");
    case HANDLER_UNKNOWN: return custom_decode(c, start, end, reason);
    default: return raise_decode(c, start, *end, reason);
    }
}

// ---- encoding

void codec_put(Codec *c, uint32_t unit)
{
    char bytes[4];
    for (int i = 0; i < c->unit; i++)
        bytes[i] = (char)(unit >> 8 * (c->big ? c->unit - 1 - i : i));
    builder_add_ascii(&c->out, bytes, (size_t)c->unit);
}

static void put_ascii(Codec *c, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        codec_put(c, (unsigned char)text[i]);
}

static void put_backslash(Codec *c, uint32_t cp)
{
    StrBuilder b;
    builder_init(&b, c->vm);
    add_backslash(&b, cp, cp < 0x100 ? "\\x" : cp < 0x10000 ? "\\u" : "\\U", cp < 0x100 ? 2 : cp < 0x10000 ? 4 : 8);
    put_ascii(c, b.data, b.size);
}

static void put_decimal(Codec *c, uint32_t cp)
{
    char digits[16];
    size_t n = sizeof digits;
    digits[--n] = ';';
    do {
        digits[--n] = (char)('0' + cp % 10);
    } while (cp /= 10);
    digits[--n] = '#';
    digits[--n] = '&';
    put_ascii(c, digits + n, sizeof digits - n);
}

static void put_name(Codec *c, uint32_t cp)
{
    char name[UNICODE_NAME_MAX];
    size_t size = unicode_name(cp, name);
    if (size == 0) {
        put_backslash(c, cp);
        return;
    }
    put_ascii(c, "\\N{", 3);
    put_ascii(c, name, size);
    put_ascii(c, "}", 1);
}

// Writes the surrogate cp as the handler asks. False: it does not apply.
static bool put_surrogate(Codec *c, uint32_t cp)
{
    if (c->handler == HANDLER_SURROGATE_ESCAPE) {
        if (cp < 0xDC80 || cp > 0xDCFF || c->unit != 1)
            return false;
        codec_put(c, cp - 0xDC00);
        return true;
    }
    if (cp < 0xD800 || cp > 0xDFFF)
        return false;
    if (c->unit > 1) {
        codec_put(c, cp);
        return true;
    }
    if (c->id != CODEC_UTF8 && c->id != CODEC_UTF8_SIG)
        return false;
    char text[4];
    builder_add_ascii(&c->out, text, (size_t)utf8_encode(cp, text));
    return true;
}

static bool put_replacement(Codec *c, Value v, size_t at, size_t end, const char *reason)
{
    VM *vm = c->vm;
    if (is_bytes(v))
        return builder_add_ascii(&c->out, as_bytes(v)->data, as_bytes(v)->size);
    const char *name = c->unit == 1 ? c->name : c->unit == 2 ? c->big ? "utf-16-be" : "utf-16-le"
        : c->big ? "utf-32-be" : "utf-32-le";
    Value data = str_encode(vm, as_str(v), name, "strict");
    if (!data && error_is(vm, EXC_UnicodeEncodeError)) {
        error_clear(vm);
        return raise_unicode(c, EXC_UnicodeEncodeError, str_result(str_exact(vm, c->text)), at, end, reason);
    }
    return data && builder_add_ascii(&c->out, as_bytes(data)->data, as_bytes(data)->size);
}

// The handler may take the wrong characters one at a time; it goes on within them or right behind.
static bool custom_encode(Codec *c, const char *from, const char *to, size_t index, const char *reason)
{
    size_t end = index + utf8_count(from, (size_t)(to - from)), at = index;
    while (at < end) {
        int64_t position;
        raise_unicode(c, EXC_UnicodeEncodeError, str_result(str_exact(c->vm, c->text)), at, end, reason);
        Value v = ask_handler(c, c->text->length, "encoding error handler must return (str/bytes, int) tuple",
                              &position);
        if (!v || !put_replacement(c, v, at, end, reason))
            return false;
        if ((size_t)position > end)
            return raise_index(c->vm, "position %lld from error handler out of bounds", (long long)position), false;
        at = (size_t)position > index ? (size_t)position : index;
    }
    return true;
}

bool encode_error(Codec *c, const char *from, const char *to, size_t index, const char *reason)
{
    if (c->handler == HANDLER_UNKNOWN)
        return custom_encode(c, from, to, index, reason);
    size_t at = index;
    const char *p = from;
    for (bool stop = c->handler == HANDLER_STRICT; p < to && !stop;) {
        const char *here = p;
        uint32_t cp = utf8_next(&p);
        switch (c->handler) {
        case HANDLER_REPLACE: put_ascii(c, "?", 1); break;
        case HANDLER_BACKSLASH: put_backslash(c, cp); break;
        case HANDLER_XML: put_decimal(c, cp); break;
        case HANDLER_NAME: put_name(c, cp); break;
        case HANDLER_SURROGATE_ESCAPE: case HANDLER_SURROGATE_PASS:
            stop = !put_surrogate(c, cp);
            p = stop ? here : p;
            break;
        default: break;
        }
        at += !stop;
    }
    if (p == to && c->handler != HANDLER_STRICT)
        return !c->out.failed;
    size_t end = at + utf8_count(p, (size_t)(to - p));
    return raise_unicode(c, EXC_UnicodeEncodeError, str_result(str_exact(c->vm, c->text)), at, end, reason);
}
