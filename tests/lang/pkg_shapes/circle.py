print("load", __name__)
from .helpers import math_tools as mt
from . import helpers


def area(r):
    return 3 * mt.sq(r)
