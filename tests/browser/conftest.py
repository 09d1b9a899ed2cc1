"""A real browser on the real product: ``make run`` with the demo, and people signed in to it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.stack import Stack

PASSWORD = "demo"
SERVICES = ("DATABASE_URL", "CELERY_BROKER_URL")
expect.set_options(timeout=15_000)
LANGUAGES = {"en": "en-GB", "zh-hans": "zh-CN"}
PageAs = Callable[..., Page]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The product's address. It has its own data, and leaves no process behind.

    On SQLite and files, unless ``STACK_DATABASE_URL`` and ``STACK_CELERY_BROKER_URL`` name others.
    """
    services = {name: os.environ.get(f"STACK_{name}", "") for name in SERVICES}
    stack = Stack(tmp_path_factory.mktemp("stack"), **{k: v for k, v in services.items() if v})
    try:
        yield stack.start().url
        stack.interrupt()
        assert stack.is_gone(), "make run left processes behind."
    finally:
        stack.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium."""
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if path is None or not Path(path).exists():
        pytest.fail(
            "The browser tests need Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk), "
            "or set CHROMIUM to the path of one.",
            pytrace=False,
        )
    options = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--force-color-profile=srgb",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


class Complaints(list[str]):
    """What a page complained about: script errors, blocked content, failed loads."""

    def watch(self, page: Page) -> None:
        """Note everything that ``page`` reports as wrong."""
        page.on("pageerror", lambda error: self.append(f"script error: {error}"))
        page.on("console", self.note_message)
        page.on("requestfailed", self.note_failure)
        page.on("response", self.note_response)

    def note_message(self, message: Any) -> None:
        """An error or warning in the console; a content security violation is one, too."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.append(f"console {message.type}: {message.text}")

    def note_failure(self, request: Any) -> None:
        """A request that did not get through; one that a new page cut off is none."""
        if "ERR_ABORTED" not in (request.failure or ""):
            self.append(f"failed: {request.url}: {request.failure}")

    def note_response(self, response: Any) -> None:
        """An address of ours that a page needs and that does not exist, or a defect."""
        is_page = response.request.is_navigation_request()
        if response.status >= 500 or (response.status >= 400 and not is_page):
            self.append(f"{response.status}: {response.url}")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Filled while a test runs; a test passes without complaints only, and may ``clear()`` known ones."""
    complaints = Complaints()
    yield complaints
    assert complaints == []


@pytest.fixture
def open_page(chromium: Browser, stack: str, complaints: Complaints) -> Iterator[PageAs]:
    """Open a page for nobody in particular: ``open_page(language, width, dark)``."""
    contexts: list[BrowserContext] = []

    def open_page(language: str = "en", width: int = 1280, dark: bool = False) -> Page:
        context = chromium.new_context(
            base_url=stack,
            locale=LANGUAGES[language],
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme="dark" if dark else "light",
            timezone_id="Asia/Shanghai",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        complaints.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page_as(open_page: PageAs) -> PageAs:
    """Sign in through the form: ``page_as("staff", language="zh-hans", width=390, dark=True)``."""

    def page_as(user: str, language: str = "en", width: int = 1280, dark: bool = False) -> Page:
        page = open_page(language, width, dark)
        page.goto("/admin/login/?next=/admin/")
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", PASSWORD)
        page.locator("form:has(input[name=password]) button[type=submit]").click()
        page.wait_for_url("**/admin/")
        return page

    return page_as
