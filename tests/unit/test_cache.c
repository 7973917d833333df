// SPDX-License-Identifier: MIT
//
// vm/interp: inline caches and specialised instructions stay right when what they rely on changes: classes, bases,
// shapes, globals, builtins, operand types. Every script runs its code hot first, so that the instruction is
// specialised, then changes the world, then asks again. And the rewriting does happen: counted in the instructions
// themselves.
#include "vm_fixture.h"

// How often `op` stands in the code of a global function.
static int count_ops(Machine *m, const char *name, Opcode op)
{
    const Code *code = as_function(global(m, name))->code;
    int count = 0;
    for (uint32_t i = 0; i < code->instr_count; i++)
        count += code->instrs[i].op == op;
    return count;
}

static void test_specialised(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "class P:\n"
               "    def __init__(self, x): self.x = x\n"
               "    def get(self): return self.x\n"
               "K = 3\n"
               "def use(p): return p.get() + p.x + K + len('abc')\n"
               "def add(a, b): return a + b\n"
               "def count(n):\n"
               "    t = 0\n"
               "    for i in range(n): t += i\n"
               "    return t\n"
               "p = P(1)\n"
               "for i in range(100): use(p), add(1.5, 2.5), count(3)\n");
    assert_int_equal(count_ops(&m, "use", OP_LOAD_ATTR_SLOT), 1);
    assert_int_equal(count_ops(&m, "use", OP_LOAD_METHOD_FUNC), 1);
    assert_true(count_ops(&m, "use", OP_LOAD_GLOBAL_PLACE) == 2);
    assert_int_equal(count_ops(&m, "add", OP_ADD_F), 1);
    assert_int_equal(count_ops(&m, "count", OP_FOR_RANGE), 1);
    expect(&m, "use(p), add('a', 'b'), add([1], [2]), add(1, 2.5), add(2, 3), count(5)",
           "(8, 'ab', [1, 2], 3.5, 5, 10)");
    machine_stop(&m);
}

static void test_attributes(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "class A:\n"
               "    c = 'class'\n"
               "    def m(self): return 'm'\n"
               "def c(o): return o.c\n"
               "def m(o): return o.m()\n"
               "def hot(f, *a):\n"
               "    for i in range(50): r = f(*a)\n"
               "    return r\n"
               "a = A()\n");
    expect(&m, "hot(c, a), hot(m, a)", "('class', 'm')");
    script(&m, "A.c = 'changed'; A.m = lambda self: 'm2'");
    expect(&m, "c(a), m(a)", "('changed', 'm2')");
    script(&m, "a.c = 'own'; a.m = lambda: 'own m'"); // an instance attribute hides a class attribute
    expect(&m, "hot(c, a), hot(m, a)", "('own', 'own m')");
    script(&m, "del a.c, a.m");
    expect(&m, "c(a), m(a)", "('changed', 'm2')");
    script(&m, "A.c = property(lambda self: 'property')"); // a data descriptor goes first
    script(&m, "a.__dict__['c'] = 'hidden'");
    expect(&m, "hot(c, a)", "'property'");
    script(&m, "del A.c");
    expect(&m, "c(a)", "'hidden'");
    script(&m, "del A.m");
    expect_error(&m, "m(a)", "AttributeError: 'A' object has no attribute 'm'");
    script(&m, "A.__getattr__ = lambda self, name: (lambda: 'dynamic ' + name)");
    expect(&m, "hot(m, a)", "'dynamic m'");
    script(&m, "A.__getattribute__ = lambda self, name: (lambda: 'total ' + name)");
    expect(&m, "hot(m, a)", "'total m'");
    script(&m, "del A.__getattribute__; A.m = lambda self: 'm3'");
    expect(&m, "m(a)", "'m3'");
    machine_stop(&m);
}

static void test_bases(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "class X:\n"
               "    def f(self): return 'X'\n"
               "class Y:\n"
               "    def f(self): return 'Y'\n"
               "class B(X): pass\n"
               "class C(B): pass\n"
               "def f(o): return o.f()\n"
               "def s(o): return super(C, o).f()\n"
               "c = C()\n"
               "for i in range(50): f(c), s(c)\n");
    expect(&m, "f(c), s(c)", "('X', 'X')");
    script(&m, "B.f = lambda self: 'B'"); // a class in the middle
    expect(&m, "f(c), s(c)", "('B', 'B')");
    script(&m, "del B.f\nB.__bases__ = (Y,)");
    expect(&m, "f(c), s(c)", "('Y', 'Y')");
    script(&m, "Y.f = lambda self: 'Y2'");
    expect(&m, "f(c), s(c)", "('Y2', 'Y2')");
    expect(&m, "C.__mro__ == (C, B, Y, object), X.__subclasses__(), Y.__subclasses__() == [B]", "(True, [], True)");
    expect_error(&m, "B.__bases__ = (C,)", "TypeError: a __bases__ item causes an inheritance cycle");
    expect_error(&m,
                 "class Z(X, Y): pass\nclass W(Y): pass\nclass Q(W, X): pass\nW.__bases__ = (Z,)\nQ.__bases__ = (X, W)",
                 "TypeError: Cannot create a consistent method resolution\norder (MRO) for bases X, W");
    script(&m, "class D:\n    def f(self): return 'D'\nc.__class__ = D");
    expect(&m, "f(c)", "'D'");
    script(&m, "X.f = lambda self: 'nobody asks'");
    expect(&m, "f(c), f(C())", "('D', 'Y2')");
    machine_stop(&m);
}

static void test_shapes(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "class P: pass\n"
               "def x(p): return p.x\n"
               "def put(p, v): p.x = v\n"
               "a, b, c = P(), P(), P()\n"
               "a.x = 1; a.y = 2\n"
               "b.y = 3; b.x = 4\n"                      // the other order: another shape
               "for i in range(30): c.__dict__['k%d' % i] = i\n"
               "c.x = 5\n"
               "def all_(): return [x(p) for p in (a, b, c)]\n"
               "for i in range(50): all_()\n");
    expect(&m, "all_()", "[1, 4, 5]");
    script(&m, "for i in range(50):\n    for p in (a, b, c): put(p, i)\n");
    expect(&m, "all_(), sorted(a.__dict__), list(b.__dict__)", "([49, 49, 49], ['x', 'y'], ['y', 'x'])");
    script(&m, "del a.x");
    expect_error(&m, "x(a)", "AttributeError: 'P' object has no attribute 'x'");
    script(&m, "put(a, 7)\nb.__dict__ = {'x': 'new dict'}");
    expect(&m, "all_(), list(a.__dict__)", "([7, 'new dict', 49], ['y', 'x'])");
    // New attributes through one instruction, for objects of several shapes.
    script(&m, "def init(p, i):\n"
               "    p.first = i\n"
               "    p.second = i + 1\n"
               "objects = []\n"
               "for i in range(60):\n"
               "    p = P()\n"
               "    if i % 3 == 1: p.before = 0\n"
               "    init(p, i); objects.append(p)\n");
    expect(&m, "all(p.first + 1 == p.second == i + 1 for i, p in enumerate(objects))", "True");
    // More attributes than inline slots.
    script(&m, "class W: pass\nwide = []\nfor k in range(5):\n    w = W()\n    for i in range(100): setattr(w, 'a%d' % "
               "i, k * i)\n"
               "    wide.append(w)\ndef far(w): return w.a99 + w.a0\n");
    expect(&m, "[far(w) for i in range(20) for w in wide][-5:]", "[0, 99, 198, 297, 396]");
    script(&m, "class R:\n    __slots__ = ('x', 'y')\nr = R()\nfor i in range(50): put(r, i)\n");
    expect(&m, "x(r)", "49");
    expect_error(&m, "r.z = 1", "AttributeError: 'R' object has no attribute 'z'");
    script(&m, "got = []\nP.x = property(lambda p: 'read', lambda p, v: got.append(v))\nput(a, 'through')");
    expect(&m, "got, x(a)", "(['through'], 'read')");
    machine_stop(&m);
}

static void test_globals(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "v = 1\n"
               "def get(): return v\n"
               "def length(x): return len(x)\n"
               "for i in range(50): get(), length('ab')\n");
    expect(&m, "get(), length('ab')", "(1, 2)");
    script(&m, "v = 2");
    expect(&m, "get()", "2");
    script(&m, "for i in range(100): globals()['g%d' % i] = i"); // the table moves
    expect(&m, "get()", "2");
    script(&m, "def len(x): return 'mine'");
    expect(&m, "length('ab')", "'mine'");
    script(&m, "del len");
    expect(&m, "length('ab')", "2");
    script(&m, "del v");
    expect_error(&m, "get()", "NameError: name 'v' is not defined");
    script(&m, "v = 3");
    expect(&m, "get()", "3");
    script(&m, "space = {'v': 'other'}\nexec('def get2(): return v', space)\nfor i in range(50): "
               "space['get2']()\nspace['v'] = 'changed'");
    expect(&m, "space['get2'](), get()", "('changed', 3)");
    // One code object, several namespaces; a namespace that is emptied; a place that another name takes.
    script(&m, "code = compile('def get3(): return v', '<c>', 'exec')\n"
               "one, two = {'v': 1}, {'v': 2}\n"
               "exec(code, one), exec(code, two)\n"
               "for i in range(50): one['get3'](), two['get3']()\n");
    expect(&m, "one['get3'](), two['get3']()", "(1, 2)");
    script(&m, "three = {'get4': 0, 'v': 'v'}\n"
               "exec('def get4(): return v', three)\n"
               "get4 = three['get4']\n"
               "for i in range(50): get4()\n"
               "three.pop('__builtins__', 0), three.popitem()\n"
               "three['w'] = 'w'\n");
    expect_error(&m, "get4()", "NameError: name 'v' is not defined");
    script(&m, "three['v'] = 'again'\nfor i in range(50): get4()\nthree.clear(); three['x'] = 1");
    expect_error(&m, "get4()", "NameError: name 'v' is not defined");
    // A builtin that is replaced.
    assert_true(dict_set_text(m.vm, m.vm->builtins, "planted", from_small(1)));
    script(&m, "def p(): return planted\nfor i in range(50): p()");
    assert_true(dict_set_text(m.vm, m.vm->builtins, "planted", from_small(2)));
    expect(&m, "p()", "2");
    script(&m, "planted = 3");
    expect(&m, "p()", "3");
    machine_stop(&m);
}

static void test_operands(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def ops(a, b): return [a + b, a - b, a * b, a < b, a == b, a != b]\n"
               "class V:\n"
               "    def __init__(self, n): self.n = n\n"
               "    def __add__(self, o): return 'add'\n"
               "    def __sub__(self, o): return 'sub'\n"
               "    def __mul__(self, o): return 'mul'\n"
               "    def __lt__(self, o): return 'lt'\n"
               "    def __eq__(self, o): return 'eq'\n"
               "    __hash__ = None\n"
               "pairs = [(1, 2), (1.5, 2), (2, 1.5), (1.5, 2.5), (True, 2), (2 ** 60, 3), (1.0, 2 ** 70), (V(1), "
               "V(2)), (5, 5)]\n"
               "first = [ops(a, b) for a, b in pairs]\n");
    for (int i = 0; i < 4; i++) // each kind has its turn to be the one the instruction was made for
        script(&m, "for a, b in pairs:\n    for i in range(20): ops(a, b)\n    assert [ops(a, b) for a, b in pairs] == "
                   "first\n");
    expect(&m, "first[3], first[7]",
           "([4.0, -1.0, 3.75, True, False, True], ['add', 'sub', 'mul', 'lt', 'eq', False])");
    script(&m, "v = V(1)\nV.__add__ = lambda s, o: 'changed'");
    expect(&m, "ops(v, v)[0]", "'changed'");
    script(&m, "class L(list):\n    def __getitem__(self, i): return 'L%d' % i\n"
               "def item(o, i): return o[i]\n"
               "things = [[10, 20], (30, 40), 'xy', {1: 'd'}, L([1, 2]), b'ab', range(5, 9)]\n");
    expect(&m, "[item(t, 1) for i in range(30) for t in things][-7:]", "[20, 40, 'y', 'd', 'L1', 98, 6]");
    expect_error(&m, "item([1], 1)", "IndexError: list index out of range");
    expect_error(&m, "item({}, 'k')", "KeyError: 'k'");
    machine_stop(&m);
}

static void test_loops(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def walk(it):\n"
               "    out = []\n"
               "    for x in it: out.append(x)\n"
               "    return out\n"
               "def gen():\n"
               "    yield 1\n"
               "    yield 2\n"
               "class I:\n"
               "    def __init__(self): self.n = 0\n"
               "    def __iter__(self): return self\n"
               "    def __next__(self):\n"
               "        self.n += 1\n"
               "        if self.n > 2: raise StopIteration\n"
               "        return self.n\n"
               "makers = [lambda: [1, 2], lambda: range(1, 3), lambda: (1, 2), gen, I, lambda: {1: 0, 2: 0}, lambda: "
               "map(int, '12')]\n");
    for (int i = 0; i < 3; i++)
        expect(&m, "{tuple(walk(make())) for i in range(20) for make in makers}", "{(1, 2)}");
    expect(&m, "[walk(range(3, 0, -1)), walk(range(2 ** 60, 2 ** 60 + 2)), walk(range(0))]",
           "[[3, 2, 1], [1152921504606846976, 1152921504606846977], []]");
    script(&m, "l = [1, 2, 3]\ndef shrink():\n    n = 0\n    for x in l:\n        l.pop(); n += 1\n    return n\n");
    expect(&m, "shrink(), l", "(2, [1])");
    machine_stop(&m);
}

static void test_calls(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "class A:\n"
               "    def __init__(self, n): self.n = n\n"
               "def make(cls, *a): return cls(*a)\n"
               "def make1(cls): return cls(5)\n"
               "for i in range(50): make1(A)\n");
    expect(&m, "make1(A).n", "5");
    script(&m, "A.__init__ = lambda self, n: setattr(self, 'n', n * 2)");
    expect(&m, "make1(A).n", "10");
    script(&m, "A.__new__ = lambda cls, n: 'from new'");
    expect(&m, "make1(A)", "'from new'");
    script(&m, "del A.__new__, A.__init__");
    expect_error(&m, "make1(A)", "TypeError: A() takes no arguments");
    expect_error(&m, "class B:\n    def __init__(self, x): return 3\nmake1(B)",
                 "TypeError: __init__() should return None, not 'int'");
    script(&m, "class Meta(type):\n    def __call__(cls, n): return ('meta', n)\nclass C(metaclass=Meta): pass\n");
    expect(&m, "[make1(x) for i in range(30) for x in (C, int, str, lambda n: n + 1)][-4:]",
           "[('meta', 5), 5, '5', 6]");
    script(&m, "def target(a): return a\ndef call(): return target(1)\nfor i in range(50): call()\n"
               "def other(a, b=2): return a + b\ntarget.__code__ = other.__code__; target.__defaults__ = (10,)");
    expect(&m, "call()", "11");
    script(&m, "def target(a, *rest, k=7): return (a, rest, k)");
    expect(&m, "call()", "(1, (), 7)");
    machine_stop(&m);
}

// Loops over pairs: one site fed with one kind of iterator after the other.
static void test_pair_loops(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "def walk(it):\n"
               "    out = []\n"
               "    for a, b in it: out.append((a, b))\n"
               "    return out\n"
               "def keep(it):\n"
               "    out = []\n"
               "    for a in it: b, c = a; out.append(a)\n"
               "    return out\n");
    expect(&m, "walk(enumerate('ab'))", "[(0, 'a'), (1, 'b')]");
    assert_int_equal(count_ops(&m, "walk", OP_FOR_PAIR), 1);
    expect(&m, "walk(zip([1], [2])), walk({3: 4}.items())", "([(1, 2)], [(3, 4)])");
    assert_int_equal(count_ops(&m, "walk", OP_FOR_PAIR), 1);
    expect(&m, "walk([(5, 6), 'xy'])", "[(5, 6), ('x', 'y')]"); // no iterator of pairs: back to the general form
    assert_int_equal(count_ops(&m, "walk", OP_FOR_PAIR), 0);
    expect_error(&m, "walk(zip([1], [2], [3]))", "ValueError: too many values to unpack (expected 2)");
    expect(&m, "walk((x, x) for x in 'p'), walk(enumerate([7], 1))", "([('p', 'p')], [(1, 7)])");
    assert_int_equal(count_ops(&m, "walk", OP_FOR_PAIR), 1);
    expect(&m, "keep(enumerate('ab')), keep(zip([1], [2]))", "([(0, 'a'), (1, 'b')], [(1, 2)])");
    assert_int_equal(count_ops(&m, "keep", OP_FOR_PAIR), 0); // the pair itself is used
    machine_stop(&m);
}

// list.append in line, and everything else that may stand at such a place.
static void test_append(void **state)
{
    (void)state;
    Machine m;
    machine_start(&m);
    script(&m, "class L(list):\n"
               "    def append(self, x): super().append(x * 2)\n"
               "class Own:\n"
               "    def append(self, x): self.x = x\n"
               "class Keeps(list): pass\n"
               "def put(o, x):\n"
               "    r = o.append(x)\n"
               "    return o, r\n");
    expect(&m, "put([1], 2), put([], 3)", "(([1, 2], None), ([3], None))");
    assert_int_equal(count_ops(&m, "put", OP_CALL_APPEND), 1);
    expect(&m, "put(L(), 4), put(Keeps([0]), 5), put(Own(), 6)[0].x, put(bytearray(), 7)",
           "(([8], None), ([0, 5], None), 6, (bytearray(b'\\x07'), None))");
    expect(&m, "put([1], 2)", "([1, 2], None)");
    expect_error(&m, "put((), 1)", "AttributeError: 'tuple' object has no attribute 'append'");
    script(&m, "o = Own(); o.append = lambda x: 'own ' + x");
    expect(&m, "put(o, 'q')[1], put([], o)[1]", "('own q', None)");
    machine_stop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specialised), cmocka_unit_test(test_attributes), cmocka_unit_test(test_bases),
        cmocka_unit_test(test_shapes),      cmocka_unit_test(test_globals),    cmocka_unit_test(test_operands),
        cmocka_unit_test(test_loops),       cmocka_unit_test(test_calls),      cmocka_unit_test(test_pair_loops),
        cmocka_unit_test(test_append),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
