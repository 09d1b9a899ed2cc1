"""Appeals, and money that they are about."""

from django.urls import reverse

from backoffice.actors import person
from backoffice.models import User
from refunds.batches.building import build
from refunds.batches.files import export
from refunds.models import Payout, RefundCase
from tests.cast import Cast
from tests.refunds.disputes import act, payout_of
from tests.refunds.factories import fetch
from tests.refunds.money import answer, apply, release

STANDS, OVERTURNED = "buyer", "merchant"


def do(case: RefundCase, action: str) -> str:
    return reverse("admin:refunds_refundcase_do", args=[case.pk, action])


def sealed(cast: Cast, case: RefundCase) -> RefundCase:
    build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    return fetch(case)


def decide(case: RefundCase, user: User, verdict: str) -> RefundCase:
    return act(case, user, "decide_appeal", verdict=verdict, grounds="Looked at again.")


def refunded(cast: Cast, case: RefundCase) -> RefundCase:
    payout = payout_of(sealed(cast, case))
    release(batch_id=payout.batch_id, actor=person(cast.checker))
    export(batch_id=payout.batch_id, actor=person(cast.finance), file_format="csv")
    apply(cast, payout.batch, [answer(Payout.objects.get(pk=payout.pk))])
    return fetch(case)
