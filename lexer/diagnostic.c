// SPDX-License-Identifier: MIT
//
// Printing of diagnostics in CPython's layout, and the text sink every dumper of the front end writes to.
#include "lexer/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lexer/utf8.h"

bool sink_write(const TextSink *sink, const char *text, size_t length)
{
    return length == 0 || sink->write(sink->ctx, text, length);
}

bool sink_puts(const TextSink *sink, const char *text)
{
    return sink_write(sink, text, strlen(text));
}

bool sink_printf(const TextSink *sink, const char *format, ...)
{
    char buffer[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(buffer, sizeof(buffer), format, args);
    va_end(args);
    if (length < 0) {
        return false;
    }
    return sink_write(sink, buffer, (size_t)length < sizeof(buffer) ? (size_t)length : sizeof(buffer) - 1);
}

const char *diagnostic_class_name(DiagnosticKind kind)
{
    static const char *const names[] = {
        [DIAGNOSTIC_NONE] = "None",
        [DIAGNOSTIC_SYNTAX_ERROR] = "SyntaxError",
        [DIAGNOSTIC_INDENTATION_ERROR] = "IndentationError",
        [DIAGNOSTIC_TAB_ERROR] = "TabError",
        [DIAGNOSTIC_VALUE_ERROR] = "ValueError",
        [DIAGNOSTIC_MEMORY_ERROR] = "MemoryError",
        [DIAGNOSTIC_RECURSION_ERROR] = "RecursionError",
        [DIAGNOSTIC_SYNTAX_WARNING] = "SyntaxWarning",
        [DIAGNOSTIC_DEPRECATION_WARNING] = "DeprecationWarning",
    };
    return names[kind];
}

static bool put_repeated(const TextSink *sink, char c, int count)
{
    bool good = true;
    for (; count > 0 && good; count--) {
        good = sink_write(sink, &c, 1);
    }
    return good;
}

// The source line without its indentation, then the carets below it.
static bool put_excerpt(const Diagnostic *diagnostic, const TextSink *sink)
{
    const char *text = diagnostic->text;
    const char *end = text + diagnostic->text_length;
    while (end > text && end[-1] == '\n') {
        end--;
    }
    int spaces = 0;
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\f')) {
        text++;
        spaces++;
    }
    bool good = sink_puts(sink, "    ") && sink_write(sink, text, (size_t)(end - text)) && sink_puts(sink, "\n");
    int start = diagnostic->offset - 1 - spaces;
    int stop = diagnostic->end_offset - 1 - spaces;
    if (diagnostic->offset < 1 || start < 0) {
        return good;
    }
    if (diagnostic->span.end_line > diagnostic->span.line) {
        stop = (int)utf8_count(text, (size_t)(end - text));  // the rest of the line
    } else if (diagnostic->end_offset < 1 || stop == start || diagnostic->kind != DIAGNOSTIC_SYNTAX_ERROR) {
        stop = start + 1;
    }
    good = good && sink_puts(sink, "    ");
    return good && put_repeated(sink, ' ', start) && put_repeated(sink, '^', stop - start) && sink_puts(sink, "\n");
}

bool diagnostic_render(const Diagnostic *diagnostic, const char *filename, const TextSink *sink)
{
    bool good = true;
    if (diagnostic->span.line > 0) {
        good = sink_puts(sink, "  File \"") && sink_puts(sink, filename) &&
               sink_printf(sink, "\", line %u\n", diagnostic->span.line);
        if (good && diagnostic->text != NULL) {
            good = put_excerpt(diagnostic, sink);
        }
    }
    return good && sink_puts(sink, diagnostic_class_name(diagnostic->kind)) && sink_puts(sink, ": ") &&
           sink_puts(sink, diagnostic->message) && sink_puts(sink, "\n");
}
