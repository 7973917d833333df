// SPDX-License-Identifier: MIT
//
// Byte searches behind str and bytes. Single bytes go to memchr. Longer needles are found by comparing the needle's
// first and last byte with sixteen places at once (W. Mula, "SIMD-friendly algorithms for substring searching"); when
// too many candidates fail, the search goes on with memmem, which is linear, or backwards with a rolling hash (Karp and
// Rabin).

#define _GNU_SOURCE
#include "text.h"

#include "container.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define PATIENCE 64 // failed comparisons before the linear algorithm takes over, plus one per 16 bytes passed

#ifdef __SSE2__
static inline unsigned candidates(const char *p, size_t last, __m128i first, __m128i final)
{
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + last));
    return (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, final)));
}

// *at: where the search stopped. True: found there. False: all places before *at are excluded.
static bool find_vector(const char *hay, size_t places, const char *needle, size_t size, size_t *at)
{
    __m128i first = _mm_set1_epi8(needle[0]), final = _mm_set1_epi8(needle[size - 1]);
    size_t i = 0, failed = 0;
    for (; places - i >= 16; i += 16) {
        unsigned mask = candidates(hay + i, size - 1, first, final);
        for (; mask; mask &= mask - 1) {
            unsigned k = (unsigned)__builtin_ctz(mask);
            if (size == 2 || memcmp(hay + i + k + 1, needle + 1, size - 2) == 0) {
                *at = i + k;
                return true;
            }
            failed++;
        }
        if (unlikely(failed > PATIENCE + i / 16)) {
            *at = i + 16;
            return false;
        }
    }
    *at = i;
    return false;
}
#else
static bool find_vector(const char *hay, size_t places, const char *needle, size_t size, size_t *at)
{
    (void)hay, (void)places, (void)needle, (void)size;
    *at = 0;
    return false;
}
#endif

size_t text_find(const char *hay, size_t size, const char *needle, size_t needle_size)
{
    size_t at;
    if (needle_size > size)
        return TEXT_ABSENT;
    if (needle_size == 0)
        return 0;
    if (needle_size == 1) {
        const char *p = memchr(hay, *needle, size);
        return p ? (size_t)(p - hay) : TEXT_ABSENT;
    }
    if (find_vector(hay, size - needle_size + 1, needle, needle_size, &at))
        return at;
    if (size - at < needle_size)
        return TEXT_ABSENT;
    if (size - at - needle_size < 16) {
        for (; at + needle_size <= size; at++)
            if (hay[at] == *needle && memcmp(hay + at, needle, needle_size) == 0)
                return at;
        return TEXT_ABSENT;
    }
    const char *p = memmem(hay + at, size - at, needle, needle_size);
    return p ? (size_t)(p - hay) : TEXT_ABSENT;
}

#define ROLL 0x9E3779B97F4A7C15u

static size_t rfind_rolling(const char *hay, size_t size, const char *needle, size_t needle_size)
{
    uint64_t wanted = 0, have = 0, power = 1;
    size_t at = size - needle_size;
    for (size_t i = needle_size; i-- > 0;) {
        wanted = wanted * ROLL + (unsigned char)needle[i];
        have = have * ROLL + (unsigned char)hay[at + i];
        power *= ROLL;
    }
    for (;; at--) {
        if (have == wanted && memcmp(hay + at, needle, needle_size) == 0)
            return at;
        if (at == 0)
            return TEXT_ABSENT;
        have = have * ROLL + (unsigned char)hay[at - 1] - power * (unsigned char)hay[at - 1 + needle_size];
    }
}

size_t text_rfind(const char *hay, size_t size, const char *needle, size_t needle_size)
{
    if (needle_size > size)
        return TEXT_ABSENT;
    if (needle_size == 0)
        return size;
    size_t places = size - needle_size + 1, failed = 0;
    while (places) {
        const char *p = memrchr(hay, *needle, places);
        if (!p)
            return TEXT_ABSENT;
        size_t at = (size_t)(p - hay);
        if (needle_size == 1 || memcmp(p + 1, needle + 1, needle_size - 1) == 0)
            return at;
        if (++failed > PATIENCE && needle_size > 4)
            return rfind_rolling(hay, at + needle_size - 1, needle, needle_size);
        places = at;
    }
    return TEXT_ABSENT;
}

static size_t count_byte(const char *p, size_t size, char wanted, size_t most)
{
    size_t count = 0, i = 0;
#ifdef __SSE2__
    __m128i pattern = _mm_set1_epi8(wanted);
    for (; size - i >= 16; i += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        count += (size_t)__builtin_popcount((unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, pattern)));
    }
#endif
    for (; i < size; i++)
        count += p[i] == wanted;
    return count < most ? count : most;
}

size_t text_count(const char *hay, size_t size, const char *needle, size_t needle_size, size_t most)
{
    if (needle_size == 1)
        return count_byte(hay, size, *needle, most);
    size_t count = 0;
    for (size_t at = 0; count < most;) {
        size_t found = text_find(hay + at, size - at, needle, needle_size);
        if (found == TEXT_ABSENT)
            break;
        count++;
        at += found + needle_size;
    }
    return count;
}

void text_replace_byte(char *out, const char *text, size_t size, char old, char new)
{
    size_t i = 0;
#ifdef __SSE2__
    __m128i pattern = _mm_set1_epi8(old), change = _mm_set1_epi8((char)(old ^ new));
    for (; size - i >= 16; i += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
        block = _mm_xor_si128(block, _mm_and_si128(_mm_cmpeq_epi8(block, pattern), change));
        _mm_storeu_si128((__m128i *)(void *)(out + i), block);
    }
#endif
    for (; i < size; i++)
        out[i] = text[i] == old ? new : text[i];
}

size_t text_find_special(const char *text, size_t size)
{
    size_t i = 0;
#ifdef __SSE2__
    __m128i limit = _mm_set1_epi8(0x20);
    for (; size - i >= 16; i += 16) { // as signed bytes those above 0x7F are below 0x20, too
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(block, limit));
        if (mask)
            return i + (unsigned)__builtin_ctz(mask);
    }
#endif
    while (i < size && (signed char)text[i] >= 0x20)
        i++;
    return i;
}

bool text_repeat(VM *vm, char *out, const char *text, size_t size, size_t times)
{
    size_t total = size * times;
    if (size == 1) {
        memset(out, *text, total);
        return true;
    }
    if (total == 0)
        return true;
    memcpy(out, text, size);
    for (size_t done = size; done < total;) {
        size_t part = done < total - done ? done : total - done;
        memcpy(out + done, out, part);
        done += part;
        if (part >= 1 << 18 && !vm_work(vm, part >> 8))
            return false;
    }
    return true;
}

static bool read_bound(VM *vm, Value v, int64_t *out)
{
    if (v == VALUE_EMPTY || is_none(v))
        return true;
    if (!has_index(vm, v)) {
        raise_type(vm, "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    return object_index_clamped(vm, v, out);
}

bool text_bounds(VM *vm, const Value *args, int nargs, int64_t length, int64_t *first, int64_t *last)
{
    int64_t start = 0, stop = INT64_MAX;
    if ((nargs > 2 && !read_bound(vm, args[2], &start)) || (nargs > 3 && !read_bound(vm, args[3], &stop)))
        return false;
    if (stop > length)
        stop = length;
    else if (stop < 0 && (stop += length) < 0)
        stop = 0;
    if (start < 0 && (start += length) < 0)
        start = 0;
    *first = start;
    *last = stop;
    return true;
}

Value sequence_times(VM *vm, Value other, int64_t *times, bool *done)
{
    int found = repeat_count(vm, other, times);
    *done = found > 0;
    if (found)
        return VALUE_EMPTY;
    if (type_of(vm, other)->flags & TYPE_HEAP)
        return VALUE_NOT_IMPLEMENTED;
    return raise_type(vm, "can't multiply sequence by non-int of type '%T'", other);
}

const char *argument_type_name(VM *vm, Value v) { return is_none(v) ? "None" : type_of(vm, v)->name->data; }
