# SPDX-License-Identifier: MIT
"""Golden tests: what one is, how it is started, what its output looks like.

A golden test is a script NAME.aio beside the output NAME.out that CPython 3.11 gives for it.  tests/run starts
the scripts with aiolos, scripts/dev/oracle starts the same scripts with CPython; both do it through this file, so
the two can only differ by the interpreter.  Standard library only.
"""
import difflib
import os
import re
import signal
import subprocess
import sys
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEFAULT_PATHS = ["tests", "scripts/examples"]
DIRECTIVE = re.compile(r"#\s*(args|options|env|requires|slow|exit|cpython|stderr|raises)\s*(?::\s*(.*?))?\s*$")
# Variables that would change what a script prints; a test that wants one names it in an env directive.
DROPPED = re.compile(r"(PYTHON|NO_COLOR|FORCE_COLOR|LC_|LANG)")
FIXED = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "COLUMNS": "80", "LINES": "24", "PYTHONDONTWRITEBYTECODE": "1",
         "NO_COLOR": "1"}


class Case:
    """One script, its directives and where its files are."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.name = os.path.relpath(self.path, ROOT)
        self.dir, self.file = os.path.split(self.path)
        stem = self.path[:-len(".aio")]
        self.out, self.input = stem + ".out", stem + ".in"
        self.args, self.options, self.env, self.requires = [], [], {}, []
        self.slow, self.cpython, self.exit = False, True, 0
        self.raises = None  # the class of the last error
        # Wrong programs are judged by all they print and by their exit status.
        self.sections = "/tests/errors/" in self.path
        self._read_directives()

    def _read_directives(self):
        """Directives stand in the comment lines at the very top of the script."""
        with open(self.path, "rb") as f:
            for raw in f:
                line = raw.decode("utf-8", "replace")
                if not line.startswith("#"):
                    break
                m = DIRECTIVE.match(line)
                if m:
                    self._directive(m.group(1), m.group(2) or "")

    def _directive(self, key, value):
        if key == "args":
            self.args = value.split()
        elif key == "options":
            self.options = value.split()
        elif key == "env":
            name, _, text = value.partition("=")
            self.env[name] = text
        elif key == "requires":
            self.requires += value.replace(",", " ").split()
        elif key == "slow":
            self.slow = True
        elif key == "exit":
            self.exit = int(value)
        elif key == "cpython":
            self.cpython = value != "no"
        elif key == "raises":
            self.raises, self.exit = value, 1
        elif key == "stderr":
            self.sections = value == "yes"

    def expected(self):
        with open(self.out, "rb") as f:
            return f.read().decode("utf-8", "surrogateescape")


class Result:
    """How one run ended: status is the exit status, or minus the number of the signal that killed it."""

    def __init__(self, status, stdout, stderr, timed_out):
        self.status, self.stdout, self.stderr, self.timed_out = status, stdout, stderr, timed_out


def find(paths, filt=None, with_out=True):
    """All cases under the given files and folders, sorted; with_out=False also gives scripts that have no .out."""
    found = []
    for p in paths or [os.path.join(ROOT, d) for d in DEFAULT_PATHS]:
        if os.path.isdir(p):
            for folder, dirs, files in os.walk(p):
                dirs.sort()
                found += [os.path.join(folder, f) for f in sorted(files) if f.endswith(".aio")]
        elif p.endswith(".aio") and os.path.exists(p):
            found.append(p)
        else:
            sys.exit(f"no such test: {p}")
    cases = []
    for p in dict.fromkeys(os.path.abspath(p) for p in found):
        if with_out and not os.path.exists(p[:-len(".aio")] + ".out"):
            continue
        if not filt or re.search(filt, os.path.relpath(p, ROOT)):
            cases.append(Case(p))
    return cases


def environment(case, extra):
    env = {k: v for k, v in os.environ.items() if not DROPPED.match(k)}
    env.update(FIXED)
    env.update(case.env)
    env.update(extra)
    return env


def default_signals():
    """Background jobs of a shell ignore these two; a test starts with them as at a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def execute(exe, case, timeout, extra_env):
    """Run one case; its whole process group is killed when the time is over."""
    stdin = open(case.input, "rb") if os.path.exists(case.input) else open(os.devnull, "rb")
    with stdin:
        p = subprocess.Popen([exe, *case.options, case.file, *case.args], cwd=case.dir, stdin=stdin, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=environment(case, extra_env), start_new_session=True,
                             preexec_fn=default_signals)
        timed_out = False
        try:
            out, err = p.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            os.killpg(p.pid, signal.SIGKILL)
            out, err = p.communicate()
    return Result(p.returncode, clean(case, out), clean(case, err), timed_out)


def clean(case, data):
    """CPython shows the absolute path of a script: without its folder the output is the same on every machine."""
    return data.decode("utf-8", "surrogateescape").replace(case.dir + "/", "")


def render(case, res):
    """The text that is compared with NAME.out."""
    if not case.sections:
        return res.stdout
    parts = [res.stdout]
    if res.stdout and not res.stdout.endswith("\n"):
        parts.append("\n")
    parts += ["--- stderr\n", res.stderr]
    if res.stderr and not res.stderr.endswith("\n"):
        parts.append("\n")
    parts.append(f"--- exit {res.status}\n")
    return "".join(parts)


def status_text(status):
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def diff(expected, got, name, limit=60):
    lines = list(difflib.unified_diff(expected.splitlines(), got.splitlines(), name + " expected", name + " got",
                                      lineterm=""))
    if len(lines) > limit:
        lines[limit:] = [f"... {len(lines) - limit} more lines of difference"]
    return lines


class Probe:
    """Answers, once per module, whether an interpreter can import it."""

    def __init__(self, exe):
        self.exe, self.known, self.lock = exe, {}, threading.Lock()

    def missing(self, modules):
        for m in modules:
            with self.lock:
                if m not in self.known:
                    self.known[m] = self._ask(m)
                if not self.known[m]:
                    return m
        return None

    def _ask(self, module):
        try:
            r = subprocess.run([self.exe, "-c", f"import {module}"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20)
            return r.returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False
