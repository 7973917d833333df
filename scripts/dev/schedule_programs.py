# SPDX-License-Identifier: MIT
"""Random task programs for scripts/dev/schedules: from a seed to a tree of statements, from the tree to source text.

A program is a main coroutine and a few functions t0, t1 ... that run as tasks. A function starts and awaits only those
after it, loops are counted, and the end of the program cancels what still waits: so every program ends, and no tasks
wait for each other in a ring. All else is allowed: any step may fail, block, be cancelled by anybody at any moment.

The tree exists for the minimiser: a statement is a list of lines and of blocks, a block is a list of statements.
"""
import random

TEXTS = ["x", "y", "why"]


class Statement:
    """Lines of text; a Block among them holds statements that are one level deeper."""

    def __init__(self, *parts):
        self.parts = list(parts)

    def blocks(self):
        return [p for p in self.parts if isinstance(p, Block)]


class Block:
    def __init__(self, statements, level=1):
        self.statements, self.level = statements, level


class Tree:
    """functions: (name, arguments, Block, kind), main first."""

    def __init__(self, seed, objects, functions):
        self.seed, self.objects, self.functions = seed, objects, functions

    def all_blocks(self):
        todo = [f[1] for f in self.functions]
        while todo:
            block = todo.pop()
            yield block
            for s in block.statements:
                todo.extend(s.blocks())


# ---- text

def render_block(block, indent, out):
    if not block.statements:
        out.append(" " * indent + "pass")
    for s in block.statements:
        for part in s.parts:
            if isinstance(part, Block):
                render_block(part, indent + 4 * part.level, out)
            else:
                out.append(" " * indent + part)


def render(tree, name="program"):
    """The source text of one program: a function that makes its main coroutine function."""
    out = [f"def {name}(p):"]
    for header, block in tree.functions[1:]:
        out += [f"    {header}"]
        render_block(block, 8, out)
        out.append("")
    out += ["    async def main():", f"        p.begin({tree.objects[0]}",
            f"                {tree.objects[1]})"]
    render_block(tree.functions[0][1], 8, out)
    out += ["", "    return main", ""]
    return "\n".join(out)


# ---- making

class Maker:
    def __init__(self, seed, newer):
        self.random = random.Random(seed * 2 + newer)
        self.newer = newer
        self.seed = seed
        self.steps = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, p):
        return self.random.random() < p

    def label(self):
        self.steps += 1
        return f'"{self.function}.{self.steps}"'

    # -- shared objects

    def choose_objects(self):
        r = self.random
        self.locks, self.events, self.conditions = r.randint(1, 2), r.randint(1, 2), r.randint(1, 2)
        semaphores = [r.randint(0, 2) for _ in range(r.randint(1, 2))]
        bounded = [r.randint(1, 2)] if self.chance(0.5) else []
        self.semaphores = len(semaphores) + len(bounded)
        barriers = [r.randint(1, 3)]
        self.barriers = len(barriers)
        queues = [(self.pick("Queue", "Queue", "LifoQueue", "PriorityQueue"), r.randint(0, 2))
                  for _ in range(r.randint(1, 2))]
        self.queues = len(queues)
        self.futures = r.randint(1, 3)
        return (f"locks={self.locks}, semaphores={semaphores}, bounded={bounded}, events={self.events},",
                f"conditions={self.conditions}, barriers={barriers}, queues={queues}, futures={self.futures}")

    def an(self, what):
        return f"p.{what}[{self.random.randrange(getattr(self, what))}]"

    def ticks(self):
        return self.random.randint(1, 6)

    # -- who may be awaited and cancelled

    def later_function(self):
        """A function that this one may start, or None."""
        later = [n for n in self.names if n > self.function] if self.function != "main" else self.names
        return self.random.choice(later) if later else None

    def any_function(self):
        return self.random.choice(self.names)

    def awaitable(self):
        """Text of something to wait for: a task, a future, a new task."""
        name = self.later_function()
        if name is None or self.chance(0.2):
            return self.an("futures")
        return self.pick(f'p.get("{name}")', f'p.spawn("{name}", {name})')

    def awaitables(self, coroutines):
        items = [self.awaitable() for _ in range(self.random.randint(1, 3))]
        name = self.later_function()
        if coroutines and name and self.chance(0.5):
            items.append(f"{name}()")
        return items

    # -- programs

    def program(self):
        objects = self.choose_objects()
        count = self.random.randint(2, 5)
        self.names = [f"t{i}" for i in range(count)]
        self.generators = self.random.randint(0, 1)
        functions = []
        for i in range(self.generators):
            self.function = f"g{i}"
            functions.append(self.generator(self.function))
        for name in self.names:
            self.function = name
            functions.append((f"async def {name}():", self.block(0, self.random.randint(3, 8))))
        self.function = "main"
        main = []
        for name in self.names:
            if self.chance(0.75):
                main.append(Statement(f'p.spawn("{name}", {name})'))
        main += self.block(0, self.random.randint(3, 10)).statements
        return Tree(self.seed, objects, [("", Block(main))] + functions)

    def generator(self, name):
        body = Block([])
        for i in range(self.random.randint(1, 3)):
            body.statements.append(self.pick(self.sleep, self.sleep, self.event_wait, self.log)())
            body.statements.append(Statement(f"yield {i}"))
        parts = ["try:", body]
        if self.chance(0.3):
            parts += ["except Boom as e:", f"    p.log({self.label()}, e)"]
        parts += ["finally:", f"    p.log({self.label()})", Block([self.sleep()] if self.chance(0.5) else [])]
        return (f"async def {name}():", Block([Statement(*parts)]))

    def block(self, depth, count):
        return Block([self.statement(depth) for _ in range(count)])

    def inner(self, depth, most=3):
        return self.block(depth + 1, self.random.randint(1, most))

    def statement(self, depth):
        simple = [
            (self.sleep, 14), (self.log, 2), (self.spawn, 7), (self.cancel, 8), (self.cancel_self, 1),
            (self.lock_calls, 3), (self.semaphore_calls, 3), (self.event_wait, 4), (self.event_calls, 4),
            (self.notify, 5), (self.barrier_wait, 4), (self.barrier_calls, 2),
            (self.queue_get, 5), (self.queue_put, 5), (self.queue_calls, 5), (self.queue_join, 2),
            (self.future_wait, 4), (self.future_calls, 7), (self.future_callbacks, 3),
            (self.task_wait, 6), (self.task_look, 3), (self.gather, 5), (self.gather_kept, 3), (self.wait, 5),
            (self.shield, 4), (self.soon, 4), (self.later, 5), (self.handle_cancel, 1), (self.boom, 3),
            (self.context, 3), (self.completed, 2),
        ]
        if self.newer:
            simple += [(self.wait_for, 6), (self.uncancel, 1), (self.queue_shutdown, 1), (self.cancelling, 2)]
        compound = [
            (self.with_lock, 6), (self.with_semaphore, 6), (self.with_condition, 8), (self.timeout, 8),
            (self.task_group, 7), (self.catch, 9), (self.on_cancel, 7), (self.cleanup, 5), (self.loop, 3),
        ]
        if self.generators and not self.function.startswith("g"):
            compound.append((self.iterate, 5))
        table = simple + compound if depth < 3 else simple
        makers, weights = zip(*table)
        make = self.random.choices(makers, weights)[0]
        return make(depth) if (make, dict(table)[make]) in compound else make()

    # -- simple statements

    def say(self, line, value=True):
        """An await and what it gave."""
        label = self.label()
        return Statement(f"r = {line}", f"p.log({label}, r)") if value else Statement(line, f"p.log({label})")

    def sleep(self):
        if self.chance(0.55):
            return self.say("await asyncio.sleep(0)", False)
        if self.chance(0.1):
            return self.say(f'await asyncio.sleep({self.ticks()} * TICK, "slept")')
        return self.say(f"await asyncio.sleep({self.ticks()} * TICK)", False)

    def log(self):
        return Statement(f"p.log({self.label()})")

    def spawn(self):
        name = self.later_function()
        return Statement(f'p.spawn("{name}", {name})') if name else self.sleep()

    def message(self):
        return f', "{self.pick(*TEXTS)}"' if self.chance(0.3) else ""

    def cancel(self):
        return Statement(f'p.cancel({self.label()}, "{self.any_function()}"{self.message()})')

    def cancel_self(self):
        return Statement(f"p.cancel_self({self.label()})")

    def do(self, call, *args):
        return Statement(f"p.do({', '.join((self.label(), call) + args)})")

    def lock_calls(self):
        lock = self.an("locks")
        return self.pick(self.say(f"await {lock}.acquire()"), self.do(f"{lock}.release"), self.do(f"{lock}.locked"))

    def semaphore_calls(self):
        s = self.an("semaphores")
        return self.pick(self.say(f"await {s}.acquire()"), self.do(f"{s}.release"), self.do(f"{s}.release"),
                         self.do(f"{s}.locked"))

    def event_wait(self):
        return self.say(f"await {self.an('events')}.wait()")

    def event_calls(self):
        return self.do(f"{self.an('events')}.{self.pick('set', 'set', 'clear', 'is_set')}")

    def notify(self):
        c = self.an("conditions")
        how = self.pick("notify()", "notify(2)", "notify_all()")
        if self.chance(0.15):
            return self.do(f"{c}.notify")
        return Statement(f"async with {c}:", f"    {c}.{how}", f"    p.log({self.label()})")

    def barrier_wait(self):
        return self.say(f"await p.meet({self.an('barriers')})")

    def barrier_calls(self):
        b = self.an("barriers")
        if self.chance(0.3):
            return Statement(f"p.log({self.label()}, {b}.n_waiting, {b}.broken)")
        return self.say(f"await {b}.{self.pick('reset', 'reset', 'abort')}()", False)

    def queue_get(self):
        return self.say(f"await {self.an('queues')}.get()")

    def queue_put(self):
        return self.say(f"await {self.an('queues')}.put({self.random.randint(0, 9)})", False)

    def queue_calls(self):
        q = self.an("queues")
        return self.pick(self.do(f"{q}.put_nowait", str(self.random.randint(0, 9))), self.do(f"{q}.get_nowait"),
                         self.do(f"{q}.task_done"), self.do(f"{q}.qsize"), self.do(f"{q}.full"))

    def queue_join(self):
        return self.say(f"await {self.an('queues')}.join()", False)

    def queue_shutdown(self):
        return self.do(f"{self.an('queues')}.shutdown", self.pick("False", "True"))

    def future_wait(self):
        return self.say(f"await {self.an('futures')}")

    def future_calls(self):
        i = self.random.randrange(self.futures)
        f = f"p.futures[{i}]"
        return self.pick(
            self.do(f"{f}.set_result", str(self.random.randint(0, 9))), self.do(f"{f}.set_exception", 'Boom("f")'),
            self.do(f"{f}.cancel", *([f'"{self.pick(*TEXTS)}"'] if self.chance(0.5) else [])),
            self.do(f"{f}.result"), self.do(f"{f}.exception"), Statement(f"p.fresh({i})"), Statement(f"p.fresh({i})"))

    def future_callbacks(self):
        f = self.pick(self.an("futures"), f'p.get("{self.any_function()}")')
        if self.chance(0.3):
            return Statement("if p.callbacks:", f"    p.do({self.label()}, {f}.remove_done_callback, p.callbacks[-1])")
        return Statement(f"{f}.add_done_callback(p.callback({self.label()}))")

    def task_wait(self):
        name = self.later_function()
        return self.say(f'await p.get("{name}")') if name else self.future_wait()

    def task_look(self):
        t = f'p.get("{self.any_function()}")'
        return self.pick(self.do(f"{t}.done"), self.do(f"{t}.cancelled"), self.do(f"{t}.result"),
                         self.do(f"{t}.exception"))

    def gather(self):
        items = self.awaitables(True)
        options = ", return_exceptions=True" if self.chance(0.4) else ""
        return Statement(f"items = [{', '.join(items)}]", f"r = await p.gather(*items{options})",
                         f"p.log({self.label()}, r)")

    def gather_kept(self):
        options = ", return_exceptions=True" if self.chance(0.4) else ""
        lines = [f"items = [{', '.join(self.awaitables(True))}]", f"outer = p.gather(*items{options})"]
        for _ in range(self.random.randint(0, 2)):
            lines.append("await asyncio.sleep(0)")
        lines.append(self.pick(f"p.do({self.label()}, outer.cancel)", f"p.soon({self.label()}, outer.cancel)",
                               f"p.later({self.label()}, {self.ticks()}, outer.cancel)"))
        return Statement(*lines, "r = await outer", f"p.log({self.label()}, r)")

    def wait(self):
        how = self.pick("FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED")
        limit = "None" if self.chance(0.4) else self.pick("0", f"{self.ticks()} * TICK")
        return Statement(f"items = [{', '.join(self.awaitables(False))}]",
                         f"limit = {limit}",
                         f"done, pending = await asyncio.wait(items, timeout=limit, return_when=asyncio.{how})",
                         f"p.log({self.label()}, len(done), len(pending))")

    def shield(self):
        return self.say(f"await asyncio.shield({self.awaitable()})")

    def completed(self):
        name = self.later_function()
        if not name:
            return self.sleep()
        new = ", ".join(f'p.spawn("{name}", {name})' for _ in range(self.random.randint(1, 2)))
        limit = self.pick("None", f"{self.ticks()} * TICK")
        return Statement(f"for c in asyncio.as_completed([{new}], timeout={limit}):", "    r = await c",
                         f"    p.log({self.label()}, r)")

    def wait_for(self):
        name = self.later_function()
        inner = [self.awaitable(), f"{self.an('queues')}.get()", f"{self.an('locks')}.acquire()",
                 f"{self.an('events')}.wait()", f"{self.an('semaphores')}.acquire()"]
        inner += [f"{name}()"] * (2 if name else 0)
        limit = self.pick("None", "0", f"{self.ticks()} * TICK", f"{self.ticks()} * TICK")
        return self.say(f"await asyncio.wait_for({self.pick(*inner)}, {limit})")

    def uncancel(self):
        return self.do("asyncio.current_task().uncancel")

    def cancelling(self):
        return self.pick(self.do(f'p.get("{self.any_function()}").done'),
                         Statement(f"p.log({self.label()}, asyncio.current_task().cancelling())"))

    def action(self):
        """A plain call for a callback."""
        f = self.an("futures")
        later = self.later_function()
        return self.pick(
            f"{self.an('events')}.set", f"{self.an('events')}.clear", f"{self.an('locks')}.release",
            f"{self.an('semaphores')}.release", f"{self.an('queues')}.put_nowait, {self.random.randint(0, 9)}",
            f"{self.an('queues')}.get_nowait", f"{f}.set_result, {self.random.randint(0, 9)}", f"{f}.cancel",
            f'p.get("{self.any_function()}").cancel', f'p.cancel, "in callback", "{self.any_function()}"',
            f'p.spawn, "{later}", {later}' if later else f"{f}.done")

    def soon(self):
        return Statement(f"p.soon({self.label()}, {self.action()})")

    def later(self):
        return Statement(f"p.later({self.label()}, {self.ticks()}, {self.action()})")

    def handle_cancel(self):
        return Statement("if p.handles:", "    p.handles[-1].cancel()")

    def boom(self):
        return Statement(f'raise Boom("{self.function}")')

    def context(self):
        if self.chance(0.5):
            return Statement(f"p.variable.set({self.random.randint(1, 9)})")
        return Statement(f"p.log({self.label()}, p.variable.get())")

    # -- compound statements

    def with_lock(self, depth):
        return Statement(f"async with {self.an('locks')}:", f"    p.log({self.label()})", self.inner(depth))

    def with_semaphore(self, depth):
        return Statement(f"async with {self.an('semaphores')}:", f"    p.log({self.label()})", self.inner(depth))

    def with_condition(self, depth):
        c = self.an("conditions")
        args = c if self.chance(0.6) else f"{c}, {self.an('events')}.is_set"
        wait = Statement(f"r = await p.wait_notified({args})", f"p.log({self.label()}, r)")
        block = Block([wait])
        if self.chance(0.3):
            block.statements += self.inner(depth, 2).statements
        return Statement(f"async with {c}:", block)

    def timeout(self, depth):
        ticks = self.pick("None", "0") if self.chance(0.15) else self.ticks()
        block = self.inner(depth)
        if self.chance(0.15):
            at = self.random.randrange(len(block.statements) + 1)
            again = self.pick("None", "0", "-1", str(self.ticks()))
            block.statements.insert(at, Statement(f"p.reschedule({self.label()}, deadline, {again})"))
        return Statement("try:", f"    async with p.timeout({ticks}) as deadline:", Block([Statement(*s.parts)
                         for s in block.statements], 2), "except TimeoutError as e:",
                         f"    p.log({self.label()}, e)")

    def task_group(self, depth):
        block = self.inner(depth)
        for _ in range(self.random.randint(1, 3)):
            name = self.later_function()
            if name:
                at = self.random.randrange(len(block.statements) + 1)
                block.statements.insert(at, Statement(f'p.spawn_in(group, "{name}", {name})'))
        parts = ["try:", "    async with p.group() as group:",
                 Block(block.statements, 2)]
        parts += ["except BaseExceptionGroup as e:", f"    p.log({self.label()}, e)", "    p.group_failed()"]
        if self.chance(0.2):
            parts.append("    raise")
        return Statement(*parts)

    def catch(self, depth):
        what = self.pick("Boom", "Exception", "(RuntimeError, asyncio.QueueFull, asyncio.QueueEmpty)", "Exception")
        return Statement("try:", self.inner(depth), f"except {what} as e:", f"    p.log({self.label()}, e)")

    def on_cancel(self, depth):
        parts = ["try:", self.inner(depth), "except asyncio.CancelledError as e:", f"    p.log({self.label()}, e)"]
        way = self.random.random()
        if way < 0.4:
            parts.append("    p.swallow()")
        elif way < 0.6:
            parts += ["    p.swallow()", Block(self.inner(depth, 2).statements)]
        elif way < 0.75:
            parts += [self.inner(depth, 2), "    raise"]
        elif way < 0.85:
            parts.append('    raise Boom("instead")')
        else:
            parts.append("    raise")
        return Statement(*parts)

    def cleanup(self, depth):
        return Statement("try:", self.inner(depth), "finally:", f"    p.log({self.label()})",
                         Block([self.sleep()] if self.chance(0.6) else []))

    def loop(self, depth):
        return Statement(f"for i in range({self.random.randint(2, 3)}):", self.inner(depth))

    def iterate(self, depth):
        block = self.inner(depth, 2)
        if self.chance(0.3):
            block.statements.append(Statement("break"))
        return Statement("async with contextlib.aclosing(g0()) as values:", "    async for item in values:",
                         f"        p.log({self.label()}, item)", Block(block.statements, 2))


def make(seed, newer=False):
    """The program of a seed."""
    return Maker(seed, newer).program()


# ---- smaller programs

def smaller(tree):
    """Ways to make a tree smaller: (apply, undo) pairs of functions."""
    for block in list(tree.all_blocks()):
        for i in range(len(block.statements)):
            yield from _without(block, i)
    for i in range(1, len(tree.functions)):
        header, block = tree.functions[i]
        if block.statements:
            yield _swap(block, [])


def _swap(block, new):
    old = block.statements

    def apply():
        block.statements = new

    def undo():
        block.statements = old
    return apply, undo


def _without(block, i):
    statements = block.statements
    yield _swap(block, statements[:i] + statements[i + 1:])
    for inner in statements[i].blocks():
        yield _swap(block, statements[:i] + inner.statements + statements[i + 1:])
