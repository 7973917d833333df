real = "real attribute"


def __getattr__(name):
    if name.startswith("lazy_"):
        return f"made {name}"
    raise AttributeError(f"no {name} here")


def __dir__():
    return ["real", "lazy_something"]
