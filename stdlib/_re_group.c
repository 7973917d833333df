// SPDX-License-Identifier: MIT
//
// What stands in parentheses: groups with and without names, flags, look-around, conditions, comments. Names are kept
// here only: PCRE2 gets numbers.

#include "_re.h"

#include "lexer/unicode.h"

// ---- references

bool re_check_reference(ReParser *p, uint32_t group, size_t offset)
{
    if (!p->groups[group].closed)
        return re_error(p, offset, "cannot refer to an open group");
    return re_check_lookbehind(p, group);
}

bool re_check_lookbehind(ReParser *p, uint32_t group)
{
    if (p->lookbehind_groups < 0)
        return true;
    if (group >= p->group_count || !p->groups[group].closed)
        return re_error(p, 0, "cannot refer to an open group");
    if (group >= p->lookbehind_groups)
        return re_error(p, 0, "cannot refer to group defined in the same lookbehind subpattern");
    return true;
}

// The number of a named group. 0: error.
static uint32_t group_named(ReParser *p, Str *name)
{
    Value number = dict_get_str(p->vm, p->names, name);
    if (number)
        return (uint32_t)as_small(number);
    re_error(p, name->length + 1, "unknown group name %R", from_object(name));
    return 0;
}

static bool unterminated(ReParser *p, size_t start)
{
    return re_error(p, re_tell(p) - start, "missing ), unterminated subpattern");
}

static bool close(ReParser *p, size_t start)
{
    return (re_accept(p, ')') && re_put(p, ")")) || unterminated(p, start);
}

// ---- (?P...)

static bool back_reference(ReParser *p, ReSequence *s)
{
    Str *name = re_until(p, ')', "group name");
    if (!name || !re_check_name(p, name))
        return false;
    uint32_t group = group_named(p, name);
    if (!group || !re_check_reference(p, group, name->length + 1))
        return false;
    ReItem *item = re_item(p, s);
    item->low = p->groups[group].low;
    item->high = p->groups[group].high;
    char text[24];
    snprintf(text, sizeof text, "\\g{%u}", group);
    return re_put(p, text);
}

static bool unknown_extension(ReParser *p, const char *before, ReToken token)
{
    size_t end = re_tell(p);
    Str *text = re_source_text(p, end - token.length, end);
    return text && re_error(p, token.length + strlen(before), "unknown extension %s%U", before, text);
}

// ---- flags

static uint32_t flag_of(ReToken token)
{
    static const char letters[] = "iLmsxatu";
    static const uint16_t bits[] = {RE_IGNORECASE, RE_LOCALE, RE_MULTILINE, RE_DOTALL, RE_VERBOSE,
                                    RE_ASCII, RE_TEMPLATE, RE_UNICODE};
    const char *at = token.length == 1 && token.c && token.c < 128 ? strchr(letters, (int)token.c) : NULL;
    return at ? bits[at - letters] : 0;
}

static ReToken take(ReParser *p)
{
    ReToken token = p->next;
    re_advance(p);
    return token;
}

static bool bad_flag(ReParser *p, ReToken token, const char *otherwise)
{
    if (!token.length)
        return re_error(p, 0, "%s", otherwise);
    bool letter = token.length == 1 && unicode_is_alpha(token.c);
    return re_error(p, token.length, "%s", letter ? "unknown flag" : otherwise);
}

// The flags that are turned on, up to ")", "-" or ":", which is in *token then.
static bool read_added(ReParser *p, ReToken *token, uint32_t *added)
{
    for (;;) {
        uint32_t flag = flag_of(*token);
        if (p->text && flag == RE_LOCALE)
            return re_error(p, 0, "bad inline flags: cannot use 'L' flag with a str pattern");
        if (!p->text && flag == RE_UNICODE)
            return re_error(p, 0, "bad inline flags: cannot use 'u' flag with a bytes pattern");
        *added |= flag;
        if (flag & RE_TYPE_FLAGS && (*added & RE_TYPE_FLAGS) != flag)
            return re_error(p, 0, "bad inline flags: flags 'a', 'u' and 'L' are incompatible");
        *token = take(p);
        if (token->length == 1 && (token->c == ')' || token->c == '-' || token->c == ':'))
            return true;
        if (!flag_of(*token))
            return bad_flag(p, *token, "missing -, : or )");
    }
}

static bool read_removed(ReParser *p, uint32_t *removed)
{
    ReToken token = take(p);
    if (!flag_of(token))
        return bad_flag(p, token, "missing flag");
    for (;;) {
        uint32_t flag = flag_of(token);
        if (flag & RE_TYPE_FLAGS)
            return re_error(p, 0, "bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
        *removed |= flag;
        token = take(p);
        if (token.length == 1 && token.c == ':')
            return true;
        if (!flag_of(token))
            return bad_flag(p, token, "missing :");
    }
}

// *global: the flags were for the whole pattern and are in p->flags now.
static bool read_flags(ReParser *p, ReToken token, uint32_t *added, uint32_t *removed, bool *global)
{
    bool minus = token.c == '-';
    if (!minus) {
        if (!read_added(p, &token, added))
            return false;
        if (token.c == ')') {
            p->flags |= *added;
            *global = true;
            return true;
        }
        minus = token.c == '-';
    }
    if (*added & RE_GLOBAL_FLAGS)
        return re_error(p, 1, "bad inline flags: cannot turn on global flag");
    if (minus && !read_removed(p, removed))
        return false;
    if (*removed & RE_GLOBAL_FLAGS)
        return re_error(p, 1, "bad inline flags: cannot turn off global flag");
    if (*added & *removed)
        return re_error(p, 1, "bad inline flags: flag turned on and off");
    return true;
}

// ---- groups with contents

static uint32_t open_group(ReParser *p, Str *name)
{
    VM *vm = p->vm;
    uint32_t number = p->group_count;
    if (number >= UINT16_MAX)
        return re_error(p, 0, "too many groups"), 0;
    if (number == p->group_capacity) {
        size_t size = number * sizeof *p->groups;
        ReGroup *more = gc_buffer_resize(vm, p->groups, size, 2 * size);
        if (!more)
            return 0;
        p->groups = more;
        p->group_capacity *= 2;
    }
    if (name) {
        Value old = dict_get_str(vm, p->names, name);
        if (old)
            return re_error(p, name->length + 1, "redefinition of group name %R as group %u; was group %lld",
                            from_object(name), number, (long long)as_small(old)), 0;
        if (!dict_set_str(vm, p->names, name, from_small(number)))
            return 0;
    }
    p->groups[number] = (ReGroup){0};
    p->group_count++;
    return number;
}

static bool capture(ReParser *p, ReSequence *s, Str *name, uint32_t flags, size_t start)
{
    ReItem *item = re_item(p, s), inside;
    uint32_t number = open_group(p, name);
    re_put(p, "(");
    if (!number || !re_parse_alternatives(p, flags, false, &inside) || !close(p, start))
        return false;
    item->low = inside.low;
    item->high = inside.high;
    item->captures = true;
    p->groups[number] = (ReGroup){inside.low, inside.high, true, p->closed_count++};
    return true;
}

// (?:...), (?>...), (?i-s:...): `open` begins it in the output.
static bool plain_group(ReParser *p, ReSequence *s, const char *open, uint32_t flags, size_t start)
{
    ReItem *item = re_item(p, s), inside;
    re_put(p, open);
    if (!re_parse_alternatives(p, flags, false, &inside) || !close(p, start))
        return false;
    item->low = inside.low;
    item->high = inside.high;
    item->captures = inside.captures;
    return true;
}

static bool look_around(ReParser *p, ReSequence *s, ReToken token, uint32_t flags, size_t start)
{
    bool behind = token.c == '<';
    int64_t outer = p->lookbehind_groups;
    if (behind) {
        token = take(p);
        if (!token.length)
            return re_error(p, 0, "unexpected end of pattern");
        if (token.length != 1 || (token.c != '=' && token.c != '!'))
            return unknown_extension(p, "?<", token);
        if (outer < 0)
            p->lookbehind_groups = p->group_count;
    }
    ReItem *item = re_item(p, s), inside;
    re_put(p, behind ? token.c == '=' ? "(?<=" : "(?<!" : token.c == '=' ? "(?=" : "(?!");
    if (!re_parse_alternatives(p, flags, false, &inside))
        return false;
    p->lookbehind_groups = outer;
    // The lower bound stops one short of "no limit", so the unlimited never looks fixed.
    p->bad_lookbehind |= behind && (inside.low != inside.high || inside.high == RE_MAX_REPEAT);
    item->captures = inside.captures;
    return close(p, start);
}

static uint32_t condition_number(ReParser *p, Str *name)
{
    VM *vm = p->vm;
    size_t offset = name->length + 1;
    Value number = re_number_of(vm, name);
    int64_t n = 0;
    if (!number)
        return vm->error ? 0 : (re_error(p, offset, "bad character in group name %R", from_object(name)), 0);
    if (int_sign(number) == 0)
        return re_error(p, offset, "bad group number"), 0;
    if (!int_fits_i64(number, &n) || n >= RE_MAX_GROUPS)
        return re_error(p, offset, "invalid group reference %S", number), 0;
    Value at = from_small((int64_t)(re_tell(p) - offset));
    if (!p->conditions && !(p->conditions = list_new(vm, 4)))
        return 0;
    if (!list_append(vm, p->conditions, from_small(n)) || !list_append(vm, p->conditions, at))
        return 0;
    for (size_t i = 0; i < name->size; i++)
        if (name->data[i] < '0' || name->data[i] > '9') {
            Str *shown = p->text ? object_repr(vm, from_object(name)) : object_ascii(vm, from_object(name));
            if (!shown || !re_warn(p, EXC_DeprecationWarning, "bad character in group name %U at position %zu", shown,
                                   re_tell(p) - offset))
                return 0;
            break;
        }
    return (uint32_t)n;
}

static bool condition(ReParser *p, ReSequence *s, uint32_t flags, size_t start)
{
    Str *name = re_until(p, ')', "group name");
    if (!name)
        return false;
    bool named = re_is_identifier(name);
    if (named && !re_check_name(p, name))
        return false;
    uint32_t group = named ? group_named(p, name) : condition_number(p, name);
    if (!group || !re_check_lookbehind(p, group))
        return false;
    ReItem *item = re_item(p, s), yes, no = {0};
    char text[24];
    snprintf(text, sizeof text, "(?(%u)", group < UINT16_MAX ? group : 1); // an impossible number is found at the end
    re_put(p, text);
    if (!re_parse_sequence(p, flags, false, &yes))
        return false;
    if (re_accept(p, '|')) {
        re_put(p, "|");
        if (!re_parse_sequence(p, flags, false, &no))
            return false;
        if (re_at(p, '|'))
            return re_error(p, 0, "conditional backref with more than two branches");
    }
    item->low = yes.low < no.low ? yes.low : no.low;
    item->high = yes.high > no.high ? yes.high : no.high;
    item->captures = yes.captures || no.captures;
    return close(p, start);
}

static bool comment(ReParser *p, size_t start)
{
    while (!re_at(p, ')')) {
        if (!p->next.length)
            return re_error(p, re_tell(p) - start, "missing ), unterminated comment");
        re_advance(p);
    }
    re_advance(p);
    return true;
}

// ---- the choice

static uint32_t combine(uint32_t flags, uint32_t added, uint32_t removed)
{
    if (added & RE_TYPE_FLAGS)
        flags &= ~(uint32_t)RE_TYPE_FLAGS;
    return (flags | added) & ~removed;
}

static bool flags_group(ReParser *p, ReToken token, uint32_t *flags, bool first, ReSequence *s, size_t start)
{
    uint32_t added = 0, removed = 0;
    bool global = false;
    if (!read_flags(p, token, &added, &removed, &global))
        return false;
    if (global) {
        if (!first)
            return re_error(p, re_tell(p) - start, "global flags not at the start of the expression");
        *flags = p->flags;
        return true;
    }
    uint32_t inner = combine(*flags, added, removed);
    const char *open = (inner ^ *flags) & RE_IGNORECASE ? inner & RE_IGNORECASE ? "(?i:" : "(?-i:" : "(?:";
    return plain_group(p, s, open, inner, start);
}

static bool python_extension(ReParser *p, uint32_t flags, ReSequence *s, size_t start)
{
    if (re_accept(p, '<')) {
        Str *name = re_until(p, '>', "group name");
        if (!name || !re_check_name(p, name))
            return false;
        return capture(p, s, name, flags, start);
    }
    if (re_accept(p, '='))
        return back_reference(p, s);
    ReToken token = take(p);
    return token.length ? unknown_extension(p, "?P", token) : re_error(p, 0, "unexpected end of pattern");
}

bool re_parse_group(ReParser *p, uint32_t *flags, bool first, ReSequence *s)
{
    size_t start = re_tell(p) - 1;
    if (!re_accept(p, '?'))
        return capture(p, s, NULL, *flags, start);
    ReToken token = take(p);
    if (!token.length)
        return re_error(p, 0, "unexpected end of pattern");
    switch (token.length == 1 ? token.c : 0) {
    case 'P':
        return python_extension(p, *flags, s, start);
    case ':':
        return plain_group(p, s, "(?:", *flags, start);
    case '>':
        return plain_group(p, s, "(?>", *flags, start);
    case '#':
        return comment(p, start);
    case '=': case '!': case '<':
        return look_around(p, s, token, *flags, start);
    case '(':
        return condition(p, s, *flags, start);
    case '-':
        return flags_group(p, token, flags, first, s, start);
    }
    if (flag_of(token))
        return flags_group(p, token, flags, first, s, start);
    return unknown_extension(p, "?", token);
}
