// SPDX-License-Identifier: MIT
//
// Normalisation form KC, in which Python compares identifiers. Source: Unicode Standard Annex #15.
#ifndef AIOLOS_LEXER_UNICODE_FORMS_H
#define AIOLOS_LEXER_UNICODE_FORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNICODE_FORM_MAX 18 // the most code points that one code point decomposes to

typedef struct UnicodeForm {
    uint32_t cp;
    uint16_t start; // in unicode_form_pool
    uint16_t count;
} UnicodeForm;

typedef struct UnicodeClassRange {
    uint32_t first, last;
    uint8_t combining; // canonical combining class
} UnicodeClassRange;

typedef struct UnicodePair {
    uint32_t first, second, composed;
} UnicodePair;

// Generated tables, each sorted by its first field.
extern const uint32_t unicode_form_pool[];
extern const UnicodeForm unicode_forms[];
extern const size_t unicode_form_count;
extern const UnicodeClassRange unicode_class_ranges[];
extern const size_t unicode_class_count;
extern const UnicodePair unicode_pairs[];
extern const size_t unicode_pair_count;

// Writes the full compatibility decomposition of cp, at most UNICODE_FORM_MAX code points, and returns their number.
int unicode_decompose(uint32_t cp, uint32_t out[UNICODE_FORM_MAX]);

// Orders and composes `count` decomposed code points in place; returns how many are left. `scratch` has room for as
// many.
size_t unicode_compose(uint32_t *cps, size_t count, uint32_t *scratch);

#endif
