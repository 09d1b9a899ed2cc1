"""What a sweep did."""

from dataclasses import dataclass


@dataclass
class Sweep:
    """What one sweep did: cases decided, held for a person, already decided by others, failed."""

    decided: int = 0
    held: int = 0
    passed_by: int = 0
    failed: int = 0
