"""A case's whole life on one page: every object that belongs to it, and one kind of them alone."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from backoffice.actors import person
from backoffice.models import User
from refunds import proofs
from refunds.batches.building import build, void
from refunds.batches.files import export
from refunds.models import Payout, RefundBatch, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import release

BUDGET = 70  # queries, however much belongs to the case


def page(client: Client, user: User, case: RefundCase, **question: str) -> str:
    client.force_login(user)
    answer = client.get(reverse("admin:refunds_refundcase_history", args=[case.pk]), question)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def paid(cast: Cast) -> RefundCase:
    """A case with messages, an offer and a pause, whose payout was in a void batch and in a sent one."""
    case = make_case(make_order(cast.a), cast.staff)
    staff, finance = person(cast.staff), person(cast.finance)
    perform("message", case_id=case.pk, actor=staff, body="We are looking at it.")
    perform(
        "offer", case_id=case.pk, actor=staff, amount=Decimal("5.00"), words="Keep it for five?"
    )
    perform("decline_offer", case_id=case.pk, actor=staff)
    perform("approve", case_id=case.pk, actor=staff)
    first = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    void(batch_id=first.pk, actor=finance, note="Too early.")
    second = build(store_id=cast.a.pk, currency="CNY", actor=finance)
    release(batch_id=second.pk, actor=person(cast.checker))
    export(batch_id=second.pk, actor=finance, file_format="csv")
    return case


def test_the_timeline_tells_of_batches_signatures_and_the_ledger(
    client: Client, cast: Cast, paid: RefundCase
) -> None:
    text = page(client, cast.auditor, paid)
    for batch in RefundBatch.objects.all():
        assert batch.number in text, batch.state
    assert Payout.objects.get(case=paid).number in text
    for words in ("Too early.", "Signed", "Ledger entry"):
        assert words in text, words
    assert (
        "Keep it for five?" not in text
    )  # to the buyer: whoever may not see messages sees no offer's words
    assert "Keep it for five?" in page(client, cast.manager, paid)


def test_the_timeline_asks_for_every_kind_of_row_that_a_case_s_proof_holds(
    client: Client, cast: Cast, paid: RefundCase
) -> None:
    with CaptureQueriesContext(connection) as asked:
        page(client, cast.auditor, paid)
    read = " ".join(query["sql"] for query in asked.captured_queries)
    tables = {model._meta.db_table for model, _lookup in proofs._parts()}
    assert len(tables) > 10
    assert {table for table in tables if f'FROM "{table}"' not in read} == set()


def test_one_kind_of_objects_is_told_alone(client: Client, cast: Cast, paid: RefundCase) -> None:
    number = Payout.objects.get(case=paid).number
    text = page(client, cast.manager, paid, kind="message")
    assert "We are looking at it." in text
    assert number not in text
    text = page(client, cast.manager, paid, kind="payout")
    assert "We are looking at it." not in text
    assert number in text
    text = page(client, cast.manager, paid, kind="nonsense")
    assert "We are looking at it." in text
    assert number in text


def test_who_may_not_see_batches_is_not_told_of_them(
    client: Client, cast: Cast, paid: RefundCase
) -> None:
    text = page(client, cast.staff, paid)
    assert "We are looking at it." in text
    assert "Ledger entry" not in text
    assert not re.search(r"kind=(refundbatch|batchapproval|ledgerentry)", text)


def test_the_page_asks_no_more_for_more_objects(
    client: Client,
    cast: Cast,
    paid: RefundCase,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(BUDGET) as few:
        page(client, cast.auditor, paid)
    for n in range(5):
        perform("message", case_id=paid.pk, actor=person(cast.staff), body=f"And another, {n}.")
    with django_assert_max_num_queries(len(few)):
        page(client, cast.auditor, paid)
