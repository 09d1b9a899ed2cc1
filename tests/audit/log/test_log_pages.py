"""The auditor's pages: how the log stands, having it verified, and what was found."""

import random
import zipfile
from io import BytesIO

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.audit.log.models import Verification
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.log.running import carry_on, look_for_verifications
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.models import User
from tests.audit.log.tampering import tamper
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order

pytestmark = [pytest.mark.once, pytest.mark.django_db]
LIST = reverse("admin:backoffice_verification_changelist")
ASK = reverse("admin:backoffice_verification_ask")


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def page_of(client: Client, run: Verification) -> str:
    address = reverse("admin:backoffice_verification_change", args=[run.pk])
    return client.get(address).content.decode()


def ask(client: Client, scope: str = "all") -> Verification:
    response = client.post(ASK, {"scope": scope})
    run = Verification.objects.latest("pk")
    assert response.url == reverse("admin:backoffice_verification_change", args=[run.pk])
    return run


def test_the_list_says_how_the_log_stands(
    cast: Cast, client: Client, settings: LazySettings
) -> None:
    page = signed_in(client, cast.auditor).get(LIST).content.decode()
    assert "Verify everything" in page
    assert "Verify what is new" not in page
    seal_at_tick()
    page = client.get(LIST).content.decode()
    assert str(SigningKey.read(settings.AUDIT_SIGNING_KEYS[0]).public) in page
    assert "PRIVATE" not in page
    assert all(name in page for name in settings.AUDIT_ANCHORS)
    assert page.count("up to date") == 2
    settings.AUDIT_SIGNING_KEYS = []
    assert "not signed" in client.get(LIST).content.decode()


def test_a_log_that_forked_is_told_on_the_page_and_to_who_watches(
    cast: Cast, client: Client, settings: LazySettings
) -> None:
    seal_at_tick()
    assert client.get("/healthz").json()["history_log"] == "ok"
    settings.AUDIT_SIGNING_KEYS = [SigningKey.new("desk.example.com/history").written()]
    tamper("edit", random.Random(1), thorough=True)
    make_order(cast.a)
    seal_at_tick()
    assert client.get("/healthz").json()["history_log"] == "forked"
    page = signed_in(client, cast.auditor).get(LIST).content.decode()
    assert "Nothing is signed any more" in page
    settings.AUDIT_SIGNING_KEYS = []
    assert client.get("/healthz").json()["history_log"] == "unsigned"


def test_an_auditor_has_history_verified_and_it_holds(cast: Cast, client: Client) -> None:
    seal_at_tick()
    run = ask(signed_in(client, cast.auditor))
    version = run.history.get()
    assert (version.history_user, version.source) == (cast.auditor, "admin")
    assert version.history_change_reason == "Somebody wants to know whether history holds."
    assert "Waiting" in page_of(client, run)
    address = reverse("admin:backoffice_verification_progress", args=[run.pk])
    assert client.get(address).json()["finished"] is False
    assert look_for_verifications() == 1
    run.refresh_from_db()
    assert (run.state, run.found, run.checkpoints) == ("holds", 0, 1)
    assert run.leaves >= run.size > 0
    assert "agrees with everything that was signed" in page_of(client, run)
    assert client.get(address).json()["finished"] is True
    assert look_for_verifications() == 0


def test_only_what_is_new_is_verified_from_the_last_that_held(cast: Cast, client: Client) -> None:
    seal_at_tick()
    first = ask(signed_in(client, cast.auditor))
    carry_on(first)
    seal_at_tick()
    second = ask(client, "new")
    carry_on(second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.state, second.since) == ("holds", first.size)
    assert second.leaves < first.leaves
    assert f"since row {first.size}" in page_of(client, second)


def test_what_was_found_is_told_in_the_language_of_who_reads(cast: Cast, client: Client) -> None:
    seal_at_tick()
    tamper("forge_actor", random.Random(1), thorough=True)
    run = ask(signed_in(client, cast.auditor))
    carry_on(run)
    run.refresh_from_db()
    assert run.state == "broken"
    assert "was rewritten in actor_name" in page_of(client, run)
    client.cookies["django_language"] = "zh-hans"
    page = page_of(client, run)
    assert "actor_name被改写" in page
    assert "was rewritten" not in page


def test_what_was_found_long_ago_is_told_as_it_was(cast: Cast, client: Client) -> None:
    """Findings were kept as sentences once."""
    old = {"model": "merchants.Store", "row": cast.a.pk, "problem": "lost 5 % of its versions"}
    with recorded(person(cast.auditor), "As it was."):
        run = Verification.objects.create(
            asked_by=cast.auditor, asked_at=now(), state="broken", found=1, findings=[old]
        )
    assert "lost 5 % of its versions" in page_of(signed_in(client, cast.auditor), run)


def test_a_verification_that_keeps_dying_is_given_up(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask(signed_in(client, cast.auditor))
    monkeypatch.setattr("backoffice.audit.log.running.ATTEMPTS", 0)
    carry_on(run)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "could not be verified" in page_of(client, run)


@pytest.mark.parametrize("who", ["manager", "platform"])
def test_nobody_but_an_auditor_has_history_verified(cast: Cast, client: Client, who: str) -> None:
    signed_in(client, getattr(cast, who))
    assert client.post(ASK, {"scope": "all"}).status_code == 403
    assert client.get(ASK).status_code in (403, 405)
    assert "Verify everything" not in client.get(LIST).content.decode()
    assert not Verification.objects.exists()


def test_an_auditor_takes_a_case_and_its_proof(cast: Cast, client: Client) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    address = reverse("admin:refunds_refundcase_proof", args=[case.pk])
    story = reverse("admin:refunds_refundcase_history", args=[case.pk])
    signed_in(client, cast.auditor)
    assert address in client.get(story).content.decode()
    assert client.get(address).status_code == 405
    response = client.post(address)
    assert response["Content-Disposition"] == f'attachment; filename="{case.number}.zip"'
    with zipfile.ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        assert {"verify.py", "rows", "checkpoint", "proof.json"} <= set(archive.namelist())
        assert case.number in archive.read("README.txt").decode()


@pytest.mark.parametrize(("who", "status"), [("staff", 403), ("platform", 403), ("staff2", 404)])
def test_nobody_else_takes_it(cast: Cast, client: Client, who: str, status: int) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    address = reverse("admin:refunds_refundcase_proof", args=[case.pk])
    signed_in(client, getattr(cast, who))
    assert client.post(address).status_code == status
    if status == 403:
        story = reverse("admin:refunds_refundcase_history", args=[case.pk])
        assert address not in client.get(story).content.decode()


def test_where_nothing_is_signed_the_page_says_so(
    cast: Cast, client: Client, settings: LazySettings
) -> None:
    settings.AUDIT_SIGNING_KEYS = []
    case = make_case(make_order(cast.a), cast.staff)
    signed_in(client, cast.auditor)
    address = reverse("admin:refunds_refundcase_proof", args=[case.pk])
    assert "Nothing is signed yet" in client.post(address, follow=True).content.decode()
