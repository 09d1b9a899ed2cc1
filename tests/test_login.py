"""Signing in: by a person, with the right password, not too often wrong."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings

from backoffice.actors import TIMER, system
from backoffice.clock import now
from tests.cast import PASSWORD, Cast
from tests.people import change_person, make_person

HOME = Path(__file__).resolve().parent.parent
ARGON2 = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
pytestmark = pytest.mark.django_db


def sign_in(client: Client, name: str, password: str = PASSWORD) -> tuple[int, str]:
    """Send the form; gives the status and the page."""
    response = client.post("/admin/login/?next=/admin/", {"username": name, "password": password})
    return response.status_code, response.content.decode()


def lock_out(client: Client, name: str) -> tuple[int, str]:
    """Five wrong passwords; gives the answer to the fifth."""
    for _attempt in range(4):
        status, _page = sign_in(client, name, "wrong")
        assert status == 200
    return sign_in(client, name, "wrong")


def is_in(client: Client) -> bool:
    """Whether the client is signed in."""
    return client.get("/admin/").status_code == 200


def test_the_right_password_opens_the_home_page(client: Client, cast: Cast) -> None:
    assert sign_in(client, "staff")[0] == 302
    assert is_in(client)


def test_a_wrong_password_is_refused_with_a_sentence(client: Client, cast: Cast) -> None:
    status, page = sign_in(client, "staff", "wrong")
    assert status == 200
    assert "The user name or the password is wrong" in page
    assert not is_in(client)


def test_the_fifth_wrong_password_locks_out_with_a_sentence(client: Client, cast: Cast) -> None:
    status, page = lock_out(client, "staff")
    assert status == 429
    assert "Too many wrong passwords. Wait 15 minutes, then try again." in page


def test_the_right_password_does_not_end_a_lock_out(client: Client, cast: Cast) -> None:
    lock_out(client, "staff")
    assert sign_in(client, "staff")[0] == 429
    assert not is_in(client)
    assert sign_in(Client(), "staff")[0] == 429  # nor does another browser of the same machine


def test_a_lock_out_ends_after_fifteen_minutes(client: Client, cast: Cast) -> None:
    lock_out(client, "staff")
    with time_machine.travel(now() + timedelta(minutes=14), tick=True):
        assert sign_in(client, "staff")[0] == 429
    with time_machine.travel(now() + timedelta(minutes=31), tick=True):
        assert sign_in(client, "staff")[0] == 302


def test_a_lock_out_of_one_person_is_nobody_elses(client: Client, cast: Cast) -> None:
    lock_out(client, "staff")
    assert sign_in(Client(), "manager")[0] == 302


def test_a_name_that_does_not_exist_looks_like_a_wrong_password(client: Client, cast: Cast) -> None:
    known = sign_in(client, "staff", "wrong")[1]
    unknown = sign_in(client, "nosuchperson", "wrong")[1]
    assert ("The user name or the password is wrong" in known) == (
        "The user name or the password is wrong" in unknown
    )
    assert lock_out(Client(), "nosuchone")[0] == 429


def test_the_session_gets_a_new_key_at_sign_in(client: Client, cast: Cast) -> None:
    client.get("/admin/login/")
    session = client.session
    session["from"] = "before"
    session.save()
    before = str(session.session_key)
    sign_in(client, "staff")
    assert client.session.session_key != before
    assert not type(session)().exists(before)


def test_signing_out_takes_a_post_and_ends_the_session(client: Client, cast: Cast) -> None:
    sign_in(client, "staff")
    assert client.get("/admin/logout/").status_code == 405
    client.post("/admin/logout/")
    assert not is_in(client)


@pytest.mark.once
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(
    client: Client, cast: Cast
) -> None:
    page = "http://testserver/admin/refunds/notice/?p=2"
    sent = client.post("/admin/refunds/notice/seen/", headers={"referer": page}, follow=True)
    assert sent.redirect_chain == [("/admin/login/?next=/admin/refunds/notice/%3Fp%3D2", 302)]
    assert "You were signed out in the meantime, so nothing was done." in sent.content.decode()
    answer = client.post(sent.redirect_chain[0][0], {"username": "staff", "password": PASSWORD})
    assert answer["Location"] == "/admin/refunds/notice/?p=2"


@pytest.mark.once
@pytest.mark.parametrize("page", ["", "https://evil.example.com/admin/", "//evil.example.com/"])
def test_who_does_not_come_from_a_page_of_ours_is_led_home(
    client: Client, cast: Cast, page: str
) -> None:
    answer = client.post("/admin/refunds/notice/seen/", headers={"referer": page})
    assert answer["Location"] == "/admin/login/?next=/admin/"


def test_the_session_cookie_is_not_for_scripts_nor_other_sites(client: Client, cast: Cast) -> None:
    sign_in(client, "staff")
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("name", ["nobody", TIMER, "gone"])
def test_who_has_no_role_is_a_system_user_or_has_left_stays_out(
    client: Client, cast: Cast, name: str
) -> None:
    change_person(system(TIMER).user, password=make_password(PASSWORD))
    make_person("gone", password=PASSWORD, is_active=False)
    status, page = sign_in(client, name)
    assert status == 200
    assert "errornote" in page or "no role" in page or "user name or the password" in page
    assert not is_in(client)


def test_a_system_user_with_a_role_stays_out(client: Client, cast: Cast) -> None:
    change_person(cast.staff, is_system=True)
    assert sign_in(client, "staff")[0] == 200
    assert not is_in(client)


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    status, page = sign_in(client, "staff")
    assert status == 403
    assert "Nothing was changed" in page


def test_nobody_is_sent_to_another_site_after_sign_in(client: Client, cast: Cast) -> None:
    answer = client.post(
        "/admin/login/?next=https://evil.example.com/", {"username": "staff", "password": PASSWORD}
    )
    assert "evil.example.com" not in answer["Location"]


def test_passwords_are_kept_as_argon2() -> None:
    with override_settings(PASSWORD_HASHERS=ARGON2):
        person = make_person("somebody", password=PASSWORD)
        assert person.password.startswith("argon2$argon2id$")
        assert person.check_password(PASSWORD)


@pytest.mark.once
def test_the_product_itself_hashes_with_argon2(tmp_path: Path) -> None:
    code = "from django.contrib.auth.hashers import make_password; print(make_password('x'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=HOME,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
            "DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("argon2$argon2id$")
