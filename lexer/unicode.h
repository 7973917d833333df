// SPDX-License-Identifier: MIT
//
// Properties of code points, as the language needs them: identifiers for the lexer, classes and case mappings for str,
// names for \N{...}. The data are those of Unicode 15.0 in generated two-level tables (unicode_tables.c). The
// predicates mean what Python's str methods mean by them, which is not always what the Unicode property of the same
// name says: see the comment at each. Every function accepts any uint32_t; values past 0x10FFFF are unassigned.
#ifndef AIOLOS_LEXER_UNICODE_H
#define AIOLOS_LEXER_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNICODE_VERSION "15.0.0"
#define UNICODE_MAX 0x10FFFFu
#define UNICODE_CASE_MAX 3 // the most code points that one code point maps to

enum {
    UNICODE_ALPHA = 1 << 0,           // general category L*
    UNICODE_DECIMAL = 1 << 1,         // digit usable in a positional number (Nd)
    UNICODE_DIGIT = 1 << 2,           // has a digit value: decimal digits, superscripts, circled digits ...
    UNICODE_NUMERIC = 1 << 3,         // has a numeric value: digits, fractions, Han numerals ...
    UNICODE_SPACE = 1 << 4,           // white space for str.isspace, split and strip
    UNICODE_LINEBREAK = 1 << 5,       // ends a line for str.splitlines
    UNICODE_UPPER = 1 << 6,           // derived property Uppercase
    UNICODE_LOWER = 1 << 7,           // derived property Lowercase
    UNICODE_TITLE = 1 << 8,           // general category Lt
    UNICODE_CASED = 1 << 9,           // derived property Cased
    UNICODE_CASE_IGNORABLE = 1 << 10, // derived property Case_Ignorable
    UNICODE_PRINTABLE = 1 << 11,      // shown as itself by repr()
    UNICODE_XID_START = 1 << 12,      // may start an identifier; '_' included
    UNICODE_XID_CONTINUE = 1 << 13,   // may continue an identifier
};

// One row of the property table: what many code points have in common.
typedef struct UnicodeProperties {
    uint16_t flags;   // UNICODE_ALPHA ...
    uint8_t category; // index for unicode_category
    int8_t decimal;   // decimal value or -1
    int8_t digit;     // digit value or -1
} UnicodeProperties;

#define UNICODE_BLOCK_SHIFT 7
extern const uint16_t unicode_property_index[];
extern const uint8_t unicode_property_blocks[];
extern const UnicodeProperties unicode_property_rows[];

static inline const UnicodeProperties *unicode_properties(uint32_t cp)
{
    if (cp > UNICODE_MAX) {
        return unicode_property_rows; // row 0 is "unassigned"
    }
    uint32_t block = unicode_property_index[cp >> UNICODE_BLOCK_SHIFT];
    uint32_t place = block << UNICODE_BLOCK_SHIFT | (cp & ((1u << UNICODE_BLOCK_SHIFT) - 1));
    return &unicode_property_rows[unicode_property_blocks[place]];
}

static inline bool unicode_has(uint32_t cp, unsigned flags)
{
    return (unicode_properties(cp)->flags & flags) != 0;
}

static inline bool unicode_is_xid_start(uint32_t cp) { return unicode_has(cp, UNICODE_XID_START); }
static inline bool unicode_is_xid_continue(uint32_t cp) { return unicode_has(cp, UNICODE_XID_CONTINUE); }
static inline bool unicode_is_alpha(uint32_t cp) { return unicode_has(cp, UNICODE_ALPHA); }
static inline bool unicode_is_decimal(uint32_t cp) { return unicode_has(cp, UNICODE_DECIMAL); }
static inline bool unicode_is_digit(uint32_t cp) { return unicode_has(cp, UNICODE_DIGIT); }
static inline bool unicode_is_numeric(uint32_t cp) { return unicode_has(cp, UNICODE_NUMERIC); }
static inline bool unicode_is_space(uint32_t cp) { return unicode_has(cp, UNICODE_SPACE); }
static inline bool unicode_is_linebreak(uint32_t cp) { return unicode_has(cp, UNICODE_LINEBREAK); }
static inline bool unicode_is_upper(uint32_t cp) { return unicode_has(cp, UNICODE_UPPER); }
static inline bool unicode_is_lower(uint32_t cp) { return unicode_has(cp, UNICODE_LOWER); }
static inline bool unicode_is_title(uint32_t cp) { return unicode_has(cp, UNICODE_TITLE); }
static inline bool unicode_is_cased(uint32_t cp) { return unicode_has(cp, UNICODE_CASED); }
static inline bool unicode_is_case_ignorable(uint32_t cp) { return unicode_has(cp, UNICODE_CASE_IGNORABLE); }
static inline bool unicode_is_printable(uint32_t cp) { return unicode_has(cp, UNICODE_PRINTABLE); }

// str.isalnum for one code point.
static inline bool unicode_is_alnum(uint32_t cp)
{
    return unicode_has(cp, UNICODE_ALPHA | UNICODE_DECIMAL | UNICODE_DIGIT | UNICODE_NUMERIC);
}

// 0..9, or -1 when cp is no decimal digit.
static inline int unicode_decimal_value(uint32_t cp) { return unicode_properties(cp)->decimal; }

// 0..9, or -1 when cp has no digit value.
static inline int unicode_digit_value(uint32_t cp) { return unicode_properties(cp)->digit; }

// The numeric value (1/3 for U+2153, 1e12 for U+5146). Returns false, and leaves *value alone, when there is none.
bool unicode_numeric_value(uint32_t cp, double *value);

// Two-letter general category, NUL-terminated: "Lu", "Nd", "Cn" ...
const char *unicode_category(uint32_t cp);

// Simple (one to one) case mappings; cp itself when it has none.
uint32_t unicode_to_upper(uint32_t cp);
uint32_t unicode_to_lower(uint32_t cp);
uint32_t unicode_to_title(uint32_t cp);

// Full case mappings (SpecialCasing.txt without its conditional rules, CaseFolding.txt C and F). Each writes 1 to
// UNICODE_CASE_MAX code points and returns how many. The one contextual rule of str.lower, the final sigma, is the
// caller's: it needs the neighbours.
int unicode_upper_full(uint32_t cp, uint32_t out[UNICODE_CASE_MAX]);
int unicode_lower_full(uint32_t cp, uint32_t out[UNICODE_CASE_MAX]);
int unicode_title_full(uint32_t cp, uint32_t out[UNICODE_CASE_MAX]);
int unicode_fold_full(uint32_t cp, uint32_t out[UNICODE_CASE_MAX]);

// Finds the code point with the given name or formal alias, as \N{...} does: in letters of either case, otherwise
// exact. Named sequences are not found. Returns false when there is none.
bool unicode_lookup_name(const char *name, size_t length, uint32_t *cp);

// Writes the name of cp without NUL and returns its length, 0 when it has none (controls, unassigned).
#define UNICODE_NAME_MAX 96
size_t unicode_name(uint32_t cp, char out[UNICODE_NAME_MAX]);

#endif
