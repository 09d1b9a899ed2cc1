"""What every page carries to protect its reader, and what is shown for pages that do not exist."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from backoffice import urls
from tests.cast import Cast

pytestmark = [pytest.mark.once, pytest.mark.django_db]


def boom(request: HttpRequest) -> HttpResponse:
    """A defect."""
    raise RuntimeError("secret inside")


urlpatterns = [*urls.urlpatterns, path("boom", boom)]
handler500 = urls.handler500
handler404 = urls.handler404


def policy(response: Any) -> dict[str, list[str]]:
    """The content security policy, by directive."""
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


@pytest.mark.parametrize(
    "address", ["/admin/login/", "/admin/", "/nowhere", "/admin/nowhere/", "/healthz"]
)
def test_every_page_carries_its_headers(client: Client, cast: Cast, address: str) -> None:
    client.force_login(cast.staff)
    response = client.get(address)
    found = policy(response)
    assert found["default-src"] == ["'self'"]
    assert set(found["script-src"]) == {"'self'", "'unsafe-eval'"}
    assert found["object-src"] == ["'none'"]
    assert found["frame-ancestors"] == ["'none'"]
    assert found["form-action"] == ["'self'"]
    assert found["base-uri"] == ["'self'"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert len(response["X-Request-ID"]) == 32


@pytest.mark.parametrize("address", ["/admin/login/", "/admin/"])
def test_pages_have_no_script_that_the_policy_would_block(
    client: Client, cast: Cast, address: str
) -> None:
    if address == "/admin/":
        client.force_login(cast.staff)
    text = client.get(address).content.decode()
    inline = [part for part in text.split("<script")[1:] if " src=" not in part.split(">")[0]]
    data = ('type="application/json"', "type='application/json'")
    assert [
        part[:80] for part in inline if not any(kind in part.split(">")[0] for kind in data)
    ] == []
    assert "onclick=" not in text
    assert "onsubmit=" not in text


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    "address", ["/nowhere", "/nowhere/at/all/", "/admin/nowhere/", "/static/nowhere.js"]
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_an_address_that_does_not_exist_has_a_page_with_a_sentence(
    client: Client, cast: Cast, address: str, debug: bool, signed_in: bool
) -> None:
    if signed_in:
        client.force_login(cast.staff)
    with override_settings(DEBUG=debug):
        response = client.get(address)
    if address.startswith("/admin/") and not signed_in:
        assert response.status_code == 302
        return
    assert response.status_code == 404
    assert b"There is no such record" in response.content
    assert b"URLconf" not in response.content
    assert b"urlpatterns" not in response.content


def test_a_missing_slash_is_still_added(client: Client) -> None:
    assert client.get("/admin")["Location"] == "/admin/"


@pytest.mark.parametrize("debug", [True, False])
@override_settings(ROOT_URLCONF="tests.test_headers")
def test_a_defect_is_logged_and_never_shown(debug: bool, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(raise_request_exception=False)
    with override_settings(DEBUG=debug):
        response = client.get("/boom")
    assert response.status_code == 500
    assert b"Something broke" in response.content
    assert b"secret inside" not in response.content
    assert b"Traceback" not in response.content
    assert "secret inside" in caplog.text
