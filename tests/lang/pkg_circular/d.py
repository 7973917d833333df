from .c import thing_c
thing_d = 2
