"""Accounts: made, changed and deactivated by the platform, and nobody becomes more than they are."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import TIMER, system
from backoffice.audit.timeline import Entry, versions_of
from backoffice.models import User
from tests.cast import Cast

WHY = {"change_reason": "Joined the desk."}
NEW = {
    "username": "newcomer",
    "usable_password": "true",
    "password1": "a-long-enough-1",
    "password2": "a-long-enough-1",
    **WHY,
}
ANOTHER = {"usable_password": "true", "password1": "another-long-1", "password2": "another-long-1"}


def page(name: str, *args: object) -> str:
    return reverse(
        f"admin:{name}" if name.startswith("auth") else f"admin:backoffice_user_{name}", args=args
    )


def password_page(user: User) -> str:
    return page("auth_user_password_change", user.pk)


def changes_of(user: User) -> list[Entry]:
    """What was done to the account after it was made, newest first."""
    return versions_of(user)[:-1]


def account(user: User, **extra: object) -> dict[str, object]:
    return {"username": user.username, "is_active": "on", **WHY, **extra}


def test_the_platform_makes_an_account_that_may_do_nothing_yet(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    assert client.post(page("add"), NEW).status_code == 302
    made = User.objects.get(username="newcomer")
    assert made.check_password("a-long-enough-1")
    assert (made.is_staff, made.is_superuser, made.get_all_permissions()) == (False, False, set())
    [entry] = versions_of(made)
    assert (entry.actor, entry.reason, entry.title) == ("platform", "Joined the desk.", "Created")


@pytest.mark.parametrize("name", ["timer", "Importer", "TIMER"])
def test_an_account_never_takes_a_system_users_name(cast: Cast, client: Client, name: str) -> None:
    client.force_login(cast.platform)
    response = client.post(page("add"), {**NEW, "username": name})
    assert "This name belongs to a system user." in response.content.decode()
    assert not User.objects.filter(username=name, is_system=False).exists()


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012345"])
def test_a_weak_password_is_refused_with_a_sentence(
    cast: Cast, client: Client, password: str
) -> None:
    client.force_login(cast.platform)
    response = client.post(page("add"), {**NEW, "password1": password, "password2": password})
    assert response.context["adminform"].form.errors["password2"]
    assert not User.objects.filter(username="newcomer").exists()


def test_a_change_has_a_version_with_what_changed_and_why(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    client.post(page("change", cast.staff.pk), account(cast.staff, first_name="Li"))
    [entry] = changes_of(cast.staff)
    told = [(change.before, change.after) for change in entry.changes]
    assert (entry.reason, told) == ("Joined the desk.", [("–", "Li")])
    assert "Joined the desk." in client.get(page("history", cast.staff.pk)).content.decode()


def test_a_change_without_a_reason_is_not_made(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = account(cast.staff, first_name="Li", change_reason=" ")
    response = client.post(page("change", cast.staff.pk), data)
    assert list(response.context["adminform"].form.errors) == ["change_reason"]
    assert User.objects.get(pk=cast.staff.pk).first_name == ""


def test_no_forged_field_makes_anyone_more_than_they_are(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    forged = account(
        cast.staff,
        is_superuser="on",
        is_staff="on",
        is_system="on",
        password_mark="1",
        codes_mark="1",
        groups="1",
        user_permissions="1",
    )
    assert client.post(page("change", cast.staff.pk), forged).status_code == 302
    user = User.objects.get(pk=cast.staff.pk)
    assert (user.is_superuser, user.is_staff, user.is_system) == (False, False, False)
    assert (user.password_mark, user.codes_mark) == (cast.staff.password_mark, "")
    assert User.groups is None


def test_an_account_s_page_names_its_roles(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    assert "Finance · a<" in client.get(page("change", cast.finance.pk)).content.decode()
    assert (
        "None yet. Memberships give them."
        in client.get(page("change", cast.nobody.pk)).content.decode()
    )


def test_a_deactivated_person_is_out_at_once(cast: Cast, client: Client) -> None:
    colleague = Client()
    colleague.force_login(cast.staff)
    client.force_login(cast.platform)
    data = account(cast.staff)
    data.pop("is_active")
    client.post(page("change", cast.staff.pk), data)
    assert not User.objects.get(pk=cast.staff.pk).is_active
    assert colleague.get(reverse("admin:index")).status_code == 302
    signing_in = {"username": "staff", "password": "demo"}
    assert Client().post(reverse("admin:login"), signing_in).status_code == 200


def test_nobody_deactivates_themselves(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = account(cast.platform)
    data.pop("is_active")
    response = client.post(page("change", cast.platform.pk), data)
    assert "This is your own account." in response.content.decode()
    assert User.objects.get(pk=cast.platform.pk).is_active


def test_the_platform_sets_a_password_and_history_says_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {**ANOTHER, "change_reason": "Forgot it."}
    assert client.post(password_page(cast.staff), data).status_code == 302
    assert User.objects.get(pk=cast.staff.pk).check_password("another-long-1")
    [entry] = changes_of(cast.staff)
    assert (entry.title, entry.actor, entry.reason) == ("Password set", "platform", "Forgot it.")
    assert [(change.label, change.after) for change in entry.changes] == [("password", "••••")]


def test_no_password_is_set_without_a_reason(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    response = client.post(password_page(cast.staff), {**ANOTHER, "change_reason": " "})
    assert list(response.context["form"].errors) == ["change_reason"]
    assert User.objects.get(pk=cast.staff.pk).check_password("demo")
    assert changes_of(cast.staff) == []


def test_an_auditor_sees_accounts_and_changes_nothing(cast: Cast, client: Client) -> None:
    client.force_login(cast.auditor)
    text = client.get(page("change", cast.staff.pk)).content.decode()
    assert "argon2" not in text
    assert "pbkdf2" not in text
    assert "password/" not in text
    assert client.get(page("changelist")).status_code == 200
    assert client.get(page("history", cast.staff.pk)).status_code == 200
    before = list(User.objects.order_by("pk").values())
    assert client.get(password_page(cast.staff)).status_code == 403
    assert client.post(password_page(cast.staff), ANOTHER).status_code == 403
    assert client.post(page("change", cast.staff.pk), account(cast.staff)).status_code == 405
    assert client.post(page("add"), NEW).status_code == 403
    assert client.get(page("add")).status_code == 403
    assert list(User.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("name", ["staff", "manager", "finance", "checker"])
def test_others_see_no_accounts(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    assert client.get(page("changelist")).status_code == 403
    for address in (page("change", cast.platform.pk), page("history", cast.platform.pk)):
        assert client.get(address).status_code == 404
    assert client.post(password_page(cast.platform), {}).status_code == 403


def test_nobody_deletes_an_account(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    assert client.post(page("delete", cast.staff.pk), {"post": "yes"}).status_code == 404
    data = {"action": "delete_selected", "_selected_action": [cast.staff.pk], "post": "yes"}
    client.post(page("changelist"), data)
    assert User.objects.filter(pk=cast.staff.pk).exists()


def test_a_system_user_is_nobodys_account(cast: Cast, client: Client) -> None:
    timer = system(TIMER).user
    client.force_login(cast.platform)
    assert client.get(page("change", timer.pk)).status_code == 404
    assert client.get(password_page(timer)).status_code == 404
    assert ">timer<" not in client.get(page("changelist")).content.decode()
