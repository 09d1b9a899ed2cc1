"""Reminders at half and at four fifths of a clock, and the list of what is new for a person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.models import User
from merchants.models import Membership
from refunds import notices
from refunds.clocks import reminders
from refunds.clocks.reminders import send_reminders
from refunds.models import Notice, RefundCase
from tests.cast import Cast, make_cast
from tests.refunds.clocks.waiting import HOUR, TICK, do, open_daytime, received, shanghai
from tests.refunds.factories import fetch, make_case, make_order
from tests.threads import at_once, unexpected

LIST = reverse("admin:refunds_notice_changelist")
HALF, LATE = Notice.Kind.HALF, Notice.Kind.LATE


def told() -> set[tuple[str, str]]:
    return set(Notice.objects.values_list("recipient__username", "kind"))


def assign(case: RefundCase, user: User, cast: Cast) -> None:
    with recorded(person(cast.manager), "For a test."):
        case.assignee = user
        case.save()


def test_half_and_four_fifths_of_the_time_are_told_once_each(cast: Cast, at: Any) -> None:
    case = received(cast)
    assign(case, cast.staff, cast)
    start = now()
    at.move_to(start + 24 * HOUR - TICK)
    assert send_reminders() == 0
    at.move_to(start + 24 * HOUR)
    assert (send_reminders(), send_reminders()) == (1, 0)
    assert told() == {("staff", HALF)}
    at.move_to(start + timedelta(hours=38.4))
    assert (send_reminders(), send_reminders()) == (1, 0)
    assert told() == {("staff", HALF), ("staff", LATE)}
    assert fetch(case).remind_at is None


def test_a_reminder_is_on_record_and_makes_nobodys_page_stale(cast: Cast, at: Any) -> None:
    case = received(cast)
    at.move_to(case.remind_at)
    send_reminders()
    version = case.history.latest()
    assert (version.actor_name, version.action, version.source) == ("timer", "remind", "timer")
    assert fetch(case).version == case.version


def test_the_latest_changes_at_home_name_a_reminder(client: Client, cast: Cast, at: Any) -> None:
    at.move_to(received(cast).remind_at)
    send_reminders()
    client.force_login(cast.platform)
    assert "Reminder sent · Timer" in client.get(reverse("admin:index")).content.decode()


def test_without_an_assignee_those_are_told_who_may_decide(cast: Cast, at: Any) -> None:
    case = received(cast)
    at.move_to(case.remind_at)
    send_reminders()
    assert {name for name, _kind in told()} == {"staff", "supervisor", "manager", "manager2"}


def test_who_no_longer_works_there_is_not_told(cast: Cast, at: Any) -> None:
    case = received(cast)
    assign(case, cast.staff2, cast)  # of another store by now
    at.move_to(case.remind_at)
    send_reminders()
    assert "staff2" not in {name for name, _kind in told()}


def test_half_of_the_working_time_is_not_half_of_the_wall_time(cast: Cast, at: Any) -> None:
    open_daytime(cast.a)
    case = received(cast)  # 48 working hours from Monday 10:00
    assert case.remind_at == shanghai(2026, 7, 8, 10)


def test_a_pause_does_not_count_as_time_that_ran(cast: Cast, at: Any) -> None:
    case = received(cast)
    start = now()
    at.move_to(start + 20 * HOUR)
    case = do("pause", case, cast, cause="evidence")
    assert case.remind_at is None
    at.move_to(start + 30 * HOUR)
    case = do("resume", case, cast)
    assert case.remind_at == start + 34 * HOUR  # 20 hours before the pause, 4 after it
    case = do("extend", case, cast, hours=12)
    assert case.remind_at == start + 40 * HOUR  # half of 60 hours, and the 10 that stood still


def test_after_a_long_outage_only_the_last_reminder_is_told(cast: Cast, at: Any) -> None:
    case = received(cast)
    at.move_to(case.due_at - HOUR)
    send_reminders()
    assert {kind for _name, kind in told()} == {LATE}


def test_a_decided_case_reminds_nobody(cast: Cast, at: Any) -> None:
    case = do("approve", received(cast), cast)
    at.move_to(now() + 100 * HOUR)
    assert send_reminders() == 0
    assert fetch(case).remind_at is None


def test_a_kill_in_the_middle_loses_and_doubles_nothing(
    cast: Cast, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = received(cast)
    at.move_to(case.remind_at)

    def killed(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reminders, "update_many", killed)
        with pytest.raises(KeyboardInterrupt):
            send_reminders()
    assert Notice.objects.count() == 0
    assert send_reminders() == 1
    assert Notice.objects.count() == 4


def test_one_bad_case_keeps_no_other_from_being_told(
    cast: Cast, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [received(cast) for _n in range(5)]
    advance = reminders._advance

    def broken(case: RefundCase, when: Any) -> None:
        if case.pk == cases[3].pk:
            raise RuntimeError("A defect.")
        advance(case, when)

    at.move_to(cases[-1].remind_at)
    monkeypatch.setattr(reminders, "_advance", broken)
    assert send_reminders() == 4
    assert set(Notice.objects.values_list("case", flat=True)) == {
        case.pk for case in cases if case != cases[3]
    }
    monkeypatch.undo()
    assert (send_reminders(), fetch(cases[3]).reminders) == (1, 1)


def test_a_tick_with_nothing_due_asks_one_question(cast: Cast, at: Any) -> None:
    received(cast)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert send_reminders() == 0
    assert len(queries) == 1


def test_reminders_of_many_cases_take_few_queries(cast: Cast, at: Any) -> None:
    open_daytime(cast.a)
    for _n in range(12):
        case = received(cast)
    at.move_to(case.remind_at)
    with CaptureQueriesContext(connection) as queries:
        assert send_reminders() == 12
    assert len(queries) <= 20
    assert Notice.objects.count() == 48


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_everything_once() -> None:
    cast = make_cast()
    with time_machine.travel(now() - 47 * HOUR):
        for _n in range(10):
            received(cast)
    results = at_once(send_reminders, send_reminders)
    assert unexpected(results) == []
    assert Notice.objects.count() == 40
    assert all(case.history.count() == 2 for case in RefundCase.objects.all())


# -- What is new for a person.


def test_the_same_thing_is_told_once(cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    for _n in range(3):
        notices.tell(
            recipients=[cast.staff, cast.manager], case=case, kind="mention", about="message 1"
        )
    assert Notice.objects.count() == 2
    notices.tell(recipients=cast.staff, case=case, kind="mention", about="message 2")
    assert Notice.objects.count() == 3


@pytest.fixture
def notice(cast: Cast) -> Notice:
    case = make_case(make_order(cast.a), cast.staff)
    notices.tell(recipients=cast.staff, case=case, kind="mention", about="message 1")
    return Notice.objects.get()


def test_what_is_new_stands_on_the_home_page_until_it_is_opened(
    client: Client, cast: Cast, notice: Notice
) -> None:
    client.force_login(cast.staff)
    assert "You were mentioned" in client.get("/admin/").content.decode()
    response = client.post(reverse("admin:refunds_notice_open", args=[notice.pk]))
    assert response.url == reverse("admin:refunds_refundcase_change", args=[notice.case_id])
    assert Notice.objects.get().seen_at is not None
    assert "You were mentioned" not in client.get("/admin/").content.decode()
    assert "You were mentioned" in client.get(LIST).content.decode()


def test_looking_changes_nothing(client: Client, cast: Cast, notice: Notice) -> None:
    client.force_login(cast.staff)
    client.get(LIST)
    assert client.get(reverse("admin:refunds_notice_open", args=[notice.pk])).status_code == 405
    client.get(reverse("admin:refunds_notice_change", args=[notice.pk]))
    assert Notice.objects.get().seen_at is None


def test_all_of_them_are_seen_at_once_but_nobody_elses(
    client: Client, cast: Cast, notice: Notice
) -> None:
    notices.tell(recipients=cast.manager, case=notice.case, kind="mention", about="message 1")
    client.force_login(cast.staff)
    assert client.post(reverse("admin:refunds_notice_seen")).status_code == 302
    assert notices.unseen(cast.staff).count() == 0
    assert notices.unseen(cast.manager).count() == 1


@pytest.mark.parametrize("who", ["manager", "platform", "staff2", "auditor"])
def test_nobody_reads_or_opens_anothers_notice(
    client: Client, cast: Cast, notice: Notice, who: str
) -> None:
    client.force_login(getattr(cast, who))
    assert notice.case.number not in client.get(LIST).content.decode()
    assert client.post(reverse("admin:refunds_notice_open", args=[notice.pk])).status_code == 404
    assert client.get(reverse("admin:refunds_notice_change", args=[notice.pk])).status_code == 404
    assert Notice.objects.get().seen_at is None


def test_who_lost_the_store_no_longer_reads_what_they_were_told(
    client: Client, cast: Cast, notice: Notice
) -> None:

    with recorded(person(cast.platform), "Left."):
        membership = Membership.objects.get(user=cast.staff)
        membership.store = cast.b
        membership.save()
    client.force_login(cast.staff)
    assert notice.case.number not in client.get(LIST).content.decode()


def test_the_list_needs_few_queries_however_much_is_new(
    client: Client, cast: Cast, notice: Notice, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for n in range(20):
        notices.tell(recipients=cast.staff, case=notice.case, kind="mention", about=f"m {n}")
    client.force_login(cast.staff)
    client.get(LIST)
    with django_assert_max_num_queries(10):
        client.get(LIST)
