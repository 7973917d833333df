# SPDX-License-Identifier: MIT
"""Compares the front end's trees with those of the running CPython, positions included.

usage: ast_compare.py FRONTCHECK FILE...

Each file that CPython accepts must be accepted and give the same tree. Prints what differs. Run it with the newest
interpreter at hand: positions inside f-strings changed in 3.12, so older ones skip files that hold them.
"""
import ast
import re
import subprocess
import sys
import warnings

OMITTED = {"type_comment", "type_ignores", "kind", "ctx"}
NEW_FSTRINGS = sys.version_info >= (3, 12)
PLACES = ("lineno", "col_offset", "end_lineno", "end_col_offset")


def constant(value, kind):
    if value is Ellipsis:
        return "Ellipsis"
    if isinstance(value, str):
        body = "".join(
            "\\" + c if c in "'\\" else c if 0x20 <= ord(c) < 0x7F
            else {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(c)
            or ("\\x%02x" if ord(c) < 0x100 else "\\u%04x" if ord(c) < 0x10000 else "\\U%08x") % ord(c)
            for c in value)
        return ("u'" if kind else "'") + body + "'"
    if isinstance(value, bytes):
        body = "".join(
            "\\" + chr(c) if c in b"'\\" else chr(c) if 0x20 <= c < 0x7F
            else {10: "\\n", 9: "\\t", 13: "\\r"}.get(c) or "\\x%02x" % c
            for c in value)
        return "b'" + body + "'"
    if isinstance(value, complex):
        return number(value.imag) + "j"
    if isinstance(value, float):
        return number(value)
    return str(value)


def number(value):
    return "F" + value.hex()


def dump(node):
    if isinstance(node, list):
        return "[" + ",".join(map(dump, node)) + "]"
    if node is None:
        return "None"
    if isinstance(node, str):
        return "'" + node + "'"
    if not isinstance(node, ast.AST):
        return str(node)
    name = type(node).__name__
    if isinstance(node, ast.Constant):
        parts = ["value=" + constant(node.value, node.kind)]
    elif isinstance(node, ast.MatchSingleton):
        parts = ["value=" + str(node.value)]
    else:
        parts = [field + "=" + dump(getattr(node, field)) for field in node._fields
                 if field not in OMITTED and getattr(node, field, None) is not None]
        definition = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if definition and "type_params" not in node._fields:
            parts.append("type_params=[]")
        if isinstance(node, ast.Compare):
            parts[1] = "ops=[" + ", ".join(type(op).__name__ + "()" for op in node.ops) + "]"
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            parts[0] = "names=[" + ", ".join("'%s'" % n for n in node.names) + "]"
        if isinstance(node, ast.MatchClass):
            parts[2] = "kwd_attrs=[" + ", ".join("'%s'" % n for n in node.kwd_attrs) + "]"
        if "ctx" in node._fields:
            parts.append("ctx=" + type(node.ctx).__name__ + "()")
    text = ",".join(parts)
    if hasattr(node, "lineno"):
        text += (", " if parts else "") + "@ %d:%d-%d:%d" % (
            node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    return name + "(" + text + ")"


def normal_number(match):
    text = match.group(0)
    if text.endswith("j"):
        return "value=" + number(float(text[6:-1])) + "j"
    body = text[6:]
    if body[:2] in ("0x", "0o", "0b"):
        return "value=" + str(int(body, 0))
    if "." in body or "e" in body:
        return "value=" + number(float(body))
    return "value=" + body


def ours(frontcheck, path):
    run = subprocess.run([frontcheck, "--ast", "--pos", path], capture_output=True, text=True)
    if run.returncode != 0:
        return "REJECTED " + run.stdout.strip().replace("\n", " / ")
    text = re.sub(r"\n *", "", run.stdout)
    text = re.sub(r"value=[0-9][0-9a-fA-FxobjEe.+-]*", normal_number, text)
    return text


def main():
    frontcheck, paths = sys.argv[1], sys.argv[2:]
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    checked = different = 0
    for path in paths:
        with open(path, "rb") as file:
            source = file.read()
        try:
            tree = ast.parse(source, path)
        except (SyntaxError, ValueError):
            continue
        if not NEW_FSTRINGS and any(isinstance(node, ast.JoinedStr) for node in ast.walk(tree)):
            continue
        checked += 1
        theirs, mine = dump(tree), ours(frontcheck, path)
        if theirs != mine:
            different += 1
            at = next((i for i, (a, b) in enumerate(zip(theirs, mine)) if a != b), min(len(theirs), len(mine)))
            at = max(0, at - 100)
            print(path, "\n  CPython:", theirs[at:at + 220], "\n  ours:   ", mine[at:at + 220])
    print(checked, "compared,", different, "different")
    sys.exit(different != 0)


main()
