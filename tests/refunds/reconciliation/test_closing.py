"""Dealing with differences, closing days, and opening them again: four eyes, and what is late."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import QuerySet

from backoffice.actors import TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BackofficeError, BadInput, NotAllowed, NotFound, WrongState
from backoffice.models import User
from refunds.models import Difference, ReconciliationDay
from refunds.reconciliation.closing import close, reopen
from refunds.reconciliation.handling import assign, explain, send_back, sign
from refunds.reconciliation.matching import match
from tests.cast import Cast
from tests.flushing import rewrite
from tests.refunds.invariants import broken
from tests.refunds.money import give_role
from tests.refunds.reconciliation.statements import (
    DAY,
    NEXT,
    day_of,
    found,
    load,
    other,
    out,
    paid,
)

pytestmark = pytest.mark.once

TEXT = "The bank took its monthly charge."
LATER = NEXT + timedelta(days=1)


@pytest.fixture(autouse=True)
def the_next_day() -> Iterator[None]:
    """It is noon of the day after."""
    with time_machine.travel(NEXT, tick=False):
        yield


@pytest.fixture
def fee(cast: Cast) -> Difference:
    """A charge that the bank booked."""
    load(cast, [other("8.00")])
    return Difference.objects.get()


def explained(cast: Cast, difference: Difference) -> Difference:
    return explain(difference_id=difference.pk, code="fee", text=TEXT, actor=person(cast.finance))


def signed(cast: Cast, difference: Difference) -> Difference:
    explained(cast, difference)
    return sign(difference_id=difference.pk, actor=person(cast.checker))


def closed(cast: Cast) -> ReconciliationDay:
    return close(day_id=day_of(cast).pk, actor=person(cast.checker))


def test_finance_explains_the_checker_signs_and_the_day_closes(cast: Cast, fee: Difference) -> None:
    assign(difference_id=fee.pk, colleague=cast.finance, actor=person(cast.finance))
    signed(cast, fee)
    day = closed(cast)
    assert (day.state, day.closed_by) == ("closed", cast.checker)
    assert day.figures["bank_paid"] == {"count": 1, "total": "8.00"}
    told = [(v.action, v.actor_name) for v in fee.history.order_by("history_id")]
    assert told == [
        ("match", "finance"),
        ("assign_difference", "finance"),
        ("explain", "finance"),
        ("sign", "checker"),
    ]
    assert day.history.latest().history_change_reason.startswith("Nothing differs")


def test_a_day_without_differences_closes_and_is_never_closed_twice(cast: Cast) -> None:
    load(cast, [out(paid(cast))])
    closed(cast)
    with pytest.raises(WrongState, match="closed already"):
        closed(cast)


def test_a_day_does_not_close_on_what_nobody_signed(cast: Cast, fee: Difference) -> None:
    with pytest.raises(WrongState, match="1 difference is not explained"):
        closed(cast)
    explained(cast, fee)
    with pytest.raises(WrongState, match="1 difference is not explained"):
        closed(cast)
    assert day_of(cast).state == "open"


def test_a_day_does_not_close_before_it_is_over_or_told_of(cast: Cast) -> None:
    load(cast, [other("0.00")], at=NEXT - timedelta(hours=14))
    with pytest.raises(WrongState, match="No report of the whole day"):
        closed(cast)
    with (
        time_machine.travel(NEXT - timedelta(hours=13), tick=False),
        pytest.raises(WrongState, match="not over yet"),
    ):
        closed(cast)


def test_closing_looks_again_at_what_differs(cast: Cast) -> None:
    load(cast, [other("0.00")])
    paid(cast)  # written down for that day after its report was matched
    signed(cast, Difference.objects.get())
    with pytest.raises(WrongState):
        closed(cast)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("finance", NotAllowed),
        ("staff", NotFound),
        ("manager", NotAllowed),
        ("auditor", NotAllowed),
        ("platform", NotAllowed),
        ("staff2", NotFound),
    ],
)
def test_only_the_checker_signs_and_closes(
    cast: Cast, fee: Difference, who: str, error: type[BackofficeError]
) -> None:
    explained(cast, fee)
    with pytest.raises(error):
        sign(difference_id=fee.pk, actor=person(getattr(cast, who)))
    sign(difference_id=fee.pk, actor=person(cast.checker))
    with pytest.raises(error):
        close(day_id=day_of(cast).pk, actor=person(getattr(cast, who)))
    assert day_of(cast).state == "open"


@pytest.mark.parametrize("who", ["checker", "manager", "auditor", "platform"])
def test_only_finance_explains(cast: Cast, fee: Difference, who: str) -> None:
    with pytest.raises(NotAllowed):
        explain(difference_id=fee.pk, code="fee", text=TEXT, actor=person(getattr(cast, who)))


def test_nobody_signs_what_they_explained_or_loaded(cast: Cast, fee: Difference) -> None:
    both = give_role(cast, "finance", "checker")
    explained(cast, fee)
    with pytest.raises(NotAllowed, match="You explained"):
        sign(difference_id=fee.pk, actor=person(both))
    send_back(difference_id=fee.pk, actor=person(cast.checker), note="Which charge?")
    colleague = give_role(cast, "staff", "finance")
    explain(difference_id=fee.pk, code="fee", text=TEXT, actor=person(colleague))
    with pytest.raises(NotAllowed, match="You loaded"):
        sign(difference_id=fee.pk, actor=person(both))
    sign(difference_id=fee.pk, actor=person(cast.checker))
    with pytest.raises(NotAllowed, match="You loaded"):
        close(day_id=day_of(cast).pk, actor=person(both))


def test_a_second_account_signs_and_closes_nothing_of_its_own_person(
    cast: Cast, fee: Difference
) -> None:
    rewrite(QuerySet(User).filter(pk=cast.checker.pk), person=cast.finance.person)
    checker = User.objects.get(pk=cast.checker.pk)
    explained(cast, fee)
    with pytest.raises(NotAllowed, match="You explained"):
        sign(difference_id=fee.pk, actor=person(checker))
    sign(difference_id=fee.pk, actor=person(give_role(cast, "manager2", "checker")))
    with pytest.raises(NotAllowed, match="You loaded"):
        close(day_id=day_of(cast).pk, actor=person(checker))


def refused(row: Any, rule: str) -> None:
    """The database does not take the row, and names its rule."""
    with (
        pytest.raises(IntegrityError, match=rule),
        transaction.atomic(),
        recorded(system(TIMER), "A try."),
    ):
        row.save()


@pytest.mark.parametrize("role", ["explained", "loaded"])
def test_the_database_refuses_a_signature_of_the_same_person(
    cast: Cast, fee: Difference, role: str
) -> None:
    explained(cast, fee)
    row = Difference.objects.get()
    row.sign()
    row.signed_by, row.signed_at = cast.checker, row.explained_at  # another account of theirs
    row.signed_person = getattr(row, f"{role}_person")
    assert getattr(row, f"{role}_by") != cast.checker
    refused(row, "difference_signed_by_another")
    row.signed_person = None
    refused(row, "difference_people_are_known")


def test_the_database_refuses_a_day_closed_or_opened_by_the_same_person(
    cast: Cast, fee: Difference
) -> None:
    day = day_of(cast)
    day.close()
    day.closed_by, day.closed_at = cast.checker, day.reported_at
    day.closed_person = cast.finance.person  # who loaded its report, by another account
    refused(day, "reconciliation_day_closer_did_not_load_it")
    day.closed_person = cast.checker.person
    day.reopened_by, day.reopened_person = cast.manager, cast.checker.person
    refused(day, "reconciliation_day_reopened_by_another")
    day.reopened_person = None
    refused(day, "reconciliation_day_people_are_known")


@pytest.mark.parametrize(
    ("code", "text", "sentence"),
    [("", TEXT, "Choose a cause"), ("magic", TEXT, "Choose a cause"), ("fee", " fee ", "at least")],
)
def test_an_explanation_says_something(
    cast: Cast, fee: Difference, code: str, text: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        explain(difference_id=fee.pk, code=code, text=text, actor=person(cast.finance))
    assert found() == [("theirs", "no_payout", "open")]


def test_a_difference_is_given_only_to_who_may_explain_it(cast: Cast, fee: Difference) -> None:
    for colleague in (cast.staff, cast.staff2, cast.checker):
        with pytest.raises(BadInput, match="Choose somebody"):
            assign(difference_id=fee.pk, colleague=colleague, actor=person(cast.finance))


def test_what_was_not_agreed_to_is_explained_again_and_stays_in_history(
    cast: Cast, fee: Difference
) -> None:
    explained(cast, fee)
    with pytest.raises(BadInput):
        send_back(difference_id=fee.pk, actor=person(cast.checker), note=" ")
    send_back(difference_id=fee.pk, actor=person(cast.checker), note="Which charge?")
    row = Difference.objects.get()
    assert (row.state, row.explanation, row.explained_by) == ("open", "", None)
    assert [v.explanation for v in row.history.order_by("history_id")] == ["", TEXT, ""]
    assert row.history.latest().history_change_reason == "Which charge?"


def test_nothing_of_a_closed_day_is_touched(cast: Cast, fee: Difference) -> None:
    signed(cast, fee)
    day = closed(cast)
    before = day.history.count()
    for job in (
        lambda: assign(difference_id=fee.pk, colleague=None, actor=person(cast.finance)),
        lambda: explained(cast, fee),
        lambda: sign(difference_id=fee.pk, actor=person(cast.checker)),
    ):
        with pytest.raises(WrongState, match="day is closed"):
            job()
    assert match(day_id=day.pk, actor=person(cast.finance))["opened"] == 0
    assert day.history.count() == before


def test_a_late_line_counts_on_the_next_open_day_and_says_which_day_it_is_late_for(
    cast: Cast,
) -> None:
    payout = paid(cast)
    load(cast, [other("0.00")])
    for difference in Difference.objects.all():
        signed(cast, difference)
    day = closed(cast)
    load(cast, [out(payout), other("8.00")], at=LATER)
    following = DAY + timedelta(days=1)
    late = Difference.objects.filter(day__day=following).order_by("pk")
    assert [(d.kind, d.late_for) for d in late] == [("late", day), ("theirs", day)]
    assert day_of(cast).history.latest().action == "close_day"
    assert day_of(cast, following).reported_at is None
    assert found() == [("theirs", "no_payout", "signed"), ("ours", "no_line", "signed")]
    assert broken() == []


def test_a_day_is_opened_again_by_another_person_with_a_reason(cast: Cast, fee: Difference) -> None:
    signed(cast, fee)
    day = closed(cast)
    give_role(cast, "checker", "finance")
    for who, note, error in (
        ("checker", "A mistake.", NotAllowed),
        ("finance", " ", BadInput),
        ("manager", "A mistake.", NotAllowed),
        ("staff2", "A mistake.", NotFound),
    ):
        with pytest.raises(error):
            reopen(day_id=day.pk, actor=person(getattr(cast, who)), note=note)
    day = reopen(day_id=day.pk, actor=person(cast.finance), note="The bank sent a second page.")
    assert (day.state, day.reopened_by, day.closed_by) == ("open", cast.finance, cast.checker)
    assert day.history.latest().history_change_reason == "The bank sent a second page."
    assert closed(cast).reopened_by is None


def test_a_person_with_two_roles_still_needs_another_person(cast: Cast, fee: Difference) -> None:
    give_role(cast, "checker", "finance")
    explain(difference_id=fee.pk, code="fee", text=TEXT, actor=person(cast.checker))
    with pytest.raises(NotAllowed, match="You explained"):
        sign(difference_id=fee.pk, actor=person(cast.checker))


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE refunds_reconciliationday SET figures = '{}'",
        "UPDATE refunds_difference SET explanation = 'Something else.'",
        "INSERT INTO refunds_difference (day_id, store_id, kind, detail, state, opened_at, code,"
        " explanation, line_id) SELECT day_id, store_id, 'late', 'late', 'open', opened_at, '', '',"
        " line_id FROM refunds_difference",
        "INSERT INTO refunds_bankline (run_id, day_id, store_id, account, row, number, amount,"
        " currency, booked_on, direction, returned, bank_reference, reason, repeat) SELECT run_id,"
        " day_id, store_id, account, row, 'X', amount, currency, booked_on, direction, returned,"
        " bank_reference, reason, repeat FROM refunds_bankline",
    ],
)
def test_the_database_itself_holds_a_closed_day(cast: Cast, fee: Difference, write: str) -> None:
    signed(cast, fee)
    closed(cast)
    with (
        pytest.raises(DatabaseError, match="closed day never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(write)
