"""How a policy changes: versions with a start, ends, and everything that is refused with a sentence."""

from datetime import timedelta
from typing import Any

import pytest

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.exceptions import BackofficeError, NotAllowed, StaleVersion
from refunds.models import PauseCause, Reason, RefundPolicy
from refunds.policies import PauseTerm, Terms, end_scope, new_version
from refunds.policies.checks import PolicyRefused
from tests.cast import Cast
from tests.refunds.policies import UNSHIPPED, Scope, change, common, in_force, now, terms

DAY = timedelta(days=1)


def end(cast: Cast, policy: RefundPolicy, **details: Any) -> RefundPolicy:
    details.setdefault("reason", "No longer wanted.")
    return end_scope(policy_id=policy.pk, actor=person(cast.platform), **details)


def test_a_new_version_ends_the_one_before_it(cast: Cast) -> None:
    old, start = common(), now() + 3 * DAY
    new = change(cast.platform, Scope(**UNSHIPPED), start=start, reason="Faster for the season.")
    old.refresh_from_db()
    assert (old.valid_until, new.valid_from, new.valid_until) == (start, start, None)
    assert (old.version, new.version) == (1, 2)
    for policy, what in ((old, "~"), (new, "+")):
        version = policy.history.latest()
        assert (version.history_user, version.history_type) == (cast.platform, what)
        assert version.history_change_reason == "Faster for the season."
        assert version.action == "policy.version"


def test_a_version_is_written_with_its_pauses(cast: Cast) -> None:
    pauses = [PauseTerm(PauseCause.EVIDENCE, 24), PauseTerm(PauseCause.STOCK_CHECK, 12, 2)]
    new = change(cast.platform, Scope(**UNSHIPPED), pauses=pauses)
    assert [(p.cause, p.hours, p.times) for p in new.pauses.all()] == [
        ("evidence", 24, 1),
        ("stock_check", 12, 2),
    ]
    assert Terms.of(new).pauses == frozenset(pauses)
    assert {p.history.get().history_user for p in new.pauses.all()} == {cast.platform}
    assert not common(stage="not_shipped").pauses.exclude(policy=new).exists()


def test_nothing_starts_in_the_past(cast: Cast) -> None:
    with pytest.raises(PolicyRefused, match="cannot start in the past"):
        change(cast.platform, Scope(**UNSHIPPED), start=now() - timedelta(seconds=1))
    assert common().version == 1


def test_a_version_cannot_start_inside_a_later_one_or_before_it(cast: Cast) -> None:
    planned = change(cast.platform, Scope(**UNSHIPPED), start=now() + 5 * DAY)
    for start in (planned.valid_from, planned.valid_from - DAY, now() + DAY):
        with pytest.raises(
            PolicyRefused, match=r"Version 2 of this policy starts on .* after that"
        ):
            change(cast.platform, Scope(**UNSHIPPED), start=start, review_hours=6)
    assert common() == planned
    after = change(
        cast.platform, Scope(**UNSHIPPED), start=planned.valid_from + DAY, review_hours=6
    )
    assert after.version == 3


def test_a_version_that_says_nothing_new_is_refused(cast: Cast) -> None:
    with pytest.raises(PolicyRefused, match="says the same"):
        change(cast.platform, Scope(**UNSHIPPED), review_hours=24)


def test_a_narrow_scope_may_end_and_the_wider_one_rules(cast: Cast) -> None:
    own = change(cast.platform, Scope(store_id=cast.a.pk, **UNSHIPPED))
    ended = end(cast, own, end=now() + DAY, reason="The trial is over.")
    assert in_force(store=cast.a, at=now(), **UNSHIPPED) == own
    assert in_force(store=cast.a, at=ended.valid_until, **UNSHIPPED) == common()
    version = own.history.latest()
    assert (version.history_user, version.action) == (cast.platform, "policy.end")
    assert version.history_change_reason == "The trial is over."
    with pytest.raises(PolicyRefused, match="has an end already"):
        end(cast, own)


def test_a_base_scope_cannot_end(cast: Cast) -> None:
    with pytest.raises(PolicyRefused, match="No other policy would rule"):
        end(cast, common())
    assert common().valid_until is None


def test_a_base_scope_may_end_once_a_wider_one_rules_for_good(cast: Cast) -> None:
    base, start = common(), now() + DAY
    every_stage = change(cast.platform, Scope("refund_only"), start=start)
    with pytest.raises(PolicyRefused, match="No other policy would rule"):
        end(cast, base)  # a day too early
    end(cast, base, end=start)
    assert in_force(store=cast.a, at=start, **UNSHIPPED) == every_stage
    with pytest.raises(PolicyRefused, match="No other policy would rule"):
        end(cast, every_stage, end=start + DAY)


def test_an_end_lies_in_the_future_and_after_the_start(cast: Cast) -> None:
    own = change(cast.platform, Scope(store_id=cast.a.pk, **UNSHIPPED), start=now() + DAY)
    with pytest.raises(PolicyRefused, match="cannot end in the past"):
        end(cast, own, end=now() - DAY)
    with pytest.raises(PolicyRefused, match="only starts on"):
        end(cast, own, end=own.valid_from)


def test_a_narrow_scope_may_come_back_while_the_wider_one_fills_the_hole(cast: Cast) -> None:
    scope = Scope(store_id=cast.a.pk, **UNSHIPPED)
    end(cast, change(cast.platform, scope), end=now() + DAY)
    again = change(cast.platform, scope, start=now() + 3 * DAY)
    assert again.version == 2
    assert in_force(store=cast.a, at=now() + 2 * DAY, **UNSHIPPED) == common()
    assert scope.versions().first().valid_until < again.valid_from


def test_a_hole_that_nothing_fills_is_refused(cast: Cast) -> None:
    every_stage, moment = Scope("refund_only"), now() + DAY
    change(cast.platform, every_stage, start=moment)
    base = end(cast, common(), end=moment)
    end(cast, common(stage="shipped"), end=moment)
    with pytest.raises(PolicyRefused, match="No other policy would rule"):
        end(cast, every_stage.versions().get(), end=moment + DAY)
    with recorded(person(cast.platform), "Past the service."):
        stray = every_stage.versions().get()
        stray.valid_until = moment + DAY
        stray.save(update_fields=["valid_until"])
    with pytest.raises(PolicyRefused, match=r"Between .* nothing would rule"):
        change(cast.platform, Scope(**UNSHIPPED), start=moment + 2 * DAY)
    assert change(cast.platform, Scope(**UNSHIPPED), start=base.valid_until).version == 2


def test_who_looked_at_an_older_version_is_told(cast: Cast) -> None:
    seen = common().pk
    change(cast.platform, Scope(**UNSHIPPED), seen=seen)
    with pytest.raises(StaleVersion):
        change(cast.platform, Scope(**UNSHIPPED), seen=seen, review_hours=6)
    with pytest.raises(StaleVersion):
        change(cast.platform, Scope(store_id=cast.a.pk, **UNSHIPPED), seen=seen)
    assert common().version == 2


@pytest.mark.parametrize("name", ["staff", "manager", "supervisor", "finance", "auditor", "nobody"])
def test_only_the_platform_writes_policies(cast: Cast, name: str) -> None:
    own = change(cast.platform, Scope(store_id=cast.a.pk, **UNSHIPPED))
    who = cast.people[name]
    for scope in (Scope(**UNSHIPPED), Scope(store_id=cast.a.pk, **UNSHIPPED)):
        with pytest.raises(NotAllowed):
            change(who, scope, review_hours=9)
    with pytest.raises(BackofficeError):
        end_scope(policy_id=own.pk, actor=person(who), reason="I want to.")
    own.refresh_from_db()
    assert own.valid_until is None


BAD = {
    "review_hours": (0, "hours to review” must be from 1"),
    "inspect_hours": (169, "Inspect within 168 hours"),
    "escalate_hours": (99999, "hours to escalate” must be"),
    "channel_hours": (4, "needs more than four hours"),
    "auto_ceiling": (-1, "cannot be below zero"),
    "second_approval_above": (-1, "cannot be below zero"),
    "reject_codes": (["R99"], "no reject code “R99”"),
    "cost_bearer": ("reason", "must say who bears it"),
}


@pytest.mark.parametrize("field", BAD)
def test_terms_that_are_not_sound_are_refused(cast: Cast, field: str) -> None:
    value, sentence = BAD[field]
    with pytest.raises(PolicyRefused, match=sentence):
        change(cast.platform, Scope(**UNSHIPPED), **{field: value})
    assert common().version == 1


@pytest.mark.parametrize(
    ("bearer", "sound"), [("buyer", False), ("reason", False), ("carrier", True)]
)
def test_a_refund_without_return_or_person_says_who_bears_it(
    cast: Cast, bearer: str, sound: bool
) -> None:
    values = {"at_deadline": "approve", "cost_bearer": bearer}
    scope = Scope("refund_only", stage="received")
    if sound:
        assert change(cast.platform, scope, **values).cost_bearer == bearer
        return
    with pytest.raises(PolicyRefused, match="must say who bears it"):
        change(cast.platform, scope, **values)
    values["at_deadline"] = "person"
    assert change(cast.platform, scope, **values).cost_bearer == bearer


def test_a_scope_that_no_case_could_fall_under_is_refused(cast: Cast) -> None:
    with pytest.raises(PolicyRefused, match="leave the channel empty"):
        change(cast.platform, Scope(store_id=cast.a.pk, channel="elsewhere", **UNSHIPPED))
    reason = Reason.objects.get(code="C05")
    with pytest.raises(PolicyRefused, match="is not for such cases"):
        change(cast.platform, Scope(reason_id=reason.pk, **UNSHIPPED))
    with pytest.raises(PolicyRefused, match="no stage “eaten”"):
        new_version(
            scope=Scope("refund_only", stage="eaten"),
            terms=terms(),
            actor=person(cast.platform),
            reason="A slip.",
        )
