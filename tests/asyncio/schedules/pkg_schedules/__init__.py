# SPDX-License-Identifier: MIT
"""What the random task programs of scripts/dev/schedules run on: a virtual clock, shared objects, and a log.

A program is a function that is given a Program and returns its main coroutine function. All it prints is its log: who
did what at which virtual time. Nothing in it may depend on real time, on an address or on a hash.

CPython 3.11 takes some steps that later versions corrected. Where a program is about to see one, it cuts its log: only
what comes before the first cut on either side is compared. With newer=True the oracle is a CPython where they are
corrected, and programs use them freely. The rules, and nothing else is treated apart:

    Condition.wait() ended by an error passes its turn on (3.13)      cut when others wait, newer compares
    ... and keeps the message of a cancel that came late (3.13)       not logged, newer compares
    timeout() in a task that was cancelled before (3.13)              cut at its entry, newer compares
    Task.uncancel() takes back a cancel not raised yet (3.13)         cut, newer compares
    TaskGroup counts the cancel of its own parent twice (3.13)        3.11 is corrected by Group below
    TaskGroup ending with errors while cancelled from outside (3.13)  cut, newer compares
    wait_for() runs a coroutine inside the caller's task (3.12)       newer only
    gather() of futures that are done needs no turn (3.12)            kept as in 3.11: newer cuts
    Queue.shutdown() (3.13)                                           newer only
"""

import asyncio
import contextvars
import gc
import math
import sys

CPYTHON = sys.implementation.name == "cpython"
OLD = sys.version_info < (3, 12)
TICK = 1 / 64


class Boom(Exception):
    """What programs raise."""


class InOrder(dict):
    """A set that keeps the order in which things came, in place of one ordered by address."""

    def add(self, item):
        self[item] = None

    def discard(self, item):
        self.pop(item, None)


class Group(asyncio.TaskGroup):
    """CPython's group with tasks in the order of their creation, and with 3.11's count of cancels put right."""

    def __init__(self, program):
        super().__init__()
        self._program = program
        self._tasks = InOrder()

    async def __aexit__(self, *exc):
        self._program.leaving()
        taken_back = self._parent_cancel_requested
        try:
            return await super().__aexit__(*exc)
        finally:
            if OLD and self._parent_cancel_requested and not taken_back:
                self._parent_task.uncancel()


class Limit(asyncio.Timeout):
    """CPython's timeout, which says when it takes back a cancel."""

    def __init__(self, program, when):
        super().__init__(when)
        self._program = program

    async def __aexit__(self, *exc):
        if self.expired():
            self._program.leaving()
        return await super().__aexit__(*exc)


def show(value):
    """A text for results and exceptions that is the same everywhere."""
    if isinstance(value, BaseExceptionGroup):
        return f"{type(value).__name__}[{', '.join(show(e) for e in value.exceptions)}]"
    if isinstance(value, BaseException):
        return f"{type(value).__name__}({', '.join(show(a) for a in value.args)})"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(show(v) for v in value)}]"
    if asyncio.isfuture(value):
        return value._state.lower()
    if value is None or isinstance(value, (bool, int, str)):
        return str(value)
    return type(value).__name__


def virtual_loop():
    """An event loop for CPython whose time jumps to the next deadline when nothing is ready."""
    loop = asyncio.new_event_loop()
    if not CPYTHON:
        return loop  # --virtual-time
    now = 0.0

    def jump(timeout=None):
        nonlocal now
        if timeout is None:
            raise RuntimeError("nothing can wake the loop")
        now += timeout
        return []

    loop.time = lambda: now
    loop._selector.select = jump
    return loop


class Program:
    """The shared objects of one program, and its log."""

    def __init__(self, newer=False):
        self.newer = newer
        self.lines = []
        self.ending = False
        self.tasks = []
        self.by_name = {}
        self.handles = []
        self.callbacks = []
        self.variable = contextvars.ContextVar("variable", default=0)

    async def settle(self):
        """Move to a full second: sums of ticks are exact from there on."""
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(self._on_loop_error)
        now = self.loop.time()
        await asyncio.sleep(math.floor(now) + 1 - now)
        self.start = self.loop.time()

    def begin(self, locks=0, semaphores=(), bounded=(), events=0, conditions=0, barriers=(), queues=(), futures=0):
        self.locks = [asyncio.Lock() for _ in range(locks)]
        self.semaphores = [asyncio.Semaphore(n) for n in semaphores] + [asyncio.BoundedSemaphore(n) for n in bounded]
        self.events = [asyncio.Event() for _ in range(events)]
        self.conditions = [asyncio.Condition() for _ in range(conditions)]
        self.barriers = [asyncio.Barrier(n) for n in barriers]
        self.queues = [getattr(asyncio, kind)(size) for kind, size in queues]
        self.futures = [self.loop.create_future() for _ in range(futures)]

    # ---- the log

    def log(self, label, *values):
        task = asyncio.current_task()
        name = "callback" if task is None else task.get_name()
        if name.startswith("Task-"):
            name = "-"
        at = round((self.loop.time() - self.start) / TICK, 3)
        self.lines.append(f"{at:g} {name} {label} {' '.join(show(v) for v in values)}".rstrip())

    def cut(self, rule):
        self.lines.append(f"-- cut: {rule}{' at the end' if self.ending else ''}")

    def _on_loop_error(self, loop, context):
        message = context["message"]
        if "never retrieved" in message or "destroyed" in message:
            return  # told when an object is collected
        self.log("loop error", context.get("exception"))

    def do(self, label, f, *args):
        """Call f and log what it gives or raises."""
        try:
            r = f(*args)
        except BaseException as e:
            self.log(label, e)
        else:
            self.log(label, r)

    # ---- tasks

    def keep(self, name, task):
        self.tasks.append(task)
        self.by_name[name] = task
        return task

    def spawn(self, name, f):
        number = len(self.tasks)
        return self.keep(name, self.loop.create_task(f(), name=f"{name}.{number}"))

    def spawn_in(self, group, name, f):
        number = len(self.tasks)
        return self.keep(name, group.create_task(f(), name=f"{name}.{number}"))

    def get(self, name):
        """The newest task of a function, or a finished future when there is none."""
        task = self.by_name.get(name)
        if task is None:
            task = self.loop.create_future()
            task.set_result(None)
        return task

    def cancel(self, label, name, *message):
        self.do(label, self.get(name).cancel, *message)

    def cancel_self(self, label):
        self.do(label, asyncio.current_task().cancel, "self")

    def swallow(self):
        """Take back the request that ended in the CancelledError just caught."""
        self.leaving()
        asyncio.current_task().uncancel()

    # ---- steps that 3.11 takes otherwise

    def leaving(self):
        if not self.newer and asyncio.current_task()._must_cancel:
            self.cut("uncancel")

    def group(self):
        return Group(self) if CPYTHON else asyncio.TaskGroup()

    def group_failed(self):
        if not self.newer and asyncio.current_task().cancelling():
            self.cut("group")

    def timeout(self, ticks):
        if not self.newer and asyncio.current_task().cancelling():
            self.cut("timeout")
        when = None if ticks is None else self.loop.time() + ticks * TICK
        return Limit(self, when) if CPYTHON else asyncio.timeout_at(when)

    def reschedule(self, label, timeout, ticks):
        self.do(label, timeout.reschedule, None if ticks is None else self.loop.time() + ticks * TICK)

    def gather(self, *awaitables, **options):
        if self.newer and any(asyncio.isfuture(a) and a.done() for a in awaitables):
            self.cut("gather")
        return asyncio.gather(*awaitables, **options)

    def forget_message(self):
        """3.11 raises a cancel that came while the lock was taken again without its message."""
        error = sys.exc_info()[1]
        if not self.newer and isinstance(error, asyncio.CancelledError):
            error.args = ()

    async def wait_notified(self, condition, predicate=None):
        try:
            if predicate is None:
                return await condition.wait()
            return await condition.wait_for(predicate)
        except BaseException:
            if not self.newer and not all(w.done() for w in condition._waiters):
                self.cut("condition")
            self.forget_message()
            raise

    async def meet(self, barrier):
        try:
            return await barrier.wait()
        except BaseException:
            if not self.newer and not all(w.done() for w in barrier._cond._waiters):
                self.cut("barrier")
            self.forget_message()
            raise

    # ---- futures and callbacks

    def fresh(self, i):
        if self.futures[i].done():
            self.futures[i] = self.loop.create_future()

    def callback(self, label):
        def called(future):
            self.log(label, future)
        self.callbacks.append(called)
        return called

    def soon(self, label, f, *args):
        self.handles.append(self.loop.call_soon(self.do, label, f, *args))

    def later(self, label, ticks, f, *args):
        self.handles.append(self.loop.call_later(ticks * TICK, self.do, label, f, *args))

    # ---- the end

    def _alive(self):
        """Pending tasks in the order they were made."""
        me = asyncio.current_task()
        others = [t for t in asyncio.all_tasks() if t is not me and t.get_name().startswith("Task-")]
        others.sort(key=lambda t: int(t.get_name()[5:]))
        return [t for t in self.tasks if not t.done()] + others

    async def finish(self):
        """Give all tasks their time, then cancel those that still wait, until all are done."""
        for turn in range(40):
            alive = self._alive()
            if not alive:
                break
            await asyncio.wait(alive, timeout=64)
            self.ending = True
            for task in alive:
                if not task.done():
                    task.cancel("end")
        self.log("tasks", *[t.exception() or t.result() if t.done() and not t.cancelled() else t for t in self.tasks])


def run_program(make, newer=False):
    """The log of one program."""
    program = Program(newer)
    main = make(program)

    async def whole():
        await program.settle()
        program.keep("main", program.loop.create_task(main(), name="main"))
        await program.finish()

    runner = asyncio.Runner(loop_factory=virtual_loop)
    try:
        runner.run(whole())
    except BaseException as e:
        program.lines.append(f"ended by {show(e)}")
    lines = list(program.lines)
    try:
        runner.close()
    except BaseException:
        pass  # tasks in a deadlock that no cancel ends: Condition.wait() insists on its lock
    return lines


def run_all(programs, newer=False):
    """Run (name, function) pairs and print their logs."""
    if CPYTHON:
        gc.disable()  # a task that only its own future knows must not be collected
    for name, make in programs:
        lines = run_program(make, newer)
        print(f"== {name}")
        for line in lines:
            print(line)
