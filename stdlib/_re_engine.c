// SPDX-License-Identifier: MIT
//
// Programs: what PCRE2 compiles from a pattern, and running them within bounds.
//
// A match may take time without limit, so no call of PCRE2 may go on for long: a search is done in parts of some
// thousand starting points, each start with a limit of steps. A pattern that passes the limit is run again as a
// "watched" program, whose callouts poll the interrupt at every step; it is slower and needs no limit. PCRE2 takes all
// memory from the VM's allocator, but for machine code and its stack, which need pages of their own.

#include "_re.h"

#include "lexer/utf8.h"

#define PART 4096                    // starting points of one call
#define SEARCH_STEPS 50000           // ... and steps of each
#define MATCH_STEPS 1000000          // with one starting point only
#define USES_BEFORE_JIT 3
#define SIZE_FOR_JIT 1024
#define JIT_STACK ((size_t)64 << 20) // address space, used as needed

// ---- memory: PCRE2 does not tell the size when it frees

typedef struct Block {
    size_t size;
    max_align_t data[];
} Block;

static void *take(size_t size, void *vm)
{
    size_t whole;
    if (!size_add(size, sizeof(Block), &whole))
        return NULL;
    Block *b = mem_realloc(vm, NULL, 0, whole);
    if (!b)
        return NULL;
    b->size = whole;
    return b->data;
}

static void give(void *data, void *vm)
{
    if (data) {
        Block *b = (Block *)(void *)((char *)data - offsetof(Block, data));
        mem_realloc(vm, b, b->size, 0);
    }
}

static int guard(uint32_t depth, void *data)
{
    char here;
    (void)depth;
    VM *vm = data;
    return vm->c_stack_limit && &here < vm->c_stack_limit + 16384;
}

// ---- the two widths of the library

typedef struct Attempt {
    VM *vm;
    ReProgram *program;
    const void *data;
    size_t size, from, offset_limit;
    uint32_t options, limit;
} Attempt;

#define LIBRARY(W, UNIT) \
    static int callout_##W(pcre2_callout_block_##W *block, void *vm) \
    { \
        (void)block; \
        return vm_tick(vm) ? 0 : PCRE2_ERROR_CALLOUT; \
    } \
    static bool compile_##W(VM *vm, ReProgram *program, const void *text, size_t size, uint32_t options, int *error) \
    { \
        size_t place; \
        *error = PCRE2_ERROR_NOMEMORY; \
        pcre2_general_context_##W *general = pcre2_general_context_create_##W(take, give, vm); \
        pcre2_compile_context_##W *context = general ? pcre2_compile_context_create_##W(general) : NULL; \
        if (context && (program->context = pcre2_match_context_create_##W(general))) { \
            pcre2_set_newline_##W(context, PCRE2_NEWLINE_LF); \
            pcre2_set_parens_nest_limit_##W(context, 100000); \
            pcre2_set_compile_recursion_guard_##W(context, guard, vm); \
            program->code = pcre2_compile_##W((const UNIT *)text, size, options, error, &place, context); \
            if (options & PCRE2_AUTO_CALLOUT) \
                pcre2_set_callout_##W(program->context, callout_##W, vm); \
        } \
        if (!program->code) { \
            pcre2_match_context_free_##W(program->context); \
            program->context = NULL; \
        } \
        pcre2_compile_context_free_##W(context); \
        pcre2_general_context_free_##W(general); \
        return program->code; \
    } \
    static int match_##W(const Attempt *a, pcre2_match_data_##W *data) \
    { \
        ReProgram *program = a->program; \
        pcre2_set_match_limit_##W(program->context, a->limit); \
        pcre2_set_offset_limit_##W(program->context, a->offset_limit); \
        return pcre2_match_##W(program->code, (const UNIT *)a->data, a->size, a->from, a->options, data, \
                               program->context); \
    } \
    /* The machine code has 32 kB of stack by itself: with more, and without machine code. */ \
    static int match_deep_##W(const Attempt *a, pcre2_match_data_##W *data) \
    { \
        int rc = PCRE2_ERROR_JIT_STACKLIMIT; \
        pcre2_jit_stack_##W *stack = pcre2_jit_stack_create_##W(65536, JIT_STACK, NULL); \
        a->program->deep = true; \
        if (stack) { \
            pcre2_jit_stack_assign_##W(a->program->context, NULL, stack); \
            rc = match_##W(a, data); \
            pcre2_jit_stack_assign_##W(a->program->context, NULL, NULL); \
            pcre2_jit_stack_free_##W(stack); \
        } \
        if (rc == PCRE2_ERROR_JIT_STACKLIMIT) { \
            Attempt again = *a; \
            again.options |= PCRE2_NO_JIT; \
            rc = match_##W(&again, data); \
        } \
        return rc; \
    } \
    static int attempt_##W(const Attempt *a, size_t count, size_t *spans) \
    { \
        ReProgram *program = a->program; \
        pcre2_match_data_##W *data = program->spare; \
        program->spare = NULL; \
        if (!data && !(data = pcre2_match_data_create_from_pattern_##W(program->code, NULL))) \
            return PCRE2_ERROR_NOMEMORY; \
        int rc = program->deep ? PCRE2_ERROR_JIT_STACKLIMIT : match_##W(a, data); \
        if (rc == PCRE2_ERROR_JIT_STACKLIMIT) \
            rc = match_deep_##W(a, data); \
        if (rc > 0) \
            memcpy(spans, pcre2_get_ovector_pointer_##W(data), 2 * count * sizeof *spans); \
        if (program->spare) \
            pcre2_match_data_free_##W(data); \
        else \
            program->spare = data; \
        return rc; \
    } \
    static void free_##W(ReProgram *program) \
    { \
        pcre2_match_data_free_##W(program->spare); \
        pcre2_match_context_free_##W(program->context); \
        pcre2_code_free_##W(program->code); \
    }

LIBRARY(8, uint8_t)
LIBRARY(32, uint32_t)

// ---- making programs

// The text of a program as the 32-bit library wants it.
static uint32_t *widen(VM *vm, const char *text, size_t size, bool utf, size_t *count)
{
    uint32_t *out = gc_buffer(vm, (size + 1) * sizeof *out);
    size_t n = 0;
    for (const char *at = text; out && at < text + size;)
        out[n++] = utf ? utf8_next(&at) : (unsigned char)*at++;
    *count = n;
    return out;
}

static bool compile_failed(VM *vm, Pattern *p, int error)
{
    if (vm->error)
        return false;
    if (error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED || error == PCRE2_ERROR_PATTERN_TOO_LARGE)
        return raise_memory(vm), false;
    if (error == PCRE2_ERROR_PARENTHESES_STACK_CHECK || error == PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP)
        return raise_exc(vm, EXC_RecursionError, "maximum recursion depth exceeded"), false;
    if (error == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH)
        return re_raise(vm, str_from(vm, "look-behind requires fixed-width pattern"), VALUE_NONE, VALUE_NONE);
    uint8_t text[160] = "";
    pcre2_get_error_message_8(error, text, sizeof text);
    return re_raise(vm, str_format(vm, "%s", (char *)text), p->pattern, VALUE_NONE);
}

static bool compile(VM *vm, Pattern *p, ReProgram *program, int kind, int form, bool watched)
{
    ReParser parser;
    if (!re_parse(&parser, vm, p->pattern, p->flags, kind == SUBJECT_BYTES, true))
        return false;
    StrBuilder whole;
    builder_init(&whole, vm);
    builder_add_cstr(&whole, form == FORM_FULLMATCH ? "(?:" : "");
    builder_add(&whole, parser.out.data, parser.out.size);
    if (!builder_add_cstr(&whole, form == FORM_FULLMATCH ? ")\\z" : ""))
        return false;
    uint32_t options = PCRE2_DOTALL | PCRE2_MULTILINE | PCRE2_ALT_CIRCUMFLEX;
    options |= form == FORM_SEARCH ? PCRE2_USE_OFFSET_LIMIT : PCRE2_ANCHORED;
    if (kind == SUBJECT_TEXT)
        options |= PCRE2_UTF | PCRE2_UCP | PCRE2_NO_UTF_CHECK;
    if (parser.flags & RE_IGNORECASE)
        options |= PCRE2_CASELESS;
    if (watched)
        options |= PCRE2_AUTO_CALLOUT;
    int error;
    bool done = compile_8(vm, program, whole.data, whole.size, options, &error);
    if (!done && (error == PCRE2_ERROR_PATTERN_TOO_LARGE || error == PCRE2_ERROR_PATTERN_TOO_COMPLICATED)) {
        size_t count;
        uint32_t *wide = widen(vm, whole.data, whole.size, kind == SUBJECT_TEXT, &count);
        done = wide && compile_32(vm, program, wide, count, options, &error);
        program->wide = done;
    }
    if (!done)
        return compile_failed(vm, p, error);
    uint32_t groups;
    (program->wide ? pcre2_pattern_info_32(program->code, PCRE2_INFO_CAPTURECOUNT, &groups)
                   : pcre2_pattern_info_8(program->code, PCRE2_INFO_CAPTURECOUNT, &groups));
    return groups == p->group_count || (raise_runtime(vm, "groups of a regular expression miscounted"), false);
}

static void improve(ReProgram *program, const Attempt *a)
{
    if (program->uses > USES_BEFORE_JIT)
        return;
    program->uses++;
    if (program->uses < USES_BEFORE_JIT && a->size - a->from < SIZE_FOR_JIT)
        return;
    program->uses = USES_BEFORE_JIT + 1; // a program that cannot be translated runs as it is
    if (program->wide)
        pcre2_jit_compile_32(program->code, PCRE2_JIT_COMPLETE);
    else
        pcre2_jit_compile_8(program->code, PCRE2_JIT_COMPLETE);
}

void programs_free(VM *vm, Pattern *p)
{
    (void)vm;
    for (int i = 0; i < SUBJECT_COUNT * FORM_COUNT; i++)
        for (int watched = 0; watched < 2; watched++) {
            ReProgram *program = (watched ? p->watched : p->programs)[0] + i;
            if (program->code)
                (program->wide ? free_32 : free_8)(program);
        }
}

// ---- running them

static size_t to_units(VM *vm, const Subject *s, bool wide, size_t offset)
{
    return wide && s->kind == SUBJECT_TEXT ? (size_t)str_index_of_offset(vm, as_str(s->holder), offset) : offset;
}

static void to_bytes(VM *vm, const Subject *s, size_t *spans, size_t count)
{
    for (size_t i = 0; s->kind == SUBJECT_TEXT && i < 2 * count; i++)
        if (spans[i] != SIZE_MAX)
            spans[i] = str_byte_offset(vm, as_str(s->holder), (int64_t)spans[i]);
}

static bool prepare(VM *vm, Subject *s, Attempt *a)
{
    ReProgram *program = a->program;
    a->vm = vm;
    a->data = s->data;
    a->size = s->end;
    a->offset_limit = PCRE2_UNSET;
    if (program->wide) {
        size_t count;
        if (!s->wide && !(s->wide = widen(vm, s->data, s->size, s->kind == SUBJECT_TEXT, &count)))
            return false;
        a->data = s->wide;
        a->size = to_units(vm, s, true, s->end);
        a->from = to_units(vm, s, true, a->from);
    }
    improve(program, a);
    return true;
}

// An unanchored search, a part at a time.
static int search(const Attempt *whole, const Subject *s, size_t count, size_t *spans)
{
    Attempt a = *whole;
    bool utf8 = s->kind == SUBJECT_TEXT && !a.program->wide;
    const char *text = a.data;
    for (;;) {
        size_t last = a.from + PART;
        while (utf8 && last < a.size && utf8_is_continuation(text[last]))
            last--;
        a.offset_limit = last < a.size ? last : PCRE2_UNSET;
        int rc = (a.program->wide ? attempt_32 : attempt_8)(&a, count, spans);
        if (rc != PCRE2_ERROR_NOMATCH || last >= a.size)
            return rc;
        if (!vm_tick(a.vm))
            return PCRE2_ERROR_CALLOUT;
        a.from = last;
        a.options &= ~PCRE2_NOTEMPTY_ATSTART;
    }
}

static int failed(VM *vm, int rc)
{
    if (!vm->error && (rc == PCRE2_ERROR_NOMEMORY || rc == PCRE2_ERROR_HEAPLIMIT))
        raise_memory(vm);
    if (!vm->error)
        raise_runtime(vm, "regular expression matching failed (PCRE2 error %d)", rc);
    return -1;
}

int program_run(VM *vm, Pattern *p, int form, Subject *s, size_t from, bool not_empty, size_t *spans)
{
    size_t count = p->group_count + (size_t)1;
    int rc = 0;
    if (from > s->end)
        return 0;
    for (int watched = 0; watched < 2; watched++) {
        ReProgram *program = &(watched ? p->watched : p->programs)[s->kind][form];
        if (!program->code && !compile(vm, p, program, s->kind, form, watched))
            return -1;
        Attempt a = {.program = program, .from = from, .options = PCRE2_NO_UTF_CHECK};
        if (not_empty)
            a.options |= PCRE2_NOTEMPTY_ATSTART;
        if (!prepare(vm, s, &a))
            return -1;
        a.limit = watched ? UINT32_MAX : form == FORM_SEARCH ? SEARCH_STEPS : MATCH_STEPS;
        if (form == FORM_SEARCH && !watched && a.size - a.from > PART)
            rc = search(&a, s, count, spans);
        else
            rc = (program->wide ? attempt_32 : attempt_8)(&a, count, spans);
        if (rc > 0 && program->wide)
            to_bytes(vm, s, spans, count);
        if (rc != PCRE2_ERROR_MATCHLIMIT)
            break;
    }
    return rc > 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : failed(vm, rc);
}

// ---- subjects

static bool check_kind(VM *vm, const Pattern *p, bool text)
{
    if (p->text && !text)
        raise_type(vm, "cannot use a string pattern on a bytes-like object");
    else if (!p->text && text)
        raise_type(vm, "cannot use a bytes pattern on a string-like object");
    return !vm->error;
}

static bool clip(VM *vm, Value v, int64_t length, int64_t *out)
{
    if (v != VALUE_EMPTY && is_small(v))
        *out = as_small(v);
    else if (v != VALUE_EMPTY && !object_index_clamped(vm, v, out))
        return false;
    *out = *out < 0 ? 0 : *out > length ? length : *out;
    return true;
}

// The bytes of anything else are copied: a script may change them while they are searched.
static bool open_bytes(VM *vm, Subject *s, Value source)
{
    if (!is_bytes(source)) {
        if (!bytes_view(source, &s->data, &s->size))
            return raise_type(vm, "expected string or bytes-like object, got '%T'", source), false;
        s->holder = bytes_new(vm, s->data, s->size);
        if (!s->holder)
            return false;
    }
    s->data = as_bytes(s->holder)->data;
    s->size = as_bytes(s->holder)->size;
    s->length = (int64_t)s->size;
    return true;
}

bool subject_open(VM *vm, Subject *s, Pattern *p, Value source, Value pos, Value endpos)
{
    memset(s, 0, sizeof *s);
    s->source = s->holder = source;
    s->text = is_str(source);
    if (s->text) {
        Str *text = as_str(source);
        s->data = text->data;
        s->size = text->size;
        s->length = text->length;
        s->kind = str_is_ascii(text) ? SUBJECT_BYTES : SUBJECT_TEXT;
    } else if (!open_bytes(vm, s, source)) {
        return false;
    }
    s->endpos = s->length;
    if (!check_kind(vm, p, s->text) || !clip(vm, pos, s->length, &s->pos) || !clip(vm, endpos, s->length, &s->endpos))
        return false;
    bool plain = s->kind == SUBJECT_BYTES;
    s->start = plain ? (size_t)s->pos : str_byte_offset(vm, as_str(source), s->pos);
    s->end = plain ? (size_t)s->endpos : str_byte_offset(vm, as_str(source), s->endpos);
    return true;
}

Value subject_cut(VM *vm, const Subject *s, size_t from, size_t to)
{
    if (s->text)
        return from_object(str_cut(vm, as_str(s->holder), from, to));
    if (from == 0 && to == s->size && is_exact(vm, s->source, KIND_BYTES))
        return s->source;
    return bytes_new(vm, s->data + from, to - from);
}
