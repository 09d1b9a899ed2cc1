"""A past to ask about: cases of a quarter, decided by people and by the timer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from backoffice.actors import TIMER, person, system
from backoffice.clock import now
from refunds.demo.pictures import picture
from refunds.models import InstantRule, PolicyReplay, RefundCase, RefundPolicy, RejectCode
from refunds.whatif.asking import ask
from refunds.whatif.running import carry_on
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order

START = datetime(2026, 3, 2, 2, tzinfo=UTC)  # a Monday, 10 o'clock in Shanghai
NOW = START + timedelta(days=10)


class History:
    """Past cases of store A, each through the desk's own services at its time."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.n = cast, 0

    def case(self, price: str, *then: tuple[float, str], received: bool = False) -> RefundCase:
        """A case of ``price`` and what became of it, so many hours later."""
        self.n += 1
        opened = START + timedelta(hours=self.n)
        with time_machine.travel(opened, tick=False):
            shipped = {"shipped": now(), "delivered": now()} if received else {}
            order = make_order(self.cast.a, (1, price), freight="0.00", **shipped)
            case = make_case(order, self.cast.staff)
        for hours, action in then:
            with time_machine.travel(opened + timedelta(hours=hours), tick=False):
                self._do(case, action)
        return fetch(case)

    def _do(self, case: RefundCase, action: str) -> None:
        actor = person(self.cast.staff)
        details: dict[str, Any] = {}
        if action == "attach":
            details = {"file": picture("photo.png", self.n), "party": "buyer"}
        elif action == "reject":
            details = {"code": RejectCode.objects.get(code="R05"), "note": "Too late."}
        elif action == "auto_approve":
            actor = system(TIMER)
        perform(action, case_id=case.pk, actor=actor, **details)


def replayed(cast: Cast, changes: dict[str, Any] | None = None) -> PolicyReplay:
    """A finished replay of all of it."""
    with time_machine.travel(NOW, tick=False):
        replay = ask(
            store_id=cast.a.pk, since=START.date(), until=NOW.date(), title="Try",
            changes=changes or {}, actor=person(cast.manager),
        )  # fmt: skip
        carry_on(replay)
    return PolicyReplay.objects.get(pk=replay.pk)


def policy(kind: str = "refund_only", stage: str = "not_shipped") -> str:
    return f"policy_{RefundPolicy.objects.get(kind=kind, stage=stage, store=None).pk}"


def low_value() -> str:
    return f"rule_{InstantRule.objects.get(name='Low value, received').pk}"


def waiting(cast: Cast, **more: Any) -> PolicyReplay:
    return ask(
        **{"store_id": cast.a.pk, "since": START.date(), "until": NOW.date(), "title": "Try",
           "changes": {}, "actor": person(cast.manager), **more}
    )  # fmt: skip
