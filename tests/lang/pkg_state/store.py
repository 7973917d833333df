values = []
total = 0


def add(v):
    global total
    values.append(v)
    total += v
    return total
