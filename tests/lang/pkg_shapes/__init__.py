"""Package docstring."""
print("init", __name__, __package__)
from . import square
from .circle import area as circle_area
__all__ = ["square", "circle_area", "VERSION"]
VERSION = "1.0"
_private = "hidden"
public_but_not_listed = True
