"""Erasing a buyer: two people, nothing open, the key gone for good – and history the same, byte for byte."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.log.verifying import verify_log
from backoffice.audit.models import Version
from backoffice.audit.recording import recorded
from backoffice.audit.verify import verify
from backoffice.clock import now
from backoffice.exceptions import NotAllowed, WrongState
from backoffice.privacy.models import PersonKey, PersonWord
from merchants.models import Membership
from orders import erasing
from orders.models import Buyer, Erasure, Order
from refunds.models import RefundCase
from refunds.workflow import perform
from tests.audit.log.conftest import log_settings  # noqa: F401 - a fixture
from tests.cast import Cast, make_cast
from tests.orders import files
from tests.people import make_person
from tests.personal import plain
from tests.privacy.reading import page
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.files import photo

WANTED = "Asked by letter, with a copy of the passport."
WORDS = "It came broken."


@pytest.fixture
def order(cast: Cast) -> Order:
    """An order of forty days ago with a withdrawn case: words, a message, a piece of evidence."""
    with time_machine.travel(now() - timedelta(days=40)):
        order = make_order(cast.a)
        case = make_case(order, cast.staff, reason_text=WORDS)
        perform("message", case_id=case.pk, actor=person(cast.staff), body="Dear buyer.")
        perform(
            "attach",
            case_id=case.pk,
            actor=person(cast.staff),
            file=photo(),
            file_note="The crack.",
        )
        perform("withdraw", case_id=case.pk, actor=person(cast.staff))
    return order


def asked(cast: Cast, order: Order) -> Erasure:
    return erasing.ask(order_id=order.pk, actor=person(cast.platform), reason=WANTED)


def all_versions() -> dict[str, dict[int, tuple[Any, ...]]]:
    """Every version there is, as its columns hold it."""
    found: dict[str, dict[int, tuple[Any, ...]]] = {}
    for model in apps.get_models():
        if issubclass(model, Version):
            rows = model._base_manager.values_list(
                "history_id", *(f.attname for f in model._meta.fields)
            )
            found[model._meta.label] = {row[0]: tuple(map(raw, row)) for row in rows}
    return found


def raw(value: Any) -> Any:
    return str.__str__(value) if isinstance(value, str) else value


def test_two_people_erase_a_buyer_and_no_byte_of_history_changes(
    client: Client, cast: Cast, order: Order
) -> None:
    evidence = fetch(order.cases.get()).evidence.get()
    files = (evidence.file.name, evidence.preview.name)
    name = plain(order.buyer.name)
    client.force_login(cast.platform)
    client.post(reverse("admin:orders_erasure_ask", args=[order.pk]), {"reason": WANTED})
    row = Erasure.objects.get()
    before = all_versions()
    client.force_login(cast.legal)
    response = client.post(reverse("admin:orders_erasure_do", args=[row.pk, "confirm"]))
    assert response.status_code == 302

    after = all_versions()
    for table, rows in before.items():
        assert {pk: after[table][pk] for pk in rows} == rows, table
    row.refresh_from_db()
    assert (row.state, row.asked_by, row.confirmed_by, row.files) == (
        "done",
        cast.platform,
        cast.legal,
        1,
    )
    said = [
        (v.history_user, v.history_change_reason, v.action)
        for v in row.history.order_by("history_id")
    ]
    assert said == [
        (cast.platform, WANTED, "erase.ask"),
        (cast.legal, "A second person confirmed the erasing.", "erase.confirm"),
    ]
    key = PersonKey.objects.get(subject=order.buyer.data_subject.name)
    assert (key.wrapped, key.destroyed_at is not None) == (None, True)
    assert not PersonWord.objects.filter(person=key).exists()
    assert plain(Order.objects.get(pk=order.pk).buyer.name) == ""
    for client_page in (
        "orders_order_change",
        "refunds_refundcase_change",
        "refunds_refundcase_history",
    ):
        key_of_page = order.pk if client_page.startswith("orders") else order.cases.get().pk
        text = page(client, cast.staff, client_page, key_of_page)
        assert "erased" in text
        assert not [
            value for value in (name, WORDS, "Dear buyer.", "The crack.") if f">{value}" in text
        ]
    assert verify().findings == []
    assert files[0]


@pytest.mark.django_db(transaction=True)
def test_the_files_of_evidence_are_deleted_with_the_key() -> None:
    cast = make_cast()
    with time_machine.travel(now() - timedelta(days=40)):
        order = make_order(cast.a)
        case = make_case(order, cast.staff)
        perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo())
        perform("withdraw", case_id=case.pk, actor=person(cast.staff))
    evidence = case.evidence.get()
    storage = storages["evidence"]
    assert storage.exists(evidence.file.name)
    erasing.confirm(erasure_id=asked(cast, order).pk, actor=person(cast.legal))
    assert not storage.exists(evidence.file.name)
    assert not storage.exists(evidence.preview.name)
    client = Client()
    client.force_login(cast.staff)
    address = reverse("admin:refunds_refundcase_evidence", args=[case.pk, evidence.pk])
    assert client.get(address).status_code == 404


def test_whoever_asked_cannot_confirm_under_any_account(
    client: Client, cast: Cast, order: Order
) -> None:
    row = asked(cast, order)
    second = make_person("platform-two", person=cast.platform.person)
    with recorded(system(INSTALLER), "A second account of the same person."):
        Membership.objects.create(user=second, role="platform", store=None)
    for user in (cast.platform, second):
        with pytest.raises(NotAllowed, match="somebody else has to confirm"):
            erasing.confirm(erasure_id=row.pk, actor=person(user))
    client.force_login(cast.platform)
    assert (
        client.post(reverse("admin:orders_erasure_do", args=[row.pk, "confirm"])).status_code == 403
    )
    row.state, row.confirmed_by, row.erased_at = "done", cast.platform, now()
    with (
        pytest.raises(IntegrityError, match="erasure_done_by_two"),
        transaction.atomic(),
        recorded(system(INSTALLER), "A defect."),
    ):
        row.save()


def test_nobody_is_erased_while_a_case_is_open(client: Client, cast: Cast, order: Order) -> None:
    row = asked(cast, order)
    make_case(order, cast.staff)
    with pytest.raises(WrongState, match="A case of this buyer is still open"):
        erasing.confirm(erasure_id=row.pk, actor=person(cast.legal))
    text = page(client, cast.legal, "orders_erasure_change", row.pk)
    assert "A case of this buyer is still open." in text
    erasing.call_off(erasure_id=row.pk, actor=person(cast.legal))
    assert PersonKey.objects.get(subject=order.buyer.data_subject.name).wrapped
    client.force_login(cast.platform)
    response = client.post(
        reverse("admin:orders_erasure_ask", args=[order.pk]), {"reason": WANTED}, follow=True
    )
    assert "A case of this buyer is still open." in response.content.decode()


def test_nobody_is_erased_while_money_is_on_its_way(cast: Cast) -> None:
    with time_machine.travel(now() - timedelta(days=40)):
        order = make_order(cast.a)
        case = make_case(order, cast.staff)
        perform("approve", case_id=case.pk, actor=person(cast.manager))
    assert "A payout to this buyer is still on its way." in erasing.objections(order.buyer)


def test_nobody_is_erased_while_the_law_has_their_data_kept(cast: Cast) -> None:
    order = make_order(cast.a)  # three days old
    with pytest.raises(WrongState, match="The law has this buyer's data kept"):
        asked(cast, order)


@pytest.mark.parametrize("who", ["staff", "manager", "finance", "auditor", "legal"])
def test_only_the_platform_asks(client: Client, cast: Cast, order: Order, who: str) -> None:
    with pytest.raises(NotAllowed):
        erasing.ask(order_id=order.pk, actor=person(cast.people[who]), reason=WANTED)
    client.force_login(cast.people[who])
    address = reverse("admin:orders_erasure_ask", args=[order.pk])
    assert client.post(address, {"reason": WANTED}).status_code in (302, 403)
    assert not Erasure.objects.exists()


def test_what_is_kept_of_an_erased_buyer_afterwards_has_a_key_of_its_own(
    cast: Cast, order: Order
) -> None:
    erasing.confirm(erasure_id=asked(cast, order).pk, actor=person(cast.legal))
    case = make_case(order, cast.staff, reason_text="Me again.")
    assert plain(RefundCase.objects.get(pk=case.pk).reason_text) == "Me again."
    assert plain(order.cases.order_by("pk")[0].reason_text) == ""


@pytest.mark.usefixtures("log_settings")
def test_what_was_proven_before_an_erasure_holds_after_it(cast: Cast, order: Order) -> None:
    call_command("seal_history", stdout=StringIO())
    erasing.confirm(erasure_id=asked(cast, order).pk, actor=person(cast.legal))
    assert verify_log().findings.count == 0
    call_command("seal_history", stdout=StringIO())
    call_command("verify_history", stdout=StringIO())


def test_an_old_file_that_is_loaded_again_brings_nothing_back(cast: Cast) -> None:
    header = [*files.HEADER, "Payment reference", "Tracking number"]
    files.load(cast.a, files.table([*files.row(), "42001234", "SF1440"], header=header))
    order = Order.objects.get()
    assert (plain(order.payments.get().reference), plain(order.shipments.get().tracking)) == (
        "42001234",
        "SF1440",
    )
    with recorded(person(cast.legal), "By letter."):
        erasing.erase(list(Buyer.objects.all()))
    again = [*files.row(Order_number="N2", Buyer="B2"), "42005678", "SF1441"]
    run = files.load(
        cast.a, files.table([*files.row(), "42001234", "SF1440"], again, header=header)
    )
    assert (run.counts["orders"], run.counts["orders_unchanged"], files.problems(run)) == (1, 1, [])
    assert plain(order.payments.get().reference) == ""
    assert not PersonKey.objects.filter(subject=order.buyer.data_subject.name, destroyed_at=None)
