// SPDX-License-Identifier: MIT
//
// Generated tables of the module unicodedata: what the lexer's tables do not have.
#ifndef AIOLOS_STDLIB_UNICODEDATA_TABLE_H
#define AIOLOS_STDLIB_UNICODEDATA_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct UnicodeRange { // up to the next one
    uint32_t first;
    uint8_t bidi, width, mirrored; // the first two: indices into the lists of names
} UnicodeRange;

typedef struct UnicodeMapping {
    uint32_t cp;
    uint16_t start; // in unicodedata_pool
    uint8_t count, tag; // tag 0: canonical
} UnicodeMapping;

extern const char *const unicodedata_classes[], *const unicodedata_widths[], *const unicodedata_tags[];
extern const UnicodeRange unicodedata_ranges[];
extern const size_t unicodedata_range_count;
extern const UnicodeMapping unicodedata_mappings[];
extern const size_t unicodedata_mapping_count;
extern const uint32_t unicodedata_pool[];

#endif
