"""From memberships to what a person may do where."""

from django.test import Client
from django.urls import reverse

from backoffice.access import grants, reach
from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Membership, Store, Supplier
from tests.cast import Cast
from tests.merchants.desk import supplier_of
from tests.people import change_person, make_person


def person_with(**place: object) -> User:
    """A new person with one membership."""
    with recorded(system(INSTALLER), "For a test."):
        user = User.objects.create_user("someone")
        Membership.objects.create(user=user, **place)
    return User.objects.get(pk=user.pk)


def change(membership: Membership, **values: object) -> None:
    with recorded(system(INSTALLER), "For a test."):
        for name, value in values.items():
            setattr(membership, name, value)
        membership.save()


def test_a_store_role_reaches_its_own_store_only(cast: Cast) -> None:
    assert set(Store.objects.visible_to(cast.staff)) == {cast.a}
    assert not cast.staff.has_perm("merchants.view_store", cast.a2)
    assert not cast.staff.has_perm("merchants.view_store", cast.b)


def test_a_merchant_wide_role_reaches_every_store_of_the_merchant(cast: Cast) -> None:
    user = person_with(role="staff", merchant=cast.merchant)
    assert set(Store.objects.visible_to(user)) == {cast.a, cast.a2}


def test_a_merchant_wide_role_reaches_a_store_opened_later(cast: Cast) -> None:
    user = person_with(role="staff", merchant=cast.merchant)
    with recorded(system(INSTALLER), "For a test."):
        late = Store.objects.create(merchant=cast.merchant, code="late", name="Late")
    assert late in Store.objects.visible_to(User.objects.get(pk=user.pk))


def test_a_merchant_wide_role_works_before_the_first_store(cast: Cast) -> None:
    for store in (cast.a, cast.a2):
        assert store.merchant == cast.merchant
    with recorded(system(INSTALLER), "For a test."):
        empty = type(cast.merchant).objects.create(code="empty", name="Empty")
    user = person_with(role="manager", merchant=empty)
    assert list(Store.objects.visible_to(user)) == []
    assert user.has_perm("merchants.view_supplier", supplier_of(empty))


def test_platform_roles_reach_everywhere(cast: Cast) -> None:
    for user in (cast.platform, cast.auditor):
        assert set(Store.objects.visible_to(user)) == {cast.a, cast.a2, cast.b}


def test_an_inactive_membership_grants_nothing(cast: Cast) -> None:
    user = person_with(role="staff", store=cast.a, active=False)
    assert grants(user) == ()
    assert not Store.objects.visible_to(user).exists()


def test_an_inactive_person_has_no_grants(cast: Cast) -> None:
    assert grants(change_person(cast.staff, is_active=False)) == ()


def test_permissions_differ_per_store(cast: Cast) -> None:
    user = person_with(role="staff", store=cast.a)
    with recorded(system(INSTALLER), "For a test."):
        Membership.objects.create(user=user, role="manager", store=cast.a2)
    user = User.objects.get(pk=user.pk)
    assert reach(user, "refunds.approve_refundcase").stores == {cast.a.pk, cast.a2.pk}
    assert reach(user, "refunds.approve_many").stores == {cast.a2.pk}
    assert user.has_perm("orders.import_order", cast.a2)
    assert not user.has_perm("orders.import_order", cast.a)


def test_a_store_manager_sees_suppliers_of_the_own_merchant_only(cast: Cast) -> None:
    own, foreign = supplier_of(cast.merchant), supplier_of(cast.other_merchant)
    assert list(Supplier.objects.visible_to(cast.manager)) == [own]
    assert not cast.manager.has_perm("merchants.change_supplier", foreign)


def test_the_account_made_by_createsuperuser_is_the_platforms(db: None) -> None:
    root = make_person("root", password="demo", is_superuser=True)
    assert [grant.role for grant in grants(root)] == ["platform"]


def test_ending_a_membership_ends_an_open_session_at_once(cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    assert client.get(reverse("admin:index")).status_code == 200
    change(Membership.objects.get(user=cast.staff), active=False)
    response = client.get(reverse("admin:index"))
    assert response.status_code == 302
    assert "login" in response["Location"]
