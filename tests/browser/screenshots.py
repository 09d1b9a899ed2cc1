"""Take the docs' pictures again: ``make screenshots``.

Starts the real product on fresh demo data and walks through docs/tutorial/first-refund.md in a
browser, taking every picture in English and in Chinese on its way. When a step of the tutorial is not
true any more, this stops there.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.stack import HOME, Stack

IMAGES = HOME / "docs" / "images"
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
WIDE, PHONE = (1280, 900), (390, 844)
CASES = "/admin/refunds/refundcase/"
BATCHES = "/admin/refunds/refundbatch/"
CHANGES = "/admin/backoffice/changeentry/"
ORDERS_FILE = """\
Order number,Placed at,SKU,Title,Quantity,Unit price,Discount,Freight,Buyer,Buyer name,Amount paid
T-1001,2026-11-02 10:15:00,AH-1001,Linen bedding set,1,459.00,0,8.00,B0101,Emma Fischer,467.00
T-1002,2026-11-02 11:40:00,AH-1002,Ceramic table lamp,2,238.00,5.00,0,B0102,陈思远,471.00
T-1003,2026-11-03 09:05:00,AH-1005,Steel tumbler,-1,89.00,0,0,B0103,林小雨,89.00
T-1004,2026-11-03 16:30:00,AH-1004,Scented candle,3,29.90,0,0,B0104,赵雅琴,89.70
T-1005,03.11.2026,AH-1004,Scented candle,1,29.90,0,0,B0105,周浩然,29.90
"""
CHINESE_HEADINGS = (
    "订单号,下单时间,商品编码,商品名称,数量,单价,优惠分摊,运费,买家账号,买家姓名,实付金额"
)


class Photographer:
    """People signed in to the running product, each in both languages, and their pictures."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.pages: dict[tuple[str, str, tuple[int, int], bool], Page] = {}

    def open(self, language: str, size: tuple[int, int] = WIDE, *, dark: bool = False) -> Page:
        """A page of a browser that nobody has signed in to."""
        context = self.browser.new_context(
            base_url=self.url,
            locale=LANGUAGES[language],
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    def see(
        self,
        user: str,
        language: str = "en",
        size: tuple[int, int] = WIDE,
        *,
        dark: bool = False,
    ) -> Page:
        """The page of ``user``; signs in the first time."""
        key = user, language, size, dark
        if key not in self.pages:
            page = self.open(language, size, dark=dark)
            page.goto("/admin/login/?next=/admin/")
            page.fill("input[name=username]", user)
            page.fill("input[name=password]", "demo")
            page.locator("form:has(input[name=password]) button[type=submit]").click()
            page.wait_for_url("**/admin/")
            self.pages[key] = page
        return self.pages[key]

    def both(self, user: str, address: str, name: str, *, phone: bool = False) -> None:
        """A picture of ``address`` in each language, as ``user`` sees it."""
        size = PHONE if phone else WIDE
        for language in LANGUAGES:
            page = self.see(user, language, size)
            page.goto(address)
            shoot(page, f"{name}.{language}")


def shoot(page: Page, name: str, *, tallest: int = 940) -> None:
    """The page from its top: as much of it as there is, up to ``tallest`` pixels."""
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    size = page.viewport_size
    assert size
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": size["width"], "height": min(max(height, 600), tallest)})
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    pack(IMAGES / f"{name}.png")
    page.set_viewport_size(size)
    print(f"{name}.png", flush=True)


def pack(file: Path) -> None:
    """The picture in 256 colours, which is a third of the bytes and looks the same."""
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def case_link(page: Page, reason: str) -> str:
    """The address of the first waiting case with ``reason`` in the list."""
    page.goto(f"{CASES}?state=requested")
    row = page.locator("table tbody tr", has_text=reason).first
    return str(row.locator("a[href*='/change/']").first.get_attribute("href")).split("?")[0]


def look_around(desk: Photographer) -> None:
    """Sign-in, home, the list."""
    for language in LANGUAGES:
        page = desk.open(language)
        page.goto("/admin/login/")
        shoot(page, f"login.{language}", tallest=720)
        page.context.close()
        page = desk.see("staff", language, dark=True)
        shoot(page, f"home-dark.{language}")
    desk.both("staff", "/admin/", "home")
    desk.both("staff", CASES, "case-list")
    desk.both("staff", CASES, "case-list-phone", phone=True)


def approve_one(desk: Photographer) -> str:
    """Staff read a case and approve it in a dialog; gives the case's address."""
    case = case_link(desk.see("staff"), "Quality fault")
    desk.both("staff", case, "case")
    desk.both("staff", case, "case-phone", phone=True)
    for language in LANGUAGES:
        page = desk.see("staff", language)
        page.goto(case)
        page.locator("[data-opens=dialog-approve]").click()
        shoot(page, f"approve.{language}", tallest=900)
    page = desk.see("staff")
    page.goto(case)
    page.locator("[data-opens=dialog-approve]").click()
    dialog = page.locator("#dialog-approve")
    dialog.locator("[name=note]").fill("The photo shows the crack.")
    dialog.locator("button[type=submit]").click()
    page.get_by_text("Approved.").wait_for()
    return case


def approve_many(desk: Photographer) -> None:
    """The manager chooses three cases and looks at what would be approved."""
    for language in LANGUAGES:
        page = desk.see("manager", language)
        page.goto(f"{CASES}?state=requested")
        boxes = page.locator("input.action-select")
        for n in range(3):
            boxes.nth(n).check()
        page.locator("select[name=action]").select_option("approve_chosen")
        page.locator("button[name=index]").click()
        page.locator("[name=confirm]").wait_for()
        shoot(page, f"approve-many.{language}")


def import_orders(desk: Photographer, folder: Path) -> None:
    """The manager brings a file with two bad rows and sees what it would do."""
    heads, rows = ORDERS_FILE.split("\n", 1)
    files = {"en": ("English", heads), "zh": ("Chinese", CHINESE_HEADINGS)}
    for language, (profile, head) in files.items():
        file = folder / ("订单.csv" if language == "zh" else "orders.csv")
        file.write_text(f"{head}\n{rows}", encoding="utf-8")
        page = desk.see("manager", language)
        page.goto("/admin/orders/orderimport/upload/")
        option = page.locator("[name=profile] option", has_text=f"{profile} headings")
        page.locator("[name=profile]").select_option(option.get_attribute("value"))
        page.locator("input[type=file]").set_input_files(file)
        page.locator(".desk-form button.is-primary").click()
        page.locator("#problems").wait_for()
        shoot(page, f"import.{language}")


def assess(desk: Photographer) -> None:
    """The manager has a supplier's form half filled in."""
    page = desk.see("manager")
    page.goto("/admin/merchants/assessment/?state=draft")
    link = page.locator("table tbody tr", has_text="Yiwu").locator("a[href*='/change/']").first
    address = str(link.get_attribute("href")).split("?")[0].replace("change", "fill")
    desk.both("manager", address, "assessment")


def pay(desk: Photographer, folder: Path) -> None:
    """Finance seals a batch, the checker releases it, the bank answers."""
    finance = desk.see("finance")
    finance.goto(f"{BATCHES}build/")
    home = finance.locator("table tbody tr", has_text="Aurora Home")
    rows = str(home.locator("a").get_attribute("href"))
    desk.both("finance", f"{BATCHES}build/{rows}", "batch-build")
    finance.locator(".desk-form button.is-primary").click()
    finance.wait_for_url(re.compile(rf"{BATCHES}\d+/change/"))
    batch = "/" + finance.url.split("/", 3)[3]
    desk.both("checker", batch, "batch")
    checker = desk.see("checker")
    checker.locator("[data-opens=dialog-release]").click()
    dialog = checker.locator("#dialog-release")
    number = checker.locator(".desk-page h1").first.inner_text().strip()
    dialog.locator("[data-confirm-field], [name=confirm]").first.fill(number)
    dialog.locator("[name=secret]").fill("demo")
    dialog.locator("button[type=submit]").click()
    checker.get_by_text("is released").first.wait_for()
    finance.goto(batch)
    with finance.expect_download() as download:
        finance.locator("form[action$='/export/csv/'] button").click()
    answer = bank_answer(Path(download.value.path()).read_text("utf-8-sig"), folder)
    finance.goto(batch)
    finance.locator("input[type=file]").set_input_files(answer)
    finance.locator("form[action$='/result/'] button[type=submit]").click()
    finance.locator("form[action$='/confirm/']").wait_for()
    desk.both("finance", "/" + finance.url.split("/", 3)[3], "bank-result")
    finance.locator("form[action$='/confirm/'] button.is-primary").click()
    finance.get_by_text("Every change is in the history").wait_for()


def bank_answer(handed_out: str, folder: Path) -> Path:
    """What a bank could say to the file that it was given: settled, all but the first."""
    table = handed_out.replace("\r", "").split("\n\n", 1)[1].strip().split("\n")
    names = table[0].split(",")
    lines = ["number,amount,currency,status,reason"]
    for n, row in enumerate(table[1:], 1):
        cells = dict(zip(names, row.split(","), strict=True))
        status = "failed,Account of the buyer is closed" if n == 1 else "settled,"
        lines.append(f"{cells['number']},{cells['amount']},{cells['currency']},{status}")
    file = folder / "bank-answer.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def audit(desk: Photographer, case: str) -> None:
    """The auditor reads how it all happened, asks who changed what, and looks at what is unusual."""
    desk.both("auditor", case.replace("change", "history"), "timeline")
    desk.both("auditor", "/admin/", "auditor-home")
    desk.both("auditor", f"{CHANGES}?what=refunds.refundcase:amount_approved&least=100", "search")
    desk.both("auditor", f"{CHANGES}unusual/?days=30", "unusual")


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The machine's own Chromium."""
    options = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
    yield browser
    browser.close()


def main() -> int:
    """Take all pictures; the exit code is 0 when every step went as the tutorial says."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        stack = Stack(Path(folder))
        try:
            stack.start()
            with chromium(playwright) as browser:
                desk = Photographer(browser, stack.url)
                look_around(desk)
                approve_many(desk)
                import_orders(desk, Path(folder))
                assess(desk)
                case = approve_one(desk)
                pay(desk, Path(folder))
                audit(desk, case)
        except Exception:
            print(stack.log.read_text(), file=sys.stderr)
            raise
        finally:
            stack.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
