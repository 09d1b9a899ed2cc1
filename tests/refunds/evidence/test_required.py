"""Evidence that a reason demands: no machine decides without it, a person only by saying why."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, person, system
from refunds.bulk import approve_many
from refunds.deciding import rails
from refunds.evidence import required
from refunds.exceptions import EvidenceMissing
from refunds.models import RefundCase, State
from refunds.sweep import expire_deadlines
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.factories import fetch, make_case, make_order
from tests.refunds.files import photo

pytestmark = pytest.mark.once  # the desk of test_action_matrix.py is made on both


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    """A quality fault, and nothing that shows it."""
    return make_case(make_order(cast.a), cast.staff, reason_code="Q01")


def attach(case: RefundCase, cast: Cast, **details: Any) -> None:
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=photo(), **details)


def test_a_person_approves_without_it_only_by_saying_why(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    do = reverse("admin:refunds_refundcase_do", args=[case.pk, "approve"])
    form = {"version": case.version, "amount": "50.00", "note": " "}
    assert client.post(do, form).status_code == 400
    with pytest.raises(EvidenceMissing, match="say in the note why"):
        perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert fetch(case).state == State.REQUESTED
    assert client.post(do, {**form, "note": "Seen on the telephone."}).status_code == 302
    assert fetch(case).state == State.REVIEWED
    assert fetch(case).history.latest().history_change_reason == "Seen on the telephone."


def test_with_its_evidence_a_note_is_not_asked_for(cast: Cast, case: RefundCase) -> None:
    attach(case, cast)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    assert fetch(case).state == State.REVIEWED


def test_what_the_store_shows_against_the_buyer_does_not_count(
    cast: Cast, case: RefundCase
) -> None:
    attach(case, cast, party="store")
    assert required.lacking(fetch(case)) == 1
    with pytest.raises(EvidenceMissing):
        perform("approve", case_id=case.pk, actor=person(cast.staff))


def test_the_timer_hands_it_to_a_person(cast: Cast, case: RefundCase) -> None:
    shown = make_case(make_order(cast.a), cast.staff, reason_code="Q01", files=[photo()])
    with time_machine.travel(max(filter(None, (case.due_at, shown.due_at))) + timedelta(hours=1)):
        expire_deadlines()
    assert (fetch(case).state, fetch(case).held_because) == (State.REQUESTED, required.WHY_HELD)
    assert fetch(case).history.latest().history_user == system(TIMER).user
    assert fetch(shown).state == State.REVIEWED


def test_bulk_approval_leaves_it_out_whatever_the_note_says(cast: Cast, case: RefundCase) -> None:
    plain = make_case(make_order(cast.a), cast.staff)
    results = approve_many(
        looked_at=[(case.pk, 1), (plain.pk, 1)], actor=person(cast.manager), note="All fine."
    )
    assert ["Open the case" in result.refusal for result in results] == [True, False]
    assert (fetch(case).state, fetch(plain).state) == (State.REQUESTED, State.REVIEWED)


def test_one_case_and_many_are_asked_the_same(cast: Cast) -> None:
    cases = [
        make_case(make_order(cast.a), cast.staff, reason_code=code, files=files)
        for code, files in (("Q01", []), ("Q01", [photo()]), ("C01", []), ("S04", []), ("L01", []))
    ]
    attach(cases[3], cast, party="store")
    decided = make_case(make_order(cast.a), cast.staff, reason_code="Q01")
    perform("approve", case_id=decided.pk, actor=person(cast.staff), note="Seen.")
    many = set(RefundCase.objects.filter(required.LACKING).values_list("pk", flat=True))
    assert many == {c.pk for c in RefundCase.objects.all() if required.lacking(c)}
    assert many == {cases[0].pk, cases[3].pk}
    assert rails.NO_EVIDENCE in rails.TIMER
    assert rails.NO_EVIDENCE in rails.COMMON


def test_the_page_and_the_form_say_what_is_missing(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "This reason demands evidence, and 1 file is missing: Photo or video." in text
    assert "say in the note why you approve without" in text
