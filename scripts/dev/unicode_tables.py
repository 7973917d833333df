#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generates lexer/unicode_tables.c from the Unicode Character Database (Debian: unicode-data).

Usage: unicode_tables.py [UCD directory] > lexer/unicode_tables.c

Every code point has a row number in two tables, one of properties and one of case mappings. A table is kept as blocks
of 2**SHIFT row numbers, equal blocks stored once, behind an index of block numbers. Mappings of one to many and
numeric values are rare and go to sorted lists.
"""

import os
import sys
from fractions import Fraction

UCD = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode"
COUNT = 0x110000
SHIFT = 7

FLAGS = ["ALPHA", "DECIMAL", "DIGIT", "NUMERIC", "SPACE", "LINEBREAK", "UPPER", "LOWER", "TITLE", "CASED",
         "CASE_IGNORABLE", "PRINTABLE", "XID_START", "XID_CONTINUE"]
BIT = {name: 1 << i for i, name in enumerate(FLAGS)}
CATEGORIES = ["Cn", "Cc", "Cf", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "No", "Pc",
              "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs"]
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}


def fields(name):
    """The lines of a UCD file as lists of stripped fields, comments dropped."""
    with open(os.path.join(UCD, name), encoding="utf-8") as file:
        for line in file:
            line = line.split("#", 1)[0].strip()
            if line:
                yield [field.strip() for field in line.split(";")]


def span(text):
    first, _, last = text.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


def code_points(text):
    return [int(word, 16) for word in text.split()]


def read_characters():
    """Code point -> fields of UnicodeData.txt, ranges expanded."""
    characters = {}
    first = None
    for row in fields("UnicodeData.txt"):
        cp = int(row[0], 16)
        if row[1].endswith(", First>"):
            first = cp
        elif row[1].endswith(", Last>"):
            for each in range(first, cp + 1):
                characters[each] = row
        else:
            characters[cp] = row
    return characters


def read_property(file, wanted):
    found = set()
    for row in fields(file):
        if row[1] == wanted:
            found.update(span(row[0]))
    return found


def read_numeric():
    values = {}
    for row in fields("extracted/DerivedNumericValues.txt"):
        for cp in span(row[0]):
            values[cp] = Fraction(row[3])
    return values


def property_rows(characters, numeric):
    """One (flags, category, decimal, digit) for each code point."""
    derived = {flag: read_property("DerivedCoreProperties.txt", name) for flag, name in [
        ("UPPER", "Uppercase"), ("LOWER", "Lowercase"), ("CASED", "Cased"), ("CASE_IGNORABLE", "Case_Ignorable"),
        ("XID_START", "XID_Start"), ("XID_CONTINUE", "XID_Continue")]}
    derived["XID_START"].add(ord("_"))
    breaks = set()
    for kind in ("BK", "CR", "LF", "NL"):
        breaks |= read_property("LineBreak.txt", kind)
    for cp in range(COUNT):
        row = characters.get(cp)
        category = row[2] if row else "Cn"
        bidi = row[4] if row else ""
        set_flags = {flag for flag, members in derived.items() if cp in members}
        if category[0] == "L":
            set_flags.add("ALPHA")
        if category == "Lt":
            set_flags.add("TITLE")
        if category not in UNPRINTABLE or cp == 0x20:
            set_flags.add("PRINTABLE")
        if category == "Zs" or bidi in ("WS", "B", "S"):
            set_flags.add("SPACE")
        if bidi == "B" or cp in breaks:
            set_flags.add("LINEBREAK")
        decimal = int(row[6]) if row and row[6] else -1
        digit = int(row[7]) if row and row[7] else -1
        if decimal >= 0:
            set_flags.add("DECIMAL")
        if digit >= 0:
            set_flags.add("DIGIT")
        if cp in numeric:
            set_flags.add("NUMERIC")
        yield sum(BIT[flag] for flag in set_flags), CATEGORIES.index(category), decimal, digit


def read_special():
    """Code point -> (lower, title, upper) of the unconditional rules."""
    special = {}
    for row in fields("SpecialCasing.txt"):
        if not row[4]:
            special[int(row[0], 16)] = tuple(code_points(text) for text in row[1:4])
    return special


def read_folding():
    return {int(row[0], 16): code_points(row[2]) for row in fields("CaseFolding.txt") if row[1] in "CF"}


def case_rows(characters):
    """(one (upper, lower, title, fold, special) for each code point as distances, list of full mappings)"""
    special = read_special()
    folding = read_folding()
    rows = []
    full = []
    for cp in range(COUNT):
        row = characters.get(cp)
        upper = int(row[12], 16) if row and row[12] else cp
        lower = int(row[13], 16) if row and row[13] else cp
        title = int(row[14], 16) if row and row[14] else upper
        fold = folding.get(cp, [cp])
        is_special = cp in special or len(fold) > 1
        if is_special:
            lowers, titles, uppers = special.get(cp, ([lower], [title], [upper]))
            full.append((cp, uppers, lowers, titles, fold))
        rows.append((upper - cp, lower - cp, title - cp, 0 if len(fold) > 1 else fold[0] - cp, int(is_special)))
    return rows, full


def compress(rows):
    """(distinct rows, blocks as one flat list, index of blocks). Row 0 is that of unassigned code points."""
    rows = list(rows)
    distinct = {rows[COUNT - 1]: 0}
    numbers = [distinct.setdefault(row, len(distinct)) for row in rows]
    blocks = {}
    index = []
    for start in range(0, COUNT, 1 << SHIFT):
        index.append(blocks.setdefault(tuple(numbers[start:start + (1 << SHIFT)]), len(blocks)))
    return list(distinct), [number for block in blocks for number in block], index


def emit_numbers(declaration, numbers):
    print(f"{declaration} = {{")
    line = "   "
    for number in numbers:
        text = f" {number},"
        if len(line) + len(text) > 118:
            print(line)
            line = "   "
        line += text
    print(line)
    print("};\n")


def element(numbers):
    return "uint8_t" if max(numbers) < 256 else "uint16_t"


def emit_list(declaration, items):
    print(f"{declaration} = {{")
    for item in items:
        print(f"    {item},")
    print("};\n")


def braces(numbers, width=0):
    numbers = list(numbers) + [0] * (width - len(numbers))
    return "{" + ", ".join(str(number) for number in numbers) + "}"


def numeric_runs(numeric):
    """Runs of code points whose values rise by one (digits and the like) or that stand alone."""
    runs = []
    for cp in sorted(numeric):
        value = numeric[cp]
        if runs:
            first, length, start = runs[-1]
            if cp == first + length and value == start + length:
                runs[-1] = (first, length + 1, start)
                continue
        runs.append((cp, 1, value))
    return runs


def numeric_item(run):
    first, length, value = run
    numerator, zeros = value.numerator, 0
    while numerator and numerator % 10 == 0 and abs(numerator) > 30000:
        numerator //= 10
        zeros += 1
    return f"{{0x{first:04X}, {length}, {zeros}, {numerator}, {value.denominator}}}"


def main():
    characters = read_characters()
    numeric = read_numeric()
    properties, property_blocks, property_index = compress(property_rows(characters, numeric))
    rows, full = case_rows(characters)
    cases, case_blocks, case_index = compress(rows)
    runs = numeric_runs(numeric)
    print("""// SPDX-License-Identifier: MIT
//
// Generated by scripts/dev/unicode_tables.py from the Unicode Character Database 15.0.0; do not edit. Row numbers of
// all code points in blocks, rows of properties and of case mappings, full case mappings, numeric values. unicode.h
// and unicode_tables.h say what they mean.
#include "lexer/unicode_tables.h"
""")
    emit_list("const UnicodeProperties unicode_property_rows[]", map(braces, properties))
    emit_numbers(f"const {element(property_index)} unicode_property_index[]", property_index)
    emit_numbers(f"const {element(range(len(properties)))} unicode_property_blocks[]", property_blocks)
    emit_list("const UnicodeCase unicode_case_rows[]", map(braces, cases))
    emit_numbers(f"const {element(case_index)} unicode_case_index[]", case_index)
    emit_numbers(f"const {element(range(len(cases)))} unicode_case_blocks[]", case_blocks)
    emit_list("const UnicodeFullCase unicode_full_cases[]",
              [f"{{0x{cp:04X}, {', '.join(braces(m, 3) for m in maps)}}}" for cp, *maps in full])
    print(f"const uint16_t unicode_full_case_count = {len(full)};\n")
    emit_list("const UnicodeNumericRun unicode_numeric_runs[]", map(numeric_item, runs))
    print(f"const uint16_t unicode_numeric_run_count = {len(runs)};")
    print(f"properties {len(properties)} rows, {len(property_blocks) >> SHIFT} blocks; cases {len(cases)} rows, "
          f"{len(case_blocks) >> SHIFT} blocks; {len(full)} full cases; {len(runs)} numeric runs", file=sys.stderr)


main()
