"""Files that hold what is personal: whoever is given one is on record, and so is what was in it."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.log.notes import SigningKey
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Membership
from refunds.batches.building import build
from refunds.models import Evidence, Payout, RefundBatch, RefundCase
from refunds.payouts.queueing import redirect
from refunds.payouts.routes import Way
from refunds.workflow import perform
from tests.access.expectations import PAGES
from tests.cast import Cast
from tests.orders.files import check, row, table
from tests.people import make_person
from tests.privacy.reading import page, reads
from tests.refunds.factories import make_case, make_order
from tests.refunds.files import film, photo, upload
from tests.refunds.money import queue_payouts, release

# Every address that hands a file out, and why those that put nothing on record do not.
ON_RECORD = {
    "admin:orders_orderimport_problems", "admin:refunds_requestimport_problems", "admin:refunds_resultimport_problems",
    "admin:refunds_statementimport_problems", "admin:refunds_refundcase_evidence", "admin:refunds_refundcase_preview",
}  # fmt: skip
NOTHING_IN_IT = {"admin:refunds_requestimport_template"}  # headings


def test_every_address_that_hands_a_file_out_is_looked_at_here() -> None:
    files = {name for name, expected in PAGES.items() if "file" in expected.get}
    assert files == ON_RECORD | NOTHING_IN_IT


@pytest.fixture
def shown(cast: Cast) -> RefundCase:
    """A case with two pictures and a film."""
    case = make_case(make_order(cast.a), cast.staff)
    files = [photo("one.jpg"), photo("two.png", kind="PNG"), upload("a.mp4", film())]
    perform("attach", case_id=case.pk, actor=person(cast.staff), file=files)
    return case


def read(client: Client, user: User, address: str, **options: Any) -> list[set[str]]:
    """What each new reading names, after ``user`` asked for ``address``."""
    before = len(reads(user))
    client.force_login(user)
    answer = client.get(address, **options)
    assert answer.status_code in (200, 206)
    assert list(answer)  # to its end: it closes its file then
    return [{f"{row} {name}" for row, names in one.rows for name in names} for one in reads(user)[before:]]  # fmt: skip


def test_a_gallery_is_one_reading_of_all_its_pictures_which_then_come_without_another(
    client: Client, cast: Cast, shown: RefundCase
) -> None:
    one, two, _film = Evidence.objects.order_by("pk")
    address = reverse("admin:refunds_refundcase_change", args=[shown.pk])
    [seen] = read(client, cast.auditor, address)
    assert seen == {f"refunds.evidence {row.pk} preview" for row in (one, two)}
    items = client.get(address).context["gallery"]
    for item in items[:2]:
        assert read(client, cast.auditor, item["preview"]) == []
    bare = reverse("admin:refunds_refundcase_preview", args=[shown.pk, one.pk])
    own = f"refunds.evidence {one.pk} preview"
    other = items[1]["preview"].partition("?")[2]
    for asked in (bare, f"{bare}?{other}", f"{bare}?seen=forged"):
        assert read(client, cast.auditor, asked) == [{own}], asked
    assert read(client, cast.checker, items[0]["preview"]) == [{own}], "somebody else's mark"


def test_a_file_is_a_reading_and_a_film_one_however_many_parts_of_it_are_asked_for(
    client: Client, cast: Cast, shown: RefundCase
) -> None:
    film_of = Evidence.objects.order_by("pk").last()
    address = reverse("admin:refunds_refundcase_evidence", args=[shown.pk, film_of.pk])
    for user in (cast.auditor, cast.staff):
        [whole] = read(client, user, address, headers={"range": "bytes=1-"})
        assert f"refunds.evidence {film_of.pk} file" in whole
        assert read(client, user, address, headers={"range": "bytes=5-20"}) == []
        assert len(read(client, user, address)) == 1


@pytest.fixture
def paid_out(cast: Cast) -> RefundBatch:
    """A released batch whose payout goes to a buyer's account."""
    (payout,) = queue_payouts(cast.a, cast.staff, "70.00")
    way = Way(Payout.Method.BANK, "DE89370400440532013000", "Ada Long", "COBADEFFXXX")
    redirect(payout_id=payout.pk, way=way, note="The card is gone.", actor=person(cast.finance))
    maker = make_person("maker")
    with recorded(system(INSTALLER), "A second one."):
        Membership.objects.create(user=maker, role="finance", store=cast.a)
    batch = build(store_id=cast.a.pk, currency="CNY", actor=person(maker), method="bank")
    return release(batch_id=batch.pk, actor=person(cast.checker))


def test_the_bank_s_file_is_a_reading_of_every_account_in_it(
    client: Client, cast: Cast, paid_out: RefundBatch
) -> None:
    client.force_login(cast.finance)
    address = reverse("admin:refunds_refundbatch_export", args=[paid_out.pk, "csv"])
    for _time in range(2):
        assert b"DE89370400440532013000" in client.post(address).content
    payout = Payout.objects.get(batch=paid_out)
    first, again = reads(cast.finance)
    assert first.rows == again.rows == [[f"refunds.payout {payout.pk}", ["destination", "payee"]]]
    assert first.page == address


def test_a_proof_is_a_reading_of_what_is_in_clear_in_it(
    client: Client, cast: Cast, paid_out: RefundBatch, settings: LazySettings
) -> None:
    settings.AUDIT_SIGNING_KEYS = [SigningKey.new("desk.example.com/history").written()]
    payout = Payout.objects.get(batch=paid_out)
    client.force_login(cast.auditor)
    answer = client.post(reverse("admin:refunds_refundcase_proof", args=[payout.case_id]))
    assert answer["Content-Disposition"].endswith('.zip"')
    assert list(answer)
    in_clear = [name for name in ("bank_code", "destination") if type(getattr(payout, name)) is str]
    rows = [row for one in reads(cast.auditor) for row in one.rows]
    assert rows == ([[f"refunds.payout {payout.pk}", in_clear]] if in_clear else [])


def test_values_that_a_file_could_not_be_used_for_are_a_reading(client: Client, cast: Cast) -> None:
    run = check(cast.a, table(row(), row(Order_number="B-2", Quantity="Zhuang Yi-Ming")))
    place = f"orders.orderimport {run.pk} problems"
    for name in ("change", "problems"):
        address = reverse(f"admin:orders_orderimport_{name}", args=[run.pk])
        assert read(client, cast.manager, address) == [{place}], name
    page(client, cast.manager, "orders_orderimport_changelist")
    assert len(reads(cast.manager)) == 2
