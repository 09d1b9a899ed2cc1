"""Personal data are ciphertext in rows, versions and copies; the same text of one person is the same bytes."""

import pickle
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction

from backoffice import clock
from backoffice.actors import INSTALLER, Actor, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.verify import verify
from backoffice.privacy.fields import PersonalDataInClear
from backoffice.privacy.keys import Subject, clear, clear_all, keyring, keys_of, seal
from backoffice.privacy.models import PersonKey
from backoffice.privacy.sealed import MASK, Sealed
from orders.models import Buyer, Order
from refunds.models import RefundCase, RejectCode
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order

WHO = Subject("buyer 7/LIN", 7)


def stored(table: str, column: str) -> set[str]:
    """What the database really holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return {value for (value,) in cursor.fetchall()}


def test_row_and_version_hold_the_same_ciphertext_and_no_name(cast: Cast) -> None:
    order = make_order(cast.a)
    live, versions = stored("orders_buyer", "name"), stored("orders_historicalbuyer", "name")
    assert live == versions
    assert not any("Buyer" in value for value in live)
    assert clear(Buyer.objects.get(pk=order.buyer_id).name) == f"Buyer {order.buyer.code[6:]}"
    assert verify().findings == []


@pytest.mark.django_db
def test_equal_text_is_equal_bytes_for_one_person_only() -> None:
    other = Subject("buyer 7/WANG", 7)
    assert seal("Lin", WHO) == seal("Lin", WHO) != seal("Lin", other)
    assert seal("Lin", WHO) != seal("Lín", WHO)
    assert clear_all([seal("林晓", WHO), "plain", seal("x" * 2000, other)]) == [
        "林晓",
        "plain",
        "x" * 2000,
    ]


def test_saving_a_row_again_changes_no_byte(cast: Cast) -> None:
    buyer = make_order(cast.a).buyer
    with recorded(system(INSTALLER), "Nothing new."):
        buyer.name = clear(buyer.name)
        buyer.save()
    assert len(stored("orders_historicalbuyer", "name")) == 1


def test_what_buyers_and_staff_wrote_is_sealed_with_the_reasons_that_repeat_it(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff, reason_text="The zip is broken.")
    perform("message", case_id=case.pk, actor=actor(cast), body="Dear Lin, we look into it.")
    perform("complain", case_id=case.pk, actor=actor(cast), words="Nobody answers me.")
    code = RejectCode.objects.get(code="R04")
    perform("reject", case_id=case.pk, actor=actor(cast), note="No photo.", code=code)
    perform("escalate", case_id=case.pk, actor=actor(cast), note="I sent it twice.", claim="")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {table}")
            text = repr(cursor.fetchall())
            for words in ("zip is broken", "Dear Lin", "Nobody answers", "I sent it twice"):
                assert words not in text, (table, words)
    reasons = {
        clear(Sealed(r))
        for r in stored("refunds_historicalrefundcase", "history_change_reason")
        if r.startswith("sealed")
    }
    assert reasons == {"The zip is broken.", "I sent it twice."}
    assert clear(RefundCase.objects.get(pk=case.pk).disputes.get().claim) == "I sent it twice."


def actor(cast: Cast) -> Actor:
    return person(cast.manager)


@pytest.mark.django_db
def test_nothing_goes_to_the_database_in_clear() -> None:
    with pytest.raises(PersonalDataInClear):
        Buyer.objects.filter(name="Lin").exists()


@pytest.mark.django_db
def test_without_a_reader_a_value_in_words_is_a_mask() -> None:
    value = seal("Lin", WHO)
    assert (str(value), f"{value}", repr(value)) == (MASK, MASK, "<sealed>")
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.django_db
def test_a_key_is_wrapped_under_the_master_key_and_bound_to_its_person(
    settings: Any,
) -> None:
    value = seal("Lin", WHO)
    key = PersonKey.objects.get(subject=WHO.name)
    assert clear(value) == "Lin"
    PersonKey.objects.filter(pk=key.pk).update(subject="buyer 7/SOMEBODY")
    with pytest.raises(ImproperlyConfigured, match="is not what was wrapped"):
        clear(value)
    PersonKey.objects.filter(pk=key.pk).update(subject=WHO.name)
    settings.PRIVACY_KEYS = [b"1" * 32]
    with pytest.raises(ImproperlyConfigured, match="not among those of PRIVACY_KEY"):
        clear(value)
    settings.PRIVACY_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="PRIVACY_KEY is missing"):
        seal("Lin", WHO)


@pytest.mark.django_db
def test_the_database_refuses_to_bring_a_key_back() -> None:
    keys_of([WHO])
    rows = PersonKey.objects.filter(subject=WHO.name)
    kept = rows.get().wrapped
    rows.update(wrapped=None, destroyed_at=clock.now())
    with pytest.raises(IntegrityError, match="stays destroyed"), transaction.atomic():
        rows.update(wrapped=kept, destroyed_at=None)
    assert seal("Lin again", WHO).person != rows.order_by("pk")[0].pk


def test_a_list_of_people_costs_one_query_for_their_keys(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    for _n in range(5):
        make_order(cast.a)
    with keyring(), django_assert_num_queries(2):
        names = clear_all([order.buyer.name for order in Order.objects.select_related("buyer")])
    assert len(names) == 5
