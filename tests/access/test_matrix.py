"""Every address × everybody × every method × {own, foreign, missing, nonsense} rows: no leak, no stray write.

The expectations are in ``expectations.py``, the rows and their markers in ``world.py``.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.access.addresses import Address, addresses
from tests.access.expectations import PAGES
from tests.access.outcomes import DENIED, OUTCOMES, STRANGERS, Page
from tests.access.walker import MISSING, Answer, Walker, insiders
from tests.access.world.marks import PEOPLE

ADDRESSES = addresses()
DJANGOS = ("/", "/i18n/setlang/", "/admin/login/")  # know more methods, and do nothing with them
OTHERS = ("HEAD", "PUT", "DELETE", "OPTIONS")  # the last three are taken by no page
LEAST = 600 * len(PEOPLE)
# All actions on a case are one view, and the action matrix asks everybody about each: the walk takes
# one of them whole; at the others a clerk of the store and one of another try more than their own rows.
ACTIONS_VIEW, WHOLE, ACTORS = "admin:refunds_refundcase_do ", "approve", ["staff", "other"]
# The bank needs to know whose account it is: who hands the file out is on record.
BANKS_FILE = re.compile(r"/admin/refunds/refundbatch/\d+/export/\w+/")


@dataclass(frozen=True)
class Cell:
    """One request of the walk. ``target`` is own, foreign, missing or nonsense; ``place`` whose row."""

    who: str
    method: str
    target: str
    place: str
    path: str
    body: str = ""

    def __str__(self) -> str:
        return f"{self.who} {self.method} {self.path} [{self.target} {self.place} {self.body}]"


def test_every_address_has_an_expectation_and_every_expectation_an_address() -> None:
    known = {address.key for address in ADDRESSES}
    assert known - set(PAGES) == set(), "addresses that nobody thought about"
    assert set(PAGES) - known == set(), "expectations of pages that do not exist"
    assert len(known) == len(ADDRESSES)


@pytest.mark.once
@pytest.mark.django_db
def test_the_walk_is_wide(walker: Walker, capsys: pytest.CaptureFixture[str]) -> None:
    count = sum(1 for address in ADDRESSES for _cell in cells(walker, address, PAGES[address.key]))
    with capsys.disabled():
        sys.stdout.write(
            f"\nThe access matrix has {count} cells over {len(ADDRESSES)} addresses.\n"
        )
    assert count >= LEAST


def other(who: str, address: Address) -> str:
    """The method beside GET and POST that ``who`` tries here: at each address everybody tries one.

    What no page takes is refused at one door, and HEAD is answered as GET.
    """
    return OTHERS[(PEOPLE.index(who) + ADDRESSES.index(address)) % len(OTHERS)]


def walkers(address: Address) -> list[str]:
    """Who tries more than rows of their own at this address."""
    return ACTORS if _one_of_many(address) else PEOPLE


def _one_of_many(address: Address) -> bool:
    return address.key.startswith(ACTIONS_VIEW) and address.word != WHOLE


def cells(walker: Walker, address: Address, page: Page) -> Iterator[Cell]:
    """Everything that is tried at one address.

    Whoever may enter tries every row there; what is the same for all of them – HEAD goes the way of GET,
    an empty form, an address that is none – one of them tries, at each address another one.
    """
    may, one = insiders(page), one_insider(walker, address, page)
    for who in PEOPLE:
        insider = who in may
        for target, place, path in targets(walker, address, page, who, insider=insider):
            if target == "nonsense" and who != one:
                continue
            yield Cell(who, "GET", target, place, path)
            for body in bodies(address, target, insider=insider):
                if body != "empty" or who == one:
                    yield Cell(who, "POST", target, place, path, body)
            if who == one and target in ("own", "foreign", "missing"):
                yield Cell(who, "HEAD", target, place, path)
            if target == "own":
                yield Cell(who, other(who, address), target, place, path)


def one_insider(walker: Walker, address: Address, page: Page) -> str:
    """One of those who may enter, best one to whom some rows are foreign."""
    may = [who for who in PEOPLE if who in insiders(page)]
    some = [who for who in may if walker.world.foreign(who)] or may or [""]
    return some[ADDRESSES.index(address) % len(some)]


def targets(
    walker: Walker, address: Address, page: Page, who: str, *, insider: bool
) -> Iterator[tuple[str, str, str]]:
    """(target, place, path) of each row that ``who`` tries at this address.

    Who may not open the page even for a row of their own is turned away before any row is looked
    at; they try one of another store, not one of each.
    """
    own = walker.world.own(who)
    parts = address.row_parts
    if not parts:
        yield "own", own, address.path({})
        if insider and not address.key.endswith("_changelist"):
            yield from (
                ("payload", place, address.path({})) for place in walker.world.foreign(who)[:2]
            )
        return
    mine = walker.values(address, page.rows, own)
    yield "own", own, address.path(mine)
    if who not in walkers(address):
        return
    yield "missing", own, address.path(dict.fromkeys(parts, MISSING))
    if not _is_shared(walker, page):
        for place in walker.world.foreign(who)[: None if insider else 1]:
            if not set(page.rows.values()) <= {
                *walker.world.rows[place],
                *walker.world.rows["shared"],
            }:
                continue  # a merchant's rows are those of all its stores
            theirs = walker.values(address, page.rows, place)
            yield "foreign", place, address.path(theirs)
            if len(parts) > 1:
                yield "foreign", place, address.path({**mine, parts[-1]: theirs[parts[-1]]})
    if insider:
        yield from (("nonsense", own, path) for path in address.garbage())


def _is_shared(walker: Walker, page: Page) -> bool:
    return all(model in walker.world.rows["shared"] for model in page.rows.values())


LIST_BODIES = ["approve_chosen", "assign_chosen", "delete_selected", "list_editable"]


def bodies(address: Address, target: str, *, insider: bool) -> list[str]:
    """The kinds of body that are posted; who may not enter is turned away from rows of their own."""
    if not insider and target != "own":
        return []
    if address.key.endswith("_changelist") and insider:
        return LIST_BODIES
    return ["forged", "empty"] if target == "own" and insider else ["forged"]


def body_of(walker: Walker, address: Address, cell: Cell) -> dict[str, Any]:
    """The body of one POST."""
    if cell.body == "empty":
        return {}
    place = cell.place
    model = address.key.removesuffix("_changelist").rpartition("_")[2]
    if not address.key.endswith("_changelist") or cell.body == "forged":
        return walker.forged(address, form_of(walker, address, cell), place)
    chosen = [
        walker.world.row(p, model).pk
        for p in ("a", "b")
        if model in {*walker.world.rows[p], *walker.world.rows["shared"]}
    ]
    if cell.body == "list_editable":
        return {
            "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": chosen[:1], "form-0-name": "Forged",
            "form-0-state": "refunded", "form-0-active": "", "_save": "Save",
        }  # fmt: skip
    return {
        "action": cell.body,
        "_selected_action": chosen,
        "select_across": "1",
        "index": "0",
        "post": "yes",
    }


def form_of(walker: Walker, address: Address, cell: Cell) -> str:
    """Where the form stands whose fields are forged: no row that is missing has one."""
    if cell.target not in ("missing", "nonsense"):
        return cell.path
    return address.path(walker.values(address, PAGES[address.key].rows, cell.place))


def outcome(page: Page, cell: Cell) -> tuple[str, set[int]]:
    """What should come of the request: the outcome's name and the statuses that it may have."""
    table = {"GET": page.get, "HEAD": page.get, "POST": page.post}.get(cell.method, {})
    if cell.path in DJANGOS and cell.method == "HEAD":
        table = {}
    for name, people in table.items():
        if cell.who in people.split():
            if cell.target in ("own", "payload") or name in ("go", "health"):
                bad = cell.target == "payload" or cell.body == "empty"
                return name, OUTCOMES[name] | (DENIED | {400, 409} if bad else set())
            return "denied", DENIED | ({400} if cell.target == "nonsense" else set())
    if cell.path in DJANGOS and cell.method not in ("GET", "POST"):
        return "denied", {200, 302, 405}
    if cell.who in STRANGERS.split():
        return "denied", DENIED | {302}
    return "denied", DENIED


def faults(walker: Walker, page: Page, cell: Cell, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer."""
    name, statuses = outcome(page, cell)
    if answer.status not in statuses:
        yield f"{answer.status}, expected {name} {sorted(statuses)} {answer.defect}"
    if name == "denied" and answer.status == 302 and cell.path not in DJANGOS:
        goes = answer.headers["Location"]
        if cell.who in STRANGERS.split() and not goes.startswith(
            ("/admin/login/?next=/", "/admin/")
        ):
            yield f"goes to {goes}"
    meant = answer.status == 200 and BANKS_FILE.fullmatch(cell.path)
    yield from (
        f"shows {what} ({text})"
        for text, what in walker.world.hidden_from(cell.who).items()
        if text in answer.text
        and not (meant and text.startswith(f"PD{walker.world.own(cell.who)}-"))
    )
    if "sealed1:" in answer.text:
        yield "shows ciphertext"
    if answer.written and name not in ("act", "try"):
        yield f"wrote {answer.written}"
    if answer.written:
        strange = walker.owners(answer.written) - {"new", walker.world.own(cell.who)}
        if (
            cell.who in ("staff", "manager", "finance", "checker", "other", *STRANGERS.split())
            and strange
        ):
            yield f"wrote rows of {strange}: {answer.written}"


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.key)
def test_nobody_sees_or_writes_what_is_not_theirs(walker: Walker, address: Address) -> None:
    page, found, wrote = PAGES[address.key], [], set()
    seen: dict[tuple[str, str], Answer] = {}
    for cell in cells(walker, address, page):
        client = walker.clients[cell.who]
        answer = walker.send(
            client,
            cell.method,
            cell.path,
            body_of(walker, address, cell) if cell.method == "POST" else None,
        )
        found += [f"{cell}: {fault}" for fault in faults(walker, page, cell, answer)]
        found += [f"{cell}: {fault}" for fault in differences(cell, answer, seen)]
        if answer.written:
            wrote.add(cell.who)
    if page.post.get("act") and not wrote:
        found.append("no forged body wrote anything: it proves nothing")
    assert not found, f"{len(found)} faults\n" + "\n".join(found[:40])


def differences(cell: Cell, answer: Answer, seen: dict[tuple[str, str], Answer]) -> Iterator[str]:
    """How HEAD differs from GET, and a foreign row from a missing one."""
    key = (cell.who, cell.path)
    if cell.method == "GET":
        seen[key] = answer
    if cell.method == "HEAD" and cell.path not in DJANGOS and answer.status != seen[key].status:
        yield f"HEAD gives {answer.status}, GET {seen[key].status}"
    if cell.target == "missing":
        seen[cell.who, cell.method] = answer
        seen[cell.who, "path"] = cell.path
    if cell.target == "foreign" and (cell.who, cell.method) in seen:
        missing, path = seen[cell.who, cell.method], str(seen[cell.who, "path"])
        if cell.path.count("/") == path.count("/") and missing.without(path) != answer.without(
            cell.path
        ):
            yield f"a foreign row ({answer.status}) differs from a missing one ({missing.status})"
