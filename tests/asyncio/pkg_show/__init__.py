# SPDX-License-Identifier: MIT
"""Texts that differ from run to run or from machine to machine, made the same: for tests that print a repr."""


def masked(text):
    """Replace addresses, places in files and the numbers of default task names."""
    words = []
    for word in str(text).split(" "):
        words.append(_word(word))
    return " ".join(words).replace(" at  PLACE", "").replace(" at PLACE", "")


def shown(obj):
    return masked(repr(obj))


def _end(text, start, accept):
    while start < len(text) and accept(text[start]):
        start += 1
    return start


def _word(word):
    address = word.find("0x")
    if address >= 0:
        end = _end(word, address + 2, lambda c: c in "0123456789abcdef")
        word = word[:address] + "0x..." + word[end:]
    slash = word.find("/")
    if word.startswith("<frozen"):
        return ""
    if word.startswith("asyncio.") and ">:" in word:
        return "PLACE" + word[_end(word, word.index(">:") + 2, str.isdigit):]
    if slash >= 0 and ":" in word[slash:]:
        end = _end(word, word.index(":", slash) + 1, str.isdigit)
        word = word[:slash] + "PLACE" + word[end:]
    task = word.find("Task-")
    if task >= 0:
        word = word[:task] + "Task-N" + word[_end(word, task + 5, str.isdigit):]
    return word
