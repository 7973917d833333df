from . import __dict__ as parent
import pkg_counter
pkg_counter.loaded += 1


def loads():
    return pkg_counter.loaded
