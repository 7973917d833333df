// SPDX-License-Identifier: MIT
//
// Look-ups in the generated Unicode tables that are too long to be inline: case mappings, numeric values, category
// names. Rows hold distances instead of targets, so that whole alphabets share one row.
#include "lexer/unicode.h"

#include "lexer/unicode_tables.h"

static const UnicodeCase *case_row(uint32_t cp)
{
    if (cp > UNICODE_MAX) {
        return unicode_case_rows; // row 0: no mapping
    }
    uint32_t block = unicode_case_index[cp >> UNICODE_BLOCK_SHIFT];
    uint32_t place = block << UNICODE_BLOCK_SHIFT | (cp & ((1u << UNICODE_BLOCK_SHIFT) - 1));
    return &unicode_case_rows[unicode_case_blocks[place]];
}

// Only for a code point whose row says has_full.
static const UnicodeFullCase *full_case(uint32_t cp)
{
    size_t low = 0;
    size_t high = unicode_full_case_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (unicode_full_cases[middle].cp <= cp) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &unicode_full_cases[low];
}

static int copy_mapping(const uint16_t mapping[UNICODE_CASE_MAX], uint32_t out[UNICODE_CASE_MAX])
{
    int count = 0;
    while (count < UNICODE_CASE_MAX && mapping[count] != 0) {
        out[count] = mapping[count];
        count++;
    }
    return count;
}

uint32_t unicode_to_upper(uint32_t cp)
{
    return cp + (uint32_t)case_row(cp)->upper;
}

uint32_t unicode_to_lower(uint32_t cp)
{
    return cp + (uint32_t)case_row(cp)->lower;
}

uint32_t unicode_to_title(uint32_t cp)
{
    return cp + (uint32_t)case_row(cp)->title;
}

int unicode_upper_full(uint32_t cp, uint32_t out[UNICODE_CASE_MAX])
{
    const UnicodeCase *row = case_row(cp);
    if (row->has_full) {
        return copy_mapping(full_case(cp)->upper, out);
    }
    out[0] = cp + (uint32_t)row->upper;
    return 1;
}

int unicode_lower_full(uint32_t cp, uint32_t out[UNICODE_CASE_MAX])
{
    const UnicodeCase *row = case_row(cp);
    if (row->has_full) {
        return copy_mapping(full_case(cp)->lower, out);
    }
    out[0] = cp + (uint32_t)row->lower;
    return 1;
}

int unicode_title_full(uint32_t cp, uint32_t out[UNICODE_CASE_MAX])
{
    const UnicodeCase *row = case_row(cp);
    if (row->has_full) {
        return copy_mapping(full_case(cp)->title, out);
    }
    out[0] = cp + (uint32_t)row->title;
    return 1;
}

int unicode_fold_full(uint32_t cp, uint32_t out[UNICODE_CASE_MAX])
{
    const UnicodeCase *row = case_row(cp);
    if (row->has_full) {
        return copy_mapping(full_case(cp)->fold, out);
    }
    out[0] = cp + (uint32_t)row->fold;
    return 1;
}

bool unicode_numeric_value(uint32_t cp, double *value)
{
    if (!unicode_is_numeric(cp)) {
        return false;
    }
    size_t low = 0;
    size_t high = unicode_numeric_run_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (unicode_numeric_runs[middle].first <= cp) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const UnicodeNumericRun *run = &unicode_numeric_runs[low];
    double numerator = run->numerator + (double)run->denominator * (cp - run->first);
    for (int zeros = run->zeros; zeros > 0; zeros--) {
        numerator *= 10; // stays an exact integer
    }
    *value = numerator / run->denominator;
    return true;
}

const char *unicode_category(uint32_t cp)
{
    // In the order of CATEGORIES in unicode_tables.py.
    static const char names[][3] = {"Cn", "Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu",
                                    "Mc", "Me", "Mn", "Nd", "Nl", "No", "Pc", "Pd", "Pe", "Pf",
                                    "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs"};
    return names[unicode_properties(cp)->category];
}
