// SPDX-License-Identifier: MIT
//
// The plain prompt: lines from standard input, gathered until they make a statement. Bytes are read one by one unless a
// terminal hands out lines, so that a script's own input() finds what follows.

#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Text {
    char *data;
    size_t size, capacity;
} Text;

static bool text_add(Text *t, char c)
{
    if (t->size + 1 >= t->capacity) {
        size_t wanted = t->capacity ? t->capacity * 2 : 256;
        char *more = realloc(t->data, wanted);
        if (!more)
            return false;
        t->data = more;
        t->capacity = wanted;
    }
    t->data[t->size++] = c;
    t->data[t->size] = 0;
    return true;
}

volatile sig_atomic_t prompt_reading, prompt_interrupted;

typedef enum LineEnd { LINE_READ, LINE_EOF, LINE_INTERRUPTED } LineEnd;

static LineEnd read_line(AiolosVM *vm, Text *t)
{
    char c;
    for (;;) {
        ssize_t n = read(0, &c, 1);
        if (n < 0 && errno == EINTR) {
            if (prompt_interrupted)
                return LINE_INTERRUPTED;
            inspect_attend(vm, NULL);
            continue;
        }
        if (n <= 0 || !text_add(t, c))
            return LINE_EOF;
        if (c == '\n')
            return LINE_READ;
    }
}

static void show(AiolosVM *vm, const char *text)
{
    aiolos_flush(vm);
    bool terminal = isatty(0) && isatty(1);
    fputs(text, terminal ? stdout : stderr);
    fflush(terminal ? stdout : stderr);
}

// sys.ps1 and sys.ps2, else the usual.
static void show_prompt(AiolosVM *vm, const char *name, const char *usual)
{
    AiolosValue *sys = aiolos_import(vm, "sys");
    AiolosValue *value = sys ? aiolos_get_attribute(vm, sys, name) : NULL;
    AiolosValue *text = value ? aiolos_text_of(vm, value) : NULL;
    const char *chars = usual;
    if (text)
        aiolos_get_str(vm, text, &chars, NULL);
    show(vm, chars);
    aiolos_release(vm, text);
    aiolos_release(vm, value);
    aiolos_release(vm, sys);
}

static void set_prompts(AiolosVM *vm)
{
    AiolosValue *sys = aiolos_import(vm, "sys"), *first = aiolos_str(vm, ">>> ", 4),
                *second = aiolos_str(vm, "... ", 4);
    if (sys && first && second) {
        aiolos_set_attribute(vm, sys, "ps1", first);
        aiolos_set_attribute(vm, sys, "ps2", second);
    }
    aiolos_release(vm, sys);
    aiolos_release(vm, first);
    aiolos_release(vm, second);
}

static bool is_blank(const Text *t)
{
    return strspn(t->data ? t->data : "", " \t\r\n\f") == t->size;
}

int prompt_run(AiolosVM *vm, const Options *options, bool *interrupted)
{
    Text text = {0};
    int status = 0;
    *interrupted = false;
    if (!options->quiet && !options->subject)
        fprintf(stderr, "Aiolos %s\n", aiolos_version());
    set_prompts(vm);
    for (;;) {
        show_prompt(vm, text.size ? "ps2" : "ps1", text.size ? "... " : ">>> ");
        prompt_interrupted = 0;
        prompt_reading = 1;
        LineEnd end = read_line(vm, &text);
        prompt_reading = 0;
        if (end == LINE_INTERRUPTED) {
            fputs("\nKeyboardInterrupt\n", stderr);
            text.size = 0;
            continue;
        }
        if (end == LINE_EOF && text.size == 0)
            break;
        AiolosStatus result = AIOLOS_OK;
        if (!is_blank(&text))
            result = aiolos_prompt(vm, text.data, text.size);
        if (result == AIOLOS_INCOMPLETE && end != LINE_EOF)
            continue;
        if (result == AIOLOS_ERROR) {
            bool leave = aiolos_wants_exit(vm);
            status = aiolos_report(vm, interrupted);
            *interrupted = false;
            if (leave) {
                free(text.data);
                return status;
            }
        }
        text.size = 0;
        if (end == LINE_EOF)
            break;
    }
    show(vm, "\n");
    free(text.data);
    return 0;
}
