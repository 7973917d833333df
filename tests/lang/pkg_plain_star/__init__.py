import sys
a = 1
b = 2
_c = 3
__d = 4


def f():
    pass
