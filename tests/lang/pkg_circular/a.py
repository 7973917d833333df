print("a starts")
name = "a, defined before importing b"
from . import b
print("a sees b.value =", b.value)
late = "defined after b"


def use():
    return b.use_a()
