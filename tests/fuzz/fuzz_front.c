// SPDX-License-Identifier: MIT
//
// libFuzzer target: any bytes through the front end alone. Whatever comes in, there is a tree or one diagnostic, both
// can be printed, and every byte of memory is given back.
#include <stdint.h>
#include <stdlib.h>

#include "parser/parse.h"

enum { MEMORY_CAP = 64 << 20 };

static void *counting_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    size_t *live = ctx;
    if (new_size == 0) {
        *live -= old_size;
        free(ptr);
        return NULL;
    }
    if (*live - old_size + new_size > MEMORY_CAP)
        return NULL;
    *live += new_size - old_size;
    return realloc(ptr, new_size);
}

static bool swallow(void *ctx, const char *text, size_t length)
{
    size_t *written = ctx;
    for (size_t i = 0; i < length; i++) // reads what it is given
        *written += text[i] == '\n';
    return *written < 1 << 20;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void parse_as(ParseMode mode, bool is_text, const char *text, size_t size, size_t *live)
{
    size_t written = 0;
    TextSink sink = {swallow, &written};
    ParseOptions options = {.allocator = {counting_realloc, live}, .filename = "fuzz", .mode = mode, .is_text = is_text,
                            .from_prompt = mode == PARSE_SINGLE};
    ParseResult result;
    bool good = parse_source(&options, text, size, &result);
    require(good == (result.module != NULL) && good == (result.diagnostic.kind == DIAGNOSTIC_NONE));
    if (good)
        ast_dump(result.module, true, &sink);
    else
        diagnostic_render(&result.diagnostic, "fuzz", &sink);
    for (const ParseWarning *w = result.warnings; w; w = w->next)
        diagnostic_render(&w->diagnostic, "fuzz", &sink);
    parse_result_free(&result);
    require(*live == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t live = 0, written = 0;
    const char *text = (const char *)data;
    parse_as(PARSE_FILE, false, text, size, &live);
    parse_as(PARSE_SINGLE, true, text, size, &live);
    parse_as(PARSE_EVAL, true, text, size, &live);

    ParseOptions options = {.allocator = {counting_realloc, &live}, .filename = "fuzz"};
    TextSink sink = {swallow, &written};
    Arena arena;
    Diagnostic error = {0};
    arena_init(&arena, options.allocator);
    token_dump(&options, text, size, &sink, &arena, &error);
    arena_free(&arena);
    require(live == 0);
    return 0;
}
