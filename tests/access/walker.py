"""Sends requests as everybody, and tells what each showed and what each wrote."""

import io
import json
import re
import sys
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import models, transaction
from django.test import Client

from backoffice.access import Scoped
from backoffice.models import User
from refunds.demo.pictures import picture
from tests.access.addresses import Address
from tests.access.expectations import PAGES
from tests.access.forms import fields_of
from tests.access.outcomes import Page
from tests.access.watch import Rows, changes, everything, watched
from tests.access.world.making import World, make_world
from tests.access.world.marks import PEOPLE

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
MISSING = 987_654_321
CHANCE = {
    "X-Request-ID",
    "Expires",
    "Set-Cookie",
    "Content-Length",
}  # differ between any two answers
ROW_OF_NEW = re.compile(r"-\d+-")  # the empty rows below a form
PAGE = re.compile(r"^/admin/\w+/\w+/\d+/")
HARVESTERS = ("manager", "finance", "checker", "staff")


@dataclass
class Answer:
    """What came back, as one text with its headers, and what was written."""

    status: int
    headers: dict[str, str]
    body: bytes
    written: dict[str, set[Any]] = field(default_factory=dict)
    defect: str = ""

    @cached_property
    def text(self) -> str:
        """Everything that a person could read: headers, body, and the cells of a workbook."""
        body = self.body
        if body[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(body)) as book:
                body = b"\n".join(book.read(name) for name in book.namelist())
        head = "\n".join(
            f"{name}: {value}" for name, value in self.headers.items() if name not in CHANCE
        )
        return f"{head}\n\n{body.decode('utf-8', 'replace')}"

    def without(self, path: str) -> str:
        """The text without what differs between any two requests, and without the asked-for row."""
        return TOKEN.sub("", self.text).replace(path, "PATH")


class Browser(Client):
    """A client that keeps no copies of every template's context: the walk asks ten thousand times."""

    defect = ""

    def request(self, **request: Any) -> Any:
        """The response as the handler gives it; what a page raised is kept in ``defect``."""
        self.defect = ""
        got_request_exception.connect(self._note, dispatch_uid="walk")
        try:
            response = self.handler(self._base_environ(**request))
        finally:
            got_request_exception.disconnect(dispatch_uid="walk")
        if response.cookies:
            self.cookies.update(response.cookies)
        return response

    def _note(self, **_about: Any) -> None:
        kind, error, _trace = sys.exc_info()
        self.defect = f"{kind.__name__ if kind else ''}: {error}"


class Walker:
    """The world, a signed-in browser per person, and the state that every request starts from."""

    def __init__(self) -> None:
        self.world: World = make_world()
        self.clients = {who: self._client(self.world.people.get(who)) for who in PEOPLE}
        self.seekers = {place: self._seekers(place) for place in ("a", "a2", "b")}
        self.before: Rows = everything()
        self.fields: dict[tuple[str, str], dict[str, Any]] = {}
        self.pages: dict[tuple[str, str], dict[str, Any]] = {}

    def _client(self, user: User | None) -> Browser:
        client = Browser()
        if user is not None:
            client.force_login(user)
        return client

    def _seekers(self, place: str) -> dict[str, Browser]:
        names = {name: name if place == "a" else f"{name}-of-{place}" for name in HARVESTERS}
        return {
            "platform": self.clients["platform"],
            **{role: self._client(User.objects.get(username=name)) for role, name in names.items()},
        }

    def send(self, client: Browser, method: str, path: str, data: Any = None) -> Answer:
        """One request, and then everything as it was before."""
        cookies = client.cookies.copy()
        savepoint = transaction.savepoint()
        try:
            with watched() as writes:
                answer = self._send(client, method, path, data)
            if writes.tables:
                answer.written = changes(self.before, writes.tables)
        finally:
            transaction.savepoint_rollback(savepoint)
            client.cookies = cookies
        return answer

    def _send(self, client: Browser, method: str, path: str, data: Any) -> Answer:
        if method in ("GET", "POST", "HEAD"):
            response = getattr(client, method.lower())(path, data)
        else:
            response = client.generic(method, path, "forged=1", "application/x-www-form-urlencoded")
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return Answer(response.status_code, dict(response.items()), body, defect=client.defect)

    def values(self, address: Address, rows: dict[str, str], place: str) -> dict[str, Any]:
        """The keys that stand in the address for the rows of ``place``."""
        found = {part: self.world.row(place, rows[part]) for part in address.row_parts}
        return {part: row.code if part == "code" else row.pk for part, row in found.items()}

    def forged(self, address: Address, path: str, place: str) -> dict[str, Any]:
        """A plausible body: the page's own fields filled, or what such a page would want.

        A page that takes no form from anybody shows none that could be filled.
        """
        if not PAGES[address.key].post:
            return {**self._usual(address, place), **self._always(address, place)}
        if (path, place) not in self.fields:
            home = PAGE.match(path)
            pages = [path, f"{home[0]}change/"] if home else [path]
            may = insiders(PAGES[address.key])
            found = (self._harvested(page, place, may) for page in pages)
            self.fields[path, place] = next((fields for fields in found if fields), {})
        harvest = {
            name: [_changed(name, value) for value in values]
            for name, values in self.fields[path, place].items()
            if (any(values) or path.endswith("/change/"))
            and not (ROW_OF_NEW.search(name) and path.endswith("/add/"))
        }
        return {**self._usual(address, place), **harvest, **self._always(address, place)}

    def _harvested(self, page: str, place: str, may: set[str]) -> dict[str, Any]:
        if (page, place) not in self.pages:
            self.pages[page, place] = self._harvest(page, place, may)
        return self.pages[page, place]

    def _harvest(self, page: str, place: str, may: set[str]) -> dict[str, Any]:
        seekers = (client for role, client in self.seekers[place].items() if role in may)
        seen = (self.send(client, "GET", page) for client in seekers)
        fill = not page.endswith("/change/")
        found = (fields_of(answer.text, fill=fill) for answer in seen if answer.status == 200)
        return next((fields for fields in found if fields), {})

    def _always(self, address: Address, place: str) -> dict[str, Any]:
        """What a form leaves to the person."""
        row, case = self.world.row, self.world.row(place, "refundcase")
        confirm = row(place, "refundbatch").number if "batch" in address.key else "1"
        table = SimpleUploadedFile("forged.csv", b"number,amount\nX,1\n")
        upload = picture("forged.png", 9) if "refundcase" in address.key else table
        place_of_role = {"merchant": ""} if "membership" in address.key else {}
        account = {
            "method": "bank",
            "destination": "FORGED6222",
            "payee": "Lin Mei",
            "bank_code": "BKCHCNBJ",
        }
        return {
            **(account if "payout_do" in address.key else {}),
            **({"seen": row(place, "refundbatch").sha256} if "batch" in address.key else {}),
            "secret": "demo",
            **place_of_role, "columns": json.dumps(row(place, "importprofile").columns),
            "change_reason": "Forged.", "note": "Forged.", "body": "Forged.", "words": "Forged.", "text": "A forged explanation.", "reason": self._reason(address), "confirm": confirm,
            "case": [f"{case.pk}-{case.version}"], "file": upload, "review_hours": "9", "compensation_type": "",
        }  # fmt: skip

    def _reason(self, address: Address) -> Any:
        chosen = address.key.endswith(("_open", "_refundpolicy_add"))
        return self.world.row("a", "reason").pk if chosen else "Forged."

    def _usual(self, address: Address, place: str) -> dict[str, Any]:
        """What the pages of this product want, whichever it is."""
        row = self.world.row
        shop = row(place, "store")
        line = row(place, "orderline")
        colleague = User.objects.get(username="staff" if place == "a" else f"staff-of-{place}")
        return {
            "version": row(place, "refundcase").version, "seen": "0", "amount": "1.00", "freight": "0",
            "colleague": colleague.pk, "code": self._code(address, place), "carrier": "Forged", "tracking": "FORGED", "type": "coupon",
            "reference": "FORGED", "party": "buyer", "file_note": "Forged.", "store": shop.pk, "currency": "CNY",
            "profile": row(place, "importprofile").pk, "kind": "refund_only", f"line_{line.pk}": "1",
            "payout": self._queued(place), "submit": "1", "format": "0", "resource": "0",
            "merchant": row("b" if place == "b" else "a", "merchant").pk, "name": "Forged", "title": "Forged",
            "username": "staff", "password": "wrong", "old_password": "wrong", "new_password1": "Forged-12345-Forged",
            "new_password2": "Forged-12345-Forged", "language": "zh-hans", "next": "//evil.example/",
            "active": "on", "agreed": "on", "on_hand": "7", "sku": "FORGED", "state": "refunded", "_save": "1", "valid_from_0": "2026-01-01",
            "valid_from_1": "08:00", "review_hours": "9", "auto_ceiling": "1", "stage": "shipped", "at_deadline": "person",
            "case": row(place, "refundcase").number, "why": "Forged.", "most_amount": "1",
            "valid_until_0": "2099-01-01", "valid_until_1": "08:00",
            "cap_percent": "100", "hours": "1", "cause": "evidence",
            "ship_back_hours": "9", "inspect_hours": "9", "escalate_hours": "9",
        }  # fmt: skip

    def _code(self, address: Address, place: str) -> Any:
        if "refundcase" in address.key:
            return self.world.row(place, "rejectcode").pk
        return "fee" if "difference" in address.key else "forged"

    def _queued(self, place: str) -> list[int]:
        from refunds.models import Payout

        store = self.world.row(place, "store")
        return list(
            Payout.objects.filter(case__store=store, state="queued", batch=None).values_list(
                "pk", flat=True
            )
        )

    def owners(self, written: dict[str, set[Any]]) -> set[str]:
        """Whose rows were written: places, or ``shared``."""
        return {self._owner(table, key) for table, keys in written.items() for key in keys}

    def _owner(self, table: str, key: Any) -> str:
        return self._owners_by_key.get((table, str(key)), "new")

    @cached_property
    def _owners_by_key(self) -> dict[tuple[str, str], str]:
        return owners_of_rows(self.world)


def insiders(page: Page) -> set[str]:
    """Everybody who gets anything at all from a page."""
    return set(" ".join([*page.get.values(), *page.post.values()]).split())


def _changed(name: str, value: str) -> str:
    """A field of text with something added, so that saving it would show."""
    return f"{value} forged" if name in ("name", "title", "first_name", "contact") else value


def owners_of_rows(world: World) -> dict[tuple[str, str], str]:
    """The place of every row there is now; rows of nobody's are ``shared``."""
    from django.apps import apps

    places = {world.row(place, "store").pk: place for place in ("a", "a2", "b")}
    firms = {world.row(place, "merchant").pk: place for place in ("a", "b")}
    owners: dict[tuple[str, str], str] = {}
    for model in apps.get_models(include_auto_created=True):
        for pk, owner in _owned(model, places, firms):
            owners[model._meta.db_table, str(pk)] = owner
    for place in places.values():  # these are their owner's, wherever else they work
        for name in ("exportrun", "savedsearch"):
            row = world.row(place, name)
            owners[row._meta.db_table, str(row.pk)] = place
    return owners


def _owned(model: type[models.Model], places: dict[int, str], firms: dict[int, str]) -> Any:
    source, key = model, "pk"
    if hasattr(model, "instance_type"):
        source, key = model.instance_type, "id"
    if not issubclass(source, Scoped) or source.shared:
        if hasattr(model, "run"):
            inner = model._meta.get_field("run").related_model
            by_run = dict(_owned(inner, places, firms))
            return [(pk, by_run[run]) for pk, run in model._base_manager.values_list("pk", "run")]
        return [(pk, "shared") for pk in model._base_manager.values_list("pk", flat=True)]
    lookup = source.store_lookup or source.merchant_lookup
    names = places if source.store_lookup else firms
    by_pk = dict(source._base_manager.values_list("pk", lookup))
    return [
        (pk, names.get(by_pk.get(row), "shared"))
        for pk, row in model._base_manager.values_list("pk", key)
    ]
