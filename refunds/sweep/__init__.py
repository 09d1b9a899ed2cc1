"""The timer: when a deadline passes and nobody decided, the policy does – exactly once.

The row is the timer. A tick only says “look now”; looking twice, or from two machines, finds that
the case has moved on under its lock.
"""

from refunds.sweep.counts import Sweep
from refunds.sweep.run import expire_deadlines

__all__ = ["Sweep", "expire_deadlines"]
