print("load", __name__)
from .. import __name__ as parent


def sq(x):
    return x * x


def up():
    from ..circle import area
    return area(1)
