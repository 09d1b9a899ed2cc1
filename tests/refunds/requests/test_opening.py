"""A channel's file of requests: each becomes a case, once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, models, transaction

from backoffice.actors import IMPORTER, person, system
from backoffice.bulk.runs import confirm
from backoffice.clock import now
from refunds.models import RefundCase, RequestImport
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.factories import make_order
from tests.refunds.requests.files import check, load, problems, row, step, table

pytestmark = pytest.mark.django_db


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
