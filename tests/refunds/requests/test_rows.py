"""Rows and files that cannot be used: told in sentences, and left out whole."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import models

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.exceptions import BadInput
from refunds.models import RefundCase, RefundPolicy, RequestImport
from refunds.requests import loading
from refunds.requests.template import template
from tests.cast import Cast
from tests.flushing import rewrite
from tests.orders.files import workbook
from tests.personal import plain
from tests.refunds.factories import make_order
from tests.refunds.requests.files import HEADER, check, load, problems, row, table

pytestmark = pytest.mark.django_db


def adds_up(run: RequestImport) -> bool:
    """Whether every row of the file is accounted for, once."""
    counts = run.counts
    return counts["rows"] == counts["used"] + counts["unchanged"] + counts["problems"]


@pytest.mark.parametrize(
    ("changes", "column", "sentence"),
    [
        ({"order": "N9"}, "Order number", "There is no order N9 in this store."),
        ({"order": ""}, "Order number", "This cell is empty, but the request needs it."),
        ({"number": ""}, "Request number", "This cell is empty, but the request needs it."),
        ({"number": "=1+1"}, "Request number", "“=1+1” would be taken for a formula. Write it without the sign at its start."),
        ({"text": "@SUM(A1)"}, "Text", "“@SUM(A1)” would be taken for a formula. Write it without the sign at its start."),
        ({"text": "x" * 501}, "Text", "This text has 501 characters. There is room for 500."),
        ({"kind": "theft"}, "Kind", "There is no kind “theft”. Write refund_only, return_refund or exchange."),
        ({"kind": "compensation"}, "Kind", "A compensation is opened on its order's page, not by a file."),
        ({"reason": "Z9"}, "Reason code", "There is no reason code “Z9”."),
        ({"reason": "O01"}, "Reason code", "The reason “O01 · Other” needs a text that explains it."),
        ({"sku": "SKU-9"}, "SKU", "Order {order} has no article SKU-9, or too few lines of it."),
        ({"sku": "", "quantity": ""}, "SKU", "Name an article of the order, or freight to refund."),
        ({"sku": ""}, "SKU", "Say which article of the order this is about."),
        ({"quantity": ""}, "Quantity", "Say how many pieces of this article."),
        ({"quantity": "0"}, "Quantity", "“0” is not a number of pieces from 1 to 1000000."),
        ({"quantity": "1.5"}, "Quantity", "“1.5” is not a number of pieces from 1 to 1000000."),
        ({"quantity": "many"}, "Quantity", "“many” is not a number. Write it like 1234.50."),
        ({"quantity": "3"}, "Quantity", "Line SKU-1 Article 1: only 2 of the 2 bought are left to refund."),
        ({"amount": "-1"}, "Amount", "“-1” is not an amount from 0 on. Leave it empty for the share of what was paid."),
        ({"amount": "1.005"}, "Amount", "“1.005” has more decimals than CNY has."),
        ({"amount": "101.00"}, "Quantity", "Line SKU-1 Article 1: only ¥100.00 is left to refund."),
        ({"freight": "11.00"}, "Quantity", "Only ¥10.00 of the freight is left to refund."),
        ({"asked_at": "soon"}, "Requested at", "“soon” is not a date. Write it like 2026-11-02 10:15:00."),
        ({"asked_at": "1999-01-01"}, "Requested at", "1999-01-01 is out of range. Look at the year, and at the order of day and month."),
        ({"asked_at": "2099-01-01"}, "Requested at", "2099-01-01 is out of range. Look at the year, and at the order of day and month."),
        ({"asked_at": "2001-01-01"}, "Requested at", "The request is older than its order."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_reported_in_a_sentence(
    cast: Cast, changes: dict[str, str], column: str, sentence: str
) -> None:
    order = make_order(cast.a, (2, "50.00"))
    run = check(cast.a, table(row(order, **changes), row(order, number="GOOD")))
    assert problems(run) == [(2, column, sentence.format(order=order))]
    assert (run.counts["cases"], adds_up(run)) == (1, True)


def test_one_bad_row_takes_its_whole_request_out(cast: Cast) -> None:
    order = make_order(cast.a, (2, "10.00"), (2, "5.00"))
    run = check(
        cast.a,
        table(
            row(order, quantity="2"),
            row(order, sku="SKU-2", quantity="x"),
            row(order, number="R2", quantity="2"),
            row(order, number="R3", reason="C01"),
            row(order, number="R3", sku="SKU-2", reason="C02"),
        ),
    )
    assert problems(run) == [
        (2, "", "Left out together with row 3 of the same request."),
        (3, "Quantity", "“x” is not a number. Write it like 1234.50."),
        (5, "", "Left out together with row 6 of the same request."),
        (6, "Reason code", "This differs from row 5 of the same request."),
    ]
    assert (run.counts["cases"], adds_up(run)) == (1, True)


def test_a_number_that_comes_again_further_down_is_left_out(cast: Cast) -> None:
    order = make_order(cast.a, (3, "10.00"))
    run = check(cast.a, table(row(order), row(order, number="R2"), row(order)))
    assert [number for number, _column, _sentence in problems(run)] == [4]
    assert "Request R1 stands further up already." in problems(run)[0][2]


def test_requests_of_one_file_never_share_a_piece(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(loading, "PAGE", 2)
    order, other = make_order(cast.a, (2, "10.00")), make_order(cast.a)
    rows = [row(order, number=f"R{n}") for n in range(4)]
    rows.insert(1, row(other, number="OTHER"))
    run = load(cast.a, table(*rows))
    assert run.counts["cases"] == 3
    assert [number for number, _c, _s in problems(run)] == [5, 6]


def test_an_article_on_two_lines_is_taken_from_the_one_that_has_enough(cast: Cast) -> None:
    order = make_order(cast.a, (1, "10.00"), (3, "10.00"))
    rewrite(models.QuerySet(type(order.lines.all()[0])).filter(order=order), sku="SAME")
    load(cast.a, table(row(order, sku="SAME", quantity="2"), row(order, sku="SAME", quantity="1")))
    case = RefundCase.objects.get()
    assert sorted(case.lines.values_list("order_line__position", "quantity")) == [(1, 1), (2, 2)]


def test_the_channel_s_clock_runs_since_the_channel_took_the_request_down(cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        RefundPolicy.objects.create(
            store=cast.a, kind="refund_only", valid_from=now() - timedelta(days=1), review_hours=40,
            channel_hours=36, auto_ceiling=500,
        )  # fmt: skip
    order = make_order(cast.a)
    asked = (now() - timedelta(hours=6)).replace(microsecond=0)
    local = (asked + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    load(cast.a, table(row(order, asked_at=local)))
    case = RefundCase.objects.get()
    assert case.channel_due_at == asked + timedelta(hours=36)
    assert case.due_at == asked + timedelta(hours=32)
    assert case.requested_at > asked


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (table(), "This file has a header, but no rows below it."),
        (b"a,b\n1,2\n", "The column “Request number”, “Order number”, “Kind”, “Reason code” is missing."),
        (table(row("N1"), header=["SKU", *HEADER[1:]]), "The column “SKU” is there twice."),
        (b"\x89PNG\r\n\x1a\n\x00", "This is not a table but a file of type PNG."),
        (b"\x00\x01,\x02\n", "This file contains NUL bytes"),
        ("售后申请号".encode("utf-16"), "This text is written in UTF-16."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_of_requests_is_refused_as_a_whole(
    cast: Cast, content: bytes, sentence: str
) -> None:
    if content:
        run = check(cast.a, content)
        assert (run.state, sentence in run.message) == ("refused", True), run.message
    else:
        with pytest.raises(BadInput, match=sentence):
            check(cast.a, content)
    assert not RefundCase.objects.exists()


def test_chinese_headings_words_gbk_and_workbooks_are_read(cast: Cast) -> None:
    order = make_order(cast.a, (3, "10.00"))
    text = f"售后申请号,订单号,售后类型,原因代码,商品编码,数量,买家描述\nR1,{order.number},仅退款,C01,SKU-1,1,不想要了\n"
    load(cast.a, text.encode("gbk"))
    load(cast.a, ("\ufeff" + text.replace("R1", "R2").replace("仅退款", "退货退款")).encode())
    sheet = [HEADER, [*row(order, number="R3")[:5], 1, "", "", "", "", ""]]
    load(cast.a, workbook(*sheet))
    cases = RefundCase.objects.values_list("external_number", "kind", "reason_text")
    assert sorted((*case, plain(text)) for *case, text in cases) == [
        ("R1", "refund_only", "不想要了"), ("R2", "return_refund", "不想要了"), ("R3", "refund_only", ""),
    ]  # fmt: skip


@pytest.mark.once
def test_the_template_is_a_file_that_can_be_checked(cast: Cast) -> None:
    run = check(cast.a, template())
    assert run.state == "checked"
    assert problems(run)[0][2] == "There is no order N1001 in this store."
