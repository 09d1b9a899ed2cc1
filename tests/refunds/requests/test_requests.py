"""What a file of requests may say, and what becomes of it."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import IntegrityError, models, transaction

from backoffice.actors import IMPORTER, INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.bulk.jobs import look_for_work
from backoffice.bulk.runs import confirm
from backoffice.clock import now
from backoffice.exceptions import BadInput, NotAllowed
from merchants.models import Membership, Store
from orders.models import Order
from refunds.models import InstantRule, RefundCase, RefundPolicy, RequestImport
from refunds.requests import loading, rules
from refunds.requests.template import template
from tests.cast import Cast, make_cast
from tests.flushing import rewrite
from tests.orders.files import workbook
from tests.personal import plain
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import give_role
from tests.refunds.requests.files import HEADER, check, load, problems, row, step, table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def adds_up(run: RequestImport) -> bool:
    """Whether every row of the file is accounted for, once."""
    counts = run.counts
    return counts["rows"] == counts["used"] + counts["unchanged"] + counts["problems"]


def test_every_request_becomes_a_case_with_its_lines_and_a_running_clock(cast: Cast) -> None:
    order = make_order(cast.a, (2, "10.00"), (1, "5.00"))
    run = load(
        cast.a,
        table(
            row(order, quantity="2", freight="3.00", text="Both broken."),
            row(order, sku="SKU-2"),
            row(order, number="R2", sku="", quantity="", freight="7.00"),
        ),
        actor=person(cast.manager),
    )
    assert (run.state, run.counts["cases"], run.counts["used"]) == ("applied", 2, 3)
    case, freight = RefundCase.objects.order_by("pk")
    assert (case.amount_requested, case.external_number) == (Decimal("28.00"), "R1")
    assert case.due_at > now()
    assert [str(line) for line in case.lines.all()] == [
        "2 × SKU-1 Article 1",
        "1 × SKU-2 Article 2",
    ]
    assert freight.amount_requested == freight.freight_requested == 7
    version = case.history.get()
    assert (plain(version.history_change_reason), version.history_user, version.source, version.action) == (
        "Both broken.", cast.manager, "import", "request",
    )  # fmt: skip
    assert freight.history.get().history_change_reason == "The buyer asked for this."
    assert plain(case.lines.all()[0].history.get().history_change_reason) == "Both broken."
    assert run.counts["totals"] == [["refund_only", "C01", "CNY", 2, "35.00"]]


def test_a_second_file_with_the_same_requests_changes_nothing(cast: Cast) -> None:
    order = make_order(cast.a, (2, "10.00"))
    load(cast.a, table(row(order, amount="4.00")))
    before = list(RefundCase.history.values_list("history_id", flat=True))
    again = load(cast.a, table(row(order, amount="4.00"), row(order, number="R2", sku="X")))
    assert (again.counts["unchanged"], again.counts["cases"]) == (1, 0)
    silent = load(cast.a, table(row(order), row(order, number="R3", sku="X")))
    assert silent.counts["unchanged"] == 1  # it leaves the amount out: nothing else is said
    other = check(cast.a, table(row(order, amount="5.00")))
    assert problems(other) == [
        (2, "Request number", "Request R1 is here already, with other content. Nothing of its case was changed."),
    ]  # fmt: skip
    assert list(RefundCase.history.values_list("history_id", flat=True)) == before


def test_the_very_same_file_is_applied_once(cast: Cast) -> None:
    order = make_order(cast.a)
    content = table(row(order), row(order, number="R2", sku="NOT HERE"))
    run = load(cast.a, content)
    assert run.state == "applied"
    again = check(cast.a, content)
    assert again.state == "refused"
    assert again.message.startswith("The very same file was applied for this store on")
    elsewhere = check(cast.b, content)
    assert (elsewhere.state, elsewhere.counts["problems"]) == ("checked", 2)
    assert RefundCase.objects.count() == 1


def test_of_two_copies_of_a_file_that_were_both_checked_one_is_applied(cast: Cast) -> None:
    content = table(row(make_order(cast.a)))
    first, second = check(cast.a, content), check(cast.a, content)
    assert step(confirm(first, actor=system(IMPORTER))).state == "applied"
    second = step(confirm(second, actor=system(IMPORTER)))
    assert (second.state, RefundCase.objects.count()) == ("refused", 1)
    assert second.message.startswith("The very same file was applied")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.QuerySet(RequestImport).filter(pk=second.pk).update(state="applied")


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


def test_what_changed_since_the_check_refuses_the_file_as_a_whole(cast: Cast) -> None:
    order, other = make_order(cast.a, (1, "10.00")), make_order(cast.a)
    run = check(cast.a, table(row(order), row(other, number="R2")))
    make_case(order, cast.staff)
    run = step(confirm(run, actor=system(IMPORTER)))
    assert (run.state, RefundCase.objects.count()) == ("refused", 1)
    assert "Nothing was applied." in run.message


def test_who_may_no_longer_open_cases_has_no_file_applied(cast: Cast) -> None:
    run = check(cast.a, table(row(make_order(cast.a))), actor=person(cast.manager))
    run = confirm(run, actor=person(cast.manager))
    held = Membership.objects.get(user=cast.manager)
    with recorded(system(INSTALLER), "Left."):
        held.active = False
        held.save()
    run = step(run)
    assert (run.state, run.message) == ("refused", "Your role does not allow this in this store.")
    assert not RefundCase.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_apply_that_dies_half_way_leaves_nothing_and_works_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast = make_cast()
    orders = [make_order(cast.a) for _ in range(4)]
    content = table(*[row(order, number=f"R{n}") for n, order in enumerate(orders)])
    run = confirm(check(cast.a, content), actor=system(IMPORTER))
    monkeypatch.setattr(loading, "PAGE", 2)
    whole, pages = loading.open_set, []

    def die(store: Store, ready: Any) -> Any:
        pages.append(len(ready))
        if len(pages) == 2:
            assert RefundCase.objects.count() == 2
            raise RuntimeError("killed")
        return whole(store, ready)

    monkeypatch.setattr(loading, "open_set", die)
    step(run)
    assert (RefundCase.objects.count(), RefundCase.history.count()) == (0, 0)
    monkeypatch.setattr(loading, "open_set", whole)
    assert look_for_work() == 1
    assert RequestImport.objects.get().state == "applied"
    assert (RefundCase.objects.count(), RefundCase.history.count()) == (4, 4)


def test_rules_approve_what_the_file_opened_and_each_case_once(cast: Cast) -> None:
    with recorded(system(INSTALLER), "For a test."):
        InstantRule.objects.create(
            store=cast.a, name="Small", kind="refund_only", photo_needed=False, most_amount=30,
            highest_risk="high", most_cases=9, valid_from=now() - timedelta(days=1),
        )  # fmt: skip
    small, large = make_order(cast.a, (1, "20.00")), make_order(cast.a, (1, "200.00"))
    back = make_order(cast.a, (1, "20.00"))
    run = load(
        cast.a,
        table(row(small), row(large, number="R2"), row(back, number="R3", kind="return_refund", reason="C05")),
    )  # fmt: skip
    assert rules.look_for_untried() == 1
    states = dict(RefundCase.objects.values_list("external_number", "state"))
    assert states == {"R1": "reviewed", "R2": "requested", "R3": "requested"}
    case = RefundCase.objects.get(external_number="R1")
    assert case.history.latest("history_id").actor_name == "rules"
    assert RequestImport.objects.get(pk=run.pk).rules_tried_at is not None
    versions = case.history.count()
    assert rules.look_for_untried() == 0
    rules.try_on_file(RequestImport.objects.get(pk=run.pk))
    assert case.history.count() == versions


def test_rules_are_not_tried_once_the_day_has_no_room(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(system(INSTALLER), "For a test."):
        InstantRule.objects.create(
            store=cast.a, name="Small", kind="refund_only", photo_needed=False, most_amount=30,
            highest_risk="high", most_cases=99, valid_from=now() - timedelta(days=1),
        )  # fmt: skip
        cast.a.daily_cap_count = 2
        cast.a.save()
    monkeypatch.setattr(rules, "PAGE", 1)
    orders = [make_order(cast.a, (1, "20.00")) for _ in range(4)]
    load(cast.a, table(*[row(order, number=f"R{n}") for n, order in enumerate(orders)]))
    tried: list[int] = []
    whole = rules.try_rules

    def watched(case: RefundCase) -> RefundCase:
        tried.append(case.pk)
        return whole(case)

    monkeypatch.setattr(rules, "try_rules", watched)
    rules.look_for_untried()
    assert (len(tried), RefundCase.objects.filter(state="reviewed").count()) == (2, 2)


def run_command(*args: Any) -> str:
    out = io.StringIO()
    call_command("import_requests", *args, stdout=out)
    return out.getvalue()


@pytest.mark.once
def test_the_command_applies_a_file_and_prints_the_counts(cast: Cast, tmp_path: Any) -> None:
    order = make_order(cast.a, (2, "10.00"))
    file = tmp_path / "requests.csv"
    file.write_bytes(table(row(order), row(order, number="R2", sku="X")))
    dry = run_command(file, "--store", "a", "--dry-run")
    assert "Checked only: nothing was written." in dry
    assert not RefundCase.objects.exists()
    told = run_command(file, "--store", "a")
    assert f"Row 3, SKU: Order {order} has no article X, or too few lines of it." in told
    assert "       1 refund cases opened" in told
    assert RefundCase.objects.get().history.get().actor_name == "importer"
    with pytest.raises(CommandError, match="The very same file was applied"):
        run_command(file, "--store", "a")
    for args, sentence in (
        ((file, "--store", "zzz"), "There is no store with the code “zzz”."),
        ((tmp_path / "none.csv", "--store", "a"), "cannot be read: No such file or directory."),
    ):
        with pytest.raises(CommandError, match=sentence):
            run_command(*args)


@pytest.mark.once
def test_a_manager_of_another_store_cannot_confirm(cast: Cast) -> None:
    run = check(cast.a, table(row(make_order(cast.a))))
    elsewhere = give_role(cast, "staff", "manager", cast.b)
    for user in (cast.auditor, elsewhere, cast.finance):
        with pytest.raises(NotAllowed):
            confirm(run, actor=person(user))
    assert Order.objects.count() == 1
