"""The payout of an approved case: what is paid, for what, and how."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from backoffice.actors import person
from backoffice.audit.recording import recorded
from refunds.models import Payout
from refunds.workflow import perform
from tests.cast import Cast
from tests.flushing import rewrite
from tests.personal import plain
from tests.refunds.compensations import propose
from tests.refunds.factories import make_case, make_order
from tests.refunds.payouts.approved import approved


def test_the_approval_freezes_what_is_paid_how_and_by_whom(cast: Cast) -> None:
    payout = approved(cast)
    assert (payout.method, payout.channel, payout.purpose) == ("original", "card", "refund")
    assert (payout.payment, payout.approver) == (payout.case.order.payments.get(), cast.staff)
    assert (payout.destination, payout.reason) == (payout.payment.reference, "C01")


def test_a_compensation_is_paid_for_a_purpose_of_its_own(cast: Cast) -> None:
    case = propose(make_order(cast.a), cast.staff, "goodwill", "5.00")
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert Payout.objects.get(case=case).purpose == "compensation"


def test_a_case_has_one_live_payout_per_purpose(cast: Cast) -> None:
    payout = approved(cast)
    same = {"case": payout.case, "amount": 1, "currency": "CNY"}
    with recorded(person(cast.finance), "A second one."):
        Payout.objects.create(**same, purpose="compensation")
        with pytest.raises(IntegrityError), transaction.atomic():
            Payout.objects.create(**same)


@pytest.mark.parametrize("pay_by", ["bank", "credit"])
def test_whoever_approves_chooses_how_it_is_paid(cast: Cast, pay_by: str) -> None:
    payout = approved(cast, pay_by)
    assert (payout.method, payout.channel) == (pay_by, "card")
    assert plain(payout.destination) == ("" if pay_by == "bank" else payout.case.order.buyer.code)


def test_the_choice_is_kept_until_the_second_person_approves(cast: Cast) -> None:
    case = make_case(make_order(cast.a, (1, "50.00")), cast.staff)
    rewrite(QuerySet(type(case.policy)).filter(pk=case.policy_id), second_approval_above=10)
    perform("approve", case_id=case.pk, actor=person(cast.staff), pay_by="credit")
    perform("second_approve", case_id=case.pk, actor=person(cast.supervisor))
    assert Payout.objects.get(case=case).method == "credit"
