"""The front door, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PageAs


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_staff_sign_in_and_see_their_home_page(page_as: PageAs, language: str) -> None:
    page = page_as("staff", language=language)
    expect(page).to_have_url(re.compile("/admin/$"))
    assert page.locator("html").get_attribute("lang") == language
    expect(page.locator("a[href*='/admin/refunds/refundcase/']").first).to_be_visible()


def test_a_telephone_shows_the_home_page_without_sideways_scrolling(page_as: PageAs) -> None:
    page = page_as("staff", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dark_mode_follows_the_machine(page_as: PageAs) -> None:
    page = page_as("staff", dark=True)
    expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b"))


def test_a_wrong_password_is_said_on_the_form(open_page: PageAs) -> None:
    page = open_page()
    page.goto("/admin/login/")
    page.fill("input[name=username]", "auditor")
    page.fill("input[name=password]", "not it")
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    expect(page.get_by_text("The user name or the password is wrong")).to_be_visible()
