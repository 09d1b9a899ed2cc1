"""What differs between ledger, bank and payouts: found once, resolved by itself, and never invented."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from backoffice.actors import IMPORTER, TIMER, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import confirm
from refunds.batches.building import build
from refunds.models import (
    BankLine,
    Difference,
    LedgerEntry,
    Payout,
    ReconciliationDay,
    StatementImport,
)
from refunds.payouts.bounces import bounce
from refunds.reconciliation.days import bounds
from refunds.reconciliation.matching import match
from refunds.reconciliation.ticking import make_days
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.invariants import broken
from tests.refunds.money import answer, apply, release, rows_of, sent_batch
from tests.refunds.reconciliation.statements import (
    DAY,
    NEXT,
    NOON,
    SHANGHAI,
    Row,
    back,
    brought,
    day_of,
    file_of,
    found,
    load,
    other,
    out,
    paid,
)


def again(cast: Cast, day: date = DAY) -> dict[str, int]:
    return match(day_id=day_of(cast, day).pk, actor=system(IMPORTER))


def test_a_day_on_which_all_three_agree_has_no_difference(cast: Cast) -> None:
    one, two = paid(cast), paid(cast, "20.50")
    run = load(cast, [out(one), out(two)])
    assert found() == []
    assert (run.counts["new"], run.counts["opened"]) == (2, 0)
    assert broken() == []


def test_a_statement_that_was_exchanged_behind_its_check_is_refused(cast: Cast) -> None:
    payout = paid(cast)
    with time_machine.travel(NEXT, tick=False):
        run = brought(cast, [out(payout)])
        Path(run.file.path).write_bytes(file_of([out(payout), other("8.00")]).getvalue())
        confirm(run, actor=person(cast.finance))
        carry_on(StatementImport.objects.get(pk=run.pk))
    run = StatementImport.objects.get(pk=run.pk)
    assert (run.state, run.message[:35]) == ("refused", "The stored file is not the one that")
    assert not BankLine.objects.exists()


def test_store_credit_is_no_bank_s_business(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        case = make_case(make_order(cast.a, (1, "30.00")), cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.staff), pay_by="credit")
        batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
        release(batch_id=batch.pk, actor=person(cast.checker))
    assert Payout.objects.get().state == "settled"
    with time_machine.travel(NEXT, tick=False):
        assert make_days() == 0
    seen = paid(cast)
    load(cast, [out(seen), out(Payout.objects.get(case=case))])
    assert found() == [("theirs", "no_payout", "open")]  # the bank paid what was given inside


def test_what_only_we_have_as_settled_is_ours_only(cast: Cast) -> None:
    seen, unseen = paid(cast), paid(cast, "20.50")
    load(cast, [out(seen)])
    assert found() == [("ours", "no_line", "open")]
    difference = Difference.objects.get()
    assert (difference.payout, difference.line) == (unseen, None)
    assert difference.loaded_by == cast.finance
    version = difference.history.get()
    assert version.history_change_reason == "Ledger, bank and payouts were held against each other."
    assert version.actor_name == person(cast.finance).name


LINES: list[tuple[Callable[[Payout], list[Row]], list[tuple[str, str, str]]]] = [
    (lambda p: [out(p), other("8.00")], [("theirs", "no_payout", "open")]),
    (lambda p: [out(p), other("8.00", number="PO-NOT-OURS")], [("theirs", "no_payout", "open")]),
    (lambda p: [out(p), out(p, bank_reference="B-2")], [("theirs", "twice", "open")]),
    (lambda p: [out(p, amount="99.99")], [("amount", "amount", "open")]),
    (lambda p: [out(p, currency="USD")], []),  # counts on the day of that currency
    (lambda p: [out(p), back(p, amount="40.00")], [("amount", "amount", "open")]),
    (lambda p: [out(p), other("5000.00", direction="in")], []),  # the account was filled up
    (lambda p: [out(p), other("8.00", direction="in", returned="yes")], [("theirs", "no_payout", "open")]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "differences"), LINES)
def test_what_the_bank_booked_otherwise_is_found(
    cast: Cast, lines: Any, differences: list[tuple[str, str, str]]
) -> None:
    load(cast, lines(paid(cast)))
    here = Difference.objects.filter(day__currency="CNY").order_by("pk")
    assert list(here.values_list("kind", "detail", "state")) == differences
    assert broken() == []


def test_a_currency_that_is_not_the_payouts_differs_in_amount(cast: Cast) -> None:
    load(cast, [out(paid(cast), currency="USD")])
    abroad = Difference.objects.get(day__currency="USD")
    assert (abroad.kind, abroad.detail) == ("amount", "amount")


def test_what_the_bank_paid_and_we_wait_for_differs_in_status_until_the_result_comes(
    cast: Cast,
) -> None:
    with time_machine.travel(NOON, tick=False):
        batch = sent_batch(cast, "10.00")
    (payout,) = rows_of(batch)
    load(cast, [out(payout)])
    assert found() == [("status", "not_settled", "open")]
    with time_machine.travel(NEXT, tick=False):
        apply(cast, batch, [answer(payout)])
    assert again(cast) == {"bounced": 0, "opened": 0, "resolved": 1}
    assert found() == [("status", "not_settled", "resolved")]


def test_a_returned_line_takes_its_payout_back(cast: Cast) -> None:
    payout = paid(cast)
    run = load(cast, [out(payout), back(payout, DAY)])
    assert run.counts["bounced"] == 1
    payout = Payout.objects.get()
    assert (payout.state, payout.bank_reason, payout.case.state) == (
        "returned",
        "Closed",
        "reviewed",
    )
    assert found() == []
    assert again(cast) == {"bounced": 0, "opened": 0, "resolved": 0}
    assert broken() == []


def test_a_return_of_what_never_settled_differs_in_status(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        (payout,) = rows_of(sent_batch(cast, "10.00"))
    load(cast, [back(payout)])
    assert found() == [("status", "not_returned", "open")]
    assert Payout.objects.get().state == "sent"


def test_a_second_return_of_the_same_money_is_theirs_only(cast: Cast) -> None:
    payout = paid(cast)
    load(cast, [out(payout), back(payout), back(payout, bank_reference="B-9")])
    assert found() == [("theirs", "twice", "open")]
    assert LedgerEntry.objects.filter(kind="returned").count() == 1


def test_a_return_that_the_bank_did_not_book_is_ours_only(cast: Cast) -> None:
    payout = paid(cast)
    with time_machine.travel(NOON, tick=False):
        bounce(reasons={payout.pk: "By telephone."}, actor=person(cast.finance))
    load(cast, [out(payout)])
    assert found() == [("ours", "no_return", "open")]


def test_a_payout_that_moved_past_the_ledger_differs_in_the_ledger(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        (payout,) = rows_of(sent_batch(cast, "10.00"))
        with recorded(system(TIMER), "Past the ledger."):
            payout.settle()
            payout.settled_at = now()
            payout.save()
    load(cast, [out(payout)])
    assert found() == [("ledger", "no_entry", "open")]


def test_what_the_bank_books_a_day_later_is_resolved_by_itself(cast: Cast) -> None:
    payout = paid(cast, at=datetime(2026, 3, 10, 23, 30, tzinfo=SHANGHAI))
    seen = paid(cast)
    load(cast, [out(seen)])
    assert found() == [("ours", "no_line", "open")]
    load(cast, [out(payout, DAY + timedelta(days=1))], at=NEXT + timedelta(days=1))
    assert again(cast)["resolved"] == 1
    assert found(DAY + timedelta(days=1)) == []


def test_matching_again_changes_nothing(cast: Cast) -> None:
    seen, _unseen = paid(cast), paid(cast, "20.50")
    load(cast, [out(seen, amount="1.00"), other("8.00")])
    before = (found(), Difference.history.count(), ReconciliationDay.history.count())
    for _time in range(3):
        assert again(cast) == {"bounced": 0, "opened": 0, "resolved": 0}
    assert (found(), Difference.history.count(), ReconciliationDay.history.count()) == before


def test_a_part_of_a_day_says_nothing_about_what_is_missing(cast: Cast) -> None:
    morning, evening = paid(cast), paid(cast, "7.00", NOON + timedelta(hours=6))
    load(cast, [out(morning)], at=NOON + timedelta(hours=1))
    assert found() == []
    load(cast, [out(morning), out(evening)], at=NEXT)
    assert found() == []
    assert BankLine.objects.count() == 2


def test_equal_lines_of_one_file_are_told_apart_and_of_two_files_are_not(cast: Cast) -> None:
    rows = [other("3.00", bank_reference=""), other("3.00", bank_reference="")]
    load(cast, rows)
    run = load(cast, [*rows, other("4.00", bank_reference="")])
    assert BankLine.objects.count() == 3
    assert (run.counts["new"], run.counts["known"]) == (1, 2)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", date(2026, 3, 10), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2028, 2, 29), 24),
    ],
)
def test_a_day_is_as_long_as_the_stores_clock_has_it(
    cast: Cast, zone: str, day: date, hours: int
) -> None:
    cast.a.time_zone = zone
    begins, ends = bounds(cast.a, day)
    assert ends - begins == timedelta(hours=hours)
    assert bounds(cast.a, day + timedelta(days=1))[0] == ends


def test_a_payout_belongs_to_the_day_that_its_store_has_it_on(cast: Cast) -> None:
    with recorded(system(TIMER), "Moved."):
        cast.a.time_zone = "Europe/Berlin"
        cast.a.save()
    late = paid(cast, at=datetime(2026, 3, 29, 21, 59, 59, tzinfo=now().tzinfo))  # 23:59:59 there
    paid(cast, "7.00", at=datetime(2026, 3, 29, 22, 0, tzinfo=now().tzinfo))  # the day after
    load(cast, [other("1.00", date(2026, 3, 29))], at=datetime(2026, 3, 30, 6, tzinfo=SHANGHAI))
    ours = Difference.objects.filter(kind="ours", day__day=date(2026, 3, 29))
    assert list(ours.values_list("payout", flat=True)) == [late.pk]


def test_matching_takes_as_many_statements_for_many_lines_as_for_few(cast: Cast) -> None:
    load(cast, [other(f"{n}.00", bank_reference=f"R-{n}") for n in range(1, 4)])
    with CaptureQueriesContext(connection) as few:
        again(cast)
    load(cast, [other(f"{n}.00", bank_reference=f"S-{n}") for n in range(1, 400)])
    with CaptureQueriesContext(connection) as many:
        again(cast)
    assert len(many) <= len(few)
    assert Difference.objects.filter(kind="theirs").count() == 402
    assert BankLine.objects.filter(amount=Decimal("1.00")).count() == 2
