// SPDX-License-Identifier: MIT
//
// From a host's bytes to scannable text, in one copy: byte order mark, coding cookie (PEP 263), UTF-8 validation, line
// ends. UTF-8, Latin-1 and ASCII are the encodings known; every other cookie is an error.
#include "lexer/source.h"

#include <string.h>

#include "lexer/utf8.h"

typedef enum Encoding { ENCODING_UTF8, ENCODING_LATIN1, ENCODING_ASCII, ENCODING_UNKNOWN } Encoding;

typedef struct Cookie {
    const char *name;  // as written
    size_t length;     // 0: no cookie
    uint32_t line;
} Cookie;

static bool fail(Diagnostic *error, const char *message)
{
    *error = (Diagnostic){.kind = DIAGNOSTIC_SYNTAX_ERROR, .message = message};
    if (message == NULL) {
        *error = (Diagnostic){.kind = DIAGNOSTIC_MEMORY_ERROR, .message = "out of memory"};
    }
    return false;
}

static bool is_cookie_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

// Looks for "coding[:=] name" in the comment of one line. Returns false when the line has something besides a comment.
static bool cookie_in_line(const char *line, const char *end, Cookie *cookie)
{
    while (line < end && (*line == ' ' || *line == '\t' || *line == '\f')) {
        line++;
    }
    if (line < end && *line != '#') {
        return *line == '\r' || *line == '\n';
    }
    for (; end - line >= 7; line++) {
        if (memcmp(line, "coding", 6) != 0 || (line[6] != ':' && line[6] != '=')) {
            continue;
        }
        const char *name = line + 7;
        while (name < end && (*name == ' ' || *name == '\t')) {
            name++;
        }
        const char *stop = name;
        while (stop < end && is_cookie_char(*stop)) {
            stop++;
        }
        if (stop > name) {
            cookie->name = name;
            cookie->length = (size_t)(stop - name);
            return true;
        }
    }
    return true;
}

static const char *line_end(const char *p, const char *end)
{
    while (p < end && *p != '\n' && *p != '\r') {
        p++;
    }
    return p;
}

static Cookie cookie_find(const char *bytes, const char *end)
{
    Cookie cookie = {0};
    for (uint32_t line = 1; line <= 2 && bytes < end && cookie.length == 0; line++) {
        const char *stop = line_end(bytes, end);
        cookie.line = line;
        if (!cookie_in_line(bytes, stop, &cookie)) {
            break;
        }
        bytes = stop;
        if (bytes < end) {
            bytes += bytes + 1 < end && bytes[0] == '\r' && bytes[1] == '\n' ? 2 : 1;
        }
    }
    return cookie;
}

static Encoding cookie_encoding(const Cookie *cookie)
{
    static const struct {
        const char *name;
        Encoding encoding;
    } known[] = {
        {"utf-8", ENCODING_UTF8},        {"utf8", ENCODING_UTF8},      {"u8", ENCODING_UTF8},
        {"utf", ENCODING_UTF8},          {"utf-8-sig", ENCODING_UTF8}, {"latin-1", ENCODING_LATIN1},
        {"iso-8859-1", ENCODING_LATIN1}, {"latin1", ENCODING_LATIN1},  {"iso-latin-1", ENCODING_LATIN1},
        {"iso8859-1", ENCODING_LATIN1},  {"8859", ENCODING_LATIN1},    {"l1", ENCODING_LATIN1},
        {"latin", ENCODING_LATIN1},      {"cp819", ENCODING_LATIN1},   {"ascii", ENCODING_ASCII},
        {"us-ascii", ENCODING_ASCII},    {"646", ENCODING_ASCII},      {"ansi-x3.4-1968", ENCODING_ASCII},
    };
    char name[32];
    if (cookie->length == 0) {
        return ENCODING_UTF8;
    }
    if (cookie->length >= sizeof(name)) {
        return ENCODING_UNKNOWN;
    }
    for (size_t i = 0; i < cookie->length; i++) {
        char c = cookie->name[i];
        name[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
    }
    name[cookie->length] = '\0';
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(name, known[i].name) == 0) {
            return known[i].encoding;
        }
    }
    // Editors append the line-end convention: "utf-8-unix", "latin-1-dos".
    return strncmp(name, "utf-8-", 6) == 0 ? ENCODING_UTF8
           : strncmp(name, "latin-1-", 8) == 0 || strncmp(name, "iso-8859-1-", 11) == 0 ? ENCODING_LATIN1
                                                                                          : ENCODING_UNKNOWN;
}

static uint32_t line_of(const char *bytes, const char *place)
{
    uint32_t line = 1;
    for (const char *p = bytes; p < place; p++) {
        line += *p == '\n' || (*p == '\r' && p + 1 < place && p[1] != '\n');
    }
    return line;
}

static bool encoding_check(Source *source, const char *bytes, size_t length, Encoding encoding, unsigned flags,
                           Diagnostic *error)
{
    size_t place, extent;
    const char *reason;
    if (encoding == ENCODING_LATIN1) {
        return true;
    }
    if (encoding == ENCODING_ASCII) {
        place = utf8_ascii_prefix(bytes, length);
        if (place == length) {
            return true;
        }
        return fail(error, arena_printf(source->arena, "'ascii' codec can't decode byte 0x%02x in position %zu: "
                                                       "ordinal not in range(128)",
                                        (unsigned char)bytes[place], place));
    }
    if (utf8_validate(bytes, length, &place, &reason, &extent)) {
        return true;
    }
    unsigned byte = (unsigned char)bytes[place];
    uint32_t line = line_of(bytes, bytes + place);
    if (flags & SOURCE_FILE) {
        return fail(error, arena_printf(source->arena,
                                        "Non-UTF-8 code starting with '\\x%02x' in file %s on line %u, but no encoding "
                                        "declared; see https://peps.python.org/pep-0263/ for details",
                                        byte, source->filename, line));
    }
    size_t start = place;
    while (start > 0 && bytes[start - 1] != '\n' && bytes[start - 1] != '\r') {
        start--;
    }
    fail(error,
         arena_printf(source->arena, "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %zu: %s", byte,
                      place - start, reason));
    error->span = (Span){line, (uint32_t)(place - start), line, (uint32_t)(place - start)};
    error->offset = error->end_offset = (int)(place - start) + 1;
    return false;
}

// Copies with line ends made "\n" and, for Latin-1, bytes above 127 made two.
static bool text_copy(Source *source, const char *bytes, size_t length, Encoding encoding)
{
    size_t wide = 0;
    if (encoding == ENCODING_LATIN1) {
        for (size_t i = 0; i < length; i++) {
            wide += (unsigned char)bytes[i] >> 7;
        }
    }
    if (length > UINT32_MAX - 16 - wide) {
        return false;
    }
    char *text = arena_grow(source->arena, NULL, 0, length + wide + 2);
    if (text == NULL) {
        return false;
    }
    char *out = text;
    const char *end = bytes + length;
    if (wide == 0 && memchr(bytes, '\r', length) == NULL) {
        memcpy(out, bytes, length);
        out += length;
        bytes = end;
    }
    for (; bytes < end; bytes++) {
        unsigned char c = (unsigned char)*bytes;
        if (c == '\r') {
            *out++ = '\n';
            bytes += bytes + 1 < end && bytes[1] == '\n';
        } else if (c >= 0x80 && encoding == ENCODING_LATIN1) {
            out += utf8_encode(c, out);
        } else {
            *out++ = (char)c;
        }
    }
    if (out == text || out[-1] != '\n') {
        *out++ = '\n';
        source->unended = true;
    }
    *out = '\0';
    source->text = text;
    source->length = (size_t)(out - text);
    return true;
}

bool source_open(Source *source, Arena *arena, const char *filename, const char *bytes, size_t length, unsigned flags,
                 Diagnostic *error)
{
    *source = (Source){.arena = arena, .filename = filename == NULL ? "<string>" : filename};
    source->from_file = (flags & SOURCE_FILE) != 0;
    Encoding encoding = ENCODING_UTF8;
    if (!(flags & SOURCE_TEXT)) {
        bool mark = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
        if (mark) {
            bytes += 3;
            length -= 3;
        }
        Cookie cookie = cookie_find(bytes, bytes + length);
        encoding = cookie_encoding(&cookie);
        source->byte_offsets = !mark && cookie.length == 0;
        if (encoding == ENCODING_UNKNOWN || (mark && encoding != ENCODING_UTF8)) {
            const char *what = flags & SOURCE_FILE || mark ? "encoding problem" : "unknown encoding";
            fail(error, arena_printf(arena, "%s: %.*s%s", what, (int)cookie.length, cookie.name,
                                     mark ? " with BOM" : ""));
            error->offset = flags & SOURCE_FILE ? 0 : -1;  // only bytes in memory get a place, line 0
            return false;
        }
    }
    if (length > 0 && memchr(bytes, '\0', length) != NULL) {
        fail(error, "source code string cannot contain null bytes");
        error->kind = DIAGNOSTIC_VALUE_ERROR;
        return false;
    }
    if (!encoding_check(source, bytes, length, encoding, flags, error)) {
        return false;
    }
    if (!text_copy(source, bytes, length, encoding)) {
        return fail(error, NULL);
    }
    return true;
}

const char *source_line(const Source *source, uint32_t line, size_t *length)
{
    const char *p = source->text;
    const char *end = p + source->length;
    for (uint32_t i = 1; i < line && p < end; i++) {
        p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
    }
    const char *stop = p < end ? (const char *)memchr(p, '\n', (size_t)(end - p)) + 1 : end;
    *length = (size_t)(stop - p);
    return p;
}

int source_distance(const Source *source, const char *line, size_t size)
{
    return (int)(source->byte_offsets ? size : utf8_count(line, size));
}

// The place of byte `col` of a line, from 1; columns past the line stop at its newline.
static int offset_of(const char *line, size_t length, uint32_t col, bool bytes)
{
    size_t content = length > 0 && line[length - 1] == '\n' ? length - 1 : length;
    if (col > content) {
        col = (uint32_t)content;
    }
    return (int)(bytes ? col : utf8_count(line, col)) + 1;
}

static void locate(const Source *source, Diagnostic *error, Span span, bool bytes)
{
    size_t length;
    const char *line = source_line(source, span.line, &length);
    error->span = span;
    error->text = line;
    error->text_length = length;
    error->offset = offset_of(line, length, span.col, bytes);
    error->end_offset = offset_of(line, length, span.end_col, bytes);
}

void source_locate(const Source *source, Diagnostic *error, Span span)
{
    locate(source, error, span, false);
}

void source_locate_parsed(const Source *source, Diagnostic *error, Span span)
{
    locate(source, error, span, source->byte_offsets);
}
