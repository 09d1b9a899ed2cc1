"""Somebody seals a text while somebody else destroys the person's key: one waits for the other."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from backoffice.privacy.destroying import destroy
from backoffice.privacy.keys import Subject, clear, keys_of, seal
from backoffice.privacy.models import PersonKey, PersonWord
from backoffice.privacy.names import remember
from tests.threads import at_once, unexpected

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WHO = Subject("buyer 7/LIN", 7)
LOOKS = 20_000


def wait_until_blocked(pid: int) -> None:
    """Until that connection waits for a lock that another one holds."""
    with connection.cursor() as cursor:
        for _look in range(LOOKS):
            cursor.execute("SELECT pg_blocking_pids(%s) <> '{}'", [pid])
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waited for anybody.")


def own_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def meet(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """``first`` begins, and ends only once ``second`` waits for it."""
    begun, here, pids = threading.Event(), threading.Event(), list[int]()

    def early() -> Any:
        with transaction.atomic():
            given = first()
            begun.set()
            here.wait(60)
            wait_until_blocked(*pids)
        return given

    def late() -> Any:
        begun.wait(60)
        with transaction.atomic():
            pids.append(own_pid())
            here.set()
            return second()

    results = at_once(early, late)
    assert unexpected(results) == []
    return results


def kept() -> Any:
    """A name of the person, sealed and remembered as where one is written."""
    value = seal("Lin", WHO)
    remember([(value.person, "Lin")])
    return value


def test_what_is_sealed_first_goes_with_the_key() -> None:
    keys_of([WHO])
    value, count = meet(kept, lambda: destroy([WHO]))
    assert count == 1
    assert clear(value) == ""
    assert not PersonWord.objects.exists()


def test_what_is_sealed_second_has_a_key_of_its_own() -> None:
    old = seal("Lin", WHO)
    count, value = meet(lambda: destroy([WHO]), kept)
    assert count == 1
    assert (clear(old), clear(value)) == ("", "Lin")
    assert value.person != old.person
    assert set(PersonWord.objects.values_list("person", flat=True)) == {value.person}
    assert PersonKey.objects.filter(subject=WHO.name, destroyed_at=None).count() == 1
