"""What the verifier says of a row where something does not hold."""

from dataclasses import dataclass


@dataclass
class Finding:
    """One thing that does not hold: which row, and what is wrong with it."""

    model: str
    row: int
    problem: str
