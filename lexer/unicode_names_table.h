// SPDX-License-Identifier: MIT
//
// The generated table of names that only unicode_names.c reads.
#ifndef AIOLOS_LEXER_UNICODE_NAMES_TABLE_H
#define AIOLOS_LEXER_UNICODE_NAMES_TABLE_H

#include <stdint.h>

#define UNICODE_WORD_BLOCK 16  // words between two that are complete
#define UNICODE_NAME_BLOCK 256 // names between two that are complete
#define UNICODE_NAME_WORDS 24  // the most words in a name
#define UNICODE_WORD_MAX 32    // the longest word is shorter

// Code points first..last are named by the prefix and their own number in hexadecimal.
typedef struct UnicodeNameRule {
    char prefix[32];
    uint32_t first, last;
} UnicodeNameRule;

// Consecutive code points from first on have consecutive names from number on, until the next run.
typedef struct UnicodeNameRun {
    uint32_t first, number;
} UnicodeNameRun;

extern const uint32_t unicode_word_count;
extern const uint32_t unicode_name_count;
extern const uint32_t unicode_alias_count;
extern const uint32_t unicode_name_run_count;
extern const uint32_t unicode_name_rule_count;
extern const UnicodeNameRule unicode_name_rules[];
extern const UnicodeNameRun unicode_name_runs[];
extern const uint32_t unicode_alias_targets[]; // code points of the aliases, which follow the names
extern const uint32_t unicode_word_offsets[];  // of every block
extern const uint32_t unicode_name_offsets[];  // of every block
extern const uint8_t unicode_word_data[];
extern const uint8_t unicode_name_data[];

#endif
