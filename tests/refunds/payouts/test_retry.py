"""A payout that failed is paid by another one; never is more on its way than what was paid."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from backoffice.actors import IMPORTER, person, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import NotAllowed, NotFound, WrongState
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.exceptions import RefundExceedsBalance
from refunds.models import Payout, RefundCase, ResultProblem
from refunds.payouts.queueing import retry
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case
from tests.refunds.money import answer, apply, give_role, release, rows_of, sent_batch


def test_failed_then_retried_then_settled_then_refunded(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (failed,) = rows_of(batch)
    apply(cast, batch, [answer(failed, "failed", "Account closed")])
    give_role(cast, "finance", "checker")
    fresh = retry(payout_id=failed.pk, actor=person(cast.finance))
    assert (fresh.state, fresh.amount, fresh.case_id) == (
        "queued",
        Decimal("50.00"),
        failed.case_id,
    )
    assert fresh.number != failed.number
    version = fresh.history.get()
    assert (version.history_user, version.action) == (cast.finance, "retry")
    with pytest.raises(WrongState):
        retry(payout_id=failed.pk, actor=person(cast.finance))

    second = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=second.pk, actor=person(cast.checker))
    export(batch_id=second.pk, actor=person(cast.finance), file_format="xlsx")
    apply(cast, second, [answer(fresh)])
    states = list(
        Payout.objects.filter(case=failed.case_id).order_by("pk").values_list("state", flat=True)
    )
    assert (states, RefundCase.objects.get().state) == (["failed", "settled"], "refunded")
    with pytest.raises(WrongState):
        retry(payout_id=failed.pk, actor=person(cast.finance))


def test_retry_is_for_finance_of_the_store_and_failed_payouts(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00", "20.00")
    failed, open_one = rows_of(batch)
    apply(cast, batch, [answer(failed, "failed", "No")])
    with pytest.raises(WrongState):
        retry(payout_id=open_one.pk, actor=person(cast.finance))
    for name, refusal in (("manager", NotAllowed), ("auditor", NotAllowed), ("staff2", NotFound)):
        with pytest.raises(refusal):
            retry(payout_id=failed.pk, actor=person(getattr(cast, name)))
    assert Payout.objects.count() == 2


def test_money_on_its_way_is_never_more_than_what_was_paid(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (failed,) = rows_of(batch)
    apply(cast, batch, [answer(failed, "failed", "No")])
    retry(payout_id=failed.pk, actor=person(cast.finance))
    case = RefundCase.objects.get()
    with (
        recorded(person(cast.finance), "A second payout."),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        Payout.objects.create(case=case, amount=Decimal("1.00"), currency="CNY")
    with (
        recorded(person(cast.finance), "A negative one."),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        Payout.objects.create(case=case, amount=Decimal("-1.00"), currency="CNY")
    moving = case.payouts.exclude(state__in=Payout.OVER).aggregate(total=Sum("amount"))["total"]
    assert moving <= case.order.paid
    with pytest.raises(RefundExceedsBalance):
        make_case(case.order, cast.staff)


def test_no_case_is_refunded_without_a_settled_payout(cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (payout,) = rows_of(batch)
    for actor in (person(cast.finance), system(IMPORTER)):
        with pytest.raises(WrongState):
            perform("refund", case_id=payout.case_id, actor=actor)
    with pytest.raises(NotAllowed):
        perform("refund", case_id=payout.case_id, actor=person(cast.manager))
    assert RefundCase.objects.get().state == "reviewed"
    assert not ResultProblem.objects.exists()


def test_who_queues_a_payout_again_may_say_why(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast, "50.00")
    (failed,) = rows_of(batch)
    apply(cast, batch, [answer(failed, "failed", "Account closed")])
    client.force_login(cast.finance)
    url = reverse("admin:refunds_payout_do", args=[failed.pk, "retry"])
    assert client.post(url, {"method": "", "note": "The buyer mended it."}).status_code == 302
    version = Payout.objects.latest("pk").history.get()
    assert (version.history_user, version.history_change_reason) == (
        cast.finance, "The buyer mended it.",
    )  # fmt: skip
