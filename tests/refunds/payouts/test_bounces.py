"""Money that comes back: a new movement, the case open again, a new payout, and nothing edited."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import IMPORTER, person, system
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.ledger.balances import balance
from refunds.models import Account, Compensation, Notice, Payout, RefundBatch, RefundCase
from refunds.payouts.bounces import bounce
from refunds.payouts.queueing import retry
from tests.cast import Cast, make_cast
from tests.refunds.compensations import do, propose, settled
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.invariants import broken
from tests.refunds.money import answer, apply, release
from tests.refunds.test_ledger import deposit, kinds, on
from tests.threads import at_once, unexpected

WHY = "Account closed"


def refunded(cast: Cast) -> Payout:
    case = make_case(make_order(cast.a, (1, "100.00")), cast.staff)
    return settled(cast, do(case, cast.staff, "approve"))


def came_back(cast: Cast, payout: Payout) -> Payout:
    bounce(reasons={payout.pk: WHY}, actor=person(cast.finance))
    return Payout.objects.get(pk=payout.pk)


def test_money_that_comes_back_opens_its_case_and_is_a_movement_of_its_own(cast: Cast) -> None:
    payout = came_back(cast, refunded(cast))
    assert (payout.state, payout.bank_reason) == ("returned", WHY)
    assert payout.settled_at is not None
    assert kinds(payout) == ["sent", "settled", "returned"]
    assert on("store", store=cast.a) == on("buyer", store=cast.a) == Decimal(0)
    case = fetch(payout.case)
    assert (case.state, case.closed_at) == ("reviewed", None)
    version = case.history.latest()
    assert version.action == "bounce"
    assert version.actor_name == person(cast.finance).name
    assert version.history_change_reason.startswith("The bank returned the money")
    assert broken() == []


def test_told_twice_it_happens_once(cast: Cast) -> None:
    payout = came_back(cast, refunded(cast))
    versions = payout.history.count()
    assert bounce(reasons={payout.pk: "Again"}, actor=system(IMPORTER)) == []
    assert payout.history.count() == versions
    assert Payout.objects.get().bank_reason == WHY


def test_what_never_settled_does_not_come_back(cast: Cast) -> None:
    case = do(make_case(make_order(cast.a), cast.staff), cast.staff, "approve")
    waiting = Payout.objects.get(case=case)
    assert bounce(reasons={waiting.pk: WHY}, actor=person(cast.finance)) == []
    assert Payout.objects.get().state == "queued"


def test_a_refund_bounces_twice_and_arrives_at_last(cast: Cast) -> None:
    payout = refunded(cast)
    for _attempt in range(2):
        payout = came_back(cast, payout)
        retry(payout_id=payout.pk, actor=person(cast.finance))
        assert broken() == []
        payout = pay_live(cast, payout)
    assert fetch(payout.case).state == "refunded"
    states = list(Payout.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["returned", "returned", "settled"]
    assert len(set(Payout.objects.values_list("number", flat=True))) == 3
    assert on("buyer", store=cast.a) == Decimal("100.00")
    assert broken() == []


def pay_live(cast: Cast, before: Payout) -> Payout:
    """Send and settle the payout that took the place of ``before``."""
    case = RefundCase.objects.get(pk=before.case_id)
    done = Payout.objects.filter(case=case).exclude(state__in=Payout.OVER).get()
    batch = build(
        store_id=cast.a.pk, currency="CNY", actor=person(cast.finance), payout_ids=[done.pk]
    )
    release(batch_id=batch.pk, actor=person(cast.checker))
    export(batch_id=batch.pk, actor=person(cast.finance), file_format="csv")
    apply(cast, RefundBatch.objects.get(pk=batch.pk), [answer(done)])
    return Payout.objects.get(pk=done.pk)


def test_an_advance_that_comes_back_restores_the_deposit(cast: Cast) -> None:
    deposit(cast, "500.00")
    case = propose(make_order(cast.a, (1, "100.00")), cast.staff, "advance", "80.00")
    do(case, cast.platform, "pay_in_advance")
    payout = came_back(cast, settled(cast, case))
    assert kinds(payout) == ["sent", "settled", "recovered", "returned", "restored"]
    assert on("deposit", merchant=cast.merchant) == Decimal(500)
    assert balance(Account.objects.get(kind="platform")) == Decimal(-500)
    given = Compensation.objects.get(case=case)
    assert (given.given_at, given.reference) == (None, "")
    assert broken() == []


def test_finance_is_told_once_and_the_case_says_so(client: Client, cast: Cast) -> None:
    payout = came_back(cast, refunded(cast))
    came_back(cast, payout)
    notice = Notice.objects.get(kind="bounced")
    assert (notice.recipient, notice.case) == (cast.finance, payout.case)
    client.force_login(cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[payout.case_id]))
    assert "The bank returned this money, so the buyer does not have it." in page.content.decode()
    client.force_login(cast.finance)
    page = client.get(reverse("admin:refunds_payout_change", args=[payout.pk])).content.decode()
    assert f"The bank returned this money: {WHY}" in page
    assert "Queue again" in page


@pytest.mark.parametrize(
    ("who", "error"),
    [("staff", NotAllowed), ("manager", NotAllowed), ("checker", NotAllowed), ("staff2", NotFound)],
)
def test_nobody_else_says_what_the_bank_returned(
    cast: Cast, who: str, error: type[BackofficeError]
) -> None:
    payout = refunded(cast)
    with pytest.raises(error):
        bounce(reasons={payout.pk: WHY}, actor=person(getattr(cast, who)))
    assert kinds(payout) == ["sent", "settled"]
    assert Payout.objects.get().state == "settled"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_tell_of_the_same_return_at_once_book_it_once() -> None:
    cast = make_cast()
    payout = refunded(cast)
    tell = {payout.pk: WHY}
    results = at_once(
        *(lambda: bounce(reasons=tell, actor=person(cast.finance)) for _worker in range(2))
    )
    assert unexpected(results) == []
    assert sorted(len(result) for result in results) == [0, 1]
    assert kinds(payout) == ["sent", "settled", "returned"]
    assert broken() == []
