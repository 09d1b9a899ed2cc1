"""How people prove who they are when they sign."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice import stepup
from backoffice.actors import person
from backoffice.clock import now
from backoffice.exceptions import NotAllowed
from backoffice.models import User
from backoffice.stepup import Proof
from refunds.batches import releasing
from refunds.models import BatchApproval
from tests.cast import Cast
from tests.refunds.batches.signing import fetch
from tests.refunds.money import sealed_batch


def test_a_proof_is_one_persons_and_of_one_moment(cast: Cast) -> None:
    batch = sealed_batch(cast)
    proofs = [
        Proof(cast.finance.pk, "password"),
        Proof(cast.checker.pk, "password", now() - timedelta(minutes=2)),
    ]
    for proof in proofs:
        with pytest.raises(NotAllowed, match="Show once more"):
            releasing.release(
                batch_id=batch.pk, sha256=batch.sha256, proof=proof, actor=person(cast.checker)
            )


def test_wrong_answers_are_counted(cast: Cast) -> None:
    for _n in range(stepup.MOST):
        with pytest.raises(stepup.WrongProof):
            stepup.prove(cast.checker, "wrong")
    with pytest.raises(stepup.TooManyTries):
        stepup.prove(cast.checker, "demo")
    with time_machine.travel(now() + stepup.PAUSE + timedelta(seconds=1), tick=False):
        assert stepup.prove(cast.checker, "demo").how == "password"


def test_a_forged_release_without_the_password_is_refused(client: Client, cast: Cast) -> None:
    batch = sealed_batch(cast)
    client.force_login(cast.checker)
    do = reverse("admin:refunds_refundbatch_do", args=[batch.pk, "release"])
    forged = {"confirm": batch.number, "seen": batch.sha256}
    assert client.post(do, forged).status_code == 400
    for _n in range(stepup.MOST):
        assert client.post(do, {**forged, "secret": "guess"}).status_code == 403
    assert client.post(do, {**forged, "secret": "demo"}).status_code == 429
    assert fetch(batch).state == "sealed"


def code_of(device: TOTPDevice) -> str:
    """What the telephone shows now."""
    return f"{totp(device.bin_key, t0=device.t0):06}"


def test_a_person_sets_up_codes_uses_and_removes_them(client: Client, cast: Cast) -> None:
    page = reverse("admin:second_factor")
    with time_machine.travel(now(), tick=False) as clock:  # a code changes with each half minute
        client.force_login(cast.checker)
        assert "Your password" in client.get(page).content.decode()
        assert client.post(page, {"secret": "wrong"}).status_code == 403
        begun = client.post(page, {"secret": "demo"}).content.decode()
        device = TOTPDevice.objects.get()
        assert "<svg" in begun
        assert client.post(page, {"code": "000000"}).status_code == 403
        assert stepup.device_of(cast.checker) is None
        assert client.post(page, {"code": code_of(device)}).status_code == 302

        batch = sealed_batch(cast)
        do = reverse("admin:refunds_refundbatch_do", args=[batch.pk, "release"])
        assert "One-time code" in client.get(do).content.decode()
        signature = {"confirm": batch.number, "seen": batch.sha256}
        assert client.post(do, {**signature, "secret": "demo"}).status_code == 403
        used = code_of(device)
        assert client.post(do, {**signature, "secret": used}).status_code == 403  # each code once
        clock.shift(timedelta(seconds=31))
        assert client.post(do, {**signature, "secret": code_of(device)}).status_code == 302
        assert BatchApproval.objects.get().proof == "code"
        clock.shift(timedelta(seconds=31))
        assert client.post(page, {"secret": code_of(device)}).status_code == 302
    assert not TOTPDevice.objects.exists()


def test_the_platform_links_accounts_and_removes_lost_codes(client: Client, cast: Cast) -> None:
    stepup.confirm(cast.checker, code_of(stepup.begin(cast.checker)))
    client.force_login(cast.platform)
    page = reverse("admin:backoffice_user_change", args=[cast.checker.pk])
    assert "Same person as" in client.get(page).content.decode()
    data = {"username": "checker", "is_active": "on", "same_person_as": cast.finance.pk}
    client.post(page, {**data, "forget_codes": "on", "change_reason": "One person, lost phone."})
    checker = User.objects.get(pk=cast.checker.pk)
    assert checker.person == cast.finance.person
    assert stepup.device_of(checker) is None
    told = client.get(reverse("admin:backoffice_user_history", args=[checker.pk])).content.decode()
    assert "One person, lost phone." in told
    client.post(page, {"username": "checker", "is_active": "on", "change_reason": "An error."})
    assert User.objects.get(pk=checker.pk).person != cast.finance.person
