"""The main job, from a buyer's request to a settled refund, by the people whose job it is."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageAs

WORDS = {
    "en": {"requested": "Requested", "reviewed": "Reviewed", "refunded": "Refunded"},
    "zh-hans": {"requested": "待审核", "reviewed": "已审核", "refunded": "已退款"},
}
PILL = ".desk-card-head .desk-pill"


def open_a_case(page: Page, words: str) -> str:
    """Open a case for the newest order that has none, from its page; gives the case's address."""
    page.goto("/admin/orders/order/")
    orders = page.locator("#result_list a[href*='/orders/order/']")
    for address in dict.fromkeys(link.get_attribute("href") for link in orders.all()):
        page.goto(address)
        if not page.locator("a[href*='/refundcase/'][href$='/change/']").count():
            break
    page.locator("a[href*='/refundcase/open/']").click()
    page.select_option("select[name=kind]", "refund_only")
    page.select_option("select[name=reason]", index=1)
    page.fill("textarea[name=reason_text]", words)
    page.locator("input[name^=line_]").first.fill("1")
    page.locator(".desk-form button[type=submit]").click()
    page.wait_for_url("**/refunds/refundcase/*/change/")
    return page.url


def approve(page: Page, note: str, *, by_keys: bool) -> None:
    """One click, a word why, and done; or the same without touching the mouse."""
    if by_keys:
        page.keyboard.press("a")
    else:
        page.locator("[data-opens=dialog-approve]").click()
    page.fill("#dialog-approve textarea[name=note]", note)
    if by_keys:
        page.keyboard.press("Control+Enter")
    else:
        page.locator("#dialog-approve button[type=submit]").click()
    page.wait_for_load_state()


def build_a_batch(page: Page) -> str:
    """Seal all that waits; gives the batch's address."""
    page.goto("/admin/refunds/refundbatch/build/")
    page.locator("a[href^='?store=']").first.click()
    page.locator("form.desk-form button[type=submit].is-primary").click()
    page.wait_for_url("**/refunds/refundbatch/*/change/")
    return page.url


def release(page: Page, batch: str) -> None:
    """The second person types the number and agrees."""
    page.goto(batch)
    number = page.locator(".desk-page h1").inner_text().strip()
    page.locator("[data-opens=dialog-release]").click()
    button = page.locator("#dialog-release button[type=submit]")
    expect(button).to_be_disabled()
    page.fill("#dialog-release [data-confirm-field], #dialog-release input[name=confirm]", number)
    page.fill("#dialog-release input[name=secret]", "demo")
    button.click()
    page.wait_for_load_state()


def bank_file(page: Page, batch: str, folder: Path) -> Path:
    """Download the batch, and write the bank's answer: everything settled."""
    page.goto(batch)
    with page.expect_download() as download:
        page.locator("form[action$='/export/csv/'] button").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("number,"))
    answer = folder / "answer.csv"
    with answer.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "amount", "currency", "status", "reason"])
        for row in csv.DictReader(lines[start:]):
            rows.writerow([row["number"], row["amount"], row["currency"], "settled", ""])
    return answer


def bring_the_answer(page: Page, batch: str, answer: Path) -> None:
    """Upload, look at the preview that the worker makes, apply, and wait until it is done."""
    page.goto(batch)
    page.set_input_files("form[action$='/result/'] input[type=file]", answer)
    page.locator("form[action$='/result/'] button[type=submit]").click()
    expect(page.locator(f"{PILL}.is-checked")).to_be_visible(timeout=30_000)
    page.locator("form[action$='/confirm/'] button.is-primary").click()
    expect(page.locator(f"{PILL}.is-applied")).to_be_visible(timeout=30_000)


def uncover(page: Page, reason: str) -> None:
    """Look at the personal data of the page, which says so to others."""
    page.locator("[data-opens=dialog-uncover]").click()
    dialog = page.locator("#dialog-uncover")
    dialog.locator("[name=reason]").fill(reason)
    dialog.locator("button[type=submit]").click()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_request_becomes_a_settled_refund(page_as: PageAs, language: str, tmp_path: Path) -> None:
    words = WORDS[language]
    staff = page_as("staff", language=language)
    case = open_a_case(staff, f"杯口有裂纹 {language}")
    expect(staff.locator(PILL).first).to_have_text(words["requested"])
    approve(staff, "照片很清楚。", by_keys=language == "en")
    expect(staff.locator(PILL).first).to_have_text(words["reviewed"])

    finance = page_as("finance", language=language)
    batch = build_a_batch(finance)
    expect(finance.locator("[data-opens=dialog-release]")).to_have_count(0)
    release(page_as("checker", language=language), batch)
    answer = bank_file(finance, batch, tmp_path)
    bring_the_answer(finance, batch, answer)

    staff.goto(case)
    expect(staff.locator(PILL).first).to_have_text(words["refunded"])

    auditor = page_as("auditor", language=language)
    said, done = (
        f"杯口有裂纹 {language}",
        ("照片很清楚。", "Mei Lin", "Jun Chen", words["refunded"]),
    )
    for reader, parts in ((staff, (said, *done)), (auditor, done)):
        reader.goto(case.replace("/change/", "/history/"))
        story = reader.locator(".desk-timeline").first.inner_text()
        assert [part for part in parts if part not in story] == []
    assert said not in story, "What a buyer said is for the store."
    auditor.goto(case)
    expect(auditor.locator("dialog[id^=dialog-]:not(#dialog-uncover)")).to_have_count(0)
    uncover(auditor, "A complaint about this case.")
    expect(auditor.locator("body")).to_contain_text(said)


def test_an_order_file_is_checked_shown_and_applied(page_as: PageAs, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    lines = [f"B-1,2026-11-01 10:00:00,b1,CUP,Cup,{n},12.50,CNY" for n in (2, -1)]
    head = "Order number,Placed at,Buyer,SKU,Title,Quantity,Unit price,Currency"
    file.write_text("\n".join([head, *lines]))
    page = page_as("manager")
    page.goto("/admin/orders/orderimport/upload/")
    profile = page.locator("select[name=profile] option", has_text="English headings")
    page.select_option("select[name=profile]", profile.get_attribute("value"))
    page.set_input_files("input[type=file]", file)
    page.locator("form[enctype] button[type=submit]").click()
    expect(page.locator(f"{PILL}.is-checked")).to_be_visible(timeout=30_000)
    expect(page.locator("#problems")).to_contain_text("3")
    page.locator("form[action$='/confirm/'] button").click()
    expect(page.locator(f"{PILL}.is-applied")).to_be_visible(timeout=30_000)
    page.goto("/admin/orders/order/?q=B-1")
    expect(page.locator("#result_list")).to_contain_text("B-1")


def test_many_cases_are_approved_with_a_typed_count(page_as: PageAs) -> None:
    page = page_as("manager")
    page.goto("/admin/refunds/refundcase/?state=requested")
    for box in page.locator("#result_list input.action-select").all()[:2]:
        box.check()
    page.locator("select[name=action]").select_option("approve_chosen")
    page.locator("button[name=index], .actions button[type=submit]").first.click()
    button = page.locator("form[action$='/approve-many/'] button[type=submit]")
    expect(button).to_be_disabled()
    page.fill("#id_confirm", "2")
    page.fill("#id_note", "Looked at both.")
    button.click()
    expect(page.locator(".desk-message.is-ok")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_supplier_is_assessed(page_as: PageAs) -> None:
    page = page_as("manager")
    page.goto("/admin/merchants/assessment/")
    page.locator("#result_list a[href*='/assessment/']", has_text=re.compile("Yiwu")).first.click()
    page.locator("a[href$='/fill/']").click()
    page.wait_for_url("**/fill/")
    for question in page.locator("fieldset.assessment-question").all():
        choice = question.locator("input[type=radio]")
        if choice.count():
            choice.first.check()
    page.locator("button[name=submit]").click()
    expect(page.locator(".desk-pill.is-submitted").first).to_be_visible()


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/refunds/refundcase/", "/admin/orders/order/"]
)
def test_nothing_scrolls_sideways_on_a_telephone(page_as: PageAs, address: str) -> None:
    page = page_as("staff", language="zh-hans", width=390, dark=True)
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
