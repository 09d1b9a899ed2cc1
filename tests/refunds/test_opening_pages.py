"""The page on which staff open a case: its reasons follow the kind, and so does what acts."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import BadInput
from refunds.intake import LineRequest, Request, open_case
from refunds.models import Reason, RefundCase
from tests.cast import Cast
from tests.refunds.factories import make_order

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


def test_each_reason_says_which_kinds_it_is_for(client: Client, cast: Cast) -> None:
    order = make_order(cast.a)
    client.force_login(cast.staff)
    page = client.get(reverse("admin:refunds_refundcase_open", args=[order.pk])).content.decode()
    seven_days, other = (Reason.objects.get(code=code) for code in ("C05", "O01"))
    assert f'<option value="{seven_days.pk}" data-kinds="return_refund exchange">' in page
    assert f'<option value="{other.pk}">' in page  # for all of them
    assert "refunds/case-open.js" in page


def test_a_reason_of_another_kind_is_refused_in_its_field(client: Client, cast: Cast) -> None:
    order = make_order(cast.a)
    client.force_login(cast.staff)
    form = {
        "kind": "refund_only",
        "reason": Reason.objects.get(code="C05").pk,
        f"line_{order.lines.get().pk}": "1",
    }
    answer = client.post(reverse("admin:refunds_refundcase_open", args=[order.pk]), form)
    assert answer.status_code == 400
    [sentence] = answer.context["form"].errors["reason"]
    assert sentence.endswith("is not for “Refund only”. Choose another reason or kind.")
    assert not RefundCase.objects.exists()


def test_whoever_asks_for_it_past_the_page_is_refused_as_well(cast: Cast) -> None:
    order = make_order(cast.a)
    asked = Request("refund_only", "C05", [LineRequest(order.lines.get().pk, 1)])
    with pytest.raises(BadInput, match="is not for “Refund only”"):
        open_case(order_id=order.pk, actor=person(cast.staff), request=asked)
    assert not RefundCase.objects.exists()
