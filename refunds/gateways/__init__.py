"""Payouts through a payment provider: commit the intent, call, record the answer – three steps.

``sending`` takes what a released batch approved, ``asking`` finds out what became of what has no
definite answer, ``recording`` writes down what a provider said, ``hooks`` is where providers call.
"""
