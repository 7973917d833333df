print("b starts")
from . import a
print("b sees a.name =", a.name)
print("b sees a.late:", hasattr(a, "late"))
value = 10


def use_a():
    return a.late
