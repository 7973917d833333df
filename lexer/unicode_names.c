// SPDX-License-Identifier: MIT
//
// Names of code points, for \N{...} and unicodedata. A stored name is a list of tokens: word numbers, with a mark
// when a hyphen and not a space goes before the word. Both lists in the table are front-coded: an entry begins with a
// byte whose high half counts what it shares with the entry before it (letters of a word, tokens of a name) and whose
// low half counts what follows (letters, 15 meaning that a byte with the count comes next; tokens of two bytes, low
// byte first). The first entry of a block shares nothing. Finding a word is a binary search over blocks; finding a
// name is one pass over all names that compares hardly anything but the counts (some 50 microseconds, once per
// \N{...} compiled). Ideographs and Hangul syllables are named by rule (The Unicode Standard, section 4.8).
#include <string.h>

#include "lexer/unicode.h"
#include "lexer/unicode_names_table.h"

#define HYPHEN 0x8000u

// ---- Words ----

typedef struct Word {
    char letters[UNICODE_WORD_MAX];
    size_t length;
} Word;

// Reads the word at p over the previous one; returns the next.
static const uint8_t *read_word(const uint8_t *p, Word *word)
{
    size_t shared = *p >> 4;
    size_t rest = *p++ & 15;
    if (rest == 15) {
        rest = *p++;
    }
    memcpy(word->letters + shared, p, rest);
    word->length = shared + rest;
    return p + rest;
}

static int compare_word(const Word *word, const char *letters, size_t length)
{
    int order = memcmp(word->letters, letters, word->length < length ? word->length : length);
    return order != 0 ? order : word->length < length ? -1 : word->length > length;
}

// The number of a word, or -1.
static int find_word(const char *letters, size_t length)
{
    size_t low = 0;
    size_t high = (unicode_word_count + UNICODE_WORD_BLOCK - 1) / UNICODE_WORD_BLOCK;
    Word word;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        read_word(unicode_word_data + unicode_word_offsets[middle], &word);
        if (compare_word(&word, letters, length) <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const uint8_t *p = unicode_word_data + unicode_word_offsets[low];
    size_t number = low * UNICODE_WORD_BLOCK;
    for (size_t i = 0; i < UNICODE_WORD_BLOCK && number < unicode_word_count; i++, number++) {
        p = read_word(p, &word);
        if (compare_word(&word, letters, length) == 0) {
            return (int)number;
        }
    }
    return -1;
}

static void word_of_number(size_t number, Word *word)
{
    const uint8_t *p = unicode_word_data + unicode_word_offsets[number / UNICODE_WORD_BLOCK];
    for (size_t i = 0; i <= number % UNICODE_WORD_BLOCK; i++) {
        p = read_word(p, word);
    }
}

// ---- Stored names ----

typedef struct Tokens {
    uint16_t token[UNICODE_NAME_WORDS];
    size_t count;
} Tokens;

static char upper_ascii(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

// Splits a name (upper case) into tokens; false when a word is unknown or there are too many.
static bool tokenise(const char *name, size_t length, Tokens *tokens)
{
    tokens->count = 0;
    unsigned mark = 0;
    size_t start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && name[i] != ' ' && name[i] != '-') {
            continue;
        }
        int number = find_word(name + start, i - start);
        if (number < 0 || tokens->count == UNICODE_NAME_WORDS) {
            return false;
        }
        tokens->token[tokens->count++] = (uint16_t)((unsigned)number | mark);
        mark = i < length && name[i] == '-' ? HYPHEN : 0;
        start = i + 1;
    }
    return true;
}

static unsigned read_token(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

// The number of the name that consists of these tokens, or -1.
static long find_name(const Tokens *wanted)
{
    const uint8_t *p = unicode_name_data;
    size_t total = unicode_name_count + unicode_alias_count;
    size_t matched = 0; // leading tokens of the current name that are as wanted
    for (size_t number = 0; number < total; number++) {
        size_t shared = *p >> 4;
        size_t fresh = *p++ & 15;
        if (shared <= matched) {
            matched = shared;
            while (matched < shared + fresh && matched < wanted->count &&
                   read_token(p + 2 * (matched - shared)) == wanted->token[matched]) {
                matched++;
            }
            if (matched == wanted->count && matched == shared + fresh) {
                return (long)number;
            }
        }
        p += 2 * fresh;
    }
    return -1;
}

static void name_of_number(size_t number, Tokens *tokens)
{
    const uint8_t *p = unicode_name_data + unicode_name_offsets[number / UNICODE_NAME_BLOCK];
    for (size_t i = 0; i <= number % UNICODE_NAME_BLOCK; i++) {
        size_t shared = *p >> 4;
        tokens->count = shared + (*p++ & 15);
        for (size_t at = shared; at < tokens->count; at++) {
            tokens->token[at] = (uint16_t)read_token(p);
            p += 2;
        }
    }
}

// ---- Runs ----

static uint32_t code_point_of(size_t number)
{
    if (number >= unicode_name_count) {
        return unicode_alias_targets[number - unicode_name_count];
    }
    size_t low = 0;
    size_t high = unicode_name_run_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (unicode_name_runs[middle].number <= number) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return unicode_name_runs[low].first + (uint32_t)(number - unicode_name_runs[low].number);
}

// The number of the stored name of cp, or -1.
static long number_of(uint32_t cp)
{
    size_t low = 0;
    size_t high = unicode_name_run_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (unicode_name_runs[middle].first <= cp) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const UnicodeNameRun *run = &unicode_name_runs[low];
    uint32_t end = low + 1 < unicode_name_run_count ? run[1].number : unicode_name_count;
    if (cp < run->first || cp - run->first >= end - run->number) {
        return -1;
    }
    return (long)(run->number + (cp - run->first));
}

// ---- Names by rule ----

static const char hangul_prefix[] = "HANGUL SYLLABLE ";
static const char hangul_leads[][3] = {"G",  "GG", "N", "D",  "DD", "R", "M", "B", "BB", "S",
                                       "SS", "",   "J", "JJ", "C",  "K", "T", "P", "H"};
static const char hangul_vowels[][4] = {"A",  "AE", "YA",  "YAE", "EO", "E",  "YEO", "YE", "O",  "WA", "WAE",
                                        "OE", "YO", "U",   "WEO", "WE", "WI", "YU",  "EU", "YI", "I"};
static const char hangul_tails[][3] = {"",   "G",  "GG", "GS", "N",  "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT",
                                       "LP", "LH", "M", "B", "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H"};

#define HANGUL_FIRST 0xAC00u
#define HANGUL_COUNT (19u * 21u * 28u)

// Writes the short name of syllable number `index`; returns its length.
static size_t write_hangul(uint32_t index, char *out)
{
    const char *parts[] = {hangul_leads[index / (21 * 28)], hangul_vowels[index / 28 % 21], hangul_tails[index % 28]};
    size_t length = 0;
    for (int i = 0; i < 3; i++) {
        size_t size = strlen(parts[i]);
        memcpy(out + length, parts[i], size);
        length += size;
    }
    return length;
}

// Tries all syllables: 11172 short comparisons, cheaper than the pass over the stored names.
static bool lookup_hangul(const char *name, size_t length, uint32_t *cp)
{
    for (uint32_t index = 0; index < HANGUL_COUNT; index++) {
        char candidate[8];
        if (write_hangul(index, candidate) == length && memcmp(candidate, name, length) == 0) {
            *cp = HANGUL_FIRST + index;
            return true;
        }
    }
    return false;
}

static size_t write_hex(uint32_t cp, char *out)
{
    size_t digits = cp > 0xFFFF ? 5 : 4;
    for (size_t i = 0; i < digits; i++) {
        out[i] = "0123456789ABCDEF"[cp >> (digits - 1 - i) * 4 & 15];
    }
    return digits;
}

// Four or five upper-case hexadecimal digits.
static bool parse_hex(const char *p, size_t length, uint32_t *cp)
{
    *cp = 0;
    for (size_t i = 0; i < length; i++) {
        bool digit = p[i] >= '0' && p[i] <= '9';
        if (!digit && !(p[i] >= 'A' && p[i] <= 'F')) {
            return false;
        }
        *cp = *cp << 4 | (uint32_t)(digit ? p[i] - '0' : p[i] - 'A' + 10);
    }
    return length == 4 || length == 5;
}

static bool lookup_rule(const char *name, size_t length, uint32_t *cp)
{
    size_t hangul = sizeof hangul_prefix - 1;
    if (length > hangul && memcmp(name, hangul_prefix, hangul) == 0) {
        return lookup_hangul(name + hangul, length - hangul, cp);
    }
    for (size_t i = 0; i < unicode_name_rule_count; i++) {
        const UnicodeNameRule *rule = &unicode_name_rules[i];
        size_t prefix = strlen(rule->prefix);
        uint32_t value;
        if (length > prefix && memcmp(name, rule->prefix, prefix) == 0 &&
            parse_hex(name + prefix, length - prefix, &value) && value >= rule->first && value <= rule->last) {
            *cp = value;
            return true;
        }
    }
    return false;
}

// ---- Public ----

bool unicode_lookup_name(const char *name, size_t length, uint32_t *cp)
{
    if (length == 0 || length >= UNICODE_NAME_MAX) {
        return false;
    }
    char upper[UNICODE_NAME_MAX];
    for (size_t i = 0; i < length; i++) {
        upper[i] = upper_ascii(name[i]);
    }
    if (lookup_rule(upper, length, cp)) {
        return true;
    }
    Tokens tokens;
    if (!tokenise(upper, length, &tokens)) {
        return false;
    }
    long number = find_name(&tokens);
    if (number >= 0) {
        *cp = code_point_of((size_t)number);
    }
    return number >= 0;
}

size_t unicode_name(uint32_t cp, char out[UNICODE_NAME_MAX])
{
    size_t length = 0;
    if (cp - HANGUL_FIRST < HANGUL_COUNT) {
        memcpy(out, hangul_prefix, sizeof hangul_prefix - 1);
        length = sizeof hangul_prefix - 1;
        return length + write_hangul(cp - HANGUL_FIRST, out + length);
    }
    for (size_t i = 0; i < unicode_name_rule_count; i++) {
        const UnicodeNameRule *rule = &unicode_name_rules[i];
        if (cp >= rule->first && cp <= rule->last) {
            length = strlen(rule->prefix);
            memcpy(out, rule->prefix, length);
            return length + write_hex(cp, out + length);
        }
    }
    long number = number_of(cp);
    if (number < 0) {
        return 0;
    }
    Tokens tokens;
    name_of_number((size_t)number, &tokens);
    for (size_t i = 0; i < tokens.count; i++) {
        if (i > 0) {
            out[length++] = tokens.token[i] & HYPHEN ? '-' : ' ';
        }
        Word word;
        word_of_number(tokens.token[i] & ~HYPHEN, &word);
        memcpy(out + length, word.letters, word.length);
        length += word.length;
    }
    return length;
}
