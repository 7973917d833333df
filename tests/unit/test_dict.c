// SPDX-License-Identifier: MIT
//
// vm/types/dict.c: the compact table. Order of insertion, deletion and its holes, growth and shrinking, keys that
// collide, keys_version as caches rely on it, the fast path of strings, keys whose __eq__ changes the table; and many
// entries.
#include "vm_fixture.h"

#include "vm/types/dict.h"
#include "vm/types/int.h"
#include "vm/types/str.h"

static Value key_of(VM *vm, int i)
{
    char text[24];
    int size = snprintf(text, sizeof text, "key%d", i);
    return from_object(str_new_ascii(vm, text, (size_t)size));
}

// What must hold of every dict at any time.
static void check_shape(VM *vm, Dict *d)
{
    int64_t live = 0;
    uint32_t position = 0;
    Value key, value;
    while (dict_next(d, &position, &key, &value)) {
        assert_true(key && value);
        assert_true(dict_get(vm, d, key) == value);
        live++;
    }
    assert_int_equal(live, d->count);
    assert_true(d->used <= d->capacity);
    assert_true(d->first <= d->used);
    assert_true(((d->mask + 1) & d->mask) == 0);
    assert_true(d->mask == 0 || d->capacity <= d->mask);
    for (uint32_t i = 0; i < d->first; i++)
        assert_true(d->entries[i].key == VALUE_EMPTY);
}

static void test_order(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    static const int order[] = {5, 3, 9, 1, 7, 2, 8};
    for (size_t i = 0; i < 7; i++)
        assert_true(dict_set(vm, d, from_small(order[i]), from_small((int64_t)i)));
    assert_true(dict_set(vm, d, from_small(9), from_small(90))); // a new value keeps the place
    assert_int_equal(dict_delete(vm, d, from_small(3), NULL), 1);
    assert_true(dict_set(vm, d, from_small(3), from_small(30))); // come back, it is the last
    static const int expected[] = {5, 9, 1, 7, 2, 8, 3};
    uint32_t position = 0;
    Value key, value;
    for (size_t i = 0; i < 7; i++) {
        assert_true(dict_next(d, &position, &key, &value));
        assert_int_equal(as_small(key), expected[i]);
    }
    assert_false(dict_next(d, &position, &key, &value));
    assert_int_equal(as_small(dict_get(vm, d, from_small(9))), 90);
    machine_stop(&m);
}

static void test_delete(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    Value old = VALUE_EMPTY;
    assert_int_equal(dict_delete(vm, d, from_small(1), &old), 0); // an empty one has no table
    for (int i = 0; i < 100; i++)
        assert_true(dict_set(vm, d, from_small(i), from_small(i * 2)));
    for (int i = 0; i < 100; i += 3)
        assert_int_equal(dict_delete(vm, d, from_small(i), &old), 1);
    assert_int_equal(as_small(old), 198);
    check_shape(vm, d);
    for (int i = 0; i < 100; i++)
        assert_int_equal(dict_contains(vm, d, from_small(i)), i % 3 != 0);
    // From the front, as a queue does: no search over the holes.
    while (d->count) {
        Value key, value;
        uint32_t position = 0;
        assert_true(dict_next(d, &position, &key, &value));
        assert_int_equal(dict_delete(vm, d, key, NULL), 1);
    }
    check_shape(vm, d);
    DictEntry last;
    assert_false(dict_pop_last(m.vm, d, &last));
    assert_true(dict_set(vm, d, from_small(1), VALUE_NONE) && dict_set(vm, d, from_small(2), VALUE_TRUE));
    assert_true(dict_pop_last(m.vm, d, &last) && as_small(last.key) == 2 && last.value == VALUE_TRUE);
    dict_clear(vm, d);
    assert_int_equal(d->count, 0);
    check_shape(vm, d);
    machine_stop(&m);
}

// A queue of constant length does not grow, though it is written for ever.
static void test_holes_are_reused(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    for (int i = 0; i < 100000; i++) {
        assert_true(dict_set(vm, d, from_small(i), VALUE_NONE));
        if (i >= 10)
            assert_int_equal(dict_delete(vm, d, from_small(i - 10), NULL), 1);
    }
    assert_int_equal(d->count, 10);
    assert_in_range(d->capacity, 10, 256);
    check_shape(vm, d);
    machine_stop(&m);
}

static void test_keys_version(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    Str *a = str_intern_text(vm, "a", 1), *b = str_intern_text(vm, "b", 1);
    assert_true(dict_set_str(vm, d, a, from_small(1)));
    uint32_t version = d->keys_version;
    int64_t place = dict_find_str(vm, d, a);
    assert_true(dict_set_str(vm, d, a, from_small(2))); // a value: the place is good
    assert_int_equal(d->keys_version, version);
    assert_int_equal(as_small(d->entries[place].value), 2);
    assert_true(dict_set_str(vm, d, b, from_small(3))); // a key comes
    assert_int_not_equal(d->keys_version, version);
    version = d->keys_version;
    assert_int_equal(dict_delete(vm, d, from_object(b), NULL), 1); // and goes
    assert_int_not_equal(d->keys_version, version);
    version = d->keys_version;
    assert_int_equal(dict_delete(vm, d, from_object(b), NULL), 0);
    assert_int_equal(d->keys_version, version);
    assert_int_equal(dict_find_str(vm, d, b), -1);
    dict_clear(vm, d);
    assert_int_not_equal(d->keys_version, version);
    machine_stop(&m);
}

static void test_strings(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    for (int i = 0; i < 2000; i++)
        assert_true(dict_set(vm, d, key_of(vm, i), from_small(i)));
    for (int i = 0; i < 2000; i++) { // equal text, other object
        Str *key = as_str(key_of(vm, i));
        assert_int_equal(as_small(dict_get_str(vm, d, key)), i);
        assert_int_equal(as_small(dict_get(vm, d, from_object(str_intern(vm, key)))), i);
    }
    assert_true(dict_get_str(vm, d, as_str(key_of(vm, 2000))) == VALUE_EMPTY);
    assert_true(dict_set_text(vm, d, "key7", VALUE_TRUE));
    assert_int_equal(d->count, 2000);
    assert_true(dict_get(vm, d, key_of(vm, 7)) == VALUE_TRUE);
    check_shape(vm, d);
    machine_stop(&m);
}

static void test_equal_numbers(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    assert_true(dict_set(vm, d, from_small(1), from_small(10)));
    assert_true(dict_get(vm, d, from_double(1.0)) == from_small(10));
    assert_true(dict_get(vm, d, VALUE_TRUE) == from_small(10));
    assert_true(dict_get(vm, d, complex_new(vm, 1, 0)) == from_small(10));
    assert_true(dict_set(vm, d, from_double(1.0), from_small(11)));
    assert_int_equal(d->count, 1);
    assert_true(is_small(d->entries[0].key)); // the first key stays
    Value big = int_from_u64(vm, UINT64_MAX);
    assert_true(dict_set(vm, d, big, from_small(12)));
    assert_true(dict_get(vm, d, int_from_u64(vm, UINT64_MAX)) == from_small(12));
    Value nan = from_double(NAN);
    assert_true(dict_set(vm, d, nan, from_small(13)));
    assert_int_equal(dict_contains(vm, d, from_double(0.0)), 0);
    assert_true(dict_set(vm, d, from_double(-0.0), from_small(14)));
    assert_true(dict_get(vm, d, from_small(0)) == from_small(14));
    machine_stop(&m);
}

// All keys in one bucket, deletions in between: the probe sequence must step over the graves.
static void test_collisions(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    for (int64_t i = 0; i < 300; i++)
        assert_true(dict_set(vm, d, from_small(i << 32), from_small(i)));
    for (int64_t i = 0; i < 300; i += 2)
        assert_int_equal(dict_delete(vm, d, from_small(i << 32), NULL), 1);
    for (int64_t i = 0; i < 300; i++)
        assert_int_equal(dict_contains(vm, d, from_small(i << 32)), i % 2);
    for (int64_t i = 0; i < 300; i += 2)
        assert_true(dict_set(vm, d, from_small(i << 32), from_small(-i)));
    check_shape(vm, d);
    script(&m, "class Same:\n"
               "    def __init__(self, n): self.n = n\n"
               "    def __hash__(self): return 42\n"
               "    def __eq__(self, o): return isinstance(o, Same) and self.n == o.n\n"
               "d = {Same(i): i for i in range(50)}\n"
               "for i in range(0, 50, 3): del d[Same(i)]\n");
    expect(&m, "len(d), d[Same(1)], d.get(Same(3)), d[Same(49)]", "(33, 1, None, 49)");
    machine_stop(&m);
}

// Comparison of keys runs a script that changes the dict: an answer, and a sound table.
static void test_hostile_keys(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m,
           "class Evil:\n"
           "    action = None\n"
           "    def __hash__(self): return 7\n"
           "    def __eq__(self, other):\n"
           "        if Evil.action: Evil.action()\n"
           "        return self is other\n"
           "def attempt(action, use):\n"
           "    Evil.action = None\n"
           "    d = {Evil(): i for i in range(5)}\n"
           "    Evil.action = lambda: action(d)\n"
           "    try: use(d)\n"
           "    except (RuntimeError, KeyError): pass\n"
           "    Evil.action = None\n"
           "    assert len(list(d)) == len(d) == len(list(d.items()))\n"
           "count = 0\n"
           "def grow(d):\n"
           "    global count\n"
           "    count += 1\n"
           "    for i in range(50): d[count * 1000 + i] = i\n"
           "actions = [lambda d: d.clear(), lambda d: d.popitem() if d else 0, lambda d: d.update({8: 1}), grow]\n"
           "uses = [lambda d: d.get(Evil()), lambda d: d.setdefault(Evil(), 1), lambda d: d.pop(Evil(), 1),\n"
           "        lambda d: d.__setitem__(Evil(), 2), lambda d: Evil() in d, lambda d: d == {Evil(): 1},\n"
           "        lambda d: d | {Evil(): 1}, lambda d: d.update([(Evil(), 1)]), lambda d: d.__delitem__(Evil())]\n"
           "for a in actions:\n"
           "    for u in uses:\n"
           "        count = 0\n"
           "        attempt(a if a is not grow else (lambda d: grow(d) if count < 3 else None), u)\n");
    machine_stop(&m);
}

static void test_many(void **state)
{
    (void)state;
    enum { N = 100000 };
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    for (int64_t i = 0; i < N; i++)
        assert_true(dict_set(vm, d, from_small(i * 7919), from_small(i)));
    assert_int_equal(d->count, N);
    for (int64_t i = 0; i < N; i++)
        assert_true(dict_get(vm, d, from_small(i * 7919)) == from_small(i));
    assert_int_equal(dict_contains(vm, d, from_small(1)), 0);
    Dict *copy = dict_copy(vm, d);
    assert_int_equal(copy->count, N);
    assert_int_equal(dict_equal(vm, d, copy), 1);
    for (int64_t i = 0; i < N; i += 2)
        assert_int_equal(dict_delete(vm, d, from_small(i * 7919), NULL), 1);
    check_shape(vm, d);
    assert_int_equal(copy->count, N);
    assert_int_equal(dict_equal(vm, d, copy), 0);
    Dict *reserved = dict_new(vm, N);
    const DictEntry *entries = reserved->entries;
    for (int64_t i = 0; i < N; i++)
        assert_true(dict_set(vm, reserved, from_small(i), VALUE_NONE));
    assert_ptr_equal(reserved->entries, entries); // room at once
    machine_stop(&m);
}

static void test_move(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    for (int i = 0; i < 20; i++)
        assert_true(dict_set(vm, d, from_small(i), from_small(i)));
    for (int i = 0; i < 1000; i++)
        assert_int_equal(dict_move_key(vm, d, from_small(i * 7 % 20), i % 2), 1);
    assert_int_equal(dict_move_key(vm, d, from_small(50), true), 0);
    assert_int_equal(dict_move_key(vm, d, from_small(5), false), 1);
    assert_int_equal(dict_move_key(vm, d, from_small(6), true), 1);
    assert_int_equal(as_small(d->entries[dict_forward(d, 0)].key), 5);
    assert_int_equal(as_small(d->entries[dict_backward(d, d->used)].key), 6);
    check_shape(vm, d);
    machine_stop(&m);
}

// Random work beside a plain model.
static void test_model(void **state)
{
    (void)state;
    enum { KEYS = 97 };
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    Dict *d = dict_new(vm, 0);
    int64_t model[KEYS] = {0}; // 0: absent
    uint32_t seed = 12345;
    for (int round = 1; round < 50000; round++) {
        seed = seed * 1664525 + 1013904223;
        int key = (int)(seed >> 8) % KEYS, what = (int)(seed >> 24) % 8;
        Value k = key % 3 ? from_small(key) : key_of(vm, key);
        if (what < 4) {
            assert_true(dict_set(vm, d, k, from_small(round)));
            model[key] = round;
        } else if (what < 7) {
            assert_int_equal(dict_delete(vm, d, k, NULL), model[key] != 0);
            model[key] = 0;
        } else {
            Value got = dict_get(vm, d, k);
            assert_true(model[key] ? got == from_small(model[key]) : got == VALUE_EMPTY);
        }
        if (round % 5000 == 0)
            check_shape(vm, d);
    }
    int64_t live = 0;
    for (int i = 0; i < KEYS; i++)
        live += model[i] != 0;
    assert_int_equal(live, d->count);
    machine_stop(&m);
}

static void test_errors(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    char text[128];
    Dict *d = dict_new(vm, 0);
    Value list = from_object(list_new(vm, 0));
    assert_false(dict_set(vm, d, list, VALUE_NONE));
    assert_string_equal(machine_error(&m, text, sizeof text), "TypeError: unhashable type: 'list'");
    assert_true(dict_get(vm, d, list) == VALUE_EMPTY);
    assert_string_equal(machine_error(&m, text, sizeof text), "TypeError: unhashable type: 'list'");
    assert_int_equal(dict_delete(vm, d, list, NULL), -1);
    error_clear(vm);
    assert_int_equal(dict_contains(vm, d, list), -1);
    error_clear(vm);
    assert_int_equal(d->count, 0);
    expect_error(&m, "d = {1: 1}\nfor k in d: d[k + 1] = 1", "RuntimeError: dictionary changed size during iteration");
    machine_stop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_delete),
        cmocka_unit_test(test_holes_are_reused),
        cmocka_unit_test(test_keys_version),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_equal_numbers),
        cmocka_unit_test(test_collisions),
        cmocka_unit_test(test_hostile_keys),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
