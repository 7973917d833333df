from .store import values, add, total
