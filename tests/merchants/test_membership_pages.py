"""The platform gives roles to people, and takes them away."""

import pytest
from django.test import Client

from backoffice.roles import ROLES
from merchants.models import Membership, Store
from tests.cast import Cast
from tests.merchants.setting_up import USUAL, WHY, errors, page

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py


def membership(cast: Cast, **place: object) -> dict[str, object]:
    return {"user": cast.nobody.pk, "role": "staff", "active": "on", **place, **WHY}


def test_the_platform_gives_a_role_and_history_says_why(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    response = client.post(page("membership", "add"), membership(cast, store=cast.a.pk))
    assert response.status_code == 302
    version = Membership.objects.get(user=cast.nobody).history.get()
    assert (version.history_user, version.history_change_reason, version.source) == (
        cast.platform,
        "Asked by the merchant.",
        "admin",
    )


@pytest.mark.parametrize(
    "place",
    [
        {"role": "staff"},
        {"role": "staff", "store": "a", "merchant": "merchant"},
        {"role": "platform", "store": "a"},
        {"role": "auditor", "merchant": "merchant"},
    ],
)
def test_a_place_that_does_not_fit_the_role_is_said_in_the_form(
    cast: Cast, client: Client, place: dict[str, str]
) -> None:
    client.force_login(cast.platform)
    given = {k: v if k == "role" else getattr(cast, v).pk for k, v in place.items()}
    response = client.post(page("membership", "add"), membership(cast, **given))
    assert response.status_code == 200
    assert "any other role needs a store or a merchant, not both." in errors(response)
    assert not Membership.objects.filter(user=cast.nobody).exists()


def test_the_same_role_twice_is_said_in_the_form(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    client.post(page("membership", "add"), membership(cast, merchant=cast.merchant.pk))
    response = client.post(page("membership", "add"), membership(cast, merchant=cast.merchant.pk))
    assert errors(response) == "This person already has this role there."
    assert Membership.objects.filter(user=cast.nobody).count() == 1


def test_a_change_without_a_reason_is_not_made(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {"code": cast.a.code, "name": "New name", "channel": "own", "currency": "CNY", **USUAL}
    for reason in ({}, {"change_reason": "  "}, {"change_reason": "x" * 301}):
        response = client.post(page("store", "change", cast.a.pk), {**data, **reason})
        assert list(response.context["adminform"].form.errors) == ["change_reason"]
    assert Store.objects.get(pk=cast.a.pk).name == "Store A"
    assert cast.a.history.count() == 1


def test_deactivating_a_membership_ends_access_at_once(cast: Cast, client: Client) -> None:
    colleague = Client()
    colleague.force_login(cast.staff)
    assert colleague.get(page("store", "changelist")).status_code == 200
    row = Membership.objects.get(user=cast.staff)
    client.force_login(cast.platform)
    data = {"user": cast.staff.pk, "role": "staff", "store": cast.a.pk, **WHY}
    assert client.post(page("membership", "change", row.pk), data).status_code == 302
    assert colleague.get(page("store", "changelist")).status_code == 302
    assert row.history.latest("history_id").history_change_reason == "Asked by the merchant."


def test_nobody_ends_their_own_membership(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    row = Membership.objects.get(user=cast.platform)
    data = {"user": cast.platform.pk, "role": "platform", **WHY}
    response = client.post(page("membership", "change", row.pk), data)
    assert errors(response) == "This is your own membership. Ask a colleague to change it."
    assert Membership.objects.get(pk=row.pk).active


@pytest.mark.parametrize("name", ["auditor", "manager", "staff", "finance", "checker"])
def test_only_the_platform_gives_roles(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    data = membership(cast, role="platform")
    row = Membership.objects.get(user=getattr(cast, name))
    assert client.post(page("membership", "add"), data).status_code in (403, 405)
    assert client.post(page("membership", "change", row.pk), data).status_code in (403, 404, 405)
    assert not Membership.objects.filter(user=cast.nobody).exists()
    assert row.history.count() == 1


@pytest.mark.parametrize(
    ("name", "status"), [("platform", 200), ("auditor", 200), ("manager", 403)]
)
def test_the_roles_page_is_for_who_may_see_memberships(
    cast: Cast, client: Client, name: str, status: int
) -> None:
    client.force_login(getattr(cast, name))
    response = client.get(page("membership", "roles"))
    assert response.status_code == status
    if status == 200:
        rows = {row["label"]: row["held"] for g in response.context["groups"] for row in g["rows"]}
        assert rows["Can fill in assessments"] == [role == "manager" for role in ROLES]
        assert (
            page("membership", "roles")
            in client.get(page("membership", "changelist")).content.decode()
        )
