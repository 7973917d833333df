// SPDX-License-Identifier: MIT
//
// The front end alone, as a program, for its tests and for a look at what it makes of a file.
//
//   frontcheck --check FILE...    parse each file; print the errors as Python does; exit 1 if there were any
//   frontcheck --ast FILE...      print the tree; --pos adds positions
//   frontcheck --tokens FILE...   print the tokens
//   frontcheck --raw FILE...      print errors as "kind|message|line|offset|end_line|end_offset"
//   frontcheck --faults FILE...   parse with the Nth allocation failing, for every N until none does
//   frontcheck --time FILE...     parse each file 20 times; print bytes per second
// A FILE of "-" is the standard input. --eval and --single choose the mode.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parser/parse.h"

typedef enum Action { CHECK, AST, TOKENS, RAW, FAULTS, TIME } Action;

static bool write_stdout(void *ctx, const char *text, size_t length)
{
    return fwrite(text, 1, length, ctx) == length;
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);
    *length = 0;
    for (size_t got; (got = fread(text + *length, 1, capacity - *length, file)) > 0;) {
        *length += got;
        if (*length == capacity) {
            text = realloc(text, capacity *= 2);
        }
    }
    if (file != stdin) {
        fclose(file);
    }
    return text;
}

static void print_raw(const ParseResult *result)
{
    const Diagnostic *d = &result->diagnostic;
    printf("%s|%s|%u|%d|%u|%d%s\n", diagnostic_class_name(d->kind), d->message ? d->message : "", d->span.line,
           d->offset, d->span.end_line, d->end_offset, d->incomplete ? "|incomplete" : "");
}

// An allocator that refuses from its Nth request on.
typedef struct Faulty {
    long left;
    long live;
} Faulty;

static void *faulty_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    Faulty *faulty = ctx;
    if (new_size == 0) {
        faulty->live -= (long)old_size;
        free(ptr);
        return NULL;
    }
    if (faulty->left-- <= 0) {
        return NULL;
    }
    faulty->live += (long)(new_size - old_size);
    return realloc(ptr, new_size);
}

static bool try_faults(ParseOptions options, const char *text, size_t length)
{
    for (long n = 0;; n++) {
        Faulty faulty = {n, 0};
        ParseResult result;
        options.allocator = (ArenaAllocator){faulty_realloc, &faulty};
        bool good = parse_source(&options, text, length, &result);
        DiagnosticKind kind = result.diagnostic.kind;
        bool starved = faulty.left < 0;
        parse_result_free(&result);
        if (faulty.live != 0 || (starved && (good || kind != DIAGNOSTIC_MEMORY_ERROR))) {
            printf("%s: fault %ld: live %ld, good %d, kind %d\n", options.filename, n, faulty.live, good, (int)kind);
            return false;
        }
        if (!starved) {
            return true;
        }
    }
}

static void measure(const ParseOptions *options, const char *text, size_t length)
{
    clock_t start = clock();
    for (int i = 0; i < 20; i++) {
        ParseResult result;
        parse_source(options, text, length, &result);
        parse_result_free(&result);
    }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC / 20;
    printf("%s: %.1f MB/s\n", options->filename, (double)length / seconds / 1e6);
}

static bool parse_and_print(const ParseOptions *options, const char *text, size_t length, Action action, bool positions)
{
    TextSink sink = {write_stdout, stdout};
    ParseResult result;
    bool good = parse_source(options, text, length, &result);
    if (good && action == AST) {
        ast_dump(result.module, positions, &sink);
    } else if (action == RAW) {
        print_raw(&result);
    } else if (!good) {
        diagnostic_render(&result.diagnostic, options->filename, &sink);
    }
    parse_result_free(&result);
    return good;
}

static bool tokens_print(const ParseOptions *options, const char *text, size_t length)
{
    TextSink sink = {write_stdout, stdout};
    Arena arena;
    Diagnostic error;
    arena_init(&arena, options->allocator);
    bool good = token_dump(options, text, length, &sink, &arena, &error);
    if (!good) {
        diagnostic_render(&error, options->filename, &sink);
    }
    arena_free(&arena);
    return good;
}

static bool file_run(ParseOptions options, const char *path, Action action, bool positions)
{
    size_t length;
    char *text = read_file(path, &length);
    bool good = true;
    options.filename = path;
    options.from_file = action != RAW;  // RAW is compared with compile() of a string
    switch (action) {
    case TOKENS: good = tokens_print(&options, text, length); break;
    case FAULTS: good = try_faults(options, text, length); break;
    case TIME: measure(&options, text, length); break;
    default: good = parse_and_print(&options, text, length, action, positions); break;
    }
    free(text);
    return good;
}

int main(int argc, char **argv)
{
    static const char *const actions[] = {"--check", "--ast", "--tokens", "--raw", "--faults", "--time"};
    ParseOptions options = {.allocator = arena_default_allocator(), .from_file = true};
    Action action = CHECK;
    bool positions = false;
    bool good = true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--eval") == 0) {
            options.mode = PARSE_EVAL;
        } else if (strcmp(argv[i], "--single") == 0) {
            options.mode = PARSE_SINGLE;
            options.from_prompt = true;
        } else if (strcmp(argv[i], "--pos") == 0) {
            positions = true;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            for (int k = 0; k < 6; k++) {
                action = strcmp(argv[i], actions[k]) == 0 ? (Action)k : action;
            }
        } else {
            good = file_run(options, argv[i], action, positions) && good;
        }
    }
    return good ? 0 : 1;
}
