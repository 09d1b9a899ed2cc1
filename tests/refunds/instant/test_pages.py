"""The pages of rules, flagged articles and risk holds, used through the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.clock import now
from refunds.models import FlaggedSku, InstantRule, RiskHold
from refunds.models.instant import RuleFixed
from tests.cast import Cast
from tests.refunds.factories import make_case, make_order

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

ADD = reverse("admin:refunds_instantrule_add")
WHY = {"change_reason": "Agreed with the stores."}


def new(**more: Any) -> dict[str, Any]:
    """The form of a sound rule."""
    return {
        "name": "Up to 20", "kind": "refund_only", "stage": "received", "most_amount": "20.00",
        "photo_needed": "on", "most_cases": "2", "highest_risk": "low", **WHY, **more,
    }  # fmt: skip


def test_the_platform_adds_a_rule_for_one_store(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    assert client.post(ADD, new(store=cast.a.pk)).status_code == 302
    rule = InstantRule.objects.get(store=cast.a)
    version = rule.history.get()
    assert (version.history_user, version.history_change_reason) == (
        cast.platform,
        "Agreed with the stores.",
    )
    assert rule.valid_from <= now()
    assert rule.valid_until is None


def test_another_limit_is_another_rule_and_the_old_one_ends(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    old = InstantRule.objects.get(name="Low value, received")
    page = client.get(reverse("admin:refunds_instantrule_change", args=[old.pk]))
    link = f"{ADD}?replaces={old.pk}"
    assert link in page.content.decode()
    initial = client.get(link).context["adminform"].form.initial
    assert (initial["most_amount"], initial["stage"]) == (30, "received")
    assert client.post(ADD, new(replaces=old.pk)).status_code == 302
    rule, old = InstantRule.objects.get(name="Up to 20"), InstantRule.objects.get(pk=old.pk)
    assert (old.valid_until, old.most_amount) == (rule.valid_from, 30)


def test_a_rule_is_never_changed(client: Client, cast: Cast) -> None:
    rule = InstantRule.objects.get(name="Low value, received")
    client.force_login(cast.platform)
    page = reverse("admin:refunds_instantrule_change", args=[rule.pk])
    end = now() + timedelta(days=1)
    sent = {
        "most_amount": "999",
        "valid_until_0": f"{end:%Y-%m-%d}",
        "valid_until_1": "08:00",
        **WHY,
    }
    assert client.post(page, sent).status_code == 302
    rule = InstantRule.objects.get(pk=rule.pk)
    assert (rule.most_amount, rule.valid_until is None) == (30, False)
    rule.most_amount = 999
    with pytest.raises(RuleFixed):
        rule.save()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"most_amount": "0"}, "more than zero"),
        ({"most_amount": ""}, "Write an amount"),
        ({"not_picked": "on"}, "choose that stage"),
        ({"kind": "exchange"}, "Select a valid choice"),
        ({"valid_from_0": "2020-01-01", "valid_from_1": "08:00"}, "cannot start in the past"),
        ({"change_reason": ""}, "This field is required"),
    ],
)
def test_an_unsound_rule_is_refused_with_a_sentence(
    client: Client, cast: Cast, more: dict[str, Any], sentence: str
) -> None:
    client.force_login(cast.platform)
    before = InstantRule.objects.count()
    assert sentence in client.post(ADD, new(**more)).content.decode()
    assert InstantRule.objects.count() == before


@pytest.mark.parametrize("end", ["", "2020-01-01"])
def test_an_end_has_to_be_written_and_lie_ahead(client: Client, cast: Cast, end: str) -> None:
    rule = InstantRule.objects.get(name="Low value, received")
    client.force_login(cast.platform)
    page = reverse("admin:refunds_instantrule_change", args=[rule.pk])
    response = client.post(
        page, {"valid_until_0": end, "valid_until_1": "08:00" if end else "", **WHY}
    )
    assert response.status_code in (200, 400)
    assert InstantRule.objects.get(pk=rule.pk).valid_until is None


def test_managers_read_rules_and_do_not_write_them(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    assert client.get(reverse("admin:refunds_instantrule_changelist")).status_code == 200
    assert client.post(ADD, new(store=cast.a.pk)).status_code in (403, 405)
    assert not InstantRule.objects.filter(store=cast.a).exists()


def test_a_supervisor_puts_a_buyer_on_hold_from_the_case_and_lifts_it(
    client: Client, cast: Cast
) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    client.force_login(cast.supervisor)
    page = reverse("admin:refunds_refundcase_change", args=[case.pk])
    link = f"{reverse('admin:refunds_riskhold_add')}?case={case.number}"
    assert link in client.get(page).content.decode()
    assert case.number in client.get(link).content.decode()
    sent = {"case": case.number, "why": "Empty boxes.", "active": "on", **WHY}
    assert client.post(reverse("admin:refunds_riskhold_add"), sent).status_code == 302
    hold = RiskHold.objects.get()
    assert (hold.buyer, hold.active) == (case.order.buyer, True)
    assert "On a risk hold: Empty boxes." in client.get(page).content.decode()
    change = reverse("admin:refunds_riskhold_change", args=[hold.pk])
    assert client.post(change, {"why": "Cleared.", **WHY}).status_code == 302
    assert RiskHold.objects.get().active is False
    assert hold.history.count() == 2


@pytest.mark.parametrize("number", ["RC-NOBODY-KNOWS", "", "foreign", "held"])
def test_a_hold_on_nobody_or_somebody_else_s_buyer_is_refused(
    client: Client, cast: Cast, number: str
) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    foreign = make_case(make_order(cast.b), cast.staff2)
    client.force_login(cast.manager)
    add, sent = reverse("admin:refunds_riskhold_add"), {"why": "Why.", "active": "on", **WHY}
    if number == "held":
        client.post(add, {**sent, "case": case.number})
    before = RiskHold.objects.count()
    number = {"foreign": foreign.number, "held": case.order.number}.get(number, number)
    assert client.post(add, {**sent, "case": number}).status_code in (200, 400)
    assert RiskHold.objects.count() == before


def test_staff_neither_hold_nor_flag(client: Client, cast: Cast) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    client.force_login(cast.staff)
    text = client.get(reverse("admin:refunds_refundcase_change", args=[case.pk])).content.decode()
    assert "Put this buyer on hold" not in text
    for model in ("riskhold", "flaggedsku"):
        add = reverse(f"admin:refunds_{model}_add")
        sent = {"case": case.number, "store": cast.a.pk, "sku": "X", "why": "-", **WHY}
        assert client.post(add, sent).status_code in (403, 405)
    assert not RiskHold.objects.exists()


def test_a_manager_flags_an_article_of_their_store_only(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    add = reverse("admin:refunds_flaggedsku_add")
    sent = {"sku": "SKU-1", "why": "Many come back.", "active": "on", **WHY}
    assert client.post(add, {**sent, "store": cast.b.pk}).status_code in (200, 400)
    assert client.post(add, {**sent, "store": cast.a.pk}).status_code == 302
    flag = FlaggedSku.objects.get()
    assert (flag.store, flag.history.get().history_user) == (cast.a, cast.manager)


def test_the_platform_switches_a_store_s_rules_off_and_sets_its_caps(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.platform)
    page = reverse("admin:merchants_store_change", args=[cast.a.pk])
    form = client.get(page).context["adminform"].form
    sent = {name: form.initial.get(name) for name in form.fields if form.initial.get(name)}
    del sent["instant_approval"]
    assert client.post(page, {**sent, "daily_cap_count": 7, **WHY}).status_code == 302
    store = type(cast.a).objects.get(pk=cast.a.pk)
    assert (store.instant_approval, store.auto_approval, store.daily_cap_count) == (False, True, 7)
