from . import level as here
from .. import level as up
from ..sibling import level as side
from .. import sibling, sub
results = [here, up, side, sibling.level, sub.level]
