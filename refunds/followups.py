"""What is tried by itself once something was done to a case.

The doer knows nothing of it: ``register_follow_up("attach", try_rules)`` in ``AppConfig.ready()``. What
was done is committed before, and stays done whatever becomes of the follow-up.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from refunds.models import RefundCase

FollowUp = Callable[[RefundCase], RefundCase]
Asked = ParamSpec("Asked")
_follow_ups: dict[str, list[FollowUp]] = defaultdict(list)


def register_follow_up(action: str, try_it: FollowUp) -> None:
    """Call ``try_it`` after every ``action``; it gives the case as it is then."""
    if try_it not in _follow_ups[action]:
        _follow_ups[action].append(try_it)


def followed(service: Callable[Asked, RefundCase]) -> Callable[Asked, RefundCase]:
    """Let what is registered for its action follow ``service``, which gives a case.

    The action is the service's first argument; opening a case, which has none, is a “request”.
    """

    @wraps(service)
    def and_then(*args: Asked.args, **kwargs: Asked.kwargs) -> RefundCase:
        case = service(*args, **kwargs)
        for try_it in _follow_ups[str(args[0]) if args else "request"]:
            case = try_it(case)
        return case

    return and_then
