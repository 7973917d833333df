// SPDX-License-Identifier: MIT
//
// Python's pattern syntax: tokens, errors, sequences and repetitions. The parser writes PCRE2's syntax as it goes (see
// re_parse); the options that hold for every program are DOTALL and MULTILINE, so "." and "^" are written for what
// they mean under the flags of the place. An error makes the rest of the pattern look empty: each loop then ends.

#include "_re.h"

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "roots.h"

#define MAX_DEPTH 400  // of groups
#define PCRE_REPEAT 65535 // PCRE2's largest repetition count
#define MAX_COPIES 64     // of an item for a range of counts; more is no limit at all

// ---- errors

bool re_raise(VM *vm, Str *message, Value pattern, Value position)
{
    Value class = vm->roots[ROOT_RE_ERROR], args[] = {from_object(message), pattern, position};
    Value e = message && class ? object_call(vm, class, args, 3, NULL) : VALUE_EMPTY;
    if (e)
        raise_value_of(vm, e);
    return false;
}

// What a message about a bytes pattern shows: no character beyond ASCII.
static Str *ascii_only(VM *vm, Str *message)
{
    StrBuilder b;
    builder_init(&b, vm);
    for (const char *p = message->data, *end = p + message->size; p < end;) {
        uint32_t c = utf8_next(&p);
        char escape[16];
        if (c >= 0x80)
            snprintf(escape, sizeof escape, "\\x%02x", c);
        if (c < 0x80 ? !builder_add_char(&b, (char)c) : !builder_add_cstr(&b, escape))
            return NULL;
    }
    return builder_finish(&b);
}

static void stop(ReParser *p)
{
    p->index = p->count;
    p->next.length = 0;
}

bool re_error(ReParser *p, size_t offset, const char *format, ...)
{
    if (p->vm->error)
        return false;
    va_list args;
    va_start(args, format);
    Str *message = str_vformat(p->vm, format, args);
    va_end(args);
    if (message && !p->text && !str_is_ascii(message))
        message = ascii_only(p->vm, message);
    if (message)
        re_raise(p->vm, message, p->pattern, from_small((int64_t)(re_tell(p) - offset)));
    stop(p);
    return false;
}

bool re_warn(ReParser *p, ExcId category, const char *format, ...)
{
    VM *vm = p->vm;
    if (p->quiet || vm->error)
        return !vm->error;
    va_list args;
    va_start(args, format);
    Str *message = str_vformat(vm, format, args);
    va_end(args);
    if (message && (!vm->hooks.warn || vm->hooks.warn(vm, vm->exc[category], message, p->frames) != VALUE_EMPTY))
        return true;
    stop(p);
    return false;
}

// ---- tokens

void re_advance(ReParser *p)
{
    p->next.length = 0;
    if (p->index >= p->count)
        return;
    p->next.c = p->source[p->index];
    if (p->next.c != '\\') {
        p->next.length = 1;
        p->index++;
        return;
    }
    if (p->index + 1 == p->count) {
        p->index = p->count;
        re_error(p, 1, "bad escape (end of pattern)");
        return;
    }
    p->next.escaped = p->source[p->index + 1];
    p->next.length = 2;
    p->index += 2;
}

bool re_accept(ReParser *p, char c)
{
    if (!re_at(p, c))
        return false;
    re_advance(p);
    return true;
}

Str *re_source_text(ReParser *p, size_t from, size_t to)
{
    StrBuilder b;
    builder_init(&b, p->vm);
    for (; from < to; from++)
        if (!builder_add_codepoint(&b, p->source[from]))
            return NULL;
    return builder_finish(&b);
}

Str *re_until(ReParser *p, char terminator, const char *what)
{
    size_t start = re_tell(p);
    while (p->next.length && !re_at(p, terminator))
        re_advance(p);
    size_t end = re_tell(p);
    if (p->next.length == 0) {
        if (end == start)
            re_error(p, 0, "missing %s", what);
        re_error(p, end - start, "missing %c, unterminated name", terminator);
        return NULL;
    }
    re_advance(p);
    if (end == start)
        re_error(p, 1, "missing %s", what);
    return p->vm->error ? NULL : re_source_text(p, start, end);
}

bool re_is_identifier(const Str *name)
{
    const char *at = name->data, *end = at + name->size;
    if (at == end || !unicode_is_xid_start(utf8_next(&at)))
        return false;
    while (at < end)
        if (!unicode_is_xid_continue(utf8_next(&at)))
            return false;
    return true;
}

bool re_check_name(ReParser *p, Str *name)
{
    if (!re_is_identifier(name))
        return re_error(p, name->length + 1, "bad character in group name %R", from_object(name));
    if (!p->text && !str_is_ascii(name)) {
        Str *shown = object_ascii(p->vm, from_object(name));
        return shown && re_warn(p, EXC_DeprecationWarning, "bad character in group name %U at position %zu", shown,
                                re_tell(p) - name->length - 1);
    }
    return true;
}

Value re_number_of(VM *vm, Str *digits)
{
    Value n = int_parse(vm, digits->data, digits->size, 10, from_object(digits));
    if (!n && error_is(vm, EXC_ValueError))
        error_clear(vm);
    return n && int_sign(n) < 0 ? VALUE_EMPTY : n;
}

// ---- repetitions

ReItem *re_item(ReParser *p, ReSequence *s)
{
    s->low = re_width_add(s->low, s->last.low);
    s->high = re_width_add(s->high, s->last.high);
    s->captures |= s->last.captures;
    s->last = (ReItem){ITEM_OTHER, p->out.size, 0, 0, false, p->group_count};
    return &s->last;
}

static bool is_digit(const ReParser *p) { return p->next.length == 1 && p->next.c - '0' < 10; }

static uint64_t read_count(ReParser *p)
{
    uint64_t n = 0;
    for (; is_digit(p); re_advance(p))
        n = n < RE_MAX_REPEAT ? n * 10 + (p->next.c - '0') : n;
    return n < RE_MAX_REPEAT ? n : RE_MAX_REPEAT;
}

// The counts of "{", or false when it is a character like any other (then tell is behind it again).
static bool read_braces(ReParser *p, size_t here, uint64_t *low, uint64_t *high)
{
    if (re_at(p, '}'))
        return false;
    bool has_low = is_digit(p), has_high = has_low;
    *low = has_low ? read_count(p) : 0;
    *high = has_low ? *low : RE_MAX_REPEAT;
    if (re_accept(p, ',')) {
        has_high = is_digit(p);
        *high = has_high ? read_count(p) : RE_MAX_REPEAT;
    }
    if (!re_accept(p, '}')) {
        if (p->vm->error)
            return true;
        p->index = here;
        re_advance(p);
        return false;
    }
    if ((has_low && *low >= RE_MAX_REPEAT) || (has_high && *high >= RE_MAX_REPEAT)) {
        if (!p->vm->error)
            raise_overflow(p->vm, "the repetition number is too large");
        stop(p);
    } else if (*high < *low) {
        re_error(p, re_tell(p) - here, "min repeat greater than max repeat");
    }
    return true;
}

// "{low,high}" with PCRE2's limits kept; suffix "", "?" or "+".
static bool put_count(ReParser *p, uint64_t low, uint64_t high, const char *suffix)
{
    char text[64];
    if (low == 0 && high == 1)
        snprintf(text, sizeof text, "?%s", suffix);
    else if (high == RE_MAX_REPEAT && low < 2)
        snprintf(text, sizeof text, "%c%s", low ? '+' : '*', suffix);
    else if (high == RE_MAX_REPEAT)
        snprintf(text, sizeof text, "{%llu,}%s", (unsigned long long)low, suffix);
    else
        snprintf(text, sizeof text, "{%llu,%llu}%s", (unsigned long long)low, (unsigned long long)high, suffix);
    return re_put(p, text);
}

// Exactly `count` times the text, which may be more than PCRE2's limit: then in groups of groups.
static bool put_exactly(ReParser *p, const char *text, size_t size, uint64_t count)
{
    uint64_t whole = count / PCRE_REPEAT, rest = count % PCRE_REPEAT;
    for (uint64_t n = whole; n; n -= n < PCRE_REPEAT ? n : PCRE_REPEAT) {
        re_put(p, "(?:");
        builder_add(&p->out, text, size);
        put_count(p, PCRE_REPEAT, PCRE_REPEAT, "");
        re_put(p, ")");
        put_count(p, n < PCRE_REPEAT ? n : PCRE_REPEAT, n < PCRE_REPEAT ? n : PCRE_REPEAT, "");
    }
    return rest == 0 || (builder_add(&p->out, text, size) && put_count(p, rest, rest, ""));
}

// Counts beyond PCRE2's limit: the item is written several times.
static bool put_large_count(ReParser *p, const ReItem *item, uint64_t low, uint64_t high, const char *suffix)
{
    size_t size = p->out.size - item->start;
    char *text = gc_buffer(p->vm, size + 1);
    if (!text)
        return false;
    if (item->captures)
        return raise_overflow(p->vm, "the repetition number is too large"), stop(p), false;
    memcpy(text, p->out.data + item->start, size);
    bool unlimited = high == RE_MAX_REPEAT || high - low > MAX_COPIES * PCRE_REPEAT;
    p->out.size = item->start;
    re_put(p, *suffix == '+' ? "(?>" : "(?:");
    put_exactly(p, text, size, low);
    const char *lazy = *suffix == '?' ? "?" : "";
    for (uint64_t more = unlimited ? 1 : high - low, n; more; more -= n) {
        n = more < PCRE_REPEAT ? more : PCRE_REPEAT;
        builder_add(&p->out, text, size);
        put_count(p, 0, unlimited ? RE_MAX_REPEAT : n, lazy);
    }
    return re_put(p, ")");
}

static bool put_repeat(ReParser *p, ReItem *item, uint64_t low, uint64_t high)
{
    const char *suffix = re_accept(p, '?') ? "?" : re_accept(p, '+') ? "+" : "";
    bool empty = item->high == 0 && !item->captures; // without effects: any number of times is once, or never
    if (low == 0 && (empty || (high == 0 && p->lookbehind_groups >= 0))) {
        p->out.size = item->start;
        re_put(p, empty ? "(?:" : "(?:(?!)"); // in look-behind PCRE2 must see a fixed width, and all groups
        for (uint32_t group = item->first_group; group < p->group_count; group++)
            re_put(p, "()");
        re_put(p, empty ? ")" : "|)");
    } else if (item->high == 0 && low > 0 && (empty || p->lookbehind_groups >= 0)) {
        // once: nothing to write
    } else if (low > PCRE_REPEAT || (high > PCRE_REPEAT && high != RE_MAX_REPEAT)) {
        put_large_count(p, item, low, high, suffix);
    } else {
        put_count(p, low, high, suffix);
    }
    uint64_t least = item->low * low, most = item->high * high;
    item->low = least < RE_MAX_REPEAT ? least : RE_MAX_REPEAT - 1;
    item->high = most < RE_MAX_REPEAT ? most : RE_MAX_REPEAT;
    item->kind = ITEM_REPEAT;
    p->loops |= item->captures;
    return !p->vm->error;
}

static bool parse_repeat(ReParser *p, ReSequence *s, char c)
{
    size_t here = re_tell(p);
    uint64_t low = c == '+', high = c == '?' ? 1 : RE_MAX_REPEAT;
    if (c == '{' && !read_braces(p, here, &low, &high)) {
        ReItem *item = re_item(p, s);
        item->low = item->high = 1;
        return re_put_char(p, '{');
    }
    if (p->vm->error)
        return false;
    size_t offset = re_tell(p) - here + 1;
    if (s->last.kind == ITEM_NONE || s->last.kind == ITEM_PLACE)
        return re_error(p, offset, "nothing to repeat");
    if (s->last.kind == ITEM_REPEAT)
        return re_error(p, offset, "multiple repeat");
    return put_repeat(p, &s->last, low, high);
}

// ---- sequences and alternatives

static void skip_comment(ReParser *p)
{
    while (p->next.length && !re_at(p, '\n'))
        re_advance(p);
    re_advance(p);
}

static bool parse_escape(ReParser *p, ReSequence *s, ReToken token, uint32_t flags)
{
    ReEscape e;
    if (!re_escape(p, token, false, &e))
        return false;
    ReItem *item = re_item(p, s);
    item->low = item->high = 1;
    if (e.kind == ESCAPE_CHAR)
        return re_put_literal(p, e.value, flags);
    if (e.kind == ESCAPE_CATEGORY)
        return re_put_category(p, (char)e.value, flags);
    if (e.kind == ESCAPE_GROUP) {
        item->low = p->groups[e.value].low;
        item->high = p->groups[e.value].high;
        char text[24];
        snprintf(text, sizeof text, "\\g{%u}", e.value);
        return re_put(p, text);
    }
    item->kind = ITEM_PLACE;
    item->low = item->high = 0;
    if (e.value == 'A' || e.value == 'Z')
        return re_put(p, e.value == 'A' ? "\\A" : "\\z");
    return re_put_boundary(p, (char)e.value, flags);
}

static bool parse_simple(ReParser *p, ReSequence *s, uint32_t c, uint32_t flags)
{
    ReItem *item = re_item(p, s);
    item->low = item->high = 1;
    if (c == '[')
        return re_parse_class(p, flags);
    if (c == '.')
        return re_put(p, flags & RE_DOTALL ? "." : "\\N");
    if (c != '^' && c != '$')
        return re_put_literal(p, c, flags);
    item->kind = ITEM_PLACE;
    item->low = item->high = 0;
    if (c == '^')
        return re_put(p, flags & RE_MULTILINE ? "^" : "\\A");
    return re_put(p, flags & RE_MULTILINE ? "$" : "\\Z");
}

static bool is_blank(uint32_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool re_parse_sequence(ReParser *p, uint32_t flags, bool first, ReItem *out)
{
    ReSequence s = {{ITEM_NONE, p->out.size, 0, 0, false, 0}, 0, 0, false};
    while (p->next.length && !re_at(p, '|') && !re_at(p, ')')) {
        ReToken token = p->next;
        re_advance(p);
        uint32_t c = token.c;
        bool fine = true;
        if (token.length == 2)
            fine = parse_escape(p, &s, token, flags);
        else if (flags & RE_VERBOSE && (is_blank(c) || c == '#'))
            c == '#' ? skip_comment(p) : (void)0;
        else if (c == '*' || c == '+' || c == '?' || c == '{')
            fine = parse_repeat(p, &s, (char)c);
        else if (c == '(')
            fine = re_parse_group(p, &flags, first && s.last.kind == ITEM_NONE, &s);
        else
            fine = parse_simple(p, &s, c, flags);
        if (!fine || p->vm->error)
            return false;
    }
    re_item(p, &s);
    out->low = s.low;
    out->high = s.high;
    out->captures = s.captures;
    return !p->vm->error;
}

static bool parse_all(ReParser *p, uint32_t flags, bool top, ReItem *out)
{
    bool first = top;
    out->low = RE_MAX_REPEAT;
    do {
        ReItem one;
        if (!re_parse_sequence(p, flags, first, &one))
            return false;
        if (first)
            flags = p->flags;
        first = false;
        out->low = one.low < out->low ? one.low : out->low;
        out->high = one.high > out->high ? one.high : out->high;
        out->captures |= one.captures;
    } while (re_accept(p, '|') && re_put(p, "|"));
    return !p->vm->error;
}

bool re_parse_alternatives(ReParser *p, uint32_t flags, bool top, ReItem *out)
{
    char here;
    VM *vm = p->vm;
    *out = (ReItem){ITEM_OTHER, p->out.size, 0, 0, false, p->group_count};
    if (p->depth >= MAX_DEPTH || (vm->c_stack_limit && &here < vm->c_stack_limit)) {
        raise_exc(vm, EXC_RecursionError, "maximum recursion depth exceeded");
        stop(p);
        return false;
    }
    p->depth++;
    bool fine = parse_all(p, flags, top, out);
    p->depth--;
    return fine;
}

// ---- the whole

static uint32_t *code_points(VM *vm, Value pattern, size_t *count)
{
    bool text = is_str(pattern);
    size_t n = text ? as_str(pattern)->length : as_bytes(pattern)->size;
    const char *at = text ? as_str(pattern)->data : as_bytes(pattern)->data;
    uint32_t *out = gc_buffer(vm, (n + 1) * sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        out[i] = text ? utf8_next(&at) : (unsigned char)*at++;
    *count = n;
    return out;
}

static bool fix_flags(ReParser *p)
{
    uint32_t flags = p->flags;
    if (!p->text && flags & RE_UNICODE)
        raise_value(p->vm, "cannot use UNICODE flag with a bytes pattern");
    else if (!p->text && flags & RE_LOCALE && flags & RE_ASCII)
        raise_value(p->vm, "ASCII and LOCALE flags are incompatible");
    else if (p->text && flags & RE_LOCALE)
        raise_value(p->vm, "cannot use LOCALE flag with a str pattern");
    else if (p->text && flags & RE_ASCII && flags & RE_UNICODE)
        raise_value(p->vm, "ASCII and UNICODE flags are incompatible");
    else if (p->text && !(flags & RE_ASCII))
        p->flags |= RE_UNICODE;
    return !p->vm->error;
}

static bool check_conditions(ReParser *p)
{
    for (int64_t i = 0; p->conditions && i < p->conditions->count; i += 2) {
        Value *at = p->conditions->items + i;
        if (as_small(at[0]) >= p->group_count)
            return re_raise(p->vm, str_format(p->vm, "invalid group reference %lld", (long long)as_small(at[0])),
                            p->pattern, at[1]);
    }
    return true;
}

bool re_parse(ReParser *p, VM *vm, Value pattern, uint32_t flags, bool narrow, bool quiet)
{
    memset(p, 0, offsetof(ReParser, out));
    builder_init(&p->out, vm);
    p->vm = vm;
    p->pattern = pattern;
    p->text = is_str(pattern);
    p->narrow = narrow || !p->text;
    p->quiet = quiet;
    p->flags = flags;
    p->lookbehind_groups = -1;
    p->frames = 3;
    p->group_count = 1;
    p->group_capacity = 8;
    p->groups = gc_buffer(vm, p->group_capacity * sizeof *p->groups);
    p->names = dict_new(vm, 0);
    p->source = code_points(vm, pattern, &p->count);
    if (!p->groups || !p->names || !p->source)
        return false;
    re_advance(p);
    ReItem all;
    if (!re_parse_alternatives(p, p->flags, true, &all) || !fix_flags(p))
        return false;
    if (p->next.length)
        return re_error(p, 0, "unbalanced parenthesis");
    if (!check_conditions(p))
        return false;
    if (p->bad_lookbehind)
        return re_raise(vm, str_from(vm, "look-behind requires fixed-width pattern"), VALUE_NONE, VALUE_NONE);
    return !p->out.failed;
}
