"""A quarantined file in front of people: every reason, what to do, and how it is closed."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import WrongState
from refunds.results import confirm_result
from tests.cast import Cast
from tests.refunds.money import bring, csv_of, sent_batch

pytestmark = pytest.mark.once


def test_every_reason_is_kept_shown_by_pages_and_downloaded(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast)
    content = csv_of([[f"PO-{n}", "1.00", "CNY", "settled", ""] for n in range(2_500)])
    run = bring(cast, batch, content)
    assert (run.state, run.counts["problems"], run.problems.count()) == (
        "quarantined",
        2_500,
        2_500,
    )
    client.force_login(cast.finance)
    page = reverse("admin:refunds_resultimport_change", args=[run.pk])
    assert "There is no payout PO-2400 in any batch" in client.get(f"{page}?p=25").content.decode()
    path = reverse("admin:refunds_resultimport_problems", args=[run.pk])
    rows = b"".join(client.get(path).streaming_content).decode().splitlines()
    assert len(rows) == 2_501
    assert rows[-1].startswith("2501,number,There is no payout PO-2499 in any batch of Store A.")


def test_a_quarantined_file_is_dismissed_with_a_reason_by_those_who_may(
    client: Client, cast: Cast
) -> None:
    batch = sent_batch(cast, "50.00")
    run = bring(cast, batch, csv_of([["PO-0", "1.00", "CNY", "settled", ""]]))
    dismiss = reverse("admin:refunds_resultimport_dismiss", args=[run.pk])
    client.force_login(cast.checker)
    assert client.post(dismiss, {"note": "Mine."}).status_code == 403
    client.force_login(cast.finance)
    assert client.get(dismiss).status_code == 405
    page = client.get(reverse("admin:refunds_resultimport_change", args=[run.pk])).content.decode()
    assert dismiss in page
    assert reverse("admin:refunds_resultimport_confirm", args=[run.pk]) not in page
    assert "Say why" in client.post(dismiss, {"note": " "}, follow=True).content.decode()
    client.post(dismiss, {"note": "It is of another day."})
    run.refresh_from_db()
    version = run.history.latest()
    assert (run.state, version.history_user) == ("cancelled", cast.finance)
    assert version.history_change_reason == "It is of another day."
    assert run.problems.exists()
    with pytest.raises(WrongState):
        confirm_result(run_id=run.pk, actor=person(cast.finance))
