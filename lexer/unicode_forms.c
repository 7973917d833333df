// SPDX-License-Identifier: MIT
//
// Normalisation form KC: compatibility decomposition, canonical order, canonical composition. The lexer calls it for
// names with characters beyond ASCII. Source: Unicode Standard Annex #15, and chapter 3.12 of the standard for Hangul.
#include "lexer/unicode_forms.h"

#include <string.h>

enum {
    HANGUL = 0xAC00, LEAD = 0x1100, VOWEL = 0x1161, TAIL = 0x11A7,
    LEADS = 19, VOWELS = 21, TAILS = 28, SYLLABLES = LEADS * VOWELS * TAILS,
};

static const UnicodeForm *form_find(uint32_t cp)
{
    size_t low = 0, high = unicode_form_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (unicode_forms[middle].cp < cp) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < unicode_form_count && unicode_forms[low].cp == cp ? &unicode_forms[low] : NULL;
}

static int combining_class(uint32_t cp)
{
    size_t low = 0, high = unicode_class_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (unicode_class_ranges[middle].last < cp) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < unicode_class_count && unicode_class_ranges[low].first <= cp ? unicode_class_ranges[low].combining : 0;
}

// The code point that the two join to, or 0.
static uint32_t pair_join(uint32_t first, uint32_t second)
{
    if (first - LEAD < LEADS && second - VOWEL < VOWELS) {
        return HANGUL + ((first - LEAD) * VOWELS + (second - VOWEL)) * TAILS;
    }
    if (first - HANGUL < SYLLABLES && (first - HANGUL) % TAILS == 0 && second > TAIL && second < TAIL + TAILS) {
        return first + (second - TAIL);
    }
    size_t low = 0, high = unicode_pair_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const UnicodePair *p = &unicode_pairs[middle];
        if (p->first < first || (p->first == first && p->second < second)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const UnicodePair *p = &unicode_pairs[low];
    return low < unicode_pair_count && p->first == first && p->second == second ? p->composed : 0;
}

int unicode_decompose(uint32_t cp, uint32_t out[UNICODE_FORM_MAX])
{
    if (cp - HANGUL < SYLLABLES) {
        uint32_t index = cp - HANGUL, tail = index % TAILS;
        out[0] = LEAD + index / (VOWELS * TAILS);
        out[1] = VOWEL + index / TAILS % VOWELS;
        out[2] = TAIL + tail;
        return tail != 0 ? 3 : 2;
    }
    const UnicodeForm *form = form_find(cp);
    if (form == NULL) {
        out[0] = cp;
        return 1;
    }
    for (int i = 0; i < form->count; i++) {
        out[i] = unicode_form_pool[form->start + i];
    }
    return form->count;
}

enum { CLASS_LIMIT = 256 };

// Sorts a run of marks by class, equal classes keeping their order, in time linear in the run.
static void order_run(uint32_t *cps, size_t count, uint32_t *scratch)
{
    size_t start[CLASS_LIMIT + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        start[combining_class(cps[i]) + 1]++;
    }
    for (int c = 0; c < CLASS_LIMIT; c++) {
        start[c + 1] += start[c];
    }
    for (size_t i = 0; i < count; i++) {
        scratch[start[combining_class(cps[i])]++] = cps[i];
    }
    memcpy(cps, scratch, count * sizeof(*cps));
}

static void order(uint32_t *cps, size_t count, uint32_t *scratch)
{
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && combining_class(cps[end]) != 0) {
            end++;
        }
        if (end - i > 1) {
            order_run(cps + i, end - i, scratch);
        }
        i = end + 1;
    }
}

size_t unicode_compose(uint32_t *cps, size_t count, uint32_t *scratch)
{
    order(cps, count, scratch);
    size_t kept = 0, starter = 0;
    bool has_starter = false;
    int last = 0; // class of the character kept last, when it stands behind the starter
    for (size_t i = 0; i < count; i++) {
        uint32_t cp = cps[i];
        int class = combining_class(cp);
        bool blocked = kept > starter + 1 && (last == 0 || last >= class);
        uint32_t joined = has_starter && !blocked ? pair_join(cps[starter], cp) : 0;
        if (joined != 0) {
            cps[starter] = joined;
            continue;
        }
        if (class == 0) {
            starter = kept;
            has_starter = true;
        }
        last = class;
        cps[kept++] = cp;
    }
    return kept;
}
