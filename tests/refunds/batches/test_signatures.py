"""Four eyes, or six: who signs a batch, above which limits, and who counts as another person."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import versions_of
from backoffice.clock import now
from backoffice.exceptions import NotAllowed
from backoffice.models import User
from refunds.batches import releasing
from refunds.batches.building import build
from refunds.models import BatchApproval, CheckingLimit, Payout, RefundBatch
from refunds.payouts.queueing import cancel, redirect, retry
from tests.cast import Cast
from tests.flushing import rewrite
from tests.refunds.batches.signing import ACCOUNT, fetch, limit, link
from tests.refunds.money import give_role, queue_payouts, release, rows_of, sealed_batch


def test_a_released_batch_says_so_in_its_history(cast: Cast) -> None:
    batch = sealed_batch(cast, "10.00")
    release(batch_id=batch.pk, actor=person(cast.checker))
    assert versions_of(fetch(batch))[0].title == "Released"
    assert versions_of(rows_of(batch)[0])[0].title == "Released"


@pytest.mark.parametrize(
    ("prices", "signatures"),
    [
        (["4999.99"], 1),
        (["4990.00"] * 2, 1),
        (["5000.01"], 2),
        (["4990.00"] * 11, 2),  # more than ¥50,000 in all
    ],
)
def test_above_the_limits_two_people_sign(
    cast: Cast, two: tuple[User, User], prices: list[str], signatures: int
) -> None:
    payouts = queue_payouts(cast.a, cast.staff, *prices)
    rewrite(
        QuerySet(Payout).filter(pk__in=[p.pk for p in payouts]), amount=Decimal(prices[0])
    )  # without the freight
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=batch.pk, actor=person(two[0]))
    assert fetch(batch).state == ("released" if signatures == 1 else "sealed")
    if signatures == 2:
        assert {p.state for p in rows_of(batch)} == {"queued"}
        assert batch.history.latest().action == "sign"
        release(batch_id=batch.pk, actor=person(two[1]), note="All of it.")
    batch = fetch(batch)
    assert (batch.state, batch.checker) == ("released", two[0])
    assert batch.second_checker == (two[1] if signatures == 2 else None)
    assert {p.state for p in rows_of(batch)} == {"approved"}
    assert batch.history.latest().action == "release"


def test_whoever_queued_a_payout_again_does_not_sign_it(cast: Cast, two: tuple[User, User]) -> None:
    (payout,) = queue_payouts(cast.a, cast.staff, "10.00")
    both = give_role(cast, "checker", "finance")
    cancel(payout_id=payout.pk, note="The account is closed.", actor=person(cast.finance))
    again = retry(payout_id=payout.pk, way=ACCOUNT, note="Another one.", actor=person(both))
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert rows_of(batch) == [again]
    with pytest.raises(NotAllowed, match="You queued one of these payouts again"):
        release(batch_id=batch.pk, actor=person(both))
    release(batch_id=batch.pk, actor=person(two[1]))
    assert fetch(batch).state == "released"


def test_a_currency_without_a_limit_always_takes_two(cast: Cast, two: tuple[User, User]) -> None:
    batch = sealed_batch(cast)
    rewrite(QuerySet(CheckingLimit), currency="EUR")
    release(batch_id=batch.pk, actor=person(two[0]))
    assert fetch(batch).state == "sealed"


def test_a_newer_limit_counts_from_its_day_on(cast: Cast, two: tuple[User, User]) -> None:
    batch = sealed_batch(cast, "60.00")
    with recorded(system(INSTALLER), "To come."):
        CheckingLimit.objects.create(
            currency="CNY",
            batch_amount=1,
            line_amount=1,
            starts_on=now().date() + timedelta(days=2),
        )
    release(batch_id=batch.pk, actor=person(two[0]))
    assert fetch(batch).state == "released"


def test_nobody_signs_twice_nor_by_a_second_account(cast: Cast, two: tuple[User, User]) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")
    release(batch_id=batch.pk, actor=person(two[0]))
    with pytest.raises(NotAllowed, match="signed this batch already"):
        release(batch_id=batch.pk, actor=person(two[0]))
    link(*two)
    with pytest.raises(NotAllowed, match="signed this batch already"):
        release(batch_id=batch.pk, actor=person(two[1]))
    assert {p.state for p in rows_of(batch)} == {"queued"}


def test_the_maker_signs_by_no_account(cast: Cast) -> None:
    batch = sealed_batch(cast)
    link(cast.finance, cast.checker)
    with pytest.raises(NotAllowed, match="You built this batch"):
        release(batch_id=batch.pk, actor=person(cast.checker))
    assert {p.state for p in rows_of(batch)} == {"queued"}


def test_a_signature_of_the_makers_other_account_does_not_count(
    cast: Cast, two: tuple[User, User]
) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")
    release(batch_id=batch.pk, actor=person(two[0]))
    link(cast.finance, two[0])
    release(batch_id=batch.pk, actor=person(two[1]))
    assert fetch(batch).state == "sealed"
    void = BatchApproval.objects.get(voided_at__isnull=False)
    assert (void.checker, void.void_reason) == (two[0], releasing.LINKED)


def test_whoever_changed_a_payout_does_not_check_it(cast: Cast) -> None:
    give_role(cast, "checker", "finance")
    batch = sealed_batch(cast, "10.00", "20.00")
    first, _second = rows_of(batch)
    redirect(payout_id=first.pk, way=ACCOUNT, note="Card closed.", actor=person(cast.checker))
    bank = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert rows_of(bank) == [Payout.objects.get(pk=first.pk)]
    with pytest.raises(NotAllowed, match="or changed where it goes"):
        release(batch_id=bank.pk, actor=person(cast.checker))


def test_the_database_refuses_what_the_service_would(cast: Cast, two: tuple[User, User]) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")
    release(batch_id=batch.pk, actor=person(two[0]))
    row = BatchApproval.objects.get()
    same = {
        f: getattr(row, f) for f in ("batch", "person", "maker_person", "sha256", "proof", "at")
    }

    def forge(name: str, **more: Any) -> None:
        with (
            recorded(system(INSTALLER), "Forged."),
            pytest.raises(IntegrityError),
            transaction.atomic(),
        ):
            BatchApproval.objects.create(checker=two[1], **{**same, "order": 2, **more})

    forge("batch_signed_by_two_people")
    forge("batch_signed_once_per_place", order=1, person=two[1].person)
    forge("batch_not_signed_by_its_maker", person=row.maker_person)
    forge("batch_has_two_signatures_at_most", order=3, person=two[1].person)
    forge("batch_signed_for_a_hash", sha256="", person=two[1].person)
    for columns in (
        {"second_checker": cast.finance},
        {"second_checker": two[0], "checker": two[0]},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            QuerySet(RefundBatch).filter(pk=batch.pk).update(**columns)
