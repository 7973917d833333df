# SPDX-License-Identifier: MIT
"""Compares the front end's error messages and places with those of the running CPython (3.11 is the reference).

usage: error_compare.py FRONTCHECK SNIPPETS [--all]

SNIPPETS is a Python file that defines SNIPPETS, a list of source texts. Prints what differs, and a count.
"""
import ast
import os
import runpy
import subprocess
import sys
import tempfile
import warnings


def theirs(source):
    try:
        ast.parse(source)
        return "None|"
    except SyntaxError as error:
        return "%s|%s|%s|%s|%s|%s" % (type(error).__name__, error.msg, error.lineno, error.offset, error.end_lineno,
                                      error.end_offset)
    except (ValueError, MemoryError, RecursionError) as error:
        return type(error).__name__ + "|" + str(error)


def ours(frontcheck, sources):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index, source in enumerate(sources):
            paths.append(os.path.join(folder, "%d.py" % index))
            with open(paths[-1], "w", encoding="utf-8", newline="") as file:
                file.write(source)
        lines = []
        for start in range(0, len(paths), 500):
            run = subprocess.run([frontcheck, "--raw"] + paths[start:start + 500], capture_output=True, text=True)
            lines += run.stdout.splitlines()
    return lines


def main():
    warnings.simplefilter("ignore")
    frontcheck, path = sys.argv[1:3]
    sources = runpy.run_path(path)["SNIPPETS"]
    equal = message_equal = 0
    results = ours(frontcheck, sources)
    assert len(results) == len(sources), (len(results), len(sources))
    for source, mine in zip(sources, results):
        their = theirs(source)
        mine = mine.replace("|incomplete", "")
        if their.startswith("None") or their.startswith("ValueError"):
            mine = "|".join(mine.split("|")[:len(their.split("|"))])
        same = their == mine
        equal += same
        message_equal += their.split("|")[:3] == mine.split("|")[:3]
        if not same:
            print(repr(source)[:150], "\n   CPython:", their, "\n   ours:   ", mine)
    print(len(sources), "snippets,", equal, "equal,", message_equal, "with equal message and line")


main()
