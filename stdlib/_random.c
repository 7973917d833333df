// SPDX-License-Identifier: MIT
//
// The `_random` module: the generator under the random module. M. Matsumoto and T. Nishimura, "Mersenne Twister: a
// 623-dimensionally equidistributed uniform pseudo-random number generator" (1998), MT19937, with their init_by_array
// for seeds, so that a seed gives the sequence it gives in CPython.

#include "sha512.h"

#include "vm/types/int_big.h"

#define STATE_WORDS 624
#define SHIFT 397

typedef struct Random {
    Object base;
    uint32_t state[STATE_WORDS];
    int32_t index;
    Value attributes;
} Random;

// ---- the generator

static void refill(Random *r)
{
    uint32_t *s = r->state;
    for (int i = 0; i < STATE_WORDS; i++) {
        uint32_t y = (s[i] & 0x80000000u) | (s[(i + 1) % STATE_WORDS] & 0x7fffffffu);
        s[i] = s[(i + SHIFT) % STATE_WORDS] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    r->index = 0;
}

static uint32_t next_word(Random *r)
{
    if (r->index >= STATE_WORDS)
        refill(r);
    uint32_t y = r->state[r->index++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static void init_by_word(Random *r, uint32_t seed)
{
    r->state[0] = seed;
    for (uint32_t i = 1; i < STATE_WORDS; i++)
        r->state[i] = 1812433253u * (r->state[i - 1] ^ r->state[i - 1] >> 30) + i;
    r->index = STATE_WORDS;
}

static void init_by_array(Random *r, const uint32_t *key, size_t length)
{
    uint32_t *s = r->state;
    init_by_word(r, 19650218u);
    size_t i = 1, j = 0;
    for (size_t n = length > STATE_WORDS ? length : STATE_WORDS; n; n--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        if (++i >= STATE_WORDS) {
            s[0] = s[STATE_WORDS - 1];
            i = 1;
        }
        if (++j >= length)
            j = 0;
    }
    for (size_t n = STATE_WORDS - 1; n; n--) {
        s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i >= STATE_WORDS) {
            s[0] = s[STATE_WORDS - 1];
            i = 1;
        }
    }
    s[0] = 0x80000000u;
}

// ---- seeding

static void seed_from_entropy(VM *vm, Random *r)
{
    uint32_t key[STATE_WORDS];
    if (!vm->hooks.entropy || !vm->hooks.entropy(vm->hooks.context, key, sizeof key)) {
        double now = vm->hooks.clock_monotonic ? vm->hooks.clock_monotonic(vm->hooks.context) : 0;
        uint64_t mix[4] = {vm->hash_key[0], vm->hash_key[1], from_double(now), (uint64_t)(uintptr_t)r};
        memcpy(key, mix, sizeof mix);
        init_by_array(r, key, 8);
        return;
    }
    init_by_array(r, key, STATE_WORDS);
}

static bool seed(VM *vm, Random *r, Value from)
{
    if (from == VALUE_EMPTY || is_none(from)) {
        seed_from_entropy(vm, r);
        return true;
    }
    Value n = from;
    if (!is_int_like(from)) {
        int64_t hash;
        if (!object_hash(vm, from, &hash) || !(n = int_from_u64(vm, (uint64_t)hash)))
            return false;
    }
    mp_limb_t limb;
    BigView a = int_view(n, &limb);
    static const uint32_t zero[1] = {0};
    if (a.count == 0) {
        init_by_array(r, zero, 1);
        return true;
    }
    uint32_t *key = gc_buffer(vm, a.count * sizeof(mp_limb_t));
    if (!key)
        return false;
    for (size_t i = 0; i < a.count; i++) {
        key[2 * i] = (uint32_t)a.limbs[i];
        key[2 * i + 1] = (uint32_t)(a.limbs[i] >> 32);
    }
    size_t words = 2 * a.count;
    init_by_array(r, key, key[words - 1] ? words : words - 1);
    return true;
}

// ---- methods

static Random *self_of(Value v) { return (Random *)as_object(v); }

static Value random_method(VM *vm, Value *args, int nargs)
{
    (void)vm, (void)nargs;
    Random *r = self_of(args[0]);
    uint32_t a = next_word(r) >> 5, b = next_word(r) >> 6;
    return from_double((a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}

static Value seed_method(VM *vm, Value *args, int nargs)
{
    return seed(vm, self_of(args[0]), nargs > 1 ? args[1] : VALUE_EMPTY) ? VALUE_NONE : VALUE_EMPTY;
}

static Value getrandbits_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    int64_t bits;
    Random *r = self_of(args[0]);
    Value k = index_of(vm, args[1]);
    if (!k)
        return VALUE_EMPTY;
    if (int_sign(k) < 0)
        return raise_value(vm, "number of bits must be non-negative");
    if (!int_fits_i64(k, &bits) || bits > INT32_MAX)
        return raise_overflow(vm, "Python int too large to convert to C int");
    if (bits == 0)
        return INT_ZERO;
    if (bits <= 32)
        return from_small(next_word(r) >> (32 - bits));
    size_t room = ((size_t)bits + 63) / 64;
    Int *out = int_alloc(vm, room);
    if (!out)
        return VALUE_EMPTY;
    for (size_t i = 0; bits > 0; i++, bits -= 32) {
        if (!vm_tick(vm))
            return VALUE_EMPTY;
        uint64_t word = bits < 32 ? next_word(r) >> (32 - bits) : next_word(r);
        out->limbs[i / 2] |= word << (i % 2 * 32);
    }
    BigResult result = {room, false};
    while (result.count && out->limbs[result.count - 1] == 0)
        result.count--;
    return int_finish(vm, out, room, result);
}

static Value getstate_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Random *r = self_of(args[0]);
    Tuple *t = tuple_new(vm, STATE_WORDS + 1);
    if (!t)
        return VALUE_EMPTY;
    for (int i = 0; i < STATE_WORDS; i++)
        t->items[i] = from_small(r->state[i]);
    t->items[STATE_WORDS] = from_small(r->index);
    return from_object(t);
}

static Value setstate_method(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    if (!is_tuple(args[1]))
        return raise_type(vm, "state vector must be a tuple");
    Tuple *t = as_tuple(args[1]);
    uint32_t words[STATE_WORDS];
    int64_t index = 0;
    if (t->count != STATE_WORDS + 1)
        return raise_value(vm, "state vector is the wrong size");
    for (int i = 0; i <= STATE_WORDS; i++) {
        if (!is_int_like(t->items[i]))
            return raise_type(vm, "an integer is required");
        if (!int_fits_i64(t->items[i], &index) || index < 0)
            return raise_overflow(vm, index < 0 ? "can't convert negative value to unsigned int"
                : "int too large to convert to C unsigned long");
        if (i < STATE_WORDS)
            words[i] = (uint32_t)index;
    }
    if (index > STATE_WORDS)
        return raise_value(vm, "invalid state");
    Random *r = self_of(args[0]);
    memcpy(r->state, words, sizeof words);
    r->index = (int32_t)index;
    return VALUE_NONE;
}

static const TypeDef random_def;

static Value random_make(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    Random *r = type_alloc(vm, (Type *)as_object(args[0]), 0);
    // A subclass seeds itself in its __init__, perhaps from something that has no hash.
    bool plain = args[0] == from_object(type_of_def(vm, &random_def)) || (args[1] && is_int_like(args[1]));
    return r && seed(vm, r, plain ? args[1] : VALUE_EMPTY) ? from_object(r) : VALUE_EMPTY;
}

static const NativeDef random_methods[] = {
    {"random(self, /)", random_method, "random() -> x in the interval [0, 1).", NATIVE_RAW, 1, 1},
    {"seed(self, n=None, /)", seed_method, "Start the sequence of n; None takes entropy from the system.",
     NATIVE_RAW, 1, 2},
    {"getrandbits(self, k, /)", getrandbits_method, "getrandbits(k) -> x.  Generates an int with k random bits.",
     NATIVE_RAW, 2, 2},
    {"getstate(self, /)", getstate_method, "getstate() -> tuple containing the current state.", NATIVE_RAW, 1, 1},
    {"setstate(self, state, /)", setstate_method, "setstate(state) -> None.  Restores generator state.",
     NATIVE_RAW, 2, 2},
    {0},
};

static const TypeOps random_ops = {.mark = NULL};

static const TypeDef random_def = {
    .name = "_random.Random",
    .kind = KIND_OTHER,
    .size = sizeof(Random),
    .ops = &random_ops,
    .methods = random_methods,
    .make = {"Random(cls, x=<unset>, /)", random_make, NULL, 0, 0, 0},
    .doc = "Random() -> create a random number generator with its own internal state.",
    .flags = TYPE_BASE,
};

static Value digest_function(VM *vm, Value *args, int nargs)
{
    (void)nargs;
    const char *data;
    size_t size;
    unsigned char out[64];
    if (!bytes_view_or_raise(vm, args[0], &data, &size))
        return VALUE_EMPTY;
    sha512(data, size, out);
    return bytes_new(vm, out, sizeof out);
}

static const NativeDef functions[] = {
    {"sha512_digest(data, /)", digest_function, "The SHA-512 digest of bytes.", NATIVE_RAW, 1, 1},
    {0},
};

static const TypeDef *const types[] = {&random_def, NULL};

const ModuleDef _random_module = {
    .name = "_random",
    .doc = "The Mersenne Twister under the random module.",
    .functions = functions,
    .types = types,
};
