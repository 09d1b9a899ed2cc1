"""What the product ships with, and what an upgrade adds to it."""

from datetime import timedelta

import pytest
import time_machine

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.clock import now
from refunds.defaults import POLICIES, REASONS, REJECT_CODES, install_defaults
from refunds.models import Bearer, Kind, PolicyPause, Reason, RefundPolicy, Stage
from refunds.policies import Scope, Terms
from refunds.policies.checks import check
from tests.cast import Cast
from tests.refunds.policies import UNSHIPPED, change, common

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("stage", Stage)
def test_every_kind_and_stage_has_a_sound_policy(kind: Kind, stage: Stage) -> None:
    policy = common(kind=kind, stage=stage)
    assert Terms.of(policy) == POLICIES[kind, stage]
    check(Scope.of(policy), Terms.of(policy))


def test_the_shipped_pauses_are_those_of_the_domain() -> None:
    said = {
        (kind.value, stage.value): {str(p.cause): p.hours for p in terms.pauses}
        for (kind, stage), terms in POLICIES.items()
    }
    assert said["refund_only", "not_shipped"] == {}
    assert said["refund_only", "shipped"] == {"interception": 72}
    assert said["refund_only", "received"] == {"evidence": 48}
    assert said["return_refund", "received"]["evidence"] == 48
    assert said["exchange", "received"]["stock_check"] == 24
    assert {"holiday", "carrier"} <= set(said["exchange", "received"])
    assert all(p.times == 1 for terms in POLICIES.values() for p in terms.pauses)


def test_reject_codes_about_returned_goods_are_for_returns_only() -> None:
    about_goods = {"R01", "R02", "R03"}
    known = {code for code, *_rest in REJECT_CODES}
    for (kind, _stage), terms in POLICIES.items():
        listed = set(terms.values["reject_codes"]) or known
        assert listed <= known
        assert bool(about_goods & listed) == (kind in (Kind.RETURN_REFUND, Kind.EXCHANGE))


def test_no_shipped_reason_lets_the_buyer_pay_for_a_fault() -> None:
    assert {row.code for row in REASONS if row.freight_payer == Bearer.BUYER} == {
        "C01", "C02", "C03", "C04", "C05"
    }  # fmt: skip
    assert Reason.objects.get(code="C05").kinds == ["return_refund", "exchange"]
    assert Reason.objects.get(code="L01").kinds == ["refund_only", "compensation"]


def test_installing_twice_changes_nothing() -> None:
    before = (RefundPolicy.history.count(), PolicyPause.history.count(), Reason.history.count())
    install_defaults()
    after = (RefundPolicy.history.count(), PolicyPause.history.count(), Reason.history.count())
    assert before == after


def as_in_an_older_install(policy: RefundPolicy) -> RefundPolicy:
    """The installer wrote a version that says what older products shipped."""
    values = {**Terms.of(policy).values, "review_hours": 30}
    with recorded(system(INSTALLER), "Shipped with the product.", "install"):
        policy.valid_until = now()
        policy.save(update_fields=["valid_until"])
        return RefundPolicy.objects.create(
            **Scope.of(policy).values, **values, version=2, valid_from=policy.valid_until
        )


def test_an_upgrade_adds_a_version_where_no_person_wrote_one(cast: Cast) -> None:
    old = as_in_an_older_install(common(kind="return_refund", stage="received"))
    assert not old.pauses.exists()
    with time_machine.travel(now() + timedelta(hours=1)):
        install_defaults()
    new = common(kind="return_refund", stage="received")
    assert (new.version, new.review_hours) == (3, 48)
    assert Terms.of(new) == POLICIES[Kind.RETURN_REFUND, Stage.RECEIVED]
    old.refresh_from_db()
    assert old.valid_until == new.valid_from
    assert new.history.get().actor_name == INSTALLER


def test_an_upgrade_leaves_what_people_changed(cast: Cast) -> None:
    change(cast.platform, Scope(**UNSHIPPED), review_hours=7)
    with recorded(person(cast.platform), "Our own."):
        reason = Reason.objects.get(code="L01")
        reason.kinds = ["compensation"]
        reason.save()
    install_defaults()
    assert (common().version, common().review_hours) == (2, 7)
    assert Reason.objects.get(code="L01").kinds == ["compensation"]


def test_an_upgrade_gives_untouched_reasons_their_kinds() -> None:
    with recorded(system(INSTALLER), "An older product."):
        reason = Reason.objects.get(code="C05")
        reason.kinds = []
        reason.save()
    install_defaults()
    reason.refresh_from_db()
    assert reason.kinds == ["return_refund", "exchange"]
    assert reason.history.latest().actor_name == INSTALLER
