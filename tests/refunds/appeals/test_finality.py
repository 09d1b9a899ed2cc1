"""A verdict becomes final, and a deadline of an appeal is told of."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, system
from backoffice.clock import now
from backoffice.exceptions import WrongState
from refunds.disputes import deadlines
from refunds.disputes.finality import close_final_verdicts
from refunds.models import Notice, State
from refunds.panels.disputes import to_decide
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.appeals.appealing import STANDS, decide, refunded
from tests.refunds.disputes import act, appealed, dispute_of, payout_of, upheld
from tests.refunds.factories import fetch

pytestmark = pytest.mark.once


def test_the_verdict_of_a_refunded_case_becomes_final_too(cast: Cast) -> None:
    case = refunded(cast, upheld(cast))
    dispute = dispute_of(case)
    with time_machine.travel(dispute.appeal_until - timedelta(seconds=1), tick=False):
        assert close_final_verdicts() == 0
    with time_machine.travel(dispute.appeal_until, tick=False):
        assert (close_final_verdicts(), close_final_verdicts()) == (1, 0)
    version = dispute_of(case).history.latest()
    assert (version.actor_name, version.action) == ("timer", "let_stand")
    with pytest.raises(WrongState):
        act(case, cast.manager, "appeal", words="Too late.")


def test_an_undisputed_verdict_becomes_final(cast: Cast) -> None:
    case = upheld(cast)
    with time_machine.travel(case.due_at, tick=False):
        perform("let_stand", case_id=case.pk, actor=system(TIMER))
        case = fetch(case)
        assert (case.state, case.due_at) == (State.REVIEWED, None)
        assert dispute_of(case).closed_at is not None
        with pytest.raises(WrongState):
            act(case, cast.manager, "appeal", words="Too late.")
    assert not payout_of(case).frozen


def test_an_appeal_on_a_paid_case_has_its_deadline_and_is_told_of(
    client: Client, cast: Cast
) -> None:
    case = refunded(cast, upheld(cast))
    case = act(case, cast.manager, "appeal", words="The video is of another lamp.")
    dispute, hours = dispute_of(case), case.policy.escalate_hours
    due = deadlines.appeal_due(dispute)
    assert dispute.appealed_at is not None
    assert due == dispute.appealed_at + timedelta(hours=hours)
    told = []
    for share in (0.4, 0.5, 0.6, 0.8, 0.9, 1.0, 1.1):
        with time_machine.travel(dispute.appealed_at + share * (due - dispute.appealed_at)):
            deadlines.tell()
            deadlines.tell()
        rows = Notice.objects.filter(case=case, recipient=cast.platform).order_by("pk")
        told.append([row.kind for row in rows if row.about == f"appeal {dispute.pk}"])
    half, late, over = ["half"], ["half", "late"], ["half", "late", "escalated"]
    assert told == [[], half, half, late, late, over, over]
    client.force_login(cast.platform)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk]))
    assert "To be decided by" in page.content.decode()


def test_an_appeal_with_the_platforms_clock_is_told_of_by_it(cast: Cast) -> None:
    case = appealed(cast)
    with time_machine.travel(now() + timedelta(hours=case.policy.escalate_hours + 1)):
        assert deadlines.tell() == 0
    due = deadlines.appeal_due(dispute_of(case))
    assert case.due_at is not None
    assert due is not None
    assert abs(case.due_at - due) < timedelta(minutes=1)


def test_a_decided_appeal_is_told_of_no_more(cast: Cast) -> None:
    case = refunded(cast, upheld(cast))
    case = act(case, cast.manager, "appeal", words="The video is of another lamp.")
    decide(case, cast.platform, STANDS)
    with time_machine.travel(now() + timedelta(hours=case.policy.escalate_hours + 1)):
        assert deadlines.tell() == 0
    assert deadlines.appeal_due(dispute_of(case)) is None


def test_the_appeal_that_is_due_first_is_on_top(rf: Any, cast: Cast) -> None:
    """With a clock or without: both lists are one."""
    paid = refunded(cast, upheld(cast))
    waits = appealed(cast)
    with time_machine.travel(now() + timedelta(hours=1)):
        paid = act(paid, cast.manager, "appeal", words="The video is of another lamp.")
    request = rf.get("/")
    request.user = cast.platform
    assert [row.title for row in to_decide(request).context["rows"]] == [waits.number, paid.number]
