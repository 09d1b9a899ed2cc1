"""Traps of tables that leave and come: who exports what, and what a cell may hold."""

import csv
import io
from collections.abc import Iterable

import openpyxl
import pytest
from django.contrib import admin
from django.db import models
from django.urls import NoReverseMatch, reverse

from backoffice.audit.search.models import ChangeEntry
from backoffice.privacy.keys import seal
from orders.models import Buyer
from tests.access.asking import INSIDERS, get
from tests.access.walker import Walker
from tests.access.world.marks import mark
from tests.exporting.taking import content_of, made_for
from tests.flushing import rewrite

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def test_nothing_is_imported_through_the_library_s_pages(walker: Walker) -> None:
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for page in ("import", "process_import"):
            with pytest.raises(NoReverseMatch):
                reverse(f"{name}_{page}")


def test_exports_are_tables_for_those_with_the_permission_only(walker: Walker) -> None:
    pages = [page for page in admin.site._registry.values() if hasattr(page, "export_action")]
    assert len(pages) == 4
    for page in pages:
        assert [kind.__name__ for kind in page.formats] == ["CSV", "XLSX"]
        path = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_export")
        takers = {"auditor", "platform"} if page.model is ChangeEntry else {"manager", "finance"}
        assert {
            who
            for who in (*INSIDERS, "auditor", "platform")
            if get(walker, who, path).status == 200
        } <= takers
        assert get(walker, "staff", path).status == 403


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_is_a_formula_leaves_as_text(walker: Walker, start: str) -> None:
    buyer = walker.world.row("a", "buyer")
    evil = f"{start}1+1"
    name = seal(evil, buyer.data_subject)
    rewrite(models.QuerySet(Buyer).filter(pk=buyer.pk), name=name)
    for model in ("refunds.refundcase", "orders.order"):
        text = file_of(walker, model, "csv").decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert f"'{evil}" in cells
        assert evil not in cells
        book = openpyxl.load_workbook(io.BytesIO(file_of(walker, model, "xlsx")))
        values = [
            cell
            for row in book.worksheets[0].iter_rows()
            for cell in row
            if "1+1" in str(cell.value)
        ]
        assert values
        assert all(cell.data_type == "s" and cell.value.startswith("'") for cell in values)


def file_of(walker: Walker, model: str, file_format: str, query: str = "") -> bytes:
    """The manager's file of a list."""
    return content_of(made_for(walker.world.people["manager"], model, file_format, query))


@pytest.mark.parametrize("model", ["refunds.refundcase", "orders.order"])
def test_a_file_tells_nothing_of_another_store_whatever_is_asked_for(
    walker: Walker, model: str
) -> None:
    theirs = walker.world.row("b", "store").pk
    for query in ("", f"store__id__exact={theirs}", f"q={mark('b', 'buyer')}"):
        text = file_of(walker, model, "csv", query).decode()
        assert [what for secret, what in hidden(walker) if secret in text] == [], query
    assert mark("a", "buyer") in file_of(walker, model, "csv").decode()


def hidden(walker: Walker) -> Iterable[tuple[str, str]]:
    return walker.world.hidden_from("manager").items()
