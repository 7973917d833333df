// SPDX-License-Identifier: MIT
//
// str methods that change case. ASCII text is mapped eight bytes at a time (the room behind a text is a multiple of
// eight); other text by Unicode's full mappings, with the final form of sigma where a lower-cased word ends in one.

#include "lexer/unicode.h"
#include "lexer/utf8.h"
#include "str_internal.h"

#define ONES 0x0101010101010101u
#define SIGMA 0x3A3u
#define FINAL_SIGMA 0x3C2u

// Bit 5 set in each byte of an ASCII word that is between low and high.
static inline uint64_t letters(uint64_t word, unsigned char low, unsigned char high)
{
    uint64_t above = word + (0x80 - low) * ONES, beyond = word + (0x80 - high - 1) * ONES;
    return (above & ~beyond & 0x80 * ONES) >> 2;
}

// Flips the case of the letters that are lower (upper) case. The result is fresh unless it has at most one character.
static Str *map_ascii(VM *vm, Str *s, bool from_lower, bool from_upper)
{
    if (s->size <= 1) {
        char c = s->data[0];
        bool flip = (from_lower && c >= 'a' && c <= 'z') || (from_upper && c >= 'A' && c <= 'Z');
        c = flip ? (char)(c ^ 32) : c;
        return str_new_ascii(vm, &c, s->size);
    }
    Str *r = str_alloc(vm, s->size, s->size);
    if (!r)
        return NULL;
    for (size_t i = 0; i < s->size; i += 8) {
        uint64_t word, flip = 0;
        memcpy(&word, s->data + i, 8);
        if (from_lower)
            flip |= letters(word, 'a', 'z');
        if (from_upper)
            flip |= letters(word, 'A', 'Z');
        word ^= flip;
        memcpy(r->data + i, &word, 8);
    }
    r->data[r->size] = 0; // behind a shared text there may be more of it
    return r;
}

// Unicode 15, section 3.13, Final_Sigma: a cased letter before, none after, case-ignorable ones skipped.
static bool is_final_sigma(const char *start, const char *at, const char *end)
{
    const char *p = at;
    uint32_t cp = 0;
    while (p > start && unicode_is_case_ignorable(cp = utf8_previous(&p)))
        cp = 0;
    if (!cp || !unicode_is_cased(cp))
        return false;
    p = at;
    utf8_next(&p);
    for (cp = 0; p < end && unicode_is_case_ignorable(cp = utf8_next(&p));)
        cp = 0;
    return !cp || !unicode_is_cased(cp);
}

static int lower_at(const Str *s, const char *at, uint32_t cp, uint32_t out[UNICODE_CASE_MAX])
{
    if (cp == SIGMA && is_final_sigma(s->data, at, s->data + s->size))
        return out[0] = FINAL_SIGMA, 1;
    return unicode_lower_full(cp, out);
}

typedef enum Mapping { MAP_UPPER, MAP_LOWER, MAP_FOLD, MAP_CAPITALIZE, MAP_TITLE, MAP_SWAP } Mapping;

// Maps the code point at `at`; *inside: the previous one was cased (title), or there was one (capitalize).
static int map_one(const Str *s, const char *at, uint32_t cp, Mapping how, bool *inside, uint32_t out[UNICODE_CASE_MAX])
{
    switch (how) {
    case MAP_UPPER: return unicode_upper_full(cp, out);
    case MAP_LOWER: return lower_at(s, at, cp, out);
    case MAP_FOLD: return unicode_fold_full(cp, out);
    case MAP_SWAP:
        if (unicode_is_upper(cp))
            return lower_at(s, at, cp, out);
        if (unicode_is_lower(cp))
            return unicode_upper_full(cp, out);
        return out[0] = cp, 1;
    default: {
        int n = *inside ? lower_at(s, at, cp, out) : unicode_title_full(cp, out);
        *inside = how == MAP_CAPITALIZE || unicode_is_cased(cp);
        return n;
    }
    }
}

static Value map_case(VM *vm, Value *args, Mapping how)
{
    const Str *s = as_str(args[0]);
    StrBuilder b;
    builder_init(&b, vm);
    builder_reserve(&b, s->size);
    bool inside = false;
    uint32_t out[UNICODE_CASE_MAX];
    const char *end = s->data + s->size;
    size_t steps = 0;
    for (const char *p = s->data; p < end && !b.failed;) {
        const char *at = p;
        int n = map_one(s, at, utf8_next(&p), how, &inside, out);
        for (int i = 0; i < n; i++)
            builder_add_codepoint(&b, out[i]);
        if (++steps % 4096 == 0 && !vm_work(vm, 512))
            return VALUE_EMPTY;
    }
    return str_result(builder_finish(&b));
}

Value str_upper_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *s = as_str(args[0]);
    return str_is_ascii(s) ? str_result(map_ascii(vm, s, true, false)) : map_case(vm, args, MAP_UPPER);
}

Value str_lower_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *s = as_str(args[0]);
    return str_is_ascii(s) ? str_result(map_ascii(vm, s, false, true)) : map_case(vm, args, MAP_LOWER);
}

Value str_casefold_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *s = as_str(args[0]);
    return str_is_ascii(s) ? str_result(map_ascii(vm, s, false, true)) : map_case(vm, args, MAP_FOLD);
}

Value str_swapcase_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *s = as_str(args[0]);
    return str_is_ascii(s) ? str_result(map_ascii(vm, s, true, true)) : map_case(vm, args, MAP_SWAP);
}

Value str_capitalize_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *s = as_str(args[0]);
    if (!str_is_ascii(s))
        return map_case(vm, args, MAP_CAPITALIZE);
    if (s->size <= 1)
        return str_result(map_ascii(vm, s, true, false));
    Str *r = map_ascii(vm, s, false, true);
    if (r && r->data[0] >= 'a' && r->data[0] <= 'z')
        r->data[0] ^= 32;
    return str_result(r);
}

Value str_title_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Str *s = as_str(args[0]);
    if (!str_is_ascii(s))
        return map_case(vm, args, MAP_TITLE);
    if (s->size <= 1)
        return str_result(map_ascii(vm, s, true, false));
    Str *r = map_ascii(vm, s, false, true);
    bool inside = false;
    for (uint32_t i = 0; r && i < r->size; i++) {
        bool letter = r->data[i] >= 'a' && r->data[i] <= 'z';
        if (letter && !inside)
            r->data[i] ^= 32;
        inside = letter;
    }
    return str_result(r);
}
