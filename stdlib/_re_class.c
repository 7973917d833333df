// SPDX-License-Identifier: MIT
//
// Sets of characters: [...] and the categories \d \s \w with their opposites. A set is a list of ranges; the
// categories become ranges too, but for the Unicode letters and digits, which PCRE2 knows as properties.

#include "_re.h"

#include "lexer/unicode.h"

enum { PROP_WORD = 1, PROP_NOT_WORD = 2, PROP_DIGIT = 4, PROP_NOT_DIGIT = 8 };

typedef struct Span {
    uint32_t low, high;
} Span;

typedef struct Class {
    ReParser *p;
    uint32_t flags;
    Span *ranges;        // GC buffer, found on the C stack
    size_t count, capacity;
    unsigned props;
    bool negated, empty;
} Class;

static const Span ascii_spaces[] = {{'\t', '\r'}, {' ', ' '}};
static const Span spaces[] = {{'\t', '\r'}, {0x1c, 0x20}, {0x85, 0x85}, {0xa0, 0xa0}, {0x1680, 0x1680},
                               {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};
static const Span digits[] = {{'0', '9'}};
static const Span words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint32_t limit_of(const ReParser *p) { return !p->text ? 0xFF : p->narrow ? 0x7F : UNICODE_MAX; }

static bool add_range(Class *c, uint32_t low, uint32_t high)
{
    if (c->count == c->capacity) {
        size_t wanted = c->capacity ? c->capacity * 2 : 16;
        Span *more = gc_buffer_resize(c->p->vm, c->ranges, c->capacity * sizeof *more, wanted * sizeof *more);
        if (!more)
            return false;
        c->ranges = more;
        c->capacity = wanted;
    }
    c->ranges[c->count++] = (Span){low, high};
    return true;
}

// The ranges, which are in order, or what lies between them.
static bool add_ranges(Class *c, const Span *ranges, size_t count, bool others)
{
    uint32_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (!others && !add_range(c, ranges[i].low, ranges[i].high))
            return false;
        if (others && next < ranges[i].low && !add_range(c, next, ranges[i].low - 1))
            return false;
        next = ranges[i].high + 1;
    }
    return !others || add_range(c, next, limit_of(c->p));
}

static bool add_category(Class *c, char letter)
{
    bool others = letter < 'a', unicode = re_unicode(c->p, c->flags), wide = unicode && !c->p->narrow;
    letter |= 0x20;
    if (letter == 's')
        return unicode ? add_ranges(c, spaces, COUNT(spaces), others)
                       : add_ranges(c, ascii_spaces, COUNT(ascii_spaces), others);
    if (!wide)
        return letter == 'd' ? add_ranges(c, digits, COUNT(digits), others)
                             : add_ranges(c, words, COUNT(words), others);
    c->props |= letter == 'd' ? (others ? PROP_NOT_DIGIT : PROP_DIGIT) : (others ? PROP_NOT_WORD : PROP_WORD);
    return true;
}

// ---- case

static bool has_any(const Class *c, const uint32_t *set)
{
    for (size_t i = 0; i < c->count; i++)
        for (const uint32_t *at = set; *at; at++)
            if (*at >= c->ranges[i].low && *at <= c->ranges[i].high)
                return true;
    return false;
}

// Whole sets of characters that are equal without regard to case and that PCRE2 would take apart.
static bool fold_unicode(Class *c)
{
    static const uint32_t sets[][5] = {{'i', 'I', 0x130, 0x131}, {0x390, 0x1FD3}, {0x3B0, 0x1FE3}, {0xFB05, 0xFB06},
                                       {'s', 'S', 0x17F}, {'k', 'K', 0x212A}};
    for (size_t i = 0; i < COUNT(sets); i++)
        if (has_any(c, sets[i]))
            for (const uint32_t *at = sets[i]; *at; at++)
                if (!add_range(c, *at, *at))
                    return false;
    return true;
}

static bool fold_ascii(Class *c)
{
    size_t count = c->count;
    for (size_t i = 0; i < count; i++)
        for (uint32_t letter = 'A'; letter <= 'Z'; letter++) {
            Span r = c->ranges[i];
            bool upper = letter >= r.low && letter <= r.high, lower = (letter | 32) >= r.low && (letter | 32) <= r.high;
            if (upper != lower && !add_range(c, letter ^ (upper ? 32 : 0), letter ^ (upper ? 32 : 0)))
                return false;
        }
    return true;
}

// ---- output

static bool put_ranges(Class *c)
{
    ReParser *p = c->p;
    uint32_t limit = limit_of(p);
    for (size_t i = 0; i < c->count; i++) {
        Span r = c->ranges[i];
        if (r.low > limit)
            continue;
        if (r.high > limit)
            r.high = limit;
        if (!re_put_char(p, r.low) || (r.high > r.low && (!re_put(p, "-") || !re_put_char(p, r.high))))
            return false;
        c->empty = false;
    }
    return true;
}

static bool put_props(Class *c)
{
    ReParser *p = c->p;
    c->empty &= !c->props;
    if (c->props & PROP_WORD)
        re_put(p, RE_WORD_IS_PYTHONS ? "\\w" : "\\p{L}\\p{N}_");
    if (c->props & PROP_NOT_WORD)
        re_put(p, "\\W");
    if (c->props & PROP_DIGIT)
        re_put(p, "\\p{Nd}");
    if (c->props & PROP_NOT_DIGIT)
        re_put(p, "\\P{Nd}");
    return true;
}

// [...\W...] where PCRE2's \W is not Python's.
static bool put_with_not_word(Class *c)
{
    ReParser *p = c->p;
    c->props &= ~(unsigned)PROP_NOT_WORD;
    re_put(p, c->negated ? "(?!" : "(?:");
    size_t start = p->out.size;
    re_put(p, "[");
    put_ranges(c);
    put_props(c);
    if (c->empty)
        p->out.size = start;
    else
        re_put(p, "]|");
    re_put(p, "[^\\p{L}\\p{N}_])");
    return !c->negated || (builder_reserve(&p->out, 16) && re_put(p, "."));
}

static bool put_class(Class *c)
{
    ReParser *p = c->p;
    bool caseless = c->flags & RE_IGNORECASE && p->text, by_hand = caseless && !re_unicode(p, c->flags) && !p->narrow;
    if (caseless && !(by_hand ? fold_ascii(c) : !re_unicode(p, c->flags) || fold_unicode(c)))
        return false;
    if (c->props & PROP_NOT_WORD && !RE_WORD_IS_PYTHONS)
        return put_with_not_word(c);
    c->empty = true;
    if (by_hand)
        re_put(p, "(?-i:");
    size_t start = p->out.size;
    re_put(p, c->negated ? "[^" : "[");
    put_ranges(c);
    put_props(c);
    if (c->empty) {
        p->out.size = start;
        re_put(p, c->negated ? "." : RE_NEVER);
    } else {
        re_put(p, "]");
    }
    return re_put(p, by_hand ? ")" : "");
}

bool re_put_category(ReParser *p, char letter, uint32_t flags)
{
    if ((letter | 0x20) == 'w' && re_unicode(p, flags) && !p->narrow && RE_WORD_IS_PYTHONS)
        return re_put(p, letter == 'w' ? "\\w" : "\\W");
    if (!p->narrow && (letter | 0x20) == 'd' && re_unicode(p, flags))
        return re_put(p, letter == 'd' ? "\\p{Nd}" : "\\P{Nd}");
    if (p->narrow && (letter | 0x20) != 's')
        return re_put(p, letter == 'w' ? "\\w" : letter == 'W' ? "\\W" : letter == 'd' ? "\\d" : "\\D");
    Class c = {.p = p, .flags = flags, .empty = true};
    return add_category(&c, letter) && put_class(&c);
}

// ---- reading

typedef struct ClassPart {
    ReToken token;
    ReEscape value;
} ClassPart;

static bool read_member(ReParser *p, ClassPart *m)
{
    m->token = p->next;
    re_advance(p);
    if (m->token.length == 2)
        return re_escape(p, m->token, true, &m->value);
    m->value = (ReEscape){ESCAPE_CHAR, m->token.c};
    return !p->vm->error;
}

static bool add_member(Class *c, const ClassPart *m)
{
    if (m->value.kind == ESCAPE_CATEGORY)
        return add_category(c, (char)m->value.value);
    return add_range(c, m->value.value, m->value.value);
}

static bool add_between(Class *c, const ClassPart *from, const ClassPart *to)
{
    ReParser *p = c->p;
    if (from->value.kind == ESCAPE_CHAR && to->value.kind == ESCAPE_CHAR && from->value.value <= to->value.value)
        return add_range(c, from->value.value, to->value.value);
    uint32_t parts[] = {from->token.c, from->token.escaped, to->token.c, to->token.escaped};
    StrBuilder b;
    builder_init(&b, p->vm);
    for (int i = 0; i < 4; i++) {
        if (i == 2)
            builder_add_char(&b, '-');
        if (i % 2 == 0 || (i == 1 ? from : to)->token.length == 2)
            builder_add_codepoint(&b, parts[i]);
    }
    Str *text = builder_finish(&b);
    return text && re_error(p, from->token.length + 1 + (size_t)to->token.length, "bad character range %U", text);
}

static bool warn_of_set(ReParser *p, uint32_t c)
{
    if (!p->next.length || p->next.length != 1 || p->next.c != c)
        return true;
    const char *what = c == '-' ? "difference" : c == '&' ? "intersection"
        : c == '~' ? "symmetric difference" : "union";
    return re_warn(p, EXC_FutureWarning, "Possible set %s at position %zu", what, re_tell(p) - 1);
}

static bool unterminated(ReParser *p, size_t here)
{
    return re_error(p, re_tell(p) - here, "unterminated character set");
}

// Behind the "-" of a possible range. *end: the set is complete.
static bool read_range(Class *c, const ClassPart *from, size_t here, bool *end)
{
    ReParser *p = c->p;
    ClassPart to;
    if (!p->next.length)
        return unterminated(p, here);
    if (re_accept(p, ']')) {
        *end = true;
        return add_member(c, from) && add_range(c, '-', '-');
    }
    if (!read_member(p, &to))
        return false;
    if (to.token.length == 1 && to.token.c == '-' &&
        !re_warn(p, EXC_FutureWarning, "Possible set difference at position %zu", re_tell(p) - 2))
        return false;
    return add_between(c, from, &to);
}

static bool read_class(Class *c, size_t here)
{
    ReParser *p = c->p;
    bool first = true, end = false;
    for (; !end; first = false) {
        ClassPart m;
        if (!p->next.length)
            return unterminated(p, here);
        if (!first && re_accept(p, ']'))
            return !p->vm->error;
        if (!read_member(p, &m))
            return false;
        if (!first && m.token.length == 1 && m.token.c < 128 && m.token.c && strchr("-&~|", (int)m.token.c) &&
            !warn_of_set(p, m.token.c))
            return false;
        if (re_accept(p, '-') ? !read_range(c, &m, here, &end) : !add_member(c, &m))
            return false;
        if (p->vm->error)
            return false;
    }
    return true;
}

bool re_parse_class(ReParser *p, uint32_t flags)
{
    size_t here = re_tell(p) - 1;
    Class c = {.p = p, .flags = flags, .empty = true};
    if (re_at(p, '[') && !re_warn(p, EXC_FutureWarning, "Possible nested set at position %zu", re_tell(p)))
        return false;
    c.negated = re_accept(p, '^');
    return read_class(&c, here) && put_class(&c);
}
