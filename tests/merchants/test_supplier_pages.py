"""Suppliers, kept by the managers of their own merchant."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from merchants.models import Merchant, Supplier
from tests.cast import Cast
from tests.merchants.desk import published, supplier_of
from tests.merchants.setting_up import WHY, errors, page

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


def test_a_manager_adds_a_supplier_to_the_own_merchant(cast: Cast, client: Client) -> None:
    client.force_login(cast.manager)
    data = {"merchant": cast.merchant.pk, "code": "acme", "name": "Acme", "active": "on", **WHY}
    assert client.post(page("supplier", "add"), data).status_code == 302
    version = Supplier.objects.get().history.get()
    assert (version.history_user, version.history_change_reason) == (
        cast.manager,
        "Asked by the merchant.",
    )
    response = client.post(page("supplier", "add"), data)
    assert errors(response) == "This merchant already has a supplier with this code."


def test_what_an_edit_leaves_is_a_version_and_no_entry_of_djangos_log(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.platform)
    client.post(page("merchant", "add"), {"code": "new", "name": "New", "active": "on", **WHY})
    merchant = Merchant.objects.get(code="new")
    client.post(page("merchant", "change", merchant.pk), {"name": "Newer", "active": "on", **WHY})
    assert [version.name for version in merchant.history.all()] == ["Newer", "New"]
    assert not LogEntry.objects.exists()


def test_a_forged_foreign_merchant_is_refused(cast: Cast, client: Client) -> None:
    client.force_login(cast.manager)
    assert b"South Trading" not in client.get(page("supplier", "add")).content
    data = {"merchant": cast.other_merchant.pk, "code": "acme", "name": "Acme", **WHY}
    response = client.post(page("supplier", "add"), data)
    assert "Select a valid choice" in errors(response)
    assert not Supplier.objects.exists()


def test_a_foreign_supplier_is_not_there(cast: Cast, client: Client) -> None:
    foreign = supplier_of(cast.other_merchant, "marker-supplier")
    client.force_login(cast.manager)
    data = {"name": "Mine now", **WHY}
    assert client.post(page("supplier", "change", foreign.pk), data).status_code == 404
    assert client.get(page("supplier", "history", foreign.pk)).status_code == 404
    assert b"Marker-Supplier" not in client.get(page("supplier", "changelist")).content
    assert Supplier.objects.get(pk=foreign.pk).name == "Marker-Supplier"


def test_a_supplier_never_moves_to_another_merchant(cast: Cast, client: Client) -> None:
    supplier = supplier_of(cast.merchant)
    client.force_login(cast.manager)
    grades = {"assessments-TOTAL_FORMS": 0, "assessments-INITIAL_FORMS": 0}
    data = {"merchant": cast.other_merchant.pk, "code": "x", "name": "Acme!", **grades, **WHY}
    assert client.post(page("supplier", "change", supplier.pk), data).status_code == 302
    supplier = Supplier.objects.get(pk=supplier.pk)
    assert (supplier.merchant, supplier.code, supplier.name) == (cast.merchant, "acme", "Acme!")


def test_the_platform_sees_suppliers_and_changes_none(cast: Cast, client: Client) -> None:
    supplier = supplier_of(cast.merchant)
    client.force_login(cast.platform)
    assert client.get(page("supplier", "change", supplier.pk)).status_code == 200
    assert client.post(page("supplier", "change", supplier.pk), WHY).status_code == 405


def test_a_suppliers_page_shows_its_grades(cast: Cast, client: Client) -> None:
    supplier = supplier_of(cast.merchant)
    done = published(supplier, cast.manager, cast.manager2)
    client.force_login(cast.auditor)
    text = client.get(page("supplier", "change", supplier.pk)).content.decode()
    assert page("assessment", "change", done.pk) in text
    assert "A · preferred" in text
