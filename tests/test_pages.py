"""What every page has in common: languages, refusals, sign-in, headers, and no side doors."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from backoffice.exceptions import NotFound
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

LOGIN = "/admin/login/"


def sign_in(client: Client, username: str, password: str = PASSWORD) -> object:
    return client.post(LOGIN, {"username": username, "password": password})


def test_the_sign_in_page_offers_both_languages_before_anybody_signed_in(
    client: Client, db: None
) -> None:
    html = client.get(LOGIN).content.decode()
    assert 'value="en"' in html
    assert 'value="zh-hans"' in html


def test_switching_the_language_keeps_the_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    here = reverse("admin:backoffice_user_changelist") + "?q=sta"
    html = client.get(here).content.decode()
    assert f'name="next" value="{here}"' in html
    response = client.post(reverse("set_language"), {"language": "zh-hans", "next": here})
    assert (response.status_code, response["Location"]) == (302, here)
    assert '<html lang="zh-hans"' in client.get(here).content.decode()


def test_the_theme_s_own_language_menu_comes_back_to_the_page_too(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.staff)
    response = client.post(
        reverse("set_language"),
        {"language": "zh-hans", "next": ""},
        headers={"referer": "http://testserver/admin/?x=1"},
    )
    assert response["Location"].endswith("/admin/?x=1")


def test_the_language_switch_sends_nobody_to_another_site(client: Client, db: None) -> None:
    response = client.post(
        reverse("set_language"), {"language": "en", "next": "https://evil.example/"}
    )
    assert response["Location"] == "/"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_pages_know_no_methods_but_those_of_browsers(
    client: Client, cast: Cast, method: str
) -> None:
    client.force_login(cast.platform)
    for path in ("/admin/", "/admin/refunds/refundcase/", "/admin/merchants/store/add/"):
        response = client.generic(method, path)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")


def test_a_form_s_address_that_is_opened_as_a_page_says_so(client: Client, cast: Cast) -> None:
    client.force_login(cast.staff)
    address = reverse("admin:refunds_notice_seen")
    page = client.get(address, headers={"accept": "text/html,*/*"})
    assert (page.status_code, page["Allow"]) == (405, "POST")
    assert "This address only takes what a form sends." in page.content.decode()
    assert 'id="nav-sidebar"' in page.content.decode()
    assert client.get(address, headers={"accept": "application/json"}).content == b""


def test_a_missing_page_keeps_the_menu_for_a_person_with_a_role(client: Client, cast: Cast) -> None:
    client.force_login(cast.staff)
    response = client.get("/admin/nothing/here/")
    html = response.content.decode()
    assert response.status_code == 404
    assert str(NotFound.message) in html
    assert 'id="nav-sidebar"' in html
    assert "refundcase" in html


def test_a_refusal_shows_nothing_of_the_inside_to_others(client: Client, cast: Cast) -> None:
    with override_settings(DEBUG=False):
        for user in (None, cast.nobody):
            if user:
                client.force_login(user)
            response = client.get("/nothing/")
            html = response.content.decode()
            assert response.status_code == 404
            assert str(NotFound.message) in html
            assert "nav-sidebar" not in html
            assert "/admin/refunds/" not in html
            assert "desk.css" in html


def test_too_many_wrong_passwords_lock_out_with_a_sentence(client: Client, cast: Cast) -> None:
    for _try in range(5):
        response = sign_in(client, "staff", "wrong")
    html = response.content.decode()
    assert response.status_code == 429
    assert "Wait 15 minutes" in html
    assert "nav-sidebar" not in html
    assert sign_in(client, "staff").status_code == 429


def test_a_wrong_password_is_told_in_the_form(client: Client, cast: Cast) -> None:
    html = sign_in(client, "staff", "wrong").content.decode()
    assert "desk-message is-error" in html
    assert "The user name or the password is wrong." in html


def test_a_person_without_a_role_is_told_whom_to_ask(client: Client, cast: Cast) -> None:
    assert "This account has no role yet" in sign_in(client, "nobody").content.decode()


def test_a_form_without_its_token_is_refused_in_a_sentence(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(LOGIN, {"username": "staff", "password": PASSWORD})
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/admin/search/?s=a", "/admin/search/?s=a&extended=1", "/admin/r/1/1/"]
)
def test_there_is_no_side_door_to_rows(client: Client, cast: Cast, path: str) -> None:
    client.force_login(cast.platform)
    assert client.get(path).status_code == 404


def test_the_texts_of_the_admin_s_scripts_are_served(client: Client, cast: Cast) -> None:
    client.force_login(cast.staff)
    response = client.get(reverse("admin:jsi18n"))
    assert response.status_code == 200
    assert "javascript" in response["Content-Type"]


def test_an_app_s_page_lists_only_what_the_person_may_see(client: Client, cast: Cast) -> None:
    client.force_login(cast.staff)
    html = client.get("/admin/refunds/").content.decode()
    assert reverse("admin:refunds_refundcase_changelist") in html
    assert "/admin/refunds/refundbatch/" not in html
    html = client.get("/admin/backoffice/").content.decode()
    assert reverse("admin:backoffice_changeentry_changelist") in html
    assert reverse("admin:backoffice_user_changelist") not in html


@pytest.mark.parametrize("path", [LOGIN, "/admin/"])
def test_pages_take_everything_from_this_machine_and_run_no_inline_script(
    client: Client, cast: Cast, path: str
) -> None:
    if path != LOGIN:
        client.force_login(cast.platform)
    response = client.get(path)
    html = response.content.decode()
    assert (
        "'unsafe-inline'"
        not in re.search(r"script-src[^;]*", response["Content-Security-Policy"])[0]
    )
    assert not re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html)
    assert not re.findall(r"\son(?:click|load|change|submit|error)=", html)
    for source in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert not source.startswith(("http:", "https:", "//")), source


def test_an_empty_list_says_whether_the_search_or_the_store_is_empty(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.staff)
    cases = reverse("admin:refunds_refundcase_changelist")
    assert "Nothing here yet" in client.get(cases).content.decode()
    assert "Nothing matches" in client.get(cases, {"q": "nobody"}).content.decode()
