"""A payment provider for trials and tests: a process of its own, with a store of its own.

It knows nothing of the rest of this program, and needs nothing but Python. It behaves as badly as
it is told to; what it executed is in its store, for whoever wants to compare.
"""
