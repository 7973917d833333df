#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Random regular expressions, run by CPython and by aiolos: scripts/dev/re_compare.py [--count N] [--seed S] [--exe PATH]

Patterns are made of all the syntax of the module re, sometimes damaged; each is tried on some short subjects.  Both sides
run the same script, which prints one line per pattern; lines that differ are shown.
"""
import argparse
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASCII = "aAbkKsSiI_09 \n-.x"
WIDE = ASCII + "éÉßſK\u0130\u0131\u0390\u1fd3ΣσςλΛ٣\x1c\x85\u180e中\U0001d7d8😀"
ATOMS = [".", "^", "$", r"\A", r"\Z", r"\b", r"\B", r"\d", r"\D", r"\s", r"\S", r"\w", r"\W"]
ESCAPES = [r"\n", r"\t", r"\x41", r"\x6b", r"\0", r"\060", r"\141", r"\.", r"\-", r"\]", r"\\"]
TEXT_ESCAPES = [r"\u0130", r"\u212a", r"\U0001F600", r"\N{LATIN SMALL LETTER K}"]
QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{0}", "{1,}", "{", "{x}", "{,}", "{2,1}"]
DAMAGE = "()[]{}?*+|\\^-<>=!:#P1"

DRIVER = '''
import re, sys, warnings
warnings.simplefilter("ignore")
def show(m):
    return m and (m.span(), m.groups(), m.regs, m.lastindex, m.lastgroup)
def run(pattern, flags, subjects, template):
    try:
        p = re.compile(pattern, flags)
    except Exception as e:
        return type(e).__name__, str(e), getattr(e, "pos", 0), getattr(e, "colno", 0)
    out = [p.groups, p.flags, dict(p.groupindex)]
    for s in subjects:
        out.append(show(p.search(s)))
        out.append(show(p.match(s)))
        out.append(show(p.fullmatch(s)))
        out.append(show(p.search(s, 1, 4)))
        out.append(p.findall(s))
        out.append(p.split(s))
        out.append([m.span() for m in p.finditer(s)])
        try:
            out.append(p.subn(template, s, 3))
        except Exception as e:
            out.append((type(e).__name__, str(e)))
    return out
for n, case in enumerate(CASES):
    try:
        print(n, ascii(run(*case)))
    except Exception as e:
        print(n, "raised", type(e).__name__, ascii(str(e)))
'''


class Maker:
    def __init__(self, rng, text):
        self.rng = rng
        self.text = text
        self.alphabet = WIDE if text and rng.random() < 0.5 else ASCII
        self.groups = 0
        self.names = []

    def char(self):
        c = self.rng.choice(self.alphabet)
        return "\\" + c if c in ".-" or (c == " " and self.rng.random() < 0.3) else c

    def escape(self):
        return self.rng.choice(ESCAPES + TEXT_ESCAPES if self.text else ESCAPES)

    def member(self):
        r = self.rng.random()
        if r < 0.5:
            return self.rng.choice(self.alphabet.replace("-", "").replace("\n", ""))
        if r < 0.7:
            low, high = sorted(self.rng.choice(self.alphabet.replace("-", "")) for _ in range(2))
            return f"{low}-{high}"
        if r < 0.85:
            return self.rng.choice([r"\d", r"\D", r"\s", r"\S", r"\w", r"\W"])
        return self.escape() if r < 0.97 else self.rng.choice("-&~|[^")

    def char_set(self):
        members = "".join(self.member() for _ in range(self.rng.randrange(1, 4)))
        return "[" + ("^" if self.rng.random() < 0.3 else "") + members + "]"

    def flags(self):
        letters = "imsx" + ("au" if self.text else "aL")
        on = "".join(self.rng.sample(letters, self.rng.randrange(0, 3)))
        off = "".join(self.rng.sample("imsx", self.rng.randrange(0, 2)))
        return on + ("-" + off if off else "") if on or off else "i"

    def group(self, depth):
        r = self.rng.random()
        if r < 0.35:
            self.groups += 1
            return "(" + self.alternatives(depth) + ")"
        if r < 0.45:
            self.groups += 1
            name = f"n{self.groups}"
            body = f"(?P<{name}>" + self.alternatives(depth) + ")"
            self.names.append(name)
            return body
        if r < 0.6:
            return "(?:" + self.alternatives(depth) + ")"
        if r < 0.68:
            return f"(?{self.flags()}:" + self.alternatives(depth) + ")"
        if r < 0.73:
            return "(?>" + self.alternatives(depth) + ")"
        if r < 0.78 and self.groups:
            return f"(?({self.rng.randrange(1, self.groups + 1)})" + self.sequence(depth) + "|" + self.sequence(depth) + ")"
        if r < 0.8:
            return "(?#x)"
        return self.rng.choice(["(?=", "(?!", "(?<=", "(?<!"]) + self.alternatives(depth) + ")"

    def atom(self, depth):
        r = self.rng.random()
        if r < 0.4:
            return self.char()
        if r < 0.55:
            return self.char_set()
        if r < 0.68:
            return self.rng.choice(ATOMS)
        if r < 0.72:
            return self.escape()
        if r < 0.77 and self.groups:
            return "\\" + str(self.rng.randrange(1, self.groups + 1))
        if r < 0.79 and self.names:
            return f"(?P={self.rng.choice(self.names)})"
        return self.group(depth - 1) if depth > 0 else self.char()

    def sequence(self, depth):
        out = ""
        for _ in range(self.rng.randrange(0, 4) or 1):
            out += self.atom(depth)
            if self.rng.random() < 0.3:
                out += self.rng.choice(QUANTIFIERS) + self.rng.choice(["", "", "?", "+"])
        return out

    def alternatives(self, depth):
        return "|".join(self.sequence(depth) for _ in range(self.rng.choice([1, 1, 1, 2, 3])))

    def pattern(self):
        text = self.alternatives(3)
        if self.rng.random() < 0.1:
            text = f"(?{self.rng.choice('imsxa')})" + text
        if self.rng.random() < 0.12:
            at = self.rng.randrange(len(text) + 1)
            text = text[:at] + self.rng.choice(DAMAGE) + text[at + self.rng.randrange(2):]
        return text

    def subject(self):
        return "".join(self.rng.choice(self.alphabet) for _ in range(self.rng.randrange(0, 9)))


def cases(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        text = rng.random() < 0.75
        maker = Maker(rng, text)
        pattern = maker.pattern()
        flags = 0
        for flag in (2, 8, 16, 64, 256):
            if rng.random() < (0.3 if flag == 2 else 0.1):
                flags |= flag
        subjects = [maker.subject() for _ in range(4)]
        template = rng.choice([r"<\g<0>>", r"\1", r"[\g<1>]", "-", r"\g<n1>x", r"\n\\", r"\07\101"])
        if text:
            yield pattern, flags, subjects, template
        else:
            yield pattern.encode("latin-1", "replace"), flags, [s.encode("latin-1") for s in subjects], template.encode()


def run(exe, path, timeout):
    try:
        p = subprocess.run([exe, path], capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as e:
        return (e.stdout or b"").decode().splitlines() + ["no end"]
    return p.stdout.decode().splitlines() + ([] if p.returncode == 0 else [f"status {p.returncode}", p.stderr.decode()])


def main():
    ap = argparse.ArgumentParser(prog="scripts/dev/re_compare.py", description="compare re with CPython's")
    ap.add_argument("--count", type=int, default=2000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--exe", default=os.path.join(ROOT, "build", "aiolos"))
    ap.add_argument("--python", default="/usr/bin/python3")
    ap.add_argument("--show", type=int, default=20)
    args = ap.parse_args()
    made = list(cases(args.seed, args.count))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cases.py")
        with open(path, "w", encoding="utf-8") as f:
            f.write("CASES = [\n" + "".join(f"    {ascii(c)},\n" for c in made) + "]\n" + DRIVER)
        expected, got = (run(exe, path, 300) for exe in (args.python, args.exe))
    valid = sum("['" in line or " [" in line for line in expected)
    differ = 0
    for n, case in enumerate(made):
        a, b = (lines[n] if n < len(lines) else "missing" for lines in (expected, got))
        if a != b:
            differ += 1
            if differ <= args.show:
                print(f"{case!a}\n  CPython: {a[:1500]}\n  aiolos:  {b[:1500]}")
    print(f"{len(made)} patterns, {valid} of them valid, {differ} differ")
    print(*got[len(made):])
    return differ != 0


if __name__ == "__main__":
    sys.exit(main())
