"""What people read in Chinese: their own words, also where the text comes from the database."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, system
from backoffice.audit.recording import recorded
from refunds.actions import TABLE, Action
from refunds.models import Reason, RefundCase
from tests.cast import Cast
from tests.merchants.desk import submitted, supplier_of
from tests.refunds.money import queue_payouts

pytestmark = pytest.mark.once  # PostgreSQL opens every page in tests/access/test_opening.py


@pytest.fixture
def reader(client: Client, cast: Cast) -> Client:
    """The platform, in Chinese."""
    client.force_login(cast.platform)
    client.cookies["django_language"] = "zh-hans"
    return client


def read(client: Client, name: str, **query: str) -> str:
    return client.get(reverse(f"admin:{name}"), query).content.decode()


def test_codes_are_listed_by_their_chinese_titles(reader: Client) -> None:
    page = read(reader, "refunds_reason_changelist")
    assert "质量问题" in page
    assert "Quality fault" not in page
    assert "Label" not in page


def test_the_timer_has_a_chinese_name_on_the_home_page(reader: Client, cast: Cast) -> None:
    queue_payouts(cast.a, cast.staff, "20.00")
    with recorded(system(TIMER), "Waited long enough."):
        RefundCase.objects.get().save()
    page = read(reader, "index")
    assert "定时任务" in page
    assert "· timer ·" not in page


def test_a_reason_names_its_kinds_in_words(reader: Client) -> None:
    reason = Reason.objects.get(code="C01")
    page = reader.get(reverse("admin:refunds_reason_change", args=[reason.pk])).content.decode()
    assert "仅退款 · 退货退款 · 换货" in page
    assert "refund_only" not in page


@pytest.mark.parametrize("action", TABLE, ids=lambda action: action.name)
def test_the_words_beside_a_field_are_chosen_when_they_are_read(action: Action) -> None:
    """A text that is put together when the class is made stays English for ever."""
    fields = action.form.base_fields.values()
    words = [word for field in fields for word in (field.label, field.help_text) if word]
    assert not [word for word in words if isinstance(word, str)]


def test_the_list_of_orders_names_the_stage_of_an_order(reader: Client, cast: Cast) -> None:
    queue_payouts(cast.a, cast.staff, "20.00")
    page = read(reader, "orders_order_changelist")
    assert "订单阶段" in page
    assert "商品金额" not in page


def test_payouts_are_counted_per_store(reader: Client, cast: Cast) -> None:
    queue_payouts(cast.a, cast.staff, "20.00")
    assert f"{cast.a} (1)" in read(reader, "refunds_payout_changelist", _facets="True")


def test_history_tells_answers_and_grades_in_the_readers_language(
    reader: Client, cast: Cast
) -> None:
    done = submitted(supplier_of(cast.merchant), cast.manager)
    address = reverse("admin:merchants_assessment_history", args=[done.pk])
    page = reader.get(address).content.decode()
    assert "得分100.00，位于90至100分的区间。" in page
    assert "The score of" not in page
    assert "所有抽检批次均合格" in page
