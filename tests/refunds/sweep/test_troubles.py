"""A case whose row cannot be written: the timer waits longer each time, and people are told once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from backoffice.clock import now
from refunds import troubles
from refunds.complaints.ticking import look_at_complaints
from refunds.models import Complaint, Notice, RefundCase, TimerTrouble
from refunds.sweep import Sweep, expire_deadlines
from tests.cast import Cast
from tests.refunds.disputes import act
from tests.refunds.factories import make_case, make_order
from tests.refunds.many import make_overdue

pytestmark = pytest.mark.django_db
DAMAGED = "This row is damaged."


@contextmanager
def unwritable(table: str, pk: int) -> Iterator[None]:
    """The database refuses every change of one row."""
    body = f"BEGIN SELECT RAISE(ABORT, '{DAMAGED}'); END"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION damaged() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{DAMAGED}'; END $$"
            )
            body = "EXECUTE FUNCTION damaged()"
        each = f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NEW.id = {pk})"
        cursor.execute(f"CREATE TRIGGER damaged {each} {body}")
    yield
    with connection.cursor() as cursor:
        on = f" ON {table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER damaged{on}")


def at(moment: datetime) -> Any:
    return time_machine.travel(moment, tick=False)


def told() -> list[str]:
    rows = Notice.objects.filter(kind=Notice.Kind.STUCK).order_by("recipient__username")
    return list(rows.values_list("recipient__username", flat=True))


def test_a_case_that_cannot_be_written_is_tried_ever_later_and_told_once(cast: Cast) -> None:
    ids = make_overdue([cast.a], 3)
    start, tries = now(), []
    with unwritable(RefundCase._meta.db_table, ids[1]):
        for minute in range(16):
            with at(start + timedelta(minutes=minute)):
                sweep = expire_deadlines()
                tries += [minute] if sweep.failed else []
                assert sweep.decided == (2 if minute == 0 else 0)
            assert told() == (["manager", "manager2", "supervisor"] if minute >= 3 else [])
    assert tries == [0, 1, 3, 7, 15]
    trouble = TimerTrouble.objects.get()
    assert (trouble.case_id, trouble.failures, trouble.began_at) == (ids[1], 5, start)
    assert RefundCase.objects.get(pk=ids[1]).state == "requested"


def test_the_longest_wait_is_bounded(cast: Cast) -> None:
    (case_id,) = make_overdue([cast.a], 1)
    moment = now()
    for _failure in range(40):
        troubles.note(case_id, troubles.At.CASE, moment)
    assert TimerTrouble.objects.get().next_at == moment + troubles.LONGEST


def test_what_can_be_written_again_is_decided_and_forgotten(cast: Cast) -> None:
    (case_id,) = make_overdue([cast.a], 1)
    with unwritable(RefundCase._meta.db_table, case_id):
        assert expire_deadlines() == Sweep(failed=1)
    assert expire_deadlines() == Sweep()
    with at(now() + timedelta(minutes=2)):
        assert expire_deadlines() == Sweep(decided=1)
    assert not TimerTrouble.objects.exists()


def test_what_a_person_decided_meanwhile_is_forgotten(cast: Cast) -> None:
    (case_id,) = make_overdue([cast.a], 1)
    with unwritable(RefundCase._meta.db_table, case_id):
        expire_deadlines()
    RefundCase.objects.get(pk=case_id)
    troubles.forget(troubles.At.CASE, RefundCase.objects.none())
    assert not TimerTrouble.objects.exists()


def test_people_see_that_the_timer_is_stuck(client: Client, cast: Cast) -> None:
    (case_id,) = make_overdue([cast.a], 1)
    start = now()
    with unwritable(RefundCase._meta.db_table, case_id):
        for minute in (0, 1, 3):
            with at(start + timedelta(minutes=minute)):
                expire_deadlines()
    client.force_login(cast.supervisor)
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case_id])).content.decode()
    assert "cannot even write that down in it" in page
    home = client.get(reverse("admin:index")).content.decode()
    assert "Given up by the timer" in home
    assert "The timer cannot go on with it" in home
    listed = client.get(reverse("admin:refunds_refundcase_changelist"), {"held": "failed"})
    assert RefundCase.objects.get(pk=case_id).number in listed.content.decode()


def test_a_complaint_that_cannot_be_written_is_left_alone_for_a_while(cast: Cast) -> None:
    case = make_case(make_order(cast.a, (1, "50.00")), cast.staff)
    act(case, cast.staff, "complain", words="Nobody answers me.")
    complaint = Complaint.objects.get()
    assert complaint.due_at
    with at(complaint.due_at + timedelta(minutes=1)):
        with unwritable(Complaint._meta.db_table, complaint.pk):
            assert look_at_complaints() == 0
            assert look_at_complaints() == 0
        assert TimerTrouble.objects.get().failures == 1
    with at(complaint.due_at + timedelta(minutes=3)):
        assert look_at_complaints() == 1
        look_at_complaints()
    assert not TimerTrouble.objects.exists()
