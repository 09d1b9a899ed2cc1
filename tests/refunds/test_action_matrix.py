"""Action × situation × person: what is not offered is refused, with nothing written.

The expectations are in ``action_expectations.py``; a new action, state or role without one fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction

from backoffice.actors import IMPORTER, INSTALLER, SYSTEM_USERS, TIMER, Actor, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound, WrongState
from backoffice.models import User
from backoffice.roles import ROLES
from merchants.models import Membership
from orders.models import Stock
from refunds.actions import ACTIONS, available
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.demo.pictures import picture
from refunds.evidence.checking import check
from refunds.models import InstantRule, Kind, Payout, RefundCase, RejectCode, State
from refunds.workflow import perform
from tests.access.watch import Rows, changes, everything, watched
from tests.cast import Cast, make_cast
from tests.refunds.action_expectations import ANYWHERE, COMPENSATION, EXPECTED
from tests.refunds.compensations import propose
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.money import release

SITUATIONS = ANYWHERE.split()
PHOTO = check(picture("a.png", 1))
AGES = {"_late": timedelta(days=40)}


@dataclass
class Desk:
    """A case in each situation, everybody who could act on it, and all rows as they are."""

    cases: dict[str, RefundCase]
    actors: dict[str, Actor]
    before: Rows
    offers: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def offered(self, situation: str, who: str) -> set[str]:
        """What the pages offer; the same for every action, so asked once."""
        if (situation, who) not in self.offers:
            case = fetch(self.cases[situation])
            self.offers[situation, who] = {
                entry.name for entry in available(case, self.actors[who])
            }
        return self.offers[situation, who]


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Desk]:
    """Written once, and taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        cases = {name: _case(cast, name) for name in SITUATIONS}
        _let_a_rule_fit(cast)
        yield Desk(cases, _actors(cast), everything())
        transaction.set_rollback(True)


def _let_a_rule_fit(cast: Cast) -> None:
    """A rule for what was requested before: it decides nothing by itself."""
    with recorded(system(INSTALLER), "For a test."):
        InstantRule.objects.create(
            store=cast.a, name="All", kind="refund_only", most_amount=99, photo_needed=False,
            highest_risk="high", valid_from=now(),
        )  # fmt: skip


def _actors(cast: Cast) -> dict[str, Actor]:
    """One person per role in the case's store, the same of another store, strangers and systems."""
    people = {role: cast.people[role] for role in ROLES}
    people["nobody"] = cast.nobody
    with recorded(system(INSTALLER), "For a test."):
        for role in ROLES.keys() - {"auditor", "platform"}:
            for place, store in (("sister", cast.a2), ("foreign", cast.b)):
                user = User.objects.create_user(f"{role}-{place}")
                Membership.objects.create(user=user, role=role, store=store)
                people[f"{role} {place}"] = user
    actors = {name: person(User.objects.get(pk=user.pk)) for name, user in people.items()}
    return actors | {name: system(name) for name in SYSTEM_USERS}


def _case(cast: Cast, situation: str) -> RefundCase:
    """A case of store A in ``situation``, brought there by the services."""
    name, late, _rest = situation.partition("_late")
    age = AGES.get(late, timedelta(0))
    with time_machine.travel(now() - age, tick=True):
        name = {"awaiting": "awaiting_return"}.get(name, name)
        return fetch(STORIES[name](cast, _opener(cast)))


def _opener(cast: Cast) -> Callable[..., RefundCase]:
    def opened(kind: str = Kind.REFUND_ONLY, **more: Any) -> RefundCase:
        shipped = {} if kind == Kind.REFUND_ONLY else {"shipped": now(), "delivered": now()}
        return make_case(make_order(cast.a, (2, "50.00"), **shipped), cast.staff, kind=kind, **more)

    return opened


def _then(case: RefundCase, user: User, action: str, **more: Any) -> RefundCase:
    return perform(
        action, case_id=case.pk, actor=person(user), **{**DETAILS.get(action, dict)(), **more}
    )


def _awaiting(cast: Cast, opened: Any) -> RefundCase:
    return _then(opened(Kind.RETURN_REFUND), cast.staff, "approve")


def _inspecting(cast: Cast, opened: Any) -> RefundCase:
    return _then(_awaiting(cast, opened), cast.staff, "receive")


def _settled(cast: Cast, opened: Any) -> RefundCase:
    case = _then(opened(), cast.staff, "approve")
    payout = Payout.objects.get(case=case)
    batch = build(
        store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=[payout.pk]
    )
    release(batch_id=batch.pk, actor=person(cast.checker))
    export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")
    payout = Payout.objects.get(pk=payout.pk)
    with recorded(system(IMPORTER), "The bank said so."):
        payout.settle()
        payout.settled_at = now()
        payout.save()
    return case


def _returned(cast: Cast, opened: Any) -> RefundCase:
    case = _then(_settled(cast, opened), cast.finance, "refund")
    payout = Payout.objects.get(case=case)
    with recorded(system(IMPORTER), "The bank sent it back."):
        payout.bounce()
        payout.save()
    return case


def _goods(cast: Cast, opened: Any) -> RefundCase:
    return _then(_compensation(cast, "coupon", "5.00"), cast.staff, "approve")


def _rejected(cast: Cast, opened: Any) -> RefundCase:
    return _then(opened(), cast.staff, "reject")


def _disputed(cast: Cast, opened: Any) -> RefundCase:
    return _then(_rejected(cast, opened), cast.staff, "escalate")


def _upheld(cast: Cast, opened: Any) -> RefundCase:
    return _then(_disputed(cast, opened), cast.platform, "uphold")


def _parcel_sent(cast: Cast, opened: Any) -> RefundCase:
    return _then(_awaiting(cast, opened), cast.staff, "send_back")


def _return_unseen(cast: Cast, opened: Any) -> RefundCase:
    case = _inspecting(cast, opened)
    with time_machine.travel(case.due_at, tick=False):
        return perform("auto_accept", case_id=case.pk, actor=system(TIMER))


def _exchange_promised(cast: Cast, opened: Any) -> RefundCase:
    with recorded(system(INSTALLER), "For a test."):
        Stock.objects.get_or_create(store=cast.a, sku="SKU-1", defaults={"on_hand": 9})
    return _then(opened(Kind.EXCHANGE), cast.staff, "approve")


def _exchange_to_ship(cast: Cast, opened: Any) -> RefundCase:
    case = _then(_exchange_promised(cast, opened), cast.staff, "receive")
    return _then(case, cast.staff, "accept_return")


def _paused(cast: Cast, _opened: Any) -> RefundCase:
    order = make_order(cast.a, (2, "50.00"), shipped=now(), delivered=now())
    return _then(make_case(order, cast.staff), cast.staff, "pause", cause="evidence")


def _compensation(cast: Cast, kind: str, amount: str | None) -> RefundCase:
    return propose(make_order(cast.a), cast.staff, kind, amount, quantity=0 if amount else 1)


def _complained(cast: Cast, opened: Any) -> RefundCase:
    return _then(_then(opened(), cast.staff, "withdraw"), cast.staff, "complain")


STORIES: dict[str, Callable[[Cast, Any], RefundCase]] = {
    "requested": lambda _cast, opened: opened(),
    "paused": _paused,
    "offered": lambda cast, opened: _then(opened(), cast.staff, "offer"),
    "awaiting_return": _awaiting,
    "inspecting": _inspecting,
    "reviewed": lambda cast, opened: _then(opened(), cast.staff, "approve"),
    "reviewed_goods": _goods,
    "reviewed_settled": _settled,
    "refunded": lambda cast, opened: _then(_settled(cast, opened), cast.finance, "refund"),
    "refunded_returned": _returned,
    "compensated": lambda cast, opened: _then(
        _goods(cast, opened), cast.staff, "give", reference="GIVEN-1"
    ),
    "rejected": _rejected,
    "disputed": _disputed,
    "dismissed": lambda cast, opened: _then(_disputed(cast, opened), cast.platform, "dismiss"),
    "upheld": _upheld,
    "appealed": lambda cast, opened: _then(_upheld(cast, opened), cast.manager, "appeal"),
    "parcel_sent": _parcel_sent,
    "return_unseen": _return_unseen,
    "exchange_promised": _exchange_promised,
    "exchange_to_ship": _exchange_to_ship,
    "exchange_without": lambda cast, opened: _then(
        _exchange_to_ship(cast, opened), cast.staff, "cancel_replacement"
    ),
    "half_approved": lambda cast, _opened: _then(
        _compensation(cast, "goodwill", "80.00"), cast.staff, "approve"
    ),
    "statutory": lambda cast, _opened: _compensation(cast, "fraud", None),
    "advance": lambda cast, _opened: _compensation(cast, "advance", "80.00"),
    "appraising": lambda cast, _opened: _then(
        _compensation(cast, "advance", "80.00"), cast.platform, "appraise"
    ),
    "withdrawn": lambda cast, opened: _then(opened(), cast.staff, "withdraw"),
    "complained": _complained,
    "complaint_answered": lambda cast, opened: _then(
        _complained(cast, opened), cast.staff, "answer_complaint"
    ),
    "complaint_waits": lambda cast, opened: _then(
        _complained(cast, opened), cast.staff, "await_buyer"
    ),
}
PARCEL = {"carrier": "SF", "tracking": "SF-1"}
DETAILS: dict[str, Callable[[], dict[str, Any]]] = {
    "reject": lambda: {"code": RejectCode.objects.get(code="R05")},
    "send_back": lambda: PARCEL,
    "receive": lambda: PARCEL,
    "ship_replacement": lambda: PARCEL,
    "freight_payer": lambda: {"payer": "platform"},
    "convert": lambda: {"kind": "return_refund", "agreed": True},
    "note_stopped": lambda: {"stopped": "gone"},
    "give": lambda: {"type": "coupon", "reference": "COUPON-1"},
    "attach": lambda: {
        "file": PHOTO,
        "party": "buyer",
    },
    "message": lambda: {"body": "We are looking into it."},
    "note": lambda: {"body": "Second parcel this week."},
    "complain": lambda: {"words": "Nobody answers me."},
    "answer_complaint": lambda: {"words": "We have found it."},
    "resolve_complaint": lambda: {"outcome": "justified", "words": "A coupon was sent."},
    "assign": lambda: {"colleague": User.objects.get(username="manager2")},
    "merge": lambda: {"into": RefundCase.objects.all()[0]},
    "refuse_advance": lambda: {"code": RejectCode.objects.get(code="R05")},
    "appeal": lambda: {"words": "The laboratory is not accredited."},
    "decide_appeal": lambda: {"verdict": "merchant", "grounds": "It is not."},
    "hold": lambda: {"why": "A rail stopped it."},
    "pause": lambda: {"cause": "holiday"},
    "pause inspecting": lambda: {"cause": "dispute"},
    "pause parcel_sent": lambda: {"cause": "dispute"},
    **{f"pause {name}": lambda: {"cause": "evidence"} for name in COMPENSATION.split()},
    "extend": lambda: {"hours": 1},
    "offer": lambda: {"amount": Decimal("20.00"), "words": "Would this do?"},
}


@pytest.mark.once
def test_every_action_has_an_expectation() -> None:
    assert set(EXPECTED) == set(ACTIONS)
    for name, may in EXPECTED.items():
        assert set(may.who.split()) <= {*ROLES, *SYSTEM_USERS}, name
        assert set(may.when.split()) <= set(SITUATIONS), name
        assert may.by_hand == ACTIONS[name].by_hand, name


@pytest.mark.django_db
def test_there_is_a_case_in_every_state_and_a_person_of_every_role(desk: Desk) -> None:
    assert {case.state for case in desk.cases.values()} == set(State.values)
    assert set(desk.actors) >= {*ROLES, *SYSTEM_USERS, "nobody", "staff sister", "staff foreign"}


def refusal(action: str, situation: str, who: str) -> type[BackofficeError] | None:
    """What ``perform`` has to raise; ``None`` where it has to go through."""
    may = EXPECTED[action]
    if stranger(who):
        return NotFound
    if who not in may.who.split():
        return NotAllowed
    if situation in may.when.split() and who in may.against.split():
        return NotAllowed
    return None if situation in may.when.split() else WrongState


def stranger(who: str) -> bool:
    """Somebody without a role in the case's store: the situation is not theirs to know."""
    return who not in ROLES and who not in SYSTEM_USERS


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("action", list(ACTIONS))
def test_what_is_not_offered_is_refused_and_writes_nothing(
    desk: Desk, action: str, situation: str
) -> None:
    possible = (EXPECTED[action].when.split() or SITUATIONS)[0]
    trying = those_who_try(list(desk.actors), action, situation)
    for who, actor in desk.actors.items():
        if stranger(who) and situation != possible:
            continue
        expected, cell = refusal(action, situation, who), f"{who}: {action} when {situation}"
        offered = action in desk.offered(situation, who)
        assert offered == (expected is None and EXPECTED[action].by_hand), cell
        if who in trying:
            happened, written = attempt(desk, action, situation, actor)
            assert happened is expected, cell
            assert bool(written) == (expected is None), f"{cell} wrote {written}"


def those_who_try(people: list[str], action: str, situation: str) -> list[str]:
    """Who tries what is not offered to them: everybody where the action is possible at all.

    Where it is not, those try who may do it at other times, and one of those who never may – in each
    situation another one.
    """
    may = EXPECTED[action]
    never = [who for who in people if not stranger(who) and who not in may.who.split()]
    if situation in may.when.split() or not never:
        return people
    chance = never[SITUATIONS.index(situation) % len(never)]
    return [who for who in people if stranger(who) or who in may.who.split() or who == chance]


def attempt(
    desk: Desk, action: str, situation: str, actor: Actor
) -> tuple[type | None, dict[str, Any]]:
    """The refusal, if there was one, and what was written; everything is taken back."""
    given = DETAILS.get(f"{action} {situation}", DETAILS.get(action, dict))
    details, happened = given(), None
    savepoint = transaction.savepoint()
    try:
        with watched() as writes:
            perform(action, case_id=desk.cases[situation].pk, actor=actor, **details)
    except BackofficeError as error:
        happened = type(error)
    if happened is None:
        written = dict.fromkeys(writes.tables)
    else:
        written = changes(desk.before, everything()) if writes.tables else {}
    transaction.savepoint_rollback(savepoint)
    return happened, written
