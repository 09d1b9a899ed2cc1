"""Four eyes, or six: who signs a batch, what a signature holds for, and how people prove who they are."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice import stepup
from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import versions_of
from backoffice.clock import now
from backoffice.exceptions import NotAllowed, StaleVersion, WrongState
from backoffice.models import User
from backoffice.stepup import Proof
from refunds.batches import releasing
from refunds.batches.building import build
from refunds.batches.drafts import reopen, seal_draft
from refunds.models import BatchApproval, CheckingLimit, Payout, RefundBatch
from refunds.payouts.queueing import cancel, redirect, retry
from refunds.payouts.routes import Way
from tests.cast import Cast
from tests.flushing import rewrite
from tests.refunds.money import give_role, queue_payouts, release, rows_of, sealed_batch

ACCOUNT = Way("bank", "6222020000001234", "Lin Mei", "BKCHCNBJ")


@pytest.fixture
def two(cast: Cast) -> tuple[User, User]:
    """Two checkers of store A."""
    return cast.checker, give_role(cast, "manager2", "checker")


def fetch(batch: RefundBatch) -> RefundBatch:
    return RefundBatch.objects.get(pk=batch.pk)


def link(one: User, other: User) -> None:
    """The platform found out that two accounts are one person's."""
    with recorded(system(INSTALLER), "Two accounts of one person."):
        other.person = one.person
        other.save()


def limit(currency: str = "CNY", batch: int = 50, line: int = 50) -> None:
    with recorded(system(INSTALLER), "A limit for a test."):
        CheckingLimit.objects.create(
            currency=currency, batch_amount=batch, line_amount=line, starts_on=now().date()
        )


def test_a_released_batch_says_so_in_its_history(cast: Cast) -> None:
    batch = sealed_batch(cast, "10.00")
    release(batch_id=batch.pk, actor=person(cast.checker))
    assert versions_of(fetch(batch))[0].title == "Released"
    assert versions_of(rows_of(batch)[0])[0].title == "Released"


@pytest.mark.parametrize(
    ("prices", "signatures"),
    [
        (["4999.99"], 1),
        (["4990.00"] * 2, 1),
        (["5000.01"], 2),
        (["4990.00"] * 11, 2),  # more than ¥50,000 in all
    ],
)
def test_above_the_limits_two_people_sign(
    cast: Cast, two: tuple[User, User], prices: list[str], signatures: int
) -> None:
    payouts = queue_payouts(cast.a, cast.staff, *prices)
    rewrite(
        QuerySet(Payout).filter(pk__in=[p.pk for p in payouts]), amount=Decimal(prices[0])
    )  # without the freight
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    release(batch_id=batch.pk, actor=person(two[0]))
    assert fetch(batch).state == ("released" if signatures == 1 else "sealed")
    if signatures == 2:
        assert {p.state for p in rows_of(batch)} == {"queued"}
        assert batch.history.latest().action == "sign"
        release(batch_id=batch.pk, actor=person(two[1]), note="All of it.")
    batch = fetch(batch)
    assert (batch.state, batch.checker) == ("released", two[0])
    assert batch.second_checker == (two[1] if signatures == 2 else None)
    assert {p.state for p in rows_of(batch)} == {"approved"}
    assert batch.history.latest().action == "release"


def test_whoever_queued_a_payout_again_does_not_sign_it(cast: Cast, two: tuple[User, User]) -> None:
    (payout,) = queue_payouts(cast.a, cast.staff, "10.00")
    both = give_role(cast, "checker", "finance")
    cancel(payout_id=payout.pk, note="The account is closed.", actor=person(cast.finance))
    again = retry(payout_id=payout.pk, way=ACCOUNT, note="Another one.", actor=person(both))
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert rows_of(batch) == [again]
    with pytest.raises(NotAllowed, match="You queued one of these payouts again"):
        release(batch_id=batch.pk, actor=person(both))
    release(batch_id=batch.pk, actor=person(two[1]))
    assert fetch(batch).state == "released"


def test_a_currency_without_a_limit_always_takes_two(cast: Cast, two: tuple[User, User]) -> None:
    batch = sealed_batch(cast)
    rewrite(QuerySet(CheckingLimit), currency="EUR")
    release(batch_id=batch.pk, actor=person(two[0]))
    assert fetch(batch).state == "sealed"


def test_a_newer_limit_counts_from_its_day_on(cast: Cast, two: tuple[User, User]) -> None:
    batch = sealed_batch(cast, "60.00")
    with recorded(system(INSTALLER), "To come."):
        CheckingLimit.objects.create(
            currency="CNY",
            batch_amount=1,
            line_amount=1,
            starts_on=now().date() + timedelta(days=2),
        )
    release(batch_id=batch.pk, actor=person(two[0]))
    assert fetch(batch).state == "released"


def test_nobody_signs_twice_nor_by_a_second_account(cast: Cast, two: tuple[User, User]) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")
    release(batch_id=batch.pk, actor=person(two[0]))
    with pytest.raises(NotAllowed, match="signed this batch already"):
        release(batch_id=batch.pk, actor=person(two[0]))
    link(*two)
    with pytest.raises(NotAllowed, match="signed this batch already"):
        release(batch_id=batch.pk, actor=person(two[1]))
    assert {p.state for p in rows_of(batch)} == {"queued"}


def test_the_maker_signs_by_no_account(cast: Cast) -> None:
    batch = sealed_batch(cast)
    link(cast.finance, cast.checker)
    with pytest.raises(NotAllowed, match="You built this batch"):
        release(batch_id=batch.pk, actor=person(cast.checker))
    assert {p.state for p in rows_of(batch)} == {"queued"}


def test_a_signature_of_the_makers_other_account_does_not_count(
    cast: Cast, two: tuple[User, User]
) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")
    release(batch_id=batch.pk, actor=person(two[0]))
    link(cast.finance, two[0])
    release(batch_id=batch.pk, actor=person(two[1]))
    assert fetch(batch).state == "sealed"
    void = BatchApproval.objects.get(voided_at__isnull=False)
    assert (void.checker, void.void_reason) == (two[0], releasing.LINKED)


def test_whoever_changed_a_payout_does_not_check_it(cast: Cast) -> None:
    give_role(cast, "checker", "finance")
    batch = sealed_batch(cast, "10.00", "20.00")
    first, _second = rows_of(batch)
    redirect(payout_id=first.pk, way=ACCOUNT, note="Card closed.", actor=person(cast.checker))
    bank = build(store_id=cast.a.pk, currency="CNY", actor=person(cast.finance))
    assert rows_of(bank) == [Payout.objects.get(pk=first.pk)]
    with pytest.raises(NotAllowed, match="or changed where it goes"):
        release(batch_id=bank.pk, actor=person(cast.checker))


def test_the_database_refuses_what_the_service_would(cast: Cast, two: tuple[User, User]) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")
    release(batch_id=batch.pk, actor=person(two[0]))
    row = BatchApproval.objects.get()
    same = {
        f: getattr(row, f) for f in ("batch", "person", "maker_person", "sha256", "proof", "at")
    }

    def forge(name: str, **more: Any) -> None:
        with (
            recorded(system(INSTALLER), "Forged."),
            pytest.raises(IntegrityError),
            transaction.atomic(),
        ):
            BatchApproval.objects.create(checker=two[1], **{**same, "order": 2, **more})

    forge("batch_signed_by_two_people")
    forge("batch_signed_once_per_place", order=1, person=two[1].person)
    forge("batch_not_signed_by_its_maker", person=row.maker_person)
    forge("batch_has_two_signatures_at_most", order=3, person=two[1].person)
    forge("batch_signed_for_a_hash", sha256="", person=two[1].person)
    for columns in (
        {"second_checker": cast.finance},
        {"second_checker": two[0], "checker": two[0]},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            QuerySet(RefundBatch).filter(pk=batch.pk).update(**columns)


def test_an_edit_voids_the_signatures(cast: Cast, two: tuple[User, User]) -> None:
    limit()
    batch = sealed_batch(cast, "60.00", "20.00")
    release(batch_id=batch.pk, actor=person(two[0]))
    redirect(
        payout_id=rows_of(batch)[0].pk, way=ACCOUNT, note="Closed.", actor=person(cast.finance)
    )
    row = BatchApproval.objects.get()
    assert row.voided_at is not None
    assert row.history.latest().history_user == cast.finance
    seal_draft(batch_id=batch.pk, actor=person(cast.finance))
    assert fetch(batch).count == 1
    release(batch_id=batch.pk, actor=person(two[0]))  # below the limit now: one suffices
    assert fetch(batch).state == "released"


def test_a_stale_tab_releases_nothing(cast: Cast) -> None:
    batch = sealed_batch(cast, "10.00", "20.00")
    seen, finance = batch.sha256, person(cast.finance)
    redirect(payout_id=rows_of(batch)[0].pk, way=ACCOUNT, note="Closed.", actor=finance)
    seal_draft(batch_id=batch.pk, actor=finance)
    with pytest.raises(StaleVersion, match="after you opened the page"):
        releasing.release(
            batch_id=batch.pk,
            sha256=seen,
            proof=Proof(cast.checker.pk, "password"),
            actor=person(cast.checker),
        )
    assert {p.state for p in rows_of(batch)} == {"queued"}


def test_a_reopened_batch_is_not_released(cast: Cast) -> None:
    batch = sealed_batch(cast)
    reopen(batch_id=batch.pk, actor=person(cast.finance))
    with pytest.raises(WrongState, match="Draft"):
        release(batch_id=batch.pk, actor=person(cast.checker))


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


def test_the_page_says_what_is_missing(client: Client, cast: Cast, two: tuple[User, User]) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")
    client.force_login(cast.finance)
    page = reverse("admin:refunds_refundbatch_change", args=[batch.pk])
    assert "two signatures of two other people" in client.get(page).content.decode()
    release(batch_id=batch.pk, actor=person(two[0]))
    text = client.get(page).content.decode()
    assert "a second signature" in text
    assert "First signature" in text


def test_the_home_page_asks_only_those_who_may_sign(
    client: Client, cast: Cast, two: tuple[User, User]
) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")

    def asked(user: User) -> bool:
        client.force_login(user)
        return batch.number in client.get(reverse("admin:index")).content.decode()

    assert [asked(user) for user in two] == [True, True]
    release(batch_id=batch.pk, actor=person(two[0]))
    assert [asked(user) for user in two] == [False, True]
    link(two[0], two[1])  # two accounts of one person
    assert not asked(two[1])
    link(cast.finance, give_role(cast, "manager", "checker"))
    assert not asked(cast.manager)
