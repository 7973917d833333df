NAME = __name__
if __name__ == "__main__":
    print("never printed on import")


class C:
    pass


def f():
    pass
