// SPDX-License-Identifier: MIT
//
// Big integers as numerals in base 2 to 36. Reading is in two steps so that the caller can count the digits before it
// pays for them: scan checks the grammar, parse converts. mpn_set_str and mpn_get_str do the conversion; both are
// subquadratic.
#include "vm/number/bigint_internal.h"

// ---- Reading ----

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// The value of an ASCII digit in any base, or 36.
static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 36;
}

// The base that "0" and this letter announce, or 0.
static int prefix_base(char letter)
{
    switch (letter | 0x20) {
    case 'x': return 16;
    case 'o': return 8;
    case 'b': return 2;
    default: return 0;
    }
}

// Skips a prefix and settles the base. *zero_only: base 0 allows leading zeros in zero alone.
static const char *scan_prefix(const char *p, const char *end, int *base, bool *zero_only)
{
    *zero_only = false;
    if (end - p >= 2 && p[0] == '0') {
        int announced = prefix_base(p[1]);
        if (announced != 0 && (*base == 0 || *base == announced)) {
            *base = announced;
            p += 2;
            return p < end && *p == '_' ? p + 1 : p;
        }
    }
    if (*base == 0) {
        *base = 10;
        *zero_only = p < end && *p == '0';
    }
    return p;
}

NumberStatus big_numeral_scan(const char *text, size_t length, int base, BigNumeral *numeral)
{
    const char *p = text;
    const char *end = text + length;
    while (p < end && is_blank(*p)) {
        p++;
    }
    while (p < end && is_blank(end[-1])) {
        end--;
    }
    numeral->negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    bool zero_only;
    p = scan_prefix(p, end, &base, &zero_only);
    numeral->base = base;
    numeral->digits = p;
    numeral->length = (size_t)(end - p);
    numeral->digit_count = 0;
    bool after_digit = false;
    for (; p < end; p++) {
        if (*p == '_' && after_digit) {
            after_digit = false;
            continue;
        }
        int digit = digit_value(*p);
        if (digit >= base || (zero_only && digit != 0)) {
            return NUMBER_INVALID;
        }
        numeral->digit_count++;
        after_digit = true;
    }
    return after_digit ? NUMBER_OK : NUMBER_INVALID;
}

size_t big_parse_bound(const BigNumeral *numeral)
{
    // log2(base), rounded up, in 1/32.
    static const uint8_t bits[37] = {0,   0,   32,  51,  64,  75,  83,  90,  96,  102, 107, 111, 115,
                                     119, 122, 126, 128, 131, 134, 136, 139, 141, 143, 145, 147, 149,
                                     151, 153, 154, 156, 158, 159, 160, 162, 163, 165, 166};
    if (numeral->digit_count > BIG_MAX_LIMBS) {
        return BIG_TOO_LARGE;
    }
    return numeral->digit_count * bits[numeral->base] / 32 / BIG_LIMB_BITS + 2;
}

// Up to the digits that surely fit one limb.
static BigResult parse_short(const BigNumeral *numeral, mp_limb_t *out)
{
    mp_limb_t value = 0;
    for (size_t i = 0; i < numeral->length; i++) {
        if (numeral->digits[i] != '_') {
            value = value * (unsigned)numeral->base + (unsigned)digit_value(numeral->digits[i]);
        }
    }
    out[0] = value;
    return big_normalise(out, 1, numeral->negative);
}

NumberStatus big_parse(const NumberAllocator *allocator, const BigNumeral *numeral, mp_limb_t *out, BigResult *result)
{
    if (numeral->digit_count <= 12) {
        *result = parse_short(numeral, out);
        return NUMBER_OK;
    }
    unsigned char *digits = number_alloc(allocator, numeral->digit_count);
    if (digits == NULL) {
        return NUMBER_NO_MEMORY;
    }
    size_t count = 0;
    for (size_t i = 0; i < numeral->length; i++) {
        int digit = numeral->digits[i] == '_' ? 36 : digit_value(numeral->digits[i]);
        if (digit < 36 && (digit > 0 || count > 0)) { // mpn_set_str wants no leading zeros
            digits[count++] = (unsigned char)digit;
        }
    }
    *result = (BigResult){0, false};
    if (count > 0) {
        mp_size_t limbs = mpn_set_str(out, digits, count, numeral->base);
        *result = big_normalise(out, (size_t)limbs, numeral->negative);
    }
    number_free(allocator, digits, numeral->digit_count);
    return NUMBER_OK;
}

// ---- Writing ----

size_t big_format_bound(BigView a, int base)
{
    if (a.count > BIG_MAX_LIMBS) {
        return BIG_TOO_LARGE;
    }
    // mpn_get_str may write one digit more than mpn_sizeinbase says in the worst case of both estimates.
    return a.count == 0 ? 1 : mpn_sizeinbase(a.limbs, (mp_size_t)a.count, base) + 2;
}

static size_t format_limb(mp_limb_t value, unsigned base, char *out)
{
    char digits[BIG_LIMB_BITS];
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
        value /= base;
    } while (value != 0);
    for (size_t i = 0; i < count; i++) {
        out[i] = digits[count - 1 - i];
    }
    return count;
}

// Digit values at out become characters; leading zeros go.
static size_t finish_digits(char *out, size_t count)
{
    size_t zeros = 0;
    while (zeros + 1 < count && out[zeros] == 0) {
        zeros++;
    }
    for (size_t i = zeros; i < count; i++) {
        out[i - zeros] = "0123456789abcdefghijklmnopqrstuvwxyz"[(unsigned char)out[i]];
    }
    return count - zeros;
}

NumberStatus big_format(const NumberAllocator *allocator, BigView a, int base, char *out, size_t *written)
{
    size_t sign = a.negative;
    out[0] = '-';
    if (a.count <= 1) {
        *written = sign + format_limb(a.count == 0 ? 0 : a.limbs[0], (unsigned)base, out + sign);
        return NUMBER_OK;
    }
    if (a.count > 1000 && number_poll(allocator)) {
        return NUMBER_INTERRUPTED;
    }
    // mpn_get_str destroys its operand, and uses one limb past it.
    mp_limb_t local[64];
    size_t size = a.count + 1;
    mp_limb_t *copy = size <= 64 ? local : big_scratch(allocator, size);
    if (copy == NULL) {
        return NUMBER_NO_MEMORY;
    }
    mpn_copyi(copy, a.limbs, (mp_size_t)a.count);
    size_t count = mpn_get_str((unsigned char *)out + sign, base, copy, (mp_size_t)a.count);
    if (copy != local) {
        big_scratch_free(allocator, copy, size);
    }
    *written = sign + finish_digits(out + sign, count);
    return NUMBER_OK;
}
