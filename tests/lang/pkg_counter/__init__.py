loaded = 0
