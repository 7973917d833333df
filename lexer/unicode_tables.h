// SPDX-License-Identifier: MIT
//
// The generated tables that only unicode.c reads (those its inline functions need are declared in unicode.h).
#ifndef AIOLOS_LEXER_UNICODE_TABLES_H
#define AIOLOS_LEXER_UNICODE_TABLES_H

#include "lexer/unicode.h"

// Simple mappings as distances from the code point.
typedef struct UnicodeCase {
    int32_t upper, lower, title, fold;
    uint8_t has_full; // look in unicode_full_cases for the full mappings
} UnicodeCase;

// Full mappings of a code point, each padded with zeros. All of them lie in the Basic Multilingual Plane.
typedef struct UnicodeFullCase {
    uint16_t cp;
    uint16_t upper[UNICODE_CASE_MAX], lower[UNICODE_CASE_MAX], title[UNICODE_CASE_MAX], fold[UNICODE_CASE_MAX];
} UnicodeFullCase;

// Code point first + i, for i below length, has the value numerator * 10**zeros / denominator + i.
typedef struct UnicodeNumericRun {
    uint32_t first;
    uint8_t length, zeros;
    int16_t numerator, denominator;
} UnicodeNumericRun;

extern const UnicodeCase unicode_case_rows[];
extern const uint8_t unicode_case_index[];
extern const uint8_t unicode_case_blocks[];
extern const UnicodeFullCase unicode_full_cases[]; // sorted by cp
extern const uint16_t unicode_full_case_count;
extern const UnicodeNumericRun unicode_numeric_runs[]; // sorted by first
extern const uint16_t unicode_numeric_run_count;

#endif
