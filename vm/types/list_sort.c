// SPDX-License-Identifier: MIT
//
// list.sort. The items are taken out of the list while they are sorted, so that key functions and comparisons that
// touch the list find it empty; a list that is no longer empty afterwards is a ValueError.
//
// Keys that are all small ints, or all floats without NaN and -0.0, are compared as machine words; all strings by their
// first eight bytes, then the rest. Everything else goes through one comparison with fast paths in front of the
// protocol. Raw words (float keys, prefixes) are only kept in buffers that the collector does not scan.

#include "container.h"

#define MIN_GALLOP 7
#define MAX_RUNS 80 // powers grow along the stack and are at most 64 or so

typedef struct SortRun {
    int64_t base, length;
    int power; // of the boundary to the next run
} SortRun;

typedef struct Sort {
    VM *vm;
    List *owner;       // scanned holder of the items being moved, or NULL: they are raw
    List *temp_owner;  // scanned holder of temp, or NULL
    void *temp;
    size_t temp_size;
    int64_t min_gallop;
    int run_count;
    SortRun runs[MAX_RUNS];
} Sort;

typedef struct Pair {
    Value key, value;
} Pair;

// Scratch space for `count` items; its contents are scanned when the items are.
static void *sort_temp(Sort *s, int64_t count, size_t item_size)
{
    size_t size = (size_t)count * item_size;
    if (size <= s->temp_size)
        return s->temp;
    if (s->owner) {
        s->temp_owner = list_new(s->vm, (int64_t)(size / sizeof(Value)));
        if (s->temp_owner)
            s->temp_owner->count = s->temp_owner->capacity; // zero-filled: nothing to see yet
        s->temp = s->temp_owner ? s->temp_owner->items : NULL;
    } else {
        s->temp = gc_buffer(s->vm, size);
    }
    s->temp_size = s->temp ? size : 0;
    return s->temp;
}

// Before scripts run: what was copied to temp must be seen there.
static void sort_barrier(Sort *s)
{
    if (s->owner) {
        gc_barrier(s->vm, s->owner);
        gc_barrier(s->vm, s->temp_owner);
    }
}

// Runs shorter than this are filled up by insertion: n / 2^k, at most 32, so that the runs merge evenly.
static int64_t sort_shortest_run(int64_t n)
{
    int64_t more = 0;
    while (n >= 32) {
        more |= n & 1;
        n >>= 1;
    }
    return n + more;
}

// Powersort: the first bit in which the midpoints of two neighbouring runs differ, as fractions of n.
static int node_power(int64_t base, int64_t left, int64_t right, int64_t n)
{
    int64_t a = 2 * base + left, b = a + left + right; // twice the midpoints
    int power = 0;
    for (;;) {
        power++;
        if (a >= n) {
            a -= n;
            b -= n;
        } else if (b >= n) {
            return power;
        }
        a *= 2;
        b *= 2;
    }
}

// ---- comparisons

static int text_less(const Str *a, const Str *b)
{
    size_t shorter = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->data, b->data, shorter); // the order of UTF-8 bytes is that of the code points
    return order < 0 || (order == 0 && a->size < b->size);
}

static int tuple_less(VM *vm, Tuple *a, Tuple *b)
{
    int64_t n = a->count < b->count ? a->count : b->count;
    for (int64_t i = 0; i < n; i++) {
        Value x = a->items[i], y = b->items[i];
        int equal = value_equal(vm, x, y);
        if (equal < 0)
            return -1;
        if (!equal) // nested tuples take the protocol's way, which guards its depth
            return is_tuple(x) ? object_compare_bool(vm, x, y, COMPARE_LT) : value_less(vm, x, y);
    }
    return a->count < b->count;
}

int value_less(VM *vm, Value a, Value b)
{
    if (both_small(a, b))
        return a < b;
    if (is_double(a) && is_double(b))
        return as_double(a) < as_double(b);
    if (is_exact(vm, a, KIND_STR) && is_exact(vm, b, KIND_STR))
        return text_less(as_str(a), as_str(b));
    if (is_exact(vm, a, KIND_TUPLE) && is_exact(vm, b, KIND_TUPLE))
        return tuple_less(vm, as_tuple(a), as_tuple(b));
    return object_compare_bool(vm, a, b, COMPARE_LT);
}

static inline int prefix_less(Pair a, Pair b)
{
    return a.key != b.key ? a.key < b.key : text_less(as_str(a.value), as_str(b.value));
}

// ---- the instances

#define SORT_NAME(x) word_##x
#define SORT_ITEM Value
#define SORT_LESS(s, a, b) ((a) < (b))
#define SORT_SCRIPTS 0
#include "sort_template.h"

#define SORT_NAME(x) word_pair_##x
#define SORT_ITEM Pair
#define SORT_LESS(s, a, b) ((a).key < (b).key)
#define SORT_SCRIPTS 0
#include "sort_template.h"

#define SORT_NAME(x) text_##x
#define SORT_ITEM Pair
#define SORT_LESS(s, a, b) prefix_less(a, b)
#define SORT_SCRIPTS 0
#include "sort_template.h"

#define SORT_NAME(x) value_##x
#define SORT_ITEM Value
#define SORT_LESS(s, a, b) value_less((s)->vm, a, b)
#define SORT_SCRIPTS 1
#include "sort_template.h"

#define SORT_NAME(x) pair_##x
#define SORT_ITEM Pair
#define SORT_LESS(s, a, b) value_less((s)->vm, (a).key, (b).key)
#define SORT_SCRIPTS 1
#include "sort_template.h"

// ---- choice of the comparison

typedef enum KeyType { KEYS_SMALL, KEYS_DOUBLE, KEYS_TEXT, KEYS_ANY } KeyType;

static bool is_ordered_double(Value v)
{
    return is_double(v) && as_double(v) == as_double(v) && v != DOUBLE_OFFSET + ((Value)1 << 63);
}

static KeyType classify(VM *vm, const Value *keys, int64_t n)
{
    int64_t i = 0;
    if (is_small(keys[0])) {
        while (i < n && is_small(keys[i]))
            i++;
        return i == n ? KEYS_SMALL : KEYS_ANY;
    }
    if (is_double(keys[0])) {
        while (i < n && is_ordered_double(keys[i]))
            i++;
        return i == n ? KEYS_DOUBLE : KEYS_ANY;
    }
    while (i < n && is_exact(vm, keys[i], KIND_STR))
        i++;
    return i == n ? KEYS_TEXT : KEYS_ANY;
}

// A double as a word whose unsigned order is that of the numbers, and back.
static Value order_of_double(Value v)
{
    uint64_t bits = v - DOUBLE_OFFSET;
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static Value double_of_order(Value word)
{
    return (word >> 63 ? word & ~((uint64_t)1 << 63) : ~word) + DOUBLE_OFFSET;
}

static Value prefix_of(const Str *s)
{
    uint64_t word = 0;
    memcpy(&word, s->data, s->size < 8 ? s->size : 8);
    return __builtin_bswap64(word);
}

static Value raw_key(KeyType type, Value key)
{
    return type == KEYS_TEXT ? prefix_of(as_str(key)) : type == KEYS_DOUBLE ? order_of_double(key) : key;
}

// Sorts values by keys through an array of raw pairs. With KEYS_TEXT the values are the strings themselves.
static bool sort_raw_pairs(Sort *s, KeyType type, const Value *keys, Value *values, int64_t n)
{
    size_t size;
    if (!size_mul((size_t)n, sizeof(Pair), &size))
        return raise_memory(s->vm), false;
    Pair *pairs = gc_buffer(s->vm, size);
    if (!pairs)
        return false;
    for (int64_t i = 0; i < n; i++) {
        pairs[i] = (Pair){raw_key(type, keys[i]), values[i]};
    }
    bool ok = type == KEYS_TEXT ? text_sort(s, pairs, n) : word_pair_sort(s, pairs, n);
    for (int64_t i = 0; ok && i < n; i++)
        values[i] = pairs[i].value;
    gc_buffer_free(s->vm, pairs, size);
    return ok;
}

// Sorts work by general comparison of keys; the pairs are in a list that the collector scans.
static bool sort_pairs(Sort *s, List *keys, List *work)
{
    int64_t n = work->count;
    List *holder = list_new(s->vm, 2 * n);
    if (!holder)
        return false;
    Pair *pairs = (Pair *)holder->items;
    for (int64_t i = 0; i < n; i++)
        pairs[i] = (Pair){keys->items[i], work->items[i]};
    holder->count = 2 * n;
    gc_barrier(s->vm, holder);
    s->owner = holder;
    bool ok = pair_sort(s, pairs, n);
    for (int64_t i = 0; i < n; i++)
        work->items[i] = pairs[i].value;
    gc_barrier(s->vm, work);
    keep_alive(holder);
    return ok;
}

static bool sort_doubles(Sort *s, List *work)
{
    int64_t n = work->count;
    work->count = 0; // the words are no Values meanwhile
    for (int64_t i = 0; i < n; i++)
        work->items[i] = order_of_double(work->items[i]);
    bool ok = word_sort(s, work->items, n);
    for (int64_t i = 0; i < n; i++)
        work->items[i] = double_of_order(work->items[i]);
    work->count = n;
    return ok;
}

static bool sort_work(VM *vm, List *work, List *keys)
{
    Sort s = {.vm = vm, .min_gallop = MIN_GALLOP};
    int64_t n = work->count;
    KeyType type = classify(vm, keys ? keys->items : work->items, n);
    if (keys && (type == KEYS_SMALL || type == KEYS_DOUBLE))
        return sort_raw_pairs(&s, type, keys->items, work->items, n);
    if (keys)
        return sort_pairs(&s, keys, work);
    if (type == KEYS_SMALL)
        return word_sort(&s, work->items, n);
    if (type == KEYS_DOUBLE)
        return sort_doubles(&s, work);
    if (type == KEYS_TEXT)
        return sort_raw_pairs(&s, type, work->items, work->items, n);
    s.owner = work;
    return value_sort(&s, work->items, n);
}

// ---- the list

static void reverse_items(VM *vm, List *list)
{
    for (int64_t i = 0, j = list ? list->count - 1 : -1; i < j; i++, j--) {
        Value v = list->items[i];
        list->items[i] = list->items[j];
        list->items[j] = v;
    }
    if (list)
        gc_barrier(vm, list);
}

static List *compute_keys(VM *vm, List *work, Value key)
{
    List *keys = list_new(vm, work->count);
    for (int64_t i = 0; keys && i < work->count; i++) {
        Value k = call1(vm, key, work->items[i]);
        if (k == VALUE_EMPTY || !list_append(vm, keys, k))
            return NULL;
    }
    return keys;
}

static void swap_contents(VM *vm, List *a, List *b)
{
    List old = *a;
    a->items = b->items;
    a->count = b->count;
    a->capacity = b->capacity;
    b->items = old.items;
    b->count = old.count;
    b->capacity = old.capacity;
    gc_barrier(vm, a);
    gc_barrier(vm, b);
}

bool list_sort(VM *vm, List *list, Value key, bool reverse)
{
    List *work = list_new(vm, 0), *keys = NULL;
    if (!work)
        return false;
    swap_contents(vm, list, work);
    bool ok = true;
    if (!is_none(key))
        ok = (keys = compute_keys(vm, work, key)) != NULL;
    if (ok && work->count > 1) {
        if (reverse) { // twice, so that equal items keep their order
            reverse_items(vm, work);
            reverse_items(vm, keys);
        }
        ok = sort_work(vm, work, keys);
        if (reverse)
            reverse_items(vm, work);
    }
    bool modified = list->items != NULL;
    swap_contents(vm, list, work);
    if (ok && modified)
        return raise_value(vm, "list modified during sort"), false;
    return ok;
}
