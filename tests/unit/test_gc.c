// SPDX-License-Identifier: MIT
//
// vm/memory: the collector and the memory of a VM. What is reachable lives, what is not goes; the barrier keeps what an
// incremental mark would miss; weak references and finalizers see a death once; a cap is a MemoryError and no more than
// that; every single refusal of memory while a VM starts or runs is survived; and at the end nothing is left.
#include "vm_fixture.h"

#include "vm/memory/heap.h"

// C stacks are scanned conservatively: an address that a finished call left in dead stack words may keep an object. So
// what must die is made in many copies by a call of its own, and nearly all of them have to go.
#define MANY 200
#define FEW 20

__attribute__((noinline)) static void clear_stack(void)
{
    volatile char waste[16384];
    memset((char *)waste, 0, sizeof waste);
}

static void collect(Machine *m)
{
    clear_stack();
    gc_collect(m->vm);
    clear_stack();
    gc_collect(m->vm);
    heap_sweep_all(m->vm);
}

typedef struct Census {
    size_t objects;
    const Shape *shape;
} Census;

static void count_object(void *context, Object *o)
{
    Census *census = context;
    census->objects += !census->shape || o->shape == census->shape;
}

static size_t objects_of(Machine *m, Kind kind)
{
    Census census = {.shape = m->vm->types[kind]->root};
    gc_each_object(m->vm, count_object, &census);
    return census.objects;
}

// ---- Life and death ----

__attribute__((noinline)) static void make_garbage(Machine *m, int count)
{
    for (int i = 0; i < count; i++) {
        List *outer = list_new(m->vm, 1), *inner = list_new(m->vm, 1);
        assert_true(outer && inner && list_append(m->vm, outer, from_object(inner)));
        assert_true(list_append(m->vm, inner, from_object(outer))); // a cycle
    }
}

static void test_garbage_goes(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    collect(&m);
    size_t before = objects_of(&m, KIND_LIST);
    make_garbage(&m, 10000);
    assert_true(objects_of(&m, KIND_LIST) >= before + 20000);
    collect(&m);
    assert_in_range(objects_of(&m, KIND_LIST), before, before + FEW);
    machine_stop(&m);
}

static void test_roots_stay(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    // Through a root, through a pin, through a local variable of C, through the namespace.
    Pin pin = {.value = from_object(str_from(m.vm, "pinned text"))};
    m.vm->pins = &pin;
    m.vm->roots[1] = from_object(str_from(m.vm, "rooted text"));
    Str *local = str_from(m.vm, "local text");
    script(&m, "kept = [[str(i) + '!' for i in range(1000)] for j in range(10)]");
    make_garbage(&m, 1000);
    collect(&m);
    assert_string_equal(as_str(pin.value)->data, "pinned text");
    assert_string_equal(as_str(m.vm->roots[1])->data, "rooted text");
    assert_string_equal(local->data, "local text");
    expect(&m, "kept[9][999] + kept[0][0]", "'999!0!'");
    m.vm->pins = NULL;
    machine_stop(&m);
}

static void test_buffers(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    VM *vm = m.vm;
    for (size_t size = 1; size < 300000; size = size * 3 / 2 + 1) {
        char *p = gc_buffer(vm, size);
        assert_non_null(p);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 1, size);
        size_t larger = size * 2 + 5;
        p = gc_buffer_resize(vm, p, size, larger);
        assert_non_null(p);
        for (size_t i = 0; i < larger; i += 7)
            assert_int_equal(p[i], i < size);
        p = gc_buffer_resize(vm, p, larger, size / 2 + 1);
        assert_int_equal(p[size / 2], size / 2 < size);
        gc_buffer_free(vm, p, size / 2 + 1);
    }
    assert_non_null(gc_buffer_resize(vm, NULL, 0, 10));
    machine_stop(&m);
}

// Sizes around each boundary of the heap: cells, whole blocks, chunks, regions of their own.
static const size_t sizes[] = {16,
                               17,
                               SMALL_MAX - 1,
                               SMALL_MAX,
                               SMALL_MAX + 1,
                               BLOCK_SIZE - 1,
                               BLOCK_SIZE,
                               BLOCK_SIZE + 1,
                               BLOCK_SIZE * 31,
                               BLOCK_SIZE * 63,
                               BLOCK_SIZE * 64,
                               BLOCK_SIZE * 65,
                               10u << 20};
#define SIZES (sizeof sizes / sizeof *sizes)

__attribute__((noinline)) static void fill_sizes(Machine *m, List *keep)
{
    keep->count = 0;
    for (size_t i = 0; i < SIZES; i++) {
        Str *s = str_alloc(m->vm, sizes[i], sizes[i]);
        assert_non_null(s);
        memset(s->data, (int)('a' + i), sizes[i]);
        assert_true(list_append(m->vm, keep, from_object(s)));
    }
}

__attribute__((noinline)) static void check_sizes(const List *keep)
{
    for (size_t i = 0; i < SIZES; i++) {
        Str *s = as_str(keep->items[i]);
        assert_int_equal(s->data[0], 'a' + i);
        assert_int_equal(s->data[sizes[i] - 1], 'a' + i);
    }
}

static void test_large_objects(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    List *keep = list_new(m.vm, 32);
    size_t start = m.vm->gc.bytes;
    for (int round = 0; round < 4; round++) {
        fill_sizes(&m, keep);
        collect(&m);
        check_sizes(keep);
    }
    keep->count = 0;
    memset(keep->items, 0, (size_t)keep->capacity * sizeof(Value));
    collect(&m);
    // Very large ones go back to the allocator.
    assert_in_range(m.vm->gc.bytes, 0, start + (4u << 20));
    machine_stop(&m);
}

// ---- The incremental mark ----

// A cycle is under way; nothing that is reachable at its end may be lost, wherever it hides.
static void run_until_marking(Machine *m)
{
    for (int i = 0; i < 100000 && !m->vm->gc.marking; i++)
        assert_non_null(list_new(m->vm, 64));
    assert_true(m->vm->gc.marking);
}

static void finish_marking(Machine *m)
{
    uint64_t collections = m->vm->gc.collections;
    for (int i = 0; i < 1000000 && m->vm->gc.collections == collections; i++)
        assert_non_null(list_new(m->vm, 64));
    assert_int_equal(m->vm->gc.collections, collections + 1);
}

static void test_barrier(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "old = [None]; table = {}; text = 'te' + str(1)\n"
               "class C: pass\n"
               "o = C(); o.a = 1\n"
               "def late():\n"
               "    old[0] = [text + '1']\n"         // new values into objects that may be black already
               "    table['k'] = [text + '2']\n"
               "    o.b = [text + '3']\n"
               "    o.a = [text + '4']\n"
               "    C.attribute = [text + '5']\n"
               "    globals()['made'] = [text + '6']\n");
    for (int round = 0; round < 5; round++) {
        run_until_marking(&m);
        while (m.vm->gc.marking && m.vm->gc.heap->stack_count) // let the marker come past the old objects
            assert_non_null(list_new(m.vm, 64));
        script(&m, "late()");
        if (m.vm->gc.marking)
            finish_marking(&m);
        make_garbage(&m, 20000);
        expect(&m, "[old, table, o.b, o.a, C.attribute, made]",
               "[[['te11']], {'k': ['te12']}, ['te13'], ['te14'], ['te15'], ['te16']]");
        collect(&m);
    }
    machine_stop(&m);
}

// A value moves from an object not yet looked at into one that is done, and disappears from the former.
static void test_hidden_move(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "boxes = [[['value' + str(i)]] for i in range(20000)]\n"
               "def shift():\n"
               "    first = boxes[0].pop()\n"
               "    for i in range(1, len(boxes)):\n"
               "        boxes[i - 1].append(boxes[i].pop())\n"
               "    boxes[-1].append(first)\n");
    for (int round = 0; round < 6; round++) {
        run_until_marking(&m);
        script(&m, "shift()");
    }
    collect(&m);
    expect(&m, "[b[0][0] for b in boxes] == ['value' + str((i + 6) % 20000) for i in range(20000)]", "True");
    machine_stop(&m);
}

// Values move within a large list, and between it and others, while it is looked at in pieces.
static void test_large_moves(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "big = [['value' + str(i)] for i in range(60000)]\n"
               "table = {i: ['entry' + str(i)] for i in range(30000)}\n"
               "def stir(k):\n"
               "    big.reverse()\n"
               "    big.insert(0, big.pop())\n"
               "    big[k], big[-k] = big[-k], big[k]\n"
               "    big.append(table.pop(k))\n"
               "    table[k] = big.pop(100)\n");
    for (int round = 0; round < 3; round++) {
        run_until_marking(&m);
        for (int k = 1; m.vm->gc.marking && k < 400; k++) {
            char call[32];
            snprintf(call, sizeof call, "stir(%d)", k);
            script(&m, call);
            for (int i = 0; i < 40; i++)
                assert_non_null(list_new(m.vm, 64));
        }
        make_garbage(&m, 20000);
        collect(&m);
        make_garbage(&m, 20000);
        expect(&m, "sorted([b[0] for b in big] + [b[0] for b in table.values()]) == "
                   "sorted(['value%d' % i for i in range(60000)] + ['entry%d' % i for i in range(30000)])", "True");
    }
    machine_stop(&m);
}

// However large a container is, a step looks at a part of it.
static void test_large_steps(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "numbers = [1.5 + i for i in range(2000000)]\n"
               "words = {str(i) for i in range(200000)}\n");
    run_until_marking(&m);
    while (m.vm->gc.marking) {
        size_t before = m.vm->gc.heap->work;
        assert_non_null(list_new(m.vm, 64));
        assert_in_range(m.vm->gc.heap->work - before, 0, 2u << 20);
    }
    machine_stop(&m);
}

// The dict of a native type is empty until it is asked for, and stays so when there is no memory to fill it.
static void test_lazy_types(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    Type *t = m.vm->types[KIND_COMPLEX];
    Str *name = str_intern_text(m.vm, "conjugate", 9);
    assert_true(t->flags & TYPE_LAZY);
    gc_fail_cells(m.vm, 3, true);
    assert_true(type_lookup(m.vm, t, name) == VALUE_EMPTY);
    assert_true(m.vm->error == m.vm->memory_error);
    gc_fail_cells(m.vm, 0, false);
    m.vm->error = VALUE_EMPTY;
    assert_true(type_lookup(m.vm, t, name) != VALUE_EMPTY);
    assert_false(t->flags & TYPE_LAZY);
    expect(&m, "(1+2j).conjugate(), 'conjugate' in dir(complex)", "((1-2j), True)");
    machine_stop(&m);
}

// The pause of a step does not grow with what is alive: marking goes on while the script runs.
static void test_incremental(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "alive = [[i] for i in range(200000)]");
    collect(&m);
    uint64_t before = m.vm->gc.collections;
    run_until_marking(&m);
    size_t steps = 0;
    for (; m.vm->gc.marking && steps < 1000000; steps++)
        assert_non_null(list_new(m.vm, 64));
    assert_int_equal(m.vm->gc.collections, before + 1);
    assert_true(steps > 500); // many allocations passed before it was done
    machine_stop(&m);
}

// ---- Weak references and finalizers ----

static void mark_reference(Gc *gc, Object *o)
{
    gc_mark(gc, ((WeakRef *)o)->callback); // and not the referent
}

static const TypeOps reference_ops = {.mark = mark_reference};
static const TypeDef reference_def = {.name = "reference",
                                      .kind = KIND_OTHER,
                                      .size = sizeof(WeakRef),
                                      .ops = &reference_ops,
                                      .flags = TYPE_NO_NEW | TYPE_NO_DICT};

__attribute__((noinline)) static void add_weakrefs(Machine *m, Value *refs, int count)
{
    Type *type = type_register(m->vm, &reference_def, NULL);
    for (int i = 0; i < count; i++) {
        WeakRef *r = type_alloc(m->vm, type, 0);
        List *target = list_new(m->vm, 0);
        assert_true(r && target);
        r->referent = from_object(target);
        r->callback = VALUE_NONE;
        r->hash = -1;
        gc_add_weakref(m->vm, r);
        assert_true(list_append(m->vm, as_list(refs[0]), from_object(r)));
        if (i % 2)
            assert_true(list_append(m->vm, as_list(refs[1]), from_object(target)));
    }
}

static void test_weakrefs(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    Value refs[2] = {from_object(list_new(m.vm, 0)), from_object(list_new(m.vm, 0))};
    add_weakrefs(&m, refs, MANY);
    collect(&m);
    int dead = 0;
    for (int i = 0; i < MANY; i++) {
        WeakRef *r = (WeakRef *)as_object(as_list(refs[0])->items[i]);
        if (i % 2)
            assert_true(r->referent == as_list(refs[1])->items[i / 2]); // somebody else holds it
        else
            dead += r->referent == VALUE_EMPTY;
    }
    assert_in_range(dead, MANY / 2 - FEW, MANY / 2);
    machine_stop(&m);
}

// Between the finish of the mark and the step that clears it, a weak reference to a dead object shows nothing.
static void test_weak_while_burying(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    enum { COUNT = 20000 };
    Value refs[2] = {from_object(list_new(m.vm, 0)), from_object(list_new(m.vm, 0))};
    add_weakrefs(&m, refs, COUNT);
    clear_stack();
    run_until_marking(&m);
    while (m.vm->gc.heap->phase != GC_DEAD_WEAKREFS)
        assert_non_null(list_new(m.vm, 64));
    for (int round = 0; round < 2; round++) {
        int dead = 0;
        for (int i = 0; i < COUNT; i++) {
            Value seen = gc_weak_referent(m.vm, (WeakRef *)as_object(as_list(refs[0])->items[i]));
            if (i % 2)
                assert_true(seen == as_list(refs[1])->items[i / 2]);
            else
                dead += seen == VALUE_EMPTY;
        }
        assert_in_range(dead, COUNT / 2 - FEW, COUNT / 2);
        collect(&m);
    }
    machine_stop(&m);
}

static void test_finalizers(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "log = []; saved = []\n"
               "class F:\n"
               "    def __init__(self, n): self.n = n\n"
               "    def __del__(self):\n"
               "        log.append(self.n)\n"
               "        if self.n == 7: saved.append(self)\n"
               "def make():\n"
               "    for i in range(200):\n"
               "        f = F(i); f.me = f\n");
    script(&m, "make()\ndef wipe(n):\n    return n and wipe(n - 1)\nwipe(50)\ngc_collect()");
    expect(&m, "len(log) >= 180, len(log) == len(set(log))", "(True, True)");
    script(&m, "saved.clear()\ngc_collect()\ngc_collect()");
    expect(&m, "log.count(7) <= 1", "True"); // never twice
    // An error in a finalizer is not the script's error.
    script(&m, "class G:\n    def __del__(self): 1 / 0\nfor i in range(100): G()\n");
    script(&m, "gc_collect()");
    machine_stop(&m);
}

static void test_stress(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def gen(n):\n"
               "    for i in range(n): yield [str(i) * 3]\n"
               "class P:\n"
               "    def __init__(self, **k): self.__dict__.update(k)\n"
               "def work():\n"
               "    d = {}\n"
               "    for i, s in enumerate(gen(12)):\n"
               "        d[s[0]] = P(a=i, b=[s, (i, s)])\n"
               "    try:\n"
               "        raise ValueError(f'{len(d)}')\n"
               "    except ValueError as e:\n"
               "        d['e'] = str(e) + '!'\n"
               "    return sorted(d)[:3], d['e'], [*map(str, sorted((lambda x: -x)(i) for i in range(5)))], 2 ** 200 "
               "// 3 ** 50\n"
               "plain = work()\n");
    m.vm->gc.stress = true;
    script(&m, "stressed = work()");
    m.vm->gc.stress = false;
    expect(&m, "plain == stressed", "True");
    machine_stop(&m);
}

// ---- Limits ----

static void test_cap(void **state)
{
    (void)state;
    static const char *const greedy[] = {
        "x = []\nwhile True: x.append([0] * 100)",
        "x = {}\nfor i in range(10 ** 9): x[i] = i",
        "x = 'a' * (1 << 30)",
        "x = [0] * (1 << 40)",
        "x = 1 << (1 << 36)",
        "x = 'x' * 1000\nwhile True: x += x",
        "x = set()\nfor i in range(10 ** 9): x.add(str(i))",
        "class N: pass\nx = None\nwhile True:\n    n = N(); n.next = x; n.text = 'a' + str(id(n)); x = n",
        "def g(): yield\nx = [g() for i in range(10 ** 9)]",
        "b = bytearray()\nwhile True: b += b'x' * 10000",
    };
    Machine m;
    machine_start_capped(&m, 16u << 20);
    script(&m, "x = n = b = None");
    Value names[] = {m.vm->latin1['x'], m.vm->latin1['n'], m.vm->latin1['b']};
    for (size_t i = 0; i < sizeof greedy / sizeof *greedy; i++) {
        char message[256];
        assert_true(machine_run(&m, greedy[i], COMPILE_EXEC) == VALUE_EMPTY);
        machine_error(&m, message, sizeof message);
        if (strncmp(message, "MemoryError", 11) != 0)
            fail_msg("%s: %s", greedy[i], message);
        assert_in_range(m.vm->gc.bytes, 0, 16u << 20);
        for (size_t k = 0; k < 3; k++) // what filled the memory goes; there may be none left to compile a statement
            assert_true(dict_set(m.vm, m.globals, names[k], VALUE_NONE));
        collect(&m);
        expect(&m, "sum([i * i for i in range(1000)])", "332833500"); // and life goes on
    }
    script(&m, "def fill():\n"
               "    x = []\n"
               "    try:\n"
               "        while True: x.append([0] * 100)\n"
               "    except MemoryError:\n"
               "        x = None\n"
               "        return [i for i in range(1000)][-1]\n");
    for (int i = 0; i < 3; i++)
        expect(&m, "fill()", "999"); // a handler that lets go can work at once
    expect_error(&m, "try:\n    x = [0] * (1 << 30)\nexcept MemoryError as e:\n    raise ValueError('seen')",
                 "ValueError: seen");
    machine_stop(&m);
}

// A VM that starts while the Nth request fails, or all from the Nth on, is NULL or whole, and leaves nothing behind.
static void test_start_refused(void **state)
{
    (void)state;
    for (size_t most = 0;; most += 4096) { // in bytes: each step refuses a little later
        Meter meter = {.most = most ? most : 1};
        Allocator allocator = {.realloc = meter_realloc, .context = &meter};
        VM *vm = vm_new(&allocator, 0, NULL, machine_hash_key);
        if (vm)
            vm_free(vm);
        assert_int_equal(meter.live, 0);
        assert_false(meter.lied);
        if (vm)
            break;
        assert_true(most < 64u << 20);
    }
}

typedef struct Refuser {
    Meter meter;
    size_t refuse_at; // the request that fails
    bool from;        // ... and all after it
    bool refused;
} Refuser;

static void *refuser_realloc(void *context, void *ptr, size_t old_size, size_t new_size)
{
    Refuser *r = context;
    if (new_size && (r->from ? r->meter.requests + 1 >= r->refuse_at : r->meter.requests + 1 == r->refuse_at)) {
        r->meter.requests++;
        r->refused = true;
        return NULL;
    }
    return meter_realloc(&r->meter, ptr, old_size, new_size);
}

static void test_start_refused_at(void **state)
{
    (void)state;
    for (int from = 0; from < 2; from++) {
        for (size_t n = 1;; n++) {
            Refuser r = {.refuse_at = n, .from = from};
            Allocator allocator = {.realloc = refuser_realloc, .context = &r};
            VM *vm = vm_new(&allocator, 0, NULL, machine_hash_key);
            vm_free(vm); // NULL, or whole: what was refused was growth that can wait
            assert_int_equal(r.meter.live, 0);
            assert_false(r.meter.lied);
            if (!r.refused)
                break;
            assert_true(n < 10000);
        }
    }
}

// The same with every single object and buffer of a script that is compiled and run.
static const char workload[] =
    "class A:\n"
    "    def __init__(self, n): self.n = n; self.text = 'n%d' % n\n"
    "    def __eq__(self, o): return self.n == o.n\n"
    "    def __hash__(self): return hash(self.n)\n"
    "def gen(n):\n"
    "    for i in range(n):\n"
    "        yield A(i)\n"
    "async def co(n):\n"
    "    return n and await co(n - 1)\n"
    "seen = {a: [a.text, {a.n}] for a in gen(20)}\n"
    "words = sorted((k.text for k in seen), key=len)\n"
    "try:\n"
    "    try:\n"
    "        {}['missing']\n"
    "    finally:\n"
    "        big = 3 ** 100 % 10 ** 20\n"
    "except KeyError as e:\n"
    "    words.append(repr(e))\n"
    "try:\n"
    "    co(5).send(None)\n"
    "except StopIteration as e:\n"
    "    words.append(f'{e.value!r:>{4}} {big:,}')\n"
    "result = ' '.join(words)[-20:]\n";

static void test_run_refused(void **state)
{
    (void)state;
    char message[256];
    for (int from = 0; from < 2; from++) {
        for (uint64_t n = 1;; n++) {
            Machine m;
            machine_start(&m);
            gc_fail_cells(m.vm, n, from);
            bool good = machine_run(&m, workload, COMPILE_EXEC) != VALUE_EMPTY;
            bool reached = m.vm->gc.allocations >= m.vm->gc.fail_at;
            gc_fail_cells(m.vm, 0, false);
            if (!good) {
                machine_error(&m, message, sizeof message);
                if (strncmp(message, "MemoryError", 11) != 0)
                    fail_msg("allocation %d: %s", (int)n, message);
                assert_true(reached);
            }
            script(&m, workload); // the VM still works
            expect(&m, "len(result)", "20");
            machine_stop(&m);
            if (!reached) {
                assert_true(n > 250); // every object was a point of its own
                break;
            }
            assert_true(n < 100000);
        }
    }
}

static void test_nothing_left(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, workload);
    script(&m, "g = gen(5)\nnext(g)\nc = co(3)\nimportant = [object() for i in range(1000)]"); // suspended things too
    machine_stop(&m);
}

static void test_two_machines(void **state)
{
    (void)state;
    Machine a, b;
    machine_start(&a);
    machine_start(&b);
    script(&a, "x = 'of a'");
    script(&b, "x = 'of b'");
    collect(&a);
    collect(&b);
    expect(&a, "x", "'of a'");
    expect(&b, "x", "'of b'");
    machine_stop(&a);
    expect(&b, "x", "'of b'");
    machine_stop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_garbage_goes),
        cmocka_unit_test(test_roots_stay),
        cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_large_objects),
        cmocka_unit_test(test_barrier),
        cmocka_unit_test(test_hidden_move),
        cmocka_unit_test(test_incremental),
        cmocka_unit_test(test_large_moves),
        cmocka_unit_test(test_large_steps),
        cmocka_unit_test(test_weak_while_burying),
        cmocka_unit_test(test_lazy_types),
        cmocka_unit_test(test_weakrefs),
        cmocka_unit_test(test_finalizers),
        cmocka_unit_test(test_stress),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_start_refused),
        cmocka_unit_test(test_start_refused_at),
        cmocka_unit_test(test_run_refused),
        cmocka_unit_test(test_nothing_left),
        cmocka_unit_test(test_two_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
