// SPDX-License-Identifier: MIT
//
// SipHash-1-3 over 8-byte words, the last word padded with zeros and carrying the length in its top byte.
#include "vm/number/hash.h"

#include <string.h>

typedef struct SipState {
    uint64_t a, b, c, d;
} SipState;

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void sip_round(SipState *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
}

static inline void absorb(SipState *s, uint64_t word)
{
    s->d ^= word;
    sip_round(s);
    s->a ^= word;
}

static inline uint64_t little_endian(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(word);
#else
    return word;
#endif
}

// The last size (below 8) bytes as a word. Two overlapping loads instead of a loop of bytes.
static inline uint64_t load_tail(const unsigned char *p, size_t size)
{
    uint64_t word = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (size >= 4) {
        uint32_t low;
        uint32_t high;
        memcpy(&low, p, 4);
        memcpy(&high, p + size - 4, 4);
        return low | (uint64_t)high << (size - 4) * 8;
    }
#endif
    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)p[i] << i * 8;
    }
    return word;
}

uint64_t siphash13(const uint64_t key[2], const void *data, size_t size)
{
    const unsigned char *p = data;
    SipState s = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
                  key[1] ^ 0x7465646279746573u};
    for (size_t left = size / 8; left > 0; left--) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        absorb(&s, little_endian(word));
        p += 8;
    }
    absorb(&s, load_tail(p, size % 8) | (uint64_t)size << 56);
    s.c ^= 0xFF;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}
