"""Complaints: filed, acknowledged, answered, resolved, and seen by their own store."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from refunds.complaints.ticking import look_at_complaints
from refunds.models import Complaint, Message, RefundCase
from tests.cast import Cast
from tests.personal import plain
from tests.refunds.complaints.filing import HOUR, START, WORDS, act, complaint_of, do, filed
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.once


def test_staff_file_a_complaint_and_its_three_deadlines_run(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    form = {"version": case.version, "words": WORDS, "note": "By telephone."}
    assert client.post(do(case, "complain"), form).status_code == 302
    complaint = complaint_of(case)
    assert (complaint.state, plain(complaint.words)) == ("filed", WORDS)
    assert complaint.deadlines == [START + hours * HOUR for hours in (2, 24, 72)]
    assert complaint.due_at == START + 2 * HOUR
    version = complaint.history.get()
    assert (version.history_user, version.action) == (cast.staff, "complain")
    assert version.history_change_reason == "By telephone."
    page = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert WORDS in page
    assert "Acknowledge the complaint" in page


def test_a_complaint_is_acknowledged_answered_and_resolved(
    client: Client, cast: Cast, case: RefundCase, at: Any
) -> None:
    filed(case, cast.staff)
    at.shift(HOUR)
    complaint = act(case, cast.staff, "acknowledge_complaint")
    assert (complaint.state, complaint.due_at) == ("acknowledged", START + 24 * HOUR)
    complaint = act(case, cast.staff, "answer_complaint", words="We have found your parcel.")
    assert (complaint.state, complaint.due_at) == ("answered", START + 72 * HOUR)
    client.force_login(cast.staff)
    form = {"version": fetch(case).version, "outcome": "justified", "words": "A coupon was sent."}
    assert client.post(do(case, "resolve_complaint"), form).status_code == 302
    complaint = complaint_of(case)
    assert (complaint.state, complaint.outcome, complaint.due_at) == ("resolved", "justified", None)
    assert [plain(m.body) for m in Message.objects.order_by("pk")] == [
        "We have found your parcel.",
        "A coupon was sent.",
    ]
    at.shift(100 * HOUR)
    assert look_at_complaints() == 0
    filed(case, cast.staff)  # a buyer may complain again
    assert Complaint.objects.count() == 2


@pytest.mark.parametrize("words", ["", "   ", "\u202e"])
def test_a_complaint_says_something(
    client: Client, cast: Cast, case: RefundCase, words: str
) -> None:
    client.force_login(cast.staff)
    response = client.post(do(case, "complain"), {"version": case.version, "words": words})
    assert response.status_code == 400
    assert not Complaint.objects.exists()


def test_one_complaint_is_open_at_a_time(cast: Cast, case: RefundCase) -> None:
    complaint = filed(case, cast.staff)
    with pytest.raises(WrongState):
        filed(case, cast.staff)
    complaint.pk, complaint.number = None, "CP-00000-00000"
    complaint._state.adding = True
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        recorded(system(INSTALLER), "Past the service."),
    ):
        complaint.save(force_insert=True)


def test_a_resolution_has_its_outcome(cast: Cast, case: RefundCase) -> None:
    filed(case, cast.staff)
    act(case, cast.staff, "answer_complaint", words="We looked.")
    with pytest.raises(BadInput, match="whether the complaint was justified"):
        act(case, cast.staff, "resolve_complaint", outcome="maybe", words="Sorry.")
    assert complaint_of(case).state == "answered"


def test_a_complaint_is_its_own_store_s(client: Client, cast: Cast, case: RefundCase) -> None:
    complaint = filed(case, cast.staff)
    page = reverse("admin:refunds_complaint_change", args=[complaint.pk])
    listed = reverse("admin:refunds_complaint_changelist")
    client.force_login(cast.staff2)
    assert client.get(page).status_code in (302, 404)
    assert complaint.number not in client.get(listed).content.decode()
    with pytest.raises(NotFound):
        act(case, cast.staff2, "acknowledge_complaint")
    client.force_login(cast.auditor)
    assert complaint.number in client.get(listed).content.decode()
    assert WORDS not in client.get(page).content.decode()  # an auditor uncovers it on the case
    with pytest.raises(NotAllowed):
        act(case, cast.auditor, "acknowledge_complaint")


def test_the_list_and_the_home_page_show_what_is_due_first(
    client: Client, cast: Cast, case: RefundCase, at: Any
) -> None:
    first = filed(case, cast.staff)
    at.shift(HOUR)
    second = filed(make_case(make_order(cast.a), cast.staff), cast.staff)
    at.shift(HOUR)
    look_at_complaints()
    client.force_login(cast.supervisor)
    home = client.get(reverse("admin:index")).content.decode()
    assert "Complaints to handle" in home
    assert home.index(second.number) < home.index(first.number)  # one hour left, and 22
    listed = client.get(reverse("admin:refunds_complaint_changelist"), {"standing": "escalated"})
    assert first.number in listed.content.decode()
    assert second.number not in listed.content.decode()
    queue = client.get(reverse("admin:refunds_refundcase_changelist"), {"queue": "complaints"})
    assert queue.content.decode().count(first.case.number) >= 1
