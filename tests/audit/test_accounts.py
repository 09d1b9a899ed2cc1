"""Accounts, their secrets and the roles have a history like every other row, and the same guards."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice import stepup
from backoffice.accounts.marks import mark_of
from backoffice.actors import SYSTEM_USERS, person, system
from backoffice.audit.guards.standing import install_guards, lift_guards
from backoffice.audit.models import version_model
from backoffice.audit.recording import UnrecordedChange, recorded
from backoffice.audit.timeline import Change, versions_of
from backoffice.audit.verify import verify
from backoffice.install import install_roles, install_system_users, require_roles
from backoffice.models import InstalledRole, User
from backoffice.roles import ROLES
from merchants.models import Membership
from tests.audit.search.asked import told
from tests.cast import PASSWORD, Cast, make_cast
from tests.flushing import unguarded
from tests.people import make_person

BEGINNING = import_module("backoffice.migrations.0013_accounts_begin_history")
UNRECORDED = "changed without a version|FOREIGN KEY constraint failed"
REFUSED = (IntegrityError, OperationalError)
pytestmark = pytest.mark.django_db


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def enrol(user: User) -> TOTPDevice:
    """Set one-time codes up as the person's page does it."""
    device = stepup.begin(user)
    assert stepup.confirm(user, str(totp(device.bin_key)).zfill(6))
    return device


def last(user: User) -> Any:
    return version_model(User).objects.filter(id=user.pk).latest("history_number")


def test_an_account_changes_in_a_frame_only(cast: Cast) -> None:
    cast.staff.email = "staff@example.com"
    with pytest.raises(UnrecordedChange):
        cast.staff.save()
    with pytest.raises(UnrecordedChange):
        User.objects.filter(pk=cast.staff.pk).update(is_superuser=True)
    assert User.objects.get(pk=cast.staff.pk).email == ""


def test_a_sign_in_changes_nothing_that_history_keeps(cast: Cast, client: Client) -> None:
    versions = version_model(User).objects.count()
    client.post("/admin/login/", {"username": "staff", "password": PASSWORD})
    assert User.objects.get(pk=cast.staff.pk).last_login
    assert version_model(User).objects.count() == versions
    assert verify().findings == []


def test_history_keeps_no_hash_and_no_secret(cast: Cast) -> None:
    device = enrol(cast.checker)
    kept = str(list(version_model(User).objects.values_list()))
    for user in User.objects.all():
        assert user.password not in kept or user.is_system
        assert user.password_mark in kept
    assert device.key not in kept
    assert {"password", "last_login"} & {f.name for f in version_model(User)._meta.fields} == set()


def test_a_person_changes_the_own_password_on_record(cast: Cast, client: Client) -> None:
    client.force_login(cast.staff)
    new = {
        "old_password": PASSWORD,
        "new_password1": "a-much-better-1",
        "new_password2": "a-much-better-1",
    }
    assert client.post(reverse("admin:password_change"), new).status_code == 302
    told, made = versions_of(cast.staff)
    assert (told.title, told.actor, made.title) == ("Password set", "staff", "Created")
    assert told.changes == (Change("password", "••••", "••••"),)


def test_a_hash_that_is_kept_anew_at_sign_in_is_on_record(cast: Cast) -> None:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"]):
        old = make_person("old", password=PASSWORD)
        assert old.password.startswith("pbkdf2")
    hashers = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    request = RequestFactory().post("/admin/login/")
    with override_settings(PASSWORD_HASHERS=hashers):
        assert authenticate(request, username="old", password="wrong") is None
        assert authenticate(request, username="old", password=PASSWORD) == old
        assert User.objects.get(pk=old.pk).password.startswith("md5")
        assert User.objects.get(pk=old.pk).check_password(PASSWORD)
    assert (last(old).action, last(old).history_user) == ("renew_password", old)


def test_one_time_codes_come_and_go_on_record(cast: Cast) -> None:
    enrol(cast.checker)
    assert versions_of(cast.checker)[0].title == "One-time codes set up"
    stepup.remove(cast.checker)
    told = versions_of(cast.checker)[0]
    assert (told.title, told.actor) == ("One-time codes removed", "checker")
    assert told.changes == (Change("one-time codes", "••••", "–"),)
    assert stepup.device_of(cast.checker) is None


def test_the_platform_removes_codes_in_one_version(cast: Cast, client: Client) -> None:
    enrol(cast.checker)
    client.force_login(cast.platform)
    data = {
        "username": "checker",
        "is_active": "on",
        "forget_codes": "on",
        "change_reason": "Lost it.",
    }
    assert (
        client.post(
            reverse("admin:backoffice_user_change", args=[cast.checker.pk]), data
        ).status_code
        == 302
    )
    assert not TOTPDevice.objects.exists()
    assert (last(cast.checker).history_number, last(cast.checker).codes_mark) == (3, "")


def test_whose_account_it_is_is_told_by_name(cast: Cast, client: Client) -> None:
    client.force_login(cast.platform)
    data = {
        "username": "staff",
        "is_active": "on",
        "same_person_as": cast.manager.pk,
        "change_reason": "One person.",
    }
    client.post(reverse("admin:backoffice_user_change", args=[cast.staff.pk]), data)
    assert versions_of(cast.staff)[0].changes == (Change("person", "–", "manager"),)


PAST_HISTORY: dict[str, Callable[[Cast], object]] = {
    "password": lambda cast: run(
        f"UPDATE backoffice_user SET password = 'x' WHERE id = {cast.staff.pk}"
    ),
    "codes removed": lambda _cast: run("DELETE FROM otp_totp_totpdevice"),
    "codes off": lambda _cast: run("UPDATE otp_totp_totpdevice SET confirmed = false"),
    "another secret": lambda _cast: run("UPDATE otp_totp_totpdevice SET key = '00'"),
    "another person's": lambda cast: run(
        f"UPDATE otp_totp_totpdevice SET user_id = {cast.staff.pk}"
    ),
    "a second device": lambda cast: TOTPDevice.objects.create(user=cast.checker, confirmed=True),
    "a device confirmed": lambda cast: (
        models.QuerySet(TOTPDevice).filter(pk=stepup.begin(cast.staff).pk).update(confirmed=True)
    ),
}


@pytest.mark.parametrize("way", PAST_HISTORY)
def test_no_secret_changes_past_history(cast: Cast, way: str) -> None:
    enrol(cast.checker)
    with pytest.raises(REFUSED, match=r"mark|account says"), transaction.atomic():
        PAST_HISTORY[way](cast)
    assert stepup.device_of(cast.checker)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "column",
    [
        "is_superuser = true",
        "is_active = false",
        "email = 'x'",
        "person = '00000000000000000000000000000000'",
    ],
)
def test_no_account_changes_without_its_version(column: str) -> None:
    cast = make_cast()
    with pytest.raises(IntegrityError, match=UNRECORDED):
        run(f"UPDATE backoffice_user SET {column} WHERE id = {cast.staff.pk}")


@pytest.mark.django_db(transaction=True)
def test_what_a_role_may_do_changes_with_a_version() -> None:
    with pytest.raises(IntegrityError, match=UNRECORDED):
        run("UPDATE backoffice_installedrole SET permissions = '[]'")


def test_a_secret_that_was_swapped_while_the_guards_were_away_is_found(cast: Cast) -> None:
    enrol(cast.checker)
    with unguarded():
        models.QuerySet(User).filter(pk=cast.staff.pk).update(password=make_password("mine"))
        TOTPDevice.objects.update(key="00" * 20)
    found = {(one.model, one.row, one.values["column"]) for one in verify().findings}
    assert found == {
        ("backoffice.User", cast.staff.pk, "password"),
        ("backoffice.User", cast.checker.pk, "one-time codes"),
    }


def test_every_system_user_is_there_from_the_beginning_with_a_version(db: None) -> None:
    made = version_model(User).objects.filter(is_system=True)
    assert set(made.values_list("username", "actor_name")) == {
        (name, "installer") for name in SYSTEM_USERS
    }
    install_system_users()
    assert made.count() == len(SYSTEM_USERS)


def test_a_new_system_user_is_made_on_record_by_itself(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SYSTEM_USERS, "robot", "Robot")
    user = system("robot").user
    [made] = version_model(User).objects.filter(id=user.pk)
    assert (made.history_user, made.actor_name, made.source) == (user, "robot", "command")
    assert system("robot").user == user
    assert version_model(User).objects.filter(id=user.pk).count() == 1


def test_the_commands_make_and_change_accounts_on_record(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-long-enough-1")
    call_command("createsuperuser", username="root", email="", interactive=False, verbosity=0)
    root = User.objects.get(username="root")
    assert (last(root).is_superuser, last(root).source) == (True, "command")
    answers = "backoffice.management.commands.changepassword.Command._get_pass"
    monkeypatch.setattr(answers, lambda *_args: "another-long-1")
    call_command("changepassword", "root", verbosity=0)
    assert User.objects.get(pk=root.pk).check_password("another-long-1")
    told = versions_of(root)[0]
    assert (told.title, told.actor, told.source) == ("Password set", "Installer", "by a command")


def test_what_the_roles_may_do_is_written_down_once(db: None) -> None:
    assert {role.name: role.permissions for role in InstalledRole.objects.all()} == {
        name: sorted(role.permissions) for name, role in ROLES.items()
    }
    assert install_roles() == 0
    assert version_model(InstalledRole).objects.count() == len(ROLES)


def test_a_role_that_was_changed_tells_what_it_won_and_lost(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.install.connection.close", lambda: None)
    require_roles()
    own = ROLES["staff"]
    other = own.permissions - {"refunds.approve_refundcase"} | {"refunds.approve_many"}
    monkeypatch.setitem(ROLES, "staff", type(own)(own.label, own.scope, other))
    with pytest.raises(
        ImproperlyConfigured, match="of this program may do is not what was installed"
    ):
        require_roles()
    assert install_roles() == 1
    require_roles()
    role = InstalledRole.objects.get(name="staff")
    [change] = versions_of(role)[0].changes
    assert (change.label, change.before) == ("permissions", "Can approve refund cases")
    client.force_login(cast.auditor)
    page = client.get(reverse("admin:backoffice_installedrole_history", args=[role.pk]))
    assert change.after in page.content.decode()


def test_a_mark_tells_that_a_secret_changed_and_nothing_else() -> None:
    assert mark_of("") == ""
    assert len({mark_of("one"), mark_of("two"), mark_of("one")}) == 2


def test_accounts_of_before_begin_their_history_with_what_they_are(cast: Cast) -> None:
    enrol(cast.checker)
    lift_guards()
    kept = {user.pk: (user.password_mark, user.codes_mark) for user in User.objects.all()}
    version_model(User).objects.all()._raw_delete("default")
    models.QuerySet(User).update(password_mark="", codes_mark="")
    BEGINNING.begin(apps, None)
    install_guards()
    assert {user.pk: (user.password_mark, user.codes_mark) for user in User.objects.all()} == kept
    assert verify().findings == []
    assert version_model(User).objects.count() == len(kept)


def test_the_search_tells_who_did_what_to_accounts_and_gave_whom_which_role(
    cast: Cast, client: Client
) -> None:
    with recorded(person(cast.platform), "Moves to the other shop."):
        Membership.objects.create(user=cast.nobody, role="manager", store=cast.b)
        cast.staff.email = "staff@example.com"
        cast.staff.set_password("another-long-1")
        cast.staff.save()
    assert set(told(client, cast.auditor, person="platform")) == {
        "platform created membership nobody · Store manager · Store B.",
        "platform changed email address of user staff from – to staff@example.com.",
        "platform changed password of user staff; the values are not shown here.",
    }
    assert told(client, cast.manager, person="platform") == []
