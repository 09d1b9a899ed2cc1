"""“What if?”: asking, and the page of the answer."""

from refunds.admin.whatif import replays

__all__ = ["replays"]
