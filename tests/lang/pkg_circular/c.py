from .d import thing_d
thing_c = 1
