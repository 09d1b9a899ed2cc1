"""Traps of tables that leave and come: who exports what, and what a cell may hold."""

import csv
import io

import openpyxl
import pytest
from django.contrib import admin
from django.db import models
from django.urls import NoReverseMatch, reverse

from orders.models import Buyer
from tests.access.asking import CASES, INSIDERS, ORDERS, get, instead, leaks, post, told
from tests.access.walker import MISSING, Walker

pytestmark = pytest.mark.django_db


def test_nothing_is_imported_through_the_library_s_pages(walker: Walker) -> None:
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for page in ("import", "process_import"):
            with pytest.raises(NoReverseMatch):
                reverse(f"{name}_{page}")


def test_exports_are_tables_for_those_with_the_permission_only(walker: Walker) -> None:
    pages = [page for page in admin.site._registry.values() if hasattr(page, "export_action")]
    assert len(pages) == 3
    for page in pages:
        assert [kind.__name__ for kind in page.formats] == ["CSV", "XLSX"]
        path = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_export")
        assert {
            who
            for who in (*INSIDERS, "auditor", "platform")
            if get(walker, who, path).status == 200
        } <= {"manager", "finance"}
        assert get(walker, "staff", path).status == 403


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_is_a_formula_leaves_as_text(walker: Walker, start: str) -> None:
    buyer = walker.world.row("a", "buyer")
    evil = f"{start}1+1"
    models.QuerySet(Buyer).filter(pk=buyer.pk).update(name=evil)
    for path in (f"{CASES}export/", f"{ORDERS}export/"):
        text = post(walker, "manager", path, format="0", resource="0")
        assert text.headers["Content-Type"].startswith("text/csv")
        cells = [
            cell
            for row in csv.reader(io.StringIO(text.body.decode("utf-8-sig"), newline=""))
            for cell in row
        ]
        assert f"'{evil}" in cells
        assert evil not in cells
        book = openpyxl.load_workbook(
            io.BytesIO(post(walker, "manager", path, format="1", resource="0").body)
        )
        values = [
            cell
            for row in book.worksheets[0].iter_rows()
            for cell in row
            if "1+1" in str(cell.value)
        ]
        assert values
        assert all(cell.data_type == "s" and cell.value.startswith("'") for cell in values)


@pytest.mark.parametrize(
    ("path", "model"), [(f"{CASES}export/", "refundcase"), (f"{ORDERS}export/", "order")]
)
def test_a_forged_choice_of_rows_to_export_tells_nothing(
    walker: Walker, path: str, model: str
) -> None:
    foreign = walker.world.row("b", model).pk
    theirs = post(walker, "manager", path, format="0", resource="0", export_items=[foreign])
    nobody_s = post(walker, "manager", path, format="0", resource="0", export_items=[MISSING])
    assert leaks(walker, "manager", theirs) == []
    assert told(theirs) == instead(nobody_s, foreign)
